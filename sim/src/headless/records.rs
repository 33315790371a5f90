//! The station's records in one thread: the real journal, the real index, the real outbox and sender.
//!
//! Owns: when a commit happens (at once when forced, else each second) and what follows from it. Refuses: to go on after a
//! journal that failed. A crash loses what was not committed; the next start recovers as the daemon does.

use controller::books::{Books, BooksError};
use controller::clock::Stamp;
use controller::control::io::{Input, KnownDin};
use controller::control::restart::{self, Past};
use controller::journal::entry::{Acknowledged, DinState, RecordClass, RecordFrozen};
use controller::journal::thread::COMMIT_INTERVAL;
use controller::journal::{AppendError, CommitError, Draft, ReadError, Reader, Recovery, Settings, Writer};
use controller::state_dir::{StateDir, StateError, StateLock};
use controller::store::{Index, OutboxItem, StoreError};
use controller::upstream::{Class, Outbox, OutboxSettings, Pending, Settled, Transport};
use station::ident::Din;
use station::measure::Mono;
use std::path::Path;

/// Most records taken from the index into the outbox at a start.
const MAX_PENDING: usize = 4096;

/// Why records cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum RecordsError {
    /// The state folder cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// Journal or index cannot be opened.
    #[error(transparent)]
    Books(#[from] BooksError),
    /// The journal does not take entries.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The journal cannot be made durable.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// The index failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A frozen record cannot be read back.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A frozen record is not what its kind promises.
    #[error("entry {0} is no frozen record")]
    NotARecord(u64),
}

/// Journal, index and outbox.
pub struct Records {
    _lock: StateLock,
    writer: Writer,
    reader: Reader,
    index: Index,
    outbox: Outbox,
    commit_at: Option<Mono>,
    entries: u64,
}

impl Records {
    /// Opens, or begins, the records below `state`.
    ///
    /// # Errors
    /// [`RecordsError`].
    pub fn open(state: &Path) -> Result<(Self, Recovery), RecordsError> {
        let dir = StateDir::make(state)?;
        let lock = dir.lock()?;
        let books = Books::open(&dir, &lock, Settings::default())?;
        let Books { reader, writer, recovery, index, .. } = books;
        let mut outbox = Outbox::new(OutboxSettings::default());
        index.outbox(MAX_PENDING)?.iter().for_each(|item| outbox.take(pending(item)));
        let records =
            Self { _lock: lock, writer, reader, index, outbox, commit_at: None, entries: recovery.last_seq };
        Ok((records, recovery))
    }

    /// Entries in the journal.
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// Donation numbers known from before.
    ///
    /// # Errors
    /// [`RecordsError`].
    pub fn dins(&self) -> Result<Vec<(Din, KnownDin)>, RecordsError> {
        let known = self.index.dins()?.into_iter().map(|(din, used)| match used.1 {
            DinState::Used => (din, KnownDin::Used(used.0)),
            DinState::Voided => (din, KnownDin::Voided),
        });
        Ok(known.collect())
    }

    /// Donations that an earlier run left open.
    ///
    /// # Errors
    /// [`RecordsError`].
    pub fn pasts(&self) -> Result<Vec<Past>, RecordsError> {
        Ok(restart::recover(&self.reader, &self.index.unfinished()?, self.entries)?)
    }

    /// The outbox, for the screens.
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Takes drafts; commits at once when forced. The station has to hear what is durable.
    ///
    /// # Errors
    /// [`RecordsError`].
    pub fn keep(&mut self, now: Stamp, drafts: &[Draft], force: bool) -> Result<Option<Input>, RecordsError> {
        self.writer.append(drafts)?;
        if force {
            return self.commit().map(Some);
        }
        self.commit_at.get_or_insert(now.mono + COMMIT_INTERVAL);
        Ok(None)
    }

    /// Commits what has waited for its interval.
    ///
    /// # Errors
    /// [`RecordsError`].
    pub fn commit_due(&mut self, now: Stamp) -> Result<Option<Input>, RecordsError> {
        if self.commit_at.is_some_and(|at| at <= now.mono) { self.commit().map(Some) } else { Ok(None) }
    }

    /// Makes everything durable.
    ///
    /// # Errors
    /// [`RecordsError`].
    pub fn commit(&mut self) -> Result<Input, RecordsError> {
        self.commit_at = None;
        let commit = self.writer.commit()?;
        self.index.apply(&commit.entries)?;
        self.entries = commit.durable_through;
        for item in self.index.outbox(MAX_PENDING)? {
            self.outbox.take(pending(&item));
        }
        Ok(Input::Durable(commit.durable_through))
    }

    /// Sends the next record, if it is time for one. The station has to hear of an acknowledgement.
    ///
    /// # Errors
    /// [`RecordsError`] when the frozen bytes cannot be read back.
    pub fn send(&mut self, now: Stamp, to: &mut dyn Transport) -> Result<Option<Input>, RecordsError> {
        let Some(next) = self.outbox.poll_send(now.mono) else { return Ok(None) };
        let known = self.index.outbox(MAX_PENDING)?;
        let item = known.iter().find(|item| item.position.seq == next.seq);
        let position = item.ok_or(RecordsError::NotARecord(next.seq))?.position;
        let entry = self.reader.entry_at(position)?;
        let frozen =
            entry.body_as::<RecordFrozen>().ok().flatten().ok_or(RecordsError::NotARecord(next.seq))?;
        let outcome = to.send(&next.id.to_string(), &next.sha256, frozen.canonical.as_bytes());
        Ok(match self.outbox.handle(now.mono, outcome) {
            Settled::Delivered(done) => {
                Some(Input::Acknowledged(Acknowledged { id: done.id, sha256: frozen.sha256 }))
            }
            Settled::Kept(why) => {
                tracing::info!(%why, "a record stays in the outbox");
                None
            }
        })
    }
}

fn pending(item: &OutboxItem) -> Pending {
    let class = match item.class {
        RecordClass::Alarm => Class::Alarm,
        RecordClass::Record => Class::Record,
        RecordClass::Telemetry => Class::Telemetry,
    };
    Pending { id: item.id.clone(), sha256: item.sha256.to_string(), class, seq: item.position.seq }
}
