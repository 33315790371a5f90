//! Scales that say little more than their weight: A&D, Sartorius SBI, and any indicator whose output has fixed columns.
//!
//! [`words`]: what any of them can say. [`and`], [`sbi`], [`columns`]: the layouts. [`driver`]: the [`crate::Driver`] of all.
//! None of them says its serial number reliably, so another unit at the same cable is not noticed: a site that may swap
//! scales needs MT-SICS.

pub mod and;
pub mod columns;
pub mod driver;
pub mod sbi;
pub mod words;

pub use columns::{Check, Columns, Point};
pub use driver::{Dialect, Indicator, IndicatorSettings};
