//! The only reader of clocks in the daemon.
//!
//! Owns: [`Stamp`], the pair of clocks that every journal entry carries, and the judgement of how far calendar time may
//! be trusted. Refuses: calendar time that runs backwards. Durations are never taken from calendar time: it may step,
//! `mono` may not. A crash loses only a person's word about the date, which the caller journals and repeats to
//! [`SystemClock::confirm`] when it starts again under the same boot.

use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};
use station::measure::{Mono, Wall};
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::str::FromStr;

/// One run of the machine between two starts, as the kernel names it. Monotonic instants compare only within one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BootId(pub u128);

/// Text that is no boot id (36 characters, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`, lower-case hexadecimal).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a boot id")]
pub struct BootIdError(String);

impl fmt::Display for BootId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: [u8; 16] = *b"0123456789abcdef";
        let mut text = [b'-'; 36];
        let places = text.iter_mut().enumerate().filter(|(at, _)| !matches!(at, 8 | 13 | 18 | 23));
        for ((_, place), shift) in places.zip((0..32).rev()) {
            *place = DIGITS[(self.0 >> (4 * shift)) as usize & 15];
        }
        f.write_str(str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl FromStr for BootId {
    type Err = BootIdError;
    fn from_str(text: &str) -> Result<Self, BootIdError> {
        let error = || BootIdError(text.chars().take(64).collect());
        let digits: String = text.chars().filter(|c| *c != '-').collect();
        let id = Self(u128::from_str_radix(&digits, 16).map_err(|_| error())?);
        // Written back it has to be the same text: that refuses every other spelling of the number.
        if id.to_string() == text { Ok(id) } else { Err(error()) }
    }
}
impl TryFrom<String> for BootId {
    type Error = BootIdError;
    fn try_from(text: String) -> Result<Self, BootIdError> {
        text.parse()
    }
}
impl From<BootId> for String {
    fn from(id: BootId) -> String {
        id.to_string()
    }
}

/// How far calendar time may be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockTrust {
    /// Disciplined by a time server since this boot.
    Synced,
    /// Set at boot from a battery-backed clock, and not behind the journal.
    Rtc,
    /// Two people confirmed date and time in this boot.
    Confirmed,
    /// None of these: date and time have to be confirmed before a donation.
    Untrusted,
}

impl ClockTrust {
    /// The stable name, as in the journal.
    pub fn name(self) -> &'static str {
        match self {
            Self::Synced => "synced",
            Self::Rtc => "rtc",
            Self::Confirmed => "confirmed",
            Self::Untrusted => "untrusted",
        }
    }
}

/// One reading of all clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// The boot in which `mono` counts.
    pub boot_id: BootId,
    /// Time since that boot, sleep included. The only one to compute durations with.
    pub mono: Mono,
    /// Calendar time, never below any earlier stamp.
    pub wall: Wall,
    /// How far `wall` may be trusted.
    pub trust: ClockTrust,
}

/// Whatever tells the time: the system, or a simulation.
pub trait Clock: Send {
    /// Reads all clocks. `mono` never decreases within a boot, `wall` never decreases.
    fn now(&mut self) -> Stamp;
    /// Two people said that it is `wall` now. Whoever calls has checked who they are and journaled it.
    fn confirm(&mut self, wall: Wall);
}

