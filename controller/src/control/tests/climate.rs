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
    rig_with(&[probe()])
}

fn rig_with(probes: &[DeviceId]) -> Rig {
    let mut rig = rig();
    let route = |id: &DeviceId| DeviceRoute { id: id.clone(), kind: DeviceKind::Probe, beds: Vec::new() };
    rig.station.devices = Devices::new(probes.iter().map(route).collect());
    let parts = |id: &DeviceId| ClimateParts {
        probe: id.clone(),
        name: id.to_string(),
        low: MilliCelsius(2000),
        high: MilliCelsius(6000),
        patience: Span::from_secs(300),
        stale: Span::from_secs(120),
        calibration: None,
    };
    rig.station.climate = Climate::new(probes.iter().map(parts).collect(), Mono(0));
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

/// One that stands hides no other: people who have acknowledged the first are told of the second, and the end comes when both are over.
#[test]
fn a_second_thermometer_that_is_wrong_is_told_anew_although_the_first_stands() {
    let cold_box = DeviceId::new("probe.box").unwrap();
    let mut rig = rig_with(&[probe(), cold_box.clone()]);
    let boxed = |rig: &mut Rig, second: u64, value: i32| {
        let observation = drivers::Observation::Temperature(MilliCelsius(value));
        rig.step(second * 1000, Input::Observed { device: cold_box.clone(), observation });
    };
    for second in (30..=900).step_by(30) {
        measures(&mut rig, second, 9000);
        boxed(&mut rig, second, if second < 400 { 4000 } else { 9000 });
    }
    let both = |told: bool| [(1, told), (2, told)];
    assert_eq!(told(&rig), [both(true), both(false), both(true)].concat());
    boxed(&mut rig, 930, 4000);
    assert_eq!(told(&rig).len(), 6, "one is over, the other stands: nothing new");
    measures(&mut rig, 935, 4000);
    assert_eq!(told(&rig)[6..], both(false));
}

#[test]
fn a_machine_made_anew_hears_of_it() {
    let mut rig = fridge_rig();
    rig.step(300_000, Input::Timeout);
    let before = told(&rig).len();
    rig.station.renew(0, at(300_001));
    assert_eq!(told(&rig)[before..], [(1, true)]);
}
