//! What opens things: one file per kind of link. Everything else in this crate is sans-IO.

pub mod asked;
pub mod file;
pub mod gpio;
pub mod keys;
pub mod serial;
pub mod two_wires;
