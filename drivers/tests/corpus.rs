//! Every serial driver against a kept corpus of what its line may bring, whole and damaged: bytes changed, lost, doubled, cut and run
//! together, in reads of any length, with time that passes and cables that are pulled.
//!
//! It never panics, never says more than it heard, never waits without end and never asks without pause. The same on every run:
//! seed and rounds are fixed and printed. `FUZZ_SECONDS=60 FUZZ_SEED=7 cargo test -p hemostation-drivers --test corpus -- --nocapture` goes on for so long with
//! another seed (`FUZZ_ONLY=feig`: with that driver alone); what it finds is named by driver, seed and round, and its bytes belong into `drivers/corpus`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the helpers of these tests fail like the tests themselves"
)]

use drivers::id_reader::sam::SamReader;
use drivers::modbus::bus::{Bus, NodeSettings};
use drivers::probe::modbus::{ModbusProbe, ModbusProbeSettings};
use drivers::probe::w1::{W1Probe, W1Settings};
use drivers::rfid::{Dialect as Tags, RfidReader, RfidSettings};
use drivers::scale::cell::{Cell, CellSettings, Coding, Points};
use drivers::scale::indicator::columns::{Check, Columns, Point};
use drivers::scale::indicator::{Dialect, Indicator, IndicatorSettings};
use drivers::scale::mt_sics::{MtSics, MtSicsSettings};
use drivers::scale::text::Unit;
use drivers::scanner::line::{Codabar, CodabarCheck, Labels, LineScanner, LineScannerSettings};
use drivers::transport::keys::Keyboard;
use drivers::{ActuateError, Driver, IdCardKind, Inbound, Observation, Outbound};
use station::device::{Actuation, DeviceKind, Reading};
use station::ident::DeviceSerial;
use station::measure::{MilliCelsius, Milligrams, Mono, Span};
use std::time::{Duration, Instant};

/// Rounds of each driver on an ordinary run.
const ROUNDS: u64 = 400;
/// Longest stream of a round, bytes.
const LONGEST: usize = 2000;
/// Most things that a driver may want to send or say after one read.
const MOST: usize = 600;

/// Frames as text, `\xNN` and the usual escapes in them, one a line; `#` begins a remark.
const CORPUS: &str = include_str!("../corpus/frames.txt");

