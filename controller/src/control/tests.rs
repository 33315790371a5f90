//! The step, with a stand-in for the machine: what leaves when, and what a failing bed does to the others.

use super::entries::{CommandEntry, EventEntry};
use super::io::*;
use super::machine::Standing;
use super::*;
use crate::clock::BootId;
use crate::journal::{Body, Draft};
use crate::privacy::{Entropy, EntropyError, MasterKey};
use station::api::{Answer, BedView, ErrorCode};
use station::device::{Actuation, DeviceKind, Quality, Reading, WeightSample};
use station::ident::{CommandCode, DeviceId, DonationId, LabelKind};
use station::measure::{Milligrams, Wall};
use station::procedure::command::{Command, Epoch, Permit};
use station::procedure::event::{Act, Role};
use station::procedure::limits::DonorConnectedSeal;
use station::procedure::phase::PhaseName;
use station::procedure::refusal::{Refusal, Typing};
use station::procedure::timers::Timer;
use std::sync::{Arc, Mutex};

mod climate;
mod gates;
mod paper;
mod people;
mod scanners;

/// A machine without a procedure: some acts have an effect that a test can see.
struct Puppet {
    bed: BedId,
    epoch: u32,
    permits: u32,
    donation: Option<DonationId>,
    phase: PhaseName,
    guard: bool,
    commands: VecDeque<Command>,
    heard: Arc<Mutex<Vec<(BedId, Event)>>>,
    operator: Option<OperatorId>,
    timer: Option<Mono>,
    binned: u32,
    /// Fails when it is asked what is due.
    broken: bool,
}

impl Puppet {
    fn ask(&mut self, now: Mono, actuation: Actuation) {
        self.permits += 1;
        let (id, epoch) = (PermitId(self.permits), Epoch(self.epoch));
        self.commands.push_back(Command::Permit(Permit {
            id,
            actuation,
            epoch,
            expires: now + Span::from_secs(2),
        }));
    }
    fn protect(&mut self) {
        self.epoch += 1;
        self.commands.push_back(Command::Protect(Actuation::ClampClose));
    }
}

impl super::machine::Watched for Puppet {
    fn guard_passes(&self, _: Mono) -> bool {
        self.guard
    }
}

impl Machine for Puppet {
    fn handle(&mut self, now: Mono, event: &Event) -> Result<(), Refusal> {
        self.heard.lock().unwrap().push((self.bed, event.clone()));
        match event {
            Event::Opened(opening) => {
                self.donation = Some(opening.donation);
                self.phase = PhaseName::Draw;
            }
            Event::Operator(operator) => self.operator = operator.as_ref().map(|o| o.id.clone()),
            Event::Act(act) => match &act.act {
                Act::Resume => self.ask(now, Actuation::ClampOpen),
                Act::Seal => self.ask(now, Actuation::Seal),
                Act::Clamp => self.protect(),
                Act::BagLooked => self.timer = Some(now + Span::from_secs(1)),
                Act::BagRejected => self.guard = false,
                Act::SegmentsLater => (self.broken, self.timer) = (true, Some(now)),
                Act::NeedleGuarded => self.phase = PhaseName::Seal,
                Act::NeedleBinned => {
                    self.phase = PhaseName::Separate;
                    self.binned += 1;
                }
                Act::BedCleared => (self.donation, self.phase) = (None, PhaseName::Idle),
                Act::EmergencyStop | Act::TourniquetReleased => panic!("a test's panic"),
                Act::Abort(_) => return Err(Refusal::NotNow),
                _ => {}
            },
            Event::Reading(r) => {
                if let Reading::Weight(w) = &r.reading
                    && w.gross > Milligrams(500_000)
                {
                    self.protect();
                }
            }
            Event::Timer(_) => self.timer = None,
            _ => {}
        }
        Ok(())
    }
    fn poll_command(&mut self) -> Option<Command> {
        self.commands.pop_front()
    }
    fn next_timeout(&self) -> Option<Mono> {
        self.timer
    }
    fn due(&self, now: Mono) -> Option<Timer> {
        assert!(!self.broken, "a test's panic");
        self.timer.filter(|at| *at <= now).map(|_| Timer::NoFlow)
    }
    fn may_fire(&self, _: Mono, _: Actuation) -> Result<(), Refusal> {
        if self.guard { Ok(()) } else { Err(Refusal::ClampNotClosed) }
    }
    fn standing(&self) -> Standing {
        Standing {
            epoch: Epoch(self.epoch),
            phase: self.phase,
            donation: self.donation,
            binned: self.binned,
            stopped: false,
        }
    }
    fn view(&self, _: Mono) -> BedView {
        BedView {
            bed: self.bed,
            rev: 0,
            phase: self.phase,
            prompt: station::api::prompt::Prompt::WaitDraw,
            donation: self.donation,
            din: None,
            donor: None,
            operator: self.operator.clone(),
            programme_ml: u16::try_from(self.epoch).unwrap(),
            programmes_ml: Vec::new(),
            volume: station::measure::Microlitres::ZERO,
            flow: station::measure::MicrolitresPerSecond::ZERO,
            sure: true,
            elapsed: None,
            left: None,
            calls: 0,
            count: None,
            flow_curve: Vec::new(),
            chain: Vec::new(),
            tubes: Vec::new(),
            outstanding: Vec::new(),
            scanner: None,
            audio_paused: None,
            needle_in: false,
            needle_unsaid: false,
            alarms: Vec::new(),
            refused: self.timer.map(|_| Refusal::NotNow),
            devices: Vec::new(),
            disposition: None,
        }
    }
    fn latch_safe(&mut self, _: Mono) {}
}

