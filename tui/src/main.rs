//! `hemostation-tui`: the nurse terminal.
//!
//! Owns: the exit code. Refuses: logic. Holds no state.

use clap::Parser;
use std::error::Error;
use std::process::ExitCode;

fn main() -> ExitCode {
    match start() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hemostation-tui: {error}");
            ExitCode::FAILURE
        }
    }
}

fn start() -> Result<(), Box<dyn Error>> {
    let settings = tui::cli::Cli::parse().settings()?;
    tui::run(settings, None)?;
    Ok(())
}
