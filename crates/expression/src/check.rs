//! Names to columns, types to every node. js/src/expression/check.ts is its twin.

use std::cell::Cell;

use columnar::{ColumnType, Table, sorted};

use crate::ir::{Constant, FUNCTIONS, Function, Node, Op, Parameter, Ref, Signature, Type, Values};
use crate::near::{near_names, quoted_list, unknown_column};
use crate::syntax::{Ast, Cmp, Kind, Outcome, Step, shown, type_fault};
use crate::text::{Pattern, code_points};
use crate::time::{Unit, parse_time};

/// A node, where it stands and what it is called in messages.
#[derive(Clone)]
struct Checked {
    node: Ref,
    at: usize,
    what: String,
    /// Text that was written, which may stand for a time.
    written: bool,
}

pub fn check(tree: &Ast, table: &Table) -> Outcome<Ref> {
    Ok(Checker { table, shared: Cell::new(0) }.check(tree)?.node)
}

/// As the condition of a filter.
pub fn as_condition(node: &Ref) -> Outcome<Ref> {
    match node.kind {
        Type::Bool => Ok(Ref::clone(node)),
        Type::Null => Ok(Node::nothing(Type::Bool)),
        Type::Json => Ok(Node::new(Type::Bool, Op::As(Ref::clone(node)))),
        other => {
            Err(type_fault(0, format!("a filter takes a condition, and the expression is {}: compare it with something", other.name())))
        }
    }
}

struct Checker<'t> {
    table: &'t Table,
    /// Nodes that stand in several places.
    shared: Cell<usize>,
}

fn whole_name(path: &[Step]) -> String {
    let mut name = String::new();
    for (i, step) in path.iter().enumerate() {
        match step {
            Step::Key(key) => {
                if i > 0 {
                    name.push('.');
                }
                name.push_str(&shown(key));
            }
            Step::Index(place) => name.push_str(&format!("[{place}]")),
        }
    }
    name
}

