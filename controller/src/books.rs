//! The books of a station: its journal and the store beside it, opened together.
//!
//! Owns: the order of opening (the store first, as its position tells a torn journal from a damaged one), the read-only view
//! for commands beside a running daemon, and what a start takes out of the store. Refuses: to write without the state folder's
//! lock. What a crash does to it: what opening the journal and settling the store say.

use crate::clock::Stamp;
use crate::control::io::{KnownDin, Unrecorded, WorkItem};
use crate::journal::disk::{Disk, RealDisk};
use crate::journal::entry::{Boot, Checkpoint, CheckpointState, Closed, DinState};
use crate::journal::{
    BehindError, Body as _, Draft, DraftError, EntryKind, OpenError, ReadError, Reader, Recovery, Settings,
    Writer, behind, newest_checkpoint, readable_after,
};
use crate::operators::{LockOut, Operator, Roster};
use crate::state_dir::{StateDir, StateLock};
use crate::store::{
    Candidate, DinUse, Gave, Index, List, MemoryStore, Settled, StoreError, put_aside, rebuild, salvage,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use station::ident::{Din, DonationId, DonorToken, RecordId};
use station::procedure::eligibility::LastDonation;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// Why the books cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum BooksError {
    /// The journal's folder.
    #[error("{path}: {source}")]
    Folder {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The journal cannot be opened; it was left as it is.
    #[error("{0}; nothing was changed{way}", way = way_on(.0))]
    Journal(#[from] OpenError),
    /// Nothing is damaged: there is nothing to go on behind.
    #[error("the journal is not damaged: nothing was changed")]
    Sound,
    /// The segment behind the damage cannot be written.
    #[error(transparent)]
    Behind(#[from] BehindError),
    /// Its entries cannot be made.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// An entry cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Not even a new store can be made.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nothing was ever written here.
    #[error("the journal in {0} is empty: nothing was recorded yet")]
    Empty(PathBuf),
}

/// What whoever reads the message does next.
fn way_on(error: &OpenError) -> &'static str {
    match error {
        OpenError::Damaged(_) => {
            ". hemostation journal verify tells all that is damaged; hemostation journal go-on begins anew behind it, keeps \
             every line that can be believed, and says what is lost"
        }
        OpenError::Io(_) => ": mend the disk or its permissions first",
    }
}

/// Journal and store, open for writing.
pub struct Books {
    /// The journal's folder.
    pub disk: Arc<dyn Disk>,
    /// Reads entries back.
    pub reader: Reader,
    /// Writes entries.
    pub writer: Writer,
    /// What opening found.
    pub recovery: Recovery,
    /// The store, at the journal's end.
    pub index: Index,
    /// How the store came to be there.
    pub settled: Settled,
}

impl Books {
    /// Opens both. The lock is asked for to show that nobody else writes.
    ///
    /// # Errors
    /// [`BooksError`].
    pub fn open(dir: &StateDir, _lock: &StateLock, settings: Settings) -> Result<Self, BooksError> {
        let path = dir.journal();
        let disk = RealDisk::open(&path).map_err(|source| BooksError::Folder { path, source })?;
        let disk: Arc<dyn Disk> = Arc::new(disk);
        let candidate = Candidate::open(&dir.index());
        let (writer, recovery) = crate::journal::open(disk.clone(), settings, candidate.known_durable())?;
        let reader = Reader::new(disk.clone());
        let (index, settled) = candidate.settle(&reader, &recovery)?;
        Ok(Self { disk, reader, writer, recovery, index, settled })
    }
}

/// `went_on`: a person let the station go on behind damage. The first entry behind the checkpoint.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WentOn {
    /// What opening the journal found.
    pub damage: String,
    /// The last entry that the store knew, or that could be read.
    pub known_through: u64,
    /// Donations that were not finished and can be led on no more: ended without a record.
    pub ended: Vec<(DonationId, Option<Din>)>,
    /// Records that wait for the receiver and whose entry cannot be read: they can never be sent as they were.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<(RecordId, Option<Din>)>,
    /// Copies of what had to go, in `journal/`.
    pub aside: Vec<String>,
    /// The system's user who ran the command.
    pub uid: u32,
    /// Why.
    pub why: String,
}
impl crate::journal::Body for WentOn {
    const KIND: EntryKind = EntryKind::of("went_on");
}

/// Goes on behind a damaged journal, on a person's word: everything that the store knows is carried over (numbers used and
/// voided, people, records that wait, needles), donations that were under way are ended, and the shift is opened anew. Gives what
/// is said of it.
///
/// # Errors
/// [`BooksError`]; [`BooksError::Sound`] when nothing is damaged.
pub fn go_on(
    dir: &StateDir,
    _lock: &StateLock,
    (uid, why): (u32, String),
    now: impl FnOnce(Option<Stamp>) -> Stamp,
) -> Result<WentOn, BooksError> {
    let path = dir.journal();
    let disk = RealDisk::open(&path).map_err(|source| BooksError::Folder { path, source })?;
    let disk: Arc<dyn Disk> = Arc::new(disk);
    let candidate = Candidate::open(&dir.index());
    let damage = match crate::journal::open(disk.clone(), Settings::default(), candidate.known_durable()) {
        Ok(_) => return Err(BooksError::Sound),
        Err(OpenError::Damaged(damage)) => damage.to_string(),
        Err(error @ OpenError::Io(_)) => return Err(error.into()),
    };
    let reader = Reader::new(disk.clone());
    let checkpoint = newest_checkpoint(&*disk).map_err(OpenError::Io)?;
    // A store that was written last before the newest checkpoint knows less than that says.
    let mut index = match candidate.known() {
        Some(index) if index.applied() >= checkpoint.1.through => index,
        _ => salvage(&reader, checkpoint)?,
    };
    for entry in readable_after(&*disk, index.applied()).map_err(OpenError::Io)? {
        // Behind a gap nothing is applied: what is not known there is said.
        if entry.position.seq != index.applied() + 1 {
            break;
        }
        index.apply(&[entry])?;
    }
    let known_through = index.applied();
    let unfinished = index.unfinished()?;
    let behind = behind(&*disk, known_through).map_err(OpenError::Io)?;
    let (first, now) = (behind.next_seq, now(behind.newest));
    let mut state = index.checkpoint(CheckpointState::empty().other)?;
    // The store of the next start is made from this checkpoint.
    state.through = first - 1;
    let mut ended = Vec::new();
    for (_, donation) in &unfinished {
        ended.push((*donation, index.donation(*donation)?.and_then(|known| known.din)));
    }
    let mut unreadable = Vec::new();
    for item in index.outbox(usize::MAX)? {
        if reader.entry_at(item.position).is_err() {
            let din = index.donation(item.id.donation)?.and_then(|known| known.din);
            unreadable.push((item.id, din));
        }
    }
    let aside = behind.aside.clone();
    let went_on = WentOn { damage, known_through, ended, unreadable, aside, uid, why };
    let mut drafts =
        vec![Draft::checkpoint(first, now, &state)?, Draft::new(first + 1, now, None, &went_on)?];
    for ((bed, donation), seq) in unfinished.iter().zip(first + 2..) {
        drafts.push(Draft::new(seq, now, Some(*bed), &Closed { donation: *donation })?);
    }
    drop(index);
    crate::journal::go_on(disk.clone(), behind, &drafts)?;
    // The word holds for a disk that failed before, too.
    crate::journal::accept(&*disk).map_err(OpenError::Io)?;
    let aside = put_aside(&dir.index());
    aside.map_err(|source| BooksError::Folder { path: dir.index(), source })?;
    Ok(went_on)
}

/// Journal and a store in memory, for reading beside a running daemon.
pub struct ReadBooks {
    /// Reads entries.
    pub reader: Reader,
    /// Everything up to the last entry found.
    pub index: Index,
    /// The oldest entry that is still there.
    pub oldest: u64,
    /// What the newest checkpoint keeps of the shift.
    pub shift: Box<RawValue>,
}

impl ReadBooks {
    /// Reads the last checkpoint and what follows it. Writes nothing and waits for nobody.
    ///
    /// # Errors
    /// [`BooksError`]; [`BooksError::Empty`] when there is no entry.
    pub fn open(dir: &StateDir) -> Result<Self, BooksError> {
        let path = dir.journal();
        let disk = match RealDisk::read_only(&path) {
            Ok(disk) => disk,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Err(BooksError::Empty(path)),
            Err(source) => return Err(BooksError::Folder { path, source }),
        };
        let reader = Reader::new(Arc::new(disk));
        let starts = reader.segment_starts()?;
        let (Some(oldest), Some(newest)) = (starts.first().copied(), starts.last().copied()) else {
            return Err(BooksError::Empty(path));
        };
        let recovery = last_of(&reader, newest)?;
        let (index, _) = rebuild(Box::<MemoryStore>::default(), &reader, &recovery)?;
        Ok(Self { reader, index, oldest, shift: recovery.state.other })
    }
}

/// The newest checkpoint and the last entry.
fn last_of(reader: &Reader, newest: u64) -> Result<Recovery, BooksError> {
    let mut found = Recovery {
        last_seq: newest,
        newest: None,
        checkpoint: None,
        state: CheckpointState::empty(),
        torn: Vec::new(),
        failed_before: false,
    };
    for item in reader.entries(newest, u64::MAX)? {
        let item = item?;
        if let Ok(Some(Checkpoint { state, .. })) = item.entry.body_as() {
            found.state = state;
            found.checkpoint = Some(item.position);
        }
        found.last_seq = item.entry.seq;
        found.newest = Some(item.entry.stamp);
    }
    Ok(found)
}

/// Whether a daemon has ever worked with this journal: before its first entry it makes the master key.
///
/// # Errors
/// [`ReadError`].
pub fn has_run(reader: &Reader) -> Result<bool, ReadError> {
    let oldest = reader.segment_starts()?.first().copied().unwrap_or(1);
    for item in reader.entries(oldest, u64::MAX)? {
        if item?.entry.kind == Boot::KIND {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Everybody who may act here, as the store has them.
///
/// # Errors
/// [`StoreError`] when a person's entry cannot be understood.
pub fn roster(index: &Index, lock_out: LockOut) -> Result<Roster, StoreError> {
    let mut roster = Roster::new(lock_out);
    for (id, json) in index.list(List::Operators)? {
        let operator: Operator = serde_json::from_str(json.get())
            .map_err(|source| StoreError::Value { key: format!("p{id}"), source })?;
        roster.apply(operator);
    }
    Ok(roster)
}

/// Every DIN that was ever taken, as the store has them.
///
/// # Errors
/// [`StoreError`].
pub fn known_dins(index: &Index) -> Result<Vec<(Din, KnownDin)>, StoreError> {
    let mut unrecorded = index.unrecorded()?;
    let known = index.dins()?.into_iter().map(|(din, DinUse(donation, state))| match state {
        DinState::Used => match unrecorded.remove(&donation) {
            Some(donor) => (din, KnownDin::Unrecorded(Unrecorded { donation, donor })),
            None => (din, KnownDin::Used(donation)),
        },
        DinState::Voided => (din, KnownDin::Voided),
    });
    Ok(known.collect())
}

/// Who gave here, the later ones last, as the store has them.
///
/// # Errors
/// [`StoreError`].
pub fn known_drawn(index: &Index) -> Result<Vec<(DonorToken, LastDonation)>, StoreError> {
    Ok(index.drawn()?.into_iter().map(|Gave(donor, last)| (donor, last)).collect())
}

/// The worklist of before. An item that cannot be read is left out: the BMS sends it again.
///
/// # Errors
/// [`StoreError`].
pub fn known_worklist(index: &Index) -> Result<Vec<WorkItem>, StoreError> {
    let items = index.list(List::Worklist)?;
    Ok(items.into_iter().filter_map(|(_, json)| serde_json::from_str(json.get()).ok()).collect())
}
