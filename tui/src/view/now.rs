//! The now area: in large plain words the one thing to do, and at most one key in brackets.
//!
//! Owns: what stands there for beds and the overview, and how all of it is laid out. Refuses: two keys in brackets. Whoever
//! reads only this area can complete a donation. Holds no state.

use super::{dialog, footer, theme, volume};
use crate::app::{App, PageForm, Screen, Stored};
use crate::choices::{self, Choice, Intent};
use crate::companion::Offer;
use crate::form::FieldKind;
use crate::words::{self, Key, Language, ShiftText, Text};
use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{BorderType, Paragraph, Wrap};
use station::api::prompt::Prompt;
use station::api::{BedView, OutstandingView};
use station::ident::{BedId, GroupCode};
use station::procedure::alarm::AlarmCode;
use station::procedure::phase::PhaseName;
use station::record::Which;
use unicode_width::UnicodeWidthStr;

/// What stands in the area.
#[derive(Default)]
pub(super) struct Content {
    /// Behind the word for now, e.g. the bed.
    pub(super) about: String,
    /// Headline first.
    pub(super) lines: Vec<Line<'static>>,
    /// The one key in brackets.
    pub(super) primary: Option<(KeyCode, String)>,
    /// Instead of the key, where something is to be typed.
    pub(super) hint: Option<String>,
    /// Other keys, without brackets.
    pub(super) others: Vec<(KeyCode, String)>,
    /// Something is wrong: the frame says so.
    pub(super) urgent: bool,
}

/// ```text
/// ┏ NOW: bed 2 ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓
/// ┃ Choose the arm, look at the skin, disinfect    ┃   what
/// ┃                                                ┃   what helps to do it right
/// ┃ [L] left arm is ready                          ┃   the one key
/// ┃ R right arm is ready                           ┃   other answers
/// ┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛
/// ```
pub(super) fn render(frame: &mut Frame<'_>, area: Rect, app: &App) {
    let content = content(app);
    let border = if content.urgent { theme::BAD } else { theme::STRONG };
    let about = if content.about.is_empty() { String::new() } else { format!(": {}", content.about) };
    let title = format!(" {}{about} ", words::text(app.language, Text::Now));
    let block = theme::block(title).border_type(BorderType::Thick).border_style(border);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let [text, primary, others] = rows(inner, &content);
    frame.render_widget(Paragraph::new(content.lines).wrap(Wrap { trim: true }), text);
    if let Some((key, words)) = &content.primary {
        let key = Span::styled(format!("[{}]", footer::label(*key)), theme::PRIMARY);
        let words = Span::styled(format!(" {words}"), theme::STRONG);
        frame.render_widget(Paragraph::new(Line::from(vec![key, words])), primary);
    } else if let Some(hint) = content.hint {
        frame.render_widget(Paragraph::new(Line::styled(hint, theme::STRONG)), primary);
    }
    for (at, key, words) in placed(&content.others, others) {
        let key = Span::styled(footer::label(key), theme::KEY);
        frame.render_widget(Paragraph::new(Line::from(vec![key, Span::raw(format!(" {words}"))])), at);
    }
}

/// Text, primary key, other keys: in a second row those that do not fit into the first.
fn rows(inner: Rect, content: &Content) -> [Rect; 3] {
    let needed = placed(&content.others, Rect { height: u16::MAX, ..inner });
    let others = needed.last().map_or(0, |(last, ..)| (last.y - inner.y + 1).min(2));
    Layout::vertical([Constraint::Min(0), Constraint::Length(1), Constraint::Length(others)]).areas(inner)
}

/// Where each of the other keys stands in this area.
fn placed(others: &[(KeyCode, String)], area: Rect) -> Vec<(Rect, KeyCode, &str)> {
    let (mut x, mut y) = (area.x, area.y);
    let mut all = Vec::new();
    for (key, words) in others {
        let width = footer::label(*key).width() + 1 + words.width();
        let width = u16::try_from(width).unwrap_or(u16::MAX).min(area.width);
        if x > area.x && x.saturating_add(width) > area.right() {
            (x, y) = (area.x, y.saturating_add(1));
        }
        if y >= area.bottom() {
            break;
        }
        all.push((Rect { x, y, width, height: 1 }, *key, words.as_str()));
        x = x.saturating_add(width).saturating_add(3);
    }
    all
}

