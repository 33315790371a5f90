//! A file of the kernel's that is read whole each time it is asked for: a thermometer, a converter.
//!
//! Owns: one thread per file, because such a read may take a second or never come back. Refuses: a second question while the first is
//! under way, and to start a second thread for a file that hangs: the link stays open and silent, and who asked has a limit of its own. A crash
//! ends the thread with the process. When the link is dropped the thread ends after the read that it is in.
//!
//! What was read comes as bytes, then [`END`]. A read that failed gives [`END`] alone; one of a file that is gone ends the link.

use super::serial::LinkError;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc as asked;
use tokio::sync::mpsc as read;

/// Ends what was read once. No text of the kernel's has it.
pub const END: u8 = 0;
/// Most bytes of one read; no such file is near it.
pub const MAX_FILE: usize = 4096;

/// A file that is read when it is asked for.
#[derive(Debug)]
pub struct FileLink {
    ask: asked::SyncSender<()>,
    answers: read::Receiver<io::Result<Vec<u8>>>,
    rest: Vec<u8>,
    path: PathBuf,
}

impl FileLink {
    /// Starts the thread. The file is not opened before it is asked for, as opening alone may hang.
    ///
    /// # Errors
    /// [`LinkError::Absent`] when there is no such file.
    pub fn open(path: &Path) -> Result<Self, LinkError> {
        let system = |source| LinkError::System { path: path.to_owned(), source };
        match std::fs::metadata(path) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                return Err(LinkError::Denied { path: path.to_owned() });
            }
            Err(_) => return Err(LinkError::Absent { path: path.to_owned() }),
        }
        // One question: while it is under way the next is dropped.
        let (ask, questions) = asked::sync_channel(1);
        let (answer, answers) = read::channel(1);
        let file = path.to_owned();
        let body = move || {
            while let Ok(()) = questions.recv() {
                if answer.blocking_send(read_whole(&file)).is_err() {
                    return;
                }
            }
        };
        std::thread::Builder::new().name("file".to_owned()).spawn(body).map_err(system)?;
        Ok(Self { ask, answers, rest: Vec::new(), path: path.to_owned() })
    }

    /// Asks for the file. One question at a time: another one meanwhile is none.
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
    /// [`LinkError::Unplugged`] when the file is gone.
    pub async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, LinkError> {
        if self.rest.is_empty() {
            self.rest = match self.answers.recv().await {
                Some(Ok(text)) => text,
                Some(Err(error)) if is_gone(&error) => return Err(self.unplugged()),
                Some(Err(error)) => {
                    tracing::debug!(path = %self.path.display(), %error, "a file was not read");
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
        LinkError::Unplugged { path: self.path.clone() }
    }
}

fn is_gone(error: &io::Error) -> bool {
    let gone = [rustix::io::Errno::NODEV, rustix::io::Errno::NXIO].map(|gone| Some(gone.raw_os_error()));
    error.kind() == io::ErrorKind::NotFound || gone.contains(&error.raw_os_error())
}

fn read_whole(path: &Path) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    File::open(path)?.take(MAX_FILE as u64).read_to_end(&mut text)?;
    text.retain(|byte| *byte != END);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn whole(link: &mut FileLink) -> Vec<u8> {
        let (mut all, mut buffer) = (Vec::new(), [0; 3]);
        while all.last() != Some(&END) {
            let count = link.read(&mut buffer).await.unwrap();
            all.extend_from_slice(&buffer[..count]);
        }
        all
    }

    #[tokio::test]
    async fn it_is_read_anew_each_time_it_is_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w1_slave");
        assert!(matches!(FileLink::open(&path), Err(LinkError::Absent { .. })));
        std::fs::write(&path, "one\0two").unwrap();
        let mut link = FileLink::open(&path).unwrap();
        link.ask().unwrap();
        assert_eq!(whole(&mut link).await, b"onetwo\0");
        std::fs::write(&path, "").unwrap();
        link.ask().unwrap();
        assert_eq!(whole(&mut link).await, b"\0", "an empty file is told too");
    }

    #[tokio::test]
    async fn a_file_that_is_gone_ends_the_link_and_a_failed_read_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w1_slave");
        std::fs::create_dir(&path).unwrap();
        let mut link = FileLink::open(&path).unwrap();
        link.ask().unwrap();
        assert_eq!(
            whole(&mut link).await,
            b"\0",
            "a folder opens and cannot be read, as a line with trouble"
        );
        std::fs::remove_dir(&path).unwrap();
        link.ask().unwrap();
        assert!(matches!(link.read(&mut [0; 8]).await, Err(LinkError::Unplugged { .. })));
    }

    #[tokio::test]
    async fn a_file_that_hangs_holds_nobody_and_takes_no_second_question() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w1_slave");
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR)
            .unwrap();
        let mut link = FileLink::open(&path).unwrap();
        for _ in 0..5 {
            link.ask().unwrap();
        }
        let mut buffer = [0; 8];
        let waits = tokio::select! {
            biased;
            _ = link.read(&mut buffer) => false,
            () = std::future::ready(()) => true,
        };
        assert!(waits, "the control thread goes on");
        // The other end comes at last.
        std::fs::write(&path, "late").unwrap();
        assert_eq!(whole(&mut link).await, b"late\0");
    }
}
