//! The command line as people and scripts use it: the real program, its output and its exit codes.

#![allow(clippy::unwrap_used, clippy::panic)] // what is set up here is outside the test functions, where clippy looks

use controller::state_dir::StateDir;
use serde_json::Value;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn hemostation(arguments: &[&str], stdin: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_hemostation"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that reads nothing may have closed its end.
    child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap_or_default();
    child.wait_with_output().unwrap()
}

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

fn run(arguments: &[&str], stdin: &str) -> Ran {
    let output = hemostation(arguments, stdin);
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn every_command_has_help_with_an_example() {
    for command in [
        &["--help"][..],
        &["run", "--help"],
        &["safe", "--help"],
        &["alarms", "--help"],
        &["check-config", "--help"],
        &["decode", "--help"],
        &["status", "--help"],
        &["export", "--help"],
        &["journal", "--help"],
        &["journal", "verify", "--help"],
        &["journal", "show", "--help"],
        &["journal", "replay", "--help"],
        &["journal", "accept", "--help"],
        &["journal", "go-on", "--help"],
        &["operator", "--help"],
        &["operator", "add", "--help"],
        &["operator", "change", "--help"],
        &["operator", "remove", "--help"],
        &["operator", "list", "--help"],
        &["doctor", "--help"],
        &["device", "--help"],
    ] {
        let ran = run(command, "");
        assert_eq!(ran.code, Some(0), "{command:?}");
        assert!(ran.out.contains("  hemostation "), "{command:?}: {}", ran.out);
    }
}

const WATCHED: &str = "[station]\nid = \"S1\"\nmode = \"validation\"\n[gpio.main]\nbackend = \"gpiocdev\"\nchip = \"none\"\n\
    [[bed]]\nnumber = 1\nscale = { protocol = \"mt_sics\", port = \"/dev/serial/by-id/none\" }\n\
    scanner = { protocol = \"line\", port = \"/dev/serial/by-id/none2\" }\n\
    clamp = { gpio = \"main\", open = 1, closed_switch = 2, open_switch = 3 }\nmixer = { gpio = \"main\", run = 4, home = 5 }\n";

#[test]
fn doctor_names_what_is_missing_and_ends_with_1() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("station.toml");
    std::fs::write(&file, WATCHED).unwrap();
    let state = folder.path().join("state");
    let ran = run(&["doctor", "--config", text(&file), "--state", text(&state)], "");
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(ran.out.contains("BAD   bed1.scale") && ran.out.contains("BAD   bed1.clamp"), "{}", ran.out);
    let ran = run(&["doctor", "--json", "--config", text(&file), "--state", text(&state)], "");
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((ran.code, &report["ok"]), (Some(1), &false.into()));
    assert!(report["findings"].as_array().unwrap().iter().any(|one| one["subject"] == "bed1.scale"));
    let scale =
        report["devices"].as_array().unwrap().iter().find(|one| one["device"] == "bed1.scale").unwrap();
    assert!(scale["closed"].as_str().unwrap().contains("/dev/serial/by-id/none"), "{scale}");
}

#[test]
fn device_plays_a_recorded_conversation_back_and_knows_its_devices() {
    let folder = tempfile::tempdir().unwrap();
    let station = folder.path().join("station.toml");
    std::fs::write(&station, WATCHED).unwrap();
    let traffic = folder.path().join("trace");
    std::fs::create_dir(&traffic).unwrap();
    let line = |at_us: u64, way: &str, said: &str| {
        let hex: String = said.bytes().map(|byte| format!("{byte:02x}")).collect();
        format!("{{\"what\":\"{way}\",\"at_us\":{at_us},\"who\":\"bed1.scale\",\"hex\":\"{hex}\"}}\n")
    };
    let whose = "\"boot_id\":\"00000000-0000-0000-0000-000000000007\",\"mono_us\":0,\"wall_ms\":0";
    let said = [
        format!("{{\"what\":\"run\",{whose}}}\n"),
        "{\"what\":\"opened\",\"at_us\":0,\"who\":\"bed1.scale\"}\n".to_owned(),
        line(200_100, "out", "@\r\n"),
        line(210_000, "in", "I4 A \"B207696838\"\r\n"),
        line(220_000, "in", "I2 I\r\nI0 A 0 \"SIR\"\r\n"),
        line(250_000, "in", "S S     100.00 g\r\n"),
    ];
    // A crash cut the last line short.
    let file = |lines: &[String]| lines.concat() + "{\"what\":\"in\",\"at_us\":26";
    std::fs::write(traffic.join("traffic-00000003.jsonl"), file(&said)).unwrap();
    let replay = ["device", "bed1.scale", "--config", text(&station), "--replay", text(&traffic)];
    let ran = run(&replay, "");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(
        ran.out.contains("B207696838") && ran.out.contains("0.250 s  reading") && ran.out.contains("100000")
    );
    let other = ["device", "bed9.scale", "--config", text(&station), "--replay", text(&traffic)];
    let ran = run(&other, "");
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("bed1.scale, bed1.scanner"), "{}", ran.err);
    for (damaged, told) in [
        (&said[1..], "traffic-00000003.jsonl:1: the first line of a file"),
        (&[said[0].clone(), "{\"what\":\"im\"}\n".to_owned()], "traffic-00000003.jsonl:2: unknown variant"),
        (&[said[0].clone(), said[3].replace("4934", "49x4")], ":2: not hexadecimal"),
    ] {
        std::fs::write(traffic.join("traffic-00000003.jsonl"), file(damaged)).unwrap();
        let ran = run(&replay, "");
        assert_eq!(ran.code, Some(2), "{}", ran.out);
        assert!(ran.err.contains(told), "{}", ran.err);
    }
    std::fs::remove_file(traffic.join("traffic-00000003.jsonl")).unwrap();
    let ran = run(&replay, "");
    assert!(ran.code == Some(2) && ran.err.contains("no file traffic-00000001.jsonl"), "{}", ran.err);
}

