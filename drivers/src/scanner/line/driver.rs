//! A scanner on a serial line, as a [`Driver`]: each read is one scan, and each order to its light leaves at once.
//!
//! Owns: the time within which a read has to end, and which repeated read is the same one. Refuses: comparing scans by
//! their text (two labels with one number are two scans: that is the point of a second check). Holds the last
//! read and an unfinished one; after a crash the label is read again.

use super::codec::{self, BadScan, Frames, TriggerProtocol};
use super::labels::Labels;
use crate::driver::{ActuateError, Driver, Inbound, Observation, Outbound, ScanText};
use station::device::{Actuation, DeviceKind, Fault};
use station::measure::{Mono, Span};
use std::collections::VecDeque;

/// A read whose next byte does not come within this time is over.
pub const IDLE: Span = Span::from_millis(50);
/// The same read again within this time, without a new trigger, is the label still lying in the light.
pub const REPEAT: Span = Span::from_millis(500);
/// So many bad reads in a row are a fault.
const BAD_LIMIT: u8 = 3;

/// Settings of a scanner on a serial line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineScannerSettings {
    /// How its light is switched.
    pub trigger: TriggerProtocol,
    /// Drop reads without an AIM identifier, so that no label of another symbology passes for a bag's.
    pub require_aim: bool,
    /// What the scanner makes of a label's first characters.
    pub labels: Labels,
    /// Take a read that has no line end when [`IDLE`] is over. Off, such a read is dropped: it may have lost its end.
    pub accept_unterminated: bool,
}

impl Default for LineScannerSettings {
    fn default() -> Self {
        Self {
            trigger: TriggerProtocol::None,
            require_aim: true,
            labels: Labels::Whole,
            accept_unterminated: false,
        }
    }
}

/// The driver of one scanner.
#[derive(Debug)]
pub struct LineScanner {
    settings: LineScannerSettings,
    is_open: bool,
    frames: Frames,
    last_byte: Mono,
    /// The last read and when it was last seen; forgotten at each trigger.
    last_scan: Option<(ScanText, Mono)>,
    trouble: Option<Fault>,
    bad_in_a_row: u8,
    dropped: u64,
    outbound: VecDeque<Outbound>,
    observations: VecDeque<Observation>,
}

impl LineScanner {
    /// A driver whose link is not open yet.
    pub fn new(settings: LineScannerSettings) -> Self {
        Self {
            settings,
            is_open: false,
            frames: Frames::default(),
            last_byte: Mono::default(),
            last_scan: None,
            trouble: None,
            bad_in_a_row: 0,
            dropped: 0,
            outbound: VecDeque::new(),
            observations: VecDeque::new(),
        }
    }

    /// Reads dropped since this driver was made; a label still in the light is not among them.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    fn open(&mut self) {
        self.is_open = true;
        self.last_scan = None;
        self.bad_in_a_row = 0;
        // What was read before the station listened was read for somebody else.
        self.outbound.push_back(Outbound::DrainInput);
        let model = "serial scanner".to_owned();
        self.observations.push_back(Observation::Identity { serial: None, model });
        self.recovered();
    }

    fn lose(&mut self) {
        self.is_open = false;
        self.frames.clear();
        self.outbound.clear();
        self.fault(Fault::LinkLost);
    }

    fn bytes(&mut self, now: Mono, bytes: &[u8]) {
        self.idle(now);
        self.last_byte = now;
        let mut frames = std::mem::take(&mut self.frames);
        frames.feed(bytes, |frame| self.frame(now, frame));
        self.frames = frames;
    }

    /// Ends a read whose next byte did not come in time.
    fn idle(&mut self, now: Mono) {
        if !self.frames.is_partial() || now < self.last_byte + IDLE {
            return;
        }
        let unfinished = self.frames.take();
        if unfinished.is_empty() {
            return;
        }
        if self.settings.accept_unterminated {
            self.frame(now, Ok(&unfinished));
        } else {
            self.bad(BadScan::Unfinished);
        }
    }

    fn frame(&mut self, now: Mono, frame: Result<&[u8], BadScan>) {
        let scan = match frame.and_then(|frame| codec::parse(frame, self.settings.require_aim)) {
            Ok(scan) => self.settings.labels.restore(scan),
            Err(reason) => return self.bad(reason),
        };
        self.bad_in_a_row = 0;
        self.recovered();
        let is_repeat =
            self.last_scan.as_ref().is_some_and(|(last, seen)| *last == scan && now < *seen + REPEAT);
        self.last_scan = Some((scan.clone(), now));
        if !is_repeat {
            self.observations.push_back(Observation::Scan(scan));
        }
    }

    /// A read without its identifier is a wrong setting and told at once; damage is told when it lasts.
    fn bad(&mut self, reason: BadScan) {
        self.dropped = self.dropped.saturating_add(1);
        self.bad_in_a_row = self.bad_in_a_row.saturating_add(1);
        tracing::debug!(%reason, dropped = self.dropped, "read dropped");
        if reason == BadScan::NoAim || self.bad_in_a_row >= BAD_LIMIT {
            self.fault(Fault::Garbage);
        }
    }

    fn fault(&mut self, fault: Fault) {
        if self.trouble.as_ref() != Some(&fault) {
            self.trouble = Some(fault.clone());
            self.observations.push_back(Observation::Fault(fault));
        }
    }

    fn recovered(&mut self) {
        if self.trouble.take().is_some() {
            self.observations.push_back(Observation::Recovered);
        }
    }
}

impl Driver for LineScanner {
    fn kind(&self) -> DeviceKind {
        DeviceKind::Scanner
    }

    fn handle(&mut self, now: Mono, inbound: Inbound<'_>) {
        match inbound {
            Inbound::Opened => self.open(),
            Inbound::Lost => self.lose(),
            Inbound::Bytes(bytes) => self.bytes(now, bytes),
            // A scanner on a serial line has no inputs.
            Inbound::Line { .. } => {}
            Inbound::Timeout => self.idle(now),
        }
    }

    fn actuate(&mut self, _now: Mono, actuation: Actuation) -> Result<(), ActuateError> {
        let device = DeviceKind::Scanner;
        let Actuation::ScannerTrigger(on) = actuation else {
            return Err(ActuateError::Unsupported { device, actuation });
        };
        if !self.is_open {
            return Err(ActuateError::NotConnected(device));
        }
        let order = self.settings.trigger.bytes(on);
        if order.is_empty() {
            // A light that only its button switches on is off as far as the station can tell.
            return if on { Err(ActuateError::Unsupported { device, actuation }) } else { Ok(()) };
        }
        if on {
            self.last_scan = None;
        }
        self.outbound.push_back(Outbound::Bytes(order.to_vec()));
        Ok(())
    }

    fn poll_outbound(&mut self) -> Option<Outbound> {
        self.outbound.pop_front()
    }

    fn poll_observation(&mut self) -> Option<Observation> {
        self.observations.pop_front()
    }

    fn next_timeout(&self) -> Option<Mono> {
        self.frames.is_partial().then(|| self.last_byte + IDLE)
    }
}

#[cfg(test)]
#[path = "driver_tests.rs"]
mod tests;
