//! MT-SICS, the command set of Mettler-Toledo's scales and of many others that speak it. 9600 8N1, lines of ASCII.
//!
//! [`codec`]: lines to replies and commands, both ways. [`dialogue`]: what was asked, what may come, how long it may
//! take. [`driver`]: the [`crate::Driver`] made of both.

pub mod codec;
pub mod dialogue;
pub mod driver;

pub use driver::{MtSics, MtSicsSettings};
