//! `hemostation check-config`: every mistake of a station.toml at once.
//!
//! Owns: the two forms of the report. Refuses: to open anything that the file names. Holds no state.

use super::{Done, Failure, print, print_json};
use clap::Args;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Check a station.toml: every mistake at once, with its line and what is allowed there
///
/// Nothing that the file names is opened: ports and chips may be absent. Ends with 2 when there is a mistake.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    hemostation check-config /etc/hemostation/station.toml\n  \
    hemostation check-config station.toml --summary    # every default written out\n  \
    hemostation check-config station.toml --json | jq -r '.mistakes[].text'")]
pub(crate) struct CheckConfig {
    /// The file
    file: PathBuf,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
    /// Print the configuration in force, every default written out
    #[arg(long, conflicts_with = "json")]
    summary: bool,
}

/// Reads a configuration file, or tells every mistake of it on standard error.
///
/// # Errors
/// [`Failure::Usage`] when it cannot be read, [`Failure::UsageTold`] when it has mistakes.
pub(crate) fn read(file: &Path) -> Result<config::StationConfig, Failure> {
    config::parse(&text_of(file)?, &file.display().to_string()).map_err(|mistakes| {
        eprintln!("{mistakes}");
        Failure::UsageTold
    })
}

fn text_of(file: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(file).map_err(|error| Failure::Usage(format!("{}: {error}", file.display())))
}

impl CheckConfig {
    pub(super) fn run(self) -> Done {
        if self.json {
            return self.run_json();
        }
        let config = read(&self.file)?;
        if self.summary {
            return print(&config.summary());
        }
        let beds = config.beds.len();
        let beds = if beds == 1 { "1 bed".to_owned() } else { format!("{beds} beds") };
        print(&format!("{}: good; station {}, {beds}\n", self.file.display(), config.identity.id))
    }

    fn run_json(&self) -> Done {
        let file = self.file.display().to_string();
        match config::parse(&text_of(&self.file)?, &file) {
            Ok(_) => print_json(&json!({ "file": file, "ok": true, "mistakes": [] })),
            Err(mistakes) => {
                let all = mistakes.all.iter().map(|mistake| {
                    json!({
                        "line": mistake.line,
                        "column": mistake.column,
                        "key": mistake.key,
                        "text": mistake.problem.to_string(),
                    })
                });
                let all: Vec<_> = all.collect();
                print_json(&json!({ "file": file, "ok": false, "mistakes": all }))?;
                Err(Failure::UsageTold)
            }
        }
    }
}
