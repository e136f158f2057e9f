//! Values as JSON text, letter for letter as JSON.stringify writes them.

use columnar::shortest::settle_tie;
use columnar::{Column, ColumnType, Data, Result, alloc};

/// Appends the value of a row; null where there is none.
pub(super) fn value(out: &mut Vec<u8>, column: &Column, row: usize) -> Result<()> {
    if !column.is_valid(row) {
        return text(out, b"null");
    }
    match column.data() {
        Data::F64(values) => number(out, values[row]),
        Data::I64(values) if column.kind() == ColumnType::Timestamp => timestamp(out, values[row]),
        Data::I64(values) => whole(out, values[row]),
        Data::I32(values) => whole(out, values[row].into()),
        Data::Bool(bits) => text(out, if bits.get(row) { b"true" } else { b"false" }),
        Data::Utf8(strings) if column.kind() == ColumnType::Json => text(out, strings.get(row)),
        Data::Utf8(_) | Data::Dict(..) => string(out, column.string(row)),
    }
}

pub(super) fn text(out: &mut Vec<u8>, text: &[u8]) -> Result<()> {
    alloc::grow(out, text.len())?;
    out.extend_from_slice(text);
    Ok(())
}

/// Text of bounded length, put together without the heap.
struct Short {
    bytes: [u8; 40],
    len: usize,
}

impl Short {
    const fn new() -> Self {
        Self { bytes: [0; 40], len: 0 }
    }

    fn push(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.len) {
            *place = byte;
            self.len += 1;
        }
    }

    /// At least `digits` digits.
    fn digits(&mut self, mut value: u64, digits: usize) {
        let mut reversed = [0u8; 20];
        let mut len = 0;
        while value > 0 || len < digits {
            reversed[len] = b'0' + (value % 10) as u8;
            value /= 10;
            len += 1;
        }
        reversed[..len].iter().rev().for_each(|&digit| self.push(digit));
    }

    fn get(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl core::fmt::Write for Short {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        text.bytes().for_each(|byte| self.push(byte));
        Ok(())
    }
}

fn whole(out: &mut Vec<u8>, value: i64) -> Result<()> {
    let mut short = Short::new();
    if value < 0 {
        short.push(b'-');
    }
    short.digits(value.unsigned_abs(), 1);
    text(out, short.get())
}

/// The fewest digits that read back as the same double, laid out as Number.prototype.toString does.
fn number(out: &mut Vec<u8>, value: f64) -> Result<()> {
    use core::fmt::Write;
    if !value.is_finite() {
        return text(out, b"null");
    }
    if value.abs() < 9_007_199_254_740_992.0 && value == value.trunc() {
        return whole(out, value as i64); // -0 too, as 0
    }
    if let Some((digits, places)) = decimal(value.abs()) {
        let mut short = Short::new();
        if value < 0.0 {
            short.push(b'-');
        }
        short.digits(digits / POWERS[places], 1);
        short.push(b'.');
        short.digits(digits % POWERS[places], places);
        return text(out, short.get());
    }
    let mut printed = Short::new();
    // Short takes every text.
    let _ = write!(printed, "{:e}", value.abs());
    let (mantissa, exponent) = split(printed.get());
    let (mut list, mut count) = ([0u8; 24], 0);
    for (to, &digit) in list.iter_mut().zip(mantissa.iter().filter(|byte| **byte != b'.')) {
        *to = digit;
        count += 1;
    }
    settle_tie(value, &mut list[..count], exponent);
    let mut short = Short::new();
    if value < 0.0 {
        short.push(b'-');
    }
    let mut digits = list[..count].iter().copied();
    let count = count as i32;
    // The decimal point stands behind so many digits.
    let point = exponent + 1;
    if (-5..=0).contains(&point) {
        short.push(b'0');
        short.push(b'.');
        (point..0).for_each(|_| short.push(b'0'));
        digits.for_each(|digit| short.push(digit));
    } else if (1..=21).contains(&point) {
        for place in 0..count.max(point) {
            if place == point {
                short.push(b'.');
            }
            short.push(digits.next().unwrap_or(b'0'));
        }
    } else {
        if let Some(digit) = digits.next() {
            short.push(digit);
        }
        if count > 1 {
            short.push(b'.');
            digits.for_each(|digit| short.push(digit));
        }
        short.push(b'e');
        short.push(if exponent < 0 { b'-' } else { b'+' });
        short.digits(exponent.unsigned_abs().into(), 1);
    }
    text(out, short.get())
}

const POWERS: [u64; 7] = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000];

/// Digits and how many of them stand behind the point, where few do: 12.5 is (125, 1). Up to 15 digits in all no two decimals are one
/// double, so the first that reads back as the value is the shortest.
fn decimal(value: f64) -> Option<(u64, usize)> {
    if !(1e-6..1e9).contains(&value) {
        return None;
    }
    (1..POWERS.len()).find_map(|places| {
        let power = POWERS[places] as f64;
        let digits = (value * power).round_ties_even();
        (digits / power == value).then_some((digits as u64, places))
    })
}

/// What stands before the `e`, and the number behind it.
fn split(printed: &[u8]) -> (&[u8], i32) {
    let e = printed.iter().position(|&byte| byte == b'e').unwrap_or(printed.len());
    let exponent = printed.get(e + 1..).and_then(|text| str::from_utf8(text).ok()).and_then(|text| text.parse().ok());
    (&printed[..e], exponent.unwrap_or(0))
}

/// The furthest that a Date reaches.
const MOST_MILLIS: i64 = 8_640_000_000_000_000;

