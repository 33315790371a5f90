//! Protective acts: anyone's, in every phase, in the same step.

use crate::api::prompt::Prompt;
use crate::device::Actuation;
use crate::measure::Span;
use crate::procedure::event::Act;
use crate::procedure::phase::PhaseName;
use crate::procedure::refusal::Refusal;
use crate::procedure::testing::{World, act, anyone};

/// Procedure 8.1: the emergency stop closes the clamp in the same step, takes tools and mixer their enables, and holds everything up until
/// it is over.
#[test]
fn the_emergency_stop_closes_the_clamp_in_the_same_step_in_every_phase() {
    let mut w = World::new();
    w.open();
    let mut seen = Vec::new();
    while !w.p.is_idle() {
        let mut other = w.clone();
        let from = other.commands.len();
        other.must(&anyone(Act::EmergencyStop));
        let orders = other.protects(from);
        assert_eq!(orders.first(), Some(&Actuation::ClampClose), "in {:?}", w.p.phase());
        for order in [Actuation::SealerDisable, Actuation::SeparatorDisable, Actuation::MixerStop] {
            assert!(orders.contains(&order), "{order:?} in {:?}", w.p.phase());
        }
        assert_eq!(other.p.prompt(), Prompt::EmergencyStop);
        assert!(other.send(&act(Act::Seal)).is_err());
        for order in [Actuation::ClampOpen, Actuation::MixerRun, Actuation::Seal, Actuation::Separate] {
            let fires = other.p.may_fire(other.now, order);
            assert_eq!(fires, Err(Refusal::EmergencyStop), "{order:?} in {:?}", w.p.phase());
        }
        if let (Some(primary), false) = (w.p.prompt().primary(), w.p.phase() == PhaseName::Closed) {
            let moved = w.clone().send(&act(primary.clone())).is_ok();
            let refused = other.send(&act(primary.clone()));
            let common = primary == Act::DonorCaredFor || primary.is_protective();
            assert!(common || !moved || refused == Err(Refusal::EmergencyStop), "{primary:?}: {refused:?}");
        }
        if seen.last() != Some(&w.p.phase()) {
            seen.push(w.p.phase());
        }
        if !w.answer() {
            w.run(Span::from_secs(1));
        }
        w.run(Span::from_millis(300));
    }
    assert_eq!(seen.len(), 13, "{seen:?}");
}

#[test]
fn a_pause_closes_keeps_the_mixer_and_goes_on_with_the_same_count() {
    let mut w = World::new();
    w.open();
    w.walk(|w| w.p.view(w.now).volume.ml_rounded() > 100);
    let from = w.commands.len();
    w.must(&anyone(Act::Pause));
    assert!(!w.protects(from).contains(&Actuation::MixerStop));
    w.until(2, |p| *p == Prompt::Paused);
    assert_eq!(w.p.phase(), PhaseName::Pause);
    let before = w.p.view(w.now).volume;
    w.run(Span::from_secs(30));
    assert!((w.p.view(w.now).volume.0 - before.0).abs() < 1500);
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    let record = w.record.clone().unwrap();
    assert_eq!(record.pauses.0, 1);
    assert!((record.volume.0 - 400_000).abs() < 2_000, "{:?}", record.volume);
}

#[test]
fn these_acts_protect_and_no_act_that_opens_heats_or_cuts_does() {
    for protects in
        [Act::Pause, Act::EndDraw, Act::NeedleOut, Act::EmergencyStop, Act::Clamp, Act::CallForHelp]
    {
        assert!(protects.is_protective(), "{protects:?}");
    }
    for other in [Act::NeedleIn, Act::Resume, Act::Seal, Act::Separate, Act::StripTubing, Act::EmergencyOver]
    {
        assert!(!other.is_protective(), "{other:?}");
    }
}
