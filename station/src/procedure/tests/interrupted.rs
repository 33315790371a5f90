//! After a restart: what is known in each phase, and what is allowed from there.

use crate::api::prompt::Prompt;
use crate::device::{DeviceKind, Fault, Reading};
use crate::measure::Span;
use crate::procedure::alarm::AlarmCode;
use crate::procedure::event::{AbortWhy, Act, Event, PersonAct, Restart};
use crate::procedure::phase::PhaseName;
use crate::procedure::refusal::Refusal;
use crate::procedure::testing::{SOUND, World, act, drawing, reading};

const UNSOUND: [Restart; 5] = [
    Restart { gap: None, ..SOUND },
    Restart { gap: Some(Span::from_secs(61)), ..SOUND },
    Restart { unchanged: false, ..SOUND },
    Restart { clamp_closed: false, ..SOUND },
    Restart { logic_changed: true, ..SOUND },
];

/// A bed at its first moment in each phase of a good donation.
fn each_phase() -> Vec<World> {
    let mut w = World::new();
    w.open();
    let mut worlds = Vec::new();
    while !w.p.is_idle() {
        if worlds.last().is_none_or(|before: &World| before.p.phase() != w.p.phase()) {
            worlds.push(w.clone());
        }
        if w.p.phase() == PhaseName::Draw && worlds.iter().all(|b| b.p.phase() != PhaseName::Pause) {
            let mut paused = w.clone();
            paused.must(&act(Act::Pause));
            paused.until(3, |p| *p == Prompt::Paused);
            worlds.insert(0, paused);
        }
        if !w.answer() {
            w.run(Span::from_secs(1));
        }
        w.run(Span::from_millis(300));
    }
    worlds
}

fn restarted(w: &World, restart: Restart) -> World {
    let mut w = w.clone();
    w.restart(restart);
    w
}

/// Procedure 8.10: in every phase what is known is kept: donation, DIN, volume, and that it was interrupted.
#[test]
fn what_was_known_before_a_restart_is_known_after_it() {
    let worlds = each_phase();
    assert_eq!(worlds.len(), 14);
    for before in worlds {
        let after = restarted(&before, SOUND);
        let (was, is) = (before.p.view(before.now), after.p.view(after.now));
        assert_eq!((was.donation, was.din), (is.donation, is.din), "in {:?}", was.phase);
        let off = (was.volume.0 - is.volume.0).abs();
        assert!(off < 2_000, "{off} uL in {:?}", was.phase);
        if was.phase == PhaseName::Closed {
            assert_eq!(is.prompt, Prompt::ClearBed);
            continue;
        }
        assert_eq!(is.phase, PhaseName::Interrupted, "in {:?}", was.phase);
        assert!(is.alarms.iter().any(|a| a.code == AlarmCode::Interrupted), "in {:?}", was.phase);
        assert!(!after.clamp_open && !after.mixer);
    }
}

/// Procedure 8.10: on a sound restart each phase goes on to its own safe place, and nowhere else.
#[test]
fn each_phase_goes_on_to_its_own_safe_place() {
    for before in each_phase() {
        let was = before.p.phase();
        let expected = match was {
            PhaseName::Draw | PhaseName::Divert | PhaseName::Pause => PhaseName::Pause,
            PhaseName::Venipuncture | PhaseName::Prepare => PhaseName::Prepare,
            PhaseName::Closed => continue,
            PhaseName::Idle
            | PhaseName::Identify
            | PhaseName::Label
            | PhaseName::EndDraw
            | PhaseName::NeedleOut
            | PhaseName::Seal
            | PhaseName::Separate
            | PhaseName::Segments
            | PhaseName::Reconcile
            | PhaseName::Interrupted => was,
        };
        let mut w = restarted(&before, SOUND);
        assert_eq!(w.p.prompt(), Prompt::Interrupted { may_resume: true }, "in {was:?}");
        w.must(&act(Act::Resume));
        assert_eq!(w.p.phase(), expected, "from {was:?}");
        w.walk(|w| w.p.phase() == PhaseName::Closed);
    }
}

