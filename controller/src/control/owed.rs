//! What a power cut took from the middle of a step: orders whose entries are missing, made good at the next start.
//!
//! One step of a bed is several lines: the event, then what it ordered and what follows from that. A cut keeps any number of
//! them from the front. A replay then comes to the same orders again, and those that have to leave an entry of their own
//! and have none are owed: numbers of bags bound or voided, a learned clamp, an act without its second person, a record.
//!
//! Owns: finding ([`Ledger`]) and writing them. Refuses: every order to a device: those of then were carried out then, or
//! never. A crash in here is the same start again: what was written by then is owed no more.

use super::Station;
use super::entries::ShiftEntry;
use crate::clock::Stamp;
use crate::journal::Entry;
use crate::journal::entry::{ClampLearned, Closed, DinBound, DinState, RecordFrozen};
use station::ident::{BedId, DonationId, OperatorId};
use station::measure::Wall;
use station::procedure::CheckKind;
use station::procedure::command::Command;
use station::record::DonationRecord;
use station::shift::ShiftEvent;

/// What is missing.
#[derive(Debug, Clone, PartialEq)]
enum Debt {
    /// What follows from binding or voiding a DIN, or from a learned clamp.
    Order(Command),
    /// An act waits for its second person.
    Check { kind: CheckKind, by: OperatorId },
    /// The record.
    Record(Box<DonationRecord>),
    /// The donation's end, and nothing before it.
    End,
}

/// Something that a donation of before a start still owes to the journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Owed {
    bed: BedId,
    donation: DonationId,
    opened: Option<Wall>,
    /// The clocks when it was ordered.
    then: Option<Stamp>,
    debt: Debt,
}

/// Orders against entries, while one donation is replayed.
#[derive(Debug)]
pub(super) struct Ledger {
    bed: BedId,
    donation: DonationId,
    /// The donation that the bed has at this point of the replay.
    present: Option<DonationId>,
    acting: Option<OperatorId>,
    ordered: Vec<(Stamp, Debt)>,
    /// Entries found. They may come before their order: facts that are folded say nothing of when it was given.
    found: Vec<Debt>,
    frozen: bool,
}

impl Ledger {
    /// Of one donation.
    pub(super) fn new(bed: BedId, donation: DonationId) -> Self {
        let (ordered, found) = (Vec::new(), Vec::new());
        Self { bed, donation, present: None, acting: None, ordered, found, frozen: false }
    }

    /// From here on the bed has this donation.
    pub(super) fn opened(&mut self, donation: DonationId) {
        self.present = Some(donation);
    }

    /// From here on this person acts.
    pub(super) fn acts(&mut self, by: Option<OperatorId>) {
        self.acting = by;
    }

    /// Whether the record is frozen: then nothing more happens to the donation at its bed.
    pub(super) fn is_frozen(&self) -> bool {
        self.frozen
    }

    /// Orders that came out of a replayed event.
    pub(super) fn ordered(&mut self, then: Stamp, commands: Vec<Command>) {
        if self.present != Some(self.donation) {
            return;
        }
        for command in commands {
            let debt = match command {
                Command::BindDin(_) | Command::VoidDin(_) | Command::ClampDelayLearned(_) => {
                    Some(Debt::Order(command))
                }
                Command::CheckLater(kind) => self.acting.clone().map(|by| Debt::Check { kind, by }),
                Command::Close(record) => Some(Debt::Record(record)),
                Command::Protect(_)
                | Command::Permit(_)
                | Command::Raise(_)
                | Command::Clear(_)
                | Command::AskEligibility => None,
            };
            self.ordered.extend(debt.map(|debt| (then, debt)));
        }
    }

    /// An entry of the journal, of whichever bed.
    ///
    /// # Errors
    /// [`serde_json::Error`] when its body is not what its kind promises.
    pub(super) fn entry(&mut self, entry: &Entry) -> Result<(), serde_json::Error> {
        if let Some(bound) = entry.body_as::<DinBound>()? {
            if bound.donation == self.donation {
                self.found.push(Debt::Order(match bound.state {
                    DinState::Used => Command::BindDin(bound.din),
                    DinState::Voided => Command::VoidDin(bound.din),
                }));
            }
        } else if let Some(learned) = entry.body_as::<ClampLearned>()? {
            if learned.bed == self.bed {
                self.found.push(Debt::Order(Command::ClampDelayLearned(learned.delay)));
            }
        } else if let Some(record) = entry.body_as::<RecordFrozen>()? {
            self.frozen |= record.id.donation == self.donation;
        } else if let Some(ShiftEntry { event, .. }) = entry.body_as::<ShiftEntry>()?
            && let ShiftEvent::CheckWaits { kind, donation, by, .. } = event
            && donation == self.donation
        {
            self.found.push(Debt::Check { kind, by });
        }
        Ok(())
    }

    /// What has no entry. `ended`: nobody can go on with this donation at a bed.
    pub(super) fn balance(mut self, opened: Option<Wall>, ended: bool) -> Vec<Owed> {
        for found in &self.found {
            if let Some(paid) = self.ordered.iter().position(|(_, debt)| debt == found) {
                self.ordered.remove(paid);
            }
        }
        self.ordered.retain(|(_, debt)| !self.frozen || !matches!(debt, Debt::Record(_)));
        let (bed, donation) = (self.bed, self.donation);
        let owed = |then, debt| Owed { bed, donation, opened, then, debt };
        let records = self.ordered.iter().any(|(_, debt)| matches!(debt, Debt::Record(_)));
        let mut all: Vec<Owed> =
            self.ordered.into_iter().map(|(then, debt)| owed(Some(then), debt)).collect();
        if ended && !records {
            all.push(owed(None, Debt::End));
        }
        all
    }
}

impl Station {
    /// Writes what a power cut took from the entries of before this start.
    pub(super) fn make_good(&mut self, now: Stamp, all: Vec<Owed>) {
        for Owed { bed, donation, opened, then, debt } in all {
            let Some(at) = self.at(bed) else {
                tracing::error!(%bed, %donation, "an unfinished donation of a bed that is gone");
                continue;
            };
            tracing::warn!(%bed, %donation, ?debt, "entries that a stop took away are written now");
            let then = then.unwrap_or(now);
            match debt {
                Debt::Order(command) => self.consequence(at, now, command, Some(donation), true),
                Debt::Check { kind, by } => {
                    self.shift_fact(now, ShiftEvent::CheckWaits { kind, bed, donation, by });
                }
                Debt::Record(record) => self.close(at, now, (opened.unwrap_or(then.wall), then), *record),
                Debt::End => {
                    self.keep(Some(at), |pen| pen.write(now, Some(bed), &Closed { donation }));
                }
            }
            self.pen.force();
        }
    }
}
