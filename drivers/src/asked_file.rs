//! The dialogue with a link that answers when it is asked, a file of the kernel's for one: one question, one whole answer.
//!
//! Owns: when to ask, the text until it is whole, and what is made of a file that never comes. Refuses: a second question while
//! the first is unanswered (a file that hangs, hangs in one thread and no more), and a text that comes after its time. A crash
//! loses nothing.
//!
//! ```text
//!   Off ── opened ─▶ Asked ── the file ─▶ Resting ── its time ─▶ Asked
//!                      └── too long ─▶ Hangs ── the file, not looked at ─▶ Asked
//! ```

use crate::driver::Outbound;
use crate::transport::asked::END;
use station::measure::{Mono, Span};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Off,
    Asked { at: Mono },
    Hangs,
    Resting { next: Mono },
}

/// A file that came in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    /// What stands in it; of a text longer than is looked at, one byte more than that.
    pub(crate) text: Vec<u8>,
    /// When it was asked for.
    pub(crate) asked: Mono,
}

/// See the file.
#[derive(Debug)]
pub(crate) struct AskedFile {
    /// Longest wait for the file.
    patience: Span,
    /// Most bytes that are looked at.
    most: usize,
    state: State,
    text: Vec<u8>,
    ask: bool,
}

impl AskedFile {
    /// A file whose link is not open yet.
    pub(crate) fn new(patience: Span, most: usize) -> Self {
        Self { patience, most, state: State::Off, text: Vec::new(), ask: false }
    }

    /// Asks at once.
    pub(crate) fn ask(&mut self, now: Mono) {
        self.text.clear();
        self.ask = true;
        self.state = State::Asked { at: now };
    }

    /// The link is gone.
    pub(crate) fn lost(&mut self) {
        self.ask = false;
        self.state = State::Off;
    }

    /// Takes bytes in. An answer rests until [`AskedFile::rest`] says for how long.
    pub(crate) fn bytes(&mut self, now: Mono, bytes: &[u8]) -> Option<Answer> {
        let mut answer = None;
        for byte in bytes {
            if *byte != END {
                if self.text.len() <= self.most {
                    // One more than is looked at: what is too long stays so.
                    self.text.push(*byte);
                }
                continue;
            }
            let text = std::mem::take(&mut self.text);
            match self.state {
                State::Asked { at } => {
                    answer = Some(Answer { text, asked: at });
                    self.rest(now);
                }
                State::Hangs => self.ask(now),
                State::Off | State::Resting { .. } => {}
            }
        }
        answer
    }

    /// Bytes kept of a text that is not whole.
    #[cfg(test)]
    pub(crate) fn kept(&self) -> usize {
        self.text.len()
    }

    /// Asks again then.
    pub(crate) fn rest(&mut self, next: Mono) {
        self.state = State::Resting { next };
    }

    /// Its time has come. True when the file has just been waited for in vain.
    pub(crate) fn timeout(&mut self, now: Mono) -> bool {
        match self.state {
            State::Asked { at } if at + self.patience <= now => {
                self.state = State::Hangs;
                return true;
            }
            State::Resting { next } if next <= now => self.ask(now),
            State::Asked { .. } | State::Resting { .. } | State::Off | State::Hangs => {}
        }
        false
    }

    /// The next question, if one is due.
    pub(crate) fn poll_outbound(&mut self) -> Option<Outbound> {
        std::mem::take(&mut self.ask).then(|| Outbound::Bytes(Vec::new()))
    }

    /// When [`AskedFile::timeout`] is next worth calling.
    pub(crate) fn next_timeout(&self) -> Option<Mono> {
        match self.state {
            State::Off | State::Hangs => None,
            State::Asked { at } => Some(at + self.patience),
            State::Resting { next } => Some(next),
        }
    }
}
