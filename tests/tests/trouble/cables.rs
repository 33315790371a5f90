//! Garbage, half frames, pulled cables, restarts and other units on every serial port, at a free bed and in mid-draw. People
//! read what is wrong; where blood flows and the weight is lost the clamp is really closed in its time; what comes back is
//! used again, and every donation comes to its end.

use crate::bench::{Bench, PROGRAMME_ML, fault, holds};
use sim::bed::SimBed;
use station::api::BedView;
use station::api::prompt::Prompt;
use station::device::{DeviceKind, Fault};
use station::ident::{DeviceSerial, LabelKind};
use station::procedure::alarm::AlarmCode;
use station::procedure::event::Act;
use station::procedure::phase::PhaseName;
use station::procedure::refusal::Refusal;

const PORTS: [DeviceKind; 3] = [DeviceKind::Scale, DeviceKind::Scanner, DeviceKind::IdReader];
/// From the order to the proof, ms.
const CLOSING: u64 = 300;
/// A weight older than this is stale, ms.
const STALE: u64 = 1000;

/// Pulls a port's cable or plugs it in.
fn plug(world: &mut SimBed, port: DeviceKind, plugged: bool) {
    match port {
        DeviceKind::Scale => world.scale.plug(plugged),
        DeviceKind::Scanner => world.scanner.plug(plugged),
        DeviceKind::IdReader => world.id_reader.plug(plugged),
        other => panic!("a {other} has no port"),
    }
}

/// Noise on a port.
fn noise(world: &mut SimBed, port: DeviceKind) {
    let now = world.now();
    let bytes: Vec<u8> = (0..40_u8).map(|n| 0x80 | n.wrapping_mul(37)).collect();
    match port {
        DeviceKind::Scale => world.scale.garble(now, 40),
        DeviceKind::Scanner => world.scanner.garble(now, &bytes),
        DeviceKind::IdReader => world.id_reader.garble(now, &bytes),
        other => panic!("a {other} has no port"),
    }
}

/// The beginning of a frame and not its end.
fn half(world: &mut SimBed, port: DeviceKind) {
    let now = world.now();
    match port {
        DeviceKind::Scale => world.scale.cut_short(now),
        DeviceKind::Scanner => world.scanner.cut_short(now),
        DeviceKind::IdReader => world.id_reader.garble(now, b"\xAA\xAA\xAA\x96\x69\x05\x08\x00\x00\x90\x01"),
        other => panic!("a {other} has no port"),
    }
}

/// Noise for so long, of a line that is never quiet. A card reader's frames come through between noise, so it babbles only.
fn keep_up_noise(bench: &mut Bench, port: DeviceKind, ms: u64) {
    bench.world(1).id_reader.silent = port == DeviceKind::IdReader;
    for _ in 0..ms / 50 {
        noise(bench.world(1), port);
        bench.pass(50);
    }
    bench.world(1).id_reader.silent = false;
}

/// A scanner says nothing by itself: the next label that is read shows that it is well.
fn a_good_read(bench: &mut Bench) {
    bench.pass(500);
    let now = bench.world(1).now();
    bench.world(1).scanner.read(now, "]C0", "HS-BED-1");
}

/// A pulled cable is read on the screen and told, and the port is used again when it is back.
fn pulled_and_back(bench: &mut Bench, port: DeviceKind) {
    plug(bench.world(1), port, false);
    let lost = bench.until(1, 1, "a lost link", |view| fault(view, port).is_some());
    assert_eq!(fault(&lost, port), Some(Fault::LinkLost));
    assert!(holds(&lost, AlarmCode::DeviceFault), "{lost:?}");
    bench.pass(20_000);
    plug(bench.world(1), port, true);
    let back = bench.until(1, 10, "the device again", |view| fault(view, port).is_none());
    assert!(!holds(&back, AlarmCode::DeviceFault), "{back:?}");
}

#[test]
fn at_a_free_bed_every_port_may_be_pulled_and_filled_with_noise() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(51, 1, folder.path());
    bench.pass(3000);
    for port in PORTS {
        assert_eq!(fault(&bench.view(1), port), None, "{port}");
        pulled_and_back(&mut bench, port);
        half(bench.world(1), port);
        bench.pass(3000);
        assert_eq!(fault(&bench.view(1), port), None, "half a frame of the {port} is forgotten");
        keep_up_noise(&mut bench, port, 5000);
        let noisy = bench.view(1);
        assert_eq!(fault(&noisy, port), Some(Fault::Garbage), "{port}");
        assert!(holds(&noisy, AlarmCode::DeviceFault));
        if port == DeviceKind::Scanner {
            a_good_read(&mut bench);
        }
        bench.until(1, 20, "the end of the noise", |view| fault(view, port).is_none());
        assert_eq!(bench.view(1).phase, PhaseName::Idle);
    }
    bench.bring_to(1, PhaseName::Label);
}

