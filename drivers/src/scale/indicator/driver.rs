//! The driver of a scale that streams, or answers one question: gross weights without end, and every trouble by name.
//!
//! Owns: when it is asked, when it counts as silent, the pauses between attempts. Refuses: every order, tare and zero among
//! them: there is no code here that could send one. Holds an unfinished line and the trouble that stands; a crash loses both,
//! and the next opening finds out again.
//!
//! ```text
//!  open ─▶ Settling ── 200 ms, drain, `stop` ─▶ Asking who it is, where it has words for that
//!             ▲                                    │ answered, refused, or 400 ms of silence: `stream` or `ask`
//!             │                                    ▼
//!             └── BackOff ◀── no weight for 1 s ── Weighing (refused: ask instead of stream)
//! ```

use super::columns::{Columns, Frames};
use super::who::Who;
use super::words::Word;
use super::{and, sbi};
use crate::driver::{ActuateError, Driver, Inbound, Observation, Outbound};
use crate::scale::report::Report;
use crate::scale::rest::Rest;
use crate::scale::text::{BadLine, Lines, Unit};
use station::device::{Actuation, DeviceKind, Fault};
use station::measure::{Mono, Span};
use std::collections::VecDeque;

/// Old input is thrown away for this long before the first word.
pub const SETTLE: Span = Span::from_millis(200);
/// Longest time without a weight, or the word that it is out of range.
pub const SILENCE: Span = Span::from_secs(1);
/// Longest wait for one answer before the question is put again.
pub const ANSWER: Span = Span::from_millis(400);
/// A unit whose number is known and that does not say it is asked anew so often.
const ASK_ANEW: u8 = 2;
/// Waits between attempts to reach a silent scale; the last one repeats.
pub const BACK_OFF: [Span; 4] = [Span::ZERO, Span::from_secs(1), Span::from_secs(2), Span::from_secs(5)];

/// What the scale speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// A&D: streams by itself once told to, else answers `Q`.
    And,
    /// Sartorius SBI with this unit: answers `ESC P`.
    Sbi(Unit),
    /// Fixed columns, sent without being asked.
    Columns(Columns),
}

impl Dialect {
    fn model(&self) -> &'static str {
        match self {
            Self::And => "A&D scale",
            Self::Sbi(_) => "SBI scale",
            Self::Columns(_) => "continuous scale",
        }
    }

    /// Whether it has a word for a weight at rest.
    fn says_rest(&self) -> bool {
        match self {
            Self::And | Self::Sbi(_) => true,
            Self::Columns(columns) => columns.stable.is_some(),
        }
    }

    /// What begins a stream; `None`: there is none, or it needs no beginning.
    fn stream(&self) -> Option<&'static [u8]> {
        match self {
            Self::And => Some(and::STREAM),
            Self::Sbi(_) | Self::Columns(_) => None,
        }
    }

    /// What asks for one weight.
    fn ask(&self) -> Option<&'static [u8]> {
        match self {
            Self::And => Some(and::ASK),
            Self::Sbi(_) => Some(sbi::ASK),
            Self::Columns(_) => None,
        }
    }

    /// What ends a stream from before.
    fn stop(&self) -> Option<&'static [u8]> {
        match self {
            Self::And => Some(and::STOP),
            Self::Sbi(_) | Self::Columns(_) => None,
        }
    }
}

/// Settings of such a scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndicatorSettings {
    /// What it speaks.
    pub dialect: Dialect,
    /// Time from one question to the next, 50 to 500 ms, what is outside is brought inside.
    pub poll_period: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Off,
    Settling { until: Mono },
    Asking { until: Mono },
    Weighing { silent_at: Mono, ask: Option<Ask> },
    BackOff { until: Mono },
}

/// The next question, and whether the last one is still open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ask {
    next_at: Mono,
    asked_at: Mono,
    open: bool,
}

/// The driver of one scale.
#[derive(Debug)]
pub struct Indicator {
    settings: IndicatorSettings,
    lines: Lines,
    frames: Frames,
    state: State,
    attempts: usize,
    report: Report,
    rest: Rest,
    who: Who,
    /// It has said its number before.
    named: bool,
    /// So often it was asked anew since it was opened or fell silent.
    asked_anew: u8,
    outbound: VecDeque<Outbound>,
}

