//! Opening the store beside its journal, and making it again when it cannot be trusted.
//!
//! Owns: the decision whether a store is good, and the folder it is put aside to. Refuses: a store that is ahead of the
//! journal, or whose missing entries are no longer there. A crash in the middle of a rebuild leaves a store that is
//! behind, and it goes on from there.

use super::{APPLIED, Changes, Index, MemoryStore, SledStore, Store, StoreError};
use crate::journal::entry::CheckpointState;
use crate::journal::{Committed, Reader, Recovery};
use std::io;
use std::path::{Path, PathBuf};

/// Entries applied in one transaction.
const BATCH: usize = 256;

/// The store's folder, opened but not yet compared with the journal. Opened first, as its position helps to tell a torn
/// journal from a damaged one.
pub struct Candidate {
    dir: PathBuf,
    index: Result<Index, StoreError>,
}

/// How a store came to be as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// It was good. So many entries were added.
    CaughtUp(u64),
    /// It was made again.
    Rebuilt {
        /// Why the old one was not used.
        why: String,
        /// Entries read from the journal for it.
        entries: u64,
    },
}

impl Candidate {
    /// Opens the folder, whatever is in it.
    pub fn open(dir: &Path) -> Self {
        let index = SledStore::open(dir).and_then(|store| Index::over(Box::new(store)));
        Self { dir: dir.to_owned(), index }
    }

    /// The last entry that it knows to have been durable, 0 when it knows nothing: for [`crate::journal::open`].
    pub fn known_durable(&self) -> u64 {
        self.index.as_ref().map_or(0, Index::applied)
    }

    /// What it knows, whatever the journal says; `None` when it knows nothing.
    pub fn known(self) -> Option<Index> {
        self.index.ok().filter(|index| index.applied > 0)
    }

    /// Brings the store to the journal's end, or makes it again.
    ///
    /// # Errors
    /// [`StoreError`] when not even a new one can be made.
    pub fn settle(self, reader: &Reader, recovery: &Recovery) -> Result<(Index, Settled), StoreError> {
        let why = match self.index {
            Ok(index) if index.applied == 0 && recovery.last_seq > 0 => "it was empty".to_owned(),
            Ok(index) if index.applied > recovery.last_seq => "it was ahead of the journal".to_owned(),
            Ok(mut index) => match catch_up(&mut index, reader, recovery.last_seq) {
                Ok(entries) => return Ok((index, Settled::CaughtUp(entries))),
                Err(error) => error.to_string(),
            },
            Err(error) => error.to_string(),
        };
        put_aside(&self.dir)?;
        let (index, entries) = rebuild(Box::new(SledStore::open(&self.dir)?), reader, recovery)?;
        Ok((index, Settled::Rebuilt { why, entries }))
    }
}

/// Fills an empty store from the last checkpoint and the entries after it.
///
/// # Errors
/// [`StoreError`].
pub fn rebuild(
    mut store: Box<dyn Store>,
    reader: &Reader,
    recovery: &Recovery,
) -> Result<(Index, u64), StoreError> {
    let state = &recovery.state;
    let through = serde_json::to_vec(&state.through);
    let through = through.map_err(|source| StoreError::Value { key: APPLIED.to_owned(), source })?;
    for chunk in state.index.chunks(BATCH) {
        let set = chunk.iter().map(|(key, json)| (key.clone(), Some(json.get().as_bytes().to_vec())));
        store.write(set.collect())?;
    }
    // The position comes last: a crash before it leaves an empty store, which is made again.
    store.write(Changes::from([(APPLIED.to_owned(), Some(through))]))?;
    let mut index = Index::over(store)?;
    let entries = catch_up(&mut index, reader, recovery.last_seq)?;
    index.flush()?;
    Ok((index, entries))
}

fn catch_up(index: &mut Index, reader: &Reader, last_seq: u64) -> Result<u64, StoreError> {
    let from = index.applied;
    if from >= last_seq {
        return Ok(0);
    }
    let mut batch: Vec<Committed> = Vec::with_capacity(BATCH);
    for entry in reader.entries(from + 1, last_seq)? {
        batch.push(entry?);
        if batch.len() == BATCH {
            index.apply(&batch)?;
            batch.clear();
        }
    }
    index.apply(&batch)?;
    if index.applied < last_seq {
        return Err(StoreError::Gap { expected: index.applied + 1, found: last_seq });
    }
    Ok(index.applied - from)
}

/// What a damaged journal still says: its newest checkpoint that can be believed, and the entries after it up to the damage.
///
/// # Errors
/// [`StoreError`] when not even a store in memory can be made.
pub fn salvage(reader: &Reader, (seq, state): (u64, CheckpointState)) -> Result<Index, StoreError> {
    let recovery = Recovery {
        last_seq: state.through,
        newest: None,
        checkpoint: None,
        state,
        torn: Vec::new(),
        failed_before: false,
    };
    let (mut index, _) = rebuild(Box::<MemoryStore>::default(), reader, &recovery)?;
    let Ok(entries) = reader.entries(index.applied + 1, u64::MAX) else { return Ok(index) };
    tracing::debug!(checkpoint = seq, "entries after the checkpoint are read up to the damage");
    for entry in entries.map_while(Result::ok) {
        index.apply(&[entry])?;
    }
    Ok(index)
}

/// Keeps the bad store for a look at it. One is enough: it holds nothing that the journal does not.
pub(crate) fn put_aside(dir: &Path) -> io::Result<()> {
    let mut name = dir.file_name().unwrap_or_default().to_owned();
    name.push(".bad");
    let aside = dir.with_file_name(name);
    match std::fs::remove_dir_all(&aside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    match std::fs::rename(dir, &aside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}
