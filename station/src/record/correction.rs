//! Corrections (更正): one field of a closed record gets another value, in a new version that supersedes the one before.
//!
//! Owns: which fields may be corrected, how each is written as text, and that the old value is the record's. Refuses: identity, volumes and
//! times (what was measured stays as it was measured), a value that is none, and any disposition that is better than the one before: the
//! station never releases. Holds no state.

use super::{Disposition, DonationRecord, Envelope};
use crate::ident::{LocalDate, LotNumber};
use crate::procedure::event::Arm;
use crate::shift::ShiftRefusal;
use serde::{Deserialize, Serialize};

/// Fields of a closed record that two people may correct.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CorrectedField {
    /// Arm of the last attempt: `left`, `right`.
    Arm,
    /// Catalogue number of the set, 1 to 20 characters.
    BagCatalog,
    /// Lot of the set.
    BagLot,
    /// Expiry of the set, `YYYY-MM-DD`.
    BagExpiry,
    /// Segments sealed, 0 to 12; empty: later.
    Segments,
    /// What becomes of the unit: only to `quarantined` or `discard_proposed`.
    Disposition,
}

impl CorrectedField {
    /// All of them, in the order of the record.
    pub const ALL: [Self; 6] =
        [Self::Arm, Self::BagCatalog, Self::BagLot, Self::BagExpiry, Self::Segments, Self::Disposition];

    /// What the record says; empty for nothing.
    pub fn text(self, record: &DonationRecord) -> String {
        let text = match self {
            Self::Arm => record.arm.map(|arm| arm_text(arm).to_owned()),
            Self::BagCatalog => record.bag_catalog.clone(),
            Self::BagLot => record.bag_lot.as_ref().map(|lot| lot.as_str().to_owned()),
            Self::BagExpiry => record.bag_expiry.clone(),
            Self::Segments => record.segments.map(|count| count.to_string()),
            Self::Disposition => Some(disposition_text(record.disposition).to_owned()),
        };
        text.unwrap_or_default()
    }

    fn set(self, record: &mut DonationRecord, text: &str) -> Option<()> {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        match self {
            Self::Arm => {
                record.arm = Some([Arm::Left, Arm::Right].into_iter().find(|arm| arm_text(*arm) == text)?);
            }
            Self::BagCatalog => {
                let fits = text.len() <= LotNumber::MAX && text.bytes().all(|b| b.is_ascii_graphic());
                record.bag_catalog = given(text).filter(|_| fits).or(None);
                fits.then_some(())?;
            }
            Self::BagLot => record.bag_lot = given(text).map(|t| LotNumber::new(&t)).transpose().ok()?,
            Self::BagExpiry => {
                let day = given(text).map(LocalDate::try_from).transpose().ok()?;
                record.bag_expiry = day.map(|day| day.to_string());
            }
            Self::Segments => {
                let count = given(text).map(|t| t.parse::<u8>()).transpose().ok()?;
                record.segments = count.filter(|n| *n <= 12);
                (record.segments == count).then_some(())?;
            }
            Self::Disposition => {
                let to = match text {
                    "quarantined" => Disposition::Quarantined,
                    "discard_proposed" => Disposition::DiscardProposed,
                    _ => return None,
                };
                // Never back from what was proposed: that decision is made upstream.
                let worse = record.disposition == Disposition::Collected
                    || (record.disposition == Disposition::Quarantined && to == Disposition::DiscardProposed);
                worse.then_some(())?;
                record.disposition = to;
            }
        }
        Some(())
    }
}

fn arm_text(arm: Arm) -> &'static str {
    match arm {
        Arm::Left => "left",
        Arm::Right => "right",
    }
}

fn disposition_text(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::Collected => "collected",
        Disposition::Quarantined => "quarantined",
        Disposition::DiscardProposed => "discard_proposed",
        Disposition::NoUnit => "no_unit",
    }
}

/// The next version of a record with one field corrected.
///
/// # Errors
/// [`ShiftRefusal::OldDiffers`] when the record does not say `old`; [`ShiftRefusal::BadValue`] when `new` is no other value of the field.
pub fn correct(
    present: &Envelope,
    field: CorrectedField,
    old: &str,
    new: &str,
) -> Result<Envelope, ShiftRefusal> {
    let found = field.text(&present.record);
    if found != old {
        return Err(ShiftRefusal::OldDiffers { expected: old.to_owned(), found });
    }
    let bad = || ShiftRefusal::BadValue(new.chars().take(24).collect());
    let mut next = present.clone();
    field.set(&mut next.record, new).ok_or_else(bad)?;
    if next.record == present.record {
        return Err(bad());
    }
    next.version = present.version.checked_add(1).ok_or_else(bad)?;
    next.id = next.record_id().to_string();
    Ok(next)
}
