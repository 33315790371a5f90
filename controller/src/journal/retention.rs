//! Removing old segments, oldest first, when the folder has grown beyond its bounds.
//!
//! Owns: [`prune`]. Refuses: to remove a segment with an entry that anything still needs, whatever the bounds say: a folder
//! too large is an alarm, a lost record is none that anyone could answer. A crash in the middle has removed fewer of them.

use super::disk::Disk;
use super::entry::Checkpoint;
use super::line;
use super::segment::Family;
use std::io;

/// Bounds of the two kinds of segments, in bytes; the newest segments stay whatever they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Entries.
    pub journal_bytes: u64,
    /// Weight samples.
    pub raw_bytes: u64,
}

/// Removes the oldest segments beyond the bounds. Only entries that are below `needed_from` and that the newest durable
/// checkpoint covers are removed: that checkpoint's segment is found here, its entry has to be at or below
/// `durable_through`. Gives the names of the removed files.
///
/// # Errors
/// What the system says; what was removed before stays removed.
pub fn prune(
    disk: &dyn Disk,
    retention: Retention,
    needed_from: u64,
    durable_through: u64,
) -> io::Result<Vec<String>> {
    let segments = Family::Journal.list(disk)?;
    let mut firsts = Vec::with_capacity(segments.len());
    for (number, _) in &segments {
        let start = disk.read_at(&Family::Journal.file(*number), 0, 64)?;
        firsts.push(line::seq_of(&start).unwrap_or(u64::MAX));
    }
    let Some(newest) = firsts.iter().rposition(|first| *first <= durable_through) else {
        return Ok(Vec::new());
    };
    let Some(checkpoint) = checkpoint_of(disk, segments[newest].0)? else { return Ok(Vec::new()) };
    let floor = needed_from.min(checkpoint.state.through.saturating_add(1));
    // A segment's last entry is the one before the next segment's first.
    let covered = firsts[1..=newest].iter().take_while(|next| **next <= floor).count();
    let mut removed = remove_oldest(disk, Family::Journal, &segments, covered, retention.journal_bytes)?;
    let raw = Family::Raw.list(disk)?;
    let old = raw.iter().take_while(|(number, _)| *number < checkpoint.raw.segment).count();
    removed.extend(remove_oldest(disk, Family::Raw, &raw, old, retention.raw_bytes)?);
    Ok(removed)
}

fn checkpoint_of(disk: &dyn Disk, segment: u32) -> io::Result<Option<Checkpoint>> {
    let mut reader = super::segment::LineReader::new(disk, Family::Journal.file(segment), 0);
    let Some((_, text)) = reader.next_line()? else { return Ok(None) };
    // Damage is for opening and verification to tell; here it only means that nothing is removed.
    let checkpoint =
        line::decode(text).ok().and_then(|line| line.entry.body_as::<Checkpoint>().ok().flatten());
    let sound = |checkpoint: &Checkpoint| line::check(text, &checkpoint.prev).is_ok();
    Ok(checkpoint.filter(sound))
}

/// Removes from the front of `files`, at most `removable` of them, until the rest fits into `bytes`.
fn remove_oldest(
    disk: &dyn Disk,
    family: Family,
    files: &[(u32, u64)],
    removable: usize,
    bytes: u64,
) -> io::Result<Vec<String>> {
    let mut total: u64 = files.iter().map(|(_, len)| len).sum();
    let mut removed = Vec::new();
    for (number, len) in &files[..removable] {
        if total <= bytes {
            break;
        }
        let name = family.file(*number);
        disk.remove(&name)?;
        total -= len;
        removed.push(name);
    }
    Ok(removed)
}
