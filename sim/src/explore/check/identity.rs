//! Nothing is collected under a number that was not on the set, and no number names two donations.
//!
//! Owns: which numbers were really held before each bed's scanner, and when. Refuses: the station's register.

use super::{Checker, Findings};
use crate::explore::eye::Line;
use crate::explore::seen::{End, Scene, Seen};
use serde_json::Value;
use station::ident::BedId;
use std::collections::{BTreeMap, BTreeSet};

const NAME: &str = "identity";

/// See the file.
#[derive(Debug, Default)]
pub(super) struct IdentityChecker {
    /// Labels read at each bed since its donation was opened, with the number on each.
    read: BTreeMap<u64, Vec<(String, String)>>,
    /// Which donation each number names.
    named: BTreeMap<String, u64>,
    voided: BTreeSet<String>,
}

/// The number of a label like `=A99992612345601`, and the container or purpose that it marks.
fn number(label: &str) -> Option<(String, String)> {
    let digits = label.strip_prefix('=').filter(|rest| rest.len() == 15 && !rest.starts_with(')'))?;
    Some((digits[..13].to_owned(), digits[13..].to_owned()))
}

impl IdentityChecker {
    fn scanned(&mut self, at: BedId, text: &str) {
        if let Some((din, flag)) = number(text) {
            self.read.entry(u64::from(at.number())).or_default().push((din, flag));
        }
    }

    fn record(&mut self, line: &Line, findings: &mut Findings) {
        let text = line.body["canonical"].as_str().unwrap_or("");
        let envelope: Value = serde_json::from_str(text).unwrap_or_default();
        let record = &envelope["record"];
        let donation = record["donation"].as_u64().unwrap_or(0);
        for din in record["voided"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            self.voided.insert(din.to_owned());
        }
        let Some(din) = record["din"].as_str() else { return };
        findings.reached("identity: numbers compared");
        if self.named.insert(din.to_owned(), donation).is_some_and(|other| other != donation) {
            findings.broken(NAME, format!("{din} names two donations"));
        }
        if record["disposition"] != "collected" {
            return;
        }
        if self.voided.contains(din) {
            findings.broken(NAME, format!("collected under {din}, which was voided"));
        }
        // Form, bag and each tube, once before the needle and once before the end.
        let read = self.read.get(&line.bed).map(Vec::as_slice).unwrap_or_default();
        let times = |flag: &str| read.iter().filter(|(d, f)| d == din && f == flag).count();
        if times("08") < 2 || times("01") < 2 {
            findings.broken(NAME, format!("collected under {din}, which was not on form and bag, twice"));
        }
    }
}

impl Checker for IdentityChecker {
    fn see(&mut self, _: &Scene<'_>, seen: &Seen<'_>, findings: &mut Findings) {
        match seen {
            Seen::Scanned(at, text) => self.scanned(*at, text),
            Seen::Line(line) if line.kind == "record" => self.record(line, findings),
            // A free bed's labels are of no donation any more.
            Seen::Line(line) if line.kind == "fresh" => drop(self.read.remove(&line.bed)),
            Seen::Line(_)
            | Seen::Passed
            | Seen::Did(..)
            | Seen::Asked(_)
            | Seen::Answered(..)
            | Seen::Ordered(..)
            | Seen::Handed(_)
            | Seen::Shown(_)
            | Seen::Stopped
            | Seen::Started => {}
        }
    }

    fn end(&mut self, _: &Scene<'_>, _: &End<'_>, _: &mut Findings) {}
}
