//! The numbers of a column as doubles, some at a time: every loop over them is compiled once, not once for each type.

/// Numbers at a time, which the first cache holds while they are read twice; whole words of a bitmap.
pub(super) const BLOCK: usize = 2048;

#[derive(Clone, Copy)]
pub(super) enum Numbers<'a> {
    F64(&'a [f64]),
    I64(&'a [i64]),
    I32(&'a [i32]),
}

impl Numbers<'_> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::F64(values) => values.len(),
            Self::I64(values) => values.len(),
            Self::I32(values) => values.len(),
        }
    }

    /// Calls `see` with one block after the other.
    #[inline]
    pub(super) fn blocks(&self, mut see: impl FnMut(&[f64])) {
        let mut wide = [0.0; BLOCK];
        for start in (0..self.len()).step_by(BLOCK) {
            let end = self.len().min(start + BLOCK);
            see(self.block(start, &mut wide[..end - start]));
        }
    }

    #[inline(never)]
    fn block<'a>(&'a self, start: usize, wide: &'a mut [f64]) -> &'a [f64] {
        match self {
            Self::F64(values) => return &values[start..start + wide.len()],
            Self::I64(values) => wide.iter_mut().zip(&values[start..]).for_each(|(to, &value)| *to = value as f64),
            Self::I32(values) => wide.iter_mut().zip(&values[start..]).for_each(|(to, &value)| *to = value.into()),
        }
        wide
    }
}
