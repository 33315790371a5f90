//! A donation that another logic version led: folded, never decided anew.

use crate::api::prompt::Prompt;
use crate::ident::BedId;
use crate::measure::Span;
use crate::procedure::LOGIC_VERSION;
use crate::procedure::command::Command;
use crate::procedure::event::{Act, Event, Restart};
use crate::procedure::phase::PhaseName;
use crate::procedure::testing::{World, act};
use crate::replay::Replay;

/// The same journal, as if another version had written it.
fn folded(w: &World) -> World {
    let mut replay = Replay::new(BedId::new(1).unwrap());
    for (at, event) in &w.events {
        let mut event = event.clone();
        if let Event::Opened(opening) = &mut event {
            opening.logic = LOGIC_VERSION + 1;
        }
        let orders = replay.feed(*at, &event, false);
        let permits = orders.iter().filter(|o| matches!(o, Command::Permit(_))).count();
        assert_eq!(permits, 0, "nothing is decided");
    }
    assert_eq!(replay.logic_changed(), !w.p.is_idle());
    let mut after = w.clone();
    after.p = replay.finish();
    after.must(&Event::Restarted(Restart {
        gap: Some(Span::from_secs(5)),
        unchanged: true,
        clamp_closed: true,
        logic_changed: true,
    }));
    after.devices_restarted();
    after
}

#[test]
fn a_draw_of_another_logic_ends_and_its_volume_is_never_believed() {
    let mut w = World::new();
    w.open();
    w.walk(|w| w.p.view(w.now).volume.ml_rounded() >= 150);
    let mut w = folded(&w);
    assert_eq!((w.p.phase(), w.p.view(w.now).din), (PhaseName::Interrupted, Some(World::din())));
    assert_eq!(w.p.prompt(), Prompt::Interrupted { may_resume: false });
    assert!(w.send(&act(Act::Resume)).is_err());
    w.must(&act(Act::EndDraw));
    assert_eq!(w.p.phase(), PhaseName::EndDraw);
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    assert_eq!(w.record.unwrap().disposition, crate::record::Disposition::Quarantined);
}

#[test]
fn a_seal_of_another_logic_without_outcome_is_looked_at() {
    let mut w = World::new();
    w.open();
    w.walk(|w| w.p.prompt() == Prompt::Seal);
    w.devices_answer = false;
    w.must(&act(Act::Seal));
    w.devices_answer = true;
    let mut w = folded(&w);
    w.must(&act(Act::Resume));
    assert_eq!(w.p.prompt(), Prompt::InspectSeal);
}

#[test]
fn a_bed_that_was_cleared_under_another_logic_is_free() {
    let mut w = World::new();
    w.open();
    w.walk(|w| w.p.is_idle());
    let w = folded(&w);
    assert!(w.p.is_idle());
}
