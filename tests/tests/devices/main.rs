//! The tools for people who look after devices, as they use them: the real program against simulated devices on ptys and a
//! virtual chip.

#![allow(clippy::unwrap_used, reason = "all of this crate is a test, its helpers too")]

mod pulled;
mod traffic;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use sim::devices::rfid::TagVoice;
use sim::devices::scanner::ScannerVoice;
use sim::devices::voice::Voice;
use sim::site::settings::Wiring;
use sim::staff::{self, NURSE, PIN, SECOND};
use sim::stage::{Stage, StagePlan};
use sim::world::hand::Hand;
use station::ident::BedId;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tests::binary;

fn plan(folder: &Path) -> StagePlan {
    StagePlan {
        seed: 5,
        beds: 1,
        speed: 1,
        folder: folder.join("site"),
        state: folder.join("site/state"),
        bms: None,
        scale: Voice::default(),
        scanner: ScannerVoice::default(),
        tags: TagVoice::default(),
        wiring: Wiring::Chip,
        transmitters: true,
        language: "en".to_owned(),
        changes: Vec::new(),
        shift_open: false,
    }
}

fn stage(folder: &Path, scale: Voice, wiring: Wiring) -> Stage {
    Stage::set(&StagePlan { scale, wiring, ..plan(folder) }).unwrap()
}

/// The program with this stage's configuration and state folder.
fn hemostation(stage: &Stage, arguments: &[&str]) -> Command {
    let mut command = Command::new(binary("hemostation").unwrap());
    command.args(arguments).arg("--config").arg(&stage.config_path).arg("--state").arg(&stage.state);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

fn ran(output: Output) -> Ran {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

fn run(stage: &Stage, arguments: &[&str]) -> Ran {
    ran(hemostation(stage, arguments).output().unwrap())
}

/// The same with somebody who answers for it, and more that is typed.
fn run_by(stage: &Stage, number: &str, typed: &str, arguments: &[&str]) -> Ran {
    let arguments = [arguments, &["--by", number, "--pin-stdin"]].concat();
    let mut child = hemostation(stage, &arguments).stdin(Stdio::piped()).spawn().unwrap();
    // One that refuses before it asks reads nothing.
    drop(child.stdin.take().unwrap().write_all(typed.as_bytes()));
    ran(child.wait_with_output().unwrap())
}

/// The PIN of everybody here, and Enter.
fn pin() -> String {
    format!("{PIN}\n")
}

fn device<'r>(report: &'r Value, name: &str) -> &'r Value {
    report["devices"].as_array().unwrap().iter().find(|one| one["device"] == name).unwrap()
}

fn grade(report: &Value, subject: &str) -> String {
    let findings = report["findings"].as_array().unwrap();
    let one = findings.iter().find(|one| one["subject"] == subject);
    one.map_or_else(String::new, |one| one["grade"].as_str().unwrap().to_owned())
}

fn doctor(stage: &Stage) -> Value {
    let ran = run(stage, &["doctor", "--json"]);
    serde_json::from_str(&ran.out).unwrap()
}

/// A daemon that does not outlive its test.
struct Daemon(Child);

impl Daemon {
    /// Started, and its terminals may connect.
    fn start(stage: &Stage) -> Self {
        let mut daemon = Self(hemostation(stage, &["run"]).spawn().unwrap());
        let log = BufReader::new(daemon.0.stderr.take().unwrap());
        let mut lines = log.lines().map_while(Result::ok);
        assert!(lines.any(|line| line.contains("terminals may connect")));
        // It never waits for its reader.
        std::thread::spawn(move || lines.for_each(drop));
        daemon
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[test]
fn doctor_opens_every_device_and_says_who_it_is_how_fast_and_what_it_reads() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path(), Voice::default(), Wiring::Chip);
    let report = doctor(&stage);
    let scale = device(&report, "bed1.scale");
    assert_eq!(scale["identity"]["serial"], "SIM-100001", "{scale}");
    assert!(scale["answers"]["worst"].as_u64().unwrap() > 0, "{scale}");
    assert!(scale["reading"]["what"].as_str().unwrap().ends_with("g (stable)"), "{scale}");
    for name in [
        "bed1.scanner",
        "bed1.id_reader",
        "bed1.rfid",
        "bed1.clamp",
        "bed1.mixer",
        "bed1.sealer",
        "bed1.panel",
    ] {
        assert_eq!(grade(&report, name), "good", "{name}: {report:#}");
    }
    assert!(device(&report, "bed1.id_reader")["identity"]["serial"].is_string(), "{report:#}");
    assert_eq!(grade(&report, "state"), "good");
}

