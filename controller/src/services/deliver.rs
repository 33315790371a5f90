//! Records from the journal to the receiver, and the store kept at the journal's end: without thread, clock or socket.
//!
//! Owns: the store, the outbox and the roster while the station runs. Refuses: letting a record go before its acknowledgement is
//! journaled, and sending any bytes but those the journal holds. What a crash does: the store is brought to the journal's end
//! again, the outbox is filled from it; a record that was sent and whose acknowledgement was not journaled is sent once
//! more, under the same id.
//!
//! ```text
//! commits ──▶ follow ──▶ store ──▶ outbox ──▶ begin ──▶ Parcel::send (blocks) ──▶ end ──▶ Acknowledged / Attempted
//! ```
//! [`Deliver::step`] does `begin`, `send` and `end` in one, for a world whose receiver answers at once.

use crate::clock::Stamp;
use crate::control::entries::SealedPerson;
use crate::control::io::Input;
use crate::journal::entry::{Acknowledged, Attempted, OperatorSet, RecordClass, RecordFrozen};
use crate::journal::{Commit, Committed, Entry, EntryKind, ReadError, Reader, Retention, prune};
use crate::operators::{Operator, Roster};
use crate::privacy::{DayKey, Sealed};
use crate::store::{Index, OutboxItem, RecordState, StoreError};
use crate::upstream::{Class, Outbox, OutboxSettings, Pending, SendOutcome, Settled, Transport};
use serde_json::value::RawValue;
use station::api::OutboxView;
use station::ident::{DonorToken, RecordId};
use station::measure::{Mono, Span, Wall};
use station::record::{Envelope, Which};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// Most records in memory; the others wait in the store.
const MAX_IN_MEMORY: usize = 4096;
/// Entries applied at once when the store has to catch up.
const BATCH: usize = 256;

/// A checkpoint of which nothing came is made again after this long.
const CHECKPOINT_AGAIN: Span = Span::from_mins(10);

/// Why the store does not follow.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The journal cannot be read back.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// What the delivery is built from.
pub struct DeliverParts {
    /// The store, at the journal's end.
    pub index: Index,
    /// Reads frozen bytes back.
    pub reader: Reader,
    /// Everybody who may act, shared with whoever checks PINs.
    pub roster: Arc<Mutex<Roster>>,
    /// Patience between attempts.
    pub outbox: OutboxSettings,
    /// What the last checkpoint kept for others; carried on into the next one.
    pub other: Box<RawValue>,
}

/// The delivery.
pub struct Deliver {
    index: Index,
    reader: Reader,
    roster: Arc<Mutex<Roster>>,
    outbox: Outbox,
    other: Box<RawValue>,
    /// Acknowledged, and the acknowledgement not in the store yet: not to be taken again.
    settled: BTreeSet<RecordId>,
    /// The store may hold records that are not in the outbox.
    more: bool,
    sending: Option<RecordId>,
    /// When a checkpoint was made for the present segment.
    checkpoint_asked: Option<Mono>,
    shown: Option<OutboxView>,
}

