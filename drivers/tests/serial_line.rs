//! The serial drivers over a real pty: the product's transport on one end, a device that speaks bytes on the other. Time is
//! still the test's own; nothing here waits but for bytes.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the helpers of these tests fail like the tests themselves"
)]

use drivers::scale::mt_sics::codec::{Command, Reply};
use drivers::scale::mt_sics::{MtSics, MtSicsSettings};
use drivers::scale::text::{Lines, Mass, Unit};
use drivers::scanner::line::{LineScanner, LineScannerSettings, TriggerProtocol};
use drivers::transport::serial::{LinkError, SerialLink, SerialSettings};
use drivers::{Driver, Inbound, Observation, Outbound};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use station::device::{Actuation, Fault, Reading};
use station::ident::DeviceSerial;
use station::measure::{Milligrams, Mono};
use std::os::fd::OwnedFd;

fn pty() -> (OwnedFd, SerialLink) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let link = SerialLink::open(&SerialSettings::new(name.to_str().unwrap(), 9600)).unwrap();
    (master, link)
}

/// Carries out what a driver wants on its link, as the controller does.
fn carry_out(driver: &mut dyn Driver, link: &mut SerialLink) {
    while let Some(outbound) = driver.poll_outbound() {
        match outbound {
            Outbound::Bytes(bytes) => link.write_now(&bytes).unwrap(),
            Outbound::DrainInput => assert_eq!(link.drain_input().unwrap(), 0),
            Outbound::Line { .. } => panic!("a serial device has no lines"),
        }
    }
}

fn fire(driver: &mut dyn Driver, link: &mut SerialLink) {
    let at = driver.next_timeout().unwrap();
    driver.handle(at, Inbound::Timeout);
    carry_out(driver, link);
}

/// Reads what the station sent, up to the end of one line.
fn line(device: &OwnedFd) -> Vec<u8> {
    let mut got = Vec::new();
    while !got.ends_with(b"\n") {
        let mut byte = [0];
        assert_eq!(rustix::io::read(device, &mut byte).unwrap(), 1);
        got.extend_from_slice(&byte);
    }
    got
}

/// The device says `bytes`; the driver hears them however the kernel cuts them.
async fn say(device: &OwnedFd, link: &mut SerialLink, driver: &mut dyn Driver, now: Mono, bytes: &[u8]) {
    assert_eq!(rustix::io::write(device, bytes).unwrap(), bytes.len());
    let mut left = bytes.len();
    while left > 0 {
        let mut buffer = [0; 7];
        let count = link.read(&mut buffer).await.unwrap();
        driver.handle(now, Inbound::Bytes(&buffer[..count]));
        left -= count;
    }
    carry_out(driver, link);
}

fn told(driver: &mut dyn Driver) -> Vec<Observation> {
    std::iter::from_fn(|| driver.poll_observation()).collect()
}

#[tokio::test]
async fn a_scale_is_identified_weighs_and_is_missed_when_its_cable_is_pulled() {
    let (device, mut link) = pty();
    let mut driver = MtSics::new(MtSicsSettings::default());
    driver.handle(Mono(0), Inbound::Opened);
    carry_out(&mut driver, &mut link);
    fire(&mut driver, &mut link);
    let now = Mono(300_000);
    assert_eq!(line(&device), Command::Reset.encode());
    say(&device, &mut link, &mut driver, now, b"I4 A \"B207696838\"\r\n").await;
    assert_eq!(line(&device), Command::Model.encode());
    say(&device, &mut link, &mut driver, now, b"I2 I\r\n").await;
    assert_eq!(line(&device), Command::ListCommands.encode());
    let last = Reply::Listed { level: 0, name: "SIR".to_owned(), more: false };
    say(&device, &mut link, &mut driver, now, &last.encode()).await;
    assert_eq!(line(&device), Command::WeightStream.encode());
    let mass = Mass::new(4_212, 1, Unit::Gram).unwrap();
    say(&device, &mut link, &mut driver, now, &Reply::Weight { mass, stable: false }.encode()).await;

    let told_now = told(&mut driver);
    let serial = Some(DeviceSerial::new("B207696838").unwrap());
    assert!(matches!(&told_now[0], Observation::Identity { serial: found, .. } if *found == serial));
    assert!(
        matches!(&told_now[1], Observation::Reading(Reading::Weight(w)) if w.gross == Milligrams(421_200))
    );

    drop(device);
    assert!(matches!(link.read(&mut [0; 8]).await, Err(LinkError::Unplugged { .. })));
    driver.handle(now, Inbound::Lost);
    assert_eq!(told(&mut driver), [Observation::Fault(Fault::LinkLost)]);
}

#[tokio::test]
async fn a_simulated_scale_reads_the_same_commands_with_the_same_code() {
    let (device, mut link) = pty();
    for command in Command::ALL {
        link.write_now(&command.encode()).unwrap();
        let mut heard = Vec::new();
        Lines::default().feed(&line(&device), |text| heard.push(Command::parse(text.unwrap())));
        assert_eq!(heard, [Some(command)]);
    }
}

#[tokio::test]
async fn a_scanner_s_light_is_switched_and_its_read_comes_with_every_byte() {
    let (device, mut link) = pty();
    let settings = LineScannerSettings { trigger: TriggerProtocol::Honeywell, ..Default::default() };
    let mut driver = LineScanner::new(settings);
    driver.handle(Mono(0), Inbound::Opened);
    driver.actuate(Mono(0), Actuation::ScannerTrigger(true)).unwrap();
    carry_out(&mut driver, &mut link);
    let mut order = [0; 3];
    assert_eq!(rustix::io::read(&device, &mut order).unwrap(), 3);
    assert_eq!(order, [0x16, 0x54, 0x0d]);
    told(&mut driver);
    say(&device, &mut link, &mut driver, Mono(1), b"]C1\x1d0106901234567892\r\n").await;
    let scans = told(&mut driver);
    assert!(matches!(&scans[..], [Observation::Scan(s)] if s.text == "\u{1d}0106901234567892"));
}
