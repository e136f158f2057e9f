//! Comparisons of slices into bits: the loops that filters spend their time in.

use core::cmp::Ordering;

use columnar::Codes;
use simd_kernels::compare::{self as kernels, Op};

use crate::block::{ALL, NONE, Words, zip};
use crate::syntax::Cmp;

/// Runs a kernel with the operator as a constant, so that each has a loop of its own.
#[inline(always)]
fn by_op(cmp: Cmp, kernel: impl Fn(Op, &mut Words)) -> Words {
    let mut words = NONE;
    match cmp {
        Cmp::Eq => kernel(Op::Eq, &mut words),
        Cmp::Ne => kernel(Op::Ne, &mut words),
        Cmp::Lt => kernel(Op::Lt, &mut words),
        Cmp::Le => kernel(Op::Le, &mut words),
        Cmp::Gt => kernel(Op::Gt, &mut words),
        Cmp::Ge => kernel(Op::Ge, &mut words),
    }
    words
}

pub fn with_f64(cmp: Cmp, values: &[f64], c: f64) -> Words {
    by_op(cmp, |op, words| kernels::f64_with(values, op, c, words))
}

pub fn with_i64(cmp: Cmp, values: &[i64], c: i64) -> Words {
    by_op(cmp, |op, words| kernels::i64_with(values, op, c, words))
}

pub fn with_i32(cmp: Cmp, values: &[i32], c: f64) -> Words {
    // Whole numbers compare with whole numbers: no conversion a row.
    let always = |holds: bool| if holds { ALL } else { NONE };
    let (cmp, c) = match Bound::of(cmp, c, None) {
        Bound::Always(holds) => return always(holds),
        Bound::Than(cmp, c) => (cmp, c),
    };
    match i32::try_from(c) {
        Ok(c) => by_op(cmp, |op, words| kernels::i32_with(values, op, c, words)),
        Err(_) => always(cmp.holds(if c > 0 { Ordering::Less } else { Ordering::Greater })),
    }
}

pub fn pairs(cmp: Cmp, a: &[f64], b: &[f64]) -> Words {
    by_op(cmp, |op, words| kernels::f64_pairs(a, b, op, words))
}

/// The flags of a dictionary's entries, in the form that is looked up fastest.
#[derive(Debug)]
pub enum Flags {
    None,
    /// The few that are set.
    Few(Vec<u32>),
    /// Of the first sixteen; no other is set.
    Sixteen([u8; 16]),
    Table(Vec<bool>),
}

impl Flags {
    pub fn new(table: Vec<bool>) -> Self {
        let set = || table.iter().enumerate().filter(|(_, set)| **set).map(|(code, _)| code as u32);
        match (set().count(), set().next_back()) {
            (0, _) => Self::None,
            (1, _) => Self::Few(set().collect()),
            (_, Some(..16)) => Self::Sixteen(core::array::from_fn(|code| if table.get(code) == Some(&true) { 0xff } else { 0 })),
            (2..=4, _) => Self::Few(set().collect()),
            _ => Self::Table(table),
        }
    }

    pub fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// The flag of each row's code.
    pub fn of(&self, codes: &Codes, start: usize, rows: usize) -> Words {
        let range = start..start + rows;
        match codes {
            Codes::U8(codes) => {
                let codes = codes.get(range).unwrap_or_default();
                match self {
                    Self::None => NONE,
                    Self::Few(few) => any_of(few, |code, words| kernels::u8_with(codes, Op::Eq, code as u8, words)),
                    Self::Sixteen(table) => {
                        let mut words = NONE;
                        kernels::u8_in_sixteen(codes, table, &mut words);
                        words
                    }
                    Self::Table(table) => look_up(codes, table),
                }
            }
            Codes::U16(codes) => {
                let codes = codes.get(range).unwrap_or_default();
                match self {
                    Self::None => NONE,
                    Self::Few(few) => any_of(few, |code, words| kernels::u16_with(codes, Op::Eq, code as u16, words)),
                    Self::Sixteen(table) => each(codes, |code| table.get(usize::from(code)).is_some_and(|&flag| flag != 0)),
                    Self::Table(table) => look_up(codes, table),
                }
            }
            Codes::U32(codes) => {
                let codes = codes.get(range).unwrap_or_default();
                match self {
                    Self::None => NONE,
                    Self::Few(few) => any_of(few, |code, words| *words = each(codes, |other| other == code)),
                    Self::Sixteen(table) => each(codes, |code| table.get(code as usize).is_some_and(|&flag| flag != 0)),
                    Self::Table(table) => look_up(codes, table),
                }
            }
        }
    }
}

#[inline(always)]
fn any_of(few: &[u32], kernel: impl Fn(u32, &mut Words)) -> Words {
    let mut found = NONE;
    for &code in few {
        let mut words = NONE;
        kernel(code, &mut words);
        found = zip(&found, &words, |a, b| a | b);
    }
    found
}

fn look_up<T: Copy + Into<u32>>(codes: &[T], table: &[bool]) -> Words {
    each(codes, |code| table.get(code.into() as usize).copied().unwrap_or(false))
}

/// A bit for each of up to a block of values.
#[inline(always)]
fn each<T: Copy>(values: &[T], holds: impl Fn(T) -> bool) -> Words {
    let mut words = NONE;
    for (word, chunk) in words.iter_mut().zip(values.chunks(64)) {
        for (i, &value) in chunk.iter().enumerate() {
            *word |= u64::from(holds(value)) << i;
        }
    }
    words
}

/// A comparison of whole numbers with any constant, as one with a whole constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// The same for every number.
    Always(bool),
    Than(Cmp, i64),
}

impl Bound {
    pub fn of(cmp: Cmp, value: f64, exact: Option<i128>) -> Self {
        if value.is_nan() {
            return Self::Always(cmp == Cmp::Ne);
        }
        let below = matches!(cmp, Cmp::Lt | Cmp::Le);
        if value.is_infinite() {
            return Self::Always(match cmp {
                Cmp::Eq => false,
                Cmp::Ne => true,
                _ => (value > 0.0) == below,
            });
        }
        let whole = exact.or_else(|| (value.fract() == 0.0).then_some(value as i128));
        let (cmp, k) = match (whole, cmp) {
            (Some(k), cmp) => (cmp, k),
            (None, Cmp::Eq | Cmp::Ne) => return Self::Always(cmp == Cmp::Ne),
            (None, _) if below => (Cmp::Le, value.floor() as i128),
            (None, _) => (Cmp::Ge, value.ceil() as i128),
        };
        match i64::try_from(k) {
            Ok(k) => Self::Than(cmp, k),
            Err(_) => Self::Always(cmp.holds(if k > 0 { Ordering::Less } else { Ordering::Greater })),
        }
    }
}

/// Exactly; `None` where the double is NaN.
pub fn whole_with_double(a: i64, b: f64) -> Option<Ordering> {
    let rounded = a as f64;
    match rounded.partial_cmp(&b)? {
        // The double next to `a` equals `b`, which is whole then.
        Ordering::Equal => Some(i128::from(a).cmp(&(b as i128))),
        other => Some(other),
    }
}
