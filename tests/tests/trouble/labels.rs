//! Labels that do not belong here: each is refused with both values, journaled, told where the table says so, moves nothing, and
//! the right scan after it goes on to a collected donation.

use crate::bench::{Bench, Kept, bed, holds};
use sim::bms::book::ListedDonor;
use station::api::prompt::{Prompt, ScanWanted};
use station::api::{BedView, ScannerLoan};
use station::ident::{Din, DonationId};
use station::measure::{Microlitres, MicrolitresPerSecond};
use station::procedure::alarm::AlarmCode;
use station::procedure::event::{AbortWhy, Act};
use station::procedure::phase::PhaseName;
use station::procedure::refusal::{Refusal, Typing};

/// Code 128, as ISBT 128 labels are printed.
const CODE_128: &str = "]C0";
/// Code 39.
const CODE_39: &str = "]A0";
/// The simulated site's labels are below 900000 of their year: nobody has these.
const STRANGE: &str = "A999926999001";
/// Promised to a donor who never comes.
const PROMISED: &str = "A999926999777";

fn din(text: &str) -> Din {
    Din::new(text).unwrap()
}

/// What a refusal must not move.
fn standing(view: BedView) -> BedView {
    BedView {
        rev: 0,
        refused: None,
        alarms: Vec::new(),
        volume: Microlitres::ZERO,
        flow: MicrolitresPerSecond::ZERO,
        sure: false,
        elapsed: None,
        left: None,
        calls: 0,
        count: None,
        flow_curve: Vec::new(),
        ..view
    }
}

/// Reads a label that has to be refused. Says the refusal.
fn refused(bench: &mut Bench, number: u8, aim: &str, text: &str) -> Refusal {
    let before = standing(bench.view(number));
    let world = bench.world(number);
    let now = world.now();
    world.scanner.read(now, aim, text);
    bench.pass(600);
    let after = bench.view(number);
    let refusal = after.refused.clone().unwrap_or_else(|| panic!("{text} was taken: {after:?}"));
    println!("{aim}{text}: {refusal}");
    assert_eq!(standing(after), before, "{text} moved something");
    let entries = bench.entries("event");
    let entry = entries.iter().rev().find(|entry| entry["event"].get("scan").is_some()).unwrap();
    assert_eq!(entry["refused"], serde_json::to_value(&refusal).unwrap(), "{text} is not in the journal so");
    refusal
}

/// A scan that is not what was wanted, and what it is called.
fn wrong_code(refusal: &Refusal) -> (ScanWanted, &str) {
    match refusal {
        Refusal::WrongCode { wanted, found } => (*wanted, found),
        other => panic!("{other:?}"),
    }
}

/// A flag of the third type with a wrong check value.
fn wrong_flag(number: &str) -> String {
    let wrong = (60..=96).map(|flag| format!("={number}{flag}"));
    wrong.into_iter().find(|text| station::ident::classify(text, Some(CODE_128)).is_err()).unwrap()
}

/// Labels that are wrong whatever the donation's number is; the form is wanted.
fn strange_labels(bench: &mut Bench) {
    for (aim, text, found) in [
        (CODE_128, "=<E0791V00", "product code"),
        (CODE_39, &format!("={STRANGE}08"), "unknown code"),
        (CODE_128, &wrong_flag(STRANGE), "unknown code"),
        (CODE_128, "=A9999269", "unknown code"),
        (CODE_128, "}{|~#!", "unknown code"),
    ] {
        let refusal = refused(bench, 1, aim, text);
        assert_eq!(wrong_code(&refusal), (ScanWanted::Form, found), "{text}");
        assert!(!holds(&bench.view(1), AlarmCode::LabelRefused), "{text} is a mistake, no alarm");
    }
    let satellite = refused(bench, 1, CODE_128, &format!("={STRANGE}02"));
    assert!(
        matches!(&satellite, Refusal::WrongLabelPlace { wanted: ScanWanted::Form, found } if found == "container 2 of the set"),
        "{satellite:?}"
    );
    let promised = refused(bench, 1, CODE_128, &format!("={PROMISED}08"));
    assert_eq!(promised, Refusal::DinOfOtherDonor { din: din(PROMISED) });
    assert!(holds(&bench.view(1), AlarmCode::LabelRefused));
    let expired = refused(bench, 1, CODE_128, "&>0250592359");
    let dates = ("2025-02-28".to_owned(), "2026-03-02".to_owned());
    assert_eq!(expired, Refusal::Expired { expiry: dates.0, today: dates.1 });
    assert!(holds(&bench.view(1), AlarmCode::LabelRefused));
}

