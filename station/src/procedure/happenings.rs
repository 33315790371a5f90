//! What happens to a bed without a person: readings, permits leaving or lapsing, timers, a restart.
//!
//! Owns: what of these concerns the bed whatever the phase; the phase gets the rest. Refuses: nothing. Holds no state.

use super::alarm::AlarmCode;
use super::bed::Line;
use super::collection::REST;
use super::eligibility::EligibilityAnswer;
use super::event::{Lapse, PermitId, Restart};
use super::machine::{Busy, Procedure};
use super::phase::{After, Cx, Gate, Phase};
use super::phases::{Identify, Interrupted, end_draw};
use super::protect::{self, Protective};
use super::refusal::Refusal;
use super::timers::Timer;
use super::tubes;
use crate::device::{Actuation, DeviceKind, DeviceReading, Reading};
use crate::measure::Mono;

impl Procedure {
    pub(super) fn reading(
        &mut self,
        now: Mono,
        reading: &DeviceReading,
        proved: bool,
    ) -> Result<(), Refusal> {
        if self.busy.is_none() {
            return Ok(());
        }
        if proved {
            let open = self.bed.line == Line::Open;
            self.with_stage(now, |stage, cx| Ok(stage.clamp(cx, open)))?;
        }
        self.with_stage(now, |stage, cx| Ok(stage.reading(cx, &reading.reading)))?;
        if reading.reading == Reading::MixerCycle {
            self.mixed();
        }
        if let (DeviceKind::Mixer, Reading::Online { .. }) = (reading.device, &reading.reading) {
            self.mix_on(now);
        }
        Ok(())
    }

    /// The contacts of a tray that was turning are back: it turns again, where a bag lies there that needs it. A tray that was
    /// blocked stays as it is: a hand may be in it.
    fn mix_on(&mut self, now: Mono) {
        let Some(busy) = self.busy.as_deref().filter(|_| self.bed.mixer_lost) else { return };
        let (d, bed) = (&busy.donation, &mut self.bed);
        if busy.phase.turns(d) && d.bag_off(now).is_none() && bed.senses.ready(DeviceKind::Mixer) {
            // Where nobody may ask for it the bag is mixed by hand, and the alarm for that says so.
            protect::mix_again(now, bed).unwrap_or(());
        }
    }

    /// Counts the cycles after the end and then lets the mixer rest.
    fn mixed(&mut self) {
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

    pub(super) fn fired(&mut self, now: Mono, id: PermitId) -> Result<(), Refusal> {
        let Some(actuation) = self.bed.take_permit(id) else {
            // An order left that this machine does not know of: the only safe answer is the clamp.
            self.bed.close_clamp(now);
            return Ok(());
        };
        self.bed.fired(now, actuation);
        if let (Actuation::ClampOpen, Some(busy)) = (actuation, &self.busy) {
            // A scale that falls silent now says nothing that could be counted from.
            self.bed.timers.arm(Timer::WeightStale, now + busy.donation.stale());
        }
        if self.busy.is_some() {
            self.with_stage(now, |stage, cx| Ok(stage.gate(cx, Gate::Fired(actuation))))?;
        }
        Ok(())
    }

    pub(super) fn lapsed(&mut self, now: Mono, id: PermitId, _why: Lapse) -> Result<(), Refusal> {
        let Some(actuation) = self.bed.take_permit(id) else { return Ok(()) };
        self.bed.touch();
        if self.busy.is_some() {
            self.with_stage(now, |stage, cx| Ok(stage.gate(cx, Gate::Lapsed(actuation))))?;
        }
        if actuation == Actuation::MixerRun {
            self.mix_on(now);
        }
        Ok(())
    }

    pub(super) fn timer(&mut self, now: Mono, timer: Timer) -> Result<(), Refusal> {
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
            Timer::EligibilityAsked => {
                if let Some(busy) = &mut self.busy {
                    busy.donation.told_eligibility(None);
                }
            }
            Timer::DrawTooLong => self.bed.set(AlarmCode::DrawTooLong, self.busy.is_some(), now),
            Timer::SamplesDue => {
                let open = self.busy.as_ref().is_some_and(|b| !b.donation.sampling.done());
                self.bed.set(AlarmCode::SamplesLate, open, now);
            }
            Timer::MixerStarting => {
                self.bed.mixer_stalled();
                if self.busy.is_some() {
                    self.bed.set(AlarmCode::MixerStalled, true, now);
                }
            }
            Timer::AudioPause => {
                self.bed.resume_audio();
            }
            Timer::HandMix => {
                if self.busy.as_ref().is_some_and(|b| matches!(b.phase, Phase::Draw(_))) {
                    self.protective(now, Protective::Close(After::Pause));
                } else {
                    // Nobody has mixed it: people are told as if it were new.
                    self.bed.set(AlarmCode::MixerStalled, false, now);
                }
            }
            Timer::ClampAtTarget
            | Timer::WeightStale
            | Timer::TareTooLong
            | Timer::Diverting
            | Timer::PouchFull
            | Timer::DivertTooLong
            | Timer::FlowExpected
            | Timer::NoFlow
            | Timer::PauseTooLong
            | Timer::FirstCall
            | Timer::SecondCall
            | Timer::Sealing
            | Timer::Separating => (),
        }
        if self.busy.is_some() {
            self.with_stage(now, |stage, cx| Ok(stage.timer(cx, timer)))?;
        }
        Ok(())
    }

