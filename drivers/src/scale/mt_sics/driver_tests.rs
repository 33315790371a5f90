//! Whole conversations in virtual time, through the [`Driver`] trait and nothing else.

use super::*;
use crate::driver::Driver;
use crate::scale::testing::Bench;
use proptest::prelude::*;
use station::device::{Quality, Reading, WeightSample};
use station::ident::DeviceSerial;
use station::measure::Milligrams;

impl Bench<MtSics> {
    fn new() -> Self {
        Self::of(MtSics::new(MtSicsSettings::default()))
    }

    fn says(&mut self, line: &str) {
        self.handle(Inbound::Bytes(format!("{line}\r\n").as_bytes()));
    }

    /// The answers to `@` and `I2` of a scale that does not tell its model.
    fn answers(&mut self, serial: &str) {
        self.says(&format!("I4 A \"{serial}\""));
        self.says("I2 I");
    }

    /// Opens the link and answers until weights may flow.
    fn identified(last_command: &str) -> Self {
        let mut bench = Self::new();
        bench.handle(Inbound::Opened);
        bench.pass(200);
        bench.answers("B207696838");
        bench.says("I0 B 0 \"@\"");
        bench.says(&format!("I0 A 1 \"{last_command}\""));
        bench.sent();
        bench.told();
        bench
    }
}

fn serial(text: &str) -> DeviceSerial {
    DeviceSerial::new(text).unwrap()
}

fn identity(text: &str) -> Observation {
    Observation::Identity { serial: Some(serial(text)), model: "MT-SICS scale".to_owned() }
}

fn weight(mg: i64, quality: Quality) -> Observation {
    Observation::Reading(Reading::Weight(WeightSample { gross: Milligrams(mg), quality }))
}

#[test]
fn it_drains_resets_lists_and_streams() {
    let mut b = Bench::new();
    b.handle(Inbound::Opened);
    assert_eq!(b.sent(), ["drain"]);
    b.says("S S     999.00 g"); // an old stream
    b.pass(199);
    assert_eq!(b.sent(), [""; 0]);
    b.pass(1);
    assert_eq!(b.sent(), ["drain", "@"]);
    b.says("S D     998.00 g"); // its rest
    assert_eq!(b.told(), []);
    b.says("I4 A \"B207696838\"");
    assert_eq!(b.sent(), ["I2"]);
    b.says("I2 A \"WXS205SDU WXA-Bridge 220.00900 g\"");
    assert_eq!(b.sent(), ["I3"]);
    b.says("I3 A \"1.00 18.6.7\"");
    assert_eq!(b.sent(), ["I0"]);
    let model = "WXS205SDU WXA-Bridge 220.00900 g, 1.00 18.6.7".to_owned();
    assert_eq!(b.told(), [Observation::Identity { serial: Some(serial("B207696838")), model }]);
    for line in ["I0 B 0 \"@\"", "I0 B 0 \"SIR\"", "I0 A 1 \"T\""] {
        b.says(line);
    }
    assert_eq!(b.sent(), ["SIR"]);
    b.says("S S     100.00 g");
    b.says("S D     100.10 g");
    assert_eq!(b.told(), [weight(100_000, Quality::Stable), weight(100_100, Quality::Dynamic)]);
    assert_eq!(b.sent(), [""; 0]);
}

#[test]
fn without_a_stream_it_asks_each_period_and_has_one_question_out() {
    let mut b = Bench::identified("SI");
    b.pass(30);
    b.says("S S     100.00 g");
    b.pass(69);
    assert_eq!(b.sent(), [""; 0]);
    b.pass(1);
    assert_eq!(b.sent(), ["SI"]);
    b.pass(399); // no answer yet: nothing more is asked
    assert_eq!(b.sent(), [""; 0]);
    b.pass(1);
    assert_eq!(b.sent(), ["drain", "SI"]);
    b.says("S I");
    b.pass(100);
    assert_eq!(b.sent(), ["SI"]);
}

#[test]
fn a_scale_that_tells_its_model_and_no_software_is_known_by_its_model() {
    let mut b = Bench::new();
    b.handle(Inbound::Opened);
    b.pass(200);
    b.says("I4 A \"B2\"");
    b.says("I2 A \"ML\"");
    b.says("I3 I");
    assert_eq!(b.sent().last().map(String::as_str), Some("I0"));
    assert_eq!(b.told(), [Observation::Identity { serial: Some(serial("B2")), model: "ML".to_owned() }]);
}

#[test]
fn a_scale_that_cannot_list_is_asked() {
    for refusal in ["ES", "EL", "I0 I"] {
        let mut b = Bench::new();
        b.handle(Inbound::Opened);
        b.pass(200);
        b.answers("B2");
        b.sent();
        b.says(refusal);
        assert_eq!(b.sent(), ["SI"], "{refusal}");
    }
}

