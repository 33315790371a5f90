//! Two people: the one table of acts that need a second person.
//!
//! Owns: the table and the check. Refuses: a second person who is the first. Holds no state.

use super::donation::Donation;
use super::event::{Act, HandStep, PersonAct};
use super::refusal::Refusal;

/// Whether this act needs a second person.
fn needed(act: &Act, d: &Donation) -> bool {
    if let Act::ByHand { step, .. } = act {
        return match step {
            HandStep::Sealed
            | HandStep::Separated
            | HandStep::Diverted
            | HandStep::TubeFilled { .. }
            | HandStep::SegmentsSealed { .. }
            | HandStep::Weighed { .. } => true,
            // These protect: nobody waits for another person to pinch a line or to rock a bag.
            HandStep::ClampClosed | HandStep::Mixed => false,
        };
    }
    // The second attempt voids the old number.
    matches!(act, Act::FormSeen(_)) || (matches!(act, Act::SecondAttemptConsented) && d.din.is_some())
}

/// Checks the second person of an act.
///
/// # Errors
/// [`Refusal::SecondPersonNeeded`], [`Refusal::SamePerson`].
pub(super) fn check(act: &PersonAct, d: &Donation) -> Result<(), Refusal> {
    match (&act.by, &act.second) {
        (Some(by), Some(second)) if by == second => Err(Refusal::SamePerson),
        (_, Some(_)) => Ok(()),
        (_, None) if needed(&act.act, d) && !d.settings().single_nurse => Err(Refusal::SecondPersonNeeded),
        (_, None) => Ok(()),
    }
}
