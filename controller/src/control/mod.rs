//! The one step of the station: everything that happens goes through [`Station::step`], live, in simulation and in the
//! explorer. Sans-IO: time and inputs come in, outputs are polled out; no thread, no file, no port, no clock.
//!
//! Owns: the order of things. Refuses: to wait for anything. What a crash does: the machines are made again by a replay of
//! the journal ([`restart`]); waiting permits and answers are lost, none of which had been carried out or promised.
//!
//! The four laws that this module keeps:
//!
//! 1. **Protect never waits, permit always does.** What closes, disables or warns is in the queue of orders as soon as the
//!    machine has said it, ahead of every entry and answer of the step, and is journaled after. What opens a path or adds
//!    energy waits at the [`gate`] until its intent and everything before it is on disk; then epoch, expiry and the guard on
//!    present readings are asked; a permit that fails is dropped and its machine is told.
//! 2. **The machine decides, and is pure.** Every input that reaches it, timers included, is journaled as it saw it: the
//!    event first, its commands after. Beds share nothing; facts about the station reach each of them as events.
//! 3. **One step function.** A panic in one bed's machine is caught: that bed is made safe and stays so, the others go on; a
//!    second panic makes every bed safe.
//! 4. **Unknown is unsafe.** A unit that answers with another serial number in mid-donation is a fault and its readings are not
//!    taken; what cannot be journaled does not happen.
//!
//! ```text
//!   Input ──▶ translate ──▶ machine ──▶ protects ───────────────────────────────▶ Output::Order     (first)
//!                              │   └──▶ event, then commands ───────────────────▶ Output::Journal
//!                              └──────▶ permits ──▶ gate ── durable, guard ok ──▶ Output::Order
//!   requests ──────────────────────────▶ answers ─────── durable ───────────────▶ Output::Answer
//! ```
//! Calling order: after every `step`, drain [`Station::poll_output`] before anything else, then ask
//! [`Station::next_timeout`].

pub mod aftercare;
mod anew;
mod answers;
mod bed;
mod carry;
pub mod climate;
mod devices;
mod donors;
pub mod entries;
mod envelope;
pub mod gate;
pub mod io;
pub mod looks;
pub mod machine;
mod owed;
mod paper;
mod pen;
pub mod register;
mod requests;
pub mod restart;
mod scans;
pub mod shift;
mod snapshot;
mod versions;

use crate::clock::{ClockTrust, Stamp};
use crate::journal::Packer;
use crate::journal::entry::{Boot, CheckpointState, DraftError};
use crate::privacy::Privacy;
use aftercare::Aftercare;
use answers::Answers;
use bed::{Seated, Slot};
use climate::Climate;
use devices::Devices;
use gate::Gate;
use io::{Input, MAX_WORKLIST, Output, StationParts, WorkItem};
use machine::{Guarded, Machine, Panicked};
use owed::Owed;
use pen::Pen;
use register::Register;
use restart::{Past, Recovered, Restarting};
use shift::Desk;
use shift::gates::GateKey;
use station::api::{OutboxView, WorkView};
use station::device::Mode;
use station::ident::{BedId, DonorToken, OperatorId, StationId};
use station::measure::{Mono, Span};
use station::procedure::eligibility::LastDonation;
use station::procedure::event::{ActingOperator, Event, Lapse, PermitId, SharedFact};
use station::procedure::limits::Settings;
use station::procedure::{LOGIC_VERSION, Procedure};
use station::shift::ShiftEvent;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use versions::Versions;

/// The oldest entry may wait this long for the disk before people are told and no new needle is started.
const JOURNAL_SLOW: Span = Span::from_secs(5);
/// After this long the journal counts as failed.
const JOURNAL_DEAD: Span = Span::from_secs(30);
/// Without a live terminal for this long the panels take the alarms.
const TERMINALS_GONE: Span = Span::from_secs(5);
/// So many records that wait are told at the beds: whether the receiver does not answer, or answers and does not take them.
const BACKLOG: u32 = 10;
/// Most timers that one bed may work off in one step; the rest follows in the next, which is due at once.
const MAX_TIMERS: usize = 16;

