//! The conversation with a card reader: who are you, is there a card, choose it, read it, wait until it is lifted.
//!
//! Owns: the order below, every waiting time, the attempts at one card, the back-off. Refuses: bytes, the meaning of
//! a card's text, and reading a card twice that was not lifted. Holds where the conversation stands; a crash
//! begins it again at `open`, and a card that still lies there is read again.
//!
//! ```text
//!  open ─▶ Settling ──200 ms──▶ Identifying ──number──▶ Resting ──300 ms──▶ Finding ──found──▶ Selecting ──▶ Reading
//!             ▲                      │                    ▲ ▲ ▲               │  │                 │           │
//!             │                      │                    │ │ └── no card ────┘  │                 │           │
//!             │                      │                    │ └── the card failed ─┼─────────────────┴───────────┤
//!             │                      ▼                    └── card read: it must be lifted first ──────────────┘
//!             └────── BackOff ◀── no answer ◀── three questions without an answer
//! ```

use super::codec::{BadFrame, Command, Reply, TEXT, sw3};
use station::ident::DeviceSerial;
use station::measure::{Mono, Span};
use std::collections::VecDeque;
use zeroize::Zeroizing;

/// Old input is thrown away for this long before the first word.
pub const SETTLE: Span = Span::from_millis(200);
/// From one question for a card to the next.
pub const FIND_PERIOD: Span = Span::from_millis(300);
/// Longest wait for the answer to it.
pub const FIND_ANSWER: Span = Span::from_millis(500);
/// Longest wait for the reader's number and for the choice of a card.
pub const ANSWER: Span = Span::from_secs(1);
/// Longest wait for a card's text and photo.
pub const READ_ANSWER: Span = Span::from_secs(3);
/// Questions in a row without an answer until the reader counts as silent.
pub const MAX_MISSED: u8 = 3;
/// Attempts at one card until people are told to lift it and lay it down again.
pub const MAX_ATTEMPTS: u8 = 3;
/// Answers "no card" in a row that mean that a read card was lifted.
pub const LIFTED: u8 = 2;
/// Waits between attempts to reach a silent reader; the last one repeats.
pub const BACK_OFF: [Span; 4] = [Span::ZERO, Span::from_secs(1), Span::from_secs(2), Span::from_secs(5)];

/// What the conversation made of a reply or of time passing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// Nothing to tell: a late or expected word.
    Nothing,
    /// The reader said who it is.
    Identified(DeviceSerial),
    /// The reader works and sees no card.
    NoCard,
    /// The reader works and sees a card.
    CardSeen,
    /// A card's text block.
    Text(CardText),
    /// The card could not be read in [`MAX_ATTEMPTS`] attempts; the reader's last verdict, if it gave one.
    CardFailed(Option<u8>),
    /// The reader refuses for a reason of its own.
    ReaderFailed(u8),
    /// The time for an answer is over too often; the next attempt is arranged.
    Silent,
}

/// A card's text block, [`TEXT`] bytes: zeroed when dropped, never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct CardText(Zeroizing<Vec<u8>>);

impl CardText {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for CardText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CardText({TEXT} bytes, masked)")
    }
}

/// What to do on the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Say {
    /// Throw away what has arrived.
    Drain,
    /// Send this.
    Command(Command),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Off,
    Settling { until: Mono },
    Identifying { until: Mono },
    Resting { until: Mono },
    Finding { until: Mono, next_at: Mono },
    Selecting { until: Mono },
    Reading { until: Mono },
    BackOff { until: Mono },
}

/// What is known of the card on the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Card {
    /// None, or one that was not read yet.
    Wanted { attempts: u8 },
    /// Read, or given up: it has to be lifted. So many answers "no card" so far.
    Done { absent: u8 },
}

/// The conversation with one reader. Drain [`Dialogue::poll_say`] after every call.
#[derive(Debug)]
pub struct Dialogue {
    state: State,
    card: Card,
    missed: u8,
    silences: usize,
    say: VecDeque<Say>,
}

impl Default for Dialogue {
    fn default() -> Self {
        Self {
            state: State::Off,
            card: Card::Wanted { attempts: 0 },
            missed: 0,
            silences: 0,
            say: VecDeque::new(),
        }
    }
}

impl Dialogue {
    /// The link is open: begin.
    pub fn open(&mut self, now: Mono) {
        *self = Self::default();
        self.settle(now);
    }

