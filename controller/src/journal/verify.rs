//! Checking a whole journal: every line of every segment, and every weight sample that is still there.
//!
//! Owns: [`verify`] and its report. Refuses: to stop at the first damage: what lies behind it is checked from the next
//! segment's own checkpoint on. Reads only, so it runs beside a writer; what is above `known_durable` is then still moving.

use super::disk::Disk;
use super::recovery::Damage;
use super::scan::{Chain, Flaw, RawFollower, Scanned, durable_after, scan_segment};
use super::segment::Family;
use super::{EntryKind, Line, Position};
use std::io;

/// What a full verification found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VerifyReport {
    /// Segments read.
    pub segments: u32,
    /// Good entries.
    pub entries: u64,
    /// Good packs among them.
    pub packs: u64,
    /// Packs among them whose raw segment has been removed after its retention.
    pub retired_packs: u64,
    /// First good entry; 0 when there is none.
    pub first_seq: u64,
    /// Last good entry; 0 when there is none.
    pub last_seq: u64,
    /// File and offset from which on the end was never durable, or is being written.
    pub torn: Option<(String, u64)>,
    /// Everything that was durable and is damaged.
    pub damage: Vec<Damage>,
}

impl VerifyReport {
    /// Whether everything that was durable is there and unchanged.
    pub fn is_sound(&self) -> bool {
        self.damage.is_empty()
    }
}

/// Checks everything. `known_durable` as in [`super::open`].
///
/// # Errors
/// Only when the disk cannot be read; damage is in the report.
pub fn verify(disk: &dyn Disk, known_durable: u64) -> io::Result<VerifyReport> {
    let mut report = VerifyReport::default();
    let mut raw = RawFollower::new(disk)?;
    let segments = Family::Journal.list(disk)?;
    let last = segments.last().map_or(0, |(number, _)| *number);
    let mut chain: Option<Chain> = None;
    let mut expected = segments.first().map_or(1, |(number, _)| *number);
    for (number, _) in segments {
        if number != expected {
            report.note(expected, 0, Flaw::NoSegment);
            chain = None;
        }
        expected = number + 1;
        let mut scanned = report.scan(disk, number, chain, &mut raw)?;
        if scanned.good == 0 && scanned.flaw == Some(Flaw::Link) {
            report.note(number, 0, Flaw::Link);
            scanned = report.scan(disk, number, None, &mut raw)?;
        }
        report.segments += 1;
        let Scanned { chain: after, good, flaw } = scanned;
        chain = if flaw.is_none() { after } else { None };
        if let Some(flaw) = flaw {
            let durable = durable_after(disk, number, good)?.max(known_durable);
            let (next, durable) = after.map_or((1, durable), |c| (c.next_seq, c.durable.max(durable)));
            if number == last && next > durable {
                report.torn = Some((Family::Journal.file(number), good));
            } else {
                report.note(number, good, flaw);
            }
        }
    }
    if report.damage.is_empty() && report.last_seq < known_durable {
        report.note(last.max(1), 0, Flaw::Missing(known_durable));
    }
    report.retired_packs = raw.retired;
    Ok(report)
}

impl VerifyReport {
    fn note(&mut self, number: u32, offset: u64, flaw: Flaw) {
        self.damage.push(Damage { file: Family::Journal.file(number), offset, flaw, quarantine: None });
    }

    fn scan(
        &mut self,
        disk: &dyn Disk,
        number: u32,
        chain: Option<Chain>,
        raw: &mut RawFollower<'_>,
    ) -> io::Result<Scanned> {
        scan_segment(disk, number, chain, raw, &mut |line: Line, position: Position| {
            self.entries += 1;
            self.packs += u64::from(line.entry.kind == EntryKind::PACK);
            if self.first_seq == 0 {
                self.first_seq = position.seq;
            }
            self.last_seq = position.seq;
        })
    }
}
