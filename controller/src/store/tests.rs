//! What the store promises: it is a function of the journal, whatever happens to it.

mod alarms;

use super::*;
use crate::clock::{BootId, ClockTrust, Stamp};
use crate::control::entries::{EventEntry, SealedPerson};
use crate::journal::entry::{
    Acknowledged, Attempted, ClampLearned, Closed, DinBound, Opened, OperatorSet, RecordFrozen, WorklistSet,
};
use crate::journal::mem_disk::MemDisk;
use crate::journal::{Body, Draft, Reader, Recovery, Settings, Writer, open};
use crate::privacy::{DayKey, Sealed};
use station::ident::StationId;
use station::measure::Mono;
use station::procedure::event::{Act, Event, PersonAct};
use station::procedure::refusal::Refusal;
use std::sync::Arc;

const SMALL: Settings = Settings { segment_bytes: 24_000, raw_segment_bytes: 1000 };

/// A journal with a store that follows it, live.
struct Rig {
    disk: MemDisk,
    writer: Writer,
    index: Index,
}

fn stamp(seq: u64) -> Stamp {
    Stamp { boot_id: BootId(1), mono: Mono(seq), wall: Wall(seq as i64), trust: ClockTrust::Rtc }
}

impl Rig {
    fn new() -> Self {
        Self::with(SMALL)
    }

    fn with(settings: Settings) -> Self {
        let disk = MemDisk::new();
        let (writer, _) = open(Arc::new(disk.clone()), settings, 0).unwrap();
        Self { disk, writer, index: Index::over(Box::new(MemoryStore::default())).unwrap() }
    }

    fn put<B: Body>(&mut self, body: &B) -> u64 {
        self.put_at(None, body)
    }

    fn put_at<B: Body>(&mut self, bed: Option<BedId>, body: &B) -> u64 {
        if self.writer.wants_checkpoint() {
            let seq = self.writer.next_seq();
            let state = self.index.checkpoint(RawValue::NULL.to_owned()).unwrap();
            self.writer.append(&[Draft::checkpoint(seq, stamp(seq), &state).unwrap()]).unwrap();
        }
        let seq = self.writer.next_seq();
        self.writer.append(&[Draft::new(seq, stamp(seq), bed, body).unwrap()]).unwrap();
        seq
    }

    fn commit(&mut self) {
        let commit = self.writer.commit().unwrap();
        self.index.apply(&commit.entries).unwrap();
    }

    fn reopened(&self) -> (Reader, Recovery) {
        let disk = Arc::new(self.disk.clone());
        let (_, recovery) = open(disk.clone(), SMALL, self.index.applied()).unwrap();
        (Reader::new(disk), recovery)
    }

    /// A donation from opening to its frozen record.
    fn donate(&mut self, n: u64) -> RecordFrozen {
        let donation = DonationId(n);
        self.put(&Opened { donation, bed: bed(1) });
        self.put(&DinBound { donation, din: din(n), state: DinState::Used });
        self.put(&Closed { donation });
        let record = record(n, 1, RecordClass::Record);
        self.put(&record);
        record
    }
}

fn bed(n: u8) -> BedId {
    BedId::new(n).unwrap()
}
fn din(n: u64) -> Din {
    Din::new(&format!("A999926{n:06}")).unwrap()
}
fn record(n: u64, version: u32, class: RecordClass) -> RecordFrozen {
    let id = RecordId { station: StationId::new("S1").unwrap(), donation: DonationId(n), version };
    let canonical = format!("{{\"donation\":{n},\"version\":{version}}}");
    RecordFrozen { id, sha256: Digest::of(canonical.as_bytes()), class, canonical, because: None }
}
fn day_key(n: u64) -> DayKey {
    let text = String::new;
    DayKey { id: format!("day {n}"), alg: text(), nonce: text(), wrapped: text() }
}
fn token(n: u64) -> DonorToken {
    DonorToken::new(&format!("{n:064x}")).unwrap()
}
/// Somebody sealed under the key of this number.
fn sealed(n: u64, key: u64) -> SealedPerson {
    let text = String::new;
    let blob = Sealed { key: format!("day {key}"), alg: text(), nonce: text(), ciphertext: text() };
    SealedPerson { donor: token(n), donation: None, blob }
}
fn content(index: &Index) -> Vec<(String, String)> {
    let all = index.store.scan("", usize::MAX).unwrap();
    all.into_iter().map(|(key, bytes)| (key, String::from_utf8(bytes).unwrap())).collect()
}

