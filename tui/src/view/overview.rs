//! The overview: a card for each bed.
//!
//! Owns: the cards. Refuses: brackets, so that nothing here looks like the one thing to do. Holds no state.

use super::{now, theme, volume};
use crate::app::App;
use crate::words;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{BorderType, Paragraph, Wrap};
use station::api::BedView;
use station::procedure::phase::PhaseName;

/// ```text
/// ╔ 2 DRAW 王* ════════════════════╗
/// ║ ██████████░░░░░░  213 / 400 mL ║
/// ║ !!  M02 Low flow               ║   without an alarm: what is to be done
/// ╚════════════════════════════════╝
/// ```
pub(super) fn render(frame: &mut Frame<'_>, body: Rect, cards: &[Rect], app: &App) {
    let Some(snapshot) = &app.snapshot else { return };
    if snapshot.beds.is_empty() {
        let text = words::text(app.language, words::Text::NoBeds);
        frame.render_widget(Paragraph::new(text), body);
    }
    for (area, bed) in cards.iter().zip(&snapshot.beds) {
        card(frame, *area, app, bed);
    }
}

fn card(frame: &mut Frame<'_>, area: Rect, app: &App, bed: &BedView) {
    let language = app.language;
    let chosen = app.selected == Some(bed.bed);
    let donor = bed.donor.as_deref().unwrap_or("");
    let mut title = format!(" {} {} {donor} ", bed.bed, words::phase(language, bed.phase));
    if let Some(left) = bed.audio_paused {
        title.push_str(&format!("· {} ", words::audio_paused(language, left.as_secs())));
    }
    let mut block = theme::block(title.replace("  ", " "));
    if chosen {
        block = block.border_type(BorderType::Double).border_style(theme::STRONG);
    }
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let todo = if bed.calls > 0 {
        Line::styled(words::text(language, words::Text::Calling), theme::CHOSEN)
    } else if let Some(why) = now::no_start(app, bed) {
        Line::styled(why, theme::WARN)
    } else {
        Line::styled(now::headline(language, bed), theme::STRONG)
    };
    let first = bed.alarms.iter().find(|alarm| alarm.holds).or(bed.alarms.first());
    let alarm = first.map(|alarm| {
        let (marker, style) = theme::marker(alarm, app.now_ms);
        let what = words::alarm_what(language, alarm.code);
        Line::from(vec![
            Span::styled(marker, style),
            Span::raw(format!(" {} ", alarm.code.code())),
            Span::styled(what, theme::STRONG),
        ])
    });
    let mut lines = Vec::new();
    // With one line only, an alarm or what is to be done comes before the volume.
    if bed.phase != PhaseName::Idle && inner.height > 1 {
        lines.push(volume::bar(bed, language, inner.width));
    }
    let roomy = usize::from(inner.height) > lines.len() + 1;
    match alarm {
        Some(alarm) if roomy => lines.extend([alarm, todo]),
        Some(alarm) => lines.push(alarm),
        None => lines.push(todo),
    }
    lines.extend(bed.scanner.map(|loan| Line::styled(words::loan(language, bed.bed, loan), theme::WARN)));
    frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: true }), inner);
}
