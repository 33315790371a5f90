//! A bed's machine behind a wall: whatever panics in it stays in its bed.
//!
//! Owns: the seam between the step and the procedure ([`Machine`]) and the wall ([`Guarded`]). Refuses: a second chance: a
//! machine that panicked is latched safe and never decides again in this run. A crash loses it; a replay makes it again.

use station::api::BedView;
use station::device::Actuation;
use station::ident::DonationId;
use station::measure::Mono;
use station::procedure::Procedure;
use station::procedure::command::{Command, Epoch};
use station::procedure::event::Event;
use station::procedure::phase::PhaseName;
use station::procedure::refusal::Refusal;
use station::procedure::timers::Timer;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What the step needs to know of a machine beside its commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Its generation of permits.
    pub epoch: Epoch,
    /// Where the donation is.
    pub phase: PhaseName,
    /// The donation.
    pub donation: Option<DonationId>,
    /// Needles in the bed's sharps bin.
    pub binned: u32,
    /// Whether an emergency stop is not over yet.
    pub stopped: bool,
}

/// What a bed's deadman asks.
pub trait Watched {
    /// Whether the guard finds nothing that demands a protective act.
    fn guard_passes(&self, now: Mono) -> bool;
}

impl Watched for Procedure {
    fn guard_passes(&self, now: Mono) -> bool {
        Procedure::guard_passes(self, now)
    }
}

/// One bed's procedure, as the step uses it. Calling order: `handle`, then drain `poll_command`, then `next_timeout`.
pub trait Machine: Watched + Send {
    /// Takes a fact.
    ///
    /// # Errors
    /// [`Refusal`] when nothing advanced.
    fn handle(&mut self, now: Mono, event: &Event) -> Result<(), Refusal>;
    /// The next order.
    fn poll_command(&mut self) -> Option<Command>;
    /// The earliest timer.
    fn next_timeout(&self) -> Option<Mono>;
    /// The timer that is due.
    fn due(&self, now: Mono) -> Option<Timer>;
    /// Whether a permit may fire on present readings.
    ///
    /// # Errors
    /// [`Refusal`] of the guard.
    fn may_fire(&self, now: Mono, actuation: Actuation) -> Result<(), Refusal>;
    /// Epoch, phase and donation.
    fn standing(&self) -> Standing;
    /// All that a terminal shows of it.
    fn view(&self, now: Mono) -> BedView;
    /// Goes to its safe state for good.
    fn latch_safe(&mut self, now: Mono);
}

impl Machine for Procedure {
    fn handle(&mut self, now: Mono, event: &Event) -> Result<(), Refusal> {
        Procedure::handle(self, now, event)
    }
    fn poll_command(&mut self) -> Option<Command> {
        Procedure::poll_command(self)
    }
    fn next_timeout(&self) -> Option<Mono> {
        Procedure::next_timeout(self)
    }
    fn due(&self, now: Mono) -> Option<Timer> {
        Procedure::due(self, now)
    }
    fn may_fire(&self, now: Mono, actuation: Actuation) -> Result<(), Refusal> {
        Procedure::may_fire(self, now, actuation)
    }
    fn standing(&self) -> Standing {
        Standing {
            epoch: self.epoch(),
            phase: self.phase(),
            donation: self.donation(),
            binned: self.binned(),
            stopped: self.is_stopped(),
        }
    }
    fn view(&self, now: Mono) -> BedView {
        Procedure::view(self, now)
    }
    fn latch_safe(&mut self, now: Mono) {
        Procedure::latch_safe(self, now);
    }
}

/// The machine panicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Panicked;

/// What one event did to a machine.
#[derive(Debug)]
pub struct Handled {
    /// Why it was refused, if it was.
    pub refused: Option<Refusal>,
    /// The orders, in order.
    pub commands: Vec<Command>,
}

/// Most commands of one event: more is a machine that has lost itself.
const MAX_COMMANDS: usize = 64;

/// A machine that cannot take others with it.
pub struct Guarded {
    machine: Box<dyn Machine>,
    standing: Standing,
    next: Option<Mono>,
    failed: bool,
}

