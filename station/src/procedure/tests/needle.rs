//! Section 4 of the procedure: the bag tared, devices proved, the needle, and a second attempt.

use crate::api::prompt::{Prompt, ScanWanted};
use crate::device::{Actuation, ClampPosition, DeviceKind, DeviceReading, Fault, Reading};
use crate::measure::{Microlitres, Span};
use crate::procedure::alarm::AlarmCode;
use crate::procedure::command::Command;
use crate::procedure::event::{AbortWhy, Act, Arm, DinStanding, Event, HandStep, Lapse, SharedFact};
use crate::procedure::limits::{DinOnRestick, DonorConnectedSeal, Limits, Settings};
use crate::procedure::phase::PhaseName;
use crate::procedure::refusal::Refusal;
use crate::procedure::testing::{
    DIN, SECOND_DIN, SOUND, World, act, anyone, at, at_with, drawing, reading, scanned, two,
};
use crate::record::{Confirmed, Disposition};

fn preparing() -> World {
    at(&Prompt::PlaceBag)
}

/// Until no vein was found at the first attempt, the needle is out and guarded.
fn failed_at_the_pouch(settings: Settings, pouch_ml: i64) -> World {
    let mut w = at_with(settings, &Prompt::FillPouch { by_word: false });
    while w.blood_mg < pouch_ml * 1053 {
        w.run(Span::from_millis(100));
    }
    w.must(&act(Act::VenipunctureFailed));
    assert!(!w.clamp_open, "no blood without a vein");
    w.walk(|w| w.p.prompt() == Prompt::SecondAttempt);
    w
}

/// Procedure 4.7: with nothing in the bag the needle comes out first, whatever sealer stands there: nobody waits for a machine.
#[test]
fn after_a_failed_attempt_the_needle_comes_out_before_any_seal() {
    let settings = Settings { donor_connected_seal: DonorConnectedSeal::Approved, ..Settings::default() };
    let mut w = at_with(settings, &Prompt::InsertNeedle);
    w.must(&act(Act::NeedleIn));
    w.until(10, |p| matches!(p, Prompt::FillPouch { .. }));
    w.must(&act(Act::VenipunctureFailed));
    w.until(5, |p| *p == Prompt::ReleaseTourniquet);
    w.must(&act(Act::TourniquetReleased));
    assert_eq!(w.p.prompt(), Prompt::TakeNeedleOut);
}

/// Procedure 4.1: the tare is the mass of the set that hangs there; a tray without a set is refused.
#[test]
fn the_set_on_the_tray_is_weighed_empty() {
    let mut w = preparing();
    w.take_bag_away();
    w.run(Span::from_secs(1));
    let refused = w.send(&act(Act::BagPlaced));
    assert!(matches!(refused, Err(Refusal::WeightNotABag { .. })), "{refused:?}");
    w.hang_bag_back();
    // Something lies on it that no empty set weighs.
    w.scale_stuck = Some(601_000);
    w.run(Span::from_secs(1));
    let refused = w.send(&act(Act::BagPlaced));
    assert!(matches!(refused, Err(Refusal::WeightNotABag { found_g: 601, max_g: 600, .. })), "{refused:?}");
    w.scale_stuck = None;
    w.run(Span::from_secs(1));
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    let tare = w.record.unwrap().tare.unwrap().0;
    assert!((tare - 150_000).abs() < 500, "{tare} mg");
}

/// Procedure 4.1: a scale that does not come to rest is told within its time, and the nurse may begin again or take another
/// bag.
#[test]
fn a_tare_that_never_settles_is_no_dead_end() {
    let mut w = preparing();
    w.must(&act(Act::BagPlaced));
    // Somebody leans on the tray and lets go, again and again.
    for i in 0..400 {
        w.scale_stuck = (i % 16 < 8).then_some(190_000);
        w.run(Span::from_millis(250));
        if w.holds(AlarmCode::TareNotSettled) {
            break;
        }
    }
    assert!(w.holds(AlarmCode::TareNotSettled));
    assert_eq!(w.p.prompt(), Prompt::PlaceBag);
    w.scale_stuck = None;
    let mut other = w.clone();
    other.must(&act(Act::BagRejected));
    assert_eq!(other.p.phase(), PhaseName::Label, "another bag");
    assert!(!other.holds(AlarmCode::TareNotSettled) && !other.mixer, "nobody hangs a bag on a rocking tray");
    for mut w in [w, other] {
        w.walk(|w| w.p.phase() == PhaseName::Venipuncture);
        assert!(!w.holds(AlarmCode::TareNotSettled));
    }
}