/// Blood flows and the scale is lost: the true clamp, the alarm, the phase.
fn closes_without_weight(bench: &mut Bench, within: u64, what: &str) -> BedView {
    assert!(!bench.is_closed(1), "{what}: blood flows before");
    let ms = bench.wait(1, within, what, |world| world.clamp.openness() <= 0.0);
    println!("{what}: closed after {ms} ms");
    let view = bench.until(1, 1, what, |view| view.phase == PhaseName::Pause);
    assert!(holds(&view, AlarmCode::ScaleLost), "{what}: {view:?}");
    bench.pass(4000);
    assert!(bench.is_closed(1), "{what}: and stays so");
    bench.view(1)
}

fn back_to_draw(bench: &mut Bench) {
    bench.until(1, 15, "the scale again", |view| fault(view, DeviceKind::Scale).is_none());
    let before = bench.view(1);
    let again = bench.nurse_until(1, "the draw again", |view| view.phase != PhaseName::Pause);
    assert_eq!((again.phase, again.donation), (PhaseName::Draw, before.donation), "{before:?}");
    bench.draw(1, before.volume.0 + 5_000);
}

#[test]
fn a_scale_that_is_lost_and_comes_back_ends_as_a_collected_donation() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(52, 1, folder.path());
    bench.draw(1, 30_000);

    plug(bench.world(1), DeviceKind::Scale, false);
    let pulled = closes_without_weight(&mut bench, CLOSING, "pulled");
    assert_eq!(fault(&pulled, DeviceKind::Scale), Some(Fault::LinkLost));
    assert!(bench.act(1, Act::Resume, false).is_err(), "not without a weight");
    assert!(bench.is_closed(1));
    plug(bench.world(1), DeviceKind::Scale, true);
    back_to_draw(&mut bench);

    bench.world(1).scale.silent = true;
    let silent = closes_without_weight(&mut bench, STALE + CLOSING, "silent");
    assert_eq!(fault(&silent, DeviceKind::Scale), Some(Fault::NoReply));
    bench.world(1).scale.silent = false;
    back_to_draw(&mut bench);

    half(bench.world(1), DeviceKind::Scale);
    bench.pass(2000);
    assert_eq!(bench.view(1).phase, PhaseName::Draw, "half a line is no reason to stop");
    for _ in 0..26 {
        noise(bench.world(1), DeviceKind::Scale);
        bench.pass(50);
    }
    let ms = bench.wait(1, 0, "noise", |world| world.clamp.openness() <= 0.0);
    assert_eq!(ms, 0, "closed while the noise lasts");
    keep_up_noise(&mut bench, DeviceKind::Scale, 3000);
    let noisy = bench.view(1);
    assert_eq!((noisy.phase, fault(&noisy, DeviceKind::Scale)), (PhaseName::Pause, Some(Fault::Garbage)));
    back_to_draw(&mut bench);

    let record = bench.finish(1);
    assert_eq!((&record["disposition"], &record["pauses"][0]), (&"collected".into(), &3.into()), "{record}");
    let volume = record["volume"].as_i64().unwrap();
    assert!((volume - i64::from(PROGRAMME_ML) * 1000).abs() < 10_000, "{volume} uL");
}

/// A scale that is not the same any more: no going on, the donation walks its tail.
fn ends_without_its_scale(
    seed: u64,
    what: &str,
    trouble: impl Fn(&mut SimBed),
    found: impl Fn(&Fault) -> bool,
) {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(seed, 1, folder.path());
    bench.draw(1, 60_000);
    trouble(bench.world(1));
    // Nothing is lost by the fault itself: the deadline is that of a stale weight at most.
    bench.wait(1, STALE + CLOSING, what, |world| world.clamp.openness() <= 0.0);
    let view = bench.view(1);
    let seen = bench.entries("event");
    let told = |entry: &serde_json::Value| {
        serde_json::from_value::<Fault>(entry["event"]["reading"]["reading"]["faulted"].clone())
            .is_ok_and(|fault| found(&fault))
    };
    assert!(seen.iter().any(told), "{what}: not in the journal; {view:?}");
    bench.pass(5000);
    assert!(holds(&bench.view(1), AlarmCode::DeviceFault), "{what}: people are told as long as it is so");
    let refused = bench.act(1, Act::Resume, false).unwrap_err();
    assert_eq!(refused.refusal, Some(Refusal::DeviceNotReady(DeviceKind::Scale)), "{what}");
    assert!(bench.is_closed(1));
    let record = bench.finish(1);
    assert_eq!(record["disposition"], "quarantined", "{what}: {record}");
    // The unit that answers now is taken for the next donor.
    bench.draw(1, 5_000);
}

