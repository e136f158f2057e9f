//! Powers of two as scales: exact. js/src/services/data/powers.ts is its twin.

/// A mean square that lost nothing below what doubles hold, nor passed them.
pub fn in_range(square: f64) -> bool {
    (1e-290..f64::INFINITY).contains(&square)
}

/// The power of two that brings numbers up to `most` near 1; 1 where their squares need none, as among all but the smallest and largest:
/// there, differences are too large for their squares to vanish, and too small to pass the doubles.
pub fn scale_of(most: f64) -> f64 {
    const SMALL: i32 = -400;
    const LARGE: i32 = 400;
    if most == 0.0 || !most.is_finite() || (power_of_two(SMALL)..=power_of_two(LARGE)).contains(&most) {
        return 1.0;
    }
    let exponent = (most.to_bits() >> 52 & 0x7ff) as i32 - 1023;
    // As far as it and its reciprocal are normal doubles.
    power_of_two(-exponent.clamp(-1022, 1022))
}

/// `exponent` is -1022 to 1022.
fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((exponent + 1023) as u64) << 52)
}
