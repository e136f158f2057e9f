//! Shortest decimal texts of doubles, where Rust and JavaScript differ.

use crate::decimal;

/// `digits`, the shortest of `value` as Rust has them (`d.ddd`e`exponent` without the point), become those of Number.prototype.toString.
///
/// Two texts of the fewest digits may lie equally far from a double: 1125899906842624.25 is ….2 and ….3. JavaScript takes the even digit
/// (ECMA-262, Number::toString, note 2).
pub fn settle_tie(value: f64, digits: &mut [u8], exponent: i32) {
    let value = value.abs();
    let bits = value.to_bits();
    // The value is a whole number of 2^lowest, and so has exactly -lowest decimals, the last of them a 5.
    let (mantissa, power) = match (bits >> 52) as i32 {
        0 => (bits, -1074),
        biased => (bits & ((1 << 52) - 1) | 1 << 52, biased - 1075),
    };
    let lowest = power + mantissa.trailing_zeros() as i32;
    let decimals = digits.len() as i32 - 1 - exponent;
    if lowest >= 0 || decimals != -lowest - 1 {
        return;
    }
    let Some((last, rest)) = digits.split_last_mut() else { return };
    // All digits of the value, one more than those: the last but one is the lower of the two.
    let exact = format!("{value:.*e}", rest.len() + 1);
    let Some(&lower) = exact.as_bytes().get(rest.len() + 1) else { return };
    let even = lower + lower % 2;
    let text: String = rest.iter().chain([&even]).map(|&byte| char::from(byte)).collect();
    // Next to a power of two only the upper one may read back.
    if even <= b'9' && decimal::parse(format!("{text}e{}", -decimals).as_bytes()) == Some(value) {
        *last = even;
    }
}

#[cfg(test)]
mod tests {
    use super::settle_tie;

    #[test]
    #[allow(clippy::excessive_precision, reason = "the exact values of the doubles")]
    fn the_even_digit_of_two() {
        // What String() gives in JavaScript.
        for (value, expected) in [
            (1_125_899_906_842_624.25, "11258999068426242"),
            (1_125_899_906_842_624.75, "11258999068426248"),
            (1_000_000_000_000_000.25, "10000000000000002"),
            (140_737_488_355_328.125, "14073748835532812"),
            (140_737_488_355_328.375, "14073748835532838"),
            // The one below is another double.
            (5.960_464_477_539_063e-8, "5960464477539063"),
            (0.5, "5"),
            (0.1, "1"),
            (5e-324, "5"),
        ] {
            let text = format!("{value:e}");
            let (mantissa, exponent) = text.split_once('e').unwrap();
            let mut digits: Vec<u8> = mantissa.bytes().filter(|byte| *byte != b'.').collect();
            settle_tie(value, &mut digits, exponent.parse().unwrap());
            assert_eq!(String::from_utf8(digits).unwrap(), expected, "{value}");
        }
    }
}
