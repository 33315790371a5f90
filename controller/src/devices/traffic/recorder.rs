//! The way of a record to the disk: a tap that never waits, a bounded queue, one thread that writes.
//!
//! Owns: the queue, bounded by its bytes, and the count of what found no room in it, which is written where it is missing. Refuses: to
//! hold up or to fail whoever is recorded: a disk that stands still costs pieces of the record, one that is full ends it with a
//! line of the log. A crash loses what is queued.

use super::ring::{Ring, free};
use super::{Limits, Line, Run};
use crate::devices::links::{Heard, Tap, Way};
use crate::hex;
use station::measure::Mono;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::time::Duration;

/// Most bytes that wait to be written: some seconds of a whole station.
const QUEUE: usize = 2 << 20;
/// What a piece takes besides its bytes.
const PIECE: usize = 128;
/// At the end what is queued has this long to be written.
const PATIENCE: Duration = Duration::from_secs(5);

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

impl Piece {
    /// What it takes of the queue, bytes.
    fn cost(&self) -> usize {
        let bytes = if let What::Bytes(_, bytes) = &self.what { bytes.len() } else { 0 };
        PIECE + self.who.len() + bytes
    }
}

/// What both ends of the queue count.
#[derive(Default)]
struct Counts {
    /// Bytes that wait.
    queued: AtomicUsize,
    /// Pieces that found no room.
    missing: AtomicU64,
}

/// A record being made.
pub struct Recorder {
    ended: Receiver<io::Result<u64>>,
}

impl Recorder {
    /// Begins a record in this folder: the tap to hear with, and what is left to do when the tap is gone.
    ///
    /// # Errors
    /// What the system says about folder, file or thread.
    pub fn start(folder: &Path, limits: Limits, run: Run) -> io::Result<(Tap, Self)> {
        let ring = Ring::begin(folder, limits, run, free)?;
        let shown = folder.display().to_string();
        Self::spawn(QUEUE, move |pieces, counts| {
            write_all(ring, pieces, counts).inspect_err(|error| {
                tracing::error!(folder = shown, %error, "the record of the ports' traffic ends here");
            })
        })
    }

    fn spawn(
        room: usize,
        write: impl FnOnce(&Receiver<Piece>, &Counts) -> io::Result<u64> + Send + 'static,
    ) -> io::Result<(Tap, Self)> {
        let (queue, pieces) = channel();
        let (end, ended) = channel();
        let counts = Arc::new(Counts::default());
        let counted = counts.clone();
        let thread = std::thread::Builder::new().name("traffic".to_owned());
        // The queue's end goes with the thread, so that nothing piles up behind one that gave up. Nobody joins it: one whose
        // disk stands still has to let the daemon end.
        thread.spawn(move || drop(end.send(write(&pieces, &counted))))?;
        Ok((tap(queue, counts, room), Self { ended }))
    }

    /// Waits until everything is written, but not for ever. The tap has to be gone: as long as it is there, more may come. How many
    /// pieces are missing.
    ///
    /// # Errors
    /// Why the record ended early.
    pub fn finish(self) -> io::Result<u64> {
        self.finish_within(PATIENCE)
    }

    fn finish_within(self, patience: Duration) -> io::Result<u64> {
        match self.ended.recv_timeout(patience) {
            Ok(ended) => ended,
            Err(RecvTimeoutError::Timeout) => Err(io::Error::new(
                io::ErrorKind::TimedOut,
                format!("its disk stands still for {} s: the end is not written", patience.as_secs()),
            )),
            Err(RecvTimeoutError::Disconnected) => Err(io::Error::other("the recording thread failed")),
        }
    }
}

/// Hands pieces over without ever waiting.
fn tap(queue: Sender<Piece>, counts: Arc<Counts>, room: usize) -> Tap {
    let mut silent = false;
    Box::new(move |at, who, heard| {
        if silent {
            return;
        }
        let what = match heard {
            Heard::Opened => What::Opened,
            Heard::Bytes(way, bytes) => What::Bytes(way, bytes.to_vec()),
            Heard::Masked(way, bytes) => What::Masked(way, bytes),
            Heard::Lost => What::Lost,
        };
        let missing = counts.missing.load(Ordering::Relaxed);
        let piece = Piece { at, who: who.to_owned(), what, missing };
        let cost = piece.cost();
        // Only the tap adds to it: what it sees can only have become less.
        if counts.queued.load(Ordering::Relaxed) + cost > room {
            counts.missing.fetch_add(1, Ordering::Relaxed);
            return;
        }
        counts.queued.fetch_add(cost, Ordering::Relaxed);
        if queue.send(piece).is_err() {
            silent = true;
            tracing::warn!("nobody writes what goes over the ports any more, and nothing of it is kept");
        }
    })
}

/// Writes until the tap is gone. How many pieces are missing.
fn write_all(mut ring: Ring, pieces: &Receiver<Piece>, counts: &Counts) -> io::Result<u64> {
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
        counts.queued.fetch_sub(piece.cost(), Ordering::Relaxed);
        tell(&mut ring, piece.missing)?;
        ring.write(&line(piece))?;
    }
    let missing = counts.missing.load(Ordering::Relaxed);
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
