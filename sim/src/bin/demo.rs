//! `demo`: a simulated station to look at. With a terminal: devices, BMS, daemon and nurse terminal, all live. Headless: one
//! process in virtual time, the last line of its output one JSON object.

use clap::Parser;
use sim::stage::StagePlan;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  demo                                    two beds on this terminal, 20 times faster than real
  demo --language en --beds 4 --speed 5   four beds, slower, in English
  demo --state kept/station               the same station again at the next start
  demo --morning                          the same before the shift is open
  demo --set procedure.single_nurse=true --set limits.bin_capacity=1
                                          with other settings (each bed: bed.sealer..., the first one: bed.1.scale...)
  demo --headless --donations 5 --json    five donations in virtual time; the last line is the result";

/// Where the system keeps files in memory, when it does.
const MEMORY: &str = "/dev/shm";

/// A simulated blood-collection station. Nothing of it happens.
#[derive(Debug, Parser)]
#[command(after_help = EXAMPLES)]
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
    /// Times faster than real (with a terminal).
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u8).range(1..=20))]
    speed: u8,
    /// Seed of everything that is left to chance.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Print the result as one JSON object in the last line (headless).
    #[arg(long)]
    json: bool,
    /// Language to begin in, `zh` or `en` (with a terminal).
    #[arg(long, default_value = "zh", value_parser = ["zh", "en"])]
    language: String,
    /// What the scales speak (with a terminal).
    #[arg(long, value_enum, default_value_t)]
    scale: sim::devices::voice::Voice,
    /// How the scanners say what they read (with a terminal).
    #[arg(long, value_enum, default_value_t)]
    scanner: sim::devices::scanner::ScannerVoice,
    /// What the tag readers speak (with a terminal).
    #[arg(long, value_enum, default_value_t)]
    tags: sim::devices::rfid::TagVoice,
    /// How the contacts are wired; enable lines and nodes want a machine that is not busy, or a lower speed.
    #[arg(long, value_enum, default_value_t)]
    wiring: sim::site::settings::Wiring,
    /// Begin in the morning: open the shift, check the scales and open the packages yourself (with a terminal).
    #[arg(long)]
    morning: bool,
    /// A setting of the simulated station.toml that is wanted otherwise; may be given several times (with a terminal).
    #[arg(long, value_name = "PLACE=VALUE")]
    set: Vec<sim::site::change::Change>,
    /// Folder to keep the station's state in; otherwise a temporary one.
    #[arg(long)]
    state: Option<PathBuf>,
}

/// Why there was nothing to see.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("no folder for the simulation: {0}")]
    Folder(#[from] std::io::Error),
    #[error(transparent)]
    Headless(#[from] sim::headless::HeadlessError),
    #[error(transparent)]
    Show(#[from] sim::show::ShowError),
    #[error("--set: {0}")]
    Setting(sim::stage::StageError),
    #[error(
        "--set and --morning need a terminal: the headless run has its own settings, and its shift is open"
    )]
    NeedsTerminal,
    #[error("the result cannot be written: {0}")]
    Json(#[from] serde_json::Error),
}

impl Failure {
    /// 2 for a mistake in the call, as of every other argument.
    fn status(&self) -> ExitCode {
        match self {
            Self::Setting(_) | Self::NeedsTerminal => ExitCode::from(2),
            Self::Folder(_) | Self::Headless(_) | Self::Show(_) | Self::Json(_) => ExitCode::FAILURE,
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let state = arguments.state.clone().unwrap_or_else(|| folder.path().join("state"));
    let terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    if arguments.headless || !terminal {
        sim::report::log_to_stderr();
        if !arguments.headless {
            eprintln!("demo: no terminal here, so this is the headless run (as with --headless)");
        }
        if arguments.morning || !arguments.set.is_empty() {
            return Err(Failure::NeedsTerminal);
        }
        return headless(arguments, state);
    }
    // The simulated devices pass their bytes and files through here: a disk that is busy with other things must not hold them up.
    let devices = tempfile::tempdir_in(MEMORY).or_else(|_| tempfile::tempdir())?;
    live(arguments, devices.path(), state)
}

fn headless(arguments: &Arguments, state: PathBuf) -> Result<(), Failure> {
    let (seed, beds, donations) = (arguments.seed, arguments.beds, arguments.donations);
    eprintln!("seed {seed}");
    let plan = sim::headless::Plan { seed, beds, donations, state };
    let report = sim::headless::run(&plan, &mut |line| eprintln!("{line}"))?;
    sim::report::print(&report, arguments.json)?;
    Ok(())
}

fn live(arguments: &Arguments, folder: &Path, state: PathBuf) -> Result<(), Failure> {
    let log = state.with_extension("log");
    let plan = StagePlan {
        seed: arguments.seed,
        beds: arguments.beds,
        speed: arguments.speed,
        folder: folder.join("devices"),
        state,
        bms: Some(0),
        scale: arguments.scale,
        scanner: arguments.scanner,
        tags: arguments.tags,
        wiring: arguments.wiring,
        transmitters: true,
        language: arguments.language.clone(),
        changes: arguments.set.clone(),
        shift_open: !arguments.morning,
    };
    plan.check().map_err(Failure::Setting)?;
    sim::report::log_to_file(&log)?;
    sim::show::show(&plan)?;
    Ok(())
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("demo: {error}");
            error.status()
        }
    }
}