#[test]
fn doctor_says_what_is_silent_and_what_to_do_and_is_not_held_up() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path(), Voice::default(), Wiring::Chip);
    {
        let mut site = stage.site.hold();
        let bed = site.bed_mut(BedId::new(1).unwrap()).unwrap();
        bed.scale.silent = true;
    }
    let begun = Instant::now();
    let ran = run(&stage, &["doctor"]);
    assert!(begun.elapsed() < Duration::from_secs(15));
    assert_eq!(ran.code, Some(1));
    let line = ran.out.lines().find(|line| line.contains("bed1.scale")).unwrap();
    assert!(
        line.starts_with("BAD ") && line.contains("does not answer") && line.contains("baud rate"),
        "{line}"
    );
    assert!(ran.out.contains("good  bed1.clamp"), "{}", ran.out);
}

#[test]
fn doctor_asks_a_running_daemon_which_tells_faults_with_what_the_computer_was_like() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path(), Voice::default(), Wiring::Nodes);
    let daemon = Daemon::start(&stage);
    let until = |what: &str, holds: &dyn Fn(&Value) -> bool| {
        let begun = Instant::now();
        loop {
            let report = doctor(&stage);
            if holds(&report) {
                return report;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "{what}: {report:#}");
        }
    };
    let report = until("the scale answers", &|report| device(report, "bed1.scale")["reading"].is_object());
    assert_eq!(device(&report, "bed1.scale")["identity"]["serial"], "SIM-100001");
    let node = until("the node answers", &|report| device(report, "bed1.clamp")["identity"].is_object());
    let model = device(&node, "bed1.clamp")["identity"]["model"].as_str().unwrap();
    assert!(model.contains("firmware"), "{model}");
    assert!(device(&node, "bed1.clamp")["answers"].is_object());
    stage.site.hold().bed_mut(BedId::new(1).unwrap()).unwrap().scale.plug(false);
    let report = until("its fault and its evidence", &|report| {
        let faults = device(report, "bed1.scale")["faults"].as_array().cloned().unwrap_or_default();
        faults.iter().any(|past| past["fault"] == "link_lost" && past["host"]["load_hundredths"].is_number())
    });
    let scale = device(&report, "bed1.scale");
    assert_eq!(grade(&report, "bed1.scale"), "bad");
    assert!(scale["closed"].is_string(), "{scale}");
    let told = run(&stage, &["device", "bed1.id_reader", "read"]);
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert!(told.out.starts_with("the daemon has it"), "{}", told.out);
    let refused = run(&stage, &["device", "bed1.clamp", "open"]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.err.contains("systemctl stop hemostation"), "{}", refused.err);
    drop(daemon);
}

#[test]
fn devices_are_tried_by_hand_and_end_safe() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path(), Voice::default(), Wiring::Chip);
    let weighed = run(&stage, &["device", "bed1.scale", "weigh"]);
    assert_eq!(weighed.code, Some(0), "{}{}", weighed.out, weighed.err);
    assert!(weighed.out.contains("stable"), "{}", weighed.out);
    let opened = run_by(&stage, NURSE, &pin(), &["device", "bed1.clamp", "open", "--seconds", "1"]);
    assert_eq!(opened.code, Some(0), "{}{}", opened.out, opened.err);
    let positions: Vec<&str> = opened.out.lines().filter(|line| line.contains("clamp")).collect();
    assert!(positions.iter().any(|line| line.contains("open")), "{}", opened.out);
    assert!(positions.last().unwrap().contains("closed"), "it is closed at the end: {}", opened.out);
    let rocked = run_by(&stage, NURSE, &pin(), &["device", "bed1.mixer", "rock", "--seconds", "8"]);
    assert_eq!(rocked.code, Some(0), "{}{}", rocked.out, rocked.err);
    let blinked = run(&stage, &["device", "bed1.panel", "blink", "--seconds", "1"]);
    assert_eq!(blinked.code, Some(0), "{}{}", blinked.out, blinked.err);
    let wrong = run(&stage, &["device", "bed1.clamp", "seal"]);
    assert_eq!((wrong.code, wrong.err.contains("watch, open, close")), (Some(2), true), "{}", wrong.err);
}

#[test]
fn a_seal_wants_the_device_s_name_and_is_journaled() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path(), Voice::default(), Wiring::Chip);
    stage.site.hold().bed_mut(BedId::new(1).unwrap()).unwrap().hand(Hand::LayInSealer);
    let typed = |text: &str| run_by(&stage, NURSE, &(pin() + text), &["device", "bed1.sealer", "seal"]);
    let refused = typed("yes\n");
    assert_eq!(refused.code, Some(1));
    assert!(refused.err.contains("nothing was done"), "{}", refused.err);
    let sealed = typed("bed1.sealer\n");
    assert_eq!(sealed.code, Some(0), "{}{}", sealed.out, sealed.err);
    assert!(sealed.out.contains("done"), "{}", sealed.out);
    let journal = std::fs::read_to_string(stage.state.join("journal/journal-00000001.jsonl")).unwrap();
    let tried = journal.lines().filter(|line| line.contains("\"tried\"") && line.contains("seal")).count();
    assert_eq!(tried, 1, "what was not confirmed was not tried: {journal}");
    assert!(journal.contains(&format!("\"by\":\"{NURSE}\"")), "who answers for it: {journal}");
}

