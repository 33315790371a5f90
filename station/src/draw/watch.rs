//! Which weights to believe: short pushes are left out, lasting steps are measured, a dead scale is noticed.
//!
//! Owns: the run of unbelieved weights (a push on the tray ends within a second and a half, a step stays), the share of
//! unbelieved weights, how long the value has not changed, and the last five seconds of plain weights as a second opinion
//! that trusts no model. All of it of fixed size. Refuses: volumes and flows (those are `filter`). A crash loses it.

use super::filter::{Filter, magnitude};

/// A weight this many standard deviations off starts a run.
const GATE: f64 = 4.0;
/// However large the doubt, once the track has settled a standard deviation counts as at most this at the gate, g.
const WIDEST: f64 = 1.0;
/// The track settles within this time of its beginning, or of having been lost, s.
const SETTLES_IN: f64 = 8.0;
/// Within a run a weight has to be this near to be believed.
const GATE_IN_RUN: f64 = 2.5;
/// Weights that all lean to one side for so long before one is beyond the gate: the flow has turned, a push is quicker.
const LEANS_TO_GATE: f64 = 0.6;
/// Weights that all lean to one side for so long, and by `LEAN` standard deviations in the mean, turn the flow too.
const LEANS_LONG: f64 = 0.9;
/// See `LEANS_LONG`.
const LEAN: f64 = 1.5;
/// A turn of the flow leaves the gate slowly, by less than so many standard deviations at first.
const JUST_OUT: f64 = 6.0;
/// A step as small as this is followed: to reckon with it would cost more, when it is none, than it is worth, g.
const SMALL_STEP: f64 = 5.0;
/// Beyond what the flow would have brought, a fall of weight must be so large to be a step, g.
const STEP_MARGIN: f64 = 1.5;
/// No push on the tray holds one value for so long, s: what does is a step.
const STEP_HELD: f64 = 1.4;
/// A run without end in which no value holds: the track is lost, s.
const LONGEST_RUN: f64 = 5.0;
/// Believed weights that end a run must last so long, s.
const CALM: f64 = 0.15;
/// A value holds when four in five weights are so near their middle, g.
const STEP_SCATTER: f64 = 1.6;
/// Kept of a run: one weight each tenth of a second, the newest.
const RUN_KEPT: usize = 14;
/// Kept plain weights: one each eighth of a second for five seconds.
const PLAIN_KEPT: usize = 40;
/// Distance of kept plain weights, s.
const PLAIN_EVERY: f64 = 0.125;
/// A rocking tray that shows one value for so long is frozen, s.
const FROZEN_AFTER: f64 = 4.0;
/// Weights needed to call it frozen.
const FROZEN_COUNT: u32 = 8;

/// What to do with one weight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Verdict {
    /// Believe it.
    Believe,
    /// Leave it out.
    Leave,
    /// Believe it, but the flow has turned (stopped, started again): weights lean away steadily, without a jump.
    Turn,
    /// The tray stays this many grams away from where it was: a lasting step.
    Step(f64),
    /// The tray stays this many grams away, but that may be blood that came or did not come: believe weights anew.
    Follow(f64),
    /// What was followed is lost (mixer jerked, bag swinging): start doubting, by this many grams.
    Shaken(f64),
}

/// A run of unbelieved weights.
#[derive(Debug, Clone, Copy)]
struct Run {
    since: f64,
    calm_since: Option<f64>,
    kept: [f64; RUN_KEPT],
    count: usize,
    next_at: f64,
}

/// The watch over one scale. Times are seconds since the draw began, masses grams.
#[derive(Debug, Clone)]
pub(super) struct Watch {
    run: Option<Run>,
    settles: f64,
    leans_since: f64,
    leans_up: bool,
    lean: f64,
    left_out: f64,
    last_value: Option<i64>,
    unchanged_since: f64,
    unchanged_count: u32,
    moved_before: bool,
    plain: [f64; PLAIN_KEPT],
    plain_count: usize,
    plain_next: usize,
    plain_at: f64,
}

