//! Temperatures of what the station keeps: which probe says what, since when it is wrong, and when people are told.
//!
//! Owns: each thermometer's range and patience, what of it is journaled, and the one fact that every bed hears. Refuses: to
//! take an old temperature for a new one: a probe that is silent is as wrong as one that is warm. It never touches a donation:
//! that blood is too warm somewhere is no reason to stop a draw. A crash loses it; thermometers answer again within a minute,
//! and what was measured before is in the journal.

use super::Station;
use super::entries::Temperature;
use crate::clock::Stamp;
use station::api::{ClimateState, ClimateView};
use station::ident::{DeviceId, LocalDate};
use station::measure::{MilliCelsius, Mono, Span};
use station::procedure::event::SharedFact;
use station::shift::gates::Calibration;

/// A temperature is journaled at least this often,
const JOURNAL_EVERY: Span = Span::from_secs(600);
/// and whenever it has moved by this much, thousandths of a degree.
const JOURNAL_STEP: u32 = 500;

/// One thermometer of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClimateParts {
    /// Which.
    pub probe: DeviceId,
    /// The site's name for it.
    pub name: String,
    /// Lowest right temperature.
    pub low: MilliCelsius,
    /// Highest right temperature.
    pub high: MilliCelsius,
    /// Outside for so long is an alarm.
    pub patience: Span,
    /// Older is no temperature any more.
    pub stale: Span,
    /// Its calibration certificate.
    pub calibration: Option<Calibration>,
}

/// Why people are told of a thermometer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// Its certificate has expired.
    Expired,
    /// What it says has not been right for too long, or it says nothing.
    Temperature,
}

/// What was journaled last.
#[derive(Debug, Clone, Copy)]
struct Journaled {
    at: Mono,
    value: Option<MilliCelsius>,
    state: ClimateState,
    expired: bool,
}

#[derive(Debug)]
struct Watched {
    parts: ClimateParts,
    /// The last temperature and when it came; none after trouble with the probe.
    value: Option<(Mono, MilliCelsius)>,
    /// Since when it has not been as it has to be.
    wrong_since: Option<Mono>,
    state: ClimateState,
    /// Its certificate has expired: nobody answers for what it says.
    expired: bool,
    journaled: Option<Journaled>,
}

impl Watched {
    /// What it says now, whatever people were told.
    fn judge(&self, now: Mono) -> ClimateState {
        match self.value.filter(|(at, _)| now.since(*at) < self.parts.stale) {
            None => ClimateState::Silent,
            Some((_, value)) if value < self.parts.low => ClimateState::Cold,
            Some((_, value)) if value > self.parts.high => ClimateState::Warm,
            Some(_) => ClimateState::Right,
        }
    }

    fn is_alarming(&self, now: Mono) -> bool {
        !self.causes(now).is_empty()
    }

    /// Why people are told of it.
    fn causes(&self, now: Mono) -> Vec<Cause> {
        let lasts = self.wrong_since.is_some_and(|since| now.since(since) >= self.parts.patience);
        let causes = [(self.expired, Cause::Expired), (lasts, Cause::Temperature)];
        causes.into_iter().filter(|(holds, _)| *holds).map(|(_, cause)| cause).collect()
    }

    /// Looks at it again. True when it has to be journaled. While nobody knows which day it is a certificate is let be: the clock
    /// has an alarm of its own.
    fn look(&mut self, now: Mono, today: Option<LocalDate>) -> bool {
        self.state = self.judge(now);
        let last = self.parts.calibration.as_ref().map(|calibration| calibration.expires);
        self.expired = last.zip(today).is_some_and(|(last, today)| last < today);
        if self.state == ClimateState::Right {
            self.wrong_since = None;
        } else {
            self.wrong_since.get_or_insert(now);
        }
        let value = self.shown(now);
        let Some(before) = self.journaled else {
            // Nothing is written before the first temperature, but that there is none once people are told so.
            return value.is_some() || self.is_alarming(now);
        };
        let moved = before.value.zip(value).is_some_and(|(a, b)| a.0.abs_diff(b.0) >= JOURNAL_STEP);
        let due = value.is_some() && now.since(before.at) >= JOURNAL_EVERY;
        (before.state, before.expired) != (self.state, self.expired) || moved || due
    }

    /// It is journaled now.
    fn note_journaled(&mut self, at: Mono) {
        let (value, state, expired) = (self.shown(at), self.state, self.expired);
        self.journaled = Some(Journaled { at, value, state, expired });
    }

    fn shown(&self, now: Mono) -> Option<MilliCelsius> {
        self.value.filter(|(at, _)| now.since(*at) < self.parts.stale).map(|(_, value)| value)
    }

