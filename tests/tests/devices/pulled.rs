//! Every cable of the running demonstration is pulled and plugged in again: told as lost, and well again without a restart.

use super::{Daemon, device, doctor, grade, plan};
use serde_json::Value;
use sim::devices::rfid::TagVoice;
use sim::devices::voice::Voice;
use sim::site::settings::Wiring;
use sim::stage::{Stage, StagePlan};
use sim::trick::TRICKS;
use std::time::{Duration, Instant};

/// Until this holds of a device.
fn until(stage: &Stage, name: &str, what: &str, holds: impl Fn(&Value, &str) -> bool) {
    let begun = Instant::now();
    loop {
        let report = doctor(stage);
        if holds(device(&report, name), &grade(&report, name)) {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{name}: {what}: {:#}", device(&report, name));
    }
}

/// Pulls with the trick that people have for it, and plugs in with the same.
fn pulled_and_replugged(stage: &Stage, begins: &str, name: &str) {
    let trick = TRICKS.iter().find(|trick| trick.en.starts_with(begins)).unwrap();
    until(stage, name, "well before", |_, grade| grade == "good");
    trick.play(&mut stage.site.hold(), None, 0);
    until(stage, name, "told as lost", |report, grade| {
        let faults = report["faults"].as_array();
        grade == "bad" && faults.is_some_and(|all| all.iter().any(|past| past["fault"] == "link_lost"))
    });
    trick.play(&mut stage.site.hold(), None, 0);
    until(stage, name, "well again", |_, grade| grade == "good");
}

#[test]
fn a_scale_of_every_voice_is_pulled_and_replugged() {
    for &scale in Voice::all() {
        let folder = tempfile::tempdir().unwrap();
        let stage = Stage::set(&StagePlan { speed: 5, scale, ..plan(folder.path()) }).unwrap();
        let daemon = Daemon::start(&stage);
        pulled_and_replugged(&stage, "the scale's cable", "bed1.scale");
        drop(daemon);
    }
}

#[test]
fn every_other_cable_is_pulled_and_replugged() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::set(&StagePlan { speed: 5, ..plan(folder.path()) }).unwrap();
    let daemon = Daemon::start(&stage);
    for (begins, name) in [
        ("the scanner's cable", "bed1.scanner"),
        ("the ID card reader's cable", "bed1.id_reader"),
        ("the tag reader's cable", "bed1.rfid"),
        ("the refrigerator's thermometer: pulled out", "probe.fridge"),
        ("the line of the box's", "probe.bus"),
        ("the GPIO chip of all", "bed1.clamp"),
    ] {
        pulled_and_replugged(&stage, begins, name);
    }
    drop(daemon);
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::set(&StagePlan { speed: 5, wiring: Wiring::Nodes, ..plan(folder.path()) }).unwrap();
    let daemon = Daemon::start(&stage);
    pulled_and_replugged(&stage, "the nodes' cable", "bed1.clamp");
    drop(daemon);
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::set(&StagePlan { speed: 5, tags: TagVoice::Rr3036, ..plan(folder.path()) }).unwrap();
    let daemon = Daemon::start(&stage);
    pulled_and_replugged(&stage, "the tag reader's cable", "bed1.rfid");
    drop(daemon);
}
