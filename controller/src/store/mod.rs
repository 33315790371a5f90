//! The store: what must be found fast, made from journal entries and from nothing else.
//!
//! Owns: [`Index`], its keys and values, and rebuilding it. Refuses: any change that is not an entry. What a crash does to
//! it: nothing that matters. Its position is written in the same transaction as what it describes; missing, behind,
//! corrupt or panicking, it is put aside and made again from the last checkpoint and the entries after it.
//!
//! | key | value |
//! |---|---|
//! | `a` 4 digits | an alarm; the newest [`ALARMS_KEPT`] in a ring |
//! | `b` bed | needles in its sharps bin |
//! | `c` bed | the delay that its clamp has learned |
//! | `d` donation, 16 hex digits | [`Donation`]; the newest [`DONATIONS_KEPT`], open ones always |
//! | `g` donation, 16 hex digits | [`Gave`]; the newest [`DRAWN_KEPT`] |
//! | `k` journal number, 16 hex digits | a data key and where it is; the newest 32 |
//! | `l` bed, code | the number of the last such alarm |
//! | `n` DIN | [`DinUse`]; kept for ever |
//! | `o` class 0 to 2, journal number as 16 hex digits | [`OutboxItem`], most urgent and oldest first |
//! | `r` record id | the record's `o` key |
//! | `p` operator id | JSON |
//! | `w` worklist key | JSON |
//! | `u` journal number, 16 hex digits | [`SealedAt`]; the newest [`PEOPLE_KEPT`] |
//! | `s` journal number, 16 hex digits | [`Position`] of a `shift` entry after the last checkpoint |
//! | `mdonations` | how many `d` keys there are |
//! | `mdrawn` | how many `g` keys there are |
//! | `mkeys`, `mpeople` | how many `k` and `u` keys there are |
//! | `malarms` | how many alarms there ever were |
//! | `mapplied` | the last entry applied; not part of a checkpoint |

mod alarms;
mod apply;
mod memory;
mod people;
mod rebuild;
mod sled;

pub use self::sled::SledStore;
pub use alarms::ALARMS_KEPT;
pub use memory::MemoryStore;
pub use people::{PEOPLE_KEPT, SealedAt};
pub(crate) use rebuild::put_aside;
pub use rebuild::{Candidate, Settled, rebuild, salvage};

use crate::control::aftercare::KnownClosed;
use crate::journal::entry::{CheckpointState, DinState, RecordClass};
use crate::journal::{Committed, Digest, Position, ReadError};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use station::draw::ClampDelay;
use station::ident::{BedId, Din, DonationId, DonorToken, OperatorId, RecordId};
use station::measure::Wall;
use station::procedure::eligibility::LastDonation;
use station::record::Which;
use std::collections::BTreeMap;

/// Longest value, in bytes: sled is not safe with longer ones.
pub const MAX_VALUE: usize = 4096;
/// Closed donations beyond this many are found in the journal only. Their DINs stay.
pub const DONATIONS_KEPT: u64 = 2000;
/// Donors beyond this many who gave here are the BMS's to know. Far more than a station draws in a day.
pub const DRAWN_KEPT: u64 = 4000;

/// Changes by key: a value to set, or `None` to take it out.
pub type Changes = BTreeMap<String, Option<Vec<u8>>>;

/// An ordered map of short values that changes atomically.
pub trait Store: Send {
    /// The value at `key`.
    ///
    /// # Errors
    /// [`StoreError::Storage`].
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError>;
    /// Up to `limit` keys that begin with `prefix`, ascending, with their values.
    ///
    /// # Errors
    /// [`StoreError::Storage`].
    fn scan(&self, prefix: &str, limit: usize) -> Result<Vec<(String, Vec<u8>)>, StoreError>;
    /// Makes all changes or none.
    ///
    /// # Errors
    /// [`StoreError::Storage`]; nothing changed.
    fn write(&mut self, changes: Changes) -> Result<(), StoreError>;
    /// Makes what was written durable.
    ///
    /// # Errors
    /// [`StoreError::Storage`].
    fn flush(&mut self) -> Result<(), StoreError>;
}

