//! Scanners on a serial line (RS-232 or USB serial): one line of text for each read.
//!
//! [`codec`]: bytes to reads and trigger orders, both ways. [`labels`] and [`codabar`]: what a label stands for. [`driver`]: the [`crate::Driver`]. There is no dialogue: a
//! scanner answers nothing, and has no identity of its own.

pub mod codabar;
pub mod codec;
pub mod driver;
pub mod labels;

pub use codabar::{Codabar, CodabarCheck};
pub use codec::TriggerProtocol;
pub use driver::{LineScanner, LineScannerSettings};
pub use labels::Labels;
