//! The rocking tray and what the load cell under it feels.
//!
//! Owns: the bag set on the tray, and the forces beside its weight: rocking with its harmonics, slosh, hands that bump it,
//! the filter of the load cell. Refuses: to rock by itself: the mixer turns it. State: phases and the filter, all from the
//! seed.

use crate::prng::Rng;
use crate::world::line::Line;
use std::f64::consts::TAU;

/// Density of the simulated blood, mg/mL.
pub const DENSITY: i64 = 1053;
/// Mass of the empty pouch with its tubing, mg.
const POUCH_TARE: i64 = 9_000;

/// A bag set as it hangs on the tray.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BagSet {
    /// Mass of bags, anticoagulant and tubing, mg.
    pub tare_mg: i64,
}

impl BagSet {
    /// A set as they come out of the carton: 150 to 260 g.
    pub fn plausible(rng: &mut Rng) -> Self {
        Self { tare_mg: i64::try_from(rng.range(150_000, 260_000)).unwrap_or(200_000) }
    }
}

/// A short force on the tray.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Bump {
    mg: f64,
    left_us: u64,
}

/// The tray.
#[derive(Debug, Clone)]
pub struct Tray {
    rng: Rng,
    bag: Option<BagSet>,
    /// What was taken off last.
    off: Option<BagSet>,
    weight_g: u16,
    /// The pouch hangs on the tray and is weighed with it.
    pub pouch_on_tray: bool,
    /// Force of the rocking, mg.
    pub rocking_mg: f64,
    /// Time constant of the load cell's filter, us.
    pub filter_us: f64,
    slosh_mg: f64,
    slosh_hz: f64,
    slosh_phase: f64,
    phases: [f64; 3],
    bump: Option<Bump>,
    /// Somebody touches it for two seconds of every four.
    pub restless: bool,
    touched_us: u64,
    /// Something lies on the bag, mg.
    pub laid_mg: i64,
    felt_mg: f64,
}

impl Tray {
    /// An empty tray: rocking of 2 to 10 g, slosh of 1 to 2 Hz, filter of 0 to 300 ms.
    pub fn new(mut rng: Rng, pouch_on_tray: bool) -> Self {
        let rocking_mg = rng.between(2_000.0, 10_000.0);
        let filter_us = rng.between(0.0, 300_000.0);
        let slosh_mg = rng.between(100.0, 500.0);
        let slosh_hz = rng.between(1.0, 2.0);
        let phases = [rng.unit() * TAU, rng.unit() * TAU, rng.unit() * TAU];
        Self {
            rng,
            bag: None,
            off: None,
            weight_g: 0,
            pouch_on_tray,
            rocking_mg,
            filter_us,
            slosh_mg,
            slosh_hz,
            slosh_phase: 0.0,
            phases,
            bump: None,
            restless: false,
            touched_us: 0,
            laid_mg: 0,
            felt_mg: 0.0,
        }
    }

    /// A bag is hung on the tray.
    pub fn hang(&mut self, bag: BagSet) {
        self.bag = Some(bag);
    }

    /// Whatever hangs there is taken off.
    pub fn take_off(&mut self) {
        self.off = self.bag.take().or(self.off);
    }

    /// What was taken off last hangs there again.
    pub fn put_back(&mut self) {
        self.bag = self.bag.or(self.off);
    }

    /// A known weight is laid on the tray, g; 0 takes it away.
    pub fn lay(&mut self, grams: u16) {
        self.weight_g = grams;
    }

    /// The known weight on the tray, g.
    pub fn weight_g(&self) -> u16 {
        self.weight_g
    }

    /// The bag on the tray.
    pub fn bag(&self) -> Option<BagSet> {
        self.bag
    }

    /// Somebody leans on the tray, or lifts it a little (negative), for a while.
    pub fn bump(&mut self, mg: f64, for_us: u64) {
        self.bump = Some(Bump { mg, left_us: for_us });
    }

