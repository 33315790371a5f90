//! The state folder: where everything of one station lies, and who may work in it.
//!
//! Owns: the names in it, its permissions and its lock. Refuses: a folder that others may look into, and a second daemon or
//! command that writes while one does. A crash leaves the lock's file and no lock: the kernel lets go of it with the process.
//!
//! | name | content |
//! |---|---|
//! | `journal/` | the journal: the truth |
//! | `index/` | the store: made again from the journal when it is missing |
//! | `outputs.json` | the last good map of outputs, for `hemostation safe` |
//! | `master.key` | the master key, unless the configuration names another file |
//! | `control.sock` | the control socket, unless the configuration names another one |
//! | `traffic/` | what went over the ports, where that is recorded, unless the configuration names another folder |
//! | `lock` | held while somebody writes here; holds the number of that process |

use rustix::fs::{FlockOperation, flock};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// Why the state folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The folder is not there.
    #[error("there is no state folder {0}: check the path given with --state")]
    Missing(PathBuf),
    /// Everybody on this machine may look into it.
    #[error("others may look into {path} (mode {mode:04o}); run: chmod o-rwx {path}")]
    Open {
        /// The folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Another process writes there.
    #[error("{path} is in use by process {holder}: stop that first, e.g. systemctl stop hemostation")]
    InUse {
        /// The folder.
        path: PathBuf,
        /// Number of that process, or `?`.
        holder: String,
    },
    /// The system refuses something.
    #[error("{path}: {source}")]
    Io {
        /// What was to be used.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// A station's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateDir {
    path: PathBuf,
}

/// Nobody else writes in the folder while this is held.
#[derive(Debug)]
pub struct StateLock {
    _file: File,
}

impl StateDir {
    /// The folder, made with mode 0700 when it is not there.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn make(path: &Path) -> Result<Self, StateError> {
        make_folder(path).map_err(|source| StateError::Io { path: path.to_owned(), source })?;
        Self::existing(path)
    }

    /// The folder, which has to be there.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn existing(path: &Path) -> Result<Self, StateError> {
        let metadata = std::fs::metadata(path);
        let metadata = match metadata {
            Ok(metadata) if metadata.is_dir() => metadata,
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(StateError::Io { path: path.to_owned(), source });
            }
            Ok(_) | Err(_) => return Err(StateError::Missing(path.to_owned())),
        };
        let mode = metadata.mode() & 0o777;
        if mode & 0o007 != 0 {
            return Err(StateError::Open { path: path.to_owned(), mode });
        }
        Ok(Self { path: path.to_owned() })
    }

    /// Keeps every other writer out until the lock is dropped or the process ends.
    ///
    /// # Errors
    /// [`StateError::InUse`] when somebody writes there.
    pub fn lock(&self) -> Result<StateLock, StateError> {
        let path = self.path.join("lock");
        let io = |source| StateError::Io { path: path.clone(), source };
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mut file = options.open(&path).map_err(io)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(error) if error == rustix::io::Errno::WOULDBLOCK => {
                return Err(StateError::InUse { path: self.path.clone(), holder: holder(&file) });
            }
            Err(error) => return Err(io(error.into())),
        }
        file.set_len(0).map_err(io)?;
        file.rewind().map_err(io)?;
        writeln!(file, "{}", std::process::id()).map_err(io)?;
        Ok(StateLock { _file: file })
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }
    /// Folder of the journal.
    pub fn journal(&self) -> PathBuf {
        self.path.join("journal")
    }
    /// Folder of the store.
    pub fn index(&self) -> PathBuf {
        self.path.join("index")
    }
    /// The last good map of outputs.
    pub fn outputs(&self) -> PathBuf {
        self.path.join("outputs.json")
    }
    /// The control socket, unless the configuration names another one.
    pub fn socket(&self) -> PathBuf {
        self.path.join("control.sock")
    }
}

/// Makes a folder that nobody else may look into, when it is not there.
pub(crate) fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// What the holder wrote into its lock, if it did so already.
fn holder(mut file: &File) -> String {
    let mut text = String::new();
    let read = io::Read::by_ref(&mut file).take(16).read_to_string(&mut text);
    match read {
        Ok(1..) if text.trim().bytes().all(|b| b.is_ascii_digit()) => text.trim().to_owned(),
        Ok(_) | Err(_) => "?".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn one_writer_at_a_time_and_the_other_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let dir = StateDir::make(&folder.path().join("a/state")).unwrap();
        let held = dir.lock().unwrap();
        let refused = dir.lock().unwrap_err().to_string();
        assert!(refused.contains(&format!("process {}", std::process::id())), "{refused}");
        drop(held);
        assert!(dir.lock().is_ok());
    }

    #[test]
    fn a_folder_is_made_private_and_an_open_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        assert!(matches!(StateDir::existing(&path), Err(StateError::Missing(_))));
        StateDir::make(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o700);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        assert!(matches!(StateDir::make(&path), Err(StateError::Open { mode: 0o755, .. })));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o750)).unwrap();
        assert!(StateDir::make(&path).is_ok(), "its group may reach the socket");
    }
}
