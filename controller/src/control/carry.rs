//! Carrying out: from one event of one bed to orders, entries and waiting permits; and from the disk's word to their release.
//!
//! Owns: the order in which an event's consequences leave, and the containment of a bed that fails. Refuses: to let anything
//! that cannot be journaled go on: such a bed is made safe.

use super::Station;
use super::entries::{BedFailed, CommandEntry, EventEntry};
use super::envelope::{Closing, freeze};
use super::gate::{Waiting, verdict};
use super::io::Output;
use super::machine::Handled;
use super::pen::Pen;
use crate::clock::Stamp;
use crate::journal::entry::{ClampLearned, Closed, DinBound, DinState, DraftError, Opened};
use station::device::{Actuation, Direction, Reading, Signal, WeightSample};
use station::ident::{BedId, DonationId};
use station::measure::Wall;
use station::procedure::alarm::AlarmCode;
use station::procedure::command::Command;
use station::procedure::event::{Act, Event, Lapse, PermitId};
use station::procedure::refusal::Refusal;
use station::record::DonationRecord;

/// Most permits and lapses that one step settles; the rest follows in the next.
const MAX_SETTLED: usize = 256;

/// What makes a bed safe. The mixer is not in it: blood that stands still clots, and closing the clamp never stops the mixer.
const BED_SAFE: [Actuation; 7] = [
    Actuation::ClampClose,
    Actuation::SealerDisable,
    Actuation::SeparatorDisable,
    Actuation::DivertToPouch,
    Actuation::ScannerTrigger(false),
    Actuation::Lamp(Signal::High),
    Actuation::Buzzer(Signal::High),
];

/// What heats or cuts. In an emergency it is off, whichever bed uses it.
const TOOLS_OFF: [Actuation; 2] = [Actuation::SealerDisable, Actuation::SeparatorDisable];

/// Whether somebody pressed an emergency stop.
fn is_emergency(event: &Event) -> bool {
    match event {
        Event::Act(act) => act.act == Act::EmergencyStop,
        Event::Reading(reading) => reading.reading == Reading::EmergencyStop(true),
        Event::Opened(_)
        | Event::Operator(_)
        | Event::Scan(_)
        | Event::PermitFired(_)
        | Event::PermitLapsed { .. }
        | Event::Timer(_)
        | Event::Restarted(_)
        | Event::Eligibility(_)
        | Event::Shared(_) => false,
    }
}

fn weight(event: &Event) -> Option<WeightSample> {
    match event {
        Event::Reading(reading) => match reading.reading {
            Reading::Weight(sample) => Some(sample),
            Reading::Clamp(_)
            | Reading::MixerCycle
            | Reading::MixerTurning(_)
            | Reading::Diverter(_)
            | Reading::Sealer(_)
            | Reading::Separator(_)
            | Reading::BinFull(_)
            | Reading::EmergencyStop(_)
            | Reading::TubeFilled(_)
            | Reading::Online { .. }
            | Reading::Faulted(_) => None,
        },
        Event::Opened(_)
        | Event::Operator(_)
        | Event::Scan(_)
        | Event::Act(_)
        | Event::PermitFired(_)
        | Event::PermitLapsed { .. }
        | Event::Timer(_)
        | Event::Restarted(_)
        | Event::Eligibility(_)
        | Event::Shared(_) => None,
    }
}