    /// True mass on the tray, mg.
    pub fn load_mg(&self, line: &Line) -> i64 {
        let weight = i64::from(self.weight_g) * 1000;
        let Some(bag) = self.bag else { return weight };
        let pouch = if self.pouch_on_tray { POUCH_TARE + mass_mg(line.pouch_nl()) } else { 0 };
        bag.tare_mg + mass_mg(line.bag_nl()) + pouch + weight
    }

    /// Lets time pass. `turn` is the mixer's place in its cycle (0 to 1), `swing` how far it swings (0 still, 1 full).
    pub fn step(&mut self, step_us: u64, line: &Line, turn: f64, swing: f64) {
        let mut force = self.load_mg(line) as f64;
        if self.bag.is_some() {
            let at = |harmonic: f64, phase: f64| (TAU * turn * harmonic + phase).sin();
            let rocking =
                at(1.0, self.phases[0]) + 0.15 * at(2.0, self.phases[1]) + 0.15 * at(3.0, self.phases[2]);
            self.slosh_phase = (self.slosh_phase + self.slosh_hz * step_us as f64 / 1e6).fract();
            let slosh = self.slosh_mg * (TAU * self.slosh_phase).sin();
            force += swing * (self.rocking_mg * rocking + slosh);
        }
        force += self.laid_mg as f64;
        self.touched_us = if self.restless { (self.touched_us + step_us) % 4_000_000 } else { 0 };
        if self.touched_us > 2_000_000 {
            force += 40_000.0;
        }
        if let Some(bump) = &mut self.bump {
            force += bump.mg;
            bump.left_us = bump.left_us.saturating_sub(step_us);
            if bump.left_us == 0 {
                self.bump = None;
            }
        }
        let noise = 20.0 * self.rng.normal();
        let step = step_us as f64;
        self.felt_mg += (force + noise - self.felt_mg) * (step / (self.filter_us + step));
    }

    /// What the load cell feels, mg.
    pub fn felt_mg(&self) -> f64 {
        self.felt_mg
    }
}

/// Mass of blood, mg.
fn mass_mg(nl: i64) -> i64 {
    nl * DENSITY / 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn felt(tray: &mut Tray, seconds: u64, swing: f64) -> (f64, f64, f64) {
        let line = Line::fresh();
        let values: Vec<f64> = (0..seconds * 200)
            .map(|n| {
                tray.step(5000, &line, n as f64 / 1000.0 % 1.0, swing);
                tray.felt_mg()
            })
            .collect();
        let late = &values[values.len() / 2..];
        let mean = late.iter().sum::<f64>() / late.len() as f64;
        let spread = |f: fn(f64, f64) -> f64, start| late.iter().copied().fold(start, f);
        (mean, spread(f64::min, f64::MAX), spread(f64::max, f64::MIN))
    }

    #[test]
    fn the_tray_weighs_what_hangs_on_it_and_rocks_only_when_turned() {
        let mut tray = Tray::new(Rng::new(2), false);
        tray.rocking_mg = 6_000.0;
        tray.hang(BagSet { tare_mg: 200_000 });
        let (mean, low, high) = felt(&mut tray, 20, 0.0);
        assert!((mean - 200_000.0).abs() < 50.0 && high - low < 300.0, "{mean} {low} {high}");
        let (mean, low, high) = felt(&mut tray, 20, 1.0);
        assert!((mean - 200_000.0).abs() < 200.0 && high - low > 8_000.0, "{mean} {low} {high}");
        tray.take_off();
        assert!(felt(&mut tray, 20, 1.0).0.abs() < 50.0);
    }

    #[test]
    fn a_bump_passes() {
        let mut tray = Tray::new(Rng::new(2), false);
        tray.hang(BagSet { tare_mg: 200_000 });
        felt(&mut tray, 10, 0.0);
        tray.bump(40_000.0, 1_000_000);
        let line = Line::fresh();
        (0..150).for_each(|_| tray.step(5000, &line, 0.0, 0.0));
        assert!(tray.felt_mg() > 230_000.0);
        assert!((felt(&mut tray, 10, 0.0).0 - 200_000.0).abs() < 50.0);
    }
}
