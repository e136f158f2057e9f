//! Which bits of which fields make the keys of a level, and the keys.

use columnar::{Codes, Result, alloc};

use super::fields::{Field, Number, Values, of_f64, of_i64};

/// Key bits of a level when more are to come: three digits of the radix sort. What they leave tied is mostly short.
const BITS: u32 = 33;
/// Key bits that are worth one more digit when they complete the key.
const BITS_TO_END: u32 = 44;

/// How much of the fields the rows of a run are known to agree in.
#[derive(Clone, Copy)]
pub(super) struct Position {
    pub(super) field: usize,
    /// Bits of a number, bytes of a text.
    pub(super) used: u32,
}

/// `bits` of a field, those above the lowest `below`.
struct Piece {
    field: usize,
    below: u32,
    bits: u32,
}

pub(super) struct Plan {
    pieces: Vec<Piece>,
    pub(super) bits: u32,
    /// Where the next level goes on.
    pub(super) next: Position,
}

/// What follows `at`, to the end or to a text if that fits in `room` bits, else as many bits as pay.
pub(super) fn plan(fields: &[Field], at: Position, room: u32) -> Result<Plan> {
    let numbers = || fields[at.field..].iter().take_while(|field| !matches!(field, Field::Text { .. }));
    let left = numbers().map(width).sum::<u32>() - at.used;
    let limit = if left <= room.min(BITS_TO_END) { left } else { room.min(BITS) };
    let mut plan = Plan { pieces: alloc::room(numbers().count())?, bits: 0, next: at };
    while plan.bits < limit {
        let open = width(&fields[plan.next.field]) - plan.next.used;
        let bits = open.min(limit - plan.bits);
        plan.pieces.push(Piece { field: plan.next.field, below: open - bits, bits });
        plan.bits += bits;
        plan.next.used += bits;
        if bits == open {
            plan.next = Position { field: plan.next.field + 1, used: 0 };
        }
    }
    Ok(plan)
}

fn width(field: &Field) -> u32 {
    match field {
        Field::Null(_) => 1,
        Field::Number(number) => number.width(),
        Field::Text { .. } => 0,
    }
}

impl Plan {
    /// A word per row: the pieces, the first one uppermost, and in the lowest `place_bits` its place among the rows.
    pub(super) fn keys(&self, fields: &[Field], rows: &[u32], place_bits: u32) -> Result<Vec<u64>> {
        let mut keys = alloc::filled(rows.len(), 0u64)?;
        keys.iter_mut().enumerate().for_each(|(i, key)| *key = i as u64);
        let mut ordinals = [0; BLOCK];
        for (block, keys) in keys.chunks_mut(BLOCK).enumerate() {
            let start = block * BLOCK;
            let rows = &rows[start..start + keys.len()];
            let ordinals = &mut ordinals[..keys.len()];
            let mut shift = self.bits + place_bits;
            for piece in &self.pieces {
                shift -= piece.bits;
                let field = &fields[piece.field];
                field.ordinals(start, rows, ordinals);
                match field {
                    Field::Number(number) => add(keys, ordinals, number, piece, shift),
                    _ => keys.iter_mut().zip(&*ordinals).for_each(|(key, &ordinal)| *key |= ordinal << shift),
                }
            }
        }
        Ok(keys)
    }
}

/// Rows that are worked on at a time, so that what is in between stays in the nearest cache.
const BLOCK: usize = 1024;

fn add(keys: &mut [u64], ordinals: &mut [u64], number: &Number, &Piece { below, bits, .. }: &Piece, shift: u32) {
    let (low, flip) = number.base();
    let mask = u64::MAX >> (64 - bits);
    if number.bounded {
        ordinals.iter_mut().for_each(|ordinal| *ordinal = number.bound(*ordinal));
    }
    for (key, &ordinal) in keys.iter_mut().zip(&*ordinals) {
        *key |= (((ordinal - low) ^ flip) >> below & mask) << shift;
    }
}

impl Field<'_> {
    /// Whole numbers in the order of the values of `rows`, which stand at `start` and after among those that are sorted.
    fn ordinals(&self, start: usize, rows: &[u32], out: &mut [u64]) {
        match self {
            Field::Null(valid) => out.iter_mut().zip(rows).for_each(|(to, &row)| *to = u64::from(!valid.get(row as usize))),
            Field::Text { .. } => {}
            Field::Number(number) => match &number.values {
                Values::F64(values) => each(values, start, rows, out, of_f64),
                Values::I64(values) => each(values, start, rows, out, of_i64),
                Values::I32(values) => each(values, start, rows, out, |value| of_i64(value.into())),
                Values::Bool(bits) => out.iter_mut().zip(rows).for_each(|(to, &row)| *to = bits.get(row as usize).into()),
                Values::Ranks(codes, ranks) => {
                    let rank = |code: u32| ranks.get(code as usize).map_or(0, |&rank| rank.into());
                    match codes {
                        Codes::U8(codes) => each(codes, start, rows, out, |code| rank(code.into())),
                        Codes::U16(codes) => each(codes, start, rows, out, |code| rank(code.into())),
                        Codes::U32(codes) => each(codes, start, rows, out, rank),
                    }
                }
            },
        }
    }
}

/// Without the detour over the rows' numbers where they are the places themselves, as at the first level.
#[inline]
fn each<T: Copy>(values: &[T], start: usize, rows: &[u32], out: &mut [u64], ordinal: impl Fn(T) -> u64) {
    let straight = rows.first() == Some(&(start as u32)) && rows.last() == Some(&((start + rows.len() - 1) as u32));
    match values.get(start..start + rows.len()) {
        Some(values) if straight && rows.is_sorted() => out.iter_mut().zip(values).for_each(|(to, &value)| *to = ordinal(value)),
        _ => out.iter_mut().zip(rows).for_each(|(to, &row)| *to = ordinal(values[row as usize])),
    }
}