    /// The link is gone.
    pub fn close(&mut self) {
        *self = Self::default();
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
            | State::Identifying { until }
            | State::Resting { until }
            | State::Finding { until, .. }
            | State::Selecting { until }
            | State::Reading { until }
            | State::BackOff { until } => Some(until),
        }
    }

    /// Takes one reply. What does not answer the present question is late and ignored.
    ///
    /// # Errors
    /// [`BadFrame`] when an answer does not hold what it must.
    pub fn reply(&mut self, now: Mono, reply: Reply) -> Result<Heard, BadFrame> {
        match self.state {
            State::Off | State::Settling { .. } | State::Resting { .. } | State::BackOff { .. } => {
                Ok(Heard::Nothing)
            }
            State::Identifying { .. } if reply.sw3 == sw3::DONE => {
                let serial = reply.to_sam_number()?;
                self.missed = 0;
                self.state = State::Resting { until: now };
                Ok(Heard::Identified(serial))
            }
            State::Identifying { .. } => Ok(match reply.sw3 {
                // The late answers to questions of an earlier conversation.
                sw3::FOUND | sw3::NO_CARD | sw3::SELECT_FAILED | sw3::READ_FAILED | sw3::NOT_AUTHENTIC => {
                    Heard::Nothing
                }
                verdict => Heard::ReaderFailed(verdict),
            }),
            State::Finding { next_at, .. } => Ok(self.found(now, next_at, reply.sw3)),
            State::Selecting { .. } => Ok(self.selected(now, reply.sw3)),
            State::Reading { .. } => self.read(now, reply),
        }
    }

    /// The instant of [`Dialogue::next_timeout`] has come; nothing happens before it.
    pub fn timeout(&mut self, now: Mono) -> Heard {
        if self.next_timeout().is_none_or(|at| now < at) {
            return Heard::Nothing;
        }
        match self.state {
            State::Off => Heard::Nothing,
            State::BackOff { .. } => {
                self.settle(now);
                Heard::Nothing
            }
            State::Settling { .. } => {
                self.ask(Command::SamNumber);
                self.state = State::Identifying { until: now + ANSWER };
                Heard::Nothing
            }
            State::Resting { .. } => {
                self.ask(Command::Find);
                self.state = State::Finding { until: now + FIND_ANSWER, next_at: now + FIND_PERIOD };
                Heard::Nothing
            }
            State::Identifying { .. } => self.silent(now),
            State::Finding { .. } => self.missed(now, false),
            State::Selecting { .. } | State::Reading { .. } => self.missed(now, true),
        }
    }

    fn found(&mut self, now: Mono, next_at: Mono, verdict: u8) -> Heard {
        match verdict {
            sw3::FOUND => {
                self.answered();
                self.found_card(now, next_at);
                Heard::CardSeen
            }
            sw3::NO_CARD => {
                self.answered();
                self.state = State::Resting { until: next_at.max(now) };
                self.card = match self.card {
                    Card::Done { absent } if absent + 1 < LIFTED => Card::Done { absent: absent + 1 },
                    Card::Done { .. } | Card::Wanted { .. } => Card::Wanted { attempts: 0 },
                };
                Heard::NoCard
            }
            // The late end of an earlier choice or reading; the answer to this question is still to come.
            sw3::DONE | sw3::SELECT_FAILED | sw3::READ_FAILED | sw3::NOT_AUTHENTIC => Heard::Nothing,
            sw3::BAD_XOR | sw3::BAD_LENGTH => self.missed(now, false),
            verdict => {
                self.answered();
                self.state = State::Resting { until: next_at.max(now) };
                Heard::ReaderFailed(verdict)
            }
        }
    }

    fn found_card(&mut self, now: Mono, next_at: Mono) {
        match self.card {
            Card::Wanted { .. } => {
                self.ask(Command::Select);
                self.state = State::Selecting { until: now + ANSWER };
            }
            Card::Done { .. } => {
                self.card = Card::Done { absent: 0 };
                self.state = State::Resting { until: next_at.max(now) };
            }
        }
    }

    fn selected(&mut self, now: Mono, verdict: u8) -> Heard {
        match verdict {
            sw3::DONE => {
                self.ask(Command::ReadText);
                self.state = State::Reading { until: now + READ_ANSWER };
                Heard::Nothing
            }
            // The late answer to an earlier question for a card.
            sw3::FOUND | sw3::NO_CARD => Heard::Nothing,
            verdict => self.failed(now, Some(verdict)),
        }
    }

    fn read(&mut self, now: Mono, reply: Reply) -> Result<Heard, BadFrame> {
        match reply.sw3 {
            // The late answer to an earlier choice has 8 bytes.
            sw3::DONE if reply.data.len() < TEXT => Ok(Heard::Nothing),
            sw3::DONE => {
                let text = reply.into_text()?;
                self.answered();
                self.card = Card::Done { absent: 0 };
                self.state = State::Resting { until: now + FIND_PERIOD };
                Ok(Heard::Text(CardText(text)))
            }
            sw3::FOUND | sw3::NO_CARD => Ok(Heard::Nothing),
            verdict => Ok(self.failed(now, Some(verdict))),
        }
    }

    /// The card, not the reader, is in trouble: begin again with finding it, a few times.
    fn failed(&mut self, now: Mono, verdict: Option<u8>) -> Heard {
        self.state = State::Resting { until: now + FIND_PERIOD };
        match self.card {
            Card::Wanted { attempts } if attempts + 1 < MAX_ATTEMPTS => {
                self.card = Card::Wanted { attempts: attempts + 1 };
                Heard::Nothing
            }
            Card::Wanted { .. } | Card::Done { .. } => {
                self.card = Card::Done { absent: 0 };
                Heard::CardFailed(verdict)
            }
        }
    }

    /// A question stayed without an answer.
    fn missed(&mut self, now: Mono, is_card: bool) -> Heard {
        self.missed = self.missed.saturating_add(1);
        if self.missed >= MAX_MISSED {
            self.silent(now)
        } else if is_card {
            self.failed(now, None)
        } else {
            self.state = State::Resting { until: now };
            Heard::Nothing
        }
    }

    fn answered(&mut self) {
        self.missed = 0;
        self.silences = 0;
    }

    fn silent(&mut self, now: Mono) -> Heard {
        let wait = BACK_OFF[self.silences.min(BACK_OFF.len() - 1)];
        self.silences = self.silences.saturating_add(1);
        self.missed = 0;
        self.state = State::BackOff { until: now + wait };
        Heard::Silent
    }

    fn settle(&mut self, now: Mono) {
        self.say.push_back(Say::Drain);
        self.state = State::Settling { until: now + SETTLE };
    }

    fn ask(&mut self, command: Command) {
        self.say.push_back(Say::Drain);
        self.say.push_back(Say::Command(command));
    }
}
