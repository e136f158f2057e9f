//! JSON as text: where values end, and what strings mean. Strict as JSON.parse, 256 deep.

use super::cells::Span;
use super::utf8::mend;

/// Deepest nesting.
pub(super) const DEEPEST: usize = 256;

/// What a value is, as the kind of its span; null has no bytes there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum Kind {
    Null = 0,
    False,
    True,
    Number,
    /// A string without escapes: its bytes are its text.
    String,
    /// A string with escapes.
    Escaped,
    /// An object or array.
    Nested,
}

impl Kind {
    pub fn of(span: Span) -> Self {
        const KINDS: [Kind; 8] =
            [Kind::Null, Kind::False, Kind::True, Kind::Number, Kind::String, Kind::Escaped, Kind::Nested, Kind::Nested];
        KINDS[span.kind() as usize & 7]
    }
}

/// Why a text is not JSON. At the end of the data it may only be that more is to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Expected { at: usize, what: &'static str },
    Other { at: usize, message: &'static str },
}

pub(super) type Found<T> = Result<T, Fault>;

fn expected<T>(at: usize, what: &'static str) -> Found<T> {
    Err(Fault::Expected { at, what })
}

/// A text in which values are looked for. In lines of JSON a newline is no blank: it ends the text.
#[derive(Clone, Copy)]
pub(super) struct Source<'a, const LINES: bool> {
    pub data: &'a [u8],
}

impl<const LINES: bool> Source<'_, LINES> {
    #[inline(always)]
    pub fn blank(self, mut at: usize) -> usize {
        while let Some(&byte) = self.data.get(at)
            && (byte == b' ' || byte == b'\t' || byte == b'\r' || byte == b'\n' && !LINES)
        {
            at += 1;
        }
        at
    }

    /// The value at `at` (blanks before it were skipped), inside `depth` others; and where it ends.
    #[inline(always)]
    pub fn value(self, at: usize, depth: usize) -> Found<(Span, usize)> {
        match self.data.get(at) {
            Some(b'"') => {
                let (end, escaped) = self.string(at + 1)?;
                Ok((Span::new(at + 1, end, if escaped { Kind::Escaped } else { Kind::String } as u32), end + 1))
            }
            Some(b'-' | b'0'..=b'9') => {
                let end = self.number(at)?;
                Ok((Span::new(at, end, Kind::Number as u32), end))
            }
            Some(b'{' | b'[') => {
                let end = self.nested(at, depth)?;
                Ok((Span::new(at, end, Kind::Nested as u32), end))
            }
            _ => self.word(at),
        }
    }

    #[inline(never)]
    fn word(self, at: usize) -> Found<(Span, usize)> {
        let (word, kind): (&[u8], _) = match self.data.get(at) {
            Some(b't') => (b"true", Kind::True),
            Some(b'f') => (b"false", Kind::False),
            Some(b'n') => (b"null", Kind::Null),
            _ => return expected(at, "a value"),
        };
        let equal = self.data[at..].iter().zip(word).take_while(|(a, b)| a == b).count();
        if equal == word.len() {
            let span = if kind == Kind::Null { Span::NULL } else { Span::new(at, at + equal, kind as u32) };
            return Ok((span, at + equal));
        }
        // The place of the wrong letter; at the end of the data more may come.
        expected(at + equal, "true, false or null")
    }

    /// The place of the closing quote of the string whose first byte is at `at`, and whether it has escapes.
    #[inline(always)]
    pub fn string(self, mut at: usize) -> Found<(usize, bool)> {
        let mut escaped = false;
        loop {
            match self.data.get(at) {
                Some(b'"') => return Ok((at, escaped)),
                Some(b'\\') => {
                    at = self.escape(at)?;
                    escaped = true;
                }
                Some(0..=0x1f) => return self.control(at),
                Some(_) => at += 1,
                None => return expected(at, "a closing quote"),
            }
        }
    }

    #[cold]
    fn control(self, at: usize) -> Found<(usize, bool)> {
        if LINES && self.data[at] == b'\n' {
            return expected(at, "a closing quote");
        }
        Err(Fault::Other { at, message: "a control character in a string must be escaped" })
    }

    #[inline(never)]
    fn escape(self, at: usize) -> Found<usize> {
        match self.data.get(at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 2),
            Some(b'u') => {
                for place in at + 2..at + 6 {
                    if !self.data.get(place).is_some_and(u8::is_ascii_hexdigit) {
                        return expected(place, "four hexadecimal digits after \\u");
                    }
                }
                Ok(at + 6)
            }
            _ => expected(at + 1, "an escape that JSON knows"),
        }
    }

    #[inline(always)]
    fn digits(self, mut at: usize) -> usize {
        while self.data.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        at
    }

    #[inline(always)]
    fn number(self, at: usize) -> Found<usize> {
        let from = at + usize::from(self.data[at] == b'-');
        let mut at = self.digits(from);
        if at == from {
            return expected(at, "a digit");
        }
        if self.data[from] == b'0' && at > from + 1 {
            return Err(Fault::Other { at: from, message: "a number begins with 0: leading zeros are not JSON" });
        }
        if self.data.get(at) == Some(&b'.') {
            let fraction = at + 1;
            at = self.digits(fraction);
            if at == fraction {
                return expected(at, "a digit");
            }
        }
        if self.data.get(at).is_some_and(|byte| byte | 0x20 == b'e') {
            let sign = self.data.get(at + 1).is_some_and(|byte| matches!(byte, b'+' | b'-'));
            let exponent = at + 1 + usize::from(sign);
            at = self.digits(exponent);
            if at == exponent {
                return expected(at, "a digit");
            }
        }
        Ok(at)
    }

    /// The place behind a key and its colon.
    fn key(self, at: usize) -> Found<usize> {
        let at = self.blank(at);
        if self.data.get(at) != Some(&b'"') {
            return expected(at, "a key in quotes");
        }
        let (end, _) = self.string(at + 1)?;
        self.colon(end + 1)
    }

    #[inline(always)]
    pub fn colon(self, at: usize) -> Found<usize> {
        let at = self.blank(at);
        if self.data.get(at) == Some(&b':') { Ok(at + 1) } else { expected(at, "':'") }
    }

    /// The place behind the object or array at `at`.
    #[inline(never)]
    fn nested(self, mut at: usize, outer: usize) -> Found<usize> {
        let mut objects = [false; DEEPEST + 1];
        let mut depth = 0;
        loop {
            at = self.blank(at);
            match self.data.get(at) {
                Some(&open @ (b'{' | b'[')) => {
                    if outer + depth >= DEEPEST {
                        return Err(Fault::Other { at, message: "JSON nests deeper than 256" });
                    }
                    objects[depth] = open == b'{';
                    depth += 1;
                    at = self.blank(at + 1);
                    if self.data.get(at) == Some(&if open == b'{' { b'}' } else { b']' }) {
                        depth -= 1;
                        at += 1;
                    } else {
                        if open == b'{' {
                            at = self.key(at)?;
                        }
                        continue;
                    }
                }
                Some(b'"') => at = self.string(at + 1)?.0 + 1,
                Some(b'-' | b'0'..=b'9') => at = self.number(at)?,
                _ => at = self.word(at)?.1,
            }
            loop {
                if depth == 0 {
                    return Ok(at);
                }
                at = self.blank(at);
                let object = objects[depth - 1];
                match self.data.get(at) {
                    Some(b',') => {
                        at += 1;
                        if object {
                            at = self.key(at)?;
                        }
                        break;
                    }
                    Some(b'}') if object => depth -= 1,
                    Some(b']') if !object => depth -= 1,
                    _ => return expected(at, if object { "',' or '}'" } else { "',' or ']'" }),
                }
                at += 1;
            }
        }
    }
}

