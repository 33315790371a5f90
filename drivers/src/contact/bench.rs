//! A test bench for contact drivers: virtual time, lines set by hand, everything that comes out noted with its time.

use crate::driver::{ActuateError, Driver, Inbound, Observation, Outbound};
use station::device::{Actuation, Reading};
use station::measure::{Mono, Span};

/// One line driven: (milliseconds, output, active).
pub(crate) type Driven = (u64, usize, bool);

/// A driver on the bench, opened at 0 ms.
pub(crate) struct Bench<D: Driver> {
    pub(crate) driver: D,
    pub(crate) now: Mono,
    driven: Vec<Driven>,
    observed: Vec<Observation>,
}

impl<D: Driver> Bench<D> {
    /// Opens the link and sets these inputs.
    pub(crate) fn opened(driver: D, inputs: &[bool]) -> Self {
        let mut bench = Self { driver, now: Mono(0), driven: Vec::new(), observed: Vec::new() };
        bench.inbound(Inbound::Opened);
        for (input, active) in inputs.iter().enumerate() {
            bench.line(input, *active);
        }
        bench
    }

    /// Same, and forgets what came out of the opening.
    pub(crate) fn settled(driver: D, inputs: &[bool]) -> Self {
        let mut bench = Self::opened(driver, inputs);
        bench.forget();
        bench
    }

    pub(crate) fn forget(&mut self) {
        self.driven.clear();
        self.observed.clear();
    }

    pub(crate) fn inbound(&mut self, inbound: Inbound<'_>) {
        self.driver.handle(self.now, inbound);
        self.drain();
    }

    pub(crate) fn line(&mut self, input: usize, active: bool) {
        self.inbound(Inbound::Line { input, active });
    }

    pub(crate) fn order(&mut self, actuation: Actuation) -> Result<(), ActuateError> {
        let result = self.driver.actuate(self.now, actuation);
        self.drain();
        result
    }

    /// Lets time pass; timeouts fire at their instants.
    pub(crate) fn wait(&mut self, ms: u64) {
        let until = self.now + Span::from_millis(ms);
        while let Some(at) = self.driver.next_timeout().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.inbound(Inbound::Timeout);
            assert!(self.driver.next_timeout() != Some(at), "a timeout that is not taken would spin");
        }
        self.now = until;
    }

    /// Lines driven since last asked.
    pub(crate) fn driven(&mut self) -> Vec<Driven> {
        std::mem::take(&mut self.driven)
    }

    /// Observations since last asked.
    pub(crate) fn observed(&mut self) -> Vec<Observation> {
        std::mem::take(&mut self.observed)
    }

    fn drain(&mut self) {
        while let Some(outbound) = self.driver.poll_outbound() {
            match outbound {
                Outbound::Line { output, active } => {
                    self.driven.push((self.now.0 / 1000, output, active));
                }
                Outbound::Bytes(_) | Outbound::DrainInput => panic!("a contact device has no bytes"),
            }
        }
        while let Some(observation) = self.driver.poll_observation() {
            self.observed.push(observation);
        }
    }
}

/// Shorthand.
pub(crate) fn reads(readings: &[Reading]) -> Vec<Observation> {
    readings.iter().cloned().map(Observation::Reading).collect()
}

/// What a contact device says when all its inputs are known.
pub(crate) fn identity() -> Observation {
    Observation::Identity { serial: None, model: "contacts".to_owned() }
}
