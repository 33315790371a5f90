//! Machines made anew: a free bed's before each donation, and a recovered one's first word after a restart.
//!
//! Owns: what a machine has to be told of station, operator and devices when it knows nothing of them. Refuses: to let a replay
//! depend on anything but entries: all of it is journaled as events. A crash here is followed by the same again.

use super::Station;
use super::entries::Fresh;
use super::machine::Guarded;
use crate::clock::Stamp;
use station::device::{DeviceReading, Reading};
use station::ident::BedId;
use station::measure::Milligrams;
use station::procedure::LOGIC_VERSION;
use station::procedure::event::{Event, SharedFact};

impl Station {
    /// Makes a free bed's machine anew before a donation: a replay begins there and not at the station's first day.
    pub(super) fn renew(&mut self, at: usize, now: Stamp) {
        if !self.slots[at].may_renew(now.mono) {
            return;
        }
        let bed = self.slots[at].bed;
        let binned = self.slots[at].machine.standing().binned;
        self.cut(now, bed);
        // Permits of the machine before mean nothing to the new one.
        drop(self.gate.close_bed(bed));
        self.slots[at].machine = Guarded::new((self.make)(bed));
        self.keep(Some(at), |pen| pen.write(now, Some(bed), &Fresh { logic: LOGIC_VERSION }));
        self.tell_known(at, now);
        // A start in the middle of the donation looks no further back.
        for scanner in self.devices.lent_to(bed) {
            self.keep_loan(now, &scanner, Some(bed));
        }
        // What the machine before knew and no device can say again.
        if binned > 0 {
            self.feed(at, now, Event::Shared(SharedFact::Binned(binned)));
        }
    }

    /// Tells a bed's machine what is known of station, operator and devices.
    fn tell_known(&mut self, at: usize, now: Stamp) {
        let mut events = vec![Event::Shared(SharedFact::ClockTrusted(self.clock_trusted))];
        if self.journal_slow {
            events.push(Event::Shared(SharedFact::JournalSlow(true)));
        }
        if self.pen.has_failed() {
            events.push(Event::Shared(SharedFact::JournalFailed));
        }
        if self.backlog {
            events.push(Event::Shared(SharedFact::Backlog(true)));
        }
        if self.climate.is_told() {
            events.push(Event::Shared(SharedFact::StorageWrong(true)));
        }
        if self.alone_told {
            events.push(Event::Shared(SharedFact::TerminalsGone(true)));
        }
        if let Some(why) = self.slots[at].no_start {
            events.push(Event::Shared(SharedFact::NoStart(Some(why))));
        }
        events.push(Event::Operator(self.slots[at].acting.clone()));
        events.extend(self.slots[at].known());
        for event in events {
            self.feed(at, now, event);
        }
    }

    /// Tells free beds after a start of the needles in their bins. A donation that goes on has counted its own.
    pub(super) fn tell_binned(&mut self, now: Stamp, binned: &[(BedId, u32)]) {
        for at in 0..self.slots.len() {
            let free = self.slots[at].restarting.is_none();
            let count = binned.iter().find(|(bed, _)| *bed == self.slots[at].bed).map(|(_, count)| *count);
            if let Some(count) = count.filter(|count| free && *count > 0) {
                self.feed(at, now, Event::Shared(SharedFact::Binned(count)));
            }
        }
        self.settle(now);
    }

    /// Tells a machine of before that the station has started again, and what was found.
    pub(super) fn restarted(&mut self, at: usize, now: Stamp) {
        let Some(restarting) = self.slots[at].restarting.take() else { return };
        let tolerance = Milligrams(i64::from(self.settings.limits.resume_weight_g) * 1000);
        self.feed(at, now, Event::Restarted(restarting.verdict(tolerance)));
        self.tell_known(at, now);
        if let Some((reader, tag)) = restarting.tag {
            self.tag(now, &reader, &tag);
        }
        self.pen.force();
    }

    /// A reading of a bed that waits for its devices after a start: looked at, and told to the machine later. `false` when
    /// the bed does not wait.
    pub(super) fn looked_at(&mut self, at: usize, now: Stamp, reading: &DeviceReading) -> bool {
        let slot = &mut self.slots[at];
        let Some(restarting) = &mut slot.restarting else { return false };
        restarting.note(reading.device, &reading.reading);
        // Nobody waits for a scale while somebody presses the emergency stop.
        let pressed = reading.reading == Reading::EmergencyStop(true);
        let complete = pressed || restarting.is_complete();
        slot.remember(&Event::Reading(reading.clone()));
        if complete {
            self.restarted(at, now);
        }
        true
    }
}
