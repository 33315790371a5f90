//! The summary of a shift, which a person signs at its end.
//!
//! Owns: what it says. Its compact JSON, fields in the order below, is the canonical form over which the hash in the journal is taken.
//! Refuses: personal data. Holds no state.

use super::dins::Balance;
use super::event::Place;
use super::lots::LotInUse;
use super::{At, Shift};
use crate::ident::{DonationId, OperatorId, StationId};
use crate::measure::Wall;
use crate::record::Disposition;
use serde::{Deserialize, Serialize};

/// Donations of a shift by what became of the unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Collected, waiting for handover.
    pub collected: u32,
    /// Quarantined.
    pub quarantined: u32,
    /// Discard proposed.
    pub discard_proposed: u32,
    /// Nothing collected.
    pub no_unit: u32,
}

impl Counts {
    /// All of them.
    pub fn all(&self) -> u32 {
        self.collected + self.quarantined + self.discard_proposed + self.no_unit
    }

    fn add(mut self, disposition: Disposition) -> Self {
        match disposition {
            Disposition::Collected => self.collected += 1,
            Disposition::Quarantined => self.quarantined += 1,
            Disposition::DiscardProposed => self.discard_proposed += 1,
            Disposition::NoUnit => self.no_unit += 1,
        }
        self
    }
}

/// What is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Which station.
    pub station: StationId,
    /// Where and for whom.
    pub place: Place,
    /// When the shift was opened.
    pub opened: Wall,
    /// By whom.
    pub opened_by: OperatorId,
    /// When it ends.
    pub ended: Wall,
    /// Who signed in on two factors.
    pub people: Vec<OperatorId>,
    /// Donations closed.
    pub counts: Counts,
    /// Donation numbers.
    pub dins: Balance,
    /// Packages used.
    pub lots: Vec<LotInUse>,
    /// Numbers of the deviations that stay open.
    pub deviations_open: Vec<u32>,
    /// Deviations cleared in this shift.
    pub deviations_cleared: u32,
    /// Donations whose segments are sealed later.
    pub segments_later: Vec<DonationId>,
    /// Records corrected.
    pub corrections: u32,
    /// Records that the receiver has not acknowledged.
    pub undelivered: u32,
}

impl Shift {
    /// The counts of the open shift.
    pub fn counts(&self) -> Counts {
        let closed = self.state.open.iter().flat_map(|open| open.closed.values());
        closed.fold(Counts::default(), |counts, disposition| counts.add(*disposition))
    }

    /// The summary of the open shift as it is now; `None` when none is open.
    pub fn summary(&self, station: &StationId, at: At, undelivered: u32) -> Option<Summary> {
        let open = self.state.open.as_ref()?;
        let (still_open, cleared): (Vec<_>, Vec<_>) =
            self.state.deviations.iter().partition(|deviation| deviation.cleared.is_none());
        Some(Summary {
            station: station.clone(),
            place: open.place.clone(),
            opened: open.opened,
            opened_by: open.by.clone(),
            ended: at.wall,
            people: open.signed.keys().cloned().collect(),
            counts: self.counts(),
            dins: self.state.balance()?,
            lots: open.lots.clone(),
            deviations_open: still_open.iter().map(|deviation| deviation.number).collect(),
            deviations_cleared: u32::try_from(cleared.len()).unwrap_or(u32::MAX),
            segments_later: self.state.segments_later.iter().copied().collect(),
            corrections: open.corrections,
            undelivered,
        })
    }
}
