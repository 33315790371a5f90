//! The journal's thread in virtual time: drafts wait, a commit takes its time, then all hear of it.
//!
//! Owns: when a commit begins and ends, and what of it a power cut leaves. Refuses: to write anything by itself: lines, chains and files
//! are the product's. What a power cut does here: the commit under way is written, a part of it, or not at all.

use crate::headless::records::{Records, RecordsError};
use crate::prng::Rng;
use controller::clock::Stamp;
use controller::control::io::Input;
use controller::journal::thread::COMMIT_INTERVAL;
use controller::journal::{CommitError, Draft};
use station::measure::{Mono, Span};
use std::collections::VecDeque;

/// The lag is told this often.
const LAG: Span = Span::from_secs(1);
/// A full disk is tried again this often.
const AGAIN: Span = Span::from_secs(1);

/// The journal on its way to the disk.
pub struct JournalSide {
    rng: Rng,
    commit_us: (u64, u64),
    queue: VecDeque<Draft>,
    /// A commit of everything that the writer has ends then.
    ends: Option<Mono>,
    /// The oldest entry that is not durable.
    oldest: Option<Mono>,
    /// When a commit begins at the latest.
    begins: Option<Mono>,
    next_lag: Mono,
    stalled_until: Mono,
    failed: bool,
}

impl JournalSide {
    /// An idle one.
    pub fn new(seed: u64, boot: u32, commit_us: (u64, u64), now: Mono) -> Self {
        Self {
            rng: Rng::named(seed, &format!("disk.{boot}")),
            commit_us,
            queue: VecDeque::new(),
            ends: None,
            oldest: None,
            begins: None,
            next_lag: now + LAG,
            stalled_until: Mono(0),
            failed: false,
        }
    }

    /// Takes drafts.
    pub fn keep(&mut self, now: Mono, drafts: Vec<Draft>, force: bool) {
        if self.failed {
            return;
        }
        self.queue.extend(drafts);
        self.oldest.get_or_insert(now);
        let at = if force { now } else { now + COMMIT_INTERVAL };
        self.begins = Some(self.begins.map_or(at, |before| before.min(at)));
    }

    /// When it has something to do.
    pub fn next_timeout(&self) -> Option<Mono> {
        [self.ends.or(self.begins), Some(self.next_lag)].into_iter().flatten().min()
    }

    /// Does what is due. What comes of it is for the station to hear.
    ///
    /// # Errors
    /// [`RecordsError`] for anything but a disk in trouble.
    pub fn turn(&mut self, now: Stamp, records: &mut Records) -> Result<Vec<Input>, RecordsError> {
        let mut inputs = Vec::new();
        if self.ends.is_some_and(|at| at <= now.mono) {
            self.ends = None;
            self.end(now.mono, records, &mut inputs)?;
        }
        if self.ends.is_none() && self.begins.is_some_and(|at| at <= now.mono) {
            self.begins = None;
            self.take(records)?;
            let (least, most) = self.commit_us;
            let end = now.mono + Span(self.rng.range(least, most));
            self.ends = Some(end.max(self.stalled_until));
        }
        if now.mono >= self.next_lag {
            self.next_lag = now.mono + LAG;
            let lag = self.oldest.map_or(Span::ZERO, |at| now.mono.since(at));
            inputs.push(Input::JournalLag(lag));
        }
        Ok(inputs)
    }

    fn take(&mut self, records: &mut Records) -> Result<(), RecordsError> {
        let drafts: Vec<Draft> = self.queue.drain(..).collect();
        Ok(records.writer().append(&drafts)?)
    }

    fn end(&mut self, now: Mono, records: &mut Records, inputs: &mut Vec<Input>) -> Result<(), RecordsError> {
        match records.writer().commit() {
            Ok(commit) => {
                self.oldest = self.queue.front().map(|draft| draft.stamp().mono);
                records.follow(&commit)?;
                inputs.push(Input::Durable(commit.durable_through));
                inputs.extend(records.checkpoint(now)?);
                inputs.extend(records.news());
                Ok(())
            }
            Err(CommitError::Full(_)) => {
                self.begins = Some(now + AGAIN);
                Ok(())
            }
            Err(CommitError::Failed(_) | CommitError::FailedBefore) => {
                self.failed = true;
                self.begins = None;
                inputs.push(Input::JournalFailed);
                Ok(())
            }
        }
    }

    /// From now on a commit takes this much longer, if one is under way or begins.
    pub fn stall(&mut self, now: Mono, span: Span) {
        self.ends = self.ends.map(|at| at.max(now + span));
        self.stalled_until = now + span;
    }

    /// The writer gets what a commit under way, or one that would begin now, has to write. Whether there is any.
    ///
    /// # Errors
    /// [`RecordsError`].
    pub fn last_gasp(&mut self, records: &mut Records) -> Result<bool, RecordsError> {
        let under_way = self.ends.is_some();
        if !under_way && !self.failed && !self.queue.is_empty() {
            self.take(records)?;
            return Ok(true);
        }
        Ok(under_way)
    }

    /// Everything that it has goes to the disk at once: the process ends in order.
    ///
    /// # Errors
    /// [`RecordsError`].
    pub fn finish(&mut self, now: Mono, records: &mut Records) -> Result<Vec<Input>, RecordsError> {
        let mut inputs = Vec::new();
        self.take(records)?;
        self.end(now, records, &mut inputs)?;
        (self.ends, self.begins) = (None, None);
        Ok(inputs)
    }
}
