//! The procedure of one bed, as a sans-IO machine: facts and time in, orders and the next deadline out.
//!
//! Owns: what is allowed when, and what follows. Refuses: clocks, devices, disks, and knowledge of any other bed (shared
//! facts reach a bed as events). A crash loses the machine; a replay of its journaled events makes it again.
//!
//! ```text
//!                        ┌───────────── Pause ◀────────┐
//!                        ▼                             ▼
//! Idle ─▶ Identify ─▶ Label ─▶ Prepare ─▶ Venipuncture ─▶ Divert ─▶ Draw ─▶ EndDraw ─▶ NeedleOut ─▶ Seal ─▶ Separate
//!   ▲                                        │  ▲                                                            │
//!   │                                        └──┘ second attempt                                              ▼
//!   └──── Closed ◀──────────────────────────────────────────────────────────── Reconcile ◀────────────── Segments
//!
//! any phase with blood moving ── protect, fault, emergency stop ─▶ clamp closed; Pause or EndDraw
//! Venipuncture ── a device not ready, the needle not in ─▶ Prepare: the tests are done again
//! any phase ── abort ─▶ before the needle: Closed; after: the same tail from EndDraw on, donor cared for first
//! any phase but Idle and Closed ── restart ─▶ Interrupted ─▶ Draw (when allowed) or EndDraw or the phase's own safe place
//! ```
//! Sampling is a checklist beside Draw, EndDraw and Pause with its own clock.

pub mod alarm;
mod bed;
mod collection;
pub mod command;
mod confirm;
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

pub use machine::Procedure;
pub use second_check::CheckKind;

/// Version of the procedure's logic. Raised whenever the same events could lead to other commands.
pub const LOGIC_VERSION: u32 = 2;
