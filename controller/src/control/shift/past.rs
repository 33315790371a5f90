//! The shift of before a start: the checkpoint's state and the entries after it.
//!
//! Owns: making it again; nothing is carried out or decided. Refuses: to start without what it cannot read: such an entry is named in the log
//! and left out, because a station that does not start helps nobody. Holds no state.

use super::super::entries::ShiftEntry;
use crate::journal::{Entry, ReadError, Reader};
use crate::store::{Index, StoreError};
use serde_json::value::RawValue;
use station::shift::{At, Shift, ShiftSettings, ShiftState};

/// Why the shift cannot be read back.
#[derive(Debug, thiserror::Error)]
pub enum PastError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The journal.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// The shift as the journal left it. `checkpoint` is what the newest checkpoint keeps for it.
///
/// # Errors
/// [`PastError`].
pub fn recover(
    reader: &Reader,
    index: &Index,
    checkpoint: &RawValue,
    settings: ShiftSettings,
) -> Result<Shift, PastError> {
    let state = serde_json::from_str::<Option<ShiftState>>(checkpoint.get()).unwrap_or_else(|error| {
        tracing::error!(%error, "the checkpoint's shift cannot be read: its entries alone are taken");
        None
    });
    let mut shift = Shift::resume(settings, state.unwrap_or_default());
    for position in index.shift_entries()? {
        fold(&mut shift, &reader.entry_at(position)?);
    }
    Ok(shift)
}

fn fold(shift: &mut Shift, entry: &Entry) {
    match entry.body_as::<ShiftEntry>() {
        Ok(Some(ShiftEntry { event, day, refused: None })) => {
            shift.fold(At { wall: entry.stamp.wall, day }, &event);
        }
        Ok(Some(ShiftEntry { refused: Some(_), .. }) | None) => {}
        Err(error) => tracing::error!(seq = entry.seq, %error, "a shift's entry cannot be read"),
    }
}
