//! `hemostation run`: the daemon.
//!
//! Owns: the log and the signals that end it. Refuses: to start on a configuration with a mistake. Holds no state; what a crash
//! does is told by the daemon itself.

use super::{Done, Failure, check_config};
use clap::Args;
use controller::run::{RunOptions, run};
use controller::services;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing_subscriber::EnvFilter;

/// Run the station: beds, journal, records, terminals
///
/// Ends on SIGTERM or SIGINT with every output safe. Ends with 2 when the configuration has a mistake.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    hemostation run --config /etc/hemostation/station.toml --state /var/lib/hemostation\n  \
    hemostation run --config station.toml --state ./state --log info,controller::socket=debug")]
pub(crate) struct Run {
    /// The station's configuration
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The state folder; made when it is not there
    #[arg(long, value_name = "DIR")]
    state: PathBuf,
    /// What is logged to standard error: error, warn, info, debug, trace, or one for each part of the program
    #[arg(long, value_name = "FILTER", default_value = "info")]
    log: String,
}

impl Run {
    pub(super) fn run(self) -> Done {
        let filter = EnvFilter::try_new(&self.log)
            .map_err(|error| Failure::Usage(format!("--log {:?}: {error}", self.log)))?;
        tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr)
            .with_ansi(std::io::stderr().is_terminal())
            .init();
        let config = check_config::read(&self.config)?;
        let shutdown = signals().map_err(Failure::refused)?;
        let options = RunOptions { state_dir: self.state, shutdown, services: Box::new(services::start) };
        run(config, options).map_err(Failure::refused)
    }
}

/// Becomes true with the first signal to end; its sender waits on a thread of its own.
fn signals() -> std::io::Result<watch::Receiver<bool>> {
    let (stop, shutdown) = watch::channel(false);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (mut terminate, mut interrupt) = runtime.block_on(async {
        std::io::Result::Ok((signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?))
    })?;
    let wait = move || {
        runtime.block_on(async {
            tokio::select! {
                _ = terminate.recv() => tracing::info!("told to end"),
                _ = interrupt.recv() => tracing::info!("interrupted"),
            }
        });
        stop.send_replace(true);
    };
    std::thread::Builder::new().name("signals".into()).spawn(wait)?;
    Ok(shutdown)
}
