//! Conditions.

use core::cmp::Ordering;

use columnar::{ColumnType, Data, Result};

use crate::block::{ALL, Bits, NONE, Nums, Strs, Texts, Valid, Values, Wholes, Words, bit, both, is_valid, pack, validity, words_of, zip};
use crate::compare::{self, Bound};
use crate::eval::{Any, Block};
use crate::ir::{self, Constant, Function, Node, Op, Ref, Type};
use crate::json::{self, JsonKind};
use crate::syntax::Cmp;
use crate::text;

impl<'a> Block<'a> {
    pub fn bits(&self, node: &'a Node) -> Result<Bits> {
        let rows = self.rows;
        match &node.op {
            Op::Const(Constant::Bool(value)) => Ok(Bits::constant(Some(*value))),
            Op::Column(place, _) => {
                let column = &self.table.columns()[*place];
                match column.data() {
                    Data::Bool(bits) => Ok(Bits::new(words_of(bits.words(), self.start), validity(column, self.start))),
                    _ => Ok(Bits::constant(None)),
                }
            }
            Op::Shared(number, of) => match self.shared(*number, of)? {
                Any::Bits(bits) => Ok(*bits),
                _ => Ok(Bits::constant(None)),
            },
            Op::Lookup(lookup) => Ok(lookup.bits(self)),
            Op::As(of) => {
                let of = self.texts(of)?;
                Ok(Bits::partial(rows, of.valid, |i| json::boolean(of.get(i))))
            }
            Op::Compare(cmp, kind, a, b) => self.compare(*cmp, *kind, a, b),
            Op::And(items) => self.junction(items, true),
            Op::Or(items) => self.junction(items, false),
            Op::Not(of) => {
                let of = self.bits(of)?;
                Ok(Bits::new(of.words.map(|w| !w), of.valid))
            }
            Op::IsNull(of) => {
                let valid = self.any(of)?.valid();
                Ok(Bits { words: valid.map_or(NONE, |valid| valid.map(|w| !w)), valid: None })
            }
            Op::In { of, values, nulls } => self.is_in(of, values, *nulls),
            Op::Like(of, pattern) => {
                let of = self.texts(of)?;
                let mut buffer = Vec::new();
                Ok(Bits::new(pack(rows, |i| is_valid(&of.valid, i) && pattern.matches(of.get(i), &mut buffer)), of.valid))
            }
            Op::Case(..) | Op::Call(Function::Coalesce, _) => self.chosen_bits(node),
            Op::Call(function, args) => self.bool_call(*function, args),
            _ => Ok(Bits::constant(None)),
        }
    }

    fn bool_call(&self, function: Function, args: &'a [Ref]) -> Result<Bits> {
        match (function, args) {
            (Function::Least | Function::Greatest, args) => {
                let mut made = Bits::constant(Some(function == Function::Least));
                for arg in args {
                    let more = self.bits(arg)?;
                    let words = zip(&made.words, &more.words, |a, b| if function == Function::Least { a & b } else { a | b });
                    made = Bits { words, valid: both(made.valid, more.valid) };
                }
                Ok(Bits::new(made.words, made.valid))
            }
            (_, [of, needle]) => {
                let (of, needle) = (self.texts(of)?, self.texts(needle)?);
                let valid = both(of.valid, needle.valid);
                let words = pack(self.rows, |i| {
                    is_valid(&valid, i)
                        && match function {
                            Function::StartsWith => of.get(i).starts_with(needle.get(i)),
                            Function::EndsWith => of.get(i).ends_with(needle.get(i)),
                            _ => text::find(of.get(i), needle.get(i), 0).is_some(),
                        }
                });
                Ok(Bits::new(words, valid))
            }
            _ => Ok(Bits::constant(None)),
        }
    }

    fn junction(&self, items: &'a [Ref], and: bool) -> Result<Bits> {
        let mut made = Bits::constant(Some(and));
        for item in items {
            // What no further item can change for any row of the block.
            let settled = made.valid.is_none() && made.words[..self.rows.div_ceil(64)].iter().all(|&w| w == if and { 0 } else { u64::MAX });
            if settled {
                break;
            }
            let more = self.bits(item)?;
            let words = zip(&made.words, &more.words, |a, b| if and { a & b } else { a | b });
            let valid = match (made.valid, more.valid) {
                (None, None) => None,
                (x, y) => {
                    let (x, y) = (x.unwrap_or(ALL), y.unwrap_or(ALL));
                    // Bits of nulls are 0: `x & !a` is what is false.
                    let known = core::array::from_fn(|w| {
                        let (a, b) = (made.words[w], more.words[w]);
                        x[w] & y[w] | if and { x[w] & !a | y[w] & !b } else { a | b }
                    });
                    (known != ALL).then_some(known)
                }
            };
            made = Bits { words, valid };
        }
        Ok(made)
    }

