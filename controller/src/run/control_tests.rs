//! The control thread's turn, without ports: what it does of everything else, whatever the ports do.

use super::*;
use crate::clock::{BootId, ClockTrust};
use crate::control::io::{BedParts, ControlOp, MAX_ANSWERS, StationParts};
use crate::journal::mem_disk::MemDisk;
use crate::journal::thread::spawn;
use crate::journal::{Settings as JournalSettings, open};
use crate::privacy::{MasterKey, OsEntropy, Privacy};
use station::device::Mode;
use station::ident::{BedId, StationId};
use station::measure::Wall;
use station::procedure::event::Act;
use station::procedure::limits::{DonorConnectedSeal, Settings};

struct Still;
impl Clock for Still {
    fn now(&mut self) -> Stamp {
        at(0)
    }
    fn confirm(&mut self, _: Wall) {}
}

fn at(ms: u64) -> Stamp {
    let wall = Wall(1_790_000_000_000 + ms as i64);
    Stamp { boot_id: BootId(1), mono: Mono(ms * 1000), wall, trust: ClockTrust::Synced }
}

struct Rig {
    control: ControlThread,
    hand: mpsc::Sender<Input>,
    protect: mpsc::Sender<Input>,
    answers: mpsc::Receiver<(Token, Result<Answer, ApiError>)>,
    told_to_stop: watch::Sender<bool>,
}

fn rig() -> Rig {
    let parts = StationParts {
        station: StationId::new("S1").unwrap(),
        mode: Mode::Simulated,
        utc_offset_min: 480,
        settings: Settings::default(),
        beds: vec![BedParts {
            bed: BedId::new(1).unwrap(),
            donor_connected_seal: DonorConnectedSeal::Locked,
        }],
        devices: Vec::new(),
        probes: Vec::new(),
        privacy: Privacy::new(&MasterKey::from_bytes([1; 32]), Box::new(OsEntropy)),
        next_seq: 1,
        now: at(0),
        dins: Vec::new(),
        needles_binned: Vec::new(),
        clamp_delays: Vec::new(),
        worklist: Vec::new(),
        drawn: Vec::new(),
        online: false,
        shift: crate::control::shift::ShiftParts::none(),
        recovered: crate::control::restart::Recovered::default(),
        closed: Vec::new(),
    };
    let mut station = Station::new(parts).unwrap();
    let (writer, _) = open(Arc::new(MemDisk::new()), JournalSettings::default(), 0).unwrap();
    let (journal, _) = spawn(writer, Box::new(drop)).unwrap();
    let (hand, inputs) = mpsc::channel(64);
    let (protect, urgent) = mpsc::channel(16);
    let (answer, answers) = mpsc::channel(MAX_ANSWERS);
    let (snapshots, _) = watch::channel(Arc::new(station.snapshot(at(0))));
    let (told_to_stop, shutdown) = watch::channel(false);
    let control = ControlThread {
        station,
        host: Host::new([]),
        deadman: Deadman::default(),
        links: Links::new(Vec::new(), Vec::new(), Vec::new(), Vec::new()),
        journal_state: journal.state(),
        journal,
        clock: Box::new(Still),
        scale: 1,
        inputs,
        answers: answer,
        questions: mpsc::channel(1).0,
        snapshots,
        witness: Witness::start(std::path::Path::new("/nowhere")).unwrap().0,
        shutdown,
        urgent,
        work: Work::over(false),
    };
    Rig { control, hand, protect, answers, told_to_stop }
}

fn call_for_help(token: Token) -> Input {
    let op = ControlOp::Act { bed: BedId::new(1).unwrap(), rev: 0, act: Act::CallForHelp };
    Input::Request { token, by: None, second: None, op }
}

/// A flooding port wins every wake; so whatever a turn does not do itself would never be done.
#[test]
fn a_turn_takes_requests_and_hears_the_disk_whoever_woke_it() {
    let mut rig = rig();
    rig.hand.try_send(call_for_help(7)).unwrap();
    rig.control.turn(at(1));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut journal = rig.control.journal.state();
    while rig.control.journal.oldest_undurable().is_some() {
        runtime.block_on(journal.changed()).unwrap();
    }
    assert!(rig.answers.try_recv().is_err(), "not before the station has heard of it");
    rig.control.turn(at(2));
    assert!(matches!(rig.answers.try_recv(), Ok((7, _))));
    assert!(!*rig.told_to_stop.borrow());
}

#[test]
fn a_turn_takes_no_more_than_its_share() {
    let mut rig = rig();
    for token in 0..40 {
        rig.hand.try_send(call_for_help(token)).unwrap();
    }
    rig.control.turn(at(1));
    assert_eq!(rig.control.inputs.len(), 40 - MAX_HANDED);
}

#[test]
fn a_protective_act_does_not_wait_behind_a_full_queue() {
    let mut rig = rig();
    for token in 0..64 {
        rig.hand.try_send(call_for_help(token)).unwrap();
    }
    rig.protect.try_send(call_for_help(99)).unwrap();
    rig.control.turn(at(1));
    assert_eq!(rig.control.urgent.len(), 0);
    assert!(rig.control.inputs.len() >= 64 - MAX_HANDED);
}

#[test]
fn a_journal_whose_disk_failed_before_takes_nothing_and_no_donation_begins() {
    let mut rig = rig();
    rig.control.work = Work::over(true);
    rig.told_to_stop.send(true).unwrap();
    let state = rig.control.journal.state();
    let snapshots = rig.control.snapshots.subscribe();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(rig.control.run());
    assert_eq!(state.borrow().durable_through, 0, "not even that it started");
    assert!(!snapshots.borrow().journal_ok);
}

#[test]
fn weights_are_thinned_while_the_journal_does_not_keep_up() {
    assert_eq!([0, HALF_FULL].map(keep_every), [1, 1]);
    assert_eq!([HALF_FULL + 1, QUEUE_BYTES_FOR_SAMPLES].map(keep_every), [4, 4]);
    assert_eq!(keep_every(QUEUE_BYTES_FOR_SAMPLES + 1), 64, "the last quarter is for everything else");
}
