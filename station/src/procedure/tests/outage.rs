//! What a restart hides: another boot's clock, a bag taken off, a needle put in, a tray that stands, a clamp that leaks.

use crate::api::prompt::{Prompt, ScanWanted};
use crate::device::{Actuation, DeviceKind, DiverterPosition, Fault, Reading};
use crate::measure::{Mono, Span};
use crate::procedure::alarm::AlarmCode;
use crate::procedure::command::Command;
use crate::procedure::event::{Act, ActingOperator, Event, HandStep, Restart, Role};
use crate::procedure::limits::Settings;
use crate::procedure::phase::PhaseName;
use crate::procedure::refusal::Refusal;
use crate::procedure::testing::{SOUND, World, act, anyone, at, drawing, opened, operator, reading};
use crate::record::{Disposition, VolumeClass};

fn closed(mut w: World) -> World {
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    w
}

fn cycles(w: &World) -> usize {
    let cycle = reading(DeviceKind::Mixer, Reading::MixerCycle);
    w.events.iter().filter(|(_, event)| *event == cycle).count()
}

/// Procedure 8.10, 6.3: after another boot the clock is another one: the bag is weighed anew, and how long its collection took is
/// not known.
#[test]
fn another_boot_weighs_anew_and_knows_no_collection_time() {
    let mut w = drawing(200);
    assert!(w.now.since(Mono(20_000_000)) > Span::from_secs(60), "the clock goes back");
    w.reboot();
    assert_eq!(w.p.prompt(), Prompt::Interrupted { may_resume: false });
    assert!(w.holds(AlarmCode::NotForPlatelets) && w.holds(AlarmCode::NotForPlasma));
    assert_eq!(w.p.view(w.now).elapsed, None);
    w.run(Span::from_secs(6));
    // Somebody lays something on the bag: it is seen.
    w.blood_mg += 6_000;
    w.run(Span::from_secs(12));
    let ml = w.p.view(w.now).volume.ml_rounded();
    assert!((203..=209).contains(&ml), "{ml} mL");
    w.must(&act(Act::EndDraw));
    let record = closed(w).record.unwrap();
    assert!(record.not_for_platelets && record.not_for_plasma);
    assert_eq!((record.collection, record.disposition), (None, Disposition::Quarantined));
}

/// Procedure 8.10: a collection whose end was seen before the other boot keeps its time.
#[test]
fn another_boot_after_the_end_takes_no_collection_time_away() {
    let mut w = drawing(380);
    w.until(60, |p| *p == Prompt::ReleaseTourniquet);
    w.run(Span::from_secs(6));
    w.reboot();
    let record = closed(w).record.unwrap();
    let took = record.collection.unwrap();
    assert!((Span::from_secs(390)..Span::from_secs(410)).contains(&took), "{took:?}");
    assert!(!record.not_for_platelets && !record.not_for_plasma);
    assert_eq!(record.disposition, Disposition::Collected, "its volume was final");
}

/// Procedure 7.7: a label read before the other boot was not read a moment ago.
#[test]
fn another_boot_reads_the_next_tube() {
    let mut w = opened(Settings::default());
    w.walk(|w| w.p.phase() == PhaseName::Reconcile);
    for wanted in [ScanWanted::Form, ScanWanted::Bag, ScanWanted::Tube(1)] {
        w.scan_for(wanted, true);
    }
    w.reboot();
    w.must(&act(Act::Resume));
    assert_eq!(w.p.prompt(), Prompt::Scan { wanted: ScanWanted::Tube(2), again: true });
    w.scan_for(ScanWanted::Tube(2), true);
    assert_eq!(w.p.prompt(), Prompt::AcceptDisposition);
}

/// Procedure 6.4, 8.10: the site's longest draw is counted on over a restart.
#[test]
fn the_site_s_maximum_outlives_a_restart() {
    let mut w = World::new();
    w.flow = 21;
    w.open();
    w.walk(|w| w.p.view(w.now).elapsed.is_some_and(|took| took > Span::from_secs(600)));
    w.restart(SOUND);
    w.must(&act(Act::Resume));
    w.must(&act(Act::Resume));
    w.until(5, |p| *p == Prompt::WaitDraw);
    w.until(310, |p| *p == Prompt::EndAdvised);
    assert!(w.holds(AlarmCode::DrawTooLong));
}

