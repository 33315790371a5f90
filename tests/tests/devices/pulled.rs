//! Every cable of the running demonstration is pulled and plugged in again: told as lost, and well again without a restart.

use super::{Daemon, device, doctor, grade, plan};
use serde_json::Value;
use sim::client::{self, Conversation, Work};
use sim::devices::rfid::TagVoice;
use sim::devices::scanner::ScannerVoice;
use sim::devices::voice::Voice;
use sim::site::settings::Wiring;
use sim::stage::{Stage, StagePlan};
use sim::trick::TRICKS;
use station::api::{BedView, DeviceHealth, Op};
use station::device::{DeviceKind, Fault};
use station::ident::BedId;
use station::procedure::alarm::AlarmCode;
use station::procedure::phase::PhaseName;
use std::path::Path;
use std::time::{Duration, Instant};

/// Until this holds of a device.
fn until(stage: &Stage, name: &str, what: &str, holds: impl Fn(&Value, &str) -> bool) {
    let begun = Instant::now();
    loop {
        let report = doctor(stage);
        if holds(device(&report, name), &grade(&report, name)) {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{name}: {what}: {:#}", device(&report, name));
    }
}

/// Pulls with the trick that people have for it, and plugs in with the same.
fn pulled_and_replugged(stage: &Stage, begins: &str, name: &str) {
    let trick = TRICKS.iter().find(|trick| trick.en.starts_with(begins)).unwrap();
    until(stage, name, "well before", |_, grade| grade == "good");
    trick.play(&mut stage.site.hold(), None, 0);
    until(stage, name, "told as lost", |report, grade| {
        let faults = report["faults"].as_array();
        grade == "bad" && faults.is_some_and(|all| all.iter().any(|past| past["fault"] == "link_lost"))
    });
    trick.play(&mut stage.site.hold(), None, 0);
    until(stage, name, "well again", |_, grade| grade == "good");
}

#[test]
fn a_scale_of_every_voice_is_pulled_and_replugged() {
    for &scale in Voice::all() {
        let folder = tempfile::tempdir().unwrap();
        let stage = Stage::set(&StagePlan { speed: 5, scale, ..plan(folder.path()) }).unwrap();
        let daemon = Daemon::start(&stage);
        pulled_and_replugged(&stage, "the scale's cable", "bed1.scale");
        drop(daemon);
    }
}

#[test]
fn every_other_cable_is_pulled_and_replugged() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::set(&StagePlan { speed: 5, ..plan(folder.path()) }).unwrap();
    let daemon = Daemon::start(&stage);
    for (begins, name) in [
        ("the scanner's cable", "bed1.scanner"),
        ("the ID card reader's cable", "bed1.id_reader"),
        ("the tag reader's cable", "bed1.rfid"),
        ("the refrigerator's thermometer: pulled out", "probe.fridge"),
        ("the line of the box's", "probe.bus"),
        ("the GPIO chip of all", "bed1.clamp"),
    ] {
        pulled_and_replugged(&stage, begins, name);
    }
    drop(daemon);
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::set(&StagePlan { speed: 5, wiring: Wiring::Nodes, ..plan(folder.path()) }).unwrap();
    let daemon = Daemon::start(&stage);
    pulled_and_replugged(&stage, "the nodes' cable", "bed1.clamp");
    drop(daemon);
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::set(&StagePlan { speed: 5, tags: TagVoice::Rr3036, ..plan(folder.path()) }).unwrap();
    let daemon = Daemon::start(&stage);
    pulled_and_replugged(&stage, "the tag reader's cable", "bed1.rfid");
    drop(daemon);
}

/// The first bed's screen, as a terminal gets it.
struct Screen(Conversation);

impl Screen {
    fn of(stage: &Stage) -> Self {
        let mut daemon = Conversation::begin(&stage.socket()).unwrap();
        daemon.ask(Op::Subscribe).unwrap();
        Self(daemon)
    }

    /// The first one from here on of which this holds.
    fn until(&mut self, what: &str, holds: impl Fn(&BedView) -> bool) -> BedView {
        let begun = Instant::now();
        loop {
            let Some(snapshot) = self.0.next(&mut |said| println!("{said}")).unwrap() else { continue };
            let view = snapshot.beds.into_iter().next().unwrap();
            if holds(&view) {
                return view;
            }
            assert!(begun.elapsed() < Duration::from_secs(120), "{what}: {view:?}");
        }
    }
}

fn flows(view: &BedView) -> bool {
    view.phase == PhaseName::Draw && view.alarms.iter().all(|alarm| !alarm.holds) && view.flow.0 > 0
}

/// A cable that is pulled while blood flows, and what the table says of it.
struct Pulled {
    begins: &'static str,
    kind: DeviceKind,
    code: AlarmCode,
    /// The line has to close, and the draw goes on by the nurse's word alone.
    closes: bool,
}

/// Whether neither the clamp nor a hand closes the line: a chip that is gone keeps its clamp as it was, and people pinch.
fn blood_passes(stage: &Stage) -> bool {
    let mut site = stage.site.hold();
    let bed = site.bed_mut(BedId::new(1).unwrap()).unwrap();
    bed.clamp.openness() > 0.0 && !bed.line.pinched
}

/// Pulls it, puts it back, and waits until the same donation's blood flows on.
fn pulled_in_mid_draw(stage: &Stage, Pulled { begins, kind, code, closes }: Pulled) {
    let trick = TRICKS.iter().find(|trick| trick.en.starts_with(begins)).unwrap();
    let mut screen = Screen::of(stage);
    let before = screen.until("blood flows", flows);
    let lost = |view: &BedView| {
        let of_kind = view.devices.iter().find(|device| device.kind == kind);
        of_kind.is_some_and(|device| device.health == DeviceHealth::Faulted(Fault::LinkLost))
    };
    let holds = |view: &BedView| view.alarms.iter().any(|alarm| alarm.code == code && alarm.holds);
    trick.play(&mut stage.site.hold(), None, 0);
    let told = screen.until(begins, |view| lost(view) && holds(view));
    assert!(closes || told.phase == PhaseName::Draw, "{begins}: {told:?}");
    if closes {
        let begun = Instant::now();
        while blood_passes(stage) {
            assert!(begun.elapsed() < Duration::from_secs(5), "{begins}: the line stays open");
        }
        screen.until("paused", |view| view.phase == PhaseName::Pause);
    }
    trick.play(&mut stage.site.hold(), None, 0);
    let found = screen.until("found again", |view| !lost(view) && !holds(view));
    assert!(closes || found.phase == PhaseName::Draw, "{begins}: {found:?}");
    let after = screen.until("blood flows again", flows);
    assert_eq!(after.donation, before.donation, "{begins}: the same donation");
    // Less only by what an estimate may be off.
    let more = (after.volume - before.volume).0;
    assert!(more > -2_000, "{begins}: {} after {}", after.volume, before.volume);
}

/// One donation, during which these cables are pulled one after another.
fn pulled_in_one_draw(plan: &StagePlan, cables: impl IntoIterator<Item = Pulled>) {
    let stage = Stage::set(plan).unwrap();
    let daemon = Daemon::start(&stage);
    std::thread::scope(|scope| {
        let nurse = scope.spawn(|| {
            let work = Work { seed: 5, donations: 1, brisk: true };
            client::nurse(&stage.socket(), &stage.site, work, &mut |said| println!("{said}"))
        });
        cables.into_iter().for_each(|cable| pulled_in_mid_draw(&stage, cable));
        nurse.join().unwrap().unwrap();
    });
    drop(daemon);
}

/// A cable without which blood may run on.
fn beside(begins: &'static str, kind: DeviceKind) -> Pulled {
    Pulled { begins, kind, code: AlarmCode::DeviceFault, closes: false }
}

const THE_SCALE: Pulled =
    Pulled { begins: "the scale's cable", kind: DeviceKind::Scale, code: AlarmCode::ScaleLost, closes: true };

#[test]
fn any_cable_pulled_in_mid_draw_is_told_and_the_same_draw_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    pulled_in_one_draw(
        &StagePlan { speed: 5, bms: Some(0), ..plan(folder.path()) },
        [
            beside("the scanner's cable", DeviceKind::Scanner),
            beside("the ID card reader's cable", DeviceKind::IdReader),
            beside("the tag reader's cable", DeviceKind::Rfid),
            THE_SCALE,
            Pulled {
                begins: "the GPIO chip of all",
                kind: DeviceKind::Clamp,
                code: AlarmCode::ClampNotClosed,
                closes: true,
            },
        ],
    );
}

