//! One line of a segment: its hash chain and its layout, encoded and decoded. The layout is described in the parent module.
//!
//! Owns: [`Digest`], sealing a line with its hash, and opening it again. Refuses: a line whose hash does not fit, that has
//! unknown keys, or that is no line at all. Pure.

use super::entry::{Entry, EntryKind};
use crate::clock::{BootId, ClockTrust, Stamp};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};
use station::ident::BedId;
use station::measure::{Mono, Wall};
use std::fmt;
use std::str::FromStr;

/// A SHA-256, in text 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 32]);

/// Text that is not 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a SHA-256 in 64 lower-case hexadecimal digits")]
pub struct DigestError;

impl Digest {
    /// What the very first line of a chain takes for its predecessor: 64 zeros.
    pub const ZERO: Self = Self([0; 32]);

    /// The SHA-256 of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The hash of a line: over the text of the previous line's hash, then the line's own text before its hash.
    pub fn chained(prev: &Digest, head: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update(prev.to_hex());
        hash.update(head);
        Self(hash.finalize().into())
    }

    fn to_hex(self) -> [u8; 64] {
        const DIGITS: [u8; 16] = *b"0123456789abcdef";
        let mut hex = [0; 64];
        for (pair, byte) in hex.chunks_exact_mut(2).zip(self.0) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        hex
    }

