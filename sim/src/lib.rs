//! The world outside a station: donors, devices that speak real bytes, a receiving BMS, faults.
