//! What may be true at once: a small bank of trackers, each with its share of belief.
//!
//! A weight far from the expectation may be a push on the tray, a flow that has stopped or started, or a lasting step; which
//! of them it is shows only a second or two later. So nothing is decided at once. All the time some thoughts are kept that
//! the flow has just stopped (or just started again); every weight moves belief to those that expected it, and the unlikely
//! ones are dropped. Within each thought a weight may belong to a push: it is believed only by how likely that is not so.
//! A push that holds its value for longer than any push does is a lasting step.
//!
//! Owns: the thoughts, their shares, the steps found. Refuses: volumes and clocks. At most [`MOST`] trackers and those
//! of `doubt`, whatever arrives. A crash loses it.

use super::doubt::Doubt;
use super::filter::{Filter, Runs, Strides, magnitude, root};
use super::thought::{PUSH_LASTS, Thought};
use super::tubes::Tubes;

/// Most trackers at once, and on a tray that turns evenly: more of them cost time there and find nothing more.
const MOST: usize = 8;
/// See `MOST`.
const MOST_EVEN: usize = 5;
/// Sudden stops of the flow, and starts of a stopped one, per second: how likely one is before anything is seen.
const STOPS: f64 = 0.01;
/// See `STOPS`.
const STARTS: f64 = 0.2;
/// The flow becomes slower: weighed once in so many thoughts of a stop.
const SLOWS: f64 = 0.01;
/// See `SLOWS`.
const TURNS_TO_SLOW: u8 = 3;
/// A new thought of a turn each time so much has run since the last one, g; within these times, s.
const TURN_EVERY: f64 = 0.4;
/// See `TURN_EVERY`.
const TURN_TIMES: (f64, f64) = (0.2, 1.2);
/// Share of the thought that what climbs is blood that runs faster.
const QUICKENS: f64 = 0.02;
/// No blood runs faster, g/s (400 mL/min).
const FASTEST: f64 = 7.0;
/// A new thought that the tray turns evenly after all, or unevenly, each so many seconds, and its share.
const TRAY_EVERY: f64 = 4.0;
/// The same on a tray that turned unevenly lately: its next turn may come late at any time.
const TRAY_EVERY_UNEVEN: f64 = 1.0;
/// There such a thought is made anew when its share fell below this.
const UNEVEN_SHARE: f64 = 0.05;
/// See `TRAY_EVERY`.
const GETS_EVEN: f64 = 0.05;
/// See `TRAY_EVERY`.
const GETS_UNEVEN: f64 = 0.3;
/// A thought below this share is dropped.
const DROP_SHARE: f64 = 1e-5;
/// The likeliest thought that a younger one has just left behind is kept for as long as a push lasts, s, and has this share
/// at least.
const SPARED_FOR: f64 = 1.5;
/// See `SPARED_FOR`.
const SPARED: f64 = 2e-5;
/// The track settles within this time of its beginning, or of having been lost, s.
const SETTLES_IN: f64 = 12.0;
/// A value holds when four in five weights are so near their middle (it sloshes), and the mean of the later half is so near
/// that of the earlier, g.
const STEP_SCATTER: f64 = 2.0;
/// The same on a tray whose turns differ: there a turn that comes late swings about.
const STEP_SCATTER_UNEVEN: f64 = 1.2;
/// Belief left to the thoughts that know of no step when one has held.
const NO_STEP: f64 = 0.02;
/// A step of less than so many standard deviations of the mass may be none.
const FOLLOWED: f64 = 4.0;
/// And of less than this, g.
const FOLLOWED_MOST: f64 = 5.0;
/// Share of a likely thought.
const LIKELY: f64 = 0.05;
/// A push without end in which no value holds: the track is lost, s.
const LONGEST_RUN: f64 = 5.0;
/// Share of the weights of about four seconds left out at which the track is lost.
const LOST: f64 = 0.65;
/// Share of the weights of about eight seconds left out at which the scale is said to jump.
const JUMPING: f64 = 0.5;
/// A step is told when it has been believed for so long, s.
const STEP_BELIEVED: f64 = 1.0;
/// The same of one that is too small to be told of by the station, in case it grows.
const SMALL_BELIEVED: f64 = 3.0;
/// Less than this is no step, g.
const STEP_NOTED: f64 = 1.0;
/// Lasting steps are further apart than this; a track that needs more of them is lost, s.
const STEPS_APART: f64 = 8.0;
/// Share of the weights of about four seconds left out up to which what is believed makes sense.
const SENSIBLE: f64 = 0.25;
/// A lost track is found again when its mass is good to so much, g.
const FOUND: f64 = 1.0;
/// A step while the track was lost is believed from this size on, g.
const FOUND_STEP: f64 = 3.5;
/// The same on a tray whose turns differ: it is lost more easily, and a turn that comes late stays away as long as a step.
const FOUND_UNEVEN: f64 = 7.0;
/// More or less than can have run by this much may be a step, g.
const FOUND_DOUBTED: f64 = 2.5;
/// What stays away for longer than most pushes is thought of as a step this often, s.
const SURMISED_EACH: f64 = 0.5;
/// Share of such a thought.
const SURMISED: f64 = 0.003;
/// Of the weights that belong to a push one is kept each eighth of a second; on a tray whose turns differ less often, so
/// that a turn that comes early or late, which looks like a push that swings, is no step.
const KEPT_EVERY: f64 = 0.12;
/// See `KEPT_EVERY`.
const KEPT_UNEVEN: f64 = 0.2;
/// Share of about the last minute in which a tray was thought to turn unevenly from which on it is not trusted to turn
/// evenly.
const UNEVENLY: f64 = 0.1;
/// So long a tray is not well known: while blood runs there a step takes as long to be believed as on an uneven one, s.
const YOUNG: f64 = 30.0;
/// See `UNEVENLY`, s.
const UNEVENLY_OVER: f64 = 60.0;
/// A track that begins tries these speeds of the tray, rad/s.
const BEGINNING_SPEEDS: [f64; 3] = [1.3, 1.47, 1.65];

