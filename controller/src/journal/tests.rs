//! What the journal promises, tested on a disk that loses power, fills up and rots. The names of the tests on torn tails
//! and damage are the specification of recovery.

use super::disk::Disk as _;
use super::entry::{CheckpointState, Closed};
use super::mem_disk::MemDisk;
use super::*;
use crate::clock::{BootId, ClockTrust, Stamp};
use sha2::{Digest as _, Sha256};
use station::device::{Quality, WeightSample};
use station::ident::{BedId, DonationId};
use station::measure::{Milligrams, Mono, Wall};
use std::sync::Arc;

pub(crate) const SMALL: Settings = Settings { segment_bytes: 4096, raw_segment_bytes: 1024 };

pub(crate) fn stamp(seq: u64) -> Stamp {
    Stamp {
        boot_id: BootId(7),
        mono: Mono(seq * 1000),
        wall: Wall(1_790_000_000_000 + seq as i64),
        trust: ClockTrust::Synced,
    }
}

pub(crate) fn checkpoint(seq: u64) -> Draft {
    Draft::checkpoint(seq, stamp(seq), &CheckpointState { through: seq - 1, ..CheckpointState::empty() })
        .unwrap()
}

pub(crate) fn closed(seq: u64) -> Draft {
    let bed = BedId::new(1).unwrap();
    Draft::new(seq, stamp(seq), Some(bed), &Closed { donation: DonationId(seq * 10) }).unwrap()
}

pub(crate) fn pack(seq: u64) -> Draft {
    let mut packer = Packer::default();
    let bed = BedId::new(2).unwrap();
    for n in 0..4 {
        let sample = WeightSample { gross: Milligrams(seq as i64), quality: Quality::Stable };
        packer.push(bed, Mono(seq * 1000 + n), sample, None);
    }
    Draft::pack(seq, stamp(seq), packer.cut(bed).unwrap()).unwrap()
}

/// What a caller does: a checkpoint when one is wanted, else entries and packs in turn.
pub(crate) fn next_draft(writer: &Writer) -> Draft {
    let seq = writer.next_seq();
    if writer.wants_checkpoint() {
        checkpoint(seq)
    } else if seq.is_multiple_of(3) {
        pack(seq)
    } else {
        closed(seq)
    }
}

pub(crate) fn write(writer: &mut Writer, entries: usize) {
    for _ in 0..entries {
        let draft = next_draft(writer);
        writer.append(&[draft]).unwrap();
    }
}

/// A journal on which each commit holds `batch` entries.
pub(crate) fn written(entries: usize, batch: usize) -> (MemDisk, Writer) {
    let disk = MemDisk::new();
    let (mut writer, recovery) = open(Arc::new(disk.clone()), SMALL, 0).unwrap();
    assert_eq!(recovery.last_seq, 0);
    for at in (0..entries).step_by(batch) {
        write(&mut writer, batch.min(entries - at));
        writer.commit().unwrap();
    }
    (disk, writer)
}

pub(crate) fn reopen(disk: &MemDisk) -> Result<(Writer, Recovery), OpenError> {
    open(Arc::new(disk.clone()), SMALL, 0)
}

fn damage(disk: &MemDisk) -> Damage {
    match reopen(disk) {
        Err(OpenError::Damaged(damage)) => damage,
        Err(OpenError::Io(error)) => panic!("{error}"),
        Ok((_, recovery)) => panic!("opened at {}: {:?}", recovery.last_seq, recovery.torn),
    }
}

fn text(disk: &MemDisk, name: &str) -> String {
    String::from_utf8(disk.files()[name].clone()).unwrap()
}

fn segments(disk: &MemDisk, prefix: &str) -> Vec<String> {
    disk.files().into_keys().filter(|name| name.starts_with(prefix)).collect()
}

/// Byte offset of line `n` (from 0) of a file.
fn line_at(disk: &MemDisk, name: &str, n: usize) -> usize {
    text(disk, name).split_inclusive('\n').take(n).map(str::len).sum()
}