#[test]
fn wrong_usage_ends_with_2_and_suggests() {
    let ran = run(&["statos"], "");
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("status"), "{}", ran.err);
}

#[test]
fn decode_reads_a_typed_din_and_refuses_another_check_character() {
    let right = run(&["decode", "--json", "G1234 17 654321 A"], "");
    assert_eq!(right.code, Some(0), "{}", right.err);
    let explained: Value = serde_json::from_str(&right.out).unwrap();
    assert_eq!(explained["kind"], "typed_din");
    let wrong = run(&["decode", "G1234 17 654321 B"], "");
    assert_eq!((wrong.code, wrong.out.as_str()), (Some(1), ""));
}

#[test]
fn decode_reads_a_scanned_din_from_standard_input() {
    let ran = run(&["decode", "-"], "=G12341765432100\r\n");
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    assert!(ran.out.contains("G1234") && ran.out.contains("654321"), "{}", ran.out);
}

#[test]
fn decode_refuses_with_1_and_says_why() {
    let ran = run(&["decode", "=G1234"], "");
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""));
    assert!(ran.err.starts_with("hemostation: refused: "), "{}", ran.err);
    let ran = run(&["decode", "--json", "hello"], "");
    assert_eq!(ran.code, Some(1));
    assert_eq!(serde_json::from_str::<Value>(&ran.out).unwrap()["ok"], false);
}

#[test]
fn decode_masks_a_resident_number() {
    let ran = run(&["decode", "110101199001011237"], "");
    assert_eq!(ran.code, Some(0));
    assert!(ran.out.contains("110101********1237") && !ran.out.contains("110101199001011237"), "{}", ran.out);
}

#[test]
fn check_config_accepts_the_example_and_writes_its_defaults() {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../config/station.toml");
    let ran = run(&["check-config", example], "");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.out.contains("SZ-BUS-07"), "{}", ran.out);
    let summary = run(&["check-config", "--summary", example], "");
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("summary.toml");
    std::fs::write(&copy, summary.out).unwrap();
    assert_eq!(run(&["check-config", text(&copy)], "").code, Some(0));
}

#[test]
fn check_config_tells_every_mistake_with_its_line_and_ends_with_2() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("station.toml");
    std::fs::write(&file, "[station]\nid = \"S1\"\nmode = \"reel\"\nclock_scale = 99\n").unwrap();
    let ran = run(&["check-config", text(&file)], "");
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    for place in [":3:8: station.mode:", ":4:15: station.clock_scale: found 99; allowed: 1 to 20"] {
        assert!(ran.err.contains(place), "{place}: {}", ran.err);
    }
    let ran = run(&["check-config", "--json", text(&file)], "");
    assert_eq!(ran.code, Some(2));
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let mode =
        report["mistakes"].as_array().unwrap().iter().find(|one| one["key"] == "station.mode").unwrap();
    assert_eq!((&mode["line"], &mode["column"]), (&3.into(), &8.into()));
    assert_eq!(run(&["check-config", "/nowhere/station.toml"], "").code, Some(2));
}

/// Entries of one kind, printed for this person.
fn show(state: &Path, kind: &str, by: &str, pin: &str) -> Ran {
    let show = ["journal", "show", "--kind", kind, "--state", text(state)];
    run(&[&show[..], &["--by", by, "--why", "audit", "--pin-stdin"]].concat(), pin)
}