struct Zero;
impl Entropy for Zero {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        bytes.fill(7);
        Ok(())
    }
}

struct Rig {
    station: Station,
    heard: Arc<Mutex<Vec<(BedId, Event)>>>,
    entries: Vec<Draft>,
}

fn bed(n: u8) -> BedId {
    BedId::new(n).unwrap()
}
fn at(ms: u64) -> Stamp {
    let trust = ClockTrust::Synced;
    Stamp { boot_id: BootId(1), mono: Mono(ms * 1000), wall: Wall(1_790_000_000_000 + ms as i64), trust }
}
fn nurse(id: &str) -> ActingOperator {
    ActingOperator { id: OperatorId::new(id).unwrap(), role: Role::Nurse }
}
fn item(queue: &str, token: &str) -> WorkItem {
    let fields = serde_json::json!({
        "queue": queue, "token": token, "masked": "王*", "age_years": 30, "programme_ml": 400, "din": null,
        "screening": true, "consent": true, "eligible": true, "fetched": at(0).wall,
    });
    serde_json::from_value(fields).unwrap()
}

fn rig() -> Rig {
    let kinds = [DeviceKind::Scale, DeviceKind::Clamp, DeviceKind::Scanner, DeviceKind::Panel];
    let mut devices: Vec<DeviceRoute> = (1..=2)
        .flat_map(|n| kinds.map(|kind| (n, kind)))
        .map(|(n, kind)| DeviceRoute {
            id: DeviceId::new(&format!("bed{n}.{kind}")).unwrap(),
            kind,
            beds: vec![bed(n)],
        })
        .collect();
    let (id, kind) = (DeviceId::new("shared.sealer").unwrap(), DeviceKind::Sealer);
    devices.push(DeviceRoute { id, kind, beds: vec![bed(1), bed(2)] });
    let heard = Arc::new(Mutex::new(Vec::new()));
    let parts = StationParts {
        station: StationId::new("S1").unwrap(),
        mode: Mode::Simulated,
        utc_offset_min: 480,
        settings: Settings::default(),
        beds: (1..=2)
            .map(|n| BedParts { bed: bed(n), donor_connected_seal: DonorConnectedSeal::Locked })
            .collect(),
        devices,
        probes: Vec::new(),
        privacy: Privacy::new(&MasterKey::from_bytes([1; 32]), Box::new(Zero)),
        next_seq: 1,
        now: at(0),
        dins: Vec::new(),
        needles_binned: Vec::new(),
        clamp_delays: Vec::new(),
        worklist: vec![item("A1", "t1"), item("A2", "t2")],
        drawn: Vec::new(),
        online: false,
        shift: crate::control::shift::ShiftParts::none(),
        recovered: crate::control::restart::Recovered::default(),
        closed: Vec::new(),
    };
    let told = heard.clone();
    let make = move |bed| -> Box<dyn Machine> {
        Box::new(Puppet {
            bed,
            epoch: 0,
            permits: 0,
            donation: None,
            phase: PhaseName::Idle,
            guard: true,
            commands: VecDeque::new(),
            heard: told.clone(),
            operator: None,
            timer: None,
            binned: 0,
            broken: false,
        })
    };
    let station = Station::with_machines(parts, make).unwrap();
    Rig { station, heard: heard.clone(), entries: Vec::new() }
}