    /// The BMS has answered about the donor, or will not. What it says once the needle is being prepared comes too late.
    pub(super) fn told_eligibility(
        &mut self,
        now: Mono,
        answer: Option<&EligibilityAnswer>,
    ) -> Result<(), Refusal> {
        let in_time = |b: &Busy| matches!(b.phase, Phase::Identify(_) | Phase::Label(_));
        let Some(busy) = self.busy.as_deref_mut().filter(|b| in_time(b)) else { return Ok(()) };
        busy.donation.told_eligibility(answer);
        self.bed.timers.disarm(Timer::EligibilityAsked);
        self.bed.touch();
        // The phase that waits goes on as when the time for the answer is over.
        self.with_stage(now, |stage, cx| Ok(stage.timer(cx, Timer::EligibilityAsked)))
    }

    pub(super) fn restarted(&mut self, now: Mono, restart: &Restart) -> Result<(), Refusal> {
        // A device that was exchanged before is not the one of then because it answers again.
        let restart =
            &Restart { unchanged: restart.unchanged && !self.bed.senses.any_exchanged(), ..*restart };
        self.bed.senses.forget();
        self.bed.prompted = None;
        self.bed.drop_permits();
        self.bed.resume_audio();
        self.bed.timers.clear();
        self.bed.line = Line::Unproved;
        self.bed.by_hand = false;
        self.bed.mixer_wanted = false;
        (self.bed.mixer_blocked, self.bed.mixer_lost) = (false, false);
        self.bed.calls = 0;
        self.bed.forget_panel();
        let Some(busy) = &mut self.busy else {
            self.bed.raise_epoch();
            return Ok(());
        };
        // Whoever was asked did not wait.
        busy.donation.told_eligibility(None);
        for actuation in [Actuation::SealerDisable, Actuation::SeparatorDisable] {
            self.bed.protect(actuation);
        }
        self.bed.close_clamp(now);
        let mut cx = Cx { now, bed: &mut self.bed, d: &mut busy.donation };
        cx.d.restart(now, restart);
        tubes::remind(&mut cx);
        if cx.d.clamped.is_none() {
            cx.d.blood.clamp(now, false);
        } else {
            cx.bed.timers.arm(Timer::Settled, now + REST);
        }
        let was = std::mem::replace(&mut busy.phase, Phase::Identify(Identify::default()));
        busy.phase = if let Phase::Closed(_) = was {
            was
        } else {
            Phase::Interrupted(Box::new(Interrupted::begin(&mut cx, was, restart)))
        };
        self.bed.raise_epoch();
        Ok(())
    }
}
