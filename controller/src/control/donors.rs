//! Donors: from a card, a code, a queue number, a call or a typed identity to an opened donation. Personal data ends in this
//! file.
//!
//! Owns: matching with the worklist, the opening with all that a donation depends on, the question to the BMS, who gave here
//! lately, sealing what a card or a document said. Refuses: the same person on two beds, and to let name or number go further
//! than token, masked name, sealed blob and that question. The bed is the reader's own; at a reader that several beds
//! share it is the free bed with the lowest number.

use super::Station;
use super::bed::Seated;
use super::entries::SealedPerson;
use super::io::WorkItem;
use crate::clock::Stamp;
use crate::eligibility::{Question, Subject};
use crate::journal::entry::{Drawn, WorklistSet};
use crate::privacy::mask_name;
use drivers::{IdCard, Sex};
use station::api::TypedPerson;
use station::device::{DeviceKind, Mode};
use station::draw::ClampDelay;
use station::ident::{DeviceId, DonationId, DonorToken, LocalDate, OperatorId, ResidentId};
use station::measure::{Span, Wall};
use station::procedure::LOGIC_VERSION;
use station::procedure::eligibility::{EligibilityAnswer, LastDonation, LastKind, day_words};
use station::procedure::event::{DonorFacts, Eligibility, Event, IdentifiedBy, Known, Opening};
use station::procedure::limits::Settings;
use station::procedure::refusal::{IdentityFault, Refusal};
use station::record::{DonationRecord, VolumeClass};
use std::collections::{BTreeMap, BTreeSet};
use zeroize::Zeroizing;

/// Most donors remembered who gave here; beyond it only those of today are.
const MAX_DRAWN: usize = 8192;
/// Longest name typed, characters.
const MAX_NAME: usize = 64;
/// Shortest and longest number of a document typed, characters.
const NUMBER: std::ops::RangeInclusive<usize> = 4..=32;

/// Somebody who is to lie down at a bed.
struct Comer {
    facts: DonorFacts,
    programme_ml: u16,
    masked: String,
    queue: Option<String>,
    /// By what the BMS knows somebody who is on no list, and what a card or certificate said.
    subject: Option<Subject>,
}

impl Station {
    /// Opens a donation for a donor of the worklist.
    pub(super) fn open_queued(
        &mut self,
        at: usize,
        now: Stamp,
        item: &WorkItem,
        programme_ml: Option<u16>,
    ) -> Result<DonationId, Refusal> {
        let mut comer = self.listed(item, IdentifiedBy::Queue, now);
        comer.programme_ml = programme_ml.unwrap_or(comer.programme_ml);
        self.open(at, now, comer)
    }

    /// Opens by a scanned queue number, donor card or certificate, which is passed on as it was read. `false` when the worklist
    /// knows nobody by it.
    pub(super) fn open_by_code(&mut self, at: usize, now: Stamp, text: &str) -> bool {
        let Some((item, by)) = self.by_code(text) else { return false };
        let mut comer = self.listed(&item, by, now);
        if by == IdentifiedBy::DonorCard {
            comer.subject = Some(Subject::Code(Zeroizing::new(text.trim().to_owned())));
        }
        if let Err(refusal) = self.open(at, now, comer) {
            tracing::info!(bed = %self.slots[at].bed, %refusal, "a called donor was not taken");
        }
        true
    }

    /// Whose queue number, card or certificate this is. Of a card only the keyed hash is compared.
    fn by_code(&self, text: &str) -> Option<(WorkItem, IdentifiedBy)> {
        let text = text.trim();
        if let Some(item) = self.worklist.iter().find(|item| item.queue == text) {
            return Some((item.clone(), IdentifiedBy::Queue));
        }
        let token = self.privacy.token(text)?;
        let item = self.worklist.iter().find(|item| item.codes.contains(&token))?;
        Some((item.clone(), IdentifiedBy::DonorCard))
    }

