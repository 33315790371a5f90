//! The journal: the append-only truth of the station, and the specification of its files.
//!
//! Owns: everything in the `journal` folder. Refuses: to rewrite or drop a line, and to guess what a damaged one said. What a
//! crash does to it: entries that were not committed may be gone, from some number on; nothing else changes.
//!
//! # Files
//!
//! | file | content |
//! |---|---|
//! | `journal-00000001.jsonl`, ... | segments: entries, one line each, numbered without gaps over all segments |
//! | `raw-00000001.jsonl`, ... | raw segments: weight samples, one pack a line |
//! | `failed` | the disk failed: nothing is written until a person accepts the journal |
//! | `quarantine/` | copies of what recovery cut off or found damaged; never read again by the program |
//!
//! All are JSON Lines: UTF-8, one compact JSON object and one line feed per line.
//!
//! # A line of a segment
//!
//! ```json
//! {"seq":12,"boot":"0f3c...","mono":93000112,"wall":1790000000000,"trust":"synced","kind":"opened","bed":1,
//!  "body":{"donation":12,"bed":1},"durable_through":11,"sha256":"1b4f..."}
//! ```
//! (one line in the file), keys always in this order:
//!
//! | key | meaning |
//! |---|---|
//! | `seq` | number of the entry, from 1, without gaps |
//! | `boot` | the kernel's boot id; `mono` compares only within one |
//! | `mono` | microseconds since that boot |
//! | `wall` | milliseconds since 1970 UTC, never below an earlier line's |
//! | `trust` | `synced`, `rtc`, `confirmed`, `untrusted`: how far to believe `wall` |
//! | `kind` | what the entry is about; see [`entry`] |
//! | `bed` | 1 to 8; absent when the entry is the station's |
//! | `body` | the rest, by kind |
//! | `durable_through` | the last number known to be on the disk when this line was written |
//! | `sha256` | SHA-256 over the previous line's `sha256` as text (64 zeros before the first line), then this line's text up to, and without, `,"sha256":` |
//!
//! So a shell verifies a segment, with `prev` from the checkpoint's `body.prev`:
//!
//! ```sh
//! while read -r line; do
//!   head=${line%,\"sha256\":*}
//!   sum=$(printf %s%s "$prev" "$head" | sha256sum | cut -d' ' -f1)
//!   [ "$sum" = "$(printf %s "$line" | jq -r .sha256)" ] || echo "bad: $head"
//!   prev=$sum
//! done < journal-00000001.jsonl
//! ```
//!
//! # Checkpoints
//!
//! The first entry of every segment, and no other, is a `checkpoint`: the hash of the last line before (`prev`), the last
//! line of the raw chain (`raw`), and a state given by the caller from which, with the entries after `state.through`,
//! everything in the store is made again. A segment may be removed when all its entries are at or below `state.through`
//! of the newest durable checkpoint, no record in it waits for an acknowledgement, and the folder has outgrown its bound.
//!
//! # Raw segments
//!
//! The first line is `{"raw":1,"prev":"...","sha256":"..."}`, every other one a pack:
//! `{"line":1,"bed":1,"mono":93000112,"every":1,"samples":[[0,412000,1,17],...],"sha256":"..."}`. A sample is
//! `[microseconds since the one before, milligrams, quality (0 stable, 1 dynamic, 2 bad), tacho phase / 256 if known]`;
//! `every` is above 1 when samples were thinned out. The chain of hashes is its own, over all raw segments; every pack is
//! hung into the journal by a `pack` entry with segment, line, offset, count and hash, so that raw segments can be removed
//! oldest first and the rest still be checked.
//!
//! # Commit
//!
//! A commit writes the raw segment and syncs it, then the journal segment and syncs that: one `fdatasync` each, and so a
//! durable `pack` entry never points into nothing. A segment is synced to its end before the next one is made.
//!
//! # Recovery
//!
//! Opening verifies from the last checkpoint on. *Durable* is the highest `durable_through` of any line that can still be
//! trusted, or what the caller knows from elsewhere. The first bad line decides:
//! - its number is above durable: a **torn tail**, the normal trace of a power cut. From there on everything is copied to
//!   quarantine, cut, and reported; raw lines that no entry points to go the same way.
//!   The rest is synced before it counts as durable, as it may have been read from memory only.
//! - at or below: **damage**. It is copied to quarantine and opening fails. It is never cut, never skipped, never guessed.
//!
//! A damaged journal is gone on with on a person's word only: a segment behind it, whose checkpoint holds what the store still knows. What can be
//! believed stays in its place, and every verification goes on telling the damage.
//!
//! After a failed sync nobody knows what is on the disk, and what is read back may come from memory alone. That run never writes
//! the journal again and leaves a file `failed` beside it, if the disk takes one; a start that finds it writes nothing either, until
//! a person has accepted the journal. Every opening reads what the disk holds: it first lets go of what the system remembers.

mod behind;
pub mod disk;
pub mod entry;
mod line;
pub mod mem_disk;
pub mod pack;
mod reader;
mod recovery;
mod retention;
mod scan;
mod segment;
pub mod thread;
mod verify;
mod writer;

pub use behind::{Behind, BehindError, behind, go_on, newest_checkpoint, readable_after};
pub use entry::{Body, Draft, DraftError, Entry, EntryKind};
pub use line::{Digest, DigestError, Line, LineError};
pub use pack::{Pack, Packer};
pub use reader::{Entries, ReadError, Reader};
pub use recovery::{Damage, OpenError, Recovery, Torn, accept, failed_before, forget_cached, open};
pub use retention::{Retention, prune};
pub use scan::Flaw;
pub use verify::{VerifyReport, verify};
pub use writer::{AppendError, Commit, CommitError, Committed, Position, Settings, Writer};

#[cfg(test)]
mod crash_tests;
#[cfg(test)]
mod tests;
