//! The whole station in virtual time: the product's code, a real journal and index, a real HTTP receiver.

#![allow(clippy::unwrap_used, reason = "all of this crate is a test")]

use sim::headless::{Plan, Report, run};
use std::path::Path;

fn donate(seed: u64, beds: u8, donations: u32, state: &Path) -> Report {
    println!("seed {seed}");
    run(&Plan { seed, beds, donations, state: state.to_owned() }, &mut |line| println!("{line}")).unwrap()
}

fn journal(state: &Path) -> Vec<u8> {
    let mut names: Vec<_> =
        std::fs::read_dir(state.join("journal")).unwrap().map(|f| f.unwrap().path()).collect();
    names.sort();
    names.into_iter().filter(|path| path.is_file()).flat_map(|path| std::fs::read(path).unwrap()).collect()
}

#[test]
fn three_donations_are_collected_delivered_and_the_same_again() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("first"), folder.path().join("second"));
    let report = donate(8, 2, 3, &first);
    assert_eq!((report.donations, report.collected, report.delivered), (3, 3, 3), "{report:?}");
    assert_eq!((report.aborted, report.alarms), (0, 0), "{report:?}");
    assert!(report.simulated_minutes >= 15.0, "{report:?}");
    assert!(report.max_overshoot_ml.abs() <= 2.0, "{report:?}");
    assert_eq!(donate(8, 2, 3, &second), report);
    assert!(journal(&first) == journal(&second), "the journals differ");
}

#[test]
fn a_state_folder_is_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let first = donate(3, 1, 1, &state);
    let second = donate(3, 1, 1, &state);
    assert_eq!((first.collected, second.collected), (1, 1));
    assert!(second.journal_entries > first.journal_entries);
    let disk =
        std::sync::Arc::new(controller::journal::disk::RealDisk::read_only(&state.join("journal")).unwrap());
    let report = controller::journal::verify(&*disk, second.journal_entries).unwrap();
    assert!(report.is_sound() && report.torn.is_none(), "{report:?}");
}
