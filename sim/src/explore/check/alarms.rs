//! Alarms are raised within a second of what they are about, and stay until a person knows of them.
//!
//! Owns: a few conditions of the world whose alarms are beyond doubt. Refuses: the station's own table of alarms: codes are
//! compared as text.

use super::{Checker, Findings};
use crate::bed::SimBed;
use crate::explore::seen::{End, Scene, Seen};
use crate::world::line::Needle;
use station::api::{BedView, DeviceHealth, DeviceView, Snapshot};
use station::device::DeviceKind;
use station::ident::{BedId, DonationId};
use station::measure::{Mono, Span};
use station::procedure::event::Act;
use station::procedure::phase::PhaseName;
use std::collections::{BTreeMap, BTreeSet};

const NAME: &str = "alarms";
/// From the condition to the screen: a second, and the time between two looks.
const RAISED: Span = Span::from_millis(1_300);
/// A clamp may take this long to close before it is in trouble.
const CLOSES: Span = Span::from_millis(300);
/// After a start a bed waits so long for its devices, of whose state nobody knows before.
const WAITS: Span = Span::from_secs(5);
/// So much behind a closed clamp is told, nL: 8 mL, and by how much a weight on a rocking tray may be wrong.
const LEAKED: i64 = 14_000_000;
/// A weight on a rocking tray is believed after this; what drips takes longest.
const WEIGHED: Span = Span::from_secs(15);

#[derive(Debug, Default)]
struct Bed {
    /// The stop button is pressed since.
    pressed: Option<Mono>,
    /// The coil has let go and the line is open, since.
    open: Option<Mono>,
    /// Somebody has said of this needle that it is in, or what became of it.
    spoken: bool,
    /// An answer that would say so.
    speaks: Option<u64>,
    /// What was in the bag when the line was closed for good, nL; while weights tell.
    rest: Option<i64>,
    /// More than may be has come to it, since.
    leaked: Option<Mono>,
    /// High alarms that nobody knows of, and whose they are.
    unknown: BTreeSet<String>,
    donation: Option<DonationId>,
}

/// See the file.
#[derive(Debug, Default)]
pub(super) struct AlarmsChecker {
    beds: BTreeMap<BedId, Bed>,
    up_since: Mono,
}

fn lists(view: &BedView, code: &str) -> bool {
    view.alarms.iter().any(|alarm| alarm.code.code() == code)
}

