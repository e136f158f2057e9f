//! ISO 8601 as widely as `toDate` takes it: months without a day, years of six digits, commas, 24:00, blanks before the zone.

use super::convert::is_blank;
use super::time::{days_from_civil, days_in_month, number};

/// Eats digits, exactly so many.
fn digits(text: &str, count: usize) -> Option<(u32, &str)> {
    Some((number(text.get(..count)?.as_bytes())?, &text[count..]))
}

/// Milliseconds since 1970; the text has no blanks around it.
pub(super) fn parse(text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?;
    let (year, rest) = match text.strip_prefix(['+', '-']) {
        Some(signed) => {
            let (year, rest) = digits(signed, 6)?;
            let negative = text.starts_with('-');
            if negative && year == 0 {
                return None;
            }
            (if negative { -i64::from(year) } else { i64::from(year) }, rest)
        }
        None => digits(text, 4).map(|(year, rest)| (i64::from(year), rest))?,
    };
    let (month, rest) = digits(rest.strip_prefix('-')?, 2)?;
    let (day, rest, has_day) = match rest.strip_prefix('-') {
        Some(rest) => digits(rest, 2).map(|(day, rest)| (day, rest, true))?,
        None => (1, rest, false),
    };
    if !(1..=12).contains(&month) || day == 0 || day > days_in_month(year, month) || !has_day && !rest.is_empty() {
        return None;
    }
    let date = days_from_civil(year, i64::from(month), i64::from(day)) * 86_400_000;
    if date.unsigned_abs() > 8_640_000_000_000_000 {
        return None;
    }
    if rest.is_empty() {
        return Some(date);
    }
    let (hour, rest) = digits(rest.strip_prefix(['T', 't', ' '])?, 2)?;
    let (minute, mut rest) = digits(rest.strip_prefix(':')?, 2)?;
    let (mut second, mut millis) = (0, 0);
    if let Some(after) = rest.strip_prefix(':') {
        (second, rest) = digits(after, 2)?;
        if let Some(fraction) = rest.strip_prefix(['.', ',']) {
            let count = fraction.bytes().take_while(u8::is_ascii_digit).count();
            if !(1..=9).contains(&count) {
                return None;
            }
            millis =
                fraction[..count].bytes().map(|byte| i64::from(byte - b'0')).chain([0; 2]).take(3).fold(0, |sum, digit| sum * 10 + digit);
            rest = &fraction[count..];
        }
    }
    if minute > 59 || second > 59 || hour > 24 || hour == 24 && (minute > 0 || second > 0 || millis > 0) {
        return None;
    }
    Some(date + i64::from((hour * 60 + minute) * 60 + second) * 1000 + millis - zone(rest)? * 60_000)
}

/// Minutes ahead of UTC.
fn zone(text: &str) -> Option<i64> {
    if text.is_empty() {
        return Some(0);
    }
    let text = text.strip_prefix(is_blank).unwrap_or(text);
    if text.eq_ignore_ascii_case("Z") {
        return Some(0);
    }
    let (hours, rest) = digits(text.strip_prefix(['+', '-'])?, 2)?;
    let rest = rest.strip_prefix(':').unwrap_or(rest);
    let minutes = if rest.is_empty() { 0 } else { digits(rest, 2).filter(|(_, rest)| rest.is_empty())?.0 };
    let ahead = i64::from(hours * 60 + minutes);
    (hours <= 23 && minutes <= 59).then_some(if text.starts_with('-') { -ahead } else { ahead })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_beside_the_usual() {
        for (text, millis) in [
            ("2024-02", 1_706_745_600_000),
            ("+002024-02-29", 1_709_164_800_000),
            ("-000001-01-01", -62_198_755_200_000),
            ("2024-02-29t24:00z", 1_709_251_200_000),
            ("2024-02-29 12:00:00,5 +0130", 1_709_202_600_500),
            ("2024-02-29T12:00\u{a0}-02:", 1_709_215_200_000),
        ] {
            assert_eq!(parse(text.as_bytes()), Some(millis), "{text}");
        }
        let wrong = [
            "2024",
            "2024-02T12:00",
            "-000000-01-01",
            "2024-02-29T24:01",
            "2024-02-29T12",
            "2024-02-29T12:00 ",
            "2024-02-29T12:00+0",
            "2024-02-30",
            "é024-01-01",
        ];
        for text in wrong {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }
}
