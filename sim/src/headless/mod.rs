//! The whole station in one process and in virtual time: the product's step, drivers, journal, index, outbox and sender
//! against the simulated site and a BMS on the loopback interface. The same seed gives the same run.
//!
//! Owns: the loop. Time goes on by one step of the world only when every input is answered, every order carried out and
//! every forced entry on disk. Refuses: to run without end: a run that gets stuck says where. What a crash leaves is a state
//! folder like the daemon's.
//!
//! ```text
//!   world ─bytes, lines─▶ drivers ─observations─▶ step ─orders─▶ drivers ─▶ world
//!                                   nurse ─acts──▶  │ ─drafts─▶ journal ─▶ index ─▶ outbox ─▶ HTTP ─▶ BMS
//!                                                   ◀─durable, acknowledged──┘
//! ```

pub mod cable;
pub mod clock;
pub mod plant;
pub mod records;
pub mod setup;

use crate::bms::Bms;
use crate::bms::book::Book;
use crate::nurse::Nurse;
use crate::nurse::deed::Deed;
use crate::nurse::morning::{Morning, MorningDeed};
use crate::site::Site;
use crate::world::STEP_US;
use clock::SimClock;
use controller::clock::Stamp;
use controller::control::Station;
use controller::control::io::{ControlOp, Input, Output};
use controller::devices::{build, host::Host};
use controller::eligibility;
use controller::upstream::https::{FetchError, Https, HttpsSettings};
use controller::worklist::{Intake, WorklistError};
use plant::Plant;
use records::{Records, RecordsError};
use serde::Serialize;
use setup::People;
use station::api::Snapshot;
use station::ident::{BedId, DonationId, LocalDate};
use station::measure::{Mono, Span};
use station::procedure::phase::PhaseName;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;
use std::time::Duration;

/// A nurse looks at the screen this often.
const LOOK: Span = Span::from_millis(200);
/// The worklist is fetched this often.
const FETCH: Span = Span::from_secs(60);
/// A donation that takes longer than this is stuck.
const STUCK: Span = Span::from_mins(60);

/// What is to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Seed of everything.
    pub seed: u64,
    /// Beds, 1 to 8.
    pub beds: u8,
    /// Donations to complete.
    pub donations: u32,
    /// Folder of journal and index.
    pub state: PathBuf,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Seed of the run.
    pub seed: u64,
    /// Donations closed.
    pub donations: u32,
    /// Of these collected.
    pub collected: u32,
    /// Of these ended before their time.
    pub aborted: u32,
    /// Records acknowledged by the BMS.
    pub delivered: u32,
    /// Entries in the journal.
    pub journal_entries: u64,
    /// Alarms raised.
    pub alarms: u32,
    /// Simulated time, minutes.
    pub simulated_minutes: f64,
    /// True volume in the bag less the target, the largest of all donations, mL.
    pub max_overshoot_ml: f64,
}

