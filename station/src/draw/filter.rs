//! The tracker under the estimator: net mass, flow and the rocking of the tray, followed together from weight to weight.
//!
//! Owns: one Kalman filter of nine numbers (mass, flow, three turning vectors for the rocking and its second and third
//! harmonic, and the rocking's angular speed), its process noise, and the noise of the scale that it learns on the way.
//! The tray's phase is free to wander along the circle that it is on (its speed is never quite even), while its size
//! changes slowly: that is what keeps a 10 g swing out of the volume. Refuses: deciding which weights to believe (that
//! is `watch`), and any arithmetic but + - * / and square root, so that a replay gives the same bits on every machine.
//! A crash loses it; the estimator starts again from the next weights.

/// Numbers followed: mass, flow, three pairs of the rocking, angular speed.
const N: usize = 9;
/// Index of the net mass, g.
const MASS: usize = 0;
/// Index of the flow, g/s.
const FLOW: usize = 1;
/// Index of the first pair of the rocking; each pair is (what the scale sees, the same a quarter turn later), g.
const ROCK: usize = 2;
/// Index of the angular speed of the tray, rad/s.
const SPEED: usize = 8;
/// Longest step of one prediction, s; longer gaps are walked in such steps.
const LONGEST_STEP: f64 = 0.25;
/// A full turn, rad.
const TURN: f64 = std::f64::consts::TAU;
/// Slowest and fastest rocking believed, rad/s (0.16 to 0.32 turns a second).
const SPEED_RANGE: (f64, f64) = (1.0, 2.0);
/// Lowest and highest flow believed, g/s. A falling weight is a bag being lifted, not blood running out; and no flow
/// is believed that is far above this donor's usual one: that is a push.
const FLOW_RANGE: (f64, f64) = (-1.0, 5.0);
/// Smallest and largest variance of one weight, g^2.
const NOISE_RANGE: (f64, f64) = (0.04, 9.0);
/// Wander of flow: variance gained per second, relative to the flow squared.
const FLOW_WANDER: f64 = 0.004;
/// The same is reckoned with at least this flow, g/s: a stopped one may start again.
const FLOW_LEAST: f64 = 1.0;
/// Wander of the tray's phase, rad^2/s.
const PHASE_WANDER: f64 = 0.01;
/// Growth and shape change of the rocking, g^2/s.
const ROCK_WANDER: f64 = 0.01;
/// Wander of the tray's speed, (rad/s)^2/s.
const SPEED_WANDER: f64 = 0.000_02;
/// Wander of mass itself, g^2/s: what no other term explains.
const MASS_WANDER: f64 = 0.002;

/// Weights nearer than this share their news, s.
const NEWS_EVERY: f64 = 0.045;
/// A turn of the flow is at least this large, g/s.
const FLOW_TURN: f64 = 1.2;
/// A turn of the flow is noticed so long after it, s.
const TURN_NOTICED: f64 = 1.0;

/// One weight as the tracker expected it, before it is believed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Surprise {
    /// Weight minus expectation, g.
    pub(super) grams: f64,
    /// The same in standard deviations.
    pub(super) sigmas: f64,
}

/// The tracker. Times are seconds, masses grams.
#[derive(Debug, Clone)]
pub(super) struct Filter {
    x: [f64; N],
    p: [[f64; N]; N],
    noise: f64,
    /// Flow of this donor when it runs: slowly forgotten, g/s.
    usual: f64,
    still: bool,
}

impl Filter {
    /// Starts at this mass. With `still` no blood flows, ever (a tare).
    pub(super) fn new(mass: f64, still: bool) -> Self {
        let mut x = [0.0; N];
        x[MASS] = mass;
        x[SPEED] = 1.45;
        let mut p = [[0.0; N]; N];
        p[MASS][MASS] = 150.0;
        p[FLOW][FLOW] = if still { 0.0 } else { 1.5 };
        for (harmonic, variance) in [(0, 40.0), (1, 1.0), (2, 1.0)] {
            p[ROCK + 2 * harmonic][ROCK + 2 * harmonic] = variance;
            p[ROCK + 2 * harmonic + 1][ROCK + 2 * harmonic + 1] = variance;
        }
        p[SPEED][SPEED] = 0.02;
        Self { x, p, noise: 1.0, usual: 2.6, still }
    }

    /// Net mass now, g.
    pub(super) fn mass(&self) -> f64 {
        self.x[MASS]
    }
    /// Flow now, g/s.
    pub(super) fn flow(&self) -> f64 {
        self.x[FLOW]
    }
    /// Standard deviation of the mass, g.
    pub(super) fn mass_sigma(&self) -> f64 {
        root(self.p[MASS][MASS])
    }
    /// Size of the rocking as the scale sees it, g.
    pub(super) fn rocking(&self) -> f64 {
        root(self.x[ROCK] * self.x[ROCK] + self.x[ROCK + 1] * self.x[ROCK + 1])
    }

    /// Walks `seconds` ahead. More than five seconds are not walked: the caller starts anew.
    pub(super) fn advance(&mut self, seconds: f64) {
        let mut left = seconds.clamp(0.0, 5.0);
        while left > 0.0 {
            let step = if left > LONGEST_STEP { LONGEST_STEP } else { left };
            self.step(step);
            left -= step;
        }
    }

