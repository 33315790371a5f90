//! Needle separators: take the needle off the sealed line and drop it into the sharps bin.
//!
//! Owns: which lines a separator has: a sealer's and the bin switch. Refuses: nothing of its own; the sequence and its
//! refusals are [`crate::contact::one_shot`]'s. A full bin counts as not ready.

use crate::contact::one_shot::{OneShot, Settings, Tool};

pub use crate::contact::one_shot::{OUTPUTS, SEPARATOR_INPUTS as INPUTS};

/// A separator on contacts whose link is not open yet.
pub fn contact_closure(settings: Settings) -> OneShot {
    OneShot::new(Tool::Separator, settings)
}
