//! The watch over one scale: is it frozen, and what does it say when no model is asked?
//!
//! Owns: how long the value has not changed, and the last five seconds of plain weights as a second opinion that trusts
//! no model. All of it of fixed size. Refuses: judging single weights (that is `bank`). A crash loses it.

/// Kept plain weights: one each eighth of a second for five seconds.
const PLAIN_KEPT: usize = 40;
/// Distance of kept plain weights, s.
const PLAIN_EVERY: f64 = 0.125;
/// A rocking tray that shows one value for so long is frozen, s.
const FROZEN_AFTER: f64 = 4.0;
/// Weights needed to call it frozen.
const FROZEN_COUNT: u32 = 8;

/// Coarsest step of a scale believed, mg.
const COARSEST: i64 = 1000;

/// The watch over one scale. Times are seconds since the track began, masses grams.
#[derive(Debug, Clone)]
pub(super) struct Watch {
    last_value: Option<i64>,
    unchanged_since: f64,
    unchanged_count: u32,
    moved_before: bool,
    /// Smallest change so far, mg: the scale's step.
    rounding: i64,
    plain: [f64; PLAIN_KEPT],
    plain_count: usize,
    plain_next: usize,
    plain_at: f64,
}

impl Watch {
    pub(super) fn new() -> Self {
        Self {
            last_value: None,
            unchanged_since: 0.0,
            unchanged_count: 0,
            moved_before: false,
            rounding: COARSEST,
            plain: [0.0; PLAIN_KEPT],
            plain_count: 0,
            plain_next: 0,
            plain_at: f64::MIN,
        }
    }

    /// Takes in a weight as the scale gave it. `rocking`: whether the tray is known to move.
    pub(super) fn note(&mut self, now: f64, gross: i64, net: f64, rocking: bool) {
        if self.last_value == Some(gross) {
            self.unchanged_count = self.unchanged_count.saturating_add(1);
            self.moved_before |= rocking;
        } else {
            let change = self.last_value.map_or(COARSEST, |last| last.saturating_sub(gross).saturating_abs());
            self.rounding = self.rounding.min(change).max(1);
            self.last_value = Some(gross);
            self.unchanged_since = now;
            self.unchanged_count = 1;
            self.moved_before = rocking;
        }
        if now - self.plain_at >= PLAIN_EVERY {
            self.plain_at = now;
            self.plain[self.plain_next] = net;
            self.plain_next = (self.plain_next + 1) % PLAIN_KEPT;
            self.plain_count = (self.plain_count + 1).min(PLAIN_KEPT);
        }
    }

    /// So much of the net mass does not count any more, g.
    pub(super) fn put_aside(&mut self, grams: f64) {
        self.plain.iter_mut().for_each(|p| *p -= grams);
    }

    /// What the scale rounds to, as far as its weights show, g.
    pub(super) fn rounding(&self) -> f64 {
        self.rounding as f64 / 1000.0
    }

    /// Whether a tray that moved has shown one and the same value for too long.
    pub(super) fn frozen(&self, now: f64) -> bool {
        self.moved_before
            && self.unchanged_count >= FROZEN_COUNT
            && now - self.unchanged_since >= FROZEN_AFTER
    }

    /// Whether the middle one of the plain weights of the last five seconds is at least this, once there are that many.
    pub(super) fn middle_reaches(&self, grams: f64) -> bool {
        let above = self.plain.iter().filter(|p| **p >= grams).count();
        self.plain_count == PLAIN_KEPT && 2 * above >= PLAIN_KEPT
    }
}

/// The middle value; zero of nothing. Sorts in place.
pub(super) fn middle_of(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_never_changes_on_a_moving_tray_is_frozen() {
        let mut w = Watch::new();
        for i in 0..100 {
            w.note(f64::from(i) * 0.1, 5000, 5.0, true);
        }
        assert!(w.frozen(9.9));
        w.note(10.0, 5100, 5.1, true);
        assert!(!w.frozen(10.0));
    }

    #[test]
    fn the_middle_of_five_seconds_is_asked_for_not_a_push() {
        let mut w = Watch::new();
        for i in 0..40 {
            assert!(!w.middle_reaches(1.0), "{i} weights are too few");
            let grams = if i < 21 { 10.0 } else { 40.0 };
            w.note(f64::from(i) * 0.125, i64::from(i), grams, true);
        }
        assert!(w.middle_reaches(10.0) && !w.middle_reaches(11.0));
        w.note(5.0, 0, 40.0, true);
        assert!(w.middle_reaches(11.0) && !w.middle_reaches(41.0));
        w.put_aside(30.0);
        assert!(w.middle_reaches(10.0) && !w.middle_reaches(11.0));
    }
}
