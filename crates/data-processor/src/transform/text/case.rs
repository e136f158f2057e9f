//! Case: of ASCII over the bytes of all strings at once, of other letters string by string.

use columnar::{Result, Strings, alloc};
use expression::case::Case;

/// Bytes that are looked at and changed while the first cache holds them.
const BLOCK: usize = 4096;

/// The strings in that case, and the places of those that are left as they were.
pub(super) fn map(strings: &Strings, case: Case) -> Result<(Strings, Vec<u32>)> {
    let mut bytes = alloc::room(strings.bytes().len())?;
    for block in strings.bytes().chunks(BLOCK) {
        if !is_ascii(block) {
            return each(strings, case, bytes);
        }
        bytes.extend(block.iter().map(|&byte| case.ascii(byte)));
    }
    Ok((Strings::from_parts(alloc::copied(strings.offsets())?, bytes)?, Vec::new()))
}

/// As the method of slices, a vector at a time.
pub(super) fn is_ascii(bytes: &[u8]) -> bool {
    bytes.iter().fold(0, |seen, &byte| seen | byte) < 0x80
}

fn each(strings: &Strings, case: Case, mut bytes: Vec<u8>) -> Result<(Strings, Vec<u32>)> {
    bytes.clear();
    bytes.resize(strings.bytes().len(), 0);
    let (mut offsets, mut left) = (alloc::room(strings.offsets().len())?, Vec::new());
    offsets.push(0);
    let mut end = 0;
    for (place, text) in strings.iter().enumerate() {
        let to = &mut bytes[end..];
        end += match case.write(text, to) {
            Some(len) => len,
            None => {
                to[..text.len()].copy_from_slice(text);
                alloc::grow(&mut left, 1)?;
                left.push(place as u32);
                text.len()
            }
        };
        offsets.push(end as u32);
    }
    bytes.truncate(end);
    Ok((Strings::from_parts(offsets, bytes)?, left))
}
