//! What becomes of a unit: one pure judgement over everything that bears on it.
//!
//! Owns: the table. Refuses: the last word (quality decides upstream) and any state in which a unit would be free to be used. Holds
//! no state.

use super::{Disposition, VolumeClass};
use crate::procedure::event::AbortWhy;

/// What bears on a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Findings {
    /// Class of the volume.
    pub(crate) class: VolumeClass,
    /// Whether the volume may be relied on.
    pub(crate) sure: bool,
    /// Why the donation ended before its time.
    pub(crate) abort: Option<AbortWhy>,
    /// Whether everything agreed on the second scan.
    pub(crate) reconciled: bool,
    /// Whether any tube is missing.
    pub(crate) tube_missing: bool,
    /// Whether the donor asked later that the unit not be used.
    pub(crate) self_excluded: bool,
}

impl Findings {
    /// What becomes of the unit.
    pub(crate) fn disposition(self) -> Disposition {
        if self.class == VolumeClass::None && self.sure {
            return Disposition::NoUnit;
        }
        if self.self_excluded || self.abort.is_some_and(spoils) {
            return Disposition::DiscardProposed;
        }
        let whole = self.class == VolumeClass::Normal
            && self.sure
            && self.abort.is_none()
            && self.reconciled
            && !self.tube_missing;
        if whole { Disposition::Collected } else { Disposition::Quarantined }
    }
}

/// Whether a unit of a donation that ended for this reason can hardly be of use to anybody.
fn spoils(why: AbortWhy) -> bool {
    match why {
        AbortWhy::BagDefect | AbortWhy::NotEligible => true,
        AbortWhy::DonorWithdraws
        | AbortWhy::GaveUp
        | AbortWhy::Reaction
        | AbortWhy::NoVein
        | AbortWhy::FlowStopped
        | AbortWhy::DeviceFailed
        | AbortWhy::LabelMismatch => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLASSES: [VolumeClass; 4] =
        [VolumeClass::None, VolumeClass::Underweight, VolumeClass::Normal, VolumeClass::Overweight];
    const ABORTS: [Option<AbortWhy>; 10] = [
        None,
        Some(AbortWhy::DonorWithdraws),
        Some(AbortWhy::Reaction),
        Some(AbortWhy::NoVein),
        Some(AbortWhy::FlowStopped),
        Some(AbortWhy::DeviceFailed),
        Some(AbortWhy::BagDefect),
        Some(AbortWhy::LabelMismatch),
        Some(AbortWhy::NotEligible),
        Some(AbortWhy::GaveUp),
    ];
    const BOTH: [bool; 2] = [false, true];

    fn every() -> Vec<Findings> {
        let mut all = Vec::new();
        for class in CLASSES {
            for abort in ABORTS {
                for bits in 0..16_u8 {
                    let bit = |n: u8| BOTH[usize::from(bits >> n & 1)];
                    all.push(Findings {
                        class,
                        sure: bit(0),
                        abort,
                        reconciled: bit(1),
                        tube_missing: bit(2),
                        self_excluded: bit(3),
                    });
                }
            }
        }
        all
    }

    /// Procedure 7.11: every combination of what bears on a unit comes to the row of this table that it belongs to.
    #[test]
    fn every_combination_has_its_disposition() {
        let (mut collected, mut none) = (0, 0);
        for f in every() {
            let expected = match f {
                Findings { class: VolumeClass::None, sure: true, .. } => Disposition::NoUnit,
                Findings { self_excluded: true, .. }
                | Findings { abort: Some(AbortWhy::BagDefect | AbortWhy::NotEligible), .. } => {
                    Disposition::DiscardProposed
                }
                Findings {
                    class: VolumeClass::Normal,
                    sure: true,
                    abort: None,
                    reconciled: true,
                    tube_missing: false,
                    self_excluded: false,
                } => Disposition::Collected,
                Findings { .. } => Disposition::Quarantined,
            };
            assert_eq!(f.disposition(), expected, "{f:?}");
            collected += usize::from(expected == Disposition::Collected);
            none += usize::from(expected == Disposition::NoUnit);
        }
        assert_eq!((collected, none), (1, 80), "one way only to a unit without a question");
    }

    /// Procedure 8.4: whatever ended a donation with blood in its bag, the unit is quarantined or its discard proposed.
    #[test]
    fn no_aborted_unit_is_ever_collected() {
        for f in every().into_iter().filter(|f| f.abort.is_some() && f.class != VolumeClass::None) {
            let out = f.disposition();
            assert!(matches!(out, Disposition::Quarantined | Disposition::DiscardProposed), "{f:?}: {out:?}");
        }
    }
}
