//! Refusals: why the machine did not take a scan or an act. Nothing advances on a refusal; both values are named.
//!
//! Owns: the reasons. Refuses: a reason without what was expected and what was found, where there are such. Journaled
//! with the event that was refused, because the same event in the same state is always refused the same way.

use super::eligibility::NotEligible;
use super::event::{HandStep, Role};
use super::limits::LimitError;
use crate::api::prompt::ScanWanted;
use crate::device::DeviceKind;
use crate::ident::{BedId, Din, DonationId, TagUid};
use crate::shift::ShiftRefusal;
use crate::shift::gates::NoStart;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Why not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// Labels of two donations on one bed.
    #[error("the label says {found}, this donation is {expected}")]
    DinMismatch {
        /// This donation's DIN.
        expected: Din,
        /// The scanned one.
        found: Din,
    },
    /// The DIN belongs to a donation on another bed.
    #[error("{din} belongs to bed {bed}, this is bed {here}")]
    DinOnOtherBed {
        /// The scanned DIN.
        din: Din,
        /// Where it belongs.
        bed: BedId,
        /// Where it was scanned.
        here: BedId,
    },
    /// Another tag lies on the tray than this donation's bag has.
    #[error("the tag {found} lies there, this donation's is {expected}")]
    TagMismatch {
        /// This donation's.
        expected: TagUid,
        /// The one that was read.
        found: TagUid,
    },
    /// The tag that lies on the tray does not agree with this donation: nothing goes on with that bag.
    #[error("the bag's tag does not agree with its label")]
    TagDisagrees,
    /// The worklist has given this DIN to another donor.
    #[error("{din} is given to another donor")]
    DinOfOtherDonor {
        /// The scanned DIN.
        din: Din,
    },
    /// The DIN was used by an earlier donation.
    #[error("{din} was used by donation {donation}")]
    DinUsed {
        /// The scanned DIN.
        din: Din,
        /// By which donation.
        donation: DonationId,
    },
    /// The DIN is voided.
    #[error("{din} is voided")]
    DinVoided {
        /// The scanned DIN.
        din: Din,
    },
    /// The scan is something else than was asked for.
    #[error("wanted {wanted:?}, the code is a {found}")]
    WrongCode {
        /// What the step asks for.
        wanted: ScanWanted,
        /// What was scanned, in a word: `DIN`, `product code`, `expiry`, `badge` ...
        found: String,
    },
    /// A DIN whose flag says it sits on something else (a tube's label on a bag).
    #[error("wanted the label of {wanted:?}, this one is marked for {found}")]
    WrongLabelPlace {
        /// What the step asks for.
        wanted: ScanWanted,
        /// What the flag says.
        found: String,
    },
    /// What was typed for a label is none, or the two typings differ.
    #[error("typed {first}, then {second}: not one label read off twice")]
    Mistyped {
        /// By the first person.
        first: Typing,
        /// By the second person, unseen.
        second: Typing,
    },
    /// The same label was ticked off already.
    #[error("this label is already checked")]
    AlreadyScanned,
    /// The bag, or whatever carries the date, has expired.
    #[error("expired: {expiry}, today is {today}")]
    Expired {
        /// Last day of use, `YYYY-MM-DD`.
        expiry: String,
        /// Today, `YYYY-MM-DD`.
        today: String,
    },
    /// Expiry cannot be judged because the clock is not trusted.
    #[error("the clock is not trusted: expiry cannot be judged")]
    ClockUntrusted,
    /// The act does not belong to this moment.
    #[error("this is not the moment for it")]
    NotNow,
    /// Nobody is signed in.
    #[error("nobody is signed in")]
    NoOperator,
    /// The person's role does not allow it.
    #[error("the role of {0} does not allow this: somebody who may has to do it")]
    RoleForbids(Role),
    /// A second person is needed.
    #[error("a second person has to confirm")]
    SecondPersonNeeded,
    /// The second person is the first one.
    #[error("the second person must be another one")]
    SamePerson,
    /// A confirm or resume barcode does not say which bed it is meant for, and this scanner reads for another than its own.
    #[error("a lent scanner confirms nothing: press the button or use the terminal")]
    LentScanner,
    /// A label without a number does not say which bed it is meant for, and this scanner reads for another than its own.
    #[error("read a number of this bed with the lent scanner first")]
    NumberFirst,
    /// A device that is needed is not there or in trouble.
    #[error("the {0} is not ready")]
    DeviceNotReady(DeviceKind),
    /// The emergency stop is pressed.
    #[error("the emergency stop is pressed")]
    EmergencyStop,
    /// The clamp is not proved closed.
    #[error("the clamp is not proved closed")]
    ClampNotClosed,
    /// The needle is still in the donor.
    #[error("the needle is still in the donor")]
    NeedleIn,
    /// The needle-side seal is not confirmed.
    #[error("the needle-side seal is not confirmed")]
    NotSealed,
    /// The sharps bin is full.
    #[error("the sharps bin is full")]
    BinFull,
    /// A permit is still waiting or running for this.
    #[error("already under way")]
    UnderWay,
    /// The donor is deferred, or the interval is not kept.
    #[error("the donor is not eligible today")]
    NotEligible,
    /// The donor may not give today, and this is why.
    #[error("not eligible today: {0}")]
    Ineligible(NotEligible),
    /// Nobody in the worklist has this number, card or code.
    #[error("nobody in the worklist is known by this code")]
    DonorUnknown,
    /// What was typed cannot be read off a document.
    #[error("the typed identity: {0:?} is not right")]
    IdentityMistyped(IdentityFault),
    /// The form says that something of today's screening was not passed, or that no consent is signed.
    #[error("the form is not complete: {0:?}")]
    FormNotPassed(FormPart),
    /// More than was approved for this donor today.
    #[error("{programme_ml} mL is more than the approved {approved_ml} mL")]
    OverApproved {
        /// Chosen, mL.
        programme_ml: u16,
        /// Approved, mL.
        approved_ml: u16,
    },
    /// No such programme at this site.
    #[error("{0} mL is not offered here")]
    NoSuchProgramme(u16),
    /// Blood has run into a kit for another programme.
    #[error("the kit at this bed is for {kit_ml} mL, not for {wanted_ml} mL")]
    ProgrammeFixed {
        /// Nominal volume of the kit, mL.
        kit_ml: u16,
        /// What was wanted, mL.
        wanted_ml: u16,
    },
    /// A gate of the station is closed: nobody's word opens it here.
    #[error("no start: {0}")]
    NoStart(NoStart),
    /// The shift did not take it.
    #[error(transparent)]
    Shift(ShiftRefusal),
    /// The bed already has a donation.
    #[error("the bed is occupied by donation {0}")]
    BedOccupied(DonationId),
    /// The journal has failed: no permit can fire; finish by hand.
    #[error("records cannot be kept: no new step, finish by hand")]
    JournalFailed,
    /// Entries wait too long for the disk: no new needle until they do not.
    #[error("records wait for the disk: no needle now")]
    JournalSlow,
    /// A setting of the donation is outside its bounds.
    #[error("settings: {name} = {found} is outside {min} to {max}")]
    BadSetting {
        /// Which.
        name: String,
        /// What was given.
        found: u32,
        /// Smallest accepted.
        min: u32,
        /// Largest accepted.
        max: u32,
    },
    /// No vein was found in this arm.
    #[error("no vein was found in this arm: take the other one")]
    SameArm,
    /// A value of a reaction, or a note, cannot be as it was typed.
    #[error("not possible: {0}")]
    Implausible(Implausible),
    /// A donation on paper in the future, or longer ago than it may be entered.
    #[error("the time on the form is in the future or too long ago")]
    NotThatTime,
    /// The number on a paper form was neither scanned here a short time ago nor read off by a second person.
    #[error("the form {din} was not scanned here: scan it, or both read it off")]
    FormNotScanned {
        /// The number that was sent.
        din: Din,
    },
    /// Nothing that is kept here says whose donation a paper form completes.
    #[error("nothing here says who gave {din}: both compare the form with the donor's document and say so")]
    DonorNotKept {
        /// The number on the form.
        din: Din,
    },
    /// Neither a resident ID number nor a number of the worklist.
    #[error("nobody is known by this number")]
    UnknownDonor,
    /// A step done by hand without its tool or its reason.
    #[error("say with which tool, and why")]
    HowMissing,
    /// This step cannot be completed by hand now.
    #[error("{0:?} cannot be completed by hand now")]
    NotByHand(HandStep),
    /// The bag does not hang on the tray.
    #[error("the tray weighs {found_g} g; with the bag it should be {expected_g} g")]
    BagNotOnTray {
        /// Found, g.
        found_g: i64,
        /// Expected, g.
        expected_g: i64,
    },
    /// The weight on the tray is not that of an empty set.
    #[error("the tray weighs {found_g} g; an empty set weighs {min_g} to {max_g} g")]
    WeightNotABag {
        /// Found, g.
        found_g: i64,
        /// Least, g.
        min_g: u32,
        /// Most, g.
        max_g: u32,
    },
}

