//! Donations entered from paper: the form's number, the donor it names, the record made of it.
//!
//! Owns: which forms were scanned a short time ago, and what a form has to agree with. Refuses: a number that was neither scanned nor
//! read off by both, and a donor who cannot be compared with anything unless both say that they have compared the form with the
//! donor's document. A crash loses the scans: the form is scanned again.

use super::Station;
use super::aftercare::may_speak;
use super::answers::{refused, unwritten};
use super::entries::Mistyped;
use super::envelope::{Closing, freeze};
use super::io::Unrecorded;
use super::requests::qualified;
use crate::clock::Stamp;
use crate::journal::entry::{Because, DraftError};
use station::api::request::DonorNumber;
use station::api::{Answer, ApiError};
use station::ident::{Din, DonationId, DonorToken, LabelKind, OperatorId, ResidentId, Scanned};
use station::measure::{Mono, Span};
use station::procedure::CheckKind;
use station::procedure::event::{ActingOperator, DinStanding, IdentifiedBy};
use station::procedure::may_be_form;
use station::procedure::refusal::{Refusal, Typing};
use station::record::{EnteredLater, Entering, PaperForm};
use std::collections::VecDeque;

/// Terminals are shown a scanned form for this long.
const SHOWN: Span = Span::from_secs(30);
/// A form that was scanned may be entered for this long: time enough to fill the screen in.
const BELIEVED: Span = Span::from_mins(10);
/// Most scans that are kept.
const KEPT: usize = 16;

/// What two people say of a form.
#[derive(Debug)]
pub(super) struct Paper {
    pub form: PaperForm,
    pub donor: DonorNumber,
    /// The number as the second person read it; without it the form was scanned.
    pub again: Option<String>,
    /// Both have compared the form with the donor's document.
    pub compared: bool,
}

/// Forms that scanners of free beds have read, the newest first.
#[derive(Debug, Default)]
pub(super) struct ScannedForms(VecDeque<(Din, Mono)>);

impl ScannedForms {
    fn note(&mut self, din: Din, now: Mono) {
        self.0.retain(|(known, _)| *known != din);
        self.0.truncate(KEPT - 1);
        self.0.push_front((din, now));
    }

    fn holds(&self, din: Din, now: Mono) -> bool {
        self.0.iter().any(|(known, at)| *known == din && now.since(*at) < BELIEVED)
    }

    /// The newest, while terminals are shown it.
    pub(super) fn shown(&self, now: Mono) -> Option<Din> {
        self.0.front().filter(|(_, at)| now.since(*at) < SHOWN).map(|(din, _)| *din)
    }
}

impl Station {
    /// A label was read at a bed: at a free one it may be a form's that is entered later. The bed itself hears of it all the same.
    pub(super) fn note_form(&mut self, at: usize, now: Stamp, content: &Scanned) {
        if let Scanned::Din(label) = content
            && self.slots[at].is_idle()
            && may_be_form(*label)
        {
            self.aftercare.forms.note(label.din(), now.mono);
        }
    }

    /// A donation that was carried out on paper.
    pub(super) fn enter_later(
        &mut self,
        now: Stamp,
        (by, second): (Option<ActingOperator>, Option<ActingOperator>),
        paper: &Paper,
    ) -> Result<Answer, ApiError> {
        let by = may_speak(by)?;
        let second = second.ok_or_else(|| refused(Refusal::SecondPersonNeeded))?;
        let second = qualified(CheckKind::EnteredLater, second)?;
        let Paper { form, donor, compared, .. } = paper;
        let typed = self.number_of(now, (&by, &second), paper).map_err(refused)?;
        let (donor, identified_by) = self.donor_of(donor).ok_or_else(|| refused(Refusal::UnknownDonor))?;
        let din = form.din;
        let (donation, version) = self.entered_as(din, &donor, *compared).map_err(refused)?;
        let how = EnteredLater { done: form.done, entered: now.wall, by: by.clone(), second: second.clone() };
        let (mode, settings) = (self.mode, &self.settings);
        let entering = Entering { donation, mode, settings, donor: donor.clone(), identified_by, how, typed };
        let record = station::record::of_paper(form, entering).map_err(refused)?;
        let entered = record.clone();
        let (station, utc_offset_min) = (&self.name, self.utc_offset_min);
        let closing = Closing { station, opened: form.done, utc_offset_min, now, version };
        let mut frozen = freeze(&closing, record).map_err(DraftError::Json);
        if let Ok(frozen) = &mut frozen {
            frozen.because = Some(Because::EnteredLater { din, by, second, compared: *compared });
        }
        if !self.keep(None, |pen| pen.write(now, None, &frozen?)) {
            return Err(unwritten());
        }
        self.register.entered(din, donation);
        self.note_served(&donor);
        self.note_drawn(None, (now, now), &entered);
        Ok(Answer::Opened { donation })
    }

    /// Whether the form's number is what stands on the form: scanned, or read off by both, which is `true`.
    fn number_of(
        &mut self,
        now: Stamp,
        (by, second): (&OperatorId, &OperatorId),
        paper: &Paper,
    ) -> Result<bool, Refusal> {
        let din = paper.form.din;
        let Some(again) = &paper.again else {
            return if self.aftercare.forms.holds(din, now.mono) {
                Ok(false)
            } else {
                Err(Refusal::FormNotScanned { din })
            };
        };
        if matches!(LabelKind::Din.read(again), Some(Scanned::Din(label)) if label.din() == din) {
            return Ok(true);
        }
        let refusal = Refusal::Mistyped { first: Typing::of(din.as_str()), second: Typing::of(again) };
        let body = Mistyped { by: by.clone(), second: second.clone(), refused: refusal.clone() };
        self.keep(None, |pen| pen.write(now, None, &body));
        Err(refusal)
    }

    /// Which donation a form is of, and which version its record becomes. One that ended without a record behind a damaged journal gets its
    /// second: had the lines that are lost a first one, the receiver may have that.
    fn entered_as(&self, din: Din, donor: &DonorToken, compared: bool) -> Result<(DonationId, u32), Refusal> {
        if let Some(Unrecorded { donation, donor: opened_for }) = self.register.unrecorded(din) {
            // Whom it was opened for, and where that is lost, to whom the worklist has given the number.
            return match opened_for.as_ref().or_else(|| self.register.promised_to(din)) {
                Some(known) if known != donor => Err(Refusal::DinOfOtherDonor { din }),
                None if !compared => Err(Refusal::DonorNotKept { din }),
                Some(_) | None => Ok((*donation, 2)),
            };
        }
        match self.register.standing(din, (None, Some(donor)), &self.on_beds()) {
            DinStanding::Free | DinStanding::ThisDonation => Ok((DonationId(self.pen.next_seq()), 1)),
            DinStanding::OtherDonor => Err(Refusal::DinOfOtherDonor { din }),
            DinStanding::Used(donation) => Err(Refusal::DinUsed { din, donation }),
            DinStanding::OnBed(_) => Err(Refusal::UnderWay),
            DinStanding::Voided => Err(Refusal::DinVoided { din }),
        }
    }

    /// Who is meant by a number. Personal data ends here.
    fn donor_of(&self, number: &DonorNumber) -> Option<(DonorToken, IdentifiedBy)> {
        let number = number.0.trim();
        if let Some(item) = self.worklist.iter().find(|item| item.queue == number) {
            return Some((item.token.clone(), IdentifiedBy::Queue));
        }
        ResidentId::new(number).ok()?;
        Some((self.privacy.token(number)?, IdentifiedBy::Typed))
    }
}
