//! Whole draws: tare, draw, clamp and settling, with the product's estimator deciding when to clamp.
//!
//! Owns: how far from the target each bag ended. A station draws four times: the first with a clamp that it does not
//! know, the others with what it learned. Refuses: helping the estimator with anything that devices do not say.

use super::bed::{Bed, Station, Tacho, Troubles};
use super::dice::Dice;
use serde::Serialize;
use station::device::{Quality, WeightSample};
use station::draw::{ClampDelay, DrawSettings, Estimator, Tare};
use station::measure::{Density, Microlitres, Milligrams, Mono};

/// Draws of one station.
pub const DRAWS_PER_STATION: u64 = 4;
/// Longest tare and longest draw, s.
const LONGEST_TARE: f64 = 120.0;
const LONGEST_DRAW: f64 = 7200.0;
/// Jitter of the clamp, s.
const CLAMP_JITTER: f64 = 0.01;
/// The clamp's switch proves it closed so much later, s.
const PROOF: f64 = 0.02;
/// First blood, mL, and how long it takes to close the clip and break the plug, s.
const POUCH_ML: f64 = 20.0;
const PLUG_TAKES: (f64, f64) = (3.0, 15.0);
/// The closed line settles for so long, s.
const SETTLE: f64 = 12.0;
/// The station takes the volume, and what is to be said of it, so long after the clamp was closed, s.
const FINAL: f64 = 4.0;

/// What to draw.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// First seed.
    pub seed: u64,
    /// Number of draws.
    pub count: u64,
    /// Weights per second.
    pub rate: f64,
    /// The tray and its tacho.
    pub tacho: Tacho,
    /// What may happen.
    pub troubles: Troubles,
    /// Only the last so many mL are drawn, mL: the rest is in the bag before, as after a restart.
    pub last_ml: Option<f64>,
}

/// How one draw ended.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Outcome {
    /// Seed of its station, and which of its draws it was (from 0).
    pub seed: u64,
    /// See `seed`.
    pub nth: u64,
    /// Blood in the bag minus target, mL.
    pub off_ml: f64,
    /// Target, mL.
    pub target_ml: f64,
    /// Donor's usual flow, mL/min.
    pub flow_ml_min: f64,
    /// Size of the rocking, g.
    pub rock_grams: f64,
    /// The largest lasting step that was made, g.
    pub step_made: Option<f64>,
    /// The lasting step that the estimator told, g.
    pub step_told: Option<f64>,
    /// It told that a step may hide where the weights made no sense: the unit's volume is doubtful.
    pub may_hide: bool,
    /// The bed.
    #[serde(flatten)]
    pub station: Station,
}

impl Plan {
    /// Draws all of them; `each` is shown every outcome.
    pub fn run(&self, mut each: impl FnMut(&Outcome)) {
        let mut left = self.count;
        let mut seed = self.seed;
        while left > 0 {
            let count = left.min(DRAWS_PER_STATION);
            self.station(seed, count, &mut each);
            left -= count;
            seed = seed.wrapping_add(1);
        }
    }

    /// The draws of the station with this seed.
    pub fn station(&self, seed: u64, count: u64, mut each: impl FnMut(&Outcome)) {
        let station = Station::new(&mut Dice::new(seed), self.rate, self.tacho);
        let mut learned = ClampDelay::DEFAULT;
        for nth in 0..count {
            let (outcome, next) = self.draw(seed, nth, station, learned);
            learned = next;
            each(&outcome);
        }
    }

    /// One draw, and what the clamp's delay is believed to be after it.
    fn draw(&self, seed: u64, nth: u64, station: Station, learned: ClampDelay) -> (Outcome, ClampDelay) {
        let mut dice = Dice::new(seed.wrapping_mul(DRAWS_PER_STATION).wrapping_add(nth) ^ 0x0064_7261_7773);
        let target_ml = [200.0, 300.0, 400.0][dice.below(3) as usize];
        let bed_seed = seed.wrapping_mul(31).wrapping_add(nth);
        let mut bed = Bed::new(bed_seed, station, self.troubles, target_ml);
        let tare = weigh_set(&mut bed);
        let from_ml = self.last_ml.map_or(0.0, |last| (target_ml - last).max(0.0));
        let step_made = plan_steps(&mut dice, self.troubles, from_ml, target_ml, &mut bed);
        let settings = DrawSettings {
            density: Density::DEFAULT,
            target: Microlitres((target_ml * 1000.0) as i64),
            clamp_delay: learned.delay(),
        };
        let mut estimator = Estimator::new(settings, mono(bed.t), tare);
        if self.last_ml.is_none() {
            fill_pouch(&mut dice, &mut bed, &mut estimator);
        }
        bed.open(from_ml);
        let ordered = until_due(&mut bed, &mut estimator);
        let before = estimator.estimate(mono(ordered));
        let closed = ordered + (station.clamp_s + CLAMP_JITTER * bed.dice.normal()).max(0.0);
        bed.close_at(closed);
        let (mut proved, mut flags) = (false, None);
        while bed.t < closed + SETTLE {
            let from = bed.t;
            let seen = bed.advance();
            if !proved && closed + PROOF <= bed.t {
                proved = true;
                estimator.handle_clamp(mono((closed + PROOF).max(from)), false);
            }
            show(&mut estimator, bed.t, seen);
            if flags.is_none() && bed.t >= closed + FINAL {
                flags = Some(estimator.flags(mono(bed.t)));
            }
        }
        let settled = estimator.estimate(mono(bed.t));
        let flags = flags.unwrap_or_default();
        let outcome = Outcome {
            seed,
            nth,
            off_ml: bed.blood_ml - target_ml,
            target_ml,
            flow_ml_min: bed.flow_ml_s * 60.0,
            rock_grams: bed.rock_grams,
            step_made,
            step_told: flags.step.map(|s| s.0 as f64 / 1000.0),
            may_hide: flags.step_lost,
            station,
        };
        (outcome, learned.learned(before.volume, before.flow, settled.volume))
    }
}

