//! Whatever has happened, whoever does what the screen says comes to the end: no prompt is a dead end.

#![expect(clippy::wildcard_enum_match_arm, reason = "what has one answer says so itself")]

use crate::api::prompt::{Prompt, ScanWanted};
use crate::device::{DeviceKind, Fault, Reading};
use crate::measure::Span;
use crate::procedure::event::{AbortWhy, Act, DinStanding, Event, HandStep, PersonAct, Restart};
use crate::procedure::limits::{DinOnRestick, DonorConnectedSeal, SampleMode, Settings, TubesWhen};
use crate::procedure::phase::PhaseName;
use crate::procedure::testing::{SOUND, World, act, operator, reading, scanned};
use proptest::prelude::*;

/// Most answers and waits of a nurse once everything works again. The longest count that anybody waits for is the site's
/// longest draw.
const STEPS: u32 = 3_000;
/// A refused answer is given so often; then the other one that the screen offers.
const TRIES: u32 = 6;

/// Something that goes wrong, or that a person does out of turn.
#[derive(Debug, Clone)]
enum Trouble {
    Said(Act),
    Flow(i64),
    Bag(bool),
    Tray(bool),
    Clamp(bool),
    ScaleStuck(bool),
    ScaleSilent(bool),
    Fault(DeviceKind, Fault),
    Restart(Restart),
    /// Another boot, another clock.
    Reboot,
}

fn troubles() -> impl Strategy<Value = Trouble> {
    let devices = [DeviceKind::Scale, DeviceKind::Clamp, DeviceKind::Mixer, DeviceKind::Sealer];
    let said = [
        Act::Pause,
        Act::Clamp,
        Act::EndDraw,
        Act::NeedleOut,
        Act::EmergencyStop,
        Act::VenipunctureFailed,
        Act::BagRejected,
        Act::Resume,
        Act::PouchFull,
        Act::PouchClipClosed,
        Act::PlugBroken,
        Act::Abort(AbortWhy::FlowStopped),
        Act::NeedleIn,
    ];
    prop_oneof![
        6 => proptest::sample::select(said.to_vec()).prop_map(Trouble::Said),
        2 => proptest::sample::select(vec![0_i64, 10, 60, 300]).prop_map(Trouble::Flow),
        1 => any::<bool>().prop_map(Trouble::Bag),
        1 => any::<bool>().prop_map(Trouble::Tray),
        1 => any::<bool>().prop_map(Trouble::Clamp),
        1 => any::<bool>().prop_map(Trouble::ScaleStuck),
        1 => any::<bool>().prop_map(Trouble::ScaleSilent),
        1 => (proptest::sample::select(devices.to_vec()), any::<bool>()).prop_map(|(kind, lost)| {
            Trouble::Fault(kind, if lost { Fault::LinkLost } else { Fault::Rebooted })
        }),
        1 => any::<[bool; 4]>().prop_map(|[short, unchanged, clamp_closed, same]| {
            let gap = Some(Span::from_secs(if short { 20 } else { 300 }));
            Trouble::Restart(Restart { gap, unchanged, clamp_closed, logic_changed: !same })
        }),
        1 => Just(Trouble::Restart(SOUND)),
        1 => Just(Trouble::Reboot),
    ]
}

fn settings() -> impl Strategy<Value = Settings> {
    any::<[bool; 5]>().prop_map(|[on_tray, filling, line_end, same, approved]| Settings {
        pouch_on_tray: on_tray,
        tubes_when: if filling { TubesWhen::Filling } else { TubesWhen::Label },
        sample_mode: if line_end { SampleMode::LineEnd } else { SampleMode::PouchDuringDraw },
        din_on_restick: if same { DinOnRestick::Same } else { DinOnRestick::New },
        donor_connected_seal: if approved {
            DonorConnectedSeal::Approved
        } else {
            DonorConnectedSeal::Locked
        },
        ..Settings::default()
    })
}

fn happen(w: &mut World, trouble: &Trouble) {
    match trouble {
        Trouble::Said(said) => {
            let _refused = w.send(&act(said.clone()));
        }
        Trouble::Flow(ml_min) => w.flow = *ml_min,
        Trouble::Bag(there) => w.bag_on_tray = *there,
        Trouble::Tray(blocked) => w.tray_blocked = *blocked,
        Trouble::Clamp(obeys) => w.clamp_obeys = *obeys,
        Trouble::ScaleStuck(stuck) => w.scale_stuck = stuck.then_some(230_000),
        Trouble::ScaleSilent(silent) => w.weights = !*silent,
        Trouble::Fault(kind, fault) => w.must(&reading(*kind, Reading::Faulted(fault.clone()))),
        Trouble::Restart(restart) => w.restart(*restart),
        Trouble::Reboot => w.reboot(),
    }
}

