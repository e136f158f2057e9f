//! Golden graphs that this crate and the TypeScript twin (tests/unit/vector/hnsw-golden.test.mjs) must both make, bit for bit.
//! Rows are small integers, so distances are exact in any arithmetic, and ties are plenty.
//! Written anew by `UPDATE_GOLDEN=1 cargo test -p vector-search golden`.
use super::*;

const DIMS: usize = 4;

/// Linear congruential generator (Numerical Recipes); the twin has the same.
struct Lcg(u32);

impl Lcg {
    fn row(&mut self) -> [f32; DIMS] {
        std::array::from_fn(|_| {
            self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (self.0 >> 24 & 15) as f32
        })
    }
}

fn golden() -> Graph {
    let mut lcg = Lcg(7);
    let mut rows = Rows { dims: DIMS, data: (0..600).flat_map(|_| lcg.row()).collect() };
    let mut graph = Graph::new(Params { m: 6, ef_construction: 40, seed: 3_000_000_000 }).unwrap();
    let mut scratch = Scratch::default();
    for slot in 0..600 {
        graph.insert(&rows, slot, &mut scratch).unwrap();
    }
    let dead: Vec<u32> = (0..600).step_by(7).collect();
    graph.remove(&rows, &dead, &mut scratch).unwrap();
    for slot in [1, 599, 300] {
        graph.remove(&rows, &[slot], &mut scratch).unwrap();
    }
    for slot in (2..600).step_by(11).filter(|slot| slot % 7 != 0) {
        rows.data[slot * DIMS..(slot + 1) * DIMS].copy_from_slice(&lcg.row());
        graph.insert(&rows, slot as u32, &mut scratch).unwrap();
    }
    check_invariants(&graph);
    graph
}

fn compare(name: &str, bytes: &[u8]) {
    let path = format!("{}/../../tests/fixtures/golden/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(std::path::Path::new(&path).parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
    }
    assert!(std::fs::read(&path).unwrap() == bytes, "{name} differs from what this code makes");
}

#[test]
fn golden_graphs_are_made_bit_for_bit() {
    let graph = golden();
    compare("hnsw-integers.bin", &graph.export().unwrap());
    let mut live = vec![0u32; 19];
    for slot in (0..600).filter(|&slot| graph.contains(slot)) {
        live[slot as usize / 32] |= 1 << (slot % 32);
    }
    compare("hnsw-integers-compacted.bin", &graph.export_compacted(&live).unwrap());
}
