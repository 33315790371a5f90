//! Keys.
//!
//! Owns: what each key does on each screen. Refuses: a key that acts and types at once: where letters are typed, the
//! protective acts are on function keys only. Holds no state.

use super::{acts, pages};
use crate::alarm_log::AlarmLog;
use crate::app::{App, Effect, Place, Purpose, Screen};
use crate::choices::{self, Intent, PROTECTIVE};
use crate::companion::Offer;
use crate::form::{FieldKind, Form};
use crate::menu::{Chosen, MAX_PROGRAMMES, Menu};
use crate::words;
use crossterm::event::KeyCode;
use station::api::{BedView, Op};
use station::ident::BedId;
use station::procedure::alarm::AlarmCode;
use station::procedure::event::Act;
use station::procedure::phase::PhaseName;

pub(super) fn press(app: &mut App, key: KeyCode) -> Vec<Effect> {
    let key = match key {
        KeyCode::Char(c) if !typing_letters(app) => KeyCode::Char(c.to_ascii_lowercase()),
        other => other,
    };
    if let Some(effects) = everywhere(app, key) {
        return effects;
    }
    match &app.screen {
        Screen::SignIn { .. } => in_sign_in(app, key),
        Screen::Form { .. } | Screen::PageForm { .. } => in_form(app, key),
        Screen::Shift(at) => pages::in_shift(app, *at, key),
        Screen::After(at) => pages::in_after(app, *at, key),
        Screen::Overview => in_overview(app, key),
        Screen::Bed(bed) => in_bed(app, *bed, key),
        Screen::Confirm { .. } => in_confirm(app, key),
        Screen::Choose { .. } => in_choice(app, key),
        Screen::Help(_) => {
            if matches!(key, KeyCode::Esc | KeyCode::Enter) {
                go_back(app);
            }
            Vec::new()
        }
        Screen::AlarmLog { .. } => in_alarm_log(app, key),
        Screen::Companion { .. } => in_companion(app, key),
        Screen::Lost { .. } => Vec::new(),
    }
}

/// From a page back to where it was opened, to what was typed there, too.
fn go_back(app: &mut App) {
    let place = app.place();
    let kept = *app.screen.kept();
    let signs_in = matches!(kept, Screen::SignIn { .. });
    app.screen = match (&app.who, signs_in) {
        (Some(_), true) => Screen::of(place),
        (None, false) => Screen::SignIn { form: Form::sign_in(), then: place },
        (Some(_), false) | (None, true) => kept,
    };
}

fn in_alarm_log(app: &mut App, key: KeyCode) -> Vec<Effect> {
    let Screen::AlarmLog { log, .. } = &mut app.screen else { return Vec::new() };
    let moved = match key {
        KeyCode::Down | KeyCode::PageDown => log.older(),
        KeyCode::Up | KeyCode::PageUp => log.newer(),
        KeyCode::Esc => {
            go_back(app);
            return Vec::new();
        }
        _ => false,
    };
    let op = log.op();
    if moved { app.ask(op, None, None) } else { Vec::new() }
}

fn open_alarm_log(app: &mut App) -> Vec<Effect> {
    if app.who.is_none() {
        return Vec::new();
    }
    let log = AlarmLog::new();
    let op = log.op();
    app.screen = Screen::AlarmLog { log, back: app.place() };
    app.ask(op, None, None)
}

/// How far page-up and page-down go, lines.
const PAGE: usize = 8;

