//! The alarm log survives power cuts and the segments it was journaled in.

use super::*;
use crate::control::entries::{CommandEntry, EventEntry, Fresh};
use crate::journal::entry::Boot;
use crate::store::ALARMS_KEPT;
use station::api::{ALARM_PAGE, LoggedAlarm};
use station::ident::OperatorId;
use station::measure::Span;
use station::procedure::alarm::AlarmCode;
use station::procedure::command::Command;
use station::procedure::event::{Act, Event, PersonAct};
use station::procedure::refusal::Refusal;

impl Rig {
    fn at_bed<B: Body>(&mut self, n: u8, body: &B) {
        if self.writer.wants_checkpoint() {
            let seq = self.writer.next_seq();
            let state = self.index.checkpoint(RawValue::NULL.to_owned()).unwrap();
            self.writer.append(&[Draft::checkpoint(seq, stamp(seq), &state).unwrap()]).unwrap();
        }
        let seq = self.writer.next_seq();
        self.writer.append(&[Draft::new(seq, stamp(seq), Some(bed(n)), body).unwrap()]).unwrap();
        self.commit();
    }

    fn command(&mut self, n: u8, command: Command) {
        self.at_bed(n, &CommandEntry { commands: vec![command] });
    }

    fn acknowledge(&mut self, n: u8, code: AlarmCode, who: &str, refused: Option<Refusal>) {
        let by = Some(OperatorId::new(who).unwrap());
        let act = PersonAct { act: Act::Acknowledge(code), by, second: None };
        self.at_bed(n, &EventEntry { event: Event::Act(act), refused });
    }

    fn newest(&self) -> LoggedAlarm {
        self.index.alarms(None, 1).unwrap().remove(0)
    }
}

/// Every alarm that is kept, page by page, the newest first.
fn pages(index: &Index) -> Vec<LoggedAlarm> {
    let mut all: Vec<LoggedAlarm> = Vec::new();
    loop {
        let page = index.alarms(all.last().map(|alarm| alarm.number), ALARM_PAGE).unwrap();
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

#[test]
fn an_alarm_is_logged_with_who_knew_of_it_and_how_long_it_held() {
    let mut rig = Rig::new();
    rig.command(2, Command::Raise(AlarmCode::LowFlow));
    let alarm = rig.newest();
    assert_eq!((alarm.number, alarm.bed, alarm.code), (1, bed(2), AlarmCode::LowFlow));
    assert_eq!((alarm.ended, alarm.acknowledged), (None, None));
    rig.acknowledge(2, AlarmCode::LowFlow, "n1", Some(Refusal::NotNow));
    assert_eq!(rig.newest().acknowledged, None, "it was refused");
    rig.acknowledge(1, AlarmCode::LowFlow, "n1", None);
    assert_eq!(rig.newest().acknowledged, None, "that was another bed's");
    rig.acknowledge(2, AlarmCode::LowFlow, "n1", None);
    rig.acknowledge(2, AlarmCode::LowFlow, "n2", None);
    assert_eq!(rig.newest().acknowledged.unwrap().by.as_str(), "n1", "who knew first");
    rig.command(2, Command::Clear(AlarmCode::LowFlow));
    let alarm = rig.newest();
    let lasted = alarm.ended.unwrap().0 - alarm.raised.0;
    assert_eq!((lasted, alarm.lasted), (5, Some(Span(5))));
    rig.command(2, Command::Raise(AlarmCode::LowFlow));
    assert_eq!((rig.newest().number, rig.newest().acknowledged), (2, None), "raised again is another one");
}

#[test]
fn what_a_restart_or_a_new_machine_hides_has_ended_and_an_open_donation_s_has_not() {
    let mut rig = Rig::new();
    rig.at_bed(3, &Opened { donation: DonationId(7), bed: bed(3) });
    for n in [1, 2, 3] {
        rig.command(n, Command::Raise(AlarmCode::DeviceFault));
    }
    rig.at_bed(1, &Fresh { logic: 1 });
    let open =
        |rig: &Rig| pages(&rig.index).iter().filter(|a| a.ended.is_none()).map(|a| a.bed).collect::<Vec<_>>();
    assert_eq!(open(&rig), [bed(3), bed(2)]);
    rig.put(&Boot { version: "1".to_owned(), logic: 1 });
    rig.commit();
    assert_eq!(open(&rig), [bed(3)], "its machine goes on with it");
}

#[test]
fn a_thousand_alarms_survive_power_cuts_and_the_removal_of_old_segments() {
    let mut rig = Rig::new();
    let raised = ALARMS_KEPT + 150;
    for n in 0..raised {
        let code = AlarmCode::ALL[usize::try_from(n).unwrap() % AlarmCode::ALL.len()];
        rig.command(1, Command::Raise(code));
        rig.acknowledge(1, code, "n1", None);
    }
    let live = pages(&rig.index);
    assert_eq!(live.len() as u64, ALARMS_KEPT);
    let numbers: Vec<u64> = live.iter().map(|alarm| alarm.number).collect();
    assert_eq!(numbers, (raised - ALARMS_KEPT + 1..=raised).rev().collect::<Vec<_>>());
    assert!(live.iter().all(|alarm| alarm.acknowledged.is_some()));

    // The power goes: what was durable is read back, from the last checkpoint alone.
    let (reader, recovery) = rig.reopened();
    let starts = reader.segment_starts().unwrap();
    assert!(starts.len() > 3, "the alarms of the first segments are in checkpoints only");
    assert!(recovery.checkpoint.is_some());
    let (rebuilt, _) = rebuild(Box::<MemoryStore>::default(), &reader, &recovery).unwrap();
    assert_eq!(pages(&rebuilt), live);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    drop(Candidate::open(&path).settle(&reader, &recovery).unwrap());
    assert_eq!(pages(&Candidate::open(&path).settle(&reader, &recovery).unwrap().0), live);
}
