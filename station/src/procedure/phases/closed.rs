//! Closed: the record is made; the bag is handed over and the bed cleared.
//!
//! Owns: nothing more. Refuses: any change of the donation. Lost in a crash; a replay finds it again.

use crate::api::prompt::Prompt;
use crate::device::Actuation;
use crate::procedure::bed::Bed;
use crate::procedure::donation::Donation;
use crate::procedure::event::{Act, Scan};
use crate::procedure::phase::{After, Cx, Outcome, Stage, Step};
use crate::procedure::refusal::Refusal;

/// See the file.
#[derive(Debug, Clone)]
pub(in crate::procedure) struct Closed;

impl Stage for Closed {
    fn prompt(&self, _bed: &Bed, _d: &Donation) -> Prompt {
        Prompt::ClearBed
    }

    fn act(&mut self, cx: &mut Cx<'_>, act: &Act) -> Outcome {
        let Act::BedCleared = act else { return Err(Refusal::NotNow) };
        if cx.bed.mixer_wanted {
            cx.bed.protect(Actuation::MixerStop);
        }
        cx.bed.close_clamp(cx.now);
        Ok(Step::Free)
    }

    /// The record is made: what is scanned now is nothing of this donation.
    fn scan(&mut self, _cx: &mut Cx<'_>, _scan: &Scan) -> Outcome {
        Err(Refusal::NotNow)
    }

    fn close(&mut self, _cx: &mut Cx<'_>, _after: After) -> Step {
        Step::Stay
    }
}
