//! Snapshots: all that a terminal shows, at one instant.
//!
//! Owns: the picture. Refuses: personal data beyond a masked name, and words (codes only). A snapshot of eight beds fits a
//! frame. Lost in a crash; the next one is made from the machines.

use super::prompt::{Prompt, ScanWanted};
use super::shift::ShiftView;
use crate::device::{DeviceKind, Fault, Mode};
use crate::ident::{BedId, Din, DonationId, GroupCode, OperatorId, StationId};
use crate::measure::{Microlitres, MicrolitresPerSecond, MilliCelsius, Mono, Span, Wall};
use crate::procedure::alarm::ActiveAlarm;
use crate::procedure::phase::PhaseName;
use crate::procedure::refusal::Refusal;
use crate::record::Disposition;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The station at one instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Version of the API.
    pub v: u32,
    /// Counts up with every snapshot of one run of the daemon.
    pub number: u64,
    /// Which station.
    pub station: StationId,
    /// Real or simulated, always shown.
    pub mode: Mode,
    /// The control thread's clock.
    pub mono: Mono,
    /// Calendar time.
    pub wall: Wall,
    /// Offset of the station's zone from UTC, minutes.
    pub utc_offset_min: i16,
    /// Whether calendar time may be trusted.
    pub clock_trusted: bool,
    /// The beds, ascending.
    pub beds: Vec<BedView>,
    /// Records on their way to the BMS.
    pub outbox: OutboxView,
    /// Donors waiting, at most 20. Shared: it changes far less often than the picture around it.
    pub worklist: Arc<[WorkView]>,
    /// Programmes that this station offers, mL, ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub programmes_ml: Vec<u16>,
    /// Thermometers, at most 8.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub climate: Vec<ClimateView>,
    /// A badge scanned in the last three minutes while nobody used it to sign in, and at which bed.
    pub badge: Option<(BedId, OperatorId)>,
    /// The number on a form that was scanned at a free bed in the last 30 s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paper: Option<Din>,
    /// Whether the journal takes entries.
    pub journal_ok: bool,
    /// The shift.
    #[serde(default)]
    pub shift: ShiftView,
    /// Donors who rest after their donation, whose rest ends first in front; at most 32.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resting: Vec<RestView>,
    /// Closed donations whose segments are still to be sealed, the oldest first; at most 32.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segments_open: Vec<OpenSegments>,
}

/// A donor who rests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestView {
    /// After which donation.
    pub donation: DonationId,
    /// Masked name.
    pub name: String,
    /// Time left.
    pub left: Span,
}

/// A closed donation whose segments are still to be sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenSegments {
    /// Which.
    pub donation: DonationId,
    /// Its DIN.
    pub din: Option<Din>,
}

/// A thermometer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClimateView {
    /// The site's name for it.
    pub name: String,
    /// What it says; none when it is silent.
    pub value: Option<MilliCelsius>,
    /// Lowest right temperature.
    pub low: MilliCelsius,
    /// Highest right temperature.
    pub high: MilliCelsius,
    /// Whether it is as it has to be.
    pub state: ClimateState,
    /// It has not been for so long that people are told, or its certificate has expired.
    pub alarming: bool,
    /// Its calibration certificate has expired.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub expired: bool,
}

/// Whether a temperature is as it has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClimateState {
    /// In its range.
    Right,
    /// Below it.
    Cold,
    /// Above it.
    Warm,
    /// The thermometer says nothing that can be believed.
    Silent,
}

/// A waiting donor, masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkView {
    /// Queue number.
    pub queue: String,
    /// Masked name, e.g. `王*`.
    pub name: String,
    /// Programme, mL.
    pub programme_ml: u16,
    /// The volume approved today, mL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_ml: Option<u16>,
    /// The group with which the donor comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupCode>,
}

/// Records on their way.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OutboxView {
    /// Not yet acknowledged.
    pub waiting: u32,
    /// Acknowledged since the daemon started.
    pub delivered: u32,
    /// Whether the BMS answered last time.
    pub online: bool,
}

