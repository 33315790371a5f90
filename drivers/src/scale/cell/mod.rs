//! Load cells without a scale round them: a bridge converter of the kernel's (IIO), read as raw numbers.
//!
//! [`points`] makes grams of them by two known weights, [`driver`] asks and judges. Such a scale is nobody's approved instrument: whoever
//! builds one has it calibrated, and the certificate goes into every record.

pub mod driver;
pub mod points;

pub use driver::{Cell, CellSettings, Coding};
pub use points::{Points, PointsError};
