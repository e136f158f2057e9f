//! What depends on no column is computed once; what depends on one dictionary column alone is computed once for each of its entries
//! and looked up by code.

use std::collections::HashMap;
use std::sync::Arc;

use columnar::{Bitmap, Codes, Column, ColumnType, Data, Result, Strings, Table, alloc};

use crate::block::{ALL, Bits, Ints, NONE, Nums, Strs, Texts, Valid, Wholes, nums, partial, validity, zip};
use crate::compare::Flags;
use crate::eval::Block;
use crate::ir::{ByNumber, Node, Op, Ref, constant_of};
use crate::run::evaluate;

/// What was computed for each entry of a dictionary, and for null behind them.
#[derive(Debug)]
pub struct Lookup {
    place: usize,
    found: Column,
    entries: usize,
    /// For conditions: the entries for which it holds.
    holds: Flags,
    /// The entries that give no value.
    unknown: Flags,
}

/// The columns a node reads: none, one, or more.
#[derive(Clone, Copy, PartialEq)]
enum Reads {
    None,
    One(usize),
    Many,
}

pub struct Binder<'t> {
    table: &'t Table,
    reads: ByNumber<Reads>,
    bound: ByNumber<Ref>,
}

impl<'t> Binder<'t> {
    pub fn new(table: &'t Table) -> Self {
        Self { table, reads: ByNumber::default(), bound: ByNumber::default() }
    }

    fn reads(&mut self, node: &Node) -> Reads {
        match &node.op {
            Op::Column(place, _) | Op::Path(place, _) => Reads::One(*place),
            Op::Shared(number, of) => {
                if let Some(known) = self.reads.get(*number) {
                    return *known;
                }
                let found = self.reads(of);
                self.reads.put(*number, found);
                found
            }
            _ => {
                let mut all = Reads::None;
                for child in node.children() {
                    all = match (all, self.reads(child)) {
                        (some, Reads::None) | (Reads::None, some) => some,
                        (Reads::One(a), Reads::One(b)) if a == b => all,
                        _ => return Reads::Many,
                    };
                }
                all
            }
        }
    }

    /// `node` for this table.
    pub fn bind(&mut self, node: &Ref) -> Result<Ref> {
        if let Op::Shared(number, of) = &node.op {
            if let Some(known) = self.bound.get(*number) {
                return Ok(Ref::clone(known));
            }
            let bound = self.bind(of)?;
            let made = if bound.children().is_empty() { bound } else { Node::new(node.kind, Op::Shared(*number, bound)) };
            self.bound.put(*number, Ref::clone(&made));
            return Ok(made);
        }
        if node.children().is_empty() {
            return Ok(Ref::clone(node));
        }
        match self.reads(node) {
            Reads::None => {
                let one = Table::new(1, Vec::new())?;
                let constant = constant_of(&evaluate(node, &one)?, node.kind);
                return Ok(Node::new(node.kind, Op::Const(constant)));
            }
            Reads::One(place) => {
                if let Some(dictionary) = liftable(self.table, place) {
                    return Ok(Node::new(node.kind, Op::Lookup(Box::new(Lookup::new(node, place, dictionary)?))));
                }
            }
            Reads::Many => {}
        }
        self.rebuilt(node)
    }

    fn all(&mut self, nodes: &[Ref]) -> Result<Vec<Ref>> {
        nodes.iter().map(|node| self.bind(node)).collect()
    }