/// A text that is one JSON value, without the blanks between its parts.
pub(super) fn minified(text: &[u8]) -> Option<Vec<u8>> {
    let text = mend(text);
    let source = Source::<false> { data: &text };
    let (_, end) = source.value(source.blank(0), 0).ok()?;
    if source.blank(end) != text.len() {
        return None;
    }
    let mut out = Vec::new();
    minify(&text, &mut out);
    Some(out)
}

/// Appends a JSON text without blanks. Numbers and strings stay as they were written.
pub(super) fn minify(text: &[u8], out: &mut Vec<u8>) {
    let mut from = 0;
    let mut at = 0;
    while at < text.len() {
        match text[at] {
            b'"' => {
                at += 1;
                while at < text.len() && text[at] != b'"' {
                    at += if text[at] == b'\\' { 2 } else { 1 };
                }
                at += 1;
            }
            b' ' | b'\t' | b'\n' | b'\r' => {
                out.extend_from_slice(&text[from..at]);
                at += 1;
                from = at;
            }
            _ => at += 1,
        }
    }
    out.extend_from_slice(&text[from.min(text.len())..]);
}

fn hex(text: &[u8]) -> u32 {
    text.iter().fold(0, |value, &byte| value << 4 | u32::from(if byte <= b'9' { byte - b'0' } else { (byte | 0x20) - b'a' + 10 }))
}

/// Appends what a string with escapes says. A surrogate without its other half keeps its three bytes (WTF-8).
pub(super) fn unescape(raw: &[u8], out: &mut Vec<u8>) {
    let raw = &*mend(raw);
    let mut at = 0;
    while let Some(&byte) = raw.get(at) {
        if byte != b'\\' || at + 1 >= raw.len() {
            out.push(byte);
            at += 1;
            continue;
        }
        at += 2;
        match raw[at - 1] {
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'u' if at + 4 <= raw.len() => {
                let mut unit = hex(&raw[at..at + 4]);
                at += 4;
                if (0xd800..0xdc00).contains(&unit) && raw[at..].starts_with(b"\\u") && at + 6 <= raw.len() {
                    let low = hex(&raw[at + 2..at + 6]);
                    if (0xdc00..0xe000).contains(&low) {
                        unit = 0x10000 + ((unit - 0xd800) << 10 | (low - 0xdc00));
                        at += 6;
                    }
                }
                match char::from_u32(unit) {
                    Some(character) => out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
                    None => {
                        out.extend_from_slice(&[0xe0 | (unit >> 12) as u8, 0x80 | (unit >> 6 & 0x3f) as u8, 0x80 | (unit & 0x3f) as u8])
                    }
                }
            }
            plain => out.push(plain),
        }
    }
}

/// What stands at a place, for a message.
pub(super) fn found(data: &[u8], at: usize, lines: bool) -> String {
    match data.get(at) {
        None if !lines => "the end of the text".into(),
        None => "the end of the line".into(),
        Some(b'\n') if lines => "the end of the line".into(),
        Some(&byte @ 0x21..=0x7e) => format!("'{}'", byte as char),
        Some(byte) => format!("the byte 0x{byte:02x}"),
    }
}
