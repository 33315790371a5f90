//! How each alarm is brought about and ended, in events and readings.

use crate::api::prompt::{Prompt, ScanWanted};
use crate::device::{ClampPosition, DeviceKind, Fault, Reading};
use crate::ident::BedId;
use crate::measure::{Microlitres, Span};
use crate::procedure::alarm::{AlarmCode, Priority};
use crate::procedure::event::{Act, DinStanding, Event, MissingWhy, Restart, SharedFact};
use crate::procedure::limits::Settings;
use crate::procedure::phase::PhaseName;
use crate::procedure::refusal::Refusal;
use crate::procedure::testing::{DIN, World, act, at, at_with, drawing, opening, reading, scanned};
use Priority::{High, Low, Medium};

/// What the station does by itself.
pub(super) enum Does {
    /// Nothing but telling.
    Tells,
    /// The clamp.
    Closes,
    /// The clamp, the sealer and the separator.
    AllOff,
    /// This act is refused from then on.
    Refuses(Act, Refusal),
}

/// One alarm.
pub(super) struct Case {
    pub(super) code: AlarmCode,
    pub(super) priority: Priority,
    pub(super) latches: bool,
    /// A bed without this alarm.
    pub(super) before: fn() -> World,
    /// Brings the condition about; its clock starts here.
    pub(super) condition: fn(&mut World),
    /// So long the table lets the condition last before it counts.
    pub(super) after: Span,
    /// So long it takes to be seen in the weights.
    pub(super) window: Span,
    pub(super) does: Does,
    /// Ends the condition; none where only a start of the station does.
    pub(super) end: Option<fn(&mut World)>,
}

/// The flow is known over the mixer's last cycles: so long after it changed.
const FLOW_WINDOW: Span = Span::from_secs(5);

fn opened(change: impl FnOnce(&mut Settings), programme_ml: u16) -> World {
    let mut settings = Settings::default();
    change(&mut settings);
    let mut w = World::new();
    w.run(Span::from_secs(1));
    let opening = crate::procedure::event::Opening { programme_ml, ..opening(settings) };
    w.must(&Event::Opened(Box::new(opening)));
    w
}

/// A slow collection of 200 mL, half a second before so many seconds of it are over.
fn slow(seconds: u64) -> World {
    let mut w = opened(|_| (), 200);
    w.walk(|w| w.p.phase() == PhaseName::Draw);
    w.flow = 26;
    let nearly = Span::from_millis(seconds * 1000 - 500);
    w.walk(|w| w.p.view(w.now).elapsed.is_some_and(|took| took >= nearly));
    w
}

fn over(w: &mut World) {
    w.clamp_obeys = true;
    w.devices_answer = true;
    w.walk(|w| w.p.is_idle());
}

fn bag_scanned(w: &mut World) {
    w.scan_for(ScanWanted::Bag, false);
}

fn shared(w: &mut World, fact: SharedFact) {
    w.must(&Event::Shared(fact));
}

fn wrong_label(w: &mut World, standing: DinStanding) {
    let text = format!("={}01", if standing == DinStanding::Voided { DIN } else { "A999926999999" });
    assert!(w.send(&scanned(&text, standing)).is_err());
    assert_eq!(
        w.p.prompt(),
        Prompt::Scan { wanted: ScanWanted::Bag, again: false },
        "the step does not go on"
    );
}

const fn ms(ms: u64) -> Span {
    Span::from_millis(ms)
}

