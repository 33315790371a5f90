//! A donor, a bag on a rocking tray, a scale and a clamp, as plain physics in simulated time.
//!
//! Owns: what is true (blood in the bag) and what the scale and the tacho show of it. Refuses: knowing anything of the
//! estimator: neither its code nor its constants. Advances from weight to weight; where a process is random it is
//! stepped exactly (Ornstein-Uhlenbeck), so the size of the step does not matter.

use super::dice::Dice;
use serde::Serialize;
use std::f64::consts::TAU;

/// What a millilitre of blood weighs, g.
pub const BLOOD_G_PER_ML: f64 = 1.053;
/// Longest step of the physics, s.
const STEP: f64 = 0.0125;
/// Correlation time of the flow's wander, s.
const WANDER_TIME: f64 = 10.0;
/// Standard deviation of the flow's wander.
const WANDER: f64 = 0.1;
/// Mean time between sudden stops of the flow, and how long they last, s.
const STOP_EVERY: f64 = 100.0;
const STOP_LASTS: (f64, f64) = (0.5, 10.0);
/// Mean time between pushes on the tray, s.
const PUSH_EVERY: f64 = 30.0;
const PUSH_LASTS: (f64, f64) = (0.04, 1.0);
const PUSH_GRAMS: f64 = 40.0;
/// Share of the second and third harmonic of the rocking.
const HARMONICS: f64 = 0.15;
/// Jitter of the tacho, of one turn.
const JITTER: f64 = 0.05;
/// Steps of the physics that the scale's mean may reach back: 300 ms at 200 weights a second.
const RECENT: usize = 64;
/// Share of weights lost on the way.
const LOST: f64 = 0.01;

/// The tray and its tacho. The first is the model that the bar is judged with; the others are corners beyond it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Tacho {
    /// The tray turns evenly; the pulse comes early or late by 5 % of a turn.
    Jittering,
    /// The tray turns evenly, and there is no pulse.
    Missing,
    /// Each turn of the tray itself takes 5 % more or less; the pulse is true.
    UnevenTray,
    /// The tray does that, and there is no pulse.
    UnevenMissing,
}

impl Tacho {
    fn uneven(self) -> bool {
        match self {
            Self::UnevenTray | Self::UnevenMissing => true,
            Self::Jittering | Self::Missing => false,
        }
    }
}

/// How the scale smooths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Smoothing {
    /// First order, with this time constant.
    Lag,
    /// The mean of so long a time.
    Mean,
}

/// A bed: what stays the same from draw to draw.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Station {
    /// Weights per second.
    pub rate: f64,
    /// The scale's steps, g.
    pub quantum: f64,
    /// Delay that the scale's smoothing causes, s.
    pub smoothing_s: f64,
    /// Its kind.
    pub smoothing: Smoothing,
    /// From the order to the closed clamp, s.
    pub clamp_s: f64,
    /// Turns of the tray per second.
    pub rock_hz: f64,
    /// Its tacho.
    pub tacho: Tacho,
}

impl Station {
    /// A bed from its dice, with a scale of this rate and this tacho.
    pub fn new(dice: &mut Dice, rate: f64, tacho: Tacho) -> Self {
        Self {
            rate,
            quantum: if dice.chance(0.5) { 0.1 } else { 1.0 },
            smoothing_s: dice.between(0.0, 0.3),
            smoothing: if dice.chance(0.5) { Smoothing::Lag } else { Smoothing::Mean },
            clamp_s: dice.between(0.08, 0.25),
            rock_hz: dice.between(0.2, 0.27),
            tacho,
        }
    }
}

/// What may happen to a draw.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Troubles {
    /// Pushes on the tray of up to 40 g for up to a second.
    pub pushes: bool,
    /// Sudden stops of the flow.
    pub stops: bool,
    /// Lasting steps per draw: none, or some of up to this size, g.
    pub steps: Option<(f64, f64)>,
}

#[derive(Debug, Clone, Copy)]
enum Shape {
    Block,
    Arch,
    Slope,
}

#[derive(Debug, Clone, Copy)]
struct Push {
    from: f64,
    lasts: f64,
    grams: f64,
    shape: Shape,
}

impl Push {
    fn at(&self, t: f64) -> f64 {
        let x = (t - self.from) / self.lasts;
        if !(0.0..1.0).contains(&x) {
            return 0.0;
        }
        self.grams
            * match self.shape {
                Shape::Block => 1.0,
                Shape::Arch => (0.5 * TAU * x).sin(),
                Shape::Slope => 1.0 - x,
            }
    }
}

/// What one step from weight to weight brought.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    /// When the tacho's pulse came, if it did, s.
    pub pulse: Option<f64>,
    /// The gross weight, if it was not lost, g.
    pub weight: Option<f64>,
}

