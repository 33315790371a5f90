//! Sending acts.
//!
//! Owns: which revision goes with an act, and what a form becomes. Refuses: an irreversible act
//! that was not confirmed (its type), and a second answer to a prompt while the first is under way. Holds no state.

use crate::app::{App, Effect, Purpose, Screen};
use crate::choices::Intent;
use crate::form::{self, Complaint, FieldKind, Form};
use crate::irreversible::{Sendable, Wish, wish};
use crate::menu::{MAX_PROGRAMMES, Menu};
use crate::words::{self, FormFault};
use station::api::look::Sight;
use station::api::shift::ShiftAsk;
use station::api::{Credential, Op};
use station::ident::BedId;
use station::procedure::event::{Act, HandStep};

/// A document, and the second person who has seen it.
const IDENTITY: [FieldKind; 5] =
    [FieldKind::Name, FieldKind::DocumentNumber, FieldKind::Birth, FieldKind::SecondNumber, FieldKind::Pin];
/// The donor's form, in the order in which it is filled in. The second person is asked for by the daemon.
const DONOR_FORM: [FieldKind; 5] = [
    FieldKind::Interview,
    FieldKind::Examination,
    FieldKind::Haemoglobin,
    FieldKind::Approved,
    FieldKind::Consent,
];

/// An act that is anyone's: at once, whoever is signed in, whatever is under way.
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
            Wish::Plain(sendable) => send(app, bed, sendable, None),
        },
        Intent::Call => call(app, bed, None),
        Intent::ChooseCall => choose_call(app, bed),
        Intent::CallFor(ml) => call(app, bed, Some(ml)),
        Intent::TypeIdentity => open_form(app, bed, Purpose::Identity, &IDENTITY),
        Intent::ReadForm => open_form(app, bed, Purpose::DonorForm, &DONOR_FORM),
        Intent::Menu(menu) => {
            app.screen = Screen::Choose { bed, menu, at: 0 };
            Vec::new()
        }
        Intent::TypeLabel(label) => {
            let read = FieldKind::of_label(label);
            let kinds = [read, FieldKind::LabelAgain, FieldKind::SecondNumber, FieldKind::Pin];
            open_form(app, bed, Purpose::Label(label), &kinds)
        }
        Intent::ByHand(step) => by_hand(app, bed, step),
        Intent::Reaction(class, severity) => {
            open_form(app, bed, Purpose::Reaction(class, severity), &form::REACTION)
        }
        Intent::Look(why) => {
            app.notice = None;
            app.ask(Op::Look { sight: Sight::Donor(bed), why, who: None }, None, None)
        }
        Intent::Open(bed) => {
            app.selected = Some(bed);
            app.screen = Screen::Bed(bed);
            Vec::new()
        }
    }
}

/// A line pinched or a bag rocked by hand is told with one key, because the hands are full; anything else with its tool
/// and reason.
fn by_hand(app: &mut App, bed: BedId, step: HandStep) -> Vec<Effect> {
    let kinds: &[FieldKind] = match step {
        HandStep::ClampClosed | HandStep::Mixed => {
            let note = words::hand_step(app.language, step);
            let tool = String::new();
            return want(app, bed, Intent::Act(Act::ByHand { step, tool, note }), false);
        }
        HandStep::Weighed { .. } => &[FieldKind::Volume, FieldKind::Tool, FieldKind::Note],
        HandStep::Sealed
        | HandStep::Separated
        | HandStep::Diverted
        | HandStep::TubeFilled { .. }
        | HandStep::SegmentsSealed { .. } => &[FieldKind::Tool, FieldKind::Note],
    };
    open_form(app, bed, Purpose::ByHand(step), kinds)
}

fn open_form(app: &mut App, bed: BedId, purpose: Purpose, kinds: &[FieldKind]) -> Vec<Effect> {
    app.screen = Screen::Form { bed, purpose, form: Form::new(kinds) };
    Vec::new()
}

/// Opens the dialog for the second person: whether one is needed is the daemon's to say, because sites differ.
pub(super) fn ask_second(app: &mut App, bed: BedId, sendable: Sendable) -> Vec<Effect> {
    app.screen = Screen::Form { bed, purpose: Purpose::Second(sendable), form: Form::second() };
    Vec::new()
}

/// Lists an act for a second person at any terminal.
pub(super) fn ask_elsewhere(app: &mut App, bed: BedId, act: Act) -> Vec<Effect> {
    let Some(rev) = app.bed(bed).map(|b| b.rev) else { return Vec::new() };
    app.screen = Screen::Bed(bed);
    app.ask(Op::Shift { ask: ShiftAsk::AskSecond { bed, rev, act }, second: None }, None, None)
}

/// Sends an act with the revision that is on the screen.
pub(super) fn send(app: &mut App, bed: BedId, sendable: Sendable, second: Option<Credential>) -> Vec<Effect> {
    let Some(rev) = app.bed(bed).map(|b| b.rev) else { return Vec::new() };
    (app.notice, app.stored) = (None, None);
    let act = sendable.act().clone();
    // An acknowledgement answers no prompt and holds none up.
    let holds = if matches!(act, Act::Acknowledge(_) | Act::HelpArrived | Act::Reaction(_)) {
        None
    } else {
        Some((bed, rev))
    };
    app.ask(Op::Act { bed, rev, act, second }, Some((bed, sendable)), holds)
}

