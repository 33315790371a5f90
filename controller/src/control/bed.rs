//! One bed of the station: its walled-in machine and what is remembered beside it.
//!
//! Owns: the bed's revision (raised by all that a person's decision could depend on), and who lies there.
//! Refuses: to decide anything; that is the machine's. A crash loses it; a restart makes it again from the journal.

use super::io::BedParts;
use super::machine::Guarded;
use super::restart::Restarting;
use crate::eligibility::Question;
use station::api::prompt::Prompt;
use station::api::{BedView, StepView, TubeView};
use station::device::{DeviceKind, DeviceReading, Reading, ToolReport, WeightSample};
use station::draw::ClampDelay;
use station::ident::{BedId, Din, DonationId, DonorToken};
use station::measure::{Mono, Wall};
use station::procedure::alarm::ActiveAlarm;
use station::procedure::event::{ActingOperator, Event};
use station::procedure::limits::DonorConnectedSeal;
use station::procedure::phase::PhaseName;
use station::procedure::refusal::Refusal;
use station::record::Disposition;
use station::shift::gates::NoStart;
use std::collections::BTreeMap;

/// What a person's decision at a bed can depend on.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    phase: PhaseName,
    prompt: Prompt,
    donation: Option<DonationId>,
    din: Option<Din>,
    chain: Vec<StepView>,
    tubes: Vec<TubeView>,
    alarms: Vec<ActiveAlarm>,
    refused: Option<Refusal>,
    disposition: Option<Disposition>,
}

/// Kinds of readings of which the last one holds until the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Position,
    Contents,
    Health,
}

impl Class {
    fn of(reading: &Reading) -> Option<Self> {
        match reading {
            Reading::Clamp(_)
            | Reading::Diverter(_)
            | Reading::MixerTurning(_)
            | Reading::EmergencyStop(_)
            | Reading::Sealer(ToolReport::Ready | ToolReport::NotReady)
            | Reading::Separator(ToolReport::Ready | ToolReport::NotReady) => Some(Self::Position),
            Reading::BinFull(_) => Some(Self::Contents),
            Reading::Online { .. } | Reading::Faulted(_) => Some(Self::Health),
            Reading::Weight(_)
            | Reading::MixerCycle
            | Reading::TubeFilled(_)
            | Reading::Sealer(ToolReport::Busy | ToolReport::Done | ToolReport::Failed(_))
            | Reading::Separator(ToolReport::Busy | ToolReport::Done | ToolReport::Failed(_)) => None,
        }
    }
}

/// The donor at a bed, as far as the station keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seated {
    /// Which donation.
    pub(super) donation: DonationId,
    /// The same for the same person.
    pub(super) token: DonorToken,
    /// For the screen.
    pub(super) masked: String,
    /// When the donation was opened.
    pub(super) opened: Wall,
}

/// A bed.
pub(super) struct Slot {
    /// Which.
    pub(super) bed: BedId,
    /// Its machine.
    pub(super) machine: Guarded,
    /// Whether its sealer may work while the needle is in the donor.
    pub(super) donor_connected_seal: DonorConnectedSeal,
    /// What the scale of a free bed showed last, and when.
    pub(super) weighed: Option<(WeightSample, Mono)>,
    /// Why no donation may begin here, as the machine was told last.
    pub(super) no_start: Option<NoStart>,
    /// Clamp delay it has learned.
    pub(super) clamp_delay: Option<ClampDelay>,
    /// It was not free when the station stopped, and its machine has not heard of the restart yet.
    pub(super) restarting: Option<Restarting>,
    /// Who acts here, as the machine was told last.
    pub(super) acting: Option<ActingOperator>,
    /// What its devices said last.
    known: BTreeMap<(DeviceKind, Class), Reading>,
    /// Who lies here.
    pub(super) seated: Option<Seated>,
    /// What the BMS may be asked about this donor; from the first answer on, nothing.
    pub(super) question: Option<Question>,
    /// What was refused here and not by the machine: newer than the machine's own last refusal.
    notice: Option<Refusal>,
    rev: u64,
    seen: Option<Seen>,
}

