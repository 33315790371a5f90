//! The machine of one bed: one event in, its commands out.
//!
//! Owns: the order of a step (facts noted, guard, event, panel), and the one place where phases change. Refuses: a second
//! event before the first one's commands are drained is allowed but keeps their order. A crash loses the machine; a replay
//! of its journaled events makes it again.

use super::alarm::AlarmCode;
use super::bed::{Bed, Line};
use super::command::{Command, Epoch};
use super::disputed::Places;
use super::donation::Donation;
use super::event::{Event, Scan, SharedFact};
use super::guard;
use super::labels::Expected;
use super::phase::{After, Cx, Outcome, Phase, PhaseName, Stage, Step};
use super::phases::{Identify, Interrupted};
use super::protect;
use super::refusal::Refusal;
use super::timers::Timer;
use crate::api::prompt::Prompt;
use crate::device::{Actuation, DeviceKind, DeviceReading, Fault, Reading};
use crate::ident::{BedId, DonationId};
use crate::measure::{Milligrams, Mono};

/// A donation under way and where it is.
#[derive(Debug, Clone)]
pub(super) struct Busy {
    pub(super) donation: Donation,
    pub(super) phase: Phase,
}

/// The procedure of one bed.
///
/// Calling order: [`Procedure::handle`] with one event, then [`Procedure::poll_command`] until it is empty, then
/// [`Procedure::next_timeout`]. When that instant has come, ask [`Procedure::due`] and hand the answer back as
/// [`Event::Timer`], again until nothing is due.
#[derive(Debug, Clone)]
pub struct Procedure {
    pub(super) bed: Bed,
    pub(super) busy: Option<Box<Busy>>,
}

impl Procedure {
    /// A free bed of which nothing is known yet.
    pub fn new(bed: BedId) -> Self {
        Self { bed: Bed::new(bed), busy: None }
    }

    /// Takes one fact in. Protective acts, readings, timers and what came of permits are never refused.
    ///
    /// # Errors
    /// [`Refusal`] when a scan, an act or an opening was not taken; then nothing advances.
    pub fn handle(&mut self, now: Mono, event: &Event) -> Result<(), Refusal> {
        if let Event::Timer(timer) = event {
            if self.bed.timers.at(*timer).is_none_or(|at| at > now) {
                return Ok(());
            }
            self.bed.timers.disarm(*timer);
        }
        let proved = self.note(now, event);
        self.obey_guard(now);
        let result = self.dispatch(now, event, proved);
        self.after(now, event, &result);
        self.note_prompt(now);
        result
    }

    /// The next order, in the order of deciding.
    pub fn poll_command(&mut self) -> Option<Command> {
        self.bed.poll()
    }

    /// When the earliest timer comes due.
    pub fn next_timeout(&self) -> Option<Mono> {
        self.bed.timers.next()
    }

    /// The timer that is due, to be handed back as [`Event::Timer`].
    pub fn due(&self, now: Mono) -> Option<Timer> {
        self.bed.timers.due(now)
    }

    /// The bed's generation: a permit of another one must not fire.
    pub fn epoch(&self) -> Epoch {
        self.bed.epoch()
    }

    /// The guard on present readings, asked when a permit is about to leave.
    ///
    /// # Errors
    /// The first [`Refusal`] that holds: the permit must not leave.
    pub fn may_fire(&self, now: Mono, actuation: Actuation) -> Result<(), Refusal> {
        let busy = self.busy.as_ref().map(|b| (&b.donation, &b.phase));
        guard::may_fire(now, &self.bed, busy, actuation)
    }

    /// Whether the guard finds nothing that demands a protective act. For the bed's own enable (deadman).
    pub fn guard_passes(&self, now: Mono) -> bool {
        let busy = self.busy.as_ref().map(|b| (&b.donation, &b.phase));
        let verdict = guard::look(now, &self.bed, busy);
        verdict.close.is_none() && !verdict.emergency && !self.bed.alarms().holds(AlarmCode::ClampNotClosed)
    }

