//! A real daemon that is killed, and one that is stopped in its tracks: the energy goes, whatever its lines were driven to last.
//!
//! The simulated chip latches its outputs like the registers of a real one, and a node has to release by itself, so nothing here
//! is the daemon's last deed.

#![allow(clippy::unwrap_used, reason = "all of this crate is a test, its helpers too")]

use rustix::process::{Pid, Signal, kill_process};
use sim::devices::voice::Voice;
use sim::site::settings::Wiring;
use sim::stage::{Stage, StagePlan};
use station::measure::Mono;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tests::binary;

/// Longest that a condition is waited for, real time.
const PATIENCE: Duration = Duration::from_secs(60);
/// Longest that the energy may stay after the daemon fell silent: 250 ms of permission at a node and 500 of its silence, or 200
/// behind an enable line; and as much again for a busy machine that stops the simulated world too.
const GONE_WITHIN: u64 = 1_500_000;

struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may be stopped or gone: both end here.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Daemon {
    fn start(stage: &Stage) -> Self {
        let mut command = Command::new(binary("hemostation").unwrap());
        command.args(["run", "--config"]).arg(&stage.config_path).arg("--state").arg(&stage.state);
        Self(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.0), signal).unwrap();
    }
}

fn stage(folder: &std::path::Path, wiring: Wiring) -> Stage {
    println!("seed 7");
    Stage::set(&StagePlan {
        seed: 7,
        beds: 2,
        speed: 1,
        folder: folder.join("site"),
        state: folder.join("site/state"),
        bms: None,
        scale: Voice::MtSics,
        scanner: sim::devices::scanner::ScannerVoice::Line,
        tags: sim::devices::rfid::TagVoice::Feig,
        wiring,
        transmitters: false,
        language: "en".to_owned(),
        changes: Vec::new(),
        shift_open: false,
    })
    .unwrap()
}

/// The world's time.
fn now(stage: &Stage) -> Mono {
    stage.site.hold().beds[0].now()
}

/// Waits for a state of the world, and gives the world's time at which it was seen.
fn until(stage: &Stage, what: &str, holds: impl Fn(&sim::bed::SimBed) -> bool) -> Mono {
    let begun = Instant::now();
    loop {
        let site = stage.site.hold();
        if site.beds.iter().all(&holds) {
            return site.beds[0].now();
        }
        drop(site);
        assert!(begun.elapsed() < PATIENCE, "waited in vain: {what}");
        std::thread::park_timeout(Duration::from_millis(1));
    }
}

/// `alive` is what only a living daemon brings about at every bed, `dead` what has to follow when it is silent.
fn energy_goes(wiring: Wiring, alive: fn(&sim::bed::SimBed) -> bool, dead: fn(&sim::bed::SimBed) -> bool) {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path(), wiring);
    until(&stage, "without a daemon there is no energy", dead);
    let daemon = Daemon::start(&stage);
    until(&stage, "the daemon gives energy", alive);

    daemon.signal(Signal::STOP);
    let stopped = now(&stage);
    let gone = until(&stage, "a stopped daemon loses the energy", dead);
    assert!(gone.since(stopped).0 < GONE_WITHIN, "{} us after SIGSTOP", gone.since(stopped).0);

    daemon.signal(Signal::CONT);
    until(&stage, "a daemon that goes on gives energy again", alive);

    daemon.signal(Signal::KILL);
    let killed = now(&stage);
    let gone = until(&stage, "a killed daemon loses the energy", dead);
    println!("{wiring:?}: energy gone {} us after SIGKILL", gone.since(killed).0);
    assert!(gone.since(killed).0 < GONE_WITHIN, "{} us after SIGKILL", gone.since(killed).0);
    until(&stage, "and it stays away", dead);
}

#[test]
fn enable_lines_lose_their_energy_when_the_daemon_is_stopped_or_killed() {
    energy_goes(Wiring::Enables, |bed| bed.is_powered(), |bed| !bed.is_powered());
}

#[test]
fn nodes_release_their_outputs_when_the_daemon_is_stopped_or_killed() {
    energy_goes(
        Wiring::Nodes,
        |bed| bed.node.as_ref().is_some_and(|node| node.state() == 1),
        |bed| bed.node.as_ref().is_some_and(|node| node.state() != 1 && node.outputs() & 0xffff == 0),
    );
}

/// What a person runs when the daemon is dead: every node is told and says itself that all is off; one that does not answer is named.
#[test]
fn nodes_are_told_by_hand_to_have_everything_off() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path(), Wiring::Nodes);
    let daemon = Daemon::start(&stage);
    let node = |bed: &sim::bed::SimBed| bed.node.as_ref().map(|node| (node.state(), node.commands));
    until(&stage, "the daemon gives energy", |bed| node(bed).is_some_and(|(state, _)| state == 1));
    daemon.signal(Signal::KILL);
    until(&stage, "the nodes are safe", |bed| node(bed).is_some_and(|(state, _)| state == 5));
    let safe = || {
        let mut safe = Command::new(binary("hemostation").unwrap());
        safe.args(["safe", "--state"]).arg(&stage.state).stdin(Stdio::null()).output().unwrap()
    };
    let before: Vec<_> = stage.site.hold().beds.iter().map(node).collect();
    let ran = safe();
    assert!(ran.status.success(), "{ran:?}");
    let site = stage.site.hold();
    for (bed, before) in site.beds.iter().zip(before) {
        assert!(node(bed).zip(before).is_some_and(|(after, before)| after.1 > before.1), "it was not told");
        assert_eq!(bed.node.as_ref().unwrap().outputs(), 0);
    }
    drop(site);
    stage.site.hold().beds[1].node.as_mut().unwrap().silent = true;
    let ran = safe();
    let said = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(1));
    assert!(said.contains("does not say that its outputs are off") && said.contains("BY HAND"), "{said}");
}
