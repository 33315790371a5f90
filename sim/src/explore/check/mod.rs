//! Checkers: the laws of a station, each judged by what the simulated world truly did.
//!
//! Owns: their list and how they find fault. Refuses: numbers and code of the product for a verdict; its words for orders and
//! acts are all that is shared. A checker only looks.

mod alarms;
mod clamp;
mod identity;
mod irreversible;
mod journal;
mod outbox;
mod people;
mod permits;
mod privacy;
mod records;
mod shift;
mod typed;
mod volume;

use super::seen::{End, Scene, Seen};
use std::collections::BTreeMap;

/// A law was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which checker.
    pub checker: &'static str,
    /// What.
    pub what: String,
}

/// What checkers have found, and how often each had something to judge.
#[derive(Debug, Default)]
pub struct Findings {
    /// Laws broken, the first first.
    pub broken: Vec<Violation>,
    /// How often each precondition was met.
    pub reached: BTreeMap<&'static str, u64>,
}

impl Findings {
    /// A law of this checker was broken.
    pub fn broken(&mut self, checker: &'static str, what: impl Into<String>) {
        self.broken.push(Violation { checker, what: what.into() });
    }

    /// There was something to judge.
    pub fn reached(&mut self, what: &'static str) {
        *self.reached.entry(what).or_default() += 1;
    }
}

/// One law.
pub trait Checker: Send {
    /// Sees what happened.
    fn see(&mut self, scene: &Scene<'_>, seen: &Seen<'_>, findings: &mut Findings);
    /// Sees the end.
    fn end(&mut self, scene: &Scene<'_>, end: &End<'_>, findings: &mut Findings);
}

/// All of them, for a site that keeps shifts or none.
pub fn all(shifts: bool) -> Vec<Box<dyn Checker>> {
    vec![
        Box::<clamp::ClampChecker>::default(),
        Box::<volume::VolumeChecker>::default(),
        Box::<identity::IdentityChecker>::default(),
        Box::<irreversible::IrreversibleChecker>::default(),
        Box::<permits::PermitsChecker>::default(),
        Box::<people::PeopleChecker>::default(),
        Box::<alarms::AlarmsChecker>::default(),
        Box::<records::RecordsChecker>::default(),
        Box::new(shift::ShiftChecker::new(shifts)),
        Box::<typed::TypedChecker>::default(),
        Box::<journal::JournalChecker>::default(),
        Box::<outbox::OutboxChecker>::default(),
        Box::<privacy::PrivacyChecker>::default(),
    ]
}

#[cfg(test)]
mod tests;