    fn compare(&self, cmp: Cmp, kind: Type, a: &'a Node, b: &'a Node) -> Result<Bits> {
        let rows = self.rows;
        match kind {
            Type::Number => self.compare_numbers(cmp, a, b),
            Type::Timestamp => {
                let (a, b) = (self.ints(a)?, self.ints(b)?);
                let words = match (&a.values, &b.values) {
                    (Wholes::Column(values), Wholes::Const(c)) => compare::with_i64(cmp, values, *c),
                    (Wholes::Const(c), Wholes::Column(values)) => compare::with_i64(cmp.swapped(), values, *c),
                    _ => pack(rows, |i| cmp.holds(a.get(i).cmp(&b.get(i)))),
                };
                Ok(Bits::new(words, both(a.valid, b.valid)))
            }
            Type::Bool => {
                let (a, b) = (self.bits(a)?, self.bits(b)?);
                let words = pack(rows, |i| cmp.holds(bit(&a.words, i).cmp(&bit(&b.words, i))));
                Ok(Bits::new(words, both(a.valid, b.valid)))
            }
            Type::Text => {
                let (a, b) = (self.texts(a)?, self.texts(b)?);
                let valid = both(a.valid, b.valid);
                let words = match cmp {
                    Cmp::Eq | Cmp::Ne if matches!(b.values, Strs::Const(_)) => equal_text(cmp, &a, &b, self.rows),
                    Cmp::Eq | Cmp::Ne if matches!(a.values, Strs::Const(_)) => equal_text(cmp, &b, &a, self.rows),
                    Cmp::Eq => pack(rows, |i| a.get(i) == b.get(i)),
                    Cmp::Ne => pack(rows, |i| a.get(i) != b.get(i)),
                    _ => pack(rows, |i| cmp.holds(a.get(i).cmp(b.get(i)))),
                };
                Ok(Bits::new(words, valid))
            }
            Type::Json | Type::Null => {
                let (a, b) = (self.texts(a)?, self.texts(b)?);
                let mut buffers = (Vec::new(), Vec::new());
                Ok(Bits::partial(rows, both(a.valid, b.valid), |i| compare_json(cmp, a.get(i), b.get(i), &mut buffers)))
            }
        }
    }

    fn compare_numbers(&self, cmp: Cmp, a: &'a Node, b: &'a Node) -> Result<Bits> {
        let whole = |node: &Node| if let Op::Column(place, ColumnType::I64) = node.op { Some(place) } else { None };
        let number = |node: &Node| if let Some(&Constant::Number(value, exact)) = node.constant() { Some((value, exact)) } else { None };
        match (whole(a), whole(b)) {
            (Some(a), None) => {
                let a = self.wholes(a);
                if let Some((value, exact)) = number(b) {
                    let words = match (Bound::of(cmp, value, exact), &a.values) {
                        (Bound::Always(holds), _) => {
                            if holds {
                                ALL
                            } else {
                                NONE
                            }
                        }
                        (Bound::Than(cmp, c), Wholes::Column(values)) => compare::with_i64(cmp, values, c),
                        (Bound::Than(cmp, c), other) => {
                            let _ = (cmp, c, other);
                            NONE
                        }
                    };
                    return Ok(Bits::new(words, a.valid));
                }
                let b = self.nums(b)?;
                let words = pack(self.rows, |i| cmp.holds_partial(compare::whole_with_double(a.get(i), b.get(i))));
                Ok(Bits::new(words, both(a.valid, b.valid)))
            }
            (None, Some(_)) => self.compare_numbers(cmp.swapped(), b, a),
            (Some(a), Some(b)) => {
                let (a, b) = (self.wholes(a), self.wholes(b));
                Ok(Bits::new(pack(self.rows, |i| cmp.holds(a.get(i).cmp(&b.get(i)))), both(a.valid, b.valid)))
            }
            (None, None) if number(a).is_some() && number(b).is_none() => self.compare_numbers(cmp.swapped(), b, a),
            (None, None) => {
                let left = self.nums(a)?;
                if let Some((c, _)) = number(b) {
                    return Ok(Bits::new(compare_with(cmp, &left, c, self.rows), left.valid));
                }
                let right = self.nums(b)?;
                let valid = both(left.valid, right.valid);
                let (left, right) = (left.doubles(self.rows)?, right.doubles(self.rows)?);
                let words = compare::pairs(cmp, &left, &right);
                Ok(Bits::new(words, valid))
            }
        }
    }

