//! Where the sealed data of the donors met last are.
//!
//! Owns: the place of each blob in the journal and of the key that it needs. Refuses: the data themselves: they stay in the journal and go
//! with its segments. What a crash does to it: what it does to the store.

use super::apply::Draft;
use super::{Index, StoreError, parse};
use crate::journal::Position;
use serde::{Deserialize, Serialize};
use station::ident::DonorToken;

/// Blobs beyond this many are found in the journal only.
pub const PEOPLE_KEPT: u64 = 1000;
/// Data keys beyond this many are of days long past: each run makes two a day.
const KEYS_KEPT: u64 = 32;
const PEOPLE: &str = "mpeople";
const KEYS: &str = "mkeys";

/// A blob and its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedAt {
    /// Whose, without saying who.
    pub donor: DonorToken,
    /// The entry with the blob.
    pub blob: Position,
    /// The entry with the key of its day.
    pub key: Position,
}

/// A data key.
#[derive(Serialize, Deserialize)]
struct KeyAt(String, Position);

impl Draft<'_> {
    /// A new data key.
    pub(super) fn day_key(&mut self, id: String, position: Position) -> Result<(), StoreError> {
        self.set(format!("k{:016x}", position.seq), &KeyAt(id, position))?;
        self.count("k", KEYS, KEYS_KEPT)
    }

    /// A person was sealed under a key of before. Without that key nothing could be opened.
    pub(super) fn sealed(
        &mut self,
        donor: DonorToken,
        key: &str,
        position: Position,
    ) -> Result<(), StoreError> {
        let mut keys = Vec::new();
        for (at, bytes) in self.scan("k", usize::MAX)? {
            keys.push(parse::<KeyAt>(&at, &bytes)?);
        }
        let Some(KeyAt(_, key)) = keys.into_iter().rev().find(|KeyAt(id, _)| id == key) else {
            return Ok(());
        };
        self.set(format!("u{:016x}", position.seq), &SealedAt { donor, blob: position, key })?;
        self.count("u", PEOPLE, PEOPLE_KEPT)
    }

    /// One more of a list of which the newest are kept.
    fn count(&mut self, prefix: &str, counter: &str, most: u64) -> Result<(), StoreError> {
        let mut count = self.get::<u64>(counter)?.unwrap_or(0) + 1;
        if count > most {
            self.forget_oldest(prefix)?;
            count -= 1;
        }
        self.set(counter.to_owned(), &count)
    }
}

impl Index {
    /// The newest blob of a donor.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn sealed(&self, donor: &DonorToken) -> Result<Option<SealedAt>, StoreError> {
        let mut newest = None;
        for (key, bytes) in self.store.scan("u", usize::MAX)? {
            let at: SealedAt = parse(&key, &bytes)?;
            if at.donor == *donor {
                newest = Some(at);
            }
        }
        Ok(newest)
    }
}
