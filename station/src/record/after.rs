//! What is said of a donation after it was closed, and what it changes in the record.
//!
//! Owns: reactions that come late, the donor's word that the unit should not be used, segments sealed later; each makes the next
//! version of the record. Refuses: changing anything else (that is a correction), and the same twice. Holds no state.

use super::{Disposition, DonationRecord, MAX_REACTIONS};
use crate::ident::{Din, DonationId};
use crate::measure::Wall;
use crate::procedure::event::Reaction;
use crate::procedure::refusal::Refusal;
use serde::{Deserialize, Serialize};

/// Which closed donation is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Which {
    /// By its number.
    Donation(DonationId),
    /// By its DIN.
    Din(Din),
}

/// What is said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AfterClosing {
    /// A reaction that came, or was told, late.
    Reaction(Reaction),
    /// The donor asks that the unit not be used, without having to say why.
    SelfExclusion,
    /// The segments that were not sealed at the bed are.
    SegmentsSealed {
        /// How many, 1 to 12.
        count: u8,
    },
}

impl AfterClosing {
    /// Whether it has to reach the receiver before any ordinary record.
    pub fn is_urgent(&self) -> bool {
        match self {
            Self::Reaction(_) | Self::SelfExclusion => true,
            Self::SegmentsSealed { .. } => false,
        }
    }
}

impl DonationRecord {
    /// Whether segments were left for later and are still to be sealed: a set without a unit has none that anybody needs.
    pub fn owes_segments(&self) -> bool {
        self.segments_later && self.segments.is_none() && self.disposition != Disposition::NoUnit
    }

    /// Takes it into the record.
    ///
    /// # Errors
    /// [`Refusal`]; the record is as it was.
    pub fn take_after_closing(&mut self, what: &AfterClosing, now: Wall) -> Result<(), Refusal> {
        match what {
            AfterClosing::Reaction(reaction) => {
                reaction.check()?;
                if self.reactions.len() >= MAX_REACTIONS {
                    return Err(Refusal::NotNow);
                }
                self.reactions.push(Reaction { at: None, said: Some(now), ..reaction.clone() });
            }
            AfterClosing::SelfExclusion => {
                if self.self_excluded {
                    return Err(Refusal::NotNow);
                }
                self.self_excluded = true;
                if self.disposition != Disposition::NoUnit {
                    self.disposition = Disposition::DiscardProposed;
                }
            }
            AfterClosing::SegmentsSealed { count } => {
                let open = self.segments.is_none() && self.disposition != Disposition::NoUnit;
                if !open || !(1..=12).contains(count) {
                    return Err(Refusal::NotNow);
                }
                self.segments = Some(*count);
                self.segments_later = false;
            }
        }
        Ok(())
    }
}
