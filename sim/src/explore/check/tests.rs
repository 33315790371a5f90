//! Each checker is shown something that breaks its law, and the same without the breach.

use super::*;
use crate::bms::book::{BmsFault, Book};
use crate::explore::clock::Clock;
use crate::explore::eye::{Eye, Line};
use crate::explore::seen::Asked;
use crate::explore::truth::Truth;
use crate::prng::Rng;
use crate::site::Site;
use crate::world::STEP_US;
use crate::world::donor::Vein;
use crate::world::line::{ML, Way};
use controller::journal::Reader;
use controller::journal::disk::Disk as _;
use controller::journal::mem_disk::MemDisk;
use serde_json::json;
use station::api::shift::{ScaleView, ShiftAsk};
use station::api::{Answer, ApiError, ErrorCode};
use station::device::{Actuation, DeviceKind};
use station::ident::{BedId, LocalDate, OperatorId};
use station::measure::{Mono, Span};
use station::procedure::event::{Act, ActingOperator, PermitId, Role};
use std::sync::Arc;

/// One bed, one checker.
struct Bench {
    clock: Clock,
    site: Site,
    truth: Truth,
    checker: Box<dyn Checker>,
    findings: Findings,
}

fn bed() -> BedId {
    BedId::new(1).unwrap()
}

impl Bench {
    fn new(checker: Box<dyn Checker>) -> Self {
        let clock = Clock::new(1);
        let today = LocalDate::new(2026, 3, 1).unwrap();
        let site = Site::new(1, 1, 3, today, false).unwrap();
        let truth = Truth::new(&site, clock.world());
        let mut bench = Self { clock, site, truth, checker, findings: Findings::default() };
        bench.see(&Seen::Started);
        bench
    }

    fn see(&mut self, seen: &Seen<'_>) {
        let scene = Scene { clock: &self.clock, site: &self.site, truth: &self.truth };
        self.checker.see(&scene, seen, &mut self.findings);
    }

    fn pass(&mut self, ms: u64) {
        for _ in 0..ms * 1000 / STEP_US {
            self.clock.pass(Span(STEP_US));
            self.site.advance(self.clock.world());
            self.truth.look(&self.site, self.clock.world());
            self.see(&Seen::Passed);
        }
    }

    fn ask(&mut self, token: u64, act: Act, role: Option<Role>) {
        let by = role.map(|role| ActingOperator { id: OperatorId::new("1001").unwrap(), role });
        let asked = Asked { token, bed: bed(), act, by, stale: false, alone: false };
        self.see(&Seen::Asked(&asked));
    }

    fn order(&mut self, actuation: Actuation, permit: Option<u32>) {
        self.see(&Seen::Ordered(bed(), actuation, permit.map(PermitId)));
    }

    fn line(&mut self, seq: u64, kind: &str, body: serde_json::Value) {
        let now = self.clock.now();
        let line = Line {
            seq,
            mono: now.mono,
            wall: now.wall.0,
            boot: now.boot_id.to_string(),
            kind: kind.to_owned(),
            bed: 1,
            body,
        };
        self.see(&Seen::Line(&line));
    }

    fn intent(&mut self, seq: u64, id: u32, actuation: &str) {
        let expires = self.clock.now().mono.0 + 2_000_000;
        let permit = json!({ "id": id, "actuation": actuation, "epoch": 1, "expires": expires });
        self.line(seq, "command", json!({ "commands": [{ "permit": permit }] }));
    }

    fn needle_in(&mut self) {
        self.site.beds[0].line.insert(Vein::new(Rng::new(1), 80.0));
        self.pass(10);
    }

    fn end(&mut self, book: &Book) {
        let disk = MemDisk::new();
        let reader = Reader::new(Arc::new(disk.clone()));
        let scene = Scene { clock: &self.clock, site: &self.site, truth: &self.truth };
        let end = End { reader: &reader, disk: &disk, last: 0, book };
        self.checker.end(&scene, &end, &mut self.findings);
    }

    fn found(&self) -> &str {
        self.findings.broken.first().map_or("", |violation| violation.what.as_str())
    }
}