    /// Where the bed is.
    pub fn phase(&self) -> PhaseName {
        self.busy.as_ref().map_or(PhaseName::Idle, |b| b.phase.name())
    }

    /// The donation under way.
    pub fn donation(&self) -> Option<DonationId> {
        self.busy.as_ref().map(|b| b.donation.opening.donation)
    }

    /// What should hang on the tray as believed, the rocking of single weights left out; `None` before a set was tared.
    pub fn on_tray(&self, now: Mono) -> Option<Milligrams> {
        self.busy.as_ref().and_then(|b| b.donation.blood.on_tray(now))
    }

    /// Whether the bed is free.
    pub fn is_idle(&self) -> bool {
        self.busy.is_none()
    }

    /// Needles in the bed's sharps bin by this machine's count. One made anew in its place has to be told.
    pub fn binned(&self) -> u32 {
        self.bed.binned
    }

    /// Whether the bed is under an emergency stop that nobody has declared over. One made anew in its place has to be told.
    pub fn is_stopped(&self) -> bool {
        self.bed.emergency
    }

    /// Everything off, after this bed's program failed in the middle of a step. From here people finish by hand; no permit is
    /// ever given again by this machine.
    pub fn latch_safe(&mut self, now: Mono) {
        self.bed.failed = true;
        self.bed.drop_permits();
        self.bed.resume_audio();
        self.bed.timers.clear();
        self.bed.close_clamp(now);
        for actuation in Actuation::SAFE {
            self.bed.protect(actuation);
        }
        self.bed.forget_panel();
        self.bed.set(AlarmCode::BedFailed, true, now);
        if let Some(busy) = self.busy.as_mut() {
            let was = std::mem::replace(&mut busy.phase, Phase::Identify(Identify::default()));
            busy.phase = if let Phase::Closed(_) | Phase::Interrupted(_) = was {
                was
            } else {
                Phase::Interrupted(Box::new(Interrupted::failed(was)))
            };
        }
        self.bed.refresh_panel();
    }

    /// Notes facts that hold whatever is decided about them. True when the clamp's ordered move is proved by this event.
    fn note(&mut self, now: Mono, event: &Event) -> bool {
        match event {
            Event::Reading(reading) => return self.note_reading(now, reading),
            Event::Operator(operator) => {
                if self.bed.operator != *operator {
                    self.bed.operator.clone_from(operator);
                    self.bed.touch();
                }
            }
            Event::Shared(fact) => self.note_shared(now, *fact),
            Event::Opened(_)
            | Event::Scan(_)
            | Event::Act(_)
            | Event::PermitFired(_)
            | Event::PermitLapsed { .. }
            | Event::Timer(_)
            | Event::Eligibility(_)
            | Event::Restarted(_) => (),
        }
        false
    }

    fn note_reading(&mut self, now: Mono, reading: &DeviceReading) -> bool {
        if self.bed.senses.note(now, reading) {
            self.bed.touch();
        }
        if self.busy.is_none() {
            self.bed.senses.accept_units();
        }
        if let Reading::Weight(sample) = &reading.reading {
            if let Some(busy) = &mut self.busy {
                busy.donation.watch_tray(now, *sample);
                busy.donation.weighed(now, *sample);
                // From the order to open on blood may run, whatever the phase.
                let may_run = matches!(self.bed.line, Line::Opening | Line::Open);
                if may_run || busy.phase.weighs() {
                    self.bed.timers.arm(Timer::WeightStale, now + busy.donation.stale());
                } else {
                    self.bed.timers.disarm(Timer::WeightStale);
                }
            }
            return false;
        }
        if let Reading::MixerCycle | Reading::MixerTurning(true) = &reading.reading {
            let pulse = reading.reading == Reading::MixerCycle;
            self.bed.mixer_alive(now, pulse);
            if let Some(busy) = self.busy.as_mut().filter(|_| pulse) {
                busy.donation.blood.cycle(now);
            }
            return false;
        }
        if let Reading::Faulted(fault) = &reading.reading {
            match (reading.device, fault) {
                (DeviceKind::Mixer, Fault::Stalled) => self.bed.mixer_stalled(),
                (DeviceKind::Mixer, fault) if fault.is_absence() => self.bed.mixer_away(),
                (_, _) => (),
            }
            self.bed.raise_epoch();
            return false;
        }
        let Reading::Clamp(_) = &reading.reading else { return false };
        let proved = self.bed.follow_clamp(now);
        // What the clamp does in the tail is not of the collection any more.
        if let (true, Some(busy)) = (proved, self.busy.as_mut().filter(|b| b.donation.clamped.is_none())) {
            busy.donation.blood.clamp(now, self.bed.line == Line::Open);
        }
        proved
    }