/// Why the system's clock cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ClockError {
    /// The kernel does not tell its boot id.
    #[error("cannot read {path}: {source}")]
    BootIdFile {
        /// The file.
        path: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The kernel's boot id has another form than expected.
    #[error(transparent)]
    BootId(#[from] BootIdError),
    /// A time scale outside 1 to 20.
    #[error("time scale {0} is outside 1 to 20")]
    Scale(u32),
}

/// Fastest accepted simulated time.
pub const MAX_SCALE: u32 = 20;

const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";
/// Trust is judged anew this often: it is two looks into memory file systems, still not needed at every step.
const TRUST_INTERVAL_US: u64 = 10_000_000;
/// A synchronised clock that is further behind the journal than this is not believed: one of the two is wrong.
const TOLERATED_STEP_MS: i64 = 60_000;

/// The machine's clocks.
#[derive(Debug)]
pub struct SystemClock {
    boot_id: BootId,
    scale: u32,
    anchor_us: u64,
    anchor_ms: i64,
    floor: Wall,
    correction_ms: Option<i64>,
    trust: ClockTrust,
    trust_until_us: u64,
    /// None: nothing but people says that the time is right.
    sources: Option<Sources>,
}

/// Where the system says how its time was set.
#[derive(Debug)]
struct Sources {
    /// Exists once systemd-timesyncd has reached a server in this boot.
    sync_marker: PathBuf,
    /// Contains `1` when the kernel set its time from this hardware clock at boot.
    rtc_flag: PathBuf,
}

impl Default for Sources {
    fn default() -> Self {
        Self {
            sync_marker: "/run/systemd/timesync/synchronized".into(),
            rtc_flag: "/sys/class/rtc/rtc0/hctosys".into(),
        }
    }
}

impl Sources {
    fn kernel_took_rtc(&self) -> bool {
        std::fs::read(&self.rtc_flag).is_ok_and(|text| text.starts_with(b"1"))
    }
}

impl SystemClock {
    /// The machine's clocks at their own speed.
    ///
    /// # Errors
    /// [`ClockError`] when the kernel does not tell its boot id.
    pub fn new() -> Result<Self, ClockError> {
        let text = std::fs::read_to_string(BOOT_ID)
            .map_err(|source| ClockError::BootIdFile { path: BOOT_ID, source })?;
        Ok(Self::with_sources(text.trim().parse()?, Sources::default()))
    }

    fn with_sources(boot_id: BootId, sources: Sources) -> Self {
        Self {
            boot_id,
            scale: 1,
            anchor_us: boottime_us(),
            anchor_ms: realtime_ms(),
            floor: Wall(i64::MIN),
            correction_ms: None,
            trust: ClockTrust::Untrusted,
            trust_until_us: 0,
            sources: Some(sources),
        }
    }

    /// Lets time run `scale` times faster (1 to 20). For simulated stations only: the caller has checked that.
    ///
    /// # Errors
    /// [`ClockError::Scale`] outside that range.
    pub fn scaled(mut self, scale: u32) -> Result<Self, ClockError> {
        if !(1..=MAX_SCALE).contains(&scale) {
            return Err(ClockError::Scale(scale));
        }
        self.scale = scale;
        Ok(self)
    }

    /// Asks the machine no more how its time was set: a simulation makes its own calendar.
    pub fn alone(&mut self) {
        self.sources = None;
        self.trust_until_us = 0;
    }

    /// Calendar time never goes below `newest`, the newest one in the journal. A system clock behind it is untrusted.
    pub fn not_before(&mut self, newest: Wall) {
        self.floor = self.floor.max(newest);
        self.trust_until_us = 0;
    }

    /// Calendar time as the system has it, scaled.
    fn system_ms(&self, boot_us: u64) -> i64 {
        if self.scale == 1 {
            return realtime_ms();
        }
        let elapsed_ms = boot_us.saturating_sub(self.anchor_us).saturating_mul(self.scale.into()) / 1000;
        self.anchor_ms.saturating_add_unsigned(elapsed_ms)
    }

    fn judge(&self, system_ms: i64) -> ClockTrust {
        let behind = self.floor.0.saturating_sub(system_ms);
        let told = |by: fn(&Sources) -> bool| self.sources.as_ref().is_some_and(by);
        if told(|sources| sources.sync_marker.exists()) && behind <= TOLERATED_STEP_MS {
            ClockTrust::Synced
        } else if self.correction_ms.is_some() {
            ClockTrust::Confirmed
        } else if told(Sources::kernel_took_rtc) && behind <= 0 {
            ClockTrust::Rtc
        } else {
            ClockTrust::Untrusted
        }
    }
}

impl Clock for SystemClock {
    fn now(&mut self) -> Stamp {
        let boot_us = boottime_us();
        let system_ms = self.system_ms(boot_us);
        if boot_us >= self.trust_until_us {
            self.trust = self.judge(system_ms);
            self.trust_until_us = boot_us.saturating_add(TRUST_INTERVAL_US);
        }
        let correction = match self.trust {
            ClockTrust::Confirmed => self.correction_ms.unwrap_or(0),
            ClockTrust::Synced | ClockTrust::Rtc | ClockTrust::Untrusted => 0,
        };
        self.floor = self.floor.max(Wall(system_ms.saturating_add(correction)));
        // Multiplied from boot on, not from our own start: `mono` must not fall back when the daemon restarts.
        let mono = Mono(boot_us.saturating_mul(self.scale.into()));
        Stamp { boot_id: self.boot_id, mono, wall: self.floor, trust: self.trust }
    }

    /// Holds until a time server is reached or the machine restarts.
    fn confirm(&mut self, wall: Wall) {
        self.correction_ms = Some(wall.0.saturating_sub(self.system_ms(boottime_us())));
        self.trust_until_us = 0;
    }
}

/// Time for the pulses of a chip that is clocked, ns: never runs back, and is not slewed. No instant of the station's.
pub fn pulse_ns() -> u64 {
    let t = clock_gettime(ClockId::MonotonicRaw);
    u64::try_from(t.tv_sec).unwrap_or(0).saturating_mul(1_000_000_000) + u64::try_from(t.tv_nsec).unwrap_or(0)
}

fn boottime_us() -> u64 {
    let t = clock_gettime(ClockId::Boottime);
    u64::try_from(t.tv_sec).unwrap_or(0).saturating_mul(1_000_000)
        + u64::try_from(t.tv_nsec).unwrap_or(0) / 1000
}

fn realtime_ms() -> i64 {
    let t = clock_gettime(ClockId::Realtime);
    t.tv_sec.saturating_mul(1000).saturating_add(t.tv_nsec / 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(dir: &tempfile::TempDir) -> SystemClock {
        let sources = Sources { sync_marker: dir.path().join("sync"), rtc_flag: dir.path().join("rtc") };
        SystemClock::with_sources(BootId(7), sources)
    }

    #[test]
    fn a_boot_id_has_one_spelling() {
        let text = "0f3c1d2e-0001-4abc-8def-0123456789ab";
        assert_eq!(text.parse::<BootId>().unwrap().to_string(), text);
        for bad in ["", "0F3C1D2E-0001-4abc-8def-0123456789ab", "0f3c1d2e00014abc8def0123456789ab", "zz"] {
            assert!(bad.parse::<BootId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn calendar_time_never_falls_below_the_journal_and_is_then_not_believed() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("rtc"), "1\n").unwrap();
        let mut clock = clock(&dir);
        assert_eq!(clock.now().trust, ClockTrust::Rtc);
        let future = Wall(clock.now().wall.0 + 3_600_000);
        clock.not_before(future);
        assert_eq!(clock.now().wall, future);
        assert_eq!(clock.now().trust, ClockTrust::Untrusted);
    }

    #[test]
    fn trust_comes_from_a_server_or_from_people() {
        let dir = tempfile::tempdir().unwrap();
        let mut clock = clock(&dir);
        let first = clock.now();
        assert_eq!(first.trust, ClockTrust::Untrusted);
        clock.confirm(Wall(first.wall.0 + 86_400_000));
        let confirmed = clock.now();
        assert_eq!(confirmed.trust, ClockTrust::Confirmed);
        assert!(confirmed.wall.0 - first.wall.0 >= 86_400_000);
        std::fs::write(dir.path().join("sync"), "").unwrap();
        let mut fresh = SystemClock { trust_until_us: 0, correction_ms: None, floor: Wall(0), ..clock };
        assert_eq!(fresh.now().trust, ClockTrust::Synced);
    }

    #[test]
    fn a_clock_alone_is_trusted_on_people_s_word_only() {
        let dir = tempfile::tempdir().unwrap();
        for source in ["sync", "rtc"] {
            std::fs::write(dir.path().join(source), "1\n").unwrap();
        }
        let mut clock = clock(&dir);
        clock.alone();
        let shown = clock.now();
        assert_eq!(shown.trust, ClockTrust::Untrusted);
        clock.confirm(shown.wall);
        assert_eq!(clock.now().trust, ClockTrust::Confirmed);
    }

    #[test]
    fn the_scale_has_bounds_and_speeds_up_both_clocks() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(clock(&dir).scaled(0), Err(ClockError::Scale(0))));
        assert!(matches!(clock(&dir).scaled(21), Err(ClockError::Scale(21))));
        let mut fast = clock(&dir).scaled(20).unwrap();
        let before = boottime_us();
        let stamp = fast.now();
        assert!(stamp.mono.0 >= before * 20);
        assert_eq!(fast.system_ms(fast.anchor_us + 1_000_000), fast.anchor_ms + 20_000);
    }

    #[test]
    fn this_machine_has_a_clock() {
        let mut clock = SystemClock::new().unwrap();
        let (a, b) = (clock.now(), clock.now());
        assert!(a.mono <= b.mono && a.wall <= b.wall && a.boot_id == b.boot_id);
    }
}
