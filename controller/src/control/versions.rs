//! Versions of closed records: each is made over the newest one, whoever makes it.
//!
//! Owns: which version of a record is the newest, durable or not, for corrections and for late words alike. Refuses: a version over one
//! that is not the newest. A crash loses the list, and with it every version that was not durable yet: then the journal alone says which is the
//! newest.

use super::Station;
use super::answers::{bad, unwritten};
use super::envelope::freeze_next;
use crate::clock::Stamp;
use crate::journal::entry::{Because, DraftError, RecordClass};
use station::api::{ApiError, ErrorCode};
use station::ident::DonationId;
use station::record::Envelope;
use std::collections::VecDeque;

/// Most versions remembered, the latest made: far more than can be on their way to the disk at once.
const KEPT: usize = 4096;

/// The versions made in this run, the latest last.
#[derive(Debug, Default)]
pub(super) struct Versions {
    made: VecDeque<(DonationId, u32)>,
}

impl Versions {
    fn newest(&self, donation: DonationId) -> Option<u32> {
        self.made.iter().rev().find(|(of, _)| *of == donation).map(|(_, version)| *version)
    }

    fn note(&mut self, donation: DonationId, version: u32) {
        if self.made.len() >= KEPT {
            self.made.pop_front();
        }
        self.made.push_back((donation, version));
    }
}

impl Station {
    /// Whether the next version may be made over this one, which the journal holds as the newest.
    ///
    /// # Errors
    /// [`ErrorCode::Stale`]: a later one is on its way to the disk.
    pub(super) fn must_be_newest(&self, envelope: &Envelope) -> Result<(), ApiError> {
        match self.versions.newest(envelope.donation) {
            Some(newest) if newest > envelope.version => {
                Err(bad(ErrorCode::Stale, "the record is getting another version: try again"))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Freezes the next version of a record. `next` has its change and its number already.
    ///
    /// # Errors
    /// [`ApiError`] when it cannot be written: the record says what it said.
    pub(super) fn supersede(
        &mut self,
        now: Stamp,
        next: Envelope,
        class: RecordClass,
        why: Option<Because>,
    ) -> Result<(), ApiError> {
        let (donation, version) = (next.donation, next.version);
        let frozen = freeze_next(next, now.wall, class, why).map_err(DraftError::Json);
        if !self.keep(None, |pen| pen.write(now, None, &frozen?)) {
            return Err(unwritten());
        }
        self.versions.note(donation, version);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_made_is_remembered_and_the_earliest_is_forgotten_first() {
        let mut versions = Versions::default();
        for version in 2..4 {
            versions.note(DonationId(9), version);
        }
        assert_eq!(versions.newest(DonationId(9)), Some(3));
        (0..KEPT as u64).for_each(|n| versions.note(DonationId(100 + n), 2));
        assert_eq!((versions.newest(DonationId(9)), versions.newest(DonationId(100))), (None, Some(2)));
    }
}
