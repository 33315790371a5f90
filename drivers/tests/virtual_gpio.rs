//! A clamp behind a virtual chip on a real Unix socket: every layer from the driver's order to the bytes and back.
//!
//! No sleeps: the chip's side blocks for exactly the bytes that it expects, the station's side is polled after the chip
//! has written.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use drivers::clamp::{self, Clamp};
use drivers::transport::gpio::simulated::VirtualLines;
use drivers::transport::gpio::{Bank, GpioError, LineRef, Pull, Wiring};
use drivers::{Driver, Inbound, Observation, Outbound};
use station::device::{Actuation, ClampPosition, Fault, Reading};
use station::measure::{Mono, Span};
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};

const COIL: u32 = 17;
const CLOSED_SWITCH: u32 = 22;
const OPEN_SWITCH: u32 = 23;

/// The station's side: one clamp on one bank.
struct Station {
    clamp: Clamp,
    bank: Bank,
    now: Mono,
}

impl Station {
    /// Moves the driver's lines to the bank and hands out what it has found.
    fn settle(&mut self) -> Vec<Observation> {
        while let Some(outbound) = self.clamp.poll_outbound() {
            assert!(matches!(outbound, Outbound::Line { .. }), "{outbound:?}");
            if let Outbound::Line { output, active } = outbound {
                self.bank.drive(0, output, active).unwrap();
            }
        }
        std::iter::from_fn(|| self.clamp.poll_observation()).collect()
    }

    fn poll(&mut self) -> Result<Vec<Observation>, GpioError> {
        let (clamp, now) = (&mut self.clamp, self.now);
        self.bank.poll(|_, input, active| clamp.handle(now, Inbound::Line { input, active }))?;
        Ok(self.settle())
    }

    fn order(&mut self, actuation: Actuation) -> Vec<Observation> {
        self.clamp.actuate(self.now, actuation).unwrap();
        self.settle()
    }
}

fn expect(chip: &mut UnixStream, text: &str) {
    let mut bytes = vec![0; text.len()];
    chip.read_exact(&mut bytes).unwrap();
    assert_eq!(String::from_utf8(bytes).unwrap(), text);
}

/// A station with its clamp opened, and the chip's end of the socket. The closed switch is wired normally closed.
fn connected(folder: &std::path::Path) -> (Station, UnixStream) {
    let wire = |line, active_low| Some(LineRef { line, active_low, pull: Pull::AsIs });
    let wiring = Wiring {
        inputs: vec![wire(CLOSED_SWITCH, true), wire(OPEN_SWITCH, false)],
        outputs: vec![wire(COIL, false)],
    };
    assert_eq!((wiring.inputs.len(), wiring.outputs.len()), (clamp::INPUTS.len(), clamp::OUTPUTS.len()));
    let path = folder.join("gpio.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let bank = Bank::open(vec![wiring], |plan| Ok(Box::new(VirtualLines::open(&path, plan)?))).unwrap();
    let (chip, _) = listener.accept().unwrap();
    let mut station = Station { clamp: Clamp::new(), bank, now: Mono(0) };
    station.clamp.handle(station.now, Inbound::Opened);
    assert_eq!(station.settle(), []);
    (station, chip)
}

#[test]
fn a_clamp_opens_and_closes_over_the_socket() {
    let folder = tempfile::tempdir().unwrap();
    let (mut station, mut chip) = connected(folder.path());
    expect(&mut chip, "out 17 0\nout 17 0\n");
    assert_eq!(station.poll().unwrap(), [], "the chip has told nothing yet");
    chip.write_all(b"in 22 0\nin 23 0\n").unwrap();
    let seen = station.poll().unwrap();
    assert_eq!(seen.last(), Some(&Observation::Reading(Reading::Clamp(ClampPosition::Closed))));

    assert_eq!(station.order(Actuation::ClampOpen), []);
    expect(&mut chip, "out 17 1\n");
    chip.write_all(b"in 22 1\nin 23 1\n").unwrap();
    let seen = station.poll().unwrap();
    assert_eq!(seen.last(), Some(&Observation::Reading(Reading::Clamp(ClampPosition::Open))));

    station.order(Actuation::ClampClose);
    expect(&mut chip, "out 17 0\n");
    station.now = station.now + Span::from_millis(300);
    station.clamp.handle(station.now, Inbound::Timeout);
    assert_eq!(station.settle(), [Observation::Fault(Fault::NotObeying)], "the chip's clamp is stuck open");
}

#[test]
fn the_chip_latches_when_nothing_was_said_and_a_drop_says_it() {
    let folder = tempfile::tempdir().unwrap();
    let (mut station, mut chip) = connected(folder.path());
    chip.write_all(b"in 22 0\nin 23 0\n").unwrap();
    station.poll().unwrap();
    station.order(Actuation::ClampOpen);
    drop(station);
    let mut rest = String::new();
    chip.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "out 17 0\nout 17 0\nout 17 1\nout 17 0\n", "an orderly end closes the clamp");
}

#[test]
fn a_chip_that_goes_away_is_an_error_of_the_bank() {
    let folder = tempfile::tempdir().unwrap();
    let (mut station, chip) = connected(folder.path());
    drop(chip);
    assert!(matches!(station.poll(), Err(GpioError::Gone)));
}
