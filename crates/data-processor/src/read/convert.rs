//! What a schema asks for, out of a text.

use std::borrow::Cow;

use columnar::ColumnType;

use super::json_text::minified;
use super::number::{self, Number};
use super::{time, time_loose};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// Nothing but blanks, where the type has no such text.
    Null,
    F64(f64),
    I64(i64),
    I32(i32),
    Bool(bool),
    Time(i64),
    Json(Vec<u8>),
}

/// The text without blanks around it.
pub(super) fn trimmed(text: &[u8]) -> &[u8] {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let from = text.iter().position(|byte| !blank(byte)).unwrap_or(text.len());
    let to = text.iter().rposition(|byte| !blank(byte)).map_or(from, |last| last + 1);
    &text[from..to]
}

/// `true` and `false` in the cases people write: lower, Title, UPPER; the number tells which of them.
pub(super) fn boolean(text: &[u8]) -> Option<(bool, u8)> {
    match text {
        b"true" => Some((true, 0)),
        b"false" => Some((false, 0)),
        b"True" => Some((true, 1)),
        b"False" => Some((false, 1)),
        b"TRUE" => Some((true, 2)),
        b"FALSE" => Some((false, 2)),
        _ => None,
    }
}

pub(super) const BOOLEANS: [[&[u8]; 2]; 3] = [[b"false", b"true"], [b"False", b"True"], [b"FALSE", b"TRUE"]];

/// A whole number, written as one or as a float without a fraction.
fn whole(text: &[u8]) -> Option<i64> {
    match number::lenient(text)? {
        Number::Int(value) => Some(value),
        // Digits alone that are no i64 are out of range, whatever the double next to them is.
        Number::Float { .. } if text.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-')) && !number::is_zero(text) => None,
        Number::Float { value, .. } => (value.trunc() == value && (-TWO_63..TWO_63).contains(&value)).then_some(value as i64),
    }
}

const TWO_63: f64 = 9_223_372_036_854_775_808.0;

/// Without what JavaScript's `trim` takes away.
fn trimmed_as_javascript(text: &[u8]) -> Cow<'_, [u8]> {
    let blank = |byte: &u8| matches!(byte, b' ' | 9..=13);
    if text.is_ascii() {
        let from = text.iter().position(|byte| !blank(byte)).unwrap_or(text.len());
        let to = text.iter().rposition(|byte| !blank(byte)).map_or(from, |last| last + 1);
        return Cow::Borrowed(&text[from..to]);
    }
    let text = String::from_utf8_lossy(text);
    Cow::Owned(text.trim_matches(is_blank).as_bytes().to_vec())
}

/// White space of JavaScript.
pub(super) fn is_blank(character: char) -> bool {
    character.is_whitespace() && character != '\u{85}' || character == '\u{feff}'
}

/// `None` where the text is not of that type. Not for `utf8`, which every text is.
pub(super) fn convert(text: &[u8], kind: ColumnType) -> Option<Value> {
    let text = &*trimmed_as_javascript(text);
    if text.is_empty() {
        return Some(Value::Null);
    }
    match kind {
        ColumnType::F64 => match number::lenient(text)? {
            Number::Int(value) => Some(Value::F64(value as f64)),
            Number::Float { value, .. } => Some(Value::F64(value)),
        },
        ColumnType::I64 => whole(text).map(Value::I64),
        ColumnType::I32 => whole(text).and_then(|value| i32::try_from(value).ok()).map(Value::I32),
        ColumnType::Bool => {
            let is = |words: [&str; 3]| words.iter().any(|word| text.eq_ignore_ascii_case(word.as_bytes()));
            if is(["true", "1", "yes"]) { Some(Value::Bool(true)) } else { is(["false", "0", "no"]).then_some(Value::Bool(false)) }
        }
        ColumnType::Timestamp => match time::parse(text) {
            Some(time) => Some(Value::Time(time.millis)),
            // Another form of ISO 8601, or milliseconds since 1970 as far as Date goes.
            None => time_loose::parse(text)
                .or_else(|| whole(text))
                .filter(|millis| millis.unsigned_abs() <= 8_640_000_000_000_000)
                .map(Value::Time),
        },
        ColumnType::Json => minified(text).map(Value::Json),
        ColumnType::Utf8 => None,
    }
}

/// What a text should have been, for messages.
pub(super) fn wanted(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::F64 => "a number",
        ColumnType::I64 => "a whole number of 64 bits",
        ColumnType::I32 => "a whole number of 32 bits",
        ColumnType::Bool => "true or false",
        ColumnType::Timestamp => "an ISO 8601 date or time",
        ColumnType::Json => "JSON",
        ColumnType::Utf8 => "text",
    }
}
