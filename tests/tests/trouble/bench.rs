//! The bench: a station, its simulated site and its BMS, with hands on everything that can go wrong.
//!
//! Owns: virtual time, and that nothing runs away: an instant that never settles is a failure with its place. Refuses: to
//! decide anything; the nurse of the simulator does what the screen asks when she is let. A crash is a method of it.

use controller::clock::Stamp;
use controller::control::Station;
use controller::control::io::{ControlOp, Input, Output, StationParts, Token};
use controller::devices::{build, host::Host};
use controller::eligibility;
use controller::privacy::{Entropy, EntropyError, MasterKey, Privacy};
use controller::upstream::https::{Https, HttpsSettings};
use controller::worklist::{Intake, IntakeParts};
use sim::bed::SimBed;
use sim::bms::Bms;
use sim::bms::book::{Accepted, Book, ListedDonor};
use sim::devices::rfid::TagVoice;
use sim::devices::scanner::ScannerVoice;
use sim::devices::voice::Voice;
use sim::headless::clock::SimClock;
use sim::headless::plant::Plant;
use sim::headless::records::Records;
use sim::nurse::deed::{Case, Deed};
use sim::prng::Rng;
use sim::site::Site;
use sim::site::settings::{SiteFile, Wiring};
use sim::world::STEP_US;
use station::api::shift::ShiftAsk;
use station::api::{Answer, ApiError, BedView, DeviceHealth, OutboxView, RestView, Snapshot};
use station::device::{DeviceKind, Fault};
use station::ident::{BedId, DonorToken, LabelKind, LocalDate, OperatorId};
use station::measure::{Mono, Span, Wall};
use station::procedure::alarm::AlarmCode;
use station::procedure::event::{Act, ActingOperator, Role};
use station::procedure::phase::PhaseName;
use station::record::{Envelope, Which};
use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Most inputs that one instant may lead to.
const MOST_AT_ONCE: usize = 2000;
/// Most steps and outputs of the station in one second of virtual time, whatever the devices say.
const MOST_IN_A_SECOND: u32 = 600;
/// Programme of every donor, mL: the shortest draw.
pub(crate) const PROGRAMME_ML: u16 = 200;

/// What stands at a site beside the plainest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Equipment {
    /// Tag readers, samplers, a refrigerator's thermometer.
    pub(crate) all: bool,
    /// Contacts at nodes, else at a chip.
    pub(crate) nodes: bool,
    /// A real pty between every serial port and its device.
    pub(crate) ptys: bool,
    /// What the scales speak.
    pub(crate) scale: Voice,
    /// What the tag readers speak.
    pub(crate) tags: TagVoice,
    /// What the scanners speak.
    pub(crate) scanner: ScannerVoice,
    /// Thermometers with Modbus on a line of their own.
    pub(crate) transmitters: bool,
}

/// What outlives the station's process.
pub(crate) struct Kept {
    pub(crate) site: Site,
    pub(crate) bms: Bms,
    clock: SimClock,
    seed: u64,
    state: PathBuf,
    equipment: Equipment,
    /// The site lets acts of two people wait for the second.
    pub(crate) single_nurse: bool,
    cases: Vec<Case>,
}

/// A running station.
pub(crate) struct Bench {
    pub(crate) plant: Plant,
    pub(crate) bms: Bms,
    /// Nothing that is written becomes durable, as far as the station hears.
    stalled: Option<Mono>,
    held: Option<Input>,
    clock: SimClock,
    seed: u64,
    state: PathBuf,
    equipment: Equipment,
    single_nurse: bool,
    records: Records,
    https: Https,
    cases: Vec<Case>,
    inputs: VecDeque<Input>,
    answers: BTreeMap<Token, Result<Answer, ApiError>>,
    token: Token,
    ticks: u64,
    next_deed: Mono,
    next_lag: Mono,
    busy: u32,
}

pub(crate) fn bed(number: u8) -> BedId {
    BedId::new(number).unwrap()
}

