//! Segments: the tubing stripped, its segments sealed here or later.
//!
//! Owns: the count. Refuses: opening the clamp for stripping before the needle is off. Lost in a crash; a replay finds it
//! again.

use super::Reconcile;
use crate::api::prompt::Prompt;
use crate::device::Actuation;
use crate::procedure::bed::Bed;
use crate::procedure::donation::Donation;
use crate::procedure::event::{Act, HandStep};
use crate::procedure::guard;
use crate::procedure::phase::{After, Cx, Outcome, Phase, Stage, Step};
use crate::procedure::refusal::Refusal;

/// See the file.
#[derive(Debug, Clone)]
pub(in crate::procedure) struct Segments;

impl Segments {
    fn done(cx: &mut Cx<'_>, count: Option<u8>) -> Step {
        cx.d.segments = count;
        cx.d.segments_later = count.is_none();
        cx.bed.close_clamp(cx.now);
        Step::Go(Phase::Reconcile(Reconcile::default()))
    }
}

impl Stage for Segments {
    fn prompt(&self, _bed: &Bed, d: &Donation) -> Prompt {
        let limits = &d.settings().limits;
        Prompt::Segments {
            count: u8::try_from(limits.segments).unwrap_or(u8::MAX),
            length_cm: u8::try_from(limits.segment_tubing_cm).unwrap_or(u8::MAX),
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "every other act is not for this moment, future ones too"
    )]
    fn act(&mut self, cx: &mut Cx<'_>, act: &Act) -> Outcome {
        match act {
            Act::StripTubing => {
                guard::may_strip(cx.bed, cx.d)?;
                cx.bed.request(cx.now, Actuation::ClampOpen)?;
                Ok(Step::Stay)
            }
            Act::SegmentsSealed { count } | Act::ByHand { step: HandStep::SegmentsSealed { count }, .. } => {
                Ok(Self::done(cx, Some(*count)))
            }
            Act::SegmentsLater => Ok(Self::done(cx, None)),
            _ => Err(Refusal::NotNow),
        }
    }

    fn close(&mut self, _cx: &mut Cx<'_>, _after: After) -> Step {
        Step::Stay
    }
}
