//! Section 8 of the procedure: aborts and their tail, protective acts, steps done by hand.

use crate::api::prompt::Prompt;
use crate::device::{Actuation, DeviceKind, Fault, Reading};
use crate::measure::Span;
use crate::procedure::alarm::AlarmCode;
use crate::procedure::command::Command;
use crate::procedure::event::{
    AbortWhy, Act, ActingOperator, Event, HandStep, MissingWhy, NationalGrade, Reaction, ReactionClass,
    ReactionOutcome, Role, Treatment,
};
use crate::procedure::limits::Settings;
use crate::procedure::phase::PhaseName;
use crate::procedure::refusal::{Implausible, Refusal};
use crate::procedure::testing::{World, act, anyone, at, by, drawing, opening, operator, reading, two};
use crate::record::{Confirmed, Disposition};

/// Procedure 8.1: in every phase and on a free bed, signed in or not, in one act: pause, clamp, stop, needle out, help.
#[test]
fn everybody_protects_everywhere_at_once() {
    let mut w = World::new();
    w.open();
    let mut seen = Vec::new();
    loop {
        if seen.last() != Some(&w.p.phase()) {
            seen.push(w.p.phase());
            for protective in [Act::Pause, Act::Clamp, Act::NeedleOut, Act::EmergencyStop, Act::CallForHelp] {
                let mut locked = w.clone();
                locked.must(&Event::Operator(None));
                let from = locked.commands.len();
                locked.must(&anyone(protective.clone()));
                let closes = locked.protects(from).first() == Some(&Actuation::ClampClose);
                let helps = locked.holds(AlarmCode::HelpCalled);
                assert!(closes || helps, "{protective:?} in {:?}", w.p.phase());
                let needs_stop = protective == Act::EmergencyStop;
                assert_eq!(locked.p.is_stopped(), needs_stop, "{protective:?} in {:?}", w.p.phase());
            }
        }
        if w.p.is_idle() {
            break;
        }
        if !w.answer() {
            w.run(Span::from_secs(1));
        }
        w.run(Span::from_millis(300));
    }
    // All but Pause and Interrupted, which a good donation does not meet, and Idle at the end.
    assert_eq!(seen.len(), 14, "{seen:?}");
}

/// Procedure 8.1: who protected stays in the record when known, and nobody becomes the bed's nurse by it.
#[test]
fn a_passer_by_who_protects_does_not_take_the_bed_over() {
    let mut w = drawing(50);
    w.must(&by("1009", Act::Pause));
    assert_eq!(w.p.view(w.now).operator, Some(operator("1001")));
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    assert!(w.record.unwrap().operators.contains(&operator("1009")));
}

/// Procedure 8.2: whenever a donation is aborted it ends with a record that says so; no phase is left by it without one.
#[test]
fn wherever_it_is_aborted_there_is_a_record_of_it() {
    let mut w = World::new();
    w.open();
    let mut seen = Vec::new();
    while w.p.phase() != PhaseName::Closed {
        if seen.last() != Some(&w.p.phase()) {
            seen.push(w.p.phase());
            let mut aborted = w.clone();
            aborted.must(&act(Act::Abort(AbortWhy::DeviceFailed)));
            aborted.walk(|w| w.p.phase() == PhaseName::Closed);
            let record = aborted.record.clone().unwrap();
            assert_eq!(record.abort, Some(AbortWhy::DeviceFailed), "in {:?}", w.p.phase());
            assert_ne!(record.disposition, Disposition::Collected);
            assert!(aborted.send(&act(Act::Abort(AbortWhy::NoVein))).is_err(), "once is enough");
        }
        if !w.answer() {
            w.run(Span::from_secs(1));
        }
        w.run(Span::from_millis(300));
    }
    assert_eq!(seen.len(), 12, "{seen:?}");
}

