//! The footer: keys that work here, each one also a place to touch.
//!
//! Owns: which hints are shown and where. Refuses: brackets: only the one thing to do now has them. Holds no state.

use super::theme;
use crate::after::Item;
use crate::app::{App, Screen};
use crate::choices::PROTECTIVE;
use crate::update::{bed_intent, letters_are_text};
use crate::words::{self, AfterText, Key, ShiftText};
use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use station::ident::BedId;
use unicode_width::UnicodeWidthStr;

/// Keys of the shift's page.
const SHIFT_KEYS: [(char, ShiftText); 8] = [
    ('v', ShiftText::SignKey),
    ('d', ShiftText::ExplainKey),
    ('z', ShiftText::EndKey),
    ('l', ShiftText::LeftKey),
    ('r', ShiftText::RollKey),
    ('o', ShiftText::PackageKey),
    ('g', ShiftText::CorrectKey),
    ('f', ShiftText::SegmentsKey),
];

/// One hint.
pub(super) struct Hint {
    key: KeyCode,
    label: String,
    words: &'static str,
}

impl Hint {
    fn width(&self) -> u16 {
        u16::try_from(self.label.width() + 1 + self.words.width()).unwrap_or(u16::MAX)
    }
}

/// A key as people read it.
pub(super) fn label(key: KeyCode) -> String {
    match key {
        KeyCode::Char(c) => c.to_ascii_uppercase().to_string(),
        KeyCode::F(n) => format!("F{n}"),
        KeyCode::Enter => "Enter".to_owned(),
        KeyCode::Esc => "Esc".to_owned(),
        KeyCode::PageUp => "PgUp".to_owned(),
        KeyCode::PageDown => "PgDn".to_owned(),
        other => other.to_string(),
    }
}

fn hint(app: &App, key: KeyCode, which: Key) -> Hint {
    Hint { key, label: label(key), words: words::key(app.language, which) }
}

/// Keys of the terminal itself.
fn of_terminal(app: &App) -> Vec<Hint> {
    let mut keys = vec![hint(app, KeyCode::F(1), Key::Keys), hint(app, KeyCode::F(9), Key::Language)];
    if app.accompanied {
        keys.push(hint(app, KeyCode::F(3), Key::Companion));
    }
    if app.who.is_some() {
        keys.push(hint(app, KeyCode::F(10), Key::SignOut));
    }
    keys
}

/// A key of the shift's page.
fn of_shift(app: &App, letter: char, which: ShiftText) -> Hint {
    let key = KeyCode::Char(letter);
    Hint { key, label: label(key), words: words::shift_text(app.language, which) }
}

/// Keys of the page after the donation; what the marked line offers is in the now area.
fn of_after(app: &App) -> Vec<Hint> {
    let own = match super::after::chosen(app) {
        Some(Item::Other) | None => None,
        Some(Item::Resting(_) | Item::Segments(_)) => Some(('x', AfterText::ReactionKey)),
    };
    let always = [('d', AfterText::DoNotUseKey), ('o', AfterText::PaperKey)];
    let hint = |(letter, which)| {
        let key = KeyCode::Char(letter);
        Hint { key, label: label(key), words: words::after_text(app.language, which) }
    };
    own.into_iter().chain(always).map(hint).collect()
}

/// Keys of a bed that can be wanted whatever its prompt is.
fn of_bed(app: &App, bed: BedId) -> Vec<Hint> {
    let mut keys = vec![hint(app, KeyCode::Esc, Key::Overview)];
    let Some(view) = app.bed(bed) else { return keys };
    let offered = |key| bed_intent(view, KeyCode::Char(key));
    let noisy = view.alarms.iter().any(|a| !a.acknowledged);
    let own = [
        ('k', Key::Acknowledge, noisy),
        ('a', Key::Abort, offered('a')),
        ('e', Key::End, offered('e')),
        ('x', Key::Reaction, offered('x')),
        ('g', Key::Programme, offered('g')),
        ('j', Key::HelpArrived, offered('j')),
        ('q', Key::Silence, noisy),
        ('y', Key::ByHand, offered('y')),
        ('f', Key::WholeName, offered('f')),
    ];
    let there = own.into_iter().filter(|(.., there)| *there);
    keys.extend(there.map(|(letter, name, _)| hint(app, KeyCode::Char(letter), name)));
    keys
}

