//! Reconcile: form, bag and every tube scanned once more before anything leaves the bed; then the disposition.
//!
//! Owns: the second ticks. Refuses: closing while a label is outstanding, unless the donation ends as aborted because labels do
//! not agree. Lost in a crash; a replay finds it again.

use super::Closed;
use crate::api::prompt::{Prompt, ScanWanted};
use crate::procedure::bed::Bed;
use crate::procedure::command::Command;
use crate::procedure::donation::Donation;
use crate::procedure::event::{Act, Scan};
use crate::procedure::labels::{self, Expected, Placed};
use crate::procedure::phase::{After, Cx, Outcome, Phase, Stage, Step};
use crate::procedure::refusal::Refusal;

/// See the file.
#[derive(Debug, Clone, Default)]
pub(in crate::procedure) struct Reconcile {
    placed: Placed,
}

impl Reconcile {
    /// What is outstanding, in the order of asking.
    pub(in crate::procedure) fn wanted(&self, d: &Donation) -> Vec<ScanWanted> {
        if given_up(d) {
            return Vec::new();
        }
        let mut wanted = self.placed.wanted(d);
        wanted.extend(self.placed.wanted_items(d));
        wanted.extend(d.sampling.wanted_again());
        wanted
    }

    /// What is to be scanned now: what is outstanding, then what has to answer a label that was refused.
    pub(in crate::procedure) fn asked(&self, d: &Donation) -> Option<ScanWanted> {
        self.wanted(d).first().copied().or_else(|| d.disputed_place().filter(|_| !given_up(d)))
    }
}

/// Whether no label is asked for: people have given up on labels that do not agree, or there is no number.
fn given_up(d: &Donation) -> bool {
    d.gave_up_labels() || d.din.is_none()
}

impl Stage for Reconcile {
    fn prompt(&self, _bed: &Bed, d: &Donation) -> Prompt {
        self.asked(d).map_or(Prompt::AcceptDisposition, |wanted| Prompt::Scan { wanted, again: true })
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "every other act is not for this moment, future ones too"
    )]
    fn act(&mut self, cx: &mut Cx<'_>, act: &Act) -> Outcome {
        match act {
            Act::AcceptDisposition if self.asked(cx.d).is_none() && !cx.d.owes_care() => {
                cx.d.tag_agrees()?;
                cx.bed.tell(Command::Close(Box::new(cx.d.record(cx.now))));
                Ok(Step::Go(Phase::Closed(Closed)))
            }
            // A tube that broke on the way.
            Act::TubeMissing { tube, why } => {
                cx.d.tube_missing(*tube, *why)?;
                Ok(Step::Stay)
            }
            _ => Err(Refusal::NotNow),
        }
    }

    fn scan(&mut self, cx: &mut Cx<'_>, scan: &Scan) -> Outcome {
        let expected = Expected { bed: cx.bed.id, din: cx.d.expected_din() };
        let wanted = self.wanted(cx.d);
        let items = cx.d.settings().label_items.clone();
        let ticks = match labels::read(scan, expected, &wanted, &cx.d.places(), &items) {
            Err(Refusal::AlreadyScanned) if cx.d.answers(scan, expected, true) => return Ok(Step::Stay),
            ticks => ticks?,
        };
        // The right lot or last day of the bag answers a wrong one, though nobody asked for it here.
        let answered = cx.d.answered_by(&ticks);
        if ticks.places.is_empty() && !answered {
            return Err(labels::wrong(&wanted, labels::name(&scan.content)));
        }
        cx.d.mark_typed(scan, &ticks.fields(), true);
        for place in ticks.places {
            match place {
                ScanWanted::Tube(n) => cx.d.sampling.scanned(n, true),
                ScanWanted::Form | ScanWanted::Bag | ScanWanted::Item(_) => self.placed.tick(place),
                ScanWanted::BagCatalog | ScanWanted::BagLot | ScanWanted::BagExpiry => (),
            }
        }
        cx.d.reconciled = self.wanted(cx.d).is_empty();
        Ok(Step::Stay)
    }

    fn close(&mut self, _cx: &mut Cx<'_>, _after: After) -> Step {
        Step::Stay
    }
}
