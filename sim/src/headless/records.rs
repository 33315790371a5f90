//! The station's records in one thread: the real journal, the real index, the real delivery.
//!
//! Owns: when a commit happens (at once when forced, else each second) and what follows from it. Refuses: to go on after a
//! journal that failed. A crash loses what was not committed; the next start recovers as the daemon does.

use config::StationConfig;
use controller::books::{self, Books, BooksError};
use controller::clock::Stamp;
use controller::control::aftercare::KnownClosed;
use controller::control::io::{Input, KnownDin};
use controller::control::restart::{self, Recovered};
use controller::control::shift::ShiftParts;
use controller::control::shift::past::{self, PastError};
use controller::journal::disk::Disk;
use controller::journal::thread::COMMIT_INTERVAL;
use controller::journal::{
    AppendError, Commit, CommitError, Draft, ReadError, Reader, Recovery, Settings, Writer,
};
use controller::operators::LockOut;
use controller::privacy::{DayKey, Sealed};
use controller::services::deliver::{Deliver, DeliverParts, FollowError, Parcel};
use controller::state_dir::{StateDir, StateError, StateLock};
use controller::store::{Index, MemoryStore, StoreError, rebuild};
use controller::upstream::{OutboxSettings, SendOutcome, Transport};
use serde_json::value::RawValue;
use station::api::OutboxView;
use station::draw::ClampDelay;
use station::ident::{BedId, Din, DonorToken};
use station::measure::Mono;
use station::procedure::eligibility::LastDonation;
use station::record::{Envelope, Which};
use std::path::Path;
use std::sync::{Arc, Mutex};

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
    /// The shift of an earlier run cannot be read back.
    #[error(transparent)]
    Shift(#[from] PastError),
    /// The index does not follow the journal.
    #[error(transparent)]
    Follow(#[from] FollowError),
    /// A donation of an earlier run cannot be read back.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// The journal and its delivery.
pub struct Records {
    _lock: Option<StateLock>,
    writer: Writer,
    reader: Reader,
    deliver: Deliver,
    commit_at: Option<Mono>,
    entries: u64,
    shift: Box<RawValue>,
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
        let records = Self::of(Some(lock), reader, writer, index, &recovery)?;
        Ok((records, recovery))
    }

    /// Opens, or begins, the journal of this disk, with an index in memory that is made again from it. `known_durable` is
    /// what an index that outlived the stop would know.
    ///
    /// # Errors
    /// [`RecordsError`].
    pub fn on(
        disk: Arc<dyn Disk>,
        settings: Settings,
        known_durable: u64,
    ) -> Result<(Self, Recovery), RecordsError> {
        let opened = controller::journal::open(disk.clone(), settings, known_durable);
        let (writer, recovery) = opened.map_err(BooksError::from)?;
        let reader = Reader::new(disk);
        let (index, _) = rebuild(Box::<MemoryStore>::default(), &reader, &recovery)?;
        let records = Self::of(None, reader, writer, index, &recovery)?;
        Ok((records, recovery))
    }

    fn of(
        lock: Option<StateLock>,
        reader: Reader,
        writer: Writer,
        index: Index,
        recovery: &Recovery,
    ) -> Result<Self, RecordsError> {
        let roster = books::roster(&index, LockOut::default())?;
        let deliver = Deliver::new(DeliverParts {
            index,
            reader: reader.clone(),
            roster: Arc::new(Mutex::new(roster)),
            outbox: OutboxSettings::default(),
            other: RawValue::NULL.to_owned(),
        })?;
        let entries = recovery.last_seq;
        let shift = recovery.state.other.clone();
        Ok(Self { _lock: lock, writer, reader, deliver, commit_at: None, entries, shift })
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
        Ok(books::known_dins(self.deliver.index())?)
    }

    /// Who gave here lately.
    ///
    /// # Errors
    /// [`RecordsError`].
    pub fn drawn(&self) -> Result<Vec<(DonorToken, LastDonation)>, RecordsError> {
        Ok(books::known_drawn(self.deliver.index())?)
    }

    /// Needles in each bed's sharps bin.
    ///
    /// # Errors
    /// [`RecordsError`].
    pub fn needles_binned(&self) -> Result<Vec<(BedId, u32)>, RecordsError> {
        Ok(self.deliver.index().needles_binned()?)
    }

    /// What each bed has learned of its clamp.
    ///
    /// # Errors
    /// [`RecordsError`].
    pub fn clamp_delays(&self) -> Result<Vec<(BedId, ClampDelay)>, RecordsError> {
        Ok(self.deliver.index().clamp_delays()?)
    }

    /// Donations that an earlier run left open.
    ///
    /// # Errors
    /// [`RecordsError`].
    pub fn recovered(&self) -> Result<Recovered, RecordsError> {
        Ok(restart::recover(&self.reader, &self.deliver.index().unfinished()?, self.entries)?)
    }

    /// The shift of an earlier run.
    ///
    /// # Errors
    /// [`RecordsError`].
    pub fn shift(&self, config: &StationConfig) -> Result<ShiftParts, RecordsError> {
        let (index, settings) = (self.deliver.index(), config.shift.clone());
        Ok(ShiftParts::of(config, past::recover(&self.reader, index, &self.shift, settings)?))
    }

    /// Closed donations after which somebody may still rest, or whose segments are still to be sealed.
    ///
    /// # Errors
    /// [`RecordsError`].
    pub fn closed(&self) -> Result<Vec<KnownClosed>, RecordsError> {
        Ok(self.deliver.index().closed()?)
    }

    /// The newest durable version of a closed donation's record.
    ///
    /// # Errors
    /// [`RecordsError`].
    pub fn envelope(&self, which: Which) -> Result<Option<Envelope>, RecordsError> {
        Ok(self.deliver.closed(which)?)
    }

    /// What was sealed of a donor last, with the key of its day.
    ///
    /// # Errors
    /// [`RecordsError`].
    pub fn sealed(&self, donor: &DonorToken) -> Result<Option<(DayKey, Sealed)>, RecordsError> {
        Ok(self.deliver.sealed(donor)?)
    }

    /// How the outbox stands.
    pub fn outbox(&self) -> OutboxView {
        self.deliver.standing()
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
        self.follow(&commit)?;
        Ok(Input::Durable(commit.durable_through))
    }

    /// The journal's writer, for whoever commits in a rhythm of one's own and then calls [`Records::follow`].
    pub fn writer(&mut self) -> &mut Writer {
        &mut self.writer
    }

    /// Index and outbox follow a commit.
    ///
    /// # Errors
    /// [`RecordsError`].
    pub fn follow(&mut self, commit: &Commit) -> Result<(), RecordsError> {
        self.deliver.follow(commit)?;
        self.entries = commit.durable_through;
        Ok(())
    }

    /// The checkpoint that the station has to write, when the journal wants one.
    ///
    /// # Errors
    /// [`RecordsError`].
    pub fn checkpoint(&mut self, now: Mono) -> Result<Option<Input>, RecordsError> {
        if self.writer.wants_checkpoint() { Ok(self.deliver.checkpoint(now)?) } else { Ok(None) }
    }

    /// Reads entries back.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// The record to send now; what comes of it goes to [`Records::sent`].
    pub fn begin_send(&mut self, now: Mono) -> Option<Parcel> {
        self.deliver.begin(now)
    }

    /// What came of a sending, for the station to hear.
    pub fn sent(&mut self, now: Stamp, outcome: SendOutcome) -> Vec<Input> {
        self.deliver.end(now, outcome)
    }

    /// How the outbox stands, when that has changed, for the station to hear.
    pub fn news(&mut self) -> Option<Input> {
        self.deliver.view()
    }

    /// When there is something to send.
    pub fn next_send(&self) -> Option<Mono> {
        self.deliver.next_timeout()
    }

    /// Sends every record that is due. What comes back is for the station to hear.
    pub fn send(&mut self, now: Stamp, to: &mut dyn Transport) -> Vec<Input> {
        self.deliver.step(now, to)
    }
}
