//! The audit of decisions: the whole journal given back to the beds' machines, and their orders compared with those that
//! were journaled.
//!
//! Owns: what a replay of all beds finds. Refuses: carrying anything out, writing, and guessing: a bed whose beginning is
//! not in the journal any more is taken up at its next machine. What a crash does to it: nothing; it is asked again.

use crate::control::entries::{BedFailed, CommandEntry, EventEntry, Fresh};
use crate::journal::entry::{Boot, Closed, Opened};
use crate::journal::{Body as _, Digest, Entry, EntryKind, ReadError, Reader};
use serde::Serialize;
use station::device::{DeviceKind, DeviceReading, Reading};
use station::ident::{BedId, DonationId};
use station::measure::Mono;
use station::procedure::LOGIC_VERSION;
use station::procedure::command::Command;
use station::procedure::event::Event;
use station::replay::Replay;
use std::collections::{BTreeMap, VecDeque};

/// Differences told one by one; the rest is counted.
const MAX_TOLD: usize = 20;

/// What a replay found.
#[derive(Debug, Serialize)]
pub struct Audit {
    /// The logic that replayed.
    pub logic: u32,
    /// Donations opened.
    pub donations: u64,
    /// Of these, led by another logic: its facts were taken, nothing was decided.
    pub folded: u64,
    /// Events given back, weights excepted.
    pub events: u64,
    /// Weights given back.
    pub samples: u64,
    /// Packs of weights that are past their retention.
    pub missing_packs: u64,
    /// Orders that came out.
    pub commands: u64,
    /// Hash over all orders, in the order of the journal: the same on every machine.
    pub sha256: Digest,
    /// Whether every order was journaled and every journaled order came out.
    pub equal: bool,
    /// The first differences.
    pub differences: Vec<Difference>,
    /// Differences beyond those told.
    pub more_differences: u64,
}

/// Orders of then and of now that are not the same.
#[derive(Debug, Serialize)]
pub struct Difference {
    /// The entry at which it was seen.
    pub seq: u64,
    /// At which bed.
    pub bed: BedId,
    /// As journaled; none when the order came out only now.
    pub journaled: Option<Command>,
    /// As it came out now.
    pub replayed: Option<Command>,
}

/// Why a journal cannot be audited.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// An entry's body is not what its kind promises.
    #[error("entry {seq} cannot be understood: {source}; run hemostation journal verify")]
    Body {
        /// Which entry.
        seq: u64,
        /// Why.
        source: serde_json::Error,
    },
}

/// One bed on its way.
struct Bed {
    replay: Replay,
    /// Orders that came out and were not compared yet.
    orders: VecDeque<Command>,
    /// The donation that is open.
    busy: Option<DonationId>,
    /// The program failed then: it heard nothing any more.
    failed: bool,
}

impl Bed {
    fn new(bed: BedId) -> Self {
        Self { replay: Replay::new(bed), orders: VecDeque::new(), busy: None, failed: false }
    }
}

struct Auditor<'r> {
    reader: &'r Reader,
    beds: BTreeMap<BedId, Bed>,
    /// The journal's first start was seen: every bed begins there.
    begun: bool,
    audit: Audit,
}

/// Replays everything from the oldest entry to `through`.
///
/// # Errors
/// [`AuditError`].
pub fn replay(reader: &Reader, through: u64) -> Result<Audit, AuditError> {
    let audit = Audit {
        logic: LOGIC_VERSION,
        donations: 0,
        folded: 0,
        events: 0,
        samples: 0,
        missing_packs: 0,
        commands: 0,
        sha256: Digest::of(b""),
        equal: false,
        differences: Vec::new(),
        more_differences: 0,
    };
    let mut auditor = Auditor { reader, beds: BTreeMap::new(), begun: false, audit };
    let oldest = reader.segment_starts()?.first().copied().unwrap_or(1);
    for item in reader.entries(oldest, through)? {
        auditor.take(&item?.entry)?;
    }
    let mut audit = auditor.audit;
    audit.equal = audit.differences.is_empty();
    Ok(audit)
}

