//! The explorer: seeds that once broke a law stay here, and a seed is a run.
//!
//! Owns: the lists. Refuses: a seed without the reason for which it is kept. `explore --seed N --common --trace` tells any of the
//! first list, `explore --seed N --no-shifts --trace` of the second, `explore --seed N --trace` of the third.

#![allow(clippy::unwrap_used, reason = "all of this crate is a test")]

use sim::explore::{Options, Verdict, run};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use tests::binary;

/// Seeds and why they are kept. A law that a seed broke is mended; what it shows must stay so. The reasons are those of the runs in
/// which they were found: since a bed is looked at only when it has news, the same seeds draw the same troubles and people, and meet
/// them some milliseconds apart. Whether each still meets exactly what it was kept for is not shown here; the tests beside the mended
/// code hold that. All are from before there was anything rare.
const KEPT: [(u64, &str); 28] = [
    (7, "nothing goes wrong: one bed, one donation"),
    (3, "a nurse who slips, stops of the computer"),
    (20, "the computer is stopped in mid-donation"),
    (25, "devices, disk and BMS fail"),
    (145, "a rocking tray was taken for blood behind the pouch's closed clip"),
    (
        221,
        "the journal failed in a second attempt, and the computer was killed with the second set at the bed",
    ),
    (264, "what was done to the tray was read as blood"),
    (356, "15 g laid on the bag three seconds before the end were taken for blood"),
    (380, "what lay on the bag at its tare was taken off while the pouch filled"),
    (383, "the number was read off another bed's form, and the nurse held her own kit against it for ever"),
    (466, "what was done to the tray before the blood came was read as blood"),
    (
        1060,
        "somebody said pause in the moment before the needle went in, and the nurse then said that it is in",
    ),
    (
        2796,
        "something was laid on the bag behind its plug, told by M17, and what it weighed was collected as blood",
    ),
    (4771, "the same while three other beds were busy"),
    (4791, "15 g were taken off the bag while the scale's cable was out"),
    (5486, "what a tray showed for a moment was taken for blood behind the plug, and the draw was paused"),
    (6121, "a donation on the machine of the station's start was not decided again after a stop"),
    (6977, "the same in a second attempt: the line of the first was sealed once more"),
    (7296, "a stuck jaw that came free was judged before it could close"),
    (8380, "the scale jumped twice, and what ran meanwhile was guessed"),
    (8639, "15 g taken off a tray that stopped and started every few seconds, and told by nobody"),
    (8640, "a slow disk told that the bed is free after the next form had been read"),
    (10166, "a bag had moved before its scale fell silent, and was collected as normal when it spoke again"),
    (10572, "the same once more"),
    (13478, "the emergency stop was pressed while the station waited for its devices after a start"),
    (15091, "8.3 mL off after a fallen bag and a scale that fell silent"),
    (18684, "the needle went in as the disk became slow, and nobody could say so for half a minute"),
    (
        21388,
        "a bag's last day, read at the next bed with a scanner that was lent there, was ticked off for the other bag",
    ),
];

/// The same with what is rare, from before there were shifts.
const KEPT_RARE: [(u64, &str); 9] = [
    (26, "blood ran on behind a clamp that gave way, and the bag was collected with what it held before"),
    (180, "the same; it was told by H01 and H02"),
    (213, "a clamp leaked while no scale could tell, and the checker asked for its alarm"),
    (
        259,
        "a needle went in just before the station stopped, nobody spoke of it, and the clamp gave way minutes later",
    ),
    (459, "the confirm barcode, read with a scanner that was lent, filled a tube at the other bed"),
    (475, "the same leak without a scale, in a pause"),
    (
        618,
        "the same needle once more: the donation was ended as if there were none, and the clamp gave way minutes later",
    ),
    (2045, "a number was read for a lent scanner's sake, and typed as if it had been asked for"),
    (2205, "a clamp leaked, was told, and the station stopped: the checker counted what had leaked before"),
];

/// The same with shifts. In 888, 2933 and 4074 the station was wrong, in the others the checkers.
const KEPT_SHIFTS: [(u64, &str); 12] = [
    (18, "a scale was checked over a bag that nobody had taken away, with the right weights"),
    (183, "a scale's check was begun anew behind one that had failed"),
    (188, "a check of a scale was on the disk although the disk's failure kept it from being promised"),
    (
        1764,
        "a clamp dripped in a pause, and the weight was believed some seconds later than the checker thought",
    ),
    (4425, "a donation that was refused for want of a package counted as begun"),
    (
        4877,
        "a clamp that did not close was told when the bed had its devices again, two seconds after the start",
    ),
    (888, "a bag had moved before its scale froze, and was collected as normal"),
    (2933, "a leak was compared with what the scale showed while the fallen bag came to rest"),
    (4074, "a final volume was guessed half a second before the track was lost"),
    (9952, "a clamp closed at last, and the checker had looked at it before"),
    (13574, "a needle of which nobody could speak on a slow disk, and the clamp gave way after the end"),
    (14548, "a clamp leaked in a pause under a scale that had been exchanged"),
];

#[test]
fn kept_seeds_break_no_law_and_settle() {
    let common = KEPT.iter().map(|(seed, why)| (Options::common(*seed), *why));
    let rare = KEPT_RARE.iter().map(|(seed, why)| (Options::without_shifts(*seed), *why));
    let shifts = KEPT_SHIFTS.iter().map(|(seed, why)| (Options::draw(*seed), *why));
    let kept: Vec<(Options, &str)> = common.chain(rare).chain(shifts).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some((options, why)) = kept.get(next.fetch_add(1, Ordering::Relaxed)) {
            let seed = options.seed;
            println!("{options}: {why}");
            let outcome = run(options, false, true);
            assert_eq!(outcome.verdict, Verdict::Passed, "seed {seed}: {why}");
            assert!(outcome.closed > 0 && outcome.closed == outcome.opened, "{outcome:?}");
        }
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| (0..cores).for_each(|_| drop(scope.spawn(work))));
}

#[test]
fn the_same_seed_is_the_same_run() {
    let options = Options::draw(3);
    println!("{options}");
    assert_eq!(run(&options, false, true), run(&options, false, true));
}

/// `explore ... | head`: whoever reads has gone, and nothing went wrong by that.
#[test]
fn a_reader_that_has_gone_ends_the_program_quietly() {
    let mut explore = Command::new(binary("explore").unwrap());
    explore.args(["draw", "--count", "1"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = explore.spawn().unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    let told = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(sim::out::UNREAD), "{told}");
    assert!(!told.contains("panicked"), "{told}");
}
