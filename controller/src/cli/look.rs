//! Who takes something out of a station on the command line, and why: journaled before it is printed.
//!
//! Owns: the one way for all commands that print what is not on every screen. A running daemon writes the entry, as the journal
//! has one writer; beside a stopped one the command takes the folder's lock and writes it itself. Refuses: to print what cannot
//! be journaled, for whom it is not, or to anybody without number and PIN. A crash leaves an entry of a look at nothing.

use super::desk::Desk;
use super::{Done, Failure, pin, socket};
use clap::{Args, ValueEnum};
use controller::control::looks::Look;
use controller::journal::{Draft, Settings};
use controller::operators::LockOut;
use controller::state_dir::{StateDir, StateError, StateLock};
use station::api::look::{LookFrom, LookWhy, Sight};
use station::api::{Answer, Credential, Op};
use station::ident::OperatorId;
use station::procedure::refusal::Refusal;
use std::path::PathBuf;

/// Who looks, and why.
#[derive(Debug, Args)]
pub(crate) struct Looker {
    /// Who looks: staff number of a lead, quality, administrator or auditor; the PIN is asked on the terminal, unseen
    #[arg(long, value_name = "ID")]
    by: String,
    /// Why, for the journal
    #[arg(long, value_enum)]
    why: Why,
    /// Read the PIN from standard input instead of asking for it
    #[arg(long)]
    pin_stdin: bool,
    /// The running daemon's control socket, when it is not in the state folder
    #[arg(long, value_name = "PATH")]
    socket: Option<PathBuf>,
}

/// Reasons as typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Why {
    /// To be sure who it is
    Identity,
    /// The donor needs care, or somebody has to be called
    Care,
    /// A record or form is compared or corrected
    Record,
    /// An inspection
    Audit,
}

impl From<Why> for LookWhy {
    fn from(why: Why) -> Self {
        match why {
            Why::Identity => Self::Identity,
            Why::Care => Self::Care,
            Why::Record => Self::Record,
            Why::Audit => Self::Audit,
        }
    }
}

impl Looker {
    /// Journals the look. What is looked at may be printed when this was good.
    ///
    /// # Errors
    /// [`Failure`]; nothing is to be printed.
    pub(super) fn journal(self, dir: &StateDir, sight: Sight) -> Done {
        let operator = OperatorId::new(&self.by).map_err(Failure::usage)?;
        let pin = pin::known_pin(self.pin_stdin)?;
        let why = self.why.into();
        match dir.lock() {
            Ok(lock) => {
                let look = Look { sight, why, from: LookFrom::CommandLine };
                at_rest(dir, lock, look, &operator, &pin)
            }
            Err(StateError::InUse { .. }) => {
                let who = Some(Credential { operator, pin: pin.to_string() });
                let path = self.socket.unwrap_or_else(|| dir.socket());
                match socket::ask(&path, Op::Look { sight, why, who })? {
                    Answer::Looked { .. } => Ok(()),
                    Answer::Done
                    | Answer::SignedIn { .. }
                    | Answer::Opened { .. }
                    | Answer::Snapshot(_)
                    | Answer::Alarms { .. }
                    | Answer::Devices { .. }
                    | Answer::Person(_) => {
                        Err(Failure::Refused("the daemon answered another question".to_owned()))
                    }
                }
            }
            Err(error) => Err(Failure::refused(error)),
        }
    }
}

/// The daemon does not run: the entry is written here.
fn at_rest(dir: &StateDir, lock: StateLock, look: Look, operator: &OperatorId, pin: &str) -> Done {
    let mut desk = Desk::open(dir, lock, Settings::default(), LockOut::default())?;
    let now = desk.now()?;
    let by = desk.roster.check(now.mono, operator, pin).map_err(Failure::refused)?;
    let entry = look.entry(&by).map_err(Failure::refused)?;
    desk.write(now, |seq| Ok(vec![Draft::new(seq, now, None, &entry)?]))?;
    match entry.refused {
        Some(role) => Err(Failure::refused(Refusal::RoleForbids(role))),
        None => Ok(()),
    }
}
