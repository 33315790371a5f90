//! The mixer that rocks the bag: one contact to run, one pulse of its home mark (or tacho) per rocking cycle.
//!
//! Owns: counting cycles and knowing a standstill. Refuses: to believe its own order: the tray turns when pulses say so,
//! also when a hand rocks it, and stands when they have been away for two periods. A crash stops it: the output is
//! driven inactive at the next opening.
//!
//! ```text
//!   run ──▶ cold start: first pulse within `cold_start` ──▶ MixerTurning(true), then each pulse within 2 periods
//!                └────────────── none ──▶ MixerTurning(false) + Stalled ◀── none ──┘          (told to stop: no fault)
//! ```

use crate::contact::{Contacts, News};
use crate::driver::{ActuateError, Driver, Inbound, Observation, Outbound};
use station::device::{Actuation, DeviceKind, Fault, Reading};
use station::measure::{Mono, Span};

/// Input lines by index.
pub const INPUTS: [&str; 1] = ["home"];
/// Output lines by index.
pub const OUTPUTS: [&str; 1] = ["run"];

const HOME: usize = 0;
const RUN: usize = 0;

/// What the driver has to know about the mixer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Time of one rocking cycle, home to home. Two of them without a pulse are a standstill.
    pub period: Span,
    /// Time from the order to run to the first pulse: a cold gear or a full first turn.
    pub cold_start: Span,
    /// Pulses closer than this to the last one are contact bounce. Far below the period.
    pub bounce: Span,
}

impl Default for Settings {
    /// 12 cycles a minute, first pulse within 10 s, 200 ms of bounce.
    fn default() -> Self {
        Self { period: Span::from_secs(5), cold_start: Span::from_secs(10), bounce: Span::from_millis(200) }
    }
}

/// Driver of a mixer with a home mark.
#[derive(Debug)]
pub struct Mixer {
    contacts: Contacts<1>,
    settings: Settings,
    ordered: bool,
    /// Last told by `MixerTurning`.
    turning: Option<bool>,
    last_pulse: Option<Mono>,
    due: Option<Mono>,
}

impl Mixer {
    /// A mixer whose link is not open yet.
    pub fn new(settings: Settings) -> Self {
        Self {
            contacts: Contacts::new(DeviceKind::Mixer, OUTPUTS.len(), [true; 1]),
            settings,
            ordered: false,
            turning: None,
            last_pulse: None,
            due: None,
        }
    }

    fn two_periods(&self) -> Span {
        self.settings.period + self.settings.period
    }

    fn pulse(&mut self, now: Mono) {
        if self.last_pulse.is_some_and(|last| now.since(last) < self.settings.bounce) {
            return;
        }
        self.last_pulse = Some(now);
        self.due = Some(now + self.two_periods());
        self.contacts.read(Reading::MixerCycle);
        self.tell(true);
        self.contacts.recovered();
    }

    fn tell(&mut self, turning: bool) {
        if self.turning != Some(turning) {
            self.turning = Some(turning);
            self.contacts.read(Reading::MixerTurning(turning));
        }
    }

    fn run(&mut self, now: Mono) -> Result<(), ActuateError> {
        self.contacts.require_online()?;
        self.contacts.drive(RUN, true);
        // A repeated order does not buy a standing mixer more time.
        if !self.ordered || self.due.is_none() {
            self.due = Some(now + self.settings.cold_start);
        }
        self.ordered = true;
        Ok(())
    }

    fn stop(&mut self, now: Mono) -> Result<(), ActuateError> {
        self.contacts.require_open()?;
        self.contacts.drive(RUN, false);
        if self.ordered {
            self.due = Some(now + self.two_periods());
        }
        self.ordered = false;
        if self.contacts.fault() == Some(&Fault::Stalled) {
            // Standing is what is wanted now.
            self.contacts.recovered();
        }
        Ok(())
    }

    fn reset(&mut self) {
        self.ordered = false;
        self.turning = None;
        self.last_pulse = None;
        self.due = None;
    }
}

impl Driver for Mixer {
    fn kind(&self) -> DeviceKind {
        DeviceKind::Mixer
    }

    fn handle(&mut self, now: Mono, inbound: Inbound<'_>) {
        match inbound {
            Inbound::Opened => {
                self.reset();
                self.contacts.opened();
            }
            Inbound::Lost => {
                self.reset();
                self.contacts.lost();
            }
            Inbound::Line { input, active } => {
                // The first level after opening is a level, not a pulse: the tray may rest on its mark.
                let changed = self.contacts.line(input, active) == News::Changed;
                if changed && input == HOME && active {
                    self.pulse(now);
                }
            }
            Inbound::Timeout => {
                if self.due.is_some_and(|due| due <= now) {
                    self.due = None;
                    self.tell(false);
                    if self.ordered {
                        self.contacts.fail(Fault::Stalled);
                    }
                }
            }
            // A contact device has no bytes.
            Inbound::Bytes(_) => {}
        }
    }

    fn actuate(&mut self, now: Mono, actuation: Actuation) -> Result<(), ActuateError> {
        if actuation == Actuation::MixerRun {
            self.run(now)
        } else if actuation == Actuation::MixerStop {
            self.stop(now)
        } else {
            self.contacts.unsupported(actuation)
        }
    }

    fn poll_outbound(&mut self) -> Option<Outbound> {
        self.contacts.poll_outbound()
    }

    fn poll_observation(&mut self) -> Option<Observation> {
        self.contacts.poll_observation()
    }

    fn next_timeout(&self) -> Option<Mono> {
        self.due
    }
}

#[cfg(test)]
mod tests;
