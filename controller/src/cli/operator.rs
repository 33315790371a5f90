//! `hemostation operator`: who may act at this station.
//!
//! Owns: adding, changing, removing and listing people in the journal, while no daemon runs. Refuses: PINs as arguments (others
//! see them), and to leave the station without an administrator. A crash in the middle leaves the journal without or with
//! the whole entry.

use super::desk::{self, Desk};
use super::pin::new_pin;
use super::{Done, Failure, check_config, print, print_json};
use clap::{Args, Subcommand, ValueEnum};
use controller::books::{BooksError, ReadBooks, roster};
use controller::journal::entry::OperatorSet;
use controller::journal::{Body, Draft, EntryKind, Settings};
use controller::operators::{LockOut, Operator, Roster};
use controller::privacy::OsEntropy;
use controller::state_dir::StateDir;
use serde::{Deserialize, Serialize};
use serde_json::json;
use station::ident::OperatorId;
use station::procedure::event::Role;
use std::path::{Path, PathBuf};

/// Add, list, change or remove the people who may act here
///
/// Writes to the station's journal, so the daemon has to be stopped first; listing works beside it. The first person has to be
/// an administrator.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    hemostation operator add 9000 --role admin --state /var/lib/hemostation\n  \
    echo 246813 | hemostation operator add 1001 --role nurse --pin-stdin --state /var/lib/hemostation\n  \
    hemostation operator change 1001 --role lead --why 'leads team B from today' --state /var/lib/hemostation\n  \
    hemostation operator list --state /var/lib/hemostation")]
pub(crate) struct OperatorCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Add a person; the PIN is asked on the terminal, unseen
    #[command(
        after_help = "Example:\n  hemostation operator add 1001 --role nurse --state /var/lib/hemostation"
    )]
    Add {
        /// Staff number, as on the badge
        id: String,
        /// What the person may do
        #[arg(long, value_enum)]
        role: RoleName,
        /// Read the PIN from standard input instead of asking for it
        #[arg(long)]
        pin_stdin: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Give a person another role or PIN, or let a removed one act again
    #[command(after_help = "Example:\n  hemostation operator change 1001 --pin --state /var/lib/hemostation")]
    Change {
        /// Staff number
        id: String,
        /// The new role
        #[arg(long, value_enum)]
        role: Option<RoleName>,
        /// Ask for a new PIN
        #[arg(long)]
        pin: bool,
        /// Read the new PIN from standard input
        #[arg(long)]
        pin_stdin: bool,
        /// Let a removed person act again
        #[arg(long)]
        activate: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Let a person act no longer; the number is never given to anybody else
    #[command(
        after_help = "Example:\n  hemostation operator remove 1001 --why left --state /var/lib/hemostation"
    )]
    Remove {
        /// Staff number
        id: String,
        #[command(flatten)]
        place: Place,
    },
    /// List everybody, also while the daemon runs
    #[command(
        after_help = "Example:\n  hemostation operator list --state /var/lib/hemostation --json | jq ."
    )]
    List {
        /// The state folder
        #[arg(long, value_name = "DIR")]
        state: PathBuf,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
}

/// Where the change goes, and why it is made.
#[derive(Debug, Args)]
struct Place {
    /// The state folder; made when it is not there
    #[arg(long, value_name = "DIR")]
    state: PathBuf,
    /// The station's configuration, for the size of journal segments
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Why, for the journal; no personal data
    #[arg(long, value_name = "TEXT", default_value = "")]
    why: String,
}

/// Roles as typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum RoleName {
    /// Works at the bed
    Nurse,
    /// Leads the team: nurse, and clears deviations on site
    Lead,
    /// Corrections and questions of disposition; nothing at a bed
    Quality,
    /// Devices and calibration; nothing at a bed with a donor
    Engineer,
    /// Operators and configuration
    Admin,
    /// Reads only
    Auditor,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Nurse => Self::Nurse,
            RoleName::Lead => Self::Lead,
            RoleName::Quality => Self::Quality,
            RoleName::Engineer => Self::Engineer,
            RoleName::Admin => Self::Admin,
            RoleName::Auditor => Self::Auditor,
        }
    }
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Nurse => "nurse",
        Role::Lead => "lead",
        Role::Quality => "quality",
        Role::Engineer => "engineer",
        Role::Admin => "admin",
        Role::Auditor => "auditor",
    }
}

/// `operators_changed`: who changed the list of operators from the command line, how and why. Stands before its `operator`
/// entry.
#[derive(Debug, Serialize, Deserialize)]
struct Changed {
    operator: OperatorId,
    /// `added`, `changed` or `removed`.
    what: String,
    /// The system's user who ran the command.
    uid: u32,
    why: String,
}

