//! What the bed's devices last said, and how far that may be relied on.
//!
//! Owns: the newest reading of each device with its instant, health, and whether a device stopped being the one that the
//! donation began with. Refuses: judging (that is `guard`). Lost in a crash; nothing is known until devices answer again.

use crate::api::{DeviceHealth, DeviceView};
use crate::device::{
    ClampPosition, DeviceKind, DeviceReading, DiverterPosition, Fault, Quality, Reading, WeightSample,
};
use crate::ident::DeviceSerial;
use crate::measure::{Mono, Span};
use std::collections::BTreeMap;

/// One device.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Unit {
    health: DeviceHealth,
    serial: Option<DeviceSerial>,
    /// It restarted, or another unit took its place, while a donation was open: the first fault that said so.
    changed: Option<Fault>,
    /// It is the very unit that answered when the donation began: it never was away since, or came back under the same serial number.
    vouched: bool,
}

impl Unit {
    fn is_troubled(&self) -> bool {
        self.changed.is_some() || matches!(self.health, DeviceHealth::Faulted(_))
    }

    /// How it is, for people: one that answers again and is not to be relied on says why.
    fn shown(&self) -> DeviceHealth {
        match (&self.health, &self.changed) {
            (DeviceHealth::Online, Some(fault)) => DeviceHealth::Faulted(fault.clone()),
            (health, _) => health.clone(),
        }
    }
}

/// Everything known of the bed's devices.
#[derive(Debug, Clone, Default)]
pub(crate) struct Senses {
    units: BTreeMap<DeviceKind, Unit>,
    weight: Option<(Mono, WeightSample)>,
    clamp: Option<ClampPosition>,
    diverter: Option<DiverterPosition>,
    mixer_turning: bool,
    bin_full: bool,
    emergency_pressed: bool,
    /// Serial numbers of the vouched units of before a restart, until each answers.
    vouched_before: BTreeMap<DeviceKind, DeviceSerial>,
}

impl Senses {
    /// Takes a reading in. True when people's decisions may depend on what changed (not for each weight or cycle).
    pub(crate) fn note(&mut self, now: Mono, reading: &DeviceReading) -> bool {
        match &reading.reading {
            Reading::Weight(sample) => {
                self.weight = Some((now, *sample));
                false
            }
            Reading::MixerCycle => !std::mem::replace(&mut self.mixer_turning, true),
            Reading::MixerTurning(turning) => {
                std::mem::replace(&mut self.mixer_turning, *turning) != *turning
            }
            Reading::Clamp(position) => self.clamp.replace(*position) != Some(*position),
            Reading::Diverter(position) => self.diverter.replace(*position) != Some(*position),
            Reading::Sealer(_) | Reading::Separator(_) | Reading::TubeFilled(_) => true,
            Reading::BinFull(full) => std::mem::replace(&mut self.bin_full, *full) != *full,
            Reading::EmergencyStop(pressed) => {
                std::mem::replace(&mut self.emergency_pressed, *pressed) != *pressed
            }
            Reading::Online { serial } => self.online(reading.device, serial.clone()),
            Reading::Faulted(fault) => self.faulted(reading.device, fault.clone()),
        }
    }

    fn online(&mut self, kind: DeviceKind, serial: Option<DeviceSerial>) -> bool {
        let before = self.units.get(&kind).cloned();
        let swapped = before.as_ref().is_some_and(|u| u.serial.is_some() && u.serial != serial);
        let another = match (before.as_ref().and_then(|u| u.serial.clone()), &serial) {
            (Some(expected), Some(found)) => Fault::Swapped { expected, found: found.clone() },
            (Some(_) | None, _) => Fault::Rebooted,
        };
        let known = before.as_ref().and_then(|u| u.changed.clone());
        let changed = known.or((swapped && keeps_state(kind)).then_some(another));
        let vouched = match &before {
            // Without a serial number nobody can tell whether what comes back is what went away.
            Some(u) => {
                let never_away = !matches!(&u.health, DeviceHealth::Faulted(fault) if fault.is_absence());
                u.vouched && !swapped && (never_away || serial.is_some())
            }
            None => serial.is_some() && self.vouched_before.remove(&kind) == serial,
        };
        let unit = Unit { health: DeviceHealth::Online, serial, changed, vouched };
        let news = before.as_ref() != Some(&unit);
        self.units.insert(kind, unit);
        news
    }

    fn faulted(&mut self, kind: DeviceKind, fault: Fault) -> bool {
        let before = self.units.get(&kind).cloned();
        let replaced = keeps_state(kind) && matches!(fault, Fault::Rebooted | Fault::Swapped { .. });
        let swapped = matches!(fault, Fault::Swapped { .. });
        let unit = Unit {
            vouched: !swapped && before.as_ref().is_some_and(|u| u.vouched),
            changed: before.as_ref().and_then(|u| u.changed.clone()).or(replaced.then(|| fault.clone())),
            serial: before.as_ref().and_then(|u| u.serial.clone()),
            health: DeviceHealth::Faulted(fault),
        };
        match kind {
            DeviceKind::Mixer => self.mixer_turning = false,
            DeviceKind::Clamp => self.clamp = None,
            DeviceKind::Scale => self.weight = None,
            DeviceKind::Diverter => self.diverter = None,
            DeviceKind::Sealer
            | DeviceKind::Separator
            | DeviceKind::Scanner
            | DeviceKind::IdReader
            | DeviceKind::Sampler
            | DeviceKind::Rfid
            | DeviceKind::Probe
            | DeviceKind::Panel => (),
        }
        let news = before.as_ref() != Some(&unit);
        self.units.insert(kind, unit);
        news
    }

