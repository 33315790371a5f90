//! What a technician wants to know before the first donor: is everything there that this station needs?
//!
//! Owns: the checks, each with what was found and what to do. Refuses: to touch ports and lines while a daemon looks after them
//! (that one is asked instead), and to repair anything. Opening a chip drives its outputs safe, which is all that ever moves.
//! Holds no state.

mod devices;
mod threads;

pub use devices::{CheckLook, DeviceLook};

use crate::books;
use crate::clock::{Clock as _, ClockTrust, SystemClock};
use crate::devices::evidence::{HostEye, throttled, words};
use crate::journal::disk::RealDisk;
use crate::journal::{Reader, failed_before};
use crate::state_dir::{StateDir, StateError, StateLock};
use config::StationConfig;
use serde::Serialize;
use station::api::DeviceReport;
use station::ident::LocalDate;
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

/// All that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The checks, in the order in which they are read.
    pub findings: Vec<Finding>,
    /// What is known of each device.
    pub devices: Vec<DeviceLook>,
}

/// What a running daemon says of its devices, or why it does not.
pub type AskDaemon<'a> = &'a dyn Fn() -> Result<Vec<DeviceReport>, String>;

/// Looks at everything. Must run within a tokio runtime with I/O, which ports need. `daemon`: asked when one runs. `wait`: told
/// the names of devices that keep it waiting.
pub async fn examine(
    config: &StationConfig,
    state: &Path,
    daemon: AskDaemon<'_>,
    wait: &mut impl FnMut(&[&str]),
) -> Report {
    let root = Path::new("/");
    let mut findings = vec![machine(), host(root)];
    findings.extend(power(root));
    let (today, clock) = clock(config);
    findings.push(clock);
    let (found, who) = state_folder(state);
    findings.extend(found);
    findings
        .push(threads::precedence(root, if let Who::Daemon(process) = &who { Some(process) } else { None }));
    findings.extend(key(&config.secrets.master_key_in(state), state));
    findings.extend(journal(state));
    let looked = match who {
        Who::Daemon(_) => daemon().map_err(|error| {
            let advice = "is it starting or ending? look at its log: journalctl -u hemostation";
            finding("devices", Grade::Bad, format!("the daemon does not say: {error}"), advice)
        }),
        // Held until the devices have been looked at: no daemon starts meanwhile.
        Who::Nobody(_lock) => devices::look(config, wait).await,
    };
    let devices = match looked {
        Ok(reports) => devices::looks(config, &devices::checks(config, state), reports),
        Err(bad) => {
            findings.push(bad);
            Vec::new()
        }
    };
    findings.extend(devices.iter().map(|look| devices::judge(look, today)));
    Report { findings, devices }
}

/// Who works in the state folder: a daemon of this process number, or we ourselves, where there is a folder.
enum Who {
    Daemon(String),
    Nobody(Option<StateLock>),
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

/// What the machine around the daemon says of itself now.
fn host(root: &Path) -> Finding {
    finding("host", Grade::Good, words(&HostEye::open(root).look()), "")
}

/// The clock, and the day where the station stands when it may be believed.
fn clock(config: &StationConfig) -> (Option<LocalDate>, Finding) {
    let now = match SystemClock::new() {
        Ok(mut clock) => clock.now(),
        Err(error) => {
            return (None, finding("clock", Grade::Bad, error.to_string(), "set the clock of this machine"));
        }
    };
    let local = now.wall.0 + i64::from(config.identity.utc_offset_min) * 60_000;
    let today = LocalDate::from_days_since_1970(local.div_euclid(86_400_000)).ok();
    match now.trust {
        ClockTrust::Synced | ClockTrust::Rtc | ClockTrust::Confirmed => {
            (today, finding("clock", Grade::Good, now.trust.name(), ""))
        }
        ClockTrust::Untrusted => (
            None,
            finding(
                "clock",
                Grade::Note,
                "not synchronised since this boot",
                "two people confirm date and time at the terminal; a time server or a clock battery makes that needless",
            ),
        ),
    }
}

/// The Raspberry Pi's own word on its supply; nothing on other machines.
fn power(root: &Path) -> Option<Finding> {
    let advice = "use the maker's supply and a short cable: a weak supply kills memory cards";
    Some(match throttled(root)? {
        0 => finding("power", Grade::Good, "never throttled since this boot", ""),
        bits if bits & 0x1 == 1 => finding("power", Grade::Bad, "under-voltage now", advice),
        bits => finding("power", Grade::Note, format!("throttled since this boot (0x{bits:x})"), advice),
    })
}

/// The folder, its disk, and who works in it.
fn state_folder(path: &Path) -> (Vec<Finding>, Who) {
    let bad = |error: StateError| {
        finding("state", Grade::Bad, error.to_string(), "give it to the daemon's user alone")
    };
    let folder = match StateDir::existing(path) {
        Ok(folder) => folder,
        Err(StateError::Missing(_)) => {
            let advice = "the first start of the daemon makes it";
            return (vec![finding("state", Grade::Note, "not there yet", advice)], Who::Nobody(None));
        }
        Err(error) => return (vec![bad(error)], Who::Nobody(None)),
    };
    let (lock, who) = match folder.lock() {
        Ok(lock) => (finding("state", Grade::Good, "nobody works in it", ""), Who::Nobody(Some(lock))),
        Err(StateError::InUse { holder, .. }) => {
            (finding("state", Grade::Good, format!("process {holder} works in it"), ""), Who::Daemon(holder))
        }
        Err(error) => (bad(error), Who::Nobody(None)),
    };
    (vec![lock, disk(path)], who)
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;
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

    async fn examined(config: &StationConfig, state: &Path) -> Vec<Finding> {
        let nobody = || Err("nobody answers".to_owned());
        examine(config, state, &nobody, &mut |_| {}).await.findings
    }

    #[tokio::test]
    async fn what_is_missing_is_bad_and_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let chip = UnixListener::bind(folder.path().join("chip")).unwrap();
        let levels = std::thread::spawn(move || {
            let (mut stream, _) = chip.accept().unwrap();
            stream.write_all(b"in 2 1\nin 3 0\nin 5 0\n").unwrap();
            stream
        });
        let state = folder.path().join("state");
        let findings = examined(&config(folder.path()), &state).await;
        assert_eq!(grade(&findings, "bed1.scale"), Some(Grade::Bad));
        assert_eq!(grade(&findings, "bed1.mixer"), Some(Grade::Good), "{findings:?}");
        assert_eq!(grade(&findings, "bed1.clamp"), Some(Grade::Good), "{findings:?}");
        drop(levels.join().unwrap());
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
        let config = config(folder.path());
        assert!(key(&config.secrets.master_key_in(&state), &state).is_none());
        fs::write(state.join("journal/journal-00000001.jsonl"), "{}\n").unwrap();
        fs::write(state.join("journal/failed"), "").unwrap();
        let findings = examined(&config, &state).await;
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
        let findings = examined(&config(folder.path()), &state).await;
        assert_eq!(grade(&findings, "devices"), Some(Grade::Bad), "it does not answer");
        assert_eq!(grade(&findings, "bed1.scale"), None);
        assert_eq!(grade(&findings, "key"), Some(Grade::Bad));
    }
}