/// Lasting steps, at most two, at some blood in the bag; large ones come early enough to be told in time.
fn plan_steps(dice: &mut Dice, troubles: Troubles, from: f64, target: f64, bed: &mut Bed) -> Option<f64> {
    let (least, most) = troubles.steps?;
    let large = least > 3.0;
    let count = if large { 1 } else { 1 + dice.below(2) };
    let mut largest = 0.0f64;
    for _ in 0..count {
        let sign = if dice.chance(0.5) { 1.0 } else { -1.0 };
        let grams = sign * dice.between(least, most);
        let last = if large { target - 25.0 } else { target };
        bed.steps.push((dice.between(from + 20.0, last), grams));
        largest = if grams.abs() > largest.abs() { grams } else { largest };
    }
    bed.steps.sort_by(|a, b| b.0.total_cmp(&a.0));
    Some(largest)
}

fn weigh_set(bed: &mut Bed) -> Milligrams {
    let mut tare = Tare::new();
    while bed.t < LONGEST_TARE {
        let seen = bed.advance();
        if let Some(pulse) = seen.pulse {
            tare.handle_cycle(mono(pulse));
        }
        if let Some(grams) = seen.weight {
            tare.handle_sample(mono(bed.t), sample(grams));
        }
        if let Some(mass) = tare.result() {
            return mass;
        }
    }
    // No tare is a failed draw: it shows as an error of the whole set.
    Milligrams(0)
}

/// The needle is in and first blood runs to a pouch that does not hang on the tray, until its clip is closed and the plug of
/// the bag is broken: nothing changes on the tray.
fn fill_pouch(dice: &mut Dice, bed: &mut Bed, estimator: &mut Estimator) {
    let until = bed.t + POUCH_ML / bed.flow_ml_s + dice.between(PLUG_TAKES.0, PLUG_TAKES.1);
    while bed.t < until {
        let seen = bed.advance();
        show(estimator, bed.t, seen);
    }
}

/// Draws until the clamp is due; the instant of the order, s.
fn until_due(bed: &mut Bed, estimator: &mut Estimator) -> f64 {
    let mut due: Option<Mono> = None;
    loop {
        let seen = bed.advance();
        if let Some(order) = due.filter(|d| *d <= mono(bed.t)) {
            return order.0 as f64 / 1e6;
        }
        if bed.t > LONGEST_DRAW {
            return bed.t;
        }
        show(estimator, bed.t, seen);
        due = estimator.clamp_due(mono(bed.t));
        if due == Some(mono(bed.t)) {
            return bed.t;
        }
    }
}

fn show(estimator: &mut Estimator, t: f64, seen: super::bed::Seen) {
    if let Some(pulse) = seen.pulse {
        estimator.handle_cycle(mono(pulse));
    }
    if let Some(grams) = seen.weight {
        estimator.handle_sample(mono(t), sample(grams));
    }
}

/// Grams as a weight of the scale.
pub(super) fn sample(grams: f64) -> WeightSample {
    WeightSample { gross: Milligrams((grams * 1000.0).round() as i64), quality: Quality::Dynamic }
}

fn mono(seconds: f64) -> Mono {
    Mono((seconds * 1e6) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Were they apart, every draw would be off by it.
    #[test]
    fn the_model_and_the_settings_mean_the_same_blood() {
        let model = super::super::bed::BLOOD_G_PER_ML;
        assert!((model * 1000.0 - f64::from(Density::DEFAULT.mg_per_ml())).abs() < 1e-9);
    }
}
