//! Every configured device, opened and listened to for a few seconds; and what is to be said of each, whoever looked at it.
//!
//! Owns: for how long a device is waited for, and the verdict. Refuses: any order to a device, and a second opinion: what a
//! daemon says of its devices is judged like what was seen here. Holds no state; a crash closes ports.

use super::{Finding, Grade, finding};
use crate::control::shift::past;
use crate::devices::bench::Bench;
use crate::devices::build::build;
use crate::devices::evidence::words;
use crate::journal::Reader;
use crate::journal::disk::RealDisk;
use crate::state_dir::StateDir;
use config::{CellPoints, ScaleProtocol, StationConfig};
use serde::Serialize;
use station::api::{AnswerTimes, DeviceHealth, DeviceReport};
use station::device::{DeviceKind, Fault};
use station::ident::{BedId, LocalDate};
use station::measure::Span;
use station::shift::gates::Calibration;
use station::shift::scale::ScaleCheck;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// A device is waited for no longer than this.
const PATIENCE: Span = Span::from_secs(8);
/// So long at least: a few answers, not one.
const AT_LEAST: Span = Span::from_millis(1500);
/// A fault is believed when it has stood for so long: a port that was just opened brings half lines.
const STANDS: Span = Span::from_millis(1000);
/// From then on people are told who is waited for, and how often.
const TELL: Span = Span::from_secs(2);
/// A weight older than this is none.
const STALE: Span = Span::from_secs(2);
/// A scale that takes longer to answer than this is slow.
const SLOW: Span = Span::from_millis(250);
/// Most characters of a converter's name.
const MAX_NAME: usize = 64;
/// A certificate that ends sooner than this is worth a word, days.
const SOON: i64 = 30;

/// A device with what is configured of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeviceLook {
    /// What it said and did.
    #[serde(flatten)]
    pub report: DeviceReport,
    /// Its calibration certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibration>,
    /// The two points that make grams of a load cell's numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub points: Option<CellPoints>,
    /// A load cell's converter, as the kernel names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub converter: Option<String>,
    /// A scale's newest check with weights.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<CheckLook>,
}

/// A scale's newest check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CheckLook {
    /// Its day, when the calendar was trusted.
    pub day: Option<LocalDate>,
    /// Whether both weights were within the limit.
    pub passed: bool,
}

/// Each bed's newest check of its scale, as the journal's newest segment has it. None where it cannot be read: that is another
/// finding's matter.
pub(super) fn checks(config: &StationConfig, state: &Path) -> BTreeMap<BedId, CheckLook> {
    let shift = || {
        let disk = RealDisk::read_only(&StateDir::existing(state).ok()?.journal()).ok()?;
        past::newest(&Reader::new(Arc::new(disk)), &config.shift).ok()?
    };
    let Some(shift) = shift() else { return BTreeMap::new() };
    let look = |check: &ScaleCheck| CheckLook { day: check.day, passed: check.passed };
    shift.state().checks.iter().map(|(bed, check)| (*bed, look(check))).collect()
}

/// The name that the kernel's driver gives a converter, in the file beside the one that is read.
fn converter(file: &Path) -> Option<String> {
    let name = std::fs::read_to_string(file.with_file_name("name")).ok()?;
    let name: String = name.trim().chars().take(MAX_NAME).collect();
    (!name.is_empty() && !name.chars().any(char::is_control)).then_some(name)
}

/// Opens everything and listens. Outputs of chips are driven safe by that; nothing is ordered.
pub(super) async fn look(
    config: &StationConfig,
    wait: &mut impl FnMut(&[&str]),
) -> Result<Vec<DeviceReport>, Finding> {
    let mut built = build(config);
    built.enables.clear();
    let mut bench = Bench::new(built).map_err(|error| {
        finding("devices", Grade::Bad, error.to_string(), "set the clock of this machine")
    })?;
    let mut told = Span::ZERO;
    loop {
        bench.turn(&mut |_, _, _| {}).await;
        let (passed, reports) = (bench.passed(), bench.reports());
        let waits: Vec<&str> =
            reports.iter().filter(|report| !is_settled(report)).map(|r| r.device.as_str()).collect();
        if passed >= PATIENCE || (waits.is_empty() && passed >= AT_LEAST) {
            bench.make_safe();
            return Ok(reports);
        }
        if !waits.is_empty() && passed >= told + TELL {
            told = passed;
            wait(&waits);
        }
    }
}

