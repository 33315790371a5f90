//! Interrupted: the station started again in the middle of a donation. A person decides.
//!
//! Owns: the phase in which it happened, and what is allowed from there. Refuses: going on with a draw after a long gap, on
//! other devices, with a clamp that was not proved closed or under another logic. A crash here is the same again.

use super::{Back, EndDraw, NeedleOut, Pause, Prepare, Venipuncture};
use crate::api::prompt::Prompt;
use crate::device::Actuation;
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
    /// Every restart so far found clock, devices and clamp as they were, and the same logic.
    sound: bool,
    /// Led by another logic: an irreversible order of which no outcome is known yet.
    intent: Option<Actuation>,
}

impl Interrupted {
    /// What was going on, and what was found.
    pub(in crate::procedure) fn begin(cx: &mut Cx<'_>, was: Phase, restart: &Restart) -> Self {
        cx.bed.set(AlarmCode::Interrupted, true, cx.now);
        let gap_ok = restart.gap.is_some_and(|g| g <= cx.d.seconds(|l| l.resume_gap_s));
        let sound = gap_ok && restart.unchanged && restart.clamp_closed && !restart.logic_changed;
        if let Phase::Interrupted(first) = was {
            // A second restart before anybody decided keeps the phase of the first, and what that one forbade.
            return Self { was: first.was, sound: sound && first.sound, intent: None };
        }
        Self { was, sound, intent: None }
    }

    /// What is known of a donation that was led by another logic, from its facts alone.
    pub(in crate::procedure) fn folded(was: Phase, intent: Option<Actuation>) -> Self {
        Self { was, sound: false, intent }
    }

    /// The bed's own program failed: everything is off, and people finish by hand.
    pub(in crate::procedure) fn failed(was: Phase) -> Self {
        Self { was, sound: false, intent: None }
    }

    /// The irreversible order of which no outcome is known yet, while the facts are folded.
    pub(in crate::procedure) fn intent(&self) -> Option<Actuation> {
        self.intent
    }

    fn may_resume(&self, bed: &Bed, d: &Donation) -> bool {
        let allowed = match (&self.was, d.needle) {
            // A needle that came before its time: nothing can be drawn with it.
            (Phase::Identify(_) | Phase::Label(_) | Phase::Prepare(_), Needle::In) => false,
            (Phase::Venipuncture(venipuncture), Needle::In) => self.sound && venipuncture.awaits_needle(d),
            (_, Needle::In) => self.sound,
            (_, Needle::Never | Needle::Out) => true,
        };
        allowed && !bed.failed
    }

    fn resume(&self, cx: &mut Cx<'_>) -> Outcome {
        if !self.may_resume(cx.bed, cx.d) {
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
            // A needle may be in that nobody has spoken of.
            (Phase::Prepare(_) | Phase::Venipuncture(_), Needle::Never) => Phase::Prepare(Prepare::again()),
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
        if cx.d.mixing_due() && cx.d.bag_off(cx.now).is_none() {
            // Where it cannot be asked for the bag is mixed by hand, and the alarm for that says so.
            protect::mix_again(cx.now, cx.bed).unwrap_or(());
        }
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
    fn prompt(&self, bed: &Bed, d: &Donation) -> Prompt {
        Prompt::Interrupted { may_resume: self.may_resume(bed, d) }
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
