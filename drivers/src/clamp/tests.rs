//! The clamp (and with it the two-switch actuator) in virtual time.

use super::*;
use crate::contact::bench::{Bench, identity, reads};
use proptest::prelude::*;
use station::device::ClampPosition::{Between, Closed, Contradiction, Open};
use station::device::Fault;

const CLOSED_SWITCH: usize = 0;
const OPEN_SWITCH: usize = 1;

fn closed() -> Bench<Clamp> {
    Bench::settled(Clamp::new(), &[true, false])
}

fn open() -> Bench<Clamp> {
    let mut b = closed();
    b.order(Actuation::ClampOpen).unwrap();
    b.line(CLOSED_SWITCH, false);
    b.line(OPEN_SWITCH, true);
    b.forget();
    b
}

#[test]
fn opening_the_link_drops_the_coil_and_tells_who_is_there() {
    let mut b = Bench::opened(Clamp::new(), &[true, false]);
    assert_eq!(b.driven(), [(0, 0, false)]);
    assert_eq!(b.observed(), [identity(), Observation::Reading(Reading::Clamp(Closed))]);
    b.wait(10_000);
    assert_eq!(b.observed(), []);
}

#[test]
fn a_good_clamp_opens_and_closes_without_a_fault() {
    let mut b = closed();
    b.order(Actuation::ClampOpen).unwrap();
    b.wait(40);
    b.line(CLOSED_SWITCH, false);
    b.wait(900);
    b.line(OPEN_SWITCH, true);
    b.wait(5000);
    b.order(Actuation::ClampClose).unwrap();
    assert_eq!(b.driven(), [(0, 0, true), (5940, 0, false)]);
    b.wait(60);
    b.line(OPEN_SWITCH, false);
    b.wait(200);
    b.line(CLOSED_SWITCH, true);
    b.wait(5000);
    let expected = [Between, Open, Between, Closed].map(Reading::Clamp);
    assert_eq!(b.observed(), reads(&expected));
}

#[test]
fn an_order_that_is_obeyed_already_is_answered_by_a_proof() {
    let mut b = closed();
    b.order(Actuation::ClampClose).unwrap();
    assert_eq!(b.observed(), reads(&[Reading::Clamp(Closed)]));
    b.wait(5000);
    assert_eq!(b.observed(), []);
}

#[test]
fn stuck_open_is_a_fault_after_300_ms_and_over_when_it_closes() {
    let mut b = open();
    b.order(Actuation::ClampClose).unwrap();
    b.wait(299);
    assert_eq!(b.observed(), []);
    b.wait(1);
    assert_eq!(b.observed(), [Observation::Fault(Fault::NotObeying)]);
    b.line(OPEN_SWITCH, false);
    b.line(CLOSED_SWITCH, true);
    let mut expected = reads(&[Between, Closed].map(Reading::Clamp));
    expected.insert(1, Observation::Recovered);
    assert_eq!(b.observed(), expected);
}

#[test]
fn repeating_the_order_buys_no_time() {
    let mut b = open();
    for _ in 0..5 {
        b.order(Actuation::ClampClose).unwrap();
        b.wait(100);
    }
    assert_eq!(b.observed(), [Observation::Fault(Fault::NotObeying)]);
}

#[test]
fn stuck_closed_or_slow_is_a_fault_after_a_second() {
    let mut b = closed();
    b.order(Actuation::ClampOpen).unwrap();
    b.line(CLOSED_SWITCH, false);
    b.wait(999);
    assert_eq!(b.observed(), reads(&[Reading::Clamp(Between)]), "500 ms between are allowed on the way");
    b.wait(1);
    assert_eq!(b.observed(), [Observation::Fault(Fault::NotObeying)]);
}

