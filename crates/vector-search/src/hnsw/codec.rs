//! The graph as bytes. All numbers little-endian; the TypeScript twin reads and writes the same.
//!
//! ```text
//! offset  size  what
//!      0     4  magic "HNSG"
//!      4     2  version, 1
//!      6     2  m
//!      8     4  seed
//!     12     4  slots: one past the highest slot
//!     16     4  nodes: slots that are in the graph
//!     20     4  entry slot, 0xffffffff when there are no nodes
//!     24     4  lists: sum over nodes of (level + 1)
//!     28     4  links: sum of all list lengths
//!     32  slots levels: 0 = absent, else level + 1
//!         lists counts: for each node in slot order, for each level from 0: length of the list
//!       0 to 3  zeros up to a multiple of 4
//!     4 x links lists: in the order of the counts, each as slots
//! ```
//! There is no checksum: the container that stores it has one. Everything else is checked before it is believed.
use super::links::Links;
use super::scratch::Visited;
use super::{Error, Graph, MAX_LEVEL, NONE, Params, Result, reserve_total};

const MAGIC: [u8; 4] = *b"HNSG";
const VERSION: u16 = 1;
const HEADER: usize = 32;

/// How slots are written: as they are, or by a table of new numbers.
pub(super) struct Numbering<'a> {
    pub new: Option<&'a [u32]>,
    pub slots: u32,
}

impl Numbering<'_> {
    fn of(&self, slot: u32) -> u32 {
        self.new.map_or(slot, |new| new[slot as usize])
    }
}

impl Graph {
    /// The graph as bytes; the layout is in this module's documentation.
    ///
    /// # Errors
    /// `OUT_OF_MEMORY`.
    pub fn export(&self) -> Result<Vec<u8>> {
        self.write(&Numbering { new: None, slots: self.slots() })
    }

    pub(super) fn write(&self, numbering: &Numbering) -> Result<Vec<u8>> {
        let lists: usize = self.links.present().map(|(_, level)| level + 1).sum();
        let links: usize = self.lists().map(|list| list.len()).sum();
        let slots = numbering.slots as usize;
        let head = (HEADER + slots + lists).next_multiple_of(4);
        let mut out = Vec::new();
        reserve_total(&mut out, head + 4 * links)?;
        out.extend(MAGIC);
        out.extend(VERSION.to_le_bytes());
        out.extend((self.params.m as u16).to_le_bytes());
        let entry = if self.entry == NONE { NONE } else { numbering.of(self.entry) };
        for word in [self.params.seed, numbering.slots, self.len() as u32, entry, lists as u32, links as u32] {
            out.extend(word.to_le_bytes());
        }
        out.resize(HEADER + slots, 0);
        for (slot, level) in self.links.present() {
            out[HEADER + numbering.of(slot) as usize] = level as u8 + 1;
        }
        out.extend(self.lists().map(|list| list.len() as u8));
        out.resize(head, 0);
        for &link in self.lists().flatten() {
            out.extend(numbering.of(link).to_le_bytes());
        }
        Ok(out)
    }

    fn lists(&self) -> impl Iterator<Item = &[u32]> {
        self.links.present().flat_map(move |(slot, level)| (0..=level).map(move |level| self.links.neighbours(slot, level)))
    }

    /// Reads what `export` wrote, for a collection of `slots` slots. Every length, level, count and link is checked before
    /// memory is asked for or a slot is used as an index.
    ///
    /// # Errors
    /// `CORRUPT` when the bytes are damaged, or were written with another m or seed or for more slots; `INVALID_ARGUMENT`;
    /// `OUT_OF_MEMORY`.
    pub fn import(bytes: &[u8], params: Params, slots: u32) -> Result<Self> {
        let mut graph = Graph::new(params)?;
        let layout = Layout::read(bytes, params, slots)?;
        layout.check_links(&graph.links)?;
        graph.links.extend(layout.levels.len() as u32)?;
        let mut links = layout.links();
        let mut counts = layout.counts.iter();
        for (slot, &level) in layout.levels.iter().enumerate().filter(|&(_, &level)| level != 0) {
            graph.links.add(slot as u32, usize::from(level) - 1)?;
            for (level, &count) in (0..usize::from(level)).zip(&mut counts) {
                let list = links.by_ref().take(usize::from(count));
                for link in list {
                    graph.links.push(slot as u32, level, link);
                }
            }
        }
        graph.entry = layout.entry;
        Ok(graph)
    }
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// The parts of a file whose lengths and counts agree.
struct Layout<'a> {
    entry: u32,
    levels: &'a [u8],
    counts: &'a [u8],
    links: &'a [u8],
}

