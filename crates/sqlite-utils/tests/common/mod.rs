//! What the tests share.

use sqlite_utils::cells::{self, Packed};

/// Every value of packed rows of `width` columns as text, blobs as `blob` writes them.
pub fn texts(packed: &Packed, width: usize, blob: impl Fn(&[u8]) -> String) -> impl Iterator<Item = String> {
    packed.cells.iter().enumerate().map(move |(at, cell)| {
        let cell = if cell.kind == cells::SAME { &packed.cells[cell.payload as usize * width + at % width] } else { cell };
        let (offset, length) = cell.span();
        match cell.kind {
            cells::INTEGER | cells::FLOAT => f64::from_bits(cell.payload).to_string(),
            cells::BIG_INTEGER => (cell.payload as i64).to_string(),
            cells::TEXT => String::from_utf8(packed.text[offset..offset + length].to_vec()).unwrap(),
            cells::BLOB => blob(&packed.blobs[offset..offset + length]),
            cells::NULL => "NULL".to_owned(),
            kind => panic!("a cell of kind {kind}"),
        }
    })
}
