//! Several nodes on one RS-485 line: what is switched off goes first, then what is switched on, then heartbeats, then nodes that
//! come back, then questions in turn.
//!
//! Owns: whose turn it is, repetitions, when a node counts as gone and is tried again. Refuses: a heartbeat that nobody allowed
//! within [`FED`]: the node then releases its guarded outputs. One silent node costs the others its waiting time and no more.
//! A crash loses it; nodes release themselves, and the next opening begins with all outputs off.
//!
//! ```text
//!  Resting ── 0, 1, 2, ... 5 s ──▶ Opening: all off, then how is it? ── it is as written ──▶ Up: Levels, Levels, ...
//!     ▲                                 │                                                    │
//!     └──────── Down(why) ◀─────────────┴── silent for too long, or it is not as it was told ┘
//! ```

use super::exchange::{Exchange, Outcome};
use super::frame::Reply;
use super::node::{FIRST_OUTPUT, Standing, Status, Trouble, Wanted};
use crate::driver::{Inbound, Outbound};
use station::measure::{Mono, Span};
use std::collections::VecDeque;

/// How long one permission lets a node's heart beat.
pub const FED: Span = Span::from_millis(250);
/// A node begins to answer within this.
pub const ANSWER: Span = Span::from_millis(30);
/// A node's inputs are asked for this often when the line has the time.
pub const READ: Span = Span::from_millis(10);
/// Between two attempts to reach a node that is not up: the others have the line meanwhile.
const PATIENCE: Span = Span::from_millis(100);
/// Failures in a row after which a node that is not up rests.
const MISSES: u8 = 3;
/// Longest rest before a node is tried again, in steps of a second. The first time there is none: a node that hears and is not
/// heard has to be told at once to have everything off.
const LONGEST_REST: u64 = 5;
/// A node that was up for this long is tried again at once.
const PROVED: Span = Span::from_secs(10);
/// Most events that wait; past it the oldest goes. A caller that drains as the contract says never gets near.
const MAX_EVENTS: usize = 256;

/// One node of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeSettings {
    /// Its address, 1 to 247.
    pub unit: u8,
    /// It releases its guarded outputs after this long without a heartbeat, 200 to 1000 ms.
    pub silence_ms: u16,
}

/// What a node has to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeEvent {
    /// It answers and all its outputs are off.
    Up,
    /// Levels of its inputs: bit 0 is line 0. Told at first, and at each change.
    Levels(u32),
    /// It is not used any more, and all that hangs on it is unknown.
    Down(Trouble),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Off,
    Resting { until: Mono },
    Opening,
    Up,
}

#[derive(Debug)]
struct Node {
    settings: NodeSettings,
    phase: Phase,
    wanted: Wanted,
    levels: Option<u32>,
    /// As it said last.
    firmware: Option<u16>,
    misses: u8,
    heard_at: Mono,
    failures: u64,
    up_since: Mono,
    read_at: Mono,
    beat_at: Mono,
    fed_until: Mono,
}

/// What is on the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Command(u16),
    Beat,
    Status,
}

/// A line and its nodes. Calling order: after every call, drain [`Bus::poll_outbound`] and [`Bus::poll_event`], then ask
/// [`Bus::next_timeout`].
#[derive(Debug)]
pub struct Bus {
    exchange: Exchange,
    nodes: Vec<Node>,
    asked: Option<(usize, Asked)>,
    /// Who was asked last for its status.
    turn: usize,
    open: bool,
    outbound: VecDeque<Outbound>,
    events: VecDeque<(usize, NodeEvent)>,
}

