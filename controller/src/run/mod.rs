//! The daemon: what is started in which order, and what holds when it has ended.
//!
//! Owns: the order. Outputs are driven safe first, before anything is read that could fail; then journal and store are
//! recovered; then control thread, journal thread and services start. Refuses: to start on a damaged journal, and to leave an
//! output as it is when it ends, however it ends.
//!
//! ```text
//!   chips opened (outputs safe) ─▶ outputs.json ─▶ store and journal recovered ─▶ key ─▶ journal thread ─▶ control thread
//!                                                                                    └▶ services (socket, upstream, store)
//! ```

mod control;
pub mod realtime;
mod signals;

pub use signals::shutdown_on_signals;

use crate::books::{self, Books, BooksError};
use crate::clock::{Clock, ClockError, Stamp, SystemClock};
use crate::control::Station;
use crate::control::io::{BedParts, DeviceRoute, Input, MAX_ANSWERS, StationParts, Token};
use crate::control::restart;
use crate::control::shift::ShiftParts;
use crate::control::shift::past::{self, PastError};
use crate::devices::build::{build, climate_parts};
use crate::devices::deadman::Deadman;
use crate::devices::host::Host;
use crate::devices::links::Links;
use crate::devices::traffic::{Limits, Recorder, Run};
use crate::devices::witness::{Equipment, Witness};
use crate::eligibility::Question;
use crate::journal::thread::{self, JournalThread, State};
use crate::journal::{self, Commit, DraftError, ReadError, Reader, Recovery};
use crate::privacy::{KeyError, MasterKey, OsEntropy, Privacy};
use crate::safe::{OutputMap, SafeError};
use crate::state_dir::{StateDir, StateError, StateLock};
use crate::store::{Index, StoreError};
use config::{Identity, StationConfig};
use control::{ControlThread, Work};
use station::api::{Answer, ApiError, Snapshot};
use station::device::Mode;
use station::ident::{BedId, DonationId};
use station::measure::Wall;
use station::shift::Shift;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc as sync_mpsc;
use tokio::sync::{mpsc, watch};

/// Most inputs that wait for the control thread.
const QUEUE: usize = 256;
/// Most protective acts of people that wait for the control thread.
const PROTECTS: usize = 16;
/// Most answers that wait to be taken: more than may wait for the disk, as those that need no disk come on top.
const ANSWERS: usize = 2 * MAX_ANSWERS;
/// Most commits that wait for the services.
const COMMITS: usize = 256;
/// Most questions about donors that wait for the services: a bed asks one at a time.
const QUESTIONS: usize = 16;

/// What the daemon is told beside its configuration.
pub struct RunOptions {
    /// Where journal, store, key and socket are. Made when it is not there.
    pub state_dir: PathBuf,
    /// Becomes true when the daemon has to stop; so does its sender's end.
    pub shutdown: watch::Receiver<bool>,
    /// Starts everything that is not control: socket, upstream, worklist. It must keep the store applied.
    pub services: StartServices,
}

/// Starts the services; the thread it gives back ends after `shutdown`.
pub type StartServices = Box<dyn FnOnce(ServiceParts) -> io::Result<std::thread::JoinHandle<()>> + Send>;

/// All that the services need.
pub struct ServiceParts {
    /// The configuration.
    pub config: Arc<StationConfig>,
    /// Where journal, store, key and socket are; locked for this process.
    pub state_dir: StateDir,
    /// The way into the control thread. Bounded: whoever waits for room in it waits, the control thread never does.
    pub to_control: mpsc::Sender<Input>,
    /// The same for protective acts alone: nothing else ever takes their place in it.
    pub to_protect: mpsc::Sender<Input>,
    /// Answers to requests, by their tokens.
    pub answers: mpsc::Receiver<(Token, Result<Answer, ApiError>)>,
    /// Questions about donors, for the BMS.
    pub questions: mpsc::Receiver<Question>,
    /// The newest snapshot.
    pub snapshots: watch::Receiver<Arc<Snapshot>>,
    /// What is known of each device.
    pub equipment: Equipment,
    /// What each commit added to the journal, to be applied to `index`, in order.
    pub commits: sync_mpsc::Receiver<Commit>,
    /// The store, brought to the journal's end of before this start.
    pub index: Index,
    /// Reads the journal: frozen records for upstream.
    pub reader: Reader,
    /// How the journal is. When it wants a checkpoint, `index.checkpoint()` is to be handed in as `Input::Checkpoint`.
    pub journal: watch::Receiver<State>,
    /// The master key, for the worklist's personal data.
    pub key: MasterKey,
    /// When to end.
    pub shutdown: watch::Receiver<bool>,
}

