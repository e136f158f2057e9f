//! wasm-bindgen surface of the data processor: convert, call, convert.
//!
//! Tables are numbers. Bulk data comes in through buffers that `column` makes and JavaScript fills, plans through a staging buffer
//! (plan.rs), and goes out through the catalog (catalog.rs), which says where every buffer of every table lies. Any call may grow
//! the memory, so views are taken anew after each one.

mod builder;
mod catalog;
mod host;
mod plan;
mod plans;
#[cfg(feature = "threads")]
mod pool;
mod readers;
mod transforms;

use bindings_common::coded_error;
#[cfg(feature = "threads")]
pub use bindings_common::pool::{join_pool, pool_alarm};
use columnar::{Data, Error, ErrorCode, Table, alloc};
use data_processor::Team;
use wasm_bindgen::prelude::*;

use builder::Builder;
use catalog::Catalog;
use readers::Readers;

type JsResult<T> = Result<T, JsValue>;

fn js(error: Error) -> JsValue {
    coded_error(error.code, error.text())
}

/// Number of the interface between this artifact and its JavaScript; equals `abi` in variants.json.
#[wasm_bindgen]
pub fn abi() -> u32 {
    1
}

/// The target features this artifact was compiled with, comma separated.
#[wasm_bindgen(js_name = buildFeatures)]
pub fn build_features() -> String {
    bindings_common::build_features().into()
}

/// All tables of one instance.
#[wasm_bindgen]
pub struct Tables {
    catalog: Catalog,
    /// Alone, until a pool is opened (pool.rs).
    team: Team,
    /// f64 so that it is aligned for every type staged in it.
    staging: Vec<f64>,
    builder: Option<Builder>,
    /// Addresses that the last `column` gave.
    places: [u32; 5],
    readers: Readers,
    /// A text operation that waits for JavaScript's answers.
    pending: Option<transforms::Pending>,
}

#[wasm_bindgen]
impl Tables {
    #[wasm_bindgen(constructor)]
    #[allow(clippy::new_without_default, reason = "JavaScript's constructor")]
    pub fn new() -> Self {
        expression::case::set_host(host::case);
        Self {
            catalog: Catalog::new(),
            team: Team::default(),
            staging: Vec::new(),
            builder: None,
            places: [0; 5],
            readers: Readers::new(),
            pending: None,
        }
    }

    /// Address of two words: where the list of descriptors is, and its length. It never moves.
    #[wasm_bindgen(js_name = catalogHead)]
    pub fn catalog_head(&self) -> usize {
        self.catalog.head()
    }

    /// Room for `bytes` bytes; gives its address.
    pub fn stage(&mut self, bytes: usize) -> JsResult<usize> {
        let words = bytes.div_ceil(8);
        let more = words.saturating_sub(self.staging.len());
        alloc::grow(&mut self.staging, more).map_err(js)?;
        self.staging.resize(self.staging.len() + more, 0.0);
        Ok(self.staging.as_ptr() as usize)
    }

    // ── tables in ──

    /// Begins a table, or columns for one, of `rows` rows.
    pub fn begin(&mut self, rows: usize) {
        self.builder = Some(Builder::new(rows));
    }

    /// Room for the next column; gives the address of five words: the addresses of its name, values, validity, offsets and bytes.
    pub fn column(&mut self, kind: u8, layout: u8, name: usize, strings: usize, bytes: usize, validity: bool) -> JsResult<usize> {
        let builder = self.builder.as_mut().ok_or_else(|| js(Error::invalid("begin() comes first")))?;
        self.places = builder.column(kind, layout, name, strings, bytes, validity).map_err(js)?.map(|place| place as u32);
        Ok(self.places.as_ptr() as usize)
    }

    /// As `column`, of codes into the dictionary of column `place` of `table`, which both then share.
    #[wasm_bindgen(js_name = codesColumn)]
    pub fn codes_column(&mut self, layout: u8, name: usize, validity: bool, table: u32, place: usize) -> JsResult<usize> {
        let dictionary = match self.table(table)?.columns().get(place).map(|column| column.data()) {
            Some(Data::Dict(_, dictionary)) => dictionary.clone(),
            _ => return Err(js(Error::invalid("that column has no dictionary"))),
        };
        let builder = self.builder.as_mut().ok_or_else(|| js(Error::invalid("begin() comes first")))?;
        self.places = builder.codes(layout, name, validity, dictionary).map_err(js)?.map(|place| place as u32);
        Ok(self.places.as_ptr() as usize)
    }

    /// The table that was begun.
    pub fn finish(&mut self) -> JsResult<u32> {
        let builder = self.builder.take().ok_or_else(|| js(Error::invalid("begin() comes first")))?;
        self.keep(builder.finish())
    }

    /// `table` with the columns that were begun, each in the place of one of its name or at the end.
    #[wasm_bindgen(js_name = withColumns)]
    pub fn with_columns(&mut self, table: u32) -> JsResult<u32> {
        let builder = self.builder.take().ok_or_else(|| js(Error::invalid("begin() comes first")))?;
        let table = self.table(table)?;
        let result = builder.columns().and_then(|columns| {
            let mut all: Vec<_> = table.names().iter().cloned().zip(table.columns().iter().cloned()).collect();
            for (name, column) in columns {
                match all.iter_mut().find(|(known, _)| *known == name) {
                    Some(place) => place.1 = column,
                    None => all.push((name, column)),
                }
            }
            Table::new(table.rows(), all)
        });
        self.keep(result)
    }

    pub fn free(&mut self, table: u32) {
        self.catalog.remove(table);
    }