/// A state folder with administrator 9000 and nurse 1001.
fn staffed(state: &Path) {
    let admin = ["operator", "add", "9000", "--role", "admin", "--pin-stdin", "--state", text(state)];
    let ran = run(&admin, "739155\n");
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "9000 added: admin\n"), "{}", ran.err);
    let nurse = ["operator", "add", "1001", "--role", "nurse", "--pin-stdin", "--state", text(state)];
    assert_eq!(run(&nurse, "246813\n").code, Some(0));
}

#[test]
fn people_are_added_listed_and_verified() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    staffed(&state);
    let ran = run(&["operator", "list", "--state", text(&state)], "");
    let rows: Vec<Vec<&str>> = ran.out.lines().map(|row| row.split_whitespace().collect()).collect();
    assert_eq!(rows, [vec!["1001", "nurse"], vec!["9000", "admin"]]);

    let ran = run(&["journal", "verify", "--json", "--state", text(&state)], "");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((&report["sound"], &report["entries"]), (&true.into(), &5.into()));
    let ran = show(&state, "operators_changed", "9000", "739155");
    assert_eq!(ran.out.lines().count(), 2, "{}", ran.err);
    assert!(!ran.out.contains("246813"), "{}", ran.out);
}

#[test]
fn the_first_is_an_administrator_and_the_last_stays() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let nurse = ["operator", "add", "1001", "--role", "nurse", "--pin-stdin", "--state", text(&state)];
    let ran = run(&nurse, "246813\n");
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("--role admin"), "{}", ran.err);
    staffed(&state);
    let ran = run(&["operator", "remove", "9000", "--state", text(&state)], "");
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("last administrator"), "{}", ran.err);
    let change = ["operator", "change", "1001", "--role", "admin", "--state", text(&state)];
    assert_eq!(run(&change, "").code, Some(0));
    let remove = ["operator", "remove", "9000", "--why", "left", "--state", text(&state)];
    assert_eq!(run(&remove, "").code, Some(0));
    let ran = run(&["operator", "list", "--state", text(&state)], "");
    assert!(ran.out.contains("9000") && ran.out.contains("admin  removed"), "{}", ran.out);
}

#[test]
fn a_bad_pin_is_refused_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let admin = ["operator", "add", "9000", "--role", "admin", "--pin-stdin", "--state", text(&state)];
    for pin in ["1234\n", "111111\n"] {
        let ran = run(&admin, pin);
        assert_eq!(ran.code, Some(1));
        assert!(!ran.err.contains(pin.trim()) && ran.err.contains("PIN"), "{}", ran.err);
    }
    assert_eq!(run(&admin, "").code, Some(2));
    assert!(run(&["operator", "list", "--state", text(&state)], "").out.contains("nobody yet"));
}

#[test]
fn nobody_writes_beside_a_daemon() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    staffed(&state);
    let dir = controller::state_dir::StateDir::existing(&state).unwrap();
    let held = dir.lock().unwrap();
    let ran = run(&["operator", "remove", "1001", "--state", text(&state)], "");
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains(&format!("in use by process {}", std::process::id())), "{}", ran.err);
    assert_eq!(run(&["operator", "list", "--state", text(&state)], "").code, Some(0));
    assert_eq!(run(&["journal", "verify", "--state", text(&state)], "").code, Some(0));
    drop(held);
}

#[test]
fn damage_is_found_and_ends_with_1() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    staffed(&state);
    let segment = state.join("journal/journal-00000001.jsonl");
    let mut bytes = std::fs::read(&segment).unwrap();
    let at = bytes.windows(4).position(|four| four == b"9000").unwrap();
    bytes[at] = b'8';
    std::fs::write(&segment, bytes).unwrap();
    let ran = run(&["journal", "verify", "--state", text(&state)], "");
    assert_eq!(ran.code, Some(1));
    assert!(ran.out.contains("DAMAGE journal-00000001.jsonl is damaged at byte"), "{}", ran.out);
    let add = ["operator", "add", "1002", "--role", "nurse", "--pin-stdin", "--state", text(&state)];
    let ran = run(&add, "246813\n");
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("journal verify"), "{}", ran.err);
}