/// The station.
pub struct Station {
    name: StationId,
    mode: Mode,
    utc_offset_min: i16,
    settings: Settings,
    slots: Vec<Slot>,
    devices: Devices,
    climate: Climate,
    register: Register,
    aftercare: Aftercare,
    versions: Versions,
    worklist: Vec<WorkItem>,
    /// Donors of the present worklist who have been taken to a bed: no more than it has.
    served: BTreeSet<DonorToken>,
    /// Who waits, as terminals are shown it.
    waiting: Arc<[WorkView]>,
    /// Who gave here lately: at most as many as the index keeps, and those of this run.
    drawn: BTreeMap<DonorToken, LastDonation>,
    /// Whether there is a BMS that can be asked about donors.
    online: bool,
    privacy: Privacy,
    pen: Pen,
    packer: Packer,
    gate: Gate,
    answers: Answers,
    durable: u64,
    lapses: VecDeque<(usize, PermitId, Lapse)>,
    orders: VecDeque<Output>,
    rest: VecDeque<Output>,
    desk: Desk,
    badge: Option<(BedId, OperatorId, Mono)>,
    journal_slow: bool,
    clock_trusted: bool,
    alone_since: Option<Mono>,
    alone_told: bool,
    outbox: OutboxView,
    backlog: bool,
    failures: u32,
    snapshots: u64,
    /// When the next step is due by itself, as the last one left it.
    due: Option<Mono>,
    /// What the gates were last looked at with.
    gates_seen: Option<GateKey>,
    make: Make,
}

/// Makes a bed's machine.
type Make = Box<dyn Fn(BedId) -> Box<dyn Machine> + Send>;

impl Station {
    /// A station whose beds are free, but for those with a past: these wait until their devices have answered, then their
    /// machines hear of the restart. Its first output is the `boot` entry, in a new journal after the checkpoint that has to
    /// come first.
    ///
    /// # Errors
    /// [`DraftError`] when these entries cannot be written.
    pub fn new(parts: StationParts) -> Result<Self, DraftError> {
        Self::with_machines(parts, |bed| Box::new(Procedure::new(bed)))
    }

    /// A station with other machines: a stand-in in tests.
    pub(crate) fn with_machines(
        mut parts: StationParts,
        make: impl Fn(BedId) -> Box<dyn Machine> + Send + 'static,
    ) -> Result<Self, DraftError> {
        let now = parts.now;
        let mut register = Register::new(parts.dins);
        register.promise(&parts.worklist);
        let mut slots: Vec<Slot> = parts
            .beds
            .into_iter()
            .map(|bed| {
                let machine = Guarded::new(make(bed.bed));
                Slot::new(bed, machine)
            })
            .collect();
        let binned = std::mem::take(&mut parts.needles_binned);
        let Recovered { pasts, owed } = std::mem::take(&mut parts.recovered);
        for (bed, delay) in parts.clamp_delays {
            if let Some(slot) = slots.iter_mut().find(|slot| slot.bed == bed) {
                slot.clamp_delay = Some(delay);
            }
        }
        let mut station = Self {
            name: parts.station,
            mode: parts.mode,
            utc_offset_min: parts.utc_offset_min,
            settings: parts.settings,
            slots,
            devices: Devices::new(parts.devices),
            climate: Climate::new(parts.probes, now.mono),
            register,
            aftercare: Aftercare::default(),
            versions: Versions::default(),
            worklist: parts.worklist,
            served: BTreeSet::new(),
            waiting: Arc::default(),
            drawn: parts.drawn.into_iter().collect(),
            online: parts.online,
            privacy: parts.privacy,
            pen: Pen::new(parts.next_seq),
            packer: Packer::default(),
            gate: Gate::default(),
            answers: Answers::default(),
            durable: parts.next_seq.saturating_sub(1),
            lapses: VecDeque::new(),
            orders: VecDeque::new(),
            rest: VecDeque::new(),
            desk: Desk::new(parts.shift),
            badge: None,
            journal_slow: false,
            clock_trusted: now.trust != ClockTrust::Untrusted,
            alone_since: Some(now.mono),
            alone_told: false,
            outbox: OutboxView::default(),
            backlog: false,
            failures: 0,
            snapshots: 0,
            due: None,
            gates_seen: None,
            make: Box::new(make),
        };
        for past in pasts {
            station.seat(now, past);
        }
        station.take_up_aftercare(now, parts.closed);
        station.boot(now, owed)?;
        station.tell_binned(now, &binned);
        station.due = station.find_due();
        Ok(station)
    }

