//! What goes into the station's step and what comes out of it, and the parts it is built from.
//!
//! Owns: the vocabulary between the step and everything around it (links, journal thread, socket, upstream, simulator).
//! Refuses: unmasked personal data (a donor arrives as a token, a masked name and sealed entries; an ID card's observation
//! and a typed identity still hold a person, and it ends in [`Privacy`] and in the question to the BMS), PINs (people arrive already verified), and any handle
//! to a thread, file or socket. Holds no state.

use super::aftercare::KnownClosed;
use super::climate::ClimateParts;
use super::looks::Look;
use super::restart::Recovered;
use crate::clock::Stamp;
use crate::control::shift::ShiftParts;
use crate::eligibility::Question;
use crate::journal::entry::{Acknowledged, Attempted, CheckpointState, Draft, EntryKind, OperatorSet};
use crate::privacy::Privacy;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use station::api::shift::{CorrectionAsk, ShiftAsk};
use station::api::{Answer, ApiError, DonorNumber, OutboxView, TypedPerson};
use station::device::{Actuation, DeviceKind, Mode};
use station::draw::ClampDelay;
use station::ident::{
    BedId, DeviceId, Din, DonationId, DonorToken, GroupCode, LabelKind, RegistrationId, StationId,
};
use station::measure::{Span, Wall};
use station::procedure::eligibility::{EligibilityAnswer, LastDonation};
use station::procedure::event::{Act, ActingOperator, PermitId};
use station::procedure::limits::{DonorConnectedSeal, Settings};
use station::record::{AfterClosing, Envelope, PaperForm};

/// Most donors of one worklist; what is beyond is not taken.
pub const MAX_WORKLIST: usize = 500;

/// Most permits that wait for the disk at once: eight beds with a few each.
pub const MAX_WAITING: usize = 64;
/// Most answers that wait for the disk at once: every terminal with a few each.
pub const MAX_ANSWERS: usize = 128;

/// Name that whoever asks gives to a request, to know its answer. Never reused within one run.
pub type Token = u64;

/// What reaches the station.
#[derive(Debug)]
pub enum Input {
    /// A device found something out.
    Observed {
        /// Which device.
        device: DeviceId,
        /// What.
        observation: drivers::Observation,
    },
    /// A person asks for something; who it is was verified by whoever sends this.
    Request {
        /// Comes back in [`Output::Answer`].
        token: Token,
        /// Who is signed in on that terminal.
        by: Option<ActingOperator>,
        /// The second person, verified.
        second: Option<ActingOperator>,
        /// What is asked.
        op: ControlOp,
    },
    /// A person signed in, or out, for the day: their badge may act from now on, or no longer.
    SignedIn {
        /// Who.
        operator: ActingOperator,
        /// In or out.
        present: bool,
    },
    /// Every entry up to and including this one is on disk.
    Durable(u64),
    /// The oldest entry that is not on disk yet is this old.
    JournalLag(Span),
    /// The journal is never written again.
    JournalFailed,
    /// The whole worklist of now, at most [`MAX_WORKLIST`].
    Worklist(Vec<WorkItem>),
    /// A receiver acknowledged a record by id and hash: to be journaled.
    Acknowledged(Acknowledged),
    /// Sending a record failed: to be journaled.
    Attempted(Attempted),
    /// The list of operators changed: to be journaled.
    OperatorChanged(OperatorSet),
    /// Another part's entry, to be journaled as it is (`day_key`, `sealed`).
    Note(Note),
    /// The journal wants a new segment: it begins with this.
    Checkpoint(Box<CheckpointState>),
    /// What the BMS answered about a donor; `None` when it could not be asked.
    Eligibility {
        /// For which donation it was asked.
        donation: DonationId,
        /// What it said.
        answer: Option<EligibilityAnswer>,
    },
    /// How the outbox stands, for the screens.
    Outbox(OutboxView),
    /// Used share of the disk on which the journal lies, per cent.
    DiskUsed(Option<u8>),
    /// Of so many weights one is journaled: the disk does not keep up.
    Thin(u32),
    /// How many terminals are alive on the socket.
    Terminals(usize),
    /// The instant named by `next_timeout` has come.
    Timeout,
    /// A device did not take an order.
    OrderFailed {
        /// Which device.
        device: DeviceId,
        /// Which order.
        actuation: Actuation,
        /// The bed and permit it came from; `None` for a protect.
        permit: Option<(BedId, PermitId)>,
    },
}

