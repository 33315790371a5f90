//! The services: everything of the daemon that is not control, on one thread of its own.
//!
//! Owns: the socket's tasks, the delivery of records, the worklist, the store. Refuses: to hold the control thread up (it is
//! reached through a bounded queue only) and to end before the last commit is in the store. What a crash does to it: see
//! [`deliver`]; the control thread and the beds go on without it.
//!
//! ```text
//!  commits ─▶ courier ─▶ store, roster, outbox ─▶ BMS ◀─▶ worklist, questions about donors
//!                └─ Acknowledged, Attempted, Outbox, Checkpoint ─▶ control ◀─┘
//!  terminals ─▶ socket ─▶ hub ─▶ control ─▶ answers ─▶ hub ─▶ terminals
//! ```

mod courier;
pub mod deliver;
mod disk;
mod eligibility;
mod group;
mod people;
mod receiver;
#[cfg(test)]
mod tests;
mod worklist;

pub use group::GroupError;

use crate::books;
use crate::clock::{Clock, ClockError, ClockTrust, Stamp, SystemClock};
use crate::control::io::Input;
use crate::journal::Retention;
use crate::operators::LockOut;
use crate::privacy::{MasterKey, OsEntropy, Privacy};
use crate::run::ServiceParts;
use crate::socket::{self, Access, Hub, HubParts, SocketError};
use crate::store::{Index, StoreError};
use crate::upstream::OutboxSettings;
use crate::upstream::https::SetupError;
use crate::worklist::{Intake, IntakeParts};
use config::StationConfig;
use courier::Courier;
use deliver::{Deliver, DeliverParts};
use people::People;
use receiver::Receiver;
use serde_json::value::RawValue;
use station::api::MAX_CLIENTS;
use station::ident::DonorToken;
use station::measure::{Span, Wall};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// Why the services do not start. The beds and their panels work on without them.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The clock cannot be used.
    #[error(transparent)]
    Clock(#[from] ClockError),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The control socket cannot be made.
    #[error(transparent)]
    Socket(#[from] SocketError),
    /// The group of the control socket.
    #[error(transparent)]
    Group(#[from] GroupError),
    /// The certificates of the way to the BMS.
    #[error(transparent)]
    Upstream(#[from] SetupError),
}

/// One clock for all tasks.
#[derive(Clone)]
struct SharedClock(Arc<Mutex<SystemClock>>);

impl Clock for SharedClock {
    fn now(&mut self) -> Stamp {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).now()
    }
    fn confirm(&mut self, wall: Wall) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).confirm(wall);
    }
}

/// Starts the services on a thread of their own. It ends after `shutdown`, when the journal's thread has ended too.
///
/// # Errors
/// What the system says, and [`ServiceError`] inside of an [`io::Error`] when something of the configuration cannot be used.
pub fn start(parts: ServiceParts) -> io::Result<JoinHandle<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let prepared = runtime.block_on(async { prepare(parts) }).map_err(io::Error::other)?;
    tracing::info!("terminals may connect");
    let body = move || {
        runtime.block_on(prepared.run());
        // A request to the BMS that is still open is not waited for: its record is sent again after the next start.
        runtime.shutdown_timeout(Duration::from_millis(200));
    };
    std::thread::Builder::new().name("services".into()).spawn(body)
}

struct Prepared {
    listener: tokio::net::UnixListener,
    hub: Arc<Hub>,
    access: Access,
    answers: tokio::sync::mpsc::Receiver<(u64, Result<station::api::Answer, station::api::ApiError>)>,
    courier: Courier,
    worklist: Option<worklist::Fetching>,
    asking: eligibility::Asking,
    journal: PathBuf,
    to_control: mpsc::Sender<Input>,
    shutdown: watch::Receiver<bool>,
}

/// The services' clock: it begins where the control thread's is.
fn clock_from(config: &StationConfig, shown: &station::api::Snapshot) -> Result<SharedClock, ServiceError> {
    let mut clock = SystemClock::new()?.scaled(config.identity.clock_scale.into())?;
    // Never behind the control thread's: a list's age is the difference of the two.
    clock.not_before(shown.wall);
    if shown.clock_trusted && clock.now().trust == ClockTrust::Untrusted {
        // What two people said about the time in this boot of the machine holds here as well.
        clock.confirm(shown.wall);
    }
    Ok(SharedClock(Arc::new(Mutex::new(clock))))
}