    /// Reads 64 hexadecimal digits.
    pub(super) fn from_hex(hex: &[u8]) -> Result<Self, DigestError> {
        fn digit(c: u8) -> Result<u8, DigestError> {
            match c {
                b'0'..=b'9' => Ok(c - b'0'),
                b'a'..=b'f' => Ok(c - b'a' + 10),
                0..=b'/' | b':'..=b'`' | b'g'..=u8::MAX => Err(DigestError),
            }
        }
        if hex.len() != 64 {
            return Err(DigestError);
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(hex.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Ok(Self(bytes))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(str::from_utf8(&self.to_hex()).map_err(|_| fmt::Error)?)
    }
}
impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl FromStr for Digest {
    type Err = DigestError;
    fn from_str(text: &str) -> Result<Self, DigestError> {
        Self::from_hex(text.as_bytes())
    }
}
impl TryFrom<String> for Digest {
    type Error = DigestError;
    fn try_from(text: String) -> Result<Self, DigestError> {
        text.parse()
    }
}
impl From<Digest> for String {
    fn from(digest: Digest) -> String {
        digest.to_string()
    }
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// It does not end with its hash and a line feed.
    #[error("the line is not complete")]
    Incomplete,
    /// Its hash does not fit its text and the line before.
    #[error("the hash does not fit the line and its predecessor")]
    Hash,
    /// The hash fits, and yet it is no line of this format.
    #[error("not a line of this format: {0}")]
    Format(String),
}

const KEY: &[u8] = br#","sha256":""#;
const END: &[u8] = br#""}"#;
/// Bytes of a line's end: the key, the hash, quote and brace.
const TAIL: usize = KEY.len() + 64 + END.len();

/// Bytes before a line from which [`digest_before`] reads the previous line's hash.
pub(super) const LOOK_BACK: usize = TAIL + 1;

/// Closes the line that starts at `start` of `text` with its hash and a line feed.
pub(super) fn seal(text: &mut Vec<u8>, start: usize, prev: &Digest) -> Digest {
    let digest = Digest::chained(prev, &text[start..]);
    text.extend(KEY);
    text.extend(digest.to_hex());
    text.extend(END);
    text.push(b'\n');
    digest
}

/// Splits a line (without line feed) into the text that its hash covers and the hash it claims.
pub(super) fn split(line: &[u8]) -> Result<(&[u8], Digest), LineError> {
    let cut = line.len().checked_sub(TAIL).ok_or(LineError::Incomplete)?;
    let (head, tail) = line.split_at(cut);
    let hex = tail.strip_prefix(KEY).and_then(|t| t.strip_suffix(END)).ok_or(LineError::Incomplete)?;
    Ok((head, Digest::from_hex(hex).map_err(|DigestError| LineError::Incomplete)?))
}

/// The hash that the line ending right before these bytes' end claims: how a single line is checked without its file.
pub(super) fn digest_before(bytes: &[u8]) -> Result<Digest, LineError> {
    let line = bytes.strip_suffix(b"\n").ok_or(LineError::Incomplete)?;
    Ok(split(line)?.1)
}

/// Checks a line (without line feed) against the hash of the one before it.
pub(super) fn check(line: &[u8], prev: &Digest) -> Result<Digest, LineError> {
    let (head, claimed) = split(line)?;
    if Digest::chained(prev, head) == claimed { Ok(claimed) } else { Err(LineError::Hash) }
}

/// A line of the journal, decoded.
#[derive(Debug, Clone)]
pub struct Line {
    /// What it says.
    pub entry: Entry,
    /// The last number known synced when it was written.
    pub durable_through: u64,
    /// Its own hash.
    pub sha256: Digest,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    seq: u64,
    boot: BootId,
    mono: Mono,
    wall: Wall,
    trust: ClockTrust,
    kind: EntryKind,
    bed: Option<BedId>,
    body: Box<RawValue>,
    durable_through: u64,
    sha256: Digest,
}

/// Appends the entry's line to `text` and returns its hash.
pub(super) fn encode(text: &mut Vec<u8>, entry: &Entry, durable_through: u64, prev: &Digest) -> Digest {
    let start = text.len();
    let Stamp { boot_id, mono, wall, trust } = entry.stamp;
    let (seq, kind, trust) = (entry.seq, &entry.kind, trust.name());
    let bed = entry.bed.map(|bed| format!(r#","bed":{bed}"#)).unwrap_or_default();
    let line = format!(
        r#"{{"seq":{seq},"boot":"{boot_id}","mono":{},"wall":{},"trust":"{trust}","kind":"{kind}"{bed},"body":{},"durable_through":{durable_through}"#,
        mono.0, wall.0, entry.body
    );
    text.extend(line.as_bytes());
    seal(text, start, prev)
}

/// Decodes a line (without line feed) whose hash has been checked.
pub(super) fn decode(line: &[u8]) -> Result<Line, LineError> {
    let wire: Wire = serde_json::from_slice(line).map_err(|e| LineError::Format(e.to_string()))?;
    let stamp = Stamp { boot_id: wire.boot, mono: wire.mono, wall: wire.wall, trust: wire.trust };
    let entry = Entry { seq: wire.seq, stamp, kind: wire.kind, bed: wire.bed, body: wire.body };
    Ok(Line { entry, durable_through: wire.durable_through, sha256: wire.sha256 })
}

/// Appends a line of a raw segment, whose other keys are the object's own.
pub(super) fn encode_raw<T: Serialize>(text: &mut Vec<u8>, body: &T, prev: &Digest) -> Digest {
    let start = text.len();
    // invariant: the two raw line types are structs of integers and text: writing them to memory cannot fail
    serde_json::to_writer(&mut *text, body).expect("a raw line is plain data");
    text.pop();
    seal(text, start, prev)
}

/// The number a line starts with, from its first bytes, unchecked: for finding the segment that holds an entry.
pub(super) fn seq_of(start: &[u8]) -> Option<u64> {
    let digits = start.strip_prefix(br#"{"seq":"#)?;
    let end = digits.iter().position(|c| *c == b',')?;
    std::str::from_utf8(&digits[..end]).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn entry() -> Entry {
        Entry {
            seq: 7,
            stamp: Stamp { boot_id: BootId(1), mono: Mono(5), wall: Wall(-3), trust: ClockTrust::Rtc },
            kind: EntryKind::of("event"),
            bed: Some(BedId::new(2).unwrap()),
            body: serde_json::value::to_raw_value(&json!({"a": "x\",\"sha256\":\"y"})).unwrap(),
        }
    }

    #[test]
    fn a_line_is_byte_for_byte_what_the_format_says() {
        let mut text = Vec::new();
        let digest = encode(&mut text, &entry(), 6, &Digest::ZERO);
        let head = concat!(
            r#"{"seq":7,"boot":"00000000-0000-0000-0000-000000000001","mono":5,"wall":-3,"trust":"rtc","#,
            r#""kind":"event","bed":2,"body":{"a":"x\",\"sha256\":\"y"},"durable_through":6"#
        );
        let expected = Digest(Sha256::digest(format!("{}{head}", "0".repeat(64))).into());
        assert_eq!(digest, expected);
        assert_eq!(String::from_utf8(text).unwrap(), format!("{head},\"sha256\":\"{expected}\"}}\n"));
    }

    #[test]
    fn a_line_read_back_is_the_entry_written() {
        let mut text = Vec::new();
        let digest = encode(&mut text, &entry(), 6, &Digest::ZERO);
        let line = text.strip_suffix(b"\n").unwrap();
        assert_eq!(check(line, &Digest::ZERO), Ok(digest));
        assert_eq!(check(line, &digest), Err(LineError::Hash));
        let back = decode(line).unwrap();
        assert_eq!((back.durable_through, back.sha256), (6, digest));
        let mut again = Vec::new();
        encode(&mut again, &back.entry, 6, &Digest::ZERO);
        assert_eq!(again, text);
        assert_eq!(seq_of(line), Some(7));
        assert_eq!(digest_before(&text), Ok(digest));
    }

    #[test]
    fn every_flipped_bit_of_a_line_is_noticed() {
        let mut text = Vec::new();
        encode(&mut text, &entry(), 6, &Digest::ZERO);
        for at in 0..text.len() - 1 {
            for bit in 0..8 {
                let mut bad = text[..text.len() - 1].to_vec();
                bad[at] ^= 1 << bit;
                assert!(check(&bad, &Digest::ZERO).is_err(), "bit {bit} of byte {at}");
            }
        }
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let line = concat!(
            r#"{"seq":7,"boot":"00000000-0000-0000-0000-000000000001","mono":5,"wall":3,"trust":"rtc","kind":"e","#,
            r#""body":1,"durable_through":6,"more":1,"sha256":"0000000000000000000000000000000000000000000000000000000000000000"}"#
        );
        assert!(matches!(decode(line.as_bytes()), Err(LineError::Format(_))));
    }
}
