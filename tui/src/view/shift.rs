//! The shift's page: what stands against a start, what is still to be cleared, and the counts.
//!
//! Owns: its areas. Refuses: to hide how many there are when not all fit. Holds no state.

use super::now::Content;
use super::{dialog, header, theme};
use crate::app::{App, PageForm, Screen};
use crate::shift::{Answer, Item, ShiftForm, answer, items};
use crate::words::{self, Language, ShiftText, shift_text};
use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};
use station::api::shift::{ShiftPrompt, ShiftView};
use station::api::{ClimateState, ClimateView, Snapshot};
use station::record::CorrectedField;

/// What stands in the now area of the page.
pub(super) fn now(app: &App) -> Content {
    let Some(snapshot) = &app.snapshot else { return Content::default() };
    let language = app.language;
    let about = shift_text_of(language, ShiftText::Title);
    let mut content = match &app.screen {
        Screen::PageForm { purpose: PageForm::Shift(purpose), form, .. } => {
            let (headline, detail) = form_words(language, *purpose, snapshot);
            dialog::page(language, headline, detail, form)
        }
        _ => {
            let mut content = page(language, snapshot);
            let stored = app.stored.map(|stored| Line::styled(words::stored(language, stored), theme::DONE));
            content.lines.extend(stored);
            content.lines.extend(dialog::notice(app));
            content
        }
    };
    content.about = about.to_owned();
    content
}

fn shift_text_of(language: Language, which: ShiftText) -> &'static str {
    shift_text(language, which)
}

fn page(language: Language, snapshot: &Snapshot) -> Content {
    let view = &snapshot.shift;
    let text = |which| shift_text(language, which);
    let mut lines = match view.prompt {
        Some(prompt) => vec![Line::styled(words::shift_prompt(language, prompt), theme::STRONG)],
        None if view.open.is_some() => vec![Line::styled(text(ShiftText::Ready), theme::STRONG)],
        None => vec![Line::styled(text(ShiftText::NotOpen), theme::STRONG)],
    };
    lines.extend(detail(language, snapshot));
    let primary = match (answer(view), view.prompt) {
        (Answer::Nothing, None) => {
            Some((KeyCode::Esc, words::key(language, words::Key::Overview).to_owned()))
        }
        (Answer::Nothing, Some(_)) => None,
        (Answer::Form(_) | Answer::Ask(_), prompt) => {
            Some((KeyCode::Enter, text(primary_words(prompt)).to_owned()))
        }
    };
    let hint = (primary.is_none()).then(|| waiting(language, view)).flatten();
    Content { lines, primary, hint, ..Content::default() }
}

fn primary_words(prompt: Option<ShiftPrompt>) -> ShiftText {
    match prompt {
        Some(ShiftPrompt::ConfirmClock | ShiftPrompt::ConfirmLimits) => ShiftText::Confirm,
        Some(ShiftPrompt::OpenShift) => ShiftText::OpenShift,
        Some(ShiftPrompt::EndShift) => ShiftText::EndKey,
        Some(ShiftPrompt::CheckScale(_)) => ShiftText::Begin,
        Some(ShiftPrompt::Weigh { .. }) => ShiftText::Weigh,
        Some(ShiftPrompt::OpenLot(_)) => ShiftText::Await,
        Some(ShiftPrompt::MakeRoom | ShiftPrompt::RenewCalibration(_)) | None => ShiftText::Ready,
    }
}

