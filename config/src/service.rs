//! Sections `[journal]`, `[socket]`, `[terminal]`, `[operators]`, `[traffic]` and `[secrets]`.
//!
//! Owns: what these parts may be told. Refuses: a control socket that everybody may open, and names that lead out of the
//! state directory without being absolute. Holds no state.

use crate::port::{MAX_PATH, absolute};
use crate::section::Section;
use serde::{Serialize, Serializer};
use std::ops::RangeInclusive;
use std::path::{Component, Path, PathBuf};

/// The journal on disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Journal {
    /// Size at which a segment is closed, 1 to 64 MiB.
    pub segment_mib: u32,
    /// Closed segments kept besides those that still hold something unacknowledged, 4 to 10000.
    pub keep: u32,
}

/// The control socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Socket {
    /// Its name; a relative one is below the state directory.
    pub path: PathBuf,
    /// Group that may connect; the daemon's own when `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Permission bits; nothing for others.
    #[serde(serialize_with = "as_octal")]
    pub mode: u32,
}

impl Socket {
    /// The socket's name when the state directory is this one.
    pub fn path_in(&self, state_dir: &Path) -> PathBuf {
        state_dir.join(&self.path)
    }
}

fn as_octal<S: Serializer>(mode: &u32, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&format!("{mode:04o}"))
}

/// Language of the nurse terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// Chinese.
    Zh,
    /// English.
    En,
}

/// The nurse terminal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Terminal {
    /// Language it starts in.
    pub language: Language,
}

/// Signing in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Operators {
    /// Without an act for this long a session is locked, 1 to 60 min.
    pub session_idle_min: u32,
    /// Wrong PINs in a row until the person is locked out, 3 to 10.
    pub lockout_tries: u32,
    /// Length of the lock, 1 to 60 min.
    pub lockout_min: u32,
    /// Whoever signs in has had the badge read by a scanner here; else a typed number does, and the PIN is all that proves anything.
    pub badge_needed: bool,
}

/// The record of what goes over the ports, for a maker or a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Traffic {
    /// Whether it is kept.
    pub record: bool,
    /// Its folder; a relative one is below the state directory.
    pub folder: PathBuf,
    /// Most files, 2 to 100; the oldest gives way.
    pub files: u32,
    /// Most of one file, 64 to 16384 KiB.
    pub kib: u32,
}

impl Traffic {
    /// Accepted numbers of files.
    pub const FILES: RangeInclusive<u32> = 2..=100;
    /// Accepted sizes of a file, KiB.
    pub const KIB: RangeInclusive<u32> = 64..=16_384;

    /// The record's folder when the state directory is this one.
    pub fn folder_in(&self, state_dir: &Path) -> PathBuf {
        state_dir.join(&self.folder)
    }
}

/// Where keys are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Secrets {
    /// The master key's file; a relative name is below the state directory.
    pub master_key: PathBuf,
}

impl Secrets {
    /// The master key's file when the state directory is this one.
    pub fn master_key_in(&self, state_dir: &Path) -> PathBuf {
        state_dir.join(&self.master_key)
    }
}

/// An absolute path, or a relative one that stays where it starts.
fn path_in_state(text: &str) -> Option<PathBuf> {
    if text.starts_with('/') {
        return absolute(text);
    }
    let path = Path::new(text);
    let stays = path.components().all(|part| matches!(part, Component::Normal(_)));
    let fits = !text.is_empty() && text.len() <= MAX_PATH && !text.ends_with('/');
    (fits && stays && !text.chars().any(char::is_control)).then(|| path.to_owned())
}

const PATH_WANTED: &str = "an absolute path, or a name below the state directory";

/// Longest name of a Unix socket that the kernel takes, bytes.
const MAX_SOCKET_PATH: usize = 107;

pub(crate) fn read_journal(section: &mut Section<'_>) -> Journal {
    let segment_mib = section.number_or("segment_mib", 1..=64, 16);
    let keep = section.number_or("keep", 4..=10_000, 400);
    Journal { segment_mib, keep }
}

pub(crate) fn read_socket(section: &mut Section<'_>) -> Option<Socket> {
    let path = section
        .text("path", PATH_WANTED, |text| path_in_state(text).filter(|_| text.len() <= MAX_SOCKET_PATH))
        .or_else(|| (!section.has("path")).then(|| PathBuf::from("control.sock")));
    let group = section.text("group", "the name of a group, 1 to 32 of a-z, 0-9, _ and -", |text| {
        let fits = (1..=32).contains(&text.len());
        let clean = text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'));
        (fits && clean).then(|| text.to_owned())
    });
    let mode = section.text("mode", "permission bits as \"0600\" or \"0660\"", |text| match text {
        "0600" => Some(0o600),
        "0660" => Some(0o660),
        _ => None,
    });
    Some(Socket { path: path?, group, mode: mode.unwrap_or(0o660) })
}

pub(crate) fn read_terminal(section: &mut Section<'_>) -> Terminal {
    let language = section.choice("language", &[("zh", Language::Zh), ("en", Language::En)]);
    Terminal { language: language.unwrap_or(Language::Zh) }
}

pub(crate) fn read_operators(section: &mut Section<'_>) -> Operators {
    Operators {
        session_idle_min: section.number_or("session_idle_min", 1..=60, 10),
        lockout_tries: section.number_or("lockout_tries", 3..=10, 5),
        lockout_min: section.number_or("lockout_min", 1..=60, 5),
        badge_needed: section.flag_or("badge_needed", true),
    }
}

pub(crate) fn read_traffic(section: &mut Section<'_>) -> Traffic {
    let folder = section.text("folder", PATH_WANTED, path_in_state);
    Traffic {
        record: section.flag_or("record", false),
        folder: folder.unwrap_or_else(|| PathBuf::from("traffic")),
        files: section.number_or("files", Traffic::FILES, 16),
        kib: section.number_or("kib", Traffic::KIB, 1024),
    }
}

pub(crate) fn read_secrets(section: &mut Section<'_>) -> Secrets {
    let master_key = section.text("master_key", PATH_WANTED, path_in_state);
    Secrets { master_key: master_key.unwrap_or_else(|| PathBuf::from("master.key")) }
}
