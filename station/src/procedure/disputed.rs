//! Labels that were refused with an alarm, and what answers them.
//!
//! Owns: what each refused label was about, until the right one of its kind was seen in its place or the thing that carries it is given
//! up. Refuses: to take any other scan for an answer: the right form says nothing about a wrong bag. At most one note for each
//! kind of label and alarm. Lost in a crash; a replay finds it again.

use super::alarm::AlarmCode;
use super::event::{Scan, ScanVia};
use super::labels::{self, Role, Ticks};
use super::limits::LabelItem;
use super::refusal::Refusal;
use crate::api::prompt::ScanWanted;
use crate::ident::Din;
use crate::shift::refusal::ShiftRefusal;

/// What a refused label was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subject {
    Label(Role),
    Lot,
    Expiry,
}

/// See the file.
#[derive(Debug, Clone, Default)]
pub(super) struct Disputed(Vec<(AlarmCode, Subject)>);

impl Disputed {
    /// A label was refused. `known` are all places that a label may have at this donation. The alarm of a label that has to be
    /// answered.
    pub(super) fn note(
        &mut self,
        scan: &Scan,
        refusal: &Refusal,
        known: &[ScanWanted],
        items: &[LabelItem],
    ) -> Option<AlarmCode> {
        let code = labels::alarm_of(refusal).filter(|_| !matches!(scan.via, ScanVia::Tag { .. }))?;
        let subject = match subject(scan, refusal)? {
            // Nothing here carries such a label: any right one has to do.
            Subject::Label(role) if !known.iter().any(|place| labels::fits(role, *place, items)) => {
                Subject::Label(Role::Any)
            }
            subject @ (Subject::Label(_) | Subject::Lot | Subject::Expiry) => subject,
        };
        if !self.0.contains(&(code, subject)) {
            self.0.push((code, subject));
        }
        Some(code)
    }

    /// Labels were taken, each in its place. Whether that answered anything.
    pub(super) fn ticked(&mut self, ticks: &Ticks, items: &[LabelItem]) -> bool {
        let before = self.0.len();
        self.0.retain(|(_, subject)| match subject {
            Subject::Label(role) => !ticks.places.iter().any(|place| labels::fits(*role, *place, items)),
            Subject::Lot => ticks.lot.is_none(),
            Subject::Expiry => ticks.expiry.is_none(),
        });
        self.0.len() < before
    }

    /// This donation's labels were seen once more, in places that are ticked off. Whether that answered anything.
    pub(super) fn seen(&mut self, scan: &Scan) -> bool {
        let before = self.0.len();
        let roles: Vec<Role> = scan.content.labels().iter().map(|label| labels::role(label.flag())).collect();
        self.0.retain(|(_, subject)| match subject {
            Subject::Label(Role::Any) => roles.is_empty(),
            Subject::Label(role) => !roles.contains(role),
            Subject::Lot | Subject::Expiry => true,
        });
        self.0.len() < before
    }

    /// The place whose right label answers what was refused first. `known` are all places that a label may have at this donation.
    pub(super) fn wanted(&self, known: &[ScanWanted], items: &[LabelItem]) -> Option<ScanWanted> {
        match self.0.first()?.1 {
            Subject::Lot => Some(ScanWanted::BagLot),
            Subject::Expiry => Some(ScanWanted::BagExpiry),
            Subject::Label(role) => known.iter().copied().find(|place| labels::fits(role, *place, items)),
        }
    }

    /// The bag is given up, and with it all that it carries.
    pub(super) fn bag_gone(&mut self) {
        self.0.retain(|(_, subject)| match subject {
            Subject::Label(Role::Bag | Role::Container(_)) | Subject::Lot | Subject::Expiry => false,
            Subject::Label(Role::Any | Role::Form | Role::Tube | Role::Elsewhere) => true,
        });
    }

    /// Whether a label of this alarm has not been answered yet.
    pub(super) fn holds(&self, code: AlarmCode) -> bool {
        self.0.iter().any(|(open, _)| *open == code)
    }
}

fn subject(scan: &Scan, refusal: &Refusal) -> Option<Subject> {
    if let Refusal::Expired { .. } = refusal {
        return Some(Subject::Expiry);
    }
    if let Refusal::Shift(ShiftRefusal::LotRecalled { .. } | ShiftRefusal::LotNotReleased { .. }) = refusal {
        return Some(Subject::Lot);
    }
    let found = number(refusal)?;
    let label = scan.content.labels().into_iter().find(|label| label.din() == found)?;
    Some(Subject::Label(labels::role(label.flag())))
}

/// The number that was refused.
fn number(refusal: &Refusal) -> Option<Din> {
    if let Refusal::DinMismatch { found, .. } = refusal {
        return Some(*found);
    }
    if let Refusal::DinOnOtherBed { din, .. }
    | Refusal::DinOfOtherDonor { din }
    | Refusal::DinUsed { din, .. }
    | Refusal::DinVoided { din } = refusal
    {
        return Some(*din);
    }
    None
}
