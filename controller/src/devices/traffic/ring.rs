//! The files of a record: at most so many of at most so many KiB, the oldest gives way.
//!
//! Owns: their names, their permissions and which of them goes. Refuses: to touch any other file, to write over one that is
//! there, a folder that others may look into, and a disk on which the journal will need the room. A crash loses what was not
//! flushed; the next run begins a file of its own.

use super::{Limits, Line, Run, name, number};
use crate::state_dir::make_folder;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// A file is begun only where the disk has more than this left besides, bytes: what is recorded for a maker must never cost a
/// donation.
pub(super) const LEAST_FREE: u64 = 512 << 20;

/// Bytes that a disk has left.
pub(super) type Free = fn(&Path) -> io::Result<u64>;

/// What the system says of it.
pub(super) fn free(folder: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// The files of one run, being written.
pub(super) struct Ring {
    folder: PathBuf,
    limits: Limits,
    run: Run,
    free: Free,
    numbers: Numbers,
    file: BufWriter<File>,
    /// Bytes in it.
    size: u64,
}

/// Of the files that are there, ascending.
struct Numbers {
    all: Vec<u64>,
    /// Of this run's first one. It stays: devices say in it who they are, and their drivers listen to nothing before that.
    first: u64,
}

impl Ring {
    /// Begins a file behind those that are there.
    pub(super) fn begin(folder: &Path, limits: Limits, run: Run, free: Free) -> io::Result<Self> {
        make_folder(folder)?;
        let mode = std::fs::metadata(folder)?.mode() & 0o777;
        if mode & 0o077 != 0 {
            let why =
                format!("others may look into it (mode {mode:04o}); run: chmod 0700 {}", folder.display());
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
        }
        has_room(folder, limits, free)?;
        let mut all = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            all.extend(number(&entry?.path()));
        }
        all.sort_unstable();
        let mut numbers = Numbers { first: behind(&all), all };
        let file = numbers.next(folder, limits)?;
        let mut ring = Self { folder: folder.to_owned(), limits, run, free, numbers, file, size: 0 };
        ring.put(&text(&Line::Run(ring.run.clone()))?)?;
        Ok(ring)
    }

    /// Writes a line, into the next file when this one has no room for it.
    pub(super) fn write(&mut self, line: &Line) -> io::Result<()> {
        let text = text(line)?;
        if self.size + text.len() as u64 > u64::from(self.limits.kib) << 10 {
            self.flush()?;
            has_room(&self.folder, self.limits, self.free)?;
            self.file = self.numbers.next(&self.folder, self.limits)?;
            self.size = 0;
            self.put(&self::text(&Line::Run(self.run.clone()))?)?;
        }
        self.put(&text)
    }

    fn put(&mut self, text: &str) -> io::Result<()> {
        self.size += text.len() as u64;
        self.file.write_all(text.as_bytes())
    }

    /// Hands the system what was written.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Whether the next file leaves the disk what it needs for more important things.
fn has_room(folder: &Path, limits: Limits, free: Free) -> io::Result<()> {
    let left = free(folder)?;
    if left >= LEAST_FREE + (u64::from(limits.kib) << 10) {
        return Ok(());
    }
    let why = format!(
        "only {} MiB are free; a file of it is begun with {} MiB to spare",
        left >> 20,
        LEAST_FREE >> 20
    );
    Err(io::Error::new(io::ErrorKind::StorageFull, why))
}

fn text(line: &Line) -> io::Result<String> {
    Ok(serde_json::to_string(line)? + "\n")
}

/// The number behind all of these.
fn behind(all: &[u64]) -> u64 {
    all.last().map_or(1, |last| last.saturating_add(1))
}

impl Numbers {
    /// The next file, once there is room for it.
    fn next(&mut self, folder: &Path, limits: Limits) -> io::Result<BufWriter<File>> {
        while self.all.len() >= limits.files.max(2) as usize {
            let oldest = usize::from(self.all.first() == Some(&self.first));
            match std::fs::remove_file(folder.join(name(self.all.remove(oldest)))) {
                // Somebody took it away: that is as good.
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        let number = behind(&self.all);
        let mut options = OpenOptions::new();
        let file = options.write(true).create_new(true).mode(0o600).open(folder.join(name(number)))?;
        self.all.push(number);
        Ok(BufWriter::new(file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::BootId;
    use station::device::Mode;
    use station::measure::{Mono, Wall};
    use std::os::unix::fs::PermissionsExt as _;

    const RUN: Run = Run {
        boot_id: BootId(7),
        mono_us: Mono(5),
        wall_ms: Wall(9),
        station: None,
        mode: Some(Mode::Simulated),
    };
    const LIMITS: Limits = Limits { files: 3, kib: 64 };

    fn bytes(at: u64) -> Line {
        Line::In { at_us: Mono(at), who: "bed1.scale".to_owned(), hex: "ab".repeat(4096) }
    }

    fn files(folder: &Path) -> Vec<(String, u64)> {
        let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
        let mut all: Vec<(String, u64)> = entries
            .map(|entry| (entry.file_name().into_string().unwrap(), entry.metadata().unwrap().len()))
            .collect();
        all.sort();
        all
    }

    #[test]
    fn files_are_bounded_private_and_the_oldest_gives_way() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("new/traffic");
        let mut ring = Ring::begin(&folder, LIMITS, RUN, free).unwrap();
        (0..100).for_each(|at| ring.write(&bytes(at)).unwrap());
        ring.flush().unwrap();
        let found = files(&folder);
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        // Seven of these lines fill a file: a hundred are in fifteen, of which the first stays.
        assert_eq!(names, ["traffic-00000001.jsonl", "traffic-00000014.jsonl", "traffic-00000015.jsonl"]);
        assert!(found.iter().all(|(_, length)| *length <= 64 << 10), "{found:?}");
        assert!(found[..2].iter().all(|(_, length)| *length > 48 << 10), "each is filled: {found:?}");
        let mode = |path: &Path| std::fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&folder.join(names[0]))), (0o700, 0o600));
        for name in names {
            let text = std::fs::read_to_string(folder.join(name)).unwrap();
            let first: Line = serde_json::from_str(text.lines().next().unwrap()).unwrap();
            assert_eq!(first, Line::Run(RUN), "each file says whose it is");
        }
    }

    #[test]
    fn the_next_run_goes_on_behind_the_last_and_touches_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
        std::fs::write(folder.path().join("traffic-notes.jsonl"), "mine").unwrap();
        std::fs::write(folder.path().join("traffic-00000001.jsonl.bak"), "mine").unwrap();
        for _ in 0..5 {
            drop(Ring::begin(folder.path(), LIMITS, RUN, free).unwrap());
        }
        drop(Ring::begin(folder.path(), Limits { files: 2, kib: 64 }, RUN, free).unwrap());
        let names: Vec<String> = files(folder.path()).into_iter().map(|(name, _)| name).collect();
        let ours = ["traffic-00000005.jsonl", "traffic-00000006.jsonl"];
        assert_eq!(names, [&["traffic-00000001.jsonl.bak"], &ours[..], &["traffic-notes.jsonl"]].concat());
    }

    /// The oldest file gives way only for one that is begun: a record that is worth something stays.
    #[test]
    fn no_file_is_begun_on_a_disk_that_others_need() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("traffic");
        let full: Free = |_| Ok(LEAST_FREE - 1);
        let refused = Ring::begin(&folder, LIMITS, RUN, full).err().unwrap();
        assert!(
            refused.kind() == io::ErrorKind::StorageFull && refused.to_string().contains("511 MiB"),
            "{refused}"
        );
        assert!(files(&folder).is_empty());
        let mut ring = Ring::begin(&folder, LIMITS, RUN, |_| Ok(LEAST_FREE + (64 << 10))).unwrap();
        ring.free = full;
        let written = (0..100).take_while(|at| ring.write(&bytes(*at)).is_ok()).count();
        assert_eq!((written, files(&folder).len()), (7, 1), "the file that is open is filled");
    }

    #[test]
    fn a_folder_that_others_may_look_into_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o750)).unwrap();
        let refused = Ring::begin(folder.path(), LIMITS, RUN, free).err().unwrap();
        assert!(refused.to_string().contains("chmod 0700"), "{refused}");
    }
}
