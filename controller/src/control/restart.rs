//! After a start: a bed whose donation was not closed is made again from the journal, and waits until its devices have
//! said how they are.
//!
//! Owns: the replay of one bed's entries (nothing is carried out), and the comparison of what was with what is found
//! ([`Restarting`]). Refuses: to call anything unchanged that has not answered in its time; and to let one bed's past keep the
//! station from starting: a program that failed on a bed's events, then or now, is not asked again, only their facts are
//! taken, and where even that fails the bed is latched safe. A crash in here is the same start again: nothing was written.

use super::entries::{BedFailed, EventEntry, Fresh, ScannerLent};
use super::owed::{Ledger, Owed};
use crate::clock::Stamp;
use crate::journal::entry::{Boot, Closed};
use crate::journal::{Body, Entry, EntryKind, ReadError, Reader};
use drivers::TagRead;
use station::device::{ClampPosition, DeviceKind, Quality, Reading};
use station::ident::{BedId, DeviceId, DeviceSerial, DonationId, DonorToken};
use station::measure::{Milligrams, Mono, Span, Wall};
use station::procedure::Procedure;
use station::procedure::command::Command;
use station::procedure::event::{Event, Restart};
use station::replay::Replay;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Devices have this long to answer after a start; what is silent then counts as changed.
const ANSWER_WITHIN: Span = Span::from_secs(5);
/// How far before a donation its bed's fresh machine is looked for: usually it is a few entries before.
const LOOK_BACK: [u64; 3] = [64, 4096, u64::MAX];

/// A bed as it was when the station stopped.
pub struct Past {
    /// Which bed.
    pub bed: BedId,
    /// Its machine, as it was.
    pub machine: Procedure,
    /// Whether it was made from facts alone: another version of the logic led this donation, or the program failed on it.
    pub logic_changed: bool,
    /// The donation.
    pub donation: DonationId,
    /// Who lies there, without saying who.
    pub token: DonorToken,
    /// When it was opened.
    pub opened: Wall,
    /// Clocks of the last entry of the bed.
    pub last: Stamp,
    /// Serial numbers of its devices.
    pub serials: BTreeMap<DeviceKind, DeviceSerial>,
    /// Scanners that were lent to it: they still are.
    pub borrowed: BTreeSet<DeviceId>,
    /// What should hang on the tray, once the set was tared. Not the last weight: on a rocking tray that is grams off.
    pub weight: Option<Milligrams>,
    /// Whether every sample was still there to be replayed.
    pub whole: bool,
    /// Not even its facts could be taken: people finish by hand.
    pub latched: bool,
}

/// All that donations of before a start have left.
#[derive(Default)]
pub struct Recovered {
    /// Beds on which people go on.
    pub pasts: Vec<Past>,
    /// What the stop took from the journal.
    pub owed: Vec<Owed>,
}

/// Gives entries back to a bed's machine.
pub(super) trait Leading {
    /// One event, as it was journaled. Answers with what was ordered then: it is not to be carried out.
    fn take(&mut self, at: Mono, event: &Event, refused: bool) -> Vec<Command>;
    /// The machine, and whether it was made from facts alone.
    fn end(self: Box<Self>) -> (Procedure, bool);
}

/// By the code that took them live.
impl Leading for Replay {
    fn take(&mut self, at: Mono, event: &Event, refused: bool) -> Vec<Command> {
        self.feed(at, event, refused)
    }
    fn end(self: Box<Self>) -> (Procedure, bool) {
        let facts_alone = self.logic_changed();
        (self.finish(), facts_alone)
    }
}

/// As facts: nothing is decided.
impl Leading for Procedure {
    fn take(&mut self, at: Mono, event: &Event, refused: bool) -> Vec<Command> {
        self.fold(at, event, refused);
        std::iter::from_fn(|| self.poll_command()).collect()
    }
    fn end(self: Box<Self>) -> (Procedure, bool) {
        (*self, true)
    }
}

type Lead = fn(BedId) -> Box<dyn Leading>;

