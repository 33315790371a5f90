//! No donation begins but in an open shift and over a scale that was checked with the right weights; a shift ends over no donor, and its
//! summary tells the truth.
//!
//! Owns: what truly lay on each tray when somebody said so, which donations are under way, and what became of them since the shift was
//! opened. Refuses: the station's gates and counts.

use super::{Checker, Findings};
use crate::explore::eye::Line;
use crate::explore::seen::{End, Scene, Seen};
use crate::site::Site;
use serde_json::Value;
use station::api::ErrorCode;
use station::api::shift::ShiftAsk;
use station::ident::BedId;
use station::shift::lots::LotKind;
use station::shift::scale::ScaleStep;
use std::collections::BTreeMap;

const NAME: &str = "shift";
/// A check asks for an empty tray and two weights.
const WEIGHINGS: usize = 3;
const KINDS: [LotKind; 4] = [LotKind::Kit, LotKind::Tube, LotKind::Disinfectant, LotKind::Needle];

/// See the file.
#[derive(Debug, Default)]
pub(super) struct ShiftChecker {
    /// The site keeps shifts.
    kept: bool,
    open: bool,
    /// The donation at each bed, by the bed's number.
    under_way: BTreeMap<u64, u64>,
    /// First versions of records since the shift was opened, by what became of the unit.
    counts: BTreeMap<String, u64>,
    /// What the running check of each scale asks for.
    steps: BTreeMap<BedId, ScaleStep>,
    /// Requests in which somebody says that what is asked for lies there, and whether it does.
    said: BTreeMap<u64, (BedId, bool)>,
    /// The same of what the station has taken since the check began.
    weighed: BTreeMap<BedId, Vec<bool>>,
    /// Whether all was right in the last check that came to its end.
    checked: BTreeMap<BedId, bool>,
}

/// The packages that a donation begins with are those that lie there.
fn lots(line: &Line, site: &Site, findings: &mut Findings) {
    let opened = &line.body["event"]["opened"];
    if !opened.is_object() {
        return;
    }
    let lots = opened["lots"].as_array().into_iter().flatten();
    let lots: Vec<&str> = lots.filter_map(|lot| lot["lot"].as_str()).collect();
    for code in KINDS.map(|kind| site.package(kind)[0].clone()) {
        findings.reached("shift: packages compared");
        if !lots.iter().any(|lot| code.ends_with(lot)) {
            findings.broken(
                NAME,
                format!("bed {}: a donation begins without package {code}: {lots:?}", line.bed),
            );
        }
    }
}

/// Of which bed an event speaks.
fn bed_of(event: &Value) -> Option<BedId> {
    BedId::new(u8::try_from(event["bed"].as_u64()?).ok()?).ok()
}

impl ShiftChecker {
    /// Of a site that keeps shifts, or none.
    pub(super) fn new(kept: bool) -> Self {
        Self { kept, ..Self::default() }
    }

    fn asked(&mut self, site: &Site, token: u64, ask: &ShiftAsk) {
        let ShiftAsk::Weigh(bed) = ask else { return };
        let (Some(there), Some(step)) = (site.bed(*bed), self.steps.get(bed)) else { return };
        let wanted = match step {
            ScaleStep::Empty => 0,
            ScaleStep::Weight(grams) => *grams,
        };
        // A bag that hangs there all the while takes nothing from weights that are compared with an empty tray.
        let right = u32::from(there.tray.weight_g()) == wanted;
        self.said.insert(token, (*bed, right));
    }

    fn opened(&mut self, line: &Line, findings: &mut Findings) {
        findings.reached("shift: donations begun");
        if !self.open {
            findings.broken(NAME, format!("bed {}: a donation begins and no shift is open", line.bed));
        }
        let bed = u8::try_from(line.bed).ok().and_then(|number| BedId::new(number).ok());
        if bed.and_then(|bed| self.checked.get(&bed)) != Some(&true) {
            let what = "a donation begins over a scale that was not checked with the right weights";
            findings.broken(NAME, format!("bed {}: {what}", line.bed));
        }
        self.under_way.insert(line.bed, line.seq);
    }

