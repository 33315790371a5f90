//! Scales: they weigh the bag on its tray, gross. The tare is kept by the station, never by a scale.

pub mod cell;
pub mod indicator;
pub mod mt_sics;
mod report;
mod rest;
#[cfg(test)]
mod testing;
pub mod text;
