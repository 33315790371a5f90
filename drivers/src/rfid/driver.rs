//! Driver of a tag reader: which bag lies on the tray, by its tag.
//!
//! Owns: the round of questions, and when a tag counts as read: the same single tag in two inventories running, then its
//! memory. Refuses: two tags in the field (whose is the bag's?), a text that is none, and to say the same tag twice while
//! it lies there. A crash loses it; the tag is read again.
//!
//! ```text
//!   Off ── opened ─▶ mode, who, field ─▶ ┌▶ (field) inventory ── one tag, twice ─▶ its blocks ─▶ told
//!                                        └── 500 ms ◀──────────────────────────────────────────┘
//! ```

use super::words::{Answer, BLOCK, Look, Question};
use super::{feig, rr3036};
use crate::driver::{ActuateError, Driver, Inbound, Observation, Outbound, TagRead};
use station::device::{Actuation, DeviceKind, Fault};
use station::ident::TagUid;
use station::measure::{Mono, Span};
use std::collections::VecDeque;

/// Between two rounds.
const ROUND: Span = Span::from_millis(500);
/// A reader answers within this; an inventory of many tags takes longest.
const ANSWER: Span = Span::from_millis(1500);
/// The line is left to fall silent for so long after an answer that did not come: a late one is nobody's.
const QUIET: Span = Span::from_millis(200);
/// So many silences or tags too many in a row are a fault; so many empty rounds mean that the tag is gone.
const LIMIT: u8 = 3;
/// Questions for a tag's memory before it is known by its number only.
const TRIES: u8 = 3;
/// Characters of a donation's number in a tag, its `=` and flags included.
const TEXT: usize = 16;
/// Blocks that hold it.
const BLOCKS: usize = TEXT / BLOCK;
/// Most bytes kept while an answer comes: the longest frame of either maker.
const MAX_BUFFER: usize = 256;

/// Whose frames a reader speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// FEIG OBID.
    Feig,
    /// RR3036, RR9036.
    Rr3036,
}

/// How a reader is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RfidSettings {
    /// Its frames.
    pub dialect: Dialect,
    /// The block at which the donation's number begins in a tag; `None`: tags hold none.
    pub din_block: Option<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Off,
    Waiting {
        question: Question,
        until: Mono,
    },
    /// Until the next question; bytes that come belong to nobody.
    Resting {
        next: Mono,
        question: Question,
    },
}

/// One reader.
#[derive(Debug)]
pub struct RfidReader {
    settings: RfidSettings,
    state: State,
    buffer: Vec<u8>,
    /// The one tag of the last inventory.
    seen: Option<TagUid>,
    /// The tag that was told and still lies there.
    told: Option<TagUid>,
    memory: Vec<u8>,
    tries: u8,
    empty: u8,
    silent: u8,
    crowded: u8,
    identified: bool,
    trouble: Option<Fault>,
    outbound: VecDeque<Outbound>,
    observations: VecDeque<Observation>,
}

impl RfidReader {
    /// A driver whose link is not open yet.
    pub fn new(settings: RfidSettings) -> Self {
        Self {
            settings,
            state: State::Off,
            buffer: Vec::new(),
            seen: None,
            told: None,
            memory: Vec::new(),
            tries: 0,
            empty: 0,
            silent: 0,
            crowded: 0,
            identified: false,
            trouble: None,
            outbound: VecDeque::new(),
            observations: VecDeque::new(),
        }
    }

    fn ask(&mut self, now: Mono, question: Question) {
        let frame = match self.settings.dialect {
            Dialect::Feig => feig::encode(question),
            Dialect::Rr3036 => rr3036::encode(question),
        };
        self.buffer.clear();
        self.outbound.push_back(Outbound::DrainInput);
        self.outbound.push_back(Outbound::Bytes(frame));
        self.state = State::Waiting { question, until: now + ANSWER };
    }

    fn rest(&mut self, now: Mono, span: Span, question: Question) {
        self.state = State::Resting { next: now + span, question };
    }

    /// What begins a round: FEIG's tags keep silent after their first answer until the field was off.
    fn round(&self) -> Question {
        match self.settings.dialect {
            Dialect::Feig => Question::Field,
            Dialect::Rr3036 => Question::Inventory,
        }
    }