impl Rig {
    /// One step; gives back what came out, entries kept aside.
    fn step(&mut self, ms: u64, input: Input) -> Vec<Output> {
        self.station.step(at(ms), input);
        let out: Vec<Output> = std::iter::from_fn(|| self.station.poll_output()).collect();
        for output in &out {
            if let Output::Journal { drafts, .. } = output {
                self.entries.extend(drafts.iter().cloned());
            }
        }
        out
    }
    fn request(&mut self, ms: u64, token: Token, by: &str, op: ControlOp) -> Vec<Output> {
        self.step(ms, Input::Request { token, by: Some(nurse(by)), second: None, op })
    }
    fn rev(&self, n: u8) -> u64 {
        self.station.slots[usize::from(n) - 1].rev()
    }
    fn act(&mut self, ms: u64, token: Token, n: u8, act: Act) -> Vec<Output> {
        let rev = self.rev(n);
        self.request(ms, token, "n1", ControlOp::Act { bed: bed(n), rev, act })
    }
    fn call(&mut self, ms: u64, token: Token, n: u8, queue: &str) -> Vec<Output> {
        let (rev, queue) = (self.rev(n), queue.to_owned());
        self.request(ms, token, "n1", ControlOp::Call { bed: bed(n), rev, queue, programme_ml: None })
    }
    fn weigh(&mut self, ms: u64, n: u8, grams: i64) -> Vec<Output> {
        let sample = WeightSample { gross: Milligrams(grams * 1000), quality: Quality::Dynamic };
        let device = DeviceId::new(&format!("bed{n}.scale")).unwrap();
        self.step(
            ms,
            Input::Observed { device, observation: drivers::Observation::Reading(Reading::Weight(sample)) },
        )
    }
    fn durable(&mut self, ms: u64) -> Vec<Output> {
        let last = self.entries.last().map_or(0, Draft::seq);
        self.step(ms, Input::Durable(last))
    }
    fn kinds(&self) -> Vec<String> {
        self.entries.iter().map(|d| if d.is_sample() { "pack".to_owned() } else { kind(d) }).collect()
    }
    fn lapses(&self) -> Vec<Lapse> {
        let heard = self.heard.lock().unwrap();
        heard
            .iter()
            .filter_map(|(_, e)| if let Event::PermitLapsed { why, .. } = e { Some(*why) } else { None })
            .collect()
    }
}

fn kind(draft: &Draft) -> String {
    let text = format!("{draft:?}");
    [EventEntry::KIND, CommandEntry::KIND, BedFailedKind::KIND]
        .iter()
        .map(|k| k.as_str().to_owned())
        .find(|k| text.contains(&format!("\"{k}\"")))
        .unwrap_or_default()
}
type BedFailedKind = super::entries::BedFailed;

fn orders(out: &[Output]) -> Vec<(String, Actuation, bool)> {
    out.iter()
        .filter_map(|o| match o {
            Output::Order { device, actuation, permit } => {
                Some((device.to_string(), *actuation, permit.is_some()))
            }
            Output::Journal { .. } | Output::Ask(_) | Output::Answer { .. } | Output::ClockConfirmed(_) => {
                None
            }
        })
        .collect()
}
fn answer(out: &[Output]) -> Option<Result<Answer, ErrorCode>> {
    out.iter().find_map(|o| match o {
        Output::Answer { result, .. } => Some(result.clone().map_err(|e| e.code)),
        Output::Order { .. } | Output::Ask(_) | Output::Journal { .. } | Output::ClockConfirmed(_) => None,
    })
}
fn opened_rig() -> Rig {
    let mut rig = rig();
    rig.step(1, Input::Timeout);
    rig.call(2, 1, 1, "A1");
    rig.durable(3);
    rig
}

#[test]
fn a_machine_made_anew_is_told_of_the_needles_in_the_bin() {
    let mut rig = opened_rig();
    rig.act(10, 2, 1, Act::NeedleBinned);
    rig.act(20, 3, 1, Act::BedCleared);
    rig.call(30, 4, 1, "A2");
    let told = (bed(1), Event::Shared(SharedFact::Binned(1)));
    assert!(rig.heard.lock().unwrap().contains(&told));
}