/// The chain as anyone would check it who has only the documentation, text tools and a SHA-256.
fn check_chain_by_hand(disk: &MemDisk, prefix: &str) -> usize {
    let mut prev = "0".repeat(64);
    let mut lines = 0;
    for name in segments(disk, prefix) {
        for line in text(disk, &name).lines() {
            let (head, tail) = line.rsplit_once(",\"sha256\":").unwrap();
            let hash: String =
                Sha256::digest(format!("{prev}{head}")).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(tail, format!("\"{hash}\"}}"), "{name}: {line}");
            prev = hash;
            lines += 1;
        }
    }
    lines
}

#[test]
fn both_chains_can_be_checked_with_the_documentation_alone() {
    let (disk, _) = written(60, 4);
    assert!(segments(&disk, "journal-").len() >= 3, "{:?}", disk.files().keys());
    assert!(segments(&disk, "raw-").len() >= 3);
    assert_eq!(check_chain_by_hand(&disk, "journal-"), 60);
    let packs = text(&disk, "journal-00000001.jsonl").matches("\"kind\":\"pack\"").count();
    assert!(packs > 2 && check_chain_by_hand(&disk, "raw-") > packs);
}

#[test]
fn every_segment_begins_with_a_checkpoint_that_hangs_on_the_one_before() {
    let (disk, _) = written(60, 4);
    let names = segments(&disk, "journal-");
    for pair in names.windows(2) {
        let last = text(&disk, &pair[0]).lines().last().unwrap().to_owned();
        let first = text(&disk, &pair[1]).lines().next().unwrap().to_owned();
        let hash = &last[last.len() - 66..last.len() - 2];
        assert!(
            first.contains(&format!("\"kind\":\"checkpoint\",\"body\":{{\"prev\":\"{hash}\"")),
            "{first}"
        );
    }
}

#[test]
fn a_commit_syncs_each_chain_once() {
    let (disk, mut writer) = written(3, 3);
    let before = disk.syncs();
    write(&mut writer, 4);
    writer.commit().unwrap();
    assert_eq!(disk.syncs() - before, 2);
    writer.append(&[closed(8)]).unwrap();
    writer.commit().unwrap();
    assert_eq!(disk.syncs() - before, 3);
}

#[test]
fn numbers_with_a_gap_are_refused_and_nothing_is_taken() {
    let (_, mut writer) = written(2, 2);
    let gap = writer.append(&[closed(3), closed(5)]);
    assert_eq!(gap, Err(AppendError::Gap { expected: 4, found: 5 }));
    assert_eq!(writer.next_seq(), 3);
    writer.append(&[closed(3)]).unwrap();
    assert_eq!(writer.commit().unwrap().durable_through, 3);
}

#[test]
fn a_new_journal_begins_with_a_checkpoint_and_nothing_else() {
    let (mut writer, _) = reopen(&MemDisk::new()).unwrap();
    assert_eq!(writer.append(&[closed(1)]), Err(AppendError::NoCheckpoint));
}

#[test]
fn a_reopened_journal_goes_on_where_it_ended() {
    let (disk, writer) = written(50, 7);
    drop(writer);
    let (mut writer, recovery) = reopen(&disk).unwrap();
    assert_eq!((recovery.last_seq, recovery.torn.len()), (50, 0));
    assert_eq!(recovery.newest.unwrap(), stamp(50));
    assert_eq!(recovery.state.through, recovery.checkpoint.unwrap().seq - 1);
    write(&mut writer, 20);
    writer.commit().unwrap();
    assert_eq!(check_chain_by_hand(&disk, "journal-"), 70);
}

