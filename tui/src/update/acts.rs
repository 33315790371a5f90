//! Sending acts.
//!
//! Owns: which revision goes with an act, and which acts go straight to the second person. Refuses: an irreversible act
//! that was not confirmed (its type), and a second answer to a prompt while the first is under way. Holds no state.

use crate::app::{App, Effect, Purpose, Screen};
use crate::choices::Intent;
use crate::form::{Complaint, FieldKind, Form};
use crate::irreversible::{Sendable, Wish, wish};
use crate::words::FormFault;
use station::api::{Credential, Op};
use station::ident::BedId;
use station::procedure::event::{Act, HandStep};

/// A protective act: at once, whoever is signed in, whatever is under way.
pub(super) fn protect(app: &mut App, bed: BedId, act: &Act) -> Vec<Effect> {
    let rev = app.bed(bed).map_or(0, |b| b.rev);
    app.ask(Op::Act { bed, rev, act: act.clone(), second: None }, None, None)
}

/// What a person wants at a bed.
pub(super) fn want(app: &mut App, bed: BedId, intent: Intent, by_prompt: bool) -> Vec<Effect> {
    if app.who.is_none() {
        app.screen = Screen::SignIn { form: Form::sign_in(), then: app.place() };
        return Vec::new();
    }
    if app.is_saving(bed) {
        return Vec::new();
    }
    match intent {
        Intent::Act(act) => match wish(act) {
            Wish::Ask(asked) => {
                app.screen = Screen::Confirm { bed, asked, by_prompt };
                Vec::new()
            }
            Wish::Plain(sendable) => send_or_second(app, bed, sendable),
        },
        Intent::Call => call(app, bed),
        Intent::Menu(menu) => {
            app.screen = Screen::Choose { bed, menu, at: 0 };
            Vec::new()
        }
        Intent::TypeLabel => {
            let kinds = [FieldKind::Label, FieldKind::LabelAgain, FieldKind::SecondNumber, FieldKind::Pin];
            open_form(app, bed, Purpose::Label, &kinds)
        }
        Intent::ByHand(step) => {
            let mut kinds = vec![FieldKind::Note, FieldKind::SecondNumber, FieldKind::Pin];
            if matches!(step, HandStep::Weighed { .. }) {
                kinds.insert(0, FieldKind::Volume);
            }
            open_form(app, bed, Purpose::ByHand(step), &kinds)
        }
        Intent::Open(bed) => {
            app.selected = Some(bed);
            app.screen = Screen::Bed(bed);
            Vec::new()
        }
    }
}

fn open_form(app: &mut App, bed: BedId, purpose: Purpose, kinds: &[FieldKind]) -> Vec<Effect> {
    app.screen = Screen::Form { bed, purpose, form: Form::new(kinds) };
    Vec::new()
}

/// Sends an act, or asks for the second person first where it always takes two.
fn send_or_second(app: &mut App, bed: BedId, sendable: Sendable) -> Vec<Effect> {
    if matches!(sendable.act(), Act::ConfirmScreening) {
        return ask_second(app, bed, sendable);
    }
    send(app, bed, sendable, None)
}

/// Opens the dialog for the second person.
pub(super) fn ask_second(app: &mut App, bed: BedId, sendable: Sendable) -> Vec<Effect> {
    app.screen = Screen::Form { bed, purpose: Purpose::Second(sendable), form: Form::second() };
    Vec::new()
}

/// Sends an act with the revision that is on the screen.
pub(super) fn send(app: &mut App, bed: BedId, sendable: Sendable, second: Option<Credential>) -> Vec<Effect> {
    let Some(rev) = app.bed(bed).map(|b| b.rev) else { return Vec::new() };
    app.notice = None;
    let act = sendable.act().clone();
    // An acknowledgement answers no prompt and holds none up.
    let holds = if matches!(act, Act::Acknowledge(_) | Act::HelpArrived | Act::Reaction(_)) {
        None
    } else {
        Some((bed, rev))
    };
    app.ask(Op::Act { bed, rev, act, second }, Some((bed, sendable)), holds)
}

fn call(app: &mut App, bed: BedId) -> Vec<Effect> {
    let Some(rev) = app.bed(bed).map(|b| b.rev) else { return Vec::new() };
    let Some(queue) = app.waiting().map(|w| w.queue.clone()) else { return Vec::new() };
    app.notice = None;
    app.ask(Op::Call { bed, rev, queue, programme_ml: None }, None, Some((bed, rev)))
}

/// Sends a form, or says what is wrong with it.
pub(super) fn submit(app: &mut App) -> Vec<Effect> {
    match &app.screen {
        Screen::SignIn { form, .. } => match form.credential() {
            Ok(credential) => {
                let waiting = app.pending.iter().any(|p| matches!(p.request.op, Op::SignIn(_)));
                if waiting { Vec::new() } else { app.ask(Op::SignIn(credential), None, None) }
            }
            Err(fault) => complain(app, fault),
        },
        Screen::Form { bed, purpose, form } => {
            let (bed, purpose, form) = (*bed, purpose.clone(), form.clone());
            match submit_at_bed(app, bed, purpose, &form) {
                Ok(effects) => effects,
                Err(fault) => complain(app, fault),
            }
        }
        Screen::Overview
        | Screen::Bed(_)
        | Screen::Confirm { .. }
        | Screen::Choose { .. }
        | Screen::Help(_)
        | Screen::Lost { .. } => Vec::new(),
    }
}

fn submit_at_bed(app: &mut App, bed: BedId, purpose: Purpose, form: &Form) -> Result<Vec<Effect>, FormFault> {
    let second = form.credential()?;
    if app.who.as_ref().is_some_and(|(me, _)| *me == second.operator) {
        return Err(FormFault::SamePerson);
    }
    let Some(rev) = app.bed(bed).map(|b| b.rev) else { return Ok(Vec::new()) };
    let effects = match purpose {
        Purpose::Second(sendable) => send(app, bed, sendable, Some(second)),
        Purpose::Label => {
            let (text, again) = form.labels()?;
            app.notice = None;
            app.ask(Op::TypedLabel { bed, rev, text, again, second }, None, Some((bed, rev)))
        }
        Purpose::ByHand(step) => {
            let note = form.text(FieldKind::Note).trim().to_owned();
            if note.is_empty() {
                return Err(FormFault::Empty);
            }
            let step = match step {
                HandStep::Weighed { .. } => HandStep::Weighed { volume_ml: form.volume_ml()? },
                HandStep::ClampClosed | HandStep::Sealed | HandStep::Separated | HandStep::Mixed => step,
            };
            match wish(Act::ByHand { step, note }) {
                Wish::Plain(sendable) => send(app, bed, sendable, Some(second)),
                Wish::Ask(asked) => {
                    app.screen = Screen::Confirm { bed, asked, by_prompt: false };
                    return Ok(Vec::new());
                }
            }
        }
    };
    app.screen = Screen::Bed(bed);
    Ok(effects)
}

fn complain(app: &mut App, fault: FormFault) -> Vec<Effect> {
    if let Screen::SignIn { form, .. } | Screen::Form { form, .. } = &mut app.screen {
        form.complaint = Some(Complaint::Here(fault));
    }
    Vec::new()
}
