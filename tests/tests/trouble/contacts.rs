//! Lines that are stuck: clamp, diverter, mixer, sealer and separator do not do what they were told. People read it, the donor's
//! line is closed by the device or by hand, and the donation comes to its end through the same tail.

use crate::bench::{Bench, fault, holds};
use sim::devices::clamp::ClampFault;
use sim::devices::one_shot::ToolFault;
use sim::world::hand::Hand;
use station::api::prompt::Prompt;
use station::device::{DeviceKind, Fault};
use station::procedure::alarm::AlarmCode;
use station::procedure::event::{Act, HandStep};
use station::procedure::phase::PhaseName;

/// A clamp that is not proved closed at the end of the draw: the nurse pinches, and goes on from there.
fn pinched_by_hand(seed: u64, broken: ClampFault, expected: &Fault) {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(seed, 1, folder.path());
    bench.draw(1, 30_000);
    bench.world(1).clamp.set_fault(Some(broken));
    let shown = bench.nurse_until(1, "a call to pinch", |view| view.prompt == Prompt::PinchByHand);
    assert!(holds(&shown, AlarmCode::ClampNotClosed), "{shown:?}");
    let told = bench.until(1, 3, "the clamp's trouble", |view| fault(view, DeviceKind::Clamp).is_some());
    assert_eq!(fault(&told, DeviceKind::Clamp).as_ref(), Some(expected));
    let record = bench.finish(1);
    let by_hand = record["by_hand"].to_string();
    assert!(by_hand.contains("clamp_closed"), "{record}");
    let end = record["disposition"].as_str().unwrap();
    assert!(["collected", "quarantined"].contains(&end), "{record}");
    assert!(bench.world(1).line.given_nl() == 0, "the bed is cleared");
}

#[test]
fn a_clamp_stuck_open_is_pinched_by_hand() {
    pinched_by_hand(61, ClampFault::Stuck, &Fault::NotObeying);
}

#[test]
fn a_clamp_without_its_closed_switch_is_pinched_by_hand() {
    pinched_by_hand(62, ClampFault::ClosedSwitchBroken, &Fault::NotObeying);
}

#[test]
fn a_clamp_with_a_welded_switch_is_pinched_by_hand() {
    pinched_by_hand(63, ClampFault::OpenSwitchWelded, &Fault::NotObeying);
}

#[test]
fn a_clamp_that_does_not_open_draws_nothing_until_it_is_mended() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(64, 1, folder.path());
    bench.nurse_until(1, "the needle", |view| view.prompt == Prompt::InsertNeedle);
    bench.world(1).clamp.set_fault(Some(ClampFault::Stuck));
    let shown = bench.nurse_until(1, "a stuck clamp", |view| holds(view, AlarmCode::ClampNotOpen));
    assert_eq!(shown.phase, PhaseName::Venipuncture, "{shown:?}");
    bench.pass(5000);
    assert_eq!(bench.world(1).line.given_nl(), 0);
    bench.world(1).clamp.set_fault(None);
    bench.draw(1, 5_000);
    assert_eq!(bench.finish(1)["disposition"], "collected");
}

#[test]
fn a_mixer_that_stands_still_is_mixed_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(65, 1, folder.path());
    bench.draw(1, 20_000);
    bench.world(1).mixer.blocked = true;
    let still = bench.until(1, 20, "a still mixer", |view| holds(view, AlarmCode::MixerStalled));
    assert_eq!(still.phase, PhaseName::Draw, "it may be mixed by hand");
    bench.world(1).mixer.blocked = false;
    // Whoever mixes it has freed it: the tray is tried again.
    bench.nurse_until(1, "it turns", |view| !holds(view, AlarmCode::MixerStalled));
    let record = bench.finish(1);
    assert_eq!(record["disposition"], "collected", "{record}");
}

#[test]
fn a_mixer_that_stays_still_pauses_the_draw() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(66, 1, folder.path());
    bench.draw(1, 20_000);
    bench.world(1).mixer.blocked = true;
    bench.until(1, 20, "a still mixer", |view| holds(view, AlarmCode::MixerStalled));
    bench.until(1, 120, "a pause", |view| view.phase == PhaseName::Pause);
    assert!(bench.is_closed(1));
    let record = bench.finish(1);
    let end = record["disposition"].as_str().unwrap();
    assert!(["collected", "quarantined"].contains(&end), "{record}");
}

