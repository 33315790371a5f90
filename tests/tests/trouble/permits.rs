//! Protect never waits, permit always does: with a disk that stands still the emergency stop still closes the donor's line,
//! and nothing opens it.

use crate::bench::{Bench, holds};
use sim::world::hand::Hand;
use station::api::prompt::Prompt;
use station::procedure::alarm::AlarmCode;
use station::procedure::event::{AbortWhy, Act};
use station::procedure::phase::PhaseName;

/// From the order to the proof, ms.
const CLOSING: u64 = 300;

/// A draw at its height, and a disk that stands still from now on.
fn drawing_without_disk(seed: u64, folder: &std::path::Path) -> Bench {
    let mut bench = Bench::new(seed, 1, folder);
    bench.draw(1, 20_000);
    bench.stall(true);
    bench.pass(1000);
    assert!(!bench.is_closed(1), "a slow disk does not stop a draw");
    bench
}

/// The needle is in, and asked for is the opening of the clamp.
fn needle_in(bench: &mut Bench) {
    bench.nurse_until(1, "the needle", |view| view.prompt == Prompt::InsertNeedle);
    bench.world(1).hand(Hand::InsertNeedle);
}

/// Passes time in which the line must stay closed.
fn stays_closed(bench: &mut Bench, ms: u64, what: &str) {
    for _ in 0..ms / 5 {
        bench.tick();
        assert!(bench.is_closed(1), "{what}");
    }
    assert_eq!(bench.world(1).line.given_nl(), 0, "{what}");
}

#[test]
fn an_emergency_stop_at_the_terminal_closes_the_line_while_the_disk_stands_still() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = drawing_without_disk(81, folder.path());
    bench.ask(1, Act::EmergencyStop, false);
    let ms = bench.wait(1, CLOSING, "emergency stop", |world| world.clamp.openness() <= 0.0);
    println!("closed after {ms} ms");
    let view = bench.until(1, 1, "the alarm", |view| holds(view, AlarmCode::EmergencyStop));
    assert_eq!(view.prompt, Prompt::EmergencyStop);
    bench.pass(3000);
    assert!(bench.is_closed(1));
    bench.stall(false);
    bench.pass(200);
    bench.act(1, Act::EmergencyOver, false).unwrap();
    bench.act(1, Act::EndDraw, false).unwrap();
    let record = bench.finish(1);
    assert_eq!(record["disposition"], "quarantined", "{record}");
}

#[test]
fn the_stop_button_s_line_stays_closed_when_the_button_is_released() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = drawing_without_disk(82, folder.path());
    bench.world(1).hand(Hand::PressStop);
    bench.wait(1, CLOSING, "stop button", |world| world.clamp.openness() <= 0.0);
    bench.until(1, 1, "the alarm", |view| holds(view, AlarmCode::EmergencyStop));
    // The button itself takes the coil's power away. What keeps the line closed afterwards is the station's own order.
    bench.world(1).hand(Hand::ReleaseStop);
    bench.pass(5000);
    assert!(bench.is_closed(1));
    bench.stall(false);
    bench.pass(200);
    bench.act(1, Act::EmergencyOver, false).unwrap();
    bench.draw(1, 40_000);
    assert_eq!(bench.finish(1)["disposition"], "collected");
}

#[test]
fn a_pause_and_a_needle_out_do_not_wait_for_the_disk_either() {
    for (seed, act) in [(83, Act::Pause), (84, Act::Clamp), (85, Act::EndDraw), (86, Act::NeedleOut)] {
        let folder = tempfile::tempdir().unwrap();
        let mut bench = drawing_without_disk(seed, folder.path());
        bench.ask(1, act.clone(), false);
        bench.wait(1, CLOSING, &format!("{act:?}"), |world| world.clamp.openness() <= 0.0);
    }
}

#[test]
fn without_the_disk_the_clamp_never_opens_and_afterwards_it_does() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(87, 1, folder.path());
    needle_in(&mut bench);
    bench.stall(true);
    bench.ask(1, Act::NeedleIn, false);
    stays_closed(&mut bench, 10_000, "the disk stands still");
    assert!(holds(&bench.view(1), AlarmCode::JournalSlow));
    bench.stall(false);
    stays_closed(&mut bench, 5000, "what has expired does not fire late");
    bench.draw(1, 5_000);
    assert_eq!(bench.finish(1)["disposition"], "collected");
}

#[test]
fn a_pause_while_the_opening_waits_keeps_the_clamp_closed() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(88, 1, folder.path());
    needle_in(&mut bench);
    bench.stall(true);
    bench.ask(1, Act::NeedleIn, false);
    stays_closed(&mut bench, 500, "the disk stands still");
    bench.ask(1, Act::Pause, false);
    stays_closed(&mut bench, 200, "a pause");
    bench.stall(false);
    stays_closed(&mut bench, 10_000, "the pause came first");
    bench.draw(1, 5_000);
    assert_eq!(bench.finish(1)["disposition"], "collected");
}

#[test]
fn a_journal_that_has_failed_lets_a_draw_end_and_nothing_begin() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = drawing_without_disk(89, folder.path());
    let failed = bench.until(1, 60, "a failed journal", |view| holds(view, AlarmCode::JournalFailed));
    assert_eq!(failed.phase, PhaseName::Draw, "the draw ends at its target or on a person's word");
    assert!(!bench.is_closed(1));
    bench.ask(1, Act::Pause, false);
    bench.wait(1, CLOSING, "a pause", |world| world.clamp.openness() <= 0.0);
    bench.ask(1, Act::Resume, false);
    bench.pass(5000);
    assert!(bench.is_closed(1), "nothing is opened that cannot be journaled");
    bench.ask(1, Act::Abort(AbortWhy::DeviceFailed), false);
    let tail = bench.nurse_until(1, "the seal", |view| view.phase == PhaseName::Seal);
    assert!(matches!(tail.prompt, Prompt::ByHand(_) | Prompt::CareForDonor { .. }), "{tail:?}");
}
