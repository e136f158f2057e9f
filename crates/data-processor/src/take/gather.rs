//! One column's values at given places.

use columnar::{Bitmap, Codes, Column, Data, Result, Strings, alloc};

use super::{NO_ROW, text::Writer};

/// Places that are worked on at a time; whole words of a bitmap.
const BLOCK: usize = 1024;

/// Rows by number. Codes of a dictionary are numbers of its strings.
#[derive(Clone, Copy)]
pub(super) enum Places<'a> {
    Rows(&'a [u32]),
    Codes(&'a Codes),
}

impl Places<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Rows(rows) => rows.len(),
            Self::Codes(codes) => codes.len(),
        }
    }

    /// Calls `see` with one block after the other. Narrow codes are widened, so that every loop is compiled once.
    #[inline]
    fn blocks(&self, mut see: impl FnMut(&[u32])) {
        let mut wide = [0; BLOCK];
        for start in (0..self.len()).step_by(BLOCK) {
            let end = self.len().min(start + BLOCK);
            see(match self {
                Self::Rows(rows) => &rows[start..end],
                Self::Codes(codes) => widened(codes, start, &mut wide[..end - start]),
            });
        }
    }
}

#[inline(never)]
fn widened<'a>(codes: &'a Codes, start: usize, wide: &'a mut [u32]) -> &'a [u32] {
    match codes {
        Codes::U8(codes) => wide.iter_mut().zip(&codes[start..]).for_each(|(to, &code)| *to = code.into()),
        Codes::U16(codes) => wide.iter_mut().zip(&codes[start..]).for_each(|(to, &code)| *to = code.into()),
        Codes::U32(codes) => return &codes[start..start + wide.len()],
    }
    wide
}

/// `holes`: some places may be `NO_ROW`, and are null then.
pub(super) fn column(column: &Column, places: Places<'_>, holes: bool) -> Result<Column> {
    let data = match column.data() {
        Data::F64(values) => Data::F64(numbers(values, places)?),
        Data::I64(values) => Data::I64(numbers(values, places)?),
        Data::I32(values) => Data::I32(numbers(values, places)?),
        Data::Bool(bits) => Data::Bool(bits_at(Some(bits), places)?),
        Data::Utf8(strings) => Data::Utf8(strings_at(strings, places)?),
        Data::Dict(codes, dictionary) => {
            let codes = match codes {
                Codes::U8(codes) => Codes::U8(numbers(codes, places)?),
                Codes::U16(codes) => Codes::U16(numbers(codes, places)?),
                Codes::U32(codes) => Codes::U32(numbers(codes, places)?),
            };
            Data::Dict(codes, dictionary.clone())
        }
    };
    let validity = match column.validity() {
        None if !holes => None,
        bits => Some(bits_at(bits, places)?),
    };
    Ok(Column::new(column.kind(), data, validity))
}

/// No row is past every table's end, so one test serves bounds and holes.
fn numbers<T: Copy + Default>(values: &[T], places: Places<'_>) -> Result<Vec<T>> {
    let mut taken = alloc::room(places.len())?;
    places.blocks(|places| taken.extend(places.iter().map(|&place| values.get(place as usize).copied().unwrap_or_default())));
    Ok(taken)
}

/// The bits of places; `None`: all are set but those of no row.
fn bits_at(bits: Option<&Bitmap>, places: Places<'_>) -> Result<Bitmap> {
    let mut words = alloc::room(places.len().div_ceil(64))?;
    places.blocks(|places| {
        for places in places.chunks(64) {
            let mut word = 0u64;
            for (i, &place) in places.iter().enumerate() {
                let bit = match bits {
                    Some(bits) => bits.words().get(place as usize / 64).map_or(0, |word| word >> (place % 64) & 1),
                    None => u64::from(place != NO_ROW),
                };
                word |= bit << i;
            }
            words.push(word);
        }
    });
    Ok(Bitmap::from_words(words, places.len()))
}

pub(super) fn strings_at(strings: &Strings, places: Places<'_>) -> Result<Strings> {
    let offsets = strings.offsets();
    let ends = |place: u32| match offsets.get(place as usize..).and_then(<[u32]>::first_chunk::<2>) {
        Some(&[start, end]) => (start as usize, end as usize),
        None => (0, 0),
    };
    let mut bytes = 0;
    places.blocks(|places| bytes += places.iter().map(|&place| ends(place)).map(|(start, end)| (end - start) as u64).sum::<u64>());
    let mut writer = Writer::new(places.len(), bytes)?;
    places.blocks(|places| {
        for &place in places {
            let (start, end) = ends(place);
            writer.push(strings.bytes(), start, end);
        }
    });
    writer.finish()
}
