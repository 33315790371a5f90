//! What goes over the ports, recorded by the real program into a ring of files and played back to the same driver.

use super::{Daemon, hemostation, plan, run, stage};
use controller::devices::traffic::{Line, read};
use sim::devices::voice::Voice;
use sim::site::settings::Wiring;
use sim::stage::{Stage, StagePlan};
use station::ident::BedId;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

/// What a device said, without when: each line's kind and words.
fn said(out: &str) -> Vec<String> {
    let line = |line: &str| {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        format!("{} {}", value["kind"], value["what"])
    };
    out.lines().map(line).collect()
}

fn replay(stage: &Stage, device: &str, folder: &Path) -> Vec<String> {
    let ran = run(stage, &["device", device, "--json", "--replay", folder.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    said(&ran.out)
}

fn texts(folder: &Path) -> Vec<(String, String)> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<_> = entries
        .filter_map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            // The oldest may go at any time.
            let read =
                std::fs::metadata(&path).and_then(|known| Ok((known, std::fs::read_to_string(&path)?)));
            if read.as_ref().is_err_and(|error| error.kind() == ErrorKind::NotFound) {
                return None;
            }
            let (known, text) = read.unwrap();
            assert_eq!(known.mode() & 0o777, 0o600);
            Some((name, text))
        })
        .collect();
    all.sort();
    all
}

#[test]
fn a_recorded_device_says_the_same_again_when_it_is_played_back() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path(), Voice::default(), Wiring::Chip);
    let trace = folder.path().join("trace");
    for device in ["bed1.scale", "probe.box"] {
        let trace = trace.join(device);
        let watched = run(
            &stage,
            &["device", device, "--json", "--seconds", "4", "--traffic", trace.to_str().unwrap()],
        );
        assert_eq!(watched.code, Some(0), "{}", watched.err);
        let live = said(&watched.out);
        assert!(live.iter().any(|line| line.contains("reading")), "{live:?}");
        assert_eq!(replay(&stage, device, &trace), live, "{device}");
        let again = run(&stage, &["device", device, "--seconds", "1", "--traffic", trace.to_str().unwrap()]);
        assert_eq!(again.code, Some(0), "{}", again.err);
        let both = replay(&stage, device, &trace);
        assert_eq!(
            (&both[..live.len()], both.len() > live.len()),
            (&live[..], true),
            "one run after the other"
        );
    }
}

#[test]
fn a_watch_that_outgrows_its_files_keeps_the_newest() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::set(&StagePlan { speed: 20, ..plan(folder.path()) }).unwrap();
    let trace = folder.path().join("trace");
    let bounds = ["--files", "3", "--kib", "64", "--seconds", "6", "--json"];
    let arguments = [&["device", "bed1.scale", "watch", "--traffic", trace.to_str().unwrap()], &bounds[..]];
    let watched = run(&stage, &arguments.concat());
    assert_eq!(watched.code, Some(0), "{}", watched.err);
    let files = texts(&trace);
    assert_eq!(files.len(), 3, "{:?}", files.iter().map(|(name, _)| name).collect::<Vec<_>>());
    assert!(files[1].0.as_str() > "traffic-00000002.jsonl", "the second gave way: {}", files[1].0);
    assert!(files.iter().all(|(_, text)| text.len() <= 64 << 10));
    // Only beginning and end are there, and both are the same.
    let (live, played) = (said(&watched.out), replay(&stage, "bed1.scale", &trace));
    let begins = replay(&stage, "bed1.scale", &trace.join(&files[0].0));
    assert!(live.starts_with(&begins) && played.starts_with(&begins), "{begins:#?}");
    let ends = &played[begins.len()..];
    assert!(ends.len() > 300 && played.len() < live.len(), "{} of {}", played.len(), live.len());
    assert!(live.ends_with(ends), "{:#?}", &ends[..9]);
    let wrong = run(&stage, &["device", "bed1.scale", "--traffic", "/nowhere", "--files", "1"]);
    assert!(wrong.code == Some(2) && wrong.err.contains("2..=100"), "{}", wrong.err);
}

