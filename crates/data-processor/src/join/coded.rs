//! The join of facts with what is known of a code: the key is one dictionary column, and its strings stand once on the right (any
//! number of times for semi and anti). Then a code is a right row, found once for each string of the dictionary, and rows need no
//! numbers at all.

use std::sync::Arc;

use columnar::{Bitmap, Codes, Data, Result, Table, alloc};

use super::index::Index;
use super::intern::NONE;
use super::{JoinHow, JoinPlan, keys};
use crate::filter::filter;
use crate::take::{take_coded, take_optional};

/// `None` where the tables are not of that kind.
pub(super) fn join(left: &Table, right: &Table, plan: &JoinPlan) -> Result<Option<Table>> {
    let (&[(l, r)], JoinHow::Inner | JoinHow::Left | JoinHow::Semi | JoinHow::Anti) = (&*plan.on, plan.how) else { return Ok(None) };
    let (key, other) = (&left.columns()[l], &right.columns()[r]);
    let (Data::Dict(codes, dictionary), Data::Dict(..) | Data::Utf8(_)) = (key.data(), other.data()) else { return Ok(None) };
    // A null row has a code all the same; where it stays, what comes along has to be null.
    let hides_nulls = plan.how == JoinHow::Left && key.validity().is_some();
    if hides_nulls || dictionary.len() > left.rows() {
        return Ok(None);
    }
    let found = keys::of_dictionary(dictionary, other)?;
    if matches!(plan.how, JoinHow::Semi | JoinHow::Anti) {
        let mut there = alloc::filled(found.count, false)?;
        found.right.iter().filter(|key| **key != NONE).for_each(|&key| there[key as usize] = true);
        let is = |key: u32| there.get(key as usize).copied().unwrap_or(false);
        let matched = matched(codes, key.validity(), found.left.iter().map(|&key| is(key)), dictionary.len())?;
        return filter(left, &if plan.how == JoinHow::Semi { matched } else { matched.not()? }).map(Some);
    }
    let Index::One(rows) = Index::new(&found.right, found.count)? else { return Ok(None) };
    let mut target = alloc::room(dictionary.len())?;
    target.extend(found.left.iter().map(|&key| rows.get(key as usize).copied().unwrap_or(NONE)));

    let kept = match plan.how {
        JoinHow::Inner if target.contains(&NONE) || key.validity().is_some() => {
            filter(left, &matched(codes, key.validity(), target.iter().map(|&row| row != NONE), target.len())?)?
        }
        _ => left.clone(),
    };
    let Data::Dict(codes, _) = kept.columns()[l].data() else { return Ok(None) };
    let mut columns: Vec<_> = kept.names().iter().cloned().zip(kept.columns().iter().cloned()).collect();
    for (place, name) in &plan.right {
        let of_code = take_optional(&right.columns()[*place], &target)?;
        columns.push((name.as_str().into(), Arc::new(take_coded(&of_code, codes)?)));
    }
    Table::new(kept.rows(), columns).map(Some)
}

/// The rows that are not null and whose code is one of those that match.
fn matched(codes: &Codes, valid: Option<&Bitmap>, of_codes: impl Iterator<Item = bool>, count: usize) -> Result<Bitmap> {
    let mut there = alloc::room(count)?;
    there.extend(of_codes);
    let is = |code: u32| there.get(code as usize).copied().unwrap_or(false);
    let bits = match codes {
        Codes::U8(codes) => Bitmap::from_fn(codes.len(), |row| is(codes[row].into())),
        Codes::U16(codes) => Bitmap::from_fn(codes.len(), |row| is(codes[row].into())),
        Codes::U32(codes) => Bitmap::from_fn(codes.len(), |row| is(codes[row])),
    }?;
    match valid {
        Some(valid) => bits.and(valid),
        None => Ok(bits),
    }
}
