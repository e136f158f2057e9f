//! One pass over slots and values: `state[slot] = step(state[slot], value)`.

use columnar::{Bitmap, Result, alloc};

use super::parts::BLOCK;

/// The slot of a row, as narrow as the number of slots allows.
pub(super) trait Slot: Copy {
    fn at(self) -> usize;
    /// All states that a slot can name, so that narrow slots need no bounds check.
    fn reach<T>(states: &mut [T]) -> &mut [T];
}

/// States for slots of a byte; fewer slots have idle states behind them.
pub(super) const BYTE: usize = 256;

impl Slot for u8 {
    #[inline(always)]
    fn at(self) -> usize {
        usize::from(self)
    }

    #[inline(always)]
    fn reach<T>(states: &mut [T]) -> &mut [T] {
        match states.first_chunk_mut::<BYTE>() {
            Some(states) => states,
            None => &mut [],
        }
    }
}

impl Slot for u16 {
    #[inline(always)]
    fn at(self) -> usize {
        usize::from(self)
    }

    #[inline(always)]
    fn reach<T>(states: &mut [T]) -> &mut [T] {
        states
    }
}

impl Slot for u32 {
    #[inline(always)]
    fn at(self) -> usize {
        self as usize
    }

    #[inline(always)]
    fn reach<T>(states: &mut [T]) -> &mut [T] {
        states
    }
}