/// The bank. Times are seconds since the track began, masses grams.
#[derive(Debug, Clone)]
pub(super) struct Bank {
    /// The likeliest first.
    thoughts: Vec<Thought>,
    settles: f64,
    /// Share of weights left out lately, slowly and quickly forgotten.
    left_out: f64,
    misfit: f64,
    turned_at: f64,
    turns: u8,
    quickened_at: f64,
    tray_at: f64,
    /// Share of about the last minute in which the tray was thought to turn unevenly.
    unevenly: f64,
    /// When the last step was found, and the steps before it, g.
    stepped: (f64, f64),
    /// The steps that were told, g, and since when there is more or less of them.
    known: f64,
    noted: Option<f64>,
    /// When a step was last thought of that is not yet sure.
    surmised_at: f64,
    told: Option<f64>,
    doubt: Doubt,
    /// What was believed when weights last made sense; the first weight does.
    believed: Believed,
    /// The track was lost, and what it comes to is not yet found.
    lost: Option<Lost>,
    tubes: Tubes,
    /// What all thoughts come to: reckoned anew whenever one of them or the tubes change, asked for several times a weight.
    sums: Sums,
}

/// What all thoughts come to.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    /// Mean mass, g, its standard deviation, and mean flow, g/s.
    mass: f64,
    sigma: f64,
    flow: f64,
    /// What open tubes may have taken unseen, g.
    unseen: f64,
}

/// What was believed when weights last made sense.
#[derive(Debug, Clone, Copy)]
struct Believed {
    /// Blood that had come, g, and what ran, g/s.
    blood: f64,
    flow: f64,
    /// The least step that is no error of these, g.
    doubt: f64,
    /// For how long blood may have run since, s.
    ran_for: f64,
}

/// A track that is lost.
#[derive(Debug, Clone, Copy)]
struct Lost {
    believed: Believed,
    /// Blood that had come by then if it ran on, g.
    had: f64,
    /// More than half of the weights made no sense since.
    jumped: bool,
}

impl Bank {
    /// Begins at this net mass.
    pub(super) fn new(net: f64, runs: Runs) -> Self {
        let begin = |speed, uneven| Filter::new(net, speed, uneven, runs);
        let mut bank = Self {
            thoughts: beginnings(begin, 0.0, 0.0),
            settles: SETTLES_IN,
            left_out: 0.0,
            misfit: 0.0,
            turned_at: 0.0,
            turns: 0,
            quickened_at: f64::MIN,
            tray_at: 0.0,
            unevenly: 0.0,
            stepped: (f64::MIN, 0.0),
            known: 0.0,
            noted: None,
            surmised_at: f64::MIN,
            told: None,
            doubt: Doubt::none(),
            believed: Believed { blood: net, flow: 0.0, doubt: 0.0, ran_for: 0.0 },
            lost: None,
            tubes: Tubes::default(),
            sums: Sums::default(),
        };
        bank.sum_up();
        bank
    }

