//! Lots: the packages that are open, read once each and only confirmed per donor.
//!
//! Owns: what a package is, and whether it may be opened or go on being used. Refuses: expired and recalled ones, and those not on the
//! released list when there is one. Part of the shift's state.

use super::gates::NoStart;
use super::refusal::ShiftRefusal;
use super::settings::ShiftSettings;
use crate::ident::{LocalDate, LotNumber};
use serde::{Deserialize, Serialize};

/// Kinds of supplies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LotKind {
    /// Blood bag sets.
    Kit,
    /// Sample tubes.
    Tube,
    /// Skin disinfectant.
    Disinfectant,
    /// Needles, where they are not part of the set.
    Needle,
}

impl LotKind {
    /// All of them, in the order in which they are opened.
    pub const ALL: [Self; 4] = [Self::Kit, Self::Tube, Self::Disinfectant, Self::Needle];

    /// The stable name, as in `station.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kit => "kit",
            Self::Tube => "tube",
            Self::Disinfectant => "disinfectant",
            Self::Needle => "needle",
        }
    }
}

/// An open package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LotInUse {
    /// What is in it.
    pub kind: LotKind,
    /// Its lot.
    pub lot: LotNumber,
    /// Last day of use.
    pub expires: LocalDate,
}

impl ShiftSettings {
    /// Whether the site uses this lot today.
    ///
    /// # Errors
    /// It is recalled, or there is a list of released lots and this one is not on it.
    pub(super) fn uses(&self, kind: LotKind, lot: &LotNumber) -> Result<(), ShiftRefusal> {
        let listed = |list: &[(LotKind, LotNumber)]| list.iter().any(|(k, l)| *k == kind && l == lot);
        if listed(&self.recalled) {
            Err(ShiftRefusal::LotRecalled { kind, lot: lot.clone() })
        } else if !self.released.is_empty() && !listed(&self.released) {
            Err(ShiftRefusal::LotNotReleased { kind, lot: lot.clone() })
        } else {
            Ok(())
        }
    }
}

impl LotInUse {
    /// Whether the package may be opened.
    pub(super) fn may_open(
        &self,
        today: Option<LocalDate>,
        settings: &ShiftSettings,
    ) -> Result<(), ShiftRefusal> {
        let today = today.ok_or(ShiftRefusal::ClockUntrusted)?;
        if self.expires < today {
            return Err(ShiftRefusal::LotExpired { expires: self.expires, today });
        }
        settings.uses(self.kind, &self.lot)
    }

    /// Why an open package stops donations; `None` when it does not.
    pub(super) fn stops(&self, today: Option<LocalDate>, settings: &ShiftSettings) -> Option<NoStart> {
        if today.is_none_or(|today| self.expires < today) {
            Some(NoStart::LotExpired(self.kind))
        } else {
            settings.uses(self.kind, &self.lot).is_err().then_some(NoStart::LotRecalled(self.kind))
        }
    }
}
