//! Two lines that do as they are told, and what each check of the shifting is for: without it the test of that check fails.

use super::*;
use proptest::prelude::*;
use std::collections::VecDeque;
use std::convert::Infallible;

/// Lines that follow a script of numbers, ready 12.5 ms after one another, at 2 us an edge.
struct Wires {
    now: u64,
    clock: bool,
    /// The number that is being shifted out, and pulses of it.
    bits: u32,
    pulses: u32,
    next: u64,
    numbers: VecDeque<u32>,
    /// Before this pulse ends (counted over everything) so many ns pass.
    held_up: Option<(u32, u64)>,
    /// After this pulse, with the clock low, so many ns pass.
    paused: Option<(u32, u64)>,
    /// The rest in which this instant passes lasts so many ns longer.
    overslept: Option<(u64, u64)>,
    edges: u32,
    resets: u32,
    rose: u64,
    /// After the last pulse the data line stays low.
    low: bool,
}

const PERIOD: u64 = 12_500_000;
const EDGE: u64 = 2_000;

fn wires(numbers: &[u32]) -> Wires {
    Wires {
        now: 0,
        clock: false,
        bits: 0,
        pulses: 25,
        next: PERIOD,
        numbers: numbers.iter().copied().collect(),
        held_up: None,
        paused: None,
        overslept: None,
        edges: 0,
        resets: 0,
        rose: 0,
        low: false,
    }
}

impl Wires {
    fn catch_up(&mut self) {
        while self.now >= self.next {
            self.next += PERIOD;
            if let Some(bits) = self.numbers.pop_front() {
                (self.bits, self.pulses) = (bits, 0);
            }
        }
    }
}

impl TwoWires for Wires {
    type Error = Infallible;

    fn clock(&mut self, high: bool) -> Result<(), Infallible> {
        self.now += EDGE;
        let late = self.held_up.filter(|(edge, _)| !high && *edge == self.edges);
        self.now += late.map_or(0, |(_, ns)| ns);
        self.catch_up();
        if high && !self.clock {
            self.pulses += 1;
            self.edges += 1;
            self.rose = self.now;
        } else if self.clock && !high && self.now - self.rose > 60_000 {
            self.resets += 1;
            // What it was about is lost.
            self.pulses = 25;
            self.next = self.now + 4 * PERIOD;
        }
        self.clock = high;
        Ok(())
    }

    fn data(&mut self) -> Result<bool, Infallible> {
        self.now += EDGE;
        if let Some((_, ns)) = self.paused.take_if(|(edge, _)| *edge == self.edges) {
            self.now += ns;
        }
        self.catch_up();
        Ok(match self.pulses {
            0 => false,
            pulse @ 1..=24 => self.bits >> (24 - pulse) & 1 == 1,
            _ => !self.low,
        })
    }

    fn now_ns(&mut self) -> u64 {
        self.now
    }

    fn rest(&mut self, us: u32) {
        self.now += u64::from(us) * 1000;
        if let Some((_, ns)) = self.overslept.take_if(|(at, _)| *at <= self.now) {
            self.now += ns;
        }
    }
}

/// One that has settled.
fn settled() -> Shifter {
    Shifter { reset_due: false, unsettled: 0 }
}

fn one(wires: &mut Wires) -> Shifted {
    let Ok(shifted) = settled().number(wires);
    shifted
}

/// Two's complement, most significant bit first, as the data sheet says: 800000h to 7FFFFFh.
#[test]
fn bits_are_read_as_the_data_sheet_writes_them() {
    for (bits, number) in [
        (0x00_0000, 0),
        (0x00_0001, 1),
        (0x12_3456, 0x12_3456),
        (0xFF_FFFE, -2),
        (0x80_0000, -8_388_608),
        (0x80_0001, -8_388_607),
        (0x7F_F000, 8_384_512),
        (0x7F_FFFF, 8_388_607),
    ] {
        let mut wires = wires(&[bits]);
        assert_eq!(one(&mut wires), Shifted::Number(number), "{bits:06x}");
        assert_eq!((wires.edges, wires.clock), (25, false), "channel A, gain 128, and the clock at rest");
    }
}