#[test]
fn a_diverter_that_does_not_move_is_told_and_used_when_it_does() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(67, 1, folder.path());
    bench.nurse_until(1, "the pouch", |view| view.phase == PhaseName::Divert);
    bench.world(1).diverter.stuck = true;
    let shown = bench.nurse_until(1, "a stuck diverter", |view| fault(view, DeviceKind::Diverter).is_some());
    assert_eq!(fault(&shown, DeviceKind::Diverter), Some(Fault::NotObeying));
    assert!(holds(&shown, AlarmCode::DiverterNotObeying), "{shown:?}");
    assert_eq!(bench.world(1).line.bag_nl(), 0);
    bench.world(1).diverter.stuck = false;
    bench.draw(1, 5_000);
    assert_eq!(bench.finish(1)["disposition"], "collected");
}

/// The tools of the tail in this trouble; the nurse looks, and does by hand what was not done.
fn tail_with(seed: u64, trouble: ToolFault, shots: u32) -> serde_json::Value {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(seed, 1, folder.path());
    bench.nurse_until(1, "the end of the draw", |view| view.phase == PhaseName::EndDraw);
    bench.world(1).sealer.fault = Some(trouble);
    bench.world(1).separator.fault = Some(trouble);
    let record = bench.finish(1);
    assert_eq!(bench.world(1).sealer.shots(), shots, "nothing irreversible twice");
    assert_eq!(bench.world(1).separator.shots(), shots, "nothing irreversible twice");
    assert_eq!(record["disposition"], "collected", "{record}");
    record
}

/// One try with a tool that never starts, then by hand.
fn by_hand_after(bench: &mut Bench, asked: &Prompt, act: Act, hand: Hand, step: HandStep) {
    bench.nurse_until(1, "the tool's turn", |view| view.prompt == *asked);
    bench.act(1, act, false).unwrap();
    let failed = bench.until(1, 15, "an end of the try", |view| {
        !matches!(view.prompt, Prompt::WaitSeal | Prompt::WaitSeparate)
    });
    println!("{:?}: {:?}", failed.prompt, failed.alarms);
    bench.world(1).hand(hand);
    bench
        .act(
            1,
            Act::ByHand {
                step,
                tool: "haemostat and scissors".to_owned(),
                note: "the device failed".to_owned(),
            },
            true,
        )
        .unwrap();
}

#[test]
fn tools_that_never_start_are_done_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(68, 1, folder.path());
    bench.bring_to(1, PhaseName::EndDraw);
    bench.world(1).sealer.fault = Some(ToolFault::NoStart);
    bench.world(1).separator.fault = Some(ToolFault::NoStart);
    by_hand_after(&mut bench, &Prompt::Seal, Act::Seal, Hand::SealByHand, HandStep::Sealed);
    by_hand_after(&mut bench, &Prompt::Separate, Act::Separate, Hand::SeparateByHand, HandStep::Separated);
    let record = bench.finish(1);
    assert_eq!((&record["seal"], &record["separation"]), (&"by_hand".into(), &"by_hand".into()), "{record}");
    assert_eq!(record["disposition"], "collected", "{record}");
    assert_eq!(bench.world(1).sealer.shots() + bench.world(1).separator.shots(), 0);
}

#[test]
fn tools_that_do_not_say_that_they_are_done_are_looked_at() {
    let record = tail_with(69, ToolFault::SilentDone, 1);
    assert_eq!((&record["seal"], &record["separation"]), (&"person".into(), &"person".into()), "{record}");
}

#[test]
fn tools_with_a_fault_of_their_own_are_done_by_hand() {
    let record = tail_with(70, ToolFault::FaultContact, 0);
    assert_eq!((&record["seal"], &record["separation"]), (&"by_hand".into(), &"by_hand".into()), "{record}");
}

#[test]
fn a_clamp_that_moves_by_itself_in_a_pause_is_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(71, 1, folder.path());
    bench.draw(1, 20_000);
    bench.act(1, Act::Pause, false).unwrap();
    bench.pass(1000);
    assert!(bench.is_closed(1));
    bench.world(1).clamp.set_fault(Some(ClampFault::OpenSwitchWelded));
    let told = bench.until(1, 2, "an unproved clamp", |view| view.prompt == Prompt::PinchByHand);
    assert!(holds(&told, AlarmCode::ClampNotClosed), "{told:?}");
    bench.world(1).clamp.set_fault(None);
    let record = bench.finish(1);
    assert!(["collected", "quarantined"].contains(&record["disposition"].as_str().unwrap()), "{record}");
}
