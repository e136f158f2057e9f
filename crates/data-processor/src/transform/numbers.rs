//! Numbers in, numbers out: one pass over plain slices, so that the compiler makes vectors of it.

use columnar::{Bitmap, Column, ColumnType, Data, Result, alloc};

use super::source::Numbers;
use super::statistics::{Moments, bounds, moments};

/// The formulas are those of the JavaScript side, operation for operation, so that both give the same bits; `Standardize` alone is
/// held to the tolerance of docs/data-semantics.md.
#[derive(Clone, Debug, PartialEq)]
pub enum Numeric {
    /// `(x - min) / (max - min)`; 0 where all numbers are the same.
    Normalize,
    /// `(x - mean) / stddev` of the sample; 0 where that is 0 or of fewer than two.
    Standardize,
    /// `Math.round(x * 10 ** digits) / 10 ** digits`, and `x` itself where that has no such digits.
    Round {
        digits: i32,
    },
    Abs,
    Scale {
        factor: f64,
    },
    Clamp {
        min: Option<f64>,
        max: Option<f64>,
    },
    /// Numbers and booleans as numbers.
    ToNumber,
    FillNull {
        value: f64,
    },
    /// How many of the ascending edges are at most `x`; null of NaN.
    Bucket {
        edges: Vec<f64>,
    },
}

/// The result of type `kind`; `None` where this kernel has none of that type, which JavaScript then makes.
///
/// # Errors
/// OUT_OF_MEMORY.
pub fn numeric(op: &Numeric, column: &Column, kind: ColumnType) -> Result<Option<Column>> {
    let numbers = match column.data() {
        Data::F64(values) => Numbers::F64(values),
        Data::I32(values) => Numbers::I32(values),
        Data::I64(values) if column.kind() == ColumnType::I64 => Numbers::I64(values),
        Data::Bool(bits) if *op == Numeric::ToNumber => return of_bits(column, bits, kind),
        _ => return Ok(None),
    };
    match (kind, op, column.data()) {
        (ColumnType::F64, ..) => to_f64(op, column, numbers),
        (ColumnType::I32, Numeric::Bucket { edges }, _) => bucket(edges, column, numbers),
        (ColumnType::I32, _, Data::I32(values)) => to_i32(op, column, values),
        _ => Ok(None),
    }
}

fn with(column: &Column, kind: ColumnType, data: Data) -> Result<Option<Column>> {
    let validity = column.validity().map(|bits| bits.or(bits)).transpose()?;
    Ok(Some(Column::new(kind, data, validity)))
}

/// `f` of every row. Null rows are worked on too and set back to 0 afterwards: no branch in the loop.
fn mapped<U: Copy + Default>(column: &Column, numbers: Numbers<'_>, f: impl Fn(f64) -> U) -> Result<Vec<U>> {
    let mut list: Vec<U> = alloc::room(numbers.len())?;
    numbers.blocks(|block| list.extend(block.iter().map(|&value| f(value))));
    zero_nulls(column, &mut list);
    Ok(list)
}

/// As [`mapped`], of whole numbers.
fn mapped_whole(column: &Column, values: &[i32], f: impl Fn(i32) -> i32) -> Result<Vec<i32>> {
    let mut list = alloc::room(values.len())?;
    list.extend(values.iter().map(|&value| f(value)));
    zero_nulls(column, &mut list);
    Ok(list)
}

fn zero_nulls<U: Copy + Default>(column: &Column, list: &mut [U]) {
    fill_nulls(column, list, U::default());
}

fn fill_nulls<U: Copy>(column: &Column, list: &mut [U], value: U) {
    let Some(valid) = column.validity() else { return };
    for (word, rows) in valid.words().iter().zip(list.chunks_mut(64)) {
        let mut nulls = !word;
        while let Some(row) = rows.get_mut(nulls.trailing_zeros() as usize) {
            *row = value;
            nulls &= nulls - 1;
        }
    }
}

fn to_f64(op: &Numeric, column: &Column, values: Numbers<'_>) -> Result<Option<Column>> {
    let list = match *op {
        Numeric::Normalize => {
            let (min, max) = bounds(column, values);
            let range = max - min;
            // Infinite bounds that are the same leave no number.
            if range.is_nan() || range <= 0.0 {
                mapped(column, values, |value| if value.is_nan() { f64::NAN } else { 0.0 })?
            } else if range < f64::INFINITY || min == f64::NEG_INFINITY || max == f64::INFINITY {
                mapped(column, values, |value| (value - min) / range)?
            } else {
                // The range of finite numbers may be past what a double holds; half of it is not.
                let low = min / 2.0;
                let half = max / 2.0 - low;
                mapped(column, values, |value| (value / 2.0 - low) / half)?
            }
        }
        Numeric::Standardize => {
            let Moments { mean, deviation, scale } = moments(column, values);
            if deviation == 0.0 {
                mapped(column, values, |_| 0.0)?
            } else {
                mapped(column, values, |value| (value * scale - mean) / deviation)?
            }
        }
        Numeric::Round { digits } => match power(digits.saturating_abs()) {
            Some(_) if digits == 0 => mapped(column, values, round)?,
            Some(power) if digits < 0 => mapped(column, values, |value| rounded(value, |value| value / power, |whole| whole * power))?,
            Some(power) => mapped(column, values, |value| rounded(value, |value| value * power, |whole| whole / power))?,
            None => return Ok(None),
        },
        Numeric::Abs => mapped(column, values, |value| value.abs())?,
        Numeric::Scale { factor } => mapped(column, values, |value| value * factor)?,
        Numeric::Clamp { min, max } => {
            let (min, max) = (min.unwrap_or(f64::NEG_INFINITY), max.unwrap_or(f64::INFINITY));
            mapped(column, values, |value| clamp(value, min, max))?
        }
        Numeric::ToNumber => mapped(column, values, |value| value)?,
        Numeric::FillNull { value } => {
            let mut list = mapped(column, values, |value| value)?;
            fill_nulls(column, &mut list, value);
            return Ok(Some(Column::f64(list)));
        }
        Numeric::Bucket { .. } => return Ok(None),
    };
    with(column, ColumnType::F64, Data::F64(list))
}

