//! Section 9 of the procedure at a bed: what takes another person, and what waits for one where the site has a single nurse.

use crate::api::prompt::Prompt;
use crate::device::{DeviceKind, Fault, Reading};
use crate::procedure::command::Command;
use crate::procedure::event::{Act, Event, HandStep, PersonAct};
use crate::procedure::limits::Settings;
use crate::procedure::phase::PhaseName;
use crate::procedure::refusal::Refusal;
use crate::procedure::second_check::CheckKind;
use crate::procedure::testing::{SOUND, World, act, at, at_with, operator, reading, two};

fn by_hand(step: HandStep) -> Act {
    Act::ByHand { step, tool: "haemostat".to_owned(), note: "device failed".to_owned() }
}

fn alone(settings: Settings) -> Settings {
    Settings { single_nurse: true, ..settings }
}

/// A bed at the moment of each step by hand that takes two, with these settings.
fn moments(settings: &Settings) -> Vec<(World, HandStep)> {
    let at = |prompt: &Prompt| at_with(settings.clone(), prompt);
    let mut diverter = World::new();
    diverter.must(&reading(DeviceKind::Diverter, Reading::Online { serial: None }));
    diverter.open_with(settings.clone());
    diverter.walk(|w| w.p.prompt() == Prompt::BreakPlug);
    diverter.must(&reading(DeviceKind::Diverter, Reading::Faulted(Fault::LinkLost)));
    let segments = at(&Prompt::Segments { count: 3, length_cm: 35 });
    vec![
        (diverter, HandStep::Diverted),
        (
            at(&Prompt::FillTube { tube: 1, inversions: 8, needle_stays: false }),
            HandStep::TubeFilled { tube: 1 },
        ),
        (at(&Prompt::Seal), HandStep::Sealed),
        (at(&Prompt::Separate), HandStep::Separated),
        (segments.clone(), HandStep::SegmentsSealed { count: 3 }),
        (segments, HandStep::Weighed { volume_ml: 400 }),
    ]
}

/// Procedure 8.7, 9.1, 9.3: each step completed by hand takes another person, and nothing of it is done before; what protects waits
/// for nobody.
#[test]
fn each_step_by_hand_takes_another_person() {
    for (mut w, step) in moments(&Settings::default()) {
        let before = w.p.clone();
        assert_eq!(w.send(&act(by_hand(step))), Err(Refusal::SecondPersonNeeded), "{step:?}");
        let same =
            PersonAct { act: by_hand(step), by: Some(operator("1001")), second: Some(operator("1001")) };
        assert_eq!(w.send(&Event::Act(same)), Err(Refusal::SamePerson), "{step:?}");
        let shown = |p: &crate::procedure::Procedure| {
            (p.phase(), p.prompt(), p.view(w.now).volume, p.view(w.now).tubes[0].filled)
        };
        assert_eq!(shown(&w.p), shown(&before), "{step:?}");
        w.must(&two(by_hand(step)));
        w.plug_broken = true;
        w.walk(|w| w.p.phase() == PhaseName::Closed);
        let record = w.record.unwrap();
        assert_eq!(record.by_hand.len(), 1, "{step:?}");
        assert!(record.operators.contains(&operator("1002")), "{step:?}");
    }
    let mut w = crate::procedure::testing::drawing(100);
    w.must(&reading(DeviceKind::Mixer, Reading::Faulted(Fault::Stalled)));
    for step in [HandStep::Mixed, HandStep::ClampClosed] {
        w.must(&act(by_hand(step)));
    }
}

/// Procedure 8.10, 9.1: what became of an order that a restart has hidden two people say; what a running station did not hear one may.
#[test]
fn an_outcome_that_a_restart_has_hidden_takes_two() {
    for (prompt, ask, looked) in [
        (Prompt::Seal, Act::Seal, Act::SealInspected { sound: true }),
        (Prompt::Separate, Act::Separate, Act::SeparationInspected { separated: true }),
    ] {
        let mut w = at(&prompt);
        w.devices_answer = false;
        w.must(&act(ask));
        let mut running = w.clone();
        running.until(12, |p| matches!(p, Prompt::InspectSeal | Prompt::InspectSeparation));
        running.must(&act(looked.clone()));
        w.devices_answer = true;
        w.restart(SOUND);
        w.must(&act(Act::Resume));
        assert_eq!(w.send(&act(looked.clone())), Err(Refusal::SecondPersonNeeded), "{looked:?}");
        w.must(&two(looked));
    }
}

/// Procedure 9.4: where the site has a single nurse an act of the table is done at once and told to be checked, each once; done by two,
/// or of no row, it leaves nothing to be checked. Whoever is named twice is one person there, too.
#[test]
fn what_one_nurse_does_alone_is_told_to_be_checked() {
    let waits = |w: &World| -> Vec<CheckKind> {
        let kind = |c: &Command| if let Command::CheckLater(kind) = c { Some(*kind) } else { None };
        w.commands.iter().filter_map(kind).collect()
    };
    for (w, step) in moments(&alone(Settings::default())) {
        let mut both = w.clone();
        both.must(&two(by_hand(step)));
        assert_eq!(waits(&both), [], "{step:?}");
        let mut w = w;
        w.must(&act(by_hand(step)));
        assert_eq!(waits(&w), [CheckKind::ByHand], "{step:?}");
    }
    let mut w = at_with(alone(Settings::default()), &Prompt::InsertNeedle);
    w.must(&act(Act::VenipunctureFailed));
    w.walk(|w| w.p.prompt() == Prompt::SecondAttempt);
    assert_eq!(waits(&w), [], "nothing so far was of the table");
    let same = PersonAct {
        act: Act::SecondAttemptConsented,
        by: Some(operator("1001")),
        second: Some(operator("1001")),
    };
    assert_eq!(w.send(&Event::Act(same)), Err(Refusal::SamePerson));
    w.must(&act(Act::SecondAttemptConsented));
    assert_eq!(waits(&w), [CheckKind::VoidedDin]);
    let mut w = at_with(alone(Settings::default()), &Prompt::Seal);
    w.must(&reading(DeviceKind::Sealer, Reading::Faulted(Fault::LinkLost)));
    let none = Act::ByHand { step: HandStep::Sealed, tool: String::new(), note: String::new() };
    assert_eq!(w.send(&act(none)), Err(Refusal::HowMissing));
    assert_eq!(waits(&w), [], "what was refused is not to be checked");
}
