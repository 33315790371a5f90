//! Separate: the needle taken off the sealed line, into the sharps bin. Irreversible: never twice unasked, never unsure.
//!
//! Owns: the intent and its outcome, and the count of the bin. Refuses: separating before the seal is confirmed or into a full
//! bin. After a crash an intent without outcome is unknown, and a person looks.

use super::shot::{Shot, Tool};
use super::{EndDraw, Label, NeedleOut, Segments};
use crate::api::prompt::Prompt;
use crate::device::{Actuation, DeviceKind, Reading};
use crate::procedure::alarm::AlarmCode;
use crate::procedure::bed::Bed;
use crate::procedure::donation::{Donation, Needle};
use crate::procedure::event::{Act, HandStep};
use crate::procedure::guard;
use crate::procedure::phase::{After, Cx, Gate, Outcome, Phase, Stage, Step};
use crate::procedure::refusal::Refusal;
use crate::procedure::timers::Timer;
use crate::record::Confirmed;

const SEPARATOR: Tool = Tool {
    device: DeviceKind::Separator,
    act: Actuation::Separate,
    disable: Actuation::SeparatorDisable,
    timer: Timer::Separating,
    alarm: AlarmCode::SeparationNotConfirmed,
    confirms: |_| true,
};

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
        self.off = true;
        self.shot.settled(cx, &SEPARATOR);
        cx.bed.touch();
        match cx.d.needle {
            // The line is cut, the needle still in the donor: it comes out, is guarded, and only then there is one to bin.
            Needle::In => Step::Go(Phase::EndDraw(EndDraw::released())),
            Needle::Out if !cx.d.guarded => Step::Go(Phase::NeedleOut(NeedleOut::begin(cx))),
            Needle::Never | Needle::Out => Step::Stay,
        }
    }

    /// Nothing moved, and the needle came out meanwhile: it is guarded before anything else.
    fn onward(&self, cx: &mut Cx<'_>) -> Step {
        if self.shot == Shot::Ready && !self.off && cx.d.needle_unguarded() {
            return Step::Go(Phase::NeedleOut(NeedleOut::begin(cx)));
        }
        Step::Stay
    }

    fn ask(&mut self, cx: &mut Cx<'_>) -> Outcome {
        if self.off {
            return Err(Refusal::NotNow);
        }
        self.shot.ask(cx, &SEPARATOR, guard::may_separate)?;
        Ok(Step::Stay)
    }

    fn binned(cx: &mut Cx<'_>) -> Step {
        cx.bed.binned = cx.bed.binned.saturating_add(1);
        let full = guard::bin_full(cx.bed, cx.d);
        cx.bed.set(AlarmCode::BinFull, full, cx.now);
        if cx.d.awaits_second_kit() && cx.bed.keeps_records() {
            cx.d.second_kit(cx.now);
            return Step::Go(Phase::Label(Label::of_second_kit(cx.d)));
        }
        cx.d.no_second_kit();
        Step::Go(Phase::Segments(Segments))
    }
}

impl Stage for Separate {
    fn prompt(&self, bed: &Bed, d: &Donation) -> Prompt {
        if self.off {
            return if guard::bin_full(bed, d) { Prompt::ReplaceBin } else { Prompt::BinNeedle };
        }
        match self.shot {
            // Nothing here works on beside a needle in the donor: it comes out first.
            Shot::Ready
                if d.needle == Needle::In
                    && (guard::bin_full(bed, d) || !Shot::tool_works(bed, &SEPARATOR)) =>
            {
                Prompt::TakeNeedleOut
            }
            Shot::Ready if guard::bin_full(bed, d) => Prompt::ReplaceBin,
            Shot::Ready if !Shot::tool_works(bed, &SEPARATOR) => Prompt::ByHand(HandStep::Separated),
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
                }
                self.shot = Shot::Ready;
            }
            Act::ByHand { step: HandStep::Separated, .. }
                if !self.off && matches!(self.shot, Shot::Ready | Shot::Unknown) =>
            {
                // Cut beside a needle in the donor only by the device that is approved for it.
                if cx.d.needle == Needle::In {
                    return Err(Refusal::NeedleIn);
                }
                return Ok(self.separated(cx, Confirmed::ByHand));
            }
            Act::NeedleBinned if self.off => {
                // Whatever took it off: no needle is pressed into a full bin.
                if guard::bin_full(cx.bed, cx.d) {
                    return Err(Refusal::BinFull);
                }
                return Ok(Self::binned(cx));
            }
            _ => return Err(Refusal::NotNow),
        }
        Ok(self.onward(cx))
    }

    fn reading(&mut self, cx: &mut Cx<'_>, reading: &Reading) -> Step {
        let Reading::Separator(report) = reading else {
            self.shot.reading(cx, &SEPARATOR);
            return Step::Stay;
        };
        if self.shot.report(cx, &SEPARATOR, *report) {
            return self.separated(cx, Confirmed::Device);
        }
        self.onward(cx)
    }

    fn timer(&mut self, cx: &mut Cx<'_>, timer: Timer) -> Step {
        self.shot.timer(cx, &SEPARATOR, timer);
        Step::Stay
    }

    fn gate(&mut self, cx: &mut Cx<'_>, gate: Gate) -> Step {
        self.shot.gate(cx, &SEPARATOR, gate);
        self.onward(cx)
    }

    fn close(&mut self, cx: &mut Cx<'_>, after: After) -> Step {
        self.shot.close(cx, &SEPARATOR, after);
        if after == After::NeedleOut && self.shot == Shot::Ready && !self.off {
            return Step::Go(Phase::NeedleOut(NeedleOut::begin(cx)));
        }
        Step::Stay
    }
}
