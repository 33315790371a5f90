//! English: the areas, keys, forms and questions of the screens.
//!
//! Owns: these words. Refuses: jargon of the program. Holds no state.

use crate::lost::LostWhy;
use crate::words::{FormFault, Key, Say, Text};
use station::device::Mode;
use station::ident::BedId;

pub(crate) fn text(which: Text) -> &'static str {
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
        Text::MixLeft => "Mix the bag by hand within",
        Text::Calling => "Nearly full: go to this bed",
        Text::NotSure => "not sure",
        Text::NoAlarm => "No alarm.",
        Text::AlarmLog => "Alarm history",
        Text::LogKeys => "date, time, bed, alarm, how long, acknowledged by",
        Text::Loading => "Asking ...",
        Text::Holds => "holds",
        Text::Acknowledged => "acknowledged",
        Text::Over => "over",
        Text::DoFirst => "First: ",
        Text::LastRefusal => "Not accepted: ",
        Text::NotTaken => "Not done: ",
        Text::Saving => "Saving ...",
        Text::StillToScan => "Still to scan: ",
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

pub(crate) fn say(which: Say) -> &'static str {
    match which {
        Say::StaffNumber => "Staff number",
        Say::Pin => "PIN",
        Say::SignInHeadline => "Sign in: scan your badge",
        Say::SignInDetail => "and type your PIN.",
        Say::SignInKey => "sign in",
        Say::CompanionKeys => "Enter: do it   Left/Right: page   Up/Down: line   Esc",
        Say::SignInFree => "Pause, clamp, stop, needle out and help need no sign-in.",
        Say::SecondHeadline => "A second person has to confirm",
        Say::SecondDetail => "Another nurse types number and PIN.",
        Say::SecondKey => "confirm as second person",
        Say::SecondNumber => "Second person",
        Say::LabelHeadline => "Type the label",
        Say::LabelDetail => "Read it off the label. The second person types it unseen.",
        Say::BagLabelDetail => "No check character: the second types it unseen.",
        Say::CatalogField => "Catalogue no., 10 characters",
        Say::LabelField => "13 characters + check",
        Say::LabelAgainField => "Second person again",
        Say::IdentityHeadline => "Type the donor's document",
        Say::IdentityDetail => "A second person compares it and confirms.",
        Say::NameField => "Name",
        Say::DocumentField => "Document number",
        Say::BirthField => "Birth date YYYYMMDD",
        Say::DonorFormHeadline => "Read the donor's form",
        Say::DonorFormDetail => "1 yes, 0 no. A second person sees the form too.",
        Say::InterviewField => "Interview passed",
        Say::ExaminationField => "Examination passed",
        Say::HaemoglobinField => "Haemoglobin, g/L",
        Say::ApprovedField => "Approved volume, mL",
        Say::ConsentField => "Consent signed",
        Say::HandHeadline => "Completed by hand",
        Say::NoteField => "Reason",
        Say::RemarkField => "Remark",
        Say::VolumeField => "Net volume, mL",
        Say::NextField => "next field",
        Say::SendForm => "send",
        Say::YesDoIt => "yes, do it now",
        Say::CannotUndo => "This cannot be undone. Esc: back",
        Say::ChooseCall => "How much is drawn? At most what is approved.",
        Say::ChooseAbort => "Why does the donation end?",
        Say::ChooseMissing => "Why is the tube missing?",
        Say::ChooseReaction => "Which donor reaction?",
        Say::ChooseSeverity => "How severe is it?",
        Say::ChooseProgramme => "Which programme instead?",
        Say::ChooseByHand => "Which step was done by hand?",
        Say::ChooseLook => "Why do you look at the whole name? It is journaled.",
        Say::ReactionHeadline => "Donor reaction: what is known",
        Say::ToolField => "With which tool",
        Say::NationalField => "National grade",
        Say::PulseField => "Pulse /min",
        Say::PressureField => "Pressure mmHg",
        Say::TreatmentField => "Treatment",
        Say::OutcomeField => "Outcome",
        Say::NationalHint => "1 mild  2 moderate  3 severe",
        Say::TreatmentHint => "1 watched 2 flat 3 pressed 4 drink 5 drug 6 CPR",
        Say::OutcomeHint => "1 well  2 asked again later  3 hospital  4 lasting",
        Say::OptionalHint => "Enter leaves a field empty",
        Say::ChooseKey => "choose",
    }
}

