//! The tracker under the estimator: net mass, flow, the rocking of the tray and the slosh of the bag, followed together
//! from weight to weight.
//!
//! Owns: one Kalman filter of eleven numbers (mass, flow, three turning vectors for the rocking and its second and third
//! harmonic, one for the slosh, and the rocking's angular speed), its process noise, and how much it sloshes, learned on the
//! way. The tray's phase may wander along the circle that it is on, while its size changes slowly: that is what keeps a
//! 10 g swing out of the volume. Refuses: deciding which weights to believe (that is `bank`), and any arithmetic but + - * /
//! and square root, so that a replay gives the same bits on every machine. A crash loses it; the estimator starts
//! again from the next weights.

/// Numbers followed: mass, flow, three pairs of the rocking, one of the slosh, angular speed.
const N: usize = 11;
/// Places kept for them: two go through the processor at once.
const WIDE: usize = 12;
/// Index of the net mass, g.
const MASS: usize = 0;
/// Index of the flow, g/s.
const FLOW: usize = 1;
/// Index of the first pair of the rocking; each pair is (what the scale sees, the same a quarter turn later), g.
const ROCK: usize = 2;
/// Index of the slosh's pair, g.
const SLOSH: usize = 8;
/// Index of the angular speed of the tray, rad/s.
const SPEED: usize = 10;
/// How many of the numbers turn.
const TURNING: usize = SPEED - ROCK;
/// What the scale sees: the sum of these.
const SEEN: [usize; 5] = [MASS, ROCK, ROCK + 2, ROCK + 4, SLOSH];
/// Longest step of one prediction, s; longer gaps are walked in such steps.
const LONGEST_STEP: f64 = 0.25;
/// A full turn, rad.
const TURN: f64 = std::f64::consts::TAU;
/// Slowest and fastest rocking believed, rad/s (0.16 to 0.32 turns a second).
const SPEED_RANGE: (f64, f64) = (1.0, 2.0);
/// Lowest and highest flow believed, g/s. A falling weight is a bag being lifted, not blood running out; and no flow
/// is believed that is far above this donor's usual one: that is a push.
const FLOW_RANGE: (f64, f64) = (-0.3, 7.0);
/// Doubt of the flow at the beginning, (g/s)^2.
const FLOW_DOUBT: f64 = 2.0;
/// Flow of a donor of whom nothing is known yet, g/s.
const FLOW_UNKNOWN: f64 = 1.5;
/// Less than this is no flow, g/s (11 mL/min).
const FLOW_SEEN: f64 = 0.2;
/// Wander of flow: variance gained per second, relative to the usual flow squared.
const FLOW_WANDER: f64 = 0.003;
/// The same of a flow that has stopped, (g/s)^2/s.
const STILL_WANDER: f64 = 0.000_3;
/// Doubt of the tray's speed at the beginning, (rad/s)^2.
const SPEED_DOUBT: f64 = 0.008;
/// Wander of the phase and of the speed of an even tray, rad^2/s and (rad/s)^2/s.
const EVEN: (f64, f64) = (0.000_3, 0.000_000_3);
/// The same of a tray whose turns differ.
const UNEVEN: (f64, f64) = (0.012, 0.000_6);
/// Growth and shape change of the rocking and of each harmonic, g^2/s.
const ROCK_WANDER: [f64; 3] = [0.006, 0.001, 0.001];
/// Wander of mass itself, g^2/s: what no other term explains.
const MASS_WANDER: f64 = 0.001;
/// Angular speed of slosh, rad/s (1.45 Hz), and how long it goes on, s: wide enough for 1 to 2 Hz.
const SLOSH_SPEED: f64 = 9.1;
/// See `SLOSH_SPEED`.
const SLOSH_LASTS: f64 = 0.4;
/// Smallest and largest variance of the slosh, g^2, and the one it begins with.
const SLOSH_RANGE: (f64, f64) = (0.005, 3.0);
/// See `SLOSH_RANGE`.
const SLOSH_BEGINS: f64 = 0.3;
/// The slosh is learned over about this time, s.
const SLOSH_LEARNED: f64 = 12.0;
/// Mean of a squared normal number cut at 5.
const CUT_MEAN: f64 = 0.93;
/// Variance of a weight beside rounding and slosh, g^2.
const SCALE_NOISE: f64 = 0.004;

