//! The companion: somebody outside who can do what a key cannot, such as a simulated donor in a demonstration.
//!
//! Owns: the seam. Refuses: any way to answer for the nurse: a companion only says what `F2` would do in its world, and
//! does it there; the terminal then sees it through the station like everything else. The product runs without one.

use crate::words::Language;
use station::api::Snapshot;
use station::ident::BedId;

/// What is on the screen, as far as a companion has to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhichScreen {
    /// Signing in; whether a staff number is there already and the PIN is wanted.
    SignIn {
        /// The PIN is the next thing to type.
        wants_pin: bool,
    },
    /// All beds.
    Overview,
    /// One bed.
    Bed,
    /// A second person is asked for; whether the number is there and the PIN is wanted.
    SecondPerson {
        /// The PIN is the next thing to type.
        wants_pin: bool,
    },
    /// A question, a choice, help, or no connection.
    Elsewhere,
}

/// What a companion offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Offer {
    /// Shown behind `[F2]`, in the language asked for; at most 44 columns wide.
    Press(String),
    /// Shown as a hint to type exactly this, e.g. the demonstration's PIN.
    Type(String),
}

/// Somebody outside who can do what a key cannot. Asked before every frame; has to be quick.
pub trait Companion: Send {
    /// What `F2` would do now, or what to type.
    fn offer(
        &mut self,
        snapshot: &Snapshot,
        bed: Option<BedId>,
        screen: WhichScreen,
        language: Language,
    ) -> Option<Offer>;

    /// `F2` was pressed.
    fn press(&mut self, snapshot: &Snapshot, bed: Option<BedId>, screen: WhichScreen);
}