pub(crate) fn key(which: Key) -> &'static str {
    match which {
        Key::Pause => "pause",
        Key::Clamp => "clamp",
        Key::Stop => "EMERGENCY STOP",
        Key::NeedleOut => "needle out",
        Key::Help => "call help",
        Key::Keys => "keys",
        Key::Companion => "demo",
        Key::Language => "中文",
        Key::SignOut => "lock",
        Key::Overview => "beds",
        Key::Beds => "bed",
        Key::Silence => "silence",
        Key::AlarmLog => "alarm history",
        Key::Older => "older",
        Key::Newer => "newer",
        Key::Acknowledge => "acknowledge",
        Key::Shift => "shift",
        Key::After => "rest, later",
        Key::Abort => "abort",
        Key::End => "end",
        Key::Reaction => "reaction",
        Key::Programme => "programme",
        Key::HelpArrived => "help is here",
        Key::TypeIdentity => "type identity",
        Key::CallProgramme => "programme",
        Key::ReadForm => "read the form",
        Key::TypeLabel => "type the label",
        Key::TubeMissing => "tube missing",
        Key::ByHand => "done by hand",
        Key::WholeName => "whole name",
        Key::Back => "back",
        Key::Select => "select",
        Key::Quit => "close",
    }
}

pub(crate) fn open_bed(bed: BedId) -> String {
    format!("open bed {bed}")
}

pub(crate) fn call() -> &'static str {
    "call"
}

pub(crate) fn more(count: usize) -> String {
    format!("+{count} more")
}

pub(crate) fn audio_paused(seconds: u64) -> String {
    format!("sound paused, {seconds} s left")
}

pub(crate) fn backlog(waiting: u32) -> String {
    format!("{waiting} to upload")
}

pub(crate) fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Real => "REAL",
        Mode::Validation => "VALIDATION: WATER BAG",
        Mode::Simulated => "SIMULATED: NO REAL BLOOD",
    }
}

pub(crate) fn lost(why: LostWhy) -> &'static str {
    match why {
        LostWhy::Connecting => "connecting",
        LostWhy::NoDaemon => "the station's program does not run, or has another socket",
        LostWhy::NotAllowed => "this user may not open the station's socket",
        LostWhy::Closed => "the station closed the connection",
        LostWhy::Silent => "the station has been silent for 3 seconds",
        LostWhy::NotUnderstood => "the station speaks another version",
    }
}

pub(crate) fn form_fault(fault: FormFault) -> &'static str {
    match fault {
        FormFault::Empty => "Fill in this field.",
        FormFault::BadNumber => "That is no staff number.",
        FormFault::BadLabel => "No donation number with its check character.",
        FormFault::BadBagLabel => "Catalogue no. 10 characters, lot 1 to 10, day YYYYMMDD.",
        FormFault::LabelsDiffer => "Both readings differ: compare with the label.",
        FormFault::SamePerson => "The second person must be another one.",
        FormFault::BadVolume => "A volume from 1 to 999 mL.",
        FormFault::BadChoice => "one of the numbers shown; pressure as 120/80",
        FormFault::BadClosed => "No number of a donation, nor a label with its check character.",
        FormFault::BadTime => "A time as YYYYMMDDhhmm.",
        FormFault::NotSaid => "1 does it. Esc leaves it as it is.",
        FormFault::BadField => "this is not a code, lot, date or number",
    }
}
