//! Dates and times of ISO 8601, and how they were written. Nothing here knows a local time: a time without a zone is UTC.

/// How a column writes its times, packed so that two can be compared at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimeForm {
    /// `b'T'`, `b' '`, or 0 for a date alone.
    separator: u8,
    seconds: bool,
    /// Digits after the point; `u8::MAX` where there is none.
    fraction: u8,
    zone: Zone,
}

impl TimeForm {
    /// A date alone.
    pub const DATE: Self = Self { separator: 0, seconds: false, fraction: u8::MAX, zone: Zone::None };
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Zone {
    None,
    Utc,
    /// Minutes, whether it was written with a minus, and how: 0 `+hh:mm`, 1 `+hhmm`, 2 `+hh`.
    Offset {
        minutes: i16,
        minus: bool,
        style: u8,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Time {
    pub millis: i64,
    pub form: TimeForm,
    /// Whether there are digits beyond milliseconds that are not 0.
    pub finer: bool,
}

pub(super) fn number(text: &[u8]) -> Option<u32> {
    text.iter().try_fold(0, |n, byte| byte.is_ascii_digit().then(|| n * 10 + u32::from(byte - b'0')))
}

/// Days since 1970-01-01 of the proleptic Gregorian calendar (H. Hinnant's algorithm).
pub(super) fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

pub(super) fn days_in_month(year: i64, month: u32) -> u32 {
    match month {
        2 => 28 + u32::from(year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// `2024-02-29`, `2024-02-29T12:30`, `2024-02-29 12:30:15.123456Z`, `…+02:00`, `…+0200`, `…+02`.
pub(super) fn parse(text: &[u8]) -> Option<Time> {
    if text.len() < 10 || text[4] != b'-' || text[7] != b'-' {
        return None;
    }
    let (year, month, day) = (number(&text[..4])?, number(&text[5..7])?, number(&text[8..10])?);
    if !(1..=12).contains(&month) || day == 0 || day > days_in_month(i64::from(year), month) {
        return None;
    }
    let date = days_from_civil(i64::from(year), i64::from(month), i64::from(day)) * 86_400_000;
    let mut form = TimeForm::DATE;
    let Some((&separator, rest)) = text[10..].split_first() else {
        return Some(Time { millis: date, form, finer: false });
    };
    if !matches!(separator, b'T' | b' ') || rest.len() < 5 || rest[2] != b':' {
        return None;
    }
    form.separator = separator;
    let (hour, minute) = (number(&rest[..2])?, number(&rest[3..5])?);
    let mut rest = &rest[5..];
    let mut second = 0;
    let mut millis = 0;
    let mut finer = false;
    if rest.len() >= 3 && rest[0] == b':' {
        second = number(&rest[1..3])?;
        form.seconds = true;
        rest = &rest[3..];
        if let Some((b'.', fraction)) = rest.split_first() {
            let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if !(1..=9).contains(&digits) {
                return None;
            }
            form.fraction = digits as u8;
            for digit in fraction[..digits].iter().map(|byte| i64::from(byte - b'0')).chain([0; 2]).take(3) {
                millis = millis * 10 + digit;
            }
            finer = fraction[..digits].iter().skip(3).any(|&byte| byte != b'0');
            rest = &fraction[digits..];
        }
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    form.zone = zone(rest)?;
    let local = date + i64::from((hour * 60 + minute) * 60 + second) * 1000 + millis;
    Some(Time { millis: local - offset(form.zone), form, finer })
}

fn zone(text: &[u8]) -> Option<Zone> {
    let (&sign, rest) = match text.split_first() {
        None => return Some(Zone::None),
        Some((b'Z', [])) => return Some(Zone::Utc),
        Some(split) => split,
    };
    let minus = match sign {
        b'+' => false,
        b'-' => true,
        _ => return None,
    };
    let (hours, minutes, style) = match rest {
        [h1, h2, b':', m1, m2] => (number(&[*h1, *h2])?, number(&[*m1, *m2])?, 0),
        [h1, h2, m1, m2] => (number(&[*h1, *h2])?, number(&[*m1, *m2])?, 1),
        [h1, h2] => (number(&[*h1, *h2])?, 0, 2),
        _ => return None,
    };
    (hours <= 23 && minutes <= 59).then_some(Zone::Offset { minutes: (hours * 60 + minutes) as i16, minus, style })
}

/// Milliseconds that the zone is ahead of UTC.
fn offset(zone: Zone) -> i64 {
    match zone {
        Zone::Offset { minutes, minus, .. } => i64::from(minutes) * if minus { -60_000 } else { 60_000 },
        _ => 0,
    }
}

/// The text that was read, of that form.
pub(super) fn print(millis: i64, form: TimeForm, out: &mut Vec<u8>) {
    use std::io::Write;
    let local = millis + offset(form.zone);
    let (year, month, day) = civil_from_days(local.div_euclid(86_400_000));
    let of_day = local.rem_euclid(86_400_000);
    let mut done = write!(out, "{year:04}-{month:02}-{day:02}");
    if form.separator != 0 {
        done = done.and_then(|()| write!(out, "{}{:02}:{:02}", form.separator as char, of_day / 3_600_000, of_day / 60_000 % 60));
        if form.seconds {
            done = done.and_then(|()| write!(out, ":{:02}", of_day / 1000 % 60));
        }
        if form.fraction != u8::MAX {
            let digits = format!("{:03}000000", of_day % 1000);
            done = done.and_then(|()| write!(out, ".{}", &digits[..usize::from(form.fraction)]));
        }
        done = done.and_then(|()| match form.zone {
            Zone::None => Ok(()),
            Zone::Utc => out.write_all(b"Z"),
            Zone::Offset { minutes, minus, style } => {
                let (sign, hours, minutes) = (if minus { '-' } else { '+' }, minutes / 60, minutes % 60);
                match style {
                    0 => write!(out, "{sign}{hours:02}:{minutes:02}"),
                    1 => write!(out, "{sign}{hours:02}{minutes:02}"),
                    _ => write!(out, "{sign}{hours:02}"),
                }
            }
        });
    }
    debug_assert!(done.is_ok());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_print_as_they_were_written() {
        for text in [
            "1970-01-01",
            "2024-02-29",
            "0000-01-01",
            "9999-12-31",
            "2024-02-29T12:30",
            "2024-02-29 12:30:15",
            "1969-12-31T23:59:59.999Z",
            "2024-02-29T12:30:15.1",
            "2024-02-29T12:30:15.123000",
            "2024-02-29T12:30:15+02:00",
            "2024-02-29T00:30:15-0330",
            "2024-02-29 12:30:15.000000000+05",
            "2024-01-01T00:00-00:00",
        ] {
            let time = parse(text.as_bytes()).unwrap_or_else(|| panic!("{text}"));
            let mut out = Vec::new();
            print(time.millis, time.form, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), text);
            assert!(!time.finer);
        }
        assert_eq!(parse(b"2024-02-29T12:30:15+02:00").unwrap().millis, 1_709_202_615_000);
        assert_eq!(parse(b"1969-12-31").unwrap().millis, -86_400_000);
        assert!(parse(b"2024-02-29T12:30:15.1234").unwrap().finer);
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "2024",
            "2024-1-1",
            "2023-02-29",
            "2024-13-01",
            "2024-00-01",
            "2024-01-00",
            "2024-01-01T",
            "2024-01-01T24:00",
            "2024-01-01T12",
            "2024-01-01T12:60",
            "2024-01-01T12:00:60",
            "2024-01-01T12:00:00.",
            "2024-01-01T12:00:00.1234567890",
            "2024-01-01T12:00:00z",
            "2024-01-01T12:00:00+2",
            "2024-01-01T12:00:00+24:00",
            "2024-01-01x12:00",
            "20240101",
            "2024-01-01Z",
            "2024-01-01T12:00:00ZZ",
            "2024-01-01T12:00:0",
            "+2024-01-01",
            "2024-01-01 ",
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }
}
