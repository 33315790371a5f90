//! The world outside a station: donors, devices that speak real bytes, a receiving BMS, faults.
//!
//! Nothing of the product imports this crate. Everything in it follows from a seed.
//!
//! [`world`] is what is true at a bed; [`devices`] is what the station can see of it; [`bed`] is both together. [`pty`],
//! [`uinput`] and [`vgpio`] bind them to ports and lines for a daemon in another process; [`bms`] is the receiving side of records;
//! [`site`] holds all beds, labels and donors of one simulated station;
//! [`draw_model`] is another model of a draw alone, to measure the estimator with;
//! [`nurse`] does what its screens ask; [`headless`] is all of it and the station in one process and virtual time;
//! [`explore`] is the same with everything that may go wrong, and with checkers.

pub mod bed;
pub mod bms;
pub mod client;
mod clocked_port;
pub mod companion;
pub mod devices;
pub mod draw_model;
pub mod explore;
pub mod guide;
pub mod headless;
pub mod live;
pub mod nurse;
pub mod out;
pub mod prng;
pub mod pty;
pub mod report;
pub mod show;
pub mod site;
pub mod staff;
pub mod stage;
pub mod trick;
pub mod uinput;
pub mod vgpio;
pub mod world;
