//! Driver of a DS18B20 sensor: asks for its file now and then, and tells what is in it.
//!
//! Owns: the rhythm, and what is made of a file that never comes. Refuses: a second question while the first is unanswered (a file
//! that hangs, hangs in one thread and no more), and a value that comes after its time. A crash loses nothing.
//!
//! ```text
//!   Off ── opened ─▶ Asked ── the file ─▶ Idle ── period, or 1 s after a bad one ─▶ Asked
//!                      └── 15 s ─▶ Hangs ── the file, not looked at ─▶ Asked
//! ```

use super::scratchpad::{MAX_TEXT, Unusable, parse};
use crate::driver::{ActuateError, Driver, Inbound, Observation, Outbound};
use crate::probe::report::Report;
use crate::transport::file::END;
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Off,
    Asked { until: Mono },
    Hangs,
    Idle { next: Mono },
}

/// One sensor.
#[derive(Debug)]
pub struct W1Probe {
    period: Span,
    state: State,
    text: Vec<u8>,
    report: Report,
    ask: bool,
}

impl W1Probe {
    /// A driver whose link is not open yet.
    pub fn new(settings: W1Settings) -> Self {
        Self {
            period: settings.period.clamp(Span::from_secs(5), Span::from_secs(300)),
            state: State::Off,
            text: Vec::new(),
            report: Report::new("DS18B20", Some(settings.serial), settings.offset),
            ask: false,
        }
    }

    fn ask(&mut self, now: Mono) {
        self.text.clear();
        self.ask = true;
        self.state = State::Asked { until: now + ANSWER };
    }

    fn bytes(&mut self, now: Mono, bytes: &[u8]) {
        for byte in bytes {
            if *byte == END {
                self.whole(now);
            } else if self.text.len() <= MAX_TEXT {
                // One more than is looked at: what is too long stays so.
                self.text.push(*byte);
            }
        }
    }

    /// The file was read to its end.
    fn whole(&mut self, now: Mono) {
        let text = std::mem::take(&mut self.text);
        match self.state {
            State::Asked { .. } => {
                let next = match parse(&text) {
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
                self.state = State::Idle { next: now + next };
            }
            State::Hangs => self.ask(now),
            State::Off | State::Idle { .. } => {}
        }
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
                self.ask(now);
            }
            Inbound::Lost => {
                self.state = State::Off;
                self.ask = false;
                self.report.fault(Fault::LinkLost);
            }
            Inbound::Bytes(bytes) => self.bytes(now, bytes),
            // A file has no lines.
            Inbound::Line { .. } => {}
            Inbound::Timeout => match self.state {
                State::Asked { until } if until <= now => {
                    self.state = State::Hangs;
                    self.report.fault(Fault::NoReply);
                }
                State::Idle { next } if next <= now => self.ask(now),
                State::Asked { .. } | State::Idle { .. } | State::Off | State::Hangs => {}
            },
        }
    }

    fn actuate(&mut self, _now: Mono, actuation: Actuation) -> Result<(), ActuateError> {
        Err(ActuateError::Unsupported { device: DeviceKind::Probe, actuation })
    }

    fn poll_outbound(&mut self) -> Option<Outbound> {
        std::mem::take(&mut self.ask).then(|| Outbound::Bytes(Vec::new()))
    }

    fn poll_observation(&mut self) -> Option<Observation> {
        self.report.poll()
    }

    fn next_timeout(&self) -> Option<Mono> {
        match self.state {
            State::Off | State::Hangs => None,
            State::Asked { until } => Some(until),
            State::Idle { next } => Some(next),
        }
    }
}

#[cfg(test)]
#[path = "driver_tests.rs"]
mod tests;
