//! A reader and its cards in virtual time, through the [`Driver`] trait and nothing else.

use super::super::codec::{Command, PHOTO, TEXT, sw3};
use super::*;
use crate::driver::{IdCard, IdCardKind, Sex};
use proptest::prelude::*;
use station::measure::Span;

/// What the reader of a test does with a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    /// Answers everything.
    Well,
    /// Answers nothing.
    Mute,
    /// Finds and chooses the card but cannot read it.
    CannotRead,
}

/// A driver, a reader that answers at once, the time, and what came out.
struct Bench {
    driver: SamReader,
    now: Mono,
    mood: Mood,
    card: Option<[u8; TEXT]>,
    number: [u8; 16],
    asked: Vec<Command>,
    drained: usize,
    told: Vec<Observation>,
}

impl Bench {
    fn new() -> Self {
        Self {
            driver: SamReader::new(),
            now: Mono(5_000_000),
            mood: Mood::Well,
            card: None,
            number: [5, 0, 3, 0, 0x45, 0xb5, 0x32, 1, 0x39, 0x30, 0, 0, 0x15, 0xcd, 0x5b, 7],
            asked: Vec::new(),
            drained: 0,
            told: Vec::new(),
        }
    }

    /// Opened and identified.
    fn ready() -> Self {
        let mut bench = Self::new();
        bench.handle(Inbound::Opened);
        bench.pass(250);
        bench.told.clear();
        bench.asked.clear();
        bench
    }

    fn handle(&mut self, inbound: Inbound<'_>) {
        self.driver.handle(self.now, inbound);
        let mut answers = Vec::new();
        while let Some(out) = self.driver.poll_outbound() {
            match out {
                Outbound::DrainInput => self.drained += 1,
                Outbound::Bytes(bytes) => {
                    let command = Command::ALL.into_iter().find(|c| c.encode() == bytes).unwrap();
                    self.asked.push(command);
                    answers.extend(self.answer(command));
                }
                Outbound::Line { .. } => panic!("a reader has no lines"),
            }
        }
        while let Some(told) = self.driver.poll_observation() {
            self.told.push(told);
        }
        for answer in answers {
            self.handle(Inbound::Bytes(&answer.encode()));
        }
    }

    fn answer(&self, command: Command) -> Option<Reply> {
        if self.mood == Mood::Mute {
            return None;
        }
        Some(match (command, self.card) {
            (Command::SamNumber, _) => Reply::sam_number(self.number),
            (Command::Find, Some(_)) => Reply::found(),
            (Command::Find, None) => Reply::bare(sw3::NO_CARD),
            (Command::Select, Some(_)) => Reply::selected(),
            (Command::Select, None) => Reply::bare(sw3::SELECT_FAILED),
            (Command::ReadText, Some(text)) if self.mood == Mood::Well => Reply::card(&text, &[0x77; PHOTO]),
            (Command::ReadText, _) => Reply::bare(sw3::READ_FAILED),
        })
    }

    /// Lets this much time pass, firing every timeout on the way.
    fn pass(&mut self, ms: u64) {
        let end = self.now + Span::from_millis(ms);
        while let Some(at) = self.driver.next_timeout().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.handle(Inbound::Timeout);
        }
        self.now = end;
    }

    fn told(&mut self) -> Vec<Observation> {
        std::mem::take(&mut self.told)
    }
}

fn card() -> IdCard {
    IdCard {
        kind: IdCardKind::Citizen,
        name: "王小明".to_owned(),
        number: "110101199001011237".to_owned(),
        sex: Some(Sex::Male),
        birth: "19900101".to_owned(),
        valid_to: None,
    }
}

fn identity(number: &str) -> Observation {
    let serial = Some(DeviceSerial::new(number).unwrap());
    Observation::Identity { serial, model: "SAM card reader".to_owned() }
}

fn fault(text: &str) -> Observation {
    Observation::Fault(Fault::Device(text.to_owned()))
}

#[test]
fn it_asks_who_the_reader_is_and_then_for_a_card_every_300_ms() {
    let mut b = Bench::new();
    b.handle(Inbound::Opened);
    b.pass(199);
    assert_eq!(b.asked, []);
    b.pass(1 + 900);
    assert_eq!(b.told(), [identity("05.03-20100421-000012345-123456789")]);
    assert_eq!(b.asked, [Command::SamNumber, Command::Find, Command::Find, Command::Find, Command::Find]);
    assert_eq!(b.drained, 1 + b.asked.len(), "at opening and before every question");
}

