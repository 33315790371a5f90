//! Events: every journaled fact that reaches a bed's machine. What is not here did not happen.
//!
//! Owns: their shape, which is their journal form. Refuses: personal data (a donor is a token and derived facts), raw
//! bytes, and anything the machine could have found out from a clock. Append-only: a released variant is never edited.

pub use super::reaction::{NationalGrade, Reaction, ReactionClass, ReactionOutcome, Treatment};

use super::eligibility::{EligibilityAnswer, LastDonation};
use super::limits::Settings;
use super::timers::Timer;
use crate::device::{DeviceReading, Mode};
use crate::draw::ClampDelay;
use crate::ident::{
    BedId, Din, DonationId, DonorToken, GroupCode, OperatorId, RegistrationId, Scanned, TagUid,
};
use crate::measure::Span;
use crate::shift::gates::NoStart;
use crate::shift::lots::LotInUse;
use crate::shift::refusal::ShiftRefusal;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A fact for one bed's machine, in the order in which the station learned it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A donation begins at this bed.
    Opened(Box<Opening>),
    /// Somebody became, or nobody is any more, the acting operator of this bed.
    Operator(Option<ActingOperator>),
    /// A barcode was read for this bed, or typed from the label.
    Scan(Scan),
    /// A person did or reported something.
    Act(PersonAct),
    /// A device of this bed said something.
    Reading(DeviceReading),
    /// A permit left for its device just now.
    PermitFired(PermitId),
    /// A permit was dropped and will never fire.
    PermitLapsed {
        /// Which.
        permit: PermitId,
        /// Why.
        why: Lapse,
    },
    /// A timer of this machine came due.
    Timer(Timer),
    /// The station started again while this bed was not idle.
    Restarted(Restart),
    /// Something about the station as a whole that this bed has to know.
    Shared(SharedFact),
    /// What the BMS answered about this bed's donor; `None` when it could not be asked.
    Eligibility(Option<EligibilityAnswer>),
}

/// All that a donation depends on. A replay under the same logic version needs nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// Version of the procedure's logic, [`super::LOGIC_VERSION`] when live.
    pub logic: u32,
    /// The donation: journal number of this entry.
    pub donation: DonationId,
    /// Real, validation or simulated.
    pub mode: Mode,
    /// The site's settings at this moment.
    pub settings: Settings,
    /// Clamp delay this bed has learned; the default before its first draw.
    pub clamp_delay: ClampDelay,
    /// Scale calibration in force: certificate or check number, for the record.
    pub calibration: String,
    /// Who gives blood, without saying who.
    pub donor: DonorFacts,
    /// Chosen programme, mL of blood.
    pub programme_ml: u16,
    /// Whether this bed is configured with a diverter, even one that has never answered yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub diverter: bool,
    /// Whether there is a BMS that can be asked about the donor.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub online: bool,
    /// Today, as days since 1970-01-01 in the station's zone, to judge the interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub today: Option<i32>,
    /// Packages that are open in this shift.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lots: Vec<LotInUse>,
}

/// What the worklist and the identification say of a donor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DonorFacts {
    /// The same for the same person.
    pub token: DonorToken,
    /// Full years of age today.
    pub age_years: u8,
    /// How the donor was identified.
    pub identified_by: IdentifiedBy,
    /// Who confirmed an identity that was typed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity_second: Option<OperatorId>,
    /// Whether today's screening was passed and from where this is known.
    pub screening: Known,
    /// Whether consent is signed and from where this is known.
    pub consent: Known,
    /// Whether the interval since the last donation is kept, and how that was asked.
    pub eligibility: Eligibility,
    /// DIN that the worklist has bound to this donor.
    pub bound_din: Option<Din>,
    /// The last donation that the worklist or this station knows of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<LastDonation>,
    /// The volume approved today, mL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_ml: Option<u16>,
    /// The group with which the donor came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupCode>,
    /// The name that the BMS gave to this registration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration: Option<RegistrationId>,
}

/// How a donor was identified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentifiedBy {
    /// Resident ID card in the reader.
    IdCard,
    /// Donor card or certificate code.
    DonorCard,
    /// Number in the queue of the worklist.
    Queue,
    /// Typed, confirmed by a second person.
    Typed,
}

/// Where a fact about the donor is known from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Known {
    /// From today's worklist.
    Worklist,
    /// From the paper form, seen by two people.
    Form {
        /// The second person.
        second: OperatorId,
    },
    /// Not known yet: the identification step asks.
    Missing,
}

/// Answer about eligibility and how it was got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Eligibility {
    /// Asked online just now: eligible.
    Online,
    /// From the cached list of this age.
    Cached {
        /// Age of the list, whole hours.
        age_h: u32,
    },
    /// Neither asked nor on a list. Only where the site permits this.
    Unasked,
    /// Deferred, interval not kept, or not known where it has to be: no needle.
    Refused,
}

/// The person who acts at a bed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActingOperator {
    /// Staff number.
    pub id: OperatorId,
    /// What the person may do.
    pub role: Role,
}