    /// The likeliest tracker.
    pub(super) fn best(&self) -> &Filter {
        &self.thoughts[0].filter
    }

    /// What the scale shows beyond the blood and what tubes explain, as far as known, g.
    pub(super) fn steps(&self) -> f64 {
        let steps = self.thoughts[0].beyond(self.tubes);
        if steps < 0.0 { (steps + self.tubes.open).min(0.0) } else { steps }
    }

    /// Reckons what all thoughts come to. Whoever changes one of them calls this.
    fn sum_up(&mut self) {
        let (thoughts, tubes) = (&self.thoughts, self.tubes);
        let shares: f64 = thoughts.iter().map(|t| t.share).sum();
        let mass: f64 = thoughts.iter().map(|t| t.share * t.blood(tubes)).sum();
        let flow: f64 = thoughts.iter().map(|t| t.share * t.filter.flow()).sum();
        let unseen = |t: &Thought| (tubes.open + t.beyond(tubes).min(0.0)).max(0.0);
        let unseen: f64 = thoughts.iter().map(|t| t.share * unseen(t)).sum();
        let mass = mass / shares;
        let spread = |t: &Thought| {
            let off = t.blood(tubes) - mass;
            t.share * (t.filter.mass_variance() + off * off)
        };
        let sigma = root(thoughts.iter().map(spread).sum());
        self.sums = Sums { mass, sigma, flow: flow / shares, unseen: unseen / shares };
    }

    /// Mass and flow in the mean of all thoughts, g and g/s.
    pub(super) fn mean(&self) -> (f64, f64) {
        (self.sums.mass, self.sums.flow)
    }

    /// Standard deviation of the mass over all thoughts, g.
    pub(super) fn mass_sigma(&self) -> f64 {
        self.sums.sigma
    }

    /// What tubes of which nobody has said that they are filled may have taken off the tray unseen, g.
    pub(super) fn unseen(&self) -> f64 {
        self.sums.unseen
    }

    /// What sample tubes have taken, or may have.
    pub(super) fn tubes(&self) -> Tubes {
        self.tubes
    }

    /// Filled tubes took so much more, and open ones may take so much, g.
    pub(super) fn fill(&mut self, more: f64, open: f64) {
        self.tubes = Tubes { taken: self.tubes.taken + more, open };
        self.sum_up();
    }

    /// What filled tubes took is what it is by now: the net mass is given without it from here on. How much, g.
    pub(super) fn settle_tubes(&mut self) -> f64 {
        let tubes = self.tubes;
        self.thoughts.iter_mut().for_each(|t| t.settle_tubes(tubes));
        self.doubt.settle_tubes(tubes);
        for steps in [&mut self.known, &mut self.stepped.1] {
            *steps = tubes.leave_of(*steps);
        }
        self.tubes.taken = 0.0;
        self.sum_up();
        tubes.taken
    }

    /// Does the same to every tracker.
    pub(super) fn each(&mut self, mut change: impl FnMut(&mut Filter)) {
        for t in &mut self.thoughts {
            change(&mut t.filter);
        }
        self.doubt.each(change);
        self.sum_up();
    }

    /// So much of the net mass does not count any more, g; steps of before do. What flowed there has stopped.
    pub(super) fn put_aside(&mut self, grams: f64) {
        let steps = self.thoughts[0].steps;
        for t in &mut self.thoughts {
            t.filter.move_mass(t.steps - grams);
            t.steps = 0.0;
            if t.filter.runs() == Runs::Freely {
                t.filter = t.filter.stopped(0.0);
            }
        }
        (self.noted, self.known, self.told) = (None, 0.0, None);
        self.doubt = Doubt::none();
        self.believed.blood += steps - grams;
        if let Some(lost) = &mut self.lost {
            lost.believed.blood += steps - grams;
            lost.had += steps - grams;
        }
        self.sum_up();
    }

