//! Nothing is collected under a number that was not on the set or in a bag that is out of date, and no number names two
//! donations.
//!
//! Owns: which numbers and dates were really held before each bed's scanner or typed off, and when. Refuses: the station's register. Of a
//! date only the year is judged: the bags of the simulation are years old, or good for a year.

use super::{Checker, Findings};
use crate::explore::eye::Line;
use crate::explore::seen::{End, Scene, Seen};
use serde_json::Value;
use station::api::Snapshot;
use station::ident::BedId;
use station::measure::Mono;
use std::collections::{BTreeMap, BTreeSet};

const NAME: &str = "identity";

/// See the file.
#[derive(Debug, Default)]
pub(super) struct IdentityChecker {
    /// Labels read at each bed since it was free, and when.
    read: BTreeMap<u64, Vec<(Mono, Label)>>,
    /// Which donation each number names.
    named: BTreeMap<String, u64>,
    voided: BTreeSet<String>,
}

/// What a label says.
#[derive(Debug, PartialEq, Eq)]
enum Label {
    /// A donation's number, and the container or purpose that it marks.
    Number(String, String),
    /// The year, in this century, of a bag's last day.
    Year(u32),
}

/// The number of a label like `=A99992612345601`, and the container or purpose that it marks.
fn number(label: &str) -> Option<(String, String)> {
    let digits = label.strip_prefix('=').filter(|rest| rest.len() == 15 && !rest.starts_with(')'))?;
    Some((digits[..13].to_owned(), digits[13..].to_owned()))
}

/// The year, in this century, of a date like `&>0260612359`.
fn year(label: &str) -> Option<u32> {
    label.strip_prefix("&>0").filter(|rest| rest.len() == 9)?.get(..2)?.parse().ok()
}

/// The first day of 2026, ms.
const FROM: i64 = 1_767_225_600_000;
/// A year, ms.
const YEAR: i64 = 31_557_600_000;

impl IdentityChecker {
    fn scanned(&mut self, now: Mono, at: BedId, text: &str, findings: &mut Findings) {
        if number(text).is_some_and(|(din, _)| self.named.contains_key(&din)) {
            findings.reached("identity: a known number read again");
        }
        let label = number(text).map(|(din, flag)| Label::Number(din, flag));
        let label = label.or_else(|| year(text).map(Label::Year));
        self.read.entry(u64::from(at.number())).or_default().extend(label.map(|label| (now, label)));
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
        let this_year = 26 + u32::try_from((line.wall - FROM).div_euclid(YEAR)).unwrap_or(0);
        let read = self.read.get(&line.bed).map(Vec::as_slice).unwrap_or_default();
        let years = read.iter().filter_map(|(_, label)| match label {
            Label::Year(year) => Some(*year),
            Label::Number(..) => None,
        });
        if years.max().is_none_or(|last| last < this_year) {
            findings.broken(NAME, format!("collected under {din} in a bag that is out of date"));
        }
        // Form, bag and each tube, once before the needle and once before the end.
        let times = |flag: &str| {
            let wanted = Label::Number(din.to_owned(), flag.to_owned());
            read.iter().filter(|(_, label)| *label == wanted).count()
        };
        if times("08") < 2 || times("01") < 2 {
            findings.broken(NAME, format!("collected under {din}, which was not on form and bag, twice"));
        }
    }
}

/// No number names two donations that are under way, as their screens show them.
fn shown(picture: &Snapshot, findings: &mut Findings) {
    let mut open = BTreeSet::new();
    for din in picture.beds.iter().filter_map(|view| view.din) {
        if !open.insert(din) {
            findings.broken(NAME, format!("{din} is the number of two beds"));
        }
    }
    if open.len() > 1 {
        findings.reached("identity: several numbers at once");
    }
}

impl Checker for IdentityChecker {
    fn see(&mut self, scene: &Scene<'_>, seen: &Seen<'_>, findings: &mut Findings) {
        match seen {
            Seen::Scanned(at, text) => self.scanned(scene.now(), *at, text, findings),
            Seen::Typed(typed) => self.scanned(scene.now(), typed.bed, &typed.label, findings),
            Seen::Shown(picture) => shown(picture, findings),
            Seen::Line(line) if line.kind == "record" => self.record(line, findings),
            // A free bed's labels are of no donation any more. On a slow disk its line comes to be seen when the next are read.
            Seen::Line(line) if line.kind == "fresh" => {
                let free = scene.clock.in_world_of(&line.boot, line.mono);
                self.read.entry(line.bed).or_default().retain(|(at, _)| *at > free);
            }
            Seen::Line(_)
            | Seen::Passed
            | Seen::Did(..)
            | Seen::Asked(_)
            | Seen::AskedShift(..)
            | Seen::Answered(..)
            | Seen::Ordered(..)
            | Seen::Handed(_)
            | Seen::Stopped
            | Seen::Started => {}
        }
    }

    fn end(&mut self, _: &Scene<'_>, _: &End<'_>, _: &mut Findings) {}
}
