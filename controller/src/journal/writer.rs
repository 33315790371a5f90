//! The writer: turns drafts into lines and makes them durable. Synchronous, without a thread or a clock of its own.
//!
//! Owns: the ends of both chains, the open files, and what is not on the disk yet. Refuses: gaps in the numbers, and any
//! write after a failed sync. What a crash does to it: drafts appended and not committed are gone; the next opening cuts
//! what half of a commit left.
//!
//! A full disk is no failure: the half-written line is cut off again, everything stays in memory and the next commit tries
//! it again.

use super::disk::{Append, Disk};
use super::entry::{Content, Draft, Entry, EntryKind, PackRef};
use super::line::{self, Digest};
use super::pack::{RawHeader, RawLine, RawPosition};
use super::recovery::mark_failed;
use super::segment::Family;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

/// Sizes of the journal's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// A segment this long, in bytes, asks for a checkpoint, and so for a new segment.
    pub segment_bytes: u64,
    /// A raw segment this long, in bytes, is followed by another one.
    pub raw_segment_bytes: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { segment_bytes: 16 << 20, raw_segment_bytes: 16 << 20 }
    }
}

/// Where an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Its number.
    pub seq: u64,
    /// Number of the segment.
    pub segment: u32,
    /// Where its line begins, in bytes.
    pub offset: u64,
}

/// An entry and where it is.
#[derive(Debug, Clone)]
pub struct Committed {
    /// What the line says.
    pub entry: Entry,
    /// Where it is.
    pub position: Position,
}

/// What a commit made durable.
#[derive(Debug, Default)]
pub struct Commit {
    /// Every entry up to this number is on the disk.
    pub durable_through: u64,
    /// The entries that this commit added.
    pub entries: Vec<Committed>,
}

/// Why drafts were not taken. None of the batch was.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum AppendError {
    /// Their numbers do not follow on the last one.
    #[error("entry {found} where {expected} has to come")]
    Gap {
        /// The number that has to come.
        expected: u64,
        /// The number that came.
        found: u64,
    },
    /// A new journal begins with a checkpoint.
    #[error("a new journal has to begin with a checkpoint")]
    NoCheckpoint,
    /// A sync failed before: this journal is never written again.
    #[error("this journal failed and is never written again")]
    Failed,
}

/// Why nothing more is durable than before.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// No room. Everything is kept in memory; the next commit tries again.
    #[error("the disk is full: {0}")]
    Full(io::Error),
    /// The disk failed. This journal is never written again.
    #[error("the disk failed, this journal is never written again: {0}")]
    Failed(io::Error),
    /// It failed earlier.
    #[error("this journal failed and is never written again")]
    FailedBefore,
}

/// One chain of segments, from its end on.
struct Tail {
    family: Family,
    /// Segment that the next line goes to; 0 before the first.
    segment: u32,
    /// Its length with everything that waits.
    len: u64,
    /// Where its first line ends, as far as that is known.
    first: u64,
    /// The segment being written and its length on the disk.
    durable: (u32, u64),
    file: Option<Box<dyn Append>>,
    waiting: VecDeque<(u32, Vec<u8>)>,
}

impl Tail {
    /// Where the next line begins. `len` is already durable.
    fn at(family: Family, segment: u32, len: u64) -> Self {
        let (durable, waiting) = ((segment, len), VecDeque::new());
        Self { family, segment, len, first: 0, durable, file: None, waiting }
    }

    fn start_segment(&mut self) {
        self.segment += 1;
        (self.len, self.first) = (0, 0);
        self.waiting.push_back((self.segment, Vec::new()));
    }

    /// Lets `write` append one line, and says where it began.
    fn add(&mut self, write: impl FnOnce(&mut Vec<u8>) -> Digest) -> (u64, Digest) {
        if self.waiting.back().is_none_or(|(segment, _)| *segment != self.segment) {
            self.waiting.push_back((self.segment, Vec::new()));
        }
        let offset = self.len;
        let mut digest = Digest::ZERO;
        if let Some((_, text)) = self.waiting.back_mut() {
            let before = text.len();
            digest = write(text);
            self.len += (text.len() - before) as u64;
        }
        if offset == 0 {
            self.first = self.len;
        }
        (offset, digest)
    }

    /// Writes and syncs what waits, segment by segment.
    fn flush(&mut self, disk: &dyn Disk) -> Result<(), CommitError> {
        while let Some((segment, text)) = self.waiting.front() {
            let name = self.family.file(*segment);
            if self.durable.0 != *segment {
                self.durable = (*segment, 0);
                self.file = None;
            }
            let file = match &mut self.file {
                Some(file) => file,
                none => none.insert(disk.append(&name).map_err(sort_error)?),
            };
            if let Err(error) = file.write_all(text) {
                // Some of it may be in the file: without this cut the next try would follow half a line.
                disk.truncate(&name, self.durable.1).map_err(CommitError::Failed)?;
                return Err(sort_error(error));
            }
            file.sync_data().map_err(CommitError::Failed)?;
            self.durable.1 += text.len() as u64;
            self.waiting.pop_front();
        }
        Ok(())
    }
}

fn sort_error(error: io::Error) -> CommitError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => CommitError::Full(error),
        _ => CommitError::Failed(error),
    }
}

/// Where a journal ends: what a writer continues from.
#[derive(Debug, Clone, Copy)]
pub(super) struct End {
    pub(super) next_seq: u64,
    pub(super) prev: Digest,
    pub(super) segment: u32,
    pub(super) len: u64,
    /// Where the segment's first line ends.
    pub(super) first: u64,
    pub(super) raw: RawPosition,
}

