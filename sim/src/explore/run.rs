//! One run: from its options to its verdict.
//!
//! Owns: the order in which world, people, troubles and station act at one instant, and the two phases. Refuses: to go on after
//! a law was broken. The same options give the same run.

use super::check::{self, Findings, Violation};
use super::clock::Clock;
use super::computer::{Broken, Computer};
use super::eye::Eye;
use super::keeper::Keeper;
use super::mishap::{Mishap, Mishaps, Reach};
use super::options::Options;
use super::outcome::{Outcome, Verdict, failed};
use super::outside::{Outside, Watch};
use super::people::{Doing, LOOK, Slip, Worker};
use super::power::{Power, Stop};
use super::seen::{Asked, End, Scene, Seen, Typed};
use super::story::Story;
use super::trouble::Troubles;
use super::truth::Truth;
use super::upstream::Upstream;
use crate::bms::book::Book;
use crate::headless::setup::{self, People};
use crate::nurse::deed::Deed;
use crate::nurse::morning::MorningDeed;
use crate::site::{MAX_DONORS, Site};
use controller::control::io::{ControlOp, Input, Output};
use controller::journal::mem_disk::MemDisk;
use station::api::Snapshot;
use station::api::prompt::Prompt;
use station::device::Actuation;
use station::ident::{BedId, DeviceId, LocalDate};
use station::measure::{Mono, Span};
use station::procedure::alarm::{ActiveAlarm, AlarmCode};
use station::procedure::phase::PhaseName;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Longest time in which everything has to settle when all troubles are over.
const SETTLES_WITHIN: Span = Span::from_mins(90);
/// A screen is drawn anew at least this often.
const SHOWN_EACH: Span = Span::from_secs(1);
/// Flow of a brisk run's veins at the beginning, mL/min.
pub const ORDINARY_ML_MIN: f64 = 80.0;
/// A stalled disk stalls for so long.
const STALL: Span = Span::from_secs(12);
/// The disk is looked at this often.
const DISK_LOOK: Span = Span::from_secs(10);

/// A run under way.
struct Run {
    out: Outside,
    computer: Computer,
}

/// Runs these options to their end. With `aloud` the run is told on standard output; without checkers nobody judges it.
pub fn run(options: &Options, aloud: bool, checked: bool) -> Outcome {
    let unsafe_phase = Run::begin(options, aloud, checked).and_then(Run::unsafe_phase);
    let ended = unsafe_phase.and_then(|(run, verdict)| match verdict {
        None => run.settling_phase(),
        Some(verdict) => Ok((run, Some(verdict))),
    });
    let (run, verdict) = match ended {
        Ok((run, verdict)) => (run, verdict.unwrap_or(Verdict::Passed)),
        Err(broken) => return failed(options.seed, Verdict::Crash(broken.to_string())),
    };
    let Outside { watch, clock, opened, closed, .. } = run.out;
    let mut reached = watch.reached;
    for (what, times) in &watch.findings.reached {
        *reached.entry((*what).to_owned()).or_default() += times;
    }
    let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Outcome {
        seed: options.seed,
        verdict,
        simulated_s: clock.world().0 / 1_000_000,
        opened: small(opened.len()),
        closed: small(closed.len()),
        collected: watch.collected,
        reached,
    }
}

/// The bed of a device's name, e.g. `bed1.clamp`.
fn bed_of(device: &DeviceId) -> Option<BedId> {
    let name = device.to_string();
    let digits = name.strip_prefix("bed")?.split('.').next()?;
    BedId::new(digits.parse().ok()?).ok()
}

