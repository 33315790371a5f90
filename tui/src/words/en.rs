//! English.
//!
//! Owns: the English of every text. Refuses: blame, and jargon of the program. Holds no state.

use super::{FormFault, Key, Say, Text};
use crate::lost::LostWhy;
use station::api::prompt::{Prompt, ScanWanted};
use station::api::{ChainStep, ErrorCode};
use station::device::{DeviceKind, Fault, Mode};
use station::ident::BedId;
use station::procedure::alarm::AlarmCode;
use station::procedure::event::{AbortWhy, Act, Arm, HandStep, MissingWhy, ReactionClass, Role};
use station::procedure::phase::PhaseName;
use station::procedure::refusal::Refusal;
use station::record::Disposition;

pub(super) fn text(which: Text) -> &'static str {
    match which {
        Text::Now => "NOW",
        Text::Chain => "Steps",
        Text::Volume => "Volume",
        Text::Flow => "Flow, mL/min",
        Text::Alarms => "Alarms",
        Text::Tubes => "Tubes",
        Text::Devices => "Devices",
        Text::Bed => "bed",
        Text::Operator => "nurse",
        Text::Nobody => "locked",
        Text::ClockTrusted => "ok",
        Text::ClockUntrusted => "time not trusted",
        Text::Online => "online",
        Text::Offline => "offline",
        Text::Elapsed => "time",
        Text::Left => "left",
        Text::NotSure => "not sure",
        Text::NoAlarm => "No alarm.",
        Text::Acknowledged => "acknowledged",
        Text::Over => "over",
        Text::DoFirst => "First: ",
        Text::LastRefusal => "Not accepted: ",
        Text::NotTaken => "Not done: ",
        Text::Saving => "Saving ...",
        Text::WorklistEmpty => "Nobody is waiting in the worklist.",
        Text::Worklist => "Worklist",
        Text::NoBeds => "This station has no bed.",
        Text::HelpTitle => "Keys",
        Text::LostTitle => "NO CONNECTION TO THE STATION",
        Text::LostGoesOn => "The station goes on by itself: it weighs, mixes and clamps at the target.",
        Text::LostHands => {
            "Stay with the donors. Use the buttons at the bed; pinch the line by hand if needed."
        }
        Text::LostRetry => "Connecting again by itself ...",
        Text::TubeScanned => "checked",
        Text::TubeFilled => "filled",
        Text::TubeMissing => "missing",
        Text::TubeReconciled => "checked twice",
        Text::DeviceUnknown => "not heard of yet",
        Text::DeviceOnline => "ready",
        Text::JournalFailed => "RECORDS CANNOT BE KEPT",
        Text::TooSmall => "Make the window at least 80 x 24.",
        Text::Demo => "demo: ",
        Text::DemoType => "demo, type ",
    }
}

pub(super) fn say(which: Say) -> &'static str {
    match which {
        Say::StaffNumber => "Staff number",
        Say::Pin => "PIN",
        Say::SignInHeadline => "Sign in: scan your badge",
        Say::SignInDetail => "or type your staff number, then your PIN.",
        Say::SignInKey => "sign in",
        Say::SignInFree => "Pause, clamp, stop, needle out and help need no sign-in.",
        Say::SecondHeadline => "A second person has to confirm",
        Say::SecondDetail => "Another nurse types number and PIN.",
        Say::SecondKey => "confirm as second person",
        Say::SecondNumber => "Second person",
        Say::LabelHeadline => "Type the label",
        Say::LabelDetail => "Read it off the label. The second person types it unseen.",
        Say::LabelField => "13 characters + check",
        Say::LabelAgainField => "Second person again",
        Say::HandHeadline => "Completed by hand",
        Say::NoteField => "Tool and reason",
        Say::VolumeField => "Net volume, mL",
        Say::NextField => "next field",
        Say::SendForm => "send",
        Say::YesDoIt => "yes, do it now",
        Say::CannotUndo => "This cannot be undone. Esc: back",
        Say::ChooseAbort => "Why does the donation end?",
        Say::ChooseMissing => "Why is the tube missing?",
        Say::ChooseReaction => "Which donor reaction?",
        Say::ChooseSeverity => "How severe is it?",
        Say::ChooseKey => "choose",
    }
}