/// What a person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Works at the bed.
    Nurse,
    /// Leads the team: nurse, and clears deviations on site.
    Lead,
    /// Quality: corrections, disposition questions; no permits.
    Quality,
    /// Devices and calibration; no permits at a bed with a donor.
    Engineer,
    /// Operators and configuration; no permits.
    Admin,
    /// Reads only.
    Auditor,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nurse => "nurse",
            Self::Lead => "lead nurse",
            Self::Quality => "quality",
            Self::Engineer => "engineer",
            Self::Admin => "administrator",
            Self::Auditor => "auditor",
        })
    }
}

impl Role {
    /// Whether this role may take the acts that move blood, heat or a blade.
    pub fn may_permit(self) -> bool {
        match self {
            Self::Nurse | Self::Lead => true,
            Self::Quality | Self::Engineer | Self::Admin | Self::Auditor => false,
        }
    }
}

/// A barcode for this bed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scan {
    /// What it says.
    pub content: Scanned,
    /// For each DIN in it, what the station knows of that number; in order of appearance.
    pub standing: Vec<DinStanding>,
    /// Today, as days since 1970-01-01 in the station's zone, to judge expiry; `None` while the clock is untrusted.
    pub today: Option<i32>,
    /// Why the site does not use the lot of bags that it names; `None`: it does, or none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<ShiftRefusal>,
    /// How it got here.
    pub via: ScanVia,
}

/// How a scan got here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScanVia {
    /// By this bed's scanner.
    Scanner,
    /// Out of the tag of the bag on this bed's tray: compared, never ticked off.
    Tag {
        /// The tag's number.
        uid: TagUid,
    },
    /// Typed from the label and confirmed unseen by a second person.
    Typed {
        /// Who typed.
        by: OperatorId,
        /// Who confirmed.
        second: OperatorId,
    },
}

/// What the station knows of a DIN at the moment it is scanned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DinStanding {
    /// Never seen here, not bound to anybody.
    Free,
    /// Bound to the donor of this bed's donation (by worklist or earlier scan).
    ThisDonation,
    /// Bound by the worklist to another donor.
    OtherDonor,
    /// On another bed right now.
    OnBed(BedId),
    /// Used by an earlier donation.
    Used(DonationId),
    /// Voided.
    Voided,
}

/// Something a person did or reports, who it was, and who checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonAct {
    /// What.
    pub act: Act,
    /// Who; `None` is "unidentified" and enough for protective acts only. For any other act it is the bed's acting
    /// operator: when somebody else acts, [`Event::Operator`] comes first, because only that says a role.
    pub by: Option<OperatorId>,
    /// The second person where the two-person table asks for one; never the same as `by`.
    pub second: Option<OperatorId>,
}

/// Acts of people at a bed, in the order of the procedure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Name and birth date asked openly and found to agree.
    ConfirmIdentity,
    /// Today's screening and consent, read off the form by two people.
    FormSeen(FormSeen),
    /// Ask the BMS about the donor once more.
    AskEligibility,
    /// Bag looked at: no leak, clear, in date.
    BagLooked,
    /// The bag is bad: take another one.
    BagRejected,
    /// Bag hung on the tray, tubing in clamp and sealer path.
    BagPlaced,
    /// Arm looked at and skin disinfected.
    ArmReady(Arm),
    /// Name and birth date asked again, right before the needle.
    IdentityAskedAgain,
    /// The needle is in the vein.
    NeedleIn,
    /// No vein found: this attempt ends.
    VenipunctureFailed,
    /// The donor consents to a second attempt; new kit and other arm follow.
    SecondAttemptConsented,
    /// The pouch is full (when it is not weighed).
    PouchFull,
    /// The pouch's clip is closed for good.
    PouchClipClosed,
    /// The break-off plug is broken.
    PlugBroken,
    /// The tube just scanned is filled and inverted.
    TubeFilled,
    /// A tube cannot be filled; its number from 1 and why.
    TubeMissing {
        /// Number in the site's list, from 1.
        tube: u8,
        /// Why.
        why: MissingWhy,
    },
    /// Pause the draw: clamp closed, needle in. Anyone.
    Pause,
    /// Go on after a pause or an interruption.
    Resume,
    /// End the draw now. Anyone.
    EndDraw,
    /// Fist and tourniquet released.
    TourniquetReleased,
    /// The needle is out of the donor. Anyone.
    NeedleOut,
    /// The needle is guarded and the site pressed.
    NeedleGuarded,
    /// The tube lies in the sealer: seal.
    Seal,
    /// The seal was looked at by the nurse.
    SealInspected {
        /// Sound or not.
        sound: bool,
    },
    /// Take the needle off.
    Separate,
    /// The separation was looked at by the nurse after an unknown outcome.
    SeparationInspected {
        /// Needle off and safe, or still on.
        separated: bool,
    },
    /// The needle lies in the sharps bin.
    NeedleBinned,
    /// The sharps bin was replaced.
    BinReplaced,
    /// Open the clamp to strip the tubing.
    StripTubing,
    /// Segments sealed; how many.
    SegmentsSealed {
        /// How many.
        count: u8,
    },
    /// Segments are sealed later, elsewhere.
    SegmentsLater,
    /// Disposition shown and accepted: the donation closes.
    AcceptDisposition,
    /// The bag left the bed, the next donor may come.
    BedCleared,
    /// Another programme: free before the needle, after it only a smaller one that the kit's data allow.
    ChangeProgramme {
        /// The new one, mL.
        ml: u16,
    },
    /// The donation ends before its time.
    Abort(AbortWhy),
    /// The donor was cared for (first step of an abort's tail).
    DonorCaredFor,
    /// An adverse reaction of the donor.
    Reaction(Reaction),
    /// Emergency stop from a terminal. Anyone.
    EmergencyStop,
    /// The emergency stop's cause is over.
    EmergencyOver,
    /// Close the clamp. Anyone.
    Clamp,
    /// Call for help. Anyone.
    CallForHelp,
    /// Help is here.
    HelpArrived,
    /// Silence for some time, the lamps go on. Anyone.
    PauseAudio,
    /// The sound comes back. Anyone.
    ResumeAudio,
    /// An alarm is known to a person.
    Acknowledge(super::alarm::AlarmCode),
    /// A step was completed by hand (a second person is required where it does not protect).
    ByHand {
        /// The step.
        step: HandStep,
        /// With which tool; 1 to 80 characters, may be empty where the step protects.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        tool: String,
        /// Why; 1 to 80 characters.
        note: String,
    },
}