#[test]
fn torn_half_a_line_after_a_power_cut_is_cut_copied_and_reported() {
    let (disk, mut writer) = written(5, 5);
    disk.fail_syncs(true);
    writer.append(&[closed(6)]).unwrap();
    assert!(matches!(writer.commit(), Err(CommitError::Failed(_))));
    disk.fail_syncs(false);
    disk.power_cut(&mut |_, tail| tail.truncate(40));
    let (mut writer, recovery) = reopen(&disk).unwrap();
    assert_eq!(recovery.last_seq, 5);
    assert_eq!((recovery.torn[0].file.as_str(), recovery.torn[0].bytes), ("journal-00000001.jsonl", 40));
    assert_eq!(disk.files()[&recovery.torn[0].quarantine].len(), 40);
    write(&mut writer, 1);
    writer.commit().unwrap();
    assert_eq!(check_chain_by_hand(&disk, "journal-"), 6);
}

#[test]
fn torn_samples_of_an_entry_that_was_never_durable_take_the_entry_with_them() {
    let (disk, mut writer) = written(5, 5);
    write(&mut writer, 4); // two packs among them
    writer.commit().unwrap();
    // As if that commit had been cut short: the journal's pages reached the disk, the raw ones did not.
    let whole = disk.files()["raw-00000001.jsonl"].len() as u64;
    disk.truncate("raw-00000001.jsonl", whole - 10).unwrap();
    let (_, recovery) = reopen(&disk).unwrap();
    assert_eq!(recovery.last_seq, 8);
    assert_eq!(recovery.torn.len(), 2, "{:?}", recovery.torn);
}

#[test]
fn torn_raw_lines_that_no_entry_points_to_are_cut() {
    let (disk, _) = written(7, 7);
    let at = line_at(&disk, "journal-00000001.jsonl", 5);
    disk.truncate("journal-00000001.jsonl", at as u64).unwrap();
    let (mut writer, recovery) = reopen(&disk).unwrap();
    assert_eq!(recovery.last_seq, 5);
    assert_eq!(recovery.torn[0].file, "raw-00000001.jsonl");
    write(&mut writer, 4);
    writer.commit().unwrap();
    assert_eq!(check_chain_by_hand(&disk, "raw-"), 4);
}

#[test]
fn torn_first_line_of_a_new_segment_falls_back_to_the_segment_before() {
    let (disk, mut writer) = written(5, 5);
    writer.append(&[checkpoint(6)]).unwrap();
    writer.commit().unwrap();
    for keep in [30, 0] {
        disk.truncate("journal-00000002.jsonl", keep).unwrap();
        let (mut writer, recovery) = reopen(&disk).unwrap();
        assert_eq!((recovery.last_seq, recovery.torn.len()), (5, 1));
        assert!(!disk.files().contains_key("journal-00000002.jsonl"));
        writer.append(&[checkpoint(6)]).unwrap();
        writer.commit().unwrap();
        assert_eq!(check_chain_by_hand(&disk, "journal-"), 6);
    }
}

#[test]
fn torn_garbage_after_the_durable_end_loses_nothing_durable() {
    let (disk, _) = written(5, 5);
    let mut file = disk.append("journal-00000001.jsonl").unwrap();
    file.write_all(b"\0\0\0\0\nnot a line\n\xff\xfe\n").unwrap();
    let (_, recovery) = reopen(&disk).unwrap();
    assert_eq!((recovery.last_seq, recovery.torn.len()), (5, 1));
}

#[test]
fn damage_below_what_a_later_line_knows_to_be_durable_is_never_cut() {
    let (disk, _) = written(12, 3);
    let before = disk.files()["journal-00000001.jsonl"].clone();
    let at = line_at(&disk, "journal-00000001.jsonl", 4) + 30;
    disk.flip("journal-00000001.jsonl", at, 1);
    let damaged = disk.files()["journal-00000001.jsonl"].clone();
    assert_ne!(before, damaged);
    let found = damage(&disk);
    assert_eq!(found.offset, line_at(&disk, "journal-00000001.jsonl", 4) as u64);
    assert_eq!(disk.files()["journal-00000001.jsonl"], damaged, "a damaged file is left as it is");
    assert_eq!(disk.files()[&found.quarantine.unwrap()], damaged[found.offset as usize..]);
    let files = disk.files().len();
    damage(&disk);
    assert_eq!(disk.files().len(), files, "the same damage is copied once");
}