#[test]
fn the_first_numbers_after_a_reset_are_not_used() {
    let mut wires = wires(&[111, 222, 333, 444]);
    let mut shifter = Shifter::default();
    let Ok(first) = shifter.number(&mut wires);
    assert_eq!((first, wires.resets), (Shifted::Number(333), 1));
    let Ok(next) = shifter.number(&mut wires);
    assert_eq!((next, wires.resets), (Shifted::Number(444), 1));
}

#[test]
fn a_number_with_one_pulse_too_long_is_thrown_away_and_the_chip_is_reset() {
    for edge in 1..=25 {
        let mut wires = wires(&[0x12_3456, 1, 2, 3]);
        wires.held_up = Some((edge, 49_000));
        assert_eq!(one(&mut wires), Shifted::Late, "pulse {edge} of 51 us");
        wires.held_up = Some((edge, 70_000));
        let mut shifter = Shifter::default();
        let Ok(_) = shifter.number(&mut wires);
    }
    let mut wires = wires(&[0x12_3456, 1, 2, 3]);
    wires.held_up = Some((13, 70_000));
    let mut shifter = settled();
    let Ok(late) = shifter.number(&mut wires);
    let Ok(next) = shifter.number(&mut wires);
    assert_eq!((late, next), (Shifted::Late, Shifted::Number(3)), "two after the reset are not used");
    assert_eq!(wires.resets, 2, "the one that nobody meant, and the right one");
}

#[test]
fn a_pulse_just_within_its_time_is_none_too_long() {
    let mut wires = wires(&[0x12_3456]);
    wires.held_up = Some((13, PULSE_NS - 2 * EDGE));
    assert_eq!(one(&mut wires), Shifted::Number(0x12_3456));
}

/// The looks at the clock are around both edges, so that a pulse is never longer than it is taken for.
#[test]
fn a_pulse_is_timed_from_before_it_rises_until_it_has_fallen() {
    for edge in [1, 13, 25] {
        let mut wires = wires(&[0x12_3456]);
        wires.held_up = Some((edge, PULSE_NS - 2 * EDGE + 1));
        assert_eq!(one(&mut wires), Shifted::Late, "pulse {edge}");
    }
}

/// How long it has been ready nobody knows then: the next may come in the middle of it.
#[test]
fn a_number_that_became_ready_while_nobody_looked_is_thrown_away() {
    let mut wires = wires(&[0x12_3456]);
    wires.overslept = Some((PERIOD, WHOLE_NS));
    assert_eq!(one(&mut wires), Shifted::Late);
    assert!(wires.now < 2 * PERIOD, "the next was not there yet");
}

#[test]
fn a_number_that_the_next_may_have_overtaken_is_thrown_away() {
    let mut overtaken = wires(&[0x55_5555, 0x2A_AAAA]);
    // Held up with the clock low, which no pulse shows.
    overtaken.paused = Some((12, PERIOD));
    assert_eq!(one(&mut overtaken), Shifted::Late);
    let mut just = wires(&[0x55_5555]);
    just.paused = Some((12, WHOLE_NS - 2_000_000));
    assert_eq!(one(&mut just), Shifted::Number(0x55_5555));
}

#[test]
fn a_number_that_was_there_at_the_first_look_is_not_used() {
    let mut wires = wires(&[0x11_1111, 0x22_2222]);
    wires.now = PERIOD + 12_000_000;
    assert_eq!(one(&mut wires), Shifted::Number(0x22_2222));
}

#[test]
fn a_line_that_does_not_end_as_the_chip_s_does_is_dead() {
    let mut low = wires(&[0x12_3456]);
    low.low = true;
    // It is low at the first look, so a number seems to be there.
    assert_eq!(one(&mut low), Shifted::Dead);
    // Power lost in mid-number, and a chip that was not ready: the rest is ones.
    for cut in [0x12_3FFF, 0x00_0FFF, 0xFF_FFFF] {
        assert_eq!(one(&mut wires(&[cut])), Shifted::Dead, "{cut:06x}");
    }
    assert_eq!(one(&mut wires(&[0x12_37FF])), Shifted::Number(0x12_37FF));
}