/// Whatever of the journal is damaged, the message names the way on: behind it the people are known, entries are written, and the
/// damage stays told.
#[test]
fn a_damaged_journal_is_gone_on_with_on_a_person_s_word() {
    let flip = |bytes: &mut Vec<u8>, at: usize| bytes[at] ^= 1;
    let middle = |bytes: &mut Vec<u8>| {
        let at = bytes.windows(4).position(|four| four == b"9000").unwrap();
        flip(bytes, at);
    };
    let last = |bytes: &mut Vec<u8>| flip(bytes, bytes.len() - 20);
    let short = |bytes: &mut Vec<u8>| bytes.truncate(bytes.len() - 300);
    for n in 0..3 {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        staffed(&state);
        assert!(go_on(&state).out.contains("is not damaged"), "{n}");
        let segment = state.join("journal/journal-00000001.jsonl");
        let mut bytes = std::fs::read(&segment).unwrap();
        match n {
            0 => middle(&mut bytes),
            1 => last(&mut bytes),
            _ => short(&mut bytes),
        }
        std::fs::write(&segment, &bytes).unwrap();
        let add = ["operator", "add", "1002", "--role", "nurse", "--pin-stdin", "--state", text(&state)];
        let ran = run(&add, "246813\n");
        assert_eq!(ran.code, Some(1), "{n}: {}", ran.out);
        assert!(ran.err.contains("hemostation journal go-on"), "{n}: {}", ran.err);

        let ran = go_on(&state);
        assert_eq!(ran.code, Some(0), "{n}: {}", ran.err);
        assert!(ran.out.contains("goes on behind it"), "{n}: {}", ran.out);
        let ran = run(&add, "246813\n");
        assert_eq!(ran.code, Some(0), "{n}: {}", ran.err);
        let listed = run(&["operator", "list", "--state", text(&state)], "").out;
        assert!(["9000", "1001", "1002"].iter().all(|who| listed.contains(who)), "{n}: {listed}");
        assert!(go_on(&state).out.contains("is not damaged"), "{n}: once is enough");
        let verified = run(&["journal", "verify", "--state", text(&state)], "");
        assert!(verified.code == Some(1) && verified.out.contains("DAMAGE"), "{n}: {}", verified.out);
    }
}

#[test]
fn exporting_nothing_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let by = ["--by", "9000", "--why", "audit", "--pin-stdin"];
    let export = |what: &str, which: &str| {
        run(&[&["export", "--state", text(&state), what, which][..], &by].concat(), "739155\n")
    };
    assert_eq!(export("--donation", "7").code, Some(2));
    staffed(&state);
    let ran = export("--donation", "7");
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""));
    assert!(ran.err.contains("there is no donation 7"), "{}", ran.err);
    let ran = export("--din", "G123417654321");
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("no donation here has the DIN"), "{}", ran.err);
    assert_eq!(export("--din", "short").code, Some(2));
}

/// Procedure 10.3: beside a stopped station too the journal says who searched, took out what and why, before anything is printed; who is not known by
/// number and PIN, or may not look, sees nothing.
#[test]
fn nothing_is_exported_or_searched_before_the_journal_says_by_whom() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    staffed(&state);
    let export = |by: &str, pin: &str| {
        let export = ["export", "--state", text(&state), "--din", "G123417654321"];
        run(&[&export[..], &["--by", by, "--why", "record", "--pin-stdin"]].concat(), pin)
    };
    let ran = run(&["export", "--state", text(&state), "--din", "G123417654321"], "");
    assert!(ran.code == Some(2) && ran.err.contains("--by"), "{}", ran.err);
    let ran = export("9000", "000000\n");
    assert!(ran.code == Some(1) && ran.err.contains("PIN is wrong"), "{}", ran.err);
    let ran = export("1001", "246813\n");
    assert!(
        ran.code == Some(1) && ran.out.is_empty() && ran.err.contains("the role of nurse does not allow"),
        "{}",
        ran.err
    );
    let ran = export("9000", "739155\n");
    assert!(ran.code == Some(1) && ran.err.contains("no donation here has the DIN"), "{}", ran.err);
    let ran = show(&state, "looked", "9000", "739155");
    let looks: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let search = serde_json::json!({"record": {"din": "G123417654321"}});
    let told: Vec<_> = looks.iter().map(|look| (&look["body"]["by"], &look["body"]["refused"])).collect();
    assert_eq!(told[..2], [(&"1001".into(), &"nurse".into()), (&"9000".into(), &Value::Null)]);
    assert!(looks[..2].iter().all(|look| look["body"]["sight"] == search && look["body"]["why"] == "record"));
    // The journal itself is no exception.
    assert_eq!(looks[2]["body"]["sight"], serde_json::json!({"journal": {"kind": "looked"}}));
    assert!(looks.iter().all(|look| look["body"]["from"] == "command_line") && looks.len() == 3);
    assert_eq!(run(&["journal", "verify", "--state", text(&state)], "").code, Some(0));
}