    /// The same node over bound children.
    fn rebuilt(&mut self, node: &Ref) -> Result<Ref> {
        let op = match &node.op {
            Op::As(of) => Op::As(self.bind(of)?),
            Op::Box(of) => Op::Box(self.bind(of)?),
            Op::Not(of) => Op::Not(self.bind(of)?),
            Op::IsNull(of) => Op::IsNull(self.bind(of)?),
            Op::Neg(of) => Op::Neg(self.bind(of)?),
            Op::DateTrunc(unit, of) => Op::DateTrunc(*unit, self.bind(of)?),
            Op::Compare(cmp, kind, a, b) => Op::Compare(*cmp, *kind, self.bind(a)?, self.bind(b)?),
            Op::And(items) => Op::And(self.all(items)?),
            Op::Or(items) => Op::Or(self.all(items)?),
            Op::Join(items) => Op::Join(self.all(items)?),
            Op::Call(function, args) => Op::Call(*function, self.all(args)?),
            Op::Arith(first, rest) => {
                let first = self.bind(first)?;
                Op::Arith(first, rest.iter().map(|(op, of)| Ok((*op, self.bind(of)?))).collect::<Result<_>>()?)
            }
            Op::Case(whens, otherwise) => {
                let whens = whens.iter().map(|(when, then)| Ok((self.bind(when)?, self.bind(then)?))).collect::<Result<_>>()?;
                Op::Case(whens, self.bind(otherwise)?)
            }
            Op::In { of, values, nulls } => Op::In { of: self.bind(of)?, values: values.clone(), nulls: *nulls },
            Op::Like(of, pattern) => Op::Like(self.bind(of)?, pattern.clone()),
            Op::Const(_) | Op::Column(..) | Op::Path(..) | Op::Lookup(_) | Op::Shared(..) => return Ok(Ref::clone(node)),
        };
        Ok(Node::new(node.kind, op))
    }
}

/// The dictionary at `place`, if computing over it is less work than over the rows.
fn liftable(table: &Table, place: usize) -> Option<&Strings> {
    match table.columns()[place].data() {
        Data::Dict(_, dictionary) if dictionary.len() <= table.rows() => Some(dictionary),
        _ => None,
    }
}

/// The value of `node` for each entry of the dictionary, and for null in the last row.
fn over_entries(node: &Ref, place: usize, dictionary: &Strings) -> Result<Column> {
    let entries = dictionary.len();
    let mut strings = Strings::with_room(entries + 1, dictionary.bytes().len())?;
    for entry in dictionary.iter() {
        strings.push(entry)?;
    }
    strings.push(b"")?;
    let mut valid = Bitmap::ones(entries + 1)?;
    valid.set(entries, false);
    let only = Arc::new(Column::new(ColumnType::Utf8, Data::Utf8(strings), Some(valid)));
    // The node knows its column by place.
    let columns = (0..=place).map(|i| (Arc::from(i.to_string()), Arc::clone(&only))).collect();
    evaluate(node, &Table::new(entries + 1, columns)?)
}

impl Lookup {
    fn new(node: &Ref, place: usize, dictionary: &Strings) -> Result<Self> {
        let found = over_entries(node, place, dictionary)?;
        let entries = dictionary.len();
        let each = |holds: &dyn Fn(usize) -> bool| -> Result<Vec<bool>> {
            let mut list = alloc::room(entries)?;
            list.extend((0..entries).map(holds));
            Ok(list)
        };
        let holds = if let Data::Bool(bits) = found.data() { each(&|i| bits.get(i))? } else { Vec::new() };
        let unknown = each(&|i| !found.is_valid(i))?;
        Ok(Self { place, entries, holds: Flags::new(holds), unknown: Flags::new(unknown), found })
    }