impl AlarmsChecker {
    /// What truly is at some beds.
    fn look<'a>(&mut self, now: Mono, beds: impl Iterator<Item = &'a SimBed>) {
        let since = |is: bool, before: Option<Mono>| if is { before.or(Some(now)) } else { None };
        for seen in beds {
            let bed = self.beds.entry(seen.number()).or_default();
            bed.pressed = since(seen.panel.stop_pressed, bed.pressed);
            let runs_on = !seen.is_driven_open()
                && seen.clamp.openness() > 0.0
                && !seen.line.pinched
                && seen.line.needle == Needle::InVein;
            bed.open = since(runs_on, bed.open);
            bed.spoken &= seen.line.needle == Needle::InVein;
            let told = !seen.scale.silent && seen.scale.is_plugged() && !seen.scale.frozen;
            let weighed = told && seen.tray.laid_mg == 0 && !seen.tray.restless && seen.tray.bag().is_some();
            let closed = !seen.is_driven_open() && seen.clamp.openness() <= 0.0 && !seen.line.pinched;
            let watched = weighed && closed && seen.line.needle == Needle::InVein;
            bed.rest = watched.then(|| bed.rest.unwrap_or(seen.line.bag_nl()));
            let leaked = bed.rest.is_some_and(|rest| seen.line.bag_nl() - rest > LEAKED);
            bed.leaked = since(leaked, bed.leaked);
        }
    }

    fn shown(&mut self, now: Mono, snapshot: &Snapshot, findings: &mut Findings) {
        for view in &snapshot.beds {
            let bed = self.beds.entry(view.bed).or_default();
            let up_since = self.up_since;
            let lasts = |since: Option<Mono>, for_: Span| {
                since.is_some_and(|since| now.since(since.max(up_since)) > for_)
            };
            if lasts(bed.pressed, RAISED) {
                findings.reached("alarms: stop button");
                if !lists(view, "H08") {
                    findings
                        .broken(NAME, format!("bed {}: the stop is pressed and H08 is not there", view.bed));
                }
            }
            // Of a needle of which nobody has spoken nobody knows: it went in just before the station stopped, or while entries waited for
            // the disk, and the donation may have been ended as if there were none.
            let unspoken = matches!(
                view.phase,
                PhaseName::Prepare | PhaseName::Interrupted | PhaseName::Reconcile | PhaseName::Closed
            );
            let known = bed.spoken || !unspoken;
            let open = bed.open.map(|since| since.max(up_since + WAITS));
            if known && lasts(open, Span(CLOSES.0 + RAISED.0)) && view.donation.is_some() {
                findings.reached("alarms: the clamp does not close");
                if !lists(view, "H01") {
                    findings.broken(NAME, format!("bed {}: blood runs on and H01 is not there", view.bed));
                }
            }
            let waits = matches!(view.phase, PhaseName::Pause | PhaseName::EndDraw);
            // Nobody can tell without a scale that is known: lost while blood ran, or in trouble since.
            let lost = view.alarms.iter().any(|alarm| alarm.holds && alarm.code.code() == "H09");
            let troubled =
                |d: &DeviceView| d.kind == DeviceKind::Scale && matches!(d.health, DeviceHealth::Faulted(_));
            let weighed = !lost && !view.devices.iter().any(troubled);
            if waits && weighed && lasts(bed.leaked, Span(WEIGHED.0 + RAISED.0)) {
                findings.reached("alarms: the closed clamp leaks");
                if !lists(view, "H02") {
                    findings.broken(
                        NAME,
                        format!("bed {}: the closed clamp leaks and H02 is not there", view.bed),
                    );
                }
            }
            if bed.donation == view.donation {
                for code in bed.unknown.iter().filter(|code| !lists(view, code)) {
                    findings
                        .broken(NAME, format!("bed {}: {code} went away and nobody knew of it", view.bed));
                }
            }
            bed.donation = view.donation;
            let unknown = view.alarms.iter().filter(|alarm| !alarm.acknowledged);
            let codes = unknown.map(|alarm| alarm.code.code().to_owned());
            bed.unknown = codes.filter(|code| code.starts_with('H')).collect();
            if !bed.unknown.is_empty() {
                findings.reached("alarms: high and unknown");
            }
        }
    }
}

impl Checker for AlarmsChecker {
    fn see(&mut self, scene: &Scene<'_>, seen: &Seen<'_>, findings: &mut Findings) {
        match seen {
            Seen::Passed => self.look(scene.now(), scene.site.moved()),
            Seen::Shown(snapshot) => {
                // A clamp may have closed since somebody looked last.
                self.look(scene.now(), scene.site.beds.iter());
                self.shown(scene.now(), snapshot, findings);
            }
            Seen::Asked(asked) => {
                let bed = self.beds.entry(asked.bed).or_default();
                if let Act::Acknowledge(code) = &asked.act {
                    bed.unknown.remove(code.code());
                    // What leaked so far is known; more is told anew.
                    bed.rest = bed.rest.filter(|_| code.code() != "H02");
                }
                bed.spoken |= asked.act == Act::NeedleIn;
                if asked.act == Act::VenipunctureFailed {
                    bed.speaks = Some(asked.token);
                }
            }
            Seen::Answered(token, Ok(_)) => {
                for bed in self.beds.values_mut().filter(|bed| bed.speaks == Some(*token)) {
                    bed.spoken = true;
                }
            }
            Seen::Started => {
                self.up_since = scene.now();
                for bed in self.beds.values_mut() {
                    bed.unknown.clear();
                    // What came before is not weighed any more.
                    (bed.rest, bed.leaked) = (None, None);
                }
            }
            Seen::Did(..)
            | Seen::Scanned(..)
            | Seen::Typed(_)
            | Seen::AskedShift(..)
            | Seen::Answered(..)
            | Seen::Ordered(..)
            | Seen::Handed(_)
            | Seen::Line(_)
            | Seen::Stopped => {}
        }
    }

    fn end(&mut self, _: &Scene<'_>, _: &End<'_>, _: &mut Findings) {}
}
