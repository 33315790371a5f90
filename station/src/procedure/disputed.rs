//! Labels that were refused with an alarm, and what answers them.
//!
//! Owns: what each refused label was about and the place it was refused in, until the right one was seen there or the thing that carries
//! it is given up. Refuses: to take any other scan for an answer: the right form says nothing about a wrong bag, the lot of another box
//! nothing about the lot of this one. At most one note for each place, kind of label and alarm. Lost in a crash; a replay finds it again.

use super::alarm::AlarmCode;
use super::event::{Scan, ScanVia};
use super::labels::{self, BagLabels, Role, Ticks};
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

/// A label that was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Dispute {
    code: AlarmCode,
    subject: Subject,
    /// Where its right label sits: form, bag, item or tube.
    place: ScanWanted,
}

/// The places in which a label may have been refused.
#[derive(Debug, Clone, Copy)]
pub(super) struct Places<'a> {
    /// What was outstanding at that moment, in the order of asking.
    pub(super) open: &'a [ScanWanted],
    /// All that a label may have at this donation.
    pub(super) known: &'a [ScanWanted],
    /// The site's items.
    pub(super) items: &'a [LabelItem],
}

impl Places<'_> {
    /// The place that was meant: an outstanding one first.
    fn meant(self, role: Role) -> Option<ScanWanted> {
        self.open.iter().chain(self.known).copied().find(|place| labels::fits(role, *place, self.items))
    }
}

/// See the file.
#[derive(Debug, Clone, Default)]
pub(super) struct Disputed(Vec<Dispute>);

impl Disputed {
    /// A label was refused. The alarm of a label that has to be answered.
    pub(super) fn note(&mut self, scan: &Scan, refusal: &Refusal, places: Places<'_>) -> Option<AlarmCode> {
        let code = labels::alarm_of(refusal).filter(|_| !matches!(scan.via, ScanVia::Tag { .. }))?;
        let (subject, place) = match subject(scan, refusal)? {
            Subject::Label(role) => match places.meant(role) {
                Some(place) => (Subject::Label(role), place),
                // Nothing here carries such a label: any right one has to do.
                None => (Subject::Label(Role::Any), places.meant(Role::Any)?),
            },
            subject @ (Subject::Lot | Subject::Expiry) => {
                let item = labels::container(&scan.content).and_then(|n| places.meant(Role::Container(n)));
                (subject, item.unwrap_or(ScanWanted::Bag))
            }
        };
        let dispute = Dispute { code, subject, place };
        if !self.0.contains(&dispute) {
            self.0.push(dispute);
        }
        Some(code)
    }

    /// Labels were taken, each in its place; `bag` is what the bag's own have said before. Whether that answered anything.
    pub(super) fn ticked(&mut self, ticks: &Ticks, bag: BagLabels, items: &[LabelItem]) -> bool {
        let before = self.0.len();
        let sits = |place: ScanWanted| match ticks.of_item {
            Some(container) => labels::fits(Role::Container(container), place, items),
            None => place == ScanWanted::Bag,
        };
        self.0.retain(|dispute| {
            let of_bag = dispute.place == ScanWanted::Bag;
            let answered = match dispute.subject {
                Subject::Label(_) => ticks.places.contains(&dispute.place),
                Subject::Lot => {
                    let own = bag.lot.filter(|_| of_bag);
                    sits(dispute.place) && ticks.lot.is_some_and(|lot| own.is_none_or(|own| own == lot))
                }
                Subject::Expiry => {
                    let own = bag.expiry.filter(|_| of_bag);
                    sits(dispute.place) && ticks.expiry.is_some_and(|day| own.is_none_or(|own| own == day))
                }
            };
            !answered
        });
        self.0.len() < before
    }

    /// This donation's labels were seen once more, in places that are ticked off. The places of what that answered: of each label the
    /// place of the first that it may answer, for a label sits in one.
    pub(super) fn seen(&mut self, scan: &Scan, items: &[LabelItem]) -> Vec<ScanWanted> {
        let mut answered = Vec::new();
        for label in scan.content.labels() {
            let role = labels::role(label.flag());
            let answers = |dispute: &&Dispute| match dispute.subject {
                Subject::Label(Role::Any) => labels::fits(role, dispute.place, items),
                Subject::Label(wrong) => wrong == role,
                Subject::Lot | Subject::Expiry => false,
            };
            let Some(place) = self.0.iter().find(answers).map(|dispute| dispute.place) else { continue };
            self.0.retain(|dispute| dispute.place != place || !answers(&dispute));
            answered.push(place);
        }
        answered
    }

    /// The place whose right label answers what was refused first.
    pub(super) fn wanted(&self) -> Option<ScanWanted> {
        self.0.first().map(|dispute| match (dispute.subject, dispute.place) {
            (Subject::Lot, ScanWanted::Bag) => ScanWanted::BagLot,
            (Subject::Expiry, ScanWanted::Bag) => ScanWanted::BagExpiry,
            (Subject::Label(_) | Subject::Lot | Subject::Expiry, place) => place,
        })
    }

    /// What sits in these places is given up, and with it all that it carries.
    pub(super) fn gone(&mut self, is_gone: impl Fn(ScanWanted) -> bool) {
        self.0.retain(|dispute| !is_gone(dispute.place));
    }

    /// Whether a label of this alarm has not been answered yet.
    pub(super) fn holds(&self, code: AlarmCode) -> bool {
        self.0.iter().any(|open| open.code == code)
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