/// The two ways in which entries are given back.
#[derive(Clone, Copy)]
pub(super) struct Leads {
    /// To be tried first.
    pub(super) deciding: Lead,
    /// When the program failed on them.
    pub(super) folding: Lead,
}

impl Leads {
    pub(super) const PRODUCT: Self =
        Self { deciding: |bed| Box::new(Replay::new(bed)), folding: |bed| Box::new(Procedure::new(bed)) };
}

/// Makes the machines of unfinished donations again, and finds what of their last steps is missing.
///
/// # Errors
/// [`ReadError`] when the journal cannot be read.
pub fn recover(
    reader: &Reader,
    unfinished: &[(BedId, DonationId)],
    last_seq: u64,
) -> Result<Recovered, ReadError> {
    recover_with(reader, unfinished, last_seq, Leads::PRODUCT)
}

/// The same with other programs: those of tests.
pub(super) fn recover_with(
    reader: &Reader,
    unfinished: &[(BedId, DonationId)],
    last_seq: u64,
    leads: Leads,
) -> Result<Recovered, ReadError> {
    let mut recovered = Recovered::default();
    for (bed, donation) in unfinished {
        let (past, owed) = recover_bed(reader, *bed, *donation, last_seq, leads)?;
        recovered.pasts.extend(past);
        recovered.owed.extend(owed);
    }
    Ok(recovered)
}

fn recover_bed(
    reader: &Reader,
    bed: BedId,
    donation: DonationId,
    last_seq: u64,
    leads: Leads,
) -> Result<(Option<Past>, Vec<Owed>), ReadError> {
    let oldest = reader.segment_starts()?.first().copied().unwrap_or(1);
    let from = beginning(reader, bed, donation, oldest)?;
    if let Some(fresh) = from {
        let mut replaying = Replaying::new((bed, donation), (leads.deciding)(bed), true);
        replaying.read(reader, fresh, last_seq)?;
        if !replaying.failed {
            return Ok(replaying.finish());
        }
    }
    tracing::error!(%bed, %donation, "an unfinished donation cannot be decided on again: its facts are taken alone");
    let mut folding = Replaying::new((bed, donation), (leads.folding)(bed), false);
    folding.whole = from.is_some();
    folding.read(reader, from.unwrap_or(donation.0.max(oldest)), last_seq)?;
    Ok(folding.finish())
}

