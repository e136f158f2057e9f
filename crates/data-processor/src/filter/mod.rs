//! Rows whose bit is set.

mod places;

use std::sync::Arc;

use columnar::{Bitmap, Codes, Column, Data, Error, Result, Strings, Table, alloc};

use crate::take::{rebuilt, text::Writer};
pub(crate) use places::{places, runs};

/// The rows of `table` whose bit is set, in their order.
///
/// # Errors
/// INVALID_ARGUMENT where `mask` is of another length, OUT_OF_MEMORY.
pub fn filter(table: &Table, mask: &Bitmap) -> Result<Table> {
    if mask.len() != table.rows() {
        return Err(Error::invalid(format!("a mask of {} rows for a table of {}", mask.len(), table.rows())));
    }
    let kept = mask.count_ones();
    if kept == mask.len() {
        return Ok(table.clone());
    }
    let chosen = Chosen::new(mask, kept)?;
    rebuilt(table, kept, table.columns().iter().map(|column| Ok(Arc::new(chosen.column(column)?))))
}

/// Rows in a run on average, from which on runs are copied.
const RUN: usize = 64;

/// The rows to keep, in the form that copies them fastest.
struct Chosen<'a> {
    mask: &'a Bitmap,
    kept: usize,
    /// Row numbers, where runs of neighbours are too short to be copied as such.
    places: Option<Vec<u32>>,
}

impl<'a> Chosen<'a> {
    fn new(mask: &'a Bitmap, kept: usize) -> Result<Self> {
        // Copying a run is a call, which pays for runs of dozens of rows only. A run begins at a set bit after a cleared one.
        let words = mask.words();
        let begins: usize = words
            .iter()
            .scan(0, |before, &word| {
                let first = word & !(word << 1 | *before);
                *before = word >> 63;
                Some(first.count_ones() as usize)
            })
            .sum();
        let places = if begins.saturating_mul(RUN) > kept { Some(places(mask, kept)?) } else { None };
        Ok(Self { mask, kept, places })
    }

    fn column(&self, column: &Column) -> Result<Column> {
        let data = match column.data() {
            Data::F64(values) => Data::F64(self.numbers(values)?),
            Data::I64(values) => Data::I64(self.numbers(values)?),
            Data::I32(values) => Data::I32(self.numbers(values)?),
            Data::Bool(bits) => Data::Bool(self.bits(bits)?),
            Data::Utf8(strings) => Data::Utf8(self.strings(strings)?),
            Data::Dict(codes, dictionary) => {
                let codes = match codes {
                    Codes::U8(codes) => Codes::U8(self.numbers(codes)?),
                    Codes::U16(codes) => Codes::U16(self.numbers(codes)?),
                    Codes::U32(codes) => Codes::U32(self.numbers(codes)?),
                };
                Data::Dict(codes, dictionary.clone())
            }
        };
        let validity = column.validity().map(|bits| self.bits(bits)).transpose()?;
        Ok(Column::new(column.kind(), data, validity))
    }

    fn numbers<T: Copy + Default>(&self, values: &[T]) -> Result<Vec<T>> {
        let mut kept = alloc::room(self.kept)?;
        match &self.places {
            Some(places) => kept.extend(places.iter().map(|&place| values.get(place as usize).copied().unwrap_or_default())),
            None => runs(self.mask).for_each(|(start, end)| kept.extend_from_slice(&values[start..end])),
        }
        Ok(kept)
    }

    /// The bits of a word that are kept, pushed together, and joined to those before.
    fn bits(&self, bits: &Bitmap) -> Result<Bitmap> {
        if let Some(places) = &self.places {
            return Bitmap::from_fn(places.len(), |i| bits.get(places[i] as usize));
        }
        let mut words = alloc::room(self.kept.div_ceil(64) + 1)?;
        let (mut open, mut filled) = (0u64, 0u32);
        for (&mask, &word) in self.mask.words().iter().zip(bits.words()) {
            let (packed, count) = (pack(word, mask), mask.count_ones());
            open |= packed.checked_shl(filled).unwrap_or(0);
            filled += count;
            if filled >= 64 {
                words.push(open);
                filled -= 64;
                open = packed.checked_shr(count - filled).unwrap_or(0);
            }
        }
        if filled > 0 {
            words.push(open);
        }
        Ok(Bitmap::from_words(words, self.kept))
    }

    fn strings(&self, strings: &Strings) -> Result<Strings> {
        let (offsets, bytes) = (strings.offsets(), strings.bytes());
        // Neighbours are copied together, whatever their number: their bytes are one piece.
        let total = runs(self.mask).map(|(start, end)| u64::from(offsets[end] - offsets[start])).sum();
        let mut writer = Writer::new(self.kept, total)?;
        runs(self.mask).for_each(|(start, end)| writer.push_run(&offsets[start..=end], bytes));
        writer.finish()
    }
}

/// The bits of `word` where `mask` is set, moved together to the low end, run by run.
fn pack(word: u64, mask: u64) -> u64 {
    let (mut rest, mut packed, mut filled) = (mask, 0u64, 0u32);
    while rest != 0 {
        let start = rest.trailing_zeros();
        let len = (!(rest >> start)).trailing_zeros().min(64 - start);
        let ones = if len == 64 { u64::MAX } else { (1 << len) - 1 };
        packed |= (word >> start & ones) << filled;
        filled += len;
        rest &= !(ones << start);
    }
    packed
}
