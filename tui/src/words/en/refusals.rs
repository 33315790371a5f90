//! English: why an act or a request was not taken.
//!
//! Owns: these words. Refuses: blame, and hiding a value that was compared. Holds no state.

use super::no_start;
use super::prompts::{not_eligible, scan};
use super::shift::shift_refusal;
use super::{device, hand_step, role};
use station::api::ErrorCode;
use station::procedure::refusal::{FormPart, IdentityFault, Implausible, Refusal};

pub(crate) fn refusal(refusal: &Refusal) -> String {
    match refusal {
        Refusal::DinMismatch { expected, found } => format!("label {found}, this donation {expected}"),
        Refusal::TagMismatch { expected, found } => {
            format!("tag {found} on the tray, this bag has {expected}")
        }
        Refusal::TagDisagrees => "the bag's tag does not agree with its label".to_owned(),
        Refusal::DinOnOtherBed { din, bed, here } => {
            format!("{din} belongs to bed {bed}, this is bed {here}")
        }
        Refusal::DinOfOtherDonor { din } => format!("{din} is given to another donor"),
        Refusal::DinUsed { din, donation } => format!("{din} was used by donation {donation}"),
        Refusal::DinVoided { din } => format!("{din} is voided"),
        Refusal::WrongCode { wanted, found } => {
            format!("the code is a {found}; {}", scan(*wanted, false, None))
        }
        Refusal::WrongLabelPlace { wanted, found } => {
            format!("this label is for {found}; {}", scan(*wanted, false, None))
        }
        Refusal::Mistyped { first, second } => format!("typed {first} / {second}: read it again"),
        Refusal::AlreadyScanned => "this label is already checked".to_owned(),
        Refusal::Expired { expiry, today } => format!("expired {expiry}, today {today}"),
        Refusal::ClockUntrusted => "the clock is not trusted: expiry cannot be judged".to_owned(),
        Refusal::SameArm => "no vein was found in this arm: take the other one".to_owned(),
        Refusal::NotNow => "this is not the moment for it".to_owned(),
        Refusal::NoOperator => "nobody is signed in".to_owned(),
        Refusal::RoleForbids(who) => format!("not allowed for: {}", role(*who)),
        Refusal::SecondPersonNeeded => "a second person has to confirm".to_owned(),
        Refusal::SamePerson => "the second person must be another one".to_owned(),
        Refusal::LentScanner => "a lent scanner confirms nothing: use the terminal".to_owned(),
        Refusal::NumberFirst => "a lent scanner: read a number of this bed first".to_owned(),
        Refusal::DeviceNotReady(kind) => format!("not ready: {}", device(*kind)),
        Refusal::EmergencyStop => "the emergency stop is pressed".to_owned(),
        Refusal::ClampNotClosed => "the clamp is not proved closed".to_owned(),
        Refusal::NeedleIn => "the needle is still in the donor".to_owned(),
        Refusal::NotSealed => "the needle side is not sealed".to_owned(),
        Refusal::BinFull => "the sharps bin is full".to_owned(),
        Refusal::UnderWay => "already under way".to_owned(),
        Refusal::NotEligible => "the donor is deferred today".to_owned(),
        Refusal::Ineligible(why) => not_eligible(*why),
        Refusal::DonorUnknown => "nobody in the worklist has this code: lay the ID card".to_owned(),
        Refusal::IdentityMistyped(fault) => identity_fault(*fault).to_owned(),
        Refusal::FormNotPassed(part) => form_part(*part),
        Refusal::OverApproved { programme_ml, approved_ml } => {
            format!("{programme_ml} mL is more than the approved {approved_ml} mL")
        }
        Refusal::NoStart(why) => format!("no start: {}", no_start(*why)),
        Refusal::Shift(refusal) => shift_refusal(refusal),
        Refusal::NoSuchProgramme(ml) => format!("{ml} mL is not offered here"),
        Refusal::ProgrammeFixed { kit_ml, wanted_ml } => {
            format!("the kit is for {kit_ml} mL, not {wanted_ml} mL")
        }
        Refusal::BedOccupied(donation) => format!("the bed has donation {donation}"),
        Refusal::JournalFailed => "records cannot be kept: finish by hand".to_owned(),
        Refusal::JournalSlow => "records wait for the disk: no needle now, wait".to_owned(),
        Refusal::BadSetting { name, found, min, max } => format!("{name} = {found}, allowed {min} to {max}"),
        Refusal::Implausible(what) => format!("not possible: {}", implausible(*what)),
        Refusal::NotThatTime => "the time on the form is in the future or too long ago".to_owned(),
        Refusal::FormNotScanned { din } => format!("form {din}: scan it, or both read its number off"),
        Refusal::DonorNotKept { din } => format!("who gave {din} is not kept: see the document"),
        Refusal::UnknownDonor => "nobody is known by this number".to_owned(),
        Refusal::HowMissing => "say with which tool, and why".to_owned(),
        Refusal::NotByHand(step) => format!("not by hand now: {}", hand_step(*step)),
        Refusal::BagNotOnTray { found_g, expected_g } => {
            format!("hang the bag back: {found_g} g on the tray, {expected_g} g expected")
        }
        Refusal::WeightNotABag { found_g, min_g, max_g } => not_a_bag(*found_g, *min_g, *max_g),
    }
}

/// What is on the tray against what an empty set weighs, g.
fn not_a_bag(found_g: i64, min_g: u32, max_g: u32) -> String {
    format!("the tray weighs {found_g} g, an empty set {min_g} to {max_g} g")
}

fn implausible(what: Implausible) -> &'static str {
    match what {
        Implausible::Severity => "severity 1 to 5",
        Implausible::Pulse => "pulse 20 to 250",
        Implausible::Pressure => "pressure 40-300 over 20-200",
        Implausible::Note => "note: 80 characters, no long number",
    }
}

fn identity_fault(fault: IdentityFault) -> &'static str {
    match fault {
        IdentityFault::Name => "the name is empty or too long",
        IdentityFault::Number => "the document number is not right: compare again",
        IdentityFault::Birth => "the birth date is no day: YYYYMMDD",
        IdentityFault::Differ => "number and birth date do not agree",
    }
}

fn form_part(part: FormPart) -> String {
    match part {
        FormPart::Interview => "interview not passed: no donation today".to_owned(),
        FormPart::Examination => "examination not passed: no donation today".to_owned(),
        FormPart::Haemoglobin { found_g_l, min_g_l } => {
            format!("haemoglobin {found_g_l} g/L, at least {min_g_l} g/L")
        }
        FormPart::Consent => "no signed consent: no donation".to_owned(),
    }
}

pub(crate) fn error(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::Malformed => "the station did not understand this terminal",
        ErrorCode::TooLong => "too long",
        ErrorCode::Version => "terminal and station have different versions",
        ErrorCode::Stale => "it has changed since you looked: look again",
        ErrorCode::Refused => "refused",
        ErrorCode::Denied => "number or PIN is wrong",
        ErrorCode::LockedOut => "too many wrong PINs: locked for a while",
        ErrorCode::NotSignedIn => "sign in first",
        ErrorCode::NoSuchBed => "no such bed",
        ErrorCode::NoSuchDonation => "no such closed donation is kept here",
        ErrorCode::NotInWorklist => "not in the worklist any more",
        ErrorCode::Busy => "the station is busy: try again",
        ErrorCode::NotDurable => "perhaps not recorded: look before you repeat it",
        ErrorCode::BadgeFirst => "scan this badge at any bed first, then type the PIN",
    }
}