#[test]
fn an_interrupted_trial_closes_the_clamp() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path(), Voice::default(), Wiring::Chip);
    let arguments = ["device", "bed1.clamp", "open", "--seconds", "60", "--by", NURSE, "--pin-stdin"];
    let mut child = hemostation(&stage, &arguments).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(pin().as_bytes()).unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(said.any(|line| line.contains("open")));
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let rest: Vec<String> = said.collect();
    assert!(rest.last().unwrap().contains("closed"), "{rest:?}");
    let ended = ran(child.wait_with_output().unwrap());
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.contains("interrupted"), "{}", ended.err);
}

/// Whatever permits wants somebody whose role allows it; whatever protects is anybody's.
#[test]
fn nobody_opens_a_clamp_unknown_and_anybody_closes_it() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path(), Voice::default(), Wiring::Chip);
    let open = ["device", "bed1.clamp", "open", "--seconds", "1"];
    let unknown = run(&stage, &open);
    assert!(unknown.code == Some(2) && unknown.err.contains("--by ID is needed"), "{}", unknown.err);
    for (number, typed, why) in [
        (NURSE, "135790\n", "wrong"),
        ("7777", &pin()[..], "wrong"),
        ("9000", &pin()[..], "administrator"),
        (NURSE, "", "no PIN"),
    ] {
        let refused = run_by(&stage, number, typed, &open);
        assert!(refused.code.is_some_and(|code| code != 0), "{number}: {}", refused.out);
        assert!(
            refused.err.contains(why) && refused.out.is_empty(),
            "{number}: {}{}",
            refused.err,
            refused.out
        );
    }
    let journal = std::fs::read_to_string(stage.state.join("journal/journal-00000001.jsonl")).unwrap();
    assert!(!journal.contains("\"tried\""), "{journal}");
    let closed = run(&stage, &["device", "bed1.clamp", "close"]);
    assert_eq!(closed.code, Some(0), "{}{}", closed.out, closed.err);
    let opened = run_by(&stage, SECOND, &pin(), &open);
    assert_eq!(opened.code, Some(0), "{}{}", opened.out, opened.err);
}

/// Each call of the command is a process of its own, and yet the wrong PINs count together.
#[test]
fn wrong_pins_lock_out_over_several_calls() {
    let folder = tempfile::tempdir().unwrap();
    let changes = vec!["operators.lockout_tries=3".parse().unwrap()];
    let stage = Stage::set(&StagePlan { changes, ..plan(folder.path()) }).unwrap();
    let open = ["device", "bed1.clamp", "open", "--seconds", "1"];
    for why in ["wrong", "wrong", "locked for"] {
        let refused = run_by(&stage, NURSE, "135790\n", &open);
        assert!(refused.code == Some(1) && refused.err.contains(why), "{why}: {}", refused.err);
    }
    let right = run_by(&stage, NURSE, &pin(), &open);
    assert!(right.code == Some(1) && right.err.contains("locked for"), "{}{}", right.out, right.err);
    let other = run_by(&stage, SECOND, &pin(), &open);
    assert_eq!(other.code, Some(0), "{}{}", other.out, other.err);
    let journal = std::fs::read_to_string(stage.state.join("journal/journal-00000001.jsonl")).unwrap();
    let vain = journal.lines().filter(|line| line.contains("\"tried_in_vain\"")).count();
    assert_eq!(vain, 3, "who is locked out is not compared: {journal}");
    assert!(!journal.contains("135790"), "no PIN is in an entry");
}

/// A journal that ends in mid-donation, as after a power cut: nothing of that bed is moved or heated by hand.
#[test]
fn no_device_of_a_bed_with_an_unfinished_donation_is_tried() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path(), Voice::default(), Wiring::Chip);
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/journal");
    let journal = stage.state.join("journal");
    std::fs::create_dir_all(&journal).unwrap();
    let whole = std::fs::read_to_string(golden.join("journal-00000001.jsonl")).unwrap();
    let first = |lines: usize| whole.split_inclusive('\n').take(lines).collect::<String>();
    std::fs::copy(golden.join("raw-00000001.jsonl"), journal.join("raw-00000001.jsonl")).unwrap();
    // The first donation opens in line 77.
    for (lines, refused) in [(90, true), (70, false)] {
        std::fs::write(journal.join("journal-00000001.jsonl"), first(lines)).unwrap();
        drop(std::fs::remove_dir_all(stage.state.join("index")));
        staff::enter(&stage.state).unwrap();
        let ran = run_by(&stage, NURSE, &pin(), &["device", "bed1.mixer", "rock", "--seconds", "1"]);
        let why = ran.err.contains("bed 1 has an unfinished donation");
        assert_eq!(why, refused, "{} {}", ran.out, ran.err);
        assert!(!refused || ran.code == Some(1), "{:?}", ran.code);
        let after = std::fs::read_to_string(journal.join("journal-00000001.jsonl")).unwrap();
        assert_eq!(after.contains("\"tried\""), !refused, "{lines} lines");
    }
}
