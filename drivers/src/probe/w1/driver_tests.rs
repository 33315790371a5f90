//! The driver of a DS18B20 sensor: bad readings, a file that hangs, a sensor pulled out.

use super::*;

const COLD: &str = "41 00 4b 46 7f ff 0f 10 97 : crc=97 YES\n41 00 4b 46 7f ff 0f 10 97 t=4062\n\0";
const WOKEN: &str = "50 05 4b 46 7f ff 0c 10 1c : crc=1c YES\n50 05 4b 46 7f ff 0c 10 1c t=85000\n\0";

fn at(seconds: u64) -> Mono {
    Mono(seconds * 1_000_000)
}

fn probe() -> W1Probe {
    let mut probe = W1Probe::new(W1Settings {
        serial: DeviceSerial::new("28-0316a4c7b5ff").unwrap(),
        period: Span::from_secs(30),
        offset: MilliCelsius(-250),
    });
    probe.handle(at(0), Inbound::Opened);
    probe
}

fn asked(probe: &mut W1Probe) -> usize {
    std::iter::from_fn(|| probe.poll_outbound()).count()
}

fn told(probe: &mut W1Probe) -> Vec<Observation> {
    std::iter::from_fn(|| probe.poll_observation()).collect()
}

#[test]
fn a_reading_in_pieces_carries_the_offset_and_comes_with_the_sensor_s_number() {
    let mut probe = probe();
    assert_eq!(asked(&mut probe), 1);
    for byte in COLD.bytes() {
        probe.handle(at(1), Inbound::Bytes(&[byte]));
    }
    let serial = DeviceSerial::new("28-0316a4c7b5ff").ok();
    assert_eq!(
        told(&mut probe),
        [
            Observation::Identity { serial, model: "DS18B20".to_owned() },
            Observation::Temperature(MilliCelsius(3812))
        ]
    );
    assert_eq!((asked(&mut probe), probe.next_timeout()), (0, Some(at(31))));
    probe.handle(at(31), Inbound::Timeout);
    assert_eq!(asked(&mut probe), 1);
}

#[test]
fn three_bad_readings_in_a_row_are_a_fault_told_once_and_a_good_one_ends_it() {
    let mut probe = probe();
    for second in 0..5 {
        probe.handle(at(second), Inbound::Timeout);
        probe.handle(at(second), Inbound::Bytes(WOKEN.as_bytes()));
    }
    assert_eq!(
        told(&mut probe),
        [Observation::Fault(Fault::Device("85 C: the sensor loses power".to_owned()))]
    );
    probe.handle(at(5), Inbound::Timeout);
    probe.handle(at(5), Inbound::Bytes(COLD.as_bytes()));
    assert!(told(&mut probe).contains(&Observation::Recovered));
}

#[test]
fn one_bad_reading_is_only_asked_for_again() {
    let mut probe = probe();
    probe.handle(at(0), Inbound::Bytes(b"\0"));
    assert_eq!((told(&mut probe), probe.next_timeout()), (vec![], Some(at(1))));
}

#[test]
fn a_file_that_hangs_is_a_fault_asked_for_no_second_time_and_what_comes_late_is_dropped() {
    let mut probe = probe();
    assert_eq!(asked(&mut probe), 1);
    probe.handle(at(15), Inbound::Timeout);
    assert_eq!(told(&mut probe), [Observation::Fault(Fault::NoReply)]);
    assert_eq!((asked(&mut probe), probe.next_timeout()), (0, None));
    probe.handle(at(900), Inbound::Bytes(COLD.as_bytes()));
    assert_eq!(told(&mut probe), []);
    assert_eq!(asked(&mut probe), 1, "it answers again: asked anew");
    probe.handle(at(901), Inbound::Bytes(COLD.as_bytes()));
    assert!(told(&mut probe).contains(&Observation::Recovered));
}

#[test]
fn an_over_long_file_is_garbage_and_bytes_out_of_turn_are_nothing() {
    let mut probe = probe();
    for second in 0..3 {
        probe.handle(at(second), Inbound::Timeout);
        probe.handle(at(second), Inbound::Bytes(&[b'x'; 5000]));
        probe.handle(at(second), Inbound::Bytes(b"\0"));
    }
    assert_eq!(told(&mut probe), [Observation::Fault(Fault::Garbage)]);
    assert_eq!(probe.file.kept(), 0);
    probe.handle(at(2), Inbound::Bytes(COLD.as_bytes()));
    assert_eq!(told(&mut probe), []);
}

#[test]
fn a_sensor_pulled_out_is_lost_and_names_itself_again() {
    let mut probe = probe();
    probe.handle(at(1), Inbound::Bytes(COLD.as_bytes()));
    told(&mut probe);
    probe.handle(at(2), Inbound::Lost);
    assert_eq!(told(&mut probe), [Observation::Fault(Fault::LinkLost)]);
    probe.handle(at(9), Inbound::Opened);
    probe.handle(at(9), Inbound::Bytes(COLD.as_bytes()));
    assert!(matches!(told(&mut probe)[..], [Observation::Identity { .. }, Observation::Recovered, _]));
    assert!(probe.actuate(at(9), Actuation::Seal).is_err());
}
