//! A clamp with two end switches: a spring closes it, a coil opens it, both take their time.
//!
//! Owns: where its jaw is. Refuses: to know blood. Faults: a jaw that sticks, moves by itself or does not hold tight, switches that lie.

use crate::prng::Rng;

/// What may be wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClampFault {
    /// The jaw stays where it is.
    Stuck,
    /// The closed switch never makes.
    ClosedSwitchBroken,
    /// The open switch is always made.
    OpenSwitchWelded,
    /// The spring gives way: it opens by itself.
    GivesWay,
    /// It closes, and lets half through.
    Leaks,
}

/// What a clamp that leaks lets through, of what an open one does.
const LEAK: f64 = 0.5;

/// The clamp. Input lines of the station: closed switch, open switch. Output: the coil.
#[derive(Debug, Clone)]
pub struct Clamp {
    rng: Rng,
    delay_us: u64,
    coil: bool,
    /// 0 closed, 1 open.
    jaw: f64,
    /// Time left before the jaw moves, and its speed then.
    travel_us: u64,
    fault: Option<ClampFault>,
}

/// The jaw's own travel at the end of the delay, us.
const TRAVEL_US: u64 = 20_000;
/// Deviation of the delay from one time to the next, us.
const JITTER_US: u64 = 10_000;

impl Clamp {
    /// A closed clamp whose delay is of 80 to 240 ms.
    pub fn new(mut rng: Rng) -> Self {
        let delay_us = rng.range(80_000, 240_000);
        Self { rng, delay_us, coil: false, jaw: 0.0, travel_us: 0, fault: None }
    }

    /// Its own delay, us: from the coil to the end of the travel, without the deviation of each time.
    pub fn delay_us(&self) -> u64 {
        self.delay_us
    }

    /// What is wrong with it.
    pub fn fault(&self) -> Option<ClampFault> {
        self.fault
    }

    /// Whether its jaw is on its way, or about to be.
    pub fn is_moving(&self) -> bool {
        self.travel_us > 0
    }

    /// Breaks it, or mends it.
    pub fn set_fault(&mut self, fault: Option<ClampFault>) {
        self.fault = fault;
    }

    /// Breaks it like this, or mends it when this is what is wrong.
    pub fn toggle(&mut self, fault: ClampFault) {
        self.fault = if self.fault == Some(fault) { None } else { Some(fault) };
    }

    /// The station drives the coil.
    pub fn drive(&mut self, coil: bool) {
        if self.coil != coil {
            self.coil = coil;
            let delay = self.delay_us + self.rng.range(0, 2 * JITTER_US);
            self.travel_us = delay.saturating_sub(JITTER_US);
        }
    }

    /// Lets time pass.
    pub fn step(&mut self, step_us: u64) {
        if self.fault == Some(ClampFault::Stuck) {
            return;
        }
        self.travel_us = self.travel_us.saturating_sub(step_us);
        let move_by = step_us as f64 / TRAVEL_US as f64;
        if self.fault == Some(ClampFault::GivesWay) {
            self.jaw = (self.jaw + move_by).min(1.0);
        } else if self.travel_us < TRAVEL_US {
            let towards = if self.coil { move_by } else { -move_by };
            self.jaw = if self.travel_us == 0 {
                f64::from(u8::from(self.coil))
            } else {
                (self.jaw + towards).clamp(0.0, 1.0)
            };
        }
    }

    /// How far its jaw is open, 0 to 1.
    pub fn openness(&self) -> f64 {
        self.jaw
    }

    /// What it lets through, of what an open line does.
    pub fn lets_through(&self) -> f64 {
        if self.fault == Some(ClampFault::Leaks) { self.jaw.max(LEAK) } else { self.jaw }
    }

    /// Levels of the two switches: closed, open.
    pub fn switches(&self) -> [bool; 2] {
        let closed = self.jaw <= 0.0 && self.fault != Some(ClampFault::ClosedSwitchBroken);
        let open = self.jaw >= 1.0 || self.fault == Some(ClampFault::OpenSwitchWelded);
        [closed, open]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::STEP_US;

    fn time_to(clamp: &mut Clamp, switches: [bool; 2]) -> u64 {
        let steps = (0..400).take_while(|_| {
            let there = clamp.switches() == switches;
            clamp.step(STEP_US);
            !there
        });
        steps.count() as u64 * STEP_US
    }

    #[test]
    fn it_opens_and_closes_within_its_delay_every_time() {
        for seed in 0..50 {
            let mut clamp = Clamp::new(Rng::new(seed));
            for (coil, switches) in [(true, [false, true]), (false, [true, false])] {
                clamp.drive(coil);
                let us = time_to(&mut clamp, switches);
                assert!(us.abs_diff(clamp.delay_us()) <= JITTER_US + STEP_US, "seed {seed}: {us}");
                assert!(us < 300_000);
            }
        }
    }

    #[test]
    fn a_stuck_jaw_stays_and_a_welded_switch_lies() {
        let mut clamp = Clamp::new(Rng::new(1));
        clamp.set_fault(Some(ClampFault::OpenSwitchWelded));
        assert_eq!(clamp.switches(), [true, true]);
        clamp.set_fault(Some(ClampFault::Stuck));
        clamp.drive(true);
        (0..400).for_each(|_| clamp.step(STEP_US));
        assert_eq!(clamp.openness(), 0.0);
    }

    #[test]
    fn a_spring_that_gives_way_opens_it_until_it_is_mended_and_one_that_leaks_says_closed() {
        let mut clamp = Clamp::new(Rng::new(1));
        clamp.set_fault(Some(ClampFault::GivesWay));
        (0..400).for_each(|_| clamp.step(STEP_US));
        assert_eq!(clamp.switches(), [false, true]);
        clamp.set_fault(None);
        (0..400).for_each(|_| clamp.step(STEP_US));
        assert_eq!((clamp.switches(), clamp.lets_through()), ([true, false], 0.0));
        clamp.set_fault(Some(ClampFault::Leaks));
        clamp.step(STEP_US);
        assert_eq!((clamp.switches(), clamp.openness()), ([true, false], 0.0));
        assert!(clamp.lets_through() > 0.4);
    }
}
