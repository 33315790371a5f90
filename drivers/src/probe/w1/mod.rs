//! DS18B20 sensors on a 1-wire line, read through the kernel's `w1_slave` file.
//!
//! [`scratchpad`] reads the file's text, [`driver`] asks for it and judges. The file begins a conversion when it is read, which
//! takes up to 750 ms; the transport reads it in a thread of its own.

pub mod driver;
pub mod scratchpad;

pub use driver::{W1Probe, W1Settings};
