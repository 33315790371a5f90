//! The daemon and its command line: control thread, journal, store, upstream, operators, control socket.

pub mod clock;
pub mod control;
pub mod hex;
pub mod journal;
pub mod operators;
pub mod privacy;
pub mod socket;
pub mod store;
pub mod upstream;
