//! The draw's estimator: weights of a rocking tray in; volume, flow and their worth out; and the instant to clamp so
//! that the bag ends on target.
//!
//! Owns: the track of one draw ([`Estimator`]), the tare before it ([`Tare`]) and the clamp's learned delay after it
//! ([`ClampDelay`]). The only place in this crate where floats are: with + - * / and square root alone, so that a replay
//! gives the same bits on every machine. Refuses: acting (it says when the clamp is due, the procedure orders it),
//! clocks, and trusting a weight because it is the newest. Memory is fixed, whatever arrives. A crash loses the track:
//! a new estimator finds mass and flow again from the next ten seconds of weights.
//!
//! How it thinks, in order: `window` makes one of weights that come close together; `watch` looks whether the scale is
//! frozen; `bank` keeps some thoughts of what may be true (a push on the tray, a flow that stopped, a lasting step) and moves
//! belief between them (`run` says what the weights of a push come to, `doubt` whether a step may hide in what is believed);
//! each `thought` follows mass, flow and rocking in its `filter`; this file turns that into volume and the clamp's instant.
//! What is unsure closes early rather than late.
#![allow(clippy::float_arithmetic)]

mod bank;
mod clamp_delay;
mod doubt;
mod filter;
mod run;
mod tare;
mod thought;
mod track;
mod tubes;
mod watch;
mod window;

pub use clamp_delay::ClampDelay;
pub use tare::Tare;

use crate::device::{Quality, WeightSample};
use crate::measure::{Density, Microlitres, MicrolitresPerSecond, Milligrams, Mono, Span};
use filter::{Runs, magnitude};
use serde::{Deserialize, Serialize};
use track::{LONGEST_GAP, Track};

/// A newest weight older than this is no present knowledge.
pub const STALE_AFTER: Span = Span::from_secs(1);
/// A lasting step (or their sum) beyond this is not quietly reckoned with, g.
const STEP_FLAGGED: f64 = 5.0;
/// Steps found larger than this are told: one of 5 g is found with an error of half a gram, g.
const STEP_TOLD: f64 = 4.5;
/// Steps found larger than this may be of 5 g: beside a push their size is not found as well, g.
const STEP_DOUBTED: f64 = 3.4;
/// Doubt of the mass at which the volume is called unsure, g.
const UNSURE_SIGMA: f64 = 1.5;
/// How far the plain weights' middle may be above the target's mass before the clamp is due whatever else is thought, g.
const BACKSTOP: f64 = 6.0;
/// Flow below which no instant of the clamp is foretold, g/s.
const FORETOLD_FLOW: f64 = 0.02;
/// How far ahead an instant is foretold, s.
const FORETOLD: f64 = 600.0;
/// Rocking that a scale of 1 g steps must show, g.
const ROCKING_SEEN: f64 = 1.0;
/// A tube may be said to be filled so long before or after the tray shows it.
const TUBE_SHOWS: Span = Span::from_secs(20);
/// A fall beyond what tubes take by no more than this is theirs, g.
const TUBE_MORE: f64 = 1.0;
/// A home pulse proves a turning tray for so long, s.
const PULSE_PROVES: f64 = 8.0;

/// What a draw's estimate depends on; journaled when the donation opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawSettings {
    /// Density of blood.
    pub density: Density,
    /// Volume at which the bag shall end.
    pub target: Microlitres,
    /// Time from the order to close until the last blood shows on the scale ([`ClampDelay::delay`]).
    pub clamp_delay: Span,
}

/// Whether an estimate may be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sureness {
    /// The volume is good to about a millilitre.
    Sure,
    /// It is not, and why.
    Unsure(UnsureReason),
}

/// Why an estimate may not be relied on; the first that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnsureReason {
    /// No weight has come yet.
    NoWeight,
    /// The newest usable weight is older than [`STALE_AFTER`].
    Stale,
    /// A moving tray shows one and the same value.
    Frozen,
    /// More than half of the weights make no sense.
    Jumping,
    /// The weight changed by over 5 g at once and stayed: bag moved, tube pulled, something laid on the tray.
    Stepped,
    /// Too few weights since the start, a pause or a gap.
    Settling,
}