/// Every device works and answers; the donor stays as the donor is.
fn mend(w: &mut World) {
    (w.bag_on_tray, w.tray_blocked, w.clamp_obeys, w.weights) = (true, false, true, true);
    w.scale_stuck = None;
    for kind in [DeviceKind::Scale, DeviceKind::Clamp, DeviceKind::Mixer, DeviceKind::Sealer] {
        w.must(&reading(kind, Reading::Online { serial: None }));
    }
    w.clamp_stands();
    w.run(Span::from_secs(2));
}

/// What the screen asks, said by two people wherever two may be needed. `other` takes the second answer that it offers.
fn answer(w: &mut World, other: bool) -> Option<Result<(), String>> {
    let by_hand = |step| Act::ByHand { step, tool: "haemostat".to_owned(), note: "tool failed".to_owned() };
    let said = match w.p.prompt() {
        Prompt::Scan { wanted, again } => return Some(scan(w, wanted, again)),
        Prompt::SecondAttempt if !other => {
            w.second_attempt();
            return Some(Ok(()));
        }
        Prompt::SecondAttempt => Act::Abort(AbortWhy::NoVein),
        Prompt::PrepareArm => Act::ArmReady(w.arm),
        Prompt::PinchByHand => by_hand(HandStep::ClampClosed),
        Prompt::ByHand(step) => by_hand(step),
        Prompt::Paused | Prompt::Interrupted { .. } if other => Act::EndDraw,
        Prompt::Seal if other => by_hand(HandStep::Sealed),
        Prompt::Separate if other => by_hand(HandStep::Separated),
        prompt => prompt.primary()?,
    };
    let event =
        Event::Act(PersonAct { act: said, by: Some(operator("1001")), second: Some(operator("1002")) });
    Some(w.send(&event).map_err(|refusal| refusal.to_string()))
}

fn scan(w: &mut World, wanted: ScanWanted, again: bool) -> Result<(), String> {
    w.run(Span::from_secs(3));
    let known = again || w.p.view(w.now).din.is_some();
    let standing = if known { DinStanding::ThisDonation } else { DinStanding::Free };
    let flag = match wanted {
        ScanWanted::Form => "08",
        ScanWanted::Bag => "01",
        ScanWanted::Tube(_) => "07",
        ScanWanted::Item(_) => "00",
        ScanWanted::BagCatalog | ScanWanted::BagLot | ScanWanted::BagExpiry => {
            let codes = ["=)1FE1234567", "&)0000LOT123", "=>030001"];
            let taken = codes.map(|code| w.send(&scanned(code, DinStanding::Free)).is_ok());
            return if taken.contains(&true) { Ok(()) } else { Err("no code of the bag".to_owned()) };
        }
    };
    let label = format!("={}{flag}", w.din);
    w.send(&scanned(&label, standing)).map_err(|refusal| refusal.to_string())
}

/// Does what the screen says until the donation is closed.
fn finish(w: &mut World) -> Result<(), String> {
    let (mut tries, mut last) = (0, None);
    let mut said = Vec::new();
    for _ in 0..STEPS {
        if matches!(w.p.phase(), PhaseName::Closed | PhaseName::Idle) {
            return Ok(());
        }
        let prompt = w.p.prompt();
        if last.as_ref() != Some(&prompt) {
            (tries, last) = (0, Some(prompt.clone()));
            said.push(format!("{prompt:?}"));
        }
        match answer(w, tries >= TRIES) {
            Some(Ok(())) => w.run(Span::from_millis(600)),
            Some(Err(_)) => {
                tries += 1;
                w.run(Span::from_secs(2));
            }
            None => w.run(Span::from_secs(1)),
        }
    }
    let tail = said.split_off(said.len().saturating_sub(12));
    Err(format!(
        "still {:?} in {:?}, refused {:?}, alarms {:?}; asked before: {tail:?}",
        w.p.prompt(),
        w.p.phase(),
        w.p.view(w.now).refused,
        w.p.view(w.now).alarms
    ))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..crate::ident::proptest_config() })]

    /// Procedure 6.11, 8.2: out of every trouble of section 4 to 7 the screen leads on to the end of the donation.
    #[test]
    fn from_every_prompt_the_screen_leads_to_the_end(
        settings in settings(),
        steps in 0usize..120,
        string in proptest::collection::vec((0u64..20_000, troubles()), 1..14),
    ) {
        let mut w = World::new();
        w.open_with(settings);
        for _ in 0..steps {
            let _refused = answer(&mut w, false);
            w.run(Span::from_secs(2));
        }
        for (ms, trouble) in &string {
            if w.p.is_idle() || w.p.phase() == PhaseName::Closed {
                break;
            }
            happen(&mut w, trouble);
            w.run(Span::from_millis(*ms));
            if ms % 3 == 0 {
                let _refused = answer(&mut w, false);
            }
        }
        mend(&mut w);
        if let Err(stuck) = finish(&mut w) {
            prop_assert!(false, "{stuck}");
        }
    }
}
