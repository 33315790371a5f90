//! The eye on the disk: reads the journal's files as they are, with a reader of its own.
//!
//! Owns: the chain of hashes as the format's description tells it, and what every durable line said. Refuses: the product's own
//! reader, verifier and types. After a power cut it reads everything anew and compares.

use controller::journal::disk::Disk as _;
use controller::journal::mem_disk::MemDisk;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};
use station::measure::Mono;
use std::collections::BTreeMap;

/// One line of the journal.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its number.
    pub seq: u64,
    /// Instant by the computer's clock.
    pub mono: Mono,
    /// Calendar time, ms.
    pub wall: i64,
    /// The boot.
    pub boot: String,
    /// What it is about.
    pub kind: String,
    /// Which bed, 0 for none.
    pub bed: u64,
    /// The rest; nothing for samples.
    pub body: Value,
}

/// What was read so far.
#[derive(Debug, Clone, Default)]
pub struct Eye {
    /// Nobody judges the run: samples and what points to them are not looked at.
    idle: bool,
    /// How far each file was read.
    read: BTreeMap<String, u64>,
    prev: String,
    raw_prev: String,
    /// Hash of every line, from number 1.
    hashes: Vec<String>,
    /// Hash of every raw line by segment, line.
    packs: BTreeMap<(u64, u64), String>,
    wall: i64,
}

/// What every line has.
#[derive(Deserialize)]
struct Keys<'a> {
    seq: u64,
    boot: &'a str,
    mono: u64,
    wall: i64,
    kind: &'a str,
    #[serde(default)]
    bed: u64,
    #[serde(borrow)]
    body: &'a RawValue,
    durable_through: u64,
}

/// What a line about samples says of where they are.
#[derive(Deserialize)]
struct Samples<'a> {
    segment: u64,
    line: u64,
    sha256: &'a str,
}

const MARK: &[u8] = b",\"sha256\":\"";

/// Takes a line apart: the text that is hashed, the hash.
fn split(line: &[u8]) -> Option<(&[u8], &str)> {
    let at = line.len().checked_sub(MARK.len() + 64 + 2)?;
    let (head, tail) = line.split_at(at);
    let hash = tail.strip_prefix(MARK)?.strip_suffix(b"\"}")?;
    Some((head, std::str::from_utf8(hash).ok()?))
}

/// The lines of what ends with one.
fn texts(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\n").unwrap_or(line))
}

fn chained(prev: &str, head: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let sum = Sha256::new().chain_update(prev.as_bytes()).chain_update(head).finalize();
    let digits = sum.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| DIGITS[usize::from(digit)]).collect()
}

impl Eye {
    /// An eye that has read nothing. Where nobody judges the run it only follows what donations do.
    pub fn new(judged: bool) -> Self {
        let zero = "0".repeat(64);
        Self { idle: !judged, prev: zero.clone(), raw_prev: zero, ..Self::default() }
    }

    /// The last number read.
    pub fn last(&self) -> u64 {
        self.hashes.len() as u64
    }

    /// Reads what is new on the disk.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(&mut self, disk: &MemDisk) -> Result<Vec<Line>, String> {
        let files = disk.list().map_err(|error| error.to_string())?;
        let mut lines = Vec::new();
        let judged = !self.idle;
        for (name, len) in files.iter().filter(|(name, _)| judged && name.starts_with("raw-")) {
            for text in texts(&self.fresh(disk, name, *len)?) {
                self.raw(name, text)?;
            }
        }
        for (name, len) in files.iter().filter(|(name, _)| name.starts_with("journal-")) {
            for text in texts(&self.fresh(disk, name, *len)?) {
                lines.push(self.line(name, text)?);
            }
        }
        Ok(lines)
    }

    /// Reads everything anew, as after a stop. What was read before has to be there as it was, up to `told`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn reopen(&mut self, disk: &MemDisk, told: u64) -> Result<Vec<Line>, String> {
        let mut anew = Self::new(!self.idle);
        let lines = anew.read(disk)?;
        let told = usize::try_from(told).unwrap_or(usize::MAX);
        let kept = anew.hashes.iter().zip(&self.hashes).take(told).take_while(|(a, b)| a == b).count();
        if kept < told {
            return Err(format!("entry {} was durable, and is not what it was or is gone", kept + 1));
        }
        let before = self.last();
        *self = anew;
        Ok(lines.into_iter().filter(|line| line.seq > before).collect())
    }

    fn fresh(&mut self, disk: &MemDisk, name: &str, len: u64) -> Result<Vec<u8>, String> {
        let from = self.read.entry(name.to_owned()).or_default();
        if *from >= len {
            return Ok(Vec::new());
        }
        let bytes = disk.read_at(name, *from, usize::MAX).map_err(|error| error.to_string())?;
        *from += bytes.len() as u64;
        if bytes.ends_with(b"\n") { Ok(bytes) } else { Err(format!("{name} ends within a line")) }
    }

    fn raw(&mut self, name: &str, text: &[u8]) -> Result<(), String> {
        let (head, hash) = split(text).ok_or_else(|| format!("{name}: a line without a hash"))?;
        if chained(&self.raw_prev, head) != hash {
            return Err(format!("{name}: the chain of samples is broken"));
        }
        hash.clone_into(&mut self.raw_prev);
        let segment = name.trim_start_matches("raw-").trim_end_matches(".jsonl").parse().unwrap_or(0);
        let number = head.strip_prefix(b"{\"line\":").and_then(|rest| {
            let digits = rest.split(|byte| *byte == b',').next()?;
            std::str::from_utf8(digits).ok()?.parse::<u64>().ok()
        });
        if let Some(number) = number {
            self.packs.insert((segment, number), hash.to_owned());
        }
        Ok(())
    }

    fn line(&mut self, name: &str, text: &[u8]) -> Result<Line, String> {
        let wrong = |what: &str| format!("{name}, line after {}: {what}", self.hashes.len());
        let (head, hash) = split(text).ok_or_else(|| wrong("no hash"))?;
        if !self.idle && chained(&self.prev, head) != hash {
            return Err(wrong("the chain is broken"));
        }
        let keys: Keys<'_> = serde_json::from_slice(text).map_err(|_| wrong("no JSON"))?;
        let Keys { seq, wall, .. } = keys;
        if seq != self.last() + 1 {
            return Err(wrong("a gap in the numbers"));
        }
        if keys.durable_through >= seq {
            return Err(wrong("durable before it was written"));
        }
        if wall < self.wall {
            return Err(wrong("calendar time runs backwards"));
        }
        let mut body = Value::Null;
        if keys.kind == "pack" {
            // Of these there is one a second: nobody but the eye looks into them.
            if !self.idle {
                let to: Samples<'_> = serde_json::from_str(keys.body.get()).map_err(|_| wrong("no pack"))?;
                if self.packs.get(&(to.segment, to.line)).map(String::as_str) != Some(to.sha256) {
                    return Err(wrong("the samples it points to are not there"));
                }
            }
        } else {
            body = serde_json::from_str(keys.body.get()).map_err(|_| wrong("no JSON"))?;
        }
        self.wall = wall;
        hash.clone_into(&mut self.prev);
        self.hashes.push(hash.to_owned());
        let (boot, kind) = (keys.boot.to_owned(), keys.kind.to_owned());
        Ok(Line { seq, mono: Mono(keys.mono), wall, boot, kind, bed: keys.bed, body })
    }
}
