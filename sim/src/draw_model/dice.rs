//! The dice of the model: one small generator (PCG, 64 bits of state), so that a draw is a function of its seed.
//!
//! Owns: uniform and normal numbers. Refuses: being shared with anything else that wants random numbers; each draw has
//! dice of its own. No crash matters to it: the same seed gives the same numbers again.

/// A generator of random numbers.
#[derive(Debug, Clone)]
pub struct Dice {
    state: u64,
    spare: Option<f64>,
}

const MULTIPLIER: u64 = 6_364_136_223_846_793_005;
const INCREMENT: u64 = 1_442_695_040_888_963_407;

impl Dice {
    /// Dice that depend on nothing but this seed.
    pub fn new(seed: u64) -> Self {
        let mut dice = Self { state: seed.wrapping_mul(0xd134_2543_de82_ef95) ^ 0x5851_f42d, spare: None };
        for _ in 0..4 {
            dice.next();
        }
        dice
    }

    fn next(&mut self) -> u32 {
        let old = self.state;
        self.state = old.wrapping_mul(MULTIPLIER).wrapping_add(INCREMENT);
        let shifted = (((old >> 18) ^ old) >> 27) as u32;
        shifted.rotate_right((old >> 59) as u32)
    }

    /// From 0 to just under 1.
    pub fn unit(&mut self) -> f64 {
        f64::from(self.next()) / 4_294_967_296.0
    }

    /// From `low` to `high`, evenly.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Whether something of this probability happens.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// A whole number below `count`.
    pub fn below(&mut self, count: u32) -> u32 {
        ((u64::from(self.next()) * u64::from(count)) >> 32) as u32
    }

    /// Mean 0, standard deviation 1.
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let (a, b) = (self.between(-1.0, 1.0), self.between(-1.0, 1.0));
            let square = a * a + b * b;
            if square > 0.0 && square < 1.0 {
                let scale = (-2.0 * square.ln() / square).sqrt();
                self.spare = Some(b * scale);
                return a * scale;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_mean_and_spread_they_say() {
        let mut dice = Dice::new(1);
        let (mut sum, mut squares, mut units) = (0.0, 0.0, 0.0);
        for _ in 0..20_000 {
            let n = dice.normal();
            sum += n;
            squares += n * n;
            units += dice.unit();
        }
        assert!((sum / 20_000.0).abs() < 0.03 && (squares / 20_000.0 - 1.0).abs() < 0.05);
        assert!((units / 20_000.0 - 0.5).abs() < 0.01);
    }
}
