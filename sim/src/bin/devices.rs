//! `devices`: simulated devices and a BMS for a separately started daemon.

use clap::Parser;
use sim::client::Work;
use sim::say;
use sim::stage::{Stage, StageError, StagePlan};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

const EXAMPLES: &str = "\
Examples:
  devices --dir sim                       devices and BMS of two beds; prints how to start the daemon
  devices --dir sim --nurse --donations 5 a scripted nurse works once the daemon runs, then it ends
  devices --dir sim --no-bms --speed 20   nobody takes the records; 20 times faster than real";

/// A typed number does to sign in.
const BY_NUMBER: &str = "operators.badge_needed=false";

/// Simulated devices for a station: serial ports as ptys, a virtual GPIO chip, a receiving BMS.
#[derive(Debug, Parser)]
#[command(after_help = EXAMPLES)]
struct Arguments {
    /// Beds.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=8))]
    beds: u8,
    /// Folder of the ports, the chip's socket and station.toml.
    #[arg(long, default_value = "simulated")]
    dir: PathBuf,
    /// The station's state folder; default: `state` in the folder of the devices.
    #[arg(long)]
    state: Option<PathBuf>,
    /// Times faster than real.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=20))]
    speed: u8,
    /// Seed of everything that is left to chance.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// A scripted nurse completes donations as soon as the daemon runs.
    #[arg(long)]
    nurse: bool,
    /// Donations the nurse completes; then this program ends.
    #[arg(long, default_value_t = 3)]
    donations: usize,
    /// No BMS: records stay on the station.
    #[arg(long)]
    no_bms: bool,
    /// Port of the BMS; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    bms_port: u16,
    /// Language of the terminal, `zh` or `en`.
    #[arg(long, default_value = "zh", value_parser = ["zh", "en"])]
    language: String,
    /// What the scales speak.
    #[arg(long, value_enum, default_value_t)]
    scale: sim::devices::voice::Voice,
    /// How the scanners say what they read.
    #[arg(long, value_enum, default_value_t)]
    scanner: sim::devices::scanner::ScannerVoice,
    /// What the tag readers speak.
    #[arg(long, value_enum, default_value_t)]
    tags: sim::devices::rfid::TagVoice,
    /// How the contacts are wired; enable lines and nodes want a machine that is not busy, or a lower speed.
    #[arg(long, value_enum, default_value_t)]
    wiring: sim::site::settings::Wiring,
}

/// Why the devices ended.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Stage(#[from] StageError),
    #[error(transparent)]
    Nurse(#[from] sim::client::ClientError),
}

fn run(arguments: Arguments) -> Result<(), Failure> {
    eprintln!("seed {}", arguments.seed);
    // Nobody here holds a badge before a scanner but the scripted nurse.
    let changes =
        if arguments.nurse { Vec::new() } else { vec![BY_NUMBER.parse().map_err(StageError::from)?] };
    let stage = Stage::set(&StagePlan {
        seed: arguments.seed,
        beds: arguments.beds,
        speed: arguments.speed,
        state: arguments.state.clone().unwrap_or_else(|| arguments.dir.join("state")),
        folder: arguments.dir.clone(),
        bms: (!arguments.no_bms).then_some(arguments.bms_port),
        scale: arguments.scale,
        scanner: arguments.scanner,
        tags: arguments.tags,
        wiring: arguments.wiring,
        transmitters: true,
        language: arguments.language.clone(),
        changes,
        shift_open: false,
    })?;
    if let Some(bms) = &stage.bms {
        say!("BMS: {0}   records it has: curl {0}/records", bms.url());
    }
    let (config, state) = (stage.config_path.display(), stage.state.display());
    say!("people: {} and {}, PIN {}", sim::staff::NURSE, sim::staff::SECOND, sim::staff::PIN);
    say!("next:   hemostation run --config {config} --state {state}");
    say!("then:   hemostation-tui --socket {}", stage.socket().display());
    if !arguments.nurse {
        loop {
            std::thread::sleep(Duration::from_secs(3600));
        }
    }
    while !stage.socket().exists() {
        std::thread::sleep(Duration::from_millis(200));
    }
    let mut progress = |line: &str| eprintln!("{line}");
    let work = Work { seed: arguments.seed, donations: arguments.donations, brisk: false };
    sim::client::nurse(&stage.socket(), &stage.site, work, &mut progress)?;
    say!("{} donations completed", arguments.donations);
    Ok(())
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    sim::report::log_to_stderr();
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("devices: {error}");
            ExitCode::FAILURE
        }
    }
}
