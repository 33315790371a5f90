//! The state of a shift and what each event changes in it.
//!
//! Owns: the whole state, which is what a checkpoint keeps, and its bounds. Refuses: to decide: whatever arrives here was accepted.
//! Lost in a crash; made again from the checkpoint and the entries after it.

use super::At;
use super::deviation::{Deviation, DeviationKind, Source};
use super::dins::Roll;
use super::event::{ClosedDonation, LimitChange, Place, ShiftEvent};
use super::lots::{LotInUse, LotKind};
use super::scale::{Checking, ScaleCheck, Weighed, passes};
use super::settings::ShiftSettings;
use crate::ident::{BedId, DeviceSerial, Din, DonationId, OperatorId};
use crate::measure::{Milligrams, Mono, Wall};
use crate::procedure::CheckKind;
use crate::procedure::event::{ActingOperator, Role};
use crate::procedure::limits::Settings;
use crate::record::Disposition;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Most people of a shift.
pub(super) const MAX_PEOPLE: usize = 64;
/// Most rolls of donation numbers of a shift.
pub(super) const MAX_ROLLS: usize = 32;
/// Most packages that a shift lists as used.
pub(super) const MAX_LOTS_USED: usize = 200;
/// Most donations, donation numbers and waiting segments that are listed; what is beyond is counted in the journal only.
const MAX_LISTED: usize = 2000;
/// Most deviations that are listed; the oldest cleared ones give way.
const MAX_DEVIATIONS: usize = 500;
/// Most acts that wait for a second person.
pub(super) const MAX_WAITING: usize = 200;

/// The open shift.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenShift {
    /// Where and for whom.
    pub place: Place,
    /// Since when.
    pub opened: Wall,
    /// Who opened it.
    pub by: OperatorId,
    /// Everybody who signed in on two factors, whether still here or not.
    pub signed: BTreeMap<OperatorId, Role>,
    /// Rolls of donation numbers received.
    pub rolls: Vec<Roll>,
    /// Numbers used.
    pub used: BTreeSet<Din>,
    /// Numbers voided.
    pub voided: BTreeSet<Din>,
    /// Numbers left over, as counted.
    pub left: Option<u32>,
    /// Packages opened in this shift, those open at its begin included.
    pub lots: Vec<LotInUse>,
    /// Donations closed.
    pub closed: BTreeMap<DonationId, Disposition>,
    /// Records corrected.
    pub corrections: u32,
}

/// An act that waits for its second person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingCheck {
    /// Its number on this station.
    pub number: u32,
    /// What for.
    pub kind: CheckKind,
    /// At which bed.
    pub bed: BedId,
    /// Of which donation.
    pub donation: DonationId,
    /// Who acted.
    pub by: OperatorId,
    /// When.
    pub since: Wall,
}

/// What two people said about the time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmedClock {
    /// The boot in which it holds.
    pub boot: String,
    /// The time they said.
    pub wall: Wall,
    /// The instant of it, within that boot.
    pub mono: Mono,
}

/// The whole state.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ShiftState {
    /// The open shift.
    pub open: Option<OpenShift>,
    /// Who is here, proved on two factors: their badge alone acts.
    pub people: BTreeMap<OperatorId, Role>,
    /// Checks of scales under way.
    pub checking: BTreeMap<BedId, Checking>,
    /// The newest check of each scale.
    pub checks: BTreeMap<BedId, ScaleCheck>,
    /// Open packages.
    pub lots: BTreeMap<LotKind, LotInUse>,
    /// The time, as confirmed last.
    pub clock: Option<ConfirmedClock>,
    /// The settings known last.
    pub limits: Option<Box<Settings>>,
    /// What of them was not confirmed yet.
    pub limits_changed: Vec<LimitChange>,
    /// Acts that wait for a second person.
    pub waiting: Vec<WaitingCheck>,
    /// Deviations, oldest first.
    pub deviations: Vec<Deviation>,
    /// Donations whose segments are sealed later.
    pub segments_later: BTreeSet<DonationId>,
    /// The number given last to a deviation or a waiting check.
    pub numbered: u32,
}

