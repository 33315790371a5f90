//! Sample tubes: a checklist beside the draw, with its own order and its own prompts.
//!
//! Owns: what was scanned, filled, is missing and was checked again. Refuses: blocking the bed: a tube that cannot be filled
//! is missing with a reason. Lost in a crash; a replay makes it again.

use super::event::MissingWhy;
use super::limits::{SampleMode, Settings, TubesWhen};
use super::refusal::Refusal;
use crate::api::TubeView;
use crate::api::prompt::{Prompt, ScanWanted};
use crate::measure::Mono;
use crate::record::TubeRecord;

#[derive(Debug, Clone)]
struct Tube {
    name: String,
    scanned: bool,
    filled: Option<Mono>,
    missing: Option<MissingWhy>,
    reconciled: bool,
}

/// The tubes of one donation, in the site's order of filling. Numbers are from 1.
#[derive(Debug, Clone)]
pub(super) struct Sampling {
    tubes: Vec<Tube>,
    inversions: u8,
    when: TubesWhen,
    /// The needle has to stay in until they are full.
    needle_stays: bool,
}

impl Sampling {
    pub(super) fn new(settings: &Settings) -> Self {
        let tubes = settings
            .tubes
            .iter()
            .map(|kind| Tube {
                name: kind.name.clone(),
                scanned: false,
                filled: None,
                missing: None,
                reconciled: false,
            })
            .collect();
        Self {
            tubes,
            inversions: u8::try_from(settings.limits.inversions).unwrap_or(u8::MAX),
            when: settings.tubes_when,
            needle_stays: settings.sample_mode == SampleMode::LineEnd,
        }
    }

    fn numbered(&self) -> impl Iterator<Item = (u8, &Tube)> {
        (1..=u8::MAX).zip(&self.tubes)
    }

    fn tube(&mut self, number: u8) -> Option<&mut Tube> {
        self.tubes.get_mut(usize::from(number).checked_sub(1)?)
    }

    /// Tubes whose labels are due together with form and bag.
    pub(super) fn wanted_at_label(&self) -> Vec<ScanWanted> {
        match self.when {
            TubesWhen::Label => {
                self.numbered().filter(|(_, t)| !t.scanned).map(|(n, _)| ScanWanted::Tube(n)).collect()
            }
            TubesWhen::Filling => Vec::new(),
        }
    }

    /// Tubes whose labels are due on the second scan.
    pub(super) fn wanted_again(&self) -> Vec<ScanWanted> {
        let due = |t: &Tube| t.missing.is_none() && !t.reconciled;
        self.numbered().filter(|(_, t)| due(t)).map(|(n, _)| ScanWanted::Tube(n)).collect()
    }

    /// The tube to be filled next.
    pub(super) fn next(&self) -> Option<u8> {
        self.numbered().find(|(_, t)| t.filled.is_none() && t.missing.is_none()).map(|(n, _)| n)
    }

    /// The label wanted before the next tube is filled.
    pub(super) fn wanted_now(&self) -> Option<ScanWanted> {
        let number = self.next()?;
        self.numbered().any(|(n, t)| n == number && !t.scanned).then_some(ScanWanted::Tube(number))
    }

    /// What to do about the tubes now; none when all are filled or missing.
    pub(super) fn prompt(&self) -> Option<Prompt> {
        if let Some(wanted) = self.wanted_now() {
            return Some(Prompt::Scan { wanted, again: false });
        }
        let (inversions, needle_stays) = (self.inversions, self.needle_stays);
        self.next().map(|tube| Prompt::FillTube { tube, inversions, needle_stays })
    }

    /// Ticks a label off.
    pub(super) fn scanned(&mut self, number: u8, again: bool) {
        if let Some(tube) = self.tube(number) {
            if again { tube.reconciled = true } else { tube.scanned = true }
        }
    }

    /// The next tube is filled and inverted, by the nurse's word.
    ///
    /// # Errors
    /// [`Refusal`] when no tube is due or its label was not scanned.
    pub(super) fn filled_next(&mut self, now: Mono) -> Result<(), Refusal> {
        if let Some(wanted) = self.wanted_now() {
            return Err(Refusal::WrongCode { wanted, found: "no label scanned yet".to_owned() });
        }
        let number = self.next().ok_or(Refusal::NotNow)?;
        self.filled(number, now);
        Ok(())
    }

    /// The next tube is filled, as people said under another logic.
    pub(super) fn fold_filled(&mut self, now: Mono) {
        if let Some(tube) = self.next().and_then(|number| self.tube(number)) {
            (tube.scanned, tube.filled) = (true, Some(now));
        }
    }

    /// The sampler, or a hand, filled and inverted this tube. True when that was news.
    pub(super) fn filled(&mut self, number: u8, now: Mono) -> bool {
        let due = self.tube(number).filter(|t| t.scanned && t.filled.is_none());
        let Some(tube) = due else { return false };
        tube.filled = Some(now);
        tube.missing = None;
        true
    }

    /// A tube cannot be filled.
    ///
    /// # Errors
    /// [`Refusal::NotNow`] when there is no such tube, or it is filled and not said to be broken or lost.
    pub(super) fn missing(&mut self, number: u8, why: MissingWhy) -> Result<(), Refusal> {
        let lost = why == MissingWhy::Damaged;
        let tube = self.tube(number).filter(|t| t.filled.is_none() || lost).ok_or(Refusal::NotNow)?;
        tube.missing = Some(why);
        Ok(())
    }

    /// No blood comes any more: what is not filled is missing.
    pub(super) fn give_up(&mut self, why: MissingWhy) {
        for tube in self.tubes.iter_mut().filter(|t| t.filled.is_none() && t.missing.is_none()) {
            tube.missing = Some(why);
        }
    }

    /// A second attempt: nothing is filled and nothing missing. With a new number every label is another one.
    pub(super) fn again(&mut self, new_labels: bool) {
        for tube in &mut self.tubes {
            (tube.filled, tube.missing, tube.reconciled) = (None, None, false);
            tube.scanned &= !new_labels;
        }
    }

    /// Whether nothing is left to be filled.
    pub(super) fn done(&self) -> bool {
        self.next().is_none()
    }

    /// Whether this tube is missing.
    pub(super) fn is_missing(&self, number: u8) -> bool {
        self.numbered().any(|(n, t)| n == number && t.missing.is_some())
    }

    /// The first tube that is not missing.
    pub(super) fn first_there(&self) -> Option<u8> {
        self.numbered().find(|(_, t)| t.missing.is_none()).map(|(n, _)| n)
    }

    /// Whether any tube is missing.
    pub(super) fn any_missing(&self) -> bool {
        self.tubes.iter().any(|t| t.missing.is_some())
    }

    /// How many tubes are filled, and how many are neither filled nor missing.
    pub(super) fn counts(&self) -> (usize, usize) {
        let open = |t: &&Tube| t.filled.is_none() && t.missing.is_none();
        (self.tubes.iter().filter(|t| t.filled.is_some()).count(), self.tubes.iter().filter(open).count())
    }

    pub(super) fn views(&self) -> Vec<TubeView> {
        self.tubes
            .iter()
            .map(|t| TubeView {
                name: t.name.clone(),
                scanned: t.scanned,
                filled: t.filled.is_some(),
                missing: t.missing.is_some(),
                reconciled: t.reconciled,
            })
            .collect()
    }

    pub(super) fn records(&self) -> Vec<TubeRecord> {
        self.tubes
            .iter()
            .map(|t| TubeRecord { name: t.name.clone(), filled: t.filled, missing: t.missing })
            .collect()
    }
}