impl Station {
    /// Gives a bed's machine an event and carries out what it orders. Gives back why it was refused, if it was.
    pub(super) fn feed(&mut self, at: usize, now: Stamp, event: Event) -> Option<Refusal> {
        if self.slots[at].restarting.is_some() {
            // The machine has to hear of the restart before anything else.
            self.restarted(at, now);
        }
        let bed = self.slots[at].bed;
        self.slots[at].remember(&event);
        let sample = weight(&event);
        if let Some(sample) = sample {
            // A free bed's machine does not look at weights, so they are neither fed nor kept; a check of the scale looks at the last.
            self.slots[at].weighed = Some((sample, now.mono));
            self.slots[at].donation()?;
            if let Some(pack) = self.packer.push(bed, now.mono, sample, None) {
                self.keep(Some(at), |pen| pen.pack(now, pack));
            }
        } else {
            self.cut(now, bed);
        }
        let before = self.slots[at].donation();
        let pressed = is_emergency(&event);
        let protective = pressed || matches!(&event, Event::Act(act) if act.act.is_protective());
        if protective && self.slots[at].machine.has_failed() {
            // No machine is left to order it.
            self.drive_safe(bed);
        }
        let handled = self.slots[at].machine.handle(now.mono, &event);
        let raised = |c: &Command| matches!(c, Command::Raise(AlarmCode::EmergencyStop));
        let emergency = pressed || handled.as_ref().is_ok_and(|handled| handled.commands.iter().any(raised));
        let refused = match handled {
            Ok(handled) => {
                let refused = handled.refused.clone();
                let looked_at = sample.is_none() || !handled.commands.is_empty();
                self.carry_out(at, now, event, handled, before);
                if looked_at {
                    let number = self.pen.next_seq();
                    self.slots[at].revise(now.mono, number);
                }
                refused
            }
            Err(_) => {
                self.contain(at, now);
                self.keep(None, |pen| pen.write(now, Some(bed), &EventEntry { event, refused: None }));
                Some(Refusal::NotNow)
            }
        };
        if emergency {
            self.emergency(at);
        }
        refused
    }

    fn carry_out(
        &mut self,
        at: usize,
        now: Stamp,
        event: Event,
        handled: Handled,
        before: Option<DonationId>,
    ) {
        let bed = self.slots[at].bed;
        let Handled { refused, commands } = handled;
        for command in &commands {
            if let Command::Protect(actuation) = command {
                self.protect(bed, *actuation);
            }
        }
        let donation = self.slots[at].donation().or(before);
        if before.is_some() && self.slots[at].donation().is_none() {
            for scanner in self.devices.end_loans(bed) {
                self.note_loan(now, &scanner, None);
            }
        }
        if weight(&event).is_none() {
            if let (Event::Opened(opening), None) = (&event, &refused) {
                let opened = Opened { donation: opening.donation, bed };
                self.keep(Some(at), |pen| pen.write(now, Some(bed), &opened));
            }
            self.keep(Some(at), |pen| pen.write(now, Some(bed), &EventEntry { event, refused }));
        } else if !commands.is_empty() {
            self.cut(now, bed);
        }
        if commands.is_empty() {
            return;
        }
        let (records, commands): (Vec<Command>, Vec<Command>) =
            commands.into_iter().partition(|command| matches!(command, Command::Close(_)));
        let mut written = true;
        if !commands.is_empty() {
            let entry = CommandEntry { commands: commands.clone() };
            written = self.keep(Some(at), |pen| pen.write(now, Some(bed), &entry));
        }
        for command in commands.into_iter().chain(records) {
            self.consequence(at, now, command, donation, written);
        }
    }

