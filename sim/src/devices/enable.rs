//! The switch behind an enable line: it gives power as long as edges come.
//!
//! Owns: when it lets go. Refuses: a level: a line that is stuck high or low is no edge. A line that nobody drives any more stays
//! where it was, and the power goes [`HOLD_US`] later.

/// It lets go this long after the last edge, us.
pub const HOLD_US: u64 = 200_000;

/// The switch. Without a wire to it the power is always there.
#[derive(Debug, Clone, Copy, Default)]
pub struct Enable {
    wired: bool,
    level: bool,
    edge_at: Option<u64>,
    now: u64,
}

impl Enable {
    /// A switch that waits for its first edge.
    pub fn wired() -> Self {
        Self { wired: true, ..Self::default() }
    }

    /// The level of its line.
    pub fn drive(&mut self, level: bool) {
        if self.level != level {
            self.level = level;
            self.edge_at = Some(self.now);
        }
    }

    /// Lets time pass up to `now_us`.
    pub fn step(&mut self, now_us: u64) {
        self.now = now_us;
    }

    /// Whether it gives power.
    pub fn holds(&self) -> bool {
        !self.wired || self.edge_at.is_some_and(|at| self.now < at + HOLD_US)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_hold_it_and_a_level_does_not() {
        let mut enable = Enable::wired();
        assert!(!enable.holds());
        for (at, level) in [(0, true), (150_000, false), (300_000, true)] {
            enable.step(at);
            enable.drive(level);
            assert!(enable.holds());
        }
        enable.step(499_999);
        enable.drive(true);
        assert!(enable.holds());
        enable.step(500_000);
        assert!(!enable.holds(), "the line is high and silent");
        assert!(Enable::default().holds());
    }
}