/// Procedure 4.1: a set that is taken off while it is weighed is not tared at nothing.
#[test]
fn a_set_taken_off_in_its_tare_is_none() {
    let mut w = preparing();
    w.must(&act(Act::BagPlaced));
    w.run(Span::from_millis(600));
    w.take_bag_away();
    w.until(90, |p| *p != Prompt::WaitPrepare);
    assert_eq!((w.p.prompt(), w.holds(AlarmCode::TareNotSettled)), (Prompt::PlaceBag, true));
}

/// Procedure 4.1, 4.2, 4.3: a device that fails in the middle of the tests leads back to the nurse, and all of them are done again.
#[test]
fn a_device_lost_in_the_tests_ends_them() {
    for kind in [DeviceKind::Scale, DeviceKind::Clamp, DeviceKind::Mixer] {
        let mut w = preparing();
        w.must(&act(Act::BagPlaced));
        w.must(&reading(kind, Reading::Faulted(Fault::LinkLost)));
        assert_eq!(w.p.prompt(), Prompt::PlaceBag, "{kind:?}");
        assert_eq!(w.send(&act(Act::BagPlaced)), Err(Refusal::DeviceNotReady(kind)));
    }
}

/// Procedure 4.2: no needle before the tacho has answered, and the reason stays on the screen.
#[test]
fn a_mixer_that_gives_no_sign_is_told_and_tried_again() {
    let mut w = preparing();
    w.devices_deaf = Some(DeviceKind::Mixer);
    w.tray_blocked = true;
    w.must(&act(Act::BagPlaced));
    w.run(Span::from_secs(9));
    assert_eq!(w.p.prompt(), Prompt::WaitPrepare);
    w.run(Span::from_secs(2));
    assert_eq!((w.p.prompt(), w.holds(AlarmCode::MixerStalled)), (Prompt::PlaceBag, true));
    assert!(w.protects(0).contains(&Actuation::MixerStop), "a blocked tray is not forced");
    w.run(Span::from_secs(30));
    assert!(w.holds(AlarmCode::MixerStalled), "the reason stays");
    (w.devices_deaf, w.tray_blocked) = (None, false);
    w.must(&act(Act::BagPlaced));
    w.walk(|w| w.p.phase() == PhaseName::Venipuncture);
    assert!(!w.holds(AlarmCode::MixerStalled));
}

/// Procedure 4.3: closed, open, closed, each proved by the clamp itself.
#[test]
fn the_clamp_proves_closed_open_and_closed_again() {
    let mut w = preparing();
    let from = w.events.len();
    w.walk(|w| w.p.phase() == PhaseName::Venipuncture);
    let mut said = Vec::new();
    for (_, event) in &w.events[from..] {
        if let Event::Reading(DeviceReading { reading: Reading::Clamp(position), .. }) = event {
            said.push(*position);
        }
    }
    assert_eq!(said, [ClampPosition::Open, ClampPosition::Closed], "it was closed before");
    assert_eq!(w.fired.iter().filter(|a| **a == Actuation::ClampOpen).count(), 1);
}

/// Procedure 4.3: what nobody has proved closed is not opened: the first proof is waited for, too.
#[test]
fn the_clamp_is_not_opened_before_it_has_proved_closed() {
    let mut w = preparing();
    w.clamp_obeys = false;
    w.must(&reading(DeviceKind::Clamp, Reading::Clamp(ClampPosition::Open)));
    w.must(&act(Act::BagPlaced));
    w.run(Span::from_secs(3));
    assert!(!w.fired.contains(&Actuation::ClampOpen), "{:?}", w.fired);
    assert_eq!((w.p.prompt(), w.holds(AlarmCode::ClampNotClosed)), (Prompt::PlaceBag, true));
}

/// Procedure 4.3: a clamp that does not open, or not close, within its time stops the preparation and says so.
#[test]
fn a_clamp_that_fails_its_test_never_meets_a_donor() {
    let mut w = preparing();
    w.devices_deaf = Some(DeviceKind::Clamp);
    w.must(&act(Act::BagPlaced));
    w.run(Span::from_secs(3));
    assert_eq!((w.p.prompt(), w.holds(AlarmCode::ClampNotOpen)), (Prompt::PlaceBag, true));
    let mut w = preparing();
    w.clamp_obeys = false;
    w.must(&act(Act::BagPlaced));
    w.run(Span::from_secs(3));
    assert_eq!((w.p.prompt(), w.holds(AlarmCode::ClampNotClosed)), (Prompt::PlaceBag, true));
    assert!(w.p.phase() == PhaseName::Prepare);
}

