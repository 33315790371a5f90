//! What keys and answers do.

use super::*;
use crate::app::Purpose;
use crate::fixtures::{
    alarm, bed, bed_id, drawing, idle, locked, operator, show, signed_in, snapshot, type_text,
};
use crate::words::Language;
use station::api::look::{LookWhy, PersonView, Sight};
use station::api::prompt::{Prompt, ScanWanted};
use station::api::{Answer, ApiError, ErrorCode, LoggedAlarm, Request, VERSION};
use station::ident::LabelKind;
use station::measure::{Span, Wall};
use station::procedure::alarm::AlarmCode;
use station::procedure::event::{
    AbortWhy, Act, HandStep, NationalGrade, Reaction, ReactionClass, ReactionOutcome, Treatment,
};
use station::procedure::phase::PhaseName;
use station::procedure::refusal::Refusal;

const SIZE: (u16, u16) = (80, 24);

fn sent(effects: &[Effect]) -> Vec<&Request> {
    effects
        .iter()
        .filter_map(|e| match e {
            Effect::Send(request) => Some(request),
            Effect::PressCompanion
            | Effect::OpenCompanion
            | Effect::ChooseCompanion { .. }
            | Effect::Ring
            | Effect::Quit => None,
        })
        .collect()
}

fn acts(effects: &[Effect]) -> Vec<(u8, u64, Act)> {
    sent(effects)
        .iter()
        .filter_map(|r| match &r.op {
            Op::Act { bed, rev, act, .. } => Some((bed.number(), *rev, act.clone())),
            _ => None,
        })
        .collect()
}

fn answer(app: &mut App, id: &str, result: Result<Answer, ApiError>) -> Vec<Effect> {
    update(app, Message::Reply(Box::new(Reply::Answer { v: VERSION, re: id.to_owned(), result })))
}

fn refused(code: ErrorCode, refusal: Option<Refusal>) -> ApiError {
    ApiError { code, text: "no".to_owned(), refusal }
}

/// A signed-in terminal on the screen of bed 1.
fn at_bed(view: BedView) -> App {
    let mut app = signed_in(Language::En, vec![view], SIZE);
    type_text(&mut app, "1");
    assert!(matches!(app.screen, Screen::Bed(b) if b == bed_id(1)));
    app
}

#[test]
fn enter_is_the_prompts_primary_act_with_the_revision_on_the_screen() {
    let mut app = at_bed(bed(1, PhaseName::Venipuncture, Prompt::InsertNeedle, 3));
    assert_eq!(acts(&type_text(&mut app, "\n")), [(1, 7, Act::NeedleIn)]);
    assert!(type_text(&mut app, "\n").is_empty(), "a second Enter must wait for the first");
}

#[test]
fn after_a_good_answer_the_next_enter_waits_for_the_bed_to_move() {
    let mut app = at_bed(bed(1, PhaseName::Venipuncture, Prompt::InsertNeedle, 3));
    let id = sent(&type_text(&mut app, "\n"))[0].id.clone();
    answer(&mut app, &id, Ok(Answer::Done));
    assert!(type_text(&mut app, "\n").is_empty());
    let mut next = bed(1, PhaseName::Divert, Prompt::FillPouch { by_word: true }, 4);
    next.rev = 8;
    show(&mut app, snapshot(vec![next]));
    assert_eq!(acts(&type_text(&mut app, "\n")), [(1, 8, Act::PouchFull)]);
}

#[test]
fn a_stale_answer_is_said_and_nothing_is_sent_again() {
    let mut app = at_bed(bed(1, PhaseName::Label, Prompt::LookAtBag, 1));
    let id = sent(&type_text(&mut app, "\n"))[0].id.clone();
    let effects = answer(&mut app, &id, Err(refused(ErrorCode::Stale, None)));
    assert!(effects.is_empty());
    assert!(matches!(&app.notice, Some((Some(_), e)) if e.code == ErrorCode::Stale));
    assert!(!app.is_saving(bed_id(1)), "the person may look and answer again");
}

/// A page of the overview.
fn opened(key: &str, is_it: fn(&Screen) -> bool) -> App {
    let mut app = signed_in(Language::En, vec![drawing(1)], SIZE);
    type_text(&mut app, key);
    assert!(is_it(&app.screen), "{:?}", app.screen);
    app
}

