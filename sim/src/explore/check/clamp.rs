//! The clamp opens only by permission of a person, closes in its time whatever happens, and takes no mixer with it.
//!
//! Owns: the times below. Refuses: to excuse anything but a jaw that is stuck or whose spring gives way, which no order can move. Whether a mixer may be
//! stopped is asked of untroubled sets alone: a bag off the tray, a tray that is blocked and an emergency stop it.

use super::{Checker, Findings};
use crate::bed::SimBed;
use crate::devices::clamp::ClampFault;
use crate::explore::seen::{Asked, End, Scene, Seen};
use crate::explore::truth::SetStory;
use crate::world::line::Needle;
use station::device::Actuation;
use station::ident::BedId;
use station::measure::{Mono, Span};
use station::procedure::event::{Act, Role};
use std::collections::BTreeMap;

const NAME: &str = "clamp";
/// From a person's word or a button to the coil's fall.
const LET_GO: Span = Span::from_millis(60);
/// From the coil's fall to a closed line: the slowest jaw of the simulation, and a step.
const CLOSED: Span = Span::from_millis(300);
/// Without a weight for so long nothing may run: a second of the procedure, the jaw's time, and one timer's delay.
const BLIND: Span = Span::from_millis(1_500);
/// A person's word opens the line to a vein within this time, or no longer.
const WORD_HOLDS: Span = Span::from_secs(12);
/// A clamp proves itself within this time of a person's word, the tare before included.
const PROVES_WITHIN: Span = Span::from_secs(150);

/// Blood that came into the bag so lately is still being mixed.
const MIXED: Span = Span::from_secs(60);

#[derive(Debug, Default)]
struct Bed {
    was_open: bool,
    /// The last order to open, with a permit.
    ordered: Option<Mono>,
    /// The last word of somebody who may, and that was no stop.
    word: Option<Mono>,
    /// A stop was asked for: at the latest then the line is closed.
    stop: Option<(Mono, &'static str)>,
    /// The scale has told nothing since.
    blind: Option<Mono>,
    /// The jaw was last seen stuck: let go, it closes in its own time.
    stuck: Option<Mono>,
    /// An emergency stop was pressed or asked for while this needle was in.
    emergency: bool,
}

/// See the file.
#[derive(Debug, Default)]
pub(super) struct ClampChecker {
    beds: BTreeMap<BedId, Bed>,
    /// The station runs.
    up: bool,
}

/// Whether this word is a stop.
fn stops(act: &Act) -> bool {
    matches!(act, Act::Pause | Act::Clamp | Act::EndDraw | Act::NeedleOut | Act::EmergencyStop)
}

impl ClampChecker {
    fn asked(&mut self, now: Mono, asked: &Asked, findings: &mut Findings) {
        let bed = self.beds.entry(asked.bed).or_default();
        bed.emergency |= asked.act == Act::EmergencyStop;
        if stops(&asked.act) {
            findings.reached("clamp: a person stops");
            bed.stop = Some((now, "a person said stop"));
            bed.word = None;
        } else if asked.by.as_ref().is_some_and(|by| matches!(by.role, Role::Nurse | Role::Lead)) {
            bed.word = Some(now);
        }
    }

