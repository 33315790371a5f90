//! The shift of before a start: the checkpoint's state and the entries after it.
//!
//! Owns: making it again; nothing is carried out or decided. Refuses: to start without what it cannot read: such an entry is named in the log
//! and left out, because a station that does not start helps nobody. Holds no state.

use super::super::entries::ShiftEntry;
use crate::journal::entry::Checkpoint;
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
    let mut shift = resumed(checkpoint, settings);
    for position in index.shift_entries()? {
        fold(&mut shift, &reader.entry_at(position)?);
    }
    Ok(shift)
}

/// The same without a store, from the newest segment alone, however long the journal is. `None`: there is none yet.
///
/// # Errors
/// [`PastError`].
pub fn newest(reader: &Reader, settings: &ShiftSettings) -> Result<Option<Shift>, PastError> {
    let Some(start) = reader.segment_starts()?.pop() else { return Ok(None) };
    let mut shift = None;
    for item in reader.entries(start, u64::MAX)? {
        let entry = item?.entry;
        if let Ok(Some(Checkpoint { state, .. })) = entry.body_as() {
            shift = Some(resumed(&state.other, settings.clone()));
        } else if let Some(shift) = &mut shift {
            fold(shift, &entry);
        }
    }
    Ok(shift)
}

fn resumed(checkpoint: &RawValue, settings: ShiftSettings) -> Shift {
    let state = serde_json::from_str::<Option<ShiftState>>(checkpoint.get()).unwrap_or_else(|error| {
        tracing::error!(%error, "the checkpoint's shift cannot be read: its entries alone are taken");
        None
    });
    Shift::resume(settings, state.unwrap_or_default())
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