/// What a terminal may ask of the control thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ControlOp {
    /// An act at a bed.
    Act {
        /// Where.
        bed: BedId,
        /// Revision that the person saw.
        rev: u64,
        /// What.
        act: Act,
    },
    /// Take a donor from the worklist to a bed.
    Call {
        /// Where.
        bed: BedId,
        /// Revision that the person saw.
        rev: u64,
        /// Queue number.
        queue: String,
        /// Programme, mL, when it differs from the worklist's.
        programme_ml: Option<u16>,
    },
    /// A donor as typed from a document; the second person (in [`Input::Request`]) has seen it too.
    TypedIdentity {
        /// Where.
        bed: BedId,
        /// Revision that the person saw.
        rev: u64,
        /// Who. Ends in [`Privacy`].
        person: TypedPerson,
    },
    /// A typed label: both typings and the second person (in [`Input::Request`]) have to agree.
    TypedLabel {
        /// Where.
        bed: BedId,
        /// Revision that the person saw.
        rev: u64,
        /// Which label it is.
        label: LabelKind,
        /// As typed.
        text: String,
        /// As typed again.
        again: String,
    },
    /// Somebody looks at what is not on every screen.
    Look(Look),
    /// Something about the shift.
    Shift(ShiftAsk),
    /// A closed record is to be corrected; its newest version as the journal holds it.
    Correct(CorrectionAsk, Box<Envelope>),
    /// Something is said of a closed donation.
    AfterClosing {
        /// The newest version of its record that is durable.
        envelope: Box<Envelope>,
        /// What.
        what: AfterClosing,
    },
    /// A donor's rest is over.
    RestOver {
        /// After which donation.
        donation: DonationId,
    },
    /// A donation on paper is entered.
    EnterLater {
        /// What the form says.
        form: PaperForm,
        /// Who gave; ends in [`Privacy`].
        donor: DonorNumber,
        /// The form's number as the second person read it; without it the form was scanned.
        again: Option<String>,
        /// Both have compared the form with the donor's document.
        compared: bool,
    },
}

impl ControlOp {
    /// Whether it only protects: anyone's, at once, on any revision.
    pub fn is_protective(&self) -> bool {
        matches!(self, Self::Act { act, .. } if act.is_protective())
    }

    /// The bed that is meant and the revision that the person saw; `None` for what concerns no bed.
    pub fn bed(&self) -> Option<(BedId, u64)> {
        match self {
            Self::Act { bed, rev, .. }
            | Self::Call { bed, rev, .. }
            | Self::TypedIdentity { bed, rev, .. }
            | Self::TypedLabel { bed, rev, .. } => Some((*bed, *rev)),
            Self::Look(_) | Self::Shift(_) | Self::Correct(..) => None,
            Self::AfterClosing { .. } | Self::RestOver { .. } | Self::EnterLater { .. } => None,
        }
    }
}

/// A donor of the worklist, without saying who. Its JSON is the `worklist` entry's item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkItem {
    /// Queue number, 1 to 16 characters; unique in the list.
    pub queue: String,
    /// The same for the same person.
    pub token: DonorToken,
    /// Masked name for screens, e.g. `王*`.
    pub masked: String,
    /// Full years of age today.
    pub age_years: u8,
    /// Programme, mL.
    pub programme_ml: u16,
    /// Today's screening was passed.
    pub screening: bool,
    /// Consent is signed.
    pub consent: bool,
    /// Interval kept and not deferred.
    pub eligible: bool,
    /// DIN bound to this donor.
    pub din: Option<Din>,
    /// The last donation that the BMS knows of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<LastDonation>,
    /// The volume approved today, mL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_ml: Option<u16>,
    /// The group with which the donor comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupCode>,
    /// The BMS's own name for the registration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration: Option<RegistrationId>,
    /// Keyed hashes of what the donor's card and certificate codes say, at most four.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<DonorToken>,
    /// When the list was fetched, for its age.
    pub fetched: station::measure::Wall,
}

