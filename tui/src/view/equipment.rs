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
    let mut well: Vec<(&str, Span<'static>)> = Vec::new();
    for device in &bed.devices {
        let name = words::device(language, device.kind);
        match &device.health {
            DeviceHealth::Faulted(fault) => {
                let text = format!("! {name} {}", words::fault(language, fault));
                lines.push(Line::styled(text, theme::BAD));
            }
            DeviceHealth::Unknown => well.push((name, Span::styled("? ", theme::WARN))),
            DeviceHealth::Online => well.push((name, Span::styled("✓ ", theme::DONE))),
        }
    }
    let width = usize::from(inner.width);
    let mut line = Line::default();
    for (name, mark) in well {
        let next = Line::raw(name).width() + 4;
        if line.width() > 0 && line.width() + next > width {
            lines.push(std::mem::take(&mut line));
        }
        line.push_span(mark);
        line.push_span(Span::raw(format!("{name}  ")));
    }
    lines.push(line);
    frame.render_widget(Paragraph::new(lines), inner);
}
