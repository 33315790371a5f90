//! Journaled entries back into a bed's machine: recovery, audit and tests use the same.
//!
//! Owns: feeding each event to the same code that took it live, and telling a donation of another logic version apart. The
//! orders that come out are what was ordered then; whoever recovers must not carry them out. Refuses: acting, and deciding
//! anew for a donation that another logic led: its facts are folded and the bed is interrupted. Holds only the machine.

use crate::ident::BedId;
use crate::measure::Mono;
use crate::procedure::command::Command;
use crate::procedure::event::Event;
use crate::procedure::{LOGIC_VERSION, Procedure};

/// One bed's replay. Feed it every event entry of that bed in journal order, then take the machine.
#[derive(Debug, Clone)]
pub struct Replay {
    machine: Procedure,
    folding: bool,
}

impl Replay {
    /// A bed before its first entry.
    pub fn new(bed: BedId) -> Self {
        Self { machine: Procedure::new(bed), folding: false }
    }

    /// One event entry: when, what, and whether it was refused then. Answers with what was ordered then; while a donation of
    /// another logic version is folded, with the donation numbers alone that its facts bind and void.
    pub fn feed(&mut self, at: Mono, event: &Event, refused: bool) -> Vec<Command> {
        if let Event::Opened(opening) = event {
            self.folding = opening.logic != LOGIC_VERSION && self.machine.is_idle();
        }
        if self.folding {
            self.machine.fold(at, event, refused);
            self.folding = !self.machine.is_idle();
            return std::iter::from_fn(|| self.machine.poll_command()).collect();
        }
        // The same event in the same state is refused the same way: the answer is in the journal already.
        if self.machine.handle(at, event).is_err() && !refused {
            // Taken then and refused now can only be a damaged journal; verification of the journal finds that.
            self.machine.latch_safe(at);
        }
        std::iter::from_fn(|| self.machine.poll_command()).collect()
    }

    /// Whether a donation of another logic version is under way: [`Event::Restarted`] has to say so.
    pub fn logic_changed(&self) -> bool {
        self.folding
    }

    /// The machine as it was at the last entry. Hand it [`Event::Restarted`] next.
    pub fn finish(self) -> Procedure {
        self.machine
    }
}
