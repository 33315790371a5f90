//! Label: form, bag, the site's further items and the tubes carry one DIN, the bag is in date and was looked at. In any order.
//!
//! Owns: what is ticked off. Refuses: labels of another donation, expired bags, labels marked for another place. Lost in a
//! crash; a replay finds it again.

use super::Prepare;
use crate::api::prompt::{Prompt, ScanWanted};
use crate::procedure::bed::Bed;
use crate::procedure::command::Command;
use crate::procedure::donation::Donation;
use crate::procedure::event::{Act, Scan};
use crate::procedure::labels::{self, Expected, Placed, Ticks};
use crate::procedure::limits::TubesWhen;
use crate::procedure::phase::{After, Cx, Outcome, Phase, Stage, Step};
use crate::procedure::refusal::Refusal;

/// See the file.
#[derive(Debug, Clone, Default)]
pub(in crate::procedure) struct Label {
    placed: Placed,
    looked: bool,
}

impl Label {
    /// Another bag is taken: what was said of the form still holds.
    pub(in crate::procedure) fn with_new_bag() -> Self {
        Self { placed: Placed::form_only(), looked: false }
    }

    /// The second kit: with the same number what was said of the form still holds.
    pub(in crate::procedure) fn of_second_kit(d: &Donation) -> Self {
        if d.din.is_some() { Self::with_new_bag() } else { Self::default() }
    }

    /// What is outstanding, in the order of asking.
    pub(in crate::procedure) fn wanted(&self, d: &Donation) -> Vec<ScanWanted> {
        let mut wanted = self.placed.wanted(d);
        for (missing, what) in [
            (d.bag.container.is_none(), ScanWanted::BagCatalog),
            (d.bag.lot.is_none(), ScanWanted::BagLot),
            (d.bag.expiry.is_none(), ScanWanted::BagExpiry),
        ] {
            if missing && d.settings().scan_bag_lot {
                wanted.push(what);
            }
        }
        wanted.extend(self.placed.wanted_items(d));
        wanted.extend(d.sampling.wanted_at_label());
        wanted
    }

    /// What is to be scanned now: what is outstanding, then what has to answer a label that was refused.
    fn asked(&self, d: &Donation) -> Option<Prompt> {
        let outstanding = self.wanted(d).first().map(|w| Prompt::Scan { wanted: *w, again: false });
        outstanding.or_else(|| d.disputed_place().map(|wanted| Prompt::Scan { wanted, again: true }))
    }

    fn tick(&mut self, cx: &mut Cx<'_>, ticks: &Ticks, answered: bool) -> Result<(), Refusal> {
        let d = &mut *cx.d;
        let bag = d.bag;
        d.bag.take(ticks);
        if !answered && ticks.places.is_empty() && d.bag == bag {
            return Err(Refusal::AlreadyScanned);
        }
        if let (None, Some(din)) = (d.din, ticks.din) {
            d.din = Some(din);
            cx.bed.tell(Command::BindDin(din));
        }
        for place in ticks.places.iter().copied() {
            match place {
                ScanWanted::Tube(n) => d.sampling.scanned(n, false),
                ScanWanted::Form | ScanWanted::Bag | ScanWanted::Item(_) => self.placed.tick(place),
                ScanWanted::BagCatalog | ScanWanted::BagLot | ScanWanted::BagExpiry => (),
            }
        }
        Ok(())
    }

    fn onward(&self, d: &Donation) -> Step {
        if self.looked && self.asked(d).is_none() {
            Step::Go(Phase::Prepare(Prepare::default()))
        } else {
            Step::Stay
        }
    }
}

impl Stage for Label {
    fn prompt(&self, _bed: &Bed, d: &Donation) -> Prompt {
        self.asked(d).unwrap_or(Prompt::LookAtBag)
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "every other act is not for this moment, future ones too"
    )]
    fn act(&mut self, cx: &mut Cx<'_>, act: &Act) -> Outcome {
        match act {
            Act::BagLooked if !self.looked || self.asked(cx.d).is_none() => self.looked = true,
            Act::BagRejected => {
                cx.d.new_bag();
                *self = Self { placed: self.placed.without_bag(), looked: false };
            }
            _ => return Err(Refusal::NotNow),
        }
        Ok(self.onward(cx.d))
    }

    fn scan(&mut self, cx: &mut Cx<'_>, scan: &Scan) -> Outcome {
        let expected = Expected { bed: cx.bed.id, din: cx.d.expected_din() };
        let mut known = Placed::all(cx.d);
        if cx.d.settings().tubes_when == TubesWhen::Label && !cx.d.settings().tubes.is_empty() {
            known.push(ScanWanted::Tube(1));
        }
        let items = cx.d.settings().label_items.clone();
        let ticks = match labels::read(scan, expected, &self.wanted(cx.d), &known, &items) {
            Err(Refusal::AlreadyScanned) if cx.d.answers(scan, expected, false) => {
                return Ok(self.onward(cx.d));
            }
            ticks => ticks?,
        };
        let answered = cx.d.answered_by(&ticks);
        self.tick(cx, &ticks, answered)?;
        cx.d.mark_typed(scan, &ticks.fields(), false);
        Ok(self.onward(cx.d))
    }

    fn close(&mut self, _cx: &mut Cx<'_>, _after: After) -> Step {
        Step::Stay
    }
}
