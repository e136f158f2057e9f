//! Decimal text to the nearest double, as `str::parse` gives it, without the 10 kB of powers that the standard library's parser brings.
//!
//! A product with a power of ten of 64 bits leaves 11 bits more than a double has, and is wrong in the last few of them at most: where
//! those could change the rounding, about once in a hundred numbers of 17 digits, whole numbers of any length decide. (After W. D.
//! Clinger, "How to read floating point numbers accurately", 1990.)

use core::cmp::Ordering;

/// 10^(28 j) for j from -13 on: 64 bits, the first of them set, rounded to nearest.
#[rustfmt::skip]
const GREAT: [u64; 25] = [
    0xe1afa13afbd14d6e, 0xe3e27a444d8d98b8, 0xe61acf033d1a45df, 0xe858ad248f5c22ca, 0xea9c227723ee8bcb, 0xece53cec4a314ebe,
    0xef340a98172aace5, 0xf18899b1bc3f8ca2, 0xf3e2f893dec3f126, 0xf64335bcf065d37d, 0xf8a95fcf88747d94, 0xfb158592be068d2f,
    0xfd87b5f28300ca0e, 0x8000000000000000, 0x813f3978f8940984, 0x82818f1281ed44a0, 0x83c7088e1aab65db, 0x850fadc09923329e,
    0x865b86925b9bc5c2, 0x87aa9aff79042287, 0x88fcf317f22241e2, 0x8a5296ffe33cc930, 0x8bab8eefb6409c1a, 0x8d07e33455637eb3,
    0x8e679c2f5e44ff8f,
];
const LEAST: i32 = -13 * 28;

/// The greatest power whose digits do not change a rounding: doubles and what lies between two of them have at most 767.
const DIGITS: usize = 800;

/// Digits up to here fit 64 bits, whatever they are.
const KEPT: usize = 19;

/// `[+-]digits[.digits][e[+-]digits]` with a digit before or behind the point; `None` of all else. Beyond the doubles lie infinity and 0.
///
/// ```
/// assert_eq!(columnar::decimal::parse(b"-12.5e3"), Some(-12500.0));
/// assert_eq!(columnar::decimal::parse(b"12."), Some(12.0));
/// assert_eq!(columnar::decimal::parse(b"e3"), None);
/// ```
pub fn parse(text: &[u8]) -> Option<f64> {
    let (negative, text) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let value = unsigned(text)?;
    Some(if negative { -value } else { value })
}

/// Leading digits as a whole number, as far as they are kept; behind them, how many were left out.
#[derive(Default)]
struct Mantissa {
    value: u64,
    kept: usize,
    left: i32,
    /// One of those left out is not 0.
    more: bool,
}

impl Mantissa {
    #[inline(always)]
    fn push(&mut self, digit: u8) {
        if self.kept < KEPT {
            self.value = self.value * 10 + u64::from(digit);
            self.kept += usize::from(self.value > 0);
        } else {
            self.left += 1;
            self.more |= digit > 0;
        }
    }

    /// Takes the digits that `text` begins with, and says how many.
    #[inline(always)]
    fn take(&mut self, text: &[u8]) -> usize {
        let mut taken = 0;
        while let Some(digit) = text.get(taken).map(|byte| byte.wrapping_sub(b'0')).filter(|&digit| digit < 10) {
            self.push(digit);
            taken += 1;
        }
        taken
    }
}

fn unsigned(text: &[u8]) -> Option<f64> {
    let mut mantissa = Mantissa::default();
    let mut at = mantissa.take(text);
    let (mut digits, mut fraction) = (at, 0);
    if text.get(at) == Some(&b'.') {
        fraction = mantissa.take(&text[at + 1..]);
        digits += fraction;
        at += 1 + fraction;
    }
    let end = at;
    let mut exponent = 0i32;
    if let Some(b'e' | b'E') = text.get(at) {
        let sign = text.get(at + 1);
        let begin = at + 1 + usize::from(matches!(sign, Some(b'+' | b'-')));
        at = begin;
        while let Some(digit) = text.get(at).filter(|byte| byte.is_ascii_digit()) {
            // Far past every double that the digits could bring back.
            exponent = exponent.saturating_mul(10).saturating_add(i32::from(digit - b'0')).min(1 << 30);
            at += 1;
        }
        if at == begin {
            return None;
        }
        if sign == Some(&b'-') {
            exponent = -exponent;
        }
    }
    if digits == 0 || at < text.len() {
        return None;
    }
    let exponent = exponent.saturating_sub(i32::try_from(fraction).ok()?);
    if mantissa.value == 0 {
        return Some(0.0);
    }
    if !mantissa.more && mantissa.value < 1 << 53 {
        // Both are doubles, so one rounding is all there is.
        let tens = exponent.saturating_add(mantissa.left);
        match (tens, POWERS.get(tens.unsigned_abs() as usize)) {
            (..0, Some(power)) => return Some(mantissa.value as f64 / power),
            (0.., Some(power)) => return Some(mantissa.value as f64 * power),
            (_, None) => {}
        }
    }
    Some(scaled(&mantissa, exponent, &text[..end]))
}