#[test]
fn a_stream_that_is_refused_becomes_questions() {
    let mut b = Bench::identified("SIR");
    b.says("S L");
    assert_eq!(b.sent(), ["SI"]);
    b.says("S S     100.00 g");
    assert_eq!(b.told(), [weight(100_000, Quality::Stable)]);
}

#[test]
fn silence_is_told_once_then_it_tries_again_with_longer_pauses_and_recovers() {
    let mut b = Bench::identified("SIR");
    b.says("S S     100.00 g");
    b.told();
    b.pass(999);
    assert_eq!(b.told(), []);
    b.pass(1);
    assert_eq!(b.told(), [Observation::Fault(Fault::NoReply)]);
    let resets_in = |b: &mut Bench<MtSics>, ms| {
        b.pass(ms);
        b.sent().iter().filter(|s| *s == "@").count()
    };
    assert_eq!(resets_in(&mut b, 10_000), 3); // after 0.2, 2.4 and 5.6 seconds
    assert_eq!(resets_in(&mut b, 62_000), 10); // at 11.8 and every 6.2 s from then on
    assert_eq!(b.told(), []);
    b.pass(1_900);
    b.answers("B207696838");
    b.says("I0 A 0 \"SIR\"");
    b.says("S S     101.00 g");
    assert_eq!(b.told(), [Observation::Recovered, weight(101_000, Quality::Stable)]);
}

#[test]
fn after_a_recovery_the_first_new_attempt_is_at_once_again() {
    let mut b = Bench::identified("SIR");
    b.pass(1_000 + 20_000); // long in back-off
    b.says("I4 A \"B207696838\""); // it was switched on before it ever weighed: no restart
    b.sent();
    while b.sent().last().is_none_or(|last| last != "@") {
        b.pass(100);
    }
    b.answers("B207696838");
    b.says("I0 A 0 \"SIR\"");
    b.says("S S     100.00 g");
    b.sent();
    b.pass(1_000 + 200);
    assert_eq!(b.sent(), ["drain", "drain", "@"]);
}

#[test]
fn a_list_without_end_ends() {
    let mut b = Bench::new();
    b.handle(Inbound::Opened);
    b.pass(200);
    b.answers("B2");
    b.sent();
    for _ in 0..255 {
        b.says("I0 B 0 \"X\"");
    }
    assert_eq!(b.sent(), [""; 0]);
    b.says("I0 B 0 \"X\"");
    assert_eq!(b.sent(), ["SI"]);
}

#[test]
fn answers_without_weights_are_silence_too() {
    let mut b = Bench::identified("SIR");
    for _ in 0..10 {
        b.says("S I");
        b.pass(100);
    }
    assert_eq!(b.told(), [Observation::Fault(Fault::NoReply)]);
}

#[test]
fn a_serial_number_nobody_asked_for_is_a_restart_and_the_stream_goes_on_after_it() {
    let mut b = Bench::identified("SIR");
    b.says("S S     100.00 g");
    b.told();
    b.says("I4 A \"B207696838\"");
    assert_eq!(b.told(), [Observation::Fault(Fault::Rebooted)]);
    b.says("I4 A \"B207696838\""); // once more while settling
    b.pass(200);
    assert_eq!(b.sent(), ["drain", "drain", "@"]);
    b.answers("B207696838");
    b.says("I0 A 0 \"SIR\"");
    b.says("S S       0.00 g");
    assert_eq!(b.told(), [Observation::Recovered, weight(0, Quality::Stable)]);
}

#[test]
fn a_restart_is_seen_even_when_silence_came_first() {
    let mut b = Bench::identified("SIR");
    b.says("S S     100.00 g");
    b.pass(1_000);
    b.told();
    b.says("I4 A \"B207696838\"");
    assert_eq!(b.told(), [Observation::Fault(Fault::Rebooted)]);
}

#[test]
fn another_unit_is_told_with_both_numbers_also_after_the_link_was_lost() {
    let mut b = Bench::identified("SIR");
    b.handle(Inbound::Lost);
    assert_eq!(b.told(), [Observation::Fault(Fault::LinkLost)]);
    assert_eq!(b.driver.next_timeout(), None);
    b.handle(Inbound::Opened);
    b.pass(200);
    b.answers("X1");
    let swapped = Fault::Swapped { expected: serial("B207696838"), found: serial("X1") };
    assert_eq!(b.told(), [Observation::Fault(swapped), identity("X1")]);
    b.says("I0 A 0 \"SIR\"");
    b.says("S S     100.00 g");
    assert_eq!(b.told(), [Observation::Recovered, weight(100_000, Quality::Stable)]);
}

#[test]
fn identity_is_told_at_every_opening() {
    let mut b = Bench::identified("SIR");
    b.handle(Inbound::Lost);
    b.handle(Inbound::Opened);
    b.pass(200);
    b.answers("B207696838");
    assert_eq!(b.told(), [Observation::Fault(Fault::LinkLost), identity("B207696838")]);
}