/// Nothing more is to be expected of it.
fn is_settled(report: &DeviceReport) -> bool {
    let stands = report.faults.last().is_some_and(|past| past.lasted.is_none() && past.age >= STANDS);
    let speaks = !speaks_by_itself(report.kind) || report.reading.is_some();
    report.closed.is_some() || stands || (report.identity.is_some() && speaks)
}

/// Whether a device of this kind has something to say without being used.
fn speaks_by_itself(kind: DeviceKind) -> bool {
    match kind {
        DeviceKind::Scale | DeviceKind::Clamp | DeviceKind::Probe => true,
        DeviceKind::Scanner
        | DeviceKind::IdReader
        | DeviceKind::Mixer
        | DeviceKind::Diverter
        | DeviceKind::Sampler
        | DeviceKind::Sealer
        | DeviceKind::Separator
        | DeviceKind::Rfid
        | DeviceKind::Panel => false,
    }
}

/// The points of a load cell; a scale has its own inside.
fn points(protocol: &ScaleProtocol) -> Option<CellPoints> {
    match protocol {
        ScaleProtocol::Iio { points, .. } | ScaleProtocol::Hx711 { points } => Some(*points),
        ScaleProtocol::MtSics
        | ScaleProtocol::And
        | ScaleProtocol::Sbi { .. }
        | ScaleProtocol::Xk3190 { .. }
        | ScaleProtocol::Columns { .. } => None,
    }
}

/// With what is configured of each.
pub(super) fn looks(
    config: &StationConfig,
    checks: &BTreeMap<BedId, CheckLook>,
    reports: Vec<DeviceReport>,
) -> Vec<DeviceLook> {
    let scale = |report: &DeviceReport| {
        config.beds.iter().find(|bed| {
            report.kind == DeviceKind::Scale
                && config::device_id(Some(bed.number), DeviceKind::Scale) == report.device
        })
    };
    let probe = |report: &DeviceReport| {
        let (_, probe) = config.probes.iter().find(|(name, _)| config::probe_id(name) == report.device)?;
        probe.calibration.clone()
    };
    let look = |report: DeviceReport| {
        let bed = scale(&report);
        let file = bed.and_then(|bed| match &bed.scale.link {
            config::ScaleLink::File { file } => Some(file),
            config::ScaleLink::Serial(_) | config::ScaleLink::Lines { .. } => None,
        });
        DeviceLook {
            calibration: bed.and_then(|bed| bed.scale.calibration.clone()).or_else(|| probe(&report)),
            points: bed.and_then(|bed| points(&bed.scale.protocol)),
            converter: file.and_then(|file| converter(file)),
            check: bed.and_then(|bed| checks.get(&bed.number).copied()),
            report,
        }
    };
    reports.into_iter().map(look).collect()
}

/// What is to be said of a device. `today`: when the calendar may be believed.
pub(super) fn judge(look: &DeviceLook, today: Option<LocalDate>) -> Finding {
    let report = &look.report;
    let subject = report.device.as_str();
    if let Some(closed) = &report.closed {
        return finding(subject, Grade::Bad, closed.clone(), closed_advice(report.kind));
    }
    let mut said = described(report);
    let (mut grade, mut advice) = match &report.health {
        DeviceHealth::Online => (Grade::Good, ""),
        DeviceHealth::Unknown => {
            said.insert(0, "opens and says nothing".to_owned());
            (Grade::Bad, advice_on(&Fault::NoReply))
        }
        DeviceHealth::Faulted(fault) => {
            said.insert(0, fault.to_string());
            (Grade::Bad, advice_on(fault))
        }
    };
    let stale = report.kind == DeviceKind::Scale
        && report.health == DeviceHealth::Online
        && report.reading.as_ref().is_none_or(|reading| reading.age > STALE);
    if stale {
        said.push("no weight now".to_owned());
        (grade, advice) = (Grade::Bad, advice_on(&Fault::NoReply));
    }
    let slow = report.kind == DeviceKind::Scale && report.answers.is_some_and(|times| times.worst > SLOW);
    if slow && grade == Grade::Good {
        (grade, advice) = (
            Grade::Note,
            "slow answers: a higher baud rate, a stream instead of questions, fewer devices at one hub",
        );
    }
    said.extend(look.converter.as_ref().map(|name| format!("converter {name}")));
    said.extend(look.check.map(|check| {
        let day =
            check.day.map_or_else(|| "on a day that nobody confirmed".to_owned(), |day| day.to_string());
        format!("checked with weights {day}{}", if check.passed { "" } else { ", NOT PASSED" })
    }));
    if let Some(points) = &look.points {
        said.push(format!("points {} and {} at {} g", points.empty, points.loaded, points.weight_g));
    }
    if let Some(calibration) = &look.calibration {
        let (words, verdict) = judge_calibration(calibration, look.points.is_some(), today);
        said.extend(words);
        if let Some(worse) = verdict.filter(|(worse, _)| *worse > grade) {
            (grade, advice) = worse;
        }
    }
    finding(subject, grade, said.join("; "), advice)
}

