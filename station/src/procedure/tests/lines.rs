//! Lines held by hand, devices that fail just before the needle, buttons that are lost, and the tail of a donation.

use crate::api::prompt::Prompt;
use crate::device::{ClampPosition, DeviceKind, DiverterPosition, Fault, Reading};
use crate::measure::Span;
use crate::procedure::alarm::AlarmCode;
use crate::procedure::event::{
    AbortWhy, Act, ActingOperator, DinStanding, Event, HandStep, MissingWhy, Opening, Restart, Role,
    SharedFact,
};
use crate::procedure::limits::Settings;
use crate::procedure::phase::PhaseName;
use crate::procedure::refusal::Refusal;
use crate::procedure::testing::{
    DIN, World, act, anyone, at, drawing, opening, operator, reading, scanned, two,
};
use crate::record::Disposition;

fn pinch() -> Event {
    act(Act::ByHand {
        step: HandStep::ClampClosed,
        tool: "haemostat".to_owned(),
        note: "the device failed".to_owned(),
    })
}

fn restart() -> Event {
    Event::Restarted(Restart {
        gap: Some(Span::from_secs(5)),
        unchanged: true,
        clamp_closed: true,
        logic_changed: false,
    })
}

fn with_diverter() -> World {
    let mut w = World::new();
    w.must(&reading(DeviceKind::Diverter, Reading::Online { serial: None }));
    w.open();
    w
}

/// Procedure 6.7: a hand said to hold the line counts no more once blood runs on.
#[test]
fn a_hand_that_let_go_is_asked_for_again() {
    let mut w = drawing(100);
    w.clamp_obeys = false;
    w.must(&act(Act::EndDraw));
    w.run(Span::from_millis(400));
    w.must(&pinch());
    assert_eq!(w.p.prompt(), Prompt::ReleaseTourniquet);
    // Nobody holds it any more, and blood goes on.
    w.run(Span::from_secs(60));
    assert!(w.holds(AlarmCode::FlowAfterClamp) && w.holds(AlarmCode::ClampNotClosed));
    assert_eq!(w.p.prompt(), Prompt::PinchByHand);
    w.flow = 0;
    w.must(&pinch());
    w.run(Span::from_secs(10));
    assert_eq!(w.p.prompt(), Prompt::ReleaseTourniquet);
}

/// Procedure 4.6, 6.7, 6.8: what a hand holds is a pause; it is not opened again before the clamp itself proves that it closes.
#[test]
fn no_going_on_behind_a_clamp_that_has_not_proved_closed() {
    let mut w = drawing(100);
    w.clamp_obeys = false;
    w.must(&act(Act::Pause));
    w.run(Span::from_millis(400));
    w.must(&pinch());
    assert_eq!(w.p.phase(), PhaseName::Pause);
    assert_eq!(w.send(&act(Act::Resume)), Err(Refusal::ClampNotClosed));
    w.clamp_obeys = true;
    w.must(&reading(DeviceKind::Clamp, Reading::Clamp(ClampPosition::Closed)));
    w.must(&act(Act::Resume));
}

/// Procedure 7.2, 8.7: the seal is a permit of a clamp that proves closed; by hand it takes a line that at least a hand holds.
#[test]
fn no_heat_on_a_line_that_only_a_hand_holds_and_no_seal_on_an_open_one() {
    let mut w = at(&Prompt::Seal);
    w.clamp_obeys = false;
    w.must(&reading(DeviceKind::Clamp, Reading::Clamp(ClampPosition::Open)));
    w.run(Span::from_millis(400));
    assert_eq!(w.p.prompt(), Prompt::PinchByHand);
    let sealed = Act::ByHand {
        step: HandStep::Sealed,
        tool: "clips".to_owned(),
        note: "the device failed".to_owned(),
    };
    assert_eq!(w.send(&two(sealed.clone())), Err(Refusal::ClampNotClosed));
    w.must(&pinch());
    assert_eq!(w.p.prompt(), Prompt::ByHand(HandStep::Sealed));
    assert_eq!(w.send(&act(Act::Seal)), Err(Refusal::ClampNotClosed));
    w.must(&two(sealed));
    assert_eq!(w.p.phase(), PhaseName::Separate);
}

