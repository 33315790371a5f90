//! Reading the BMS's JSON: every field by name, type and bounds.
//!
//! Owns: what an item has to look like. Refuses: an item with one bad field, alone and by name; more items than the bound. What
//! is wrong is told by place and field, never by content, as the content names people. Fields that are not ours are not
//! looked at, so that a BMS may add some. Holds no state.

use crate::control::io::MAX_WORKLIST;
use crate::eligibility::last_donation;
use serde_json::{Map, Value};
use station::ident::{Din, GroupCode, RegistrationId, ResidentId, ResidentIdError};
use station::procedure::eligibility::LastDonation;
use std::fmt;
use zeroize::Zeroizing;

/// Longest queue number, characters.
pub const MAX_QUEUE: usize = 16;
/// Longest name, characters.
pub const MAX_NAME: usize = 64;
/// Most codes of one donor.
const MAX_CODES: usize = 4;
/// Shortest and longest content of a card's code, characters.
const CODE: std::ops::RangeInclusive<usize> = 4..=512;

/// Why a text is no worklist.
#[derive(Debug, thiserror::Error)]
pub enum WorklistError {
    /// It is not JSON.
    #[error("the worklist is not JSON: {0}")]
    Json(serde_json::Error),
    /// It has no list of items.
    #[error("the worklist has no list \"items\"")]
    NoItems,
    /// The clock shows no date, so no age can be told.
    #[error("the clock shows no date between the years 1800 and 2199")]
    Date,
}

/// A field of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// Queue number, 1 to 16 printable ASCII characters without spaces.
    Queue,
    /// Name, 1 to 64 characters.
    Name,
    /// Resident identity number, 18 characters.
    IdNumber,
    /// Programme, mL, one of the site's.
    Programme,
    /// Whether today's screening was passed.
    Screening,
    /// Whether consent is signed.
    Consent,
    /// Whether the interval is kept and nothing defers the donor.
    Eligible,
    /// DIN bound to the donor; null or absent when none is.
    Din,
    /// The last donation; null or absent when none is known.
    LastDonation,
    /// The volume approved today, mL; null or absent when it was not said.
    Approved,
    /// The group with which the donor comes; null or absent when alone.
    Group,
    /// The BMS's own name of the registration; null or absent when it has none.
    Registration,
    /// What the donor's card and certificates say when they are read; absent when there are none.
    Codes,
}

impl Field {
    /// Its key in the JSON.
    pub fn key(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Name => "name",
            Self::IdNumber => "id_number",
            Self::Programme => "programme_ml",
            Self::Screening => "screening",
            Self::Consent => "consent",
            Self::Eligible => "eligible",
            Self::Din => "din",
            Self::LastDonation => "last_donation",
            Self::Approved => "approved_ml",
            Self::Group => "group",
            Self::Registration => "registration",
            Self::Codes => "codes",
        }
    }

    fn wanted(self) -> &'static str {
        match self {
            Self::Queue => "1 to 16 printable ASCII characters without spaces",
            Self::Name => "1 to 64 characters",
            Self::IdNumber => "a resident identity number",
            Self::Programme => "one of this site's programmes in mL",
            Self::Screening | Self::Consent | Self::Eligible => "true or false",
            Self::Din => "a DIN of 13 characters, or null",
            Self::LastDonation => "a date and a kind (whole_blood, apheresis), or null",
            Self::Approved => "100 to 500 mL, or null",
            Self::Group => "1 to 32 printable ASCII characters without spaces, or null",
            Self::Registration => "1 to 64 printable ASCII characters without spaces, or null",
            Self::Codes => "up to 4 texts of 4 to 512 characters",
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

/// What is wrong with an item.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It is no JSON object.
    #[error("not an object")]
    NotAnObject,
    /// A field is missing, of another type or out of bounds.
    #[error("{0}: wanted {wanted}", wanted = .0.wanted())]
    Field(Field),
    /// The identity number does not agree with its own rules.
    #[error("id_number: {0}")]
    IdNumber(ResidentIdError),
    /// An earlier item has the same.
    #[error("{field}: the same as that of queue number {queue}")]
    Twice {
        /// What is the same.
        field: Field,
        /// The other's queue number.
        queue: String,
    },
    /// The birth date of the number is after today.
    #[error("id_number: the birth date is after today")]
    NotBorn,
    /// No token can be made.
    #[error("no donor token can be made")]
    Token,
}

/// An item that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadItem {
    /// Its place in the list, from 1.
    pub position: usize,
    /// Its queue number, when that can be read.
    pub queue: Option<String>,
    /// What is wrong.
    pub problem: Problem,
}

impl fmt::Display for BadItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { position, queue, problem } = self;
        match queue {
            Some(queue) => write!(f, "item {position} (queue number {queue}): {problem}"),
            None => write!(f, "item {position}: {problem}"),
        }
    }
}

