//! Text as code points in WTF-8, a lone surrogate being one of them. js/src/expression/text.ts is its twin.

use crate::case::Case;

/// Bytes of the code point that begins with `lead`.
pub fn width(lead: u8) -> usize {
    match lead {
        0..0xc0 => 1,
        0xc0..0xe0 => 2,
        0xe0..0xf0 => 3,
        _ => 4,
    }
}

pub fn code_points(text: &[u8]) -> usize {
    text.iter().filter(|&&b| b & 0xc0 != 0x80).count()
}

/// Adds text; the two halves of a surrogate pair that meet become the character they stand for, as in JavaScript.
pub fn push_text(into: &mut Vec<u8>, start: usize, more: &[u8]) {
    let length = into.len();
    if let ([.., 0xed, high @ 0xa0..=0xaf, high_low], [0xed, low @ 0xb0..=0xbf, low_low, ..]) = (&into[start.min(length)..], more) {
        let high = (u32::from(*high) & 0x0f) << 6 | (u32::from(*high_low) & 0x3f);
        let low = (u32::from(*low) & 0x0f) << 6 | (u32::from(*low_low) & 0x3f);
        if let Some(c) = char::from_u32(0x10000 + (high << 10 | low)) {
            into.truncate(length - 3);
            into.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            into.extend_from_slice(&more[3..]);
            return;
        }
    }
    into.extend_from_slice(more);
}

/// `start` counts from 1; what lies before the text uses up `length` too (as in PostgreSQL). `None`: NaN.
pub fn substring(text: &[u8], start: f64, length: f64) -> Option<&[u8]> {
    if start.is_nan() || length.is_nan() {
        return None;
    }
    let from = start.trunc() - 1.0;
    // -Infinity + Infinity: to the end.
    let to = if length == f64::INFINITY { f64::INFINITY } else { from + length.trunc() };
    if to.is_nan() || to <= 0.0 || to <= from {
        return Some(&[]);
    }
    // Saturating casts: past the end of any text.
    let (begin, end) = (from.max(0.0) as usize, to as usize);
    if text.is_ascii() {
        return Some(&text[begin.min(text.len())..end.min(text.len())]);
    }
    let first = offset_of(text, begin);
    Some(&text[first..first + offset_of(&text[first..], end - begin)])
}

/// The byte at which code point `count` begins.
fn offset_of(text: &[u8], count: usize) -> usize {
    let mut at = 0;
    for _ in 0..count {
        if at >= text.len() {
            break;
        }
        at += width(text[at]);
    }
    at.min(text.len())
}

/// Where `needle` stands at or after `from`.
pub fn find(text: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    let Some((&first, rest)) = needle.split_first() else {
        return (from <= text.len()).then_some(from);
    };
    let last = text.len().checked_sub(needle.len())?;
    let mut at = from;
    let mut wasted = 0usize;
    while at <= last {
        at += text[at..=last].iter().position(|&b| b == first)?;
        let same = rest.iter().zip(&text[at + 1..]).take_while(|(a, b)| a == b).count();
        if same == rest.len() {
            return Some(at);
        }
        at += 1;
        wasted += same;
        // A needle that nearly stands everywhere: the linear search of the standard library, which takes UTF-8 alone.
        if wasted > 256 + 4 * text.len()
            && let (Some(rest), Ok(needle)) = (text.get(at..), core::str::from_utf8(needle))
        {
            let skip = rest.iter().take_while(|&&b| b & 0xc0 == 0x80).count();
            if let Ok(rest) = core::str::from_utf8(&rest[skip..]) {
                return rest.find(needle).map(|found| at + skip + found);
            }
            wasted = 0;
        }
    }
    None
}

/// Bytes that `replace_all` needs at most.
pub fn replaced_len(text: &[u8], needle: &[u8], by: &[u8]) -> usize {
    if needle.is_empty() || by.len() <= needle.len() {
        return text.len();
    }
    let (mut from, mut more) = (0, 0usize);
    while let Some(at) = find(text, needle, from) {
        more = more.saturating_add(by.len() - needle.len());
        from = at + needle.len();
    }
    text.len().saturating_add(more)
}

pub fn replace_all(into: &mut Vec<u8>, text: &[u8], needle: &[u8], by: &[u8]) {
    let start = into.len();
    let mut from = 0;
    if !needle.is_empty() {
        while let Some(at) = find(text, needle, from) {
            push_text(into, start, &text[from..at]);
            push_text(into, start, by);
            from = at + needle.len();
        }
    }
    push_text(into, start, &text[from..]);
}

/// What String.prototype.trim takes away.
fn is_space(c: char) -> bool {
    c == '\u{feff}' || (c.is_whitespace() && c != '\u{85}')
}

