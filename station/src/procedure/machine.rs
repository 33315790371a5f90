//! The machine of one bed: one event in, its commands out.
//!
//! Owns: the order of a step (facts noted, guard, event, panel), and the one place where phases change. Refuses: a second
//! event before the first one's commands are drained is allowed but keeps their order. A crash loses the machine; a replay
//! of its journaled events makes it again.

use super::alarm::AlarmCode;
use super::bed::{Bed, Line};
use super::command::{Command, Epoch};
use super::donation::Donation;
use super::event::{Act, Event, Lapse, Opening, PermitId, PersonAct, Restart, Scan, ScanVia, SharedFact};
use super::guard;
use super::labels;
use super::phase::{After, Cx, Gate, Outcome, Phase, PhaseName, Stage, Step};
use super::phases::{Identify, Interrupted, end_draw};
use super::protect::{self, Protective};
use super::refusal::Refusal;
use super::second_check;
use super::timers::Timer;
use crate::api::prompt::Prompt;
use crate::device::{Actuation, DeviceReading, Reading};
use crate::ident::{BedId, CommandCode, DonationId, Scanned};
use crate::measure::{Mono, Span};

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

    /// Whether the bed is free.
    pub fn is_idle(&self) -> bool {
        self.busy.is_none()
    }

    /// Everything off, after this bed's program failed in the middle of a step. From here people finish by hand; no permit is
    /// ever given again by this machine.
    pub fn latch_safe(&mut self, now: Mono) {
        self.bed.failed = true;
        self.bed.drop_permits();
        self.bed.timers.clear();
        self.bed.close_clamp(now);
        for actuation in Actuation::SAFE {
            self.bed.protect(actuation);
        }
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
            | Event::Restarted(_) => (),
        }
        false
    }

    fn note_reading(&mut self, now: Mono, reading: &DeviceReading) -> bool {
        if self.bed.senses.note(now, reading) {
            self.bed.touch();
        }
        if let Reading::Weight(sample) = &reading.reading {
            if let Some(busy) = &mut self.busy {
                busy.donation.blood.weight(now, *sample);
                if matches!(busy.phase, Phase::Divert(_) | Phase::Draw(_)) {
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
        if let Reading::Faulted(_) = &reading.reading {
            self.bed.raise_epoch();
            return false;
        }
        let Reading::Clamp(_) = &reading.reading else { return false };
        let proved = self.bed.follow_clamp(now);
        if let (true, Some(busy)) = (proved, &mut self.busy) {
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
            SharedFact::TerminalsGone(gone) => {
                shared.terminals_gone = gone;
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
        if verdict.emergency {
            self.emergency(now);
        }
        if let Some(after) = verdict.close {
            if self.bed.line != Line::Closing {
                self.bed.close_clamp(now);
            }
            self.with_stage(now, |stage, cx| Ok(stage.close(cx, after))).unwrap_or(());
        }
    }

    fn emergency(&mut self, now: Mono) {
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
        }
    }

    /// What follows every step: the record's notes, the last refusal, the panel.
    fn after(&mut self, now: Mono, event: &Event, result: &Result<(), Refusal>) {
        match (event, result) {
            (Event::Scan(_) | Event::Act(_) | Event::Opened(_), Err(refusal)) => {
                if let Some(code) = labels::alarm_of(refusal) {
                    self.bed.set(code, true, now);
                }
                self.bed.refused = Some(refusal.clone());
            }
            (Event::Scan(_) | Event::Act(_) | Event::Opened(_), Ok(())) => {
                self.bed.refused = None;
                self.bed.touch();
            }
            (_, Ok(()) | Err(_)) => (),
        }
        let raised = std::mem::take(&mut self.bed.raised);
        if let Some(busy) = &mut self.busy {
            for code in raised {
                busy.donation.note_alarm(now, code);
            }
        }
        self.bed.refresh_panel();
    }

    /// Lets the present phase answer and takes its step: the one place where phases change.
    fn with_stage(
        &mut self,
        now: Mono,
        answer: impl FnOnce(&mut dyn Stage, &mut Cx<'_>) -> Outcome,
    ) -> Result<(), Refusal> {
        let Some(busy) = self.busy.as_deref_mut() else { return Err(Refusal::NotNow) };
        let mut cx = Cx { now, bed: &mut self.bed, d: &mut busy.donation };
        match answer(busy.phase.stage_mut(), &mut cx)? {
            Step::Stay => (),
            Step::Go(next) => {
                busy.phase = next;
                self.bed.raise_epoch();
            }
            Step::Free => {
                self.busy = None;
                self.bed.raise_epoch();
                self.bed.timers.clear();
                self.bed.calling = false;
            }
        }
        Ok(())
    }

    fn open(&mut self, now: Mono, opening: &Opening) -> Result<(), Refusal> {
        if let Some(donation) = self.donation() {
            return Err(Refusal::BedOccupied(donation));
        }
        super::opening::check(opening, &self.bed)?;
        self.bed.senses.accept_units();
        self.bed.permit_life = Span::from_millis(opening.settings.limits.permit_ms.into());
        self.bed.timers.clear();
        self.busy = Some(Box::new(Busy {
            donation: Donation::new(opening.clone()),
            phase: Phase::Identify(Identify::default()),
        }));
        self.bed.raise_epoch();
        for code in [AlarmCode::LabelMismatch, AlarmCode::LabelRefused, AlarmCode::OverVolume] {
            self.bed.set(code, false, now);
        }
        Ok(())
    }

    fn scan(&mut self, now: Mono, scan: &Scan) -> Result<(), Refusal> {
        match &scan.content {
            Scanned::Command(code) => return self.command(now, *code),
            Scanned::Bed(bed) if *bed == self.bed.id => return Ok(()),
            Scanned::Din(_)
            | Scanned::Product(_)
            | Scanned::Expiry(_)
            | Scanned::Container(_)
            | Scanned::Lot(_)
            | Scanned::Structures(_)
            | Scanned::Bed(_)
            | Scanned::Badge(_)
            | Scanned::Opaque { .. } => (),
        }
        let operator = self.bed.acting()?.id.clone();
        if matches!(&scan.via, ScanVia::Typed { by, second } if by == second) {
            return Err(Refusal::SamePerson);
        }
        self.with_stage(now, |stage, cx| stage.scan(cx, scan))?;
        if let Some(busy) = &mut self.busy {
            busy.donation.note_operator(&operator);
            if let ScanVia::Typed { by, second } = &scan.via {
                busy.donation.typed_labels = busy.donation.typed_labels.saturating_add(1);
                busy.donation.note_operator(by);
                busy.donation.note_operator(second);
            }
        }
        for code in [AlarmCode::LabelMismatch, AlarmCode::LabelRefused] {
            self.bed.set(code, false, now);
        }
        Ok(())
    }

    /// A command barcode: a protective one from anyone, the others in the name of the acting operator.
    fn command(&mut self, now: Mono, code: CommandCode) -> Result<(), Refusal> {
        let act = match code {
            CommandCode::Confirm => self.prompt().primary().ok_or(Refusal::NotNow)?,
            CommandCode::Pause => Act::Pause,
            CommandCode::Resume => Act::Resume,
            CommandCode::Clamp => Act::Clamp,
            CommandCode::Stop => Act::EmergencyStop,
            CommandCode::NeedleOut => Act::NeedleOut,
            CommandCode::Help => Act::CallForHelp,
        };
        let by = self.bed.operator.as_ref().map(|o| o.id.clone());
        self.act(now, &PersonAct { act, by, second: None })
    }

    fn act(&mut self, now: Mono, act: &PersonAct) -> Result<(), Refusal> {
        if let Some(protective) = Protective::of(&act.act) {
            self.protective(now, protective);
            if let Some(busy) = &mut self.busy {
                busy.donation.note_people(act);
            }
            return Ok(());
        }
        if let Act::Acknowledge(code) = act.act {
            return if act.by.is_some() { self.bed.acknowledge(code) } else { Err(Refusal::NoOperator) };
        }
        let acting = self.bed.acting()?;
        if act.by.as_ref() != Some(&acting.id) {
            return Err(Refusal::NoOperator);
        }
        if protect::settle(now, &mut self.bed, self.busy.as_deref_mut(), &act.act)? {
            return Ok(());
        }
        let Some(busy) = &mut self.busy else { return Err(Refusal::NotNow) };
        second_check::check(act, &busy.donation)?;
        if self.bed.emergency {
            return Err(Refusal::EmergencyStop);
        }
        if !protect::common(now, &mut self.bed, busy, &act.act)? {
            self.with_stage(now, |stage, cx| stage.act(cx, &act.act))?;
        }
        if let Some(busy) = &mut self.busy {
            busy.donation.note_people(act);
        }
        self.follow_hand(now, &act.act);
        Ok(())
    }

    /// A line pinched by hand is a line proved closed: whoever waits for that goes on.
    fn follow_hand(&mut self, now: Mono, act: &Act) {
        if let Act::ByHand { step: super::event::HandStep::ClampClosed, .. } = act {
            if let Some(busy) = &mut self.busy {
                busy.donation.blood.clamp(now, false);
            }
            self.with_stage(now, |stage, cx| Ok(stage.clamp(cx, false))).unwrap_or(());
        }
        if let Act::Abort(_) = act {
            self.aborted(now);
        }
    }

    fn aborted(&mut self, now: Mono) {
        use super::donation::Needle;
        use super::phases::Closed;
        let Some(busy) = &mut self.busy else { return };
        match busy.donation.needle {
            Needle::Never => {
                self.bed.close_clamp(now);
                if let Some(din) = busy.donation.din {
                    busy.donation.voided.push(din);
                    self.bed.tell(Command::VoidDin(din));
                }
                self.bed.tell(Command::Close(Box::new(busy.donation.record(now))));
                busy.phase = Phase::Closed(Closed);
                self.bed.raise_epoch();
            }
            Needle::In => self.protective(now, Protective::Close(After::End)),
            Needle::Out => self.bed.raise_epoch(),
        }
    }

    pub(super) fn protective(&mut self, now: Mono, act: Protective) {
        match act {
            Protective::Close(after) => {
                if let (After::NeedleOut, Some(busy)) = (after, &mut self.busy) {
                    busy.donation.remove_needle(now);
                }
                self.bed.close_clamp(now);
                self.with_stage(now, |stage, cx| Ok(stage.close(cx, after))).unwrap_or(());
            }
            Protective::Emergency => self.emergency(now),
            Protective::Help => self.bed.set(AlarmCode::HelpCalled, true, now),
        }
    }

    fn reading(&mut self, now: Mono, reading: &DeviceReading, proved: bool) -> Result<(), Refusal> {
        if self.busy.is_none() {
            return Ok(());
        }
        if proved {
            let open = self.bed.line == Line::Open;
            self.with_stage(now, |stage, cx| Ok(stage.clamp(cx, open)))?;
        }
        self.with_stage(now, |stage, cx| Ok(stage.reading(cx, &reading.reading)))?;
        if reading.reading == Reading::MixerCycle {
            self.mixed(now);
        }
        Ok(())
    }

    /// Counts the cycles after the end and then lets the mixer rest.
    fn mixed(&mut self, _now: Mono) {
        let Some(busy) = &mut self.busy else { return };
        if busy.donation.clamped.is_none() || !self.bed.mixer_wanted {
            return;
        }
        busy.donation.cycles_after = busy.donation.cycles_after.saturating_add(1);
        let enough = busy.donation.cycles_after >= busy.donation.settings().limits.mix_after_cycles;
        if enough && !self.bed.any_asked() {
            self.bed.protect(Actuation::MixerStop);
        }
    }

    fn fired(&mut self, now: Mono, id: PermitId) -> Result<(), Refusal> {
        let Some(actuation) = self.bed.take_permit(id) else {
            // An order left that this machine does not know of: the only safe answer is the clamp.
            self.bed.close_clamp(now);
            return Ok(());
        };
        self.bed.fired(now, actuation);
        if self.busy.is_some() {
            self.with_stage(now, |stage, cx| Ok(stage.gate(cx, Gate::Fired(actuation))))?;
        }
        Ok(())
    }

    fn lapsed(&mut self, now: Mono, id: PermitId, _why: Lapse) -> Result<(), Refusal> {
        let Some(actuation) = self.bed.take_permit(id) else { return Ok(()) };
        self.bed.touch();
        if self.busy.is_some() {
            self.with_stage(now, |stage, cx| Ok(stage.gate(cx, Gate::Lapsed(actuation))))?;
        }
        Ok(())
    }

    fn timer(&mut self, now: Mono, timer: Timer) -> Result<(), Refusal> {
        self.bed.touch();
        match timer {
            Timer::ClampClosing => {
                self.bed.set(AlarmCode::ClampNotClosed, true, now);
                self.bed.close_clamp(now);
            }
            Timer::ClampOpening => {
                self.bed.set(AlarmCode::ClampNotOpen, true, now);
                self.bed.close_clamp(now);
            }
            Timer::Settled => {
                if let Some(busy) = &mut self.busy {
                    let mut cx = Cx { now, bed: &mut self.bed, d: &mut busy.donation };
                    end_draw::settled(&mut cx);
                }
            }
            Timer::SamplesDue => self.bed.set(AlarmCode::SamplesLate, true, now),
            Timer::MixerStarting => {
                self.bed.senses.mixer_silent();
                if self.busy.is_some() {
                    self.bed.set(AlarmCode::MixerStalled, true, now);
                }
            }
            Timer::ClampAtTarget
            | Timer::WeightStale
            | Timer::Diverting
            | Timer::PouchFull
            | Timer::FlowExpected
            | Timer::NoFlow
            | Timer::DrawTooLong
            | Timer::PauseTooLong
            | Timer::FirstCall
            | Timer::SecondCall
            | Timer::HandMix
            | Timer::Sealing
            | Timer::Separating => (),
        }
        if self.busy.is_some() {
            self.with_stage(now, |stage, cx| Ok(stage.timer(cx, timer)))?;
        }
        Ok(())
    }

    fn restarted(&mut self, now: Mono, restart: &Restart) -> Result<(), Refusal> {
        self.bed.senses.forget();
        self.bed.drop_permits();
        self.bed.timers.clear();
        self.bed.line = Line::Unproved;
        self.bed.by_hand = false;
        self.bed.mixer_wanted = false;
        self.bed.calling = false;
        let Some(busy) = &mut self.busy else {
            self.bed.raise_epoch();
            return Ok(());
        };
        for actuation in [Actuation::SealerDisable, Actuation::SeparatorDisable] {
            self.bed.protect(actuation);
        }
        self.bed.close_clamp(now);
        let mut cx = Cx { now, bed: &mut self.bed, d: &mut busy.donation };
        cx.d.blood.clamp(now, false);
        let was = std::mem::replace(&mut busy.phase, Phase::Identify(Identify::default()));
        busy.phase = if let Phase::Closed(_) = was {
            was
        } else {
            Phase::Interrupted(Box::new(Interrupted::begin(&mut cx, was, restart)))
        };
        self.bed.raise_epoch();
        Ok(())
    }

    /// The one thing to do now.
    pub fn prompt(&self) -> Prompt {
        super::view::prompt(self)
    }
}