/// One weight as the tracker expected it, before it is believed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Surprise {
    /// Weight minus expectation, g.
    pub(super) grams: f64,
    /// How likely such a weight was, 1/g.
    pub(super) likely: f64,
    variance: f64,
    shares: [f64; WIDE],
}

/// The tracker. Times are seconds, masses grams.
#[derive(Debug, Clone)]
pub(super) struct Filter {
    x: [f64; WIDE],
    /// How they vary together: the same with row and column exchanged, so what has row > column is not kept and means nothing.
    p: [[f64; WIDE]; N],
    /// Variance of the slosh as learned, g^2.
    slosh: f64,
    /// Flow of this donor when it runs, g/s, and for how long it has been seen to run, s.
    usual: f64,
    ran: f64,
    uneven: bool,
    runs: Runs,
}

/// What the flow does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Runs {
    /// The line is closed, or this is a tare: no flow, surely.
    Never,
    /// It has stopped.
    Stopped,
    /// It runs.
    Freely,
}

impl Filter {
    /// Starts at this mass, on a tray that turns at about this speed (rad/s), evenly or not.
    pub(super) fn new(mass: f64, speed: f64, uneven: bool, runs: Runs) -> Self {
        let mut x = [0.0; WIDE];
        x[MASS] = mass;
        x[SPEED] = speed;
        let mut p = [[0.0; WIDE]; N];
        p[MASS][MASS] = 150.0;
        p[FLOW][FLOW] = if runs == Runs::Never { 0.0 } else { FLOW_DOUBT };
        for (harmonic, variance) in [(0, 40.0), (1, 1.0), (2, 1.0)] {
            p[ROCK + 2 * harmonic][ROCK + 2 * harmonic] = variance;
            p[ROCK + 2 * harmonic + 1][ROCK + 2 * harmonic + 1] = variance;
        }
        p[SLOSH][SLOSH] = SLOSH_BEGINS;
        p[SLOSH + 1][SLOSH + 1] = SLOSH_BEGINS;
        p[SPEED][SPEED] = SPEED_DOUBT;
        Self { x, p, slosh: SLOSH_BEGINS, usual: FLOW_UNKNOWN, ran: 0.0, uneven, runs }
    }

    /// Begins anew at this mass: only what is known of the donor's flow is kept.
    pub(super) fn anew(&self, mass: f64, speed: f64, uneven: bool) -> Self {
        let mut new = Self::new(mass, speed, uneven, self.runs);
        new.usual = self.usual;
        new
    }

    /// Net mass now, g.
    pub(super) fn mass(&self) -> f64 {
        self.x[MASS]
    }
    /// Flow now, g/s.
    pub(super) fn flow(&self) -> f64 {
        self.x[FLOW]
    }
    /// Flow of this donor when it runs, g/s.
    pub(super) fn usual(&self) -> f64 {
        self.usual
    }
    /// Whether it runs.
    pub(super) fn runs(&self) -> Runs {
        self.runs
    }
    /// Variance of the mass, g^2.
    pub(super) fn mass_variance(&self) -> f64 {
        self.p[MASS][MASS]
    }
    /// Size of the rocking as the scale sees it, g.
    pub(super) fn rocking(&self) -> f64 {
        root(self.x[ROCK] * self.x[ROCK] + self.x[ROCK + 1] * self.x[ROCK + 1])
    }

    /// Whether the tray's turns are thought to differ.
    pub(super) fn uneven(&self) -> bool {
        self.uneven
    }

    /// The same tracker on a tray of this kind.
    pub(super) fn on_tray(&self, uneven: bool) -> Self {
        Self { uneven, ..self.clone() }
    }

