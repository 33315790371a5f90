//! After the donation: rest by the person, late words about closed donations, donations on paper.

use crate::bench::Bench;
use controller::control::io::ControlOp;
use station::api::prompt::{Prompt, ScanWanted};
use station::api::shift::CorrectionAsk;
use station::api::{Answer, ApiError, DonorNumber, ErrorCode, RestView};
use station::ident::{Din, DonationId};
use station::measure::{Span, Wall};
use station::procedure::event::{AbortWhy, Act, Reaction, ReactionClass, Treatment};
use station::procedure::refusal::Refusal;
use station::record::{AfterClosing, CorrectedField, Disposition, PaperForm, TypedLabel, VolumeClass, Which};

/// Nobody listens here: the discard service's port, of the loopback interface.
const NOWHERE: &str = "http://127.0.0.1:9";
const FORM: &str = "A999926654321";

/// A donation that was aborted before the needle: the shortest way to a record.
fn a_record(bench: &mut Bench) -> DonationId {
    let donation = bench.nurse_until(1, "a number", |view| view.din.is_some()).donation.unwrap();
    bench.act(1, Act::Abort(AbortWhy::DonorWithdraws), false).unwrap();
    bench.nurse_until(1, "a free bed", |view| view.prompt == Prompt::Identify);
    donation
}

fn say(bench: &mut Bench, which: Which, what: AfterClosing) -> Result<Answer, ApiError> {
    let envelope = Box::new(bench.newest(which).unwrap());
    bench.op(ControlOp::AfterClosing { envelope, what }, false)
}

fn reaction() -> Reaction {
    Reaction { treatment: Some(Treatment::LaidFlat), ..Reaction::new(ReactionClass::Vasovagal, 2) }
}

fn refusal(result: Result<Answer, ApiError>) -> Refusal {
    result.unwrap_err().refusal.unwrap()
}

/// Procedure 8.6: a late reaction and a donor's word against the unit are new versions of the record, sent before all that waits.
#[test]
fn what_is_said_after_closing_goes_before_every_record() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(211, 1, folder.path());
    let url = bench.bms.url();
    bench.post_to(NOWHERE);
    let (first, second) = (a_record(&mut bench), a_record(&mut bench));
    bench.pass(2000);
    say(&mut bench, Which::Donation(second), AfterClosing::Reaction(reaction())).unwrap();
    bench.pass(2000);
    say(&mut bench, Which::Donation(second), AfterClosing::SelfExclusion).unwrap();
    let again = say(&mut bench, Which::Donation(second), AfterClosing::SelfExclusion);
    assert!(again.is_err(), "once is enough");
    let mut bench = bench.crash().start();
    bench.post_to(&url);
    bench.pass(400_000);
    let sent: Vec<String> = bench.accepted().into_iter().map(|record| record.id).collect();
    let names = [(second, 2), (second, 3), (first, 1), (second, 1)];
    assert_eq!(sent, names.map(|(donation, version)| format!("SIM-01/{donation}/{version}")));
    let newest = bench.newest(Which::Donation(second)).unwrap();
    assert_eq!((newest.version, newest.record.self_excluded), (3, true));
    let noted = &newest.record.reactions[0];
    assert_eq!((noted.treatment, noted.said.is_some()), (Some(Treatment::LaidFlat), true));
    assert!(newest.amended.is_some() && bench.newest(Which::Donation(DonationId(1))).is_none());
}

/// Procedure 8.6: nobody who is not there says anything, and two who say something at once do not make the same version.
#[test]
fn a_version_is_made_of_the_newest_one_only() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(212, 1, folder.path());
    let donation = a_record(&mut bench);
    bench.pass(2000);
    let envelope = Box::new(bench.newest(Which::Donation(donation)).unwrap());
    let what = AfterClosing::Reaction(reaction());
    bench.op(ControlOp::AfterClosing { envelope: envelope.clone(), what: what.clone() }, false).unwrap();
    let late = bench.op(ControlOp::AfterClosing { envelope, what }, false).unwrap_err();
    assert_eq!(late.code, ErrorCode::Stale);
    assert_eq!(bench.newest(Which::Donation(donation)).unwrap().version, 2);
}