#[test]
fn status_without_a_daemon_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("control.sock");
    let ran = run(&["status", "--socket", text(&socket)], "");
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("no daemon answers"), "{}", ran.err);
}

#[test]
fn safe_without_a_map_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run(&["safe", "--state", text(folder.path())], "");
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("BY HAND"), "{}", ran.err);
}

#[test]
fn a_journal_whose_disk_failed_is_written_again_only_after_a_person_has_accepted_it() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let dir = StateDir::make(&state).unwrap();
    let failed = state.join("journal/failed");
    std::fs::create_dir(state.join("journal")).unwrap();
    let accept = ["journal", "accept", "--state", text(&state)];
    let ran = run(&accept, "");
    assert_eq!((ran.code, ran.out.contains("nothing was changed")), (Some(0), true), "{}", ran.err);
    std::fs::write(&failed, "").unwrap();
    let held = dir.lock().unwrap();
    assert_eq!(run(&accept, "").code, Some(1), "while a daemon works here");
    drop(held);
    let ran = run(&accept, "");
    assert_eq!((ran.code, failed.exists()), (Some(0), false), "{}", ran.err);
}

/// Damages the journal's segment of this number where this text first stands.
fn damage(state: &Path, number: u32, text: &str) {
    let segment = state.join(format!("journal/journal-{number:08}.jsonl"));
    let mut bytes = std::fs::read(&segment).unwrap();
    let at = bytes.windows(text.len()).position(|some| some == text.as_bytes()).unwrap();
    bytes[at] ^= 1;
    std::fs::write(&segment, &bytes).unwrap();
}

fn go_on(state: &Path) -> Ran {
    run(&["journal", "go-on", "--why", "a bad card", "--state", text(state)], "")
}

/// Going on is the same word: where nothing is damaged a disk that failed is written again, where something is it takes going on.
#[test]
fn going_on_accepts_a_disk_that_failed() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    staffed(&state);
    let failed = state.join("journal/failed");
    std::fs::write(&failed, "").unwrap();
    let ran = go_on(&state);
    assert_eq!((ran.code, failed.exists()), (Some(0), false), "{}", ran.err);
    assert!(ran.out.contains("the next start writes it again"), "{}", ran.out);

    std::fs::write(&failed, "").unwrap();
    damage(&state, 1, "9000");
    let ran = run(&["journal", "accept", "--state", text(&state)], "");
    assert_eq!((ran.code, failed.exists()), (Some(1), true), "{}", ran.out);
    assert!(ran.err.contains("hemostation journal go-on"), "{}", ran.err);
    let ran = go_on(&state);
    assert_eq!((ran.code, failed.exists()), (Some(0), false), "{}", ran.err);
}

/// Without a store only the journal's own checkpoint and what can be read up to the damage are known: less, and said.
#[test]
fn a_damaged_journal_is_gone_on_with_without_its_store() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    staffed(&state);
    damage(&state, 1, "9000");
    std::fs::remove_dir_all(state.join("index")).unwrap();
    let ran = go_on(&state);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.out.contains("knows everything up to entry"), "{}", ran.out);
    let listed = run(&["operator", "list", "--state", text(&state)], "").out;
    assert!(!listed.contains("9000") && !listed.contains("1001"), "{listed}");
    assert!(go_on(&state).out.contains("is not damaged"));
}

/// A store that was written last before the newest checkpoint, as after the copy of an old card: the checkpoint knows more.
#[test]
fn a_damaged_journal_is_gone_on_with_from_its_checkpoint_where_the_store_knows_less() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let add = |id: &str, role: &str| {
        let args = ["operator", "add", id, "--role", role, "--pin-stdin", "--state", text(&state)];
        assert_eq!(run(&args, "739155\n").code, Some(0), "{id}");
    };
    let (index, old) = (state.join("index"), folder.path().join("old"));
    add("9000", "admin");
    let copied = std::process::Command::new("cp").args(["-a", text(&index), text(&old)]).status();
    assert!(copied.unwrap().success());
    add("1001", "nurse");
    damage(&state, 1, "9000");
    assert_eq!(go_on(&state).code, Some(0));
    add("1002", "nurse");
    damage(&state, 2, "a bad card");
    std::fs::remove_dir_all(&index).unwrap();
    std::fs::rename(&old, &index).unwrap();
    let ran = go_on(&state);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let listed = run(&["operator", "list", "--state", text(&state)], "").out;
    assert!(listed.contains("9000") && listed.contains("1001"), "{listed}");
}
