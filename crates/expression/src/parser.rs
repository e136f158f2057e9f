//! Tokens to a tree by operator precedence. js/src/expression/parser.ts is its twin.

use crate::lexer::{Token, Value, next_token};
use crate::syntax::{Ast, Cmp, Fault, Kind, MAX_DEPTH, MAX_LENGTH, Outcome, Step, parse_fault, shown, utf16_len};
use crate::time::parse_time;

const RESERVED: [&str; 17] =
    ["and", "or", "not", "in", "between", "like", "ilike", "escape", "is", "null", "true", "false", "case", "when", "then", "else", "end"];
const OR: u8 = 1;
const AND: u8 = 2;
const NOT: u8 = 3;
const COMPARE: u8 = 4;
const JOIN: u8 = 5;
const ADD: u8 = 6;
const MULTIPLY: u8 = 7;
const UNARY: u8 = 8;

/// # Errors
/// PARSE, and where.
pub fn parse(text: &[u8]) -> Outcome<Ast> {
    if text.len() > MAX_LENGTH && utf16_len(text) > MAX_LENGTH {
        // As many bytes as make that many code units.
        let mut units = 0;
        let at = text.iter().position(|b| {
            units += utf16_len(&[*b]);
            units > MAX_LENGTH
        });
        return Err(parse_fault(at.unwrap_or(text.len()), format!("an expression has at most {MAX_LENGTH} characters")));
    }
    let mut parser = Parser { text, token: next_token(text, 0)?, depth: 0 };
    if parser.token.value == Value::End {
        return Err(parse_fault(0, "the expression is empty"));
    }
    let tree = parser.any()?;
    if parser.token.value != Value::End {
        return Err(parser.unexpected("an operator or the end"));
    }
    Ok(tree)
}

struct Parser<'t> {
    text: &'t [u8],
    token: Token,
    depth: usize,
}

fn comparison(op: &str) -> Option<Cmp> {
    Some(match op {
        "=" | "==" => Cmp::Eq,
        "!=" | "<>" => Cmp::Ne,
        "<" => Cmp::Lt,
        "<=" => Cmp::Le,
        ">" => Cmp::Gt,
        ">=" => Cmp::Ge,
        _ => return None,
    })
}

#[derive(Clone, Copy, PartialEq)]
enum Chain {
    And,
    Or,
    Join,
}