/// Results that are whole numbers of 32 bits for every row, or none.
fn to_i32(op: &Numeric, column: &Column, values: &[i32]) -> Result<Option<Column>> {
    let list = match *op {
        Numeric::Abs if !values.contains(&i32::MIN) => mapped_whole(column, values, i32::wrapping_abs)?,
        Numeric::Round { digits: 0.. } | Numeric::ToNumber => alloc::copied(values)?,
        Numeric::Clamp { min, max } => {
            let bound = |bound: Option<f64>, open: i32| match bound {
                None => Some(open),
                Some(bound) => whole(bound),
            };
            let (Some(min), Some(max)) = (bound(min, i32::MIN), bound(max, i32::MAX)) else { return Ok(None) };
            mapped_whole(column, values, |value| value.max(min).min(max))?
        }
        Numeric::FillNull { value } => match whole(value) {
            Some(value) => {
                let mut list = alloc::copied(values)?;
                fill_nulls(column, &mut list, value);
                return Ok(Some(Column::i32(list)));
            }
            None => return Ok(None),
        },
        _ => return Ok(None),
    };
    with(column, ColumnType::I32, Data::I32(list))
}

fn of_bits(column: &Column, bits: &Bitmap, kind: ColumnType) -> Result<Option<Column>> {
    let mut list = alloc::room(bits.len())?;
    list.extend((0..bits.len()).map(|row| i32::from(bits.get(row))));
    match kind {
        ColumnType::I32 => with(column, kind, Data::I32(list)),
        ColumnType::F64 => with(column, kind, Data::F64(mapped(column, Numbers::I32(&list), |value| value)?)),
        _ => Ok(None),
    }
}

fn whole(value: f64) -> Option<i32> {
    let whole = value as i32;
    (f64::from(whole) == value).then_some(whole)
}

fn bucket(edges: &[f64], column: &Column, numbers: Numbers<'_>) -> Result<Option<Column>> {
    /// Up to so many, comparing with every edge is faster than halving: there is no branch to guess.
    const FEW: usize = 16;
    let list = if edges.len() <= FEW {
        let mut list = alloc::room(numbers.len())?;
        numbers.blocks(|block| places(block, edges, &mut list));
        zero_nulls(column, &mut list);
        list
    } else {
        mapped(column, numbers, |value| edges.partition_point(|&edge| edge <= value) as i32)?
    };
    let Numbers::F64(values) = numbers else { return with(column, ColumnType::I32, Data::I32(list)) };
    if !values.iter().any(|value| value.is_nan()) {
        return with(column, ColumnType::I32, Data::I32(list));
    }
    let valid = Bitmap::from_fn(values.len(), |row| column.is_valid(row) && !values[row].is_nan())?;
    Ok(Some(Column::new(ColumnType::I32, Data::I32(list), Some(valid))))
}

/// How many edges are at most each number, some numbers at a time against one edge after the other.
fn places(values: &[f64], edges: &[f64], list: &mut Vec<i32>) {
    const LANES: usize = 8;
    let (chunks, rest) = values.as_chunks::<LANES>();
    for numbers in chunks {
        // As wide as the numbers, so that a comparison's mask is what is added.
        let mut counts = [0i64; LANES];
        for &edge in edges {
            for lane in 0..LANES {
                counts[lane] += i64::from(numbers[lane] >= edge);
            }
        }
        list.extend_from_slice(&counts.map(|count| count as i32));
    }
    list.extend(rest.iter().map(|&value| edges.iter().filter(|&&edge| value >= edge).count() as i32));
}

/// `10 ** digits` where that is exact.
fn power(digits: i32) -> Option<f64> {
    (0..=22).contains(&digits).then(|| (0..digits).fold(1.0, |power, _| power * 10.0))
}

/// `Math.round`: halves go up; what rounds to 0 from below is -0.
#[inline]
fn round(value: f64) -> f64 {
    let up = value.ceil();
    if up - 0.5 > value { up - 1.0 } else { up }
}

/// A number that has no digit there stays as it is: scaling it would change or overflow it.
#[inline]
fn rounded(value: f64, scale: impl Fn(f64) -> f64, back: impl Fn(f64) -> f64) -> f64 {
    /// From here on doubles are whole numbers.
    const ALL_WHOLE: f64 = 4_503_599_627_370_496.0;
    let scaled = scale(value);
    if scaled.abs() < ALL_WHOLE { back(round(scaled)) } else { value }
}

#[inline]
fn clamp(value: f64, min: f64, max: f64) -> f64 {
    let value = if value < min { min } else { value };
    if value > max { max } else { value }
}
