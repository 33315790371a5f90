//! From a message to a new state and effects: the only place where the terminal's state changes.
//!
//! Owns: the routing. Refuses: I/O and clocks; both are outside, in [`crate::terminal`]. Holds no state of its own.

mod acts;
#[cfg(test)]
mod after_tests;
mod answers;
mod keys;
mod pages;
#[cfg(test)]
mod tests;

use crate::after::AfterForm;
use crate::app::{App, Effect, PageForm, Place, Screen};
use crate::companion::{Offer, Page};
use crate::form::Form;
use crate::lost::LostWhy;
use crate::view;
use crossterm::event::KeyCode;
use ratatui::layout::{Position, Rect};
use station::api::{BedView, Op, Reply, Snapshot};
use station::procedure::alarm::Priority;

/// Whether letters are text on this screen, so that protective acts are on function keys only.
pub(crate) fn letters_are_text(app: &App) -> bool {
    keys::typing_letters(app)
}

/// Whether this key can be wanted at the bed whatever its prompt is.
pub(crate) fn bed_intent(bed: &BedView, key: KeyCode) -> bool {
    keys::of_bed(bed, key).is_some()
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// A key was pressed.
    Key(KeyCode),
    /// The mouse, or a finger, was pressed here.
    Click(Position),
    /// The screen has this size.
    Size(Rect),
    /// The socket is connected.
    Connected,
    /// The daemon said something.
    Reply(Box<Reply>),
    /// The connection is gone.
    Lost(LostWhy),
    /// Time passes: milliseconds since the terminal began.
    Tick(u64),
    /// What the companion offers now.
    Offer(Option<Offer>),
    /// The companion's pages, as asked for.
    Pages(Vec<Page>),
    /// The person wants to close the terminal.
    Quit,
}

/// Takes one message.
pub fn update(app: &mut App, message: Message) -> Vec<Effect> {
    let effects = take(app, message);
    hide_names(app);
    effects
}

fn take(app: &mut App, message: Message) -> Vec<Effect> {
    match message {
        Message::Key(key) => keys::press(app, key),
        Message::Click(at) => click(app, at),
        Message::Size(area) => {
            app.area = area;
            Vec::new()
        }
        Message::Connected => connected(app),
        Message::Reply(reply) => match *reply {
            Reply::Snapshot(snapshot) => {
                picture(app, *snapshot);
                Vec::new()
            }
            Reply::Answer { re, result, .. } => answers::take(app, &re, result),
        },
        Message::Lost(why) => {
            lost(app, why);
            Vec::new()
        }
        Message::Tick(now_ms) => tick(app, now_ms),
        Message::Offer(offer) => {
            app.offer = offer;
            app.accompanied = true;
            Vec::new()
        }
        Message::Pages(pages) => {
            turn(app, pages);
            Vec::new()
        }
        Message::Quit => vec![Effect::Quit],
    }
}

/// The companion's pages, opened; those already open, in another language, stay where they are.
fn turn(app: &mut App, pages: Vec<Page>) {
    if pages.iter().all(|page| page.lines.is_empty()) {
        return;
    }
    let back = app.screen.kept();
    let (page, line) = match &app.screen {
        Screen::Companion { page, line, .. } => (*page, *line),
        _ => (0, 0),
    };
    let page = page.min(pages.len() - 1);
    let line = line.min(pages[page].lines.len().saturating_sub(1));
    app.screen = Screen::Companion { pages, page, line, back };
}

fn click(app: &mut App, at: Position) -> Vec<Effect> {
    match view::hit(app, at) {
        Some(view::Hit::Key(key)) => keys::press(app, key),
        Some(view::Hit::Bed(bed)) if app.who.is_some() => {
            app.selected = Some(bed);
            app.screen = Screen::Bed(bed);
            Vec::new()
        }
        Some(view::Hit::Bed(bed)) => {
            app.selected = Some(bed);
            Vec::new()
        }
        None => Vec::new(),
    }
}

/// A new connection: nobody is signed in on it. What was asked and not answered is asked again under the same id, so that
/// nothing is done twice; a sign-in is typed again.
fn connected(app: &mut App) -> Vec<Effect> {
    app.pending.retain(|p| match p.request.op {
        Op::SignIn(_)
        | Op::SignOut
        | Op::Subscribe
        | Op::Snapshot
        | Op::Alarms { .. }
        | Op::Devices { .. } => false,
        // What was typed of a person is overwritten once it is sent: that is typed again, too.
        Op::TypedIdentity { .. } | Op::EnterLater { .. } => false,
        // Whoever still wants to look says so again.
        Op::Look { .. } => false,
        Op::Act { .. }
        | Op::Call { .. }
        | Op::TypedLabel { .. }
        | Op::AfterClosing { .. }
        | Op::Shift { .. }
        | Op::RestOver { .. } => p.settled.is_none(),
    });
    let again: Vec<Effect> = app.pending.iter().map(|p| Effect::Send(p.request.clone())).collect();
    let mut effects = app.ask(Op::Subscribe, None, None);
    effects.extend(again);
    effects
}

/// A whole name is gone with its time, with its bed's screen, with its donor and with who looked.
fn hide_names(app: &mut App) {
    let shown = if let (Screen::Bed(bed), Some(_)) = (&app.screen, &app.who) {
        Some((*bed, app.bed(*bed).and_then(|view| view.donation)))
    } else {
        None
    };
    if app.whole_name.as_ref().is_some_and(|name| !name.holds(shown, app.now_ms)) {
        app.whole_name = None;
    }
}