/// What helps: the live weight, the changed settings, where to look.
fn detail(language: Language, snapshot: &Snapshot) -> Vec<Line<'static>> {
    let view = &snapshot.shift;
    let text = |which| Line::raw(shift_text(language, which));
    match view.prompt {
        Some(ShiftPrompt::Weigh { bed, .. }) => {
            let scale = view.scales.iter().find(|scale| scale.bed == bed);
            let live = scale.and_then(|scale| scale.live);
            live.map(|live| Line::styled(format!("{} g", grams(live.0)), theme::STRONG)).into_iter().collect()
        }
        Some(ShiftPrompt::ConfirmLimits) => view
            .limits_changed
            .iter()
            .take(3)
            .map(|change| Line::raw(format!("{}: {} → {}", change.name, change.old, change.new)))
            .collect(),
        Some(ShiftPrompt::RenewCalibration(_)) => vec![text(ShiftText::Certificate)],
        Some(ShiftPrompt::MakeRoom) => vec![text(ShiftText::Disk)],
        Some(ShiftPrompt::OpenLot(_)) if answer(view) == Answer::Nothing => vec![text(ShiftText::Awaiting)],
        Some(ShiftPrompt::ConfirmClock) => vec![Line::styled(header::moment(snapshot), theme::STRONG)],
        Some(
            ShiftPrompt::OpenShift
            | ShiftPrompt::EndShift
            | ShiftPrompt::CheckScale(_)
            | ShiftPrompt::OpenLot(_),
        )
        | None => Vec::new(),
    }
}

fn waiting(language: Language, view: &ShiftView) -> Option<String> {
    let text = |which| Some(shift_text(language, which).to_owned());
    match view.prompt {
        Some(ShiftPrompt::Weigh { .. }) => text(ShiftText::Moving),
        _ => None,
    }
}

/// Grams with one decimal, from milligrams.
fn grams(mg: i64) -> String {
    let tenths = (mg + 50 * mg.signum()) / 100;
    format!("{}{}.{}", if tenths < 0 { "-" } else { "" }, tenths.abs() / 10, tenths.abs() % 10)
}

/// ```text
/// ┌ Before a start ────────┐┌ To be cleared ─────────┐
/// │ bed 1: scale unchecked ││ ▶ 12 step by hand  41  │
/// │ fridge 4.1 °C          ││                        │
/// ├ This shift ────────────┤│   13 underweight  41   │
/// │ donations 3 ...        ││                        │
/// └────────────────────────┘└────────────────────────┘
/// ```
pub(super) fn render(frame: &mut Frame<'_>, area: Rect, app: &App, at: usize) {
    let Some(snapshot) = &app.snapshot else { return };
    let (view, language) = (&snapshot.shift, app.language);
    let [left, right] =
        Layout::horizontal([Constraint::Percentage(50), Constraint::Percentage(50)]).areas(area);
    let [gates, counts] = Layout::vertical([Constraint::Min(4), Constraint::Length(8)]).areas(left);
    // What is too warm by now waits for nobody; what is still to be done before a start comes after it.
    let (alarming, calm): (Vec<_>, Vec<_>) = snapshot.climate.iter().partition(|probe| probe.alarming);
    let mut first = temperatures(language, &alarming);
    first.extend(closed_gates(language, view));
    first.extend(temperatures(language, &calm));
    boxed(frame, gates, language, ShiftText::Gates, first, 0);
    boxed(frame, counts, language, ShiftText::Counts, counted(language, view), 0);
    boxed(frame, right, language, ShiftText::Open, open_items(app, view, at), at);
}

fn boxed(
    frame: &mut Frame<'_>,
    area: Rect,
    language: Language,
    title: ShiftText,
    lines: Vec<Line<'static>>,
    keep: usize,
) {
    let block = theme::block(format!(" {} ", shift_text(language, title)));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let room = usize::from(inner.height);
    let needs = |line: &Line<'_>| line.width().div_ceil(usize::from(inner.width).max(1)).max(1);
    if lines.iter().map(needs).sum::<usize>() <= room {
        frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: false }), inner);
        return;
    }
    // The chosen line stays in sight, and the last line says how many there are besides.
    let first = (keep + 2).saturating_sub(room);
    let (mut used, mut shown) = (1, Vec::new());
    let count = lines.len();
    for line in lines.into_iter().skip(first) {
        used += needs(&line);
        if used > room {
            break;
        }
        shown.push(line);
    }
    let hidden = count - shown.len();
    shown.push(Line::styled(words::more(language, hidden), theme::FAINT));
    frame.render_widget(Paragraph::new(shown).wrap(Wrap { trim: false }), inner);
}

