//! One run as a story: what happened at each bed, line by line.
//!
//! Owns: the words. Refuses: lamps and other small talk. Holds the last phase and alarms of each bed only.

use super::seen::{Scene, Seen};
use crate::say;
use station::device::Actuation;
use station::ident::BedId;
use station::measure::Mono;
use station::procedure::phase::PhaseName;
use std::collections::BTreeMap;

/// The teller: silent, or to standard output.
#[derive(Debug, Default)]
pub struct Story {
    aloud: bool,
    phases: BTreeMap<BedId, (PhaseName, String)>,
}

impl Story {
    /// One that tells, or not.
    pub fn new(aloud: bool) -> Self {
        Self { aloud, ..Self::default() }
    }

    /// Tells a line.
    pub fn tell(&self, now: Mono, what: &str) {
        if self.aloud {
            let ms = now.0 / 1000;
            say!("{:4}:{:02}.{:03}  {what}", ms / 60_000, ms / 1000 % 60, ms % 1000);
        }
    }

    /// Tells what was seen, where it is worth it.
    pub fn see(&mut self, scene: &Scene<'_>, seen: &Seen<'_>) {
        if !self.aloud {
            return;
        }
        let now = scene.now();
        match seen {
            Seen::Did(bed, hand) => self.tell(now, &format!("bed {bed}  a hand: {hand:?}")),
            Seen::Scanned(bed, text) => self.tell(now, &format!("bed {bed}  scanned: {text}")),
            Seen::Typed(typed) => self.tell(now, &format!("bed {}  typed: {}", typed.bed, typed.label)),
            Seen::Asked(asked) => {
                let by = asked.by.as_ref().map_or_else(|| "nobody".to_owned(), |by| by.id.to_string());
                self.tell(now, &format!("bed {}  {by} asks: {:?}", asked.bed, asked.act));
            }
            Seen::AskedShift(_, ask) => self.tell(now, &format!("the shift: {ask:?}")),
            Seen::Answered(_, Err(error)) => self.tell(now, &format!("       refused: {error}")),
            Seen::Ordered(_, Actuation::Lamp(_) | Actuation::Buzzer(_) | Actuation::ScannerTrigger(_), _) => {
            }
            Seen::Ordered(bed, actuation, permit) => {
                let kind = if permit.is_some() { "permit" } else { "protect" };
                self.tell(now, &format!("bed {bed}  {kind}: {actuation:?}"));
            }
            Seen::Line(line) if line.kind == "record" => {
                let record: serde_json::Value =
                    serde_json::from_str(line.body["canonical"].as_str().unwrap_or("")).unwrap_or_default();
                let said = &record["record"];
                let what = format!("{}, {} uL, abort {}", said["disposition"], said["volume"], said["abort"]);
                self.tell(now, &format!("bed {}  record {}: {what}", line.bed, record["id"]));
            }
            Seen::Shown(snapshot) => {
                for view in &snapshot.beds {
                    let alarms: Vec<&str> =
                        view.alarms.iter().filter(|a| a.holds).map(|a| a.code.code()).collect();
                    let present = (view.phase, format!("{:?} {}", view.prompt, alarms.join(" ")));
                    if self.phases.get(&view.bed) != Some(&present) {
                        let volume = view.volume;
                        let text = format!("bed {}  {:?}, {volume}: {}", view.bed, view.phase, present.1);
                        self.tell(now, &text);
                        self.phases.insert(view.bed, present);
                    }
                }
            }
            Seen::Started => self.tell(now, "the station starts"),
            Seen::Stopped => self.tell(now, "the station stops"),
            Seen::Passed | Seen::Answered(_, Ok(_)) | Seen::Handed(_) | Seen::Line(_) => {}
        }
    }
}
