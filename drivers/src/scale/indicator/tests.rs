//! Layouts as the makers and the field print them, what damage does to them, and whole conversations in virtual time.

use super::*;
use crate::scale::indicator::{Check, Point};
use crate::scale::testing::Bench;
use crate::scale::text::Mass;
use proptest::prelude::*;
use station::device::{Quality, Reading, WeightSample};
use station::ident::DeviceSerial;
use station::measure::Milligrams;

fn weight(digits: i64, decimals: u8, unit: Unit, stable: bool) -> Word {
    Word::Weight { mass: Mass::new(digits, decimals, unit).unwrap(), stable }
}

/// Two frames of an XK3190-A9, as logged in the field, between STX and ETX.
const XK3190: [(&[u8], i64); 2] = [(b"+003290013", 3290), (b"+00326001C", 3260)];

/// Fixed columns without start character: `WT:ST   12.34g`.
const LINE: Columns = Columns {
    start: None,
    end: b'\n',
    length: 14,
    sign: None,
    number: (6, 13),
    point: Point::Written,
    unit: Unit::Gram,
    stable: Some((4, b'S')),
    overload: Some((4, b'O')),
    check: Check::None,
};

#[test]
fn lines_of_a_and_d_balances() {
    for (line, word) in [
        ("ST,+00123.45  g", weight(12_345, 2, Unit::Gram, true)),
        ("US,-00123.45  g", weight(-12_345, 2, Unit::Gram, false)),
        ("ST,+0004775.7   g", weight(47_757, 1, Unit::Gram, true)),
        ("ST,GS,+   1.250kg", weight(1250, 3, Unit::Kilogram, true)),
        ("OL,+9999999E+19", Word::Overload),
        ("OL,-9999999E+19", Word::Underload),
        ("EC,E01", Word::Refused),
        ("EC,E11", Word::Broken("EC,E11".to_owned())),
        ("?", Word::Refused),
        ("\u{6}", Word::Nothing),
    ] {
        assert_eq!(and::parse(line.as_bytes()), Ok(word), "{line}");
    }
    for (line, reason) in [
        ("ST,+0123.45  g", BadLine::Width),
        ("ST,NT,+   1.250kg", BadLine::Unit),
        ("QT,+00000012 PC", BadLine::Unknown),
        ("ST,+00123.45 lb", BadLine::Unit),
        ("ST,+-0123.45  g", BadLine::Number),
        ("ST,100123.45  g", BadLine::Number),
        ("ST +00123.45  g", BadLine::Unknown),
        ("ST,+001\u{7f}3.45  g", BadLine::NotText),
    ] {
        assert_eq!(and::parse(line.as_bytes()), Err(reason), "{line}");
    }
}

#[test]
fn lines_of_sartorius_balances() {
    for (line, word) in [
        ("+   153.00 g  ", weight(15_300, 2, Unit::Gram, true)),
        ("-   153.00    ", weight(-15_300, 2, Unit::Gram, false)),
        ("+1234567.8 g  ", weight(12_345_678, 1, Unit::Gram, true)),
        ("N     +   153.00 g  ", weight(15_300, 2, Unit::Gram, true)),
        ("     High     ", Word::Overload),
        ("      H       ", Word::Overload),
        ("     Low      ", Word::Underload),
        ("   Err 54     ", Word::Broken("Err 54".to_owned())),
        ("Stat       ERR 320  ", Word::Broken("ERR 320".to_owned())),
        ("Stat     DIS.ER     ", Word::Broken("DIS.ER".to_owned())),
        ("      --      ", Word::NotNow),
        ("              ", Word::NotNow),
    ] {
        assert_eq!(sbi::parse(line.as_bytes(), Unit::Gram), Ok(word), "{line:?}");
    }
    for (line, reason) in [
        ("+  153.00 g  ", BadLine::Width),
        ("+   153.00 kg ", BadLine::Unit),
        ("T1    +   153.00 g  ", BadLine::Unknown),
        ("Stat  +   153.00 g  ", BadLine::Unknown),
        ("*   153.00 g  ", BadLine::Number),
        ("+  153.00  g  ", BadLine::Width),
        ("+   153.000g  ", BadLine::Width),
        ("+  -153.00 g  ", BadLine::Number),
    ] {
        assert_eq!(sbi::parse(line.as_bytes(), Unit::Gram), Err(reason), "{line:?}");
    }
}