impl Bus {
    /// A line of this many bits per second that is not open yet.
    pub fn new(baud: u32, nodes: &[NodeSettings]) -> Self {
        let node = |settings: &NodeSettings| Node {
            settings: *settings,
            phase: Phase::Off,
            wanted: Wanted::default(),
            levels: None,
            firmware: None,
            misses: 0,
            heard_at: Mono::default(),
            failures: 0,
            up_since: Mono::default(),
            read_at: Mono::default(),
            beat_at: Mono::default(),
            fed_until: Mono::default(),
        };
        Self {
            exchange: Exchange::new(baud, ANSWER),
            nodes: nodes.iter().map(node).collect(),
            asked: None,
            turn: 0,
            open: false,
            outbound: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    /// Takes what came from the link, or the timer.
    pub fn handle(&mut self, now: Mono, inbound: Inbound<'_>) {
        match inbound {
            Inbound::Opened => {
                self.open = true;
                self.outbound.push_back(Outbound::DrainInput);
                self.exchange.reset(now);
                self.asked = None;
                (0..self.nodes.len()).for_each(|at| self.begin(now, at));
            }
            Inbound::Lost => {
                self.open = false;
                self.asked = None;
                self.outbound.clear();
                for at in 0..self.nodes.len() {
                    self.down(now, at, Trouble::LinkLost);
                    self.nodes[at].phase = Phase::Off;
                }
            }
            Inbound::Bytes(bytes) => {
                let outcome = self.exchange.bytes(now, bytes);
                self.concluded(now, outcome);
            }
            Inbound::Timeout => {
                let outcome = self.exchange.timeout(now);
                if outcome == Some(Outcome::Silent) {
                    self.outbound.push_back(Outbound::DrainInput);
                }
                self.concluded(now, outcome);
            }
            // A line of bytes has no levels.
            Inbound::Line { .. } => {}
        }
        self.next(now);
    }

    /// Drives an output line ([`FIRST_OUTPUT`] and above) of a node. What can leave now is in `poll_outbound`.
    ///
    /// # Errors
    /// [`Trouble`]: the node is not there; its guarded outputs are off or will be by its own hand.
    pub fn drive(&mut self, now: Mono, node: usize, line: u32, on: bool) -> Result<(), Trouble> {
        let Some(wanted) = self.nodes.get_mut(node).filter(|n| n.phase == Phase::Up) else {
            return Err(Trouble::LinkLost);
        };
        let set = wanted.wanted.set(line.saturating_sub(FIRST_OUTPUT), on);
        if let Err(trouble) = set {
            self.down(now, node, trouble);
        }
        self.next(now);
        set
    }

    /// Lets the heart of a node beat for [`FED`]: whoever answers for its outputs is alive and finds nothing wrong.
    pub fn feed(&mut self, now: Mono, node: usize) {
        if let Some(node) = self.nodes.get_mut(node) {
            node.fed_until = now + FED;
            node.wanted.wake();
        }
    }

    /// The firmware's number of a node, as it said last.
    pub fn firmware(&self, node: usize) -> Option<u16> {
        self.nodes.get(node).and_then(|node| node.firmware)
    }

    /// The next thing for the line, in order.
    pub fn poll_outbound(&mut self) -> Option<Outbound> {
        self.outbound.pop_front()
    }

    /// The next event, with the index of its node.
    pub fn poll_event(&mut self) -> Option<(usize, NodeEvent)> {
        self.events.pop_front()
    }

    /// When `Inbound::Timeout` is wanted.
    pub fn next_timeout(&self) -> Option<Mono> {
        if !self.open {
            return None;
        }
        let line = self.exchange.next_timeout();
        if self.asked.is_some() {
            return Some(line);
        }
        let due = |node: &Node| match node.phase {
            Phase::Off => None,
            Phase::Resting { until } => Some(until),
            Phase::Up if node.wanted.waits().is_some() => Some(Mono::default()),
            Phase::Opening => Some(node.read_at),
            Phase::Up => Some(node.read_at.min(node.beat_due().unwrap_or(node.read_at))),
        };
        self.nodes.iter().filter_map(due).min().map(|due| due.max(line))
    }

    fn event(&mut self, node: usize, event: NodeEvent) {
        if self.events.len() == MAX_EVENTS {
            self.events.pop_front();
        }
        self.events.push_back((node, event));
    }

    fn begin(&mut self, now: Mono, at: usize) {
        let node = &mut self.nodes[at];
        node.phase = Phase::Opening;
        node.wanted.reset();
        node.levels = None;
        node.misses = 0;
        node.read_at = now;
    }

    fn down(&mut self, now: Mono, at: usize, trouble: Trouble) {
        let node = &mut self.nodes[at];
        if node.phase == Phase::Up {
            tracing::error!(unit = node.settings.unit, %trouble, "a node is lost");
            self.event(at, NodeEvent::Down(trouble));
        }
        let node = &mut self.nodes[at];
        if node.phase == Phase::Up && now.since(node.up_since) >= PROVED {
            node.failures = 0;
        }
        node.phase = Phase::Resting { until: now + Span::from_secs(node.failures) };
        node.failures = (node.failures + 1).min(LONGEST_REST);
    }

    /// What came of the question that was out.
    fn concluded(&mut self, now: Mono, outcome: Option<Outcome>) {
        let Some(outcome) = outcome else { return };
        let Some((at, asked)) = self.asked.take() else { return };
        let node = &mut self.nodes[at];
        if outcome != Outcome::Silent {
            node.heard_at = now;
        }
        match (asked, outcome) {
            (_, Outcome::Silent) => {
                node.misses = node.misses.saturating_add(1);
                if node.phase == Phase::Opening {
                    node.read_at = now + PATIENCE;
                }
                // Noise of a sealer may take many frames. A node that is up is gone when it has been silent for as long as it
                // holds its outputs without a heartbeat: until then it does what it was told.
                let held = Span::from_millis(node.settings.silence_ms.into());
                let gone = match node.phase {
                    Phase::Up => now.since(node.heard_at) >= held,
                    Phase::Off | Phase::Resting { .. } | Phase::Opening => node.misses >= MISSES,
                };
                if gone {
                    self.down(now, at, Trouble::Silent);
                }
            }
            (_, Outcome::Answered(Reply::Exception(code))) => self.down(now, at, Trouble::Refused(code)),
            (Asked::Command(number), Outcome::Answered(_)) => {
                node.misses = 0;
                node.wanted.answered(number);
                // What it made of it is asked at once.
                node.read_at = now;
            }
            (Asked::Beat, Outcome::Answered(_)) => node.misses = 0,
            (Asked::Status, Outcome::Answered(Reply::Registers(registers))) => {
                node.misses = 0;
                node.read_at = now + READ;
                if let Some(status) = Status::of(&registers) {
                    self.heard(now, at, status);
                }
            }
            // The exchange gives the reply that fits the question.
            (Asked::Status, Outcome::Answered(Reply::Inputs(_) | Reply::Written)) => {}
        }
    }

    fn heard(&mut self, now: Mono, at: usize, status: Status) {
        let node = &mut self.nodes[at];
        node.firmware = Some(status.firmware);
        // With a command on its way, or still to be sent for the first time, there is nothing to compare with.
        if node.wanted.sent_as().is_none() && (node.phase == Phase::Up || node.wanted.waits().is_none()) {
            match node.wanted.compare(status) {
                Standing::Good | Standing::Asleep => {}
                Standing::Bad(trouble) => return self.down(now, at, trouble),
            }
            if node.phase == Phase::Opening {
                node.phase = Phase::Up;
                node.up_since = now;
                self.event(at, NodeEvent::Up);
            }
        }
        let node = &mut self.nodes[at];
        if node.phase == Phase::Up && node.levels.replace(status.inputs) != Some(status.inputs) {
            self.event(at, NodeEvent::Levels(status.inputs));
        }
    }

    /// Puts the next question when the line is free.
    fn next(&mut self, now: Mono) {
        if !self.open || self.asked.is_some() {
            return;
        }
        for at in 0..self.nodes.len() {
            if matches!(self.nodes[at].phase, Phase::Resting { until } if until <= now) {
                self.begin(now, at);
            }
        }
        if !self.exchange.is_free(now) {
            return;
        }
        let Some((at, asked)) = self.choose(now) else { return };
        let node = &mut self.nodes[at];
        let request = match asked {
            Asked::Command(_) => node.wanted.command(node.fed_until > now, node.settings.silence_ms),
            Asked::Beat => Some(node.wanted.beat()),
            Asked::Status => Some(Wanted::question()),
        };
        let asked = match asked {
            Asked::Command(_) => Asked::Command(node.wanted.sent_as().unwrap_or(0)),
            Asked::Beat | Asked::Status => asked,
        };
        match asked {
            Asked::Command(_) | Asked::Beat => node.beat_at = now + node.beat_every(),
            Asked::Status => self.turn = at,
        }
        let unit = node.settings.unit;
        if let Some(bytes) = request.and_then(|request| self.exchange.ask(now, unit, request)) {
            self.outbound.push_back(Outbound::Bytes(bytes));
            self.asked = Some((at, asked));
        }
    }

    fn choose(&self, now: Mono) -> Option<(usize, Asked)> {
        let find = |wants: &dyn Fn(&Node) -> bool| self.nodes.iter().position(wants);
        let waits = |node: &Node, off: bool| node.phase == Phase::Up && node.wanted.waits() == Some(off);
        if let Some(at) = find(&|node| waits(node, true)).or_else(|| find(&|node| waits(node, false))) {
            return Some((at, Asked::Command(0)));
        }
        if let Some(at) = find(&|node| node.beat_due().is_some_and(|due| due <= now)) {
            return Some((at, Asked::Beat));
        }
        // Nodes that are not known to listen come behind those that are.
        let opening = |node: &Node| node.phase == Phase::Opening && node.read_at <= now;
        if let Some(at) = find(&|node| opening(node) && node.wanted.waits().is_some()) {
            return Some((at, Asked::Command(0)));
        }
        let count = self.nodes.len();
        let due = |at: &usize| {
            let node = &self.nodes[*at];
            matches!(node.phase, Phase::Opening | Phase::Up) && node.read_at <= now
        };
        let at = (1..=count).map(|step| (self.turn + step) % count).find(due)?;
        Some((at, Asked::Status))
    }
}

impl Node {
    /// Four heartbeats in the time in which one has to come.
    fn beat_every(&self) -> Span {
        Span::from_millis(u64::from(self.settings.silence_ms) / 4)
    }

    /// When its heartbeat is due, if one is allowed then.
    fn beat_due(&self) -> Option<Mono> {
        (self.phase == Phase::Up && self.beat_at < self.fed_until).then_some(self.beat_at)
    }
}

#[cfg(test)]
#[path = "bus_tests.rs"]
mod tests;