impl Indicator {
    /// A driver whose link is not open yet.
    pub fn new(settings: IndicatorSettings) -> Self {
        let poll_period = settings.poll_period.clamp(Span::from_millis(50), Span::from_millis(500));
        let dialect = settings.dialect;
        Self {
            settings: IndicatorSettings { poll_period, dialect },
            lines: Lines::default(),
            frames: Frames::default(),
            state: State::Off,
            attempts: 0,
            report: Report::new(dialect.model()),
            rest: Rest::default(),
            who: Who::default(),
            named: false,
            asked_anew: 0,
            outbound: VecDeque::new(),
        }
    }

    /// Lines dropped as unreadable since this driver was made.
    pub fn dropped(&self) -> u64 {
        self.report.dropped()
    }

    fn settle(&mut self, now: Mono) {
        self.rest.clear();
        self.drain();
        self.state = State::Settling { until: now + SETTLE };
    }

    fn drain(&mut self) {
        self.lines.clear();
        self.frames.clear();
        self.outbound.push_back(Outbound::DrainInput);
    }

    fn send(&mut self, bytes: &[u8]) {
        self.outbound.push_back(Outbound::Bytes(bytes.to_vec()));
    }

    fn begin(&mut self, now: Mono) {
        self.drain();
        if let Some(stop) = self.settings.dialect.stop() {
            self.send(stop);
        }
        self.who = Who::default();
        self.asked_anew = 0;
        self.ask_who(now);
    }

    /// No more answers come. A unit whose number is known and that says none now may have lost one answer to noise, or be another:
    /// it is asked anew, so that a draw is not held up for the one and the other does not pass.
    fn end_asking(&mut self, now: Mono) {
        self.named |= self.who.serial().is_some();
        if self.named && self.who.serial().is_none() && self.asked_anew < ASK_ANEW {
            self.asked_anew += 1;
            self.who = Who::default();
            return self.ask_who(now);
        }
        self.weigh(now);
    }

    /// Asks who it is, one question after the other; then it weighs.
    fn ask_who(&mut self, now: Mono) {
        let Some(question) = self.who.question(&self.settings.dialect) else { return self.end_asking(now) };
        self.send(question);
        self.state = State::Asking { until: now + ANSWER };
    }

    fn weigh(&mut self, now: Mono) {
        let silent_at = now + SILENCE;
        match self.settings.dialect.stream() {
            Some(stream) => {
                self.send(stream);
                self.state = State::Weighing { silent_at, ask: None };
            }
            None => self.ask(now, silent_at),
        }
    }

    fn ask(&mut self, now: Mono, silent_at: Mono) {
        let ask = self.settings.dialect.ask().map(|question| {
            self.outbound.push_back(Outbound::Bytes(question.to_vec()));
            Ask { next_at: now + self.settings.poll_period, asked_at: now, open: true }
        });
        self.state = State::Weighing { silent_at, ask };
    }

    /// What it says of itself. A scale that does not know one question is asked no other.
    fn said_who(&mut self, now: Mono, bytes: &[u8]) {
        let (dialect, who) = (&self.settings.dialect, &mut self.who);
        let mut answered = None;
        self.lines.feed(bytes, |line| {
            if let (None, Ok(line)) = (answered, line) {
                answered = who.heard(dialect, line);
            }
        });
        match answered {
            Some(true) => self.ask_who(now),
            Some(false) => self.end_asking(now),
            None => {}
        }
    }

    fn bytes(&mut self, now: Mono, bytes: &[u8]) {
        match self.state {
            State::Asking { .. } => return self.said_who(now, bytes),
            State::Off | State::Settling { .. } | State::BackOff { .. } => return,
            State::Weighing { .. } => {}
        }
        let dialect = self.settings.dialect;
        let mut words = Vec::new();
        match dialect {
            Dialect::And => self.lines.feed(bytes, |line| words.push(line.and_then(and::parse))),
            Dialect::Sbi(unit) => {
                self.lines.feed(bytes, |line| words.push(line.and_then(|line| sbi::parse(line, unit))));
            }
            Dialect::Columns(columns) => {
                self.frames.feed(&columns, bytes, |f| words.push(f.and_then(|f| columns.parse(f))));
            }
        }
        for word in words {
            self.heard(now, word);
        }
    }

