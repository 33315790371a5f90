//! The explorer: whole stations in virtual time, with everything that may go wrong, judged by checkers apart from the product.
//!
//! Owns: one run from its seed to its verdict, and many of them. Refuses: a test switch in the product: step, permit gate,
//! journal, recovery, outbox and drivers are the daemon's; clocks, disk, links and the server are the simulation's.
//!
//! A run has two phases. In the first one anything goes wrong that [`options`] has drawn, and no law may be broken. In the second
//! one all troubles end, and everything has to settle: every donation closed, every record with the BMS.
//!
//! ```text
//!   seed ─▶ options ─▶ [people] ─▶ world ◀─▶ drivers ◀─▶ step ─▶ journal ─▶ disk ─▶ [eye] ─┐
//!                      [trouble] ──┘                      └─▶ outbox ─▶ BMS                 ▼
//!                                    truth ───────────────────────────────────────────▶ checkers
//! ```

pub mod check;
pub mod clock;
pub mod command;
pub mod computer;
pub mod coverage;
pub mod eye;
pub mod journal;
mod keeper;
pub mod mishap;
pub mod options;
pub mod outcome;
mod outside;
pub mod people;
pub mod power;
pub mod run;
pub mod seen;
pub mod story;
pub mod trouble;
pub mod truth;
pub mod upstream;

pub use options::Options;
pub use outcome::{Outcome, Verdict};
pub use run::run;
