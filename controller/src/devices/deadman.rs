//! Who may keep the energy on: the station while its step runs, a bed while its guard finds nothing wrong.
//!
//! Owns: when the loop last came round and when each bed's guard last passed; the rhythm of the enable lines. Refuses: a pulse on
//! anything older than [`STEP`] and [`GUARD`]. What a crash does: no more pulses, and the hardware behind the enable line, or the
//! node, takes the energy away by itself; that is the whole point.
//!
//! ```text
//!  loop came round ≤ 100 ms ago ──▶ station enable pulses ─┐ both: a node's heart beats, a bed's enable pulses
//!  bed's guard passed ≤ 250 ms ago ────────────────────────┘
//! ```

use station::ident::BedId;
use station::measure::{Mono, Span};
use std::collections::BTreeMap;

/// The step has to have run within this.
pub const STEP: Span = Span::from_millis(100);
/// A bed's guard has to have passed within this.
pub const GUARD: Span = Span::from_millis(250);
/// Half a period of the enable lines: 10 edges in half a second. The hardware behind them has to let go within 200 ms of the
/// last edge.
pub const HALF: Span = Span::from_millis(50);

/// What is known of the loop and the guards.
#[derive(Debug, Default)]
pub struct Deadman {
    stepped: Option<Mono>,
    passed: BTreeMap<BedId, Mono>,
    next_edge: Mono,
    level: bool,
}

impl Deadman {
    /// The loop came round and every bed's step could run.
    pub fn stepped(&mut self, now: Mono) {
        self.stepped = Some(now);
    }

    /// A bed's guard finds nothing that demands a protective act.
    pub fn passed(&mut self, now: Mono, bed: BedId) {
        self.passed.insert(bed, now);
    }

    /// Whether the station may keep its energy on.
    pub fn station_alive(&self, now: Mono) -> bool {
        self.stepped.is_some_and(|at| now.since(at) <= STEP)
    }

    /// Whether a bed may keep its energy on.
    pub fn bed_alive(&self, now: Mono, bed: BedId) -> bool {
        self.station_alive(now) && self.passed.get(&bed).is_some_and(|at| now.since(*at) <= GUARD)
    }

    /// The level of the enable lines that may pulse, when it is time for an edge.
    pub fn edge(&mut self, now: Mono) -> Option<bool> {
        if now < self.next_edge {
            return None;
        }
        self.next_edge = now + HALF;
        self.level = !self.level;
        Some(self.level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bed(number: u8) -> BedId {
        BedId::new(number).unwrap()
    }

    #[test]
    fn a_bed_needs_the_loop_and_its_own_guard() {
        let mut deadman = Deadman::default();
        assert!(!deadman.station_alive(Mono(0)), "before the first step nothing is alive");
        let at = |ms: u64| Mono(ms * 1000);
        deadman.stepped(at(1000));
        deadman.passed(at(1000), bed(1));
        assert!(deadman.station_alive(at(1100)) && !deadman.station_alive(at(1101)));
        assert!(deadman.bed_alive(at(1100), bed(1)) && !deadman.bed_alive(at(1100), bed(2)));
        deadman.stepped(at(1251));
        assert!(deadman.station_alive(at(1251)));
        assert!(!deadman.bed_alive(at(1251), bed(1)), "its guard passed 251 ms ago");
    }

    #[test]
    fn edges_have_a_rhythm_and_none_is_made_up_for() {
        let mut deadman = Deadman::default();
        let edges: Vec<u64> = (0..200).filter(|ms| deadman.edge(Mono(ms * 1000)).is_some()).collect();
        assert_eq!(edges, [0, 50, 100, 150]);
        assert_eq!(deadman.edge(Mono(900_000)), Some(true));
        assert_eq!(deadman.edge(Mono(900_001)), None);
    }
}
