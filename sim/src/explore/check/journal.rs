//! The journal gives back what was decided: a replay of its entries comes to the same orders.
//!
//! Owns: that check at the end of a run, and that no bed's program failed. The chain, its numbers and what a stop left of it are
//! the [`crate::explore::eye::Eye`]'s, at every commit and start.

use super::{Checker, Findings};
use crate::explore::seen::{End, Scene, Seen};
use controller::audit;

const NAME: &str = "journal";

/// See the file.
#[derive(Debug, Default)]
pub(super) struct JournalChecker;

impl Checker for JournalChecker {
    fn see(&mut self, _: &Scene<'_>, seen: &Seen<'_>, findings: &mut Findings) {
        if let Seen::Line(line) = seen {
            findings.reached("journal: lines verified");
            if line.kind == "bed_failed" {
                findings.broken(NAME, format!("entry {}: the program of bed {} failed", line.seq, line.bed));
            }
        }
    }

    fn end(&mut self, _: &Scene<'_>, end: &End<'_>, findings: &mut Findings) {
        match audit::replay(end.reader, end.last) {
            Ok(audit) if audit.equal => findings.reached("journal: replayed"),
            Ok(audit) => findings.broken(NAME, format!("a replay orders otherwise: {:?}", audit.differences)),
            Err(error) => findings.broken(NAME, format!("the journal cannot be replayed: {error}")),
        }
    }
}
