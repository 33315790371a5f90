//! The conversation with a scale: what was asked, what may come, how long it may take.
//!
//! Owns: the order below, every waiting time and the back-off between attempts. Refuses: bytes, observations, and
//! judging whether a serial number is the right one. Holds where the conversation stands; after a crash it begins again
//! at `open`, and the drain before `@` keeps an old stream from being taken for an answer.
//!
//! ```text
//!  open ─▶ Settling ──200 ms, drain──▶ Resetting ──I4──▶ Asking ──▶ Listing ──"SIR" listed──▶ Streaming
//!            ▲    ▲                      │  `@`     `I2`, `I3` │       │ `I0`  ──else────────▶ Polling (`SI` each period)
//!            │    └──── BackOff ◀────────┴──────── no answer ──┴───────┴────── no weight for 1 s ────┘
//!            └── a serial number nobody asked for: the scale restarted by itself
//! ```

use super::codec::{Command, Reply};
use crate::scale::text::Mass;
use station::ident::DeviceSerial;
use station::measure::{Mono, Span};
use std::collections::VecDeque;

/// Old input is thrown away for this long before the first word.
pub const SETTLE: Span = Span::from_millis(200);
/// Longest wait for the answer to `@` and for each line of the answer to `I0`.
pub const ANSWER: Span = Span::from_secs(1);
/// Longest time without a weight (or the word that it is out of range) while weighing.
pub const SILENCE: Span = Span::from_secs(1);
/// Longest wait for one answer to `SI` before it is asked again.
pub const POLL_ANSWER: Span = Span::from_millis(400);
/// Longest list of commands: the full sets have about a hundred.
pub const MAX_LISTED: u16 = 256;
/// Waits between attempts to reach a silent scale; the last one repeats.
pub const BACK_OFF: [Span; 4] = [Span::ZERO, Span::from_secs(1), Span::from_secs(2), Span::from_secs(5)];

/// What the conversation made of a reply or of time passing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// Nothing to tell: a late or expected word.
    Nothing,
    /// The scale said who it is.
    Identified {
        /// Its serial number.
        serial: DeviceSerial,
        /// Model and software in its own words, when it told its model.
        model: Option<String>,
    },
    /// The scale said who it is without being asked: it restarted. It is identified anew after this.
    Rebooted(DeviceSerial),
    /// A weight.
    Weight {
        /// Its value.
        mass: Mass,
        /// The scale calls it stable.
        stable: bool,
    },
    /// Above the range.
    Overload,
    /// Below the range.
    Underload,
    /// Broken inside, in the scale's words.
    Broken(String),
    /// A well-formed word that answers nothing.
    Unexpected,
    /// The time for an answer is over; the next attempt is arranged.
    Silent,
}

/// What to do on the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Say {
    /// Throw away what has arrived.
    Drain,
    /// Send this.
    Command(Command),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Off,
    Settling { until: Mono },
    Resetting { until: Mono },
    Asking { until: Mono, serial: DeviceSerial, model: Option<String> },
    Listing { until: Mono, lines: u16, streams: bool },
    Streaming { silent_at: Mono },
    Polling { silent_at: Mono, turn: Turn },
    BackOff { until: Mono },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// `SI` is out; asked again then.
    Asked { again_at: Mono, next_at: Mono },
    /// The answer came; the next `SI` then.
    Idle { next_at: Mono },
}

/// The conversation with one scale. Drain [`Dialogue::poll_say`] after every call.
#[derive(Debug)]
pub struct Dialogue {
    state: State,
    poll_period: Span,
    attempts: usize,
    /// A weight came since the link was opened: from then on an unasked serial number is a restart.
    has_weighed: bool,
    last_sent: Option<Command>,
    say: VecDeque<Say>,
}

impl Dialogue {
    /// A conversation that has not begun. `poll_period`: time from one `SI` to the next where the scale has no stream.
    pub fn new(poll_period: Span) -> Self {
        Self {
            state: State::Off,
            poll_period,
            attempts: 0,
            has_weighed: false,
            last_sent: None,
            say: VecDeque::new(),
        }
    }

    /// The link is open: begin.
    pub fn open(&mut self, now: Mono) {
        self.attempts = 0;
        self.has_weighed = false;
        self.say.clear();
        self.settle(now);
    }

    /// The link is gone.
    pub fn close(&mut self) {
        self.state = State::Off;
        self.say.clear();
        self.last_sent = None;
    }

    /// The next thing to do on the link, in order.
    pub fn poll_say(&mut self) -> Option<Say> {
        self.say.pop_front()
    }

