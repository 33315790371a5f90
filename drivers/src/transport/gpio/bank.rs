//! The wiring: which of a driver's lines is which line of the chip, and with which polarity.
//!
//! Owns: [`Wiring`] of one device, [`Plan`] of all lines to request, [`Bank`] that polls and drives them for many
//! devices. Refuses: one output line for two purposes. Inputs may be shared (one emergency stop for several beds).
//! State: the levels last seen; a crash loses them and the next poll reports every input anew.
//!
//! One law binds drivers and wiring: **inactive is safe, for every output**. So the plan can drive everything safe
//! without knowing any device.

use super::{GpioError, Lines};

/// Resistor of an input inside the chip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pull {
    /// As the board has it.
    #[default]
    AsIs,
    /// To high: for a contact to ground.
    Up,
    /// To low: for a contact to supply.
    Down,
}

/// One line of the chip as a device uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineRef {
    /// Number of the line: BCM number on a Raspberry Pi.
    pub line: u32,
    /// Whether low is the active level. A normally closed contact is told here too.
    pub active_low: bool,
    /// Resistor; inputs only.
    pub pull: Pull,
}

/// The lines of one device, by the indices of its driver's `INPUTS` and `OUTPUTS`. `None`: not wired.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wiring {
    /// Inputs by the driver's index.
    pub inputs: Vec<Option<LineRef>>,
    /// Outputs by the driver's index.
    pub outputs: Vec<Option<LineRef>>,
}

/// Everything to request from one chip.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// Inputs, each once, ascending.
    pub inputs: Vec<(u32, Pull)>,
    /// Outputs, each once, with the level at which they are safe; in the order of the devices, which is the order in
    /// which they are driven safe. So the clamp of the donor's line belongs first.
    pub outputs: Vec<(u32, bool)>,
    /// The inputs answer to clocked outputs: no contact bounces, each level counts.
    pub clocked: bool,
}

impl Plan {
    /// Collects the lines of all devices on one chip.
    ///
    /// # Errors
    /// [`GpioError::WiredTwice`].
    pub fn new(members: &[Wiring]) -> Result<Self, GpioError> {
        let mut plan = Self::default();
        for wire in members.iter().flat_map(|m| &m.outputs).flatten() {
            if plan.safe_level(wire.line).is_some() {
                return Err(GpioError::WiredTwice(wire.line));
            }
            plan.outputs.push((wire.line, wire.active_low));
        }
        for wire in members.iter().flat_map(|m| &m.inputs).flatten() {
            let known = plan.inputs.iter().find(|(line, _)| *line == wire.line);
            if plan.safe_level(wire.line).is_some() || known.is_some_and(|(_, pull)| *pull != wire.pull) {
                return Err(GpioError::WiredTwice(wire.line));
            }
            if known.is_none() {
                plan.inputs.push((wire.line, wire.pull));
            }
        }
        plan.inputs.sort_unstable_by_key(|(line, _)| *line);
        Ok(plan)
    }

    /// The level at which an output is safe; `None` when the line is no output of this plan.
    pub fn safe_level(&self, line: u32) -> Option<bool> {
        self.outputs.iter().find(|(l, _)| *l == line).map(|(_, safe)| *safe)
    }
}

/// The lines of many devices behind one backend.
pub struct Bank {
    lines: Box<dyn Lines>,
    members: Vec<Wiring>,
    plan: Plan,
    levels: Vec<bool>,
    /// Levels handed out before; empty until the first complete poll.
    told: Vec<bool>,
}

impl Bank {
    /// Opens the lines of these devices; `open` opens one of the backends.
    ///
    /// # Errors
    /// A line wired twice, or what the backend says.
    pub fn open(
        members: Vec<Wiring>,
        open: impl FnOnce(&Plan) -> Result<Box<dyn Lines>, GpioError>,
    ) -> Result<Self, GpioError> {
        let plan = Plan::new(&members)?;
        let lines = open(&plan)?;
        let levels = vec![false; plan.inputs.len()];
        Ok(Self { lines, members, plan, levels, told: Vec::new() })
    }

    /// Drives an output of a device. An output that is not wired is not there: nothing happens.
    ///
    /// # Errors
    /// An index that the wiring does not have, or what the backend says.
    pub fn drive(&mut self, member: usize, output: usize, active: bool) -> Result<(), GpioError> {
        let wire = self.members.get(member).and_then(|m| m.outputs.get(output));
        match wire.ok_or(GpioError::NotWired { member, index: output })? {
            Some(wire) => self.lines.drive(wire.line, active != wire.active_low),
            None => Ok(()),
        }
    }

    /// Reads all inputs at once and tells each change as `(member, input, active)`; the first time, all of them.
    ///
    /// # Errors
    /// What the backend says, except "not yet", which is no news.
    pub fn poll(&mut self, mut changed: impl FnMut(usize, usize, bool)) -> Result<(), GpioError> {
        match self.lines.sample(&mut self.levels) {
            Ok(()) => {}
            Err(GpioError::NotYet) => return Ok(()),
            Err(error) => return Err(error),
        }
        if self.told == self.levels {
            return Ok(());
        }
        for (member, wiring) in self.members.iter().enumerate() {
            for (input, wire) in wiring.inputs.iter().enumerate() {
                let Some(wire) = wire else { continue };
                let Ok(at) = self.plan.inputs.binary_search_by_key(&wire.line, |(line, _)| *line) else {
                    continue;
                };
                if self.told.get(at) != self.levels.get(at)
                    && let Some(level) = self.levels.get(at)
                {
                    changed(member, input, *level != wire.active_low);
                }
            }
        }
        self.told.clone_from(&self.levels);
        Ok(())
    }

    /// Drives every output to its safe level. All are tried, whatever fails.
    ///
    /// # Errors
    /// The first failure.
    pub fn make_safe(&mut self) -> Result<(), GpioError> {
        let mut result = Ok(());
        for &(line, safe) in &self.plan.outputs {
            let driven = self.lines.drive(line, safe);
            if result.is_ok() {
                result = driven;
            }
        }
        result
    }
}

#[cfg(test)]
#[path = "bank_tests.rs"]
mod tests;
