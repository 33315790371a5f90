//! What people do not say, say twice or too early, and devices that are not what they were a moment ago.

use crate::api::prompt::Prompt;
use crate::device::{Actuation, ClampPosition, DeviceKind, Reading, ToolFailure, ToolReport};
use crate::ident::{CommandCode, Scanned};
use crate::measure::Span;
use crate::procedure::alarm::AlarmCode;
use crate::procedure::event::{Act, Event, Scan, ScanVia};
use crate::procedure::limits::Settings;
use crate::procedure::phase::PhaseName;
use crate::procedure::testing::{TODAY, World, act, at, at_with, opening, reading};

fn confirm() -> Event {
    let content = Scanned::Command(CommandCode::Confirm);
    Event::Scan(Scan { content, standing: vec![], today: Some(TODAY), lot: None, via: ScanVia::Scanner })
}

fn bled_ml(w: &World) -> i64 {
    (w.blood_mg + w.tubes_mg) / 1053
}

/// Procedure 8.8: a trigger that left may have worked, whatever the tool says of it.
#[test]
fn a_trigger_that_left_is_never_repeated_because_the_tool_did_not_say_busy() {
    for (prompt, ask, unknown, device, failed) in [
        (Prompt::Seal, Act::Seal, Prompt::InspectSeal, DeviceKind::Sealer, Reading::Sealer as fn(_) -> _),
        (
            Prompt::Separate,
            Act::Separate,
            Prompt::InspectSeparation,
            DeviceKind::Separator,
            Reading::Separator as fn(_) -> _,
        ),
    ] {
        let mut w = at(&prompt);
        w.devices_answer = false;
        w.must(&act(ask.clone()));
        w.run(Span::from_millis(400));
        w.must(&reading(device, failed(ToolReport::Failed(ToolFailure::StartFailed))));
        assert_eq!(w.p.prompt(), unknown);
        assert!(w.send(&act(ask)).is_err());
    }
}

/// Procedure 4.6: the one barcode for yes says no needle in.
#[test]
fn a_confirm_code_read_twice_answers_once_and_never_opens_the_clamp() {
    let mut w = at(&Prompt::AskAgain);
    w.run(Span::from_secs(2));
    w.must(&confirm());
    assert_eq!(w.p.prompt(), Prompt::InsertNeedle);
    assert!(w.send(&confirm()).is_err());
    w.run(Span::from_secs(5));
    assert!(w.send(&confirm()).is_err());
    assert_eq!((w.p.phase(), w.p.prompt()), (PhaseName::Venipuncture, Prompt::InsertNeedle));
    // One that is for this barcode is taken once it has been asked for two seconds.
    let mut w = at(&Prompt::ReleaseTourniquet);
    w.run(Span::from_secs(2));
    w.must(&confirm());
    assert!(w.send(&confirm()).is_err());
}

#[test]
fn a_confirm_code_never_says_that_a_seal_is_sound_or_an_emergency_over() {
    let mut w = at(&Prompt::Seal);
    w.devices_answer = false;
    w.must(&act(Act::Seal));
    w.until(9, |p| *p == Prompt::InspectSeal);
    w.run(Span::from_secs(5));
    assert!(w.send(&confirm()).is_err());
    assert_eq!(w.p.prompt(), Prompt::InspectSeal);
    w.must(&act(Act::EmergencyStop));
    w.run(Span::from_secs(5));
    assert!(w.send(&confirm()).is_err());
    assert_eq!(w.p.prompt(), Prompt::EmergencyStop);
}

#[test]
fn blood_that_ran_before_anybody_said_so_is_in_the_bag() {
    let mut w = at(&Prompt::BreakPlug);
    let before = bled_ml(&w);
    w.plug_broken = true;
    w.run(Span::from_secs(4));
    w.must(&act(Act::PlugBroken));
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    let record = w.record.clone().unwrap();
    let bag = bled_ml(&w) - before;
    assert!((record.volume.ml_rounded() - bag).abs() <= 2, "{:?} of {bag}", record.volume);
    assert!((record.pouch.unwrap().ml_rounded() - before).abs() <= 2, "{:?} of {before}", record.pouch);
}

