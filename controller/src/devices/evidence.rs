//! What the computer knows of itself when a device is in trouble: a full processor, a weak supply and a USB that came loose look like
//! a broken device.
//!
//! Owns: what is read of `/proc` and `/sys`, below a root that tests choose, and what was at the USB at the look before. Refuses: to be
//! asked on the control thread: reading may take as long as it takes. What a machine cannot say is not said. A crash loses nothing.

use station::api::HostEvidence;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Most bytes of one file.
const MAX_FILE: u64 = 4096;
/// Most devices at the USB that are looked at.
const MAX_USB: usize = 64;
/// Most changes at the USB that are told.
const MAX_CHANGES: usize = 4;
/// Most characters of a name at the USB.
const MAX_NAME: usize = 32;
/// Bits of the Raspberry Pi's own word on its supply: too low now, and since this boot.
const UNDER_VOLTAGE: u32 = 0x1;
const UNDER_VOLTAGE_BEFORE: u32 = 0x1_0000;

/// Looks at the computer.
#[derive(Debug)]
pub struct HostEye {
    root: PathBuf,
    /// Numbers that the kernel gave to what is at the USB: another one after it was plugged anew.
    usb: BTreeMap<String, u32>,
}

impl HostEye {
    /// A first look at what is at the USB. `root`: `/` outside of tests.
    pub fn open(root: &Path) -> Self {
        Self { usb: usb(root), root: root.to_owned() }
    }

    /// The computer now, and what changed at the USB since the look before.
    pub fn look(&mut self) -> HostEvidence {
        let throttled = throttled(&self.root);
        let bit = |mask: u32| throttled.map(|bits| bits & mask != 0);
        let now = usb(&self.root);
        let before = std::mem::replace(&mut self.usb, now);
        HostEvidence {
            load_hundredths: read(&self.root.join("proc/loadavg"))
                .and_then(|text| hundredths(text.split_whitespace().next()?)),
            waiting_hundredths: read(&self.root.join("proc/pressure/cpu")).and_then(|text| waiting(&text)),
            under_voltage: bit(UNDER_VOLTAGE).or_else(|| sensor(&self.root)),
            under_voltage_before: bit(UNDER_VOLTAGE_BEFORE),
            usb: changes(&before, &self.usb),
        }
    }
}

/// What a person reads of it; empty when the machine cannot say anything.
pub fn words(evidence: &HostEvidence) -> String {
    let mut words = Vec::new();
    let decimal = |hundredths: u32| format!("{}.{:02}", hundredths / 100, hundredths % 100);
    words.extend(evidence.load_hundredths.map(|load| format!("load {}", decimal(load))));
    words.extend(evidence.waiting_hundredths.map(|w| format!("waited for a processor {} %", decimal(w))));
    match (evidence.under_voltage, evidence.under_voltage_before) {
        (Some(true), _) => words.push("UNDER-VOLTAGE".to_owned()),
        (Some(false) | None, Some(true)) => words.push("under-voltage earlier in this boot".to_owned()),
        (Some(false), Some(false) | None) => words.push("supply good".to_owned()),
        (None, Some(false) | None) => {}
    }
    words.extend(evidence.usb.iter().map(|change| format!("USB {change}")));
    words.join(", ")
}

fn read(path: &Path) -> Option<String> {
    let mut text = String::new();
    fs::File::open(path).ok()?.take(MAX_FILE).read_to_string(&mut text).ok()?;
    Some(text)
}

/// `1.05` as 105.
fn hundredths(text: &str) -> Option<u32> {
    let (whole, part) = text.split_once('.')?;
    let part: u32 = part.get(..2)?.parse().ok()?;
    whole.parse::<u32>().ok()?.checked_mul(100)?.checked_add(part)
}

/// Of `some avg10=1.53 avg60=...` the share of the last 10 s.
fn waiting(text: &str) -> Option<u32> {
    let some = text.lines().find(|line| line.starts_with("some "))?;
    hundredths(some.split_whitespace().find_map(|word| word.strip_prefix("avg10="))?)
}

/// The Raspberry Pi's own word on its supply.
pub fn throttled(root: &Path) -> Option<u32> {
    let said = read(&root.join("sys/devices/platform/soc/soc:firmware/get_throttled"))?;
    u32::from_str_radix(said.trim().trim_start_matches("0x"), 16).ok()
}