/// As Date.prototype.toJSON.
fn timestamp(out: &mut Vec<u8>, millis: i64) -> Result<()> {
    if !(-MOST_MILLIS..=MOST_MILLIS).contains(&millis) {
        return text(out, b"null");
    }
    let day = 86_400_000;
    let (year, month, date) = civil(millis.div_euclid(day));
    let rest = millis.rem_euclid(day) as u64;
    let mut short = Short::new();
    short.push(b'"');
    if (0..=9999).contains(&year) {
        short.digits(year.unsigned_abs(), 4);
    } else {
        short.push(if year < 0 { b'-' } else { b'+' });
        short.digits(year.unsigned_abs(), 6);
    }
    for (mark, value, digits) in [
        (b'-', month, 2),
        (b'-', date, 2),
        (b'T', rest / 3_600_000, 2),
        (b':', rest / 60_000 % 60, 2),
        (b':', rest / 1000 % 60, 2),
        (b'.', rest % 1000, 3),
    ] {
        short.push(mark);
        short.digits(value, digits);
    }
    short.push(b'Z');
    short.push(b'"');
    text(out, short.get())
}

/// Year, month and day of the days since 1970-01-01, in the calendar of all times (Howard Hinnant's `civil_from_days`).
fn civil(days: i64) -> (i64, u64, u64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month as u64, day as u64)
}

/// Quoted and escaped; a lone surrogate, which has three bytes here, as \udXXX.
fn string(out: &mut Vec<u8>, bytes: &[u8]) -> Result<()> {
    alloc::grow(out, bytes.len() + 2)?;
    out.push(b'"');
    let mut from = 0;
    for (i, &byte) in bytes.iter().enumerate() {
        let next = bytes.get(i + 1).copied().unwrap_or(0);
        let (escape, len): (Option<u8>, usize) = match byte {
            b'"' | b'\\' => (Some(byte), 1),
            8 => (Some(b'b'), 1),
            9 => (Some(b't'), 1),
            10 => (Some(b'n'), 1),
            12 => (Some(b'f'), 1),
            13 => (Some(b'r'), 1),
            0..32 => (None, 1),
            0xed if next >= 0xa0 => (None, 3),
            _ => continue,
        };
        text(out, &bytes[from..i])?;
        if let Some(letter) = escape {
            text(out, &[b'\\', letter])?;
        } else {
            let last = bytes.get(i + 2).copied().unwrap_or(0);
            let unit = if len == 3 { 0xd000 | u32::from(next & 0x3f) << 6 | u32::from(last & 0x3f) } else { byte.into() };
            let hex = |shift: u32| b"0123456789abcdef"[(unit >> shift & 15) as usize];
            text(out, &[b'\\', b'u', hex(12), hex(8), hex(4), hex(0)])?;
        }
        from = (i + len).min(bytes.len());
    }
    text(out, &bytes[from..])?;
    text(out, b"\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(write: impl Fn(&mut Vec<u8>) -> Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_are_those_of_javascript() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (0.1, "0.1"),
            (-1.5, "-1.5"),
            (1e21, "1e+21"),
            (1e20, "100000000000000000000"),
            (123456789012345680000.0, "123456789012345680000"),
            (1.5e300, "1.5e+300"),
            (1e-7, "1e-7"),
            (1e-6, "0.000001"),
            (1.25e-6, "0.00000125"),
            (-1.25e-7, "-1.25e-7"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
            (9007199254740992.0, "9007199254740992"),
            (9007199254740994.0, "9007199254740994"),
            (12345.678, "12345.678"),
            (0.000001, "0.000001"),
            (0.0000015, "0.0000015"),
            (-0.3, "-0.3"),
            (0.1 + 0.2, "0.30000000000000004"),
            (999999999.999999, "999999999.999999"),
            (123456.654321, "123456.654321"),
            (1e9 + 0.5, "1000000000.5"),
            (100.001, "100.001"),
            (1.2345678901234567e20, "123456789012345670000"),
            (f64::NAN, "null"),
            (f64::NEG_INFINITY, "null"),
        ] {
            assert_eq!(shown(|out| number(out, value)), text);
        }
        assert_eq!(shown(|out| whole(out, i64::MIN)), "-9223372036854775808");
    }

    #[test]
    fn timestamps_are_those_of_to_json() {
        for (millis, text) in [
            (0, "\"1970-01-01T00:00:00.000Z\""),
            (-1, "\"1969-12-31T23:59:59.999Z\""),
            (951_782_400_000, "\"2000-02-29T00:00:00.000Z\""),
            (MOST_MILLIS, "\"+275760-09-13T00:00:00.000Z\""),
            (-MOST_MILLIS, "\"-271821-04-20T00:00:00.000Z\""),
            (-62_167_219_200_001, "\"-000001-12-31T23:59:59.999Z\""),
            (-62_167_219_200_000, "\"0000-01-01T00:00:00.000Z\""),
            (253_402_300_800_000, "\"+010000-01-01T00:00:00.000Z\""),
            (MOST_MILLIS + 1, "null"),
        ] {
            assert_eq!(shown(|out| timestamp(out, millis)), text);
        }
    }

    #[test]
    fn strings_are_escaped_as_stringify_does() {
        for (bytes, text) in [
            (&b"plain"[..], r#""plain""#),
            (b"\"\\/\x08\t\n\x0c\r\x01\x1f\x7f", "\"\\\"\\\\/\\b\\t\\n\\f\\r\\u0001\\u001f\x7f\""),
            ("日本 😀 \u{2028}".as_bytes(), "\"日本 😀 \u{2028}\""),
            ("\u{d7ff}".as_bytes(), "\"\u{d7ff}\""),
            (b"a\xed\xa0\x80b\xed\xbf\xbf", r#""a\ud800b\udfff""#),
            (b"\xed\xb0\x80\xed\xa0\xbd", r#""\udc00\ud83d""#),
        ] {
            assert_eq!(shown(|out| string(out, bytes)), text);
        }
    }
}
