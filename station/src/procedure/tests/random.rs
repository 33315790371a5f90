//! Whatever comes, in whatever order: no panic, no open clamp without a permit, nothing irreversible twice or unsure; and a
//! replay gives the same.

#![expect(clippy::wildcard_enum_match_arm, reason = "the checker counts only what is irreversible")]

use crate::device::{
    Actuation, ClampPosition, DeviceKind, DiverterPosition, Fault, Quality, Reading, ToolFailure, ToolReport,
    WeightSample,
};
use crate::measure::{Milligrams, Mono, Span};
use crate::procedure::Procedure;
use crate::procedure::alarm::AlarmCode;
use crate::procedure::command::Command;
use crate::procedure::event::{
    AbortWhy, Act, Arm, DinStanding, Event, HandStep, Lapse, MissingWhy, PermitId, PersonAct, Restart,
    SharedFact,
};
use crate::procedure::phase::PhaseName;
use crate::procedure::testing::{DIN, World, act, operator, reading, scanned};
use crate::procedure::timers::Timer;
use crate::replay::Replay;
use proptest::prelude::*;

const OTHER: &str = "A999926999999";

fn acts() -> impl Strategy<Value = Act> {
    prop_oneof![
        Just(Act::ConfirmIdentity),
        Just(Act::ConfirmScreening),
        Just(Act::BagLooked),
        Just(Act::BagRejected),
        Just(Act::BagPlaced),
        Just(Act::ArmReady(Arm::Right)),
        Just(Act::IdentityAskedAgain),
        Just(Act::NeedleIn),
        Just(Act::VenipunctureFailed),
        Just(Act::SecondAttemptConsented),
        Just(Act::PouchFull),
        Just(Act::PouchClipClosed),
        Just(Act::PlugBroken),
        Just(Act::TubeFilled),
        (0u8..4).prop_map(|tube| Act::TubeMissing { tube, why: MissingWhy::Damaged }),
        Just(Act::Pause),
        Just(Act::Resume),
        Just(Act::EndDraw),
        Just(Act::TourniquetReleased),
        Just(Act::NeedleOut),
        Just(Act::NeedleGuarded),
        Just(Act::Seal),
        any::<bool>().prop_map(|sound| Act::SealInspected { sound }),
        Just(Act::Separate),
        any::<bool>().prop_map(|separated| Act::SeparationInspected { separated }),
        Just(Act::NeedleBinned),
        Just(Act::StripTubing),
        Just(Act::SegmentsLater),
        Just(Act::AcceptDisposition),
        Just(Act::BedCleared),
        Just(Act::Abort(AbortWhy::Reaction)),
        Just(Act::DonorCaredFor),
        Just(Act::EmergencyStop),
        Just(Act::EmergencyOver),
        Just(Act::Clamp),
        Just(Act::Acknowledge(AlarmCode::ScaleLost)),
        prop_oneof![
            Just(HandStep::ClampClosed),
            Just(HandStep::Sealed),
            Just(HandStep::Separated),
            Just(HandStep::Mixed),
            Just(HandStep::Weighed { volume_ml: 390 })
        ]
        .prop_map(|step| Act::ByHand {
            step,
            tool: "by hand".to_owned(),
            note: "the device failed".to_owned()
        }),
    ]
}

fn readings() -> impl Strategy<Value = Event> {
    let weight = (0i64..1_500_000, any::<bool>()).prop_map(|(mg, bad)| {
        let quality = if bad { Quality::Bad } else { Quality::Dynamic };
        reading(DeviceKind::Scale, Reading::Weight(WeightSample { gross: Milligrams(mg), quality }))
    });
    let clamp = prop_oneof![
        Just(ClampPosition::Closed),
        Just(ClampPosition::Open),
        Just(ClampPosition::Between),
        Just(ClampPosition::Contradiction)
    ]
    .prop_map(|p| reading(DeviceKind::Clamp, Reading::Clamp(p)));
    let tool = prop_oneof![
        Just(ToolReport::Done),
        Just(ToolReport::Busy),
        Just(ToolReport::Failed(ToolFailure::StartFailed)),
        Just(ToolReport::Failed(ToolFailure::Refused)),
        Just(ToolReport::Failed(ToolFailure::NotConfirmed))
    ];
    prop_oneof![
        weight,
        clamp,
        tool.clone().prop_map(|r| reading(DeviceKind::Sealer, Reading::Sealer(r))),
        tool.prop_map(|r| reading(DeviceKind::Separator, Reading::Separator(r))),
        any::<bool>().prop_map(|t| reading(DeviceKind::Mixer, Reading::MixerTurning(t))),
        any::<bool>().prop_map(|t| reading(DeviceKind::Panel, Reading::EmergencyStop(t))),
        Just(reading(DeviceKind::Diverter, Reading::Diverter(DiverterPosition::Bag))),
        (0usize..12).prop_map(|i| reading(DeviceKind::ALL[i], Reading::Online { serial: None })),
        (0usize..12, any::<bool>()).prop_map(|(i, lost)| {
            let fault = if lost { Fault::LinkLost } else { Fault::Rebooted };
            reading(DeviceKind::ALL[i], Reading::Faulted(fault))
        }),
    ]
}

