//! What a newer daemon says that this program does not know yet: within one version of the API variants are added.
//!
//! Owns: reading a prompt and a refusal leniently. Refuses: to lose a whole picture, with every bed and alarm in it, for one word that is
//! not known: in its place stands what is safe whatever it means. Holds no state.

use super::prompt::Prompt;
use crate::procedure::refusal::Refusal;
use serde::de::{Deserialize, Deserializer, IgnoredAny};

/// A word that is known here, or any other.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Heard<T> {
    Known(T),
    Newer(IgnoredAny),
}

/// A prompt; one that is not known asks for nothing here.
pub(super) fn prompt<'de, D: Deserializer<'de>>(from: D) -> Result<Prompt, D::Error> {
    Heard::deserialize(from).map(|heard| match heard {
        Heard::Known(prompt) => prompt,
        Heard::Newer(_) => Prompt::Newer,
    })
}

/// A refusal; of one that is not known only that there was one can be said, which its error does.
pub(super) fn refusal<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Refusal>, D::Error> {
    Heard::<Option<Refusal>>::deserialize(from).map(|heard| match heard {
        Heard::Known(refusal) => refusal,
        Heard::Newer(_) => None,
    })
}
