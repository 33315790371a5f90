//! Labels of the simulated site: donation numbers, and what is printed on a bag set.
//!
//! Owns: which number comes next (facility `A9999`, two digits of the year, a sequence) and the texts of all codes of one
//! donation. Refuses: numbers twice from one seed; the sequence starts at a place drawn from the seed, so that two runs do
//! not begin alike. Lost in a crash: printed labels do not come back.

use crate::prng::Rng;
use station::ident::LocalDate;
use station::shift::lots::LotKind;

/// Facility of every simulated donation number.
const FACILITY: &str = "A9999";

/// The sheet of labels and the set that belong to one donation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kit {
    /// The 13 characters of the donation number.
    pub din: String,
    /// Container code, lot and expiry on the bag, as scanned.
    pub bag_codes: [String; 3],
}

impl Kit {
    /// The label on the donor's form.
    pub fn form(&self) -> String {
        self.label("08")
    }
    /// The label on the primary bag.
    pub fn bag(&self) -> String {
        self.label("01")
    }
    /// The label on a sample tube.
    pub fn tube(&self) -> String {
        self.label("07")
    }
    /// The label on a further container of the set: item `n` of the site's list, from 1.
    pub fn item(&self, n: u8) -> String {
        self.label(&format!("{:02}", n.saturating_add(1)))
    }
    fn label(&self, flag: &str) -> String {
        format!("={}{flag}", self.din)
    }
}

/// The roll of labels.
#[derive(Debug, Clone)]
pub struct Roll {
    year: u16,
    next: u64,
    expiry: LocalDate,
    lot: u64,
}

impl Roll {
    /// A roll for this day.
    pub fn new(seed: u64, today: LocalDate) -> Self {
        let mut rng = Rng::named(seed, "labels");
        let expiry = today.plus_months(12).unwrap_or(today);
        Self { year: today.year(), next: rng.range(100_000, 899_999), expiry, lot: rng.range(1000, 9999) }
    }

    fn expiry_code(&self) -> String {
        format!("&>0{:02}{:03}2359", self.expiry.year() % 100, self.expiry.ordinal())
    }

    /// Lot and expiry on a package of supplies.
    pub fn package(&self, kind: LotKind) -> [String; 2] {
        let letter = match kind {
            LotKind::Kit => "SIM",
            LotKind::Tube => "TUB",
            LotKind::Disinfectant => "DIS",
            LotKind::Needle => "NEE",
        };
        [format!("&)000{letter}{:04}", self.lot), self.expiry_code()]
    }

    /// The next kit.
    pub fn next_kit(&mut self) -> Kit {
        let din = format!("{FACILITY}{:02}{:06}", self.year % 100, self.next % 1_000_000);
        self.next += 1;
        self.kit_of(din)
    }

    /// The kit that carries this number, as it was printed.
    pub fn kit_of(&self, din: String) -> Kit {
        let expiry = self.expiry_code();
        // Primary bag of the maker XX, catalogue number SIM400.
        Kit { din, bag_codes: ["=)1XX0SIM400".to_owned(), format!("&)000SIM{:04}", self.lot), expiry] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use station::ident::{Scanned, classify};

    #[test]
    fn every_code_of_a_kit_is_what_it_should_be() {
        let today = LocalDate::new(2026, 3, 1).unwrap();
        let mut roll = Roll::new(7, today);
        let kit = roll.next_kit();
        let read = |text: &str| classify(text, Some("]C0")).unwrap();
        for (label, flag) in [(kit.form(), "08"), (kit.bag(), "01"), (kit.tube(), "07")] {
            let Scanned::Din(din) = read(&label) else { panic!("{label} is no donation number") };
            assert_eq!(din.to_wire(), format!("={}{flag}", kit.din));
        }
        assert!(matches!(read(&kit.bag_codes[0]), Scanned::Container(c) if c.catalog_unpadded() == "SIM400"));
        assert!(matches!(read(&kit.bag_codes[1]), Scanned::Lot(_)));
        assert!(matches!(read(&kit.bag_codes[2]), Scanned::Expiry(e) if e.date() > today));
        assert_eq!(roll.kit_of(kit.din.clone()), kit);
        assert_ne!(roll.next_kit().din, kit.din);
    }
}
