//! Entries: what one journal line says, and the bodies that the journal and the store themselves must understand.
//!
//! Owns: [`Entry`], [`Draft`], the kinds below and their bounds. Refuses: a body over its bound before it is journaled, so
//! that everything in the journal can also be indexed. The bodies of a bed's `event` and `command` entries are opaque here.

use super::line::Digest;
use super::pack::{Pack, RawPosition};
use crate::clock::Stamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use station::device::Mode;
use station::draw::ClampDelay;
use station::ident::{BedId, Din, DonationId, DonorToken, OperatorId, RecordId};
use station::measure::Wall;
use station::procedure::eligibility::LastDonation;
use station::record::AfterClosing;
use std::borrow::Cow;
use std::fmt;

/// What an entry is about: 1 to 32 of `a` to `z` and `_`. Kinds unknown here are kept and handed on untouched.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EntryKind(Cow<'static, str>);

/// A kind that breaks its own rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("entry kind {0:?}: 1 to 32 of a to z and _")]
pub struct EntryKindError(String);

impl EntryKind {
    /// Start of a segment: all that is needed once its predecessors are gone.
    pub const CHECKPOINT: Self = Self::of("checkpoint");
    /// A pack of weight samples in a raw segment.
    pub const PACK: Self = Self::of("pack");

    /// A kind named in the source. A bad name does not compile when used for a constant.
    pub const fn of(name: &'static str) -> Self {
        assert!(valid(name), "an entry kind is 1 to 32 of a to z and _");
        Self(Cow::Borrowed(name))
    }
    /// The kind as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

const fn valid(name: &str) -> bool {
    let bytes = name.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !(bytes[at].is_ascii_lowercase() || bytes[at] == b'_') {
            return false;
        }
        at += 1;
    }
    at >= 1 && at <= 32
}

impl TryFrom<String> for EntryKind {
    type Error = EntryKindError;
    fn try_from(name: String) -> Result<Self, EntryKindError> {
        if valid(&name) {
            Ok(Self(Cow::Owned(name)))
        } else {
            Err(EntryKindError(name.chars().take(40).collect()))
        }
    }
}
impl From<EntryKind> for String {
    fn from(kind: EntryKind) -> String {
        kind.0.into_owned()
    }
}
impl fmt::Display for EntryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One journal line's content.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its number, from 1, without gaps.
    pub seq: u64,
    /// All clocks when it was made.
    pub stamp: Stamp,
    /// What it is about.
    pub kind: EntryKind,
    /// Which bed, if one.
    pub bed: Option<BedId>,
    /// The rest, as JSON.
    pub body: Box<RawValue>,
}

impl Entry {
    /// Reads the body as `B`: `None` when the entry is of another kind.
    ///
    /// # Errors
    /// [`serde_json::Error`] when the kind is right and the body is not.
    pub fn body_as<B: Body>(&self) -> Result<Option<B>, serde_json::Error> {
        if self.kind == B::KIND { serde_json::from_str(self.body.get()).map(Some) } else { Ok(None) }
    }
}

/// A body with a kind of its own. Other modules implement it for what they journal.
pub trait Body: Serialize + for<'de> Deserialize<'de> {
    /// The kind under which it is journaled.
    const KIND: EntryKind;
    /// Refuses what is out of bounds, before it is journaled.
    ///
    /// # Errors
    /// [`DraftError::TooLarge`].
    fn check(&self) -> Result<(), DraftError> {
        Ok(())
    }
}

/// Why something cannot be journaled as it is. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// Over its bound.
    #[error("{what}: {found} bytes, at most {max}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// Its size.
        found: usize,
        /// The bound.
        max: usize,
    },
    /// JSON text with a line feed between its values: it would break the line.
    #[error("the body contains a line feed")]
    LineFeed,
    /// A pack without samples.
    #[error("a pack without samples")]
    EmptyPack,
    /// The body cannot be written as JSON.
    #[error("cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// Longest body of an entry, in bytes: a frozen record of 32 KiB whose every character is escaped, and room around it.
pub const MAX_BODY: usize = 80 * 1024;
/// Longest state of a checkpoint, in bytes.
pub const MAX_CHECKPOINT: usize = 6 * 1024 * 1024;
/// Longest frozen record, in bytes.
pub const MAX_CANONICAL: usize = 32 * 1024;
/// Longest JSON of an operator or a worklist item, in bytes: it has to fit one value of the store.
pub const MAX_OPAQUE: usize = 3 * 1024;
/// Longest key of a worklist item, in bytes.
pub const MAX_KEY: usize = 128;

pub(crate) fn bounded(what: &'static str, found: usize, max: usize) -> Result<(), DraftError> {
    if found <= max { Ok(()) } else { Err(DraftError::TooLarge { what, found, max }) }
}

