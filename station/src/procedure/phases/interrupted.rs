//! Interrupted: the station started again in the middle of a donation. A person decides.
//!
//! Owns: the phase in which it happened, and what is allowed from there. Refuses: going on with a draw after a long gap, on
//! other devices, with a clamp that was not proved closed or under another logic. A crash here is the same again.

use super::{Back, EndDraw, NeedleOut, Pause, Prepare, Venipuncture};
use crate::api::prompt::Prompt;
use crate::procedure::alarm::AlarmCode;
use crate::procedure::bed::Bed;
use crate::procedure::donation::{Donation, Needle};
use crate::procedure::event::{Act, Restart};
use crate::procedure::guard;
use crate::procedure::phase::{After, Cx, Outcome, Phase, Stage, Step};
use crate::procedure::protect;
use crate::procedure::refusal::Refusal;

/// See the file.
#[derive(Debug, Clone)]
pub(in crate::procedure) struct Interrupted {
    was: Phase,
    may_resume: bool,
}

impl Interrupted {
    /// What was going on, and what was found.
    pub(in crate::procedure) fn begin(cx: &mut Cx<'_>, was: Phase, restart: &Restart) -> Self {
        cx.bed.set(AlarmCode::Interrupted, true, cx.now);
        // A second restart before anybody decided keeps the phase of the first.
        let was = if let Phase::Interrupted(inner) = was { inner.was } else { was };
        let gap_ok = restart.gap.is_some_and(|g| g <= cx.d.seconds(|l| l.resume_gap_s));
        let sound = gap_ok && restart.unchanged && restart.clamp_closed && !restart.logic_changed;
        Self { may_resume: sound || cx.d.needle != Needle::In, was }
    }

    /// What is known of a donation that was led by another logic, from its facts alone.
    pub(in crate::procedure) fn folded(was: Phase, needle: Needle) -> Self {
        Self { was, may_resume: needle != Needle::In }
    }

    /// The bed's own program failed: everything is off, and people finish by hand.
    pub(in crate::procedure) fn failed(was: Phase) -> Self {
        Self { was, may_resume: false }
    }

    fn resume(&self, cx: &mut Cx<'_>) -> Outcome {
        if !self.may_resume {
            return Err(Refusal::NotNow);
        }
        if cx.d.needle == Needle::In {
            guard::may_open(cx.now, cx.bed, cx.d)?;
        }
        let next = match (&self.was, cx.d.needle) {
            (Phase::Divert(divert), Needle::In) => {
                Phase::Pause(Pause::begin(cx, Back::Divert(divert.clone().restarted())))
            }
            (Phase::Draw(draw), Needle::In) => Phase::Pause(Pause::begin(cx, Back::Draw(draw.clone()))),
            (Phase::Pause(pause), Needle::In) => Phase::Pause(pause.restarted(cx)),
            (Phase::Venipuncture(_), Needle::In) => Phase::Venipuncture(Venipuncture::with_needle_in()),
            (Phase::Divert(_) | Phase::Draw(_) | Phase::Pause(_) | Phase::EndDraw(_), Needle::Out) => {
                Phase::NeedleOut(NeedleOut::begin(cx))
            }
            (Phase::Prepare(_) | Phase::Venipuncture(_), Needle::Never) => Phase::Prepare(Prepare::default()),
            (Phase::Seal(seal), _) => Phase::Seal(seal.restarted()),
            (Phase::Separate(separate), _) => Phase::Separate(separate.restarted()),
            (other, _) => other.clone(),
        };
        if cx.d.needle == Needle::In {
            protect::mix_again(cx.now, cx.bed)?;
        }
        Ok(Self::over(cx, next))
    }

    fn over(cx: &mut Cx<'_>, next: Phase) -> Step {
        cx.bed.set(AlarmCode::Interrupted, false, cx.now);
        Step::Go(next)
    }

    /// The safe place to go on from when the draw must not: the tail, wherever it had come to.
    fn end(&self, cx: &mut Cx<'_>) -> Step {
        let next = match (&self.was, cx.d.needle) {
            (Phase::Seal(seal), _) => Phase::Seal(seal.restarted()),
            (Phase::Separate(separate), _) => Phase::Separate(separate.restarted()),
            (Phase::NeedleOut(_) | Phase::Segments(_) | Phase::Reconcile(_) | Phase::Closed(_), _) => {
                self.was.clone()
            }
            (_, Needle::In) => Phase::EndDraw(EndDraw::begin(cx)),
            (_, Needle::Out) => Phase::NeedleOut(NeedleOut::begin(cx)),
            // Nothing to end: only an abort leads on from here.
            (_, Needle::Never) => return Step::Stay,
        };
        Self::over(cx, next)
    }
}

impl Stage for Interrupted {
    fn prompt(&self, _bed: &Bed, _d: &Donation) -> Prompt {
        Prompt::Interrupted { may_resume: self.may_resume }
    }

    fn act(&mut self, cx: &mut Cx<'_>, act: &Act) -> Outcome {
        let Act::Resume = act else { return Err(Refusal::NotNow) };
        self.resume(cx)
    }

    fn close(&mut self, cx: &mut Cx<'_>, after: After) -> Step {
        match after {
            After::Pause | After::Emergency => Step::Stay,
            After::End | After::NeedleOut => self.end(cx),
        }
    }
}