    fn heard(&mut self, now: Mono, word: Result<Word, BadLine>) {
        match word {
            Ok(Word::Weight { mass, stable }) => {
                self.weighed(now);
                let by_itself = self.rest.weighed(mass.milligrams());
                let at_rest = if self.settings.dialect.says_rest() { stable } else { by_itself };
                self.report.weight(mass, at_rest);
            }
            Ok(Word::Overload) => self.spoke(now, Fault::Overload),
            Ok(Word::Underload) => self.spoke(now, Fault::Underload),
            Ok(Word::Broken(what)) => self.spoke(now, Fault::Device(what)),
            // Without weights the time until it counts as silent goes on.
            Ok(Word::NotNow) => self.answered(),
            Ok(Word::Nothing) => {}
            Ok(Word::Refused) => match self.state {
                State::Weighing { silent_at, ask: None } => self.ask(now, silent_at),
                State::Weighing { ask: Some(_), .. } => self.answered(),
                State::Off | State::Settling { .. } | State::Asking { .. } | State::BackOff { .. } => {}
            },
            Err(reason) => self.report.bad_line(reason),
        }
    }

    fn spoke(&mut self, now: Mono, fault: Fault) {
        self.weighed(now);
        self.rest.clear();
        self.report.trouble(fault);
    }

    /// The scale spoke of its load.
    fn weighed(&mut self, now: Mono) {
        self.attempts = 0;
        self.answered();
        // Where it has no word for it, its layout is all the identity it has.
        self.report.identify(self.who.serial(), self.who.model());
        if let State::Weighing { silent_at, .. } = &mut self.state {
            *silent_at = now + SILENCE;
        }
    }

    fn answered(&mut self) {
        if let State::Weighing { ask: Some(ask), .. } = &mut self.state {
            ask.open = false;
        }
    }

    fn timeout(&mut self, now: Mono) {
        if self.next_timeout().is_none_or(|at| now < at) {
            return;
        }
        match self.state {
            State::Off => {}
            State::Settling { .. } => self.begin(now),
            // It has no word for it.
            State::Asking { .. } => self.end_asking(now),
            State::BackOff { .. } => self.settle(now),
            State::Weighing { silent_at, .. } if now >= silent_at => {
                let is_noise = self.lines.is_noise() || self.frames.is_noise();
                self.report.silent(is_noise);
                let wait = BACK_OFF[self.attempts.min(BACK_OFF.len() - 1)];
                self.attempts = self.attempts.saturating_add(1);
                self.state = State::BackOff { until: now + wait };
            }
            State::Weighing { silent_at, ask } => {
                if ask.is_some_and(|ask| ask.open) {
                    self.drain();
                }
                self.ask(now, silent_at);
            }
        }
    }
}

impl Driver for Indicator {
    fn kind(&self) -> DeviceKind {
        DeviceKind::Scale
    }

    fn handle(&mut self, now: Mono, inbound: Inbound<'_>) {
        match inbound {
            Inbound::Opened => {
                self.report.opened();
                self.attempts = 0;
                self.settle(now);
            }
            Inbound::Lost => {
                self.state = State::Off;
                self.lines.clear();
                self.frames.clear();
                self.outbound.clear();
                self.report.fault(Fault::LinkLost);
            }
            Inbound::Bytes(bytes) => self.bytes(now, bytes),
            // A scale on a serial line has no inputs.
            Inbound::Line { .. } => {}
            Inbound::Timeout => self.timeout(now),
        }
    }

    fn actuate(&mut self, _now: Mono, actuation: Actuation) -> Result<(), ActuateError> {
        Err(ActuateError::Unsupported { device: DeviceKind::Scale, actuation })
    }

    fn poll_outbound(&mut self) -> Option<Outbound> {
        self.outbound.pop_front()
    }

    fn poll_observation(&mut self) -> Option<Observation> {
        self.report.poll()
    }

    fn next_timeout(&self) -> Option<Mono> {
        match self.state {
            State::Off => None,
            State::Settling { until } | State::Asking { until } | State::BackOff { until } => Some(until),
            State::Weighing { silent_at, ask } => {
                let due = ask.map(|ask| if ask.open { ask.asked_at + ANSWER } else { ask.next_at });
                Some(due.map_or(silent_at, |due| due.min(silent_at)))
            }
        }
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
