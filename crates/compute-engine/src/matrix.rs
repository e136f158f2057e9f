//! Borrowed matrices.

/// A matrix to read. Element (i, j) is `data[i * row_step + j * col_step]`, so a transpose or a block costs nothing.
#[derive(Clone, Copy, Debug)]
pub struct View<'a, T> {
    pub data: &'a [T],
    pub rows: usize,
    pub cols: usize,
    pub row_step: usize,
    pub col_step: usize,
}

impl<'a, T: Copy> View<'a, T> {
    /// Row-major and without gaps.
    ///
    /// # Panics
    /// When `data` is shorter than `rows * cols`.
    pub fn new(data: &'a [T], rows: usize, cols: usize) -> Self {
        Self { data: &data[..rows * cols], rows, cols, row_step: cols, col_step: 1 }
    }

    pub fn transposed(self) -> Self {
        Self { rows: self.cols, cols: self.rows, row_step: self.col_step, col_step: self.row_step, ..self }
    }

    /// `rows` rows and `cols` columns from (`row`, `col`) on.
    pub fn block(self, row: usize, col: usize, rows: usize, cols: usize) -> Self {
        assert!(row + rows <= self.rows && col + cols <= self.cols, "the block is outside the matrix");
        let start = row * self.row_step + col * self.col_step;
        Self { data: self.data.get(start..).unwrap_or_default(), rows, cols, ..self }
    }

    #[inline]
    pub fn at(&self, row: usize, col: usize) -> T {
        self.data[row * self.row_step + col * self.col_step]
    }
}

/// A matrix to write: rows of `cols` elements, `stride` apart.
#[derive(Debug)]
pub struct ViewMut<'a, T> {
    pub data: &'a mut [T],
    pub rows: usize,
    pub cols: usize,
    pub stride: usize,
}

impl<'a, T> ViewMut<'a, T> {
    /// Row-major and without gaps.
    ///
    /// # Panics
    /// When `data` is shorter than `rows * cols`.
    pub fn new(data: &'a mut [T], rows: usize, cols: usize) -> Self {
        Self { data: &mut data[..rows * cols], rows, cols, stride: cols }
    }

    /// `rows` rows and `cols` columns from (`row`, `col`) on.
    pub fn block(&mut self, row: usize, col: usize, rows: usize, cols: usize) -> ViewMut<'_, T> {
        assert!(row + rows <= self.rows && col + cols <= self.cols, "the block is outside the matrix");
        let stride = self.stride;
        let data = self.data.get_mut(row * stride + col..).unwrap_or_default();
        ViewMut { data, rows, cols, stride }
    }
}
