//! Numbers as text files write them. The fast way is exact: a mantissa below 2^53 and a power of ten up to 22 are doubles, so one
//! division rounds once; everything else goes to the correctly rounded parser of `columnar::decimal`.

use columnar::decimal::{self, POWERS};

/// How a float was written, as far as it takes to write it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As the shortest print of the value: `12.5`, `-0`, `NaN`.
    Shortest,
    /// With trailing zeros, so many digits after the point: `12.50`.
    Fixed(u8),
    /// Any other way: `1e3`, `.5`, more digits than a double keeps.
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    Int(i64),
    Float { value: f64, form: Form, digits: u8 },
}

/// Most significant digits of which a double keeps every one.
const SURE_DIGITS: usize = 15;

fn other(value: f64) -> Number {
    Number::Float { value, form: Form::Other, digits: 0 }
}

/// A number that loses nothing: no leading zeros, no plus, whole numbers beyond i64 only where a double prints the same digits.
pub(super) fn lossless(text: &[u8]) -> Option<Number> {
    let negative = text.first() == Some(&b'-');
    let digits = if negative { &text[1..] } else { text };
    let mut mantissa = 0u64;
    let mut at = 0;
    while let Some(digit) = digits.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|&digit| digit < 10) {
        mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit));
        at += 1;
    }
    let whole = at;
    if whole > 1 && digits[0] == b'0' {
        return None;
    }
    if at == digits.len() {
        return match whole {
            0 => None,
            1..=18 if mantissa == 0 && negative => Some(Number::Float { value: -0.0, form: Form::Shortest, digits: 0 }),
            1..=18 => Some(Number::Int(if negative { -(mantissa as i64) } else { mantissa as i64 })),
            _ => long_whole(text, whole),
        };
    }
    if digits[at] != b'.' {
        return if whole > 0 && digits[at] | 0x20 == b'e' { with_exponent(text, &digits[at + 1..]) } else { special(text) };
    }
    at += 1;
    let fraction_from = at;
    while let Some(digit) = digits.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|&digit| digit < 10) {
        mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit));
        at += 1;
    }
    let fraction = at - fraction_from;
    if whole + fraction == 0 {
        return None;
    }
    if at < digits.len() {
        return if digits[at] | 0x20 == b'e' { with_exponent(text, &digits[at + 1..]) } else { None };
    }
    if whole + fraction > 18 || mantissa >= 1 << 53 {
        let value = standard(text)?;
        let form = if whole > 0 && value.abs() >= 1e-6 && prints_as(value, text) { Form::Shortest } else { Form::Other };
        return Some(Number::Float { value, form, digits: fraction.min(255) as u8 });
    }
    let value = mantissa as f64 / POWERS[fraction];
    let value = if negative { -value } else { value };
    let form = if whole == 0 || fraction == 0 {
        Form::Other
    } else if whole + fraction > SURE_DIGITS {
        if value.abs() >= 1e-6 && prints_as(value, text) { Form::Shortest } else { Form::Other }
    } else if digits[at - 1] == b'0' {
        Form::Fixed(fraction as u8)
    } else if value.abs() < 1e-6 {
        Form::Other
    } else {
        Form::Shortest
    };
    Some(Number::Float { value, form, digits: fraction as u8 })
}

/// Whether the shortest print of a value is this text. Most numbers of 16 and 17 digits were printed so; each that was not is kept as text.
#[inline(never)]
fn prints_as(value: f64, text: &[u8]) -> bool {
    use std::fmt::Write;
    struct Rest<'a>(&'a [u8]);
    impl Write for Rest<'_> {
        fn write_str(&mut self, part: &str) -> std::fmt::Result {
            self.0 = self.0.strip_prefix(part.as_bytes()).ok_or(std::fmt::Error)?;
            Ok(())
        }
    }
    let mut rest = Rest(text);
    write!(rest, "{value}").is_ok() && rest.0.is_empty()
}

