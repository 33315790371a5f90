//! The chain as a checklist.
//!
//! Owns: one line a step. Refuses: colour as the only sign. Holds no state.

use super::theme;
use crate::words::{self, Language, Text};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;
use station::api::{BedView, ChainState};

/// ```text
/// ┌ Steps ──────────────┐
/// │ ✓ donor identified  │
/// │ ▶ labels agree      │
/// │ · bag, mixer, clamp │
/// └─────────────────────┘
/// ```
pub(super) fn render(frame: &mut Frame<'_>, area: Rect, language: Language, bed: &BedView) {
    let block = theme::block(format!(" {} ", words::text(language, Text::Chain)));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let room = usize::from(inner.height);
    // On a low screen the list moves so that the present step and what comes next are in sight.
    let now = bed.chain.iter().position(|s| matches!(s.state, ChainState::Now | ChainState::Trouble));
    let last = now.map_or(0, |i| i + 3).min(bed.chain.len());
    let from = last.saturating_sub(room);
    let lines: Vec<Line<'_>> = bed
        .chain
        .iter()
        .skip(from)
        .map(|step| {
            let (mark, style) = match step.state {
                ChainState::Ahead => ("·", theme::FAINT),
                ChainState::Now => ("▶", theme::STRONG),
                ChainState::Done => ("✓", theme::DONE),
                ChainState::Skipped => ("-", theme::FAINT),
                ChainState::Trouble => ("!", theme::BAD),
            };
            Line::styled(format!("{mark} {}", words::step(language, step.step)), style)
        })
        .collect();
    frame.render_widget(Paragraph::new(lines), inner);
}
