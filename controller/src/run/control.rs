//! The control thread: links, drivers, step, and nothing that waits for a disk, a socket or another thread's lock.
//!
//! Owns: the loop, in which a protective order goes from the driver that read to the line that is driven without anything in
//! between. Refuses: to block; everything it hands over goes into bounded queues. A crash: the links are dropped, which
//! drives the outputs safe as far as their backend can; the next start drives them safe first.

use crate::clock::{Clock, Stamp};
use crate::control::Station;
use crate::control::io::{Input, Output, Token};
use crate::devices::deadman::{self, Deadman};
use crate::devices::host::Host;
use crate::devices::links::{Arrived, Links};
use crate::devices::witness::Witness;
use crate::eligibility::Question;
use crate::journal::Draft;
use crate::journal::thread::{
    Health, QUEUE_BYTES, QUEUE_BYTES_FOR_SAMPLES, RefusalCause, Sender, State, Urgency,
};
use drivers::Observation;
use station::api::{Answer, ApiError, Snapshot};
use station::measure::{Mono, Span};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// A snapshot at most this often while something changes.
const SNAPSHOT_FAST: Span = Span::from_millis(100);
/// A snapshot at least this often.
const SNAPSHOT_SLOW: Span = Span::from_secs(1);
/// The journal's lag is told this often.
const LAG: Span = Span::from_secs(1);
/// Bytes in the journal's queue from which on weights are thinned.
const HALF_FULL: usize = QUEUE_BYTES / 2;
/// Most entries kept back while the journal's queue is full. Then the disk has been silent for so long that it counts as failed.
const MAX_BACKLOG: usize = 4096;
/// Most rounds of one drain: drivers and step answer each other a few times, not without end.
const MAX_ROUNDS: usize = 256;
/// Most things handed in that one turn takes; as many more than reads of ports as keep up with any terminal.
const MAX_HANDED: usize = 16;
/// Longest sleep: deadlines may move while it sleeps only by what wakes it, so this is a mere safety net.
const LONGEST_SLEEP: Span = Span::from_secs(1);

/// Everything that the control thread owns.
pub(super) struct ControlThread {
    pub(super) station: Station,
    pub(super) host: Host,
    pub(super) links: Links,
    pub(super) deadman: Deadman,
    pub(super) journal: Sender,
    pub(super) journal_state: watch::Receiver<State>,
    pub(super) clock: Box<dyn Clock>,
    /// How many times faster than real time the clock runs.
    pub(super) scale: u64,
    pub(super) inputs: mpsc::Receiver<Input>,
    /// Protective acts of people, which come before everything else that is handed in.
    pub(super) urgent: mpsc::Receiver<Input>,
    pub(super) answers: mpsc::Sender<(Token, Result<Answer, ApiError>)>,
    pub(super) questions: mpsc::Sender<Question>,
    pub(super) snapshots: watch::Sender<Arc<Snapshot>>,
    pub(super) witness: Witness,
    pub(super) shutdown: watch::Receiver<bool>,
    pub(super) work: Work,
}

/// What the loop remembers between two rounds.
#[derive(Default)]
pub(super) struct Work {
    backlog: VecDeque<Draft>,
    backlog_force: bool,
    next_lag: Mono,
    next_snapshot: Mono,
    slow_snapshot: Mono,
    next_report: Mono,
    shown: u64,
    /// The last number that the station was told to be durable.
    durable: u64,
    journal_over: bool,
    /// Nobody can hand anything in any more.
    deserted: bool,
    /// The disk failed in an earlier run: the journal is over before it begins.
    distrusted: bool,
    /// Of so many samples one is kept.
    every: u32,
}

impl Work {
    /// At a start. `failed_before`: nobody has accepted the journal since its disk failed.
    pub(super) fn over(failed_before: bool) -> Self {
        Self { distrusted: failed_before, every: 1, ..Self::default() }
    }
}

enum Wake {
    Stop,
    Arrived(Arrived),
    Handed(Option<Input>),
    /// The journal or a timer: each turn looks at both.
    Turn,
}

impl ControlThread {
    /// Runs until it is told to stop. Afterwards every output is safe.
    pub(super) async fn run(mut self) {
        let now = self.clock.now();
        self.links.announce(now.mono, &mut self.host);
        if self.work.distrusted {
            self.journal_over(now);
        }
        loop {
            let now = self.clock.now();
            self.turn(now);
            let sleep = self.sleep(now.mono);
            // Ports come first, as what they say may have to close a clamp. Each turn reads a bounded number of times and does its
            // share of everything else, so that a port that never falls silent keeps nobody waiting.
            let wake = tokio::select! {
                biased;
                () = stopped(&mut self.shutdown) => Wake::Stop,
                arrived = self.links.read() => Wake::Arrived(arrived),
                Some(input) = self.urgent.recv() => Wake::Handed(Some(input)),
                Ok(()) = self.journal_state.changed() => Wake::Turn,
                input = self.inputs.recv(), if !self.work.deserted => Wake::Handed(input),
                () = tokio::time::sleep(sleep) => Wake::Turn,
            };
            let now = self.clock.now();
            let now = match wake {
                Wake::Stop => break,
                Wake::Arrived(arrived) => self.heed_ports(now, arrived),
                Wake::Handed(input) => {
                    // Nobody is left who could hand anything in; the beds still have to be looked after.
                    self.work.deserted |= input.is_none();
                    self.step(now, input.unwrap_or(Input::Terminals(0)));
                    now
                }
                Wake::Turn => now,
            };
            self.pump(now);
        }
        self.stop();
    }

