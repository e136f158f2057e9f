//! A dictionary after its strings were changed: strings that became equal get one code.

use std::sync::Arc;

use columnar::{Codes, Data, Dictionary, Result, Strings, alloc};

use crate::join::intern::Texts;
use crate::take::text::Writer;

/// The codes of rows in a dictionary of the different `values`, which stand for the old ones in order.
///
/// # Errors
/// OUT_OF_MEMORY.
pub fn recode(codes: &Codes, values: Strings) -> Result<Data> {
    let mut known = Texts::with_room(&values)?;
    let mut map = alloc::room(values.len())?;
    let mut different = 0u32;
    for place in 0..values.len() {
        let first = known.add(place);
        // A string that stood before has its code already.
        let code = if first as usize == place { different } else { map[first as usize] };
        different += u32::from(first as usize == place);
        map.push(code);
    }
    if different as usize == values.len() {
        return Ok(Data::Dict(same(codes)?, Arc::new(values)));
    }
    let mut writer = Writer::new(different as usize, values.bytes().len() as u64)?;
    let mut next = 0;
    for (text, &code) in values.iter().zip(&map) {
        // New codes ascend by one where they first appear.
        if code == next {
            writer.push(text, 0, text.len());
            next += 1;
        }
    }
    let dictionary: Dictionary = Arc::new(writer.finish()?);
    let codes = match codes {
        Codes::U8(codes) => mapped(codes, &map)?,
        Codes::U16(codes) => mapped(codes, &map)?,
        Codes::U32(codes) => mapped(codes, &map)?,
    };
    Ok(Data::Dict(Codes::narrowest(codes, dictionary.len())?, dictionary))
}

fn mapped<T: Copy + Into<u32>>(codes: &[T], map: &[u32]) -> Result<Vec<u32>> {
    let mut list = alloc::room(codes.len())?;
    list.extend(codes.iter().map(|&code| map.get(code.into() as usize).copied().unwrap_or(0)));
    Ok(list)
}

fn same(codes: &Codes) -> Result<Codes> {
    Ok(match codes {
        Codes::U8(codes) => Codes::U8(alloc::copied(codes)?),
        Codes::U16(codes) => Codes::U16(alloc::copied(codes)?),
        Codes::U32(codes) => Codes::U32(alloc::copied(codes)?),
    })
}