    /// Puts a donation that was not closed back on its bed.
    fn seat(&mut self, now: Stamp, past: Past) {
        let Some(at) = self.at(past.bed) else {
            tracing::error!(bed = %past.bed, donation = %past.donation, "an unfinished donation of a bed that is gone");
            return;
        };
        let item = self.worklist.iter().find(|item| item.token == past.token);
        let masked = item.map_or_else(|| "*".to_owned(), |item| item.masked.clone());
        let question = item.map(|item| donors::question_of(item, past.donation));
        self.note_served(&past.token);
        for scanner in &past.borrowed {
            self.devices.lend(scanner, past.bed);
        }
        let slot = &mut self.slots[at];
        slot.restarting = Some(Restarting::new(&past, now));
        slot.question = question;
        slot.seated =
            Some(Seated { donation: past.donation, token: past.token, masked, opened: past.opened });
        slot.machine = Guarded::new(Box::new(past.machine));
        if past.latched {
            slot.machine.latch_safe(now.mono);
            self.drive_safe(past.bed);
        }
    }

    fn boot(&mut self, now: Stamp, owed: Vec<Owed>) -> Result<(), DraftError> {
        if self.pen.next_seq() <= 1 {
            self.pen.checkpoint(now, &CheckpointState::empty())?;
        }
        let version = env!("CARGO_PKG_VERSION").to_owned();
        self.pen.write(now, None, &Boot { version, logic: LOGIC_VERSION })?;
        self.pen.force();
        self.make_good(now, owed);
        self.find_waiting();
        self.find_limits(now);
        self.tell_all(now, SharedFact::ClockTrusted(self.clock_trusted));
        self.watch_gates(now);
        for slot in &mut self.slots {
            slot.revise(now.mono, self.pen.next_seq());
        }
        self.settle(now);
        Ok(())
    }

    /// Takes one input. Whatever came due before it is worked off first, in its own time's order.
    pub fn step(&mut self, now: Stamp, input: Input) {
        self.run_timers(now);
        self.watch_clock(now);
        match input {
            Input::Observed { device, observation } => self.observed(now, &device, observation),
            Input::Request { token, by, second, op } => self.request(now, token, by, second, op),
            Input::SignedIn { operator, present } => self.signed(now, &operator, present),
            Input::Durable(through) => {
                self.durable = self.durable.max(through);
                self.gate.durable(self.durable);
            }
            Input::JournalLag(lag) => self.journal_lag(now, lag),
            Input::JournalFailed => self.journal_failed(now),
            Input::Worklist(items) => self.take_worklist(now, items),
            Input::Acknowledged(body) => self.file(|pen| pen.write(now, None, &body)),
            Input::Attempted(body) => self.file(|pen| pen.write(now, None, &body)),
            Input::OperatorChanged(body) => self.file(|pen| pen.write(now, None, &body)),
            Input::Note(note) => self.file(|pen| pen.note(now, note)),
            Input::Checkpoint(state) => self.checkpoint(now, *state),
            Input::Outbox(view) => self.outbox_stands(now, view),
            Input::Eligibility { donation, answer } => self.told_eligibility(now, donation, answer),
            Input::DiskUsed(percent) => self.disk_used(percent),
            Input::Thin(every) => {
                for pack in self.packer.thin(every) {
                    self.file(|pen| pen.pack(now, pack));
                }
            }
            Input::Terminals(alive) => self.terminals(now, alive),
            Input::Timeout => {}
            Input::OrderFailed { device, permit, actuation } => {
                if let Some((bed, permit)) = permit {
                    self.devices.let_go(&device);
                    self.lapse(bed, permit, Lapse::DeviceRefused);
                } else {
                    tracing::warn!(%device, ?actuation, "a protective order was not taken");
                }
            }
        }
        self.welcome(now);
        self.watch_gates(now);
        self.settle(now);
        self.due = self.find_due();
    }

