//! Where a donation is.
//!
//! Owns: the names of the phases. Refuses: flags beside the phase that would change its meaning.

use serde::{Deserialize, Serialize};

/// Name of a phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhaseName {
    /// Bed free.
    Idle,
    /// The donor is made sure of.
    Identify,
    /// Form, bag and tubes get one DIN.
    Label,
    /// Bag on the tray, devices prove themselves.
    Prepare,
    /// Arm, second question, needle.
    Venipuncture,
    /// First blood to the pouch.
    Divert,
    /// Blood to the bag.
    Draw,
    /// Clamp closed, needle in.
    Pause,
    /// Clamped for good, needle still in.
    EndDraw,
    /// Needle out, to be guarded.
    NeedleOut,
    /// Needle side to be sealed.
    Seal,
    /// Needle to be taken off.
    Separate,
    /// Segments.
    Segments,
    /// Second scan of everything.
    Reconcile,
    /// Closed; the bed is to be cleared.
    Closed,
    /// After a restart: a person decides.
    Interrupted,
}