/// What cannot be as it was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Implausible {
    /// Severity 1 to 5.
    #[error("severity is 1 to 5")]
    Severity,
    /// Pulse 20 to 250 a minute.
    #[error("pulse is 20 to 250 a minute")]
    Pulse,
    /// Systolic 40 to 300, diastolic 20 to 200 and below it.
    #[error("pressure is 40 to 300 over 20 to 200 mmHg")]
    Pressure,
    /// At most 80 characters, and no number that could name a person.
    #[error("a note has at most 80 characters and no long number")]
    Note,
}

/// What is not right about a typed identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityFault {
    /// The name: 1 to 64 characters.
    Name,
    /// The number: 4 to 32 characters, and its check character where it is a resident's.
    Number,
    /// The birth date: eight digits of a day that was.
    Birth,
    /// The number says another birth date.
    Differ,
}

/// A part of the donor's form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FormPart {
    /// The interview.
    Interview,
    /// The examination.
    Examination,
    /// Haemoglobin: below the least for anybody.
    Haemoglobin {
        /// On the form, g/L.
        found_g_l: u16,
        /// Least, g/L.
        min_g_l: u32,
    },
    /// The signed consent.
    Consent,
}

/// What was typed for a label, as far as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Typing {
    /// It is about as long as a label.
    Text(String),
    /// It is something else, perhaps a person's number: only how many characters it has.
    Length(u16),
}

impl Typing {
    /// Lengths that a label with a character forgotten or doubled may have. A person's number has others.
    const LIKE_A_LABEL: std::ops::RangeInclusive<usize> = 12..=14;

    /// What is kept of a text; spaces do not count.
    pub fn of(text: &str) -> Self {
        let typed: String = text.chars().filter(|c| *c != ' ').collect();
        if Self::LIKE_A_LABEL.contains(&typed.len()) && typed.bytes().all(|b| b.is_ascii_graphic()) {
            Self::Text(typed)
        } else {
            Self::Length(u16::try_from(typed.chars().count()).unwrap_or(u16::MAX))
        }
    }
}

impl fmt::Display for Typing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Length(characters) => write!(f, "{characters} characters"),
        }
    }
}

impl From<LimitError> for Refusal {
    fn from(e: LimitError) -> Self {
        Self::BadSetting { name: e.name.to_owned(), found: e.found, min: e.min, max: e.max }
    }
}
