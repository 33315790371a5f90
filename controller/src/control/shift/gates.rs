//! The gates in the step: at its end every bed knows whether a donation may begin there, and the picture of the shift.
//!
//! Owns: the facts that the gates are asked with, and that they are asked when one of them has changed and each second of calendar
//! time, not for every weight. Refuses: to tell a bed twice. Holds no state but what each bed was told.

use super::super::Station;
use crate::clock::{ClockTrust, Stamp};
use station::api::shift::{ClosedGate, ShiftView};
use station::device::{DeviceKind, Quality};
use station::ident::BedId;
use station::procedure::event::{Event, SharedFact};
use station::shift::gates::{Facts, Gate, NoStart, ScaleFacts};

/// What the gates of all beds depend on: while it is the same, so are they.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::control) struct GateKey {
    shift: u64,
    devices: u64,
    disk_pct: Option<u8>,
    trust: ClockTrust,
    second: i64,
}

impl Station {
    fn facts(&self, now: Stamp) -> Facts {
        Facts { now: now.wall, today: self.calendar_day(now), disk_pct: self.desk.disk_pct }
    }

    fn scale_facts(&self, bed: BedId) -> ScaleFacts {
        let scale = self.devices.of_bed(bed, DeviceKind::Scale);
        ScaleFacts {
            serial: scale.and_then(|id| self.devices.serial(id)).cloned(),
            calibration: self.desk.calibration(bed).cloned(),
        }
    }

    /// Tells every bed for which it has changed why no donation may begin there.
    pub(in crate::control) fn watch_gates(&mut self, now: Stamp) {
        let key = GateKey {
            shift: self.desk.rev(),
            devices: self.devices.rev(),
            disk_pct: self.desk.disk_pct,
            trust: now.trust,
            second: now.wall.0.div_euclid(1000),
        };
        if self.gates_seen.replace(key) == Some(key) {
            return;
        }
        let facts = self.facts(now);
        for at in 0..self.slots.len() {
            let bed = self.slots[at].bed;
            let gates = self.desk.shift.gates(bed, facts, &self.scale_facts(bed));
            // Of the clock a bed hears by a fact of its own.
            let why = gates.into_iter().filter(|(gate, _)| *gate != Gate::Clock).find_map(|(_, why)| why);
            if self.slots[at].no_start != why {
                self.slots[at].no_start = why;
                self.desk.touch();
                if self.slots[at].restarting.is_none() {
                    self.feed(at, now, Event::Shared(SharedFact::NoStart(why)));
                }
            }
        }
    }

    /// The shift as terminals show it.
    pub(in crate::control) fn shift_view(&self, now: Stamp) -> ShiftView {
        let beds: Vec<BedId> = self.slots.iter().map(|slot| slot.bed).collect();
        let mut view = self.desk.shift.view(&beds);
        view.closed = self.closed_gates(now, &beds);
        view.prompt = self.desk.shift.prompt(&view.closed);
        view.seconds = self.second_views(now.mono);
        view.lot_awaited = self.lot_awaited(now.mono);
        view.refused.clone_from(&self.desk.refused);
        view.busy = self.slots.iter().filter(|slot| slot.donation().is_some()).map(|slot| slot.bed).collect();
        for scale in view.scales.iter_mut().filter(|scale| scale.step.is_some()) {
            let sample = self.at(scale.bed).and_then(|at| self.live_weight(at, now.mono));
            scale.live = sample.map(|sample| sample.gross);
            scale.at_rest = sample.is_some_and(|sample| sample.quality == Quality::Stable);
        }
        view
    }

    /// Closed gates, those that are closed for every bed named once.
    fn closed_gates(&self, now: Stamp, beds: &[BedId]) -> Vec<ClosedGate> {
        let facts = self.facts(now);
        let of_bed = |bed: &BedId| -> Vec<(Gate, NoStart)> {
            let gates = self.desk.shift.gates(*bed, facts, &self.scale_facts(*bed));
            gates.into_iter().filter_map(|(gate, why)| Some((gate, why?))).collect()
        };
        let mut closed: Vec<ClosedGate> = Vec::new();
        for bed in beds {
            for (gate, why) in of_bed(bed) {
                let own = matches!(gate, Gate::Calibration | Gate::ScaleCheck);
                let gate = ClosedGate { gate, bed: own.then_some(*bed), why };
                if !closed.contains(&gate) {
                    closed.push(gate);
                }
            }
        }
        closed.sort_by_key(|closed| (closed.gate, closed.bed));
        closed
    }
}