    /// When something changes although nothing comes.
    fn deadline(&self, now: Mono) -> Option<Mono> {
        let stale = self.value.map(|(at, _)| at + self.parts.stale).filter(|at| *at > now);
        let alarm = self.wrong_since.map(|since| since + self.parts.patience).filter(|at| *at > now);
        stale.into_iter().chain(alarm).min()
    }
}

/// All thermometers.
#[derive(Debug)]
pub(super) struct Climate {
    watched: Vec<Watched>,
    /// What the beds were told last: which thermometers, and why.
    told: Vec<(usize, Cause)>,
    looked: Mono,
    /// On which day, in days since 1970-01-01; `None` while the clock is untrusted.
    day: Option<i32>,
    /// Something came since.
    heard: bool,
    /// When something changes although nothing comes, and when that or a due entry wants another look.
    next: Option<Mono>,
    wakes: Option<Mono>,
    rev: u64,
}

impl Climate {
    /// At the start each is silent, and has its patience to answer.
    pub(super) fn new(parts: Vec<ClimateParts>, now: Mono) -> Self {
        let watched = |parts| Watched {
            parts,
            value: None,
            wrong_since: Some(now),
            state: ClimateState::Silent,
            expired: false,
            journaled: None,
        };
        let mut climate = Self {
            watched: parts.into_iter().map(watched).collect(),
            told: Vec::new(),
            looked: now,
            day: None,
            heard: true,
            next: None,
            wakes: None,
            rev: 0,
        };
        climate.plan();
        climate
    }

    /// A thermometer says something, or that it is in trouble.
    pub(super) fn heard(&mut self, now: Mono, probe: &DeviceId, value: Option<MilliCelsius>) {
        if let Some(watched) = self.watched.iter_mut().find(|watched| watched.parts.probe == *probe) {
            watched.value = value.map(|value| (now, value));
            self.heard = true;
            self.rev += 1;
        }
    }

    /// Whether nothing can have changed since it was looked at last.
    fn rests(&self, now: Mono, day: Option<i32>) -> bool {
        !self.heard && self.day == day && self.wakes.is_none_or(|at| now < at)
    }

    /// Finds out when it has to be looked at again.
    fn plan(&mut self) {
        let entries = self.watched.iter().filter_map(|watched| watched.journaled);
        let entries = entries.map(|before| before.at + JOURNAL_EVERY).filter(|at| *at > self.looked);
        self.next = self.watched.iter().filter_map(|watched| watched.deadline(self.looked)).min();
        self.wakes = entries.chain(self.next).min();
    }

    /// Whether the beds have been told that something is wrong.
    pub(super) fn is_told(&self) -> bool {
        !self.told.is_empty()
    }

    /// Why people have to be told now.
    fn causes(&self, now: Mono) -> Vec<(usize, Cause)> {
        let all = self.watched.iter().enumerate();
        all.flat_map(|(at, watched)| watched.causes(now).into_iter().map(move |cause| (at, cause))).collect()
    }

    /// Changes with each temperature.
    pub(super) fn rev(&self) -> u64 {
        self.rev
    }

    /// When something changes although nothing comes.
    pub(super) fn next_timeout(&self) -> Option<Mono> {
        self.next
    }

    /// For the screens.
    pub(super) fn view(&self, now: Mono) -> Vec<ClimateView> {
        let view = |watched: &Watched| ClimateView {
            name: watched.parts.name.clone(),
            value: watched.shown(now),
            low: watched.parts.low,
            high: watched.parts.high,
            state: watched.state,
            alarming: watched.is_alarming(now),
            expired: watched.expired,
        };
        self.watched.iter().map(view).collect()
    }
}

