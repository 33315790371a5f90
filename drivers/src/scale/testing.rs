//! A scale's driver in virtual time, through the [`Driver`] trait and nothing else.
//!
//! Owns: the time, and what came out of the driver. Refuses: to know any protocol. Lost with the test.

use crate::driver::{Driver, Inbound, Observation, Outbound};
use station::measure::{Mono, Span};

/// A driver, the time, and what came out of it.
pub(super) struct Bench<D> {
    pub(super) driver: D,
    pub(super) now: Mono,
    sent: Vec<String>,
    pub(super) told: Vec<Observation>,
}

impl<D: Driver> Bench<D> {
    /// A driver whose link is not open yet.
    pub(super) fn of(driver: D) -> Self {
        Self { driver, now: Mono(1_000_000), sent: Vec::new(), told: Vec::new() }
    }

    /// Gives it something from its link, or the timer.
    pub(super) fn handle(&mut self, inbound: Inbound<'_>) {
        self.driver.handle(self.now, inbound);
        while let Some(out) = self.driver.poll_outbound() {
            self.sent.push(match out {
                Outbound::Bytes(bytes) => String::from_utf8(bytes).unwrap().trim_end().to_owned(),
                Outbound::DrainInput => "drain".to_owned(),
                Outbound::Line { .. } => panic!("a scale has no lines"),
            });
        }
        while let Some(told) = self.driver.poll_observation() {
            self.told.push(told);
        }
    }

    /// Lets this much time pass, firing every timeout on the way.
    pub(super) fn pass(&mut self, ms: u64) {
        let end = self.now + Span::from_millis(ms);
        while let Some(at) = self.driver.next_timeout().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.handle(Inbound::Timeout);
        }
        self.now = end;
    }

    /// What it sent since it was last asked for.
    pub(super) fn sent(&mut self) -> Vec<String> {
        std::mem::take(&mut self.sent)
    }

    /// What it told since it was last asked for.
    pub(super) fn told(&mut self) -> Vec<Observation> {
        std::mem::take(&mut self.told)
    }
}