/// Procedure 4.4: the arm is said, kept, and stands in the record.
#[test]
fn no_needle_before_an_arm_is_ready() {
    let mut w = at(&Prompt::PrepareArm);
    assert_eq!(w.send(&act(Act::IdentityAskedAgain)), Err(Refusal::NotNow));
    assert_eq!(w.send(&act(Act::NeedleIn)), Err(Refusal::NotNow));
    w.must(&act(Act::ArmReady(Arm::Right)));
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    assert_eq!(w.record.unwrap().arm, Some(Arm::Right));
}

/// Procedure 4.5: the question is the last thing before the needle; whatever sends the nurse back asks it again.
#[test]
fn name_and_birth_date_are_asked_again_right_before_the_needle() {
    let mut w = at(&Prompt::AskAgain);
    assert_eq!(w.send(&act(Act::NeedleIn)), Err(Refusal::NotNow));
    w.must(&act(Act::IdentityAskedAgain));
    assert_eq!(w.p.prompt(), Prompt::InsertNeedle);
    w.must(&reading(DeviceKind::Mixer, Reading::Faulted(Fault::LinkLost)));
    assert_eq!(w.p.phase(), PhaseName::Prepare);
    w.must(&reading(DeviceKind::Mixer, Reading::Online { serial: None }));
    w.walk(|w| w.p.prompt() == Prompt::AskAgain);
}

/// Procedure 4.6: the word opens nothing by itself: the clamp waits for a permit, and a permit that lapses is asked for
/// again.
#[test]
fn the_clamp_opens_by_a_permit_on_the_nurse_s_word() {
    let mut w = at(&Prompt::InsertNeedle);
    let from = w.commands.len();
    w.p.handle(w.now, &act(Act::NeedleIn)).unwrap();
    let mut permit = None;
    while let Some(command) = w.p.poll_command() {
        if let Command::Permit(p) = command {
            assert_eq!(p.actuation, Actuation::ClampOpen);
            permit = Some(p.id);
        }
    }
    assert!(w.protects(from).is_empty() && w.p.prompt() == Prompt::WaitClampOpen);
    let why = Lapse::Expired;
    w.must(&Event::PermitLapsed { permit: permit.unwrap(), why });
    assert_eq!(w.p.prompt(), Prompt::InsertNeedle);
    w.must(&Event::Shared(SharedFact::JournalSlow(true)));
    assert_eq!(w.send(&act(Act::NeedleIn)), Err(Refusal::JournalSlow));
    w.must(&Event::Shared(SharedFact::JournalSlow(false)));
    w.must(&act(Act::NeedleIn));
    w.until(3, |p| *p == Prompt::FillPouch { by_word: false });
}

/// Procedure 3.6, 4.6: a label that turns out wrong between the nurse's word and the opening keeps the clamp closed; the right one, or
/// the needle taken out, is the way on.
#[test]
fn a_label_refused_after_the_nurse_s_word_comes_before_the_blood() {
    let mut w = at(&Prompt::InsertNeedle);
    w.p.handle(w.now, &act(Act::NeedleIn)).unwrap();
    let permit = std::iter::from_fn(|| w.p.poll_command())
        .find_map(|command| if let Command::Permit(permit) = command { Some(permit.id) } else { None });
    assert_eq!(w.p.may_fire(w.now, Actuation::ClampOpen), Ok(()));
    assert!(w.send(&scanned(&format!("={SECOND_DIN}01"), DinStanding::Free)).is_err());
    assert_eq!(w.p.may_fire(w.now, Actuation::ClampOpen), Err(Refusal::NotNow));
    w.must(&Event::PermitLapsed { permit: permit.unwrap(), why: Lapse::GuardRefused });
    let view = w.p.view(w.now);
    assert_eq!(view.prompt, Prompt::Scan { wanted: ScanWanted::Bag, again: true });
    assert!(view.needle_in && !view.needle_unsaid);
    let mut ended = w.clone();
    ended.must(&act(Act::VenipunctureFailed));
    ended.walk(|w| w.p.prompt() == Prompt::SecondAttempt);
    assert!(!ended.fired.contains(&Actuation::Seal) && !ended.p.view(ended.now).needle_in);
    w.must(&scanned(&format!("={DIN}01"), DinStanding::ThisDonation));
    assert_eq!(w.p.prompt(), Prompt::InsertNeedle);
    w.must(&act(Act::NeedleIn));
    w.walk(|w| w.p.phase() == PhaseName::Divert);
}

