//! The alarms of one bed that are told to people now.
//!
//! Owns: raising once, latching, acknowledging, the pause of the sound, and the signal of the bed's panel that follows from
//! them. Refuses: taking a latched alarm away before a person has acknowledged it, and a pause without an end. Lost in a
//! crash; a replay raises them again.
//!
//! Anyone may pause the sound, signed in or not: the noise is at the bed where two hands are full, it comes back by
//! itself, at once for a new alarm of the same or higher priority, and the lamp goes on all the while. Taking an alarm
//! as known is a person's word, so that needs a name.

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
    quiet: Option<Quiet>,
}

/// The sound is paused.
#[derive(Debug, Clone, Copy)]
struct Quiet {
    until: Mono,
    /// The highest priority that sounded then: the next alarm of this one or above is heard.
    over: Priority,
}

impl Alarms {
    /// Says whether the condition of an alarm holds.
    pub(crate) fn set(&mut self, code: AlarmCode, holds: bool, now: Mono) -> Change {
        let change = self.note(code, holds, now);
        if change == Change::Raised && self.quiet.is_some_and(|quiet| code.priority() >= quiet.over) {
            self.quiet = None;
        }
        change
    }

    fn note(&mut self, code: AlarmCode, holds: bool, now: Mono) -> Change {
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

    /// Whether a person knows of it.
    pub(crate) fn acknowledged(&self, code: AlarmCode) -> bool {
        self.active.get(&code).is_some_and(|alarm| alarm.acknowledged)
    }

    /// A person takes note of it. False when there is no such alarm.
    pub(crate) fn acknowledge(&mut self, code: AlarmCode) -> bool {
        let Some(alarm) = self.active.get_mut(&code) else { return false };
        alarm.acknowledged = true;
        if !alarm.holds {
            self.active.remove(&code);
        }
        true
    }

    /// Pauses the sound. False when nothing sounds.
    pub(crate) fn pause_audio(&mut self, until: Mono) -> bool {
        let sounding = self.active.values().filter(|a| !a.acknowledged).map(|a| a.code.priority()).max();
        let (None, Some(over)) = (self.quiet, sounding) else { return false };
        self.quiet = Some(Quiet { until, over });
        true
    }

    /// The sound comes back. False when it was not paused.
    pub(crate) fn resume_audio(&mut self) -> bool {
        self.quiet.take().is_some()
    }

    /// Until when the sound is paused.
    pub(crate) fn quiet_until(&self) -> Option<Mono> {
        self.quiet.map(|quiet| quiet.until)
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

    /// Lamp and buzzer of the panel: the lamp follows every alarm, the buzzer those that nobody has acknowledged, unless
    /// the sound is paused.
    pub(crate) fn signals(&self) -> (Signal, Signal) {
        let highest = |alarms: &mut dyn Iterator<Item = &ActiveAlarm>| {
            alarms.map(|a| a.code.priority()).max().map_or(Signal::Off, |p| match p {
                Priority::Low => Signal::Low,
                Priority::Medium => Signal::Medium,
                Priority::High => Signal::High,
            })
        };
        let heard = |a: &&ActiveAlarm| !a.acknowledged && self.quiet.is_none();
        (highest(&mut self.active.values()), highest(&mut self.active.values().filter(heard)))
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

    #[test]
    fn a_pause_of_the_sound_spares_the_lamp_and_ends_for_an_alarm_of_the_same_priority() {
        let mut a = Alarms::default();
        assert!(!a.pause_audio(Mono(9)), "nothing sounds");
        a.set(AlarmCode::LowFlow, true, Mono(1));
        assert!(a.pause_audio(Mono(9)));
        assert!(!a.pause_audio(Mono(99)), "a pause is not made longer");
        assert_eq!(a.quiet_until(), Some(Mono(9)));
        assert_eq!(a.signals(), (Signal::Medium, Signal::Off));
        a.set(AlarmCode::Backlog, true, Mono(2));
        assert_eq!(a.signals(), (Signal::Medium, Signal::Off), "a lower one waits");
        a.set(AlarmCode::NoFlow, true, Mono(3));
        assert_eq!((a.signals(), a.quiet_until()), ((Signal::Medium, Signal::Medium), None));
        assert!(a.pause_audio(Mono(9)) && a.resume_audio());
        assert_eq!(a.signals(), (Signal::Medium, Signal::Medium));
    }
}
