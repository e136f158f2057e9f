//! IEEE half precision without hardware support: bit tricks both ways.

/// 2^112, the difference of the exponent biases: moves an f16's exponent, read in f32's place, to where it belongs. Exact, and it
/// turns half subnormals (f32 subnormals before the multiplication) into normal floats.
const REBIAS: f32 = f32::from_bits((112 + 127) << 23);

/// A finite half as f32, exactly.
#[inline(always)]
pub fn to_f32(h: u16) -> f32 {
    let magnitude = f32::from_bits(u32::from(h & 0x7fff) << 13) * REBIAS;
    f32::from_bits(magnitude.to_bits() | (u32::from(h & 0x8000) << 16))
}

/// The half nearest to `x`, ties to even. `|x|` must be below 65520 (above, there is no finite half).
#[inline]
pub fn from_f32(x: f32) -> u16 {
    let bits = x.to_bits();
    let sign = (bits >> 16) as u16 & 0x8000;
    let magnitude = bits & 0x7fff_ffff;
    if magnitude < 0x3880_0000 {
        // Below 2^-14: adding 0.5 puts a half's subnormal steps (2^-24) at f32's last bit, so the addition rounds as needed.
        let rounded = f32::from_bits(magnitude) + 0.5;
        return sign | (rounded.to_bits() - 0x3f00_0000) as u16;
    }
    // Round the 13 bits that go away to nearest even, then rebias the exponent (127 - 15 = 112).
    let rounded = magnitude + 0x0fff + ((magnitude >> 13) & 1);
    sign | ((rounded - (112 << 23)) >> 13) as u16
}

/// Decodes `halves` into `out` (same length).
pub fn decode(halves: &[u16], out: &mut [f32]) {
    assert!(halves.len() == out.len());
    for (x, &h) in out.iter_mut().zip(halves) {
        *x = to_f32(h);
    }
}
