//! The driver of a tag reader with both makers' frames, the reader played apart from the codec.

use super::super::words::seal;
use super::*;
use proptest::prelude::*;

const TAG: [u8; 8] = [0xe0, 4, 1, 0, 0x9f, 0x26, 0x25, 0xf5];
const OTHER: [u8; 8] = [0xe0, 4, 1, 0, 0x9f, 0x26, 0x25, 0xf6];
const DIN: &[u8; 16] = b"=A99992612345600";

/// A reader and its field, apart from the codec under test but for the check.
struct Bench {
    reader: RfidReader,
    dialect: Dialect,
    now: Mono,
    field: Vec<[u8; 8]>,
    memory: Vec<u8>,
    mute: bool,
    questions: usize,
}

impl Bench {
    fn new(dialect: Dialect, memory: &[u8]) -> Self {
        let mut reader = RfidReader::new(RfidSettings { dialect, din_block: Some(8) });
        reader.handle(Mono(0), Inbound::Opened);
        let memory = memory.to_vec();
        Self { reader, dialect, now: Mono(0), field: vec![], memory, mute: false, questions: 0 }
    }

    fn answer(&self, sent: &[u8]) -> Vec<u8> {
        match self.dialect {
            Dialect::Feig => self.feig(sent),
            Dialect::Rr3036 => self.rr(sent),
        }
    }

    fn feig(&self, sent: &[u8]) -> Vec<u8> {
        let mut data = match sent[2..5] {
            [0x69, ..] => vec![0x69, 0],
            [0x65, ..] => vec![0x65, 0, 3, 2, 0, 0x10, 0x5b, 0, 8],
            [0xb0, 0x01, _] if self.field.is_empty() => vec![0xb0, 1],
            [0xb0, 0x01, _] => {
                let mut all = vec![0xb0, 0, self.field.len() as u8];
                all.extend(self.field.iter().flat_map(|uid| [3, 0].into_iter().chain(*uid)));
                all
            }
            _ if self.memory.is_empty() => vec![0xb0, 0x95, 0x0f],
            _ => {
                assert_eq!(sent[5..13], self.field[0]);
                let blocks =
                    self.memory.chunks(4).flat_map(|block| [0].into_iter().chain(block.iter().copied()));
                [0xb0, 0, 4, 4].into_iter().chain(blocks).collect()
            }
        };
        let mut frame = vec![data.len() as u8 + 4, 0];
        frame.append(&mut data);
        seal(frame)
    }

    fn rr(&self, sent: &[u8]) -> Vec<u8> {
        let turned = |uid: &[u8; 8]| uid.iter().rev().copied().collect::<Vec<u8>>();
        let mut data = match sent[2..4] {
            [0x00, 0x00] => vec![0, 1, 4, 0, 0, 0x69, 0, 3, 30],
            [0x00, _] => vec![0],
            [0x01, 0x06] if self.field.is_empty() => vec![0x0e],
            [0x01, 0x06] => {
                let sets = self.field.iter().flat_map(|uid| [0].into_iter().chain(turned(uid)));
                [0].into_iter().chain(sets).collect()
            }
            _ if self.memory.is_empty() => vec![0x0f, 0x10],
            _ => {
                assert_eq!(sent[4..12], turned(&self.field[0]));
                let from = usize::from(sent[12] - 8) * 4;
                [0, 0].into_iter().chain(self.memory[from..from + 4].iter().copied()).collect()
            }
        };
        let mut frame = vec![data.len() as u8 + 3, 0];
        frame.append(&mut data);
        seal(frame)
    }

    /// Lets time pass and answers every question, byte by byte.
    fn run(&mut self, seconds: u64) -> Vec<Observation> {
        let end = self.now + Span::from_secs(seconds);
        loop {
            while let Some(out) = self.reader.poll_outbound() {
                let Outbound::Bytes(sent) = out else { continue };
                self.questions += 1;
                if !self.mute {
                    for byte in self.answer(&sent) {
                        self.reader.handle(self.now, Inbound::Bytes(&[byte]));
                    }
                }
            }
            match self.reader.next_timeout().filter(|at| *at <= end) {
                Some(at) => {
                    self.now = self.now.max(at);
                    self.reader.handle(self.now, Inbound::Timeout);
                }
                None => break,
            }
        }
        self.now = end;
        std::iter::from_fn(|| self.reader.poll_observation()).collect()
    }
}

fn tags(observations: &[Observation]) -> Vec<TagRead> {
    let tag = |o: &Observation| if let Observation::Tag(tag) = o { Some(tag.clone()) } else { None };
    observations.iter().filter_map(tag).collect()
}

fn read(uid: [u8; 8], text: Option<&str>) -> TagRead {
    TagRead { uid: TagUid::new(uid).unwrap(), text: text.map(str::to_owned) }
}

const BOTH: [Dialect; 2] = [Dialect::Feig, Dialect::Rr3036];

#[test]
fn a_bag_laid_down_is_told_once_with_its_number_and_again_when_it_comes_back() {
    for dialect in BOTH {
        let mut bench = Bench::new(dialect, DIN);
        assert_eq!(tags(&bench.run(5)), []);
        bench.field = vec![TAG];
        assert_eq!(tags(&bench.run(30)), [read(TAG, Some("=A99992612345600"))], "{dialect:?}");
        bench.field = vec![];
        bench.run(5);
        bench.field = vec![TAG];
        assert_eq!(tags(&bench.run(5)).len(), 1);
    }
}

