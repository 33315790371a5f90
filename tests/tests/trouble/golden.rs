//! A journal of trouble and its replay: the same entries give the same orders, in this run, and in a journal kept since.
//!
//! `tests/golden` holds a journal that this program wrote on x86-64, and in `replay.json` what its replay gave. Another
//! machine has to get the same (`tests/arm64/replay.sh`), and so does every later program of the same logic version. When
//! the version of the logic was raised, it is made anew, with `HEMOSTATION_GOLDEN` set to that folder.

use crate::bench::Bench;
use controller::audit::{Audit, replay};
use controller::journal::Reader;
use controller::journal::disk::RealDisk;
use station::procedure::event::{AbortWhy, Act};
use std::path::Path;
use std::sync::Arc;

/// Names the folder to make the golden journal in.
const MAKE: &str = "HEMOSTATION_GOLDEN";

/// Three donations: a scale that is lost, a crash, an emergency stop and an abort.
fn troubled(folder: &Path) -> Bench {
    let mut bench = Bench::new(21, 1, folder);
    bench.draw(1, 30_000);
    bench.world(1).scale.plug(false);
    bench.pass(3_000);
    bench.world(1).scale.plug(true);
    bench.finish(1);
    bench.draw(1, 60_000);
    let mut kept = bench.crash();
    kept.pass(4_000);
    let mut bench = kept.start();
    bench.finish(1);
    bench.draw(1, 20_000);
    bench.act(1, Act::EmergencyStop, false).unwrap();
    bench.pass(2_000);
    bench.act(1, Act::EmergencyOver, false).unwrap();
    bench.act(1, Act::Abort(AbortWhy::Reaction), false).unwrap();
    bench.finish(1);
    bench
}

fn audit(journal: &Path) -> Audit {
    replay(&Reader::new(Arc::new(RealDisk::read_only(journal).unwrap())), u64::MAX).unwrap()
}

#[test]
fn every_order_of_a_journal_of_trouble_is_that_of_its_replay() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = troubled(folder.path());
    let journal = bench.journal();
    let audit = audit(&journal);
    assert!(audit.equal, "{:?}", audit.differences);
    assert_eq!((audit.donations, audit.folded, audit.missing_packs), (3, 0, 0));
    assert!(audit.commands > 60 && audit.samples > 5_000, "{audit:?}");
    if let Some(golden) = std::env::var_os(MAKE) {
        let golden = Path::new(&golden);
        let to = golden.join("journal");
        std::fs::create_dir_all(&to).unwrap();
        for old in std::fs::read_dir(&to).unwrap() {
            std::fs::remove_file(old.unwrap().path()).unwrap();
        }
        for file in std::fs::read_dir(&journal).unwrap().map(Result::unwrap).filter(|f| f.path().is_file()) {
            std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
        }
        std::fs::write(golden.join("replay.json"), serde_json::to_string(&audit).unwrap() + "\n").unwrap();
    }
}

/// The journal that was made on x86-64 with the present logic, and what its replay gave then.
#[test]
fn the_golden_journal_gives_the_orders_that_it_holds() {
    let golden = tests::workspace_root().join("tests/golden");
    let kept: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(golden.join("replay.json")).unwrap()).unwrap();
    let now = serde_json::to_value(audit(&golden.join("journal"))).unwrap();
    assert_eq!(
        now, kept,
        "the program decides otherwise than when tests/golden was made; if that is wanted and LOGIC_VERSION was raised, \
         make it anew: {MAKE}=$PWD/tests/golden cargo test -p hemostation-tests --test trouble every_order_of"
    );
    assert_eq!((&now["equal"], &now["folded"]), (&true.into(), &0.into()));
}