    fn step(&mut self, dt: f64) {
        let turns = turn(self.x[SPEED] * dt);
        self.x[MASS] += self.x[FLOW] * dt;
        let mut tangent = [0.0; 6];
        for (k, (c, s)) in turns.into_iter().enumerate() {
            let (a, b) = (self.x[ROCK + 2 * k], self.x[ROCK + 2 * k + 1]);
            let (a, b) = (c * a - s * b, s * a + c * b);
            self.x[ROCK + 2 * k] = a;
            self.x[ROCK + 2 * k + 1] = b;
            let order = (k + 1) as f64;
            tangent[2 * k] = -b * order;
            tangent[2 * k + 1] = a * order;
        }
        // P <- F P F': the rows first, then the columns.
        for j in 0..N {
            self.p[MASS][j] += self.p[FLOW][j] * dt;
            for (k, (c, s)) in turns.into_iter().enumerate() {
                let (i, l) = (ROCK + 2 * k, ROCK + 2 * k + 1);
                let (a, b, w) = (self.p[i][j], self.p[l][j], self.p[SPEED][j] * dt);
                self.p[i][j] = c * a - s * b + tangent[2 * k] * w;
                self.p[l][j] = s * a + c * b + tangent[2 * k + 1] * w;
            }
        }
        for row in &mut self.p {
            row[MASS] += row[FLOW] * dt;
            for (k, (c, s)) in turns.into_iter().enumerate() {
                let (i, l) = (ROCK + 2 * k, ROCK + 2 * k + 1);
                let (a, b, w) = (row[i], row[l], row[SPEED] * dt);
                row[i] = c * a - s * b + tangent[2 * k] * w;
                row[l] = s * a + c * b + tangent[2 * k + 1] * w;
            }
        }
        self.wander(dt, &tangent);
    }

    fn wander(&mut self, dt: f64, tangent: &[f64; 6]) {
        let flow = self.x[FLOW];
        if flow > self.usual {
            self.usual += dt / 6.0 * (flow - self.usual);
        } else if flow > 0.2 {
            self.usual += dt / 30.0 * (flow - self.usual);
        }
        let flow = flow.max(FLOW_LEAST);
        if !self.still {
            self.p[MASS][MASS] += MASS_WANDER * dt;
            self.p[FLOW][FLOW] += FLOW_WANDER * flow * flow * dt;
        }
        for i in 0..6 {
            for j in 0..6 {
                self.p[ROCK + i][ROCK + j] += PHASE_WANDER * dt * tangent[i] * tangent[j];
            }
            self.p[ROCK + i][ROCK + i] += ROCK_WANDER * dt;
        }
        self.p[SPEED][SPEED] += SPEED_WANDER * dt;
    }

    /// What the scale should show, and its variance without the scale's own noise; the third is P times the sum of the
    /// four numbers that the scale sees.
    fn expectation(&self) -> (f64, f64, [f64; N]) {
        let mut ph = [0.0; N];
        for (i, row) in self.p.iter().enumerate() {
            ph[i] = row[MASS] + row[ROCK] + row[ROCK + 2] + row[ROCK + 4];
        }
        let expected = self.x[MASS] + self.x[ROCK] + self.x[ROCK + 2] + self.x[ROCK + 4];
        (expected, ph[MASS] + ph[ROCK] + ph[ROCK + 2] + ph[ROCK + 4], ph)
    }

    /// How far this weight is from the expectation.
    pub(super) fn surprise(&self, grams: f64) -> Surprise {
        let (expected, variance, _) = self.expectation();
        let off = grams - expected;
        Surprise { grams: off, sigmas: off / root(variance.max(0.0) + self.noise) }
    }

    /// Believes this weight, less so (Huber) the further it is from the expectation.
    pub(super) fn believe(&mut self, grams: f64, seconds: f64) {
        let (expected, variance, ph) = self.expectation();
        let off = grams - expected;
        let spread = root(variance.max(0.0) + self.noise);
        let size = magnitude(off) / spread;
        // Slosh makes neighbours alike: weights that come faster than that are no more news together.
        let shared = (NEWS_EVERY / seconds.max(0.001)).max(1.0);
        let noise = shared * if size > 1.5 { self.noise * size / 1.5 } else { self.noise };
        self.correct(off, variance.max(0.0) + noise, &ph);
        // The scale's noise is learned over about 8 s from what is left after the expectation's own doubt.
        let capped = (off * off).min(6.0 * spread * spread);
        let weight = (seconds / 8.0).clamp(0.0, 0.05);
        self.noise =
            (self.noise + weight * (capped - variance - self.noise)).clamp(NOISE_RANGE.0, NOISE_RANGE.1);
    }

