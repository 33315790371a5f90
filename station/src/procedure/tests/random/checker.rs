//! What orders and outcomes may be, counted apart from the machine.

#![expect(clippy::wildcard_enum_match_arm, reason = "it counts only what is irreversible or opens")]

use crate::device::{Actuation, Reading, ToolFailure, ToolReport};
use crate::procedure::Procedure;
use crate::procedure::command::Command;
use crate::procedure::event::{Act, Event, PermitId, SharedFact};
use crate::procedure::phase::PhaseName;
use crate::procedure::testing::World;

/// What the orders and outcomes may be, counted apart from the machine.
pub(super) struct Checker {
    permits: Vec<(PermitId, Actuation)>,
    /// The acting operator's role allows permits.
    acting: bool,
    journal_failed: bool,
    /// An order to open has left with a permit, and none to close since.
    pub(super) open: bool,
    /// A seal left and nobody said yet that nothing happened.
    sealing: bool,
    separating: bool,
}

impl Checker {
    /// Beside a machine in mid-course: a nurse acts; what it has ordered so far was checked by the course.
    pub(super) fn beside(w: &World) -> Self {
        let fired = |id: PermitId| w.events.iter().any(|(_, event)| *event == Event::PermitFired(id));
        let given = w.commands.iter().filter_map(|command| match command {
            Command::Permit(permit) if !fired(permit.id) => Some((permit.id, permit.actuation)),
            _ => None,
        });
        Self {
            permits: given.collect(),
            acting: true,
            journal_failed: false,
            open: w.clamp_open,
            sealing: false,
            separating: false,
        }
    }

    /// Whether this permit is known to have been given.
    pub(super) fn knows(&self, id: PermitId) -> bool {
        self.permits.iter().any(|(p, _)| *p == id)
    }

    pub(super) fn event(&mut self, event: &Event, accepted: bool) {
        match event {
            Event::PermitFired(id) => {
                if let Some(at) = self.permits.iter().position(|(p, _)| p == id) {
                    let (_, actuation) = self.permits.remove(at);
                    self.sealing |= actuation == Actuation::Seal;
                    self.separating |= actuation == Actuation::Separate;
                    self.open |= actuation == Actuation::ClampOpen;
                }
            }
            Event::PermitLapsed { permit, .. } => self.permits.retain(|(p, _)| p != permit),
            Event::Reading(r) => match r.reading {
                Reading::Sealer(ToolReport::Failed(ToolFailure::Refused)) => self.sealing = false,
                Reading::Separator(ToolReport::Failed(ToolFailure::Refused)) => self.separating = false,
                _ => (),
            },
            Event::Act(a) if accepted => match a.act {
                Act::SealInspected { sound: false } => self.sealing = false,
                Act::SeparationInspected { separated: false } => self.separating = false,
                _ => (),
            },
            Event::Restarted(_) => self.permits.clear(),
            Event::Operator(who) => self.acting = who.as_ref().is_some_and(|who| who.role.may_permit()),
            Event::Shared(SharedFact::JournalFailed) => self.journal_failed = true,
            _ => (),
        }
    }

    pub(super) fn command(&mut self, p: &Procedure, command: &Command) {
        match command {
            Command::Permit(permit) => {
                assert!(!(permit.actuation == Actuation::Seal && self.sealing), "a second seal, unasked");
                assert!(
                    !(permit.actuation == Actuation::Separate && self.separating),
                    "a second separation, unasked"
                );
                assert!(
                    self.acting && !self.journal_failed,
                    "{permit:?} by nobody who may, or not on record"
                );
                assert!(!p.is_stopped(), "{permit:?} under an emergency stop");
                assert!(permit.epoch <= p.epoch());
                let opens = matches!(
                    p.phase(),
                    PhaseName::Prepare | PhaseName::Venipuncture | PhaseName::Pause | PhaseName::Segments
                );
                assert!(permit.actuation != Actuation::ClampOpen || opens, "opens in {:?}", p.phase());
                self.permits.push((permit.id, permit.actuation));
            }
            Command::Protect(Actuation::ClampClose) => self.open = false,
            Command::Close(_) => {
                self.sealing = false;
                self.separating = false;
            }
            _ => (),
        }
    }
}