/// An entry on its way into the journal. The control thread gave it its number.
#[derive(Debug, Clone)]
pub struct Draft {
    pub(super) seq: u64,
    pub(super) stamp: Stamp,
    pub(super) content: Content,
}

#[derive(Debug, Clone)]
pub(super) enum Content {
    Entry { kind: EntryKind, bed: Option<BedId>, body: Box<RawValue> },
    Pack(Pack),
    Checkpoint(Box<RawValue>),
}

impl Draft {
    /// An entry with a typed body.
    ///
    /// # Errors
    /// [`DraftError`] when the body is out of bounds.
    pub fn new<B: Body>(seq: u64, stamp: Stamp, bed: Option<BedId>, body: &B) -> Result<Self, DraftError> {
        body.check()?;
        Self::raw(seq, stamp, B::KIND, bed, serde_json::value::to_raw_value(body)?)
    }

    /// An entry whose body is JSON already.
    ///
    /// # Errors
    /// [`DraftError`] when it is too large or contains a line feed.
    pub fn raw(
        seq: u64,
        stamp: Stamp,
        kind: EntryKind,
        bed: Option<BedId>,
        body: Box<RawValue>,
    ) -> Result<Self, DraftError> {
        bounded("entry body", body.get().len(), MAX_BODY)?;
        one_line(&body)?;
        Ok(Self { seq, stamp, content: Content::Entry { kind, bed, body } })
    }

    /// A pack of weight samples.
    ///
    /// # Errors
    /// [`DraftError::EmptyPack`].
    pub fn pack(seq: u64, stamp: Stamp, pack: Pack) -> Result<Self, DraftError> {
        if pack.samples.is_empty() {
            return Err(DraftError::EmptyPack);
        }
        Ok(Self { seq, stamp, content: Content::Pack(pack) })
    }

    /// A checkpoint: the writer begins a new segment with it.
    ///
    /// # Errors
    /// [`DraftError::TooLarge`].
    pub fn checkpoint(seq: u64, stamp: Stamp, state: &CheckpointState) -> Result<Self, DraftError> {
        let state = serde_json::value::to_raw_value(state)?;
        bounded("checkpoint", state.get().len(), MAX_CHECKPOINT)?;
        one_line(&state)?;
        Ok(Self { seq, stamp, content: Content::Checkpoint(state) })
    }

    /// Its number.
    pub fn seq(&self) -> u64 {
        self.seq
    }
    /// Its clocks.
    pub fn stamp(&self) -> Stamp {
        self.stamp
    }
    /// Whether it is a pack of samples: these give way when the queue fills.
    pub fn is_sample(&self) -> bool {
        matches!(self.content, Content::Pack(_))
    }
    /// Memory it takes in a queue, in bytes, rounded up.
    pub fn cost(&self) -> usize {
        256 + match &self.content {
            Content::Entry { body, .. } | Content::Checkpoint(body) => body.get().len(),
            Content::Pack(pack) => pack.samples.len() * size_of_val(&pack.samples[0]),
        }
    }
}

fn one_line(body: &RawValue) -> Result<(), DraftError> {
    if body.get().contains('\n') { Err(DraftError::LineFeed) } else { Ok(()) }
}

macro_rules! body {
    ($name:ident, $kind:literal $(, $self:ident => $check:expr)?) => {
        impl Body for $name {
            const KIND: EntryKind = EntryKind::of($kind);
            $(fn check(&$self) -> Result<(), DraftError> { $check })?
        }
    };
}

/// `boot`: the daemon started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Boot {
    /// Version of the program.
    pub version: String,
    /// Version of the procedure's logic: only the same one replays to the same bits.
    pub logic: u32,
}
body!(Boot, "boot");

/// `opened`: a donation begins. Its number is this entry's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// The donation.
    pub donation: DonationId,
    /// On which bed.
    pub bed: BedId,
}
body!(Opened, "opened");

/// What became of a DIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DinState {
    /// It names this donation.
    Used,
    /// Its set was taken and given up. It is never used again.
    Voided,
}

/// `din_bound`: a DIN is taken by a donation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DinBound {
    /// The donation.
    pub donation: DonationId,
    /// The DIN.
    pub din: Din,
    /// What became of it.
    pub state: DinState,
}
body!(DinBound, "din_bound");

/// `closed`: nothing more happens to the donation at the bed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// The donation.
    pub donation: DonationId,
}
body!(Closed, "closed");

/// `drawn`: a needle was in this donor's arm. What a list or a BMS that cannot be asked says of that donor is older.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drawn {
    /// The donation.
    pub donation: DonationId,
    /// Who, without saying who.
    pub donor: DonorToken,
    /// On which day, and what was given.
    pub last: LastDonation,
}
body!(Drawn, "drawn");

/// `clamp_learned`: a bed has learned how long its clamp takes; the next donation there begins with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClampLearned {
    /// Which bed.
    pub bed: BedId,
    /// The delay.
    pub delay: ClampDelay,
}
body!(ClampLearned, "clamp_learned");

