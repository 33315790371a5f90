//! What each entry changes in the store: one function from a state and entries to changes.
//!
//! Owns: the meaning of every kind of entry for the indexes. Refuses: entries with a gap. The same for every store, live or
//! rebuilt, so that both come to the same content. Holds no state.

use super::{
    APPLIED, Changes, DONATIONS, DONATIONS_KEPT, DRAWN, DRAWN_KEPT, DinUse, Donation, Gave, MAX_VALUE,
    NewestRecord, OutboxItem, Store, StoreError, bin_key, clamp_key, din_key, donation_key, outbox_key,
    parse, record_key, shift_key,
};
use crate::control::entries::{EventEntry, RestOver, SealedPerson, ShiftEntry};
use crate::journal::entry::{
    Acknowledged, Attempted, Because, Body, ClampLearned, Closed, DinBound, DinState, Drawn, Opened,
    OperatorSet, RecordFrozen, WorklistSet,
};
use crate::journal::{Committed, Entry, EntryKind, Position};
use crate::privacy::DayKey;
use serde::{Deserialize, Serialize};
use station::ident::BedId;
use station::ident::DonationId;
use station::procedure::event::{Act, Event};
use station::record::Envelope;
use std::collections::BTreeSet;

/// The changes that entries above `applied` make, the position included, and that position.
pub(super) fn changes(
    store: &dyn Store,
    applied: u64,
    entries: &[Committed],
) -> Result<(Changes, u64), StoreError> {
    let mut draft = Draft { store, changes: Changes::new() };
    let mut at = applied;
    for Committed { entry, position } in entries {
        if entry.seq <= at {
            continue;
        }
        if entry.seq != at + 1 {
            return Err(StoreError::Gap { expected: at + 1, found: entry.seq });
        }
        draft.apply(entry, *position)?;
        at = entry.seq;
    }
    draft.set(APPLIED.to_owned(), &at)?;
    Ok((draft.changes, at))
}

/// The store with the changes made so far on top.
pub(super) struct Draft<'s> {
    store: &'s dyn Store,
    changes: Changes,
}

fn body<B: Body>(entry: &Entry) -> Result<Option<B>, StoreError> {
    entry.body_as().map_err(|source| StoreError::Body { seq: entry.seq, source })
}

