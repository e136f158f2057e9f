//! The lossy encodings of a row, exact to the bit on every implementation (js/src/services/vector/js/encoding.ts words them).
//! All are idempotent: encoding a decoded row gives the same codes.

/// Below it a scale of 17 significant bits is no longer exact in f32 (2^-133).
const MIN_SCALE: f64 = f64::from_bits((1023 - 133) << 52);
/// The largest scale whose 127-fold is finite in f32: f32::MAX / 127 cut to 17 bits.
const MAX_SCALE: f64 = {
    let bits = (f32::MAX as f64 / 127.0).to_bits();
    f64::from_bits(bits & !((1 << 36) - 1))
};

/// The int8 scale of a row with this largest magnitude: absmax / 127 rounded up to 17 significant bits, so that every
/// code * scale (7 + 17 bits) is exact in f32; 0 when every code would be 0.
pub fn int8_scale(absmax: f32) -> f32 {
    let exact = (f64::from(absmax) / 127.0).to_bits();
    let dropped = (1u64 << 36) - 1;
    let scale = f64::from_bits((exact + dropped) & !dropped).clamp(MIN_SCALE, MAX_SCALE);
    if f64::from(absmax) <= scale / 2.0 { 0.0 } else { scale as f32 }
}

/// True for the scales that [`int8_scale`] can give: 0, or 17 significant bits in range.
pub fn is_int8_scale(scale: f32) -> bool {
    scale == 0.0
        || (scale > 0.0 && (MIN_SCALE..=MAX_SCALE).contains(&f64::from(scale)) && f64::from(scale).to_bits() & ((1 << 36) - 1) == 0)
}

/// The largest magnitude of a row.
pub fn absmax(row: &[f32]) -> f32 {
    row.iter().fold(0.0, |m, x| m.max(x.abs()))
}

/// Writes `round(x / scale)` (ties to even) and returns the scale.
pub fn int8(row: &[f32], codes: &mut [i8]) -> f32 {
    let scale = int8_scale(absmax(row));
    if scale == 0.0 {
        codes.fill(0);
    } else {
        for (c, &x) in codes.iter_mut().zip(row) {
            *c = (f64::from(x) / f64::from(scale)).round_ties_even() as i8;
        }
    }
    scale
}

/// As [`int8`] in f32 arithmetic: a code may differ by one where the quotient is half way. For codes that are never exported.
pub fn int8_fast(row: &[f32], codes: &mut [i8]) -> f32 {
    let scale = int8_scale(absmax(row));
    let inverse = if scale == 0.0 { 0.0 } else { (1.0 / f64::from(scale)) as f32 };
    for (c, &x) in codes.iter_mut().zip(row) {
        *c = (x * inverse).round_ties_even() as i8;
    }
    scale
}

/// Packs the signs: bit `j` of byte `b` is `row[8 b + j] > 0`.
pub fn signs(row: &[f32], bits: &mut [u8]) {
    for (byte, components) in bits.iter_mut().zip(row.chunks(8)) {
        *byte = components.iter().enumerate().fold(0, |b, (j, &x)| b | (u8::from(x > 0.0) << j));
    }
}

/// Mean magnitude, summed in f64 with the canonical eight partial sums; 0 only for a row of zeros.
pub fn binary_factor(row: &[f32]) -> f32 {
    let mut s = [0.0f64; 8];
    for (j, x) in row.iter().enumerate() {
        s[j % 8] += f64::from(x.abs());
    }
    let sum = ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
    if sum == 0.0 { 0.0 } else { ((sum / row.len() as f64) as f32).max(f32::from_bits(1)) }
}

/// Writes `+factor` or `-factor` for every bit (a factor of 0 stays +0).
pub fn decode_binary(bits: &[u8], factor: f32, out: &mut [f32]) {
    if factor == 0.0 {
        return out.fill(0.0);
    }
    let magnitude = factor.to_bits();
    for (&byte, components) in bits.iter().zip(out.chunks_mut(8)) {
        let unset = u32::from(!byte);
        for (j, x) in components.iter_mut().enumerate() {
            *x = f32::from_bits(magnitude | (unset >> j & 1) << 31);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn int8_is_idempotent_and_products_are_exact(row in prop::collection::vec(prop::num::f32::NORMAL | prop::num::f32::ZERO, 1..40)) {
            let mut codes = vec![0; row.len()];
            let scale = int8(&row, &mut codes);
            let decoded: Vec<f32> = codes.iter().map(|&c| f32::from(c) * scale).collect();
            for (&c, &x) in codes.iter().zip(&decoded) {
                prop_assert_eq!(f64::from(c) * f64::from(scale), f64::from(x));
            }
            let mut again = vec![0; row.len()];
            prop_assert_eq!(int8(&decoded, &mut again), scale);
            prop_assert_eq!(again, codes);
        }

        #[test]
        fn binary_is_idempotent(row in prop::collection::vec(-3.0f32..3.0, 1..40)) {
            let pack = |row: &[f32]| { let mut b = vec![0; row.len().div_ceil(8)]; signs(row, &mut b); (b, binary_factor(row)) };
            let (bits, factor) = pack(&row);
            let mut decoded = vec![0.0; row.len()];
            decode_binary(&bits, factor, &mut decoded);
            let (bits2, factor2) = pack(&decoded);
            prop_assert_eq!(&bits2, &bits);
            prop_assert!((f64::from(factor2) - f64::from(factor)).abs() <= f64::from(factor) * 1e-7);
        }
    }

    #[test]
    fn scales_at_the_edges() {
        assert_eq!(int8_scale(0.0), 0.0);
        assert_eq!(int8_scale(127.0), 1.0);
        assert!((int8_scale(f32::MAX) * 127.0).is_finite());
        assert_eq!(int8_scale(f32::from_bits(1)), 0.0);
    }
}
