//! Donors: from a card, a queue number or a call to an opened donation. Personal data ends in this file.
//!
//! Owns: matching with the worklist, the opening with all that a donation depends on, sealing what a card said. Refuses: the
//! same person on two beds, and to let name or number go further than token, masked name and sealed blob. The bed is the
//! reader's own; at a reader that several beds share it is the free bed with the lowest number.

use super::Station;
use super::bed::Seated;
use super::entries::SealedPerson;
use super::io::WorkItem;
use crate::clock::Stamp;
use crate::journal::entry::WorklistSet;
use crate::privacy::mask_name;
use drivers::{IdCard, Sex};
use station::device::DeviceKind;
use station::draw::ClampDelay;
use station::ident::{DeviceId, DonationId, DonorToken, LocalDate};
use station::procedure::LOGIC_VERSION;
use station::procedure::event::{DonorFacts, Eligibility, Event, IdentifiedBy, Known, Opening};
use station::procedure::limits::Settings;
use station::procedure::refusal::Refusal;
use zeroize::Zeroizing;

/// A worklist younger than this counts as asked just now.
const ONLINE_MS: i64 = 2 * 60_000;

impl Station {
    /// Opens a donation for a donor of the worklist.
    pub(super) fn open_queued(
        &mut self,
        at: usize,
        now: Stamp,
        item: &WorkItem,
        programme_ml: Option<u16>,
    ) -> Result<DonationId, Refusal> {
        let facts = facts_of(item, IdentifiedBy::Queue, now);
        self.open(at, now, facts, programme_ml.unwrap_or(item.programme_ml), item.masked.clone())
    }

    /// Opens by a scanned queue number. `false` when nobody has it.
    pub(super) fn open_by_code(&mut self, at: usize, now: Stamp, text: &str) -> bool {
        let Some(item) = self.worklist.iter().find(|item| item.queue == text.trim()).cloned() else {
            return false;
        };
        if let Err(refusal) = self.open_queued(at, now, &item, None) {
            tracing::info!(bed = %self.slots[at].bed, %refusal, "a called donor was not taken");
        }
        true
    }

    fn open(
        &mut self,
        at: usize,
        now: Stamp,
        donor: DonorFacts,
        programme_ml: u16,
        masked: String,
    ) -> Result<DonationId, Refusal> {
        let token = donor.token.clone();
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
        let opening = Opening {
            logic: LOGIC_VERSION,
            donation,
            mode: self.mode,
            settings: Settings {
                donor_connected_seal: self.slots[at].donor_connected_seal,
                ..self.settings.clone()
            },
            clamp_delay: self.slots[at].clamp_delay.unwrap_or(ClampDelay::DEFAULT),
            calibration: self.slots[at].calibration.clone(),
            donor,
            programme_ml,
            diverter: self.devices.of_bed(bed, DeviceKind::Diverter).is_some(),
        };
        if let Some(refusal) = self.feed(at, now, Event::Opened(Box::new(opening))) {
            return Err(refusal);
        }
        self.note_served(&token);
        self.slots[at].seated = Some(Seated { donation, token, masked, opened: now.wall });
        Ok(donation)
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
        let (facts, programme, masked) = match item {
            Some(item) => (facts_of(&item, IdentifiedBy::IdCard, now), item.programme_ml, item.masked),
            None => (self.unlisted(now, &token, &card), self.smallest_programme(), mask_name(&card.name)),
        };
        match self.open(at, now, facts, programme, masked) {
            Ok(donation) => self.seal_card(now, &token, donation, &card),
            Err(refusal) => {
                tracing::info!(bed = %self.slots[at].bed, %refusal, "a card's donor was not taken")
            }
        }
    }

    /// A donor whom no worklist names: screening and consent are asked at the bed, with a second person.
    fn unlisted(&self, now: Stamp, token: &DonorToken, card: &IdCard) -> DonorFacts {
        DonorFacts {
            token: token.clone(),
            age_years: self.local_day(now).and_then(|today| age_on(&card.birth, today)).unwrap_or(0),
            identified_by: IdentifiedBy::IdCard,
            screening: Known::Missing,
            consent: Known::Missing,
            eligibility: Eligibility::Unasked,
            bound_din: None,
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
        let fields = [card.name.as_str(), &card.number, sex, &card.birth, valid];
        let plain = Zeroizing::new(fields.join("\t"));
        let day = self.local_day(now).map_or_else(|| "unknown".to_owned(), day_name);
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
        for old in std::mem::take(&mut self.worklist) {
            if !items.iter().any(|item| item.queue == old.queue) {
                self.keep(None, |pen| {
                    pen.write(now, None, &WorklistSet { key: old.queue.clone(), json: None })
                });
            } else {
                self.worklist.push(old);
            }
        }
        for item in items {
            // Only that it was fetched again is no news.
            let same = |old: &&WorkItem| WorkItem { fetched: item.fetched, ..(*old).clone() } == *item;
            if self.worklist.iter().any(|old| same(&old)) {
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

fn facts_of(item: &WorkItem, identified_by: IdentifiedBy, now: Stamp) -> DonorFacts {
    let known = |yes: bool| if yes { Known::Worklist } else { Known::Missing };
    let age_ms = now.wall.0.saturating_sub(item.fetched.0).max(0);
    let eligibility = if !item.eligible {
        Eligibility::Refused
    } else if age_ms <= ONLINE_MS {
        Eligibility::Online
    } else {
        // Part of an hour counts as a whole one: a list is never called younger than it is.
        Eligibility::Cached {
            age_h: u32::try_from(age_ms.saturating_add(3_599_999) / 3_600_000).unwrap_or(u32::MAX),
        }
    };
    DonorFacts {
        token: item.token.clone(),
        age_years: item.age_years,
        identified_by,
        screening: known(item.screening),
        consent: known(item.consent),
        eligibility,
        bound_din: item.din,
    }
}

/// `YYYY-MM-DD` of a day since 1970-01-01.
fn day_name(day: i32) -> String {
    LocalDate::from_days_since_1970(day.into()).map_or_else(|_| "unknown".to_owned(), |date| date.to_string())
}

/// Full years of age on a day, from a birth date `YYYYMMDD`.
fn age_on(birth: &str, today: i32) -> Option<u8> {
    let birth: u32 = birth.parse().ok()?;
    let today: u32 = day_name(today).replace('-', "").parse().ok()?;
    u8::try_from(today.checked_sub(birth)? / 10_000).ok()
}