/// Procedure 8.3, 8.11: a donor who leaves before the needle gave up; it closes at once and the number is voided.
#[test]
fn a_donor_who_leaves_before_the_needle_gave_up() {
    for phase in [PhaseName::Identify, PhaseName::Label, PhaseName::Prepare, PhaseName::Venipuncture] {
        let mut w = World::new();
        w.open();
        w.walk(|w| w.p.phase() == phase);
        let din = w.p.view(w.now).din;
        w.must(&act(Act::Abort(AbortWhy::DonorWithdraws)));
        assert_eq!((w.p.phase(), w.p.prompt()), (PhaseName::Closed, Prompt::ClearBed), "in {phase:?}");
        let record = w.record.clone().unwrap();
        assert_eq!((record.abort, record.disposition), (Some(AbortWhy::GaveUp), Disposition::NoUnit));
        assert_eq!(record.attempts, 0);
        assert_eq!(record.voided, din.into_iter().collect::<Vec<_>>(), "in {phase:?}");
        assert_eq!(w.commands.iter().any(|c| matches!(c, Command::VoidDin(_))), din.is_some());
    }
    let mut w = drawing(50);
    w.must(&act(Act::Abort(AbortWhy::GaveUp)));
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    assert_eq!(w.record.unwrap().abort, Some(AbortWhy::DonorWithdraws), "a needle was in");
}

/// Procedure 8.3, 8.4: the second kit of a donor who leaves before the second needle is voided as well; the first walks its tail.
#[test]
fn a_second_kit_that_met_nobody_is_voided() {
    let mut w = at(&Prompt::InsertNeedle);
    w.must(&act(Act::VenipunctureFailed));
    w.walk(|w| w.p.prompt() == Prompt::SecondAttempt);
    w.second_attempt();
    w.walk(|w| w.p.phase() == PhaseName::Prepare);
    w.must(&act(Act::Abort(AbortWhy::DonorWithdraws)));
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    let record = w.record.unwrap();
    assert_eq!((record.voided.len(), record.disposition), (2, Disposition::NoUnit));
}

/// Procedure 8.4: the donor is cared for first; then another nurse, hours later, walks the tail; tubes are "not taken".
#[test]
fn the_tail_of_an_abort_is_walked_later_by_another_nurse() {
    let mut w = at(&Prompt::FillTube { tube: 1, inversions: 8, needle_stays: false });
    w.run(Span::from_secs(60));
    w.must(&act(Act::Abort(AbortWhy::Reaction)));
    w.until(2, |p| *p == Prompt::CareForDonor { why: AbortWhy::Reaction });
    w.must(&anyone(Act::NeedleOut));
    assert_eq!(w.p.prompt(), Prompt::CareForDonor { why: AbortWhy::Reaction }, "the donor still comes first");
    w.must(&act(Act::DonorCaredFor));
    assert_eq!(w.p.prompt(), Prompt::GuardNeedle);
    w.must(&act(Act::NeedleGuarded));
    w.must(&Event::Operator(None));
    w.run(Span::from_mins(90));
    w.must(&Event::Operator(Some(ActingOperator { id: operator("1002"), role: Role::Nurse })));
    w.run(Span::from_secs(1));
    for _ in 0..400 {
        if w.p.phase() == PhaseName::Closed {
            break;
        }
        let prompt = w.p.prompt();
        if let Prompt::Scan { wanted, again } = prompt {
            w.scan_for(wanted, again);
        } else if let Some(primary) = prompt.primary() {
            w.must(&by("1002", primary));
        }
        w.run(Span::from_secs(2));
    }
    let record = w.record.unwrap();
    assert_eq!((record.abort, record.disposition), (Some(AbortWhy::Reaction), Disposition::Quarantined));
    assert!(record.tubes.iter().all(|t| t.missing == Some(MissingWhy::NotTaken)), "{:?}", record.tubes);
    assert!(record.reconciled && record.seal.is_some() && record.separation.is_some());
    assert!(record.operators.contains(&operator("1001")) && record.operators.contains(&operator("1002")));
}