pub fn trim(text: &[u8]) -> &[u8] {
    if let Ok(text) = core::str::from_utf8(text) {
        return text.trim_matches(is_space).as_bytes();
    }
    // Spaces stand in the well-formed pieces at both ends.
    let head = text.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    let front = head.len() - head.trim_start_matches(is_space).len();
    let tail = text.utf8_chunks().last().map_or("", |chunk| if chunk.invalid().is_empty() { chunk.valid() } else { "" });
    let back = tail.len() - tail.trim_end_matches(is_space).len();
    text.get(front..text.len() - back).unwrap_or_default()
}

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Literal(Vec<u8>),
    /// So many of any code point.
    Any(usize),
}

/// A pattern of LIKE: what stands between its `%`.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    segments: Vec<Vec<Part>>,
    fold: bool,
}

/// Lower case, with one sigma: what ILIKE compares.
fn push_folded(into: &mut Vec<u8>, text: &[u8]) {
    let start = into.len();
    Case::Lower.push(into, text);
    for i in start..into.len().saturating_sub(1) {
        if into[i] == 0xcf && into[i + 1] == 0x82 {
            into[i + 1] = 0x83;
        }
    }
}

impl Pattern {
    /// `None` where the pattern ends with its escape.
    pub fn new(pattern: &[u8], escape: Option<&[u8]>, fold: bool) -> Option<Self> {
        let mut segments: Vec<Vec<Part>> = vec![Vec::new()];
        let mut literal = Vec::new();
        let flush = |literal: &mut Vec<u8>, segments: &mut Vec<Vec<Part>>| {
            if !literal.is_empty() {
                let mut part = Vec::new();
                if fold {
                    push_folded(&mut part, literal)
                } else {
                    part.clone_from(literal)
                }
                if let Some(last) = segments.last_mut() {
                    last.push(Part::Literal(part));
                }
                literal.clear();
            }
        };
        let mut at = 0;
        let point = |at: usize| pattern.get(at).map(|&lead| &pattern[at..(at + width(lead)).min(pattern.len())]);
        while let Some(here) = point(at) {
            at += here.len();
            if Some(here) == escape {
                let next = point(at)?;
                at += next.len();
                literal.extend_from_slice(next);
            } else if here == b"%" {
                flush(&mut literal, &mut segments);
                segments.push(Vec::new());
            } else if here == b"_" {
                flush(&mut literal, &mut segments);
                match segments.last_mut() {
                    Some(parts) => match parts.last_mut() {
                        Some(Part::Any(count)) => *count += 1,
                        _ => parts.push(Part::Any(1)),
                    },
                    None => return None,
                }
            } else {
                literal.extend_from_slice(here);
            }
        }
        flush(&mut literal, &mut segments);
        // `%%` is `%`.
        let last = segments.len() - 1;
        let segments = segments.into_iter().enumerate().filter(|(i, segment)| *i == 0 || *i == last || !segment.is_empty());
        Some(Self { segments: segments.map(|(_, segment)| segment).collect(), fold })
    }

    /// Every segment goes to the first place that takes it; none is tried again, so no pattern takes more than text times segment.
    pub fn matches(&self, value: &[u8], buffer: &mut Vec<u8>) -> bool {
        let text = if self.fold {
            buffer.clear();
            push_folded(buffer, value);
            buffer.as_slice()
        } else {
            value
        };
        let [first, middle @ .., last] = self.segments.as_slice() else {
            return self.segments.first().is_some_and(|only| match_at(only, text, 0) == Some(text.len()));
        };
        let Some(mut at) = match_at(first, text, 0) else { return false };
        for segment in middle {
            match find_segment(segment, text, at) {
                Some(end) => at = end,
                None => return false,
            }
        }
        last.is_empty() || start_of_last(last, text).is_some_and(|start| start >= at && match_at(last, text, start) == Some(text.len()))
    }
}

/// Where `segment` ends when it begins at `from`.
fn match_at(segment: &[Part], text: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    for part in segment {
        match part {
            Part::Literal(literal) => {
                if !text[at..].starts_with(literal) {
                    return None;
                }
                at += literal.len();
            }
            Part::Any(count) => {
                for _ in 0..*count {
                    at += width(*text.get(at)?);
                }
                if at > text.len() {
                    return None;
                }
            }
        }
    }
    Some(at)
}

fn find_segment(segment: &[Part], text: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    if let Some(Part::Literal(first)) = segment.first() {
        while let Some(found) = find(text, first, at) {
            if let Some(end) = match_at(segment, text, found) {
                return Some(end);
            }
            at = found + 1;
        }
        return None;
    }
    while at <= text.len() {
        if let Some(end) = match_at(segment, text, at) {
            return Some(end);
        }
        at += text.get(at).map_or(1, |&lead| width(lead));
    }
    None
}

/// Where the last segment must begin to end with the text: it takes a fixed number of code points.
fn start_of_last(segment: &[Part], text: &[u8]) -> Option<usize> {
    let mut at = text.len();
    for part in segment.iter().rev() {
        match part {
            Part::Literal(literal) => at = at.checked_sub(literal.len())?,
            Part::Any(count) => {
                for _ in 0..*count {
                    at = at.checked_sub(1)?;
                    while at > 0 && text[at] & 0xc0 == 0x80 {
                        at -= 1;
                    }
                }
            }
        }
    }
    Some(at)
}