fn closed_gates(language: Language, view: &ShiftView) -> Vec<Line<'static>> {
    if view.closed.is_empty() {
        return vec![Line::styled(format!("✓ {}", shift_text(language, ShiftText::AllOpen)), theme::DONE)];
    }
    let line = |closed: &station::api::shift::ClosedGate| {
        let bed = closed
            .bed
            .map_or_else(String::new, |bed| format!("{} {bed}: ", words::text(language, words::Text::Bed)));
        Line::from(vec![
            Span::styled("! ", theme::WARN),
            Span::raw(format!("{bed}{}", words::no_start(language, closed.why))),
        ])
    };
    view.closed.iter().map(line).collect()
}

/// What is kept cold.
fn temperatures(language: Language, climate: &[&ClimateView]) -> Vec<Line<'static>> {
    let line = |probe: &&ClimateView| {
        let text = words::climate(language, probe);
        match (probe.state, probe.alarming) {
            (ClimateState::Right, false) => Line::styled(format!("✓ {text}"), theme::DONE),
            (ClimateState::Right, true) => Line::styled(format!("! {text}"), theme::WARN),
            (ClimateState::Cold | ClimateState::Warm | ClimateState::Silent, true) => {
                Line::styled(format!("! {text}"), theme::BAD)
            }
            (ClimateState::Cold | ClimateState::Warm | ClimateState::Silent, false) => {
                Line::styled(format!("· {text}"), theme::WARN)
            }
        }
    };
    climate.iter().map(line).collect()
}

fn counted(language: Language, view: &ShiftView) -> Vec<Line<'static>> {
    let text = |which| shift_text(language, which);
    let Some(open) = &view.open else { return vec![Line::raw(text(ShiftText::NotOpen))] };
    let place = &open.place;
    let mut named = format!("{} {}", place.site, place.team);
    for more in place.vehicle.iter().chain(&place.group) {
        named.push_str(&format!(" {more}"));
    }
    let people: Vec<&str> = open.people.iter().map(|who| who.as_str()).collect();
    named.push_str(&format!("  {} {}", text(ShiftText::People), people.join(" ")));
    let counts = &view.counts;
    let mut donations = format!("{} {}", text(ShiftText::Donations), counts.all());
    for (name, count) in [
        (ShiftText::Collected, counts.collected),
        (ShiftText::Quarantined, counts.quarantined),
        (ShiftText::Discard, counts.discard_proposed),
        (ShiftText::NoUnit, counts.no_unit),
    ] {
        if count > 0 {
            donations.push_str(&format!("  {} {count}", text(name)));
        }
    }
    let dins = &view.dins;
    let left = dins.left.map_or_else(|| format!("({})", dins.expected()), |left| left.to_string());
    let mut numbers = format!("{} / {} / {} / {left}", dins.received, dins.used, dins.voided);
    if dins.strange > 0 {
        numbers.push_str(&format!("  {} {}", text(ShiftText::Strange), dins.strange));
    }
    let lots: Vec<String> = view.lots.iter().map(|lot| lot.lot.to_string()).collect();
    vec![
        Line::styled(named, theme::STRONG),
        Line::raw(donations),
        Line::raw(text(ShiftText::Numbers)),
        Line::raw(numbers),
        Line::raw(format!("{} {}", text(ShiftText::Lots), lots.join(" "))),
    ]
}

fn open_items(app: &App, view: &ShiftView, at: usize) -> Vec<Line<'static>> {
    let language = app.language;
    let items = items(view);
    if items.is_empty() {
        return vec![Line::styled(shift_text(language, ShiftText::NothingOpen), theme::FAINT)];
    }
    let line = |(n, item): (usize, &Item)| {
        let text = item_words(language, view, *item);
        if n == at {
            Line::styled(format!("▶ {text}"), theme::CHOSEN)
        } else {
            Line::raw(format!("  {text}"))
        }
    };
    items.iter().enumerate().map(line).collect()
}

