//! The nurse terminal: a client of the control socket.
//!
//! Owns: showing the station to people and turning keys into requests. Refuses: safety logic and hardware: the daemon
//! checks every request, so a terminal that crashes, hangs or loses its line changes nothing at a bed. Holds only what is
//! on the screen; a crash loses a half-typed form and the sign-in.
//!
//! ```text
//! keys, mouse ─┐                        ┌─ render(frame, area, app)   one area per file in `view`
//! socket lines ┼─▶ update(app, message) ┤
//! ticks ───────┘                        └─ effects: send a request, press the companion, ring, quit
//! ```
//! Reading order: [`app`], [`update`], [`irreversible`], [`choices`], [`view`], [`words`], [`link`], [`terminal`].

pub mod after;
pub mod alarm_log;
pub mod app;
pub mod choices;
pub mod cli;
pub mod companion;
#[cfg(test)]
pub(crate) mod fixtures;
pub mod form;
pub mod irreversible;
pub mod link;
pub mod lost;
pub mod menu;
pub mod shift;
pub mod terminal;
pub mod update;
pub mod view;
pub mod whole_name;
pub mod words;

pub use companion::{Companion, Offer, Page, WhichScreen};
pub use terminal::{TerminalError, TerminalSettings, run};
