//! A stop in the middle of a donation, and the start after it: real machines, real journal, a disk in memory.

use super::entries::{BedFailed, EventEntry};
use super::io::*;
use super::restart::{Leading, Leads, recover, recover_with};
use super::*;
use crate::clock::BootId;
use crate::journal::disk::Disk;
use crate::journal::mem_disk::MemDisk;
use crate::journal::{Body, Draft, Reader, Settings as JournalSettings, Writer, open};
use crate::privacy::{Entropy, EntropyError, MasterKey};
use crate::store::{Index, MemoryStore, rebuild};
use drivers::Observation;
use station::api::prompt::Prompt;
use station::device::{ClampPosition, DeviceKind, Quality, Reading, WeightSample};
use station::ident::{DeviceId, DeviceSerial};
use station::measure::{Milligrams, Wall};
use station::procedure::alarm::AlarmCode;
use station::procedure::command::Command;
use station::procedure::event::{Act, PersonAct, Role};
use station::procedure::limits::DonorConnectedSeal;
use station::procedure::phase::PhaseName;
use std::sync::Arc;

struct Zero;
impl Entropy for Zero {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        bytes.fill(7);
        Ok(())
    }
}

fn bed() -> BedId {
    BedId::new(1).unwrap()
}
fn at(ms: u64) -> Stamp {
    let trust = ClockTrust::Synced;
    Stamp { boot_id: BootId(1), mono: Mono(ms * 1000), wall: Wall(1_790_000_000_000 + ms as i64), trust }
}

struct Run {
    station: Station,
    writer: Writer,
}

/// Starts a station on what this disk holds.
fn start(disk: &Arc<dyn Disk>, ms: u64) -> Run {
    start_with(disk, ms, Leads::PRODUCT)
}

fn start_with(disk: &Arc<dyn Disk>, ms: u64, leads: Leads) -> Run {
    let (writer, recovery) = open(disk.clone(), JournalSettings::default(), 0).unwrap();
    let reader = Reader::new(disk.clone());
    let (index, _): (Index, u64) = rebuild(Box::new(MemoryStore::default()), &reader, &recovery).unwrap();
    let kinds = [DeviceKind::Scale, DeviceKind::Clamp, DeviceKind::Scanner, DeviceKind::Mixer];
    let device = |kind: DeviceKind| DeviceRoute {
        id: DeviceId::new(&format!("bed1.{kind}")).unwrap(),
        kind,
        beds: vec![bed()],
    };
    let item = WorkItem {
        queue: "A1".to_owned(),
        token: DonorToken::new("t1").unwrap(),
        masked: "王*".to_owned(),
        age_years: 30,
        programme_ml: 400,
        screening: true,
        consent: true,
        eligible: true,
        din: None,
        last: None,
        approved_ml: None,
        group: None,
        registration: None,
        codes: Vec::new(),
        fetched: Wall(1_790_000_000_000),
    };
    let parts = StationParts {
        station: StationId::new("S1").unwrap(),
        mode: Mode::Simulated,
        utc_offset_min: 480,
        settings: Settings::default(),
        beds: vec![BedParts { bed: bed(), donor_connected_seal: DonorConnectedSeal::Locked }],
        devices: kinds.map(device).to_vec(),
        probes: Vec::new(),
        privacy: Privacy::new(&MasterKey::from_bytes([1; 32]), Box::new(Zero)),
        next_seq: recovery.last_seq + 1,
        now: at(ms),
        dins: Vec::new(),
        clamp_delays: index.clamp_delays().unwrap(),
        worklist: vec![item],
        drawn: Vec::new(),
        online: false,
        shift: crate::control::shift::ShiftParts::none(),
        pasts: recover_with(&reader, &index.unfinished().unwrap(), recovery.last_seq, leads).unwrap(),
        closed: Vec::new(),
    };
    let mut run = Run { station: Station::new(parts).unwrap(), writer };
    run.step(ms, Input::Timeout);
    run
}

