//! Native tests of the graph over plain f32 rows.
mod churn;
mod codec;
mod filter;
mod golden;
mod recall;

use super::{Graph, Params, QueryDistance, Request, RowDistance, Scratch};

/// Small seeded generator (Steele et al., SplitMix64).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    /// Roughly normal.
    pub fn normal(&mut self) -> f32 {
        (0..6).map(|_| self.next() as f32 / u64::MAX as f32 - 0.5).sum()
    }
}

pub struct Rows {
    pub dims: usize,
    pub data: Vec<f32>,
}

impl Rows {
    pub fn random(n: usize, dims: usize, seed: u64) -> Self {
        let mut random = Random(seed);
        Self { dims, data: (0..n * dims).map(|_| random.normal()).collect() }
    }

    /// Tight clusters of 50 rows each, far apart: the shape on which careless neighbour selection falls into islands.
    pub fn clustered(n: usize, dims: usize, seed: u64) -> Self {
        let mut random = Random(seed);
        let centres = Self::random(n.div_ceil(50), dims, seed + 1);
        let mut data = Vec::new();
        for _ in 0..n {
            let centre = random.below(centres.len());
            data.extend(centres.row(centre).iter().map(|&x| x * 4.0 + 0.4 * random.normal()));
        }
        Self { dims, data }
    }

    pub fn len(&self) -> usize {
        self.data.len() / self.dims
    }

    pub fn row(&self, slot: usize) -> &[f32] {
        &self.data[slot * self.dims..(slot + 1) * self.dims]
    }
}

fn l2sq(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum()
}

impl RowDistance for Rows {
    fn between_many(&self, from: u32, slots: &[u32], out: &mut [f32]) {
        assert_eq!(slots.len(), out.len());
        for (d, &slot) in out.iter_mut().zip(slots) {
            *d = l2sq(self.row(from as usize), self.row(slot as usize));
        }
    }
}

pub struct To<'a>(pub &'a Rows, pub &'a [f32]);

impl QueryDistance for To<'_> {
    fn to_query_many(&self, slots: &[u32], out: &mut [f32]) {
        assert_eq!(slots.len(), out.len());
        for (d, &slot) in out.iter_mut().zip(slots) {
            *d = l2sq(self.1, self.0.row(slot as usize));
        }
    }
}

pub const PARAMS: Params = Params { m: 16, ef_construction: 100, seed: 42 };

pub fn build(rows: &Rows, params: Params) -> Graph {
    let mut graph = Graph::new(params).unwrap();
    let mut scratch = Scratch::default();
    for slot in 0..rows.len() as u32 {
        graph.insert(rows, slot, &mut scratch).unwrap();
    }
    graph
}

pub fn search(graph: &Graph, rows: &Rows, query: &[f32], request: &Request) -> Vec<u32> {
    let mut scratch = Scratch::default();
    graph.search(&To(rows, query), request, &mut scratch).unwrap();
    scratch.hits().map(|hit| hit.slot()).collect()
}

/// The true k nearest among the slots that `keep` accepts.
pub fn exact(rows: &Rows, query: &[f32], k: usize, keep: impl Fn(u32) -> bool) -> Vec<u32> {
    let mut all: Vec<_> = (0..rows.len() as u32).filter(|&s| keep(s)).map(|s| (l2sq(query, rows.row(s as usize)), s)).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    all.iter().take(k).map(|hit| hit.1).collect()
}

/// Mean share of the true 10 nearest that searches with beam width `ef` find.
pub fn recall(graph: &Graph, rows: &Rows, queries: &Rows, ef: usize, keep: impl Fn(u32) -> bool + Copy) -> f64 {
    let mut found = 0;
    for q in 0..queries.len() {
        let truth = exact(rows, queries.row(q), 10, keep);
        let hits = search(graph, rows, queries.row(q), &Request { k: 10, ef, ..Request::default() });
        found += hits.iter().filter(|hit| truth.contains(hit)).count();
    }
    found as f64 / (10 * queries.len()) as f64
}

/// Lists are within their room, lead to present slots of the same level, hold no slot twice and not the node itself.
pub fn check_invariants(graph: &Graph) {
    let links = &graph.links;
    let mut top = 0;
    for (slot, node_level) in links.present() {
        top = top.max(node_level);
        for level in 0..=node_level {
            let list = links.neighbours(slot, level);
            assert!(list.len() <= links.room(level));
            for (i, &link) in list.iter().enumerate() {
                assert!(links.contains(link) && links.level(link) >= level, "slot {slot} level {level} links to {link}");
                assert!(link != slot && !list[..i].contains(&link));
            }
        }
    }
    if !graph.is_empty() {
        assert_eq!(graph.top(), top);
        assert!(graph.contains(graph.entry));
    }
}

/// Nodes that no path of layer 0 leads to from the entry point.
pub fn unreachable(graph: &Graph) -> usize {
    let mut reached = vec![false; graph.slots() as usize];
    let mut stack = vec![graph.entry];
    reached[graph.entry as usize] = true;
    let mut count = 0;
    while let Some(slot) = stack.pop() {
        count += 1;
        for &link in graph.links.neighbours(slot, 0) {
            if !std::mem::replace(&mut reached[link as usize], true) {
                stack.push(link);
            }
        }
    }
    graph.len() - count
}
