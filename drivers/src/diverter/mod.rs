//! The diverter: first blood to the pouch, then to the bag. Energised to the bag, a switch at each end.
//!
//! Owns: the orders and readings of the diverter. Refuses: to lead to the bag while its switches are unknown. Between
//! the ends nothing is read: only a proved end is a position, and a stay between is a fault. A crash leads to the pouch.

use crate::contact::two_switch::{Place, TwoSwitch};
use crate::driver::{ActuateError, Driver, Inbound, Observation, Outbound};
use station::device::{Actuation, DeviceKind, DiverterPosition, Reading};
use station::measure::{Mono, Span};

/// Input lines by index.
pub const INPUTS: [&str; 2] = ["at_pouch", "at_bag"];
/// Output lines by index.
pub const OUTPUTS: [&str; 1] = ["to_bag"];

/// Not proved at the ordered end in this time is a fault.
const TRAVEL_WITHIN: Span = Span::from_secs(1);

/// Driver of a diverter with two end switches.
#[derive(Debug)]
pub struct Diverter(TwoSwitch);

impl Diverter {
    /// A diverter whose link is not open yet.
    pub fn new() -> Self {
        Self(TwoSwitch::new(DeviceKind::Diverter, TRAVEL_WITHIN, TRAVEL_WITHIN))
    }

    fn tell(&mut self) {
        let position = match self.0.news() {
            Some(Place::Rest) => DiverterPosition::Pouch,
            Some(Place::Driven) => DiverterPosition::Bag,
            Some(Place::Between | Place::Contradiction) | None => return,
        };
        self.0.contacts.read(Reading::Diverter(position));
    }
}

impl Default for Diverter {
    fn default() -> Self {
        Self::new()
    }
}

impl Driver for Diverter {
    fn kind(&self) -> DeviceKind {
        DeviceKind::Diverter
    }

    fn handle(&mut self, now: Mono, inbound: Inbound<'_>) {
        self.0.handle(now, inbound);
        self.tell();
    }

    fn actuate(&mut self, now: Mono, actuation: Actuation) -> Result<(), ActuateError> {
        if actuation == Actuation::DivertToPouch {
            self.0.order(now, false)?;
        } else if actuation == Actuation::DivertToBag {
            self.0.order(now, true)?;
        } else {
            return self.0.contacts.unsupported(actuation);
        }
        self.tell();
        Ok(())
    }

    fn poll_outbound(&mut self) -> Option<Outbound> {
        self.0.contacts.poll_outbound()
    }

    fn poll_observation(&mut self) -> Option<Observation> {
        self.0.contacts.poll_observation()
    }

    fn next_timeout(&self) -> Option<Mono> {
        self.0.next_timeout()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::bench::{Bench, reads};
    use station::device::Fault;

    const AT_POUCH: usize = 0;
    const AT_BAG: usize = 1;

    #[test]
    fn it_leads_to_the_bag_and_back_and_tells_proved_ends_only() {
        let mut b = Bench::opened(Diverter::new(), &[true, false]);
        b.order(Actuation::DivertToBag).unwrap();
        b.line(AT_POUCH, false);
        b.wait(999);
        b.line(AT_BAG, true);
        b.wait(5000);
        b.order(Actuation::DivertToPouch).unwrap();
        b.line(AT_BAG, false);
        b.line(AT_POUCH, true);
        b.wait(5000);
        assert_eq!(b.driven(), [(0, 0, false), (0, 0, true), (5999, 0, false)]);
        let ends = [DiverterPosition::Pouch, DiverterPosition::Bag, DiverterPosition::Pouch];
        let seen = b.observed().split_off(1);
        assert_eq!(seen, reads(&ends.map(Reading::Diverter)));
    }

    #[test]
    fn a_stuck_diverter_is_a_fault_after_a_second() {
        let mut b = Bench::settled(Diverter::new(), &[true, false]);
        b.order(Actuation::DivertToBag).unwrap();
        b.wait(999);
        assert_eq!(b.observed(), []);
        b.wait(1);
        assert_eq!(b.observed(), [Observation::Fault(Fault::NotObeying)]);
    }

    #[test]
    fn a_broken_switch_is_a_contradiction() {
        let mut b = Bench::settled(Diverter::new(), &[true, false]);
        b.line(AT_BAG, true);
        b.wait(500);
        assert_eq!(b.observed(), [Observation::Fault(Fault::SwitchContradiction)]);
    }

    #[test]
    fn orders_of_other_devices_are_refused() {
        let mut b = Bench::settled(Diverter::new(), &[true, false]);
        assert!(matches!(b.order(Actuation::ClampOpen), Err(ActuateError::Unsupported { .. })));
        assert_eq!(b.driven(), []);
    }
}
