//! The day's worklist: from what the BMS wrote to what the station may know.
//!
//! Owns: [`Intake`]: personal data become a donor token, a masked name, an age and a sealed blob, and go no further. Refuses: a
//! person or a number of the queue or a DIN twice in one list, and items that [`read`] cannot understand; the others of the
//! list are taken all the same. A crash loses which persons were sealed already: they are sealed once more, which only takes
//! room.

mod read;
#[cfg(test)]
mod tests;

pub use read::{BadItem, Field, MAX_NAME, MAX_QUEUE, Problem, WorklistError};

use crate::clock::Stamp;
use crate::control::entries::SealedPerson;
use crate::control::io::{Input, MAX_WORKLIST, Note, WorkItem};
use crate::journal::{Body, EntryKind};
use crate::privacy::{Privacy, PrivacyError, mask_name};
use read::Row;
use sha2::{Digest as _, Sha256};
use station::ident::{DonorToken, LocalDate, LocalDateTime, Sex, StationId};
use std::collections::BTreeSet;
use zeroize::Zeroizing;

/// Most persons remembered as sealed; beyond it everybody is sealed once more.
const MAX_REMEMBERED: usize = 4 * MAX_WORKLIST;

/// What an intake is built from.
pub struct IntakeParts {
    /// Which station: part of what a blob is bound to.
    pub station: StationId,
    /// Offset of the station's zone from UTC, minutes: ages change at local midnight.
    pub utc_offset_min: i16,
    /// Programmes that this site offers, mL. Others are refused.
    pub programmes_ml: Vec<u16>,
    /// Where personal data end.
    pub privacy: Privacy,
}

/// Takes worklists in, one after the other.
pub struct Intake {
    parts: IntakeParts,
    /// Whose data were sealed: those of today, so that each day's list can be opened with that day's key.
    sealed: BTreeSet<DonorToken>,
    day: Option<LocalDate>,
    /// The list taken last, unless somebody's data could not be sealed.
    last: Option<Last>,
}

/// A list as it was taken: most that are fetched say the same as the one before.
struct Last {
    sha256: [u8; 32],
    items: Vec<WorkItem>,
    bad: Vec<BadItem>,
    beyond: usize,
}

/// What came of one worklist.
#[derive(Debug, Default)]
pub struct Taken {
    /// New day keys and sealed blobs, then the list: to be given to the station in this order.
    pub inputs: Vec<Input>,
    /// Donors in the list.
    pub items: usize,
    /// What was left out and why, without personal data.
    pub bad: Vec<BadItem>,
    /// Items beyond [`MAX_WORKLIST`], not looked at.
    pub beyond: usize,
}

impl Intake {
    /// `known` are the persons whose data were sealed before, e.g. those of the last worklist in the store.
    pub fn new(parts: IntakeParts, known: impl IntoIterator<Item = DonorToken>) -> Self {
        Self { parts, sealed: known.into_iter().take(MAX_REMEMBERED).collect(), day: None, last: None }
    }

    /// Takes what the BMS answered. Nothing of a bad list is taken; of a good one everything that is good.
    ///
    /// # Errors
    /// [`WorklistError`] when it is no worklist at all.
    pub fn take(&mut self, now: Stamp, text: &str) -> Result<Taken, WorklistError> {
        let today = self.today(now).ok_or(WorklistError::Date)?;
        if self.day.replace(today).is_some_and(|before| before != today) {
            self.sealed.clear();
            self.last = None;
        }
        let sha256: [u8; 32] = Sha256::digest(text.as_bytes()).into();
        if let Some(last) = self.last.as_mut().filter(|last| last.sha256 == sha256) {
            return Ok(last.again(now));
        }
        let list = read::rows(text, &self.parts.programmes_ml)?;
        let mut taken = Taken { bad: list.bad, beyond: list.beyond, ..Taken::default() };
        let mut items: Vec<WorkItem> = Vec::with_capacity(list.rows.len());
        let mut all_sealed = true;
        for row in list.rows {
            match self.item(now, today, &row, &items) {
                Ok(item) => {
                    all_sealed &= self.seal(today, &item.token, &row, &mut taken.inputs);
                    items.push(item);
                }
                Err(problem) => taken.bad.push(row.bad(problem)),
            }
        }
        taken.bad.sort_by_key(|bad| bad.position);
        taken.items = items.len();
        let (bad, beyond) = (taken.bad.clone(), taken.beyond);
        self.last = all_sealed.then(|| Last { sha256, items: items.clone(), bad, beyond });
        taken.inputs.push(Input::Worklist(items));
        Ok(taken)
    }