#[test]
fn a_clamp_that_opens_unasked_or_stays_open_is_found() {
    let open = |bench: &mut Bench| bench.site.beds[0].drive(DeviceKind::Clamp, 0, true);
    let mut bench = Bench::new(Box::<clamp::ClampChecker>::default());
    bench.needle_in();
    bench.ask(1, Act::NeedleIn, Some(Role::Nurse));
    bench.order(Actuation::ClampOpen, Some(1));
    open(&mut bench);
    bench.pass(2_000);
    assert_eq!(bench.found(), "");
    bench.ask(2, Act::Pause, None);
    bench.pass(500);
    assert!(bench.found().contains("still open"), "{}", bench.found());

    let mut bench = Bench::new(Box::<clamp::ClampChecker>::default());
    open(&mut bench);
    bench.pass(50);
    assert!(bench.found().contains("without an order"), "{}", bench.found());

    let mut bench = Bench::new(Box::<clamp::ClampChecker>::default());
    bench.needle_in();
    bench.order(Actuation::ClampOpen, Some(1));
    open(&mut bench);
    bench.pass(50);
    assert!(bench.found().contains("nobody who may"), "{}", bench.found());
}

#[test]
fn a_mixer_that_is_stopped_over_blood_with_the_needle_in_is_found() {
    let stopped = |before: &dyn Fn(&mut Bench)| {
        let mut bench = Bench::new(Box::<clamp::ClampChecker>::default());
        bench.needle_in();
        let line = &mut bench.site.beds[0].line;
        line.plug_broken = true;
        (0..20_000).for_each(|_| line.step(5_000, 1.0, Way::Bag));
        assert!(line.bag_nl() > 20 * ML);
        bench.pass(10);
        before(&mut bench);
        bench.order(Actuation::MixerStop, None);
        bench.found().to_owned()
    };
    assert!(stopped(&|_| {}).contains("mixer"));
    assert_eq!(stopped(&|bench| bench.ask(1, Act::EmergencyStop, None)), "");
    assert_eq!(stopped(&|bench| bench.truth.trouble(bed())), "");
    assert_eq!(stopped(&|bench| bench.site.beds[0].line.withdraw()), "");
    assert_eq!(stopped(&|bench| bench.pass(61_000)), "");
}

#[test]
fn a_line_that_is_open_and_blind_is_found() {
    let mut bench = Bench::new(Box::<clamp::ClampChecker>::default());
    bench.needle_in();
    bench.ask(1, Act::NeedleIn, Some(Role::Nurse));
    bench.order(Actuation::ClampOpen, Some(1));
    bench.site.beds[0].drive(DeviceKind::Clamp, 0, true);
    bench.pass(1_000);
    bench.site.beds[0].scale.silent = true;
    bench.pass(1_400);
    assert_eq!(bench.found(), "");
    bench.pass(300);
    assert!(bench.found().contains("blind"), "{}", bench.found());
}

#[test]
fn a_permit_that_leaves_too_early_too_late_twice_or_after_a_stop_is_found() {
    let bench = || Bench::new(Box::<permits::PermitsChecker>::default());
    let mut good = bench();
    good.see(&Seen::Handed(5));
    good.intent(5, 1, "clamp_open");
    good.order(Actuation::ClampOpen, Some(1));
    assert_eq!(good.found(), "");
    good.order(Actuation::ClampOpen, Some(1));
    assert!(good.found().contains("twice"));

    let mut early = bench();
    early.see(&Seen::Handed(5));
    early.order(Actuation::Seal, Some(1));
    assert!(early.found().contains("before its intent"));

    let mut stopped = bench();
    stopped.see(&Seen::Handed(5));
    stopped.order(Actuation::ClampClose, None);
    stopped.intent(5, 1, "clamp_open");
    stopped.order(Actuation::ClampOpen, Some(1));
    assert!(stopped.found().contains("stopped after"));

    let mut late = bench();
    late.intent(5, 1, "seal");
    late.pass(2_010);
    late.order(Actuation::Seal, Some(1));
    assert!(late.found().contains("expired"));

    let mut bare = bench();
    bare.order(Actuation::MixerRun, None);
    assert!(bare.found().contains("without a permit"));
}

