//! Whether a lasting step may hide in what the bank believes.
//!
//! What falls at once and stays away may be a bag that moved, and may as well be a flow that turned while somebody pushed the
//! tray. The bank goes with the likelier of the two; here is kept what speaks against it: the thought that it dropped, now with the
//! step that it would need ([`Second`]); blood that is said to have left the bag; a push that lasted for far longer than
//! any does.
//!
//! Owns: those signs. Refuses: to change what is believed: all it says is that a step of over 5 g may hide, so that the unit is
//! weighed by hand. At most [`MOST`] trackers. A crash loses it.

use super::filter::{Filter, Runs, Strides, magnitude};
use super::thought::Thought;
use super::tubes::Tubes;

/// Most second thoughts at once.
const MOST: usize = 3;
/// A thought that is dropped gets a second one when its last weights were so far off, g, and so much more or less blood is
/// believed now, g.
const SECOND_OFF: f64 = 3.0;
/// See `SECOND_OFF`.
const SECOND_APART: f64 = 1.5;
/// How well the step is known that it would need, g; two that are as near are one.
const STEP_KNOWN: f64 = 1.0;
/// A step that is found to be smaller than this is none of 5 g, g.
const SMALLEST: f64 = 3.4;
/// A second thought is looked at from the first of these ages on, and until the second, s.
const LOOKED_AT: (f64, f64) = (2.2, 4.0);
/// It counts when it is so many times as likely as all that is believed; and at the end when it is as likely as this.
const LIKELIER: f64 = 3.0;
/// See `LIKELIER`.
const AS_LIKELY: f64 = 0.005;
/// Less likely than this it is given up, and more likely than this it does not get.
const ODDS: (f64, f64) = (1e-5, 1e9);
/// Blood that is believed is compared with that of so many looks ago, which are so far apart, s.
const LOOKS: usize = 8;
/// See `LOOKS`.
const LOOK_EVERY: f64 = 0.25;
/// Blood does not leave the bag; an estimate that was too high by as much falls, g.
const FALLS: f64 = 3.5;
/// No pushes last so long, not even two of them, s.
const LONGEST_PUSHES: f64 = 3.0;

/// What speaks for a step that the bank does not believe in.
#[derive(Debug, Clone)]
pub(super) struct Doubt {
    seconds: Vec<Second>,
    /// The blood believed at the last looks, g, how many there were, and when the next is due.
    looks: [f64; LOOKS],
    looked: usize,
    look_at: f64,
    /// For how long the likeliest thought has believed in a push while blood may run, s.
    pushed_for: f64,
    hides: bool,
}

/// A dropped thought with the step that it would need.
#[derive(Debug, Clone)]
struct Second {
    /// Its share is counted in shares of the whole bank.
    thought: Thought,
    /// What it believed in before, g.
    steps_before: f64,
}

impl Doubt {
    /// Nothing speaks for a step.
    pub(super) fn none() -> Self {
        Self {
            seconds: Vec::with_capacity(MOST),
            looks: [0.0; LOOKS],
            looked: 0,
            look_at: f64::MIN,
            pushed_for: 0.0,
            hides: false,
        }
    }

    /// What was seen so far says no more: the track begins anew, or another step is believed in. What was to be told still is.
    pub(super) fn forget(&mut self) {
        self.seconds.clear();
        (self.looked, self.pushed_for) = (0, 0.0);
    }

    /// The push that has lasted until now was a step, and is reckoned with.
    pub(super) fn push_explained(&mut self) {
        self.pushed_for = 0.0;
    }

    /// A step may hide.
    pub(super) fn may_hide(&mut self) {
        self.hides = true;
    }

    /// Whether a step may hide; told once.
    pub(super) fn take(&mut self) -> bool {
        std::mem::take(&mut self.hides)
    }

    /// What filled tubes took is what it is by now.
    pub(super) fn settle_tubes(&mut self, tubes: Tubes) {
        for second in &mut self.seconds {
            second.thought.settle_tubes(tubes);
            second.steps_before = tubes.leave_of(second.steps_before);
        }
    }

