//! What a technician wants to know before the first donor: is everything there that this station needs?
//!
//! Owns: the checks, each with what was found and what to do. Refuses: to touch ports and lines while a daemon looks after them,
//! and to repair anything. Opening a chip drives its outputs safe, which is all that ever moves. Holds no state.

use crate::books;
use crate::clock::{Clock as _, ClockTrust, SystemClock};
use crate::devices::build::{PortSettings, build};
use crate::devices::link::Link;
use crate::devices::links::open_chip;
use crate::journal::disk::RealDisk;
use crate::journal::{Reader, failed_before};
use crate::run::realtime::{self, Precedence};
use crate::state_dir::{StateDir, StateError};
use config::StationConfig;
use serde::Serialize;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

/// Free space below which no start is to be expected, bytes.
const DISK_BAD: u64 = 256 << 20;
/// Free space below which somebody should look, bytes.
const DISK_NOTE: u64 = 2 << 30;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// As it should be.
    Good,
    /// The station works; somebody should know.
    Note,
    /// Something that the station needs is missing.
    Bad,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at, e.g. `bed1.scale`.
    pub subject: String,
    /// How it ended.
    pub grade: Grade,
    /// What was found.
    pub found: String,
    /// What to do; empty when there is nothing to do.
    pub advice: String,
}

fn finding(subject: &str, grade: Grade, found: impl Into<String>, advice: &str) -> Finding {
    Finding { subject: subject.to_owned(), grade, found: found.into(), advice: advice.to_owned() }
}

/// Looks at everything. Must run within a tokio runtime with I/O, which ports need.
pub fn examine(config: &StationConfig, state: &Path) -> Vec<Finding> {
    let mut findings = vec![machine(), precedence(), clock()];
    findings.extend(power());
    let (found, daemon_runs) = state_folder(state);
    findings.extend(found);
    findings.extend(key(&config.secrets.master_key_in(state), state));
    findings.extend(journal(state));
    if daemon_runs {
        let advice = "ask the running daemon: hemostation status";
        findings.push(finding("devices", Grade::Note, "not touched: a daemon looks after them", advice));
    } else {
        findings.extend(devices(config));
    }
    findings
}

fn machine() -> Finding {
    let model = fs::read_to_string("/proc/device-tree/model").unwrap_or_default();
    let model = model.trim_end_matches('\0');
    if model.is_empty() {
        finding("machine", Grade::Note, "not a Raspberry Pi, as far as it says", "")
    } else {
        finding("machine", Grade::Good, model, "")
    }
}

/// Asked for a thread of its own, so that this program stays ordinary.
fn precedence() -> Finding {
    match std::thread::spawn(realtime::attempt).join() {
        Ok(Precedence::Fifo) => finding("precedence", Grade::Good, "real-time scheduling is allowed", ""),
        Ok(Precedence::Ordinary) | Err(_) => finding(
            "precedence",
            Grade::Note,
            "no real-time scheduling: a busy machine can delay the clamp",
            "run as the service unit does (LimitRTPRIO=, CAP_SYS_NICE), with chrt of util-linux installed",
        ),
    }
}

fn clock() -> Finding {
    let trust = match SystemClock::new() {
        Ok(mut clock) => clock.now().trust,
        Err(error) => {
            return finding("clock", Grade::Bad, error.to_string(), "set the clock of this machine");
        }
    };
    match trust {
        ClockTrust::Synced | ClockTrust::Rtc | ClockTrust::Confirmed => {
            finding("clock", Grade::Good, trust.name(), "")
        }
        ClockTrust::Untrusted => finding(
            "clock",
            Grade::Note,
            "not synchronised since this boot",
            "two people confirm date and time at the terminal; a time server or a clock battery makes that needless",
        ),
    }
}

