//! The delivery over a journal in memory and a receiver that follows a script.

use super::deliver::{Deliver, DeliverParts};
use crate::clock::{BootId, ClockTrust, Stamp};
use crate::control::io::Input;
use crate::journal::entry::{Acknowledged, CheckpointState, OperatorSet, RecordClass, RecordFrozen};
use crate::journal::mem_disk::MemDisk;
use crate::journal::{Body, Commit, Digest, Draft, Reader, Settings, Writer, open};
use crate::operators::{LockOut, Roster};
use crate::privacy::OsEntropy;
use crate::store::{Index, MemoryStore, RecordState};
use crate::upstream::{Acknowledgement, OutboxSettings, SendOutcome, Transport};
use serde_json::value::{RawValue, to_raw_value};
use station::api::OutboxView;
use station::ident::{DonationId, OperatorId, RecordId, StationId};
use station::measure::{Mono, Span, Wall};
use station::procedure::event::Role;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

/// Answers by script, then acknowledges; keeps what it was sent.
#[derive(Default)]
struct Bms {
    script: VecDeque<SendOutcome>,
    got: Vec<(String, Vec<u8>)>,
}

impl Transport for Bms {
    fn send(&mut self, id: &str, sha256: &str, canonical: &[u8]) -> SendOutcome {
        self.got.push((id.to_owned(), canonical.to_vec()));
        let ack = Acknowledgement { id: id.to_owned(), sha256: sha256.to_owned() };
        self.script.pop_front().unwrap_or(SendOutcome::Acknowledged(ack))
    }
}

fn at(seconds: u64) -> Stamp {
    let mono = Mono(0) + Span::from_secs(seconds);
    Stamp { boot_id: BootId(1), mono, wall: Wall(1_000), trust: ClockTrust::Synced }
}

fn id(donation: u64) -> RecordId {
    RecordId { station: StationId::new("S1").unwrap(), donation: DonationId(donation), version: 1 }
}