    /// The next thing to carry out. Orders come before everything else of a step.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.orders.pop_front().or_else(|| self.rest.pop_front())
    }

    /// When [`Input::Timeout`] is wanted, if nothing else comes before.
    pub fn next_timeout(&self) -> Option<Mono> {
        self.due
    }

    fn find_due(&self) -> Option<Mono> {
        let machine = |slot: &Slot| match &slot.restarting {
            Some(restarting) => Some(restarting.deadline()),
            None => slot.machine.next_timeout(),
        };
        let machines = self.slots.iter().filter_map(machine);
        let alone = self.alone_since.filter(|_| !self.alone_told).map(|since| since + TERMINALS_GONE);
        let others = self.packer.deadline().into_iter().chain(self.climate.next_timeout()).chain(alone);
        machines.chain(self.gate.next_timeout()).chain(others).min()
    }

    /// The beds whose guard finds nothing that demands a protective act, and whose program runs.
    pub fn beds_in_order(&self, now: Mono) -> Vec<BedId> {
        self.slots.iter().filter(|slot| slot.machine.guard_passes(now)).map(|slot| slot.bed).collect()
    }

    /// Whether any bed has a donation, or a scale is being checked.
    pub fn is_busy(&self) -> bool {
        self.desk.is_checking() || self.slots.iter().any(|slot| slot.donation().is_some())
    }

    /// Drives every bed safe: the daemon is about to stop. Nothing is decided; the machines learn of it at the restart.
    pub fn stop(&mut self, now: Stamp) {
        for at in 0..self.slots.len() {
            self.drive_safe(self.slots[at].bed);
        }
        for at in 0..self.slots.len() {
            self.cut(now, self.slots[at].bed);
        }
        self.pen.force();
        self.hand_out();
    }

    /// A new segment begins: with it goes the shift as it is now, because the entries before may be removed.
    fn checkpoint(&mut self, now: Stamp, mut state: CheckpointState) {
        match serde_json::value::to_raw_value(self.desk.shift.state()) {
            Ok(shift) => state.other = shift,
            Err(error) => tracing::error!(%error, "the shift cannot be written into a checkpoint"),
        }
        self.file(|pen| pen.checkpoint(now, &state));
    }

    /// Writes an entry that no bed waits for.
    fn file(&mut self, write: impl FnOnce(&mut Pen) -> Result<(), DraftError>) {
        self.keep(None, write);
    }

    fn at(&self, bed: BedId) -> Option<usize> {
        self.slots.iter().position(|slot| slot.bed == bed)
    }

    fn run_timers(&mut self, now: Stamp) {
        for at in 0..self.slots.len() {
            if let Some(restarting) = &self.slots[at].restarting {
                if now.mono < restarting.deadline() {
                    continue;
                }
                self.restarted(at, now);
            }
            for _ in 0..MAX_TIMERS {
                match self.slots[at].machine.due(now.mono) {
                    Ok(Some(timer)) => drop(self.feed(at, now, Event::Timer(timer))),
                    Ok(None) => break,
                    Err(Panicked) => self.contain(at, now),
                }
            }
        }
        self.aftercare.pass(now.mono);
        self.watch_climate(now);
        for pack in self.packer.cut_due(now.mono) {
            self.keep(None, |pen| pen.pack(now, pack));
        }
        let gone = self.alone_since.is_some_and(|since| now.mono.since(since) >= TERMINALS_GONE);
        if gone && !self.alone_told {
            self.alone_told = true;
            self.tell_all(now, SharedFact::TerminalsGone(true));
        }
    }

    fn watch_clock(&mut self, now: Stamp) {
        let trusted = now.trust != ClockTrust::Untrusted;
        if trusted != self.clock_trusted {
            self.clock_trusted = trusted;
            self.tell_all(now, SharedFact::ClockTrusted(trusted));
        }
    }

    /// Tells every bed. One that waits for its devices after a start hears everything at once then.
    fn tell_all(&mut self, now: Stamp, fact: SharedFact) {
        for at in 0..self.slots.len() {
            if self.slots[at].restarting.is_none() {
                self.feed(at, now, Event::Shared(fact));
            }
        }
    }

    fn outbox_stands(&mut self, now: Stamp, view: OutboxView) {
        let waits = view.waiting >= BACKLOG;
        self.outbox = view;
        if waits != self.backlog {
            self.backlog = waits;
            self.tell_all(now, SharedFact::Backlog(waits));
        }
    }

    fn journal_lag(&mut self, now: Stamp, lag: Span) {
        if lag > JOURNAL_DEAD {
            self.journal_failed(now);
            return;
        }
        let slow = lag > JOURNAL_SLOW;
        if slow != self.journal_slow {
            self.journal_slow = slow;
            self.tell_all(now, SharedFact::JournalSlow(slow));
        }
    }

    fn journal_failed(&mut self, now: Stamp) {
        if self.pen.has_failed() {
            return;
        }
        self.pen.fail();
        for waiting in self.gate.close() {
            self.lapse(waiting.bed, waiting.permit.id, Lapse::Expired);
        }
        let given_up = self.answers.give_up();
        self.rest.extend(given_up);
        self.tell_all(now, SharedFact::JournalFailed);
    }

    fn terminals(&mut self, now: Stamp, alive: usize) {
        if alive == 0 {
            self.alone_since.get_or_insert(now.mono);
        } else {
            self.alone_since = None;
            if std::mem::take(&mut self.alone_told) {
                self.tell_all(now, SharedFact::TerminalsGone(false));
            }
        }
    }

    fn signed(&mut self, now: Stamp, operator: &ActingOperator, present: bool) {
        if present {
            self.shift_fact(now, ShiftEvent::SignedIn(operator.clone()));
            if self.badge.as_ref().is_some_and(|(_, id, _)| *id == operator.id) {
                self.badge = None;
            }
            return;
        }
        self.shift_fact(now, ShiftEvent::SignedOut(operator.id.clone()));
        for at in 0..self.slots.len() {
            let acting = self.slots[at].view(now.mono).and_then(|view| view.operator);
            if acting.as_ref() == Some(&operator.id) {
                self.feed(at, now, Event::Operator(None));
            }
        }
    }

    fn take_worklist(&mut self, now: Stamp, mut items: Vec<WorkItem>) {
        items.truncate(MAX_WORKLIST);
        self.journal_worklist(now, &items);
        self.register.promise(&items);
        // Who is not listed any more is forgotten: listed again another day, that person waits again.
        let known = |token: &&DonorToken| self.served.contains(*token) || self.is_seated(token);
        self.served = items.iter().map(|item| &item.token).filter(known).cloned().collect();
        self.worklist = items;
        self.find_waiting();
    }

    /// A donor was taken to a bed. Only of those listed that is kept: nobody else is shown as waiting.
    fn note_served(&mut self, token: &DonorToken) {
        if self.worklist.iter().any(|item| item.token == *token) {
            self.served.insert(token.clone());
            self.find_waiting();
        }
    }

    fn is_seated(&self, token: &DonorToken) -> bool {
        self.slots.iter().filter_map(|slot| slot.seated.as_ref()).any(|seated| seated.token == *token)
    }
}

#[cfg(test)]
mod donor_tests;
#[cfg(test)]
mod restart_tests;
#[cfg(test)]
mod tests;
