//! Case, as `String.prototype.toUpperCase` and `toLowerCase` of the host have it.
//!
//! Here stands what no host can have another opinion of: scripts whose pairs have stood since before Unicode 6 and change one letter to
//! one, and scripts that have no case. For the rest the host is asked: its tables are of another edition of Unicode than the compiler's.

use std::sync::OnceLock;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    Upper,
    Lower,
}

/// The host's answer for a text.
pub type Host = fn(&str, Case) -> String;
static HOST: OnceLock<Host> = OnceLock::new();

/// Who is asked, for good. Without it, as in native tests, the compiler's tables answer; feature `host-case` leaves those out of WebAssembly.
pub fn set_host(host: Host) {
    let _ = HOST.set(host);
}

/// Letters of two bytes that may be known: up to Cyrillic.
const END: usize = 0x500;
/// What is left.
const UNKNOWN: u16 = 0;

impl Case {
    /// Of a byte; what is not ASCII stays.
    #[inline]
    pub fn ascii(self, byte: u8) -> u8 {
        match self {
            Self::Upper => byte.to_ascii_uppercase(),
            Self::Lower => byte.to_ascii_lowercase(),
        }
    }

    fn table(self) -> &'static [u16; END] {
        static TABLES: [OnceLock<[u16; END]>; 2] = [const { OnceLock::new() }; 2];
        TABLES[self as usize].get_or_init(|| self.letters())
    }

    /// The one letter that each code becomes, where that is certain.
    fn letters(self) -> [u16; END] {
        // Latin-1 and Latin Extended-A, combining marks, Greek and Cyrillic.
        let stable = |code| matches!(code, 0x80..=0x17f | 0x300..=0x36f | 0x386..=0x3ce | 0x400..=0x4ff);
        // A capital sigma becomes one letter at the end of a word and another before.
        let known = |letter: &char| stable(*letter as u32) && (self, *letter) != (Self::Lower, 'Σ');
        // All in one question, apart from each other: the compiler's tables, 25 kB, then need not be in the artifact.
        let text: String = ('\u{80}'..'\u{500}').filter(known).flat_map(|letter| [letter, '\n']).collect();
        let mut table = [UNKNOWN; END];
        for (from, to) in text.lines().zip(self.of_host(&text).lines()) {
            let mut letters = to.chars();
            if let (Some(from), Some(to), None) = (from.chars().next(), letters.next(), letters.next())
                && (to as u32) < 0x800
            {
                table[from as usize] = to as u16;
            }
        }
        table
    }

    fn of_host(self, text: &str) -> String {
        HOST.get().map_or_else(|| self.of_compiler(text), |host| host(text, self))
    }

    #[cfg(not(all(feature = "host-case", target_family = "wasm")))]
    fn of_compiler(self, text: &str) -> String {
        match self {
            Self::Upper => text.to_uppercase(),
            Self::Lower => text.to_lowercase(),
        }
    }

    /// Never called: the host is set before anything else.
    #[cfg(all(feature = "host-case", target_family = "wasm"))]
    fn of_compiler(self, _: &str) -> String {
        unreachable!("set_host was not called")
    }

    /// Adds `text`, WTF-8, in this case. Lone surrogates stay.
    pub fn push(self, into: &mut Vec<u8>, text: &[u8]) {
        let start = into.len();
        into.resize(start + text.len(), 0);
        if let Some(len) = self.write(text, &mut into[start..]) {
            return into.truncate(start + len);
        }
        into.truncate(start);
        // A lone surrogate is no letter: a word, and so the place of a final sigma, ends there in either form.
        for chunk in text.utf8_chunks() {
            if !chunk.valid().is_empty() {
                into.extend_from_slice(self.of_host(chunk.valid()).as_bytes());
            }
            into.extend_from_slice(chunk.invalid());
        }
    }

    /// Writes `text` in this case, which is no longer than before, and says how long it is; `None` where the answer is the host's.
    pub fn write(self, text: &[u8], to: &mut [u8]) -> Option<usize> {
        let table = self.table();
        let (mut rest, mut at) = (text, 0);
        loop {
            // Eight at a time while they are ASCII.
            while let Some((chunk, after)) = rest.split_first_chunk::<8>()
                && u64::from_le_bytes(*chunk) & 0x8080_8080_8080_8080 == 0
            {
                *to.get_mut(at..)?.first_chunk_mut()? = chunk.map(|byte| self.ascii(byte));
                (rest, at) = (after, at + 8);
            }
            let to = to.get_mut(at..)?;
            (rest, at) = match *rest {
                [] => return Some(at),
                [a, ref rest @ ..] if a < 0x80 => {
                    *to.first_mut()? = self.ascii(a);
                    (rest, at + 1)
                }
                [0xc3, 0x9f, ref rest @ ..] if self == Self::Upper => {
                    *to.first_chunk_mut()? = *b"SS";
                    (rest, at + 2)
                }
                [a @ 0xc2..=0xdf, b, ref rest @ ..] => {
                    let code = u32::from(a & 0x1f) << 6 | u32::from(b & 0x3f);
                    match table.get(code as usize) {
                        Some(&UNKNOWN) => return None,
                        Some(&letter) if letter < 0x80 => {
                            *to.first_mut()? = letter as u8;
                            (rest, at + 1)
                        }
                        Some(&letter) => {
                            *to.first_chunk_mut()? = [0xc0 | (letter >> 6) as u8, 0x80 | (letter & 0x3f) as u8];
                            (rest, at + 2)
                        }
                        None if is_caseless(code) => {
                            *to.first_chunk_mut()? = [a, b];
                            (rest, at + 2)
                        }
                        None => return None,
                    }
                }
                [a @ 0xe0..=0xef, b, c, ref rest @ ..] => {
                    if !is_caseless(u32::from(a & 0xf) << 12 | u32::from(b & 0x3f) << 6 | u32::from(c & 0x3f)) {
                        return None;
                    }
                    *to.first_chunk_mut()? = [a, b, c];
                    (rest, at + 3)
                }
                [a, b, c, d, ref rest @ ..] => {
                    let code = u32::from(a & 7) << 18 | u32::from(b & 0x3f) << 12 | u32::from(c & 0x3f) << 6 | u32::from(d & 0x3f);
                    if !is_caseless(code) {
                        return None;
                    }
                    *to.first_chunk_mut()? = [a, b, c, d];
                    (rest, at + 4)
                }
                _ => return None,
            };
        }
    }
}

/// Scripts and symbols without case. Surrogates that stand alone have none either.
fn is_caseless(code: u32) -> bool {
    matches!(
        code,
        // Hebrew and Arabic; of India, Thai and Lao; punctuation, currencies; arrows and mathematics (between Roman numerals and circled letters).
        0x590..=0x6ff | 0x900..=0xeff | 0x2000..=0x206f | 0x20a0..=0x20cf | 0x2190..=0x24b5
            // Frames, shapes, dingbats; Chinese, Japanese and Korean; surrogates; variation selectors; emoji; more Chinese.
            | 0x2500..=0x2bff | 0x2e80..=0x9fff | 0xac00..=0xd7a3 | 0xd800..=0xdfff | 0xfe00..=0xfe0f | 0x1f000..=0x1faff | 0x20000..=0x3ffff
    )
}
