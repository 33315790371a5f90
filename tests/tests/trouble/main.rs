//! Bad input, broken devices, pulled cables, a stalled journal, crashes and a BMS that misbehaves: the product's whole chain in
//! one process and in virtual time, on real bytes, with a real journal, a real index and a real HTTP receiver.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "all of this crate is a test")]

mod aftercare;
mod bench;
mod cables;
mod contacts;
mod faults;
mod golden;
mod labels;
mod looks;
mod permits;
mod privacy;
mod restart;
mod shared_line;
mod shift;
mod upstream;
