//! Questions, choices and forms: what stands in the now area while one of them is open.
//!
//! Owns: their words and lines. Refuses: covering alarms and volume: those stay in sight beside. Holds no state.

use super::now::Content;
use super::{alarms, theme};
use crate::app::{App, Purpose};
use crate::form::{Complaint, FieldKind, Form};
use crate::irreversible::Asked;
use crate::menu::{CLASSES, Menu, SEVERITIES};
use crate::words::{self, Language, Say};
use crossterm::event::KeyCode;
use ratatui::text::{Line, Span};

/// ```text
/// Sign in: scan your badge or type your staff number, then your PIN.
/// Staff number 1001   PIN ••••_
/// number or PIN is wrong                                  else: what needs no sign-in
/// [Enter] sign in
/// ```
pub(super) fn sign_in(app: &App, form: &Form) -> Content {
    let language = app.language;
    let headline = Line::from(vec![
        Span::styled(words::say(language, Say::SignInHeadline), theme::STRONG),
        Span::raw(" "),
        Span::raw(words::say(language, Say::SignInDetail)),
    ]);
    let mut spans = Vec::new();
    for (kind, text, here) in form.shown() {
        spans.extend(field(kind.words(language), text, here));
        spans.push(Span::raw("   "));
    }
    let last = complaint(language, form)
        .unwrap_or_else(|| Line::styled(words::say(language, Say::SignInFree), theme::FAINT));
    Content {
        lines: vec![headline, Line::from(spans), last],
        primary: enter(language, form, Say::SignInKey),
        ..Content::default()
    }
}

/// ```text
/// Really seal the needle side?
/// This cannot be undone. Esc: back
/// [Enter] yes, do it now
/// ```
pub(super) fn confirm(app: &App, asked: &Asked) -> Content {
    let language = app.language;
    Content {
        lines: vec![
            Line::styled(words::really(language, asked.act()), theme::STRONG),
            Line::raw(words::say(language, Say::CannotUndo)),
        ],
        primary: Some((KeyCode::Enter, words::say(language, Say::YesDoIt).to_owned())),
        ..Content::default()
    }
}

/// ```text
/// Why does the donation end?
///   1 donor withdraws
/// ▶ 2 donor is unwell
/// [Enter] choose
/// ```
pub(super) fn choose(app: &App, menu: Menu, at: usize) -> Content {
    let language = app.language;
    let mut lines = vec![Line::styled(menu.title(language), theme::STRONG)];
    for (i, (text, _)) in menu.items(language).into_iter().enumerate() {
        let line = format!("{} {text}", i + 1);
        lines.push(if i == at {
            Line::styled(format!("▶ {line}"), theme::CHOSEN)
        } else {
            Line::raw(format!("\u{a0} {line}"))
        });
    }
    let primary = Some((KeyCode::Enter, words::say(language, Say::ChooseKey).to_owned()));
    Content { lines, primary, ..Content::default() }
}