#[test]
fn a_card_is_read_once_until_it_is_lifted() {
    let mut b = Bench::ready();
    b.card = Some(text::encode(&card()));
    b.pass(5_000);
    assert_eq!(b.told(), [Observation::Card(card())]);
    assert_eq!(b.asked.iter().filter(|c| **c == Command::ReadText).count(), 1);
    b.card = None;
    b.pass(600);
    b.card = Some(text::encode(&card()));
    b.pass(600);
    assert_eq!(b.told(), [Observation::Card(card())], "laid down again, read again");
}

#[test]
fn one_answer_without_the_card_is_not_yet_lifted() {
    let mut b = Bench::ready();
    b.card = Some(text::encode(&card()));
    b.pass(1_000);
    b.told();
    b.card = None;
    b.pass(300);
    b.card = Some(text::encode(&card()));
    b.pass(2_000);
    assert_eq!(b.told(), []);
}

#[test]
fn a_card_that_cannot_be_read_is_tried_three_times_and_told_until_lifted() {
    let mut b = Bench::ready();
    b.mood = Mood::CannotRead;
    b.card = Some(text::encode(&card()));
    b.pass(5_000);
    assert_eq!(b.told(), [fault("card: code 41")]);
    assert_eq!(b.asked.iter().filter(|c| **c == Command::ReadText).count(), 3);
    b.card = None;
    b.pass(600);
    assert_eq!(b.told(), [Observation::Recovered]);
    b.mood = Mood::Well;
    b.card = Some(text::encode(&card()));
    b.pass(600);
    assert_eq!(b.told(), [Observation::Card(card())]);
}

#[test]
fn a_card_that_contradicts_itself_is_a_fault_and_no_card() {
    let mut b = Bench::ready();
    b.card = Some(text::encode(&IdCard { sex: Some(Sex::Female), ..card() }));
    b.pass(2_000);
    assert_eq!(b.told(), [fault("card: sex contradicts")]);
    b.card = None;
    b.pass(600);
    assert_eq!(b.told(), [Observation::Recovered]);
}

#[test]
fn silence_is_told_once_after_three_questions_and_ends_with_an_answer() {
    let mut b = Bench::ready();
    b.mood = Mood::Mute;
    b.pass(300 + 2 * 500 - 51);
    assert_eq!(b.told(), []);
    b.pass(60_000);
    assert_eq!(b.told(), [Observation::Fault(Fault::NoReply)]);
    b.mood = Mood::Well;
    b.pass(7_000);
    assert_eq!(b.told(), [Observation::Recovered]);
    b.mood = Mood::Mute;
    while b.told().is_empty() {
        b.pass(10);
    }
    b.mood = Mood::Well;
    b.pass(300);
    assert_eq!(b.told(), [Observation::Recovered], "the first new attempt is at once again");
}

#[test]
fn another_reader_is_told_with_both_numbers() {
    let mut b = Bench::ready();
    b.handle(Inbound::Lost);
    assert_eq!(b.driver.next_timeout(), None);
    b.number[0] = 6;
    b.handle(Inbound::Opened);
    b.pass(500);
    let serial = |text| DeviceSerial::new(text).unwrap();
    let swapped = Fault::Swapped {
        expected: serial("05.03-20100421-000012345-123456789"),
        found: serial("06.03-20100421-000012345-123456789"),
    };
    assert_eq!(
        b.told(),
        [
            Observation::Fault(Fault::LinkLost),
            Observation::Fault(swapped),
            identity("06.03-20100421-000012345-123456789"),
            Observation::Recovered,
        ]
    );
}

