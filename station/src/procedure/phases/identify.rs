//! Identify: name and birth date asked openly, screening and consent known.
//!
//! Owns: both answers. Refuses: labels before the donor is certain. Lost in a crash; a replay finds it again.

use super::Label;
use crate::api::prompt::Prompt;
use crate::procedure::bed::Bed;
use crate::procedure::donation::Donation;
use crate::procedure::event::Act;
use crate::procedure::phase::{After, Cx, Outcome, Phase, Stage, Step};
use crate::procedure::refusal::Refusal;

/// See the file.
#[derive(Debug, Clone, Default)]
pub(in crate::procedure) struct Identify {
    confirmed: bool,
}

impl Stage for Identify {
    fn prompt(&self, _bed: &Bed, d: &Donation) -> Prompt {
        if !self.confirmed {
            return Prompt::ConfirmIdentity;
        }
        debug_assert!(!d.screened, "identified and screened leads on");
        Prompt::ConfirmScreening
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "every other act is not for this moment, future ones too"
    )]
    fn act(&mut self, cx: &mut Cx<'_>, act: &Act) -> Outcome {
        match act {
            Act::ConfirmIdentity if !self.confirmed => self.confirmed = true,
            Act::ConfirmScreening if !cx.d.screened => cx.d.screened = true,
            _ => return Err(Refusal::NotNow),
        }
        if self.confirmed && cx.d.screened {
            return Ok(Step::Go(Phase::Label(Label::default())));
        }
        Ok(Step::Stay)
    }

    fn close(&mut self, _cx: &mut Cx<'_>, _after: After) -> Step {
        Step::Stay
    }
}
