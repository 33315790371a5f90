//! The journal's thread: takes drafts from the control thread without ever letting it wait, and commits them in groups.
//!
//! Owns: the bounded queue, the rhythm of commits, and the published state. Refuses: drafts when the queue is full: the
//! caller gets them back, as nothing is ever dropped here. What a crash does: what is not committed is gone; nobody was told
//! that it is durable.
//!
//! ```text
//! control thread --try_append--> queue, 8 MiB --> append --> commit --+--> watch: durable through n, health
//!                                (a quarter of it not for samples)    +--> follower: the committed entries
//! ```

use super::entry::Draft;
use super::writer::{Commit, CommitError, Writer};
use station::measure::{Mono, Span};
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;
use tokio::sync::watch;

/// Most bytes of drafts that are not durable yet.
pub const QUEUE_BYTES: usize = 8 << 20;
/// Most of them with which samples are still taken: the last quarter is for everything else.
pub const QUEUE_BYTES_FOR_SAMPLES: usize = QUEUE_BYTES / 4 * 3;
/// Routine entries are committed together this often.
pub const COMMIT_INTERVAL: Span = Span::from_secs(1);

/// How soon a draft has to be durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// With the next commit of the interval.
    Routine,
    /// Now: a permit or a person waits for it.
    Force,
}

/// How the journal is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// Entries become durable.
    Writing,
    /// The disk is full: everything is kept in memory and tried again every second. No new donation.
    Full(String),
    /// The disk failed: this journal is never written again.
    Failed(String),
}

/// What the journal's thread tells everyone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// Every entry up to this number is on the disk.
    pub durable_through: u64,
    /// How the journal is.
    pub health: Health,
    /// Whether the next draft should be a checkpoint, as the segment is full.
    pub wants_checkpoint: bool,
}

/// Why drafts were not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefusalCause {
    /// The queue is full: the disk does not keep up.
    #[error("the journal's queue is full")]
    QueueFull,
    /// The journal has failed or its thread has ended.
    #[error("the journal is not written any more")]
    Ended,
}

/// The drafts that were not taken, given back.
#[derive(Debug, thiserror::Error)]
#[error("{cause}")]
pub struct Refused {
    /// Why.
    pub cause: RefusalCause,
    /// They keep their numbers: they have to come again, before any later one.
    pub drafts: Vec<Draft>,
}

struct Batch {
    drafts: Vec<Draft>,
    bytes: usize,
    urgency: Urgency,
}

/// The control thread's end of the queue. None of its methods waits.
pub struct Sender {
    queue: mpsc::Sender<Batch>,
    used: Arc<AtomicUsize>,
    state: watch::Receiver<State>,
    /// Last number and first instant of every batch that may not be durable yet.
    undurable: VecDeque<(u64, Mono)>,
}

impl Sender {
    /// Hands drafts over, all or none.
    ///
    /// # Errors
    /// [`Refused`], with the drafts.
    pub fn try_append(&mut self, drafts: Vec<Draft>, urgency: Urgency) -> Result<(), Refused> {
        let (Some(first), Some(last)) = (drafts.first(), drafts.last()) else { return Ok(()) };
        let mark = (last.seq(), first.stamp().mono);
        if matches!(self.state.borrow().health, Health::Failed(_)) {
            return Err(Refused { cause: RefusalCause::Ended, drafts });
        }
        let bytes: usize = drafts.iter().map(Draft::cost).sum();
        let samples_only = drafts.iter().all(Draft::is_sample);
        let bound = if samples_only { QUEUE_BYTES_FOR_SAMPLES } else { QUEUE_BYTES };
        // Only this thread adds, so what is free now is still free below.
        if self.used.load(Ordering::Acquire).saturating_add(bytes) > bound {
            return Err(Refused { cause: RefusalCause::QueueFull, drafts });
        }
        self.used.fetch_add(bytes, Ordering::AcqRel);
        match self.queue.send(Batch { drafts, bytes, urgency }) {
            Ok(()) => {
                self.undurable.push_back(mark);
                Ok(())
            }
            Err(mpsc::SendError(batch)) => Err(Refused { cause: RefusalCause::Ended, drafts: batch.drafts }),
        }
    }

    /// Bytes waiting to become durable, of [`QUEUE_BYTES`]. Over half, samples should be thinned.
    pub fn used(&self) -> usize {
        self.used.load(Ordering::Acquire)
    }

    /// When the oldest entry that is not durable yet was made.
    pub fn oldest_undurable(&mut self) -> Option<Mono> {
        let durable = self.state.borrow().durable_through;
        while self.undurable.front().is_some_and(|(seq, _)| *seq <= durable) {
            self.undurable.pop_front();
        }
        self.undurable.front().map(|(_, mono)| *mono)
    }

    /// What the journal's thread tells: to look at, or to wait for in async code.
    pub fn state(&self) -> watch::Receiver<State> {
        self.state.clone()
    }
}