    fn is_in(&self, of: &'a Node, values: &'a ir::Values, nulls: bool) -> Result<Bits> {
        let rows = self.rows;
        let (words, valid): (Words, Valid) = match values {
            ir::Values::Numbers(_, wholes) if matches!(of.op, Op::Column(_, ColumnType::I64)) => {
                let Op::Column(place, _) = of.op else { return Ok(Bits::constant(None)) };
                let of = self.wholes(place);
                (pack(rows, |i| wholes.binary_search(&of.get(i)).is_ok()), of.valid)
            }
            ir::Values::Numbers(numbers, _) => {
                let of = self.nums(of)?;
                (in_numbers(&of, numbers, rows), of.valid)
            }
            ir::Values::Times(times) => {
                let of = self.ints(of)?;
                (pack(rows, |i| times.binary_search(&of.get(i)).is_ok()), of.valid)
            }
            ir::Values::Texts(texts) => {
                let of = self.texts(of)?;
                (pack(rows, |i| texts.binary_search_by(|text| text.as_slice().cmp(of.get(i))).is_ok()), of.valid)
            }
        };
        let found = Bits::new(words, valid);
        // What is not found may equal the null of the list.
        Ok(if nulls { Bits { words: found.words, valid: Some(found.words) } } else { found })
    }
}

/// Few values are compared one after the other, many are looked for.
fn in_numbers(of: &Nums<'_>, numbers: &[f64], rows: usize) -> Words {
    if numbers.len() <= 8 {
        return numbers.iter().fold(NONE, |words, &c| zip(&words, &compare_with(Cmp::Eq, of, c, rows), |a, b| a | b));
    }
    // 0 and -0 are equal, and the search is by total order.
    pack(rows, |i| numbers.binary_search_by(|probe| probe.partial_cmp(&of.get(i)).unwrap_or(Ordering::Less)).is_ok())
}

fn compare_with(cmp: Cmp, left: &Nums<'_>, c: f64, rows: usize) -> Words {
    match &left.values {
        Values::F64(values) => compare::with_f64(cmp, values, c),
        Values::Own(values) => compare::with_f64(cmp, values, c),
        Values::I32(values) => compare::with_i32(cmp, values, c),
        Values::Const(value) => {
            if cmp.holds_partial(value.partial_cmp(&c)) {
                pack(rows, |_| true)
            } else {
                NONE
            }
        }
    }
}

/// Text with a constant: in a plain column most rows differ in their length already, which is read without the text.
fn equal_text(cmp: Cmp, texts: &Texts<'_>, constant: &Texts<'_>, rows: usize) -> Words {
    let wanted = constant.get(0);
    let equal = match &texts.values {
        Strs::Column(column, start) => match column.data() {
            Data::Utf8(strings) => {
                let offsets = strings.offsets().get(*start..*start + rows + 1).unwrap_or_default();
                let bytes = strings.bytes();
                let same = |i: usize| {
                    let (from, to) = (offsets[i] as usize, offsets[i + 1] as usize);
                    // The first byte tells most of the others apart.
                    to - from == wanted.len() && bytes.get(from) == wanted.first().or(bytes.get(from)) && &bytes[from..to] == wanted
                };
                pack(rows.min(offsets.len().saturating_sub(1)), same)
            }
            _ => pack(rows, |i| texts.get(i) == wanted),
        },
        _ => pack(rows, |i| texts.get(i) == wanted),
    };
    if cmp == Cmp::Eq { equal } else { equal.map(|w| !w) }
}

/// Null where the two are of different kinds, or arrays or objects.
fn compare_json(cmp: Cmp, a: &[u8], b: &[u8], buffers: &mut (Vec<u8>, Vec<u8>)) -> Option<bool> {
    let kind = json::kind(a);
    if kind != json::kind(b) {
        return None;
    }
    match kind {
        JsonKind::Number => Some(cmp.holds_partial(json::number(a)?.partial_cmp(&json::number(b)?))),
        JsonKind::Text => Some(cmp.holds(json::text(a, &mut buffers.0)?.cmp(json::text(b, &mut buffers.1)?))),
        JsonKind::Bool => Some(cmp.holds(json::boolean(a)?.cmp(&json::boolean(b)?))),
        JsonKind::Other => None,
    }
}