impl Run {
    /// One step; everything journaled is durable before the next.
    fn step(&mut self, ms: u64, input: Input) {
        self.station.step(at(ms), input);
        while let Some(output) = self.station.poll_output() {
            if let Output::Journal { drafts, .. } = output {
                self.writer.append(&drafts).unwrap();
                let through = self.writer.commit().unwrap().durable_through;
                self.station.step(at(ms), Input::Durable(through));
            }
        }
    }
    fn observe(&mut self, ms: u64, kind: DeviceKind, observation: Observation) {
        let device = DeviceId::new(&format!("bed1.{kind}")).unwrap();
        self.step(ms, Input::Observed { device, observation });
    }
    /// Every device answers.
    fn answer(&mut self, ms: u64, scale: &str, grams: i64) {
        for kind in [DeviceKind::Clamp, DeviceKind::Scanner, DeviceKind::Mixer] {
            self.observe(ms, kind, Observation::Identity { serial: None, model: String::new() });
        }
        let serial = DeviceSerial::new(scale).ok();
        self.observe(ms, DeviceKind::Scale, Observation::Identity { serial, model: String::new() });
        self.observe(ms, DeviceKind::Clamp, Observation::Reading(Reading::Clamp(ClampPosition::Closed)));
        self.weigh(ms, grams);
    }
    fn weigh(&mut self, ms: u64, grams: i64) {
        let sample = WeightSample { gross: Milligrams(grams * 1000), quality: Quality::Stable };
        self.observe(ms, DeviceKind::Scale, Observation::Reading(Reading::Weight(sample)));
    }
    fn request(&mut self, ms: u64, op: impl FnOnce(u64) -> ControlOp) {
        let by = ActingOperator { id: OperatorId::new("n1").unwrap(), role: Role::Nurse };
        let op = op(self.station.slots[0].rev());
        self.step(ms, Input::Request { token: ms, by: Some(by), second: None, op });
    }
    fn act(&mut self, ms: u64, act: Act) {
        self.request(ms, |rev| ControlOp::Act { bed: bed(), rev, act });
    }
    fn view(&self, ms: u64) -> station::api::BedView {
        self.station.slots[0].machine.view(Mono(ms * 1000)).unwrap()
    }
    fn may_resume(&self, ms: u64) -> Option<bool> {
        match self.view(ms).prompt {
            Prompt::Interrupted { may_resume } => Some(may_resume),
            _ => None,
        }
    }
}

/// A donation as far as its labels: identity confirmed, weights seen, help called.
fn opened(disk: &Arc<dyn Disk>) -> Run {
    let mut run = start(disk, 0);
    run.answer(10, "W1", 80);
    run.request(20, |rev| ControlOp::Call { bed: bed(), rev, queue: "A1".to_owned(), programme_ml: None });
    run.act(30, Act::ConfirmIdentity);
    for n in 0..30 {
        run.weigh(40 + n * 50, 80);
    }
    run.act(1600, Act::CallForHelp);
    run
}

#[test]
fn a_replay_gives_the_same_machine() {
    let disk: Arc<dyn Disk> = Arc::new(MemDisk::new());
    let run = opened(&disk);
    let before = run.view(1700);
    assert_eq!(before.phase, PhaseName::Label, "{before:?}");
    drop(run);
    let (_, recovery) = open(disk.clone(), JournalSettings::default(), 0).unwrap();
    let reader = Reader::new(disk.clone());
    let (index, _) = rebuild(Box::new(MemoryStore::default()), &reader, &recovery).unwrap();
    let past = recover(&reader, &index.unfinished().unwrap(), recovery.last_seq).unwrap().remove(0);
    let again = past.machine.view(Mono(1_700_000));
    assert_eq!(station::api::BedView { rev: 0, ..again }, station::api::BedView { rev: 0, ..before });
    assert_eq!(past.weight, None, "no set was tared yet");
    assert!(past.whole && !past.logic_changed);
}

#[test]
fn a_start_waits_for_the_devices_and_then_says_what_it_found() {
    let disk: Arc<dyn Disk> = Arc::new(MemDisk::new());
    let donation = opened(&disk).station.slots[0].donation();
    let mut run = start(&disk, 20_000);
    assert_eq!(run.view(20_000).phase, PhaseName::Label, "nothing is decided before the devices answer");
    run.answer(20_100, "W1", 80);
    assert_eq!(run.view(20_100).phase, PhaseName::Interrupted);
    assert_eq!(run.station.slots[0].donation(), donation);
    assert_eq!(run.may_resume(20_100), Some(true), "the needle was never in");
    assert_eq!(run.station.snapshot(at(20_200)).beds[0].donor.as_deref(), Some("王*"));
}

