//! What keys do on the page after the donation.

use super::*;
use crate::after::{Item, items};
use crate::fixtures::{idle, show, signed_in, snapshot, type_text};
use crate::words::Language;
use station::api::{Answer, ApiError, ErrorCode, OpenSegments, RestView, VERSION};
use station::ident::{Din, DonationId};
use station::measure::{Span, Wall};
use station::procedure::event::{NationalGrade, Reaction, ReactionClass, ReactionOutcome, Treatment};
use station::procedure::refusal::Refusal;
use station::record::{AfterClosing, PaperForm, Which};

const LABEL: &str = "A999926123456";

fn afterwards() -> Snapshot {
    let mut shown = snapshot(vec![idle(1)]);
    let rest = |number, left| RestView {
        donation: DonationId(number),
        name: "王*".to_owned(),
        left: Span::from_secs(left),
    };
    shown.resting = vec![rest(40, 92), rest(44, 431)];
    shown.segments_open = vec![OpenSegments { donation: DonationId(38), din: Din::new(LABEL).ok() }];
    shown.shift.segments_later = vec![DonationId(38), DonationId(41)];
    shown
}

/// The page, opened by its key.
fn page() -> App {
    let mut app = signed_in(Language::En, vec![idle(1)], (80, 24));
    show(&mut app, afterwards());
    type_text(&mut app, "r");
    assert!(matches!(app.screen, Screen::After(0)));
    app
}

fn down(app: &mut App, times: usize) {
    for _ in 0..times {
        update(app, Message::Key(KeyCode::Down));
    }
}

fn only(effects: &[Effect]) -> (String, Op) {
    let [Effect::Send(request)] = effects else { panic!("one request: {effects:?}") };
    (request.id.clone(), request.op.clone())
}

fn answer(app: &mut App, re: String, result: Result<Answer, ApiError>) {
    update(app, Message::Reply(Box::new(Reply::Answer { v: VERSION, re, result })));
}

fn with_check(din: &str) -> String {
    format!("{din}{}", Din::new(din).unwrap().check_character())
}

#[test]
fn each_donation_stands_once_and_any_other_can_be_named() {
    let expected = [
        Item::Resting(DonationId(40)),
        Item::Resting(DonationId(44)),
        Item::Segments(DonationId(38)),
        Item::Segments(DonationId(41)),
        Item::Other,
    ];
    assert_eq!(items(&afterwards()), expected);
    let mut app = page();
    down(&mut app, 9);
    assert!(matches!(app.screen, Screen::After(4)), "the last line is the last");
    assert!(type_text(&mut app, "e").is_empty() && type_text(&mut app, "f").is_empty(), "nobody is meant");
}

/// Procedure 8.12: a donor's rest ends by a key, for the donor who is marked.
#[test]
fn a_key_ends_the_rest_of_the_donor_marked() {
    let mut app = page();
    down(&mut app, 1);
    let (id, op) = only(&type_text(&mut app, "e"));
    assert_eq!(op, Op::RestOver { donation: DonationId(44) });
    assert!(type_text(&mut app, "e").is_empty(), "the first is under way");
    let error = ApiError { code: ErrorCode::Refused, text: "no".to_owned(), refusal: Some(Refusal::NotNow) };
    answer(&mut app, id, Err(error));
    assert!(matches!(app.notice, Some((None, _))), "the page says why");
    assert!(matches!(app.screen, Screen::After(1)));
}