/// How urgent something is on its way upstream, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordClass {
    /// Alarms and donor reactions.
    Alarm,
    /// Donation records.
    Record,
    /// Health of the station.
    Telemetry,
}

/// `record`: a record is frozen. From now on its bytes are these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordFrozen {
    /// Its name everywhere.
    pub id: RecordId,
    /// SHA-256 of `canonical`.
    pub sha256: Digest,
    /// How urgent it is.
    pub class: RecordClass,
    /// The canonical bytes, JSON text, at most 32 KiB.
    pub canonical: String,
    /// Why, where it was not a bed that closed. In the same entry, so that neither is ever there without the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<Because>,
}

/// Why a record was frozen without a bed that closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// Something was said of a closed donation.
    AfterClosing {
        /// What.
        what: AfterClosing,
        /// By whom.
        by: OperatorId,
    },
    /// A donation on paper was entered. Its DIN is used from here on.
    EnteredLater {
        /// The form's number.
        din: Din,
        /// By whom.
        by: OperatorId,
        /// Who compared it with the form.
        second: OperatorId,
        /// Nothing that was kept said who gave: it is on the word of both, who compared the form with the donor's document.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        compared: bool,
    },
}
impl RecordFrozen {
    /// Whether it goes to the receiver. What was drawn from a water bag to validate the station was no donation.
    pub fn goes_upstream(&self) -> bool {
        #[derive(Deserialize)]
        struct Frozen {
            record: Of,
        }
        #[derive(Deserialize)]
        struct Of {
            mode: Mode,
        }
        // What does not say its mode is no validation: a donation's record is never held back for its form.
        serde_json::from_str::<Frozen>(&self.canonical)
            .map_or(true, |frozen| frozen.record.mode != Mode::Validation)
    }
}
body!(RecordFrozen, "record", self => bounded("record", self.canonical.len(), MAX_CANONICAL));

/// `attempted`: sending a record failed and is tried again later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempted {
    /// Which record.
    pub id: RecordId,
    /// How often it was tried.
    pub attempts: u32,
    /// Not again before.
    pub next: Wall,
}
body!(Attempted, "attempted");

/// `acknowledged`: the receiver has the record and echoed its hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// Which record.
    pub id: RecordId,
    /// The hash it acknowledged. Another one than the record's acknowledges nothing.
    pub sha256: Digest,
}
body!(Acknowledged, "acknowledged");

/// `operator`: a person's entry in the list of operators is set, or taken out.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OperatorSet {
    /// Who.
    pub id: OperatorId,
    /// Roles, PIN hash and so on, at most 3 KiB; `None` takes the person out.
    pub json: Option<Box<RawValue>>,
}
body!(OperatorSet, "operator", self => bounded("operator", len(&self.json), MAX_OPAQUE));

/// `worklist`: an item of the day's worklist is set, or taken out.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WorklistSet {
    /// Its name, at most 128 bytes.
    pub key: String,
    /// The item, at most 3 KiB; `None` takes it out.
    pub json: Option<Box<RawValue>>,
}
body!(WorklistSet, "worklist", self => {
    bounded("worklist key", self.key.len(), MAX_KEY)?;
    bounded("worklist item", len(&self.json), MAX_OPAQUE)
});

fn len(json: &Option<Box<RawValue>>) -> usize {
    json.as_ref().map_or(0, |json| json.get().len())
}

/// `pack`: one second of weights, whose samples are in a raw segment. The bed is the entry's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackRef {
    /// Number of the raw segment.
    pub segment: u32,
    /// Line in it, its header being line 0.
    pub line: u64,
    /// Where that line begins, in bytes.
    pub offset: u64,
    /// How many samples.
    pub count: usize,
    /// Hash of that line: the raw chain hangs on this one.
    pub sha256: Digest,
}
body!(PackRef, "pack");

/// What the caller gives to a checkpoint.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CheckpointState {
    /// The last entry that `index` contains. What follows it is found in the segments.
    pub through: u64,
    /// Everything in the store, as `(key, value)`; see the store's module.
    pub index: Vec<(String, Box<RawValue>)>,
    /// What others need once the predecessors are gone: bins, calibrations. Opaque here.
    pub other: Box<RawValue>,
}

impl CheckpointState {
    /// The state before anything happened.
    pub fn empty() -> Self {
        Self { through: 0, index: Vec::new(), other: RawValue::NULL.to_owned() }
    }
}

/// `checkpoint`: the first entry of every segment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Hash of the last line of the segment before, so that this segment is checked without it.
    pub prev: Digest,
    /// The last line of the raw chain.
    pub raw: RawPosition,
    /// What the caller gave.
    pub state: CheckpointState,
}
body!(Checkpoint, "checkpoint");