/// The powers of ten that are doubles.
pub const POWERS: [f64; 23] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22];

/// The exponent of two beside 64 bits of 10^`n`.
fn binary(n: i32) -> i32 {
    ((n * 217_706) >> 16) - 63
}

/// The upper 64 bits of a product whose first or second bit is set, and by how many bits they were moved up.
#[inline(always)]
fn product(a: u64, b: u64) -> (u64, i32) {
    let product = u128::from(a) * u128::from(b);
    let up = product.leading_zeros();
    ((product << up >> 64) as u64, up as i32)
}

/// `mantissa` times 10^(`exponent` + what it left); `digits` are all of them, a point among them.
fn scaled(mantissa: &Mantissa, exponent: i32, digits: &[u8]) -> f64 {
    let tens = exponent.saturating_add(mantissa.left);
    if tens > 310 {
        return f64::INFINITY;
    }
    if tens < -344 {
        return 0.0;
    }
    let (great, small) = ((tens - LEAST) / 28, (tens - LEAST) % 28);
    // 5^27 is below 2^63, so this power is exact; `great` is within half a bit, and the product of both within two.
    let five = 5u64.pow(small as u32);
    let (power, _) = product(five << five.leading_zeros(), GREAT[great as usize]);
    let shift = mantissa.value.leading_zeros() as i32;
    let (bits, up) = product(mantissa.value << shift, power);
    // The number is about `bits` times two to this.
    let lowest = binary(tens) - shift + 64 - up;
    // Of these 64 bits a double keeps 53, or fewer where it is small.
    let drop = 11 + (-1085 - lowest).max(0);
    let mantissa_bits = if drop < 64 { bits >> drop } else { 0 };
    // Left digits are less than one unit of 19 digits: 16 of the lowest bit, twice that where the product moved up.
    let unsure = if mantissa.more { 64 } else { 8 };
    let round_up = if drop < 64 && (bits & ((1 << drop) - 1)).abs_diff(1 << (drop - 1)) > unsure {
        bits >> (drop - 1) & 1 == 1
    } else {
        match compare(digits, exponent, 2 * mantissa_bits + 1, lowest + drop - 1) {
            Ordering::Less => false,
            Ordering::Equal => mantissa_bits & 1 == 1,
            Ordering::Greater => true,
        }
    };
    // The first of 53 bits counts as one more of the exponent, as does the carry of rounding up.
    let biased = (lowest + 1085).max(0) as u64;
    let value = (biased << 52) + mantissa_bits + u64::from(round_up);
    f64::from_bits(value.min(f64::INFINITY.to_bits()))
}

/// `digits` times 10^`tens` beside `number` times 2^`twos`, exactly. `tens` counts from the last digit.
#[cold]
#[inline(never)]
fn compare(digits: &[u8], tens: i32, number: u64, twos: i32) -> Ordering {
    let (mut left, mut right) = (Whole(Vec::new()), Whole(vec![number as u32, (number >> 32) as u32]));
    let (mut taken, mut over, mut more) = (0, 0, false);
    for digit in digits.iter().filter(|byte| byte.is_ascii_digit()).map(|byte| byte - b'0') {
        if taken < DIGITS {
            left.multiply_add(10, u32::from(digit));
            taken += usize::from(taken > 0 || digit > 0);
        } else {
            over += 1;
            more |= digit > 0;
        }
    }
    let mut tens = tens + over;
    if more {
        left.multiply_add(10, 1);
        tens -= 1;
    }
    let side = if tens > 0 { &mut left } else { &mut right };
    for _ in 0..tens.unsigned_abs() {
        side.multiply_add(5, 0);
    }
    let up = tens - twos;
    let side = if up > 0 { &mut left } else { &mut right };
    side.shift(up.unsigned_abs());
    left.compare(&right)
}

/// A whole number of any length, lowest word first.
struct Whole(Vec<u32>);

impl Whole {
    fn multiply_add(&mut self, by: u32, more: u32) {
        let mut carry = u64::from(more);
        for word in &mut self.0 {
            carry += u64::from(*word) * u64::from(by);
            *word = carry as u32;
            carry >>= 32;
        }
        if carry > 0 {
            self.0.push(carry as u32);
        }
    }

    fn shift(&mut self, bits: u32) {
        self.multiply_add(1 << (bits % 32), 0);
        self.0.splice(0..0, core::iter::repeat_n(0, bits as usize / 32));
    }

