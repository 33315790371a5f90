//! The companion: somebody outside who can do what a key cannot, such as a simulated donor in a demonstration.
//!
//! Owns: the seam. Refuses: any way to answer for the nurse: a companion only says what `F2` would do in its world, or on its
//! pages (`F3`) what may happen there, and does it there; the terminal then sees it through the station like everything
//! else. The product runs without one.

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
    /// The shift's page.
    Shift,
    /// A second person is asked for; whether the number is there and the PIN is wanted.
    SecondPerson {
        /// The PIN is the next thing to type.
        wants_pin: bool,
    },
    /// The form of a donation on paper, whose number is still to be read.
    Paper,
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

/// A page of a companion, behind `F3`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Its title, short.
    pub title: String,
    /// Its lines: one is marked, long ones are wrapped.
    pub lines: Vec<String>,
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

    /// Its pages, at least one with a line.
    fn pages(&self, language: Language) -> Vec<Page>;

    /// This line of this page was chosen, by their places. A line that only says something does nothing.
    fn choose(&mut self, bed: Option<BedId>, page: usize, line: usize);
}
