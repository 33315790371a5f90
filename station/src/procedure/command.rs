//! Commands: what a bed's machine orders, drained by its runtime after each event.
//!
//! Owns: their shape. Refuses: a permit without epoch and expiry, and a permit actuation sent as a protect (see
//! [`Command::protect`]). Commands are not facts: what came of them returns as events.

use super::CheckKind;
use super::alarm::AlarmCode;
use super::event::PermitId;
use crate::device::{Actuation, Direction};
use crate::draw::ClampDelay;
use crate::ident::Din;
use crate::measure::Mono;
use crate::record::DonationRecord;
use serde::{Deserialize, Serialize};

/// A bed's generation: raised by every protect, fault and phase change, so that what was allowed before is not after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(pub u32);

/// A permit that waits until every entry before it is durable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permit {
    /// Its name.
    pub id: PermitId,
    /// What it would do.
    pub actuation: Actuation,
    /// Fires only while the bed is still in this epoch.
    pub epoch: Epoch,
    /// Fires only before this instant.
    pub expires: Mono,
}

/// An order of a bed's machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Leaves at once, journaled after.
    Protect(Actuation),
    /// Waits at the permit gate.
    Permit(Permit),
    /// Tell people. The machine's own list of alarms is the truth; this is the change.
    Raise(AlarmCode),
    /// The condition of an alarm is over (a latched alarm stays until acknowledged).
    Clear(AlarmCode),
    /// Ask the BMS about this bed's donor; what it says comes back as an event.
    AskEligibility,
    /// This DIN now belongs to this bed's donation.
    BindDin(Din),
    /// This DIN must never be used.
    VoidDin(Din),
    /// The bed has learned its clamp's delay.
    ClampDelayLearned(ClampDelay),
    /// An act was done by one person and waits for the second: it is listed until then.
    CheckLater(CheckKind),
    /// The donation is closed; this is its record, to be frozen and sent.
    Close(Box<DonationRecord>),
}

impl Command {
    /// A protective order; `None` for an actuation whose row says permit.
    pub fn protect(actuation: Actuation) -> Option<Self> {
        match actuation.direction() {
            Direction::Protect => Some(Self::Protect(actuation)),
            Direction::Permit => None,
        }
    }
}
