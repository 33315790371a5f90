//! The last resort: drive every output of the station safe, with nothing but one file.
//!
//! Owns: `outputs.json`, the last good map of outputs, written at each start of the daemon beside the journal. Refuses: to need
//! the configuration, the journal, the store or a running daemon. What a crash does: the file is replaced whole, so the
//! one from before stays good.

mod line;

pub use line::{Checked, LineError, LineMap, NodeMap};

use crate::devices::build::{BusPlan, Chip};
use crate::devices::links::open_lines;
use config::GpioBackend;
use drivers::transport::gpio::{GpioError, Plan, Wiring};
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// The file's name in the state directory.
pub const FILE: &str = "outputs.json";
/// Version of the file.
const VERSION: u32 = 1;
/// Largest file read, bytes: far more than eight beds need.
const MAX_FILE: u64 = 1 << 20;

/// Every output of a station and the level at which it is safe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputMap {
    /// Version of this file.
    pub version: u32,
    /// Chips, in the order of the configuration.
    pub chips: Vec<ChipMap>,
    /// RS-485 lines with their nodes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<LineMap>,
}

/// The outputs at one chip, in the order in which they are driven: clamps first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChipMap {
    /// How the chip is reached.
    pub backend: Backend,
    /// Its outputs.
    pub outputs: Vec<SafeOutput>,
}

/// One output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SafeOutput {
    /// Its device, for people.
    pub device: String,
    /// Its line.
    pub line: u32,
    /// The electrical level at which it is safe: true is high.
    pub high: bool,
}

/// How a chip is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Backend {
    /// The kernel's lines of the chip with this label.
    Gpiocdev(String),
    /// The registers of a Raspberry Pi.
    Rppal,
    /// The virtual chip of a simulation, at this socket.
    Simulated(PathBuf),
}

/// Why outputs could not be driven safe, or the map not be kept.
#[derive(Debug, thiserror::Error)]
pub enum SafeError {
    /// The file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is not an output map of a version known here.
    #[error("{path} is no output map: {why}")]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// What could not be driven. Everything else was.
    #[error("not driven safe: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Undriven(Vec<Undriven>),
}

/// Something that could not be driven safe.
#[derive(Debug, thiserror::Error)]
pub enum Undriven {
    /// A chip.
    #[error(transparent)]
    Chip(#[from] GpioError),
    /// A line or a node of it.
    #[error(transparent)]
    Line(#[from] LineError),
}

impl OutputMap {
    /// The map of these chips and lines.
    pub fn of(chips: &[Chip], buses: &[BusPlan]) -> Self {
        let chips = chips.iter().filter_map(|chip| {
            let backend = match &chip.backend {
                GpioBackend::Gpiocdev { chip } => Backend::Gpiocdev(chip.clone()),
                GpioBackend::Rppal => Backend::Rppal,
                GpioBackend::Simulated { socket } => Backend::Simulated(socket.clone()),
                // Nodes are at the lines.
                GpioBackend::Modbus { .. } => return None,
            };
            let outputs = chip.members.iter().flat_map(|(id, wiring)| outputs(id.as_str(), wiring)).collect();
            Some(ChipMap { backend, outputs })
        });
        Self { version: VERSION, chips: chips.collect(), lines: buses.iter().map(LineMap::of).collect() }
    }

    /// Keeps the map in the state directory, whole or not at all.
    ///
    /// # Errors
    /// [`SafeError::File`]; the map from before is still there.
    pub fn save(&self, state_dir: &Path) -> Result<(), SafeError> {
        let path = state_dir.join(FILE);
        let failed = |source| SafeError::File { path: path.clone(), source };
        let text = serde_json::to_vec_pretty(self).map_err(|error| failed(error.into()))?;
        let fresh = state_dir.join(format!("{FILE}.new"));
        let write = || {
            let mut file = File::create(&fresh)?;
            file.write_all(&text)?;
            file.sync_all()?;
            fs::rename(&fresh, &path)?;
            File::open(state_dir)?.sync_all()
        };
        write().map_err(failed)
    }

    /// Reads the map.
    ///
    /// # Errors
    /// [`SafeError::File`] and [`SafeError::Format`].
    pub fn load(state_dir: &Path) -> Result<Self, SafeError> {
        let path = state_dir.join(FILE);
        let failed = |source| SafeError::File { path: path.clone(), source };
        if fs::metadata(&path).map_err(failed)?.len() > MAX_FILE {
            return Err(SafeError::Format { path, why: format!("over {MAX_FILE} bytes") });
        }
        let text = fs::read(&path).map_err(failed)?;
        let wrong = |why: String| SafeError::Format { path: path.clone(), why };
        let map: Self = serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))?;
        if map.version == VERSION { Ok(map) } else { Err(wrong(format!("version {}", map.version))) }
    }