    /// Opens for somebody whose document was typed, seen by a second person.
    pub(super) fn open_typed(
        &mut self,
        at: usize,
        now: Stamp,
        person: &TypedPerson,
        second: &OperatorId,
    ) -> Result<DonationId, Refusal> {
        let today = self.local_day(now).ok_or(Refusal::ClockUntrusted)?;
        let age_years = check_typed(person, today).map_err(Refusal::IdentityMistyped)?;
        let token = self.privacy.token(&person.number).ok_or(Refusal::NotNow)?;
        let item = self.worklist.iter().find(|item| item.token == token).cloned();
        let mut comer = match item {
            Some(item) => self.listed(&item, IdentifiedBy::Typed, now),
            None => self.unlisted(&token, age_years, IdentifiedBy::Typed, &person.name, &person.number),
        };
        comer.facts.identity_second = Some(second.clone());
        let donation = self.open(at, now, comer)?;
        let fields = [person.name.trim(), person.number.trim(), "", person.birth.as_str(), ""];
        self.seal_person(now, &token, donation, fields);
        Ok(donation)
    }

    fn open(&mut self, at: usize, now: Stamp, comer: Comer) -> Result<DonationId, Refusal> {
        let token = comer.facts.token.clone();
        if let Some(there) = self.bed_of(&token) {
            let refusal = Refusal::BedOccupied(there);
            self.notice(at, refusal.clone());
            return Err(refusal);
        }
        let bed = self.slots[at].bed;
        self.renew(at, now);
        // The donation is named by the number of its first entry, so what is open before it is written first.
        self.cut(now, bed);
        let donation = DonationId(self.pen.next_seq());
        // The machine asks in its very first step. Where it refuses, the donor who lies there is still asked about.
        let asked = self.slots[at].question.replace(comer.question(donation));
        let assumed = Span::from_millis(self.settings.limits.clamp_delay_ms.into());
        let opening = Opening {
            logic: LOGIC_VERSION,
            donation,
            mode: self.mode,
            settings: Settings {
                donor_connected_seal: self.slots[at].donor_connected_seal,
                ..self.settings.clone()
            },
            clamp_delay: self.slots[at].clamp_delay.unwrap_or_else(|| ClampDelay::assumed(assumed)),
            calibration: self.desk.calibration(bed).map_or_else(String::new, |c| c.certificate.to_string()),
            donor: comer.facts,
            programme_ml: comer.programme_ml,
            diverter: self.devices.of_bed(bed, DeviceKind::Diverter).is_some(),
            online: self.online,
            today: self.today(now),
            lots: self.desk.shift.lots_in_use(),
        };
        if let Some(refusal) = self.feed(at, now, Event::Opened(Box::new(opening))) {
            self.slots[at].question = asked;
            return Err(refusal);
        }
        self.note_served(&token);
        self.slots[at].seated = Some(Seated { donation, token, masked: comer.masked, opened: now.wall });
        Ok(donation)
    }

    /// The BMS has answered, or will not.
    pub(super) fn told_eligibility(
        &mut self,
        now: Stamp,
        donation: DonationId,
        answer: Option<EligibilityAnswer>,
    ) {
        let Some(at) = self.slots.iter().position(|slot| slot.donation() == Some(donation)) else { return };
        if answer.is_some() {
            self.slots[at].question = None;
        }
        self.feed(at, now, Event::Eligibility(answer));
    }

    /// A closed donation: whoever had a needle in is not taken again today, whatever a list says that is older than that.
    pub(super) fn note_drawn(
        &mut self,
        at: Option<usize>,
        (now, closed): (Stamp, Stamp),
        record: &DonationRecord,
    ) {
        let Some(day) = self.local_day(closed) else { return };
        if record.mode == Mode::Validation || record.attempts == 0 {
            return;
        }
        let kind = match record.volume_class {
            VolumeClass::None => LastKind::NeedleOnly,
            VolumeClass::Normal | VolumeClass::Underweight | VolumeClass::Overweight => LastKind::WholeBlood,
        };
        let last = LastDonation { day, kind };
        if self.drawn.len() >= MAX_DRAWN {
            self.drawn.retain(|_, last| last.day == day);
        }
        self.drawn.insert(record.donor.clone(), last);
        let (bed, donor) = (at.map(|at| self.slots[at].bed), record.donor.clone());
        let body = Drawn { donation: record.donation, donor, last };
        self.keep(at, |pen| pen.write(now, bed, &body));
    }

    /// The last donation of which list or station knows: the one after which the donor has to wait longer.
    fn last_of(&self, token: &DonorToken, listed: Option<LastDonation>) -> Option<LastDonation> {
        let wait = |last: &LastDonation| last.again(&self.settings.limits).unwrap_or(i32::MAX);
        self.drawn.get(token).copied().into_iter().chain(listed).max_by_key(wait)
    }

