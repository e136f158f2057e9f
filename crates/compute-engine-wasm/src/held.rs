//! Values by number.

use std::sync::Arc;

use columnar::{Error, ErrorCode, Result, alloc};
use compute_engine::numbers::Numbers;

/// Things by number; numbers are used again.
pub struct Slots<T> {
    slots: Vec<Option<T>>,
    empty: Vec<u32>,
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self { slots: Vec::new(), empty: Vec::new() }
    }
}

impl<T> Slots<T> {
    pub fn insert(&mut self, value: T) -> Result<u32> {
        if let Some(id) = self.empty.pop() {
            self.slots[id as usize] = Some(value);
            return Ok(id);
        }
        alloc::grow(&mut self.slots, 1)?;
        // So that freeing needs no memory.
        alloc::grow(&mut self.empty, self.slots.len() + 1)?;
        self.slots.push(Some(value));
        Ok(self.slots.len() as u32 - 1)
    }

    pub fn get(&self, id: u32) -> Result<&T> {
        self.slots.get(id as usize).and_then(Option::as_ref).ok_or_else(gone)
    }

    pub fn get_mut(&mut self, id: u32) -> Result<&mut T> {
        self.slots.get_mut(id as usize).and_then(Option::as_mut).ok_or_else(gone)
    }

    pub fn take(&mut self, id: u32) -> Result<T> {
        let value = self.slots.get_mut(id as usize).and_then(Option::take).ok_or_else(gone)?;
        self.empty.push(id);
        Ok(value)
    }

    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.slots.iter().flatten()
    }
}

fn gone() -> Error {
    Error::new(ErrorCode::NotFound, "no such number: it was freed, or the job is over")
}

/// The four types that cross.
#[derive(Clone)]
pub enum Values {
    F64(Arc<Vec<f64>>),
    F32(Arc<Vec<f32>>),
    I32(Vec<i32>),
    U32(Vec<u32>),
}

#[derive(Clone)]
pub struct Held {
    pub values: Values,
    pub rows: usize,
    pub cols: usize,
}

impl Held {
    pub fn room(kind: u8, rows: usize, cols: usize) -> Result<Self> {
        let len = rows.checked_mul(cols).ok_or_else(Error::out_of_memory)?;
        let values = match kind {
            0 => Values::F64(Arc::new(alloc::filled(len, 0.0)?)),
            1 => Values::F32(Arc::new(alloc::filled(len, 0.0)?)),
            2 => Values::I32(alloc::filled(len, 0)?),
            3 => Values::U32(alloc::filled(len, 0)?),
            _ => return Err(Error::invalid("unknown kind of values")),
        };
        Ok(Self { values, rows, cols })
    }

    pub fn column(values: Vec<f64>) -> Self {
        let rows = values.len();
        Self { values: Values::F64(Arc::new(values)), rows, cols: 1 }
    }

    /// A matrix, in f32 where its operands were.
    pub fn matrix(values: Vec<f64>, rows: usize, cols: usize, f32: bool) -> Result<Self> {
        let values = if f32 {
            let mut narrow = alloc::room(values.len())?;
            narrow.extend(values.iter().map(|&x| x as f32));
            Values::F32(Arc::new(narrow))
        } else {
            Values::F64(Arc::new(values))
        };
        Ok(Self { values, rows, cols })
    }

    pub fn address(&self) -> usize {
        match &self.values {
            Values::F64(values) => values.as_ptr() as usize,
            Values::F32(values) => values.as_ptr() as usize,
            Values::I32(values) => values.as_ptr() as usize,
            Values::U32(values) => values.as_ptr() as usize,
        }
    }

    pub fn kind(&self) -> u8 {
        match &self.values {
            Values::F64(_) => 0,
            Values::F32(_) => 1,
            Values::I32(_) => 2,
            Values::U32(_) => 3,
        }
    }

    pub fn bytes(&self) -> usize {
        self.rows * self.cols * if self.kind() == 0 { 8 } else { 4 }
    }

    pub fn is_f32(&self) -> bool {
        self.kind() == 1
    }

    /// A copy in f64.
    pub fn doubles(&self) -> Result<Vec<f64>> {
        match &self.values {
            Values::F64(values) => alloc::copied(values),
            Values::F32(values) => {
                let mut wide = alloc::room(values.len())?;
                wide.extend(values.iter().map(|&x| f64::from(x)));
                Ok(wide)
            }
            Values::I32(_) | Values::U32(_) => Err(Error::invalid("a matrix holds f32 or f64")),
        }
    }

    /// The values themselves: they were staged for one call.
    pub fn into_numbers(self) -> Result<Numbers> {
        Ok(match self.values {
            Values::F64(values) => Numbers::F64(owned(values)?),
            Values::F32(values) => Numbers::F32(owned(values)?),
            Values::I32(values) => Numbers::I32(values),
            Values::U32(values) => Numbers::U32(values),
        })
    }
}

fn owned<T: Copy>(values: Arc<Vec<T>>) -> Result<Vec<T>> {
    Arc::try_unwrap(values).or_else(|shared| alloc::copied(&shared))
}