/// The nurse at the bed.
pub(crate) fn nurse() -> ActingOperator {
    ActingOperator { id: OperatorId::new("1001").unwrap(), role: Role::Nurse }
}

fn second() -> ActingOperator {
    ActingOperator { id: OperatorId::new("1002").unwrap(), role: Role::Lead }
}

struct Seeded(Rng);

impl Entropy for Seeded {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        bytes.fill_with(|| self.0.next_u64().to_le_bytes()[0]);
        Ok(())
    }
}

fn privacy(seed: u64, part: &str) -> Privacy {
    let master = MasterKey::from_bytes(*b"simulated key, never for a donor");
    Privacy::new(&master, Box::new(Seeded(Rng::named(seed, part))))
}

impl Kept {
    /// A site that no station has seen yet. `edit` changes the worklist before anybody reads it.
    pub(crate) fn new(seed: u64, beds: u8, folder: &Path, edit: impl FnOnce(&mut Vec<ListedDonor>)) -> Self {
        println!("seed {seed}");
        let clock = SimClock::new(seed, None);
        let today = LocalDate::from_days_since_1970(clock.local_day(480)).unwrap();
        let site = Site::new(seed, beds, 20, today, false).unwrap();
        let mut list = site.worklist();
        list.iter_mut().for_each(|donor| donor.programme_ml = PROGRAMME_ML);
        edit(&mut list);
        let cases = site.beds.iter().map(|bed| Case::new(bed.number())).collect();
        let bms = Bms::start(Book::new(list), 0).unwrap();
        let equipment = Equipment::default();
        let state = folder.join("state");
        Self { site, bms, clock, seed, state, equipment, single_nurse: false, cases }
    }

    /// Lets time pass without a station. What it drove last stays driven.
    pub(crate) fn pass(&mut self, ms: u64) {
        self.clock.pass(Span::from_millis(ms));
        self.site.advance(self.clock.now().mono);
    }

    /// Starts a station on what its state folder holds.
    pub(crate) fn start(self) -> Bench {
        let Self { site, bms, clock, seed, state, equipment, single_nurse, cases } = self;
        let (records, recovery) = Records::open(&state).unwrap();
        let beds = site.beds.iter().map(SimBed::number).collect();
        let config = read(&settings(beds, bms.url(), equipment), single_nurse);
        let built = build::build(&config);
        let seed_now = seed.wrapping_add(recovery.last_seq << 20);
        let station = Station::new(StationParts {
            station: config.identity.id.clone(),
            mode: config.identity.mode,
            utc_offset_min: config.identity.utc_offset_min,
            settings: config.settings.clone(),
            beds: built.beds,
            devices: built.routes,
            probes: built.probes,
            privacy: privacy(seed_now, "cards"),
            next_seq: recovery.last_seq + 1,
            now: clock.now(),
            dins: records.dins().unwrap(),
            needles_binned: records.needles_binned().unwrap(),
            clamp_delays: records.clamp_delays().unwrap(),
            worklist: Vec::new(),
            drawn: records.drawn().unwrap(),
            online: true,
            recovered: records.recovered().unwrap(),
            shift: records.shift(&config).unwrap(),
            closed: records.closed().unwrap(),
        })
        .unwrap();
        let mut intake = Intake::new(
            IntakeParts {
                station: config.identity.id,
                utc_offset_min: config.identity.utc_offset_min,
                programmes_ml: config.settings.programmes_ml,
                privacy: privacy(seed_now, "worklist"),
            },
            [],
        );
        let (https, mut inputs) = (sender(&bms.url()), present());
        let (list, now) = (https.worklist("SIM-01").unwrap(), clock.now());
        inputs.extend(intake.take(now, &list).unwrap().inputs);
        let (host, bus) = (Host::new(built.drivers), built.buses.into_iter().next());
        let mut plant = Plant::wired(now, site, station, host, bus);
        if equipment.ptys {
            plant.lay_cables(&state, equipment.scanner).unwrap();
        }
        let mut bench = Bench {
            plant,
            bms,
            stalled: None,
            held: None,
            clock,
            seed,
            state,
            equipment,
            single_nurse,
            records,
            https,
            cases,
            inputs,
            answers: BTreeMap::new(),
            token: 0,
            ticks: 0,
            next_deed: now.mono,
            next_lag: now.mono,
            busy: 0,
        };
        bench.settle();
        bench
    }
}