fn in_companion(app: &mut App, key: KeyCode) -> Vec<Effect> {
    let Screen::Companion { pages, page, line, .. } = &mut app.screen else { return Vec::new() };
    let last = pages.get(*page).map_or(0, |page| page.lines.len().saturating_sub(1));
    match key {
        KeyCode::Left | KeyCode::Right | KeyCode::Tab => {
            let by = if key == KeyCode::Left { pages.len() - 1 } else { 1 };
            *page = (*page + by) % pages.len();
            *line = 0;
        }
        KeyCode::Up => *line = line.saturating_sub(1),
        KeyCode::Down => *line = (*line + 1).min(last),
        KeyCode::PageUp => *line = line.saturating_sub(PAGE),
        KeyCode::PageDown => *line = (*line + PAGE).min(last),
        KeyCode::Enter => {
            let effect = Effect::ChooseCompanion { page: *page, line: *line };
            go_back(app);
            return vec![effect];
        }
        KeyCode::Esc | KeyCode::F(3) => go_back(app),
        _ => {}
    }
    Vec::new()
}

/// Whether letters are text here.
pub(super) fn typing_letters(app: &App) -> bool {
    match &app.screen {
        Screen::SignIn { form, .. } | Screen::Form { form, .. } | Screen::PageForm { form, .. } => {
            form.kind().is_some_and(FieldKind::takes_letters)
        }
        Screen::Overview
        | Screen::Bed(_)
        | Screen::Confirm { .. }
        | Screen::Choose { .. }
        | Screen::Shift(_)
        | Screen::After(_)
        | Screen::Help(_)
        | Screen::AlarmLog { .. }
        | Screen::Companion { .. }
        | Screen::Lost { .. } => false,
    }
}

/// Keys that mean the same on every screen.
fn everywhere(app: &mut App, key: KeyCode) -> Option<Vec<Effect>> {
    let letters = !typing_letters(app);
    for (letter, function, act) in &PROTECTIVE {
        if key == KeyCode::F(*function) || (letters && key == KeyCode::Char(*letter)) {
            return Some(app.here().map_or_else(Vec::new, |bed| acts::protect(app, bed, act)));
        }
    }
    match key {
        KeyCode::F(1) if !matches!(app.screen, Screen::Lost { .. }) => {
            app.screen = Screen::Help(app.screen.kept());
            Some(Vec::new())
        }
        KeyCode::F(2) => Some(match app.offer {
            Some(Offer::Press(_)) => vec![Effect::PressCompanion],
            Some(Offer::Type(_)) | None => Vec::new(),
        }),
        KeyCode::F(3) if app.accompanied && !matches!(app.screen, Screen::Companion { .. }) => {
            Some(vec![Effect::OpenCompanion])
        }
        KeyCode::F(9) => {
            app.language = words::other(app.language);
            // Its pages are in the companion's words: they are asked for again.
            let pages = matches!(app.screen, Screen::Companion { .. });
            Some(if pages { vec![Effect::OpenCompanion] } else { Vec::new() })
        }
        KeyCode::F(11) => Some(app.here().map_or_else(Vec::new, |bed| silence(app, bed))),
        KeyCode::F(10) if app.who.is_some() => Some(app.ask(Op::SignOut, None, None)),
        _ => None,
    }
}

fn in_sign_in(app: &mut App, key: KeyCode) -> Vec<Effect> {
    match key {
        KeyCode::Left | KeyCode::Right => {
            select(app, key);
            Vec::new()
        }
        _ => in_form(app, key),
    }
}

fn in_form(app: &mut App, key: KeyCode) -> Vec<Effect> {
    if let (KeyCode::Char('w'), Screen::Form { bed, purpose: Purpose::Second(sendable), .. }) =
        (key, &app.screen)
    {
        let (bed, act) = (*bed, sendable.act().clone());
        return acts::ask_elsewhere(app, bed, act);
    }
    let place = app.place();
    let (Screen::SignIn { form, .. } | Screen::Form { form, .. } | Screen::PageForm { form, .. }) =
        &mut app.screen
    else {
        return Vec::new();
    };
    match key {
        KeyCode::Char(c) => form.type_char(c),
        KeyCode::Backspace => form.backspace(),
        KeyCode::Up | KeyCode::BackTab => form.previous(),
        KeyCode::Down | KeyCode::Tab => form.next(),
        KeyCode::Enter if form.is_ready() => return acts::submit(app),
        KeyCode::Enter => form.forward(),
        KeyCode::Esc if app.who.is_some() => app.go(place),
        KeyCode::Esc => *form = Form::sign_in(),
        _ => {}
    }
    Vec::new()
}