#[test]
fn what_the_confirm_code_stands_for_is_left_to_the_machine() {
    let mut rig = opened_rig();
    let device = DeviceId::new("bed1.scanner").unwrap();
    let scan = drivers::ScanText { aim: None, text: "HS-CMD-CONFIRM".to_owned() };
    rig.step(10, Input::Observed { device, observation: drivers::Observation::Scan(scan) });
    let heard = rig.heard.lock().unwrap();
    assert!(heard.iter().any(|(_, e)| matches!(e, Event::Scan(scan) if scan.content.labels().is_empty())));
    assert!(!heard.iter().any(|(_, e)| matches!(e, Event::Act(_))));
}

#[test]
fn a_protect_leaves_before_everything_else_of_its_step() {
    let mut rig = opened_rig();
    let out = rig.act(10, 5, 1, Act::Clamp);
    assert!(
        matches!(&out[0], Output::Order { actuation: Actuation::ClampClose, permit: None, .. }),
        "{out:?}"
    );
    assert!(matches!(&out[1], Output::Journal { force: true, .. }));
    assert_eq!(out.len(), 2, "the answer waits for the disk");
}

#[test]
fn a_permit_fires_only_after_its_entries_are_durable_and_its_event_is_journaled_after() {
    let mut rig = opened_rig();
    assert_eq!(orders(&rig.act(10, 5, 1, Act::Resume)), vec![]);
    let last = rig.entries.last().unwrap().seq();
    assert_eq!(orders(&rig.step(11, Input::Durable(last - 1))), vec![]);
    let out = rig.step(12, Input::Durable(last));
    assert_eq!(orders(&out), vec![("bed1.clamp".to_owned(), Actuation::ClampOpen, true)]);
    assert_eq!(orders(&rig.step(13, Input::Durable(last))), vec![]);
    assert!(matches!(rig.heard.lock().unwrap().last(), Some((_, Event::PermitFired(PermitId(1))))));
    assert_eq!(rig.kinds().last().map(String::as_str), Some("event"));
}

#[test]
fn a_protect_in_between_drops_the_permit() {
    let mut rig = opened_rig();
    rig.act(10, 5, 1, Act::Resume);
    rig.weigh(11, 1, 900);
    assert_eq!(orders(&rig.durable(12)), vec![]);
    assert_eq!(rig.lapses(), vec![Lapse::EpochPassed]);
}

#[test]
fn a_permit_expires_and_the_guard_has_the_last_word() {
    let mut rig = opened_rig();
    rig.act(10, 5, 1, Act::Resume);
    assert_eq!(rig.station.next_timeout(), Some(Mono(2_010_000)));
    rig.step(2010, Input::Timeout);
    rig.durable(2011);
    rig.act(3000, 6, 1, Act::Resume);
    rig.act(3001, 7, 1, Act::BagRejected);
    assert_eq!(orders(&rig.durable(3002)), vec![]);
    assert_eq!(rig.lapses(), vec![Lapse::Expired, Lapse::GuardRefused]);
}

#[test]
fn a_bed_whose_guard_fails_or_whose_program_failed_is_not_in_order_and_the_others_are() {
    let mut rig = opened_rig();
    let beds = rig.station.beds_in_order(Mono(10_000));
    assert!(beds.contains(&bed(1)) && beds.contains(&bed(2)));
    rig.act(10, 5, 1, Act::BagRejected);
    assert_eq!(rig.station.beds_in_order(Mono(10_000)), [bed(2)]);
    rig.call(20, 6, 2, "A2");
    rig.act(30, 7, 2, Act::EmergencyStop);
    assert_eq!(rig.station.beds_in_order(Mono(40_000)), []);
}

#[test]
fn an_order_that_the_device_does_not_take_lapses() {
    let mut rig = opened_rig();
    rig.act(10, 5, 1, Act::Resume);
    rig.durable(11);
    let (device, permit) = (DeviceId::new("bed1.clamp").unwrap(), Some((bed(1), PermitId(1))));
    rig.step(12, Input::OrderFailed { device, actuation: Actuation::ClampOpen, permit });
    assert_eq!(rig.lapses(), vec![Lapse::DeviceRefused]);
}