/// The key under the mouse.
pub(super) fn hit(app: &App, area: Rect, at: Position) -> Option<KeyCode> {
    let content = content(app);
    let inner = theme::block(String::new()).inner(area);
    let [_, primary, others] = rows(inner, &content);
    if primary.contains(at) {
        return content.primary.map(|(key, _)| key);
    }
    placed(&content.others, others).into_iter().find(|(on, ..)| on.contains(at)).map(|(_, key, _)| key)
}

fn content(app: &App) -> Content {
    let mut content = match &app.screen {
        Screen::SignIn { form, .. } => dialog::sign_in(app, form),
        Screen::Overview => overview(app),
        Screen::Bed(bed) => at_bed(app, *bed),
        Screen::Confirm { asked, .. } => dialog::confirm(app, asked),
        Screen::Choose { menu, at, .. } => dialog::choose(app, *menu, *at),
        Screen::Form { purpose, form, .. } => dialog::form(app, purpose, form),
        Screen::Shift(_) | Screen::PageForm { purpose: PageForm::Shift(_), .. } => super::shift::now(app),
        Screen::After(_) | Screen::PageForm { purpose: PageForm::After(_), .. } => super::after::now(app),
        Screen::Help(_) | Screen::AlarmLog { .. } | Screen::Companion { .. } | Screen::Lost { .. } => {
            Content::default()
        }
    };
    offer(app, &mut content);
    if let (true, Some(bed)) = (content.about.is_empty(), app.here()) {
        content.about = format!("{} {bed}", words::text(app.language, Text::Bed));
    }
    content
}