/// The Raspberry Pi's own word on its supply; nothing on other machines.
fn power() -> Option<Finding> {
    let said = fs::read_to_string("/sys/devices/platform/soc/soc:firmware/get_throttled").ok()?;
    let bits = u32::from_str_radix(said.trim().trim_start_matches("0x"), 16).ok()?;
    let advice = "use the maker's supply and a short cable: a weak supply kills memory cards";
    Some(match bits {
        0 => finding("power", Grade::Good, "never throttled since this boot", ""),
        bits if bits & 0x1 == 1 => finding("power", Grade::Bad, "under-voltage now", advice),
        bits => finding("power", Grade::Note, format!("throttled since this boot (0x{bits:x})"), advice),
    })
}

/// The folder, its disk, and whether a daemon works in it.
fn state_folder(path: &Path) -> (Vec<Finding>, bool) {
    let folder = match StateDir::existing(path) {
        Ok(folder) => folder,
        Err(StateError::Missing(_)) => {
            let advice = "the first start of the daemon makes it";
            return (vec![finding("state", Grade::Note, "not there yet", advice)], false);
        }
        Err(error) => {
            return (
                vec![finding("state", Grade::Bad, error.to_string(), "give it to the daemon's user alone")],
                false,
            );
        }
    };
    let (lock, daemon_runs) = match folder.lock() {
        Ok(lock) => {
            drop(lock);
            (finding("state", Grade::Good, "nobody works in it", ""), false)
        }
        Err(StateError::InUse { .. }) => (finding("state", Grade::Good, "a daemon works in it", ""), true),
        Err(error) => {
            (finding("state", Grade::Bad, error.to_string(), "give it to the daemon's user alone"), false)
        }
    };
    (vec![lock, disk(path)], daemon_runs)
}

fn disk(path: &Path) -> Finding {
    let free = match rustix::fs::statvfs(path) {
        Ok(disk) => disk.f_bavail.saturating_mul(disk.f_frsize),
        Err(error) => return finding("disk", Grade::Bad, error.to_string(), "look at the disk"),
    };
    let found = format!("{} MiB free", free >> 20);
    let advice = "export and remove what is not the station's; it never removes what it needs by itself";
    if free < DISK_BAD {
        finding("disk", Grade::Bad, found, advice)
    } else if free < DISK_NOTE {
        finding("disk", Grade::Note, found, advice)
    } else {
        finding("disk", Grade::Good, found, "")
    }
}

/// Whether a daemon has worked here before. A journal that cannot be read is none of a new station.
fn has_run(state: &Path) -> bool {
    let ran = |disk| books::has_run(&Reader::new(Arc::new(disk))).unwrap_or(true);
    RealDisk::read_only(&state.join("journal")).is_ok_and(ran)
}

/// A journal whose disk failed.
fn journal(state: &Path) -> Option<Finding> {
    let disk = RealDisk::read_only(&state.join("journal")).ok()?;
    let failed = failed_before(&disk).ok()?;
    let advice = "hemostation journal verify, then hemostation journal accept; replace the disk soon";
    let found = "the disk failed in an earlier run: nothing is written and no donation begins";
    failed.then(|| finding("journal", Grade::Bad, found, advice))
}

fn key(path: &Path, state: &Path) -> Option<Finding> {
    let Ok(metadata) = fs::metadata(path) else {
        let found = format!("{} is missing and the journal is sealed with it", path.display());
        let advice = "put the copy from the safe back there; a new key would make every donor a stranger";
        return has_run(state).then(|| finding("key", Grade::Bad, found, advice));
    };
    let mode = metadata.permissions().mode() & 0o777;
    Some(if mode & 0o077 == 0 {
        finding("key", Grade::Good, "readable by its owner alone", "")
    } else {
        let advice = "chmod 0400: whoever reads it can open donors' names";
        finding("key", Grade::Bad, format!("others may read {} (mode {mode:04o})", path.display()), advice)
    })
}

