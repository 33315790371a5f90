//! What the simulator's programs print.
//!
//! Owns: the log on standard error and the result on standard output. Holds nothing.

use crate::headless::Report;
use crate::say;
use std::io;
use std::path::Path;
use std::sync::Mutex;
use tracing_subscriber::EnvFilter;

/// Sends the log to standard error: warnings, or what `RUST_LOG` says.
pub fn log_to_stderr() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    let set = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
    if let Err(error) = set {
        eprintln!("the log stays as it is: {error}");
    }
}

/// Sends the log to a file, because a terminal has the screen.
///
/// # Errors
/// What the system says about the file.
pub fn log_to_file(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let file = std::fs::File::create(path)?;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let to_file =
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(Mutex::new(file));
    to_file.try_init().map_err(io::Error::other)
}

/// Prints the result of a headless run: as one JSON object in one line, or in words.
///
/// # Errors
/// [`serde_json::Error`], which plain numbers never give.
pub fn print(report: &Report, json: bool) -> Result<(), serde_json::Error> {
    if json {
        say!("{}", serde_json::to_string(report)?);
        return Ok(());
    }
    say!(
        "{} donations in {} simulated minutes: {} collected, {} ended early, {} records delivered, {} alarms,\n\
         {} journal entries, largest overshoot {} mL (seed {})",
        report.donations,
        report.simulated_minutes,
        report.collected,
        report.aborted,
        report.delivered,
        report.alarms,
        report.journal_entries,
        report.max_overshoot_ml,
        report.seed
    );
    Ok(())
}