    /// Whether both think the same of the tray.
    pub(super) fn same_tray(&self, other: &Self) -> bool {
        self.uneven == other.uneven && magnitude(self.x[SPEED] - other.x[SPEED]) < 0.02
    }

    /// Walks ahead.
    pub(super) fn advance(&mut self, strides: &Strides) {
        for _ in 0..strides.count {
            self.step(strides);
        }
    }

    fn step(&mut self, strides: &Strides) {
        let dt = strides.dt;
        let [first, second, third] = turn(self.x[SPEED] * dt);
        let turns = [first, second, third, strides.slosh];
        self.x[MASS] += self.x[FLOW] * dt;
        let mut tangent = [0.0; TURNING];
        for (k, (c, s)) in turns.into_iter().enumerate() {
            let (a, b) = (self.x[ROCK + 2 * k], self.x[ROCK + 2 * k + 1]);
            let (a, b) = (c * a - s * b, s * a + c * b);
            self.x[ROCK + 2 * k] = a;
            self.x[ROCK + 2 * k + 1] = b;
            if k < 3 {
                let order = (k + 1) as f64;
                tangent[2 * k] = -b * order;
                tangent[2 * k + 1] = a * order;
            }
        }
        self.spread(dt, &turns);
        self.swing(dt, &tangent);
        self.wander(strides);
    }

    /// P <- F P F', pair by pair, as if the speed were known.
    fn spread(&mut self, dt: f64, turns: &[(f64, f64); 4]) {
        let p = &mut self.p;
        // Mass and flow with each other, then with all that turns.
        p[MASS][MASS] += dt * (2.0 * p[MASS][FLOW] + dt * p[FLOW][FLOW]);
        p[MASS][FLOW] += dt * p[FLOW][FLOW];
        p[MASS][SPEED] += dt * p[FLOW][SPEED];
        for (k, (c, s)) in turns.iter().enumerate() {
            let j = ROCK + 2 * k;
            let (a, b) = (p[FLOW][j], p[FLOW][j + 1]);
            let (m, n) = (p[MASS][j] + dt * a, p[MASS][j + 1] + dt * b);
            (p[FLOW][j], p[FLOW][j + 1]) = (c * a - s * b, s * a + c * b);
            (p[MASS][j], p[MASS][j + 1]) = (c * m - s * n, s * m + c * n);
        }
        for (k, (c, s)) in turns.iter().enumerate() {
            let i = ROCK + 2 * k;
            let (a, b, d) = (p[i][i], p[i][i + 1], p[i + 1][i + 1]);
            let (cross, cc, ss) = (2.0 * c * s * b, c * c, s * s);
            p[i][i] = cc * a - cross + ss * d;
            p[i + 1][i + 1] = ss * a + cross + cc * d;
            p[i][i + 1] = c * s * (a - d) + (cc - ss) * b;
            for (l, (cl, sl)) in turns.iter().enumerate().skip(k + 1) {
                let j = ROCK + 2 * l;
                let (a, b) = (c * p[i][j] - s * p[i + 1][j], c * p[i][j + 1] - s * p[i + 1][j + 1]);
                let (d, e) = (s * p[i][j] + c * p[i + 1][j], s * p[i][j + 1] + c * p[i + 1][j + 1]);
                (p[i][j], p[i][j + 1]) = (cl * a - sl * b, sl * a + cl * b);
                (p[i + 1][j], p[i + 1][j + 1]) = (cl * d - sl * e, sl * d + cl * e);
            }
            let (a, b) = (p[i][SPEED], p[i + 1][SPEED]);
            (p[i][SPEED], p[i + 1][SPEED]) = (c * a - s * b, s * a + c * b);
        }
    }