    /// What follows from one command beside its entry. `written` says whether its intent was journaled.
    pub(super) fn consequence(
        &mut self,
        at: usize,
        now: Stamp,
        command: Command,
        donation: Option<DonationId>,
        written: bool,
    ) {
        let bed = self.slots[at].bed;
        match command {
            Command::Protect(_) | Command::Raise(_) | Command::Clear(_) => {}
            Command::AskEligibility => {
                // A bed that knows no question waits for its limit and goes on with the list.
                self.rest.extend(self.slots[at].question.clone().map(Output::Ask));
            }
            Command::Permit(permit) => {
                let id = permit.id;
                let direct = permit.actuation.direction() == Direction::Permit;
                let waiting = Waiting { bed, permit, after_seq: self.pen.last_seq() };
                self.pen.force();
                if self.pen.has_failed() || !written || !direct || !self.gate.wait(waiting) {
                    self.lapse(bed, id, Lapse::Expired);
                }
            }
            Command::BindDin(din) => {
                if let Some(donation) = donation {
                    self.register.bind(din, donation);
                    self.devices.part(bed);
                    self.count_din(now, din, true);
                    let body = DinBound { donation, din, state: DinState::Used };
                    self.keep(Some(at), |pen| pen.write(now, Some(bed), &body));
                }
            }
            Command::VoidDin(din) => {
                self.register.void(din);
                self.devices.part(bed);
                self.count_din(now, din, false);
                if let Some(donation) = donation {
                    let body = DinBound { donation, din, state: DinState::Voided };
                    self.keep(Some(at), |pen| pen.write(now, Some(bed), &body));
                }
            }
            Command::ClampDelayLearned(delay) => {
                self.slots[at].clamp_delay = Some(delay);
                self.keep(Some(at), |pen| pen.write(now, Some(bed), &ClampLearned { bed, delay }));
            }
            Command::CheckLater(kind) => self.check_later(now, at, kind, donation),
            Command::Close(record) => {
                let seated = self.slots[at].seated.as_ref();
                let opened = seated.map_or(now.wall, |seated| seated.opened);
                self.close(at, now, (opened, now), *record);
            }
        }
    }

    /// Freezes a donation's record. Opened and closed are those of the donation: the record that a power cut took is written
    /// at the next start, and says when its donation was. A donation whose record cannot be kept is not closed.
    pub(super) fn close(
        &mut self,
        at: usize,
        now: Stamp,
        (opened, closed): (Wall, Stamp),
        record: DonationRecord,
    ) {
        let (bed, donation) = (self.slots[at].bed, record.donation);
        self.note_drawn(Some(at), (now, closed), &record);
        self.count_closed(now, &record);
        self.note_closed(at, now, &record);
        let (station, utc_offset_min) = (&self.name, self.utc_offset_min);
        let closing = Closing { station, opened, utc_offset_min, now: closed, version: 1 };
        let frozen = freeze(&closing, record).map_err(DraftError::Json);
        if self.keep(Some(at), |pen| pen.write(now, Some(bed), &frozen?)) {
            self.keep(Some(at), |pen| pen.write(now, Some(bed), &Closed { donation }));
        }
        self.pen.force();
    }

    /// A protective order: it leaves before anything else. A bed without that device has nothing to protect with it; nor has
    /// one whose shared tool works for another bed: its own shot is not there, and the other's is not its to end.
    pub(super) fn protect(&mut self, bed: BedId, actuation: Actuation) {
        if let Some(device) = self.devices.for_order(bed, actuation) {
            self.orders.push_back(Output::Order { device: device.clone(), actuation, permit: None });
        }
    }

    /// An emergency at a bed, beyond what its machine has ordered: the tools that it shares stop at once, in the middle of
    /// another bed's shot too. Better a seal that a person has to look at than a person who is burnt.
    fn emergency(&mut self, at: usize) {
        let bed = self.slots[at].bed;
        for actuation in TOOLS_OFF {
            if let Some(device) = self.devices.at_work_elsewhere(bed, actuation) {
                self.orders.push_back(Output::Order { device: device.clone(), actuation, permit: None });
            }
        }
    }

    /// Drives a bed safe and calls people to it.
    pub(super) fn drive_safe(&mut self, bed: BedId) {
        for actuation in BED_SAFE {
            self.protect(bed, actuation);
        }
    }

