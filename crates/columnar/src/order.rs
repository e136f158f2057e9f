//! Sorting by a comparison that is called, so that it is compiled once for all that is sorted seldom.

use core::cmp::Ordering;

/// Sorts `rows` by comparing, which no two of them may be equal in.
#[inline(never)]
pub fn sort_rows(rows: &mut [u32], order: &dyn Fn(u32, u32) -> Ordering) {
    rows.sort_unstable_by(|a, b| order(*a, *b));
}

/// `values` in ascending order, equal ones as they were. For lists of what somebody wrote, not of rows.
pub fn sorted<T: Clone>(values: &[T], order: impl Fn(&T, &T) -> Ordering) -> Vec<T> {
    let mut places: Vec<u32> = (0..values.len() as u32).collect();
    sort_rows(&mut places, &|a, b| order(&values[a as usize], &values[b as usize]).then(a.cmp(&b)));
    places.iter().map(|&place| values[place as usize].clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::sorted;

    #[test]
    fn equal_values_stay_as_they_were() {
        let sorted = sorted(&[(2, 'a'), (1, 'b'), (2, 'c'), (1, 'd'), (0, 'e')], |a, b| a.0.cmp(&b.0));
        assert_eq!(sorted, [(0, 'e'), (1, 'b'), (1, 'd'), (2, 'a'), (2, 'c')]);
    }
}