    /// What the doubt of the speed does along the circle, and how far the phase wanders along it. All that turns is reckoned
    /// with, whichever half it is in: that is faster than to look.
    fn swing(&mut self, dt: f64, tangent: &[f64; TURNING]) {
        let p = &mut self.p;
        let phase = if self.uneven { UNEVEN.0 } else { EVEN.0 };
        let along = tangent.map(|t| t * dt);
        let half = 0.5 * p[SPEED][SPEED];
        let mut with = [0.0; TURNING];
        for i in 0..TURNING {
            with[i] = p[ROCK + i][SPEED] + half * along[i];
            p[ROCK + i][SPEED] = with[i] + half * along[i];
        }
        for row in &mut p[..ROCK] {
            let with = row[SPEED];
            for (p, along) in row[ROCK..SPEED].iter_mut().zip(&along) {
                *p += with * along;
            }
        }
        for (i, row) in p[ROCK..SLOSH].iter_mut().enumerate() {
            let wander = phase * dt * tangent[i];
            for (j, p) in row[ROCK..SPEED].iter_mut().enumerate() {
                *p += along[i] * with[j] + with[i] * along[j];
                *p += wander * tangent[j];
            }
            row[ROCK + i] += ROCK_WANDER[i / 2] * dt;
        }
    }

    fn wander(&mut self, strides: &Strides) {
        let dt = strides.dt;
        match self.runs {
            Runs::Never => (),
            Runs::Stopped => {
                self.p[MASS][MASS] += MASS_WANDER * dt;
                self.p[FLOW][FLOW] += STILL_WANDER * dt;
                if self.x[FLOW] - 2.0 * root(self.p[FLOW][FLOW]) > FLOW_SEEN {
                    self.runs = Runs::Freely;
                }
            }
            Runs::Freely => {
                self.p[MASS][MASS] += MASS_WANDER * dt;
                self.p[FLOW][FLOW] += FLOW_WANDER * self.usual * self.usual * dt;
                if self.x[FLOW] > FLOW_SEEN {
                    self.ran = (self.ran + dt).min(100.0);
                    self.usual += dt / (3.0 + self.ran.min(20.0)) * (self.x[FLOW] - self.usual);
                } else if self.x[FLOW] + 2.0 * root(self.p[FLOW][FLOW]) < FLOW_SEEN {
                    // It never ran, or has gone out little by little.
                    self.runs = Runs::Stopped;
                }
            }
        }
        let speed = if self.uneven { UNEVEN.1 } else { EVEN.1 };
        let kick = self.slosh * strides.kick;
        self.p[SLOSH][SLOSH] += kick;
        self.p[SLOSH + 1][SLOSH + 1] += kick;
        self.p[SPEED][SPEED] += speed * dt;
    }

    /// How far this weight, rounded to so many grams, is from the expectation.
    pub(super) fn surprise(&self, grams: f64, rounding: f64) -> Surprise {
        let shares = self.shares();
        let variance = seen(&shares).max(0.0) + SCALE_NOISE + rounding * rounding / 12.0;
        let grams = grams - seen(&self.x);
        let likely = 0.4 * bell(grams * grams / variance) / root(variance);
        Surprise { grams, likely, variance, shares }
    }

    /// How each number goes with what the scale sees.
    fn shares(&self) -> [f64; WIDE] {
        let mut shares = [0.0; WIDE];
        for row in SEEN {
            for (j, share) in shares.iter_mut().enumerate() {
                *share += if j < row { self.p[j][row] } else { self.p[row][j] };
            }
        }
        shares
    }

    /// Believes a weight of this surprise by this much (0 to 1), `seconds` after the last.
    pub(super) fn believe(&mut self, surprise: &Surprise, by: f64, seconds: f64) {
        self.correct(surprise.grams, surprise.variance, &surprise.shares, by);
        // How much it sloshes is learned from how much weights surprise.
        let size = (surprise.grams * surprise.grams / surprise.variance).min(5.0);
        let weight = by * (seconds / SLOSH_LEARNED).min(0.05);
        self.slosh = (self.slosh * (1.0 + weight * (size - CUT_MEAN))).clamp(SLOSH_RANGE.0, SLOSH_RANGE.1);
    }

