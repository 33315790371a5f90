//! Volume, flow and times of one bed.
//!
//! Owns: the gauge with its target, the flow curve, elapsed and left. Refuses: showing a doubtful value as a sure one.
//! Holds no state.

use super::theme;
use crate::words::{self, Language, Text};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Sparkline};
use station::api::BedView;
use station::measure;

/// `213 / 400 mL`, with a question mark when not sure.
fn figures(bed: &BedView) -> String {
    let mark = if bed.sure { "" } else { "?" };
    format!("{}{mark} / {} mL", bed.volume.ml_rounded(), bed.programme_ml)
}

/// A bar with its figures behind it, one line.
pub(super) fn bar(bed: &BedView, language: Language, width: u16) -> Line<'static> {
    let text = format!(" {} ", figures(bed));
    let unsure = if bed.sure { String::new() } else { words::text(language, Text::NotSure).to_owned() };
    let used = Line::raw(&text).width() + Line::raw(&unsure).width();
    let room = usize::from(width).saturating_sub(used).max(4);
    let target = usize::from(bed.programme_ml).max(1);
    let volume = usize::try_from(bed.volume.ml_rounded()).unwrap_or(0);
    let full = (room * volume / target).min(room);
    let colour = if bed.sure { Color::Red } else { Color::Yellow };
    Line::from(vec![
        Span::styled("█".repeat(full), Style::new().fg(colour)),
        Span::styled("░".repeat(room - full), theme::FAINT),
        Span::styled(text, theme::STRONG),
        Span::styled(unsure, theme::WARN),
    ])
}

/// `4:35`, or a dash.
pub(super) fn time(span: Option<measure::Span>) -> String {
    span.map_or_else(|| "-:--".to_owned(), |s| format!("{}:{:02}", s.as_secs() / 60, s.as_secs() % 60))
}

/// ```text
/// ┌ Volume ────────────────────────────────────────┐
/// │ ███████████████████░░░░░░░░░░░░  213 / 400 mL  │
/// │ Flow, mL/min 45   time 4:35   left 4:02        │
/// │ ▁▃▅▆▆▇▇▆▆▆▅▆▆▆▆▇▆▆                             │  as high as there is room
/// └────────────────────────────────────────────────┘
/// ```
pub(super) fn render(frame: &mut Frame<'_>, area: Rect, language: Language, bed: &BedView) {
    let block = theme::block(format!(" {} ", words::text(language, Text::Volume)));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    if bed.donation.is_none() {
        // A free bed has no target, and nothing to be unsure of.
        return;
    }
    let [gauge, times, curve] =
        Layout::vertical([Constraint::Length(1), Constraint::Length(1), Constraint::Min(0)]).areas(inner);
    frame.render_widget(Paragraph::new(bar(bed, language, gauge.width)), gauge);
    let label = |which| Span::styled(format!(" {} ", words::text(language, which)), theme::FAINT);
    let strong = |text: String| Span::styled(text, theme::STRONG);
    let line = Line::from(vec![
        label(Text::Flow),
        strong(format!("{}  ", bed.flow.ml_per_min_rounded())),
        label(Text::Elapsed),
        strong(format!("{}  ", time(bed.elapsed))),
        label(Text::Left),
        strong(time(bed.left)),
    ]);
    frame.render_widget(Paragraph::new(line), times);
    let room = usize::from(curve.width);
    let from = bed.flow_curve.len().saturating_sub(room);
    let data: Vec<u64> = bed.flow_curve.iter().skip(from).map(|v| u64::from(*v)).collect();
    let top = data.iter().copied().max().unwrap_or(0).max(80);
    let spark = Sparkline::default().data(data).max(top).style(Style::new().fg(Color::Red));
    frame.render_widget(spark, curve);
}
