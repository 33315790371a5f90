//! English: what happened, and what to do first.
//!
//! Owns: these words. Refuses: an alarm without a first act. Holds no state.

use station::procedure::alarm::AlarmCode;

pub(crate) fn alarm_what(code: AlarmCode) -> &'static str {
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

pub(crate) fn alarm_first(code: AlarmCode) -> &'static str {
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