#[test]
fn a_shared_tool_at_work_takes_no_second_shot() {
    let mut rig = opened_rig();
    rig.call(5, 9, 2, "A2");
    rig.act(10, 5, 1, Act::Seal);
    rig.act(10, 6, 2, Act::Seal);
    assert_eq!(orders(&rig.durable(11)), vec![("shared.sealer".to_owned(), Actuation::Seal, true)]);
    assert_eq!(rig.lapses(), vec![Lapse::DeviceRefused]);
}

#[test]
fn an_answer_waits_for_the_disk_and_fails_with_it() {
    let mut rig = opened_rig();
    assert_eq!(answer(&rig.act(10, 5, 1, Act::PlugBroken)), None);
    assert_eq!(answer(&rig.durable(11)), Some(Ok(Answer::Done)));
    rig.act(12, 6, 1, Act::PlugBroken);
    rig.act(12, 7, 1, Act::Resume);
    let out = rig.step(13, Input::JournalFailed);
    assert_eq!(answer(&out), Some(Err(ErrorCode::NotDurable)));
    assert_eq!(rig.lapses(), vec![Lapse::Expired]);
    let out = rig.act(14, 8, 1, Act::Clamp);
    assert_eq!(orders(&out).len(), 1, "protect goes on");
    assert_eq!(answer(&out), Some(Err(ErrorCode::NotDurable)));
    assert!(!out.iter().any(|o| matches!(o, Output::Journal { .. })), "that journal is never written again");
    assert!(!rig.station.snapshot(at(15)).journal_ok);
}

#[test]
fn a_refusal_is_told_with_its_reason() {
    let mut rig = opened_rig();
    rig.act(10, 5, 1, Act::Abort(station::procedure::event::AbortWhy::NoVein));
    assert_eq!(answer(&rig.durable(11)), Some(Err(ErrorCode::Refused)));
}

#[test]
fn a_mistyped_label_is_journaled_shown_with_both_values_and_moves_nothing() {
    let mut rig = opened_rig();
    rig.act(5, 4, 1, Act::BagLooked);
    rig.durable(6);
    let good = "G1234 17 654321 A";
    let wrongs =
        [("G123417654321B", "G123417654321B"), ("G123417654321", good), (good, "A9999211234563"), ("x", "x")];
    for (n, (text, again)) in (0_u64..).zip(wrongs) {
        let (entries, heard, rev) = (rig.entries.len(), rig.heard.lock().unwrap().len(), rig.rev(1));
        let op = ControlOp::TypedLabel {
            bed: bed(1),
            rev,
            label: LabelKind::Din,
            text: text.to_owned(),
            again: again.to_owned(),
        };
        let second = Some(nurse("n2"));
        rig.step(10 + n, Input::Request { token: n, by: Some(nurse("n1")), second, op });
        assert_eq!(rig.entries.len(), entries + 1);
        assert!(format!("{:?}", rig.entries.last()).contains("\"mistyped\""), "{:?}", rig.entries.last());
        assert_eq!(rig.heard.lock().unwrap().len(), heard, "the machine is not told");
        assert_ne!(rig.rev(1), rev, "terminals have news");
        let (first, second) = (Typing::of(text), Typing::of(again));
        let shown = rig.station.snapshot(at(10 + n)).beds.remove(0).refused;
        assert_eq!(
            shown,
            Some(Refusal::Mistyped { first, second }),
            "before what the machine refused earlier"
        );
        assert_eq!(answer(&rig.durable(10 + n)), Some(Err(ErrorCode::Refused)));
    }
    rig.act(20, 9, 1, Act::PlugBroken);
    let shown = rig.station.snapshot(at(21)).beds.remove(0).refused;
    assert!(!matches!(shown, Some(Refusal::Mistyped { .. })));
}

#[test]
fn a_stale_revision_is_refused_at_once_except_to_protect() {
    let mut rig = opened_rig();
    let rev = rig.rev(1);
    rig.act(10, 5, 1, Act::BagLooked);
    assert_ne!(rig.rev(1), rev);
    let stale = |act| ControlOp::Act { bed: bed(1), rev, act };
    let entries = rig.entries.len();
    assert_eq!(answer(&rig.request(11, 6, "n1", stale(Act::PlugBroken))), Some(Err(ErrorCode::Stale)));
    assert_eq!(rig.entries.len(), entries);
    assert_eq!(orders(&rig.request(12, 7, "n1", stale(Act::Clamp))).len(), 1);
    assert_eq!(
        answer(&rig.request(12, 8, "n1", ControlOp::Act { bed: bed(5), rev, act: Act::Clamp })),
        Some(Err(ErrorCode::NoSuchBed))
    );
}

