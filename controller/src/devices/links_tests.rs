//! A port or chip that hangs while it is opened: nobody waits for it, and nobody tries it twice at once.

use super::*;
use crate::devices::build::PortSettings;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Condvar, Mutex};

/// The adapter that hangs until it is let go.
static HANGS: Mutex<bool> = Mutex::new(true);
static LET_GO: Condvar = Condvar::new();
static TRIED: AtomicU32 = AtomicU32::new(0);

fn opener(settings: &PortSettings) -> Result<Link, LinkError> {
    if settings.path() == Path::new("/hangs") {
        TRIED.fetch_add(1, Ordering::SeqCst);
        drop(LET_GO.wait_while(HANGS.lock().unwrap(), |hangs| *hangs).unwrap());
    }
    Link::open(settings)
}

/// Turns of a loop that has other things to do, until this holds.
fn turns(links: &mut Links, host: &mut Host, what: &str, done: impl Fn(&Links) -> bool) {
    for turn in 0..10_000_000_u64 {
        links.open_due(Mono(turn * 1000), host);
        if done(links) {
            return;
        }
        std::thread::yield_now();
    }
    panic!("{what}: never");
}

#[tokio::test]
async fn a_port_that_hangs_while_it_is_opened_keeps_nobody_waiting() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let device = |name: &str, path: &Path| SerialDevice {
        id: DeviceId::new(name).unwrap(),
        kind: DeviceKind::Scale,
        settings: PortSettings::File(path.to_owned()),
    };
    let serial = vec![device("bed1.scale", Path::new("/hangs")), device("bed2.scale", file.path())];
    let mut links = Links::new(serial, Vec::new(), Vec::new(), Vec::new());
    links.opener = opener;
    let mut host = Host::new([]);
    turns(&mut links, &mut host, "the other port", |links| links.ports[1].link.is_some());
    assert!(links.ports[0].link.is_none() && links.ports[0].opening.is_some());
    turns(&mut links, &mut host, "the attempt", |_| TRIED.load(Ordering::SeqCst) == 1);
    for second in 0..100 {
        links.open_due(Mono(second * 1_000_000), &mut host);
    }
    assert_eq!(TRIED.load(Ordering::SeqCst), 1, "it is not tried again while it hangs");
    assert!(links.next_timeout().is_some());
    *HANGS.lock().unwrap() = false;
    LET_GO.notify_all();
    turns(&mut links, &mut host, "the end of the attempt", |links| links.ports[0].opening.is_none());
    assert!(links.ports[0].link.is_none(), "there is no such file");
}

/// The chip that hangs until it is let go.
static CHIP_HANGS: Mutex<bool> = Mutex::new(true);
static CHIP_LET_GO: Condvar = Condvar::new();
static CHIP_TRIED: AtomicU32 = AtomicU32::new(0);

fn chip_opener(chip: &Chip) -> Result<Bank, GpioError> {
    CHIP_TRIED.fetch_add(1, Ordering::SeqCst);
    drop(CHIP_LET_GO.wait_while(CHIP_HANGS.lock().unwrap(), |hangs| *hangs).unwrap());
    open_chip(chip)
}

#[tokio::test]
async fn a_chip_that_hangs_while_it_is_opened_keeps_nobody_waiting() {
    let text = include_str!("../../../config/station.toml");
    let config = config::parse(text, "station.toml").unwrap();
    let chip = crate::devices::build::build(&config).chips.swap_remove(0);
    let file = tempfile::NamedTempFile::new().unwrap();
    let settings = PortSettings::File(file.path().to_owned());
    let id = DeviceId::new("bed1.scale").unwrap();
    let serial = vec![SerialDevice { id, kind: DeviceKind::Scale, settings }];
    let mut links = Links::new(serial, vec![chip], Vec::new(), Vec::new());
    links.chip_opener = chip_opener;
    let mut host = Host::new([]);
    turns(&mut links, &mut host, "the port", |links| links.ports[0].link.is_some());
    turns(&mut links, &mut host, "the attempt", |_| CHIP_TRIED.load(Ordering::SeqCst) == 1);
    for second in 0..100 {
        links.open_due(Mono(second * 1_000_000), &mut host);
    }
    assert_eq!(CHIP_TRIED.load(Ordering::SeqCst), 1, "it is not tried again while it hangs");
    assert!(links.chips[0].opening.is_some() && links.next_timeout().is_some());
    *CHIP_HANGS.lock().unwrap() = false;
    CHIP_LET_GO.notify_all();
    turns(&mut links, &mut host, "the end of the attempt", |links| links.chips[0].opening.is_none());
    assert!(links.chips[0].bank.is_none(), "there is no such chip here");
}
