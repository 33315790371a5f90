//! Which weights to believe: short pushes are left out, lasting steps are measured, a dead scale is noticed.
//!
//! Owns: the run of unbelieved weights (a push on the tray ends within a second and a half, a step stays), the share of
//! unbelieved weights, how long the value has not changed, and the last five seconds of plain weights as a second opinion
//! that trusts no model. All of it of fixed size. Refuses: volumes and flows (those are `filter`). A crash loses it.

use super::filter::{Filter, Surprise, magnitude};

/// A weight this many standard deviations off starts a run.
const GATE: f64 = 4.0;
/// However large the doubt, once the track has settled a standard deviation counts as at most this at the gate, g.
const WIDEST: f64 = 1.0;
/// The track settles within this time of its beginning, or of having been lost, s.
const SETTLES_IN: f64 = 8.0;
/// Within a run a weight has to be this near to be believed.
const GATE_IN_RUN: f64 = 2.5;
/// Weights that lean to one side by so many standard deviations in the mean turn the flow.
const LEAN: f64 = 1.1;
/// Time of that mean, s: longer than slosh, shorter than a stop.
const LEAN_OVER: f64 = 0.5;
/// A second thought that fits this share of the weights of a run for `SECOND_FITS` is taken.
const SECOND_SHARE: f64 = 0.85;
/// See `SECOND_SHARE`, s.
const SECOND_FITS: f64 = 0.8;
/// Weights within so many standard deviations fit a second thought.
const SECOND_GATE: f64 = 3.0;
/// A turn of the flow may be recalled for so long, s.
const RECALLED_FOR: f64 = 3.0;
/// Mass that a turn of the flow does not explain, from which on it is told as a step, g.
const JUMP: f64 = 5.0;
/// Share of weights left out at which the track is lost.
const LOST: f64 = 0.5;
/// Doubt of the mass and of the rocking then, g.
const LOST_DOUBT: f64 = 6.0;
/// A step as small as this is followed: to reckon with it would cost more, when it is none, than it is worth, g.
const SMALL_STEP: f64 = 5.0;
/// Beyond what the flow would have brought, a fall of weight must be so large to be a step, g.
const STEP_MARGIN: f64 = 1.5;
/// A stop behind a push may have begun so long before it, s.
const STOP_UNSEEN: f64 = 2.0;
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
    /// The tray stays this many grams away from where it was: a lasting step.
    Step(f64),
    /// The tray stays this many grams away, but that may be blood that came or did not come: believe weights anew.
    Follow(f64),
    /// What was followed is lost (mixer jerked, bag swinging): start doubting, by this many grams.
    Shaken(f64),
}

/// A run of unbelieved weights.
#[derive(Debug, Clone)]
struct Run {
    since: f64,
    /// The second thought: no push, the flow has turned. It believes the weights that the first leaves out.
    second: Filter,
    fitted: u32,
    seen: u32,
    calm_since: Option<f64>,
    kept: [f64; RUN_KEPT],
    count: usize,
    next_at: f64,
}

/// The watch over one scale. Times are seconds since the draw began, masses grams.
#[derive(Debug, Clone)]
pub(super) struct Watch {
    run: Option<Run>,
    /// The first thought, when the second was taken: should it have been a push after all. The oldest of several.
    recall: Option<(Filter, f64)>,
    jumped: Option<f64>,
    settles: f64,
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
            recall: None,
            jumped: None,
            settles: SETTLES_IN,
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
    /// Puts another tracker in its place when that explains the weights better.
    pub(super) fn judge(&mut self, now: f64, grams: f64, elapsed: f64, filter: &mut Filter) -> Verdict {
        self.recall(now, grams, elapsed, filter);
        let surprise = filter.surprise(grams);
        let gate = if self.run.is_some() { GATE_IN_RUN } else { GATE };
        let near = magnitude(surprise.sigmas) < gate
            && (now < self.settles || magnitude(surprise.grams) < gate * WIDEST);
        let weight = (elapsed / 8.0).clamp(0.0, 0.1);
        self.left_out += weight * (if near { 0.0 } else { 1.0 } - self.left_out);
        if self.left_out > LOST {
            self.lost(now);
            return Verdict::Shaken(LOST_DOUBT);
        }
        if self.run.is_some() {
            self.in_a_run(now, grams, elapsed, near, filter)
        } else {
            self.out_of_runs(now, elapsed, surprise, near, filter)
        }
    }

