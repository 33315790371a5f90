//! A record, read and given to the drivers again: what went wrong in the field is a test afterwards.
//!
//! Owns: reading the files in their order, and time that passes as they say: no faster machine changes what comes out.
//! Where files gave way no time passes for a driver, which would take the gap for silence. Refuses: to open any port, and
//! to guess: a line that cannot be read ends it, but for the last one of a file that a crash cut short. What was masked or
//! is a line of nodes is not played: the one is not there, the other answers what only the daemon orders. Holds no state
//! behind the end of a call.

use super::{Line, Run, number};
use crate::devices::host::Host;
use crate::hex;
use drivers::{Inbound, Observation};
use station::ident::DeviceId;
use station::measure::{Mono, Span};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};

/// Why a record cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// The folder or a file cannot be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is none.
    #[error("{}: no file traffic-00000001.jsonl or a later one is here", .0.display())]
    Empty(PathBuf),
    /// A line is none of a record.
    #[error("{}:{line}: {why}", path.display())]
    Line {
        /// In which file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
}

/// What playing tells.
#[derive(Debug)]
pub enum Played<'p> {
    /// Another run begins; every driver begins anew.
    Run(&'p Run),
    /// A driver found something out.
    Said(Mono, &'p DeviceId, &'p Observation),
    /// So many pieces are not there: drivers heard more then than they hear now.
    Missing(u64),
    /// Files gave way here.
    Gap,
}

/// One file of a record: its number and its lines.
struct Trace {
    path: PathBuf,
    number: u64,
}

/// The lines of a record, each with the number of its file: of a folder, or of one file alone.
///
/// # Errors
/// [`TraceError`], also of each line.
pub fn read(path: &Path) -> Result<impl Iterator<Item = Result<(u64, Line), TraceError>>, TraceError> {
    let io = |source| TraceError::Io { path: path.to_owned(), source };
    let mut files = Vec::new();
    if path.is_dir() {
        for entry in std::fs::read_dir(path).map_err(io)? {
            let path = entry.map_err(io)?.path();
            files.extend(number(&path).map(|number| Trace { path, number }));
        }
        if files.is_empty() {
            return Err(TraceError::Empty(path.to_owned()));
        }
        files.sort_by_key(|file| file.number);
    } else {
        files.push(Trace { path: path.to_owned(), number: number(path).unwrap_or_default() });
    }
    Ok(files.into_iter().flat_map(|file| match lines(&file.path) {
        Ok(lines) => lines.into_iter().map(|line| Ok((file.number, line))).collect(),
        Err(error) => vec![Err(error)],
    }))
}

/// The lines of a file. Its size is bounded by whoever wrote it.
fn lines(path: &Path) -> Result<Vec<Line>, TraceError> {
    let io = |source| TraceError::Io { path: path.to_owned(), source };
    let mut reader = BufReader::new(File::open(path).map_err(io)?);
    let (mut all, mut text) = (Vec::new(), Vec::new());
    loop {
        text.clear();
        // A line without its end is one that a crash cut short; the end of the file is none at all.
        if reader.read_until(b'\n', &mut text).map_err(io)? == 0 || text.last() != Some(&b'\n') {
            return Ok(all);
        }
        let wrong = |why: String| TraceError::Line { path: path.to_owned(), line: all.len() + 1, why };
        let line: Line = serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))?;
        if all.is_empty() != matches!(line, Line::Run(_)) {
            return Err(wrong("the first line of a file, and no other, says of which run it is".to_owned()));
        }
        if let Line::In { hex, .. } = &line
            && hex::decode(hex).is_none()
        {
            return Err(wrong("not hexadecimal".to_owned()));
        }
        all.push(line);
    }
}

/// Gives drivers what a record holds. `fresh` makes them, for each run anew.
///
/// # Errors
/// [`TraceError`] of a line, or what `tell` returns.
pub fn play<E: From<TraceError>>(
    lines: impl Iterator<Item = Result<(u64, Line), TraceError>>,
    fresh: impl Fn() -> Host,
    tell: &mut impl FnMut(Played<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let mut stage = Stage::new(fresh());
    let mut file = None;
    for line in lines {
        match line? {
            (number, Line::Run(run)) => match file.replace((run.clone(), number)) {
                Some((last, before)) if last == run && before + 1 == number => {}
                Some((last, _)) if last == run => {
                    stage.gap = true;
                    tell(Played::Gap)?;
                }
                Some(_) | None => {
                    stage = Stage::new(fresh());
                    tell(Played::Run(&run))?;
                }
            },
            (_, Line::Opened { at_us, who }) => stage.handle(at_us, &who, Inbound::Opened, tell)?,
            (_, Line::Lost { at_us, who }) => stage.handle(at_us, &who, Inbound::Lost, tell)?,
            (_, Line::In { at_us, who, hex }) => {
                let bytes = hex::decode(&hex).unwrap_or_default();
                stage.handle(at_us, &who, Inbound::Bytes(&bytes), tell)?;
            }
            (_, Line::Out { at_us, .. } | Line::Masked { at_us, .. }) => drop(stage.pass(at_us, tell)?),
            (_, Line::Missing { pieces }) => tell(Played::Missing(pieces))?,
        }
    }
    Ok(())
}

/// The drivers and their time.
struct Stage {
    host: Host,
    /// Devices whose ports are open.
    open: BTreeSet<DeviceId>,
    /// Of the last line.
    last: Mono,
    /// A gap is before the next line.
    gap: bool,
    /// In gaps so far.
    skipped: Span,
}

impl Stage {
    fn new(host: Host) -> Self {
        Self { host, open: BTreeSet::new(), last: Mono::default(), gap: false, skipped: Span::ZERO }
    }

    /// Lets time pass: every timeout comes at its instant. What time it is for the drivers.
    fn pass<E>(&mut self, now: Mono, tell: &mut impl FnMut(Played<'_>) -> Result<(), E>) -> Result<Mono, E> {
        if std::mem::take(&mut self.gap) {
            self.skipped = self.skipped + now.since(self.last);
        }
        self.last = now;
        let now = Mono(now.0.saturating_sub(self.skipped.0));
        while let Some(at) = self.host.next_timeout().filter(|at| *at <= now) {
            self.host.timeouts(at);
            self.tell_all(at, tell)?;
        }
        Ok(now)
    }

    fn handle<E>(
        &mut self,
        now: Mono,
        who: &str,
        inbound: Inbound<'_>,
        tell: &mut impl FnMut(Played<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let now = self.pass(now, tell)?;
        let Ok(id) = DeviceId::new(who) else { return Ok(()) };
        match inbound {
            Inbound::Lost => drop(self.open.remove(&id)),
            // The files in which it was opened are gone.
            Inbound::Bytes(_) if self.open.insert(id.clone()) => self.host.handle(now, &id, Inbound::Opened),
            Inbound::Opened => drop(self.open.insert(id.clone())),
            Inbound::Bytes(_) | Inbound::Line { .. } | Inbound::Timeout => {}
        }
        self.host.handle(now, &id, inbound);
        self.tell_all(now, tell)
    }

    fn tell_all<E>(
        &mut self,
        now: Mono,
        tell: &mut impl FnMut(Played<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        while self.host.poll_outbound().is_some() {}
        while let Some((id, observation)) = self.host.poll_observation() {
            tell(Played::Said(now + self.skipped, &id, &observation))?;
        }
        Ok(())
    }
}
