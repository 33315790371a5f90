//! The screen: one area per file, each with a sketch of itself above its `render`.
//!
//! Owns: which areas make up which screen, and what lies under the mouse. Refuses: changing anything: the same state gives
//! the same picture. Holds no state.
//!
//! ```text
//! ┌ header: station, mode, clock, person, backlog ┐     ┌ header                                        ┐
//! │ overview: a card for each bed                 │     │ now, or question / choice / form │ chain      │
//! │                                               │     │ volume, flow, times              │ tubes      │
//! │ now: sign in, or the chosen bed's prompt      │     │ alarms, last refusal             │ devices    │
//! └ footer: keys                                  ┘     └ footer: keys                                  ┘
//! ```

mod after;
mod alarm_log;
mod alarms;
mod chain;
mod companion;
mod dialog;
mod equipment;
mod footer;
mod header;
mod help;
pub mod layout;
mod lost;
mod now;
mod overview;
#[cfg(test)]
pub(crate) mod screens_tests;
mod shift;
mod theme;
mod volume;

use crate::app::{App, Listed, Screen};
use crate::words::{self, Text};
use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::widgets::{Clear, Paragraph};
use station::ident::BedId;

/// Smallest screen that everything fits on.
pub const SMALLEST: (u16, u16) = (80, 24);

/// Something under the mouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hit {
    /// As if this key were pressed.
    Key(KeyCode),
    /// A bed's card.
    Bed(BedId),
}

/// Draws everything.
pub fn render(frame: &mut Frame<'_>, area: Rect, app: &App) {
    frame.render_widget(Clear, area);
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        frame.render_widget(Paragraph::new(words::text(app.language, Text::TooSmall)), area);
        return;
    }
    if let Screen::Lost { why, .. } = &app.screen {
        lost::render(frame, area, app.language, *why);
        return;
    }
    let parts = layout::page(area);
    header::render(frame, parts.header, app);
    footer::render(frame, parts.footer, app);
    match &app.screen {
        Screen::SignIn { .. } | Screen::Overview => {
            let areas = layout::overview(parts.body, app.snapshot.as_ref().map_or(0, |s| s.beds.len()));
            overview::render(frame, parts.body, &areas.cards, app);
            now::render(frame, areas.now, app);
        }
        Screen::Bed(bed)
        | Screen::Confirm { bed, .. }
        | Screen::Choose { bed, .. }
        | Screen::Form { bed, .. } => {
            let areas = layout::bed(parts.body, is_dialog(&app.screen));
            now::render(frame, areas.now, app);
            if let Some(view) = app.bed(*bed) {
                volume::render(frame, areas.volume, app.language, view);
                alarms::render(frame, areas.alarms, app, view);
                chain::render(frame, areas.chain, app.language, view);
                equipment::tubes(frame, areas.tubes, app.language, view);
                equipment::devices(frame, areas.devices, app.language, view);
            }
        }
        Screen::Shift(at) | Screen::PageForm { back: Listed::Shift(at), .. } => {
            let [now, page] = layout::listed(parts.body, fields(&app.screen));
            now::render(frame, now, app);
            shift::render(frame, page, app, *at);
        }
        Screen::After(at) | Screen::PageForm { back: Listed::After(at), .. } => {
            let [now, page] = layout::listed(parts.body, fields(&app.screen));
            now::render(frame, now, app);
            after::render(frame, page, app, *at);
        }
        Screen::Help(_) => help::render(frame, parts.body, app.language),
        Screen::AlarmLog { log, .. } => alarm_log::render(frame, parts.body, app, log),
        Screen::Companion { pages, page, line, .. } => {
            companion::render(frame, parts.body, app.language, pages, (*page, *line));
        }
        Screen::Lost { .. } => {}
    }
}

/// How many fields the form of a page has that belongs to no bed.
fn fields(screen: &Screen) -> Option<usize> {
    if let Screen::PageForm { form, .. } = screen { Some(form.shown().count()) } else { None }
}

fn is_dialog(screen: &Screen) -> bool {
    match screen {
        Screen::Choose { .. } | Screen::Form { .. } => true,
        Screen::SignIn { .. }
        | Screen::Overview
        | Screen::Bed(_)
        | Screen::Confirm { .. }
        | Screen::Shift(_)
        | Screen::After(_)
        | Screen::PageForm { .. }
        | Screen::Help(_)
        | Screen::AlarmLog { .. }
        | Screen::Companion { .. }
        | Screen::Lost { .. } => false,
    }
}

/// What lies under the mouse.
pub fn hit(app: &App, at: Position) -> Option<Hit> {
    let parts = layout::page(app.area);
    if parts.footer.contains(at) {
        return footer::hit(app, parts.footer, at).map(Hit::Key);
    }
    let count = app.snapshot.as_ref().map_or(0, |s| s.beds.len());
    let now = match &app.screen {
        Screen::SignIn { .. } | Screen::Overview => {
            let areas = layout::overview(parts.body, count);
            if let Some(i) = areas.cards.iter().position(|card| card.contains(at)) {
                return app.snapshot.as_ref()?.beds.get(i).map(|b| Hit::Bed(b.bed));
            }
            areas.now
        }
        Screen::Bed(_) | Screen::Confirm { .. } | Screen::Choose { .. } | Screen::Form { .. } => {
            layout::bed(parts.body, is_dialog(&app.screen)).now
        }
        Screen::Shift(_) | Screen::After(_) | Screen::PageForm { .. } => {
            layout::listed(parts.body, fields(&app.screen))[0]
        }
        Screen::Help(_) | Screen::AlarmLog { .. } | Screen::Companion { .. } | Screen::Lost { .. } => {
            return None;
        }
    };
    now::hit(app, now, at).map(Hit::Key)
}
