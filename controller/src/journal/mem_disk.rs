//! A disk in memory that can lose power, fill up and break: for tests and for the explorer.
//!
//! Owns: [`MemDisk`]. The product never stores anything in it. Refuses: handles from before a power cut, as the process
//! that held them is gone.

use super::disk::{Append, Disk};
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A folder in memory. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct MemDisk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    files: BTreeMap<String, MemFile>,
    capacity: Option<u64>,
    fail_syncs: bool,
    syncs: u64,
    power: u64,
}

#[derive(Debug, Default)]
struct MemFile {
    data: Vec<u8>,
    synced: usize,
    /// A sync failed: what lies beyond `synced` is remembered as written, and is not on the disk.
    lost: bool,
}

impl State {
    fn used(&self) -> u64 {
        self.files.values().map(|f| f.data.len() as u64).sum()
    }
    fn file(&mut self, name: &str) -> io::Result<&mut MemFile> {
        self.files.get_mut(name).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl MemDisk {
    /// An empty disk without limit.
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The power goes. `tear` gets every file's name and its bytes that were never synced, and leaves what survives of
    /// them: none, a part, or garbage. All handles die.
    pub fn power_cut(&self, tear: &mut dyn FnMut(&str, &mut Vec<u8>)) {
        let mut state = self.state();
        state.power += 1;
        for (name, file) in &mut state.files {
            let mut tail = file.data.split_off(file.synced);
            tear(name, &mut tail);
            file.data.extend(tail);
            file.synced = file.data.len();
            file.lost = false;
        }
    }

    /// From now on at most `bytes` in all files together; `None`: no limit.
    pub fn set_capacity(&self, bytes: Option<u64>) {
        self.state().capacity = bytes;
    }

    /// Whether every sync fails from now on. As with a real system, what it did not sync is then taken for written and never
    /// tried again.
    pub fn fail_syncs(&self, fail: bool) {
        self.state().fail_syncs = fail;
    }

    /// How often `sync_data` succeeded so far.
    pub fn syncs(&self) -> u64 {
        self.state().syncs
    }

    /// Flips bits of the byte at `offset`, as a bad sector would. Nothing happens outside the file.
    pub fn flip(&self, name: &str, offset: usize, bits: u8) {
        if let Some(byte) = self.state().files.get_mut(name).and_then(|f| f.data.get_mut(offset)) {
            *byte ^= bits;
        }
    }

    /// All files with their content, sub-folders included.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        self.state().files.iter().map(|(name, file)| (name.clone(), file.data.clone())).collect()
    }
}

struct Handle {
    disk: MemDisk,
    name: String,
    power: u64,
}

impl Handle {
    fn alive<'a>(&self, state: &'a mut State) -> io::Result<&'a mut State> {
        if state.power == self.power {
            Ok(state)
        } else {
            Err(io::Error::new(io::ErrorKind::BrokenPipe, "the power was cut"))
        }
    }
}

impl Append for Handle {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.disk.state();
        let state = self.alive(&mut state)?;
        let room = state.capacity.map_or(u64::MAX, |c| c.saturating_sub(state.used()));
        let fits = usize::try_from(room).unwrap_or(usize::MAX).min(bytes.len());
        state.file(&self.name)?.data.extend(&bytes[..fits]);
        // Like a real file system: what fits is written, then the error comes.
        if fits == bytes.len() { Ok(()) } else { Err(io::ErrorKind::StorageFull.into()) }
    }

    fn sync_data(&mut self) -> io::Result<()> {
        let mut state = self.disk.state();
        let state = self.alive(&mut state)?;
        if state.fail_syncs {
            let file = state.file(&self.name)?;
            file.lost |= file.data.len() > file.synced;
            return Err(io::Error::other("the disk is broken"));
        }
        state.syncs += 1;
        let file = state.file(&self.name)?;
        if !file.lost {
            file.synced = file.data.len();
        }
        Ok(())
    }
}

impl Disk for MemDisk {
    fn list(&self) -> io::Result<Vec<(String, u64)>> {
        let state = self.state();
        let top = state.files.iter().filter(|(name, _)| !name.contains('/'));
        Ok(top.map(|(name, file)| (name.clone(), file.data.len() as u64)).collect())
    }

    fn read_at(&self, name: &str, offset: u64, max: usize) -> io::Result<Vec<u8>> {
        let mut state = self.state();
        let data = &state.file(name)?.data;
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(data.len());
        Ok(data[start..start.saturating_add(max).min(data.len())].to_vec())
    }

    fn append(&self, name: &str) -> io::Result<Box<dyn Append>> {
        let mut state = self.state();
        state.files.entry(name.to_owned()).or_default();
        Ok(Box::new(Handle { disk: self.clone(), name: name.to_owned(), power: state.power }))
    }

    fn truncate(&self, name: &str, len: u64) -> io::Result<()> {
        let mut state = self.state();
        let file = state.file(name)?;
        file.data.truncate(usize::try_from(len).unwrap_or(usize::MAX));
        file.synced = file.data.len();
        file.lost = false;
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.state().files.remove(name).map(drop).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn forget_cached(&self, name: &str) -> io::Result<()> {
        let mut state = self.state();
        let file = state.file(name)?;
        if std::mem::take(&mut file.lost) {
            file.data.truncate(file.synced);
        }
        Ok(())
    }
}