impl Slot {
    /// A free bed.
    pub(super) fn new(parts: BedParts, machine: Guarded) -> Self {
        Self {
            bed: parts.bed,
            machine,
            donor_connected_seal: parts.donor_connected_seal,
            weighed: None,
            no_start: None,
            clamp_delay: None,
            restarting: None,
            acting: None,
            known: BTreeMap::new(),
            seated: None,
            question: None,
            notice: None,
            rev: 0,
            seen: None,
        }
    }

    /// Its revision.
    pub(super) fn rev(&self) -> u64 {
        self.rev
    }

    /// The donation on this bed.
    pub(super) fn donation(&self) -> Option<DonationId> {
        self.machine.standing().donation
    }

    /// Whether the bed is free.
    pub(super) fn is_idle(&self) -> bool {
        !self.machine.has_failed()
            && self.restarting.is_none()
            && self.machine.standing().phase == PhaseName::Idle
    }

    /// Shows why something was refused before the machine heard of it, until a person tries something else.
    pub(super) fn notice(&mut self, refusal: Refusal, number: u64) {
        self.notice = Some(refusal);
        self.rev = number.max(self.rev + 1);
    }

    /// Shows it too, as what happened at another bed: what people do here meanwhile counts.
    pub(super) fn mention(&mut self, refusal: Refusal) {
        self.notice = Some(refusal);
    }

    /// Something beside the machine changed that people at the bed have to see.
    pub(super) fn turn(&mut self, number: u64) {
        self.rev = number.max(self.rev + 1);
    }

    /// Keeps what the machine was told of its devices and its operator, for a machine made anew.
    pub(super) fn remember(&mut self, event: &Event) {
        if let Event::Scan(_) | Event::Act(_) | Event::Opened(_) = event {
            self.notice = None;
        } else if let Event::Operator(operator) = event {
            self.acting.clone_from(operator);
        } else if let Event::Reading(reading) = event
            && let Some(class) = Class::of(&reading.reading)
        {
            if let Reading::Faulted(_) = reading.reading {
                // What a device in trouble said before is worth nothing.
                self.known.retain(|(device, _), _| *device != reading.device);
            }
            self.known.insert((reading.device, class), reading.reading.clone());
        }
    }

    /// What the bed's devices said last, as events.
    pub(super) fn known(&self) -> Vec<Event> {
        let event = |(key, reading): (&(DeviceKind, Class), &Reading)| {
            Event::Reading(DeviceReading { device: key.0, reading: reading.clone() })
        };
        self.known.iter().map(event).collect()
    }

    /// Whether nothing of the machine's own is lost when it is made anew: no alarm that a person has still to see, no
    /// emergency that is not over.
    pub(super) fn may_renew(&self, now: Mono) -> bool {
        let pending = |alarm: &ActiveAlarm| alarm.code.latches() && !alarm.acknowledged;
        let stopped = self.machine.standing().stopped;
        self.is_idle()
            && !stopped
            && self.machine.view(now).is_some_and(|view| !view.alarms.iter().any(pending))
    }

    /// Looks whether anything changed that a person could depend on. `number` grows over all runs of the station, so that
    /// a revision from before a restart is never taken for one after it.
    pub(super) fn revise(&mut self, now: Mono, number: u64) {
        if self.donation().is_none() {
            self.seated = None;
            self.question = None;
        }
        let seen = self.machine.view(now).map(|view| Seen {
            phase: view.phase,
            prompt: view.prompt,
            donation: view.donation,
            din: view.din,
            chain: view.chain,
            tubes: view.tubes,
            alarms: view.alarms,
            refused: view.refused,
            disposition: view.disposition,
        });
        if seen != self.seen || self.machine.has_failed() {
            self.seen = seen;
            self.rev = number.max(self.rev + 1);
        }
    }

    /// What the machine shows, with what only the station knows filled in.
    pub(super) fn view(&self, now: Mono) -> Option<BedView> {
        let mut view = self.machine.view(now)?;
        view.rev = self.rev;
        view.donor = self.seated.as_ref().map(|seated| seated.masked.clone());
        view.refused = self.notice.clone().or(view.refused);
        Some(view)
    }
}