/// A good item, still with the person in it. Not to be printed.
pub(super) struct Row {
    position: usize,
    pub(super) queue: String,
    pub(super) name: Zeroizing<String>,
    pub(super) id: ResidentId,
    pub(super) programme_ml: u16,
    pub(super) screening: bool,
    pub(super) consent: bool,
    pub(super) eligible: bool,
    pub(super) din: Option<Din>,
    pub(super) last: Option<LastDonation>,
    pub(super) approved_ml: Option<u16>,
    pub(super) group: Option<GroupCode>,
    pub(super) registration: Option<RegistrationId>,
    pub(super) codes: Vec<Zeroizing<String>>,
}

impl Row {
    pub(super) fn bad(&self, problem: Problem) -> BadItem {
        BadItem { position: self.position, queue: Some(self.queue.clone()), problem }
    }
}

/// A list as read.
pub(super) struct Rows {
    pub(super) rows: Vec<Row>,
    pub(super) bad: Vec<BadItem>,
    pub(super) beyond: usize,
}

/// Reads the list.
pub(super) fn rows(text: &str, programmes_ml: &[u16]) -> Result<Rows, WorklistError> {
    // Into plain values: only then can no message of the JSON library quote what it found.
    let value: Value = serde_json::from_str(text).map_err(WorklistError::Json)?;
    let items = value.get("items").and_then(Value::as_array).ok_or(WorklistError::NoItems)?;
    let mut list =
        Rows { rows: Vec::new(), bad: Vec::new(), beyond: items.len().saturating_sub(MAX_WORKLIST) };
    for (at, item) in items.iter().take(MAX_WORKLIST).enumerate() {
        let position = at + 1;
        let Some(fields) = item.as_object() else {
            list.bad.push(BadItem { position, queue: None, problem: Problem::NotAnObject });
            continue;
        };
        match row(position, fields, programmes_ml) {
            Ok(row) => list.rows.push(row),
            Err(problem) => list.bad.push(BadItem { position, queue: queue(fields).ok(), problem }),
        }
    }
    Ok(list)
}

fn row(position: usize, fields: &Map<String, Value>, programmes_ml: &[u16]) -> Result<Row, Problem> {
    let flag = |field: Field| fields.get(field.key()).and_then(Value::as_bool).ok_or(Problem::Field(field));
    let programme = fields.get(Field::Programme.key()).and_then(Value::as_u64);
    let programme = programme.and_then(|ml| u16::try_from(ml).ok()).filter(|ml| programmes_ml.contains(ml));
    Ok(Row {
        position,
        queue: queue(fields)?,
        name: name(fields)?,
        id: ResidentId::new(text(fields, Field::IdNumber)?.trim()).map_err(Problem::IdNumber)?,
        programme_ml: programme.ok_or(Problem::Field(Field::Programme))?,
        screening: flag(Field::Screening)?,
        consent: flag(Field::Consent)?,
        eligible: flag(Field::Eligible)?,
        din: optional(fields, Field::Din, |value| Din::new(value.as_str()?).ok())?,
        last: last_donation(fields).ok_or(Problem::Field(Field::LastDonation))?,
        approved_ml: optional(fields, Field::Approved, approved)?,
        group: optional(fields, Field::Group, |value| GroupCode::new(value.as_str()?).ok())?,
        registration: optional(fields, Field::Registration, |value| {
            RegistrationId::new(value.as_str()?).ok()
        })?,
        codes: optional(fields, Field::Codes, codes)?.unwrap_or_default(),
    })
}

fn text(fields: &Map<String, Value>, field: Field) -> Result<&str, Problem> {
    fields.get(field.key()).and_then(Value::as_str).ok_or(Problem::Field(field))
}

fn queue(fields: &Map<String, Value>) -> Result<String, Problem> {
    let queue = text(fields, Field::Queue)?;
    let fits = (1..=MAX_QUEUE).contains(&queue.len()) && queue.bytes().all(|b| b.is_ascii_graphic());
    if fits { Ok(queue.to_owned()) } else { Err(Problem::Field(Field::Queue)) }
}

fn name(fields: &Map<String, Value>) -> Result<Zeroizing<String>, Problem> {
    let name = text(fields, Field::Name)?.trim();
    let fits = (1..=MAX_NAME).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if fits { Ok(Zeroizing::new(name.to_owned())) } else { Err(Problem::Field(Field::Name)) }
}

/// A field that may be null or absent.
fn optional<T>(
    fields: &Map<String, Value>,
    field: Field,
    read: impl FnOnce(&Value) -> Option<T>,
) -> Result<Option<T>, Problem> {
    match fields.get(field.key()) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => read(value).map(Some).ok_or(Problem::Field(field)),
    }
}

fn approved(value: &Value) -> Option<u16> {
    value.as_u64().and_then(|ml| u16::try_from(ml).ok()).filter(|ml| (100..=500).contains(ml))
}

fn codes(value: &Value) -> Option<Vec<Zeroizing<String>>> {
    let list = value.as_array().filter(|list| list.len() <= MAX_CODES)?;
    let code = |value: &Value| {
        let text = value.as_str()?.trim();
        CODE.contains(&text.chars().count()).then(|| Zeroizing::new(text.to_owned()))
    };
    list.iter().map(code).collect()
}
