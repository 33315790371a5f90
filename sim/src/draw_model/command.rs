//! What `explore draw` does: many simulated draws counted, or one trace followed; answers on standard output, progress and
//! the seed on standard error.
//!
//! Owns: the words of its answers. Refuses: deciding whether a number is good enough.

use super::bed::{Tacho, Troubles};
use super::draws::{Outcome, Plan};
use super::table::{Quantiles, Table};
use super::trace::{self, TraceError};
use crate::say;
use serde::Serialize;
use station::draw::DrawSettings;
use station::measure::{Density, DensityError, Microlitres, Span};
use std::path::{Path, PathBuf};

/// Progress is shown each so many draws.
const PROGRESS: usize = 500;
/// Largest trace read, bytes.
const LARGEST_TRACE: u64 = 512 * 1024 * 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// the trace cannot be read
    #[error("{path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// a trace has at most 512 MiB
    #[error("{0}: a trace has at most 512 MiB")]
    TooLarge(PathBuf),
    /// a line of the trace is wrong
    #[error("{path}: {source}")]
    Trace {
        /// The file.
        path: PathBuf,
        /// Which line, and why.
        source: TraceError,
    },
    /// the density is no number of g/mL with at most three decimals
    #[error("--density: `{0}` is no number of g/mL with at most three decimals")]
    DensityText(String),
    /// the density is not one of blood
    #[error("--density: {0}")]
    Density(#[from] DensityError),
    /// the answer cannot be written
    #[error("the answer cannot be written: {0}")]
    Write(#[from] serde_json::Error),
    /// there was nothing to draw
    #[error("there was nothing to draw")]
    Nothing,
}

impl CommandError {
    /// Exit code of bad input.
    pub const EXIT: u8 = 1;
}

#[derive(Serialize)]
struct Answer<'a> {
    seed: u64,
    rate: u32,
    tacho: Tacho,
    steps_g: Option<(f64, f64)>,
    last_ml: Option<u32>,
    #[serde(flatten)]
    table: &'a Table,
}

/// Many simulated draws.
///
/// # Errors
/// Only when the answer cannot be written.
pub fn draws(
    seed: u64,
    count: u64,
    rate: u32,
    tacho: Tacho,
    steps: Option<(f64, f64)>,
    last_ml: Option<u32>,
    json: bool,
) -> Result<(), CommandError> {
    eprintln!("seed {seed}, {count} draws, {rate} weights/s, {tacho:?} tacho, lasting steps {steps:?} g");
    let troubles = Troubles { pushes: true, stops: true, steps };
    let plan = Plan { seed, count, rate: f64::from(rate), tacho, troubles, last_ml: last_ml.map(f64::from) };
    let mut outcomes: Vec<Outcome> = Vec::new();
    plan.run(|o| {
        outcomes.push(*o);
        if outcomes.len().is_multiple_of(PROGRESS) {
            eprintln!("{} of {count}", outcomes.len());
        }
    });
    let table = Table::of(&outcomes).ok_or(CommandError::Nothing)?;
    if json {
        let answer = Answer { seed, rate, tacho, steps_g: steps, last_ml, table: &table };
        say!("{}", serde_json::to_string_pretty(&answer)?);
    } else {
        print(&table);
    }
    Ok(())
}

fn print(table: &Table) {
    say!("|volume - target|, mL         draws   p50   p90   p99 p99.9   max   <=1mL  <=2mL  <=5mL   over");
    line("all", &table.all);
    for corner in &table.corners {
        line(corner.name, &corner.quantiles);
    }
    let s = &table.steps;
    say!(
        "lasting steps over 5 g: told in {} and doubted in {} of {} draws; without one: {} and {} of {}",
        s.large_told,
        s.large_doubted,
        s.large,
        s.none_told,
        s.none_doubted,
        s.none
    );
    for o in table.mistold.iter().take(5) {
        say!("mistold: seed {} draw {}: made {:?}, told {:?}", o.seed, o.nth, o.step_made, o.step_told);
    }
    for o in table.worst.iter().take(5) {
        say!("worst: seed {} draw {}: {:+.2} mL at {:.0} mL/min", o.seed, o.nth, o.off_ml, o.flow_ml_min);
    }
}

fn line(name: &str, q: &Quantiles) {
    say!(
        "{name:28} {:6} {:5.2} {:5.2} {:5.2} {:5.2} {:5.2} {:6.2}% {:5.2}% {:5.2}% {:+5.2}%",
        q.draws,
        q.p50,
        q.p90,
        q.p99,
        q.p99_9,
        q.max,
        q.within_1_ml,
        q.within_2_ml,
        q.within_5_ml,
        q.worst_over_percent
    );
}

/// One recorded trace.
///
/// # Errors
/// An unreadable file, a bad line (named), a density that is none.
pub fn trace(
    path: &Path,
    target_ml: u32,
    density: &str,
    clamp_delay_ms: u32,
    json: bool,
) -> Result<(), CommandError> {
    let density = Density::new(milligrams_per_ml(density)?)?;
    let read = |source| CommandError::Read { path: path.to_owned(), source };
    if std::fs::metadata(path).map_err(read)?.len() > LARGEST_TRACE {
        return Err(CommandError::TooLarge(path.to_owned()));
    }
    let text = std::fs::read_to_string(path).map_err(read)?;
    let rows = trace::read(&text).map_err(|source| CommandError::Trace { path: path.to_owned(), source })?;
    let settings = DrawSettings {
        density,
        target: Microlitres::from_ml(i64::from(target_ml)),
        clamp_delay: Span::from_millis(u64::from(clamp_delay_ms)),
    };
    let believed = trace::run(&rows, settings);
    if json {
        say!("{}", serde_json::to_string(&believed)?);
        return Ok(());
    }
    match believed.clamp_at_us {
        Some(at) => say!("clamp ordered at {:.3} s", at as f64 / 1e6),
        None => say!("clamp never ordered"),
    }
    say!("believed {:.2} mL at {:.3} mL/s", believed.volume_ul as f64 / 1e3, believed.flow_ul_s as f64 / 1e3);
    Ok(())
}

/// Grams per mL in decimals, as milligrams per mL.
fn milligrams_per_ml(text: &str) -> Result<u32, CommandError> {
    let bad = || CommandError::DensityText(text.chars().take(40).collect());
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if whole.is_empty()
        || part.len() > 3
        || !part.bytes().all(|b| b.is_ascii_digit())
        || !whole.bytes().all(|b| b.is_ascii_digit())
    {
        return Err(bad());
    }
    format!("{whole}{part:0<3}").parse().map_err(|_| bad())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_density_is_read_by_its_decimals() {
        assert_eq!(milligrams_per_ml("1.053").unwrap(), 1053);
        assert_eq!(milligrams_per_ml("1.06").unwrap(), 1060);
        assert_eq!(milligrams_per_ml("1").unwrap(), 1000);
        for bad in ["", ".", "1.0535", "-1.05", "1,05", "1.+5", "99999999999"] {
            assert!(milligrams_per_ml(bad).is_err(), "{bad}");
        }
    }
}