/// Procedure 4.6: what was permitted before a phase ended, or before a device failed, is not any more: each makes another epoch of the bed.
#[test]
fn a_permit_outlives_neither_its_phase_nor_a_fault() {
    let mut w = World::new();
    w.open();
    while w.p.phase() != PhaseName::Closed {
        let before = (w.p.phase(), w.p.epoch());
        if !w.answer() {
            w.run(Span::from_millis(50));
        }
        let after = (w.p.phase(), w.p.epoch());
        assert!(before.0 == after.0 || before.1 != after.1, "{before:?} to {after:?}");
    }
    let mut w = at(&Prompt::InsertNeedle);
    w.p.handle(w.now, &act(Act::NeedleIn)).unwrap();
    let asked = w.p.epoch();
    w.p.handle(w.now, &reading(DeviceKind::Sealer, Reading::Faulted(Fault::LinkLost))).unwrap();
    assert_ne!(w.p.epoch(), asked);
}

/// Procedure 4.6, 6.7: a position that the clamp said before it was told to open proves nothing once it is told to close again.
#[test]
fn a_clamp_that_was_being_opened_proves_anew_that_it_is_closed() {
    let mut w = at(&Prompt::InsertNeedle);
    w.devices_deaf = Some(DeviceKind::Clamp);
    w.must(&act(Act::NeedleIn));
    w.run(Span::from_millis(100));
    assert_eq!((w.fired.last(), w.p.prompt()), (Some(&Actuation::ClampOpen), Prompt::WaitClampOpen));
    w.must(&anyone(Act::Pause));
    w.run(Span::from_millis(400));
    assert!(w.holds(AlarmCode::ClampNotClosed));
}

/// Procedure 0.3, 4.7, 4.8: a second attempt takes two people's word for consent, the other arm, another bag and every test again; it
/// is the last one.
#[test]
fn a_second_attempt_is_the_last_one() {
    let mut w = at(&Prompt::InsertNeedle);
    w.must(&act(Act::VenipunctureFailed));
    assert_eq!(w.p.prompt(), Prompt::ReleaseTourniquet, "the needle comes out as after any draw");
    w.walk(|w| w.p.prompt() == Prompt::SecondAttempt);
    assert_eq!(w.send(&act(Act::SecondAttemptConsented)), Err(Refusal::SecondPersonNeeded));
    w.second_attempt();
    assert_eq!(w.p.prompt(), Prompt::Scan { wanted: ScanWanted::Form, again: false });
    assert!(w.p.view(w.now).tubes.iter().all(|t| !t.scanned && !t.missing));
    w.walk(|w| w.p.prompt() == Prompt::PrepareArm);
    assert_eq!(w.send(&act(Act::ArmReady(Arm::Left))), Err(Refusal::SameArm));
    w.walk(|w| w.p.prompt() == Prompt::InsertNeedle);
    w.must(&act(Act::VenipunctureFailed));
    w.until(2, |p| *p == Prompt::CareForDonor { why: AbortWhy::NoVein });
    w.walk(|w| {
        assert_ne!(w.p.prompt(), Prompt::SecondAttempt);
        w.p.phase() == PhaseName::Closed
    });
    let record = w.record.unwrap();
    assert_eq!((record.attempts, record.abort), (2, Some(AbortWhy::NoVein)));
    assert_eq!(record.disposition, Disposition::NoUnit);
}

/// Procedure 4.7, 6.9: before the second kit comes the first one is sealed, its needle taken off and binned; the record names that kit,
/// and with the second needle two are in the bin.
#[test]
fn the_needle_of_a_first_attempt_is_in_the_bin_before_the_second_kit_comes() {
    let mut w = failed_at_the_pouch(Settings::default(), 12);
    assert!(w.mixer);
    w.must(&two(Act::SecondAttemptConsented));
    assert_eq!((w.p.prompt(), w.mixer), (Prompt::Seal, false), "nobody takes a kit off a rocking tray");
    let early = w.send(&scanned(&format!("={SECOND_DIN}08"), DinStanding::Free));
    assert_eq!(early, Err(Refusal::NotNow), "no second kit beside a needle of the first");
    w.restart(SOUND);
    w.must(&act(Act::Resume));
    w.walk(|w| w.p.prompt() == Prompt::BinNeedle);
    w.must(&act(Act::NeedleBinned));
    assert_eq!((w.p.phase(), w.p.binned()), (PhaseName::Label, 1));
    (w.din, w.arm) = (SECOND_DIN, Arm::Right);
    (w.blood_mg, w.clip_closed, w.plug_broken) = (0, false, false);
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    let record = w.record.clone().unwrap();
    assert_eq!((record.disposition, w.p.binned()), (Disposition::Collected, 2));
    assert!(record.seal.is_some() && record.separation.is_some());
    let first = record.first_kit.unwrap();
    assert_eq!((first.din, first.arm), (Some(World::din()), Some(Arm::Left)));
    assert_eq!((first.seal, first.separation), (Some(Confirmed::Device), Some(Confirmed::Device)));
    assert!(
        first.bag_lot.is_some() && (first.bag_lot, first.bag_catalog) == (record.bag_lot, record.bag_catalog)
    );
}