#[test]
fn both_switches_for_500_ms_contradict_each_other() {
    let mut b = closed();
    b.line(OPEN_SWITCH, true);
    assert_eq!(b.observed(), reads(&[Reading::Clamp(Contradiction)]));
    b.wait(499);
    assert_eq!(b.observed(), []);
    b.wait(1);
    assert_eq!(b.observed(), [Observation::Fault(Fault::SwitchContradiction)]);
    b.line(OPEN_SWITCH, false);
    assert_eq!(b.observed(), [Observation::Recovered, Observation::Reading(Reading::Clamp(Closed))]);
}

#[test]
fn neither_switch_or_the_wrong_one_for_500_ms_without_an_order_is_a_fault() {
    let mut b = closed();
    b.line(CLOSED_SWITCH, false);
    b.wait(500);
    let expected = [Observation::Reading(Reading::Clamp(Between)), Observation::Fault(Fault::NotObeying)];
    assert_eq!(b.observed(), expected);
    let mut b = closed();
    b.line(CLOSED_SWITCH, false);
    b.wait(100);
    b.line(OPEN_SWITCH, true);
    b.wait(400);
    assert_eq!(b.observed().last(), Some(&Observation::Fault(Fault::NotObeying)));
}

#[test]
fn opening_needs_known_switches_and_closing_only_a_link() {
    let mut b = Bench::settled(Clamp::new(), &[true]);
    assert_eq!(b.order(Actuation::ClampOpen), Err(ActuateError::NotConnected(DeviceKind::Clamp)));
    assert_eq!(b.driven(), []);
    b.order(Actuation::ClampClose).unwrap();
    assert_eq!(b.driven(), [(0, 0, false)]);
    b.wait(300);
    assert_eq!(b.observed(), [Observation::Fault(Fault::NoReply)], "a switch that never reports");
}

#[test]
fn a_lost_link_is_told_and_nothing_is_remembered() {
    let mut b = open();
    b.inbound(Inbound::Lost);
    assert_eq!(b.observed(), [Observation::Fault(Fault::LinkLost)]);
    assert_eq!(b.order(Actuation::ClampClose), Err(ActuateError::NotConnected(DeviceKind::Clamp)));
    assert_eq!(b.driver.next_timeout(), None);
    b.inbound(Inbound::Opened);
    assert_eq!(b.driven(), [(0, 0, false)]);
    b.line(CLOSED_SWITCH, true);
    b.line(OPEN_SWITCH, false);
    let expected = [Observation::Recovered, identity(), Observation::Reading(Reading::Clamp(Closed))];
    assert_eq!(b.observed(), expected);
}

#[test]
fn orders_of_other_devices_are_refused() {
    let refused = closed().order(Actuation::MixerRun);
    let expected = ActuateError::Unsupported { device: DeviceKind::Clamp, actuation: Actuation::MixerRun };
    assert_eq!(refused, Err(expected));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    /// Whatever the switches do: after a close order the coil is off, and unless the closed end is proved alone a fault
    /// stands once every limit has passed.
    #[test]
    fn a_close_order_ends_in_a_proof_or_a_fault(
        steps in proptest::collection::vec((0_u8..5, 0_usize..3, any::<bool>(), 0_u64..700), 0..40),
    ) {
        let mut b = Bench::opened(Clamp::new(), &[true, false]);
        let mut level = [true, false];
        for (act, input, active, ms) in steps {
            match act {
                0 => { prop_assert!(b.order(Actuation::ClampOpen).is_ok()); }
                1 => { prop_assert!(b.order(Actuation::ClampClose).is_ok()); }
                2 => b.inbound(Inbound::Timeout),
                _ => {
                    b.line(input, active);
                    if let Some(level) = level.get_mut(input) { *level = active; }
                }
            }
            b.wait(ms);
        }
        prop_assert!(b.order(Actuation::ClampClose).is_ok());
        prop_assert_eq!(b.driven().last().map(|d| d.2), Some(false));
        b.wait(1000);
        let standing = b.observed().iter().fold(false, |standing, o| match o {
            Observation::Fault(_) => true,
            Observation::Recovered => false,
            _ => standing,
        });
        prop_assert_eq!(standing, level != [true, false]);
    }
}
