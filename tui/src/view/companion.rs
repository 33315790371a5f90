//! The companion's pages: what may happen in its world, to be chosen, and what there is to read.
//!
//! Owns: how the marked line stays in sight. Refuses: to look like a page of the product: its title says what it is. Holds no
//! state.

use super::theme;
use crate::companion::Page;
use crate::words::{self, Language, Say, Text};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};
use unicode_width::UnicodeWidthStr;

/// ```text
/// ┌ demo ─ What may happen   The procedure ──────────┐
/// │ the mixer is blocked                             │
/// │ the bag falls off the tray                       │
/// │ Enter do it   ←→ page   ▲▼ line   Esc back       │
/// └──────────────────────────────────────────────────┘
/// ```
pub(super) fn render(
    frame: &mut Frame<'_>,
    area: Rect,
    language: Language,
    pages: &[Page],
    (page, line): (usize, usize),
) {
    let mut title = vec![Span::raw(format!(" {}", words::text(language, Text::Demo)))];
    for (n, page_of) in pages.iter().enumerate() {
        let style = if n == page { theme::CHOSEN } else { theme::FAINT };
        title.push(Span::styled(format!(" {} ", page_of.title), style));
    }
    let block = theme::block(String::new()).title(Line::from(title));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let Some(shown) = pages.get(page) else { return };
    let [text, keys] = Layout::vertical([Constraint::Min(0), Constraint::Length(1)]).areas(inner);
    let height = |line: &String| line.width().div_ceil(usize::from(text.width.max(1))).max(1);
    // From the marked line upwards as much as fits, so that it is always in sight.
    let mut room = usize::from(text.height);
    let mut first = line;
    for (n, above) in shown.lines.iter().enumerate().take(line + 1).rev() {
        // Wrapping at words may take one row more than the width says.
        let needs = height(above) + usize::from(height(above) > 1);
        if needs > room {
            break;
        }
        room -= needs;
        first = n;
    }
    let lines =
        shown.lines.iter().enumerate().skip(first).map(|(n, words)| {
            Line::styled(words.as_str(), if n == line { theme::CHOSEN } else { Style::new() })
        });
    frame.render_widget(Paragraph::new(lines.collect::<Vec<_>>()).wrap(Wrap { trim: true }), text);
    frame.render_widget(Line::styled(words::say(language, Say::CompanionKeys), theme::FAINT), keys);
}
