//! Events of a shift: every journaled fact of the station as a team's workplace, beside what happens at its beds.
//!
//! Owns: their shape, which is their journal form. Refuses: personal data (people are staff numbers, places are codes), and
//! anything the machine could have found out from a clock. Append-only: a released variant is never edited.

use super::deviation::{DeviationKind, Source};
use super::lots::{LotInUse, LotKind};
use crate::ident::{BedId, DeviceSerial, Din, DonationId, OperatorId, SiteCode};
use crate::measure::{Milligrams, Mono, Wall};
use crate::procedure::CheckKind;
use crate::procedure::event::ActingOperator;
use crate::procedure::limits::Settings;
use crate::record::{CorrectedField, Disposition};
use serde::{Deserialize, Serialize};

/// Where and for whom a shift works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Collection site, a code of the centre's own list.
    pub site: SiteCode,
    /// Vehicle, for a bus.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vehicle: Option<SiteCode>,
    /// Team.
    pub team: SiteCode,
    /// Code of the group that gives blood, for a group appointment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<SiteCode>,
}

/// What is kept of a closed donation for the shift's counts and deviations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedDonation {
    /// Which.
    pub donation: DonationId,
    /// Its DIN, when it had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub din: Option<Din>,
    /// What became of the unit.
    pub disposition: Disposition,
    /// Segments are sealed later, elsewhere.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub segments_later: bool,
    /// What has to be explained, in the order of the record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deviations: Vec<DeviationKind>,
}

/// One setting that differs from those of before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitChange {
    /// Name in `station.toml`.
    pub name: String,
    /// Value before.
    pub old: String,
    /// Value now.
    pub new: String,
}

/// A fact for the shift's machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShiftEvent {
    /// The shift begins.
    Opened {
        /// Where and for whom.
        place: Place,
        /// Who opened it.
        by: ActingOperator,
    },
    /// Somebody proved badge and PIN: their badge alone acts from now on, within this shift.
    SignedIn(ActingOperator),
    /// Somebody left, or locked the terminal: their badge alone acts no more.
    SignedOut(OperatorId),
    /// Donation numbers were received: the first and the last of a roll.
    DinsReceived {
        /// The first.
        first: Din,
        /// The last, of the same facility and year.
        last: Din,
        /// Who counted them.
        by: ActingOperator,
    },
    /// The daily check of a bed's scale begins.
    ScaleCheckBegun {
        /// Which bed.
        bed: BedId,
        /// By whom.
        by: ActingOperator,
    },
    /// The scale shows this at rest, for the step of the check that is next.
    ScaleWeighed {
        /// Which bed.
        bed: BedId,
        /// Who said that the tray is empty, or that the weight lies on it.
        by: ActingOperator,
        /// Gross mass as the scale gave it.
        gross: Milligrams,
        /// The unit that weighed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        serial: Option<DeviceSerial>,
    },
    /// The check is given up: nothing is known of the scale by it.
    ScaleCheckStopped(BedId),
    /// A package was opened and its lot read.
    LotOpened {
        /// What is in it.
        lot: LotInUse,
        /// Who opened it.
        by: ActingOperator,
    },
    /// The last package of a kind is empty or was put away.
    LotPutAway(LotKind),
    /// Two people say what time it is.
    ClockConfirmed {
        /// Who.
        by: ActingOperator,
        /// And who checked.
        second: ActingOperator,
        /// The time, at the instant of the entry.
        wall: Wall,
        /// The boot in which it holds.
        boot: String,
        /// The instant, within that boot.
        mono: Mono,
    },
    /// The station started with settings that it did not have before; the first ones it ever had are taken as they are.
    LimitsFound {
        /// The settings in force.
        settings: Box<Settings>,
        /// What differs.
        changed: Vec<LimitChange>,
    },
    /// Two people looked at the changed settings.
    LimitsConfirmed {
        /// Who.
        by: ActingOperator,
        /// And who checked.
        second: ActingOperator,
    },
    /// An act was done by one person and waits for the second (待复核).
    CheckWaits {
        /// What for.
        kind: CheckKind,
        /// At which bed.
        bed: BedId,
        /// Of which donation.
        donation: DonationId,
        /// Who acted.
        by: OperatorId,
    },
    /// The second person looked.
    CheckCleared {
        /// Number of the waiting check.
        number: u32,
        /// The second person.
        by: ActingOperator,
    },
    /// A donation is closed.
    DonationClosed(ClosedDonation),
    /// Segments left for later are sealed.
    SegmentsDone(DonationId),
    /// A DIN was taken by a donation.
    DinUsed(Din),
    /// A DIN is never used.
    DinVoided(Din),
    /// A closed record was corrected.
    Corrected {
        /// Which donation.
        donation: DonationId,
        /// The new version.
        version: u32,
        /// The field.
        field: CorrectedField,
        /// Its value before.
        old: String,
        /// Its value now.
        new: String,
        /// Why; 1 to 80 characters without personal data.
        why: String,
        /// Who.
        by: ActingOperator,
        /// And who checked.
        second: ActingOperator,
    },
    /// Something has to be explained that no record says.
    DeviationOpened {
        /// What.
        kind: DeviationKind,
        /// Of what.
        source: Source,
    },
    /// A deviation was looked at on site by whoever may.
    DeviationCleared {
        /// Its number.
        number: u32,
        /// Who.
        by: ActingOperator,
        /// What was found or done; 1 to 80 characters without personal data.
        note: String,
    },
    /// Donation numbers left over were counted.
    DinsLeft {
        /// How many.
        count: u32,
        /// By whom.
        by: ActingOperator,
    },
    /// The shift ends, signed with badge and PIN.
    Closed {
        /// Who signed.
        by: ActingOperator,
        /// SHA-256 of the summary's canonical JSON, hexadecimal.
        summary_sha256: String,
    },
}