/// Procedure 8.4: a bag that leaks is proposed for discard, with its tail walked all the same.
#[test]
fn a_leaking_bag_is_proposed_for_discard() {
    let mut w = drawing(120);
    w.must(&act(Act::Abort(AbortWhy::BagDefect)));
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    let record = w.record.unwrap();
    assert_eq!(record.disposition, Disposition::DiscardProposed);
    assert!(record.seal.is_some() && record.separation.is_some());
}

/// Procedure 8.8: a seal of unknown outcome is found bad, and made again by hand at a new place with a second person.
#[test]
fn an_unknown_seal_is_made_again_by_hand() {
    let mut w = at(&Prompt::Seal);
    w.devices_answer = false;
    w.must(&act(Act::Seal));
    w.until(12, |p| *p == Prompt::InspectSeal);
    assert!(w.send(&act(Act::Seal)).is_err(), "never repeated unasked");
    let by_hand = Act::ByHand {
        step: HandStep::Sealed,
        tool: "hand sealer, 3 cm further".to_owned(),
        note: "the device failed".to_owned(),
    };
    assert_eq!(w.send(&act(by_hand.clone())), Err(Refusal::SecondPersonNeeded));
    w.must(&two(by_hand));
    assert!(!w.holds(AlarmCode::SealNotConfirmed));
    w.devices_answer = true;
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    let record = w.record.unwrap();
    assert_eq!(record.seal, Some(Confirmed::ByHand));
    assert_eq!(record.by_hand.len(), 1);
}

/// Procedure 8.8: a sealer lost in mid-shot leaves an unknown seal, not a missing one.
#[test]
fn a_sealer_lost_in_mid_shot_is_looked_at() {
    let mut w = at(&Prompt::Seal);
    w.must(&act(Act::Seal));
    w.run(Span::from_millis(200));
    w.must(&reading(DeviceKind::Sealer, Reading::Faulted(Fault::LinkLost)));
    assert_eq!(w.p.prompt(), Prompt::InspectSeal);
    assert!(w.holds(AlarmCode::SealNotConfirmed));
}

/// Procedure 8.3: nothing that a person could do brings an aborted donation back.
#[test]
fn an_abort_is_final() {
    let mut w = World::new();
    w.run(Span::from_secs(1));
    w.must(&Event::Opened(Box::new(opening(Settings::default()))));
    w.walk(|w| w.p.prompt() == Prompt::PlaceBag);
    w.must(&act(Act::Abort(AbortWhy::NotEligible)));
    for other in [Act::Resume, Act::BagPlaced, Act::ConfirmIdentity, Act::NeedleIn] {
        assert!(w.send(&act(other.clone())).is_err(), "{other:?}");
    }
    assert_eq!(w.p.phase(), PhaseName::Closed);
}

/// Procedure 8.5: class, severity, national grade, time, pulse, pressure, treatment and outcome are in the record, in every phase.
#[test]
fn a_reaction_is_coded_whole_in_every_phase() {
    let reaction = Reaction {
        national: Some(NationalGrade::Moderate),
        pulse: Some(44),
        pressure: Some((84, 48)),
        treatment: Some(Treatment::LaidFlat),
        outcome: Some(ReactionOutcome::Recovered),
        note: "well after ten minutes".to_owned(),
        ..Reaction::new(ReactionClass::Vasovagal, 2)
    };
    let mut w = World::new();
    w.open();
    let mut noted = 0;
    let mut last = None;
    while w.p.phase() != PhaseName::Closed {
        if last != Some(w.p.phase()) {
            last = Some(w.p.phase());
            let at = w.now;
            w.must(&act(Act::Reaction(reaction.clone())));
            noted += 1;
            assert_eq!(w.send(&anyone(Act::Reaction(reaction.clone()))), Err(Refusal::NoOperator));
            let bad = Reaction { pulse: Some(7), ..reaction.clone() };
            let refused = Err(Refusal::Implausible(Implausible::Pulse));
            assert_eq!(w.send(&act(Act::Reaction(bad))), refused);
            assert!(w.now >= at);
        }
        if !w.answer() {
            w.run(Span::from_secs(1));
        }
        w.run(Span::from_millis(300));
    }
    let record = w.record.unwrap();
    assert_eq!(record.reactions.len(), noted);
    assert!(record.reactions.iter().all(|r| r.at.is_some()));
    let first = record.reactions[0].clone();
    assert_eq!(Reaction { at: None, ..first }, reaction);
}