/// The running thread. It ends when its [`Sender`] is dropped, after a last commit.
pub struct JournalThread(std::thread::JoinHandle<()>);

impl JournalThread {
    /// Waits for the end, the last commit included. Drop the [`Sender`] before.
    ///
    /// # Errors
    /// [`RefusalCause::Ended`] when the thread panicked.
    pub fn join(self) -> Result<(), RefusalCause> {
        self.0.join().map_err(|_| RefusalCause::Ended)
    }
}

/// Called on the journal's thread with what each commit added; it must not wait.
pub type Follower = Box<dyn FnMut(Commit) + Send>;

/// Starts the thread.
///
/// # Errors
/// What the system says when it cannot start one.
pub fn spawn(writer: Writer, follower: Follower) -> io::Result<(Sender, JournalThread)> {
    let (queue, batches) = mpsc::channel();
    let used = Arc::new(AtomicUsize::new(0));
    let (publish, state) = watch::channel(State {
        durable_through: writer.durable_through(),
        health: Health::Writing,
        wants_checkpoint: writer.wants_checkpoint(),
    });
    let mut worker = Worker {
        writer,
        follower,
        publish,
        used: used.clone(),
        held: 0,
        since: None,
        newest: Mono(0),
        full_until: None,
    };
    let run = move || worker.run(&batches);
    let thread = std::thread::Builder::new().name("journal".into()).spawn(run)?;
    Ok((Sender { queue, used, state, undurable: VecDeque::new() }, JournalThread(thread)))
}

struct Worker {
    writer: Writer,
    follower: Follower,
    publish: watch::Sender<State>,
    used: Arc<AtomicUsize>,
    /// Bytes taken from the queue and not durable yet.
    held: usize,
    /// When the oldest of them was made.
    since: Option<Mono>,
    /// When the newest entry taken was made.
    newest: Mono,
    /// The disk was full: all that waits would be written anew, so it is not tried with every batch.
    full_until: Option<Mono>,
}

impl Worker {
    fn run(&mut self, batches: &mpsc::Receiver<Batch>) {
        loop {
            let next = if self.since.is_none() {
                batches.recv().map_err(|mpsc::RecvError| RecvTimeoutError::Disconnected)
            } else {
                batches.recv_timeout(Duration::from_micros(COMMIT_INTERVAL.0))
            };
            let due = match next {
                Ok(batch) => {
                    let mut due = self.take(batch);
                    // Everything that waits shares one sync. Bounded by the queue's own bound.
                    while let Ok(batch) = batches.try_recv() {
                        due |= self.take(batch);
                    }
                    due
                }
                Err(RecvTimeoutError::Timeout) => true,
                Err(RecvTimeoutError::Disconnected) => {
                    self.commit();
                    return;
                }
            };
            if due {
                self.commit();
            }
            if matches!(self.publish.borrow().health, Health::Failed(_)) {
                return;
            }
        }
    }

    /// Takes a batch; says whether a commit is due.
    fn take(&mut self, batch: Batch) -> bool {
        self.held += batch.bytes;
        if let Err(error) = self.writer.append(&batch.drafts) {
            self.tell(Health::Failed(error.to_string()));
            return false;
        }
        let newest = batch.drafts.last().map(|draft| draft.stamp().mono);
        self.newest = newest.unwrap_or(self.newest);
        let since = *self.since.get_or_insert(newest.unwrap_or_default());
        if let (Some(now), Some(until)) = (newest, self.full_until)
            && now < until
        {
            return false;
        }
        batch.urgency == Urgency::Force || newest.is_some_and(|now| now.since(since) >= COMMIT_INTERVAL)
    }

    fn commit(&mut self) {
        match self.writer.commit() {
            Ok(commit) => {
                self.used.fetch_sub(std::mem::take(&mut self.held), Ordering::AcqRel);
                (self.since, self.full_until) = (None, None);
                self.tell(Health::Writing);
                (self.follower)(commit);
            }
            Err(error @ CommitError::Full(_)) => {
                self.full_until = Some(self.newest + COMMIT_INTERVAL);
                self.tell(Health::Full(error.to_string()));
            }
            Err(error @ (CommitError::Failed(_) | CommitError::FailedBefore)) => {
                self.tell(Health::Failed(error.to_string()));
            }
        }
    }