/// What stands on the donor's form, each said by the nurse and seen by a second person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormSeen {
    /// The interview was passed.
    pub interview: bool,
    /// The examination was passed.
    pub examination: bool,
    /// Haemoglobin, g/L.
    pub haemoglobin_g_l: u16,
    /// Approved volume, mL: it becomes the programme.
    pub approved_ml: u16,
    /// Consent is signed.
    pub consent: bool,
}

/// Which arm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arm {
    /// Left.
    Left,
    /// Right.
    Right,
}

/// Why a tube is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingWhy {
    /// The needle came out before the tubes were full.
    NeedleOutEarly,
    /// Not enough blood in pouch or line.
    NotEnoughBlood,
    /// Tube broken or lost.
    Damaged,
    /// Not taken, because the donation ended before its time.
    NotTaken,
}

/// Why a donation ends before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AbortWhy {
    /// The donor withdraws.
    DonorWithdraws,
    /// The donor is unwell.
    Reaction,
    /// No vein, or the vein gave out.
    NoVein,
    /// Flow stopped and did not come back.
    FlowStopped,
    /// A device failed.
    DeviceFailed,
    /// Bag leaking or otherwise bad.
    BagDefect,
    /// Labels do not agree.
    LabelMismatch,
    /// Not eligible after all.
    NotEligible,
    /// The donor left before the needle. What "the donor withdraws" is while no needle was in.
    GaveUp,
}

/// Steps that may be completed by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandStep {
    /// Clamp closed with a haemostat.
    ClampClosed,
    /// Needle-side seal made with a hand sealer or clips, inspected.
    Sealed,
    /// Needle cut or unscrewed by hand and binned.
    Separated,
    /// Bag mixed by hand.
    Mixed,
    /// The line led from the pouch to the bag by hand, the diverter out of work.
    Diverted,
    /// A tube filled and inverted by hand, its label scanned before.
    TubeFilled {
        /// Its number from 1.
        tube: u8,
    },
    /// Segments sealed with another tool.
    SegmentsSealed {
        /// How many.
        count: u8,
    },
    /// Bag weighed elsewhere: net volume in mL.
    Weighed {
        /// Net volume, mL.
        volume_ml: u16,
    },
}

/// A permit: unique within one bed's machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PermitId(pub u32);

/// Why a permit never fired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lapse {
    /// A protect, fault or phase change came first.
    EpochPassed,
    /// Its entries were not durable in time.
    Expired,
    /// The guard said no on present readings.
    GuardRefused,
    /// The device did not take the order.
    DeviceRefused,
}

/// What was found after a start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restart {
    /// Time without control; `None` after a reboot, when it is unknown.
    pub gap: Option<Span>,
    /// Whether scale reading and all serial numbers are as before.
    pub unchanged: bool,
    /// Whether the clamp proved closed before anything else.
    pub clamp_closed: bool,
    /// Whether the logic version differs from the donation's opening.
    pub logic_changed: bool,
}

/// Facts about the station that reach every bed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SharedFact {
    /// Entries wait too long for the disk: no new needle.
    JournalSlow(bool),
    /// The journal has failed: draws end at target or on a person's word, no permit can fire.
    JournalFailed,
    /// The clock may be trusted.
    ClockTrusted(bool),
    /// No terminal has been alive for 5 s.
    TerminalsGone(bool),
    /// Records wait for a receiver that does not answer.
    Backlog(bool),
    /// What the station keeps cold has been too warm or too cold for too long, or its thermometer is silent.
    StorageWrong(bool),
    /// So many needles lie in the bed's sharps bin: told to a machine made anew.
    Binned(u32),
    /// Why no donation may begin at this bed; `None`: one may. Says nothing about one that runs.
    NoStart(Option<NoStart>),
}