/// Every port and chip, opened and closed again.
fn devices(config: &StationConfig) -> Vec<Finding> {
    let built = build(config);
    let mut findings = Vec::new();
    for device in &built.serial {
        findings.push(port(device.id.as_str(), &device.settings));
    }
    for bus in &built.buses {
        let names: Vec<&str> = bus.nodes.iter().map(|node| node.name.as_str()).collect();
        findings.push(port(&format!("nodes {}", names.join(", ")), &PortSettings::Serial(bus.port.clone())));
    }
    for chip in &built.chips {
        let subject = format!("gpio {}", chip.name);
        findings.push(match open_chip(chip) {
            Ok(_) => finding(
                &subject,
                Grade::Good,
                format!("{} devices; outputs driven safe", chip.members.len()),
                "",
            ),
            Err(error) => finding(
                &subject,
                Grade::Bad,
                error.to_string(),
                "compare with `gpiodetect`; is this user in the group gpio?",
            ),
        });
    }
    findings
}

fn port(subject: &str, settings: &PortSettings) -> Finding {
    let advice = "cable, power, and the name in station.toml: ls /dev/serial/by-id /dev/input/by-id \
                  /sys/bus/w1/devices";
    match Link::open(settings) {
        Ok(_) => finding(subject, Grade::Good, format!("{} opens", settings.path().display()), ""),
        Err(error) => finding(subject, Grade::Bad, error.to_string(), advice),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    fn config(folder: &Path) -> StationConfig {
        let text = format!(
            "[station]\nid = \"T1\"\nmode = \"simulated\"\n[gpio.sim]\nbackend = \"simulated\"\nsocket = \"{0}/chip\"\n\
             [[bed]]\nnumber = 1\nscale = {{ protocol = \"mt_sics\", port = \"{0}/none\" }}\n\
             scanner = {{ protocol = \"line\", port = \"{0}/none2\" }}\n\
             clamp = {{ gpio = \"sim\", open = 1, closed_switch = 2, open_switch = 3 }}\n\
             mixer = {{ gpio = \"sim\", run = 4, home = 5 }}\n",
            folder.display()
        );
        config::parse(&text, "t.toml").unwrap()
    }

    fn grade(findings: &[Finding], subject: &str) -> Option<Grade> {
        findings.iter().find(|f| f.subject == subject).map(|f| f.grade)
    }

    #[tokio::test]
    async fn what_is_missing_is_bad_and_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let _chip = UnixListener::bind(folder.path().join("chip")).unwrap();
        let state = folder.path().join("state");
        let findings = examine(&config(folder.path()), &state);
        assert_eq!(grade(&findings, "bed1.scale"), Some(Grade::Bad));
        assert_eq!(grade(&findings, "gpio sim"), Some(Grade::Good));
        assert_eq!(grade(&findings, "state"), Some(Grade::Note));
        assert_eq!(grade(&findings, "key"), None);
        assert!(findings.iter().all(|f| f.grade != Grade::Bad || !f.advice.is_empty()), "{findings:?}");
    }

    #[tokio::test]
    async fn a_key_that_went_missing_and_a_disk_that_failed_are_bad() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        StateDir::make(&state).unwrap();
        fs::create_dir(state.join("journal")).unwrap();
        assert_eq!(grade(&examine(&config(folder.path()), &state), "key"), None);
        fs::write(state.join("journal/journal-00000001.jsonl"), "{}\n").unwrap();
        fs::write(state.join("journal/failed"), "").unwrap();
        let findings = examine(&config(folder.path()), &state);
        assert_eq!(grade(&findings, "key"), Some(Grade::Bad));
        assert_eq!(grade(&findings, "journal"), Some(Grade::Bad));
    }

    #[tokio::test]
    async fn a_running_daemon_s_devices_are_left_alone_and_a_readable_key_is_bad() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        let held = StateDir::make(&state).unwrap();
        let _lock = held.lock().unwrap();
        let key = state.join("master.key");
        fs::write(&key, [0; 32]).unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
        let findings = examine(&config(folder.path()), &state);
        assert_eq!(grade(&findings, "devices"), Some(Grade::Note));
        assert_eq!(grade(&findings, "bed1.scale"), None);
        assert_eq!(grade(&findings, "key"), Some(Grade::Bad));
    }
}
