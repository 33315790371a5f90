//! Checking a segment from its first line on: hashes, numbers, clocks, and the raw lines that its packs point to.
//!
//! Owns: what makes a line bad, shared by opening and by full verification. Refuses: to decide what a bad line means:
//! torn or damaged is for the caller. Reads only.

use super::disk::Disk;
use super::entry::{Checkpoint, EntryKind, PackRef};
use super::line::{self, Digest, Line, LineError};
use super::pack::{RawHeader, RawLine, RawPosition};
use super::segment::{Family, LineReader};
use super::writer::Position;
use crate::clock::Stamp;
use std::io;

/// Why a line cannot be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// The line itself.
    #[error("{0}")]
    Line(#[from] LineError),
    /// Its number does not follow.
    #[error("number {found} where {expected} has to come")]
    Number {
        /// What has to come.
        expected: u64,
        /// What came.
        found: u64,
    },
    /// It claims that entries were durable that came later, or fewer than a line before it.
    #[error("durable_through {0} cannot be")]
    DurableThrough(u64),
    /// A segment does not begin with a checkpoint, or has another one inside.
    #[error("a checkpoint stands at the start of a segment and nowhere else")]
    Checkpoint,
    /// The checkpoint does not hang on the segment before.
    #[error("the segment does not follow on the one before")]
    Link,
    /// The segment has no line at all.
    #[error("the segment is empty")]
    Empty,
    /// The raw line that a pack points to is missing or is another one.
    #[error("the weight samples of a pack are missing or damaged: {0}")]
    Samples(LineError),
    /// Entries that were durable are missing at the end.
    #[error("entries up to {0} were durable and are missing")]
    Missing(u64),
    /// A segment between others is missing.
    #[error("the segment is missing")]
    NoSegment,
}

/// What the next line has to follow on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chain {
    pub(super) prev: Digest,
    pub(super) next_seq: u64,
    /// Highest `durable_through` seen.
    pub(super) durable: u64,
    pub(super) raw: RawPosition,
    pub(super) newest: Option<Stamp>,
}

impl Chain {
    /// Before the first line of a journal.
    pub(super) const START: Self =
        Self { prev: Digest::ZERO, next_seq: 1, durable: 0, raw: RawPosition::START, newest: None };
}

/// A segment as far as it is good.
#[derive(Debug)]
pub(super) struct Scanned {
    /// After the last good line; `None` when not even the first one could be used to begin with.
    pub(super) chain: Option<Chain>,
    /// Where the last good line ends.
    pub(super) good: u64,
    /// The first bad line, if any.
    pub(super) flaw: Option<Flaw>,
}

/// Follows the raw chain alongside the journal.
pub(super) struct RawFollower<'d> {
    disk: &'d dyn Disk,
    /// Raw segments below this one were removed when their retention had passed.
    first: u32,
    reader: Option<(u32, LineReader<'d>)>,
    /// Packs whose samples were removed with their segment.
    pub(super) retired: u64,
}

impl<'d> RawFollower<'d> {
    pub(super) fn new(disk: &'d dyn Disk) -> io::Result<Self> {
        let first = Family::Raw.list(disk)?.first().map_or(u32::MAX, |(number, _)| *number);
        Ok(Self { disk, first, reader: None, retired: 0 })
    }

    /// Checks the raw line that `pack` points to; `last` is the raw line before it. A missing file is a flaw, any other
    /// trouble of the disk is an error.
    fn follow(&mut self, last: &RawPosition, pack: &PackRef) -> io::Result<Result<RawPosition, LineError>> {
        if pack.segment < self.first && self.first != u32::MAX {
            self.retired += 1;
            let RawPosition { end, .. } = *last;
            return Ok(Ok(RawPosition { segment: pack.segment, line: pack.line, end, sha256: pack.sha256 }));
        }
        match self.follow_present(last, pack) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Err(LineError::Incomplete)),
            other => other,
        }
    }

    fn follow_present(
        &mut self,
        last: &RawPosition,
        pack: &PackRef,
    ) -> io::Result<Result<RawPosition, LineError>> {
        let misplaced = || Ok(Err(LineError::Format("the pack points elsewhere".into())));
        let mut prev = last.sha256;
        let mut start = last.end;
        if pack.segment == last.segment.saturating_add(1) && pack.line == 1 {
            let mut reader = LineReader::new(self.disk, Family::Raw.file(pack.segment), 0);
            match next_checked(&mut reader, &prev, |text| serde_json::from_slice::<RawHeader>(text))? {
                Err(error) => return Ok(Err(error)),
                Ok((header, sha256)) if header == (RawHeader { raw: pack.segment, prev }) => prev = sha256,
                Ok(_) => return misplaced(),
            }
            start = reader.offset();
            self.reader = Some((pack.segment, reader));
        } else if pack.segment != last.segment || pack.line != last.line + 1 {
            return misplaced();
        }
        if pack.offset != start {
            return misplaced();
        }
        let reader = match &mut self.reader {
            Some((segment, reader)) if *segment == pack.segment && reader.offset() == start => reader,
            other => {
                let reader = LineReader::new(self.disk, Family::Raw.file(pack.segment), start);
                &mut other.insert((pack.segment, reader)).1
            }
        };
        let (raw, sha256) = match next_checked(reader, &prev, |text| serde_json::from_slice::<RawLine>(text))?
        {
            Ok(found) => found,
            Err(error) => return Ok(Err(error)),
        };
        if sha256 != pack.sha256 || raw.line != pack.line || raw.pack.samples.len() != pack.count {
            return misplaced();
        }
        Ok(Ok(RawPosition { segment: pack.segment, line: pack.line, end: reader.offset(), sha256 }))
    }
}

