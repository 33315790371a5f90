//! Whole screens, both languages, small and large, as text; and the rule of the one key in brackets.

use super::*;
use crate::app::{App, Effect};
use crate::companion::{Offer, Page};
use crate::fixtures::{alarm, bed, drawing, idle, locked, operator, show, signed_in, snapshot, type_text};
use crate::lost::LostWhy;
use crate::update::{Message, update};
use crate::words::Language;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use station::api::look::PersonView;
use station::api::prompt::{Prompt, ScanWanted};
use station::api::{
    Answer, ApiError, BedView, ClimateState, ClimateView, DeviceHealth, ErrorCode, LoggedAlarm, Noted,
    OutstandingView, Reply, VERSION,
};
use station::device::Fault;
use station::ident::{BedId, Din};
use station::measure::{MilliCelsius, Span, Wall};
use station::procedure::alarm::AlarmCode;
use station::procedure::eligibility::NotEligible;
use station::procedure::phase::PhaseName;
use station::procedure::refusal::Refusal;

const SIZES: [(u16, u16); 2] = [(80, 24), (120, 40)];
const LANGUAGES: [Language; 2] = [Language::Zh, Language::En];

/// The screen as text; the second column of a wide character is left out.
pub(crate) fn text(app: &App) -> String {
    let mut terminal = Terminal::new(TestBackend::new(app.area.width, app.area.height)).unwrap();
    terminal.draw(|frame| render(frame, frame.area(), app)).unwrap();
    let buffer = terminal.backend().buffer();
    let mut out = String::new();
    for y in 0..app.area.height {
        let mut skip = 0;
        let mut line = String::new();
        for x in 0..app.area.width {
            if skip > 0 {
                skip -= 1;
                continue;
            }
            let symbol = buffer[(x, y)].symbol();
            skip = unicode_width::UnicodeWidthStr::width(symbol).saturating_sub(1);
            line.push_str(symbol);
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// Pins one screen in both languages and sizes.
fn pin(name: &str, make: impl Fn(Language, (u16, u16)) -> App) {
    for language in LANGUAGES {
        for size in SIZES {
            let app = make(language, size);
            let name = format!("{name}_{language:?}_{}x{}", size.0, size.1).to_lowercase();
            insta::assert_snapshot!(name, text(&app));
        }
    }
}

fn at_bed(language: Language, size: (u16, u16), view: BedView) -> App {
    let mut app = signed_in(language, vec![view, idle(2)], size);
    type_text(&mut app, "1");
    app
}

fn in_trouble() -> BedView {
    let mut view = drawing(1);
    view.sure = false;
    view.alarms =
        vec![alarm(AlarmCode::LabelMismatch), alarm(AlarmCode::LowFlow), alarm(AlarmCode::NotForPlatelets)];
    view.alarms[1].acknowledged = true;
    view.audio_paused = Some(station::measure::Span::from_secs(87));
    view.refused = Some(Refusal::DinMismatch {
        expected: Din::new("A999926123456").unwrap(),
        found: Din::new("A999926123457").unwrap(),
    });
    view.devices[3].health = DeviceHealth::Faulted(Fault::Stalled);
    view
}

#[test]
fn sign_in() {
    pin("sign_in", |language, size| {
        let mut app = locked(language, vec![drawing(1), idle(2)], size);
        type_text(&mut app, "1001\n24");
        app
    });
}

#[test]
fn overview() {
    pin("overview", |language, size| {
        let mut beds = vec![idle(1), drawing(2), in_trouble()];
        beds[2].bed = crate::fixtures::bed_id(3);
        beds.extend([4, 5, 6, 7].map(|n| bed(n, PhaseName::Label, Prompt::LookAtBag, 1)));
        beds.push(bed(8, PhaseName::Seal, Prompt::Seal, 8));
        signed_in(language, beds, size)
    });
}

#[test]
fn bed_free() {
    pin("bed_free", |language, size| at_bed(language, size, idle(1)));
}

#[test]
fn bed_drawing() {
    pin("bed_drawing", |language, size| at_bed(language, size, drawing(1)));
}

#[test]
fn alarm_history() {
    pin("alarm_history", |language, size| {
        let mut app = signed_in(language, vec![drawing(1), idle(2)], size);
        let effects = type_text(&mut app, "i");
        let Some(Effect::Send(request)) = effects.first() else { panic!("it asks for a page") };
        let raised = Wall(1_795_332_202_000);
        let of = |number, code| LoggedAlarm {
            number,
            bed: BedId::new(2).unwrap(),
            code,
            raised,
            acknowledged: None,
            ended: None,
            lasted: None,
        };
        let by = Noted { by: operator("1001"), at: Wall(raised.0 + 61_000) };
        let lasted = Some(Span::from_secs(245));
        let alarms = vec![
            of(4, AlarmCode::HelpCalled),
            LoggedAlarm { ended: Some(by.at), lasted, ..of(3, AlarmCode::NotForPlasma) },
            LoggedAlarm {
                ended: Some(by.at),
                lasted,
                acknowledged: Some(by.clone()),
                ..of(2, AlarmCode::FlowAfterClamp)
            },
            LoggedAlarm { ended: Some(by.at), acknowledged: Some(by), ..of(1, AlarmCode::NoFlow) },
        ];
        let re = request.id.clone();
        let answer = Reply::Answer { v: VERSION, re, result: Ok(Answer::Alarms { alarms }) };
        update(&mut app, Message::Reply(Box::new(answer)));
        app
    });
}

#[test]
fn bed_in_trouble() {
    pin("bed_in_trouble", |language, size| at_bed(language, size, in_trouble()));
}

#[test]
fn bed_arm() {
    let view = || bed(1, PhaseName::Venipuncture, Prompt::PrepareArm, 2);
    pin("bed_arm", |language, size| at_bed(language, size, view()));
}

#[test]
fn question_before_the_seal() {
    pin("confirm", |language, size| {
        let mut app = at_bed(language, size, bed(1, PhaseName::Seal, Prompt::Seal, 8));
        type_text(&mut app, "\n");
        app
    });
}

#[test]
fn abort_choice() {
    pin("choose", |language, size| {
        let mut app = at_bed(language, size, drawing(1));
        type_text(&mut app, "a3");
        app
    });
}

#[test]
fn second_person() {
    pin("second", |language, size| {
        let mut app = at_bed(language, size, bed(1, PhaseName::Identify, Prompt::ReadForm, 0));
        type_text(&mut app, "\n1\n1\n140\n400\n1\n");
        let id = app.pending[0].request.id.clone();
        let error = ApiError {
            code: ErrorCode::Refused,
            text: "refused".to_owned(),
            refusal: Some(Refusal::SecondPersonNeeded),
        };
        update(&mut app, Message::Reply(Box::new(Reply::Answer { v: 1, re: id, result: Err(error) })));
        type_text(&mut app, "1001\n1357\n");
        app
    });
}

#[test]
fn typed_identity() {
    pin("identity", |language, size| {
        let mut app = at_bed(language, size, idle(1));
        type_text(&mut app, "t王小明\n110101199001011237\n1990");
        app
    });
}

#[test]
fn donor_form() {
    pin("donor_form", |language, size| {
        let mut app = at_bed(language, size, bed(1, PhaseName::Identify, Prompt::ReadForm, 0));
        type_text(&mut app, "\n1\n1\n140\n");
        app
    });
}

#[test]
fn not_eligible() {
    let why = NotEligible::ListTooOld { age_h: 30, max_h: 24 };
    pin("not_eligible", |language, size| {
        at_bed(language, size, bed(1, PhaseName::Identify, Prompt::NotEligible(why), 0))
    });
}

#[test]
fn typed_label() {
    pin("label", |language, size| {
        let scan = Prompt::Scan { wanted: ScanWanted::Bag, again: false };
        let mut app = at_bed(language, size, bed(1, PhaseName::Label, scan, 1));
        type_text(&mut app, "tA999926123456\nA9999");
        app
    });
}

#[test]
fn help_and_lost() {
    pin("help", |language, size| {
        let mut app = at_bed(language, size, drawing(1));
        update(&mut app, Message::Key(KeyCode::F(1)));
        app
    });
    pin("lost", |language, size| {
        let mut app = at_bed(language, size, drawing(1));
        update(&mut app, Message::Lost(LostWhy::Silent));
        app
    });
}

/// A companion's pages, opened.
fn accompanied(language: Language, size: (u16, u16)) -> App {
    let mut app = at_bed(language, size, drawing(1));
    update(&mut app, Message::Offer(None));
    assert_eq!(update(&mut app, Message::Key(KeyCode::F(3))), [Effect::OpenCompanion]);
    let page = |title: &str, lines: Vec<String>| Page { title: title.to_owned(), lines };
    let long = "6.8 Pause closes the clamp; the mixer goes on. ".repeat(4);
    let tricks = (1..=40).map(|n| format!("trick {n}")).collect();
    update(
        &mut app,
        Message::Pages(vec![page("What may happen", tricks), page("Procedure", vec![long; 12])]),
    );
    app
}

#[test]
fn a_companions_pages_keep_the_marked_line_in_sight() {
    pin("companion", |language, size| {
        let mut app = accompanied(language, size);
        update(&mut app, Message::Key(KeyCode::Down));
        app
    });
    for size in SIZES {
        let mut app = accompanied(Language::En, size);
        for _ in 0..39 {
            update(&mut app, Message::Key(KeyCode::Down));
        }
        assert!(text(&app).contains("trick 40") && !text(&app).contains("trick 1\n"), "{}", text(&app));
        assert_eq!(
            update(&mut app, Message::Key(KeyCode::Enter)),
            [Effect::ChooseCompanion { page: 0, line: 39 }]
        );
        assert!(matches!(app.screen, crate::app::Screen::Bed(_)));
    }
}

#[test]
fn a_companions_pages_change_their_language_where_they_are() {
    let mut app = accompanied(Language::En, (80, 24));
    for key in [KeyCode::Right, KeyCode::Down, KeyCode::Down] {
        update(&mut app, Message::Key(key));
    }
    assert_eq!(update(&mut app, Message::Key(KeyCode::F(9))), [Effect::OpenCompanion]);
    let page = |title: &str, lines| Page { title: title.to_owned(), lines };
    let lines = (1..=12).map(|n| format!("第 {n} 句")).collect();
    update(
        &mut app,
        Message::Pages(vec![page("可以发生的事", vec!["碰一下".to_owned()]), page("操作规程", lines)]),
    );
    let screen = text(&app);
    assert!(screen.contains("第 3 句") && !screen.contains("Pause"), "{screen}");
    let effects = update(&mut app, Message::Key(KeyCode::Enter));
    assert_eq!(effects, [Effect::ChooseCompanion { page: 1, line: 2 }]);
}

/// Every answer to every prompt stands on the smallest screen, with a companion's offer beside it.
#[test]
fn every_answer_is_in_sight_on_the_smallest_screen() {
    use crate::view::footer::label;
    for language in LANGUAGES {
        for prompt in crate::words::tests::prompts() {
            let phase = if prompt == Prompt::Identify { PhaseName::Idle } else { PhaseName::Label };
            let view = bed(1, phase, prompt.clone(), 1);
            let choices = crate::choices::at_bed(&view, true);
            let headline = crate::words::headline(language, &prompt, None);
            let mut app = at_bed(language, (80, 24), view);
            update(&mut app, Message::Offer(Some(Offer::Press("x".repeat(30)))));
            let shown = text(&app);
            assert!(shown.contains(&headline), "{headline}\n{shown}");
            for choice in &choices.others {
                let (_, words) = super::now::spoken(&app, choice);
                let whole = format!("{} {words}", label(choice.key));
                assert!(shown.contains(&whole), "{language:?} {prompt:?}: {whole}\n{shown}");
            }
        }
    }
}

/// An item or a tube that is to be scanned is named as the site names it, at the bed and on its card, for the first scan and the second.
#[test]
fn what_is_to_be_scanned_is_called_by_its_name() {
    for (wanted, name, words) in [
        (ScanWanted::Item(1), "transfer bag", ["“transfer bag”条码", "the label on \"transfer bag\""]),
        (ScanWanted::Tube(2), "NAT", ["第 2 标本管（NAT）条码", "the label on tube 2, NAT"]),
    ] {
        for (language, words) in LANGUAGES.into_iter().zip(words) {
            for again in [false, true] {
                let mut view = bed(1, PhaseName::Label, Prompt::Scan { wanted, again }, 1);
                view.outstanding = vec![OutstandingView { wanted, name: Some(name.to_owned()) }];
                let shown = text(&at_bed(language, (80, 24), view.clone()));
                assert!(shown.contains(words), "{words}\n{shown}");
                let shown = text(&signed_in(language, vec![view, idle(2)], (80, 24)));
                assert!(shown.contains(name), "{name}\n{shown}");
            }
        }
    }
}

/// Every key in brackets on the screen.
fn brackets(app: &App) -> Vec<String> {
    let text = text(app);
    text.split('[').skip(1).filter_map(|rest| rest.split_once(']')).map(|(key, _)| key.to_owned()).collect()
}

#[test]
fn at_most_one_key_is_in_brackets_and_a_companion_takes_it() {
    let prompts = [
        Prompt::PrepareArm,
        Prompt::InspectSeal,
        Prompt::Segments { count: 5, length_cm: 35 },
        Prompt::WaitDraw,
        Prompt::Scan { wanted: ScanWanted::Tube(1), again: true },
    ];
    let expected: [&[&str]; 5] = [&["L"], &["Enter"], &["Enter"], &[], &[]];
    for language in LANGUAGES {
        for (prompt, expected) in prompts.iter().zip(expected) {
            let mut app = at_bed(language, (80, 24), bed(1, PhaseName::Label, prompt.clone(), 1));
            assert_eq!(brackets(&app), expected, "{prompt:?}");
            update(&mut app, Message::Offer(Some(Offer::Press("scan the label".to_owned()))));
            assert_eq!(brackets(&app), ["F2"], "{prompt:?}");
        }
    }
}

#[test]
fn the_demonstrations_pin_is_a_hint_and_then_enter_signs_in() {
    let mut app = locked(Language::En, vec![idle(1)], (80, 24));
    type_text(&mut app, "1001\n");
    update(&mut app, Message::Offer(Some(Offer::Type("2468".to_owned()))));
    assert!(text(&app).contains("PIN: 2468") && brackets(&app).is_empty(), "{}", text(&app));
    type_text(&mut app, "2468");
    update(&mut app, Message::Offer(None));
    assert_eq!(brackets(&app), ["Enter"]);
}

#[test]
fn the_mode_is_on_every_screen_with_a_picture() {
    for make in [
        (|| locked(Language::Zh, vec![idle(1)], (80, 24))) as fn() -> App,
        || signed_in(Language::Zh, vec![idle(1)], (80, 24)),
        || at_bed(Language::Zh, (80, 24), drawing(1)),
        || {
            let mut app = at_bed(Language::Zh, (80, 24), drawing(1));
            update(&mut app, Message::Key(KeyCode::F(1)));
            app
        },
    ] {
        assert!(text(&make()).contains("模拟模式 非真实采血"));
    }
}

#[test]
fn while_an_answer_is_under_way_no_key_is_offered() {
    let mut app = at_bed(Language::En, (80, 24), bed(1, PhaseName::Label, Prompt::LookAtBag, 1));
    assert_eq!(brackets(&app), ["Enter"]);
    type_text(&mut app, "\n");
    assert!(brackets(&app).is_empty());
    let mut moved = bed(1, PhaseName::Prepare, Prompt::PlaceBag, 2);
    moved.rev = 8;
    let id = app.pending[0].request.id.clone();
    let done = station::api::Reply::Answer { v: 1, re: id, result: Ok(station::api::Answer::Done) };
    update(&mut app, Message::Reply(Box::new(done)));
    show(&mut app, snapshot(vec![moved]));
    assert_eq!(brackets(&app), ["Enter"]);
}

#[test]
fn any_size_can_be_drawn() {
    for width in (1..140).step_by(7) {
        for height in (1..50).step_by(3) {
            let mut app = at_bed(Language::Zh, (width, height), in_trouble());
            assert!(!text(&app).is_empty());
            type_text(&mut app, "a");
            assert!(!text(&app).is_empty());
        }
    }
}

/// A morning with a bit of everything, and a few open items.
fn morning() -> station::api::shift::ShiftView {
    use station::api::shift::{ClosedGate, OpenView, ScaleView, SecondView, ShiftPrompt, ShiftView};
    use station::ident::{DonationId, OperatorId, SiteCode};
    use station::measure::{Milligrams, Wall};
    use station::procedure::CheckKind;
    use station::procedure::event::{Act, HandStep};
    use station::shift::WaitingCheck;
    use station::shift::deviation::{Deviation, DeviationKind, Source};
    use station::shift::event::Place;
    use station::shift::gates::{Gate, NoStart};
    use station::shift::lots::LotKind;
    use station::shift::scale::ScaleStep;
    let code = |text| SiteCode::new(text).unwrap();
    let place = Place { site: code("PLAZA"), vehicle: Some(code("BUS-07")), team: code("B"), group: None };
    let one = station::ident::BedId::new(1).unwrap();
    let by = OperatorId::new("1001").unwrap();
    let (since, opened) = (Wall(1_795_332_000_000), Wall(1_795_300_000_000));
    let step = Some(ScaleStep::Weight(200));
    let live = Some(Milligrams(199_960));
    let closed = [
        (Gate::ScaleCheck, Some(one), NoStart::ScaleUnchecked),
        (Gate::Lot(LotKind::Needle), None, NoStart::LotMissing(LotKind::Needle)),
    ];
    ShiftView {
        required: true,
        open: Some(OpenView { place, opened, people: vec![by.clone()] }),
        closed: closed.into_iter().map(|(gate, bed, why)| ClosedGate { gate, bed, why }).collect(),
        prompt: Some(ShiftPrompt::Weigh { bed: one, step: ScaleStep::Weight(200) }),
        scales: vec![ScaleView {
            bed: one,
            step,
            live,
            at_rest: true,
            day: None,
            points: None,
            passed: false,
        }],
        seconds: vec![SecondView {
            number: 1,
            bed: one,
            act: Act::ByHand {
                step: HandStep::Sealed,
                tool: "clips".to_owned(),
                note: "device failed".to_owned(),
            },
            by: by.clone(),
            left_s: 212,
        }],
        waiting: vec![WaitingCheck {
            number: 12,
            kind: CheckKind::ByHand,
            bed: one,
            donation: DonationId(40),
            by,
            since,
        }],
        waiting_count: 1,
        deviations: vec![Deviation {
            number: 13,
            kind: DeviationKind::Underweight,
            source: Source::Donation(DonationId(40)),
            opened,
            cleared: None,
        }],
        deviations_count: 1,
        ..ShiftView::default()
    }
}

fn thermometers() -> Vec<ClimateView> {
    let probe = |name: &str, value: i32, high: i32, state, alarming| ClimateView {
        name: name.to_owned(),
        value: Some(MilliCelsius(value)),
        low: MilliCelsius(2000),
        high: MilliCelsius(high),
        state,
        alarming,
        expired: name == "cooler",
    };
    vec![
        probe("fridge", 4062, 6000, ClimateState::Right, false),
        probe("box", 11_400, 10_000, ClimateState::Warm, true),
        probe("cooler", 3_000, 6000, ClimateState::Right, true),
    ]
}

fn on_the_page(language: Language, size: (u16, u16)) -> App {
    let mut app = signed_in(language, vec![idle(1), idle(2)], size);
    let mut shown = snapshot(vec![idle(1), idle(2)]);
    shown.shift = morning();
    shown.climate = thermometers();
    show(&mut app, shown);
    type_text(&mut app, "w");
    app
}

#[test]
fn shift_page() {
    pin("shift", on_the_page);
}

/// Procedure 1.5: the two people who confirm date and time see which.
#[test]
fn the_day_and_the_time_to_be_confirmed_are_shown() {
    for language in LANGUAGES {
        let mut app = signed_in(language, vec![idle(1)], (80, 24));
        let mut shown = snapshot(vec![idle(1)]);
        shown.shift.prompt = Some(station::api::shift::ShiftPrompt::ConfirmClock);
        show(&mut app, shown);
        type_text(&mut app, "w");
        assert!(text(&app).contains("2026-11-22 15:23"), "{}", text(&app));
        update(&mut app, Message::Key(KeyCode::Enter));
        assert!(text(&app).contains("2026-11-22 15:23"), "{}", text(&app));
    }
}

#[test]
fn shift_form() {
    pin("shift_form", |language, size| {
        let mut app = on_the_page(language, size);
        type_text(&mut app, "v");
        app
    });
}

/// Procedure 9.3: whoever has asked for a second person elsewhere sees that it is asked for, not that the act was refused.
#[test]
fn a_bed_says_that_a_second_person_is_asked_for_elsewhere() {
    let mut view = bed(1, PhaseName::Seal, Prompt::Seal, 8);
    view.refused = Some(Refusal::SecondPersonNeeded);
    let mut app = at_bed(Language::En, (80, 24), view.clone());
    assert!(text(&app).contains("Not accepted: a second person"), "{}", text(&app));
    let mut shown = snapshot(vec![view]);
    shown.shift.seconds = morning().seconds;
    shown.shift.seconds.truncate(1);
    shown.shift.seconds[0].bed = shown.beds[0].bed;
    show(&mut app, shown);
    let screen = text(&app);
    assert!(screen.contains("A second person may sign at any terminal (W)."), "{screen}");
    assert!(!screen.contains("Not accepted"), "{screen}");
}

/// The devices that find no room are counted, and one that was not heard of comes before those that are well.
#[test]
fn devices_that_find_no_room_are_counted() {
    let mut view = idle(1);
    view.devices[5].health = DeviceHealth::Unknown;
    for kind in [station::device::DeviceKind::IdReader, station::device::DeviceKind::Panel] {
        view.devices.push(station::api::DeviceView { kind, health: DeviceHealth::Online });
    }
    let screen = text(&at_bed(Language::En, (80, 24), view.clone()));
    assert!(screen.contains("? separator") && screen.contains("+4 more"), "{screen}");
    assert!(!text(&at_bed(Language::En, (120, 40), view)).contains("more"));
}

/// Procedure 1.7: the overview and a free bed say why no donation may begin and lead to the page where that is mended.
#[test]
fn a_free_bed_says_why_it_cannot_start() {
    let mut app = signed_in(Language::En, vec![idle(1), idle(2)], (80, 24));
    let mut shown = snapshot(vec![idle(1), idle(2)]);
    shown.shift = morning();
    show(&mut app, shown);
    for key in ["", "1"] {
        type_text(&mut app, key);
        let screen = text(&app);
        assert!(!screen.contains("ID card"), "no card of the overview asks for a donor: {screen}");
        assert!(screen.contains("No start: the scale was not checked today"), "{screen}");
        assert!(screen.contains("[W] shift"), "{screen}");
    }
    type_text(&mut app, "2");
    let screen = text(&app);
    assert!(screen.contains("No start: no package open: needles"), "{screen}");
}

/// The page after the donation: two rest, one unit's segments are open.
fn after_page(language: Language, size: (u16, u16)) -> App {
    use station::api::{OpenSegments, RestView};
    use station::ident::DonationId;
    let mut app = signed_in(language, vec![idle(1), idle(2)], size);
    let mut shown = snapshot(vec![idle(1), idle(2)]);
    let rest = |number, left| RestView {
        donation: DonationId(number),
        name: "王*".to_owned(),
        left: Span::from_secs(left),
    };
    shown.resting = vec![rest(1240, 92), rest(1244, 431)];
    let din = Din::new("A999926123456").ok();
    shown.segments_open = vec![OpenSegments { donation: DonationId(1238), din }];
    show(&mut app, shown);
    type_text(&mut app, "r");
    app
}

#[test]
fn after_the_donation() {
    pin("after", after_page);
    pin("after_reaction", |language, size| {
        let mut app = after_page(language, size);
        for _ in 0..3 {
            update(&mut app, Message::Key(KeyCode::Down));
        }
        type_text(&mut app, "x1287\n");
        app
    });
    pin("after_paper", |language, size| {
        let mut app = after_page(language, size);
        type_text(
            &mut app,
            "oA999926123456N\nA999926123457X\nA017\n202611221030\n400\n396\n2\n1\n1002\n13\n",
        );
        app
    });
}

#[test]
fn whole_name() {
    pin("whole_name", |language, size| {
        let mut app = at_bed(language, size, bed(1, PhaseName::Venipuncture, Prompt::AskAgain, 3));
        let effects = type_text(&mut app, "f1\n");
        let Some(Effect::Send(request)) = effects.first() else { panic!("it asks") };
        let (name, number) = ("王小明".to_owned(), "110101199001011237".to_owned());
        let person = PersonView { name, number, birth: "19900101".to_owned() };
        let answer = Reply::Answer { v: VERSION, re: request.id.clone(), result: Ok(Answer::Person(person)) };
        update(&mut app, Message::Reply(Box::new(answer)));
        app
    });
}