impl Watch {
    pub(super) fn new() -> Self {
        Self {
            run: None,
            settles: SETTLES_IN,
            leans_since: 0.0,
            leans_up: false,
            lean: 0.0,
            left_out: 0.0,
            last_value: None,
            unchanged_since: 0.0,
            unchanged_count: 0,
            moved_before: false,
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

    /// Judges a weight (net of known steps) against the tracker, which stands at `now`; `elapsed` since the last one.
    pub(super) fn judge(&mut self, now: f64, grams: f64, elapsed: f64, filter: &Filter) -> Verdict {
        let surprise = filter.surprise(grams);
        let gate = if self.run.is_some() { GATE_IN_RUN } else { GATE };
        let near = magnitude(surprise.sigmas) < gate
            && (now < self.settles || magnitude(surprise.grams) < gate * WIDEST);
        let weight = (elapsed / 8.0).clamp(0.0, 0.1);
        self.left_out += weight * (if near { 0.0 } else { 1.0 } - self.left_out);
        let Some(run) = &mut self.run else {
            if self.turned(now, surprise.sigmas, near) {
                return Verdict::Turn;
            }
            if near {
                return Verdict::Believe;
            }
            let mut kept = [0.0; RUN_KEPT];
            kept[0] = surprise.grams;
            self.run = Some(Run { since: now, calm_since: None, kept, count: 1, next_at: now + 0.1 });
            return Verdict::Leave;
        };
        if near {
            let calm_since = *run.calm_since.get_or_insert(now);
            if now - calm_since >= CALM {
                self.run = None;
                return Verdict::Believe;
            }
            return Verdict::Leave;
        }
        run.calm_since = None;
        if now >= run.next_at {
            run.kept[run.count % RUN_KEPT] = surprise.grams;
            run.count += 1;
            run.next_at = now + 0.1;
            if let Some(verdict) = run.verdict(now, filter.flow()) {
                self.run = None;
                if matches!(verdict, Verdict::Shaken(_)) {
                    self.settles = now + SETTLES_IN;
                }
                return verdict;
            }
        }
        Verdict::Leave
    }

    /// Whether weights have leaned to one side too long for a push: what a stop or a start of the flow looks like.
    fn turned(&mut self, now: f64, sigmas: f64, near: bool) -> bool {
        if (sigmas > 0.0) != self.leans_up {
            self.leans_up = sigmas > 0.0;
            self.leans_since = now;
            self.lean = 0.0;
        }
        self.lean += 0.1 * (sigmas.clamp(-3.0, 3.0) - self.lean);
        let leans = now - self.leans_since;
        let turned = magnitude(self.lean) > LEAN
            && if near { leans > LEANS_LONG } else { leans > LEANS_TO_GATE && magnitude(sigmas) < JUST_OUT };
        if turned {
            self.leans_since = now;
            self.lean = 0.0;
        }
        turned
    }

    /// Whether this weight is as the tracker expects, on the strict side.
    pub(super) fn fits(grams: f64, filter: &Filter) -> bool {
        let surprise = filter.surprise(grams);
        magnitude(surprise.sigmas) < GATE_IN_RUN && magnitude(surprise.grams) < GATE_IN_RUN * WIDEST
    }

    /// Ends a run whose reason was found elsewhere.
    pub(super) fn forget_run(&mut self) {
        self.run = None;
        self.lean = 0.0;
    }

    /// Whether weights are being left out just now.
    pub(super) fn in_run(&self) -> bool {
        self.run.is_some()
    }

    /// Whether more than a third of the last weights had to be left out.
    pub(super) fn jumping(&self) -> bool {
        self.left_out > 0.35
    }

    /// Whether a tray that moved has shown one and the same value for too long.
    pub(super) fn frozen(&self, now: f64) -> bool {
        self.moved_before
            && self.unchanged_count >= FROZEN_COUNT
            && now - self.unchanged_since >= FROZEN_AFTER
    }

    /// The middle one of the plain weights of the last five seconds, once there are that many.
    pub(super) fn middle(&self) -> Option<f64> {
        if self.plain_count < PLAIN_KEPT {
            return None;
        }
        let mut sorted = self.plain;
        Some(middle_of(&mut sorted))
    }
}

impl Run {
    /// What this run has turned out to be, if it has.
    fn verdict(&self, now: f64, flow: f64) -> Option<Verdict> {
        if self.count < RUN_KEPT || now - self.since < STEP_HELD {
            return None;
        }
        let mut kept = self.kept;
        let middle = middle_of(&mut kept);
        for v in &mut kept {
            *v = magnitude(*v - middle);
        }
        kept.sort_unstable_by(f64::total_cmp);
        let scatter = kept[RUN_KEPT * 4 / 5];
        let age = now - self.since;
        if scatter <= STEP_SCATTER {
            // A fall may as well be blood that did not flow behind a push.
            let not_come = if middle < 0.0 { flow.max(0.0) * age + STEP_MARGIN } else { 0.0 };
            let small = magnitude(middle) <= not_come.max(SMALL_STEP);
            Some(if small { Verdict::Follow(middle) } else { Verdict::Step(middle) })
        } else if age > LONGEST_RUN {
            Some(Verdict::Shaken(scatter + magnitude(middle)))
        } else {
            None
        }
    }
}

/// The middle value; zero of nothing. Sorts in place.
fn middle_of(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled() -> Filter {
        let mut f = Filter::new(100.0, false);
        for _ in 0..600 {
            f.advance(0.05);
            f.believe(100.0, 0.05);
        }
        f
    }

    /// Feeds `grams` every 50 ms for `seconds` and returns the verdicts that are no plain "believe" or "leave".
    fn feed(watch: &mut Watch, filter: &mut Filter, from: f64, seconds: f64, grams: f64) -> Vec<Verdict> {
        let mut out = Vec::new();
        let mut t = 0.0;
        while t < seconds {
            filter.advance(0.05);
            match watch.judge(from + t, grams, 0.05, filter) {
                Verdict::Believe => filter.believe(grams, 0.05),
                Verdict::Leave => (),
                Verdict::Turn => filter.turn_flow(),
                v @ (Verdict::Step(_) | Verdict::Follow(_) | Verdict::Shaken(_)) => out.push(v),
            }
            t += 0.05;
        }
        out
    }

    #[test]
    fn a_push_of_a_second_is_left_out_and_a_lasting_one_is_a_step() {
        let (mut w, mut f) = (Watch::new(), settled());
        assert_eq!(feed(&mut w, &mut f, 0.0, 1.0, 140.0), vec![]);
        assert!(feed(&mut w, &mut f, 1.0, 2.0, 100.0).is_empty() && !w.in_run());
        assert!((f.mass() - 100.0).abs() < 0.2, "{}", f.mass());
        let steps = feed(&mut w, &mut f, 3.0, 1.75, 112.0);
        assert!(matches!(steps[..], [Verdict::Step(s)] if (s - 12.0).abs() < 1.0), "{steps:?}");
    }

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
}
