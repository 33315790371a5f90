//! The keys.
//!
//! Owns: the list of all keys. Refuses: a key that does nothing. Holds no state.

use super::theme;
use crate::words::{self, Key, Language, Text};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

const KEYS: &[(&str, Key)] = &[
    ("P  F4", Key::Pause),
    ("C  F5", Key::Clamp),
    ("S  F6", Key::Stop),
    ("N  F7", Key::NeedleOut),
    ("H  F8", Key::Help),
    ("J", Key::HelpArrived),
    ("K", Key::Acknowledge),
    ("Q  F11", Key::Silence),
    ("I", Key::AlarmLog),
    ("W", Key::Shift),
    ("R", Key::After),
    ("E", Key::End),
    ("A", Key::Abort),
    ("X", Key::Reaction),
    ("G", Key::Programme),
    ("Y", Key::ByHand),
    ("F", Key::WholeName),
    ("1-8", Key::Beds),
    ("▲▼◀▶", Key::Select),
    ("Esc", Key::Overview),
    ("F9", Key::Language),
    ("F10", Key::SignOut),
    ("Ctrl-Q", Key::Quit),
];

/// ```text
/// ┌ Keys ──────────────────────┐
/// │ P  F4   pause              │
/// │ C  F5   clamp              │
/// └────────────────────────────┘
/// ```
pub(super) fn render(frame: &mut Frame<'_>, area: Rect, language: Language) {
    let block = theme::block(format!(" {} ", words::text(language, Text::HelpTitle)));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let lines: Vec<Line<'_>> = KEYS
        .iter()
        .map(|(key, which)| {
            Line::from(vec![
                Span::styled(format!(" {key:<9}"), theme::STRONG),
                Span::raw(words::key(language, *which)),
            ])
        })
        .collect();
    let rows = usize::from(inner.height).max(1);
    let columns = Layout::horizontal(vec![Constraint::Fill(1); lines.len().div_ceil(rows)]).split(inner);
    for (column, lines) in columns.iter().zip(lines.chunks(rows)) {
        frame.render_widget(Paragraph::new(lines.to_vec()), *column);
    }
}