#[test]
fn the_nodes_cable_pulled_in_mid_draw_closes_the_line_and_the_same_draw_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let plan = StagePlan { speed: 5, bms: Some(0), wiring: Wiring::Nodes, ..plan(folder.path()) };
    let (kind, code) = (DeviceKind::Clamp, AlarmCode::ClampNotClosed);
    pulled_in_one_draw(&plan, [Pulled { begins: "the nodes' cable", kind, code, closes: true }]);
}

#[test]
fn a_load_cell_pulled_in_mid_draw_closes_the_line_and_the_same_draw_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let plan = StagePlan { speed: 5, bms: Some(0), scale: Voice::Hx711, ..plan(folder.path()) };
    pulled_in_one_draw(&plan, [THE_SCALE]);
}

fn with_a_scanner_that_types(folder: &Path) -> StagePlan {
    StagePlan { speed: 2, scanner: ScannerVoice::Keyboard, ..plan(folder) }
}

#[test]
#[ignore = "tests/pi/typing_scanner.sh runs it: its kernel makes keyboards"]
fn a_scanner_that_types_is_pulled_and_replugged() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::set(&with_a_scanner_that_types(folder.path())).unwrap();
    let daemon = Daemon::start(&stage);
    pulled_and_replugged(&stage, "the scanner's cable", "bed1.scanner");
    drop(daemon);
}

#[test]
#[ignore = "tests/pi/typing_scanner.sh runs it: its kernel makes keyboards"]
fn a_scanner_that_types_pulled_in_mid_draw_is_told_and_the_same_draw_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let plan = StagePlan { bms: Some(0), ..with_a_scanner_that_types(folder.path()) };
    pulled_in_one_draw(&plan, [beside("the scanner's cable", DeviceKind::Scanner)]);
}
