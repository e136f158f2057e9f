//! The parse tree of an expression. js/src/expression/syntax.ts is its twin.

use columnar::{Error, ErrorCode};

/// A step of a path: a key, or a place in an array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Key(Vec<u8>),
    Index(u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cmp {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

impl Cmp {
    pub fn text(self) -> &'static str {
        match self {
            Self::Eq => "=",
            Self::Ne => "<>",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
        }
    }

    /// The comparison that holds for `(b, a)` where this one holds for `(a, b)`.
    pub fn swapped(self) -> Self {
        match self {
            Self::Lt => Self::Gt,
            Self::Le => Self::Ge,
            Self::Gt => Self::Lt,
            Self::Ge => Self::Le,
            same => same,
        }
    }

    pub fn holds(self, order: core::cmp::Ordering) -> bool {
        match self {
            Self::Eq => order.is_eq(),
            Self::Ne => order.is_ne(),
            Self::Lt => order.is_lt(),
            Self::Le => order.is_le(),
            Self::Gt => order.is_gt(),
            Self::Ge => order.is_ge(),
        }
    }

    /// NaN, which has no order, differs from everything.
    pub fn holds_partial(self, order: Option<core::cmp::Ordering>) -> bool {
        order.map_or(self == Self::Ne, |order| self.holds(order))
    }
}

/// `at` is where it stands in bytes: the operator of one with an operator between operands, else its first character.
#[derive(Clone, Debug)]
pub struct Ast {
    pub at: usize,
    pub kind: Kind,
}

#[derive(Clone, Debug)]
pub enum Kind {
    /// `exact`: the whole number that was written, where a double cannot hold it.
    Number {
        value: f64,
        exact: Option<i128>,
    },
    Text(Vec<u8>),
    Bool(bool),
    Null,
    /// Milliseconds since 1970.
    Time(i64),
    Name {
        path: Vec<Step>,
        quoted: bool,
    },
    Not(Box<Ast>),
    Neg(Box<Ast>),
    IsNull(Box<Ast>),
    /// Chains are flat: no chain of operators makes the tree deep.
    And(Vec<Ast>),
    Or(Vec<Ast>),
    /// `||`.
    Join(Vec<Ast>),
    /// The operators are bytes of `+-*/%`.
    Arith {
        first: Box<Ast>,
        rest: Vec<(u8, Ast)>,
    },
    Compare {
        op: Cmp,
        a: Box<Ast>,
        b: Box<Ast>,
    },
    In {
        of: Box<Ast>,
        list: Vec<Ast>,
    },
    Between {
        of: Box<Ast>,
        low: Box<Ast>,
        high: Box<Ast>,
    },
    Like {
        of: Box<Ast>,
        pattern: Box<Ast>,
        escape: Option<Box<Ast>>,
        fold: bool,
    },
    Case {
        of: Option<Box<Ast>>,
        whens: Vec<(Ast, Ast)>,
        otherwise: Option<Box<Ast>>,
    },
    Call {
        name: String,
        args: Vec<Ast>,
    },
}

/// UTF-16 code units of an expression.
pub const MAX_LENGTH: usize = 65536;
/// Expressions within expressions.
pub const MAX_DEPTH: usize = 200;

/// What is wrong with an expression, and where in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub code: ErrorCode,
    pub at: usize,
    pub message: String,
}

pub type Outcome<T> = Result<T, Fault>;

pub fn parse_fault(at: usize, message: impl Into<String>) -> Fault {
    Fault { code: ErrorCode::Parse, at, message: message.into() }
}

pub fn type_fault(at: usize, message: impl Into<String>) -> Fault {
    Fault { code: ErrorCode::InvalidArgument, at, message: message.into() }
}

/// UTF-16 code units of WTF-8.
pub fn utf16_len(bytes: &[u8]) -> usize {
    bytes.iter().map(|&b| if b & 0xc0 == 0x80 { 0 } else { 1 + usize::from(b >= 0xf0) }).sum()
}

impl Fault {
    /// Offsets count as JavaScript counts.
    pub fn offset(&self, text: &[u8]) -> usize {
        utf16_len(&text[..self.at.min(text.len())])
    }

    pub fn into_error(self, text: &[u8]) -> Error {
        Error::new(self.code, format!("expression, offset {}: {}", self.offset(text), self.message))
    }
}

/// Text for a message.
pub fn shown(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}