impl WorkItem {
    /// Whether two items say the same of a donor. Only that it was fetched again is no news.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        let Self {
            queue,
            token,
            masked,
            age_years,
            programme_ml,
            screening,
            consent,
            eligible,
            din,
            last,
            approved_ml,
            group,
            registration,
            codes,
            fetched: _,
        } = self;
        (queue, token, masked, age_years, programme_ml)
            == (&other.queue, &other.token, &other.masked, &other.age_years, &other.programme_ml)
            && (screening, consent, eligible) == (&other.screening, &other.consent, &other.eligible)
            && (din, last, approved_ml) == (&other.din, &other.last, &other.approved_ml)
            && (group, registration, codes) == (&other.group, &other.registration, &other.codes)
    }
}

/// An entry made elsewhere, to be journaled as it is.
#[derive(Debug, Clone)]
pub struct Note {
    /// Its kind.
    pub kind: EntryKind,
    /// Which bed, if one.
    pub bed: Option<BedId>,
    /// Its body, one line.
    pub body: Box<RawValue>,
}

/// What leaves the station, in the order in which it has to be carried out.
#[derive(Debug)]
pub enum Output {
    /// An order to a device. Protects come first of all that one step puts out.
    Order {
        /// Which device.
        device: DeviceId,
        /// What.
        actuation: Actuation,
        /// The bed and permit that was released; `None` for a protect. To be given back in [`Input::OrderFailed`].
        permit: Option<(BedId, PermitId)>,
    },
    /// Entries, numbered without gaps.
    Journal {
        /// The entries, ascending.
        drafts: Vec<Draft>,
        /// Commit now: a permit or a person waits for it.
        force: bool,
    },
    /// A question about a donor, for the BMS. Its answer comes back as [`Input::Eligibility`].
    Ask(Question),
    /// Two people said that it is this time now: the clock has to be told.
    ClockConfirmed(Wall),
    /// The answer to a request, after what it says is durable.
    Answer {
        /// The request's.
        token: Token,
        /// What came of it.
        result: Result<Answer, ApiError>,
    },
}

/// One bed of the configuration.
#[derive(Debug, Clone)]
pub struct BedParts {
    /// Which.
    pub bed: BedId,
    /// Whether its sealer may work while the needle is in the donor.
    pub donor_connected_seal: DonorConnectedSeal,
}

/// One device of the configuration, and whom it serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceRoute {
    /// Its name.
    pub id: DeviceId,
    /// Its kind.
    pub kind: DeviceKind,
    /// The beds it serves, ascending: one, or several when it is shared.
    pub beds: Vec<BedId>,
}

/// What happened to a DIN before this start, from the journal or store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KnownDin {
    /// Used by this donation.
    Used(DonationId),
    /// Used by a donation that ended without a record: what paper says of it is still to be entered.
    Unrecorded(Unrecorded),
    /// Voided.
    Voided,
}

/// A donation that ended without a record, behind a damaged journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unrecorded {
    /// Which.
    pub donation: DonationId,
    /// Who gave, where that is known.
    pub donor: Option<DonorToken>,
}

/// All that a station is built from. Everything recovered from the journal comes in here or through `restart`.
pub struct StationParts {
    /// Name of the station.
    pub station: StationId,
    /// Real, validation or simulated.
    pub mode: Mode,
    /// Offset of the station's zone from UTC, minutes.
    pub utc_offset_min: i16,
    /// The site's settings of the procedure.
    pub settings: Settings,
    /// Beds, ascending.
    pub beds: Vec<BedParts>,
    /// Devices.
    pub devices: Vec<DeviceRoute>,
    /// Thermometers; their devices are among the others.
    pub probes: Vec<ClimateParts>,
    /// Personal data ends here.
    pub privacy: Privacy,
    /// Number of the next entry.
    pub next_seq: u64,
    /// The clocks at the start.
    pub now: Stamp,
    /// DINs known from before.
    pub dins: Vec<(Din, KnownDin)>,
    /// Needles in each bed's sharps bin.
    pub needles_binned: Vec<(BedId, u32)>,
    /// Clamp delays learned before.
    pub clamp_delays: Vec<(BedId, ClampDelay)>,
    /// The worklist as last known.
    pub worklist: Vec<WorkItem>,
    /// Who gave here lately, the later ones last.
    pub drawn: Vec<(DonorToken, LastDonation)>,
    /// Whether there is a BMS that can be asked about donors.
    pub online: bool,
    /// Donations that were not closed when the station stopped.
    pub recovered: Recovered,
    /// The shift.
    pub shift: ShiftParts,
    /// Closed donations after which somebody may still rest, or whose segments are still to be sealed.
    pub closed: Vec<KnownClosed>,
}
