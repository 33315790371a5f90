//! The pause of the sound: anyone's, bounded, shown, broken by what is new; the lamp goes on; a call is no alarm.

use super::listed;
use crate::device::{Actuation, DeviceKind, Fault, Reading, Signal};
use crate::measure::Span;
use crate::procedure::alarm::AlarmCode;
use crate::procedure::event::{Act, Event, SharedFact};
use crate::procedure::phase::PhaseName;
use crate::procedure::refusal::Refusal;
use crate::procedure::testing::{World, act, anyone, drawing, reading};

/// Lamp and buzzer as last ordered.
fn panel(w: &World) -> (Signal, Signal) {
    let (mut lamp, mut buzzer) = (Signal::Off, Signal::Off);
    for actuation in w.protects(0) {
        if let Actuation::Lamp(signal) = actuation {
            lamp = signal;
        }
        if let Actuation::Buzzer(signal) = actuation {
            buzzer = signal;
        }
    }
    (lamp, buzzer)
}

fn left(w: &World) -> Option<u64> {
    w.p.view(w.now).audio_paused.map(Span::as_secs)
}

fn troubled(w: &mut World) {
    w.must(&reading(DeviceKind::Sealer, Reading::Faulted(Fault::LinkLost)));
    assert_eq!(panel(w), (Signal::Medium, Signal::Medium));
}

#[test]
fn anyone_pauses_the_sound_for_two_minutes_and_the_lamp_goes_on() {
    let mut w = World::new();
    assert_eq!(w.send(&anyone(Act::PauseAudio)), Err(Refusal::NotNow), "nothing sounds");
    troubled(&mut w);
    w.must(&anyone(Act::PauseAudio));
    assert_eq!((panel(&w), left(&w)), ((Signal::Medium, Signal::Off), Some(120)));
    w.run(Span::from_secs(60));
    assert_eq!(left(&w), Some(60), "what is left is shown");
    assert_eq!(w.send(&anyone(Act::PauseAudio)), Err(Refusal::NotNow), "it is not made longer");
    w.run(Span::from_secs(61));
    assert_eq!((panel(&w), left(&w)), ((Signal::Medium, Signal::Medium), None));
}

#[test]
fn anyone_brings_the_sound_back() {
    let mut w = World::new();
    troubled(&mut w);
    assert_eq!(w.send(&anyone(Act::ResumeAudio)), Err(Refusal::NotNow));
    w.must(&anyone(Act::PauseAudio));
    w.must(&anyone(Act::ResumeAudio));
    assert_eq!((panel(&w), left(&w)), ((Signal::Medium, Signal::Medium), None));
}

#[test]
fn a_new_alarm_of_the_same_or_a_higher_priority_is_heard_at_once() {
    for (new, heard) in [
        (anyone(Act::CallForHelp), Signal::High),
        (Event::Shared(SharedFact::JournalSlow(true)), Signal::Medium),
        (Event::Shared(SharedFact::Backlog(true)), Signal::Off),
    ] {
        let mut w = World::new();
        troubled(&mut w);
        w.must(&anyone(Act::PauseAudio));
        w.must(&new);
        assert_eq!(panel(&w).1, heard, "{new:?}");
        assert_eq!(left(&w).is_none(), heard != Signal::Off, "{new:?}");
    }
}

#[test]
fn a_pause_of_the_sound_ends_when_no_terminal_shows_it_any_more() {
    let mut w = drawing(100);
    // Of high priority, so that the alarm for the terminals does not end the pause by itself.
    w.must(&anyone(Act::CallForHelp));
    w.must(&anyone(Act::PauseAudio));
    assert_eq!(panel(&w), (Signal::High, Signal::Off));
    w.must(&Event::Shared(SharedFact::TerminalsGone(true)));
    assert_eq!(panel(&w), (Signal::High, Signal::High));
    assert!(listed(&w, AlarmCode::NoTerminal).is_some() && left(&w).is_none());
}

#[test]
fn nobody_acknowledges_without_a_name_and_what_is_acknowledged_stays_listed() {
    let mut w = World::new();
    w.must(&anyone(Act::CallForHelp));
    let known = Act::Acknowledge(AlarmCode::HelpCalled);
    assert_eq!(w.send(&anyone(known.clone())), Err(Refusal::NoOperator));
    w.must(&act(known));
    assert_eq!(panel(&w), (Signal::High, Signal::Off));
    assert!(listed(&w, AlarmCode::HelpCalled).is_some_and(|a| a.acknowledged && a.holds));
    w.must(&act(Act::HelpArrived));
    assert_eq!(listed(&w, AlarmCode::HelpCalled), None);
}

/// Procedure 6.12: the calls are heard beside an alarm that is known, and beside a pause of the alarms.
#[test]
fn the_calls_before_the_target_stay_apart_from_alarms() {
    for quiet in [Act::Acknowledge(AlarmCode::DeviceFault), Act::PauseAudio] {
        let mut w = drawing(100);
        troubled(&mut w);
        w.walk(|w| w.p.view(w.now).left.is_some_and(|left| left < Span::from_secs(70)));
        w.must(&act(quiet.clone()));
        assert_eq!(panel(&w), (Signal::Medium, Signal::Off), "{quiet:?}");
        w.walk(|w| w.p.view(w.now).left.is_some_and(|left| left < Span::from_secs(58)));
        assert_eq!(w.p.phase(), PhaseName::Draw);
        assert_eq!(panel(&w), (Signal::Medium, Signal::Call), "{quiet:?}");
    }
}
