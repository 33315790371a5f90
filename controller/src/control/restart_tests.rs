//! A stop in the middle of a donation, and the start after it: real machines, real journal, a disk in memory.

use super::entries::{BedFailed, EventEntry};
use super::io::*;
use super::restart::{Leading, Leads, Past, recover, recover_with};
use super::*;
use crate::clock::BootId;
use crate::journal::disk::Disk;
use crate::journal::mem_disk::MemDisk;
use crate::journal::{Body, Draft, Reader, Settings as JournalSettings, Writer, open};
use crate::privacy::{Entropy, EntropyError, MasterKey};
use crate::store::{Index, MemoryStore, rebuild};
use drivers::{Observation, ScanText, TagRead};
use station::api::ScannerLoan;
use station::api::prompt::Prompt;
use station::device::{ClampPosition, DeviceKind, Quality, Reading, WeightSample};
use station::ident::{DeviceId, DeviceSerial, TagUid};
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

fn neighbour() -> BedId {
    BedId::new(2).unwrap()
}
fn neighbour_s_scanner() -> DeviceRoute {
    let id = DeviceId::new("bed2.scanner").unwrap();
    DeviceRoute { id, kind: DeviceKind::Scanner, beds: vec![neighbour()] }
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
    let kinds = [
        DeviceKind::Scale,
        DeviceKind::Clamp,
        DeviceKind::Scanner,
        DeviceKind::Mixer,
        DeviceKind::Panel,
        DeviceKind::Rfid,
    ];
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
        beds: [bed(), neighbour()]
            .map(|bed| BedParts { bed, donor_connected_seal: DonorConnectedSeal::Locked })
            .to_vec(),
        devices: kinds.map(device).into_iter().chain([neighbour_s_scanner()]).collect(),
        probes: Vec::new(),
        privacy: Privacy::new(&MasterKey::from_bytes([1; 32]), Box::new(Zero)),
        next_seq: recovery.last_seq + 1,
        now: at(ms),
        dins: Vec::new(),
        needles_binned: index.needles_binned().unwrap(),
        clamp_delays: index.clamp_delays().unwrap(),
        worklist: vec![item],
        drawn: Vec::new(),
        online: false,
        shift: crate::control::shift::ShiftParts::none(),
        recovered: recover_with(&reader, &index.unfinished().unwrap(), recovery.last_seq, leads).unwrap(),
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

/// The bed as a start finds it on this disk.
fn past(disk: &Arc<dyn Disk>) -> Past {
    let (_, recovery) = open(disk.clone(), JournalSettings::default(), 0).unwrap();
    let reader = Reader::new(disk.clone());
    let (index, _) = rebuild(Box::new(MemoryStore::default()), &reader, &recovery).unwrap();
    recover(&reader, &index.unfinished().unwrap(), recovery.last_seq).unwrap().pasts.remove(0)
}

#[test]
fn a_replay_gives_the_same_machine() {
    let disk: Arc<dyn Disk> = Arc::new(MemDisk::new());
    let run = opened(&disk);
    let before = run.view(1700);
    assert_eq!(before.phase, PhaseName::Label, "{before:?}");
    drop(run);
    let past = past(&disk);
    let again = past.machine.view(Mono(1_700_000));
    assert_eq!(station::api::BedView { rev: 0, ..again }, station::api::BedView { rev: 0, ..before });
    assert_eq!(past.weight, None, "no set was tared yet");
    assert!(past.whole && !past.logic_changed);
}

/// A bed where somebody has called for help keeps its machine: the donation's past begins with the station's start.
#[test]
fn a_donation_on_the_machine_of_the_start_is_decided_again() {
    let disk: Arc<dyn Disk> = Arc::new(MemDisk::new());
    let mut run = start(&disk, 0);
    run.answer(10, "W1", 80);
    run.act(15, Act::CallForHelp);
    run.request(20, |rev| ControlOp::Call { bed: bed(), rev, queue: "A1".to_owned(), programme_ml: None });
    run.act(30, Act::ConfirmIdentity);
    let before = run.view(1700);
    assert_eq!(before.phase, PhaseName::Label, "{before:?}");
    drop(run);
    let past = past(&disk);
    assert!(past.whole && !past.logic_changed);
    let again = past.machine.view(Mono(1_700_000));
    assert_eq!(station::api::BedView { rev: 0, ..again }, station::api::BedView { rev: 0, ..before });
}

#[test]
fn an_emergency_stop_ends_the_wait_for_the_devices() {
    let disk: Arc<dyn Disk> = Arc::new(MemDisk::new());
    drop(opened(&disk));
    let mut run = start(&disk, 20_000);
    run.observe(20_100, DeviceKind::Panel, Observation::Reading(Reading::EmergencyStop(true)));
    let view = run.view(20_100);
    assert!(view.alarms.iter().any(|alarm| alarm.code == AlarmCode::EmergencyStop), "{view:?}");
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

/// The reader under the tray finds the bag's tag at once, long before the tray has come to rest.
#[test]
fn a_tag_that_lies_there_does_not_end_the_wait_and_is_told_after_it() {
    let disk: Arc<dyn Disk> = Arc::new(MemDisk::new());
    drop(opened(&disk));
    let mut run = start(&disk, 20_000);
    let tag = TagRead { uid: TagUid::new([0xE0, 4, 1, 0, 0, 0, 0, 1]).unwrap(), text: None };
    run.observe(20_050, DeviceKind::Rfid, Observation::Tag(tag));
    assert_eq!(run.view(20_060).phase, PhaseName::Label, "nothing is decided before the devices answer");
    run.answer(20_100, "W1", 80);
    assert_eq!(run.may_resume(20_100), Some(true), "all is as it was");
    let journal = disk.read_at("journal-00000001.jsonl", 0, usize::MAX).unwrap();
    let journal = String::from_utf8(journal).unwrap();
    let told = |what: &str| journal.rfind(what).unwrap_or_else(|| panic!("no {what} in {journal}"));
    assert!(told("\"restarted\"") < told("\"uid\""), "{journal}");
}

/// Procedure 3.10: over a stop the borrower keeps what it borrowed, before the donation or in it.
#[test]
fn a_lent_scanner_is_still_lent_after_a_start() {
    let lend = |run: &mut Run, ms: u64| {
        let (device, text) = (neighbour_s_scanner().id, "HS-BED-1".to_owned());
        let observation = Observation::Scan(ScanText { text, aim: None });
        run.step(ms, Input::Observed { device, observation });
    };
    for before in [true, false] {
        let disk: Arc<dyn Disk> = Arc::new(MemDisk::new());
        let mut run = start(&disk, 0);
        run.answer(10, "W1", 80);
        if before {
            lend(&mut run, 15);
        }
        run.request(20, |rev| ControlOp::Call {
            bed: bed(),
            rev,
            queue: "A1".to_owned(),
            programme_ml: None,
        });
        if !before {
            lend(&mut run, 25);
        }
        drop(run);
        for ms in [20_000, 40_000] {
            let mut run = start(&disk, ms);
            let view = run.station.snapshot(at(ms)).beds.remove(0);
            assert_eq!(view.scanner, Some(ScannerLoan::BorrowedFrom(neighbour())), "{before} {ms}");
        }
    }
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
    fn take(&mut self, _: Mono, event: &Event, _: bool) -> Vec<Command> {
        assert!(!matches!(event, Event::Act(PersonAct { act: Act::CallForHelp, .. })), "a test's panic");
        Vec::new()
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

#[test]
fn needles_in_the_bin_are_known_after_a_start() {
    let disk: Arc<dyn Disk> = Arc::new(MemDisk::new());
    let mut run = start(&disk, 0);
    for ms in [10, 20] {
        let act =
            PersonAct { act: Act::NeedleBinned, by: Some(OperatorId::new("n1").unwrap()), second: None };
        run.write(ms, &EventEntry { event: Event::Act(act), refused: None });
    }
    drop(run);
    let run = start(&disk, 20_000);
    assert_eq!(run.station.slots[0].machine.standing().binned, 2);
}

/// What the index says of a bag's number, and how many records the journal holds.
fn written(disk: &Arc<dyn Disk>) -> (Index, Vec<crate::journal::entry::RecordFrozen>) {
    let (_, recovery) = open(disk.clone(), JournalSettings::default(), 0).unwrap();
    let reader = Reader::new(disk.clone());
    let (index, _) = rebuild(Box::new(MemoryStore::default()), &reader, &recovery).unwrap();
    let entries = reader.entries(1, recovery.last_seq).unwrap();
    let records = entries.filter_map(|entry| entry.unwrap().entry.body_as().unwrap()).collect();
    (index, records)
}

/// Does one step and then cuts the power after so many whole lines of it. Says how many lines the step has.
fn cut_after(lines: usize, before: &[(u64, Step)], (ms, step): (u64, Step)) -> (Arc<dyn Disk>, usize) {
    let memory = MemDisk::new();
    let disk: Arc<dyn Disk> = Arc::new(memory.clone());
    let mut run = opened(&disk);
    for (ms, step) in before {
        run.step(*ms, step.input(run.station.slots[0].rev()));
    }
    let rev = run.station.slots[0].rev();
    run.station.step(at(ms), step.input(rev));
    let mut count = 0;
    while let Some(output) = run.station.poll_output() {
        if let Output::Journal { drafts, .. } = output {
            count = drafts.len();
            run.writer.append(&drafts[..lines.min(count)]).unwrap();
        }
    }
    run.writer.commit().unwrap();
    memory.power_cut(&mut |_, tail| tail.clear());
    (disk, count)
}

/// Inputs of the torn steps.
#[derive(Clone, Copy)]
enum Step {
    Scan(&'static str),
    Abort,
}

impl Step {
    fn input(self, rev: u64) -> Input {
        match self {
            Self::Scan(text) => Input::Observed {
                device: DeviceId::new("bed1.scanner").unwrap(),
                observation: Observation::Scan(drivers::ScanText { aim: None, text: text.to_owned() }),
            },
            Self::Abort => Input::Request {
                token: 7,
                by: Some(ActingOperator { id: OperatorId::new("n1").unwrap(), role: Role::Nurse }),
                second: None,
                op: ControlOp::Act {
                    bed: bed(),
                    rev,
                    act: Act::Abort(station::procedure::event::AbortWhy::DonorWithdraws),
                },
            },
        }
    }
}

const FORM: Step = Step::Scan("=A99992612345608");

fn form_din() -> station::ident::Din {
    station::ident::Din::new("A999926123456").unwrap()
}

#[test]
fn a_step_that_binds_a_number_is_made_good_wherever_the_power_was_cut_in_it() {
    let lines = cut_after(usize::MAX, &[], (1700, FORM)).1;
    assert!(lines >= 3, "event, command, din_bound: {lines}");
    for kept in 1..=lines {
        let (disk, _) = cut_after(kept, &[], (1700, FORM));
        drop(start(&disk, 20_000));
        let (index, _) = written(&disk);
        let used = index.din(&form_din()).unwrap().map(|used| used.1);
        assert_eq!(used, Some(crate::journal::entry::DinState::Used), "{kept} of {lines} lines");
    }
}

#[test]
fn a_closing_step_leaves_one_record_wherever_the_power_was_cut_in_it() {
    let abort = (1900, Step::Abort);
    let lines = cut_after(usize::MAX, &[(1700, FORM)], abort).1;
    assert!(lines >= 6, "event, command, din_bound, shift, record, closed: {lines}");
    for kept in 1..=lines {
        let (disk, _) = cut_after(kept, &[(1700, FORM)], abort);
        let run = start(&disk, 20_000);
        let idle = run.view(20_000).phase == PhaseName::Idle;
        drop(run);
        // A second start owes nothing any more.
        drop(start(&disk, 40_000));
        let (index, records) = written(&disk);
        assert_eq!(records.len(), 1, "{kept} of {lines} lines");
        assert_eq!(index.unfinished().unwrap(), [], "{kept} of {lines} lines");
        assert_eq!(
            idle,
            kept + 1 >= lines,
            "a bed whose record was frozen before is free: {kept} of {lines} lines"
        );
        let envelope: station::record::Envelope = serde_json::from_str(&records[0].canonical).unwrap();
        assert_eq!(envelope.closed, at(1900).wall, "closed when it was closed: {kept} of {lines} lines");
        let voided = index.din(&form_din()).unwrap().map(|used| used.1);
        assert_eq!(voided, Some(crate::journal::entry::DinState::Voided));
    }
}

#[test]
fn a_donation_that_was_named_and_not_opened_any_more_is_ended_at_the_next_start() {
    let memory = MemDisk::new();
    let disk: Arc<dyn Disk> = Arc::new(memory.clone());
    let mut run = start(&disk, 0);
    run.answer(10, "W1", 80);
    let rev = run.station.slots[0].rev();
    let by = ActingOperator { id: OperatorId::new("n1").unwrap(), role: Role::Nurse };
    let op = ControlOp::Call { bed: bed(), rev, queue: "A1".to_owned(), programme_ml: None };
    run.station.step(at(20), Input::Request { token: 1, by: Some(by), second: None, op });
    while let Some(output) = run.station.poll_output() {
        if let Output::Journal { drafts, .. } = output {
            let opened = drafts.iter().position(|draft| format!("{draft:?}").contains("\"opened\"")).unwrap();
            run.writer.append(&drafts[..=opened]).unwrap();
        }
    }
    run.writer.commit().unwrap();
    drop(run);
    assert_eq!(written(&disk).0.unfinished().unwrap().len(), 1);
    let run = start(&disk, 20_000);
    assert_eq!(run.view(20_000).phase, PhaseName::Idle);
    drop(run);
    let (index, records) = written(&disk);
    assert_eq!((index.unfinished().unwrap(), records.len()), (vec![], 0));
}
