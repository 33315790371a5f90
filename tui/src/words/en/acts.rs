//! English: what people do and say, and the values they choose from.
//!
//! Owns: these words. Refuses: blame. Holds no state.

use station::api::look::LookWhy;
use station::procedure::event::{AbortWhy, Act, Arm, HandStep, MissingWhy, ReactionClass, Role};
use station::record::Disposition;

pub(crate) fn act(act: &Act) -> String {
    let words = match act {
        Act::ConfirmIdentity | Act::IdentityAskedAgain => "name and birth date agree",
        Act::FormSeen(_) => "everything on the form was seen",
        Act::AskEligibility => "ask the BMS again",
        Act::BagLooked => "the bag is good",
        Act::BagRejected => "bag is bad: another",
        Act::BagPlaced => "the bag hangs on the tray",
        Act::ArmReady(Arm::Left) => "left arm is ready",
        Act::ArmReady(Arm::Right) => "right arm is ready",
        Act::NeedleIn => "needle is in",
        Act::VenipunctureFailed => "venipuncture failed",
        Act::SecondAttemptConsented => "the donor consents",
        Act::PouchFull => "the pouch is full",
        Act::PouchClipClosed => "the clip is closed",
        Act::PlugBroken => "the plug is broken",
        Act::TubeFilled => "tube filled and inverted",
        Act::TubeMissing { tube, why } => return format!("tube {tube} missing: {}", missing_why(*why)),
        Act::Pause => "pause",
        Act::Resume => "go on with the draw",
        Act::EndDraw => "end the draw",
        Act::TourniquetReleased => "fist and tourniquet released",
        Act::NeedleOut => "needle is out",
        Act::NeedleGuarded => "needle guarded, site pressed",
        Act::Seal => "seal the needle side",
        Act::SealInspected { sound: true } => "the seal is sound",
        Act::SealInspected { sound: false } => "not sound",
        Act::Separate => "separate the needle",
        Act::SeparationInspected { separated: true } => "the needle is off",
        Act::SeparationInspected { separated: false } => "still on",
        Act::NeedleBinned => "needle is in the bin",
        Act::BinReplaced => "the bin is replaced",
        Act::StripTubing => "open the clamp to strip",
        Act::SegmentsSealed { count } => return format!("{count} segments are sealed here"),
        Act::SegmentsLater => "later, elsewhere",
        Act::AcceptDisposition => "accept and close the donation",
        Act::BedCleared => "the bed is clear",
        Act::ChangeProgramme { ml } => return format!("change to {ml} mL"),
        Act::Abort(why) => return format!("abort: {}", abort_why(*why)),
        Act::DonorCaredFor => "the donor is cared for",
        Act::Reaction(reaction_) => {
            return format!("{}, {}", reaction(reaction_.class), severity(reaction_.severity));
        }
        Act::EmergencyStop => "emergency stop",
        Act::EmergencyOver => "the cause is over",
        Act::Clamp => "clamp",
        Act::CallForHelp => "call help",
        Act::HelpArrived => "help is here",
        Act::PauseAudio => "pause the sound",
        Act::ResumeAudio => "sound on again",
        Act::Acknowledge(code) => return format!("acknowledge {}", code.code()),
        Act::ByHand { step, .. } => return format!("done by hand: {}", hand_step(*step)),
    };
    words.to_owned()
}

pub(crate) fn really(what: &Act) -> String {
    format!("Really {}?", act(what))
}

pub(crate) fn hand_step(step: HandStep) -> String {
    match step {
        HandStep::ClampClosed => "close the line with a haemostat".to_owned(),
        HandStep::Sealed => "seal the needle side, look at it".to_owned(),
        HandStep::Separated => "take the needle off, bin it".to_owned(),
        HandStep::Mixed => "mix the bag".to_owned(),
        HandStep::Diverted => "lead the line to the bag".to_owned(),
        HandStep::TubeFilled { tube } => format!("fill and invert tube {tube}"),
        HandStep::SegmentsSealed { count } => format!("seal {count} segments"),
        HandStep::Weighed { .. } => "weigh the bag elsewhere".to_owned(),
    }
}

pub(crate) fn abort_why(why: AbortWhy) -> &'static str {
    match why {
        AbortWhy::DonorWithdraws => "donor withdraws",
        AbortWhy::Reaction => "donor is unwell",
        AbortWhy::NoVein => "no vein",
        AbortWhy::FlowStopped => "flow stopped",
        AbortWhy::DeviceFailed => "device failed",
        AbortWhy::BagDefect => "bag is bad",
        AbortWhy::LabelMismatch => "labels do not agree",
        AbortWhy::NotEligible => "not eligible",
        AbortWhy::GaveUp => "gave up before the needle",
    }
}

pub(crate) fn missing_why(why: MissingWhy) -> &'static str {
    match why {
        MissingWhy::NeedleOutEarly => "needle came out early",
        MissingWhy::NotEnoughBlood => "not enough blood",
        MissingWhy::Damaged => "tube broken or lost",
        MissingWhy::NotTaken => "not taken",
    }
}

pub(crate) fn reaction(class: ReactionClass) -> &'static str {
    match class {
        ReactionClass::Local => "A local: haematoma, artery, nerve",
        ReactionClass::Vasovagal => "B vasovagal, fainting",
        ReactionClass::Apheresis => "C of apheresis",
        ReactionClass::Allergic => "D allergic",
        ReactionClass::OtherSerious => "E other serious",
        ReactionClass::Cardiovascular => "F heart, stroke",
    }
}

pub(crate) fn severity(grade: u8) -> &'static str {
    match grade {
        1 => "1 mild",
        2 => "2 moderate",
        3 => "3 severe",
        4 => "4 life-threatening",
        _ => "5 death",
    }
}

pub(crate) fn role(role: Role) -> &'static str {
    match role {
        Role::Nurse => "nurse",
        Role::Lead => "team lead",
        Role::Quality => "quality",
        Role::Engineer => "engineer",
        Role::Admin => "administrator",
        Role::Auditor => "auditor",
    }
}

pub(crate) fn disposition(of: Disposition) -> &'static str {
    match of {
        Disposition::Collected => "collected, waiting for handover",
        Disposition::Quarantined => "quarantined",
        Disposition::DiscardProposed => "discard proposed",
        Disposition::NoUnit => "nothing collected",
    }
}

pub(crate) fn look_why(why: LookWhy) -> &'static str {
    match why {
        LookWhy::Identity => "to be sure who it is",
        LookWhy::Care => "care for the donor, or a call",
        LookWhy::Record => "compare a record or form",
        LookWhy::Audit => "inspection",
    }
}
