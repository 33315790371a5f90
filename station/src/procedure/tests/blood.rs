//! Section 6 of the procedure: the draw, what is watched in it, and what people are told.

use crate::api::prompt::Prompt;
use crate::device::{Actuation, DeviceKind, Fault, Reading, Signal};
use crate::measure::{Density, Span};
use crate::procedure::alarm::AlarmCode;
use crate::procedure::event::{Act, HandStep};
use crate::procedure::limits::{Limits, Settings};
use crate::procedure::phase::PhaseName;
use crate::procedure::refusal::Refusal;
use crate::procedure::testing::{World, act, at, at_with, drawing, reading};
use crate::record::Disposition;

fn mixed() -> Act {
    Act::ByHand { step: HandStep::Mixed, tool: "hands".to_owned(), note: "rocked".to_owned() }
}

fn count_s(w: &World) -> Option<u64> {
    w.p.view(w.now).count.map(Span::as_secs)
}

/// Procedure 6.1: the same volume of denser blood is a heavier bag, and the record says by which density.
#[test]
fn volume_is_net_weight_over_density() {
    for mg_per_ml in [1040, 1053, 1070] {
        let settings = Settings { density: Density::new(mg_per_ml).unwrap(), ..Settings::default() };
        let mut w = World::new();
        w.density = i64::from(mg_per_ml);
        w.open_with(settings);
        w.walk(|w| w.p.phase() == PhaseName::EndDraw);
        w.run(Span::from_secs(5));
        w.walk(|w| w.p.phase() == PhaseName::Closed);
        let record = w.record.clone().unwrap();
        let (pouch, bag) = (record.pouch.unwrap().0, record.volume.0);
        assert_eq!(record.density, mg_per_ml);
        assert!((bag - 400_000).abs() < 2_000, "{bag} uL at {mg_per_ml}");
        let ran = (w.blood_mg + w.tubes_mg) * 1000 / w.density;
        assert!((pouch + bag - ran).abs() < 2_500, "{pouch} + {bag} of {ran} uL");
    }
}

/// Procedure 6.2: first blood into the bag to the clamp closed; a pause counts, the pouch and the tail do not.
#[test]
fn collection_time_counts_pauses() {
    let mut w = drawing(100);
    w.must(&act(Act::Pause));
    w.until(2, |p| *p == Prompt::Paused);
    w.run(Span::from_secs(120));
    w.must(&act(Act::Resume));
    w.walk(|w| w.p.phase() == PhaseName::EndDraw);
    w.run(Span::from_secs(300));
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    let took = w.record.unwrap().collection.unwrap();
    // 400 mL at 60 mL/min and two minutes of pause.
    assert!((Span::from_secs(516)..Span::from_secs(530)).contains(&took), "{took:?}");
}

/// Procedure 6.2: a draw that is ended out of its pause was over when the clamp closed.
#[test]
fn a_draw_ended_out_of_a_pause_was_over_when_it_began() {
    let mut w = drawing(100);
    w.must(&act(Act::Pause));
    w.until(2, |p| *p == Prompt::Paused);
    w.run(Span::from_secs(120));
    w.must(&act(Act::EndDraw));
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    let took = w.record.unwrap().collection.unwrap();
    assert!((Span::from_secs(96)..Span::from_secs(110)).contains(&took), "{took:?}");
}

/// Procedure 6.3: a slow draw is flagged as soon as its time is over, and nothing else changes.
#[test]
fn a_slow_draw_is_only_flagged() {
    let mut w = World::new();
    w.flow = 28;
    w.open();
    w.walk(|w| w.p.view(w.now).elapsed.is_some_and(|e| e >= Span::from_secs(599)));
    assert!(!w.holds(AlarmCode::NotForPlatelets));
    w.run(Span::from_secs(3));
    assert!(w.holds(AlarmCode::NotForPlatelets) && !w.holds(AlarmCode::NotForPlasma));
    w.run(Span::from_secs(180));
    assert!(w.holds(AlarmCode::NotForPlasma));
    assert_eq!((w.p.phase(), w.p.prompt()), (PhaseName::Draw, Prompt::WaitDraw));
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    let record = w.record.unwrap();
    assert!(record.not_for_platelets && record.not_for_plasma);
    assert_eq!(record.disposition, Disposition::Collected);
}

