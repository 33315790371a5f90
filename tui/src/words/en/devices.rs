//! English: the devices and their faults.
//!
//! Owns: these words. Refuses: jargon of the program. Holds no state.

use station::device::{DeviceKind, Fault};

pub(crate) fn device(kind: DeviceKind) -> &'static str {
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

pub(crate) fn fault(fault: &Fault) -> String {
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
