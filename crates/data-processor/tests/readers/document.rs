//! A small JSON parser for the golden file, apart from the one that is tested.

#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    Number(f64),
    /// WTF-8.
    Text(Vec<u8>),
    List(Vec<Json>),
    Object(Vec<(Vec<u8>, Json)>),
}

impl Json {
    pub fn get(&self, key: &str) -> Option<&Json> {
        match self {
            Json::Object(fields) => fields.iter().find(|(known, _)| known == key.as_bytes()).map(|(_, value)| value),
            _ => None,
        }
    }

    pub fn list(&self) -> &[Json] {
        match self {
            Json::List(items) => items,
            other => panic!("no list: {other:?}"),
        }
    }

    pub fn bytes(&self) -> &[u8] {
        match self {
            Json::Text(bytes) => bytes,
            other => panic!("no text: {other:?}"),
        }
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(self.bytes()).unwrap()
    }
}

pub fn parse(text: &[u8]) -> Json {
    let mut at = 0;
    let value = value(text, &mut at);
    blank(text, &mut at);
    assert_eq!(at, text.len());
    value
}

fn blank(text: &[u8], at: &mut usize) {
    while text.get(*at).is_some_and(u8::is_ascii_whitespace) {
        *at += 1;
    }
}

fn value(text: &[u8], at: &mut usize) -> Json {
    blank(text, at);
    match text[*at] {
        b'{' => {
            let mut fields = Vec::new();
            items(text, at, b'}', |text, at| {
                blank(text, at);
                let key = string(text, at);
                blank(text, at);
                assert_eq!(text[*at], b':');
                *at += 1;
                fields.push((key, value(text, at)));
            });
            Json::Object(fields)
        }
        b'[' => {
            let mut list = Vec::new();
            items(text, at, b']', |text, at| list.push(value(text, at)));
            Json::List(list)
        }
        b'"' => Json::Text(string(text, at)),
        b't' => word(at, 4, Json::Bool(true)),
        b'f' => word(at, 5, Json::Bool(false)),
        b'n' => word(at, 4, Json::Null),
        _ => {
            let from = *at;
            while text.get(*at).is_some_and(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')) {
                *at += 1;
            }
            Json::Number(std::str::from_utf8(&text[from..*at]).unwrap().parse().unwrap())
        }
    }
}

fn word(at: &mut usize, len: usize, value: Json) -> Json {
    *at += len;
    value
}

fn items(text: &[u8], at: &mut usize, close: u8, mut item: impl FnMut(&[u8], &mut usize)) {
    *at += 1;
    loop {
        blank(text, at);
        if text[*at] == close {
            *at += 1;
            return;
        }
        if text[*at] == b',' {
            *at += 1;
        }
        item(text, at);
    }
}

fn string(text: &[u8], at: &mut usize) -> Vec<u8> {
    assert_eq!(text[*at], b'"');
    *at += 1;
    let mut out = Vec::new();
    loop {
        match text[*at] {
            b'"' => {
                *at += 1;
                return out;
            }
            b'\\' => {
                let escape = text[*at + 1];
                *at += 2;
                match escape {
                    b'b' => out.push(8),
                    b'f' => out.push(12),
                    b'n' => out.push(10),
                    b'r' => out.push(13),
                    b't' => out.push(9),
                    b'u' => {
                        let unit = |at: usize| u32::from_str_radix(std::str::from_utf8(&text[at..at + 4]).unwrap(), 16).unwrap();
                        let mut code = unit(*at);
                        *at += 4;
                        if (0xd800..0xdc00).contains(&code) && text[*at..].starts_with(b"\\u") && (0xdc00..0xe000).contains(&unit(*at + 2))
                        {
                            code = 0x10000 + ((code - 0xd800) << 10) + unit(*at + 2) - 0xdc00;
                            *at += 6;
                        }
                        match char::from_u32(code) {
                            Some(c) => out.extend_from_slice(c.to_string().as_bytes()),
                            None => out.extend([0xe0 | (code >> 12) as u8, 0x80 | (code >> 6 & 63) as u8, 0x80 | (code & 63) as u8]),
                        }
                    }
                    plain => out.push(plain),
                }
            }
            byte => {
                out.push(byte);
                *at += 1;
            }
        }
    }
}