pub(super) fn key(which: Key) -> &'static str {
    match which {
        Key::Pause => "pause",
        Key::Clamp => "clamp",
        Key::Stop => "EMERGENCY STOP",
        Key::NeedleOut => "needle out",
        Key::Help => "call help",
        Key::Keys => "keys",
        Key::Language => "中文",
        Key::SignOut => "lock",
        Key::Overview => "beds",
        Key::Beds => "bed",
        Key::Acknowledge => "acknowledge",
        Key::Abort => "abort",
        Key::End => "end",
        Key::Reaction => "reaction",
        Key::HelpArrived => "help is here",
        Key::TypeLabel => "type the label",
        Key::TubeMissing => "tube missing",
        Key::ByHand => "done by hand",
        Key::Back => "back",
        Key::Select => "select",
        Key::Quit => "close",
    }
}

pub(super) fn headline(prompt: &Prompt) -> String {
    let words = match prompt {
        Prompt::Identify => "Lay the donor's ID card on the reader",
        Prompt::ConfirmIdentity => "Ask the donor: name? birth date?",
        Prompt::ConfirmScreening => "Look at screening and consent on the form",
        Prompt::Scan { wanted, again } => return scan(*wanted, *again),
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
        Prompt::FillTube { tube, inversions } => {
            return format!("Fill tube {tube}, invert it {inversions} times");
        }
        Prompt::Paused => "Paused: the clamp is closed, the needle is in",
        Prompt::EndAdvised => "The draw should end now",
        Prompt::WaitClampClosed => "Wait: the clamp closes",
        Prompt::PinchByHand => "PINCH THE LINE BY HAND NOW",
        Prompt::ReleaseTourniquet => "Release fist and tourniquet",
        Prompt::TakeNeedleOut => "Take the needle out",
        Prompt::GuardNeedle => "Guard the needle, press the site",
        Prompt::Seal => "Lay the needle side into the sealer",
        Prompt::WaitSeal => "Sealing: keep the tube still",
        Prompt::InspectSeal => "Look at the seal: is it sound?",
        Prompt::Separate => "Lay the needle into the separator",
        Prompt::WaitSeparate => "Separating the needle: hands away",
        Prompt::InspectSeparation => "Look: is the needle off?",
        Prompt::BinNeedle => "Needle into the sharps bin",
        Prompt::ReplaceBin => "The sharps bin is full: replace it",
        Prompt::Segments { count } => return format!("Strip the tubing, seal {count} segments"),
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

fn scan(wanted: ScanWanted, again: bool) -> String {
    let what = match wanted {
        ScanWanted::Form => "the label on the form".to_owned(),
        ScanWanted::Bag => "the label on the bag".to_owned(),
        ScanWanted::BagLot => "maker, lot and expiry on the bag".to_owned(),
        ScanWanted::Tube(n) => format!("the label on tube {n}"),
    };
    if again { format!("Scan again {what}") } else { format!("Scan {what}") }
}

pub(super) fn detail(prompt: &Prompt) -> Option<&'static str> {
    match prompt {
        Prompt::Identify => Some("or choose from the worklist."),
        Prompt::ConfirmIdentity | Prompt::AskAgain => {
            Some("Let the donor say both; compare with form and card.")
        }
        Prompt::ConfirmScreening => Some("Both of you look; both confirm."),
        Prompt::LookAtBag => Some("Leaks, turbidity, expiry date, anticoagulant."),
        Prompt::InsertNeedle => Some("The clamp opens when you say so."),
        Prompt::SecondAttempt => Some("Other arm, new kit, consent on record."),
        Prompt::WaitDraw => Some("The clamp closes by itself at the target."),
        Prompt::Paused => Some("The mixer goes on."),
        Prompt::EndAdvised => Some("Time is over or the flow does not come back."),
        Prompt::PinchByHand => Some("The clamp is not proved closed. Hold it, call help."),
        Prompt::TakeNeedleOut => Some("The clamp is closed."),
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
        | Prompt::ClosePouchClip
        | Prompt::BreakPlug
        | Prompt::FillTube { .. }
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

pub(super) fn act(act: &Act) -> String {
    let words = match act {
        Act::ConfirmIdentity | Act::IdentityAskedAgain => "name and birth date agree",
        Act::ConfirmScreening => "screening and consent seen",
        Act::BagLooked => "the bag is good",
        Act::BagRejected => "the bag is bad, take another",
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
        Act::Acknowledge(code) => return format!("acknowledge {}", code.code()),
        Act::ByHand { step, .. } => return format!("done by hand: {}", hand_step(*step)),
    };
    words.to_owned()
}

pub(super) fn really(what: &Act) -> String {
    format!("Really {}?", act(what))
}

pub(super) fn open_bed(bed: BedId) -> String {
    format!("open bed {bed}")
}

pub(super) fn call() -> &'static str {
    "call"
}

pub(super) fn backlog(waiting: u32) -> String {
    format!("{waiting} to upload")
}

pub(super) fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Real => "REAL",
        Mode::Validation => "VALIDATION: WATER BAG",
        Mode::Simulated => "SIMULATED: NO REAL BLOOD",
    }
}