/// Procedure 8.4: ended between the consent and the second kit, the first kit is the donation's only one and walks its whole tail.
#[test]
fn an_abort_before_the_second_kit_ends_with_the_first() {
    let mut w = failed_at_the_pouch(Settings::default(), 12);
    w.must(&two(Act::SecondAttemptConsented));
    w.must(&act(Act::Abort(AbortWhy::DonorWithdraws)));
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    let record = w.record.clone().unwrap();
    assert_eq!((record.attempts, w.p.binned(), record.din), (1, 1, None));
    assert!(record.first_kit.is_none() && record.bag_lot.is_some() && record.separation.is_some());
    assert_eq!(record.disposition, Disposition::NoUnit);
}

/// Procedure 4.7: an attempt that failed with blood in the pouch only may be followed by another; the record counts that
/// blood.
#[test]
fn blood_in_the_pouch_does_not_forbid_another_attempt() {
    let mut w = failed_at_the_pouch(Settings::default(), 12);
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    let record = w.record.clone().unwrap();
    assert_eq!((record.attempts, record.disposition), (2, Disposition::Collected));
    let first = record.first_attempt.unwrap().0;
    assert!((11_000..14_000).contains(&first), "{first} uL");
    assert!((record.volume.0 - 400_000).abs() < 2_000, "{:?}", record.volume);
    assert!(record.tubes.iter().all(|t| t.filled.is_some() && t.missing.is_none()));
}

/// Procedure 4.7, 4.9: what the first needle took was weighed when the donor consented: what becomes of its kit on the tray, before it
/// is sealed off and binned, changes nothing of that.
#[test]
fn what_a_first_needle_took_is_known_at_the_consent() {
    let mut w = failed_at_the_pouch(Settings::default(), 12);
    let taken = w.taken();
    w.must(&two(Act::SecondAttemptConsented));
    // The line is milked into the pouch that hangs on the tray.
    w.blood_mg += 6_000;
    w.run(Span::from_secs(20));
    assert_ne!(w.taken(), taken, "the tray shows something else by now");
    w.walk(|w| w.p.phase() == PhaseName::Label);
    (w.din, w.arm, w.blood_mg, w.clip_closed, w.plug_broken) = (SECOND_DIN, Arm::Right, 0, false, false);
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    let record = w.record.unwrap();
    assert_eq!(record.first_attempt, Some(taken));
}

/// Procedure 4.7: with blood in the bag, after an abort, and where nobody wants one, there is no second attempt.
#[test]
fn when_there_is_no_second_attempt() {
    let mut w = drawing(5);
    w.must(&act(Act::NeedleOut));
    w.until(2, |p| *p == Prompt::GuardNeedle);
    w.must(&act(Act::NeedleGuarded));
    assert_eq!(w.p.phase(), PhaseName::Seal);
    let mut w = at(&Prompt::FillPouch { by_word: false });
    w.must(&act(Act::Abort(AbortWhy::Reaction)));
    w.walk(|w| w.p.phase() == PhaseName::NeedleOut);
    w.must(&act(Act::NeedleGuarded));
    assert_eq!(w.p.phase(), PhaseName::Seal);
    let mut w = failed_at_the_pouch(Settings::default(), 3);
    w.must(&act(Act::Abort(AbortWhy::DonorWithdraws)));
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    assert_eq!(w.record.unwrap().attempts, 1);
}