/// Labels that are typed, and mistyped.
fn mistyped(bench: &mut Bench) {
    let before = standing(bench.view(1));
    let number = din(STRANGE);
    let check = number.check_character();
    let other = if check == 'X' { 'Y' } else { 'X' };
    let wrong = bench.typed(1, &format!("{STRANGE}{other}"), &format!("{STRANGE}{other}")).unwrap_err();
    let typed = Typing::Text(format!("{STRANGE}{other}"));
    let mistyped = Refusal::Mistyped { first: typed.clone(), second: typed };
    assert_eq!(wrong.refusal.as_ref(), Some(&mistyped), "{wrong:?}");
    assert_eq!(bench.view(1).refused, Some(mistyped));
    let neighbour = din("A999926999002");
    let again = format!("{neighbour}{}", neighbour.check_character());
    let differ = bench.typed(1, &format!("{number}{check}"), &again).unwrap_err();
    let (first, second) = (Typing::of(&format!("{number}{check}")), Typing::of(&again));
    assert_eq!(differ.refusal, Some(Refusal::Mistyped { first, second }));
    assert_eq!(standing(bench.view(1)), before);
}

fn other_donor_s(list: &mut [ListedDonor]) {
    list.last_mut().unwrap().din = Some(PROMISED.to_owned());
}

/// Procedure 3.5, 3.11, 7.7: voided, promised, used, expired, foreign and mistyped numbers, read by a real scanner before the needle and after it:
/// each is refused by its name and moves nothing.
#[test]
fn wrong_labels_move_nothing_and_the_right_ones_still_lead_to_a_collected_donation() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Kept::new(41, 1, folder.path(), |list| other_donor_s(list)).start();

    // A first donor leaves before the needle: the number is voided.
    let scanned = |view: &BedView| view.din.is_some();
    let voided = bench.nurse_until(1, "a number", scanned).din.unwrap();
    bench.act(1, Act::Abort(AbortWhy::DonorWithdraws), false).unwrap();
    assert_eq!(bench.finish(1)["disposition"], "no_unit");

    bench.bring_to(1, PhaseName::Label);
    strange_labels(&mut bench);
    mistyped(&mut bench);
    let refusal = refused(&mut bench, 1, CODE_128, &format!("={voided}08"));
    assert_eq!(refusal, Refusal::DinVoided { din: voided });
    assert!(holds(&bench.view(1), AlarmCode::LabelRefused));
    assert_eq!(bench.view(1).din, None, "none of these was taken");

    // The right form, then a tube and a bag of somebody else.
    let number = bench.nurse_until(1, "the right form", scanned).din.unwrap();
    assert!(holds(&bench.view(1), AlarmCode::LabelRefused), "the bag that has expired is still there");
    for flag in ["07", "01"] {
        let refusal = refused(&mut bench, 1, CODE_128, &format!("={STRANGE}{flag}"));
        assert_eq!(refusal, Refusal::DinMismatch { expected: number, found: din(STRANGE) });
        assert!(holds(&bench.view(1), AlarmCode::LabelMismatch));
    }
    // And once more before anything leaves the bed.
    bench.bring_to(1, PhaseName::Reconcile);
    let since = bench.view(1);
    assert!(!holds(&since, AlarmCode::LabelMismatch) && !holds(&since, AlarmCode::LabelRefused), "{since:?}");
    let refusal = refused(&mut bench, 1, CODE_128, &format!("={STRANGE}07"));
    assert_eq!(refusal, Refusal::DinMismatch { expected: number, found: din(STRANGE) });
    assert!(holds(&bench.view(1), AlarmCode::LabelMismatch));
    let donation = bench.view(1).donation.unwrap();
    let record = bench.finish(1);
    assert_eq!((&record["disposition"], &record["reconciled"]), (&"collected".into(), &true.into()));
    assert_eq!(record["din"], number.to_string());

    a_used_number(&mut bench, number, donation);
}

