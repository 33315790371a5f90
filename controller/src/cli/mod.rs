//! The command line `hemostation`: one file per command.
//!
//! Owns: the list of commands and what the program's exit code means. Refuses: a failure without words: every error says what
//! is wrong, where, and what to do. Holds no state.
//!
//! | code | meaning |
//! |---|---|
//! | 0 | done, and everything checked was good |
//! | 1 | refused, not found, or a check failed |
//! | 2 | wrong usage or configuration |

mod alarms;
mod check_config;
mod decode;
mod desk;
mod device;
mod doctor;
mod export;
mod journal;
mod line;
mod log;
mod look;
mod operator;
mod pin;
mod run;
mod safe;
mod socket;
mod status;

use clap::{Parser, Subcommand};
use std::fmt;
use std::process::ExitCode;

/// Controls a blood-collection station: beds, journal, records, terminals.
#[derive(Debug, Parser)]
#[command(name = "hemostation", version, arg_required_else_help = true)]
#[command(after_help = "Begin with:\n  \
    hemostation check-config station.toml\n  \
    hemostation doctor --config station.toml --state /var/lib/hemostation\n  \
    hemostation operator add 9000 --role admin --state /var/lib/hemostation\n  \
    hemostation run --config station.toml --state /var/lib/hemostation\n\
    Exit codes: 0 done, 1 refused or a check failed, 2 wrong usage or configuration.")]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Run),
    Safe(safe::Safe),
    Alarms(alarms::Alarms),
    CheckConfig(check_config::CheckConfig),
    Decode(decode::Decode),
    Device(device::Device),
    Doctor(doctor::Doctor),
    Status(status::Status),
    Export(export::Export),
    Journal(journal::Journal),
    Operator(operator::OperatorCommand),
}

/// Why a command ends without success. Its text was or will be shown to the person.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Exit code 1.
    Refused(String),
    /// Exit code 1; everything was told on the way.
    Told,
    /// Exit code 2.
    Usage(String),
    /// Exit code 2; everything was told on the way.
    UsageTold,
}

impl Failure {
    /// A refusal in the words of an error.
    pub(crate) fn refused(error: impl fmt::Display) -> Self {
        Self::Refused(error.to_string())
    }
    /// Wrong usage in the words of an error.
    pub(crate) fn usage(error: impl fmt::Display) -> Self {
        Self::Usage(error.to_string())
    }
}

type Done = Result<(), Failure>;

impl Cli {
    /// Carries the command out.
    pub(crate) fn run(self) -> ExitCode {
        let done = match self.command {
            Command::Run(command) => command.run(),
            Command::Safe(command) => command.run(),
            Command::Alarms(command) => command.run(),
            Command::CheckConfig(command) => command.run(),
            Command::Decode(command) => command.run(),
            Command::Device(command) => command.run(),
            Command::Doctor(command) => command.run(),
            Command::Status(command) => command.run(),
            Command::Export(command) => command.run(),
            Command::Journal(command) => command.run(),
            Command::Operator(command) => command.run(),
        };
        match done {
            Ok(()) => ExitCode::SUCCESS,
            Err(Failure::Told) => ExitCode::from(1),
            Err(Failure::UsageTold) => ExitCode::from(2),
            Err(Failure::Refused(text)) => tell(&text, 1),
            Err(Failure::Usage(text)) => tell(&text, 2),
        }
    }
}

fn tell(text: &str, code: u8) -> ExitCode {
    eprintln!("hemostation: {text}");
    ExitCode::from(code)
}

/// Prints lines of text. A reader that went away (`| head`) is no failure worth words.
///
/// # Errors
/// [`Failure::Told`] when standard output does not take it.
fn print(text: &str) -> Done {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|_| Failure::Told)
}

/// Prints a value as one line of JSON.
///
/// # Errors
/// [`Failure`] when it cannot be written.
fn print_json(value: &impl serde::Serialize) -> Done {
    let text = serde_json::to_string(value).map_err(Failure::refused)?;
    print(&format!("{text}\n"))
}