/// Procedure 10.1, 8.6: a correction and a late word made of the same version, neither of them durable yet, are not both taken: no two records
/// of one name.
#[test]
fn a_correction_and_a_late_word_never_make_the_same_version() {
    for correction_first in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let mut bench = Bench::new(215, 1, folder.path());
        let donation = a_record(&mut bench);
        bench.pass(2000);
        let present = Box::new(bench.newest(Which::Donation(donation)).unwrap());
        let ask = CorrectionAsk {
            donation,
            field: CorrectedField::Segments,
            old: String::new(),
            new: "3".to_owned(),
            why: "counted again".to_owned(),
        };
        let late =
            ControlOp::AfterClosing { envelope: present.clone(), what: AfterClosing::Reaction(reaction()) };
        let mut ops = [(ControlOp::Correct(ask, present), true), (late, false)];
        if !correction_first {
            ops.reverse();
        }
        bench.stall(true);
        let tokens = ops.map(|(op, two)| bench.request(op, two));
        bench.stall(false);
        let [first, second] = tokens.map(|token| bench.answer(token));
        assert_eq!(first, Ok(Answer::Done));
        assert_eq!(second.unwrap_err().code, ErrorCode::Stale);
        let records = bench.entries("record");
        let names: Vec<String> = records.iter().map(|record| record["id"].to_string()).collect();
        assert_eq!(names.len(), 2, "{names:?}");
        assert_ne!(names[0], names[1]);
    }
}

/// Procedure 7.6: segments left for later are open on every page until somebody says with their count that they are sealed.
#[test]
fn segments_sealed_later_are_cleared_everywhere_by_one_word() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(216, 1, folder.path());
    let at = bench.nurse_until(1, "segments", |view| matches!(view.prompt, Prompt::Segments { .. }));
    let donation = at.donation.unwrap();
    bench.act(1, Act::SegmentsLater, false).unwrap();
    bench.nurse_until(1, "a free bed", |view| view.prompt == Prompt::Identify);
    bench.pass(2000);
    let open = |bench: &mut Bench| {
        let shown = bench.snapshot();
        (shown.segments_open.len(), shown.shift.segments_later.len())
    };
    assert_eq!(open(&mut bench), (1, 1));
    let sealed = AfterClosing::SegmentsSealed { count: 3 };
    say(&mut bench, Which::Donation(donation), sealed.clone()).unwrap();
    assert_eq!(open(&mut bench), (0, 0));
    bench.pass(2000);
    assert_eq!(refusal(say(&mut bench, Which::Donation(donation), sealed)), Refusal::NotNow);
    let mut bench = bench.crash().start();
    assert_eq!(open(&mut bench), (0, 0), "done is done");
    let record = bench.newest(Which::Donation(donation)).unwrap().record;
    assert_eq!((record.segments, record.segments_later), (Some(3), false));
}

/// Procedure 8.12: the rest belongs to the donor: it goes on with the bed cleared and over a crash, and ends by time or a word.
#[test]
fn a_donor_rests_whatever_becomes_of_the_bed() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(213, 1, folder.path());
    bench.nurse_until(1, "closed", |view| view.prompt == Prompt::ClearBed);
    let rest = bench.resting();
    assert_eq!(rest.len(), 1);
    let RestView { donation, name, left } = rest[0].clone();
    assert!(
        left <= Span::from_secs(600) && left > Span::from_secs(580) && name.contains('*'),
        "{name} {left:?}"
    );
    bench.nurse_until(1, "a free bed", |view| view.prompt == Prompt::Identify);
    bench.pass(60_000);
    assert!(bench.resting()[0].left < Span::from_secs(541));
    let mut kept = bench.crash();
    kept.pass(30_000);
    let mut bench = kept.start();
    let after = bench.resting();
    assert_eq!((after.len(), after[0].donation), (1, donation));
    assert!(after[0].left < Span::from_secs(515), "{:?}", after[0].left);
    bench.op(ControlOp::RestOver { donation }, false).unwrap();
    assert!(bench.resting().is_empty());
    assert_eq!(refusal(bench.op(ControlOp::RestOver { donation }, false)), Refusal::NotNow);
    bench.pass(2000);
    let mut bench = bench.crash().start();
    assert!(bench.resting().is_empty(), "over is over");
}

/// What two people enter of a form, having read its number off, each for themselves.
fn enter(form: &PaperForm, donor: &str) -> ControlOp {
    let again = Some(format!("{}{}", form.din, form.din.check_character()));
    let donor = DonorNumber(donor.to_owned());
    ControlOp::EnterLater { form: form.clone(), donor, again, compared: false }
}

/// The same with a number that the second person did not read off so, or that was scanned.
fn entered_with(form: &PaperForm, donor: &str, number: Option<&str>) -> ControlOp {
    let (donor, again) = (DonorNumber(donor.to_owned()), number.map(str::to_owned));
    ControlOp::EnterLater { form: form.clone(), donor, again, compared: false }
}

fn a_form(done: Wall) -> PaperForm {
    let din = Din::new(FORM).unwrap();
    PaperForm { din, done, programme_ml: 400, volume_ml: 396, tubes: 1, sealed: true }
}