#[test]
fn silent_devices_do_not_hold_a_start_up() {
    let disk: Arc<dyn Disk> = Arc::new(MemDisk::new());
    drop(opened(&disk));
    let mut run = start(&disk, 20_000);
    assert_eq!(run.station.next_timeout(), Some(Mono(25_000_000)));
    run.step(25_000, Input::Timeout);
    assert_eq!(run.view(25_000).phase, PhaseName::Interrupted);
}

#[test]
fn a_second_start_replays_the_first() {
    let disk: Arc<dyn Disk> = Arc::new(MemDisk::new());
    drop(opened(&disk));
    let mut run = start(&disk, 20_000);
    run.answer(20_100, "W1", 80);
    let before = run.view(20_200);
    drop(run);
    let run = start(&disk, 30_000);
    let again = run.view(20_200);
    assert_eq!(station::api::BedView { rev: 0, ..again }, station::api::BedView { rev: 0, ..before });
}

/// A program that fails when help is called.
struct Failing;
impl Leading for Failing {
    fn take(&mut self, _: Mono, event: &Event, _: bool) {
        assert!(!matches!(event, Event::Act(PersonAct { act: Act::CallForHelp, .. })), "a test's panic");
    }
    fn end(self: Box<Self>) -> (Procedure, bool) {
        (Procedure::new(bed()), true)
    }
}

#[test]
fn a_program_that_fails_on_the_past_does_not_keep_the_station_from_starting() {
    let disk: Arc<dyn Disk> = Arc::new(MemDisk::new());
    let donation = opened(&disk).station.slots[0].donation();
    let leads = Leads { deciding: |_| Box::new(Failing), ..Leads::PRODUCT };
    let mut run = start_with(&disk, 20_000, leads);
    run.answer(20_100, "W1", 80);
    let view = run.view(20_200);
    assert_eq!((view.phase, view.donation), (PhaseName::Interrupted, donation));
    assert!(!run.station.slots[0].machine.has_failed(), "people go on from its facts");
}

#[test]
fn a_bed_whose_facts_cannot_be_taken_either_is_latched_safe_and_not_free() {
    let disk: Arc<dyn Disk> = Arc::new(MemDisk::new());
    drop(opened(&disk));
    let leads = Leads { deciding: |_| Box::new(Failing), folding: |_| Box::new(Failing) };
    let mut run = start_with(&disk, 20_000, leads);
    run.answer(20_100, "W1", 80);
    let view = run.station.snapshot(at(20_200)).beds.remove(0);
    assert_eq!(view.alarms[0].code, AlarmCode::BedFailed);
    assert!(!run.station.slots[0].is_idle());
}

impl Run {
    fn write<B: Body>(&mut self, ms: u64, body: &B) {
        let draft = Draft::new(self.station.pen.next_seq(), at(ms), Some(bed()), body).unwrap();
        self.writer.append(&[draft]).unwrap();
        self.writer.commit().unwrap();
        self.station.pen = Pen::new(self.station.pen.next_seq() + 1);
    }
}

#[test]
fn after_a_failure_of_then_only_facts_are_taken() {
    let disk: Arc<dyn Disk> = Arc::new(MemDisk::new());
    let mut run = opened(&disk);
    run.write(1700, &BedFailed { failures: 1 });
    let act = PersonAct { act: Act::NeedleIn, by: Some(OperatorId::new("n1").unwrap()), second: None };
    run.write(1701, &EventEntry { event: Event::Act(act), refused: None });
    drop(run);
    let mut run = start(&disk, 20_000);
    run.answer(20_100, "W1", 80);
    assert_eq!(run.view(20_100).phase, PhaseName::Interrupted);
    assert_eq!(run.may_resume(20_100), Some(false), "the needle is in, and nobody watched it");
    assert!(!run.view(20_100).alarms.iter().any(|alarm| alarm.code == AlarmCode::BedFailed));
}

#[test]
fn a_learned_clamp_delay_is_known_after_a_start() {
    use station::draw::ClampDelay;
    let disk: Arc<dyn Disk> = Arc::new(MemDisk::new());
    let mut run = start(&disk, 0);
    let delay = ClampDelay::known(Span::from_millis(180));
    run.station.consequence(0, at(10), Command::ClampDelayLearned(delay), None, true);
    run.step(11, Input::Timeout);
    assert_eq!(run.station.slots[0].clamp_delay, Some(delay));
    drop(run);
    let run = start(&disk, 20_000);
    assert_eq!(run.station.slots[0].clamp_delay, Some(delay));
}
