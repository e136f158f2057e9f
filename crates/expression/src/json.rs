//! Values within JSON text, without reading the rest of it. A value stays its own text; `None` stands for JSON's null and for what is
//! not there. js/src/expression/json.ts is its twin.

use std::io::Write;

use crate::syntax::Step;
use crate::values::push_number;

fn is_space(c: u8) -> bool {
    matches!(c, b' ' | b'\n' | b'\r' | b'\t')
}

#[inline]
fn skip_space(text: &[u8], from: usize) -> usize {
    let mut at = from;
    while text.get(at).is_some_and(|&c| c <= b' ' && is_space(c)) {
        at += 1;
    }
    at
}

/// Behind the string that begins at `i`.
fn skip_string(text: &[u8], i: usize) -> Option<usize> {
    let mut at = i + 1;
    loop {
        match text.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// Behind the value that begins at `i`.
fn skip_value(text: &[u8], i: usize) -> Option<usize> {
    match text.get(i)? {
        b'"' => skip_string(text, i),
        b'{' | b'[' => {
            let (mut at, mut depth) = (i, 0usize);
            loop {
                match text.get(at)? {
                    b'"' => {
                        at = skip_string(text, at)?;
                        continue;
                    }
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => {
                        depth -= 1;
                        if depth == 0 {
                            return Some(at + 1);
                        }
                    }
                    _ => {}
                }
                at += 1;
            }
        }
        _ => {
            let mut at = i;
            while text.get(at).is_some_and(|&c| c != b',' && c != b']' && c != b'}' && !is_space(c)) {
                at += 1;
            }
            (at > i).then_some(at)
        }
    }
}

/// The value at `steps`; the last of equal keys counts, as for JSON.parse.
pub fn value_at<'t>(document: &'t [u8], steps: &[Step]) -> Option<&'t [u8]> {
    let (mut start, mut end) = (skip_space(document, 0), document.len());
    for step in steps {
        (start, end) = match step {
            Step::Key(key) => member(document, start, key)?,
            Step::Index(place) => element(document, start, *place)?,
        };
    }
    if steps.is_empty() {
        while end > start && is_space(document[end - 1]) {
            end -= 1;
        }
    }
    let value = document.get(start..end)?;
    (!value.is_empty() && value != b"null").then_some(value)
}

fn member(text: &[u8], at: usize, key: &[u8]) -> Option<(usize, usize)> {
    if text.get(at) != Some(&b'{') {
        return None;
    }
    let mut found = None;
    let mut buffer = Vec::new();
    let mut i = skip_space(text, at + 1);
    while text.get(i) == Some(&b'"') {
        let Some(key_end) = skip_string(text, i) else { return found };
        let inner = &text[i + 1..key_end - 1];
        let same = inner == key || (inner.contains(&b'\\') && unescape(inner, &mut buffer) && buffer == key);
        i = skip_space(text, key_end);
        if text.get(i) != Some(&b':') {
            return found;
        }
        let start = skip_space(text, i + 1);
        let Some(end) = skip_value(text, start) else { return found };
        if same {
            found = Some((start, end));
        }
        i = skip_space(text, end);
        if text.get(i) != Some(&b',') {
            return found;
        }
        i = skip_space(text, i + 1);
    }
    found
}

fn element(text: &[u8], at: usize, place: u32) -> Option<(usize, usize)> {
    if text.get(at) != Some(&b'[') {
        return None;
    }
    let mut i = skip_space(text, at + 1);
    if text.get(i) == Some(&b']') {
        return None;
    }
    for n in 0.. {
        let end = skip_value(text, i)?;
        if n == place {
            return Some((i, end));
        }
        i = skip_space(text, end);
        if text.get(i) != Some(&b',') {
            return None;
        }
        i = skip_space(text, i + 1);
    }
    None
}

