//! `explore`: measures the product in simulated time. Same seed, same result; the seed is printed first.

use clap::{Args, Parser, Subcommand};
use sim::draw_model::bed::Tacho;
use sim::draw_model::command::{self, CommandError};
use std::path::PathBuf;
use std::process::ExitCode;

/// Measures the product in simulated time.
#[derive(Parser)]
#[command(name = "explore", version)]
struct Cli {
    #[command(subcommand)]
    what: What,
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
    let What::Draw(draw) = Cli::parse().what;
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