    fn codes<'a>(&self, block: &Block<'a>) -> (&'a Column, &'a Codes) {
        const NO_CODES: &Codes = &Codes::U8(Vec::new());
        let column = &block.table.columns()[self.place];
        match column.data() {
            Data::Dict(codes, _) => (column, codes),
            _ => (column, NO_CODES),
        }
    }

    /// Which rows have a value, and which hold no null.
    fn valid(&self, block: &Block<'_>) -> (Valid, Valid) {
        let (column, codes) = self.codes(block);
        let known = (!self.unknown.is_none()).then(|| self.unknown.of(codes, block.start, block.rows).map(|w| !w));
        let nulls = validity(column, block.start);
        // Null rows carry code 0, which says nothing of them.
        let valid = match (known, nulls, self.found.is_valid(self.entries)) {
            (known, None, _) => known,
            (known, Some(nulls), false) => Some(zip(&known.unwrap_or(ALL), &nulls, |a, b| a & b)),
            (known, Some(nulls), true) => known.map(|known| zip(&known, &nulls, |a, b| a | !b)),
        };
        (valid, nulls)
    }

    pub fn bits(&self, block: &Block<'_>) -> Bits {
        let (_, codes) = self.codes(block);
        let (valid, nulls) = self.valid(block);
        let mut words = self.holds.of(codes, block.start, block.rows);
        if let Some(nulls) = nulls {
            let holds = matches!(self.found.data(), Data::Bool(bits) if self.found.is_valid(self.entries) && bits.get(self.entries));
            words = zip(&words, &nulls, |a, b| if holds { a | !b } else { a & b });
        }
        Bits::new(words, valid)
    }

    fn code(codes: &Codes, nulls: &Valid, start: usize, i: usize, null: usize) -> usize {
        if crate::block::is_valid(nulls, i) { codes.get(start + i) as usize } else { null }
    }

    pub fn nums<'a>(&self, block: &Block<'a>) -> Result<Nums<'a>> {
        let (_, codes) = self.codes(block);
        let (valid, nulls) = self.valid(block);
        let values = if let Data::F64(values) = self.found.data() { values.as_slice() } else { &[] };
        let (made, valid) =
            partial(block.rows, valid, 0.0, |i| values.get(Self::code(codes, &nulls, block.start, i, self.entries)).copied())?;
        Ok(nums(made, valid))
    }

    pub fn ints<'a>(&self, block: &Block<'a>) -> Result<Ints<'a>> {
        let (_, codes) = self.codes(block);
        let (valid, nulls) = self.valid(block);
        let values = if let Data::I64(values) = self.found.data() { values.as_slice() } else { &[] };
        let (made, valid) =
            partial(block.rows, valid, 0, |i| values.get(Self::code(codes, &nulls, block.start, i, self.entries)).copied())?;
        Ok(Ints { values: Wholes::Own(std::rc::Rc::new(made)), valid })
    }

    pub fn texts<'a>(&'a self, block: &Block<'a>) -> Texts<'a> {
        let (_, codes) = self.codes(block);
        let (valid, nulls) = self.valid(block);
        let Data::Utf8(entries) = self.found.data() else {
            return Texts { values: Strs::Const(b""), valid: Some(NONE) };
        };
        let nulls = nulls.map(|nulls| (nulls, self.entries as u32));
        Texts { values: Strs::Entries { codes, start: block.start, entries, nulls }, valid }
    }

    /// Text computed for the entries: a dictionary again, in which equal texts share a code.
    pub fn recoded(&self, table: &Table) -> Result<Option<Column>> {
        let column = &table.columns()[self.place];
        let (Data::Utf8(texts), Data::Dict(codes, _)) = (self.found.data(), column.data()) else { return Ok(None) };
        let mut places: HashMap<&[u8], u32> = HashMap::new();
        let mut dictionary = Strings::with_room(self.entries, texts.bytes().len())?;
        let mut new_codes: Vec<Option<u32>> = alloc::room(self.entries + 1)?;
        for (code, text) in texts.iter().enumerate() {
            if !self.found.is_valid(code) {
                new_codes.push(None);
                continue;
            }
            let next = dictionary.len() as u32;
            places.try_reserve(1).map_err(|_| columnar::Error::out_of_memory())?;
            let place = *places.entry(text).or_insert(next);
            if place == next {
                dictionary.push(text)?;
            }
            new_codes.push(Some(place));
        }
        if dictionary.is_empty() {
            dictionary.push(b"")?;
        }
        let mut made = alloc::room(table.rows())?;
        let mut valid = Bitmap::ones(table.rows())?;
        for i in 0..table.rows() {
            let code = if column.is_valid(i) { codes.get(i) as usize } else { self.entries };
            let new = new_codes.get(code).copied().flatten();
            if new.is_none() {
                valid.set(i, false);
            }
            made.push(new.unwrap_or(0));
        }
        let codes = Codes::narrowest(made, dictionary.len())?;
        Ok(Some(Column::new(ColumnType::Utf8, Data::Dict(codes, Arc::new(dictionary)), Some(valid))))
    }
}