#[test]
fn late_answers_answer_nothing() {
    let mut b = Bench::ready();
    b.mood = Mood::Mute;
    b.pass(300); // a question for a card is out
    for late in [Reply::selected(), Reply::bare(sw3::SELECT_FAILED), Reply::bare(sw3::READ_FAILED)] {
        b.handle(Inbound::Bytes(&late.encode()));
    }
    b.handle(Inbound::Bytes(&Reply::card(&text::encode(&card()), &[0; PHOTO]).encode()));
    assert_eq!(b.told(), []);
    b.handle(Inbound::Bytes(&Reply::found().encode()));
    assert_eq!(b.asked.last(), Some(&Command::Select));
    b.handle(Inbound::Bytes(&Reply::found().encode()));
    b.handle(Inbound::Bytes(&Reply::bare(sw3::NO_CARD).encode()));
    b.handle(Inbound::Bytes(&Reply::selected().encode()));
    assert_eq!(b.asked.last(), Some(&Command::ReadText));
    b.handle(Inbound::Bytes(&Reply::selected().encode()));
    b.handle(Inbound::Bytes(&Reply::card(&text::encode(&card()), &[0; PHOTO]).encode()));
    assert_eq!(b.told(), [Observation::Card(card())]);
    assert_eq!(b.driver.dropped(), (0, 0), "late is not damaged");
}

#[test]
fn noise_of_earlier_does_not_make_silence_nonsense() {
    let mut b = Bench::ready();
    b.handle(Inbound::Bytes(&[0x00, 0xf8, 0x1c]));
    b.pass(1_000);
    b.mood = Mood::Mute;
    b.pass(2_000);
    assert_eq!(b.told(), [Observation::Fault(Fault::NoReply)]);
}

#[test]
fn a_damaged_card_frame_is_no_card_and_it_is_read_again() {
    let mut b = Bench::ready();
    b.mood = Mood::Mute;
    b.pass(300);
    b.handle(Inbound::Bytes(&Reply::found().encode()));
    b.handle(Inbound::Bytes(&Reply::selected().encode()));
    let mut damaged = Reply::card(&text::encode(&card()), &[0; PHOTO]).encode();
    damaged[200] ^= 1;
    b.handle(Inbound::Bytes(&damaged));
    assert_eq!(b.told(), []);
    b.mood = Mood::Well;
    b.card = Some(text::encode(&card()));
    b.pass(3_400);
    assert_eq!(b.told(), [Observation::Card(card())]);
    assert_eq!(b.driver.dropped().0, 1);
}

#[test]
fn wrong_line_settings_are_nonsense_not_silence() {
    let mut b = Bench::new();
    b.mood = Mood::Mute;
    b.handle(Inbound::Opened);
    b.pass(300);
    b.handle(Inbound::Bytes(&[0x00, 0xf8, 0x1c]));
    b.pass(1_000);
    assert_eq!(b.told(), [Observation::Fault(Fault::Garbage)]);
}

#[test]
fn a_reader_that_refuses_says_so_by_its_code() {
    let mut b = Bench::ready();
    b.mood = Mood::Mute;
    b.pass(300);
    b.handle(Inbound::Bytes(&Reply::bare(0x66).encode()));
    assert_eq!(b.told(), [fault("reader: code 66")]);
    b.mood = Mood::Well;
    b.pass(300);
    assert_eq!(b.told(), [Observation::Recovered]);
}

#[test]
fn nothing_of_a_card_is_printed_and_no_order_is_taken() {
    let mut b = Bench::ready();
    b.card = Some(text::encode(&card()));
    b.pass(400);
    let printed = format!("{:?} {:?}", b.driver, b.told);
    assert!(!printed.contains("王小明") && !printed.contains("110101"), "{printed}");
    assert!(matches!(
        b.driver.actuate(b.now, Actuation::ClampOpen),
        Err(ActuateError::Unsupported { device: DeviceKind::IdReader, .. })
    ));
}

proptest! {
    #![proptest_config(crate::proptest_config())]

    #[test]
    fn whatever_a_reader_says_time_is_bounded_and_no_card_appears_from_nothing(
        steps in prop::collection::vec((0_u64..900, 0_usize..8, any::<u8>()), 0..120)
    ) {
        let mut b = Bench::new();
        b.mood = Mood::Mute;
        b.handle(Inbound::Opened);
        for (ms, which, byte) in steps {
            b.pass(ms);
            let reply = match which {
                0 => Reply::found(),
                1 => Reply::selected(),
                2 => Reply::sam_number([byte; 16]),
                3 => Reply::card(&[byte; TEXT], &[byte; PHOTO]),
                4 => Reply::bare(sw3::NO_CARD),
                _ => Reply::bare(byte),
            };
            b.handle(Inbound::Bytes(&reply.encode()));
            prop_assert!(b.driver.next_timeout().is_some_and(|at| at <= b.now + Span::from_secs(5)));
        }
        prop_assert!(!b.told().iter().any(|told| matches!(told, Observation::Card(_))));
    }
}