#[test]
fn a_needle_taken_out_behind_a_clamp_that_does_not_close_is_no_dead_end() {
    let mut w = drawing(100);
    w.clamp_obeys = false;
    w.must(&anyone(Act::NeedleOut));
    w.run(Span::from_secs(5));
    assert_eq!(w.p.prompt(), Prompt::PinchByHand);
    w.must(&pinch());
    assert_eq!((w.p.phase(), w.p.prompt()), (PhaseName::NeedleOut, Prompt::GuardNeedle));
}

/// Procedure 5.1, 5.2: no blood is led over a diverter that does not answer; what passes it all the same pauses.
#[test]
fn blood_is_never_led_to_a_diverter_that_is_not_there_any_more() {
    let mut w = with_diverter();
    w.walk(|w| w.p.prompt() == Prompt::BreakPlug);
    w.must(&reading(DeviceKind::Diverter, Reading::Faulted(Fault::LinkLost)));
    assert_eq!(w.send(&act(Act::PlugBroken)), Err(Refusal::DeviceNotReady(DeviceKind::Diverter)));
    w.run(Span::from_secs(30));
    let ran = w.p.view(w.now).volume.ml_rounded();
    assert!(ran <= 10 && w.p.phase() == PhaseName::Pause, "{ran} mL in {:?}", w.p.phase());
    assert!(w.holds(AlarmCode::PlugPassed));
}

/// Procedure 5.1: where a diverter leads, it has proved to lead to the pouch before anybody is asked for a needle.
#[test]
fn the_way_to_the_pouch_is_proved_before_the_needle() {
    let mut w = with_diverter();
    w.walk(|w| w.p.prompt() == Prompt::PlaceBag);
    w.devices_deaf = Some(DeviceKind::Diverter);
    w.must(&act(Act::BagPlaced));
    w.run(Span::from_secs(120));
    assert_eq!(w.p.prompt(), Prompt::PlaceBag);
    assert!(w.holds(AlarmCode::DiverterNotObeying));
    w.must(&reading(DeviceKind::Diverter, Reading::Diverter(DiverterPosition::Pouch)));
    w.walk(|w| w.p.phase() == PhaseName::Venipuncture);
    w.must(&reading(DeviceKind::Diverter, Reading::Diverter(DiverterPosition::Bag)));
    assert_eq!(w.p.phase(), PhaseName::Prepare);
}

#[test]
fn nobody_is_stuck_for_devices_that_are_not_ready() {
    let mut w = at(&Prompt::InsertNeedle);
    w.must(&reading(DeviceKind::Scale, Reading::Faulted(Fault::Rebooted)));
    assert_eq!(w.p.prompt(), Prompt::PlaceBag);
    assert_eq!(w.send(&act(Act::BagPlaced)), Err(Refusal::DeviceNotReady(DeviceKind::Scale)));
    w.must(&reading(DeviceKind::Scale, Reading::Online { serial: None }));
    w.run(Span::from_secs(1));
    w.walk(|w| w.p.prompt() == Prompt::AskAgain);
    w.must(&Event::Shared(SharedFact::JournalSlow(true)));
    assert_eq!(w.p.prompt(), Prompt::WaitPrepare);
    assert_eq!(w.send(&act(Act::IdentityAskedAgain)), Err(Refusal::JournalSlow));
    w.must(&Event::Shared(SharedFact::JournalSlow(false)));
    w.walk(|w| w.p.phase() == PhaseName::Divert);
}