    /// What came from a port, and from others at the same time: where many scales are read at once, one wake is enough for all. Each is
    /// carried out before the next is read; gives the instant of the last.
    fn heed_ports(&mut self, mut now: Stamp, arrived: Arrived) -> Stamp {
        self.links.arrived(now.mono, arrived, &mut self.host);
        for _ in 1..self.links.ports() {
            let Some(arrived) = self.links.ready() else { break };
            self.pump(now);
            now = self.clock.now();
            self.links.arrived(now.mono, arrived, &mut self.host);
        }
        now
    }

    /// What is done in every round, whatever woke the loop.
    fn turn(&mut self, now: Stamp) {
        self.links.sample(now.mono, &mut self.host);
        self.pump(now);
        self.heed_journal(now);
        self.take_handed(now);
        self.links.open_due(now.mono, &mut self.host);
        self.host.timeouts(now.mono);
        self.pump(now);
        if self.station.next_timeout().is_some_and(|at| at <= now.mono) {
            self.step(now, Input::Timeout);
            self.pump(now);
        }
        self.hand_backlog(now);
        if now.mono >= self.work.next_lag {
            self.work.next_lag = now.mono + LAG;
            let oldest = self.journal.oldest_undurable();
            // The disk is as fast as it is, however fast a simulation's time runs.
            let lag = oldest.map_or(Span::ZERO, |at| Span(now.mono.since(at).0 / self.scale));
            self.step(now, Input::JournalLag(lag));
            self.thin(now);
        }
        self.show(now);
        self.keep_alive(now);
    }

    /// Weights give way long before anything else finds no room.
    fn thin(&mut self, now: Stamp) {
        let every = keep_every(self.journal.used());
        if every != std::mem::replace(&mut self.work.every, every) {
            tracing::warn!(every, "the journal does not keep up: so many weights are one");
            self.step(now, Input::Thin(every));
        }
    }

    /// At the end of a turn, when everything that was due has had its step: whoever is in order may keep the energy on.
    fn keep_alive(&mut self, now: Stamp) {
        if !self.links.has_enables() {
            return;
        }
        self.deadman.stepped(now.mono);
        for bed in self.station.beds_in_order(now.mono) {
            self.deadman.passed(now.mono, bed);
        }
        self.links.pulse(now.mono, &mut self.deadman);
    }

    /// What the disk has taken since the last turn, and whether it still does.
    fn heed_journal(&mut self, now: Stamp) {
        let (durable, failed) = {
            let state = self.journal_state.borrow_and_update();
            (state.durable_through, matches!(state.health, Health::Failed(_)))
        };
        if durable != std::mem::replace(&mut self.work.durable, durable) {
            self.step(now, Input::Durable(durable));
        }
        if failed {
            self.journal_over(now);
        }
    }

    /// A bounded share of what others want: requests above all, protective ones first.
    fn take_handed(&mut self, now: Stamp) {
        while let Ok(input) = self.urgent.try_recv() {
            self.step(now, input);
        }
        for _ in 0..MAX_HANDED {
            let Ok(input) = self.inputs.try_recv() else { return };
            self.step(now, input);
        }
    }

    fn sleep(&self, now: Mono) -> Duration {
        let deadlines = [
            self.links.next_timeout(),
            self.host.next_timeout(),
            self.station.next_timeout(),
            Some(self.next_show()),
            self.links.has_enables().then(|| now + deadman::HALF),
        ];
        let span = deadlines.into_iter().flatten().min().map_or(LONGEST_SLEEP, |at| at.since(now));
        Duration::from_micros(span.0.min(LONGEST_SLEEP.0) / self.scale)
    }

    fn next_show(&self) -> Mono {
        let changed = self.station.is_busy() || self.work.shown != self.station.revision();
        if changed { self.work.next_snapshot } else { self.work.slow_snapshot }
    }

