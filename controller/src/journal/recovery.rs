//! Opening a journal after any stop: what is kept, what is cut, what is refused.
//!
//! Owns: the decision between a torn tail and damage, and the quarantine. Refuses: to open a damaged journal. Everything
//! is copied to quarantine, and the copy synced, before anything is cut; a crash in the middle of that is repeated from
//! the start and comes to the same end.

use super::disk::Disk;
use super::entry::{Checkpoint, CheckpointState};
use super::line::{self, Digest, Line};
use super::pack::RawPosition;
use super::scan::{Chain, Flaw, RawFollower, Scanned, durable_after, scan_segment};
use super::segment::{Family, LineReader};
use super::writer::{End, Position, Settings, Writer};
use crate::clock::Stamp;
use std::io;
use std::sync::Arc;

/// Something cut off because it had never been durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Torn {
    /// The file it was cut from.
    pub file: String,
    /// Where.
    pub offset: u64,
    /// How much.
    pub bytes: u64,
    /// The copy.
    pub quarantine: String,
}

/// Bytes that were durable and are not what they were.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file} is damaged at byte {offset}: {flaw}")]
pub struct Damage {
    /// The damaged file, left as it is.
    pub file: String,
    /// Where the damage begins.
    pub offset: u64,
    /// What is wrong.
    pub flaw: Flaw,
    /// A copy from there on; `None` when there is nothing to copy.
    pub quarantine: Option<String>,
}

/// Why a journal cannot be opened. It was left as it is.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Durable bytes changed.
    #[error(transparent)]
    Damaged(#[from] Damage),
    /// The disk does not do what it should.
    #[error("the journal cannot be read or made ready: {0}")]
    Io(#[from] io::Error),
}

/// What opening found.
#[derive(Debug, Clone)]
pub struct Recovery {
    /// The last entry; 0 in a new journal. All up to it are durable.
    pub last_seq: u64,
    /// Clocks of the last entry.
    pub newest: Option<Stamp>,
    /// Where the last checkpoint is.
    pub checkpoint: Option<Position>,
    /// Its state.
    pub state: CheckpointState,
    /// What was cut.
    pub torn: Vec<Torn>,
    /// The disk failed in an earlier run and no person has accepted the journal since: it is not to be written.
    pub failed_before: bool,
}

/// The file that tells every later start that the disk failed while this journal was written.
const FAILED: &str = "failed";

/// Leaves a mark that the disk failed. A disk that fails may not take it: the next opening reads from the disk in any case.
pub(super) fn mark_failed(disk: &dyn Disk, why: &io::Error) {
    let marked = disk.append(FAILED).and_then(|mut file| {
        file.write_all(format!("{why}\n").as_bytes())?;
        file.sync_data()
    });
    if let Err(error) = marked {
        tracing::error!(%error, "the journal's failure cannot be marked on its own disk");
    }
}

/// Whether the disk failed in an earlier run and no person has accepted the journal since.
///
/// # Errors
/// When the folder cannot be read.
pub fn failed_before(disk: &dyn Disk) -> io::Result<bool> {
    Ok(disk.list()?.iter().any(|(name, _)| name == FAILED))
}

/// A person has looked at a journal whose disk failed: the next start writes it again. What is read from here on is what the
/// disk holds.
///
/// # Errors
/// What the system says.
pub fn accept(disk: &dyn Disk) -> io::Result<()> {
    if failed_before(disk)? { disk.remove(FAILED) } else { Ok(()) }
}

/// Lets go of everything that was read of the segments: a failed sync leaves lines in memory that never reached the disk.
///
/// # Errors
/// What the system says.
pub fn forget_cached(disk: &dyn Disk) -> io::Result<()> {
    for family in [Family::Raw, Family::Journal] {
        for (number, _) in family.list(disk)? {
            disk.forget_cached(&family.file(number))?;
        }
    }
    Ok(())
}

/// Opens the journal for writing. `known_durable` is what the caller knows from elsewhere to have been durable, such as
/// the position that the store has applied; 0 if nothing.
///
/// # Errors
/// [`OpenError`]; damage has been copied to quarantine.
pub fn open(
    disk: Arc<dyn Disk>,
    settings: Settings,
    known_durable: u64,
) -> Result<(Writer, Recovery), OpenError> {
    forget_cached(&*disk)?;
    let failed_before = failed_before(&*disk)?;
    let mut opening = Opening { disk: &*disk, known_durable, torn: Vec::new(), checkpoint: None };
    let end = opening.find_end()?;
    opening.cut_raw_after(&end.chain.raw)?;
    opening.sync(&end)?;
    let Chain { prev, next_seq, raw, newest, .. } = end.chain;
    let (checkpoint, state) = match opening.checkpoint.take() {
        Some((position, state)) => (Some(position), state),
        None => (None, CheckpointState::empty()),
    };
    let recovery =
        Recovery { last_seq: next_seq - 1, newest, checkpoint, state, torn: opening.torn, failed_before };
    let first = first_line(&*disk, end.segment)?;
    let end = End { next_seq, prev, segment: end.segment, len: end.len, first, raw };
    Ok((Writer::continue_at(disk, settings, end), recovery))
}

/// Where the first line of a segment ends; 0 when there is none.
fn first_line(disk: &dyn Disk, segment: u32) -> io::Result<u64> {
    if segment == 0 {
        return Ok(0);
    }
    let mut lines = LineReader::new(disk, Family::Journal.file(segment), 0);
    let whole = lines.next_line()?.is_some();
    Ok(if whole { lines.offset() } else { 0 })
}

struct Found {
    chain: Chain,
    segment: u32,
    len: u64,
}

struct Opening<'d> {
    disk: &'d dyn Disk,
    known_durable: u64,
    torn: Vec<Torn>,
    checkpoint: Option<(Position, CheckpointState)>,
}

