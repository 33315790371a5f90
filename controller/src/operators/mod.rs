//! Operators: who may act, proved by badge and PIN.
//!
//! Owns: the roster in memory, PIN hashes (argon2id), lock-out after wrong PINs. Refuses: default or shared accounts, PINs
//! that are too short or trivial, and letting a PIN into an entry or a log. The roster is what the journal's `operator`
//! entries say; a crash loses only the count of wrong PINs.
//!
//! Checking a PIN takes tens of milliseconds on purpose: call [`Roster::check`] on the service side, never on the control
//! thread.

mod pin;

pub use pin::{PinError, PinHash};

use crate::privacy::{Entropy, EntropyError};
use serde::{Deserialize, Serialize};
use station::ident::OperatorId;
use station::measure::{Mono, Span};
use station::procedure::event::{ActingOperator, Role};
use std::collections::BTreeMap;

/// One person. Body of the journal entry `operator`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operator {
    /// Staff number.
    pub id: OperatorId,
    /// What the person may do.
    pub role: Role,
    /// Hash of the PIN.
    pub pin: PinHash,
    /// False once the person has left; the number is never given again.
    pub active: bool,
}

/// Wrong PINs before a lock-out, and how long it lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockOut {
    /// Wrong PINs in a row that are still forgiven, 3 to 10.
    pub tries: u8,
    /// Length of the lock-out.
    pub span: Span,
}

impl LockOut {
    /// As the site wants it.
    pub fn of(settings: &config::Operators) -> Self {
        Self {
            tries: u8::try_from(settings.lockout_tries).unwrap_or(u8::MAX),
            span: Span::from_mins(settings.lockout_min.into()),
        }
    }
}

impl Default for LockOut {
    fn default() -> Self {
        Self { tries: 5, span: Span::from_mins(10) }
    }
}

/// Why somebody was not let in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// No such number, the person has left, or the PIN is wrong: deliberately not said which.
    #[error("operator or PIN is wrong")]
    Wrong,
    /// Too many wrong PINs.
    #[error("locked for {} s after too many wrong PINs", .left.as_secs() + 1)]
    LockedOut {
        /// Time left.
        left: Span,
    },
}

