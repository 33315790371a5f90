//! A port that is being opened: on a thread of its own, as an adapter that hangs on its bus can keep whoever opens it for
//! seconds, and a clamp of another bed must not wait for that.
//!
//! Owns: one thread for an attempt. Refuses: to wait longer than it is told. An attempt that nobody waits for any more closes
//! its port again; one that never ends keeps its thread, and its port is not tried again meanwhile. A crash ends it.

use super::build::PortSettings;
use super::link::Link;
use drivers::transport::serial::LinkError;
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;
use tokio::runtime::Handle;

/// What opens a port.
pub(super) type Opener = fn(&PortSettings) -> Result<Link, LinkError>;

/// An attempt under way.
pub(super) struct Opening {
    done: Receiver<Result<Link, LinkError>>,
}

impl Opening {
    /// Begins. Must run within the runtime that is to read the port.
    ///
    /// # Errors
    /// What the system says when it has no more threads.
    pub(super) fn begin(settings: &PortSettings, open: Opener) -> io::Result<Self> {
        let (send, done) = sync_channel(1);
        let (runtime, settings) = (Handle::current(), settings.clone());
        let body = move || {
            let within = runtime.enter();
            // When nobody waits any more the port comes back, and is closed by that.
            drop(send.send(open(&settings)));
            drop(within);
        };
        std::thread::Builder::new().name("open".to_owned()).spawn(body)?;
        Ok(Self { done })
    }

    /// What came of it, when it is over within this.
    pub(super) fn result(
        &self,
        settings: &PortSettings,
        patience: Duration,
    ) -> Option<Result<Link, LinkError>> {
        match self.done.recv_timeout(patience) {
            Ok(result) => Some(result),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => {
                let source = io::Error::other("the thread that opens it has ended");
                Some(Err(LinkError::System { path: settings.path().to_owned(), source }))
            }
        }
    }
}