/// Procedure 4.2, 4.7: no blood is drawn with a needle that was quicker than the tests; it ends as a failed attempt does.
#[test]
fn a_needle_that_was_quicker_than_the_screen_comes_out_again() {
    let mut w = at(&Prompt::InsertNeedle);
    w.must(&reading(DeviceKind::Mixer, Reading::MixerTurning(false)));
    assert_eq!(w.p.phase(), PhaseName::Prepare);
    w.must(&act(Act::NeedleIn));
    assert_eq!(w.p.prompt(), Prompt::TakeNeedleOut);
    assert!(w.send(&act(Act::BagPlaced)).is_err());
    w.walk(|w| w.p.prompt() == Prompt::SecondAttempt);
    w.must(&act(Act::Abort(AbortWhy::NoVein)));
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    assert_eq!(w.record.unwrap().disposition, Disposition::NoUnit);
}

#[test]
fn a_pause_that_was_about_to_end_when_the_station_stopped_can_still_end() {
    let mut w = drawing(100);
    w.must(&act(Act::Pause));
    w.until(2, |p| *p == Prompt::Paused);
    w.p.handle(w.now, &act(Act::Resume)).unwrap();
    while w.p.poll_command().is_some() {}
    w.must(&restart());
    w.devices_restarted();
    w.must(&act(Act::Resume));
    assert_eq!(w.p.prompt(), Prompt::Paused);
    w.run(Span::from_secs(181));
    assert_eq!(w.p.prompt(), Prompt::EndAdvised);
    w.must(&act(Act::Resume));
    w.until(5, |p| *p == Prompt::WaitDraw);
}

/// Procedure 8.1, 9.1: an emergency is over when the button is released and somebody says so; one that is lost while pressed takes two.
#[test]
fn a_stop_button_lost_while_pressed_is_over_by_the_word_of_two() {
    let mut w = at(&Prompt::Seal);
    w.must(&reading(DeviceKind::Panel, Reading::EmergencyStop(true)));
    assert_eq!(w.send(&two(Act::EmergencyOver)), Err(Refusal::EmergencyStop));
    w.must(&reading(DeviceKind::Panel, Reading::Faulted(Fault::LinkLost)));
    assert_eq!(w.send(&act(Act::EmergencyOver)), Err(Refusal::SecondPersonNeeded));
    w.must(&two(Act::EmergencyOver));
    assert_eq!(w.p.prompt(), Prompt::Seal);
    // Back and still pressed, it stops everything again.
    w.must(&reading(DeviceKind::Panel, Reading::Online { serial: None }));
    w.must(&reading(DeviceKind::Panel, Reading::EmergencyStop(true)));
    assert_eq!(w.p.prompt(), Prompt::EmergencyStop);
}

#[test]
fn an_emergency_is_over_although_no_permit_can_be_had() {
    let mut w = drawing(100);
    w.must(&anyone(Act::EmergencyStop));
    w.run(Span::from_secs(1));
    w.must(&Event::Shared(SharedFact::JournalFailed));
    w.must(&act(Act::EmergencyOver));
    assert_ne!(w.p.prompt(), Prompt::EmergencyStop);
}

#[test]
fn what_the_clamp_does_in_the_tail_does_not_change_the_time_of_collection() {
    let mut w = World::new();
    w.open();
    w.walk(|w| w.p.phase() == PhaseName::Segments);
    w.run(Span::from_secs(300));
    let mut o = w.clone();
    w.must(&act(Act::StripTubing));
    w.run(Span::from_secs(120));
    o.must(&restart());
    o.devices_restarted();
    o.must(&act(Act::Resume));
    for mut w in [w, o] {
        w.walk(|w| w.p.phase() == PhaseName::Closed);
        let record = w.record.unwrap();
        let took = record.collection.unwrap();
        assert!(took < Span::from_secs(420), "{took:?}");
        assert!(!record.not_for_platelets);
    }
}

