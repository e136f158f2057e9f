//! Plane rotations of the rows of a matrix, kept back until there are many and then done strip by strip, each in the first-level cache
//! (Van Zee, van de Geijn and Quintana-Ortí, Restructuring the Tridiagonal and Bidiagonal QR Algorithms, ACM TOMS 40(3), 2014).

use columnar::{Result, alloc};

use crate::share::Team;

const WIDE: usize = 8;

#[derive(Clone, Copy)]
struct Turn {
    a: u32,
    b: u32,
    c: f64,
    s: f64,
}

/// A matrix of `rows` rows, in strips of eight columns.
pub struct Turned {
    strips: Vec<[f64; WIDE]>,
    rows: usize,
    cols: usize,
    pending: Vec<Turn>,
    most: usize,
}

impl Turned {
    /// The transpose of `q`, cols x rows.
    ///
    /// # Errors
    /// OUT_OF_MEMORY
    pub fn transposed(q: &[f64], rows: usize, cols: usize) -> Result<Self> {
        let mut strips = alloc::filled(rows * cols.div_ceil(WIDE), [0.0; WIDE])?;
        for (strip, lines) in strips.chunks_exact_mut(rows.max(1)).zip(q.chunks(rows.max(1) * WIDE)) {
            for (lane, line) in lines.chunks_exact(rows).enumerate() {
                strip.iter_mut().zip(line).for_each(|(to, &from)| to[lane] = from);
            }
        }
        let most = 32 * rows.max(32);
        Ok(Self { strips, rows, cols, pending: alloc::room(most)?, most })
    }

    /// Rows a and b (x, y) become (c x + s y, c y - s x).
    #[inline]
    pub fn turn(&mut self, team: &Team, a: usize, b: usize, c: f64, s: f64) {
        self.pending.push(Turn { a: a as u32, b: b as u32, c, s });
        if self.pending.len() == self.most {
            self.flush(team);
        }
    }

    pub fn flush(&mut self, team: &Team) {
        let pending = &self.pending;
        let team = team.worth(pending.len().saturating_mul(4 * self.cols));
        let mut seats = vec![(); team.size()];
        team.share(self.strips.chunks_exact_mut(self.rows.max(1)), &mut seats, |strip, ()| {
            for &Turn { a, b, c, s } in pending {
                let (x, y) = (strip[a as usize], strip[b as usize]);
                strip[a as usize] = core::array::from_fn(|lane| c * x[lane] + s * y[lane]);
                strip[b as usize] = core::array::from_fn(|lane| c * y[lane] - s * x[lane]);
            }
        });
        self.pending.clear();
    }

    /// Row after row, in this order, each of them times 1 or -1.
    ///
    /// # Errors
    /// OUT_OF_MEMORY
    pub fn into_rows(self, order: &[(usize, f64)]) -> Result<Vec<f64>> {
        let mut made = alloc::filled(order.len() * self.cols, 0.0)?;
        for (row, &(from, sign)) in made.chunks_exact_mut(self.cols.max(1)).zip(order) {
            for (piece, strip) in row.chunks_mut(WIDE).zip(self.strips.chunks_exact(self.rows)) {
                piece.iter_mut().zip(strip[from]).for_each(|(to, value)| *to = sign * value);
            }
        }
        Ok(made)
    }

    /// Whether the entry of largest magnitude of a row, the first of equals, is negative.
    pub fn points_down(&self, row: usize) -> bool {
        super::vector::points_down(self.strips.chunks_exact(self.rows).flat_map(|strip| strip[row]).take(self.cols))
    }
}