/// Volume and flow at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Estimate {
    /// Blood in the bag, foretold to this instant.
    pub volume: Microlitres,
    /// Flow into the bag.
    pub flow: MicrolitresPerSecond,
    /// Whether both may be relied on.
    pub sure: Sureness,
    /// Age of the newest usable weight; [`Span::ZERO`] with [`UnsureReason::NoWeight`].
    pub age: Span,
}

/// What is wrong with the weights, for alarms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Flags {
    /// The largest lasting step of over 5 g so far, with its sign.
    pub step: Option<Milligrams>,
    /// The scale was silent after such a step: what of it still lies on the tray is not known. Or one of over 5 g may hide: the
    /// scale jumped for so long while blood ran, one was found that is a little smaller, or what was seen as a push or a turn of the flow
    /// may as well be one.
    pub step_lost: bool,
    /// A moving tray shows one and the same value.
    pub frozen: bool,
    /// More than half of the weights make no sense.
    pub jumping: bool,
}

/// Follows one draw, pauses included. Feed it every weight, every home pulse of the mixer and every proof of the clamp's
/// position, in the order in which they arrived; ask at any time.
#[derive(Debug, Clone)]
pub struct Estimator {
    settings: DrawSettings,
    start: Mono,
    tare: Milligrams,
    track: Option<Track>,
    clamp_open: bool,
    cycle: Option<Mono>,
    flagged_step: Option<Milligrams>,
    step_lost: bool,
    /// When the last tube was said to be filled that is not yet settled with the tare.
    tube_at: Option<Mono>,
}

impl Estimator {
    /// A draw that starts now, with the clamp open and this gross mass of the empty set. After a restart in mid-draw the
    /// same call takes the track up again.
    pub fn new(settings: DrawSettings, start: Mono, tare: Milligrams) -> Self {
        Self {
            settings,
            start,
            tare,
            track: None,
            clamp_open: true,
            cycle: None,
            flagged_step: None,
            step_lost: false,
            tube_at: None,
        }
    }

    /// The draw ends at another volume.
    pub fn retarget(&mut self, target: Microlitres) {
        self.settings.target = target;
    }

    /// A weight arrived. Bad ones count as missing; ones from before the last one are left out.
    pub fn handle_sample(&mut self, at: Mono, sample: WeightSample) {
        if sample.quality == Quality::Bad {
            return;
        }
        if self.tube_at.is_some_and(|said| at.since(said) > TUBE_SHOWS) {
            self.settle_tubes();
        }
        let pulsed = self.cycle.is_some_and(|c| seconds(at.since(c)) < PULSE_PROVES);
        // A frozen scale says no more than a silent one; of a tray that stands still for as long nobody can tell it apart.
        self.step_lost |= self.flagged_step.is_some() && self.track.as_ref().is_some_and(|t| t.frozen(at));
        let track = match &mut self.track {
            Some(track) if at < track.heard() => return,
            Some(track) if seconds(at.since(track.heard())) <= LONGEST_GAP => {
                let rocking = pulsed || track.bank.best().rocking() >= ROCKING_SEEN;
                track.add(at, sample.gross, self.tare, rocking);
                track
            }
            // A long gap: what lies on the tray now is sought anew, and compared with what it was.
            Some(track) => {
                self.step_lost |= self.flagged_step.is_some();
                track.resume(at, sample.gross, self.tare, self.clamp_open);
                track
            }
            none => {
                let runs = if self.clamp_open { Runs::Freely } else { Runs::Never };
                none.insert(Track::new(at, sample.gross, self.tare, runs))
            }
        };
        self.step_lost |= track.bank.take_doubt();
        if let Some(size) = track.bank.take_step() {
            self.flag_step(size);
        }
    }

