//! Short texts by the block that ends with them, against what the standard library says of the text.

use simd_kernels::tail::{Decimal, TAIL, decimal, words};

fn block(text: &[u8], before: u8) -> [u8; TAIL] {
    let mut block = [before; TAIL];
    block[TAIL - text.len()..].copy_from_slice(text);
    block
}

#[test]
fn digits_with_a_point_anywhere_or_none() {
    for len in 1..=TAIL {
        for point in 0..=len {
            let text: Vec<u8> = (0..len).map(|i| if i == point { b'.' } else { b'0' + (i * 7 + len) as u8 % 10 }).collect();
            let digits: String = text.iter().filter(|&&byte| byte != b'.').map(|&byte| byte as char).collect();
            let wanted =
                Decimal { mantissa: digits.parse().unwrap_or(0), fraction: if point < len { (len - point - 1) as i32 } else { -1 } };
            for before in [b'9', b'.', 0, 255] {
                assert_eq!(decimal(&block(&text, before), len), Some(wanted), "{}", String::from_utf8_lossy(&text));
            }
        }
    }
    assert_eq!(decimal(&[b'7'; TAIL], 0), Some(Decimal { mantissa: 0, fraction: -1 }));
}

#[test]
fn every_other_byte_is_no_digit() {
    for byte in (0..=255u8).filter(|byte| !byte.is_ascii_digit() && *byte != b'.') {
        for place in 0..5 {
            let mut text = *b"12345";
            text[place] = byte;
            assert_eq!(decimal(&block(&text, b'1'), 5), None, "{byte} at {place}");
        }
    }
    assert_eq!(decimal(&block(b"1.2.3", b'1'), 5), None);
}

#[test]
fn words_are_the_text_with_zeros_in_front() {
    for len in 0..=TAIL {
        let text: Vec<u8> = (1..=len as u8).collect();
        let mut wanted = [0; TAIL];
        wanted[TAIL - len..].copy_from_slice(&text);
        let all = u128::from_le_bytes(wanted);
        assert_eq!(words(&block(&text, 77), len), [all as u64, (all >> 64) as u64]);
    }
}