impl ShiftState {
    /// Takes an event that was accepted.
    pub(super) fn apply(&mut self, settings: &ShiftSettings, at: At, event: &ShiftEvent) {
        match event {
            ShiftEvent::Opened { place, by } => self.opened(at, place, by),
            ShiftEvent::SignedIn(operator) => self.signed_in(operator),
            ShiftEvent::SignedOut(operator) => drop(self.people.remove(operator)),
            ShiftEvent::DinsReceived { first, last, .. } => {
                if let Some(open) = &mut self.open {
                    open.rolls.push(Roll { first: *first, last: *last });
                    open.left = None;
                }
            }
            ShiftEvent::ScaleCheckBegun { bed, .. } => drop(self.checking.insert(*bed, Checking::begun())),
            ShiftEvent::ScaleWeighed { bed, by, gross, serial } => {
                self.weighed(settings, at, (*bed, by), *gross, serial.as_ref());
            }
            ShiftEvent::ScaleCheckStopped(bed) => drop(self.checking.remove(bed)),
            ShiftEvent::LotOpened { lot, .. } => {
                self.lots.insert(lot.kind, lot.clone());
                if let Some(open) = &mut self.open {
                    note_lot(&mut open.lots, lot);
                }
            }
            ShiftEvent::LotPutAway(kind) => drop(self.lots.remove(kind)),
            ShiftEvent::ClockConfirmed { wall, boot, mono, .. } => {
                self.clock = Some(ConfirmedClock { boot: boot.clone(), wall: *wall, mono: *mono });
            }
            ShiftEvent::LimitsFound { settings, changed } => {
                self.limits = Some(settings.clone());
                self.limits_changed.clone_from(changed);
            }
            ShiftEvent::LimitsConfirmed { .. } => self.limits_changed.clear(),
            ShiftEvent::CheckWaits { kind, bed, donation, by } => {
                self.check_waits(at, *kind, (*bed, *donation), by);
            }
            ShiftEvent::CheckCleared { number, .. } => self.waiting.retain(|check| check.number != *number),
            ShiftEvent::DonationClosed(closed) => self.donation_closed(at, closed),
            ShiftEvent::SegmentsDone(donation) => drop(self.segments_later.remove(donation)),
            ShiftEvent::DinUsed(din) => self.din(*din, true),
            ShiftEvent::DinVoided(din) => self.din(*din, false),
            ShiftEvent::Corrected { .. } => {
                if let Some(open) = &mut self.open {
                    open.corrections = open.corrections.saturating_add(1);
                }
            }
            ShiftEvent::DeviationOpened { kind, source } => self.deviate(at, *kind, *source),
            ShiftEvent::DeviationCleared { number, by, note } => {
                if let Some(found) = self.deviations.iter_mut().find(|d| d.number == *number) {
                    found.cleared = Some((by.id.clone(), note.clone()));
                }
            }
            ShiftEvent::DinsLeft { count, .. } => {
                if let Some(open) = &mut self.open {
                    open.left = Some(*count);
                }
            }
            ShiftEvent::Closed { .. } => self.closed(at),
        }
    }

    fn signed_in(&mut self, operator: &ActingOperator) {
        self.people.insert(operator.id.clone(), operator.role);
        if let Some(open) = &mut self.open {
            open.signed.insert(operator.id.clone(), operator.role);
        }
    }

    fn weighed(
        &mut self,
        settings: &ShiftSettings,
        at: At,
        (bed, by): (BedId, &ActingOperator),
        gross: Milligrams,
        serial: Option<&DeviceSerial>,
    ) {
        let weighed = self.checking.get(&bed).map(|checking| checking.weigh(gross, settings));
        match weighed {
            Some(Ok(Weighed::Next(checking))) => drop(self.checking.insert(bed, checking)),
            Some(Ok(Weighed::Done(points))) => {
                let passed = passes(&points, settings);
                let (day, by, serial) = (at.day, by.id.clone(), serial.cloned());
                self.checking.remove(&bed);
                self.checks.insert(bed, ScaleCheck { day, at: at.wall, by, serial, points, passed });
                if !passed {
                    self.deviate(at, DeviationKind::ScaleCheckFailed, Source::Bed(bed));
                }
            }
            Some(Err(_)) | None => (),
        }
    }

