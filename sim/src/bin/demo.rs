//! `demo`: a simulated station to look at. With a terminal: devices, BMS, daemon and nurse terminal, all live. Headless: one
//! process in virtual time, the last line of its output one JSON object.

use clap::Parser;
use std::process::ExitCode;

/// A simulated blood-collection station. Nothing of it happens.
#[derive(Debug, Parser)]
struct Arguments {
    /// No terminal: run donations in virtual time and end.
    #[arg(long)]
    headless: bool,
    /// Donations to complete (headless).
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    donations: u32,
    /// Beds.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=8))]
    beds: u8,
    /// Seed of everything that is left to chance.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Print the result as one JSON object in the last line (headless).
    #[arg(long)]
    json: bool,
    /// Folder to keep the station's state in; otherwise a temporary one.
    #[arg(long)]
    state: Option<std::path::PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    sim::report::log_to_stderr();
    let run = || -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let state = arguments.state.clone().unwrap_or_else(|| folder.path().join("state"));
        let (seed, beds, donations) = (arguments.seed, arguments.beds, arguments.donations);
        eprintln!("seed {seed}");
        let plan = sim::headless::Plan { seed, beds, donations, state };
        let report = sim::headless::run(&plan, &mut |line| eprintln!("{line}"))?;
        sim::report::print(&report, arguments.json)?;
        Ok(())
    };
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("demo: {error}");
            ExitCode::FAILURE
        }
    }
}
