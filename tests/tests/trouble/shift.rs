//! The shift at a station that works: who acts by badge, who signs from elsewhere, a scale that is checked, a record that is corrected.

use crate::bench::{Bench, Kept, bed, nurse};
use controller::control::io::ControlOp;
use sim::world::hand::Hand;
use station::api::shift::{CorrectionAsk, ShiftAsk};
use station::api::{Answer, ApiError, ErrorCode};
use station::ident::{OperatorId, SiteCode};
use station::procedure::CheckKind;
use station::procedure::event::{AbortWhy, Act, HandStep};
use station::procedure::phase::PhaseName;
use station::procedure::refusal::Refusal;
use station::record::{CorrectedField, Envelope};
use station::shift::ShiftRefusal;
use station::shift::deviation::DeviationKind;
use station::shift::event::Place;
use station::shift::gates::NoStart;

fn bench(seed: u64, folder: &tempfile::TempDir) -> Bench {
    Kept::new(seed, 1, folder.path(), |_| {}).start()
}

fn shift_refusal(result: Result<Answer, ApiError>) -> Option<ShiftRefusal> {
    match result.err().and_then(|error| error.refusal) {
        Some(Refusal::Shift(refusal)) => Some(refusal),
        Some(_) | None => None,
    }
}

/// Procedure 1.2: a badge alone makes its owner the acting operator of the bed, and what is done by barcode then carries that person.
#[test]
fn a_badge_identifies_who_acts() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = bench(31, &folder);
    bench.bring_to(1, PhaseName::Label);
    assert_eq!(bench.view(1).operator, Some(nurse().id));
    bench.world(1).scan("HS-OP-1002");
    bench.pass(3000);
    assert_eq!(bench.view(1).operator, OperatorId::new("1002").ok(), "signed in on two factors this morning");
    bench.world(1).scan("HS-OP-1003");
    bench.pass(3000);
    assert_eq!(bench.view(1).operator, OperatorId::new("1002").ok(), "nobody knows 1003");
}

/// Procedure 1.3, 1.7: the scale of a free bed is checked on its live weights; a failed check stops the next start, and the bed says why.
#[test]
fn a_failed_check_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = bench(32, &folder);
    bench.pass(6000);
    bench.shift(ShiftAsk::CheckScale(bed(1)), false).unwrap();
    for grams in [0, 200, 503] {
        bench.world(1).hand(Hand::LayWeight(grams));
        bench.pass(4000);
        bench.shift(ShiftAsk::Weigh(bed(1)), false).unwrap();
    }
    bench.world(1).hand(Hand::TakeWeight);
    bench.pass(4000);
    let scale = bench.snapshot().shift.scales[0].clone();
    assert!(!scale.passed && scale.points.is_some(), "{scale:?}");
    assert_eq!(bench.snapshot().shift.closed[0].why, NoStart::ScaleCheckFailed);
    let rev = bench.view(1).rev;
    let call = ControlOp::Call { bed: bed(1), rev, queue: "A001".to_owned(), programme_ml: None };
    let called = bench.asked(call, false);
    let why = called.err().and_then(|error| error.refusal);
    assert_eq!(why, Some(Refusal::NoStart(NoStart::ScaleCheckFailed)));
    assert_eq!(bench.view(1).phase, PhaseName::Idle);
}

/// Procedure 9.3: a second person who is asked for signs at any terminal, being another one, and before the bed has changed.
#[test]
fn a_second_person_signs_from_another_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = bench(33, &folder);
    bench.bring_to(1, PhaseName::Seal);
    let by_hand = |bench: &mut Bench| {
        let act = Act::ByHand { step: HandStep::Sealed, tool: "clips".into(), note: "no heat".into() };
        let rev = bench.view(1).rev;
        bench.shift(ShiftAsk::AskSecond { bed: bed(1), rev, act }, false).unwrap();
        bench.snapshot().shift.seconds[0].number
    };
    let number = by_hand(&mut bench);
    assert_eq!(shift_refusal(bench.shift(ShiftAsk::Sign(number), false)), Some(ShiftRefusal::SecondNeeded));
    assert_eq!(bench.view(1).phase, PhaseName::Seal);
    bench.shift(ShiftAsk::Sign(number), true).unwrap();
    assert_ne!(bench.view(1).phase, PhaseName::Seal, "done in the name of who asked");
    let again = shift_refusal(bench.shift(ShiftAsk::Sign(number), true));
    assert_eq!(again, Some(ShiftRefusal::NoSuchItem(number)));
}