    fn note_shared(&mut self, now: Mono, fact: SharedFact) {
        let shared = &mut self.bed.shared;
        let (code, holds) = match fact {
            SharedFact::JournalSlow(slow) => {
                shared.journal_slow = slow;
                (AlarmCode::JournalSlow, slow)
            }
            SharedFact::JournalFailed => {
                shared.journal_failed = true;
                (AlarmCode::JournalFailed, true)
            }
            SharedFact::ClockTrusted(trusted) => {
                shared.clock_untrusted = !trusted;
                (AlarmCode::ClockUntrusted, !trusted)
            }
            SharedFact::Backlog(waits) => (AlarmCode::Backlog, waits),
            SharedFact::StorageWrong(wrong) => (AlarmCode::StorageWrong, wrong),
            SharedFact::TerminalsGone(gone) => {
                shared.terminals_gone = gone;
                // Nobody sees any more how long it would be silent.
                if gone {
                    self.bed.resume_audio();
                }
                return;
            }
            SharedFact::NoStart(why) => {
                if shared.no_start != why {
                    shared.no_start = why;
                    self.bed.touch();
                }
                return;
            }
            SharedFact::Binned(count) => {
                self.bed.binned = count;
                return;
            }
        };
        self.bed.set(code, holds, now);
    }

    /// Analyse first, act once.
    fn obey_guard(&mut self, now: Mono) {
        let busy = self.busy.as_ref().map(|b| (&b.donation, &b.phase));
        let verdict = guard::look(now, &self.bed, busy);
        for (code, holds) in verdict.alarms {
            self.bed.set(code, holds, now);
        }
        if verdict.ran_on {
            self.bed.let_go();
            if let Some(busy) = &mut self.busy {
                busy.donation.blood.ran_on(now);
            }
        }
        self.watch_mixing(now);
        if verdict.emergency {
            self.emergency(now);
        }
        if verdict.still && self.bed.mixer_wanted {
            self.bed.protect(Actuation::MixerStop);
        }
        if let Some(after) = verdict.close {
            if self.bed.line != Line::Closing {
                self.bed.close_clamp(now);
            }
            self.with_stage(now, |stage, cx| Ok(stage.close(cx, after))).unwrap_or(());
        }
    }

    /// Blood in the bag and no mixing: by hand within its time, again and again.
    fn watch_mixing(&mut self, now: Mono) {
        let bloody = self.busy.as_ref().filter(|b| b.donation.blood.reached_bag() || b.donation.mixing_due());
        match bloody {
            Some(busy) if self.bed.alarms().holds(AlarmCode::MixerStalled) => {
                if self.bed.timers.at(Timer::HandMix).is_none() {
                    self.bed.timers.arm(Timer::HandMix, now + busy.donation.seconds(|l| l.hand_mix_s));
                }
            }
            Some(_) | None => self.bed.timers.disarm(Timer::HandMix),
        }
    }

    pub(super) fn emergency(&mut self, now: Mono) {
        protect::emergency(now, &mut self.bed);
        self.with_stage(now, |stage, cx| Ok(stage.close(cx, After::Emergency))).unwrap_or(());
    }

