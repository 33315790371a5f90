//! An independent model of a draw, to measure the estimator with.
//!
//! [`bed`] is the physics: rocking at 0.2 to 0.27 Hz with 2 to 10 g on the scale and 15 % of its second and third harmonic,
//! 5 % of tacho jitter, slosh at 1 to 2 Hz, scale steps of 0.1 and 1 g, 0 to 300 ms of scale filter, 1 % of lost weights,
//! flow of 20 to 150 mL/min that wanders by 10 % (over 10 s) and stops suddenly, a clamp delay of 80 to 250 ms with 10 ms
//! of jitter, pushes of up to 40 g for up to 1 s, lasting steps. [`draws`] lets the product's estimator clamp, [`table`]
//! counts how far from the target bags ended, [`trace`] runs the estimator over a recorded trace.
//!
//! It shares neither code nor constants with the estimator or with the estimator's own tests, so that one mistake cannot
//! hide another. Same seed, same result.

pub mod bed;
pub mod command;
pub mod dice;
pub mod draws;
pub mod table;
pub mod trace;

pub use bed::Troubles;
pub use draws::{Outcome, Plan};
pub use table::Table;
