//! Reading entries and packs back: one by its position, or all from a number on. Works beside a running writer.
//!
//! Owns: [`Reader`]. Refuses: to hand out a line whose hash does not fit: every line is checked against the one before it
//! each time it is read. Holds no state but the folder; writes nothing.

use super::disk::Disk;
use super::entry::{Checkpoint, Entry, PackRef};
use super::line::{self, Digest, LineError};
use super::pack::{Pack, RawLine};
use super::segment::{Family, LineReader};
use super::writer::{Committed, Position};
use std::io;
use std::sync::Arc;

/// Why an entry cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The disk.
    #[error("the journal cannot be read: {0}")]
    Io(#[from] io::Error),
    /// A line is damaged.
    #[error("{file} is damaged at byte {offset}: {error}")]
    Damaged {
        /// The file.
        file: String,
        /// Where the line begins.
        offset: u64,
        /// What is wrong with it.
        error: LineError,
    },
    /// Another entry is at this position.
    #[error("entry {found} where entry {expected} was expected")]
    Misplaced {
        /// The entry that was asked for.
        expected: u64,
        /// The entry that is there.
        found: u64,
    },
    /// Its segment has been removed, or it never was.
    #[error("entry {0} is in no segment")]
    NotHere(u64),
}

/// Reads a journal.
#[derive(Clone)]
pub struct Reader {
    disk: Arc<dyn Disk>,
}

impl Reader {
    /// Reads in this folder.
    pub fn new(disk: Arc<dyn Disk>) -> Self {
        Self { disk }
    }

    /// The folder that it reads.
    pub fn disk(&self) -> Arc<dyn Disk> {
        self.disk.clone()
    }

    /// Number of the first entry of each segment, ascending: a checkpoint each. A segment without a line yet is left out.
    ///
    /// # Errors
    /// [`ReadError::Io`].
    pub fn segment_starts(&self) -> Result<Vec<u64>, ReadError> {
        let mut starts = Vec::new();
        for (number, _) in Family::Journal.list(&*self.disk)? {
            let start = self.disk.read_at(&Family::Journal.file(number), 0, 64)?;
            starts.extend(line::seq_of(&start));
        }
        Ok(starts)
    }

    /// One entry by its position.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn entry_at(&self, position: Position) -> Result<Entry, ReadError> {
        let file = Family::Journal.file(position.segment);
        let bad = |error| ReadError::Damaged { file: file.clone(), offset: position.offset, error };
        let (text, prev) = self.line_at(&file, position.offset)?;
        let prev = match prev {
            Some(prev) => prev,
            None => prev_of_checkpoint(&text).map_err(bad)?,
        };
        let entry = line::check(&text, &prev).and_then(|_| line::decode(&text)).map_err(bad)?.entry;
        if entry.seq == position.seq {
            Ok(entry)
        } else {
            Err(ReadError::Misplaced { expected: position.seq, found: entry.seq })
        }
    }

    /// The samples that a `pack` entry points to; `None` for an entry of another kind.
    ///
    /// # Errors
    /// [`ReadError`]; `Io` with `NotFound` when the raw segment's retention has passed.
    pub fn pack(&self, entry: &Entry) -> Result<Option<Pack>, ReadError> {
        let format = |error: serde_json::Error| LineError::Format(error.to_string());
        let damaged = |file: String, offset, error| ReadError::Damaged { file, offset, error };
        let reference: PackRef = match entry.body_as() {
            Ok(Some(reference)) => reference,
            Ok(None) => return Ok(None),
            Err(error) => return Err(damaged(format!("entry {}", entry.seq), 0, format(error))),
        };
        let file = Family::Raw.file(reference.segment);
        let (text, prev) = self.line_at(&file, reference.offset)?;
        let checked = prev.ok_or(LineError::Incomplete).and_then(|prev| {
            let digest = line::check(&text, &prev)?;
            let raw: RawLine = serde_json::from_slice(&text).map_err(format)?;
            let right = digest == reference.sha256 && raw.line == reference.line;
            if right { Ok(raw.pack) } else { Err(LineError::Hash) }
        });
        checked.map(Some).map_err(|error| damaged(file, reference.offset, error))
    }

    /// The line at `offset`, and the hash that the line before it claims, if there is one.
    fn line_at(&self, file: &str, offset: u64) -> Result<(Vec<u8>, Option<Digest>), ReadError> {
        let bad = |error| ReadError::Damaged { file: file.to_owned(), offset, error };
        let start = offset.saturating_sub(line::LOOK_BACK as u64);
        let mut reader = LineReader::new(&*self.disk, file.to_owned(), start);
        let mut prev = None;
        if offset > 0 {
            let (_, tail) = reader.next_line()?.ok_or_else(|| bad(LineError::Incomplete))?;
            prev = Some(line::split(tail).map_err(bad)?.1);
        }
        match reader.next_line()? {
            Some((span, text)) if span.complete && span.offset == offset => Ok((text.to_vec(), prev)),
            Some(_) | None => Err(bad(LineError::Incomplete)),
        }
    }

    /// All entries from number `from` on, up to `through` or the end. A last line that is still being written is the end.
    ///
    /// # Errors
    /// [`ReadError::NotHere`] when the segment with `from` has been removed.
    pub fn entries(&self, from: u64, through: u64) -> Result<Entries<'_>, ReadError> {
        let mut segments: Vec<u32> = Vec::new();
        let mut found = false;
        for (number, _) in Family::Journal.list(&*self.disk)?.into_iter().rev() {
            segments.push(number);
            let start = self.disk.read_at(&Family::Journal.file(number), 0, 64)?;
            if line::seq_of(&start).is_some_and(|first| first <= from.max(1)) {
                found = true;
                break;
            }
        }
        if !found && !segments.is_empty() {
            return Err(ReadError::NotHere(from));
        }
        Ok(Entries { reader: self, segments, open: None, prev: None, from, through, done: false })
    }
}