#[test]
fn frames_of_a_yaohua_indicator_from_the_field() {
    for (frame, digits) in XK3190 {
        assert_eq!(Columns::XK3190.parse(frame), Ok(weight(digits, 0, Unit::Kilogram, false)));
    }
    // The point's column and the sign, with their own check: 2B^30..^33 and so on, computed by hand.
    assert_eq!(Columns::XK3190.parse(b"-00125031F"), Err(BadLine::Check));
    assert_eq!(Columns::XK3190.parse(b"-001250318"), Ok(weight(-1250, 3, Unit::Kilogram, false)));
    assert_eq!(Columns::XK3190.parse(b"+00329001"), Err(BadLine::Width));
    assert_eq!(Columns::XK3190.parse(b"+003291013"), Err(BadLine::Check));
}

#[test]
fn columns_without_a_sign_of_their_own() {
    for (frame, word) in [
        (&b"WT:S     12.3g"[..], weight(123, 1, Unit::Gram, true)),
        (b"WT:D    -12.3g", weight(-123, 1, Unit::Gram, false)),
        (b"WT:D   - 12.3g", weight(-123, 1, Unit::Gram, false)),
        (b"WT:O   ------g", Word::Overload),
    ] {
        assert_eq!(LINE.parse(frame), Ok(word));
    }
    assert_eq!(LINE.parse(b"WT:D   --12.3g"), Err(BadLine::Number));
    let fixed = Columns { point: Point::Fixed(2), ..LINE };
    assert_eq!(fixed.parse(b"WT:D     1230g"), Ok(weight(1230, 2, Unit::Gram, false)));
    assert_eq!(fixed.parse(b"WT:D     12.3g"), Err(BadLine::Number));
}

fn frames(columns: &Columns, parts: &[&[u8]]) -> Vec<Result<Vec<u8>, BadLine>> {
    let mut frames = Frames::default();
    if columns.start.is_none() {
        frames.feed(columns, &[columns.end], |_| {});
    }
    let mut out = Vec::new();
    for part in parts {
        frames.feed(columns, part, |frame| out.push(frame.map(<[u8]>::to_vec)));
    }
    out
}

#[test]
fn a_frame_cut_anywhere_is_the_same_frame() {
    let whole = b"\x02+003290013\x03";
    for cut in 0..=whole.len() {
        let read = frames(&Columns::XK3190, &[&whole[..cut], &whole[cut..]]);
        assert_eq!(read, [Ok(b"+003290013".to_vec())], "{cut}");
        if cut < whole.len() {
            assert_eq!(frames(&Columns::XK3190, &[&whole[..cut]]), []);
        }
    }
}

#[test]
fn noise_around_frames_is_dropped_and_a_frame_that_lost_its_end_is_told() {
    let read =
        frames(&Columns::XK3190, &[b"90013\x03noise\x02+0032\x02+003290013\x03\x02", &[b'x'; 200], b"\x03"]);
    assert_eq!(read, [Err(BadLine::Width), Ok(b"+003290013".to_vec()), Err(BadLine::TooLong)]);
    let read = frames(&LINE, &[b"WT:S     12.3g\r\nWT:D", b"   12.35g\r\n"]);
    assert_eq!(read, [Ok(b"WT:S     12.3g".to_vec()), Ok(b"WT:D   12.35g".to_vec())]);
}

impl Bench<Indicator> {
    /// The link is open and the first word was said.
    fn begun(dialect: Dialect) -> Self {
        let mut b =
            Self::of(Indicator::new(IndicatorSettings { dialect, poll_period: Span::from_millis(100) }));
        b.handle(Inbound::Opened);
        b.says(b"ST,+00999.99  g\r\n"); // an old stream
        // It does not say who it is.
        b.pass(if matches!(dialect, Dialect::Columns(_)) { 200 } else { 600 });
        b
    }