impl Deliver {
    /// Fills the outbox from the store.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn new(parts: DeliverParts) -> Result<Self, StoreError> {
        let DeliverParts { index, reader, roster, outbox, other } = parts;
        let mut deliver = Self {
            index,
            reader,
            roster,
            outbox: Outbox::new(outbox),
            other,
            settled: BTreeSet::new(),
            more: true,
            sending: None,
            checkpoint_asked: None,
            shown: None,
        };
        deliver.refill()?;
        Ok(deliver)
    }

    /// Follows a commit: store, roster, outbox. A commit that was missed before it is read back from the journal.
    ///
    /// # Errors
    /// [`FollowError`]; the next commit tries again from where the store stands.
    pub fn follow(&mut self, commit: &Commit) -> Result<(), FollowError> {
        let first = commit.entries.first().map_or(u64::MAX, |item| item.entry.seq);
        if first > self.index.applied() + 1 {
            self.catch_up(commit.durable_through)?;
        }
        self.apply(&commit.entries)
    }

    fn catch_up(&mut self, through: u64) -> Result<(), FollowError> {
        let reader = self.reader.clone();
        let mut batch = Vec::with_capacity(BATCH);
        for item in reader.entries(self.index.applied() + 1, through)? {
            batch.push(item?);
            if batch.len() == BATCH {
                self.apply(&batch)?;
                batch.clear();
            }
        }
        self.apply(&batch)
    }

    fn apply(&mut self, entries: &[Committed]) -> Result<(), FollowError> {
        let before = self.index.applied();
        self.index.apply(entries)?;
        for item in entries.iter().filter(|item| item.entry.seq > before) {
            if let Err(source) = self.notice(&item.entry) {
                return Err(StoreError::Body { seq: item.entry.seq, source }.into());
            }
        }
        Ok(())
    }

    /// What an entry means beside the store.
    fn notice(&mut self, entry: &Entry) -> Result<(), serde_json::Error> {
        if let Some(record) = entry.body_as::<RecordFrozen>()? {
            if !record.goes_upstream() {
                return Ok(());
            }
            let RecordFrozen { id, sha256, class, .. } = record;
            self.take(Pending { id, sha256: sha256.to_string(), class: class_of(class), seq: entry.seq });
        } else if let Some(OperatorSet { id, json }) = entry.body_as()? {
            let mut roster = self.roster.lock().unwrap_or_else(PoisonError::into_inner);
            match json {
                Some(json) => roster.apply(serde_json::from_str::<Operator>(json.get())?),
                None => roster.remove(&id),
            }
        } else if let Some(Acknowledged { id, .. }) = entry.body_as()? {
            self.settled.remove(&id);
        } else if entry.kind == EntryKind::CHECKPOINT {
            self.checkpoint_asked = None;
        }
        Ok(())
    }

    /// An alarm always finds room in memory: it must not wait behind records.
    fn take(&mut self, pending: Pending) {
        let full = usize::try_from(self.outbox.waiting()).unwrap_or(usize::MAX) >= MAX_IN_MEMORY;
        if full && pending.class != Class::Alarm {
            self.more = true;
        } else if !self.settled.contains(&pending.id) {
            self.outbox.take(pending);
        }
    }

    fn refill(&mut self) -> Result<(), StoreError> {
        if !self.more || usize::try_from(self.outbox.waiting()).unwrap_or(usize::MAX) > MAX_IN_MEMORY / 2 {
            return Ok(());
        }
        // What is settled and still in the store takes places in front.
        let wanted = MAX_IN_MEMORY + self.settled.len();
        let items = self.index.outbox(wanted)?;
        self.more = items.len() == wanted;
        for item in items {
            let OutboxItem { id, sha256, class, position, .. } = item;
            self.take(Pending { id, sha256: sha256.to_string(), class: class_of(class), seq: position.seq });
        }
        Ok(())
    }

    /// The record to send now. Whoever sends it reports with [`Deliver::end`]; until then there is no other.
    pub fn begin(&mut self, now: Mono) -> Option<Parcel> {
        if let Err(error) = self.refill() {
            tracing::error!(%error, "the outbox cannot be filled from the store");
        }
        let pending = self.outbox.poll_send(now)?;
        self.sending = Some(pending.id.clone());
        Some(Parcel { item: self.index.record(&pending.id), pending, reader: self.reader.clone() })
    }

    /// Takes the outcome of the record that was sent. What comes back is for the station to journal.
    pub fn end(&mut self, now: Stamp, outcome: SendOutcome) -> Vec<Input> {
        let sent = self.sending.take();
        let mut inputs = Vec::new();
        match self.outbox.handle(now.mono, outcome) {
            Settled::Delivered(pending) => match pending.sha256.parse() {
                Ok(sha256) => {
                    self.settled.insert(pending.id.clone());
                    inputs.push(Input::Acknowledged(Acknowledged { id: pending.id, sha256 }));
                }
                Err(error) => tracing::error!(id = %pending.id, %error, "a delivered record has no hash"),
            },
            Settled::Kept(why) => {
                tracing::warn!(%why, "a record stays here");
                inputs.extend(sent.map(|id| Input::Attempted(self.attempt(now, id))));
            }
        }
        inputs.extend(self.view());
        inputs
    }

    fn attempt(&self, now: Stamp, id: RecordId) -> Attempted {
        let attempts = match self.index.record(&id) {
            Ok(Some(RecordState::Waiting(item))) => item.attempts.saturating_add(1),
            Ok(Some(RecordState::Acknowledged) | None) | Err(_) => 1,
        };
        let wait = self.outbox.next_timeout().map_or(Span::ZERO, |next| next.since(now.mono));
        let wait_ms = i64::try_from(wait.0 / 1000).unwrap_or(i64::MAX);
        Attempted { id, attempts, next: Wall(now.wall.0.saturating_add(wait_ms)) }
    }

    /// How the outbox stands.
    pub fn standing(&self) -> OutboxView {
        OutboxView {
            waiting: self.outbox.waiting(),
            delivered: self.outbox.delivered(),
            online: self.outbox.online(),
        }
    }

    /// How the outbox stands, when that has changed since it was last asked.
    pub fn view(&mut self) -> Option<Input> {
        let view = self.standing();
        let changed = self.shown.as_ref() != Some(&view);
        changed.then(|| {
            self.shown = Some(view.clone());
            Input::Outbox(view)
        })
    }

    /// The receiver was reached, or not, by something else than a record.
    pub fn reached(&mut self, reached: bool) {
        self.outbox.reached(reached);
    }

    /// Sends everything that is due, one after the other, and gives what the station has to hear of it.
    pub fn step(&mut self, now: Stamp, transport: &mut dyn Transport) -> Vec<Input> {
        let mut inputs = Vec::new();
        while let Some(parcel) = self.begin(now.mono) {
            inputs.extend(self.end(now, parcel.send(transport)));
        }
        inputs.extend(self.view());
        inputs
    }

    /// When [`Deliver::begin`] is worth asking; `None` while a record is on its way or nothing waits.
    pub fn next_timeout(&self) -> Option<Mono> {
        self.outbox.next_timeout()
    }

    /// The state for a new segment, once for each time that the journal wants one, and again after a while when none came of it.
    ///
    /// # Errors
    /// [`StoreError`]; it may be asked again.
    pub fn checkpoint(&mut self, now: Mono) -> Result<Option<Input>, StoreError> {
        if self.checkpoint_asked.is_some_and(|asked| now.since(asked) < CHECKPOINT_AGAIN) {
            return Ok(None);
        }
        let state = self.index.checkpoint(self.other.clone())?;
        self.checkpoint_asked = Some(now);
        Ok(Some(Input::Checkpoint(Box::new(state))))
    }

    /// Removes old segments that nothing needs. Gives their names.
    ///
    /// # Errors
    /// [`FollowError`].
    pub fn prune(&self, retention: Retention, durable_through: u64) -> Result<Vec<String>, FollowError> {
        let needed = self.index.needed_from()?;
        let disk = self.reader.disk();
        Ok(prune(&*disk, retention, needed, durable_through).map_err(ReadError::Io)?)
    }

    /// Makes the store durable, so that the next start is fast.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn flush(&mut self) -> Result<(), StoreError> {
        self.index.flush()
    }

    /// The newest durable version of a closed donation's record; `None` when there is none here, or no longer.
    ///
    /// # Errors
    /// [`FollowError`].
    pub fn closed(&self, which: Which) -> Result<Option<Envelope>, FollowError> {
        let Some(position) = self.index.newest_record(which)? else { return Ok(None) };
        let entry = self.reader.entry_at(position)?;
        let frozen = entry.body_as::<RecordFrozen>();
        let frozen = frozen.map_err(|source| StoreError::Body { seq: entry.seq, source })?;
        let envelope = frozen.map(|frozen| serde_json::from_str(&frozen.canonical)).transpose();
        Ok(envelope.map_err(|source| StoreError::Body { seq: entry.seq, source })?)
    }

    /// What was sealed of a donor last, with the key of its day; `None` when there is nothing here, or no longer.
    ///
    /// # Errors
    /// [`FollowError`].
    pub fn sealed(&self, donor: &DonorToken) -> Result<Option<(DayKey, Sealed)>, FollowError> {
        let Some(at) = self.index.sealed(donor)? else { return Ok(None) };
        let (key, blob) = (self.reader.entry_at(at.key)?, self.reader.entry_at(at.blob)?);
        let body = |seq| move |source| StoreError::Body { seq, source };
        let key = key.body_as::<DayKey>().map_err(body(key.seq))?;
        let person = blob.body_as::<SealedPerson>().map_err(body(blob.seq))?;
        Ok(key.zip(person.filter(|person| person.donor == *donor).map(|person| person.blob)))
    }

    /// The store, for looking into it.
    pub fn index(&self) -> &Index {
        &self.index
    }
}

