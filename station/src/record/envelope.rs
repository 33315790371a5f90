//! The envelope: one version of one record as it leaves the station.
//!
//! Owns: the name of the record and the calendar times, which the procedure does not know. Its compact JSON, fields in the
//! order below, is the canonical form: the hash is over exactly those bytes. Refuses: personal data.

use super::DonationRecord;
use crate::ident::{DonationId, RecordId, StationId};
use crate::measure::{Mono, Wall};
use serde::{Deserialize, Serialize};

/// Version of the envelope.
pub const ENVELOPE: u32 = 1;

/// A record with its name and its calendar times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// [`ENVELOPE`].
    pub envelope: u32,
    /// `station/donation/version`: the record's name everywhere.
    pub id: String,
    /// Where it was made.
    pub station: StationId,
    /// Which donation.
    pub donation: DonationId,
    /// 1 for the first, one more for each correction.
    pub version: u32,
    /// When the donation was opened.
    pub opened: Wall,
    /// When it was closed.
    pub closed: Wall,
    /// When this version was made, from the second on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amended: Option<Wall>,
    /// The station's zone, minutes from UTC.
    pub utc_offset_min: i16,
    /// How far the calendar was trusted at closing: `synced`, `rtc`, `confirmed`, `untrusted`.
    pub clock: String,
    /// The closing instant on the clock of the record's own instants: calendar time of each is `closed` less the difference.
    pub closed_mono: Mono,
    /// The donation.
    pub record: DonationRecord,
}

impl Envelope {
    /// The record's name.
    pub fn record_id(&self) -> RecordId {
        RecordId { station: self.station.clone(), donation: self.donation, version: self.version }
    }
}
