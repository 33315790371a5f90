//! Journal entries as lines of JSON for people and `jq`.
//!
//! Owns: one form. Refuses: to add anything: it is the journal's line without the parts of its hash chain. Holds no state.

use controller::journal::Entry;
use serde_json::json;

/// An entry as one line.
///
/// # Errors
/// What the JSON writer says.
pub(super) fn of(entry: &Entry) -> Result<String, serde_json::Error> {
    let stamp = entry.stamp;
    let line = json!({
        "seq": entry.seq,
        "boot": stamp.boot_id.to_string(),
        "mono": stamp.mono.0,
        "wall": stamp.wall.0,
        "trust": stamp.trust.name(),
        "kind": entry.kind.as_str(),
        "bed": entry.bed.map(station::ident::BedId::number),
        "body": serde_json::from_str::<serde_json::Value>(entry.body.get())?,
    });
    serde_json::to_string(&line)
}
