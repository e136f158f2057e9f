//! The scan for bytes against a plain search, every byte value at every place.

use simd_kernels::scan::{BLOCK, any_of};

#[test]
fn a_bit_for_every_byte_of_the_set_and_no_other() {
    for set in [*b",\n\r\"", [0, 255, 128, 127], [b';'; 4]] {
        for shift in 0..=255u8 {
            let block: [u8; BLOCK] = std::array::from_fn(|i| (i as u8).wrapping_mul(37).wrapping_add(shift));
            let wanted = block.iter().enumerate().filter(|(_, byte)| set.contains(byte)).fold(0u64, |mask, (i, _)| mask | 1 << i);
            assert_eq!(any_of(&block, set), wanted);
        }
        assert_eq!(any_of(&[set[1]; BLOCK], set), u64::MAX);
    }
}
