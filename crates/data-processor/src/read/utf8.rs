//! Bytes that should be UTF-8. What is not becomes U+FFFD, as TextDecoder has it.

use std::borrow::Cow;

/// The bytes as UTF-8.
pub(super) fn mend(bytes: &[u8]) -> Cow<'_, [u8]> {
    match String::from_utf8_lossy(bytes) {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

/// Characters of a text that a message shows.
const SHOWN: usize = 40;

/// A text for a message: mended, and cut where it is long.
pub(super) fn shown(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    match text.char_indices().nth(SHOWN) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.into_owned(),
    }
}
