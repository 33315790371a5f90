//! Weights that belong to a push: what they come to.
//!
//! Owns: the newest of them at an even pace, and what they tell: a value that holds for longer than any push, one that stays
//! away, a climb. Refuses: to decide what that means. Memory is fixed. A crash loses it.

use super::filter::magnitude;

/// Kept of a run: so many weights, the newest.
const RUN_KEPT: usize = 14;
/// The newest of them.
const NEWEST: usize = 4;
/// No push lasts so long, s: what holds one value for longer is a step.
const STEP_HELD: f64 = 1.4;
/// A value holds when most weights are near their middle, and the mean of the later half is so near that of the earlier, g.
const STEP_MOVES: f64 = 1.2;
/// Or, when they are far away, within this share of that.
const STEP_UNEVEN: f64 = 0.1;
/// What stays away is told from so long after it began on, s, and from so many weights that are kept.
const SURMISED_AFTER: f64 = 1.1;
/// See `SURMISED_AFTER`.
const SURMISED_FROM: usize = 6;

/// Weights that belong to a push.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    /// When it began, s.
    pub(super) since: f64,
    /// The newest, g off.
    kept: [f64; RUN_KEPT],
    /// How many were kept so far.
    count: usize,
    /// When the next is kept, s.
    next_at: f64,
}
/// What a run of weights comes to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held {
    /// The middle weight, g off.
    pub(super) middle: f64,
    /// Whether they hold that value.
    pub(super) holds: bool,
}

impl Run {
    /// One that begins now.
    pub(super) fn begins(now: f64) -> Self {
        Self { since: now, kept: [0.0; RUN_KEPT], count: 0, next_at: now }
    }

    /// The middle of the newest few, g off.
    pub(super) fn newest(&self) -> f64 {
        let mut newest = [0.0; NEWEST];
        let count = self.count.min(NEWEST);
        for (back, off) in newest.iter_mut().enumerate().take(count) {
            *off = self.kept[(self.count - 1 - back) % RUN_KEPT];
        }
        super::watch::middle_of(&mut newest[..count])
    }

    /// Whether it is longer than any push.
    pub(super) fn outlasts_pushes(&self, now: f64) -> bool {
        now - self.since >= STEP_HELD
    }

    /// What it comes to, once it is longer than a push.
    pub(super) fn held(&self, now: f64, most: f64) -> Option<Held> {
        if self.count < RUN_KEPT || !self.outlasts_pushes(now) {
            return None;
        }
        let mut kept = self.kept;
        kept.rotate_left(self.count % RUN_KEPT);
        let (early, late) = kept.split_at(RUN_KEPT / 2);
        let half = 1.0 / (RUN_KEPT / 2) as f64;
        let moved = magnitude(half * (late.iter().sum::<f64>() - early.iter().sum::<f64>()));
        let middle = super::watch::middle_of(&mut kept);
        for v in &mut kept {
            *v = magnitude(*v - middle);
        }
        kept.sort_unstable_by(f64::total_cmp);
        let scatter = kept[RUN_KEPT * 4 / 5];
        let uneven = STEP_UNEVEN * magnitude(middle);
        let holds = moved <= STEP_MOVES.max(uneven) && scatter <= most.max(2.0 * uneven);
        Some(Held { middle, holds })
    }

    /// What it comes to, once it has stayed there for longer than most pushes.
    pub(super) fn stays(&self, now: f64, most: f64) -> Option<f64> {
        if self.count < SURMISED_FROM || now - self.since < SURMISED_AFTER {
            return None;
        }
        let mut kept = self.kept;
        let kept = &mut kept[..self.count.min(RUN_KEPT)];
        let middle = super::watch::middle_of(kept);
        for v in kept.iter_mut() {
            *v = magnitude(*v - middle);
        }
        kept.sort_unstable_by(f64::total_cmp);
        (kept[kept.len() * 3 / 4] <= most).then_some(middle)
    }

    /// How fast it climbs (g/s) when it has climbed evenly so far: told when seven weights are kept.
    pub(super) fn climbs(&self, now: f64) -> Option<f64> {
        if self.count < RUN_KEPT / 2 || !self.outlasts_pushes(now) {
            return None;
        }
        let at = |back: usize| self.kept[(self.count - back) % RUN_KEPT];
        let (first, second) = (at(4) - at(7), at(1) - at(4));
        let evenly = first > 0.3 && second > 0.5 * first && second < 2.0 * first;
        // A step stays where it is; what flows has come a good part of the way just now.
        let flows = at(7) > 0.0 && first + second > 0.3 * at(1);
        (evenly && flows).then(|| at(1) / (now - self.since))
    }

    /// Takes a weight in that is so much off, g; one is kept each so many seconds.
    pub(super) fn keep(&mut self, now: f64, off: f64, every: f64) {
        if now >= self.next_at {
            self.kept[self.count % RUN_KEPT] = off;
            self.count += 1;
            // The clock of what is kept goes on at its own pace, however far apart weights are.
            self.next_at += every;
            if self.next_at <= now {
                self.next_at = now;
            }
        }
    }
}
