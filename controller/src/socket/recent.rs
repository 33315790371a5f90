//! Recent requests: the same request id within ten minutes gets the first answer again, over reconnects too.
//!
//! Owns: ids and their answers, at most [`MAX`]. Refuses: forgetting a fresh one to make room for another. Lost in a crash:
//! then a repeated act is judged by the bed's revision, which has changed.

use station::api::{Answer, ApiError};
use station::measure::{Mono, Span};
use std::collections::BTreeMap;
use tokio::sync::watch;

/// How long an answer is remembered.
const KEPT: Span = Span::from_mins(10);
/// Most answers remembered.
const MAX: usize = 4096;

/// What came of a request, once known.
pub(super) type Outcome = Result<Answer, ApiError>;

/// What a request id turned out to be.
pub(super) enum Seen {
    /// New: carry it out, then put the outcome here.
    New(watch::Sender<Option<Outcome>>),
    /// Seen before: its outcome is, or will be, here.
    Before(watch::Receiver<Option<Outcome>>),
    /// No room for another id.
    Full,
}

/// The ids of the last ten minutes.
#[derive(Default)]
pub(super) struct Recent {
    ids: BTreeMap<String, (Mono, watch::Receiver<Option<Outcome>>)>,
}

impl Recent {
    /// Looks an id up, remembering it when it is new.
    pub(super) fn look_up(&mut self, now: Mono, id: &str) -> Seen {
        if let Some((at, outcome)) = self.ids.get(id)
            && now.since(*at) < KEPT
        {
            return Seen::Before(outcome.clone());
        }
        if self.ids.len() >= MAX {
            self.ids.retain(|_, (at, _)| now.since(*at) < KEPT);
        }
        if self.ids.len() >= MAX {
            return Seen::Full;
        }
        let (sender, receiver) = watch::channel(None);
        self.ids.insert(id.to_owned(), (now, receiver));
        Seen::New(sender)
    }
}

impl Recent {
    /// Forgets an id: nothing was done under it.
    pub(super) fn forget(&mut self, id: &str) {
        self.ids.remove(id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_remembered_for_ten_minutes() {
        let mut r = Recent::default();
        let Seen::New(first) = r.look_up(Mono(0), "a") else { panic!("new") };
        first.send_replace(Some(Ok(Answer::Done)));
        let Seen::Before(again) = r.look_up(Mono(0) + Span::from_mins(9), "a") else { panic!("before") };
        assert_eq!(*again.borrow(), Some(Ok(Answer::Done)));
        assert!(matches!(r.look_up(Mono(0) + Span::from_mins(10), "a"), Seen::New(_)));
    }

    #[test]
    fn a_fresh_id_is_never_forgotten_to_make_room() {
        let mut r = Recent::default();
        for n in 0..MAX {
            assert!(matches!(r.look_up(Mono(0), &n.to_string()), Seen::New(_)));
        }
        assert!(matches!(r.look_up(Mono(1), "one more"), Seen::Full));
        assert!(matches!(r.look_up(Mono(0) + KEPT, "one more"), Seen::New(_)));
    }
}
