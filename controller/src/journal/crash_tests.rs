//! The journal against a model, with power cuts, killed processes and full disks among the actions. Two promises: no entry
//! at or below a reported `durable_through` is ever lost, and nothing is read that was not written.

use crate::clock::{BootId, ClockTrust, Stamp};
use crate::journal::entry::{CheckpointState, Closed};
use crate::journal::mem_disk::MemDisk;
use crate::journal::{CommitError, Draft, Packer, Reader, Settings, Writer, open, verify};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use station::device::{Quality, WeightSample};
use station::ident::{BedId, DonationId};
use station::measure::{Milligrams, Mono, Wall};
use std::sync::Arc;

const SETTINGS: Settings = Settings { segment_bytes: 2000, raw_segment_bytes: 700 };

#[derive(Debug, Clone)]
enum Action {
    /// Entries, of which every third is a pack.
    Append(u8),
    Commit,
    /// The process is killed: the operating system keeps what was written.
    Kill,
    /// The power goes. Of the unsynced tail of each file this share, of 255, survives, the last of it perhaps as garbage.
    PowerCut {
        journal: u8,
        raw: u8,
        garbage: bool,
    },
    /// A commit during which each sync fails, then a power cut as above.
    BrokenCommit {
        journal: u8,
        raw: u8,
        garbage: bool,
    },
    /// So many bytes are left for a commit, then there is room again.
    FullCommit(u16),
}

fn action() -> impl Strategy<Value = Action> {
    let cut = (any::<u8>(), any::<u8>(), any::<bool>());
    prop_oneof![
        4 => (1..20u8).prop_map(Action::Append),
        3 => Just(Action::Commit),
        1 => Just(Action::Kill),
        1 => cut.prop_map(|(journal, raw, garbage)| Action::PowerCut { journal, raw, garbage }),
        2 => cut.prop_map(|(journal, raw, garbage)| Action::BrokenCommit { journal, raw, garbage }),
        1 => any::<u16>().prop_map(Action::FullCommit),
    ]
}

struct Rig {
    disk: MemDisk,
    writer: Writer,
    /// Kind and body of every entry, by its number less one.
    model: Vec<(String, String)>,
    durable: u64,
    salt: u64,
}

fn stamp(seq: u64, salt: u64) -> Stamp {
    let boot_id = BootId(u128::from(salt));
    Stamp { boot_id, mono: Mono(seq), wall: Wall(seq as i64), trust: ClockTrust::Rtc }
}

impl Rig {
    fn new() -> Self {
        let disk = MemDisk::new();
        let (writer, _) = open(Arc::new(disk.clone()), SETTINGS, 0).expect("an empty disk opens");
        Self { disk, writer, model: Vec::new(), durable: 0, salt: 0 }
    }

    fn draft(&mut self) -> Draft {
        self.salt += 1;
        let seq = self.writer.next_seq();
        let stamp = stamp(seq, self.salt);
        if self.writer.wants_checkpoint() {
            let state = CheckpointState { through: seq - 1, ..CheckpointState::empty() };
            self.model.push(("checkpoint".into(), String::new()));
            return Draft::checkpoint(seq, stamp, &state).unwrap();
        }
        if seq.is_multiple_of(3) {
            let mut packer = Packer::default();
            let bed = BedId::new(1).unwrap();
            let sample = WeightSample { gross: Milligrams(self.salt as i64), quality: Quality::Stable };
            packer.push(bed, Mono(seq), sample, Some(1));
            self.model.push(("pack".into(), self.salt.to_string()));
            return Draft::pack(seq, stamp, packer.cut(bed).unwrap()).unwrap();
        }
        let body = Closed { donation: DonationId(self.salt) };
        self.model.push(("closed".into(), serde_json::to_string(&body).unwrap()));
        Draft::new(seq, stamp, None, &body).unwrap()
    }

    fn commit(&mut self) {
        let commit = self.writer.commit().expect("a sound disk commits");
        assert_eq!(commit.durable_through, self.model.len() as u64);
        self.durable = commit.durable_through;
    }

