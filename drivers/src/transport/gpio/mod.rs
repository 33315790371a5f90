//! Electrical lines: one trait, three ways to reach them, and the wiring from a driver's lines to their numbers.
//!
//! Owns: [`Lines`], the errors of all backends, polarity. Refuses: to know devices. Opening drives every output to its
//! safe level first, an orderly drop does so again. What a crash leaves behind depends on the backend:
//!
//! | backend | after SIGKILL, abort or out of memory the outputs |
//! |---|---|
//! | [`rppal`] | stay as they were driven: the kernel does not know of them |
//! | [`gpiocdev`] | are given back to the kernel; inputs again under `dtparam=strict_gpiod`, else kept |
//! | [`simulated`] | stay as they were driven, on purpose: the unkind case is the one to practise |
//!
//! So no backend alone makes a crash safe. The spring of the clamp, pull-downs at every driver gate and an enable relay
//! fed by a hardware watchdog do.
//!
//! Inputs are polled: every 15 ms or sooner the control thread asks the [`Bank`] for all of them at once (one system call with
//! `gpiocdev`) and hands the changes to the drivers. That is no edge detection: a pulse shorter than two polls may be
//! missed, and the shortest that any device here is allowed to send is 50 ms.

mod bank;
pub mod gpiocdev;
pub mod rppal;
pub mod simulated;
pub mod wire;

pub use bank::{Bank, LineRef, Plan, Pull, Wiring};

/// A set of requested lines. Levels are electrical (`true` is high); polarity is the [`Bank`]'s affair.
pub trait Lines: Send {
    /// Drives an output. It stays so until driven again.
    ///
    /// # Errors
    /// The line was not requested as an output, or the backend failed.
    fn drive(&mut self, line: u32, high: bool) -> Result<(), GpioError>;

    /// Reads all requested inputs at once, in the order of [`Plan::inputs`].
    ///
    /// # Errors
    /// `into` has another length than the inputs requested, there are no levels yet, or the backend failed.
    fn sample(&mut self, into: &mut [bool]) -> Result<(), GpioError>;
}

/// Why lines cannot be had or used.
#[derive(Debug, thiserror::Error)]
pub enum GpioError {
    /// No GPIO of a Raspberry Pi: another machine, a model unknown to the library, or no right to open it.
    #[error("the Raspberry Pi's GPIO registers cannot be used: {0}")]
    Registers(#[source] ::rppal::gpio::Error),
    /// The kernel refused.
    #[error("the kernel's GPIO lines cannot be used: {0}")]
    Kernel(#[source] ::gpiocdev::Error),
    /// No chip has this label.
    #[error("no GPIO chip is labelled {label:?}; there are: {found}")]
    NoChip {
        /// What was looked for.
        label: String,
        /// Labels found, for people.
        found: String,
    },
    /// The virtual chip's socket cannot be opened.
    #[error("the virtual GPIO chip at {path} cannot be reached: {source}")]
    Socket {
        /// Where it was looked for.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The virtual chip talks nonsense.
    #[error(transparent)]
    Wire(#[from] wire::WireError),
    /// The lines were there and are no more. Open again.
    #[error("the GPIO lines are gone")]
    Gone,
    /// The lines are there and have not told their levels yet. Ask again at the next poll.
    #[error("the GPIO lines have not reported yet")]
    NotYet,
    /// A line number that this backend cannot have.
    #[error("GPIO line {0} does not exist")]
    NoSuchLine(u32),
    /// A line that was not requested, or not for this.
    #[error("GPIO line {0} was not requested for this use")]
    NotRequested(u32),
    /// A line that two outputs, or an output and an input, are wired to, or inputs that differ in their pull.
    #[error("GPIO line {0} is wired twice")]
    WiredTwice(u32),
    /// A device or line index that the wiring does not have.
    #[error("device {member} has no line {index} in the wiring")]
    NotWired {
        /// Index of the device in the bank.
        member: usize,
        /// Index of its line.
        index: usize,
    },
    /// The place for the levels has another size than the inputs.
    #[error("{wanted} levels were asked for, {requested} inputs were requested")]
    Count {
        /// Size of the place.
        wanted: usize,
        /// Inputs there are.
        requested: usize,
    },
}

/// Checks the length that [`Lines::sample`] is asked for.
fn same_count(wanted: usize, requested: usize) -> Result<(), GpioError> {
    if wanted == requested { Ok(()) } else { Err(GpioError::Count { wanted, requested }) }
}
