//! The mass of the empty set on the tray, with the mixer still or rocking.
//!
//! Owns: the tare's own tracker (the same as the draw's, with no flow) and when its answer is good enough. Refuses: an
//! answer while something still moves that is not rocking, or in less than ten seconds. A crash loses it: tare again.

use super::bank::Bank;
use super::filter::Runs;
use super::watch::Watch;
use crate::device::{Quality, WeightSample};
use crate::measure::{Milligrams, Mono};

/// Shortest time of a tare, s: two rocking cycles and some.
const SHORTEST: f64 = 10.0;
/// Doubt at which the tare is good, g.
const GOOD: f64 = 0.2;

/// One tare in progress.
#[derive(Debug, Clone)]
pub struct Tare {
    tracker: Option<Tracker>,
}

#[derive(Debug, Clone)]
struct Tracker {
    bank: Bank,
    watch: Watch,
    began: Mono,
    last: Mono,
    cycle: Option<Mono>,
}

impl Tare {
    /// Begins with nothing known.
    pub fn new() -> Self {
        Self { tracker: None }
    }

    /// A weight arrived. Bad ones and ones from before the last are left out; a pause of over two seconds, or a bag
    /// put on or taken off, begins anew.
    pub fn handle_sample(&mut self, at: Mono, sample: WeightSample) {
        if sample.quality == Quality::Bad {
            return;
        }
        let grams = super::grams(sample.gross);
        let Some(t) = &mut self.tracker else {
            self.tracker = Some(Tracker::new(at, grams));
            return;
        };
        if at < t.last {
            return;
        }
        let elapsed = super::seconds(at.since(t.last));
        if elapsed > 2.0 {
            self.tracker = Some(Tracker::new(at, grams));
            return;
        }
        t.last = at;
        let now = super::seconds(at.since(t.began));
        t.watch.note(now, sample.gross.0, grams, false);
        t.bank.handle(now, grams, elapsed, t.watch.rounding());
        if t.bank.take_step().is_some() {
            self.tracker = Some(Tracker::new(at, grams));
        }
    }

    /// The mixer passed its home mark.
    pub fn handle_cycle(&mut self, at: Mono) {
        if let Some(t) = &mut self.tracker {
            if let Some(before) = t.cycle {
                let turn = super::seconds(at.since(before));
                t.bank.each(|f| f.believe_turn(turn, 0.08));
            }
            t.cycle = Some(at);
        }
    }

    /// The tare, once it is good to about 0.2 g; none before.
    pub fn result(&self) -> Option<Milligrams> {
        let t = self.tracker.as_ref()?;
        let good = super::seconds(t.last.since(t.began)) >= SHORTEST
            && t.bank.mass_sigma() <= GOOD
            && !t.bank.in_run();
        good.then(|| Milligrams((t.bank.mean().0 * 1000.0) as i64))
    }
}

impl Default for Tare {
    fn default() -> Self {
        Self::new()
    }
}

impl Tracker {
    fn new(at: Mono, grams: f64) -> Self {
        Self { bank: Bank::new(grams, Runs::Never), watch: Watch::new(), began: at, last: at, cycle: None }
    }
}
