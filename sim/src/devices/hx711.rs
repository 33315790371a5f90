//! An HX711 at the level of its two lines, and the station's thread that clocks it, in simulated time.
//!
//! Owns: conversions at 80 a second, bits on rising edges, the pulses that choose the next input and gain, power-down and
//! reset, what comes after one. Refuses: kindness: a number that becomes ready while another is shifted out takes its place,
//! and the first number after a reset is wrong. Faults: it is never ready; its data wire is off; whoever clocks it is held up.

use drivers::scale::cell::{Shifted, Shifter, TwoWires};
use station::measure::Mono;
use std::convert::Infallible;

/// Between two numbers, ns.
const PERIOD: u64 = 12_500_000;
/// From power, a reset or another input to the first number, ns.
const SETTLING: u64 = 50_000_000;
/// A pulse longer than this is the order to power down, ns.
const POWER_DOWN: u64 = 60_000;
/// What an edge or a look costs whoever makes it, ns.
const EDGE: u64 = 2_000;
/// What is on channel B.
const CHANNEL_B: i32 = 1_000;

/// What the next conversion measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// Channel A, gain 128: after 25 pulses.
    A128,
    /// Channel B, gain 32: after 26 pulses.
    B32,
    /// Channel A, gain 64: after 27 pulses.
    A64,
}

/// The chip.
#[derive(Debug, Clone)]
pub struct Hx711 {
    /// What it feels on channel A at gain 128; beyond its 24 bits it is at its end.
    pub counts: i64,
    /// It is never ready.
    pub mute: bool,
    /// Its data wire is off, and what hears it hears low.
    pub data_off: bool,
    /// Since when the clock is high, ns.
    rose: Option<u64>,
    /// When the next number is ready, ns.
    next: u64,
    bits: u32,
    /// Pulses since that became ready; from 25 on the data line is high.
    pulses: u32,
    input: Input,
    /// The next number is the first since a reset.
    fresh: bool,
}

impl Default for Hx711 {
    fn default() -> Self {
        Self {
            counts: 0,
            mute: false,
            data_off: false,
            rose: None,
            next: SETTLING,
            bits: 0,
            pulses: 25,
            input: Input::A128,
            fresh: true,
        }
    }
}

impl Hx711 {
    fn is_down(&self, now: u64) -> bool {
        self.rose.is_some_and(|rose| now.saturating_sub(rose) > POWER_DOWN)
    }

    /// Lets time pass.
    fn advance(&mut self, now: u64) {
        while self.next <= now && !self.is_down(self.next) {
            self.next += PERIOD;
            if self.mute {
                continue;
            }
            let felt = match self.input {
                Input::A128 => self.counts,
                Input::A64 => self.counts / 2,
                Input::B32 => CHANNEL_B.into(),
            };
            let wrong = if std::mem::take(&mut self.fresh) { 40_000 } else { 0 };
            let number = (felt + wrong).clamp(-(1 << 23), (1 << 23) - 1);
            self.bits = u32::try_from(number & 0xFF_FFFF).unwrap_or(0);
            self.pulses = 0;
        }
    }

    /// The clock line.
    pub fn clock(&mut self, now: u64, high: bool) {
        self.advance(now);
        match (high, self.rose) {
            (true, None) => {
                self.rose = Some(now);
                self.pulses += 1;
                let input = match self.pulses {
                    25 => Input::A128,
                    26 => Input::B32,
                    27 => Input::A64,
                    _ => self.input,
                };
                if self.input != input {
                    (self.input, self.next) = (input, now + SETTLING);
                }
            }
            (false, Some(_)) => {
                if self.is_down(now) {
                    let Self { counts, mute, data_off, .. } = *self;
                    *self = Self { counts, mute, data_off, next: now + SETTLING, ..Self::default() };
                }
                self.rose = None;
            }
            (true, Some(_)) | (false, None) => {}
        }
    }

    /// The data line.
    pub fn data(&mut self, now: u64) -> bool {
        self.advance(now);
        if self.data_off {
            return false;
        }
        match self.pulses {
            _ if self.is_down(now) => true,
            0 => false,
            pulse @ 1..=24 => self.bits >> (24 - pulse) & 1 == 1,
            _ => true,
        }
    }
}

/// The station's thread at these lines.
#[derive(Debug, Default)]
pub struct ClockedCell {
    /// The chip.
    pub chip: Hx711,
    /// The thread is held up in every number.
    pub held_up: bool,
    shifter: Shifter,
    now: u64,
}

impl ClockedCell {
    /// Asks for one number while the chip feels this: when the answer is there, and which it is.
    pub fn ask(&mut self, now: Mono, counts: i64) -> (Mono, Shifted) {
        self.chip.counts = counts;
        self.now = self.now.max(now.0 * 1000);
        let held_up = self.held_up;
        let mut pulses = 0;
        let mut delay = || {
            pulses += 1;
            if held_up && pulses % 20 == 0 { 70_000 } else { 0 }
        };
        let mut wires = SimWires { chip: &mut self.chip, now: &mut self.now, delay: &mut delay };
        let Ok(shifted) = self.shifter.number(&mut wires);
        (Mono(self.now.div_ceil(1000)), shifted)
    }
}

/// Both lines in simulated time. `delay`: so many ns before each edge.
struct SimWires<'w> {
    chip: &'w mut Hx711,
    now: &'w mut u64,
    delay: &'w mut dyn FnMut() -> u64,
}

