//! EndDraw: the clamp is closed for good; fist and tourniquet released, last tubes, the needle still in.
//!
//! Owns: what happens between the end of the blood and the needle out. Refuses: opening the clamp. Lost in a crash; a replay
//! finds it again.

use super::{NeedleOut, Seal};
use crate::api::prompt::Prompt;
use crate::device::Reading;
use crate::measure::{Mono, Span};
use crate::procedure::alarm::AlarmCode;
use crate::procedure::bed::Bed;
use crate::procedure::collection::REST;
use crate::procedure::donation::Donation;
use crate::procedure::event::{Act, Scan};
use crate::procedure::guard;
use crate::procedure::phase::{After, Cx, Outcome, Phase, Stage, Step};
use crate::procedure::refusal::Refusal;
use crate::procedure::timers::Timer;
use crate::procedure::tubes;
use crate::record::VolumeClass;

/// Longest wait for weights that make sense before the volume of a bag at rest is final, and doubtful.
const SOUGHT: Span = Span::from_secs(30);

/// See the file.
#[derive(Debug, Clone)]
pub(in crate::procedure) struct EndDraw {
    released: bool,
}

impl EndDraw {
    /// The clamp is closed for good. Also the place to begin the end of anything with a needle in the donor.
    pub(in crate::procedure) fn begin(cx: &mut Cx<'_>) -> Self {
        finish(cx);
        Self { released: false }
    }

    /// Sealed and separated with the needle in: only the needle is left.
    pub(in crate::procedure) fn released() -> Self {
        Self { released: true }
    }
}

/// Notes the end of the blood, however it came: the last instant, the flags of time, the bag coming to rest.
pub(in crate::procedure) fn finish(cx: &mut Cx<'_>) {
    cx.bed.calls = 0;
    cx.bed.timers.disarm(Timer::DrawTooLong);
    cx.bed.set(AlarmCode::DrawTooLong, false, cx.now);
    if cx.d.clamped.is_some() {
        return;
    }
    cx.d.clamped = cx.d.blood.closed_at().or(Some(cx.now));
    cx.bed.timers.arm(Timer::Settled, cx.now + REST);
    let (platelets, plasma) = cx.d.too_long(cx.now);
    cx.bed.set(AlarmCode::NotForPlatelets, platelets, cx.now);
    cx.bed.set(AlarmCode::NotForPlasma, plasma, cx.now);
}

/// The bag has come to rest: its volume is final, its class known.
pub(in crate::procedure) fn settled(cx: &mut Cx<'_>) {
    let waited = cx.d.clamped.is_none_or(|at| cx.now.since(at) >= SOUGHT);
    if cx.d.blood.seeks() && !waited {
        cx.bed.timers.arm(Timer::Settled, cx.now + REST);
        return;
    }
    if let Some(delay) = cx.d.blood.settle(cx.now) {
        cx.bed.tell(crate::procedure::command::Command::ClampDelayLearned(delay));
    }
    classed(cx.now, cx.bed, cx.d);
}

/// Tells of a bag that holds too little, as weighed last: by the scale at rest, or elsewhere.
pub(in crate::procedure) fn classed(now: Mono, bed: &mut Bed, d: &Donation) {
    bed.set(AlarmCode::Underweight, d.volume_class(now) == VolumeClass::Underweight, now);
}

impl Stage for EndDraw {
    fn prompt(&self, bed: &Bed, d: &Donation) -> Prompt {
        if !self.released {
            return Prompt::ReleaseTourniquet;
        }
        // After an abort, or with nothing drawn, nobody is kept waiting for tubes with a needle in the arm.
        let worth_waiting = d.abort.is_none() && d.blood.first_blood.is_some();
        let tubes = if worth_waiting { d.sampling.prompt() } else { None };
        tubes.unwrap_or_else(|| {
            // Nor for a machine.
            let here = worth_waiting && guard::may_seal_connected(bed, d).is_ok();
            if here { Prompt::SealConnected } else { Prompt::TakeNeedleOut }
        })
    }

    fn act(&mut self, cx: &mut Cx<'_>, act: &Act) -> Outcome {
        if let Act::TourniquetReleased = act {
            if self.released {
                return Err(Refusal::NotNow);
            }
            self.released = true;
            return Ok(Step::Stay);
        }
        if let Act::Seal = act {
            if !self.released {
                return Err(Refusal::NotNow);
            }
            guard::may_seal_connected(cx.bed, cx.d)?;
            let mut seal = Seal::default();
            seal.act(cx, act)?;
            return Ok(Step::Go(Phase::Seal(seal)));
        }
        tubes::act(cx, act)?;
        Ok(Step::Stay)
    }

    fn scan(&mut self, cx: &mut Cx<'_>, scan: &Scan) -> Outcome {
        tubes::scan(cx, scan)?;
        Ok(Step::Stay)
    }

    fn reading(&mut self, cx: &mut Cx<'_>, reading: &Reading) -> Step {
        if let Reading::TubeFilled(n) = reading {
            tubes::filled(cx, *n);
        }
        Step::Stay
    }

    fn close(&mut self, cx: &mut Cx<'_>, after: After) -> Step {
        match after {
            After::Pause | After::Emergency | After::End => Step::Stay,
            After::NeedleOut => Step::Go(Phase::NeedleOut(NeedleOut::begin(cx))),
        }
    }
}