impl Station {
    /// Looks at all thermometers: journals what is worth it, and tells the beds when that changes.
    pub(super) fn watch_climate(&mut self, now: Stamp) {
        let mono = now.mono;
        let day = self.today(now);
        if self.climate.rests(mono, day) {
            return;
        }
        let today = self.calendar_day(now);
        (self.climate.looked, self.climate.day, self.climate.heard) = (mono, day, false);
        let mut entries = Vec::new();
        for watched in &mut self.climate.watched {
            if watched.look(mono, today) {
                watched.note_journaled(mono);
                let calibration = watched.parts.calibration.as_ref();
                entries.push(Temperature {
                    probe: watched.parts.probe.clone(),
                    milli_c: watched.shown(mono),
                    state: watched.state,
                    sensor: self.devices.serial(&watched.parts.probe).cloned(),
                    certificate: calibration.map(|calibration| calibration.certificate.clone()),
                    expired: watched.expired,
                });
            }
        }
        self.climate.plan();
        for entry in entries {
            self.file(|pen| pen.write(now, None, &entry));
        }
        let causes = self.climate.causes(mono);
        let told = std::mem::replace(&mut self.climate.told, causes.clone());
        if told == causes {
            return;
        }
        self.climate.rev += 1;
        let grown = causes.iter().any(|cause| !told.contains(cause));
        // An alarm that stands and was perhaps acknowledged hides no second trouble: it ends and is new.
        if !told.is_empty() && (grown || causes.is_empty()) {
            self.tell_all(now, SharedFact::StorageWrong(false));
        }
        if grown {
            self.tell_all(now, SharedFact::StorageWrong(true));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use station::ident::SiteCode;

    fn watched() -> Watched {
        let parts = ClimateParts {
            probe: DeviceId::new("probe.fridge").unwrap(),
            name: "fridge".to_owned(),
            low: MilliCelsius(2000),
            high: MilliCelsius(6000),
            patience: Span::from_secs(300),
            stale: Span::from_secs(90),
            calibration: None,
        };
        Climate::new(vec![parts], Mono(0)).watched.remove(0)
    }

    fn at(seconds: u64) -> Mono {
        Mono(seconds * 1_000_000)
    }

    /// Takes a temperature and says whether it is journaled.
    fn take(watched: &mut Watched, second: u64, value: i32) -> bool {
        watched.value = Some((at(second), MilliCelsius(value)));
        let journaled = watched.look(at(second), None);
        if journaled {
            watched.note_journaled(at(second));
        }
        journaled
    }

    #[test]
    fn both_ends_of_the_range_are_right_and_beyond_them_is_not() {
        let mut w = watched();
        for (value, state) in [
            (2000, ClimateState::Right),
            (6000, ClimateState::Right),
            (1999, ClimateState::Cold),
            (6001, ClimateState::Warm),
        ] {
            take(&mut w, 1, value);
            assert_eq!(w.state, state, "{value}");
        }
    }

    #[test]
    fn a_door_that_was_open_is_no_alarm_and_warmth_that_lasts_is_one() {
        let mut w = watched();
        take(&mut w, 0, 4000);
        for second in (30..=290).step_by(30) {
            take(&mut w, second, 9000);
            assert!(!w.is_alarming(at(second)));
        }
        take(&mut w, 300, 5000);
        assert!(!w.is_alarming(at(900)));
        take(&mut w, 310, 9000);
        assert!(!w.is_alarming(at(609)));
        assert!(w.is_alarming(at(610)));
        assert_eq!(w.deadline(at(310)), Some(at(400)), "stale comes first");
    }

    #[test]
    fn an_old_temperature_is_none_and_silence_is_wrong_too() {
        let mut w = watched();
        take(&mut w, 0, 4000);
        w.look(at(89), None);
        assert_eq!((w.state, w.shown(at(89))), (ClimateState::Right, Some(MilliCelsius(4000))));
        assert!(w.look(at(90), None));
        assert_eq!((w.state, w.shown(at(90))), (ClimateState::Silent, None));
        assert!(!w.is_alarming(at(389)) && w.is_alarming(at(390)));
    }

    /// Procedure 1.4: what a thermometer with an expired certificate says is recorded as such, and told at once; through its last
    /// day it is as good as ever.
    #[test]
    fn an_expired_certificate_is_told_and_recorded_though_the_temperature_is_right() {
        let day = |day| LocalDate::new(2026, 3, day).ok();
        let mut w = watched();
        let certificate = SiteCode::new("WD-2026-0081").unwrap();
        w.parts.calibration =
            Some(Calibration { certificate, expires: day(30).unwrap(), made: None, by: None });
        take(&mut w, 0, 4000);
        for (today, expired) in [(None, false), (day(30), false), (day(31), true)] {
            let journaled = w.look(at(1), today);
            assert_eq!(
                (journaled, w.expired, w.is_alarming(at(1))),
                (expired, expired, expired),
                "{today:?}"
            );
            assert_eq!((w.state, w.shown(at(1))), (ClimateState::Right, Some(MilliCelsius(4000))));
        }
    }

    #[test]
    fn a_probe_that_never_answers_is_told_after_its_patience() {
        let mut w = watched();
        assert!(!w.look(at(299), None));
        assert!(w.look(at(300), None), "journaled once people are told");
    }

    #[test]
    fn what_moves_is_journaled_and_what_rests_every_ten_minutes() {
        let mut w = watched();
        assert!(take(&mut w, 0, 4000));
        assert!(!take(&mut w, 30, 4499));
        assert!(take(&mut w, 60, 4500));
        assert!(!take(&mut w, 600, 4500));
        assert!(take(&mut w, 660, 4500));
        assert!(take(&mut w, 690, 6100), "another state");
    }
}