#[test]
fn a_needle_said_to_be_in_while_nobody_was_signed_in_is_in() {
    let mut w = at(&Prompt::InsertNeedle);
    w.must(&Event::Operator(None));
    assert_eq!(w.send(&anyone(Act::NeedleIn)), Err(Refusal::NoOperator));
    w.must(&Event::Operator(Some(ActingOperator { id: operator("1001"), role: Role::Nurse })));
    w.must(&act(Act::Abort(AbortWhy::DonorWithdraws)));
    assert_eq!(w.p.phase(), PhaseName::EndDraw);
}

/// Procedure 3.1, 7.7: one label read twice within two seconds ticks off one place.
#[test]
fn one_label_read_twice_is_one_label() {
    let mut w = World::new();
    w.open();
    w.walk(|w| w.p.phase() == PhaseName::Label);
    let label = format!("={DIN}00");
    w.must(&scanned(&label, DinStanding::Free));
    let prompt = w.p.prompt();
    w.run(Span::from_millis(300));
    assert_eq!(w.send(&scanned(&label, DinStanding::ThisDonation)), Err(Refusal::AlreadyScanned));
    assert_eq!(w.p.prompt(), prompt);
    w.run(Span::from_secs(2));
    w.must(&scanned(&label, DinStanding::ThisDonation));
}

#[test]
fn a_filled_tube_that_breaks_is_missing() {
    let mut w = World::new();
    w.open();
    w.walk(|w| w.p.phase() == PhaseName::Reconcile);
    let missing = |why| act(Act::TubeMissing { tube: 1, why });
    assert!(w.send(&missing(MissingWhy::NotEnoughBlood)).is_err());
    w.must(&missing(MissingWhy::Damaged));
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    let record = w.record.unwrap();
    assert_eq!(record.tubes[0].missing, Some(MissingWhy::Damaged));
    assert_eq!(record.disposition, Disposition::Quarantined);
}

#[test]
fn a_bag_rejected_in_the_test_of_the_clamp_leaves_it_closed() {
    let mut w = at(&Prompt::PlaceBag);
    w.must(&act(Act::BagPlaced));
    while !w.clamp_open {
        w.run(Span::from_millis(50));
    }
    w.must(&act(Act::BagRejected));
    assert!(!w.clamp_open);
}

#[test]
fn first_blood_has_its_clock_again_after_a_pause() {
    let mut w = World::new();
    w.open();
    w.walk(|w| w.p.phase() == PhaseName::Divert);
    w.flow = 0;
    w.must(&anyone(Act::Pause));
    w.until(2, |p| *p == Prompt::Paused);
    w.run(Span::from_secs(1));
    w.must(&act(Act::Resume));
    w.run(Span::from_secs(95));
    assert_eq!(w.p.prompt(), Prompt::FillPouch { by_word: true });
    assert!(w.holds(AlarmCode::NoFlow));
}

#[test]
fn a_machine_made_anew_is_told_of_needles_and_of_an_emergency() {
    let mut w = World::new();
    w.open();
    w.walk(|w| w.p.is_idle());
    assert_eq!((w.p.binned(), w.p.is_stopped()), (1, false));
    w.must(&anyone(Act::EmergencyStop));
    assert!(w.p.is_stopped());
    let mut anew = at(&Prompt::Separate);
    anew.must(&Event::Shared(SharedFact::Binned(59)));
    anew.walk(|w| w.p.prompt() == Prompt::BinNeedle);
    anew.must(&act(Act::NeedleBinned));
    assert!(anew.holds(AlarmCode::BinFull));
}

#[test]
fn a_diverter_that_never_answered_is_still_there() {
    let mut w = World::new();
    w.run(Span::from_secs(1));
    w.devices_deaf = Some(DeviceKind::Diverter);
    let opening = Opening { diverter: true, ..opening(Settings::default()) };
    w.must(&Event::Opened(Box::new(opening)));
    w.walk(|w| w.p.prompt() == Prompt::PlaceBag);
    w.must(&act(Act::BagPlaced));
    w.run(Span::from_secs(120));
    assert_eq!(w.p.prompt(), Prompt::PlaceBag);
    assert!(w.holds(AlarmCode::DiverterNotObeying));
}
