//! What is known since the first weight, or since the last long gap: the bank of trackers, the watch over the scale, and
//! when each of them last heard of a weight.
//!
//! Owns: the order in which one weight reaches window, watch and bank, and how far the bank has walked. Refuses: bad weights
//! and long gaps (the caller begins a new track), volumes and targets. A crash loses it.

use super::bank::Bank;
use super::filter::{Runs, Strides};
use super::watch::Watch;
use super::window::Window;
use super::{grams, seconds};
use crate::measure::{Milligrams, Mono};

/// Weights may be missing for so long before the caller has to begin anew, s.
pub(super) const LONGEST_GAP: f64 = 5.0;
/// A measured turn of the tray is good to this share.
const TURN_GOOD: f64 = 0.08;

/// The track. Its own times are seconds since it began.
#[derive(Debug, Clone)]
pub(super) struct Track {
    pub(super) bank: Bank,
    pub(super) watch: Watch,
    window: Window,
    began: Mono,
    /// When the newest weight came.
    heard: Mono,
    /// Until when the bank has walked.
    walked: Mono,
}

impl Track {
    /// Begins with this weight, on a set of this tare.
    pub(super) fn new(at: Mono, gross: Milligrams, tare: Milligrams, runs: Runs) -> Self {
        let mut track = Self {
            bank: Bank::new(grams(gross - tare), runs),
            watch: Watch::new(),
            window: Window::new(at),
            began: at,
            heard: at,
            walked: at,
        };
        track.watch.note(0.0, gross.0, grams(gross - tare), false);
        track.weigh(at, gross, tare);
        track
    }

    /// Takes in the next weight, which did not come before the last.
    pub(super) fn add(&mut self, at: Mono, gross: Milligrams, tare: Milligrams, rocking: bool) {
        self.heard = at;
        self.watch.note(self.time(at), gross.0, grams(gross - tare), rocking);
        if let Some((at, mean)) = self.window.add(at, gross) {
            self.weigh(at, mean, tare);
        }
    }

    /// The scale was silent for longer than [`LONGEST_GAP`]: mass and rocking are sought anew from this weight. Blood may have
    /// run until the bank was told that the clamp is closed.
    pub(super) fn resume(&mut self, at: Mono, gross: Milligrams, tare: Milligrams, open: bool) {
        let until = if open { at } else { self.walked };
        let ran = seconds(until.since(self.heard));
        let (now, net) = (self.time(at), grams(gross - tare));
        (self.heard, self.walked) = (at, at);
        (self.watch, self.window) = (Watch::new(), Window::new(at));
        self.watch.note(now, gross.0, net, false);
        self.bank.resume(now, net, ran);
    }

    fn weigh(&mut self, at: Mono, gross: Milligrams, tare: Milligrams) {
        let elapsed = seconds(at.since(self.walked));
        self.walked = at;
        self.bank.handle(self.time(at), grams(gross - tare), elapsed, self.watch.rounding());
    }

    /// Walks to an instant at which something changes: what has come until then is weighed first.
    pub(super) fn walk(&mut self, to: Mono, tare: Milligrams) {
        if let Some((at, mean)) = self.window.close(to) {
            self.weigh(at, mean, tare);
        }
        let elapsed = seconds(to.since(self.walked));
        if elapsed > 0.0 && elapsed <= LONGEST_GAP {
            let strides = Strides::over(elapsed);
            self.bank.each(|f| f.advance(&strides));
            self.walked = to;
        }
    }

    /// The tray turned once between these two home marks.
    pub(super) fn turned(&mut self, from: Mono, to: Mono) {
        let turn = seconds(to.since(from));
        self.bank.each(|f| f.believe_turn(turn, TURN_GOOD));
    }

    /// When the newest weight came.
    pub(super) fn heard(&self) -> Mono {
        self.heard
    }

    /// For how long it has gone on, s.
    pub(super) fn lasts(&self) -> f64 {
        self.time(self.heard)
    }

    /// From the last weight that the bank knows to `now`, at most [`LONGEST_GAP`], s.
    pub(super) fn ahead(&self, now: Mono) -> f64 {
        seconds(now.since(self.walked)).min(LONGEST_GAP)
    }

    /// Whether a moving tray shows one and the same value.
    pub(super) fn frozen(&self, now: Mono) -> bool {
        self.watch.frozen(self.time(now))
    }

    fn time(&self, at: Mono) -> f64 {
        seconds(at.since(self.began))
    }
}
