//! What a closing donation leaves with the shift, and the end of the shift with its signed summary.
//!
//! Owns: both. Refuses: an end with a donor on a bed. What was drawn to validate the station is no donation and is not counted. Holds no state.

use super::super::Station;
use super::super::entries::SummaryEntry;
use crate::clock::Stamp;
use crate::journal::Digest;
use station::device::Mode;
use station::ident::{BedId, Din, DonationId};
use station::procedure::CheckKind;
use station::procedure::event::ActingOperator;
use station::record::{Disposition, DonationRecord};
use station::shift::event::ClosedDonation;
use station::shift::{At, ShiftEvent, ShiftRefusal, deviation};

impl Station {
    /// A donation closes with this record.
    pub(in crate::control) fn count_closed(&mut self, now: Stamp, record: &DonationRecord) {
        if record.mode == Mode::Validation {
            return;
        }
        let blood = record.disposition != Disposition::NoUnit;
        self.shift_fact(
            now,
            ShiftEvent::DonationClosed(ClosedDonation {
                donation: record.donation,
                din: record.din,
                disposition: record.disposition,
                segments_later: blood && record.segments.is_none(),
                deviations: deviation::of_record(record),
            }),
        );
    }

    /// What became of a donation number.
    pub(in crate::control) fn count_din(&mut self, now: Stamp, din: Din, used: bool) {
        if self.mode == Mode::Validation || self.desk.shift.state().open.is_none() {
            return;
        }
        self.shift_fact(now, if used { ShiftEvent::DinUsed(din) } else { ShiftEvent::DinVoided(din) });
    }

    /// An act was done by one person and waits for the second.
    pub(in crate::control) fn check_later(
        &mut self,
        now: Stamp,
        at: usize,
        kind: CheckKind,
        donation: Option<DonationId>,
    ) {
        let bed: BedId = self.slots[at].bed;
        if let (Some(donation), Some(by)) = (donation, self.slots[at].acting.clone()) {
            self.shift_fact(now, ShiftEvent::CheckWaits { kind, bed, donation, by: by.id });
        }
    }

    pub(super) fn close_shift(&mut self, now: Stamp, by: ActingOperator) -> Result<(), ShiftRefusal> {
        if let Some(busy) = self.slots.iter().find(|slot| slot.donation().is_some()) {
            return Err(ShiftRefusal::BedsOpen(busy.bed));
        }
        let at = At { wall: now.wall, day: self.calendar_day(now) };
        let summary = self.desk.shift.summary(&self.name, at, self.outbox.waiting);
        let summary = summary.ok_or(ShiftRefusal::NotOpen)?;
        // invariant: the summary is plain data with text keys.
        let canonical = serde_json::to_string(&summary).expect("a summary is plain data");
        let sha256 = Digest::of(canonical.as_bytes());
        self.shift_event(now, ShiftEvent::Closed { by: by.clone(), summary_sha256: sha256.to_string() })?;
        let entry = SummaryEntry { by: by.id, sha256, canonical };
        self.keep(None, |pen| pen.write(now, None, &entry));
        Ok(())
    }
}
