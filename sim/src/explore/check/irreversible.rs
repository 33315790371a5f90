//! Nothing irreversible twice, nothing unsure, nothing in the wrong order: seals and separations as they really happen.
//!
//! Owns: what must be true of the line when an order leaves and when the tool works. Refuses: what a device or a person said of
//! it: only a person's "not sound" lets a line be sealed once more.

use super::{Checker, Findings};
use crate::bed::SimBed;
use crate::devices::clamp::ClampFault;
use crate::explore::seen::{End, Scene, Seen};
use crate::world::line::Needle;
use station::device::Actuation;
use station::ident::BedId;
use station::measure::{Mono, Span};
use station::procedure::event::Act;
use std::collections::BTreeMap;

const NAME: &str = "irreversible";
/// A bin that is full is known to be full after this.
const KNOWN: Span = Span::from_secs(1);
/// A tool whose cover opens is without energy after this.
const LET_GO: Span = Span::from_millis(150);

#[derive(Debug, Default, Clone, Copy)]
struct Bed {
    shots: [u32; 2],
    /// Shots on the present set.
    on_set: [u32; 2],
    /// Somebody said that the seal is not sound, since the last shot.
    unsound: bool,
    /// The sharps bin has been full since.
    full: Option<Mono>,
    /// The tools' covers have been open since.
    uncovered: [Option<Mono>; 2],
}

/// See the file.
#[derive(Debug, Default)]
pub(super) struct IrreversibleChecker {
    beds: BTreeMap<BedId, Bed>,
}

/// What is wrong with a seal on an open line.
const OPEN: &str = "the clamp is open";

fn seal_is_wrong(seen: &SimBed) -> Option<&'static str> {
    if seen.line.needle == Needle::InVein {
        Some("the needle is in the donor")
    } else if seen.clamp.openness() > 0.0 && !seen.line.pinched {
        Some(OPEN)
    } else {
        None
    }
}

fn cut_is_wrong(seen: &SimBed) -> Option<&'static str> {
    if seen.line.needle == Needle::InVein {
        Some("the needle is in the donor")
    } else if !seen.line.sealed {
        Some("the line is not sealed")
    } else {
        None
    }
}

impl IrreversibleChecker {
    fn ordered(&mut self, now: Mono, seen: &SimBed, actuation: Actuation, findings: &mut Findings) {
        let bed = self.beds.entry(seen.number()).or_default();
        let full = bed.full.is_some_and(|since| now.since(since) > KNOWN);
        let (wrong, again) = match actuation {
            Actuation::Seal => (seal_is_wrong(seen), bed.on_set[0] > 0 && !bed.unsound),
            Actuation::Separate => {
                let full = full.then_some("the sharps bin is full");
                (cut_is_wrong(seen).or(full), bed.on_set[1] > 0)
            }
            Actuation::ClampClose
            | Actuation::ClampOpen
            | Actuation::MixerRun
            | Actuation::MixerStop
            | Actuation::DivertToPouch
            | Actuation::DivertToBag
            | Actuation::SealerDisable
            | Actuation::SeparatorDisable
            | Actuation::Lamp(_)
            | Actuation::Buzzer(_)
            | Actuation::ScannerTrigger(_) => return,
        };
        findings.reached("irreversible: ordered");
        let number = seen.number();
        if let Some(why) = wrong {
            findings.broken(NAME, format!("bed {number}: {actuation:?} ordered while {why}"));
        } else if again {
            findings.broken(NAME, format!("bed {number}: {actuation:?} ordered twice for one set"));
        }
    }

    fn looked(&mut self, now: Mono, seen: &SimBed, findings: &mut Findings) {
        let bed = self.beds.entry(seen.number()).or_default();
        let full = seen.separator.bin >= seen.separator.bin_holds;
        bed.full = if full { bed.full.or(Some(now)) } else { None };
        let shots = [seen.sealer.shots(), seen.separator.shots()];
        if seen.line.needle == Needle::Capped && !seen.line.sealed {
            (bed.on_set, bed.unsound) = ([0, 0], false);
        }
        let made = [shots[0] - bed.shots[0], shots[1] - bed.shots[1]];
        bed.shots = shots;
        bed.on_set = [bed.on_set[0] + made[0], bed.on_set[1] + made[1]];
        for ((tool, open), made) in
            [&seen.sealer, &seen.separator].into_iter().zip(&mut bed.uncovered).zip(made)
        {
            *open = if tool.cover { None } else { open.or(Some(now)) };
            if open.is_some() && tool.is_busy() {
                findings.reached("irreversible: a cover open in mid-shot");
            }
            if made > 0 && open.is_some_and(|since| now.since(since) > LET_GO) {
                findings.broken(NAME, format!("bed {}: a tool worked with its cover open", seen.number()));
            }
        }
        if made[0] > 0 {
            findings.reached("irreversible: sealed");
            bed.unsound = false;
            // A clamp that gives way in mid-shot is nobody's order.
            let gave_way = seen.clamp.fault() == Some(ClampFault::GivesWay);
            if let Some(why) = seal_is_wrong(seen).filter(|why| !(gave_way && *why == OPEN)) {
                findings.broken(NAME, format!("bed {}: sealed while {why}", seen.number()));
            }
        }
        if made[1] > 0 {
            findings.reached("irreversible: separated");
        }
    }
}

impl Checker for IrreversibleChecker {
    fn see(&mut self, scene: &Scene<'_>, seen: &Seen<'_>, findings: &mut Findings) {
        match seen {
            Seen::Passed => scene.site.moved().for_each(|bed| self.looked(scene.now(), bed, findings)),
            Seen::Ordered(at, actuation, _) => {
                if let Some(bed) = scene.site.bed(*at) {
                    self.ordered(scene.now(), bed, *actuation, findings);
                }
            }
            Seen::Asked(asked) if asked.act == (Act::SealInspected { sound: false }) => {
                self.beds.entry(asked.bed).or_default().unsound = true;
            }
            Seen::Asked(_)
            | Seen::Did(..)
            | Seen::Scanned(..)
            | Seen::Typed(_)
            | Seen::AskedShift(..)
            | Seen::Answered(..)
            | Seen::Handed(_)
            | Seen::Line(_)
            | Seen::Shown(_)
            | Seen::Stopped
            | Seen::Started => {}
        }
    }

    fn end(&mut self, _: &Scene<'_>, _: &End<'_>, _: &mut Findings) {}
}
