//! Thermometers: of the blood refrigerator, the transport box, the bus.
//!
//! [`w1`] reads DS18B20 sensors through the kernel, [`modbus`] registers of transmitters on RS-485. Both tell a temperature with
//! the probe's calibration added, or why there is none; a reading that cannot be believed is no reading. Whether a temperature is
//! right is the site's range to say, in the controller.

pub mod modbus;
mod report;
pub mod w1;
