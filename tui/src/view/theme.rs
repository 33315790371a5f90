//! Colours, markers and flashing.
//!
//! Owns: the alarm colours and rates of IEC 60601-1-8 (high: red, 2 Hz; medium: yellow, 0.5 Hz; low: cyan, constant).
//! Refuses: flashing text: only a marker beside it flashes, and an acknowledged alarm stands still. Holds no state.

use ratatui::style::{Color, Modifier, Style};
use ratatui::widgets::{Block, BorderType};
use station::procedure::alarm::{ActiveAlarm, Priority};

/// Text of headings and the one thing to do.
pub(super) const STRONG: Style = Style::new().add_modifier(Modifier::BOLD);
/// A key.
pub(super) const KEY: Style = Style::new().fg(Color::Black).bg(Color::White).add_modifier(Modifier::BOLD);
/// The one primary key.
pub(super) const PRIMARY: Style = Style::new().fg(Color::Black).bg(Color::Green).add_modifier(Modifier::BOLD);
/// What is done.
pub(super) const DONE: Style = Style::new().fg(Color::Green);
/// What is ahead, and notes.
pub(super) const FAINT: Style = Style::new().fg(Color::DarkGray);
/// What is unsure or refused.
pub(super) const WARN: Style = Style::new().fg(Color::Yellow);
/// What is wrong.
pub(super) const BAD: Style = Style::new().fg(Color::Red).add_modifier(Modifier::BOLD);
/// What is chosen.
pub(super) const CHOSEN: Style = Style::new().fg(Color::Black).bg(Color::Cyan);

/// The frame of an area.
pub(super) fn block<'a>(title: String) -> Block<'a> {
    Block::bordered().border_type(BorderType::Plain).title(title)
}

/// The colour of a priority.
pub(super) fn colour(priority: Priority) -> Color {
    match priority {
        Priority::High => Color::Red,
        Priority::Medium => Color::Yellow,
        Priority::Low => Color::Cyan,
    }
}

/// Whether an alarm's marker is lit now. High: 2 Hz, lit half of the time; medium: 0.5 Hz, lit half of the time; low, and
/// whatever is acknowledged: always.
pub(super) fn is_lit(alarm: &ActiveAlarm, now_ms: u64) -> bool {
    if alarm.acknowledged {
        return true;
    }
    match alarm.code.priority() {
        Priority::High => now_ms % 500 < 250,
        Priority::Medium => now_ms % 2_000 < 1_000,
        Priority::Low => true,
    }
}

/// The marker of an alarm: its priority can be read without colour too.
pub(super) fn marker(alarm: &ActiveAlarm, now_ms: u64) -> (&'static str, Style) {
    let (on, off) = match alarm.code.priority() {
        Priority::High => ("!!!", "   "),
        Priority::Medium => ("!! ", "   "),
        Priority::Low => ("!  ", "   "),
    };
    if is_lit(alarm, now_ms) {
        let style = Style::new().fg(Color::Black).bg(colour(alarm.code.priority()));
        (on, style)
    } else {
        (off, Style::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use station::measure::Mono;
    use station::procedure::alarm::AlarmCode;

    /// Cycles a second and lit part in percent, counted over 20 s in steps of 10 ms.
    fn flash(code: AlarmCode) -> (f64, u64) {
        let alarm = ActiveAlarm { code, since: Mono(0), holds: true, acknowledged: false };
        let lit: Vec<bool> = (0..2000).map(|i| is_lit(&alarm, i * 10)).collect();
        let rises = lit.windows(2).filter(|w| !w[0] && w[1]).count() + 1;
        (rises as f64 / 20.0, lit.iter().filter(|l| **l).count() as u64 / 20)
    }

    #[test]
    fn markers_flash_within_the_bands_of_the_alarm_standard() {
        let (rate, lit) = flash(AlarmCode::ClampNotClosed);
        assert!((1.4..=2.8).contains(&rate) && (20..=60).contains(&lit), "{rate} Hz, {lit} %");
        let (rate, lit) = flash(AlarmCode::NoFlow);
        assert!((0.4..=0.8).contains(&rate) && (20..=60).contains(&lit), "{rate} Hz, {lit} %");
        assert_eq!(flash(AlarmCode::BinFull).1, 100, "low priority stands still");
    }

    #[test]
    fn an_acknowledged_alarm_stands_still_and_is_still_shown() {
        let alarm =
            ActiveAlarm { code: AlarmCode::ClampNotClosed, since: Mono(0), holds: true, acknowledged: true };
        assert!((0..100).all(|i| is_lit(&alarm, i * 10)));
    }
}
