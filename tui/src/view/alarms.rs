//! Alarms of one bed, and what was not accepted last.
//!
//! Owns: each alarm's marker, code, what happened and what to do first. Refuses: flashing text, and hiding an alarm that is
//! acknowledged. Holds no state.

use super::theme;
use crate::app::{App, Purpose, Screen};
use crate::words::{self, Key, Language, Text};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};
use station::api::{ApiError, BedView};
use station::procedure::alarm::ActiveAlarm;
use station::procedure::refusal::Refusal;

/// ```text
/// ┌ Alarms ────────────────────────────────────────┐
/// │ !!! H04 Labels do not agree                    │
/// │         First: stop, compare form, bag, tubes  │
/// │ !!  M02 Low flow, acknowledged                 │
/// │ Not accepted: label G1234.., this donation ... │
/// └────────────────────────────────────────────────┘
/// ```
pub(super) fn render(frame: &mut Frame<'_>, area: Rect, app: &App, bed: &BedView) {
    let language = app.language;
    let title = words::text(language, Text::Alarms);
    let block = theme::block(match bed.audio_paused {
        Some(left) => format!(" {title} · {} ", words::audio_paused(language, left.as_secs())),
        None if bed.alarms.iter().any(|a| !a.acknowledged) => {
            format!(" {title} · Q {} ", words::key(language, Key::Silence))
        }
        None => format!(" {title} "),
    });
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let refused = refusals(app, bed);
    let width = usize::from(inner.width).max(1);
    let below: usize = refused.iter().map(|l| l.width().div_ceil(width)).sum();
    let below = u16::try_from(below).unwrap_or(u16::MAX).min(inner.height.saturating_sub(2));
    let [top, bottom] = Layout::vertical([Constraint::Min(0), Constraint::Length(below)]).areas(inner);
    let room = usize::from(top.height);
    let lines: Vec<Line<'_>> = if bed.alarms.is_empty() {
        vec![Line::styled(words::text(language, Text::NoAlarm), theme::FAINT)]
    } else {
        // What holds comes before what is over. The first alarms keep their advice; when they are many, the advice of the last
        // ones gives way.
        let spare = room.saturating_sub(bed.alarms.len());
        let (holding, over): (Vec<_>, Vec<_>) = bed.alarms.iter().partition(|alarm| alarm.holds);
        holding
            .into_iter()
            .chain(over)
            .enumerate()
            .flat_map(|(i, a)| lines_of(a, language, app.now_ms, i < spare.max(1)))
            .collect()
    };
    frame.render_widget(Paragraph::new(lines), top);
    frame.render_widget(Paragraph::new(refused).wrap(Wrap { trim: false }), bottom);
}

fn lines_of(alarm: &ActiveAlarm, language: Language, now_ms: u64, advice: bool) -> Vec<Line<'static>> {
    let (marker, style) = theme::marker(alarm, now_ms);
    let colour = Style::new().fg(theme::colour(alarm.code.priority()));
    let mut what = vec![
        Span::styled(marker, style),
        Span::styled(format!(" {} ", alarm.code.code()), colour),
        Span::styled(words::alarm_what(language, alarm.code), theme::STRONG),
    ];
    let comma = |which| Span::styled(format!(" · {}", words::text(language, which)), theme::FAINT);
    if !alarm.holds {
        what.push(comma(Text::Over));
    }
    if alarm.acknowledged {
        what.push(comma(Text::Acknowledged));
    }
    let mut lines = vec![Line::from(what)];
    if advice {
        let first = words::text(language, Text::DoFirst);
        lines.push(Line::raw(format!("  {first}{}", words::alarm_first(language, alarm.code))));
    }
    lines
}

/// What was not accepted: the machine's refusal and the daemon's answer.
fn refusals(app: &App, bed: &BedView) -> Vec<Line<'static>> {
    let language = app.language;
    let mut lines = Vec::new();
    // The open form for a second person, or the line that one is asked for elsewhere, says so itself.
    let asked = matches!(&app.screen, Screen::Form { purpose: Purpose::Second(_), .. })
        || app.is_asked_elsewhere(bed.bed);
    if let Some(refusal) = bed.refused.as_ref().filter(|why| !(asked && **why == Refusal::SecondPersonNeeded))
    {
        let lead = words::text(language, Text::LastRefusal);
        lines.push(Line::styled(format!("{lead}{}", words::refusal(language, refusal)), theme::WARN));
    }
    if let Some((at, error)) = &app.notice
        && at.is_none_or(|at| at == bed.bed)
        && (error.refusal.is_none() || error.refusal != bed.refused)
    {
        let lead = words::text(language, Text::NotTaken);
        lines.push(Line::styled(format!("{lead}{}", sentence(language, error)), theme::WARN));
    }
    lines
}

/// The daemon's answer in words.
pub(super) fn sentence(language: Language, error: &ApiError) -> String {
    match &error.refusal {
        Some(refusal) => words::refusal(language, refusal),
        None => words::error(language, error.code).to_owned(),
    }
}
