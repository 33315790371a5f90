//! A card reader with a SAM module, as a [`Driver`]: each card laid down is one observation, every trouble has its name.
//!
//! Owns: turning words into observations, the memory of which unit was here, and the end of each trouble. Refuses: every
//! order (a reader has none), keeping or printing anything of a card. Holds the reader's number and the present
//! trouble; a crash loses both, and a card that still lies there is read again.

use super::codec::{BadFrame, Frames, Reply};
use super::dialogue::{CardText, Dialogue, Heard, Say};
use super::text;
use crate::driver::{ActuateError, Driver, Inbound, Observation, Outbound};
use station::device::{Actuation, DeviceKind, Fault};
use station::ident::DeviceSerial;
use station::measure::Mono;
use std::collections::VecDeque;

/// So many bad frames in a row are a fault.
const BAD_LIMIT: u8 = 8;

/// What a trouble belongs to: it ends with a good answer of the reader, or when the card is lifted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    Reader,
    Card,
}

/// The driver of one reader.
#[derive(Debug, Default)]
pub struct SamReader {
    frames: Frames,
    dialogue: Dialogue,
    /// The unit that answered last; kept over reconnections to notice another one.
    serial: Option<DeviceSerial>,
    /// `Identity` was told since the link was opened.
    identified: bool,
    trouble: Option<(Fault, Cause)>,
    bad_in_a_row: u8,
    /// Bytes dropped up to the last good frame: more of them show that a silent reader is not silent but misread.
    noise_before: u64,
    bad: u64,
    outbound: VecDeque<Outbound>,
    observations: VecDeque<Observation>,
}

impl SamReader {
    /// A driver whose link is not open yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Frames that were damaged, and bytes that were in no frame, since this driver was made.
    pub fn dropped(&self) -> (u64, u64) {
        (self.bad, self.frames.dropped())
    }

    fn bytes(&mut self, now: Mono, bytes: &[u8]) {
        let mut heard = Vec::new();
        self.frames.feed(bytes, |body| {
            heard.push(body.and_then(Reply::parse).and_then(|reply| self.dialogue.reply(now, reply)));
        });
        for heard in heard {
            match heard {
                Ok(heard) => {
                    self.bad_in_a_row = 0;
                    self.noise_before = self.frames.dropped();
                    self.heard(heard);
                }
                Err(reason) => self.bad_frame(reason),
            }
        }
    }

    fn heard(&mut self, heard: Heard) {
        match heard {
            Heard::Nothing => {}
            Heard::Identified(serial) => self.identify(serial),
            Heard::NoCard => self.recovered(&[Cause::Reader, Cause::Card]),
            Heard::CardSeen => self.recovered(&[Cause::Reader]),
            Heard::Text(text) => self.card(&text),
            Heard::CardFailed(verdict) => {
                let verdict = verdict.map_or("card: no answer".to_owned(), |v| format!("card: code {v:02X}"));
                self.fault(Fault::Device(verdict), Cause::Card);
            }
            Heard::ReaderFailed(verdict) => {
                self.fault(Fault::Device(format!("reader: code {verdict:02X}")), Cause::Reader);
            }
            Heard::Silent => {
                let is_garbage = self.bad_in_a_row > 0 || self.frames.dropped() > self.noise_before;
                let fault = if is_garbage { Fault::Garbage } else { Fault::NoReply };
                self.noise_before = self.frames.dropped();
                self.bad_in_a_row = 0;
                self.fault(fault, Cause::Reader);
            }
        }
    }

    fn card(&mut self, block: &CardText) {
        match text::decode(block.as_bytes()) {
            Ok(card) => {
                self.recovered(&[Cause::Reader, Cause::Card]);
                self.observations.push_back(Observation::Card(card));
            }
            Err(reason) => self.fault(Fault::Device(reason.to_string()), Cause::Card),
        }
    }

    fn identify(&mut self, found: DeviceSerial) {
        let swapped = match &self.serial {
            Some(expected) if *expected != found => Some(expected.clone()),
            Some(_) | None => None,
        };
        let is_swapped = swapped.is_some();
        if let Some(expected) = swapped {
            self.fault(Fault::Swapped { expected, found: found.clone() }, Cause::Reader);
        }
        if is_swapped || !self.identified {
            self.identified = true;
            let model = "SAM card reader".to_owned();
            self.observations.push_back(Observation::Identity { serial: Some(found.clone()), model });
        }
        self.serial = Some(found);
    }

    fn bad_frame(&mut self, reason: BadFrame) {
        self.bad = self.bad.saturating_add(1);
        self.bad_in_a_row = self.bad_in_a_row.saturating_add(1);
        tracing::debug!(%reason, bad = self.bad, "reader frame dropped");
        if self.bad_in_a_row >= BAD_LIMIT {
            self.fault(Fault::Garbage, Cause::Reader);
        }
    }

    /// Tells a trouble once. Silence and nonsense take turns at a dead line: only the first of them is told.
    fn fault(&mut self, fault: Fault, cause: Cause) {
        let is_mute = |f: &Fault| matches!(f, Fault::NoReply | Fault::Garbage);
        let told =
            self.trouble.as_ref().is_some_and(|(now, _)| *now == fault || (is_mute(now) && is_mute(&fault)));
        if !told {
            self.trouble = Some((fault.clone(), cause));
            self.observations.push_back(Observation::Fault(fault));
        }
    }

    fn recovered(&mut self, causes: &[Cause]) {
        if self.trouble.take_if(|(_, cause)| causes.contains(cause)).is_some() {
            self.observations.push_back(Observation::Recovered);
        }
    }

    fn speak(&mut self) {
        while let Some(say) = self.dialogue.poll_say() {
            self.outbound.push_back(match say {
                Say::Drain => {
                    self.frames.clear();
                    Outbound::DrainInput
                }
                Say::Command(command) => Outbound::Bytes(command.encode()),
            });
        }
    }
}

impl Driver for SamReader {
    fn kind(&self) -> DeviceKind {
        DeviceKind::IdReader
    }

    fn handle(&mut self, now: Mono, inbound: Inbound<'_>) {
        match inbound {
            Inbound::Opened => {
                self.identified = false;
                self.bad_in_a_row = 0;
                self.noise_before = self.frames.dropped();
                self.dialogue.open(now);
            }
            Inbound::Lost => {
                self.dialogue.close();
                self.frames.clear();
                self.outbound.clear();
                self.fault(Fault::LinkLost, Cause::Reader);
            }
            Inbound::Bytes(bytes) => self.bytes(now, bytes),
            // A reader on a serial line has no inputs.
            Inbound::Line { .. } => {}
            Inbound::Timeout => {
                let heard = self.dialogue.timeout(now);
                self.heard(heard);
            }
        }
        self.speak();
    }

    fn actuate(&mut self, _now: Mono, actuation: Actuation) -> Result<(), ActuateError> {
        Err(ActuateError::Unsupported { device: DeviceKind::IdReader, actuation })
    }

    fn poll_outbound(&mut self) -> Option<Outbound> {
        self.outbound.pop_front()
    }

    fn poll_observation(&mut self) -> Option<Observation> {
        self.observations.pop_front()
    }

    fn next_timeout(&self) -> Option<Mono> {
        self.dialogue.next_timeout()
    }
}

#[cfg(test)]
#[path = "driver_tests.rs"]
mod tests;
