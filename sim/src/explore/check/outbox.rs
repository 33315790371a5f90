//! Every record is at the BMS once, byte for byte, and nothing is there that the journal does not hold.
//!
//! Owns: the comparison of the two at the end, and that nothing counts as acknowledged that the BMS has not. Refuses: the
//! outbox's own count.

use super::{Checker, Findings};
use crate::explore::seen::{End, Scene, Seen};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};

const NAME: &str = "outbox";

/// See the file.
#[derive(Debug, Default)]
pub(super) struct OutboxChecker {
    /// Name and hash of each frozen record.
    frozen: BTreeMap<String, (String, String)>,
    acknowledged: BTreeSet<String>,
}

impl Checker for OutboxChecker {
    fn see(&mut self, _: &Scene<'_>, seen: &Seen<'_>, findings: &mut Findings) {
        let Seen::Line(line) = seen else { return };
        let text = |key: &str| line.body[key].as_str().unwrap_or("").to_owned();
        let id = line.body["id"].to_string();
        if line.kind == "record" {
            let sum = Sha256::digest(text("canonical").as_bytes());
            let sha256: String = sum.iter().map(|byte| format!("{byte:02x}")).collect();
            if sha256 != text("sha256") {
                findings.broken(NAME, format!("record {id} is frozen under another hash"));
            }
            let canonical: Value = serde_json::from_str(&text("canonical")).unwrap_or_default();
            let name = canonical["id"].as_str().unwrap_or("").to_owned();
            if self.frozen.insert(id.clone(), (name, sha256)).is_some() {
                findings.broken(NAME, format!("record {id} is frozen twice"));
            }
        } else if line.kind == "acknowledged" {
            if self.frozen.get(&id).map(|(_, sha256)| sha256) != Some(&text("sha256")) {
                findings.broken(NAME, format!("record {id} counts as acknowledged with another hash"));
            }
            self.acknowledged.insert(id);
        }
    }

    fn end(&mut self, _: &Scene<'_>, end: &End<'_>, findings: &mut Findings) {
        let there: BTreeMap<&str, &str> =
            end.book.accepted().map(|record| (record.id.as_str(), record.sha256.as_str())).collect();
        for (id, (name, sha256)) in &self.frozen {
            findings.reached("outbox: compared");
            match there.get(name.as_str()) {
                None => findings.broken(NAME, format!("record {id} never came to the BMS")),
                Some(other) if other != sha256 => {
                    findings.broken(NAME, format!("record {id} is another one at the BMS"));
                }
                Some(_) => {}
            }
            if !self.acknowledged.contains(id) {
                findings.broken(NAME, format!("record {id} was let go without an acknowledgement"));
            } else if !end.book.has_echoed(name) {
                findings.broken(NAME, format!("record {id} was let go for an answer of another hash"));
            }
        }
        let frozen: BTreeSet<&str> = self.frozen.values().map(|(name, _)| name.as_str()).collect();
        for id in there.keys().filter(|id| !frozen.contains(**id)) {
            findings.broken(NAME, format!("record {id} is at the BMS and not in the journal"));
        }
    }
}
