//! `hemostation run`: the daemon.
//!
//! Owns: what is logged. Refuses: to start on a configuration with a mistake. Holds no state; what a crash
//! does is told by the daemon itself.

use super::log::Log;
use super::{Done, Failure, check_config};
use clap::Args;
use controller::run::{RunOptions, run, shutdown_on_signals};
use controller::services;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use tracing_subscriber::EnvFilter;

/// Run the station: beds, journal, records, terminals
///
/// Ends on SIGTERM, SIGINT or SIGHUP with every output safe. Ends with 2 when the configuration has a mistake.
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
        let log = Log::to(std::io::stderr()).map_err(Failure::refused)?;
        tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(log.clone())
            .with_ansi(std::io::stderr().is_terminal())
            .init();
        // A panic is logged like everything else: the thread that panics does not wait for a console either.
        std::panic::set_hook(Box::new(|panic| tracing::error!(%panic, "the program failed")));
        let ended = self.serve();
        log.flush();
        ended
    }

    fn serve(self) -> Done {
        let config = check_config::read(&self.config)?;
        let shutdown = shutdown_on_signals().map_err(Failure::refused)?;
        let options = RunOptions { state_dir: self.state, shutdown, services: Box::new(services::start) };
        run(config, options).map_err(Failure::refused)
    }
}