/// One bed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BedView {
    /// Which.
    pub bed: BedId,
    /// Raised by everything a person's decision could depend on (not by each weight).
    pub rev: u64,
    /// Where the procedure is.
    pub phase: PhaseName,
    /// The one thing to do now.
    #[serde(deserialize_with = "super::newer::prompt")]
    pub prompt: Prompt,
    /// The donation, when there is one.
    pub donation: Option<DonationId>,
    /// Its DIN, once scanned.
    pub din: Option<Din>,
    /// The donor's masked name.
    pub donor: Option<String>,
    /// Who acts here.
    pub operator: Option<OperatorId>,
    /// Programme, mL.
    pub programme_ml: u16,
    /// Programmes to which it may be changed now, mL, ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub programmes_ml: Vec<u16>,
    /// Blood in the bag as believed.
    pub volume: Microlitres,
    /// Flow as believed.
    pub flow: MicrolitresPerSecond,
    /// Whether volume and flow are sure.
    pub sure: bool,
    /// Since first blood in the bag; stops at the final clamp.
    pub elapsed: Option<Span>,
    /// Time believed left to the target.
    pub left: Option<Span>,
    /// How often people were called to the bed because the target comes near; 0 while they are not.
    #[serde(default)]
    pub calls: u8,
    /// What is left of the time that is counted here: for mixing by hand, else of the pause.
    #[serde(default)]
    pub count: Option<Span>,
    /// Flow over the draw, mL/min, one value each 5 s, the newest last; at most 180.
    pub flow_curve: Vec<u16>,
    /// The chain as a checklist.
    pub chain: Vec<StepView>,
    /// Sample tubes.
    pub tubes: Vec<TubeView>,
    /// Everything that this step still wants scanned, in the order of asking.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outstanding: Vec<OutstandingView>,
    /// Where this bed's scanner is lent to, or from where one is borrowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scanner: Option<ScannerLoan>,
    /// Somebody said that the needle is in the donor, and nobody yet that it is out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub needle_in: bool,
    /// A needle may be in the donor of which nobody has spoken: it can be said now.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub needle_unsaid: bool,
    /// Alarms, highest priority first.
    pub alarms: Vec<ActiveAlarm>,
    /// How long the sound of the alarms stays paused; none when it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audio_paused: Option<Span>,
    /// The last refusal, until something else happens.
    #[serde(default, deserialize_with = "super::newer::refusal")]
    pub refused: Option<Refusal>,
    /// Devices of this bed.
    pub devices: Vec<DeviceView>,
    /// Disposition, once known.
    pub disposition: Option<Disposition>,
}

/// Something still to be scanned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutstandingView {
    /// What.
    pub wanted: ScanWanted,
    /// The site's name for an item or a tube.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A scanner that reads for another bed than its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScannerLoan {
    /// This bed's scanner reads for that bed: what is wanted here is typed, or the scanner is taken back.
    LentTo(BedId),
    /// That bed's scanner reads for this one.
    BorrowedFrom(BedId),
}

/// Steps of the chain as nurses know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChainStep {
    /// Donor identified.
    Identity,
    /// Form, bag and tubes carry one DIN.
    Labels,
    /// Bag tared, mixer and clamp tested, arm ready.
    Prepare,
    /// Needle in.
    Needle,
    /// Pouch full.
    Pouch,
    /// Bag full.
    Draw,
    /// Samples filled.
    Samples,
    /// Needle out and guarded.
    NeedleOut,
    /// Needle side sealed.
    Seal,
    /// Needle separated and binned.
    Separate,
    /// Segments sealed.
    Segments,
    /// Everything scanned again.
    Reconcile,
    /// Closed.
    Closed,
}

/// Where a step of the chain stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChainState {
    /// Not begun.
    Ahead,
    /// Now.
    Now,
    /// Done.
    Done,
    /// Left out, or done otherwise, with a reason in the record.
    Skipped,
    /// In trouble.
    Trouble,
}

/// One line of the checklist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepView {
    /// Which.
    pub step: ChainStep,
    /// Where it stands.
    pub state: ChainState,
}

/// One sample tube.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TubeView {
    /// The site's name for it.
    pub name: String,
    /// Its label was checked.
    pub scanned: bool,
    /// It is filled and inverted.
    pub filled: bool,
    /// It is missing, with a reason.
    pub missing: bool,
    /// Its label was checked again.
    pub reconciled: bool,
}

/// How a device is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceHealth {
    /// Not heard of yet.
    Unknown,
    /// Answers.
    Online,
    /// In trouble.
    Faulted(Fault),
}

/// One device of a bed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceView {
    /// Kind.
    pub kind: DeviceKind,
    /// How it is.
    pub health: DeviceHealth,
}
