//! The page after the donation: who rests and how long, which segments are still to be sealed, and the way to any other closed donation.
//!
//! Owns: its areas. Refuses: a bed: rest belongs to the donor, wherever the bed is by now. Holds no state.

use super::now::Content;
use super::{dialog, theme, volume};
use crate::after::{AfterForm, Item, items};
use crate::app::{App, PageForm, Screen};
use crate::words::{self, AfterText, Language, after_text};
use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;
use station::api::Snapshot;
use station::record::Which;

/// What stands in the now area of the page.
pub(super) fn now(app: &App) -> Content {
    let language = app.language;
    let text = |which| after_text(language, which);
    let mut content = match &app.screen {
        Screen::PageForm { purpose: PageForm::After(purpose), form, .. } => {
            let (headline, detail) = form_words(language, *purpose);
            dialog::page(language, headline, detail, form)
        }
        _ => {
            let item = chosen(app);
            let primary = match item {
                Some(Item::Resting(_)) => ('e', AfterText::RestOverKey),
                Some(Item::Segments(_)) => ('f', AfterText::SegmentsKey),
                Some(Item::Other) | None => ('x', AfterText::ReactionKey),
            };
            let headline = match item {
                Some(Item::Resting(_)) => AfterText::RestHeadline,
                Some(Item::Segments(_)) => AfterText::SegmentsHeadline,
                Some(Item::Other) | None => AfterText::OtherHeadline,
            };
            let mut lines = vec![Line::styled(text(headline), theme::STRONG)];
            lines.extend(app.stored.map(|stored| Line::styled(words::stored(language, stored), theme::DONE)));
            lines.extend(dialog::notice(app));
            let primary = Some((KeyCode::Char(primary.0), text(primary.1).to_owned()));
            Content { lines, primary, ..Content::default() }
        }
    };
    content.about = text(AfterText::Title).to_owned();
    content
}

/// The marked line.
pub(super) fn chosen(app: &App) -> Option<Item> {
    let items = app.snapshot.as_ref().map(items)?;
    let Screen::After(at) = app.screen else { return None };
    items.get(at.min(items.len().saturating_sub(1))).copied()
}

/// ```text
/// ┌ After the donation ───────────────────────────────┐
/// │ ▶ 40  王*  rests  8:12                            │
/// │   38  A9999 26 123456  segments are to be sealed  │
/// │   another closed donation                         │
/// └───────────────────────────────────────────────────┘
/// ```
pub(super) fn render(frame: &mut Frame<'_>, area: Rect, app: &App, at: usize) {
    let Some(snapshot) = &app.snapshot else { return };
    let block = theme::block(format!(" {} ", after_text(app.language, AfterText::Title)));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let items = items(snapshot);
    let at = at.min(items.len().saturating_sub(1));
    // The chosen line stays in sight.
    let first = (at + 1).saturating_sub(usize::from(inner.height));
    let lines = items.iter().enumerate().skip(first).map(|(n, item)| {
        let text = item_words(app.language, snapshot, *item);
        if n == at {
            Line::styled(format!("▶ {text}"), theme::CHOSEN)
        } else {
            Line::raw(format!("  {text}"))
        }
    });
    frame.render_widget(Paragraph::new(lines.collect::<Vec<_>>()), inner);
}

fn item_words(language: Language, snapshot: &Snapshot, item: Item) -> String {
    let text = |which| after_text(language, which);
    match item {
        Item::Resting(donation) => {
            let rest = snapshot.resting.iter().find(|rest| rest.donation == donation);
            let name = rest.map_or("", |rest| rest.name.as_str());
            let left = volume::time(rest.map(|rest| rest.left));
            format!("{donation}  {name}  {} {left}", text(AfterText::Rests))
        }
        Item::Segments(donation) => {
            let open = snapshot.segments_open.iter().find(|open| open.donation == donation);
            let din = open.and_then(|open| open.din).map_or_else(String::new, |din| format!("{din}  "));
            format!("{donation}  {din}{}", text(AfterText::SegmentsOpen))
        }
        Item::Other => text(AfterText::Other).to_owned(),
    }
}

/// What a form is about: headline and a line that helps.
fn form_words(language: Language, purpose: AfterForm) -> (&'static str, String) {
    let text = |which| after_text(language, which);
    let named = |which: Option<Which>| match which {
        Some(Which::Donation(donation)) => format!("{} {donation}", text(AfterText::Donation)),
        Some(Which::Din(din)) => din.to_string(),
        None => text(AfterText::ByLabel).to_owned(),
    };
    match purpose {
        AfterForm::Reaction(which) => (text(AfterText::FormReaction), named(which)),
        AfterForm::DoNotUse(which) => (text(AfterText::FormDoNotUse), named(which)),
        AfterForm::Segments(donation) => {
            (text(AfterText::FormSegments), named(Some(Which::Donation(donation))))
        }
        AfterForm::Paper => (text(AfterText::FormPaper), text(AfterText::PaperDetail).to_owned()),
    }
}
