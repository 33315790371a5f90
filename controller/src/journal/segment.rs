//! Names of segment files, and reading them line by line in bounded memory.
//!
//! Owns: the two kinds of segment, finding them, [`LineReader`]. Refuses: lines longer than [`MAX_LINE`]. Holds one read
//! buffer; writes nothing.

use super::disk::Disk;
use super::entry::MAX_CHECKPOINT;
use std::io;

/// Longest line of any segment: the largest checkpoint and room around it.
pub(super) const MAX_LINE: usize = MAX_CHECKPOINT + 4096;
/// A read starts small, as it is often for one line only, and grows when it turns out to be for many.
const FIRST_CHUNK: usize = 8 * 1024;
const CHUNK: usize = 256 * 1024;

/// The two kinds of segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// Entries.
    Journal,
    /// Weight samples.
    Raw,
}

impl Family {
    fn prefix(self) -> &'static str {
        match self {
            Self::Journal => "journal-",
            Self::Raw => "raw-",
        }
    }

    /// File name of segment `number`.
    pub(super) fn file(self, number: u32) -> String {
        format!("{}{number:08}.jsonl", self.prefix())
    }

    fn number(self, name: &str) -> Option<u32> {
        let digits = name.strip_prefix(self.prefix())?.strip_suffix(".jsonl")?;
        let number = digits.parse().ok()?;
        // Only the one spelling is ours.
        (self.file(number) == name).then_some(number)
    }

    /// Numbers and lengths of the segments that are there, ascending.
    pub(super) fn list(self, disk: &dyn Disk) -> io::Result<Vec<(u32, u64)>> {
        let files = disk.list()?;
        let mut found: Vec<(u32, u64)> =
            files.iter().filter_map(|(name, len)| Some((self.number(name)?, *len))).collect();
        found.sort_unstable();
        Ok(found)
    }
}

/// A line as it lies in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    /// Where it begins.
    pub(super) offset: u64,
    /// Whether a line feed ends it. Not so: the file ends here, or the line is longer than any may be.
    pub(super) complete: bool,
}

/// Reads one file line by line.
pub(super) struct LineReader<'d> {
    disk: &'d dyn Disk,
    name: String,
    buffer: Vec<u8>,
    /// Start of the unread part of `buffer`, and where that is in the file.
    at: usize,
    offset: u64,
    chunk: usize,
    end: bool,
}

impl<'d> LineReader<'d> {
    pub(super) fn new(disk: &'d dyn Disk, name: String, offset: u64) -> Self {
        Self { disk, name, buffer: Vec::new(), at: 0, offset, chunk: FIRST_CHUNK, end: false }
    }

    /// Where the next line begins.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// The next line without its line feed; `None` at the end of the file.
    pub(super) fn next_line(&mut self) -> io::Result<Option<(Span, &[u8])>> {
        let mut searched = self.at;
        let feed = loop {
            match self.buffer[searched..].iter().position(|c| *c == b'\n') {
                Some(n) => break Some(searched + n),
                None if self.end || self.buffer.len() - self.at > MAX_LINE => break None,
                None => {
                    self.buffer.drain(..self.at);
                    self.at = 0;
                    searched = self.buffer.len();
                    let more = self.disk.read_at(&self.name, self.offset + searched as u64, self.chunk)?;
                    self.end = more.len() < self.chunk;
                    self.chunk = (self.chunk * 4).min(CHUNK);
                    self.buffer.extend(more);
                }
            }
        };
        let start = self.at;
        let stop = feed.unwrap_or(self.buffer.len());
        if start == stop && feed.is_none() {
            return Ok(None);
        }
        let span = Span { offset: self.offset, complete: feed.is_some() };
        self.at = feed.map_or(stop, |f| f + 1);
        self.offset += (self.at - start) as u64;
        Ok(Some((span, &self.buffer[start..stop])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::mem_disk::MemDisk;

    #[test]
    fn only_our_own_spelling_is_a_segment() {
        let disk = MemDisk::new();
        for name in
            ["journal-00000002.jsonl", "journal-2.jsonl", "raw-00000001.jsonl", "journal-00000010.jsonl", "x"]
        {
            disk.append(name).unwrap();
        }
        assert_eq!(Family::Journal.list(&disk).unwrap(), [(2, 0), (10, 0)]);
        assert_eq!(Family::Raw.list(&disk).unwrap(), [(1, 0)]);
    }

    #[test]
    fn lines_come_whole_whatever_the_chunks() {
        let disk = MemDisk::new();
        let long = "x".repeat(CHUNK + FIRST_CHUNK - 3);
        let text = format!("one\n\n{long}\nfour\ntorn");
        disk.append("f").unwrap().write_all(text.as_bytes()).unwrap();
        let mut reader = LineReader::new(&disk, "f".into(), 0);
        let mut lines = Vec::new();
        while let Some((span, line)) = reader.next_line().unwrap() {
            lines.push((span.offset, span.complete, String::from_utf8(line.to_vec()).unwrap()));
        }
        let n = long.len() as u64;
        let expected = [
            (0, true, "one"),
            (4, true, ""),
            (5, true, &long),
            (6 + n, true, "four"),
            (11 + n, false, "torn"),
        ];
        assert_eq!(lines, expected.map(|(o, c, l)| (o, c, l.to_owned())));
    }
}
