//! The bed's panel: emergency stop in, lamp and buzzer out.
//!
//! Owns: which lamp belongs to which signal. Refuses: to interpret the emergency stop: its contact breaks the power of
//! the actuators itself, the line only tells. It should be wired normally closed with the polarity turned in the
//! wiring, so that a broken wire reads as pressed. A crash leaves the panel dark until it is told again.

mod pattern;

use crate::contact::{Contacts, News};
use crate::driver::{ActuateError, Driver, Inbound, Observation, Outbound};
use pattern::Player;
use station::device::{Actuation, DeviceKind, Reading, Signal};
use station::measure::Mono;

/// Input lines by index.
pub const INPUTS: [&str; 1] = ["emergency_stop"];
/// Output lines by index.
pub const OUTPUTS: [&str; 4] = ["lamp_red", "lamp_yellow", "lamp_cyan", "buzzer"];

const EMERGENCY_STOP: usize = 0;
const RED: usize = 0;
const YELLOW: usize = 1;
const CYAN: usize = 2;
const BUZZER: usize = 3;

/// The lamp of a signal; `None` is dark.
fn colour(signal: Signal) -> Option<usize> {
    match signal {
        Signal::Off => None,
        Signal::Call | Signal::Low => Some(CYAN),
        Signal::Medium => Some(YELLOW),
        Signal::High => Some(RED),
    }
}

/// Driver of a panel.
#[derive(Debug)]
pub struct Panel {
    contacts: Contacts<1>,
    /// Which lamp the lamp player drives.
    lit: Option<usize>,
    lamp: Player,
    buzzer: Player,
}

impl Panel {
    /// A panel whose link is not open yet. Without an emergency stop contact nothing is read from it.
    pub fn new(emergency_stop_wired: bool) -> Self {
        Self {
            contacts: Contacts::new(DeviceKind::Panel, OUTPUTS.len(), [emergency_stop_wired]),
            lit: None,
            lamp: Player::new(),
            buzzer: Player::new(),
        }
    }

    fn show(&mut self, now: Mono, signal: Signal) {
        let lamp = colour(signal);
        if self.lit != lamp {
            if let Some(before) = self.lit {
                self.contacts.drive(before, false);
            }
            self.lit = lamp;
        }
        if let (Some(level), Some(lamp)) = (self.lamp.start(now, pattern::lamp(signal)), lamp) {
            self.contacts.drive(lamp, level);
        }
    }

    fn sound(&mut self, now: Mono, signal: Signal) {
        if let Some(level) = self.buzzer.start(now, pattern::buzzer(signal)) {
            self.contacts.drive(BUZZER, level);
        }
    }

    fn go_dark(&mut self) {
        self.lit = None;
        self.lamp = Player::new();
        self.buzzer = Player::new();
    }
}

impl Driver for Panel {
    fn kind(&self) -> DeviceKind {
        DeviceKind::Panel
    }

    fn handle(&mut self, now: Mono, inbound: Inbound<'_>) {
        match inbound {
            Inbound::Opened => {
                self.go_dark();
                self.contacts.opened();
            }
            Inbound::Lost => {
                self.go_dark();
                self.contacts.lost();
            }
            Inbound::Line { input, active } => {
                if input == EMERGENCY_STOP && self.contacts.line(input, active) != News::Nothing {
                    self.contacts.read(Reading::EmergencyStop(active));
                }
            }
            Inbound::Timeout => {
                if let (Some(level), Some(lamp)) = (self.lamp.advance(now), self.lit) {
                    self.contacts.drive(lamp, level);
                }
                if let Some(level) = self.buzzer.advance(now) {
                    self.contacts.drive(BUZZER, level);
                }
            }
            // A contact device has no bytes.
            Inbound::Bytes(_) => {}
        }
    }

    fn actuate(&mut self, now: Mono, actuation: Actuation) -> Result<(), ActuateError> {
        if let Actuation::Lamp(signal) = actuation {
            self.contacts.require_open()?;
            self.show(now, signal);
        } else if let Actuation::Buzzer(signal) = actuation {
            self.contacts.require_open()?;
            self.sound(now, signal);
        } else {
            return self.contacts.unsupported(actuation);
        }
        Ok(())
    }

    fn poll_outbound(&mut self) -> Option<Outbound> {
        self.contacts.poll_outbound()
    }

    fn poll_observation(&mut self) -> Option<Observation> {
        self.contacts.poll_observation()
    }

    fn next_timeout(&self) -> Option<Mono> {
        [self.lamp.next_timeout(), self.buzzer.next_timeout()].into_iter().flatten().min()
    }
}

#[cfg(test)]
mod tests;