    /// Does the same to every tracker.
    pub(super) fn each(&mut self, mut change: impl FnMut(&mut Filter)) {
        self.seconds.iter_mut().for_each(|s| change(&mut s.thought.filter));
    }

    /// Every second thought takes the weight in, as the bank's do.
    pub(super) fn weigh(&mut self, strides: &Strides, mut weigh: impl FnMut(&mut Thought)) {
        for Second { thought, .. } in &mut self.seconds {
            thought.filter.advance(strides);
            weigh(thought);
        }
    }

    /// The bank's shares came to this sum before they were made one.
    pub(super) fn settle_shares(&mut self, sum: f64) {
        for Second { thought, .. } in &mut self.seconds {
            thought.share = if sum > 0.0 { (thought.share / sum).min(ODDS.1) } else { 1.0 };
        }
    }

    /// This thought led until now, and this much blood is believed instead, g.
    pub(super) fn deposed(&mut self, thought: &Thought, blood: f64, tubes: Tubes, now: f64) {
        let Some(off) = thought.run.map(|run| run.newest()) else { return };
        let apart = magnitude(thought.blood(tubes) - blood);
        // What falls while tubes may be filling is theirs.
        let filling = off < 0.0 && tubes.taken + tubes.open > 0.0;
        if filling
            || thought.filter.runs() == Runs::Never
            || magnitude(off) <= SECOND_OFF
            || apart <= SECOND_APART
            || self.seconds.len() == MOST
        {
            return;
        }
        let steps = thought.steps + off;
        if self.seconds.iter().any(|s| magnitude(s.thought.steps - steps) < STEP_KNOWN) {
            return;
        }
        let mut filter = thought.filter.clone();
        filter.doubt_mass(STEP_KNOWN);
        let second = Thought::new(filter, 1.0, now, steps);
        self.seconds.push(Second { thought: second, steps_before: thought.steps });
    }

    /// Looks at all of it once more, `elapsed` after the last weight; `best` is the likeliest thought of a settled track.
    pub(super) fn look(&mut self, now: f64, elapsed: f64, best: &Thought, tubes: Tubes) {
        let blood = best.blood(tubes);
        let mut hides = false;
        self.seconds.retain(|second| {
            let age = now - second.thought.born;
            let ends = age > LOOKED_AT.1;
            let least = if ends { AS_LIKELY } else { LIKELIER };
            let counts = age > LOOKED_AT.0 && second.thought.share > least && second.differs(blood, tubes);
            hides |= counts;
            !ends && !counts && second.thought.share >= ODDS.0
        });
        // Behind a closed clamp what is on the tray before and after is the same but for a step, and what falls while tubes are
        // filled is theirs.
        if best.filter.runs() == Runs::Never || tubes.taken + tubes.open > 0.0 {
            (self.looked, self.pushed_for) = (0, 0.0);
        }
        let longest = if best.run.is_some() {
            self.pushed_for += elapsed;
            false
        } else {
            std::mem::take(&mut self.pushed_for) > LONGEST_PUSHES
        };
        self.hides |= hides || longest || self.falls(now, blood);
    }

    /// Whether blood is said to have left the bag lately.
    fn falls(&mut self, now: f64, blood: f64) -> bool {
        if now < self.look_at {
            return false;
        }
        self.look_at = now + LOOK_EVERY;
        let oldest = std::mem::replace(&mut self.looks[self.looked % LOOKS], blood);
        self.looked += 1;
        self.looked > LOOKS && blood < oldest - FALLS
    }
}

impl Second {
    /// Whether it says that a step of 5 g is there, of a bag that is believed to have this much blood in it, g.
    fn differs(&self, blood: f64, tubes: Tubes) -> bool {
        magnitude(self.thought.steps - self.steps_before) > SMALLEST
            && magnitude(self.thought.blood(tubes) - blood) > SECOND_APART
    }
}
