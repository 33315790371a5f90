//! The reader with a SAM module for resident ID cards of the second generation. 115200 8N1, frames with length and XOR.
//!
//! [`codec`]: bytes to frames, both ways. [`text`]: the card's text block, both ways. [`dialogue`]: find, select, read,
//! wait until the card is lifted. [`driver`]: the [`crate::Driver`]. Fingerprints are never asked for; the photo comes
//! with the text, is zeroed unread and goes nowhere.

pub mod codec;
pub mod dialogue;
pub mod driver;
pub mod text;

pub use driver::SamReader;
