//! The journal's view of a file system: one folder, few operations, so that tests own the disk.
//!
//! Owns: [`Disk`] and [`Append`], and the real folder behind them. Refuses: overwriting: files grow at their end, are cut or
//! removed. What a crash does: bytes after the last `sync_data` may be there, partly there or garbage; creation, cutting and
//! removal are durable when the call returns.

use rustix::fs::{Advice, FlockOperation, fadvise, flock};
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// A file open for appending.
pub trait Append: Send {
    /// Appends all bytes. After an error an unknown part of them is in the file.
    ///
    /// # Errors
    /// What the system says; a full disk is `StorageFull`.
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Makes all that was appended durable.
    ///
    /// # Errors
    /// What the system says. After an error nobody knows what is on the disk: the file is never written again.
    fn sync_data(&mut self) -> io::Result<()>;
}

/// One folder. Names are relative; a name may lie in one sub-folder, which is made when needed.
pub trait Disk: Send + Sync {
    /// Name and length of every file directly in the folder, sorted by name.
    ///
    /// # Errors
    /// What the system says.
    fn list(&self) -> io::Result<Vec<(String, u64)>>;
    /// Up to `max` bytes from `offset` on; fewer only at the end of the file.
    ///
    /// # Errors
    /// What the system says; a missing file is `NotFound`.
    fn read_at(&self, name: &str, offset: u64, max: usize) -> io::Result<Vec<u8>>;
    /// Opens for appending, made when missing.
    ///
    /// # Errors
    /// What the system says.
    fn append(&self, name: &str) -> io::Result<Box<dyn Append>>;
    /// Cuts the file to `len` bytes.
    ///
    /// # Errors
    /// What the system says.
    fn truncate(&self, name: &str, len: u64) -> io::Result<()>;
    /// Removes the file.
    ///
    /// # Errors
    /// What the system says.
    fn remove(&self, name: &str) -> io::Result<()>;
    /// Lets go of what the system remembers of the file: what is read next is what the disk holds. After a failed sync the
    /// two are not the same.
    ///
    /// # Errors
    /// What the system says.
    fn forget_cached(&self, name: &str) -> io::Result<()>;
}

/// A folder of the machine's file system.
#[derive(Debug)]
pub struct RealDisk {
    dir: PathBuf,
    /// Held open: the lock on it keeps a second writer out and goes with the process.
    _handle: File,
}

impl RealDisk {
    /// Opens the folder for writing, made when missing, and keeps every other writer out.
    ///
    /// # Errors
    /// `WouldBlock` when another process writes here; else what the system says.
    pub fn open(dir: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(dir)?;
        let handle = File::open(dir)?;
        flock(&handle, FlockOperation::NonBlockingLockExclusive)?;
        if let Some(parent) = dir.parent().filter(|p| !p.as_os_str().is_empty()) {
            File::open(parent)?.sync_all()?;
        }
        Ok(Self { dir: dir.to_owned(), _handle: handle })
    }

    /// Opens an existing folder for reading beside a running writer. The caller writes nothing through it.
    ///
    /// # Errors
    /// What the system says.
    pub fn read_only(dir: &Path) -> io::Result<Self> {
        Ok(Self { dir: dir.to_owned(), _handle: File::open(dir)? })
    }

    fn sync_folder_of(&self, name: &str) -> io::Result<()> {
        let path = self.dir.join(name);
        File::open(path.parent().unwrap_or(&self.dir))?.sync_all()
    }

    fn make_folder_of(&self, name: &str) -> io::Result<()> {
        let path = self.dir.join(name);
        match path.parent() {
            Some(parent) if !parent.exists() => {
                std::fs::create_dir_all(parent)?;
                File::open(&self.dir)?.sync_all()
            }
            Some(_) | None => Ok(()),
        }
    }
}

impl Append for File {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        io::Write::write_all(self, bytes)?;
        self.flush()
    }
    fn sync_data(&mut self) -> io::Result<()> {
        File::sync_data(self)
    }
}

impl Disk for RealDisk {
    fn list(&self) -> io::Result<Vec<(String, u64)>> {
        let mut files = Vec::new();
        for item in std::fs::read_dir(&self.dir)? {
            let item = item?;
            let data = item.metadata()?;
            if let (true, Ok(name)) = (data.is_file(), item.file_name().into_string()) {
                files.push((name, data.len()));
            }
        }
        files.sort();
        Ok(files)
    }

    fn read_at(&self, name: &str, offset: u64, max: usize) -> io::Result<Vec<u8>> {
        let file = File::open(self.dir.join(name))?;
        let left = usize::try_from(file.metadata()?.len().saturating_sub(offset)).unwrap_or(usize::MAX);
        let mut bytes = vec![0; max.min(left)];
        let mut done = 0;
        while done < bytes.len() {
            match file.read_at(&mut bytes[done..], offset + done as u64)? {
                0 => break,
                n => done += n,
            }
        }
        bytes.truncate(done);
        Ok(bytes)
    }

    fn append(&self, name: &str) -> io::Result<Box<dyn Append>> {
        self.make_folder_of(name)?;
        let file = OpenOptions::new().append(true).create(true).open(self.dir.join(name))?;
        self.sync_folder_of(name)?;
        Ok(Box::new(file))
    }

    fn truncate(&self, name: &str, len: u64) -> io::Result<()> {
        let file = OpenOptions::new().write(true).open(self.dir.join(name))?;
        file.set_len(len)?;
        file.sync_all()
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        std::fs::remove_file(self.dir.join(name))?;
        self.sync_folder_of(name)
    }

    fn forget_cached(&self, name: &str) -> io::Result<()> {
        let file = File::open(self.dir.join(name))?;
        // Only clean pages are let go. Those that a failed sync left behind are clean, and not on the disk.
        file.sync_data()?;
        Ok(fadvise(&file, 0, None, Advice::DontNeed)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_writer() {
        let dir = tempfile::tempdir().unwrap();
        let first = RealDisk::open(dir.path()).unwrap();
        assert_eq!(RealDisk::open(dir.path()).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        assert!(RealDisk::read_only(dir.path()).is_ok());
        drop(first);
        assert!(RealDisk::open(dir.path()).is_ok());
    }

    #[test]
    fn real_files_grow_are_cut_and_removed() {
        let dir = tempfile::tempdir().unwrap();
        let disk = RealDisk::open(&dir.path().join("journal")).unwrap();
        let mut file = disk.append("a").unwrap();
        file.write_all(b"one two").unwrap();
        file.sync_data().unwrap();
        assert_eq!(disk.read_at("a", 4, 100).unwrap(), b"two");
        disk.truncate("a", 3).unwrap();
        file.write_all(b"!").unwrap();
        assert_eq!(disk.read_at("a", 0, 100).unwrap(), b"one!");
        disk.forget_cached("a").unwrap();
        assert_eq!(disk.read_at("a", 0, 100).unwrap(), b"one!");
        disk.append("quarantine/a").unwrap().write_all(b"two").unwrap();
        assert_eq!(disk.list().unwrap(), [("a".to_owned(), 4)]);
        assert_eq!(disk.read_at("quarantine/a", 0, 3).unwrap(), b"two");
        disk.remove("quarantine/a").unwrap();
        assert_eq!(disk.read_at("quarantine/a", 0, 3).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
