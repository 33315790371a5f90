//! What a nurse does about the sample tubes, the same while drawing, pausing and at the end.
//!
//! Owns: the acts and scans of the sampling checklist. Refuses: labels of another donation and tubes out of order. Holds no
//! state.

use super::alarm::AlarmCode;
use super::event::{Act, Scan};
use super::labels::{self, Expected};
use super::phase::Cx;
use super::refusal::Refusal;
use super::timers::Timer;
use crate::api::prompt::ScanWanted;

/// A tube is filled or missing.
///
/// # Errors
/// [`Refusal`] for any other act.
pub(super) fn act(cx: &mut Cx<'_>, act: &Act) -> Result<(), Refusal> {
    if let Act::TubeFilled = act {
        cx.d.sampling.filled_next(cx.now)?;
    } else if let Act::TubeMissing { tube, why } = act {
        cx.d.tube_missing(*tube, *why)?;
    } else {
        return Err(Refusal::NotNow);
    }
    settle(cx);
    Ok(())
}

/// The label of the tube to be filled next.
///
/// # Errors
/// [`Refusal`] when none is due or the label is not this donation's.
pub(super) fn scan(cx: &mut Cx<'_>, scan: &Scan) -> Result<(), Refusal> {
    let wanted: Vec<ScanWanted> = cx.d.sampling.wanted_now().into_iter().collect();
    let expected = Expected { bed: cx.bed.id, din: cx.d.expected_din() };
    let ticks = labels::read(scan, expected, &wanted, &[ScanWanted::Tube(1)], &[])?;
    // The right lot or last day of the bag answers a wrong one, though nobody asked for it here.
    cx.d.answered_by(&ticks);
    if ticks.places.is_empty() {
        return Err(labels::wrong(&wanted, labels::name(&scan.content)));
    }
    cx.d.mark_typed(scan, &ticks.places, false);
    for place in ticks.places {
        if let ScanWanted::Tube(n) = place {
            cx.d.sampling.scanned(n, false);
        }
    }
    Ok(())
}

/// A tube is filled and inverted, by the sampler's word.
pub(super) fn filled(cx: &mut Cx<'_>, number: u8) {
    cx.d.sampling.filled(number, cx.now);
    settle(cx);
}

/// The pouch is closed: its blood has no anticoagulant, and from here the time for the tubes runs.
pub(super) fn due(cx: &mut Cx<'_>) {
    cx.d.samples_due = Some(cx.now + cx.d.seconds(|l| l.sample_warn_s));
    remind(cx);
}

/// The time for the tubes goes on after a start of the station.
pub(super) fn remind(cx: &mut Cx<'_>) {
    let Some(due) = cx.d.samples_due.filter(|_| !cx.d.sampling.done()) else { return };
    cx.bed.timers.arm(Timer::SamplesDue, due);
}

/// With every tube filled or missing nobody is reminded any more.
pub(super) fn settle(cx: &mut Cx<'_>) {
    if cx.d.sampling.done() {
        cx.bed.timers.disarm(Timer::SamplesDue);
        cx.bed.set(AlarmCode::SamplesLate, false, cx.now);
    }
}
