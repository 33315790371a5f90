//! The driver of a load cell: its rate, its rest, its ends, a file that hangs.

use super::*;
use station::device::{Quality, Reading, WeightSample};
use station::measure::Milligrams;

fn at(ms: u64) -> Mono {
    Mono(ms * 1000)
}

fn cell(coding: Coding) -> Cell {
    let empty = if coding == Coding::Signed { 11_392 } else { 8_400_000 };
    let points = Points::new(empty, empty + 200_000, Milligrams(500_000)).unwrap();
    let mut cell = Cell::new(CellSettings { points, coding, period: Span::from_millis(12) });
    cell.handle(at(0), Inbound::Opened);
    cell
}

/// Gives these numbers one after the other, as fast as they are asked for.
fn give(cell: &mut Cell, from: u64, raw: &[&str]) -> Vec<Observation> {
    for (n, raw) in raw.iter().enumerate() {
        let now = at(from + 12 * n as u64);
        cell.handle(now, Inbound::Timeout);
        assert_eq!(cell.poll_outbound(), Some(Outbound::Bytes(vec![])), "asked for {raw}");
        for byte in format!("{raw}\n\0").bytes() {
            cell.handle(now, Inbound::Bytes(&[byte]));
        }
    }
    std::iter::from_fn(|| cell.poll_observation()).collect()
}

fn weights(observations: &[Observation]) -> Vec<(i64, Quality)> {
    let weight = |o: &Observation| match o {
        Observation::Reading(Reading::Weight(WeightSample { gross, quality })) => Some((gross.0, *quality)),
        _ => None,
    };
    observations.iter().filter_map(weight).collect()
}

#[test]
fn raw_numbers_become_weights_in_either_coding() {
    let seen = give(&mut cell(Coding::OffsetBinary), 0, &["8400000", "8500000"]);
    assert!(matches!(seen[0], Observation::Identity { .. }));
    assert_eq!(weights(&seen), [(0, Quality::Dynamic), (250_000, Quality::Dynamic)]);
    let seen = give(&mut cell(Coding::Signed), 0, &["-8608", "11392"]);
    assert_eq!(weights(&seen), [(-50_000, Quality::Dynamic), (0, Quality::Dynamic)]);
}

#[test]
fn eight_weights_within_a_gram_are_at_rest_and_one_beyond_ends_it() {
    let mut cell = cell(Coding::OffsetBinary);
    let seen = weights(&give(&mut cell, 0, &["8500000"; 9]));
    assert_eq!(seen[6].1, Quality::Dynamic);
    assert_eq!((seen[7].1, seen[8].1), (Quality::Stable, Quality::Stable));
    // 404 counts are 1.01 g.
    let seen = weights(&give(&mut cell, 200, &["8500404"]));
    assert_eq!(seen[0].1, Quality::Dynamic);
}

#[test]
fn the_converter_s_ends_are_a_fault_and_a_good_number_ends_it() {
    let mut cell = cell(Coding::OffsetBinary);
    let seen = give(&mut cell, 0, &["16777215", "16777215", "0"]);
    let fault = Fault::Device("load cell out of range".to_owned());
    assert_eq!(seen, [Observation::Fault(fault)]);
    assert!(give(&mut cell, 100, &["8400000"]).contains(&Observation::Recovered));
}

#[test]
fn what_is_no_number_or_was_read_too_early_is_no_weight() {
    for raw in ["", "x", "8400000.0", "+8400000", "16777216", "99999999999999", "84 00000", "8400000\n1"] {
        let seen = give(&mut cell(Coding::OffsetBinary), 0, &[raw]);
        assert_eq!(seen, [], "{raw}");
    }
    assert_eq!(give(&mut cell(Coding::Signed), 0, &["-1"]), []);
    let seen = give(&mut cell(Coding::OffsetBinary), 0, &["x"; 8]);
    assert_eq!(seen, [Observation::Fault(Fault::Garbage)]);
}

#[test]
fn a_number_cut_anywhere_is_none() {
    let whole = b"8400000\n";
    for end in 0..whole.len() {
        assert_eq!(read(&whole[..end]), None, "cut at {end}");
    }
    assert_eq!(read(whole), Some(8_400_000));
}

