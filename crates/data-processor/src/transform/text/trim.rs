//! `String.prototype.trim`: white space and line ends of ECMAScript at both ends.

use columnar::{Result, Strings};

use crate::take::text::Writer;

pub(super) fn map(strings: &Strings) -> Result<Strings> {
    let bytes = strings.bytes();
    let mut writer = Writer::new(strings.len(), bytes.len() as u64)?;
    for pair in strings.offsets().windows(2) {
        let (mut start, mut end) = (pair[0] as usize, pair[1] as usize);
        while let Some(len) = first(&bytes[start..end]) {
            start += len;
        }
        while let Some(len) = last(&bytes[start..end]) {
            end -= len;
        }
        writer.push(bytes, start, end);
    }
    writer.finish()
}

const fn is_ascii_space(byte: u8) -> bool {
    matches!(byte, 9..=13 | b' ')
}

/// The bytes of the white space that a text begins with.
#[inline]
fn first(text: &[u8]) -> Option<usize> {
    match *text {
        [byte, ..] if byte < 0x80 => is_ascii_space(byte).then_some(1),
        [0xc2, 0xa0, ..] => Some(2),
        [a, b, c, ..] => is_long_space([a, b, c]).then_some(3),
        _ => None,
    }
}

/// The bytes of the white space that a text ends with.
#[inline]
fn last(text: &[u8]) -> Option<usize> {
    match *text {
        [.., byte] if byte < 0x80 => is_ascii_space(byte).then_some(1),
        [.., 0xc2, 0xa0] => Some(2),
        [.., a, b, c] => is_long_space([a, b, c]).then_some(3),
        _ => None,
    }
}

/// U+1680, U+2000–200A, U+2028, U+2029, U+202F, U+205F, U+3000, U+FEFF.
const fn is_long_space(bytes: [u8; 3]) -> bool {
    matches!(
        bytes,
        [0xe1, 0x9a, 0x80] | [0xe2, 0x80, 0x80..=0x8a | 0xa8 | 0xa9 | 0xaf] | [0xe2, 0x81, 0x9f] | [0xe3, 0x80, 0x80] | [0xef, 0xbb, 0xbf]
    )
}