/// Procedure 8.9: the form's number is scanned, or read off by each of the two; another number than the one that was scanned, a label that
/// is not a form's, and one that the two read differently are refused. The record says which it was.
#[test]
fn the_number_of_a_form_is_scanned_or_read_off_by_two() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(216, 1, folder.path());
    bench.pass(1000);
    let queue = bench.waiting_donor();
    let form = a_form(Wall(bench.wall().0 - 3 * 3_600_000));
    let din = form.din;
    let (mut kit, other) = (bench.plant.site.kit_of(din), bench.plant.site.next_kit());
    let not_scanned = Refusal::FormNotScanned { din };
    for label in [None, Some(other.form()), Some(kit.bag()), Some(kit.tube())] {
        if let Some(label) = &label {
            bench.world(1).scan(label);
            bench.pass(1000);
        }
        let refused = refusal(bench.op(entered_with(&form, &queue, None), true));
        assert_eq!(refused, not_scanned, "{label:?}");
    }
    for wrong in ["A9999261234566", "A99992665432", ""] {
        let refused = refusal(bench.op(entered_with(&form, &queue, Some(wrong)), true));
        assert!(matches!(refused, Refusal::Mistyped { .. }), "{wrong}: {refused:?}");
    }
    assert_eq!(bench.entries("mistyped").len(), 3);
    bench.world(1).scan(&kit.form());
    bench.pass(1000);
    assert_eq!(bench.snapshot().paper, Some(din), "terminals are shown it");
    bench.op(entered_with(&form, &queue, None), true).unwrap();
    bench.pass(1000);
    let record = bench.newest(Which::Din(din)).unwrap().record;
    assert_eq!((record.typed_labels, record.typed), (0, Vec::new()));
    // What was scanned too long ago may be another form by now.
    kit = other;
    bench.world(1).scan(&kit.form());
    bench.pass(601_000);
    let late = PaperForm { din: Din::new(&kit.din).unwrap(), ..form };
    let queue = bench.waiting_donor();
    let refused = refusal(bench.op(entered_with(&late, &queue, None), true));
    assert_eq!(refused, Refusal::FormNotScanned { din: late.din });
    bench.op(enter(&late, &queue), true).unwrap();
    bench.pass(1000);
    let record = bench.newest(Which::Din(late.din)).unwrap().record;
    assert_eq!(record.typed, [TypedLabel { label: ScanWanted::Form, again: false }]);
}

/// Procedure 8.9: both times, two people, the form's number; a record upstream, quarantined; its number is used from then on.
#[test]
fn a_donation_on_paper_is_entered_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(214, 1, folder.path());
    bench.pass(1000);
    let now = bench.wall();
    let queue = bench.waiting_donor();
    let form = a_form(Wall(now.0 - 3 * 3_600_000));
    assert_eq!(refusal(bench.op(enter(&form, &queue), false)), Refusal::SecondPersonNeeded);
    assert_eq!(refusal(bench.op(enter(&form, "nobody"), true)), Refusal::UnknownDonor);
    let wrong_id = "110101199001011233";
    assert_eq!(refusal(bench.op(enter(&form, wrong_id), true)), Refusal::UnknownDonor, "its check character");
    let future = PaperForm { done: Wall(now.0 + 60_000_000), ..form.clone() };
    assert_eq!(refusal(bench.op(enter(&future, &queue), true)), Refusal::NotThatTime);
    let old = PaperForm { done: Wall(now.0 - 73 * 3_600_000), ..form.clone() };
    assert_eq!(refusal(bench.op(enter(&old, &queue), true)), Refusal::NotThatTime);
    let Ok(Answer::Opened { donation }) = bench.op(enter(&form, &queue), true) else { panic!("not entered") };
    let twice = refusal(bench.op(enter(&form, &queue), true));
    assert_eq!(twice, Refusal::DinUsed { din: form.din, donation });
    bench.pass(5000);
    let mut bench = bench.crash().start();
    assert_eq!(refusal(bench.op(enter(&form, &queue), true)), twice, "after a crash too");
    let sent = bench.accepted().into_iter().any(|record| record.id == format!("SIM-01/{donation}/1"));
    assert!(sent, "it went upstream");
    let record = bench.newest(Which::Din(form.din)).unwrap().record;
    let how = record.entered_later.unwrap();
    assert_eq!((how.by.as_str(), how.second.as_str()), ("1001", "1002"));
    assert!(how.done < how.entered);
    assert_eq!((record.disposition, record.volume_class), (Disposition::Quarantined, VolumeClass::Normal));
    // A reaction may be said of it as of any other.
    say(&mut bench, Which::Din(form.din), AfterClosing::Reaction(reaction())).unwrap();
}
