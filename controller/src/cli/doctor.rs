//! `hemostation doctor`: is everything there that this station needs?
//!
//! Owns: the two forms of the report. Refuses: nothing of its own; the checks are the library's. Holds no state.

use super::{Done, Failure, check_config, print, print_json, socket};
use clap::Args;
use controller::doctor::{Finding, Grade, Report, examine};
use serde::Serialize;
use std::path::PathBuf;

/// Look at everything the station needs: machine, clock, power, disk, key, and every device: who it is, how fast it answers, what
/// it says
///
/// Without a daemon every device is opened and listened to, for 8 seconds at most; opening a chip drives its outputs safe,
/// nothing is ordered. A running daemon is asked instead. Ends with 1 when something is missing or wrong.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    hemostation doctor --config /etc/hemostation/station.toml --state /var/lib/hemostation\n  \
    hemostation doctor --config station.toml --state ./state --json | jq '.findings[] | select(.grade != \"good\")'\n  \
    hemostation doctor --config station.toml --state ./state --json | jq '.devices[] | {device, identity, answers, reading}'")]
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
        let socket = config.socket.path_in(&self.state);
        let daemon = || {
            socket::devices(&socket).map_err(|failure| match failure {
                Failure::Refused(text) | Failure::Usage(text) => text,
                Failure::Told | Failure::UsageTold => String::new(),
            })
        };
        let mut wait = |names: &[&str]| eprintln!("hemostation: waiting for {}", names.join(", "));
        let report = runtime.block_on(examine(&config, &self.state, &daemon, &mut wait));
        // A port or file that hangs keeps its thread: it is not waited for.
        runtime.shutdown_background();
        let ok = report.findings.iter().all(|finding| finding.grade != Grade::Bad);
        if self.json {
            print_json(&Told { ok, report })?;
        } else {
            report.findings.iter().try_for_each(|finding| print(&line(finding)))?;
        }
        if ok { Ok(()) } else { Err(Failure::Told) }
    }
}

/// As JSON.
#[derive(Serialize)]
struct Told {
    ok: bool,
    #[serde(flatten)]
    report: Report,
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
