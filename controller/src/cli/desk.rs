//! The books of a station that does not run, open on the command line.
//!
//! Owns: the folder's lock while it writes, and the clocks of what it writes. Refuses: to write beside a daemon. A crash leaves
//! the journal without or with whole entries.

use super::Failure;
use config::StationConfig;
use controller::books::{Books, roster};
use controller::clock::{Clock as _, Stamp, SystemClock};
use controller::journal::entry::CheckpointState;
use controller::journal::{Draft, DraftError, Entry, Settings};
use controller::operators::{LockOut, Roster};
use controller::state_dir::{StateDir, StateLock};
use station::ident::{BedId, DonationId};

/// How the journal is written at this station.
pub(super) fn settings(config: &StationConfig) -> Settings {
    Settings { segment_bytes: u64::from(config.journal.segment_mib) << 20, ..Settings::default() }
}

/// The open books with nobody else at them.
pub(super) struct Desk {
    books: Books,
    /// Everybody who may act.
    pub(super) roster: Roster,
    _lock: StateLock,
}

impl Desk {
    /// Opens the books as a start of the daemon does.
    ///
    /// # Errors
    /// [`Failure::Refused`] when they cannot be opened.
    pub(super) fn open(
        dir: &StateDir,
        lock: StateLock,
        settings: Settings,
        lock_out: LockOut,
    ) -> Result<Self, Failure> {
        let books = Books::open(dir, &lock, settings).map_err(Failure::refused)?;
        let roster = roster(&books.index, lock_out).map_err(Failure::refused)?;
        Ok(Self { books, roster, _lock: lock })
    }

    /// Writes entries, numbered from what `drafts` is given, and makes them durable.
    ///
    /// # Errors
    /// [`Failure::Refused`]; none of them may be relied on.
    pub(super) fn write(
        &mut self,
        now: Stamp,
        drafts: impl FnOnce(u64) -> Result<Vec<Draft>, DraftError>,
    ) -> Result<(), Failure> {
        let mut seq = self.books.writer.next_seq();
        let mut all = Vec::new();
        if seq == 1 {
            all.push(Draft::checkpoint(seq, now, &CheckpointState::empty()).map_err(Failure::refused)?);
            seq += 1;
        }
        all.extend(drafts(seq).map_err(Failure::refused)?);
        self.books.writer.append(&all).map_err(Failure::refused)?;
        let commit = self.books.writer.commit().map_err(Failure::refused)?;
        // From here on it is done, whatever becomes of the store: that follows the journal at the next start.
        let kept = self.books.index.apply(&commit.entries).and_then(|()| self.books.index.flush());
        if let Err(error) = kept {
            eprintln!("hemostation: the store follows at the next start: {error}");
        }
        Ok(())
    }

    /// Tells the entries of the newest segment, in their order.
    ///
    /// # Errors
    /// [`Failure::Refused`] when one cannot be read.
    pub(super) fn newest_entries(&self, mut tell: impl FnMut(&Entry)) -> Result<(), Failure> {
        let reader = &self.books.reader;
        let starts = reader.segment_starts().map_err(Failure::refused)?;
        let Some(start) = starts.last().copied() else { return Ok(()) };
        for item in reader.entries(start, u64::MAX).map_err(Failure::refused)? {
            tell(&item.map_err(Failure::refused)?.entry);
        }
        Ok(())
    }

    /// Donations that are not finished, and their beds.
    ///
    /// # Errors
    /// [`Failure::Refused`] when the store cannot say.
    pub(super) fn unfinished(&self) -> Result<Vec<(BedId, DonationId)>, Failure> {
        self.books.index.unfinished().map_err(Failure::refused)
    }

    /// The clocks, never behind the last entry's.
    ///
    /// # Errors
    /// [`Failure::Refused`] when the system has none.
    pub(super) fn now(&self) -> Result<Stamp, Failure> {
        let mut clock = SystemClock::new().map_err(Failure::refused)?;
        let newest = self.books.recovery.newest;
        if let Some(newest) = newest {
            clock.not_before(newest.wall);
        }
        let mut now = clock.now();
        // A simulated station's clock may have run faster than this one.
        if let Some(newest) = newest.filter(|newest| newest.boot_id == now.boot_id) {
            now.mono = now.mono.max(newest.mono);
        }
        Ok(now)
    }
}
