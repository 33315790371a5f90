//! Thermometers at the step: every bed hears once, each temperature worth it is journaled, no bed is disturbed.

use super::*;
use crate::control::climate::ClimateParts;
use crate::control::entries::Temperature;
use station::api::ClimateState;
use station::device::Fault;
use station::ident::DeviceSerial;
use station::measure::MilliCelsius;

fn probe() -> DeviceId {
    DeviceId::new("probe.fridge").unwrap()
}

fn fridge_rig() -> Rig {
    let mut rig = rig();
    let route = DeviceRoute { id: probe(), kind: DeviceKind::Probe, beds: Vec::new() };
    rig.station.devices = Devices::new(vec![route]);
    let parts = ClimateParts {
        probe: probe(),
        name: "fridge".to_owned(),
        low: MilliCelsius(2000),
        high: MilliCelsius(6000),
        patience: Span::from_secs(300),
        stale: Span::from_secs(120),
        calibration: None,
    };
    rig.station.climate = Climate::new(vec![parts], Mono(0));
    rig
}

fn says(rig: &mut Rig, second: u64, observation: drivers::Observation) {
    rig.step(second * 1000, Input::Observed { device: probe(), observation });
}

fn measures(rig: &mut Rig, second: u64, value: i32) {
    says(rig, second, drivers::Observation::Temperature(MilliCelsius(value)));
}

/// What each bed was told of the storage.
fn told(rig: &Rig) -> Vec<(u8, bool)> {
    let heard = rig.heard.lock().unwrap();
    let storage = heard.iter().filter_map(|(bed, event)| match event {
        Event::Shared(SharedFact::StorageWrong(wrong)) => Some((bed.number(), *wrong)),
        _ => None,
    });
    storage.collect()
}

#[test]
fn warmth_that_lasts_is_told_to_every_bed_once_and_so_is_its_end() {
    let mut rig = fridge_rig();
    let serial = DeviceSerial::new("28-0316a4c7b5ff").ok();
    says(&mut rig, 1, drivers::Observation::Identity { serial: serial.clone(), model: String::new() });
    measures(&mut rig, 1, 4000);
    for second in (30..=330).step_by(30) {
        measures(&mut rig, second, 9000);
    }
    assert_eq!(told(&rig), [(1, true), (2, true)]);
    let shown = rig.station.snapshot(at(330_000)).climate;
    assert!(shown[0].alarming && shown[0].state == ClimateState::Warm);
    measures(&mut rig, 360, 5900);
    assert_eq!(told(&rig)[2..], [(1, false), (2, false)]);
    let journaled: Vec<String> = rig
        .entries
        .iter()
        .map(|draft| format!("{draft:?}"))
        .filter(|draft| draft.contains(Temperature::KIND.as_str()))
        .collect();
    assert_eq!(journaled.len(), 3, "right, warm, right: {journaled:?}");
    assert!(journaled.iter().all(|entry| entry.contains("28-0316a4c7b5ff")));
}

#[test]
fn a_thermometer_in_trouble_is_told_when_its_time_has_passed_although_nothing_comes() {
    let mut rig = fridge_rig();
    measures(&mut rig, 1, 4000);
    says(&mut rig, 10, drivers::Observation::Fault(Fault::LinkLost));
    assert_eq!(told(&rig), []);
    let due = rig.station.next_timeout().unwrap();
    assert!(due <= at(310_000).mono, "{due:?}");
    rig.step(310_000, Input::Timeout);
    assert_eq!(told(&rig), [(1, true), (2, true)]);
}

#[test]
fn a_machine_made_anew_hears_of_it() {
    let mut rig = fridge_rig();
    rig.step(300_000, Input::Timeout);
    let before = told(&rig).len();
    rig.station.renew(0, at(300_001));
    assert_eq!(told(&rig)[before..], [(1, true)]);
}