#[test]
fn a_daemon_records_every_port_but_no_byte_of_a_card_nor_of_what_a_donor_holds_under_a_scanner() {
    let folder = tempfile::tempdir().unwrap();
    let setting = |text: &str| text.parse().unwrap();
    let changes = ["traffic.record=true", "traffic.files=3", "traffic.kib=64"].map(setting).to_vec();
    let stage = Stage::set(&StagePlan { speed: 20, changes, ..plan(folder.path()) }).unwrap();
    let daemon = Daemon::start(&stage);
    let trace = stage.state.join("traffic");
    let (card, holds) = {
        let mut site = stage.site.hold();
        let donor = site.next_donor().unwrap();
        let bed = site.bed_mut(BedId::new(1).unwrap()).unwrap();
        bed.id_reader.lay(&donor.person);
        (donor.person.number.to_string(), "4403071990010112345")
    };
    let mut masked = std::collections::BTreeMap::<String, u64>::new();
    let mut devices = std::collections::BTreeSet::new();
    let begun = Instant::now();
    while texts(&trace).last().unwrap().0.as_str() < "traffic-00000006.jsonl"
        || masked.get("bed1.id_reader").is_none_or(|bytes| *bytes < 1000)
        || masked.get("bed1.scanner").is_none_or(|bytes| *bytes < 10)
    {
        assert!(begun.elapsed() < Duration::from_secs(120), "{masked:?} {devices:?}");
        stage.site.hold().bed_mut(BedId::new(1).unwrap()).unwrap().scan(holds);
        let files = texts(&trace);
        assert!(files.len() <= 3 && files.iter().all(|(_, text)| text.len() <= 64 << 10));
        let clear: String = files.into_iter().map(|(_, text)| text).collect();
        let hex = |bytes: Vec<u8>| controller::hex::encode(&bytes);
        let utf16 = |text: &str| hex(text.encode_utf16().flat_map(u16::to_le_bytes).collect());
        for secret in [&card[..], holds] {
            assert!(!clear.contains(secret));
            assert!(!clear.contains(&hex(secret.as_bytes().to_vec())) && !clear.contains(&utf16(secret)));
        }
        // A file that goes while it is looked at is no matter here.
        for (_, line) in read(&trace).unwrap().map_while(Result::ok) {
            match line {
                Line::Masked { who, bytes, .. } => *masked.entry(who).or_default() += bytes,
                Line::In { who, .. } | Line::Out { who, .. } => drop(devices.insert(who)),
                Line::Run(_) | Line::Opened { .. } | Line::Lost { .. } | Line::Missing { .. } => {}
            }
        }
    }
    assert!(
        devices.iter().all(|who| !who.ends_with("id_reader") && !who.ends_with("scanner")),
        "{devices:?}"
    );
    for who in ["bed1.scale", "bed1.rfid", "probe.box", "probe.bus"] {
        assert!(devices.contains(who), "{who}: {devices:?}");
    }
    assert_eq!(std::fs::metadata(&trace).unwrap().mode() & 0o777, 0o700);
    // Only a ring that stands still holds as much when it is counted as when it is played.
    drop(daemon);
    let mut said = String::new();
    for (_, line) in read(&trace).unwrap().map(Result::unwrap) {
        if let Line::In { who, hex, .. } = line
            && who == "bed1.scale"
        {
            said.push_str(&hex);
        }
    }
    // Every weight ends with " g\r\n".
    let said = said.matches("20670d0a").count();
    let played = replay(&stage, "bed1.scale", &trace);
    let readings = played.iter().filter(|line| line.contains("reading")).count();
    assert!(said > 0 && readings * 10 >= said * 9, "{readings} readings of {said} weights");
}

/// The folder cannot be made: the station works on without the record.
#[test]
fn a_daemon_that_cannot_record_runs_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let changes = ["traffic.record=true", "traffic.folder=/dev/null/traffic"]
        .map(|text| text.parse().unwrap())
        .to_vec();
    let stage = Stage::set(&StagePlan { changes, ..plan(folder.path()) }).unwrap();
    let daemon = Daemon::start(&stage);
    let told = hemostation(&stage, &["device", "bed1.scale"]).output().unwrap();
    assert!(String::from_utf8(told.stdout).unwrap().starts_with("the daemon has it"));
    drop(daemon);
}
