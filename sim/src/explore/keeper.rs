//! Whoever keeps the shifts: the work before donors come, and the end of each shift.
//!
//! Owns: how many shifts there are, how many donations each one takes, and the slips of whoever lays weights or wants to go home. Refuses:
//! a word that a hand has not made true, but for a weight that is a little too heavy. Outlives a stop; lost with the run.

use super::options::Options;
use super::people::Slip;
use crate::nurse::morning::{Morning, MorningDeed};
use crate::prng::Rng;
use crate::site::Site;
use crate::world::hand::Hand;
use station::api::Snapshot;
use station::api::shift::{ShiftAsk, ShiftPrompt};
use station::ident::{BedId, NameError};
use station::measure::{Mono, Span};

/// Between two attempts to end a shift, and until a wrong weight stands still.
const PACE: Span = Span::from_secs(3);
/// A weight is the wrong one in so many of the times where people slip.
const WRONG: f64 = 0.15;
/// By so much, g.
const TOO_HEAVY: u16 = 10;

/// See the file.
pub(super) struct Keeper {
    morning: Morning,
    rng: Rng,
    shifts: u8,
    donations: u32,
    /// Shifts that have ended, as the disk says.
    ended: u8,
    slips_s: u64,
    next_slip: Mono,
    ready_at: Mono,
    /// A wrong weight lies at this bed, and nobody has seen it.
    wrong: Option<BedId>,
    /// No further shift is opened, and the open one ends when it can.
    goes_home: bool,
}

impl Keeper {
    /// Whoever keeps the shifts of this run.
    ///
    /// # Errors
    /// [`NameError`] never: the codes are ours.
    pub(super) fn new(options: &Options) -> Result<Self, NameError> {
        let mut keeper = Self {
            morning: Morning::new()?,
            rng: Rng::named(options.seed, "keeper"),
            shifts: options.shifts,
            donations: options.donations,
            ended: 0,
            slips_s: options.slips_s,
            next_slip: Mono(0),
            ready_at: Mono(0),
            wrong: None,
            goes_home: false,
        };
        keeper.plan(Mono(0));
        Ok(keeper)
    }

    fn plan(&mut self, now: Mono) {
        let mean = Span::from_secs(self.slips_s.max(1)).0;
        self.next_slip = now + Span(self.rng.range(mean, mean * 3));
    }

    /// The station has started: its clock may begin anew.
    ///
    /// # Errors
    /// [`NameError`] never: the codes are ours.
    pub(super) fn started(&mut self) -> Result<(), NameError> {
        self.morning = Morning::new()?;
        Ok(())
    }

    /// The end of a shift is on the disk.
    pub(super) fn ended(&mut self) {
        self.ended = self.ended.saturating_add(1);
    }

    /// From now on nobody slips, and the shift that is open is the last.
    pub(super) fn go_home(&mut self) {
        (self.slips_s, self.goes_home) = (0, true);
    }

    /// Whether every shift has ended that was wanted.
    pub(super) fn is_over(&self) -> bool {
        self.ended >= self.shifts
    }

    /// Donations that are opened by the end of the present shift.
    fn quota(&self) -> u32 {
        if self.shifts == 0 {
            return self.donations;
        }
        let number = u32::from(self.ended.saturating_add(1).min(self.shifts));
        (self.donations * number).div_ceil(u32::from(self.shifts))
    }

    /// Whether a donor may come to a free bed, after so many. Where people slip nobody waits for the work before it.
    pub(super) fn takes(&self, opened: u32, snapshot: &Snapshot, site: &Site) -> bool {
        let ready = || snapshot.shift.open.is_some() && Morning::is_over(snapshot, site);
        let may = self.shifts == 0 || (!self.goes_home && (self.slips_s > 0 || ready()));
        may && opened < self.quota()
    }

    /// What whoever keeps the shift does now, and whether it is a slip; `opened` donations were begun so far.
    pub(super) fn look(
        &mut self,
        now: Mono,
        snapshot: &Snapshot,
        site: &Site,
        opened: u32,
    ) -> Option<(MorningDeed, Option<Slip>)> {
        if self.shifts == 0 || now < self.ready_at || !snapshot.journal_ok {
            return None;
        }
        let shift = &snapshot.shift;
        let end = MorningDeed::Ask(ShiftAsk::Close, true);
        if shift.open.is_none() && (self.goes_home || self.is_over()) {
            return None;
        }
        if shift.open.is_some() && !shift.busy.is_empty() && self.slips_s > 0 && now >= self.next_slip {
            self.plan(now);
            return Some((end, Some(Slip::EndsShift)));
        }
        if shift.open.is_some() && shift.busy.is_empty() && (self.goes_home || opened >= self.quota()) {
            self.ready_at = now + PACE;
            return Some((end, None));
        }
        if let Some(bed) = self.wrong {
            return self.weigh_wrong(bed, snapshot).map(|deed| (deed, None));
        }
        let deed = self.morning.look(snapshot, site)?;
        if let MorningDeed::Hand(bed, Hand::LayWeight(grams)) = deed
            && self.slips_s > 0
            && self.rng.chance(WRONG)
        {
            (self.wrong, self.ready_at) = (Some(bed), now + PACE);
            let hand = Hand::LayWeight(grams.saturating_add(TOO_HEAVY));
            return Some((MorningDeed::Hand(bed, hand), Some(Slip::WrongWeight)));
        }
        Some((deed, None))
    }

    /// Says of the wrong weight that it lies there, once it is at rest.
    fn weigh_wrong(&mut self, bed: BedId, snapshot: &Snapshot) -> Option<MorningDeed> {
        let asked = matches!(snapshot.shift.prompt, Some(ShiftPrompt::Weigh { bed: at, .. }) if at == bed);
        let rests = snapshot.shift.scales.iter().any(|scale| scale.bed == bed && scale.at_rest);
        if asked && !rests {
            return None;
        }
        self.wrong = None;
        asked.then_some(MorningDeed::Ask(ShiftAsk::Weigh(bed), false))
    }
}