    /// The tray turned once in this many seconds.
    pub(super) fn believe_turn(&mut self, seconds: f64) {
        if !(2.5..=8.0).contains(&seconds) {
            return;
        }
        let mut ph = [0.0; N];
        for (i, row) in self.p.iter().enumerate() {
            ph[i] = row[SPEED];
        }
        let measured = TURN / seconds;
        let sigma = 0.08 * measured;
        self.correct(measured - self.x[SPEED], ph[SPEED] + sigma * sigma, &ph);
    }

    fn correct(&mut self, off: f64, total: f64, ph: &[f64; N]) {
        if total <= 0.0 {
            return;
        }
        for i in 0..N {
            let gain = ph[i] / total;
            self.x[i] += gain * off;
            for (j, share) in ph.iter().enumerate().skip(i) {
                let next = self.p[i][j] - gain * share;
                self.p[i][j] = next;
                self.p[j][i] = next;
            }
            self.p[i][i] = self.p[i][i].max(1e-9);
        }
        self.x[MASS] = self.x[MASS].clamp(-200_000.0, 200_000.0);
        let top = (1.5 * self.usual + 0.7).min(FLOW_RANGE.1);
        self.x[FLOW] = if self.still { 0.0 } else { self.x[FLOW].clamp(FLOW_RANGE.0, top) };
        for v in &mut self.x[ROCK..SPEED] {
            *v = v.clamp(-60.0, 60.0);
        }
        self.x[SPEED] = self.x[SPEED].clamp(SPEED_RANGE.0, SPEED_RANGE.1);
    }

    /// The flow has turned about a second ago, perhaps to nothing: mass since then is in doubt together with it.
    pub(super) fn turn_flow(&mut self) {
        if self.still {
            return;
        }
        let by = self.x[FLOW].max(FLOW_TURN);
        let (ago, variance) = (TURN_NOTICED, by * by);
        self.p[FLOW][FLOW] += variance;
        self.p[MASS][FLOW] += ago * variance;
        self.p[FLOW][MASS] += ago * variance;
        self.p[MASS][MASS] += ago * ago * variance;
    }

    /// The mass may be off by about this much, g.
    pub(super) fn doubt_mass(&mut self, by: f64) {
        self.p[MASS][MASS] += by * by;
    }

    /// The flow may have changed at once: by about this much, g/s.
    pub(super) fn doubt_flow(&mut self, by: f64) {
        self.p[FLOW][FLOW] += by * by;
    }

    /// The line is closed: the flow is nothing, surely.
    pub(super) fn stop_flow(&mut self) {
        self.x[FLOW] = 0.0;
        for i in 0..N {
            self.p[FLOW][i] = 0.0;
            self.p[i][FLOW] = 0.0;
        }
        self.p[FLOW][FLOW] = 0.000_4;
    }

    /// The rocking is not where it was thought (mixer started, stopped or jerked): by about this much, g.
    pub(super) fn doubt_rocking(&mut self, by: f64) {
        for i in 0..2 {
            self.p[ROCK + i][ROCK + i] += by * by;
        }
        self.p[MASS][MASS] += by * by * 0.25;
    }
}

/// Cosine and sine of the angle and of twice and three times it, for angles under half a radian, by the half-angle
/// tangent: good to 5e-5 and of length one whatever the angle.
fn turn(angle: f64) -> [(f64, f64); 3] {
    let square = angle * angle;
    let half_tangent = angle * (0.5 + square * (1.0 / 24.0 + square * (1.0 / 240.0)));
    let t2 = half_tangent * half_tangent;
    let (c, s) = ((1.0 - t2) / (1.0 + t2), 2.0 * half_tangent / (1.0 + t2));
    let (c2, s2) = (c * c - s * s, 2.0 * c * s);
    [(c, s), (c2, s2), (c2 * c - s2 * s, s2 * c + c2 * s)]
}

/// Square root, of nothing when negative.
pub(super) fn root(v: f64) -> f64 {
    if v > 0.0 { v.sqrt() } else { 0.0 }
}

/// The size of a number without its sign.
pub(super) fn magnitude(v: f64) -> f64 {
    if v < 0.0 { -v } else { v }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_keeps_its_length_and_is_a_cosine() {
        for i in 0..50 {
            let angle = f64::from(i) * 0.01;
            for (k, (c, s)) in turn(angle).into_iter().enumerate() {
                let a = angle * (k + 1) as f64;
                assert!((c - a.cos()).abs() < 5e-5 && (s - a.sin()).abs() < 5e-5, "{k} x {angle}");
                assert!((c * c + s * s - 1.0).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn rocking_is_told_from_mass_without_a_tacho() {
        let mut f = Filter::new(3.0, false);
        for i in 0..(23 * 60) {
            let t = f64::from(i) / 23.0;
            f.advance(1.0 / 23.0);
            f.believe(50.0 + 1.2 * t + 8.0 * (t * 1.3 + 1.0).sin(), 1.0 / 23.0);
        }
        let truth = 50.0 + 1.2 * (f64::from(23 * 60 - 1) / 23.0);
        assert!((f.mass() - truth).abs() < 0.3, "{} {truth}", f.mass());
        assert!((f.flow() - 1.2).abs() < 0.1, "{}", f.flow());
        assert!((f.rocking() - 8.0).abs() < 0.5, "{}", f.rocking());
    }
}