/// An indicator's lines with sign, written point and marks.
const WRITTEN: Columns = Columns {
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
/// And frames with a check, whose point is not written.
const FIXED: Columns = Columns { length: 9, point: Point::Fixed(1), unit: Unit::Gram, ..Columns::XK3190 };

fn drivers() -> Vec<(&'static str, Box<dyn Driver>)> {
    let poll_period = Span::from_millis(100);
    let indicator = |dialect| Box::new(Indicator::new(IndicatorSettings { dialect, poll_period }));
    let tags = |dialect| Box::new(RfidReader::new(RfidSettings { dialect, din_block: Some(8) }));
    let points = Points::new(8_400_000, 8_800_000, Milligrams(1_000_000)).unwrap();
    let modbus = ModbusProbeSettings {
        baud: 9600,
        unit: 1,
        input: true,
        register: 1,
        per_degree: 10,
        period: Span::from_secs(5),
        offset: MilliCelsius(0),
        sharers: 1,
    };
    let serial = DeviceSerial::new("28-0316a4c7b5ff").unwrap();
    let w1 = W1Settings { serial, period: Span::from_secs(5), offset: MilliCelsius(0) };
    let scanner = |labels| LineScanner::new(LineScannerSettings { labels, ..LineScannerSettings::default() });
    let codabar = Codabar { start: b'A', stop: b'B', facility: *b"A1234", check: CodabarCheck::Mod16 };
    vec![
        ("mt_sics", Box::new(MtSics::new(MtSicsSettings::default()))),
        ("and", indicator(Dialect::And)),
        ("sbi", indicator(Dialect::Sbi(Unit::Gram))),
        ("xk3190", indicator(Dialect::Columns(Columns { unit: Unit::Gram, ..Columns::XK3190 }))),
        ("columns", indicator(Dialect::Columns(WRITTEN))),
        ("columns_fixed", indicator(Dialect::Columns(FIXED))),
        (
            "cell",
            Box::new(Cell::new(CellSettings { points, coding: Coding::OffsetBinary, period: poll_period })),
        ),
        ("scanner", Box::new(scanner(Labels::Whole))),
        ("codabar", Box::new(scanner(Labels::Codabar(codabar)))),
        ("equals_dropped", Box::new(scanner(Labels::EqualsDropped))),
        ("keys", Box::new(Typed::new(scanner(Labels::Whole)))),
        ("sam", Box::new(SamReader::new())),
        ("feig", tags(Tags::Feig)),
        ("rr3036", tags(Tags::Rr3036)),
        ("modbus", Box::new(ModbusProbe::new(modbus))),
        ("node", Box::new(Line(Bus::new(115_200, &[NodeSettings { unit: 1, silence_ms: 400 }])))),
        ("w1", Box::new(W1Probe::new(w1))),
    ]
}

/// A scanner that types: events of the kernel's, whole ones of all that has come since the device was opened.
struct Typed {
    keyboard: Keyboard,
    events: Vec<u8>,
    scanner: LineScanner,
}

impl Typed {
    fn new(scanner: LineScanner) -> Self {
        Self { keyboard: Keyboard::default(), events: Vec::new(), scanner }
    }
}

impl Driver for Typed {
    fn kind(&self) -> DeviceKind {
        self.scanner.kind()
    }

    fn handle(&mut self, now: Mono, inbound: Inbound<'_>) {
        let Inbound::Bytes(bytes) = inbound else {
            self.events.clear();
            self.keyboard = Keyboard::default();
            return self.scanner.handle(now, inbound);
        };
        self.events.extend(bytes);
        let (whole, rest) = self.events.as_chunks();
        let typed: Vec<u8> = whole.iter().filter_map(|event| self.keyboard.event(event)).collect();
        self.events = rest.to_vec();
        if !typed.is_empty() {
            self.scanner.handle(now, Inbound::Bytes(&typed));
        }
    }

    fn actuate(&mut self, now: Mono, actuation: Actuation) -> Result<(), ActuateError> {
        self.scanner.actuate(now, actuation)
    }

    fn poll_outbound(&mut self) -> Option<Outbound> {
        self.scanner.poll_outbound()
    }

    fn poll_observation(&mut self) -> Option<Observation> {
        self.scanner.poll_observation()
    }

    fn next_timeout(&self) -> Option<Mono> {
        self.scanner.next_timeout()
    }
}

/// The line of a node, which is no driver of its own: what it has to tell is counted and not looked at. Its heart is fed.
struct Line(Bus);

impl Driver for Line {
    fn kind(&self) -> DeviceKind {
        DeviceKind::Panel
    }

    fn handle(&mut self, now: Mono, inbound: Inbound<'_>) {
        self.0.feed(now, 0);
        self.0.handle(now, inbound);
        let told = std::iter::from_fn(|| self.0.poll_event()).take(MOST).count();
        assert!(told < MOST, "a node's line tells without end");
    }

    fn actuate(&mut self, _: Mono, actuation: Actuation) -> Result<(), ActuateError> {
        Err(ActuateError::Unsupported { device: DeviceKind::Panel, actuation })
    }

    fn poll_outbound(&mut self) -> Option<Outbound> {
        self.0.poll_outbound()
    }

    fn poll_observation(&mut self) -> Option<Observation> {
        None
    }

    fn next_timeout(&self) -> Option<Mono> {
        self.0.next_timeout()
    }
}

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).unwrap()
    }
}

/// The frames of a driver's lines, which begin with its name.
fn frames(name: &str) -> Vec<Vec<u8>> {
    let lines = CORPUS.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let frames: Vec<Vec<u8>> = lines.map(unescaped).collect();
    assert!(frames.len() >= 3, "{name}: {} frames in the corpus", frames.len());
    frames
}

fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut left = text.bytes();
    while let Some(byte) = left.next() {
        bytes.push(match (byte, if byte == b'\\' { left.next() } else { None }) {
            (b'\\', Some(b'r')) => b'\r',
            (b'\\', Some(b'n')) => b'\n',
            (b'\\', Some(b'x')) => {
                let digits = [left.next().unwrap(), left.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            (b'\\', Some(b'z')) => {
                let digits: Vec<u8> = left.by_ref().take(4).collect();
                let zeros = usize::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap();
                bytes.resize(bytes.len() + zeros, 0);
                continue;
            }
            (byte, None) => byte,
            (_, Some(other)) => panic!("\\{} in the corpus", char::from(other)),
        });
    }
    bytes
}

/// A stream of frames with damage in most of them.
fn stream(dice: &mut Dice, frames: &[Vec<u8>]) -> Vec<u8> {
    let mut stream = Vec::new();
    for _ in 0..=dice.below(12) {
        let mut frame = frames[dice.below(frames.len())].clone();
        for _ in 0..dice.below(4) {
            let at = dice.below(frame.len());
            match dice.below(6) {
                0 => frame.insert(at, dice.next().to_le_bytes()[0]),
                1 if !frame.is_empty() => drop(frame.remove(at)),
                2 if !frame.is_empty() => frame[at] ^= 1 << dice.below(8),
                3 => frame.truncate(at),
                4 => frame.extend_from_within(at..),
                _ => {
                    let other = &frames[dice.below(frames.len())];
                    frame.extend_from_slice(&other[dice.below(other.len())..]);
                }
            }
        }
        stream.extend(frame);
    }
    stream.truncate(LONGEST);
    stream
}

/// What the driver wants and says; both have a bound.
fn drain(driver: &mut dyn Driver, what: &str) {
    let sent = std::iter::from_fn(|| driver.poll_outbound()).take(MOST).count();
    let said = std::iter::from_fn(|| driver.poll_observation()).take(MOST).count();
    assert!(sent < MOST && said < MOST, "{what}: {sent} to send, {said} said");
}

/// Time passes to `end`; a driver that is never done with an instant fails.
fn pass(driver: &mut dyn Driver, now: &mut Mono, end: Mono, what: &str) {
    let mut at_once = 0;
    while let Some(at) = driver.next_timeout().filter(|at| *at <= end) {
        at_once = if at > *now { 0 } else { at_once + 1 };
        assert!(at_once < 100, "{what}: busy at {now:?}");
        *now = at.max(*now);
        driver.handle(*now, Inbound::Timeout);
        drain(driver, what);
    }
    *now = end;
}

fn round(driver: &mut dyn Driver, dice: &mut Dice, frames: &[Vec<u8>], now: &mut Mono, what: &str) -> usize {
    let stream = stream(dice, frames);
    let mut left = &stream[..];
    while !left.is_empty() {
        let (read, rest) = left.split_at((1 + dice.below(64)).min(left.len()));
        left = rest;
        driver.handle(*now, Inbound::Bytes(read));
        drain(driver, what);
        let end = *now + Span(dice.next() % 400_000);
        pass(driver, now, end, what);
    }
    if dice.below(8) == 0 {
        driver.handle(*now, Inbound::Lost);
        drain(driver, what);
        assert!(driver.poll_outbound().is_none(), "{what}: speaks to a closed port");
        let end = *now + Span::from_secs(1);
        pass(driver, now, end, what);
        driver.handle(*now, Inbound::Opened);
        drain(driver, what);
    }
    stream.len()
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

#[test]
fn nothing_that_a_line_brings_breaks_its_driver() {
    let seed = number("FUZZ_SEED").unwrap_or(1);
    let limit = number("FUZZ_SECONDS").map(Duration::from_secs);
    println!("seed {seed}\n| driver | rounds | bytes | s |");
    let only = std::env::var("FUZZ_ONLY").ok();
    for (name, mut driver) in drivers() {
        if only.as_ref().is_some_and(|only| only != name) {
            continue;
        }
        let (frames, begun) = (frames(name), Instant::now());
        let (mut dice, mut now, mut rounds, mut bytes) = (Dice(seed), Mono(0), 0_u64, 0);
        driver.handle(now, Inbound::Opened);
        drain(driver.as_mut(), name);
        while limit.map_or(rounds < ROUNDS, |limit| begun.elapsed() < limit) {
            rounds += 1;
            let what = format!("{name}, seed {seed}, round {rounds}");
            bytes += round(driver.as_mut(), &mut dice, &frames, &mut now, &what);
        }
        println!("| `{name}` | {rounds} | {bytes} | {} |", begun.elapsed().as_secs());
    }
}

/// What a driver says of its frames, whole and one after the other, a tenth of a second apart, when it has settled.
fn heard(name: &str) -> Vec<Observation> {
    let (_, mut driver) = drivers().into_iter().find(|(found, _)| *found == name).unwrap();
    let mut now = Mono(0);
    let mut said = Vec::new();
    driver.handle(now, Inbound::Opened);
    for (n, frame) in frames(name).into_iter().enumerate() {
        let end = Mono(500_000 + n as u64 * 100_000);
        pass(driver.as_mut(), &mut now, end, name);
        driver.handle(now, Inbound::Bytes(&frame));
        said.extend(std::iter::from_fn(|| driver.poll_observation()));
    }
    said
}

/// A corpus that its own drivers refuse tries nothing behind the first check.
#[test]
fn the_frames_of_columns_and_scanners_are_read_as_they_are_meant() {
    let weights = |name| {
        let grams = |o: &Observation| match o {
            Observation::Reading(Reading::Weight(sample)) => Some(sample.gross.0),
            _ => None,
        };
        heard(name).iter().filter_map(grams).collect::<Vec<i64>>()
    };
    // The first may be the rest of a line.
    assert_eq!(weights("columns"), [-500, 1_234_500]);
    assert_eq!(weights("columns_fixed"), [123_400, -5_000, 3_290_000]);
    let reads = |name| {
        let text = |o| if let Observation::Scan(scan) = o { Some(scan.text) } else { None };
        heard(name).into_iter().filter_map(text).collect::<Vec<String>>()
    };
    let numbers = ["A26000123B", "=A12342600012300", "A260001232B", "B260001231A", "=A12342600012300"];
    assert_eq!(reads("codabar"), numbers);
    let labels = ["=A99992612345600", "=<E0181000", "=>026001", "=A99992612345600", "110101199001011237"];
    assert_eq!(reads("equals_dropped"), labels);
    assert_eq!(reads("keys"), ["=A", "=G12"], "what comes without an identifier is not read");
}

/// Each kind of card, from a reader that answers with the frames of the corpus.
#[test]
fn whole_cards_of_every_layout_are_read() {
    let frames = frames("sam");
    let begin = |bytes: &[u8]| frames.iter().find(|frame| frame.starts_with(bytes)).unwrap();
    let answers = [
        ([0x12, 0xff], begin(b"\xaa\xaa\xaa\x96\x69\x00\x14")),
        ([0x20, 0x01], begin(b"\xaa\xaa\xaa\x96\x69\x00\x08")),
        ([0x20, 0x02], begin(b"\xaa\xaa\xaa\x96\x69\x00\x0c")),
    ];
    let cards: Vec<&Vec<u8>> = frames.iter().filter(|frame| frame.len() == 1295).collect();
    let mut kinds = Vec::new();
    for card in cards {
        let (mut reader, mut now) = (SamReader::new(), Mono(0));
        reader.handle(now, Inbound::Opened);
        for _ in 0..40 {
            while let Some(out) = reader.poll_outbound() {
                let Outbound::Bytes(asked) = out else { continue };
                let known = answers.iter().find(|(command, _)| asked[7..9] == *command);
                reader.handle(now, Inbound::Bytes(known.map_or(card, |(_, answer)| answer)));
            }
            kinds.extend(std::iter::from_fn(|| reader.poll_observation()).filter_map(|said| match said {
                Observation::Card(card) => Some(card.kind),
                _ => None,
            }));
            now = reader.next_timeout().unwrap_or(now);
            reader.handle(now, Inbound::Timeout);
        }
    }
    kinds.dedup();
    let all =
        [IdCardKind::Citizen, IdCardKind::HkMacaoTaiwan, IdCardKind::Foreigner, IdCardKind::Foreigner2023];
    assert_eq!(kinds, all);
}
