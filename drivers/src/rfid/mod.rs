//! Readers of ISO 15693 tags on bags.
//!
//! [`feig`] and [`rr3036`] are two makers' frames, [`driver`] asks either the same questions: which tag is in the field, and what number
//! stands in it. A tag is compared with the printed labels; it never takes their place.

pub mod driver;
pub mod feig;
pub mod rr3036;
mod words;

pub use driver::{Dialect, RfidReader, RfidSettings};
pub use words::{Answer, Question};
