//! The mass of the empty set on the tray, with the mixer still or rocking.
//!
//! Owns: the tare's own tracker (the same as the draw's, with no flow) and when its answer is good enough. Refuses: an
//! answer while something still moves that is not rocking, or in less than ten seconds. A crash loses it: tare again.

use super::filter::Filter;
use super::watch::{Verdict, Watch};
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
    filter: Filter,
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
        t.filter.advance(elapsed);
        match t.watch.judge(super::seconds(at.since(t.began)), grams, elapsed, &mut t.filter) {
            Verdict::Believe => t.filter.believe(grams, elapsed),
            Verdict::Leave => (),
            Verdict::Step(_) | Verdict::Follow(_) | Verdict::Shaken(_) => {
                self.tracker = Some(Tracker::new(at, grams))
            }
        }
    }

    /// The mixer passed its home mark.
    pub fn handle_cycle(&mut self, at: Mono) {
        if let Some(t) = &mut self.tracker {
            if let Some(before) = t.cycle {
                t.filter.believe_turn(super::seconds(at.since(before)));
            }
            t.cycle = Some(at);
        }
    }

    /// The tare, once it is good to about 0.2 g; none before.
    pub fn result(&self) -> Option<Milligrams> {
        let t = self.tracker.as_ref()?;
        let good = super::seconds(t.last.since(t.began)) >= SHORTEST
            && t.filter.mass_sigma() <= GOOD
            && !t.watch.in_run();
        good.then(|| Milligrams((t.filter.mass() * 1000.0) as i64))
    }
}

impl Default for Tare {
    fn default() -> Self {
        Self::new()
    }
}

impl Tracker {
    fn new(at: Mono, grams: f64) -> Self {
        Self { filter: Filter::new(grams, true), watch: Watch::new(), began: at, last: at, cycle: None }
    }
}