/// What is to be said of a certificate, and the worst of it. `cell`: of a load cell, of which nobody but the certificate knows when
/// and by whom its points were taken.
fn judge_calibration(
    calibration: &Calibration,
    cell: bool,
    today: Option<LocalDate>,
) -> (Vec<String>, Option<(Grade, &'static str)>) {
    let Calibration { certificate, expires, made, by } = calibration;
    let mut said = vec![format!("certificate {certificate} until {expires}")];
    said.extend(made.map(|made| format!("made {made}")));
    said.extend(by.as_ref().map(|by| format!("by {by}")));
    let left = today.map(|today| expires.days_since_1970() - today.days_since_1970());
    let verdict = if left.is_some_and(|days| days < 0) {
        said.push("EXPIRED".to_owned());
        Some((Grade::Bad, "have it calibrated and name the new certificate in station.toml"))
    } else if made.zip(today).is_some_and(|(made, today)| made > today) {
        said.push("MADE ON A DAY TO COME".to_owned());
        Some((Grade::Bad, "the calibration's made in station.toml, or this machine's clock"))
    } else if left.is_some_and(|days| days <= SOON) {
        Some((Grade::Note, "have it calibrated soon"))
    } else if cell && (made.is_none() || by.is_none()) {
        said.push("not written when and by whom".to_owned());
        Some((Grade::Note, "write made and by into its calibration in station.toml"))
    } else {
        None
    };
    (said, verdict)
}

/// Who it is, how fast, what it said, what was wrong.
fn described(report: &DeviceReport) -> Vec<String> {
    let mut said = Vec::new();
    if let Some(identity) = &report.identity {
        said.push(identity.model.clone());
        said.push(match &identity.serial {
            Some(serial) => format!("no. {serial}"),
            None => "cannot say its number".to_owned(),
        });
    }
    if let Some(AnswerTimes { of, last, worst }) = report.answers {
        said.push(format!("answers in {} ms, at worst {} ms of {of}", millis(last), millis(worst)));
    }
    if let Some(reading) = &report.reading {
        said.push(format!("{}, {} s ago", reading.what, seconds(reading.age)));
    }
    if report.thrown > 0 {
        said.push(format!("{} readings thrown away", report.thrown));
    }
    if let Some(past) = report.faults.last() {
        let host = past.host.as_ref().map(words).filter(|words| !words.is_empty());
        let host = host.map(|words| format!(" ({words})")).unwrap_or_default();
        let ended = if past.lasted.is_some() { "over" } else { "stands" };
        let (number, fault) = (past.number, &past.fault);
        said.push(format!(
            "{number} faults, the last {} s ago and {ended}: {fault}{host}",
            seconds(past.age)
        ));
    }
    said
}

fn millis(span: Span) -> String {
    format!("{}.{}", span.0 / 1000, span.0 % 1000 / 100)
}

fn seconds(span: Span) -> String {
    format!("{}.{}", span.0 / 1_000_000, span.0 % 1_000_000 / 100_000)
}

/// What to do when its port or chip does not open.
fn closed_advice(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Scale => {
            "cable, power, and the name in station.toml: ls /dev/serial/by-id; a load cell: `gpiodetect`, or \
             /sys/bus/iio/devices; is this user in the groups dialout and gpio?"
        }
        DeviceKind::Scanner | DeviceKind::IdReader | DeviceKind::Rfid | DeviceKind::Probe => {
            "cable, power, and the name in station.toml: ls /dev/serial/by-id /dev/input/by-id /sys/bus/w1/devices; \
             is this user in the groups dialout and input?"
        }
        DeviceKind::Clamp
        | DeviceKind::Mixer
        | DeviceKind::Diverter
        | DeviceKind::Sampler
        | DeviceKind::Sealer
        | DeviceKind::Separator
        | DeviceKind::Panel => {
            "a chip: compare with `gpiodetect`, is this user in the group gpio? A node: its power and the line's cable"
        }
    }
}