impl<'a> Layout<'a> {
    fn read(bytes: &'a [u8], params: Params, most_slots: u32) -> Result<Self> {
        let check = |ok, rule| {
            if ok { Ok(()) } else { Err(Error::corrupt(rule)) }
        };
        check(bytes.len() >= HEADER, "the graph is shorter than its header")?;
        check(bytes[..4] == MAGIC, "these bytes are not a graph")?;
        check(u16::from_le_bytes([bytes[4], bytes[5]]) == VERSION, "the graph has an unknown version")?;
        let m = usize::from(u16::from_le_bytes([bytes[6], bytes[7]]));
        check(m == params.m && word(bytes, 8) == params.seed, "the graph was built with another m or seed")?;
        let [slots, nodes, entry, lists, links] = [12, 16, 20, 24, 28].map(|at| word(bytes, at));
        check(slots <= most_slots && slots < NONE >> 1, "the graph has more slots than the collection")?;
        // Sums of u32s in u64 can not overflow, whatever the header claims.
        let head = (HEADER as u64 + u64::from(slots) + u64::from(lists)).next_multiple_of(4);
        check(head + 4 * u64::from(links) == bytes.len() as u64, "the graph's length does not match its counts")?;
        let (head, links) = bytes.split_at(head as usize);
        let (levels, rest) = head[HEADER..].split_at(slots as usize);
        let (counts, padding) = rest.split_at(lists as usize);
        check(padding.iter().all(|&byte| byte == 0), "the graph's padding is not zero")?;
        check(levels.iter().all(|&level| usize::from(level) <= MAX_LEVEL + 1), "a level is out of range")?;
        check(levels.iter().filter(|&&level| level != 0).count() == nodes as usize, "the number of nodes is wrong")?;
        check(levels.iter().map(|&level| u64::from(level)).sum::<u64>() == u64::from(lists), "the number of lists is wrong")?;
        check(counts.iter().map(|&count| u64::from(count)).sum::<u64>() == links.len() as u64 / 4, "the number of links is wrong")?;
        let highest = levels.iter().copied().max().unwrap_or(0);
        let entry_level = levels.get(entry as usize).copied().unwrap_or(0);
        check(if nodes == 0 { entry == NONE } else { entry_level == highest }, "the entry point is not a node of the top level")?;
        Ok(Self { entry, levels, counts, links })
    }

    fn links(&self) -> impl Iterator<Item = u32> + 'a {
        self.links.chunks_exact(4).map(|bytes| word(bytes, 0))
    }

    fn check_links(&self, room: &Links) -> Result<()> {
        let mut seen = Visited::default();
        seen.reserve(self.levels.len())?;
        let mut links = self.links();
        let mut counts = self.counts.iter();
        for (slot, &node_level) in self.levels.iter().enumerate() {
            for (level, &count) in (0..usize::from(node_level)).zip(&mut counts) {
                if usize::from(count) > room.room(level) {
                    return Err(Error::corrupt("a list is longer than m allows"));
                }
                seen.clear();
                seen.insert(slot as u32);
                for link in links.by_ref().take(usize::from(count)) {
                    // A level of 0 means absent, so this also refuses links to slots that are not in the graph.
                    if self.levels.get(link as usize).is_none_or(|&target| usize::from(target) <= level) {
                        return Err(Error::corrupt("a link leads to a slot that is not on its level"));
                    }
                    if !seen.insert(link) {
                        return Err(Error::corrupt("a node links to itself or twice to the same slot"));
                    }
                }
            }
        }
        Ok(())
    }
}
