//! `hemostation-tui`: the nurse terminal.
//!
//! Owns: the exit code. Refuses: logic. Holds no state.

use clap::Parser;
use std::process::ExitCode;
use tui::cli::{Cli, StartError};

fn main() -> ExitCode {
    match start() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hemostation-tui: {error}");
            ExitCode::FAILURE
        }
    }
}

fn start() -> Result<(), StartError> {
    let settings = Cli::parse().settings()?;
    tui::run(settings, None)?;
    Ok(())
}
