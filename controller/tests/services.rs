//! The program with its services: a terminal on the socket, a BMS over HTTP, a journal that outlives it. No serial device is
//! there and the chip is virtual.
#![allow(clippy::unwrap_used, clippy::panic)] // what is set up here is outside the test functions, where clippy looks

mod common;

use common::station_toml;
use controller::books::Books;
use controller::clock::{BootId, ClockTrust, Stamp};
use controller::journal::entry::{CheckpointState, Closed, Opened, RecordClass, RecordFrozen};
use controller::journal::{Digest, Draft, Settings};
use controller::state_dir::StateDir;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use station::ident::{BedId, DonationId, RecordId, StationId};
use station::measure::{Mono, Wall};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// Far longer than anything here takes: only so that a fault ends the test.
const PATIENCE: Duration = Duration::from_secs(30);
const CANONICAL: &str = r#"{"id":"TEST/2/1","note":"the bytes that count"}"#;

fn config(chip: &Path, bms: SocketAddr) -> String {
    let more = format!(
        "[bms]\nurl = \"http://{bms}\"\n[socket]\nmode = \"0600\"\n[shift]\nrequired = false\ndisk_mark_pct = 99\n\
         [operators]\nbadge_needed = false\n"
    );
    station_toml(chip, &more)
}

/// A record that an earlier run froze and did not deliver.
fn freeze_a_record(state: &Path) {
    let dir = StateDir::make(state).unwrap();
    let lock = dir.lock().unwrap();
    let mut books = Books::open(&dir, &lock, Settings::default()).unwrap();
    let stamp = Stamp { boot_id: BootId(1), mono: Mono(0), wall: Wall(0), trust: ClockTrust::Synced };
    let bed = BedId::new(1).unwrap();
    let donation = DonationId(2);
    let id = RecordId { station: StationId::new("TEST").unwrap(), donation, version: 1 };
    let sha256 = Digest::of(CANONICAL.as_bytes());
    let record = RecordFrozen {
        id,
        sha256,
        class: RecordClass::Record,
        canonical: CANONICAL.to_owned(),
        because: None,
    };
    let drafts = [
        Draft::checkpoint(1, stamp, &CheckpointState::empty()).unwrap(),
        Draft::new(2, stamp, Some(bed), &Opened { donation, bed }).unwrap(),
        Draft::new(3, stamp, Some(bed), &Closed { donation }).unwrap(),
        Draft::new(4, stamp, Some(bed), &record).unwrap(),
    ];
    books.writer.append(&drafts).unwrap();
    let commit = books.writer.commit().unwrap();
    books.index.apply(&commit.entries).unwrap();
}

/// One request: its first line, its headers in small letters, its body.
fn request(stream: &mut BufReader<TcpStream>) -> (String, String, String) {
    let mut first = String::new();
    stream.read_line(&mut first).unwrap();
    let (mut headers, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        let line = line.to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        headers.push_str(&line);
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    (first, headers, String::from_utf8(body).unwrap())
}

/// A BMS with one donor waiting, which acknowledges every record. Gives the bodies that it got.
fn bms() -> (SocketAddr, mpsc::Receiver<(String, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, got) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let (first, headers, body) = request(&mut stream);
            let answer = if first.starts_with("GET /worklist?station=TEST ") {
                json!({"items": [
                    {"queue": "A001", "name": "王小明", "id_number": "110101199001011237", "programme_ml": 400,
                     "screening": true, "consent": true, "eligible": true, "din": null},
                    {"queue": "A002", "name": "李四", "id_number": "110101199001011238", "programme_ml": 400,
                     "screening": true, "consent": true, "eligible": true, "din": null}]})
            } else if first.starts_with("POST /eligibility ") {
                json!({})
            } else {
                assert!(first.starts_with("POST /records "), "{first}");
                let sha256 = Digest::of(body.as_bytes()).to_string();
                let id = serde_json::from_str::<Value>(&body).unwrap()["id"].clone();
                // Nobody listens any more once the test has seen enough.
                tell.send((headers, body)).unwrap_or_default();
                json!({"id": id, "sha256": sha256})
            }
            .to_string();
            let head =
                format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", answer.len());
            stream.get_mut().write_all(format!("{head}{answer}").as_bytes()).unwrap();
        }
    });
    (address, got)
}

struct Running {
    child: Child,
    log: BufReader<std::process::ChildStderr>,
    read: String,
}

impl Running {
    fn start(config: &Path, state: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_hemostation"))
            .args(["run", "--log", "debug", "--config"])
            .arg(config)
            .arg("--state")
            .arg(state)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        let mut running = Self { child, log, read: String::new() };
        running.wait_for("terminals may connect");
        running
    }

    fn wait_for(&mut self, words: &str) {
        loop {
            let from = self.read.len();
            assert_ne!(self.log.read_line(&mut self.read).unwrap(), 0, "it ended:\n{}", self.read);
            if self.read[from..].contains(words) {
                return;
            }
        }
    }

    /// Ends it as the system does, and gives its exit code and its whole log.
    fn stop(mut self) -> (Option<i32>, String) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        self.log.read_to_string(&mut self.read).unwrap();
        (self.child.wait().unwrap().code(), self.read)
    }
}

