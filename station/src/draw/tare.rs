//! The mass of the empty set on the tray, with the mixer still or rocking.
//!
//! Owns: the tare's own tracker (the same as the draw's, with no flow) and when its answer is good enough. Refuses: an
//! answer while something still moves that is not rocking, or in less than ten seconds. A crash loses it: tare again.

use super::filter::Runs;
use super::track::Track;
use crate::device::{Quality, WeightSample};
use crate::measure::{Milligrams, Mono};

/// Shortest time of a tare, s: two rocking cycles and some.
const SHORTEST: f64 = 10.0;
/// Weights may be missing for so long, s.
const LONGEST_PAUSE: f64 = 2.0;
/// Doubt at which the tare is good, g.
const GOOD: f64 = 0.2;

/// One tare in progress.
#[derive(Debug, Clone)]
pub struct Tare {
    track: Option<Track>,
    cycle: Option<Mono>,
}

impl Tare {
    /// Begins with nothing known.
    pub fn new() -> Self {
        Self { track: None, cycle: None }
    }

    /// A weight arrived. Bad ones and ones from before the last are left out; a pause of over two seconds, or a bag
    /// put on or taken off, begins anew.
    pub fn handle_sample(&mut self, at: Mono, sample: WeightSample) {
        if sample.quality == Quality::Bad {
            return;
        }
        let begun = |gross| Track::new(at, gross, Milligrams(0), Runs::Never);
        match &mut self.track {
            Some(track) if at < track.heard() => (),
            Some(track) if super::seconds(at.since(track.heard())) <= LONGEST_PAUSE => {
                track.add(at, sample.gross, Milligrams(0), false);
                if track.bank.take_step().is_some() {
                    *track = begun(sample.gross);
                }
            }
            other => *other = Some(begun(sample.gross)),
        }
    }

    /// The mixer passed its home mark.
    pub fn handle_cycle(&mut self, at: Mono) {
        if let (Some(track), Some(before)) = (&mut self.track, self.cycle) {
            track.turned(before, at);
        }
        self.cycle = Some(at);
    }

    /// The tare, once it is good to about 0.2 g; none before.
    pub fn result(&self) -> Option<Milligrams> {
        let t = self.track.as_ref()?;
        let good = t.lasts() >= SHORTEST && t.bank.mass_sigma() <= GOOD && !t.bank.in_run();
        good.then(|| Milligrams((t.bank.mean().0 * 1000.0) as i64))
    }
}

impl Default for Tare {
    fn default() -> Self {
        Self::new()
    }
}
