//! The alarm log as it is looked through: one page, and the way back to newer ones.
//!
//! Owns: which page is asked for. Refuses: keeping more than one page. Lost with the terminal; the daemon keeps the log.

use station::api::{ALARM_PAGE, LoggedAlarm, Op};

/// One page and how it was come to.
#[derive(Debug, Clone, Default)]
pub struct AlarmLog {
    /// The page; the newest first.
    pub alarms: Vec<LoggedAlarm>,
    /// Whether the daemon has not answered yet.
    pub loading: bool,
    /// What each older page began before; the last is the shown one. Empty on the newest page.
    way: Vec<u64>,
}

impl AlarmLog {
    /// Before the first answer.
    pub fn new() -> Self {
        Self { loading: true, ..Self::default() }
    }

    /// The request for the page that is wanted.
    pub fn op(&self) -> Op {
        Op::Alarms { before: self.way.last().copied() }
    }

    /// Whether there may be older alarms.
    pub fn has_older(&self) -> bool {
        !self.loading && self.alarms.len() == ALARM_PAGE
    }

    /// Wants the next older page. False when there is none.
    pub fn older(&mut self) -> bool {
        let Some(last) = self.alarms.last().filter(|_| self.has_older()) else { return false };
        self.way.push(last.number);
        self.loading = true;
        true
    }

    /// Wants the page before. False on the newest.
    pub fn newer(&mut self) -> bool {
        if self.loading || self.way.pop().is_none() {
            return false;
        }
        self.loading = true;
        true
    }

    /// A page came.
    pub fn take(&mut self, alarms: Vec<LoggedAlarm>) {
        self.alarms = alarms;
        self.loading = false;
    }
}
