//! The golden file as values, its table as columns.

use std::sync::Arc;

use columnar::{Bitmap, Codes, Column, ColumnType, Data, Strings, Table};

/// JSON as the golden file has it. Text is WTF-8: lone surrogates are cases.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    Number(f64),
    Text(Vec<u8>),
    List(Vec<Json>),
    Object(Vec<(Vec<u8>, Json)>),
}

impl Json {
    pub fn parse(text: &[u8]) -> Self {
        let mut reader = Reader { text, at: 0 };
        let value = reader.value();
        reader.space();
        assert_eq!(reader.at, text.len(), "nothing stands behind the value");
        value
    }

    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.iter().find(|(name, _)| name == key.as_bytes()).map(|(_, value)| value),
            _ => None,
        }
    }

    pub fn list(&self) -> &[Self] {
        let Self::List(list) = self else { panic!("{self:?} is no list") };
        list
    }

    pub fn text(&self) -> &[u8] {
        let Self::Text(text) = self else { panic!("{self:?} is no text") };
        text
    }

    pub fn number(&self) -> f64 {
        match self {
            Self::Number(number) => *number,
            Self::Text(text) => std::str::from_utf8(text).unwrap().parse().unwrap(),
            _ => panic!("{self:?} is no number"),
        }
    }

    pub fn whole(&self) -> i64 {
        match self {
            Self::Number(number) => *number as i64,
            _ => std::str::from_utf8(self.text()).unwrap().parse().unwrap(),
        }
    }
}

struct Reader<'t> {
    text: &'t [u8],
    at: usize,
}

impl Reader<'_> {
    fn space(&mut self) {
        while self.at < self.text.len() && self.text[self.at].is_ascii_whitespace() {
            self.at += 1;
        }
    }

    fn peek(&mut self) -> u8 {
        self.space();
        self.text[self.at]
    }

    fn expect(&mut self, c: u8) {
        assert_eq!(self.peek(), c, "at {}", self.at);
        self.at += 1;
    }

    fn items<T>(&mut self, close: u8, mut item: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let mut items = Vec::new();
        self.at += 1;
        while self.peek() != close {
            items.push(item(self));
            if self.peek() == b',' {
                self.at += 1;
            }
        }
        self.at += 1;
        items
    }

    fn value(&mut self) -> Json {
        match self.peek() {
            b'{' => Json::Object(self.items(b'}', |r| {
                r.space();
                let key = r.string();
                r.expect(b':');
                (key, r.value())
            })),
            b'[' => Json::List(self.items(b']', Self::value)),
            b'"' => Json::Text(self.string()),
            b't' => self.word("true", Json::Bool(true)),
            b'f' => self.word("false", Json::Bool(false)),
            b'n' => self.word("null", Json::Null),
            _ => {
                let length = self.text[self.at..].iter().take_while(|c| !b",]}\n ".contains(c)).count();
                let number = std::str::from_utf8(&self.text[self.at..self.at + length]).unwrap().parse().unwrap();
                self.at += length;
                Json::Number(number)
            }
        }
    }

    fn word(&mut self, word: &str, value: Json) -> Json {
        assert!(self.text[self.at..].starts_with(word.as_bytes()));
        self.at += word.len();
        value
    }

    fn unit(&mut self) -> u32 {
        let unit = u32::from_str_radix(std::str::from_utf8(&self.text[self.at..self.at + 4]).unwrap(), 16).unwrap();
        self.at += 4;
        unit
    }

    fn string(&mut self) -> Vec<u8> {
        let mut made = Vec::new();
        self.at += 1;
        loop {
            let c = self.text[self.at];
            self.at += 1;
            match c {
                b'"' => return made,
                b'\\' => {
                    let escaped = self.text[self.at];
                    self.at += 1;
                    match escaped {
                        b'n' => made.push(b'\n'),
                        b't' => made.push(b'\t'),
                        b'r' => made.push(b'\r'),
                        b'b' => made.push(8),
                        b'f' => made.push(12),
                        b'u' => {
                            // Pairs stand as themselves in the file, so a surrogate is a lone one.
                            let unit = self.unit();
                            match char::from_u32(unit) {
                                Some(c) => made.extend(c.to_string().bytes()),
                                None => made.extend([0xe0 | (unit >> 12) as u8, 0x80 | (unit >> 6 & 63) as u8, 0x80 | (unit & 63) as u8]),
                            }
                        }
                        other => made.push(other),
                    }
                }
                _ => made.push(c),
            }
        }
    }
}