    /// The donation of this person on any bed.
    fn bed_of(&self, token: &DonorToken) -> Option<DonationId> {
        self.slots
            .iter()
            .filter_map(|slot| slot.seated.as_ref())
            .find(|s| s.token == *token)
            .map(|s| s.donation)
    }

    pub(super) fn card(&mut self, now: Stamp, reader: &DeviceId, card: IdCard) {
        let Some(token) = self.privacy.token(&card.number) else {
            tracing::error!("no donor token can be made: is the master key there?");
            return;
        };
        let beds = self.devices.beds(reader);
        let at = match beds {
            [only] => self.at(*only),
            _ => self.slots.iter().position(|slot| beds.contains(&slot.bed) && slot.is_idle()),
        };
        let Some(at) = at else {
            tracing::info!(%reader, "a card was read and no bed is free");
            return;
        };
        let here = self.slots[at].seated.as_ref();
        if here.is_some_and(|seated| seated.token == token) {
            return;
        }
        let item = self.worklist.iter().find(|item| item.token == token).cloned();
        let comer = match item {
            Some(item) => self.listed(&item, IdentifiedBy::IdCard, now),
            None => {
                let age = self.local_day(now).and_then(|today| age_on(&card.birth, today)).unwrap_or(0);
                self.unlisted(&token, age, IdentifiedBy::IdCard, &card.name, &card.number)
            }
        };
        match self.open(at, now, comer) {
            Ok(donation) => self.seal_card(now, &token, donation, &card),
            Err(refusal) => {
                tracing::info!(bed = %self.slots[at].bed, %refusal, "a card's donor was not taken")
            }
        }
    }

    /// A donor of the worklist.
    fn listed(&self, item: &WorkItem, by: IdentifiedBy, now: Stamp) -> Comer {
        let mut facts = facts_of(item, by, now.wall);
        facts.last = self.last_of(&item.token, item.last);
        Comer {
            facts,
            programme_ml: item.programme_ml,
            masked: item.masked.clone(),
            queue: Some(item.queue.clone()),
            subject: None,
        }
    }

    /// A donor whom no worklist names: screening and consent are asked at the bed, with a second person.
    fn unlisted(&self, token: &DonorToken, age: u8, by: IdentifiedBy, name: &str, number: &str) -> Comer {
        let facts = DonorFacts {
            token: token.clone(),
            age_years: age,
            identified_by: by,
            identity_second: None,
            screening: Known::Missing,
            consent: Known::Missing,
            eligibility: Eligibility::Unasked,
            bound_din: None,
            last: self.last_of(token, None),
            approved_ml: None,
            group: None,
            registration: None,
        };
        Comer {
            facts,
            programme_ml: self.smallest_programme(),
            masked: mask_name(name),
            queue: None,
            subject: Some(Subject::IdNumber(Zeroizing::new(number.trim().to_ascii_uppercase()))),
        }
    }

    /// What is drawn when nobody has said how much: the least that this site offers.
    fn smallest_programme(&self) -> u16 {
        self.settings.programmes_ml.iter().copied().min().unwrap_or(0)
    }

    fn seal_card(&mut self, now: Stamp, token: &DonorToken, donation: DonationId, card: &IdCard) {
        let sex = match card.sex {
            Some(Sex::Male) => "male",
            Some(Sex::Female) => "female",
            None => "",
        };
        let valid = card.valid_to.as_deref().unwrap_or("");
        self.seal_person(now, token, donation, [card.name.as_str(), &card.number, sex, &card.birth, valid]);
    }

    /// Name, number, sex, birth date, end of validity.
    fn seal_person(&mut self, now: Stamp, token: &DonorToken, donation: DonationId, fields: [&str; 5]) {
        let plain = Zeroizing::new(fields.join("\t"));
        let day = self.local_day(now).map_or_else(|| "unknown".to_owned(), day_words);
        let context = format!("{}/{token}", self.name);
        match self.privacy.seal(&day, context.as_bytes(), plain.as_bytes()) {
            Ok(outcome) => {
                if let Some(key) = &outcome.new_key {
                    self.keep(None, |pen| pen.write(now, None, key));
                }
                let body =
                    SealedPerson { donor: token.clone(), donation: Some(donation), blob: outcome.blob };
                self.keep(None, |pen| pen.write(now, None, &body));
            }
            // The donation goes on: the worklist's side still knows the person by the token.
            Err(error) => tracing::error!(%error, "personal data were not kept"),
        }
    }

