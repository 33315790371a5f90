//! Freezing a closed donation's record: from here on its bytes are these.
//!
//! Owns: the canonical form (compact JSON of the envelope) and its hash. Refuses: more than the bound of a record; a curve
//! that would exceed it loses every second point until it fits, and nothing else is ever left out. Holds no state.

use crate::clock::Stamp;
use crate::journal::Digest;
use crate::journal::entry::{Because, MAX_CANONICAL, RecordClass, RecordFrozen};
use station::ident::StationId;
use station::measure::Wall;
use station::record::{DonationRecord, ENVELOPE, Envelope};

/// What the envelope says beside the record.
#[derive(Debug, Clone)]
pub(super) struct Closing<'a> {
    /// Where.
    pub(super) station: &'a StationId,
    /// When the donation was opened.
    pub(super) opened: Wall,
    /// The station's zone, minutes from UTC.
    pub(super) utc_offset_min: i16,
    /// The clocks at closing.
    pub(super) now: Stamp,
    /// 1, but for a donation whose first version may be lost.
    pub(super) version: u32,
}

/// Freezes a record that has no version here yet.
///
/// # Errors
/// [`serde_json::Error`] when the record cannot be written, which plain data always can.
pub(super) fn freeze(
    closing: &Closing<'_>,
    record: DonationRecord,
) -> Result<RecordFrozen, serde_json::Error> {
    let envelope = Envelope {
        envelope: ENVELOPE,
        id: String::new(),
        station: closing.station.clone(),
        donation: record.donation,
        version: closing.version,
        opened: closing.opened,
        closed: closing.now.wall,
        amended: (closing.version > 1).then_some(closing.now.wall),
        utc_offset_min: closing.utc_offset_min,
        clock: closing.now.trust.name().to_owned(),
        closed_mono: closing.now.mono,
        record,
    };
    frozen(envelope, RecordClass::Record, None)
}

/// Freezes the next version of a record, whose change and number are made already.
///
/// # Errors
/// [`serde_json::Error`] when the record cannot be written, which plain data always can.
pub(super) fn freeze_next(
    mut envelope: Envelope,
    now: Wall,
    class: RecordClass,
    because: Option<Because>,
) -> Result<RecordFrozen, serde_json::Error> {
    envelope.amended = Some(now);
    frozen(envelope, class, because)
}

fn frozen(
    mut envelope: Envelope,
    class: RecordClass,
    because: Option<Because>,
) -> Result<RecordFrozen, serde_json::Error> {
    let id = envelope.record_id();
    envelope.id = id.to_string();
    let mut canonical = serde_json::to_string(&envelope)?;
    while canonical.len() > MAX_CANONICAL && envelope.record.curve.len() > 1 {
        let mut keep = false;
        envelope.record.curve.retain(|_| {
            keep = !keep;
            keep
        });
        canonical = serde_json::to_string(&envelope)?;
    }
    let sha256 = Digest::of(canonical.as_bytes());
    Ok(RecordFrozen { id, sha256, class, canonical, because })
}
