//! One question and its answer on a line that many units share.
//!
//! Owns: that there is one question at a time, how long its answer may take, the silence between frames, and that a line on
//! which an answer failed is left to fall silent before the next word: the protocol does not number its frames, so a late
//! answer could be taken for the next one. Refuses: repeating anything; who asks decides that. A crash loses the question.

use super::frame::{MAX_FRAME, Reply, Request};
use station::measure::{Mono, Span};

/// The shortest silence between two frames; below 19200 baud 3.5 characters are longer.
const GAP: Span = Span(1750);
/// How long after a failed exchange the line has to be silent.
const QUIET: Span = Span::from_millis(20);
/// Longest that a talking line is waited for before it counts as failed all the same.
const LONGEST_QUIET: Span = Span::from_millis(200);

/// What came of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The unit answered.
    Answered(Reply),
    /// Nothing, or nothing that fits, in its time.
    Silent,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    /// Free from then on.
    Free(Mono),
    Waiting {
        unit: u8,
        request: Request,
        until: Mono,
    },
    /// Silent until then, at the latest until `end`.
    Quiet {
        until: Mono,
        end: Mono,
    },
}

/// The line as one side of it.
#[derive(Debug)]
pub struct Exchange {
    /// Time of one character, us.
    character: u64,
    answer: Span,
    state: State,
    buffer: Vec<u8>,
}

impl Exchange {
    /// A line of this many bits per second whose units begin to answer within `answer`.
    pub fn new(baud: u32, answer: Span) -> Self {
        let character = 11_000_000_u64.div_ceil(u64::from(baud.max(1)));
        Self { character, answer, state: State::Free(Mono::default()), buffer: Vec::new() }
    }

    /// The line was opened, or closed: nothing is expected any more.
    pub fn reset(&mut self, now: Mono) {
        self.buffer.clear();
        self.state = State::Quiet { until: now + QUIET, end: now + LONGEST_QUIET };
    }

    /// Whether a question may be put now.
    pub fn is_free(&self, now: Mono) -> bool {
        matches!(self.state, State::Free(at) if at <= now)
    }

    /// Puts a question: the bytes to send. `None`: not now.
    pub fn ask(&mut self, now: Mono, unit: u8, request: Request) -> Option<Vec<u8>> {
        if !self.is_free(now) {
            return None;
        }
        let frame = request.encode(unit);
        let on_the_line = self.character * (frame.len() + request.reply_len()) as u64;
        let until = now + self.answer + Span(on_the_line) + self.gap();
        self.buffer.clear();
        self.state = State::Waiting { unit, request, until };
        Some(frame)
    }

    /// Takes bytes. An answer ends the wait.
    pub fn bytes(&mut self, now: Mono, bytes: &[u8]) -> Option<Outcome> {
        let gap = self.gap();
        match &mut self.state {
            State::Free(_) => None,
            State::Quiet { until, end } => {
                *until = (now + QUIET).min(*end);
                None
            }
            State::Waiting { unit, request, .. } => {
                let room = MAX_FRAME.saturating_sub(self.buffer.len());
                self.buffer.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
                let reply = request.take_reply(*unit, &mut self.buffer)?;
                self.state = State::Free(now + gap);
                Some(Outcome::Answered(reply))
            }
        }
    }

    /// The instant of [`Exchange::next_timeout`] has come.
    pub fn timeout(&mut self, now: Mono) -> Option<Outcome> {
        match self.state {
            State::Waiting { until, .. } if until <= now => {
                self.reset(now);
                Some(Outcome::Silent)
            }
            State::Quiet { until, .. } if until <= now => {
                self.state = State::Free(now);
                None
            }
            State::Free(_) | State::Waiting { .. } | State::Quiet { .. } => None,
        }
    }

    /// When [`Exchange::timeout`] is wanted, or the line becomes free.
    pub fn next_timeout(&self) -> Mono {
        match self.state {
            State::Free(at) | State::Waiting { until: at, .. } | State::Quiet { until: at, .. } => at,
        }
    }

    fn gap(&self) -> Span {
        GAP.max(Span(self.character * 7 / 2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASK: Request = Request::ReadRegisters { address: 1, count: 2 };
    const ANSWER: [u8; 9] = [0x01, 0x04, 0x04, 0x01, 0x2c, 0x02, 0x58, 0x3b, 0x2b];

    fn line() -> Exchange {
        Exchange::new(115_200, Span::from_millis(30))
    }

    #[test]
    fn one_question_at_a_time_and_a_gap_after_its_answer() {
        let mut line = line();
        let now = Mono(0);
        assert!(line.ask(now, 1, ASK).is_some());
        assert_eq!(line.ask(now, 2, ASK), None);
        assert_eq!(line.bytes(Mono(5000), &ANSWER[..4]), None);
        let answered = Outcome::Answered(Reply::Registers(vec![300, 600]));
        assert_eq!(line.bytes(Mono(5500), &ANSWER[4..]), Some(answered));
        assert_eq!(line.ask(Mono(5600), 2, ASK), None, "3.5 characters, at least 1.75 ms");
        assert!(line.ask(Mono(7250), 2, ASK).is_some());
    }

    #[test]
    fn after_a_silence_a_late_answer_is_nobody_s() {
        let mut line = line();
        line.ask(Mono(0), 1, ASK);
        let until = line.next_timeout();
        assert_eq!(line.timeout(Mono(until.0 - 1)), None);
        assert_eq!(line.timeout(until), Some(Outcome::Silent));
        assert_eq!(line.ask(until, 1, ASK), None);
        let late = until + Span::from_millis(15);
        assert_eq!(line.bytes(late, &ANSWER), None);
        assert_eq!(line.timeout(until + QUIET), None);
        assert!(!line.is_free(until + QUIET), "the line has to be silent for 20 ms after the late answer");
        assert_eq!(line.timeout(late + QUIET), None);
        assert!(line.ask(late + QUIET, 1, ASK).is_some());
    }

    #[test]
    fn a_line_that_never_falls_silent_is_not_waited_for_without_end() {
        let mut line = line();
        line.reset(Mono(0));
        let mut now = Mono(0);
        while !line.is_free(now) {
            line.bytes(now, b"x");
            line.timeout(now);
            now = now + Span::from_millis(1);
            assert!(now <= Mono(0) + LONGEST_QUIET + Span::from_millis(2));
        }
    }

    #[test]
    fn noise_while_waiting_has_a_bound_and_a_slow_line_has_more_time() {
        let mut fast = line();
        fast.ask(Mono(0), 1, ASK);
        for _ in 0..100 {
            fast.bytes(Mono(1), &[1, 4, 4, 0, 0, 0]);
        }
        assert!(fast.buffer.len() <= MAX_FRAME);
        let mut slow = Exchange::new(1200, Span::from_millis(30));
        slow.ask(Mono(0), 1, ASK);
        assert!(slow.next_timeout() > Mono(180_000), "17 characters take 156 ms");
    }
}