/// The site's file: everything as it is unless told.
fn settings(beds: Vec<BedId>, bms: String, equipment: Equipment) -> SiteFile {
    SiteFile {
        station: "SIM-01".to_owned(),
        beds,
        folder: PathBuf::from("/nonexistent/simulated"),
        speed: 20,
        pouch_on_tray: false,
        bms: Some(bms),
        scale: equipment.scale,
        wiring: if equipment.nodes { Wiring::Nodes } else { Wiring::Chip },
        fridge: equipment.all,
        tags: equipment.all.then_some(equipment.tags),
        scanner: equipment.scanner,
        samplers: equipment.all,
        transmitters: equipment.transmitters,
        language: "en".to_owned(),
        shift: false,
    }
}

/// What the station reads in it.
fn read(file: &SiteFile, single_nurse: bool) -> config::StationConfig {
    let mut config = config::parse(&file.render(), "station.toml").unwrap();
    config.settings.single_nurse = single_nurse;
    config
}

/// A terminal, and both people signed in.
fn present() -> VecDeque<Input> {
    let signed = |operator| Input::SignedIn { operator, present: true };
    VecDeque::from([Input::Terminals(1), signed(nurse()), signed(second())])
}

fn sender(base: &str) -> Https {
    let timeout = Duration::from_millis(500);
    Https::new(&HttpsSettings { base: base.to_owned(), timeout, ca_file: None, client: None }).unwrap()
}

impl Bench {
    /// A station of this many beds in a new state folder.
    pub(crate) fn new(seed: u64, beds: u8, folder: &Path) -> Self {
        Kept::new(seed, beds, folder, |_| {}).start()
    }

    /// The same with more than the plainest equipment.
    pub(crate) fn equipped(seed: u64, beds: u8, folder: &Path, equipment: Equipment) -> Self {
        let mut kept = Kept { equipment, ..Kept::new(seed, beds, folder, |_| {}) };
        for bed in &mut kept.site.beds {
            bed.scale.speak(equipment.scale);
            bed.tags.speak(equipment.tags);
        }
        kept.start()
    }

    /// The process is gone: nothing is said to any device, what was not committed is lost.
    pub(crate) fn crash(self) -> Kept {
        let Self { plant, bms, clock, seed, state, equipment, single_nurse, cases, records, .. } = self;
        drop(records);
        Kept { site: plant.site, bms, clock, seed, state, equipment, single_nurse, cases }
    }

    /// One step of the world and everything that follows from it.
    pub(crate) fn tick(&mut self) {
        self.clock.pass(Span(STEP_US));
        let now = self.clock.now();
        self.ticks += 1;
        if self.ticks.is_multiple_of(1_000_000 / STEP_US) {
            self.busy = 0;
        }
        self.plant.advance(now);
        self.settle();
        if let Some(since) = self.stalled
            && now.mono >= self.next_lag
        {
            self.next_lag = now.mono + Span::from_secs(1);
            self.inputs.push_back(Input::JournalLag(now.mono.since(since)));
        }
        if let Some(input) = self.records.commit_due(now).unwrap() {
            self.durable(input);
        }
        self.inputs.extend(self.records.send(now, &mut self.https));
        self.settle();
    }

    fn durable(&mut self, input: Input) {
        if self.stalled.is_some() { self.held = Some(input) } else { self.inputs.push_back(input) }
    }

    fn settle(&mut self) {
        let now = self.clock.now();
        for _ in 0..MOST_AT_ONCE {
            self.drain(now);
            let Some(input) = self.inputs.pop_front().or_else(|| self.plant.next_input(now)) else { return };
            self.count();
            self.plant.station.step(now, input);
        }
        panic!("at {:?} the station does not come to rest", now.mono);
    }