/// Why the store cannot do it. The journal is not touched by any of these: the cure is always to rebuild.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database or its disk.
    #[error("the store failed: {0}")]
    Storage(String),
    /// An entry does not follow on the last one applied.
    #[error("entry {found} where {expected} has to be applied")]
    Gap {
        /// The entry that has to come.
        expected: u64,
        /// The entry that came.
        found: u64,
    },
    /// An entry's body is not what its kind promises.
    #[error("entry {seq} cannot be understood: {source}")]
    Body {
        /// Which entry.
        seq: u64,
        /// Why.
        source: serde_json::Error,
    },
    /// A value of the store is not what its key promises.
    #[error("the value at {key} cannot be understood: {source}")]
    Value {
        /// Which key.
        key: String,
        /// Why.
        source: serde_json::Error,
    },
    /// A value is too long for the store.
    #[error("the value at {key} has {found} bytes, at most {MAX_VALUE}")]
    TooLarge {
        /// Which key.
        key: String,
        /// How long it is.
        found: usize,
    },
    /// The journal could not be read for a rebuild.
    #[error(transparent)]
    Journal(#[from] ReadError),
    /// The folder could not be put aside.
    #[error("the store's folder cannot be put aside: {0}")]
    Folder(#[from] std::io::Error),
}

/// A donation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Donation {
    /// On which bed; `None` when it was entered from paper.
    pub bed: Option<BedId>,
    /// Its DIN, once bound.
    pub din: Option<Din>,
    /// The entry that closed it.
    pub closed: Option<u64>,
    /// The newest version of its record that the receiver has acknowledged.
    pub acknowledged: Option<u32>,
    /// The newest version of its record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<NewestRecord>,
    /// Who gives, while nothing was recorded of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub donor: Option<DonorToken>,
    /// Somebody has said that the donor's rest is over.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rest_over: bool,
}

impl Donation {
    /// There is a record, which says who gave.
    fn recorded(&mut self, newest: NewestRecord) {
        (self.record, self.donor) = (Some(newest), None);
    }
}

/// The newest version of a donation's record: where it is, and what is asked of it often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewestRecord {
    /// Which version.
    pub version: u32,
    /// The entry with its bytes.
    pub position: Position,
    /// Who gave.
    pub donor: DonorToken,
    /// When the donation was closed.
    pub closed: Wall,
    /// Whether a needle was in the donor.
    pub needle: bool,
    /// Whether segments are still to be sealed.
    pub segments_open: bool,
}

/// Who took a DIN, and what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DinUse(pub DonationId, pub DinState);

/// Who gave, when and what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gave(pub DonorToken, pub LastDonation);

/// A record on its way upstream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxItem {
    /// Its name.
    pub id: RecordId,
    /// SHA-256 of its canonical bytes.
    pub sha256: Digest,
    /// How urgent it is.
    pub class: RecordClass,
    /// The entry with the bytes.
    pub position: Position,
    /// Failed attempts so far; 0: never tried.
    pub attempts: u32,
    /// Not to be tried again before.
    pub next: Option<Wall>,
}

/// What became of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordState {
    /// Not acknowledged yet.
    Waiting(OutboxItem),
    /// The receiver has it, or a later version.
    Acknowledged,
}

/// The indexes.
pub struct Index {
    store: Box<dyn Store>,
    applied: u64,
}

impl Index {
    /// Over a store as it is.
    ///
    /// # Errors
    /// [`StoreError`] when its position cannot be read.
    pub fn over(store: Box<dyn Store>) -> Result<Self, StoreError> {
        let applied = value(&*store, APPLIED)?.unwrap_or(0);
        Ok(Self { store, applied })
    }

    /// The last entry applied.
    pub fn applied(&self) -> u64 {
        self.applied
    }

    /// Applies entries in one transaction, those applied before excepted.
    ///
    /// # Errors
    /// [`StoreError`]; nothing changed.
    pub fn apply(&mut self, entries: &[Committed]) -> Result<(), StoreError> {
        let (changes, applied) = apply::changes(&*self.store, self.applied, entries)?;
        if applied > self.applied {
            self.store.write(changes)?;
            self.applied = applied;
        }
        Ok(())
    }

