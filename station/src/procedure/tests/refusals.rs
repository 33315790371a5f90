//! What is refused, with what words, and that nothing advances.

use crate::api::prompt::{Prompt, ScanWanted};
use crate::device::{DeviceKind, Fault, Reading};
use crate::ident::{BedId, Din, DonationId};
use crate::measure::Span;
use crate::procedure::alarm::AlarmCode;
use crate::procedure::eligibility::NotEligible;
use crate::procedure::event::{
    Act, ActingOperator, DinStanding, Eligibility, Event, PersonAct, Role, ScanVia, SharedFact,
};
use crate::procedure::limits::{Settings, TubesWhen};
use crate::procedure::phase::PhaseName;
use crate::procedure::refusal::Refusal;
use crate::procedure::testing::{DIN, World, act, opening, operator, reading, scanned};
use crate::shift::gates::NoStart;

const OTHER: &str = "A999926999999";

fn at(phase: PhaseName) -> World {
    let mut w = World::new();
    w.open();
    w.walk(|w| w.p.phase() == phase);
    w
}

fn refused(w: &mut World, event: &Event) -> Refusal {
    let (phase, prompt, din) = (w.p.phase(), w.p.prompt(), w.p.view(w.now).din);
    let refusal = w.send(event).expect_err("must be refused");
    assert_eq!((w.p.phase(), w.p.prompt(), w.p.view(w.now).din), (phase, prompt, din), "nothing advances");
    assert_eq!(w.p.view(w.now).refused, Some(refusal.clone()));
    refusal
}

fn alarm(w: &World, code: AlarmCode) -> bool {
    w.p.view(w.now).alarms.iter().any(|a| a.code == code)
}

#[test]
fn labels_that_do_not_agree_stop_the_step_and_name_both() {
    let mut w = at(PhaseName::Label);
    w.must(&scanned(&format!("={DIN}08"), DinStanding::Free));
    let other = Din::new(OTHER).unwrap();
    let r = refused(&mut w, &scanned(&format!("={OTHER}01"), DinStanding::Free));
    assert_eq!(r, Refusal::DinMismatch { expected: World::din(), found: other });
    assert!(alarm(&w, AlarmCode::LabelMismatch));
    let bed = BedId::new(2).unwrap();
    let r = refused(&mut w, &scanned(&format!("={OTHER}01"), DinStanding::OnBed(bed)));
    assert_eq!(r, Refusal::DinOnOtherBed { din: other, bed, here: BedId::new(1).unwrap() });
    // The right one goes on; the alarm stays until somebody acknowledges it.
    w.must(&scanned(&format!("={DIN}01"), DinStanding::ThisDonation));
    assert!(alarm(&w, AlarmCode::LabelMismatch));
    w.must(&act(Act::Acknowledge(AlarmCode::LabelMismatch)));
    assert!(!alarm(&w, AlarmCode::LabelMismatch));
}

#[test]
fn used_voided_and_foreign_numbers_are_refused() {
    let mut w = at(PhaseName::Label);
    let label = format!("={DIN}00");
    let din = World::din();
    for (standing, expected) in [
        (DinStanding::Used(DonationId(3)), Refusal::DinUsed { din, donation: DonationId(3) }),
        (DinStanding::Voided, Refusal::DinVoided { din }),
        (DinStanding::OtherDonor, Refusal::DinOfOtherDonor { din }),
    ] {
        assert_eq!(refused(&mut w, &scanned(&label, standing)), expected);
        assert!(alarm(&w, AlarmCode::LabelRefused));
    }
}

#[test]
fn a_code_of_another_kind_or_place_is_named() {
    let mut w = at(PhaseName::Label);
    let wrong = |found: &str| Refusal::WrongCode { wanted: ScanWanted::Form, found: found.to_owned() };
    assert_eq!(refused(&mut w, &scanned("=<E0001V00", DinStanding::Free)), wrong("product code"));
    assert_eq!(refused(&mut w, &scanned("HS-OP-1002", DinStanding::Free)), wrong("badge"));
    assert_eq!(refused(&mut w, &scanned("hello", DinStanding::Free)), wrong("unknown code"));
    w.must(&scanned(&format!("={DIN}08"), DinStanding::Free));
    assert_eq!(
        refused(&mut w, &scanned(&format!("={DIN}08"), DinStanding::ThisDonation)),
        Refusal::AlreadyScanned
    );
}

#[test]
fn a_tube_s_label_does_not_pass_for_a_bag() {
    let mut w = World::new();
    w.run(Span::from_secs(1));
    let settings = Settings { tubes_when: TubesWhen::Filling, ..Settings::default() };
    w.must(&Event::Opened(Box::new(opening(settings))));
    w.must(&act(Act::ConfirmIdentity));
    let r = refused(&mut w, &scanned(&format!("={DIN}07"), DinStanding::Free));
    assert!(matches!(r, Refusal::WrongLabelPlace { wanted: ScanWanted::Form, .. }), "{r:?}");
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    assert!(w.record.unwrap().tubes.iter().all(|t| t.filled.is_some()));
}

#[test]
fn an_expired_bag_is_never_taken() {
    let mut w = at(PhaseName::Label);
    let r = refused(&mut w, &scanned("=>026001", DinStanding::Free));
    assert_eq!(r, Refusal::Expired { expiry: "2026-01-01".to_owned(), today: "2026-05-27".to_owned() });
    let mut unknown = scanned("=>030001", DinStanding::Free);
    if let Event::Scan(scan) = &mut unknown {
        scan.today = None;
    }
    assert_eq!(refused(&mut w, &unknown), Refusal::ClockUntrusted);
}