/// Marks another bed: left and right by one, up and down by a row of cards.
fn select(app: &mut App, key: KeyCode) {
    let Some(snapshot) = &app.snapshot else { return };
    let count = snapshot.beds.len();
    let Some(at) = snapshot.beds.iter().position(|b| Some(b.bed) == app.selected) else { return };
    let row = crate::view::layout::columns(app.area, count);
    let to = match key {
        KeyCode::Left => at.saturating_sub(1),
        KeyCode::Up => at.checked_sub(row).unwrap_or(at),
        KeyCode::Right => (at + 1).min(count - 1),
        KeyCode::Down if at + row < count => at + row,
        _ => at,
    };
    app.selected = Some(snapshot.beds[to].bed);
}

fn in_overview(app: &mut App, key: KeyCode) -> Vec<Effect> {
    match key {
        KeyCode::Enter => {
            if let Some(bed) = app.selected {
                app.screen = Screen::Bed(bed);
            }
            Vec::new()
        }
        KeyCode::Char('w') => pages::open(app, Place::Shift),
        KeyCode::Char('r') => pages::open(app, Place::After),
        KeyCode::Char('k') => app.selected.map_or_else(Vec::new, |bed| acknowledge(app, bed)),
        KeyCode::Char('i') => open_alarm_log(app),
        KeyCode::Char('q') => app.selected.map_or_else(Vec::new, |bed| silence(app, bed)),
        KeyCode::Char(c) => to_bed(app, c),
        _ => {
            select(app, key);
            Vec::new()
        }
    }
}

fn to_bed(app: &mut App, c: char) -> Vec<Effect> {
    let bed = c.to_digit(10).and_then(|n| u8::try_from(n).ok()).and_then(|n| BedId::new(n).ok());
    if let Some(bed) = bed.filter(|bed| app.bed(*bed).is_some()) {
        app.selected = Some(bed);
        app.screen = Screen::Bed(bed);
    }
    Vec::new()
}

fn in_bed(app: &mut App, bed: BedId, key: KeyCode) -> Vec<Effect> {
    let Some(view) = app.bed(bed) else {
        app.go(Place::Overview);
        return Vec::new();
    };
    let choices = choices::at_bed(view, app.waiting().is_some());
    if let Some(choice) = choices.primary.iter().chain(&choices.others).find(|c| c.key == key) {
        return acts::want(app, bed, choice.intent.clone(), true);
    }
    if let Some(intent) = of_bed(view, key) {
        return acts::want(app, bed, intent, false);
    }
    match key {
        KeyCode::Esc => app.go(Place::Overview),
        KeyCode::Up => app.work_at = app.work_at.saturating_sub(1),
        KeyCode::Down => {
            let last = app.snapshot.as_ref().map_or(0, |s| s.worklist.len().saturating_sub(1));
            app.work_at = (app.work_at + 1).min(last);
        }
        KeyCode::Char('w') => return pages::open(app, Place::Shift),
        KeyCode::Char('k') => return acknowledge(app, bed),
        KeyCode::Char('q') => return silence(app, bed),
        KeyCode::Char('i') => return open_alarm_log(app),
        KeyCode::Char(c) => return to_bed(app, c),
        _ => {}
    }
    Vec::new()
}