#[test]
fn out_of_range_and_broken_are_faults_once_each_and_end_with_a_weight() {
    for (line, fault) in [
        ("S +", Fault::Overload),
        ("S -", Fault::Underload),
        ("S S Error 10b", Fault::Device("Error 10b".to_owned())),
    ] {
        let mut b = Bench::identified("SIR");
        for _ in 0..30 {
            b.says(line);
            b.pass(100); // an answer, so no silence
        }
        assert_eq!(b.told(), [Observation::Fault(fault)]);
        b.says("S S     100.00 g");
        assert_eq!(b.told(), [Observation::Recovered, weight(100_000, Quality::Stable)]);
    }
}

#[test]
fn a_few_damaged_lines_are_counted_and_many_are_a_fault_until_outweighed() {
    let mut b = Bench::identified("SIR");
    for _ in 0..7 {
        b.says("S S     1?0.00 g");
    }
    assert_eq!((b.told(), b.driver.dropped()), (vec![], 7));
    b.says("S S     1?0.00 g");
    assert_eq!(b.told(), [Observation::Fault(Fault::Garbage)]);
    for _ in 0..16 {
        b.says("S S     100.00 g");
    }
    let told = b.told();
    assert_eq!(told.len(), 17);
    assert_eq!(told[15], Observation::Recovered);
}

#[test]
fn good_words_of_every_kind_outweigh_damage() {
    for good in ["S S     100.00 g", "S +", "S -", "S S Error 10b"] {
        let mut b = Bench::identified("SIR");
        for line in [["S ?"; 7], [good; 7], [good; 7], ["S ?"; 7]].concat() {
            b.says(line);
        }
        assert!(!b.told().contains(&Observation::Fault(Fault::Garbage)), "{good}");
    }
}

#[test]
fn wrong_line_settings_are_nonsense_not_silence() {
    let mut b = Bench::new();
    b.handle(Inbound::Opened);
    b.pass(200);
    b.handle(Inbound::Bytes(&[0xf8, 0x00, 0x9e]));
    b.pass(1_000);
    assert_eq!(b.told(), [Observation::Fault(Fault::Garbage)]);
}

#[test]
fn a_line_cut_by_power_loss_is_silence() {
    let mut b = Bench::identified("SIR");
    b.handle(Inbound::Bytes(b"S S     100.00 g\r\nS S    "));
    b.pass(1_000);
    assert_eq!(b.told().last(), Some(&Observation::Fault(Fault::NoReply)));
}

#[test]
fn the_echo_of_an_adapter_is_no_answer_and_no_garbage() {
    let mut b = Bench::identified("SI");
    b.says("SI");
    b.says("S S     100.00 g");
    assert_eq!((b.told(), b.driver.dropped()), (vec![weight(100_000, Quality::Stable)], 0));
}

#[test]
fn a_late_answer_to_an_earlier_reset_is_no_restart() {
    let mut b = Bench::new();
    b.handle(Inbound::Opened);
    b.pass(200 + 1_000 + 200); // the first `@` was not answered in time, the second is out
    b.told();
    b.says("I4 A \"B2\"");
    b.says("I4 A \"B2\"");
    b.pass(200);
    b.answers("B2");
    b.says("I0 A 0 \"SIR\"");
    b.says("S S     100.00 g");
    assert_eq!(b.told(), [identity("B2"), Observation::Recovered, weight(100_000, Quality::Stable)]);
}

#[test]
fn a_scale_obeys_no_order() {
    let mut b = Bench::identified("SIR");
    assert!(matches!(
        b.driver.actuate(b.now, Actuation::MixerRun),
        Err(ActuateError::Unsupported { device: DeviceKind::Scale, .. })
    ));
}

proptest! {
    #![proptest_config(crate::proptest_config())]

    #[test]
    fn whatever_a_scale_says_nothing_but_the_known_commands_is_sent_and_time_is_bounded(
        steps in prop::collection::vec((0_u64..1500, 0_usize..15, any::<u8>()), 0..200)
    ) {
        const LINES: [&str; 15] = [
            "I2 A \"M\"", "I3 A \"1.0\"", "I2 I", "I4 A \"B1\"", "I4 A \"B2\"", "I0 B 0 \"@\"", "I0 A 0 \"SIR\"", "I0 A 0 \"SI\"", "S S     100.00 g",
            "S D       1.50 kg", "S +", "S I", "ES", "ET", "S S Error 1b",
        ];
        let mut b = Bench::new();
        b.handle(Inbound::Opened);
        for (ms, line, flip) in steps {
            b.pass(ms);
            let mut bytes = format!("{}\r\n", LINES[line]).into_bytes();
            if flip > 200 {
                bytes[usize::from(flip) % LINES[line].len()] ^= 1 << (flip % 8);
            }
            b.handle(Inbound::Bytes(&bytes));
            prop_assert!(b.driver.next_timeout().is_some_and(|at| at <= b.now + Span::from_secs(5)));
        }
        for sent in b.sent() {
            prop_assert!(["drain", "@", "I0", "I2", "I3", "SI", "SIR"].contains(&sent.as_str()));
        }
    }
}
