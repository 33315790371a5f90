//! Tubes and devices of one bed.
//!
//! Owns: their lists. Refuses: pushing a device in trouble out of sight: those come first. Holds no state.

use super::theme;
use crate::words::{self, Language, Text};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use station::api::{BedView, DeviceHealth, TubeView};

/// ```text
/// ┌ Tubes ──────────────┐
/// │ EDTA filled         │
/// │ serum checked       │
/// └─────────────────────┘
/// ```
pub(super) fn tubes(frame: &mut Frame<'_>, area: Rect, language: Language, bed: &BedView) {
    let block = theme::block(format!(" {} ", words::text(language, Text::Tubes)));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    if usize::from(inner.height) >= bed.tubes.len() {
        let line = |tube: &TubeView| {
            Line::from(vec![mark(tube), Span::raw(tube.name.clone()), state(tube, language)])
        };
        frame.render_widget(Paragraph::new(bed.tubes.iter().map(line).collect::<Vec<_>>()), inner);
        return;
    }
    let mut spans = Vec::new();
    for tube in &bed.tubes {
        spans.extend([mark(tube), Span::raw(format!("{} ", tube.name))]);
    }
    frame.render_widget(Paragraph::new(Line::from(spans)), inner);
}

fn mark(tube: &TubeView) -> Span<'static> {
    if tube.missing {
        Span::styled("- ", theme::WARN)
    } else if tube.filled {
        Span::styled("✓ ", theme::DONE)
    } else {
        Span::styled("· ", theme::FAINT)
    }
}

fn state(tube: &TubeView, language: Language) -> Span<'static> {
    let which = if tube.missing {
        Text::TubeMissing
    } else if tube.reconciled {
        Text::TubeReconciled
    } else if tube.filled {
        Text::TubeFilled
    } else if tube.scanned {
        Text::TubeScanned
    } else {
        return Span::raw("");
    };
    Span::styled(format!(" {}", words::text(language, which)), theme::FAINT)
}

/// ```text
/// ┌ Devices ────────────┐
/// │ ! mixer stands still│
/// │ ✓ scale  ✓ scanner  │
/// └─────────────────────┘
/// ```
pub(super) fn devices(frame: &mut Frame<'_>, area: Rect, language: Language, bed: &BedView) {
    let block = theme::block(format!(" {} ", words::text(language, Text::Devices)));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let mut lines = Vec::new();
    let (mut silent, mut well) = (Vec::new(), Vec::new());
    for device in &bed.devices {
        let name = words::device(language, device.kind);
        match &device.health {
            DeviceHealth::Faulted(fault) => {
                let text = format!("! {name} {}", words::fault(language, fault));
                lines.push(Line::styled(text, theme::BAD));
            }
            DeviceHealth::Unknown => silent.push((name, Span::styled("? ", theme::WARN))),
            DeviceHealth::Online => well.push((name, Span::styled("✓ ", theme::DONE))),
        }
    }
    silent.append(&mut well);
    let mut rest = silent.into_iter();
    while rest.len() > 0 && lines.len() + 1 < usize::from(inner.height) {
        lines.push(row(&mut rest, inner.width));
    }
    // What finds no room is counted: nobody takes the list for the whole.
    let last = row(&mut rest.clone(), inner.width);
    let fits = last.spans.len() / 2 == rest.len();
    lines.push(if fits { last } else { Line::raw(words::more(language, rest.len())) });
    frame.render_widget(Paragraph::new(lines), inner);
}

/// As many of these as stand in one line.
fn row(
    rest: &mut (impl ExactSizeIterator<Item = (&'static str, Span<'static>)> + Clone),
    width: u16,
) -> Line<'static> {
    let mut line = Line::default();
    while let Some((name, mark)) = rest.clone().next() {
        let next = Line::raw(name).width() + 4;
        if line.width() > 0 && line.width() + next > usize::from(width) {
            break;
        }
        rest.next();
        line.push_span(mark);
        line.push_span(Span::raw(format!("{name}  ")));
    }
    line
}
