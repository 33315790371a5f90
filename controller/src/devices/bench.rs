//! Devices on their own, in real time and without a daemon: for looking at them and for trying one.
//!
//! Owns: one loop around drivers and links. Refuses: to decide anything: an order is its caller's, and nobody's donation is here. A crash
//! closes ports and lines; what outputs do then depends on the backend, as with the daemon.

use super::build::Built;
use super::deadman::{self, Deadman};
use super::host::Host;
use super::links::Links;
use crate::clock::{Clock as _, ClockError, Stamp, SystemClock};
use drivers::{ActuateError, Observation};
use station::api::DeviceReport;
use station::device::Actuation;
use station::ident::{BedId, DeviceId};
use station::measure::{Mono, Span};
use std::time::Duration;

/// Longest wait of one turn.
const LONGEST: Span = Span::from_millis(100);

/// Some devices and their links.
pub struct Bench {
    clock: SystemClock,
    begun: Mono,
    host: Host,
    links: Links,
    deadman: Deadman,
    beds: Vec<BedId>,
}

impl Bench {
    /// Everything closed; what is to be opened is opened in the first turns, chips with their outputs safe.
    ///
    /// # Errors
    /// [`ClockError`].
    pub fn new(built: Built) -> Result<Self, ClockError> {
        let mut clock = SystemClock::new()?;
        Ok(Self {
            begun: clock.now().mono,
            clock,
            host: Host::new(built.drivers),
            links: Links::new(built.serial, built.chips, built.buses, built.enables),
            deadman: Deadman::default(),
            beds: built.beds.iter().map(|bed| bed.bed).collect(),
        })
    }

    /// When it began.
    pub fn begun(&mut self) -> Stamp {
        Stamp { mono: self.begun, ..self.clock.now() }
    }

    /// The links, to listen at them.
    pub fn links(&mut self) -> &mut Links {
        &mut self.links
    }

    /// Time since the beginning.
    pub fn passed(&mut self) -> Span {
        self.clock.now().mono.since(self.begun)
    }

    /// Moves what there is to move, tells what was found out, and waits for more, at most 100 ms. Must run within a runtime with I/O.
    pub async fn turn(&mut self, tell: &mut impl FnMut(Span, &DeviceId, Observation)) {
        let now = self.clock.now().mono;
        self.links.sample(now, &mut self.host);
        self.links.open_due(now, &mut self.host);
        self.host.timeouts(now);
        self.send(now);
        // A node's inputs count without a heartbeat too; with one it does not look like a dead station.
        self.deadman.stepped(now);
        self.beds.iter().for_each(|bed| self.deadman.passed(now, *bed));
        self.links.pulse(now, &mut self.deadman);
        while let Some((id, observation)) = self.host.poll_observation() {
            tell(now.since(self.begun), &id, observation);
        }
        let pulse = self.links.has_enables().then(|| now + deadman::HALF);
        let due = [self.links.next_timeout(), self.host.next_timeout(), pulse].into_iter().flatten().min();
        let sleep = due.map_or(LONGEST, |at| at.since(now)).min(LONGEST);
        tokio::select! {
            arrived = self.links.read() => self.links.arrived(self.clock.now().mono, arrived, &mut self.host),
            () = tokio::time::sleep(Duration::from_micros(sleep.0)) => {}
        }
        let now = self.clock.now().mono;
        self.send(now);
    }

    /// Gives an order; it has left when this returns.
    ///
    /// # Errors
    /// [`ActuateError`] when nothing was sent.
    pub fn order(&mut self, id: &DeviceId, actuation: Actuation) -> Result<(), ActuateError> {
        let now = self.clock.now().mono;
        let taken = self.host.order(now, id, actuation);
        self.send(now);
        taken
    }

    /// Every output safe, clamps first.
    pub fn make_safe(&mut self) {
        let now = self.clock.now().mono;
        self.links.make_safe(now, &mut self.host);
        self.send(now);
    }

    /// What is known of each device.
    pub fn reports(&mut self) -> Vec<DeviceReport> {
        let mut reports = self.host.reports(self.clock.now().mono);
        self.links.explain(&mut reports);
        reports
    }

    fn send(&mut self, now: Mono) {
        while let Some((id, outbound)) = self.host.poll_outbound() {
            self.links.send(now, &id, outbound, &mut self.host);
        }
    }
}
