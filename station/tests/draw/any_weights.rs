//! What must hold whatever a scale says: no panic, bounded numbers, and the clamp due when the bag is too heavy.

use crate::bed::weight;
use proptest::prelude::*;
use station::device::{Quality, WeightSample};
use station::draw::{DrawSettings, Estimator, Sureness, Tare, UnsureReason};
use station::measure::{Density, Microlitres, Milligrams, Mono, Span};

fn settings(target_ml: i64) -> DrawSettings {
    DrawSettings {
        density: Density::DEFAULT,
        target: Microlitres::from_ml(target_ml),
        clamp_delay: Span::from_millis(250),
    }
}

fn at(ms: u64) -> Mono {
    Mono(5_000_000 + ms * 1000)
}

/// A settled draw: 60 s of 1 g/s without rocking, at 20 weights a second.
fn settled() -> Estimator {
    let mut e = Estimator::new(settings(400), at(0), Milligrams(100_000));
    for i in 0..1200u64 {
        e.handle_sample(at(i * 50), weight(100.0 + i as f64 * 0.05));
    }
    e
}

#[test]
fn nothing_is_known_before_the_first_weight() {
    let e = Estimator::new(settings(400), at(0), Milligrams(100_000));
    assert_eq!(e.estimate(at(10)).sure, Sureness::Unsure(UnsureReason::NoWeight));
    assert_eq!(e.clamp_due(at(10)), None);
}

#[test]
fn a_steady_flow_is_measured_and_its_end_foretold() {
    let e = settled();
    let now = at(1199 * 50);
    let estimate = e.estimate(now);
    assert_eq!(estimate.sure, Sureness::Sure);
    assert!((estimate.volume.0 - 56_932).abs() < 300, "{estimate:?}");
    assert!((estimate.flow.0 - 949).abs() < 30, "{estimate:?}");
    // 421.2 g are reached 361.25 s before the 250 ms of the clamp.
    let due = e.clamp_due(now).unwrap().since(now).as_secs();
    assert!((355..=367).contains(&due), "{due} s");
}

#[test]
fn stale_weights_are_unsure_and_bad_ones_count_as_missing() {
    let mut e = settled();
    let later = at(1199 * 50 + 1100);
    assert_eq!(e.estimate(later).sure, Sureness::Unsure(UnsureReason::Stale));
    e.handle_sample(later, WeightSample { gross: Milligrams(161_000), quality: Quality::Bad });
    assert_eq!(e.estimate(later).sure, Sureness::Unsure(UnsureReason::Stale));
    e.handle_sample(later, weight(161.0));
    assert_eq!(e.estimate(later).sure, Sureness::Sure);
}

#[test]
fn a_closed_clamp_holds_the_volume_and_foretells_nothing() {
    let mut e = settled();
    let closed = at(1200 * 50);
    e.handle_clamp(closed, false);
    for i in 1..200u64 {
        e.handle_sample(closed + Span::from_millis(i * 50), weight(160.0));
    }
    let now = closed + Span::from_secs(10);
    let estimate = e.estimate(now);
    assert!((estimate.volume.0 - 56_980).abs() < 300 && estimate.flow.0.abs() < 10, "{estimate:?}");
    assert_eq!(e.clamp_due(now), None);
}

/// What happened while no weight made sense is found afterwards: blood neither leaves the bag nor comes faster than it runs.
#[test]
fn a_step_while_the_track_was_lost_is_found_and_told() {
    for lifted in [-30.0, 30.0] {
        let mut e = settled();
        let began = 1200 * 50;
        let mut sought = false;
        for ms in (0..40_000u64).step_by(50) {
            // The second step comes sooner after the first than lasting steps do.
            let off = match ms {
                0..1000 => 0.0,
                1000..5000 => 0.3 * lifted,
                _ => lifted,
            };
            e.handle_sample(at(began + ms), weight(160.0 + ms as f64 / 1000.0 + off));
            if e.seeks() {
                sought = true;
                let volume = e.estimate(at(began + ms)).volume;
                assert!(volume >= Microlitres(56_000), "blood does not leave the bag: {volume:?} at {ms} ms");
            }
        }
        assert!(sought && !e.seeks(), "{lifted}: lost and found again");
        let now = at(began + 40_000);
        let told = e.flags(now).step.expect("such a step is told").0 as f64 / 1000.0;
        assert!((0.65..1.05).contains(&(told / lifted)), "{told} g");
        assert_eq!(e.estimate(now).sure, Sureness::Unsure(UnsureReason::Stepped));
    }
}

