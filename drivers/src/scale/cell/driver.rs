//! Driver of a load cell at a converter: asks for its raw number as fast as it converts, and makes weights of it.
//!
//! Owns: the rhythm, which numbers are the converter's ends, and when a weight counts as at rest. Refuses: numbers that are
//! none, numbers that a converter gives while it is not ready, and what the dialogue with its file, or the thread at its lines,
//! refuses. A crash loses nothing.

use super::points::Points;
use super::shift::Shifted;
use crate::asked_file::{Answer, AskedFile};
use crate::driver::{ActuateError, Driver, Inbound, Observation, Outbound};
use crate::scale::report::Report;
use crate::scale::rest::Rest;
use crate::scale::text::{BadLine, Mass, Unit};
use station::device::{Actuation, DeviceKind, Fault};
use station::measure::{Mono, Span};

/// A converter gives a number within this, or it hangs.
const ANSWER: Span = Span::from_secs(1);
/// Most characters of a number and its line end.
const MAX_TEXT: usize = 16;
/// Bits of the converters in use.
const FULL: i32 = 1 << 23;

/// How a converter writes its 24 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// From 0 to 16,777,215 with the middle at 8,388,608, as the kernel's driver of the HX711 does.
    OffsetBinary,
    /// With a sign, as that of the NAU7802 does, and an HX711 itself.
    Signed,
}

impl Coding {
    /// The number, when it lies between the converter's ends.
    fn within(self, raw: i64) -> Result<i32, Option<Fault>> {
        let (low, high) = match self {
            Self::OffsetBinary => (0, 2 * FULL - 1),
            Self::Signed => (-FULL, FULL - 1),
        };
        let raw = i32::try_from(raw).map_err(|_| None)?;
        // All ones are what a converter gives that was not ready, or has lost its power.
        match (self, raw) {
            (Self::Signed, -1) => Err(None),
            (_, raw) if raw < low || raw > high => Err(None),
            (_, raw) if raw == low || raw == high => {
                Err(Some(Fault::Device("load cell out of range".to_owned())))
            }
            (_, raw) => Ok(raw),
        }
    }
}

/// How a cell is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CellSettings {
    /// Its calibration.
    pub points: Points,
    /// How its numbers are written.
    pub coding: Coding,
    /// Time between two questions, 5 to 500 ms. The converter's own rate is the other bound.
    pub period: Span,
}

/// One cell.
#[derive(Debug)]
pub struct Cell {
    settings: CellSettings,
    file: AskedFile,
    rest: Rest,
    report: Report,
}

impl Cell {
    /// A driver whose link is not open yet.
    pub fn new(settings: CellSettings) -> Self {
        let period = settings.period.clamp(Span::from_millis(5), Span::from_millis(500));
        Self {
            settings: CellSettings { period, ..settings },
            file: AskedFile::new(ANSWER, MAX_TEXT),
            rest: Rest::default(),
            report: Report::new("load cell"),
        }
    }

    fn answered(&mut self, now: Mono, answer: &Answer) {
        match Shifted::without_number(&answer.text) {
            Some(shifted) => self.without_number(shifted),
            None => self.number(&answer.text),
        }
        self.file.rest(self.beat(answer.asked).max(now));
    }

    /// The first multiple of the period after this. Cells of one period, whose converters are faster than it, are asked at the same
    /// instants: one wakes the computer for all, and what one question is late does not make the next one later.
    fn beat(&self, after: Mono) -> Mono {
        let period = self.settings.period.0;
        Mono((after.0 / period).saturating_add(1).saturating_mul(period))
    }

    /// A chip that this program clocks gave no number. One reading thrown away is a weight that is missing, no more.
    fn without_number(&mut self, shifted: Shifted) {
        let told = |text: &str| Fault::Device(text.to_owned());
        match shifted {
            Shifted::Late => self.report.thrown(told("load cell not read in time")),
            Shifted::Dead => self.report.thrown(told("load cell lines do not follow")),
            Shifted::Mute => {
                self.rest.clear();
                self.report.silent(false);
            }
            // Has no words.
            Shifted::Number(_) => {}
        }
    }

    fn number(&mut self, text: &[u8]) {
        let raw = read(text).ok_or(None).and_then(|raw| self.settings.coding.within(raw));
        let mass = match raw {
            Ok(raw) => self.settings.points.mass(raw),
            Err(Some(fault)) => {
                self.rest.clear();
                return self.report.trouble(fault);
            }
            Err(None) => {
                self.rest.clear();
                return self.report.bad_line(BadLine::Number);
            }
        };
        let Some(shown) = Mass::new(mass.0, 3, Unit::Gram) else {
            return self.report.bad_line(BadLine::Number);
        };
        self.report.identify(None, None);
        let at_rest = self.rest.weighed(mass);
        self.report.weight(shown, at_rest);
    }
}

/// A whole number on a line of its own.
fn read(text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok().filter(|text| text.len() <= MAX_TEXT)?;
    let number = text.strip_suffix('\n')?;
    let digits = number.strip_prefix('-').unwrap_or(number);
    let clean = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    number.parse().ok().filter(|_| clean)
}

impl Driver for Cell {
    fn kind(&self) -> DeviceKind {
        DeviceKind::Scale
    }

    fn handle(&mut self, now: Mono, inbound: Inbound<'_>) {
        match inbound {
            Inbound::Opened => {
                self.report.opened();
                self.rest.clear();
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
                    self.rest.clear();
                    self.report.silent(false);
                }
            }
        }
    }

    fn actuate(&mut self, _now: Mono, actuation: Actuation) -> Result<(), ActuateError> {
        Err(ActuateError::Unsupported { device: DeviceKind::Scale, actuation })
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
