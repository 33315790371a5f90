//! What is known of each device, for whoever has to find out why something does not work.
//!
//! Owns: the shape of one device's report: who it says it is, how fast it answers, what it said last, what was wrong and what the computer
//! around it was like then. Refuses: the content of labels, cards and tags: their kind at most. Holds no state; a page of reports fits a frame.

use super::snapshot::DeviceHealth;
use crate::device::{DeviceKind, Fault};
use crate::ident::{DeviceId, DeviceSerial};
use crate::measure::Span;
use serde::{Deserialize, Serialize};

/// Most reports of one answer.
pub const DEVICE_PAGE: usize = 24;
/// Most past faults of a device that are kept.
pub const PAST_FAULTS: usize = 4;

/// One device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceReport {
    /// Its name, e.g. `bed1.scale`.
    pub device: DeviceId,
    /// What it is for.
    pub kind: DeviceKind,
    /// How it is.
    pub health: DeviceHealth,
    /// Why its port or chip is closed, at most 200 characters; none while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<String>,
    /// Who it says it is; none before it has answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<IdentityView>,
    /// How fast it answers; none for one that is never asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<AnswerTimes>,
    /// What it said last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<LastReading>,
    /// Readings thrown away so far.
    #[serde(default)]
    pub thrown: u64,
    /// Its last faults, the newest last; at most [`PAST_FAULTS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<PastFault>,
}

/// Who a device says it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityView {
    /// Model and firmware in its own words, else what its protocol is; at most 64 characters.
    pub model: String,
    /// Its serial number; none where its protocol cannot say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<DeviceSerial>,
}

/// From a question to the first word of its answer, of the last answers, at most 8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerTimes {
    /// How many.
    pub of: u8,
    /// The last one.
    pub last: Span,
    /// The longest one.
    pub worst: Span,
}

/// What a device said last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastReading {
    /// In English, at most 64 characters.
    pub what: String,
    /// How long ago.
    pub age: Span,
}

/// A fault of before, or one that stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastFault {
    /// Counts the device's faults, from 1.
    pub number: u32,
    /// What was wrong.
    pub fault: Fault,
    /// How long ago it began.
    pub age: Span,
    /// How long it lasted; none while it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasted: Option<Span>,
    /// The computer at that moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<HostEvidence>,
}

/// What the computer knew of itself when a fault came.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct HostEvidence {
    /// Load of the last minute, in hundredths of a process that wants to run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load_hundredths: Option<u32>,
    /// Share of the last 10 s in which something waited for a processor, in hundredths of a per cent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_hundredths: Option<u32>,
    /// The supply was too low at that moment; none where the machine cannot say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub under_voltage: Option<bool>,
    /// It was too low at some time since this boot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub under_voltage_before: Option<bool>,
    /// What happened at the USB since the look before, e.g. `1-1.3 gone`; at most 4.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub usb: Vec<String>,
}
