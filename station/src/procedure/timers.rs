//! The named timers of a bed's machine, in one table.
//!
//! Owns: at most one deadline per name. Refuses: anonymous deadlines. Lost in a crash; a replay arms them again.

use crate::measure::Mono;
use serde::{Deserialize, Serialize};

/// What can come due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Timer {
    /// The clamp has not proved closed in its time.
    ClampClosing,
    /// The clamp has not proved open in its time.
    ClampOpening,
    /// The predicted instant to clamp.
    ClampAtTarget,
    /// The weight became stale.
    WeightStale,
    /// The mixer has not turned in its time.
    MixerStarting,
    /// The scale has not come to rest for the tare in its time.
    TareTooLong,
    /// The diverter has not answered in its time.
    Diverting,
    /// The pouch should be full.
    PouchFull,
    /// First blood takes too long: pouch, clip and plug should all be done.
    DivertTooLong,
    /// Flow should be seen.
    FlowExpected,
    /// No flow for so long that the end is advised.
    NoFlow,
    /// Tubes should have been filled.
    SamplesDue,
    /// The draw takes too long.
    DrawTooLong,
    /// The pause takes too long.
    PauseTooLong,
    /// First call to the bed.
    FirstCall,
    /// Second call to the bed.
    SecondCall,
    /// The bag was not mixed by hand in its time.
    HandMix,
    /// The sealer has not confirmed in its time.
    Sealing,
    /// The separator has not confirmed in its time.
    Separating,
    /// The pause of the sound is over.
    AudioPause,
    /// The BMS has not answered about the donor in its time.
    EligibilityAsked,
    /// The bag has come to rest after the clamp closed: its volume is final.
    Settled,
}

/// Deadlines by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Timers {
    armed: std::collections::BTreeMap<Timer, Mono>,
}

impl Timers {
    /// Arms, or arms anew.
    pub fn arm(&mut self, timer: Timer, at: Mono) {
        self.armed.insert(timer, at);
    }
    /// Disarms; nothing happens when it was not armed.
    pub fn disarm(&mut self, timer: Timer) {
        self.armed.remove(&timer);
    }
    /// Disarms all.
    pub fn clear(&mut self) {
        self.armed.clear();
    }
    /// Whether and for when it is armed.
    pub fn at(&self, timer: Timer) -> Option<Mono> {
        self.armed.get(&timer).copied()
    }
    /// The earliest deadline.
    pub fn next(&self) -> Option<Mono> {
        self.armed.values().min().copied()
    }
    /// The timer that is due, earliest first, ties in the order of the enum. It stays armed until disarmed or armed anew.
    pub fn due(&self, now: Mono) -> Option<Timer> {
        self.armed.iter().filter(|(_, at)| **at <= now).min_by_key(|(t, at)| (**at, **t)).map(|(t, _)| *t)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_comes_first_and_ties_keep_the_order_of_the_table() {
        let mut t = Timers::default();
        t.arm(Timer::NoFlow, Mono(20));
        t.arm(Timer::Settled, Mono(10));
        t.arm(Timer::ClampClosing, Mono(10));
        assert_eq!(t.next(), Some(Mono(10)));
        assert_eq!(t.due(Mono(9)), None);
        assert_eq!(t.due(Mono(10)), Some(Timer::ClampClosing));
        t.disarm(Timer::ClampClosing);
        assert_eq!(t.due(Mono(10)), Some(Timer::Settled));
    }
}