impl Run {
    fn begin(options: &Options, aloud: bool, checked: bool) -> Result<Self, Broken> {
        let clock = Clock::new(options.seed);
        let today = LocalDate::from_days_since_1970(clock.local_day())?;
        let each = if options.brisk { 1 } else { 4 };
        let donors = (options.donations as usize * each).clamp(20, MAX_DONORS);
        let mut site = Site::new(options.seed, options.beds, donors, today, options.pouch_on_tray)?;
        if options.brisk {
            site.beds.iter_mut().for_each(|bed| bed.vein_ml_min = Some(ORDINARY_ML_MIN));
        }
        let mut list = site.worklist();
        if options.programme_ml > 0 {
            for donor in &mut list {
                (donor.programme_ml, donor.approved_ml) = (options.programme_ml, Some(options.programme_ml));
            }
        }
        let mut file = setup::site_file(&site, "http://127.0.0.1:9".to_owned());
        (file.pouch_on_tray, file.shift) = (options.pouch_on_tray, options.shifts > 0);
        let config = setup::configuration(&file)?;
        let people = People::new()?;
        let disk = MemDisk::new();
        let truth = Truth::new(&site, clock.world());
        let beds: Vec<BedId> = site.beds.iter().map(|bed| bed.number()).collect();
        let checkers = if checked { check::all(options.shifts > 0) } else { Vec::new() };
        let watch = Watch {
            checkers,
            findings: Findings::default(),
            story: Story::new(aloud),
            reached: BTreeMap::new(),
            collected: 0,
        };
        let mut out = Outside {
            workers: beds.iter().map(|bed| Worker::new(options, *bed, people.clone())).collect(),
            troubles: beds
                .iter()
                .flat_map(|b| [Troubles::common(options, *b), Troubles::rare(options, *b)])
                .collect(),
            keeper: Keeper::new(options)?,
            shift_open: false,
            mishaps: Mishaps::new(options),
            power: Power::new(options),
            options: options.clone(),
            upstream: Upstream::new(options.seed, Book::new(list)),
            next_look: clock.world(),
            next_disk_look: clock.world(),
            over_since: None,
            journal_ok: true,
            picture: None,
            terminals: 1,
            boots: 0,
            config,
            people,
            clock,
            disk,
            truth,
            eye: Eye::new(checked),
            watch,
            token: 0,
            labels: Vec::new(),
            phases: BTreeMap::new(),
            alarmed: BTreeSet::new(),
            opened: BTreeSet::new(),
            closed: BTreeSet::new(),
        };
        let computer = out.start(site, 0)?;
        out.see(&computer.plant.site, &Seen::Started);
        let mut run = Self { out, computer };
        run.settle()?;
        Ok(run)
    }

    fn see(&mut self, seen: &Seen<'_>) {
        self.out.see(&self.computer.plant.site, seen);
    }

    /// The first law that was broken.
    fn safety(&self) -> Option<Verdict> {
        let Violation { checker, what } = self.out.watch.findings.broken.first()?;
        Some(Verdict::Safety(format!("{checker}: {what}")))
    }

    /// The phase in which anything may go wrong. A verdict, if there is one already.
    fn unsafe_phase(mut self) -> Result<(Self, Option<Verdict>), Broken> {
        let over = self.out.clock.world() + Span::from_secs(self.out.options.longest_s);
        while self.out.clock.world() < over && !self.is_done() {
            if let Some(stop) = self.stop_due() {
                self = self.stop(stop)?;
            }
            self.tick()?;
            if let Some(verdict) = self.safety() {
                return Ok((self, Some(verdict)));
            }
        }
        Ok((self, None))
    }

    /// The phase in which everything has to settle.
    fn settling_phase(mut self) -> Result<(Self, Option<Verdict>), Broken> {
        self.end_troubles();
        if !self.out.journal_ok {
            self = self.stop(Stop::Killed)?;
        }
        let patience = self.out.clock.world() + SETTLES_WITHIN;
        while !self.is_settled() {
            self.tick()?;
            if let Some(verdict) = self.safety() {
                return Ok((self, Some(verdict)));
            }
            if self.out.clock.world() > patience {
                let verdict = Verdict::Liveness(self.where_it_is());
                return Ok((self, Some(verdict)));
            }
        }
        self.finish()?;
        let verdict = self.safety();
        Ok((self, verdict))
    }

    fn end_troubles(&mut self) {
        let Outside { watch, clock, troubles, workers, keeper, mishaps, power, disk, upstream, .. } =
            &mut self.out;
        watch.story.tell(clock.world(), "all troubles end");
        for troubles in troubles {
            if let Some(bed) = self.computer.plant.site.bed_mut(troubles.bed()) {
                troubles.finish(bed);
            }
        }
        workers.iter_mut().for_each(Worker::sober_up);
        keeper.go_home();
        power.finish();
        mishaps.finish(&mut Reach { disk, upstream, clock });
        clock.set_right();
    }

    /// The stop that is due: by chance, or by the engineer after the journal was lost.
    fn stop_due(&mut self) -> Option<Stop> {
        let now = self.out.clock.world();
        if !self.out.journal_ok {
            let since = *self.out.over_since.get_or_insert(now);
            return (now.since(since) > Span::from_mins(5)).then_some(Stop::Killed);
        }
        self.out.over_since = None;
        self.out.power.due(now)
    }