#[test]
fn a_seal_at_the_donor_on_an_open_line_or_twice_is_found() {
    let bench = || Bench::new(Box::<irreversible::IrreversibleChecker>::default());
    let mut at_donor = bench();
    at_donor.needle_in();
    at_donor.order(Actuation::Seal, Some(1));
    assert!(at_donor.found().contains("needle is in the donor"));

    let mut unsealed = bench();
    unsealed.needle_in();
    unsealed.site.beds[0].line.withdraw();
    unsealed.order(Actuation::Separate, Some(1));
    assert!(unsealed.found().contains("not sealed"));

    let mut full = bench();
    full.needle_in();
    full.site.beds[0].line.withdraw();
    full.site.beds[0].line.sealed = true;
    full.site.beds[0].separator.bin = 60;
    full.order(Actuation::Separate, Some(1));
    assert_eq!(full.found(), "");
    full.pass(1_100);
    full.order(Actuation::Separate, Some(1));
    assert!(full.found().contains("bin is full"), "{}", full.found());

    let mut twice = bench();
    twice.needle_in();
    twice.site.beds[0].line.withdraw();
    let sealer = &mut twice.site.beds[0].sealer;
    (sealer.tube, sealer.cover) = (true, true);
    for (output, active) in [(1, true), (0, true)] {
        twice.site.beds[0].drive(DeviceKind::Sealer, output, active);
    }
    twice.order(Actuation::Seal, Some(1));
    twice.pass(4_000);
    assert_eq!(twice.found(), "");
    twice.order(Actuation::Seal, Some(2));
    assert!(twice.found().contains("twice"), "{}", twice.found());
}

#[test]
fn a_stop_that_is_refused_and_a_permit_for_anybody_are_found() {
    let refused = Err(ApiError { code: ErrorCode::Refused, text: "no".to_owned(), refusal: None });
    for (act, role, result, breach) in [
        (Act::Pause, None, Ok(Answer::Done), ""),
        (Act::Pause, None, refused, "was refused"),
        (Act::Seal, Some(Role::Nurse), Ok(Answer::Done), ""),
        (Act::Seal, Some(Role::Auditor), Ok(Answer::Done), "may not"),
    ] {
        let mut bench = Bench::new(Box::<people::PeopleChecker>::default());
        bench.ask(1, act, role);
        bench.see(&Seen::Answered(1, &result));
        assert!(bench.found().contains(breach) && bench.found().is_empty() == breach.is_empty());
    }
    let mut bench = Bench::new(Box::<people::PeopleChecker>::default());
    for (token, durable) in [(1, true), (2, false)] {
        bench.ask(token, Act::Pause, None);
        bench.see(&Seen::Handed(token));
        if durable {
            bench.line(token, "event", json!({}));
        }
        assert_eq!(bench.found(), "");
        bench.see(&Seen::Answered(token, &Ok(Answer::Done)));
    }
    assert!(bench.found().contains("before it is on the disk"));
    let mut bench = Bench::new(Box::<people::PeopleChecker>::default());
    bench.ask(1, Act::Pause, None);
    bench.end(&Book::default());
    assert!(bench.found().contains("never answered"));
}

fn record(change: &dyn Fn(&mut serde_json::Value)) -> serde_json::Value {
    let mut record = json!({
        "donation": 1, "din": "A999926123456", "voided": [], "programme_ml": 200, "volume": 0, "tubes": [],
        "seal": null, "separation": null, "abort": null, "needle_in": null, "mode": "simulated", "reconciled": true, "disposition": "quarantined"
    });
    change(&mut record);
    let canonical = json!({ "id": "S/1/1", "record": record }).to_string();
    json!({ "id": { "donation": 1 }, "sha256": "", "canonical": canonical })
}

