//! The header: where, what kind of donation, what time, who, how many records wait.
//!
//! Owns: one line. Refuses: hiding the mode, on any screen. Holds no state.

use super::theme;
use crate::app::App;
use crate::words::{self, Text};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use station::api::Snapshot;
use station::device::Mode;
use station::ident::LocalDateTime;

/// ```text
///  HS-01  SIMULATED: NO REAL BLOOD  14:03:22 ok  nurse 1001  online, 3 to upload
/// ```
pub(super) fn render(frame: &mut Frame<'_>, area: Rect, app: &App) {
    let language = app.language;
    let Some(snapshot) = &app.snapshot else { return };
    let badge = match snapshot.mode {
        Mode::Real => Style::new().fg(Color::Black).bg(Color::White),
        Mode::Validation => Style::new().fg(Color::Black).bg(Color::Cyan),
        Mode::Simulated => Style::new().fg(Color::Black).bg(Color::Magenta).add_modifier(Modifier::BOLD),
    };
    let mut spans = vec![
        Span::styled(format!(" {} ", snapshot.station), theme::STRONG),
        Span::styled(format!(" {} ", words::mode(language, snapshot.mode)), badge),
        Span::raw(format!(" {} ", clock(snapshot))),
    ];
    if !snapshot.journal_ok {
        let failed = Span::styled(format!(" {} ", words::text(language, Text::JournalFailed)), theme::BAD);
        spans.insert(2, failed);
    }
    if snapshot.clock_trusted {
        spans.push(Span::styled(words::text(language, Text::ClockTrusted), theme::FAINT));
    } else {
        spans.push(Span::styled(words::text(language, Text::ClockUntrusted), theme::WARN));
    }
    match &app.who {
        Some((id, _)) => {
            spans.push(Span::raw(format!("  {} ", words::text(language, Text::Operator))));
            spans.push(Span::styled(id.to_string(), theme::STRONG));
        }
        None => {
            spans.push(Span::styled(format!("  {}", words::text(language, Text::Nobody)), theme::WARN));
        }
    }
    let (line, style) = if snapshot.outbox.online {
        (words::text(language, Text::Online), theme::FAINT)
    } else {
        (words::text(language, Text::Offline), theme::WARN)
    };
    spans.push(Span::styled(format!("  {line}"), style));
    if snapshot.outbox.waiting > 0 {
        let backlog = words::backlog(language, snapshot.outbox.waiting);
        spans.push(Span::styled(format!(", {backlog}"), style));
    }
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
}

/// Calendar day and time of the station's zone, `2026-11-22 14:03`.
pub(super) fn moment(snapshot: &Snapshot) -> String {
    LocalDateTime::from_unix(snapshot.wall.0.div_euclid(1000), snapshot.utc_offset_min).map_or_else(
        |_| "?".to_owned(),
        |t| {
            let (day, hour, minute) = (t.date(), t.hour(), t.minute());
            format!("{:04}-{:02}-{:02} {hour:02}:{minute:02}", day.year(), day.month(), day.day())
        },
    )
}

/// Wall clock of the station's zone, `14:03:22`.
fn clock(snapshot: &Snapshot) -> String {
    let local = snapshot.wall.0.div_euclid(1000).saturating_add(i64::from(snapshot.utc_offset_min) * 60);
    let second = local.rem_euclid(86_400);
    format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)
}
