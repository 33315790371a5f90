//! The register of donation numbers: which DIN belongs to what, over all donations this station knows.
//!
//! Owns: DIN to donation, voided DINs, and DINs that the worklist has given to donors. Refuses: to give a DIN back once it
//! was used or voided. Lives in memory; made again from the journal's `din_bound` entries at each start.

use super::io::{KnownDin, Unrecorded, WorkItem};
use station::ident::{BedId, Din, DonationId, DonorToken};
use station::procedure::event::DinStanding;
use std::collections::BTreeMap;

/// A donation that lies on a bed right now, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnBed<'a> {
    /// Where.
    pub bed: BedId,
    /// Which.
    pub donation: DonationId,
    /// The donor, when the bed knows one.
    pub donor: Option<&'a DonorToken>,
}

/// Every DIN this station has seen, and those promised to donors.
#[derive(Debug, Default)]
pub struct Register {
    known: BTreeMap<Din, KnownDin>,
    promised: BTreeMap<Din, DonorToken>,
}

impl Register {
    /// What was known before this start.
    pub fn new(known: impl IntoIterator<Item = (Din, KnownDin)>) -> Self {
        Self { known: known.into_iter().collect(), promised: BTreeMap::new() }
    }

    /// Takes the DINs that the worklist binds; those of the list before are forgotten.
    pub fn promise<'a>(&mut self, items: impl IntoIterator<Item = &'a WorkItem>) {
        self.promised = items.into_iter().filter_map(|i| i.din.map(|din| (din, i.token.clone()))).collect();
    }

    /// The DIN names this donation from now on. A voided one stays voided.
    pub fn bind(&mut self, din: Din, donation: DonationId) {
        self.known.entry(din).or_insert(KnownDin::Used(donation));
    }

    /// The DIN is never used again.
    pub fn void(&mut self, din: Din) {
        self.known.insert(din, KnownDin::Voided);
    }

    /// The donation that has this number and ended without a record.
    pub fn unrecorded(&self, din: Din) -> Option<&Unrecorded> {
        match self.known.get(&din)? {
            KnownDin::Unrecorded(unrecorded) => Some(unrecorded),
            KnownDin::Used(_) | KnownDin::Voided => None,
        }
    }

    /// To which donor the worklist has given this number.
    pub fn promised_to(&self, din: Din) -> Option<&DonorToken> {
        self.promised.get(&din)
    }

    /// A donation entered from paper has this number.
    pub fn entered(&mut self, din: Din, donation: DonationId) {
        self.known.insert(din, KnownDin::Used(donation));
    }

    /// What the station knows of a DIN, seen from a bed. `beds` are the donations that lie on beds right now: a number that is theirs, by an
    /// earlier scan or by the worklist, belongs to that bed.
    pub fn standing(
        &self,
        din: Din,
        here: (Option<DonationId>, Option<&DonorToken>),
        beds: &[OnBed<'_>],
    ) -> DinStanding {
        match self.known.get(&din) {
            Some(KnownDin::Voided) => DinStanding::Voided,
            Some(KnownDin::Unrecorded(Unrecorded { donation, .. })) => DinStanding::Used(*donation),
            Some(KnownDin::Used(donation)) if here.0 == Some(*donation) => DinStanding::ThisDonation,
            Some(KnownDin::Used(donation)) => match beds.iter().find(|on| on.donation == *donation) {
                Some(on) => DinStanding::OnBed(on.bed),
                None => DinStanding::Used(*donation),
            },
            None => match self.promised.get(&din) {
                Some(donor) if here.1 == Some(donor) => DinStanding::ThisDonation,
                Some(donor) => match beds.iter().find(|on| on.donor == Some(donor)) {
                    Some(on) => DinStanding::OnBed(on.bed),
                    None => DinStanding::OtherDonor,
                },
                None => DinStanding::Free,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn din(n: u8) -> Din {
        Din::new(&format!("A9999260000{n:02}")).unwrap()
    }

    #[test]
    fn a_din_stands_as_it_was_used() {
        let mut r = Register::default();
        let bed = BedId::new(2).unwrap();
        r.bind(din(1), DonationId(7));
        r.bind(din(2), DonationId(9));
        r.void(din(3));
        let beds = [OnBed { bed, donation: DonationId(7), donor: None }];
        let here = (Some(DonationId(8)), None);
        assert_eq!(r.standing(din(1), here, &beds), DinStanding::OnBed(bed));
        assert_eq!(r.standing(din(1), (Some(DonationId(7)), None), &beds), DinStanding::ThisDonation);
        assert_eq!(r.standing(din(2), here, &beds), DinStanding::Used(DonationId(9)));
        assert_eq!(r.standing(din(3), here, &beds), DinStanding::Voided);
        assert_eq!(r.standing(din(4), here, &beds), DinStanding::Free);
    }

    /// Procedure 3.7: a number that the worklist gave to a donor belongs to the bed on which that donor lies, before any label was read there.
    #[test]
    fn a_promised_din_is_where_its_donor_is() {
        let token = |text: &str| DonorToken::new(text).unwrap();
        let (here, there) = (token(&"1".repeat(32)), token(&"2".repeat(32)));
        let mut r = Register::default();
        r.promised.insert(din(1), there.clone());
        let (one, two) = (BedId::new(1).unwrap(), BedId::new(2).unwrap());
        let on = |bed, donation, donor| OnBed { bed, donation: DonationId(donation), donor };
        let beds = [on(one, 7, Some(&here)), on(two, 8, Some(&there))];
        let seen = |beds: &[OnBed<'_>], donor| r.standing(din(1), (Some(DonationId(7)), donor), beds);
        assert_eq!(seen(&beds, Some(&here)), DinStanding::OnBed(two));
        assert_eq!(seen(&beds[..1], Some(&here)), DinStanding::OtherDonor);
        assert_eq!(seen(&beds, Some(&there)), DinStanding::ThisDonation);
    }

    #[test]
    fn a_voided_din_is_never_bound_again() {
        let mut r = Register::default();
        r.void(din(1));
        r.bind(din(1), DonationId(7));
        assert_eq!(r.standing(din(1), (Some(DonationId(7)), None), &[]), DinStanding::Voided);
    }
}
