//! Temperature transmitters with Modbus RTU, one driver for each register.
//!
//! Owns: which register is asked and what its number means. Refuses: a register that says "no sensor". Where several share a line, whoever
//! moves the bytes lets one question on it at a time ([`crate::modbus::turns`]); this driver only waits for longer. A crash loses nothing.

use super::report::Report;
use crate::driver::{ActuateError, Driver, Inbound, Observation, Outbound};
use crate::modbus::exchange::{Exchange, Outcome};
use crate::modbus::frame::{Reply, Request};
use crate::modbus::turns::TURN;
use station::device::{Actuation, DeviceKind, Fault};
use station::measure::{MilliCelsius, Mono, Span};
use std::collections::VecDeque;

/// A transmitter begins to answer within this.
const ANSWER: Span = Span::from_secs(1);
/// Most drivers on one line.
const MOST_SHARERS: u8 = 8;
/// Until the next question after a bad answer or none.
const AGAIN: Span = Span::from_secs(1);
/// The register of a channel without a sensor.
const NO_SENSOR: u16 = 0x8000;

/// Which register holds the temperature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModbusProbeSettings {
    /// Bits per second of the line.
    pub baud: u32,
    /// Its address, 1 to 247.
    pub unit: u8,
    /// Input register (function 04), else holding register (03).
    pub input: bool,
    /// Which.
    pub register: u16,
    /// What the register counts for one degree, 1 to 100.
    pub per_degree: u8,
    /// Between two readings, 5 to 300 s.
    pub period: Span,
    /// Added to each reading: what its calibration found.
    pub offset: MilliCelsius,
    /// How many ask on this line, itself included, 1 to 8: each may have a turn before an answer comes.
    pub sharers: u8,
}

/// One transmitter.
#[derive(Debug)]
pub struct ModbusProbe {
    settings: ModbusProbeSettings,
    exchange: Exchange,
    /// The next question; `None` while the link is closed.
    next: Option<Mono>,
    waits: bool,
    report: Report,
    outbound: VecDeque<Outbound>,
}

impl ModbusProbe {
    /// A driver whose link is not open yet.
    pub fn new(settings: ModbusProbeSettings) -> Self {
        Self {
            exchange: Exchange::new(settings.baud, patience(settings.sharers)),
            next: None,
            waits: false,
            report: Report::new("Modbus transmitter", None, settings.offset),
            outbound: VecDeque::new(),
            settings: ModbusProbeSettings {
                period: settings.period.clamp(Span::from_secs(5), Span::from_secs(300)),
                per_degree: settings.per_degree.clamp(1, 100),
                ..settings
            },
        }
    }

    fn ask(&mut self, now: Mono) {
        let (address, count) = (self.settings.register, 1);
        let request = if self.settings.input {
            Request::ReadRegisters { address, count }
        } else {
            Request::ReadHolding { address, count }
        };
        if let Some(frame) = self.exchange.ask(now, self.settings.unit, request) {
            self.waits = true;
            self.outbound.push_back(Outbound::DrainInput);
            self.outbound.push_back(Outbound::Bytes(frame));
        }
    }

    fn outcome(&mut self, now: Mono, outcome: Outcome) {
        self.waits = false;
        let measured = match outcome {
            Outcome::Answered(Reply::Registers(words)) => match words.first().copied() {
                Some(NO_SENSOR) | None => Err(Fault::Device("no sensor".to_owned())),
                Some(word) => Ok(self.degrees(word)),
            },
            Outcome::Answered(Reply::Exception(code)) => {
                Err(Fault::Device(format!("Modbus exception {code}")))
            }
            // A reply to another question never fits this one.
            Outcome::Answered(Reply::Inputs(_) | Reply::Written) => Err(Fault::Garbage),
            Outcome::Silent => Err(Fault::NoReply),
        };
        let wait = match measured {
            Ok(value) => {
                self.report.measured(value);
                self.settings.period
            }
            Err(fault) => {
                self.report.bad(fault);
                AGAIN
            }
        };
        self.next = Some(now + wait);
    }

