//! Seal: the needle side of the line, by the sealer or by hand. Irreversible: never twice unasked, never unsure.
//!
//! Owns: the intent and its outcome. Refuses: sealing with the clamp open, with the needle in the donor (unless the device
//! is approved for that), or while the outcome of an earlier seal is unknown. After a crash an intent without outcome is
//! unknown, and a person looks.

use super::shot::{Shot, Tool};
use super::{NeedleOut, Separate};
use crate::api::prompt::Prompt;
use crate::device::{Actuation, DeviceKind, Reading};
use crate::procedure::alarm::AlarmCode;
use crate::procedure::bed::Bed;
use crate::procedure::donation::{Donation, Needle};
use crate::procedure::event::{Act, HandStep};
use crate::procedure::guard;
use crate::procedure::limits::SealConfirmedBy;
use crate::procedure::phase::{After, Cx, Gate, Outcome, Phase, Stage, Step};
use crate::procedure::refusal::Refusal;
use crate::procedure::timers::Timer;
use crate::record::Confirmed;

const SEALER: Tool = Tool {
    device: DeviceKind::Sealer,
    act: Actuation::Seal,
    disable: Actuation::SealerDisable,
    timer: Timer::Sealing,
    alarm: AlarmCode::SealNotConfirmed,
    confirms: |settings| settings.seal_confirmed_by == SealConfirmedBy::Device,
};

/// See the file.
#[derive(Debug, Clone, Default)]
pub(in crate::procedure) struct Seal {
    shot: Shot,
}

impl Seal {
    /// An intent without an outcome.
    pub(in crate::procedure) fn unsure() -> Self {
        Self { shot: Shot::Unknown }
    }

    /// The same after a restart.
    pub(in crate::procedure) fn restarted(&self) -> Self {
        Self { shot: self.shot.restarted() }
    }

    fn sealed(&mut self, cx: &mut Cx<'_>, how: Confirmed) -> Step {
        cx.d.seal = Some(how);
        self.shot.settled(cx, &SEALER);
        // The needle came out while the seal was under way: guarded before anything else.
        if cx.d.needle_unguarded() {
            return Step::Go(Phase::NeedleOut(NeedleOut::begin(cx)));
        }
        Step::Go(Phase::Separate(Separate::default()))
    }

    /// Nothing moved, and the needle came out meanwhile: it is guarded before anything else.
    fn onward(&self, cx: &mut Cx<'_>) -> Step {
        if self.shot == Shot::Ready && cx.d.needle_unguarded() {
            return Step::Go(Phase::NeedleOut(NeedleOut::begin(cx)));
        }
        Step::Stay
    }

    fn ask(&mut self, cx: &mut Cx<'_>) -> Outcome {
        if self.shot == Shot::Unknown {
            return Err(Refusal::NotSealed);
        }
        self.shot.ask(cx, &SEALER, guard::may_seal)?;
        Ok(Step::Stay)
    }
}

impl Stage for Seal {
    fn prompt(&self, bed: &Bed, d: &Donation) -> Prompt {
        match self.shot {
            Shot::Ready if !bed.proved_closed() => Prompt::WaitClampClosed,
            // Only the approved device works beside a needle in the donor: without it the needle comes out first.
            Shot::Ready if d.needle == Needle::In && guard::may_seal_connected(bed, d).is_err() => {
                Prompt::TakeNeedleOut
            }
            Shot::Ready if d.needle == Needle::In => Prompt::SealConnected,
            // A hand holds the line: no heat beside it.
            Shot::Ready if bed.by_hand && !bed.clamp_proves_closed() => Prompt::ByHand(HandStep::Sealed),
            Shot::Ready if !Shot::tool_works(bed, &SEALER) => Prompt::ByHand(HandStep::Sealed),
            Shot::Ready => Prompt::Seal,
            Shot::Asked | Shot::Running => Prompt::WaitSeal,
            Shot::Unknown => Prompt::InspectSeal,
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "every other act is not for this moment, future ones too"
    )]
    fn act(&mut self, cx: &mut Cx<'_>, act: &Act) -> Outcome {
        match act {
            Act::Seal => self.ask(cx),
            Act::SealInspected { sound } if self.shot == Shot::Unknown => {
                if *sound {
                    return Ok(self.sealed(cx, Confirmed::Person));
                }
                // To be sealed again, at a new place, by a person's next act.
                self.shot = Shot::Ready;
                Ok(self.onward(cx))
            }
            Act::ByHand { step: HandStep::Sealed, .. }
                if matches!(self.shot, Shot::Ready | Shot::Unknown) =>
            {
                Ok(self.sealed(cx, Confirmed::ByHand))
            }
            _ => Err(Refusal::NotNow),
        }
    }

    fn reading(&mut self, cx: &mut Cx<'_>, reading: &Reading) -> Step {
        let Reading::Sealer(report) = reading else {
            self.shot.reading(cx, &SEALER);
            return Step::Stay;
        };
        if self.shot.report(cx, &SEALER, *report) {
            return self.sealed(cx, Confirmed::Device);
        }
        self.onward(cx)
    }

    fn timer(&mut self, cx: &mut Cx<'_>, timer: Timer) -> Step {
        self.shot.timer(cx, &SEALER, timer);
        Step::Stay
    }

    fn gate(&mut self, cx: &mut Cx<'_>, gate: Gate) -> Step {
        self.shot.gate(cx, &SEALER, gate);
        self.onward(cx)
    }

    fn close(&mut self, cx: &mut Cx<'_>, after: After) -> Step {
        self.shot.close(cx, &SEALER, after);
        // Sealed with the needle in by an approved device: the needle comes first now, unless the outcome is open.
        if after == After::NeedleOut && self.shot == Shot::Ready {
            return Step::Go(Phase::NeedleOut(NeedleOut::begin(cx)));
        }
        Step::Stay
    }
}
