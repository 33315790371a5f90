//! Settings of a shift: section `[shift]` of `station.toml`.
//!
//! Owns: names, units and defaults; the bounds are the configuration's reader's. Holds no state.

use super::lots::LotKind;
use crate::ident::{LotNumber, SiteCode};
use serde::{Deserialize, Serialize};

/// All that a site settles about its shifts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShiftSettings {
    /// Whether a donation needs an open shift, checked scales and opened packages.
    pub required: bool,
    /// The site that is taken when nobody says another.
    pub site: SiteCode,
    /// The vehicle that is taken when nobody says another.
    pub vehicle: Option<SiteCode>,
    /// The team that is taken when nobody says another.
    pub team: SiteCode,
    /// A shift that is open for longer than this allows no start, h; 4 to 36.
    pub longest_h: u32,
    /// The two weights of the daily check, g, ascending; 50 to 1500.
    pub check_weights_g: [u32; 2],
    /// Deviation that a check may show, g; 1 to 10.
    pub check_limit_g: u32,
    /// How long a check holds, h; 0: for the calendar day; at most 72.
    pub check_valid_h: u32,
    /// A request for a second person elsewhere holds for so long, s; 30 to 1800.
    pub second_within_s: u32,
    /// Used share of the disk from which no donation begins, per cent; 50 to 99.
    pub disk_mark_pct: u32,
    /// Kinds of supplies of which a package has to be open before a donation.
    pub lots: Vec<LotKind>,
    /// Released lots; an empty list releases every lot.
    pub released: Vec<(LotKind, LotNumber)>,
    /// Recalled lots.
    pub recalled: Vec<(LotKind, LotNumber)>,
}

impl ShiftSettings {
    /// Those of a station that asks for a shift.
    ///
    /// The names of place and team are the caller's: there is no default place.
    pub fn new(site: SiteCode, team: SiteCode) -> Self {
        Self {
            required: true,
            site,
            vehicle: None,
            team,
            longest_h: 16,
            check_weights_g: [200, 500],
            check_limit_g: 2,
            check_valid_h: 0,
            second_within_s: 300,
            disk_mark_pct: 90,
            lots: LotKind::ALL.to_vec(),
            released: Vec::new(),
            recalled: Vec::new(),
        }
    }
}
