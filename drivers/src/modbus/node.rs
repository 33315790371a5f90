//! One input/output node: its registers, and what is wanted of it.
//!
//! Owns: the contract with the node's firmware, which is this map, and the order in which outputs are written. Refuses: an order
//! that could act twice: outputs are written together with a number, and a node carries a number out once, however often the
//! frame is repeated. A crash of this side: the heartbeat ends, the node releases its guarded outputs by itself.
//!
//! ```text
//!  input registers (04)                       holding registers (16, 06)
//!   0 state: 0 boot, 1 running, 5 safe         0 command: 5 = set the outputs
//!   1 fault code   2, 3 shots, low and high    1 number of the command; carried out only when it is not the last one
//!   4 time of the last shot, ms                2 heartbeat: has to change within register 3
//!   5 heartbeat as last taken   6 firmware     3 longest time without a heartbeat, ms
//!   7, 8 inputs 0-15, 16-31                    4, 5 outputs 0-15, 16-31
//!   9, 10 outputs 0-15, 16-31
//!  11 number of the last command              discrete inputs (02) 0-31: the inputs once more
//! ```
//! Outputs 0-15 are **guarded**: they are released when the heartbeat stops (state 5), at power-up (state 0), and by their
//! emergency stop. Outputs 16-31 keep their level when the heartbeat stops: the mixer goes on, a lamp stays lit. In states 0
//! and 5 a node takes only a command without guarded outputs (else exception 4); such a command with a new heartbeat brings
//! it to state 1, without one to 5. So nothing that restarted or lost its host opens anything before it was told once to have
//! all of it off. A command without any output is always carried out, whatever its number.

use super::frame::Request;
use std::collections::VecDeque;

/// Outputs that are released when the heartbeat stops.
pub const GUARDED: u32 = 0x0000_ffff;
/// Lines of a node in the wiring: inputs are 0 to 31, outputs 32 to 63.
pub const FIRST_OUTPUT: u32 = 32;
/// Last line of a node.
pub const MAX_LINE: u32 = 63;
/// Last line that is a guarded output.
pub const LAST_GUARDED: u32 = 47;

const COMMAND_OUTPUTS: u16 = 5;
const HOLDING_HEARTBEAT: u16 = 2;
const REGISTERS: u16 = 12;

/// Most changes that wait to be written; a station's devices have fewer outputs.
const MAX_WAITING: usize = 16;

/// What a node said of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) state: u16,
    pub(super) firmware: u16,
    pub(super) inputs: u32,
    pub(super) outputs: u32,
    pub(super) number: u16,
}

impl Status {
    /// Reads the registers.
    pub(super) fn of(registers: &[u16]) -> Option<Self> {
        let word = |low: usize| {
            let (low, high) = (registers.get(low)?, registers.get(low + 1)?);
            Some(u32::from(*low) | u32::from(*high) << 16)
        };
        Some(Self {
            state: *registers.first()?,
            firmware: *registers.get(6)?,
            inputs: word(7)?,
            outputs: word(9)?,
            number: *registers.get(11)?,
        })
    }
}

/// Why a node is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// No answer, or none that fits, three times in a row.
    #[error("the node does not answer")]
    Silent,
    /// It restarted or went safe while outputs were on.
    #[error("the node restarted or released its outputs by itself")]
    Released,
    /// Its outputs are not those that were written.
    #[error("the node has other outputs than were written")]
    Disobeying,
    /// It refuses a command or a register.
    #[error("the node refuses (exception {0})")]
    Refused(u8),
    /// More changes than the line can carry.
    #[error("more changes wait than the line can carry")]
    Overrun,
    /// The line itself is gone.
    #[error("the line to the node is gone")]
    LinkLost,
}

/// What the last status means for what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Good,
    /// Safe, and nothing guarded is wanted of it: its inputs count, its outputs have to be woken.
    Asleep,
    Bad(Trouble),
}

/// What is wanted of one node, and what it was told.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// Levels to be written, in order; only the last may wait behind one that was sent.
    waiting: VecDeque<u32>,
    /// Number under which the first of them was sent.
    sent_as: Option<u16>,
    /// Levels of the last command that was answered.
    written: u32,
    number: u16,
    heartbeat: u16,
    asleep: bool,
}