/// Procedure 8.1: on every screen, locked or not, one key each, asked nothing, and the screen stays as it is.
#[test]
fn protective_keys_work_on_every_screen_and_need_nobody() {
    let expected = [Act::Pause, Act::Clamp, Act::EmergencyStop, Act::NeedleOut, Act::CallForHelp];
    let screens: [fn() -> App; 9] = [
        || locked(Language::En, vec![drawing(1)], SIZE),
        || signed_in(Language::En, vec![drawing(1)], SIZE),
        || at_bed(drawing(1)),
        || {
            let mut app = at_bed(drawing(1));
            type_text(&mut app, "a");
            app
        },
        || {
            let mut app = at_bed(drawing(1));
            type_text(&mut app, "e");
            assert!(matches!(app.screen, Screen::Confirm { .. }));
            app
        },
        || {
            let mut app = at_bed(drawing(1));
            update(&mut app, Message::Key(KeyCode::F(1)));
            app
        },
        || opened("w", |screen| matches!(screen, Screen::Shift(_))),
        || opened("r", |screen| matches!(screen, Screen::After(_))),
        || opened("i", |screen| matches!(screen, Screen::AlarmLog { .. })),
    ];
    for make in screens {
        let mut app = make();
        let before = format!("{:?}", app.screen);
        let got: Vec<Act> = acts(&type_text(&mut app, "pcsnh")).into_iter().map(|(_, _, a)| a).collect();
        assert_eq!(got, expected, "on {before}");
        assert_eq!(format!("{:?}", app.screen), before, "the screen stays");
        let keys = (4..=8).flat_map(|n| update(&mut app, Message::Key(KeyCode::F(n)))).collect::<Vec<_>>();
        let got: Vec<Act> = acts(&keys).into_iter().map(|(_, _, a)| a).collect();
        assert_eq!(got, expected, "function keys on {before}");
    }
}

/// Procedure 8.1: where letters are typed the function keys protect.
#[test]
fn where_letters_are_typed_the_protective_acts_are_on_function_keys() {
    let scan = Prompt::Scan { wanted: ScanWanted::Form, again: false };
    let mut app = at_bed(bed(1, PhaseName::Label, scan, 1));
    type_text(&mut app, "t");
    assert!(matches!(app.screen, Screen::Form { purpose: Purpose::Label(_), .. }));
    assert!(acts(&type_text(&mut app, "P")).is_empty(), "a letter of the label");
    let effects = update(&mut app, Message::Key(KeyCode::F(4)));
    assert_eq!(acts(&effects), [(1, 7, Act::Pause)]);
}

#[test]
fn a_protective_act_is_sent_while_another_answer_is_under_way() {
    let mut app = at_bed(bed(1, PhaseName::Venipuncture, Prompt::InsertNeedle, 3));
    type_text(&mut app, "\n");
    assert_eq!(acts(&type_text(&mut app, "c")), [(1, 7, Act::Clamp)]);
}

#[test]
fn from_the_overview_protective_keys_act_on_the_chosen_bed() {
    let mut app = signed_in(Language::En, vec![idle(1), drawing(2)], SIZE);
    update(&mut app, Message::Key(KeyCode::Right));
    assert_eq!(acts(&type_text(&mut app, "p")), [(2, 7, Act::Pause)]);
}

#[test]
fn irreversible_acts_are_asked_first_and_escape_sends_nothing() {
    for (prompt, act) in [
        (Prompt::Seal, Act::Seal),
        (Prompt::Separate, Act::Separate),
        (Prompt::AcceptDisposition, Act::AcceptDisposition),
        (Prompt::EndAdvised, Act::EndDraw),
    ] {
        let mut app = at_bed(bed(1, PhaseName::Seal, prompt, 8));
        assert!(type_text(&mut app, "\n").is_empty());
        assert!(matches!(app.screen, Screen::Confirm { .. }));
        update(&mut app, Message::Key(KeyCode::Esc));
        assert!(matches!(app.screen, Screen::Bed(_)));
        assert_eq!(acts(&type_text(&mut app, "\n\n")), [(1, 7, act)]);
    }
}

#[test]
fn a_question_ends_when_its_prompt_does() {
    let mut app = at_bed(bed(1, PhaseName::Seal, Prompt::Seal, 8));
    type_text(&mut app, "\n");
    show(&mut app, snapshot(vec![bed(1, PhaseName::Seal, Prompt::EmergencyStop, 8)]));
    assert!(matches!(app.screen, Screen::Bed(_)));
}

#[test]
fn abort_is_chosen_then_confirmed() {
    let mut app = at_bed(drawing(1));
    assert!(type_text(&mut app, "a2\n").is_empty(), "choosing is not yet doing");
    assert!(matches!(app.screen, Screen::Confirm { .. }));
    assert_eq!(acts(&type_text(&mut app, "\n")), [(1, 7, Act::Abort(AbortWhy::Reaction))]);
}

