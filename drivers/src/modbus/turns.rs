//! Turns on a line that several drivers share, each with questions of its own to its own unit.
//!
//! Owns: whose question is on the line, and that there is one. Refuses: to look into frames (a driver knows its unit's answer by address
//! and check), a second question of one driver (the newer takes the older's place), and a turn without end. A crash loses the questions.
//!
//! ```text
//!   free ── a question, in order of asking ─▶ taken ── silence behind an answer, or no answer in its time ─▶ free
//! ```

use station::measure::{Mono, Span};
use std::collections::VecDeque;

/// A unit that has not begun to answer within this, or does not end, loses its turn: a little more than its own driver waits.
pub const TURN: Span = Span::from_millis(1200);
/// An answer is over when nothing came for so long; a USB adapter hands bytes on every 16 ms.
const QUIET: Span = Span::from_millis(50);

/// A line's turns.
#[derive(Debug, Default)]
pub struct Turns {
    waiting: VecDeque<(usize, Vec<u8>)>,
    /// Whose turn it is, how long at most, and until when as it looks now.
    taken: Option<(usize, Mono, Mono)>,
}

impl Turns {
    /// The line was opened, or closed: nothing is asked any more.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// A driver has a question.
    pub fn ask(&mut self, who: usize, question: Vec<u8>) {
        match self.waiting.iter_mut().find(|(asks, _)| *asks == who) {
            Some((_, older)) => *older = question,
            None => self.waiting.push_back((who, question)),
        }
    }

    /// The next question, when the line is free. What came before is not its answer: the line has to be drained.
    pub fn next(&mut self, now: Mono) -> Option<Vec<u8>> {
        if self.taken.is_some_and(|(_, _, until)| until > now) {
            return None;
        }
        let next = self.waiting.pop_front();
        self.taken = next.as_ref().map(|(who, _)| (*who, now + TURN, now + TURN));
        next.map(|(_, question)| question)
    }

    /// Bytes came: whose they are. `None`: nobody's.
    pub fn heard(&mut self, now: Mono) -> Option<usize> {
        let (who, end, until) = self.taken.as_mut()?;
        *until = (now + QUIET).min(*end);
        Some(*who)
    }

    /// Whose turn it is; `None`: nobody's.
    pub fn whose(&self) -> Option<usize> {
        self.taken.map(|(who, ..)| who)
    }

    /// When [`Turns::next`] is worth calling.
    pub fn next_timeout(&self) -> Option<Mono> {
        self.taken.map(|(_, _, until)| until).filter(|_| !self.waiting.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Mono = |ms| Mono(ms * 1000);

    #[test]
    fn one_question_at_a_time_in_the_order_of_asking() {
        let mut turns = Turns::default();
        turns.ask(1, vec![1]);
        turns.ask(0, vec![0]);
        assert_eq!(turns.next(MS(0)), Some(vec![1]));
        assert_eq!(turns.next(MS(10)), None, "the line is taken");
        assert_eq!(turns.heard(MS(30)), Some(1));
        assert_eq!(turns.heard(MS(40)), Some(1));
        assert_eq!(turns.next_timeout(), Some(MS(90)), "50 ms behind the last byte");
        assert_eq!(turns.next(MS(89)), None);
        assert_eq!(turns.next(MS(90)), Some(vec![0]));
        assert_eq!(turns.next(MS(2000)), None, "nobody asks");
        assert_eq!((turns.heard(MS(2000)), turns.next_timeout()), (None, None), "bytes of nobody");
    }

    #[test]
    fn a_silent_unit_and_one_that_babbles_keep_nobody_waiting_for_longer_than_a_turn() {
        let mut turns = Turns::default();
        (0..3).for_each(|who| turns.ask(who, vec![who as u8]));
        turns.next(MS(0));
        assert_eq!(turns.next_timeout(), Some(Mono(0) + TURN), "silent");
        assert_eq!(turns.next(Mono(0) + TURN), Some(vec![1]));
        let mut now = Mono(0) + TURN;
        let begun = now;
        while turns.next(now).is_none() {
            assert_eq!(turns.heard(now), Some(1), "babbles");
            now = now + Span::from_millis(10);
        }
        assert_eq!(now.since(begun), TURN);
    }

    #[test]
    fn a_driver_that_asks_again_has_one_question() {
        let mut turns = Turns::default();
        turns.ask(0, vec![1]);
        turns.ask(0, vec![2]);
        assert_eq!(turns.next(MS(0)), Some(vec![2]));
        turns.ask(1, vec![3]);
        turns.reset();
        assert_eq!(turns.next(MS(5000)), None);
    }
}