#[test]
fn weights_alone_do_not_make_a_screen_stale_but_what_they_cause_does() {
    let mut rig = opened_rig();
    let rev = rig.rev(1);
    rig.weigh(10, 1, 100);
    assert_eq!(rig.rev(1), rev);
}

#[test]
fn a_donation_is_named_by_its_opening_entry() {
    let mut rig = rig();
    rig.step(1, Input::Timeout);
    rig.call(2, 1, 1, "A1");
    let Some(Ok(Answer::Opened { donation })) = answer(&rig.durable(3)) else { panic!("not opened") };
    let entry = rig.entries.iter().find(|d| d.seq() == donation.0).unwrap();
    assert!(format!("{entry:?}").contains("\"opened\""), "{entry:?}");
    assert_eq!(rig.station.snapshot(at(4)).worklist.len(), 1);
    // The same person cannot lie on two beds.
    assert_eq!(answer(&rig.call(5, 2, 2, "A1")).or(answer(&rig.durable(6))), Some(Err(ErrorCode::Refused)));
    assert_eq!(
        answer(&rig.call(7, 3, 2, "B9")).or(answer(&rig.durable(8))),
        Some(Err(ErrorCode::NotInWorklist))
    );
}

#[test]
fn a_pack_is_cut_before_anything_else_of_its_bed_and_after_a_second() {
    let mut rig = opened_rig();
    let before = rig.entries.len();
    rig.weigh(10, 1, 100);
    rig.weigh(20, 1, 101);
    assert_eq!(rig.entries.len(), before);
    rig.act(30, 5, 1, Act::PlugBroken);
    assert_eq!(rig.kinds()[before..], ["pack", "event"]);
    rig.weigh(40, 1, 102);
    rig.step(1039, Input::Timeout);
    assert_eq!(rig.entries.len(), before + 2);
    rig.step(1040, Input::Timeout);
    assert_eq!(rig.kinds()[before..], ["pack", "event", "pack"]);
    // A weight that leads to a command is in the pack before that command.
    rig.weigh(1050, 1, 900);
    assert_eq!(rig.kinds()[before + 3..], ["pack", "command"]);
}

#[test]
fn a_free_bed_s_weights_are_not_kept() {
    let mut rig = rig();
    rig.step(1, Input::Timeout);
    let before = rig.entries.len();
    rig.weigh(10, 2, 100);
    rig.step(5000, Input::Timeout);
    assert!(!rig.kinds()[before..].contains(&"pack".to_owned()));
}

#[test]
fn timers_are_events_and_come_before_a_later_input() {
    let mut rig = opened_rig();
    rig.act(10, 5, 1, Act::BagLooked);
    rig.weigh(2000, 1, 100);
    let heard = rig.heard.lock().unwrap();
    let tail: Vec<&Event> =
        heard.iter().filter(|(b, _)| *b == bed(1)).rev().take(2).map(|(_, e)| e).collect();
    assert!(matches!(tail[0], Event::Reading(_)), "{tail:?}");
    assert!(matches!(tail[1], Event::Timer(Timer::NoFlow)), "{tail:?}");
}

#[test]
fn a_bed_that_panics_is_made_safe_and_the_others_go_on() {
    let mut rig = opened_rig();
    rig.call(5, 9, 2, "A2");
    rig.act(6, 10, 1, Act::Resume);
    let out = rig.act(10, 5, 1, Act::EmergencyStop);
    let ordered = orders(&out);
    assert_eq!(ordered[0], ("bed1.clamp".to_owned(), Actuation::ClampClose, false));
    assert!(ordered.iter().all(|(device, _, _)| !device.starts_with("bed2")));
    assert!(rig.kinds().contains(&"bed_failed".to_owned()));
    // Its waiting permit is gone, it decides nothing any more, and the screen says so.
    assert_eq!(orders(&rig.durable(11)), vec![]);
    let heard = rig.heard.lock().unwrap().len();
    rig.weigh(12, 1, 900);
    assert_eq!(rig.heard.lock().unwrap().len(), heard);
    let view = rig.station.snapshot(at(13)).beds.remove(0);
    assert_eq!(view.alarms[0].code, station::procedure::alarm::AlarmCode::BedFailed);
    // Anyone can still close its clamp, and the other bed works.
    assert_eq!(orders(&rig.act(14, 6, 1, Act::Clamp))[0].1, Actuation::ClampClose);
    rig.act(15, 7, 2, Act::Resume);
    assert_eq!(orders(&rig.durable(16)), vec![("bed2.clamp".to_owned(), Actuation::ClampOpen, true)]);
}