    /// `count` columns under new names, as the staged plan says: place and name of each.
    pub fn select(&mut self, table: u32, bytes: usize) -> JsResult<u32> {
        let mut plan = plan::Reader::new(self.staged(bytes)?);
        let table = self.table(table)?;
        let result = plan
            .list(|plan| Ok((plan.index()?, plan.text()?)))
            .and_then(|picked| {
                picked
                    .into_iter()
                    .map(|(place, name)| table.columns().get(place).map(|column| (name.into(), column.clone())).ok_or_else(no_column))
                    .collect::<Result<Vec<_>, Error>>()
            })
            .and_then(|columns| Table::new(table.rows(), columns));
        self.keep(result)
    }

    // ── work: the staged plan says what (plans.rs) ──

    pub fn filter(&mut self, table: u32, bytes: usize) -> JsResult<u32> {
        let result = plans::filter(self.table(table)?, plan::Reader::new(self.staged(bytes)?));
        self.keep(result)
    }

    pub fn aggregate(&mut self, table: u32, bytes: usize) -> JsResult<u32> {
        let result = plans::aggregate(&self.team, self.table(table)?, plan::Reader::new(self.staged(bytes)?));
        self.keep(result)
    }

    pub fn sort(&mut self, table: u32, bytes: usize) -> JsResult<u32> {
        let result = plans::sort(self.table(table)?, plan::Reader::new(self.staged(bytes)?));
        self.keep(result)
    }

    /// The first rows of each group.
    pub fn top(&mut self, table: u32, bytes: usize) -> JsResult<u32> {
        let result = plans::top(self.table(table)?, plan::Reader::new(self.staged(bytes)?));
        self.keep(result)
    }

    pub fn join(&mut self, left: u32, right: u32, bytes: usize) -> JsResult<u32> {
        let result = plans::join(self.table(left)?, self.table(right)?, plan::Reader::new(self.staged(bytes)?));
        self.keep(result)
    }

    pub fn slice(&mut self, table: u32, start: usize, end: usize) -> JsResult<u32> {
        let result = data_processor::take::slice(self.table(table)?, start, end);
        self.keep(result)
    }

    /// Gives 0 where there is no kernel for it, the number of the table + 1 where it is done, and -1 - n where strings were left for
    /// JavaScript: they are column 0 of table n, and `transformAnswer` takes the answers.
    pub fn transform(&mut self, table: u32, bytes: usize) -> JsResult<f64> {
        let source = self.table(table)?;
        match transforms::begin(source, plan::Reader::new(self.staged(bytes)?)).map_err(js)? {
            transforms::Outcome::NotCovered => Ok(0.0),
            transforms::Outcome::Done(table) => Ok(f64::from(self.catalog.insert(table)) + 1.0),
            transforms::Outcome::Asked(questions, pending) => {
                self.pending = Some(pending);
                Ok(-1.0 - f64::from(self.catalog.insert(questions)))
            }
        }
    }

    /// The table whose text operation was begun, with the answers that were begun as a column.
    #[wasm_bindgen(js_name = transformAnswer)]
    pub fn transform_answer(&mut self, table: u32) -> JsResult<u32> {
        let nothing = || js(Error::invalid("nothing was asked"));
        let pending = self.pending.take().ok_or_else(nothing)?;
        let builder = self.builder.take().ok_or_else(nothing)?;
        let result = builder.columns().and_then(|answers| pending.finish(self.catalog.get(table).ok_or_else(no_column)?, &answers));
        self.keep(result)
    }

    // ── text formats ──

    #[wasm_bindgen(js_name = openReader)]
    pub fn open_reader(&mut self, format: u8, bytes: usize) -> JsResult<u32> {
        let reader = readers::open(format, plan::Reader::new(self.staged(bytes)?)).map_err(js)?;
        Ok(self.readers.insert(reader))
    }

    #[wasm_bindgen(js_name = readerPush)]
    pub fn reader_push(&mut self, reader: u32, bytes: usize) -> JsResult<()> {
        let piece =
            simd_kernels::bytes::of(&self.staging).get(..bytes).ok_or_else(|| js(Error::invalid("the bytes are not staged whole")))?;
        self.readers.get(reader).and_then(|reader| reader.push(piece)).map_err(js)
    }

    #[wasm_bindgen(js_name = readerRows)]
    pub fn reader_rows(&mut self, reader: u32) -> JsResult<usize> {
        self.readers.get(reader).map(|reader| reader.rows()).map_err(js)
    }

    #[wasm_bindgen(js_name = readerFinish)]
    pub fn reader_finish(&mut self, reader: u32) -> JsResult<u32> {
        let reader = self.readers.remove(reader).map_err(js)?;
        self.keep(reader.finish())
    }

    #[wasm_bindgen(js_name = readerCancel)]
    pub fn reader_cancel(&mut self, reader: u32) {
        drop(self.readers.remove(reader));
    }
}

impl Tables {
    fn staged(&self, bytes: usize) -> JsResult<&[u8]> {
        simd_kernels::bytes::of(&self.staging).get(..bytes).ok_or_else(|| js(Error::invalid("the plan is not staged whole")))
    }

    fn table(&self, id: u32) -> JsResult<&Table> {
        self.catalog.get(id).ok_or_else(|| js(Error::new(ErrorCode::NotFound, "no such table: it was freed")))
    }

    fn keep(&mut self, table: Result<Table, Error>) -> JsResult<u32> {
        Ok(self.catalog.insert(table.map_err(js)?))
    }
}

fn no_column() -> Error {
    Error::invalid("no such column")
}
