//! The procedure of one bed, as a sans-IO machine: facts and time in, orders and the next deadline out.
//!
//! Owns: what is allowed when, and what follows. Refuses: clocks, devices, disks, and knowledge of any other bed (shared
//! facts reach a bed as events). A crash loses the machine; a replay of its journaled events makes it again.
//!
//! Where a donation goes from where is drawn at `Phase`, in `phase.rs`. Whatever protects closes the clamp first and asks later.
//! Sampling is a checklist beside Draw, EndDraw and Pause with its own clock.

pub mod alarm;
mod bed;
mod collection;
pub mod command;
mod confirm;
mod disputed;
mod donation;
pub mod eligibility;
pub mod event;
mod fold;
mod guard;
mod happenings;
mod labels;
pub mod limits;
mod machine;
mod opening;
mod people;
pub mod phase;
mod phases;
mod programme;
mod protect;
pub(crate) mod reaction;
pub mod refusal;
mod sampling;
mod second_check;
mod senses;
mod tag;
pub mod timers;
mod tubes;
mod view;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use labels::may_be_form;
pub use machine::Procedure;
pub use second_check::CheckKind;

/// Version of the procedure's logic. Raised whenever the same events could lead to other commands.
pub const LOGIC_VERSION: u32 = 15;
