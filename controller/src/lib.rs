//! The daemon and its command line: control thread, journal, store, upstream, operators, control socket.

pub mod hex;
pub mod operators;
pub mod privacy;
