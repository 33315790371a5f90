//! Lots at the scanners: a package of an awaited kind is read by the scanner of any free bed.
//!
//! Owns: what was read so far, for a limited time. Refuses: to take a scan away from a bed with a donor. A crash loses it: it is scanned again.

use super::super::Station;
use crate::clock::Stamp;
use station::ident::{LocalDate, LotNumber, Scanned, Structure};
use station::measure::{Mono, Span};
use station::procedure::event::ActingOperator;
use station::shift::ShiftEvent;
use station::shift::lots::{LotInUse, LotKind};

/// A lot is waited for this long.
const WAITS: Span = Span::from_mins(3);

/// A package that is being read.
#[derive(Debug, Clone)]
pub(super) struct LotIntake {
    kind: LotKind,
    by: ActingOperator,
    lot: Option<LotNumber>,
    expires: Option<LocalDate>,
    until: Mono,
}

impl Station {
    pub(super) fn await_lot(&mut self, now: Mono, kind: LotKind, by: ActingOperator) {
        self.desk.intake = Some(LotIntake { kind, by, lot: None, expires: None, until: now + WAITS });
        self.desk.refused = None;
        self.desk.touch();
    }

    pub(super) fn lot_awaited(&self, now: Mono) -> Option<LotKind> {
        self.desk.intake.as_ref().filter(|intake| now < intake.until).map(|intake| intake.kind)
    }

    /// Takes a scan at a free bed for the package that is awaited. `false` when it is none of that.
    pub(in crate::control) fn take_lot(&mut self, at: usize, now: Stamp, content: &Scanned) -> bool {
        if !self.slots[at].is_idle() || self.lot_awaited(now.mono).is_none() {
            return false;
        }
        let Some(intake) = &mut self.desk.intake else { return false };
        let mut taken = false;
        for structure in content.structures() {
            if let Structure::Lot(lot) = structure {
                intake.lot = LotNumber::of_container(lot);
                taken = true;
            } else if let Structure::Expiry(stamp) = structure {
                intake.expires = Some(stamp.date());
                taken = true;
            }
        }
        if let (Some(lot), Some(expires)) = (&intake.lot, intake.expires) {
            let lot = LotInUse { kind: intake.kind, lot: lot.clone(), expires };
            let by = intake.by.clone();
            self.desk.intake = None;
            self.desk.refused = self.shift_event(now, ShiftEvent::LotOpened { lot, by }).err();
            self.pen.force();
        }
        taken
    }
}
