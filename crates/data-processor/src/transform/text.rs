//! Text in, text out. A kernel answers for the strings it can and names the others, which JavaScript answers for.

mod case;
mod trim;
mod units;

use std::sync::Arc;

use columnar::{Column, ColumnType, Data, Error, Result, Strings, alloc};
use expression::case::Case;

use super::recode;
use crate::take::text::Writer;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    /// Leaves strings with letters whose case is the host's to say.
    Uppercase,
    /// As `Uppercase`.
    Lowercase,
    Trim,
    /// `String.prototype.slice` by UTF-16 units. Leaves strings whose surrogate pairs it would cut.
    Substring {
        start: i64,
        end: Option<i64>,
    },
}

/// A text operation on a column, begun: strings that JavaScript must answer for may be left.
///
/// Of a dictionary column the strings are those of the dictionary.
pub struct TextStep {
    column: Arc<Column>,
    strings: Strings,
    left: Vec<u32>,
}

/// Begins `op`; `None` where the column is not text.
///
/// # Errors
/// OUT_OF_MEMORY.
pub fn text(op: Text, column: &Arc<Column>) -> Result<Option<TextStep>> {
    let Some(source) = source(column) else { return Ok(None) };
    let (strings, left) = match op {
        Text::Uppercase => case::map(source, Case::Upper)?,
        Text::Lowercase => case::map(source, Case::Lower)?,
        Text::Trim => (trim::map(source)?, Vec::new()),
        Text::Substring { start, end } => units::substring(source, start, end)?,
    };
    Ok(Some(TextStep { column: column.clone(), strings, left }))
}

fn source(column: &Column) -> Option<&Strings> {
    match column.data() {
        Data::Utf8(strings) if column.kind() == ColumnType::Utf8 => Some(strings),
        Data::Dict(_, dictionary) => Some(dictionary),
        _ => None,
    }
}

impl TextStep {
    /// The places of the strings that are left, ascending.
    pub fn left(&self) -> &[u32] {
        &self.left
    }

    /// The strings that are left, as they were.
    ///
    /// # Errors
    /// OUT_OF_MEMORY.
    pub fn questions(&self) -> Result<Strings> {
        let Some(source) = source(&self.column) else { return Ok(Strings::default()) };
        let texts = || self.left.iter().map(|&place| source.get(place as usize));
        let mut writer = Writer::new(self.left.len(), texts().map(|text| text.len() as u64).sum())?;
        texts().for_each(|text| writer.push(text, 0, text.len()));
        writer.finish()
    }

    /// The column, with the answers for what was left.
    ///
    /// # Errors
    /// INVALID_ARGUMENT where there are more or fewer answers than questions, TOO_LARGE past 2 GiB of text, OUT_OF_MEMORY.
    pub fn finish(self, answers: &Strings) -> Result<Column> {
        let strings =
            if self.left.is_empty() && answers.is_empty() { self.strings } else { replace_strings(&self.strings, &self.left, answers)? };
        let data = match self.column.data() {
            Data::Dict(codes, _) => recode(codes, strings)?,
            _ => Data::Utf8(strings),
        };
        let validity = self.column.validity().map(|bits| bits.or(bits)).transpose()?;
        Ok(Column::new(ColumnType::Utf8, data, validity))
    }
}

/// `strings` with `answers[i]` in place of string `places[i]`; places ascend.
///
/// # Errors
/// INVALID_ARGUMENT where the two lists differ in length or places do not ascend, TOO_LARGE past 2 GiB of text, OUT_OF_MEMORY.
pub fn replace_strings(strings: &Strings, places: &[u32], answers: &Strings) -> Result<Strings> {
    let fits = places.is_sorted_by(|a, b| a < b) && places.last().is_none_or(|&last| (last as usize) < strings.len());
    if places.len() != answers.len() || !fits {
        return Err(Error::invalid(format!("{} answers for {} of {} strings", answers.len(), places.len(), strings.len())));
    }
    let replaced: u64 = places.iter().map(|&place| strings.get(place as usize).len() as u64).sum();
    let mut writer = Writer::new(strings.len(), strings.bytes().len() as u64 - replaced + answers.bytes().len() as u64)?;
    let mut next = 0;
    for (&place, answer) in places.iter().zip(answers.iter()) {
        writer.push_run(&strings.offsets()[next..=place as usize], strings.bytes());
        writer.push(answer, 0, answer.len());
        next = place as usize + 1;
    }
    writer.push_run(&strings.offsets()[next..], strings.bytes());
    writer.finish()
}

/// UTF-16 units of every string, as an i32 column; `None` where the column is not text.
///
/// # Errors
/// OUT_OF_MEMORY.
pub fn length(column: &Column) -> Result<Option<Column>> {
    let Some(source) = source(column) else { return Ok(None) };
    let mut lengths: Vec<i32> = alloc::room(column.len())?;
    match column.data() {
        Data::Dict(codes, _) => {
            let known = units::lengths(source)?;
            lengths.extend((0..codes.len()).map(|row| if column.is_valid(row) { known[codes.get(row) as usize] } else { 0 }));
        }
        _ => lengths = units::lengths(source)?,
    }
    let validity = column.validity().map(|bits| bits.or(bits)).transpose()?;
    Ok(Some(Column::new(ColumnType::I32, Data::I32(lengths), validity)))
}
