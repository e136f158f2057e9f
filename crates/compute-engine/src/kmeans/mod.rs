//! Lloyd's algorithm (IEEE Trans. Information Theory 28, 1982) from k-means++ seeds (Arthur and Vassilvitskii, SODA 2007), the same for
//! a seed on every implementation: js/src/services/compute/engine.ts has the rules.

mod assign;
mod random;

use std::sync::Arc;

use columnar::{Result, alloc};

use crate::job::Job;
use crate::lanes::Real;
use crate::share::Team;
use assign::{ITEM, Target, square, squares};
use random::Random;

/// Points whose sums are taken before they join the others'.
const BLOCK: usize = 4096;
/// Multiplications of a step.
const STEP: usize = 1 << 25;

pub struct Points<T> {
    x: Arc<Vec<T>>,
    n: usize,
    d: usize,
    lengths: Vec<f64>,
}

/// Clusters n points of d values into k.
///
/// ```
/// use compute_engine::{job, kmeans::KMeans, share::Team};
/// let job = KMeans::new(vec![0.0f64, 1.0, 10.0, 11.0].into(), 4, 1, 2, 100, 1e-4, 7)?;
/// let made = job::finish(job, &Team::default())?;
/// assert_eq!((made.iterations(), made.inertia()), (1, 1.0));
/// assert!(made.labels()[0] == made.labels()[1] && made.labels()[1] != made.labels()[2]);
/// # Ok::<(), columnar::Error>(())
/// ```
pub struct KMeans<T> {
    points: Points<T>,
    k: usize,
    most: usize,
    slack: f64,
    random: Random,
    centroids: Vec<f64>,
    labels: Vec<u32>,
    /// Squared distances to the nearest seed, or to the own centroid.
    near: Vec<f64>,
    iterations: usize,
    inertia: f64,
    phase: Phase,
}

enum Phase {
    Seed { count: usize, at: usize, row: usize },
    Assign { row: usize, changed: bool, last: bool },
    Means,
    Over,
}

impl<T: Real> KMeans<T> {
    /// # Errors
    /// OUT_OF_MEMORY
    ///
    /// # Panics
    /// Where the length is not n d, or k is not from 1 to n.
    pub fn new(x: Arc<Vec<T>>, n: usize, d: usize, k: usize, most: usize, tolerance: f64, seed: u32) -> Result<Self> {
        assert!(x.len() == n * d && k >= 1 && k <= n, "points that do not fit");
        let mut lengths = alloc::room(n)?;
        lengths.extend((0..n).map(|i| x[i * d..(i + 1) * d].iter().map(|x| x.f64() * x.f64()).sum::<f64>().sqrt()));
        let points = Points { x, n, d, lengths };
        let slack = if tolerance == 0.0 { 0.0 } else { tolerance * mean_variance(&points)? };
        let mut random = Random::new(seed);
        let at = (random.next() * n as f64) as usize;
        let mut centroids = alloc::room(k * d)?;
        centroids.extend(points.x[at * d..(at + 1) * d].iter().map(|x| x.f64()));
        let phase = Phase::Seed { count: 1, at, row: 0 };
        let (labels, near) = (alloc::filled(n, k as u32)?, alloc::filled(n, f64::INFINITY)?);
        Ok(Self { points, k, most, slack, random, centroids, labels, near, iterations: 0, inertia: 0.0, phase })
    }

    /// k x d
    pub fn centroids(&self) -> &[f64] {
        &self.centroids
    }
    pub fn labels(&self) -> &[u32] {
        &self.labels
    }
    /// The sum of the squared distances of all points to their centroids.
    pub fn inertia(&self) -> f64 {
        self.inertia
    }
    pub fn iterations(&self) -> usize {
        self.iterations
    }

    /// Points of a step, by the work that each is.
    fn rows(&self, each: usize) -> usize {
        (STEP / (each * self.points.d.max(1))).next_multiple_of(ITEM).max(ITEM)
    }

