//! Random strings of events, valid or not: what anybody could do, any device could say, any clock could bring.

use crate::device::{
    ClampPosition, DeviceKind, DiverterPosition, Fault, Quality, Reading, ToolFailure, ToolReport,
    WeightSample,
};
use crate::ident::{BedId, DonationId};
use crate::measure::{Milligrams, Span};
use crate::procedure::alarm::AlarmCode;
use crate::procedure::event::{
    AbortWhy, Act, ActingOperator, Arm, DinStanding, Event, HandStep, Lapse, MissingWhy, PermitId, PersonAct,
    Reaction, ReactionClass, Restart, Role, ScanVia, SharedFact,
};
use crate::procedure::limits::Settings;
use crate::procedure::testing::{FORM, opening, operator, reading, scanned};
use crate::procedure::timers::Timer;
use proptest::prelude::*;
use proptest::sample::select;

pub(super) fn acts() -> impl Strategy<Value = Act> {
    prop_oneof![
        Just(Act::ConfirmIdentity),
        Just(Act::FormSeen(FORM)),
        Just(Act::AskEligibility),
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
        Just(Act::BinReplaced),
        (0u8..9).prop_map(|count| Act::SegmentsSealed { count }),
        Just(Act::SegmentsLater),
        Just(Act::AcceptDisposition),
        Just(Act::BedCleared),
        Just(Act::Abort(AbortWhy::Reaction)),
        Just(Act::DonorCaredFor),
        Just(Act::EmergencyStop),
        Just(Act::EmergencyOver),
        Just(Act::Clamp),
        Just(Act::CallForHelp),
        Just(Act::HelpArrived),
        Just(Act::PauseAudio),
        Just(Act::ResumeAudio),
        (0u8..7).prop_map(|severity| Act::Reaction(Reaction::new(ReactionClass::Vasovagal, severity))),
        select(AlarmCode::ALL).prop_map(Act::Acknowledge),
        prop_oneof![
            Just(HandStep::ClampClosed),
            Just(HandStep::Sealed),
            Just(HandStep::Separated),
            Just(HandStep::Mixed),
            Just(HandStep::Diverted),
            (0u8..4).prop_map(|tube| HandStep::TubeFilled { tube }),
            (0u8..4).prop_map(|count| HandStep::SegmentsSealed { count }),
            Just(HandStep::Weighed { volume_ml: 390 })
        ]
        .prop_map(|step| Act::ByHand {
            step,
            tool: "by hand".to_owned(),
            note: "the device failed".to_owned(),
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

/// Whoever may become the bed's acting operator, and whoever must not act.
fn people() -> impl Strategy<Value = Event> {
    let roles = [Role::Nurse, Role::Lead, Role::Quality, Role::Engineer, Role::Admin, Role::Auditor];
    prop_oneof![
        2 => Just(Event::Operator(Some(ActingOperator { id: operator("1001"), role: Role::Nurse }))),
        1 => Just(Event::Operator(None)),
        1 => (select(roles.to_vec()), 1001u32..1004)
            .prop_map(|(role, id)| Event::Operator(Some(ActingOperator { id: operator(&id.to_string()), role }))),
    ]
}

fn shared() -> impl Strategy<Value = SharedFact> {
    prop_oneof![
        1 => Just(SharedFact::JournalFailed),
        3 => any::<bool>().prop_map(SharedFact::JournalSlow),
        3 => any::<bool>().prop_map(SharedFact::ClockTrusted),
        3 => any::<bool>().prop_map(SharedFact::TerminalsGone),
        3 => any::<bool>().prop_map(SharedFact::Backlog),
        1 => any::<bool>().prop_map(SharedFact::StorageWrong),
        1 => (0u32..70).prop_map(SharedFact::Binned),
    ]
}

fn restarts() -> impl Strategy<Value = Restart> {
    let gap = prop_oneof![Just(None), (0u64..200).prop_map(|s| Some(Span::from_secs(s)))];
    (gap, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(gap, unchanged, clamp_closed, logic_changed)| Restart {
            gap,
            unchanged,
            clamp_closed,
            logic_changed,
        },
    )
}

/// Labels of this donation, of another and of none; used, voided, on another bed; typed by one person twice.
fn scans() -> impl Strategy<Value = Event> {
    let standing = prop_oneof![
        4 => Just(DinStanding::Free),
        4 => Just(DinStanding::ThisDonation),
        1 => Just(DinStanding::OtherDonor),
        1 => Just(DinStanding::OnBed(BedId::new(2).unwrap())),
        1 => Just(DinStanding::Used(DonationId(3))),
        1 => Just(DinStanding::Voided),
    ];
    let codes = [
        "=A99992612345600",
        "=A99992612345608",
        "=A99992612345607",
        "=A99992699999900",
        "=)1FE1234567",
        "=>020001",
    ];
    (select(codes.to_vec()), standing, any::<bool>()).prop_map(|(text, standing, typed)| {
        let mut event = scanned(text, standing);
        if let (true, Event::Scan(scan)) = (typed, &mut event) {
            scan.via = ScanVia::Typed { by: operator("1001"), second: operator("1001") };
        }
        event
    })
}

pub(super) fn events() -> impl Strategy<Value = Event> {
    let who = prop_oneof![6 => Just(Some("1001")), 2 => Just(None), 1 => Just(Some("1003"))];
    let second = prop_oneof![4 => Just(None), 2 => Just(Some("1002")), 1 => Just(Some("1001"))];
    prop_oneof![
        12 => (acts(), who, second).prop_map(|(act, by, second)| Event::Act(PersonAct {
            act,
            by: by.map(operator),
            second: second.map(operator),
        })),
        9 => readings(),
        3 => scans(),
        3 => people(),
        3 => (0u32..12).prop_map(|id| Event::PermitFired(PermitId(id))),
        2 => (0u32..12).prop_map(|id| Event::PermitLapsed { permit: PermitId(id), why: Lapse::Expired }),
        2 => shared().prop_map(Event::Shared),
        2 => restarts().prop_map(Event::Restarted),
        1 => Just(Event::Opened(Box::new(opening(Settings::default())))),
        2 => select(TIMERS.to_vec()).prop_map(Event::Timer),
    ]
}

/// Timers, due or not: one that is not due must do nothing.
const TIMERS: [Timer; 12] = [
    Timer::ClampClosing,
    Timer::ClampOpening,
    Timer::ClampAtTarget,
    Timer::WeightStale,
    Timer::MixerStarting,
    Timer::DivertTooLong,
    Timer::NoFlow,
    Timer::HandMix,
    Timer::PauseTooLong,
    Timer::Sealing,
    Timer::Separating,
    Timer::Settled,
];
