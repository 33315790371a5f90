//! The pen: gives entries their numbers, in the order in which things happened.
//!
//! Owns: the next number and the entries of the present step. Refuses: a gap, and any entry after the journal has failed (that
//! journal is never written again). What a crash loses: the entries not yet handed out; none of them was promised to
//! anybody, because promises wait for "durable".

use super::io::{Note, Output};
use crate::clock::Stamp;
use crate::journal::entry::CheckpointState;
use crate::journal::{Body, Draft, DraftError, Pack};
use station::ident::BedId;

/// The only giver of entry numbers in a running station.
#[derive(Debug)]
pub(super) struct Pen {
    next_seq: u64,
    drafts: Vec<Draft>,
    force: bool,
    failed: bool,
}

impl Pen {
    /// A pen whose first entry has this number.
    pub(super) fn new(next_seq: u64) -> Self {
        Self { next_seq, drafts: Vec::new(), force: false, failed: false }
    }

    /// The number of the next entry.
    pub(super) fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// The number of the last entry: what an answer or a permit waits for.
    pub(super) fn last_seq(&self) -> u64 {
        self.next_seq.saturating_sub(1)
    }

    /// Whether the journal has failed.
    pub(super) fn has_failed(&self) -> bool {
        self.failed
    }

    /// The journal is never written again.
    pub(super) fn fail(&mut self) {
        self.failed = true;
        self.drafts.clear();
    }

    /// The entries so far are to be committed at once.
    pub(super) fn force(&mut self) {
        self.force = true;
    }

    /// Writes an entry.
    ///
    /// # Errors
    /// [`DraftError`]; no number was used.
    pub(super) fn write<B: Body>(
        &mut self,
        now: Stamp,
        bed: Option<BedId>,
        body: &B,
    ) -> Result<(), DraftError> {
        let draft = Draft::new(self.next_seq, now, bed, body)?;
        self.take_in(draft);
        Ok(())
    }

    /// Writes a pack of samples.
    ///
    /// # Errors
    /// [`DraftError`]; no number was used.
    pub(super) fn pack(&mut self, now: Stamp, pack: Pack) -> Result<(), DraftError> {
        let draft = Draft::pack(self.next_seq, now, pack)?;
        self.take_in(draft);
        Ok(())
    }

    /// Writes another part's entry.
    ///
    /// # Errors
    /// [`DraftError`]; no number was used.
    pub(super) fn note(&mut self, now: Stamp, note: Note) -> Result<(), DraftError> {
        let draft = Draft::raw(self.next_seq, now, note.kind, note.bed, note.body)?;
        self.take_in(draft);
        Ok(())
    }

    /// Begins a new segment.
    ///
    /// # Errors
    /// [`DraftError`]; no number was used.
    pub(super) fn checkpoint(&mut self, now: Stamp, state: &CheckpointState) -> Result<(), DraftError> {
        let draft = Draft::checkpoint(self.next_seq, now, state)?;
        self.take_in(draft);
        Ok(())
    }

    fn take_in(&mut self, draft: Draft) {
        self.next_seq += 1;
        if !self.failed {
            self.drafts.push(draft);
        }
    }

    /// Hands the step's entries out, if there are any.
    pub(super) fn take(&mut self) -> Option<Output> {
        let force = std::mem::take(&mut self.force);
        if self.drafts.is_empty() {
            return None;
        }
        Some(Output::Journal { drafts: std::mem::take(&mut self.drafts), force })
    }
}