    fn check_waits(
        &mut self,
        at: At,
        kind: CheckKind,
        (bed, donation): (BedId, DonationId),
        by: &OperatorId,
    ) {
        let number = self.number();
        if self.waiting.len() < MAX_WAITING {
            let (by, since) = (by.clone(), at.wall);
            self.waiting.push(WaitingCheck { number, kind, bed, donation, by, since });
        }
        self.deviate(at, DeviationKind::SecondMissing, Source::Donation(donation));
    }

    fn din(&mut self, din: Din, used: bool) {
        let Some(open) = &mut self.open else { return };
        let set = if used { &mut open.used } else { &mut open.voided };
        if set.len() < MAX_LISTED {
            set.insert(din);
        }
        if !used {
            open.used.remove(&din);
        }
    }

    fn opened(&mut self, at: At, place: &Place, by: &ActingOperator) {
        // Whoever opens it has signed in on two factors just now.
        self.people.insert(by.id.clone(), by.role);
        self.open = Some(OpenShift {
            place: place.clone(),
            opened: at.wall,
            by: by.id.clone(),
            signed: self.people.clone(),
            rolls: Vec::new(),
            used: BTreeSet::new(),
            voided: BTreeSet::new(),
            left: None,
            lots: self.lots.values().cloned().collect(),
            closed: BTreeMap::new(),
            corrections: 0,
        });
    }

    fn donation_closed(&mut self, at: At, closed: &ClosedDonation) {
        // A donation that closes again after a torn journal is the same donation.
        if self.open.as_ref().is_some_and(|open| open.closed.contains_key(&closed.donation)) {
            return;
        }
        if let Some(open) = self.open.as_mut().filter(|open| open.closed.len() < MAX_LISTED) {
            open.closed.insert(closed.donation, closed.disposition);
        }
        if closed.segments_later && self.segments_later.len() < MAX_LISTED {
            self.segments_later.insert(closed.donation);
        }
        for kind in &closed.deviations {
            self.deviate(at, *kind, Source::Donation(closed.donation));
        }
    }

    fn closed(&mut self, at: At) {
        let differs = self.balance().is_some_and(|balance| !balance.holds());
        if differs {
            self.deviate(at, DeviationKind::DinsDiffer, Source::Shift);
        }
        self.open = None;
        self.people.clear();
        self.checking.clear();
        // What was cleared belongs to the shift that ends.
        self.deviations.retain(|deviation| deviation.cleared.is_none());
    }

    fn number(&mut self) -> u32 {
        self.numbered = self.numbered.saturating_add(1);
        self.numbered
    }

    fn deviate(&mut self, at: At, kind: DeviationKind, source: Source) {
        let same = |d: &Deviation| d.kind == kind && d.source == source && d.cleared.is_none();
        if self.deviations.iter().any(same) {
            return;
        }
        let number = self.number();
        if self.deviations.len() >= MAX_DEVIATIONS {
            let oldest = self.deviations.iter().position(|d| d.cleared.is_some()).unwrap_or(0);
            self.deviations.remove(oldest);
        }
        self.deviations.push(Deviation { number, kind, source, opened: at.wall, cleared: None });
    }

    /// The balance of donation numbers of the open shift.
    pub fn balance(&self) -> Option<super::dins::Balance> {
        let open = self.open.as_ref()?;
        Some(super::dins::balance(&open.rolls, &open.used, &open.voided, open.left))
    }
}

fn note_lot(used: &mut Vec<LotInUse>, lot: &LotInUse) {
    if used.len() < MAX_LOTS_USED && !used.contains(lot) {
        used.push(lot.clone());
    }
}