#[test]
fn a_scale_that_restarts_by_itself_ends_the_draw() {
    let reboot = |world: &mut SimBed| {
        let now = world.now();
        world.scale.reboot(now);
    };
    ends_without_its_scale(53, "restarted", reboot, |fault| *fault == Fault::Rebooted);
}

#[test]
fn another_scale_in_mid_draw_ends_the_draw() {
    let swap = |world: &mut SimBed| {
        let now = world.now();
        world.scale.swap(now, DeviceSerial::new("SIM-999999").unwrap());
    };
    ends_without_its_scale(54, "swapped", swap, |fault| matches!(fault, Fault::Swapped { .. }));
}

#[test]
fn scanner_and_card_reader_in_trouble_do_not_stop_a_draw() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(55, 1, folder.path());
    bench.draw(1, 5_000);
    for port in [DeviceKind::Scanner, DeviceKind::IdReader] {
        pulled_and_back(&mut bench, port);
        half(bench.world(1), port);
        keep_up_noise(&mut bench, port, 5000);
        let noisy = bench.view(1);
        assert_eq!((noisy.phase, fault(&noisy, port)), (PhaseName::Draw, Some(Fault::Garbage)), "{port}");
        assert!(holds(&noisy, AlarmCode::DeviceFault));
        assert!(!bench.is_closed(1), "{port}: blood flows on");
        if port == DeviceKind::Scanner {
            a_good_read(&mut bench);
        }
        bench.until(1, 20, "the end of the noise", |view| fault(view, port).is_none());
    }
    let record = bench.finish(1);
    assert_eq!((&record["disposition"], &record["pauses"][0]), (&"collected".into(), &0.into()), "{record}");
}

/// Two people type whatever label the screen asks for, until it asks for something else.
fn type_labels(bench: &mut Bench, number: &str, expiry: &str) {
    while let Prompt::Scan { wanted, .. } = bench.view(1).prompt {
        let label = wanted.label();
        let text = match label {
            LabelKind::Din => number,
            LabelKind::Catalog => "1XX0SIM400",
            LabelKind::Lot => "SIM 4711",
            LabelKind::Expiry => expiry,
        };
        bench.typed_label(1, label, text, text).unwrap();
        bench.pass(3000);
    }
}

/// Procedure 3.11: without any scanner a whole donation is led from typed labels, the bag's own data among them; what two people
/// read differently, or what no bag's label says, counts for nothing, and a bag out of date is refused as one that is scanned.
#[test]
fn a_scanner_that_stays_away_is_typed_around() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(56, 1, folder.path());
    bench.bring_to(1, PhaseName::Label);
    plug(bench.world(1), DeviceKind::Scanner, false);
    bench.pass(1000);
    for (label, text, again) in [
        (LabelKind::Lot, "SIM4711", "SIM4717"),
        (LabelKind::Catalog, "XX0SIM400", "XX0SIM400"),
        (LabelKind::Expiry, "20250229", "20250229"),
    ] {
        let refusal = bench.typed_label(1, label, text, again).unwrap_err().refusal;
        assert!(matches!(refusal, Some(Refusal::Mistyped { .. })), "{text}: {refusal:?}");
    }
    let past = bench.typed_label(1, LabelKind::Expiry, "20200101", "20200101").unwrap_err().refusal;
    assert!(matches!(past, Some(Refusal::Expired { .. })), "{past:?}");

    let number = station::ident::Din::new("A999926888001").unwrap();
    let typed = format!("{number}{}", number.check_character());
    type_labels(&mut bench, &typed, "20990101");
    let view = bench.view(1);
    assert_eq!((view.din, view.prompt), (Some(number), Prompt::LookAtBag));
    assert_eq!(fault(&bench.view(1), DeviceKind::Scanner), Some(Fault::LinkLost));
    bench.bring_to(1, PhaseName::Reconcile);
    type_labels(&mut bench, &typed, "");
    let record = bench.finish(1);
    assert_eq!(
        (&record["bag_lot"], &record["bag_expiry"]),
        (&"SIM4711".into(), &"2099-01-01".into()),
        "{record}"
    );
    assert!(record["typed_labels"].as_u64() > Some(8), "{record}");
    let typed = record["typed"].as_array().unwrap();
    for label in ["form", "bag", "bag_catalog", "bag_lot", "bag_expiry"] {
        assert!(typed.contains(&serde_json::json!({ "label": label })), "{label}: {record}");
    }
    assert!(typed.contains(&serde_json::json!({ "label": { "tube": 2 }, "again": true })), "{record}");
    assert_eq!(record["disposition"], "collected", "{record}");
}