impl Checker<'_> {
    fn check(&self, tree: &Ast) -> Outcome<Checked> {
        let at = tree.at;
        let made = |kind: Type, op: Op| Ok(Checked { node: Node::new(kind, op), at, what: kind.name().to_owned(), written: false });
        let given = |node: Ref| Ok(Checked { what: node.kind.name().to_owned(), node, at, written: false });
        match &tree.kind {
            Kind::Number { value, exact } => made(Type::Number, Op::Const(Constant::Number(*value, *exact))),
            Kind::Text(text) => Ok(Checked {
                node: Node::new(Type::Text, Op::Const(Constant::Text(text.clone()))),
                at,
                what: "text".to_owned(),
                written: true,
            }),
            Kind::Bool(value) => made(Type::Bool, Op::Const(Constant::Bool(*value))),
            Kind::Null => given(Node::nothing(Type::Null)),
            Kind::Time(value) => made(Type::Timestamp, Op::Const(Constant::Time(*value))),
            Kind::Name { path, quoted } => self.name(path, at, *quoted),
            Kind::Not(of) => made(Type::Bool, Op::Not(self.to(Type::Bool, &self.check(of)?, "NOT")?)),
            Kind::Neg(of) => made(Type::Number, Op::Neg(self.to(Type::Number, &self.check(of)?, "-")?)),
            Kind::IsNull(of) => made(Type::Bool, Op::IsNull(self.check(of)?.node)),
            Kind::And(items) => made(Type::Bool, Op::And(self.all(Type::Bool, items, "AND")?)),
            Kind::Or(items) => made(Type::Bool, Op::Or(self.all(Type::Bool, items, "OR")?)),
            Kind::Join(items) => made(Type::Text, Op::Join(self.all(Type::Text, items, "||")?)),
            Kind::Arith { first, rest } => {
                let sign = |op: u8| char::from(op).to_string();
                let first = self.to(Type::Number, &self.check(first)?, &rest.first().map_or("+".to_owned(), |(op, _)| sign(*op)))?;
                let rest = rest.iter().map(|(op, of)| Ok((*op, self.to(Type::Number, &self.check(of)?, &sign(*op))?)));
                made(Type::Number, Op::Arith(first, rest.collect::<Outcome<_>>()?))
            }
            Kind::Compare { op, a, b } => given(self.compare(*op, &self.check(a)?, &self.check(b)?, at)?),
            Kind::Between { of, low, high } => {
                let of = self.share(self.check(of)?);
                let above = self.compare(Cmp::Ge, &of, &self.check(low)?, at)?;
                made(Type::Bool, Op::And(vec![above, self.compare(Cmp::Le, &of, &self.check(high)?, at)?]))
            }
            Kind::In { of, list } => {
                let of = self.check(of)?;
                let list = list.iter().map(|item| self.check(item)).collect::<Outcome<Vec<_>>>()?;
                given(self.is_in(&of, &list, at)?)
            }
            Kind::Like { of, pattern, escape, fold } => given(self.like(of, pattern, escape.as_deref(), *fold)?),
            Kind::Case { of, whens, otherwise } => given(self.case(of.as_deref(), whens, otherwise.as_deref())?),
            Kind::Call { name, args } => given(self.call(name, args, at)?),
        }
    }

    /// For an operand that will stand in several places: without it nested ones would be computed 2^depth times.
    fn share(&self, mut operand: Checked) -> Checked {
        if !operand.node.children().is_empty() {
            self.shared.set(self.shared.get() + 1);
            operand.node = Node::new(operand.node.kind, Op::Shared(self.shared.get(), operand.node));
        }
        operand
    }

    fn all(&self, kind: Type, items: &[Ast], taker: &str) -> Outcome<Vec<Ref>> {
        items.iter().map(|item| self.to(kind, &self.check(item)?, taker)).collect()
    }

    fn name(&self, path: &[Step], at: usize, quoted: bool) -> Outcome<Checked> {
        let whole = whole_name(path);
        let columns = self.table.columns();
        if let Some(place) = self.table.index_of(&whole) {
            let column = columns[place].kind();
            let what = format!("column '{whole}' ({})", column.name());
            return Ok(Checked { node: Node::new(Type::of(column), Op::Column(place, column)), at, what, written: false });
        }
        let first = whole_name(&path[..1]);
        let Some(place) = self.table.index_of(&first) else {
            let known: Vec<&str> = self.table.names().iter().map(|name| &**name).collect();
            return Err(type_fault(at, unknown_column(&whole, &known, quoted)));
        };
        let column = columns[place].kind();
        if column != ColumnType::Json {
            let kind = column.name();
            return Err(type_fault(
                at,
                format!("there is no column '{whole}', and column '{first}' ({kind}) has no parts: paths lead into json columns"),
            ));
        }
        let node = Node::new(Type::Json, Op::Path(place, path[1..].to_vec()));
        Ok(Checked { node, at, what: format!("'{whole}' (json)"), written: false })
    }

    /// `operand` as a `kind` that `taker` takes.
    fn to(&self, kind: Type, operand: &Checked, taker: &str) -> Outcome<Ref> {
        let found = operand.node.kind;
        if found == kind {
            return Ok(Ref::clone(&operand.node));
        }
        if found == Type::Null {
            return Ok(Node::nothing(kind));
        }
        if found == Type::Json && kind != Type::Timestamp {
            return Ok(Node::new(kind, Op::As(Ref::clone(&operand.node))));
        }
        if kind == Type::Timestamp
            && let Some(time) = self.time(operand)?
        {
            return Ok(time);
        }
        let hint = match (taker, kind) {
            ("+", _) if found == Type::Text => "join text with ||",
            ("||", _) if found == Type::Bool => "write OR",
            ("||", _) | (_, Type::Text) => "convert it with toString",
            (_, Type::Timestamp) => "convert it with toTimestamp",
            (_, Type::Number) => "convert it with toNumber",
            _ => "compare it with something",
        };
        Err(type_fault(operand.at, format!("{taker} takes {}, not {}: {hint}", kind.plural(), operand.what)))
    }

    /// Text that was written where a time is wanted.
    fn time(&self, operand: &Checked) -> Outcome<Option<Ref>> {
        let (true, Some(Constant::Text(text))) = (operand.written, operand.node.constant()) else { return Ok(None) };
        match parse_time(text) {
            Some(time) => Ok(Some(Node::new(Type::Timestamp, Op::Const(Constant::Time(time))))),
            None => Err(type_fault(operand.at, format!("'{}' is no time: write '2024-01-31T12:00:00Z' or '2024-01-31'", shown(text)))),
        }
    }

    fn compare(&self, cmp: Cmp, a: &Checked, b: &Checked, at: usize) -> Outcome<Ref> {
        let (x, y) = (a.node.kind, b.node.kind);
        if x == Type::Null || y == Type::Null {
            return Ok(Node::nothing(Type::Bool));
        }
        if x == y {
            return Ok(beside(cmp, x, Ref::clone(&a.node), Ref::clone(&b.node)));
        }
        let typed = match (x, y) {
            (Type::Json, other) | (other, Type::Json) if other != Type::Timestamp => Some(other),
            _ => None,
        };
        if let Some(kind) = typed {
            return Ok(beside(cmp, kind, self.to(kind, a, cmp.text())?, self.to(kind, b, cmp.text())?));
        }
        if x == Type::Timestamp
            && let Some(time) = self.time(b)?
        {
            return Ok(beside(cmp, x, Ref::clone(&a.node), time));
        }
        if y == Type::Timestamp
            && let Some(time) = self.time(a)?
        {
            return Ok(beside(cmp, y, time, Ref::clone(&b.node)));
        }
        let message = format!("{} compares values of one type, not {} with {}{}", cmp.text(), a.what, b.what, hint_of(x, y));
        Err(type_fault(at, message))
    }

    fn is_in(&self, of: &Checked, list: &[Checked], at: usize) -> Outcome<Ref> {
        let values: Vec<&Checked> = list.iter().filter(|item| item.node.kind != Type::Null).collect();
        let nulls = values.len() < list.len();
        let kind = match (of.node.kind, values.first()) {
            (Type::Json, Some(first)) => first.node.kind,
            (kind, _) => kind,
        };
        let fits =
            |item: &&Checked| item.node.constant().is_some() && (item.node.kind == kind || (kind == Type::Timestamp && item.written));
        let constant = matches!(kind, Type::Number | Type::Text | Type::Timestamp) && !values.is_empty() && values.iter().all(fits);
        if !constant {
            let of = self.share(of.clone());
            let items = list.iter().map(|item| self.compare(Cmp::Eq, &of, item, at)).collect::<Outcome<_>>()?;
            return Ok(Node::new(Type::Bool, Op::Or(items)));
        }
        let (mut numbers, mut wholes, mut texts, mut times) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for item in values {
            let time = if kind == Type::Timestamp { self.time(item)? } else { None };
            match time.as_ref().unwrap_or(&item.node).constant() {
                Some(Constant::Number(value, exact)) => {
                    if exact.is_none_or(|k| *value as i128 == k) {
                        numbers.push(*value);
                    }
                    if let Some(k) = exact.or_else(|| (value.fract() == 0.0).then_some(*value as i128)) {
                        wholes.extend(i64::try_from(k).ok());
                    }
                }
                Some(Constant::Text(text)) => texts.push(text.clone()),
                Some(Constant::Time(time)) => times.push(*time),
                _ => {}
            }
        }
        let of = self.to(kind, of, "IN")?;
        let values = match kind {
            Type::Number => Values::Numbers(sorted(&numbers, f64::total_cmp), sorted(&wholes, Ord::cmp)),
            Type::Text => Values::Texts(sorted(&texts, Ord::cmp)),
            _ => Values::Times(sorted(&times, Ord::cmp)),
        };
        Ok(Node::new(Type::Bool, Op::In { of, values, nulls }))
    }

    fn like(&self, of: &Ast, pattern: &Ast, escape: Option<&Ast>, fold: bool) -> Outcome<Ref> {
        let word = if fold { "ILIKE" } else { "LIKE" };
        let of = self.to(Type::Text, &self.check(of)?, word)?;
        let Kind::Text(text) = &pattern.kind else {
            return Err(type_fault(
                pattern.at,
                format!("{word} takes a pattern in single quotes: contains, startsWith and endsWith compare with columns"),
            ));
        };
        let escape = match escape {
            None => None,
            Some(Ast { kind: Kind::Text(escape), .. }) if code_points(escape) == 1 => Some(escape.as_slice()),
            Some(other) => return Err(type_fault(other.at, "ESCAPE takes one character in single quotes")),
        };
        let Some(made) = Pattern::new(text, escape, fold) else {
            return Err(type_fault(pattern.at, "the pattern ends with its escape character"));
        };
        Ok(Node::new(Type::Bool, Op::Like(of, made)))
    }

    fn case(&self, of: Option<&Ast>, whens: &[(Ast, Ast)], otherwise: Option<&Ast>) -> Outcome<Ref> {
        let of = of.map(|of| Ok(self.share(self.check(of)?))).transpose()?;
        let mut conditions = Vec::new();
        for (when, _) in whens {
            let checked = self.check(when)?;
            conditions.push(match &of {
                Some(of) => self.compare(Cmp::Eq, of, &checked, when.at)?,
                None => self.to(Type::Bool, &checked, "WHEN")?,
            });
        }
        let results = whens.iter().map(|(_, then)| then).chain(otherwise).map(|then| self.check(then)).collect::<Outcome<Vec<_>>>()?;
        let (kind, mut nodes) = self.common(&results, "CASE")?;
        let otherwise = if otherwise.is_some() { nodes.pop() } else { None }.unwrap_or_else(|| Node::nothing(kind));
        Ok(Node::new(kind, Op::Case(conditions.into_iter().zip(nodes).collect(), otherwise)))
    }

    /// All as one type.
    fn common(&self, operands: &[Checked], taker: &str) -> Outcome<(Type, Vec<Ref>)> {
        let has = |kind: Type| operands.iter().find(|operand| operand.node.kind == kind);
        let Some(typed) = operands.iter().find(|operand| operand.node.kind != Type::Null) else {
            return Ok((Type::Null, operands.iter().map(|operand| Ref::clone(&operand.node)).collect()));
        };
        let (json, time) = (has(Type::Json), has(Type::Timestamp));
        if let (Some(json), Some(time)) = (json, time) {
            let message = format!("{taker} takes values of one type, not {} and {}: convert with toTimestamp", json.what, time.what);
            return Err(type_fault(time.at, message));
        }
        let first = time.unwrap_or(typed);
        let kind = if json.is_some() { Type::Json } else { first.node.kind };
        let nodes = operands.iter().map(|operand| {
            let found = operand.node.kind;
            if found == Type::Null {
                return Ok(Node::nothing(kind));
            }
            if found == kind {
                return Ok(Ref::clone(&operand.node));
            }
            if json.is_some() {
                return Ok(Node::new(Type::Json, Op::Box(Ref::clone(&operand.node))));
            }
            if time.is_some()
                && let Some(converted) = self.time(operand)?
            {
                return Ok(converted);
            }
            let hint = hint_of(first.node.kind, found);
            Err(type_fault(operand.at, format!("{taker} takes values of one type, not {} and {}{hint}", first.what, operand.what)))
        });
        Ok((kind, nodes.collect::<Outcome<_>>()?))
    }

    fn call(&self, name: &str, args: &[Ast], at: usize) -> Outcome<Ref> {
        let Some(signature) = FUNCTIONS.iter().find(|signature| signature.name.eq_ignore_ascii_case(name)) else {
            let near = near_names(name, &mut FUNCTIONS.iter().map(|signature| signature.name));
            let cure = if near.is_empty() {
                "docs/expressions.md lists them".to_owned()
            } else {
                format!("did you mean {}?", quoted_list(near.into_iter()))
            };
            return Err(type_fault(at, format!("there is no function '{name}': {cure}")));
        };
        let &Signature { name, function, parameters, optional, rest, same, result } = signature;
        if args.len() < parameters.len() - optional || (args.len() > parameters.len() && !rest) {
            let least = parameters.len() - optional;
            let count = if rest {
                format!("at least {least}")
            } else if optional > 0 {
                format!("{least} or {}", parameters.len())
            } else {
                least.to_string()
            };
            let plural = if count.ends_with('1') { "" } else { "s" };
            return Err(type_fault(at, format!("{name} takes {count} argument{plural}, not {}", args.len())));
        }
        if let (Function::DateTrunc, [unit, time]) = (function, args) {
            return self.date_trunc(unit, time);
        }
        let mut args = args.iter().map(|arg| self.check(arg)).collect::<Outcome<Vec<_>>>()?;
        if same {
            return self.call_same(name, function, &mut args, at);
        }
        let nodes = args.iter().enumerate().map(|(i, arg)| match parameters[i.min(parameters.len() - 1)] {
            Parameter::Is(kind) => self.to(kind, arg, name),
            Parameter::Value if function == Function::ToTimestamp && arg.node.kind == Type::Bool => {
                Err(type_fault(arg.at, format!("toTimestamp takes text or a number, not {}", arg.what)))
            }
            Parameter::Value => Ok(Ref::clone(&arg.node)),
        });
        Ok(Node::new(result, Op::Call(function, nodes.collect::<Outcome<_>>()?)))
    }

    fn call_same(&self, name: &str, function: Function, args: &mut [Checked], at: usize) -> Outcome<Ref> {
        if let (Function::NullIf, Some(first)) = (function, args.first_mut()) {
            *first = self.share(first.clone());
        }
        let args = &*args;
        let (kind, nodes) = self.common(args, name)?;
        if matches!(function, Function::Least | Function::Greatest)
            && kind == Type::Json
            && let Some(json) = args.iter().find(|arg| arg.node.kind == Type::Json)
        {
            let message =
                format!("{name} takes numbers, text, timestamps or conditions, not {}: convert it with toNumber or toString", json.what);
            return Err(type_fault(json.at, message));
        }
        if let (Function::NullIf, [a, b]) = (function, args) {
            let same = self.compare(Cmp::Eq, a, b, at)?;
            return Ok(Node::new(kind, Op::Case(vec![(same, Node::nothing(kind))], Ref::clone(&nodes[0]))));
        }
        Ok(Node::new(kind, Op::Call(function, nodes)))
    }

    fn date_trunc(&self, unit: &Ast, time: &Ast) -> Outcome<Ref> {
        let named = match &unit.kind {
            Kind::Text(text) => Unit::ALL.into_iter().find(|(name, _)| text.eq_ignore_ascii_case(name.as_bytes())),
            _ => None,
        };
        let Some((_, named)) = named else {
            let units = quoted_list(Unit::ALL.into_iter().map(|(name, _)| name));
            return Err(type_fault(unit.at, format!("dateTrunc takes one of {units} first")));
        };
        Ok(Node::new(Type::Timestamp, Op::DateTrunc(named, self.to(Type::Timestamp, &self.check(time)?, "dateTrunc")?)))
    }
}

