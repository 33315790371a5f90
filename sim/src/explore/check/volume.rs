//! No donor gives more than was meant, whatever the scale says.
//!
//! Owns: what may be in a bag and out of a donor. Refuses: the station's estimate. A jaw that is stuck open, and a scale that
//! shows the same for ever, excuse what no order can stop or no weight can tell.

use super::{Checker, Findings};
use crate::bed::SimBed;
use crate::explore::seen::{End, Scene, Seen};
use crate::world::line::Needle;
use station::ident::BedId;
use std::collections::BTreeMap;

const NAME: &str = "volume";
/// Nanolitres of a millilitre.
const ML: i64 = 1_000_000;
/// Beyond the band of ten per cent: what the line still gives while the jaw closes, nL.
const SLACK: i64 = 8 * ML;

#[derive(Debug, Default)]
struct Bed {
    programme_ml: u16,
    /// Something lied to the scale, or held the jaw, while this set was there.
    excused: bool,
    told: bool,
}

/// See the file.
#[derive(Debug, Default)]
pub(super) struct VolumeChecker {
    beds: BTreeMap<BedId, Bed>,
}

impl VolumeChecker {
    fn looked(&mut self, seen: &SimBed, findings: &mut Findings) {
        let bed = self.beds.entry(seen.number()).or_default();
        if seen.line.needle == Needle::Capped {
            (bed.excused, bed.told) = (false, false);
        }
        // A weight that lies on the bag, a bag that is off the tray and a frozen display are the estimator's to flag, not to know.
        bed.excused |= seen.clamp.fault().is_some()
            || seen.scale.frozen
            || seen.tray.laid_mg != 0
            || seen.tray.restless
            || seen.tray.bag().is_none();
        let most = i64::from(bed.programme_ml) * ML * 11 / 10 + SLACK;
        if bed.programme_ml == 0 || bed.told {
            return;
        }
        if seen.line.bag_nl() > 0 {
            findings.reached("volume: blood in a bag");
        }
        if seen.line.bag_nl() > most && !bed.excused {
            bed.told = true;
            let (number, is) = (seen.number(), seen.line.bag_nl());
            let what = format!("bed {number}: {is} nL in a bag of {} mL", bed.programme_ml);
            findings.broken(NAME, what);
        }
    }
}

impl Checker for VolumeChecker {
    fn see(&mut self, scene: &Scene<'_>, seen: &Seen<'_>, findings: &mut Findings) {
        match seen {
            Seen::Passed => scene.site.moved().for_each(|bed| self.looked(bed, findings)),
            Seen::Shown(snapshot) => {
                for view in snapshot.beds.iter().filter(|view| view.donation.is_some()) {
                    self.beds.entry(view.bed).or_default().programme_ml = view.programme_ml;
                }
            }
            Seen::Did(..)
            | Seen::Scanned(..)
            | Seen::Typed(_)
            | Seen::AskedShift(..)
            | Seen::Asked(_)
            | Seen::Answered(..)
            | Seen::Ordered(..)
            | Seen::Handed(_)
            | Seen::Line(_)
            | Seen::Stopped
            | Seen::Started => {}
        }
    }

    fn end(&mut self, _: &Scene<'_>, _: &End<'_>, _: &mut Findings) {}
}