    /// The computer stops, and starts again a while later on what is on its disk.
    fn stop(self, stop: Stop) -> Result<Self, Broken> {
        let Self { mut out, mut computer } = self;
        out.watch.story.tell(out.clock.world(), &format!("STOP {stop:?}"));
        out.watch.count(format!("stop: {stop:?}"));
        let under_way = computer.journal.last_gasp(&mut computer.records)?;
        out.power.strike(stop, &out.disk, computer.records.writer(), under_way);
        let told = out.eye.last();
        let mut site = computer.plant.site;
        site.let_go();
        out.truth.stop();
        out.see(&site, &Seen::Stopped);
        let gone = out.power.gone_for(out.clock.world());
        out.pass(&mut site, gone);
        if stop == Stop::Power {
            out.clock.reboot();
        }
        out.boots += 1;
        out.keeper.started()?;
        (out.over_since, out.journal_ok, out.picture) = (None, true, None);
        out.upstream.restart();
        let known_durable = if out.power.either() { told } else { 0 };
        let computer = out.start(site, known_durable)?;
        let lines = out.eye.reopen(&out.disk, told);
        out.lines(&computer.plant.site, lines);
        out.see(&computer.plant.site, &Seen::Started);
        let mut run = Self { out, computer };
        run.settle()?;
        Ok(run)
    }

    /// Every donation that was wanted is closed, and its bed free.
    fn is_done(&self) -> bool {
        let idle = self.out.phases.values().all(|phase| *phase == PhaseName::Idle);
        self.out.opened.len() >= self.out.options.donations as usize
            && idle
            && self.out.closed.len() == self.out.opened.len()
            && self.out.keeper.is_over()
    }

    fn is_settled(&self) -> bool {
        let idle = self.out.phases.values().all(|phase| *phase == PhaseName::Idle);
        let closed = self.out.closed.len() == self.out.opened.len() && !self.out.shift_open;
        idle && self.computer.records.outbox().waiting == 0 && closed
    }

    fn where_it_is(&mut self) -> String {
        let now = self.out.clock.now();
        let waiting = self.computer.records.outbox().waiting;
        let beds = self.computer.plant.station.snapshot(now).beds;
        let beds: Vec<String> = beds
            .iter()
            .map(|v| format!("bed {} {:?} {:?} refused {:?}", v.bed, v.phase, v.prompt, v.refused))
            .collect();
        format!(
            "{}; {waiting} records wait; {} of {} closed",
            beds.join("; "),
            self.out.closed.len(),
            self.out.opened.len()
        )
    }

    /// The next instant at which something happens.
    fn next_instant(&mut self) -> Mono {
        let now = self.out.clock.world();
        let computer = self.computer.next_timeout(&self.out.upstream).map(|at| self.out.clock.in_world(at));
        let world = self.computer.plant.site.next_news();
        computer.into_iter().chain(world).min().unwrap_or(now).max(now + Span(1))
    }

    /// One instant and everything that follows from it.
    fn tick(&mut self) -> Result<(), Broken> {
        let next = self.next_instant();
        self.out.clock.pass(next.since(self.out.clock.world()));
        self.computer.plant.site.stride(next);
        self.out.trouble(&mut self.computer.plant.site);
        self.mishap();
        let now = self.out.clock.now();
        self.computer.plant.exchange(now);
        self.settle()?;
        if self.computer.turn_disk(now)? {
            let lines = self.out.eye.read(&self.out.disk);
            self.out.lines(&self.computer.plant.site, lines);
        }
        self.computer.turn_upstream(now, &mut self.out.upstream)?;
        self.settle()?;
        if next >= self.out.next_look {
            self.out.next_look = next + LOOK;
            self.look()?;
        }
        self.out.truth.look(&self.computer.plant.site, next);
        self.see(&Seen::Passed);
        Ok(())
    }

    fn mishap(&mut self) {
        let Outside { clock, mishaps, disk, upstream, watch, next_disk_look, terminals, .. } = &mut self.out;
        let now = clock.world();
        if let Some(mishap) = mishaps.turn(now, &mut Reach { disk, upstream, clock }) {
            watch.story.tell(now, &format!("MISHAP {mishap:?}"));
            watch.count(format!("mishap: {mishap:?}"));
            if mishap == Mishap::DiskStalls {
                self.computer.journal.stall(clock.now().mono, STALL);
            }
        }
        let there = usize::from(!mishaps.holds(Mishap::NoTerminal));
        if there != std::mem::replace(terminals, there) {
            self.computer.inputs.push_back(Input::Terminals(there));
        }
        if now >= *next_disk_look {
            *next_disk_look = now + DISK_LOOK;
            let full = mishaps.holds(Mishap::DiskFull);
            self.computer.inputs.push_back(Input::DiskUsed(Some(if full { 100 } else { 40 })));
        }
    }

