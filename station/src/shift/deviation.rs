//! Deviations (偏差): what has to be explained, opened by the facts themselves.
//!
//! Owns: the kinds, and which of them a closed record opens. Refuses: to open one by opinion. Part of the shift's state.

use super::lots::LotKind;
use crate::ident::{BedId, DonationId, OperatorId};
use crate::measure::Wall;
use crate::procedure::event::Eligibility;
use crate::record::{DonationRecord, VolumeClass};
use serde::{Deserialize, Serialize};

/// What has to be explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviationKind {
    /// Eligibility was not asked, by the site's permission.
    EligibilityUnasked,
    /// A label was typed instead of scanned.
    TypedLabel,
    /// A step was completed by hand.
    ByHand,
    /// An act was done by one person alone.
    SecondMissing,
    /// Too little blood in the bag.
    Underweight,
    /// Too much blood in the bag.
    Overweight,
    /// Collection too long for platelets or plasma.
    CollectionLong,
    /// Tubes are missing.
    TubesMissing,
    /// The second scan was not completed.
    NotReconciled,
    /// A donation number was voided.
    DinVoided,
    /// The donation ended before its time, after the needle.
    EndedEarly,
    /// The donor had a reaction.
    Reaction,
    /// A scale failed its check.
    ScaleCheckFailed,
    /// A package was refused.
    LotRefused(LotKind),
    /// Donation numbers received are not those used, voided and left.
    DinsDiffer,
    /// The shift was open for too long.
    ShiftTooLong,
}

/// Of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Of a donation.
    Donation(DonationId),
    /// Of a bed.
    Bed(BedId),
    /// Of the shift.
    Shift,
}

/// A deviation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deviation {
    /// Its number on this station.
    pub number: u32,
    /// What.
    pub kind: DeviationKind,
    /// Of what.
    pub source: Source,
    /// Since when.
    pub opened: Wall,
    /// By whom and with which note it was cleared on site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cleared: Option<(OperatorId, String)>,
}

/// What a closed record has to explain.
pub fn of_record(record: &DonationRecord) -> Vec<DeviationKind> {
    let needled = record.attempts > 0;
    [
        (record.eligibility == Eligibility::Unasked, DeviationKind::EligibilityUnasked),
        (record.typed_labels > 0, DeviationKind::TypedLabel),
        (!record.by_hand.is_empty(), DeviationKind::ByHand),
        (record.volume_class == VolumeClass::Underweight, DeviationKind::Underweight),
        (record.volume_class == VolumeClass::Overweight, DeviationKind::Overweight),
        (record.not_for_platelets || record.not_for_plasma, DeviationKind::CollectionLong),
        (needled && record.tubes.iter().any(|tube| tube.missing.is_some()), DeviationKind::TubesMissing),
        (needled && !record.reconciled, DeviationKind::NotReconciled),
        (!record.voided.is_empty(), DeviationKind::DinVoided),
        (needled && record.abort.is_some(), DeviationKind::EndedEarly),
        (!record.reactions.is_empty(), DeviationKind::Reaction),
    ]
    .into_iter()
    .filter_map(|(holds, kind)| holds.then_some(kind))
    .collect()
}
