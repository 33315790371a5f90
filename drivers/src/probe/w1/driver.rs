//! Driver of a DS18B20 sensor: asks for its file now and then, and tells what is in it.
//!
//! Owns: the rhythm. Refuses: what the dialogue with the file refuses. A crash loses nothing.

use super::scratchpad::{MAX_TEXT, Unusable, parse};
use crate::asked_file::{Answer, AskedFile};
use crate::driver::{ActuateError, Driver, Inbound, Observation, Outbound};
use crate::probe::report::Report;
use station::device::{Actuation, DeviceKind, Fault};
use station::ident::DeviceSerial;
use station::measure::{MilliCelsius, Mono, Span};

/// Longest wait for the file: eight sensors of one line take turns of 750 ms each, and the kernel tries three times.
const ANSWER: Span = Span::from_secs(15);
/// Until the next question after a bad reading.
const AGAIN: Span = Span::from_secs(1);

/// How a sensor is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct W1Settings {
    /// Its number, as in the name of its folder: `28-` and twelve hexadecimal digits.
    pub serial: DeviceSerial,
    /// Between two readings, 5 to 300 s.
    pub period: Span,
    /// Added to each reading: what its calibration found.
    pub offset: MilliCelsius,
}

/// One sensor.
#[derive(Debug)]
pub struct W1Probe {
    period: Span,
    file: AskedFile,
    report: Report,
}

impl W1Probe {
    /// A driver whose link is not open yet.
    pub fn new(settings: W1Settings) -> Self {
        Self {
            period: settings.period.clamp(Span::from_secs(5), Span::from_secs(300)),
            file: AskedFile::new(ANSWER, MAX_TEXT),
            report: Report::new("DS18B20", Some(settings.serial), settings.offset),
        }
    }

    fn answered(&mut self, now: Mono, answer: &Answer) {
        let next = match parse(&answer.text) {
            Ok(value) => {
                self.report.measured(value);
                self.period
            }
            Err(reason) => {
                tracing::debug!(%reason, "a thermometer's file is of no use");
                self.report.bad(fault(reason));
                AGAIN
            }
        };
        self.file.rest(now + next);
    }
}

fn fault(reason: Unusable) -> Fault {
    match reason {
        Unusable::Empty | Unusable::Dead => Fault::NoReply,
        Unusable::Layout | Unusable::Check | Unusable::NotThis => Fault::Garbage,
        Unusable::PowerOn => Fault::Device("85 C: the sensor loses power".to_owned()),
    }
}

impl Driver for W1Probe {
    fn kind(&self) -> DeviceKind {
        DeviceKind::Probe
    }

    fn handle(&mut self, now: Mono, inbound: Inbound<'_>) {
        match inbound {
            Inbound::Opened => {
                self.report.opened();
                self.file.ask(now);
            }
            Inbound::Lost => {
                self.file.lost();
                self.report.fault(Fault::LinkLost);
            }
            Inbound::Bytes(bytes) => {
                if let Some(answer) = self.file.bytes(now, bytes) {
                    self.answered(now, &answer);
                }
            }
            // A file has no lines.
            Inbound::Line { .. } => {}
            Inbound::Timeout => {
                if self.file.timeout(now) {
                    self.report.fault(Fault::NoReply);
                }
            }
        }
    }

    fn actuate(&mut self, _now: Mono, actuation: Actuation) -> Result<(), ActuateError> {
        Err(ActuateError::Unsupported { device: DeviceKind::Probe, actuation })
    }

    fn poll_outbound(&mut self) -> Option<Outbound> {
        self.file.poll_outbound()
    }

    fn poll_observation(&mut self) -> Option<Observation> {
        self.report.poll()
    }

    fn next_timeout(&self) -> Option<Mono> {
        self.file.next_timeout()
    }
}

#[cfg(test)]
#[path = "driver_tests.rs"]
mod tests;
