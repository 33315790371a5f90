//! The makers' transcripts, byte for byte, and what damage does to them.

use super::*;
use crate::scale::text::{Lines, MAX_LINE};
use proptest::prelude::*;
use station::measure::Milligrams;

fn parse(line: &str) -> Result<Reply, BadLine> {
    Reply::parse(line.as_bytes(), Some(FIELD_WIDTH))
}

fn serial(text: &str) -> DeviceSerial {
    DeviceSerial::new(text).unwrap()
}

fn grams(digits: i64, decimals: u8) -> Mass {
    Mass::new(digits, decimals, Unit::Gram).unwrap()
}

/// Lines as the manuals print them, with what they mean.
fn transcripts() -> Vec<(&'static str, Reply)> {
    vec![
        ("S S     100.00 g", Reply::Weight { mass: grams(10_000, 2), stable: true }),
        ("S D     129.07 g", Reply::Weight { mass: grams(12_907, 2), stable: false }),
        ("S S    -100.00 g", Reply::Weight { mass: grams(-10_000, 2), stable: true }),
        (
            "S D     1.2345 kg",
            Reply::Weight { mass: Mass::new(12_345, 4, Unit::Kilogram).unwrap(), stable: false },
        ),
        ("S I", Reply::NotNow),
        ("S L", Reply::Refused),
        ("S +", Reply::Overload),
        ("S -", Reply::Underload),
        ("S S Error 10b", Reply::HardwareError("Error 10b".to_owned())),
        ("I4 A \"B207696838\"", Reply::Serial(serial("B207696838"))),
        ("I4 I", Reply::SerialNotNow),
        (
            "I1 A \"01\" \"2.00\" \"2.00\" \"\" \"\"",
            Reply::Levels("\"01\" \"2.00\" \"2.00\" \"\" \"\"".to_owned()),
        ),
        ("I1 I", Reply::AboutNotNow(Command::Levels)),
        (
            "I2 A \"WXS205SDU WXA-Bridge 220.00900 g\"",
            Reply::Model("WXS205SDU WXA-Bridge 220.00900 g".to_owned()),
        ),
        ("I2 I", Reply::AboutNotNow(Command::Model)),
        ("I3 A \"1.00 18.6.7.1280.772\"", Reply::Software("1.00 18.6.7.1280.772".to_owned())),
        ("I3 I", Reply::AboutNotNow(Command::Software)),
        ("I0 B 0 \"@\"", Reply::Listed { level: 0, name: "@".to_owned(), more: true }),
        ("I0 A 1 \"SIR\"", Reply::Listed { level: 1, name: "SIR".to_owned(), more: false }),
        ("I0 I", Reply::ListNotNow),
        ("ES", Reply::SyntaxError),
        ("ET", Reply::TransmissionError),
        ("EL", Reply::LogicalError),
        ("SIR", Reply::Echo(Command::WeightStream)),
    ]
}

/// Whatever is read as a command is exactly that command's name.
fn a_command_is_its_name(line: &[u8]) {
    if let Some(command) = Command::parse(line) {
        assert_eq!(command.name().as_bytes(), line);
    }
}

fn lines(feed: &[&[u8]]) -> Vec<Result<Vec<u8>, BadLine>> {
    let mut decoder = Lines::default();
    let mut out = Vec::new();
    for part in feed {
        decoder.feed(part, |line| out.push(line.map(<[u8]>::to_vec)));
    }
    out
}

#[test]
fn transcripts_are_read_and_written_byte_for_byte() {
    for (text, reply) in transcripts() {
        assert_eq!(parse(text), Ok(reply.clone()), "{text}");
        assert_eq!(reply.encode(), format!("{text}\r\n").into_bytes(), "{text}");
    }
}

#[test]
fn commands_are_the_manual_s_and_none_of_them_tares() {
    let sent: Vec<Vec<u8>> = Command::ALL.into_iter().map(Command::encode).collect();
    assert_eq!(
        sent,
        [
            &b"@\r\n"[..],
            b"I0\r\n",
            b"I1\r\n",
            b"I2\r\n",
            b"I3\r\n",
            b"I4\r\n",
            b"S\r\n",
            b"SI\r\n",
            b"SIR\r\n",
        ]
    );
    for command in Command::ALL {
        assert_eq!(Command::parse(command.name().as_bytes()), Some(command));
    }
    for unknown in [&b"T"[..], b"TI", b"TAC", b"Z", b"ZI", b"sir", b"SIR ", b""] {
        assert_eq!(Command::parse(unknown), None);
    }
}

#[test]
fn weights_become_milligrams_without_a_float() {
    for (digits, decimals, unit, mg) in [
        (10_000, 2, Unit::Gram, 100_000),
        (-1, 1, Unit::Gram, -100),
        (12_345, 4, Unit::Kilogram, 1_234_500),
        (5, 0, Unit::Kilogram, 5_000_000),
        (15, 4, Unit::Gram, 2),
        (-15, 4, Unit::Gram, -2),
        (14, 4, Unit::Gram, 1),
        (999_999_999, 0, Unit::Kilogram, 999_999_999_000_000),
    ] {
        assert_eq!(Mass::new(digits, decimals, unit).unwrap().milligrams(), Milligrams(mg));
    }
}