    fn degrees(&self, word: u16) -> MilliCelsius {
        MilliCelsius(i32::from(word.cast_signed()) * 1000 / i32::from(self.settings.per_degree))
    }
}

/// How long an answer may take when so many have their turns before it.
fn patience(sharers: u8) -> Span {
    let others = u64::from(sharers.clamp(1, MOST_SHARERS)) - 1;
    Span(ANSWER.0 + others * TURN.0)
}

impl Driver for ModbusProbe {
    fn kind(&self) -> DeviceKind {
        DeviceKind::Probe
    }

    fn handle(&mut self, now: Mono, inbound: Inbound<'_>) {
        match inbound {
            Inbound::Opened => {
                self.report.opened();
                self.exchange.reset(now);
                self.waits = false;
                self.next = Some(now);
            }
            Inbound::Lost => {
                self.next = None;
                self.waits = false;
                self.outbound.clear();
                self.report.fault(Fault::LinkLost);
            }
            Inbound::Bytes(bytes) => {
                if let Some(outcome) = self.exchange.bytes(now, bytes) {
                    self.outcome(now, outcome);
                }
            }
            // A transmitter on a serial line has no inputs.
            Inbound::Line { .. } => {}
            Inbound::Timeout => {
                if let Some(outcome) = self.exchange.timeout(now).filter(|_| self.next.is_some()) {
                    self.outcome(now, outcome);
                }
                if !self.waits && self.next.is_some_and(|at| at <= now) {
                    self.ask(now);
                }
            }
        }
    }

    fn actuate(&mut self, _now: Mono, actuation: Actuation) -> Result<(), ActuateError> {
        Err(ActuateError::Unsupported { device: DeviceKind::Probe, actuation })
    }

    fn poll_outbound(&mut self) -> Option<Outbound> {
        self.outbound.pop_front()
    }

    fn poll_observation(&mut self) -> Option<Observation> {
        self.report.poll()
    }