/// Procedure 6.3: each programme has its own times.
#[test]
fn the_times_of_each_programme() {
    let times = |ml| Settings::default().collection_limits(ml);
    for (ml, platelets, plasma) in [(200, 300, 420), (300, 450, 600), (400, 600, 780)] {
        assert_eq!(times(ml), (Span::from_secs(platelets), Span::from_secs(plasma)));
    }
}

/// Procedure 6.4: at the site's maximum the nurse is asked to end, drawing or pausing; the station does not end by itself.
#[test]
fn the_site_s_maximum_asks_for_the_end() {
    let mut w = World::new();
    w.flow = 21;
    w.open();
    w.walk(|w| w.p.phase() == PhaseName::Draw);
    w.walk(|w| w.p.prompt() == Prompt::WaitDraw);
    w.run(Span::from_secs(880));
    assert_eq!(w.p.prompt(), Prompt::WaitDraw);
    w.until(20, |p| *p == Prompt::EndAdvised);
    assert!(w.holds(AlarmCode::DrawTooLong));
    w.run(Span::from_secs(20));
    assert_eq!(w.p.phase(), PhaseName::Draw);
    w.must(&act(Act::Pause));
    w.until(3, |p| *p == Prompt::EndAdvised);
    w.must(&act(Act::EndDraw));
    assert_eq!(w.p.phase(), PhaseName::EndDraw);
}

/// Procedure 6.5: low, no and high flow are told, each once, although the flow plays about its limit.
#[test]
fn flow_that_plays_about_its_limit_is_told_once() {
    let told = |w: &World, code: AlarmCode| {
        let raised =
            |c: &&crate::procedure::command::Command| **c == crate::procedure::command::Command::Raise(code);
        w.commands.iter().filter(raised).count()
    };
    let mut w = drawing(60);
    for (flow, near, code) in [(17, 21, AlarmCode::LowFlow), (225, 195, AlarmCode::HighFlow)] {
        for _ in 0..3 {
            w.flow = flow;
            w.run(Span::from_secs(15));
            assert!(w.holds(code), "{code:?} at {flow}");
            w.flow = near;
            w.run(Span::from_secs(8));
        }
        assert_eq!(told(&w, code), 1, "{code:?}");
        w.flow = 60;
        w.run(Span::from_secs(25));
        assert!(!w.holds(code), "{code:?}");
    }
    w.flow = 0;
    w.run(Span::from_secs(25));
    assert!(w.holds(AlarmCode::NoFlow) && !w.holds(AlarmCode::LowFlow));
}

/// Procedure 6.5: a flow that is low from its first drop on is told, too.
#[test]
fn a_flow_that_never_was_better_is_low() {
    let mut w = at(&Prompt::BreakPlug);
    w.flow = 15;
    w.must(&act(Act::PlugBroken));
    w.run(Span::from_secs(30));
    assert!(w.holds(AlarmCode::LowFlow) && !w.holds(AlarmCode::NoFlow));
}

/// Procedure 6.5: a line that fills slowly at first is given the time in which flow is expected; what is still low then is told.
#[test]
fn a_flow_that_comes_within_its_time_is_not_told() {
    for (slow_s, told) in [(8, false), (14, true)] {
        let mut w = at(&Prompt::BreakPlug);
        w.flow = 15;
        w.must(&act(Act::PlugBroken));
        w.run(Span::from_secs(slow_s));
        w.flow = 60;
        w.run(Span::from_secs(20));
        let low = crate::procedure::command::Command::Raise(AlarmCode::LowFlow);
        assert_eq!(w.commands.contains(&low), told, "slow for {slow_s} s");
        assert!(!w.holds(AlarmCode::LowFlow));
    }
}

/// Procedure 6.5: the rocking of the tray, from wherever it swings when the plug is broken, is no low flow.
#[test]
fn a_draw_that_begins_well_on_a_rocking_tray_is_not_told() {
    for moment in 0..15 {
        let mut w = World::new();
        // To each side, once in 4.5 s.
        w.swing_mg = 8_000;
        w.open();
        w.walk(|w| w.p.prompt() == Prompt::BreakPlug);
        w.run(Span::from_millis(6_000 + 300 * moment));
        w.must(&act(Act::PlugBroken));
        w.run(Span::from_secs(20));
        let low = crate::procedure::command::Command::Raise(AlarmCode::LowFlow);
        assert!(!w.commands.contains(&low), "moment {moment}");
        assert_eq!(w.p.phase(), PhaseName::Draw, "moment {moment}: {:?}", w.p.view(w.now).alarms);
    }
}