    /// The tray turned once in this many seconds, as measured to this share.
    pub(super) fn believe_turn(&mut self, seconds: f64, share: f64) {
        let measured = TURN / seconds.max(1.0);
        let mut shares = [0.0; WIDE];
        for (share, row) in shares.iter_mut().zip(&self.p) {
            *share = row[SPEED];
        }
        let off = measured - self.x[SPEED];
        let variance = shares[SPEED] + share * share * measured * measured;
        if off * off < 9.0 * variance {
            self.correct(off, variance, &shares, 1.0);
        }
    }

    fn correct(&mut self, off: f64, total: f64, shares: &[f64; WIDE], by: f64) {
        if total <= 0.0 {
            return;
        }
        let gains = shares.map(|share| by * share / total);
        for (x, gain) in self.x.iter_mut().zip(gains) {
            *x += gain * off;
        }
        let p = &mut self.p;
        lessen::<MASS>(&mut p[..ROCK + 2], &gains, shares);
        lessen::<{ ROCK + 2 }>(&mut p[ROCK + 2..SLOSH], &gains[ROCK + 2..], shares);
        lessen::<SLOSH>(&mut p[SLOSH..], &gains[SLOSH..], shares);
        for (i, row) in p.iter_mut().enumerate() {
            row[i] = row[i].max(1e-9);
        }
        self.x[MASS] = self.x[MASS].clamp(-200_000.0, 200_000.0);
        let top = if self.ran > 10.0 { (1.5 * self.usual + 0.7).min(FLOW_RANGE.1) } else { FLOW_RANGE.1 };
        self.x[FLOW] = if self.runs == Runs::Never { 0.0 } else { self.x[FLOW].clamp(FLOW_RANGE.0, top) };
        for v in &mut self.x[ROCK..SPEED] {
            *v = v.clamp(-60.0, 60.0);
        }
        self.x[SPEED] = self.x[SPEED].clamp(SPEED_RANGE.0, SPEED_RANGE.1);
    }

    /// The same tracker had the flow stopped within the last `seconds`.
    pub(super) fn stopped(&self, seconds: f64) -> Self {
        let mut other = self.clone();
        // A clamped vein still trickles.
        let doubt = 0.1 * self.usual;
        other.set_flow(0.0, doubt * doubt);
        other.ran_less(seconds, self.x[FLOW]);
        other.runs = Runs::Stopped;
        other
    }

    /// The same tracker had the flow started within the last `seconds`, about as fast as it usually does.
    pub(super) fn started(&self, seconds: f64) -> Self {
        let mut other = self.clone();
        let doubt = self.usual * (0.2 + 2.0 / (3.0 + self.ran));
        other.set_flow(self.usual, doubt * doubt);
        other.ran_less(seconds, -self.usual);
        other.runs = Runs::Freely;
        other
    }

    /// The same tracker had the flow become slower within the last `seconds`.
    pub(super) fn slowed(&self, seconds: f64) -> Self {
        let mut other = self.clone();
        let (flow, doubt) = (0.5 * self.usual, 0.35 * self.usual);
        other.set_flow(flow, doubt * doubt);
        other.ran_less(seconds, self.x[FLOW] - flow);
        other
    }

    /// So much less has run, g/s, since an instant within the last `seconds`: any of them.
    fn ran_less(&mut self, seconds: f64, flow: f64) {
        self.x[MASS] -= 0.5 * seconds * flow;
        let doubt = 0.3 * seconds * flow;
        self.p[MASS][MASS] += doubt * doubt;
    }

    /// The same tracker had the flow become so much faster (g/s), by which `grams` more have run already. What is usual
    /// has to be learned anew.
    pub(super) fn quickened(&self, by: f64, grams: f64) -> Self {
        let mut other = self.clone();
        let doubt = 0.4 * by;
        other.set_flow(self.x[FLOW] + by, doubt * doubt);
        other.x[MASS] += grams;
        other.doubt_mass(1.0);
        other.ran = 0.0;
        other.usual = other.x[FLOW];
        other.runs = Runs::Freely;
        other
    }