    /// A donation, if it is among those kept.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn donation(&self, id: DonationId) -> Result<Option<Donation>, StoreError> {
        value(&*self.store, &donation_key(id))
    }

    /// Who took this DIN. `None`: it is free.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn din(&self, din: &Din) -> Result<Option<DinUse>, StoreError> {
        value(&*self.store, &din_key(din))
    }

    /// Every DIN that was ever taken.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn dins(&self) -> Result<Vec<(Din, DinUse)>, StoreError> {
        let found = self.store.scan("n", usize::MAX)?;
        // Keys are made by `din_key` alone, so none is left out here.
        let named =
            found.into_iter().filter_map(|(key, bytes)| Some((Din::new(key.get(1..)?).ok()?, key, bytes)));
        named.map(|(din, key, bytes)| Ok((din, parse(&key, &bytes)?))).collect()
    }

    /// What each bed has learned of its clamp.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn clamp_delays(&self) -> Result<Vec<(BedId, ClampDelay)>, StoreError> {
        self.of_beds("c")
    }

    /// How many needles are in each bed's sharps bin, as far as any were counted.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn needles_binned(&self) -> Result<Vec<(BedId, u32)>, StoreError> {
        self.of_beds("b")
    }

    fn of_beds<T: for<'de> Deserialize<'de>>(&self, prefix: &str) -> Result<Vec<(BedId, T)>, StoreError> {
        let found = self.store.scan(prefix, usize::MAX)?;
        // Keys are made by `bin_key` and `clamp_key` alone, so none is left out here.
        let bed = |key: &str| BedId::new(key.get(1..)?.parse().ok()?).ok();
        let named = found.into_iter().filter_map(|(key, bytes)| Some((bed(&key)?, key, bytes)));
        named.map(|(bed, key, bytes)| Ok((bed, parse(&key, &bytes)?))).collect()
    }

    /// Who gave here, the later ones last.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn drawn(&self) -> Result<Vec<Gave>, StoreError> {
        let found = self.store.scan("g", usize::MAX)?;
        found.into_iter().map(|(key, bytes)| parse(&key, &bytes)).collect()
    }

    /// Donations that were not closed, with their beds.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn unfinished(&self) -> Result<Vec<(BedId, DonationId)>, StoreError> {
        let mut unfinished = Vec::new();
        for (key, bytes) in self.store.scan("d", usize::MAX)? {
            let donation: Donation = parse(&key, &bytes)?;
            let id = key.get(1..).and_then(|hex| u64::from_str_radix(hex, 16).ok());
            if let (None, Some(id), Some(bed)) = (donation.closed, id, donation.bed) {
                unfinished.push((bed, DonationId(id)));
            }
        }
        Ok(unfinished)
    }

    /// Donations that ended without a record, and who gave where that is known.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn unrecorded(&self) -> Result<BTreeMap<DonationId, Option<DonorToken>>, StoreError> {
        let mut unrecorded = BTreeMap::new();
        for (key, bytes) in self.store.scan("d", usize::MAX)? {
            let donation: Donation = parse(&key, &bytes)?;
            let id = key.get(1..).and_then(|hex| u64::from_str_radix(hex, 16).ok());
            if let (Some(_), None, Some(id)) = (donation.closed, donation.record, id) {
                unrecorded.insert(DonationId(id), donation.donor);
            }
        }
        Ok(unrecorded)
    }

    /// Where the `shift` entries after the last checkpoint are, ascending.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn shift_entries(&self) -> Result<Vec<Position>, StoreError> {
        let found = self.store.scan("s", usize::MAX)?;
        found.into_iter().map(|(key, bytes)| parse(&key, &bytes)).collect()
    }

    /// Closed donations after which somebody may still rest, or whose segments are still to be sealed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn closed(&self) -> Result<Vec<KnownClosed>, StoreError> {
        let mut closed = Vec::new();
        for (key, bytes) in self.store.scan("d", usize::MAX)? {
            let donation: Donation = parse(&key, &bytes)?;
            let id = key.get(1..).and_then(|hex| u64::from_str_radix(hex, 16).ok());
            if let (Some(record), Some(id)) = (donation.record, id) {
                closed.push(KnownClosed {
                    donation: DonationId(id),
                    din: donation.din,
                    donor: record.donor,
                    closed: record.closed,
                    may_rest: record.needle && !donation.rest_over,
                    segments_open: record.segments_open,
                });
            }
        }
        closed.retain(|known| known.may_rest || known.segments_open);
        Ok(closed)
    }

    /// Where the newest version of a closed donation's record is.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn newest_record(&self, which: Which) -> Result<Option<Position>, StoreError> {
        let donation = match which {
            Which::Donation(donation) => donation,
            Which::Din(din) => match self.din(&din)? {
                Some(DinUse(donation, DinState::Used)) => donation,
                Some(DinUse(_, DinState::Voided)) | None => return Ok(None),
            },
        };
        Ok(self.donation(donation)?.and_then(|d| d.record).map(|record| record.position))
    }

    /// Up to `limit` records to send, the most urgent first, the oldest first among equals.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn outbox(&self, limit: usize) -> Result<Vec<OutboxItem>, StoreError> {
        let found = self.store.scan("o", limit)?;
        found.into_iter().map(|(key, bytes)| parse(&key, &bytes)).collect()
    }

    /// What became of a record; `None` when it was never frozen, or its donation is no longer kept.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn record(&self, id: &RecordId) -> Result<Option<RecordState>, StoreError> {
        if let Some(key) = value::<String>(&*self.store, &record_key(id))? {
            return Ok(value(&*self.store, &key)?.map(RecordState::Waiting));
        }
        let donation = self.donation(id.donation)?;
        let acknowledged = donation.and_then(|d| d.acknowledged).is_some_and(|version| version >= id.version);
        Ok(acknowledged.then_some(RecordState::Acknowledged))
    }

    /// The oldest entry that is still needed: of records not acknowledged and of donations not closed. Segments before it
    /// may go, see [`crate::journal::prune`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn needed_from(&self) -> Result<u64, StoreError> {
        let mut needed = self.applied + 1;
        for item in self.outbox(usize::MAX)? {
            needed = needed.min(item.position.seq);
        }
        if let Some(first) = self.shift_entries()?.first() {
            needed = needed.min(first.seq);
        }
        for (key, bytes) in self.store.scan("d", usize::MAX)? {
            let donation: Donation = parse(&key, &bytes)?;
            if donation.closed.is_none() {
                // A donation's number is that of the entry that opened it.
                needed = needed.min(u64::from_str_radix(&key[1..], 16).unwrap_or(0));
            }
        }
        Ok(needed)
    }

    /// A person's entry in the list of operators.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn operator(&self, id: &OperatorId) -> Result<Option<Box<RawValue>>, StoreError> {
        value(&*self.store, &format!("p{id}"))
    }

    /// All operators or worklist items: their ids or keys, with their JSON.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn list(&self, list: List) -> Result<Vec<(String, Box<RawValue>)>, StoreError> {
        let prefix = match list {
            List::Operators => "p",
            List::Worklist => "w",
        };
        let found = self.store.scan(prefix, MAX_LIST)?;
        found.into_iter().map(|(key, bytes)| Ok((key[1..].to_owned(), parse(&key, &bytes)?))).collect()
    }

    /// Everything, for a checkpoint. `other` is what the caller keeps there.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn checkpoint(&self, other: Box<RawValue>) -> Result<CheckpointState, StoreError> {
        let all = self.store.scan("", usize::MAX)?;
        let all = all.into_iter().filter(|(key, _)| key != APPLIED);
        let index = all.map(|(key, bytes)| parse(&key, &bytes).map(|json| (key, json)));
        Ok(CheckpointState { through: self.applied, index: index.collect::<Result<_, _>>()?, other })
    }

    /// Makes it durable. Not needed for safety, only to start faster.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn flush(&mut self) -> Result<(), StoreError> {
        self.store.flush()
    }
}