/// Procedure 6.6: a bag off the tray closes the clamp and stops the tray; it goes on when the bag hangs there again.
#[test]
fn a_fallen_bag_gets_no_blood_and_comes_back() {
    let mut w = drawing(100);
    let from = w.commands.len();
    w.take_bag_away();
    w.run(Span::from_millis(900));
    assert!(!w.holds(AlarmCode::BagFallen), "lifted for a moment");
    w.run(Span::from_millis(600));
    assert!(w.holds(AlarmCode::BagFallen));
    let orders = w.protects(from);
    assert!(orders.contains(&Actuation::ClampClose) && orders.contains(&Actuation::MixerStop));
    w.until(2, |p| *p == Prompt::Paused);
    let closes = |w: &World| w.protects(from).iter().filter(|a| **a == Actuation::ClampClose).count();
    let before = closes(&w);
    w.run(Span::from_secs(20));
    assert_eq!(closes(&w), before, "once is enough");
    let refused = w.send(&act(Act::Resume));
    assert!(matches!(refused, Err(Refusal::BagNotOnTray { found_g: 0, .. })), "{refused:?}");
    w.hang_bag_back();
    w.run(Span::from_secs(8));
    assert!(!w.holds(AlarmCode::BagFallen));
    w.must(&act(Act::Resume));
    w.run(Span::from_secs(8));
    assert!(w.mixer && !w.holds(AlarmCode::MixerStalled), "going on mixes it again");
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    let ran = (w.blood_mg + w.tubes_mg) / 1053;
    assert!((410..=430).contains(&ran), "{ran} mL with the pouch");
}

/// Procedure 6.6: something laid on the tray is told and never makes the bag end over its limit.
#[test]
fn a_bumped_bag_is_told() {
    let mut w = drawing(100);
    w.blood_mg += 15_000;
    w.run(Span::from_secs(6));
    assert!(w.holds(AlarmCode::BagMoved));
    assert_eq!(w.p.phase(), PhaseName::Draw);
}

/// Procedure 6.6, 7.9: what was laid on the bag may be gone when a scale that was silent, or showed one value, speaks again: nobody knows
/// what the bag holds.
#[test]
fn a_bag_that_moved_before_the_scale_fell_silent_is_not_collected_as_normal() {
    for frozen in [false, true] {
        let mut w = drawing(100);
        w.blood_mg += 15_000;
        w.run(Span::from_secs(6));
        assert!(w.holds(AlarmCode::BagMoved));
        (w.weights, w.scale_stuck) = (frozen, frozen.then_some(w.blood_mg));
        w.run(Span::from_secs(10));
        assert_eq!(w.p.phase(), PhaseName::Pause);
        w.blood_mg -= 15_000;
        (w.weights, w.scale_stuck) = (true, None);
        w.run(Span::from_secs(15));
        w.must(&act(Act::Resume));
        w.walk(|w| w.p.phase() == PhaseName::Closed);
        assert_eq!(w.record.unwrap().disposition, Disposition::Quarantined, "frozen: {frozen}");
    }
}

/// Procedure 6.6, 7.9: what lay on the bag at its tare and was taken off before blood came costs the donor nothing, and the bag is
/// looked at.
#[test]
fn what_was_weighed_with_the_empty_bag_is_not_drawn_in_blood() {
    for while_the_pouch_fills in [false, true] {
        let mut w = at_with(Settings { pouch_on_tray: false, ..Settings::default() }, &Prompt::InsertNeedle);
        if while_the_pouch_fills {
            w.walk(|w| matches!(w.p.prompt(), Prompt::FillPouch { .. }));
            w.run(Span::from_secs(15));
        }
        w.blood_mg -= 15_000;
        w.run(Span::from_secs(if while_the_pouch_fills { 8 } else { 0 }));
        w.walk(|w| w.p.phase() == PhaseName::Closed);
        let ml = (w.blood_mg + 15_000) / 1053;
        assert!((395..=405).contains(&ml), "{ml} mL, while the pouch fills: {while_the_pouch_fills}");
        assert_eq!(w.record.unwrap().disposition, Disposition::Quarantined);
    }
}

