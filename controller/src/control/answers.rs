//! Answers that wait for the disk: nobody is told "done" before it is.
//!
//! Owns: the waiting answers. Refuses: more than a bounded number of them, and a good word for anything that did not become
//! durable. A crash loses them: the terminal asks again with the same request id.

use super::io::{MAX_ANSWERS, Output, Token};
use station::api::{Answer, ApiError, ErrorCode};
use station::procedure::refusal::Refusal;
use std::collections::VecDeque;

/// What came of a request.
pub(super) type Outcome = Result<Answer, ApiError>;

/// Answers with the number of the entry that each waits for, ascending.
#[derive(Debug, Default)]
pub(super) struct Answers {
    waiting: VecDeque<(u64, Token, Outcome)>,
}

impl Answers {
    /// Whether no more fit.
    pub(super) fn are_full(&self) -> bool {
        self.waiting.len() >= MAX_ANSWERS
    }

    /// Holds an answer back until this entry is durable.
    pub(super) fn hold(&mut self, after_seq: u64, token: Token, outcome: Outcome) {
        self.waiting.push_back((after_seq, token, outcome));
    }

    /// The next answer whose entry is durable.
    pub(super) fn next(&mut self, durable: u64) -> Option<Output> {
        self.waiting.front().filter(|(seq, _, _)| *seq <= durable)?;
        self.waiting.pop_front().map(|(_, token, result)| Output::Answer { token, result })
    }

    /// The journal has failed: whoever waits hears that it may or may not have been taken.
    pub(super) fn give_up(&mut self) -> Vec<Output> {
        self.waiting
            .drain(..)
            .map(|(_, token, _)| Output::Answer { token, result: Err(not_durable()) })
            .collect()
    }
}

/// A bad answer with its reason in words.
pub(super) fn bad(code: ErrorCode, text: &str) -> ApiError {
    ApiError { code, text: text.to_owned(), refusal: None }
}

/// The machine refused.
pub(super) fn refused(refusal: Refusal) -> ApiError {
    ApiError { code: ErrorCode::Refused, text: refusal.to_string(), refusal: Some(refusal) }
}

/// Something could not be made an entry, so it was not done.
pub(super) fn unwritten() -> ApiError {
    bad(ErrorCode::NotDurable, "this cannot be written down, so it was not done: tell the station's lead")
}

/// The journal does not take entries.
pub(super) fn not_durable() -> ApiError {
    bad(ErrorCode::NotDurable, "the journal has failed: this may or may not have been taken")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_comes_after_its_entry_and_in_order() {
        let mut answers = Answers::default();
        answers.hold(5, 1, Ok(Answer::Done));
        answers.hold(7, 2, Ok(Answer::Done));
        assert!(answers.next(4).is_none());
        assert!(matches!(answers.next(6), Some(Output::Answer { token: 1, result: Ok(_) })));
        assert!(answers.next(6).is_none());
        let given_up = answers.give_up();
        assert!(
            matches!(&given_up[..], [Output::Answer { token: 2, result: Err(e) }] if e.code == ErrorCode::NotDurable)
        );
    }
}