    fn tell(&self, health: Health) {
        let known = matches!(self.publish.borrow().health, Health::Failed(_));
        if known {
            return;
        }
        self.publish.send_replace(State {
            durable_through: self.writer.durable_through(),
            health,
            wants_checkpoint: self.writer.wants_checkpoint(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{SMALL, checkpoint, closed, pack, reopen};
    use super::super::{mem_disk::MemDisk, open};
    use super::*;

    struct Running {
        disk: MemDisk,
        sender: Sender,
        thread: JournalThread,
        commits: mpsc::Receiver<Commit>,
    }

    fn start() -> Running {
        let disk = MemDisk::new();
        let (writer, _) = open(Arc::new(disk.clone()), SMALL, 0).unwrap();
        let (tx, commits) = mpsc::channel();
        // A test that has ended does not read any more: that is no fault of the journal.
        let follower = Box::new(move |commit| tx.send(commit).unwrap_or_default());
        let (sender, thread) = spawn(writer, follower).unwrap();
        Running { disk, sender, thread, commits }
    }

    #[test]
    fn a_forced_draft_becomes_durable_with_all_before_it() {
        let Running { disk, mut sender, thread, commits } = start();
        sender.try_append(vec![checkpoint(1), closed(2)], Urgency::Routine).unwrap();
        assert_eq!(sender.oldest_undurable(), Some(Mono(1000)));
        sender.try_append(vec![closed(3)], Urgency::Force).unwrap();
        let mut seen = Vec::new();
        while seen.len() < 3 {
            seen.extend(commits.recv().unwrap().entries.into_iter().map(|c| c.entry.seq));
        }
        assert_eq!(seen, [1, 2, 3]);
        assert_eq!(sender.state().borrow().durable_through, 3);
        assert_eq!((sender.oldest_undurable(), sender.used()), (None, 0));
        drop(sender);
        thread.join().unwrap();
        assert_eq!(reopen(&disk).unwrap().1.last_seq, 3);
    }

    #[test]
    fn the_end_commits_what_is_left() {
        let Running { disk, mut sender, thread, .. } = start();
        sender.try_append(vec![checkpoint(1), closed(2)], Urgency::Routine).unwrap();
        drop(sender);
        thread.join().unwrap();
        assert_eq!(reopen(&disk).unwrap().1.last_seq, 2);
    }

    #[test]
    fn a_full_queue_gives_samples_back_first_and_loses_nothing() {
        let Running { disk, mut sender, thread, .. } = start();
        disk.set_capacity(Some(0));
        sender.try_append(vec![checkpoint(1)], Urgency::Force).unwrap();
        let mut seq = 2;
        let refused = loop {
            match sender.try_append((seq..seq + 1000).map(pack).collect(), Urgency::Routine) {
                Ok(()) => seq += 1000,
                Err(refused) => break refused,
            }
        };
        assert_eq!((refused.cause, refused.drafts[0].seq()), (RefusalCause::QueueFull, seq));
        assert!(sender.used() <= QUEUE_BYTES_FOR_SAMPLES);
        sender
            .try_append(vec![closed(seq)], Urgency::Force)
            .expect("a quarter is kept for what is no sample");
        disk.set_capacity(None);
        drop(sender);
        thread.join().unwrap();
        assert_eq!(reopen(&disk).unwrap().1.last_seq, seq);
    }

    #[test]
    fn a_failed_sync_is_told_and_ends_the_journal() {
        let Running { disk, mut sender, thread, .. } = start();
        disk.fail_syncs(true);
        sender.try_append(vec![checkpoint(1)], Urgency::Force).unwrap();
        thread.join().unwrap();
        assert!(matches!(sender.state().borrow().health, Health::Failed(_)));
        let refused = sender.try_append(vec![closed(2)], Urgency::Force).unwrap_err();
        assert_eq!((refused.cause, refused.drafts.len()), (RefusalCause::Ended, 1));
    }

    #[test]
    fn a_full_disk_is_not_tried_with_every_batch() {
        let disk = MemDisk::new();
        let (writer, _) = open(Arc::new(disk.clone()), SMALL, 0).unwrap();
        let (publish, state) =
            watch::channel(State { durable_through: 0, health: Health::Writing, wants_checkpoint: true });
        let follower: Follower = Box::new(|_| {});
        let used = Arc::new(AtomicUsize::new(1 << 20));
        let mut worker = Worker {
            writer,
            follower,
            publish,
            used,
            held: 0,
            since: None,
            newest: Mono(0),
            full_until: None,
        };
        let batch = |drafts: Vec<Draft>| Batch { bytes: 1, urgency: Urgency::Force, drafts };
        disk.set_capacity(Some(0));
        assert!(worker.take(batch(vec![checkpoint(1)])));
        worker.commit();
        assert!(matches!(state.borrow().health, Health::Full(_)));
        assert!(!worker.take(batch(vec![closed(2)])), "a millisecond later");
        worker.full_until = Some(Mono(0));
        assert!(worker.take(batch(vec![closed(3)])), "its time has come");
        disk.set_capacity(None);
        worker.commit();
        assert_eq!(state.borrow().durable_through, 3);
    }

    #[test]
    fn a_wrong_number_ends_the_journal_instead_of_leaving_a_gap() {
        let Running { mut sender, thread, .. } = start();
        sender.try_append(vec![checkpoint(1), closed(3)], Urgency::Force).unwrap();
        thread.join().unwrap();
        assert!(matches!(&sender.state().borrow().health, Health::Failed(why) if why.contains("entry 3")));
    }
}
