//! Correlation of whole numbers of small ranges: every sum exact, in one pass.

use columnar::{Bitmap, Result, alloc};

use super::fold::{Fold, fold, fold_seldom};
use super::grouping::Grouping;
use super::parts::range;

/// x, y, xx, yy, xy and how many; eight wide for vectors.
type Sums<T> = [T; 8];

macro_rules! exact {
    ($name:ident, $word:ty) => {
        struct $name;

        impl Fold for $name {
            type Value = (u32, u32);
            type State = Sums<$word>;

            #[inline(always)]
            fn step(&self, mut state: Sums<$word>, (x, y): (u32, u32)) -> Sums<$word> {
                let (x, y) = (<$word>::from(x), <$word>::from(y));
                let values = [x, y, x * x, y * y, x * y, 1, 0, 0];
                for (sum, value) in state.iter_mut().zip(values) {
                    *sum += value;
                }
                state
            }

            fn merge(&self, mut a: Sums<$word>, b: Sums<$word>) -> Sums<$word> {
                a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
                a
            }

            fn fresh(&self, _: Sums<$word>) -> Sums<$word> {
                [0; 8]
            }
        }
    };
}

exact!(Short, u32);
exact!(Long, u64);

/// By group; `None` where a sum of squares could pass 64 bits.
pub(super) fn whole_correlation(
    grouping: &Grouping<'_>,
    a: &[i32],
    b: &[i32],
    validity: Option<&Bitmap>,
) -> Result<Option<Vec<Option<f64>>>> {
    let ((least_a, most_a), (least_b, most_b)) = (range(a, validity), range(b, validity));
    let width = u128::from(most_a.abs_diff(least_a).max(most_b.abs_diff(least_b)).max(1));
    let most = width * width * a.len() as u128;
    if most > u128::from(u64::MAX) {
        return Ok(None);
    }
    let mut pairs = alloc::room(a.len())?;
    // Differences from the least: correlation does not know where 0 is.
    let less = |value: i32, least: i32| value.wrapping_sub(least).cast_unsigned();
    pairs.extend(a.iter().zip(b).map(|(&a, &b)| (less(a, least_a), less(b, least_b))));
    let (slots, spaces) = (grouping.slots(), grouping.spaces);
    let found = if most <= u128::from(u32::MAX) {
        let sums = fold(&Short, slots, alloc::filled(spaces, [0; 8])?, &pairs, validity)?;
        grouping.pick(&sums, |sums| correlation(sums.map(u64::from)))?
    } else {
        let sums = fold_seldom(&Long, slots, alloc::filled(spaces, [0; 8])?, &pairs, validity);
        grouping.pick(&sums, correlation)?
    };
    Ok(Some(found))
}

fn correlation(sums: Sums<u64>) -> Option<f64> {
    let [x, y, xx, yy, xy, n, _, _] = sums.map(i128::from);
    let (a, b) = ((n * xx - x * x) as f64, (n * yy - y * y) as f64);
    (n > 1).then(|| ((n * xy - x * y) as f64 / (a.sqrt() * b.sqrt())).clamp(-1.0, 1.0))
}
