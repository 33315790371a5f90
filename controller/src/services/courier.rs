//! The courier: one task that follows the journal and carries records to the BMS.
//!
//! Owns: the rhythm around [`Deliver`], which decides. Refuses: to block the other tasks: what blocks runs beside them, one
//! record at a time. Ends when the journal's thread has ended and its last commit is in the store.

use super::SharedClock;
use super::deliver::Deliver;
use super::people::People;
use crate::clock::Clock as _;
use crate::control::io::Input;
use crate::journal::thread::State;
use crate::journal::{Commit, Retention};
use crate::socket::StoreQuery;
use crate::upstream::{SendOutcome, Transport};
use station::api::{ALARM_PAGE, Answer, ApiError, ErrorCode};
use std::sync::mpsc as sync_mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// Commits between the bridge and the courier; the rest waits in the journal's own channel, or is read back.
const COMMITS: usize = 16;
/// Longest sleep: what else wakes it is told at once.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// A transport that a blocking task may use while the courier keeps it.
pub(super) type SharedTransport = Arc<Mutex<Box<dyn Transport>>>;

/// The journal's thread hands commits over without waiting, so its channel is one for threads; this makes it one for tasks.
pub(super) fn bridge(commits: sync_mpsc::Receiver<Commit>) -> mpsc::Receiver<Commit> {
    let (to, from) = mpsc::channel(COMMITS);
    tokio::task::spawn_blocking(move || {
        while let Ok(commit) = commits.recv() {
            if to.blocking_send(commit).is_err() {
                return;
            }
        }
    });
    from
}

/// All that the courier has.
pub(super) struct Courier {
    pub(super) deliver: Deliver,
    pub(super) people: People,
    pub(super) transport: Option<SharedTransport>,
    pub(super) commits: mpsc::Receiver<Commit>,
    pub(super) journal: watch::Receiver<State>,
    pub(super) clock: SharedClock,
    /// How many times faster than real time the clock runs.
    pub(super) scale: u32,
    pub(super) retention: Retention,
    pub(super) to_control: mpsc::Sender<Input>,
    pub(super) shutdown: watch::Receiver<bool>,
    /// Whether the last fetch of the worklist reached the BMS; told at each fetch.
    pub(super) reached: watch::Receiver<bool>,
    /// Questions to the store.
    pub(super) asked: mpsc::Receiver<StoreQuery>,
}

impl Courier {
    pub(super) async fn run(mut self) {
        let mut sending: Option<JoinHandle<SendOutcome>> = None;
        let mut journal_over = false;
        let mut fetching_over = false;
        loop {
            let stopping = *self.shutdown.borrow();
            if sending.is_none() && !stopping {
                sending = self.begin();
            }
            let sleep = self.sleep();
            tokio::select! {
                commit = self.commits.recv() => match commit {
                    Some(commit) => self.follow(&commit).await,
                    None => break,
                },
                outcome = finished(&mut sending) => self.end(outcome).await,
                changed = self.journal.changed(), if !journal_over => match changed {
                    Ok(()) => self.checkpoint().await,
                    Err(_) => journal_over = true,
                },
                changed = self.reached.changed(), if !fetching_over => match changed {
                    Ok(()) => self.reached().await,
                    Err(_) => fetching_over = true,
                },
                Some(query) = self.asked.recv() => self.answer(query),
                () = tokio::time::sleep(sleep) => self.catch_up().await,
            }
        }
        if let Err(error) = self.deliver.flush() {
            tracing::warn!(%error, "the store was not flushed: the next start takes longer");
        }
    }

    fn begin(&mut self) -> Option<JoinHandle<SendOutcome>> {
        let transport = self.transport.clone()?;
        let parcel = self.deliver.begin(self.clock.now().mono)?;
        Some(tokio::task::spawn_blocking(move || {
            let mut transport = transport.lock().unwrap_or_else(PoisonError::into_inner);
            parcel.send(&mut **transport)
        }))
    }

    async fn end(&mut self, outcome: SendOutcome) {
        let now = self.clock.now();
        let inputs = self.deliver.end(now, outcome);
        self.hand_in(inputs).await;
    }