pub(super) const CASES: &[Case] = &[
    Case {
        code: AlarmCode::ClampNotClosed,
        priority: High,
        latches: true,
        before: || drawing(100),
        condition: |w| {
            w.clamp_obeys = false;
            w.must(&act(Act::EndDraw));
        },
        after: ms(300),
        window: Span::ZERO,
        does: Does::Closes,
        end: Some(|w| w.must(&reading(DeviceKind::Clamp, Reading::Clamp(ClampPosition::Closed)))),
    },
    Case {
        code: AlarmCode::FlowAfterClamp,
        priority: High,
        latches: true,
        before: || {
            let mut w = drawing(100);
            w.must(&act(Act::EndDraw));
            w.run(Span::from_secs(8));
            w
        },
        condition: |w| {
            w.leak();
            w.flow = 120;
        },
        // 8 mL more at 120 mL/min take 4 s.
        after: ms(4_000),
        window: Span::ZERO,
        does: Does::Tells,
        end: Some(|w| {
            w.must(&act(Act::TourniquetReleased));
            w.must(&act(Act::NeedleOut));
            w.run(Span::from_millis(50));
        }),
    },
    Case {
        code: AlarmCode::OverVolume,
        priority: High,
        latches: true,
        before: || {
            let mut w = drawing(100);
            w.clamp_obeys = false;
            w.walk(|w| w.p.view(w.now).volume >= Microlitres(439_300));
            w
        },
        // 0.7 mL at 60 mL/min.
        condition: |_| (),
        after: ms(0),
        window: Span::ZERO,
        does: Does::Closes,
        end: Some(|w| {
            w.must(&reading(DeviceKind::Clamp, Reading::Clamp(ClampPosition::Closed)));
            over(w);
        }),
    },
    Case {
        code: AlarmCode::LabelMismatch,
        priority: High,
        latches: true,
        before: || at(&Prompt::Scan { wanted: ScanWanted::Bag, again: false }),
        condition: |w| {
            if let Ok(bed) = BedId::new(2) {
                wrong_label(w, DinStanding::OnBed(bed));
            }
        },
        after: ms(0),
        window: Span::ZERO,
        does: Does::Tells,
        end: Some(bag_scanned),
    },
    Case {
        code: AlarmCode::HighFlow,
        priority: High,
        latches: true,
        before: || drawing(100),
        condition: |w| w.flow = 300,
        after: ms(4_000),
        window: FLOW_WINDOW,
        does: Does::Tells,
        end: Some(|w| {
            w.flow = 60;
            w.run(Span::from_secs(10));
        }),
    },
    Case {
        code: AlarmCode::SealNotConfirmed,
        priority: High,
        latches: true,
        before: || at(&Prompt::Seal),
        condition: |w| {
            w.devices_answer = false;
            w.must(&act(Act::Seal));
        },
        after: ms(8_000),
        window: Span::ZERO,
        does: Does::Refuses(Act::Separate, Refusal::NotNow),
        end: Some(|w| w.must(&act(Act::SealInspected { sound: true }))),
    },
    Case {
        code: AlarmCode::HelpCalled,
        priority: High,
        latches: true,
        before: World::new,
        condition: |w| w.must(&act(Act::CallForHelp)),
        after: ms(0),
        window: Span::ZERO,
        does: Does::Tells,
        end: Some(|w| w.must(&act(Act::HelpArrived))),
    },
    Case {
        code: AlarmCode::EmergencyStop,
        priority: High,
        latches: true,
        before: || drawing(100),
        condition: |w| w.must(&reading(DeviceKind::Panel, Reading::EmergencyStop(true))),
        after: ms(0),
        window: Span::ZERO,
        does: Does::AllOff,
        end: Some(|w| {
            w.must(&reading(DeviceKind::Panel, Reading::EmergencyStop(false)));
            w.must(&act(Act::EmergencyOver));
        }),
    },
    Case {
        code: AlarmCode::ScaleLost,
        priority: High,
        latches: true,
        before: || drawing(100),
        condition: |w| w.weights = false,
        after: ms(1_000),
        window: Span::ZERO,
        does: Does::Closes,
        end: Some(|w| {
            w.weights = true;
            w.run(Span::from_secs(1));
        }),
    },
    Case {
        code: AlarmCode::JournalFailed,
        priority: High,
        latches: true,
        before: || at(&Prompt::Seal),
        condition: |w| shared(w, SharedFact::JournalFailed),
        after: ms(0),
        window: Span::ZERO,
        does: Does::Refuses(Act::Seal, Refusal::JournalFailed),
        end: None,
    },
    Case {
        code: AlarmCode::BedFailed,
        priority: High,
        latches: true,
        before: || drawing(100),
        condition: |w| {
            w.p.latch_safe(w.now);
            w.run(Span::from_millis(50));
        },
        after: ms(0),
        window: Span::ZERO,
        does: Does::AllOff,
        end: None,
    },
    Case {
        code: AlarmCode::SeparationNotConfirmed,
        priority: High,
        latches: true,
        before: || at(&Prompt::Separate),
        condition: |w| {
            w.devices_answer = false;
            w.must(&act(Act::Separate));
        },
        after: ms(8_000),
        window: Span::ZERO,
        does: Does::Refuses(Act::Separate, Refusal::NotNow),
        end: Some(|w| w.must(&act(Act::SeparationInspected { separated: true }))),
    },
    Case {
        code: AlarmCode::NoFlow,
        priority: Medium,
        latches: false,
        before: || drawing(100),
        condition: |w| w.flow = 0,
        after: ms(10_000),
        window: FLOW_WINDOW,
        does: Does::Tells,
        end: Some(|w| {
            w.flow = 60;
            w.run(Span::from_secs(10));
        }),
    },
    Case {
        code: AlarmCode::LowFlow,
        priority: Medium,
        latches: false,
        before: || drawing(100),
        condition: |w| w.flow = 10,
        after: ms(4_000),
        window: FLOW_WINDOW,
        does: Does::Tells,
        end: Some(|w| {
            w.flow = 60;
            w.run(Span::from_secs(10));
        }),
    },
    Case {
        code: AlarmCode::DrawTooLong,
        priority: Medium,
        latches: false,
        before: || {
            let mut w = opened(|s| s.limits.max_draw_s = 300, 400);
            w.walk(|w| w.p.phase() == PhaseName::Draw);
            w
        },
        condition: |w| w.flow = 40,
        after: ms(300_000 - 500),
        window: Span::ZERO,
        does: Does::Tells,
        end: Some(|w| {
            w.must(&act(Act::EndDraw));
            w.run(Span::from_secs(1));
        }),
    },
    Case {
        code: AlarmCode::MixerStalled,
        priority: Medium,
        latches: false,
        before: || drawing(100),
        condition: |w| {
            w.stop_mixer();
            w.must(&reading(DeviceKind::Mixer, Reading::MixerTurning(false)));
        },
        after: ms(0),
        window: Span::ZERO,
        does: Does::Tells,
        end: Some(|w| w.must(&reading(DeviceKind::Mixer, Reading::MixerTurning(true)))),
    },
    Case {
        code: AlarmCode::DeviceFault,
        priority: Medium,
        latches: false,
        before: World::new,
        condition: |w| w.must(&reading(DeviceKind::Sealer, Reading::Faulted(Fault::LinkLost))),
        after: ms(0),
        window: Span::ZERO,
        does: Does::Tells,
        end: Some(|w| w.must(&reading(DeviceKind::Sealer, Reading::Online { serial: None }))),
    },
    Case {
        code: AlarmCode::BagMoved,
        priority: Medium,
        latches: true,
        before: || drawing(100),
        condition: |w| w.blood_mg += 10_000,
        after: ms(0),
        // A step counts as lasting once it has lasted: up to three seconds on a tray that seems to turn unevenly.
        window: ms(3_000),
        does: Does::Tells,
        end: Some(over),
    },
    Case {
        code: AlarmCode::PauseTooLong,
        priority: Medium,
        latches: false,
        before: || {
            let mut w = drawing(100);
            w.must(&act(Act::Pause));
            w.until(2, |p| *p == Prompt::Paused);
            w
        },
        condition: |_| (),
        after: ms(180_000 - 100),
        window: Span::ZERO,
        does: Does::Tells,
        end: Some(|w| {
            w.must(&act(Act::Resume));
            w.run(Span::from_secs(1));
        }),
    },
    Case {
        code: AlarmCode::ClampNotOpen,
        priority: Medium,
        latches: false,
        before: || at(&Prompt::InsertNeedle),
        condition: |w| {
            w.devices_deaf = Some(DeviceKind::Clamp);
            w.must(&act(Act::NeedleIn));
        },
        after: ms(1_000),
        window: Span::ZERO,
        does: Does::Closes,
        end: Some(|w| {
            w.devices_deaf = None;
            w.must(&reading(DeviceKind::Clamp, Reading::Clamp(ClampPosition::Closed)));
            w.walk(|w| w.p.phase() == PhaseName::Divert);
        }),
    },
    Case {
        code: AlarmCode::SamplesLate,
        priority: Medium,
        latches: false,
        before: || at(&Prompt::ClosePouchClip),
        condition: |w| {
            w.must(&act(Act::PouchClipClosed));
            w.must(&act(Act::PlugBroken));
        },
        after: ms(240_000),
        window: Span::ZERO,
        does: Does::Tells,
        end: Some(|w| {
            w.must(&act(Act::TubeFilled));
            w.must(&act(Act::TubeFilled));
        }),
    },
    Case {
        code: AlarmCode::LabelRefused,
        priority: Medium,
        latches: false,
        before: || {
            let mut w = opened(|_| (), 400);
            w.walk(|w| matches!(w.p.prompt(), Prompt::Scan { wanted: ScanWanted::Bag, .. }));
            w
        },
        condition: |w| wrong_label(w, DinStanding::Voided),
        after: ms(0),
        window: Span::ZERO,
        does: Does::Tells,
        end: Some(bag_scanned),
    },
    Case {
        code: AlarmCode::JournalSlow,
        priority: Medium,
        latches: false,
        before: || at(&Prompt::AskAgain),
        condition: |w| shared(w, SharedFact::JournalSlow(true)),
        after: ms(0),
        window: Span::ZERO,
        does: Does::Refuses(Act::IdentityAskedAgain, Refusal::JournalSlow),
        end: Some(|w| shared(w, SharedFact::JournalSlow(false))),
    },
    Case {
        code: AlarmCode::DiverterNotObeying,
        priority: Medium,
        latches: false,
        before: || {
            let mut w = World::new();
            w.must(&reading(DeviceKind::Diverter, Reading::Online { serial: None }));
            w.open();
            w.walk(|w| w.p.prompt() == Prompt::BreakPlug);
            w
        },
        condition: |w| {
            w.devices_deaf = Some(DeviceKind::Diverter);
            w.must(&act(Act::PlugBroken));
        },
        after: ms(1_000),
        window: Span::ZERO,
        does: Does::Tells,
        end: Some(|w| {
            w.devices_deaf = None;
            w.must(&act(Act::PlugBroken));
            w.run(Span::from_secs(1));
        }),
    },
    Case {
        code: AlarmCode::Interrupted,
        priority: Medium,
        latches: true,
        before: || at(&Prompt::LookAtBag),
        condition: |w| {
            w.must(&Event::Restarted(Restart {
                gap: Some(Span::from_secs(5)),
                unchanged: true,
                clamp_closed: true,
                logic_changed: false,
            }));
        },
        after: ms(0),
        window: Span::ZERO,
        does: Does::AllOff,
        end: Some(|w| {
            w.devices_restarted();
            w.must(&act(Act::Resume));
        }),
    },
    Case {
        code: AlarmCode::NoTerminal,
        priority: Medium,
        latches: false,
        before: || drawing(100),
        condition: |w| shared(w, SharedFact::TerminalsGone(true)),
        after: ms(0),
        window: Span::ZERO,
        does: Does::Tells,
        end: Some(|w| shared(w, SharedFact::TerminalsGone(false))),
    },
    Case {
        code: AlarmCode::PouchSlow,
        priority: Medium,
        latches: false,
        before: || {
            let mut w = opened(|_| (), 400);
            w.flow = 8;
            w.walk(|w| w.p.phase() == PhaseName::Divert);
            w
        },
        condition: |_| (),
        after: ms(90_000 - 500),
        window: Span::ZERO,
        does: Does::Tells,
        end: Some(|w| w.must(&act(Act::PouchFull))),
    },
    Case {
        code: AlarmCode::TareNotSettled,
        priority: Medium,
        latches: false,
        before: || {
            let mut w = at(&Prompt::PlaceBag);
            w.must(&act(Act::BagPlaced));
            w.run(Span::from_secs(2));
            w
        },
        // Somebody leans on the tray and lets go, again and again.
        condition: |w| {
            for i in 0..56 {
                w.scale_stuck = (i % 4 < 2).then_some(190_000);
                w.run(Span::from_secs(1));
            }
            w.scale_stuck = Some(190_000);
        },
        after: ms(1_000),
        window: ms(2_000),
        does: Does::Tells,
        end: Some(|w| {
            w.scale_stuck = None;
            w.run(Span::from_millis(100));
            w.must(&act(Act::BagPlaced));
        }),
    },
    Case {
        code: AlarmCode::PlugPassed,
        priority: Medium,
        latches: true,
        before: || {
            let mut w = at_with(
                Settings { pouch_on_tray: false, ..Settings::default() },
                &Prompt::FillPouch { by_word: true },
            );
            w.run(Span::from_secs(10));
            w
        },
        condition: |w| {
            w.plug_broken = true;
            w.flow = 120;
        },
        // 5 mL at 120 mL/min take 2.5 s.
        after: ms(2_000),
        window: FLOW_WINDOW,
        does: Does::Closes,
        end: Some(|w| {
            w.plug_broken = false;
            w.run(Span::from_secs(3));
            w.must(&act(Act::Resume));
            w.run(Span::from_secs(1));
        }),
    },
    Case {
        code: AlarmCode::BagFallen,
        priority: Medium,
        latches: true,
        before: || drawing(100),
        condition: World::take_bag_away,
        after: ms(1_000),
        window: Span::ZERO,
        does: Does::Closes,
        end: Some(|w| {
            w.hang_bag_back();
            w.run(Span::from_secs(1));
        }),
    },
    Case {
        code: AlarmCode::NotForPlatelets,
        priority: Low,
        latches: false,
        before: || slow(300),
        condition: |_| (),
        after: ms(0),
        window: Span::ZERO,
        does: Does::Tells,
        end: Some(over),
    },
    Case {
        code: AlarmCode::NotForPlasma,
        priority: Low,
        latches: false,
        before: || slow(420),
        condition: |_| (),
        after: ms(0),
        window: Span::ZERO,
        does: Does::Tells,
        end: Some(over),
    },
    Case {
        code: AlarmCode::BinFull,
        priority: Low,
        latches: false,
        before: || at(&Prompt::Separate),
        condition: |w| w.must(&reading(DeviceKind::Separator, Reading::BinFull(true))),
        after: ms(0),
        window: Span::ZERO,
        does: Does::Refuses(Act::Separate, Refusal::BinFull),
        end: Some(|w| w.must(&act(Act::BinReplaced))),
    },
    Case {
        code: AlarmCode::Underweight,
        priority: Low,
        latches: false,
        before: || {
            let mut w = drawing(100);
            w.must(&act(Act::EndDraw));
            w.walk(|w| w.p.phase() == PhaseName::EndDraw);
            w
        },
        condition: |_| (),
        // The bag comes to rest.
        after: ms(4_000 - 500),
        window: Span::ZERO,
        does: Does::Tells,
        end: Some(over),
    },
    Case {
        code: AlarmCode::Backlog,
        priority: Low,
        latches: false,
        before: World::new,
        condition: |w| shared(w, SharedFact::Backlog(true)),
        after: ms(0),
        window: Span::ZERO,
        does: Does::Tells,
        end: Some(|w| shared(w, SharedFact::Backlog(false))),
    },
    Case {
        code: AlarmCode::StorageWrong,
        priority: Low,
        latches: false,
        before: World::new,
        condition: |w| shared(w, SharedFact::StorageWrong(true)),
        after: ms(0),
        window: Span::ZERO,
        does: Does::Tells,
        end: Some(|w| shared(w, SharedFact::StorageWrong(false))),
    },
    Case {
        code: AlarmCode::SamplesIncomplete,
        priority: Low,
        latches: false,
        before: || drawing(100),
        condition: |w| w.must(&act(Act::TubeMissing { tube: 1, why: MissingWhy::Damaged })),
        after: ms(0),
        window: Span::ZERO,
        does: Does::Tells,
        end: Some(over),
    },
    Case {
        code: AlarmCode::ClockUntrusted,
        priority: Low,
        latches: false,
        before: World::new,
        condition: |w| shared(w, SharedFact::ClockTrusted(false)),
        after: ms(0),
        window: Span::ZERO,
        does: Does::Tells,
        end: Some(|w| shared(w, SharedFact::ClockTrusted(true))),
    },
];