/// The number of the entry with which the donation's machine began: the bed's last fresh one, or the start at which the bed
/// was free. `None` when its segment has been removed.
fn beginning(
    reader: &Reader,
    bed: BedId,
    donation: DonationId,
    oldest: u64,
) -> Result<Option<u64>, ReadError> {
    if donation.0 < oldest {
        return Ok(None);
    }
    for back in LOOK_BACK {
        let from = donation.0.saturating_sub(back).max(oldest);
        let (mut fresh, mut boots) = (None, Vec::new());
        for entry in reader.entries(from, donation.0)? {
            let entry = entry?.entry;
            if entry.kind == <Boot as Body>::KIND {
                boots.push(entry.seq);
            } else if entry.bed != Some(bed) {
                continue;
            } else if entry.kind == <Fresh as Body>::KIND {
                fresh = Some(entry.seq);
            } else if let Ok(Some(closed)) = entry.body_as::<Closed>() {
                // At the starts meanwhile the bed was not free: it went on with the machine of before.
                boots.retain(|boot| *boot < closed.donation.0);
            }
        }
        let found = fresh.max(boots.last().copied());
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

struct Replaying {
    bed: BedId,
    donation: DonationId,
    ledger: Ledger,
    leading: Box<dyn Leading>,
    /// Whether a failure of then ends it: the machine of then heard nothing any more.
    until_failure: bool,
    /// The program failed, then or now; nothing more is given to it.
    failed: bool,
    donor: Option<(DonorToken, Wall)>,
    last: Option<Stamp>,
    serials: BTreeMap<DeviceKind, DeviceSerial>,
    borrowed: BTreeSet<DeviceId>,
    weighed: Option<Mono>,
    whole: bool,
}

impl Replaying {
    fn new((bed, donation): (BedId, DonationId), leading: Box<dyn Leading>, until_failure: bool) -> Self {
        Self {
            bed,
            donation,
            ledger: Ledger::new(bed, donation),
            leading,
            until_failure,
            failed: false,
            donor: None,
            last: None,
            serials: BTreeMap::new(),
            borrowed: BTreeSet::new(),
            weighed: None,
            whole: true,
        }
    }

    /// Takes the bed's entries from a number on.
    fn read(&mut self, reader: &Reader, from: u64, through: u64) -> Result<(), ReadError> {
        for entry in reader.entries(from, through)? {
            let entry = entry?.entry;
            if let Err(error) = self.ledger.entry(&entry) {
                self.unreadable(&entry, &error);
            }
            if let Ok(Some(loan)) = entry.body_as::<ScannerLent>() {
                self.note_loan(loan);
            }
            if entry.bed == Some(self.bed) {
                self.take(reader, &entry);
            }
        }
        Ok(())
    }

    fn take(&mut self, reader: &Reader, entry: &Entry) {
        self.last = Some(entry.stamp);
        if entry.kind == EntryKind::PACK {
            self.take_pack(reader, entry);
            return;
        }
        if entry.kind == <BedFailed as Body>::KIND {
            self.failed |= self.until_failure;
            return;
        }
        match entry.body_as::<EventEntry>() {
            Ok(Some(body)) => {
                let refused = body.refused.is_some();
                self.note(&body.event, entry.stamp, refused);
                self.feed(entry.stamp, entry.stamp.mono, &body.event, refused);
            }
            Ok(None) => {}
            Err(error) => self.unreadable(entry, &error),
        }
    }

    /// A scanner reads for one bed at a time.
    fn note_loan(&mut self, loan: ScannerLent) {
        if loan.to == Some(self.bed) {
            self.borrowed.insert(loan.scanner);
        } else {
            self.borrowed.remove(&loan.scanner);
        }
    }

    fn unreadable(&mut self, entry: &Entry, error: &serde_json::Error) {
        tracing::error!(seq = entry.seq, %error, "an entry cannot be read");
        self.whole = false;
    }

    /// Gives an event to the machine, behind a wall: what panicked once panics again at every start.
    fn feed(&mut self, then: Stamp, at: Mono, event: &Event, refused: bool) {
        if self.failed {
            return;
        }
        let leading = &mut self.leading;
        if let Ok(commands) = catch_unwind(AssertUnwindSafe(|| leading.take(at, event, refused))) {
            self.ledger.ordered(then, commands);
        } else {
            tracing::error!(bed = %self.bed, "the program failed on a bed's journaled event");
            self.failed = true;
        }
    }

    fn take_pack(&mut self, reader: &Reader, entry: &Entry) {
        match reader.pack(entry) {
            Ok(Some(pack)) => {
                // Thinned: the machine saw more than what was kept.
                self.whole &= pack.every == 1;
                for (at, sample, _) in pack.samples() {
                    self.weighed = Some(at);
                    let reading = Reading::Weight(sample);
                    let device = DeviceKind::Scale;
                    let event = Event::Reading(station::device::DeviceReading { device, reading });
                    self.feed(entry.stamp, at, &event, false);
                }
            }
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(seq = entry.seq, %error, "samples are not there any more");
                self.whole = false;
            }
        }
    }

    fn note(&mut self, event: &Event, stamp: Stamp, refused: bool) {
        if let Event::Opened(opening) = event
            && !refused
        {
            self.ledger.opened(opening.donation);
            if opening.donation == self.donation {
                self.donor = Some((opening.donor.token.clone(), stamp.wall));
            }
        } else if let Event::Operator(operator) = event {
            self.ledger.acts(operator.as_ref().map(|operator| operator.id.clone()));
        } else if let Event::Reading(reading) = event
            && let Reading::Online { serial: Some(serial) } = &reading.reading
        {
            self.serials.insert(reading.device, serial.clone());
        }
    }

    /// The bed on which people go on, if there is one, and what is missing in the journal.
    fn finish(self) -> (Option<Past>, Vec<Owed>) {
        let opened = self.donor.as_ref().map(|(_, opened)| *opened);
        let (machine, logic_changed) = self.leading.end();
        // Whoever lies on a bed whose past cannot be read is not forgotten: that bed is not free.
        let present = machine.donation() == Some(self.donation) || self.failed;
        let goes_on = present && !self.ledger.is_frozen();
        let (Some((token, opened)), Some(last), true) = (self.donor, self.last, goes_on) else {
            return (None, self.ledger.balance(opened, true));
        };
        // As it was at the last weight: what was foretold beyond it nobody saw. A program that failed is not asked again.
        let weight = self.weighed.filter(|_| !self.failed).and_then(|at| machine.on_tray(at));
        let past = Past {
            bed: self.bed,
            machine,
            logic_changed,
            donation: self.donation,
            token,
            opened,
            last,
            serials: self.serials,
            borrowed: self.borrowed,
            weight,
            whole: self.whole,
            latched: self.failed,
        };
        (Some(past), self.ledger.balance(Some(opened), false))
    }
}

/// A bed between the start and its machine's hearing of it: its devices are being looked at.
#[derive(Debug)]
pub(super) struct Restarting {
    gap: Option<Span>,
    logic_changed: bool,
    whole: bool,
    deadline: Mono,
    before: BTreeMap<DeviceKind, DeviceSerial>,
    weight_before: Option<Milligrams>,
    found: BTreeMap<DeviceKind, DeviceSerial>,
    weight: Option<Milligrams>,
    clamp: Option<ClampPosition>,
    /// The tag that was read meanwhile, and the reader: told afterwards.
    pub(super) tag: Option<(DeviceId, TagRead)>,
}

impl Restarting {
    /// A bed of before, looked at from `now` on.
    pub(super) fn new(past: &Past, now: Stamp) -> Self {
        let same_boot = past.last.boot_id == now.boot_id;
        Self {
            gap: same_boot.then(|| now.mono.since(past.last.mono)),
            logic_changed: past.logic_changed,
            whole: past.whole,
            deadline: now.mono + ANSWER_WITHIN,
            before: past.serials.clone(),
            weight_before: past.weight,
            found: BTreeMap::new(),
            weight: None,
            clamp: None,
            tag: None,
        }
    }

    /// When the machine is told, whatever has answered by then.
    pub(super) fn deadline(&self) -> Mono {
        self.deadline
    }

    /// Something that a device of this bed said.
    pub(super) fn note(&mut self, device: DeviceKind, reading: &Reading) {
        if let Reading::Weight(sample) = reading {
            // The tray was stopped by the start: only a weight at rest can be compared.
            if sample.quality == Quality::Stable {
                self.weight = Some(sample.gross);
            }
        } else if let Reading::Clamp(position) = reading {
            self.clamp = Some(*position);
        } else if let Reading::Online { serial: Some(serial) } = reading {
            self.found.insert(device, serial.clone());
        }
    }

    /// Whether everything that is compared has answered.
    pub(super) fn is_complete(&self) -> bool {
        let weighed = self.weight_before.is_none() || self.weight.is_some();
        self.clamp.is_some() && weighed && self.before.keys().all(|kind| self.found.contains_key(kind))
    }

    /// What was found.
    pub(super) fn verdict(&self, tolerance: Milligrams) -> Restart {
        let same_weight = match (self.weight_before, self.weight) {
            (Some(before), Some(now)) => (now - before).abs() <= tolerance,
            (None, _) => true,
            (Some(_), None) => false,
        };
        let same_units = self.before.iter().all(|(kind, serial)| self.found.get(kind) == Some(serial));
        Restart {
            gap: self.gap,
            unchanged: self.whole && same_weight && same_units,
            clamp_closed: self.clamp == Some(ClampPosition::Closed),
            logic_changed: self.logic_changed,
        }
    }
}
