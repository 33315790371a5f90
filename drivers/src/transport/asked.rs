//! A link that answers when it is asked: a thread of its own does the reading, which may take a second or never come back.
//!
//! Owns: one thread per link. Refuses: a second question while the first is under way, and to start a second thread for a
//! reading that hangs: the link stays open and silent, and who asked has a limit of its own. A crash ends the thread with the
//! process. When the link is dropped the thread ends after the reading that it is in.
//!
//! What was read comes as bytes, then [`END`]. A reading that failed gives [`END`] alone; one of what is gone ends the link.

use super::serial::LinkError;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc as asked;
use tokio::sync::mpsc as read;

/// Ends what was read once. No answer has it.
pub const END: u8 = 0;

/// Something that is read when it is asked for.
#[derive(Debug)]
pub struct AskedLink {
    ask: asked::SyncSender<()>,
    answers: read::Receiver<io::Result<Vec<u8>>>,
    rest: Vec<u8>,
    name: PathBuf,
}

impl AskedLink {
    /// Starts the thread. `name`: as people know what is read. `answer` is made by `begin`, on that thread.
    ///
    /// # Errors
    /// [`LinkError::System`] when the system has no more threads.
    pub(super) fn start<F>(name: &Path, begin: impl FnOnce() -> F + Send + 'static) -> Result<Self, LinkError>
    where
        F: FnMut() -> io::Result<Vec<u8>>,
    {
        // One question: while it is under way the next is dropped.
        let (ask, questions) = asked::sync_channel(1);
        let (answers, answered) = read::channel(1);
        let body = move || {
            let mut answer = begin();
            while let Ok(()) = questions.recv() {
                if answers.blocking_send(answer()).is_err() {
                    return;
                }
            }
        };
        let started = std::thread::Builder::new().name("asked".to_owned()).spawn(body);
        started.map_err(|source| LinkError::System { path: name.to_owned(), source })?;
        Ok(Self { ask, answers: answered, rest: Vec::new(), name: name.to_owned() })
    }

    /// Asks. One question at a time: another one meanwhile is none.
    ///
    /// # Errors
    /// [`LinkError::Unplugged`] when the thread has ended.
    pub fn ask(&mut self) -> Result<(), LinkError> {
        match self.ask.try_send(()) {
            Ok(()) | Err(asked::TrySendError::Full(())) => Ok(()),
            Err(asked::TrySendError::Disconnected(())) => Err(self.unplugged()),
        }
    }

    /// Waits for bytes: at least one, at most as many as `buffer` holds, which must not be empty. Dropping the future loses nothing.
    ///
    /// # Errors
    /// [`LinkError::Unplugged`] when what is read is gone.
    pub async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, LinkError> {
        if self.rest.is_empty() {
            self.rest = match self.answers.recv().await {
                Some(Ok(text)) => text,
                Some(Err(error)) if is_gone(&error) => return Err(self.unplugged()),
                Some(Err(error)) => {
                    tracing::debug!(name = %self.name.display(), %error, "a reading failed");
                    Vec::new()
                }
                None => return Err(self.unplugged()),
            };
            self.rest.push(END);
        }
        let count = self.rest.len().min(buffer.len());
        buffer.iter_mut().zip(self.rest.drain(..count)).for_each(|(place, byte)| *place = byte);
        Ok(count)
    }

    fn unplugged(&self) -> LinkError {
        LinkError::Unplugged { path: self.name.clone() }
    }
}

fn is_gone(error: &io::Error) -> bool {
    let gone = [rustix::io::Errno::NODEV, rustix::io::Errno::NXIO].map(|gone| Some(gone.raw_os_error()));
    error.kind() == io::ErrorKind::NotFound || gone.contains(&error.raw_os_error())
}
