//! `explore`: whole stations in virtual time, with everything that may go wrong; and how near to their targets bags end. Same
//! seed, same result; the seed is printed first.

use clap::{Args, Parser, Subcommand};
use sim::draw_model::bed::Tacho;
use sim::draw_model::command::{self, CommandError};
use sim::explore::Options;
use sim::explore::command::{self as stations, Until};
use std::ops::Range;
use std::path::PathBuf;
use std::process::ExitCode;

const EXIT_CODES: &str = "\
Exit codes: 0 all went well, 1 too little was reached in 500 runs or more, 127 the station could not go on, 128 something never settled, 129 a law was broken.";

/// Explores stations in simulated time: people who slip, devices that fail, and checkers that know what truly happened.
#[derive(Parser)]
#[command(name = "explore", version, args_conflicts_with_subcommands = true, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    runs: Runs,
}

#[derive(Args)]
struct Runs {
    /// Run these seeds, e.g. 0..500.
    #[arg(long, value_parser = range, default_value = "0..100")]
    seeds: Range<u64>,
    /// Run this seed alone.
    #[arg(long, conflicts_with = "seeds")]
    seed: Option<u64>,
    /// Tell the run of the one seed as a story.
    #[arg(long, requires = "seed")]
    trace: bool,
    /// Leave out the shifts: so were the later seeds of the regression list found.
    #[arg(long, requires = "seed")]
    no_shifts: bool,
    /// Leave out the shifts and what is rare, of devices and of people: so were the older seeds of the regression list found.
    #[arg(long, requires = "seed")]
    common: bool,
    /// Begin no further seed after one has failed.
    #[arg(long, conflicts_with = "seed")]
    until_failure: bool,
    /// Print one JSON object.
    #[arg(long, conflicts_with = "seed")]
    json: bool,
    /// Threads that share the seeds.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=64))]
    threads: u8,
    /// Measure so many fault-free donations of 400 mL instead: veins that give 80 mL/min, 23 weights a second, staff that acts at
    /// once, the whole procedure, journal and hash chain.
    #[arg(long, conflicts_with_all = ["seed", "seeds"])]
    bench: Option<u32>,
}

/// `A..B`, A below B.
fn range(text: &str) -> Result<Range<u64>, String> {
    let wrong = || format!("{text:?} is no range of seeds: A..B, A below B");
    let (from, to) = text.split_once("..").ok_or_else(wrong)?;
    let (from, to) = (from.parse().map_err(|_| wrong())?, to.parse().map_err(|_| wrong())?);
    if from < to { Ok(from..to) } else { Err(wrong()) }
}

#[derive(Subcommand)]
enum What {
    /// How near to their target bags end, over many simulated draws or over one recorded trace.
    Draw(Draw),
}

#[derive(Args)]
struct Draw {
    /// Number of simulated draws.
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    count: u64,
    /// Weights per second of the simulated scale (1 to 200; the usual scales give 10, 23 or 80).
    #[arg(long, default_value_t = 23, value_parser = clap::value_parser!(u32).range(1..=200))]
    rate: u32,
    /// First seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The tray and its tacho; the bar is judged with the first, the others are corners beyond it.
    #[arg(long, value_enum, default_value = "jittering")]
    tacho: Tacho,
    /// One or two lasting steps of up to 3 g in each draw.
    #[arg(long)]
    steps: bool,
    /// One lasting step of 5.5 to 30 g in each draw: is it told?
    #[arg(long, conflicts_with = "steps")]
    large_steps: bool,
    /// Draw only the last so many mL of each bag, as after a restart: quicker, and less settled.
    #[arg(long, value_parser = clap::value_parser!(u32).range(40..=400))]
    last_ml: Option<u32>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    /// Run over this recorded trace instead (CSV: t_us,mg and perhaps phase).
    #[arg(long, conflicts_with_all = ["count", "rate", "seed", "tacho", "steps", "large_steps", "last_ml"])]
    trace: Option<PathBuf>,
    /// Target of the trace, mL.
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u32).range(1..=1000), requires = "trace")]
    target_ml: u32,
    /// Density of the trace's blood, g/mL.
    #[arg(long, default_value = "1.053", requires = "trace")]
    density: String,
    /// Clamp delay of the trace, ms.
    #[arg(long, default_value_t = 150, value_parser = clap::value_parser!(u32).range(0..=2000), requires = "trace")]
    clamp_delay_ms: u32,
}

fn main() -> ExitCode {
    let Cli { what, runs } = Cli::parse();
    match what {
        Some(What::Draw(draw)) => draws(&draw),
        None => ExitCode::from(match (runs.bench, runs.seed) {
            (Some(donations), _) => stations::bench(donations),
            (None, Some(seed)) => {
                let options = match (runs.common, runs.no_shifts) {
                    (true, _) => Options::common(seed),
                    (false, true) => Options::without_shifts(seed),
                    (false, false) => Options::draw(seed),
                };
                stations::seed(&options, runs.trace)
            }
            (None, None) => {
                let until = if runs.until_failure { Until::AFailure } else { Until::TheLast };
                stations::seeds(runs.seeds, usize::from(runs.threads), until, runs.json)
            }
        }),
    }
}

fn draws(draw: &Draw) -> ExitCode {
    let done = match &draw.trace {
        Some(path) => command::trace(path, draw.target_ml, &draw.density, draw.clamp_delay_ms, draw.json),
        None => {
            let steps = if draw.steps { Some((0.5, 3.0)) } else { draw.large_steps.then_some((5.5, 30.0)) };
            command::draws(draw.seed, draw.count, draw.rate, draw.tacho, steps, draw.last_ml, draw.json)
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("explore: {error}");
            ExitCode::from(CommandError::EXIT)
        }
    }
}
