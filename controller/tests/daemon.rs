//! The daemon as a whole, on a virtual chip and without serial devices: what its outputs do when it starts, runs, stops and
//! cannot start.
#![allow(clippy::unwrap_used, clippy::panic)] // what is set up here is outside the test functions, where clippy looks

mod common;

use common::{CLAMP_OPEN, MIXER_RUN, station_toml};
use controller::control::io::{ControlOp, Input};
use controller::journal::disk::RealDisk;
use controller::run::{RunError, RunOptions, ServiceParts, run};
use controller::safe::OutputMap;
use controller::state_dir::{StateDir, StateError};
use station::api::DeviceHealth;
use station::device::DeviceKind;
use station::ident::BedId;
use station::procedure::event::Act;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::mpsc;
use tokio::sync::watch;

fn config(socket: &Path) -> config::StationConfig {
    let text = station_toml(socket, "");
    config::parse(&text, "test").unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

struct Daemon {
    thread: std::thread::JoinHandle<Result<(), RunError>>,
    stop: watch::Sender<bool>,
    parts: mpsc::Receiver<ServiceParts>,
}

fn daemon(config: config::StationConfig, state_dir: &Path) -> Daemon {
    let (stop, shutdown) = watch::channel(false);
    let (give, parts) = mpsc::channel();
    let services = Box::new(move |parts: ServiceParts| {
        give.send(parts).unwrap();
        std::thread::Builder::new().spawn(|| {})
    });
    let options = RunOptions { state_dir: state_dir.to_owned(), shutdown, services };
    let thread = std::thread::spawn(move || run(config, options));
    Daemon { thread, stop, parts }
}

/// The next output that the station drives.
fn driven(chip: &mut BufReader<UnixStream>) -> Option<(u32, bool)> {
    let mut line = String::new();
    chip.read_line(&mut line).unwrap();
    let mut words = line.split_whitespace();
    assert_eq!(words.next().unwrap_or("out"), "out", "{line}");
    Some((words.next()?.parse().unwrap(), words.next()? == "1"))
}

#[test]
fn outputs_are_safe_first_and_last_and_answers_are_durable() {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("chip");
    let listener = UnixListener::bind(&socket).unwrap();
    let state = dir.path().join("state");
    let daemon = daemon(config(&socket), &state);
    let (stream, _) = listener.accept().unwrap();
    let mut chip = BufReader::new(stream.try_clone().unwrap());
    let mut levels = stream;
    assert_eq!(driven(&mut chip), Some((CLAMP_OPEN, false)), "the clamp comes first");
    assert_eq!(driven(&mut chip), Some((MIXER_RUN, false)));
    levels.write_all(b"in 5 1\nin 6 0\nin 8 0\n").unwrap();

    let mut parts = daemon.parts.recv().unwrap();
    assert_eq!(OutputMap::load(&state).unwrap().chips[0].outputs.len(), 2);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let clamp_online = |snapshot: &std::sync::Arc<station::api::Snapshot>| {
        let clamp = snapshot.beds[0].devices.iter().find(|d| d.kind == DeviceKind::Clamp);
        clamp.is_some_and(|clamp| clamp.health == DeviceHealth::Online)
    };
    runtime.block_on(async { drop(parts.snapshots.wait_for(clamp_online).await.unwrap()) });

    // Anyone may call for help, whatever the screen showed. The answer says nothing before the disk has it.
    let op = ControlOp::Act { bed: BedId::new(1).unwrap(), rev: 0, act: Act::CallForHelp };
    parts.to_control.blocking_send(Input::Request { token: 7, by: None, second: None, op }).unwrap();
    let (token, _) = parts.answers.blocking_recv().unwrap();
    assert_eq!(token, 7);
    let durable = parts.journal.borrow().durable_through;
    assert!(durable >= 3, "checkpoint, boot and the call: {durable}");

    daemon.stop.send(true).unwrap();
    daemon.thread.join().unwrap().unwrap();
    let mut last = std::collections::BTreeMap::new();
    while let Some((line, high)) = driven(&mut chip) {
        last.insert(line, high);
    }
    assert_eq!(last, [(CLAMP_OPEN, false), (MIXER_RUN, false)].into());
    let disk = RealDisk::read_only(&state.join("journal")).unwrap();
    let report = controller::journal::verify(&disk, durable).unwrap();
    assert!(report.last_seq >= durable, "{report:?}");
}

#[test]
fn outputs_are_safe_even_when_nothing_else_can_start() {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("chip");
    let listener = UnixListener::bind(&socket).unwrap();
    let state = dir.path().join("state");
    std::fs::write(&state, "not a folder").unwrap();
    let daemon = daemon(config(&socket), &state);
    let (stream, _) = listener.accept().unwrap();
    assert_eq!(driven(&mut BufReader::new(stream)), Some((CLAMP_OPEN, false)));
    assert!(matches!(daemon.thread.join().unwrap(), Err(RunError::State(_))));
}

#[test]
fn a_second_daemon_touches_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("chip");
    let listener = UnixListener::bind(&socket).unwrap();
    listener.set_nonblocking(true).unwrap();
    let state = StateDir::make(&dir.path().join("state")).unwrap();
    let _held = state.lock().unwrap();
    let daemon = daemon(config(&socket), state.path());
    let ended = daemon.thread.join().unwrap();
    assert!(matches!(ended, Err(RunError::State(StateError::InUse { .. }))), "{ended:?}");
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}