/// Forty donations, some acknowledged, some with corrections, over several segments.
fn busy() -> Rig {
    let mut rig = Rig::new();
    for n in 1..=40 {
        let record = rig.donate(n);
        rig.commit();
        if n % 3 != 0 {
            rig.put(&Attempted { id: record.id.clone(), attempts: 1, next: Wall(5) });
        }
        if n % 2 == 0 {
            rig.put(&Acknowledged { id: record.id, sha256: record.sha256 });
        }
        if n % 5 == 0 {
            rig.put(&self::record(n, 2, RecordClass::Record));
        }
        let json = (n % 4 != 0).then(|| RawValue::TRUE.to_owned());
        rig.put(&OperatorSet { id: OperatorId::new(&format!("N{}", n % 7)).unwrap(), json: json.clone() });
        rig.put(&WorklistSet { key: format!("item {}", n % 9), json });
        if n % 7 == 0 {
            rig.put(&day_key(n));
        }
        rig.put(&sealed(n % 9, n / 7 * 7));
    }
    rig.commit();
    rig
}

#[test]
fn a_donation_is_followed_from_opening_to_acknowledgement() {
    let mut rig = Rig::new();
    let record = rig.donate(7);
    rig.commit();
    let donation = rig.index.donation(DonationId(7)).unwrap().unwrap();
    assert_eq!((donation.bed, donation.din, donation.closed.is_some()), (Some(bed(1)), Some(din(7)), true));
    assert_eq!(rig.index.din(&din(7)).unwrap(), Some(DinUse(DonationId(7), DinState::Used)));
    assert_eq!(rig.index.din(&din(8)).unwrap(), None);
    let item = rig.index.outbox(9).unwrap().remove(0);
    let entry = rig.reopened().0.entry_at(item.position).unwrap();
    assert_eq!(entry.body_as::<RecordFrozen>().unwrap().unwrap(), record);
    rig.put(&Acknowledged { id: record.id.clone(), sha256: record.sha256 });
    rig.commit();
    assert_eq!(rig.index.outbox(9).unwrap(), []);
    assert_eq!(rig.index.record(&record.id).unwrap(), Some(RecordState::Acknowledged));
}

#[test]
fn an_acknowledgement_of_other_bytes_acknowledges_nothing() {
    let mut rig = Rig::new();
    let record = rig.donate(7);
    rig.put(&Acknowledged { id: record.id.clone(), sha256: Digest::of(b"something else") });
    rig.commit();
    assert!(matches!(rig.index.record(&record.id).unwrap(), Some(RecordState::Waiting(_))));
}

#[test]
fn alarms_leave_before_records_and_records_before_telemetry() {
    let mut rig = Rig::new();
    for (n, class) in [(1, RecordClass::Telemetry), (2, RecordClass::Record), (3, RecordClass::Alarm)] {
        rig.put(&record(n, 1, class));
        rig.put(&record(n + 10, 1, class));
    }
    rig.commit();
    let order: Vec<u64> = rig.index.outbox(9).unwrap().iter().map(|item| item.id.donation.0).collect();
    assert_eq!(order, [3, 13, 2, 12, 1, 11]);
    assert_eq!(rig.index.outbox(2).unwrap().len(), 2);
}

#[test]
fn a_failed_attempt_is_remembered() {
    let mut rig = Rig::new();
    let record = rig.donate(1);
    rig.put(&Attempted { id: record.id, attempts: 4, next: Wall(99) });
    rig.commit();
    let item = rig.index.outbox(1).unwrap().remove(0);
    assert_eq!((item.attempts, item.next), (4, Some(Wall(99))));
}

#[test]
fn entries_of_open_donations_and_of_records_not_acknowledged_are_needed() {
    let mut rig = Rig::new();
    assert_eq!(rig.index.needed_from().unwrap(), 1);
    let record = rig.donate(1);
    rig.commit();
    let frozen = rig.index.outbox(1).unwrap()[0].position.seq;
    assert_eq!(rig.index.needed_from().unwrap(), frozen);
    let open = rig.writer.next_seq();
    rig.put(&Opened { donation: DonationId(open), bed: bed(1) });
    rig.put(&Acknowledged { id: record.id, sha256: record.sha256 });
    rig.commit();
    assert_eq!(rig.index.needed_from().unwrap(), open);
    rig.put(&Closed { donation: DonationId(open) });
    rig.commit();
    assert_eq!(rig.index.needed_from().unwrap(), rig.index.applied() + 1);
}

