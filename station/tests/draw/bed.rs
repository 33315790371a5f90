//! A small generator of draws: bag, rocking tray, scale and clamp. Its constants are its own, none are the estimator's.

use station::device::{Quality, WeightSample};
use station::draw::{ClampDelay, DrawSettings, Estimator, Tare};
use station::measure::{Density, Microlitres, Milligrams, Mono};

/// SplitMix64.
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
    pub fn between(&mut self, a: f64, b: f64) -> f64 {
        a + (b - a) * self.unit()
    }
    pub fn normal(&mut self) -> f64 {
        (0..4).map(|_| self.unit()).sum::<f64>() * 1.732 - 3.464
    }
    pub fn coin(&mut self) -> bool {
        self.next() & 1 == 1
    }
}

/// How the mixer's home pulse is related to the tray.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Tacho {
    /// The tray's speed is even, the pulse comes early or late.
    LatePulse,
    /// The tray's speed is uneven, the pulse is true.
    UnevenTray,
    /// The tray is uneven and nobody says so.
    None,
}

/// What kind of draws.
#[derive(Clone, Copy, Debug)]
pub struct Scenery {
    /// Weights per second.
    pub rate: f64,
    pub tacho: Tacho,
    /// Mean distance of pushes on the tray, s.
    pub pushes_every: f64,
    /// Lasting steps in a draw, and their largest size, g. Over 5 g all have that very size.
    pub steps: u32,
    pub step_size: f64,
    /// At most so much is drawn, mL; the rest is in the bag before (a draw taken up again).
    pub tail: f64,
}

pub const PLAIN: Scenery = Scenery {
    rate: 23.0,
    tacho: Tacho::LatePulse,
    pushes_every: 25.0,
    steps: 0,
    step_size: 3.0,
    tail: 1000.0,
};

const DT: f64 = 0.005;
const TURN: f64 = std::f64::consts::TAU;
const DENSITY: f64 = 1.053;

struct Push {
    from: f64,
    lasts: f64,
    grams: f64,
    shape: u64,
}

/// A bed.
pub struct Bed {
    pub dice: Dice,
    s: Scenery,
    pub t: f64,
    pub blood: f64,
    pub set: f64,
    pub flow: f64,
    wander: f64,
    stop_until: f64,
    phase: f64,
    period: f64,
    uneven: f64,
    pub amplitude: f64,
    grows: bool,
    parts: [f64; 2],
    slosh: (f64, f64),
    slosh_hz: f64,
    slosh_grams: f64,
    pub lag: f64,
    filtered: f64,
    pub quantum: f64,
    push: Option<Push>,
    pub steps_at: Vec<(f64, f64)>,
    stepped: f64,
    next_sample: f64,
    pulse_at: Option<f64>,
    pub open: bool,
    full: f64,
}

/// What a bed's devices say.
pub enum Seen {
    Weight(f64),
    Pulse,
}

impl Bed {
    pub fn new(seed: u64, s: Scenery, full: f64) -> Self {
        let mut d = Dice(seed);
        let set = d.between(60.0, 400.0);
        Bed {
            s,
            t: 0.0,
            blood: 0.0,
            set,
            flow: d.between(20.0, 150.0) / 60.0,
            wander: 0.0,
            stop_until: 0.0,
            phase: d.between(0.0, TURN),
            period: 1.0 / d.between(0.2, 0.27),
            uneven: 1.0,
            amplitude: d.between(2.0, 10.0),
            grows: d.coin(),
            parts: [d.between(0.0, TURN), d.between(0.0, TURN)],
            slosh: (0.0, 0.0),
            slosh_hz: d.between(1.0, 2.0),
            slosh_grams: d.between(0.2, 1.0),
            lag: d.between(0.0, 0.3),
            filtered: set,
            quantum: if d.coin() { 0.1 } else { 1.0 },
            push: None,
            steps_at: vec![],
            stepped: 0.0,
            next_sample: 0.0,
            pulse_at: None,
            open: false,
            full,
            dice: d,
        }
    }

    fn load(&self) -> f64 {
        let size = if self.grows { 0.3 + 0.7 * self.blood / self.full } else { 1.0 } * self.amplitude;
        let p = self.phase;
        let wave = p.sin() + 0.15 * (2.0 * p + self.parts[0]).sin() + 0.15 * (3.0 * p + self.parts[1]).sin();
        let push = self.push.as_ref().map_or(0.0, |p| {
            let x = (self.t - p.from) / p.lasts;
            match p.shape {
                _ if !(0.0..1.0).contains(&x) => 0.0,
                0 => p.grams,
                1 => p.grams * (std::f64::consts::PI * x).sin(),
                _ => p.grams * (1.0 - x),
            }
        });
        self.set + self.blood + size * wave + self.slosh.0 + push + self.stepped
    }

    fn turn_tray(&mut self) -> bool {
        self.phase += TURN * DT / (self.period * self.uneven);
        if self.phase >= TURN {
            self.phase -= TURN;
            let n = self.dice.normal();
            match self.s.tacho {
                Tacho::UnevenTray => self.pulse_at = Some(self.t),
                Tacho::LatePulse => self.pulse_at = Some(self.t + self.period * (0.15 + 0.05 * n).max(0.0)),
                Tacho::None => (),
            }
            if self.s.tacho != Tacho::LatePulse {
                self.uneven = 1.0 + 0.05 * n;
            }
        }
        let pulse = self.pulse_at.is_some_and(|p| p <= self.t);
        self.pulse_at = self.pulse_at.filter(|_| !pulse);
        pulse
    }

