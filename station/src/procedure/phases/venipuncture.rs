//! Venipuncture: arm and skin, the question asked again, the needle, and the clamp opened on the nurse's word.
//!
//! Owns: what was asked, and the second attempt. Refuses: opening the clamp on unproved devices; a third attempt. Lost in a
//! crash; a replay finds it again.

use super::{Divert, EndDraw, Label, NeedleOut, Prepare};
use crate::api::prompt::Prompt;
use crate::device::{Actuation, Reading};
use crate::procedure::bed::Bed;
use crate::procedure::command::Command;
use crate::procedure::donation::{Donation, Needle};
use crate::procedure::event::{AbortWhy, Act, Arm};
use crate::procedure::guard;
use crate::procedure::phase::{After, Cx, Gate, Outcome, Phase, Stage, Step};
use crate::procedure::refusal::Refusal;
use crate::procedure::timers::Timer;

/// Needles a donor may be asked to bear in one donation.
const MAX_ATTEMPTS: u8 = 2;

/// See the file.
#[derive(Debug, Clone, Default)]
pub(in crate::procedure) struct Venipuncture {
    asked: bool,
    opening: bool,
    /// No vein was found; the arm that was tried.
    failed: Option<Option<Arm>>,
}

impl Venipuncture {
    /// After a restart with the needle already in: only the clamp is to be opened.
    pub(in crate::procedure) fn with_needle_in() -> Self {
        Self { asked: true, opening: false, failed: None }
    }

    /// Whether a needle is what comes now.
    pub(in crate::procedure) fn awaits_needle(&self, d: &Donation) -> bool {
        d.arm.is_some() && self.asked && self.failed.is_none()
    }

    /// Everything that the needle is for has to be ready before anybody is asked for it; else the tests are done again.
    fn watch(&self, cx: &mut Cx<'_>) -> Step {
        if cx.d.needle != Needle::Never || self.failed.is_some() {
            return Step::Stay;
        }
        match guard::may_puncture(cx.now, cx.bed, cx.d) {
            Ok(()) => Step::Stay,
            Err(_) => Step::Go(Phase::Prepare(Prepare::again())),
        }
    }

    fn ask_again(&mut self, cx: &mut Cx<'_>) -> Outcome {
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
        if cx.bed.shared.journal_slow {
            return Err(Refusal::JournalSlow);
        }
        guard::may_open(cx.now, cx.bed, cx.d)?;
        guard::may_puncture(cx.now, cx.bed, cx.d)?;
        cx.bed.request(cx.now, Actuation::ClampOpen)?;
        self.opening = true;
        Ok(Step::Stay)
    }

    fn no_vein(&mut self, cx: &mut Cx<'_>) -> Outcome {
        if self.failed.is_some() {
            return Err(Refusal::NotNow);
        }
        cx.bed.close_clamp(cx.now);
        self.opening = false;
        cx.d.insert_needle(cx.now);
        cx.d.needle = Needle::Out;
        cx.d.needle_out = Some(cx.now);
        if cx.d.attempts >= MAX_ATTEMPTS {
            cx.d.abort = Some(AbortWhy::NoVein);
            cx.d.tubes_end();
            return Ok(Step::Go(Phase::NeedleOut(NeedleOut::begin(cx))));
        }
        self.failed = Some(cx.d.arm.take());
        Ok(Step::Stay)
    }

    /// New kit, new labels: the old number is voided.
    fn second_attempt(&mut self, cx: &mut Cx<'_>) -> Outcome {
        let Some(tried) = self.failed else { return Err(Refusal::NotNow) };
        cx.d.tried = tried;
        if let Some(din) = cx.d.din.take() {
            cx.d.voided.push(din);
            cx.bed.tell(Command::VoidDin(din));
        }
        cx.d.new_bag();
        cx.d.sampling.new_labels();
        cx.d.needle = Needle::Never;
        Ok(Step::Go(Phase::Label(Label::default())))
    }
}

impl Stage for Venipuncture {
    fn prompt(&self, bed: &Bed, d: &Donation) -> Prompt {
        if self.failed.is_some() {
            Prompt::SecondAttempt
        } else if self.opening {
            Prompt::WaitClampOpen
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
            (After::NeedleOut, Needle::Out) if self.failed.is_none() || cx.d.abort.is_some() => {
                Step::Go(Phase::NeedleOut(NeedleOut::begin(cx)))
            }
            (
                After::Pause | After::Emergency | After::End | After::NeedleOut,
                Needle::Never | Needle::In | Needle::Out,
            ) => Step::Stay,
        }
    }
}
