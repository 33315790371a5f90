//! The host of all drivers: one place that gives them time, bytes and orders, and takes what they say. Sans-IO.
//!
//! Owns: every driver, by its device's name, and the rhythm in which lost links are opened again ([`Reopen`]). Refuses: to
//! know what a reading means; that is the step's. A crash loses it; each driver starts from "opened" and finds out again.
//!
//! Calling order: after every `handle`, `order` or `timeouts`, drain [`Host::poll_outbound`] first (a protective order is in
//! it), then [`Host::poll_observation`], then ask [`Host::next_timeout`].

use super::picture::Picture;
use drivers::{ActuateError, Driver, Inbound, Observation, Outbound};
use station::api::DeviceReport;
use station::device::{Actuation, DeviceKind};
use station::ident::DeviceId;
use station::measure::{Mono, Span};
use std::collections::{BTreeMap, VecDeque};

/// A driver, when it wants its time as it said last, and what is known of its device.
struct Seat {
    driver: Box<dyn Driver>,
    next: Option<Mono>,
    picture: Picture,
}

/// All drivers of a station.
pub struct Host {
    drivers: BTreeMap<DeviceId, Seat>,
    /// The earliest instant of all.
    next: Option<Mono>,
    outbound: VecDeque<(DeviceId, Outbound)>,
    observations: VecDeque<(DeviceId, Observation)>,
}

impl Host {
    /// Hosts these drivers; none of their links is open yet.
    pub fn new(drivers: impl IntoIterator<Item = (DeviceId, Box<dyn Driver>)>) -> Self {
        let seat = |driver: Box<dyn Driver>| Seat {
            next: driver.next_timeout(),
            driver,
            picture: Picture::default(),
        };
        let drivers: BTreeMap<DeviceId, Seat> =
            drivers.into_iter().map(|(id, driver)| (id, seat(driver))).collect();
        Self {
            next: drivers.values().filter_map(|seat| seat.next).min(),
            drivers,
            outbound: VecDeque::new(),
            observations: VecDeque::new(),
        }
    }

    /// Every device and its kind.
    pub fn devices(&self) -> impl Iterator<Item = (&DeviceId, DeviceKind)> {
        self.drivers.iter().map(|(id, seat)| (id, seat.driver.kind()))
    }

    /// What came over a device's link. A name that is not here is ignored: there is no driver to take it.
    pub fn handle(&mut self, now: Mono, id: &DeviceId, inbound: Inbound<'_>) {
        if let Some(seat) = self.drivers.get_mut(id) {
            seat.picture.inbound(now, &inbound);
            seat.driver.handle(now, inbound);
            let moved = drain(now, id, seat, &mut self.outbound, &mut self.observations);
            self.retime(moved);
        }
    }

    /// Gives an order to a device. What has to leave is in [`Host::poll_outbound`] when this returns.
    ///
    /// # Errors
    /// [`ActuateError`] when nothing was sent.
    pub fn order(&mut self, now: Mono, id: &DeviceId, actuation: Actuation) -> Result<(), ActuateError> {
        let Some(seat) = self.drivers.get_mut(id) else {
            return Err(ActuateError::NotConnected(actuation.row().device));
        };
        let taken = seat.driver.actuate(now, actuation);
        let moved = drain(now, id, seat, &mut self.outbound, &mut self.observations);
        self.retime(moved);
        taken
    }

    /// Works off every timeout that has come.
    pub fn timeouts(&mut self, now: Mono) {
        if self.next.is_none_or(|at| at > now) {
            return;
        }
        for (id, seat) in &mut self.drivers {
            if seat.next.is_some_and(|at| at <= now) {
                seat.driver.handle(now, Inbound::Timeout);
                drain(now, id, seat, &mut self.outbound, &mut self.observations);
            }
        }
        self.next = self.soonest();
    }

    /// Keeps the earliest instant of all after one driver's has moved.
    fn retime(&mut self, (before, after): (Option<Mono>, Option<Mono>)) {
        if after.is_some_and(|at| self.next.is_none_or(|next| at <= next)) {
            self.next = after;
        } else if before == self.next {
            self.next = self.soonest();
        }
    }

    fn soonest(&self) -> Option<Mono> {
        self.drivers.values().filter_map(|seat| seat.next).min()
    }

    /// The next thing for a link, in order.
    pub fn poll_outbound(&mut self) -> Option<(DeviceId, Outbound)> {
        self.outbound.pop_front()
    }

    /// The next thing found out, in order.
    pub fn poll_observation(&mut self) -> Option<(DeviceId, Observation)> {
        self.observations.pop_front()
    }