    /// Blood that had come when the track was lost, until it is found again, g: blood does not leave the bag.
    pub(super) fn had(&self) -> Option<f64> {
        self.lost.map(|l| l.had)
    }

    /// Whether weights are being left out just now.
    pub(super) fn in_run(&self) -> bool {
        self.thoughts[0].run.is_some()
    }

    /// Whether more than half of the last weights had to be left out.
    pub(super) fn jumping(&self) -> bool {
        self.left_out > JUMPING
    }

    /// A lasting step that is certain by now, g; told once.
    pub(super) fn take_step(&mut self) -> Option<f64> {
        self.told.take()
    }

    /// Whether a step may hide that nothing can tell; told once.
    pub(super) fn take_doubt(&mut self) -> bool {
        self.doubt.take()
    }

    /// Takes in a net weight, `elapsed` after the last one, rounded by the scale to so many grams.
    pub(super) fn handle(&mut self, now: f64, net: f64, elapsed: f64, rounding: f64) {
        self.weigh(now, net, elapsed, rounding);
        self.sum_up();
        self.remember(elapsed);
        self.think_on(now, net, elapsed);
    }

    /// Every thought takes the weight in.
    fn weigh(&mut self, now: f64, net: f64, elapsed: f64, rounding: f64) {
        let strides = Strides::over(elapsed);
        let pace = if self.is_patient(now) { KEPT_UNEVEN } else { KEPT_EVERY };
        for t in &mut self.thoughts {
            t.filter.advance(&strides);
            t.weigh(now, net, elapsed, rounding, pace);
        }
        self.doubt.weigh(&strides, |t| t.weigh(now, net, elapsed, rounding, pace));
        self.settle_shares(now);
        if now >= self.settles {
            self.doubt.look(now, elapsed, &self.thoughts[0], self.tubes);
        }
    }

    /// Thinks of what else may be true by now.
    fn think_on(&mut self, now: f64, net: f64, elapsed: f64) {
        let out = self.thoughts[0].pushed;
        self.left_out += (elapsed / 8.0).clamp(0.0, 0.1) * (out - self.left_out);
        self.misfit += (elapsed / 4.0).clamp(0.0, 0.1) * (out - self.misfit);
        let jumps = self.jumping();
        if let Some(lost) = &mut self.lost {
            lost.jumped |= jumps;
        }
        // On an even tray a run may still turn out to be a step.
        let best = &self.thoughts[0];
        let runs = best.run.is_some_and(|r| now - r.since < LONGEST_RUN) && !best.filter.uneven();
        if self.misfit > LOST && !runs {
            self.lost(now, net);
            return;
        }
        if self.thoughts[0].run.is_some() {
            self.think_of_quickening(now);
            self.think_of_step(now);
            self.judge_run(now, net);
        }
        self.think_of_trays(now);
        if now >= self.settles {
            self.find_again();
            self.think_of_turns(now);
        }
    }

    /// Whether a turn of the tray may come early or late.
    fn turns_unevenly(&self) -> bool {
        self.best().uneven() || self.unevenly > UNEVENLY
    }

    /// Whether what looks like a step may be a turn that came early or late.
    fn is_patient(&self, now: f64) -> bool {
        self.turns_unevenly() || (now < YOUNG && self.best().runs() != Runs::Never)
    }

    /// How far most weights of a value that holds may be from their middle, g.
    fn scatter(&self, now: f64) -> f64 {
        if self.is_patient(now) { STEP_SCATTER_UNEVEN } else { STEP_SCATTER }
    }

    /// Keeps how the tray turned lately, what was believed while weights made sense, and for how long blood may have run
    /// since.
    fn remember(&mut self, elapsed: f64) {
        let uneven = if self.best().uneven() { 1.0 } else { 0.0 };
        self.unevenly += (elapsed / UNEVENLY_OVER).clamp(0.0, 0.1) * (uneven - self.unevenly);
        let may_run = self.best().runs() != Runs::Never;
        if !self.in_run() && self.misfit < SENSIBLE {
            let (blood, flow) = self.mean();
            self.believed = Believed { blood, flow, doubt: self.doubt_of_step(), ran_for: 0.0 };
        } else if may_run {
            self.believed.ran_for += elapsed;
        }
        if may_run && let Some(lost) = &mut self.lost {
            lost.believed.ran_for += elapsed;
        }
    }