#[test]
fn a_number_sent_with_its_blocks_turned_round_is_read_all_the_same() {
    let turned: Vec<u8> = DIN.chunks(4).flat_map(|block| block.iter().rev().copied()).collect();
    let mut bench = Bench::new(Dialect::Feig, &turned);
    bench.field = vec![TAG];
    assert_eq!(tags(&bench.run(5)), [read(TAG, Some("=A99992612345600"))]);
}

#[test]
fn a_tag_without_a_number_is_known_by_its_own() {
    for dialect in BOTH {
        for memory in [&[0_u8; 16][..], &[], b"=A9999261234560\x01"] {
            let mut bench = Bench::new(dialect, memory);
            bench.field = vec![TAG];
            assert_eq!(tags(&bench.run(10)), [read(TAG, None)], "{dialect:?} {memory:?}");
        }
    }
}

#[test]
fn another_tag_in_its_place_is_told() {
    for dialect in BOTH {
        let mut bench = Bench::new(dialect, DIN);
        bench.field = vec![TAG];
        bench.run(5);
        bench.field = vec![OTHER];
        assert_eq!(tags(&bench.run(5)), [read(OTHER, Some("=A99992612345600"))]);
    }
}

#[test]
fn two_tags_are_nobody_s_and_a_fault_until_one_is_taken_away() {
    for dialect in BOTH {
        let mut bench = Bench::new(dialect, DIN);
        bench.run(1);
        bench.field = vec![TAG, OTHER];
        let seen = bench.run(5);
        assert_eq!(tags(&seen), []);
        assert!(seen.contains(&Observation::Fault(Fault::Device("two tags on the tray".to_owned()))));
        bench.field = vec![TAG];
        let seen = bench.run(5);
        assert!(seen.contains(&Observation::Recovered) && tags(&seen).len() == 1);
    }
}

#[test]
fn a_reader_that_falls_silent_is_a_fault_and_is_set_up_again() {
    for dialect in BOTH {
        let mut bench = Bench::new(dialect, DIN);
        bench.field = vec![TAG];
        bench.run(5);
        bench.mute = true;
        assert_eq!(bench.run(20), [Observation::Fault(Fault::NoReply)]);
        bench.mute = false;
        assert_eq!(bench.run(10), [Observation::Recovered], "the bag lay there all the time");
    }
}

#[test]
fn noise_before_an_answer_a_late_one_and_a_pulled_cable() {
    let mut bench = Bench::new(Dialect::Rr3036, DIN);
    bench.run(2);
    bench.field = vec![TAG];
    let late = bench.answer(&[5, 0, 1, 6]);
    // Nobody asked.
    bench.reader.handle(bench.now, Inbound::Bytes(&late));
    assert_eq!(bench.reader.poll_observation(), None);
    let next = bench.reader.next_timeout().unwrap();
    bench.reader.handle(next, Inbound::Timeout);
    while bench.reader.poll_outbound().is_some() {}
    bench.reader.handle(next, Inbound::Bytes(&[0xff; 100]));
    bench.reader.handle(next, Inbound::Bytes(&[0x55; 9000]));
    assert!(bench.reader.buffer.len() <= MAX_BUFFER);
    bench.now = next;
    assert_eq!(tags(&bench.run(10)).len(), 1, "it went on");
    bench.reader.handle(bench.now, Inbound::Lost);
    assert_eq!(bench.reader.poll_observation(), Some(Observation::Fault(Fault::LinkLost)));
    assert_eq!((bench.reader.next_timeout(), bench.reader.poll_outbound()), (None, None));
}

#[test]
fn nothing_but_what_reads_is_ever_sent() {
    for dialect in BOTH {
        let mut bench = Bench::new(dialect, DIN);
        bench.field = vec![TAG];
        bench.run(60);
        assert!(bench.questions < 60 * 6, "{} questions in a minute", bench.questions);
        assert!(bench.reader.actuate(bench.now, Actuation::Seal).is_err());
    }
}

proptest! {
    #![proptest_config(crate::proptest_config())]

    #[test]
    fn a_flipped_bit_or_noise_is_never_another_tag(
        feig in any::<bool>(), bit in 0_usize..128, noise in proptest::collection::vec(any::<u8>(), 0..12)
    ) {
        let dialect = if feig { Dialect::Feig } else { Dialect::Rr3036 };
        let mut bench = Bench::new(dialect, DIN);
        bench.field = vec![TAG];
        let mut told = Vec::new();
        for _ in 0..12 {
            while let Some(out) = bench.reader.poll_outbound() {
                let Outbound::Bytes(sent) = out else { continue };
                let mut answer = bench.answer(&sent);
                let at = bit % (answer.len() * 8);
                answer[at / 8] ^= 1 << (at % 8);
                bench.reader.handle(bench.now, Inbound::Bytes(&noise));
                bench.reader.handle(bench.now, Inbound::Bytes(&answer));
            }
            bench.now = bench.now.max(bench.reader.next_timeout().unwrap());
            bench.reader.handle(bench.now, Inbound::Timeout);
            told.extend(std::iter::from_fn(|| bench.reader.poll_observation()));
        }
        prop_assert!(tags(&told).iter().all(|tag| tag.uid == TagUid::new(TAG).unwrap()), "{told:?}");
    }
}
