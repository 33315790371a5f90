//! Requests and their answers.
//!
//! Owns: one request's and one reply's shape. Refuses: a second meaning for a request id (the same id within ten minutes
//! gets the first answer again, over reconnects too). Holds no state.

use super::alarm_log::LoggedAlarm;
use super::equipment::DeviceReport;
use super::look::{LookWhy, PersonView, Sight};
use super::shift::ShiftAsk;
use super::snapshot::Snapshot;
use crate::ident::{BedId, DeviceId, DonationId, DonorToken, LabelKind, OperatorId};
use crate::procedure::event::{Act, Role};
use crate::procedure::refusal::Refusal;
use crate::record::{AfterClosing, PaperForm, Which};
use serde::{Deserialize, Serialize};

/// One line from a terminal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Version of the API, [`super::VERSION`].
    pub v: u32,
    /// Chosen by the terminal, unique for ten minutes; 1 to 64 characters.
    pub id: String,
    /// What is asked.
    pub op: Op,
}

/// Proof that a person is there. PIN and badge never reach the core nor the journal.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    /// Staff number, from the badge or typed.
    pub operator: OperatorId,
    /// The person's PIN.
    pub pin: String,
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credential({}, masked)", self.operator)
    }
}

/// A donor as typed from a document. It ends where donor tokens are made: neither journal nor procedure hear of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypedPerson {
    /// Name, 1 to 64 characters.
    pub name: String,
    /// Number of the document, 4 to 32 characters.
    pub number: String,
    /// Birth date, `YYYYMMDD`.
    pub birth: String,
}

impl std::fmt::Debug for TypedPerson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TypedPerson(masked)")
    }
}

/// A number by which a donor is known. It never reaches the core, journal or logs.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DonorNumber(pub String);

impl std::fmt::Debug for DonorNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DonorNumber(masked)")
    }
}

/// What a terminal may ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// One snapshot.
    Snapshot,
    /// Snapshots from now on, at most ten a second, whenever something changed and at least every second.
    Subscribe,
    /// One page of the alarm log, the newest first. Who is signed in may look.
    Alarms {
        /// Only alarms of lower numbers: those after the last one of the page before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<u64>,
    },
    /// What is known of each device: one page in the order of their names.
    Devices {
        /// Only devices behind this one: the last of the page before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<DeviceId>,
    },
    /// Look at what is not on every screen. It is journaled first; the same id again is another look.
    Look {
        /// At what.
        sight: Sight,
        /// Why.
        why: LookWhy,
        /// Who looks, where that is not who is signed in here: a command line.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        who: Option<Credential>,
    },
    /// Sign in on this connection.
    SignIn(Credential),
    /// Sign out of this connection.
    SignOut,
    /// A person's act at a bed.
    Act {
        /// Where.
        bed: BedId,
        /// Revision of the bed that the person saw. Protective acts are taken whatever it is.
        rev: u64,
        /// What.
        act: Act,
        /// The second person, where one is needed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        second: Option<Credential>,
    },
    /// Take a donor from the worklist to a bed.
    Call {
        /// Where.
        bed: BedId,
        /// Revision of the bed that the person saw.
        rev: u64,
        /// Queue number in the worklist.
        queue: String,
        /// Programme in mL, when it differs from the worklist's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        programme_ml: Option<u16>,
    },
    /// A donor whose identity is typed from a document that a second person has seen too.
    TypedIdentity {
        /// Where.
        bed: BedId,
        /// Revision of the bed that the person saw.
        rev: u64,
        /// Who.
        person: TypedPerson,
        /// The second person.
        second: Credential,
    },
    /// Something is said of a closed donation: a late reaction, self-exclusion, segments sealed.
    AfterClosing {
        /// Which donation.
        which: Which,
        /// What.
        what: AfterClosing,
    },
    /// A donor's rest is over by a person's word.
    RestOver {
        /// After which donation.
        donation: DonationId,
    },
    /// A donation carried out on paper is entered.
    EnterLater {
        /// What the form says.
        form: PaperForm,
        /// Who gave: resident ID number, or number in the worklist.
        donor: DonorNumber,
        /// The second person, who has compared it with the form.
        second: Credential,
        /// The form's number as the second person read it, unseen. Without it the form was scanned here a short time ago.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        again: Option<String>,
        /// Both have compared the form with the donor's document, because nothing that is kept here says who gave.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        compared: bool,
    },
    /// A label typed because no scanner reads it, confirmed unseen by a second person.
    TypedLabel {
        /// Where.
        bed: BedId,
        /// Revision of the bed that the person saw.
        rev: u64,
        /// Which label it is.
        #[serde(default, skip_serializing_if = "LabelKind::is_din")]
        label: LabelKind,
        /// As typed.
        text: String,
        /// As typed again, unseen, by the second person.
        again: String,
        /// The second person.
        second: Credential,
    },
    /// Something about the shift.
    Shift {
        /// What.
        ask: ShiftAsk,
        /// The second person, or the signature where one is asked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        second: Option<Credential>,
    },
}

/// One line to a terminal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// The answer to one request. For acts it is sent only after the act is durable.
    Answer {
        /// Version of the API.
        v: u32,
        /// The request's id.
        re: String,
        /// What came of it.
        result: Result<Answer, ApiError>,
    },
    /// The present state of everything.
    Snapshot(Box<Snapshot>),
}

/// A good answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Taken and, for acts, durable.
    Done,
    /// Signed in.
    SignedIn {
        /// Who.
        operator: OperatorId,
        /// As what.
        role: Role,
    },
    /// A donation was opened.
    Opened {
        /// Which.
        donation: DonationId,
    },
    /// One snapshot.
    Snapshot(Box<Snapshot>),
    /// One page of the alarm log, at most [`super::ALARM_PAGE`]; fewer at its end.
    Alarms {
        /// The newest first.
        alarms: Vec<LoggedAlarm>,
    },
    /// One page of devices, at most [`super::DEVICE_PAGE`]; fewer at their end.
    Devices {
        /// In the order of their names.
        devices: Vec<DeviceReport>,
    },
    /// A look is journaled: what was asked for may be shown.
    Looked {
        /// Whose data, when they are a donor's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        donor: Option<DonorToken>,
    },
    /// A look at a donor's data is journaled: these.
    Person(PersonView),
}

/// A bad answer. Nothing was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{code:?}: {text}")]
pub struct ApiError {
    /// Stable reason.
    pub code: ErrorCode,
    /// The reason in English, for logs and other clients.
    pub text: String,
    /// The machine's refusal, when it was the machine.
    #[serde(default, deserialize_with = "super::newer::refusal", skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
}

/// Reasons of bad answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The line is not a request.
    Malformed,
    /// The line is longer than a frame.
    TooLong,
    /// The version is higher than this daemon's.
    Version,
    /// The bed or the record has changed since the person saw it: look again.
    Stale,
    /// The machine refused.
    Refused,
    /// Operator or PIN is wrong.
    Denied,
    /// Too many wrong PINs: locked for a while.
    LockedOut,
    /// Nobody is signed in on this connection.
    NotSignedIn,
    /// No such bed here.
    NoSuchBed,
    /// No such closed donation here, or it is no longer kept.
    NoSuchDonation,
    /// Nobody in the worklist with this number.
    NotInWorklist,
    /// Too much is waiting: try again.
    Busy,
    /// It could not be made durable: it may or may not have been taken.
    NotDurable,
    /// Nobody signs in here without having had the badge read by a scanner just now.
    BadgeFirst,
}
