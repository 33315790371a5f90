//! A scale that speaks MT-SICS, as a [`Driver`]: gross weights without end, and every trouble by name.
//!
//! Owns: turning words into observations. Refuses: every order (a scale has none) and every tare. Holds where the
//! conversation stands and an unfinished line; after a crash all of it is found out again.

use super::codec::{FIELD_WIDTH, Reply};
use super::dialogue::{Dialogue, Heard, Say};
use crate::driver::{ActuateError, Driver, Inbound, Observation, Outbound};
use crate::scale::report::Report;
use crate::scale::text::{BadLine, Lines};
use station::device::{Actuation, DeviceKind, Fault};
use station::measure::{Mono, Span};
use std::collections::VecDeque;

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
    report: Report,
    outbound: VecDeque<Outbound>,
}

impl MtSics {
    /// A driver whose link is not open yet.
    pub fn new(settings: MtSicsSettings) -> Self {
        let poll_period = settings.poll_period.clamp(Span::from_millis(50), Span::from_millis(500));
        Self {
            field_width: settings.field_width,
            lines: Lines::default(),
            dialogue: Dialogue::new(poll_period),
            report: Report::new("MT-SICS scale"),
            outbound: VecDeque::new(),
        }
    }

    /// Lines dropped as unreadable since this driver was made.
    pub fn dropped(&self) -> u64 {
        self.report.dropped()
    }

    fn bytes(&mut self, now: Mono, bytes: &[u8]) {
        let mut lines = std::mem::take(&mut self.lines);
        lines.feed(bytes, |line| match line.and_then(|line| Reply::parse(line, self.field_width)) {
            Ok(reply) => {
                let heard = self.dialogue.reply(now, reply);
                self.heard(heard);
            }
            Err(reason) => self.report.bad_line(reason),
        });
        self.lines = lines;
    }

    fn heard(&mut self, heard: Heard) {
        match heard {
            Heard::Nothing => {}
            Heard::Identified { serial, model } => self.report.identify(Some(serial), model.as_deref()),
            Heard::Rebooted(serial) => {
                self.report.trouble(Fault::Rebooted);
                self.report.identify(Some(serial), None);
            }
            Heard::Weight { mass, stable } => self.report.weight(mass, stable),
            Heard::Overload => self.report.trouble(Fault::Overload),
            Heard::Underload => self.report.trouble(Fault::Underload),
            Heard::Broken(what) => self.report.trouble(Fault::Device(what)),
            Heard::Unexpected => self.report.bad_line(BadLine::Unknown),
            Heard::Silent => {
                self.report.silent(self.lines.is_noise());
                self.lines.clear();
            }
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
                self.report.opened();
                self.dialogue.open(now);
            }
            Inbound::Lost => {
                self.dialogue.close();
                self.lines.clear();
                self.outbound.clear();
                self.report.fault(Fault::LinkLost);
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
        self.report.poll()
    }

    fn next_timeout(&self) -> Option<Mono> {
        self.dialogue.next_timeout()
    }
}

#[cfg(test)]
#[path = "driver_tests.rs"]
mod tests;