/// Procedure 4.8: by default the old number is voided by two people, and the new kit carries another one.
#[test]
fn the_first_number_is_voided() {
    let mut w = failed_at_the_pouch(Settings::default(), 3);
    w.must(&two(Act::SecondAttemptConsented));
    assert!(w.commands.contains(&Command::VoidDin(World::din())));
    assert_eq!(w.p.view(w.now).din, None);
    w.walk(|w| w.p.phase() == PhaseName::Label);
    let old = w.send(&scanned(&format!("={DIN}08"), DinStanding::Voided));
    assert_eq!(old, Err(Refusal::DinVoided { din: World::din() }));
    w.must(&scanned(&format!("={SECOND_DIN}08"), DinStanding::Free));
    assert_eq!(w.p.view(w.now).din.unwrap().to_string(), SECOND_DIN);
}

/// Procedure 4.8: with `same` the number goes on: form and tubes keep their labels, the new bag is scanned with a spare one
/// of the same number, and nothing is voided. Two people all the same: they destroy the old bag's label.
#[test]
fn the_same_number_goes_on_when_no_blood_entered_the_first_bag() {
    let same = Settings { din_on_restick: DinOnRestick::Same, ..Settings::default() };
    let mut w = failed_at_the_pouch(same.clone(), 3);
    assert_eq!(w.send(&act(Act::SecondAttemptConsented)), Err(Refusal::SecondPersonNeeded));
    w.second_attempt();
    assert_eq!(w.p.prompt(), Prompt::Scan { wanted: ScanWanted::Bag, again: false });
    let other = w.send(&scanned(&format!("={SECOND_DIN}01"), DinStanding::Free));
    assert!(matches!(other, Err(Refusal::DinMismatch { .. })), "{other:?}");
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    let record = w.record.unwrap();
    assert_eq!((record.din, record.voided.len()), (Some(World::din()), 0));
    // A plug that was broken: blood may have entered the bag, and the number is another one.
    let mut w = at_with(same, &Prompt::BreakPlug);
    w.flow = 0;
    w.must(&act(Act::PlugBroken));
    w.must(&act(Act::EndDraw));
    w.run(Span::from_secs(5));
    w.walk(|w| w.p.prompt() == Prompt::SecondAttempt);
    w.must(&two(Act::SecondAttemptConsented));
    assert!(w.commands.contains(&Command::VoidDin(World::din())));
}

/// Procedure 4.9: what the first attempt took is taken off the target where both would be over the maximum.
#[test]
fn both_attempts_together_stay_under_the_maximum() {
    let limits = Limits { max_taken_ml: 440, ..Limits::default() };
    let mut w = failed_at_the_pouch(Settings { limits, ..Settings::default() }, 30);
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    let record = w.record.unwrap();
    let taken = record.first_attempt.unwrap() + record.pouch.unwrap() + record.volume;
    assert!(taken <= Microlitres::from_ml(442) && record.volume < Microlitres::from_ml(395), "{taken:?}");
    assert_eq!(record.disposition, Disposition::Collected);
}

/// Procedure 4.9: where not even a small bag would stay under the maximum nobody is stuck again.
#[test]
fn no_second_attempt_beyond_the_maximum() {
    let limits = Limits { max_taken_ml: 400, ..Limits::default() };
    let mut w = at_with(Settings { limits, ..Settings::default() }, &Prompt::FillPouch { by_word: false });
    w.run(Span::from_secs(30));
    w.must(&act(Act::VenipunctureFailed));
    w.walk(|w| {
        assert_ne!(w.p.prompt(), Prompt::SecondAttempt);
        w.p.phase() == PhaseName::Closed
    });
    assert_eq!(w.record.unwrap().attempts, 1);
}

/// Procedure 4.10: the needle is moved behind a closed clamp, in the pouch's time as in the bag's; it is no attempt.
#[test]
fn a_needle_moved_in_the_same_arm_is_a_pause() {
    let mut w = at(&Prompt::FillPouch { by_word: false });
    for filling in [true, false] {
        if !filling {
            w.walk(|w| w.p.view(w.now).volume.ml_rounded() >= 50);
        }
        w.must(&act(Act::Pause));
        w.until(2, |p| *p == Prompt::Paused);
        assert!(!w.clamp_open);
        w.must(&act(Act::Resume));
        w.until(5, |p| *p != Prompt::WaitClampOpen);
    }
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    let record = w.record.unwrap();
    assert_eq!((record.attempts, record.pauses.0), (1, 2));
}