impl Opening<'_> {
    /// Verifies from the last checkpoint on and cuts a torn tail.
    fn find_end(&mut self) -> Result<Found, OpenError> {
        let segments = Family::Journal.list(self.disk)?;
        for pair in segments.windows(2) {
            if pair[1].0 != pair[0].0 + 1 {
                let file = Family::Journal.file(pair[0].0 + 1);
                return Err(Damage { file, offset: 0, flaw: Flaw::NoSegment, quarantine: None }.into());
            }
        }
        let Some((last, _)) = segments.last().copied() else {
            return self.begin_anew();
        };
        let mut raw = RawFollower::new(self.disk)?;
        let scanned = self.scan(last, None, &mut raw)?;
        if scanned.chain.is_some() {
            self.check_link(last, segments.len() > 1)?;
            return self.settle(last, scanned);
        }
        // The last segment's first line is bad: what it had to follow on is in the segment before.
        if last == 1 {
            return self.settle(last, Scanned { chain: Some(Chain::START), ..scanned });
        }
        if segments.len() == 1 {
            // Segments are removed only below a durable checkpoint: this line had been durable.
            return Err(self.damage(last, 0, scanned.flaw.unwrap_or(Flaw::Empty))?.into());
        }
        let before = self.scan(last - 1, None, &mut raw)?;
        match (before.chain, before.flaw) {
            (Some(chain), None) => {
                self.check_link(last - 1, segments.len() > 2)?;
                let end = self.settle(last, Scanned { chain: Some(chain), ..scanned })?;
                Ok(Found { segment: last - 1, len: before.good, ..end })
            }
            // A segment is synced to its end before the next one is made: nothing in it can be torn.
            (_, flaw) => Err(self.damage(last - 1, before.good, flaw.unwrap_or(Flaw::Empty))?.into()),
        }
    }

    fn scan(&mut self, number: u32, chain: Option<Chain>, raw: &mut RawFollower<'_>) -> io::Result<Scanned> {
        let checkpoint = &mut self.checkpoint;
        scan_segment(self.disk, number, chain, raw, &mut |line: Line, position| {
            if let Ok(Some(Checkpoint { state, .. })) = line.entry.body_as() {
                *checkpoint = Some((position, state));
            }
        })
    }

    fn begin_anew(&self) -> Result<Found, OpenError> {
        if self.known_durable == 0 {
            return Ok(Found { chain: Chain::START, segment: 0, len: 0 });
        }
        let flaw = Flaw::Missing(self.known_durable);
        Err(Damage { file: Family::Journal.file(1), offset: 0, flaw, quarantine: None }.into())
    }

    /// Decides what the end of the last segment means, and cuts it when it is torn.
    fn settle(&mut self, number: u32, scanned: Scanned) -> Result<Found, OpenError> {
        let Scanned { chain, good, flaw } = scanned;
        let chain = chain.unwrap_or(Chain::START);
        let mut durable = chain.durable.max(self.known_durable);
        if flaw.is_some() {
            durable = durable.max(durable_after(self.disk, number, good)?);
        }
        match flaw {
            Some(flaw) if chain.next_seq <= durable => Err(self.damage(number, good, flaw)?.into()),
            None if chain.next_seq <= durable => {
                Err(self.damage(number, good, Flaw::Missing(durable))?.into())
            }
            Some(_) => {
                self.cut(&Family::Journal.file(number), good)?;
                let segment = if good == 0 { number - 1 } else { number };
                Ok(Found { chain, segment, len: good })
            }
            None => Ok(Found { chain, segment: number, len: good }),
        }
    }

    /// The checkpoint's `prev` has to be the hash that the segment before ends with.
    fn check_link(&self, number: u32, has_predecessor: bool) -> Result<(), OpenError> {
        if !has_predecessor {
            return Ok(());
        }
        let before = Family::Journal.file(number - 1);
        let files = self.disk.list()?;
        let len = files.iter().find(|(name, _)| *name == before).map_or(0, |(_, len)| *len);
        let start = len.saturating_sub(line::LOOK_BACK as u64);
        let end = self.disk.read_at(&before, start, line::LOOK_BACK)?;
        let head = self.disk.read_at(&Family::Journal.file(number), 0, HEAD)?;
        let linked = line::digest_before(&end).ok().is_some_and(|digest| names_prev(&head, &digest));
        if linked { Ok(()) } else { Err(self.damage(number - 1, start, Flaw::Link)?.into()) }
    }

    /// Cuts what the raw chain has beyond its last line that an entry points to.
    fn cut_raw_after(&mut self, last: &RawPosition) -> Result<(), OpenError> {
        let files = Family::Raw.list(self.disk)?;
        let present = files.iter().find(|(number, _)| *number == last.segment).map_or(0, |(_, len)| *len);
        if present < last.end {
            let (file, flaw) = (Family::Raw.file(last.segment), Flaw::Samples(line::LineError::Incomplete));
            return Err(Damage { file, offset: present, flaw, quarantine: None }.into());
        }
        for (number, len) in files {
            if number == last.segment && len > last.end {
                self.cut(&Family::Raw.file(number), last.end)?;
            } else if number > last.segment {
                self.cut(&Family::Raw.file(number), 0)?;
            }
        }
        Ok(())
    }

    /// What was read may have come from memory: a killed process leaves lines that were written and never synced. From now
    /// on they count as durable, so they have to be.
    fn sync(&self, end: &Found) -> io::Result<()> {
        for (family, number) in [(Family::Raw, end.chain.raw.segment), (Family::Journal, end.segment)] {
            if number > 0 {
                self.disk.append(&family.file(number))?.sync_data()?;
            }
        }
        Ok(())
    }

    /// Copies the file from `offset` on to quarantine, then cuts it there; a file of which nothing is left goes.
    fn cut(&mut self, file: &str, offset: u64) -> io::Result<()> {
        let (quarantine, bytes) = quarantine(self.disk, file, offset, "torn")?;
        if offset == 0 {
            self.disk.remove(file)?;
        } else {
            self.disk.truncate(file, offset)?;
        }
        self.torn.push(Torn { file: file.to_owned(), offset, bytes, quarantine });
        Ok(())
    }

    fn damage(&self, number: u32, offset: u64, flaw: Flaw) -> io::Result<Damage> {
        let file = Family::Journal.file(number);
        let quarantine = Some(quarantine(self.disk, &file, offset, "damaged")?.0);
        Ok(Damage { file, offset, flaw, quarantine })
    }
}

/// Enough of a checkpoint line to contain `prev`, the first key of its body.
const HEAD: usize = 512;

fn names_prev(head: &[u8], digest: &Digest) -> bool {
    let wanted = format!(r#""body":{{"prev":"{digest}""#);
    head.windows(wanted.len()).any(|window| window == wanted.as_bytes())
}

/// Copies `file` from `offset` on. The copy is named after its content, so that finding the same again copies nothing.
pub(super) fn quarantine(disk: &dyn Disk, file: &str, offset: u64, why: &str) -> io::Result<(String, u64)> {
    let bytes = disk.read_at(file, offset, usize::MAX)?;
    let digest = Digest::of(&bytes).to_string();
    let name = format!("quarantine/{file}.{why}-{offset}-{}", &digest[..16]);
    let have = match disk.read_at(&name, 0, usize::MAX) {
        Ok(have) => have,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    if have != bytes || bytes.is_empty() {
        let mut copy = disk.append(&name)?;
        disk.truncate(&name, 0)?;
        copy.write_all(&bytes)?;
        copy.sync_data()?;
    }
    Ok((name, bytes.len() as u64))
}
