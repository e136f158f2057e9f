//! Columns of numbers of any of the four types, read as f64.

/// Values that a job owns.
#[derive(Clone, Debug)]
pub enum Numbers {
    F64(Vec<f64>),
    F32(Vec<f32>),
    I32(Vec<i32>),
    U32(Vec<u32>),
}

impl Numbers {
    pub fn len(&self) -> usize {
        match self {
            Self::F64(values) => values.len(),
            Self::F32(values) => values.len(),
            Self::I32(values) => values.len(),
            Self::U32(values) => values.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The first value before `end` that is finite.
    pub fn first_finite(&self, end: usize) -> Option<f64> {
        match self {
            Self::F64(values) => values[..end].iter().copied().find(|x| x.is_finite()),
            Self::F32(values) => values[..end].iter().copied().find(|x| x.is_finite()).map(f64::from),
            Self::I32(values) => values[..end].first().map(|&x| f64::from(x)),
            Self::U32(values) => values[..end].first().map(|&x| f64::from(x)),
        }
    }

    /// Values `start..end`, where they stand or in `block`, which has room for them.
    pub fn doubles<'a>(&'a self, start: usize, end: usize, block: &'a mut [f64]) -> &'a [f64] {
        fn widened<'a, T: Copy + Into<f64>>(values: &[T], block: &'a mut [f64]) -> &'a [f64] {
            block.iter_mut().zip(values).for_each(|(to, &from)| *to = from.into());
            &block[..values.len()]
        }
        match self {
            Self::F64(values) => &values[start..end],
            Self::F32(values) => widened(&values[start..end], block),
            Self::I32(values) => widened(&values[start..end], block),
            Self::U32(values) => widened(&values[start..end], block),
        }
    }
}

/// Values of a block: one lies in the first-level cache.
pub const BLOCK: usize = 2048;
/// Blocks of an item.
pub const BLOCKS: usize = 64;
/// Values of an item.
pub const ITEM: usize = BLOCK * BLOCKS;
/// Items of a step.
pub const ITEMS: usize = 16;
