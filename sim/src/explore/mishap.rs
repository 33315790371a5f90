//! Mishaps of the station as a whole: its disk, its BMS, its clock, its terminals.
//!
//! Owns: the list, when each begins and ends. Refuses: a disk that forgets what it synced. Lost with the run.

use super::clock::Clock;
use super::options::Options;
use super::upstream::Upstream;
use crate::bms::book::{AskFault, BmsFault};
use crate::prng::Rng;
use controller::journal::mem_disk::MemDisk;
use station::measure::{Mono, Span};

/// Kinds of mishaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mishap {
    /// A commit takes very long.
    DiskStalls,
    /// The disk is full.
    DiskFull,
    /// A sync fails.
    DiskFails,
    /// The BMS is not reached.
    BmsGone,
    /// The BMS refuses the next records.
    BmsRefuses,
    /// The BMS does not answer the next records.
    BmsSilent,
    /// The BMS keeps the next record, and the answer is lost.
    BmsLosesAnswer,
    /// The BMS answers the next record with another hash.
    BmsWrongHash,
    /// The BMS does not answer questions about donors.
    AskSilent,
    /// The BMS answers about somebody else.
    AskOther,
    /// The BMS defers everybody.
    AskDefers,
    /// Calendar time is set back.
    ClockBack,
    /// Calendar time is set forward.
    ClockForward,
    /// Calendar time is not to be trusted.
    ClockUntrusted,
    /// No terminal is there.
    NoTerminal,
}

impl Mishap {
    /// All.
    pub const ALL: [Self; 15] = [
        Self::DiskStalls,
        Self::DiskFull,
        Self::DiskFails,
        Self::BmsGone,
        Self::BmsRefuses,
        Self::BmsSilent,
        Self::BmsLosesAnswer,
        Self::BmsWrongHash,
        Self::AskSilent,
        Self::AskOther,
        Self::AskDefers,
        Self::ClockBack,
        Self::ClockForward,
        Self::ClockUntrusted,
        Self::NoTerminal,
    ];
    const DISK: [Self; 3] = [Self::DiskStalls, Self::DiskFull, Self::DiskFails];
    const BMS: [Self; 8] = [
        Self::BmsGone,
        Self::BmsRefuses,
        Self::BmsSilent,
        Self::BmsLosesAnswer,
        Self::BmsWrongHash,
        Self::AskSilent,
        Self::AskOther,
        Self::AskDefers,
    ];
    const REST: [Self; 4] = [Self::ClockBack, Self::ClockForward, Self::ClockUntrusted, Self::NoTerminal];
}

/// What a mishap can reach.
pub struct Reach<'a> {
    /// The disk.
    pub disk: &'a MemDisk,
    /// The BMS and the way to it.
    pub upstream: &'a mut Upstream,
    /// Clocks.
    pub clock: &'a mut Clock,
}

/// One kind of mishaps with its own rhythm.
struct Stream {
    kinds: &'static [Mishap],
    mean_s: u64,
    next: Mono,
}

/// The mishaps of a run.
pub struct Mishaps {
    rng: Rng,
    streams: [Stream; 3],
    running: Vec<(Mishap, Mono)>,
}

impl Mishaps {
    /// The mishaps of a run.
    pub fn new(options: &Options) -> Self {
        let stream = |kinds: &'static [Mishap], mean_s| Stream { kinds, mean_s, next: Mono(0) };
        let streams = [
            stream(&Mishap::DISK, options.disk_s),
            stream(&Mishap::BMS, options.bms_s),
            stream(&Mishap::REST, options.rest_s),
        ];
        let mut mishaps = Self { rng: Rng::named(options.seed, "mishaps"), streams, running: Vec::new() };
        (0..3).for_each(|at| mishaps.plan(at, Mono(0)));
        mishaps
    }

    fn plan(&mut self, at: usize, now: Mono) {
        let mean = Span::from_secs(self.streams[at].mean_s.max(1)).0;
        self.streams[at].next = now + Span(self.rng.range(mean / 4, mean * 7 / 4));
    }

    /// Whether this is so now.
    pub fn holds(&self, mishap: Mishap) -> bool {
        self.running.iter().any(|(running, _)| *running == mishap)
    }

    /// Lets begin and end what is due. What began.
    pub fn turn(&mut self, now: Mono, reach: &mut Reach<'_>) -> Option<Mishap> {
        let over = |at: Mono| now >= at;
        for (mishap, _) in self.running.extract_if(.., |(_, until)| over(*until)) {
            end(mishap, reach);
        }
        let at = self.streams.iter().position(|stream| stream.mean_s > 0 && now >= stream.next)?;
        self.plan(at, now);
        let mishap = self.rng.pick(self.streams[at].kinds).copied()?;
        let most = *self.rng.pick(&[2, 15, 120])?;
        let until = now + Span::from_millis(self.rng.range(100, most * 1000));
        self.begin(mishap, reach);
        self.running.push((mishap, until));
        Some(mishap)
    }

    fn begin(&mut self, mishap: Mishap, reach: &mut Reach<'_>) {
        match mishap {
            Mishap::DiskFull => reach.disk.set_capacity(Some(0)),
            Mishap::DiskFails => reach.disk.fail_syncs(true),
            Mishap::BmsGone => reach.upstream.gone = true,
            Mishap::BmsRefuses => reach.upstream.book.misbehave([BmsFault::Refuse; 3]),
            Mishap::BmsSilent => reach.upstream.book.misbehave([BmsFault::Silence; 2]),
            Mishap::BmsLosesAnswer => reach.upstream.book.misbehave([BmsFault::LoseAnswer]),
            Mishap::BmsWrongHash => reach.upstream.book.misbehave([BmsFault::WrongHash]),
            Mishap::AskSilent => reach.upstream.book.misanswer(AskFault::Silence),
            Mishap::AskOther => reach.upstream.book.misanswer(AskFault::OtherDonor),
            Mishap::AskDefers => reach.upstream.book.misanswer(AskFault::Defer),
            Mishap::ClockBack => reach.clock.step(-self.minutes()),
            Mishap::ClockForward => reach.clock.step(self.minutes()),
            Mishap::ClockUntrusted => reach.clock.trust(false),
            Mishap::DiskStalls | Mishap::NoTerminal => {}
        }
    }

    fn minutes(&mut self) -> i64 {
        i64::try_from(self.rng.range(1, 40)).unwrap_or(1) * 60_000
    }

    /// Everything ends, and nothing begins any more.
    pub fn finish(&mut self, reach: &mut Reach<'_>) {
        self.streams.iter_mut().for_each(|stream| stream.mean_s = 0);
        self.running.drain(..).for_each(|(mishap, _)| end(mishap, reach));
        reach.upstream.book.forgive();
    }
}

fn end(mishap: Mishap, reach: &mut Reach<'_>) {
    match mishap {
        Mishap::DiskFull => reach.disk.set_capacity(None),
        Mishap::DiskFails => reach.disk.fail_syncs(false),
        Mishap::BmsGone => reach.upstream.gone = false,
        Mishap::AskSilent | Mishap::AskOther | Mishap::AskDefers => {
            reach.upstream.book.misanswer(AskFault::None);
        }
        Mishap::ClockUntrusted => reach.clock.trust(true),
        Mishap::DiskStalls
        | Mishap::BmsRefuses
        | Mishap::BmsSilent
        | Mishap::BmsLosesAnswer
        | Mishap::BmsWrongHash
        | Mishap::ClockBack
        | Mishap::ClockForward
        | Mishap::NoTerminal => {}
    }
}
