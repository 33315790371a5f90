//! The mixer in virtual time.

use super::*;
use crate::contact::bench::{Bench, identity, reads};
use proptest::prelude::*;

fn standing() -> Bench<Mixer> {
    Bench::settled(Mixer::new(Settings::default()), &[false])
}

fn pulse(b: &mut Bench<Mixer>) {
    b.line(HOME, true);
    b.wait(300);
    b.line(HOME, false);
}

#[test]
fn opening_stops_it_and_resting_on_the_mark_is_no_cycle() {
    let mut b = Bench::opened(Mixer::new(Settings::default()), &[true]);
    assert_eq!(b.driven(), [(0, 0, false)]);
    assert_eq!(b.observed(), [identity()]);
}

#[test]
fn each_pulse_is_a_cycle_and_the_first_says_that_it_turns() {
    let mut b = standing();
    b.order(Actuation::MixerRun).unwrap();
    assert_eq!(b.driven(), [(0, 0, true)]);
    b.wait(9000);
    assert_eq!(b.observed(), [], "a cold start is given its time");
    for _ in 0..3 {
        pulse(&mut b);
        b.wait(4700);
    }
    let c = Reading::MixerCycle;
    assert_eq!(b.observed(), reads(&[c.clone(), Reading::MixerTurning(true), c.clone(), c]));
}

#[test]
fn a_mixer_that_never_starts_is_stalled_after_its_cold_start() {
    let mut b = standing();
    b.order(Actuation::MixerRun).unwrap();
    b.wait(9999);
    b.order(Actuation::MixerRun).unwrap();
    assert_eq!(b.observed(), [], "and the repeated order buys no time");
    b.wait(1);
    let stalled = [Observation::Reading(Reading::MixerTurning(false)), Observation::Fault(Fault::Stalled)];
    assert_eq!(b.observed(), stalled);
}

#[test]
fn two_periods_of_silence_are_a_stall_and_a_pulse_ends_it() {
    let mut b = standing();
    b.order(Actuation::MixerRun).unwrap();
    pulse(&mut b);
    b.forget();
    b.wait(9699);
    assert_eq!(b.observed(), []);
    b.wait(1);
    let stalled = [Observation::Reading(Reading::MixerTurning(false)), Observation::Fault(Fault::Stalled)];
    assert_eq!(b.observed(), stalled);
    pulse(&mut b);
    let mut expected = reads(&[Reading::MixerCycle, Reading::MixerTurning(true)]);
    expected.push(Observation::Recovered);
    assert_eq!(b.observed(), expected);
}

#[test]
fn stopped_it_stands_after_two_silent_periods_without_a_fault() {
    let mut b = standing();
    b.order(Actuation::MixerRun).unwrap();
    pulse(&mut b);
    b.forget();
    b.order(Actuation::MixerStop).unwrap();
    assert_eq!(b.driven(), [(300, 0, false)]);
    b.wait(60_000);
    assert_eq!(b.observed(), reads(&[Reading::MixerTurning(false)]));
}

#[test]
fn a_tray_rocked_by_hand_counts_and_is_no_fault() {
    let mut b = standing();
    pulse(&mut b);
    b.wait(60_000);
    let expected = [Reading::MixerCycle, Reading::MixerTurning(true), Reading::MixerTurning(false)];
    assert_eq!(b.observed(), reads(&expected));
}

#[test]
fn stopping_a_stalled_mixer_ends_the_fault() {
    let mut b = standing();
    b.order(Actuation::MixerRun).unwrap();
    b.wait(10_000);
    b.forget();
    b.order(Actuation::MixerStop).unwrap();
    assert_eq!(b.observed(), [Observation::Recovered]);
}

#[test]
fn contact_bounce_is_one_cycle() {
    let mut b = standing();
    for _ in 0..4 {
        b.line(HOME, true);
        b.wait(5);
        b.line(HOME, false);
        b.wait(5);
    }
    assert_eq!(b.observed(), reads(&[Reading::MixerCycle, Reading::MixerTurning(true)]));
}

#[test]
fn running_needs_a_known_tacho_and_stopping_only_a_link() {
    let mut b = Bench::settled(Mixer::new(Settings::default()), &[]);
    assert_eq!(b.order(Actuation::MixerRun), Err(ActuateError::NotConnected(DeviceKind::Mixer)));
    assert_eq!(b.driven(), []);
    b.order(Actuation::MixerStop).unwrap();
    assert_eq!(b.driven(), [(0, 0, false)]);
    assert!(matches!(b.order(Actuation::ClampClose), Err(ActuateError::Unsupported { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    /// Told to run, a mixer without pulses is stalled within twice its longest limit, whatever went before.
    #[test]
    fn a_silent_running_mixer_is_always_told(
        steps in proptest::collection::vec((0_u8..5, any::<bool>(), 0_u64..6000), 0..40),
    ) {
        let mut b = standing();
        for (act, active, ms) in steps {
            match act {
                0 => { prop_assert!(b.order(Actuation::MixerRun).is_ok()); }
                1 => { prop_assert!(b.order(Actuation::MixerStop).is_ok()); }
                2 => b.inbound(Inbound::Timeout),
                _ => b.line(HOME, active),
            }
            b.wait(ms);
        }
        prop_assert!(b.order(Actuation::MixerRun).is_ok());
        b.wait(20_000);
        let last = b.observed().into_iter().rev().find(|o| matches!(o, Observation::Fault(_) | Observation::Recovered));
        prop_assert_eq!(last, Some(Observation::Fault(Fault::Stalled)));
    }
}
