//! Discrete Fourier transforms of any length.

mod batch;
mod roots;
mod smooth;

use columnar::{Result, alloc};

use crate::job::Job;
use crate::lanes::Real;
use crate::share::Team;
use roots::root;
use smooth::Smooth;

/// `X[k] = sum x[j] exp(-2 pi i j k / n)`, or the inverse with + and divided by n. Lengths with other primes than 2, 3 and 5 go by
/// Bluestein's chirp (IEEE Trans. Audio Electroacoustics 18, 1970), in f64.
///
/// ```
/// use compute_engine::{fourier::Fft, job, share::Team};
/// let fft = Fft::new(vec![1.0f64, 0.0, 0.0], vec![0.0; 3], false)?;
/// let (re, im) = job::finish(fft, &Team::default())?.into_parts();
/// assert!(re.iter().all(|x| (x - 1.0).abs() < 1e-15) && im.iter().all(|x| x.abs() < 1e-15));
/// # Ok::<(), columnar::Error>(())
/// ```
pub struct Fft<T: Real> {
    from: (Vec<T>, Vec<T>),
    to: (Vec<T>, Vec<T>),
    inverse: bool,
    way: Way<T>,
}

enum Way<T: Real> {
    Nothing,
    Smooth(Smooth<T>),
    Chirp(Box<Chirp>),
}

impl<T: Real> Fft<T> {
    /// # Errors
    /// OUT_OF_MEMORY
    ///
    /// # Panics
    /// Where the parts differ in length.
    pub fn new(re: Vec<T>, im: Vec<T>, inverse: bool) -> Result<Self> {
        let n = re.len();
        assert_eq!(n, im.len(), "parts of different length");
        let way = if n <= 1 {
            Way::Nothing
        } else if let Some(smooth) = Smooth::new(n)? {
            Way::Smooth(smooth)
        } else {
            Way::Chirp(Box::new(Chirp::new(n)?))
        };
        // The inverse is the transform with the parts exchanged, before and after.
        let from = if inverse { (im, re) } else { (re, im) };
        let zeros = || alloc::filled(n, T::default());
        Ok(Self { from, to: (zeros()?, zeros()?), inverse, way })
    }

    /// Real and imaginary parts, once it is done.
    pub fn into_parts(self) -> (Vec<T>, Vec<T>) {
        if self.inverse { (self.to.1, self.to.0) } else { self.to }
    }
}

impl<T: Real> Job for Fft<T> {
    fn step(&mut self, team: &Team) -> Result<bool> {
        let (from, to) = ((&self.from.0[..], &self.from.1[..]), (&mut self.to.0[..], &mut self.to.1[..]));
        let over = match &mut self.way {
            Way::Nothing => {
                to.0.copy_from_slice(from.0);
                to.1.copy_from_slice(from.1);
                true
            }
            Way::Smooth(smooth) => smooth.step(team, from, to)?,
            Way::Chirp(chirp) => chirp.step(team, from, to)?,
        };
        if over && self.inverse {
            let n = T::of(self.to.0.len() as f64);
            self.to.0.iter_mut().chain(&mut self.to.1).for_each(|x| *x /= n);
        }
        Ok(over)
    }

    fn progress(&self) -> (usize, usize) {
        match &self.way {
            Way::Nothing => (0, 1),
            Way::Smooth(smooth) => smooth.progress(),
            Way::Chirp(chirp) => chirp.progress(),
        }
    }
}

/// A transform as a convolution with a chirp, by transforms of a power of two.
struct Chirp {
    n: usize,
    long: usize,
    /// exp(-i pi k^2 / n)
    chirp: Vec<(f64, f64)>,
    stage: usize,
    fft: Smooth<f64>,
    x: (Vec<f64>, Vec<f64>),
    y: (Vec<f64>, Vec<f64>),
    /// The transform of the conjugate chirp.
    filter: (Vec<f64>, Vec<f64>),
}

impl Chirp {
    fn new(n: usize) -> Result<Self> {
        let long = (2 * n - 1).next_power_of_two();
        let mut chirp = alloc::room(n)?;
        let mut square = 0;
        chirp.extend((0..n).map(|k| {
            let made = root(square, 2 * n);
            // (k + 1)^2 = k^2 + 2 k + 1
            square = (square + 2 * k + 1) % (2 * n);
            made
        }));
        let zeros = || alloc::filled(long, 0.0);
        let mut x = (zeros()?, zeros()?);
        for (k, &(re, im)) in chirp.iter().enumerate() {
            for at in [k, (long - k) % long] {
                (x.0[at], x.1[at]) = (re, -im);
            }
        }
        Ok(Self { n, long, chirp, stage: 0, fft: Self::transform(long)?, x, y: (zeros()?, zeros()?), filter: (zeros()?, zeros()?) })
    }

    fn transform(long: usize) -> Result<Smooth<f64>> {
        Smooth::new(long)?.ok_or_else(|| columnar::Error::invalid("a power of two has no other prime"))
    }

    fn progress(&self) -> (usize, usize) {
        let (done, of) = self.fft.progress();
        (self.stage * of + done, 3 * of)
    }

    fn step<T: Real>(&mut self, team: &Team, from: (&[T], &[T]), to: (&mut [T], &mut [T])) -> Result<bool> {
        let into = if self.stage == 0 { &mut self.filter } else { &mut self.y };
        if !self.fft.step(team, (&self.x.0, &self.x.1), (&mut into.0, &mut into.1))? {
            return Ok(false);
        }
        self.stage += 1;
        if self.stage < 3 {
            self.fft = Self::transform(self.long)?;
        }
        let (re, im) = (&mut self.x.0, &mut self.x.1);
        match self.stage {
            1 => {
                re.fill(0.0);
                im.fill(0.0);
                for (k, &(c, s)) in self.chirp.iter().enumerate() {
                    let (a, b) = (from.0[k].f64(), from.1[k].f64());
                    (re[k], im[k]) = (a * c - b * s, a * s + b * c);
                }
            }
            2 => {
                // The parts exchanged: the next transform is the inverse.
                for k in 0..self.long {
                    let (a, b, c, s) = (self.y.0[k], self.y.1[k], self.filter.0[k], self.filter.1[k]);
                    (im[k], re[k]) = (a * c - b * s, a * s + b * c);
                }
            }
            _ => {
                let scale = 1.0 / self.long as f64;
                for (k, &(c, s)) in self.chirp.iter().enumerate().take(self.n) {
                    let (a, b) = (self.y.1[k] * scale, self.y.0[k] * scale);
                    (to.0[k], to.1[k]) = (T::of(a * c - b * s), T::of(a * s + b * c));
                }
            }
        }
        Ok(self.stage == 3)
    }
}