    fn dispatch(&mut self, now: Mono, event: &Event, proved: bool) -> Result<(), Refusal> {
        match event {
            Event::Opened(opening) => self.open(now, opening),
            Event::Operator(_) | Event::Shared(_) => Ok(()),
            Event::Scan(scan) => self.scan(now, scan),
            Event::Act(act) => self.act(now, act),
            Event::Reading(reading) => self.reading(now, reading, proved),
            Event::PermitFired(id) => self.fired(now, *id),
            Event::PermitLapsed { permit, why } => self.lapsed(now, *permit, *why),
            Event::Timer(timer) => self.timer(now, *timer),
            Event::Restarted(restart) => self.restarted(now, restart),
            Event::Eligibility(answer) => self.told_eligibility(now, answer.as_ref()),
        }
    }

    /// What follows every step: the record's notes, the last refusal, the panel.
    fn after(&mut self, now: Mono, event: &Event, result: &Result<(), Refusal>) {
        match (event, result) {
            (Event::Scan(_) | Event::Act(_) | Event::Opened(_), Err(refusal)) => {
                if let Event::Scan(scan) = event {
                    self.not_taken(now, scan, refusal);
                }
                self.bed.refused = Some(refusal.clone());
            }
            (Event::Scan(_) | Event::Act(_) | Event::Opened(_), Ok(())) => {
                self.bed.refused = None;
                self.bed.touch();
            }
            (_, Ok(()) | Err(_)) => (),
        }
        if let Some(busy) = &self.busy {
            for code in [AlarmCode::LabelMismatch, AlarmCode::LabelRefused] {
                self.bed.set(code, busy.donation.disputes(code), now);
            }
        }
        let raised = std::mem::take(&mut self.bed.raised);
        if let Some(busy) = &mut self.busy {
            for code in raised {
                busy.donation.note_alarm(now, code);
            }
        }
        self.bed.refresh_panel();
    }

    /// A label was not taken: one that is wrong has to be answered, and one that is right, though ticked off before or not
    /// asked for, answers. One that is wrong while its alarm is known already is told anew.
    fn not_taken(&mut self, now: Mono, scan: &Scan, refusal: &Refusal) {
        let bed = self.bed.id;
        let Some(busy) = &mut self.busy else { return };
        let d = &mut busy.donation;
        let expected = Expected { bed, din: d.expected_din() };
        let elsewhere = matches!(refusal, Refusal::AlreadyScanned | Refusal::WrongLabelPlace { .. });
        if elsewhere {
            d.answers(scan, expected, matches!(busy.phase, Phase::Reconcile(_)));
            return;
        }
        let (open, known) = (busy.phase.outstanding(d), d.places());
        let places = Places { open: &open, known: &known, items: &d.opening.settings.label_items };
        if let Some(code) = d.disputed.note(scan, refusal, places)
            && self.bed.alarms().acknowledged(code)
        {
            self.bed.set(code, false, now);
        }
    }

    /// Lets the present phase answer and takes its step: the one place where phases change.
    pub(super) fn with_stage(
        &mut self,
        now: Mono,
        answer: impl FnOnce(&mut dyn Stage, &mut Cx<'_>) -> Outcome,
    ) -> Result<(), Refusal> {
        let Some(busy) = self.busy.as_deref_mut() else { return Err(Refusal::NotNow) };
        let mut cx = Cx { now, bed: &mut self.bed, d: &mut busy.donation };
        let ordered = cx.bed.ordered();
        match answer(busy.phase.stage_mut(), &mut cx)? {
            Step::Stay => (),
            Step::Go(next) => {
                busy.phase = next;
                // A hand holds a line for one moment of the procedure, not for the rest of it.
                self.bed.let_go();
                self.bed.raise_epoch();
                self.bed.restamp(ordered);
            }
            Step::Free => {
                self.busy = None;
                self.bed.rest_mixer();
                self.bed.raise_epoch();
                self.bed.vacate(now);
            }
        }
        Ok(())
    }

    /// Keeps since when people are asked what they are asked.
    fn note_prompt(&mut self, now: Mono) {
        let prompt = self.prompt();
        if self.bed.prompted.as_ref().is_none_or(|(before, _)| *before != prompt) {
            self.bed.prompted = Some((prompt, now));
        }
    }

    /// The one thing to do now.
    pub fn prompt(&self) -> Prompt {
        super::view::prompt(self)
    }
}
