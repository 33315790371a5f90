//! Venipuncture: arm and skin, the question asked again, the needle, and the clamp opened on the nurse's word.
//!
//! Owns: what was asked, and the second attempt. Refuses: opening the clamp on unproved devices; a needle before a label that was
//! refused is answered; a third attempt. Lost in a crash; a replay finds it again.

use super::{Divert, EndDraw, Label, NeedleOut, Prepare, Seal};
use crate::api::prompt::Prompt;
use crate::device::{Actuation, Reading};
use crate::procedure::bed::Bed;
use crate::procedure::command::Command;
use crate::procedure::donation::{Donation, Needle};
use crate::procedure::event::{AbortWhy, Act};
use crate::procedure::guard;
use crate::procedure::phase::{After, Cx, Gate, Outcome, Phase, Stage, Step};
use crate::procedure::refusal::Refusal;
use crate::procedure::timers::Timer;

/// See the file.
#[derive(Debug, Clone, Default)]
pub(in crate::procedure) struct Venipuncture {
    asked: bool,
    opening: bool,
    /// This attempt is over and the needle guarded: the donor may be asked for another.
    ended: bool,
}

impl Venipuncture {
    /// After a restart with the needle already in: only the clamp is to be opened.
    pub(in crate::procedure) fn with_needle_in() -> Self {
        Self { asked: true, ..Self::default() }
    }

    /// No vein was found, and another attempt is allowed.
    pub(in crate::procedure) fn ended() -> Self {
        Self { ended: true, ..Self::default() }
    }

    /// Whether a needle is what comes now.
    pub(in crate::procedure) fn awaits_needle(&self, d: &Donation) -> bool {
        d.arm.is_some() && self.asked && !self.ended
    }

    /// Everything that the needle is for has to be ready before anybody is asked for it; else the tests are done again. No donor is
    /// asked for another one where none can follow.
    fn watch(&self, cx: &mut Cx<'_>) -> Step {
        if self.ended && !cx.bed.keeps_records() {
            return Step::Go(Phase::Seal(Seal::default()));
        }
        if cx.d.needle != Needle::Never || self.ended {
            return Step::Stay;
        }
        match guard::may_puncture(cx.now, cx.bed, cx.d) {
            Ok(()) => Step::Stay,
            Err(_) => Step::Go(Phase::Prepare(Prepare::again())),
        }
    }

    fn ask_again(&mut self, cx: &mut Cx<'_>) -> Outcome {
        cx.d.labels_agree()?;
        // Nobody is stuck for a clamp that will then not open.
        cx.bed.may_permit()?;
        if cx.bed.shared.journal_slow {
            return Err(Refusal::JournalSlow);
        }
        guard::may_puncture(cx.now, cx.bed, cx.d)?;
        self.asked = true;
        Ok(Step::Stay)
    }

    fn needle_in(&mut self, cx: &mut Cx<'_>) -> Outcome {
        if !self.awaits_needle(cx.d) {
            return Err(Refusal::NotNow);
        }
        if self.opening {
            return Err(Refusal::UnderWay);
        }
        if cx.d.disputed_place().is_some() {
            // Noted; the label comes before the blood.
            return Ok(Step::Stay);
        }
        cx.d.tag_agrees()?;
        if cx.bed.shared.journal_slow {
            return Err(Refusal::JournalSlow);
        }
        guard::may_open(cx.now, cx.bed, cx.d)?;
        guard::may_puncture(cx.now, cx.bed, cx.d)?;
        cx.bed.request(cx.now, Actuation::ClampOpen)?;
        self.opening = true;
        Ok(Step::Stay)
    }

    /// This attempt ends as any draw does: tourniquet, needle out, needle guarded. Then the donor may be asked again.
    fn no_vein(&mut self, cx: &mut Cx<'_>) -> Outcome {
        if self.ended {
            return Err(Refusal::NotNow);
        }
        cx.d.insert_needle(cx.now);
        no_vein(cx);
        Ok(self.close(cx, After::End))
    }