    /// Distances to one more seed, and that seed once they are known.
    fn seed(&mut self, team: &Team, count: usize, at: usize, row: usize) -> Result<Phase> {
        let Points { x, n, d, .. } = &self.points;
        let (n, d) = (*n, *d);
        if count == self.k {
            return Ok(Phase::Assign { row: 0, changed: false, last: false });
        }
        let last = n.min(row + self.rows(1));
        let seed = &self.centroids[(count - 1) * d..count * d];
        let mut seats = alloc::filled(team.size(), [0.0; ITEM])?;
        team.share(self.near[row..last].chunks_mut(ITEM).enumerate(), &mut seats, |(item, near), made| {
            let start = row + item * ITEM;
            let made = &mut made[..near.len()];
            squares(&x[start * d..(start + near.len()) * d], d, seed, made);
            near.iter_mut().zip(made).for_each(|(near, made)| *near = if *made < *near { *made } else { *near });
        });
        if last < n {
            return Ok(Phase::Seed { count, at, row: last });
        }
        // A seed is told by its distance to itself, unless all that are left are equal to seeds.
        let sum = self.near.iter().sum::<f64>();
        let at = if sum > 0.0 {
            let limit = self.random.next() * sum;
            pick(&self.near, limit)
        } else {
            self.first_that_is_no_seed(count)?
        };
        self.labels[at] = count as u32;
        self.centroids.extend(x[at * d..(at + 1) * d].iter().map(|x| x.f64()));
        Ok(Phase::Seed { count: count + 1, at, row: 0 })
    }

    fn first_that_is_no_seed(&self, count: usize) -> Result<usize> {
        Ok(self.labels.iter().position(|&label| label as usize >= self.k).unwrap_or(count))
    }

    /// Exact distances to the own centroids.
    fn measure(&mut self, team: &Team) -> Result<()> {
        let Points { x, d, .. } = &self.points;
        let (d, centroids) = (*d, &self.centroids);
        let mut seats = alloc::filled(team.size(), ())?;
        let items = self.near.chunks_mut(ITEM).zip(self.labels.chunks(ITEM)).enumerate();
        team.share(items, &mut seats, |(item, (near, labels)), ()| {
            for ((i, near), &label) in (item * ITEM..).zip(near).zip(labels) {
                *near = square(&x[i * d..(i + 1) * d], &centroids[label as usize * d..(label as usize + 1) * d]);
            }
        });
        Ok(())
    }

    /// The means of the clusters. One that is empty takes the point that lies farthest from its own centroid, the first of equals, out of
    /// a cluster that has others.
    fn means(&mut self, team: &Team) -> Result<Vec<f64>> {
        let (k, d) = (self.k, self.points.d);
        let mut counts = alloc::filled(k, 0u32)?;
        self.labels.iter().for_each(|&label| counts[label as usize] += 1);
        if counts.contains(&0) {
            self.measure(team)?;
            for c in 0..k {
                if counts[c] > 0 {
                    continue;
                }
                let others = (0..self.points.n).filter(|&i| counts[self.labels[i] as usize] > 1);
                let far = others.fold(None, |far: Option<usize>, i| match far {
                    Some(far) if self.near[i] <= self.near[far] => Some(far),
                    _ => Some(i),
                });
                let Some(far) = far else { break };
                counts[self.labels[far] as usize] -= 1;
                self.labels[far] = c as u32;
                counts[c] = 1;
                self.near[far] = 0.0;
            }
        }
        let mut total = alloc::filled(k * d, 0.0)?;
        // A few blocks at a time, so that their sums stay small.
        let at_once = 2 * team.size();
        let mut sums = alloc::filled(at_once * k * d, 0.0)?;
        let mut seats = alloc::filled(team.size(), ())?;
        let x = &self.points.x;
        let blocks = self.labels.chunks(BLOCK).zip(x.chunks((BLOCK * d).max(1)));
        let mut groups = blocks.peekable();
        while groups.peek().is_some() {
            let mut used = 0;
            let items: Vec<_> = groups.by_ref().take(at_once).inspect(|_| used += 1).collect();
            team.share(items.into_iter().zip(sums.chunks_exact_mut((k * d).max(1))), &mut seats, |((labels, x), sums), ()| {
                sums.fill(0.0);
                for (&label, x) in labels.iter().zip(x.chunks_exact(d.max(1))) {
                    let sum = &mut sums[label as usize * d..(label as usize + 1) * d];
                    sum.iter_mut().zip(x).for_each(|(sum, x)| *sum += x.f64());
                }
            });
            for sums in sums.chunks_exact((k * d).max(1)).take(used) {
                total.iter_mut().zip(sums).for_each(|(total, sum)| *total += sum);
            }
        }
        for (mean, count) in total.chunks_exact_mut(d.max(1)).zip(counts) {
            let weight = 1.0 / f64::from(count);
            mean.iter_mut().for_each(|x| *x *= weight);
        }
        Ok(total)
    }
}