    fn drain(&mut self, now: Stamp) {
        while let Some(output) = self.plant.station.poll_output() {
            self.count();
            match self.plant.carry_out(now, output) {
                Ok(failed) => self.inputs.extend(failed),
                Err(Output::Journal { drafts, force }) => {
                    if let Some(input) = self.records.keep(now, &drafts, force).unwrap() {
                        self.durable(input);
                    }
                }
                Err(Output::Answer { token, result }) => drop(self.answers.insert(token, result)),
                Err(Output::Ask(question)) => {
                    let answer = eligibility::ask(&self.https, "SIM-01", &question);
                    self.inputs.push_back(Input::Eligibility { donation: question.donation, answer });
                }
                Err(Output::Order { .. } | Output::ClockConfirmed(_)) => {}
            }
        }
    }

    /// Counts work from when the station has taken its worklist in.
    fn count(&mut self) {
        self.busy += u32::from(self.ticks > 0);
        let now = self.clock.now().mono;
        assert!(self.busy <= MOST_IN_A_SECOND, "at {now:?} the station is busy with nothing");
    }

    /// The journal's disk stands still, or goes on.
    pub(crate) fn stall(&mut self, stalled: bool) {
        self.stalled = stalled.then(|| self.now());
        if !stalled {
            self.inputs.extend(self.held.take());
            self.inputs.push_back(Input::JournalLag(Span::ZERO));
        }
    }

    /// Where the BMS is, from now on.
    pub(crate) fn post_to(&mut self, base: &str) {
        self.https = sender(base);
    }

    pub(crate) fn now(&self) -> Mono {
        self.clock.now().mono
    }

    pub(crate) fn world(&mut self, number: u8) -> &mut SimBed {
        self.plant.site.bed_mut(bed(number)).unwrap()
    }

    pub(crate) fn view(&mut self, number: u8) -> BedView {
        let now = self.clock.now();
        let snapshot = self.plant.station.snapshot(now);
        snapshot.beds.into_iter().find(|view| view.bed == bed(number)).unwrap()
    }

    /// Lets time pass; nobody does anything.
    pub(crate) fn pass(&mut self, ms: u64) {
        (0..ms * 1000 / STEP_US).for_each(|_| self.tick());
    }

    /// Passes time, with nobody doing anything, until this holds in the world. How long it took, ms.
    pub(crate) fn wait(
        &mut self,
        number: u8,
        most_ms: u64,
        what: &str,
        done: impl Fn(&SimBed) -> bool,
    ) -> u64 {
        let begin = self.now();
        while !done(self.world(number)) {
            let passed = self.now().since(begin).as_millis();
            assert!(passed <= most_ms, "{what}: not within {most_ms} ms; {:?}", self.view(number));
            self.tick();
        }
        self.now().since(begin).as_millis()
    }

    /// The clamp as it really is.
    pub(crate) fn is_closed(&mut self, number: u8) -> bool {
        self.world(number).clamp.openness() <= 0.0
    }

    /// Lets the nurse work at a bed until its screen says this.
    pub(crate) fn nurse_until(&mut self, number: u8, what: &str, done: impl Fn(&BedView) -> bool) -> BedView {
        let begin = self.now();
        loop {
            let view = self.view(number);
            if done(&view) {
                return view;
            }
            let minutes = self.now().since(begin).as_secs() / 60;
            assert!(minutes < 25, "{what}: never came; {view:?}");
            self.nurse(number, &view);
            self.pass(100);
        }
    }

    /// Passes time, with nobody doing anything, until a bed's screen says this.
    pub(crate) fn until(
        &mut self,
        number: u8,
        secs: u64,
        what: &str,
        done: impl Fn(&BedView) -> bool,
    ) -> BedView {
        let begin = self.now();
        loop {
            let view = self.view(number);
            if done(&view) {
                return view;
            }
            assert!(self.now().since(begin) < Span::from_secs(secs), "{what}: not within {secs} s; {view:?}");
            self.pass(50);
        }
    }