    fn today(&self, now: Stamp) -> Option<LocalDate> {
        let seconds = now.wall.0.div_euclid(1000);
        LocalDateTime::from_unix(seconds, self.parts.utc_offset_min).ok().map(LocalDateTime::date)
    }

    fn item(
        &self,
        now: Stamp,
        today: LocalDate,
        row: &Row,
        before: &[WorkItem],
    ) -> Result<WorkItem, Problem> {
        let number = Zeroizing::new(row.id.expose().iter().copied().map(char::from).collect::<String>());
        let token = self.parts.privacy.token(&number).ok_or(Problem::Token)?;
        let age = row.id.age_on(today).and_then(|years| u8::try_from(years).ok());
        let age_years = age.ok_or(Problem::NotBorn)?;
        let twice = |field, clash: &dyn Fn(&WorkItem) -> bool| match before.iter().find(|item| clash(item)) {
            Some(other) => Err(Problem::Twice { field, queue: other.queue.clone() }),
            None => Ok(()),
        };
        twice(Field::Queue, &|other| other.queue == row.queue)?;
        twice(Field::IdNumber, &|other| other.token == token)?;
        let same = |other: &WorkItem| row.registration.is_some() && other.registration == row.registration;
        twice(Field::Registration, &same)?;
        twice(Field::Din, &|other| row.din.is_some() && other.din == row.din)?;
        Ok(WorkItem {
            queue: row.queue.clone(),
            token,
            masked: mask_name(&row.name),
            age_years,
            programme_ml: row.programme_ml,
            screening: row.screening,
            consent: row.consent,
            eligible: row.eligible,
            din: row.din,
            last: row.last,
            approved_ml: row.approved_ml,
            group: row.group.clone(),
            registration: row.registration.clone(),
            codes: row.codes.iter().filter_map(|code| self.parts.privacy.token(code)).collect(),
            fetched: now.wall,
        })
    }

    /// Seals a person met for the first time. When that fails (false) the donor is taken all the same: the token names the
    /// person.
    fn seal(&mut self, today: LocalDate, token: &DonorToken, row: &Row, inputs: &mut Vec<Input>) -> bool {
        if self.sealed.contains(token) {
            return true;
        }
        match self.notes(today, token, row) {
            Ok(notes) => {
                inputs.extend(notes.into_iter().map(Input::Note));
                if self.sealed.len() >= MAX_REMEMBERED {
                    self.sealed.clear();
                }
                self.sealed.insert(token.clone());
                true
            }
            Err(error) => {
                tracing::error!(%error, "personal data of the worklist were not kept");
                false
            }
        }
    }

    fn notes(&mut self, today: LocalDate, token: &DonorToken, row: &Row) -> Result<Vec<Note>, SealError> {
        let sex = match row.id.sex() {
            Sex::Male => "male",
            Sex::Female => "female",
        };
        let birth = row.id.birth().to_string().replace('-', "");
        let number = Zeroizing::new(row.id.expose().iter().copied().map(char::from).collect::<String>());
        // The same five fields as a card's: name, number, sex, birth, end of validity.
        let plain = Zeroizing::new([row.name.as_str(), number.as_str(), sex, birth.as_str(), ""].join("\t"));
        let context = format!("{}/{token}", self.parts.station);
        let outcome = self.parts.privacy.seal(&today.to_string(), context.as_bytes(), plain.as_bytes())?;
        let mut notes = Vec::with_capacity(2);
        if let Some(key) = &outcome.new_key {
            notes.push(note(key)?);
        }
        notes.push(note(&SealedPerson { donor: token.clone(), donation: None, blob: outcome.blob })?);
        Ok(notes)
    }
}

impl Last {
    /// The same list, fetched now.
    fn again(&mut self, now: Stamp) -> Taken {
        self.items.iter_mut().for_each(|item| item.fetched = now.wall);
        Taken {
            inputs: vec![Input::Worklist(self.items.clone())],
            items: self.items.len(),
            bad: self.bad.clone(),
            beyond: self.beyond,
        }
    }
}

/// Why a person's data were not sealed.
#[derive(Debug, thiserror::Error)]
enum SealError {
    #[error(transparent)]
    Privacy(#[from] PrivacyError),
    #[error("cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

fn note<B: Body>(body: &B) -> Result<Note, serde_json::Error> {
    let kind: EntryKind = B::KIND;
    Ok(Note { kind, bed: None, body: serde_json::value::to_raw_value(body)? })
}
