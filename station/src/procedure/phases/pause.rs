//! Pause: the clamp closed, the needle in. From here the draw goes on, or ends.
//!
//! Owns: where to go back to, and the pause's own clock. Refuses: opening on unproved devices. Lost in a crash; a replay
//! finds it again.

use super::{Divert, Draw, EndDraw, NeedleOut};
use crate::api::prompt::Prompt;
use crate::device::Actuation;
use crate::procedure::alarm::AlarmCode;
use crate::procedure::bed::Bed;
use crate::procedure::donation::Donation;
use crate::procedure::event::{Act, Scan};
use crate::procedure::guard;
use crate::procedure::phase::{After, Cx, Gate, Outcome, Phase, Stage, Step};
use crate::procedure::protect;
use crate::procedure::refusal::Refusal;
use crate::procedure::timers::Timer;
use crate::procedure::tubes;

/// The phase that was paused.
#[derive(Debug, Clone)]
pub(in crate::procedure) enum Back {
    /// First blood.
    Divert(Divert),
    /// The draw.
    Draw(Box<Draw>),
}

/// See the file.
#[derive(Debug, Clone)]
pub(in crate::procedure) struct Pause {
    back: Back,
    opening: bool,
}

impl Pause {
    /// The clamp is proved closed, the needle in.
    pub(in crate::procedure) fn begin(cx: &mut Cx<'_>, back: Back) -> Self {
        cx.d.blood.pause(cx.now);
        cx.bed.calling = false;
        cx.bed.timers.arm(Timer::PauseTooLong, cx.now + cx.d.seconds(|l| l.max_pause_s));
        Self { back, opening: false }
    }

    /// The same after a restart: an order to open that waited has lapsed, and the pause's clock runs on from here.
    pub(in crate::procedure) fn restarted(&self, cx: &mut Cx<'_>) -> Self {
        cx.bed.timers.arm(Timer::PauseTooLong, cx.now + cx.d.seconds(|l| l.max_pause_s));
        Self { back: self.back.clone(), opening: false }
    }

    fn over(cx: &mut Cx<'_>) {
        cx.d.blood.pause_over(cx.now);
        cx.bed.timers.disarm(Timer::PauseTooLong);
        cx.bed.set(AlarmCode::PauseTooLong, false, cx.now);
    }
}

impl Stage for Pause {
    fn prompt(&self, bed: &Bed, _d: &Donation) -> Prompt {
        if self.opening {
            Prompt::WaitClampOpen
        } else if bed.alarms().holds(AlarmCode::PauseTooLong) {
            Prompt::EndAdvised
        } else {
            Prompt::Paused
        }
    }

    fn act(&mut self, cx: &mut Cx<'_>, act: &Act) -> Outcome {
        if let Act::Resume = act {
            if self.opening {
                return Err(Refusal::UnderWay);
            }
            guard::may_open(cx.now, cx.bed, cx.d)?;
            protect::mix_again(cx.now, cx.bed)?;
            cx.bed.request(cx.now, Actuation::ClampOpen)?;
            self.opening = true;
            return Ok(Step::Stay);
        }
        match self.back {
            Back::Draw(_) => tubes::act(cx, act)?,
            Back::Divert(_) => return Err(Refusal::NotNow),
        }
        Ok(Step::Stay)
    }

    fn scan(&mut self, cx: &mut Cx<'_>, scan: &Scan) -> Outcome {
        match self.back {
            Back::Draw(_) => tubes::scan(cx, scan)?,
            Back::Divert(_) => return Err(Refusal::NotNow),
        }
        Ok(Step::Stay)
    }

    fn clamp(&mut self, cx: &mut Cx<'_>, open: bool) -> Step {
        if !(open && self.opening) {
            return Step::Stay;
        }
        Self::over(cx);
        Step::Go(match self.back.clone() {
            Back::Divert(divert) => Phase::Divert(divert.again(cx)),
            Back::Draw(draw) => Phase::Draw(Box::new(draw.again(cx))),
        })
    }

    fn timer(&mut self, cx: &mut Cx<'_>, timer: Timer) -> Step {
        if timer == Timer::PauseTooLong {
            cx.bed.set(AlarmCode::PauseTooLong, true, cx.now);
        }
        if timer == Timer::ClampOpening {
            self.opening = false;
        }
        Step::Stay
    }

    fn gate(&mut self, _cx: &mut Cx<'_>, gate: Gate) -> Step {
        if gate == Gate::Lapsed(Actuation::ClampOpen) {
            self.opening = false;
        }
        Step::Stay
    }

    fn close(&mut self, cx: &mut Cx<'_>, after: After) -> Step {
        self.opening = false;
        match after {
            After::Pause | After::Emergency => Step::Stay,
            After::End => {
                Self::over(cx);
                Step::Go(Phase::EndDraw(EndDraw::begin(cx)))
            }
            After::NeedleOut => {
                Self::over(cx);
                Step::Go(Phase::NeedleOut(NeedleOut::begin(cx)))
            }
        }
    }
}