/// Procedure 9.3: what waits for a signature is of the picture on which it was asked: on a bed that has changed since it is not done, and
/// nothing is listed from an old picture.
#[test]
fn a_signature_for_a_bed_that_has_changed_does_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = bench(37, &folder);
    bench.bring_to(1, PhaseName::Seal);
    let act = Act::ByHand { step: HandStep::Sealed, tool: "clips".into(), note: "no heat".into() };
    let rev = bench.view(1).rev;
    let ask = ShiftAsk::AskSecond { bed: bed(1), rev, act };
    bench.shift(ask.clone(), false).unwrap();
    let number = bench.snapshot().shift.seconds[0].number;
    bench.act(1, Act::CallForHelp, false).unwrap();
    assert_ne!(bench.view(1).rev, rev);
    assert_eq!(shift_refusal(bench.shift(ShiftAsk::Sign(number), true)), Some(ShiftRefusal::Overtaken));
    assert_eq!(bench.view(1).phase, PhaseName::Seal, "nothing was done");
    assert_eq!(bench.shift(ask, false).unwrap_err().code, ErrorCode::Stale);
}

/// Procedure 9.4, 10.2, 10.4: where the site allows one nurse, what she does alone is done at once and waits in the list under her name, over a
/// crash, too; it is a deviation, and the shift ends, with a signed summary, only when another person has looked at it.
#[test]
fn what_one_nurse_did_alone_keeps_the_shift_from_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let mut kept = Kept::new(38, 1, folder.path(), |_| {});
    kept.single_nurse = true;
    let mut bench = kept.start();
    let code = |text: &str| SiteCode::new(text).unwrap();
    let place = Place { site: code("PLAZA"), vehicle: None, team: code("B"), group: None };
    bench.shift(ShiftAsk::Open(place), false).unwrap();
    let donation = bench.bring_to(1, PhaseName::Seal).donation.unwrap();
    let act = Act::ByHand { step: HandStep::Sealed, tool: "clips".into(), note: "no heat".into() };
    bench.act(1, act, false).unwrap();
    assert_ne!(bench.view(1).phase, PhaseName::Seal, "done at once");
    assert_eq!(shift_refusal(bench.shift(ShiftAsk::Close, true)), Some(ShiftRefusal::BedsOpen(bed(1))));
    bench.finish(1);
    bench.pass(5000);
    let mut bench = bench.crash().start();
    let shown = bench.snapshot().shift;
    let waiting: Vec<_> = shown.waiting.iter().map(|w| (w.kind, w.donation, w.by.as_str())).collect();
    assert_eq!(waiting, [(CheckKind::ByHand, donation, "1001")]);
    for kind in [DeviationKind::SecondMissing, DeviationKind::ByHand] {
        assert!(shown.deviations.iter().any(|d| d.kind == kind), "{kind:?}: {:?}", shown.deviations);
    }
    assert_eq!(shift_refusal(bench.shift(ShiftAsk::Close, true)), Some(ShiftRefusal::ChecksOpen(1)));
    bench.shift(ShiftAsk::Sign(shown.waiting[0].number), true).unwrap();
    assert!(bench.snapshot().shift.waiting.is_empty());
    assert_eq!(shift_refusal(bench.shift(ShiftAsk::Close, false)), Some(ShiftRefusal::SecondNeeded));
    bench.shift(ShiftAsk::Close, true).unwrap();
    let summaries = bench.entries("shift_summary");
    let [summary] = &summaries[..] else { panic!("{summaries:?}") };
    assert_eq!(summary["by"], "1002", "who signed it with number and PIN");
    assert!(bench.snapshot().shift.open.is_none());
}

/// Procedure 10.1: a correction names old and new value, is refused when the record says something else, and is sent as a new version.
#[test]
fn a_correction_is_a_new_version() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = bench(34, &folder);
    bench.bring_to(1, PhaseName::Draw);
    bench.act(1, Act::Abort(AbortWhy::DonorWithdraws), false).unwrap();
    bench.nurse_until(1, "a free bed", |view| view.phase == PhaseName::Idle);
    bench.pass(5000);
    let present: Envelope = serde_json::from_str(&bench.accepted()[0].body).unwrap();
    let donation = present.donation;
    let ask = |old: &str| CorrectionAsk {
        donation,
        field: CorrectedField::Arm,
        old: old.into(),
        new: "right".into(),
        why: "left and right mistaken".into(),
    };
    let mut correct =
        |old: &str, two| bench.asked(ControlOp::Correct(ask(old), Box::new(present.clone())), two);
    assert_eq!(shift_refusal(correct("left", false)), Some(ShiftRefusal::SecondNeeded));
    let differs = shift_refusal(correct("right", true));
    assert!(matches!(differs, Some(ShiftRefusal::OldDiffers { .. })), "{differs:?}");
    correct("left", true).unwrap();
    let again = correct("left", true).unwrap_err();
    assert_eq!(again.code, ErrorCode::Stale, "of the first version again");
    bench.pass(8000);
    let accepted = bench.accepted();
    let versions: Vec<Envelope> =
        accepted.iter().filter_map(|record| serde_json::from_str(&record.body).ok()).collect();
    let newest = versions.iter().max_by_key(|envelope| envelope.version).unwrap();
    assert_eq!((newest.version, newest.donation), (2, donation));
    assert!(newest.amended.is_some_and(|amended| amended > newest.closed));
    assert_eq!(CorrectedField::Arm.text(&newest.record), "right");
    assert!(versions.iter().any(|envelope| envelope.version == 1), "the first version stays");
}
