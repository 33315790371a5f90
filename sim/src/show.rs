//! The demonstration with a terminal: devices, BMS, daemon and nurse terminal in one process, over real ptys and a real
//! socket.
//!
//! Owns: the order of starting and ending, and the log in a file (the terminal has the screen). Refuses: to show a terminal
//! before the daemon listens. A crash leaves the state folder as any daemon would.

use crate::companion::Helper;
use crate::stage::{Stage, StageError, StagePlan};
use controller::run::{RunError, RunOptions};
use std::io;
use std::path::Path;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tui::TerminalSettings;
use tui::words::Language;

/// The daemon listens within this time, or does not start.
const START: Duration = Duration::from_secs(20);

/// Why there is nothing to see.
#[derive(Debug, thiserror::Error)]
pub enum ShowError {
    /// Site, ports, BMS, people.
    #[error(transparent)]
    Stage(#[from] StageError),
    /// The simulated configuration.
    #[error("the simulated configuration is refused:\n{0}")]
    Config(#[from] config::Mistakes),
    /// The daemon.
    #[error("the station has ended: {0}")]
    Run(#[from] RunError),
    /// The daemon does not listen.
    #[error("the station does not listen after {} s; see the log", START.as_secs())]
    Silent,
    /// Its thread panicked.
    #[error("the station's thread failed; see the log")]
    Panicked,
    /// The terminal.
    #[error(transparent)]
    Terminal(#[from] tui::TerminalError),
    /// The morning's work was not done.
    #[error("the shift could not be opened: {0}")]
    Morning(#[from] crate::client::ClientError),
    /// A thread does not start.
    #[error("a thread does not start: {0}")]
    Thread(#[from] io::Error),
}

/// A daemon in this process.
pub struct Daemon {
    stop: watch::Sender<bool>,
    thread: JoinHandle<Result<(), RunError>>,
}

impl Daemon {
    /// Starts it and waits until it listens.
    ///
    /// # Errors
    /// [`ShowError`].
    pub fn start(stage: &Stage) -> Result<Self, ShowError> {
        let config = config::parse(&stage.config, &stage.config_path.display().to_string())?;
        let (stop, shutdown) = watch::channel(false);
        let services = Box::new(controller::services::start);
        let options = RunOptions { state_dir: stage.state.clone(), shutdown, services };
        let body = move || controller::run::run(config, options);
        let thread = std::thread::Builder::new().name("daemon".to_owned()).spawn(body)?;
        let daemon = Self { stop, thread };
        daemon.listens(&stage.socket())
    }

    fn listens(self, socket: &Path) -> Result<Self, ShowError> {
        let begun = Instant::now();
        while std::os::unix::net::UnixStream::connect(socket).is_err() {
            if self.thread.is_finished() {
                self.end()?;
                return Err(ShowError::Silent);
            }
            if begun.elapsed() > START {
                return Err(ShowError::Silent);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(self)
    }

    /// Tells it to end and waits until every output is safe and everything is on disk.
    ///
    /// # Errors
    /// [`ShowError`]: how it ended otherwise.
    pub fn end(self) -> Result<(), ShowError> {
        self.stop.send_replace(true);
        self.thread.join().map_err(|_| ShowError::Panicked)??;
        Ok(())
    }
}

/// Shows everything until the person closes the terminal.
///
/// # Errors
/// [`ShowError`].
pub fn show(plan: &StagePlan) -> Result<(), ShowError> {
    let stage = Stage::set(plan)?;
    let daemon = Daemon::start(&stage)?;
    let english = plan.language == "en";
    if plan.shift_open {
        // Some seconds, more on a busy machine: nobody looks at an empty screen.
        eprintln!(
            "{}",
            if english {
                "demo: a colleague opens the shift and checks the scales ..."
            } else {
                "demo：同事正在开班并核查秤……"
            }
        );
        crate::client::morning(&stage.socket(), &stage.site)?;
    }
    let language = if english { Language::En } else { Language::Zh };
    let settings = TerminalSettings { socket: stage.socket(), language };
    let shown = tui::run(
        settings,
        Some(Box::new(Helper::new(stage.site.clone(), stage.bms.as_ref().map(crate::bms::Bms::shared)))),
    );
    let ended = daemon.end();
    shown?;
    ended
}