fn record(donation: u64) -> RecordFrozen {
    let canonical = format!(r#"{{"donation":{donation}}}"#);
    let sha256 = Digest::of(canonical.as_bytes());
    RecordFrozen { id: id(donation), sha256, class: RecordClass::Record, canonical, because: None }
}

struct Bench {
    writer: Writer,
    reader: Reader,
    roster: Arc<Mutex<Roster>>,
}

impl Bench {
    fn new() -> (Self, Commit) {
        let disk = Arc::new(MemDisk::new());
        let (writer, _) = open(disk.clone(), Settings::default(), 0).unwrap();
        let roster = Arc::new(Mutex::new(Roster::new(LockOut::default())));
        let mut bench = Self { writer, reader: Reader::new(disk), roster };
        let first = Draft::checkpoint(1, at(0), &CheckpointState::empty()).unwrap();
        let commit = bench.commit(first);
        (bench, commit)
    }

    fn commit(&mut self, draft: Draft) -> Commit {
        self.writer.append(&[draft]).unwrap();
        self.writer.commit().unwrap()
    }

    fn write<B: Body>(&mut self, body: &B) -> Commit {
        let draft = Draft::new(self.writer.next_seq(), at(0), None, body).unwrap();
        self.commit(draft)
    }

    fn deliver(&self) -> Deliver {
        let index = Index::over(Box::<MemoryStore>::default()).unwrap();
        Deliver::new(DeliverParts {
            index,
            reader: self.reader.clone(),
            roster: self.roster.clone(),
            outbox: OutboxSettings::default(),
            other: RawValue::NULL.to_owned(),
        })
        .unwrap()
    }
}

fn view(waiting: u32, delivered: u32, online: bool) -> OutboxView {
    OutboxView { waiting, delivered, online }
}

#[test]
fn the_frozen_bytes_go_out_and_the_acknowledgement_comes_back_to_be_journaled() {
    let (mut bench, first) = Bench::new();
    let mut deliver = bench.deliver();
    deliver.follow(&first).unwrap();
    let frozen = record(7);
    deliver.follow(&bench.write(&frozen)).unwrap();
    let mut bms = Bms::default();
    let inputs = deliver.step(at(1), &mut bms);
    let [Input::Acknowledged(ack), Input::Outbox(shown)] = &inputs[..] else { panic!("{inputs:?}") };
    assert_eq!((&ack.id, ack.sha256), (&frozen.id, frozen.sha256));
    assert_eq!(*shown, view(0, 1, true));
    assert_eq!(bms.got, [("S1/7/1".to_owned(), frozen.canonical.into_bytes())]);

    assert!(matches!(deliver.index().record(&id(7)).unwrap(), Some(RecordState::Waiting(_))));
    assert!(deliver.step(at(2), &mut bms).is_empty(), "sent once, though the store still has it");
    deliver.follow(&bench.write(ack)).unwrap();
    assert!(deliver.index().outbox(9).unwrap().is_empty());
    assert!(deliver.step(at(3), &mut bms).is_empty());
    assert_eq!(bms.got.len(), 1);
}

#[test]
fn a_record_whose_acknowledgement_was_not_journaled_is_sent_again_after_a_restart() {
    let (mut bench, first) = Bench::new();
    let second = bench.write(&record(7));
    let mut bms = Bms::default();
    for _ in 0..2 {
        let mut deliver = bench.deliver();
        deliver.follow(&first).unwrap();
        deliver.follow(&second).unwrap();
        deliver.step(at(1), &mut bms);
    }
    assert_eq!(bms.got.len(), 2);
    assert_eq!(bms.got[0], bms.got[1]);
}

#[test]
fn a_record_of_a_validation_stays_here_and_nothing_waits() {
    let (mut bench, first) = Bench::new();
    let mut frozen = record(7);
    frozen.canonical = r#"{"id":"S1/7/1","record":{"donation":7,"mode":"validation"}}"#.to_owned();
    frozen.sha256 = Digest::of(frozen.canonical.as_bytes());
    let second = bench.write(&frozen);
    let mut deliver = bench.deliver();
    deliver.follow(&first).unwrap();
    deliver.follow(&second).unwrap();
    let mut bms = Bms::default();
    let inputs = deliver.step(at(1), &mut bms);
    assert!(matches!(&inputs[..], [Input::Outbox(shown)] if *shown == view(0, 0, false)), "{inputs:?}");
    assert!(bms.got.is_empty());
    assert!(deliver.index().outbox(9).unwrap().is_empty(), "nor after a restart");
    frozen.canonical = frozen.canonical.replace("validation", "real");
    assert!(frozen.goes_upstream());
}

#[test]
fn a_receiver_that_gave_the_worklist_is_online_with_nothing_to_send() {
    let (bench, first) = Bench::new();
    let mut deliver = bench.deliver();
    deliver.follow(&first).unwrap();
    for reached in [true, false] {
        deliver.reached(reached);
        assert!(matches!(deliver.view(), Some(Input::Outbox(shown)) if shown == view(0, 0, reached)));
    }
}

#[test]
fn a_failed_attempt_is_journaled_with_its_number_and_its_next_time() {
    let (mut bench, first) = Bench::new();
    let mut deliver = bench.deliver();
    deliver.follow(&first).unwrap();
    deliver.follow(&bench.write(&record(7))).unwrap();
    let gone = || SendOutcome::Unreachable("refused".into());
    let mut bms = Bms { script: VecDeque::from([gone(), gone()]), got: vec![] };
    let inputs = deliver.step(at(1), &mut bms);
    let [Input::Attempted(attempt), Input::Outbox(shown)] = &inputs[..] else { panic!("{inputs:?}") };
    assert_eq!((attempt.attempts, attempt.next), (1, Wall(2_000)));
    assert_eq!(*shown, view(1, 0, false));
    assert_eq!(deliver.next_timeout(), Some(at(2).mono));
    deliver.follow(&bench.write(attempt)).unwrap();
    assert!(deliver.step(at(1), &mut bms).is_empty(), "not before its time");
    let inputs = deliver.step(at(2), &mut bms);
    let [Input::Attempted(attempt)] = &inputs[..] else { panic!("{inputs:?}") };
    assert_eq!((attempt.attempts, attempt.next), (2, Wall(3_000)));
}

#[test]
fn a_commit_that_was_missed_is_read_back() {
    let (mut bench, first) = Bench::new();
    let mut deliver = bench.deliver();
    deliver.follow(&first).unwrap();
    let _missed = bench.write(&record(7));
    deliver.follow(&bench.write(&record(8))).unwrap();
    let mut bms = Bms::default();
    deliver.step(at(1), &mut bms);
    let ids: Vec<&str> = bms.got.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(ids, ["S1/7/1", "S1/8/1"]);
}

#[test]
fn the_roster_is_what_the_entries_say() {
    let (mut bench, first) = Bench::new();
    let mut deliver = bench.deliver();
    deliver.follow(&first).unwrap();
    let badge = OperatorId::new("9000").unwrap();
    let operator =
        bench.roster.lock().unwrap().admit(badge.clone(), Role::Admin, "246813", &mut OsEntropy).unwrap();
    let set = OperatorSet { id: badge.clone(), json: Some(to_raw_value(&operator).unwrap()) };
    deliver.follow(&bench.write(&set)).unwrap();
    assert_eq!(bench.roster.lock().unwrap().people().next(), Some(&operator));
    deliver.follow(&bench.write(&OperatorSet { id: badge, json: None })).unwrap();
    assert!(bench.roster.lock().unwrap().is_empty());
}

#[test]
fn a_checkpoint_is_made_once_for_each_time_it_is_wanted() {
    let (mut bench, first) = Bench::new();
    let mut deliver = bench.deliver();
    deliver.follow(&first).unwrap();
    deliver.follow(&bench.write(&record(7))).unwrap();
    let Some(Input::Checkpoint(state)) = deliver.checkpoint(Mono(0)).unwrap() else {
        panic!("no checkpoint")
    };
    assert_eq!(state.through, 2);
    assert!(deliver.checkpoint(Mono(1)).unwrap().is_none());
    let later = Mono(0) + Span::from_mins(10);
    assert!(deliver.checkpoint(later).unwrap().is_some(), "nothing came of the first one");
    let draft = Draft::checkpoint(3, at(0), &state).unwrap();
    deliver.follow(&bench.commit(draft)).unwrap();
    assert!(deliver.checkpoint(later).unwrap().is_some());
}

#[test]
fn an_acknowledgement_of_other_bytes_lets_nothing_go() {
    let (mut bench, first) = Bench::new();
    let mut deliver = bench.deliver();
    deliver.follow(&first).unwrap();
    deliver.follow(&bench.write(&record(7))).unwrap();
    let wrong = Acknowledgement { id: "S1/7/1".into(), sha256: "00".repeat(32) };
    let mut bms = Bms { script: VecDeque::from([SendOutcome::Acknowledged(wrong)]), got: vec![] };
    let inputs = deliver.step(at(1), &mut bms);
    assert!(
        inputs.iter().all(|input| !matches!(input, Input::Acknowledged(Acknowledged { .. }))),
        "{inputs:?}"
    );
    assert!(matches!(deliver.index().record(&id(7)).unwrap(), Some(RecordState::Waiting(_))));
}

#[test]
fn the_services_end_with_the_control_thread() {
    use crate::journal::thread::{Health, State};
    use crate::privacy::MasterKey;
    use crate::run::ServiceParts;
    use crate::state_dir::StateDir;
    use station::api::{Answer, ApiError, Snapshot};
    use tokio::sync::{mpsc, watch};

    let folder = tempfile::tempdir().unwrap();
    let text = "[station]\nid = \"T1\"\nmode = \"simulated\"\n[gpio.sim]\nbackend = \"simulated\"\nsocket = \"/chip\"\n\
                [[bed]]\nnumber = 1\nscale = { protocol = \"mt_sics\", port = \"/dev/none\" }\n\
                scanner = { protocol = \"line\", port = \"/dev/none2\" }\n\
                clamp = { gpio = \"sim\", open = 1, closed_switch = 2, open_switch = 3 }\n\
                mixer = { gpio = \"sim\", run = 4, home = 5 }\n";
    let snapshot: Snapshot = serde_json::from_value(serde_json::json!({
        "v": 1, "number": 1, "station": "T1", "mode": "simulated", "mono": 0, "wall": 0, "utc_offset_min": 480,
        "clock_trusted": true, "beds": [], "outbox": OutboxView::default(), "worklist": [], "badge": null,
        "journal_ok": true,
    }))
    .unwrap();
    let disk = Arc::new(MemDisk::new());
    let (to_control, inputs) = mpsc::channel(4);
    let (to_protect, _urgent) = mpsc::channel(4);
    let (_answer, answers) = mpsc::channel::<(u64, Result<Answer, ApiError>)>(4);
    let (_asks, questions) = mpsc::channel(4);
    let (_show, snapshots) = watch::channel(Arc::new(snapshot));
    let (committed, commits) = std::sync::mpsc::channel();
    let state = State { durable_through: 0, health: Health::Writing, wants_checkpoint: false };
    let (_journal, journal) = watch::channel(state);
    // Held: nobody tells the services to stop.
    let (_stop, shutdown) = watch::channel(false);
    let services = super::start(ServiceParts {
        config: Arc::new(config::parse(text, "t.toml").unwrap()),
        state_dir: StateDir::make(&folder.path().join("state")).unwrap(),
        to_control,
        to_protect,
        answers,
        questions,
        snapshots,
        equipment: crate::devices::witness::Witness::start(folder.path()).unwrap().1,
        commits,
        index: Index::over(Box::<MemoryStore>::default()).unwrap(),
        reader: Reader::new(disk),
        journal,
        key: MasterKey::from_bytes([1; 32]),
        shutdown,
    })
    .unwrap();
    // As when it panics: its queues are gone, and then the journal's thread ends.
    drop(inputs);
    drop(committed);
    services.join().unwrap();
}