/// The slots of all rows.
#[derive(Clone, Copy)]
pub(super) enum Slots<'a> {
    /// Every row is of slot 0.
    One(usize),
    U8(&'a [u8]),
    U16(&'a [u16]),
    U32(&'a [u32]),
}

impl Slots<'_> {
    #[inline]
    pub(super) fn get(&self, row: usize) -> usize {
        match self {
            Self::One(_) => 0,
            Self::U8(slots) => slots[row].at(),
            Self::U16(slots) => slots[row].at(),
            Self::U32(slots) => slots[row].at(),
        }
    }

    /// The slots of rows `start..start + rows`; narrow ones are widened into `wide`, so that loops that need not be the fastest are
    /// compiled once.
    pub(super) fn block<'a>(&'a self, start: usize, rows: usize, wide: &'a mut [u32; BLOCK]) -> &'a [u32] {
        let wide = &mut wide[..rows];
        match self {
            Self::One(_) => wide.fill(0),
            Self::U8(slots) => wide.iter_mut().zip(&slots[start..]).for_each(|(to, &slot)| *to = slot.into()),
            Self::U16(slots) => wide.iter_mut().zip(&slots[start..]).for_each(|(to, &slot)| *to = slot.into()),
            Self::U32(slots) => return &slots[start..start + rows],
        }
        wide
    }

    pub(super) fn rows(&self) -> usize {
        match self {
            Self::One(rows) => *rows,
            Self::U8(slots) => slots.len(),
            Self::U16(slots) => slots.len(),
            Self::U32(slots) => slots.len(),
        }
    }
}

pub(super) trait Fold {
    type Value: Copy;
    type State: Copy;

    fn step(&self, state: Self::State, value: Self::Value) -> Self::State;
    /// What two states over different rows are together.
    fn merge(&self, a: Self::State, b: Self::State) -> Self::State;
    /// A state of no rows, with what `state` was set up with.
    fn fresh(&self, state: Self::State) -> Self::State;
}

/// Few slots are met again before their last store is through, so neighbouring rows go to banks of their own.
const BANKS: usize = 4;
/// Lanes of the sum of one slot, for the length of an addition and the width of vectors.
const LANES: usize = 8;

/// Folds `values` into `states`, one a slot. Rows that are null in `validity` are left out.
pub(super) fn fold<F: Fold>(
    by: &F,
    slots: Slots<'_>,
    mut states: Vec<F::State>,
    values: &[F::Value],
    validity: Option<&Bitmap>,
) -> Result<Vec<F::State>> {
    match (slots, validity) {
        (Slots::One(_), None) => one(by, &mut states, values),
        (Slots::One(_), Some(bits)) => one_valid(by, &mut states, values, bits),
        (Slots::U8(slots), None) => return bytes(by, slots, states, values),
        (Slots::U16(slots), None) => every(by, slots, &mut states, values),
        (Slots::U32(slots), None) => every(by, slots, &mut states, values),
        (_, Some(_)) => blocks(by, slots, &mut states, values, validity),
    }
    Ok(states)
}

/// As [`fold`] in one loop for all slots: for what is seldom asked for.
pub(super) fn fold_seldom<F: Fold>(
    by: &F,
    slots: Slots<'_>,
    mut states: Vec<F::State>,
    values: &[F::Value],
    validity: Option<&Bitmap>,
) -> Vec<F::State> {
    blocks(by, slots, &mut states, values, validity);
    states
}

#[inline(always)]
fn every<F: Fold, S: Slot>(by: &F, slots: &[S], states: &mut [F::State], values: &[F::Value]) {
    let states = S::reach(states);
    for (slot, &value) in slots.iter().zip(values) {
        let state = &mut states[slot.at()];
        *state = by.step(*state, value);
    }
}

#[inline(never)]
fn blocks<F: Fold>(by: &F, slots: Slots<'_>, states: &mut [F::State], values: &[F::Value], validity: Option<&Bitmap>) {
    let mut wide = [0; BLOCK];
    for (place, values) in values.chunks(BLOCK).enumerate() {
        let start = place * BLOCK;
        let slots = slots.block(start, values.len(), &mut wide);
        for (chunk, (slots, values)) in slots.chunks(64).zip(values.chunks(64)).enumerate() {
            let word = validity.map_or(u64::MAX, |bits| bits.words()[start / 64 + chunk]);
            if word == u64::MAX {
                every(by, slots, states, values);
                continue;
            }
            let mut rest = word;
            while rest != 0 {
                let i = rest.trailing_zeros() as usize;
                rest &= rest - 1;
                let state = &mut states[slots[i].at()];
                *state = by.step(*state, values[i]);
            }
        }
    }
}

/// [`BANKS`] times [`BYTE`] states, the first bank going on from `states`.
fn padded<F: Fold>(by: &F, states: &[F::State]) -> Result<Vec<F::State>> {
    let Some(&idle) = states.first() else { return Ok(Vec::new()) };
    let mut all = alloc::filled(BYTE * BANKS, by.fresh(idle))?;
    for (slot, &state) in states.iter().enumerate() {
        for bank in 1..BANKS {
            all[bank * BYTE + slot] = by.fresh(state);
        }
        all[slot] = state;
    }
    Ok(all)
}

fn bytes<F: Fold>(by: &F, slots: &[u8], states: Vec<F::State>, values: &[F::Value]) -> Result<Vec<F::State>> {
    let spaces = states.len();
    let mut all = padded(by, &states)?;
    drop(states);
    let (head, tail) = (slots.len() / BANKS * BANKS, slots.len() % BANKS);
    if let ([a, b, c, d], _) = all.as_chunks_mut::<BYTE>()
        && let (Some(end), Some(last)) = (slots.get(head..), values.get(head..head + tail))
    {
        for (slots, values) in slots.as_chunks::<BANKS>().0.iter().zip(values.as_chunks::<BANKS>().0) {
            for (bank, (slot, &value)) in [&mut *a, &mut *b, &mut *c, &mut *d].into_iter().zip(slots.iter().zip(values)) {
                let state = &mut bank[slot.at()];
                *state = by.step(*state, value);
            }
        }
        every::<F, u8>(by, end, a, last);
    }
    for slot in 0..spaces {
        all[slot] = (1..BANKS).fold(all[slot], |state, bank| by.merge(state, all[bank * BYTE + slot]));
    }
    all.truncate(spaces);
    Ok(all)
}

fn one<F: Fold>(by: &F, states: &mut [F::State], values: &[F::Value]) {
    let Some(state) = states.first_mut() else { return };
    let mut lanes = [by.fresh(*state); LANES];
    let (blocks, rest) = values.as_chunks::<LANES>();
    for block in blocks {
        for (lane, &value) in lanes.iter_mut().zip(block) {
            *lane = by.step(*lane, value);
        }
    }
    *state = rest.iter().fold(*state, |state, &value| by.step(state, value));
    *state = lanes.into_iter().fold(*state, |a, b| by.merge(a, b));
}

fn one_valid<F: Fold>(by: &F, states: &mut [F::State], values: &[F::Value], validity: &Bitmap) {
    let Some(state) = states.first_mut() else { return };
    let mut lanes = [by.fresh(*state); LANES];
    for (values, &word) in values.chunks(64).zip(validity.words()) {
        let mut rest = word;
        while rest != 0 {
            let i = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            lanes[i % LANES] = by.step(lanes[i % LANES], values[i]);
        }
    }
    *state = lanes.into_iter().fold(*state, |a, b| by.merge(a, b));
}