/// Keys of the footer: what can be wanted at a bed whatever its prompt is.
pub(super) fn of_bed(view: &BedView, key: KeyCode) -> Option<Intent> {
    let running = !matches!(view.phase, PhaseName::Idle | PhaseName::Closed);
    let drawing = matches!(view.phase, PhaseName::Draw | PhaseName::Pause | PhaseName::Divert);
    let help = view.alarms.iter().any(|a| a.code == AlarmCode::HelpCalled);
    match key {
        KeyCode::Char('a') if running => Some(Intent::Menu(Menu::Abort)),
        KeyCode::Char('e') if drawing => Some(Intent::Act(Act::EndDraw)),
        KeyCode::Char('x') if view.donation.is_some() => Some(Intent::Menu(Menu::Class)),
        KeyCode::Char('f') if view.donor.is_some() => Some(Intent::Menu(Menu::Look)),
        KeyCode::Char('y') if running => Some(Intent::Menu(Menu::by_hand(view))),
        KeyCode::Char('g') if !view.programmes_ml.is_empty() => {
            let mut offered = [None; MAX_PROGRAMMES];
            for (place, ml) in offered.iter_mut().zip(&view.programmes_ml) {
                *place = Some(*ml);
            }
            Some(Intent::Menu(Menu::Programme(offered)))
        }
        KeyCode::Char('j') if help => Some(Intent::Act(Act::HelpArrived)),
        _ => None,
    }
}

/// Acknowledges the first alarm that nobody has acknowledged.
fn acknowledge(app: &mut App, bed: BedId) -> Vec<Effect> {
    let open = app.bed(bed).and_then(|b| b.alarms.iter().find(|a| !a.acknowledged));
    match open.map(|a| a.code) {
        Some(code) => acts::want(app, bed, Intent::Act(Act::Acknowledge(code)), false),
        None => Vec::new(),
    }
}

/// Pauses the sound of a bed, or brings it back.
fn silence(app: &mut App, bed: BedId) -> Vec<Effect> {
    let paused = app.bed(bed).is_some_and(|view| view.audio_paused.is_some());
    acts::protect(app, bed, if paused { &Act::ResumeAudio } else { &Act::PauseAudio })
}

fn in_confirm(app: &mut App, key: KeyCode) -> Vec<Effect> {
    let Screen::Confirm { bed, asked, .. } = app.screen.clone() else { return Vec::new() };
    match key {
        KeyCode::Enter => {
            app.screen = Screen::Bed(bed);
            acts::send(app, bed, asked.confirm(), None)
        }
        KeyCode::Esc => {
            app.screen = Screen::Bed(bed);
            Vec::new()
        }
        _ => Vec::new(),
    }
}

fn in_choice(app: &mut App, key: KeyCode) -> Vec<Effect> {
    let Screen::Choose { bed, menu, at } = app.screen.clone() else { return Vec::new() };
    let mut items = menu.items(app.language);
    let digit = match key {
        KeyCode::Char(c) => c.to_digit(10).and_then(|n| (n as usize).checked_sub(1)),
        _ => None,
    };
    let at = match key {
        KeyCode::Up => at.saturating_sub(1),
        KeyCode::Down => (at + 1).min(items.len() - 1),
        _ => digit.filter(|n| *n < items.len()).unwrap_or(at),
    };
    match key {
        KeyCode::Esc => app.screen = Screen::Bed(bed),
        KeyCode::Enter => {
            app.screen = Screen::Bed(bed);
            return match items.swap_remove(at).1 {
                Chosen::Act(act) => acts::want(app, bed, Intent::Act(act), false),
                Chosen::Menu(menu) => acts::want(app, bed, Intent::Menu(menu), false),
                Chosen::ByHand(step) => acts::want(app, bed, Intent::ByHand(step), false),
                Chosen::Reaction(class, grade) => acts::want(app, bed, Intent::Reaction(class, grade), false),
                Chosen::Look(why) => acts::want(app, bed, Intent::Look(why), false),
                Chosen::Call(ml) => acts::want(app, bed, Intent::CallFor(ml), false),
            };
        }
        _ => app.screen = Screen::Choose { bed, menu, at },
    }
    Vec::new()
}
