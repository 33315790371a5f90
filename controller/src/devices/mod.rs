//! Devices: their drivers, made from the configuration, and the links that move their bytes.
//!
//! [`host`] is sans-IO and the same live and in simulation; [`build`] makes it from the configuration; [`links`] are the
//! daemon's serial ports and GPIO lines; [`traffic`] is the record of what goes over them.

pub mod bench;
pub mod build;
pub mod deadman;
pub mod evidence;
pub mod host;
pub(crate) mod link;
pub mod links;
pub mod nodes;
mod opening;
mod picture;
pub mod traffic;
pub mod witness;
