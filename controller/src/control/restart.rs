//! After a start: a bed whose donation was not closed is made again from the journal, and waits until its devices have
//! said how they are.
//!
//! Owns: the replay of one bed's entries (nothing is carried out), and the comparison of what was with what is found
//! ([`Restarting`]). Refuses: to call anything unchanged that has not answered in its time; and to let one bed's past keep the
//! station from starting: a program that failed on a bed's events, then or now, is not asked again, only their facts are
//! taken, and where even that fails the bed is latched safe. A crash in here is the same start again: nothing was written.

use super::entries::{BedFailed, EventEntry, Fresh};
use crate::clock::Stamp;
use crate::journal::{Body, Entry, EntryKind, ReadError, Reader};
use station::device::{ClampPosition, DeviceKind, Quality, Reading};
use station::ident::{BedId, DeviceSerial, DonationId, DonorToken};
use station::measure::{Milligrams, Mono, Span, Wall};
use station::procedure::Procedure;
use station::procedure::event::{Event, Restart};
use station::replay::Replay;
use std::collections::BTreeMap;
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
    /// What should hang on the tray, once the set was tared. Not the last weight: on a rocking tray that is grams off.
    pub weight: Option<Milligrams>,
    /// Whether every sample was still there to be replayed.
    pub whole: bool,
    /// Not even its facts could be taken: people finish by hand.
    pub latched: bool,
}

/// Gives entries back to a bed's machine.
pub(super) trait Leading {
    /// One event, as it was journaled.
    fn take(&mut self, at: Mono, event: &Event, refused: bool);
    /// The machine, and whether it was made from facts alone.
    fn end(self: Box<Self>) -> (Procedure, bool);
}

/// By the code that took them live.
impl Leading for Replay {
    fn take(&mut self, at: Mono, event: &Event, refused: bool) {
        // What was ordered then was carried out then.
        drop(self.feed(at, event, refused));
    }
    fn end(self: Box<Self>) -> (Procedure, bool) {
        let facts_alone = self.logic_changed();
        (self.finish(), facts_alone)
    }
}