/// A bag that an earlier donation has used.
fn a_used_number(bench: &mut Bench, number: Din, donation: DonationId) {
    bench.bring_to(1, PhaseName::Label);
    for flag in ["08", "01"] {
        let refusal = refused(bench, 1, CODE_128, &format!("={number}{flag}"));
        assert_eq!(refusal, Refusal::DinUsed { din: number, donation });
        assert!(holds(&bench.view(1), AlarmCode::LabelRefused));
    }
    let fresh = bench.bring_to(1, PhaseName::Prepare);
    assert!(fresh.din.is_some_and(|fresh| fresh != number));
}

/// Procedure 3.7, 3.8: a label of the neighbour names both beds, and no work moves.
#[test]
fn the_neighbour_s_label_names_both_beds_and_work_stays_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(42, 2, folder.path());
    let scanned = |view: &BedView| view.din.is_some();
    let first = bench.nurse_until(1, "a number at bed 1", scanned).din.unwrap();
    let second = bench.nurse_until(2, "a number at bed 2", scanned).din.unwrap();
    let neighbour = standing(bench.view(1));
    let refusal = refused(&mut bench, 2, CODE_128, &format!("={first}01"));
    assert_eq!(refusal, Refusal::DinOnOtherBed { din: first, bed: bed(1), here: bed(2) });
    assert!(holds(&bench.view(2), AlarmCode::LabelMismatch));
    assert_eq!(standing(bench.view(1)), neighbour, "nothing moved at the other bed");
    assert!(!holds(&bench.view(1), AlarmCode::LabelMismatch));
    let on = bench.bring_to(2, PhaseName::Prepare);
    assert_eq!(on.din, Some(second));
    assert!(!holds(&on, AlarmCode::LabelMismatch));
}

/// A label read by a bed's own scanner, whoever it reads for.
fn read(bench: &mut Bench, number: u8, text: &str) {
    let world = bench.world(number);
    let now = world.now();
    world.scanner.read(now, CODE_128, text);
    bench.pass(600);
}

fn asks_for_form(view: &BedView) -> bool {
    view.phase == PhaseName::Label && matches!(view.prompt, Prompt::Scan { wanted: ScanWanted::Form, .. })
}

/// Procedure 3.10: a lent scanner reads for the borrower alone, which both beds show; a number promised to the owner's donor is a mismatch
/// there that names both beds, and one promised to nobody is noticed at its own bed as soon as it is read again.
#[test]
fn the_owner_s_first_label_before_the_lent_scanner_does_not_go_unnoticed() {
    let folder = tempfile::tempdir().unwrap();
    let first_donor_s = |list: &mut Vec<ListedDonor>| list[0].din = Some(PROMISED.to_owned());
    let mut bench = Kept::new(43, 2, folder.path(), first_donor_s).start();
    bench.nurse_until(1, "labels at bed 1", asks_for_form);
    bench.nurse_until(2, "labels at bed 2", asks_for_form);
    read(&mut bench, 1, &station::ident::scan::bed_barcode(bed(2)));
    assert_eq!(bench.view(1).scanner, Some(ScannerLoan::LentTo(bed(2))));
    assert_eq!(bench.view(2).scanner, Some(ScannerLoan::BorrowedFrom(bed(1))));

    // The form of the donor who lies at bed 1.
    read(&mut bench, 1, &format!("={PROMISED}08"));
    let refusal = Refusal::DinOnOtherBed { din: din(PROMISED), bed: bed(1), here: bed(2) };
    assert_eq!(bench.view(2).refused, Some(refusal));
    assert!(holds(&bench.view(2), AlarmCode::LabelMismatch));
    assert_eq!((bench.view(1).din, bench.view(2).din), (None, None), "no work has moved");

    // A number that nobody has: it is the borrower's now, for everybody to see.
    read(&mut bench, 1, &format!("={STRANGE}08"));
    assert_eq!((bench.view(1).din, bench.view(2).din), (None, Some(din(STRANGE))));
    read(&mut bench, 1, &station::ident::scan::bed_barcode(bed(1)));
    assert_eq!((bench.view(1).scanner, bench.view(2).scanner), (None, None), "given back");
    read(&mut bench, 1, &format!("={STRANGE}08"));
    let refusal = Refusal::DinOnOtherBed { din: din(STRANGE), bed: bed(2), here: bed(1) };
    assert_eq!(bench.view(1).refused, Some(refusal));
    assert!(holds(&bench.view(1), AlarmCode::LabelMismatch));
    read(&mut bench, 1, &format!("={PROMISED}08"));
    assert_eq!(bench.view(1).din, Some(din(PROMISED)));
}