fn by_hand(step: HandStep) -> Act {
    Act::ByHand { step, tool: "haemostat".to_owned(), note: "device failed".to_owned() }
}

/// Procedure 8.7: what, with which tool, why and who checked: none of them may be missing where the hand does not protect.
#[test]
fn a_step_by_hand_says_what_with_what_and_why() {
    let mut w = at(&Prompt::Seal);
    w.must(&reading(DeviceKind::Sealer, Reading::Faulted(Fault::LinkLost)));
    let sealed = |tool: &str, note: &str| Act::ByHand {
        step: HandStep::Sealed,
        tool: tool.to_owned(),
        note: note.to_owned(),
    };
    for (tool, note) in [("", "no power"), ("clips", ""), (" ", " ")] {
        assert_eq!(w.send(&two(sealed(tool, note))), Err(Refusal::HowMissing));
    }
    for named in [sealed("clips", "call 13800138000"), sealed("clips of 13800138000", "no power")] {
        assert_eq!(w.send(&two(named)), Err(Refusal::Implausible(Implausible::Note)));
    }
    assert_eq!(w.send(&act(sealed("clips", "no power"))), Err(Refusal::SecondPersonNeeded));
    w.must(&two(sealed("clips", "no power")));
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    let record = w.record.unwrap();
    assert_eq!(record.by_hand, [(HandStep::Sealed, "clips; no power".to_owned())]);
}

/// Procedure 8.7: each step has its moment by hand: tubes, segments, weighing, and refuses any other.
#[test]
fn each_step_has_its_moment_by_hand() {
    let (mut early, filled) = (at(&Prompt::PlaceBag), HandStep::TubeFilled { tube: 1 });
    assert_eq!(early.send(&two(by_hand(filled))), Err(Refusal::NotByHand(filled)), "no needle was in");
    let mut w = at(&Prompt::FillTube { tube: 1, inversions: 8, needle_stays: false });
    assert_eq!(
        w.send(&two(by_hand(HandStep::TubeFilled { tube: 3 }))),
        Err(Refusal::NotByHand(HandStep::TubeFilled { tube: 3 }))
    );
    w.must(&two(by_hand(HandStep::TubeFilled { tube: 1 })));
    assert!(w.p.view(w.now).tubes[0].filled);
    for step in [
        HandStep::Sealed,
        HandStep::Separated,
        HandStep::Diverted,
        HandStep::SegmentsSealed { count: 3 },
        HandStep::Weighed { volume_ml: 400 },
    ] {
        assert_eq!(w.send(&two(by_hand(step))), Err(Refusal::NotByHand(step)));
    }
    w.walk(|w| w.p.phase() == PhaseName::Segments);
    w.must(&two(by_hand(HandStep::SegmentsSealed { count: 4 })));
    w.must(&two(by_hand(HandStep::Weighed { volume_ml: 402 })));
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    let record = w.record.unwrap();
    assert_eq!(record.segments, Some(4));
    assert_eq!(record.volume.ml_rounded(), 402);
    assert_eq!(record.by_hand.len(), 3);
}

/// Procedure 8.7: a diverter that fails with the needle in is worked by hand, and the draw goes on.
#[test]
fn a_diverter_that_failed_is_worked_by_hand() {
    let mut w = World::new();
    w.must(&reading(DeviceKind::Diverter, Reading::Online { serial: None }));
    w.open();
    w.walk(|w| w.p.prompt() == Prompt::BreakPlug);
    let step = HandStep::Diverted;
    assert_eq!(w.send(&two(by_hand(step))), Err(Refusal::NotByHand(step)), "it works");
    w.must(&reading(DeviceKind::Diverter, Reading::Faulted(Fault::LinkLost)));
    w.must(&two(by_hand(step)));
    assert_eq!(w.p.phase(), PhaseName::Draw);
}