    fn compare(&self, other: &Self) -> Ordering {
        let words = self.0.len().max(other.0.len());
        let word = |number: &Self, i: usize| number.0.get(i).copied().unwrap_or(0);
        (0..words).rev().map(|i| word(self, i).cmp(&word(other, i))).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn same(text: &str) {
        let (ours, theirs) = (parse(text.as_bytes()), text.parse::<f64>().ok());
        assert_eq!(ours.map(f64::to_bits), theirs.map(f64::to_bits), "{text}");
    }

    struct Rng(u64);

    impl Rng {
        fn next(&mut self) -> u64 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            self.0
        }
    }

    #[test]
    fn doubles_of_all_sizes_as_they_are_printed() {
        let mut rng = Rng(1);
        for _ in 0..200_000 {
            let value = f64::from_bits(rng.next());
            if value.is_finite() {
                same(&format!("{value:e}"));
                same(&format!("{value:.16e}"));
                same(&format!("{value:.25e}"));
            }
            same(&format!("{:e}", f64::from_bits(rng.next() >> 12 >> (rng.next() % 52))));
        }
    }

    #[test]
    fn halves_between_two_doubles_and_their_neighbours() {
        let mut rng = Rng(2);
        for round in 0..4_000 {
            let bits = rng.next() >> 1;
            let low = f64::from_bits(if round % 4 == 0 { bits >> 11 >> (bits % 52) } else { bits });
            let high = f64::from_bits(low.to_bits() + 1);
            if !high.is_finite() || low.to_bits() >> 52 < 60 && low.to_bits() >> 52 > 0 {
                continue;
            }
            let text = between(&format!("{low:.1100}"), &format!("{high:.1100}"));
            same(&text);
            same(&format!("{text}1"));
            same(&text.trim_end_matches('0').strip_suffix('5').map(|rest| format!("{rest}49999")).unwrap_or(text));
        }
    }

    /// Half of the sum, digit by digit: doubles have none for what lies between two of them.
    fn between(low: &str, high: &str) -> String {
        let width = low.len().max(high.len());
        let (low, high) = (format!("{low:0>width$}"), format!("{high:0>width$}"));
        let (mut digits, mut add) = (Vec::new(), 0);
        for (a, b) in low.bytes().zip(high.bytes()).filter(|(a, _)| *a != b'.') {
            let sum = a - b'0' + (b - b'0');
            digits.push(sum / 2 + add);
            add = sum % 2 * 5;
        }
        digits.push(add);
        let mut carry = 0;
        for digit in digits.iter_mut().rev() {
            *digit += carry;
            (carry, *digit) = (*digit / 10, *digit % 10);
        }
        let mut text: String = digits.iter().map(|digit| char::from(b'0' + digit)).collect();
        text.insert(width - 1101, '.');
        text
    }

    #[test]
    fn digits_and_exponents_at_random() {
        let mut rng = Rng(3);
        for _ in 0..300_000 {
            let mut text = String::new();
            for _ in 0..1 + rng.next() % 30 {
                text.push(char::from(b'0' + (rng.next() % 10) as u8));
            }
            text.insert((rng.next() % (text.len() as u64 + 1)) as usize, '.');
            let reach = if rng.next() & 1 == 0 { 30 } else { 380 };
            same(&format!("{text}e{}", (rng.next() % (2 * reach)) as i64 - reach as i64));
        }
    }

    #[test]
    fn edges() {
        let malformed = "1.. . - + e5 .e5 1e 1e+ 1e- 1e5x 1x 1..2 1e5.0 --1 +-1";
        let sides = "0 -0 +0 0e5 00012 1. .5 1e400 -1e400 1e-400 1e999999999999 1e-999999999999 0e999999999999 1e22 1e23 8.5e22";
        let greatest = "1.7976931348623157e308 1.797693134862315807e308 1.797693134862315808e308 1.7976931348623159e308";
        let least =
            "4.9406564584124654e-324 2.4703282292062327e-324 2.4703282292062328e-324 2.2250738585072011e-308 2.2250738585072014e-308";
        let long = "9007199254740993 9007199254740992.5 9007199254740993.00000000000000000000001 123456789012345678901234567890 1234567890123456789e22";
        for text in [malformed, sides, greatest, least, long].into_iter().flat_map(|list| list.split(' ')).chain(["", " 1", "1 "]) {
            same(text);
        }
        same(&format!("0.{}1", "0".repeat(400)));
        same(&format!("{}e-400", "1".repeat(400)));
        same(&format!("1{}", "0".repeat(308)));
        same(&format!("0.{}1e500", "0".repeat(600)));
        same(&format!("9007199254740993{}1", "0".repeat(900)));
        same(&format!("9007199254740993.{}1", "0".repeat(900)));
    }
}