/// Procedure 4.5, 4.6: nobody is stuck, nor asked whether to be, where no permit can fire any more.
#[test]
fn no_needle_is_asked_for_once_the_journal_has_failed() {
    let mut w = at(&Prompt::AskAgain);
    w.must(&Event::Shared(SharedFact::JournalFailed));
    assert_eq!(w.p.prompt(), Prompt::NoNeedle);
    assert_eq!(w.send(&act(Act::IdentityAskedAgain)), Err(Refusal::JournalFailed));
    for prompt in [
        Prompt::ConfirmIdentity,
        Prompt::Scan { wanted: ScanWanted::Bag, again: false },
        Prompt::PlaceBag,
        Prompt::InsertNeedle,
    ] {
        let mut w = at(&prompt);
        w.must(&Event::Shared(SharedFact::JournalFailed));
        assert_eq!(w.p.prompt(), Prompt::NoNeedle, "{prompt:?}");
        w.must(&act(Act::Abort(AbortWhy::DeviceFailed)));
        assert_eq!(w.p.prompt(), Prompt::ClearBed, "{prompt:?}");
    }
}

/// Procedure 4.6, 9.3: a needle that went in just before the journal failed can still be said to be in: it is walked out, guarded and
/// binned, and nothing closes as if there had been none.
#[test]
fn a_needle_that_went_in_as_the_journal_failed_is_walked_out() {
    let mut w = at(&Prompt::InsertNeedle);
    w.must(&Event::Shared(SharedFact::JournalFailed));
    assert_eq!(w.p.prompt(), Prompt::NoNeedle);
    assert!(w.p.view(w.now).needle_unsaid, "the screen asks for it");
    let said = w.send(&act(Act::NeedleIn));
    assert!(w.needle_said_in(), "{said:?}");
    assert_ne!(w.p.prompt(), Prompt::NoNeedle);
    w.must(&act(Act::Abort(AbortWhy::DeviceFailed)));
    assert_ne!(w.p.phase(), PhaseName::Closed);
    w.walk(|w| w.p.prompt() == Prompt::GuardNeedle);
}

/// Procedure 4.7: once records cannot be kept no donor is asked for a second needle, and no second kit is asked for: what there is of
/// the first is finished by hand.
#[test]
fn no_second_kit_is_asked_for_once_the_journal_has_failed() {
    let failed = Event::Shared(SharedFact::JournalFailed);
    let ends = |mut w: World| {
        w.walk(|w| {
            assert!(
                !matches!(w.p.prompt(), Prompt::SecondAttempt | Prompt::NoNeedle | Prompt::Scan { .. }),
                "{:?}",
                w.p.prompt()
            );
            w.p.phase() == PhaseName::Closed
        });
        let record = w.record.unwrap();
        assert_eq!((record.attempts, record.disposition), (1, Disposition::NoUnit));
        assert!(record.seal == Some(Confirmed::ByHand) && record.first_kit.is_none());
    };
    // Before the needle is guarded.
    let mut w = at(&Prompt::InsertNeedle);
    w.must(&act(Act::VenipunctureFailed));
    w.must(&failed);
    w.walk(|w| w.p.phase() == PhaseName::Seal);
    // When the donor is asked.
    let mut w = failed_at_the_pouch(Settings::default(), 3);
    w.must(&failed);
    assert_eq!(w.send(&two(Act::SecondAttemptConsented)), Err(Refusal::JournalFailed));
    w.run(Span::from_secs(1));
    assert_eq!(w.p.prompt(), Prompt::ByHand(HandStep::Sealed));
    // After the donor has consented.
    let mut w = failed_at_the_pouch(Settings::default(), 3);
    w.must(&two(Act::SecondAttemptConsented));
    w.must(&failed);
    ends(w);
    // When the second kit has been taken.
    let mut w = failed_at_the_pouch(Settings::default(), 3);
    w.second_attempt();
    w.must(&failed);
    assert_eq!(w.p.prompt(), Prompt::NoNeedle);
    w.must(&act(Act::Abort(AbortWhy::DeviceFailed)));
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    assert_eq!(w.record.unwrap().attempts, 1);
}

