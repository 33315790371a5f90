//! Answers of the daemon.
//!
//! Owns: what each answer means for the screen. Refuses: taking "sent" for "done": an act counts when its answer is here.
//! Holds no state.

use super::acts;
use crate::app::{App, Effect, Place, Purpose, Screen, Stored, of_page};
use crate::form::{Complaint, Form};
use crate::whole_name::WholeName;
use station::api::look::Sight;
use station::api::shift::ShiftAsk;
use station::api::{Answer, ApiError, ErrorCode, Op};
use station::ident::BedId;
use station::procedure::event::Act;
use station::procedure::refusal::Refusal;
use station::record::Which;

/// Takes the answer to one of our requests; an answer to none of them is left alone.
pub(super) fn take(app: &mut App, re: &str, result: Result<Answer, ApiError>) -> Vec<Effect> {
    let Some(at) = app.pending.iter().position(|p| p.request.id == re) else { return Vec::new() };
    match result {
        Ok(answer) => {
            good(app, at, answer);
            Vec::new()
        }
        Err(error) => bad(app, at, error),
    }
}

fn good(app: &mut App, at: usize, answer: Answer) {
    if of_page(&app.pending[at].request.op) {
        super::pages::taken(app);
    }
    if let Some(bed) = typed_at(app, &app.pending[at].request.op) {
        app.screen = Screen::Bed(bed);
    }
    if let Some(stored) = stored(app, &app.pending[at].request.op, &answer) {
        app.stored = Some(stored);
    }
    let mut looked = None;
    if app.pending[at].holds.is_some() {
        app.pending[at].settled = Some(0);
    } else {
        let pending = app.pending.remove(at);
        if let Op::Look { sight: Sight::Donor(bed), .. } = pending.request.op {
            looked = Some(bed);
        }
        if matches!(pending.request.op, Op::SignOut) {
            app.who = None;
            app.screen = Screen::SignIn { form: Form::sign_in(), then: app.place() };
        }
    }
    match answer {
        Answer::Done | Answer::Opened { .. } | Answer::Devices { .. } | Answer::Looked { .. } => {}
        Answer::Person(person) => {
            app.whole_name = looked.map(|bed| {
                let donation = app.bed(bed).and_then(|view| view.donation);
                WholeName::new(bed, donation, person, app.now_ms)
            });
        }
        Answer::SignedIn { operator, role } => {
            app.who = Some((operator, role));
            app.notice = None;
            if let Screen::SignIn { then, .. } = app.screen {
                match then {
                    Place::Bed(bed) if app.bed(bed).is_none() => app.go(Place::Overview),
                    Place::Bed(_) | Place::Overview | Place::Shift | Place::After => app.go(then),
                }
            }
        }
        Answer::Alarms { alarms } => {
            // Whoever has left the page meanwhile is not brought back.
            if let Screen::AlarmLog { log, .. } = &mut app.screen {
                log.take(alarms);
            }
        }
        Answer::Snapshot(snapshot) => super::picture(app, *snapshot),
    }
}

/// What was stored of a donation that is over, or of a donor's reaction.
fn stored(app: &App, op: &Op, answer: &Answer) -> Option<Stored> {
    if let (Op::Act { bed, act: Act::Reaction(_), .. }, Answer::Done) = (op, answer) {
        return app.bed(*bed)?.donation.map(|donation| Stored::Word(Which::Donation(donation)));
    }
    if let (Op::EnterLater { form, .. }, Answer::Opened { donation }) = (op, answer) {
        return Some(Stored::Paper(form.din, *donation));
    }
    if let (Op::Shift { ask: ShiftAsk::Correct(correction), .. }, Answer::Done) = (op, answer) {
        return Some(Stored::Word(Which::Donation(correction.donation)));
    }
    if let (Op::AfterClosing { which, .. }, Answer::Done) = (op, answer) {
        return Some(Stored::Word(*which));
    }
    None
}

/// The bed at which the form is still open that asked this: a label or a document typed.
fn typed_at(app: &App, op: &Op) -> Option<BedId> {
    let (Op::TypedLabel { bed, .. } | Op::TypedIdentity { bed, .. }) = op else { return None };
    let Screen::Form { bed: here, purpose: Purpose::Label(_) | Purpose::Identity, .. } = &app.screen else {
        return None;
    };
    (here == bed).then_some(*bed)
}

fn bad(app: &mut App, at: usize, error: ApiError) -> Vec<Effect> {
    let pending = app.pending.remove(at);
    if matches!(pending.request.op, Op::SignIn(_)) {
        if let Screen::SignIn { form, .. } = &mut app.screen {
            if error.code == ErrorCode::BadgeFirst {
                // The badge fills the number in.
                *form = Form::sign_in();
            } else {
                form.retype_pin();
            }
            form.complaint = Some(Complaint::Daemon(error));
        }
        return Vec::new();
    }
    if let Some(bed) = typed_at(app, &pending.request.op) {
        if let (Screen::Form { form, .. }, ErrorCode::Denied) = (&mut app.screen, error.code) {
            form.retype_pin();
            form.complaint = Some(Complaint::Daemon(error));
            return Vec::new();
        }
        app.screen = Screen::Bed(bed);
    }
    let second_given = matches!(pending.request.op, Op::Act { second: Some(_), .. });
    let wants_second = matches!(error.refusal, Some(Refusal::SecondPersonNeeded));
    if let Some((bed, sendable)) = pending.act.clone() {
        // Only over the bed's own screen: a person who has gone elsewhere is not torn away by a late answer.
        let there = matches!(app.screen, Screen::Bed(here) if here == bed);
        if there && (wants_second || (second_given && error.code == ErrorCode::Denied)) {
            let effects = acts::ask_second(app, bed, sendable);
            if second_given && let Screen::Form { form, .. } = &mut app.screen {
                form.complaint = Some(Complaint::Daemon(error));
            }
            return effects;
        }
    }
    let of_page = of_page(&pending.request.op);
    if of_page && error.code != ErrorCode::NotSignedIn && super::pages::refused(app, &error) {
        return Vec::new();
    }
    if error.code == ErrorCode::NotSignedIn {
        app.who = None;
        if !matches!(app.screen, Screen::SignIn { .. }) {
            app.screen = Screen::SignIn { form: Form::sign_in(), then: app.place() };
        }
    }
    let bed = match &pending.request.op {
        Op::Act { bed, .. }
        | Op::Call { bed, .. }
        | Op::TypedIdentity { bed, .. }
        | Op::TypedLabel { bed, .. } => Some(*bed),
        Op::Look { .. } => app.here(),
        Op::Snapshot
        | Op::Subscribe
        | Op::Alarms { .. }
        | Op::Devices { .. }
        | Op::SignIn(_)
        | Op::SignOut
        | Op::Shift { .. }
        | Op::AfterClosing { .. }
        | Op::RestOver { .. }
        | Op::EnterLater { .. } => None,
    };
    app.notice = Some((bed, error));
    Vec::new()
}
