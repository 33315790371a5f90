//! A diverter with two end switches: a spring leads to the pouch, a coil to the bag.
//!
//! Owns: where it leads. Faults: it may be stuck, a switch may be welded or broken.

use crate::prng::Rng;
use crate::world::line::Way;

/// What is wrong with one of its switches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SwitchFault {
    /// The bag's switch is always closed.
    BagWelded,
    /// The bag's switch never closes.
    BagBroken,
}

/// The diverter. Input lines of the station: at the pouch, at the bag. Output: the coil.
#[derive(Debug, Clone)]
pub struct Diverter {
    travel_us: u64,
    coil: bool,
    left_us: u64,
    /// It does not move any more.
    pub stuck: bool,
    /// The trouble of a switch.
    pub switch: Option<SwitchFault>,
    way: Way,
}

impl Diverter {
    /// A diverter at the pouch that takes 100 to 300 ms.
    pub fn new(mut rng: Rng) -> Self {
        let travel_us = rng.range(100_000, 300_000);
        Self { travel_us, coil: false, left_us: 0, stuck: false, switch: None, way: Way::Pouch }
    }

    /// The station drives the coil.
    pub fn drive(&mut self, coil: bool) {
        if self.coil != coil {
            self.coil = coil;
            self.left_us = self.travel_us;
        }
    }

    /// Lets time pass.
    pub fn step(&mut self, step_us: u64) {
        if self.stuck {
            return;
        }
        self.left_us = self.left_us.saturating_sub(step_us);
        self.way = match (self.left_us, self.coil) {
            (0, true) => Way::Bag,
            (0, false) => Way::Pouch,
            (_, _) => Way::Neither,
        };
    }

    /// Whether the station drives it to the bag.
    pub fn is_driven(&self) -> bool {
        self.coil
    }

    /// Whether it is on its way.
    pub fn is_moving(&self) -> bool {
        self.left_us > 0 && !self.stuck
    }

    /// Where it leads.
    pub fn way(&self) -> Way {
        self.way
    }

    /// Levels of the two switches: at the pouch, at the bag.
    pub fn switches(&self) -> [bool; 2] {
        let at_bag = match self.switch {
            None => self.way == Way::Bag,
            Some(SwitchFault::BagWelded) => true,
            Some(SwitchFault::BagBroken) => false,
        };
        [self.way == Way::Pouch, at_bag]
    }
}
