//! Modbus RTU: frames, one exchange at a time, and the bus of input/output nodes that carries the contact devices.
//!
//! [`frame`]: bytes. [`exchange`]: one question and its answer, with times. [`node`]: the registers of a node and what is
//! wanted of it. [`bus`]: several nodes on one line, and the heartbeat that keeps each of them alive. [`turns`]: several drivers on one line.

pub mod bus;
pub mod exchange;
pub mod frame;
pub mod node;
pub mod turns;
