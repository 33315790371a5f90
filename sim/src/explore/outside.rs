//! Everything but the computer: world's time, people, troubles, the BMS, and those who look on. It outlives a stop.
//!
//! Owns: what passes while no station runs. Refuses: to judge: the checkers do. Lost with the run.

use super::check::{Checker, Findings};
use super::clock::Clock;
use super::computer::{Broken, Computer, Start};
use super::eye::{Eye, Line};
use super::keeper::Keeper;
use super::mishap::Mishaps;
use super::options::Options;
use super::people::{Worker, is_number};
use super::power::Power;
use super::seen::{Scene, Seen};
use super::story::Story;
use super::trouble::Troubles;
use super::truth::Truth;
use super::upstream::Upstream;
use crate::headless::setup::People;
use crate::site::Site;
use config::StationConfig;
use controller::journal::mem_disk::MemDisk;
use station::api::Snapshot;
use station::device::DeviceKind;
use station::ident::BedId;
use station::measure::{Mono, Span};
use station::procedure::phase::PhaseName;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Most labels that are remembered.
const MOST_LABELS: usize = 64;

/// Those who look on.
pub(super) struct Watch {
    pub(super) checkers: Vec<Box<dyn Checker>>,
    pub(super) findings: Findings,
    pub(super) story: Story,
    pub(super) reached: BTreeMap<String, u64>,
    pub(super) collected: u32,
}

impl Watch {
    pub(super) fn see(&mut self, scene: &Scene<'_>, seen: &Seen<'_>) {
        self.story.see(scene, seen);
        if let Seen::Line(line) = seen
            && line.kind == "record"
            && line.body["canonical"]
                .as_str()
                .is_some_and(|text| text.contains(r#""disposition":"collected""#))
        {
            self.collected += 1;
        }
        for checker in &mut self.checkers {
            checker.see(scene, seen, &mut self.findings);
        }
    }

    pub(super) fn count(&mut self, what: String) {
        *self.reached.entry(what).or_default() += 1;
    }
}

/// Everything but the computer: it outlives a stop.
pub(super) struct Outside {
    pub(super) options: Options,
    pub(super) config: StationConfig,
    pub(super) people: People,
    pub(super) clock: Clock,
    pub(super) disk: MemDisk,
    pub(super) upstream: Upstream,
    pub(super) workers: Vec<Worker>,
    pub(super) keeper: Keeper,
    /// Whether the last picture showed an open shift.
    pub(super) shift_open: bool,
    pub(super) troubles: Vec<Troubles>,
    pub(super) mishaps: Mishaps,
    pub(super) power: Power,
    pub(super) truth: Truth,
    pub(super) eye: Eye,
    pub(super) watch: Watch,
    pub(super) next_look: Mono,
    pub(super) next_disk_look: Mono,
    /// The last pictures said that entries are taken.
    pub(super) journal_ok: bool,
    /// The last picture, when it was drawn and of which revision.
    pub(super) picture: Option<(Mono, u64, Arc<Snapshot>)>,
    /// Since when the journal is over.
    pub(super) over_since: Option<Mono>,
    pub(super) terminals: usize,
    pub(super) boots: u32,
    pub(super) token: u64,
    /// The last labels of numbers that were read anywhere.
    pub(super) labels: Vec<String>,
    pub(super) phases: BTreeMap<BedId, PhaseName>,
    /// Alarms that were counted.
    pub(super) alarmed: BTreeSet<(BedId, Mono, &'static str)>,
    pub(super) opened: BTreeSet<u64>,
    pub(super) closed: BTreeSet<u64>,
}

impl Outside {
    pub(super) fn start(&self, site: Site, known_durable: u64) -> Result<Computer, Broken> {
        let start = Start {
            options: &self.options,
            config: &self.config,
            disk: &self.disk,
            clock: &self.clock,
            people: &self.people,
            boot: self.boots,
            known_durable,
        };
        Computer::start(site, &start)
    }

    pub(super) fn see(&mut self, site: &Site, seen: &Seen<'_>) {
        if let Seen::Line(line) = seen {
            let donation = line.body["donation"].as_u64();
            match line.kind.as_str() {
                "opened" => self.opened.extend(donation),
                "closed" => self.closed.extend(donation),
                "shift" if line.body["refused"].is_null() && line.body["event"]["closed"].is_object() => {
                    self.keeper.ended();
                }
                _ => {}
            }
        }
        let scene = Scene { clock: &self.clock, site, truth: &self.truth };
        self.watch.see(&scene, seen);
    }

    /// A label was read.
    pub(super) fn know(&mut self, label: &str) {
        if !is_number(label) || self.labels.iter().any(|known| known == label) {
            return;
        }
        if self.labels.len() >= MOST_LABELS {
            self.labels.remove(0);
        }
        self.labels.push(label.to_owned());
    }

    pub(super) fn lines(&mut self, site: &Site, lines: Result<Vec<Line>, String>) {
        match lines {
            Ok(lines) => lines.iter().for_each(|line| self.see(site, &Seen::Line(line))),
            Err(what) => self.watch.findings.broken("journal", what),
        }
    }

    /// Time passes in a world without a station.
    pub(super) fn pass(&mut self, site: &mut Site, span: Span) {
        let until = self.clock.world() + span;
        while self.clock.world() < until {
            let next = site.next_news().unwrap_or(until).min(until);
            self.clock.pass(next.since(self.clock.world()));
            site.stride(next);
            for port in [DeviceKind::Scale, DeviceKind::Scanner, DeviceKind::IdReader] {
                // Nobody is there to read them.
                site.beds.iter_mut().for_each(|bed| drop(bed.poll_bytes_at(port, next)));
            }
            self.trouble(site);
            self.truth.look(site, next);
            self.see(site, &Seen::Passed);
        }
    }

    pub(super) fn trouble(&mut self, site: &mut Site) {
        let now = self.clock.world();
        for troubles in &mut self.troubles {
            let at = troubles.bed();
            let bed = if troubles.is_due(now) { site.bed_mut(at) } else { None };
            if let Some(trouble) = bed.and_then(|bed| troubles.turn(now, bed)) {
                self.truth.trouble(at);
                self.watch.story.tell(now, &format!("bed {at}  TROUBLE {trouble:?}"));
                self.watch.count(format!("trouble: {trouble:?}"));
            } else if troubles.any() {
                self.truth.trouble(at);
            }
        }
    }
}