/// Procedure 9.3: the second person is asked for with the act, is not the first, and may sign elsewhere.
#[test]
fn a_second_person_is_asked_when_the_daemon_wants_one() {
    let mut app = at_bed(bed(1, PhaseName::Prepare, Prompt::SecondAttempt, 3));
    let id = sent(&type_text(&mut app, "\n"))[0].id.clone();
    let error = refused(ErrorCode::Refused, Some(Refusal::SecondPersonNeeded));
    answer(&mut app, &id, Err(error));
    assert!(matches!(app.screen, Screen::Form { purpose: Purpose::Second(_), .. }));
    assert!(type_text(&mut app, "1001\n1357\n").is_empty(), "the first person is not the second");
    update(&mut app, Message::Key(KeyCode::Esc));
    let id = sent(&type_text(&mut app, "\n"))[0].id.clone();
    answer(&mut app, &id, Err(refused(ErrorCode::Refused, Some(Refusal::SecondPersonNeeded))));
    let effects = type_text(&mut app, "1002\n1357\n");
    let requests = sent(&effects);
    match &requests[0].op {
        Op::Act { act: Act::SecondAttemptConsented, second: Some(second), .. } => {
            assert_eq!((second.operator.as_str(), second.pin.as_str()), ("1002", "1357"));
        }
        other => panic!("{other:?}"),
    }
    assert_ne!(requests[0].id, id, "another question, another id");
    let id = requests[0].id.clone();
    answer(&mut app, &id, Err(refused(ErrorCode::Denied, None)));
    match &app.screen {
        Screen::Form { form, .. } => assert!(form.complaint.is_some(), "a wrong PIN is said in the form"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_line_pinched_by_hand_is_told_with_one_key_and_a_seal_with_its_tool() {
    let mut app = at_bed(bed(1, PhaseName::Draw, Prompt::PinchByHand, 5));
    let effects = type_text(&mut app, "d");
    let note = "close the line with a haemostat".to_owned();
    assert_eq!(
        acts(&effects),
        [(1, 7, Act::ByHand { step: HandStep::ClampClosed, tool: String::new(), note })]
    );
    let mut app = at_bed(bed(1, PhaseName::Seal, Prompt::ByHand(HandStep::Sealed), 8));
    assert!(type_text(&mut app, "\nhand sealer\n\n").is_empty(), "a tool and a reason are needed");
    let effects = type_text(&mut app, "no power\n");
    let (tool, note) = ("hand sealer".to_owned(), "no power".to_owned());
    assert_eq!(acts(&effects), [(1, 7, Act::ByHand { step: HandStep::Sealed, tool, note })]);
}

#[test]
fn a_bag_weighed_elsewhere_takes_its_volume() {
    let step = HandStep::Weighed { volume_ml: 0 };
    let mut app = at_bed(bed(1, PhaseName::Reconcile, Prompt::ByHand(step), 11));
    let effects = type_text(&mut app, "\n398\nkitchen scale\nthe device failed\n");
    let step = HandStep::Weighed { volume_ml: 398 };
    assert_eq!(
        acts(&effects),
        [(
            1,
            7,
            Act::ByHand { step, tool: "kitchen scale".to_owned(), note: "the device failed".to_owned() }
        )]
    );
}

/// Procedure 3.6: before the needle a bag with a wrong label is put aside; with the needle in it is taken out.
#[test]
fn a_bag_refused_with_the_needle_in_is_no_dead_end() {
    let wanted = Prompt::Scan { wanted: ScanWanted::Bag, again: true };
    let mut view = bed(1, PhaseName::Venipuncture, wanted, 3);
    let given = |view: &BedView, keys: &str| acts(&type_text(&mut at_bed(view.clone()), keys));
    assert_eq!(given(&view, "b"), [(1, 7, Act::BagRejected)]);
    assert_eq!(given(&view, "v"), []);
    view.needle_in = true;
    assert_eq!(given(&view, "b"), []);
    assert_eq!(given(&view, "v"), [(1, 7, Act::VenipunctureFailed)]);
    view.needle_in = false;
    view.needle_unsaid = true;
    assert_eq!(given(&view, "u"), [(1, 7, Act::NeedleIn)]);
}

/// Procedure 8.10: a needle that went in before the station stopped is said with a key, decided or not; where none can be in there is no
/// such key.
#[test]
fn a_needle_that_was_put_in_unsaid_can_be_said() {
    for prompt in [Prompt::Interrupted { may_resume: true }, Prompt::PlaceBag] {
        let mut view = bed(1, PhaseName::Interrupted, prompt, 3);
        assert!(type_text(&mut at_bed(view.clone()), "u").is_empty());
        view.needle_unsaid = true;
        assert_eq!(acts(&type_text(&mut at_bed(view), "u")), [(1, 7, Act::NeedleIn)]);
    }
}

/// Procedure 3.11: a number is typed with its check character, twice alike, and carries the second person.
#[test]
fn a_typed_label_is_read_twice_and_carries_the_second_person() {
    let scan = Prompt::Scan { wanted: ScanWanted::Bag, again: false };
    let din = station::ident::Din::new("A999926123456").unwrap();
    let typed = format!("{din}{}", din.check_character());
    let mut app = at_bed(bed(1, PhaseName::Label, scan, 1));
    assert!(type_text(&mut app, &format!("t{typed}\nA999926123457X\n1002\n1357\n")).is_empty());
    update(&mut app, Message::Key(KeyCode::Esc));
    let effects = type_text(&mut app, &format!("t{typed}\n{typed}\n1002\n1357\n"));
    match &sent(&effects)[0].op {
        Op::TypedLabel { text, again, second, .. } => {
            assert_eq!((text, again, second.operator.as_str()), (&typed, &typed, "1002"));
        }
        other => panic!("{other:?}"),
    }
}

/// Procedure 3.6, 3.9: a bag whose label was refused is given up with one key, at the labels, on the tray and at the arm.
#[test]
fn a_bag_with_a_wrong_label_is_given_up_with_one_key() {
    for phase in [PhaseName::Label, PhaseName::Prepare, PhaseName::Venipuncture] {
        let scan = Prompt::Scan { wanted: ScanWanted::Bag, again: true };
        let mut app = at_bed(bed(1, phase, scan, 1));
        assert_eq!(acts(&type_text(&mut app, "b")), [(1, 7, Act::BagRejected)], "{phase:?}");
    }
}

/// Procedure 3.11: what a scan gives of a bag is typed with the same key, read twice apart; what no bag says is not sent.
#[test]
fn the_bags_own_data_are_typed_like_its_number() {
    for (wanted, kind, typed, no) in [
        (ScanWanted::BagCatalog, LabelKind::Catalog, "1FE1234567", "FE1234567"),
        (ScanWanted::BagLot, LabelKind::Lot, "1234rZ", "12345678901"),
        (ScanWanted::BagExpiry, LabelKind::Expiry, "20280229", "20270229"),
    ] {
        let mut app = at_bed(bed(1, PhaseName::Label, Prompt::Scan { wanted, again: false }, 1));
        assert!(type_text(&mut app, &format!("t{typed}\n{no}\n1002\n1357\n")).is_empty(), "{no}");
        update(&mut app, Message::Key(KeyCode::Esc));
        type_text(&mut app, &format!("t{typed}\n"));
        let Screen::Form { form, .. } = &app.screen else { panic!("{:?}", app.screen) };
        assert!(
            form.shown().all(|(_, text, _)| !text.contains(typed)),
            "{typed} is shown while it is typed again"
        );
        let effects = type_text(&mut app, &format!("{typed}\n1002\n1357\n"));
        match &sent(&effects)[0].op {
            Op::TypedLabel { label, text, again, .. } => {
                assert_eq!((*label, text.as_str(), again.as_str()), (kind, typed, typed));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn another_language_keeps_everything_else() {
    let mut app = at_bed(drawing(1));
    type_text(&mut app, "a2");
    let before = format!("{:?}", app.screen);
    update(&mut app, Message::Key(KeyCode::F(9)));
    assert_eq!(app.language, Language::Zh);
    assert_eq!(format!("{:?}", app.screen), before);
    update(&mut app, Message::Key(KeyCode::F(9)));
    assert_eq!(app.language, Language::En);
}

#[test]
fn a_badge_fills_the_number_in_and_the_pin_is_never_on_the_screen() {
    let mut app = locked(Language::En, vec![idle(1)], SIZE);
    let mut with_badge = snapshot(vec![idle(1)]);
    with_badge.badge = Some((bed_id(1), operator("N-77")));
    show(&mut app, with_badge);
    type_text(&mut app, "2468");
    match &app.screen {
        Screen::SignIn { form, .. } => {
            let shown: Vec<String> = form.shown().map(|(_, text, _)| text).collect();
            assert_eq!(shown, ["N-77", "••••"]);
        }
        other => panic!("{other:?}"),
    }
    let effects = type_text(&mut app, "\n");
    assert!(matches!(&sent(&effects)[0].op, Op::SignIn(c) if c.operator.as_str() == "N-77"));
    assert!(!format!("{:?}", sent(&effects)).contains("2468"));
}

#[test]
fn a_lost_connection_is_a_screen_and_open_requests_go_again_under_their_id() {
    let mut app = at_bed(bed(1, PhaseName::Venipuncture, Prompt::InsertNeedle, 3));
    let id = sent(&type_text(&mut app, "\n"))[0].id.clone();
    update(&mut app, Message::Lost(LostWhy::Silent));
    assert!(matches!(app.screen, Screen::Lost { .. }));
    assert!(app.snapshot.is_none(), "no old picture");
    assert!(type_text(&mut app, "pcsnh").is_empty(), "nothing is stored up while nobody listens");
    let effects = update(&mut app, Message::Connected);
    let requests = sent(&effects);
    assert!(matches!(requests[0].op, Op::Subscribe));
    assert_eq!(requests[1].id, id);
    show(&mut app, snapshot(vec![bed(1, PhaseName::Venipuncture, Prompt::InsertNeedle, 3)]));
    match &app.screen {
        Screen::SignIn { then, .. } => assert_eq!(*then, Place::Bed(bed_id(1))),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_act_without_a_sign_in_leads_to_the_sign_in_and_back() {
    let mut app = at_bed(bed(1, PhaseName::Label, Prompt::LookAtBag, 1));
    let id = sent(&type_text(&mut app, "\n"))[0].id.clone();
    answer(&mut app, &id, Err(refused(ErrorCode::NotSignedIn, None)));
    assert!(app.who.is_none());
    assert!(matches!(app.screen, Screen::SignIn { then: Place::Bed(_), .. }));
}

#[test]
fn a_waiting_donor_is_called_from_the_worklist() {
    let mut app = at_bed(idle(1));
    update(&mut app, Message::Key(KeyCode::Down));
    let effects = type_text(&mut app, "\n");
    assert!(matches!(&sent(&effects)[0].op, Op::Call { queue, .. } if queue == "A002"));
}

#[test]
fn alarms_are_acknowledged_one_after_the_other() {
    let mut view = drawing(1);
    view.alarms = vec![alarm(AlarmCode::LabelMismatch), alarm(AlarmCode::LowFlow)];
    view.alarms[0].acknowledged = true;
    let mut app = at_bed(view);
    assert_eq!(acts(&type_text(&mut app, "k")), [(1, 7, Act::Acknowledge(AlarmCode::LowFlow))]);
}

#[test]
fn the_bell_rings_for_a_new_alarm_and_again_until_it_is_acknowledged() {
    let mut view = drawing(1);
    view.alarms = vec![alarm(AlarmCode::ClampNotClosed)];
    let mut app = at_bed(view.clone());
    let rings = |app: &mut App, from: u64, to: u64| {
        (from..to).step_by(100).flat_map(|ms| update(app, Message::Tick(ms))).count()
    };
    assert_eq!(rings(&mut app, 100, 10_000), 2);
    view.audio_paused = Some(Span::from_secs(87));
    show(&mut app, snapshot(vec![view.clone()]));
    assert_eq!(rings(&mut app, 10_000, 60_000), 0, "the sound is paused");
    view.audio_paused = None;
    show(&mut app, snapshot(vec![view.clone()]));
    assert_eq!(rings(&mut app, 60_000, 60_200), 1);
    view.alarms[0].acknowledged = true;
    show(&mut app, snapshot(vec![view]));
    assert_eq!(rings(&mut app, 70_000, 160_000), 0);
}

/// Procedure 6.12: each call to a bed is heard once at the terminal, and stands on the bed's card and at the bed.
#[test]
fn each_call_to_a_bed_rings_once_and_is_shown() {
    let calling = crate::words::text(Language::En, crate::words::Text::Calling);
    let mut view = drawing(1);
    let mut app = signed_in(Language::En, vec![view.clone()], SIZE);
    assert!(update(&mut app, Message::Tick(100)).is_empty());
    assert!(!view::screens_tests::text(&app).contains(calling));
    for calls in [1, 2] {
        view.calls = calls;
        show(&mut app, snapshot(vec![view.clone()]));
        assert!(matches!(update(&mut app, Message::Tick(200))[..], [Effect::Ring]), "call {calls}");
        assert!(update(&mut app, Message::Tick(300)).is_empty(), "once");
        assert!(view::screens_tests::text(&app).contains(calling), "on the card");
    }
    type_text(&mut app, "1");
    assert!(view::screens_tests::text(&app).contains(calling), "at the bed");
}

#[test]
fn the_sound_is_paused_with_one_key_on_a_locked_screen_too_and_comes_back_with_the_same() {
    let mut view = drawing(1);
    view.alarms = vec![alarm(AlarmCode::LowFlow)];
    assert_eq!(acts(&type_text(&mut at_bed(view.clone()), "q")), [(1, 7, Act::PauseAudio)]);
    let mut app = locked(Language::En, vec![view.clone()], SIZE);
    let key = Message::Key(KeyCode::F(11));
    assert_eq!(acts(&update(&mut app, key.clone())), [(1, 7, Act::PauseAudio)]);
    view.audio_paused = Some(Span::from_secs(87));
    show(&mut app, snapshot(vec![view]));
    assert_eq!(acts(&update(&mut app, key)), [(1, 7, Act::ResumeAudio)]);
}

fn logged(number: u64) -> LoggedAlarm {
    let (bed, code) = (bed_id(1), AlarmCode::LowFlow);
    LoggedAlarm { number, bed, code, raised: Wall(0), acknowledged: None, ended: None, lasted: None }
}

fn page(app: &mut App, effects: &[Effect], alarms: Vec<LoggedAlarm>) {
    let re = sent(effects)[0].id.clone();
    let result = Ok(Answer::Alarms { alarms });
    update(app, Message::Reply(Box::new(Reply::Answer { v: VERSION, re, result })));
}

#[test]
fn the_alarm_history_is_turned_page_by_page_and_back() {
    let mut app = at_bed(drawing(1));
    let asked = |effects: &[Effect]| sent(effects)[0].op.clone();
    let effects = type_text(&mut app, "i");
    assert_eq!(asked(&effects), Op::Alarms { before: None });
    assert!(update(&mut app, Message::Key(KeyCode::PageDown)).is_empty(), "not before the answer");
    page(&mut app, &effects, (85..=100).rev().map(logged).collect());
    assert!(update(&mut app, Message::Key(KeyCode::PageUp)).is_empty(), "nothing is newer");
    let effects = update(&mut app, Message::Key(KeyCode::PageDown));
    assert_eq!(asked(&effects), Op::Alarms { before: Some(85) });
    page(&mut app, &effects, vec![logged(84)]);
    assert!(update(&mut app, Message::Key(KeyCode::PageDown)).is_empty(), "a short page is the last");
    assert_eq!(asked(&update(&mut app, Message::Key(KeyCode::PageUp))), Op::Alarms { before: None });
    update(&mut app, Message::Key(KeyCode::Esc));
    assert!(matches!(app.screen, Screen::Bed(_)));
}

#[test]
fn touching_a_card_opens_its_bed_and_touching_a_hint_is_its_key() {
    let mut app = signed_in(Language::En, vec![idle(1), drawing(2)], SIZE);
    update(&mut app, Message::Click(Position::new(60, 5)));
    assert!(matches!(app.screen, Screen::Bed(b) if b == bed_id(2)));
    let line = crate::view::screens_tests::text(&app).lines().nth(22).unwrap().to_owned();
    let at = u16::try_from(line.find("pause").unwrap()).unwrap();
    let effects = update(&mut app, Message::Click(Position::new(at, 22)));
    assert_eq!(acts(&effects), [(2, 7, Act::Pause)]);
}

#[test]
fn requests_waiting_are_bounded() {
    let mut app = at_bed(drawing(1));
    for _ in 0..100 {
        type_text(&mut app, "p");
    }
    assert_eq!(app.pending.len(), crate::app::MAX_PENDING);
}

/// Procedure 8.5: class and severity out of lists, the rest in a form whose fields may stay empty.
#[test]
fn a_reaction_is_told_with_what_was_measured_and_done() {
    let mut app = at_bed(drawing(1));
    let effects = type_text(&mut app, "x2\n2\n2\n48\n85/50\n2\n1\npale\n");
    let reaction = Reaction {
        national: Some(NationalGrade::Moderate),
        pulse: Some(48),
        pressure: Some((85, 50)),
        treatment: Some(Treatment::LaidFlat),
        outcome: Some(ReactionOutcome::Recovered),
        note: "pale".to_owned(),
        ..Reaction::new(ReactionClass::Vasovagal, 2)
    };
    assert_eq!(acts(&effects), [(1, 7, Act::Reaction(reaction))]);
    let mut app = at_bed(drawing(1));
    let effects = type_text(&mut app, "x1\n1\n\n\n\n\n\n\n");
    assert_eq!(acts(&effects), [(1, 7, Act::Reaction(Reaction::new(ReactionClass::Local, 1)))]);
    let mut app = at_bed(drawing(1));
    assert!(type_text(&mut app, "x1\n1\n9\n\n\n\n\n\n").is_empty(), "there is no ninth grade");
    match &app.screen {
        Screen::Form { form, .. } => assert!(form.complaint.is_some()),
        other => panic!("{other:?}"),
    }
}

/// Procedure 8.7: every step by hand is reached with one key, whatever the bed asks.
#[test]
fn steps_by_hand_are_reached_from_any_prompt() {
    let mut app = at_bed(drawing(1));
    assert!(type_text(&mut app, "y4\n").is_empty());
    assert!(matches!(app.screen, Screen::Form { purpose: Purpose::ByHand(HandStep::Sealed), .. }));
    let effects = type_text(&mut app, "clips\nno power\n");
    let (tool, note) = ("clips".to_owned(), "no power".to_owned());
    assert_eq!(acts(&effects), [(1, 7, Act::ByHand { step: HandStep::Sealed, tool, note })]);
}

/// Procedure 7.10: other programmes are offered where the station offers them, and nowhere else.
#[test]
fn another_programme_is_chosen_where_it_is_offered() {
    let mut view = bed(1, PhaseName::Venipuncture, Prompt::InsertNeedle, 3);
    view.programmes_ml = vec![200, 300];
    let mut app = at_bed(view);
    assert_eq!(acts(&type_text(&mut app, "g2\n")), [(1, 7, Act::ChangeProgramme { ml: 300 })]);
    let mut app = at_bed(drawing(1));
    assert!(type_text(&mut app, "g\n").is_empty());
}

/// Answers the look that was sent, as the daemon does once it is journaled.
fn looked(app: &mut App, effects: &[Effect]) {
    let requests = sent(effects);
    let [request] = requests[..] else { panic!("{effects:?}") };
    let look = Op::Look { sight: Sight::Donor(bed_id(1)), why: LookWhy::Care, who: None };
    assert_eq!(request.op, look);
    let person = PersonView {
        name: "王小明".to_owned(),
        number: "110101199001011237".to_owned(),
        birth: "19900101".to_owned(),
    };
    let id = request.id.clone();
    answer(app, &id, Ok(Answer::Person(person)));
}

/// Procedure 10.3: a whole name is asked for with a reason, and is gone after half a minute, with another screen, another donor or the person who
/// looked.
#[test]
fn a_whole_name_is_shown_for_a_reason_and_for_a_short_time() {
    let shown = |app: &App| app.whole_name.as_ref().map(|name| name.line(app.now_ms));
    let look = || {
        let mut app = at_bed(drawing(1));
        update(&mut app, Message::Tick(1_000));
        let effects = type_text(&mut app, "f2\n");
        assert_eq!(shown(&app), None, "not before the answer");
        looked(&mut app, &effects);
        app
    };
    let mut app = look();
    assert_eq!(shown(&app).as_deref(), Some("王小明  110101199001011237  19900101  30 s"));
    update(&mut app, Message::Tick(30_999));
    assert!(shown(&app).is_some_and(|line| line.ends_with("  1 s")));
    update(&mut app, Message::Tick(31_000));
    assert_eq!(shown(&app), None);
    let mut app = look();
    update(&mut app, Message::Key(KeyCode::Esc));
    type_text(&mut app, "1");
    assert_eq!(shown(&app), None, "the bed was left");
    let mut app = look();
    let mut other = drawing(1);
    other.donation = None;
    show(&mut app, snapshot(vec![other]));
    assert_eq!(shown(&app), None, "another donor");
    let mut app = look();
    update(&mut app, Message::Lost(LostWhy::Closed));
    assert_eq!(shown(&app), None);
    let mut app = at_bed(idle(1));
    assert!(type_text(&mut app, "f").is_empty() && matches!(app.screen, Screen::Bed(_)), "nobody lies there");
}

/// The fields of a sign-in as they are shown, and which one is typed.
fn sign_in_fields(app: &App) -> Vec<(String, bool)> {
    match &app.screen {
        Screen::SignIn { form, .. } => form.shown().map(|(_, text, here)| (text, here)).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn after_a_wrong_pin_backspace_goes_back_to_the_staff_number() {
    let mut app = locked(Language::En, vec![idle(1)], SIZE);
    let id = sent(&type_text(&mut app, "1011\n2468\n"))[0].id.clone();
    answer(&mut app, &id, Err(refused(ErrorCode::Denied, None)));
    assert_eq!(sign_in_fields(&app), [("1011".to_owned(), false), (String::new(), true)]);
    for _ in 0..3 {
        update(&mut app, Message::Key(KeyCode::Backspace));
    }
    assert_eq!(sign_in_fields(&app), [("10".to_owned(), true), (String::new(), false)]);
    let effects = type_text(&mut app, "01\n2468\n");
    assert!(
        matches!(&sent(&effects)[0].op, Op::SignIn(who) if who.operator == operator("1001")),
        "{effects:?}"
    );
}

/// Procedure 1.2: where the badge is needed a typed number is given up, and the badge fills it in.
#[test]
fn a_typed_number_that_needs_its_badge_waits_for_it() {
    let mut app = locked(Language::En, vec![idle(1)], SIZE);
    let id = sent(&type_text(&mut app, "1001\n2468\n"))[0].id.clone();
    answer(&mut app, &id, Err(refused(ErrorCode::BadgeFirst, None)));
    assert_eq!(sign_in_fields(&app), [(String::new(), true), (String::new(), false)]);
    let mut scanned = snapshot(vec![idle(1)]);
    scanned.badge = Some((bed_id(1), operator("1001")));
    show(&mut app, scanned);
    assert_eq!(sign_in_fields(&app), [("1001".to_owned(), false), (String::new(), true)]);
}

/// Procedure 3.11: the second reading is unseen by whoever made the first.
#[test]
fn backspace_leads_nobody_back_to_the_reading_that_stays_unseen() {
    let scan = Prompt::Scan { wanted: ScanWanted::Form, again: false };
    let mut app = at_bed(bed(1, PhaseName::Label, scan, 1));
    type_text(&mut app, "tA99992612345\n");
    update(&mut app, Message::Key(KeyCode::Backspace));
    let Screen::Form { form, .. } = &app.screen else { panic!("{:?}", app.screen) };
    assert_eq!(form.kind(), Some(crate::form::FieldKind::LabelAgain));
}

#[test]
fn what_is_half_typed_is_still_there_after_the_keys_and_the_companions_pages() {
    let pages =
        || Message::Pages(vec![Page { title: "tricks".to_owned(), lines: vec!["a bump".to_owned()] }]);
    let mut app = locked(Language::En, vec![idle(1)], SIZE);
    type_text(&mut app, "1001\n24");
    let typed = [("1001".to_owned(), false), ("••".to_owned(), true)];
    update(&mut app, pages());
    update(&mut app, Message::Key(KeyCode::F(1)));
    assert!(matches!(app.screen, Screen::Help(_)));
    update(&mut app, Message::Key(KeyCode::Esc));
    assert_eq!(sign_in_fields(&app), typed);
    update(&mut app, pages());
    update(&mut app, Message::Key(KeyCode::Enter));
    assert_eq!(sign_in_fields(&app), typed, "also after a trick was chosen");

    let scan = Prompt::Scan { wanted: ScanWanted::Form, again: false };
    let mut app = at_bed(bed(1, PhaseName::Label, scan, 1));
    type_text(&mut app, "tA9999");
    update(&mut app, Message::Key(KeyCode::F(1)));
    update(&mut app, Message::Key(KeyCode::Esc));
    let Screen::Form { form, .. } = &app.screen else { panic!("{:?}", app.screen) };
    assert_eq!(form.text(crate::form::FieldKind::Label), "A9999");
}

#[test]
fn whoever_is_signed_in_meanwhile_comes_back_to_the_beds() {
    let mut app = locked(Language::En, vec![idle(1)], SIZE);
    let id = sent(&type_text(&mut app, "1001\n2468\n"))[0].id.clone();
    update(&mut app, Message::Key(KeyCode::F(1)));
    let (operator, role) = (operator("1001"), station::procedure::event::Role::Nurse);
    answer(&mut app, &id, Ok(Answer::SignedIn { operator, role }));
    update(&mut app, Message::Key(KeyCode::Esc));
    assert!(matches!(app.screen, Screen::Overview));
}

#[test]
fn after_a_wrong_pin_of_the_second_person_a_typed_label_is_not_typed_again() {
    let scan = Prompt::Scan { wanted: ScanWanted::Form, again: false };
    let mut app = at_bed(bed(1, PhaseName::Label, scan, 1));
    let label = "A99992612345";
    let din = station::ident::Din::new("A999926123456").unwrap();
    let typed = format!("{din}{}", din.check_character());
    assert!(typed.starts_with(label));
    let id = sent(&type_text(&mut app, &format!("t{typed}\n{typed}\n1002\n1111\n")))[0].id.clone();
    assert!(type_text(&mut app, "\n").is_empty(), "the first answer is waited for");
    answer(&mut app, &id, Err(refused(ErrorCode::Denied, None)));
    let effects = type_text(&mut app, "2468\n");
    let Op::TypedLabel { text, second, .. } = &sent(&effects)[0].op else { panic!("{effects:?}") };
    assert_eq!((text.as_str(), second.pin.as_str()), (typed.as_str(), "2468"));
    let id = sent(&effects)[0].id.clone();
    answer(&mut app, &id, Ok(Answer::Done));
    assert!(matches!(app.screen, Screen::Bed(_)), "stored: the form is done");
}

#[test]
fn enter_leaves_no_field_empty_and_a_badge_fills_in_the_number_that_is_missing() {
    let mut app = locked(Language::En, vec![idle(1)], SIZE);
    type_text(&mut app, "\n");
    assert_eq!(sign_in_fields(&app), [(String::new(), true), (String::new(), false)], "not on to the PIN");
    update(&mut app, Message::Key(KeyCode::Tab));
    type_text(&mut app, "24\n");
    assert_eq!(
        sign_in_fields(&app),
        [(String::new(), true), ("••".to_owned(), false)],
        "back to what is missing"
    );
    update(&mut app, Message::Key(KeyCode::Tab));
    let mut scanned = snapshot(vec![idle(1)]);
    scanned.badge = Some((bed_id(1), operator("1001")));
    show(&mut app, scanned);
    assert_eq!(sign_in_fields(&app), [("1001".to_owned(), false), ("••".to_owned(), true)]);
}

/// Procedure 8.5: whoever has told a reaction reads that it is stored, until the next act at that bed.
#[test]
fn a_reaction_at_the_bed_says_that_it_is_stored() {
    let mut app = at_bed(drawing(1));
    let id = sent(&type_text(&mut app, "x2\n2\n\n\n\n\n\n\n"))[0].id.clone();
    answer(&mut app, &id, Ok(Answer::Done));
    assert!(
        view::screens_tests::text(&app).contains("stored for donation 41"),
        "{}",
        view::screens_tests::text(&app)
    );
    type_text(&mut app, "e\n");
    assert!(!view::screens_tests::text(&app).contains("stored for donation 41"));
}
