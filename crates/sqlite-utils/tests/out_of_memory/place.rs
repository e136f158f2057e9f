//! Where the database under test lies: an arena, or files that outlive it as a disk would.

use crate::memory::spared;
use sqlite_utils::vfs::arena::Arena;
use sqlite_utils::vfs::{DATABASE, Files, Storage};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

#[derive(Clone)]
pub enum Place {
    Arena(Rc<Arena>),
    Disk(Rc<Disk>),
}

impl Place {
    /// With these files in it.
    pub fn with(files: &[(&str, &[u8])], disk: bool) -> Self {
        if disk {
            let disk = Disk::default();
            for (name, bytes) in files {
                disk.names.borrow_mut().insert((*name).to_owned(), disk.contents.borrow().len());
                disk.contents.borrow_mut().push(bytes.to_vec());
            }
            return Self::Disk(Rc::new(disk));
        }
        let arena = Rc::new(Arena::default());
        for (name, bytes) in files {
            arena.replace(name, bytes).unwrap();
        }
        Self::Arena(arena)
    }

    pub fn storage(&self) -> Storage {
        match self {
            Self::Arena(arena) => Storage::Memory(Rc::clone(arena)),
            Self::Disk(disk) => Storage::Files(Rc::<Disk>::clone(disk)),
        }
    }

    /// What another process would find now.
    pub fn copy(&self) -> Self {
        match self {
            Self::Arena(arena) => {
                let files: Vec<_> = [DATABASE, "db-journal"].iter().filter_map(|name| Some((*name, bytes_of(arena, name)?))).collect();
                Self::with(&files.iter().map(|(name, bytes)| (*name, &bytes[..])).collect::<Vec<_>>(), false)
            }
            Self::Disk(disk) => Self::Disk(Rc::new(Disk { names: disk.names.clone(), contents: disk.contents.clone() })),
        }
    }
}

pub fn bytes_of(arena: &Arena, name: &str) -> Option<Vec<u8>> {
    let file = arena.open(name, false)?;
    let mut bytes = vec![0; arena.size(file) as usize];
    arena.read(file, &mut bytes, 0);
    Some(bytes)
}

/// Files of the host's: its memory is another.
#[derive(Default)]
pub struct Disk {
    names: RefCell<BTreeMap<String, usize>>,
    contents: RefCell<Vec<Vec<u8>>>,
}

impl Files for Disk {
    fn open(&self, name: &str, create: bool) -> Result<Option<u32>, i32> {
        spared(|| {
            let mut names = self.names.borrow_mut();
            if !names.contains_key(name) && create {
                let mut contents = self.contents.borrow_mut();
                names.insert(name.to_owned(), contents.len());
                contents.push(Vec::new());
            }
            Ok(names.get(name).map(|&at| at as u32))
        })
    }

    fn read(&self, handle: u32, out: &mut [u8], at: u64) -> Result<usize, i32> {
        let contents = self.contents.borrow();
        let bytes = contents[handle as usize].get(at as usize..).unwrap_or_default();
        let length = bytes.len().min(out.len());
        out[..length].copy_from_slice(&bytes[..length]);
        Ok(length)
    }

    fn write(&self, handle: u32, data: &[u8], at: u64) -> Result<(), i32> {
        spared(|| {
            let file = &mut self.contents.borrow_mut()[handle as usize];
            let (start, end) = (at as usize, at as usize + data.len());
            if file.len() < end {
                file.resize(end, 0);
            }
            file[start..end].copy_from_slice(data);
            Ok(())
        })
    }

    fn truncate(&self, handle: u32, size: u64) -> Result<(), i32> {
        self.contents.borrow_mut()[handle as usize].truncate(size as usize);
        Ok(())
    }

    fn sync(&self, _handle: u32) -> Result<(), i32> {
        Ok(())
    }

    fn size(&self, handle: u32) -> Result<u64, i32> {
        Ok(self.contents.borrow()[handle as usize].len() as u64)
    }

    fn close(&self, _handle: u32) {}

    fn delete(&self, name: &str) -> Result<(), i32> {
        self.names.borrow_mut().remove(name);
        Ok(())
    }

    fn exists(&self, name: &str) -> Result<bool, i32> {
        Ok(self.names.borrow().contains_key(name))
    }
}
