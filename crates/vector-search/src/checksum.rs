//! Checksums of stored rows, so that rows can be copied out of a dead instance's memory and trusted.
//!
//! A chunk's checksum is the wrapping sum of its rows' hashes, so a row can be appended or replaced without reading the others.
//! A row's hash covers its stored 32-bit words `w_j` (scale or factor last, where there is one) in four lanes:
//!
//! ```text
//! h_l = slot * 0x9E3779B1 + l            for lane l = 0..4
//! h_(j mod 4) = (h_(j mod 4) ^ w_j) * 0x01000193
//! hash = mix(h_0 ^ rotl(h_1, 8) ^ rotl(h_2, 16) ^ rotl(h_3, 24)),  mix(x) = (x ^ x >> 15) * 0x85EBCA6B, then x ^ x >> 13
//! ```
//!
//! All arithmetic is modulo 2^32: `Math.imul` computes it in JavaScript (js/src/services/vector/wasm/salvage.ts).

const PRIME: u32 = 0x0100_0193;

fn word(bytes: &[u8]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

/// The hash of a row's stored bytes (`row`: whole words) and of its scale or factor (`extra`: nothing or one word).
pub fn row_hash(slot: usize, row: &[u8], extra: &[u8]) -> u32 {
    let seed = (slot as u32).wrapping_mul(0x9e37_79b1);
    let mut lanes: [u32; 4] = core::array::from_fn(|l| seed.wrapping_add(l as u32));
    let (fours, rest) = row.as_chunks::<16>();
    for four in fours {
        for l in 0..4 {
            lanes[l] = (lanes[l] ^ word(&four[4 * l..])).wrapping_mul(PRIME);
        }
    }
    for (l, w) in rest.chunks_exact(4).chain(extra.chunks_exact(4)).enumerate() {
        lanes[l % 4] = (lanes[l % 4] ^ word(w)).wrapping_mul(PRIME);
    }
    let x = lanes[0] ^ lanes[1].rotate_left(8) ^ lanes[2].rotate_left(16) ^ lanes[3].rotate_left(24);
    let x = (x ^ (x >> 15)).wrapping_mul(0x85eb_ca6b);
    x ^ (x >> 13)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_bit_place_or_order_shows() {
        let row: Vec<u8> = (0..40).collect();
        let base = row_hash(3, &row, &[1, 2, 3, 4]);
        assert_eq!(base, row_hash(3, &row, &[1, 2, 3, 4]));
        for bit in 0..320 {
            let mut changed = row.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(base, row_hash(3, &changed, &[1, 2, 3, 4]));
        }
        assert_ne!(base, row_hash(4, &row, &[1, 2, 3, 4]));
        assert_ne!(base, row_hash(3, &row, &[1, 2, 3, 5]));
    }
}
