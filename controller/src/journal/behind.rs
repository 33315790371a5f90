//! Going on behind damage, on a person's word: the next segment, whose checkpoint says all that is still known.
//!
//! Owns: where a damaged journal ends, and the first segment behind it. Refuses: to mend anything: every line that can be believed stays where it is and
//! hangs on the hash of the one before, and what the damage is, every later verification says again. What no segment can follow on (an end that
//! cannot be believed, segments before a missing one) is copied to quarantine, and the copy synced, before it goes. A crash leaves the journal
//! damaged as before, or gone on: the segment is there once its first line is.

use super::disk::Disk;
use super::entry::{Checkpoint, CheckpointState, Draft};
use super::line::{self, Digest, Line};
use super::pack::{RawLine, RawPosition};
use super::recovery::quarantine;
use super::segment::{Family, LineReader};
use super::writer::{AppendError, CommitError, Committed, End, Position, Settings, Writer};
use crate::clock::Stamp;
use std::io;
use std::sync::Arc;

/// Where a damaged journal ends.
#[derive(Debug)]
pub struct Behind {
    /// The number that comes next.
    pub next_seq: u64,
    /// Clocks of the last line that can be believed.
    pub newest: Option<Stamp>,
    /// Copies of what had to go.
    pub aside: Vec<String>,
    end: End,
}

