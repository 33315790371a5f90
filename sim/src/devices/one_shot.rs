//! A tool of one shot on plain contacts: the tubing sealer and the needle separator.
//!
//! Owns: its sequence of ready, busy and done, and that a shot happened. Refuses: a shot without enable, tube or cover, as
//! real ones do. Faults: no start, no done, a fault contact.

use crate::prng::Rng;

/// What may be wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToolFault {
    /// It never starts.
    NoStart,
    /// It works and says nothing at the end; the work is done.
    SilentDone,
    /// Its fault contact is made.
    FaultContact,
}

/// Length of the done pulse, us.
const DONE_US: u64 = 250_000;
/// From trigger to busy, us.
const START_US: u64 = 40_000;
/// Done comes this long before busy goes, us.
const DONE_LEAD_US: u64 = 60_000;

/// The tool. Input lines of the station: ready, busy, done, fault, tube present, cover closed, bin full. Outputs: trigger,
/// enable.
#[derive(Debug, Clone)]
pub struct OneShot {
    work_us: u64,
    trigger: bool,
    enable: bool,
    starting_us: Option<u64>,
    working_us: Option<u64>,
    done_us: u64,
    /// Tubing lies in it.
    pub tube: bool,
    /// Its cover is closed.
    pub cover: bool,
    /// Needles in the bin behind it.
    pub bin: u32,
    /// Needles that the bin holds.
    pub bin_holds: u32,
    /// What is wrong with it.
    pub fault: Option<ToolFault>,
    shots: u32,
    fresh_shot: bool,
}

impl OneShot {
    /// An empty tool whose shot takes `low_ms` to `high_ms`.
    pub fn new(mut rng: Rng, low_ms: u64, high_ms: u64) -> Self {
        Self {
            work_us: rng.range(low_ms, high_ms) * 1000,
            trigger: false,
            enable: false,
            starting_us: None,
            working_us: None,
            done_us: 0,
            tube: false,
            cover: false,
            bin: 0,
            bin_holds: 60,
            fault: None,
            shots: 0,
            fresh_shot: false,
        }
    }

    /// The station drives the trigger.
    pub fn drive_trigger(&mut self, on: bool) {
        let rising = on && !self.trigger;
        self.trigger = on;
        let idle = self.working_us.is_none() && self.starting_us.is_none();
        let broken = matches!(self.fault, Some(ToolFault::NoStart | ToolFault::FaultContact));
        if rising && idle && self.enable && self.tube && self.cover && !broken {
            self.starting_us = Some(START_US);
        }
    }

    /// The station drives the enable. Without it a shot breaks off.
    pub fn drive_enable(&mut self, on: bool) {
        self.enable = on;
        if !on {
            self.starting_us = None;
            self.working_us = None;
        }
    }

    /// Lets time pass.
    pub fn step(&mut self, step_us: u64) {
        self.done_us = self.done_us.saturating_sub(step_us);
        if let Some(left) = self.starting_us {
            let left = left.saturating_sub(step_us);
            self.starting_us = (left > 0).then_some(left);
            if left == 0 {
                self.working_us = Some(self.work_us);
            }
        } else if let Some(left) = self.working_us {
            let now_left = left.saturating_sub(step_us);
            if left > DONE_LEAD_US && now_left <= DONE_LEAD_US {
                self.shots += 1;
                self.fresh_shot = true;
                if self.fault != Some(ToolFault::SilentDone) {
                    self.done_us = DONE_US;
                }
            }
            self.working_us = (now_left > 0).then_some(now_left);
        }
    }

    /// Whether a shot has been finished since this was last asked.
    pub fn take_shot(&mut self) -> bool {
        std::mem::take(&mut self.fresh_shot)
    }

    /// Whether it starts, works, or says that it is done.
    pub fn is_busy(&self) -> bool {
        self.starting_us.is_some() || self.working_us.is_some() || self.done_us > 0
    }

    /// Shots since it was made.
    pub fn shots(&self) -> u32 {
        self.shots
    }

    /// Levels of its lines.
    pub fn lines(&self) -> [bool; 7] {
        let busy = self.working_us.is_some();
        let fault = self.fault == Some(ToolFault::FaultContact);
        let ready = !busy && !fault;
        [ready, busy, self.done_us > 0, fault, self.tube, self.cover, self.bin >= self.bin_holds]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shot_needs_enable_tube_and_cover_and_is_cut_off_with_the_enable() {
        let mut tool = OneShot::new(Rng::new(1), 1000, 1000);
        let run = |tool: &mut OneShot, ms: u64| (0..ms / 5).for_each(|_| tool.step(5000));
        tool.drive_trigger(true);
        run(&mut tool, 2000);
        assert_eq!(tool.shots(), 0);
        tool.drive_trigger(false);
        (tool.tube, tool.cover) = (true, true);
        tool.drive_enable(true);
        tool.drive_trigger(true);
        run(&mut tool, 500);
        assert!(tool.lines()[1]);
        tool.drive_enable(false);
        run(&mut tool, 2000);
        assert_eq!(tool.shots(), 0);
        tool.drive_trigger(false);
        tool.drive_enable(true);
        tool.drive_trigger(true);
        run(&mut tool, 2000);
        assert!(tool.take_shot() && !tool.take_shot());
        assert_eq!(tool.shots(), 1, "one trigger, one shot");
    }
}