    /// Keeps the largest step of over 5 g for the alarms.
    fn flag_step(&mut self, grams: f64) {
        let size = Milligrams((grams * 1000.0) as i64);
        // What tubes take is no bag that moved.
        let left = self.track.as_ref().map_or(grams, |t| t.bank.steps());
        if grams < 0.0 && left >= -TUBE_MORE && self.tubes_about() {
            return;
        }
        if magnitude(grams) <= STEP_TOLD {
            self.step_lost |= magnitude(grams) > STEP_DOUBTED;
        } else if self.flagged_step.is_none_or(|s| s.abs() < size.abs()) {
            self.flagged_step = Some(size);
        }
    }

    /// The mixer passed its home mark.
    pub fn handle_cycle(&mut self, at: Mono) {
        if let (Some(track), Some(before)) = (&mut self.track, self.cycle) {
            track.turned(before, at);
        }
        self.cycle = Some(at);
    }

    /// The clamp is proved open (true) or closed (false): flow begins or ends at this instant.
    pub fn handle_clamp(&mut self, at: Mono, open: bool) {
        if open == self.clamp_open {
            return;
        }
        self.clamp_open = open;
        if let Some(track) = &mut self.track {
            track.walk(at, self.tare);
            track.bank.each(|f| if open { f.opened() } else { f.closed() });
        }
    }

    /// Whether tubes are filled from what is on the tray about now.
    pub fn tubes_about(&self) -> bool {
        let open = |t: &Track| t.bank.tubes().open > 0.0;
        self.tube_at.is_some() || self.track.as_ref().is_some_and(open)
    }

    /// Tubes are filled from a pouch on the tray: so much is said to have gone into them since the last call, and so much may
    /// have, or will, without anybody having said so. Whether it went at once or little by little, it is not the bag's.
    pub fn handle_tubes(&mut self, now: Mono, filled: Milligrams, open: Milligrams) {
        if filled.0 > 0 {
            self.tube_at = Some(now);
        }
        if let Some(track) = &mut self.track {
            track.bank.fill(grams(filled), grams(open));
        } else {
            self.tare = self.tare - filled;
        }
    }

    /// What tubes of which nobody has said that they are filled may have taken off the tray unseen: the bag may hold so
    /// much more than the estimate.
    pub fn unseen_in_tubes(&self) -> Microlitres {
        let unseen = self.track.as_ref().map_or(0.0, |t| t.bank.unseen());
        Microlitres((unseen * self.per_gram()) as i64)
    }

    fn settle_tubes(&mut self) {
        self.tube_at = None;
        if let Some(track) = &mut self.track {
            let taken = track.bank.settle_tubes();
            track.watch.put_aside(-taken);
            self.tare = self.tare - Milligrams((taken * 1000.0) as i64);
        }
    }

    /// Microlitres that weigh a gram.
    fn per_gram(&self) -> f64 {
        1_000_000.0 / f64::from(self.settings.density.mg_per_ml())
    }

    /// So much of what is on the tray belongs to something else than the bag from here on (the first blood in its closed
    /// pouch). The track goes on; steps of before are forgotten.
    pub fn put_aside(&mut self, mass: Milligrams) {
        self.settle_tubes();
        self.tare = self.tare + mass;
        (self.flagged_step, self.step_lost) = (None, false);
        if let Some(track) = &mut self.track {
            track.bank.put_aside(grams(mass));
            track.watch.put_aside(grams(mass));
        }
    }

    /// Volume and flow, foretold to `now`.
    pub fn estimate(&self, now: Mono) -> Estimate {
        let Some(track) = &self.track else {
            return Estimate {
                volume: Microlitres::ZERO,
                flow: MicrolitresPerSecond::ZERO,
                sure: Sureness::Unsure(UnsureReason::NoWeight),
                age: Span::ZERO,
            };
        };
        let per_gram = self.per_gram();
        Estimate {
            volume: Microlitres((mass(track, now) * per_gram) as i64),
            flow: MicrolitresPerSecond((track.bank.best().flow() * per_gram) as i64),
            sure: sureness(track, now),
            age: now.since(track.heard()),
        }
    }

