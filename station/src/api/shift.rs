//! The shift on the wire: what a terminal may ask of it, and what it shows of it.
//!
//! Owns: the shape of both. Refuses: personal data, and lists without a bound: of each list the newest [`SHOWN`] are shown, with the count of all.
//! Holds no state.

use crate::ident::{BedId, Din, DonationId, LocalDate, OperatorId};
use crate::measure::{Milligrams, Wall};
use crate::procedure::event::Act;
use crate::record::CorrectedField;
use crate::shift::deviation::Deviation;
use crate::shift::dins::Balance;
use crate::shift::event::{LimitChange, Place};
use crate::shift::gates::{Gate, NoStart};
use crate::shift::lots::{LotInUse, LotKind};
use crate::shift::scale::{Point, ScaleStep};
use crate::shift::summary::Counts;
use crate::shift::{ShiftRefusal, WaitingCheck};
use serde::{Deserialize, Serialize};

/// Most items of one list in a snapshot.
pub const SHOWN: usize = 20;

/// What a terminal may ask of the shift.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShiftAsk {
    /// Begin the shift.
    Open(Place),
    /// A roll of donation numbers was received.
    DinsReceived {
        /// The first.
        first: Din,
        /// The last.
        last: Din,
    },
    /// Begin the check of a bed's scale.
    CheckScale(BedId),
    /// The tray is as the check asks: take the weight.
    Weigh(BedId),
    /// Give the check up.
    StopScaleCheck(BedId),
    /// The next lot and expiry that a scanner of a free bed reads are those of a package of this.
    AwaitLot(LotKind),
    /// A package was opened; lot and expiry as typed.
    OpenLot(LotInUse),
    /// It is this time now; a second person is needed.
    ConfirmClock(Wall),
    /// The changed settings are right; a second person is needed.
    ConfirmLimits,
    /// A second person is wanted at any terminal for this act at a bed.
    AskSecond {
        /// Where.
        bed: BedId,
        /// Revision of the bed that the person saw.
        rev: u64,
        /// What.
        act: Act,
    },
    /// The second person signs for what waits under this number: a request from another terminal, or an act done before.
    Sign(u32),
    /// A deviation was looked at.
    ClearDeviation {
        /// Its number.
        number: u32,
        /// What was found or done; 1 to 80 characters.
        note: String,
    },
    /// A closed record is wrong in one field; a second person is needed.
    Correct(CorrectionAsk),
    /// So many donation numbers are left over.
    DinsLeft(u32),
    /// End the shift; whoever asks signs the summary, with PIN.
    Close,
}

/// One field of a closed record that is to be corrected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorrectionAsk {
    /// Which donation.
    pub donation: DonationId,
    /// Which field.
    pub field: CorrectedField,
    /// What it says, as the person saw it; empty for nothing.
    pub old: String,
    /// What it should say; empty for nothing.
    pub new: String,
    /// Why; 1 to 80 characters.
    pub why: String,
}

/// The shift at one instant.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ShiftView {
    /// Whether donations need a shift here.
    pub required: bool,
    /// The open shift.
    pub open: Option<OpenView>,
    /// Place and team that are taken when nobody says others.
    pub usual: Option<Place>,
    /// Gates that are closed, and for which bed when not for all.
    pub closed: Vec<ClosedGate>,
    /// The one thing to do next before donations can begin.
    pub prompt: Option<ShiftPrompt>,
    /// The scale of each bed.
    pub scales: Vec<ScaleView>,
    /// Open packages.
    pub lots: Vec<LotInUse>,
    /// The kind of package whose lot is waited for at the scanners.
    pub lot_awaited: Option<LotKind>,
    /// Settings that wait to be confirmed.
    pub limits_changed: Vec<LimitChange>,
    /// Acts that wait for a second person at any terminal now.
    pub seconds: Vec<SecondView>,
    /// Acts that were done and wait to be checked, oldest first.
    pub waiting: Vec<WaitingCheck>,
    /// All of these.
    pub waiting_count: u32,
    /// Open deviations, newest first.
    pub deviations: Vec<Deviation>,
    /// All open ones.
    pub deviations_count: u32,
    /// Donations whose segments are sealed later.
    pub segments_later: Vec<DonationId>,
    /// Donations of the shift.
    pub counts: Counts,
    /// Donation numbers of the shift.
    pub dins: Balance,
    /// Beds with a donor.
    pub busy: Vec<BedId>,
    /// Why the last package read at a scanner was not taken.
    pub refused: Option<ShiftRefusal>,
}

/// An open shift.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenView {
    /// Where and for whom.
    pub place: Place,
    /// Since when.
    pub opened: Wall,
    /// Whose badge acts.
    pub people: Vec<OperatorId>,
}

/// A closed gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedGate {
    /// Which.
    pub gate: Gate,
    /// For which bed; `None` for all.
    pub bed: Option<BedId>,
    /// Why.
    pub why: NoStart,
}

/// The one thing to do next before donations can begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShiftPrompt {
    /// Two people confirm date and time.
    ConfirmClock,
    /// Make room on the disk, or call whoever can.
    MakeRoom,
    /// Two people confirm changed settings.
    ConfirmLimits,
    /// Open the shift.
    OpenShift,
    /// End the shift that is open for too long.
    EndShift,
    /// Renew the certificate: no key does that.
    RenewCalibration(BedId),
    /// Begin the check of this bed's scale.
    CheckScale(BedId),
    /// A check runs: do this and say so.
    Weigh {
        /// At which bed.
        bed: BedId,
        /// What.
        step: ScaleStep,
    },
    /// Open a package of this and scan its lot.
    OpenLot(LotKind),
}

/// The scale of a bed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScaleView {
    /// Which bed.
    pub bed: BedId,
    /// What a running check asks.
    pub step: Option<ScaleStep>,
    /// What the scale shows, while a check runs.
    pub live: Option<Milligrams>,
    /// Whether that is at rest.
    pub at_rest: bool,
    /// Day of the newest check.
    pub day: Option<LocalDate>,
    /// Its weights.
    pub points: Option<[Point; 2]>,
    /// Whether it passed.
    pub passed: bool,
}

/// An act that waits for a second person at any terminal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondView {
    /// Its number.
    pub number: u32,
    /// At which bed.
    pub bed: BedId,
    /// What.
    pub act: Act,
    /// Who acts.
    pub by: OperatorId,
    /// For how long still, s.
    pub left_s: u32,
}