/// Doubles compare exactly with a whole number that no double holds: as with its neighbour on one side. Columns of i64 keep the number
/// itself.
fn beside(cmp: Cmp, kind: Type, a: Ref, b: Ref) -> Ref {
    let right = b.constant().is_some();
    let (constant, other) = if right { (&b, &a) } else { (&a, &b) };
    let whole = matches!(other.op, Op::Column(_, ColumnType::I64));
    let (Some(&Constant::Number(value, Some(exact))), false, false) = (constant.constant(), other.constant().is_some(), whole) else {
        return Node::new(Type::Bool, Op::Compare(cmp, kind, a, b));
    };
    let below = (value as i128).cmp(&exact);
    let (cmp, value) = match cmp {
        _ if below.is_eq() => (cmp, value),
        Cmp::Eq | Cmp::Ne => (cmp, f64::NAN),
        // Nothing lies between the double and the number: on which side equality falls is all there is to say.
        _ => {
            let greater = matches!(cmp, Cmp::Gt | Cmp::Ge);
            let strict = (greater == right) == below.is_lt();
            let cmp = match (greater, strict) {
                (true, true) => Cmp::Gt,
                (true, false) => Cmp::Ge,
                (false, true) => Cmp::Lt,
                (false, false) => Cmp::Le,
            };
            (cmp, value)
        }
    };
    let constant = Node::new(Type::Number, Op::Const(Constant::Number(value, None)));
    let (a, b) = if right { (a, constant) } else { (constant, b) };
    Node::new(Type::Bool, Op::Compare(cmp, kind, a, b))
}

fn hint_of(a: Type, b: Type) -> &'static str {
    let has = |kind: Type| a == kind || b == kind;
    if has(Type::Json) {
        ": convert with toTimestamp"
    } else if has(Type::Timestamp) {
        match (has(Type::Number), has(Type::Text)) {
            (true, _) => ": convert with toTimestamp or toNumber",
            (_, true) => ": convert with toTimestamp",
            _ => "",
        }
    } else if has(Type::Text) {
        if has(Type::Number) { ": convert with toNumber or toString" } else { ": convert with toString" }
    } else {
        ""
    }
}