/// Why it could not be run to its end.
#[derive(Debug, thiserror::Error)]
pub enum HeadlessError {
    /// Journal, index or outbox.
    #[error(transparent)]
    Records(#[from] RecordsError),
    /// A port of the loopback interface, or a thread.
    #[error("the simulated BMS cannot be started: {0}")]
    Bms(#[source] std::io::Error),
    /// The simulated site's own configuration.
    #[error("the simulated configuration is refused:\n{0}")]
    Config(#[from] config::Mistakes),
    /// A name of the simulation.
    #[error(transparent)]
    Name(#[from] station::ident::NameError),
    /// The sender cannot be set up.
    #[error(transparent)]
    Setup(#[from] controller::upstream::https::SetupError),
    /// The worklist was not had.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The worklist cannot be read.
    #[error("the worklist cannot be read: {0}")]
    Worklist(#[from] WorklistError),
    /// The station's first entries cannot be written.
    #[error(transparent)]
    Draft(#[from] controller::journal::DraftError),
    /// The clock left the calendar.
    #[error(transparent)]
    Date(#[from] station::ident::DateError),
    /// Nothing comes to an end.
    #[error("stuck after {minutes} simulated minutes: {beds}")]
    Stuck {
        /// How long.
        minutes: u64,
        /// Where every bed is.
        beds: String,
    },
}

/// Runs a plan to its end. `progress` hears a line for every phase that a bed enters.
///
/// # Errors
/// [`HeadlessError`].
pub fn run(plan: &Plan, progress: &mut dyn FnMut(&str)) -> Result<Report, HeadlessError> {
    let mut run = Run::begin(plan)?;
    run.settle()?;
    run.fetch()?;
    while !run.is_over() {
        run.tick(progress)?;
        if run.clock.now().mono.since(run.last_news) > STUCK {
            return Err(run.stuck());
        }
    }
    run.finish()
}

fn sender(base: String) -> Result<Https, HeadlessError> {
    let timeout = Duration::from_secs(10);
    Ok(Https::new(&HttpsSettings { base, timeout, ca_file: None, client: None })?)
}

struct Run {
    seed: u64,
    wanted: u32,
    clock: SimClock,
    plant: Plant,
    records: Records,
    https: Https,
    bms: Bms,
    intake: Intake,
    station_name: String,
    people: People,
    nurses: Vec<Nurse>,
    morning: Morning,
    inputs: VecDeque<Input>,
    next_look: Mono,
    next_fetch: Mono,
    last_news: Mono,
    token: u64,
    phases: BTreeMap<BedId, PhaseName>,
    opened: BTreeSet<DonationId>,
    closed: BTreeSet<DonationId>,
    overshoot_nl: Option<i64>,
}

impl Run {
    fn begin(plan: &Plan) -> Result<Self, HeadlessError> {
        let (records, recovery) = Records::open(&plan.state)?;
        let clock = SimClock::new(plan.seed, recovery.newest.map(|stamp| stamp.wall));
        // A journal that is gone on with has used the numbers of its own seed.
        let seed = plan.seed.wrapping_add(recovery.last_seq << 20);
        let today = LocalDate::from_days_since_1970(clock.local_day(480))?;
        let donors = (plan.donations as usize).clamp(20, crate::site::MAX_DONORS);
        let site = Site::new(seed, plan.beds, donors, today, false)?;
        let bms = Bms::start(Book::new(site.worklist()), 0).map_err(HeadlessError::Bms)?;
        let config = setup::configuration(&setup::site_file(&site, bms.url()))?;
        let built = build::build(&config);
        let parts = setup::station_parts(&config, &built, (&records, &recovery), clock.now(), seed)?;
        let station = Station::new(parts)?;
        let nurses = site.beds.iter().map(|bed| Nurse::new(seed, bed.number())).collect();
        let plant = Plant::new(clock.now(), site, station, Host::new(built.drivers));
        let https = sender(bms.url())?;
        let people = People::new()?;
        let inputs = people.sign_in().into();
        let intake = setup::intake_parts(&config, seed);
        let now = clock.now().mono;
        Ok(Self {
            seed: plan.seed,
            wanted: plan.donations,
            intake: Intake::new(intake, []),
            clock,
            plant,
            records,
            https,
            bms,
            station_name: config.identity.id.to_string(),
            people,
            nurses,
            morning: Morning::new()?,
            inputs,
            next_look: now,
            next_fetch: now + FETCH,
            last_news: now,
            token: 0,
            phases: BTreeMap::new(),
            opened: BTreeSet::new(),
            closed: BTreeSet::new(),
            overshoot_nl: None,
        })
    }

    /// One step of time and everything that follows from it.
    fn tick(&mut self, progress: &mut dyn FnMut(&str)) -> Result<(), HeadlessError> {
        self.clock.pass(Span(STEP_US));
        let now = self.clock.now();
        self.plant.advance(now);
        self.settle()?;
        if now.mono >= self.next_fetch {
            self.fetch()?;
        }
        if now.mono >= self.next_look {
            self.next_look = now.mono + LOOK;
            self.look(progress);
            self.settle()?;
        }
        self.inputs.extend(self.records.commit_due(now)?);
        self.inputs.extend(self.records.send(now, &mut self.https));
        self.settle()
    }

    /// Answers every input, carries out every order, keeps every entry, until nothing is left.
    fn settle(&mut self) -> Result<(), HeadlessError> {
        let now = self.clock.now();
        loop {
            self.drain(now)?;
            let Some(input) = self.inputs.pop_front().or_else(|| self.plant.next_input(now)) else {
                return Ok(());
            };
            self.plant.station.step(now, input);
        }
    }

    fn drain(&mut self, now: Stamp) -> Result<(), HeadlessError> {
        while let Some(output) = self.plant.station.poll_output() {
            match self.plant.carry_out(now, output) {
                Ok(failed) => self.inputs.extend(failed),
                Err(Output::Journal { drafts, force }) => {
                    self.inputs.extend(self.records.keep(now, &drafts, force)?);
                }
                Err(Output::Answer { token, result }) => {
                    if let Err(error) = result {
                        tracing::debug!(token, %error, "an act was not taken");
                    }
                }
                Err(Output::Ask(question)) => {
                    let answer = eligibility::ask(&self.https, &self.station_name, &question);
                    self.inputs.push_back(Input::Eligibility { donation: question.donation, answer });
                }
                // Orders have been carried out; this clock needs nobody to confirm it.
                Err(Output::Order { .. } | Output::ClockConfirmed(_)) => {}
            }
        }
        Ok(())
    }

    fn fetch(&mut self) -> Result<(), HeadlessError> {
        let now = self.clock.now();
        self.next_fetch = now.mono + FETCH;
        let text = self.https.worklist(&self.station_name)?;
        self.inputs.extend(self.intake.take(now, &text)?.inputs);
        self.settle()
    }

    /// Every nurse looks at the screen.
    fn look(&mut self, progress: &mut dyn FnMut(&str)) {
        let now = self.clock.now();
        let snapshot = self.plant.station.snapshot(now);
        self.begin_shift(&snapshot);
        for view in &snapshot.beds {
            self.note(view, progress);
            let ready = Morning::is_over(&snapshot, &self.plant.site);
            let enough = self.opened.len() >= self.wanted as usize || !ready;
            if view.phase == PhaseName::Idle && enough {
                continue;
            }
            let Some(nurse) = self.nurses.iter_mut().find(|nurse| nurse.bed() == view.bed) else { continue };
            let Some(deed) = nurse.look(now.mono, view, &mut self.plant.site) else { continue };
            tracing::debug!(bed = %view.bed, prompt = ?view.prompt, ?deed, refused = ?view.refused, "the nurse");
            if let Deed::Act { act, second } = deed {
                self.token += 1;
                let op = ControlOp::Act { bed: view.bed, rev: view.rev, act };
                let (by, second) =
                    (Some(self.people.nurse.clone()), second.then(|| self.people.second.clone()));
                self.inputs.push_back(Input::Request { token: self.token, by, second, op });
            } else if let Some(bed) = self.plant.site.bed_mut(view.bed) {
                deed.perform(bed);
            }
        }
    }

    /// Whoever is there first does what the shift asks.
    fn begin_shift(&mut self, snapshot: &Snapshot) {
        let Some(deed) = self.morning.look(snapshot, &self.plant.site) else { return };
        tracing::debug!(?deed, refused = ?snapshot.shift.refused, "the morning");
        match deed {
            MorningDeed::Ask(ask, second) => {
                self.token += 1;
                let (by, second) =
                    (Some(self.people.nurse.clone()), second.then(|| self.people.second.clone()));
                self.inputs.push_back(Input::Request {
                    token: self.token,
                    by,
                    second,
                    op: ControlOp::Shift(ask),
                });
            }
            MorningDeed::Hand(bed, hand) => {
                if let Some(bed) = self.plant.site.bed_mut(bed) {
                    bed.hand(hand);
                }
            }
            MorningDeed::Scan(bed, code) => {
                if let Some(bed) = self.plant.site.bed_mut(bed) {
                    bed.scan(&code);
                }
            }
        }
    }

    /// Notes what changed at a bed.
    fn note(&mut self, view: &station::api::BedView, progress: &mut dyn FnMut(&str)) {
        if let Some(donation) = view.donation {
            self.opened.insert(donation);
        }
        if self.phases.insert(view.bed, view.phase) == Some(view.phase) {
            return;
        }
        let now = self.clock.now().mono;
        self.last_news = now;
        let passed = now.since(Mono(0)).as_secs();
        let (minute, second) = (passed / 60, passed % 60);
        let volume = view.volume;
        progress(&format!("{minute:3}:{second:02}  bed {}  {:?}  {volume}", view.bed, view.phase));
        if let (PhaseName::Closed, Some(donation)) = (view.phase, view.donation)
            && self.closed.insert(donation)
        {
            let bag = self.plant.site.bed(view.bed).map_or(0, |bed| bed.line.bag_nl());
            let over = bag - i64::from(view.programme_ml) * crate::world::line::ML;
            self.overshoot_nl = Some(self.overshoot_nl.map_or(over, |worst| worst.max(over)));
        }
    }

    fn is_over(&self) -> bool {
        let idle = self.phases.values().all(|phase| *phase == PhaseName::Idle);
        self.closed.len() >= self.wanted as usize && idle && self.records.outbox().waiting == 0
    }

    fn stuck(&mut self) -> HeadlessError {
        let now = self.clock.now();
        let snapshot = self.plant.station.snapshot(now);
        let beds: Vec<String> = snapshot
            .beds
            .iter()
            .map(|v| format!("bed {} {:?} {:?} refused {:?}", v.bed, v.phase, v.prompt, v.refused))
            .collect();
        HeadlessError::Stuck { minutes: now.mono.since(Mono(0)).as_secs() / 60, beds: beds.join("; ") }
    }

    fn finish(mut self) -> Result<Report, HeadlessError> {
        let now = self.clock.now();
        self.plant.station.stop(now);
        self.settle()?;
        self.records.commit()?;
        let book = self.bms.book();
        let bodies: Vec<serde_json::Value> =
            book.accepted().filter_map(|record| serde_json::from_str(&record.body).ok()).collect();
        let field = |body: &serde_json::Value, name: &str| body["record"][name].clone();
        let count =
            |test: &dyn Fn(&serde_json::Value) -> bool| bodies.iter().filter(|body| test(body)).count();
        let alarms: usize = bodies.iter().filter_map(|b| field(b, "alarms").as_array().map(Vec::len)).sum();
        let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Ok(Report {
            seed: self.seed,
            donations: small(self.closed.len()),
            collected: small(count(&|body| field(body, "disposition") == "collected")),
            aborted: small(count(&|body| !field(body, "abort").is_null())),
            delivered: self.records.outbox().delivered,
            journal_entries: self.records.entries(),
            alarms: small(alarms),
            simulated_minutes: (now.mono.0 as f64 / 6e6).round() / 10.0,
            max_overshoot_ml: (self.overshoot_nl.unwrap_or(0) as f64 / 1e5).round() / 10.0,
        })
    }
}