/// ```text
/// A second person has to confirm
/// Another nurse types number and PIN.
/// Second person 1002
/// PIN ••••_
/// [Enter] confirm as second person
/// ```
pub(super) fn form(app: &App, purpose: &Purpose, form: &Form) -> Content {
    let language = app.language;
    let (headline, detail, key) = match purpose {
        Purpose::Second(sendable) => (
            words::say(language, Say::SecondHeadline).to_owned(),
            words::act(language, sendable.act()),
            Say::SecondKey,
        ),
        Purpose::Label(label) => (
            words::say(language, Say::LabelHeadline).to_owned(),
            words::say(language, if label.is_din() { Say::LabelDetail } else { Say::BagLabelDetail })
                .to_owned(),
            Say::SendForm,
        ),
        Purpose::Identity => (
            words::say(language, Say::IdentityHeadline).to_owned(),
            words::say(language, Say::IdentityDetail).to_owned(),
            Say::SendForm,
        ),
        Purpose::DonorForm => (
            words::say(language, Say::DonorFormHeadline).to_owned(),
            words::say(language, Say::DonorFormDetail).to_owned(),
            Say::SendForm,
        ),
        Purpose::ByHand(step) => (
            words::say(language, Say::HandHeadline).to_owned(),
            words::hand_step(language, *step),
            Say::SendForm,
        ),
        Purpose::Reaction(class, severity) => (
            words::say(language, Say::ReactionHeadline).to_owned(),
            format!("{}, {}", words::reaction(language, *class), words::severity(language, *severity)),
            Say::SendForm,
        ),
    };
    let mut lines = vec![Line::styled(headline, theme::STRONG), Line::raw(detail)];
    if matches!(purpose, Purpose::Second(_)) {
        lines.push(Line::styled(words::say(language, Say::SecondDetail), theme::FAINT));
        let elsewhere = words::shift_text(language, words::ShiftText::Elsewhere);
        lines.push(Line::styled(elsewhere, theme::FAINT));
    }
    for (kind, text, here) in form.shown() {
        lines.push(Line::from(field(kind.words(language), text, here)));
    }
    lines.extend(hint(language, form));
    lines.extend(complaint(language, form));
    Content { lines, primary: enter(language, form, key), ..Content::default() }
}

/// What helps to fill in the field being typed: what each number means, or that it may stay empty.
fn hint(language: Language, form: &Form) -> Option<Line<'static>> {
    let kind = form.kind()?;
    let text = match kind {
        FieldKind::Class => {
            let classes = CLASSES.iter().zip(1..);
            let named = classes.map(|(class, n)| format!("{n} {}", words::reaction(language, *class)));
            named.collect::<Vec<_>>().join("  ")
        }
        FieldKind::Severity => SEVERITIES.map(|grade| words::severity(language, grade)).join("  "),
        kind => words::say(language, kind.hint()?).to_owned(),
    };
    Some(Line::styled(text, theme::FAINT))
}

/// The last bad answer to something asked on a page that belongs to no bed.
pub(super) fn notice(app: &App) -> Option<Line<'static>> {
    let (None, error) = app.notice.as_ref()? else { return None };
    let lead = words::text(app.language, words::Text::NotTaken);
    Some(Line::styled(format!("{lead}{}", alarms::sentence(app.language, error)), theme::WARN))
}

/// A form of a page that belongs to no bed, drawn like the others.
pub(super) fn page(language: Language, headline: &'static str, detail: String, form: &Form) -> Content {
    let mut lines = vec![Line::styled(headline, theme::STRONG)];
    if !detail.is_empty() {
        lines.push(Line::raw(detail));
    }
    for (kind, text, here) in form.shown() {
        lines.push(Line::from(field(kind.words(language), text, here)));
    }
    lines.extend(hint(language, form));
    lines.extend(complaint(language, form));
    let key = if form.wants_person() { Say::SecondKey } else { Say::SendForm };
    Content { lines, primary: enter(language, form, key), ..Content::default() }
}

fn field(name: &'static str, text: String, here: bool) -> Vec<Span<'static>> {
    let mut spans = vec![Span::styled(format!("{name} "), theme::FAINT), Span::styled(text, theme::STRONG)];
    if here {
        spans.push(Span::styled("▏", theme::WARN));
    }
    spans
}

fn complaint(language: Language, form: &Form) -> Option<Line<'static>> {
    let text = match form.complaint.as_ref()? {
        Complaint::Here(fault) => words::form_fault(language, *fault).to_owned(),
        Complaint::Daemon(error) => alarms::sentence(language, error),
    };
    Some(Line::styled(text, theme::WARN))
}

/// The key of a form: send it when it is full, else go on; nothing while a field is still empty.
fn enter(language: Language, form: &Form, send: Say) -> Option<(KeyCode, String)> {
    let which = if form.is_ready() {
        send
    } else if form.shown().any(|(kind, text, here)| here && (kind.is_optional() || !text.is_empty())) {
        Say::NextField
    } else {
        return None;
    };
    Some((KeyCode::Enter, words::say(language, which).to_owned()))
}