    /// Makes the shares one in sum, sorts the best first, drops what is unlikely, makes one of what is alike.
    fn settle_shares(&mut self, now: f64) {
        let sum: f64 = self.thoughts.iter().map(|t| t.share).sum();
        for t in &mut self.thoughts {
            t.share = if sum > 0.0 { t.share / sum } else { 1.0 };
        }
        self.doubt.settle_shares(sum);
        let led = self.thoughts[0].born;
        let tubes = self.tubes;
        if !self.thoughts.is_sorted_by(|a, b| a.share >= b.share) {
            self.thoughts.sort_by(|a, b| b.share.total_cmp(&a.share));
        }
        let (best, born) = (self.thoughts[0].blood(tubes), self.thoughts[0].born);
        if now >= self.settles
            && born != led
            && let Some(deposed) = self.thoughts.iter_mut().find(|t| t.born == led)
        {
            if born > led {
                deposed.spared_until = now + SPARED_FOR;
            }
            self.doubt.deposed(deposed, best, tubes, now);
        }
        for t in self.thoughts.iter_mut().filter(|t| t.is_spared(now)) {
            t.share = t.share.max(SPARED);
        }
        self.thoughts.retain(|t| t.share > DROP_SHARE);
        let mut i = 1;
        while i < self.thoughts.len() {
            let (before, rest) = self.thoughts.split_at_mut(i);
            if let Some(twin) = before.iter_mut().find(|b| b.alike(&rest[0], now)) {
                twin.join(&rest[0]);
                self.thoughts.remove(i);
            } else {
                i += 1;
            }
        }
        self.tell(now);
    }

    /// Starts the thought that the flow has just stopped, or that it has just started again.
    fn think_of_turns(&mut self, now: f64) {
        let best = &self.thoughts[0];
        let passed = now - self.turned_at;
        let every = (TURN_EVERY / best.filter.usual()).clamp(TURN_TIMES.0, TURN_TIMES.1);
        if passed < every {
            return;
        }
        self.turned_at = now;
        self.turns = (self.turns + 1) % TURNS_TO_SLOW;
        let passed = passed.min(TURN_TIMES.1);
        let running = self.thoughts.iter().find(|t| t.filter.runs() == Runs::Freely);
        let still = self.thoughts.iter().find(|t| t.filter.runs() == Runs::Stopped);
        // What a push hides may have turned at any time since it began.
        let within = |t: &Thought| t.run.map_or(passed, |r| (now - r.since).max(passed));
        let share = |t: &Thought, rate: f64| t.share * rate * passed;
        let stops = running.map(|t| t.but(t.filter.stopped(within(t)), share(t, STOPS), now));
        let starts = still.map(|t| t.but(t.filter.started(within(t)), share(t, STARTS), now));
        let slows = running.filter(|_| self.turns == 0);
        let slows = slows.map(|t| t.but(t.filter.slowed(within(t)), share(t, SLOWS), now));
        for thought in [stops, starts, slows].into_iter().flatten() {
            self.think(thought);
        }
    }

    /// What climbs evenly for longer than any push lasts is blood that runs much faster.
    fn think_of_quickening(&mut self, now: f64) {
        if now < self.settles || now - self.quickened_at < PUSH_LASTS {
            return;
        }
        let believable = |t: &Thought, by: &f64| t.filter.flow() + by <= FASTEST;
        let climbing = |t: &Thought| t.run.and_then(|r| r.climbs(now)).filter(|by| believable(t, by));
        let likely = self.thoughts.iter().filter(|t| t.share > LIKELY && t.filter.runs() != Runs::Never);
        let quicker =
            |t: &Thought, by| Thought::new(t.filter.quickened(by, t.off), t.share * QUICKENS, now, t.steps);
        let Some(quicker) = likely.into_iter().find_map(|t| climbing(t).map(|by| quicker(t, by))) else {
            return;
        };
        self.quickened_at = now;
        self.think(quicker);
    }

