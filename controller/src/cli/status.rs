//! `hemostation status`: the station as its daemon sees it now.
//!
//! Owns: one question on the control socket and its layout. Refuses: anything by which a donor could be known. Holds no state.

use super::{Done, Failure, print, print_json, socket};
use clap::Args;
use controller::state_dir::StateDir;
use station::api::{Answer, BedView, Op, Snapshot};
use std::path::{Path, PathBuf};

/// Show the beds, the worklist and the records on their way, as the running daemon sees them
///
/// Ends with 1 when no daemon answers.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    hemostation status --state /var/lib/hemostation\n  \
    hemostation status --socket /run/hemostation/control.sock --json | jq .outbox")]
pub(crate) struct Status {
    /// The state folder, when the control socket is in it
    #[arg(long, value_name = "DIR", required_unless_present = "socket", conflicts_with = "socket")]
    state: Option<PathBuf>,
    /// The control socket
    #[arg(long, value_name = "PATH")]
    socket: Option<PathBuf>,
    /// Print the daemon's snapshot as JSON
    #[arg(long)]
    json: bool,
}

impl Status {
    pub(super) fn run(self) -> Done {
        let path = match (self.socket, self.state) {
            (Some(socket), _) => socket,
            (None, Some(state)) => StateDir::existing(&state).map_err(Failure::usage)?.socket(),
            (None, None) => return Err(Failure::Usage("--state or --socket is needed".to_owned())),
        };
        let snapshot = ask(&path)?;
        if self.json { print_json(&snapshot) } else { print(&table(&snapshot)) }
    }
}

fn ask(path: &Path) -> Result<Box<Snapshot>, Failure> {
    match socket::ask(path, Op::Snapshot)? {
        Answer::Snapshot(snapshot) => Ok(snapshot),
        Answer::Done
        | Answer::SignedIn { .. }
        | Answer::Opened { .. }
        | Answer::Alarms { .. }
        | Answer::Devices { .. }
        | Answer::Looked { .. }
        | Answer::Person(_) => {
            Err(Failure::Refused(format!("{}: the daemon answered another question", path.display())))
        }
    }
}

/// The stable name of a code, as in its JSON.
fn name(code: &impl serde::Serialize) -> String {
    match serde_json::to_value(code) {
        Ok(serde_json::Value::String(name)) => name,
        Ok(serde_json::Value::Object(variant)) => variant.keys().next().cloned().unwrap_or_default(),
        Ok(_) | Err(_) => String::new(),
    }
}

fn table(snapshot: &Snapshot) -> String {
    let yes_no = |yes: bool, no: &str| if yes { "good".to_owned() } else { no.to_owned() };
    let mut text = format!(
        "station {} ({}), journal {}, clock {}\nrecords: {} waiting, {} delivered, BMS {}\nworklist: {} donors\n",
        snapshot.station,
        name(&snapshot.mode),
        yes_no(snapshot.journal_ok, "FAILED"),
        yes_no(snapshot.clock_trusted, "to be confirmed"),
        snapshot.outbox.waiting,
        snapshot.outbox.delivered,
        if snapshot.outbox.online { "answers" } else { "does not answer" },
        snapshot.worklist.len(),
    );
    for probe in &snapshot.climate {
        let value = probe.value.map_or_else(|| "nothing".to_owned(), |value| value.to_string());
        let alarm = if probe.alarming { ": ALARM" } else { "" };
        text.push_str(&format!(
            "temperature {}: {value} ({} to {}), {}{alarm}\n",
            probe.name,
            probe.low,
            probe.high,
            name(&probe.state)
        ));
    }
    text.push_str(&format!(
        "\n{:<4} {:<14} {:<20} {:<14} {:>7} {:>9}  {}\n",
        "bed", "phase", "asks for", "DIN", "mL", "mL/min", "alarms"
    ));
    for bed in &snapshot.beds {
        text.push_str(&row(bed));
    }
    text
}

fn row(bed: &BedView) -> String {
    let alarms: Vec<String> = bed.alarms.iter().map(|alarm| name(&alarm.code)).collect();
    let unsure = if bed.sure { "" } else { "?" };
    format!(
        "{:<4} {:<14} {:<20} {:<14} {:>7} {:>9}  {}\n",
        bed.bed,
        name(&bed.phase),
        name(&bed.prompt),
        bed.din.as_ref().map_or("-", |din| din.as_str()),
        format!("{}{unsure}", bed.volume.ml_rounded()),
        bed.flow.ml_per_min_rounded(),
        if alarms.is_empty() { "-".to_owned() } else { alarms.join(", ") },
    )
}
