//! A port or a chip that is being opened: on a thread of its own, as an adapter that hangs on its bus can keep whoever opens it
//! for seconds, and a clamp of another bed must not wait for that.
//!
//! Owns: one thread for an attempt. Refuses: to wait longer than it is told. An attempt that nobody waits for any more closes
//! again what it has opened; one that never ends keeps its thread, and nothing is tried again meanwhile. A crash ends it.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;
use tokio::runtime::Handle;

/// An attempt under way.
pub(super) struct Opening<T> {
    done: Receiver<T>,
}

impl<T: Send + 'static> Opening<T> {
    /// Begins. Must run within the runtime that is to read what is opened.
    ///
    /// # Errors
    /// What the system says when it has no more threads.
    pub(super) fn begin(open: impl FnOnce() -> T + Send + 'static) -> io::Result<Self> {
        let (send, done) = sync_channel(1);
        let runtime = Handle::current();
        let body = move || {
            let within = runtime.enter();
            // When nobody waits any more what was opened comes back, and is closed by that.
            drop(send.send(open()));
            drop(within);
        };
        std::thread::Builder::new().name("open".to_owned()).spawn(body)?;
        Ok(Self { done })
    }

    /// What came of it, when it is over within this.
    ///
    /// # Errors
    /// Its thread has ended without a word.
    pub(super) fn result(&self, patience: Duration) -> Option<io::Result<T>> {
        match self.done.recv_timeout(patience) {
            Ok(result) => Some(Ok(result)),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => {
                Some(Err(io::Error::other("the thread that opens it has ended")))
            }
        }
    }
}

/// Begins an attempt when it is due and none is under way, and says what came of it once that is known.
///
/// # Errors
/// No thread for it, or one that has ended.
pub(super) fn attempt<T: Send + 'static>(
    slot: &mut Option<Opening<T>>,
    is_due: bool,
    patience: Duration,
    open: impl FnOnce() -> T + Send + 'static,
) -> Option<io::Result<T>> {
    if slot.is_none() {
        if !is_due {
            return None;
        }
        match Opening::begin(open) {
            Ok(opening) => *slot = Some(opening),
            Err(error) => return Some(Err(error)),
        }
    }
    let opened = slot.as_ref()?.result(patience);
    if opened.is_some() {
        *slot = None;
    }
    opened
}