fn lost(app: &mut App, why: LostWhy) {
    app.who = None;
    app.snapshot = None;
    app.offer = None;
    app.screen = Screen::Lost { why, back: app.place() };
}

/// A new picture of the station.
fn picture(app: &mut App, snapshot: Snapshot) {
    app.pending.retain_mut(|p| {
        let Some(settled) = &mut p.settled else { return true };
        *settled += 1;
        let moved = p.holds.is_none_or(|(bed, rev)| {
            snapshot.beds.iter().find(|b| b.bed == bed).is_none_or(|b| b.rev != rev)
        });
        !moved && *settled < 3
    });
    if let Some((Some(bed), _)) = &app.notice {
        let rev = |s: &Snapshot| s.beds.iter().find(|b| b.bed == *bed).map(|b| b.rev);
        if app.snapshot.as_ref().and_then(rev) != rev(&snapshot) {
            app.notice = None;
        }
    }
    if app.selected.is_none_or(|bed| !snapshot.beds.iter().any(|b| b.bed == bed)) {
        app.selected = snapshot.beds.first().map(|b| b.bed);
    }
    app.work_at = app.work_at.min(snapshot.worklist.len().saturating_sub(1));
    let before = app.snapshot.replace(snapshot);
    follow(app, before.as_ref());
}

/// Lets the screen follow the new picture: a connection is back, a badge was scanned, a question is out of date.
fn follow(app: &mut App, before: Option<&Snapshot>) {
    // Only a badge that was not there before: a number that somebody corrects is not overwritten.
    let old = before.and_then(|s| s.badge.as_ref());
    let badge = app.snapshot.as_ref().and_then(|s| s.badge.clone()).filter(|b| Some(b) != old);
    let old = before.and_then(|s| s.paper);
    let paper = app.snapshot.as_ref().and_then(|s| s.paper).filter(|din| Some(*din) != old);
    let me = app.who.as_ref().map(|(id, _)| id.clone());
    let gone = match &app.screen {
        Screen::Confirm { bed, by_prompt: true, .. } => {
            let was = before.and_then(|s| s.beds.iter().find(|b| b.bed == *bed)).map(|b| &b.prompt);
            was.is_some() && was != app.bed(*bed).map(|b| &b.prompt)
        }
        Screen::Bed(bed) => app.bed(*bed).is_none(),
        Screen::Confirm { .. }
        | Screen::SignIn { .. }
        | Screen::Overview
        | Screen::Choose { .. }
        | Screen::Form { .. }
        | Screen::Shift(_)
        | Screen::After(_)
        | Screen::PageForm { .. }
        | Screen::Help(_)
        | Screen::AlarmLog { .. }
        | Screen::Companion { .. }
        | Screen::Lost { .. } => false,
    };
    if gone {
        match app.here().filter(|bed| app.bed(*bed).is_some()) {
            Some(bed) => app.go(Place::Bed(bed)),
            None => app.go(Place::Overview),
        }
    }
    match &mut app.screen {
        Screen::Lost { back, .. } => {
            app.screen = Screen::SignIn { form: Form::sign_in(), then: *back };
        }
        Screen::SignIn { form, .. } => {
            if let Some((_, who)) = badge {
                form.badge(&who);
            }
        }
        Screen::PageForm { purpose, form, .. } => {
            if let Some((_, who)) = badge {
                form.badge(&who);
            }
            if let (PageForm::After(AfterForm::Paper), Some(din)) = (purpose, paper) {
                form.scanned(din);
            }
        }
        Screen::Form { form, .. } => {
            if let Some((_, who)) = badge.filter(|(_, who)| Some(who) != me.as_ref()) {
                form.badge(&who);
            }
        }
        Screen::Overview
        | Screen::Bed(_)
        | Screen::Confirm { .. }
        | Screen::Choose { .. }
        | Screen::Shift(_)
        | Screen::After(_)
        | Screen::Help(_)
        | Screen::AlarmLog { .. }
        | Screen::Companion { .. } => {}
    }
}

/// Between two bells for high and for medium priority, ms.
const BELL_MS: (u64, u64) = (5_000, 15_000);

/// Rings once for each call to a bed, for a new alarm that nobody has acknowledged, and again while it stands.
fn tick(app: &mut App, now_ms: u64) -> Vec<Effect> {
    app.now_ms = now_ms;
    let calls = app.snapshot.iter().flat_map(|s| &s.beds).map(|b| u32::from(b.calls)).sum();
    if std::mem::replace(&mut app.called, calls) < calls {
        return vec![Effect::Ring];
    }
    let beds = app.snapshot.iter().flat_map(|s| &s.beds).filter(|b| b.audio_paused.is_none());
    let open = beds.flat_map(|b| &b.alarms).filter(|a| !a.acknowledged);
    let (mut count, mut worst) = (0, Priority::Low);
    for alarm in open.filter(|a| a.code.priority() > Priority::Low) {
        count += 1;
        worst = worst.max(alarm.code.priority());
    }
    let (next, rang_for) = app.bell;
    if count == 0 {
        app.bell = (0, 0);
        return Vec::new();
    }
    if now_ms < next && count <= rang_for {
        return Vec::new();
    }
    let pause = if worst == Priority::High { BELL_MS.0 } else { BELL_MS.1 };
    app.bell = (now_ms + pause, count);
    vec![Effect::Ring]
}
