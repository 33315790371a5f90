//! The master key and what is derived from it.
//!
//! Owns: reading and making the key file, and derivation by HMAC-SHA256 with a label. Refuses: key files that others may
//! read, and printing a key. A crash while making the file leaves either no file or a whole one (written beside, then
//! renamed).

use super::entropy::{Entropy, EntropyError};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Why there is no master key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("master key {path}: {source}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not 64 hexadecimal digits.
    #[error("master key {0}: not 64 hexadecimal digits")]
    Malformed(PathBuf),
    /// Somebody else than its owner may read it.
    #[error("master key {path}: mode {mode:o} lets others read it; run: chmod 600 {path}")]
    Open {
        /// Which file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The file is gone, and the journal holds what it sealed.
    #[error(
        "master key {0} is missing and the journal is sealed with it: put the copy from the safe back there; \
         a new key would make every donor a stranger"
    )]
    Missing(PathBuf),
    /// No random bytes for a new one.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

/// The station's master key: 32 bytes, wiped from memory when dropped.
pub struct MasterKey(Zeroizing<[u8; 32]>);

/// A key derived from the master key, or a data key of a day.
pub(super) struct Derived(Zeroizing<[u8; 32]>);

impl Derived {
    pub(super) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }
    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl MasterKey {
    /// From bytes, for tests and simulation.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Reads the key file.
    ///
    /// # Errors
    /// [`KeyError`] when it cannot be read, is malformed, or others may read it.
    pub fn load(path: &Path) -> Result<Self, KeyError> {
        let io = |source| KeyError::Io { path: path.to_owned(), source };
        let mode = fs::metadata(path).map_err(io)?.mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(KeyError::Open { path: path.to_owned(), mode });
        }
        let text = Zeroizing::new(fs::read_to_string(path).map_err(io)?);
        let bytes = crate::hex::decode(text.trim()).map(Zeroizing::new);
        let key = bytes.as_deref().and_then(|b| <[u8; 32]>::try_from(b.as_slice()).ok());
        key.map(Self::from_bytes).ok_or_else(|| KeyError::Malformed(path.to_owned()))
    }

    /// Reads the key file, making it when it does not exist yet. `needed`: something was sealed with it, so that no other one
    /// may take its place.
    ///
    /// # Errors
    /// As [`MasterKey::load`], when it is needed and not there, and when no random bytes are to be had.
    pub fn load_or_make(path: &Path, needed: bool, entropy: &mut dyn Entropy) -> Result<Self, KeyError> {
        let there = path.try_exists().map_err(|source| KeyError::Io { path: path.to_owned(), source })?;
        if there {
            return Self::load(path);
        }
        if needed {
            return Err(KeyError::Missing(path.to_owned()));
        }
        let mut bytes = Zeroizing::new([0u8; 32]);
        entropy.fill(bytes.as_mut_slice())?;
        let io = |source| KeyError::Io { path: path.to_owned(), source };
        let beside = path.with_extension("new");
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&beside)
            .map_err(io)?;
        let text = Zeroizing::new(crate::hex::encode(bytes.as_slice()));
        file.write_all(text.as_bytes()).and_then(|()| file.write_all(b"\n")).map_err(io)?;
        file.sync_all().map_err(io)?;
        fs::rename(&beside, path).map_err(io)?;
        if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
            fs::File::open(folder).and_then(|f| f.sync_all()).map_err(io)?;
        }
        Ok(Self(bytes))
    }

    pub(super) fn derive(&self, label: &[u8]) -> Derived {
        // invariant: HMAC takes a key of any length
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.as_slice()).expect("hmac key");
        mac.update(label);
        Derived::from_bytes(mac.finalize().into_bytes().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::OsEntropy;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_made_key_file_is_private_and_reads_back_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let made = MasterKey::load_or_make(&path, false, &mut OsEntropy).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        let read = MasterKey::load_or_make(&path, false, &mut OsEntropy).unwrap();
        assert_eq!(made.0.as_slice(), read.0.as_slice());
    }

    #[test]
    fn a_missing_key_is_not_replaced_once_something_was_sealed_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let missing = MasterKey::load_or_make(&path, true, &mut OsEntropy);
        assert!(matches!(missing, Err(KeyError::Missing(_))));
        assert!(!path.exists());
    }

    #[test]
    fn a_key_others_may_read_or_a_malformed_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        MasterKey::load_or_make(&path, false, &mut OsEntropy).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(MasterKey::load(&path), Err(KeyError::Open { mode: 0o644, .. })));
        fs::write(&path, "12").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(MasterKey::load(&path), Err(KeyError::Malformed(_))));
    }
}