    fn settle(&mut self) -> Result<(), Broken> {
        let now = self.out.clock.now();
        let Outside { clock, truth, watch, upstream, power, troubles, .. } = &mut self.out;
        self.computer.settle(now, upstream, &mut |site, output| {
            let scene = Scene { clock, site, truth };
            match output {
                Output::Order { device, actuation, permit } => {
                    if matches!(actuation, Actuation::Seal | Actuation::Separate) {
                        power.tempt(clock.world());
                        let at = bed_of(device);
                        troubles
                            .iter_mut()
                            .filter(|t| Some(t.bed()) == at)
                            .for_each(|t| t.tempt(clock.world()));
                    }
                    if let Some(bed) = bed_of(device) {
                        watch.see(&scene, &Seen::Ordered(bed, *actuation, permit.map(|(_, id)| id)));
                    }
                }
                Output::Journal { drafts, .. } => {
                    let last = drafts.last().map_or(0, controller::journal::Draft::seq);
                    watch.see(&scene, &Seen::Handed(last));
                }
                Output::Answer { token, result } => watch.see(&scene, &Seen::Answered(*token, result)),
                Output::Ask(_) | Output::ClockConfirmed(_) => {}
            }
        })?;
        if let Some(wall) = self.computer.confirmed.take() {
            self.out.clock.confirm(wall);
            self.out.watch.count("clock confirmed".to_owned());
        }
        Ok(())
    }

    /// Everybody looks at the screen of their bed.
    fn look(&mut self) -> Result<(), Broken> {
        let snapshot = self.picture();
        self.keep_shift(&snapshot)?;
        for view in &snapshot.beds {
            let opened = u32::try_from(self.out.opened.len()).unwrap_or(u32::MAX);
            let takes = self.out.keeper.takes(opened, &snapshot, &self.computer.plant.site);
            if view.phase == PhaseName::Idle && !takes {
                continue;
            }
            // Nobody takes a set away, hangs another or lies down where nothing can be recorded: the engineer is called.
            let last = matches!(
                view.prompt,
                Prompt::AcceptDisposition | Prompt::ClearBed | Prompt::PlaceBag | Prompt::Identify
            );
            if last && !snapshot.journal_ok {
                continue;
            }
            let world = self.out.clock.world();
            let site = &mut self.computer.plant.site;
            let worker = self.out.workers.iter_mut().find(|worker| worker.bed() == view.bed);
            let known = &self.out.labels;
            if let Some((doing, slip)) = worker.and_then(|worker| worker.look(world, view, site, known)) {
                self.carry_out(view, doing, slip);
                self.settle()?;
            }
        }
        Ok(())
    }

    /// Whoever keeps the shift looks at the screen.
    fn keep_shift(&mut self, snapshot: &Snapshot) -> Result<(), Broken> {
        let world = self.out.clock.world();
        let opened = u32::try_from(self.out.opened.len()).unwrap_or(u32::MAX);
        let site = &self.computer.plant.site;
        let Some((deed, slip)) = self.out.keeper.look(world, snapshot, site, opened) else { return Ok(()) };
        if let Some(slip) = slip {
            self.out.watch.story.tell(world, &format!("SLIP {slip:?}"));
            self.out.watch.count(format!("slip: {slip:?}"));
        }
        match deed {
            MorningDeed::Ask(ask, second) => {
                self.out.token += 1;
                let token = self.out.token;
                self.see(&Seen::AskedShift(token, &ask));
                let People { nurse, second: other } = self.out.people.clone();
                let (by, second, op) = (Some(nurse), second.then_some(other), ControlOp::Shift(ask));
                self.computer.inputs.push_back(Input::Request { token, by, second, op });
            }
            MorningDeed::Hand(at, hand) => {
                if let Some(bed) = self.computer.plant.site.bed_mut(at) {
                    bed.hand(hand);
                }
                self.see(&Seen::Did(at, hand));
            }
            MorningDeed::Scan(at, code) => {
                if let Some(bed) = self.computer.plant.site.bed_mut(at) {
                    bed.scan(&code);
                }
                self.see(&Seen::Scanned(at, &code));
            }
        }
        self.settle()
    }