fn hemostation(arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_hemostation")).args(arguments).output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

/// Lead 1002, whose PIN is 246813.
fn staff(state: &Path) {
    for (id, role, pin) in [("9000", "admin", "739155"), ("1002", "lead", "246813")] {
        let add = ["operator", "add", id, "--role", role, "--pin-stdin", "--state", state.to_str().unwrap()];
        assert_eq!(with_pin(&add, pin).0, Some(0));
    }
}

fn with_pin(arguments: &[&str], pin: &str) -> (Option<i32>, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_hemostation"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(format!("{pin}\n").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

/// Lead 1002 looks, for an inspection.
fn as_lead(arguments: &[&str]) -> (Option<i32>, String) {
    with_pin(&[arguments, &["--by", "1002", "--why", "audit", "--pin-stdin"]].concat(), "246813")
}

/// Calls the donor of the worklist to bed 1 and looks at who that is.
fn look_at_a_donor(state: &Path) -> Value {
    let mut stream = UnixStream::connect(state.join("control.sock")).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut heard = BufReader::new(stream.try_clone().unwrap()).lines();
    let mut id = 0;
    let mut ask = |op: Value| -> Value {
        id += 1;
        let request = json!({"v": 1, "id": id.to_string(), "op": op});
        stream.write_all(format!("{request}\n").as_bytes()).unwrap();
        let line = heard.next().unwrap_or_else(|| panic!("{request}: hung up"));
        let line = line.unwrap_or_else(|error| panic!("{request}: {error}"));
        serde_json::from_str::<Value>(&line).unwrap()["answer"]["result"].take()
    };
    let signed = ask(json!({"sign_in": {"operator": "1002", "pin": "246813"}}));
    assert_eq!(signed["Ok"]["signed_in"]["role"], "lead", "{signed}");
    let rev = ask(json!("snapshot"))["Ok"]["snapshot"]["beds"][0]["rev"].clone();
    let called = ask(json!({"call": {"bed": 1, "rev": rev, "queue": "A001"}}));
    assert!(called["Ok"]["opened"].is_object(), "{called}");
    let mut looked = ask(json!({"look": {"sight": {"donor": 1}, "why": "identity"}}));
    looked["Ok"]["person"].take()
}

/// Snapshots as a terminal gets them, up to the first that fits.
fn snapshot_where(state: &Path, fits: impl Fn(&Value) -> bool) -> Value {
    let mut stream = UnixStream::connect(state.join("control.sock")).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(b"{\"v\":1,\"id\":\"a\",\"op\":\"subscribe\"}\n").unwrap();
    for line in BufReader::new(stream).lines() {
        let reply: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let snapshot = &reply["snapshot"];
        if snapshot.is_object() && fits(snapshot) {
            return snapshot.clone();
        }
    }
    panic!("the daemon hung up")
}

/// Procedure 10.3: an export beside the daemon and a look at a donor's whole name are in its journal, and the name is not.
#[test]
fn a_terminal_sees_the_worklist_masked_and_the_bms_gets_the_frozen_bytes_once() {
    let folder = tempfile::tempdir().unwrap();
    let chip = folder.path().join("chip");
    let _chip = UnixListener::bind(&chip).unwrap();
    let state = folder.path().join("state");
    freeze_a_record(&state);
    staff(&state);
    let (address, got) = bms();
    let file = folder.path().join("station.toml");
    std::fs::write(&file, config(&chip, address)).unwrap();

    let running = Running::start(&file, &state);
    let snapshot = snapshot_where(&state, |snapshot| {
        snapshot["worklist"] != json!([]) && snapshot["outbox"]["delivered"] == 1
    });
    assert_eq!(snapshot["worklist"], json!([{"queue": "A001", "name": "王**", "programme_ml": 400}]));
    assert_eq!(snapshot["outbox"], json!({"waiting": 0, "delivered": 1, "online": true}));
    let (headers, body) = got.recv_timeout(PATIENCE).unwrap();
    assert_eq!(body, CANONICAL);
    assert!(headers.contains("idempotency-key: test/2/1"), "{headers}");

    let state_text = state.to_str().unwrap();
    let (code, status) = hemostation(&["status", "--state", state_text]);
    assert_eq!(code, Some(0));
    assert!(status.starts_with("station TEST (simulated)"), "{status}");
    let (code, exported) = as_lead(&["export", "--state", state_text, "--donation", "2"]);
    assert_eq!((code, exported.as_str()), (Some(0), CANONICAL));
    let whole = look_at_a_donor(&state);
    assert_eq!(whole, json!({"name": "王小明", "number": "110101199001011237", "birth": "19900101"}));
    let (code, _) = hemostation(&["operator", "remove", "9000", "--state", state_text]);
    assert_eq!(code, Some(1), "nobody writes beside the daemon");

    let (code, log) = running.stop();
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("item 2 (queue number A002)"), "{log}");
    for person in ["王小明", "李四", "19900101", "1011237"] {
        assert!(!log.contains(person), "{log}");
        let journal = std::fs::read_to_string(state.join("journal/journal-00000001.jsonl")).unwrap();
        assert!(!journal.contains(person), "{journal}");
    }
    let (_, kinds) = as_lead(&["journal", "show", "--state", state_text, "--kind", "acknowledged"]);
    assert_eq!(kinds.lines().count(), 1, "{kinds}");
    let (_, looks) = as_lead(&["journal", "show", "--state", state_text, "--kind", "looked"]);
    let looks: Vec<Value> =
        looks.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["body"].take()).collect();
    let told = |look: &Value| (look["by"].clone(), look["from"].clone(), look["why"].clone());
    assert_eq!(told(&looks[0]), (json!("1002"), json!("command_line"), json!("audit")));
    assert_eq!(told(&looks[1]), (json!("1002"), json!("terminal"), json!("identity")));
    assert!(looks[1]["donor"].is_string() && looks[1]["donation"].is_u64(), "{looks:?}");

    let again = Running::start(&file, &state);
    // The donor of the list lies on the bed now.
    snapshot_where(&state, |snapshot| snapshot["outbox"]["online"] == true);
    again.stop();
    assert!(got.try_recv().is_err(), "an acknowledged record is not sent again");
}
