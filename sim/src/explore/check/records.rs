//! Records say what was: volumes, times, seals, separations, tubes and dispositions, against what happened to the set.
//!
//! Owns: the tolerances below. Refuses: to believe a "collected" that the world does not bear out. Instants are compared only
//! where nothing and nobody went wrong: then a person's word follows the deed within seconds.

use super::{Checker, Findings};
use crate::explore::eye::Line;
use crate::explore::seen::{End, Scene, Seen};
use crate::explore::truth::SetStory;
use serde_json::Value;
use station::ident::BedId;
use station::measure::{Mono, Span};
use station::procedure::event::Act;
use std::collections::{BTreeMap, BTreeSet};

const NAME: &str = "records";
/// Nanolitres of a millilitre.
const ML: i64 = 1_000_000;
/// A collected volume is this near to the truth, nL.
const VOLUME: i64 = 8 * ML;
/// A pouch of the simulation that was filled holds at least this, nL.
const POUCH: i64 = 10 * ML;
/// A word follows the deed within this.
const WORD: Span = Span::from_secs(12);
/// A measured instant is this near.
const MEASURED: Span = Span::from_secs(3);

/// See the file.
#[derive(Debug, Default)]
pub(super) struct RecordsChecker {
    /// When each donation was opened.
    opened: BTreeMap<u64, Mono>,
    /// Beds at which somebody has cared for the donor since.
    cared: BTreeSet<u64>,
}

/// Something that is not true.
type Wrong = Option<String>;

fn ul(record: &Value, field: &str) -> i64 {
    record[field].as_i64().unwrap_or(0)
}

fn volume(record: &Value, story: &SetStory) -> Wrong {
    let (said, is) = (ul(record, "volume") * 1000, story.bag_nl);
    let nominal = ul(record, "programme_ml") * ML;
    if (said - is).abs() > VOLUME {
        return Some(format!("{said} nL are recorded, {is} nL are in the bag"));
    }
    let band = nominal / 10 + ML;
    // What is said is near what is in the bag, by now: its class may be judged by either.
    ((said - nominal).abs() > band).then(|| format!("{said} nL are no normal bag of {nominal} nL"))
}

fn seals(record: &Value, story: &SetStory) -> Wrong {
    match record["seal"].as_str() {
        Some("device") if story.seal_shots == 0 => Some("a seal by the device that it never made".to_owned()),
        Some(_) if !story.sealed => Some("a seal that is not there".to_owned()),
        Some(_) | None => None,
    }
    .or_else(|| {
        let said = record["separation"].is_string();
        (said && !story.separated).then(|| "a needle taken off that is still on".to_owned())
    })
}

fn tubes(record: &Value, story: &SetStory) -> Wrong {
    let tubes = record["tubes"].as_array().map_or(0, |tubes| {
        tubes.iter().filter(|tube| tube["filled"].is_u64() && tube["missing"].is_null()).count()
    });
    (tubes > usize::from(story.tubes)).then(|| format!("{tubes} tubes full, {} were filled", story.tubes))
}

fn collected(record: &Value, story: &SetStory) -> Wrong {
    let whole = story.needle_in.is_some() && story.needle_out.is_some() && story.sealed && story.separated;
    if !whole {
        return Some(format!("collected from a set that went another way: {story:?}"));
    }
    if !record["abort"].is_null() || record["din"].is_null() || record["reconciled"] != Value::Bool(true) {
        return Some("collected although aborted, without a number or not scanned again".to_owned());
    }
    volume(record, story)
}

/// First blood, where nothing and nobody went wrong: it is in the pouch, not in the bag.
fn diverted(story: &SetStory) -> Wrong {
    (story.pouch_nl < POUCH).then(|| format!("first blood is in the bag, {} nL in the pouch", story.pouch_nl))
}

