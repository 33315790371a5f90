//! The alarm log in the store: the newest [`ALARMS_KEPT`] alarms, whatever becomes of the segments that they were journaled
//! in.
//!
//! Owns: what an entry changes in the log, and reading it back. Refuses: growing: the newest takes the oldest one's place.
//! What a crash does to it: what it does to the store.

use super::apply::Draft;
use super::{Index, StoreError, value};
use crate::clock::{BootId, Stamp};
use crate::control::entries::{CommandEntry, EventEntry, Fresh};
use crate::journal::Entry;
use crate::journal::entry::{Body as _, Boot};
use serde::{Deserialize, Serialize};
use station::api::{LoggedAlarm, Noted};
use station::ident::BedId;
use station::measure::Mono;
use station::procedure::alarm::AlarmCode;
use station::procedure::command::Command;
use station::procedure::event::{Act, Event};

/// So many alarms are kept.
pub const ALARMS_KEPT: u64 = 1000;

/// How many alarms there ever were.
const RAISED: &str = "malarms";

/// An alarm with what its duration is measured from.
#[derive(Serialize, Deserialize)]
struct Kept {
    alarm: LoggedAlarm,
    boot: BootId,
    mono: Mono,
}

/// Where an alarm is kept until the next but a thousand takes its place.
fn place(number: u64) -> String {
    format!("a{:04}", number % ALARMS_KEPT)
}

/// The number of the last alarm of this code at this bed.
fn last(bed: BedId, code: AlarmCode) -> String {
    format!("l{:03}{}", u8::from(bed), code.code())
}

impl Draft<'_> {
    /// What an entry means for the log.
    pub(super) fn log(&mut self, entry: &Entry) -> Result<(), StoreError> {
        let text = entry.body.get();
        let wrong = |source| StoreError::Body { seq: entry.seq, source };
        if entry.kind == Boot::KIND {
            return self.end_at_free_beds(entry.stamp);
        }
        let Some(bed) = entry.bed else { return Ok(()) };
        if entry.kind == Fresh::KIND {
            return self.end_all(bed, entry.stamp);
        }
        // Most entries are of no alarm: these are not even read.
        if entry.kind == CommandEntry::KIND && (text.contains("\"raise\"") || text.contains("\"clear\"")) {
            let commands = entry.body_as::<CommandEntry>().map_err(wrong)?;
            for command in commands.into_iter().flat_map(|entry| entry.commands) {
                if let Command::Raise(code) = command {
                    self.raised(bed, code, entry.stamp)?;
                } else if let Command::Clear(code) = command {
                    self.ended(bed, code, entry.stamp)?;
                }
            }
        } else if entry.kind == EventEntry::KIND && text.contains("\"acknowledge\"") {
            let event = entry.body_as::<EventEntry>().map_err(wrong)?;
            if let Some(EventEntry { event: Event::Act(act), refused: None }) = event
                && let (Act::Acknowledge(code), Some(by)) = (act.act, act.by)
            {
                let noted = Noted { by, at: entry.stamp.wall };
                self.change(bed, code, |kept| {
                    kept.alarm.acknowledged.get_or_insert(noted);
                })?;
            }
        }
        Ok(())
    }

    fn raised(&mut self, bed: BedId, code: AlarmCode, now: Stamp) -> Result<(), StoreError> {
        // A restart may have hidden the end of the one before.
        self.ended(bed, code, now)?;
        let number = self.get::<u64>(RAISED)?.unwrap_or(0) + 1;
        let alarm = LoggedAlarm {
            number,
            bed,
            code,
            raised: now.wall,
            acknowledged: None,
            ended: None,
            lasted: None,
        };
        self.set(place(number), &Kept { alarm, boot: now.boot_id, mono: now.mono })?;
        self.set(last(bed, code), &number)?;
        self.set(RAISED.to_owned(), &number)
    }

    fn ended(&mut self, bed: BedId, code: AlarmCode, now: Stamp) -> Result<(), StoreError> {
        self.change(bed, code, |kept| {
            if kept.alarm.ended.is_none() {
                kept.alarm.ended = Some(now.wall);
                kept.alarm.lasted = (kept.boot == now.boot_id).then(|| now.mono.since(kept.mono));
            }
        })
    }

    /// The bed's machine is made anew and knows of no alarm.
    fn end_all(&mut self, bed: BedId, now: Stamp) -> Result<(), StoreError> {
        AlarmCode::ALL.iter().try_for_each(|code| self.ended(bed, *code, now))
    }

    /// A start of the daemon: machines of beds without a donation are new.
    fn end_at_free_beds(&mut self, now: Stamp) -> Result<(), StoreError> {
        let busy = self.busy_beds()?;
        for bed in (1..=u8::MAX).map_while(|n| BedId::new(n).ok()).filter(|bed| !busy.contains(bed)) {
            self.end_all(bed, now)?;
        }
        Ok(())
    }

    /// Changes the last alarm of this code at this bed, if it is still kept.
    fn change(
        &mut self,
        bed: BedId,
        code: AlarmCode,
        change: impl FnOnce(&mut Kept),
    ) -> Result<(), StoreError> {
        let Some(number) = self.get::<u64>(&last(bed, code))? else { return Ok(()) };
        let Some(mut kept) = self.get::<Kept>(&place(number))? else { return Ok(()) };
        if kept.alarm.number == number {
            change(&mut kept);
            self.set(place(number), &kept)?;
        }
        Ok(())
    }
}

impl Index {
    /// Up to `limit` alarms, the newest first, from the one before number `before` on; from the newest when left out.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn alarms(&self, before: Option<u64>, limit: usize) -> Result<Vec<LoggedAlarm>, StoreError> {
        let newest: u64 = value(&*self.store, RAISED)?.unwrap_or(0);
        let oldest = newest.saturating_sub(ALARMS_KEPT - 1).max(1);
        let from = before.map_or(newest, |before| before.saturating_sub(1).min(newest));
        let mut found = Vec::new();
        for number in (oldest..=from).rev().take(limit) {
            let kept: Option<Kept> = value(&*self.store, &place(number))?;
            found.extend(kept.map(|kept| kept.alarm));
        }
        Ok(found)
    }
}
