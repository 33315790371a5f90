//! The way of a record to the disk: a tap that never waits, a bounded queue, one thread that writes.
//!
//! Owns: the queue and the count of what found no room in it, which is written where it is missing. Refuses: to hold up or
//! to fail whoever is recorded: a disk that stands still costs pieces of the record, one that is full ends it with a line
//! of the log. A crash loses what is queued.

use super::ring::Ring;
use super::{Limits, Line, Run};
use crate::devices::links::{Heard, Tap, Way};
use crate::hex;
use station::measure::Mono;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::thread::JoinHandle;

/// Most pieces that wait to be written: some seconds of a whole station.
const QUEUE: usize = 4096;

/// A piece as it waits.
struct Piece {
    at: Mono,
    who: String,
    what: What,
    /// So many of them had found no room before it.
    missing: u64,
}

/// What was heard, owned.
enum What {
    Opened,
    Bytes(Way, Vec<u8>),
    Masked(Way, usize),
    Lost,
}

/// A record being made.
pub struct Recorder {
    thread: JoinHandle<io::Result<u64>>,
}

impl Recorder {
    /// Begins a record in this folder: the tap to hear with, and what is left to do when the tap is gone.
    ///
    /// # Errors
    /// What the system says about folder, file or thread.
    pub fn start(folder: &Path, limits: Limits, run: Run) -> io::Result<(Tap, Self)> {
        let ring = Ring::begin(folder, limits, run)?;
        let shown = folder.display().to_string();
        Self::spawn(QUEUE, move |pieces, missing| {
            write_all(ring, pieces, missing).inspect_err(|error| {
                tracing::error!(folder = shown, %error, "the record of the ports' traffic ends here");
            })
        })
    }

    fn spawn(
        room: usize,
        write: impl FnOnce(&Receiver<Piece>, &AtomicU64) -> io::Result<u64> + Send + 'static,
    ) -> io::Result<(Tap, Self)> {
        let (queue, pieces) = sync_channel(room);
        let missing = Arc::new(AtomicU64::new(0));
        let counted = missing.clone();
        let thread = std::thread::Builder::new().name("traffic".to_owned());
        // The queue's end goes with the thread, so that nothing piles up behind one that gave up.
        let thread = thread.spawn(move || write(&pieces, &counted))?;
        Ok((tap(queue, missing), Self { thread }))
    }

    /// Waits until everything is written. The tap has to be gone: as long as it is there, more may come. How many pieces are
    /// missing.
    ///
    /// # Errors
    /// Why the record ended early.
    pub fn finish(self) -> io::Result<u64> {
        self.thread.join().unwrap_or_else(|_| Err(io::Error::other("the recording thread failed")))
    }
}

/// Hands pieces over without ever waiting.
fn tap(queue: SyncSender<Piece>, missing: Arc<AtomicU64>) -> Tap {
    Box::new(move |at, who, heard| {
        let what = match heard {
            Heard::Opened => What::Opened,
            Heard::Bytes(way, bytes) => What::Bytes(way, bytes.to_vec()),
            Heard::Masked(way, bytes) => What::Masked(way, bytes),
            Heard::Lost => What::Lost,
        };
        let piece = Piece { at, who: who.to_owned(), what, missing: missing.load(Ordering::Relaxed) };
        match queue.try_send(piece) {
            Err(TrySendError::Full(_)) => drop(missing.fetch_add(1, Ordering::Relaxed)),
            // Whoever wrote gave up and said so.
            Ok(()) | Err(TrySendError::Disconnected(_)) => {}
        }
    })
}

/// Writes until the tap is gone. How many pieces are missing.
fn write_all(mut ring: Ring, pieces: &Receiver<Piece>, missing: &AtomicU64) -> io::Result<u64> {
    let mut told = 0;
    let mut tell = |ring: &mut Ring, missing: u64| match missing - std::mem::replace(&mut told, missing) {
        0 => Ok(()),
        pieces => ring.write(&Line::Missing { pieces }),
    };
    loop {
        let piece = match pieces.try_recv() {
            Ok(piece) => piece,
            Err(TryRecvError::Disconnected) => break,
            Err(TryRecvError::Empty) => {
                ring.flush()?;
                let Ok(piece) = pieces.recv() else { break };
                piece
            }
        };
        tell(&mut ring, piece.missing)?;
        ring.write(&line(piece))?;
    }
    let missing = missing.load(Ordering::Relaxed);
    tell(&mut ring, missing)?;
    ring.flush()?;
    Ok(missing)
}

fn line(Piece { at: at_us, who, what, .. }: Piece) -> Line {
    match what {
        What::Opened => Line::Opened { at_us, who },
        What::Bytes(Way::In, bytes) => Line::In { at_us, who, hex: hex::encode(&bytes) },
        What::Bytes(Way::Out, bytes) => Line::Out { at_us, who, hex: hex::encode(&bytes) },
        What::Masked(way, bytes) => Line::Masked { at_us, who, way, bytes: bytes as u64 },
        What::Lost => Line::Lost { at_us, who },
    }
}

#[cfg(test)]
#[path = "recorder_tests.rs"]
mod tests;