fn prepare(parts: ServiceParts) -> Result<Prepared, ServiceError> {
    let config = parts.config;
    let clock = clock_from(&config, &parts.snapshots.borrow())?;
    let roster = Arc::new(Mutex::new(books::roster(&parts.index, LockOut::of(&config.operators))?));
    let access = access(&config)?;
    let listener = socket::bind(&config.socket.path_in(parts.state_dir.path()), access)?;
    let (store, asked) = tokio::sync::mpsc::channel(MAX_CLIENTS);
    let hub = Arc::new(Hub::new(HubParts {
        store,
        to_control: parts.to_control.clone(),
        to_protect: parts.to_protect,
        snapshots: parts.snapshots,
        equipment: parts.equipment,
        roster: roster.clone(),
        clock: Box::new(clock.clone()),
        idle: Span::from_mins(config.operators.session_idle_min.into()),
        badge_needed: config.operators.badge_needed,
    }));
    let receiver = receiver(&config)?;
    let (reached, was_reached) = watch::channel(false);
    let worklist = match (receiver.clone(), config.bms.as_ref()) {
        (Some(receiver), Some(bms)) => Some(worklist::Fetching {
            receiver,
            intake: intake(&config, &parts.key, &parts.index)?,
            clock: clock.clone(),
            every: Duration::from_secs(bms.worklist_s.into()),
            to_control: parts.to_control.clone(),
            reached,
        }),
        (Some(_), None) | (None, _) => None,
    };
    let asking = eligibility::Asking {
        receiver: receiver.clone(),
        questions: parts.questions,
        to_control: parts.to_control.clone(),
    };
    let deliver = Deliver::new(DeliverParts {
        index: parts.index,
        reader: parts.reader,
        roster,
        outbox: patience(&config),
        other: RawValue::NULL.to_owned(),
    })?;
    let courier = Courier {
        deliver,
        people: People::new(&config.identity.id, &parts.key),
        transport: receiver.map(Receiver::into_transport),
        commits: courier::bridge(parts.commits),
        journal: parts.journal,
        clock,
        scale: u32::from(config.identity.clock_scale).max(1),
        retention: retention(&config),
        to_control: parts.to_control.clone(),
        shutdown: parts.shutdown.clone(),
        reached: was_reached,
        asked,
    };
    Ok(Prepared {
        listener,
        hub,
        access,
        answers: parts.answers,
        courier,
        worklist,
        asking,
        journal: parts.state_dir.path().to_owned(),
        to_control: parts.to_control,
        shutdown: parts.shutdown,
    })
}

fn access(config: &StationConfig) -> Result<Access, GroupError> {
    let group = config.socket.group.as_deref().map(group::number).transpose()?;
    Ok(Access { group, mode: config.socket.mode })
}

fn retention(config: &StationConfig) -> Retention {
    let bytes = u64::from(config.journal.keep) * (u64::from(config.journal.segment_mib) << 20);
    Retention { journal_bytes: bytes, raw_bytes: bytes }
}

/// The BMS, where there is one.
fn receiver(config: &StationConfig) -> Result<Option<Receiver>, SetupError> {
    let ask = Duration::from_millis(config.settings.limits.eligibility_ask_ms.into());
    config.bms.as_ref().map(|bms| Receiver::new(bms, &config.identity.id, ask)).transpose()
}

fn patience(config: &StationConfig) -> OutboxSettings {
    config.bms.as_ref().map_or_else(OutboxSettings::default, |bms| OutboxSettings {
        first_wait: Span::from_secs(bms.retry_first_s.into()),
        longest_wait: Span::from_secs(bms.retry_max_s.into()),
        ..OutboxSettings::default()
    })
}

fn intake(config: &StationConfig, key: &MasterKey, index: &Index) -> Result<Intake, StoreError> {
    let parts = IntakeParts {
        station: config.identity.id.clone(),
        utc_offset_min: config.identity.utc_offset_min,
        programmes_ml: config.settings.programmes_ml.clone(),
        privacy: Privacy::new(key, Box::new(OsEntropy)),
    };
    Ok(Intake::new(parts, known_donors(index)?))
}

/// Whose data were sealed already.
fn known_donors(index: &Index) -> Result<Vec<DonorToken>, StoreError> {
    Ok(books::known_worklist(index)?.into_iter().map(|item| item.token).collect())
}

impl Prepared {
    async fn run(self) {
        let Self {
            listener,
            hub,
            access,
            mut answers,
            courier,
            worklist,
            asking,
            journal,
            to_control,
            mut shutdown,
        } = self;
        let watching = tokio::spawn(disk::watch(journal, to_control.clone()));
        let delivering = hub.clone();
        tokio::spawn(async move {
            while let Some((token, outcome)) = answers.recv().await {
                delivering.deliver(token, outcome);
            }
        });
        let serving = tokio::spawn(socket::serve(listener, hub, access));
        let fetching = worklist.map(|fetching| tokio::spawn(fetching.run()));
        let asking = tokio::spawn(asking.run());
        let mut courier = tokio::spawn(courier.run());
        let mut carried = None;
        tokio::select! {
            // An error is the sender's end: stop as well.
            stop = shutdown.wait_for(|stop| *stop) => drop(stop),
            () = to_control.closed() => tracing::error!("the control thread has ended: so do the services"),
            ended = &mut courier => {
                tracing::error!("the store and the way to the BMS have ended: so do all services; the beds work on");
                carried = Some(ended);
            }
        }
        serving.abort();
        asking.abort();
        watching.abort();
        if let Some(fetching) = fetching {
            fetching.abort();
        }
        let carried = match carried {
            Some(ended) => ended,
            None => courier.await,
        };
        if carried.is_err() {
            tracing::error!("the store is not at the journal's end: it is brought there at the next start");
        }
    }
}
