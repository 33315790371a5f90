//! The alarm log: what was raised where, how long it lasted, who took note of it.
//!
//! Owns: one line an alarm, the newest first. Refuses: flashing: none of these needs to be seen from afar. Holds no state.

use super::theme;
use crate::alarm_log::AlarmLog;
use crate::app::App;
use crate::words::{self, Language, Text};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use station::api::LoggedAlarm;
use station::ident::isbt128::LocalDateTime;
use station::measure::{Span as Time, Wall};

/// ```text
/// ┌ Alarm history ─────────────────────────────────────────────────────┐
/// │ 11-22 15:23:22  1  H04 Labels do not agree                         │
/// │                    0:42  acknowledged 1001 15:23:40                │
/// │ ...                                                                │
/// │ ▼ older   ▲ newer   Esc back                                       │
/// └────────────────────────────────────────────────────────────────────┘
/// ```
pub(super) fn render(frame: &mut Frame<'_>, area: Rect, app: &App, log: &AlarmLog) {
    let language = app.language;
    let block = theme::block(format!(" {} ", words::text(language, Text::AlarmLog)));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let offset = app.snapshot.as_ref().map_or(0, |snapshot| snapshot.utc_offset_min);
    let mut lines: Vec<Line<'_>> = log.alarms.iter().map(|alarm| line(language, alarm, offset)).collect();
    if log.loading {
        lines.push(Line::styled(words::text(language, Text::Loading), theme::FAINT));
    } else if log.alarms.is_empty() {
        lines.push(Line::styled(words::text(language, Text::NoAlarm), theme::FAINT));
    } else {
        lines.push(Line::styled(words::text(language, Text::LogKeys), theme::FAINT));
    }
    frame.render_widget(Paragraph::new(lines), inner);
}

fn line(language: Language, alarm: &LoggedAlarm, offset_min: i16) -> Line<'static> {
    let colour = Style::new().fg(theme::colour(alarm.code.priority()));
    let lasted = match (alarm.lasted, alarm.ended) {
        (Some(span), _) => minutes(span),
        (None, Some(_)) => "?".to_owned(),
        (None, None) => words::text(language, Text::Holds).to_owned(),
    };
    let mut spans = vec![
        Span::raw(format!("{} ", time(alarm.raised, offset_min))),
        Span::styled(format!("{} ", alarm.bed), theme::STRONG),
        Span::styled(format!("{} ", alarm.code.code()), colour),
        Span::raw(words::alarm_what(language, alarm.code)),
        Span::styled(format!(" · {lasted}"), theme::FAINT),
    ];
    if let Some(noted) = &alarm.acknowledged {
        let at = time(noted.at, offset_min);
        spans.push(Span::raw(format!(" · {} {}", noted.by, at.get(6..).unwrap_or_default())));
    }
    Line::from(spans)
}

/// `4:05`.
fn minutes(span: Time) -> String {
    format!("{}:{:02}", span.as_secs() / 60, span.as_secs() % 60)
}

/// Calendar time of the station's zone, `11-22 15:23`.
fn time(wall: Wall, offset_min: i16) -> String {
    LocalDateTime::from_unix(wall.0.div_euclid(1000), offset_min).map_or_else(
        |_| "?".to_owned(),
        |t| format!("{:02}-{:02} {:02}:{:02}", t.date().month(), t.date().day(), t.hour(), t.minute()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calendar_time_is_that_of_the_station_s_zone() {
        assert_eq!(time(Wall(1_795_332_202_000), 480), "11-22 15:23");
        assert_eq!(time(Wall(1_795_332_202_000), 540), "11-22 16:23");
        assert_eq!(time(Wall(i64::MAX), 0), "?");
    }
}
