//! What every scale driver tells and how: weights, trouble once, who is there.
//!
//! Owns: the memory of which unit was here, the trouble that stands, and how much nonsense is tolerated. Refuses: a trouble told
//! twice, and a recovery before good words have outweighed the nonsense. A crash loses it; all of it is found out again, and
//! who was here before is the journal's to know.

use super::text::{self, BadLine, Mass};
use crate::driver::Observation;
use station::device::{Fault, Reading, WeightSample};
use station::ident::DeviceSerial;
use std::collections::VecDeque;

/// Weight of one line that cannot be read, against [`GARBAGE_LIMIT`]; a good line takes 1 off.
const GARBAGE_STEP: u8 = 2;
/// Unreadable lines are tolerated up to this score: eight in a row, or a third of all lines for a while.
const GARBAGE_LIMIT: u8 = 16;
/// Most characters of a model.
const MAX_MODEL: usize = 64;

/// What a scale driver has to tell.
#[derive(Debug)]
pub(super) struct Report {
    /// What it is, when it does not say so itself.
    model: &'static str,
    /// The unit that answered last; kept over reconnections to notice another one.
    serial: Option<DeviceSerial>,
    /// `Identity` was told since the link was opened.
    identified: bool,
    trouble: Option<Fault>,
    garbage: u8,
    /// Something unreadable came since the last good line.
    unreadable: bool,
    dropped: u64,
    /// Readings thrown away since this driver was made.
    thrown: u64,
    observations: VecDeque<Observation>,
}

impl Report {
    pub(super) fn new(model: &'static str) -> Self {
        Self {
            model,
            serial: None,
            identified: false,
            trouble: None,
            garbage: 0,
            unreadable: false,
            dropped: 0,
            thrown: 0,
            observations: VecDeque::new(),
        }
    }

    /// The link is open: who is there has to be told anew.
    pub(super) fn opened(&mut self) {
        self.identified = false;
        self.garbage = 0;
        self.unreadable = false;
    }

    /// Lines dropped as unreadable since this driver was made.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// A weight came: that ends every trouble.
    pub(super) fn weight(&mut self, mass: Mass, stable: bool) {
        self.good_line();
        self.recovered();
        let sample = WeightSample { gross: mass.milligrams(), quality: text::quality(stable) };
        self.observations.push_back(Observation::Reading(Reading::Weight(sample)));
    }

    /// A well-formed word about trouble.
    pub(super) fn trouble(&mut self, fault: Fault) {
        self.good_line();
        self.fault(fault);
    }

    /// The time for an answer is over; `is_noise`: what stands unfinished is no text.
    pub(super) fn silent(&mut self, is_noise: bool) {
        // Wrong line settings show as bytes without sense, not as silence.
        let is_garbage = self.unreadable || is_noise;
        self.fault(if is_garbage { Fault::Garbage } else { Fault::NoReply });
        self.unreadable = false;
    }

    /// The scale said who it is, or that it has no number. `model`: in its own words, if it has any.
    pub(super) fn identify(&mut self, found: Option<DeviceSerial>, model: Option<&str>) {
        self.good_line();
        let swapped = match (&self.serial, &found) {
            (Some(expected), Some(found)) if expected != found => Some((expected.clone(), found.clone())),
            (Some(_) | None, _) => None,
        };
        let is_swapped = swapped.is_some();
        if let Some((expected, found)) = swapped {
            self.fault(Fault::Swapped { expected, found });
        }
        if is_swapped || !self.identified {
            self.identified = true;
            let model = model.unwrap_or(self.model).chars().take(MAX_MODEL).collect();
            self.observations.push_back(Observation::Identity { serial: found.clone(), model });
        }
        self.serial = found.or(self.serial.take());
    }

    pub(super) fn good_line(&mut self) {
        self.unreadable = false;
        self.garbage = self.garbage.saturating_sub(1);
    }

    pub(super) fn bad_line(&mut self, reason: BadLine) {
        self.dropped = self.dropped.saturating_add(1);
        self.unreadable = true;
        self.garbage = self.garbage.saturating_add(GARBAGE_STEP).min(2 * GARBAGE_LIMIT);
        tracing::debug!(%reason, dropped = self.dropped, "scale line dropped");
        if self.garbage >= GARBAGE_LIMIT {
            self.fault(Fault::Garbage);
        }
    }

    /// A reading was thrown away; too many of them are this trouble. Told at the first, second, fourth, eighth and so on.
    pub(super) fn thrown(&mut self, fault: Fault) {
        self.thrown = self.thrown.saturating_add(1);
        if self.thrown.is_power_of_two() {
            self.observations.push_back(Observation::Thrown(self.thrown));
        }
        self.garbage = self.garbage.saturating_add(GARBAGE_STEP).min(2 * GARBAGE_LIMIT);
        if self.garbage >= GARBAGE_LIMIT {
            self.fault(fault);
        }
    }

    /// Tells a trouble once. Silence and nonsense take turns at a dead line: only the first of them is told.
    pub(super) fn fault(&mut self, fault: Fault) {
        let is_mute = |f: &Fault| matches!(f, Fault::NoReply | Fault::Garbage);
        let told =
            self.trouble.as_ref().is_some_and(|now| *now == fault || (is_mute(now) && is_mute(&fault)));
        if !told {
            self.trouble = Some(fault.clone());
            self.observations.push_back(Observation::Fault(fault));
        }
    }

    /// A good weight ends every trouble; nonsense, and what a device says of itself, only when good lines have outweighed it.
    fn recovered(&mut self) {
        if matches!(self.trouble, Some(Fault::Garbage | Fault::Device(_))) && self.garbage > 0 {
            return;
        }
        if self.trouble.take().is_some() {
            self.observations.push_back(Observation::Recovered);
        }
    }

    pub(super) fn poll(&mut self) -> Option<Observation> {
        self.observations.pop_front()
    }
}