    /// Starts the thought that the tray is of the other kind, unless there is one that counts.
    fn think_of_trays(&mut self, now: f64) {
        let best = &self.thoughts[0];
        let uneven = best.filter.uneven();
        let (every, least) = match (self.turns_unevenly(), uneven) {
            (true, false) => (TRAY_EVERY_UNEVEN, UNEVEN_SHARE),
            (true, true) => (TRAY_EVERY_UNEVEN, 0.0),
            (false, _) => (TRAY_EVERY, 0.0),
        };
        if now - self.tray_at < every {
            return;
        }
        self.tray_at = now;
        if self.thoughts.iter().any(|t| t.filter.uneven() != uneven && t.share > least) {
            return;
        }
        let share = best.share * if uneven { GETS_EVEN } else { GETS_UNEVEN };
        let filter = best.filter.on_tray(!uneven);
        let thought = best.but(filter, share, now);
        self.think(thought);
    }

    /// Starts the thought that what stays away for longer than most pushes is a step: how well that explains what follows
    /// decides. Not where the tray turns unevenly: a turn that comes late stays away as long; not of what falls where tubes may be
    /// filling: that goes on falling; and not of a small one, which costs less than pushes that are taken for one.
    fn think_of_step(&mut self, now: f64) {
        if now < self.settles || now - self.surmised_at < SURMISED_EACH {
            return;
        }
        let scatter = self.scatter(now);
        let Some(even) = self.thoughts.iter().find(|t| !t.filter.uneven()) else { return };
        let Some(by) = even.run.and_then(|run| run.stays(now, scatter)) else { return };
        let tubes = by < 0.0 && self.tubes.taken + self.tubes.open > 0.0;
        if tubes || magnitude(by) < super::STEP_TOLD {
            return;
        }
        self.surmised_at = now;
        let mut filter = even.filter.clone();
        filter.doubt_mass(0.5);
        let (share, steps) = (even.share * SURMISED, even.steps + by);
        self.think(Thought::new(filter, share, now, steps));
    }

    /// Adds a thought, in the place of a less likely one when there are too many.
    fn think(&mut self, thought: Thought) {
        let most = if self.turns_unevenly() { MOST } else { MOST_EVEN };
        if self.thoughts.len() < most {
            self.thoughts.push(thought);
        } else if let Some(last) = self
            .thoughts
            .iter_mut()
            .filter(|t| !t.is_spared(thought.born))
            .min_by(|a, b| a.share.total_cmp(&b.share))
            && last.share < thought.share
        {
            *last = thought;
        }
        self.sum_up();
    }

    /// Whether the push that the best thought believes in has held its value for too long, as some likely thought sees it.
    fn judge_run(&mut self, now: f64, net: f64) {
        let Some(since) = self.thoughts[0].run.map(|r| r.since) else { return };
        let scatter = self.scatter(now);
        let likely = self.thoughts.iter().filter(|t| t.share > LIKELY);
        let holds = likely.filter_map(|t| t.run).any(|r| r.held(now, scatter).is_some_and(|h| h.holds));
        if holds && since >= self.settles && now - self.stepped.0 > STEPS_APART {
            self.step(now);
        } else if holds || now - since > LONGEST_RUN {
            self.lost(now, net);
        }
    }

    /// The tray stays away from where it was: by a step, or, when that is no more than the doubt of what ran meanwhile,
    /// because that was something else than any thought believes. Each thought has a step of its own.
    fn step(&mut self, now: f64) {
        let followed = (FOLLOWED * self.mass_sigma()).min(FOLLOWED_MOST);
        let scatter = self.scatter(now);
        let mut before = self.thoughts[0].clone();
        before.share *= NO_STEP;
        before.run = None;
        for t in &mut self.thoughts {
            let Some(held) = t.run.take().and_then(|r| r.held(now, scatter)) else {
                t.share *= NO_STEP;
                continue;
            };
            (t.born, t.pushed) = (now, 0.0);
            if magnitude(held.middle) < followed {
                t.filter.move_mass(held.middle);
                t.filter.doubt_flow(0.5 * t.filter.usual());
            } else {
                t.steps += held.middle;
            }
            t.filter.doubt_mass(0.5);
        }
        self.stepped = (now, before.steps);
        self.doubt.push_explained();
        if !before.filter.uneven() {
            self.misfit = 0.0;
        }
        self.think(before);
    }

