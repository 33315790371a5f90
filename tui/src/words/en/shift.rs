//! English: the shift.
//!
//! Owns: these words. Refuses: blame, and hiding a value that was compared. Holds no state.

use super::{device, role};
use crate::words::{ShiftField, ShiftText};
use station::api::shift::ShiftPrompt;
use station::api::{ClimateState, ClimateView};
use station::device::DeviceKind;
use station::procedure::CheckKind;
use station::record::CorrectedField;
use station::shift::ShiftRefusal;
use station::shift::deviation::DeviationKind;
use station::shift::gates::NoStart;
use station::shift::lots::LotKind;
use station::shift::refusal::Bounded;
use station::shift::scale::ScaleStep;

pub(crate) fn climate(view: &ClimateView) -> String {
    let name = &view.name;
    let value = view.value.map_or_else(|| "no reading".to_owned(), |value| value.to_string());
    let expired = if view.expired { ": certificate expired" } else { "" };
    match view.state {
        ClimateState::Right | ClimateState::Silent => format!("{name} {value}{expired}"),
        ClimateState::Cold => format!("{name} {value}: too cold, from {}{expired}", view.low),
        ClimateState::Warm => format!("{name} {value}: too warm, to {}{expired}", view.high),
    }
}

pub(crate) fn shift_text(which: ShiftText) -> &'static str {
    match which {
        ShiftText::Title => "SHIFT",
        ShiftText::NotOpen => "No shift is open.",
        ShiftText::Ready => "Everything is ready for donors.",
        ShiftText::Gates => "Before a start",
        ShiftText::AllOpen => "nothing stands against a start",
        ShiftText::AllBeds => "all beds",
        ShiftText::Counts => "This shift",
        ShiftText::Open => "To be cleared",
        ShiftText::NothingOpen => "nothing",
        ShiftText::Donations => "donations",
        ShiftText::Numbers => "numbers in / used / voided / left",
        ShiftText::Strange => "from no roll",
        ShiftText::Lots => "lots",
        ShiftText::People => "people",
        ShiftText::Certificate => "The certificate is in station.toml; no key renews it.",
        ShiftText::Disk => "Journal and store need room; call whoever looks after the station.",
        ShiftText::OpenShift => "open the shift",
        ShiftText::Begin => "begin the check",
        ShiftText::Weigh => "take this weight",
        ShiftText::Moving => "Wait until the value stands still.",
        ShiftText::Await => "scan its code at a free bed",
        ShiftText::Awaiting => "Scan lot and expiry at a free bed's scanner. O: type them",
        ShiftText::Confirm => "confirm with a second person",
        ShiftText::SignKey => "sign",
        ShiftText::ExplainKey => "explain",
        ShiftText::PackageKey => "package",
        ShiftText::RollKey => "numbers received",
        ShiftText::LeftKey => "numbers left",
        ShiftText::CorrectKey => "correct a record",
        ShiftText::SegmentsKey => "segments done",
        ShiftText::StopKey => "stop the check",
        ShiftText::EndKey => "end the shift",
        ShiftText::FormOpen => "Open the shift",
        ShiftText::Usual => "Empty fields, as usual here: ",
        ShiftText::Collected => "collected",
        ShiftText::Quarantined => "quarantined",
        ShiftText::Discard => "discard proposed",
        ShiftText::NoUnit => "no unit",
        ShiftText::FormLot => "A package was opened",
        ShiftText::FormRoll => "A roll of donation numbers was received",
        ShiftText::FormLeft => "Donation numbers left over",
        ShiftText::FormSign => "The second person signs",
        ShiftText::FormClock => "Is date and time right? Empty: as shown",
        ShiftText::FormLimits => "Changed settings, looked at by two",
        ShiftText::FormExplain => "What was found or done?",
        ShiftText::FormCorrect => "Correct one field of a closed record",
        ShiftText::FormClose => "End the shift: sign the summary",
        ShiftText::Waiting => "done alone",
        ShiftText::Wanted => "asks for a second person",
        ShiftText::Deviation => "deviation",
        ShiftText::SegmentsLater => "segments later, donation",
        ShiftText::Elsewhere => "W: ask at every terminal",
        ShiftText::AskedElsewhere => "A second person may sign at any terminal (W).",
        ShiftText::LotsInUse => "Packages in use: ",
        ShiftText::NoStartHere => "No start: ",
    }
}