/// The journal's only writer. Made by [`super::open`].
pub struct Writer {
    disk: Arc<dyn Disk>,
    settings: Settings,
    journal: Tail,
    raw: Tail,
    prev: Digest,
    raw_last: RawPosition,
    next_seq: u64,
    durable_through: u64,
    waiting: Vec<Committed>,
    failed: bool,
}

/// Body of a checkpoint as it is written: the state is JSON already.
#[derive(Serialize)]
struct CheckpointText<'a> {
    prev: Digest,
    raw: RawPosition,
    state: &'a RawValue,
}

impl Writer {
    pub(super) fn continue_at(disk: Arc<dyn Disk>, settings: Settings, end: End) -> Self {
        Self {
            disk,
            settings,
            journal: Tail { first: end.first, ..Tail::at(Family::Journal, end.segment, end.len) },
            raw: Tail::at(Family::Raw, end.raw.segment, end.raw.end),
            prev: end.prev,
            raw_last: end.raw,
            next_seq: end.next_seq,
            durable_through: end.next_seq - 1,
            waiting: Vec::new(),
            failed: false,
        }
    }

    /// The number that the next draft has to have.
    pub fn next_seq(&self) -> u64 {
        self.next_seq
    }
    /// Every entry up to this number is on the disk.
    pub fn durable_through(&self) -> u64 {
        self.durable_through
    }
    /// Whether the segment is full, or there is none: the next draft should be a checkpoint. The checkpoint with which it begins
    /// does not count: a large one would ask for the next at once.
    pub fn wants_checkpoint(&self) -> bool {
        let Tail { segment, len, first, .. } = &self.journal;
        *segment == 0 || len.saturating_sub(*first) >= self.settings.segment_bytes
    }

    /// Takes drafts, all or none. They are durable after the next commit.
    ///
    /// # Errors
    /// [`AppendError`]; nothing was taken.
    pub fn append(&mut self, drafts: &[Draft]) -> Result<(), AppendError> {
        if self.failed {
            return Err(AppendError::Failed);
        }
        for (expected, draft) in (self.next_seq..).zip(drafts) {
            if draft.seq != expected {
                return Err(AppendError::Gap { expected, found: draft.seq });
            }
        }
        let begins = drafts.first().is_none_or(|d| matches!(d.content, Content::Checkpoint(_)));
        if self.journal.segment == 0 && !begins {
            return Err(AppendError::NoCheckpoint);
        }
        for draft in drafts {
            self.append_one(draft);
        }
        Ok(())
    }

    fn append_one(&mut self, draft: &Draft) {
        let (kind, bed, body) = match &draft.content {
            Content::Entry { kind, bed, body } => (kind.clone(), *bed, body.clone()),
            Content::Pack(pack) => {
                let reference = self.append_pack(RawLine { line: 0, pack: pack.clone() });
                (EntryKind::PACK, Some(pack.bed), to_raw(&reference))
            }
            Content::Checkpoint(state) => {
                let body = to_raw(&CheckpointText { prev: self.prev, raw: self.raw_last, state });
                self.journal.start_segment();
                (EntryKind::CHECKPOINT, None, body)
            }
        };
        let entry = Entry { seq: draft.seq, stamp: draft.stamp, kind, bed, body };
        let (durable, prev) = (self.durable_through, self.prev);
        let (offset, digest) = self.journal.add(|text| line::encode(text, &entry, durable, &prev));
        self.prev = digest;
        self.next_seq = draft.seq + 1;
        let position = Position { seq: draft.seq, segment: self.journal.segment, offset };
        self.waiting.push(Committed { entry, position });
    }

    fn append_pack(&mut self, mut pack: RawLine) -> PackRef {
        if self.raw.segment == 0 || self.raw.len >= self.settings.raw_segment_bytes {
            self.raw.start_segment();
            let prev = self.raw_last.sha256;
            let header = RawHeader { raw: self.raw.segment, prev };
            let (_, sha256) = self.raw.add(|text| line::encode_raw(text, &header, &prev));
            self.raw_last = RawPosition { segment: self.raw.segment, line: 0, end: self.raw.len, sha256 };
        }
        pack.line = self.raw_last.line + 1;
        let prev = self.raw_last.sha256;
        let (offset, sha256) = self.raw.add(|text| line::encode_raw(text, &pack, &prev));
        self.raw_last = RawPosition { line: pack.line, end: self.raw.len, sha256, ..self.raw_last };
        let segment = self.raw.segment;
        PackRef { segment, line: pack.line, offset, count: pack.pack.samples.len(), sha256 }
    }

    /// Makes everything taken so far durable: raw segments first, so that no durable entry points to samples that are not.
    ///
    /// # Errors
    /// [`CommitError::Full`]: nothing is lost, commit again when there is room. [`CommitError::Failed`]: this journal is
    /// over.
    pub fn commit(&mut self) -> Result<Commit, CommitError> {
        if self.failed {
            return Err(CommitError::FailedBefore);
        }
        let flushed = self.raw.flush(&*self.disk).and_then(|()| self.journal.flush(&*self.disk));
        if let Err(error) = flushed {
            if let CommitError::Failed(why) = &error {
                self.failed = true;
                mark_failed(&*self.disk, why);
            }
            return Err(error);
        }
        self.durable_through = self.next_seq - 1;
        Ok(Commit { durable_through: self.durable_through, entries: std::mem::take(&mut self.waiting) })
    }
}

fn to_raw<T: Serialize>(body: &T) -> Box<RawValue> {
    // invariant: only plain structs of integers, hashes and checked JSON come here: writing them to memory cannot fail
    serde_json::value::to_raw_value(body).expect("a body is plain data")
}
