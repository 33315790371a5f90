//! Load cells without a scale round them: a bridge converter of the kernel's (IIO), read as raw numbers, or an HX711 whose bits
//! this program shifts out itself.
//!
//! [`points`] makes grams of them by two known weights, [`driver`] asks and judges, [`shift`] is the HX711's two lines. Such a
//! scale is nobody's approved instrument: whoever builds one has it calibrated, and the certificate goes into every record.

pub mod driver;
pub mod points;
pub mod shift;

pub use driver::{Cell, CellSettings, Coding};
pub use points::{Points, PointsError};
pub use shift::{Shifted, Shifter, TwoWires};
