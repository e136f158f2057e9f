//! Where every table's buffers lie, readable without a call: also in the memory of an instance that trapped, out of which
//! JavaScript brings the tables back (js/src/services/data/wasm/catalog.ts reads it).
//!
//! `head` stands still for the life of the instance and says where the list of descriptors is; tables are immutable, so a
//! descriptor is true as long as its table lives.

use columnar::{Codes, Column, Data, Strings, Table};

/// Words before the columns of a descriptor: rows, columns.
const HEAD_WORDS: usize = 2;
/// Words per column, see `describe_column`.
const COLUMN_WORDS: usize = 11;

/// How values are laid out, numbered as in catalog.ts.
fn layout(data: &Data) -> u32 {
    match data {
        Data::F64(_) => 0,
        Data::I64(_) => 1,
        Data::I32(_) => 2,
        Data::Bool(_) => 3,
        Data::Utf8(_) => 4,
        Data::Dict(Codes::U8(_), _) => 5,
        Data::Dict(Codes::U16(_), _) => 6,
        Data::Dict(Codes::U32(_), _) => 7,
    }
}

fn address<T>(values: &[T]) -> u32 {
    // An address in WebAssembly's memory has 32 bits; of an empty slice it means nothing and is never followed.
    values.as_ptr() as usize as u32
}

fn describe_column(name: &str, column: &Column, out: &mut Vec<u32>) {
    let strings =
        |strings: &Strings| [strings.len() as u32, address(strings.offsets()), address(strings.bytes()), strings.bytes().len() as u32];
    let (values, text) = match column.data() {
        Data::F64(values) => (address(values), [0; 4]),
        Data::I64(values) => (address(values), [0; 4]),
        Data::I32(values) => (address(values), [0; 4]),
        Data::Bool(bits) => (address(bits.words()), [0; 4]),
        Data::Utf8(text) => (0, strings(text)),
        Data::Dict(Codes::U8(codes), dictionary) => (address(codes), strings(dictionary)),
        Data::Dict(Codes::U16(codes), dictionary) => (address(codes), strings(dictionary)),
        Data::Dict(Codes::U32(codes), dictionary) => (address(codes), strings(dictionary)),
    };
    let [count, offsets, bytes, length] = text;
    out.extend([
        column.kind() as u32,
        layout(column.data()),
        address(name.as_bytes()),
        name.len() as u32,
        column.validity().map_or(0, |bits| address(bits.words())),
        values,
        count,
        offsets,
        bytes,
        length,
        u32::from(column.validity().is_some()),
    ]);
}

fn describe(table: &Table) -> Box<[u32]> {
    let mut words = Vec::with_capacity(HEAD_WORDS + table.columns().len() * COLUMN_WORDS);
    words.extend([table.rows() as u32, table.columns().len() as u32]);
    for (name, column) in table.names().iter().zip(table.columns()) {
        describe_column(name, column, &mut words);
    }
    words.into()
}

/// Live tables by number; a number is used again after `remove`.
pub struct Catalog {
    tables: Vec<Option<(Table, Box<[u32]>)>>,
    free: Vec<u32>,
    /// Address and length in words of each descriptor, 0 and 0 where there is none.
    list: Vec<[u32; 2]>,
    /// Address of `list`, and its entries.
    head: Box<[u32; 2]>,
}

impl Catalog {
    pub fn new() -> Self {
        Self { tables: Vec::new(), free: Vec::new(), list: Vec::new(), head: Box::new([0; 2]) }
    }

    pub fn head(&self) -> usize {
        self.head.as_ptr() as usize
    }

    pub fn insert(&mut self, table: Table) -> u32 {
        let id = self.free.pop().unwrap_or_else(|| {
            self.tables.push(None);
            self.list.push([0; 2]);
            self.tables.len() as u32 - 1
        });
        let words = describe(&table);
        self.list[id as usize] = [address(&words), words.len() as u32];
        self.tables[id as usize] = Some((table, words));
        *self.head = [address(&self.list), self.list.len() as u32];
        id
    }

    pub fn get(&self, id: u32) -> Option<&Table> {
        self.tables.get(id as usize)?.as_ref().map(|(table, _)| table)
    }

    pub fn remove(&mut self, id: u32) {
        let Some(place) = self.tables.get_mut(id as usize) else { return };
        if place.take().is_some() {
            self.list[id as usize] = [0; 2];
            self.free.push(id);
        }
    }
}