#[test]
fn a_concatenated_code_counts_for_all_it_holds_or_for_nothing() {
    let mut w = at(PhaseName::Label);
    let expired = format!("={DIN}01=>026001");
    refused(&mut w, &scanned(&expired, DinStanding::Free));
    let good = format!("={DIN}01=>030001");
    w.must(&scanned(&good, DinStanding::Free));
    assert_eq!(w.p.view(w.now).din, Some(World::din()));
}

/// Procedure 4.6: what moves blood is asked for by the one who acts at this bed, in a role that may.
#[test]
fn nobody_and_the_wrong_people_get_no_permit() {
    let mut w = at(PhaseName::Prepare);
    let nobody = Event::Act(PersonAct { act: Act::BagPlaced, by: None, second: None });
    assert_eq!(refused(&mut w, &nobody), Refusal::NoOperator);
    let other = Event::Act(PersonAct { act: Act::BagPlaced, by: Some(operator("1002")), second: None });
    assert_eq!(refused(&mut w, &other), Refusal::NoOperator);
    w.must(&Event::Operator(Some(ActingOperator { id: operator("9"), role: Role::Engineer })));
    let engineer = Event::Act(PersonAct { act: Act::BagPlaced, by: Some(operator("9")), second: None });
    assert_eq!(refused(&mut w, &engineer), Refusal::RoleForbids(Role::Engineer));
}

/// Procedure 4.8, 9.3: the second person is another one, for an act and for a typed label.
#[test]
fn a_second_person_is_another_person() {
    let mut w = at(PhaseName::Venipuncture);
    w.must(&act(Act::VenipunctureFailed));
    w.walk(|w| w.p.prompt() == Prompt::SecondAttempt);
    assert_eq!(refused(&mut w, &act(Act::SecondAttemptConsented)), Refusal::SecondPersonNeeded);
    let by = |second: &str| {
        Event::Act(PersonAct {
            act: Act::SecondAttemptConsented,
            by: Some(operator("1001")),
            second: Some(operator(second)),
        })
    };
    assert_eq!(refused(&mut w, &by("1001")), Refusal::SamePerson);
    w.must(&by("1002"));
    assert_eq!(w.p.view(w.now).din, None);
    w.walk(|w| w.p.phase() == PhaseName::Label);
    let mut typed = scanned(&format!("={OTHER}08"), DinStanding::Free);
    if let Event::Scan(scan) = &mut typed {
        scan.via = ScanVia::Typed { by: operator("1001"), second: operator("1001") };
    }
    assert_eq!(refused(&mut w, &typed), Refusal::SamePerson);
}

/// Procedure 4.1, 4.2: no bag is tared on devices that are not there, nor a tray without a bag.
#[test]
fn devices_and_weights_that_are_not_right_stop_the_preparation() {
    let mut w = at(PhaseName::Prepare);
    w.must(&reading(DeviceKind::Mixer, Reading::Faulted(Fault::LinkLost)));
    assert_eq!(refused(&mut w, &act(Act::BagPlaced)), Refusal::DeviceNotReady(DeviceKind::Mixer));
    w.must(&reading(DeviceKind::Mixer, Reading::Online { serial: None }));
    w.take_bag_away();
    w.run(Span::from_secs(1));
    let r = refused(&mut w, &act(Act::BagPlaced));
    assert!(matches!(r, Refusal::WeightNotABag { found_g: 0, min_g: 20, max_g: 600 }), "{r:?}");
}

/// Procedure 1.5, 1.7: no donation begins while records cannot be kept, the time is not trusted, a gate of the shift is closed or the
/// emergency stop holds; the bed says which.
#[test]
fn no_donation_begins_at_a_station_that_is_not_ready() {
    let disk = NoStart::DiskFull;
    for (fact, why) in [
        (Event::Shared(SharedFact::JournalFailed), Refusal::JournalFailed),
        (Event::Shared(SharedFact::ClockTrusted(false)), Refusal::ClockUntrusted),
        (Event::Shared(SharedFact::NoStart(Some(disk))), Refusal::NoStart(disk)),
        (Event::Act(PersonAct { act: Act::EmergencyStop, by: None, second: None }), Refusal::EmergencyStop),
    ] {
        let mut w = World::new();
        w.must(&fact);
        assert_eq!(refused(&mut w, &Event::Opened(Box::new(opening(Settings::default())))), why);
        assert!(w.p.is_idle());
    }
}

/// Procedure 1.5, 2.5, 2.7: programmes that are not offered, lists too old, numbers out of their bounds and an untrusted clock begin nothing.
#[test]
fn openings_that_must_not_begin() {
    let mut w = World::new();
    let mut o = opening(Settings::default());
    o.programme_ml = 450;
    assert_eq!(w.send(&Event::Opened(Box::new(o.clone()))), Err(Refusal::NoSuchProgramme(450)));
    o = opening(Settings::default());
    o.donor.eligibility = Eligibility::Cached { age_h: 25 };
    let too_old = Refusal::Ineligible(NotEligible::ListTooOld { age_h: 25, max_h: 24 });
    assert_eq!(w.send(&Event::Opened(Box::new(o.clone()))), Err(too_old));
    o = opening(Settings::default());
    o.settings.limits.pouch_ml = 99;
    assert!(matches!(w.send(&Event::Opened(Box::new(o))), Err(Refusal::BadSetting { found: 99, .. })));
    w.must(&Event::Shared(SharedFact::ClockTrusted(false)));
    let good = Event::Opened(Box::new(opening(Settings::default())));
    assert_eq!(w.send(&good), Err(Refusal::ClockUntrusted));
    w.must(&Event::Shared(SharedFact::ClockTrusted(true)));
    w.must(&good);
    assert_eq!(w.send(&good), Err(Refusal::BedOccupied(DonationId(7))));
}
