//! No permit leaves before the disk has its intent and all before it, after a stop of its device, twice, or too late.
//!
//! Owns: which intents are durable, as the eye read them off the disk. Refuses: a permit's own word for its age.

use super::{Checker, Findings};
use crate::explore::eye::Line;
use crate::explore::seen::{End, Scene, Seen};
use station::device::Actuation;
use station::ident::BedId;
use station::measure::Mono;
use std::collections::BTreeMap;

const NAME: &str = "permits";

/// An intent on the disk.
#[derive(Debug)]
struct Intent {
    seq: u64,
    actuation: String,
    expires: Mono,
}

/// See the file.
#[derive(Debug, Default)]
pub(super) struct PermitsChecker {
    durable: BTreeMap<(u64, u64), Intent>,
    /// The last entry handed to the disk.
    handed: u64,
    /// The last entry handed over before the device of a bed was stopped.
    stopped: BTreeMap<(BedId, &'static str), u64>,
}

/// What adds energy or opens a path: the device, and whether it is stopped or let go.
fn meaning(actuation: Actuation) -> Option<(&'static str, bool)> {
    match actuation {
        Actuation::ClampOpen => Some(("clamp", true)),
        Actuation::ClampClose => Some(("clamp", false)),
        Actuation::MixerRun => Some(("mixer", true)),
        Actuation::MixerStop => Some(("mixer", false)),
        Actuation::DivertToBag => Some(("diverter", true)),
        Actuation::DivertToPouch => Some(("diverter", false)),
        Actuation::Seal => Some(("sealer", true)),
        Actuation::SealerDisable => Some(("sealer", false)),
        Actuation::Separate => Some(("separator", true)),
        Actuation::SeparatorDisable => Some(("separator", false)),
        Actuation::Lamp(_) | Actuation::Buzzer(_) | Actuation::ScannerTrigger(_) => None,
    }
}

fn name(actuation: Actuation) -> String {
    serde_json::to_value(actuation).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

impl PermitsChecker {
    fn line(&mut self, line: &Line) {
        if line.kind == "fresh" {
            self.durable.retain(|(bed, _), _| *bed != line.bed);
        }
        if line.kind != "command" {
            return;
        }
        for command in line.body["commands"].as_array().into_iter().flatten() {
            let permit = &command["permit"];
            if let (Some(id), Some(actuation)) = (permit["id"].as_u64(), permit["actuation"].as_str()) {
                let expires = Mono(permit["expires"].as_u64().unwrap_or(0));
                let intent = Intent { seq: line.seq, actuation: actuation.to_owned(), expires };
                self.durable.insert((line.bed, id), intent);
            }
        }
    }

    fn released(&mut self, scene: &Scene<'_>, bed: BedId, actuation: Actuation, id: u64) -> Option<String> {
        let Some(intent) = self.durable.remove(&(u64::from(bed.number()), id)) else {
            return Some(format!("bed {bed}: {actuation:?} left before its intent was durable, or twice"));
        };
        let (device, _) = meaning(actuation)?;
        if intent.actuation != name(actuation) {
            return Some(format!("bed {bed}: {actuation:?} left for an intent of {}", intent.actuation));
        }
        if self.stopped.get(&(bed, device)).is_some_and(|last| *last >= intent.seq) {
            return Some(format!(
                "bed {bed}: {actuation:?} left although its {device} was stopped after the intent"
            ));
        }
        let now = scene.clock.now().mono;
        (now > intent.expires).then(|| format!("bed {bed}: {actuation:?} left after it had expired"))
    }
}

impl Checker for PermitsChecker {
    fn see(&mut self, scene: &Scene<'_>, seen: &Seen<'_>, findings: &mut Findings) {
        match seen {
            Seen::Handed(last) => self.handed = *last,
            Seen::Line(line) => self.line(line),
            Seen::Started => {
                self.durable.clear();
                self.stopped.clear();
            }
            Seen::Ordered(bed, actuation, permit) => match (meaning(*actuation), permit) {
                (Some((_, true)), None) => {
                    findings.broken(NAME, format!("bed {bed}: {actuation:?} left without a permit"));
                }
                (Some((device, false)), None) => {
                    self.stopped.insert((*bed, device), self.handed);
                }
                (_, Some(id)) => {
                    findings.reached("permits: released");
                    if let Some(wrong) = self.released(scene, *bed, *actuation, u64::from(id.0)) {
                        findings.broken(NAME, wrong);
                    }
                }
                (None, None) => {}
            },
            Seen::Passed
            | Seen::Did(..)
            | Seen::Scanned(..)
            | Seen::Typed(_)
            | Seen::AskedShift(..)
            | Seen::Asked(_)
            | Seen::Answered(..)
            | Seen::Shown(_)
            | Seen::Stopped => {}
        }
    }

    fn end(&mut self, _: &Scene<'_>, _: &End<'_>, _: &mut Findings) {}
}
