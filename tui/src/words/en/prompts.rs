//! English: the one thing to do now, the steps and the phases.
//!
//! Owns: these words. Refuses: a prompt that does not say what to do. Holds no state.

use super::{abort_why, hand_step};
use station::api::prompt::{Prompt, ScanWanted};
use station::api::{ChainStep, ScannerLoan};
use station::ident::BedId;
use station::procedure::eligibility::{Deferral, NotEligible, day_words};
use station::procedure::phase::PhaseName;

pub(crate) fn headline(prompt: &Prompt, name: Option<&str>) -> String {
    let words = match prompt {
        Prompt::Identify => "Lay the donor's ID card on the reader",
        Prompt::ConfirmIdentity => "Ask the donor: name? birth date?",
        Prompt::ReadForm => "Read screening, volume and consent off the form",
        Prompt::WaitEligibility => "Wait: the BMS is asked about this donor",
        Prompt::NotEligible(why) => return not_eligible(*why),
        Prompt::NoNeedle => "No needle: records cannot be kept. End here",
        Prompt::Newer => "This terminal is older than the station",
        Prompt::Scan { wanted, again } => return scan(*wanted, *again, name),
        Prompt::LookAtBag => "Look at the bag: no leak, clear, in date",
        Prompt::PlaceBag => "Hang the bag on the tray, tubing in the clamp",
        Prompt::WaitPrepare => "Wait: tare, mixer and clamp are tested",
        Prompt::PrepareArm => "Choose the arm, look at the skin, disinfect",
        Prompt::AskAgain => "Ask again: name? birth date?",
        Prompt::InsertNeedle => "Insert the needle",
        Prompt::SecondAttempt => "Second attempt: ask for the donor's consent",
        Prompt::WaitClampOpen => "Wait: the clamp opens",
        Prompt::FillPouch { by_word: true } => "Fill the diversion pouch; say when it is full",
        Prompt::FillPouch { by_word: false } => "The diversion pouch fills: watch the donor",
        Prompt::ClosePouchClip => "Close the pouch's clip for good",
        Prompt::BreakPlug => "Break the plug: blood flows to the bag",
        Prompt::WaitDraw => "Drawing: watch the donor",
        Prompt::FillTube { tube, inversions, .. } => {
            let named = name.map_or_else(String::new, |name| format!(", {name}"));
            return format!("Fill tube {tube}{named}: invert it {inversions} times");
        }
        Prompt::Paused => "Paused: the clamp is closed, the needle is in",
        Prompt::EndAdvised => "The draw should end now",
        Prompt::WaitClampClosed => "Wait: the clamp closes",
        Prompt::PinchByHand => "PINCH THE LINE BY HAND NOW",
        Prompt::ReleaseTourniquet => "Release fist and tourniquet",
        Prompt::TakeNeedleOut => "Take the needle out",
        Prompt::GuardNeedle => "Guard the needle, press the site",
        Prompt::SealConnected => "Seal now: this sealer may, the needle still in",
        Prompt::Seal => "Lay the needle side into the sealer",
        Prompt::WaitSeal => "Sealing: keep the tube still",
        Prompt::InspectSeal => "Look at the seal: is it sound?",
        Prompt::Separate => "Lay the needle into the separator",
        Prompt::WaitSeparate => "Separating the needle: hands away",
        Prompt::InspectSeparation => "Look: is the needle off?",
        Prompt::BinNeedle => "Needle into the sharps bin",
        Prompt::ReplaceBin => "The sharps bin is full: replace it",
        Prompt::Segments { count, length_cm } => {
            return format!("Strip the tubing, seal {count} segments, {length_cm} cm");
        }
        Prompt::AcceptDisposition => "Look at the disposition and accept it",
        Prompt::CareForDonor { why } => return format!("Care for the donor first ({})", abort_why(*why)),
        Prompt::ByHand(step) => return format!("By hand: {}", hand_step(*step)),
        Prompt::Interrupted { may_resume: true } => "Interrupted: go on with the draw?",
        Prompt::Interrupted { may_resume: false } => "Interrupted: the draw has to end",
        Prompt::EmergencyStop => "EMERGENCY STOP: find out why",
        Prompt::ClearBed => "Hand the bag over, clear the bed",
    };
    words.to_owned()
}