    fn says(&mut self, bytes: &[u8]) {
        self.handle(Inbound::Bytes(bytes));
    }
}

fn identity(model: &str) -> Observation {
    Observation::Identity { serial: None, model: model.to_owned() }
}

fn reading(mg: i64, quality: Quality) -> Observation {
    Observation::Reading(Reading::Weight(WeightSample { gross: Milligrams(mg), quality }))
}

#[test]
fn an_a_and_d_balance_streams_and_one_that_cannot_is_asked() {
    let mut b = Bench::begun(Dialect::And);
    assert_eq!(b.sent(), ["drain", "drain", "C", "?TN", "SIR"]);
    b.says(b"ST,+00123.45  g\r\n");
    b.says(b"US,+00123.50  g\r\n");
    let expected =
        [identity("A&D scale"), reading(123_450, Quality::Stable), reading(123_500, Quality::Dynamic)];
    assert_eq!(b.told(), expected);
    b.says(b"EC,E01\r\n");
    assert_eq!(b.sent(), ["Q"]);
    b.says(b"ST,+00123.45  g\r\n");
    b.pass(100);
    assert_eq!(b.sent(), ["Q"]);
    b.pass(400); // no answer: what may still come is thrown away before it is asked again
    assert_eq!(b.sent(), ["drain", "Q"]);
}

#[test]
fn a_balance_that_says_who_it_is_is_known_by_its_number_and_another_one_is_told() {
    let known = |model: &str, number: &str| Observation::Identity {
        serial: DeviceSerial::new(number).ok(),
        model: model.to_owned(),
    };
    let opened = |b: &mut Bench<Indicator>, number: &str| {
        b.handle(Inbound::Opened);
        b.pass(200);
        b.says(b"ST,+00999.99  g\r\nTN,GX-6001A\r\n");
        b.says(format!("SN,{number}\r\n").as_bytes());
        b.says(format!("ST,+00999.99  g\r\nSN,{number}\r\nST,+00123.45  g\r\n").as_bytes());
        b.says(b"ST,+00123.45  g\r\n");
    };
    let settings = IndicatorSettings { dialect: Dialect::And, poll_period: Span::from_millis(100) };
    let mut b = Bench::of(Indicator::new(settings));
    opened(&mut b, "T0123456");
    assert_eq!(b.sent(), ["drain", "drain", "C", "?TN", "?SN", "?SN", "SIR"]);
    assert_eq!(b.told(), [known("GX-6001A", "T0123456"), reading(123_450, Quality::Stable)]);
    b.handle(Inbound::Lost);
    opened(&mut b, "T0999999");
    let (expected, found) = (DeviceSerial::new("T0123456").unwrap(), DeviceSerial::new("T0999999").unwrap());
    let told = b.told();
    assert!(told.contains(&Observation::Fault(Fault::Swapped { expected, found })), "{told:?}");
    // One that knows no such question is asked no other.
    let mut b = Bench::of(Indicator::new(settings));
    b.handle(Inbound::Opened);
    b.pass(200);
    b.says(b"EC,E01\r\n");
    assert_eq!(b.sent(), ["drain", "drain", "C", "?TN", "SIR"]);
}