/// Procedure 8.10: with a needle in, a long gap, another device, a clamp not proved or another logic allows only the end.
#[test]
fn an_unsound_restart_with_the_needle_in_allows_only_the_end() {
    let with_needle = [PhaseName::Divert, PhaseName::Draw, PhaseName::Pause, PhaseName::EndDraw];
    for before in each_phase() {
        let was = before.p.phase();
        for restart in UNSOUND {
            let mut w = restarted(&before, restart);
            if with_needle.contains(&was) {
                assert_eq!(w.p.prompt(), Prompt::Interrupted { may_resume: false }, "{was:?} {restart:?}");
                assert_eq!(w.send(&act(Act::Resume)), Err(Refusal::NotNow));
                w.must(&act(Act::EndDraw));
                assert_eq!(w.p.phase(), PhaseName::EndDraw);
            } else if was != PhaseName::Closed {
                assert_eq!(w.p.prompt(), Prompt::Interrupted { may_resume: true }, "{was:?} {restart:?}");
            }
        }
    }
}

/// Procedure 8.10: intents without outcomes are looked at, seal and separation alike; those with one are not asked again.
#[test]
fn an_intent_without_an_outcome_is_looked_at() {
    for (prompt, ask, look) in [
        (Prompt::Seal, Act::Seal, Prompt::InspectSeal),
        (Prompt::Separate, Act::Separate, Prompt::InspectSeparation),
    ] {
        let mut w = World::new();
        w.open();
        w.walk(|w| w.p.prompt() == prompt);
        let mut quiet = restarted(&w, SOUND);
        quiet.must(&act(Act::Resume));
        assert_eq!(quiet.p.prompt(), prompt, "nothing was asked for yet");
        w.must(&act(ask.clone()));
        w.run(Span::from_millis(100));
        let mut w = restarted(&w, SOUND);
        w.must(&act(Act::Resume));
        assert_eq!(w.p.prompt(), look);
        assert!(w.send(&act(ask)).is_err());
    }
}

/// Procedure 8.10: from an interruption anybody may take the needle out, and an abort leads to a record in every phase.
#[test]
fn from_an_interruption_there_is_always_an_end() {
    for before in each_phase() {
        if before.p.phase() == PhaseName::Closed {
            continue;
        }
        let mut w = restarted(&before, Restart { gap: None, ..SOUND });
        w.must(&Event::Act(PersonAct { act: Act::NeedleOut, by: None, second: None }));
        w.must(&act(Act::Abort(AbortWhy::DeviceFailed)));
        w.walk(|w| w.p.phase() == PhaseName::Closed);
        assert!(w.record.unwrap().abort.is_some(), "from {:?}", before.p.phase());
    }
}

/// Procedure 8.10: what one restart forbids no later one allows.
#[test]
fn a_second_restart_does_not_make_the_first_one_sound() {
    for first in UNSOUND {
        let mut w = drawing(100);
        w.restart(first);
        w.run(Span::from_secs(9));
        w.restart(SOUND);
        assert_eq!(w.p.prompt(), Prompt::Interrupted { may_resume: false }, "{first:?}");
        assert_eq!(w.send(&act(Act::Resume)), Err(Refusal::NotNow));
    }
    let mut w = drawing(100);
    w.restart(SOUND);
    w.restart(SOUND);
    assert_eq!(w.p.prompt(), Prompt::Interrupted { may_resume: true });
}

/// Procedure 8.10: a scale that restarted in mid-draw is not the one of before because the station restarts too.
#[test]
fn a_restart_makes_no_exchanged_device_the_old_one() {
    let mut w = drawing(100);
    w.must(&reading(DeviceKind::Scale, Reading::Faulted(Fault::Rebooted)));
    w.must(&reading(DeviceKind::Scale, Reading::Online { serial: None }));
    w.until(2, |p| *p == Prompt::Paused);
    w.restart(SOUND);
    assert_eq!(w.p.prompt(), Prompt::Interrupted { may_resume: false });
}
