//! `hemostation doctor`: is everything there that this station needs?
//!
//! Owns: the two forms of the report. Refuses: nothing of its own; the checks are the library's. Holds no state.

use super::{Done, Failure, check_config, print, print_json};
use clap::Args;
use controller::doctor::{Finding, Grade, examine};
use serde_json::json;
use std::path::PathBuf;

/// Look at everything the station needs: precedence, clock, power, disk, key, ports, chips
///
/// Ports and chips are opened only when no daemon runs; opening a chip drives its outputs safe. Ends with 1 when something is
/// missing.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    hemostation doctor --config /etc/hemostation/station.toml --state /var/lib/hemostation\n  \
    hemostation doctor --config station.toml --state ./state --json | jq '.findings[] | select(.grade != \"good\")'")]
pub(crate) struct Doctor {
    /// The station's configuration
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The state folder
    #[arg(long, value_name = "DIR")]
    state: PathBuf,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

impl Doctor {
    pub(super) fn run(self) -> Done {
        let config = check_config::read(&self.config)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(Failure::refused)?;
        let findings = runtime.block_on(async { examine(&config, &self.state) });
        let ok = findings.iter().all(|finding| finding.grade != Grade::Bad);
        if self.json {
            print_json(&json!({ "ok": ok, "findings": findings }))?;
        } else {
            findings.iter().try_for_each(|finding| print(&line(finding)))?;
        }
        if ok { Ok(()) } else { Err(Failure::Told) }
    }
}

fn line(finding: &Finding) -> String {
    let grade = match finding.grade {
        Grade::Good => "good",
        Grade::Note => "note",
        Grade::Bad => "BAD ",
    };
    let advice = if finding.advice.is_empty() { String::new() } else { format!("; {}", finding.advice) };
    format!("{grade}  {:<16} {}{advice}\n", finding.subject, finding.found)
}