/// Procedure 6.6: a scale that shows one value on a rocking tray, or values that make no sense, is told and pauses the draw;
/// there is no going on until it shows better.
#[test]
fn a_frozen_scale_pauses_the_draw() {
    let mut w = drawing(100);
    w.scale_stuck = Some(260_000);
    w.run(Span::from_secs(6));
    assert!(w.p.view(w.now).alarms.iter().any(|a| a.code == AlarmCode::ScaleLost));
    w.until(2, |p| *p == Prompt::Paused);
    assert_eq!(w.send(&act(Act::Resume)), Err(Refusal::DeviceNotReady(DeviceKind::Scale)));
    w.scale_stuck = None;
    w.run(Span::from_secs(15));
    w.must(&act(Act::Resume));
    w.walk(|w| w.p.phase() == PhaseName::Closed);
}

/// Procedure 6.7: a mixer that stalls, a clamp that does not obey and a bag that is too full are told.
#[test]
fn mixer_clamp_and_volume_are_told() {
    let mut w = drawing(100);
    let mut o = w.clone();
    o.must(&reading(DeviceKind::Mixer, Reading::Faulted(Fault::Stalled)));
    assert!(o.holds(AlarmCode::MixerStalled));
    let mut o = w.clone();
    o.clamp_obeys = false;
    o.must(&act(Act::EndDraw));
    o.run(Span::from_millis(310));
    assert!(o.holds(AlarmCode::ClampNotClosed));
    w.clamp_obeys = false;
    w.until(600, |p| *p == Prompt::PinchByHand);
    w.run(Span::from_secs(60));
    assert!(w.holds(AlarmCode::OverVolume));
}

/// Procedure 6.8: the tray rocks through a pause, and thirty cycles after the end.
#[test]
fn the_mixer_goes_on_through_pauses_and_thirty_cycles_after() {
    let mut w = drawing(100);
    let from = w.commands.len();
    w.must(&act(Act::Pause));
    w.run(Span::from_secs(60));
    assert!(w.mixer && !w.protects(from).contains(&Actuation::MixerStop));
    w.must(&act(Act::Resume));
    w.walk(|w| w.p.phase() == PhaseName::EndDraw);
    let cycles = |w: &World| {
        let cycle = |(_, e): &&(_, _)| *e == reading(DeviceKind::Mixer, Reading::MixerCycle);
        w.events.iter().filter(cycle).count()
    };
    let before = cycles(&w);
    w.run(Span::from_secs(300));
    assert_eq!((cycles(&w) - before, w.mixer), (30, false));
}

/// Procedure 6.9: with blood in the bag only an emergency, a fallen bag, a blocked tray and lost power stop the mixer;
/// without a bag it stands.
#[test]
fn what_stops_the_mixer() {
    let stops = |w: &World, from: usize| w.protects(from).contains(&Actuation::MixerStop);
    let w = drawing(100);
    for (what, stop) in [
        (act(Act::Pause), false),
        (act(Act::EndDraw), false),
        (act(Act::NeedleOut), false),
        (act(Act::EmergencyStop), true),
        (reading(DeviceKind::Mixer, Reading::Faulted(Fault::Stalled)), true),
    ] {
        let (mut w, from) = (w.clone(), w.commands.len());
        w.must(&what);
        w.run(Span::from_secs(5));
        assert_eq!(stops(&w, from), stop, "{what:?}");
    }
    let mut w = at(&Prompt::PrepareArm);
    assert!(w.mixer);
    w.must(&act(Act::Abort(crate::procedure::event::AbortWhy::DonorWithdraws)));
    assert!(!w.mixer, "nothing is mixed in an empty bag");
}