/// Why an operator cannot be added or changed.
#[derive(Debug, thiserror::Error)]
pub enum RosterError {
    /// The PIN breaks the rule.
    #[error(transparent)]
    Pin(#[from] PinError),
    /// The number is taken, by a present or a former operator.
    #[error("operator {0} exists already")]
    Exists(OperatorId),
    /// No such number.
    #[error("no operator {0}")]
    Unknown(OperatorId),
    /// The first operator has to be able to add others.
    #[error("the first operator must be an administrator (--role admin)")]
    FirstMustBeAdmin,
    /// The roster is full.
    #[error("the roster holds {0} operators, no more fit")]
    Full(usize),
    /// No random bytes for the salt.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

/// Most operators of a station, former ones included.
pub const MAX_OPERATORS: usize = 1000;

#[derive(Debug, Clone, Copy, Default)]
struct Wrong {
    count: u8,
    locked_until: Option<Mono>,
}

/// Everybody who may act here.
#[derive(Debug, Clone, Default)]
pub struct Roster {
    people: BTreeMap<OperatorId, Operator>,
    wrong: BTreeMap<OperatorId, Wrong>,
    lock_out: LockOut,
}

impl Roster {
    /// An empty roster.
    pub fn new(lock_out: LockOut) -> Self {
        Self { people: BTreeMap::new(), wrong: BTreeMap::new(), lock_out }
    }

    /// Takes one `operator` entry: adds or replaces.
    pub fn apply(&mut self, operator: Operator) {
        self.people.insert(operator.id.clone(), operator);
    }

    /// Takes one `operator` entry that takes a person out.
    pub fn remove(&mut self, id: &OperatorId) {
        self.people.remove(id);
        self.wrong.remove(id);
    }

    /// Everybody, ascending by number.
    pub fn people(&self) -> impl Iterator<Item = &Operator> {
        self.people.values()
    }

    /// Whether nobody was ever added.
    pub fn is_empty(&self) -> bool {
        self.people.is_empty()
    }

    /// Builds a new operator; the caller journals it and then calls [`Roster::apply`].
    ///
    /// # Errors
    /// [`RosterError`]: nothing was changed.
    pub fn admit(
        &self,
        id: OperatorId,
        role: Role,
        pin: &str,
        entropy: &mut dyn Entropy,
    ) -> Result<Operator, RosterError> {
        if self.people.contains_key(&id) {
            return Err(RosterError::Exists(id));
        }
        if self.people.is_empty() && role != Role::Admin {
            return Err(RosterError::FirstMustBeAdmin);
        }
        if self.people.len() >= MAX_OPERATORS {
            return Err(RosterError::Full(MAX_OPERATORS));
        }
        Ok(Operator { id, role, pin: PinHash::make(pin, entropy)?, active: true })
    }

    /// The operator with a new PIN, role or state; the caller journals it and then calls [`Roster::apply`].
    ///
    /// # Errors
    /// [`RosterError`]: nothing was changed.
    pub fn change(
        &self,
        id: &OperatorId,
        role: Option<Role>,
        pin: Option<&str>,
        active: Option<bool>,
        entropy: &mut dyn Entropy,
    ) -> Result<Operator, RosterError> {
        let old = self.people.get(id).ok_or_else(|| RosterError::Unknown(id.clone()))?;
        let pin = match pin {
            Some(pin) => PinHash::make(pin, entropy)?,
            None => old.pin.clone(),
        };
        Ok(Operator {
            id: id.clone(),
            role: role.unwrap_or(old.role),
            pin,
            active: active.unwrap_or(old.active),
        })
    }

    /// Checks a PIN. Slow on purpose. A wrong one counts; the count ends with a right one or with the lock-out.
    ///
    /// # Errors
    /// [`Denied`].
    pub fn check(&mut self, now: Mono, id: &OperatorId, pin: &str) -> Result<ActingOperator, Denied> {
        if let Some(until) = self.wrong.get(id).and_then(|w| w.locked_until) {
            if now < until {
                return Err(Denied::LockedOut { left: until.since(now) });
            }
            self.wrong.remove(id);
        }
        let person = self.people.get(id).filter(|p| p.active);
        // An unknown number costs the same time as a wrong PIN: who is on the roster cannot be probed.
        let right = match person {
            Some(p) => p.pin.matches(pin),
            None => {
                PinHash::burn(pin);
                false
            }
        };
        match person {
            Some(p) if right => {
                self.wrong.remove(id);
                Ok(ActingOperator { id: p.id.clone(), role: p.role })
            }
            Some(_) => Err(self.count_wrong(now, id)),
            None => Err(Denied::Wrong),
        }
    }

    /// A wrong PIN of an earlier process, as its journal has it; in their order.
    pub fn was_wrong(&mut self, at: Mono, id: &OperatorId) {
        if self.wrong.get(id).and_then(|wrong| wrong.locked_until).is_some_and(|until| until <= at) {
            self.wrong.remove(id);
        }
        self.count_wrong(at, id);
    }

    /// The right one, of an earlier process.
    pub fn was_right(&mut self, id: &OperatorId) {
        self.wrong.remove(id);
    }

    /// Whether even the right PIN does not let in now.
    pub fn is_locked(&self, now: Mono, id: &OperatorId) -> bool {
        self.wrong.get(id).and_then(|wrong| wrong.locked_until).is_some_and(|until| now < until)
    }

    /// Whether a person of this number may act: what is wrong of nobody is counted nowhere.
    pub fn knows(&self, id: &OperatorId) -> bool {
        self.people.get(id).is_some_and(|person| person.active)
    }

    fn count_wrong(&mut self, now: Mono, id: &OperatorId) -> Denied {
        let wrong = self.wrong.entry(id.clone()).or_default();
        wrong.count = wrong.count.saturating_add(1);
        if wrong.count < self.lock_out.tries {
            return Denied::Wrong;
        }
        wrong.locked_until = Some(now + self.lock_out.span);
        Denied::LockedOut { left: self.lock_out.span }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::OsEntropy;

    fn id(text: &str) -> OperatorId {
        OperatorId::new(text).unwrap()
    }

    fn roster() -> Roster {
        let mut r = Roster::new(LockOut { tries: 3, span: Span::from_mins(10) });
        let admin = r.admit(id("9000"), Role::Admin, "739155", &mut OsEntropy).unwrap();
        r.apply(admin);
        let nurse = r.admit(id("1001"), Role::Nurse, "246813", &mut OsEntropy).unwrap();
        r.apply(nurse);
        r
    }

    #[test]
    fn the_first_operator_is_an_administrator_and_numbers_are_given_once() {
        let empty = Roster::default();
        let first = empty.admit(id("1"), Role::Nurse, "246813", &mut OsEntropy);
        assert!(matches!(first, Err(RosterError::FirstMustBeAdmin)));
        let taken = roster().admit(id("1001"), Role::Lead, "135792", &mut OsEntropy);
        assert!(matches!(taken, Err(RosterError::Exists(_))));
    }

    #[test]
    fn wrong_pins_of_earlier_processes_count() {
        let (mut r, n) = (roster(), id("1001"));
        let min = |min: u64| Mono(min * 60_000_000);
        for at in 0..3 {
            r.was_wrong(min(at), &n);
        }
        assert!(matches!(r.check(min(11), &n, "246813"), Err(Denied::LockedOut { .. })));
        // That lock is over, and counting begins anew.
        r.was_wrong(min(13), &n);
        assert!(r.check(min(13), &n, "246813").is_ok());
        r.was_wrong(min(14), &n);
        r.was_wrong(min(14), &n);
        r.was_right(&n);
        r.was_wrong(min(14), &n);
        assert_eq!(r.check(min(14), &n, "000000"), Err(Denied::Wrong));
        assert!(r.knows(&n) && !r.knows(&id("7777")));
    }

    #[test]
    fn a_right_pin_lets_in_with_the_role() {
        let who = roster().check(Mono(0), &id("1001"), "246813").unwrap();
        assert_eq!(who, ActingOperator { id: id("1001"), role: Role::Nurse });
    }

    #[test]
    fn three_wrong_pins_lock_even_the_right_one_out_until_the_span_is_over() {
        let mut r = roster();
        let n = id("1001");
        assert_eq!(r.check(Mono(0), &n, "000000"), Err(Denied::Wrong));
        assert_eq!(r.check(Mono(0), &n, "000000"), Err(Denied::Wrong));
        assert!(matches!(r.check(Mono(0), &n, "000000"), Err(Denied::LockedOut { .. })));
        assert!(matches!(r.check(Mono(1), &n, "246813"), Err(Denied::LockedOut { .. })));
        assert!(r.check(Mono(0) + Span::from_mins(10), &n, "246813").is_ok());
    }

    #[test]
    fn a_former_operator_and_an_unknown_one_are_refused_alike() {
        let mut r = roster();
        let left = r.change(&id("1001"), None, None, Some(false), &mut OsEntropy).unwrap();
        r.apply(left);
        assert_eq!(r.check(Mono(0), &id("1001"), "246813"), Err(Denied::Wrong));
        assert_eq!(r.check(Mono(0), &id("7777"), "246813"), Err(Denied::Wrong));
    }

    #[test]
    fn the_entry_holds_no_pin() {
        let json = serde_json::to_string(roster().people().last().unwrap()).unwrap();
        assert!(json.contains("argon2id") && !json.contains("739155"), "{json}");
    }
}
