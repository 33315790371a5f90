//! What all devices made of plain contacts share: levels of the inputs, what waits to go out, the fault that stands.
//!
//! Owns: `Contacts`, the base of the clamp, mixer, diverter, sealer, separator and panel drivers; the two-switch
//! actuator (`two_switch`) and the one-shot sequencer ([`one_shot`]) that two of them share each. Refuses: any rule
//! of a single device. A crash loses nothing: at the next opening every output is driven inactive, which is the safe
//! level of each of them, and the inputs are reported anew.
//!
//! A contact device cannot say who it is: its identity is that all its wired inputs have reported a level.

pub mod one_shot;
pub(crate) mod two_switch;

#[cfg(test)]
pub(crate) mod bench;

use crate::driver::{ActuateError, Observation, Outbound};
use station::device::{Actuation, DeviceKind, Fault, Reading};
use std::collections::VecDeque;

/// Most observations that wait; past it the oldest goes. A caller that drains as the contract says never gets near.
const MAX_OBSERVATIONS: usize = 64;

/// What an input line's news means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum News {
    /// Nothing new, or nothing to be said before all inputs are known.
    Nothing,
    /// With this line all inputs are known: the device is there.
    Complete,
    /// The level of one input changed.
    Changed,
}

/// Base of a driver with `N` input lines.
#[derive(Debug)]
pub(crate) struct Contacts<const N: usize> {
    kind: DeviceKind,
    outputs: usize,
    wired: [bool; N],
    levels: [Option<bool>; N],
    open: bool,
    online: bool,
    fault: Option<Fault>,
    outbound: VecDeque<Outbound>,
    observations: VecDeque<Observation>,
}

impl<const N: usize> Contacts<N> {
    /// A closed device with this many outputs; inputs that are not `wired` are never waited for.
    pub(crate) fn new(kind: DeviceKind, outputs: usize, wired: [bool; N]) -> Self {
        Self {
            kind,
            outputs,
            wired,
            levels: [None; N],
            open: false,
            online: false,
            fault: None,
            outbound: VecDeque::new(),
            observations: VecDeque::new(),
        }
    }

    pub(crate) fn kind(&self) -> DeviceKind {
        self.kind
    }

    /// The link is open: everything is driven safe and the inputs are asked from nothing.
    pub(crate) fn opened(&mut self) {
        self.levels = [None; N];
        self.open = true;
        self.online = false;
        for output in 0..self.outputs {
            self.drive(output, false);
        }
        if self.all_known() {
            self.become_online();
        }
    }

    /// The link is gone: levels are unknown and what was not sent never will be.
    pub(crate) fn lost(&mut self) {
        self.open = false;
        self.online = false;
        self.levels = [None; N];
        self.outbound.clear();
        self.fail(Fault::LinkLost);
    }

    /// Takes a level. Lines out of range or not wired are ignored.
    pub(crate) fn line(&mut self, input: usize, active: bool) -> News {
        let (Some(level), Some(true)) = (self.levels.get_mut(input), self.wired.get(input)) else {
            return News::Nothing;
        };
        if !self.open || level.replace(active) == Some(active) {
            return News::Nothing;
        }
        if self.online {
            return News::Changed;
        }
        if !self.all_known() {
            return News::Nothing;
        }
        self.become_online();
        News::Complete
    }

    fn all_known(&self) -> bool {
        self.wired.iter().zip(&self.levels).all(|(wired, level)| !wired || level.is_some())
    }

    fn become_online(&mut self) {
        self.online = true;
        if self.fault.as_ref().is_some_and(Fault::is_absence) {
            self.recovered();
        }
        self.observe(Observation::Identity { serial: None, model: "contacts".to_owned() });
    }

    /// Whether the link is open and all wired inputs are known.
    pub(crate) fn is_online(&self) -> bool {
        self.online
    }

    pub(crate) fn is_wired(&self, input: usize) -> bool {
        self.wired.get(input).copied().unwrap_or(false)
    }

    /// Whether this input is known to be active.
    pub(crate) fn is_active(&self, input: usize) -> bool {
        self.levels.get(input).copied().flatten() == Some(true)
    }

    /// Drives an output. Only the last level of each output waits: an older one that was not fetched is superseded,
    /// so the queue is bounded by the number of outputs.
    pub(crate) fn drive(&mut self, output: usize, active: bool) {
        self.outbound.retain(|waiting| !matches!(waiting, Outbound::Line { output: o, .. } if *o == output));
        self.outbound.push_back(Outbound::Line { output, active });
    }

    pub(crate) fn observe(&mut self, observation: Observation) {
        if self.observations.len() == MAX_OBSERVATIONS {
            self.observations.pop_front();
        }
        self.observations.push_back(observation);
    }

    pub(crate) fn read(&mut self, reading: Reading) {
        self.observe(Observation::Reading(reading));
    }

    /// Reports trouble, unless this very trouble already stands.
    pub(crate) fn fail(&mut self, fault: Fault) {
        if self.fault.as_ref() != Some(&fault) {
            self.fault = Some(fault.clone());
            self.observe(Observation::Fault(fault));
        }
    }

    /// Reports the end of the trouble that stands, if any does.
    pub(crate) fn recovered(&mut self) {
        if self.fault.take().is_some() {
            self.observe(Observation::Recovered);
        }
    }

    pub(crate) fn fault(&self) -> Option<&Fault> {
        self.fault.as_ref()
    }

    /// Orders towards safety need an open link only.
    pub(crate) fn require_open(&self) -> Result<(), ActuateError> {
        if self.open { Ok(()) } else { Err(ActuateError::NotConnected(self.kind)) }
    }

    /// Orders that open a path or add energy need every input known.
    pub(crate) fn require_online(&self) -> Result<(), ActuateError> {
        if self.online { Ok(()) } else { Err(ActuateError::NotConnected(self.kind)) }
    }

    pub(crate) fn unsupported(&self, actuation: Actuation) -> Result<(), ActuateError> {
        Err(ActuateError::Unsupported { device: self.kind, actuation })
    }

    pub(crate) fn poll_outbound(&mut self) -> Option<Outbound> {
        self.outbound.pop_front()
    }

    pub(crate) fn poll_observation(&mut self) -> Option<Observation> {
        self.observations.pop_front()
    }
}