#[test]
fn damage_of_the_last_lines_is_known_from_elsewhere() {
    let (disk, _) = written(6, 6);
    let at = line_at(&disk, "journal-00000001.jsonl", 5) + 30;
    disk.flip("journal-00000001.jsonl", at, 1);
    let found = open(Arc::new(disk.clone()), SMALL, 6);
    assert!(matches!(found, Err(OpenError::Damaged(_))));
    assert_eq!(reopen(&disk).unwrap().1.last_seq, 5, "without that knowledge it is a torn tail");
}

#[test]
fn damage_by_lines_missing_at_the_end_is_known_from_elsewhere() {
    let (disk, _) = written(6, 6);
    let at = line_at(&disk, "journal-00000001.jsonl", 5) as u64;
    disk.truncate("journal-00000001.jsonl", at).unwrap();
    let found = open(Arc::new(disk.clone()), SMALL, 6);
    assert!(matches!(found, Err(OpenError::Damaged(Damage { flaw: Flaw::Missing(6), .. }))));
    let nothing = open(Arc::new(MemDisk::new()), SMALL, 6);
    assert!(matches!(nothing, Err(OpenError::Damaged(Damage { flaw: Flaw::Missing(6), .. }))));
}

#[test]
fn damage_of_durable_samples_is_found() {
    let (disk, _) = written(9, 3);
    disk.flip("raw-00000001.jsonl", line_at(&disk, "raw-00000001.jsonl", 1) + 20, 1);
    assert!(matches!(damage(&disk).flaw, Flaw::Samples(_)));
}

#[test]
fn damage_by_a_missing_segment_is_found() {
    let (disk, _) = written(60, 4);
    disk.remove("journal-00000002.jsonl").unwrap();
    assert_eq!(damage(&disk).flaw, Flaw::NoSegment);
}

#[test]
fn damage_by_a_segment_of_another_journal_is_found() {
    let (disk, _) = written(60, 4);
    let last = segments(&disk, "journal-").pop().unwrap();
    let before = format!("journal-{:08}.jsonl", last[8..16].parse::<u32>().unwrap() - 1);
    let len = disk.files()[&before].len();
    disk.flip(&before, len - 10, 1);
    assert_eq!(damage(&disk).flaw, Flaw::Link);
}

#[test]
fn damage_at_the_end_of_an_older_segment_is_no_torn_tail() {
    let (disk, mut writer) = written(5, 5);
    writer.append(&[checkpoint(6)]).unwrap();
    writer.commit().unwrap();
    let len = disk.files()["journal-00000001.jsonl"].len() as u64;
    disk.truncate("journal-00000001.jsonl", len - 5).unwrap();
    assert_eq!(damage(&disk).file, "journal-00000001.jsonl");
    disk.truncate("journal-00000002.jsonl", 5).unwrap();
    assert_eq!(damage(&disk).file, "journal-00000001.jsonl");
}

#[test]
fn a_failed_sync_ends_the_journal_for_this_run() {
    let (disk, mut writer) = written(5, 5);
    write(&mut writer, 1);
    disk.fail_syncs(true);
    assert!(matches!(writer.commit(), Err(CommitError::Failed(_))));
    disk.fail_syncs(false);
    assert!(matches!(writer.commit(), Err(CommitError::FailedBefore)));
    assert_eq!(writer.append(&[closed(7)]), Err(AppendError::Failed));
    assert_eq!(writer.durable_through(), 5);
}

#[test]
fn a_full_disk_loses_nothing_and_goes_on_when_there_is_room() {
    let (disk, mut writer) = written(5, 5);
    let used: usize = disk.files().values().map(Vec::len).sum();
    disk.set_capacity(Some(used as u64 + 700));
    write(&mut writer, 5);
    for _ in 0..3 {
        assert!(matches!(writer.commit(), Err(CommitError::Full(_))));
    }
    assert_eq!(writer.durable_through(), 5);
    write(&mut writer, 2);
    disk.set_capacity(None);
    let commit = writer.commit().unwrap();
    assert_eq!((commit.durable_through, commit.entries.len()), (12, 7));
    assert_eq!(check_chain_by_hand(&disk, "journal-"), 12);
    assert_eq!(reopen(&disk).unwrap().1.torn, []);
}

