//! The gates of a start: everything that has to be so before a donation begins, and the reason when it is not.
//!
//! Owns: the list and its order. Refuses: to forget one: a gate whose facts are not known is closed. No role, no second person and no
//! setting opens a gate. Holds no state; facts that are not the shift's come with the question.

use super::lots::LotKind;
use crate::ident::{DeviceSerial, LocalDate, SiteCode, looks_like_identity_number};
use crate::measure::Wall;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What is checked before a donation begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// Calendar time is trusted, or two people confirmed it.
    Clock,
    /// Records can be kept: the disk is below its mark.
    Disk,
    /// The settings in force were looked at by two people.
    Limits,
    /// A shift is open, and not for too long.
    Shift,
    /// The scale's calibration certificate is in force.
    Calibration,
    /// The scale passed its daily check.
    ScaleCheck,
    /// A package of this is open, in date and not recalled.
    Lot(LotKind),
}

/// Why no donation may begin at a bed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum NoStart {
    /// The clock is not trusted.
    #[error("the clock is not trusted: two people have to confirm date and time")]
    ClockUntrusted,
    /// How full the disk is, is not known.
    #[error("how full the disk is, is not known")]
    DiskUnknown,
    /// The disk is fuller than its mark.
    #[error("the disk is fuller than its mark")]
    DiskFull,
    /// Changed settings were not confirmed.
    #[error("changed settings have to be confirmed by two people")]
    LimitsUnconfirmed,
    /// No shift is open.
    #[error("no shift is open")]
    ShiftNotOpen,
    /// The shift is open for too long.
    #[error("the shift is open for too long: end it and open the next")]
    ShiftTooLong,
    /// No calibration certificate is configured.
    #[error("no calibration certificate of the scale is configured")]
    CalibrationMissing,
    /// The calibration certificate has expired.
    #[error("the scale's calibration certificate has expired")]
    CalibrationExpired,
    /// The scale has no check that holds.
    #[error("the scale was not checked today")]
    ScaleUnchecked,
    /// The last check of the scale failed.
    #[error("the scale failed its check")]
    ScaleCheckFailed,
    /// No package is open.
    #[error("no package of {0:?} is open")]
    LotMissing(LotKind),
    /// The open package has expired.
    #[error("the open package of {0:?} has expired")]
    LotExpired(LotKind),
    /// The open package is recalled, or no longer on the list of released lots.
    #[error("the open package of {0:?} is recalled or not released")]
    LotRecalled(LotKind),
}

impl NoStart {
    /// The gate that it closes.
    pub fn gate(self) -> Gate {
        match self {
            Self::ClockUntrusted => Gate::Clock,
            Self::DiskUnknown | Self::DiskFull => Gate::Disk,
            Self::LimitsUnconfirmed => Gate::Limits,
            Self::ShiftNotOpen | Self::ShiftTooLong => Gate::Shift,
            Self::CalibrationMissing | Self::CalibrationExpired => Gate::Calibration,
            Self::ScaleUnchecked | Self::ScaleCheckFailed => Gate::ScaleCheck,
            Self::LotMissing(kind) | Self::LotExpired(kind) | Self::LotRecalled(kind) => Gate::Lot(kind),
        }
    }
}

/// Facts of the station at this instant that are not the shift's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// Calendar time.
    pub now: Wall,
    /// Today in the station's zone; `None` while the clock is not trusted.
    pub today: Option<LocalDate>,
    /// Used share of the disk, per cent; `None` while nobody has looked.
    pub disk_pct: Option<u8>,
}

/// A scale's calibration certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calibration {
    /// Its number.
    pub certificate: SiteCode,
    /// Last day on which it holds.
    pub expires: LocalDate,
    /// Day on which it was made; not after its last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<LocalDate>,
    /// Who made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Calibrator>,
}

/// Who calibrated: an institute, or a member of staff by name or staff number. Never the number of a person's identity document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Calibrator(String);

/// A text that names nobody who calibrates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CalibratorError {
    /// Empty or too long, or with a control character or a space at an end.
    #[error("not a name or staff number of 1 to {} characters", Calibrator::MAX)]
    Form,
    /// As many digits in a row as an identity document has.
    #[error("looks like the number of a person's identity document")]
    Document,
}

impl Calibrator {
    /// Longest accepted, in characters.
    pub const MAX: usize = 40;

    /// Accepts a name or staff number.
    ///
    /// # Errors
    /// [`CalibratorError`].
    pub fn new(text: &str) -> Result<Self, CalibratorError> {
        let length = text.chars().count();
        if length == 0 || length > Self::MAX || text.trim() != text || text.chars().any(char::is_control) {
            return Err(CalibratorError::Form);
        }
        if looks_like_identity_number(text) {
            return Err(CalibratorError::Document);
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for Calibrator {
    type Error = CalibratorError;
    fn try_from(text: String) -> Result<Self, CalibratorError> {
        Self::new(&text)
    }
}

impl From<Calibrator> for String {
    fn from(calibrator: Calibrator) -> Self {
        calibrator.0
    }
}

impl fmt::Display for Calibrator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Facts of one bed's scale.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScaleFacts {
    /// The unit that answers now.
    pub serial: Option<DeviceSerial>,
    /// Its certificate, as configured.
    pub calibration: Option<Calibration>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_calibrates_has_a_name_or_staff_number_and_no_identity_number() {
        for good in ["市计量院", "Wang L.", "T-1042", "12345678901234"] {
            assert_eq!(Calibrator::new(good).map(String::from).as_deref(), Ok(good));
        }
        for bad in ["", " x", "x ", "a\nb", &"x".repeat(Calibrator::MAX + 1)] {
            assert_eq!(Calibrator::new(bad), Err(CalibratorError::Form), "{bad:?}");
        }
        assert_eq!(Calibrator::new("Wang 110105 19491231 002X"), Err(CalibratorError::Document));
    }
}