#[test]
fn a_unit_that_does_not_say_its_known_number_is_asked_anew_and_not_for_ever() {
    let settings = IndicatorSettings { dialect: Dialect::And, poll_period: Span::from_millis(100) };
    let mut b = Bench::of(Indicator::new(settings));
    let says_who = |b: &mut Bench<Indicator>| {
        for line in [&b"TN,GX-6001A\r\n"[..], b"SN,T0123456\r\n", b"SN,T0123456\r\n", b"ST,+00123.45  g\r\n"]
        {
            b.says(line);
        }
    };
    b.handle(Inbound::Opened);
    b.pass(200);
    says_who(&mut b);
    let first = b.told();
    b.sent();
    // An answer is lost, and the second time it is there.
    b.handle(Inbound::Lost);
    b.handle(Inbound::Opened);
    b.pass(200);
    b.says(b"TN,GX-6001A\r\nSN,T01\xff3456\r\n");
    b.pass(400);
    says_who(&mut b);
    let told = b.told();
    assert!(
        told.contains(&first[0])
            && !told.iter().any(|o| matches!(o, Observation::Fault(Fault::Swapped { .. }))),
        "{told:?}"
    );
    assert_eq!(b.sent(), ["drain", "drain", "C", "?TN", "?SN", "?TN", "?SN", "?SN", "SIR"]);
    // Another unit, which knows no question, is asked three times and weighs.
    b.handle(Inbound::Lost);
    b.handle(Inbound::Opened);
    b.pass(200);
    for _ in 0..3 {
        b.says(b"EC,E01\r\n");
    }
    assert_eq!(b.sent(), ["drain", "drain", "C", "?TN", "?TN", "?TN", "SIR"]);
}

#[test]
fn a_sartorius_balance_is_asked_and_has_one_question_out() {
    let mut b = Bench::begun(Dialect::Sbi(Unit::Gram));
    assert_eq!(b.sent(), ["drain", "drain", "\u{1b}x1_", "\u{1b}P"]);
    b.says(b"+   153.00    \r\n");
    assert_eq!(b.told(), [identity("SBI scale"), reading(153_000, Quality::Dynamic)]);
    b.pass(99);
    assert_eq!(b.sent(), [""; 0]);
    b.pass(1);
    assert_eq!(b.sent(), ["\u{1b}P"]);
    b.says(b"     High     \r\n     High     \r\n");
    assert_eq!(b.told(), [Observation::Fault(Fault::Overload)]);
    b.says(b"+   153.00 g  \r\n");
    assert_eq!(b.told(), [Observation::Recovered, reading(153_000, Quality::Stable)]);
}

#[test]
fn an_indicator_is_never_spoken_to() {
    let mut b = Bench::begun(Dialect::Columns(Columns::XK3190));
    b.says(b"\x02+003290013\x03");
    assert_eq!(b.told(), [identity("continuous scale"), reading(3_290_000_000, Quality::Dynamic)]);
    b.pass(60_000);
    assert_eq!(b.told(), [Observation::Fault(Fault::NoReply)]);
    assert!(b.sent().iter().all(|sent| sent == "drain"));
    b.says(b"\x02+003290013\x03");
    b.pass(1);
    // Between two attempts nothing is taken; within one the next frame ends the trouble.
    while !b.told.contains(&Observation::Recovered) {
        b.pass(100);
        b.says(b"\x02+003290013\x03");
        assert!(b.now < Mono(90_000_000));
    }
}

#[test]
fn wrong_line_settings_are_garbage_and_a_pulled_cable_is_a_lost_link() {
    let mut b = Bench::begun(Dialect::Sbi(Unit::Gram));
    for _ in 0..8 {
        b.says(&[0xfe, 0x90, b'\n']);
    }
    assert_eq!(b.told(), [Observation::Fault(Fault::Garbage)]);
    b.handle(Inbound::Lost);
    assert_eq!(b.told(), [Observation::Fault(Fault::LinkLost)]);
    assert_eq!(b.driver.next_timeout(), None);
    b.handle(Inbound::Opened);
    b.pass(600);
    b.says(b"+   153.00 g  \r\n");
    assert_eq!(b.told(), [identity("SBI scale"), Observation::Recovered, reading(153_000, Quality::Stable)]);
    assert!(matches!(
        b.driver.actuate(b.now, Actuation::MixerRun),
        Err(ActuateError::Unsupported { device: DeviceKind::Scale, .. })
    ));
}