    /// A bed's machine panicked: it is made safe; at the second such failure every bed is.
    pub(super) fn contain(&mut self, at: usize, now: Stamp) {
        self.failures = self.failures.saturating_add(1);
        let all = self.failures >= 2;
        for other in 0..self.slots.len() {
            if other != at && !all {
                continue;
            }
            let bed = self.slots[other].bed;
            self.drive_safe(bed);
            // Nobody is told of these lapses: their machine decides nothing any more.
            drop(self.gate.close_bed(bed));
            if !self.slots[other].machine.has_failed() {
                self.slots[other].machine.latch_safe(now.mono);
                // Its own replay has to stop here as well.
                let failures = self.failures;
                self.keep(None, |pen| pen.write(now, Some(bed), &BedFailed { failures }));
            }
            let number = self.pen.next_seq();
            self.slots[other].revise(now.mono, number);
        }
        let (bed, failures) = (self.slots[at].bed, self.failures);
        tracing::error!(%bed, failures, "a bed's program failed; made safe");
        self.keep(None, |pen| pen.write(now, Some(bed), &BedFailed { failures }));
        self.pen.force();
    }

    /// Ends the bed's pack of weights: before anything else of that bed is written.
    pub(super) fn cut(&mut self, now: Stamp, bed: BedId) {
        if let Some(pack) = self.packer.cut(bed) {
            self.keep(None, |pen| pen.pack(now, pack));
        }
    }

    /// Writes an entry. What cannot be written makes its bed safe: nothing goes on unrecorded. Says whether it was written.
    pub(super) fn keep(
        &mut self,
        at: Option<usize>,
        write: impl FnOnce(&mut Pen) -> Result<(), DraftError>,
    ) -> bool {
        let Err(error) = write(&mut self.pen) else { return true };
        tracing::error!(%error, "an entry cannot be journaled");
        if let Some(at) = at {
            let bed = self.slots[at].bed;
            self.drive_safe(bed);
            drop(self.gate.close_bed(bed));
        }
        false
    }

    /// A permit will never fire; its machine hears of it before this step ends.
    pub(super) fn lapse(&mut self, bed: BedId, permit: PermitId, why: Lapse) {
        if let Some(at) = self.at(bed) {
            self.lapses.push_back((at, permit, why));
        }
    }

    /// Ends a step: permits that are ready fire or lapse, then entries and answers are handed out.
    pub(super) fn settle(&mut self, now: Stamp) {
        for _ in 0..MAX_SETTLED {
            if let Some((at, permit, why)) = self.lapses.pop_front() {
                self.feed(at, now, Event::PermitLapsed { permit, why });
            } else if let Some(waiting) = self.gate.next(now.mono) {
                self.release(now, &waiting);
            } else {
                break;
            }
        }
        self.hand_out();
    }

    fn release(&mut self, now: Stamp, waiting: &Waiting) {
        let Some(at) = self.at(waiting.bed) else { return };
        let permit = &waiting.permit;
        let machine = &self.slots[at].machine;
        let verdict = verdict(self.gate.is_durable(waiting), permit, machine.standing().epoch, now.mono)
            .and_then(|()| machine.may_fire(now.mono, permit.actuation).map_err(|_| Lapse::GuardRefused));
        let device = self.devices.for_order(waiting.bed, permit.actuation).cloned();
        match (verdict, device) {
            (Ok(()), Some(device)) => {
                self.devices.hold(&device, waiting.bed, permit.actuation);
                let permit_of = Some((waiting.bed, permit.id));
                self.orders.push_back(Output::Order {
                    device,
                    actuation: permit.actuation,
                    permit: permit_of,
                });
                self.feed(at, now, Event::PermitFired(permit.id));
            }
            (Ok(()), None) => {
                self.feed(at, now, Event::PermitLapsed { permit: permit.id, why: Lapse::DeviceRefused });
            }
            (Err(why), _) => {
                self.feed(at, now, Event::PermitLapsed { permit: permit.id, why });
            }
        }
    }

    pub(super) fn hand_out(&mut self) {
        self.rest.extend(self.pen.take());
        while let Some(answer) = self.answers.next(self.durable) {
            self.rest.push_back(answer);
        }
    }
}