    fn next_timeout(&self) -> Option<Mono> {
        let next = self.next?;
        // The line has to be free too, and an answer has its time.
        Some(if self.waits { self.exchange.next_timeout() } else { next.max(self.exchange.next_timeout()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 30.0 degrees and 60.0 per cent in the maker's guide; of one register here.
    const WARM: [u8; 7] = [0x01, 0x04, 0x02, 0x01, 0x2c, 0xb9, 0x7d];

    fn probe(input: bool) -> ModbusProbe {
        let settings = ModbusProbeSettings {
            baud: 9600,
            unit: 1,
            input,
            register: u16::from(input),
            per_degree: 10,
            period: Span::from_secs(30),
            offset: MilliCelsius(100),
            sharers: 1,
        };
        let mut probe = ModbusProbe::new(settings);
        probe.handle(Mono(0), Inbound::Opened);
        probe
    }

    /// Lets time pass to the next question and takes it.
    fn question(probe: &mut ModbusProbe) -> (Mono, Vec<u8>) {
        for _ in 0..20 {
            let now = probe.next_timeout().unwrap();
            probe.handle(now, Inbound::Timeout);
            let sent = std::iter::from_fn(|| probe.poll_outbound())
                .find_map(|o| if let Outbound::Bytes(bytes) = o { Some(bytes) } else { None });
            if let Some(sent) = sent {
                return (now, sent);
            }
        }
        panic!("no question");
    }

    fn told(probe: &mut ModbusProbe) -> Vec<Observation> {
        std::iter::from_fn(|| probe.poll_observation()).collect()
    }

    fn answer(function: u8, word: u16) -> Vec<u8> {
        let mut frame = vec![1, function, 2];
        frame.extend(word.to_be_bytes());
        frame.extend(crate::modbus::frame::crc(&frame).to_le_bytes());
        frame
    }

    #[test]
    fn a_temperature_above_and_below_zero_with_its_offset() {
        let mut probe = probe(true);
        let (now, sent) = question(&mut probe);
        assert_eq!(sent, [0x01, 0x04, 0x00, 0x01, 0x00, 0x01, 0x60, 0x0a]);
        for byte in answer(4, 300) {
            probe.handle(now, Inbound::Bytes(&[byte]));
        }
        assert!(told(&mut probe).contains(&Observation::Temperature(MilliCelsius(30_100))));
        let (later, _) = question(&mut probe);
        assert_eq!(later, now + Span::from_secs(30));
        probe.handle(later, Inbound::Bytes(&answer(4, 0xff9b)));
        assert_eq!(told(&mut probe), [Observation::Temperature(MilliCelsius(-10_000))]);
        assert_eq!(answer(4, 300), WARM);
    }

    #[test]
    fn three_silences_are_a_fault_and_a_late_answer_is_nobody_s() {
        let mut probe = probe(false);
        for round in 0..3 {
            let (_, sent) = question(&mut probe);
            assert_eq!(sent[1], 3);
            assert_eq!(told(&mut probe), [], "round {round}");
            let until = probe.next_timeout().unwrap();
            probe.handle(until, Inbound::Timeout);
            probe.handle(until + Span::from_millis(3), Inbound::Bytes(&answer(3, 300)));
        }
        assert_eq!(told(&mut probe), [Observation::Fault(Fault::NoReply)]);
        let (now, _) = question(&mut probe);
        probe.handle(now, Inbound::Bytes(&answer(3, 41)));
        assert!(told(&mut probe).contains(&Observation::Recovered));
    }

    #[test]
    fn no_sensor_an_exception_and_a_rail_are_no_temperature() {
        for (word, text) in [(0x8000, "no sensor"), (0x7fff, "sensor open or shorted")] {
            let mut probe = probe(false);
            for _ in 0..3 {
                let (now, _) = question(&mut probe);
                probe.handle(now, Inbound::Bytes(&answer(3, word)));
            }
            assert_eq!(told(&mut probe), [Observation::Fault(Fault::Device(text.to_owned()))]);
        }
        let mut probe = probe(false);
        for _ in 0..3 {
            let (now, _) = question(&mut probe);
            probe.handle(now, Inbound::Bytes(&[0x01, 0x83, 0x02, 0xc0, 0xf1]));
        }
        assert_eq!(told(&mut probe), [Observation::Fault(Fault::Device("Modbus exception 2".to_owned()))]);
    }

    #[test]
    fn a_cable_pulled_out_asks_nothing_more() {
        let mut probe = probe(true);
        let _sent = question(&mut probe);
        probe.handle(Mono(5), Inbound::Lost);
        assert_eq!(told(&mut probe), [Observation::Fault(Fault::LinkLost)]);
        assert_eq!((probe.next_timeout(), probe.poll_outbound()), (None, None));
    }

    proptest! {
        #![proptest_config(crate::proptest_config())]

        #[test]
        fn noise_before_and_a_flipped_bit_are_never_another_temperature(
            word in 0_u16..900, bit in 0_usize..56, noise in proptest::collection::vec(any::<u8>(), 0..4)
        ) {
            let mut probe = probe(true);
            let (now, _) = question(&mut probe);
            let mut frame = answer(4, word);
            frame[bit / 8] ^= 1 << (bit % 8);
            probe.handle(now, Inbound::Bytes(&noise));
            probe.handle(now, Inbound::Bytes(&frame));
            let value = Observation::Temperature(MilliCelsius(i32::from(word) * 100 + 100));
            let others = told(&mut probe).into_iter()
                .any(|o| matches!(o, Observation::Temperature(_)) && o != value);
            prop_assert!(!others);
        }
    }
}
