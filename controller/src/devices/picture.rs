//! What is known of one device: who it says it is, how fast it answers, what it said last, what was wrong with it.
//!
//! Owns: the memory of that, bounded: the last [`ANSWERS`] answer times, the last few faults. Refuses: what a label, a card or a tag holds: only that
//! one was read. A crash loses it; the faults are in the journal.

use drivers::{Inbound, Observation, Outbound};
use station::api::{
    AnswerTimes, DeviceHealth, DeviceReport, IdentityView, LastReading, PAST_FAULTS, PastFault,
};
use station::device::{DeviceKind, Fault, Reading};
use station::ident::DeviceId;
use station::measure::{MilliCelsius, Mono, Span};
use std::collections::VecDeque;

/// Most answer times that are remembered.
const ANSWERS: usize = 8;
/// An answer that takes longer than this is none to that question.
const LONGEST: Span = Span::from_secs(20);
/// Most characters of a reading.
const MAX_WHAT: usize = 64;

/// How long answers took.
#[derive(Debug, Default)]
pub(super) struct Answers {
    asked: Option<Mono>,
    spans: VecDeque<Span>,
}

impl Answers {
    /// A question left.
    pub(super) fn asked(&mut self, now: Mono) {
        self.asked = Some(now);
    }

    /// Something came.
    pub(super) fn heard(&mut self, now: Mono) {
        let Some(span) = self.asked.take().map(|at| now.since(at)).filter(|span| *span <= LONGEST) else {
            return;
        };
        if self.spans.len() == ANSWERS {
            self.spans.pop_front();
        }
        self.spans.push_back(span);
    }

    /// The link is another one: what was asked is not answered any more.
    pub(super) fn forget(&mut self) {
        self.asked = None;
    }

    pub(super) fn times(&self) -> Option<AnswerTimes> {
        let (last, worst) = (self.spans.back().copied()?, self.spans.iter().max().copied()?);
        Some(AnswerTimes { of: u8::try_from(self.spans.len()).unwrap_or(u8::MAX), last, worst })
    }
}

/// What was said last.
#[derive(Debug)]
enum Said {
    Reading(Reading),
    Temperature(MilliCelsius),
    /// A label of so many characters.
    Label(usize),
    Card,
    Tag,
}

impl Said {
    fn words(&self) -> String {
        match self {
            Self::Reading(Reading::Weight(weight)) => {
                format!("{} ({:?})", weight.gross, weight.quality).to_lowercase()
            }
            Self::Reading(reading) => format!("{reading:?}").chars().take(MAX_WHAT).collect(),
            Self::Temperature(value) => value.to_string(),
            Self::Label(length) => format!("a label of {length} characters"),
            Self::Card => "a card".to_owned(),
            Self::Tag => "a tag".to_owned(),
        }
    }
}

#[derive(Debug)]
struct Past {
    number: u32,
    fault: Fault,
    began: Mono,
    ended: Option<Mono>,
}

/// See the file.
#[derive(Debug, Default)]
pub(super) struct Picture {
    identity: Option<IdentityView>,
    answers: Answers,
    said: Option<(Said, Mono)>,
    thrown: u64,
    faults: VecDeque<Past>,
    number: u32,
}

impl Picture {
    /// What reaches the device's driver.
    pub(super) fn inbound(&mut self, now: Mono, inbound: &Inbound<'_>) {
        match inbound {
            Inbound::Bytes(_) => self.answers.heard(now),
            Inbound::Opened | Inbound::Lost => self.answers.forget(),
            Inbound::Line { .. } | Inbound::Timeout => {}
        }
    }

    /// What its driver sends.
    pub(super) fn outbound(&mut self, now: Mono, outbound: &Outbound) {
        match outbound {
            Outbound::Bytes(_) => self.answers.asked(now),
            Outbound::DrainInput | Outbound::Line { .. } => {}
        }
    }

    /// What its driver found out.
    pub(super) fn observed(&mut self, now: Mono, observation: &Observation) {
        let said = match observation {
            Observation::Identity { serial, model } => {
                self.identity = Some(IdentityView { model: model.clone(), serial: serial.clone() });
                // Who names itself after the link was lost is back; what it has to say of itself it says anew.
                return self.ended(now, |fault| *fault == Fault::LinkLost);
            }
            Observation::Reading(reading) => Said::Reading(reading.clone()),
            Observation::Temperature(value) => Said::Temperature(*value),
            Observation::Scan(scan) => Said::Label(scan.text.chars().count()),
            Observation::Card(_) => Said::Card,
            Observation::Tag(_) => Said::Tag,
            Observation::Thrown(so_far) => {
                self.thrown = *so_far;
                return;
            }
            Observation::Fault(fault) => return self.fault(now, fault),
            Observation::Recovered => return self.ended(now, |_| true),
        };
        self.said = Some((said, now));
    }