/// A companion's offer takes the brackets; what had them stays as an ordinary key.
fn offer(app: &App, content: &mut Content) {
    let language = app.language;
    match &app.offer {
        Some(Offer::Press(what)) => {
            let demo = format!("{}{what}", words::text(language, Text::Demo));
            if let Some(other) = content.primary.replace((KeyCode::F(2), demo)) {
                content.others.insert(0, other);
            }
        }
        Some(Offer::Type(what)) => {
            let field = match &app.screen {
                Screen::SignIn { form, .. } | Screen::Form { form, .. } | Screen::PageForm { form, .. } => {
                    form.kind()
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
                | Screen::Lost { .. } => None,
            };
            let name = field.map_or("", |kind: FieldKind| kind.words(language));
            content.hint = Some(format!("{}{name}: {what}", words::text(language, Text::DemoType)));
        }
        None => {}
    }
}

fn overview(app: &App) -> Content {
    let Some(bed) = app.selected.and_then(|b| app.bed(b)) else { return Content::default() };
    if let Some(content) = not_ready(app, bed) {
        return content;
    }
    let mut lines = vec![Line::styled(headline(app.language, bed), theme::STRONG)];
    lines.extend(words::detail(app.language, &bed.prompt).map(Line::raw));
    Content {
        lines,
        primary: Some((KeyCode::Enter, words::open_bed(app.language, bed.bed))),
        urgent: is_urgent(bed),
        ..Content::default()
    }
}

fn at_bed(app: &App, bed: BedId) -> Content {
    let Some(view) = app.bed(bed) else { return Content::default() };
    if let Some(content) = not_ready(app, view) {
        return content;
    }
    let language = app.language;
    let mut lines = vec![Line::styled(headline(language, view), theme::STRONG)];
    lines.extend(view.scanner.map(|loan| Line::styled(words::loan(language, view.bed, loan), theme::WARN)));
    let of_this =
        |stored: &Stored| matches!(stored, Stored::Word(Which::Donation(of)) if Some(*of) == view.donation);
    if let Some(stored) = app.stored.filter(of_this) {
        lines.push(Line::styled(words::stored(language, stored), theme::DONE));
    }
    if app.is_asked_elsewhere(bed) {
        let text = words::shift_text(language, ShiftText::AskedElsewhere);
        lines.push(Line::styled(text, theme::CHOSEN));
    }
    let whole = app.whole_name.as_ref().filter(|name| name.bed == bed);
    lines.extend(whole.map(|name| Line::styled(name.line(app.now_ms), theme::CHOSEN)));
    lines.extend(words::detail(language, &view.prompt).map(Line::raw));
    lines.extend(count(app, view));
    if view.prompt == Prompt::LookAtBag {
        lines.extend(lots(app));
    }
    lines.extend(outstanding(app, view));
    if view.phase == PhaseName::Idle {
        lines.push(worklist(app));
    } else {
        lines.push(donation(app, view));
    }
    let mut content =
        Content { about: about(app, view), lines, urgent: is_urgent(view), ..Content::default() };
    if app.is_saving(bed) {
        content.hint = Some(words::text(language, Text::Saving).to_owned());
        return content;
    }
    let choices = choices::at_bed(view, app.waiting().is_some());
    content.primary = choices.primary.map(|c| spoken(app, &c));
    content.others = choices.others.iter().map(|c| spoken(app, c)).collect();
    content
}

/// Why no donation may begin at this free bed.
pub(super) fn no_start(app: &App, bed: &BedView) -> Option<String> {
    let shift = &app.snapshot.as_ref()?.shift;
    if bed.phase != PhaseName::Idle || bed.prompt != Prompt::Identify {
        return None;
    }
    let here = |closed: &&station::api::shift::ClosedGate| closed.bed.is_none_or(|of| of == bed.bed);
    let why = shift.closed.iter().find(here)?.why;
    let lead = words::shift_text(app.language, ShiftText::NoStartHere);
    Some(format!("{lead}{}", words::no_start(app.language, why)))
}

/// A free bed at which no donation may begin: why, and the way to the shift's page.
fn not_ready(app: &App, bed: &BedView) -> Option<Content> {
    let reason = no_start(app, bed)?;
    let shift = &app.snapshot.as_ref()?.shift;
    let language = app.language;
    let mut lines = vec![Line::styled(reason, theme::STRONG)];
    lines.extend(shift.prompt.map(|prompt| Line::raw(words::shift_prompt(language, prompt))));
    let primary = Some((KeyCode::Char('w'), words::key(language, Key::Shift).to_owned()));
    Some(Content { about: about(app, bed), lines, primary, ..Content::default() })
}

/// The one thing to do now, an item or a tube by the site's name.
pub(super) fn headline(language: Language, bed: &BedView) -> String {
    let name = if let Prompt::Scan { wanted, .. } = &bed.prompt {
        bed.outstanding.iter().find(|o| o.wanted == *wanted).and_then(|o| o.name.as_deref())
    } else if let Prompt::FillTube { tube, .. } = &bed.prompt {
        bed.tubes.get(usize::from(*tube).saturating_sub(1)).map(|tube| tube.name.as_str())
    } else {
        None
    };
    words::headline(language, &bed.prompt, name)
}

fn is_urgent(bed: &BedView) -> bool {
    matches!(bed.prompt, Prompt::PinchByHand | Prompt::EmergencyStop | Prompt::CareForDonor { .. })
}

/// Bed, donor, programme, who acts.
fn about(app: &App, view: &BedView) -> String {
    let mut about = format!("{} {}", words::text(app.language, Text::Bed), view.bed);
    if let Some(donor) = &view.donor {
        about.push_str(&format!("  {donor}"));
    }
    if let Some(operator) = &view.operator {
        about.push_str(&format!("  {} {operator}", words::text(app.language, Text::Operator)));
    }
    about
}

/// The time that is counted, and the call to the bed.
fn count(app: &App, view: &BedView) -> Option<Line<'static>> {
    let mut spans = Vec::new();
    if view.count.is_some() {
        // Mixing by hand is counted before anything else.
        let mixes = view.alarms.iter().any(|alarm| alarm.code == AlarmCode::MixerStalled && alarm.holds);
        let left = if mixes { Text::MixLeft } else { Text::Left };
        spans.push(Span::raw(format!("{} ", words::text(app.language, left))));
        spans.push(Span::styled(format!("{}  ", volume::time(view.count)), theme::STRONG));
    }
    if view.calls > 0 {
        spans.push(Span::styled(words::text(app.language, Text::Calling), theme::CHOSEN));
    }
    (!spans.is_empty()).then(|| Line::from(spans))
}