impl Auditor<'_> {
    fn take(&mut self, entry: &Entry) -> Result<(), AuditError> {
        let body = |source| AuditError::Body { seq: entry.seq, source };
        if entry.kind == Boot::KIND {
            self.begun = true;
            // What was ordered and not journaled was lost with the process. Free beds have new machines.
            self.beds.retain(|_, bed| bed.busy.is_some());
            self.beds.values_mut().for_each(|bed| bed.orders.clear());
        } else if let Some(closed) = entry.body_as::<Closed>().map_err(body)? {
            let of = |bed: &&mut Bed| bed.busy == Some(closed.donation);
            self.beds.values_mut().filter(of).for_each(|bed| bed.busy = None);
        } else if let Some(opened) = entry.body_as::<Opened>().map_err(body)? {
            self.audit.donations += 1;
            if let Some(bed) = self.beds.get_mut(&opened.bed) {
                bed.busy = Some(opened.donation);
            }
        }
        let Some(at) = entry.bed else { return Ok(()) };
        if entry.kind == Fresh::KIND {
            self.left_over(entry.seq, at);
            self.beds.insert(at, Bed::new(at));
        } else if self.begun && !self.beds.contains_key(&at) {
            self.beds.insert(at, Bed::new(at));
        }
        if entry.kind == BedFailed::KIND {
            if let Some(bed) = self.beds.get_mut(&at) {
                bed.failed = true;
                bed.orders.clear();
            }
        } else if entry.kind == EntryKind::PACK {
            self.pack(at, entry);
        } else if let Some(entry_) = entry.body_as::<EventEntry>().map_err(body)? {
            self.audit.events += 1;
            self.feed(at, entry.stamp.mono, &entry_.event, entry_.refused.is_some());
        } else if let Some(then) = entry.body_as::<CommandEntry>().map_err(body)? {
            self.compare(entry.seq, at, then.commands);
        }
        Ok(())
    }

    fn pack(&mut self, at: BedId, entry: &Entry) {
        let Ok(Some(pack)) = self.reader.pack(entry) else {
            self.audit.missing_packs += 1;
            return;
        };
        for (mono, sample, _) in pack.samples() {
            self.audit.samples += 1;
            let reading = DeviceReading { device: DeviceKind::Scale, reading: Reading::Weight(sample) };
            self.feed(at, mono, &Event::Reading(reading), false);
        }
    }

    fn feed(&mut self, at: BedId, mono: Mono, event: &Event, refused: bool) {
        let Some(bed) = self.beds.get_mut(&at).filter(|bed| !bed.failed) else { return };
        let orders = bed.replay.feed(mono, event, refused);
        if let (Event::Opened(_), false) = (event, refused) {
            self.audit.folded += u64::from(bed.replay.logic_changed());
        }
        // What facts alone tell is not what was ordered then.
        for order in orders.into_iter().filter(|_| !bed.replay.logic_changed()) {
            self.audit.commands += 1;
            if let Ok(json) = serde_json::to_string(&order) {
                let line = format!("{} {at} {json}", self.audit.sha256);
                self.audit.sha256 = Digest::of(line.as_bytes());
            }
            // A closing donation's record is an entry of its own.
            if !matches!(order, Command::Close(_)) {
                bed.orders.push_back(order);
            }
        }
    }

    fn compare(&mut self, seq: u64, at: BedId, then: Vec<Command>) {
        let Some(bed) = self.beds.get_mut(&at).filter(|bed| !bed.failed) else { return };
        if bed.replay.logic_changed() {
            return;
        }
        for command in then {
            let now = bed.orders.pop_front();
            if now.as_ref() != Some(&command) {
                note(&mut self.audit, Difference { seq, bed: at, journaled: Some(command), replayed: now });
            }
        }
        self.left_over(seq, at);
    }

    /// Orders of the step before that nobody journaled.
    fn left_over(&mut self, seq: u64, at: BedId) {
        let Some(bed) = self.beds.get_mut(&at) else { return };
        for order in std::mem::take(&mut bed.orders) {
            note(&mut self.audit, Difference { seq, bed: at, journaled: None, replayed: Some(order) });
        }
    }
}

fn note(audit: &mut Audit, difference: Difference) {
    if audit.differences.len() < MAX_TOLD {
        audit.differences.push(difference);
    } else {
        audit.more_differences += 1;
    }
}