    fn out_of_runs(
        &mut self,
        now: f64,
        elapsed: f64,
        surprise: Surprise,
        near: bool,
        filter: &mut Filter,
    ) -> Verdict {
        if near {
            if self.turned(surprise.sigmas, elapsed) {
                self.recall.get_or_insert_with(|| (filter.clone(), now));
                filter.turn_flow();
            }
            return Verdict::Believe;
        }
        let mut second = filter.clone();
        second.turn_flow();
        let mut kept = [0.0; RUN_KEPT];
        kept[0] = surprise.grams;
        let next_at = now + 0.1;
        self.run =
            Some(Run { since: now, second, fitted: 0, seen: 0, calm_since: None, kept, count: 1, next_at });
        Verdict::Leave
    }

    fn in_a_run(&mut self, now: f64, grams: f64, elapsed: f64, near: bool, filter: &mut Filter) -> Verdict {
        let Some(run) = &mut self.run else { return Verdict::Believe };
        let off = filter.surprise(grams).grams;
        if run.second_fits(now, grams, elapsed) && !near {
            std::mem::swap(filter, &mut run.second);
            let first = run.second.clone();
            self.recall.get_or_insert((first, now));
            self.run = None;
            return Verdict::Leave;
        }
        if near {
            let calm_since = *run.calm_since.get_or_insert(now);
            if now - calm_since >= CALM {
                self.run = None;
                return Verdict::Believe;
            }
            return Verdict::Leave;
        }
        run.calm_since = None;
        if now < run.next_at {
            return Verdict::Leave;
        }
        run.kept[run.count % RUN_KEPT] = off;
        run.count += 1;
        run.next_at = now + 0.1;
        let Some(verdict) = run.verdict(now, filter.flow()) else { return Verdict::Leave };
        self.run = None;
        if matches!(verdict, Verdict::Shaken(_)) {
            self.lost(now);
        }
        verdict
    }

    /// The track is lost: it settles anew, with the gate wide open.
    fn lost(&mut self, now: f64) {
        self.run = None;
        self.recall = None;
        self.left_out = 0.2;
        self.settles = now + SETTLES_IN;
    }

    /// A long push can look like a turn of the flow while it lasts. When a weight fits what was expected before that
    /// turn, and not what was expected since, it was a push.
    fn recall(&mut self, now: f64, grams: f64, elapsed: f64, filter: &mut Filter) {
        let Some((first, since)) = &mut self.recall else { return };
        first.advance(elapsed);
        if now - *since > RECALLED_FOR {
            // What the turned flow alone cannot have brought by now was a jump.
            let turned = (filter.flow() - first.flow()) * (RECALLED_FOR + SECOND_FITS / 2.0);
            let jump = filter.mass() - first.mass() - turned;
            self.jumped = (magnitude(jump) > JUMP).then_some(jump);
            self.recall = None;
        } else if fits(grams, first) && !fits(grams, filter) {
            std::mem::swap(first, filter);
            self.recall = None;
            self.run = None;
        }
    }

    /// Whether weights have leaned to one side for a while: what a stop or a start of the flow looks like.
    fn turned(&mut self, sigmas: f64, elapsed: f64) -> bool {
        self.lean += elapsed / (LEAN_OVER + elapsed) * (sigmas.clamp(-3.0, 3.0) - self.lean);
        let turned = magnitude(self.lean) > LEAN;
        if turned {
            self.lean = 0.0;
        }
        turned
    }

    /// A lasting step that was followed as if it were flow, g; told once.
    pub(super) fn take_jump(&mut self) -> Option<f64> {
        self.jumped.take()
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

/// Whether this weight is as the tracker expects, on the strict side.
fn fits(grams: f64, filter: &Filter) -> bool {
    let surprise = filter.surprise(grams);
    magnitude(surprise.sigmas) < GATE_IN_RUN && magnitude(surprise.grams) < GATE_IN_RUN * WIDEST
}

impl Run {
    /// Shows a weight to the second thought; whether it has explained enough of them by now.
    fn second_fits(&mut self, now: f64, grams: f64, elapsed: f64) -> bool {
        self.second.advance(elapsed);
        self.seen = self.seen.saturating_add(1);
        let fits = magnitude(self.second.surprise(grams).sigmas) < SECOND_GATE;
        if fits {
            self.fitted = self.fitted.saturating_add(1);
            self.second.believe(grams, elapsed);
        }
        fits && now - self.since >= SECOND_FITS
            && f64::from(self.fitted) >= SECOND_SHARE * f64::from(self.seen)
    }

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
            let not_come = if middle < 0.0 { flow.max(0.0) * (age + STOP_UNSEEN) + STEP_MARGIN } else { 0.0 };
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