/// What may be drawn from the donor chosen in the worklist.
fn choose_call(app: &mut App, bed: BedId) -> Vec<Effect> {
    let most = app.waiting().and_then(|waiting| waiting.approved_ml).unwrap_or(u16::MAX);
    let offered = app.snapshot.iter().flat_map(|s| &s.programmes_ml).copied().filter(|ml| *ml <= most);
    let mut menu = [None; MAX_PROGRAMMES];
    menu.iter_mut().zip(offered).for_each(|(place, ml)| *place = Some(ml));
    app.screen = Screen::Choose { bed, menu: Menu::Call(menu), at: 0 };
    Vec::new()
}

fn call(app: &mut App, bed: BedId, programme_ml: Option<u16>) -> Vec<Effect> {
    let Some(rev) = app.bed(bed).map(|b| b.rev) else { return Vec::new() };
    let Some(queue) = app.waiting().map(|w| w.queue.clone()) else { return Vec::new() };
    app.notice = None;
    app.ask(Op::Call { bed, rev, queue, programme_ml }, None, Some((bed, rev)))
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
            if app.is_saving(bed) {
                return Vec::new();
            }
            match submit_at_bed(app, bed, purpose, &form) {
                Ok(effects) => effects,
                Err(fault) => complain(app, fault),
            }
        }
        Screen::PageForm { .. } => super::pages::submit(app),
        Screen::Overview
        | Screen::Bed(_)
        | Screen::Confirm { .. }
        | Screen::Choose { .. }
        | Screen::Shift(_)
        | Screen::After(_)
        | Screen::Help(_)
        | Screen::AlarmLog { .. }
        | Screen::Companion { .. }
        | Screen::Lost { .. } => Vec::new(),
    }
}

fn submit_at_bed(app: &mut App, bed: BedId, purpose: Purpose, form: &Form) -> Result<Vec<Effect>, FormFault> {
    let Some(rev) = app.bed(bed).map(|b| b.rev) else { return Ok(Vec::new()) };
    let effects = match purpose {
        Purpose::Second(sendable) => {
            let second = second_person(app, form)?;
            send(app, bed, sendable, Some(second))
        }
        // These forms stay until the daemon has answered: after a wrong PIN only the PIN is typed again.
        Purpose::Label(label) => {
            let (text, again) = form.labels(label)?;
            let second = second_person(app, form)?;
            app.notice = None;
            return Ok(app.ask(
                Op::TypedLabel { bed, rev, label, text, again, second },
                None,
                Some((bed, rev)),
            ));
        }
        Purpose::Identity => {
            let person = form.person()?;
            let second = second_person(app, form)?;
            app.notice = None;
            return Ok(app.ask(Op::TypedIdentity { bed, rev, person, second }, None, Some((bed, rev))));
        }
        Purpose::DonorForm => {
            let seen = form.form_seen()?;
            app.screen = Screen::Bed(bed);
            return Ok(want(app, bed, Intent::Act(Act::FormSeen(seen)), false));
        }
        Purpose::ByHand(step) => {
            let note = form.text(FieldKind::Note).trim().to_owned();
            let tool = form.text(FieldKind::Tool).trim().to_owned();
            if note.is_empty() || tool.is_empty() {
                return Err(FormFault::Empty);
            }
            let step = match step {
                HandStep::Weighed { .. } => HandStep::Weighed { volume_ml: form.volume_ml()? },
                HandStep::ClampClosed
                | HandStep::Sealed
                | HandStep::Separated
                | HandStep::Diverted
                | HandStep::TubeFilled { .. }
                | HandStep::SegmentsSealed { .. }
                | HandStep::Mixed => step,
            };
            app.screen = Screen::Bed(bed);
            return Ok(want(app, bed, Intent::Act(Act::ByHand { step, tool, note }), false));
        }
        Purpose::Reaction(class, severity) => {
            let reaction = form.reaction(class, severity)?;
            app.screen = Screen::Bed(bed);
            return Ok(want(app, bed, Intent::Act(Act::Reaction(reaction)), false));
        }
    };
    app.screen = Screen::Bed(bed);
    Ok(effects)
}

/// The second person as typed: another one than who is signed in.
fn second_person(app: &App, form: &Form) -> Result<Credential, FormFault> {
    let second = form.credential()?;
    match &app.who {
        Some((me, _)) if *me == second.operator => Err(FormFault::SamePerson),
        Some(_) | None => Ok(second),
    }
}

fn complain(app: &mut App, fault: FormFault) -> Vec<Effect> {
    if let Screen::SignIn { form, .. } | Screen::Form { form, .. } = &mut app.screen {
        form.complaint = Some(Complaint::Here(fault));
    }
    Vec::new()
}