/// The text between quotes without its escapes; false where one is none.
fn unescape(inner: &[u8], into: &mut Vec<u8>) -> bool {
    into.clear();
    let mut at = 0;
    while let Some(&c) = inner.get(at) {
        if c != b'\\' {
            into.push(c);
            at += 1;
            continue;
        }
        let Some(&escaped) = inner.get(at + 1) else { return false };
        at += 2;
        match escaped {
            b'"' | b'\\' | b'/' => into.push(escaped),
            b'b' => into.push(8),
            b'f' => into.push(12),
            b'n' => into.push(b'\n'),
            b'r' => into.push(b'\r'),
            b't' => into.push(b'\t'),
            b'u' => {
                let Some(unit) = inner.get(at..at + 4).and_then(hex) else { return false };
                at += 4;
                // A lone surrogate keeps its three bytes; `push_text` joins two halves.
                let bytes = [0xe0 | (unit >> 12) as u8, 0x80 | (unit >> 6 & 63) as u8, 0x80 | (unit & 63) as u8];
                match char::from_u32(u32::from(unit)) {
                    Some(c) => into.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                    None => crate::text::push_text(into, 0, &bytes),
                }
            }
            _ => return false,
        }
    }
    true
}

fn hex(digits: &[u8]) -> Option<u16> {
    digits.iter().try_fold(0u16, |value, &d| Some(value << 4 | char::from(d).to_digit(16)? as u16))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonKind {
    Number,
    Text,
    Bool,
    Other,
}

pub fn kind(json: &[u8]) -> JsonKind {
    match json.first() {
        Some(b'"') => JsonKind::Text,
        Some(b'{' | b'[') => JsonKind::Other,
        Some(b't' | b'f') => JsonKind::Bool,
        _ => JsonKind::Number,
    }
}

pub fn number(json: &[u8]) -> Option<f64> {
    // Whole numbers of few digits are most of them, and exact without a parser.
    if json.len() <= 15 && json.iter().all(u8::is_ascii_digit) && !json.is_empty() {
        return Some(json.iter().fold(0u64, |value, digit| value * 10 + u64::from(digit - b'0')) as f64);
    }
    if kind(json) != JsonKind::Number || !json.iter().all(|b| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')) {
        return None;
    }
    columnar::decimal::parse(json)
}

pub fn text<'v>(json: &'v [u8], buffer: &'v mut Vec<u8>) -> Option<&'v [u8]> {
    if kind(json) != JsonKind::Text {
        return None;
    }
    let inner = json.get(1..json.len().checked_sub(1)?)?;
    if !inner.contains(&b'\\') {
        return Some(inner);
    }
    unescape(inner, buffer).then_some(buffer.as_slice())
}

pub fn boolean(json: &[u8]) -> Option<bool> {
    (kind(json) == JsonKind::Bool).then_some(json == b"true")
}

/// As JSON.stringify.
pub fn push_quoted(into: &mut Vec<u8>, text: &[u8]) {
    into.push(b'"');
    let mut at = 0;
    while let Some(&c) = text.get(at) {
        at += 1;
        // Writing into a vector cannot fail.
        match c {
            b'"' | b'\\' => into.extend_from_slice(&[b'\\', c]),
            8 => into.extend_from_slice(b"\\b"),
            12 => into.extend_from_slice(b"\\f"),
            b'\n' => into.extend_from_slice(b"\\n"),
            b'\r' => into.extend_from_slice(b"\\r"),
            b'\t' => into.extend_from_slice(b"\\t"),
            0..0x20 => drop(write!(into, "\\u{c:04x}")),
            0xed if text.get(at).is_some_and(|&b| b >= 0xa0) => {
                let unit = 0xd000 | (u32::from(text[at]) & 63) << 6 | text.get(at + 1).map_or(0, |&b| u32::from(b) & 63);
                drop(write!(into, "\\u{unit:04x}"));
                at += 2;
            }
            _ => into.push(c),
        }
    }
    into.push(b'"');
}

/// `toString` of a JSON value: text as it is, numbers as JavaScript writes them, the rest as JSON. False: null.
pub fn push_string(into: &mut Vec<u8>, json: &[u8], buffer: &mut Vec<u8>) -> bool {
    match kind(json) {
        JsonKind::Text => match text(json, buffer) {
            Some(text) => into.extend_from_slice(text),
            None => return false,
        },
        JsonKind::Number => match number(json) {
            Some(value) => push_number(into, value),
            None => return false,
        },
        _ => into.extend_from_slice(json),
    }
    true
}
