//! Stops of the computer: when they come, and what they leave on the disk.
//!
//! Owns: the two kinds of stops, and the tearing of what was never synced. Refuses: to touch a byte that was: a disk that loses those
//! is damaged, and no station can go on from it.

use super::options::Options;
use crate::prng::Rng;
use controller::journal::mem_disk::MemDisk;
use controller::journal::{CommitError, Writer};
use station::measure::{Mono, Span};

/// A stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The process is killed: what it had written is there, its computer runs on.
    Killed,
    /// The power is cut: what was not synced is there, partly there, garbage, or gone.
    Power,
}

/// When the computer stops.
pub struct Power {
    rng: Rng,
    mean_s: u64,
    next: Mono,
}

impl Power {
    /// The stops of a run.
    pub fn new(options: &Options) -> Self {
        let mut power =
            Self { rng: Rng::named(options.seed, "power"), mean_s: options.stops_s, next: Mono(0) };
        power.plan(Mono(0));
        power
    }

    fn plan(&mut self, now: Mono) {
        let mean = Span::from_secs(self.mean_s.max(1)).0;
        self.next = now + Span(self.rng.range(mean / 8, mean * 15 / 8));
    }

    /// No stop comes any more.
    pub fn finish(&mut self) {
        self.mean_s = 0;
    }

    /// The stop that is due.
    pub fn due(&mut self, now: Mono) -> Option<Stop> {
        if self.mean_s == 0 || now < self.next {
            return None;
        }
        Some(if self.rng.chance(0.5) { Stop::Power } else { Stop::Killed })
    }

    /// Something irreversible was ordered: nothing is worse than a stop right now, so one comes now and then.
    pub fn tempt(&mut self, now: Mono) {
        if self.mean_s > 0 && self.rng.chance(0.1) {
            self.next = self.next.min(now + Span::from_millis(self.rng.range(1, 3_000)));
        }
    }

    /// How long the station is gone. Plans the next stop behind it.
    pub fn gone_for(&mut self, now: Mono) -> Span {
        let most = self.rng.pick(&[3, 20, 300]).copied().unwrap_or(3);
        let gone = Span::from_millis(self.rng.range(800, most * 1000));
        self.plan(now + gone);
        gone
    }

    /// Whether something half as likely as not is so.
    pub fn either(&mut self) -> bool {
        self.rng.chance(0.5)
    }

    /// The disk after a stop in the middle of a commit, or beside one.
    pub fn strike(&mut self, stop: Stop, disk: &MemDisk, writer: &mut Writer, under_way: bool) {
        let begun = under_way && self.rng.chance(0.7);
        match stop {
            Stop::Killed if begun => disk.fail_syncs(self.rng.chance(0.5)),
            Stop::Power if begun => disk.fail_syncs(true),
            Stop::Killed | Stop::Power => {}
        }
        if begun {
            // Nobody hears of it any more, whatever comes of it.
            let written: Result<_, CommitError> = writer.commit();
            drop(written);
        }
        disk.fail_syncs(false);
        if stop == Stop::Power {
            let rng = &mut self.rng;
            disk.power_cut(&mut |_, tail| tear(rng, tail));
        }
    }
}

/// What is left of bytes that were never synced.
fn tear(rng: &mut Rng, tail: &mut Vec<u8>) {
    let len = tail.len() as u64;
    match rng.range(0, 4) {
        0 => {}
        1 => tail.clear(),
        2 => {
            let most = usize::try_from(rng.range(0, len)).unwrap_or(0);
            let from = usize::try_from(rng.range(0, len / 512)).unwrap_or(0) * 512;
            let cut = most.min(tail.len());
            tail[from.min(cut)..cut].fill(0);
        }
        _ => tail.truncate(usize::try_from(rng.range(0, len)).unwrap_or(0)),
    }
}
