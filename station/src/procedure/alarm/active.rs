//! The alarms of one bed that are told to people now.
//!
//! Owns: raising once, latching, acknowledging, and the signal of the bed's panel that follows from them. Refuses: taking
//! a latched alarm away before a person has acknowledged it. Lost in a crash; a replay raises them again.

use super::{ActiveAlarm, AlarmCode, Priority};
use crate::device::Signal;
use crate::measure::Mono;
use std::collections::BTreeMap;

/// What a change of an alarm's condition means for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// New, or there again.
    Raised,
    /// The condition is over.
    Cleared,
    /// Nothing new.
    None,
}

/// The active alarms of a bed, at most one a code.
#[derive(Debug, Clone, Default)]
pub(crate) struct Alarms {
    active: BTreeMap<AlarmCode, ActiveAlarm>,
}

impl Alarms {
    /// Says whether the condition of an alarm holds.
    pub(crate) fn set(&mut self, code: AlarmCode, holds: bool, now: Mono) -> Change {
        match (self.active.get_mut(&code), holds) {
            (Some(alarm), true) if alarm.holds => Change::None,
            (Some(alarm), true) => {
                *alarm = ActiveAlarm { code, since: now, holds: true, acknowledged: false };
                Change::Raised
            }
            (None, true) => {
                self.active.insert(code, ActiveAlarm { code, since: now, holds: true, acknowledged: false });
                Change::Raised
            }
            (Some(alarm), false) if alarm.holds => {
                alarm.holds = false;
                if !code.latches() || alarm.acknowledged {
                    self.active.remove(&code);
                }
                Change::Cleared
            }
            (Some(_) | None, false) => Change::None,
        }
    }

    /// A person knows of it. False when there is no such alarm.
    pub(crate) fn acknowledge(&mut self, code: AlarmCode) -> bool {
        let Some(alarm) = self.active.get_mut(&code) else { return false };
        alarm.acknowledged = true;
        if !alarm.holds {
            self.active.remove(&code);
        }
        true
    }

    /// Whether the condition holds now.
    pub(crate) fn holds(&self, code: AlarmCode) -> bool {
        self.active.get(&code).is_some_and(|a| a.holds)
    }

    /// All, highest priority first, then in the order of the table.
    pub(crate) fn list(&self) -> Vec<ActiveAlarm> {
        let mut list: Vec<_> = self.active.values().cloned().collect();
        list.sort_by_key(|a| (std::cmp::Reverse(a.code.priority()), a.code));
        list
    }

    /// Lamp and buzzer of the panel: the lamp follows every alarm, the buzzer those that nobody has acknowledged.
    pub(crate) fn signals(&self) -> (Signal, Signal) {
        let highest = |alarms: &mut dyn Iterator<Item = &ActiveAlarm>| {
            alarms.map(|a| a.code.priority()).max().map_or(Signal::Off, |p| match p {
                Priority::Low => Signal::Low,
                Priority::Medium => Signal::Medium,
                Priority::High => Signal::High,
            })
        };
        (highest(&mut self.active.values()), highest(&mut self.active.values().filter(|a| !a.acknowledged)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_latched_alarm_stays_until_a_person_knows_of_it() {
        let mut a = Alarms::default();
        assert_eq!(a.set(AlarmCode::OverVolume, true, Mono(1)), Change::Raised);
        assert_eq!(a.set(AlarmCode::OverVolume, true, Mono(2)), Change::None);
        assert_eq!(a.set(AlarmCode::OverVolume, false, Mono(3)), Change::Cleared);
        assert_eq!(a.list().len(), 1);
        assert!(a.acknowledge(AlarmCode::OverVolume));
        assert_eq!(a.list(), []);
        assert!(!a.acknowledge(AlarmCode::OverVolume));
    }

    #[test]
    fn an_acknowledged_alarm_that_holds_keeps_the_lamp_and_silences_the_buzzer() {
        let mut a = Alarms::default();
        a.set(AlarmCode::LowFlow, true, Mono(1));
        a.set(AlarmCode::HelpCalled, true, Mono(1));
        assert_eq!(a.signals(), (Signal::High, Signal::High));
        a.acknowledge(AlarmCode::HelpCalled);
        assert_eq!(a.signals(), (Signal::High, Signal::Medium));
        a.set(AlarmCode::HelpCalled, false, Mono(2));
        a.set(AlarmCode::LowFlow, false, Mono(2));
        assert_eq!(a.signals(), (Signal::Off, Signal::Off));
    }
}