    /// Journals what changed in the worklist.
    pub(super) fn journal_worklist(&mut self, now: Stamp, items: &[WorkItem]) {
        let before = std::mem::take(&mut self.worklist);
        let known: BTreeMap<&str, &WorkItem> =
            before.iter().map(|item| (item.queue.as_str(), item)).collect();
        let listed: BTreeSet<&str> = items.iter().map(|item| item.queue.as_str()).collect();
        for gone in known.keys().filter(|queue| !listed.contains(*queue)) {
            let body = WorklistSet { key: (*gone).to_owned(), json: None };
            self.keep(None, |pen| pen.write(now, None, &body));
        }
        for item in items {
            if known.get(item.queue.as_str()).is_some_and(|old| old.says_the_same(item)) {
                continue;
            }
            match serde_json::value::to_raw_value(item) {
                Ok(json) => {
                    let body = WorklistSet { key: item.queue.clone(), json: Some(json) };
                    self.keep(None, |pen| pen.write(now, None, &body));
                }
                Err(error) => tracing::error!(%error, "a worklist item cannot be journaled"),
            }
        }
    }
}

impl Comer {
    fn question(&self, donation: DonationId) -> Question {
        Question {
            donation,
            donor: self.facts.token.clone(),
            programme_ml: self.programme_ml,
            registration: self.facts.registration.clone(),
            queue: self.queue.clone(),
            subject: self.subject.clone(),
        }
    }
}

/// The question about a donor of the worklist, after a restart. What a certificate said is not kept.
pub(super) fn question_of(item: &WorkItem, donation: DonationId) -> Question {
    Question {
        donation,
        donor: item.token.clone(),
        programme_ml: item.programme_ml,
        registration: item.registration.clone(),
        queue: Some(item.queue.clone()),
        subject: None,
    }
}

fn facts_of(item: &WorkItem, identified_by: IdentifiedBy, wall: Wall) -> DonorFacts {
    let known = |yes: bool| if yes { Known::Worklist } else { Known::Missing };
    let age_ms = wall.0.saturating_sub(item.fetched.0).max(0);
    let eligibility = if item.eligible {
        // Part of an hour counts as a whole one: a list is never called younger than it is.
        let age_h = u32::try_from(age_ms.saturating_add(3_599_999) / 3_600_000).unwrap_or(u32::MAX);
        Eligibility::Cached { age_h }
    } else {
        Eligibility::Refused
    };
    DonorFacts {
        token: item.token.clone(),
        age_years: item.age_years,
        identified_by,
        identity_second: None,
        screening: known(item.screening),
        consent: known(item.consent),
        eligibility,
        bound_din: item.din,
        last: item.last,
        approved_ml: item.approved_ml,
        group: item.group.clone(),
        registration: item.registration.clone(),
    }
}

/// Whether what was typed can be of a document: the age today then.
fn check_typed(person: &TypedPerson, today: i32) -> Result<u8, IdentityFault> {
    let name = person.name.trim();
    if !(1..=MAX_NAME).contains(&name.chars().count()) || name.chars().any(char::is_control) {
        return Err(IdentityFault::Name);
    }
    let number = person.number.trim().to_ascii_uppercase();
    if !NUMBER.contains(&number.len()) || !number.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(IdentityFault::Number);
    }
    let age = age_on(&person.birth, today).ok_or(IdentityFault::Birth)?;
    let resident = number.len() == 18 && number.bytes().take(17).all(|b| b.is_ascii_digit());
    match ResidentId::new(&number) {
        Ok(id) if id.birth().to_string().replace('-', "") != person.birth => Err(IdentityFault::Differ),
        Err(_) if resident => Err(IdentityFault::Number),
        Ok(_) | Err(_) => Ok(age),
    }
}

/// Full years of age on a day, from a birth date `YYYYMMDD`.
fn age_on(birth: &str, today: i32) -> Option<u8> {
    birth_date(birth)?;
    let birth: u32 = birth.parse().ok()?;
    let today: u32 = day_words(today).replace('-', "").parse().ok()?;
    u8::try_from(today.checked_sub(birth)? / 10_000).ok()
}

/// A birth date `YYYYMMDD` that exists.
fn birth_date(birth: &str) -> Option<LocalDate> {
    let (year, rest) = birth.split_at_checked(4)?;
    let (month, day) = rest.split_at_checked(2)?;
    let exact = birth.len() == 8 && birth.bytes().all(|b| b.is_ascii_digit());
    LocalDate::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok().filter(|_| exact)
}
