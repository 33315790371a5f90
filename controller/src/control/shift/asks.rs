//! What people ask of the shift at a terminal.
//!
//! Owns: the way from a request to events. Refuses: whoever is not signed in; a check of a scale under a donor; an end with a donor on a bed.
//! Holds no state.

use super::super::Station;
use super::super::answers::{Outcome, refused};
use super::super::io::Output;
use crate::clock::Stamp;
use station::api::Answer;
use station::api::shift::ShiftAsk;
use station::device::{DeviceKind, Quality};
use station::ident::BedId;
use station::measure::Wall;
use station::procedure::event::ActingOperator;
use station::procedure::refusal::Refusal;
use station::shift::{ShiftEvent, ShiftRefusal};

/// A time that people say is good to the minute.
const SAID_TO_MS: i64 = 60_000;

impl Station {
    pub(in crate::control) fn shift_asked(
        &mut self,
        now: Stamp,
        by: Option<ActingOperator>,
        second: Option<ActingOperator>,
        ask: ShiftAsk,
    ) -> Outcome {
        let Some(by) = by else { return Err(refused(Refusal::NoOperator)) };
        let done = |result: Result<(), ShiftRefusal>| match result {
            Ok(()) => Ok(Answer::Done),
            Err(refusal) => Err(refused(Refusal::Shift(refusal))),
        };
        match ask {
            ShiftAsk::AskSecond { bed, rev, act } => self.ask_second(now, by, (bed, rev, act)),
            ShiftAsk::Sign(number) => match second {
                Some(signer) => self.sign(now, number, signer),
                None => done(Err(ShiftRefusal::SecondNeeded)),
            },
            ShiftAsk::Open(place) => done(self.shift_event(now, ShiftEvent::Opened { place, by })),
            ShiftAsk::DinsReceived { first, last } => {
                done(self.shift_event(now, ShiftEvent::DinsReceived { first, last, by }))
            }
            ShiftAsk::CheckScale(bed) => done(self.check_scale(now, bed, by)),
            ShiftAsk::Weigh(bed) => done(self.weigh(now, bed, by)),
            ShiftAsk::StopScaleCheck(bed) => done(self.shift_event(now, ShiftEvent::ScaleCheckStopped(bed))),
            ShiftAsk::AwaitLot(kind) => {
                self.await_lot(now.mono, kind, by);
                Ok(Answer::Done)
            }
            ShiftAsk::OpenLot(lot) => done(self.shift_event(now, ShiftEvent::LotOpened { lot, by })),
            ShiftAsk::ConfirmClock(wall) => done(self.confirm_clock(now, wall, by, second)),
            ShiftAsk::ConfirmLimits => done(match second {
                Some(second) => self.shift_event(now, ShiftEvent::LimitsConfirmed { by, second }),
                None => Err(ShiftRefusal::SecondNeeded),
            }),
            ShiftAsk::ClearDeviation { number, note } => {
                done(self.shift_event(now, ShiftEvent::DeviationCleared { number, by, note }))
            }
            ShiftAsk::DinsLeft(count) => done(self.shift_event(now, ShiftEvent::DinsLeft { count, by })),
            ShiftAsk::Close => done(match second {
                Some(signer) => self.close_shift(now, signer),
                None => Err(ShiftRefusal::SecondNeeded),
            }),
            // It comes with the record, which is read elsewhere.
            ShiftAsk::Correct(ask) => done(Err(ShiftRefusal::NoRecord(ask.donation.0))),
        }
    }

    /// The place in the list of a bed that has no donor.
    fn free_bed(&self, bed: BedId) -> Result<usize, ShiftRefusal> {
        let at = self.at(bed).ok_or(ShiftRefusal::NoSuchBed(bed))?;
        if self.slots[at].is_idle() { Ok(at) } else { Err(ShiftRefusal::BedBusy(bed)) }
    }

    fn check_scale(&mut self, now: Stamp, bed: BedId, by: ActingOperator) -> Result<(), ShiftRefusal> {
        self.free_bed(bed)?;
        self.shift_event(now, ShiftEvent::ScaleCheckBegun { bed, by })
    }

    fn weigh(&mut self, now: Stamp, bed: BedId, by: ActingOperator) -> Result<(), ShiftRefusal> {
        let at = self.free_bed(bed)?;
        let sample = self.live_weight(at, now.mono).filter(|sample| sample.quality == Quality::Stable);
        let gross = sample.ok_or(ShiftRefusal::NotAtRest(bed))?.gross;
        let scale = self.devices.of_bed(bed, DeviceKind::Scale);
        let serial = scale.and_then(|id| self.devices.serial(id)).cloned();
        self.shift_event(now, ShiftEvent::ScaleWeighed { bed, by, gross, serial })
    }

    fn confirm_clock(
        &mut self,
        now: Stamp,
        wall: Wall,
        by: ActingOperator,
        second: Option<ActingOperator>,
    ) -> Result<(), ShiftRefusal> {
        let second = second.ok_or(ShiftRefusal::SecondNeeded)?;
        // Calendar time never falls below the journal's newest entry.
        if wall.0 < now.wall.0.saturating_sub(SAID_TO_MS) {
            return Err(ShiftRefusal::BeforeJournal);
        }
        let wall = wall.max(now.wall);
        let boot = now.boot_id.to_string();
        self.shift_event(now, ShiftEvent::ClockConfirmed { by, second, wall, boot, mono: now.mono })?;
        self.rest.push_back(Output::ClockConfirmed(wall));
        Ok(())
    }
}