    fn set_flow(&mut self, flow: f64, variance: f64) {
        self.x[FLOW] = flow;
        self.p[MASS][FLOW] = 0.0;
        self.p[FLOW] = [0.0; WIDE];
        self.p[FLOW][FLOW] = variance;
    }

    /// The mass may be off by about this much, g.
    pub(super) fn doubt_mass(&mut self, by: f64) {
        self.p[MASS][MASS] += by * by;
    }

    /// The tray shows so much more, and it is blood, g.
    pub(super) fn move_mass(&mut self, by: f64) {
        self.x[MASS] += by;
    }

    /// The flow may be off by about this much, g/s.
    pub(super) fn doubt_flow(&mut self, by: f64) {
        self.p[FLOW][FLOW] += by * by;
    }

    /// The line is open again: it may run, perhaps as it usually does.
    pub(super) fn opened(&mut self) {
        self.runs = Runs::Freely;
        self.set_flow(self.usual, FLOW_DOUBT);
    }

    /// The line is closed: the flow is nothing, surely. What was on its way may still come.
    pub(super) fn closed(&mut self) {
        self.doubt_mass(0.3 * self.x[FLOW]);
        self.set_flow(0.0, 0.0);
        self.runs = Runs::Never;
    }
}

/// What every tracker needs to walk ahead by the same time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Strides {
    count: u32,
    dt: f64,
    /// Cosine and sine of the slosh as it dies away.
    slosh: (f64, f64),
    /// Share of the slosh's variance that is new.
    kick: f64,
}

impl Strides {
    /// So many seconds ahead. More than five are not walked: the caller starts anew.
    pub(super) fn over(seconds: f64) -> Self {
        let seconds = seconds.clamp(0.0, 5.0);
        let mut count = 0;
        while LONGEST_STEP * f64::from(count) < seconds {
            count += 1;
        }
        let dt = seconds / f64::from(count.max(1));
        let (mut c, mut s) = turn(SLOSH_SPEED * dt * 0.125)[0];
        for _ in 0..3 {
            (c, s) = (c * c - s * s, 2.0 * c * s);
        }
        let keep = fading(dt / SLOSH_LASTS);
        Self { count, dt, slosh: (keep * c, keep * s), kick: 1.0 - keep * keep }
    }
}

/// Takes gain times share from these rows, in all columns from this one on.
fn lessen<const FROM: usize>(rows: &mut [[f64; WIDE]], gains: &[f64], shares: &[f64; WIDE]) {
    for (row, gain) in rows.iter_mut().zip(gains) {
        for (p, share) in row[FROM..].iter_mut().zip(&shares[FROM..]) {
            *p -= gain * share;
        }
    }
}

/// The sum of what the scale sees of these numbers.
fn seen(numbers: &[f64; WIDE]) -> f64 {
    SEEN.iter().map(|i| numbers[*i]).sum()
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

/// exp(-square / 2); nothing beyond nine standard deviations.
fn bell(square: f64) -> f64 {
    if square > 80.0 {
        return 0.0;
    }
    fading(0.5 * square)
}

/// exp(-x) for x from 0 to 40, to about a thousandth where it matters.
fn fading(x: f64) -> f64 {
    let y = x * (1.0 / 64.0);
    let mut e = 1.0 / (1.0 + y * (1.0 + y * (0.5 + y * (1.0 / 6.0 + y * (1.0 / 24.0)))));
    for _ in 0..6 {
        e *= e;
    }
    e
}

/// Square root, of nothing when negative.
pub(super) fn root(v: f64) -> f64 {
    if v > 0.0 { v.sqrt() } else { 0.0 }
}

/// The size of a number without its sign.
pub(super) fn magnitude(v: f64) -> f64 {
    if v < 0.0 { -v } else { v }
}