pub(super) fn alarm_what(code: AlarmCode) -> &'static str {
    match code {
        AlarmCode::ClampNotClosed => "The clamp is not proved closed",
        AlarmCode::FlowAfterClamp => "Blood flows although the clamp is closed",
        AlarmCode::OverVolume => "Too much blood in the bag",
        AlarmCode::LabelMismatch => "Labels do not agree",
        AlarmCode::HighFlow => "Very high flow: arterial puncture?",
        AlarmCode::SealNotConfirmed => "The seal is not confirmed",
        AlarmCode::HelpCalled => "Help is called",
        AlarmCode::EmergencyStop => "Emergency stop",
        AlarmCode::ScaleLost => "The scale cannot be trusted",
        AlarmCode::JournalFailed => "Records cannot be kept",
        AlarmCode::BedFailed => "The bed's program failed; it was made safe",
        AlarmCode::SeparationNotConfirmed => "The needle's separation is not confirmed",
        AlarmCode::NoFlow => "No flow",
        AlarmCode::LowFlow => "Low flow",
        AlarmCode::DrawTooLong => "The draw takes too long",
        AlarmCode::MixerStalled => "The mixer stands still",
        AlarmCode::DeviceFault => "A device is in trouble",
        AlarmCode::BagMoved => "The bag moved or fell",
        AlarmCode::PauseTooLong => "The pause takes too long",
        AlarmCode::ClampNotOpen => "The clamp does not open",
        AlarmCode::SamplesLate => "Tubes are not filled in time",
        AlarmCode::LabelRefused => "A label was refused",
        AlarmCode::JournalSlow => "Records wait for the disk",
        AlarmCode::DiverterNotObeying => "The diverter does not answer",
        AlarmCode::Interrupted => "The draw was interrupted by a restart",
        AlarmCode::NotForPlatelets => "Not for platelets: time",
        AlarmCode::NotForPlasma => "Not for fresh frozen plasma: time",
        AlarmCode::BinFull => "The sharps bin is full",
        AlarmCode::Underweight => "Underweight unit",
        AlarmCode::Backlog => "Records wait for upload",
        AlarmCode::ClockUntrusted => "The clock is not trusted",
    }
}

pub(super) fn alarm_first(code: AlarmCode) -> &'static str {
    match code {
        AlarmCode::ClampNotClosed => "pinch the line by hand",
        AlarmCode::FlowAfterClamp => "pinch the line by hand, take the needle out",
        AlarmCode::OverVolume => "pinch the line by hand, look at the donor",
        AlarmCode::LabelMismatch => "stop; compare form, bag and tubes",
        AlarmCode::HighFlow => "pause; bright red? needle out, press",
        AlarmCode::SealNotConfirmed => "do not separate; look, seal again",
        AlarmCode::HelpCalled => "go to this bed",
        AlarmCode::EmergencyStop => "look at the donor, then at the cause",
        AlarmCode::ScaleLost => "pause; look at tray, cable and scale",
        AlarmCode::JournalFailed => "finish by hand; call the engineer",
        AlarmCode::BedFailed => "look at the donor; finish by hand",
        AlarmCode::SeparationNotConfirmed => "hands away; look: is the needle off?",
        AlarmCode::NoFlow => "break-off plug, clip, needle, tourniquet",
        AlarmCode::LowFlow => "needle, tourniquet, make a fist",
        AlarmCode::DrawTooLong => "end the draw",
        AlarmCode::MixerStalled => "mix the bag by hand",
        AlarmCode::DeviceFault => "see the devices; look at cable and power",
        AlarmCode::BagMoved => "look at bag, tray and tubing",
        AlarmCode::PauseTooLong => "go on or end the draw",
        AlarmCode::ClampNotOpen => "look at the tubing in the clamp",
        AlarmCode::SamplesLate => "fill the tubes now",
        AlarmCode::LabelRefused => "take the right label or bag; see below",
        AlarmCode::JournalSlow => "no new needle; running draws go on",
        AlarmCode::DiverterNotObeying => "look at pouch and diverter",
        AlarmCode::Interrupted => "look at the donor, then decide",
        AlarmCode::NotForPlatelets => "nothing; the unit is flagged",
        AlarmCode::NotForPlasma => "nothing; the unit is flagged",
        AlarmCode::BinFull => "replace the sharps bin",
        AlarmCode::Underweight => "the unit goes to quarantine",
        AlarmCode::Backlog => "nothing; upload goes on when online",
        AlarmCode::ClockUntrusted => "two people confirm date and time",
    }
}

