//! How near bags end to their target, held to the bar: five thousand whole draws of the model, the same seeds each time.
//!
//! Owns: the limits of each row, and single draws that once went wrong. Refuses: rows of seeds on which the estimator was tuned.
//! The figures of a hundred thousand draws are in `station/src/draw/RESULTS.md`.
#![allow(clippy::float_arithmetic)]

use sim::draw_model::bed::{Tacho, Troubles};
use sim::draw_model::draws::{Outcome, Plan};

/// The draws of one row, from this seed on.
fn row(seed: u64, count: u64, rate: f64, steps: Option<(f64, f64)>) -> Vec<Outcome> {
    row_on(Tacho::Jittering, seed, count, rate, steps)
}

/// The same on a tray of this kind.
fn row_on(tacho: Tacho, seed: u64, count: u64, rate: f64, steps: Option<(f64, f64)>) -> Vec<Outcome> {
    let troubles = Troubles { pushes: true, stops: true, steps };
    let plan = Plan { seed, count, rate, tacho, troubles, last_ml: None };
    let mut outcomes = Vec::new();
    plan.run(|o| outcomes.push(*o));
    println!("seeds {seed}.., {count} draws, {rate} weights/s, {tacho:?}, steps {steps:?} g");
    assert!(outcomes.len() as u64 == count && outcomes.iter().all(never_over));
    outcomes
}

/// Never over a tenth more than the target.
fn never_over(o: &Outcome) -> bool {
    if o.off_ml > 0.1 * o.target_ml {
        println!("seed {} draw {}: {:+.1} mL", o.seed, o.nth, o.off_ml);
    }
    o.off_ml <= 0.1 * o.target_ml
}

/// Asserts that of a thousand draws at most so many are further off than this.
fn outside(outcomes: &[Outcome], ml: f64, of_thousand: usize) {
    let far: Vec<_> =
        outcomes.iter().filter(|o| o.off_ml.abs() > ml).map(|o| (o.seed, o.nth, o.off_ml)).collect();
    assert!(far.len() * 1000 <= of_thousand * outcomes.len(), "over {ml} mL off: {far:?}");
}

#[test]
fn twenty_three_weights_a_second() {
    let draws = row(90_000, 800, 23.0, None);
    outside(&draws, 1.0, 10);
    outside(&draws, 2.0, 1);
}

#[test]
fn ten_and_eighty_weights_a_second() {
    outside(&row(91_000, 400, 10.0, None), 2.0, 10);
    let draws = row(92_000, 200, 80.0, None);
    outside(&draws, 1.0, 10);
    outside(&draws, 2.0, 1);
}

/// The bar itself: 99 in a hundred. Two steps of one sign weigh up to 6 g together, and the estimator is near the bar: of 20,000 draws 99.12
/// in a hundred keep it. Of 400 draws whose true share is right at the bar more than one set in three would fail, and a limit loose enough
/// to let all pass would hold nothing: that takes 2,000. The seeds are fixed and the model and the estimator the same on every machine, so
/// this never fails by chance, only by a change; they are the first of the row in the written result, on which nothing was tuned.
#[test]
fn lasting_steps_of_up_to_three_grams() {
    outside(&row(9_200_000, 2000, 23.0, Some((0.5, 3.0))), 5.0, 10);
}

/// Beyond the bar, but what cheap mixers do: each turn takes 5 % more or less than the last.
#[test]
fn a_tray_that_turns_unevenly() {
    let draws = row_on(Tacho::UnevenTray, 95_000, 400, 23.0, None);
    outside(&draws, 1.0, 25);
    outside(&draws, 5.0, 5);
}

/// The bar asks for them to be flagged: told, or the volume doubted. Of ten thousand about eight are not, each of which looks like
/// a turn of the flow.
#[test]
fn large_steps_are_told() {
    let draws = row(94_000, 1000, 23.0, Some((5.5, 30.0)));
    let told = draws.iter().filter(|o| o.step_told.is_some()).count();
    assert!(told * 100 >= 99 * draws.len(), "{told} of {}", draws.len());
    let flagged = draws.iter().filter(|o| o.step_told.is_some() || o.may_hide).count();
    assert!(flagged * 500 >= 499 * draws.len(), "{flagged} of {} flagged", draws.len());
    let over = draws.iter().filter(|o| o.off_ml > 0.1 * o.target_ml).count();
    assert_eq!(over, 0, "no bag is a tenth too full");
}

/// Draws whose step was once not told: one that was taken for a pause on a tray that seemed to turn unevenly, one that was
/// believed only after it had been looked for, and one that was believed just when the track was lost.
#[test]
fn steps_that_were_once_missed_are_told() {
    for (seed, nth) in [(5_500_115, 1), (5_500_034, 1), (9_500_582, 3)] {
        let draws = row(seed, 4, 23.0, Some((5.5, 30.0)));
        assert!(draws[nth].step_told.is_some(), "{seed}, draw {nth}: {:?} g", draws[nth].step_made);
    }
}

/// Draws whose step was not told, and why its volume is doubted all the same.
#[test]
fn steps_that_look_like_something_else_are_doubted() {
    for (why, seed, nth) in [
        ("the flow turned within a long push", 9_500_161, 0),
        ("the flow turned within a long push", 9_500_003, 0),
        ("the flow turned within a long push", 9_500_167, 1),
        ("the flow stopped within a push", 9_500_412, 2),
        ("the flow stopped within a push, on a tray that seems uneven", 9_501_391, 2),
        ("the flow quickened within a push", 9_500_166, 2),
        ("the flow stopped within a push, which was likelier all the time", 9_500_575, 2),
        ("the flow stopped within a push, which was likelier in the end", 9_501_433, 1),
        ("blood left the bag", 9_502_244, 3),
        ("a push of three seconds, and the flow stopped within it", 9_502_280, 0),
        ("a smaller step", 9_501_650, 1),
        ("more blood than can have run while the track was lost", 9_501_892, 1),
    ] {
        let draws = row(seed, nth as u64 + 1, 23.0, Some((5.5, 30.0)));
        assert!(draws[nth].may_hide, "{why}: {seed}, draw {nth}: {:?} g", draws[nth].step_made);
    }
}

/// The price: a volume that is doubted for nothing is weighed by hand.
#[test]
fn few_volumes_are_doubted_for_nothing() {
    let draws = row(96_000, 400, 23.0, None);
    let doubted = draws.iter().filter(|o| o.step_told.is_some() || o.may_hide).count();
    assert!(doubted * 50 <= draws.len(), "{doubted} of {}", draws.len());
}

/// Bags that once ended 3 to 10 mL off, each again without the thought that mends it: a push that rose evenly was taken for a
/// flow that quickened, one on a stopped flow for its start, and stops that fell into a push for steps downwards.
#[test]
fn pushes_that_once_cost_a_bag_cost_none() {
    for (seed, nth) in [(7_303_184, 2), (7_306_571, 1), (7_302_388, 3), (7_302_234, 0)] {
        let draws = row(seed, 4, 23.0, None);
        assert!(draws[nth].off_ml.abs() <= 2.0, "{seed}, draw {nth}: {:+.1} mL", draws[nth].off_ml);
    }
}
