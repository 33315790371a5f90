//! The morning's work: what the shift asks before donors come, done as a person does it.
//!
//! Owns: the next deed for what the shift asks, and its pace. Refuses: to say that a weight lies there before a hand has laid it. Lost in a
//! crash; the next look at screen and world finds it again.

use crate::site::Site;
use crate::world::hand::Hand;
use station::api::Snapshot;
use station::api::shift::{ShiftAsk, ShiftPrompt};
use station::ident::{BedId, NameError, SiteCode};
use station::measure::{Mono, Span};
use station::shift::event::Place;
use station::shift::lots::LotKind;
use station::shift::scale::ScaleStep;

/// Time that a person takes between two deeds.
const PACE: Span = Span::from_secs(2);

/// One deed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MorningDeed {
    /// A person asks for this at the terminal; whether a second one signs.
    Ask(ShiftAsk, bool),
    /// A hand does something at a bed.
    Hand(BedId, Hand),
    /// A code is held before a bed's scanner.
    Scan(BedId, String),
}

/// Whoever is there first.
#[derive(Debug)]
pub struct Morning {
    place: Place,
    ready_at: Mono,
    turn: usize,
}

impl Morning {
    /// Somebody at this site.
    ///
    /// # Errors
    /// [`NameError`] never: the codes are ours.
    pub fn new() -> Result<Self, NameError> {
        let place = Place {
            site: SiteCode::new("SIM-PLAZA")?,
            vehicle: Some(SiteCode::new("BUS-07")?),
            team: SiteCode::new("A")?,
            group: None,
        };
        Ok(Self { place, ready_at: Mono(0), turn: 0 })
    }

    /// Whether donors may come.
    pub fn is_over(snapshot: &Snapshot, site: &Site) -> bool {
        let waits = |prompt: &ShiftPrompt| {
            !matches!(prompt, ShiftPrompt::MakeRoom | ShiftPrompt::RenewCalibration(_))
        };
        let laid = site.beds.iter().any(|bed| bed.tray.weight_g() > 0);
        !snapshot.shift.prompt.as_ref().is_some_and(waits) && !laid
    }

    /// The next deed, when there is one and a person is ready for it.
    pub fn look(&mut self, snapshot: &Snapshot, site: &Site) -> Option<MorningDeed> {
        if snapshot.mono < self.ready_at {
            return None;
        }
        let deed = self.next(snapshot, site)?;
        self.ready_at = snapshot.mono + PACE;
        self.did();
        Some(deed)
    }

    /// The deed last looked at is being done.
    pub fn did(&mut self) {
        self.turn += 1;
    }

    /// The next deed; asked again it is the same until it is done.
    pub fn next(&self, snapshot: &Snapshot, site: &Site) -> Option<MorningDeed> {
        let shift = &snapshot.shift;
        let ask = |ask| Some(MorningDeed::Ask(ask, false));
        match shift.prompt {
            Some(ShiftPrompt::OpenShift) => ask(ShiftAsk::Open(self.place.clone())),
            Some(ShiftPrompt::OpenLot(kind)) if shift.lot_awaited != Some(kind) => {
                ask(ShiftAsk::AwaitLot(kind))
            }
            Some(ShiftPrompt::OpenLot(kind)) => self.scan(snapshot, site, kind),
            Some(ShiftPrompt::CheckScale(bed)) => ask(ShiftAsk::CheckScale(bed)),
            Some(ShiftPrompt::Weigh { bed, step }) => weigh(snapshot, site, bed, step),
            Some(ShiftPrompt::ConfirmClock) => {
                Some(MorningDeed::Ask(ShiftAsk::ConfirmClock(snapshot.wall), true))
            }
            Some(ShiftPrompt::ConfirmLimits) => Some(MorningDeed::Ask(ShiftAsk::ConfirmLimits, true)),
            Some(ShiftPrompt::MakeRoom | ShiftPrompt::RenewCalibration(_) | ShiftPrompt::EndShift) | None => {
                let laid = site.beds.iter().find(|bed| bed.tray.weight_g() > 0);
                laid.map(|bed| MorningDeed::Hand(bed.number(), Hand::TakeWeight))
            }
        }
    }

    /// Lot and expiry, one after the other, at the scanner of a free bed.
    fn scan(&self, snapshot: &Snapshot, site: &Site, kind: LotKind) -> Option<MorningDeed> {
        let free = snapshot.beds.iter().find(|bed| bed.donation.is_none())?.bed;
        let codes = site.package(kind);
        let code = codes[self.turn % codes.len()].clone();
        Some(MorningDeed::Scan(free, code))
    }
}

fn weigh(snapshot: &Snapshot, site: &Site, bed: BedId, step: ScaleStep) -> Option<MorningDeed> {
    let wanted = match step {
        ScaleStep::Empty => 0,
        ScaleStep::Weight(grams) => u16::try_from(grams).unwrap_or(u16::MAX),
    };
    if site.bed(bed)?.tray.weight_g() != wanted {
        let hand = if wanted == 0 { Hand::TakeWeight } else { Hand::LayWeight(wanted) };
        return Some(MorningDeed::Hand(bed, hand));
    }
    let rests = snapshot.shift.scales.iter().any(|scale| scale.bed == bed && scale.at_rest);
    rests.then_some(MorningDeed::Ask(ShiftAsk::Weigh(bed), false))
}
