//! What the drivers cost: bytes a second through each of them against what its line can bring, and eight beds at eighty weights a
//! second, drivers and estimators together, as a share of one core. Ratios against limits in one run; over a limit it fails.
//!
//! `cargo bench -p hemostation-drivers`. Not measured here: ports, journal, screens.

use drivers::id_reader::sam::codec::{Frames, PHOTO, Reply, TEXT};
use drivers::id_reader::sam::text;
use drivers::modbus::frame::Request;
use drivers::probe::w1::scratchpad;
use drivers::rfid::{Dialect as Dialects, RfidReader, RfidSettings};
use drivers::scale::cell::{Cell, CellSettings, Coding, Points};
use drivers::scale::indicator::columns::{Check, Columns, Point};
use drivers::scale::indicator::{Dialect, Indicator, IndicatorSettings};
use drivers::scale::mt_sics::{MtSics, MtSicsSettings};
use drivers::scale::text::Unit;
use drivers::scanner::line::{LineScanner, LineScannerSettings};
use drivers::{Driver, Inbound, Observation, Outbound};
use station::device::{Quality, Reading, WeightSample};
use station::draw::{DrawSettings, Estimator};
use station::measure::{Density, Microlitres, Milligrams, Mono, Span};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Each figure is the best of so many rounds: what else the machine does only slows down.
const ROUNDS: u32 = 5;
/// Frames of one round.
const FRAMES: usize = 4000;
/// A driver has to be faster than its line by this much, on any machine that this is run on.
const LEAST_RATIO: f64 = 50.0;
/// Share of one core that eight beds at eighty weights a second may take here, per cent.
const MOST_SHARE: f64 = 5.0;

/// The best time of one round.
fn best(mut round: impl FnMut()) -> Duration {
    (0..ROUNDS)
        .map(|_| {
            let begun = Instant::now();
            round();
            begun.elapsed()
        })
        .min()
        .unwrap_or_default()
}

fn drain(driver: &mut dyn Driver) -> u64 {
    while driver.poll_outbound().is_some() {}
    std::iter::from_fn(|| driver.poll_observation())
        .map(|o| u64::from(matches!(o, Observation::Reading(_))))
        .sum()
}

/// Opens a driver's link and lets it come to where it listens.
fn opened(driver: &mut dyn Driver, greeting: &[&[u8]]) -> Mono {
    driver.handle(Mono(0), Inbound::Opened);
    let mut now = Mono(0);
    for answer in greeting {
        drain(driver);
        now = driver.next_timeout().map_or(now, |at| if answer.is_empty() { at } else { now });
        if answer.is_empty() {
            driver.handle(now, Inbound::Timeout);
        } else {
            driver.handle(now, Inbound::Bytes(answer));
        }
    }
    drain(driver);
    now
}

/// Bytes a second through a driver that hears `frame` over and over, in reads as a port gives them.
fn throughput(driver: &mut dyn Driver, now: Mono, frame: &[u8]) -> (f64, u64) {
    let stream: Vec<u8> = frame.iter().copied().cycle().take(frame.len() * FRAMES).collect();
    let mut readings = 0;
    let time = best(|| {
        for (n, read) in stream.chunks(32).enumerate() {
            driver.handle(now + Span(n as u64 * 10), Inbound::Bytes(black_box(read)));
            readings += drain(driver);
        }
    });
    (stream.len() as f64 / time.as_secs_f64(), readings)
}

struct Row {
    name: &'static str,
    bytes_s: f64,
    line_baud: u32,
}

fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    let mut row =
        |name: &'static str, driver: &mut dyn Driver, greeting: &[&[u8]], frame: &[u8], line_baud| {
            let now = opened(driver, greeting);
            let (bytes_s, readings) = throughput(driver, now, frame);
            // A driver that reads nothing is fast.
            assert!(
                !name.starts_with("scale") || readings == FRAMES as u64 * u64::from(ROUNDS),
                "{name}: {readings}"
            );
            rows.push(Row { name, bytes_s, line_baud });
        };
    let period = Span::from_millis(100);
    let indicator = |dialect| Indicator::new(IndicatorSettings { dialect, poll_period: period });
    let sics: [&[u8]; 6] = [
        b"",
        b"I4 A \"B207696838\"\r\n",
        b"I2 A \"M\"\r\n",
        b"I3 A \"1.0\"\r\n",
        b"I0 B 0 \"@\"\r\n",
        b"I0 A 0 \"SIR\"\r\n",
    ];
    row("scale mt_sics", &mut MtSics::new(MtSicsSettings::default()), &sics, b"S D     129.07 g\r\n", 9600);
    row("scale and", &mut indicator(Dialect::And), &[b"", b""], b"ST,+00123.45  g\r\n", 9600);
    row("scale sbi", &mut indicator(Dialect::Sbi(Unit::Gram)), &[b"", b""], b"+   153.00 g  \r\n", 9600);
    let xk3190 = Columns { unit: Unit::Kilogram, ..Columns::XK3190 };
    row("scale xk3190", &mut indicator(Dialect::Columns(xk3190)), &[b""], b"\x02+003290013\x03", 9600);
    let written = Columns {
        start: None,
        end: b'\n',
        length: 14,
        sign: Some(3),
        number: (4, 11),
        point: Point::Written,
        unit: Unit::Gram,
        stable: Some((1, b'S')),
        overload: Some((1, b'O')),
        check: Check::None,
    };
    // What came before its first end may be the rest of a line.
    let columns: [&[u8]; 2] = [b"", b"\n"];
    row("scale columns", &mut indicator(Dialect::Columns(written)), &columns, b"S +  123.45 kg\r\n", 9600);
    row(
        "scanner",
        &mut LineScanner::new(LineScannerSettings::default()),
        &[],
        b"]C0=A99992612345600\r",
        9600,
    );
    for (name, dialect, line_baud) in
        [("rfid feig", Dialects::Feig, 38_400), ("rfid rr3036", Dialects::Rr3036, 19_200)]
    {
        rows.push(Row { name, bytes_s: tags(dialect), line_baud });
    }
    rows
}

/// The frame with the check that both makers of tag readers use.
fn sealed(frame: &[u8]) -> Vec<u8> {
    let check = frame.iter().fold(0xffff_u16, |crc, byte| {
        (0..8)
            .fold(crc ^ u16::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0x8408 } else { crc >> 1 })
    });
    [frame, &check.to_le_bytes()].concat()
}

/// Bytes a second of answers through a tag reader's driver, round after round with one tag in the field: what it asks is
/// part of the time.
fn tags(dialect: Dialects) -> f64 {
    let tag = [0xf5, 0x25, 0x26, 0x9f, 0, 1, 4, 0xe0];
    let (done, found) = match dialect {
        Dialects::Feig => {
            (sealed(&[6, 0, 0x69, 0]), sealed(&[&[17, 0, 0xb0, 0, 1, 3, 0], &tag[..]].concat()))
        }
        Dialects::Rr3036 => (sealed(&[4, 0, 0]), sealed(&[&[13, 0, 0, 0], &tag[..]].concat())),
    };
    let inventory: &[u8] = if dialect == Dialects::Feig { &[0x07, 0xff, 0xb0] } else { &[0x05, 0x00, 0x01] };
    let (mut bytes, mut told) = (0, 0);
    let time = best(|| {
        let mut driver = RfidReader::new(RfidSettings { dialect, din_block: None });
        driver.handle(Mono(0), Inbound::Opened);
        (bytes, told) = (0, 0);
        for n in 0..FRAMES {
            let now = Mono(n as u64 * 1_000_000);
            driver.handle(now, Inbound::Timeout);
            while let Some(out) = driver.poll_outbound() {
                let Outbound::Bytes(asked) = out else { continue };
                let answer = if asked.starts_with(inventory) { &found } else { &done };
                bytes += answer.len();
                driver.handle(now, Inbound::Bytes(black_box(answer)));
            }
            told += std::iter::from_fn(|| driver.poll_observation())
                .filter(|seen| matches!(seen, Observation::Tag(_)))
                .count();
        }
    });
    assert_eq!(told, 1, "a tag that lies there is told once");
    bytes as f64 / time.as_secs_f64()
}

/// Codecs without a driver's state: one frame over and over.
fn single() -> Vec<Row> {
    let bytes_s = |frame: usize, time: Duration| (frame * 10_000) as f64 / time.as_secs_f64();
    let mut rows = Vec::new();
    let text = b"41 00 4b 46 7f ff 0f 10 97 : crc=97 YES\n41 00 4b 46 7f ff 0f 10 97 t=4062\n";
    let time = best(|| {
        for _ in 0..10_000 {
            assert!(scratchpad::parse(black_box(text)).is_ok());
        }
    });
    // 72 bits for the bytes and as long for its two commands, at about 16 kbit/s.
    rows.push(Row { name: "probe w1", bytes_s: bytes_s(text.len(), time), line_baud: 16_300 });
    let card = b"\xaa\xaa\xaa\x96\x69\x00\x04\x00\x00\x80\x84";
    let mut frames = Frames::default();
    let time = best(|| {
        let mut whole = 0;
        (0..10_000).for_each(|_| frames.feed(black_box(card), |frame| whole += u32::from(frame.is_ok())));
        assert_eq!(whole, 10_000);
    });
    rows.push(Row { name: "id reader", bytes_s: bytes_s(card.len(), time), line_baud: 115_200 });
    let reply = Reply::card(&[0x20; TEXT], &[0; PHOTO]).encode();
    let time = best(|| {
        let mut texts = 0;
        for _ in 0..10_000 {
            frames.feed(black_box(&reply), |frame| {
                let text = frame.and_then(Reply::parse).and_then(Reply::into_text);
                texts += u32::from(text.is_ok_and(|text| text::decode(&text).is_err()));
            });
        }
        assert_eq!(texts, 10_000, "a blank card is whole, and no card");
    });
    rows.push(Row { name: "id reader, whole card", bytes_s: bytes_s(reply.len(), time), line_baud: 115_200 });
    rows.push(iio());
    let request = Request::ReadRegisters { address: 1, count: 2 };
    let reply = [0x01, 0x04, 0x04, 0x01, 0x2c, 0x02, 0x58, 0x3b, 0x2b];
    let time = best(|| {
        for _ in 0..10_000 {
            assert!(request.take_reply(1, &mut black_box(reply).to_vec()).is_some());
        }
    });
    rows.push(Row { name: "modbus, node", bytes_s: bytes_s(reply.len(), time), line_baud: 115_200 });
    rows
}