/// What to do about a fault.
fn advice_on(fault: &Fault) -> &'static str {
    match fault {
        Fault::LinkLost => "cable and power; of a node its power, its address and both wires of the line",
        Fault::NoReply => {
            "power; protocol and baud rate in station.toml; is it set to answer, and are the lines crossed?"
        }
        Fault::Garbage => "baud rate, parity and protocol in station.toml against the device's own settings",
        Fault::Rebooted => "its supply: it restarted by itself",
        Fault::Swapped { .. } => "put the right unit back, or check this one and go on with it",
        Fault::Overload | Fault::Underload => {
            "the tray: is it in place, does anything touch it, is too much on it?"
        }
        Fault::SwitchContradiction => "the two end switches, their wires and their polarity in station.toml",
        Fault::NotObeying => "its power, the output's wire and polarity, and whether it sticks",
        Fault::Stalled => "the mixer's power and its home mark",
        Fault::Device(_) => "the device's own manual says what this means",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use station::api::{HostEvidence, IdentityView, LastReading, PastFault};
    use station::ident::DeviceId;
    use station::shift::gates::Calibrator;

    fn look(kind: DeviceKind) -> DeviceLook {
        let report = DeviceReport {
            device: DeviceId::new("bed1.scale").unwrap(),
            kind,
            health: DeviceHealth::Online,
            closed: None,
            identity: Some(IdentityView { model: "WXS205".to_owned(), serial: None }),
            answers: Some(AnswerTimes { of: 3, last: Span(12_340), worst: Span(40_000) }),
            reading: Some(LastReading { what: "10.0 g (stable)".to_owned(), age: Span(100_000) }),
            thrown: 0,
            faults: Vec::new(),
        };
        DeviceLook { report, calibration: None, points: None, converter: None, check: None }
    }

    fn day(text: &str) -> LocalDate {
        let part = |from: usize, to: usize| text[from..to].parse().unwrap();
        LocalDate::new(part(0, 4), part(5, 7) as u8, part(8, 10) as u8).unwrap()
    }

    #[test]
    fn a_good_scale_is_told_with_all_that_is_known_of_it() {
        let found = judge(&look(DeviceKind::Scale), None);
        assert_eq!(found.grade, Grade::Good);
        let said = "WXS205; cannot say its number; answers in 12.3 ms, at worst 40.0 ms of 3; 10.0 g (stable), 0.1 s ago";
        assert_eq!((found.found.as_str(), found.advice.as_str()), (said, ""));
    }

    #[test]
    fn what_is_wrong_is_told_with_what_to_do() {
        let mut closed = look(DeviceKind::Scale);
        closed.report.closed = Some("/dev/x: no such file".to_owned());
        assert!(judge(&closed, None).advice.contains("/dev/serial/by-id"));
        let mut silent = look(DeviceKind::Scale);
        silent.report.health = DeviceHealth::Faulted(Fault::Garbage);
        silent.report.faults.push(PastFault {
            number: 2,
            fault: Fault::Garbage,
            age: Span::from_secs(3),
            lasted: None,
            host: Some(HostEvidence { load_hundredths: Some(905), ..HostEvidence::default() }),
        });
        let found = judge(&silent, None);
        assert!(found.grade == Grade::Bad && found.advice.contains("parity"), "{found:?}");
        assert!(found.found.contains("2 faults, the last 3.0 s ago and stands"), "{found:?}");
        assert!(found.found.contains("(load 9.05)"), "{found:?}");
        let mut mute = look(DeviceKind::Clamp);
        mute.report.health = DeviceHealth::Unknown;
        assert!(judge(&mute, None).found.starts_with("opens and says nothing"));
    }

    #[test]
    fn a_scale_without_a_weight_is_bad_a_slow_one_is_noted_and_a_scanner_needs_neither() {
        let mut stale = look(DeviceKind::Scale);
        stale.report.reading = stale.report.reading.map(|r| LastReading { age: Span::from_secs(5), ..r });
        assert_eq!(judge(&stale, None).grade, Grade::Bad);
        let mut slow = look(DeviceKind::Scale);
        slow.report.answers = Some(AnswerTimes { of: 1, last: SLOW, worst: SLOW + Span(1) });
        assert_eq!(judge(&slow, None).grade, Grade::Note);
        let mut scanner = look(DeviceKind::Scanner);
        scanner.report.reading = None;
        assert_eq!(judge(&scanner, None).grade, Grade::Good);
    }

    #[test]
    fn a_converter_s_name_and_the_last_check_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("in_voltage0_raw");
        assert_eq!(converter(&file), None);
        std::fs::write(folder.path().join("name"), "hx711\n").unwrap();
        assert_eq!(converter(&file).as_deref(), Some("hx711"));
        let mut look = look(DeviceKind::Scale);
        look.converter = converter(&file);
        look.check = Some(CheckLook { day: Some(day("2026-05-30")), passed: true });
        assert!(judge(&look, None).found.ends_with("converter hx711; checked with weights 2026-05-30"));
        look.check = Some(CheckLook { day: None, passed: false });
        assert!(judge(&look, None).found.ends_with("on a day that nobody confirmed, NOT PASSED"));
    }

    #[test]
    fn a_certificate_that_ends_is_told_in_time_and_an_ended_one_is_bad() {
        let mut look = look(DeviceKind::Scale);
        let certificate = station::ident::SiteCode::new("C-7").unwrap();
        look.calibration =
            Some(Calibration { certificate, expires: day("2026-06-30"), made: None, by: None });
        let grade = |today: Option<&str>| judge(&look, today.map(day)).grade;
        assert_eq!(grade(Some("2026-05-30")), Grade::Good);
        assert_eq!(grade(Some("2026-05-31")), Grade::Note);
        assert_eq!(grade(Some("2026-06-30")), Grade::Note);
        assert_eq!(grade(Some("2026-07-01")), Grade::Bad);
        assert_eq!(grade(None), Grade::Good, "nobody knows the day");
        assert!(judge(&look, None).found.ends_with("certificate C-7 until 2026-06-30"));
    }

    #[test]
    fn a_load_cell_s_calibration_is_told_with_day_and_person_and_missed_when_not_written() {
        let mut look = look(DeviceKind::Scale);
        look.points = Some(CellPoints { empty: -8412, loaded: 211_678, weight_g: 500 });
        let certificate = station::ident::SiteCode::new("C-7").unwrap();
        let by = Some(Calibrator::new("T-1042").unwrap());
        let full = Calibration { certificate, expires: day("2027-06-30"), made: Some(day("2026-06-30")), by };
        look.calibration = Some(full.clone());
        let found = judge(&look, Some(day("2026-06-30")));
        let said =
            "points -8412 and 211678 at 500 g; certificate C-7 until 2027-06-30; made 2026-06-30; by T-1042";
        assert!(found.grade == Grade::Good && found.found.ends_with(said), "{found:?}");
        let json = serde_json::to_string(&look).unwrap();
        let wanted = "\"calibration\":{\"certificate\":\"C-7\",\"expires\":\"2027-06-30\",\"made\":\"2026-06-30\",\"by\":\"T-1042\"}";
        assert!(json.contains(wanted), "{json}");
        let found = judge(&look, Some(day("2026-06-29")));
        assert!(found.grade == Grade::Bad && found.advice.contains("clock"), "{found:?}");
        for part in [Calibration { made: None, ..full.clone() }, Calibration { by: None, ..full.clone() }] {
            look.calibration = Some(part);
            let found = judge(&look, None);
            assert!(found.grade == Grade::Note && found.advice.contains("made and by"), "{found:?}");
            let found = judge(&look, Some(day("2027-07-01")));
            assert!(found.grade == Grade::Bad && found.advice.contains("new certificate"), "{found:?}");
        }
        look.points = None;
        assert_eq!(judge(&look, Some(day("2026-07-01"))).grade, Grade::Good, "a scale of its own");
    }
}
