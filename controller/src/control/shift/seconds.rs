//! A second person at any terminal: an act that waits there, for a limited time, for another person's signature.
//!
//! Owns: the waiting requests. Refuses: an act on a bed that has changed since it was asked; signing for oneself. A crash loses the
//! requests, and that is right: none of the acts was done.

use super::super::Station;
use super::super::answers::{bad, refused};
use super::super::requests::qualified;
use crate::clock::Stamp;
use station::api::shift::SecondView;
use station::api::{Answer, ApiError, ErrorCode};
use station::ident::BedId;
use station::measure::{Mono, Span};
use station::procedure::CheckKind;
use station::procedure::event::{Act, ActingOperator};
use station::procedure::refusal::Refusal;
use station::shift::refusal::Bounded;
use station::shift::{ShiftEvent, ShiftRefusal};

/// Most requests at once.
const MAX_SECONDS: usize = 16;
/// Requests are numbered from here, acts that were done before below: one list, one kind of number.
const FIRST: u32 = 1 << 31;

/// An act that waits.
#[derive(Debug, Clone)]
pub(super) struct Second {
    number: u32,
    bed: BedId,
    rev: u64,
    act: Act,
    by: ActingOperator,
    until: Mono,
}

impl Station {
    pub(super) fn second_views(&self, now: Mono) -> Vec<SecondView> {
        let open = self.desk.seconds.iter().filter(|second| now < second.until);
        open.map(|second| SecondView {
            number: second.number,
            bed: second.bed,
            act: second.act.clone(),
            by: second.by.id.clone(),
            left_s: u32::try_from(second.until.since(now).as_secs()).unwrap_or(u32::MAX),
        })
        .collect()
    }

    /// Lists an act for a second person at any terminal.
    pub(super) fn ask_second(
        &mut self,
        now: Stamp,
        by: ActingOperator,
        (bed, rev, act): (BedId, u64, Act),
    ) -> Result<Answer, ApiError> {
        let at = self.at(bed).ok_or_else(|| bad(ErrorCode::NoSuchBed, "no such bed here"))?;
        if self.slots[at].rev() != rev {
            return Err(bad(ErrorCode::Stale, "the bed has changed: look again"));
        }
        self.desk.seconds.retain(|second| now.mono < second.until && second.bed != bed);
        if self.desk.seconds.len() >= MAX_SECONDS {
            return Err(refused(Refusal::Shift(ShiftRefusal::TooMany(Bounded::Seconds))));
        }
        let until = now.mono + Span::from_secs(self.desk.shift.settings().second_within_s.into());
        self.desk.numbered = self.desk.numbered.wrapping_add(1) % FIRST;
        let number = FIRST + self.desk.numbered;
        self.desk.seconds.push(Second { number, bed, rev, act, by, until });
        self.desk.touch();
        Ok(Answer::Done)
    }

    /// A second person signs for what waits under this number.
    pub(super) fn sign(
        &mut self,
        now: Stamp,
        number: u32,
        signer: ActingOperator,
    ) -> Result<Answer, ApiError> {
        let shift = |refusal| Err(refused(Refusal::Shift(refusal)));
        if number < FIRST {
            return match self.shift_event(now, ShiftEvent::CheckCleared { number, by: signer }) {
                Ok(()) => Ok(Answer::Done),
                Err(refusal) => shift(refusal),
            };
        }
        let waiting = self.desk.seconds.iter().position(|s| s.number == number && now.mono < s.until);
        let Some(waiting) = waiting else { return shift(ShiftRefusal::NoSuchItem(number)) };
        if self.desk.seconds[waiting].by.id == signer.id {
            return shift(ShiftRefusal::SamePerson);
        }
        // Whoever may not be the second leaves it to the next one.
        qualified(CheckKind::ByHand, signer.clone())?;
        let second = self.desk.seconds.remove(waiting);
        self.desk.touch();
        let at = self.at(second.bed).ok_or_else(|| bad(ErrorCode::NoSuchBed, "no such bed here"))?;
        if self.slots[at].rev() != second.rev {
            return shift(ShiftRefusal::Overtaken);
        }
        self.act(at, now, Some(second.by), Some(signer), second.act, false)
    }
}