    fn fault(&mut self, now: Mono, fault: &Fault) {
        self.ended(now, |_| true);
        if self.faults.len() == PAST_FAULTS {
            self.faults.pop_front();
        }
        self.number = self.number.saturating_add(1);
        self.faults.push_back(Past { number: self.number, fault: fault.clone(), began: now, ended: None });
    }

    fn ended(&mut self, now: Mono, which: impl Fn(&Fault) -> bool) {
        if let Some(last) = self.faults.back_mut().filter(|last| last.ended.is_none() && which(&last.fault)) {
            last.ended = Some(now);
        }
    }

    /// The number of its newest fault; 0 when it had none.
    pub(super) fn newest_fault(&self) -> u32 {
        self.number
    }

    /// All of it.
    pub(super) fn report(&self, now: Mono, device: &DeviceId, kind: DeviceKind) -> DeviceReport {
        let standing = self.faults.back().filter(|last| last.ended.is_none());
        let health = match (standing, &self.identity) {
            (Some(past), _) => DeviceHealth::Faulted(past.fault.clone()),
            (None, Some(_)) => DeviceHealth::Online,
            (None, None) => DeviceHealth::Unknown,
        };
        let past = |past: &Past| PastFault {
            number: past.number,
            fault: past.fault.clone(),
            age: now.since(past.began),
            lasted: past.ended.map(|ended| ended.since(past.began)),
            host: None,
        };
        DeviceReport {
            device: device.clone(),
            kind,
            health,
            closed: None,
            identity: self.identity.clone(),
            answers: self.answers.times(),
            reading: self
                .said
                .as_ref()
                .map(|(said, at)| LastReading { what: said.words(), age: now.since(*at) }),
            thrown: self.thrown,
            faults: self.faults.iter().map(past).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use drivers::ScanText;

    fn at(ms: u64) -> Mono {
        Mono(ms * 1000)
    }

    fn report(picture: &Picture, now: Mono) -> DeviceReport {
        picture.report(now, &DeviceId::new("bed1.scale").unwrap(), DeviceKind::Scale)
    }

    #[test]
    fn the_longest_of_the_last_answers_is_told_and_a_late_word_is_no_answer() {
        let mut picture = Picture::default();
        assert_eq!(report(&picture, at(0)).answers, None);
        let mut exchange = |asked: u64, heard: u64| {
            picture.outbound(at(asked), &Outbound::Bytes(vec![1]));
            picture.inbound(at(heard), &Inbound::Bytes(b"x"));
        };
        exchange(0, 900);
        exchange(1000, 1040);
        exchange(2000, 32_000);
        assert_eq!(picture.answers.times().unwrap().worst, Span::from_millis(900));
        picture.inbound(at(40_000), &Inbound::Bytes(b"by itself"));
        assert_eq!(picture.answers.times().unwrap().of, 2);
        for turn in 0..8 {
            picture.outbound(at(50_000 + turn * 100), &Outbound::Bytes(vec![1]));
            picture.inbound(at(50_012 + turn * 100), &Inbound::Bytes(b"x"));
        }
        let times = report(&picture, at(60_000)).answers.unwrap();
        let ms = Span::from_millis(12);
        assert_eq!(times, AnswerTimes { of: 8, last: ms, worst: ms }, "the slow ones are long ago");
    }

    #[test]
    fn faults_are_counted_bounded_and_ended_by_what_ends_them() {
        let mut picture = Picture::default();
        let identity = Observation::Identity { serial: None, model: "x".to_owned() };
        picture.observed(at(0), &identity);
        assert_eq!(report(&picture, at(0)).health, DeviceHealth::Online);
        for number in 1..=6 {
            picture.observed(at(number * 10), &Observation::Fault(Fault::NoReply));
        }
        let told = report(&picture, at(100));
        assert_eq!(told.health, DeviceHealth::Faulted(Fault::NoReply));
        assert_eq!(told.faults.iter().map(|past| past.number).collect::<Vec<_>>(), [3, 4, 5, 6]);
        assert_eq!(told.faults[0].lasted, Some(Span::from_millis(10)));
        picture.observed(at(110), &identity);
        assert_ne!(report(&picture, at(110)).health, DeviceHealth::Online, "its name does not end a silence");
        picture.observed(at(120), &Observation::Recovered);
        assert_eq!(report(&picture, at(120)).health, DeviceHealth::Online);
        picture.observed(at(130), &Observation::Fault(Fault::LinkLost));
        picture.observed(at(140), &identity);
        assert_eq!(report(&picture, at(140)).health, DeviceHealth::Online, "its name ends a lost link");
        assert_eq!(picture.newest_fault(), 7);
    }

    #[test]
    fn a_label_is_told_without_what_stands_on_it() {
        let mut picture = Picture::default();
        let scan = ScanText { aim: None, text: "110101199001011237".to_owned() };
        picture.observed(at(5), &Observation::Scan(scan));
        let reading = report(&picture, at(1005)).reading.unwrap();
        assert_eq!((reading.what.as_str(), reading.age), ("a label of 18 characters", Span::from_secs(1)));
    }
}
