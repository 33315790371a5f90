//! Devices as the core sees them: their kinds, what they report, what they can be ordered to do, what goes wrong.
//!
//! Owns: the one table of actuations (direction, scope, safe state, deadline): the root of "protect never waits, permit
//! always does". Refuses: raw bytes, port names and personal data; drivers translate the first, the controller keeps the
//! last. Holds no state.

use crate::ident::DeviceSerial;
use crate::measure::{Milligrams, Span};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a device is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    /// Weighs the bag on its tray.
    Scale,
    /// Reads barcodes.
    Scanner,
    /// Reads resident ID cards.
    IdReader,
    /// Pinches the donor line; spring-closed.
    Clamp,
    /// Rocks the bag.
    Mixer,
    /// Leads first blood to the pouch, then to the bag.
    Diverter,
    /// Fills and inverts sample tubes.
    Sampler,
    /// Seals tubing by radio-frequency heat.
    Sealer,
    /// Takes the needle off the sealed line.
    Separator,
    /// Reads RFID tags of bags.
    Rfid,
    /// Measures temperature.
    Probe,
    /// Buttons, emergency stop, lamp and buzzer.
    Panel,
}

impl DeviceKind {
    /// Every kind, in the order of the bedside chain.
    pub const ALL: [Self; 12] = [
        Self::Scale,
        Self::Scanner,
        Self::IdReader,
        Self::Clamp,
        Self::Mixer,
        Self::Diverter,
        Self::Sampler,
        Self::Sealer,
        Self::Separator,
        Self::Rfid,
        Self::Probe,
        Self::Panel,
    ];

    /// The stable lower-case name, as in configuration and journal.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scale => "scale",
            Self::Scanner => "scanner",
            Self::IdReader => "id_reader",
            Self::Clamp => "clamp",
            Self::Mixer => "mixer",
            Self::Diverter => "diverter",
            Self::Sampler => "sampler",
            Self::Sealer => "sealer",
            Self::Separator => "separator",
            Self::Rfid => "rfid",
            Self::Probe => "probe",
            Self::Panel => "panel",
        }
    }
}

impl fmt::Display for DeviceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whether a donation, a device or a record is of the real world. Never mixed, always shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Real devices, a real donor.
    Real,
    /// Real devices, a water bag; never uploaded as a donation.
    Validation,
    /// Simulated devices; nothing of it happened.
    Simulated,
}

/// How far a value may be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// The device says the value is stable.
    Stable,
    /// The device says the value is moving; normal on a rocking tray.
    Dynamic,
    /// Outside the device's range or otherwise not to be used.
    Bad,
}

/// One weight, gross, as the scale gave it. Its age is counted from the instant of the event that carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeightSample {
    /// Gross mass on the tray.
    pub gross: Milligrams,
    /// The scale's own word about it.
    pub quality: Quality,
}

/// What the clamp's two end switches say together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClampPosition {
    /// Closed switch made, open switch not: proved closed.
    Closed,
    /// Open switch made, closed switch not: proved open.
    Open,
    /// Neither made: on the way, or stuck between.
    Between,
    /// Both made: a switch or its wire is broken.
    Contradiction,
}

/// Where the diverter leads blood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiverterPosition {
    /// To the diversion pouch: the safe state.
    Pouch,
    /// To the primary bag.
    Bag,
}

/// State of a tool that works in one shot (sealer, separator), as its contacts say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolReport {
    /// Ready, nothing running.
    Ready,
    /// Not ready: no tube in it, cover open, warming up.
    NotReady,
    /// Working since the last trigger.
    Busy,
    /// The shot was confirmed done by the device.
    Done,
    /// The shot did not come to a confirmed end.
    Failed(ToolFailure),
}

/// Why a one-shot tool did not confirm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolFailure {
    /// It never became busy after the trigger.
    StartFailed,
    /// It became busy and never reported done in time: the outcome is unknown.
    NotConfirmed,
    /// It reported a fault of its own.
    DeviceFault,
    /// The order was refused before anything moved (not ready, still cooling).
    Refused,
}

