//! Whether a weight is at rest, for scales that have no word for it.
//!
//! Owns: the last few weights. Refuses: to call the first ones at rest. A crash loses them: nothing is at rest for a moment.

use station::measure::Milligrams;
use std::collections::VecDeque;

/// So many weights close together are at rest,
const COUNT: usize = 8;
/// which is when they lie within this.
const BAND: Milligrams = Milligrams(1_000);

/// The last weights of one scale.
#[derive(Debug, Default)]
pub(super) struct Rest {
    latest: VecDeque<Milligrams>,
}

impl Rest {
    /// A weight came: whether it is at rest with those before it.
    pub(super) fn weighed(&mut self, mass: Milligrams) -> bool {
        if self.latest.len() == COUNT {
            self.latest.pop_front();
        }
        self.latest.push_back(mass);
        let (low, high) = (self.latest.iter().min(), self.latest.iter().max());
        self.latest.len() == COUNT && low.zip(high).is_some_and(|(low, high)| *high - *low <= BAND)
    }

    /// What comes next has nothing to do with what came before.
    pub(super) fn clear(&mut self) {
        self.latest.clear();
    }
}