/// Procedure 8.10: after a restart the diverter leads to the pouch: it has to lead to the bag again before the clamp opens.
#[test]
fn a_draw_goes_on_only_behind_its_diverter() {
    let mut w = World::new();
    w.must(&reading(DeviceKind::Diverter, Reading::Online { serial: None }));
    w.open();
    w.walk(|w| w.p.view(w.now).volume.ml_rounded() >= 100);
    w.restart(SOUND);
    w.must(&reading(DeviceKind::Diverter, Reading::Online { serial: None }));
    w.must(&reading(DeviceKind::Diverter, Reading::Diverter(DiverterPosition::Pouch)));
    w.must(&act(Act::Resume));
    let fired = w.fired.len();
    w.must(&act(Act::Resume));
    w.until(5, |p| *p == Prompt::WaitDraw);
    let led = w.fired[fired..].iter().filter(|a| **a != Actuation::MixerRun);
    assert_eq!(led.collect::<Vec<_>>(), [&Actuation::DivertToBag, &Actuation::ClampOpen]);
    // One that does not move opens nothing.
    w.must(&act(Act::Pause));
    w.until(2, |p| *p == Prompt::Paused);
    w.must(&reading(DeviceKind::Diverter, Reading::Diverter(DiverterPosition::Pouch)));
    w.devices_deaf = Some(DeviceKind::Diverter);
    let fired = w.fired.len();
    w.must(&act(Act::Resume));
    w.run(Span::from_secs(5));
    assert!(!w.fired[fired..].contains(&Actuation::ClampOpen));
    assert_eq!((w.p.prompt(), w.holds(AlarmCode::DiverterNotObeying)), (Prompt::Paused, true));
}

/// Procedure 6.7: a clamp that leaks is told while nobody has decided yet, and after another boot as well.
#[test]
fn blood_that_runs_on_is_told_while_interrupted() {
    for reboot in [false, true] {
        for ended in [false, true] {
            let mut w = drawing(100);
            if ended {
                w.must(&act(Act::EndDraw));
                w.run(Span::from_secs(6));
            }
            if reboot {
                w.reboot();
            } else {
                w.restart(SOUND);
            }
            w.run(Span::from_secs(10));
            assert!(!w.holds(AlarmCode::FlowAfterClamp), "reboot {reboot}, ended {ended}");
            w.leak();
            w.run(Span::from_secs(40));
            assert!(w.holds(AlarmCode::FlowAfterClamp), "reboot {reboot}, ended {ended}");
            assert_eq!(w.p.prompt(), Prompt::PinchByHand);
        }
    }
}

/// Procedure 7.11: a bag that was full and is not on the tray any more is no donation without a bag.
#[test]
fn a_bag_taken_off_in_an_outage_is_quarantined() {
    let mut w = drawing(250);
    w.take_bag_away();
    w.outage(Span::from_secs(10));
    w.restart(Restart { unchanged: false, ..SOUND });
    w.run(Span::from_secs(5));
    w.must(&act(Act::EndDraw));
    assert_eq!(closed(w).record.unwrap().disposition, Disposition::Quarantined);
}

/// Procedure 7.9: what another bag or another scale weighs is not called the volume of this one.
#[test]
fn what_changed_in_an_outage_is_quarantined_whatever_it_weighs() {
    let mut w = drawing(250);
    w.outage(Span::from_secs(10));
    w.blood_mg += 150_000;
    w.restart(Restart { unchanged: false, ..SOUND });
    w.run(Span::from_secs(5));
    w.must(&act(Act::EndDraw));
    w.run(Span::from_secs(10));
    assert_eq!(closed(w).record.unwrap().disposition, Disposition::Quarantined);
}

/// Procedure 7.9: a bag that may be another one after an outage is doubtful, as normal as it weighs; one that was final before is not.
#[test]
fn a_bag_that_may_have_been_exchanged_is_doubtful_though_it_is_normal() {
    for changed in [Restart { unchanged: false, ..SOUND }, Restart { gap: None, ..SOUND }] {
        let mut w = drawing(390);
        w.restart(changed);
        w.run(Span::from_secs(5));
        w.must(&act(Act::EndDraw));
        let record = closed(w).record.unwrap();
        assert_eq!(
            (record.volume_class, record.disposition),
            (VolumeClass::Normal, Disposition::Quarantined),
            "{changed:?}"
        );
        let mut w = drawing(390);
        w.must(&act(Act::EndDraw));
        w.run(Span::from_secs(8));
        w.restart(changed);
        assert_eq!(closed(w).record.unwrap().disposition, Disposition::Collected, "{changed:?}");
    }
}

/// Procedure 7.9: a restart while the bag comes to rest does not leave its volume open.
#[test]
fn a_restart_while_the_bag_comes_to_rest_lets_it_settle() {
    let mut w = drawing(250);
    w.must(&act(Act::EndDraw));
    w.run(Span::from_secs(1));
    assert_eq!(w.p.phase(), PhaseName::EndDraw);
    w.restart(SOUND);
    w.must(&act(Act::Resume));
    w.run(Span::from_secs(6));
    assert!(w.holds(AlarmCode::Underweight));
    let before = w.p.view(w.now).volume;
    w.take_bag_away();
    w.run(Span::from_secs(6));
    assert_eq!(w.p.view(w.now).volume, before, "final");
}

