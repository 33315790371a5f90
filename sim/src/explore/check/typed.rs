//! A record says which labels were typed: what it says was typed by somebody there, and what was not scanned often enough it says.
//!
//! Owns: which labels were held before each bed's scanner, and which were typed off at its terminal. Refuses: the station's own count.
//! A label may be both, and what was typed and not taken is in no record: so the record's list lies between the two.

use super::{Checker, Findings};
use crate::explore::eye::Line;
use crate::explore::seen::{End, Scene, Seen};
use serde_json::Value;
use station::ident::BedId;
use station::measure::Mono;
use std::collections::BTreeMap;

const NAME: &str = "typed";
/// What a record calls each label of which it wants to know that it was read, and how the simulated label ends that is there: form and bag
/// are read before the needle and before the end.
const PLACES: [(&str, &str); 2] = [("form", "08"), ("bag", "01")];

/// See the file.
#[derive(Debug, Default)]
pub(super) struct TypedChecker {
    /// Each label, when it was read at which bed, and whether it was typed.
    read: Vec<(BedId, Mono, String, bool)>,
    /// When each donation was opened.
    opened: BTreeMap<u64, Mono>,
}

/// The typed fields of this kind in a record.
fn said(record: &Value, wanted: impl Fn(&Value) -> bool) -> usize {
    let typed = record["typed"].as_array();
    typed.map_or(0, |typed| typed.iter().filter(|field| wanted(&field["label"])).count())
}

impl TypedChecker {
    fn record(&mut self, scene: &Scene<'_>, line: &Line, findings: &mut Findings) {
        let text = line.body["canonical"].as_str().unwrap_or("");
        let envelope: Value = serde_json::from_str(text).unwrap_or_default();
        let record = &envelope["record"];
        let Some(opened) = record["donation"].as_u64().and_then(|number| self.opened.get(&number)) else {
            return;
        };
        let closed = scene.clock.in_world_of(&line.boot, line.mono);
        let here = |at: &BedId| u64::from(at.number()) == line.bed;
        let read: Vec<(&str, bool)> = self
            .read
            .iter()
            .filter(|(at, when, ..)| here(at) && when >= opened && *when <= closed)
            .map(|(.., label, typed)| (label.as_str(), *typed))
            .collect();
        let typed = read.iter().filter(|(_, typed)| *typed).count();
        let counted = usize::try_from(record["typed_labels"].as_u64().unwrap_or(0)).unwrap_or(usize::MAX);
        let fields = said(record, |_| true);
        findings.reached("typed: records judged");
        if fields > 0 {
            findings.reached("typed: records with typed labels judged");
        }
        if counted > typed || fields > typed {
            let what = format!("{counted} typed labels, {fields} fields; {typed} were typed");
            findings.broken(NAME, format!("record {}: {what}", envelope["id"]));
        }
        let collected = record["disposition"] == "collected";
        let din = record["din"].as_str().filter(|_| collected);
        for (place, flag) in PLACES {
            let Some(label) = din.map(|din| format!("={din}{flag}")) else { continue };
            let times = |by_hand: bool| read.iter().filter(|of| **of == (label.as_str(), by_hand)).count();
            let fields = said(record, |field| field == place);
            if fields > times(true) {
                findings.broken(NAME, format!("record {}: {place} typed, which nobody did", envelope["id"]));
            }
            if times(false) + fields < 2 {
                let what = format!("{place} scanned {} times, the rest is not typed", times(false));
                findings.broken(NAME, format!("record {}: {what}", envelope["id"]));
            }
        }
    }
}

impl Checker for TypedChecker {
    fn see(&mut self, scene: &Scene<'_>, seen: &Seen<'_>, findings: &mut Findings) {
        match seen {
            Seen::Scanned(at, label) => self.read.push((*at, scene.now(), (*label).to_owned(), false)),
            Seen::Typed(typed) => {
                self.read.push((typed.bed, scene.now(), typed.label.clone(), true));
            }
            Seen::Line(line) if line.kind == "opened" => {
                self.opened.insert(line.seq, scene.clock.in_world_of(&line.boot, line.mono));
            }
            Seen::Line(line) if line.kind == "record" => self.record(scene, line, findings),
            Seen::Line(_)
            | Seen::Passed
            | Seen::Did(..)
            | Seen::Asked(_)
            | Seen::AskedShift(..)
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
