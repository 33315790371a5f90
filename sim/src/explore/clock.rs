//! Clocks of a run: the world's time, which only goes on, and the computer's, which begins anew with each start.
//!
//! Owns: both. Refuses: the machine's own clocks. A power cut ends a boot; the next one has another name and counts from zero.

use crate::prng::Rng;
use controller::clock::{BootId, ClockTrust, Stamp};
use station::measure::{Mono, Span, Wall};
use std::collections::BTreeMap;

/// 2026-03-02, 09:00 in China.
const MORNING: Wall = Wall(1_772_413_200_000);
/// A clock that is further behind is not believed, ms.
const TOLERATED_MS: i64 = 60_000;
/// The computer has run for so long when the station starts.
const BOOTING: Span = Span::from_secs(20);

/// The clocks.
#[derive(Debug, Clone)]
pub struct Clock {
    rng: Rng,
    world: Mono,
    boot_id: BootId,
    booted: Mono,
    /// Earlier boots by name, and when each began.
    boots: BTreeMap<String, Mono>,
    /// How far calendar time is off, ms.
    skew_ms: i64,
    /// Calendar time never falls below this.
    floor: Wall,
    trusted: bool,
    /// Two people have said what time it is, in this boot.
    confirmed: bool,
}

impl Clock {
    /// Clocks of a computer that has just started.
    pub fn new(seed: u64) -> Self {
        let mut clock = Self {
            rng: Rng::named(seed, "boots"),
            world: Mono(1_000_000),
            boot_id: BootId(0),
            booted: Mono(1_000_000),
            boots: BTreeMap::new(),
            skew_ms: 0,
            floor: MORNING,
            trusted: true,
            confirmed: false,
        };
        clock.reboot();
        clock
    }

    /// The computer starts anew.
    pub fn reboot(&mut self) {
        let high = u128::from(self.rng.next_u64());
        self.boot_id = BootId((high << 64) | u128::from(self.rng.next_u64()));
        self.booted = self.world;
        self.confirmed = false;
        self.boots.insert(self.boot_id.to_string(), self.booted);
    }

    /// Lets time pass.
    pub fn pass(&mut self, span: Span) {
        self.world = self.world + span;
        self.floor = self.floor.max(self.calendar());
    }

    /// Calendar time is set forward or back, ms.
    pub fn step(&mut self, ms: i64) {
        self.skew_ms += ms;
    }

    /// Whether anything vouches for calendar time from now on.
    pub fn trust(&mut self, trusted: bool) {
        self.trusted = trusted;
    }

    /// Two people say that it is this time now: that holds until the computer starts anew.
    pub fn confirm(&mut self, wall: Wall) {
        self.skew_ms += wall.0.saturating_sub(self.calendar().0);
        self.confirmed = true;
    }

    /// Calendar time as the computer's own clock has it.
    fn calendar(&self) -> Wall {
        let passed = i64::try_from(self.world.0 / 1000).unwrap_or(i64::MAX);
        Wall(MORNING.0.saturating_add(passed).saturating_add(self.skew_ms))
    }

    /// The world's time since the run began.
    pub fn world(&self) -> Mono {
        self.world
    }

    /// What the computer's clocks say.
    pub fn now(&self) -> Stamp {
        let behind = self.floor.0.saturating_sub(self.calendar().0);
        let believed = (self.trusted || self.confirmed) && behind <= TOLERATED_MS;
        let trust = if believed { ClockTrust::Synced } else { ClockTrust::Untrusted };
        Stamp { boot_id: self.boot_id, mono: self.computer(self.world), wall: self.floor, trust }
    }

    /// An instant of the world by the computer's clock of this boot.
    pub fn computer(&self, world: Mono) -> Mono {
        Mono(world.since(self.booted).0 + BOOTING.0)
    }

    /// An instant by the computer's clock of this boot, in the world.
    pub fn in_world(&self, mono: Mono) -> Mono {
        self.booted + mono.since(Mono(BOOTING.0))
    }

    /// An instant by the computer's clock of any boot, in the world.
    pub fn in_world_of(&self, boot: &str, mono: Mono) -> Mono {
        let booted = self.boots.get(boot).copied().unwrap_or(self.booted);
        booted + mono.since(Mono(BOOTING.0))
    }

    /// Calendar time is right again, which is never before what it was.
    pub fn set_right(&mut self) {
        let behind = self.floor.0.saturating_sub(self.calendar().0);
        self.skew_ms += behind.max(0);
        self.trusted = true;
    }

    /// Days since 1970-01-01 in China.
    pub fn local_day(&self) -> i64 {
        (self.now().wall.0 + 480 * 60_000).div_euclid(86_400_000)
    }
}