#[test]
fn a_converter_that_hangs_is_a_fault_and_what_comes_late_is_dropped() {
    let mut cell = cell(Coding::OffsetBinary);
    assert!(cell.poll_outbound().is_some());
    cell.handle(at(1000), Inbound::Timeout);
    assert_eq!(cell.poll_observation(), Some(Observation::Fault(Fault::NoReply)));
    assert_eq!((cell.poll_outbound(), cell.next_timeout()), (None, None));
    cell.handle(at(90_000), Inbound::Bytes(b"8500000\n\0"));
    assert_eq!(cell.poll_observation(), None);
    cell.handle(at(90_001), Inbound::Bytes(b"8500000\n\0"));
    let seen: Vec<Observation> = std::iter::from_fn(|| cell.poll_observation()).collect();
    assert_eq!(weights(&seen), [(250_000, Quality::Dynamic)]);
    cell.handle(at(90_002), Inbound::Lost);
    assert_eq!(cell.poll_observation(), Some(Observation::Fault(Fault::LinkLost)));
}

#[test]
fn it_asks_no_faster_than_it_was_told() {
    let mut cell = cell(Coding::OffsetBinary);
    give(&mut cell, 0, &["8400000"]);
    assert_eq!(cell.next_timeout(), Some(at(12)));
    cell.handle(at(11), Inbound::Timeout);
    assert_eq!(cell.poll_outbound(), None);
    cell.handle(at(11), Inbound::Bytes(&[b'9'; 5000]));
    assert!(cell.file.kept() <= MAX_TEXT + 1);
}

#[test]
fn questions_keep_their_beat_and_a_slow_converter_is_asked_as_soon_as_it_has_answered() {
    let mut cell = cell(Coding::OffsetBinary);
    give(&mut cell, 0, &["8400000"]);
    // Asked 3 ms after its time, answered 2 ms later: its next time stays where it is.
    cell.handle(at(15), Inbound::Timeout);
    cell.handle(at(17), Inbound::Bytes(b"8400000\n\0"));
    assert_eq!(cell.next_timeout(), Some(at(24)));
    // A converter of ten a second.
    cell.handle(at(24), Inbound::Timeout);
    cell.handle(at(124), Inbound::Bytes(b"8400000\n\0"));
    assert_eq!(cell.next_timeout(), Some(at(124)));
}

#[test]
fn a_reading_thrown_away_now_and_then_is_counted_and_no_fault() {
    let mut cell = cell(Coding::Signed);
    let seen =
        give(&mut cell, 0, &["11392", "11392", "11392", "late", "11392", "11392", "11392", "dead", "11392"]);
    let told: Vec<&Observation> = seen.iter().filter(|o| matches!(o, Observation::Thrown(_))).collect();
    assert_eq!(told, [&Observation::Thrown(1), &Observation::Thrown(2)]);
    assert_eq!(weights(&seen).len(), 7);
    assert!(!seen.iter().any(|o| matches!(o, Observation::Fault(_))), "{seen:?}");
}

#[test]
fn too_many_readings_thrown_away_are_a_fault_until_good_ones_outweigh_them() {
    for (word, text) in [("late", "load cell not read in time"), ("dead", "load cell lines do not follow")] {
        let mut cell = cell(Coding::Signed);
        let fault = Observation::Fault(Fault::Device(text.to_owned()));
        assert!(!give(&mut cell, 0, &[word; 7]).contains(&fault), "{word}");
        assert!(give(&mut cell, 200, &[word]).contains(&fault), "{word}");
        let seen = give(&mut cell, 400, &["11392"; 7]);
        assert!(!seen.contains(&Observation::Recovered), "{seen:?}");
        assert!(give(&mut cell, 800, &["11392"]).contains(&Observation::Recovered), "{word}");
    }
}

#[test]
fn a_chip_that_is_mute_does_not_answer_and_is_asked_again() {
    let mut cell = cell(Coding::Signed);
    let seen = give(&mut cell, 0, &["mute", "mute"]);
    assert_eq!(seen, [Observation::Fault(Fault::NoReply)]);
    assert!(give(&mut cell, 100, &["11392"]).contains(&Observation::Recovered));
}
