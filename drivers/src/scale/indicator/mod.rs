//! Scales that say little more than their weight: A&D, Sartorius SBI, and any indicator whose output has fixed columns.
//!
//! [`words`]: what any of them can say. [`and`], [`sbi`], [`columns`]: the layouts. [`driver`]: the [`crate::Driver`] of all.
//! Many of them have no serial number to say, and of those another unit at the same cable is not noticed: a site that may swap
//! scales sees in `hemostation doctor` whether its own has.

pub mod and;
pub mod columns;
pub mod driver;
pub mod sbi;
mod who;
pub mod words;

pub use columns::{Check, Columns, Point};
pub use driver::{Dialect, Indicator, IndicatorSettings};
