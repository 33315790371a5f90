//! Keys of the shift's page and its forms.
//!
//! Owns: what each key does there. Refuses: to end a shift or sign for anything without a person's number and PIN. Holds no state.

use crate::app::{App, Effect, Place, Screen};
use crate::form::{Complaint, Form};
use crate::shift::{Answer, Item, ShiftForm, answer, items};
use crossterm::event::KeyCode;
use station::api::Op;
use station::api::shift::{ShiftAsk, ShiftPrompt};
use station::shift::lots::LotKind;

/// Goes to the page, or to signing in when nobody is known.
pub(super) fn open(app: &mut App) -> Vec<Effect> {
    app.screen = if app.who.is_some() {
        Screen::Shift(0)
    } else {
        Screen::SignIn { form: Form::sign_in(), then: Place::Shift }
    };
    Vec::new()
}

pub(super) fn in_page(app: &mut App, at: usize, key: KeyCode) -> Vec<Effect> {
    let Some(view) = app.snapshot.as_ref().map(|s| s.shift.clone()) else { return Vec::new() };
    let items = items(&view);
    let at = at.min(items.len().saturating_sub(1));
    let selected = items.get(at).copied();
    let form = match (key, selected) {
        (KeyCode::Enter, _) => match answer(&view) {
            Answer::Form(form) => Some(form),
            Answer::Ask(wanted) => return ask(app, wanted),
            Answer::Nothing => None,
        },
        (KeyCode::Char('v'), Some(Item::Second(number) | Item::Waiting(number))) => {
            Some(ShiftForm::Sign(number))
        }
        (KeyCode::Char('d'), Some(Item::Deviation(number))) => Some(ShiftForm::Explain(number)),
        (KeyCode::Char('f'), Some(Item::Segments(donation))) => {
            return ask(app, ShiftAsk::SegmentsDone(donation));
        }
        (KeyCode::Char('o'), _) => Some(ShiftForm::Lot(wanted_lot(view.prompt))),
        (KeyCode::Char('r'), _) => Some(ShiftForm::Roll),
        (KeyCode::Char('l'), _) => Some(ShiftForm::Left),
        (KeyCode::Char('g'), _) => Some(ShiftForm::Correct),
        (KeyCode::Char('z'), _) => Some(ShiftForm::Close),
        (KeyCode::Char('u'), _) => {
            let running = view.scales.iter().find(|scale| scale.step.is_some()).map(|scale| scale.bed);
            return running.map_or_else(Vec::new, |bed| ask(app, ShiftAsk::StopScaleCheck(bed)));
        }
        (KeyCode::Esc, _) => {
            app.go(Place::Overview);
            return Vec::new();
        }
        (KeyCode::Up, _) => {
            app.screen = Screen::Shift(at.saturating_sub(1));
            return Vec::new();
        }
        (KeyCode::Down, _) => {
            app.screen = Screen::Shift((at + 1).min(items.len().saturating_sub(1)));
            return Vec::new();
        }
        _ => None,
    };
    if let Some(purpose) = form {
        app.notice = None;
        app.screen = Screen::ShiftForm { back: at, purpose, form: purpose.form() };
    }
    Vec::new()
}

/// The kind of package to type: the one asked for, else a kit.
fn wanted_lot(prompt: Option<ShiftPrompt>) -> LotKind {
    if let Some(ShiftPrompt::OpenLot(kind)) = prompt { kind } else { LotKind::Kit }
}

fn ask(app: &mut App, wanted: ShiftAsk) -> Vec<Effect> {
    if app.pending.iter().any(|p| matches!(p.request.op, Op::Shift { .. })) {
        return Vec::new();
    }
    app.notice = None;
    app.ask(Op::Shift { ask: wanted, second: None }, None, None)
}

/// Sends a form of the page; it stays open until the daemon has taken it.
pub(super) fn submit(app: &mut App) -> Vec<Effect> {
    let Screen::ShiftForm { purpose, form, .. } = &mut app.screen else { return Vec::new() };
    let Some(snapshot) = &app.snapshot else { return Vec::new() };
    match purpose.request(form, snapshot) {
        Ok(op) => {
            if app.pending.iter().any(|p| matches!(p.request.op, Op::Shift { .. })) {
                return Vec::new();
            }
            app.ask(op, None, None)
        }
        Err(fault) => {
            form.complaint = Some(Complaint::Here(fault));
            Vec::new()
        }
    }
}

/// The daemon has taken what was asked: a form of the page is done.
pub(super) fn taken(app: &mut App) {
    if let Screen::ShiftForm { back, .. } = app.screen {
        app.screen = Screen::Shift(back);
    }
}

/// The daemon has not: the form says why; `false` when no form is open.
pub(super) fn refused(app: &mut App, error: &station::api::ApiError) -> bool {
    let Screen::ShiftForm { form, .. } = &mut app.screen else { return false };
    form.retype_pin();
    form.complaint = Some(Complaint::Daemon(error.clone()));
    true
}