#[test]
fn a_record_that_says_what_was_not_is_found() {
    for (change, breach) in [
        (&(|_: &mut serde_json::Value| {}) as &dyn Fn(&mut serde_json::Value), ""),
        (&|record| record["disposition"] = "collected".into(), "another way"),
        (&|record| record["mode"] = "real".into(), "simulated blood"),
        (&|record| (record["abort"], record["needle_in"]) = ("reaction".into(), 1.into()), "cared"),
        (&|record| record["seal"] = "device".into(), "never made"),
        (&|record| record["separation"] = "person".into(), "still on"),
        (&|record| record["tubes"] = json!([{ "filled": 1, "missing": null }]), "tubes full"),
    ] {
        let mut bench = Bench::new(Box::<records::RecordsChecker>::default());
        bench.needle_in();
        bench.line(1, "record", record(change));
        assert!(bench.found().contains(breach) && bench.found().is_empty() == breach.is_empty());
    }
}

#[test]
fn of_several_sets_the_nearest_one_speaks() {
    let mut bench = Bench::new(Box::<records::RecordsChecker>::default());
    bench.needle_in();
    bench.pass(10);
    bench.site.beds[0].hand(crate::world::hand::Hand::ClearBed);
    bench.pass(10);
    bench.needle_in();
    let line = &mut bench.site.beds[0].line;
    line.plug_broken = true;
    (0..20_000).for_each(|_| line.step(5_000, 1.0, Way::Bag));
    bench.pass(10);
    let bag_nl = bench.site.beds[0].line.bag_nl();
    let collected = record(&|record| {
        (record["disposition"], record["volume"]) = ("collected".into(), (bag_nl / 1000).into());
    });
    bench.line(1, "record", collected);
    assert!(bag_nl > 20 * ML && bench.found().contains(&format!("bag_nl: {bag_nl}")), "{}", bench.found());
}

#[test]
fn a_number_that_was_not_on_the_set_or_names_two_is_found() {
    let mut bench = Bench::new(Box::<identity::IdentityChecker>::default());
    let collected = |record: &mut serde_json::Value| record["disposition"] = "collected".into();
    for label in ["=A99992612345608", "=A99992612345601", "=A99992612345608", "=A99992612345601"] {
        bench.see(&Seen::Scanned(bed(), label));
    }
    bench.see(&Seen::Scanned(bed(), "&>0200012359"));
    bench.line(1, "record", record(&collected));
    assert!(bench.found().contains("out of date"));
    bench.findings.broken.clear();
    bench.see(&Seen::Scanned(bed(), "&>0270012359"));
    bench.line(1, "record", record(&collected));
    assert_eq!(bench.found(), "");
    bench.line(2, "record", record(&|record| record["donation"] = 2.into()));
    assert!(bench.found().contains("two donations"));

    let mut bench = Bench::new(Box::<identity::IdentityChecker>::default());
    bench.see(&Seen::Scanned(bed(), "=A99992612345608"));
    bench.see(&Seen::Scanned(bed(), "&>0270012359"));
    bench.line(1, "record", record(&collected));
    assert!(bench.found().contains("not on form and bag"));
}

/// Form and bag are read twice; one of the four readings is typed.
#[test]
fn a_typed_label_that_the_record_does_not_say_or_says_of_another_is_found() {
    let (form, bag) = ("=A99992612345608", "=A99992612345601");
    let judged = |typed: &[&str], said: serde_json::Value, count: u64| {
        let mut bench = Bench::new(Box::<typed::TypedChecker>::default());
        bench.line(1, "opened", json!({}));
        for label in [form, bag, form, bag].iter().skip(typed.len()) {
            bench.see(&Seen::Scanned(bed(), label));
        }
        for (token, label) in (1..).zip(typed) {
            let label = (*label).to_owned();
            bench.see(&Seen::Typed(&crate::explore::seen::Typed { token, bed: bed(), label }));
        }
        let change = |record: &mut serde_json::Value| {
            record["disposition"] = "collected".into();
            record["typed"] = said.clone();
            record["typed_labels"] = count.into();
        };
        bench.line(2, "record", record(&change));
        bench.found().to_owned()
    };
    let field = |label: &str| json!([{ "label": label }]);
    assert_eq!(judged(&[], json!(null), 0), "");
    assert_eq!(judged(&[form], field("form"), 1), "");
    assert!(judged(&[form], json!(null), 1).contains("the rest is not typed"));
    let both = json!([{ "label": "form" }, { "label": "bag" }]);
    assert!(judged(&[form, form], both, 2).contains("bag typed, which nobody did"));
    assert!(judged(&[], field("bag"), 1).contains("0 were typed"));
    assert!(judged(&[form], field("form"), 2).contains("2 typed labels"));
}

