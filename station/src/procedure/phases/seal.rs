//! Seal: the needle side of the line, by the sealer or by hand. Irreversible: never twice unasked, never unsure.
//!
//! Owns: the intent and its outcome. Refuses: sealing with the clamp open, with the needle in the donor (unless the device
//! is approved for that), or while the outcome of an earlier seal is unknown. After a crash an intent without outcome is
//! unknown, and a person looks.

use super::{NeedleOut, Separate};
use crate::api::prompt::Prompt;
use crate::device::{Actuation, DeviceKind, Reading, ToolFailure, ToolReport};
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

/// What came of the shot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::procedure) enum Shot {
    /// Nothing moved yet.
    #[default]
    Ready,
    /// A permit waits at the gate.
    Asked,
    /// The order has left.
    Running,
    /// It may have happened, wholly, half or not at all.
    Unknown,
}

impl Shot {
    /// After a restart nobody knows whether an order left in the last moment.
    pub(in crate::procedure) fn restarted(self) -> Self {
        match self {
            Self::Ready => Self::Ready,
            Self::Asked | Self::Running | Self::Unknown => Self::Unknown,
        }
    }
}

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

    fn sealed(cx: &mut Cx<'_>, how: Confirmed) -> Step {
        cx.d.seal = Some(how);
        cx.bed.timers.disarm(Timer::Sealing);
        cx.bed.set(AlarmCode::SealNotConfirmed, false, cx.now);
        // The needle came out while the seal was under way: guarded before anything else.
        if cx.d.needle == Needle::Out && !cx.d.guarded {
            return Step::Go(Phase::NeedleOut(NeedleOut::begin(cx)));
        }
        Step::Go(Phase::Separate(Separate::default()))
    }

    /// The tool cannot confirm at all, or did not: a person looks. What was to be expected is no alarm.
    fn look(&mut self, cx: &mut Cx<'_>) {
        self.unknown(cx);
        if cx.d.settings().seal_confirmed_by == SealConfirmedBy::Nurse {
            cx.bed.set(AlarmCode::SealNotConfirmed, false, cx.now);
        }
    }

    fn unknown(&mut self, cx: &mut Cx<'_>) {
        self.shot = Shot::Unknown;
        cx.bed.timers.disarm(Timer::Sealing);
        cx.bed.protect(Actuation::SealerDisable);
        cx.bed.set(AlarmCode::SealNotConfirmed, true, cx.now);
    }

    fn report(&mut self, cx: &mut Cx<'_>, report: ToolReport) -> Step {
        if self.shot != Shot::Running {
            return Step::Stay;
        }
        match report {
            ToolReport::Done => return Self::sealed(cx, Confirmed::Device),
            ToolReport::Failed(ToolFailure::Refused) => {
                self.shot = Shot::Ready;
                cx.bed.timers.disarm(Timer::Sealing);
            }
            ToolReport::Failed(ToolFailure::NotConfirmed) => self.look(cx),
            // The trigger has left: a tool that never said that it is busy may have worked all the same.
            ToolReport::Failed(ToolFailure::StartFailed | ToolFailure::DeviceFault) => self.unknown(cx),
            ToolReport::Ready | ToolReport::NotReady | ToolReport::Busy => (),
        }
        Step::Stay
    }

    fn ask(&mut self, cx: &mut Cx<'_>) -> Outcome {
        match self.shot {
            Shot::Ready => (),
            Shot::Asked | Shot::Running => return Err(Refusal::UnderWay),
            Shot::Unknown => return Err(Refusal::NotSealed),
        }
        guard::may_seal(cx.bed, cx.d)?;
        cx.bed.request(cx.now, Actuation::Seal)?;
        self.shot = Shot::Asked;
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
            Shot::Ready
                if bed.shared.journal_failed || bed.failed || !bed.senses.ready(DeviceKind::Sealer) =>
            {
                Prompt::ByHand(HandStep::Sealed)
            }
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
                    return Ok(Self::sealed(cx, Confirmed::Person));
                }
                // To be sealed again, at a new place, by a person's next act.
                self.shot = Shot::Ready;
                Ok(Step::Stay)
            }
            Act::ByHand { step: HandStep::Sealed, .. }
                if matches!(self.shot, Shot::Ready | Shot::Unknown) =>
            {
                Ok(Self::sealed(cx, Confirmed::ByHand))
            }
            _ => Err(Refusal::NotNow),
        }
    }

    fn reading(&mut self, cx: &mut Cx<'_>, reading: &Reading) -> Step {
        if let Reading::Sealer(report) = reading {
            return self.report(cx, *report);
        }
        if self.shot == Shot::Running && cx.bed.senses.troubled(DeviceKind::Sealer) {
            self.unknown(cx);
        }
        Step::Stay
    }

    fn timer(&mut self, cx: &mut Cx<'_>, timer: Timer) -> Step {
        if timer == Timer::Sealing && self.shot == Shot::Running {
            self.look(cx);
        }
        Step::Stay
    }

    fn gate(&mut self, cx: &mut Cx<'_>, gate: Gate) -> Step {
        match gate {
            Gate::Fired(Actuation::Seal) => self.shot = Shot::Running,
            Gate::Lapsed(Actuation::Seal) => self.shot = Shot::Ready,
            Gate::Fired(_) | Gate::Lapsed(_) => (),
        }
        cx.bed.touch();
        Step::Stay
    }

    fn close(&mut self, cx: &mut Cx<'_>, after: After) -> Step {
        if after == After::Emergency && self.shot == Shot::Running {
            self.unknown(cx);
        }
        // Sealed with the needle in by an approved device: the needle comes first now, unless the outcome is open.
        if after == After::NeedleOut && self.shot == Shot::Ready {
            return Step::Go(Phase::NeedleOut(NeedleOut::begin(cx)));
        }
        Step::Stay
    }
}
