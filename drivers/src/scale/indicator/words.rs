//! What a scale without a conversation can say, whatever its layout.
//!
//! Owns: the common words. Refuses: nothing. Holds no state.

use crate::scale::text::Mass;

/// One thing said by a scale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// A weight.
    Weight {
        /// Its value.
        mass: Mass,
        /// The scale calls it stable.
        stable: bool,
    },
    /// Above the range.
    Overload,
    /// Below the range.
    Underload,
    /// The scale reports an error of its own, in its words, at most 32 characters.
    Broken(String),
    /// Understood, and no weight now.
    NotNow,
    /// It does not know what it was asked.
    Refused,
    /// A word without a meaning here: an acknowledgement.
    Nothing,
}

/// Most characters of [`Word::Broken`].
pub(super) const MAX_BROKEN: usize = 32;

/// An error in the scale's own words.
pub(super) fn broken(text: &str) -> Word {
    Word::Broken(text.chars().take(MAX_BROKEN).collect())
}
