//! A scale that speaks MT-SICS, as a [`Driver`]: gross weights without end, and every trouble by name.
//!
//! Owns: turning words into observations, and the memory of which unit was here. Refuses: every order (a scale has
//! none) and every tare. Holds the serial number it saw first, the present trouble and an unfinished line; after a
//! crash all of it is found out again, and who was here before is the journal's to know.

use super::codec::{self, BadLine, FIELD_WIDTH, Lines, Reply};
use super::dialogue::{Dialogue, Heard, Say};
use crate::driver::{ActuateError, Driver, Inbound, Observation, Outbound};
use station::device::{Actuation, DeviceKind, Fault, Reading, WeightSample};
use station::ident::DeviceSerial;
use station::measure::{Mono, Span};
use std::collections::VecDeque;

/// Weight of one line that cannot be read, against [`GARBAGE_LIMIT`]; a good line takes 1 off.
const GARBAGE_STEP: u8 = 2;
/// Unreadable lines are tolerated up to this score: eight in a row, or a third of all lines for a while.
const GARBAGE_LIMIT: u8 = 16;

/// Settings of an MT-SICS scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MtSicsSettings {
    /// Time from one `SI` to the next on scales without a stream; 50 to 500 ms, what is outside is brought inside.
    pub poll_period: Span,
    /// Exact width of the weight field in characters; `None` takes any. With it a lost character is noticed.
    pub field_width: Option<usize>,
}

impl Default for MtSicsSettings {
    fn default() -> Self {
        Self { poll_period: Span::from_millis(100), field_width: Some(FIELD_WIDTH) }
    }
}

/// The driver of one scale.
#[derive(Debug)]
pub struct MtSics {
    field_width: Option<usize>,
    lines: Lines,
    dialogue: Dialogue,
    /// The unit that answered last; kept over reconnections to notice another one.
    serial: Option<DeviceSerial>,
    /// `Identity` was told since the link was opened.
    identified: bool,
    trouble: Option<Fault>,
    garbage: u8,
    /// Something unreadable came since the last good line.
    unreadable: bool,
    dropped: u64,
    outbound: VecDeque<Outbound>,
    observations: VecDeque<Observation>,
}

impl MtSics {
    /// A driver whose link is not open yet.
    pub fn new(settings: MtSicsSettings) -> Self {
        let poll_period = settings.poll_period.clamp(Span::from_millis(50), Span::from_millis(500));
        Self {
            field_width: settings.field_width,
            lines: Lines::default(),
            dialogue: Dialogue::new(poll_period),
            serial: None,
            identified: false,
            trouble: None,
            garbage: 0,
            unreadable: false,
            dropped: 0,
            outbound: VecDeque::new(),
            observations: VecDeque::new(),
        }
    }