pub fn golden() -> Json {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/golden/expressions.json");
    Json::parse(&std::fs::read(path).unwrap())
}

pub fn table(golden: &Json) -> Table {
    let rows = golden.get("rows").unwrap().whole() as usize;
    let columns = golden.get("columns").unwrap().list().iter().map(|column| {
        let name = String::from_utf8(column.get("name").unwrap().text().to_vec()).unwrap();
        (Arc::from(name), Arc::new(column_of(column)))
    });
    Table::new(rows, columns.collect()).unwrap()
}

fn column_of(column: &Json) -> Column {
    let values = column.get("values").unwrap().list();
    let kind = ColumnType::ALL.into_iter().find(|kind| kind.name().as_bytes() == column.get("type").unwrap().text()).unwrap();
    let or = |value: &Json, read: &dyn Fn(&Json) -> f64| if *value == Json::Null { 0.0 } else { read(value) };
    let data = match kind {
        ColumnType::F64 => Data::F64(values.iter().map(|v| or(v, &Json::number)).collect()),
        ColumnType::I32 => Data::I32(values.iter().map(|v| or(v, &Json::number) as i32).collect()),
        ColumnType::I64 | ColumnType::Timestamp => Data::I64(values.iter().map(|v| if *v == Json::Null { 0 } else { v.whole() }).collect()),
        ColumnType::Bool => Data::Bool(Bitmap::from_fn(values.len(), |i| values[i] == Json::Bool(true)).unwrap()),
        ColumnType::Utf8 | ColumnType::Json => {
            let texts: Vec<&[u8]> = values.iter().map(|v| if *v == Json::Null { &b""[..] } else { v.text() }).collect();
            if column.get("dictionary").is_some() { dictionary(&texts, values) } else { Data::Utf8(Strings::from_strs(&texts).unwrap()) }
        }
    };
    Column::new(kind, data, Some(Bitmap::from_fn(values.len(), |i| values[i] != Json::Null).unwrap()))
}

fn dictionary(texts: &[&[u8]], values: &[Json]) -> Data {
    let mut entries: Vec<&[u8]> = Vec::new();
    let codes = texts.iter().zip(values).map(|(text, value)| {
        if *value == Json::Null {
            return 0;
        }
        entries.iter().position(|entry| entry == text).unwrap_or_else(|| {
            entries.push(text);
            entries.len() - 1
        }) as u32
    });
    let codes: Vec<u32> = codes.collect();
    if entries.is_empty() {
        entries.push(b"");
    }
    Data::Dict(Codes::narrowest(codes, entries.len()).unwrap(), Arc::new(Strings::from_strs(&entries).unwrap()))
}

/// A row of a column against a value of the golden file.
pub fn same(column: &Column, i: usize, expected: &Json) -> bool {
    if *expected == Json::Null || !column.is_valid(i) {
        return *expected == Json::Null && !column.is_valid(i);
    }
    match column.data() {
        Data::F64(values) => same_number(values[i], expected.number()),
        Data::I32(values) => f64::from(values[i]) == expected.number(),
        Data::I64(values) => values[i] == expected.whole(),
        Data::Bool(bits) => Json::Bool(bits.get(i)) == *expected,
        Data::Utf8(_) | Data::Dict(..) => column.string(i) == expected.text(),
    }
}

/// ln, exp and pow are the platform's own: 1e-9 relative. Everything else comes out to the bit.
fn same_number(a: f64, b: f64) -> bool {
    if a.is_nan() || b.is_nan() || a == 0.0 || b == 0.0 || a.is_infinite() {
        return (a.is_nan() && b.is_nan()) || (a == b && a.is_sign_negative() == b.is_sign_negative());
    }
    (a - b).abs() <= 1e-9 * b.abs()
}
