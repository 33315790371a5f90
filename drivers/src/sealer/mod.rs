//! Tubing sealers (radio-frequency heat). No maker publishes a serial protocol, so there is one driver: contacts.
//!
//! Owns: which lines a sealer has. Refuses: nothing of its own; the sequence and its refusals are
//! [`crate::contact::one_shot`]'s, which the needle separator shares.

use crate::contact::one_shot::{OneShot, Settings, Tool};

pub use crate::contact::one_shot::{OUTPUTS, SEALER_INPUTS as INPUTS};

/// A sealer on contacts whose link is not open yet.
pub fn contact_closure(settings: Settings) -> OneShot {
    OneShot::new(Tool::Sealer, settings)
}