    /// When [`Dialogue::timeout`] is wanted.
    pub fn next_timeout(&self) -> Option<Mono> {
        match self.state {
            State::Off => None,
            State::Settling { until }
            | State::Resetting { until }
            | State::Asking { until, .. }
            | State::Listing { until, .. }
            | State::BackOff { until }
            | State::Streaming { silent_at: until } => Some(until),
            State::Polling { silent_at, turn: Turn::Asked { again_at, .. } } => Some(silent_at.min(again_at)),
            State::Polling { silent_at, turn: Turn::Idle { next_at } } => Some(silent_at.min(next_at)),
        }
    }

    /// Takes one reply.
    pub fn reply(&mut self, now: Mono, reply: Reply) -> Heard {
        if let Reply::Echo(command) = reply {
            return if Some(command) == self.last_sent { Heard::Nothing } else { Heard::Unexpected };
        }
        match self.state {
            State::Off => Heard::Nothing,
            State::Settling { .. } | State::BackOff { .. } => self.between_attempts(now, reply),
            State::Resetting { .. } => self.reply_to_reset(now, reply),
            State::Asking { .. } => self.reply_about(now, reply),
            State::Listing { lines, streams, .. } => self.reply_to_list(now, reply, lines, streams),
            State::Streaming { .. } | State::Polling { .. } => self.reply_while_weighing(now, reply),
        }
    }

    /// The instant of [`Dialogue::next_timeout`] has come; nothing happens before it.
    pub fn timeout(&mut self, now: Mono) -> Heard {
        if self.next_timeout().is_none_or(|at| now < at) {
            return Heard::Nothing;
        }
        match self.state {
            State::Off => Heard::Nothing,
            State::Settling { .. } => {
                self.say.push_back(Say::Drain);
                self.send(Command::Reset);
                self.state = State::Resetting { until: now + ANSWER };
                Heard::Nothing
            }
            State::BackOff { .. } => {
                self.settle(now);
                Heard::Nothing
            }
            State::Resetting { .. }
            | State::Asking { .. }
            | State::Listing { .. }
            | State::Streaming { .. } => self.silent(now),
            State::Polling { silent_at, .. } if now >= silent_at => self.silent(now),
            State::Polling { silent_at, turn } => {
                if matches!(turn, Turn::Asked { .. }) {
                    self.say.push_back(Say::Drain);
                }
                self.ask_weight(now, silent_at);
                Heard::Nothing
            }
        }
    }

    /// What comes here is late, except a serial number after a power-up.
    fn between_attempts(&mut self, now: Mono, reply: Reply) -> Heard {
        if let Reply::Serial(serial) = reply
            && self.has_weighed
        {
            return self.rebooted(now, serial);
        }
        Heard::Nothing
    }

    /// Weights here are the rest of an old stream; only the serial number answers `@`.
    fn reply_to_reset(&mut self, now: Mono, reply: Reply) -> Heard {
        match reply {
            Reply::Serial(serial) => {
                self.send(Command::Model);
                self.state = State::Asking { until: now + ANSWER, serial, model: None };
                Heard::Nothing
            }
            Reply::SerialNotNow
            | Reply::Levels(_)
            | Reply::Model(_)
            | Reply::Software(_)
            | Reply::AboutNotNow(_)
            | Reply::SyntaxError
            | Reply::TransmissionError
            | Reply::LogicalError => Heard::Unexpected,
            Reply::Weight { .. }
            | Reply::NotNow
            | Reply::Refused
            | Reply::Overload
            | Reply::Underload
            | Reply::HardwareError(_)
            | Reply::Listed { .. }
            | Reply::ListNotNow
            | Reply::Echo(_) => Heard::Nothing,
        }
    }

    /// The answers to `I2` and then `I3`. A scale that has no word for it is identified by its number alone.
    fn reply_about(&mut self, now: Mono, reply: Reply) -> Heard {
        let State::Asking { serial, model, .. } = &self.state else { return Heard::Unexpected };
        let serial = serial.clone();
        let identified = match (model.clone(), reply) {
            (None, Reply::Model(model)) => {
                self.send(Command::Software);
                self.state = State::Asking { until: now + ANSWER, serial, model: Some(model) };
                return Heard::Nothing;
            }
            (Some(model), Reply::Software(software)) => {
                Heard::Identified { serial, model: Some(format!("{model}, {software}")) }
            }
            (model, Reply::AboutNotNow(_) | Reply::SyntaxError | Reply::LogicalError) => {
                Heard::Identified { serial, model }
            }
            // The answer to an earlier `@`, or a restart just now: begin anew rather than guess which.
            (_, Reply::Serial(_)) => {
                self.settle(now);
                return Heard::Nothing;
            }
            (_, _) => return Heard::Unexpected,
        };
        self.send(Command::ListCommands);
        self.state = State::Listing { until: now + ANSWER, lines: 0, streams: false };
        identified
    }

