//! One thing that may be true of the tray and the flow, with its share of belief.
//!
//! Owns: how well a weight fits it, which weights it takes for a push, and what of the mass it calls blood. Refuses: to compare itself
//! with others (the `bank` does). A crash loses it.

use super::filter::{Filter, Surprise, magnitude, root};
use super::run::Run;
use super::tubes::Tubes;

/// Pushes per second before anything is seen, and how long one lasts, s.
const PUSHES: f64 = 0.025;
/// See `PUSHES`.
pub(super) const PUSH_LASTS: f64 = 0.5;
/// Density of a weight under a push of any size, 1/g.
const ANY_PUSH: f64 = 0.0125;
/// A push keeps about its size from weight to weight: within so many grams.
const PUSH_KEEPS: f64 = 2.0;
/// Thoughts this near to each other are one, g and g/s, once they are so old, s.
const ALIKE: (f64, f64, f64) = (0.2, 0.08, 0.5);

/// One thing that may be true.
#[derive(Debug, Clone)]
pub(super) struct Thought {
    pub(super) filter: Filter,
    pub(super) share: f64,
    pub(super) born: f64,
    /// What the scale shows beyond the blood, g.
    pub(super) steps: f64,
    /// How likely the last weight belonged to a push, and how far off it was, g.
    pub(super) pushed: f64,
    pub(super) off: f64,
    pub(super) run: Option<Run>,
    /// Until when it is kept, however unlikely it is.
    pub(super) spared_until: f64,
}

impl Thought {
    /// A new thought: nothing pushes.
    pub(super) fn new(filter: Filter, share: f64, now: f64, steps: f64) -> Self {
        Self { filter, share, born: now, steps, pushed: 0.0, off: 0.0, run: None, spared_until: f64::MIN }
    }

    /// A new thought that differs from this one in its tracker: a push goes on.
    pub(super) fn but(&self, filter: Filter, share: f64, now: f64) -> Self {
        Self { filter, share, born: now, spared_until: f64::MIN, ..self.clone() }
    }

    /// Moves belief by how well this thought expected the weight, and believes the weight by how likely it is that nothing
    /// pushes.
    pub(super) fn weigh(&mut self, now: f64, net: f64, elapsed: f64, rounding: f64, pace: f64) {
        let surprise = self.filter.surprise(net - self.steps, rounding);
        let begins = (PUSHES * elapsed).min(0.2);
        let ends = (elapsed / PUSH_LASTS).min(0.6);
        let free = surprise.likely * ((1.0 - self.pushed) * (1.0 - begins) + self.pushed * ends);
        let pushed =
            (1.0 - self.pushed) * begins * ANY_PUSH + self.pushed * (1.0 - ends) * self.goes_on(&surprise);
        let likely = (free + pushed).max(1e-30);
        self.share *= likely;
        self.pushed = pushed / likely;
        self.off = surprise.grams;
        self.filter.believe(&surprise, 1.0 - self.pushed, elapsed);
        if self.pushed < 0.5 {
            self.run = None;
        } else {
            let run = self.run.get_or_insert_with(|| Run::begins(now));
            run.keep(now, surprise.grams, pace);
        }
    }

    /// Density of a weight under a push that goes on: near where it was, or anywhere, 1/g.
    fn goes_on(&self, surprise: &Surprise) -> f64 {
        // As wide for a large push as for a small one: else a thought would gain by needing the smaller push.
        let off = (surprise.grams - self.off) / PUSH_KEEPS;
        0.6 * std::f64::consts::FRAC_1_PI / (PUSH_KEEPS * (1.0 + off * off)) + 0.4 * ANY_PUSH
    }

    /// What filled tubes took off the tray without a step: this thought believes that less blood came instead, g.
    pub(super) fn missing(&self, tubes: Tubes) -> f64 {
        tubes.unshown_in(self.steps)
    }

    /// Blood that came, g.
    pub(super) fn blood(&self, tubes: Tubes) -> f64 {
        self.filter.mass() + self.missing(tubes)
    }

    /// What the scale shows beyond the blood and the filled tubes, g.
    pub(super) fn beyond(&self, tubes: Tubes) -> f64 {
        tubes.leave_of(self.steps)
    }

    /// What filled tubes took is what it is by now: the net mass is given without it from here on.
    pub(super) fn settle_tubes(&mut self, tubes: Tubes) {
        let (missing, beyond) = (self.missing(tubes), self.beyond(tubes));
        self.filter.move_mass(missing);
        self.steps = beyond;
    }

    /// Takes the other thought in. What the scale shows of both is the same; how much of it is blood lies between them.
    pub(super) fn join(&mut self, other: &Self) {
        let weight = other.share / (self.share + other.share);
        let off = self.steps - other.steps;
        self.share += other.share;
        self.steps -= weight * off;
        self.filter.move_mass(weight * off);
        self.filter.doubt_mass(root(weight * (1.0 - weight)) * magnitude(off));
    }

    /// Whether it led until just now: what made it unlikely may turn out to be a push that is over soon.
    pub(super) fn is_spared(&self, now: f64) -> bool {
        now < self.spared_until
    }

    /// Whether the other thought says the same of what can still be seen.
    pub(super) fn alike(&self, other: &Self, now: f64) -> bool {
        let (mass, flow, age) = ALIKE;
        let born = if self.born > other.born { self.born } else { other.born };
        self.filter.runs() == other.filter.runs()
            && now - born > age
            && self.filter.same_tray(&other.filter)
            && magnitude(self.filter.mass() + self.steps - other.filter.mass() - other.steps) < mass
            && magnitude(self.filter.flow() - other.filter.flow()) < flow
    }
}