#[test]
fn a_chip_that_is_never_ready_is_waited_for_no_longer_than_agreed_and_then_reset() {
    let mut wires = wires(&[]);
    let mut shifter = settled();
    let Ok(mute) = shifter.number(&mut wires);
    assert_eq!(mute, Shifted::Mute);
    assert!((PATIENCE_NS..PATIENCE_NS + 5_000_000).contains(&wires.now), "{}", wires.now);
    let Ok(mute) = shifter.number(&mut wires);
    assert_eq!((mute, wires.resets), (Shifted::Mute, 1));
}

#[test]
fn what_is_no_number_is_told_in_words() {
    for shifted in [Shifted::Late, Shifted::Dead, Shifted::Mute] {
        assert_eq!(Shifted::without_number(shifted.text().as_bytes()), Some(shifted));
    }
    assert_eq!(Shifted::Number(-8_388_608).text(), "-8388608\n");
    assert_eq!(Shifted::without_number(b"-8388608\n"), None);
}

/// Lines that do anything: each answer and each delay from a list that is gone round.
struct Wild {
    now: u64,
    levels: Vec<bool>,
    delays: Vec<u64>,
    turn: usize,
    rose: Option<u64>,
    /// True lengths of the pulses, ns.
    pulses: VecDeque<u64>,
}

impl Wild {
    fn next(&mut self) -> (bool, u64) {
        self.turn += 1;
        (self.levels[self.turn % self.levels.len()], self.delays[self.turn % self.delays.len()])
    }
}

impl TwoWires for Wild {
    type Error = Infallible;

    fn clock(&mut self, high: bool) -> Result<(), Infallible> {
        let (_, before) = self.next();
        self.now += before;
        match (high, self.rose) {
            (true, None) => self.rose = Some(self.now),
            (false, Some(rose)) => {
                self.pulses.push_back(self.now - rose);
                self.rose = None;
            }
            (true, Some(_)) | (false, None) => {}
        }
        let (_, after) = self.next();
        self.now += after;
        Ok(())
    }

    fn data(&mut self) -> Result<bool, Infallible> {
        let (level, delay) = self.next();
        self.now += delay;
        Ok(level)
    }

    fn now_ns(&mut self) -> u64 {
        // A system call between two looks.
        self.now += 50;
        self.now
    }

    fn rest(&mut self, us: u32) {
        self.now += u64::from(us) * 1000;
    }
}

proptest! {
    #![proptest_config(crate::proptest_config())]

    /// Whatever lines do, it ends in its time, and no number comes of a reading in which any pulse was too long.
    #[test]
    fn no_number_comes_of_a_reading_with_a_long_pulse(
        levels in prop::collection::vec(any::<bool>(), 1..200),
        delays in prop::collection::vec(prop_oneof![8 => 100_u64..3_000, 1 => 3_000_u64..200_000], 1..150),
    ) {
        let mut wires = Wild { now: 0, levels, delays, turn: 0, rose: None, pulses: VecDeque::new() };
        let mut shifter = Shifter::default();
        for _ in 0..4 {
            let begun = wires.now;
            let Ok(shifted) = shifter.number(&mut wires);
            let took = wires.now - begun;
            // Its patience, and a reading at its slowest.
            prop_assert!(took < PATIENCE_NS + 50_000_000, "{took} ns");
            prop_assert!(wires.rose.is_none(), "the clock is at rest");
            if let Shifted::Number(number) = shifted {
                prop_assert!((-8_388_608..8_388_608).contains(&number));
                let last = wires.pulses.iter().rev().take(25);
                prop_assert!(last.clone().count() == 25 && last.clone().all(|ns| *ns <= PULSE_NS), "{last:?}");
            }
        }
    }
}