    /// What is known of each device, in the order of their names.
    pub fn reports(&self, now: Mono) -> Vec<DeviceReport> {
        let report = |(id, seat): (&DeviceId, &Seat)| seat.picture.report(now, id, seat.driver.kind());
        self.drivers.iter().map(report).collect()
    }

    /// The number of a device's newest fault, counted from 1; 0 when it had none.
    pub fn newest_fault(&self, id: &DeviceId) -> u32 {
        self.drivers.get(id).map_or(0, |seat| seat.picture.newest_fault())
    }

    /// When [`Host::timeouts`] is next wanted.
    pub fn next_timeout(&self) -> Option<Mono> {
        self.next
    }
}

/// Takes what a driver has to say. When it wanted its time before, and when it does now.
fn drain(
    now: Mono,
    id: &DeviceId,
    seat: &mut Seat,
    outbound: &mut VecDeque<(DeviceId, Outbound)>,
    observations: &mut VecDeque<(DeviceId, Observation)>,
) -> (Option<Mono>, Option<Mono>) {
    while let Some(out) = seat.driver.poll_outbound() {
        seat.picture.outbound(now, &out);
        outbound.push_back((id.clone(), out));
    }
    while let Some(observation) = seat.driver.poll_observation() {
        seat.picture.observed(now, &observation);
        observations.push_back((id.clone(), observation));
    }
    let before = std::mem::replace(&mut seat.next, seat.driver.next_timeout());
    (before, seat.next)
}

/// When a lost link is opened again: at once, then after 1, 2, 3, 4, and from then on every 5 s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reopen {
    failures: u8,
    next: Option<Mono>,
}

impl Reopen {
    const STEP: Span = Span::from_secs(1);
    const LONGEST: u8 = 5;

    /// Whether it may be tried now.
    pub fn is_due(&self, now: Mono) -> bool {
        self.next.is_none_or(|at| at <= now)
    }

    /// When it may be tried next; `None`: at once.
    pub fn at(&self) -> Option<Mono> {
        self.next
    }

    /// It was tried in vain, or lost.
    pub fn failed(&mut self, now: Mono) {
        self.failures = self.failures.saturating_add(1).min(Self::LONGEST);
        self.next = Some(now + Span(Self::STEP.0.saturating_mul(self.failures.into())));
    }

    /// It is open and something came over it.
    pub fn succeeded(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use station::device::{ClampPosition, Reading};

    fn id(text: &str) -> DeviceId {
        DeviceId::new(text).unwrap()
    }

    #[test]
    fn a_link_is_opened_again_ever_more_patiently() {
        let mut reopen = Reopen::default();
        assert!(reopen.is_due(Mono(0)));
        let waits: Vec<u64> = (0..7)
            .map(|_| {
                reopen.failed(Mono(0));
                reopen.at().unwrap().0 / 1_000_000
            })
            .collect();
        assert_eq!(waits, [1, 2, 3, 4, 5, 5, 5]);
        reopen.succeeded();
        assert!(reopen.is_due(Mono(0)));
    }

    #[test]
    fn an_order_is_outbound_when_it_returns_and_a_reading_carries_its_device() {
        let clamp = id("bed1.clamp");
        let mut host =
            Host::new([(clamp.clone(), Box::new(drivers::clamp::Clamp::new()) as Box<dyn Driver>)]);
        host.handle(Mono(0), &clamp, Inbound::Opened);
        host.handle(Mono(0), &clamp, Inbound::Line { input: 0, active: true });
        host.handle(Mono(0), &clamp, Inbound::Line { input: 1, active: false });
        while host.poll_outbound().is_some() {}
        let closed = Observation::Reading(Reading::Clamp(ClampPosition::Closed));
        let mut seen = std::iter::from_fn(|| host.poll_observation());
        assert!(seen.any(|(from, what)| from == clamp && what == closed));
        host.order(Mono(1), &clamp, Actuation::ClampOpen).unwrap();
        assert_eq!(host.poll_outbound(), Some((clamp.clone(), Outbound::Line { output: 0, active: true })));
        let at = host.next_timeout().unwrap();
        host.timeouts(at);
        assert!(
            std::iter::from_fn(|| host.poll_observation()).any(|(_, o)| matches!(o, Observation::Fault(_)))
        );
    }

    #[test]
    fn an_order_for_nobody_is_refused() {
        let mut host = Host::new([]);
        let refused = host.order(Mono(0), &id("bed1.clamp"), Actuation::ClampClose);
        assert_eq!(refused, Err(ActuateError::NotConnected(DeviceKind::Clamp)));
    }
}