/// A load cell's numbers as the kernel's file gives them; its line is a converter's 80 a second.
fn iio() -> Row {
    let points = Points::new(8_400_000, 8_800_000, Milligrams(1_000_000)).expect("a line");
    let settings = CellSettings { points, coding: Coding::OffsetBinary, period: Span::from_millis(12) };
    let text = b"8480030\n\0";
    let time = best(|| {
        let mut cell = Cell::new(settings);
        cell.handle(Mono(0), Inbound::Opened);
        let mut weights = 0;
        for n in 0..10_000 {
            let now = Mono(n * 12_500);
            cell.handle(now, Inbound::Timeout);
            while cell.poll_outbound().is_some() {}
            cell.handle(now, Inbound::Bytes(black_box(text)));
            weights += drain(&mut cell);
        }
        assert_eq!(weights, 10_000);
    });
    Row {
        name: "scale iio",
        bytes_s: (text.len() * 10_000) as f64 / time.as_secs_f64(),
        // Ten bits a byte, as a line has them.
        line_baud: 80 * 10 * 9,
    }
}

/// One minute of eight beds at eighty weights a second: converter's text to weight to estimate, as a share of a core.
fn eight_beds() -> f64 {
    let points = Points::new(8_400_000, 8_800_000, Milligrams(1_000_000)).expect("a line");
    let settings = CellSettings { points, coding: Coding::OffsetBinary, period: Span::from_millis(12) };
    let texts: Vec<String> =
        (0..4800).map(|n| format!("{}\n\0", 8_480_000 + n * 30 + (n * 7919) % 400)).collect();
    let time = best(|| {
        for _bed in 0..8 {
            let mut cell = Cell::new(settings);
            cell.handle(Mono(0), Inbound::Opened);
            let draw = DrawSettings {
                density: Density::new(1053).expect("a density"),
                target: Microlitres::from_ml(400),
                clamp_delay: Span::from_millis(150),
            };
            let mut estimator = Estimator::new(draw, Mono(0), Milligrams(200_000));
            for (n, text) in texts.iter().enumerate() {
                let now = Mono(n as u64 * 12_500);
                cell.handle(now, Inbound::Timeout);
                while cell.poll_outbound().is_some() {}
                cell.handle(now, Inbound::Bytes(text.as_bytes()));
                while let Some(observation) = cell.poll_observation() {
                    if let Observation::Reading(Reading::Weight(sample)) = observation {
                        estimator.handle_sample(now, WeightSample { quality: Quality::Dynamic, ..sample });
                    }
                }
                black_box((estimator.estimate(now), estimator.clamp_due(now)));
            }
        }
    });
    time.as_secs_f64() / 60.0 * 100.0
}

fn main() {
    let mut rows = rows();
    rows.extend(single());
    for Row { name, bytes_s, line_baud } in &rows {
        let times = bytes_s * 10.0 / f64::from(*line_baud);
        println!("{name:<22} {:>8.1} MB/s {times:>8.0} times its line", bytes_s / 1e6);
    }
    let share = eight_beds();
    println!("eight beds at 80/s: {share:.2} % of one core, drivers and estimators; limit {MOST_SHARE} %");
    let slow: Vec<&str> = rows
        .iter()
        .filter(|row| row.bytes_s * 10.0 / f64::from(row.line_baud) < LEAST_RATIO)
        .map(|row| row.name)
        .collect();
    if !slow.is_empty() || share > MOST_SHARE {
        println!("over the limit: {slow:?}, {share:.2} %");
        std::process::exit(1);
    }
}