impl<T: Real> Job for KMeans<T> {
    fn step(&mut self, team: &Team) -> Result<bool> {
        self.phase = match self.phase {
            Phase::Seed { count, at, row } => {
                if count == 1 && row == 0 {
                    self.labels[at] = 0;
                }
                let phase = self.seed(team, count, at, row)?;
                if matches!(phase, Phase::Assign { .. }) {
                    self.labels.fill(self.k as u32);
                }
                phase
            }
            Phase::Assign { row, changed, last } => {
                let end = self.points.n.min(row + self.rows(self.k));
                let target = Target::new(&self.centroids, self.k, self.points.d)?;
                let changed = target.assign(team, &self.points, row, &mut self.labels[row..end])? || changed;
                if end < self.points.n {
                    Phase::Assign { row: end, changed, last }
                } else if last || !changed || self.iterations == self.most {
                    self.measure(team)?;
                    self.inertia = self.near.iter().sum();
                    Phase::Over
                } else {
                    Phase::Means
                }
            }
            Phase::Means => {
                let next = self.means(team)?;
                self.iterations += 1;
                let moved: f64 = next.iter().zip(&self.centroids).map(|(a, b)| (a - b) * (a - b)).sum();
                self.centroids = next;
                Phase::Assign { row: 0, changed: false, last: moved <= self.slack }
            }
            Phase::Over => Phase::Over,
        };
        Ok(matches!(self.phase, Phase::Over))
    }

    fn progress(&self) -> (usize, usize) {
        (if matches!(self.phase, Phase::Over) { self.most } else { self.iterations.min(self.most.saturating_sub(1)) }, self.most)
    }
}

/// The first point at which the running sum is above `limit`; rounding may leave none, then the last that has any distance.
fn pick(near: &[f64], limit: f64) -> usize {
    let (mut sum, mut last) = (0.0, 0);
    for (i, &near) in near.iter().enumerate() {
        if near != 0.0 {
            sum += near;
            last = i;
            if sum > limit {
                break;
            }
        }
    }
    last
}

/// Over the columns.
fn mean_variance<T: Real>(points: &Points<T>) -> Result<f64> {
    let (n, d) = (points.n as f64, points.d);
    let mut means = alloc::filled(d, 0.0)?;
    for row in points.x.chunks_exact(d.max(1)) {
        means.iter_mut().zip(row).for_each(|(mean, x)| *mean += x.f64());
    }
    means.iter_mut().for_each(|mean| *mean /= n);
    let mut squares = alloc::filled(d, 0.0)?;
    for row in points.x.chunks_exact(d.max(1)) {
        for ((square, x), mean) in squares.iter_mut().zip(row).zip(&means) {
            let d = x.f64() - mean;
            *square += d * d;
        }
    }
    Ok(if d == 0 { 0.0 } else { squares.iter().map(|square| square / n).sum::<f64>() / d as f64 })
}
