//! Files in linear memory, in blocks that never move.
//!
//! A database "in memory" lives here and not in SQLite's page cache, with its rollback journal beside it. So it outlives the instance: after a
//! trap the caller reads the blocks out of the dead memory (the table at [`Arena::root`] says where they are), gives them to a fresh
//! instance, and SQLite rolls the open transaction back as it would after a crash.

use super::DATABASE;
use crate::NoMemory;
use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::cell::{Cell, RefCell};
use std::ptr;

/// Bytes of a block; a multiple of every page size, so that a page never lies across two.
pub const BLOCK: usize = 65_536;
/// Kept free while the database grows, so that memory that has ended does not end deleting, too: its journal and its pages find room here.
const RESERVE: usize = 4 * BLOCK;
/// Granularity of the log of written places.
pub const DIRTY_BLOCK: usize = 4096;

/// One file as the table shows it. Addresses are those of this memory; the fields are read from outside, so their order is fixed.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Entry {
    pub name: *const u8,
    pub name_length: usize,
    pub size: u64,
    /// Addresses of the blocks.
    pub blocks: *const *mut u8,
    pub block_count: usize,
}

/// What [`Arena::root`] points at.
#[repr(C)]
pub struct Root {
    pub entries: *const Entry,
    pub count: usize,
}

struct File {
    name: Box<str>,
    size: u64,
    blocks: Vec<*mut u8>,
    /// One bit per DIRTY_BLOCK; kept while `Arena::log` is on, for the database file alone.
    dirty: Vec<u64>,
}

fn layout() -> Layout {
    const {
        match Layout::from_size_align(BLOCK, 4096) {
            Ok(layout) => layout,
            Err(_) => panic!("a block is a power of two"),
        }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        for &block in &self.blocks {
            // SAFETY: every block was allocated with this layout and is freed once, here or in `truncate`, which takes it out of the list.
            unsafe { dealloc(block, layout()) };
        }
    }
}

#[derive(Default)]
pub struct Arena {
    files: RefCell<Vec<Option<File>>>,
    table: RefCell<Vec<Entry>>,
    root: RefCell<Option<Box<Root>>>,
    log: Cell<bool>,
    reserve: RefCell<Vec<u8>>,
}

impl Arena {
    /// Whether the reserve is there, or could be had again.
    fn reserved(&self) -> bool {
        self.reserve.borrow_mut().try_reserve_exact(RESERVE).is_ok()
    }

    /// Gives the reserve away: memory has ended, and what makes room again needs some.
    pub fn release_reserve(&self) {
        self.reserve.take();
    }

    /// Address of the table of files, the same for the arena's whole life.
    pub fn root(&self) -> *const Root {
        let fresh = self.root.borrow().is_none();
        let at = {
            let mut root = self.root.borrow_mut();
            &raw const **root.get_or_insert_with(|| Box::new(Root { entries: ptr::null(), count: 0 }))
        };
        if fresh {
            // Files that were put in before anybody asked, and may never change again.
            self.publish(&self.files.borrow());
        }
        at
    }

    /// Renews the table; called whenever a file's place, size or list of blocks changed.
    fn publish(&self, files: &[Option<File>]) {
        let mut table = self.table.borrow_mut();
        table.clear();
        table.extend(files.iter().flatten().map(|file| Entry {
            name: file.name.as_ptr(),
            name_length: file.name.len(),
            size: file.size,
            blocks: file.blocks.as_ptr(),
            block_count: file.blocks.len(),
        }));
        if let Some(root) = self.root.borrow_mut().as_mut() {
            root.entries = table.as_ptr();
            root.count = table.len();
        }
    }

    /// The file's number, or None when there is none and `create` is false.
    pub fn open(&self, name: &str, create: bool) -> Option<usize> {
        let mut files = self.files.borrow_mut();
        if let Some(at) = files.iter().position(|file| file.as_ref().is_some_and(|file| &*file.name == name)) {
            return Some(at);
        }
        if !create {
            return None;
        }
        let file = File { name: name.into(), size: 0, blocks: Vec::new(), dirty: Vec::new() };
        let free = files.iter().position(Option::is_none);
        let at = free.unwrap_or(files.len());
        if free.is_some() {
            files[at] = Some(file)
        } else {
            files.push(Some(file))
        }
        self.publish(&files);
        Some(at)
    }

    pub fn exists(&self, name: &str) -> bool {
        self.files.borrow().iter().flatten().any(|file| &*file.name == name)
    }

    pub fn delete(&self, name: &str) {
        let mut files = self.files.borrow_mut();
        if let Some(slot) = files.iter_mut().find(|file| file.as_ref().is_some_and(|file| &*file.name == name)) {
            *slot = None;
        }
        self.publish(&files);
    }

    fn with<T>(&self, file: usize, work: impl FnOnce(&mut File) -> T) -> Option<T> {
        self.files.borrow_mut().get_mut(file)?.as_mut().map(work)
    }

    pub fn size(&self, file: usize) -> u64 {
        self.with(file, |file| file.size).unwrap_or(0)
    }