fn events() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (acts(), 0u8..3).prop_map(|(act, who)| Event::Act(PersonAct {
            act,
            by: (who > 0).then(|| operator("1001")),
            second: (who > 1).then(|| operator("1002")),
        })),
        3 => readings(),
        1 => prop_oneof![Just(format!("={DIN}00")), Just(format!("={OTHER}00")), Just("=)1FE1234567".to_owned())]
            .prop_map(|text| scanned(&text, DinStanding::Free)),
        1 => (0u32..12).prop_map(|id| Event::PermitFired(PermitId(id))),
        1 => (0u32..12).prop_map(|id| Event::PermitLapsed { permit: PermitId(id), why: Lapse::Expired }),
        1 => prop_oneof![Just(SharedFact::JournalFailed), Just(SharedFact::JournalSlow(true))]
            .prop_map(Event::Shared),
        1 => any::<bool>().prop_map(|unchanged| Event::Restarted(Restart {
            gap: Some(Span::from_secs(20)),
            unchanged,
            clamp_closed: true,
            logic_changed: false,
        })),
        1 => prop_oneof![Just(Timer::ClampAtTarget), Just(Timer::Sealing), Just(Timer::ClampClosing)]
            .prop_map(Event::Timer),
    ]
}

/// What the orders and outcomes may be, counted apart from the machine.
#[derive(Default)]
struct Checker {
    permits: Vec<(PermitId, Actuation)>,
    /// A seal left and nobody said yet that nothing happened.
    sealing: bool,
    separating: bool,
}

impl Checker {
    fn event(&mut self, event: &Event, accepted: bool) {
        match event {
            Event::PermitFired(id) => {
                if let Some(at) = self.permits.iter().position(|(p, _)| p == id) {
                    let (_, actuation) = self.permits.remove(at);
                    self.sealing |= actuation == Actuation::Seal;
                    self.separating |= actuation == Actuation::Separate;
                }
            }
            Event::PermitLapsed { permit, .. } => self.permits.retain(|(p, _)| p != permit),
            Event::Reading(r) => match r.reading {
                Reading::Sealer(ToolReport::Failed(ToolFailure::Refused)) => self.sealing = false,
                Reading::Separator(ToolReport::Failed(ToolFailure::Refused)) => self.separating = false,
                _ => (),
            },
            Event::Act(a) if accepted => match a.act {
                Act::SealInspected { sound: false } => self.sealing = false,
                Act::SeparationInspected { separated: false } => self.separating = false,
                _ => (),
            },
            Event::Restarted(_) => self.permits.clear(),
            _ => (),
        }
    }

    fn command(&mut self, p: &Procedure, command: &Command) {
        match command {
            Command::Permit(permit) => {
                assert!(!(permit.actuation == Actuation::Seal && self.sealing), "a second seal, unasked");
                assert!(
                    !(permit.actuation == Actuation::Separate && self.separating),
                    "a second separation, unasked"
                );
                assert!(permit.epoch <= p.epoch());
                let opens = matches!(
                    p.phase(),
                    PhaseName::Prepare | PhaseName::Venipuncture | PhaseName::Pause | PhaseName::Segments
                );
                assert!(permit.actuation != Actuation::ClampOpen || opens, "opens in {:?}", p.phase());
                self.permits.push((permit.id, permit.actuation));
            }
            Command::Close(_) => {
                self.sealing = false;
                self.separating = false;
            }
            _ => (),
        }
    }
}

/// A world somewhere on its way, walked there by the normal course.
fn somewhere(steps: usize) -> World {
    let mut w = World::new();
    w.open();
    for _ in 0..steps {
        if w.p.is_idle() {
            break;
        }
        if !w.answer() {
            w.run(Span::from_secs(2));
        }
        w.run(Span::from_millis(200));
    }
    w
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..crate::ident::proptest_config() })]

    #[test]
    fn no_string_of_events_breaks_the_laws(
        steps in 0usize..260,
        string in proptest::collection::vec((0u64..400, events()), 1..80),
    ) {
        let w = somewhere(steps);
        let mut p = w.p.clone();
        let mut now = w.now;
        let mut checker = Checker::default();
        for (ms, event) in string {
            now = now + Span::from_millis(ms);
            let before = p.epoch();
            let result = p.handle(now, &event);
            checker.event(&event, result.is_ok());
            let mut commands = Vec::new();
            while let Some(command) = p.poll_command() {
                checker.command(&p, &command);
                commands.push(command);
            }
            let closes = commands.contains(&Command::Protect(Actuation::ClampClose));
            prop_assert!(!closes || p.epoch() > before, "a protect raises the epoch");
            if let Event::Act(PersonAct { act: Act::EmergencyStop | Act::Clamp | Act::Pause, .. }) = &event {
                prop_assert!(closes, "{event:?} must close");
                prop_assert!(result.is_ok());
            }
            p.view(now);
            if matches!(p.phase(), PhaseName::Seal | PhaseName::Separate | PhaseName::Segments) {
                prop_assert!(p.may_fire(now, Actuation::MixerStop).is_err());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..crate::ident::proptest_config() })]

    #[test]
    fn a_replay_gives_the_same_orders_and_the_same_bed(steps in 0usize..260, act_at_end in acts()) {
        let mut w = somewhere(steps);
        let last = w.send(&act(act_at_end));
        let mut replay = Replay::new(crate::ident::BedId::new(1).unwrap());
        let count = w.events.len();
        let mut orders = Vec::new();
        for (i, (at, event)) in w.events.iter().enumerate() {
            orders.extend(replay.feed(*at, event, i + 1 == count && last.is_err()));
        }
        prop_assert_eq!(&orders, &w.commands);
        let again = replay.finish();
        prop_assert_eq!(again.view(w.now), w.p.view(w.now));
        prop_assert_eq!(again.next_timeout(), w.p.next_timeout());
    }
}

#[test]
fn no_permit_that_nobody_asked_for_opens_anything() {
    let mut w = World::new();
    w.open();
    w.must(&Event::PermitFired(PermitId(77)));
    assert_eq!(w.protects(0).last(), Some(&Actuation::ClampClose));
    assert!(w.now > Mono(0));
}