fn item_words(language: Language, view: &ShiftView, item: Item) -> String {
    let text = |which| shift_text(language, which);
    match item {
        Item::Second(number) => view.seconds.iter().find(|s| s.number == number).map(|second| {
            let bed = words::text(language, words::Text::Bed);
            let what = words::act(language, &second.act);
            format!(
                "{} {}: {bed} {} {what}  {} s",
                second.by,
                text(ShiftText::Wanted),
                second.bed,
                second.left_s
            )
        }),
        Item::Waiting(number) => view.waiting.iter().find(|c| c.number == number).map(|check| {
            let kind = words::check_kind(language, check.kind);
            format!("{} {}: {kind}  {}", check.by, text(ShiftText::Waiting), check.donation)
        }),
        Item::Deviation(number) => view.deviations.iter().find(|d| d.number == number).map(|deviation| {
            let source = match deviation.source {
                station::shift::deviation::Source::Donation(donation) => format!("{donation}"),
                station::shift::deviation::Source::Bed(bed) => {
                    format!("{} {bed}", words::text(language, words::Text::Bed))
                }
                station::shift::deviation::Source::Shift => text(ShiftText::Title).to_owned(),
            };
            let kind = words::deviation(language, deviation.kind);
            format!("{} {number}: {kind}  {source}", text(ShiftText::Deviation))
        }),
        Item::Segments(donation) => Some(format!("{} {donation}", text(ShiftText::SegmentsLater))),
    }
    .unwrap_or_default()
}

/// What a form of the page is about: headline and a line that helps.
fn form_words(language: Language, purpose: ShiftForm, snapshot: &Snapshot) -> (&'static str, String) {
    let view = &snapshot.shift;
    let text = |which| shift_text(language, which);
    match purpose {
        ShiftForm::Open => {
            let usual = view.usual.as_ref().map_or_else(String::new, |place| {
                let vehicle = place.vehicle.iter().map(|vehicle| vehicle.as_str());
                let place = [place.site.as_str()].into_iter().chain(vehicle).chain([place.team.as_str()]);
                format!("{}{}", text(ShiftText::Usual), place.collect::<Vec<_>>().join(", "))
            });
            (text(ShiftText::FormOpen), usual)
        }
        ShiftForm::Lot(kind) => (text(ShiftText::FormLot), words::lot_kind(language, kind).to_owned()),
        ShiftForm::Roll => (text(ShiftText::FormRoll), String::new()),
        ShiftForm::Left => (text(ShiftText::FormLeft), String::new()),
        ShiftForm::Sign(number) => {
            let item = items(view)
                .into_iter()
                .find(|item| matches!(item, Item::Second(of) | Item::Waiting(of) if *of == number));
            let what = item.map_or_else(String::new, |item| item_words(language, view, item));
            (text(ShiftText::FormSign), what)
        }
        ShiftForm::Clock => (text(ShiftText::FormClock), header::moment(snapshot)),
        ShiftForm::Limits => {
            let changed: Vec<String> = view
                .limits_changed
                .iter()
                .map(|change| format!("{} {}→{}", change.name, change.old, change.new))
                .collect();
            (text(ShiftText::FormLimits), changed.join(", "))
        }
        ShiftForm::Explain(number) => {
            (text(ShiftText::FormExplain), item_words(language, view, Item::Deviation(number)))
        }
        ShiftForm::Correct => {
            let fields = CorrectedField::ALL.iter().enumerate();
            let named: Vec<String> = fields
                .map(|(n, field)| format!("{} {}", n + 1, words::corrected_field(language, *field)))
                .collect();
            (text(ShiftText::FormCorrect), named.join(" "))
        }
        ShiftForm::Close => {
            let words = format!("{} {}", text(ShiftText::Open), items(view).len());
            (text(ShiftText::FormClose), words)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grams_have_one_decimal() {
        assert_eq!(grams(200_049), "200.0");
        assert_eq!(grams(199_951), "200.0");
        assert_eq!(grams(-1_960), "-2.0");
        assert_eq!(grams(-40), "0.0");
    }
}