impl Body for Changed {
    const KIND: EntryKind = EntryKind::of("operators_changed");
}

/// Longest reason, characters.
const MAX_WHY: usize = 200;

impl OperatorCommand {
    pub(super) fn run(self) -> Done {
        match self.action {
            Action::List { state, json } => list(&state, json),
            Action::Add { id, role, pin_stdin, place } => {
                let id = OperatorId::new(&id).map_err(Failure::usage)?;
                let mut desk = open(&place)?;
                let pin = new_pin(pin_stdin)?;
                let person = desk.roster.admit(id, role.into(), &pin, &mut OsEntropy);
                file(&mut desk, person.map_err(Failure::refused)?, "added", place.why)
            }
            Action::Change { id, role, pin, pin_stdin, activate, place } => {
                if role.is_none() && !pin && !pin_stdin && !activate {
                    return Err(Failure::Usage("nothing to change: give --role, --pin or --activate".into()));
                }
                let id = OperatorId::new(&id).map_err(Failure::usage)?;
                let mut desk = open(&place)?;
                let pin = (pin || pin_stdin).then(|| new_pin(pin_stdin)).transpose()?;
                let pin = pin.as_ref().map(|pin| pin.as_str());
                let active = activate.then_some(true);
                let person = desk.roster.change(&id, role.map(Role::from), pin, active, &mut OsEntropy);
                file(&mut desk, person.map_err(Failure::refused)?, "changed", place.why)
            }
            Action::Remove { id, place } => {
                let id = OperatorId::new(&id).map_err(Failure::usage)?;
                let mut desk = open(&place)?;
                let person = desk.roster.change(&id, None, None, Some(false), &mut OsEntropy);
                file(&mut desk, person.map_err(Failure::refused)?, "removed", place.why)
            }
        }
    }
}

fn list(state: &Path, as_json: bool) -> Done {
    let dir = StateDir::existing(state).map_err(Failure::usage)?;
    let roster = match ReadBooks::open(&dir) {
        Ok(books) => roster(&books.index, LockOut::default()).map_err(Failure::refused)?,
        Err(BooksError::Empty(_)) => Roster::default(),
        Err(error) => return Err(Failure::refused(error)),
    };
    if as_json {
        let people = roster.people().map(
            |person| json!({ "id": person.id, "role": role_name(person.role), "active": person.active }),
        );
        return print_json(&people.collect::<Vec<_>>());
    }
    if roster.is_empty() {
        return print("nobody yet: begin with hemostation operator add ID --role admin\n");
    }
    let rows = roster.people().map(|person| {
        let state = if person.active { "" } else { "  removed" };
        format!("{:<24} {}{state}\n", person.id, role_name(person.role))
    });
    print(&rows.collect::<String>())
}

/// The books, for a change by somebody who says why.
fn open(place: &Place) -> Result<Desk, Failure> {
    if place.why.chars().count() > MAX_WHY || place.why.chars().any(char::is_control) {
        return Err(Failure::Usage(format!("--why: up to {MAX_WHY} characters on one line")));
    }
    let settings = match &place.config {
        Some(file) => desk::settings(&check_config::read(file)?),
        None => Settings::default(),
    };
    let dir = StateDir::make(&place.state).map_err(Failure::usage)?;
    let lock = dir.lock().map_err(Failure::refused)?;
    Desk::open(&dir, lock, settings, LockOut::default())
}

fn file(desk: &mut Desk, person: Operator, what: &str, why: String) -> Done {
    let is_admin = |one: &Operator| one.active && one.role == Role::Admin;
    let another = desk.roster.people().any(|other| other.id != person.id && is_admin(other));
    if !is_admin(&person) && !another {
        return Err(Failure::Refused(format!(
            "{} is the last administrator: make somebody else one first",
            person.id
        )));
    }
    let now = desk.now()?;
    let uid = rustix::process::getuid().as_raw();
    let changed = Changed { operator: person.id.clone(), what: what.to_owned(), uid, why };
    let json = serde_json::value::to_raw_value(&person).map_err(Failure::refused)?;
    let set = OperatorSet { id: person.id.clone(), json: Some(json) };
    desk.write(now, |seq| {
        Ok(vec![Draft::new(seq, now, None, &changed)?, Draft::new(seq + 1, now, None, &set)?])
    })?;
    print(&format!("{} {what}: {}\n", person.id, role_name(person.role)))
}