/// Instants, where nothing and nobody went wrong.
fn instants(scene: &Scene<'_>, record: &Value, story: &SetStory) -> Wrong {
    let fields = [
        ("needle_in", story.needle_in, WORD),
        ("needle_out", story.needle_out, WORD),
        ("first_blood", story.first_blood, WORD),
        ("clamped", story.last_blood, MEASURED),
    ];
    // Of a scale that was told as lost nobody knows when the blood came.
    let lost = record["alarms"].as_array().into_iter().flatten().any(|alarm| alarm[1] == "H09");
    fields.into_iter().filter(|(field, ..)| !(lost && *field == "first_blood")).find_map(
        |(field, truth, within)| {
            let said = record[field].as_u64().map(|mono| scene.clock.in_world(Mono(mono)));
            match (said, truth) {
                (Some(said), Some(is)) if said.0.abs_diff(is.0) <= within.0 => None,
                (None, None) => None,
                (said, is) => Some(format!("{field} is said to be at {said:?} and was at {is:?}")),
            }
        },
    )
}

fn judge(scene: &Scene<'_>, line: &Line, opened: &BTreeMap<u64, Mono>, findings: &mut Findings) {
    let text = line.body["canonical"].as_str().unwrap_or("");
    let Ok(envelope) = serde_json::from_str::<Value>(text) else {
        findings.broken(NAME, format!("entry {}: a record that is no JSON", line.seq));
        return;
    };
    let record = &envelope["record"];
    let Some(bed) = u8::try_from(line.bed).ok().and_then(|number| BedId::new(number).ok()) else { return };
    let closed = scene.clock.in_world_of(&line.boot, line.mono);
    let donation = record["donation"].as_u64().unwrap_or(0);
    let from = opened.get(&donation).copied().unwrap_or_default();
    findings.reached("records: judged");
    if record["disposition"] == "collected" {
        findings.reached("records: collected");
    }
    // After a stop people go on with what the station still knows: any set of the donation may be the one that is meant.
    // The one that comes nearest speaks for all.
    let mut nearest = None;
    for set in scene.truth.between(bed, from, closed) {
        let Some(wrong) = of_set(scene, record, set) else { return };
        let off = (ul(record, "volume") * 1000).abs_diff(set.bag_nl);
        if nearest.as_ref().is_none_or(|(least, _)| off < *least) {
            nearest = Some((off, wrong));
        }
    }
    let Some((_, wrong)) = nearest else { return };
    findings.broken(NAME, format!("bed {bed}, record {}: {wrong}", envelope["id"]));
}

/// Who gave blood and then could not go on is cared for before the bed is closed. And what was simulated says so.
fn uncared(line: &Line, cared: bool, findings: &mut Findings) {
    let envelope: Value =
        serde_json::from_str(line.body["canonical"].as_str().unwrap_or("")).unwrap_or_default();
    let (id, record) = (&envelope["id"], &envelope["record"]);
    if !record["abort"].is_null() && !record["needle_in"].is_null() && !cared {
        findings.broken(NAME, format!("record {id}: ended early and nobody has cared for the donor"));
    }
    if record["mode"] != "simulated" {
        findings.broken(NAME, format!("record {id}: simulated blood goes for {}", record["mode"]));
    }
}

/// What is not true of this set.
fn of_set(scene: &Scene<'_>, record: &Value, set: &SetStory) -> Wrong {
    let untroubled = !set.troubled && !set.slipped && !set.stopped;
    let is_collected = record["disposition"] == "collected";
    seals(record, set)
        .or_else(|| tubes(record, set))
        .or_else(|| if is_collected { collected(record, set) } else { None })
        .or_else(|| if untroubled && is_collected { diverted(set) } else { None })
        .or_else(|| if untroubled && is_collected { instants(scene, record, set) } else { None })
}

impl Checker for RecordsChecker {
    fn see(&mut self, scene: &Scene<'_>, seen: &Seen<'_>, findings: &mut Findings) {
        if let Seen::Asked(asked) = seen
            && asked.act == Act::DonorCaredFor
        {
            self.cared.insert(asked.bed.number().into());
        }
        let Seen::Line(line) = seen else { return };
        if line.kind == "opened" {
            self.opened.insert(line.seq, scene.clock.in_world_of(&line.boot, line.mono));
            self.cared.remove(&line.bed);
        } else if line.kind == "record" {
            judge(scene, line, &self.opened, findings);
            uncared(line, self.cared.contains(&line.bed), findings);
        }
    }

    fn end(&mut self, _: &Scene<'_>, _: &End<'_>, _: &mut Findings) {}
}