fn class_of(class: RecordClass) -> Class {
    match class {
        RecordClass::Alarm => Class::Alarm,
        RecordClass::Record => Class::Record,
        RecordClass::Telemetry => Class::Telemetry,
    }
}

/// A record on its way out.
pub struct Parcel {
    item: Result<Option<RecordState>, StoreError>,
    pending: Pending,
    reader: Reader,
}

impl Parcel {
    /// Reads the frozen bytes from the journal and sends them. Blocks as long as the transport does.
    pub fn send(self, transport: &mut dyn Transport) -> SendOutcome {
        match self.bytes() {
            Ok(canonical) => {
                transport.send(&self.pending.id.to_string(), &self.pending.sha256, canonical.as_bytes())
            }
            Err(why) => {
                tracing::error!(id = %self.pending.id, %why, "a frozen record cannot be read back");
                SendOutcome::Unreadable(why)
            }
        }
    }

    fn bytes(&self) -> Result<String, String> {
        let item = match &self.item {
            Ok(Some(RecordState::Waiting(item))) => item,
            Ok(Some(RecordState::Acknowledged) | None) => {
                return Err("the store does not know where it is".into());
            }
            Err(error) => return Err(error.to_string()),
        };
        let entry = self.reader.entry_at(item.position).map_err(|error| error.to_string())?;
        match entry.body_as::<RecordFrozen>() {
            Ok(Some(record)) if record.id == self.pending.id => Ok(record.canonical),
            Ok(_) => Err(format!("entry {} is another one", entry.seq)),
            Err(error) => Err(error.to_string()),
        }
    }
}
