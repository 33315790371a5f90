//! The picture of a shift for people.
//!
//! Owns: what is shown of the shift's own state, and the one thing to do next. Refuses: words. Holds no state.

use super::Shift;
use super::event::Place;
use super::gates::NoStart;
use super::scale;
use crate::api::shift::{ClosedGate, OpenView, SHOWN, ScaleView, ShiftPrompt, ShiftView};
use crate::ident::BedId;

impl Shift {
    /// The shift as people see it; gates, live weights, requests for a second person and busy beds are the caller's to add.
    pub fn view(&self, beds: &[BedId]) -> ShiftView {
        let state = &self.state;
        let open_deviations = state.deviations.iter().rev().filter(|d| d.cleared.is_none());
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        ShiftView {
            required: self.settings.required,
            open: state.open.as_ref().map(|open| OpenView {
                place: open.place.clone(),
                opened: open.opened,
                people: state.people.keys().take(SHOWN).cloned().collect(),
            }),
            usual: Some(Place {
                site: self.settings.site.clone(),
                vehicle: self.settings.vehicle.clone(),
                team: self.settings.team.clone(),
                group: None,
            }),
            scales: beds.iter().map(|bed| self.scale(*bed)).collect(),
            lots: self.lots_in_use(),
            limits_changed: state.limits_changed.iter().take(SHOWN).cloned().collect(),
            waiting: state.waiting.iter().take(SHOWN).cloned().collect(),
            waiting_count: count(state.waiting.len()),
            deviations_count: count(open_deviations.clone().count()),
            deviations: open_deviations.take(SHOWN).cloned().collect(),
            segments_later: state.segments_later.iter().take(SHOWN).copied().collect(),
            counts: self.counts(),
            dins: state.balance().unwrap_or_default(),
            ..ShiftView::default()
        }
    }

    fn scale(&self, bed: BedId) -> ScaleView {
        let check = self.state.checks.get(&bed);
        let running = scale::running(self.state.checking.iter(), &self.settings);
        ScaleView {
            bed,
            step: running.iter().find(|(of, _)| *of == bed).map(|(_, step)| *step),
            live: None,
            at_rest: false,
            day: check.and_then(|check| check.day),
            points: check.map(|check| check.points),
            passed: check.is_some_and(|check| check.passed),
        }
    }

    /// The one thing to do next: a check that runs, else the first closed gate that somebody here can open.
    pub fn prompt(&self, closed: &[ClosedGate]) -> Option<ShiftPrompt> {
        let running = scale::running(self.state.checking.iter(), &self.settings);
        if let Some((bed, step)) = running.first() {
            return Some(ShiftPrompt::Weigh { bed: *bed, step: *step });
        }
        let asked = |gate: &ClosedGate| {
            let at_bed = gate.bed;
            Some(match gate.why {
                NoStart::ClockUntrusted => ShiftPrompt::ConfirmClock,
                NoStart::DiskUnknown | NoStart::DiskFull => ShiftPrompt::MakeRoom,
                NoStart::LimitsUnconfirmed => ShiftPrompt::ConfirmLimits,
                NoStart::ShiftNotOpen => ShiftPrompt::OpenShift,
                NoStart::ShiftTooLong => ShiftPrompt::EndShift,
                NoStart::CalibrationMissing | NoStart::CalibrationExpired => {
                    ShiftPrompt::RenewCalibration(at_bed?)
                }
                NoStart::ScaleUnchecked | NoStart::ScaleCheckFailed => ShiftPrompt::CheckScale(at_bed?),
                NoStart::LotMissing(kind) | NoStart::LotExpired(kind) | NoStart::LotRecalled(kind) => {
                    ShiftPrompt::OpenLot(kind)
                }
            })
        };
        let waits = |prompt: &ShiftPrompt| match prompt {
            // Nobody at the terminal can do these: what can be done comes first.
            ShiftPrompt::MakeRoom | ShiftPrompt::RenewCalibration(_) => true,
            ShiftPrompt::ConfirmClock
            | ShiftPrompt::ConfirmLimits
            | ShiftPrompt::OpenShift
            | ShiftPrompt::EndShift
            | ShiftPrompt::CheckScale(_)
            | ShiftPrompt::Weigh { .. }
            | ShiftPrompt::OpenLot(_) => false,
        };
        let mut prompts: Vec<ShiftPrompt> = closed.iter().filter_map(asked).collect();
        prompts.sort_by_key(|prompt| (waits(prompt), order(prompt)));
        prompts.first().copied()
    }
}

/// The shift first, then the packages, then bed after bed.
fn order(prompt: &ShiftPrompt) -> u8 {
    match prompt {
        ShiftPrompt::ConfirmClock | ShiftPrompt::MakeRoom => 0,
        ShiftPrompt::ConfirmLimits => 1,
        ShiftPrompt::OpenShift | ShiftPrompt::EndShift => 2,
        ShiftPrompt::OpenLot(_) => 3,
        ShiftPrompt::Weigh { .. } | ShiftPrompt::CheckScale(_) | ShiftPrompt::RenewCalibration(_) => 4,
    }
}