/// `name` is what the site calls an item or a tube.
pub(super) fn scan(wanted: ScanWanted, again: bool, name: Option<&str>) -> String {
    let what = match wanted {
        ScanWanted::Form => "the label on the form".to_owned(),
        ScanWanted::Bag => "the label on the bag".to_owned(),
        ScanWanted::BagCatalog => "maker and catalogue number on the bag".to_owned(),
        ScanWanted::BagLot => "lot on the bag".to_owned(),
        ScanWanted::BagExpiry => "expiry on the bag".to_owned(),
        ScanWanted::Item(n) => match name {
            Some(name) => format!("the label on \"{name}\""),
            None => format!("the label on item {n} of the list"),
        },
        ScanWanted::Tube(n) => match name {
            Some(name) => format!("the label on tube {n}, {name}"),
            None => format!("the label on tube {n}"),
        },
    };
    if again { format!("Scan again {what}") } else { format!("Scan {what}") }
}

/// A scanner reads for another bed than its own.
pub(crate) fn loan(here: BedId, loan: ScannerLoan) -> String {
    match loan {
        ScannerLoan::LentTo(to) => format!("this scanner reads for bed {to}; HS-BED-{here} takes it back"),
        ScannerLoan::BorrowedFrom(home) => format!("bed {home}'s scanner reads here until bed cleared"),
    }
}

/// What is to be scanned, in a word.
pub(crate) fn place(wanted: ScanWanted) -> String {
    match wanted {
        ScanWanted::Form => "form".to_owned(),
        ScanWanted::Bag => "bag".to_owned(),
        ScanWanted::BagCatalog => "catalogue no.".to_owned(),
        ScanWanted::BagLot => "lot".to_owned(),
        ScanWanted::BagExpiry => "expiry".to_owned(),
        ScanWanted::Item(n) => format!("item {n}"),
        ScanWanted::Tube(n) => format!("tube {n}"),
    }
}

/// Why a donor may not give today.
pub(super) fn not_eligible(why: NotEligible) -> String {
    match why {
        NotEligible::Told(Deferral::Deferred) => "Not eligible: deferred, says the BMS".to_owned(),
        NotEligible::Told(Deferral::Interval) => "Not eligible: interval not over, says the BMS".to_owned(),
        NotEligible::Told(Deferral::ElsewhereToday) => {
            "Not eligible: gave elsewhere today, says the BMS".to_owned()
        }
        NotEligible::Interval { last, again } => {
            format!("Interval: last {}, again from {}", day_words(last), day_words(again))
        }
        NotEligible::DrawnToday => "Not eligible: a needle was in here today".to_owned(),
        NotEligible::Unasked => "The BMS is silent and no list has this donor".to_owned(),
        NotEligible::ListTooOld { age_h, max_h } => {
            format!("The BMS is silent, the list {age_h} h old (limit {max_h} h)")
        }
    }
}