    /// Lines dropped as unreadable since this driver was made.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    fn bytes(&mut self, now: Mono, bytes: &[u8]) {
        let mut lines = std::mem::take(&mut self.lines);
        lines.feed(bytes, |line| match line.and_then(|line| Reply::parse(line, self.field_width)) {
            Ok(reply) => {
                let heard = self.dialogue.reply(now, reply);
                self.heard(heard);
            }
            Err(reason) => self.bad_line(reason),
        });
        self.lines = lines;
    }

    fn heard(&mut self, heard: Heard) {
        match heard {
            Heard::Nothing => {}
            Heard::Identified(serial) => {
                self.good_line();
                self.identify(serial);
            }
            Heard::Rebooted(serial) => {
                self.good_line();
                self.fault(Fault::Rebooted);
                self.identify(serial);
            }
            Heard::Weight { mass, stable } => {
                self.good_line();
                self.recovered();
                let sample = WeightSample { gross: mass.milligrams(), quality: codec::quality(stable) };
                self.observations.push_back(Observation::Reading(Reading::Weight(sample)));
            }
            Heard::Overload => {
                self.good_line();
                self.fault(Fault::Overload);
            }
            Heard::Underload => {
                self.good_line();
                self.fault(Fault::Underload);
            }
            Heard::Broken(what) => {
                self.good_line();
                self.fault(Fault::Device(what));
            }
            Heard::Unexpected => self.bad_line(BadLine::Unknown),
            Heard::Silent => {
                // Wrong line settings show as bytes without sense, not as silence.
                let is_garbage = self.unreadable || self.lines.is_noise();
                self.fault(if is_garbage { Fault::Garbage } else { Fault::NoReply });
                self.lines.clear();
                self.unreadable = false;
            }
        }
    }

    fn identify(&mut self, found: DeviceSerial) {
        let swapped = match &self.serial {
            Some(expected) if *expected != found => Some(expected.clone()),
            Some(_) | None => None,
        };
        let is_swapped = swapped.is_some();
        if let Some(expected) = swapped {
            self.fault(Fault::Swapped { expected, found: found.clone() });
        }
        if is_swapped || !self.identified {
            self.identified = true;
            let model = "MT-SICS scale".to_owned();
            self.observations.push_back(Observation::Identity { serial: Some(found.clone()), model });
        }
        self.serial = Some(found);
    }

    fn good_line(&mut self) {
        self.unreadable = false;
        self.garbage = self.garbage.saturating_sub(1);
    }

    fn bad_line(&mut self, reason: BadLine) {
        self.dropped = self.dropped.saturating_add(1);
        self.unreadable = true;
        self.garbage = self.garbage.saturating_add(GARBAGE_STEP).min(2 * GARBAGE_LIMIT);
        tracing::debug!(%reason, dropped = self.dropped, "scale line dropped");
        if self.garbage >= GARBAGE_LIMIT {
            self.fault(Fault::Garbage);
        }
    }

    /// Tells a trouble once. Silence and nonsense take turns at a dead line: only the first of them is told.
    fn fault(&mut self, fault: Fault) {
        let is_mute = |f: &Fault| matches!(f, Fault::NoReply | Fault::Garbage);
        let told =
            self.trouble.as_ref().is_some_and(|now| *now == fault || (is_mute(now) && is_mute(&fault)));
        if !told {
            self.trouble = Some(fault.clone());
            self.observations.push_back(Observation::Fault(fault));
        }
    }

    /// A good weight ends every trouble, nonsense only when good lines have outweighed it.
    fn recovered(&mut self) {
        if self.trouble == Some(Fault::Garbage) && self.garbage > 0 {
            return;
        }
        if self.trouble.take().is_some() {
            self.observations.push_back(Observation::Recovered);
        }
    }

    fn speak(&mut self) {
        while let Some(say) = self.dialogue.poll_say() {
            self.outbound.push_back(match say {
                Say::Drain => {
                    self.lines.clear();
                    Outbound::DrainInput
                }
                Say::Command(command) => Outbound::Bytes(command.encode()),
            });
        }
    }
}

impl Driver for MtSics {
    fn kind(&self) -> DeviceKind {
        DeviceKind::Scale
    }

    fn handle(&mut self, now: Mono, inbound: Inbound<'_>) {
        match inbound {
            Inbound::Opened => {
                self.identified = false;
                self.garbage = 0;
                self.unreadable = false;
                self.dialogue.open(now);
            }
            Inbound::Lost => {
                self.dialogue.close();
                self.lines.clear();
                self.outbound.clear();
                self.fault(Fault::LinkLost);
            }
            Inbound::Bytes(bytes) => self.bytes(now, bytes),
            // A scale on a serial line has no inputs.
            Inbound::Line { .. } => {}
            Inbound::Timeout => {
                let heard = self.dialogue.timeout(now);
                self.heard(heard);
            }
        }
        self.speak();
    }

    fn actuate(&mut self, _now: Mono, actuation: Actuation) -> Result<(), ActuateError> {
        Err(ActuateError::Unsupported { device: DeviceKind::Scale, actuation })
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
