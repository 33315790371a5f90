//! Constructed snapshots for tests.
//!
//! Owns: a station with beds at any point of the chain. Refuses: being in the product (tests only). Holds no state.

use crate::app::App;
use crate::update::{Message, update};
use crate::words::Language;
use ratatui::layout::Rect;
use station::api::prompt::Prompt;
use station::api::{
    Answer, BedView, ChainState, ChainStep, DeviceHealth, DeviceView, OutboxView, Reply, Snapshot, StepView,
    TubeView, VERSION, WorkView,
};
use station::device::{DeviceKind, Mode};
use station::ident::{BedId, Din, DonationId, GroupCode, OperatorId, StationId};
use station::measure::{Microlitres, MicrolitresPerSecond, Mono, Span, Wall};
use station::procedure::alarm::{ActiveAlarm, AlarmCode};
use station::procedure::event::Role;
use station::procedure::phase::PhaseName;

pub(crate) fn bed_id(n: u8) -> BedId {
    BedId::new(n).unwrap()
}

pub(crate) fn operator(id: &str) -> OperatorId {
    OperatorId::new(id).unwrap()
}

const STEPS: [ChainStep; 13] = [
    ChainStep::Identity,
    ChainStep::Labels,
    ChainStep::Prepare,
    ChainStep::Needle,
    ChainStep::Pouch,
    ChainStep::Draw,
    ChainStep::Samples,
    ChainStep::NeedleOut,
    ChainStep::Seal,
    ChainStep::Separate,
    ChainStep::Segments,
    ChainStep::Reconcile,
    ChainStep::Closed,
];

/// A bed whose chain stands at step `now`, counted from 0.
pub(crate) fn bed(n: u8, phase: PhaseName, prompt: Prompt, now: usize) -> BedView {
    let state = |i: usize| match i.cmp(&now) {
        std::cmp::Ordering::Less => ChainState::Done,
        std::cmp::Ordering::Equal => ChainState::Now,
        std::cmp::Ordering::Greater => ChainState::Ahead,
    };
    let idle = phase == PhaseName::Idle;
    let tube = |name: &str| TubeView {
        name: name.to_owned(),
        scanned: true,
        filled: now > 5,
        missing: false,
        reconciled: false,
    };
    BedView {
        bed: bed_id(n),
        rev: 7,
        phase,
        prompt,
        donation: (!idle).then_some(DonationId(41)),
        din: (!idle && now > 1).then(|| Din::new("A999926123456").unwrap()),
        donor: (!idle).then(|| "王*".to_owned()),
        operator: (!idle).then(|| operator("1001")),
        programme_ml: 400,
        programmes_ml: Vec::new(),
        volume: Microlitres(0),
        flow: MicrolitresPerSecond(0),
        sure: true,
        elapsed: None,
        left: None,
        calls: 0,
        count: None,
        flow_curve: Vec::new(),
        chain: STEPS
            .iter()
            .enumerate()
            .map(|(i, step)| StepView { step: *step, state: if idle { ChainState::Ahead } else { state(i) } })
            .collect(),
        tubes: vec![tube("EDTA"), tube("serum")],
        outstanding: Vec::new(),
        scanner: None,
        needle_in: false,
        needle_unsaid: false,
        alarms: Vec::new(),
        audio_paused: None,
        refused: None,
        devices: [
            DeviceKind::Scale,
            DeviceKind::Scanner,
            DeviceKind::Clamp,
            DeviceKind::Mixer,
            DeviceKind::Sealer,
            DeviceKind::Separator,
        ]
        .map(|kind| DeviceView { kind, health: DeviceHealth::Online })
        .to_vec(),
        disposition: None,
    }
}

pub(crate) fn idle(n: u8) -> BedView {
    bed(n, PhaseName::Idle, Prompt::Identify, 0)
}

/// A bed in the middle of its draw.
pub(crate) fn drawing(n: u8) -> BedView {
    let mut bed = bed(n, PhaseName::Draw, Prompt::WaitDraw, 5);
    bed.volume = Microlitres(213_400);
    bed.flow = MicrolitresPerSecond(750);
    bed.elapsed = Some(Span::from_secs(275));
    bed.left = Some(Span::from_secs(242));
    bed.flow_curve = (0..55u16).map(|i| 30 + (i * 7) % 25).collect();
    bed
}

pub(crate) fn alarm(code: AlarmCode) -> ActiveAlarm {
    ActiveAlarm { code, since: Mono(1), holds: true, acknowledged: false }
}

pub(crate) fn snapshot(beds: Vec<BedView>) -> Snapshot {
    Snapshot {
        v: VERSION,
        number: 1,
        station: StationId::new("HS-01").unwrap(),
        mode: Mode::Simulated,
        mono: Mono(1),
        wall: Wall(1_795_332_202_000),
        utc_offset_min: 480,
        clock_trusted: true,
        beds,
        outbox: OutboxView { waiting: 3, delivered: 12, online: true },
        worklist: [
            WorkView {
                queue: "A001".to_owned(),
                name: "王*".to_owned(),
                programme_ml: 400,
                approved_ml: Some(400),
                group: GroupCode::new("G-17").ok(),
            },
            WorkView {
                queue: "A002".to_owned(),
                name: "李**".to_owned(),
                programme_ml: 200,
                approved_ml: None,
                group: None,
            },
        ]
        .into(),
        programmes_ml: vec![200, 300, 400],
        climate: Vec::new(),
        badge: None,
        paper: None,
        journal_ok: true,
        shift: station::api::shift::ShiftView::default(),
        resting: Vec::new(),
        segments_open: Vec::new(),
    }
}

pub(crate) fn show(app: &mut App, snapshot: Snapshot) {
    update(app, Message::Reply(Box::new(Reply::Snapshot(Box::new(snapshot)))));
}

/// A connected terminal on which nobody is signed in.
pub(crate) fn locked(language: Language, beds: Vec<BedView>, size: (u16, u16)) -> App {
    let mut app = App::new(language, "t".to_owned());
    update(&mut app, Message::Size(Rect::new(0, 0, size.0, size.1)));
    update(&mut app, Message::Connected);
    show(&mut app, snapshot(beds));
    app.pending.clear();
    app
}

/// A connected terminal with nurse 1001 signed in, on the overview.
pub(crate) fn signed_in(language: Language, beds: Vec<BedView>, size: (u16, u16)) -> App {
    let mut app = locked(language, beds, size);
    type_text(&mut app, "1001\n2468\n");
    let id = app.pending[0].request.id.clone();
    let answer = Answer::SignedIn { operator: operator("1001"), role: Role::Nurse };
    update(&mut app, Message::Reply(Box::new(Reply::Answer { v: VERSION, re: id, result: Ok(answer) })));
    app
}

/// Presses keys; `\n` is Enter.
pub(crate) fn type_text(app: &mut App, text: &str) -> Vec<crate::app::Effect> {
    use crossterm::event::KeyCode;
    let key = |c| if c == '\n' { KeyCode::Enter } else { KeyCode::Char(c) };
    text.chars().flat_map(|c| update(app, Message::Key(key(c)))).collect()
}
