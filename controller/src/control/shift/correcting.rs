//! Corrections (更正) in the step: a closed record's next version, journaled with who, what and why, and frozen for the receiver.
//!
//! Owns: the entry that says who corrected what. Refuses: a correction of any version but the newest. A crash between the two
//! entries leaves the correction without its version: the record says what it said, and it is corrected again.

use super::super::Station;
use super::super::answers::{Outcome, refused};
use crate::clock::Stamp;
use crate::journal::entry::RecordClass;
use station::api::Answer;
use station::api::shift::CorrectionAsk;
use station::procedure::event::ActingOperator;
use station::procedure::refusal::Refusal;
use station::record::{Envelope, correct};
use station::shift::{ShiftEvent, ShiftRefusal};

impl Station {
    /// Corrects one field of a record, of which `present` is the newest version that the journal holds.
    pub(in crate::control) fn correct(
        &mut self,
        now: Stamp,
        by: Option<ActingOperator>,
        second: Option<ActingOperator>,
        ask: CorrectionAsk,
        present: &Envelope,
    ) -> Outcome {
        let Some(by) = by else { return Err(refused(Refusal::NoOperator)) };
        self.must_be_newest(present)?;
        let corrected = match second {
            Some(second) => self.corrected(now, by, second, ask, present),
            None => Err(ShiftRefusal::SecondNeeded),
        };
        let next = corrected.map_err(|refusal| refused(Refusal::Shift(refusal)))?;
        self.supersede(now, next, RecordClass::Record, None)?;
        Ok(Answer::Done)
    }

    fn corrected(
        &mut self,
        now: Stamp,
        by: ActingOperator,
        second: ActingOperator,
        ask: CorrectionAsk,
        present: &Envelope,
    ) -> Result<Envelope, ShiftRefusal> {
        let CorrectionAsk { donation, field, old, new, why } = ask;
        if present.donation != donation {
            return Err(ShiftRefusal::NoRecord(donation.0));
        }
        let next = correct(present, field, &old, &new)?;
        let version = next.version;
        self.shift_event(now, ShiftEvent::Corrected { donation, version, field, old, new, why, by, second })?;
        Ok(next)
    }
}