/// The next line, if it is complete, hangs on `prev` and can be parsed.
fn next_checked<T>(
    reader: &mut LineReader<'_>,
    prev: &Digest,
    parse: impl FnOnce(&[u8]) -> serde_json::Result<T>,
) -> io::Result<Result<(T, Digest), LineError>> {
    let Some((span, text)) = reader.next_line()? else { return Ok(Err(LineError::Incomplete)) };
    if !span.complete {
        return Ok(Err(LineError::Incomplete));
    }
    Ok(line::check(text, prev).and_then(|digest| match parse(text) {
        Ok(value) => Ok((value, digest)),
        Err(error) => Err(LineError::Format(error.to_string())),
    }))
}

/// Checks segment `number` up to its first bad line and shows every good one to `visit`. Without `chain` the segment's
/// own checkpoint says what it follows on.
pub(super) fn scan_segment(
    disk: &dyn Disk,
    number: u32,
    mut chain: Option<Chain>,
    raw: &mut RawFollower<'_>,
    visit: &mut dyn FnMut(Line, Position),
) -> io::Result<Scanned> {
    let mut reader = LineReader::new(disk, Family::Journal.file(number), 0);
    let mut good = 0;
    let mut first = true;
    loop {
        let flaw = match reader.next_line()? {
            None if first => Flaw::Empty,
            None => return Ok(Scanned { chain, good, flaw: None }),
            Some((span, text)) => match accept(if span.complete { text } else { &[] }, first, chain, raw)? {
                Err(flaw) => flaw,
                Ok((next, line)) => {
                    visit(line, Position { seq: next.next_seq - 1, segment: number, offset: span.offset });
                    chain = Some(next);
                    good = span.offset + text.len() as u64 + 1;
                    first = false;
                    continue;
                }
            },
        };
        return Ok(Scanned { chain, good, flaw: Some(flaw) });
    }
}

/// Checks one line; gives the chain after it.
fn accept(
    text: &[u8],
    first: bool,
    chain: Option<Chain>,
    raw: &mut RawFollower<'_>,
) -> io::Result<Result<(Chain, Line), Flaw>> {
    let (line, chain) = match accept_line(text, first, chain) {
        Ok(good) => good,
        Err(flaw) => return Ok(Err(flaw)),
    };
    let raw = match line.entry.body_as::<PackRef>() {
        Ok(None) => chain.raw,
        Ok(Some(pack)) => match raw.follow(&chain.raw, &pack)? {
            Ok(position) => position,
            Err(error) => return Ok(Err(Flaw::Samples(error))),
        },
        Err(error) => return Ok(Err(LineError::Format(error.to_string()).into())),
    };
    let (prev, next_seq, newest) = (line.sha256, line.entry.seq + 1, Some(line.entry.stamp));
    Ok(Ok((Chain { prev, next_seq, durable: line.durable_through, raw, newest }, line)))
}

/// Checks all of a line but its samples; gives the chain before it.
fn accept_line(text: &[u8], first: bool, chain: Option<Chain>) -> Result<(Line, Chain), Flaw> {
    let line = match chain {
        Some(chain) => {
            line::check(text, &chain.prev)?;
            line::decode(text)?
        }
        // Its own checkpoint says what the hash is over: read first, checked after.
        None => {
            line::split(text)?;
            line::decode(text)?
        }
    };
    if first != (line.entry.kind == EntryKind::CHECKPOINT) {
        return Err(Flaw::Checkpoint);
    }
    let checkpoint: Option<Checkpoint> =
        line.entry.body_as().map_err(|error| LineError::Format(error.to_string()))?;
    let seq = line.entry.seq;
    let chain = match (chain, checkpoint) {
        (Some(chain), Some(Checkpoint { prev, raw, .. })) => {
            // By hash, which names one line: where a line ended whose segment was removed is known here only.
            if chain.prev != prev || chain.raw.sha256 != raw.sha256 {
                return Err(Flaw::Link);
            }
            Chain { raw, ..chain }
        }
        (Some(chain), None) => chain,
        (None, Some(checkpoint)) => {
            line::check(text, &checkpoint.prev)?;
            let Checkpoint { prev, raw, .. } = checkpoint;
            Chain { prev, next_seq: seq, durable: line.durable_through, raw, newest: None }
        }
        (None, None) => return Err(Flaw::Checkpoint),
    };
    if seq != chain.next_seq {
        return Err(Flaw::Number { expected: chain.next_seq, found: seq });
    }
    if line.durable_through < chain.durable || line.durable_through >= seq {
        return Err(Flaw::DurableThrough(line.durable_through));
    }
    Ok((line, chain))
}

/// The highest `durable_through` that lines from `offset` on still vouch for, although something before them is bad: a line
/// counts when its hash fits the hash that the line right before it claims.
pub(super) fn durable_after(disk: &dyn Disk, number: u32, offset: u64) -> io::Result<u64> {
    let mut reader = LineReader::new(disk, Family::Journal.file(number), offset);
    let mut prev: Option<Digest> = None;
    let mut durable = 0;
    while let Some((_, text)) = reader.next_line()? {
        if let Some(line) =
            prev.and_then(|prev| line::check(text, &prev).ok()).and_then(|_| line::decode(text).ok())
        {
            durable = durable.max(line.durable_through);
        }
        prev = line::split(text).ok().map(|(_, digest)| digest);
    }
    Ok(durable)
}
