//! What operations need to know of a whole column.

use columnar::{Bitmap, Column};

use super::source::{BLOCK, Numbers};
use crate::powers::{in_range, scale_of};

/// Chains of additions that do not wait for each other, two to a vector.
const LANES: usize = 8;

/// Calls `step` with lists of numbers; a filler stands for null rows and past the end.
fn each_chunk(values: &[f64], valid: Option<&[u64]>, filler: f64, mut step: impl FnMut(&[f64; LANES])) {
    let Some(valid) = valid else {
        let (chunks, rest) = values.as_chunks::<LANES>();
        chunks.iter().for_each(&mut step);
        let mut last = [filler; LANES];
        last.iter_mut().zip(rest).for_each(|(to, &value)| *to = value);
        return step(&last);
    };
    for (&word, rows) in valid.iter().zip(values.chunks(64)) {
        for (i, chunk) in rows.chunks(LANES).enumerate() {
            let bits = word >> (i * LANES);
            let mut list = [filler; LANES];
            for (lane, (to, &value)) in list.iter_mut().zip(chunk).enumerate() {
                *to = if bits >> lane & 1 == 1 { value } else { filler };
            }
            step(&list);
        }
    }
}

/// The words of a block's bits, and how many values it has.
fn words_of(column: &Column, block: usize, rows: usize) -> (Option<&[u64]>, usize) {
    let Some(words) = column.validity().map(Bitmap::words) else { return (None, rows) };
    let from = block * (BLOCK / 64);
    let words = &words[from..words.len().min(from + BLOCK / 64)];
    (Some(words), words.iter().map(|word| word.count_ones() as usize).sum())
}

/// The least and greatest number; NaN is neither.
pub(super) fn bounds(column: &Column, numbers: Numbers<'_>) -> (f64, f64) {
    let less = |a: f64, b: f64| if b < a { b } else { a };
    let more = |a: f64, b: f64| if b > a { b } else { a };
    let (mut min, mut max) = ([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES]);
    let mut place = 0;
    numbers.blocks(|block| {
        each_chunk(block, words_of(column, place, block.len()).0, f64::NAN, |chunk| {
            for lane in 0..LANES {
                min[lane] = less(min[lane], chunk[lane]);
                max[lane] = more(max[lane], chunk[lane]);
            }
        });
        place += 1;
    });
    (min.into_iter().fold(f64::INFINITY, less), max.into_iter().fold(f64::NEG_INFINITY, more))
}

/// Mean and standard deviation of the sample, both of numbers times `scale`: a power of two, so that squares stay within the doubles.
#[derive(Clone, Copy)]
pub(super) struct Moments {
    pub mean: f64,
    /// 0 of fewer than two numbers, and of numbers that are all the same.
    pub deviation: f64,
    pub scale: f64,
}

pub(super) fn moments(column: &Column, numbers: Numbers<'_>) -> Moments {
    let (mean, deviation) = scaled(column, numbers, 1.0);
    if in_range(deviation * deviation) && deviation > mean.abs() * 1e-7 {
        return Moments { mean, deviation, scale: 1.0 };
    }
    let (min, max) = bounds(column, numbers);
    // Of numbers that are all the same, rounding may leave a deviation.
    if min == max && !deviation.is_nan() {
        return Moments { mean, deviation: 0.0, scale: 1.0 };
    }
    let scale = scale_of(min.abs().max(max.abs()));
    let (mean, deviation) = if scale == 1.0 { (mean, deviation) } else { scaled(column, numbers, scale) };
    Moments { mean, deviation, scale }
}

/// Of numbers times `scale`.
fn scaled(column: &Column, numbers: Numbers<'_>, scale: f64) -> (f64, f64) {
    let (mut count, mut mean, mut spread) = (0.0, 0.0, 0.0);
    let mut place = 0;
    let mut times = [0.0; BLOCK];
    numbers.blocks(|block| {
        let (words, more) = words_of(column, place, block.len());
        place += 1;
        if more == 0 {
            return;
        }
        let block = if scale == 1.0 {
            block
        } else {
            times.iter_mut().zip(block).for_each(|(to, &value)| *to = value * scale);
            &times[..block.len()]
        };
        // One block's moments joined to those before (Chan, Golub, LeVeque).
        let more = more as f64;
        let (its_mean, its_spread) = of_block(block, words, more);
        let (off, all) = (its_mean - mean, count + more);
        mean += off * (more / all);
        spread += its_spread + off * off * (count * (more / all));
        count = all;
    });
    if count < 2.0 { (mean, 0.0) } else { (mean, (spread / (count - 1.0)).sqrt()) }
}

/// The mean, and the sum of the squared ways off it, in two passes; the second corrects the mean's rounding.
fn of_block(values: &[f64], valid: Option<&[u64]>, count: f64) -> (f64, f64) {
    let mut sums = [0.0; LANES];
    each_chunk(values, valid, 0.0, |chunk| {
        for lane in 0..LANES {
            sums[lane] += chunk[lane];
        }
    });
    let mean = sums.iter().sum::<f64>() / count;
    let (mut first, mut second) = ([0.0; LANES], [0.0; LANES]);
    // A filler is no way off the mean.
    each_chunk(values, valid, mean, |chunk| {
        for lane in 0..LANES {
            let off = chunk[lane] - mean;
            first[lane] += off;
            second[lane] += off * off;
        }
    });
    let (first, second): (f64, f64) = (first.iter().sum(), second.iter().sum());
    let spread = second - first * first / count;
    // NaN stays NaN.
    (mean + first / count, if spread < 0.0 { 0.0 } else { spread })
}