/// Why the daemon did not start, or ended otherwise than it was told to. Its outputs are safe in every case.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The state folder cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// The clock cannot be used.
    #[error(transparent)]
    Clock(#[from] ClockError),
    /// The master key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Journal and store cannot be opened.
    #[error(transparent)]
    Books(#[from] BooksError),
    /// An unfinished donation cannot be read back.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The shift cannot be read back.
    #[error(transparent)]
    Shift(#[from] PastError),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The output map cannot be kept.
    #[error(transparent)]
    Outputs(#[from] SafeError),
    /// The first entries cannot be written.
    #[error(transparent)]
    Entries(#[from] DraftError),
    /// A donation was not finished on a bed that the configuration does not have any more.
    #[error(
        "donation {donation} on bed {bed} is not finished, and the configuration has no bed {bed} any more: \
         put the bed back, finish the donation, then take the bed out"
    )]
    BedGone {
        /// The bed.
        bed: BedId,
        /// The donation.
        donation: DonationId,
    },
    /// A thread or its runtime does not start.
    #[error("a thread does not start: {0}")]
    Thread(io::Error),
    /// The control thread ended by itself.
    #[error("the control thread failed; the log says why, and what became of the outputs")]
    ControlFailed,
}

/// Runs the daemon until it is told to stop.
///
/// # Errors
/// [`RunError`]; every output is safe then too.
pub fn run(config: StationConfig, options: RunOptions) -> Result<(), RunError> {
    let config = Arc::new(config);
    let mut clock = SystemClock::new()?.scaled(config.identity.clock_scale.into())?;
    let built = build(&config);
    let map = OutputMap::of(&built.chips, &built.buses);
    let mut links = Links::new(built.serial, built.chips, built.buses, built.enables);
    let state_dir = StateDir::make(&options.state_dir);
    let lock = state_dir.and_then(|dir| dir.lock().map(|lock| (dir, lock)));
    // Another daemon looks after these outputs then: they are not to be touched. Anything else is no reason to leave them.
    if !matches!(lock, Err(StateError::InUse { .. })) {
        links.open_chips(clock.now().mono);
    }
    let (state_dir, lock) = lock?;
    map.save(state_dir.path())?;
    let Books { reader, writer, recovery, index, .. } = recover(&config, &state_dir, &lock)?;
    let (key, service_key) = keys(&config, &state_dir, &reader)?;
    begin_calendar(&mut clock, &config.identity, recovery.newest);
    let shift = past::recover(&reader, &index, &recovery.state.other, config.shift.clone())?;
    confirmed_before(&mut clock, &shift);
    let recorder = record_traffic(&config, &state_dir, clock.now(), &mut links);
    let privacy = Privacy::new(&key, Box::new(OsEntropy));
    let known = Known { config: &config, recovery: &recovery, reader: &reader, index: &index };
    let parts = known.parts(built.beds, built.routes, (privacy, shift), clock.now())?;
    let mut station = Station::new(parts)?;
    let (follow, commits) = sync_mpsc::sync_channel(COMMITS);
    let (journal, journal_thread) = thread::spawn(writer, follower(follow)).map_err(RunError::Thread)?;
    let journal_state = journal.state();
    let (to_control, inputs) = mpsc::channel(QUEUE);
    let (to_protect, urgent) = mpsc::channel(PROTECTS);
    let (answer, answers) = mpsc::channel(ANSWERS);
    let (asks, questions) = mpsc::channel(QUESTIONS);
    let (show, snapshots) = watch::channel(Arc::new(station.snapshot(clock.now())));
    let (witness, equipment) = Witness::start(Path::new("/")).map_err(RunError::Thread)?;
    let control = ControlThread {
        station,
        witness,
        host: Host::new(built.drivers),
        links,
        journal,
        journal_state: journal_state.clone(),
        deadman: Deadman::default(),
        scale: u64::from(config.identity.clock_scale).max(1),
        clock: Box::new(clock),
        inputs,
        answers: answer,
        questions: asks,
        snapshots: show,
        shutdown: options.shutdown.clone(),
        urgent,
        work: Work::over(recovery.failed_before),
    };
    let control = spawn_control(control)?;
    let services = (options.services)(ServiceParts {
        config,
        state_dir,
        to_control,
        to_protect,
        answers,
        questions,
        snapshots,
        equipment,
        commits,
        index,
        reader,
        journal: journal_state,
        key: service_key,
        shutdown: options.shutdown,
    });
    finish(control, journal_thread, services, recorder).inspect_err(|_| drive_safe(&map))
}

/// The master key, for the control thread and for the services.
fn keys(
    config: &StationConfig,
    state_dir: &StateDir,
    reader: &Reader,
) -> Result<(MasterKey, MasterKey), RunError> {
    let file = config.secrets.master_key_in(state_dir.path());
    let needed = !file.exists() && books::has_run(reader)?;
    Ok((MasterKey::load_or_make(&file, needed, &mut OsEntropy)?, MasterKey::load(&file)?))
}

/// Begins the record of what goes over the ports, where the site wants one. That it cannot be kept is no reason to stop.
fn record_traffic(
    config: &StationConfig,
    state_dir: &StateDir,
    begun: Stamp,
    links: &mut Links,
) -> Option<Recorder> {
    let traffic = &config.traffic;
    if !traffic.record {
        return None;
    }
    let (folder, limits) =
        (traffic.folder_in(state_dir.path()), Limits { files: traffic.files, kib: traffic.kib });
    match Recorder::start(&folder, limits, Run::of(&config.identity, begun)) {
        Ok((tap, recorder)) => {
            tracing::info!(folder = %folder.display(), "what goes over the ports is recorded");
            links.tap(tap);
            Some(recorder)
        }
        Err(error) => {
            tracing::error!(folder = %folder.display(), %error, "what goes over the ports cannot be recorded");
            None
        }
    }
}

/// Hands commits to the services without waiting for them.
fn follower(follow: sync_mpsc::SyncSender<Commit>) -> thread::Follower {
    Box::new(move |commit| {
        // The services read from the journal what they missed; when they have ended nobody needs to follow any more.
        if follow.try_send(commit).is_err() {
            tracing::debug!("a commit finds nobody who follows");
        }
    })
}

/// Whatever the control thread left behind when it failed: its links are gone, the map drives the lines again.
fn drive_safe(map: &OutputMap) {
    match map.drive() {
        Ok(outputs) => tracing::error!(outputs, "the control thread failed; every output was driven safe"),
        Err(error) => {
            tracing::error!(%error, "the control thread failed; not every output could be driven safe");
        }
    }
}

/// Calendar time goes on where the journal ends. A simulation makes its own calendar, and every record says that it is one:
/// there is nobody to confirm it, unless that is what is to be seen.
fn begin_calendar(clock: &mut SystemClock, identity: &Identity, newest: Option<Stamp>) {
    if let Some(newest) = newest {
        clock.not_before(newest.wall);
    }
    if identity.mode == Mode::Simulated {
        clock.alone();
    }
    if identity.clock_trusted {
        let begun = clock.now().wall;
        clock.confirm(begun);
    }
}

/// What two people said about the time in this boot of the machine still holds.
fn confirmed_before(clock: &mut SystemClock, shift: &Shift) {
    let now = clock.now();
    if let Some(confirmed) = shift.confirmed_clock().filter(|c| c.boot == now.boot_id.to_string()) {
        let passed = i64::try_from(now.mono.since(confirmed.mono).0 / 1000).unwrap_or(i64::MAX);
        clock.confirm(Wall(confirmed.wall.0.saturating_add(passed)));
    }
}

/// Opens journal and store and says what was found.
fn recover(config: &StationConfig, state_dir: &StateDir, lock: &StateLock) -> Result<Books, RunError> {
    let settings = journal::Settings {
        segment_bytes: u64::from(config.journal.segment_mib) << 20,
        ..journal::Settings::default()
    };
    let books = Books::open(state_dir, lock, settings)?;
    for torn in &books.recovery.torn {
        tracing::warn!(file = %torn.file, bytes = torn.bytes, copy = %torn.quarantine, "a torn tail was cut");
    }
    if books.recovery.failed_before {
        tracing::error!(
            "the disk failed in an earlier run: nothing is written and no donation begins. \
             Stop, look at it with hemostation journal verify, then hemostation journal accept"
        );
    }
    tracing::info!(settled = ?books.settled, last_seq = books.recovery.last_seq, "journal and store are ready");
    Ok(books)
}

/// All that is known at the start.
struct Known<'k> {
    config: &'k StationConfig,
    recovery: &'k Recovery,
    reader: &'k Reader,
    index: &'k Index,
}

impl Known<'_> {
    fn parts(
        &self,
        beds: Vec<BedParts>,
        devices: Vec<DeviceRoute>,
        (privacy, shift): (Privacy, Shift),
        now: Stamp,
    ) -> Result<StationParts, RunError> {
        let last_seq = self.recovery.last_seq;
        let unfinished = self.index.unfinished()?;
        if let Some((bed, donation)) = unfinished.iter().find(|(bed, _)| beds.iter().all(|b| b.bed != *bed)) {
            return Err(RunError::BedGone { bed: *bed, donation: *donation });
        }
        Ok(StationParts {
            station: self.config.identity.id.clone(),
            mode: self.config.identity.mode,
            utc_offset_min: self.config.identity.utc_offset_min,
            settings: self.config.settings.clone(),
            beds,
            devices,
            probes: climate_parts(self.config),
            privacy,
            next_seq: last_seq + 1,
            now,
            dins: books::known_dins(self.index)?,
            needles_binned: self.index.needles_binned()?,
            clamp_delays: self.index.clamp_delays()?,
            worklist: books::known_worklist(self.index)?,
            drawn: books::known_drawn(self.index)?,
            online: self.config.bms.is_some(),
            shift: ShiftParts::of(self.config, shift),
            recovered: restart::recover(self.reader, &unfinished, last_seq)?,
            closed: self.index.closed()?,
        })
    }
}