    /// Tells of a step once it has been believed for a while.
    fn tell(&mut self, now: f64) {
        let steps: f64 = self.thoughts.iter().map(|t| t.share * t.steps).sum();
        let size = steps - self.known;
        if magnitude(size) < STEP_NOTED {
            self.noted = None;
            return;
        }
        let since = *self.noted.get_or_insert(now);
        let wait = if magnitude(size) > super::STEP_TOLD { STEP_BELIEVED } else { SMALL_BELIEVED };
        if now - since > wait {
            (self.noted, self.known, self.told) = (None, steps, Some(size));
        }
    }

    /// The track is lost: it begins anew from this weight.
    fn lost(&mut self, now: f64, net: f64) {
        let (had, _) = self.mean();
        let best = self.thoughts[0].clone();
        // A step that did not help was none.
        let steps = if now - self.stepped.0 > STEPS_APART { best.steps } else { self.stepped.1 };
        let begin = |speed, uneven| best.filter.anew(net - steps, speed, uneven);
        self.thoughts = beginnings(begin, now, steps);
        // A step that is no longer believed in is none that comes now; one that is taken along is told, however short a time it was
        // believed in.
        let size = steps - self.known;
        if steps * size > 0.0 && magnitude(size) > super::STEP_TOLD {
            self.told = Some(size);
        }
        (self.noted, self.known) = (None, steps);
        self.misfit = 0.0;
        self.doubt.forget();
        // Lost again before it was found: what was believed at first counts.
        if now >= self.settles {
            self.lost.get_or_insert(Lost { believed: self.believed, had, jumped: false });
        }
        self.settles = now + SETTLES_IN;
        self.sum_up();
    }

    /// The scale was silent for long, and blood may have run for so many seconds of that: the track begins anew from this
    /// weight. What is on the tray beyond anything that can have run is found as after any lost track.
    pub(super) fn resume(&mut self, now: f64, net: f64, ran: f64) {
        self.believed.ran_for += ran;
        if let Some(lost) = &mut self.lost {
            lost.believed.ran_for += ran;
        }
        (self.left_out, self.turned_at, self.tray_at) = (0.0, now, now);
        self.lost(now, net);
    }

    /// From which size on something beyond the blood is no error of the mass, g.
    fn doubt_of_step(&self) -> f64 {
        let tray = if self.turns_unevenly() { FOUND_UNEVEN } else { FOUND_STEP };
        tray + 3.0 * self.mass_sigma()
    }

    /// The lost track has settled: what is beyond anything that can have run meanwhile is a step.
    fn find_again(&mut self) {
        let Some(lost) = self.lost else { return };
        if self.mass_sigma() > FOUND {
            return;
        }
        self.lost = None;
        let before = lost.believed;
        let doubt = self.doubt_of_step();
        let least_step = if doubt > before.doubt { doubt } else { before.doubt };
        let (blood, flow) = self.mean();
        let (least, most) = if flow < before.flow { (flow, before.flow) } else { (before.flow, flow) };
        let ran = blood - before.blood;
        // The scale jumped, and how fast blood ran meanwhile is not known so well that a step could be told from it.
        let unknown = (most.max(0.0) - least.max(0.0)) * before.ran_for;
        let beyond = (ran - most.max(0.0) * before.ran_for).max(0.0)
            + (ran - least.max(0.0) * before.ran_for).min(0.0);
        let between = magnitude(beyond) > FOUND_DOUBTED && magnitude(beyond) <= least_step;
        if between || (lost.jumped && unknown > super::STEP_FLAGGED) {
            self.doubt.may_hide();
        }
        if magnitude(beyond) > least_step {
            for t in &mut self.thoughts {
                t.filter.move_mass(-beyond);
                t.filter.doubt_mass(1.0);
                t.steps += beyond;
            }
            self.doubt.forget();
            self.sum_up();
        }
    }
}

/// The thoughts of a track that begins: of the tray nothing is known but that it turns slowly, evenly or not.
fn beginnings(begin: impl Fn(f64, bool) -> Filter, now: f64, steps: f64) -> Vec<Thought> {
    let mut thoughts = Vec::with_capacity(MOST);
    for uneven in [false, true] {
        for speed in BEGINNING_SPEEDS {
            let filter = begin(speed, uneven);
            let share = 1.0 / (2.0 * BEGINNING_SPEEDS.len() as f64);
            thoughts.push(Thought::new(filter, share, now, steps));
        }
    }
    thoughts
}
