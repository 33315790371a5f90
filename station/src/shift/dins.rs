//! Donation numbers of a shift: received = used + voided + left.
//!
//! Owns: the rolls received and what became of each number. Refuses: a roll that is none, and one that overlaps another. A number that was on
//! none of the rolls is counted apart and never lost. Part of the shift's state.

use super::refusal::ShiftRefusal;
use crate::ident::Din;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Most numbers of one roll.
const LONGEST_ROLL: u32 = 10_000;

/// A roll of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roll {
    /// The first.
    pub first: Din,
    /// The last.
    pub last: Din,
}

impl Roll {
    /// How many numbers it has.
    pub fn count(&self) -> u32 {
        match (number(&self.first), number(&self.last)) {
            (Some(first), Some(last)) if first <= last => last - first + 1,
            (Some(_) | None, Some(_) | None) => 0,
        }
    }

    /// Whether it is one: same facility and year, first not after last, not over-long.
    pub(super) fn check(&self) -> Result<(), ShiftRefusal> {
        let alike = self.first.facility() == self.last.facility() && self.first.year() == self.last.year();
        if alike && (1..=LONGEST_ROLL).contains(&self.count()) {
            Ok(())
        } else {
            Err(ShiftRefusal::NotARoll { first: self.first, last: self.last })
        }
    }

    /// Whether a number is on it. Numbers of equal length compare as their text does.
    pub fn holds(&self, din: &Din) -> bool {
        self.first <= *din && *din <= self.last
    }

    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

fn number(din: &Din) -> Option<u32> {
    din.sequence().parse().ok()
}

/// The balance of a shift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Balance {
    /// Received on rolls.
    pub received: u32,
    /// Of these used.
    pub used: u32,
    /// Of these voided.
    pub voided: u32,
    /// Used or voided here and on none of the rolls.
    pub strange: u32,
    /// Left over, as counted.
    pub left: Option<u32>,
}

impl Balance {
    /// What should be left over.
    pub fn expected(&self) -> u32 {
        self.received.saturating_sub(self.used.saturating_add(self.voided))
    }

    /// Whether received = used + voided + left, and nothing came from elsewhere. Where no rolls are received there is nothing to compare.
    pub fn holds(&self) -> bool {
        self.received == 0 || self.left == Some(self.expected()) && self.strange == 0
    }
}

/// Counts what became of the rolls' numbers.
pub(super) fn balance(
    rolls: &[Roll],
    used: &BTreeSet<Din>,
    voided: &BTreeSet<Din>,
    left: Option<u32>,
) -> Balance {
    let on_a_roll = |din: &&Din| rolls.iter().any(|roll| roll.holds(din));
    let count = |set: &BTreeSet<Din>| u32::try_from(set.iter().filter(on_a_roll).count()).unwrap_or(u32::MAX);
    let all = u32::try_from(used.len() + voided.len()).unwrap_or(u32::MAX);
    let (used, voided) = (count(used), count(voided));
    Balance {
        received: rolls.iter().map(Roll::count).sum(),
        used,
        voided,
        // Without rolls there is nothing to be strange to.
        strange: if rolls.is_empty() { 0 } else { all.saturating_sub(used + voided) },
        left,
    }
}
