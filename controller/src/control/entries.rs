//! Bodies of the entries that only the control part writes and reads.
//!
//! Owns: `temperature`, `fresh`, `event`, `command`, `mistyped`, `scanner_lent`, `scan_refused`, `bed_failed`, `looked`, `rest_over`,
//! `shift`, `shift_summary` and `sealed`. Refuses: personal data outside a sealed blob. Append-only: a released body gets optional
//! fields at most. Holds no state.

use crate::journal::{Body, Digest, EntryKind};
use crate::privacy::{DayKey, Sealed};
use serde::{Deserialize, Serialize};
use station::api::ClimateState;
use station::api::look::{LookFrom, LookWhy, Sight};
use station::ident::{
    BedId, DeviceId, DeviceSerial, DonationId, DonorToken, LocalDate, OperatorId, Scanned, SiteCode,
};
use station::measure::MilliCelsius;
use station::procedure::command::Command;
use station::procedure::event::{Event, Role};
use station::procedure::refusal::Refusal;
use station::shift::{ShiftEvent, ShiftRefusal};

/// `event`: a fact as the bed's machine saw it, before the commands it led to. The bed is the entry's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventEntry {
    /// The fact.
    pub event: Event,
    /// Why the machine refused it, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refusal>,
}

impl Body for EventEntry {
    const KIND: EntryKind = EntryKind::of("event");
}

/// `fresh`: this bed's machine was made anew; its replay begins here. What it has to know of the bed follows as events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fresh {
    /// Version of the machine's logic.
    pub logic: u32,
}

impl Body for Fresh {
    const KIND: EntryKind = EntryKind::of("fresh");
}

/// `command`: what the machine ordered after the event before it. A permit in here is an intent: whether it fired is a
/// later event. A closing donation's record is an entry of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandEntry {
    /// In the order in which they were given.
    pub commands: Vec<Command>,
}

impl Body for CommandEntry {
    const KIND: EntryKind = EntryKind::of("command");
}

/// `mistyped`: a label typed at a bed was refused before its machine heard of it. The bed is the entry's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mistyped {
    /// Who typed.
    pub by: OperatorId,
    /// Who typed it again.
    pub second: OperatorId,
    /// Why it was refused, with what was typed.
    pub refused: Refusal,
}

impl Body for Mistyped {
    const KIND: EntryKind = EntryKind::of("mistyped");
}

/// `temperature`: what a thermometer says. At least every ten minutes, and when it moves by half a degree or is right no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Temperature {
    /// Which thermometer.
    pub probe: DeviceId,
    /// What it says, its calibration included; none when it is silent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub milli_c: Option<MilliCelsius>,
    /// Whether that is as it has to be.
    pub state: ClimateState,
    /// The sensor's own number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sensor: Option<DeviceSerial>,
    /// Number of its calibration certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<SiteCode>,
    /// That certificate has expired.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub expired: bool,
}

impl Body for Temperature {
    const KIND: EntryKind = EntryKind::of("temperature");
}

/// `scanner_lent`: a scanner reads for another bed than its own, or for its own again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScannerLent {
    /// Which.
    pub scanner: DeviceId,
    /// For which bed; its own when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<BedId>,
}

impl Body for ScannerLent {
    const KIND: EntryKind = EntryKind::of("scanner_lent");
}

/// `scan_refused`: a code was refused before a bed's machine heard of it, because of the scanner that read it. The bed is the entry's: the
/// one for which it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanRefused {
    /// Which scanner.
    pub scanner: DeviceId,
    /// What it read.
    pub content: Scanned,
    /// Why it was refused.
    pub refused: Refusal,
}

impl Body for ScanRefused {
    const KIND: EntryKind = EntryKind::of("scan_refused");
}

/// `bed_failed`: a bed's program failed and the bed was made safe. The event on which it failed comes after. A replay stops
/// deciding here: only facts are taken from this bed's entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BedFailed {
    /// How many such failures this run has seen, this one included. From two on, every bed was made safe.
    pub failures: u32,
}

impl Body for BedFailed {
    const KIND: EntryKind = EntryKind::of("bed_failed");
}

/// `shift`: a fact of the station's shift, as its machine took or refused it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShiftEntry {
    /// The fact.
    pub event: ShiftEvent,
    /// The day in the station's zone; absent while the clock was not trusted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<LocalDate>,
    /// Why it was refused, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<ShiftRefusal>,
}

impl Body for ShiftEntry {
    const KIND: EntryKind = EntryKind::of("shift");
}

/// `shift_summary`: the summary that a person signed at the shift's end. From now on its bytes are these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SummaryEntry {
    /// Who signed, with badge and PIN.
    pub by: OperatorId,
    /// SHA-256 of `canonical`; the same as in the entry of the shift's end.
    pub sha256: Digest,
    /// The canonical bytes, JSON text.
    pub canonical: String,
}

impl Body for SummaryEntry {
    const KIND: EntryKind = EntryKind::of("shift_summary");
}

/// `sealed`: personal data of a donor, readable only with the day's key, which the master key unwraps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedPerson {
    /// Whose, without saying who.
    pub donor: DonorToken,
    /// The donation that it was read for, when one was open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub donation: Option<DonationId>,
    /// The blob.
    pub blob: Sealed,
}

impl Body for SealedPerson {
    const KIND: EntryKind = EntryKind::of("sealed");
}

impl Body for DayKey {
    const KIND: EntryKind = EntryKind::of("day_key");
}

/// `looked`: somebody looks at what is not on every screen, from here on. The bed is the entry's, when it is the donor at one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looked {
    /// Who.
    pub by: OperatorId,
    /// At what.
    pub sight: Sight,
    /// Why.
    pub why: LookWhy,
    /// Where.
    pub from: LookFrom,
    /// The donation of the donor at that bed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub donation: Option<DonationId>,
    /// That donor, without saying who.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub donor: Option<DonorToken>,
    /// It was refused: this role may not look at that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Role>,
}

impl Body for Looked {
    const KIND: EntryKind = EntryKind::of("looked");
}

/// `rest_over`: a donor's rest after a donation is over by a person's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestOver {
    /// After which donation.
    pub donation: DonationId,
    /// Whose word.
    pub by: OperatorId,
}

impl Body for RestOver {
    const KIND: EntryKind = EntryKind::of("rest_over");
}