#[test]
fn a_voided_din_stays_taken() {
    let mut rig = Rig::new();
    rig.put(&Opened { donation: DonationId(1), bed: bed(2) });
    for state in [DinState::Used, DinState::Voided] {
        rig.put(&DinBound { donation: DonationId(1), din: din(5), state });
    }
    rig.commit();
    assert_eq!(rig.index.din(&din(5)).unwrap(), Some(DinUse(DonationId(1), DinState::Voided)));
    assert_eq!(rig.index.donation(DonationId(1)).unwrap().unwrap().din, None);
}

#[test]
fn entries_come_once_and_in_order() {
    let mut rig = Rig::new();
    rig.donate(1);
    let commit = rig.writer.commit().unwrap();
    assert!(matches!(rig.index.apply(&commit.entries[1..]), Err(StoreError::Gap { expected: 1, found: 2 })));
    rig.index.apply(&commit.entries).unwrap();
    let before = content(&rig.index);
    rig.index.apply(&commit.entries).unwrap();
    assert_eq!(content(&rig.index), before);
}

#[test]
fn a_store_rebuilt_from_the_last_checkpoint_is_the_live_one() {
    let rig = busy();
    let (reader, recovery) = rig.reopened();
    assert!(recovery.state.through > 100, "several segments");
    let (rebuilt, _) = rebuild(Box::new(MemoryStore::default()), &reader, &recovery).unwrap();
    assert_eq!(content(&rebuilt), content(&rig.index));
}

#[test]
fn a_store_rebuilt_from_all_segments_is_the_live_one() {
    let rig = busy();
    let (reader, recovery) = rig.reopened();
    let mut index = Index::over(Box::new(MemoryStore::default())).unwrap();
    let all: Vec<Committed> =
        reader.entries(1, recovery.last_seq).unwrap().collect::<Result<_, _>>().unwrap();
    for chunk in all.chunks(97) {
        index.apply(chunk).unwrap();
    }
    assert_eq!(content(&index), content(&rig.index));
}

#[test]
fn old_closed_donations_are_let_go_whatever_the_transactions_and_dins_stay() {
    let mut rig = Rig::with(Settings::default());
    rig.put(&Opened { donation: DonationId(0), bed: bed(3) });
    let total = DONATIONS_KEPT + 50;
    for n in 1..=total {
        let donation = DonationId(n);
        rig.put(&Opened { donation, bed: bed(1) });
        rig.put(&DinBound { donation, din: din(n), state: DinState::Used });
        rig.put(&Closed { donation });
        if n % 10 == 0 {
            rig.commit();
        }
    }
    rig.commit();
    assert_eq!(rig.index.store.scan("d", usize::MAX).unwrap().len() as u64, DONATIONS_KEPT);
    assert!(rig.index.donation(DonationId(0)).unwrap().is_some(), "an open donation stays");
    assert!(rig.index.donation(DonationId(1)).unwrap().is_none());
    assert!(rig.index.din(&din(1)).unwrap().is_some());
    let (reader, recovery) = rig.reopened();
    let mut index = Index::over(Box::new(MemoryStore::default())).unwrap();
    let all: Vec<Committed> =
        reader.entries(1, recovery.last_seq).unwrap().collect::<Result<_, _>>().unwrap();
    index.apply(&all).unwrap();
    assert_eq!(content(&index), content(&rig.index));
}

#[test]
fn a_store_on_disk_catches_up_and_a_broken_one_is_made_again() {
    let rig = busy();
    let (reader, recovery) = rig.reopened();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let settle = || Candidate::open(&path).settle(&reader, &recovery).unwrap();

    let (index, settled) = settle();
    assert!(matches!(settled, Settled::Rebuilt { .. }));
    assert_eq!(content(&index), content(&rig.index));
    drop(index);
    assert_eq!(Candidate::open(&path).known_durable(), recovery.last_seq);
    let (index, settled) = settle();
    assert_eq!(settled, Settled::CaughtUp(0));
    drop(index);

    for broken in ["db", "conf"] {
        std::fs::write(path.join(broken), b"this is not sled").unwrap();
        let (index, settled) = settle();
        assert!(matches!(settled, Settled::Rebuilt { .. }), "{broken}: {settled:?}");
        assert_eq!(content(&index), content(&rig.index));
        assert!(path.with_file_name("store.bad").exists());
    }
    std::fs::remove_dir_all(&path).unwrap();
    assert_eq!(content(&settle().0), content(&rig.index));
}

