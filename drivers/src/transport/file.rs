//! A file of the kernel's that is read whole each time it is asked for: a thermometer, a converter.
//!
//! Owns: what is read of it and how much. Refuses: a file that is not there. The thread, and what becomes of a file that hangs, are
//! [`AskedLink`]'s. A crash loses nothing.

use super::asked::{AskedLink, END};
use super::serial::LinkError;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// Most bytes of one read; no such file is near it.
pub const MAX_FILE: usize = 4096;

/// A link to a file. It is not opened before it is asked for, as opening alone may hang.
///
/// # Errors
/// [`LinkError::Absent`] when there is no such file.
pub fn open(path: &Path) -> Result<AskedLink, LinkError> {
    match std::fs::metadata(path) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            return Err(LinkError::Denied { path: path.to_owned() });
        }
        Err(_) => return Err(LinkError::Absent { path: path.to_owned() }),
    }
    let file = path.to_owned();
    AskedLink::start(path, move || move || read_whole(&file))
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

    async fn whole(link: &mut AskedLink) -> Vec<u8> {
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
        assert!(matches!(open(&path), Err(LinkError::Absent { .. })));
        std::fs::write(&path, "one\0two").unwrap();
        let mut link = open(&path).unwrap();
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
        let mut link = open(&path).unwrap();
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
        let mut link = open(&path).unwrap();
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
