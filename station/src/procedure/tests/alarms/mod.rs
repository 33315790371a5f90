//! Every alarm of the table: brought about, raised within a second, with what the station does, and how it ends; the pause
//! of the sound.

mod audio;
mod cases;

use crate::device::Actuation;
use crate::measure::Span;
use crate::procedure::alarm::{ActiveAlarm, AlarmCode, Priority};
use crate::procedure::command::Command;
use crate::procedure::event::Act;
use crate::procedure::testing::{World, act};
use cases::{CASES, Case, Does};

/// The longest that people wait for an alarm once its condition holds.
const RAISED_WITHIN: Span = Span::from_secs(1);
const STEP: Span = Span::from_millis(50);

fn listed(w: &World, code: AlarmCode) -> Option<ActiveAlarm> {
    w.p.view(w.now).alarms.into_iter().find(|a| a.code == code)
}

fn raised(w: &World, from: usize, code: AlarmCode) -> usize {
    w.commands[from..].iter().filter(|c| **c == Command::Raise(code)).count()
}

#[test]
fn every_alarm_of_the_table_has_exactly_one_case_here() {
    let mut cases: Vec<AlarmCode> = CASES.iter().map(|case| case.code).collect();
    cases.sort_unstable();
    let mut all = AlarmCode::ALL.to_vec();
    all.sort_unstable();
    assert_eq!(cases, all);
}

fn check(case: &Case) {
    let Case { code, priority, latches, .. } = *case;
    let mut w = (case.before)();
    assert_eq!(listed(&w, code), None, "{code:?} before its condition");
    let from = w.commands.len();
    (case.condition)(&mut w);
    let since = w.now;
    while listed(&w, code).is_none() && w.now.since(since) < case.after + case.window + RAISED_WITHIN {
        w.run(STEP);
    }
    let took = w.now.since(since);
    let alarm =
        listed(&w, code).unwrap_or_else(|| panic!("{code:?} not raised after {} ms", took.as_millis()));
    assert!(took + STEP >= case.after, "{code:?} raised after {} ms already", took.as_millis());
    assert!(alarm.holds && !alarm.acknowledged);
    assert_eq!((code.priority(), code.latches()), (priority, latches), "{code:?}");
    assert_eq!(raised(&w, from, code), 1, "{code:?} is told once");
    does(case, &w, from);
    let Some(end) = case.end else { return };
    end(&mut w);
    if !latches {
        assert_eq!(listed(&w, code), None, "{code:?} after its condition");
        return;
    }
    let alarm = listed(&w, code).unwrap_or_else(|| panic!("{code:?} is latched"));
    assert!(!alarm.holds, "{code:?} after its condition");
    w.must(&act(Act::Acknowledge(code)));
    assert_eq!(listed(&w, code), None, "{code:?} acknowledged after its condition");
}

fn does(case: &Case, w: &World, from: usize) {
    let protects = w.protects(from);
    let closes = protects.contains(&Actuation::ClampClose);
    match &case.does {
        Does::Tells => assert!(!closes, "{:?} only tells", case.code),
        Does::Closes => assert!(closes, "{:?} closes the clamp", case.code),
        Does::AllOff => {
            for safe in [Actuation::ClampClose, Actuation::SealerDisable, Actuation::SeparatorDisable] {
                assert!(protects.contains(&safe), "{:?}: {safe:?}", case.code);
            }
        }
        Does::Refuses(act_, refusal) => {
            let mut w = w.clone();
            assert_eq!(w.send(&act(act_.clone())), Err(refusal.clone()), "{:?}", case.code);
        }
    }
}

/// Procedure 6.5, 6.6, 6.7: each of these conditions is told as its row of the alarm table says.
#[test]
fn every_high_alarm_is_raised_in_a_second_does_what_it_says_and_ends() {
    CASES.iter().filter(|case| case.priority == Priority::High).for_each(check);
}

/// Procedure 6.4, 6.5, 6.6, 6.7, 6.11: each of these conditions is told as its row of the alarm table says.
#[test]
fn every_medium_alarm_is_raised_in_a_second_does_what_it_says_and_ends() {
    CASES.iter().filter(|case| case.priority == Priority::Medium).for_each(check);
}

/// Procedure 6.3: a slow collection flags the unit and nothing else.
#[test]
fn every_low_alarm_is_raised_in_a_second_does_what_it_says_and_ends() {
    CASES.iter().filter(|case| case.priority == Priority::Low).for_each(check);
}
