//! One shot of an irreversible tool on plain contacts: the sealer and the needle separator.
//!
//! Owns: the sequence from an order to an outcome, and the word "confirmed", which only a done line can earn. Refuses:
//! an order while anything is not in its place ([`ActuateError::NotReady`]; nothing moved and no reading follows: the
//! caller notes the order as [`ToolFailure::Refused`]), a second trigger without a second order, a stale done.
//! A crash in mid-shot: the outcome is lost with the process, the caller's intent without an outcome says so; at the
//! next opening trigger and enable are driven inactive and the tool cools down before it may be ready.
//!
//! ```text
//!   order, all in place ──▶ Arming: enable on ── enable_lead ──▶ trigger on for `pulse`
//!                                                                   │
//!          StartFailed ◀── no busy within `busy_within` ── Starting ◀┘  (no busy line: straight to Working)
//!                                                             │ busy
//!          NotConfirmed ◀── not done within `done_within` ── Working ── done seen and busy gone ──▶ Done
//!                                                             └── busy gone, no done line wired ──▶ NotConfirmed
//!   fault line, cover, tube, disable or lost link in mid-shot ──▶ Failed
//!   every end: enable and trigger off at once ──▶ Cooling ── `cool_down` ──▶ Idle: Ready or NotReady, by the lines
//! ```
//! `fault` is active when the tool reports a fault. It should be wired normally closed with the polarity turned in the
//! wiring, so that a broken wire reads as a fault too. A shot that was triggered and not confirmed is always
//! [`ToolFailure::NotConfirmed`] or worse, never "probably done": a person looks at the tubing.

use super::{Contacts, News};
use crate::driver::{ActuateError, Driver, Inbound, Observation, Outbound};
use station::device::{Actuation, DeviceKind, Fault, Reading, ToolFailure, ToolReport};
use station::measure::{Mono, Span};

/// Input lines of a sealer by index.
pub const SEALER_INPUTS: [&str; 6] = ["ready", "busy", "done", "fault", "tube_present", "cover_closed"];
/// Input lines of a separator by index: a sealer's and the switch of the sharps bin.
pub const SEPARATOR_INPUTS: [&str; 7] =
    ["ready", "busy", "done", "fault", "tube_present", "cover_closed", "bin_full"];
/// Output lines by index.
pub const OUTPUTS: [&str; 2] = ["trigger", "enable"];

const READY: usize = 0;
const BUSY: usize = 1;
const DONE: usize = 2;
const FAULT: usize = 3;
const TUBE_PRESENT: usize = 4;
const COVER_CLOSED: usize = 5;
const BIN_FULL: usize = 6;
const INPUT_COUNT: usize = 7;

const TRIGGER: usize = 0;
const ENABLE: usize = 1;

/// Which tool the sequence works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// Tubing sealer.
    Sealer,
    /// Needle separator.
    Separator,
}

/// Which lines the tool really has. A line that is not wired is never waited for and never refuses: its interlock has
/// to be in the tool. Without `done` a shot is never confirmed by the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wired {
    /// Says that it may be triggered.
    pub ready: bool,
    /// Active while it works.
    pub busy: bool,
    /// Pulse of at least 50 ms, or level, at the end of a good shot.
    pub done: bool,
    /// Active when it reports a fault.
    pub fault: bool,
    /// Tubing lies in it.
    pub tube_present: bool,
    /// Its cover is closed.
    pub cover_closed: bool,
    /// The sharps bin is full. Separator only.
    pub bin_full: bool,
}

/// Lines and times of the tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Which inputs there are.
    pub wired: Wired,
    /// From enable to trigger: the enable relay settles.
    pub enable_lead: Span,
    /// Length of the trigger pulse; 100 ms to 1 s suit common foot-switch jacks.
    pub pulse: Span,
    /// From trigger to busy.
    pub busy_within: Span,
    /// From busy (without a busy line: from trigger) to done.
    pub done_within: Span,
    /// Rest between two shots.
    pub cool_down: Span,
}

impl Default for Settings {
    /// Every line wired; 50 ms, 200 ms, 300 ms, 6 s and 1 s: together below the 8 s deadline of the orders.
    fn default() -> Self {
        Self {
            wired: Wired {
                ready: true,
                busy: true,
                done: true,
                fault: true,
                tube_present: true,
                cover_closed: true,
                bin_full: true,
            },
            enable_lead: Span::from_millis(50),
            pulse: Span::from_millis(200),
            busy_within: Span::from_millis(300),
            done_within: Span::from_secs(6),
            cool_down: Span::from_secs(1),
        }
    }
}