/// What every step of the physics of one bed multiplies by: they are all equally long.
#[derive(Debug)]
struct Strides {
    /// Steps from weight to weight, and their length, s.
    count: u32,
    dt: f64,
    /// How much of the flow's wander stays, and how much comes.
    wander: (f64, f64),
    /// Sine and cosine by which the slosh turns while it dies away, and what kicks it, g.
    slosh: ((f64, f64), f64),
    /// How far the scale's lag catches up.
    lag: f64,
}

impl Strides {
    fn new(station: Station, dice: &mut Dice) -> Self {
        let period = 1.0 / station.rate;
        let count = (period / STEP).ceil();
        let dt = period / count;
        let (grams, hz, lasts) = (dice.between(0.1, 0.8), dice.between(1.0, 2.0), dice.between(1.0, 3.0));
        let wander = (-dt / WANDER_TIME).exp();
        let keep = (-dt / lasts).exp();
        let (sin, cos) = (TAU * hz * dt).sin_cos();
        Self {
            count: count as u32,
            dt,
            wander: (wander, WANDER * (1.0 - wander * wander).sqrt()),
            slosh: ((keep * sin, keep * cos), grams * (1.0 - keep * keep).sqrt()),
            lag: 1.0 - (-dt / station.smoothing_s.max(1e-6)).exp(),
        }
    }
}

/// One draw in progress.
#[derive(Debug)]
pub struct Bed {
    station: Station,
    troubles: Troubles,
    /// The dice, for whoever drives the bed too.
    pub dice: Dice,
    /// Time now, s.
    pub t: f64,
    /// Blood in the bag, mL.
    pub blood_ml: f64,
    /// The donor's flow when it runs evenly, mL/s.
    pub flow_ml_s: f64,
    /// Size of the rocking, g.
    pub rock_grams: f64,
    set_grams: f64,
    full_ml: f64,
    grows: bool,
    wander: f64,
    stopped_until: f64,
    turns: f64,
    pace: f64,
    /// Sine and cosine of the harmonics' tones.
    tones: [(f64, f64); 2],
    pulse_late: f64,
    pulse_at: Option<f64>,
    slosh: (f64, f64),
    strides: Strides,
    push: Option<Push>,
    /// Lasting steps still to come: the blood at which they come, mL, and their size, g; the next one last.
    pub steps: Vec<(f64, f64)>,
    stepped: f64,
    open: Option<f64>,
    lagged: f64,
    recent: [f64; RECENT],
    recent_at: usize,
}

impl Bed {
    /// A donor on this bed, the clamp closed. `full_ml`: what shall be drawn.
    pub fn new(seed: u64, station: Station, troubles: Troubles, full_ml: f64) -> Self {
        let mut dice = Dice::new(seed);
        let set_grams = dice.between(80.0, 350.0);
        Self {
            station,
            troubles,
            t: 0.0,
            blood_ml: 0.0,
            flow_ml_s: dice.between(20.0, 150.0) / 60.0,
            rock_grams: dice.between(2.0, 10.0),
            set_grams,
            full_ml,
            grows: dice.chance(0.5),
            wander: WANDER * dice.normal(),
            stopped_until: 0.0,
            turns: dice.unit(),
            pace: 1.0,
            tones: [(TAU * dice.unit()).sin_cos(), (TAU * dice.unit()).sin_cos()],
            pulse_late: dice.between(0.12, 0.3),
            pulse_at: None,
            slosh: (0.0, 0.0),
            strides: Strides::new(station, &mut dice),
            push: None,
            steps: Vec::new(),
            stepped: 0.0,
            open: None,
            lagged: set_grams,
            recent: [set_grams; RECENT],
            recent_at: 0,
            dice,
        }
    }

    /// The clamp opens now, over a bag that holds this much already.
    pub fn open(&mut self, blood_ml: f64) {
        let more = (blood_ml - self.blood_ml) * BLOOD_G_PER_ML;
        self.blood_ml = blood_ml;
        self.lagged += more;
        self.recent.iter_mut().for_each(|r| *r += more);
        self.open = Some(f64::MAX);
        self.stopped_until = 0.0;
    }

    /// The clamp will have closed at `t`.
    pub fn close_at(&mut self, t: f64) {
        self.open = Some(t);
    }

    /// Goes on to the next weight.
    pub fn advance(&mut self) -> Seen {
        let mut pulse = None;
        for _ in 0..self.strides.count {
            pulse = self.step().or(pulse);
        }
        let seen = if self.station.smoothing_s < 1e-3 { self.load() } else { self.smoothed() };
        let shown = seen + 0.03 * self.dice.normal();
        let weight = (shown / self.station.quantum).round() * self.station.quantum;
        Seen { pulse, weight: (!self.dice.chance(LOST)).then_some(weight) }
    }

