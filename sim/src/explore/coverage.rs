//! What many runs have to reach, so that "nothing was found" means something.
//!
//! Owns: the list: phases, troubles, mishaps, slips, stops, alarms, and something to judge for every checker. Refuses: to count
//! what no simulated bed has, each named with its reason.

use super::mishap::Mishap;
use super::people::Slip;
use super::trouble::Trouble;
use station::procedure::alarm::AlarmCode;
use station::procedure::phase::PhaseName;
use std::collections::BTreeMap;

/// So many runs have to reach everything.
pub const RUNS: u64 = 500;
/// So much of all donations has to be collected, per cent.
pub const COLLECTED_PCT: u64 = 40;

/// What every checker has to have had before it.
const JUDGED: [&str; 31] = [
    "alarms: high and unknown",
    "alarms: stop button",
    "alarms: the clamp does not close",
    "alarms: the closed clamp leaks",
    "clamp: a person stops",
    "clamp: open and blind",
    "clamp: opened",
    "identity: a known number read again",
    "identity: numbers compared",
    "identity: several numbers at once",
    "irreversible: a cover open in mid-shot",
    "irreversible: ordered",
    "irreversible: sealed",
    "irreversible: separated",
    "journal: lines verified",
    "journal: replayed",
    "outbox: compared",
    "people: one person twice",
    "people: permits asked for and taken",
    "people: protective acts answered",
    "permits: released",
    "privacy: screens searched",
    "records: collected",
    "records: judged",
    "shift: donations begun",
    "shift: ended",
    "shift: packages compared",
    "shift: summaries compared",
    "shift: weighed",
    "shift: weighed a wrong weight",
    "volume: blood in a bag",
];

const PHASES: [PhaseName; 16] = [
    PhaseName::Idle,
    PhaseName::Identify,
    PhaseName::Label,
    PhaseName::Prepare,
    PhaseName::Venipuncture,
    PhaseName::Divert,
    PhaseName::Draw,
    PhaseName::Pause,
    PhaseName::EndDraw,
    PhaseName::NeedleOut,
    PhaseName::Seal,
    PhaseName::Separate,
    PhaseName::Segments,
    PhaseName::Reconcile,
    PhaseName::Closed,
    PhaseName::Interrupted,
];

/// Alarms that are High in the table and that a simulated bed can come to.
fn is_wanted(code: AlarmCode) -> bool {
    // A program that fails is a crash of the run, never something to be reached.
    code.code().starts_with('H') && code != AlarmCode::BedFailed
}

/// What was never reached.
pub fn missing(reached: &BTreeMap<String, u64>) -> Vec<String> {
    let phases = PHASES.iter().map(|phase| format!("phase: {phase:?}"));
    let troubles =
        Trouble::COMMON.iter().chain(&Trouble::RARE).map(|trouble| format!("trouble: {trouble:?}"));
    let mishaps = Mishap::ALL.iter().map(|mishap| format!("mishap: {mishap:?}"));
    let slips =
        Slip::ALL.iter().chain(&Slip::ODD).chain(&Slip::KEEPING).map(|slip| format!("slip: {slip:?}"));
    let stops = ["stop: Killed", "stop: Power"].into_iter().map(str::to_owned);
    let alarms = AlarmCode::ALL.iter().filter(|code| is_wanted(**code));
    let alarms = alarms.map(|code| format!("alarm: {}", code.code()));
    let judged = JUDGED.iter().map(|what| (*what).to_owned());
    let all = phases.chain(troubles).chain(mishaps).chain(slips).chain(stops).chain(alarms).chain(judged);
    all.filter(|what| !reached.contains_key(what)).collect()
}