#[test]
fn a_second_panic_makes_every_bed_safe() {
    let mut rig = opened_rig();
    rig.call(5, 9, 2, "A2");
    rig.act(10, 5, 1, Act::EmergencyStop);
    let out = rig.act(11, 6, 2, Act::EmergencyStop);
    let clamps: Vec<String> =
        orders(&out).into_iter().filter(|(_, a, _)| *a == Actuation::ClampClose).map(|(d, _, _)| d).collect();
    assert_eq!(clamps, ["bed1.clamp", "bed2.clamp"]);
}

#[test]
fn the_journal_s_slowness_and_a_backlog_reach_every_bed_once() {
    let mut rig = rig();
    for lag in [6, 7, 1] {
        rig.step(lag, Input::JournalLag(Span::from_secs(lag)));
    }
    let heard = rig.heard.lock().unwrap();
    let shared: Vec<&Event> = heard
        .iter()
        .map(|(_, e)| e)
        .filter(|e| matches!(e, Event::Shared(SharedFact::JournalSlow(_))))
        .collect();
    assert_eq!(shared.len(), 4);
    drop(heard);
    let mut told = |waiting, online| {
        rig.step(8, Input::Outbox(OutboxView { waiting, delivered: 0, online }));
        let heard = rig.heard.lock().unwrap();
        heard.iter().filter(|(_, e)| matches!(e, Event::Shared(SharedFact::Backlog(_)))).count()
    };
    let told = [told(9, false), told(10, false), told(11, false), told(11, true), told(9, true)];
    assert_eq!(told, [0, 2, 2, 2, 4], "a receiver that answers and takes nothing is told as well");
    rig.step(9000, Input::JournalLag(Span::from_secs(31)));
    assert!(rig.station.pen.has_failed());
}

#[test]
fn numbers_have_no_gaps_and_a_new_journal_begins_with_a_checkpoint() {
    let mut rig = opened_rig();
    rig.weigh(10, 1, 1);
    rig.act(20, 5, 1, Act::Clamp);
    let seqs: Vec<u64> = rig.entries.iter().map(Draft::seq).collect();
    assert_eq!(seqs, (1..=seqs.len() as u64).collect::<Vec<_>>());
    assert!(format!("{:?}", rig.entries[0]).contains("Checkpoint"));
}

fn barcode(rig: &mut Rig, ms: u64, text: &str) -> Vec<Output> {
    let device = DeviceId::new("bed1.scanner").unwrap();
    let scan = drivers::ScanText { aim: None, text: text.to_owned() };
    rig.step(ms, Input::Observed { device, observation: drivers::Observation::Scan(scan) })
}

const SEALER: &str = "shared.sealer";

fn tell(rig: &mut Rig, ms: u64, name: &str, observation: drivers::Observation) -> Vec<Output> {
    rig.step(ms, Input::Observed { device: DeviceId::new(name).unwrap(), observation })
}
fn identity(serial: &str) -> drivers::Observation {
    let serial = station::ident::DeviceSerial::new(serial).ok();
    drivers::Observation::Identity { serial, model: String::new() }
}
/// What the beds heard last of this kind of device.
fn health(rig: &Rig, n: u8, kind: DeviceKind) -> Option<Reading> {
    let heard = rig.heard.lock().unwrap();
    heard.iter().rev().find_map(|(on, event)| match event {
        Event::Reading(r) if *on == bed(n) && r.device == kind => Some(r.reading.clone()),
        _ => None,
    })
}