    fn step(&mut self) -> Option<f64> {
        let dt = self.strides.dt;
        self.flow(dt);
        self.happen(dt);
        self.t += dt;
        let pulse = self.turn(dt);
        self.swash();
        let load = self.load();
        self.lagged += (load - self.lagged) * self.strides.lag;
        self.recent_at = (self.recent_at + 1) % self.recent.len();
        self.recent[self.recent_at] = load;
        pulse
    }

    fn flow(&mut self, dt: f64) {
        let (keep, kick) = self.strides.wander;
        self.wander = keep * self.wander + kick * self.dice.normal();
        let Some(closes) = self.open else { return };
        if self.troubles.stops && self.dice.chance(dt / STOP_EVERY) {
            self.stopped_until = self.t + self.dice.between(STOP_LASTS.0, STOP_LASTS.1);
        }
        let until = (self.t + dt).min(closes);
        let from = self.t.max(self.stopped_until);
        self.blood_ml += (self.flow_ml_s * (1.0 + self.wander)).max(0.0) * (until - from).max(0.0);
    }

    fn happen(&mut self, dt: f64) {
        if self.troubles.pushes && self.open.is_some() && self.dice.chance(dt / PUSH_EVERY) {
            self.push = Some(Push {
                from: self.t,
                lasts: self.dice.between(PUSH_LASTS.0, PUSH_LASTS.1),
                grams: self.dice.between(-PUSH_GRAMS, PUSH_GRAMS),
                shape: [Shape::Block, Shape::Arch, Shape::Slope][self.dice.below(3) as usize],
            });
        }
        while self.steps.last().is_some_and(|s| s.0 <= self.blood_ml) {
            self.stepped += self.steps.pop().map_or(0.0, |s| s.1);
        }
    }

    fn turn(&mut self, dt: f64) -> Option<f64> {
        self.turns += dt * self.station.rock_hz * self.pace;
        if self.turns >= 1.0 {
            self.turns -= 1.0;
            let turn = 1.0 / self.station.rock_hz;
            let jitter = JITTER * self.dice.normal();
            match self.station.tacho {
                Tacho::Jittering => self.pulse_at = Some(self.t + turn * (self.pulse_late + jitter).max(0.0)),
                Tacho::UnevenTray => self.pulse_at = Some(self.t),
                Tacho::Missing | Tacho::UnevenMissing => (),
            }
            if self.station.tacho.uneven() {
                self.pace = 1.0 / (1.0 + jitter).max(0.8);
            }
        }
        let due = self.pulse_at.filter(|p| *p <= self.t);
        if due.is_some() {
            self.pulse_at = None;
        }
        due
    }

    fn swash(&mut self) {
        let ((sin, cos), kick) = self.strides.slosh;
        let (a, b) = self.slosh;
        self.slosh =
            (cos * a - sin * b + kick * self.dice.normal(), sin * a + cos * b + kick * self.dice.normal());
    }

    /// What lies on the scale, rocking and all, g.
    fn load(&self) -> f64 {
        let size = if self.grows { 0.4 + 0.6 * self.blood_ml / self.full_ml } else { 1.0 };
        let size = (size * self.rock_grams).max(2.0);
        // Sines of the angle, and of twice and three times it with their tones.
        let (sin, cos) = (TAU * self.turns).sin_cos();
        let (sin2, cos2) = (2.0 * sin * cos, 1.0 - 2.0 * sin * sin);
        let (sin3, cos3) = (sin2 * cos + cos2 * sin, cos2 * cos - sin2 * sin);
        let [(s2, c2), (s3, c3)] = self.tones;
        let wave = sin + HARMONICS * (sin2 * c2 + cos2 * s2 + sin3 * c3 + cos3 * s3);
        let push = self.push.map_or(0.0, |p| p.at(self.t));
        self.set_grams + self.blood_ml * BLOOD_G_PER_ML + size * wave + self.slosh.0 + push + self.stepped
    }

    fn smoothed(&self) -> f64 {
        match self.station.smoothing {
            Smoothing::Lag => self.lagged,
            Smoothing::Mean => {
                // A mean over so long delays by half of it: the same bound of 300 ms of filter.
                let n = ((self.station.smoothing_s / self.strides.dt).round() as usize)
                    .clamp(1, self.recent.len());
                let len = self.recent.len();
                (0..n).map(|i| self.recent[(self.recent_at + len - i) % len]).sum::<f64>() / n as f64
            }
        }
    }
}