    fn show(&mut self, now: Stamp) {
        // In scaled time people still see ten pictures a second of their own.
        let scale = self.scale;
        let stretch = |span: Span| Span(span.0.saturating_mul(scale));
        if now.mono >= self.work.next_report {
            self.work.next_report = now.mono + stretch(SNAPSHOT_SLOW);
            let mut reports = self.host.reports(now.mono);
            self.links.explain(&mut reports);
            self.witness.report(reports);
        }
        if now.mono < self.next_show() {
            return;
        }
        self.work.next_snapshot = now.mono + stretch(SNAPSHOT_FAST);
        self.work.slow_snapshot = now.mono + stretch(SNAPSHOT_SLOW);
        self.work.shown = self.station.revision();
        self.snapshots.send_replace(Arc::new(self.station.snapshot(now)));
    }

    /// Moves what drivers want sent and what they found out, until there is nothing more of either.
    fn pump(&mut self, now: Stamp) {
        for _ in 0..MAX_ROUNDS {
            self.send(now);
            let Some((device, observation)) = self.host.poll_observation() else { return };
            if let Observation::Fault(fault) = &observation {
                self.witness.fault(&device, fault, self.host.newest_fault(&device));
            }
            self.step(now, Input::Observed { device, observation });
        }
        tracing::error!("devices talk without end");
    }

    fn send(&mut self, now: Stamp) {
        while let Some((id, outbound)) = self.host.poll_outbound() {
            self.links.send(now.mono, &id, outbound, &mut self.host);
        }
    }

    /// One step and everything that comes out of it.
    fn step(&mut self, now: Stamp, input: Input) {
        let mut failed = VecDeque::new();
        self.station.step(now, input);
        for _ in 0..MAX_ROUNDS {
            while let Some(output) = self.station.poll_output() {
                self.carry_out(now, output, &mut failed);
            }
            let Some(input) = failed.pop_front() else { return };
            self.station.step(now, input);
        }
        tracing::error!("orders fail without end");
    }

    fn carry_out(&mut self, now: Stamp, output: Output, failed: &mut VecDeque<Input>) {
        match output {
            Output::Order { device, actuation, permit } => {
                if let Err(error) = self.host.order(now.mono, &device, actuation) {
                    tracing::warn!(%device, ?actuation, %error, "an order was not taken");
                    failed.push_back(Input::OrderFailed { device, actuation, permit });
                }
                self.send(now);
            }
            Output::Journal { drafts, force } => {
                self.work.backlog.extend(drafts);
                self.work.backlog_force |= force;
                self.hand_backlog(now);
            }
            Output::Ask(question) => {
                if let Err(error) = self.questions.try_send(question) {
                    // The bed does not wait longer than its limit for any answer.
                    tracing::warn!(%error, "a question about a donor finds nobody");
                }
            }
            Output::ClockConfirmed(wall) => self.clock.confirm(wall),
            Output::Answer { token, result } => {
                if let Err(error) = self.answers.try_send((token, result)) {
                    // What was done is journaled; whoever asked asks again under the same id.
                    tracing::warn!(token, %error, "an answer finds nobody");
                }
            }
        }
    }

    /// Hands entries to the journal's thread; what it has no room for is kept, in order.
    fn hand_backlog(&mut self, now: Stamp) {
        if self.work.backlog.is_empty() || self.work.journal_over {
            return;
        }
        let urgency = if self.work.backlog_force { Urgency::Force } else { Urgency::Routine };
        match self.journal.try_append(std::mem::take(&mut self.work.backlog).into(), urgency) {
            Ok(()) => self.work.backlog_force = false,
            Err(refused) => {
                let over = refused.drafts.len() > MAX_BACKLOG || refused.cause == RefusalCause::Ended;
                self.work.backlog = refused.drafts.into();
                if over {
                    self.journal_over(now);
                }
            }
        }
    }

    fn journal_over(&mut self, now: Stamp) {
        if !std::mem::replace(&mut self.work.journal_over, true) {
            tracing::error!("the journal is not written any more");
            self.work.backlog.clear();
            self.step(now, Input::JournalFailed);
        }
    }

    /// Every clamp closed, every tool disabled, then every output safe; the last entries go to the journal.
    fn stop(&mut self) {
        let now = self.clock.now();
        self.station.stop(now);
        let mut ignored = VecDeque::new();
        while let Some(output) = self.station.poll_output() {
            self.carry_out(now, output, &mut ignored);
        }
        self.links.make_safe(now.mono, &mut self.host);
    }
}

/// Of how many weights one is kept, with so many bytes in the journal's queue.
fn keep_every(used: usize) -> u32 {
    if used <= HALF_FULL {
        1
    } else if used <= QUEUE_BYTES_FOR_SAMPLES {
        4
    } else {
        64
    }
}

/// Waits until the daemon is told to stop. Whoever could tell it being gone means the same.
async fn stopped(shutdown: &mut watch::Receiver<bool>) {
    // An error is the sender's end: stop as well.
    drop(shutdown.wait_for(|stop| *stop).await);
}

#[cfg(test)]
#[path = "control_tests.rs"]
mod tests;