pub(crate) fn shift_field(which: ShiftField) -> &'static str {
    match which {
        ShiftField::Site => "Site",
        ShiftField::Vehicle => "Vehicle",
        ShiftField::Team => "Team",
        ShiftField::Group => "Group",
        ShiftField::Lot => "Lot",
        ShiftField::Expiry => "Last day, YYYYMMDD",
        ShiftField::First => "First number",
        ShiftField::Last => "Last number",
        ShiftField::Count => "How many",
        ShiftField::When => "Time, YYYYMMDDhhmm",
        ShiftField::Donation => "Donation",
        ShiftField::Which => "Field, 1 to 6",
        ShiftField::Old => "It says",
        ShiftField::New => "It should say",
    }
}

pub(crate) fn lot_kind(kind: LotKind) -> &'static str {
    match kind {
        LotKind::Kit => "kits",
        LotKind::Tube => "tubes",
        LotKind::Disinfectant => "disinfectant",
        LotKind::Needle => "needles",
    }
}

pub(crate) fn no_start(why: NoStart) -> String {
    match why {
        NoStart::ClockUntrusted => "two people have to confirm date and time".to_owned(),
        NoStart::DiskUnknown => "the disk was not looked at yet".to_owned(),
        NoStart::DiskFull => "the disk is too full".to_owned(),
        NoStart::LimitsUnconfirmed => "changed settings are not confirmed".to_owned(),
        NoStart::ShiftNotOpen => "no shift is open".to_owned(),
        NoStart::ShiftTooLong => "the shift is open for too long".to_owned(),
        NoStart::CalibrationMissing => "no calibration certificate".to_owned(),
        NoStart::CalibrationExpired => "the calibration certificate has expired".to_owned(),
        NoStart::ScaleUnchecked => "the scale was not checked today".to_owned(),
        NoStart::ScaleCheckFailed => "the scale failed its check".to_owned(),
        NoStart::LotMissing(kind) => format!("no package open: {}", lot_kind(kind)),
        NoStart::LotExpired(kind) => format!("package expired: {}", lot_kind(kind)),
        NoStart::LotRecalled(kind) => format!("package recalled or not released: {}", lot_kind(kind)),
    }
}

pub(crate) fn shift_prompt(prompt: ShiftPrompt) -> String {
    match prompt {
        ShiftPrompt::ConfirmClock => "Is the date and time right? Two people look".to_owned(),
        ShiftPrompt::MakeRoom => "The disk has no room for records".to_owned(),
        ShiftPrompt::ConfirmLimits => "Settings were changed: two people look".to_owned(),
        ShiftPrompt::OpenShift => "Open the shift".to_owned(),
        ShiftPrompt::EndShift => "End this shift, then open the next".to_owned(),
        ShiftPrompt::RenewCalibration(bed) => {
            format!("Bed {bed}: the {} needs a certificate", device(DeviceKind::Scale))
        }
        ShiftPrompt::CheckScale(bed) => format!("Check the {} of bed {bed}", device(DeviceKind::Scale)),
        ShiftPrompt::Weigh { bed, step: ScaleStep::Empty } => format!("Bed {bed}: empty the tray"),
        ShiftPrompt::Weigh { bed, step: ScaleStep::Weight(grams) } => {
            format!("Bed {bed}: put {grams} g on the tray")
        }
        ShiftPrompt::OpenLot(kind) => format!("Open a package: {}", lot_kind(kind)),
    }
}

pub(crate) fn deviation(kind: DeviationKind) -> String {
    match kind {
        DeviationKind::EligibilityUnasked => "eligibility not asked".to_owned(),
        DeviationKind::TypedLabel => "label typed".to_owned(),
        DeviationKind::ByHand => "step by hand".to_owned(),
        DeviationKind::SecondMissing => "second person missing".to_owned(),
        DeviationKind::Underweight => "underweight".to_owned(),
        DeviationKind::Overweight => "overweight".to_owned(),
        DeviationKind::CollectionLong => "collection took long".to_owned(),
        DeviationKind::TubesMissing => "tubes missing".to_owned(),
        DeviationKind::NotReconciled => "second scan missing".to_owned(),
        DeviationKind::DinVoided => "number voided".to_owned(),
        DeviationKind::EndedEarly => "ended early".to_owned(),
        DeviationKind::Reaction => "donor reaction".to_owned(),
        DeviationKind::ScaleCheckFailed => "scale check failed".to_owned(),
        DeviationKind::LotRefused(kind) => format!("package refused: {}", lot_kind(kind)),
        DeviationKind::DinsDiffer => "donation numbers differ".to_owned(),
        DeviationKind::ShiftTooLong => "shift too long".to_owned(),
    }
}