/// The machine's earliest timer; at once when it cannot even say that any more.
fn ask_next(machine: &dyn Machine) -> Option<Mono> {
    catch_unwind(AssertUnwindSafe(|| machine.next_timeout())).unwrap_or(Some(Mono::default()))
}

impl Guarded {
    /// Walls a machine in.
    pub fn new(machine: Box<dyn Machine>) -> Self {
        let (standing, next) = (machine.standing(), ask_next(&*machine));
        Self { machine, standing, next, failed: false }
    }

    /// Whether it has panicked. Then it takes no more events.
    pub fn has_failed(&self) -> bool {
        self.failed
    }

    /// Epoch, phase and donation after the last event.
    pub fn standing(&self) -> Standing {
        self.standing
    }

    /// Gives an event to the machine and takes all its orders. A failed one refuses everything.
    ///
    /// # Errors
    /// [`Panicked`]: the machine is latched safe from now on; what it had ordered so far is lost.
    pub fn handle(&mut self, now: Mono, event: &Event) -> Result<Handled, Panicked> {
        if self.failed {
            return Ok(Handled { refused: Some(Refusal::NotNow), commands: Vec::new() });
        }
        let machine = &mut self.machine;
        let result = catch_unwind(AssertUnwindSafe(|| {
            let refused = machine.handle(now, event).err();
            let mut commands = Vec::new();
            while let Some(command) = machine.poll_command() {
                commands.push(command);
                assert!(commands.len() <= MAX_COMMANDS, "a machine orders without end");
            }
            (refused, commands, machine.standing())
        }));
        match result {
            Ok((refused, commands, standing)) => {
                (self.standing, self.next) = (standing, ask_next(&*self.machine));
                Ok(Handled { refused, commands })
            }
            Err(_) => Err(self.fail(now)),
        }
    }

    /// Makes the machine safe for good. What it still orders is not asked for: its bed's protects are driven by the step.
    pub fn latch_safe(&mut self, now: Mono) {
        self.fail(now);
    }

    fn fail(&mut self, now: Mono) -> Panicked {
        self.failed = true;
        let machine = &mut self.machine;
        // It may panic again while it makes itself safe: the step drives the protects whatever happens here.
        let latched = catch_unwind(AssertUnwindSafe(|| {
            machine.latch_safe(now);
            while machine.poll_command().is_some() {}
            machine.standing()
        }));
        if let Ok(standing) = latched {
            self.standing = standing;
        }
        Panicked
    }

    /// Whether a permit may fire. Never for a failed machine.
    pub fn may_fire(&self, now: Mono, actuation: Actuation) -> Result<(), Refusal> {
        if self.failed {
            return Err(Refusal::NotNow);
        }
        catch_unwind(AssertUnwindSafe(|| self.machine.may_fire(now, actuation)))
            .unwrap_or(Err(Refusal::NotNow))
    }

    /// Whether the bed's energy may stay on. Never for a failed machine.
    pub fn guard_passes(&self, now: Mono) -> bool {
        !self.failed && catch_unwind(AssertUnwindSafe(|| self.machine.guard_passes(now))).unwrap_or(false)
    }

    /// The earliest timer, after the last event, of a machine that still decides.
    pub fn next_timeout(&self) -> Option<Mono> {
        self.next.filter(|_| !self.failed)
    }

    /// The timer that is due.
    ///
    /// # Errors
    /// [`Panicked`]: the machine is latched safe from now on.
    pub fn due(&mut self, now: Mono) -> Result<Option<Timer>, Panicked> {
        if self.next_timeout().is_none_or(|at| at > now) {
            return Ok(None);
        }
        let machine = &self.machine;
        catch_unwind(AssertUnwindSafe(|| machine.due(now))).map_err(|_| self.fail(now))
    }

    /// All that a terminal shows of it; `None` when it cannot even say that any more.
    pub fn view(&self, now: Mono) -> Option<BedView> {
        catch_unwind(AssertUnwindSafe(|| self.machine.view(now))).ok()
    }
}
