//! Times as milliseconds since 1970 UTC, in the proleptic Gregorian calendar. js/src/expression/time.ts is its twin.

const DAY: i64 = 86_400_000;
/// What a Date can hold; beyond it the parts of a time are null.
pub const MAX_TIME: i64 = 8_640_000_000_000_000;

pub fn is_time(time: i64) -> bool {
    (-MAX_TIME..=MAX_TIME).contains(&time)
}

struct Reader<'t> {
    text: &'t [u8],
    at: usize,
}

impl Reader<'_> {
    fn digits(&mut self, count: usize) -> Option<i64> {
        let piece = self.text.get(self.at..self.at + count)?;
        self.at += count;
        piece.iter().try_fold(0, |value, digit| digit.is_ascii_digit().then(|| value * 10 + i64::from(digit - b'0')))
    }

    fn take(&mut self, any_of: &[u8]) -> Option<u8> {
        let c = *self.text.get(self.at)?;
        any_of.contains(&c).then(|| {
            self.at += 1;
            c
        })
    }

    fn done(&self) -> bool {
        self.at == self.text.len()
    }
}

/// ISO 8601: a date, or a date and a time, UTC where no zone stands; digits past milliseconds are cut off.
pub fn parse_time(text: &[u8]) -> Option<i64> {
    let mut read = Reader { text, at: 0 };
    let year = match read.take(b"+-") {
        Some(sign) => {
            let year = read.digits(6)?;
            if sign == b'-' && year == 0 {
                return None;
            }
            if sign == b'-' { -year } else { year }
        }
        None => read.digits(4)?,
    };
    read.take(b"-")?;
    let month = read.digits(2)?;
    read.take(b"-")?;
    let day = read.digits(2)?;
    if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
        return None;
    }
    let mut time = days_of(year, month, day) * DAY;
    if !read.done() {
        time += time_of_day(&mut read)?;
    }
    is_time(time).then_some(time)
}

fn time_of_day(read: &mut Reader<'_>) -> Option<i64> {
    read.take(b"Tt ")?;
    let hour = read.digits(2)?;
    read.take(b":")?;
    let minute = read.digits(2)?;
    let (mut second, mut milli) = (0, 0);
    if read.take(b":").is_some() {
        second = read.digits(2)?;
        if read.take(b".,").is_some() {
            let mut count = 0;
            while let Some(digit) = read.take(b"0123456789") {
                if count < 3 {
                    milli = milli * 10 + i64::from(digit - b'0');
                }
                count += 1;
            }
            if count == 0 {
                return None;
            }
            for _ in count..3 {
                milli *= 10;
            }
        }
    }
    let mut zone = 0;
    if read.take(b"Zz").is_none()
        && let Some(sign) = read.take(b"+-")
    {
        let hours = read.digits(2)?;
        read.take(b":");
        let minutes = read.digits(2)?;
        if hours > 23 || minutes > 59 {
            return None;
        }
        zone = (hours * 60 + minutes) * if sign == b'-' { -1 } else { 1 };
    }
    if !read.done() || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    Some(((hour * 60 + minute - zone) * 60 + second) * 1000 + milli)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970 of a date. Howard Hinnant, "chrono-compatible low-level date algorithms".
fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let year_of_era = y - era * 400;
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Year, month, day.
fn date_of(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z - era * 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    DayOfWeek,
}

/// Null beyond what a Date holds; of the week, 0 is Sunday.
pub fn part_of(part: Part, time: i64) -> Option<f64> {
    if !is_time(time) {
        return None;
    }
    let days = time.div_euclid(DAY);
    let rest = time.rem_euclid(DAY);
    Some(match part {
        Part::Year => date_of(days).0,
        Part::Month => date_of(days).1,
        Part::Day => date_of(days).2,
        Part::Hour => rest / 3_600_000,
        Part::Minute => rest / 60_000 % 60,
        Part::Second => rest / 1000 % 60,
        Part::DayOfWeek => (days + 4).rem_euclid(7),
    } as f64)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl Unit {
    pub const ALL: [(&str, Self); 8] = [
        ("second", Self::Second),
        ("minute", Self::Minute),
        ("hour", Self::Hour),
        ("day", Self::Day),
        ("week", Self::Week),
        ("month", Self::Month),
        ("quarter", Self::Quarter),
        ("year", Self::Year),
    ];
}

/// The beginning of the unit that `time` lies in; weeks begin on Monday. Null beyond what a Date holds.
pub fn truncate_time(unit: Unit, time: i64) -> Option<i64> {
    if !is_time(time) {
        return None;
    }
    let down = |step: i64| time.div_euclid(step) * step;
    let days = time.div_euclid(DAY);
    let start = match unit {
        Unit::Second => down(1000),
        Unit::Minute => down(60_000),
        Unit::Hour => down(3_600_000),
        Unit::Day => down(DAY),
        Unit::Week => ((days + 3).div_euclid(7) * 7 - 3) * DAY,
        Unit::Month | Unit::Quarter | Unit::Year => {
            let (year, month, _) = date_of(days);
            let month = match unit {
                Unit::Year => 1,
                Unit::Quarter => month - (month - 1) % 3,
                _ => month,
            };
            days_of(year, month, 1) * DAY
        }
    };
    is_time(start).then_some(start)
}

/// As Date.prototype.toISOString.
pub fn push_time(into: &mut Vec<u8>, time: i64) {
    use std::io::Write;
    let (year, month, day) = date_of(time.div_euclid(DAY));
    let rest = time.rem_euclid(DAY);
    let (hour, minute, second, milli) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60, rest % 1000);
    // Writing into a vector cannot fail.
    let _ = if (0..=9999).contains(&year) {
        write!(into, "{year:04}")
    } else {
        write!(into, "{}{:06}", if year < 0 { '-' } else { '+' }, year.abs())
    };
    let _ = write!(into, "-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z");
}