/// Procedure 8.6: a late reaction of the donation marked, or of one named by number or label.
#[test]
fn a_late_reaction_is_said_of_the_donation_meant() {
    let mut app = page();
    type_text(&mut app, "x2\n1\n2\n96\n128/76\n2\n1\ntelephoned");
    let (id, op) = only(&type_text(&mut app, "\n"));
    let reaction = Reaction {
        national: Some(NationalGrade::ALL[1]),
        pulse: Some(96),
        pressure: Some((128, 76)),
        treatment: Some(Treatment::ALL[1]),
        outcome: Some(ReactionOutcome::ALL[0]),
        note: "telephoned".to_owned(),
        ..Reaction::new(ReactionClass::Vasovagal, 1)
    };
    let what = AfterClosing::Reaction(reaction);
    assert_eq!(op, Op::AfterClosing { which: Which::Donation(DonationId(40)), what });
    answer(&mut app, id, Ok(Answer::Done));
    assert!(matches!(app.screen, Screen::After(0)), "the form closes when it is taken");
    assert_eq!(app.stored, Some(crate::app::Stored::Word(Which::Donation(DonationId(40)))));

    down(&mut app, 4);
    let label = with_check(LABEL);
    for (typed, which) in
        [("1287", Which::Donation(DonationId(1287))), (&label, Which::Din(Din::new(LABEL).unwrap()))]
    {
        type_text(&mut app, &format!("x{typed}\n6\n3\n\n\n\n\n\n"));
        let (id, op) = only(&type_text(&mut app, "\n"));
        let what = AfterClosing::Reaction(Reaction::new(ReactionClass::Cardiovascular, 3));
        assert_eq!(op, Op::AfterClosing { which, what });
        answer(&mut app, id, Ok(Answer::Done));
    }
}

/// Procedure 8.6: a donor's word against the unit is asked about before it is sent, because nobody takes it back.
#[test]
fn a_unit_is_given_up_only_after_a_yes() {
    let mut app = page();
    down(&mut app, 4);
    for typed in ["d40\n0\n", "dA999926123457X\n1\n", "d\n1\n"] {
        assert!(type_text(&mut app, typed).is_empty(), "{typed:?}");
        assert!(matches!(app.screen, Screen::PageForm { .. }));
        update(&mut app, Message::Key(KeyCode::Esc));
        down(&mut app, 4);
    }
    let (_, op) = only(&type_text(&mut app, "d40\n1\n"));
    assert_eq!(
        op,
        Op::AfterClosing { which: Which::Donation(DonationId(40)), what: AfterClosing::SelfExclusion }
    );
}

/// Procedure 7.6: segments left for later are said to be sealed, with their count, on this page and on the shift's.
#[test]
fn segments_are_said_to_be_sealed() {
    let mut app = page();
    let sealed = |donation| Op::AfterClosing {
        which: Which::Donation(DonationId(donation)),
        what: AfterClosing::SegmentsSealed { count: 4 },
    };
    down(&mut app, 3);
    let (id, op) = only(&type_text(&mut app, "f4\n"));
    assert_eq!(op, sealed(41));
    answer(&mut app, id, Ok(Answer::Done));
    update(&mut app, Message::Key(KeyCode::Esc));
    type_text(&mut app, "w");
    let (id, op) = only(&type_text(&mut app, "f4\n"));
    assert_eq!(op, sealed(38));
    answer(&mut app, id, Ok(Answer::Done));
    assert!(matches!(app.screen, Screen::Shift(0)), "back where it was asked");
}

/// Procedure 8.9: the number is read off by two people, the time is the station's, and a second person signs.
#[test]
fn a_donation_on_paper_is_entered_by_two() {
    let mut app = page();
    let (label, other) = (with_check(LABEL), with_check("A999926123457"));
    let rest = "A017\n202611221030\n400\n396\n2\n1\n1002\n1357\n";
    assert!(type_text(&mut app, &format!("o{label}\n{other}\n{rest}")).is_empty(), "two numbers");
    update(&mut app, Message::Key(KeyCode::Esc));
    let (id, op) = only(&type_text(&mut app, &format!("o{label}\n{label}\n{rest}")));
    let Op::EnterLater { form, donor, second, again, compared } = op else { panic!("{op:?}") };
    assert_eq!((again, compared), (Some(label), false), "as the second person read it");
    let paper = PaperForm {
        din: Din::new(LABEL).unwrap(),
        done: Wall(1_795_314_600_000),
        programme_ml: 400,
        volume_ml: 396,
        tubes: 2,
        sealed: true,
    };
    assert_eq!((form, donor.0.as_str(), second.operator.as_str()), (paper, "A017", "1002"));
    let held = app.pending.iter().find(|p| p.request.id == id).map(|p| p.request.op.clone());
    assert!(held.is_some());
    answer(&mut app, id, Ok(Answer::Opened { donation: DonationId(50) }));
    assert!(matches!(app.screen, Screen::After(0)));
    let stored = app.stored.expect("the page says what was stored");
    for language in [Language::Zh, Language::En] {
        let said = crate::words::stored(language, stored);
        assert!(said.contains(&Din::new(LABEL).unwrap().to_string()) && said.contains("50"), "{said}");
    }
    type_text(&mut app, "o");
    assert_eq!(app.stored, None, "of the next form nothing is stored yet");
}

