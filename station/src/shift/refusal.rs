//! Refusals of a shift: why something was not taken. Nothing changed then.
//!
//! Owns: the reasons, with what was expected and what was found. Holds no state.

use super::lots::LotKind;
use crate::ident::{BedId, Din, LocalDate, LotNumber};
use crate::procedure::event::Role;
use serde::{Deserialize, Serialize};

/// Why not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum ShiftRefusal {
    /// No shift is open.
    #[error("no shift is open")]
    NotOpen,
    /// A shift is open already.
    #[error("a shift is open already: end it first")]
    AlreadyOpen,
    /// The person's role does not allow it.
    #[error("the role of {0} does not allow this: somebody who may has to do it")]
    RoleForbids(Role),
    /// A second person is needed.
    #[error("a second person has to confirm")]
    SecondNeeded,
    /// The second person is the first one.
    #[error("the second person must be another one")]
    SamePerson,
    /// The bed has a donor.
    #[error("bed {0} has a donor: its scale is not checked now")]
    BedBusy(BedId),
    /// There is no such bed.
    #[error("there is no bed {0}")]
    NoSuchBed(BedId),
    /// No check of this scale was begun.
    #[error("no check of the scale of bed {0} was begun")]
    NoCheck(BedId),
    /// The scale does not rest, or says nothing.
    #[error("the scale of bed {0} is not at rest: wait until the value stands still")]
    NotAtRest(BedId),
    /// What lies on the tray is not the weight that was asked for.
    #[error("the tray holds {found_g} g, wanted is the weight of {nominal_g} g")]
    NotThisWeight {
        /// Found, g.
        found_g: i64,
        /// Asked for, g.
        nominal_g: u32,
    },
    /// The package has expired.
    #[error("expired: {expires}, today is {today}")]
    LotExpired {
        /// Last day of use.
        expires: LocalDate,
        /// Today.
        today: LocalDate,
    },
    /// The lot is recalled.
    #[error("{kind:?} lot {lot} is recalled: put it aside")]
    LotRecalled {
        /// What.
        kind: LotKind,
        /// Which lot.
        lot: LotNumber,
    },
    /// The lot is not on the list of released lots.
    #[error("{kind:?} lot {lot} is not on the released list")]
    LotNotReleased {
        /// What.
        kind: LotKind,
        /// Which lot.
        lot: LotNumber,
    },
    /// The calendar cannot be used to judge this.
    #[error("the clock is not trusted: a date cannot be judged")]
    ClockUntrusted,
    /// The clock needs nobody to confirm it.
    #[error("the clock is trusted already")]
    ClockTrusted,
    /// The time is before the journal's newest entry.
    #[error("that time is before the newest entry of the journal")]
    BeforeJournal,
    /// No settings wait to be confirmed.
    #[error("no changed settings wait to be confirmed")]
    NothingChanged,
    /// The two numbers are no roll.
    #[error("{first} to {last} is no roll of donation numbers")]
    NotARoll {
        /// The first.
        first: Din,
        /// The last.
        last: Din,
    },
    /// A roll that overlaps one received before.
    #[error("{0} was received already")]
    RollTwice(Din),
    /// No such number in the list.
    #[error("there is no number {0} in the list")]
    NoSuchItem(u32),
    /// Too many of something.
    #[error("too many {0}")]
    TooMany(Bounded),
    /// A text is empty or too long.
    #[error("a text has 1 to 80 characters")]
    BadText,
    /// A bed has a donor.
    #[error("bed {0} has a donor: the shift ends after that")]
    BedsOpen(BedId),
    /// Acts wait for their second person.
    #[error("{0} acts wait for a second person: clear them first")]
    ChecksOpen(u32),
    /// What was left of the donation numbers was not counted.
    #[error("the donation numbers left over were not counted")]
    DinsNotCounted,
    /// The record says something else by now.
    #[error("the record says {found:?}, not {expected:?}")]
    OldDiffers {
        /// What the person saw.
        expected: String,
        /// What it says.
        found: String,
    },
    /// The new value is none for this field, or the same as the old one.
    #[error("{0:?} is no new value of this field")]
    BadValue(String),
    /// No closed record of this donation is here.
    #[error("no closed record of donation {0} is here")]
    NoRecord(u64),
    /// The bed has changed since the second person was asked.
    #[error("the bed has changed since a second person was asked")]
    Overtaken,
}

/// What has a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Bounded {
    /// People of a shift.
    #[error("people")]
    People,
    /// Rolls of donation numbers.
    #[error("rolls of donation numbers")]
    Rolls,
    /// Packages opened.
    #[error("packages")]
    Lots,
    /// Requests for a second person.
    #[error("requests for a second person")]
    Seconds,
}
