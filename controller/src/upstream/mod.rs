//! Upstream: records on their way to the blood-management system (BMS).
//!
//! Owns: what to send next and when ([`Outbox`], sans-IO), and one file per transport ([`https`] is the default). Refuses:
//! letting go of a record before the receiver echoed its id and its hash, and sending any bytes but the frozen ones.
//! A crash loses only the waiting times: the outbox is filled again from the store, which is filled from the journal.

pub mod https;
mod outbox;

pub use outbox::{Class, Outbox, OutboxSettings, Pending, SendOutcome, Settled};

use serde::{Deserialize, Serialize};

/// What a receiver says once it has a record for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledgement {
    /// The record's id, `station/donation/version`.
    pub id: String,
    /// Lower-case hexadecimal SHA-256 of the bytes the receiver has stored.
    pub sha256: String,
}

/// What any transport does: one record, one outcome, in bounded time.
pub trait Transport: Send {
    /// Sends the frozen bytes of one record and waits for what comes of it, no longer than the transport's own limit.
    fn send(&mut self, id: &str, sha256: &str, canonical: &[u8]) -> SendOutcome;
}