/// As facts: nothing is decided.
impl Leading for Procedure {
    fn take(&mut self, at: Mono, event: &Event, refused: bool) {
        self.fold(at, event, refused);
        while self.poll_command().is_some() {}
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

/// Makes the machines of unfinished donations again.
///
/// # Errors
/// [`ReadError`] when the journal cannot be read.
pub fn recover(
    reader: &Reader,
    unfinished: &[(BedId, DonationId)],
    last_seq: u64,
) -> Result<Vec<Past>, ReadError> {
    recover_with(reader, unfinished, last_seq, Leads::PRODUCT)
}

/// The same with other programs: those of tests.
pub(super) fn recover_with(
    reader: &Reader,
    unfinished: &[(BedId, DonationId)],
    last_seq: u64,
    leads: Leads,
) -> Result<Vec<Past>, ReadError> {
    let mut pasts = Vec::new();
    for (bed, donation) in unfinished {
        if let Some(past) = recover_bed(reader, *bed, *donation, last_seq, leads)? {
            pasts.push(past);
        }
    }
    Ok(pasts)
}

fn recover_bed(
    reader: &Reader,
    bed: BedId,
    donation: DonationId,
    last_seq: u64,
    leads: Leads,
) -> Result<Option<Past>, ReadError> {
    let oldest = reader.segment_starts()?.first().copied().unwrap_or(1);
    let from = beginning(reader, bed, donation, oldest)?;
    if let Some(fresh) = from {
        let mut replaying = Replaying::new(bed, (leads.deciding)(bed), true);
        replaying.read(reader, fresh, last_seq)?;
        if !replaying.failed {
            return Ok(replaying.finish(donation));
        }
    }
    tracing::error!(%bed, %donation, "an unfinished donation cannot be decided on again: its facts are taken alone");
    let mut folding = Replaying::new(bed, (leads.folding)(bed), false);
    folding.whole = from.is_some();
    folding.read(reader, from.unwrap_or(donation.0.max(oldest)), last_seq)?;
    Ok(folding.finish(donation))
}

/// The number of the entry with which the donation's machine began; `None` when its segment has been removed.
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
        let mut found = None;
        for entry in reader.entries(from, donation.0)? {
            let entry = entry?.entry;
            if entry.bed == Some(bed) && entry.kind == <Fresh as Body>::KIND {
                found = Some(entry.seq);
            }
        }
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

struct Replaying {
    bed: BedId,
    leading: Box<dyn Leading>,
    /// Whether a failure of then ends it: the machine of then heard nothing any more.
    until_failure: bool,
    /// The program failed, then or now; nothing more is given to it.
    failed: bool,
    donor: Option<(DonorToken, Wall)>,
    last: Option<Stamp>,
    serials: BTreeMap<DeviceKind, DeviceSerial>,
    weighed: Option<Mono>,
    whole: bool,
}

impl Replaying {
    fn new(bed: BedId, leading: Box<dyn Leading>, until_failure: bool) -> Self {
        Self {
            bed,
            leading,
            until_failure,
            failed: false,
            donor: None,
            last: None,
            serials: BTreeMap::new(),
            weighed: None,
            whole: true,
        }
    }

    /// Takes the bed's entries from a number on.
    fn read(&mut self, reader: &Reader, from: u64, through: u64) -> Result<(), ReadError> {
        for entry in reader.entries(from, through)? {
            let entry = entry?.entry;
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
                self.note(&body.event, entry.stamp);
                self.feed(entry.stamp.mono, &body.event, body.refused.is_some());
            }
            Ok(None) => {}
            Err(error) => {
                tracing::error!(seq = entry.seq, %error, "an entry cannot be read");
                self.whole = false;
            }
        }
    }

    /// Gives an event to the machine, behind a wall: what panicked once panics again at every start.
    fn feed(&mut self, at: Mono, event: &Event, refused: bool) {
        if self.failed {
            return;
        }
        let leading = &mut self.leading;
        let fed = catch_unwind(AssertUnwindSafe(|| leading.take(at, event, refused)));
        if fed.is_err() {
            tracing::error!(bed = %self.bed, "the program failed on a bed's journaled event");
            self.failed = true;
        }
    }

    fn take_pack(&mut self, reader: &Reader, entry: &Entry) {
        match reader.pack(entry) {
            Ok(Some(pack)) => {
                for (at, sample, _) in pack.samples() {
                    self.weighed = Some(at);
                    let reading = Reading::Weight(sample);
                    let device = DeviceKind::Scale;
                    let event = Event::Reading(station::device::DeviceReading { device, reading });
                    self.feed(at, &event, false);
                }
            }
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(seq = entry.seq, %error, "samples are not there any more");
                self.whole = false;
            }
        }
    }

    fn note(&mut self, event: &Event, stamp: Stamp) {
        if let Event::Opened(opening) = event {
            self.donor = Some((opening.donor.token.clone(), stamp.wall));
        } else if let Event::Reading(reading) = event
            && let Reading::Online { serial: Some(serial) } = &reading.reading
        {
            self.serials.insert(reading.device, serial.clone());
        }
    }

    fn finish(self, donation: DonationId) -> Option<Past> {
        let (token, opened) = self.donor?;
        let (machine, logic_changed) = self.leading.end();
        // Whoever lies on a bed whose past cannot be read is not forgotten: that bed is not free.
        if machine.donation().is_none() && !self.failed {
            return None;
        }
        // As it was at the last weight: what was foretold beyond it nobody saw. A program that failed is not asked again.
        let weight = self.weighed.filter(|_| !self.failed).and_then(|at| machine.on_tray(at));
        Some(Past {
            bed: self.bed,
            machine,
            logic_changed,
            donation,
            token,
            opened,
            last: self.last?,
            serials: self.serials,
            weight,
            whole: self.whole,
            latched: self.failed,
        })
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