/// Procedure 8.9: a form that is scanned, before its page is opened or after, is read off by nobody; a number typed over it is.
#[test]
fn a_scanned_form_is_filled_in_and_not_typed() {
    let rest = "A017\n202611221030\n400\n396\n2\n1\n1002\n1357\n";
    let din = Din::new(LABEL).unwrap();
    let scanned = |app: &mut App| {
        let mut shown = afterwards();
        shown.paper = Some(din);
        show(app, shown);
    };
    for first in [true, false] {
        let mut app = page();
        if first {
            scanned(&mut app);
        }
        type_text(&mut app, "o");
        if !first {
            scanned(&mut app);
        }
        let (_, op) = only(&type_text(&mut app, rest));
        let Op::EnterLater { form, again: None, .. } = op else { panic!("{op:?}") };
        assert_eq!(form.din, din);
    }
    let mut app = page();
    scanned(&mut app);
    type_text(&mut app, "o");
    let other = with_check("A999926123457");
    [0, 1].iter().for_each(|_| drop(update(&mut app, Message::Key(KeyCode::Up))));
    for _ in 0..2 {
        (0..14).for_each(|_| drop(update(&mut app, Message::Key(KeyCode::Backspace))));
        type_text(&mut app, &format!("{other}\n"));
    }
    let (_, op) = only(&type_text(&mut app, rest));
    assert!(matches!(&op, Op::EnterLater { again: Some(again), .. } if *again == other), "{op:?}");
}

/// Procedure 8.9: where nobody knows who gave, the form asks whether the document was compared, and the second person signs that anew.
#[test]
fn a_donor_who_is_not_known_is_confirmed_by_both() {
    let mut app = page();
    let label = with_check(LABEL);
    let rest = "A017\n202611221030\n400\n396\n2\n1\n1002\n1357\n";
    let (id, _) = only(&type_text(&mut app, &format!("o{label}\n{label}\n{rest}")));
    let refusal = Refusal::DonorNotKept { din: Din::new(LABEL).unwrap() };
    let text = "not kept".to_owned();
    answer(&mut app, id, Err(ApiError { code: ErrorCode::Refused, text, refusal: Some(refusal) }));
    assert!(crate::view::screens_tests::text(&app).contains("Document seen"));
    let (_, op) = only(&type_text(&mut app, "1\n\n1357\n"));
    assert!(matches!(op, Op::EnterLater { compared: true, .. }), "{op:?}");
}

/// A protective act that is answered meanwhile leaves the form alone.
#[test]
fn an_answer_to_something_else_closes_no_form() {
    let mut app = page();
    type_text(&mut app, "o");
    let (id, _) = only(&update(&mut app, Message::Key(KeyCode::F(8))));
    answer(&mut app, id, Ok(Answer::Done));
    assert!(matches!(app.screen, Screen::PageForm { .. }));
}

/// Procedure 10.1: whoever corrects a record reads that it is stored, and for which donation.
#[test]
fn a_correction_says_that_it_is_stored() {
    let mut app = page();
    update(&mut app, Message::Key(KeyCode::Esc));
    type_text(&mut app, "w");
    let (id, op) = only(&type_text(&mut app, "g40\n1\nleft\nright\nwrong arm noted\n1002\n2468\n"));
    assert!(matches!(op, Op::Shift { second: Some(_), .. }), "{op:?}");
    answer(&mut app, id, Ok(Answer::Done));
    assert!(matches!(app.screen, Screen::Shift(0)));
    assert_eq!(app.stored, Some(crate::app::Stored::Word(Which::Donation(DonationId(40)))));
    assert!(crate::view::screens_tests::text(&app).contains("stored for donation 40"));
}