/// The first line: the protective acts and what goes with the bed. The second: the terminal's own keys.
pub(super) fn hints(app: &App) -> [Vec<Hint>; 2] {
    let text = letters_are_text(app);
    let names = [Key::Pause, Key::Clamp, Key::Stop, Key::NeedleOut, Key::Help];
    let first: Vec<Hint> = PROTECTIVE
        .iter()
        .zip(names)
        .map(|((letter, function, _), name)| {
            let key = if text { KeyCode::F(*function) } else { KeyCode::Char(*letter) };
            hint(app, key, name)
        })
        .collect();
    let mut second = of_terminal(app);
    // A page has many keys of its own: they stand before those that every screen has.
    let own = match &app.screen {
        Screen::Shift(_) => SHIFT_KEYS.map(|(letter, which)| of_shift(app, letter, which)).into(),
        Screen::After(_) => of_after(app),
        _ => Vec::new(),
    };
    second.splice(1..1, own);
    match &app.screen {
        Screen::Bed(bed) => second.extend(of_bed(app, *bed)),
        Screen::Overview => {
            second.push(hint(app, KeyCode::Char('i'), Key::AlarmLog));
            second.push(hint(app, KeyCode::Char('w'), Key::Shift));
            second.push(hint(app, KeyCode::Char('r'), Key::After));
            let open = app.selected.and_then(|b| app.bed(b));
            if open.is_some_and(|v| v.alarms.iter().any(|a| !a.acknowledged)) {
                second.push(hint(app, KeyCode::Char('k'), Key::Acknowledge));
            }
        }
        Screen::AlarmLog { .. } => {
            second.push(hint(app, KeyCode::PageDown, Key::Older));
            second.push(hint(app, KeyCode::PageUp, Key::Newer));
            second.push(hint(app, KeyCode::Esc, Key::Back));
        }
        Screen::Shift(_) | Screen::After(_) => second.insert(1, hint(app, KeyCode::Esc, Key::Overview)),
        Screen::Help(_)
        | Screen::Companion { .. }
        | Screen::Confirm { .. }
        | Screen::Choose { .. }
        | Screen::Form { .. }
        | Screen::PageForm { .. } => {
            second.push(hint(app, KeyCode::Esc, Key::Back));
        }
        Screen::SignIn { .. } | Screen::Lost { .. } => {}
    }
    [first, second]
}

/// ```text
///  bed 2  P pause  C clamp  S EMERGENCY STOP  N needle out  H call help
///  F1 keys  F9 中文  F10 lock  Esc beds  K acknowledge  A abort  E end  X reaction
/// ```
pub(super) fn render(frame: &mut Frame<'_>, area: Rect, app: &App) {
    for (line, placed) in lines(app, area).into_iter().enumerate() {
        let row = Rect { y: area.y + line as u16, height: 1, ..area };
        let mut spans = vec![Span::styled(lead(app, line), theme::STRONG)];
        for (_, hint) in placed {
            spans.push(Span::styled(hint.label.clone(), theme::KEY));
            spans.push(Span::raw(format!(" {}  ", hint.words)));
        }
        frame.render_widget(Paragraph::new(Line::from(spans)), row);
    }
}

/// Which bed the protective keys act on, before the first line.
fn lead(app: &App, line: usize) -> String {
    match app.here() {
        Some(bed) if line == 0 => {
            format!(" {} {bed} ", words::text(app.language, words::Text::Bed))
        }
        Some(_) | None => " ".to_owned(),
    }
}

/// Each hint with its place; what does not fit is left out (the help screen has all).
fn lines(app: &App, area: Rect) -> [Vec<(Rect, Hint)>; 2] {
    let mut line = 0;
    hints(app).map(|hints| {
        let y = area.y + line as u16;
        let mut x = area.x + u16::try_from(lead(app, line).width()).unwrap_or(0);
        line += 1;
        let mut placed = Vec::new();
        for hint in hints {
            let width = hint.width();
            if x.saturating_add(width) > area.right() {
                break;
            }
            placed.push((Rect { x, y, width, height: 1 }, hint));
            x += width + 2;
        }
        placed
    })
}

pub(super) fn hit(app: &App, area: Rect, at: Position) -> Option<KeyCode> {
    lines(app, area).into_iter().flatten().find(|(rect, _)| rect.contains(at)).map(|(_, hint)| hint.key)
}
