//! The log's way to standard error: whoever logs never waits for whoever reads.
//!
//! Owns: a bounded queue of lines, the thread that writes them, and the count of what found no room. Refuses: to hold anybody up:
//! a console that stands still costs lines of the log, never time of the control thread. What a crash does: lines still queued
//! are lost; those of a panic are given a moment.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::time::Duration;
use tracing_subscriber::fmt::MakeWriter;

/// Most lines that wait to be written.
const LINES: usize = 1024;
/// At the end the rest is waited for no longer than this.
const LAST_WORDS: Duration = Duration::from_millis(500);

enum Item {
    Line(Vec<u8>),
    /// Everything before is to be written; then this is told.
    Flush(SyncSender<()>),
}

/// Takes lines without ever waiting.
#[derive(Clone)]
pub(super) struct Log {
    queue: SyncSender<Item>,
    lost: Arc<AtomicU64>,
}

impl Log {
    /// Starts the thread that writes to `out`.
    ///
    /// # Errors
    /// What the system says when it cannot start one.
    pub(super) fn to(out: impl Write + Send + 'static) -> io::Result<Self> {
        let (queue, items) = mpsc::sync_channel(LINES);
        let lost = Arc::new(AtomicU64::new(0));
        let counted = lost.clone();
        std::thread::Builder::new().name("log".into()).spawn(move || write_all(out, &items, &counted))?;
        Ok(Self { queue, lost })
    }

    /// Gives what is queued a moment to be written.
    pub(super) fn flush(&self) {
        let (told, done) = mpsc::sync_channel(1);
        if self.queue.try_send(Item::Flush(told)).is_ok() {
            // Whether it was in time or not: nobody waits longer.
            done.recv_timeout(LAST_WORDS).unwrap_or_default();
        }
    }
}

fn write_all(mut out: impl Write, items: &Receiver<Item>, lost: &AtomicU64) {
    for item in items {
        let written = match item {
            Item::Line(line) => {
                let missing = match lost.swap(0, Ordering::Relaxed) {
                    0 => Ok(()),
                    lost => writeln!(out, "{lost} lines of the log found no room before this one"),
                };
                missing.and_then(|()| out.write_all(&line))
            }
            Item::Flush(told) => {
                told.send(()).unwrap_or_default();
                Ok(())
            }
        };
        if written.and_then(|()| out.flush()).is_err() {
            // Nobody reads the log: there is nobody to tell.
            lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Write for Log {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match self.queue.try_send(Item::Line(line.to_vec())) {
            Ok(()) => {}
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                self.lost.fetch_add(1, Ordering::Relaxed);
            }
        }
        Ok(line.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A console that takes nothing until it is let go, and then keeps what it was given.
    struct Stuck {
        /// Tells that it stands still, and waits.
        go: Option<(SyncSender<()>, Receiver<()>)>,
        said: mpsc::Sender<Vec<u8>>,
    }
    impl Write for Stuck {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if let Some((stands, go)) = self.go.take() {
                stands.send(()).unwrap();
                go.recv().unwrap();
            }
            self.said.send(bytes.to_vec()).unwrap();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_console_that_stands_still_holds_nobody_up_and_what_was_lost_is_said() {
        let (let_go, go) = mpsc::channel();
        let (stands, still) = mpsc::sync_channel(1);
        let (said, heard) = mpsc::channel();
        let mut log = Log::to(Stuck { go: Some((stands, go)), said }).unwrap();
        log.write_all(b"0\n").unwrap();
        still.recv().unwrap();
        for n in 1..=2 * LINES {
            log.write_all(format!("{n}\n").as_bytes()).unwrap();
        }
        let lost = log.lost.load(Ordering::Relaxed);
        assert_eq!(lost, LINES as u64);
        let_go.send(()).unwrap();
        let mut text = String::new();
        while !text.contains("lines of the log found no room") {
            text.push_str(&String::from_utf8(heard.recv().unwrap()).unwrap());
        }
        assert!(text.starts_with("0\n") && text.contains(&format!("{lost} lines")), "{text}");
    }

    #[test]
    fn the_last_words_are_written() {
        let (said, heard) = mpsc::channel();
        let mut log = Log::to(Stuck { go: None, said }).unwrap();
        log.write_all(b"the last line\n").unwrap();
        log.flush();
        assert_eq!(heard.try_recv().unwrap(), b"the last line\n");
    }
}