    fn reply_to_list(&mut self, now: Mono, reply: Reply, lines: u16, streams: bool) -> Heard {
        match reply {
            Reply::Listed { name, more, .. } => {
                let streams = streams || name == Command::WeightStream.name();
                let lines = lines + 1;
                if !more || lines >= MAX_LISTED {
                    self.begin_weighing(now, streams);
                } else {
                    self.state = State::Listing { until: now + ANSWER, lines, streams };
                }
                Heard::Nothing
            }
            // Every scale of this protocol knows `SI`, also one that cannot list what it knows.
            Reply::ListNotNow | Reply::SyntaxError | Reply::LogicalError => {
                self.begin_weighing(now, false);
                Heard::Nothing
            }
            // The answer to an earlier `@`, or a restart just now: begin anew rather than guess which.
            Reply::Serial(_) => {
                self.settle(now);
                Heard::Nothing
            }
            Reply::Weight { .. }
            | Reply::NotNow
            | Reply::Refused
            | Reply::Overload
            | Reply::Underload
            | Reply::HardwareError(_)
            | Reply::SerialNotNow
            | Reply::Levels(_)
            | Reply::Model(_)
            | Reply::Software(_)
            | Reply::AboutNotNow(_)
            | Reply::TransmissionError
            | Reply::Echo(_) => Heard::Unexpected,
        }
    }

    fn reply_while_weighing(&mut self, now: Mono, reply: Reply) -> Heard {
        match reply {
            Reply::Weight { mass, stable } => {
                self.weighed(now);
                Heard::Weight { mass, stable }
            }
            Reply::Overload => {
                self.weighed(now);
                Heard::Overload
            }
            Reply::Underload => {
                self.weighed(now);
                Heard::Underload
            }
            Reply::HardwareError(what) => {
                self.weighed(now);
                Heard::Broken(what)
            }
            // Without weights the time until `Silent` goes on.
            Reply::NotNow => {
                self.answered();
                Heard::Nothing
            }
            // The stream is listed and yet refused: ask instead.
            Reply::SyntaxError | Reply::LogicalError | Reply::Refused => {
                if let State::Streaming { silent_at } = self.state {
                    self.ask_weight(now, silent_at);
                } else {
                    self.answered();
                }
                Heard::Nothing
            }
            Reply::TransmissionError => {
                if let State::Streaming { .. } = self.state {
                    self.send(Command::WeightStream);
                } else {
                    self.answered();
                }
                Heard::Unexpected
            }
            Reply::Serial(serial) => self.rebooted(now, serial),
            Reply::Listed { .. }
            | Reply::ListNotNow
            | Reply::SerialNotNow
            | Reply::Levels(_)
            | Reply::Model(_)
            | Reply::Software(_)
            | Reply::AboutNotNow(_)
            | Reply::Echo(_) => Heard::Unexpected,
        }
    }

    fn begin_weighing(&mut self, now: Mono, streams: bool) {
        let silent_at = now + SILENCE;
        if streams {
            self.send(Command::WeightStream);
            self.state = State::Streaming { silent_at };
        } else {
            self.ask_weight(now, silent_at);
        }
    }

    fn ask_weight(&mut self, now: Mono, silent_at: Mono) {
        self.send(Command::Weight);
        let turn = Turn::Asked { again_at: now + POLL_ANSWER, next_at: now + self.poll_period };
        self.state = State::Polling { silent_at, turn };
    }

    /// The scale spoke of its load.
    fn weighed(&mut self, now: Mono) {
        self.attempts = 0;
        self.has_weighed = true;
        self.answered();
        if let State::Streaming { silent_at } | State::Polling { silent_at, .. } = &mut self.state {
            *silent_at = now + SILENCE;
        }
    }

    /// An answer to `SI` came.
    fn answered(&mut self) {
        if let State::Polling { turn, .. } = &mut self.state
            && let Turn::Asked { next_at, .. } = *turn
        {
            *turn = Turn::Idle { next_at };
        }
    }

    fn rebooted(&mut self, now: Mono, serial: DeviceSerial) -> Heard {
        self.attempts = 0;
        self.has_weighed = false;
        self.settle(now);
        Heard::Rebooted(serial)
    }

    fn silent(&mut self, now: Mono) -> Heard {
        let wait = BACK_OFF[self.attempts.min(BACK_OFF.len() - 1)];
        self.attempts = self.attempts.saturating_add(1);
        self.state = State::BackOff { until: now + wait };
        Heard::Silent
    }

    fn settle(&mut self, now: Mono) {
        self.say.push_back(Say::Drain);
        self.last_sent = None;
        self.state = State::Settling { until: now + SETTLE };
    }

    fn send(&mut self, command: Command) {
        self.last_sent = Some(command);
        self.say.push_back(Say::Command(command));
    }
}
