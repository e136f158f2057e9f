//! What goes in comes out; damage is an error, never a panic; limits hold.

use codecs::{brotli, lz4, zstd};
use columnar::ErrorCode;
use proptest::prelude::*;

/// Bytes that repeat and bytes that do not.
fn input() -> impl Strategy<Value = Vec<u8>> {
    (prop::collection::vec(any::<u8>(), 0..400), 0usize..600).prop_map(|(seed, times)| {
        let mut out = Vec::new();
        for i in 0..times {
            out.extend_from_slice(&seed[..seed.len().min(i * 7 % 97)]);
        }
        out.extend_from_slice(&seed);
        out
    })
}

const FAR: usize = 1 << 30;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn lz4_gives_back_what_it_took(input in input()) {
        prop_assert_eq!(lz4::decompress(&lz4::compress(&input).unwrap(), FAR).unwrap(), input);
    }

    #[test]
    fn zstd_gives_back_what_it_took(input in input(), level in 1i32..6) {
        prop_assert_eq!(zstd::decompress(&zstd::compress(&input, level).unwrap(), FAR).unwrap(), input);
    }

    #[test]
    fn brotli_gives_back_what_it_took(input in input(), level in 0i32..6) {
        let packed = brotli::compress(&input, level).unwrap();
        prop_assert_eq!(brotli::decompress(&packed, FAR).unwrap(), input.clone());
        if !input.is_empty() {
            prop_assert_eq!(brotli::decompress(&packed, input.len() - 1).unwrap_err().code, ErrorCode::TooLarge);
            prop_assert!(brotli::decompress(&packed[..packed.len() / 2], FAR).is_err());
        }
        let mut more = packed;
        more.push(7);
        prop_assert_eq!(brotli::decompress(&more, FAR).unwrap_err().code, ErrorCode::Corrupt);
    }

    #[test]
    fn a_limit_holds(input in input()) {
        prop_assume!(!input.is_empty());
        for (packed, out) in [(lz4::compress(&input).unwrap(), lz4::decompress as fn(&[u8], usize) -> _), (zstd::compress(&input, 1).unwrap(), zstd::decompress)] {
            prop_assert_eq!(out(&packed, input.len()).unwrap().len(), input.len());
            prop_assert_eq!(out(&packed, input.len() - 1).unwrap_err().code, ErrorCode::TooLarge);
        }
    }

    #[test]
    fn what_is_cut_or_changed_is_never_taken_for_the_original(input in input(), cut in any::<prop::sample::Index>(), flip in any::<prop::sample::Index>(), bit in 0u8..8) {
        prop_assume!(!input.is_empty());
        for (packed, out) in [(lz4::compress(&input).unwrap(), lz4::decompress as fn(&[u8], usize) -> columnar::Result<Vec<u8>>), (zstd::compress(&input, 1).unwrap(), zstd::decompress)] {
            prop_assert!(out(&packed[..cut.index(packed.len())], FAR).is_err());
            let mut changed = packed.clone();
            changed[flip.index(packed.len())] ^= 1 << bit;
            if let Ok(result) = out(&changed, FAR) {
                // A bit without meaning (reserved, or of a frame that is skipped now) may change; content may not.
                prop_assert!(result == input || result.is_empty());
            }
        }
    }
}

#[test]
fn frames_follow_each_other_and_may_be_skipped() {
    for (compress, decompress) in [
        (lz4::compress as fn(&[u8]) -> _, lz4::decompress as fn(&[u8], usize) -> columnar::Result<Vec<u8>>),
        (|b: &[u8]| zstd::compress(b, 1), zstd::decompress),
    ] {
        let mut all = compress(b"one ").unwrap();
        all.extend([0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 9, 9, 9]);
        all.extend(compress(b"two").unwrap());
        assert_eq!(decompress(&all, FAR).unwrap(), b"one two");
        all.push(1);
        assert_eq!(decompress(&all, FAR).unwrap_err().code, ErrorCode::Corrupt);
        assert_eq!(decompress(b"", FAR).unwrap_err().code, ErrorCode::Corrupt);
    }
}

#[test]
fn a_header_that_lies_asks_for_no_memory() {
    let mut packed = lz4::compress(&[7; 100]).unwrap();
    packed[6..14].copy_from_slice(&u64::MAX.to_le_bytes());
    assert!(lz4::decompress(&packed, FAR).is_err());
}
