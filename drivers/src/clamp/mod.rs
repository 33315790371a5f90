//! The clamp on the donor line: energise to open, closed by its spring, a switch at each end.
//!
//! Owns: the orders and readings of the clamp. Refuses: to open while its switches are unknown. Closing is never
//! refused while there is a link, drops the coil at once and waits for nothing. A crash closes it: the output is driven
//! inactive at the next opening, and before that by whatever holds the line (see the GPIO transports).

use crate::contact::two_switch::{Place, TwoSwitch};
use crate::driver::{ActuateError, Driver, Inbound, Observation, Outbound};
use station::device::{Actuation, ClampPosition, DeviceKind, Reading};
use station::measure::{Mono, Span};

/// Input lines by index.
pub const INPUTS: [&str; 2] = ["closed_switch", "open_switch"];
/// Output lines by index.
pub const OUTPUTS: [&str; 1] = ["open"];

/// Not proved closed in this time is a fault. The deadline of `ClampClose`.
const CLOSE_WITHIN: Span = Span::from_millis(300);
/// Not proved open in this time is a fault. The deadline of `ClampOpen`.
const OPEN_WITHIN: Span = Span::from_secs(1);

/// Driver of a clamp with two end switches.
#[derive(Debug)]
pub struct Clamp(TwoSwitch);

impl Clamp {
    /// A clamp whose link is not open yet.
    pub fn new() -> Self {
        Self(TwoSwitch::new(DeviceKind::Clamp, CLOSE_WITHIN, OPEN_WITHIN))
    }

    fn tell(&mut self) {
        if let Some(place) = self.0.news() {
            self.0.contacts.read(Reading::Clamp(match place {
                Place::Rest => ClampPosition::Closed,
                Place::Driven => ClampPosition::Open,
                Place::Between => ClampPosition::Between,
                Place::Contradiction => ClampPosition::Contradiction,
            }));
        }
    }
}

impl Default for Clamp {
    fn default() -> Self {
        Self::new()
    }
}

impl Driver for Clamp {
    fn kind(&self) -> DeviceKind {
        DeviceKind::Clamp
    }

    fn handle(&mut self, now: Mono, inbound: Inbound<'_>) {
        self.0.handle(now, inbound);
        self.tell();
    }

    fn actuate(&mut self, now: Mono, actuation: Actuation) -> Result<(), ActuateError> {
        if actuation == Actuation::ClampClose {
            self.0.order(now, false)?;
        } else if actuation == Actuation::ClampOpen {
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
mod tests;