    /// Copies what there is at `at` into `out`; gives its length.
    pub fn read(&self, file: usize, out: &mut [u8], at: u64) -> usize {
        self.with(file, |file| {
            let length = out.len().min(file.size.saturating_sub(at).try_into().unwrap_or(usize::MAX));
            pieces(at as usize, length, |block, within, done, n| {
                // SAFETY: a block below the file's size is allocated, and the piece lies inside it and inside `out`.
                unsafe { ptr::copy_nonoverlapping(file.blocks[block].add(within), out.as_mut_ptr().add(done), n) };
            });
            length
        })
        .unwrap_or(0)
    }

    /// # Errors
    /// When memory is refused; the file is as it was.
    pub fn write(&self, file: usize, data: &[u8], at: u64) -> Result<(), NoMemory> {
        let Ok(start) = usize::try_from(at) else { return Err(NoMemory) };
        let Some(end) = start.checked_add(data.len()) else { return Err(NoMemory) };
        let log = self.log.get();
        let mut files = self.files.borrow_mut();
        let Some(Some(target)) = files.get_mut(file) else { return Ok(()) };
        let grown = end > target.blocks.len() * BLOCK;
        if grown {
            let blocks = end.div_ceil(BLOCK);
            if &*target.name == DATABASE {
                if !self.reserved() {
                    return Err(NoMemory);
                }
                grow(target, blocks)?;
            } else if grow(target, blocks).is_err() {
                self.release_reserve();
                grow(target, blocks)?;
            }
        }
        pieces(start, data.len(), |block, within, done, n| {
            // SAFETY: the blocks up to `end` are allocated, and the piece lies inside one of them and inside `data`.
            unsafe { ptr::copy_nonoverlapping(data.as_ptr().add(done), target.blocks[block].add(within), n) };
        });
        if log && !data.is_empty() {
            mark(&mut target.dirty, start, end)?;
        }
        let longer = end as u64 > target.size;
        target.size = target.size.max(end as u64);
        if grown || longer {
            self.publish(&files);
        }
        Ok(())
    }

    pub fn truncate(&self, file: usize, size: u64) {
        let mut files = self.files.borrow_mut();
        let Some(Some(target)) = files.get_mut(file) else { return };
        if size >= target.size {
            return;
        }
        let (keep, within) = ((size as usize).div_ceil(BLOCK), size as usize % BLOCK);
        for block in target.blocks.drain(keep..) {
            // SAFETY: allocated with this layout; it has just left the list.
            unsafe { dealloc(block, layout()) };
        }
        if within != 0 {
            // What lies beyond the end must read as zero when the file grows again.
            // SAFETY: the last block is allocated and `within` lies inside it.
            unsafe { ptr::write_bytes(target.blocks[keep - 1].add(within), 0, BLOCK - within) };
        }
        target.size = size;
        self.publish(&files);
    }

    /// The address of `length` bytes at `at`, where they are all there and in one block.
    pub fn address(&self, file: usize, at: u64, length: usize) -> Option<*mut u8> {
        self.with(file, |file| {
            let (at, end) = (at as usize, at.checked_add(length as u64)?);
            let one = at / BLOCK == (at + length.max(1) - 1) / BLOCK;
            // SAFETY: inside an allocated block, since it lies below the file's size.
            (end <= file.size && one).then(|| unsafe { file.blocks[at / BLOCK].add(at % BLOCK) })
        })
        .flatten()
    }

    /// Whether the places that are written are kept for [`Arena::take_dirty`].
    pub fn log(&self, on: bool) {
        self.log.set(on);
    }

    /// Numbers of the blocks of `DIRTY_BLOCK` bytes that were written since the last call, ascending; those beyond the file's end left out.
    ///
    /// # Errors
    /// When memory is refused; nothing is forgotten.
    pub fn take_dirty(&self, name: &str) -> Result<Vec<u32>, NoMemory> {
        let mut files = self.files.borrow_mut();
        let Some(file) = files.iter_mut().flatten().find(|file| &*file.name == name) else { return Ok(Vec::new()) };
        let last = (file.size as usize).div_ceil(DIRTY_BLOCK);
        let mut out = Vec::new();
        out.try_reserve_exact(file.dirty.iter().map(|bits| bits.count_ones() as usize).sum())?;
        for (word, bits) in core::mem::take(&mut file.dirty).into_iter().enumerate() {
            out.extend(
                (0..64)
                    .filter(|bit| bits >> bit & 1 == 1)
                    .map(|bit| word * 64 + bit)
                    .filter(|&block| block < last)
                    .map(|block| block as u32),
            );
        }
        Ok(out)
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.files.borrow().iter().flatten().map(|file| file.blocks.len() * BLOCK).sum()
    }

    /// Takes a file's place whole: what another instance, or a saved file, held.
    ///
    /// # Errors
    /// When memory is refused; the file is then empty.
    pub fn replace(&self, name: &str, data: &[u8]) -> Result<(), NoMemory> {
        let file = self.open(name, true).unwrap_or(0);
        self.truncate(file, 0);
        self.write(file, data, 0).inspect_err(|_| self.truncate(file, 0))
    }
}