#[test]
fn a_store_that_is_behind_is_brought_to_the_end() {
    let mut rig = busy();
    let (reader, recovery) = rig.reopened();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    drop(Candidate::open(&path).settle(&reader, &recovery).unwrap());
    rig.donate(41);
    rig.commit();
    let (reader, recovery) = rig.reopened();
    let (index, settled) = Candidate::open(&path).settle(&reader, &recovery).unwrap();
    assert!(matches!(settled, Settled::CaughtUp(4..=8)), "{settled:?}");
    assert_eq!(content(&index), content(&rig.index));
}

#[test]
fn a_store_ahead_of_the_journal_is_made_again() {
    let rig = busy();
    let (reader, recovery) = rig.reopened();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    drop(Candidate::open(&path).settle(&reader, &recovery).unwrap());
    let young = Rig::new();
    let (reader, recovery) = (Reader::new(Arc::new(young.disk.clone())), {
        let disk = Arc::new(young.disk.clone());
        open(disk, SMALL, 0).unwrap().1
    });
    let (index, settled) = Candidate::open(&path).settle(&reader, &recovery).unwrap();
    assert!(matches!(settled, Settled::Rebuilt { entries: 0, .. }));
    assert_eq!(index.applied(), 0);
}

#[test]
fn what_would_not_fit_the_store_is_refused_before_it_is_journaled() {
    let json = Some(serde_json::value::to_raw_value(&"x".repeat(3100)).unwrap());
    let operator = OperatorSet { id: OperatorId::new("N1").unwrap(), json };
    assert!(Draft::new(1, stamp(1), None, &operator).is_err());
    let mut large = record(1, 1, RecordClass::Record);
    large.canonical = "\"".repeat(32 * 1024);
    assert!(Draft::new(1, stamp(1), None, &large).is_ok());
    large.canonical.push(' ');
    assert!(Draft::new(1, stamp(1), None, &large).is_err());
}

#[test]
fn the_last_learned_clamp_delay_of_each_bed_is_kept_over_a_checkpoint() {
    let mut rig = Rig::new();
    let delay = |ms| station::draw::ClampDelay::known(station::measure::Span::from_millis(ms));
    for (n, ms) in [(1, 200), (2, 150), (1, 180)] {
        rig.put(&ClampLearned { bed: bed(n), delay: delay(ms) });
    }
    rig.commit();
    let state = rig.index.checkpoint(RawValue::NULL.to_owned()).unwrap();
    assert_eq!(rig.index.clamp_delays().unwrap(), vec![(bed(1), delay(180)), (bed(2), delay(150))]);
    assert_eq!(state.index.iter().filter(|(key, _)| key.starts_with('c')).count(), 2);
}

#[test]
fn needles_in_the_bin_are_counted_until_it_is_replaced() {
    let mut rig = Rig::new();
    let mut put = |n: u8, act: Act, refused| {
        let event = Event::Act(PersonAct { act, by: None, second: None });
        rig.put_at(Some(bed(n)), &EventEntry { event, refused });
    };
    put(1, Act::NeedleBinned, None);
    put(1, Act::NeedleBinned, Some(Refusal::NotNow));
    put(1, Act::NeedleBinned, None);
    put(2, Act::NeedleBinned, None);
    put(2, Act::BinReplaced, None);
    rig.commit();
    assert_eq!(rig.index.needles_binned().unwrap(), vec![(bed(1), 2), (bed(2), 0)]);
}

#[test]
fn the_newest_blob_of_a_donor_is_found_with_its_key_and_old_ones_make_room() {
    let mut rig = Rig::with(Settings::default());
    rig.put(&sealed(1, 7));
    let key = rig.put(&day_key(7));
    let (early, late) = (rig.put(&sealed(1, 7)), rig.put(&sealed(1, 7)));
    rig.commit();
    let found = rig.index.sealed(&token(1)).unwrap().unwrap();
    assert_eq!((found.key.seq, found.blob.seq), (key, late), "not {early}");
    assert_eq!(rig.index.sealed(&token(2)).unwrap(), None);
    for n in 0..PEOPLE_KEPT {
        rig.put(&sealed(2 + n, 7));
    }
    rig.commit();
    assert_eq!(rig.index.sealed(&token(1)).unwrap(), None, "too long ago");
    assert!(rig.index.sealed(&token(2)).unwrap().is_some());
    assert_eq!(rig.index.store.scan("u", usize::MAX).unwrap().len() as u64, PEOPLE_KEPT);
}
