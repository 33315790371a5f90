//! A scanner at the bedside in virtual time.

use super::*;

fn ms(n: u64) -> Mono {
    Mono(n * 1000)
}

fn told(driver: &mut LineScanner) -> Vec<Observation> {
    std::iter::from_fn(|| driver.poll_observation()).collect()
}

fn sent(driver: &mut LineScanner) -> Vec<Outbound> {
    std::iter::from_fn(|| driver.poll_outbound()).collect()
}

fn opened(settings: LineScannerSettings) -> LineScanner {
    let mut driver = LineScanner::new(settings);
    driver.handle(ms(0), Inbound::Opened);
    assert_eq!(sent(&mut driver), [Outbound::DrainInput]);
    let model = "serial scanner".to_owned();
    assert_eq!(told(&mut driver), [Observation::Identity { serial: None, model }]);
    driver
}

fn scan(text: &str) -> Observation {
    Observation::Scan(ScanText { aim: Some("]C0".to_owned()), text: text.to_owned() })
}

#[test]
fn two_labels_with_one_number_are_two_scans() {
    let mut d = opened(LineScannerSettings::default());
    d.handle(ms(0), Inbound::Bytes(b"]C0=G1\r"));
    d.handle(ms(500), Inbound::Bytes(b"]C0=G1\r"));
    assert_eq!(told(&mut d), [scan("=G1"), scan("=G1")]);
}

#[test]
fn a_label_lying_in_the_light_is_one_scan_until_it_left_for_half_a_second() {
    let mut d = opened(LineScannerSettings::default());
    for at in [0, 300, 600, 900] {
        d.handle(ms(at), Inbound::Bytes(b"]C0=G1\r"));
    }
    assert_eq!(told(&mut d), [scan("=G1")]);
    d.handle(ms(1_400), Inbound::Bytes(b"]C0=G1\r"));
    assert_eq!(told(&mut d), [scan("=G1")]);
}

#[test]
fn another_read_or_a_new_trigger_in_between_makes_it_a_new_scan() {
    let settings = LineScannerSettings { trigger: TriggerProtocol::Honeywell, ..Default::default() };
    let mut d = opened(settings);
    d.handle(ms(0), Inbound::Bytes(b"]C0=G1\r]C0=G2\r]C0=G1\r"));
    assert_eq!(told(&mut d), [scan("=G1"), scan("=G2"), scan("=G1")]);
    d.actuate(ms(1), Actuation::ScannerTrigger(true)).unwrap();
    d.handle(ms(2), Inbound::Bytes(b"]C0=G1\r"));
    assert_eq!(told(&mut d), [scan("=G1")]);
}

#[test]
fn the_light_is_switched_at_once() {
    let settings = LineScannerSettings { trigger: TriggerProtocol::Datalogic, ..Default::default() };
    let mut d = opened(settings);
    d.actuate(ms(0), Actuation::ScannerTrigger(true)).unwrap();
    d.actuate(ms(0), Actuation::ScannerTrigger(false)).unwrap();
    assert_eq!(sent(&mut d), [Outbound::Bytes(b"T".to_vec()), Outbound::Bytes(b"X".to_vec())]);
}

#[test]
fn a_scanner_with_a_button_only_refuses_on_and_takes_off() {
    let mut d = opened(LineScannerSettings::default());
    assert!(matches!(
        d.actuate(ms(0), Actuation::ScannerTrigger(true)),
        Err(ActuateError::Unsupported { .. })
    ));
    assert_eq!(d.actuate(ms(0), Actuation::ScannerTrigger(false)), Ok(()));
    assert!(matches!(d.actuate(ms(0), Actuation::ClampOpen), Err(ActuateError::Unsupported { .. })));
    d.handle(ms(1), Inbound::Lost);
    assert_eq!(
        d.actuate(ms(1), Actuation::ScannerTrigger(false)),
        Err(ActuateError::NotConnected(DeviceKind::Scanner))
    );
}

#[test]
fn half_a_read_is_dropped_after_its_time_and_never_joined_to_the_next() {
    let mut d = opened(LineScannerSettings::default());
    d.handle(ms(0), Inbound::Bytes(b"]C0=G12"));
    assert_eq!(d.next_timeout(), Some(ms(50)));
    d.handle(ms(50), Inbound::Timeout);
    assert_eq!((d.next_timeout(), d.dropped()), (None, 1));
    d.handle(ms(60), Inbound::Bytes(b"]C0=G3"));
    d.handle(ms(120), Inbound::Bytes(b"]C0=G4\r")); // the timer was late
    assert_eq!((told(&mut d), d.dropped()), (vec![scan("=G4")], 2));
}

#[test]
fn a_read_without_end_counts_where_that_was_agreed() {
    let settings = LineScannerSettings { accept_unterminated: true, ..Default::default() };
    let mut d = opened(settings);
    d.handle(ms(0), Inbound::Bytes(b"]C0=G"));
    d.handle(ms(49), Inbound::Bytes(b"1"));
    d.handle(ms(98), Inbound::Timeout);
    assert_eq!(told(&mut d), []);
    d.handle(ms(99), Inbound::Timeout);
    assert_eq!(told(&mut d), [scan("=G1")]);
}

#[test]
fn a_missing_identifier_is_told_once_and_ends_with_the_next_good_read() {
    let mut d = opened(LineScannerSettings::default());
    d.handle(ms(0), Inbound::Bytes(b"=G1\r=G2\r"));
    assert_eq!(told(&mut d), [Observation::Fault(Fault::Garbage)]);
    d.handle(ms(1), Inbound::Bytes(b"]C0=G1\r"));
    assert_eq!(told(&mut d), [Observation::Recovered, scan("=G1")]);
    let mut d = opened(LineScannerSettings { require_aim: false, ..Default::default() });
    d.handle(ms(0), Inbound::Bytes(b"=G1\r"));
    let plain = ScanText { aim: None, text: "=G1".to_owned() };
    assert_eq!(told(&mut d), [Observation::Scan(plain)]);
}

#[test]
fn damage_is_told_when_it_lasts() {
    let mut d = opened(LineScannerSettings::default());
    d.handle(ms(0), Inbound::Bytes(b"\xff\r\xff\r"));
    assert_eq!(told(&mut d), []);
    d.handle(ms(0), Inbound::Bytes(b"\xff\r\xff\r"));
    assert_eq!((told(&mut d), d.dropped()), (vec![Observation::Fault(Fault::Garbage)], 4));
}

#[test]
fn a_lost_scanner_is_told_and_is_back_with_the_link() {
    let mut d = opened(LineScannerSettings::default());
    d.handle(ms(0), Inbound::Bytes(b"]C0=G"));
    d.handle(ms(1), Inbound::Lost);
    d.handle(ms(9), Inbound::Opened);
    let model = "serial scanner".to_owned();
    let identity = Observation::Identity { serial: None, model };
    assert_eq!(told(&mut d), [Observation::Fault(Fault::LinkLost), identity, Observation::Recovered]);
    d.handle(ms(10), Inbound::Bytes(b"1\r"));
    assert_eq!(told(&mut d), [Observation::Fault(Fault::Garbage)], "the old half is not joined");
}