    /// One step of the world.
    pub fn step(&mut self) -> Vec<Seen> {
        self.t += DT;
        self.wander += -self.wander * DT / 10.0 + 0.1 * (2.0 * DT / 10.0f64).sqrt() * self.dice.normal();
        if self.open && self.dice.unit() < DT / 90.0 {
            self.stop_until = self.t + self.dice.between(0.5, 8.0);
        }
        if self.open && self.t >= self.stop_until {
            self.blood += (self.flow * (1.0 + self.wander)).max(0.0) * DENSITY * DT;
        }
        let mut seen = vec![];
        if self.turn_tray() {
            seen.push(Seen::Pulse);
        }
        let w = TURN * self.slosh_hz;
        let kick = self.slosh_grams * w * (2.0 * 0.8 * DT).sqrt() * self.dice.normal();
        self.slosh.1 += (-w * w * self.slosh.0 - 0.8 * self.slosh.1) * DT + kick;
        self.slosh.0 += self.slosh.1 * DT;
        if self.open && self.dice.unit() < DT / self.s.pushes_every {
            self.push = Some(Push {
                from: self.t,
                lasts: self.dice.between(0.05, 1.0),
                grams: self.dice.between(-40.0, 40.0),
                shape: self.dice.next() % 3,
            });
        }
        while self.steps_at.last().is_some_and(|s| s.0 <= self.blood) {
            self.stepped += self.steps_at.pop().map_or(0.0, |s| s.1);
        }
        self.filtered += (self.load() - self.filtered) * (DT / (self.lag + DT));
        if self.t >= self.next_sample {
            self.next_sample += 1.0 / self.s.rate;
            if self.dice.unit() >= 0.01 {
                let v = self.filtered + 0.05 * self.dice.normal();
                seen.push(Seen::Weight((v / self.quantum).round() * self.quantum));
            }
        }
        seen
    }

    pub fn now(&self) -> Mono {
        Mono(1_000_000 + (self.t * 1e6) as u64)
    }
}

/// A weight as the scale driver hands it on.
pub fn weight(grams: f64) -> WeightSample {
    WeightSample { gross: Milligrams((grams * 1000.0).round() as i64), quality: Quality::Dynamic }
}

/// How a draw ended.
pub struct Outcome {
    /// True volume in the bag minus target, mL.
    pub off: f64,
    /// Target, mL.
    pub target: f64,
    pub learned: ClampDelay,
    /// Size of the step that was flagged, g.
    pub step_flagged: Option<f64>,
}

fn feed(bed: &mut Bed, e: &mut Estimator) -> bool {
    let mut any = false;
    for seen in bed.step() {
        any = true;
        match seen {
            Seen::Weight(g) => e.handle_sample(bed.now(), weight(g)),
            Seen::Pulse => e.handle_cycle(bed.now()),
        }
    }
    any
}

fn take_tare(seed: u64, bed: &mut Bed) -> Milligrams {
    let mut tare = Tare::new();
    loop {
        for seen in bed.step() {
            match seen {
                Seen::Weight(g) => tare.handle_sample(bed.now(), weight(g)),
                Seen::Pulse => tare.handle_cycle(bed.now()),
            }
        }
        if let Some(t) = tare.result() {
            return t;
        }
        assert!(bed.t < 90.0, "seed {seed}: no tare");
    }
}

/// One whole draw, tare included. `clamp`: the clamp's true delay, s.
pub fn draw(seed: u64, s: Scenery, learned: ClampDelay, clamp: f64) -> Outcome {
    let mut pick = Dice(seed ^ 0x5555);
    let target = [200.0, 300.0, 400.0][(pick.next() % 3) as usize];
    let mut bed = Bed::new(seed, s, target * DENSITY);
    let tare = take_tare(seed, &mut bed);
    bed.blood = (target - s.tail).max(0.0) * DENSITY;
    bed.filtered += bed.blood;
    for _ in 0..s.steps {
        let grams = pick.between(-s.step_size, s.step_size);
        let grams = if s.step_size > 5.0 { s.step_size * grams.signum() } else { grams };
        let last = if s.step_size > 5.0 { target * DENSITY - 30.0 } else { target * DENSITY };
        bed.steps_at.push((pick.between(bed.blood + 25.0, last), grams));
    }
    bed.steps_at.sort_by(|a, b| b.0.total_cmp(&a.0));
    let settings = DrawSettings {
        density: Density::DEFAULT,
        target: Microlitres((target * 1000.0) as i64),
        clamp_delay: learned.delay(),
    };
    let mut e = Estimator::new(settings, bed.now(), tare);
    // First blood runs to a pouch that hangs elsewhere; the estimator follows the tray from the needle on.
    bed.open = false;
    let first_blood = bed.t + 15.0;
    while bed.t < first_blood {
        feed(&mut bed, &mut e);
    }
    bed.open = true;
    let mut due = None;
    while due.is_none_or(|d| d > bed.now()) {
        if feed(&mut bed, &mut e) {
            due = e.clamp_due(bed.now());
        }
        assert!(bed.t < 3000.0, "seed {seed}: the draw never ended");
    }
    let ordered = e.estimate(bed.now());
    let until = bed.t + clamp + 0.01 * bed.dice.normal();
    let settle = until + 12.0;
    while bed.t < settle {
        if bed.open && bed.t >= until {
            bed.open = false;
            e.handle_clamp(bed.now(), false);
        }
        feed(&mut bed, &mut e);
    }
    let settled = e.estimate(bed.now());
    Outcome {
        off: bed.blood / DENSITY - target,
        target,
        learned: learned.learned(ordered.volume, ordered.flow, settled.volume),
        step_flagged: e.flags(bed.now()).step.map(|s| s.0 as f64 / 1000.0),
    }
}
