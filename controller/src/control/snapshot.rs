//! Snapshots: the picture that every terminal shows, put together from the machines' own views.
//!
//! Owns: what the machines do not know (devices' health, masked names, worklist, outbox, badge). Refuses: anything by which a
//! person could be known beyond the masked name. Holds no state but the count of snapshots.

use super::Station;
use super::bed::Slot;
use crate::clock::Stamp;
use station::api::prompt::Prompt;
use station::api::{BedView, Snapshot, VERSION, WorkView};
use station::ident::{BedId, OperatorId};
use station::measure::{Microlitres, MicrolitresPerSecond, Mono, Span};
use station::procedure::alarm::{ActiveAlarm, AlarmCode};
use station::procedure::phase::PhaseName;

/// A badge that nobody signed in with is shown for this long.
const BADGE_SHOWN: Span = Span::from_mins(3);
/// Waiting donors shown.
const WORK_SHOWN: usize = 20;

impl Station {
    /// The station at this instant.
    pub fn snapshot(&mut self, now: Stamp) -> Snapshot {
        self.snapshots += 1;
        Snapshot {
            v: VERSION,
            number: self.snapshots,
            station: self.name.clone(),
            mode: self.mode,
            mono: now.mono,
            wall: now.wall,
            utc_offset_min: self.utc_offset_min,
            clock_trusted: self.clock_trusted,
            beds: self.slots.iter().map(|slot| self.bed_view(slot, now.mono)).collect(),
            outbox: self.outbox.clone(),
            worklist: self.waiting.clone(),
            programmes_ml: self.settings.programmes_ml.clone(),
            climate: self.climate.view(now.mono),
            badge: self.shown_badge(now.mono),
            paper: self.aftercare.forms.shown(now.mono),
            journal_ok: !self.pen.has_failed(),
            shift: self.shift_view(now),
            resting: self.aftercare.resting(now.mono),
            segments_open: self.aftercare.segments_open(),
        }
    }

    /// One number that changes when a terminal has news: the sum of all revisions.
    pub fn revision(&self) -> u64 {
        self.slots.iter().fold(self.desk.rev().wrapping_add(self.climate.rev()), |sum: u64, slot| {
            sum.wrapping_add(slot.rev())
        })
    }

    fn bed_view(&self, slot: &Slot, now: Mono) -> BedView {
        let mut view = slot.view(now).unwrap_or_else(|| unreadable(slot));
        view.devices = self.devices.view(slot.bed);
        view.scanner = self.devices.loan(slot.bed);
        if slot.machine.has_failed() {
            if !view.alarms.iter().any(|alarm| alarm.code == AlarmCode::BedFailed) {
                let failed =
                    ActiveAlarm { code: AlarmCode::BedFailed, since: now, holds: true, acknowledged: false };
                view.alarms.insert(0, failed);
            }
            view.prompt = Prompt::PinchByHand;
        }
        view
    }

    /// Finds who waits: after every change of the worklist, or of who was served.
    pub(super) fn find_waiting(&mut self) {
        let waiting = self.worklist.iter().filter(|item| !self.served.contains(&item.token));
        self.waiting = waiting
            .take(WORK_SHOWN)
            .map(|item| WorkView {
                queue: item.queue.clone(),
                name: item.masked.clone(),
                programme_ml: item.programme_ml,
                approved_ml: item.approved_ml,
                group: item.group.clone(),
            })
            .collect();
    }

    fn shown_badge(&self, now: Mono) -> Option<(BedId, OperatorId)> {
        let (bed, operator, since) = self.badge.as_ref()?;
        (now.since(*since) < BADGE_SHOWN).then(|| (*bed, operator.clone()))
    }
}

/// The view of a machine that cannot even be looked at any more.
fn unreadable(slot: &Slot) -> BedView {
    let standing = slot.machine.standing();
    BedView {
        bed: slot.bed,
        rev: slot.rev(),
        phase: if standing.donation.is_some() { PhaseName::Interrupted } else { standing.phase },
        prompt: Prompt::PinchByHand,
        donation: standing.donation,
        din: None,
        donor: slot.seated.as_ref().map(|seated| seated.masked.clone()),
        operator: None,
        programme_ml: 0,
        programmes_ml: Vec::new(),
        volume: Microlitres::ZERO,
        flow: MicrolitresPerSecond::ZERO,
        sure: false,
        elapsed: None,
        left: None,
        calls: 0,
        count: None,
        flow_curve: Vec::new(),
        chain: Vec::new(),
        tubes: Vec::new(),
        outstanding: Vec::new(),
        scanner: None,
        alarms: Vec::new(),
        audio_paused: None,
        needle_in: false,
        needle_unsaid: false,
        refused: None,
        devices: Vec::new(),
        disposition: None,
    }
}
