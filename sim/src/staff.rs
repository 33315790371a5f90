//! The people of a simulated station, who have to be known before anybody can act.
//!
//! Owns: their numbers and their PIN, which is no secret. Refuses: a state folder whose people are others. A crash leaves the
//! journal without them or with them.

use controller::books::{Books, BooksError, roster};
use controller::clock::{Clock as _, ClockError, SystemClock};
use controller::journal::entry::{CheckpointState, OperatorSet};
use controller::journal::{AppendError, CommitError, Draft, DraftError, Settings};
use controller::operators::{LockOut, RosterError};
use controller::privacy::OsEntropy;
use controller::state_dir::{StateDir, StateError};
use controller::store::StoreError;
use station::ident::{NameError, OperatorId};
use station::procedure::event::Role;
use std::path::Path;

/// The nurse.
pub const NURSE: &str = "1001";
/// The second person.
pub const SECOND: &str = "1002";
/// PIN of everybody.
pub const PIN: &str = "246813";

/// Why people cannot be entered.
#[derive(Debug, thiserror::Error)]
pub enum StaffError {
    /// The state folder.
    #[error(transparent)]
    State(#[from] StateError),
    /// Journal or index.
    #[error(transparent)]
    Books(#[from] BooksError),
    /// The index.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The clock.
    #[error(transparent)]
    Clock(#[from] ClockError),
    /// A person.
    #[error(transparent)]
    Roster(#[from] RosterError),
    /// A number.
    #[error(transparent)]
    Name(#[from] NameError),
    /// An entry.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// An entry cannot be written.
    #[error("a person cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The journal does not take entries.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The journal cannot be made durable.
    #[error(transparent)]
    Commit(#[from] CommitError),
}

/// Enters everybody in a new state folder; in one that has people nothing is changed.
///
/// # Errors
/// [`StaffError`].
pub fn enter(state: &Path) -> Result<(), StaffError> {
    let dir = StateDir::make(state)?;
    let lock = dir.lock()?;
    let mut books = Books::open(&dir, &lock, Settings::default())?;
    let mut people = roster(&books.index, LockOut::default())?;
    if !people.is_empty() {
        return Ok(());
    }
    let now = SystemClock::new()?.now();
    let mut seq = books.recovery.last_seq;
    let mut drafts = Vec::new();
    if seq == 0 {
        seq += 1;
        drafts.push(Draft::checkpoint(seq, now, &CheckpointState::empty())?);
    }
    for (number, role) in [("9000", Role::Admin), (NURSE, Role::Nurse), (SECOND, Role::Lead)] {
        let operator = people.admit(OperatorId::new(number)?, role, PIN, &mut OsEntropy)?;
        let json = Some(serde_json::value::to_raw_value(&operator)?);
        seq += 1;
        drafts.push(Draft::new(seq, now, None, &OperatorSet { id: operator.id.clone(), json })?);
        people.apply(operator);
    }
    books.writer.append(&drafts)?;
    let commit = books.writer.commit()?;
    books.index.apply(&commit.entries)?;
    books.index.flush()?;
    Ok(())
}