    fn run(&mut self, action: &Action) {
        match action {
            Action::Append(n) => {
                for _ in 0..*n {
                    let draft = self.draft();
                    self.writer.append(&[draft]).expect("numbers follow");
                }
            }
            Action::Commit => self.commit(),
            Action::Kill => self.reopen(),
            Action::PowerCut { journal, raw, garbage } => {
                self.power_cut(*journal, *raw, *garbage);
                self.reopen();
            }
            Action::BrokenCommit { journal, raw, garbage } => {
                self.disk.fail_syncs(true);
                let unsynced = self.writer.commit();
                assert!(
                    matches!(unsynced, Err(CommitError::Failed(_)))
                        || unsynced.is_ok_and(|c| c.entries.is_empty())
                );
                self.disk.fail_syncs(false);
                self.power_cut(*journal, *raw, *garbage);
                self.reopen();
            }
            Action::FullCommit(room) => {
                let used: usize = self.disk.files().values().map(Vec::len).sum();
                self.disk.set_capacity(Some(used as u64 + u64::from(*room)));
                match self.writer.commit() {
                    Ok(commit) => self.durable = commit.durable_through,
                    Err(CommitError::Full(_)) => {}
                    Err(error) => panic!("{error}"),
                }
                self.disk.set_capacity(None);
            }
        }
    }

    fn power_cut(&mut self, journal: u8, raw: u8, garbage: bool) {
        self.disk.power_cut(&mut |name, tail| {
            let share = if name.starts_with("raw") { raw } else { journal };
            tail.truncate(tail.len() * usize::from(share) / 255);
            if garbage && let Some(last) = tail.len().checked_sub(1) {
                tail[last / 2] ^= 0x55;
                tail[last] = 0;
            }
        });
    }

    fn reopen(&mut self) {
        let (writer, recovery) =
            open(Arc::new(self.disk.clone()), SETTINGS, self.durable).expect("no crash is damage");
        assert!(recovery.last_seq >= self.durable, "lost {} of {}", recovery.last_seq, self.durable);
        assert!(recovery.last_seq <= self.model.len() as u64, "invented");
        self.model.truncate(recovery.last_seq as usize);
        self.durable = recovery.last_seq;
        self.writer = writer;
        self.check();
    }

    /// What can be read is what was written; a full verification agrees.
    fn check(&self) {
        let reader = Reader::new(Arc::new(self.disk.clone()));
        let mut seen = 0;
        for committed in reader.entries(1, u64::MAX).unwrap() {
            let committed = committed.unwrap();
            let (kind, body) = &self.model[seen];
            assert_eq!(committed.entry.kind.as_str(), kind);
            match kind.as_str() {
                "pack" => {
                    let pack = reader.pack(&committed.entry).unwrap().unwrap();
                    assert_eq!(pack.samples[0].1.0.to_string(), *body);
                }
                "closed" => assert_eq!(committed.entry.body.get(), body),
                _ => assert_eq!(kind, "checkpoint"),
            }
            let again = reader.entry_at(committed.position).unwrap();
            assert_eq!(again.body.get(), committed.entry.body.get());
            seen += 1;
        }
        assert_eq!(seen, self.model.len());
        let report = verify(&self.disk, self.durable).unwrap();
        assert!(report.is_sound() && report.torn.is_none(), "{report:?}");
        assert_eq!((report.entries, report.last_seq), (seen as u64, seen as u64));
    }
}

const SEED: u64 = 20_260_101;

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300, rng_seed: RngSeed::Fixed(SEED), failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn no_durable_entry_is_lost_and_none_is_invented(actions in prop::collection::vec(action(), 1..40)) {
        let mut rig = Rig::new();
        for action in &actions {
            rig.run(action);
        }
        if rig.writer.next_seq() > 1 {
            rig.commit();
        }
        rig.reopen();
    }

    #[test]
    fn one_flipped_bit_in_durable_lines_is_never_read_as_an_entry(at in any::<prop::sample::Index>(), bit in 0..8u8) {
        let mut rig = Rig::new();
        for _ in 0..12 {
            rig.run(&Action::Append(3));
            rig.commit();
        }
        let files: Vec<(String, usize)> = rig.disk.files().into_iter().map(|(name, data)| (name, data.len())).collect();
        let mut offset = at.index(files.iter().map(|(_, len)| len).sum());
        for (name, len) in files {
            if offset < len {
                rig.disk.flip(&name, offset, 1 << bit);
                break;
            }
            offset -= len;
        }
        let report = verify(&rig.disk, rig.durable).unwrap();
        prop_assert!(!report.is_sound(), "{report:?}");
    }
}
