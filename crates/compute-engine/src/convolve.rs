//! Direct convolution in two dimensions: a row of the result in pieces that stay in registers while all taps are added.

use columnar::{Result, alloc};

use crate::job::Job;
use crate::lanes::Real;
use crate::share::Team;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Only where the kernel lies inside the image.
    Valid,
    /// The image's shape; the kernel's middle, the later one of two, lies on the element.
    Same,
    /// Every overlap.
    Full,
}

impl Mode {
    /// Zeros before the image, and in all.
    fn around(self, size: usize) -> (usize, usize) {
        match self {
            Self::Valid => (0, 0),
            Self::Same => (size / 2, size - 1),
            Self::Full => (size - 1, 2 * (size - 1)),
        }
    }
}

/// Values of a piece: four vectors of f32, eight of f64.
const PIECE: usize = 16;
/// Multiplications of a step.
const STEP: usize = 1 << 25;

/// Of an image with a kernel that is laid on as it is. Outside the image there are zeros.
pub struct Convolve<T> {
    image: Vec<T>,
    width: usize,
    taps: Vec<T>,
    kernel: (usize, usize),
    out: Vec<T>,
    shape: (usize, usize),
    at: usize,
}

impl<T: Real> Convolve<T> {
    /// `flip`: the kernel is turned by half a turn first, as the mathematical convolution does. Shapes are (rows, columns); the kernel
    /// has at least one of each.
    ///
    /// # Errors
    /// OUT_OF_MEMORY
    pub fn new(image: &[T], shape: (usize, usize), kernel: &[T], of: (usize, usize), mode: Mode, flip: bool) -> Result<Self> {
        let mut taps = alloc::copied(kernel)?;
        if flip {
            taps.reverse();
        }
        let ((top, tall), (left, wide)) = (mode.around(of.0), mode.around(of.1));
        let (height, width) = (shape.0 + tall, shape.1 + wide);
        // A piece may read past the end of the last row.
        let size = height.checked_mul(width).and_then(|size| size.checked_add(PIECE)).ok_or_else(columnar::Error::out_of_memory)?;
        let mut padded = alloc::filled(size, T::default())?;
        for (i, row) in image.chunks_exact(shape.1.max(1)).enumerate() {
            let at = (top + i) * width + left;
            padded[at..at + shape.1].copy_from_slice(row);
        }
        let shape = ((height + 1).saturating_sub(of.0), (width + 1).saturating_sub(of.1));
        let out = alloc::filled(shape.0 * shape.1, T::default())?;
        Ok(Self { image: padded, width, taps, kernel: of, out, shape, at: 0 })
    }

    /// Values, rows and columns.
    pub fn into_parts(self) -> (Vec<T>, usize, usize) {
        (self.out, self.shape.0, self.shape.1)
    }
}

impl<T: Real> Job for Convolve<T> {
    fn step(&mut self, team: &Team) -> Result<bool> {
        let ((rows, cols), first) = (self.shape, self.at);
        if self.out.is_empty() {
            return Ok(true);
        }
        let last = rows.min(first + (STEP / (cols * self.taps.len())).max(1));
        let mut seats = alloc::filled(team.size(), ())?;
        let (image, taps, kernel, width) = (&self.image, &self.taps, self.kernel, self.width);
        let lines = self.out.chunks_exact_mut(cols).enumerate().skip(first).take(last - first);
        team.share(lines, &mut seats, |(i, out), ()| {
            for (piece, out) in out.chunks_mut(PIECE).enumerate() {
                let mut sums = [T::default(); PIECE];
                for (r, taps) in taps.chunks_exact(kernel.1).enumerate() {
                    let from = &image[(i + r) * width + piece * PIECE..];
                    for (window, &tap) in from.windows(PIECE).zip(taps) {
                        if let Some(window) = window.first_chunk::<PIECE>() {
                            for lane in 0..PIECE {
                                sums[lane] += window[lane] * tap;
                            }
                        }
                    }
                }
                let len = out.len();
                out.copy_from_slice(&sums[..len]);
            }
        });
        self.at = last;
        Ok(last == rows)
    }

    fn progress(&self) -> (usize, usize) {
        (self.at, self.shape.0)
    }
}