pub(crate) fn detail(prompt: &Prompt) -> Option<&'static str> {
    match prompt {
        Prompt::Identify => Some("or choose from the worklist."),
        Prompt::ConfirmIdentity | Prompt::AskAgain => {
            Some("Let the donor say both; compare with form and card.")
        }
        Prompt::ReadForm => Some("Both of you look; both confirm."),
        Prompt::WaitEligibility => Some("Without an answer the list decides by itself."),
        Prompt::NotEligible(_) => Some("No donation today: tell the donor, end here."),
        Prompt::NoNeedle => Some("End this donation, call the engineer."),
        Prompt::Newer => Some("Use another one. Pause, clamp and stop work here."),
        Prompt::LookAtBag => Some("Leaks, turbidity, expiry date, anticoagulant."),
        Prompt::InsertNeedle => Some("The clamp opens when you say so."),
        Prompt::SecondAttempt => Some("Bin the old needle first; then other arm, new kit."),
        Prompt::WaitDraw => Some("The clamp closes by itself at the target."),
        Prompt::Paused => Some("The needle may be reseated in this arm."),
        Prompt::EndAdvised => Some("Time is over or the flow does not come back."),
        Prompt::PinchByHand => Some("The clamp is not proved closed. Hold it, call help."),
        Prompt::FillTube { needle_stays: true, .. } => Some("The needle stays in until the tubes are full."),
        Prompt::ClosePouchClip => Some("It stays closed; first blood never goes back."),
        Prompt::BreakPlug => Some("No flow? The plug and the clip first."),
        Prompt::TakeNeedleOut => Some("The clamp is closed."),
        Prompt::SealConnected => Some("Or take the needle out first, and say so."),
        Prompt::Seal => Some("Dry tubing, straight, not under tension."),
        Prompt::InspectSeal => Some("Flat, even, no blood in it."),
        Prompt::ReplaceBin => Some("Close the full one for good."),
        Prompt::Segments { .. } => Some("The clamp may open for stripping."),
        Prompt::ByHand(_) => Some("Note the tool and why."),
        Prompt::EmergencyStop => Some("Clamp closed, mixer stopped. Mix the bag by hand."),
        Prompt::CareForDonor { .. } => Some("Legs up, talk, call help. The bag can wait."),
        Prompt::Interrupted { .. } => Some("Look at the donor, the needle and the line first."),
        Prompt::Scan { .. }
        | Prompt::PlaceBag
        | Prompt::WaitPrepare
        | Prompt::PrepareArm
        | Prompt::WaitClampOpen
        | Prompt::FillPouch { .. }
        | Prompt::FillTube { needle_stays: false, .. }
        | Prompt::WaitClampClosed
        | Prompt::ReleaseTourniquet
        | Prompt::GuardNeedle
        | Prompt::WaitSeal
        | Prompt::Separate
        | Prompt::WaitSeparate
        | Prompt::InspectSeparation
        | Prompt::BinNeedle
        | Prompt::AcceptDisposition
        | Prompt::ClearBed => None,
    }
}

pub(crate) fn step(step: ChainStep) -> &'static str {
    match step {
        ChainStep::Identity => "donor identified",
        ChainStep::Labels => "labels agree",
        ChainStep::Prepare => "bag, mixer, clamp",
        ChainStep::Needle => "needle in",
        ChainStep::Pouch => "diversion pouch",
        ChainStep::Draw => "draw",
        ChainStep::Samples => "tubes",
        ChainStep::NeedleOut => "needle out",
        ChainStep::Seal => "seal",
        ChainStep::Separate => "needle separated",
        ChainStep::Segments => "segments",
        ChainStep::Reconcile => "second scan",
        ChainStep::Closed => "closed",
    }
}

pub(crate) fn phase(phase: PhaseName) -> &'static str {
    match phase {
        PhaseName::Idle => "free",
        PhaseName::Identify => "identify",
        PhaseName::Label => "labels",
        PhaseName::Prepare => "prepare",
        PhaseName::Venipuncture => "needle",
        PhaseName::Divert => "pouch",
        PhaseName::Draw => "DRAW",
        PhaseName::Pause => "PAUSED",
        PhaseName::EndDraw => "end",
        PhaseName::NeedleOut => "needle out",
        PhaseName::Seal => "seal",
        PhaseName::Separate => "separate",
        PhaseName::Segments => "segments",
        PhaseName::Reconcile => "second scan",
        PhaseName::Closed => "closed",
        PhaseName::Interrupted => "INTERRUPTED",
    }
}
