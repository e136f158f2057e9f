//! Text, and JSON as its text.

use std::io::Write;

use columnar::{ColumnType, Result};

use crate::block::{Builder, NONE, Strs, Texts, bit, both, is_valid, texts, validity};
use crate::case::Case;
use crate::eval::{Any, Block};
use crate::ir::{Constant, Function, Node, Op, Ref, Type};
use crate::json;
use crate::text;
use crate::time::{is_time, push_time};
use crate::values::push_number;

/// Bytes of a number or a time as text, at most.
const SHORT: usize = 40;

impl<'a> Block<'a> {
    pub fn texts(&self, node: &'a Node) -> Result<Texts<'a>> {
        let nothing = Texts { values: Strs::Const(b""), valid: Some(NONE) };
        match &node.op {
            Op::Const(Constant::Text(text)) => Ok(Texts { values: Strs::Const(text), valid: None }),
            // A document that is `null` is no value.
            Op::Column(place, ColumnType::Json) => self.json_value(*place, &[]),
            Op::Column(place, _) => {
                let column = &self.table.columns()[*place];
                Ok(Texts { values: Strs::Column(column, self.start), valid: validity(column, self.start) })
            }
            Op::Path(place, steps) => self.json_value(*place, steps),
            Op::Shared(number, of) => match self.shared(*number, of)? {
                Any::Texts(texts) => Ok(texts),
                _ => Ok(nothing),
            },
            Op::Lookup(lookup) => Ok(lookup.texts(self)),
            Op::As(of) => {
                let of = self.texts(of)?;
                let mut buffer = Vec::new();
                texts(self.rows, of.valid, |builder, i| {
                    let Some(text) = json::text(of.get(i), &mut buffer) else { return Ok(false) };
                    builder.room(text.len())?.extend_from_slice(text);
                    Ok(true)
                })
            }
            Op::Box(of) => self.boxed(of),
            Op::Join(items) => {
                let items = items.iter().map(|item| self.texts(item)).collect::<Result<Vec<_>>>()?;
                let valid = items.iter().fold(None, |valid, item| both(valid, item.valid));
                texts(self.rows, valid, |builder, i| {
                    for item in &items {
                        push(builder, item.get(i))?;
                    }
                    Ok(true)
                })
            }
            Op::Case(..) | Op::Call(Function::Coalesce, _) => self.chosen_texts(node),
            Op::Call(function, args) => self.text_call(*function, args),
            _ => Ok(nothing),
        }
    }

    /// As JSON.
    fn boxed(&self, of: &'a Node) -> Result<Texts<'a>> {
        match self.any(of)? {
            Any::Nums(numbers) => texts(self.rows, numbers.valid, |builder, i| {
                let value = numbers.get(i);
                push_number(builder.room(SHORT)?, value);
                Ok(value.is_finite())
            }),
            Any::Texts(of) => texts(self.rows, of.valid, |builder, i| {
                let text = of.get(i);
                json::push_quoted(builder.room(text.len() * 6 + 2)?, text);
                Ok(true)
            }),
            _ => self.to_string(of),
        }
    }

    fn to_string(&self, of: &'a Node) -> Result<Texts<'a>> {
        if let Op::Column(place, ColumnType::I64) = of.op {
            let wholes = self.wholes(place);
            return texts(self.rows, wholes.valid, |builder, i| {
                let _ = write!(builder.room(SHORT)?, "{}", wholes.get(i));
                Ok(true)
            });
        }
        if let Some(&Constant::Number(_, Some(exact))) = of.constant() {
            return texts(self.rows, None, |builder, _| {
                let _ = write!(builder.room(SHORT)?, "{exact}");
                Ok(true)
            });
        }
        match self.any(of)? {
            Any::Nums(numbers) => texts(self.rows, numbers.valid, |builder, i| {
                push_number(builder.room(SHORT)?, numbers.get(i));
                Ok(true)
            }),
            Any::Ints(times) => texts(self.rows, times.valid, |builder, i| {
                let time = times.get(i);
                if is_time(time) {
                    push_time(builder.room(SHORT)?, time);
                }
                Ok(is_time(time))
            }),
            Any::Bits(bits) => texts(self.rows, bits.valid, |builder, i| {
                builder.room(SHORT)?.extend_from_slice(if bit(&bits.words, i) { b"true" } else { b"false" });
                Ok(true)
            }),
            Any::Texts(of_json) if of.kind == Type::Json => {
                let mut buffer = Vec::new();
                texts(self.rows, of_json.valid, |builder, i| {
                    let value = of_json.get(i);
                    Ok(json::push_string(builder.room(value.len() + SHORT)?, value, &mut buffer))
                })
            }
            Any::Texts(text) => Ok(text),
        }
    }

    fn text_call(&self, function: Function, args: &'a [Ref]) -> Result<Texts<'a>> {
        let rows = self.rows;
        match (function, args) {
            (Function::ToString, [of]) => self.to_string(of),
            (Function::Concat, _) => {
                let items = args.iter().map(|arg| self.to_string(arg)).collect::<Result<Vec<_>>>()?;
                texts(rows, None, |builder, i| {
                    for item in items.iter().filter(|item| is_valid(&item.valid, i)) {
                        push(builder, item.get(i))?;
                    }
                    Ok(true)
                })
            }
            (Function::Least | Function::Greatest, _) => {
                let all = args.iter().map(|arg| self.texts(arg)).collect::<Result<Vec<_>>>()?;
                let valid = all.iter().fold(None, |valid, item| both(valid, item.valid));
                texts(rows, valid, |builder, i| {
                    let values = all.iter().map(|item| item.get(i));
                    let Some(picked) = (if function == Function::Least { values.min() } else { values.max() }) else { return Ok(false) };
                    builder.room(picked.len())?.extend_from_slice(picked);
                    Ok(true)
                })
            }
            (Function::Upper | Function::Lower, [of]) => {
                let of = self.texts(of)?;
                let case = if function == Function::Upper { Case::Upper } else { Case::Lower };
                texts(rows, of.valid, |builder, i| {
                    let text = of.get(i);
                    // A letter becomes at most three.
                    case.push(builder.room(text.len() * 3)?, text);
                    Ok(true)
                })
            }
            (Function::Trim, [of]) => {
                let of = self.texts(of)?;
                texts(rows, of.valid, |builder, i| {
                    let text = text::trim(of.get(i));
                    builder.room(text.len())?.extend_from_slice(text);
                    Ok(true)
                })
            }
            (Function::Substring, [of, start, rest @ ..]) => {
                let (of, start) = (self.texts(of)?, self.nums(start)?);
                let length = rest.first().map(|length| self.nums(length)).transpose()?;
                let valid = both(both(of.valid, start.valid), length.as_ref().and_then(|length| length.valid));
                texts(rows, valid, |builder, i| {
                    let length = length.as_ref().map_or(f64::INFINITY, |length| length.get(i));
                    let Some(text) = text::substring(of.get(i), start.get(i), length) else { return Ok(false) };
                    builder.room(text.len())?.extend_from_slice(text);
                    Ok(true)
                })
            }
            (Function::Replace, [of, needle, by]) => {
                let (of, needle, by) = (self.texts(of)?, self.texts(needle)?, self.texts(by)?);
                let valid = both(both(of.valid, needle.valid), by.valid);
                texts(rows, valid, |builder, i| {
                    let (text, needle, by) = (of.get(i), needle.get(i), by.get(i));
                    let more = text::replaced_len(text, needle, by);
                    text::replace_all(builder.room(more)?, text, needle, by);
                    Ok(true)
                })
            }
            _ => Ok(Texts { values: Strs::Const(b""), valid: Some(NONE) }),
        }
    }
}

/// Adds to the text that is being made.
fn push(builder: &mut Builder, more: &[u8]) -> Result<()> {
    let start = builder.start();
    text::push_text(builder.room(more.len())?, start, more);
    Ok(())
}
