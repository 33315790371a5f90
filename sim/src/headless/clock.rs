//! Simulated clocks: time that passes only when it is told to.
//!
//! Owns: the instants of one run. Refuses: the machine's own clocks. Calendar time begins at a fixed morning, or after the
//! newest entry of a journal that is gone on with.

use crate::prng::Rng;
use controller::clock::{BootId, ClockTrust, Stamp};
use station::measure::{Mono, Span, Wall};

/// 2026-03-02, 09:00 in China.
const MORNING: Wall = Wall(1_772_413_200_000);

/// Clocks.
#[derive(Debug, Clone)]
pub struct SimClock {
    boot_id: BootId,
    begin: Wall,
    now: Mono,
}

impl SimClock {
    /// Clocks at the beginning of a run, never before `newest`.
    pub fn new(seed: u64, newest: Option<Wall>) -> Self {
        let after = newest.map_or(MORNING, |wall| Wall(wall.0.saturating_add(60_000)));
        let begin = after.max(MORNING);
        let mut rng = Rng::named(seed, "boot");
        let high = u128::from(rng.next_u64());
        Self {
            boot_id: BootId((high << 64) | u128::from(begin.0.unsigned_abs())),
            begin,
            now: Mono(1_000_000),
        }
    }

    /// All clocks now.
    pub fn now(&self) -> Stamp {
        let passed = i64::try_from(self.now.0 / 1000).unwrap_or(i64::MAX);
        let wall = Wall(self.begin.0.saturating_add(passed));
        Stamp { boot_id: self.boot_id, mono: self.now, wall, trust: ClockTrust::Synced }
    }

    /// Lets time pass.
    pub fn pass(&mut self, span: Span) {
        self.now = self.now + span;
    }

    /// The day in the station's zone, `minutes` east of UTC, as days since 1970-01-01.
    pub fn local_day(&self, minutes: i64) -> i64 {
        (self.now().wall.0 + minutes * 60_000).div_euclid(86_400_000)
    }
}
