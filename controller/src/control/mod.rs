//! The one step of the station.

pub mod io;
