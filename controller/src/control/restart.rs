//! After a start: a bed whose donation was not closed is made again from the journal, and waits until its devices have
//! said how they are.
//!
//! Owns: the replay of one bed's entries (nothing is carried out), and the comparison of what was with what is found
//! ([`Restarting`]). Refuses: to call anything unchanged that has not answered in its time. A crash in here is the same start
//! again: nothing was written.

use super::entries::{CommandEntry, EventEntry, Fresh};
use crate::clock::Stamp;
use crate::journal::{Entry, EntryKind, ReadError, Reader};
use station::device::{ClampPosition, DeviceKind, Reading};
use station::draw::ClampDelay;
use station::ident::{BedId, DeviceSerial, DonationId, DonorToken};
use station::measure::{Milligrams, Mono, Span, Wall};
use station::procedure::Procedure;
use station::procedure::command::Command;
use station::procedure::event::{Event, Restart};
use station::replay::Replay;
use std::collections::BTreeMap;

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
    /// Whether another version of the logic led this donation.
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
    /// The last weight.
    pub weight: Option<Milligrams>,
    /// The delay of its clamp, if it was learned.
    pub clamp_delay: Option<ClampDelay>,
    /// Whether every sample was still there to be replayed.
    pub whole: bool,
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
    let mut pasts = Vec::new();
    for (bed, donation) in unfinished {
        if let Some(past) = recover_bed(reader, *bed, *donation, last_seq)? {
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
) -> Result<Option<Past>, ReadError> {
    let Some(from) = fresh_before(reader, bed, donation)? else {
        tracing::error!(%bed, %donation, "the beginning of an unfinished donation is not in the journal");
        return Ok(None);
    };
    let mut replaying = Replaying::new(bed);
    for entry in reader.entries(from, last_seq)? {
        let entry = entry?.entry;
        if entry.bed == Some(bed) {
            replaying.take(reader, &entry);
        }
    }
    Ok(replaying.finish(donation))
}

/// The number of the entry with which the donation's machine began.
fn fresh_before(reader: &Reader, bed: BedId, donation: DonationId) -> Result<Option<u64>, ReadError> {
    for back in LOOK_BACK {
        let from = donation.0.saturating_sub(back).max(1);
        let entries = match reader.entries(from, donation.0) {
            Ok(entries) => entries,
            Err(ReadError::NotHere(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut found = None;
        for entry in entries {
            let entry = entry?.entry;
            if entry.bed == Some(bed) && entry.kind == <Fresh as crate::journal::Body>::KIND {
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
    replay: Replay,
    donor: Option<(DonorToken, Wall)>,
    last: Option<Stamp>,
    serials: BTreeMap<DeviceKind, DeviceSerial>,
    weight: Option<Milligrams>,
    clamp_delay: Option<ClampDelay>,
    whole: bool,
}

impl Replaying {
    fn new(bed: BedId) -> Self {
        Self {
            bed,
            replay: Replay::new(bed),
            donor: None,
            last: None,
            serials: BTreeMap::new(),
            weight: None,
            clamp_delay: None,
            whole: true,
        }
    }

    fn take(&mut self, reader: &Reader, entry: &Entry) {
        self.last = Some(entry.stamp);
        if entry.kind == EntryKind::PACK {
            self.take_pack(reader, entry);
            return;
        }
        match (entry.body_as::<EventEntry>(), entry.body_as::<CommandEntry>()) {
            (Ok(Some(body)), _) => {
                self.note(&body.event, entry.stamp);
                let refused = body.refused.is_some();
                self.replay.feed(entry.stamp.mono, &body.event, refused);
            }
            (_, Ok(Some(body))) => {
                for command in body.commands {
                    if let Command::ClampDelayLearned(delay) = command {
                        self.clamp_delay = Some(delay);
                    }
                }
            }
            (Ok(None), Ok(None)) => {}
            (Err(error), _) | (_, Err(error)) => {
                tracing::error!(seq = entry.seq, %error, "an entry cannot be read");
                self.whole = false;
            }
        }
    }

    fn take_pack(&mut self, reader: &Reader, entry: &Entry) {
        match reader.pack(entry) {
            Ok(Some(pack)) => {
                for (at, sample, _) in pack.samples() {
                    self.weight = Some(sample.gross);
                    let reading = Reading::Weight(sample);
                    let device = DeviceKind::Scale;
                    let event = Event::Reading(station::device::DeviceReading { device, reading });
                    self.replay.feed(at, &event, false);
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
        let logic_changed = self.replay.logic_changed();
        let machine = self.replay.finish();
        machine.donation()?;
        Some(Past {
            bed: self.bed,
            machine,
            logic_changed,
            donation,
            token,
            opened,
            last: self.last?,
            serials: self.serials,
            weight: self.weight,
            clamp_delay: self.clamp_delay,
            whole: self.whole,
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
            self.weight = Some(sample.gross);
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