#[test]
fn a_broken_shared_tool_is_replaced_while_beds_are_busy_but_not_while_it_works() {
    let mut rig = opened_rig();
    rig.call(5, 9, 2, "A2");
    tell(&mut rig, 10, SEALER, identity("A"));
    tell(&mut rig, 11, SEALER, identity("B"));
    assert!(matches!(health(&rig, 2, DeviceKind::Sealer), Some(Reading::Online { .. })));
    rig.act(12, 5, 1, Act::NeedleGuarded);
    tell(&mut rig, 13, SEALER, identity("C"));
    assert!(matches!(health(&rig, 2, DeviceKind::Sealer), Some(Reading::Faulted(_))));
    // As soon as no bed seals, without another word of the tool.
    rig.act(14, 6, 1, Act::NeedleBinned);
    assert!(
        matches!(health(&rig, 2, DeviceKind::Sealer), Some(Reading::Online { serial: Some(s) }) if s.as_str() == "C")
    );
    // A bed's own device belongs to its donation.
    tell(&mut rig, 15, "bed1.scale", identity("A"));
    tell(&mut rig, 16, "bed1.scale", identity("B"));
    assert!(matches!(health(&rig, 1, DeviceKind::Scale), Some(Reading::Faulted(_))));
}

#[test]
fn an_emergency_stops_a_shared_tool_in_another_bed_s_shot_and_nothing_else_does() {
    let disable = (SEALER.to_owned(), Actuation::SealerDisable, false);
    let mut rig = opened_rig();
    rig.call(5, 9, 2, "A2");
    rig.act(10, 5, 2, Act::Seal);
    assert_eq!(orders(&rig.durable(11)), vec![(SEALER.to_owned(), Actuation::Seal, true)]);
    let pressed = drivers::Observation::Reading(Reading::EmergencyStop(true));
    assert!(orders(&tell(&mut rig, 12, "bed1.panel", pressed.clone())).contains(&disable));
    // A bed that fails is made safe, but the other's shot is not its to end; its stop still is.
    let mut rig = opened_rig();
    rig.call(5, 9, 2, "A2");
    rig.act(10, 5, 2, Act::Seal);
    rig.durable(11);
    let failing = rig.act(12, 6, 1, Act::TourniquetReleased);
    assert!(rig.station.slots[0].machine.has_failed());
    assert!(!orders(&failing).contains(&disable), "{failing:?}");
    let stopped = orders(&tell(&mut rig, 13, "bed1.panel", pressed));
    assert!(stopped.contains(&disable), "{stopped:?}");
    assert!(stopped.contains(&("bed1.clamp".to_owned(), Actuation::ClampClose, false)), "{stopped:?}");
}

#[test]
fn every_bed_made_safe_by_a_second_failure_is_journaled_as_failed() {
    let mut rig = opened_rig();
    rig.station.failures = 1;
    rig.act(10, 5, 1, Act::EmergencyStop);
    let failed = |n: u8| {
        let of_bed =
            |d: &&Draft| kind(d) == "bed_failed" && format!("{d:?}").contains(&format!("{:?}", Some(bed(n))));
        rig.entries.iter().filter(of_bed).count()
    };
    assert_eq!((failed(1), failed(2)), (1, 1));
}

#[test]
fn only_donors_of_the_list_are_remembered_as_served() {
    let mut rig = opened_rig();
    let waiting = |rig: &mut Rig| -> Vec<String> {
        rig.station.snapshot(at(90)).worklist.iter().map(|item| item.queue.clone()).collect()
    };
    assert_eq!(waiting(&mut rig), ["A2"]);
    rig.act(10, 5, 1, Act::BedCleared);
    rig.step(11, Input::Worklist(vec![item("A1", "t1"), item("A2", "t2")]));
    assert_eq!(waiting(&mut rig), ["A2"], "fetched again, still served");
    rig.step(12, Input::Worklist(vec![item("A2", "t2")]));
    assert!(rig.station.served.is_empty());
    rig.step(13, Input::Worklist(vec![item("B7", "t1")]));
    assert_eq!(waiting(&mut rig), ["B7"], "back another day");
}

#[test]
fn a_bed_that_fails_when_it_is_asked_for_its_timers_is_made_safe_and_the_others_go_on() {
    let mut rig = opened_rig();
    rig.act(10, 5, 1, Act::SegmentsLater);
    let out = rig.step(11, Input::Timeout);
    assert!(orders(&out).contains(&("bed1.clamp".to_owned(), Actuation::ClampClose, false)), "{out:?}");
    assert!(rig.station.slots[0].machine.has_failed());
    assert!(!rig.station.slots[1].machine.has_failed());
    assert_eq!(rig.station.next_timeout().filter(|at| at.0 <= 11_000), None, "no turn without end");
}
