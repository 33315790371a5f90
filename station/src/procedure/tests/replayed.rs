//! A donation that another logic version led: folded, never decided anew.

use crate::api::prompt::Prompt;
use crate::device::{DeviceKind, Fault, Reading};
use crate::ident::BedId;
use crate::measure::Microlitres;
use crate::procedure::LOGIC_VERSION;
use crate::procedure::command::Command;
use crate::procedure::event::{AbortWhy, Act, Event, HandStep, Restart};
use crate::procedure::limits::{DonorConnectedSeal, Settings};
use crate::procedure::phase::PhaseName;
use crate::procedure::testing::{SOUND, World, act, anyone, at, at_with, drawing, reading, two};
use crate::record::{Confirmed, VolumeClass};
use crate::replay::Replay;

/// The same journal, as if another version had written it.
fn folded(w: &World) -> World {
    let mut replay = Replay::new(BedId::new(1).unwrap());
    for (i, (at, event)) in w.events.iter().enumerate() {
        let mut event = event.clone();
        if let Event::Opened(opening) = &mut event {
            opening.logic = LOGIC_VERSION + 1;
        }
        let orders = replay.feed(*at, &event, w.refused.contains(&i));
        let permits = orders.iter().filter(|o| matches!(o, Command::Permit(_))).count();
        assert_eq!(permits, 0, "nothing is decided");
    }
    assert_eq!(replay.logic_changed(), !w.p.is_idle());
    let mut after = w.clone();
    after.p = replay.finish();
    after.restart(Restart { logic_changed: true, ..SOUND });
    after
}

/// Procedure 7.9, 8.10: a draw that another logic led ends, and its volume is doubtful.
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

fn by_hand(step: HandStep) -> Event {
    two(Act::ByHand { step, tool: "clips".to_owned(), note: "the device failed".to_owned() })
}

/// Procedure 8.8: an order that may have left stays unknown whatever else is said before somebody looks, the needle out or in.
#[test]
fn an_intent_of_another_logic_is_not_forgotten_by_what_follows() {
    for (prompt, ask, look) in [
        (Prompt::Seal, Act::Seal, Prompt::InspectSeal),
        (Prompt::Separate, Act::Separate, Prompt::InspectSeparation),
    ] {
        let mut w = at(&prompt);
        w.devices_answer = false;
        w.must(&act(ask));
        w.must(&act(Act::Abort(AbortWhy::Reaction)));
        w.must(&act(Act::DonorCaredFor));
        w.devices_answer = true;
        let mut w = folded(&w);
        w.must(&act(Act::Resume));
        assert_eq!(w.p.prompt(), look);
    }
    let settings = Settings { donor_connected_seal: DonorConnectedSeal::Approved, ..Settings::default() };
    let mut w = at_with(settings, &Prompt::SealConnected);
    w.devices_answer = false;
    w.must(&act(Act::Seal));
    w.devices_answer = true;
    let mut before = w.clone();
    let mut w = folded(&w);
    w.must(&anyone(Act::EndDraw));
    assert_eq!(w.p.prompt(), Prompt::InspectSeal);
    before.must(&anyone(Act::NeedleOut));
    let mut w = folded(&before);
    w.must(&act(Act::Resume));
    assert_eq!(w.p.prompt(), Prompt::InspectSeal);
}

/// Procedure 8.8: what was looked at is settled: sound or to be made again.
#[test]
fn an_intent_of_another_logic_is_over_with_its_outcome() {
    for (sound, wanted) in [(true, Prompt::Separate), (false, Prompt::Seal)] {
        let mut w = at(&Prompt::Seal);
        w.devices_answer = false;
        w.must(&act(Act::Seal));
        w.until(9, |p| *p == Prompt::InspectSeal);
        w.must(&act(Act::SealInspected { sound }));
        w.devices_answer = true;
        let mut w = folded(&w);
        w.must(&act(Act::Resume));
        assert!(w.p.prompt() == wanted || w.p.prompt() == Prompt::GuardNeedle, "{:?}", w.p.prompt());
        w.walk(|w| w.p.prompt() == wanted);
    }
}

/// Procedure 8.7: what was sealed, separated and weighed by hand is not asked for again.
#[test]
fn what_hands_did_under_another_logic_is_done() {
    let mut w = at(&Prompt::Seal);
    for kind in [DeviceKind::Sealer, DeviceKind::Separator] {
        w.must(&reading(kind, Reading::Faulted(Fault::LinkLost)));
    }
    w.must(&by_hand(HandStep::Sealed));
    let mut sealed = folded(&w);
    sealed.must(&act(Act::Resume));
    assert_eq!(sealed.p.phase(), PhaseName::Separate);
    w.must(&by_hand(HandStep::Separated));
    w.must(&by_hand(HandStep::Weighed { volume_ml: 391 }));
    let mut w = folded(&w);
    w.must(&act(Act::Resume));
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    let record = w.record.unwrap();
    assert_eq!((record.seal, record.separation), (Some(Confirmed::ByHand), Some(Confirmed::ByHand)));
    assert_eq!((record.volume, record.volume_class), (Microlitres::from_ml(391), VolumeClass::Normal));
}

/// Procedure 8.10: a needle said to be in is in, even where that was refused.
#[test]
fn a_refused_needle_of_another_logic_is_in() {
    let mut w = at(&Prompt::InsertNeedle);
    w.must(&Event::Operator(None));
    assert!(w.send(&anyone(Act::NeedleIn)).is_err());
    let mut w = folded(&w);
    assert!(w.needle_said_in());
    assert_eq!(w.p.prompt(), Prompt::Interrupted { may_resume: false });
    w.must(&anyone(Act::EndDraw));
    assert_eq!(w.p.phase(), PhaseName::EndDraw);
    let mut w = drawing(100);
    w.must(&anyone(Act::NeedleOut));
    w.run(crate::measure::Span::from_secs(1));
    assert!(w.send(&act(Act::NeedleIn)).is_err());
    assert!(!folded(&w).needle_said_in(), "a word that comes late takes no needle back");
}