/// A bag behind a closed clamp weighs the same after its scale was silent: what it weighs more or less is a step, not blood.
#[test]
fn what_changed_while_the_scale_was_silent_is_found_and_told() {
    for off in [0.0, -14.0, 14.0] {
        let mut e = settled();
        let closed = 1200 * 50;
        e.handle_clamp(at(closed), false);
        for ms in (0..2_000u64).chain(22_000..52_000).step_by(50) {
            let off = if ms < 2_000 { 0.0 } else { off };
            e.handle_sample(at(closed + ms), weight(160.0 + off));
        }
        let now = at(closed + 51_950);
        let told = e.flags(now).step.map_or(0.0, |step| step.0 as f64 / 1000.0);
        assert!((told - off).abs() < 1.0, "{told} g told of {off}");
        let volume = e.shown().0 - (off / 1.053 * 1000.0) as i64;
        assert!(!e.seeks() && (volume - 56_980).abs() < 500, "{volume} uL at {off} g");
    }
}

/// Where blood ran at nobody knows which speed while no weight made sense, a step cannot be told from it: that is told.
#[test]
fn a_step_that_may_hide_where_the_track_was_lost_is_told() {
    for (slower, hides) in [(1.0, false), (0.3, true)] {
        let mut e = settled();
        let began = 1200 * 50;
        for ms in (0..80_000u64).step_by(50) {
            let worked_at = [40.0, -25.0, 60.0][(ms / 700 % 3) as usize];
            let off = if (1_000..26_000).contains(&ms) { worked_at } else { 0.0 };
            e.handle_sample(at(began + ms), weight(160.0 + slower * ms as f64 / 1000.0 + off));
        }
        let now = at(began + 80_000);
        assert!(!e.seeks(), "found again");
        assert_eq!(e.flags(now).step_lost, hides, "{slower} g/s");
    }
}

/// A track that is lost for long without a jump of the scale, as on an uneven tray, hides no step: its volume is not doubted, however
/// little is known of the flow meanwhile. The same with a jump is doubted.
#[test]
fn only_a_scale_that_jumped_may_hide_a_step() {
    for (jumps, hides) in [(false, false), (true, true)] {
        let mut e = settled();
        let began = 1200 * 50;
        // Twenty seconds of silence, in which the flow fell from 1 g/s to 0.3; in the second round somebody then works at the tray.
        for ms in (0..1_000u64).chain(20_000..100_000).step_by(50) {
            let worked_at = [40.0, -25.0, 60.0][(ms / 700 % 3) as usize];
            let off = if jumps && (20_000..45_000).contains(&ms) { worked_at } else { 0.0 };
            e.handle_sample(at(began + ms), weight(160.0 + 0.3 * ms as f64 / 1000.0 + off));
            assert!(ms != 20_000 || e.seeks(), "the track is lost");
        }
        let now = at(began + 100_000);
        assert!(!e.seeks(), "found again");
        assert_eq!(e.flags(now).step_lost, hides, "jumped: {jumps}, {:?}", e.flags(now));
    }
}

/// Four seconds of hands on the tray may hide a step while blood runs. Behind a closed clamp they hide none: what lies there before and
/// after is compared.
#[test]
fn a_long_push_may_hide_a_step_only_while_blood_runs() {
    for (open, hides) in [(true, true), (false, false)] {
        let mut e = settled();
        let began = 1200 * 50;
        e.handle_clamp(at(began), open);
        for ms in (0..20_000u64).step_by(50) {
            let worked_at = [40.0, -25.0, 60.0][(ms / 700 % 3) as usize];
            let off = if (5_000..9_000).contains(&ms) { worked_at } else { 0.0 };
            let ran = if open { ms as f64 / 1000.0 } else { 0.0 };
            e.handle_sample(at(began + ms), weight(160.0 + ran + off));
        }
        let flags = e.flags(at(began + 20_000));
        assert_eq!((flags.step, flags.step_lost), (None, hides), "open: {open}");
    }
}

