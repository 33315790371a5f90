//! The shift: the station as a team's workplace, from the morning's checks to the signed summary.
//!
//! Owns: what has to be so before any donation begins ([`gates`]), who is here, which packages are open, which acts wait for a second
//! person, which deviations are open, and the balance of donation numbers. Refuses: clocks, disks, sockets, and whatever a bed decides: beds
//! hear one fact of it, [`crate::procedure::event::SharedFact::NoStart`]. A crash loses it; the state in the journal's last checkpoint and the
//! entries after it make it again ([`Shift::fold`]).
//!
//! ```text
//!  closed ── Opened ──▶ open ── scales checked, packages opened, clock and settings confirmed ──▶ donations
//!    ▲                    │
//!    └────── Closed ◀─────┘   no bed with a donor, no act without its second person, donation numbers counted
//! ```
//! Calling order: [`Shift::handle`] with one event; on `Ok` the event is journaled, on `Err` nothing has changed.

pub mod deviation;
pub mod dins;
pub mod event;
pub mod gates;
mod judge;
pub mod lots;
pub mod refusal;
pub mod scale;
pub mod settings;
mod state;
pub mod summary;
mod view;

#[cfg(test)]
mod tests;

pub use event::ShiftEvent;
pub use refusal::ShiftRefusal;
pub use settings::ShiftSettings;
pub use state::{ConfirmedClock, OpenShift, ShiftState, WaitingCheck};

use crate::ident::{BedId, LocalDate, LotNumber, OperatorId};
use crate::measure::Wall;
use crate::procedure::event::{ActingOperator, Role};
use gates::{Facts, Gate, NoStart, ScaleFacts};
use lots::{LotInUse, LotKind};

/// When something happened, on the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    /// Calendar time.
    pub wall: Wall,
    /// The day in the station's zone; `None` while the clock is not trusted.
    pub day: Option<LocalDate>,
}

/// The machine of the station's shifts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    settings: ShiftSettings,
    state: ShiftState,
}

const MS_PER_HOUR: i64 = 3_600_000;

impl Shift {
    /// A station that never had a shift.
    pub fn new(settings: ShiftSettings) -> Self {
        Self { settings, state: ShiftState::default() }
    }

    /// A station as it was.
    pub fn resume(settings: ShiftSettings, state: ShiftState) -> Self {
        Self { settings, state }
    }

    /// The settings in force.
    pub fn settings(&self) -> &ShiftSettings {
        &self.settings
    }

    /// The state, for a checkpoint.
    pub fn state(&self) -> &ShiftState {
        &self.state
    }

    /// Takes one event.
    ///
    /// # Errors
    /// [`ShiftRefusal`]; nothing has changed.
    pub fn handle(&mut self, at: At, event: &ShiftEvent) -> Result<(), ShiftRefusal> {
        judge::judge(&self.state, &self.settings, at, event)?;
        self.state.apply(&self.settings, at, event);
        Ok(())
    }

    /// Takes an event that was accepted before: nothing is decided again.
    pub fn fold(&mut self, at: At, event: &ShiftEvent) {
        self.state.apply(&self.settings, at, event);
    }

    /// After a start: nobody is here any more when no shift is open; a check of a scale that was under way is none.
    pub fn started(&mut self) {
        if self.state.open.is_none() {
            self.state.people.clear();
        }
        self.state.checking.clear();
    }

    /// What this person's badge alone may do: the role with which the person signed in on two factors, in this shift.
    pub fn badge(&self, operator: &OperatorId) -> Option<ActingOperator> {
        let here = self.state.open.is_some() || !self.settings.required;
        let role: Option<Role> = self.state.people.get(operator).copied().filter(|_| here);
        role.map(|role| ActingOperator { id: operator.clone(), role })
    }

    /// The packages that are open.
    pub fn lots_in_use(&self) -> Vec<LotInUse> {
        self.state.lots.values().cloned().collect()
    }

    /// Why the site does not use bags of this lot, whatever package they come from; `None`: it does.
    pub fn refuses_bag(&self, lot: &LotNumber) -> Option<ShiftRefusal> {
        self.settings.uses(LotKind::Kit, lot).err()
    }

    /// The settings confirmed last.
    pub fn limits(&self) -> Option<&crate::procedure::limits::Settings> {
        self.state.limits.as_deref()
    }

    /// The time that two people confirmed last.
    pub fn confirmed_clock(&self) -> Option<&ConfirmedClock> {
        self.state.clock.as_ref()
    }

    /// Every gate of a bed's start with the reason for which it is closed, in order.
    pub fn gates(&self, bed: BedId, facts: Facts, scale: &ScaleFacts) -> Vec<(Gate, Option<NoStart>)> {
        let mut gates = vec![
            (Gate::Clock, facts.today.is_none().then_some(NoStart::ClockUntrusted)),
            (Gate::Disk, self.disk(facts)),
            (Gate::Limits, (!self.state.limits_changed.is_empty()).then_some(NoStart::LimitsUnconfirmed)),
        ];
        if self.settings.required {
            gates.push((Gate::Shift, self.shift_gate(facts)));
        }
        if self.settings.required || scale.calibration.is_some() {
            gates.push((Gate::Calibration, calibration(facts, scale)));
        }
        gates.push((Gate::ScaleCheck, self.scale_gate(bed, facts, scale)));
        let kinds = if self.settings.required { self.settings.lots.as_slice() } else { &[] };
        gates.extend(kinds.iter().map(|kind| {
            let closed = match self.state.lots.get(kind) {
                None => Some(NoStart::LotMissing(*kind)),
                Some(lot) => lot.stops(facts.today, &self.settings),
            };
            (Gate::Lot(*kind), closed)
        }));
        gates
    }

    /// The first reason for which no donation may begin at a bed; `None` when one may.
    pub fn no_start(&self, bed: BedId, facts: Facts, scale: &ScaleFacts) -> Option<NoStart> {
        self.gates(bed, facts, scale).into_iter().find_map(|(_, closed)| closed)
    }

    fn disk(&self, facts: Facts) -> Option<NoStart> {
        match facts.disk_pct {
            None => self.settings.required.then_some(NoStart::DiskUnknown),
            Some(used) => (u32::from(used) >= self.settings.disk_mark_pct).then_some(NoStart::DiskFull),
        }
    }

    fn shift_gate(&self, facts: Facts) -> Option<NoStart> {
        let Some(open) = &self.state.open else { return Some(NoStart::ShiftNotOpen) };
        let open_ms = facts.now.0.saturating_sub(open.opened.0);
        (open_ms > i64::from(self.settings.longest_h) * MS_PER_HOUR).then_some(NoStart::ShiftTooLong)
    }

    fn scale_gate(&self, bed: BedId, facts: Facts, scale: &ScaleFacts) -> Option<NoStart> {
        let missing = || self.settings.required.then_some(NoStart::ScaleUnchecked);
        let Some(check) = self.state.checks.get(&bed) else { return missing() };
        match check.stops(facts.today, facts.now, scale.serial.as_ref(), &self.settings) {
            // A failed check stops whatever the site settled.
            Some(NoStart::ScaleCheckFailed) => Some(NoStart::ScaleCheckFailed),
            Some(_) => missing(),
            None => None,
        }
    }
}

fn calibration(facts: Facts, scale: &ScaleFacts) -> Option<NoStart> {
    match &scale.calibration {
        None => Some(NoStart::CalibrationMissing),
        Some(calibration) => {
            let expired = facts.today.is_none_or(|today| calibration.expires < today);
            expired.then_some(NoStart::CalibrationExpired)
        }
    }
}