impl Draft<'_> {
    pub(super) fn get<T: for<'de> Deserialize<'de>>(&self, key: &str) -> Result<Option<T>, StoreError> {
        match self.changes.get(key) {
            Some(changed) => changed.as_ref().map(|bytes| parse(key, bytes)).transpose(),
            None => super::value(self.store, key),
        }
    }

    pub(super) fn set<T: Serialize>(&mut self, key: String, value: &T) -> Result<(), StoreError> {
        let bytes = serde_json::to_vec(value);
        let bytes = bytes.map_err(|source| StoreError::Value { key: key.clone(), source })?;
        if bytes.len() > MAX_VALUE {
            return Err(StoreError::TooLarge { key, found: bytes.len() });
        }
        self.changes.insert(key, Some(bytes));
        Ok(())
    }

    fn remove(&mut self, key: String) {
        self.changes.insert(key, None);
    }

    fn apply(&mut self, entry: &Entry, position: Position) -> Result<(), StoreError> {
        if let Some(opened) = body(entry)? {
            self.opened(&opened)
        } else if let Some(bound) = body(entry)? {
            self.din_bound(&bound)
        } else if let Some(Closed { donation }) = body(entry)? {
            self.change_donation(&donation_key(donation), |d| d.closed = Some(entry.seq))
        } else if let Some(record) = body(entry)? {
            self.record(record, position)
        } else if let Some(attempted) = body(entry)? {
            self.attempted(&attempted)
        } else if let Some(acknowledged) = body(entry)? {
            self.acknowledged(&acknowledged)
        } else if let Some(RestOver { donation, .. }) = body(entry)? {
            self.change_donation(&donation_key(donation), |d| d.rest_over = true)
        } else if let Some(DayKey { id, .. }) = body(entry)? {
            self.day_key(id, position)
        } else if let Some(SealedPerson { donor, blob, .. }) = body(entry)? {
            self.sealed(donor, &blob.key, position)
        } else if let Some(OperatorSet { id, json }) = body(entry)? {
            self.set_or_remove(format!("p{id}"), json)
        } else if let Some(drawn) = body(entry)? {
            self.drawn(drawn)
        } else if let Some(ClampLearned { bed, delay }) = body(entry)? {
            self.set(clamp_key(bed), &delay)
        } else if let Some(WorklistSet { key, json }) = body(entry)? {
            self.set_or_remove(format!("w{key}"), json)
        } else if entry.kind == <ShiftEntry as Body>::KIND {
            self.set(shift_key(entry.seq), &position)
        } else if entry.kind == EntryKind::CHECKPOINT {
            self.forget_shift()
        } else {
            // Other kinds change nothing beside donors, bins and the alarm log: packs, checkpoints of this very content.
            self.at_bed(entry)?;
            self.log(entry)
        }
    }

    /// Keeps whose donation begins. Counts a needle into its bed's bin, and begins anew with an empty one.
    fn at_bed(&mut self, entry: &Entry) -> Result<(), StoreError> {
        let act = match body(entry)? {
            Some(EventEntry { event: Event::Act(act), refused: None }) => act,
            Some(EventEntry { event: Event::Opened(opening), refused: None }) => {
                let donor = Some(opening.donor.token);
                return self.change_donation(&donation_key(opening.donation), |d| d.donor = donor);
            }
            Some(_) | None => return Ok(()),
        };
        let Some(key) = entry.bed.map(bin_key) else { return Ok(()) };
        if act.act == Act::NeedleBinned {
            let before = self.get::<u32>(&key)?.unwrap_or(0);
            self.set(key, &before.saturating_add(1))
        } else if act.act == Act::BinReplaced {
            self.set(key, &0_u32)
        } else {
            Ok(())
        }
    }

    /// A checkpoint holds the shift itself.
    fn forget_shift(&mut self) -> Result<(), StoreError> {
        let stored = self.store.scan("s", usize::MAX)?.into_iter().map(|(key, _)| key);
        let changed = self.changes.range("s".to_owned().."t".to_owned()).map(|(key, _)| key.clone());
        for key in stored.chain(changed).collect::<Vec<_>>() {
            self.remove(key);
        }
        Ok(())
    }

    fn set_or_remove<T: Serialize>(&mut self, key: String, value: Option<T>) -> Result<(), StoreError> {
        match value {
            Some(value) => self.set(key, &value),
            None => {
                self.remove(key);
                Ok(())
            }
        }
    }

    fn opened(&mut self, opened: &Opened) -> Result<(), StoreError> {
        let new = Donation {
            bed: Some(opened.bed),
            din: None,
            closed: None,
            acknowledged: None,
            record: None,
            donor: None,
            rest_over: false,
        };
        self.add(opened.donation, &new)
    }

    /// Keeps one more donation, and lets the oldest closed one go when there are too many.
    fn add(&mut self, id: DonationId, new: &Donation) -> Result<(), StoreError> {
        self.set(donation_key(id), new)?;
        let mut count = self.get::<u64>(DONATIONS)?.unwrap_or(0) + 1;
        if count > DONATIONS_KEPT {
            // Looking at a few of the oldest is enough: one leaves for each that comes.
            let oldest = self.oldest_donations()?;
            if let Some((key, _)) = oldest.into_iter().find(|(_, donation)| donation.closed.is_some()) {
                self.remove(key);
                count -= 1;
            }
        }
        self.set(DONATIONS.to_owned(), &count)
    }

    /// Beds whose donation is not closed.
    pub(super) fn busy_beds(&self) -> Result<BTreeSet<BedId>, StoreError> {
        let open = self.donations(usize::MAX)?.into_iter().filter(|(_, donation)| donation.closed.is_none());
        Ok(open.filter_map(|(_, donation)| donation.bed).collect())
    }

    fn oldest_donations(&self) -> Result<Vec<(String, Donation)>, StoreError> {
        self.donations(OLDEST)
    }

    /// Up to so many, the oldest first.
    fn donations(&self, limit: usize) -> Result<Vec<(String, Donation)>, StoreError> {
        let kept = self.scan("d", limit)?.into_iter();
        kept.map(|(key, bytes)| parse(&key, &bytes).map(|donation| (key, donation))).collect()
    }

    /// Up to so many keys with a prefix, ascending. The changes count as made, so that the outcome does not depend on how entries are
    /// gathered into transactions.
    pub(super) fn scan(&self, prefix: &str, limit: usize) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let changed = self.changes.iter().filter(|(key, _)| key.starts_with(prefix));
        let stored = self.store.scan(prefix, limit.saturating_add(changed.clone().count()))?;
        let mut all: Changes = stored.into_iter().map(|(key, bytes)| (key, Some(bytes))).collect();
        all.extend(changed.map(|(key, bytes)| (key.clone(), bytes.clone())));
        Ok(all.into_iter().filter_map(|(key, bytes)| Some((key, bytes?))).take(limit).collect())
    }

    fn drawn(&mut self, drawn: Drawn) -> Result<(), StoreError> {
        let key = format!("g{:016x}", drawn.donation.0);
        if self.get::<Gave>(&key)?.is_some() {
            return Ok(());
        }
        self.set(key, &Gave(drawn.donor, drawn.last))?;
        let mut count = self.get::<u64>(DRAWN)?.unwrap_or(0) + 1;
        if count > DRAWN_KEPT {
            self.forget_oldest("g")?;
            count -= 1;
        }
        self.set(DRAWN.to_owned(), &count)
    }

    /// Takes out the first key with this prefix. What was set or taken out before in the same transaction counts.
    pub(super) fn forget_oldest(&mut self, prefix: &str) -> Result<(), StoreError> {
        let gone = self.changes.iter().filter(|(key, value)| key.starts_with(prefix) && value.is_none());
        let stored = self.store.scan(prefix, gone.count() + 1)?;
        let stored = stored.into_iter().map(|(key, _)| key).find(|key| self.changes.get(key) != Some(&None));
        let fresh = self.changes.iter().find(|(key, value)| key.starts_with(prefix) && value.is_some());
        let fresh = fresh.map(|(key, _)| key.clone());
        if let Some(oldest) = stored.into_iter().chain(fresh).min() {
            self.remove(oldest);
        }
        Ok(())
    }

    fn din_bound(&mut self, bound: &DinBound) -> Result<(), StoreError> {
        self.set(din_key(&bound.din), &DinUse(bound.donation, bound.state))?;
        self.change_donation(&donation_key(bound.donation), |donation| match bound.state {
            DinState::Used => donation.din = Some(bound.din),
            DinState::Voided if donation.din.as_ref() == Some(&bound.din) => donation.din = None,
            DinState::Voided => {}
        })
    }

    fn change_donation(&mut self, key: &str, change: impl FnOnce(&mut Donation)) -> Result<(), StoreError> {
        match self.get::<Donation>(key)? {
            Some(mut donation) => {
                change(&mut donation);
                self.set(key.to_owned(), &donation)
            }
            // No longer kept.
            None => Ok(()),
        }
    }

    fn record(&mut self, record: RecordFrozen, position: Position) -> Result<(), StoreError> {
        self.newest(&record, position)?;
        if !record.goes_upstream() {
            return Ok(());
        }
        let RecordFrozen { id, sha256, class, .. } = record;
        let key = outbox_key(class, position.seq);
        self.set(record_key(&id), &key)?;
        self.set(key, &OutboxItem { id, sha256, class, position, attempts: 0, next: None })
    }

    /// What the newest version of a record says of its donation. Bytes that say nothing change nothing.
    fn newest(&mut self, frozen: &RecordFrozen, position: Position) -> Result<(), StoreError> {
        let Ok(Envelope { version, closed, record, .. }) = serde_json::from_str(&frozen.canonical) else {
            return Ok(());
        };
        let segments_open = record.owes_segments();
        let newest = NewestRecord {
            version,
            position,
            donor: record.donor,
            closed,
            needle: record.needle_in.is_some(),
            segments_open,
        };
        if let Some(Because::EnteredLater { din, .. }) = &frozen.because {
            self.set(din_key(din), &DinUse(frozen.id.donation, DinState::Used))?;
            let key = donation_key(frozen.id.donation);
            if self.get::<Donation>(&key)?.is_some() {
                return self.change_donation(&key, |donation| donation.recorded(newest));
            }
            let donation = Donation {
                bed: None,
                din: Some(*din),
                closed: Some(position.seq),
                acknowledged: None,
                record: Some(newest),
                donor: None,
                rest_over: false,
            };
            return self.add(frozen.id.donation, &donation);
        }
        self.change_donation(&donation_key(frozen.id.donation), |donation| donation.recorded(newest))
    }

    fn attempted(&mut self, attempted: &Attempted) -> Result<(), StoreError> {
        let Some(key) = self.get::<String>(&record_key(&attempted.id))? else { return Ok(()) };
        let Some(mut item) = self.get::<OutboxItem>(&key)? else { return Ok(()) };
        item.attempts = attempted.attempts;
        item.next = Some(attempted.next);
        self.set(key, &item)
    }

    /// An acknowledgement of other bytes than those frozen acknowledges nothing.
    fn acknowledged(&mut self, acknowledged: &Acknowledged) -> Result<(), StoreError> {
        let Acknowledged { id, sha256 } = acknowledged;
        let Some(key) = self.get::<String>(&record_key(id))? else { return Ok(()) };
        let Some(item) = self.get::<OutboxItem>(&key)? else { return Ok(()) };
        if item.sha256 != *sha256 {
            return Ok(());
        }
        self.remove(key);
        self.remove(record_key(id));
        self.change_donation(&donation_key(id.donation), |donation| {
            donation.acknowledged = donation.acknowledged.max(Some(id.version));
        })
    }
}

/// How many of the oldest donations are looked at for one to let go: at most 8 beds can hold an open one.
const OLDEST: usize = 16;
