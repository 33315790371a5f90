//! Whatever comes, in whatever order: no panic, no open clamp without a permit, nothing irreversible twice or unsure; and a
//! replay gives the same.

mod checker;
mod strings;

use crate::device::{Actuation, DeviceKind, Reading};
use crate::measure::{Mono, Span};
use crate::procedure::Procedure;
use crate::procedure::command::Command;
use crate::procedure::event::{Act, Event, PermitId, PersonAct};
use crate::procedure::phase::PhaseName;
use crate::procedure::testing::{World, act, reading};
use crate::replay::Replay;
use checker::Checker;
use proptest::prelude::*;
use strings::{acts, events};

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
        let mut checker = Checker::beside(&w);
        for (ms, event) in string {
            now = now + Span::from_millis(ms);
            for _ in 0..8 {
                let Some(timer) = p.due(now) else { break };
                step(&mut p, &mut checker, now, &Event::Timer(timer));
            }
            step(&mut p, &mut checker, now, &event);
        }
    }
}

/// Whether this is an emergency stop, by whom or where ever.
fn is_stop(event: &Event) -> bool {
    let pressed = reading(DeviceKind::Panel, Reading::EmergencyStop(true));
    *event == pressed || matches!(event, Event::Act(PersonAct { act: Act::EmergencyStop, .. }))
}

/// One event, and what must be so after it.
fn step(p: &mut Procedure, checker: &mut Checker, now: Mono, event: &Event) {
    let (before, busy, stopped) = (p.epoch(), !p.is_idle(), p.is_stopped());
    let foreign = matches!(event, Event::PermitFired(id) if !checker.knows(*id));
    let result = p.handle(now, event);
    checker.event(event, result.is_ok());
    let mut commands = Vec::new();
    while let Some(command) = p.poll_command() {
        checker.command(p, &command);
        commands.push(command);
    }
    let ordered = |actuation| commands.contains(&Command::Protect(actuation));
    let closes = ordered(Actuation::ClampClose);
    assert!(!closes || p.epoch() > before, "a protect raises the epoch");
    let protective = matches!(event, Event::Act(PersonAct { act, .. }) if act.is_protective());
    let helps = matches!(event, Event::Act(PersonAct { act: Act::CallForHelp, .. }));
    if protective {
        assert!(result.is_ok() && (closes || helps), "{event:?} by anyone, at once");
    }
    if is_stop(event) && (protective || !stopped) {
        assert!(closes, "{event:?} closes in its own step");
        for off in [Actuation::SealerDisable, Actuation::SeparatorDisable, Actuation::MixerStop] {
            assert!(ordered(off), "{event:?}: {off:?}");
        }
        assert!(p.is_stopped());
        assert!(!commands.iter().any(|c| matches!(c, Command::Close(_))), "a record closed by {event:?}");
    }
    assert!(!foreign || closes, "{event:?} of no permit has to close");
    assert!(!(busy && matches!(event, Event::Restarted(_))) || closes, "a restart closes");
    assert!(!checker.open || may_be_open(p.phase()), "left open in {:?} after {event:?}", p.phase());
    p.view(now);
    let fires = |actuation| p.may_fire(now, actuation).is_ok();
    assert!(
        !(p.is_stopped()
            && [Actuation::ClampOpen, Actuation::Seal, Actuation::Separate].into_iter().any(fires))
    );
}

/// Phases in which the line may be open: tested, drawn through, or stripped.
fn may_be_open(phase: PhaseName) -> bool {
    match phase {
        PhaseName::Prepare
        | PhaseName::Venipuncture
        | PhaseName::Divert
        | PhaseName::Draw
        | PhaseName::Pause
        | PhaseName::Segments => true,
        PhaseName::Idle
        | PhaseName::Identify
        | PhaseName::Label
        | PhaseName::EndDraw
        | PhaseName::NeedleOut
        | PhaseName::Seal
        | PhaseName::Separate
        | PhaseName::Reconcile
        | PhaseName::Closed
        | PhaseName::Interrupted => false,
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

/// Procedure 4.6: an order that left and was never asked for is answered with the clamp.
#[test]
fn no_permit_that_nobody_asked_for_opens_anything() {
    let mut w = World::new();
    w.open();
    w.must(&Event::PermitFired(PermitId(77)));
    assert_eq!(w.protects(0).last(), Some(&Actuation::ClampClose));
    assert!(w.now > Mono(0));
}