    /// Lets the nurse work at a bed until this holds in the world.
    pub(crate) fn nurse_until_true(&mut self, number: u8, what: &str, done: impl Fn(&mut Self) -> bool) {
        let begin = self.now();
        while !done(self) {
            let view = self.view(number);
            assert!(self.now().since(begin) < Span::from_mins(25), "{what}: never came; {view:?}");
            self.nurse(number, &view);
            self.pass(10);
        }
    }

    fn nurse(&mut self, number: u8, view: &BedView) {
        if self.now() < self.next_deed {
            return;
        }
        let case = self.cases.iter_mut().find(|case| case.bed() == bed(number)).unwrap();
        let Some(deed) = case.look(view, &mut self.plant.site) else { return };
        let slow = matches!(deed, Deed::Scan(_) | Deed::LayCard(_));
        self.next_deed = self.now() + Span::from_millis(if slow { 2500 } else { 700 });
        if let Deed::Act { act, second: two } = deed {
            self.ask(number, act, two);
        } else {
            deed.perform(self.world(number));
        }
    }

    /// Asks for an act without waiting for the answer.
    pub(crate) fn ask(&mut self, number: u8, act: Act, two: bool) -> Token {
        let rev = self.view(number).rev;
        self.request(ControlOp::Act { bed: bed(number), rev, act }, two)
    }

    /// Asks for something without waiting for the answer.
    pub(crate) fn request(&mut self, op: ControlOp, two: bool) -> Token {
        self.token += 1;
        let second = two.then(second);
        self.inputs.push_back(Input::Request { token: self.token, by: Some(nurse()), second, op });
        self.settle();
        self.token
    }

    /// Whether a request has its answer.
    pub(crate) fn is_answered(&self, token: Token) -> bool {
        self.answers.contains_key(&token)
    }

    /// What was sealed of a donor, opened with the station's key.
    pub(crate) fn sealed(&self, donor: &DonorToken) -> Option<String> {
        let (key, blob) = self.records.sealed(donor).unwrap()?;
        let context = format!("SIM-01/{donor}");
        let plain = privacy(self.seed, "looks").open(&key, context.as_bytes(), &blob).unwrap();
        Some(String::from_utf8(plain.bytes().to_vec()).unwrap())
    }

    /// What came of a request.
    pub(crate) fn answer(&mut self, token: Token) -> Result<Answer, ApiError> {
        for _ in 0..600 {
            if let Some(answer) = self.answers.remove(&token) {
                return answer;
            }
            self.tick();
        }
        panic!("request {token} is never answered");
    }

    /// Somebody does this at the terminal; what came of it.
    pub(crate) fn act(&mut self, number: u8, act: Act, two: bool) -> Result<Answer, ApiError> {
        let token = self.ask(number, act, two);
        self.answer(token)
    }

    /// Somebody asks for this at the terminal, with a second person or alone; what came of it.
    pub(crate) fn asked(&mut self, op: ControlOp, two: bool) -> Result<Answer, ApiError> {
        self.op(op, two)
    }

    /// Something that concerns no bed.
    pub(crate) fn op(&mut self, op: ControlOp, two: bool) -> Result<Answer, ApiError> {
        let token = self.request(op, two);
        self.answer(token)
    }

    /// Somebody asks for something about the shift.
    pub(crate) fn shift(&mut self, ask: ShiftAsk, two: bool) -> Result<Answer, ApiError> {
        self.asked(ControlOp::Shift(ask), two)
    }

    /// The station as terminals show it.
    pub(crate) fn snapshot(&mut self) -> Snapshot {
        let now = self.clock.now();
        self.plant.station.snapshot(now)
    }

    /// The newest durable version of a closed donation's record.
    pub(crate) fn newest(&self, which: Which) -> Option<Envelope> {
        self.records.envelope(which).unwrap()
    }

    /// Who rests.
    pub(crate) fn resting(&mut self) -> Vec<RestView> {
        let now = self.clock.now();
        self.plant.station.snapshot(now).resting
    }