    async fn follow(&mut self, commit: &Commit) {
        if let Err(error) = self.deliver.follow(commit) {
            tracing::error!(%error, "the store does not follow the journal");
        }
        let begun =
            commit.entries.iter().any(|item| item.entry.kind == crate::journal::EntryKind::CHECKPOINT);
        if begun {
            match self.deliver.prune(self.retention, commit.durable_through) {
                Ok(removed) if removed.is_empty() => {}
                Ok(removed) => tracing::info!(?removed, "old segments were removed"),
                Err(error) => tracing::error!(%error, "old segments were not removed"),
            }
        }
        let view = self.deliver.view();
        self.hand_in(view).await;
    }

    /// What was committed while there was no room for it here is read from the journal.
    async fn catch_up(&mut self) {
        let durable_through = self.journal.borrow().durable_through;
        if self.commits.is_empty() && durable_through > self.deliver.index().applied() {
            self.follow(&Commit { durable_through, entries: Vec::new() }).await;
        }
    }

    /// Answers a terminal out of the store, which holds what is durable.
    fn answer(&self, query: StoreQuery) {
        let gone = match query {
            StoreQuery::Alarms { before, answer } => {
                let page = self.deliver.index().alarms(before, ALARM_PAGE).map_err(unreadable);
                answer.send(page.map(|alarms| Answer::Alarms { alarms })).is_err()
            }
            StoreQuery::Person { donor, answer } => {
                let found = self.people.read(&self.deliver, &donor).map_err(unreadable);
                answer.send(found.and_then(|found| found.ok_or_else(nobody))).is_err()
            }
            StoreQuery::Record { which, answer } => {
                let found = self.deliver.closed(which).map_err(unreadable);
                answer.send(found.and_then(|found| found.map(Box::new).ok_or_else(no_such))).is_err()
            }
        };
        if gone {
            tracing::debug!("the terminal that asked is gone");
        }
    }

    async fn reached(&mut self) {
        let reached = *self.reached.borrow_and_update();
        self.deliver.reached(reached);
        let view = self.deliver.view();
        self.hand_in(view).await;
    }

    async fn checkpoint(&mut self) {
        if !self.journal.borrow_and_update().wants_checkpoint {
            return;
        }
        match self.deliver.checkpoint(self.clock.now().mono) {
            Ok(input) => self.hand_in(input).await,
            Err(error) => tracing::error!(%error, "no checkpoint can be made"),
        }
    }

    /// Waits for room: what was acknowledged is never dropped.
    async fn hand_in(&mut self, inputs: impl IntoIterator<Item = Input>) {
        for input in inputs {
            if self.to_control.send(input).await.is_err() {
                tracing::debug!("the control thread has ended");
                return;
            }
        }
    }

    fn sleep(&mut self) -> Duration {
        if self.transport.is_none() {
            return LONGEST_SLEEP;
        }
        let now = self.clock.now().mono;
        let wait = self.deliver.next_timeout().map(|at| Duration::from_micros(at.since(now).0) / self.scale);
        wait.map_or(LONGEST_SLEEP, |wait| wait.clamp(Duration::from_millis(1), LONGEST_SLEEP))
    }
}

/// The outcome of the record on its way; never when there is none.
async fn finished(sending: &mut Option<JoinHandle<SendOutcome>>) -> SendOutcome {
    let Some(task) = sending else { return std::future::pending().await };
    let outcome = task.await;
    *sending = None;
    outcome.unwrap_or_else(|_| SendOutcome::Unreachable("sending broke off".to_owned()))
}

fn unreadable(error: impl std::fmt::Display) -> ApiError {
    tracing::error!(%error, "the store or the journal cannot be read");
    ApiError { code: ErrorCode::Busy, text: error.to_string(), refusal: None }
}

fn nobody() -> ApiError {
    let text = "this donor's data are not kept here, or not on disk yet: ask the donor".to_owned();
    ApiError { code: ErrorCode::NoSuchDonation, text, refusal: None }
}

fn no_such() -> ApiError {
    let text = "no such closed donation is kept here".to_owned();
    ApiError { code: ErrorCode::NoSuchDonation, text, refusal: None }
}