    fn bytes(&mut self, now: Mono, bytes: &[u8]) {
        let State::Waiting { question, .. } = self.state else { return };
        let room = MAX_BUFFER.saturating_sub(self.buffer.len());
        self.buffer.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        let mut from = 0;
        while from < self.buffer.len() {
            let look = match self.settings.dialect {
                Dialect::Feig => feig::look(question, &self.buffer[from..]),
                Dialect::Rr3036 => rr3036::look(question, &self.buffer[from..]),
            };
            match look {
                Look::Answer(answer) => {
                    self.buffer.clear();
                    return self.answered(now, question, answer);
                }
                // A wrong length would wait for ever: what stands behind it may be whole.
                Look::Partial | Look::Wrong => from += 1,
            }
        }
    }

    fn answered(&mut self, now: Mono, question: Question, answer: Answer) {
        self.silent = 0;
        match (question, answer) {
            (Question::Mode, _) if self.identified => self.ask(now, Question::Field),
            (Question::Mode, _) => self.ask(now, Question::Who),
            (Question::Who, Answer::Who(said)) => {
                self.identify(said);
                self.ask(now, Question::Field);
            }
            (Question::Who, _) => {
                self.identify_unnamed();
                self.ask(now, Question::Field);
            }
            (Question::Field, _) => self.ask(now, Question::Inventory),
            (Question::Inventory, answer) => self.inventory(now, answer),
            (Question::Read { uid, .. }, answer) => self.read(now, uid, answer),
        }
    }

    /// Once for each opening.
    fn identify(&mut self, model: String) {
        if !std::mem::replace(&mut self.identified, true) {
            self.observations.push_back(Observation::Identity { serial: None, model });
        }
    }

    /// It has no word for who it is, only its maker's frames.
    fn identify_unnamed(&mut self) {
        let model = match self.settings.dialect {
            Dialect::Feig => "FEIG OBID",
            Dialect::Rr3036 => "RR3036",
        };
        self.identify(model.to_owned());
    }

    fn inventory(&mut self, now: Mono, answer: Answer) {
        let tags = match answer {
            Answer::Tags(tags) => tags,
            Answer::NoTag | Answer::Done | Answer::Who(_) | Answer::Blocks(_) | Answer::Refused(_) => {
                Vec::new()
            }
        };
        let one = if let [one] = tags[..] { Some(one) } else { None };
        if tags.len() > 1 {
            self.crowded = self.crowded.saturating_add(1);
            if self.crowded >= LIMIT {
                self.fault(Fault::Device("two tags on the tray".to_owned()));
            }
        } else {
            self.crowded = 0;
            self.recovered();
        }
        self.empty = if tags.is_empty() { self.empty.saturating_add(1) } else { 0 };
        if self.empty >= LIMIT {
            self.told = None;
        }
        let twice = one.is_some() && self.seen == one;
        self.seen = one;
        match one.filter(|uid| twice && self.told != Some(*uid)) {
            Some(uid) => {
                self.memory.clear();
                self.tries = 0;
                self.read_on(now, uid);
            }
            None => {
                let round = self.round();
                self.rest(now, ROUND, round);
            }
        }
    }

    /// Asks for what of the tag's memory is still missing.
    fn read_on(&mut self, now: Mono, uid: TagUid) {
        let Some(first) = self.settings.din_block else { return self.tell(now, uid) };
        let have = self.memory.len() / BLOCK;
        if have >= BLOCKS {
            return self.tell(now, uid);
        }
        let block = first.saturating_add(u8::try_from(have).unwrap_or(u8::MAX));
        let count = match self.settings.dialect {
            Dialect::Feig => u8::try_from(BLOCKS).unwrap_or(u8::MAX),
            Dialect::Rr3036 => 1,
        };
        self.ask(now, Question::Read { uid, block, count });
    }

    fn read(&mut self, now: Mono, uid: TagUid, answer: Answer) {
        match answer {
            Answer::Blocks(bytes) if bytes.is_empty() => self.tell(now, uid),
            Answer::Blocks(bytes) => {
                self.memory.extend(bytes);
                self.read_on(now, uid);
            }
            Answer::Refused(_) | Answer::NoTag | Answer::Done | Answer::Who(_) | Answer::Tags(_) => {
                self.read_again(now, uid);
            }
        }
    }

