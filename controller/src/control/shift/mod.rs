//! The station's shift in the step: facts and people's requests in, entries out, and one fact for the beds.
//!
//! Owns: the shift's machine, and that each of its events is journaled as it was taken, or refused. Refuses: to let a bed's
//! machine hear more of a shift than whether a donation may begin. A crash loses what is only being waited for (a second person
//! elsewhere, a lot at a scanner, a check of a scale); all else is made again by [`past`].

mod asks;
mod closing;
mod correcting;
pub(super) mod gates;
mod lots;
pub mod past;
mod seconds;
mod settings_changed;

use super::Station;
use super::entries::ShiftEntry;
use crate::clock::{ClockTrust, Stamp};
use lots::LotIntake;
use seconds::Second;
use station::ident::{BedId, LocalDate};
use station::measure::{Mono, Span};
use station::shift::gates::Calibration;
use station::shift::{At, Shift, ShiftEvent, ShiftRefusal};

/// A weight is live for so long.
const LIVE: Span = Span::from_secs(2);

/// What a station's shift is built from.
#[derive(Debug, Clone)]
pub struct ShiftParts {
    /// The machine, as the journal left it.
    pub shift: Shift,
    /// Calibration certificates of the scales, as configured.
    pub calibrations: Vec<(BedId, Calibration)>,
}

impl ShiftParts {
    /// With the certificates of a configuration.
    pub fn of(config: &config::StationConfig, shift: Shift) -> Self {
        let certified = |bed: &config::Bed| Some((bed.number, bed.scale.calibration.clone()?));
        Self { shift, calibrations: config.beds.iter().filter_map(certified).collect() }
    }

    /// Of a station that asks for no shift.
    #[cfg(test)]
    pub(crate) fn none() -> Self {
        let code = || station::ident::SiteCode::new("1").unwrap();
        let settings = station::shift::ShiftSettings {
            required: false,
            ..station::shift::ShiftSettings::new(code(), code())
        };
        Self { shift: Shift::new(settings), calibrations: Vec::new() }
    }
}

/// The shift in a running station.
pub(super) struct Desk {
    pub(super) shift: Shift,
    calibrations: Vec<(BedId, Calibration)>,
    /// Used share of the disk, per cent.
    disk_pct: Option<u8>,
    seconds: Vec<Second>,
    numbered: u32,
    intake: Option<LotIntake>,
    /// The last refusal of something that nobody waits for an answer to.
    refused: Option<ShiftRefusal>,
    rev: u64,
}

impl Desk {
    pub(super) fn new(mut parts: ShiftParts) -> Self {
        parts.shift.started();
        Self {
            shift: parts.shift,
            calibrations: parts.calibrations,
            disk_pct: None,
            seconds: Vec::new(),
            numbered: 0,
            intake: None,
            refused: None,
            rev: 0,
        }
    }

    /// Counts up with everything that a terminal shows of the shift.
    pub(super) fn rev(&self) -> u64 {
        self.rev
    }

    fn touch(&mut self) {
        self.rev = self.rev.wrapping_add(1);
    }

    /// Whether a scale is being checked: its live weight is shown.
    pub(super) fn is_checking(&self) -> bool {
        !self.shift.state().checking.is_empty()
    }

    /// The certificate of a bed's scale.
    pub(super) fn calibration(&self, bed: BedId) -> Option<&Calibration> {
        self.calibrations.iter().find(|(of, _)| *of == bed).map(|(_, calibration)| calibration)
    }
}

impl Station {
    /// Gives an event to the shift and journals it, refused or not.
    ///
    /// # Errors
    /// [`ShiftRefusal`]; nothing has changed.
    pub(super) fn shift_event(&mut self, now: Stamp, event: ShiftEvent) -> Result<(), ShiftRefusal> {
        let day = self.calendar_day(now);
        let result = self.desk.shift.handle(At { wall: now.wall, day }, &event);
        self.desk.touch();
        let entry = ShiftEntry { event, day, refused: result.clone().err() };
        self.keep(None, |pen| pen.write(now, None, &entry));
        result
    }

    /// Gives a fact to the shift: what has happened is not refused.
    pub(super) fn shift_fact(&mut self, now: Stamp, event: ShiftEvent) {
        if let Err(refusal) = self.shift_event(now, event) {
            tracing::warn!(%refusal, "the shift did not take a fact");
        }
    }

    /// Today in the station's zone; `None` while the clock is not trusted.
    pub(in crate::control) fn calendar_day(&self, now: Stamp) -> Option<LocalDate> {
        let day = self.local_day(now).filter(|_| now.trust != ClockTrust::Untrusted)?;
        LocalDate::from_days_since_1970(day.into()).ok()
    }

    /// How full the disk is, as the services found it; `None` when it does not say.
    pub(super) fn disk_used(&mut self, percent: Option<u8>) {
        self.desk.disk_pct = percent;
    }

    /// A weight of a bed without a donor: kept only for a check of its scale, never journaled by itself.
    pub(super) fn live_weight(&self, at: usize, now: Mono) -> Option<station::device::WeightSample> {
        self.slots[at].weighed.filter(|(_, since)| now.since(*since) < LIVE).map(|(sample, _)| sample)
    }
}
