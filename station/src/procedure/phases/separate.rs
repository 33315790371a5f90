//! Separate: the needle taken off the sealed line, into the sharps bin. Irreversible: never twice unasked, never unsure.
//!
//! Owns: the intent and its outcome, and the count of the bin. Refuses: separating before the seal is confirmed or into a full
//! bin. After a crash an intent without outcome is unknown, and a person looks.

use super::seal::Shot;
use super::{EndDraw, NeedleOut, Segments};
use crate::api::prompt::Prompt;
use crate::device::{Actuation, DeviceKind, Reading, ToolFailure, ToolReport};
use crate::procedure::alarm::AlarmCode;
use crate::procedure::bed::Bed;
use crate::procedure::donation::{Donation, Needle};
use crate::procedure::event::{Act, HandStep};
use crate::procedure::guard;
use crate::procedure::phase::{After, Cx, Gate, Outcome, Phase, Stage, Step};
use crate::procedure::refusal::Refusal;
use crate::procedure::timers::Timer;
use crate::record::Confirmed;

/// See the file.
#[derive(Debug, Clone, Default)]
pub(in crate::procedure) struct Separate {
    shot: Shot,
    /// The needle is off and has to be binned.
    off: bool,
}

impl Separate {
    /// An intent without an outcome.
    pub(in crate::procedure) fn unsure() -> Self {
        Self { shot: Shot::Unknown, off: false }
    }

    /// Sealed and separated before the needle came out: only the bin is left.
    pub(in crate::procedure) fn to_be_binned() -> Self {
        Self { shot: Shot::Ready, off: true }
    }

    /// The same after a restart.
    pub(in crate::procedure) fn restarted(&self) -> Self {
        Self { shot: self.shot.restarted(), off: self.off }
    }

    fn separated(&mut self, cx: &mut Cx<'_>, how: Confirmed) -> Step {
        cx.d.separation = Some(how);
        self.shot = Shot::Ready;
        self.off = true;
        cx.bed.timers.disarm(Timer::Separating);
        cx.bed.set(AlarmCode::SeparationNotConfirmed, false, cx.now);
        cx.bed.touch();
        match cx.d.needle {
            // The line is cut, the needle still in the donor: it comes out, is guarded, and only then there is one to bin.
            Needle::In => Step::Go(Phase::EndDraw(EndDraw::released())),
            Needle::Out if !cx.d.guarded => Step::Go(Phase::NeedleOut(NeedleOut::begin(cx))),
            Needle::Never | Needle::Out => Step::Stay,
        }
    }

    fn unknown(&mut self, cx: &mut Cx<'_>) {
        self.shot = Shot::Unknown;
        cx.bed.timers.disarm(Timer::Separating);
        cx.bed.protect(Actuation::SeparatorDisable);
        cx.bed.set(AlarmCode::SeparationNotConfirmed, true, cx.now);
    }

    fn report(&mut self, cx: &mut Cx<'_>, report: ToolReport) -> Step {
        if self.shot != Shot::Running {
            return Step::Stay;
        }
        match report {
            ToolReport::Done => return self.separated(cx, Confirmed::Device),
            ToolReport::Failed(ToolFailure::Refused) => {
                self.shot = Shot::Ready;
                cx.bed.timers.disarm(Timer::Separating);
            }
            // The trigger has left: a tool that never said that it is busy may have worked all the same.
            ToolReport::Failed(
                ToolFailure::StartFailed | ToolFailure::NotConfirmed | ToolFailure::DeviceFault,
            ) => self.unknown(cx),
            ToolReport::Ready | ToolReport::NotReady | ToolReport::Busy => (),
        }
        Step::Stay
    }

    fn ask(&mut self, cx: &mut Cx<'_>) -> Outcome {
        match self.shot {
            Shot::Ready if !self.off => (),
            Shot::Ready | Shot::Unknown => return Err(Refusal::NotNow),
            Shot::Asked | Shot::Running => return Err(Refusal::UnderWay),
        }
        guard::may_separate(cx.bed, cx.d)?;
        cx.bed.request(cx.now, Actuation::Separate)?;
        self.shot = Shot::Asked;
        Ok(Step::Stay)
    }

    fn binned(cx: &mut Cx<'_>) -> Step {
        cx.bed.binned = cx.bed.binned.saturating_add(1);
        let full = guard::bin_full(cx.bed, cx.d);
        cx.bed.set(AlarmCode::BinFull, full, cx.now);
        Step::Go(Phase::Segments(Segments))
    }
}

impl Stage for Separate {
    fn prompt(&self, bed: &Bed, d: &Donation) -> Prompt {
        if self.off {
            return Prompt::BinNeedle;
        }
        let no_tool = bed.shared.journal_failed || bed.failed || !bed.senses.ready(DeviceKind::Separator);
        match self.shot {
            Shot::Ready if guard::bin_full(bed, d) => Prompt::ReplaceBin,
            Shot::Ready if no_tool => Prompt::ByHand(HandStep::Separated),
            Shot::Ready => Prompt::Separate,
            Shot::Asked | Shot::Running => Prompt::WaitSeparate,
            Shot::Unknown => Prompt::InspectSeparation,
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "every other act is not for this moment, future ones too"
    )]
    fn act(&mut self, cx: &mut Cx<'_>, act: &Act) -> Outcome {
        match act {
            Act::Separate => return self.ask(cx),
            Act::SeparationInspected { separated } if self.shot == Shot::Unknown => {
                if *separated {
                    return Ok(self.separated(cx, Confirmed::Person));
                } else {
                    self.shot = Shot::Ready;
                }
            }
            Act::ByHand { step: HandStep::Separated, .. }
                if !self.off && matches!(self.shot, Shot::Ready | Shot::Unknown) =>
            {
                return Ok(self.separated(cx, Confirmed::ByHand));
            }
            Act::NeedleBinned if self.off => return Ok(Self::binned(cx)),
            _ => return Err(Refusal::NotNow),
        }
        Ok(Step::Stay)
    }

    fn reading(&mut self, cx: &mut Cx<'_>, reading: &Reading) -> Step {
        if let Reading::Separator(report) = reading {
            return self.report(cx, *report);
        } else if self.shot == Shot::Running && cx.bed.senses.troubled(DeviceKind::Separator) {
            self.unknown(cx);
        }
        Step::Stay
    }

    fn timer(&mut self, cx: &mut Cx<'_>, timer: Timer) -> Step {
        if timer == Timer::Separating && self.shot == Shot::Running {
            self.unknown(cx);
        }
        Step::Stay
    }

    fn gate(&mut self, cx: &mut Cx<'_>, gate: Gate) -> Step {
        match gate {
            Gate::Fired(Actuation::Separate) => self.shot = Shot::Running,
            Gate::Lapsed(Actuation::Separate) => self.shot = Shot::Ready,
            Gate::Fired(_) | Gate::Lapsed(_) => (),
        }
        cx.bed.touch();
        Step::Stay
    }

    fn close(&mut self, cx: &mut Cx<'_>, after: After) -> Step {
        if after == After::Emergency && self.shot == Shot::Running {
            self.unknown(cx);
        }
        if after == After::NeedleOut && self.shot == Shot::Ready && !self.off {
            return Step::Go(Phase::NeedleOut(NeedleOut::begin(cx)));
        }
        Step::Stay
    }
}
