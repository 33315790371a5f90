//! The panel in virtual time.

use super::*;
use crate::contact::bench::{Bench, Driven, identity, reads};
use station::device::Fault;

fn panel() -> Bench<Panel> {
    Bench::settled(Panel::new(true), &[false])
}

/// How often a line was switched on.
fn pulses(driven: &[Driven], output: usize) -> usize {
    driven.iter().filter(|(_, o, active)| *o == output && *active).count()
}

#[test]
fn opening_makes_it_dark_and_silent_and_tells_the_emergency_stop() {
    let mut b = Bench::opened(Panel::new(true), &[true]);
    assert_eq!(b.driven(), [(0, RED, false), (0, YELLOW, false), (0, CYAN, false), (0, BUZZER, false)]);
    assert_eq!(b.observed(), [identity(), Observation::Reading(Reading::EmergencyStop(true))]);
    b.line(EMERGENCY_STOP, false);
    assert_eq!(b.observed(), reads(&[Reading::EmergencyStop(false)]));
}

#[test]
fn a_panel_without_an_emergency_stop_is_there_at_once() {
    let mut b = Bench::opened(Panel::new(false), &[]);
    assert_eq!(b.observed(), [identity()]);
    b.line(EMERGENCY_STOP, true);
    assert_eq!(b.observed(), []);
}

#[test]
fn high_flashes_red_twice_a_second_and_sounds_bursts_of_ten() {
    let mut b = panel();
    b.order(Actuation::Lamp(Signal::High)).unwrap();
    b.order(Actuation::Buzzer(Signal::High)).unwrap();
    b.wait(4999);
    let driven = b.driven();
    assert_eq!(pulses(&driven, RED), 10);
    assert_eq!(pulses(&driven, YELLOW) + pulses(&driven, CYAN), 0);
    assert_eq!(pulses(&driven, BUZZER), 10);
}

#[test]
fn medium_flashes_yellow_and_sounds_bursts_of_three() {
    let mut b = panel();
    b.order(Actuation::Lamp(Signal::Medium)).unwrap();
    b.order(Actuation::Buzzer(Signal::Medium)).unwrap();
    b.wait(9999);
    let driven = b.driven();
    assert_eq!(pulses(&driven, YELLOW), 7, "0.6 Hz");
    assert_eq!(pulses(&driven, BUZZER), 3);
}

#[test]
fn low_is_constant_cyan() {
    let mut b = panel();
    b.order(Actuation::Lamp(Signal::Low)).unwrap();
    b.wait(60_000);
    assert_eq!(b.driven(), [(0, CYAN, true)]);
}

#[test]
fn another_priority_leaves_no_lamp_of_the_last_one_lit() {
    let mut lit = [false; 4];
    let mut b = panel();
    for signal in [Signal::High, Signal::Medium, Signal::Low, Signal::Call, Signal::High, Signal::Off] {
        b.order(Actuation::Lamp(signal)).unwrap();
        b.wait(100);
        for (_, output, active) in b.driven() {
            lit[output] = active;
        }
        let expected = colour(signal);
        assert_eq!(lit.iter().position(|on| *on), expected, "{signal:?}");
        assert_eq!(lit.iter().filter(|on| **on).count(), usize::from(expected.is_some()), "{signal:?}");
    }
    assert_eq!(b.driver.next_timeout(), None);
}

#[test]
fn a_repeated_signal_does_not_stutter() {
    let mut b = panel();
    b.order(Actuation::Buzzer(Signal::High)).unwrap();
    for _ in 0..80 {
        b.wait(50);
        b.order(Actuation::Buzzer(Signal::High)).unwrap();
    }
    assert_eq!(pulses(&b.driven(), BUZZER), 10);
}

#[test]
fn a_call_sounds_once_each_time_it_is_made() {
    let mut b = panel();
    for _ in 0..2 {
        b.order(Actuation::Buzzer(Signal::Call)).unwrap();
        b.wait(45_000);
        let driven = b.driven();
        assert_eq!(pulses(&driven, BUZZER), 2);
        assert_eq!(driven.last().map(|d| d.2), Some(false));
    }
}

#[test]
fn silence_is_immediate() {
    let mut b = panel();
    b.order(Actuation::Buzzer(Signal::High)).unwrap();
    b.wait(10);
    b.order(Actuation::Buzzer(Signal::Off)).unwrap();
    b.wait(60_000);
    assert_eq!(b.driven(), [(0, BUZZER, true), (10, BUZZER, false)]);
}

#[test]
fn a_lost_link_stops_the_patterns() {
    let mut b = panel();
    b.order(Actuation::Lamp(Signal::High)).unwrap();
    b.inbound(Inbound::Lost);
    assert_eq!(b.observed(), [Observation::Fault(Fault::LinkLost)]);
    assert_eq!(b.driver.next_timeout(), None);
    let refused = b.order(Actuation::Lamp(Signal::High));
    assert_eq!(refused, Err(ActuateError::NotConnected(DeviceKind::Panel)));
    b.inbound(Inbound::Opened);
    b.wait(10_000);
    assert_eq!(pulses(&b.driven(), RED), 1, "only the first flash, from before");
}