/// Where in the sequence the tool is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Idle,
    /// Enabled, not yet triggered: nothing has moved.
    Arming {
        until: Mono,
    },
    /// Triggered, not yet seen working.
    Starting {
        due: Mono,
    },
    /// Seen working (or triggered without a busy line).
    Working {
        due: Mono,
        done_seen: bool,
    },
    Cooling {
        until: Mono,
    },
}

/// Driver of a one-shot tool.
#[derive(Debug)]
pub struct OneShot {
    contacts: Contacts<INPUT_COUNT>,
    tool: Tool,
    settings: Settings,
    phase: Phase,
    /// When the trigger has to go off; it does so whatever the phase.
    pulse_until: Option<Mono>,
    told: Option<ToolReport>,
    told_bin: Option<bool>,
}

impl OneShot {
    /// A tool whose link is not open yet.
    pub fn new(tool: Tool, settings: Settings) -> Self {
        let w = settings.wired;
        let (kind, bin_full) = match tool {
            Tool::Sealer => (DeviceKind::Sealer, false),
            Tool::Separator => (DeviceKind::Separator, w.bin_full),
        };
        let wired = [w.ready, w.busy, w.done, w.fault, w.tube_present, w.cover_closed, bin_full];
        Self {
            contacts: Contacts::new(kind, OUTPUTS.len(), wired),
            tool,
            settings,
            phase: Phase::Idle,
            pulse_until: None,
            told: None,
            told_bin: None,
        }
    }

    fn report(&mut self, report: ToolReport) {
        if self.told == Some(report) {
            return;
        }
        self.told = Some(report);
        self.contacts.read(match self.tool {
            Tool::Sealer => Reading::Sealer(report),
            Tool::Separator => Reading::Separator(report),
        });
    }

    /// Wired and active, or not wired and taken for granted.
    fn granted(&self, input: usize) -> bool {
        !self.contacts.is_wired(input) || self.contacts.is_active(input)
    }

    /// Everything by which the tool may hurt or spoil: held during the whole shot.
    fn in_place(&self) -> bool {
        self.granted(TUBE_PRESENT) && self.granted(COVER_CLOSED)
    }

    fn may_fire(&self) -> bool {
        self.phase == Phase::Idle
            && self.granted(READY)
            && self.in_place()
            && !self.contacts.is_active(BUSY)
            && !self.contacts.is_active(FAULT)
            && !self.contacts.is_active(BIN_FULL)
    }

    fn order(&mut self, now: Mono) -> Result<(), ActuateError> {
        self.contacts.require_online()?;
        if !self.may_fire() {
            return Err(ActuateError::NotReady(self.contacts.kind()));
        }
        self.contacts.drive(ENABLE, true);
        self.phase = Phase::Arming { until: now + self.settings.enable_lead };
        Ok(())
    }

    fn fire(&mut self, now: Mono) {
        self.contacts.drive(TRIGGER, true);
        self.pulse_until = Some(now + self.settings.pulse);
        if self.contacts.is_wired(BUSY) {
            self.phase = Phase::Starting { due: now + self.settings.busy_within };
        } else {
            self.work(now);
        }
    }

    fn work(&mut self, now: Mono) {
        self.phase = Phase::Working { due: now + self.settings.done_within, done_seen: false };
        self.report(ToolReport::Busy);
    }

    /// Takes enable and trigger away, the energy first.
    fn release(&mut self) {
        self.contacts.drive(ENABLE, false);
        self.contacts.drive(TRIGGER, false);
        self.pulse_until = None;
    }

    fn end(&mut self, now: Mono, report: ToolReport) {
        self.release();
        self.phase = Phase::Cooling { until: now + self.settings.cool_down };
        self.report(report);
    }

    /// Ends a running shot for a reason from outside. Not yet triggered: it never moved, so `Refused`.
    fn break_off(&mut self, now: Mono, reason: ToolFailure) {
        match self.phase {
            Phase::Arming { .. } => self.end(now, ToolReport::Failed(ToolFailure::Refused)),
            Phase::Starting { .. } | Phase::Working { .. } => self.end(now, ToolReport::Failed(reason)),
            Phase::Idle | Phase::Cooling { .. } => self.release(),
        }
    }

    fn line(&mut self, now: Mono, input: usize, active: bool) {
        match self.contacts.line(input, active) {
            News::Nothing => return,
            News::Complete | News::Changed => {}
        }
        self.check_bin_and_fault();
        match self.phase {
            Phase::Idle => self.tell_idle(),
            Phase::Cooling { .. } => {}
            Phase::Arming { .. } | Phase::Starting { .. } | Phase::Working { .. } => {
                if self.contacts.is_active(FAULT) {
                    self.break_off(now, ToolFailure::DeviceFault);
                } else if !self.in_place() {
                    self.break_off(now, ToolFailure::NotConfirmed);
                } else {
                    self.progress(now, input, active);
                }
            }
        }
    }

