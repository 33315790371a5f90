//! The mixer under the tray: one contact makes it rock, one home mark a cycle tells that it does.
//!
//! Owns: its place in the cycle and how far it swings. Faults: it may be blocked, its mark may be silent.

use crate::prng::Rng;

/// Part of the cycle during which the home mark is made: over 200 ms at 12 to 16 cycles a minute.
const MARK: f64 = 0.06;
/// Time to full swing and to standstill, us.
const RAMP_US: f64 = 800_000.0;

/// The mixer. Input line of the station: the home mark. Output: run.
#[derive(Debug, Clone)]
pub struct Mixer {
    rng: Rng,
    cycles_min: f64,
    run: bool,
    turn: f64,
    swing: f64,
    speed: f64,
    cycles: u64,
    /// It cannot move.
    pub blocked: bool,
    /// Its home mark is silent.
    pub mark_broken: bool,
}

impl Mixer {
    /// A mixer of 12 to 16 cycles a minute, standing somewhere in its cycle.
    pub fn new(mut rng: Rng) -> Self {
        let cycles_min = rng.between(12.0, 16.0);
        let turn = rng.between(0.1, 0.9);
        Self {
            rng,
            cycles_min,
            run: false,
            turn,
            swing: 0.0,
            speed: 1.0,
            cycles: 0,
            blocked: false,
            mark_broken: false,
        }
    }

    /// The station drives it.
    pub fn drive(&mut self, run: bool) {
        self.run = run;
    }

    /// Lets time pass.
    pub fn step(&mut self, step_us: u64) {
        let moving = self.run && !self.blocked;
        let ramp = step_us as f64 / RAMP_US;
        self.swing = (self.swing + if moving { ramp } else { -ramp }).clamp(0.0, 1.0);
        self.turn += self.swing * self.speed * self.cycles_min / 60e6 * step_us as f64;
        if self.turn >= 1.0 {
            self.turn -= 1.0;
            self.cycles += 1;
            // No two cycles are alike: 5 % from one to the next.
            self.speed = 1.0 + 0.05 * self.rng.normal().clamp(-2.0, 2.0);
        }
    }

    /// Its place in the cycle, 0 to 1.
    pub fn turn(&self) -> f64 {
        self.turn
    }
    /// How far it swings, 0 to 1.
    pub fn swing(&self) -> f64 {
        self.swing
    }
    /// Cycles since it was made.
    pub fn cycles(&self) -> u64 {
        self.cycles
    }
    /// Level of the home mark.
    pub fn home(&self) -> bool {
        self.turn < MARK && !self.mark_broken
    }
}
