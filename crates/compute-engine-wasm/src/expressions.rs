//! Expressions, and what their pieces were folded into.

use columnar::{Error, Result};
use compute_engine::evaluate::{Evaluator, Reduced};
use compute_engine::numbers::Numbers;

pub struct Expression {
    pub evaluator: Evaluator,
    reduced: Reduced,
}

impl Expression {
    pub fn new(text: &[u8], mut names: &[u8], lengths: &[u32], whole: &[u8]) -> Result<Self> {
        let mut columns = Vec::new();
        for (&length, &whole) in lengths.iter().zip(whole) {
            let (name, rest) = names.split_at_checked(length as usize).ok_or_else(|| Error::invalid("names are not whole"))?;
            let name = core::str::from_utf8(name).map_err(|_| Error::invalid("a column's name holds half a character: rename it"))?;
            columns.push((name.into(), whole != 0));
            names = rest;
        }
        Ok(Self { evaluator: Evaluator::new(text, columns)?, reduced: Reduced::default() })
    }

    pub fn reduce(&mut self, columns: Vec<Numbers>) -> Result<()> {
        self.evaluator.reduce(columns, &mut self.reduced)
    }

    pub fn reduced(&self, which: u8) -> Result<f64> {
        match which {
            0 => Ok(self.reduced.sum()),
            1 => Ok(self.reduced.count() as f64),
            2 => Ok(self.reduced.min()),
            3 => Ok(self.reduced.max()),
            4 => Ok(self.reduced.mean()),
            _ => Err(Error::invalid("unknown reducer")),
        }
    }
}