/// What a device tells the core.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// A weight. Journaled in packs.
    Weight(WeightSample),
    /// The clamp's position changed, or is repeated as proof.
    Clamp(ClampPosition),
    /// The mixer passed its home mark: one rocking cycle.
    MixerCycle,
    /// The mixer turns (tacho seen) or does not.
    MixerTurning(bool),
    /// The diverter's position.
    Diverter(DiverterPosition),
    /// The sealer's contacts.
    Sealer(ToolReport),
    /// The needle separator's contacts.
    Separator(ToolReport),
    /// The sharps bin at the separator is full (true) or was emptied (false).
    BinFull(bool),
    /// The emergency stop is pressed (true) or released (false).
    EmergencyStop(bool),
    /// A sampler filled and inverted tube number `n` (from 1).
    TubeFilled(u8),
    /// The device answered and is who it is expected to be.
    Online {
        /// Its own serial number, when it has one.
        serial: Option<DeviceSerial>,
    },
    /// The device is in trouble.
    Faulted(Fault),
}

/// A reading with the kind of device it is from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceReading {
    /// Which of the bed's devices.
    pub device: DeviceKind,
    /// What it said.
    pub reading: Reading,
}

/// Trouble with a device. A fault is never silent: the bed takes its conservative act and people are told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The port is gone (cable, power). It is reopened with back-off.
    #[error("the connection is lost: check cable and power")]
    LinkLost,
    /// The port is there, the device does not answer.
    #[error("the device does not answer")]
    NoReply,
    /// What arrives is not the device's protocol.
    #[error("the device sends what cannot be understood: check its settings")]
    Garbage,
    /// The device restarted by itself: its state (tare, count) is lost.
    #[error("the device has restarted by itself")]
    Rebooted,
    /// Another unit answers on this port.
    #[error("another unit is connected: {found} instead of {expected}")]
    Swapped {
        /// Serial number of the unit that was there.
        expected: DeviceSerial,
        /// Serial number of the unit that answers now.
        found: DeviceSerial,
    },
    /// Weight above the scale's range.
    #[error("weight above the range of the scale")]
    Overload,
    /// Weight below the scale's range (tray lifted).
    #[error("weight below the range of the scale: is the tray in place?")]
    Underload,
    /// End switches contradict each other for more than 500 ms.
    #[error("the end switches contradict each other")]
    SwitchContradiction,
    /// The device did not do what it was told in its time.
    #[error("the device does not obey")]
    NotObeying,
    /// The mixer was told to run and its tacho is silent.
    #[error("the mixer stands still")]
    Stalled,
    /// The device itself reports an error, with its own number or text (printable ASCII, at most 32 characters).
    #[error("the device reports an error: {0}")]
    Device(String),
}

impl Fault {
    /// Whether the fault stands for a device that is absent rather than wrong.
    pub fn is_absence(&self) -> bool {
        matches!(self, Self::LinkLost | Self::NoReply)
    }
}

/// Pattern of the panel's lamp and buzzer: the alarm priorities of IEC 60601-1-8, and a call to the bed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// Dark and silent.
    Off,
    /// A nurse is wanted at this bed soon (60 s and 15 s before the target).
    Call,
    /// Low priority: cyan or yellow, constant.
    Low,
    /// Medium priority: yellow, 0.4 to 0.8 Hz, bursts of 3.
    Medium,
    /// High priority: red, 1.4 to 2.8 Hz, bursts of 10.
    High,
}

/// An order to a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actuation {
    /// Close the clamp on the donor line.
    ClampClose,
    /// Open the clamp.
    ClampOpen,
    /// Rock the tray.
    MixerRun,
    /// Stop the tray: emergency stop, fallen bag, blocked tray only.
    MixerStop,
    /// Lead blood to the pouch.
    DivertToPouch,
    /// Lead blood to the bag.
    DivertToBag,
    /// Trigger one seal.
    Seal,
    /// Take the sealer's enable away.
    SealerDisable,
    /// Trigger one needle separation.
    Separate,
    /// Take the separator's enable away.
    SeparatorDisable,
    /// Lamp of the bed's panel.
    Lamp(Signal),
    /// Buzzer of the bed's panel.
    Buzzer(Signal),
    /// Start (true) or stop (false) the scanner's reading light.
    ScannerTrigger(bool),
}