    /// The queue number of somebody who waits.
    pub(crate) fn waiting_donor(&mut self) -> String {
        let now = self.clock.now();
        self.plant.station.snapshot(now).worklist[0].queue.clone()
    }

    /// Calendar time.
    pub(crate) fn wall(&mut self) -> Wall {
        self.clock.now().wall
    }

    /// A donation's number typed twice, with a second person.
    pub(crate) fn typed(&mut self, number: u8, text: &str, again: &str) -> Result<Answer, ApiError> {
        self.typed_label(number, LabelKind::Din, text, again)
    }

    /// A label typed twice, with a second person.
    pub(crate) fn typed_label(
        &mut self,
        number: u8,
        label: LabelKind,
        text: &str,
        again: &str,
    ) -> Result<Answer, ApiError> {
        let rev = self.view(number).rev;
        let (text, again) = (text.to_owned(), again.to_owned());
        let token = self.request(ControlOp::TypedLabel { bed: bed(number), rev, label, text, again }, true);
        self.answer(token)
    }

    /// A nurse brings the next donor as far as this phase.
    pub(crate) fn bring_to(&mut self, number: u8, phase: PhaseName) -> BedView {
        self.nurse_until(number, &format!("{phase:?}"), |view| view.phase == phase)
    }

    /// A nurse brings the next donor as far as this much blood in the bag, uL.
    pub(crate) fn draw(&mut self, number: u8, microlitres: i64) -> BedView {
        let drawn = |view: &BedView| view.phase == PhaseName::Draw && view.volume.0 >= microlitres;
        self.nurse_until(number, "blood in the bag", drawn)
    }

    /// A nurse finishes what lies on the bed, and the BMS has its record: what it says.
    pub(crate) fn finish(&mut self, number: u8) -> serde_json::Value {
        let donation = self.view(number).donation.unwrap();
        self.nurse_until(number, "a free bed", |view| view.phase == PhaseName::Idle);
        self.pass(3000);
        self.record(&format!("SIM-01/{donation}/1"))
    }

    /// The record of this name at the BMS.
    pub(crate) fn record(&self, id: &str) -> serde_json::Value {
        let accepted = self.accepted();
        let record = accepted.iter().find(|record| record.id == id);
        let record = record.unwrap_or_else(|| panic!("{id} was not delivered: {accepted:?}"));
        serde_json::from_str::<serde_json::Value>(&record.body).unwrap()["record"].take()
    }

    /// Everything that the BMS has accepted.
    pub(crate) fn accepted(&self) -> Vec<Accepted> {
        self.bms.book().accepted().cloned().collect()
    }

    /// Records on their way.
    pub(crate) fn waiting(&self) -> OutboxView {
        self.records.outbox()
    }

    /// The journal's folder, with everything in it that was said.
    pub(crate) fn journal(&mut self) -> PathBuf {
        let input = self.records.commit().unwrap();
        self.durable(input);
        self.state.join("journal")
    }

    /// Bodies of all journal entries of a kind.
    pub(crate) fn entries(&mut self, kind: &str) -> Vec<serde_json::Value> {
        let folder = self.journal();
        let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().path())
            .filter(|p| p.is_file())
            .collect();
        files.sort();
        let text: String = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
        let lines = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        lines.filter(|line| line["kind"] == kind).map(|mut line| line["body"].take()).collect()
    }
}

/// Whether this alarm's condition holds.
pub(crate) fn holds(view: &BedView, code: AlarmCode) -> bool {
    view.alarms.iter().any(|alarm| alarm.code == code && alarm.holds)
}

/// The trouble that the screen shows for a device.
pub(crate) fn fault(view: &BedView, kind: DeviceKind) -> Option<Fault> {
    view.devices.iter().find(|device| device.kind == kind).and_then(|device| match &device.health {
        DeviceHealth::Faulted(fault) => Some(fault.clone()),
        DeviceHealth::Online | DeviceHealth::Unknown => None,
    })
}
