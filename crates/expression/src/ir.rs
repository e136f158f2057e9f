//! The checked form of an expression: every node has a type, every conversion stands in it. js/src/expression/ir.ts is its twin.

use std::sync::Arc;

use columnar::{Column, ColumnType};

use crate::lift::Lookup;
use crate::syntax::{Cmp, Step};
use crate::text::Pattern;
use crate::time::{Part, Unit};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    Number,
    Bool,
    Text,
    Timestamp,
    Json,
    /// Nothing but null.
    Null,
}

impl Type {
    pub fn name(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Bool => "bool",
            Self::Text => "text",
            Self::Timestamp => "timestamp",
            Self::Json => "json",
            Self::Null => "null",
        }
    }

    pub fn plural(self) -> &'static str {
        match self {
            Self::Number => "numbers",
            Self::Bool => "conditions",
            Self::Timestamp => "timestamps",
            other => other.name(),
        }
    }

    /// What a column of the type's values is.
    pub fn column(self) -> ColumnType {
        match self {
            Self::Number => ColumnType::F64,
            Self::Bool => ColumnType::Bool,
            Self::Text | Self::Null => ColumnType::Utf8,
            Self::Timestamp => ColumnType::Timestamp,
            Self::Json => ColumnType::Json,
        }
    }

    pub fn of(column: ColumnType) -> Self {
        match column {
            ColumnType::F64 | ColumnType::I64 | ColumnType::I32 => Self::Number,
            ColumnType::Bool => Self::Bool,
            ColumnType::Utf8 => Self::Text,
            ColumnType::Timestamp => Self::Timestamp,
            ColumnType::Json => Self::Json,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Constant {
    Null,
    /// With the whole number a double cannot hold.
    Number(f64, Option<i128>),
    Bool(bool),
    /// Text, and JSON as its text.
    Text(Vec<u8>),
    Time(i64),
}

/// Nodes are shared where an expression stands in several places of the checked form.
pub type Ref = Arc<Node>;

#[derive(Debug)]
pub struct Node {
    pub kind: Type,
    pub op: Op,
}

#[derive(Debug)]
pub enum Op {
    Const(Constant),
    Column(usize, ColumnType),
    /// Into a json column.
    Path(usize, Vec<Step>),
    /// From `json`: null where the value is of another kind.
    As(Ref),
    /// Into `json`.
    Box(Ref),
    /// The type says what is compared.
    Compare(Cmp, Type, Ref, Ref),
    And(Vec<Ref>),
    Or(Vec<Ref>),
    Not(Ref),
    IsNull(Ref),
    In {
        of: Ref,
        values: Values,
        nulls: bool,
    },
    Like(Ref, Pattern),
    Arith(Ref, Vec<(u8, Ref)>),
    Neg(Ref),
    Join(Vec<Ref>),
    Case(Vec<(Ref, Ref)>, Ref),
    Call(Function, Vec<Ref>),
    DateTrunc(Unit, Ref),
    /// Stands in several places; its block is computed once. The number tells it from others.
    Shared(usize, Ref),
    /// What was computed for each entry of a dictionary.
    Lookup(Box<Lookup>),
}

/// The values of IN, sorted.
#[derive(Clone, Debug)]
pub enum Values {
    /// For columns of i64 the whole numbers among them exactly.
    Numbers(Vec<f64>, Vec<i64>),
    Texts(Vec<Vec<u8>>),
    Times(Vec<i64>),
}

impl Node {
    pub fn new(kind: Type, op: Op) -> Ref {
        Arc::new(Self { kind, op })
    }

    pub fn nothing(kind: Type) -> Ref {
        Self::new(kind, Op::Const(Constant::Null))
    }

    pub fn constant(&self) -> Option<&Constant> {
        if let Op::Const(constant) = &self.op { Some(constant) } else { None }
    }

    pub fn children(&self) -> Vec<&Ref> {
        match &self.op {
            Op::Const(_) | Op::Column(..) | Op::Path(..) | Op::Lookup(_) => Vec::new(),
            Op::As(of)
            | Op::Box(of)
            | Op::Not(of)
            | Op::IsNull(of)
            | Op::In { of, .. }
            | Op::Like(of, _)
            | Op::Neg(of)
            | Op::DateTrunc(_, of)
            | Op::Shared(_, of) => {
                vec![of]
            }
            Op::Compare(_, _, a, b) => vec![a, b],
            Op::And(items) | Op::Or(items) | Op::Join(items) | Op::Call(_, items) => items.iter().collect(),
            Op::Arith(first, rest) => core::iter::once(first).chain(rest.iter().map(|(_, of)| of)).collect(),
            Op::Case(whens, otherwise) => whens.iter().flat_map(|(when, then)| [when, then]).chain([otherwise]).collect(),
        }
    }
}

/// The constant as a column of one row would hold it in row 0.
pub fn constant_of(column: &Column, kind: Type) -> Constant {
    use columnar::Data;
    if !column.is_valid(0) {
        return Constant::Null;
    }
    match column.data() {
        Data::F64(values) => Constant::Number(values[0], None),
        Data::I32(values) => Constant::Number(f64::from(values[0]), None),
        Data::I64(values) if kind == Type::Timestamp => Constant::Time(values[0]),
        Data::I64(values) => Constant::Number(values[0] as f64, None),
        Data::Bool(bits) => Constant::Bool(bits.get(0)),
        Data::Utf8(_) | Data::Dict(..) => Constant::Text(column.string(0).to_vec()),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    Upper,
    Lower,
    Trim,
    Length,
    Substring,
    Replace,
    Concat,
    StartsWith,
    EndsWith,
    Contains,
    Abs,
    Round,
    Floor,
    Ceil,
    Sqrt,
    Ln,
    Log10,
    Exp,
    Pow,
    Sign,
    Least,
    Greatest,
    Coalesce,
    NullIf,
    Part(Part),
    DateTrunc,
    ToNumber,
    ToString,
    ToTimestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    Is(Type),
    /// Of any type.
    Value,
}

pub struct Signature {
    pub name: &'static str,
    pub function: Function,
    pub parameters: &'static [Parameter],
    /// So many of the last may be left out.
    pub optional: usize,
    /// The last may come any number of times.
    pub rest: bool,
    /// All of one type, which is the result's.
    pub same: bool,
    pub result: Type,
}

const fn plain(name: &'static str, function: Function, parameters: &'static [Parameter], result: Type) -> Signature {
    Signature { name, function, parameters, optional: 0, rest: false, same: false, result }
}

const N: Parameter = Parameter::Is(Type::Number);
const S: Parameter = Parameter::Is(Type::Text);
const T: Parameter = Parameter::Is(Type::Timestamp);
const V: Parameter = Parameter::Value;

/// In the order of js/src/expression/ir.ts: near names come in it.
pub const FUNCTIONS: [Signature; 35] = [
    plain("upper", Function::Upper, &[S], Type::Text),
    plain("lower", Function::Lower, &[S], Type::Text),
    plain("trim", Function::Trim, &[S], Type::Text),
    plain("length", Function::Length, &[S], Type::Number),
    Signature { optional: 1, ..plain("substring", Function::Substring, &[S, N, N], Type::Text) },
    plain("replace", Function::Replace, &[S, S, S], Type::Text),
    Signature { rest: true, ..plain("concat", Function::Concat, &[V], Type::Text) },
    plain("startsWith", Function::StartsWith, &[S, S], Type::Bool),
    plain("endsWith", Function::EndsWith, &[S, S], Type::Bool),
    plain("contains", Function::Contains, &[S, S], Type::Bool),
    plain("abs", Function::Abs, &[N], Type::Number),
    Signature { optional: 1, ..plain("round", Function::Round, &[N, N], Type::Number) },
    plain("floor", Function::Floor, &[N], Type::Number),
    plain("ceil", Function::Ceil, &[N], Type::Number),
    plain("sqrt", Function::Sqrt, &[N], Type::Number),
    plain("ln", Function::Ln, &[N], Type::Number),
    plain("log10", Function::Log10, &[N], Type::Number),
    plain("exp", Function::Exp, &[N], Type::Number),
    plain("pow", Function::Pow, &[N, N], Type::Number),
    plain("sign", Function::Sign, &[N], Type::Number),
    Signature { rest: true, same: true, ..plain("least", Function::Least, &[V], Type::Null) },
    Signature { rest: true, same: true, ..plain("greatest", Function::Greatest, &[V], Type::Null) },
    Signature { rest: true, same: true, ..plain("coalesce", Function::Coalesce, &[V], Type::Null) },
    Signature { same: true, ..plain("nullif", Function::NullIf, &[V, V], Type::Null) },
    plain("year", Function::Part(Part::Year), &[T], Type::Number),
    plain("month", Function::Part(Part::Month), &[T], Type::Number),
    plain("day", Function::Part(Part::Day), &[T], Type::Number),
    plain("hour", Function::Part(Part::Hour), &[T], Type::Number),
    plain("minute", Function::Part(Part::Minute), &[T], Type::Number),
    plain("second", Function::Part(Part::Second), &[T], Type::Number),
    plain("dayOfWeek", Function::Part(Part::DayOfWeek), &[T], Type::Number),
    plain("dateTrunc", Function::DateTrunc, &[V, T], Type::Timestamp),
    plain("toNumber", Function::ToNumber, &[V], Type::Number),
    plain("toString", Function::ToString, &[V], Type::Text),
    plain("toTimestamp", Function::ToTimestamp, &[V], Type::Timestamp),
];

/// What was found for nodes that stand in several places, by their numbers ([`Op::Shared`]), which are counted.
#[derive(Debug)]
pub struct ByNumber<T>(Vec<Option<T>>);

impl<T> Default for ByNumber<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> ByNumber<T> {
    pub fn get(&self, number: usize) -> Option<&T> {
        self.0.get(number)?.as_ref()
    }

    pub fn put(&mut self, number: usize, found: T) {
        while self.0.len() <= number {
            self.0.push(None);
        }
        self.0[number] = Some(found);
    }
}
