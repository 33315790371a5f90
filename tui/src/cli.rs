//! The command line of `hemostation-tui`.
//!
//! Owns: its arguments, and where socket and language come from. Refuses: guessing a socket: it is named, or the
//! configuration names it. Holds no state.

use crate::terminal::{TerminalError, TerminalSettings};
use crate::words::Language;
use clap::{Parser, ValueEnum};
use std::path::PathBuf;

const AFTER: &str = "\
Examples:
  hemostation-tui --config /etc/hemostation/station.toml
  hemostation-tui --socket /var/lib/hemostation/control.sock --language en

Exit codes:
  0  closed by the person
  1  no socket there, no terminal, or the configuration is wrong
  2  the command line is wrong";

/// The nurse terminal: shows the beds of one station and takes what the nurse says.
#[derive(Debug, Parser)]
#[command(name = "hemostation-tui", version, about, after_help = AFTER)]
pub struct Cli {
    /// The daemon's control socket
    #[arg(long, value_name = "PATH", required_unless_present = "config")]
    socket: Option<PathBuf>,
    /// Language to begin in (F9 changes it); default: the configuration's, else zh
    #[arg(long, value_name = "LANGUAGE")]
    language: Option<Spoken>,
    /// station.toml, for socket and language
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
    /// State directory, where a relative socket of the configuration lies
    #[arg(long, value_name = "PATH", default_value = "/var/lib/hemostation")]
    state_dir: PathBuf,
}

/// Language as it is named on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Spoken {
    /// Chinese
    Zh,
    /// English
    En,
}

/// Why the terminal cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The configuration cannot be read.
    #[error("{path}: {source}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The configuration has mistakes; they are listed.
    #[error("{0}")]
    Config(config::Mistakes),
    /// There is no socket.
    #[error("{path}: no socket there. Does the daemon run (`hemostation run`), and with this path?")]
    NoSocket {
        /// Where it was looked for.
        path: PathBuf,
    },
}

/// Why the program ended badly.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// It could not begin.
    #[error(transparent)]
    Cli(#[from] CliError),
    /// The terminal failed.
    #[error(transparent)]
    Terminal(#[from] TerminalError),
}

impl Cli {
    /// Finds socket and language.
    ///
    /// # Errors
    /// [`CliError`].
    pub fn settings(self) -> Result<TerminalSettings, CliError> {
        let configured = match &self.config {
            None => None,
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|source| CliError::Read { path: path.clone(), source })?;
                Some(config::parse(&text, &path.display().to_string()).map_err(CliError::Config)?)
            }
        };
        let of_config = configured.as_ref().map(|c| c.socket.path_in(&self.state_dir));
        let path = self.socket.or(of_config).unwrap_or_else(|| self.state_dir.join("control.sock"));
        if !path.exists() {
            return Err(CliError::NoSocket { path });
        }
        let language = match self.language {
            Some(Spoken::Zh) => Language::Zh,
            Some(Spoken::En) => Language::En,
            None => configured.map_or(Language::Zh, |c| c.terminal.language),
        };
        Ok(TerminalSettings { socket: path, language })
    }
}