/// Every layout with one weight of it.
fn layouts() -> [(Dialect, &'static [u8]); 4] {
    [
        (Dialect::And, b"ST,+00123.45  g\r\n"),
        (Dialect::Sbi(Unit::Gram), b"+   123.45 g  \r\n"),
        (Dialect::Columns(Columns::XK3190), b"\x02+003290013\x03"),
        (Dialect::Columns(LINE), b"\nWT:S   123.45g\r\n"),
    ]
}

fn weights(told: &[Observation]) -> Vec<i64> {
    let mg = |told: &Observation| match told {
        Observation::Reading(Reading::Weight(sample)) => Some(sample.gross.0),
        _ => None,
    };
    told.iter().filter_map(mg).collect()
}

proptest! {
    #![proptest_config(crate::proptest_config())]

    #[test]
    fn any_split_reads_the_same(which in 0_usize..4, cuts in prop::collection::vec(0_usize..40, 0..6)) {
        let (dialect, bytes) = layouts()[which];
        let all = bytes.repeat(2);
        let mut at: Vec<usize> = cuts.into_iter().map(|c| c.min(all.len())).collect();
        at.extend([0, all.len()]);
        at.sort_unstable();
        let mut b = Bench::begun(dialect);
        for w in at.windows(2) {
            b.says(&all[w[0]..w[1]]);
        }
        prop_assert_eq!(weights(&b.told).len(), 2);
    }

    #[test]
    fn a_lost_character_of_a_weight_is_never_another_weight(which in 0_usize..4, byte in 0_usize..20) {
        let (dialect, bytes) = layouts()[which];
        let mut b = Bench::begun(dialect);
        b.says(bytes);
        let whole = weights(&b.told());
        let mut damaged = bytes.to_vec();
        damaged.remove(byte % bytes.len());
        b.says(&damaged);
        prop_assert!(weights(&b.told()).iter().all(|mg| *mg == whole[0]), "{:?}", damaged);
    }

    #[test]
    fn a_checked_frame_with_any_flipped_bit_is_refused(byte in 0_usize..10, bit in 0_u8..8) {
        let mut frame = XK3190[0].0.to_vec();
        frame[byte] ^= 1 << bit;
        // A hexadecimal digit may change its case and nothing else.
        let same = frame.eq_ignore_ascii_case(XK3190[0].0);
        prop_assert!(same || Columns::XK3190.parse(&frame).is_err());
    }

    #[test]
    fn noise_never_panics_never_grows_and_is_never_waited_for_without_end(
        which in 0_usize..4,
        noise in prop::collection::vec(any::<u8>(), 0..600),
        ms in 0_u64..3000,
    ) {
        let (dialect, _) = layouts()[which];
        let mut b = Bench::begun(dialect);
        for part in noise.chunks(7) {
            b.says(part);
        }
        b.pass(ms);
        prop_assert!(b.driver.next_timeout().is_some_and(|at| at <= b.now + Span::from_secs(5)));
        let known = ["drain", "C", "?TN", "SIR", "Q", "\u{1b}x1_", "\u{1b}P"];
        prop_assert!(b.sent().iter().all(|sent| known.contains(&sent.as_str())));
    }
}

#[test]
fn an_indicator_without_a_word_for_rest_is_at_rest_after_eight_weights_within_a_gram() {
    let mut b = Bench::begun(Dialect::Columns(Columns { stable: None, ..LINE }));
    // Without a start character the first frame begins after an end.
    b.says(b"\n");
    for n in 0..9 {
        b.says(b"WT:S     12.3g\r\n");
        let quality = if n < 7 { Quality::Dynamic } else { Quality::Stable };
        assert!(b.told().contains(&reading(12_300, quality)), "weight {n}");
    }
    b.says(b"WT:S     13.4g\r\n");
    assert_eq!(b.told(), [reading(13_400, Quality::Dynamic)]);
    let mut marked = Bench::begun(Dialect::Columns(LINE));
    marked.says(b"\n");
    for _ in 0..9 {
        marked.says(b"WT:D     12.3g\r\n");
    }
    assert!(!marked.told().contains(&reading(12_300, Quality::Stable)), "its own word counts");
}