pub(super) fn refusal(refusal: &Refusal) -> String {
    match refusal {
        Refusal::DinMismatch { expected, found } => format!("label {found}, this donation {expected}"),
        Refusal::DinOnOtherBed { din, bed, here } => {
            format!("{din} belongs to bed {bed}, this is bed {here}")
        }
        Refusal::DinOfOtherDonor { din } => format!("{din} is given to another donor"),
        Refusal::DinUsed { din, donation } => format!("{din} was used by donation {donation}"),
        Refusal::DinVoided { din } => format!("{din} is voided"),
        Refusal::WrongCode { wanted, found } => format!("the code is a {found}; {}", scan(*wanted, false)),
        Refusal::WrongLabelPlace { wanted, found } => {
            format!("this label is for {found}; {}", scan(*wanted, false))
        }
        Refusal::Mistyped { first, second } => {
            format!("typed {first} / {second}: read the label again")
        }
        Refusal::AlreadyScanned => "this label is already checked".to_owned(),
        Refusal::Expired { expiry, today } => format!("expired {expiry}, today {today}"),
        Refusal::ClockUntrusted => "the clock is not trusted: expiry cannot be judged".to_owned(),
        Refusal::SameArm => "no vein was found in this arm: take the other one".to_owned(),
        Refusal::NotNow => "this is not the moment for it".to_owned(),
        Refusal::NoOperator => "nobody is signed in".to_owned(),
        Refusal::RoleForbids(who) => format!("not allowed for: {}", role(*who)),
        Refusal::SecondPersonNeeded => "a second person has to confirm".to_owned(),
        Refusal::SamePerson => "the second person must be another one".to_owned(),
        Refusal::DeviceNotReady(kind) => format!("not ready: {}", device(*kind)),
        Refusal::EmergencyStop => "the emergency stop is pressed".to_owned(),
        Refusal::ClampNotClosed => "the clamp is not proved closed".to_owned(),
        Refusal::NeedleIn => "the needle is still in the donor".to_owned(),
        Refusal::NotSealed => "the needle side is not sealed".to_owned(),
        Refusal::BinFull => "the sharps bin is full".to_owned(),
        Refusal::UnderWay => "already under way".to_owned(),
        Refusal::NotEligible => "the donor is deferred today".to_owned(),
        Refusal::NoSuchProgramme(ml) => format!("{ml} mL is not offered here"),
        Refusal::BedOccupied(donation) => format!("the bed has donation {donation}"),
        Refusal::JournalFailed => "records cannot be kept: finish by hand".to_owned(),
        Refusal::JournalSlow => "records wait for the disk: no needle now, wait".to_owned(),
        Refusal::BadSetting { name, found, min, max } => format!("{name} = {found}, allowed {min} to {max}"),
        Refusal::NotByHand(step) => format!("not by hand now: {}", hand_step(*step)),
        Refusal::WeightNotABag { found_g, min_g, max_g } => {
            format!("the tray weighs {found_g} g, an empty set {min_g} to {max_g} g")
        }
    }
}

pub(super) fn error(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::Malformed => "the station did not understand this terminal",
        ErrorCode::TooLong => "too long",
        ErrorCode::Version => "terminal and station have different versions",
        ErrorCode::Stale => "the bed has changed: look again",
        ErrorCode::Refused => "refused",
        ErrorCode::Denied => "number or PIN is wrong",
        ErrorCode::LockedOut => "too many wrong PINs: locked for a while",
        ErrorCode::NotSignedIn => "sign in first",
        ErrorCode::NoSuchBed => "no such bed",
        ErrorCode::NotInWorklist => "not in the worklist any more",
        ErrorCode::Busy => "the station is busy: try again",
        ErrorCode::NotDurable => "perhaps not recorded: look before you repeat it",
    }
}

pub(super) fn lost(why: LostWhy) -> &'static str {
    match why {
        LostWhy::Connecting => "connecting",
        LostWhy::NoDaemon => "the station's program does not run, or has another socket",
        LostWhy::NotAllowed => "this user may not open the station's socket",
        LostWhy::Closed => "the station closed the connection",
        LostWhy::Silent => "the station has been silent for 3 seconds",
        LostWhy::NotUnderstood => "the station speaks another version",
    }
}