#[test]
fn lines_left_by_a_killed_process_are_synced_before_they_count_as_durable() {
    let (whole, mut writer) = written(5, 5);
    writer.append(&[closed(6), closed(7)]).unwrap();
    writer.commit().unwrap();
    // The same bytes on a disk that was never told to sync them.
    let disk = MemDisk::new();
    for (name, bytes) in whole.files() {
        disk.append(&name).unwrap().write_all(&bytes).unwrap();
    }
    assert_eq!(reopen(&disk).unwrap().1.last_seq, 7, "read from memory, and synced");
    disk.power_cut(&mut |_, tail| tail.clear());
    assert_eq!(reopen(&disk).unwrap().1.last_seq, 7);
}

#[test]
fn lines_of_a_failed_sync_are_not_believed_and_the_next_start_knows_that_the_disk_failed() {
    let (disk, mut writer) = written(5, 5);
    writer.append(&[closed(6), closed(7)]).unwrap();
    disk.fail_syncs(true);
    assert!(writer.commit().is_err());
    disk.fail_syncs(false);
    drop(writer);
    let (_, recovery) = reopen(&disk).unwrap();
    assert_eq!(recovery.last_seq, 5, "what only the system's memory holds is not on the disk");
    assert!(recovery.failed_before);
    super::accept(&disk).unwrap();
    assert!(!reopen(&disk).unwrap().1.failed_before);
}

#[test]
fn a_line_that_claims_an_impossible_durable_through_is_not_believed() {
    let (disk, _) = written(4, 4);
    let name = "journal-00000001.jsonl";
    let before = text(&disk, name);
    let last = before.lines().last().unwrap();
    let prev = line::split(last.as_bytes()).unwrap().1;
    let entry = Entry { seq: 5, ..line::decode(last.as_bytes()).unwrap().entry };
    for (claimed, good) in [(5, false), (4, true)] {
        let mut forged = Vec::new();
        line::encode(&mut forged, &entry, claimed, &prev);
        disk.append(name).unwrap().write_all(&forged).unwrap();
        let (_, recovery) = reopen(&disk).unwrap();
        assert_eq!((recovery.last_seq == 5, recovery.torn.is_empty()), (good, good));
    }
}

#[test]
fn a_verification_reports_every_damage_and_goes_on_behind_it() {
    let (disk, _) = written(80, 4);
    let sound = verify(&disk, 80).unwrap();
    assert!(sound.is_sound() && sound.torn.is_none(), "{sound:?}");
    assert_eq!((sound.entries, sound.first_seq, sound.last_seq), (80, 1, 80));
    assert!(sound.packs > 10 && sound.segments > 3);
    disk.flip("journal-00000002.jsonl", 700, 4);
    disk.flip("journal-00000003.jsonl", 1500, 4);
    let report = verify(&disk, 80).unwrap();
    let files: Vec<&str> = report.damage.iter().map(|damage| damage.file.as_str()).collect();
    assert_eq!(files, ["journal-00000002.jsonl", "journal-00000003.jsonl"]);
    assert_eq!((report.first_seq, report.last_seq, report.segments), (1, 80, sound.segments));
}

#[test]
fn a_torn_end_is_no_damage_to_a_verification() {
    let (disk, _) = written(5, 5);
    disk.append("journal-00000001.jsonl").unwrap().write_all(b"{\"seq\":6,").unwrap();
    let report = verify(&disk, 5).unwrap();
    assert!(report.is_sound() && report.torn.is_some());
    assert!(!verify(&disk, 6).unwrap().is_sound());
}

