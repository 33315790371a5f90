//! After the donation: donors who rest, segments still to be sealed, what is said of a closed donation.
//!
//! Owns: the lists that every terminal shows, and what late words change in a record. Refuses: a rest counted by bed. A crash
//! loses the lists; the store gives them back at the next start.

use super::Station;
use super::answers::{bad, refused, unwritten};
use super::entries::RestOver;
use super::paper::ScannedForms;
use crate::clock::Stamp;
use crate::journal::entry::{Because, RecordClass};
use station::api::{Answer, ApiError, ErrorCode, OpenSegments, RestView};
use station::ident::{Din, DonationId, DonorToken, OperatorId};
use station::measure::{Mono, Span, Wall};
use station::procedure::event::{ActingOperator, Role};
use station::procedure::refusal::Refusal;
use station::record::{AfterClosing, DonationRecord, Envelope};
use station::shift::ShiftEvent;

/// Most donors who rest, most donations with open segments, on a screen.
const SHOWN: usize = 32;
/// Most of each that are kept.
const KEPT: usize = 512;

/// A donor who rests.
#[derive(Debug, Clone)]
struct Resting {
    donation: DonationId,
    masked: String,
    until: Mono,
}

/// The lists.
#[derive(Debug, Default)]
pub(super) struct Aftercare {
    resting: Vec<Resting>,
    segments: Vec<OpenSegments>,
    /// Forms that may be entered.
    pub(super) forms: ScannedForms,
}

/// What the store knows of a closed donation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownClosed {
    /// Which.
    pub donation: DonationId,
    /// Its DIN.
    pub din: Option<Din>,
    /// Who gave.
    pub donor: DonorToken,
    /// When it was closed.
    pub closed: Wall,
    /// Whether a donor may rest after it: a needle was in, and nobody has said that the rest is over.
    pub may_rest: bool,
    /// Whether its segments are still to be sealed.
    pub segments_open: bool,
}

impl Aftercare {
    fn rest(&mut self, donation: DonationId, masked: String, until: Mono) {
        if self.resting.len() < KEPT {
            self.resting.push(Resting { donation, masked, until });
        }
    }

    /// A record is frozen: whether its segments are open is as it says.
    fn note(&mut self, record: &DonationRecord) {
        self.segments.retain(|open| open.donation != record.donation);
        if record.owes_segments() && self.segments.len() < KEPT {
            self.segments.push(OpenSegments { donation: record.donation, din: record.din });
        }
    }

    /// Donors whose time is over rest no more.
    pub(super) fn pass(&mut self, now: Mono) {
        self.resting.retain(|r| r.until > now);
    }

    /// Who rests, the one who may go first in front.
    pub(super) fn resting(&self, now: Mono) -> Vec<RestView> {
        let mut resting: Vec<&Resting> = self.resting.iter().filter(|r| r.until > now).collect();
        resting.sort_by_key(|r| r.until);
        let view = |r: &&Resting| RestView {
            donation: r.donation,
            name: r.masked.clone(),
            left: r.until.since(now),
        };
        resting.iter().take(SHOWN).map(view).collect()
    }

    /// Donations whose segments are still to be sealed.
    pub(super) fn segments_open(&self) -> Vec<OpenSegments> {
        self.segments.iter().take(SHOWN).cloned().collect()
    }
}

impl Station {
    /// Takes up what was left open before the start.
    pub(super) fn take_up_aftercare(&mut self, now: Stamp, closed: Vec<KnownClosed>) {
        let rest = Span::from_secs(self.settings.limits.rest_s.into());
        for known in closed {
            let since = Span::from_millis(u64::try_from(now.wall.0 - known.closed.0).unwrap_or(0));
            if known.may_rest && since < rest {
                let item = self.worklist.iter().find(|item| item.token == known.donor);
                let masked = item.map_or_else(|| "*".to_owned(), |item| item.masked.clone());
                self.aftercare.rest(known.donation, masked, now.mono + Span(rest.0 - since.0));
            }
            if known.segments_open && self.aftercare.segments.len() < KEPT {
                self.aftercare.segments.push(OpenSegments { donation: known.donation, din: known.din });
            }
        }
    }

    /// A bed has closed a donation.
    pub(super) fn note_closed(&mut self, at: usize, now: Stamp, record: &DonationRecord) {
        self.aftercare.note(record);
        if record.needle_in.is_some() {
            let seated = self.slots[at].seated.as_ref();
            let masked = seated.map_or_else(|| "*".to_owned(), |seated| seated.masked.clone());
            let rest = Span::from_secs(self.settings.limits.rest_s.into());
            self.aftercare.rest(record.donation, masked, now.mono + rest);
        }
    }

    /// A donor's rest is over by a person's word.
    pub(super) fn rest_over(
        &mut self,
        now: Stamp,
        by: Option<ActingOperator>,
        donation: DonationId,
    ) -> Result<Answer, ApiError> {
        let by = may_speak(by)?;
        if !self.aftercare.resting.iter().any(|r| r.donation == donation) {
            return Err(refused(Refusal::NotNow));
        }
        if !self.keep(None, |pen| pen.write(now, None, &RestOver { donation, by })) {
            return Err(unwritten());
        }
        self.aftercare.resting.retain(|r| r.donation != donation);
        Ok(Answer::Done)
    }

    /// Something is said of a closed donation. `envelope` is the newest version that the journal holds of its record.
    pub(super) fn after_closing(
        &mut self,
        now: Stamp,
        by: Option<ActingOperator>,
        mut envelope: Envelope,
        what: AfterClosing,
    ) -> Result<Answer, ApiError> {
        let by = may_speak(by)?;
        self.must_be_newest(&envelope)?;
        envelope.record.take_after_closing(&what, now.wall).map_err(refused)?;
        let (donation, record) = (envelope.donation, envelope.record.clone());
        envelope.version = envelope.version.saturating_add(1);
        let class = if what.is_urgent() { RecordClass::Alarm } else { RecordClass::Record };
        self.supersede(now, envelope, class, Some(Because::AfterClosing { what, by }))?;
        self.aftercare.note(&record);
        if record.segments.is_some() && self.desk.shift.state().segments_later.contains(&donation) {
            self.shift_fact(now, ShiftEvent::SegmentsDone(donation));
        }
        Ok(Answer::Done)
    }
}

/// Who may say something of a donation that is over: whoever works with donors, and quality.
pub(super) fn may_speak(by: Option<ActingOperator>) -> Result<OperatorId, ApiError> {
    let by = by.ok_or_else(|| bad(ErrorCode::NotSignedIn, "sign in first"))?;
    match by.role {
        Role::Nurse | Role::Lead | Role::Quality => Ok(by.id),
        Role::Engineer | Role::Admin | Role::Auditor => Err(refused(Refusal::RoleForbids(by.role))),
    }
}
