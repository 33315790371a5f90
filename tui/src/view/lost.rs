//! No connection: a screen of its own, so that nobody trusts an old picture.
//!
//! Owns: what people are told. Refuses: showing anything of the last snapshot. Holds no state.

use super::theme;
use crate::lost::LostWhy;
use crate::words::{self, Language, Text};
use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Flex, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::{BorderType, Paragraph, Wrap};

/// ```text
/// ┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓
/// ┃                NO CONNECTION TO THE STATION                    ┃
/// ┃      the station has been silent for 3 seconds                 ┃
/// ┃  The station goes on by itself: ...                            ┃
/// ┃  Stay with the donors. ...                                     ┃
/// ┃                Connecting again by itself ...                  ┃
/// ┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛
/// ```
pub(super) fn render(frame: &mut Frame<'_>, area: Rect, language: Language, why: LostWhy) {
    let block = theme::block(String::new()).border_type(BorderType::Thick).border_style(theme::BAD);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let text = |which| words::text(language, which);
    let lines = vec![
        Line::styled(text(Text::LostTitle), theme::BAD),
        Line::styled(words::lost(language, why), theme::WARN),
        Line::raw(""),
        Line::styled(text(Text::LostGoesOn), theme::STRONG),
        Line::styled(text(Text::LostHands), theme::STRONG),
        Line::raw(""),
        Line::raw(text(Text::LostRetry)),
    ];
    let [middle] = Layout::vertical([Constraint::Length(10)]).flex(Flex::Center).areas(inner);
    let body = Paragraph::new(lines).alignment(Alignment::Center).wrap(Wrap { trim: true });
    frame.render_widget(body, middle);
}