/// The alarm of the Raspberry Pi's voltage sensor, where the kernel has that instead.
fn sensor(root: &Path) -> Option<bool> {
    let sensors = fs::read_dir(root.join("sys/class/hwmon")).ok()?;
    let volt = sensors
        .flatten()
        .take(MAX_USB)
        .map(|sensor| sensor.path())
        .find(|path| read(&path.join("name")).is_some_and(|name| name.trim() == "rpi_volt"))?;
    read(&volt.join("in0_lcrit_alarm")).map(|alarm| alarm.trim() == "1")
}

fn usb(root: &Path) -> BTreeMap<String, u32> {
    let Ok(devices) = fs::read_dir(root.join("sys/bus/usb/devices")) else { return BTreeMap::new() };
    let number = |device: fs::DirEntry| {
        let name: String = device.file_name().to_string_lossy().chars().take(MAX_NAME).collect();
        // Interfaces have none.
        let number = read(&device.path().join("devnum"))?.trim().parse().ok()?;
        Some((name, number))
    };
    devices.flatten().filter_map(number).take(MAX_USB).collect()
}

fn changes(before: &BTreeMap<String, u32>, now: &BTreeMap<String, u32>) -> Vec<String> {
    let lost = before.iter().filter_map(|(name, number)| match now.get(name) {
        None => Some(format!("{name} gone")),
        Some(other) if other != number => Some(format!("{name} plugged anew")),
        Some(_) => None,
    });
    let new = now.keys().filter(|name| !before.contains_key(*name)).map(|name| format!("{name} new"));
    lost.chain(new).take(MAX_CHANGES).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn a_machine_that_says_nothing_leaves_nothing_to_say() {
        let root = tempfile::tempdir().unwrap();
        let evidence = HostEye::open(root.path()).look();
        assert_eq!(evidence, HostEvidence::default());
        assert_eq!(words(&evidence), "");
    }

    #[test]
    fn load_supply_and_what_came_loose_are_told() {
        let root = tempfile::tempdir().unwrap();
        put(root.path(), "proc/loadavg", "3.05 0.80 0.50 2/300 4711\n");
        put(
            root.path(),
            "proc/pressure/cpu",
            "some avg10=12.50 avg60=3.00 avg300=1.00 total=9\nfull avg10=0.00\n",
        );
        put(root.path(), "sys/devices/platform/soc/soc:firmware/get_throttled", "50005\n");
        for (name, number) in [("usb1", "1"), ("1-1", "2"), ("1-1.2", "3"), ("1-1.3", "4")] {
            put(root.path(), &format!("sys/bus/usb/devices/{name}/devnum"), &format!("{number}\n"));
        }
        put(root.path(), "sys/bus/usb/devices/1-1:1.0/bInterfaceNumber", "00\n");
        let mut eye = HostEye::open(root.path());
        assert!(eye.look().usb.is_empty());
        fs::remove_dir_all(root.path().join("sys/bus/usb/devices/1-1.2")).unwrap();
        put(root.path(), "sys/bus/usb/devices/1-1.3/devnum", "5\n");
        put(root.path(), "sys/bus/usb/devices/1-1.4/devnum", "6\n");
        let evidence = eye.look();
        assert_eq!(
            words(&evidence),
            "load 3.05, waited for a processor 12.50 %, UNDER-VOLTAGE, USB 1-1.2 gone, USB 1-1.3 plugged anew, USB 1-1.4 new"
        );
        put(root.path(), "sys/devices/platform/soc/soc:firmware/get_throttled", "0x50000\n");
        let evidence = eye.look();
        assert_eq!((evidence.under_voltage, evidence.under_voltage_before), (Some(false), Some(true)));
        assert!(evidence.usb.is_empty(), "told once");
    }

    #[test]
    fn a_kernel_with_a_voltage_sensor_is_understood() {
        let root = tempfile::tempdir().unwrap();
        put(root.path(), "sys/class/hwmon/hwmon0/name", "cpu_thermal\n");
        put(root.path(), "sys/class/hwmon/hwmon1/name", "rpi_volt\n");
        put(root.path(), "sys/class/hwmon/hwmon1/in0_lcrit_alarm", "1\n");
        assert_eq!(words(&HostEye::open(root.path()).look()), "UNDER-VOLTAGE");
        put(root.path(), "sys/class/hwmon/hwmon1/in0_lcrit_alarm", "0\n");
        assert_eq!(words(&HostEye::open(root.path()).look()), "supply good");
    }
}
