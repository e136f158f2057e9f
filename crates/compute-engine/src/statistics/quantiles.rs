//! Quantiles by selection: the top bits of the values say in which bucket a rank lies, and only the buckets asked for are sorted.

use columnar::{Result, alloc};

use crate::numbers::{BLOCK, Numbers};
use crate::sort::Sortable;

const BUCKETS: usize = 1 << 16;

/// A bucket that holds a rank.
struct Bucket {
    before: usize,
    values: Vec<f64>,
}

/// The quantiles `asked` for (0 to 1) of the `count` values that are not NaN, linear between ranks.
///
/// # Errors
/// OUT_OF_MEMORY
pub fn quantiles(values: &Numbers, asked: &[f64], count: usize) -> Result<Vec<f64>> {
    if asked.is_empty() || count == 0 {
        return alloc::filled(asked.len(), f64::NAN);
    }
    let ranks = asked.iter().map(|q| {
        let at = q * (count - 1) as f64;
        let low = at as usize;
        (low, count.min(low + 2) - 1, at - low as f64)
    });
    let mut wanted = alloc::room(2 * asked.len())?;
    ranks.clone().for_each(|(low, high, _)| wanted.extend([low, high]));
    wanted.sort_unstable();
    wanted.dedup();

    let mut counts = alloc::filled(BUCKETS, 0u32)?;
    each(values, |value| counts[bucket_of(value)] += 1);
    let mut place = alloc::filled(BUCKETS, u32::MAX)?;
    let mut buckets: Vec<Bucket> = alloc::room(wanted.len())?;
    let (mut bucket, mut before) = (0, 0);
    for &rank in &wanted {
        while before + counts[bucket] as usize <= rank {
            before += counts[bucket] as usize;
            bucket += 1;
        }
        if place[bucket] == u32::MAX {
            place[bucket] = buckets.len() as u32;
            buckets.push(Bucket { before, values: alloc::room(counts[bucket] as usize)? });
        }
    }
    each(values, |value| {
        if let Some(bucket) = buckets.get_mut(place[bucket_of(value)] as usize) {
            bucket.values.push(value);
        }
    });
    for bucket in &mut buckets {
        bucket.values.sort_unstable_by(f64::total_cmp);
    }
    let at_rank = |rank: usize| {
        let bucket = &buckets[buckets.partition_point(|bucket| bucket.before <= rank) - 1];
        bucket.values[rank - bucket.before]
    };
    let mut found = alloc::room(asked.len())?;
    found.extend(ranks.map(|(low, high, part)| {
        let (a, b) = (at_rank(low), at_rank(high));
        if part == 0.0 || a == b { a } else { a + (b - a) * part }
    }));
    Ok(found)
}

#[inline(always)]
fn bucket_of(value: f64) -> usize {
    (value.key(false) >> 48) as usize
}

fn each(values: &Numbers, mut take: impl FnMut(f64)) {
    let mut block = [0.0; BLOCK];
    for start in (0..values.len()).step_by(BLOCK) {
        let end = values.len().min(start + BLOCK);
        values.doubles(start, end, &mut block).iter().filter(|value| !value.is_nan()).for_each(|&value| take(value));
    }
}