/// The packages in use, to be confirmed with the look at the bag.
fn lots(app: &App) -> Option<Line<'static>> {
    let lots = &app.snapshot.as_ref()?.shift.lots;
    let named: Vec<String> = lots.iter().map(|lot| lot.lot.to_string()).collect();
    let text = words::shift_text(app.language, ShiftText::LotsInUse);
    (!named.is_empty()).then(|| Line::styled(format!("{text}{}", named.join(" ")), theme::FAINT))
}

/// DIN and, once known, what becomes of the unit.
fn donation(app: &App, view: &BedView) -> Line<'static> {
    let din = view.din.map_or_else(String::new, |din| din.to_string());
    let what = view.disposition.map_or("", |of| words::disposition(app.language, of));
    Line::from(vec![Span::styled(din, theme::FAINT), Span::raw("  "), Span::styled(what, theme::STRONG)])
}

/// Everything that is still to be scanned, where there is more than the one thing asked for.
fn outstanding(app: &App, view: &BedView) -> Option<Line<'static>> {
    if view.outstanding.len() < 2 {
        return None;
    }
    let word = |o: &OutstandingView| o.name.clone().unwrap_or_else(|| words::place(app.language, o.wanted));
    let all: Vec<String> = view.outstanding.iter().map(word).collect();
    let text = format!("{}{}", words::text(app.language, Text::StillToScan), all.join(", "));
    Some(Line::styled(text, theme::FAINT))
}

/// The donor chosen in the worklist and how many there are.
fn worklist(app: &App) -> Line<'static> {
    let language = app.language;
    let count = app.snapshot.as_ref().map_or(0, |s| s.worklist.len());
    match app.waiting() {
        None => Line::styled(words::text(language, Text::WorklistEmpty), theme::FAINT),
        Some(donor) => Line::from(vec![
            Span::styled(format!("{} ▲▼ ", words::text(language, Text::Worklist)), theme::FAINT),
            Span::styled(
                format!(" {} {} {} mL ", donor.queue, donor.name, donor.programme_ml),
                theme::CHOSEN,
            ),
            Span::raw(group(donor.group.as_ref(), donor.approved_ml)),
            Span::raw(format!("  {}/{count}", app.work_at + 1)),
        ]),
    }
}

/// The group with which a donor comes, and the volume approved.
fn group(group: Option<&GroupCode>, approved_ml: Option<u16>) -> String {
    let group = group.map_or_else(String::new, |group| format!(" {group}"));
    approved_ml.map_or(group.clone(), |ml| format!(" \u{2264}{ml}{group}"))
}

/// A choice in words.
pub(super) fn spoken(app: &App, choice: &Choice) -> (KeyCode, String) {
    let language = app.language;
    let words = match &choice.intent {
        Intent::Act(act) => words::act(language, act),
        Intent::Call => {
            let who = app.waiting().map_or_else(String::new, |w| format!(" {} {}", w.queue, w.name));
            format!("{}{who}", words::call(language))
        }
        Intent::CallFor(ml) => format!("{ml} mL"),
        Intent::ChooseCall => words::key(language, Key::CallProgramme).to_owned(),
        Intent::Menu(_) => words::key(language, Key::TubeMissing).to_owned(),
        Intent::TypeIdentity => words::key(language, Key::TypeIdentity).to_owned(),
        Intent::ReadForm => words::key(language, Key::ReadForm).to_owned(),
        Intent::TypeLabel(_) => words::key(language, Key::TypeLabel).to_owned(),
        Intent::Reaction(..) => words::key(language, Key::Reaction).to_owned(),
        Intent::ByHand(_) => words::key(language, Key::ByHand).to_owned(),
        Intent::Look(_) => words::key(language, Key::WholeName).to_owned(),
        Intent::Open(bed) => words::open_bed(language, *bed),
    };
    (choice.key, words)
}