#[test]
fn each_broken_line_names_its_reason() {
    for (line, reason) in [
        ("S S     10.00 g", BadLine::Width),
        ("S S      100.00 g", BadLine::Width),
        ("S S     100.00 lb", BadLine::Unit),
        ("S S     100.00", BadLine::Width),
        ("S S     1O0.00 g", BadLine::Number),
        ("S S     100..0 g", BadLine::Number),
        ("S S     10000. g", BadLine::Number),
        ("S S     --1.00 g", BadLine::Number),
        ("S S            g", BadLine::Number),
        ("S S 1234567890 g", BadLine::Number),
        ("S X     100.00 g", BadLine::Unknown),
        ("T S     100.00 g", BadLine::Unknown),
        ("I4 A \"\"", BadLine::Serial),
        ("I4 A B20", BadLine::Serial),
        ("I2 A B20", BadLine::Unknown),
        ("I3 A \"1\"2\"", BadLine::Unknown),
        ("I1 A \"", BadLine::Unknown),
        ("I0 B \"@\"", BadLine::Unknown),
        ("S S\u{7}    100.00 g", BadLine::NotText),
    ] {
        assert_eq!(parse(line), Err(reason), "{line}");
    }
}

#[test]
fn another_width_is_read_only_when_it_was_agreed() {
    let line = b"S S  100.00 g";
    assert_eq!(Reply::parse(line, Some(FIELD_WIDTH)), Err(BadLine::Width));
    assert!(matches!(Reply::parse(line, None), Ok(Reply::Weight { .. })));
    assert!(matches!(Reply::parse(line, Some(7)), Ok(Reply::Weight { .. })));
}

#[test]
fn a_line_cut_anywhere_is_the_same_line() {
    let whole = b"S S     100.00 g\r\n";
    for cut in 0..=whole.len() {
        assert_eq!(lines(&[&whole[..cut], &whole[cut..]]), [Ok(b"S S     100.00 g".to_vec())], "{cut}");
        if cut < whole.len() {
            assert_eq!(lines(&[&whole[..cut]]), []);
        }
    }
}

#[test]
fn blank_lines_and_missing_carriage_returns_do_not_matter() {
    assert_eq!(lines(&[b"\r\n\nES\nET\r\n"]), [Ok(b"ES".to_vec()), Ok(b"ET".to_vec())]);
}

#[test]
fn an_over_long_line_is_dropped_whole_and_the_next_one_is_read() {
    let mut bytes = vec![b'x'; 10 * MAX_LINE];
    bytes.extend_from_slice(b"S S     100.00 g\r\nES\r\n");
    assert_eq!(lines(&[&bytes]).last(), Some(&Ok(b"ES".to_vec())));
    assert_eq!(lines(&[&bytes]), [Err(BadLine::TooLong), Ok(b"ES".to_vec())]);
}

proptest! {
    #![proptest_config(crate::proptest_config())]

    #[test]
    fn any_split_reads_the_same(cuts in prop::collection::vec(0_usize..600, 0..12)) {
        let all: Vec<u8> = transcripts().iter().flat_map(|(_, reply)| reply.encode()).collect();
        let mut at: Vec<usize> = cuts.into_iter().map(|c| c.min(all.len())).collect();
        at.extend([0, all.len()]);
        at.sort_unstable();
        let parts: Vec<&[u8]> = at.windows(2).map(|w| &all[w[0]..w[1]]).collect();
        let read: Vec<_> = lines(&parts)
            .into_iter()
            .map(|line| Reply::parse(&line.unwrap(), Some(FIELD_WIDTH)).unwrap())
            .collect();
        let meant: Vec<_> = transcripts().into_iter().map(|(_, reply)| reply).collect();
        prop_assert_eq!(read, meant);
    }

    #[test]
    fn noise_never_panics_and_is_never_kept(noise in prop::collection::vec(any::<u8>(), 0..2000)) {
        let mut decoder = Lines::default();
        decoder.feed(&noise, |line| {
            if let Ok(line) = line {
                drop(Reply::parse(line, None));
                a_command_is_its_name(line);
            }
        });
        prop_assert!(decoder.buffer.len() <= MAX_LINE + 1);
        let mut heard = Vec::new();
        decoder.feed(b"\nES\r\n", |line| heard.push(line.map(<[u8]>::to_vec)));
        prop_assert_eq!(heard.last(), Some(&Ok(b"ES".to_vec())));
    }

    #[test]
    fn a_flipped_bit_never_moves_the_point_or_the_unit(byte in 0_usize..16, bit in 0_u8..8) {
        let mut line = *b"S S     100.00 g";
        line[byte] ^= 1 << bit;
        if let Ok(Reply::Weight { mass, .. }) = Reply::parse(&line, Some(FIELD_WIDTH)) {
            let (number, unit) = mass.written();
            prop_assert_eq!((number.find('.').map(|at| number.len() - at), unit), (Some(3), "g"));
        }
    }

    #[test]
    fn a_lost_character_is_never_another_weight(byte in 0_usize..16) {
        let mut line = b"S S     100.00 g".to_vec();
        line.remove(byte);
        prop_assert!(Reply::parse(&line, Some(FIELD_WIDTH)).is_err());
    }

    #[test]
    fn every_weight_survives_the_line(digits in -99_999_999_i64..99_999_999, decimals in 0_u8..=6) {
        let mass = Mass::new(digits, decimals, Unit::Gram).unwrap();
        let reply = Reply::Weight { mass, stable: true };
        let line = reply.encode();
        prop_assert_eq!(Reply::parse(line.strip_suffix(b"\r\n").unwrap(), Some(FIELD_WIDTH)), Ok(reply));
    }
}