fn grow(file: &mut File, blocks: usize) -> Result<(), NoMemory> {
    file.blocks.try_reserve(blocks - file.blocks.len())?;
    let before = file.blocks.len();
    while file.blocks.len() < blocks {
        // SAFETY: the layout is not empty.
        let block = unsafe { alloc_zeroed(layout()) };
        if block.is_null() {
            for block in file.blocks.drain(before..) {
                // SAFETY: allocated just now with this layout.
                unsafe { dealloc(block, layout()) };
            }
            return Err(NoMemory);
        }
        file.blocks.push(block);
    }
    Ok(())
}

fn mark(dirty: &mut Vec<u64>, start: usize, end: usize) -> Result<(), NoMemory> {
    let (first, last) = (start / DIRTY_BLOCK, (end - 1) / DIRTY_BLOCK);
    let words = last / 64 + 1;
    if dirty.len() < words {
        dirty.try_reserve(words - dirty.len())?;
        dirty.resize(words, 0);
    }
    for block in first..=last {
        dirty[block / 64] |= 1 << (block % 64);
    }
    Ok(())
}

/// Calls `each(block, within, done, n)` for the parts of a range that lie in one block.
fn pieces(start: usize, length: usize, mut each: impl FnMut(usize, usize, usize, usize)) {
    let mut done = 0;
    while done < length {
        let (block, within) = ((start + done) / BLOCK, (start + done) % BLOCK);
        let n = (length - done).min(BLOCK - within);
        each(block, within, done, n);
        done += n;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_was_written_across_blocks_and_zero_in_holes() {
        let arena = Arena::default();
        let file = arena.open("db", true).unwrap();
        let data: Vec<u8> = (0..200_000u32).map(|i| i as u8).collect();
        arena.write(file, &data, 60_000).unwrap();
        let mut out = vec![1; 260_000];
        assert_eq!(arena.read(file, &mut out, 0), 260_000);
        assert!(out[..60_000].iter().all(|&byte| byte == 0));
        assert_eq!(out[60_000..], data);
        assert_eq!(arena.read(file, &mut out, 259_990), 10);
        assert_eq!(arena.read(file, &mut out, 1 << 40), 0);
    }

    #[test]
    fn bytes_beyond_a_cut_read_as_zero_when_the_file_grows_again() {
        let arena = Arena::default();
        let file = arena.open("db", true).unwrap();
        arena.write(file, &[7; 70_000], 0).unwrap();
        arena.truncate(file, 10);
        arena.write(file, &[1], 69_999).unwrap();
        let mut out = vec![9; 70_000];
        arena.read(file, &mut out, 0);
        assert_eq!(out[..10], [7; 10]);
        assert!(out[10..69_999].iter().all(|&byte| byte == 0));
        arena.truncate(file, 0);
        assert_eq!((arena.size(file), arena.bytes()), (0, 0));
    }

    #[test]
    fn files_that_were_there_before_the_table_was_asked_for_are_in_it() {
        let arena = Arena::default();
        let file = arena.open("db", true).unwrap();
        arena.write(file, &[7; 10], 0).unwrap();
        // SAFETY: the arena lives, and its table is read between its calls.
        assert_eq!(unsafe { (*arena.root()).count }, 1);
    }

    #[test]
    fn the_table_names_every_file_and_its_blocks() {
        let arena = Arena::default();
        let root = arena.root();
        let file = arena.open("db", true).unwrap();
        arena.open("db-journal", true);
        arena.write(file, &[3; 70_000], 0).unwrap();
        arena.delete("db-journal");
        // SAFETY: the arena lives, and its table is read between its calls.
        let entries = unsafe { core::slice::from_raw_parts((*root).entries, (*root).count) };
        assert_eq!(entries.len(), 1);
        assert_eq!((entries[0].size, entries[0].block_count), (70_000, 2));
        // SAFETY: as the table says.
        assert_eq!(unsafe { *(*entries[0].blocks.add(1)).add(4463) }, 3);
    }

    #[test]
    fn written_places_are_logged_once() {
        let arena = Arena::default();
        let file = arena.open("db", true).unwrap();
        arena.write(file, &[1; 4096], 0).unwrap();
        arena.log(true);
        arena.write(file, &[1; 4097], 8192).unwrap();
        arena.write(file, &[1; 1], 4096 * 70).unwrap();
        assert_eq!(arena.take_dirty("db").unwrap(), [2, 3, 70]);
        assert_eq!(arena.take_dirty("db").unwrap(), []);
        arena.write(file, &[1; 1], 4096 * 80).unwrap();
        arena.truncate(file, 4096 * 75);
        assert_eq!(arena.take_dirty("db").unwrap(), []);
    }

    #[test]
    fn an_address_is_given_inside_one_block_only() {
        let arena = Arena::default();
        let file = arena.open("db", true).unwrap();
        arena.write(file, &[5; BLOCK * 2], 0).unwrap();
        assert!(arena.address(file, 4096, 4096).is_some());
        assert!(arena.address(file, BLOCK as u64 - 10, 20).is_none());
        assert!(arena.address(file, BLOCK as u64 * 2 - 10, 11).is_none());
    }
}