#[test]
fn a_record_that_never_came_is_found() {
    let mut bench = Bench::new(Box::<outbox::OutboxChecker>::default());
    let text = json!({ "id": "S/1/1", "record": {} }).to_string();
    use sha2::Digest as _;
    let sum: String = sha2::Sha256::digest(text.as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
    let id = json!({ "donation": 1 });
    bench.line(1, "record", json!({ "id": id, "sha256": sum, "canonical": text }));
    bench.line(2, "acknowledged", json!({ "id": id, "sha256": sum }));
    let mut book = Book::default();
    book.post(Some("S/1/1"), Some(&sum), text.as_bytes());
    bench.end(&book);
    assert_eq!(bench.found(), "");
    let mut other = Book::default();
    other.misbehave([BmsFault::WrongHash]);
    other.post(Some("S/1/1"), Some(&sum), text.as_bytes());
    bench.end(&other);
    assert!(bench.found().contains("another hash"), "{}", bench.found());
    bench.findings.broken.clear();
    bench.end(&Book::default());
    assert!(bench.found().contains("never came"));
}

#[test]
fn blood_over_the_programme_is_found() {
    let mut bench = Bench::new(Box::<volume::VolumeChecker>::default());
    let mono = bench.clock.now().mono;
    bench.site.beds[0].hand(crate::world::hand::Hand::HangBag);
    bench.needle_in();
    let line = &mut bench.site.beds[0].line;
    line.plug_broken = true;
    (0..80_000).for_each(|_| line.step(5_000, 1.0, Way::Bag));
    assert!(bench.site.beds[0].line.bag_nl() > 240 * ML);
    bench.see(&Seen::Shown(&picture(mono, Some(1), 500)));
    bench.pass(10);
    assert_eq!(bench.found(), "", "so much was wanted");
    bench.see(&Seen::Shown(&picture(mono, Some(1), 200)));
    bench.pass(10);
    assert!(bench.found().contains("in a bag of 200 mL"), "{}", bench.found());
}

/// Lines as the format describes them.
fn journal(lines: &[(u64, &str)]) -> Vec<u8> {
    use sha2::Digest as _;
    let (mut prev, mut text) = ("0".repeat(64), String::new());
    for (seq, kind) in lines {
        let head = format!(
            r#"{{"seq":{seq},"boot":"b","mono":1,"wall":1,"trust":"synced","kind":"{kind}","body":{{}},"durable_through":0"#
        );
        let sum = sha2::Sha256::digest(format!("{prev}{head}").as_bytes());
        prev = sum.iter().map(|b| format!("{b:02x}")).collect();
        text.push_str(&format!("{head},\"sha256\":\"{prev}\"}}\n"));
    }
    text.into_bytes()
}

fn disk(bytes: &[u8]) -> MemDisk {
    let disk = MemDisk::new();
    let mut file = disk.append("journal-00000001.jsonl").unwrap();
    file.write_all(bytes).unwrap();
    file.sync_data().unwrap();
    disk
}

#[test]
fn a_broken_chain_a_gap_and_a_lost_line_are_found() {
    let whole = journal(&[(1, "checkpoint"), (2, "boot"), (3, "event")]);
    let mut eye = Eye::new(true);
    assert_eq!(eye.read(&disk(&whole)).unwrap().len(), 3);
    assert!(eye.reopen(&disk(&whole), 3).unwrap().is_empty());
    let shorter = journal(&[(1, "checkpoint"), (2, "boot")]);
    assert!(eye.clone().reopen(&disk(&shorter), 3).unwrap_err().contains("entry 3"));
    assert!(eye.reopen(&disk(&shorter), 2).unwrap().is_empty(), "nobody was told of it");

    let mut flipped = whole.clone();
    flipped[40] ^= 1;
    assert!(Eye::new(true).read(&disk(&flipped)).unwrap_err().contains("chain"));
    let gap = journal(&[(1, "checkpoint"), (3, "event")]);
    assert!(Eye::new(true).read(&disk(&gap)).unwrap_err().contains("gap"));
    assert!(Eye::new(true).read(&disk(&whole[..whole.len() - 1])).unwrap_err().contains("within a line"));
}

/// A picture of the one bed.
fn picture(mono: Mono, donation: Option<u64>, programme_ml: u16) -> station::api::Snapshot {
    let view = json!({
        "bed": 1, "rev": 1, "phase": "draw", "prompt": "wait_draw", "donation": donation, "din": null, "donor": null,
        "operator": null, "programme_ml": programme_ml, "volume": 0, "flow": 0, "sure": true, "elapsed": null,
        "left": null, "flow_curve": [], "chain": [], "tubes": [], "alarms": [], "refused": null, "devices": [],
        "disposition": null
    });
    let outbox = json!({ "waiting": 0, "delivered": 0, "online": true });
    let snapshot = json!({
        "v": 1, "number": 1, "station": "S", "mode": "simulated", "mono": mono, "wall": 0, "utc_offset_min": 480,
        "clock_trusted": true, "beds": [view], "outbox": outbox, "worklist": [], "badge": null, "journal_ok": true
    });
    serde_json::from_value(snapshot).unwrap()
}

#[test]
fn the_stop_button_without_its_alarm_is_found() {
    let mut bench = Bench::new(Box::<alarms::AlarmsChecker>::default());
    let mono = bench.clock.now().mono;
    bench.site.beds[0].panel.stop_pressed = true;
    bench.pass(1_000);
    bench.see(&Seen::Shown(&picture(mono, None, 0)));
    assert_eq!(bench.found(), "");
    bench.pass(500);
    bench.see(&Seen::Shown(&picture(mono, None, 0)));
    assert!(bench.found().contains("H08"), "{}", bench.found());
}

#[test]
fn a_clamp_that_leaks_without_its_alarm_is_found() {
    let leaks = |laid_mg: i64| {
        let mut bench = Bench::new(Box::<alarms::AlarmsChecker>::default());
        let seen = &mut bench.site.beds[0];
        seen.hand(crate::world::hand::Hand::HangBag);
        (seen.line.plug_broken, seen.tray.laid_mg) = (true, laid_mg);
        seen.drive(DeviceKind::Diverter, 0, true);
        bench.needle_in();
        bench.site.beds[0].clamp.set_fault(Some(crate::devices::clamp::ClampFault::Leaks));
        bench.pass(60_000);
        assert!(bench.site.beds[0].line.bag_nl() > 20 * ML);
        let mut picture = picture(bench.clock.now().mono, Some(1), 400);
        picture.beds[0].phase = station::procedure::phase::PhaseName::Pause;
        bench.see(&Seen::Shown(&picture));
        bench.found().to_owned()
    };
    assert!(leaks(0).contains("H02"));
    assert_eq!(leaks(15_000), "", "nothing tells while something lies on the bag");
}

#[test]
fn a_shot_under_an_open_cover_is_found() {
    let shot = |opens_after: u64| {
        let mut bench = Bench::new(Box::<irreversible::IrreversibleChecker>::default());
        bench.site.beds[0].hand(crate::world::hand::Hand::LayInSealer);
        bench.site.beds[0].drive(DeviceKind::Sealer, 1, true);
        bench.site.beds[0].drive(DeviceKind::Sealer, 0, true);
        bench.pass(opens_after);
        bench.site.beds[0].sealer.cover = false;
        bench.pass(10_000);
        bench.found().to_owned()
    };
    assert!(shot(200).contains("cover open"), "{}", shot(200));
    assert_eq!(shot(10_000), "", "a cover that is opened afterwards");
}

#[test]
fn one_person_for_two_is_found() {
    let mut bench = Bench::new(Box::<people::PeopleChecker>::default());
    let by = ActingOperator { id: OperatorId::new("1001").unwrap(), role: Role::Nurse };
    for (token, alone) in [(1, false), (2, true)] {
        let by = Some(by.clone());
        let asked = Asked { token, bed: bed(), act: Act::SegmentsLater, by, stale: false, alone };
        bench.see(&Seen::Asked(&asked));
        bench.see(&Seen::Answered(token, &Ok(Answer::Done)));
        assert_eq!(bench.found().contains("one person for two"), alone, "{}", bench.found());
    }
}

/// What is found in these steps of a shift; `weights` is what lies on the tray when somebody says nothing, 200 and 500 g, `counts` what the
/// signed summary says.
fn kept(steps: &[&str], weights: [u16; 3], counts: &serde_json::Value) -> String {
    let mut bench = Bench::new(Box::new(shift::ShiftChecker::new(true)));
    let mono = bench.clock.now().mono;
    for (seq, step) in (1..).zip(steps) {
        match *step {
            "check" => {
                bench.line(seq, "shift", json!({ "event": { "scale_check_begun": { "bed": 1 } } }));
                for ((token, lies), asked) in (1..).zip(weights).zip([0_u32, 200, 500]) {
                    let mut picture = picture(mono, None, 0);
                    let step = if asked == 0 { json!("empty") } else { json!({ "weight": asked }) };
                    let scale = json!({ "bed": 1, "step": step, "live": null, "at_rest": true, "day": null,
                        "points": null, "passed": false });
                    picture.shift.scales = vec![serde_json::from_value::<ScaleView>(scale).unwrap()];
                    bench.site.beds[0].tray.lay(lies);
                    bench.see(&Seen::Shown(&picture));
                    bench.see(&Seen::AskedShift(token, &ShiftAsk::Weigh(bed())));
                    bench.line(seq, "shift", json!({ "event": { "scale_weighed": { "bed": 1 } } }));
                }
            }
            "open" => bench.line(seq, "shift", json!({ "event": { "opened": {} } })),
            "end" => bench.line(seq, "shift", json!({ "event": { "closed": {} } })),
            "summary" => {
                let canonical = json!({ "counts": counts }).to_string();
                bench.line(seq, "shift_summary", json!({ "canonical": canonical }));
            }
            "record" => {
                let canonical = json!({ "version": 1, "record": { "disposition": "collected" } }).to_string();
                bench.line(seq, "record", json!({ "canonical": canonical }));
            }
            kind => bench.line(seq, kind, json!({ "donation": 1 })),
        }
    }
    bench.found().to_owned()
}

#[test]
fn a_donation_out_of_shift_or_over_an_unchecked_scale_and_a_false_summary_are_found() {
    let right = [0, 200, 500];
    let counts = |collected: u64| json!({ "collected": collected, "quarantined": 0, "discard_proposed": 0, "no_unit": 0 });
    let day = ["open", "check", "opened", "record", "closed", "end", "summary"];
    assert_eq!(kept(&day, right, &counts(1)), "");
    assert!(kept(&day, right, &counts(2)).contains("says 2 collected, there were 1"));
    assert!(kept(&day, [0, 210, 500], &counts(1)).contains("not checked"));
    assert!(kept(&["check", "opened"], right, &counts(0)).contains("no shift is open"));
    assert!(kept(&["open", "opened"], right, &counts(0)).contains("not checked"));
    assert!(kept(&["open", "open"], right, &counts(0)).contains("in an open one"));
    assert!(kept(&["open", "check", "opened", "end"], right, &counts(0)).contains("with a donor on bed 1"));
    let mut bench = Bench::new(Box::new(shift::ShiftChecker::new(true)));
    let lots = |lot: &str| json!({ "event": { "opened": { "lots": [{ "lot": lot }] } } });
    bench.line(1, "event", lots("KIT0000"));
    assert!(bench.found().contains("without package"), "{}", bench.found());
}
