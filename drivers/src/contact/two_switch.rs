//! An actuator with one coil and a switch at each of its two ends: the clamp and the diverter.
//!
//! Owns: from two switches to a place, and when a place is a fault. Refuses: to know what is pinched or led where.
//! A crash loses nothing: at opening the coil is released and the rest end has to be proved.
//!
//! ```text
//!   order ──▶ travelling, `due` = now + time of that direction ──▶ target switch alone is made: obeyed, `due` off
//!                        └─ `due` comes ──▶ NotObeying, or NoReply         │ target is left without an order
//!                                           when no level ever came         │
//!                                                 ◀── `due` = now + 500 ms ┘
//!   both switches made for 500 ms ──▶ SwitchContradiction           target proved again ──▶ Recovered
//! ```

use super::{Contacts, News};
use crate::driver::{ActuateError, Inbound};
use station::device::{DeviceKind, Fault};
use station::measure::{Mono, Span};

/// How long both or neither of the switches may be made when nothing was ordered.
const IMPLAUSIBLE: Span = Span::from_millis(500);

/// Input: the switch that is made when the coil is off.
const REST_SWITCH: usize = 0;
/// Input: the switch that is made when the coil holds.
const DRIVEN_SWITCH: usize = 1;
/// Output: the coil.
const COIL: usize = 0;

/// Where the actuator is, by its switches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Rest switch alone: where the spring leads.
    Rest,
    /// Driven switch alone: where the coil leads.
    Driven,
    /// Neither switch.
    Between,
    /// Both switches.
    Contradiction,
}

/// The actuator. Inputs: rest switch, driven switch. Outputs: coil.
#[derive(Debug)]
pub(crate) struct TwoSwitch {
    pub(crate) contacts: Contacts<2>,
    to_rest: Span,
    to_driven: Span,
    target: Place,
    /// Last place told by `news`.
    told: Option<Place>,
    due: Option<Mono>,
    contradiction_due: Option<Mono>,
}

impl TwoSwitch {
    pub(crate) fn new(kind: DeviceKind, to_rest: Span, to_driven: Span) -> Self {
        Self {
            contacts: Contacts::new(kind, 1, [true; 2]),
            to_rest,
            to_driven,
            target: Place::Rest,
            told: None,
            due: None,
            contradiction_due: None,
        }
    }

    /// Releases the coil (at once, whatever is known) or energises it.
    ///
    /// # Errors
    /// Not connected. Energising needs both switches known; releasing needs the link only.
    pub(crate) fn order(&mut self, now: Mono, driven: bool) -> Result<(), ActuateError> {
        if driven {
            self.contacts.require_online()?;
        } else {
            self.contacts.require_open()?;
        }
        self.contacts.drive(COIL, driven);
        let target = if driven { Place::Driven } else { Place::Rest };
        // A repeated order does not buy more time: else one that is repeated often enough could never fail.
        if self.target != target || self.due.is_none() {
            self.due = Some(now + if driven { self.to_driven } else { self.to_rest });
        }
        self.target = target;
        if self.place() == Some(target) {
            // Told again although nothing moves: the order is answered by a proof.
            self.told = None;
        }
        Ok(())
    }

    /// Takes what came; the place, when it is to be told, is then in `news`.
    pub(crate) fn handle(&mut self, now: Mono, inbound: Inbound<'_>) {
        match inbound {
            Inbound::Opened => {
                self.contacts.opened();
                self.target = Place::Rest;
                self.told = None;
                self.due = Some(now + self.to_rest);
                self.contradiction_due = None;
            }
            Inbound::Lost => {
                self.contacts.lost();
                self.target = Place::Rest;
                self.due = None;
                self.contradiction_due = None;
            }
            Inbound::Line { input, active } => match self.contacts.line(input, active) {
                News::Nothing => {}
                News::Complete | News::Changed => self.moved(now),
            },
            Inbound::Timeout => self.expire(now),
            // A contact device has no bytes.
            Inbound::Bytes(_) => {}
        }
    }

    /// The place, once after each change and once after each order; `None` while the switches are unknown.
    pub(crate) fn news(&mut self) -> Option<Place> {
        let place = self.place()?;
        if self.told == Some(place) {
            return None;
        }
        self.told = Some(place);
        if place == self.target {
            self.due = None;
            self.contacts.recovered();
        }
        Some(place)
    }

    pub(crate) fn next_timeout(&self) -> Option<Mono> {
        [self.due, self.contradiction_due].into_iter().flatten().min()
    }

    fn place(&self) -> Option<Place> {
        if !self.contacts.is_online() {
            return None;
        }
        Some(match (self.contacts.is_active(REST_SWITCH), self.contacts.is_active(DRIVEN_SWITCH)) {
            (true, false) => Place::Rest,
            (false, true) => Place::Driven,
            (false, false) => Place::Between,
            (true, true) => Place::Contradiction,
        })
    }

    fn moved(&mut self, now: Mono) {
        let place = self.place();
        if place != Some(Place::Contradiction) {
            self.contradiction_due = None;
        } else if self.contradiction_due.is_none() {
            self.contradiction_due = Some(now + IMPLAUSIBLE);
        }
        if place != Some(self.target) && self.due.is_none() {
            self.due = Some(now + IMPLAUSIBLE);
        }
    }

    fn expire(&mut self, now: Mono) {
        // The contradiction first: when both come at once it is the better word for the same trouble.
        if self.contradiction_due.is_some_and(|due| due <= now) {
            self.contradiction_due = None;
            self.due = None;
            self.contacts.fail(Fault::SwitchContradiction);
        }
        if self.due.is_some_and(|due| due <= now) {
            self.due = None;
            let known = self.contacts.is_online();
            self.contacts.fail(if known { Fault::NotObeying } else { Fault::NoReply });
        }
    }
}