    /// The old number is voided unless it goes on. Before the new kit comes the old one leaves no needle behind.
    fn second_attempt(&mut self, cx: &mut Cx<'_>) -> Outcome {
        if !self.ended {
            return Err(Refusal::NotNow);
        }
        if !cx.bed.keeps_records() {
            return Err(Refusal::JournalFailed);
        }
        for timer in [Timer::Settled, Timer::SamplesDue] {
            cx.bed.timers.disarm(timer);
        }
        cx.bed.rest_mixer();
        if let Some(din) = cx.d.agree_again(cx.now) {
            cx.bed.tell(Command::VoidDin(din));
        }
        Ok(Step::Go(Phase::Seal(Seal::default())))
    }
}

/// Notes that no vein was found; with the last attempt the donation comes to its end.
pub(in crate::procedure) fn no_vein(cx: &mut Cx<'_>) {
    cx.bed.close_clamp(cx.now);
    if cx.d.was_last_attempt() {
        cx.d.abort = Some(AbortWhy::NoVein);
    }
}

impl Stage for Venipuncture {
    fn prompt(&self, bed: &Bed, d: &Donation) -> Prompt {
        if self.ended {
            Prompt::SecondAttempt
        } else if self.opening {
            Prompt::WaitClampOpen
        } else if let Some(wanted) = d.disputed_place() {
            Prompt::Scan { wanted, again: true }
        } else if d.arm.is_none() {
            Prompt::PrepareArm
        } else if bed.shared.journal_slow && d.needle == Needle::Never {
            Prompt::WaitPrepare
        } else if !self.asked {
            Prompt::AskAgain
        } else {
            Prompt::InsertNeedle
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "every other act is not for this moment, future ones too"
    )]
    fn act(&mut self, cx: &mut Cx<'_>, act: &Act) -> Outcome {
        match act {
            Act::ArmReady(arm) if cx.d.needle == Needle::Never => {
                cx.d.choose_arm(*arm)?;
                Ok(Step::Stay)
            }
            Act::BagRejected if cx.d.needle == Needle::Never => {
                cx.bed.rest_mixer();
                cx.d.new_bag();
                Ok(Step::Go(Phase::Label(Label::with_new_bag())))
            }
            Act::IdentityAskedAgain if !self.asked && cx.d.arm.is_some() => self.ask_again(cx),
            Act::NeedleIn => self.needle_in(cx),
            Act::VenipunctureFailed => self.no_vein(cx),
            Act::SecondAttemptConsented => self.second_attempt(cx),
            _ => Err(Refusal::NotNow),
        }
    }

    fn clamp(&mut self, cx: &mut Cx<'_>, open: bool) -> Step {
        if open && self.opening {
            return Step::Go(Phase::Divert(Divert::begin(cx)));
        }
        Step::Stay
    }

    fn reading(&mut self, cx: &mut Cx<'_>, _reading: &Reading) -> Step {
        self.watch(cx)
    }

    fn timer(&mut self, cx: &mut Cx<'_>, timer: Timer) -> Step {
        if timer == Timer::ClampOpening {
            self.opening = false;
        }
        self.watch(cx)
    }

    fn gate(&mut self, _cx: &mut Cx<'_>, gate: Gate) -> Step {
        if gate == Gate::Lapsed(Actuation::ClampOpen) {
            self.opening = false;
        }
        Step::Stay
    }

    fn close(&mut self, cx: &mut Cx<'_>, after: After) -> Step {
        self.opening = false;
        match (after, cx.d.needle) {
            (After::End, Needle::In) => Step::Go(Phase::EndDraw(EndDraw::begin(cx))),
            // No second attempt: the needle is guarded already.
            (After::NeedleOut, Needle::Out) if self.ended && cx.d.abort.is_some() => {
                Step::Go(Phase::Seal(Seal::default()))
            }
            (After::NeedleOut, Needle::Out) if !self.ended => {
                Step::Go(Phase::NeedleOut(NeedleOut::begin(cx)))
            }
            (
                After::Pause | After::Emergency | After::End | After::NeedleOut,
                Needle::Never | Needle::In | Needle::Out,
            ) => Step::Stay,
        }
    }
}