    fn looked(&mut self, now: Mono, seen: &SimBed, findings: &mut Findings) {
        let number = seen.number();
        let bed = self.beds.entry(number).or_default();
        let (open, driven) = (seen.clamp.openness() > 0.0, seen.is_driven_open());
        if driven && !bed.was_open {
            findings.reached("clamp: opened");
            let ordered = bed.ordered.is_some_and(|at| now.since(at) <= LET_GO);
            let holds = if seen.line.needle == Needle::InVein { WORD_HOLDS } else { PROVES_WITHIN };
            let said = bed.word.is_some_and(|at| now.since(at) <= holds);
            if !ordered {
                findings.broken(NAME, format!("bed {number}: opened without an order that was permitted"));
            } else if !said {
                findings.broken(NAME, format!("bed {number}: opened and nobody who may had asked for it"));
            } else {
                // Who may has said so after whoever stopped it.
                bed.stop = None;
            }
        }
        bed.was_open = driven;
        bed.emergency = (bed.emergency || seen.panel.stop_pressed) && seen.line.needle == Needle::InVein;
        if matches!(seen.clamp.fault(), Some(ClampFault::Stuck | ClampFault::GivesWay)) {
            bed.stuck = Some(now);
        }
        let stuck = bed.stuck.is_some_and(|at| now.since(at) <= CLOSED);
        if let Some((at, why)) = bed.stop {
            let late = (driven && now.since(at) > LET_GO) || (open && !stuck && now.since(at) > CLOSED);
            if late {
                findings.broken(NAME, format!("bed {number}: still open {:?} after {why}", now.since(at)));
            }
            if now.since(at) > CLOSED {
                bed.stop = None;
            }
        }
        if !self.up && driven {
            findings.broken(NAME, format!("bed {number}: held open by nobody"));
        }
        let tells = !seen.scale.silent && seen.scale.is_plugged();
        bed.blind = if tells { None } else { bed.blind.or(Some(now)) };
        let flows = open && !stuck && seen.line.needle == Needle::InVein;
        if let Some(since) = bed.blind.filter(|since| flows && now.since(*since) > BLIND) {
            findings.broken(NAME, format!("bed {number}: open and blind for {:?}", now.since(since)));
        }
        if flows && bed.blind.is_some() {
            findings.reached("clamp: open and blind");
        }
    }

    /// The mixer is told to stand still: blood with a needle in the donor clots.
    fn stilled(&mut self, scene: &Scene<'_>, at: BedId, findings: &mut Findings) {
        let (Some(seen), now) = (scene.site.bed(at), scene.now()) else { return };
        let bed = self.beds.entry(at).or_default();
        let set = scene.truth.between(at, now, now).next();
        let fresh = |set: &SetStory| set.last_blood.is_some_and(|at| now.since(at) < MIXED);
        let calm = set.is_some_and(|set| !set.troubled && !set.stopped && fresh(set)) && !bed.emergency;
        if calm && seen.line.needle == Needle::InVein {
            findings
                .broken(NAME, format!("bed {at}: the mixer is stopped over fresh blood with the needle in"));
        }
    }
}

impl Checker for ClampChecker {
    fn see(&mut self, scene: &Scene<'_>, seen: &Seen<'_>, findings: &mut Findings) {
        let now = scene.now();
        match seen {
            Seen::Asked(asked) => self.asked(now, asked, findings),
            Seen::Ordered(bed, Actuation::ClampOpen, permit) => {
                let ordered = permit.map(|_| now);
                self.beds.entry(*bed).or_default().ordered = ordered;
            }
            Seen::Ordered(bed, Actuation::MixerStop, _) => self.stilled(scene, *bed, findings),
            Seen::Passed => {
                for bed in scene.site.moved() {
                    self.looked(now, bed, findings);
                    if bed.panel.stop_pressed {
                        let stop = &mut self.beds.entry(bed.number()).or_default().stop;
                        stop.get_or_insert((now, "the stop button was pressed"));
                    }
                }
            }
            Seen::Started | Seen::Stopped => {
                self.up = matches!(seen, Seen::Started);
                self.beds.values_mut().for_each(|bed| (bed.word, bed.stop) = (None, None));
            }
            Seen::Did(..)
            | Seen::Scanned(..)
            | Seen::Typed(_)
            | Seen::AskedShift(..)
            | Seen::Answered(..)
            | Seen::Ordered(..)
            | Seen::Handed(_)
            | Seen::Line(_)
            | Seen::Shown(_) => {}
        }
    }

    fn end(&mut self, scene: &Scene<'_>, _: &End<'_>, findings: &mut Findings) {
        for bed in scene.site.beds.iter().filter(|bed| bed.is_driven_open()) {
            findings.broken(NAME, format!("bed {}: driven open at the end", bed.number()));
        }
    }
}
