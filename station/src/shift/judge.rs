//! Whether an event of a shift may be taken: person and role first, then the second person, then the moment.
//!
//! Owns: the rules. Refuses: everything else with its reason. Holds no state.

use super::At;
use super::dins::Roll;
use super::event::ShiftEvent;
use super::refusal::{Bounded, ShiftRefusal};
use super::scale::Weighed;
use super::settings::ShiftSettings;
use super::state::{MAX_LOTS_USED, MAX_PEOPLE, MAX_ROLLS, OpenShift, ShiftState};
use crate::procedure::CheckKind;
use crate::procedure::event::{ActingOperator, Role};

/// Most characters of a note or a reason.
pub(crate) const MAX_TEXT: usize = 80;

pub(super) fn judge(
    state: &ShiftState,
    settings: &ShiftSettings,
    at: At,
    event: &ShiftEvent,
) -> Result<(), ShiftRefusal> {
    match event {
        ShiftEvent::Opened { by, .. } => {
            bedside(by)?;
            if state.open.is_some() { Err(ShiftRefusal::AlreadyOpen) } else { Ok(()) }
        }
        ShiftEvent::SignedIn(operator) => signed_in(state, operator),
        ShiftEvent::DinsReceived { first, last, by } => {
            bedside(by)?;
            roll(open(state)?, Roll { first: *first, last: *last })
        }
        ShiftEvent::ScaleCheckBegun { by, .. } => technical(by),
        ShiftEvent::ScaleWeighed { bed, by, gross, .. } => {
            technical(by)?;
            let checking = state.checking.get(bed).ok_or(ShiftRefusal::NoCheck(*bed))?;
            checking.weigh(*gross, settings).map(|_: Weighed| ())
        }
        ShiftEvent::ScaleCheckStopped(bed) => {
            if state.checking.contains_key(bed) {
                Ok(())
            } else {
                Err(ShiftRefusal::NoCheck(*bed))
            }
        }
        ShiftEvent::LotOpened { lot, by } => {
            lot_opened(state, by).and_then(|()| lot.may_open(at.day, settings))
        }
        ShiftEvent::ClockConfirmed { by, second, .. } => match at.day {
            Some(_) => Err(ShiftRefusal::ClockTrusted),
            None => two(CheckKind::ClockConfirmed, by, second),
        },
        ShiftEvent::LimitsConfirmed { .. } if state.limits_changed.is_empty() => {
            Err(ShiftRefusal::NothingChanged)
        }
        ShiftEvent::LimitsConfirmed { by, second } => two(CheckKind::LimitsChanged, by, second),
        ShiftEvent::CheckCleared { number, by } => check_cleared(state, *number, by),
        ShiftEvent::Corrected { by, second, why, .. } => {
            text(why)?;
            two(CheckKind::Correction, by, second)
        }
        ShiftEvent::DeviationCleared { number, by, note } => deviation_cleared(state, *number, by, note),
        ShiftEvent::DinsLeft { by, .. } => bedside(by).and_then(|()| open(state).map(|_| ())),
        ShiftEvent::Closed { by, .. } => bedside(by).and_then(|()| closed(state)),
        // Facts: they have happened.
        ShiftEvent::SignedOut(_)
        | ShiftEvent::LotPutAway(_)
        | ShiftEvent::LimitsFound { .. }
        | ShiftEvent::CheckWaits { .. }
        | ShiftEvent::DonationClosed(_)
        | ShiftEvent::SegmentsDone(_)
        | ShiftEvent::DinUsed(_)
        | ShiftEvent::DinVoided(_)
        | ShiftEvent::DeviationOpened { .. } => Ok(()),
    }
}

fn signed_in(state: &ShiftState, operator: &ActingOperator) -> Result<(), ShiftRefusal> {
    let full = state.people.len() >= MAX_PEOPLE && !state.people.contains_key(&operator.id);
    if full { Err(ShiftRefusal::TooMany(Bounded::People)) } else { Ok(()) }
}

