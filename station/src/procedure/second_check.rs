//! Two people: the one table of acts that need a second person, at a bed and beside it.
//!
//! Owns: the table ([`CheckKind`]), who is qualified to be the second, and the check at a bed. Refuses: a second person who is the first.
//! What is in no row cannot be allowed by a second person at all: identity mismatch, expired bag and failed daily check are refused before
//! this table is asked, whoever stands there. Holds no state.

use super::donation::Donation;
use super::event::{Act, HandStep, PersonAct, Role};
use super::refusal::Refusal;
use serde::{Deserialize, Serialize};

/// The rows of the table: what needs a second person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckKind {
    /// A donor's identity was typed.
    TypedIdentity,
    /// Screening and consent were read from the paper form.
    Screening,
    /// A donation number was typed.
    TypedDin,
    /// A donation number is voided for a second attempt.
    VoidedDin,
    /// A seal or separation was ordered and nobody knows what came of it.
    UnknownOutcome,
    /// A step was completed by hand.
    ByHand,
    /// A donation on paper is entered later.
    EnteredLater,
    /// A closed record is corrected.
    Correction,
    /// Date and time are confirmed.
    ClockConfirmed,
    /// Changed settings are confirmed.
    LimitsChanged,
}

impl CheckKind {
    /// The whole table.
    pub const ALL: [Self; 10] = [
        Self::TypedIdentity,
        Self::Screening,
        Self::TypedDin,
        Self::VoidedDin,
        Self::UnknownOutcome,
        Self::ByHand,
        Self::EnteredLater,
        Self::Correction,
        Self::ClockConfirmed,
        Self::LimitsChanged,
    ];

    /// Whether a person of this role may be the second.
    pub fn qualifies(self, role: Role) -> bool {
        match (self, role) {
            (_, Role::Auditor) => false,
            (
                Self::TypedIdentity
                | Self::Screening
                | Self::TypedDin
                | Self::VoidedDin
                | Self::UnknownOutcome
                | Self::ByHand
                | Self::EnteredLater,
                role,
            ) => role.may_permit(),
            (Self::Correction, role) => matches!(role, Role::Lead | Role::Quality),
            (Self::ClockConfirmed, _) => true,
            (Self::LimitsChanged, role) => matches!(role, Role::Lead | Role::Quality | Role::Admin),
        }
    }
}

/// The row of an act at a bed; `None` when one person is enough.
fn row(act: &Act, d: &Donation) -> Option<CheckKind> {
    if let Act::ByHand { step, .. } = act {
        return match step {
            HandStep::Sealed
            | HandStep::Separated
            | HandStep::Diverted
            | HandStep::TubeFilled { .. }
            | HandStep::SegmentsSealed { .. }
            | HandStep::Weighed { .. } => Some(CheckKind::ByHand),
            // These protect: nobody waits for another person to pinch a line or to rock a bag.
            HandStep::ClampClosed | HandStep::Mixed => None,
        };
    }
    if matches!(act, Act::FormSeen(_)) {
        return Some(CheckKind::Screening);
    }
    // The second attempt voids the old number.
    if matches!(act, Act::SecondAttemptConsented) && d.din.is_some() {
        return Some(CheckKind::VoidedDin);
    }
    let inspected = matches!(act, Act::SealInspected { .. } | Act::SeparationInspected { .. });
    // What a running station could not hear of a tool one nurse looks at; what was lost in a restart takes two.
    (inspected && d.restarted).then_some(CheckKind::UnknownOutcome)
}

/// Checks the second person of an act. Gives the row for which a second person has still to look at it, where the site lets it wait.
///
/// # Errors
/// [`Refusal::SecondPersonNeeded`], [`Refusal::SamePerson`].
pub(super) fn check(act: &PersonAct, d: &Donation) -> Result<Option<CheckKind>, Refusal> {
    if act.act.needs_no_second() {
        return Ok(None);
    }
    match (&act.by, &act.second) {
        (Some(by), Some(second)) if by == second => Err(Refusal::SamePerson),
        (_, Some(_)) => Ok(None),
        (_, None) => match row(&act.act, d) {
            Some(_) if !d.settings().single_nurse => Err(Refusal::SecondPersonNeeded),
            waits => Ok(waits),
        },
    }
}
