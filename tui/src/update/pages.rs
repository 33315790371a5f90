//! Keys of the pages that belong to no bed, the shift's and the one after the donation, and of their forms.
//!
//! Owns: what each key does there. Refuses: to end a shift or sign for anything without a person's number and PIN. Holds no state.

use crate::after::{self, AfterForm};
use crate::app::{App, Effect, Listed, PageForm, Place, Screen};
use crate::form::{Complaint, FieldKind, Form};
use crate::shift::{Answer, Item, ShiftForm, answer, items};
use crossterm::event::KeyCode;
use station::api::Op;
use station::api::shift::{ShiftAsk, ShiftPrompt};
use station::procedure::refusal::Refusal;
use station::shift::lots::LotKind;

/// Goes to a page, or to signing in when nobody is known.
pub(super) fn open(app: &mut App, page: Place) -> Vec<Effect> {
    (app.notice, app.stored) = (None, None);
    if app.who.is_some() {
        app.go(page);
    } else {
        app.screen = Screen::SignIn { form: Form::sign_in(), then: page };
    }
    Vec::new()
}

/// Opens a form of a page.
fn open_form(app: &mut App, back: Listed, purpose: PageForm) {
    let fields = match purpose {
        PageForm::Shift(of) => of.fields().to_vec(),
        PageForm::After(of) => of.fields(),
    };
    (app.notice, app.stored) = (None, None);
    let mut form = Form::new(&fields);
    // Whoever scans the paper first and opens the form then.
    let paper = app.snapshot.as_ref().and_then(|shown| shown.paper);
    if let (PageForm::After(AfterForm::Paper), Some(din)) = (purpose, paper) {
        form.scanned(din);
    }
    app.screen = Screen::PageForm { back, purpose, form };
}

/// Keys of the page after the donation.
pub(super) fn in_after(app: &mut App, at: usize, key: KeyCode) -> Vec<Effect> {
    let Some(items) = app.snapshot.as_ref().map(after::items) else { return Vec::new() };
    let last = items.len().saturating_sub(1);
    let at = at.min(last);
    let Some(item) = items.get(at).copied() else { return Vec::new() };
    let form = match (key, item) {
        (KeyCode::Char('e'), after::Item::Resting(donation)) => {
            return ask(app, Op::RestOver { donation });
        }
        (KeyCode::Char('f'), after::Item::Segments(donation)) => AfterForm::Segments(donation),
        (KeyCode::Char('x'), item) => AfterForm::Reaction(item.which()),
        (KeyCode::Char('d'), item) => AfterForm::DoNotUse(item.which()),
        (KeyCode::Char('o'), _) => AfterForm::Paper,
        (KeyCode::Esc, _) => {
            app.go(Place::Overview);
            return Vec::new();
        }
        (KeyCode::Up, _) => {
            app.screen = Screen::After(at.saturating_sub(1));
            return Vec::new();
        }
        (KeyCode::Down, _) => {
            app.screen = Screen::After((at + 1).min(last));
            return Vec::new();
        }
        _ => return Vec::new(),
    };
    open_form(app, Listed::After(at), PageForm::After(form));
    Vec::new()
}

/// Keys of the shift's page.
pub(super) fn in_shift(app: &mut App, at: usize, key: KeyCode) -> Vec<Effect> {
    let Some(view) = app.snapshot.as_ref().map(|s| s.shift.clone()) else { return Vec::new() };
    let items = items(&view);
    let at = at.min(items.len().saturating_sub(1));
    let selected = items.get(at).copied();
    let form = match (key, selected) {
        (KeyCode::Enter, _) => match answer(&view) {
            Answer::Form(form) => Some(form),
            Answer::Ask(wanted) => return ask_shift(app, wanted),
            Answer::Nothing => None,
        },
        (KeyCode::Char('v'), Some(Item::Second(number) | Item::Waiting(number))) => {
            Some(ShiftForm::Sign(number))
        }
        (KeyCode::Char('d'), Some(Item::Deviation(number))) => Some(ShiftForm::Explain(number)),
        (KeyCode::Char('f'), Some(Item::Segments(donation))) => {
            open_form(app, Listed::Shift(at), PageForm::After(AfterForm::Segments(donation)));
            return Vec::new();
        }
        (KeyCode::Char('o'), _) => Some(ShiftForm::Lot(wanted_lot(view.prompt))),
        (KeyCode::Char('r'), _) => Some(ShiftForm::Roll),
        (KeyCode::Char('l'), _) => Some(ShiftForm::Left),
        (KeyCode::Char('g'), _) => Some(ShiftForm::Correct),
        (KeyCode::Char('z'), _) => Some(ShiftForm::Close),
        (KeyCode::Char('u'), _) => {
            let running = view.scales.iter().find(|scale| scale.step.is_some()).map(|scale| scale.bed);
            return running.map_or_else(Vec::new, |bed| ask_shift(app, ShiftAsk::StopScaleCheck(bed)));
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
        open_form(app, Listed::Shift(at), PageForm::Shift(purpose));
    }
    Vec::new()
}

/// The kind of package to type: the one asked for, else a kit.
fn wanted_lot(prompt: Option<ShiftPrompt>) -> LotKind {
    if let Some(ShiftPrompt::OpenLot(kind)) = prompt { kind } else { LotKind::Kit }
}

fn ask_shift(app: &mut App, wanted: ShiftAsk) -> Vec<Effect> {
    ask(app, Op::Shift { ask: wanted, second: None })
}

fn ask(app: &mut App, op: Op) -> Vec<Effect> {
    if app.is_asking() {
        return Vec::new();
    }
    app.notice = None;
    app.ask(op, None, None)
}

/// Sends a form of the page; it stays open until the daemon has taken it.
pub(super) fn submit(app: &mut App) -> Vec<Effect> {
    let Screen::PageForm { purpose, form, .. } = &mut app.screen else { return Vec::new() };
    let Some(snapshot) = &app.snapshot else { return Vec::new() };
    let request = match purpose {
        PageForm::Shift(of) => of.request(form, snapshot),
        PageForm::After(of) => of.request(form, snapshot.utc_offset_min),
    };
    match request {
        Ok(op) => ask(app, op),
        Err(fault) => {
            form.complaint = Some(Complaint::Here(fault));
            Vec::new()
        }
    }
}

/// The daemon has taken what was asked: a form of the page is done.
pub(super) fn taken(app: &mut App) {
    if let Screen::PageForm { back, .. } = app.screen {
        app.screen = match back {
            Listed::Shift(at) => Screen::Shift(at),
            Listed::After(at) => Screen::After(at),
        };
    }
}

/// The daemon has not: the form says why; `false` when no form is open.
pub(super) fn refused(app: &mut App, error: &station::api::ApiError) -> bool {
    let Screen::PageForm { form, .. } = &mut app.screen else { return false };
    form.retype_pin();
    if matches!(error.refusal, Some(Refusal::DonorNotKept { .. })) {
        form.demand(FieldKind::Compared);
    }
    form.complaint = Some(Complaint::Daemon(error.clone()));
    true
}
