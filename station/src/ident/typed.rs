//! What a person types off a label that no scanner reads: one kind of label, one text.
//!
//! Owns: the kinds, and what text each takes. Refuses: to guess: a text is one whole label of its kind or none. Only a donation
//! number has a check character on its label; the others are as certain as two people who read them apart. Holds no state.

use super::isbt128::{ContainerCode, ContainerLot, Din, DinFlag, DinLabel, LocalDate, Stamp};
use super::scan::Scanned;
use serde::{Deserialize, Serialize};

/// Which label is typed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LabelKind {
    /// A donation number: 13 characters and the check character.
    #[default]
    Din,
    /// Maker and catalog number of the bag: 10 characters.
    Catalog,
    /// Lot of the bag: 1 to 10 characters.
    Lot,
    /// Last day of the bag, `YYYYMMDD`. It counts to the end of that day.
    Expiry,
}

impl LabelKind {
    /// Whether this is the kind of a donation number, for which an API leaves it away.
    pub fn is_din(&self) -> bool {
        *self == Self::Din
    }

    /// What the text of such a label says; spaces do not count. `None` when it is none.
    pub fn read(self, text: &str) -> Option<Scanned> {
        let typed: String = text.chars().filter(|c| *c != ' ').collect();
        match self {
            Self::Din => {
                Din::from_typed(&typed).ok().map(|din| Scanned::Din(DinLabel::new(din, DinFlag::None)))
            }
            Self::Catalog => ContainerCode::new(&typed).ok().map(Scanned::Container),
            Self::Lot => {
                if typed.is_empty() {
                    return None;
                }
                ContainerLot::new(&format!("{typed:0>10}")).ok().map(Scanned::Lot)
            }
            Self::Expiry => day(&typed).map(|day| Scanned::Expiry(Stamp::Day(day))),
        }
    }
}

/// A day written `YYYYMMDD`.
fn day(text: &str) -> Option<LocalDate> {
    if text.len() != 8 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<u16>().ok();
    let small = |from: usize, to: usize| u8::try_from(number(from, to)?).ok();
    LocalDate::new(number(0, 4)?, small(4, 6)?, small(6, 8)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ident::classify;

    #[test]
    fn what_is_typed_is_what_a_scanner_would_have_read() {
        for (kind, typed, scanned) in [
            (LabelKind::Din, "G1234 17 654321 A", "=G12341765432100"),
            (LabelKind::Catalog, "1FE1234567", "=)1FE1234567"),
            (LabelKind::Catalog, "1FE 1234567", "=)1FE1234567"),
            (LabelKind::Lot, "1234rZ", "&)00001234rZ"),
            (LabelKind::Lot, "00001234rZ", "&)00001234rZ"),
        ] {
            assert_eq!(kind.read(typed), Some(classify(scanned, None).unwrap()), "{typed}");
        }
        let whole_day = LabelKind::Expiry.read("20181231");
        assert_eq!(whole_day, Some(Scanned::Expiry(Stamp::Day(LocalDate::new(2018, 12, 31).unwrap()))));
    }

    #[test]
    fn what_is_no_whole_label_is_none() {
        for (kind, typed) in [
            (LabelKind::Din, "G1234 17 654321 B"),
            (LabelKind::Din, "1FE1234567"),
            (LabelKind::Catalog, "FE1234567"),
            (LabelKind::Catalog, "=)1FE1234567"),
            (LabelKind::Lot, ""),
            (LabelKind::Lot, "00001234rZ5"),
            (LabelKind::Lot, "12-34"),
            (LabelKind::Expiry, "20250229"),
            (LabelKind::Expiry, "250228"),
            (LabelKind::Expiry, "+2025228"),
        ] {
            assert_eq!(kind.read(typed), None, "{kind:?} {typed}");
        }
    }
}
