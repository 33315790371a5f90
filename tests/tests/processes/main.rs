//! The parts as processes of their own, as a station runs them: simulated devices on ptys and a virtual chip, the daemon,
//! a scripted nurse on its socket, a BMS over HTTP.

#![allow(clippy::unwrap_used, reason = "all of this crate is a test, its helpers too")]

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use tests::binary;

/// A process that does not outlive its test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already: then there is nothing to end.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Process {
    fn start(command: &mut Command) -> Self {
        Self(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }
    fn lines(&mut self) -> std::io::Lines<BufReader<ChildStdout>> {
        BufReader::new(self.0.stdout.take().unwrap()).lines()
    }
    /// Drains standard error in the background, so that the process never waits for its reader; gives all of it at the end.
    fn errors(&mut self) -> std::thread::JoinHandle<String> {
        let stderr = BufReader::new(self.0.stderr.take().unwrap());
        std::thread::spawn(move || {
            stderr.lines().map_while(Result::ok).map(|line| line + "\n").collect::<String>()
        })
    }
    fn ask_to_end(&self) {
        kill_process(Pid::from_child(&self.0), Signal::TERM).unwrap();
    }
}

#[test]
fn a_separate_daemon_completes_donations_and_ends_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let site = folder.path().join("site");
    let hemostation = binary("hemostation").unwrap();
    let mut devices = Process::start(
        Command::new(binary("devices").unwrap())
            .args(["--beds", "2", "--speed", "10", "--seed", "7", "--nurse", "--donations", "2", "--dir"])
            .arg(&site),
    );
    let devices_log = devices.errors();
    let mut said = devices.lines();
    let next = said.by_ref().map(Result::unwrap).find(|line| line.starts_with("next:")).unwrap();
    assert!(next.contains("hemostation run --config"), "{next}");
    let mut daemon = Process::start(
        Command::new(&hemostation)
            .args(["run", "--config"])
            .arg(site.join("station.toml"))
            .arg("--state")
            .arg(site.join("state")),
    );
    let daemon_log = daemon.errors();
    // The nurse ends the devices' process once her donations are completed.
    let rest: Vec<String> = said.map_while(Result::ok).collect();
    let ended = devices.0.wait().unwrap();
    daemon.ask_to_end();
    let stopped = daemon.0.wait().unwrap();
    let told = format!("{}\n{}\n{rest:?}", devices_log.join().unwrap(), daemon_log.join().unwrap());
    assert!(ended.success(), "devices: {ended}\n{told}");
    assert!(stopped.success(), "daemon: {stopped}\n{told}");

    let verified = Command::new(&hemostation)
        .args(["journal", "verify", "--json", "--state"])
        .arg(site.join("state"))
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&verified.stdout).unwrap();
    assert!(verified.status.success(), "{report:#}");
    assert_eq!(report["records"], 2, "{report:#}");
}
