//! The store in memory: for stations whose folder cannot hold one, for the explorer and for tests.
//!
//! Owns: an ordered map. A crash takes all of it, and it is rebuilt.

use super::{Changes, Store, StoreError};
use std::collections::BTreeMap;

/// An ordered map in memory.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    map: BTreeMap<String, Vec<u8>>,
}

impl Store for MemoryStore {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.map.get(key).cloned())
    }

    fn scan(&self, prefix: &str, limit: usize) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let from = self.map.range(prefix.to_owned()..);
        let found = from.take_while(|(key, _)| key.starts_with(prefix)).take(limit);
        Ok(found.map(|(key, value)| (key.clone(), value.clone())).collect())
    }

    fn write(&mut self, changes: Changes) -> Result<(), StoreError> {
        for (key, value) in changes {
            match value {
                Some(value) => self.map.insert(key, value),
                None => self.map.remove(&key),
            };
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        Ok(())
    }
}