impl Wanted {
    /// Everything off, whatever was wanted before.
    pub(super) fn reset(&mut self) {
        self.waiting.clear();
        self.waiting.push_back(0);
        self.sent_as = None;
        self.asleep = false;
    }

    fn last(&self) -> u32 {
        self.waiting.back().copied().unwrap_or(self.written)
    }

    /// An output has this level from now on. Switching off takes the place of everything that waits; switching on keeps its
    /// order, so that an enable never comes together with its trigger.
    pub(super) fn set(&mut self, output: u32, on: bool) -> Result<(), Trouble> {
        let bit = 1_u32.checked_shl(output).unwrap_or(0);
        let level = if on { self.last() | bit } else { self.last() & !bit };
        if level == self.last() {
            return Ok(());
        }
        if !on {
            self.waiting.clear();
            self.sent_as = None;
        } else if self.waiting.len() >= MAX_WAITING {
            return Err(Trouble::Overrun);
        }
        if on && self.asleep && self.waiting.is_empty() && level & GUARDED != 0 {
            self.waiting.push_back(self.written & !GUARDED);
        }
        self.waiting.push_back(level);
        Ok(())
    }

    /// Whether something waits, and whether it switches anything off.
    pub(super) fn waits(&self) -> Option<bool> {
        self.waiting.front().map(|level| self.written & !level != 0)
    }

    /// It is asleep although it is fed again, and nothing waits that would wake it.
    pub(super) fn wake(&mut self) {
        if self.asleep && self.waiting.is_empty() {
            self.waiting.push_back(self.written & !GUARDED);
        }
    }

    /// The command to send now. The same one again until it was answered or something was switched off meanwhile.
    pub(super) fn command(&mut self, beat: bool, silence_ms: u16) -> Option<Request> {
        let level = *self.waiting.front()?;
        let number = *self.sent_as.get_or_insert_with(|| {
            self.number = self.number.checked_add(1).unwrap_or(1);
            self.number
        });
        if beat {
            self.heartbeat = self.heartbeat.wrapping_add(1);
        }
        let (low, high) = (level & GUARDED, level >> 16);
        let word = |level: u32| u16::try_from(level).unwrap_or(0);
        let values = vec![COMMAND_OUTPUTS, number, self.heartbeat, silence_ms, word(low), word(high)];
        Some(Request::WriteAll { address: 0, values })
    }

    /// The heartbeat alone: it never sets an output, so that a node which restarted meanwhile stays off.
    pub(super) fn beat(&mut self) -> Request {
        self.heartbeat = self.heartbeat.wrapping_add(1);
        Request::Write { address: HOLDING_HEARTBEAT, value: self.heartbeat }
    }

    /// The question how it is.
    pub(super) fn question() -> Request {
        Request::ReadRegisters { address: 0, count: REGISTERS }
    }

    /// A command was answered: `number` is the one it was sent under.
    pub(super) fn answered(&mut self, number: u16) {
        if self.sent_as == Some(number)
            && let Some(level) = self.waiting.pop_front()
        {
            self.sent_as = None;
            self.written = level;
            self.asleep = false;
        }
    }

    /// Number of the command that is on its way.
    pub(super) fn sent_as(&self) -> Option<u16> {
        self.sent_as
    }

    /// Compares what the node says with what it was told. Nothing may be on its way.
    pub(super) fn compare(&mut self, status: Status) -> Standing {
        let asleep = status.state != 1;
        let expected = if asleep { self.written & !GUARDED } else { self.written };
        if asleep && self.written & GUARDED != 0 {
            return Standing::Bad(Trouble::Released);
        }
        if status.state == 0 || status.number != self.number {
            return Standing::Bad(Trouble::Released);
        }
        if status.outputs != expected {
            return Standing::Bad(Trouble::Disobeying);
        }
        self.asleep = asleep;
        if asleep { Standing::Asleep } else { Standing::Good }
    }
}