/// Procedure 6.10: a blocked tray with blood in the bag is mixed by hand within ninety seconds, counted down; each time the
/// tray is tried again. Nobody there: the draw pauses, and the count begins anew.
#[test]
fn mixing_by_hand_is_counted() {
    let mut w = drawing(100);
    w.tray_blocked = true;
    w.must(&reading(DeviceKind::Mixer, Reading::Faulted(Fault::Stalled)));
    w.must(&reading(DeviceKind::Mixer, Reading::Online { serial: None }));
    assert_eq!((w.p.prompt(), count_s(&w)), (Prompt::ByHand(HandStep::Mixed), Some(90)));
    w.run(Span::from_secs(60));
    assert_eq!(count_s(&w), Some(30));
    let fired = w.fired.len();
    w.must(&act(mixed()));
    w.run(Span::from_secs(1));
    assert_eq!((count_s(&w), w.fired.get(fired)), (Some(89), Some(&Actuation::MixerRun)));
    w.run(Span::from_secs(90));
    assert_eq!((w.p.phase(), w.holds(AlarmCode::MixerStalled)), (PhaseName::Pause, true));
    assert!(count_s(&w).is_some_and(|s| s >= 85), "{:?}", count_s(&w));
    w.tray_blocked = false;
    w.must(&act(mixed()));
    w.run(Span::from_secs(12));
    assert!(w.mixer && !w.holds(AlarmCode::MixerStalled));
    w.must(&act(Act::Resume));
    w.walk(|w| w.p.phase() == PhaseName::Closed);
}

/// Procedure 6.11: a pause is counted down; after its maximum the end is offered, going on stays allowed.
#[test]
fn a_long_pause_offers_the_end() {
    let limits = Limits { max_pause_s: 100, ..Limits::default() };
    let mut w = World::new();
    w.open_with(Settings { limits, ..Settings::default() });
    w.walk(|w| w.p.view(w.now).volume.ml_rounded() >= 50);
    w.must(&act(Act::Pause));
    w.until(2, |p| *p == Prompt::Paused);
    assert!(count_s(&w).is_some_and(|s| (98..=100).contains(&s)));
    w.run(Span::from_secs(101));
    assert_eq!((w.p.prompt(), w.holds(AlarmCode::PauseTooLong)), (Prompt::EndAdvised, true));
    let mut o = w.clone();
    w.must(&act(Act::Resume));
    w.until(5, |p| *p == Prompt::WaitDraw);
    o.must(&act(Act::EndDraw));
    assert_eq!(o.p.phase(), PhaseName::EndDraw);
}

/// Procedure 6.12: nobody is called to a bag that will not be full for long, whatever was foretold before the flow fell away.
#[test]
fn a_flow_that_fell_away_calls_nobody() {
    let mut w = drawing(100);
    w.flow = 12;
    w.run(Span::from_mins(8));
    let view = w.p.view(w.now);
    assert_eq!((view.left, view.calls), (None, 0), "{} mL", view.volume.ml_rounded());
}

/// Procedure 6.12: terminal, lamp and tone call at sixty and at fifteen seconds, the tone each time, and alarms outrank it.
#[test]
fn people_are_called_twice_before_the_target() {
    let mut w = drawing(330);
    let from = w.commands.len();
    assert_eq!(w.p.view(w.now).calls, 0);
    let tones = |w: &World| {
        let tone = |a: &&Actuation| **a == Actuation::Buzzer(Signal::Call);
        w.protects(from).iter().filter(tone).count()
    };
    let mut left = Vec::new();
    for _ in 0..800 {
        let before = tones(&w);
        w.run(Span::from_millis(100));
        if tones(&w) > before {
            left.push(w.p.view(w.now).left.unwrap().as_secs());
        }
    }
    assert_eq!(left.len(), 2, "{left:?}");
    assert!((58..=60).contains(&left[0]) && (13..=15).contains(&left[1]), "{left:?}");
    assert!(w.protects(from).contains(&Actuation::Lamp(Signal::Call)));
    assert_eq!(w.p.view(w.now).calls, 0, "over with the draw");
    let mut w = drawing(345);
    assert_eq!(w.p.view(w.now).calls, 1);
    w.must(&act(Act::CallForHelp));
    let lamp = |a: &&Actuation| matches!(a, Actuation::Lamp(_));
    assert_eq!(w.protects(0).iter().rfind(lamp), Some(&Actuation::Lamp(Signal::High)));
}
