//! The gates of a start: everything that has to be so before a donation begins, and the reason when it is not.
//!
//! Owns: the list and its order. Refuses: to forget one: a gate whose facts are not known is closed. No role, no second person and no
//! setting opens a gate. Holds no state; facts that are not the shift's come with the question.

use super::lots::LotKind;
use crate::ident::{DeviceSerial, LocalDate, SiteCode};
use crate::measure::Wall;
use serde::{Deserialize, Serialize};

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
}

/// Facts of one bed's scale.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScaleFacts {
    /// The unit that answers now.
    pub serial: Option<DeviceSerial>,
    /// Its certificate, as configured.
    pub calibration: Option<Calibration>,
}
