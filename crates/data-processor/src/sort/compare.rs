//! Two rows by fields, for runs too short for a radix sort.

use core::cmp::Ordering;

use super::fields::Field;

/// The order of two rows in `fields`; equal ones by their numbers, which keeps the sort stable.
pub(super) fn rows(fields: &[Field], a: u32, b: u32) -> Ordering {
    for field in fields {
        let (a, b) = (a as usize, b as usize);
        let order = match field {
            Field::Null(valid) => valid.get(b).cmp(&valid.get(a)),
            Field::Number(number) => number.at(a).cmp(&number.at(b)),
            Field::Text { texts, descending } => {
                let order = texts.get(a).cmp(texts.get(b));
                if *descending { order.reverse() } else { order }
            }
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    a.cmp(&b)
}
