//! Where each area lies.
//!
//! Owns: the sizes; drawing and mouse use the same ones. Refuses: looking at what is drawn. Holds no state.

use ratatui::layout::{Constraint, Layout, Rect};

/// The page around everything.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// One line.
    pub header: Rect,
    /// The rest.
    pub body: Rect,
    /// Two lines.
    pub footer: Rect,
}

/// The overview.
#[derive(Debug, Clone)]
pub struct Overview {
    /// One card a bed.
    pub cards: Vec<Rect>,
    /// The now area.
    pub now: Rect,
}

/// A bed's screen.
#[derive(Debug, Clone, Copy)]
pub struct Bed {
    /// The now area, or question, choice, form.
    pub now: Rect,
    /// Volume, flow and times.
    pub volume: Rect,
    /// Alarms and the last refusal.
    pub alarms: Rect,
    /// The chain.
    pub chain: Rect,
    /// Tubes.
    pub tubes: Rect,
    /// Devices.
    pub devices: Rect,
}

/// Header, body, footer.
pub fn page(area: Rect) -> Page {
    let [header, body, footer] =
        Layout::vertical([Constraint::Length(1), Constraint::Min(0), Constraint::Length(2)]).areas(area);
    Page { header, body, footer }
}

/// How many cards stand side by side.
pub fn columns(area: Rect, beds: usize) -> usize {
    let most = if area.width >= 120 { 4 } else { 2 };
    // Few beds get wide cards; a narrow screen never has more than four rows.
    match beds {
        0 | 1 => 1,
        2..=4 => 2,
        _ => most,
    }
}

/// Cards and the now area below them.
pub fn overview(body: Rect, beds: usize) -> Overview {
    let columns = columns(body, beds);
    let rows = beds.div_ceil(columns);
    let now_height = if body.height >= 30 { 9 } else { 6 };
    let [cards, now] = Layout::vertical([Constraint::Min(0), Constraint::Length(now_height)]).areas(body);
    let lines = Layout::vertical(vec![Constraint::Ratio(1, rows.max(1) as u32); rows]).split(cards);
    let cards = lines
        .iter()
        .flat_map(|line| {
            let row = Layout::horizontal(vec![Constraint::Ratio(1, columns as u32); columns]).split(*line);
            row.to_vec()
        })
        .take(beds)
        .collect();
    Overview { cards, now }
}

/// The areas of a bed's screen. A dialog gets more room from the volume's and the alarms' areas.
pub fn bed(body: Rect, dialog: bool) -> Bed {
    let side = if body.width >= 120 { 38 } else { 26 };
    let [main, side] = Layout::horizontal([Constraint::Min(0), Constraint::Length(side)]).areas(body);
    let tall = body.height >= 30;
    let [now, volume, alarms] = match (tall, dialog) {
        (true, true) => [Constraint::Length(14), Constraint::Min(10), Constraint::Length(9)],
        (true, false) => [Constraint::Length(9), Constraint::Min(12), Constraint::Length(11)],
        (false, true) => [Constraint::Length(12), Constraint::Length(4), Constraint::Min(5)],
        (false, false) => [Constraint::Length(8), Constraint::Length(5), Constraint::Min(8)],
    }
    .into_areas(main);
    let [chain, tubes, devices] = if tall {
        [Constraint::Length(15), Constraint::Length(8), Constraint::Min(8)]
    } else {
        [Constraint::Length(13), Constraint::Length(3), Constraint::Min(4)]
    }
    .into_areas(side);
    Bed { now, volume, alarms, chain, tubes, devices }
}

/// The now area of a page that belongs to no bed, and its list below. A form has this many fields.
pub fn listed(body: Rect, fields: Option<usize>) -> [Rect; 2] {
    // Frame, headline, two lines that help, a complaint and the key.
    let now = fields.map_or(6, |fields| u16::try_from(fields + 7).unwrap_or(u16::MAX).max(12));
    Layout::vertical([Constraint::Length(now), Constraint::Min(0)]).areas(body)
}

/// Splits an area from top to bottom.
trait IntoAreas {
    fn into_areas(self, area: Rect) -> [Rect; 3];
}

impl IntoAreas for [Constraint; 3] {
    fn into_areas(self, area: Rect) -> [Rect; 3] {
        Layout::vertical(self).areas(area)
    }
}