    /// A donation begins: what answers now is vouched for.
    pub(crate) fn vouch(&mut self) {
        self.vouched_before.clear();
        for unit in self.units.values_mut() {
            unit.vouched = unit.health == DeviceHealth::Online;
        }
    }

    /// What was proved of the devices is proved anew: whatever answers now is what it begins with.
    pub(crate) fn accept_units(&mut self) {
        for unit in self.units.values_mut() {
            unit.changed = None;
        }
    }

    /// Everything said before a restart is worth nothing, but for the serial numbers.
    pub(crate) fn forget(&mut self) {
        let mut vouched_before = std::mem::take(&mut self.vouched_before);
        for (kind, unit) in std::mem::take(&mut self.units) {
            vouched_before.remove(&kind);
            if let (true, Some(serial)) = (unit.vouched, unit.serial) {
                vouched_before.insert(kind, serial);
            }
        }
        *self = Self { vouched_before, ..Self::default() };
    }

    /// Whether this device answers and is the one the donation began with.
    pub(crate) fn ready(&self, kind: DeviceKind) -> bool {
        self.units.get(&kind).is_some_and(|u| u.health == DeviceHealth::Online && u.changed.is_none())
    }

    /// Whether this is the very unit with which the donation began, even of a kind that keeps no state.
    pub(crate) fn same_unit(&self, kind: DeviceKind) -> bool {
        self.units.get(&kind).is_some_and(|u| u.vouched)
    }

    /// Whether this bed has such a device: it answered at least once.
    pub(crate) fn has(&self, kind: DeviceKind) -> bool {
        self.units.contains_key(&kind)
    }

    /// Whether the device is known to be in trouble, or no longer the one the donation began with.
    pub(crate) fn troubled(&self, kind: DeviceKind) -> bool {
        self.units.get(&kind).is_some_and(|u| u.is_troubled())
    }

    /// Whether a device on whose state the donation depends restarted, or is another one, since the donation began with it.
    pub(crate) fn any_exchanged(&self) -> bool {
        self.units.values().any(|u| u.changed.is_some())
    }

    /// Whether any device is in trouble.
    pub(crate) fn any_trouble(&self) -> bool {
        self.units.values().any(|u| u.is_troubled())
    }

    /// The newest weight, when it is usable and not older than `limit`.
    pub(crate) fn weight(&self, now: Mono, limit: Span) -> Option<WeightSample> {
        let (at, sample) = self.weight?;
        (now.since(at) < limit && sample.quality != Quality::Bad).then_some(sample)
    }

    /// What the clamp's switches said last.
    pub(crate) fn clamp(&self) -> Option<ClampPosition> {
        self.clamp
    }

    /// Whether the tray is known to move.
    pub(crate) fn mixer_turning(&self) -> bool {
        self.mixer_turning
    }

    /// The mixer gave no sign in its time.
    pub(crate) fn mixer_silent(&mut self) {
        self.mixer_turning = false;
    }

    /// Whether the sharps bin says it is full.
    pub(crate) fn bin_full(&self) -> bool {
        self.bin_full
    }

    /// A person replaced the bin.
    pub(crate) fn bin_replaced(&mut self) {
        self.bin_full = false;
    }

    /// Whether the emergency stop is pressed.
    pub(crate) fn emergency_pressed(&self) -> bool {
        self.emergency_pressed
    }

    /// People say that the emergency stop is released; the panel cannot.
    pub(crate) fn emergency_released(&mut self) {
        self.emergency_pressed = false;
    }

    /// Where the diverter was last proved to lead.
    pub(crate) fn diverter(&self) -> Option<DiverterPosition> {
        self.diverter
    }

    /// Every device heard of, for people.
    pub(crate) fn views(&self) -> Vec<DeviceView> {
        self.units.iter().map(|(kind, u)| DeviceView { kind: *kind, health: u.shown() }).collect()
    }
}

/// Whether a donation depends on what this device remembers or where it stands: zero of the scale, place of the clamp. The
/// others prove themselves anew with each act.
fn keeps_state(kind: DeviceKind) -> bool {
    match kind {
        DeviceKind::Scale | DeviceKind::Clamp => true,
        DeviceKind::Scanner
        | DeviceKind::IdReader
        | DeviceKind::Mixer
        | DeviceKind::Diverter
        | DeviceKind::Sampler
        | DeviceKind::Sealer
        | DeviceKind::Separator
        | DeviceKind::Rfid
        | DeviceKind::Probe
        | DeviceKind::Panel => false,
    }
}
