//! The world at a bed, without devices: donor and vein, the blood's way, the bag on its rocking tray, and hands.
//!
//! Owns: what is true. Refuses: to be asked by the product; devices are all that it ever sees. Time passes in steps of
//! [`STEP_US`] and nothing happens between them, so the same seed gives the same world however often it is looked at.

pub mod donor;
pub mod hand;
pub mod line;
pub mod tray;

/// Length of one step, microseconds.
pub const STEP_US: u64 = 5_000;
/// Longest step where nothing moves quickly, microseconds.
pub const LONGEST_STEP_US: u64 = 50_000;