fn prev_of_checkpoint(text: &[u8]) -> Result<Digest, LineError> {
    let checkpoint: Result<Option<Checkpoint>, _> = line::decode(text)?.entry.body_as();
    match checkpoint {
        Ok(Some(checkpoint)) => Ok(checkpoint.prev),
        Ok(None) => Err(LineError::Format("a segment without checkpoint".into())),
        Err(error) => Err(LineError::Format(error.to_string())),
    }
}

/// Entries in their order. After an error it ends.
pub struct Entries<'r> {
    reader: &'r Reader,
    /// Still to read, the next one last.
    segments: Vec<u32>,
    open: Option<(u32, LineReader<'r>)>,
    prev: Option<Digest>,
    from: u64,
    through: u64,
    done: bool,
}

impl Entries<'_> {
    fn advance(&mut self) -> Result<Option<Committed>, ReadError> {
        loop {
            let Some((segment, lines)) = &mut self.open else {
                let Some(segment) = self.segments.pop() else { return Ok(None) };
                let lines = LineReader::new(&*self.reader.disk, Family::Journal.file(segment), 0);
                self.open = Some((segment, lines));
                continue;
            };
            let segment = *segment;
            let Some((span, text)) = lines.next_line()? else {
                self.open = None;
                continue;
            };
            if !span.complete && self.segments.is_empty() {
                return Ok(None);
            }
            let prev = match self.prev {
                Some(prev) => Ok(prev),
                None => prev_of_checkpoint(text),
            };
            let line = prev.and_then(|prev| line::check(text, &prev)).and_then(|_| line::decode(text));
            let line = line.map_err(|error| {
                let file = Family::Journal.file(segment);
                ReadError::Damaged { file, offset: span.offset, error }
            })?;
            self.prev = Some(line.sha256);
            let entry = line.entry;
            if entry.seq > self.through {
                return Ok(None);
            }
            if entry.seq >= self.from {
                let position = Position { seq: entry.seq, segment, offset: span.offset };
                return Ok(Some(Committed { entry, position }));
            }
        }
    }
}

impl Iterator for Entries<'_> {
    type Item = Result<Committed, ReadError>;
    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let next = self.advance().transpose();
        self.done = !matches!(next, Some(Ok(_)));
        next
    }
}
