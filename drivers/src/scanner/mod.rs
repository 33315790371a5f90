//! Barcode scanners: what was read, as it was read. What a text means is decided elsewhere.

pub mod line;
