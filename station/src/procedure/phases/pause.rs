//! Pause: the clamp closed, the needle in. From here the draw goes on, or ends.
//!
//! Owns: where to go back to, the way there (the diverter first where a start has led it to the pouch, then the clamp), and the
//! pause's own clock. Refuses: opening on unproved devices. Lost in a crash; a replay finds it again.

use super::{Divert, Draw, EndDraw, NeedleOut, venipuncture};
use crate::api::prompt::Prompt;
use crate::device::{Actuation, DiverterPosition, Reading};
use crate::procedure::alarm::AlarmCode;
use crate::procedure::bed::Bed;
use crate::procedure::donation::Donation;
use crate::procedure::event::{Act, Scan};
use crate::procedure::guard;
use crate::procedure::phase::{After, Cx, Gate, Outcome, Phase, Stage, Step, unasked};
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

/// How far the way back is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Resting,
    Diverting,
    Opening,
}

/// See the file.
#[derive(Debug, Clone)]
pub(in crate::procedure) struct Pause {
    back: Back,
    way: Way,
}

impl Pause {
    /// The clamp is proved closed, the needle in.
    pub(in crate::procedure) fn begin(cx: &mut Cx<'_>, back: Back) -> Self {
        cx.d.blood.pause(cx.now);
        cx.bed.calls = 0;
        cx.bed.timers.arm(Timer::PauseTooLong, cx.now + cx.d.seconds(|l| l.max_pause_s));
        Self { back, way: Way::Resting }
    }

    /// Whether the diverter has to lead to the bag first: after a start of the station it leads to the pouch.
    fn must_divert(&self, cx: &Cx<'_>) -> bool {
        let drawing = match self.back {
            Back::Draw(_) => true,
            Back::Divert(_) => false,
        };
        let there = cx.bed.senses.diverter() == Some(DiverterPosition::Bag);
        drawing && cx.d.has_diverter(cx.bed) && !there
    }

    fn resume(&mut self, cx: &mut Cx<'_>) -> Outcome {
        if self.way != Way::Resting {
            return Err(Refusal::UnderWay);
        }
        guard::may_open(cx.now, cx.bed, cx.d)?;
        protect::mix_again(cx.now, cx.bed)?;
        if self.must_divert(cx) {
            cx.bed.request(cx.now, Actuation::DivertToBag)?;
            self.way = Way::Diverting;
        } else {
            cx.bed.request(cx.now, Actuation::ClampOpen)?;
            self.way = Way::Opening;
        }
        Ok(Step::Stay)
    }

    /// The same after a restart: an order to open that waited has lapsed, and the pause's clock runs on from here.
    pub(in crate::procedure) fn restarted(&self, cx: &mut Cx<'_>) -> Self {
        cx.bed.timers.arm(Timer::PauseTooLong, cx.now + cx.d.seconds(|l| l.max_pause_s));
        Self { back: self.back.clone(), way: Way::Resting }
    }

    fn over(cx: &mut Cx<'_>) {
        cx.bed.timers.disarm(Timer::Diverting);
        cx.d.blood.pause_over(cx.now);
        cx.bed.timers.disarm(Timer::PauseTooLong);
        cx.bed.set(AlarmCode::PauseTooLong, false, cx.now);
    }
}

impl Stage for Pause {
    fn prompt(&self, bed: &Bed, _d: &Donation) -> Prompt {
        if self.way != Way::Resting {
            Prompt::WaitClampOpen
        } else if matches!(&self.back, Back::Divert(divert) if divert.wants_clip()) {
            Prompt::ClosePouchClip
        } else if [AlarmCode::PauseTooLong, AlarmCode::DrawTooLong].into_iter().any(|a| bed.alarms().holds(a))
        {
            Prompt::EndAdvised
        } else {
            Prompt::Paused
        }
    }

    fn act(&mut self, cx: &mut Cx<'_>, act: &Act) -> Outcome {
        if let Act::Resume = act {
            return self.resume(cx);
        }
        match &mut self.back {
            Back::Draw(_) => tubes::act(cx, act)?,
            // A full pouch is shut whether the clamp is open or closed.
            Back::Divert(divert) if *act == Act::PouchClipClosed => divert.clip_closed(cx)?,
            Back::Divert(_) if *act == Act::VenipunctureFailed => {
                venipuncture::no_vein(cx);
                return Ok(self.close(cx, After::End));
            }
            Back::Divert(_) => return Err(Refusal::NotNow),
        }
        Ok(Step::Stay)
    }

    fn scan(&mut self, cx: &mut Cx<'_>, scan: &Scan) -> Outcome {
        match self.back {
            Back::Draw(_) => tubes::scan(cx, scan)?,
            Back::Divert(_) => return unasked(cx, scan),
        }
        Ok(Step::Stay)
    }

    fn reading(&mut self, cx: &mut Cx<'_>, reading: &Reading) -> Step {
        if let (Back::Draw(_), Reading::TubeFilled(n)) = (&self.back, reading) {
            tubes::filled(cx, *n);
        }
        if let (Way::Diverting, Reading::Diverter(DiverterPosition::Bag)) = (self.way, reading) {
            cx.bed.timers.disarm(Timer::Diverting);
            cx.bed.set(AlarmCode::DiverterNotObeying, false, cx.now);
            // Whatever forbids it meanwhile is asked about at the next word of the nurse.
            let asked = guard::may_open(cx.now, cx.bed, cx.d)
                .and_then(|()| cx.bed.request(cx.now, Actuation::ClampOpen));
            self.way = if asked.is_ok() { Way::Opening } else { Way::Resting };
            cx.bed.touch();
        }
        Step::Stay
    }

    fn clamp(&mut self, cx: &mut Cx<'_>, open: bool) -> Step {
        if !(open && self.way == Way::Opening) {
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
            self.way = Way::Resting;
        }
        if timer == Timer::Diverting && self.way == Way::Diverting {
            self.way = Way::Resting;
            cx.bed.set(AlarmCode::DiverterNotObeying, true, cx.now);
        }
        Step::Stay
    }

    fn gate(&mut self, _cx: &mut Cx<'_>, gate: Gate) -> Step {
        if let Gate::Lapsed(Actuation::ClampOpen | Actuation::DivertToBag) = gate {
            self.way = Way::Resting;
        }
        Step::Stay
    }

    fn close(&mut self, cx: &mut Cx<'_>, after: After) -> Step {
        self.way = Way::Resting;
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