    /// Drives every output safe: all chips and then all lines are tried, whatever fails. Says how many outputs were driven.
    ///
    /// # Errors
    /// [`SafeError::Undriven`] with every failure.
    pub fn drive(&self) -> Result<usize, SafeError> {
        let (mut driven, mut failures) = (0, Vec::new());
        for chip in &self.chips {
            let outputs: Vec<(u32, bool)> = chip.outputs.iter().map(|out| (out.line, out.high)).collect();
            let plan = Plan { outputs, ..Plan::default() };
            let backend = match &chip.backend {
                Backend::Gpiocdev(label) => GpioBackend::Gpiocdev { chip: label.clone() },
                Backend::Rppal => GpioBackend::Rppal,
                Backend::Simulated(socket) => GpioBackend::Simulated { socket: socket.clone() },
            };
            // Opening drives them.
            match open_lines(&backend, &plan) {
                Ok(lines) => {
                    driven += plan.outputs.len();
                    drop(lines);
                }
                Err(error) => failures.push(error.into()),
            }
        }
        for line in &self.lines {
            let (off, silent) = line.drive();
            driven += off;
            failures.extend(silent.into_iter().map(Undriven::from));
        }
        if failures.is_empty() { Ok(driven) } else { Err(SafeError::Undriven(failures)) }
    }
}

fn outputs(device: &str, wiring: &Wiring) -> Vec<SafeOutput> {
    // Inactive is safe, for every output.
    let safe = |wire: &drivers::transport::gpio::LineRef| SafeOutput {
        device: device.to_owned(),
        line: wire.line,
        high: wire.active_low,
    };
    wiring.outputs.iter().flatten().map(safe).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    fn map(socket: PathBuf) -> OutputMap {
        let output = |device: &str, line, high| SafeOutput { device: device.to_owned(), line, high };
        let outputs = vec![output("bed1.clamp", 4, false), output("bed1.mixer", 5, true)];
        let chips = vec![ChipMap { backend: Backend::Simulated(socket), outputs }];
        OutputMap { version: VERSION, chips, lines: Vec::new() }
    }

    #[test]
    fn the_file_alone_drives_every_output_clamps_first() {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("chip");
        let listener = UnixListener::bind(&socket).unwrap();
        map(socket).save(dir.path()).unwrap();
        assert_eq!(OutputMap::load(dir.path()).unwrap().drive().unwrap(), 2);
        let (mut chip, _) = listener.accept().unwrap();
        let mut said = String::new();
        std::io::Read::read_to_string(&mut chip, &mut said).unwrap();
        assert!(said.starts_with("out 4 0\nout 5 1\n"), "{said}");
    }

    #[test]
    fn what_cannot_be_driven_is_said() {
        let dir = tempfile::tempdir().unwrap();
        let error = map(dir.path().join("nobody")).drive().unwrap_err();
        assert!(matches!(error, SafeError::Undriven(failures) if failures.len() == 1));
    }

    #[test]
    fn a_file_of_another_version_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(OutputMap::load(dir.path()), Err(SafeError::File { .. })));
        let mut other = map(PathBuf::from("/x"));
        other.version = 9;
        other.save(dir.path()).unwrap();
        assert!(matches!(OutputMap::load(dir.path()), Err(SafeError::Format { .. })));
    }
}