#[test]
fn a_plug_broken_and_never_said_is_a_draw_that_ends_on_target() {
    for pouch_on_tray in [true, false] {
        let mut w = at_with(Settings { pouch_on_tray, ..Settings::default() }, &Prompt::BreakPlug);
        let before = bled_ml(&w);
        w.plug_broken = true;
        w.run(Span::from_secs(13));
        assert_eq!(w.p.phase(), PhaseName::Draw);
        w.must(&act(Act::PlugBroken));
        assert!(w.send(&act(Act::PlugBroken)).is_err(), "once is enough");
        w.must(&act(Act::TubeFilled));
        w.must(&act(Act::TubeFilled));
        w.until(600, |p| *p == Prompt::ReleaseTourniquet);
        let bag = bled_ml(&w) - before;
        assert!((bag - 400).abs() <= 3, "{bag} mL");
    }
}

/// Procedure 5.2: a strongly rocking tray is never taken for blood behind the pouch's closed clip.
#[test]
fn a_rocking_tray_is_no_blood_behind_the_closed_clip() {
    for pouch_on_tray in [true, false] {
        for moment in 0..10 {
            let mut w = World::new();
            w.swing_mg = 10_000;
            if !pouch_on_tray {
                // The pouch hangs elsewhere: the tray sees nothing of it.
                w.flow = 0;
            }
            w.run(Span::from_secs(1));
            w.must(&Event::Opened(Box::new(opening(Settings { pouch_on_tray, ..Settings::default() }))));
            w.walk(|w| w.p.prompt() == Prompt::ClosePouchClip);
            w.run(Span::from_millis(450 * moment));
            w.must(&act(Act::PouchClipClosed));
            for _ in 0..200 {
                w.run(Span::from_millis(100));
                assert_eq!(
                    w.p.prompt(),
                    Prompt::BreakPlug,
                    "moment {moment}, pouch on tray: {pouch_on_tray}"
                );
                assert!(!w.holds(AlarmCode::BagMoved), "moment {moment}, pouch on tray: {pouch_on_tray}");
            }
        }
    }
}

#[test]
fn first_blood_that_nobody_looks_after_closes_the_clamp() {
    let mut w = at_with(Settings { pouch_on_tray: false, ..Settings::default() }, &Prompt::ClosePouchClip);
    let from = w.commands.len();
    w.run(Span::from_secs(300));
    assert!(w.protects(from).contains(&Actuation::ClampClose));
    assert_eq!((w.p.phase(), w.p.prompt()), (PhaseName::Pause, Prompt::ClosePouchClip));
    assert!(w.holds(AlarmCode::NoFlow));
}

/// Procedure 4.3, 6.7: what was proved is watched on: a clamp that strays open before the needle is closed and told.
#[test]
fn a_clamp_that_strays_open_before_the_needle_is_closed_and_told() {
    let mut w = at(&Prompt::InsertNeedle);
    let from = w.commands.len();
    w.must(&reading(DeviceKind::Clamp, Reading::Clamp(ClampPosition::Open)));
    assert_eq!(w.protects(from).first(), Some(&Actuation::ClampClose));
    w.run(Span::from_millis(400));
    assert!(w.holds(AlarmCode::ClampNotClosed));
}

#[test]
fn a_scale_that_falls_silent_as_the_clamp_opens_closes_it_within_its_time() {
    let mut w = at(&Prompt::InsertNeedle);
    // Nothing but the scale's own silence may wake the bed.
    w.mixer = false;
    w.weights = false;
    let from = w.commands.len();
    w.must(&act(Act::NeedleIn));
    w.run(Span::from_millis(1500));
    assert!(w.fired.contains(&Actuation::ClampOpen));
    assert!(w.protects(from).contains(&Actuation::ClampClose));
}