impl TwoWires for SimWires<'_> {
    type Error = Infallible;

    fn clock(&mut self, high: bool) -> Result<(), Infallible> {
        *self.now += EDGE + (self.delay)();
        self.chip.clock(*self.now, high);
        Ok(())
    }

    fn data(&mut self) -> Result<bool, Infallible> {
        *self.now += EDGE + (self.delay)();
        Ok(self.chip.data(*self.now))
    }

    fn now_ns(&mut self) -> u64 {
        *self.now
    }

    fn rest(&mut self, us: u32) {
        *self.now += u64::from(us) * 1000;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prng::Rng;

    /// A pulse of 1 us, and the level after it.
    fn pulse(chip: &mut Hx711, now: &mut u64) -> bool {
        chip.clock(*now, true);
        chip.clock(*now + 1_000, false);
        *now += 2_000;
        chip.data(*now)
    }

    /// Past the reset's first number: one is ready, at gain 128.
    fn running(counts: i64) -> (Hx711, u64) {
        let mut chip = Hx711 { counts, ..Hx711::default() };
        assert!(chip.data(SETTLING - 1), "not ready before it has settled");
        let now = SETTLING + PERIOD;
        assert!(!chip.data(now), "ready");
        (chip, now)
    }

    /// The data sheet's figure 2: MSB first, two's complement; the 25th pulse takes data high; 26 and 27 choose another input.
    #[test]
    fn bits_and_the_choice_of_the_next_input_are_the_data_sheet_s() {
        for (counts, bits) in
            [(1, 0x00_0001), (-2, 0xFF_FFFE), (-(1 << 23), 0x80_0000), (0x12_3456, 0x12_3456)]
        {
            let (mut chip, mut now) = running(counts);
            let shifted = (0..24).fold(0, |bits, _| bits << 1 | u32::from(pulse(&mut chip, &mut now)));
            assert_eq!(shifted, bits);
            assert!(pulse(&mut chip, &mut now), "the 25th");
            assert_eq!(chip.input, Input::A128);
        }
        for (pulses, input, number) in [(26, Input::B32, 1_000), (27, Input::A64, 2_000)] {
            let (mut chip, mut now) = running(4_000);
            assert!((0..pulses).fold(false, |_, _| pulse(&mut chip, &mut now)));
            assert_eq!(chip.input, input);
            assert!(chip.data(now + PERIOD), "another input has to settle");
            now += SETTLING;
            assert!(!chip.data(now));
            assert_eq!((0..24).fold(0, |bits, _| bits << 1 | u32::from(pulse(&mut chip, &mut now))), number);
        }
    }

    #[test]
    fn a_long_pulse_powers_down_and_its_end_is_a_reset() {
        let (mut chip, mut now) = running(4_000);
        assert!((0..27).fold(false, |_, _| pulse(&mut chip, &mut now)));
        chip.clock(now, true);
        assert!(chip.data(now + POWER_DOWN + 1));
        now += 10 * PERIOD;
        assert!(chip.data(now), "nothing is converted without power");
        chip.clock(now, false);
        assert_eq!(chip.input, Input::A128);
        assert!(chip.data(now + SETTLING - 1));
        assert!(!chip.data(now + SETTLING));
        assert_ne!(chip.bits, 4_000, "the first number is none");
        assert!(!chip.data(now + SETTLING + PERIOD));
        assert_eq!(chip.bits, 4_000);
        // Exactly at the limit nothing happens.
        chip.clock(now + SETTLING + PERIOD, true);
        chip.clock(now + SETTLING + PERIOD + POWER_DOWN, false);
        assert_eq!(chip.pulses, 1);
    }

    /// Held up anywhere, for as long as anything: what comes out is the number that the chip felt, or none.
    #[test]
    fn a_process_that_is_held_up_anywhere_gives_no_wrong_number() {
        let mut rng = Rng::new(7);
        let (mut good, mut thrown) = (0, 0);
        let (mut chip, mut shifter, mut now) = (Hx711::default(), Shifter::default(), 0);
        for n in 0..20_000_i64 {
            chip.counts = n * 411 % 1_000_000;
            let mut delay = || match rng.range(0, 2_000) {
                0 => rng.range(40_000, 100_000),
                1 => rng.range(1_000_000, 30_000_000),
                _ => rng.range(0, 2_000),
            };
            let mut wires = SimWires { chip: &mut chip, now: &mut now, delay: &mut delay };
            match shifter.number(&mut wires) {
                Ok(Shifted::Number(number)) => {
                    good += 1;
                    assert_eq!(i64::from(number), chip.counts, "number {n}");
                }
                Ok(Shifted::Late | Shifted::Dead) => thrown += 1,
                Ok(Shifted::Mute) => panic!("it was ready all the time"),
            }
        }
        println!("{good} good, {thrown} thrown away");
        assert!(good > 15_000 && thrown > 500);
    }

    #[test]
    fn its_troubles_are_told_apart() {
        let now = Mono(1_000_000);
        let mut cell = ClockedCell::default();
        assert_eq!(cell.ask(now, 12_345).1, Shifted::Number(12_345));
        assert_eq!(cell.ask(now, 1 << 40).1, Shifted::Number((1 << 23) - 1), "its upper end");
        assert_eq!(cell.ask(now, -(1 << 40)).1, Shifted::Number(-(1 << 23)), "its lower end");
        cell.held_up = true;
        assert_eq!(cell.ask(now, 0).1, Shifted::Late);
        cell = ClockedCell { chip: Hx711 { mute: true, ..Hx711::default() }, ..ClockedCell::default() };
        let (at, shifted) = cell.ask(now, 0);
        assert_eq!(shifted, Shifted::Mute);
        assert!(at.since(now).0 < 1_000_000, "{at:?}");
        cell = ClockedCell { chip: Hx711 { data_off: true, ..Hx711::default() }, ..ClockedCell::default() };
        assert_eq!(cell.ask(now, 0).1, Shifted::Dead);
    }
}
