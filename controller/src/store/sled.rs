//! The store on disk: one sled tree.
//!
//! Owns: the `store` folder. Refuses: to be trusted: sled 0.34 may fail or panic at opening after a power cut, its `flush`
//! is no fsync on Linux, and long values go to files that it never syncs. So opening is guarded, the file is synced here,
//! and values are short. One tree, as a batch is atomic within one.

use super::{Changes, Store, StoreError};
use sled::{Batch, Mode};
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Memory for pages. sled's own default is 1 GiB.
const CACHE_BYTES: u64 = 16 << 20;

/// A sled tree.
pub struct SledStore {
    /// Declared first, so dropped first.
    db: sled::Db,
    /// The database's file a second time: what is synced through it is synced.
    file: Released,
}

/// A second handle to the database's file. Its drop waits for sled's lock: a thread of sled's pool may hold the file for a
/// moment after the database is gone, and who opened the folder in that moment was refused.
struct Released(File);

impl Drop for Released {
    fn drop(&mut self) {
        // The lock goes with the handle. Where there are no locks there is none to wait for.
        drop(self.0.lock());
    }
}

fn failed(error: impl std::fmt::Display) -> StoreError {
    StoreError::Storage(error.to_string())
}

impl SledStore {
    /// Opens the folder, made when missing.
    ///
    /// # Errors
    /// [`StoreError::Storage`] when it cannot be opened, and also when sled panics over it.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        let config = sled::Config::new().path(dir).cache_capacity(CACHE_BYTES).mode(Mode::LowSpace);
        let opened = catch_unwind(AssertUnwindSafe(|| config.open()));
        let db = match opened {
            Ok(opened) => opened.map_err(failed)?,
            Err(_panic) => return Err(StoreError::Storage("sled panicked while opening".into())),
        };
        let file = Released(File::open(dir.join("db")).map_err(failed)?);
        File::open(dir).and_then(|dir| dir.sync_all()).map_err(failed)?;
        Ok(Self { db, file })
    }
}

impl Store for SledStore {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.db.get(key).map_err(failed)?.map(|value| value.to_vec()))
    }

    fn scan(&self, prefix: &str, limit: usize) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let found = self.db.scan_prefix(prefix).take(limit);
        found
            .map(|item| {
                let (key, value) = item.map_err(failed)?;
                Ok((String::from_utf8(key.to_vec()).map_err(failed)?, value.to_vec()))
            })
            .collect()
    }

    fn write(&mut self, changes: Changes) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        for (key, value) in changes {
            match value {
                Some(value) => batch.insert(key.into_bytes(), value),
                None => batch.remove(key.into_bytes()),
            }
        }
        self.db.apply_batch(batch).map_err(failed)
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        self.db.flush().map_err(failed)?;
        self.file.0.sync_all().map_err(failed)
    }
}