pub(super) fn fault(fault: &Fault) -> String {
    match fault {
        Fault::LinkLost => "connection lost: cable, power".to_owned(),
        Fault::NoReply => "does not answer".to_owned(),
        Fault::Garbage => "not understood: its settings".to_owned(),
        Fault::Rebooted => "restarted by itself".to_owned(),
        Fault::Swapped { expected, found } => format!("other unit: {found}, not {expected}"),
        Fault::Overload => "too much weight".to_owned(),
        Fault::Underload => "too little weight: tray?".to_owned(),
        Fault::SwitchContradiction => "end switches contradict".to_owned(),
        Fault::NotObeying => "does not obey".to_owned(),
        Fault::Stalled => "stands still".to_owned(),
        Fault::Device(text) => format!("reports {text}"),
    }
}

pub(super) fn device(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Scale => "scale",
        DeviceKind::Scanner => "scanner",
        DeviceKind::IdReader => "ID reader",
        DeviceKind::Clamp => "clamp",
        DeviceKind::Mixer => "mixer",
        DeviceKind::Diverter => "diverter",
        DeviceKind::Sampler => "sampler",
        DeviceKind::Sealer => "sealer",
        DeviceKind::Separator => "separator",
        DeviceKind::Rfid => "RFID",
        DeviceKind::Probe => "thermometer",
        DeviceKind::Panel => "panel",
    }
}

pub(super) fn step(step: ChainStep) -> &'static str {
    match step {
        ChainStep::Identity => "donor identified",
        ChainStep::Labels => "labels agree",
        ChainStep::Prepare => "bag, clamp, arm",
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

pub(super) fn phase(phase: PhaseName) -> &'static str {
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

pub(super) fn abort_why(why: AbortWhy) -> &'static str {
    match why {
        AbortWhy::DonorWithdraws => "donor withdraws",
        AbortWhy::Reaction => "donor is unwell",
        AbortWhy::NoVein => "no vein",
        AbortWhy::FlowStopped => "flow stopped",
        AbortWhy::DeviceFailed => "device failed",
        AbortWhy::BagDefect => "bag is bad",
        AbortWhy::LabelMismatch => "labels do not agree",
        AbortWhy::NotEligible => "not eligible",
    }
}

pub(super) fn missing_why(why: MissingWhy) -> &'static str {
    match why {
        MissingWhy::NeedleOutEarly => "needle came out early",
        MissingWhy::NotEnoughBlood => "not enough blood",
        MissingWhy::Damaged => "tube broken or lost",
    }
}

pub(super) fn reaction(class: ReactionClass) -> &'static str {
    match class {
        ReactionClass::Local => "A local: haematoma, artery, nerve",
        ReactionClass::Vasovagal => "B vasovagal, fainting",
        ReactionClass::Apheresis => "C of apheresis",
        ReactionClass::Allergic => "D allergic",
        ReactionClass::OtherSerious => "E other serious",
        ReactionClass::Cardiovascular => "F heart, stroke",
    }
}

pub(super) fn severity(grade: u8) -> &'static str {
    match grade {
        1 => "1 mild",
        2 => "2 moderate",
        3 => "3 severe",
        4 => "4 life-threatening",
        _ => "5 death",
    }
}

pub(super) fn role(role: Role) -> &'static str {
    match role {
        Role::Nurse => "nurse",
        Role::Lead => "team lead",
        Role::Quality => "quality",
        Role::Engineer => "engineer",
        Role::Admin => "administrator",
        Role::Auditor => "auditor",
    }
}

pub(super) fn disposition(of: Disposition) -> &'static str {
    match of {
        Disposition::Collected => "collected, waiting for handover",
        Disposition::Quarantined => "quarantined",
        Disposition::DiscardProposed => "discard proposed",
        Disposition::NoUnit => "nothing collected",
    }
}

pub(super) fn hand_step(step: HandStep) -> String {
    match step {
        HandStep::ClampClosed => "close the line with a haemostat".to_owned(),
        HandStep::Sealed => "seal the needle side, look at it".to_owned(),
        HandStep::Separated => "take the needle off, bin it".to_owned(),
        HandStep::Mixed => "mix the bag".to_owned(),
        HandStep::Weighed { .. } => "weigh the bag elsewhere".to_owned(),
    }
}

pub(super) fn form_fault(fault: FormFault) -> &'static str {
    match fault {
        FormFault::Empty => "Fill in this field.",
        FormFault::BadNumber => "That is no staff number.",
        FormFault::BadLabel => "No donation number with its check character.",
        FormFault::LabelsDiffer => "Both readings differ: compare with the label.",
        FormFault::SamePerson => "The second person must be another one.",
        FormFault::BadVolume => "A volume from 1 to 999 mL.",
    }
}