impl Parser<'_> {
    fn advance(&mut self) -> Outcome<Token> {
        let next = next_token(self.text, self.token.end)?;
        Ok(core::mem::replace(&mut self.token, next))
    }

    fn op(&self) -> Option<&'static str> {
        if let Value::Op(op) = self.token.value { Some(op) } else { None }
    }

    fn is_op(&self, op: &str) -> bool {
        self.op() == Some(op)
    }

    /// The keyword that stands here.
    fn word(&self) -> Option<&'static str> {
        match &self.token.value {
            Value::Name { value, quoted: false } => RESERVED.into_iter().find(|word| value.eq_ignore_ascii_case(word.as_bytes())),
            _ => None,
        }
    }

    fn expect_op(&mut self, op: &str) -> Outcome<()> {
        if !self.is_op(op) {
            return Err(self.unexpected(&format!("'{op}'")));
        }
        self.advance().map(drop)
    }

    fn expect_word(&mut self, word: &str) -> Outcome<()> {
        if self.word() != Some(word) {
            return Err(self.unexpected(&word.to_ascii_uppercase()));
        }
        self.advance().map(drop)
    }

    fn unexpected(&self, wanted: &str) -> Fault {
        let Token { at, end, value } = &self.token;
        let found = if *value == Value::End { "the end".to_owned() } else { format!("'{}'", shown(&self.text[*at..*end])) };
        parse_fault(*at, format!("{wanted} is expected, not {found}"))
    }

    fn deeper(&mut self) -> Outcome<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(parse_fault(self.token.at, format!("expressions nest at most {MAX_DEPTH} deep")));
        }
        Ok(())
    }

    /// Any expression: `a ? b : c` binds weakest.
    fn any(&mut self) -> Outcome<Ast> {
        let mut left = self.level(OR)?;
        if !self.is_op("?") {
            return Ok(left);
        }
        let at = self.token.at;
        let mut whens = Vec::new();
        while self.is_op("?") {
            self.advance()?;
            self.deeper()?;
            let then = self.any()?;
            self.depth -= 1;
            self.expect_op(":")?;
            whens.push((left, then));
            left = self.level(OR)?;
        }
        Ok(Ast { at, kind: Kind::Case { of: None, whens, otherwise: Some(Box::new(left)) } })
    }

    /// What binds at least as strongly as `min`.
    fn level(&mut self, min: u8) -> Outcome<Ast> {
        self.deeper()?;
        let mut left = self.prefix()?;
        loop {
            match self.infix(left, min)? {
                (tree, true) => left = tree,
                (tree, false) => {
                    self.depth -= 1;
                    return Ok(tree);
                }
            }
        }
    }

    /// `left` with the operator that follows, and whether one did.
    fn infix(&mut self, left: Ast, min: u8) -> Outcome<(Ast, bool)> {
        let done = |tree: Outcome<Ast>| tree.map(|tree| (tree, true));
        if let Some(op) = self.op() {
            return match op {
                "&&" if min <= AND => done(self.chain(Chain::And, left)),
                "||" if min <= JOIN => done(self.chain(Chain::Join, left)),
                "+" | "-" if min <= ADD => done(self.arithmetic(left, ADD, b"+-")),
                "*" | "/" | "%" if min <= MULTIPLY => done(self.arithmetic(left, MULTIPLY, b"*/%")),
                _ => match comparison(op) {
                    Some(op) if min <= COMPARE => {
                        let at = self.advance()?.at;
                        let b = Box::new(self.level(JOIN)?);
                        done(self.single(Ast { at, kind: Kind::Compare { op, a: Box::new(left), b } }))
                    }
                    _ => Ok((left, false)),
                },
            };
        }
        match self.word() {
            Some("or") if min <= OR => done(self.chain(Chain::Or, left)),
            Some("and") if min <= AND => done(self.chain(Chain::And, left)),
            Some("not" | "in" | "between" | "like" | "ilike" | "is") if min <= COMPARE => {
                let tree = self.predicate(left)?;
                done(self.single(tree))
            }
            _ => Ok((left, false)),
        }
    }

    /// `a < b < c` is not what it looks like, so it is no expression.
    fn single(&self, tree: Ast) -> Outcome<Ast> {
        let chained = self.op().is_some_and(|op| comparison(op).is_some())
            || matches!(self.word(), Some("not" | "in" | "between" | "like" | "ilike" | "is"));
        if chained {
            return Err(parse_fault(self.token.at, "comparisons do not chain: join them with AND, or put one in parentheses"));
        }
        Ok(tree)
    }

    fn chain(&mut self, chain: Chain, left: Ast) -> Outcome<Ast> {
        let at = self.token.at;
        let mut items = vec![left];
        let level = match chain {
            Chain::And => AND,
            Chain::Or => OR,
            Chain::Join => JOIN,
        };
        while match chain {
            Chain::And => self.word() == Some("and") || self.is_op("&&"),
            Chain::Or => self.word() == Some("or"),
            Chain::Join => self.is_op("||"),
        } {
            self.advance()?;
            items.push(self.level(level + 1)?);
        }
        let kind = match chain {
            Chain::And => Kind::And(items),
            Chain::Or => Kind::Or(items),
            Chain::Join => Kind::Join(items),
        };
        Ok(Ast { at, kind })
    }

    fn arithmetic(&mut self, first: Ast, level: u8, ops: &[u8]) -> Outcome<Ast> {
        let at = self.token.at;
        let mut rest = Vec::new();
        while let Some(op) = self.op().filter(|op| op.len() == 1 && ops.contains(&op.as_bytes()[0])) {
            self.advance()?;
            rest.push((op.as_bytes()[0], self.level(level + 1)?));
        }
        Ok(Ast { at, kind: Kind::Arith { first: Box::new(first), rest } })
    }

    fn predicate(&mut self, of: Ast) -> Outcome<Ast> {
        let at = self.token.at;
        let of = Box::new(of);
        let not = self.word() == Some("not");
        if not {
            self.advance()?;
        }
        let kind = match self.word() {
            Some("in") => {
                self.advance()?;
                self.expect_op("(")?;
                Kind::In { of, list: self.list()? }
            }
            Some("between") => {
                self.advance()?;
                let low = Box::new(self.level(JOIN)?);
                self.expect_word("and")?;
                Kind::Between { of, low, high: Box::new(self.level(JOIN)?) }
            }
            Some(word @ ("like" | "ilike")) => {
                self.advance()?;
                let pattern = Box::new(self.level(JOIN)?);
                let escape = if self.word() == Some("escape") {
                    self.advance()?;
                    Some(Box::new(self.level(JOIN)?))
                } else {
                    None
                };
                Kind::Like { of, pattern, escape, fold: word == "ilike" }
            }
            Some("is") if !not => {
                self.advance()?;
                let is_not = self.word() == Some("not");
                if is_not {
                    self.advance()?;
                }
                self.expect_word("null")?;
                let tree = Ast { at, kind: Kind::IsNull(of) };
                return Ok(if is_not { Ast { at, kind: Kind::Not(Box::new(tree)) } } else { tree });
            }
            _ => return Err(self.unexpected("IN, BETWEEN or LIKE")),
        };
        let tree = Ast { at, kind };
        Ok(if not { Ast { at, kind: Kind::Not(Box::new(tree)) } } else { tree })
    }

    /// What stands between parentheses, at least one; the opening one was read.
    fn list(&mut self) -> Outcome<Vec<Ast>> {
        let mut list = vec![self.any()?];
        while self.is_op(",") {
            self.advance()?;
            list.push(self.any()?);
        }
        self.expect_op(")")?;
        Ok(list)
    }

    fn prefix(&mut self) -> Outcome<Ast> {
        let at = self.token.at;
        match &self.token.value {
            Value::Number { .. } | Value::Text(_) => {
                let kind = match self.advance()?.value {
                    Value::Number { value, exact } => Kind::Number { value, exact },
                    Value::Text(text) => Kind::Text(text),
                    _ => Kind::Null,
                };
                Ok(Ast { at, kind })
            }
            Value::Op(op) => self.prefix_op(op, at),
            Value::Name { .. } => self.named(),
            Value::End => Err(self.unexpected("a value")),
        }
    }

    fn prefix_op(&mut self, op: &str, at: usize) -> Outcome<Ast> {
        match op {
            "(" => {
                self.advance()?;
                let tree = self.any()?;
                self.expect_op(")")?;
                Ok(tree)
            }
            "-" | "+" => {
                self.advance()?;
                let of = self.level(UNARY)?;
                if let Kind::Number { value, exact } = of.kind {
                    if op == "+" {
                        return Ok(of);
                    }
                    return Ok(Ast { at, kind: Kind::Number { value: -value, exact: exact.map(|k| -k) } });
                }
                // `+x` is x, of numbers alone.
                let kind = if op == "-" { Kind::Neg(Box::new(of)) } else { Kind::Arith { first: Box::new(of), rest: Vec::new() } };
                Ok(Ast { at, kind })
            }
            "!" => {
                self.advance()?;
                Ok(Ast { at, kind: Kind::Not(Box::new(self.level(UNARY)?)) })
            }
            _ => Err(self.unexpected("a value")),
        }
    }

    fn named(&mut self) -> Outcome<Ast> {
        let word = self.word();
        let Token { at, value: Value::Name { value: name, quoted }, .. } = self.advance()? else {
            return Err(self.unexpected("a value"));
        };
        match word {
            Some("true" | "false") => return Ok(Ast { at, kind: Kind::Bool(word == Some("true")) }),
            Some("null") => return Ok(Ast { at, kind: Kind::Null }),
            Some("not") => return Ok(Ast { at, kind: Kind::Not(Box::new(self.level(NOT)?)) }),
            Some("case") => return self.case(at),
            Some(_) => {
                let name = shown(&name);
                return Err(parse_fault(at, format!("a value is expected, not '{name}': quote a column of that name: \"{name}\"")));
            }
            None => {}
        }
        if !quoted && self.is_op("(") {
            self.advance()?;
            let args = if self.is_op(")") {
                self.advance()?;
                Vec::new()
            } else {
                self.list()?
            };
            return Ok(Ast { at, kind: Kind::Call { name: shown(&name).into_owned(), args } });
        }
        if !quoted && name.eq_ignore_ascii_case(b"timestamp") && matches!(self.token.value, Value::Text(_)) {
            let Token { at: start, value: Value::Text(literal), .. } = self.advance()? else {
                return Err(self.unexpected("a value"));
            };
            let Some(time) = parse_time(&literal) else {
                let literal = shown(&literal);
                return Err(parse_fault(start, format!("'{literal}' is no time: write TIMESTAMP '2024-01-31T12:00:00Z' or '2024-01-31'")));
            };
            return Ok(Ast { at, kind: Kind::Time(time) });
        }
        let mut path = vec![Step::Key(name)];
        self.steps(&mut path)?;
        Ok(Ast { at, kind: Kind::Name { path, quoted } })
    }

    fn steps(&mut self, path: &mut Vec<Step>) -> Outcome<()> {
        loop {
            if self.is_op(".") {
                self.advance()?;
                if !matches!(self.token.value, Value::Name { .. }) {
                    return Err(self.unexpected("a name"));
                }
                if let Value::Name { value, .. } = self.advance()?.value {
                    path.push(Step::Key(value));
                }
            } else if self.is_op("[") {
                self.advance()?;
                let step = match &self.token.value {
                    Value::Text(key) => Step::Key(key.clone()),
                    Value::Number { value, .. } if value.fract() == 0.0 && *value < 4_294_967_296.0 => Step::Index(*value as u32),
                    _ => return Err(self.unexpected("a whole number or a 'key'")),
                };
                path.push(step);
                self.advance()?;
                self.expect_op("]")?;
            } else {
                return Ok(());
            }
        }
    }

    fn case(&mut self, at: usize) -> Outcome<Ast> {
        let of = if self.word() == Some("when") { None } else { Some(Box::new(self.any()?)) };
        let mut whens = Vec::new();
        loop {
            self.expect_word("when")?;
            let when = self.any()?;
            self.expect_word("then")?;
            whens.push((when, self.any()?));
            if self.word() != Some("when") {
                break;
            }
        }
        let otherwise = if self.word() == Some("else") {
            self.advance()?;
            Some(Box::new(self.any()?))
        } else {
            None
        };
        self.expect_word("end")?;
        Ok(Ast { at, kind: Kind::Case { of, whens, otherwise } })
    }
}
