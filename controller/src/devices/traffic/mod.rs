//! What goes over the ports, recorded into a ring of files and played back to the drivers.
//!
//! Owns: the form of a record, below; [`Recorder`] writes it, [`play()`] reads it. Refuses: personal data (masked in
//! [`Links`](super::links::Links), before anything of it comes here), to hold up whoever is recorded, and to decide anything. A
//! crash leaves the newest file without its last lines.
//!
//! A record is a folder of files `traffic-00000001.jsonl` and on, each of at most so many KiB, at most so many of them: the
//! oldest gives way, but for the first of the present run, in which devices say who they are. Each line is one JSON object,
//! named by its `what`:
//!
//! | `what` | says |
//! |---|---|
//! | `run` | the first line of each file: the run that it is a part of: `boot_id`, `mono_us` and `wall_ms` of its beginning, the `station` and its `mode` |
//! | `opened`, `lost` | the port of `who` was opened, or lost, `at_us` |
//! | `in`, `out` | bytes from a device and to it, as `hex` |
//! | `masked` | as many `bytes` went the `way` of `in` or `out`, and may be personal data |
//! | `missing` | so many `pieces` found no room before the next line: the disk did not keep up |
//!
//! `at_us` counts as `mono_us` does, from the machine's start. `who` is a device's name; a line of nodes, whose frames are
//! several devices' at once, is named by its port.

mod play;
mod recorder;
mod ring;

pub use play::{Played, TraceError, play, read};
pub use recorder::Recorder;

use super::links::Way;
use crate::clock::{BootId, Stamp};
use config::Identity;
use serde::{Deserialize, Serialize};
use station::device::Mode;
use station::ident::StationId;
use station::measure::{Mono, Wall};
use std::path::Path;

/// How much is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most files.
    pub files: u32,
    /// Most of one file, KiB.
    pub kib: u32,
}

/// The run that a file is a part of, by its beginning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The machine's start within which instants compare.
    pub boot_id: BootId,
    /// Since then, us.
    pub mono_us: Mono,
    /// Calendar time, ms, as far as it could be trusted.
    pub wall_ms: Wall,
    /// Whose ports; the oldest files do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub station: Option<StationId>,
    /// Whether its devices were real; the oldest files do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
}

impl Run {
    /// A run of this station that begins now.
    pub fn of(identity: &Identity, begun: Stamp) -> Self {
        Self {
            boot_id: begun.boot_id,
            mono_us: begun.mono,
            wall_ms: begun.wall,
            station: Some(identity.id.clone()),
            mode: Some(identity.mode),
        }
    }
}

/// One line of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case", deny_unknown_fields)]
pub enum Line {
    /// The first of each file.
    Run(Run),
    /// A port was opened.
    Opened {
        /// When.
        at_us: Mono,
        /// Whose.
        who: String,
    },
    /// Bytes from a device.
    In {
        /// When.
        at_us: Mono,
        /// Which.
        who: String,
        /// They.
        hex: String,
    },
    /// Bytes to a device.
    Out {
        /// When.
        at_us: Mono,
        /// Which.
        who: String,
        /// They.
        hex: String,
    },
    /// Bytes that may be personal data.
    Masked {
        /// When.
        at_us: Mono,
        /// Whose.
        who: String,
        /// From the device, or to it.
        way: Way,
        /// How many.
        bytes: u64,
    },
    /// A port was lost.
    Lost {
        /// When.
        at_us: Mono,
        /// Whose.
        who: String,
    },
    /// Lines that found no room here.
    Missing {
        /// How many.
        pieces: u64,
    },
}

/// The number of a file of a record; `None`: it is none.
fn number(file: &Path) -> Option<u64> {
    let digits = file.file_name()?.to_str()?.strip_prefix("traffic-")?.strip_suffix(".jsonl")?;
    let is_ours = digits.len() >= 8 && digits.bytes().all(|b| b.is_ascii_digit());
    digits.parse().ok().filter(|_| is_ours)
}

/// The name of the file of this number.
fn name(number: u64) -> String {
    format!("traffic-{number:08}.jsonl")
}