    /// What the tray shows beyond the tare, whatever of it is blood: the rocking is taken out, steps are not.
    pub fn shown(&self) -> Microlitres {
        let shown = self.track.as_ref().map_or(0.0, |t| t.bank.mean().0 + t.bank.steps());
        Microlitres((shown * self.per_gram()) as i64)
    }

    /// The instant at which to order the clamp closed so that the bag ends on target: `now` when that is already past,
    /// none while the clamp is closed, nothing flows, or it is over ten minutes away. Ask again after every weight.
    pub fn clamp_due(&self, now: Mono) -> Option<Mono> {
        let track = self.track.as_ref()?;
        let target = grams(self.settings.density.mass_of(self.settings.target));
        let open = track.bank.unseen();
        let taken = track.bank.tubes().taken;
        if track.watch.middle_reaches(target + BACKSTOP - taken - open) {
            return Some(now);
        }
        // Doubt beyond two grams closes early.
        let doubt = (2.0 * track.bank.mass_sigma() - 4.0).clamp(0.0, 4.0);
        let flow = track.bank.mean().1.max(0.0);
        let delay = seconds(self.settings.clamp_delay);
        let left = target - mass(track, now) - open - doubt - flow * delay;
        if left <= 0.0 {
            return Some(now);
        }
        // Far ahead the likeliest flow counts: a stop that is merely possible delays nothing.
        let flow = flow.max(track.bank.best().flow());
        let wait = if flow > FORETOLD_FLOW { left / flow } else { FORETOLD };
        (wait < FORETOLD && self.clamp_open).then(|| now + Span((wait * 1_000_000.0) as u64))
    }

    /// Whether the weights made no sense for so long that mass and flow are being sought anew: what the estimate says
    /// meanwhile is not the last word.
    pub fn seeks(&self) -> bool {
        self.track.as_ref().is_some_and(|t| t.bank.had().is_some())
    }

    /// What is wrong with the weights.
    pub fn flags(&self, now: Mono) -> Flags {
        let (frozen, jumping) =
            self.track.as_ref().map_or((false, false), |t| (t.frozen(now), t.bank.jumping()));
        Flags { step: self.flagged_step, step_lost: self.step_lost, frozen, jumping }
    }

    /// When this draw started.
    pub fn started(&self) -> Mono {
        self.start
    }

    /// The settings it was given.
    pub fn settings(&self) -> DrawSettings {
        self.settings
    }
}

/// Net mass of blood foretold to `now`, g. Steps up to 5 g are reckoned with. A larger one is a bag that moved, and
/// of the two masses that may be true (with the step or without) the larger is taken: that closes early.
/// So it is when the track was lost and is not yet found.
fn mass(track: &Track, now: Mono) -> f64 {
    let steps = track.bank.steps();
    let doubtful = if steps > STEP_FLAGGED { steps } else { 0.0 };
    let (mass, flow) = track.bank.mean();
    let mass = track.bank.had().map_or(mass, |had| if had > mass { had } else { mass });
    mass + flow.max(0.0) * track.ahead(now) + doubtful
}

fn sureness(track: &Track, now: Mono) -> Sureness {
    let reason = if now.since(track.heard()) > STALE_AFTER {
        UnsureReason::Stale
    } else if track.frozen(now) {
        UnsureReason::Frozen
    } else if track.bank.jumping() {
        UnsureReason::Jumping
    } else if magnitude(track.bank.steps()) > STEP_FLAGGED {
        UnsureReason::Stepped
    } else if track.bank.mass_sigma() > UNSURE_SIGMA {
        UnsureReason::Settling
    } else {
        return Sureness::Sure;
    };
    Sureness::Unsure(reason)
}

/// Grams as the tracker counts them, within ±150 kg.
fn grams(mass: Milligrams) -> f64 {
    mass.0.clamp(-150_000_000, 150_000_000) as f64 / 1000.0
}

/// Seconds as the tracker counts them, at most a day.
fn seconds(span: Span) -> f64 {
    span.0.min(86_400_000_000) as f64 / 1_000_000.0
}