pub(crate) fn check_kind(kind: CheckKind) -> &'static str {
    match kind {
        CheckKind::TypedIdentity => "identity typed",
        CheckKind::Screening => "screening from the form",
        CheckKind::TypedDin => "number typed",
        CheckKind::VoidedDin => "number voided",
        CheckKind::UnknownOutcome => "outcome looked at",
        CheckKind::ByHand => "step by hand",
        CheckKind::EnteredLater => "entered later",
        CheckKind::Correction => "correction",
        CheckKind::ClockConfirmed => "date and time",
        CheckKind::LimitsChanged => "settings changed",
    }
}

pub(crate) fn corrected_field(field: CorrectedField) -> &'static str {
    match field {
        CorrectedField::Arm => "arm",
        CorrectedField::BagCatalog => "catalogue",
        CorrectedField::BagLot => "lot",
        CorrectedField::BagExpiry => "expiry",
        CorrectedField::Segments => "segments",
        CorrectedField::Disposition => "disposition",
    }
}

fn bounded(what: Bounded) -> &'static str {
    match what {
        Bounded::People => "people",
        Bounded::Rolls => "rolls",
        Bounded::Lots => "packages",
        Bounded::Seconds => "requests",
    }
}

pub(crate) fn shift_refusal(refusal: &ShiftRefusal) -> String {
    match refusal {
        ShiftRefusal::NotOpen => "no shift is open".to_owned(),
        ShiftRefusal::AlreadyOpen => "a shift is open already".to_owned(),
        ShiftRefusal::RoleForbids(who) => format!("not allowed for: {}", role(*who)),
        ShiftRefusal::SecondNeeded => "a second person has to sign".to_owned(),
        ShiftRefusal::SamePerson => "the second person must be another one".to_owned(),
        ShiftRefusal::BedBusy(bed) => format!("bed {bed} has a donor: no check of its scale now"),
        ShiftRefusal::NoSuchBed(bed) => format!("there is no bed {bed}"),
        ShiftRefusal::NoCheck(bed) => format!("no check of bed {bed} was begun"),
        ShiftRefusal::NotAtRest(bed) => format!("bed {bed}: the value does not stand still yet"),
        ShiftRefusal::NotThisWeight { found_g, nominal_g } => {
            format!("the tray holds {found_g} g, wanted {nominal_g} g")
        }
        ShiftRefusal::LotExpired { expires, today } => format!("expired {expires}, today {today}"),
        ShiftRefusal::LotRecalled { kind, lot } => format!("recalled: {} {lot}", lot_kind(*kind)),
        ShiftRefusal::LotNotReleased { kind, lot } => {
            format!("not on the list of good lots: {} {lot}", lot_kind(*kind))
        }
        ShiftRefusal::ClockUntrusted => "the clock is not trusted: no date can be judged".to_owned(),
        ShiftRefusal::ClockTrusted => "the clock is trusted already".to_owned(),
        ShiftRefusal::BeforeJournal => "that time is before the newest entry".to_owned(),
        ShiftRefusal::NothingChanged => "no changed settings wait".to_owned(),
        ShiftRefusal::NotARoll { first, last } => format!("{first} to {last} is no roll"),
        ShiftRefusal::RollTwice(din) => format!("{din} was received already"),
        ShiftRefusal::NoSuchItem(_) => "this is cleared already".to_owned(),
        ShiftRefusal::TooMany(what) => format!("too many {}", bounded(*what)),
        ShiftRefusal::BadText => "1 to 80 characters".to_owned(),
        ShiftRefusal::BedsOpen(bed) => format!("bed {bed} has a donor: end the shift after that"),
        ShiftRefusal::ChecksOpen(count) => format!("{count} acts wait for a second person"),
        ShiftRefusal::DinsNotCounted => "count the donation numbers left over first".to_owned(),
        ShiftRefusal::OldDiffers { expected, found } => format!("it says {found:?}, not {expected:?}"),
        ShiftRefusal::BadValue(value) => format!("{value:?} cannot stand there"),
        ShiftRefusal::NoRecord(donation) => format!("no closed record of donation {donation}"),
        ShiftRefusal::Overtaken => "the bed has changed since: ask again".to_owned(),
    }
}