/// Procedure 4.6, 8.10: a needle put in before the station stopped and said after it is in; nothing is tested with it.
#[test]
fn a_needle_said_after_a_restart_is_in() {
    let mut w = at(&Prompt::InsertNeedle);
    w.restart(SOUND);
    assert!(w.p.view(w.now).needle_unsaid);
    w.must(&act(Act::NeedleIn));
    assert!(w.needle_said_in() && !w.p.view(w.now).needle_unsaid);
    assert_eq!(w.send(&act(Act::NeedleIn)), Err(Refusal::NotNow), "once is enough");
    let mut long = w.clone();
    w.must(&act(Act::Resume));
    assert_eq!((w.p.phase(), w.p.prompt()), (PhaseName::Venipuncture, Prompt::InsertNeedle));
    w.run(Span::from_secs(2));
    w.must(&act(Act::NeedleIn));
    w.until(3, |p| *p == Prompt::FillPouch { by_word: false });
    assert_eq!(closed(w).record.unwrap().disposition, Disposition::Collected);

    long.must(&act(Act::EndDraw));
    assert_eq!(long.p.phase(), PhaseName::EndDraw);
    let record = closed(long).record.unwrap();
    assert_eq!((record.attempts, record.needle_in.is_some()), (2, true));
}

/// Procedure 4.3, 8.10: nobody asked for the needle again, it is found in: the clamp is not tested into a vein.
#[test]
fn a_needle_found_in_after_a_restart_opens_no_clamp() {
    let mut w = at(&Prompt::InsertNeedle);
    w.restart(SOUND);
    w.must(&act(Act::Resume));
    assert_eq!(w.p.prompt(), Prompt::PlaceBag);
    let fired = w.fired.len();
    assert!(w.p.view(w.now).needle_unsaid);
    w.must(&act(Act::NeedleIn));
    assert_eq!(w.p.prompt(), Prompt::TakeNeedleOut);
    assert_eq!(w.send(&act(Act::BagPlaced)), Err(Refusal::NeedleIn));
    assert_eq!(
        w.p.may_fire(w.now, Actuation::ClampOpen),
        Err(Refusal::NeedleIn),
        "nor by what was asked before"
    );
    w.run(Span::from_secs(20));
    assert!(!w.fired.get(fired..).unwrap_or_default().contains(&Actuation::ClampOpen));
    let mut again = w.clone();
    w.must(&anyone(Act::NeedleOut));
    assert_eq!(w.p.prompt(), Prompt::GuardNeedle);
    again.restart(SOUND);
    assert_eq!(again.p.prompt(), Prompt::Interrupted { may_resume: false }, "nothing can be drawn with it");
    again.must(&act(Act::EndDraw));
    assert_eq!(again.p.phase(), PhaseName::EndDraw);
}

/// Procedure 6.8, 6.10, 8.10: a draw that a restart ended is mixed on, and where nobody is signed in people are told to do it by hand.
#[test]
fn a_bag_is_mixed_after_a_restart_ended_its_draw() {
    let mut w = drawing(250);
    w.restart(Restart { gap: None, ..SOUND });
    let mut nobody = w.clone();
    let before = cycles(&w);
    w.must(&act(Act::EndDraw));
    w.run(Span::from_secs(3));
    assert!(w.mixer && !w.holds(AlarmCode::MixerStalled));
    w.run(Span::from_secs(300));
    assert_eq!((cycles(&w) - before, w.mixer), (30, false));

    nobody.must(&Event::Operator(None));
    nobody.must(&anyone(Act::EndDraw));
    nobody.run(Span::from_secs(3));
    assert_eq!((nobody.p.phase(), nobody.mixer), (PhaseName::EndDraw, false));
    assert!(nobody.holds(AlarmCode::MixerStalled) && nobody.p.view(nobody.now).count.is_some());
    nobody.must(&Event::Operator(Some(ActingOperator { id: operator("1001"), role: Role::Nurse })));
    nobody.must(&act(Act::ByHand {
        step: HandStep::Mixed,
        tool: "hands".to_owned(),
        note: "rocked".to_owned(),
    }));
    nobody.run(Span::from_secs(3));
    assert!(nobody.mixer && !nobody.holds(AlarmCode::MixerStalled));
}

/// Procedure 6.10: a tray that stands while cycles are due is told until they are done, sealed and separated or not.
#[test]
fn a_stalled_tray_is_told_to_the_end_of_its_cycles() {
    let mut w = drawing(380);
    w.walk(|w| w.p.phase() == PhaseName::EndDraw);
    w.tray_blocked = true;
    w.must(&reading(DeviceKind::Mixer, Reading::Faulted(Fault::Stalled)));
    let raised = |w: &World| {
        let stalled = Command::Raise(AlarmCode::MixerStalled);
        w.commands.iter().filter(|c| **c == stalled).count()
    };
    assert_eq!(raised(&w), 1);
    w.run(Span::from_secs(92));
    assert_eq!(raised(&w), 2, "nobody has mixed it: told as if it were new");
    for phase in [PhaseName::Seal, PhaseName::Separate, PhaseName::Segments, PhaseName::Reconcile] {
        w.walk(|w| w.p.phase() == phase);
        w.run(Span::from_secs(1));
        assert!(w.holds(AlarmCode::MixerStalled), "in {phase:?}");
    }
    assert!(!closed(w).holds(AlarmCode::MixerStalled));
}