    /// What the screens show: a new picture when something changed, and each second.
    fn picture(&mut self) -> Arc<Snapshot> {
        let (world, revision) = (self.out.clock.world(), self.computer.plant.station.revision());
        if let Some((since, of, picture)) = &self.out.picture
            && *of == revision
            && world.since(*since) < SHOWN_EACH
        {
            return picture.clone();
        }
        let picture = Arc::new(self.computer.plant.station.snapshot(self.out.clock.now()));
        self.out.picture = Some((world, revision, picture.clone()));
        (self.out.journal_ok, self.out.shift_open) = (picture.journal_ok, picture.shift.open.is_some());
        self.see(&Seen::Shown(&picture));
        picture.beds.iter().for_each(|view| self.note(view));
        picture
    }

    fn carry_out(&mut self, view: &station::api::BedView, doing: Doing, slip: Option<Slip>) {
        let at = view.bed;
        if let Some(slip) = slip {
            self.out.truth.slip(at);
            self.out.watch.story.tell(self.out.clock.world(), &format!("bed {at}  SLIP {slip:?}"));
            self.out.watch.count(format!("slip: {slip:?}"));
        }
        match doing {
            Doing::Deed(deed) => {
                if let Some(bed) = self.computer.plant.site.bed_mut(at) {
                    deed.perform(bed);
                }
                if let Deed::Hand(hand) = deed {
                    self.see(&Seen::Did(at, hand));
                } else if let Deed::Scan(text) = &deed {
                    self.out.know(text);
                    self.see(&Seen::Scanned(at, text));
                }
            }
            Doing::Leave => {}
            Doing::Type { kind, text, label, by: [by, second] } => {
                self.out.token += 1;
                let token = self.out.token;
                self.see(&Seen::Typed(&Typed { token, bed: at, label }));
                let (rev, again) = (view.rev, text.clone());
                let op = ControlOp::TypedLabel { bed: at, rev, label: kind, text, again };
                let (by, second) = (Some(by), Some(second));
                self.computer.inputs.push_back(Input::Request { token, by, second, op });
            }
            Doing::Ask { act, by, second, stale } => {
                self.out.token += 1;
                let (token, by_whom) = (self.out.token, by.clone());
                let alone = by.as_ref().zip(second.as_ref()).is_some_and(|(by, second)| by.id == second.id);
                let asked = Asked { token, bed: at, act: act.clone(), by: by_whom, stale, alone };
                self.see(&Seen::Asked(&asked));
                let rev = if stale { view.rev.saturating_sub(1) } else { view.rev };
                let op = ControlOp::Act { bed: at, rev, act };
                self.computer.inputs.push_back(Input::Request { token: self.out.token, by, second, op });
            }
        }
    }

    /// Notes what changed at a bed.
    fn note(&mut self, view: &station::api::BedView) {
        // Where entries wait for the disk, people wait with their words.
        let waits = |alarm: &ActiveAlarm| {
            matches!(alarm.code, AlarmCode::JournalSlow | AlarmCode::JournalFailed) && alarm.holds
        };
        if view.alarms.iter().any(waits) {
            self.out.truth.trouble(view.bed);
        }
        let before = self.out.phases.insert(view.bed, view.phase);
        if before != Some(view.phase) {
            self.out.watch.count(format!("phase: {:?}", view.phase));
            let before = before.map_or_else(|| "-".to_owned(), |phase| format!("{phase:?}"));
            self.out.watch.count(format!("way: {before} -> {:?}", view.phase));
        }
        for alarm in view.alarms.iter().filter(|alarm| alarm.holds) {
            if self.out.alarmed.insert((view.bed, alarm.since, alarm.code.code())) {
                self.out.watch.count(format!("alarm: {}", alarm.code.code()));
            }
        }
    }

    /// The station is stopped in order; everything is on the disk; checkers see the end.
    fn finish(&mut self) -> Result<(), Broken> {
        let now = self.out.clock.now();
        self.computer.plant.station.stop(now);
        self.settle()?;
        let inputs = self.computer.journal.finish(now.mono, &mut self.computer.records)?;
        let lines = self.out.eye.read(&self.out.disk);
        self.out.lines(&self.computer.plant.site, lines);
        self.computer.inputs.extend(inputs);
        self.settle()?;
        let Outside { clock, truth, watch, upstream, eye, disk, .. } = &mut self.out;
        let scene = Scene { clock, site: &self.computer.plant.site, truth };
        let reader = self.computer.records.reader();
        let end = End { reader, disk, last: eye.last(), book: &upstream.book };
        for checker in &mut watch.checkers {
            checker.end(&scene, &end, &mut watch.findings);
        }
        Ok(())
    }
}
