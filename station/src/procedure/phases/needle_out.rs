//! NeedleOut: the needle is out of the donor, to be guarded, the site pressed.
//!
//! Owns: that it is guarded before anything else. Refuses: sealing with a bare needle about. Lost in a crash; a replay finds
//! it again.

use super::end_draw;
use super::{Seal, Separate, Venipuncture};
use crate::api::prompt::Prompt;
use crate::procedure::bed::Bed;
use crate::procedure::donation::Donation;
use crate::procedure::event::Act;
use crate::procedure::phase::{After, Cx, Outcome, Phase, Stage, Step};
use crate::procedure::refusal::Refusal;

/// See the file.
#[derive(Debug, Clone)]
pub(in crate::procedure) struct NeedleOut;

impl NeedleOut {
    /// The needle is out, the clamp closed.
    pub(in crate::procedure) fn begin(cx: &mut Cx<'_>) -> Self {
        end_draw::finish(cx);
        Self
    }
}

impl Stage for NeedleOut {
    fn prompt(&self, _bed: &Bed, _d: &Donation) -> Prompt {
        Prompt::GuardNeedle
    }

    fn act(&mut self, cx: &mut Cx<'_>, act: &Act) -> Outcome {
        let Act::NeedleGuarded = act else { return Err(Refusal::NotNow) };
        cx.d.guarded = true;
        if cx.bed.keeps_records() && cx.d.may_try_again(cx.now) {
            return Ok(Step::Go(Phase::Venipuncture(Venipuncture::ended())));
        }
        Ok(Step::Go(match (cx.d.seal, cx.d.separation) {
            (None, _) => Phase::Seal(Seal::default()),
            (Some(_), None) => Phase::Separate(Separate::default()),
            (Some(_), Some(_)) => Phase::Separate(Separate::to_be_binned()),
        }))
    }

    fn close(&mut self, _cx: &mut Cx<'_>, _after: After) -> Step {
        Step::Stay
    }
}