fn spawn_control(control: ControlThread) -> Result<std::thread::JoinHandle<()>, RunError> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(RunError::Thread)?;
    let body = move || {
        let precedence = realtime::attempt();
        tracing::info!(?precedence, "the control thread runs");
        runtime.block_on(control.run());
    };
    std::thread::Builder::new().name("control".into()).spawn(body).map_err(RunError::Thread)
}

/// Waits for the end of every thread, control first: what it leaves is still made durable and sent.
fn finish(
    control: std::thread::JoinHandle<()>,
    journal: JournalThread,
    services: io::Result<std::thread::JoinHandle<()>>,
    recorder: Option<Recorder>,
) -> Result<(), RunError> {
    // Services that do not start are no reason to leave a donor alone: the beds and their panels work on.
    let services = services.inspect_err(|error| tracing::error!(%error, "the services did not start")).ok();
    let controlled = control.join();
    if journal.join().is_err() {
        tracing::error!("the journal's thread failed");
    }
    if services.is_some_and(|services| services.join().is_err()) {
        tracing::error!("the services failed");
    }
    // Its tap went with the links. Why it ended early it has said itself.
    match recorder.map(Recorder::finish) {
        Some(Ok(missing @ 1..)) => {
            tracing::warn!(missing, "the record of the ports' traffic has gaps: its disk did not keep up");
        }
        Some(Err(error)) if error.kind() == io::ErrorKind::TimedOut => {
            tracing::warn!(%error, "the record of the ports' traffic");
        }
        Some(Ok(0) | Err(_)) | None => {}
    }
    controlled.map_err(|_| RunError::ControlFailed)
}