/// Which way an actuation leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Towards safety, or unable to harm: leaves at once, journaled after.
    Protect,
    /// Adds energy or opens a path: waits until every entry before it is durable, then for the guard.
    Permit,
}

/// How far an actuation reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// One bed's own device.
    Bed,
    /// A device that several beds may share.
    Station,
}

/// One row of the table of actuations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActuationRow {
    /// Kind of device that carries it out.
    pub device: DeviceKind,
    /// Which way it leads.
    pub direction: Direction,
    /// How far it reaches.
    pub scope: Scope,
    /// Whether this order is the safe state that its device is driven to at start, stop, panic and by `hemostation safe`.
    pub safe_state: bool,
    /// Time in which the device has to confirm; `None` when it has nothing to confirm with.
    pub deadline: Option<Span>,
}

impl Actuation {
    /// Every safe state, in the order in which they are driven: the donor's line first.
    pub const SAFE: [Self; 7] = [
        Self::ClampClose,
        Self::SealerDisable,
        Self::SeparatorDisable,
        Self::MixerStop,
        Self::DivertToPouch,
        Self::ScannerTrigger(false),
        Self::Buzzer(Signal::Off),
    ];

    /// The table of actuations.
    pub const fn row(self) -> ActuationRow {
        use DeviceKind::{Clamp, Diverter, Mixer, Panel, Scanner, Sealer, Separator};
        use Direction::{Permit, Protect};
        use Scope::{Bed, Station};
        const fn row(
            device: DeviceKind,
            direction: Direction,
            scope: Scope,
            safe: bool,
            ms: u64,
        ) -> ActuationRow {
            let deadline = if ms == 0 { None } else { Some(Span::from_millis(ms)) };
            ActuationRow { device, direction, scope, safe_state: safe, deadline }
        }
        match self {
            //                                     device     direction scope    safe   deadline, ms
            Self::ClampClose => row(Clamp, Protect, Bed, true, 300),
            Self::ClampOpen => row(Clamp, Permit, Bed, false, 1000),
            Self::MixerRun => row(Mixer, Permit, Bed, false, 10_000),
            Self::MixerStop => row(Mixer, Protect, Bed, true, 0),
            Self::DivertToPouch => row(Diverter, Protect, Bed, true, 1000),
            Self::DivertToBag => row(Diverter, Permit, Bed, false, 1000),
            Self::Seal => row(Sealer, Permit, Station, false, 8000),
            Self::SealerDisable => row(Sealer, Protect, Station, true, 0),
            Self::Separate => row(Separator, Permit, Station, false, 8000),
            Self::SeparatorDisable => row(Separator, Protect, Station, true, 0),
            Self::Lamp(_) => row(Panel, Protect, Bed, false, 0),
            Self::Buzzer(signal) => row(Panel, Protect, Bed, matches!(signal, Signal::Off), 0),
            Self::ScannerTrigger(on) => row(Scanner, Protect, Bed, !on, 0),
        }
    }

    /// Shorthand for the row's direction.
    pub const fn direction(self) -> Direction {
        self.row().direction
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_opens_a_path_or_adds_energy_is_a_permit() {
        use Actuation::*;
        for a in [ClampOpen, MixerRun, DivertToBag, Seal, Separate] {
            assert_eq!(a.direction(), Direction::Permit, "{a:?}");
            assert!(!a.row().safe_state, "{a:?} cannot be a safe state");
        }
    }

    #[test]
    fn every_safe_state_is_a_protect_and_the_clamp_comes_first() {
        assert_eq!(Actuation::SAFE[0], Actuation::ClampClose);
        for a in Actuation::SAFE {
            assert!(a.row().safe_state && a.direction() == Direction::Protect, "{a:?}");
        }
    }

    #[test]
    fn the_clamp_must_prove_closed_within_300_ms() {
        assert_eq!(Actuation::ClampClose.row().deadline, Some(Span::from_millis(300)));
    }
}
