//! The encoding of a text: UTF-8 unless a byte order mark says otherwise; UTF-16 is turned into UTF-8 on the way.

use columnar::{Error, Result, alloc};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Unknown,
    Utf8,
    Utf16 { big: bool },
}

/// Takes bytes as they come and gives them on as UTF-8.
#[derive(Debug)]
pub(super) struct Decoder {
    encoding: Encoding,
    /// First bytes that do not tell the encoding yet; of UTF-16, a unit that is cut and a high surrogate that waits.
    held: Vec<u8>,
}

impl Decoder {
    pub fn new() -> Self {
        Self { encoding: Encoding::Unknown, held: Vec::new() }
    }

    /// `take` gets UTF-8, in pieces, each with the bytes of a UTF-8 mark that stood before it. `last`: nothing follows.
    pub fn feed(&mut self, bytes: &[u8], last: bool, take: &mut impl FnMut(&[u8], u64) -> Result<()>) -> Result<()> {
        match self.encoding {
            Encoding::Utf8 => take(bytes, 0),
            Encoding::Utf16 { big } => self.utf16(bytes, big, last, take),
            Encoding::Unknown => {
                // Four bytes tell UTF-32 from UTF-16; most texts tell by their first one.
                let plain = self.held.is_empty() && bytes.first().is_some_and(|first| !matches!(first, 0 | 0xef | 0xfe | 0xff));
                if plain {
                    self.encoding = Encoding::Utf8;
                    return take(bytes, 0);
                }
                let wanted = bytes.len().min(4 - self.held.len());
                self.held.extend_from_slice(&bytes[..wanted]);
                if self.held.len() < 4 && !last {
                    return Ok(());
                }
                let first = std::mem::take(&mut self.held);
                let (encoding, skip) = match first[..] {
                    [0xff, 0xfe, 0, 0] | [0, 0, 0xfe, 0xff] => {
                        return Err(Error::parse("the text is UTF-32: convert it to UTF-8 or UTF-16"));
                    }
                    [0xef, 0xbb, 0xbf, ..] => (Encoding::Utf8, 3),
                    [0xff, 0xfe, ..] => (Encoding::Utf16 { big: false }, 2),
                    [0xfe, 0xff, ..] => (Encoding::Utf16 { big: true }, 2),
                    _ => (Encoding::Utf8, 0),
                };
                self.encoding = encoding;
                if encoding == Encoding::Utf8 {
                    take(&first[skip..], skip as u64)?;
                } else {
                    self.feed(&first[skip..], false, take)?;
                }
                self.feed(&bytes[wanted..], last, take)
            }
        }
    }

    fn utf16(&mut self, bytes: &[u8], big: bool, last: bool, take: &mut impl FnMut(&[u8], u64) -> Result<()>) -> Result<()> {
        let mut held = std::mem::take(&mut self.held);
        alloc::grow(&mut held, bytes.len())?;
        held.extend_from_slice(bytes);
        let unit = |pair: &[u8]| if big { u16::from_be_bytes([pair[0], pair[1]]) } else { u16::from_le_bytes([pair[0], pair[1]]) };
        let mut whole = held.len() & !1;
        // A high surrogate at the end waits for what follows it.
        if !last && whole >= 2 && matches!(unit(&held[whole - 2..whole]), 0xd800..=0xdbff) {
            whole -= 2;
        }
        let mut out = alloc::room(whole / 2 * 3 + 3)?;
        let mut buffer = [0; 4];
        for character in char::decode_utf16(held[..whole].chunks_exact(2).map(unit)) {
            out.extend_from_slice(character.unwrap_or(char::REPLACEMENT_CHARACTER).encode_utf8(&mut buffer).as_bytes());
        }
        if last && whole < held.len() {
            out.extend_from_slice("\u{fffd}".as_bytes());
        } else {
            self.held.extend_from_slice(&held[whole..]);
        }
        take(&out, 0)
    }
}