#[test]
fn old_segments_go_and_the_rest_is_still_checked_and_goes_on() {
    let (disk, _) = written(80, 4);
    let removed = prune(&disk, Retention { journal_bytes: 0, raw_bytes: 0 }, 81, 80).unwrap();
    assert!(removed.iter().any(|n| n.starts_with("raw-")), "{removed:?}");
    assert_eq!(segments(&disk, "journal-").len(), 1);
    let report = verify(&disk, 80).unwrap();
    assert!(report.is_sound() && report.first_seq > 50, "{report:?}");
    let reader = Reader::new(Arc::new(disk.clone()));
    assert!(matches!(reader.entries(1, 80), Err(ReadError::NotHere(1))));
    assert_eq!(reader.entries(report.first_seq, 80).unwrap().count() as u64, report.entries);
    let (mut writer, recovery) = reopen(&disk).unwrap();
    assert_eq!(recovery.last_seq, 80);
    write(&mut writer, 30);
    writer.commit().unwrap();
    assert!(verify(&disk, 110).unwrap().is_sound());
    let first = segments(&disk, "journal-").remove(0);
    disk.flip(&first, 40, 1);
    assert!(!verify(&disk, 110).unwrap().is_sound());
}

#[test]
fn raw_segments_may_go_before_the_entries_that_point_to_them() {
    let (disk, _) = written(80, 4);
    prune(&disk, Retention { journal_bytes: u64::MAX, raw_bytes: 0 }, 81, 80).unwrap();
    let report = verify(&disk, 80).unwrap();
    assert!(report.is_sound() && report.retired_packs > 3, "{report:?}");
    assert_eq!((report.entries, reopen(&disk).unwrap().1.last_seq), (80, 80));
}

#[test]
fn a_segment_with_an_entry_still_needed_stays_whatever_the_bounds() {
    let (disk, _) = written(80, 4);
    let all = segments(&disk, "journal-").len();
    let none = Retention { journal_bytes: 0, raw_bytes: u64::MAX };
    assert_eq!(prune(&disk, none, 3, 80).unwrap(), Vec::<String>::new());
    assert_eq!(prune(&disk, none, 81, 1).unwrap(), Vec::<String>::new(), "no checkpoint beyond is durable");
    let second = text(&disk, "journal-00000002.jsonl");
    let first_seq = line::seq_of(second.as_bytes()).unwrap();
    assert_eq!(prune(&disk, none, first_seq, 80).unwrap(), ["journal-00000001.jsonl"]);
    assert_eq!(segments(&disk, "journal-").len(), all - 1);
    let roomy = Retention { journal_bytes: u64::MAX, raw_bytes: u64::MAX };
    assert_eq!(prune(&disk, roomy, 81, 80).unwrap(), Vec::<String>::new());
}

#[test]
fn an_only_segment_whose_predecessors_were_removed_is_never_taken_for_torn() {
    let (disk, _) = written(80, 4);
    prune(&disk, Retention { journal_bytes: 0, raw_bytes: 0 }, 81, 80).unwrap();
    let only = segments(&disk, "journal-").remove(0);
    disk.truncate(&only, 50).unwrap();
    damage(&disk);
    assert_eq!(disk.files()[&only].len(), 50);
}

#[test]
fn a_checkpoint_larger_than_a_segment_does_not_ask_for_the_next_one() {
    let disk = MemDisk::new();
    let (mut writer, _) = open(Arc::new(disk.clone()), SMALL, 0).unwrap();
    let other = serde_json::value::to_raw_value(&"x".repeat(2 * SMALL.segment_bytes as usize)).unwrap();
    let state = CheckpointState { other, ..CheckpointState::empty() };
    writer.append(&[Draft::checkpoint(1, stamp(1), &state).unwrap()]).unwrap();
    assert!(!writer.wants_checkpoint());
    writer.commit().unwrap();
    let (mut writer, _) = reopen(&disk).unwrap();
    assert!(!writer.wants_checkpoint(), "nor after a start");
    let mut entries = 0;
    while !writer.wants_checkpoint() {
        writer.append(&[closed(writer.next_seq())]).unwrap();
        entries += 1;
    }
    assert!(entries > 5, "{entries}");
}