fn lot_opened(state: &ShiftState, by: &ActingOperator) -> Result<(), ShiftRefusal> {
    bedside(by)?;
    let full = state.open.as_ref().is_some_and(|open| open.lots.len() >= MAX_LOTS_USED);
    if full { Err(ShiftRefusal::TooMany(Bounded::Lots)) } else { Ok(()) }
}

fn check_cleared(state: &ShiftState, number: u32, by: &ActingOperator) -> Result<(), ShiftRefusal> {
    let check = state.waiting.iter().find(|check| check.number == number);
    let check = check.ok_or(ShiftRefusal::NoSuchItem(number))?;
    if check.by == by.id { Err(ShiftRefusal::SamePerson) } else { qualified(check.kind, by) }
}

fn deviation_cleared(
    state: &ShiftState,
    number: u32,
    by: &ActingOperator,
    note: &str,
) -> Result<(), ShiftRefusal> {
    leading(by)?;
    text(note)?;
    let open = state.deviations.iter().any(|d| d.number == number && d.cleared.is_none());
    if open { Ok(()) } else { Err(ShiftRefusal::NoSuchItem(number)) }
}

fn closed(state: &ShiftState) -> Result<(), ShiftRefusal> {
    let open = open(state)?;
    if !state.waiting.is_empty() {
        return Err(ShiftRefusal::ChecksOpen(u32::try_from(state.waiting.len()).unwrap_or(u32::MAX)));
    }
    if !open.rolls.is_empty() && open.left.is_none() { Err(ShiftRefusal::DinsNotCounted) } else { Ok(()) }
}

fn open(state: &ShiftState) -> Result<&OpenShift, ShiftRefusal> {
    state.open.as_ref().ok_or(ShiftRefusal::NotOpen)
}

fn roll(open: &OpenShift, roll: Roll) -> Result<(), ShiftRefusal> {
    roll.check()?;
    if open.rolls.iter().any(|other| other.overlaps(&roll)) {
        return Err(ShiftRefusal::RollTwice(roll.first));
    }
    if open.rolls.len() >= MAX_ROLLS { Err(ShiftRefusal::TooMany(Bounded::Rolls)) } else { Ok(()) }
}

fn text(text: &str) -> Result<(), ShiftRefusal> {
    let length = text.chars().count();
    let plain = !text.chars().any(char::is_control);
    if (1..=MAX_TEXT).contains(&length) && plain { Ok(()) } else { Err(ShiftRefusal::BadText) }
}

/// Whoever works at a bed.
fn bedside(by: &ActingOperator) -> Result<(), ShiftRefusal> {
    if by.role.may_permit() { Ok(()) } else { Err(ShiftRefusal::RoleForbids(by.role)) }
}

/// Whoever works at a bed or on its devices.
fn technical(by: &ActingOperator) -> Result<(), ShiftRefusal> {
    match by.role {
        Role::Nurse | Role::Lead | Role::Engineer => Ok(()),
        Role::Quality | Role::Admin | Role::Auditor => Err(ShiftRefusal::RoleForbids(by.role)),
    }
}

/// Whoever leads or answers for quality.
fn leading(by: &ActingOperator) -> Result<(), ShiftRefusal> {
    match by.role {
        Role::Lead | Role::Quality => Ok(()),
        Role::Nurse | Role::Engineer | Role::Admin | Role::Auditor => Err(ShiftRefusal::RoleForbids(by.role)),
    }
}

fn qualified(kind: CheckKind, second: &ActingOperator) -> Result<(), ShiftRefusal> {
    if kind.qualifies(second.role) { Ok(()) } else { Err(ShiftRefusal::RoleForbids(second.role)) }
}

/// Two people, the second another and qualified one. Auditors only read.
fn two(kind: CheckKind, by: &ActingOperator, second: &ActingOperator) -> Result<(), ShiftRefusal> {
    if by.role == Role::Auditor {
        return Err(ShiftRefusal::RoleForbids(by.role));
    }
    if by.id == second.id {
        return Err(ShiftRefusal::SamePerson);
    }
    qualified(kind, second)
}