/// Procedure 8.1, 8.4: who says "needle out" where the needle is awaited had it in: guarded, cared for, sealed, separated, binned.
#[test]
fn a_needle_out_before_anybody_said_in_was_in() {
    let mut w = at(&Prompt::InsertNeedle);
    w.must(&anyone(Act::NeedleOut));
    assert_eq!((w.p.phase(), w.p.prompt()), (PhaseName::NeedleOut, Prompt::GuardNeedle));
    w.must(&act(Act::Abort(AbortWhy::Reaction)));
    assert_eq!(w.p.prompt(), Prompt::CareForDonor { why: AbortWhy::Reaction });
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    let record = w.record.clone().unwrap();
    assert!(record.needle_in.is_some() && record.needle_out.is_some());
    assert!(record.seal.is_some() && record.separation.is_some());
    assert_eq!((record.attempts, w.p.binned()), (1, 1));
    // Where none is awaited, or a restart came before the arm was chosen, there is none to come out.
    let mut w = at(&Prompt::PrepareArm);
    w.must(&anyone(Act::NeedleOut));
    assert_eq!(w.p.prompt(), Prompt::PrepareArm);
    w.restart(SOUND);
    w.must(&anyone(Act::NeedleOut));
    w.must(&act(Act::Resume));
    w.must(&anyone(Act::NeedleOut));
    assert_eq!(w.p.prompt(), Prompt::PlaceBag);
}

/// Procedure 8.4: ended before the second needle, the first kit walks its tail, the donor first; the new kit's number is voided.
#[test]
fn an_abort_before_the_second_needle_walks_the_tail_of_the_first_kit() {
    for same in [false, true] {
        for wanted in [PhaseName::Label, PhaseName::Prepare, PhaseName::Venipuncture] {
            let mut settings = Settings::default();
            if same {
                settings.din_on_restick = DinOnRestick::Same;
            }
            let mut w = failed_at_the_pouch(settings, 12);
            w.second_attempt();
            w.walk(|w| w.p.phase() == wanted);
            w.run(Span::from_secs(1));
            w.must(&act(Act::Abort(AbortWhy::Reaction)));
            assert_eq!(w.p.prompt(), Prompt::CareForDonor { why: AbortWhy::Reaction }, "{wanted:?}");
            assert!(!w.clamp_open && !w.mixer);
            w.walk(|w| w.p.phase() == PhaseName::Closed);
            let record = w.record.clone().unwrap();
            assert!(record.seal.is_some() && record.separation.is_some(), "{wanted:?}");
            assert_eq!((record.attempts, w.p.binned(), record.din), (1, 1, None));
            assert_eq!((record.disposition, record.first_attempt.is_some()), (Disposition::NoUnit, true));
            assert!(record.voided.contains(&World::din()));
            assert!(record.arm.is_some(), "{wanted:?}: the arm of the needle that was in");
        }
    }
}

/// Procedure 8.4: the donation of an abort does not close before the donor was cared for.
#[test]
fn nothing_closes_before_the_donor_was_cared_for() {
    let mut w = drawing(100);
    w.must(&act(Act::Abort(AbortWhy::LabelMismatch)));
    w.walk(|w| matches!(w.p.prompt(), Prompt::CareForDonor { .. }));
    // The tail is open to whoever has a hand free; its end is not.
    w.must(&act(Act::TourniquetReleased));
    w.must(&act(Act::NeedleOut));
    w.must(&act(Act::NeedleGuarded));
    w.run(Span::from_secs(1));
    w.must(&act(Act::Seal));
    w.run(Span::from_secs(3));
    w.must(&act(Act::Separate));
    w.run(Span::from_secs(3));
    w.must(&act(Act::NeedleBinned));
    w.must(&act(Act::SegmentsLater));
    assert_eq!(w.p.phase(), PhaseName::Reconcile);
    assert_eq!(w.send(&act(Act::AcceptDisposition)), Err(Refusal::NotNow));
    w.must(&act(Act::DonorCaredFor));
    w.must(&act(Act::AcceptDisposition));
}

/// Procedure 4.9: a pouch that nobody weighs counts for all it may hold, the second as the first.
#[test]
fn a_second_pouch_beside_the_tray_counts_for_all_it_may_hold() {
    for (max_taken_ml, may) in [(440, false), (460, true)] {
        let limits = Limits { max_taken_ml, ..Limits::default() };
        let settings = Settings { limits, pouch_on_tray: false, ..Settings::default() };
        let mut w = at_with(settings, &Prompt::FillPouch { by_word: true });
        w.must(&act(Act::VenipunctureFailed));
        w.run(Span::from_secs(6));
        w.walk(|w| matches!(w.p.phase(), PhaseName::Seal | PhaseName::Venipuncture));
        assert_eq!(w.p.prompt() == Prompt::SecondAttempt, may, "{max_taken_ml} mL");
        if may {
            w.walk(|w| w.p.phase() == PhaseName::Closed);
            assert_eq!(w.record.unwrap().disposition, Disposition::Collected);
        }
    }
}