/// What is put aside while the track is lost is put aside of what was believed before, too.
#[test]
fn blood_put_aside_while_the_track_is_lost_is_no_step() {
    let mut e = settled();
    let began = 1200 * 50;
    for ms in (0..80_000u64).step_by(50) {
        // A step that is known; then somebody works at the tray, and meanwhile the pouch is full.
        let off = match ms {
            0..1000 => 0.0,
            1000..15_000 => 20.0,
            15_000..40_000 => 20.0 + [40.0, -25.0, 60.0][(ms / 700 % 3) as usize],
            _ => 20.0,
        };
        if ms == 35_000 {
            assert!(e.seeks(), "the track is lost");
            e.put_aside(Milligrams(30_000));
        }
        e.handle_sample(at(began + ms), weight(160.0 + ms as f64 / 1000.0 + off));
    }
    let now = at(began + 80_000);
    assert!(!e.seeks(), "found again");
    assert_eq!(e.flags(now).step, None);
}

#[test]
fn a_scale_that_repeats_itself_on_a_rocking_tray_is_frozen() {
    let mut e = settled();
    for i in 1200..1400u64 {
        e.handle_sample(at(i * 50), weight(160.0));
        if i % 80 == 0 {
            e.handle_cycle(at(i * 50));
        }
    }
    assert!(e.flags(at(1400 * 50)).frozen);
    assert_eq!(e.estimate(at(1400 * 50)).sure, Sureness::Unsure(UnsureReason::Frozen));
}

#[test]
fn a_tare_is_good_in_half_a_minute_and_bad_weights_give_none() {
    let mut tare = Tare::new();
    for i in 0..600u64 {
        tare.handle_sample(at(i * 50), weight(250.0));
        assert!(i >= 200 || tare.result().is_none(), "too early");
    }
    assert!((tare.result().unwrap().0 - 250_000).abs() < 100);
    let mut tare = Tare::new();
    for i in 0..600u64 {
        tare.handle_sample(at(i * 50), WeightSample { gross: Milligrams(250_000), quality: Quality::Bad });
    }
    assert_eq!(tare.result(), None);
}

fn any_weight() -> impl Strategy<Value = (u64, i64, u8)> {
    let gap = prop_oneof![8 => 0u64..100_000, 2 => 0u64..3_000_000, 1 => any::<u64>()];
    let gross = prop_oneof![8 => 50_000i64..700_000, 2 => -1_000_000i64..2_000_000, 1 => any::<i64>()];
    (gap, gross, 0u8..20)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, rng_seed: prop::test_runner::RngSeed::Fixed(7), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_weights_make_it_panic_or_leave_its_bounds(
        weights in prop::collection::vec(any_weight(), 1..400), tare in any::<i64>(), target in 0i64..600,
    ) {
        let mut e = Estimator::new(settings(target), Mono(0), Milligrams(tare));
        let mut now = Mono(0);
        for (gap, gross, what) in weights {
            let then = Mono(now.0.saturating_add(gap));
            match what {
                0 => e.handle_cycle(then),
                1 => e.handle_clamp(then, gross & 1 == 0),
                2 => e.handle_sample(Mono(gap), weight(0.0)),
                _ => {
                    let quality = if what == 3 { Quality::Bad } else { Quality::Dynamic };
                    e.handle_sample(then, WeightSample { gross: Milligrams(gross), quality });
                }
            }
            now = then;
            let estimate = e.estimate(now);
            prop_assert!(estimate.volume.0.abs() < 1_000_000_000);
            prop_assert!(estimate.flow.0.abs() < 10_000);
            if let Some(due) = e.clamp_due(now) {
                prop_assert!(due >= now);
            }
            e.flags(now);
        }
    }

    #[test]
    fn a_bag_that_stays_too_heavy_makes_the_clamp_due_at_once(
        before in prop::collection::vec(any_weight(), 0..100), over in 10i64..500, target in 100i64..500,
    ) {
        let mut e = Estimator::new(settings(target), Mono(0), Milligrams(100_000));
        let mut now = 0u64;
        for (gap, gross, _) in before {
            now += gap.min(10_000_000);
            e.handle_sample(Mono(now), WeightSample { gross: Milligrams(gross), quality: Quality::Dynamic });
        }
        let gross = 100_000 + target * 1053 + over * 1000;
        for _ in 0..130 {
            now += 50_000;
            e.handle_sample(Mono(now), WeightSample { gross: Milligrams(gross), quality: Quality::Dynamic });
        }
        prop_assert_eq!(e.clamp_due(Mono(now)), Some(Mono(now)));
    }
}
