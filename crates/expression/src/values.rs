//! What functions do with single values. js/src/expression/values.ts is its twin.

use std::io::Write;

use columnar::decimal;
use columnar::shortest::settle_tie;

use crate::json::{self, JsonKind};
use crate::text::trim;
use crate::time::{MAX_TIME, parse_time};

/// As Number.prototype.toString.
pub fn push_number(into: &mut Vec<u8>, value: f64) {
    // Writing into a vector cannot fail.
    if value.is_nan() {
        into.extend_from_slice(b"NaN");
    } else if value.is_infinite() {
        into.extend_from_slice(if value > 0.0 { b"Infinity" } else { b"-Infinity" });
    } else if value.fract() == 0.0 && value.abs() < 9e15 {
        let _ = write!(into, "{}", value as i64);
    } else {
        if value < 0.0 {
            into.push(b'-');
        }
        // The shortest digits that are read back as the same double, as JavaScript takes them: `d.ddde±x`.
        let mut shortest = [0u8; 32];
        let mut rest = shortest.as_mut_slice();
        let _ = write!(rest, "{:e}", value.abs());
        let unused = rest.len();
        let shortest = &shortest[..32 - unused];
        let split = shortest.iter().position(|&b| b == b'e').unwrap_or(shortest.len());
        let exponent: i32 = shortest.get(split + 1..).and_then(|x| core::str::from_utf8(x).ok()).and_then(|x| x.parse().ok()).unwrap_or(0);
        let mut digits: Vec<u8> = shortest[..split].iter().copied().filter(|&b| b != b'.').collect();
        settle_tie(value, &mut digits, exponent);
        push_digits(into, &digits, exponent + 1);
    }
}

/// The number `0.digits * 10^point`.
fn push_digits(into: &mut Vec<u8>, digits: &[u8], point: i32) {
    let count = digits.len() as i32;
    if (1..=21).contains(&point) {
        let whole = point.min(count) as usize;
        into.extend_from_slice(&digits[..whole]);
        into.extend(core::iter::repeat_n(b'0', (point - count).max(0) as usize));
        if whole < digits.len() {
            into.push(b'.');
            into.extend_from_slice(&digits[whole..]);
        }
    } else if (-5..=0).contains(&point) {
        into.extend_from_slice(b"0.");
        into.extend(core::iter::repeat_n(b'0', point.unsigned_abs() as usize));
        into.extend_from_slice(digits);
    } else {
        into.push(digits[0]);
        if count > 1 {
            into.push(b'.');
            into.extend_from_slice(&digits[1..]);
        }
        let _ = write!(into, "e{}{}", if point > 0 { '+' } else { '-' }, (point - 1).abs());
    }
}

/// `[+-]digits[.digits][e[+-]digits]`, with a digit before or behind the point.
fn is_decimal(text: &[u8]) -> bool {
    let digits = |from: usize| text[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut at = usize::from(matches!(text.first(), Some(b'+' | b'-')));
    let whole = digits(at);
    at += whole;
    let mut fraction = 0;
    if text.get(at) == Some(&b'.') {
        fraction = digits(at + 1);
        at += 1 + fraction;
    }
    if whole + fraction == 0 {
        return false;
    }
    if matches!(text.get(at), Some(b'e' | b'E')) {
        at += 1 + usize::from(matches!(text.get(at + 1), Some(b'+' | b'-')));
        let exponent = text.get(at..).map_or(0, |_| digits(at));
        if exponent == 0 {
            return false;
        }
        at += exponent;
    }
    at == text.len()
}

/// `toNumber` of text: a decimal number with space around it, NaN, Infinity; else null.
pub fn number_of_text(text: &[u8]) -> Option<f64> {
    let text = trim(text);
    if is_decimal(text) {
        return decimal::parse(text);
    }
    match text {
        b"NaN" => Some(f64::NAN),
        b"Infinity" | b"+Infinity" => Some(f64::INFINITY),
        b"-Infinity" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

/// `toTimestamp` of a number: milliseconds since 1970, a fraction cut off; null beyond what a Date holds.
pub fn time_of_number(value: f64) -> Option<i64> {
    let time = value.trunc();
    (time.abs() <= MAX_TIME as f64).then_some(time as i64)
}

pub fn number_of_json(json: &[u8], buffer: &mut Vec<u8>) -> Option<f64> {
    match json::kind(json) {
        JsonKind::Number => json::number(json),
        JsonKind::Text => number_of_text(json::text(json, buffer)?),
        JsonKind::Bool => Some(f64::from(u8::from(json == b"true"))),
        JsonKind::Other => None,
    }
}

pub fn time_of_json(json: &[u8], buffer: &mut Vec<u8>) -> Option<i64> {
    match json::kind(json) {
        JsonKind::Number => time_of_number(json::number(json)?),
        JsonKind::Text => parse_time(json::text(json, buffer)?),
        _ => None,
    }
}

/// As Math.round: halves upwards.
fn round_half_up(value: f64) -> f64 {
    let floor = value.floor();
    let rounded = if value - floor >= 0.5 { floor + 1.0 } else { floor };
    if rounded == 0.0 { rounded.copysign(value) } else { rounded }
}

/// To `digits` decimal places (negative: tens). A number that has no digit there is given back as it is.
pub fn round(value: f64, digits: f64) -> f64 {
    /// From here on doubles are whole numbers.
    const ALL_WHOLE: f64 = 4_503_599_627_370_496.0;
    let places = digits.trunc().clamp(-308.0, 308.0);
    if places.is_nan() {
        return f64::NAN;
    }
    let by = power_of_ten(places.abs() as usize);
    let scaled = if places < 0.0 { value / by } else { value * by };
    if scaled.is_nan() || scaled.abs() >= ALL_WHOLE {
        return value;
    }
    if places < 0.0 { round_half_up(scaled) * by } else { round_half_up(scaled) / by }
}

/// What is read from decimal text is exact; a computed power need not be.
fn power_of_ten(n: usize) -> f64 {
    const SMALL: [f64; 16] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
    SMALL.get(n).copied().unwrap_or_else(|| decimal::parse(format!("1e{n}").as_bytes()).unwrap_or(f64::INFINITY))
}

/// As JavaScript's `**`.
pub fn pow(base: f64, exponent: f64) -> f64 {
    if exponent.is_nan() || (base.abs() == 1.0 && exponent.is_infinite()) { f64::NAN } else { base.powf(exponent) }
}

pub fn sign(value: f64) -> f64 {
    if value == 0.0 || value.is_nan() { value } else { 1f64.copysign(value) }
}

/// As Math.min and Math.max: NaN where one is NaN, -0 below 0.
pub fn pick_number(least: bool, a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() {
        f64::NAN
    } else if a == b {
        if a.is_sign_negative() == least { a } else { b }
    } else if (a < b) == least {
        a
    } else {
        b
    }
}

pub fn arithmetic(op: u8, a: f64, b: f64) -> f64 {
    match op {
        b'+' => a + b,
        b'-' => a - b,
        b'*' => a * b,
        b'/' => a / b,
        _ => a % b,
    }
}
