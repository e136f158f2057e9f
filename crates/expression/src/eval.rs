//! Nodes to blocks of values.

use std::cell::RefCell;
use std::rc::Rc;

use columnar::{ColumnType, Data, Result, Table, alloc};

use crate::block::{
    ALL, BLOCK, Bits, Ints, Nums, Strs, Texts, Valid, Values, Wholes, Words, bit, is_valid, nums, partial, texts, validity,
};
use crate::ir::{ByNumber, Constant, Function, Node, Op, Ref, Type};
use crate::values;

/// One block of a table, and what was computed for it in several places.
pub struct Block<'a> {
    pub table: &'a Table,
    pub start: usize,
    pub rows: usize,
    shared: RefCell<ByNumber<Any<'a>>>,
}

#[derive(Clone)]
pub enum Any<'a> {
    Bits(Box<Bits>),
    Nums(Nums<'a>),
    Ints(Ints<'a>),
    Texts(Texts<'a>),
}

impl Any<'_> {
    pub fn valid(&self) -> Valid {
        match self {
            Self::Bits(bits) => bits.valid,
            Self::Nums(nums) => nums.valid,
            Self::Ints(ints) => ints.valid,
            Self::Texts(texts) => texts.valid,
        }
    }
}

impl<'a> Block<'a> {
    pub fn new(table: &'a Table, start: usize) -> Self {
        Self { table, start, rows: (table.rows() - start).min(BLOCK), shared: RefCell::default() }
    }

    pub fn any(&self, node: &'a Node) -> Result<Any<'a>> {
        Ok(match node.kind {
            Type::Bool => Any::Bits(Box::new(self.bits(node)?)),
            Type::Number => Any::Nums(self.nums(node)?),
            Type::Timestamp => Any::Ints(self.ints(node)?),
            Type::Text | Type::Json | Type::Null => Any::Texts(self.texts(node)?),
        })
    }

    /// The block of a node that stands in several places.
    pub fn shared(&self, number: usize, of: &'a Node) -> Result<Any<'a>> {
        if let Some(known) = self.shared.borrow().get(number) {
            return Ok(known.clone());
        }
        let made = self.any(of)?;
        self.shared.borrow_mut().put(number, made.clone());
        Ok(made)
    }

    /// A column of i64 or of times, in its place.
    pub fn wholes(&self, place: usize) -> Ints<'a> {
        let column = &self.table.columns()[place];
        let values = match column.data() {
            Data::I64(values) => Wholes::Column(&values[self.start..self.start + self.rows]),
            _ => Wholes::Const(0),
        };
        Ints { values, valid: validity(column, self.start) }
    }

    pub fn nums(&self, node: &'a Node) -> Result<Nums<'a>> {
        let rows = self.rows;
        match &node.op {
            Op::Const(Constant::Number(value, _)) => Ok(Nums { values: Values::Const(*value), valid: None }),
            Op::Const(_) => Ok(Nums { values: Values::Const(0.0), valid: Some(crate::block::NONE) }),
            Op::Column(place, ColumnType::I64) => {
                let wholes = self.wholes(*place);
                let mut doubles = alloc::room(rows)?;
                doubles.extend((0..rows).map(|i| wholes.get(i) as f64));
                Ok(nums(doubles, wholes.valid))
            }
            Op::Column(place, _) => {
                let column = &self.table.columns()[*place];
                let range = self.start..self.start + rows;
                let values = match column.data() {
                    Data::F64(values) => Values::F64(&values[range]),
                    Data::I32(values) => Values::I32(&values[range]),
                    _ => Values::Const(0.0),
                };
                Ok(Nums { values, valid: validity(column, self.start) })
            }
            Op::Shared(number, of) => match self.shared(*number, of)? {
                Any::Nums(nums) => Ok(nums),
                _ => Ok(Nums { values: Values::Const(0.0), valid: Some(crate::block::NONE) }),
            },
            Op::Lookup(lookup) => lookup.nums(self),
            Op::As(of) => {
                let of = self.texts(of)?;
                let (values, valid) = partial(rows, of.valid, 0.0, |i| crate::json::number(of.get(i)))?;
                Ok(nums(values, valid))
            }
            Op::Neg(of) => self.map(of, |v| -v),
            Op::Arith(first, rest) => {
                let first = self.nums(first)?;
                if rest.is_empty() {
                    return Ok(first);
                }
                let mut valid = first.valid;
                let mut into = first.into_own(rows)?;
                for (op, of) in rest {
                    let more = self.nums(of)?;
                    valid = crate::block::both(valid, more.valid);
                    combine(*op, &mut into, &more.values);
                }
                Ok(nums(into, valid))
            }
            Op::Case(whens, otherwise) => self.case_nums(whens, otherwise),
            Op::Call(Function::Coalesce, _) => {
                let chosen = self.choose(node)?;
                let branches = chosen.branches.iter().map(|branch| self.nums(branch)).collect::<Result<Vec<_>>>()?;
                let valid: Vec<&Valid> = branches.iter().map(|branch| &branch.valid).collect();
                let (values, valid) = partial(rows, None, 0.0, |i| chosen.of(i, &valid).map(|branch| branches[branch].get(i)))?;
                Ok(nums(values, valid))
            }
            Op::Call(function, args) => self.number_call(*function, args),
            _ => Ok(Nums { values: Values::Const(0.0), valid: Some(crate::block::NONE) }),
        }
    }

    fn map(&self, of: &'a Node, compute: impl Fn(f64) -> f64) -> Result<Nums<'a>> {
        let of = self.nums(of)?;
        let valid = of.valid;
        let mut values = of.into_own(self.rows)?;
        for value in &mut values {
            *value = compute(*value);
        }
        Ok(nums(values, valid))
    }

    fn map_two(&self, a: &'a Node, b: &'a Node, compute: impl Fn(f64, f64) -> f64) -> Result<Nums<'a>> {
        let (a, b) = (self.nums(a)?, self.nums(b)?);
        let valid = crate::block::both(a.valid, b.valid);
        let mut values = a.into_own(self.rows)?;
        for (i, value) in values.iter_mut().enumerate() {
            *value = compute(*value, b.get(i));
        }
        Ok(nums(values, valid))
    }

    fn number_call(&self, function: Function, args: &'a [crate::ir::Ref]) -> Result<Nums<'a>> {
        let rows = self.rows;
        match (function, args) {
            (Function::Abs, [of]) => self.map(of, f64::abs),
            (Function::Floor, [of]) => self.map(of, f64::floor),
            (Function::Ceil, [of]) => self.map(of, f64::ceil),
            (Function::Sqrt, [of]) => self.map(of, f64::sqrt),
            (Function::Ln, [of]) => self.map(of, f64::ln),
            (Function::Log10, [of]) => self.map(of, f64::log10),
            (Function::Exp, [of]) => self.map(of, f64::exp),
            (Function::Sign, [of]) => self.map(of, values::sign),
            (Function::Round, [of]) => self.map(of, |v| values::round(v, 0.0)),
            (Function::Round, [of, digits]) => self.map_two(of, digits, values::round),
            (Function::Pow, [base, exponent]) => self.map_two(base, exponent, values::pow),
            (Function::Least | Function::Greatest, [first, rest @ ..]) => {
                let first = self.nums(first)?;
                let mut valid = first.valid;
                let mut into = first.into_own(rows)?;
                for more in rest {
                    let more = self.nums(more)?;
                    valid = crate::block::both(valid, more.valid);
                    for (i, value) in into.iter_mut().enumerate() {
                        *value = values::pick_number(function == Function::Least, *value, more.get(i));
                    }
                }
                Ok(nums(into, valid))
            }
            (Function::Length, [of]) => {
                let of = self.texts(of)?;
                let mut lengths = alloc::room(rows)?;
                lengths.extend((0..rows).map(|i| if is_valid(&of.valid, i) { crate::text::code_points(of.get(i)) as f64 } else { 0.0 }));
                Ok(nums(lengths, of.valid))
            }
            (Function::Part(part), [of]) => {
                let of = self.ints(of)?;
                let (values, valid) = partial(rows, of.valid, 0.0, |i| crate::time::part_of(part, of.get(i)))?;
                Ok(nums(values, valid))
            }
            (Function::ToNumber, [of]) => self.to_number(of),
            _ => Ok(Nums { values: Values::Const(0.0), valid: Some(crate::block::NONE) }),
        }
    }

    fn to_number(&self, of: &'a Node) -> Result<Nums<'a>> {
        let rows = self.rows;
        match self.any(of)? {
            Any::Nums(nums) => Ok(nums),
            Any::Ints(times) => {
                let mut values = alloc::room(rows)?;
                values.extend((0..rows).map(|i| times.get(i) as f64));
                Ok(nums(values, times.valid))
            }
            Any::Bits(bits) => {
                let mut values = alloc::room(rows)?;
                values.extend((0..rows).map(|i| f64::from(u8::from(bit(&bits.words, i)))));
                Ok(nums(values, bits.valid))
            }
            Any::Texts(texts) => {
                let mut buffer = Vec::new();
                let (values, valid) = partial(rows, texts.valid, 0.0, |i| {
                    let text = texts.get(i);
                    if of.kind == Type::Json { values::number_of_json(text, &mut buffer) } else { values::number_of_text(text) }
                })?;
                Ok(nums(values, valid))
            }
        }
    }

    /// Of timestamps.
    pub fn ints(&self, node: &'a Node) -> Result<Ints<'a>> {
        let rows = self.rows;
        let made = |(values, valid): (Vec<i64>, Valid)| Ok(Ints { values: Wholes::Own(Rc::new(values)), valid });
        let nothing = Ints { values: Wholes::Const(0), valid: Some(crate::block::NONE) };
        match &node.op {
            Op::Const(Constant::Time(time)) => Ok(Ints { values: Wholes::Const(*time), valid: None }),
            Op::Column(place, _) => Ok(self.wholes(*place)),
            Op::Shared(number, of) => match self.shared(*number, of)? {
                Any::Ints(ints) => Ok(ints),
                _ => Ok(nothing),
            },
            Op::Lookup(lookup) => lookup.ints(self),
            Op::DateTrunc(unit, of) => {
                let of = self.ints(of)?;
                made(partial(rows, of.valid, 0, |i| crate::time::truncate_time(*unit, of.get(i)))?)
            }
            Op::Case(..) | Op::Call(Function::Coalesce, _) => {
                let chosen = self.choose(node)?;
                let branches = chosen.branches.iter().map(|branch| self.ints(branch)).collect::<Result<Vec<_>>>()?;
                let valid: Vec<&Valid> = branches.iter().map(|branch| &branch.valid).collect();
                made(partial(rows, None, 0, |i| chosen.of(i, &valid).map(|branch| branches[branch].get(i)))?)
            }
            Op::Call(function @ (Function::Least | Function::Greatest), args) => {
                let all = args.iter().map(|arg| self.ints(arg)).collect::<Result<Vec<_>>>()?;
                let valid = all.iter().fold(None, |valid, ints| crate::block::both(valid, ints.valid));
                let values = |i: usize| all.iter().map(move |ints| ints.get(i));
                made(partial(rows, valid, 0, |i| if *function == Function::Least { values(i).min() } else { values(i).max() })?)
            }
            Op::Call(Function::ToTimestamp, args) => match (args.as_slice(), args.first().map(|arg| self.any(arg)).transpose()?) {
                (_, Some(Any::Ints(times))) => Ok(times),
                (_, Some(Any::Nums(numbers))) => made(partial(rows, numbers.valid, 0, |i| values::time_of_number(numbers.get(i)))?),
                ([arg], Some(Any::Texts(texts))) => {
                    let mut buffer = Vec::new();
                    made(partial(rows, texts.valid, 0, |i| {
                        let text = texts.get(i);
                        if arg.kind == Type::Json { values::time_of_json(text, &mut buffer) } else { crate::time::parse_time(text) }
                    })?)
                }
                _ => Ok(nothing),
            },
            _ => Ok(nothing),
        }
    }

    /// CASE and coalesce: every branch is computed for the block, and each row takes one. Nothing can fail, so nothing is lost by that.
    pub fn choose(&self, node: &'a Node) -> Result<Chosen<'a>> {
        match &node.op {
            Op::Case(whens, otherwise) => {
                let mut rows = alloc::filled(self.rows, whens.len() as u16)?;
                for (branch, (when, _)) in whens.iter().enumerate().rev() {
                    let bits = self.bits(when)?;
                    for (i, row) in rows.iter_mut().enumerate() {
                        if bit(&bits.words, i) {
                            *row = branch as u16;
                        }
                    }
                }
                let branches = whens.iter().map(|(_, then)| &**then).chain([&**otherwise]).collect();
                Ok(Chosen { branches, rows: Some(rows) })
            }
            _ => Ok(Chosen { branches: node.children().into_iter().map(|arg| &**arg).collect(), rows: None }),
        }
    }

    /// CASE over numbers: each branch is laid over those after it, a bit per row.
    fn case_nums(&self, whens: &'a [(Ref, Ref)], otherwise: &'a Node) -> Result<Nums<'a>> {
        let last = self.nums(otherwise)?;
        let mut valid = last.valid;
        let mut into = last.into_own(self.rows)?;
        for (when, then) in whens.iter().rev() {
            let (bits, then) = (self.bits(when)?.words, self.nums(then)?);
            if valid.is_some() || then.valid.is_some() {
                let (others, own) = (valid.unwrap_or(ALL), then.valid.unwrap_or(ALL));
                valid = Some(core::array::from_fn(|w| (others[w] & !bits[w]) | (own[w] & bits[w])));
            }
            match &then.values {
                Values::Const(value) => lay(&mut into, &bits, |_| *value),
                _ => lay(&mut into, &bits, |i| then.get(i)),
            }
        }
        Ok(nums(into, valid))
    }

    pub fn chosen_texts(&self, node: &'a Node) -> Result<Texts<'a>> {
        let chosen = self.choose(node)?;
        let branches = chosen.branches.iter().map(|branch| self.texts(branch)).collect::<Result<Vec<_>>>()?;
        let valid: Vec<&Valid> = branches.iter().map(|branch| &branch.valid).collect();
        texts(self.rows, None, |builder, i| {
            let Some(branch) = chosen.of(i, &valid) else { return Ok(false) };
            let text = branches[branch].get(i);
            builder.room(text.len())?.extend_from_slice(text);
            Ok(true)
        })
    }

    pub fn chosen_bits(&self, node: &'a Node) -> Result<Bits> {
        let chosen = self.choose(node)?;
        let branches = chosen.branches.iter().map(|branch| self.bits(branch)).collect::<Result<Vec<_>>>()?;
        let valid: Vec<&Valid> = branches.iter().map(|branch| &branch.valid).collect();
        Ok(Bits::partial(self.rows, Some(ALL), |i| chosen.of(i, &valid).map(|branch| bit(&branches[branch].words, i))))
    }

    pub fn json_value(&self, place: usize, steps: &'a [crate::syntax::Step]) -> Result<Texts<'a>> {
        let column = &self.table.columns()[place];
        let (pieces, valid) =
            partial(self.rows, validity(column, self.start), &b""[..], |i| crate::json::value_at(column.string(self.start + i), steps))?;
        Ok(Texts { values: Strs::Pieces(Rc::new(pieces)), valid })
    }
}

pub struct Chosen<'a> {
    pub branches: Vec<&'a Node>,
    /// The branch of each row; `None`: the first that has a value.
    rows: Option<Vec<u16>>,
}

impl Chosen<'_> {
    /// The branch whose value row `i` takes, if it has one.
    pub fn of(&self, i: usize, valid: &[&Valid]) -> Option<usize> {
        match &self.rows {
            Some(rows) => Some(usize::from(rows[i])).filter(|&branch| is_valid(valid[branch], i)),
            None => valid.iter().position(|valid| is_valid(valid, i)),
        }
    }
}

/// Sets the rows whose bit is set.
#[inline]
fn lay(into: &mut [f64], bits: &Words, value: impl Fn(usize) -> f64) {
    for (w, (rows, word)) in into.chunks_mut(64).zip(bits).enumerate() {
        for (i, row) in rows.iter_mut().enumerate() {
            let value = value(w * 64 + i);
            *row = if word >> i & 1 != 0 { value } else { *row };
        }
    }
}

fn combine(op: u8, into: &mut [f64], more: &Values<'_>) {
    match op {
        b'+' => combine_with(into, more, |a, b| a + b),
        b'-' => combine_with(into, more, |a, b| a - b),
        b'*' => combine_with(into, more, |a, b| a * b),
        b'/' => combine_with(into, more, |a, b| a / b),
        _ => combine_with(into, more, |a, b| values::arithmetic(b'%', a, b)),
    }
}

#[inline]
fn combine_with(into: &mut [f64], more: &Values<'_>, op: impl Fn(f64, f64) -> f64) {
    match more {
        Values::Const(b) => into.iter_mut().for_each(|a| *a = op(*a, *b)),
        Values::F64(values) => into.iter_mut().zip(*values).for_each(|(a, b)| *a = op(*a, *b)),
        Values::I32(values) => into.iter_mut().zip(*values).for_each(|(a, b)| *a = op(*a, f64::from(*b))),
        Values::Own(values) => into.iter_mut().zip(values.iter()).for_each(|(a, b)| *a = op(*a, *b)),
    }
}