    fn shift(&mut self, event: &Value, findings: &mut Findings) {
        if event["opened"].is_object() {
            if self.open {
                findings.broken(NAME, "a shift is opened in an open one");
            }
            self.open = true;
            self.counts.clear();
        }
        if let Some(bed) = bed_of(&event["scale_check_begun"]) {
            self.weighed.insert(bed, Vec::new());
        }
        if let Some(bed) = bed_of(&event["scale_weighed"]) {
            self.weighed(bed, findings);
        }
        if event["closed"].is_object() {
            findings.reached("shift: ended");
            if let Some(bed) = self.under_way.keys().next() {
                findings.broken(NAME, format!("a shift ends with a donor on bed {bed}"));
            }
            self.open = false;
        }
    }

    /// The station has taken a weight: what was said of it first, and not refused.
    fn weighed(&mut self, bed: BedId, findings: &mut Findings) {
        let token = self.said.iter().find(|(_, (at, _))| *at == bed).map(|(token, _)| *token);
        let Some((_, right)) = token.and_then(|token| self.said.remove(&token)) else { return };
        findings.reached(if right { "shift: weighed" } else { "shift: weighed a wrong weight" });
        let weighed = self.weighed.entry(bed).or_default();
        weighed.push(right);
        if weighed.len() == WEIGHINGS {
            self.checked.insert(bed, !weighed.contains(&false));
        }
    }

    fn record(&mut self, line: &Line) {
        let text = line.body["canonical"].as_str().unwrap_or("");
        let envelope: Value = serde_json::from_str(text).unwrap_or_default();
        if envelope["version"] == 1 {
            let became = envelope["record"]["disposition"].as_str().unwrap_or("").to_owned();
            *self.counts.entry(became).or_default() += 1;
        }
    }

    fn summary(&self, line: &Line, findings: &mut Findings) {
        let text = line.body["canonical"].as_str().unwrap_or("");
        let summary: Value = serde_json::from_str(text).unwrap_or_default();
        findings.reached("shift: summaries compared");
        for became in ["collected", "quarantined", "discard_proposed", "no_unit"] {
            let (said, is) = (&summary["counts"][became], self.counts.get(became).copied().unwrap_or(0));
            if said.as_u64() != Some(is) {
                findings.broken(NAME, format!("the summary says {said} {became}, there were {is}"));
            }
        }
    }
}

impl Checker for ShiftChecker {
    fn see(&mut self, scene: &Scene<'_>, seen: &Seen<'_>, findings: &mut Findings) {
        if !self.kept {
            return;
        }
        match seen {
            Seen::Shown(snapshot) => {
                let scales = &snapshot.shift.scales;
                self.steps = scales.iter().filter_map(|scale| Some((scale.bed, scale.step?))).collect();
            }
            Seen::AskedShift(token, ask) => self.asked(scene.site, *token, ask),
            // What is not durable may yet be on the disk.
            Seen::Answered(token, Err(error)) if error.code != ErrorCode::NotDurable => {
                self.said.remove(token);
            }
            Seen::Line(line) => match line.kind.as_str() {
                "opened" => self.opened(line, findings),
                "event" if line.body["refused"].is_null() => lots(line, scene.site, findings),
                "closed" => {
                    self.under_way.remove(&line.bed);
                }
                "record" => self.record(line),
                "shift" if line.body["refused"].is_null() => self.shift(&line.body["event"], findings),
                "shift_summary" => self.summary(line, findings),
                _ => {}
            },
            // What the disk holds of before has been read.
            Seen::Started => self.said.clear(),
            Seen::Passed
            | Seen::Did(..)
            | Seen::Scanned(..)
            | Seen::Typed(_)
            | Seen::Asked(_)
            | Seen::Ordered(..)
            | Seen::Answered(..)
            | Seen::Handed(_)
            | Seen::Stopped => {}
        }
    }

    fn end(&mut self, _: &Scene<'_>, _: &End<'_>, _: &mut Findings) {}
}