/// Most operators or worklist items handed out at once.
pub const MAX_LIST: usize = 4096;

/// The lists whose items are opaque here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// People.
    Operators,
    /// The day's worklist.
    Worklist,
}

const APPLIED: &str = "mapplied";
const DONATIONS: &str = "mdonations";
const DRAWN: &str = "mdrawn";

fn bin_key(bed: BedId) -> String {
    format!("b{}", u8::from(bed))
}

fn clamp_key(bed: BedId) -> String {
    format!("c{}", u8::from(bed))
}

fn donation_key(id: DonationId) -> String {
    format!("d{:016x}", id.0)
}
fn shift_key(seq: u64) -> String {
    format!("s{seq:016x}")
}
fn din_key(din: &Din) -> String {
    format!("n{din}")
}
fn record_key(id: &RecordId) -> String {
    format!("r{id}")
}
fn outbox_key(class: RecordClass, seq: u64) -> String {
    let rank = match class {
        RecordClass::Alarm => 0,
        RecordClass::Record => 1,
        RecordClass::Telemetry => 2,
    };
    format!("o{rank}{seq:016x}")
}

fn parse<T: for<'de> Deserialize<'de>>(key: &str, bytes: &[u8]) -> Result<T, StoreError> {
    serde_json::from_slice(bytes).map_err(|source| StoreError::Value { key: key.to_owned(), source })
}

fn value<T: for<'de> Deserialize<'de>>(store: &dyn Store, key: &str) -> Result<Option<T>, StoreError> {
    store.get(key)?.map(|bytes| parse(key, &bytes)).transpose()
}

#[cfg(test)]
mod tests;