    fn read_again(&mut self, now: Mono, uid: TagUid) {
        self.tries = self.tries.saturating_add(1);
        self.memory.clear();
        if self.tries >= TRIES {
            self.tell(now, uid);
        } else {
            self.read_on(now, uid);
        }
    }

    fn tell(&mut self, now: Mono, uid: TagUid) {
        let text = text(&self.memory);
        self.memory.clear();
        self.told = Some(uid);
        self.observations.push_back(Observation::Tag(TagRead { uid, text }));
        let round = self.round();
        self.rest(now, ROUND, round);
    }

    /// The answer did not come, or nothing of what came is one.
    fn silence(&mut self, now: Mono, question: Question) {
        if question == Question::Who {
            // It answered the question before: it has no word for this one, and that is no trouble.
            self.identify_unnamed();
            return self.rest(now, QUIET, Question::Field);
        }
        self.silent = self.silent.saturating_add(1);
        if self.silent >= LIMIT {
            self.fault(if self.buffer.is_empty() { Fault::NoReply } else { Fault::Garbage });
            // It may have lost its supply, and with it what it was told.
            self.rest(now, ROUND, Question::Mode);
            return;
        }
        // What was read of a tag is asked for anew.
        self.memory.clear();
        let question = match question {
            Question::Read { .. } => self.round(),
            Question::Mode | Question::Who | Question::Field | Question::Inventory => question,
        };
        self.rest(now, QUIET, question);
    }

    fn fault(&mut self, fault: Fault) {
        let lost = fault == Fault::LinkLost && self.trouble != Some(Fault::LinkLost);
        if self.trouble.is_none() || lost {
            self.trouble = Some(fault.clone());
            self.observations.push_back(Observation::Fault(fault));
        }
    }

    fn recovered(&mut self) {
        if self.trouble.take().is_some() {
            self.observations.push_back(Observation::Recovered);
        }
    }
}

/// The text of a tag, whichever way round its blocks are sent: it begins with `=`.
fn text(memory: &[u8]) -> Option<String> {
    let straight = memory.get(..TEXT)?;
    let turned: Vec<u8> =
        straight.chunks_exact(BLOCK).flat_map(|block| block.iter().rev().copied()).collect();
    let bytes = if straight.starts_with(b"=") { straight } else { &turned };
    let clean = bytes.starts_with(b"=") && bytes.iter().all(u8::is_ascii_graphic);
    clean.then(|| bytes.iter().map(|byte| char::from(*byte)).collect())
}

impl Driver for RfidReader {
    fn kind(&self) -> DeviceKind {
        DeviceKind::Rfid
    }

    fn handle(&mut self, now: Mono, inbound: Inbound<'_>) {
        match inbound {
            Inbound::Opened => {
                self.identified = false;
                (self.seen, self.told) = (None, None);
                (self.silent, self.empty, self.crowded) = (0, 0, 0);
                self.ask(now, Question::Mode);
            }
            Inbound::Lost => {
                self.state = State::Off;
                self.buffer.clear();
                self.outbound.clear();
                self.fault(Fault::LinkLost);
            }
            Inbound::Bytes(bytes) => self.bytes(now, bytes),
            // A reader on a serial line has no inputs.
            Inbound::Line { .. } => {}
            Inbound::Timeout => match self.state {
                State::Waiting { question, until } if until <= now => self.silence(now, question),
                State::Resting { next, question } if next <= now => self.ask(now, question),
                State::Waiting { .. } | State::Resting { .. } | State::Off => {}
            },
        }
    }

    fn actuate(&mut self, _now: Mono, actuation: Actuation) -> Result<(), ActuateError> {
        Err(ActuateError::Unsupported { device: DeviceKind::Rfid, actuation })
    }

    fn poll_outbound(&mut self) -> Option<Outbound> {
        self.outbound.pop_front()
    }

    fn poll_observation(&mut self) -> Option<Observation> {
        self.observations.pop_front()
    }

    fn next_timeout(&self) -> Option<Mono> {
        match self.state {
            State::Off => None,
            State::Waiting { until, .. } => Some(until),
            State::Resting { next, .. } => Some(next),
        }
    }
}

#[cfg(test)]
#[path = "driver_tests.rs"]
mod tests;