/// Why a journal could not go on.
#[derive(Debug, thiserror::Error)]
pub enum BehindError {
    /// The disk.
    #[error("the journal cannot be read or written: {0}")]
    Io(#[from] io::Error),
    /// The lines were not taken.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The lines are not on the disk.
    #[error(transparent)]
    Commit(#[from] CommitError),
}

/// Looks for the end of a damaged journal and puts aside what nothing can follow on. `known` is the last number known from elsewhere.
///
/// # Errors
/// What the disk says.
pub fn behind(disk: &dyn Disk, known: u64) -> io::Result<Behind> {
    let mut aside = before_a_gap(disk)?;
    let (mut seq, mut newest) = (known, None);
    let (mut segment, mut len, mut prev) = (0, 0, Digest::ZERO);
    for (number, _) in Family::Journal.list(disk)?.into_iter().rev() {
        let file = Family::Journal.file(number);
        let found = believed(disk, &file, &mut |_, _| ())?;
        if let Some((last, good, at_end)) = found {
            seq = seq.max(last.entry.seq).max(last.durable_through);
            (newest, prev, len) = (Some(last.entry.stamp), last.sha256, good);
            if !at_end {
                aside.push(quarantine(disk, &file, good, "damaged")?.0);
                disk.truncate(&file, good)?;
            }
            segment = number;
            break;
        }
        aside.push(quarantine(disk, &file, 0, "damaged")?.0);
        disk.remove(&file)?;
        segment = number.saturating_sub(1);
    }
    let raw = end_of_raw(disk, &mut aside)?;
    let end = End { next_seq: seq + 1, prev, segment, len, first: 0, raw };
    Ok(Behind { next_seq: seq + 1, newest, aside, end })
}

/// Begins the segment behind: its checkpoint and what is to be said with it, durable when this is done.
///
/// # Errors
/// [`BehindError`].
pub fn go_on(disk: Arc<dyn Disk>, behind: Behind, drafts: &[Draft]) -> Result<(), BehindError> {
    let mut writer = Writer::continue_at(disk, Settings::default(), behind.end);
    writer.append(drafts)?;
    writer.commit()?;
    Ok(())
}

/// The newest checkpoint that can be believed; where there is none, nothing is known.
///
/// # Errors
/// What the disk says.
pub fn newest_checkpoint(disk: &dyn Disk) -> io::Result<(u64, CheckpointState)> {
    for (number, _) in Family::Journal.list(disk)?.into_iter().rev() {
        let mut lines = LineReader::new(disk, Family::Journal.file(number), 0);
        let first = lines.next_line()?.and_then(|(_, text)| checkpoint(text));
        if let Some((line, Checkpoint { state, .. })) = first {
            return Ok((line.entry.seq, state));
        }
    }
    Ok((0, CheckpointState::empty()))
}

/// A segment's first line, if its own hash fits.
fn checkpoint(text: &[u8]) -> Option<(Line, Checkpoint)> {
    let line = line::decode(text).ok()?;
    let checkpoint: Checkpoint = line.entry.body_as().ok()??;
    line::check(text, &checkpoint.prev).ok()?;
    Some((line, checkpoint))
}

/// Entries behind the damage that the store does not know yet, each checked against the line right before it.
///
/// # Errors
/// What the disk says.
pub fn readable_after(disk: &dyn Disk, known: u64) -> io::Result<Vec<Committed>> {
    let mut found = Vec::new();
    let Some((segment, _)) = Family::Journal.list(disk)?.last().copied() else { return Ok(found) };
    believed(disk, &Family::Journal.file(segment), &mut |line, offset| {
        let seq = line.entry.seq;
        if seq > known {
            found.push(Committed { entry: line.entry.clone(), position: Position { seq, segment, offset } });
        }
    })?;
    Ok(found)
}

/// Segments before a missing one: no opening can step over the gap.
fn before_a_gap(disk: &dyn Disk) -> io::Result<Vec<String>> {
    let segments: Vec<u32> = Family::Journal.list(disk)?.into_iter().map(|(number, _)| number).collect();
    let gap = segments.windows(2).rposition(|pair| pair[1] != pair[0] + 1);
    let mut aside = Vec::new();
    for number in segments.iter().take(gap.map_or(0, |at| at + 1)) {
        let file = Family::Journal.file(*number);
        aside.push(quarantine(disk, &file, 0, "before-a-gap")?.0);
        disk.remove(&file)?;
    }
    Ok(aside)
}

/// The last line of a segment whose hash fits the one that the line before it claims, where it ends, and whether the file ends there.
fn believed(
    disk: &dyn Disk,
    file: &str,
    visit: &mut dyn FnMut(&Line, u64),
) -> io::Result<Option<(Line, u64, bool)>> {
    let mut lines = LineReader::new(disk, file.to_owned(), 0);
    let (mut prev, mut last, mut at_end): (Option<Digest>, Option<(Line, u64)>, bool) = (None, None, true);
    while let Some((span, text)) = lines.next_line()? {
        let fits = match prev {
            Some(prev) => line::check(text, &prev).is_ok(),
            None => span.offset == 0 && checkpoint(text).is_some(),
        };
        let line = if fits && span.complete { line::decode(text).ok() } else { None };
        prev = line::split(text).ok().map(|(_, digest)| digest);
        at_end = line.is_some();
        if let Some(line) = line {
            visit(&line, span.offset);
            last = Some((line, span.offset + text.len() as u64 + 1));
        }
    }
    Ok(last.map(|(line, good)| (line, good, at_end)))
}

/// The last whole line of the raw chain: what the next pack hangs on.
fn end_of_raw(disk: &dyn Disk, aside: &mut Vec<String>) -> io::Result<RawPosition> {
    for (segment, len) in Family::Raw.list(disk)?.into_iter().rev() {
        let file = Family::Raw.file(segment);
        let mut lines = LineReader::new(disk, file.clone(), 0);
        let mut last: Option<RawPosition> = None;
        while let Some((span, text)) = lines.next_line()? {
            if let (true, Ok((_, sha256))) = (span.complete, line::split(text)) {
                let line = serde_json::from_slice::<RawLine>(text).map_or(0, |raw| raw.line);
                last = Some(RawPosition { segment, line, end: span.offset + text.len() as u64 + 1, sha256 });
            }
        }
        let good = last.map_or(0, |last| last.end);
        if good < len {
            aside.push(quarantine(disk, &file, good, "damaged")?.0);
            if good == 0 { disk.remove(&file)? } else { disk.truncate(&file, good)? }
        }
        if let Some(last) = last {
            return Ok(last);
        }
    }
    Ok(RawPosition::START)
}