    /// A change of `input` in mid-shot with everything in place.
    fn progress(&mut self, now: Mono, input: usize, active: bool) {
        match self.phase {
            // Someone else's trigger (a foot switch): two shots would run into each other.
            Phase::Arming { .. } if input == BUSY && active => {
                self.break_off(now, ToolFailure::Refused);
            }
            Phase::Starting { .. } if input == BUSY && active => self.work(now),
            Phase::Working { due, done_seen } => {
                // Only a done that rises while the tool works is this shot's.
                let done_seen = done_seen || (input == DONE && active);
                self.phase = Phase::Working { due, done_seen };
                let resting = !self.contacts.is_active(BUSY);
                if done_seen && resting {
                    self.end(now, ToolReport::Done);
                } else if input == BUSY && resting && !self.contacts.is_wired(DONE) {
                    self.end(now, ToolReport::Failed(ToolFailure::NotConfirmed));
                }
            }
            Phase::Idle | Phase::Arming { .. } | Phase::Starting { .. } | Phase::Cooling { .. } => {}
        }
    }

    fn check_bin_and_fault(&mut self) {
        if self.contacts.is_wired(BIN_FULL) {
            let full = self.contacts.is_active(BIN_FULL);
            if self.told_bin != Some(full) {
                self.told_bin = Some(full);
                self.contacts.read(Reading::BinFull(full));
            }
        }
        if self.contacts.is_active(FAULT) {
            self.contacts.fail(Fault::Device("fault contact".to_owned()));
        } else {
            self.contacts.recovered();
        }
    }

    fn tell_idle(&mut self) {
        if self.contacts.is_online() {
            let ready = self.may_fire();
            self.report(if ready { ToolReport::Ready } else { ToolReport::NotReady });
        }
    }

    fn expire(&mut self, now: Mono) {
        if self.pulse_until.is_some_and(|until| until <= now) {
            self.pulse_until = None;
            self.contacts.drive(TRIGGER, false);
        }
        match self.phase {
            Phase::Arming { until } if until <= now => self.fire(now),
            Phase::Starting { due } if due <= now => {
                self.end(now, ToolReport::Failed(ToolFailure::StartFailed));
            }
            Phase::Working { due, .. } if due <= now => {
                self.end(now, ToolReport::Failed(ToolFailure::NotConfirmed));
            }
            Phase::Cooling { until } if until <= now => {
                self.phase = Phase::Idle;
                self.tell_idle();
            }
            Phase::Idle
            | Phase::Arming { .. }
            | Phase::Starting { .. }
            | Phase::Working { .. }
            | Phase::Cooling { .. } => {}
        }
    }
}

impl Driver for OneShot {
    fn kind(&self) -> DeviceKind {
        self.contacts.kind()
    }

    fn handle(&mut self, now: Mono, inbound: Inbound<'_>) {
        match inbound {
            Inbound::Opened => {
                self.contacts.opened();
                self.told = None;
                self.told_bin = None;
                self.pulse_until = None;
                // A shot may have ended a moment ago, in a process that is no more.
                self.phase = Phase::Cooling { until: now + self.settings.cool_down };
            }
            Inbound::Lost => {
                self.break_off(now, ToolFailure::NotConfirmed);
                self.phase = Phase::Idle;
                self.contacts.lost();
            }
            Inbound::Line { input, active } => self.line(now, input, active),
            Inbound::Timeout => self.expire(now),
            // A contact device has no bytes.
            Inbound::Bytes(_) => {}
        }
    }

    fn actuate(&mut self, now: Mono, actuation: Actuation) -> Result<(), ActuateError> {
        let (fire, disable) = match self.tool {
            Tool::Sealer => (Actuation::Seal, Actuation::SealerDisable),
            Tool::Separator => (Actuation::Separate, Actuation::SeparatorDisable),
        };
        if actuation == fire {
            self.order(now)
        } else if actuation == disable {
            self.contacts.require_open()?;
            self.break_off(now, ToolFailure::NotConfirmed);
            Ok(())
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
        let phase = match self.phase {
            Phase::Idle => None,
            Phase::Arming { until } | Phase::Cooling { until } => Some(until),
            Phase::Starting { due } | Phase::Working { due, .. } => Some(due),
        };
        [self.pulse_until, phase].into_iter().flatten().min()
    }
}

#[cfg(test)]
#[path = "one_shot_tests.rs"]
mod tests;