#[cold]
#[inline(never)]
fn long_whole(text: &[u8], whole: usize) -> Option<Number> {
    let text = std::str::from_utf8(text).ok()?;
    if let Ok(value) = text.parse::<i64>() {
        return Some(Number::Int(value));
    }
    let value = decimal::parse(text.as_bytes())?;
    // From 1e21 on the shortest print has an exponent.
    (whole <= 21 && format!("{value}") == text).then_some(Number::Float { value, form: Form::Shortest, digits: 0 })
}

/// Whether a double prints `value` digit for digit.
pub(super) fn double_keeps(value: i64) -> bool {
    value.unsigned_abs() <= 1 << 53 || format!("{}", value as f64) == format!("{value}")
}

fn with_exponent(text: &[u8], exponent: &[u8]) -> Option<Number> {
    let digits = exponent.strip_prefix(b"-").or(exponent.strip_prefix(b"+")).unwrap_or(exponent);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    standard(text).map(other)
}

/// What has no end as a double, or is not nothing and would become 0, is lost.
fn standard(text: &[u8]) -> Option<f64> {
    let value = decimal::parse(text)?;
    let vanishes = value == 0.0 && text.iter().take_while(|&byte| byte | 0x20 != b'e').any(|byte| matches!(byte, b'1'..=b'9'));
    (value.is_finite() && !vanishes).then_some(value)
}

/// NaN and the infinities as JavaScript, Python and R print them.
fn special(text: &[u8]) -> Option<Number> {
    let shortest = |value| Some(Number::Float { value, form: Form::Shortest, digits: 0 });
    match text {
        b"NaN" => shortest(f64::NAN),
        b"Infinity" => shortest(f64::INFINITY),
        b"-Infinity" => shortest(f64::NEG_INFINITY),
        b"nan" => Some(other(f64::NAN)),
        b"inf" | b"Inf" => Some(other(f64::INFINITY)),
        b"-inf" | b"-Inf" => Some(other(f64::NEG_INFINITY)),
        _ => None,
    }
}

/// A number where a schema asks for one: plus signs, leading zeros and digits that a double cannot keep are taken too.
pub(super) fn lenient(text: &[u8]) -> Option<Number> {
    if let Some(number) = lossless(text) {
        return Some(number);
    }
    let (negative, rest) = match text.first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if matches!(rest.first(), Some(b'-' | b'+')) {
        return None;
    }
    let zeros = rest.iter().take_while(|&&byte| byte == b'0').count();
    let keep = usize::from(zeros > 0 && !rest.get(zeros).is_some_and(u8::is_ascii_digit));
    let mut plain = Vec::new();
    if negative {
        plain.push(b'-');
    }
    plain.extend_from_slice(&rest[zeros - keep..]);
    if let Some(number) = lossless(&plain) {
        return Some(number);
    }
    // Letters that `parse` would take too (`infinity`, `nan`) were decided above.
    let numeric = plain
        .iter()
        .enumerate()
        .all(|(i, &byte)| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E') || matches!(byte, b'-' | b'+') && i > 0)
        || negative && plain[1..].iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'-' | b'+'));
    if !numeric || !plain.iter().any(u8::is_ascii_digit) {
        return None;
    }
    decimal::parse(&plain).map(other)
}

/// Whether the digits are all 0: `-0` is a float for its sign alone.
pub(super) fn is_zero(text: &[u8]) -> bool {
    text.iter().all(|byte| matches!(byte, b'0' | b'-' | b'+'))
}

/// The text that was read as `value`, of the form that the column keeps (`fixed`: digits after the point, or shortest).
pub(super) fn print(value: f64, fixed: Option<u8>, out: &mut Vec<u8>) {
    use std::io::Write;
    let done = if value.is_nan() {
        out.write_all(b"NaN")
    } else if value.is_infinite() {
        out.write_all(if value > 0.0 { b"Infinity" } else { b"-Infinity" })
    } else if let Some(digits) = fixed {
        write!(out, "{value:.*}", usize::from(digits))
    } else {
        write!(out, "{value}")
    };
    debug_assert!(done.is_ok());
}
