//! The tag of the bag: it contradicts labels, and never takes their place.

use crate::api::prompt::Prompt;
use crate::ident::TagUid;
use crate::procedure::alarm::AlarmCode;
use crate::procedure::event::{AbortWhy, Act, DinStanding, Event, ScanVia};
use crate::procedure::limits::Settings;
use crate::procedure::phase::PhaseName;
use crate::procedure::refusal::Refusal;
use crate::procedure::testing::{DIN, World, act, at, drawing, scanned};
use crate::record::Disposition;

const OTHER: &str = "A999926999999";

/// A tag with this number in it, or none.
fn tag(uid: u8, din: Option<&str>, standing: DinStanding) -> Event {
    let text = din.map_or_else(|| "unknown".to_owned(), |din| format!("={din}00"));
    let Event::Scan(mut scan) = scanned(&text, standing) else { panic!("a scan") };
    if din.is_none() {
        scan.standing.clear();
    }
    scan.via = ScanVia::Tag { uid: TagUid::new([0xe0, 4, 1, 0, 0, 0, 0, uid]).unwrap() };
    Event::Scan(scan)
}

fn place_bag() -> World {
    at(&Prompt::PlaceBag)
}

#[test]
fn a_tag_that_agrees_is_in_the_record_and_ticks_nothing_off() {
    let mut w = World::new();
    w.open();
    w.walk(|w| w.p.phase() == PhaseName::Label);
    let before = w.p.view(w.now).outstanding.len();
    w.must(&tag(1, Some(DIN), DinStanding::Free));
    assert_eq!(w.p.view(w.now).outstanding.len(), before);
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    assert_eq!(w.record.as_ref().unwrap().bag_tag, TagUid::new([0xe0, 4, 1, 0, 0, 0, 0, 1]).ok());
}

/// A label that is scanned after the tag has to be the tag's.
#[test]
fn a_label_of_another_number_than_the_tag_s_is_a_mismatch() {
    let mut w = World::new();
    w.open();
    w.walk(|w| w.p.phase() == PhaseName::Label);
    w.must(&tag(1, Some(OTHER), DinStanding::Free));
    let refused = w.send(&scanned(&format!("={DIN}08"), DinStanding::Free));
    assert!(matches!(refused, Err(Refusal::DinMismatch { expected, .. }) if expected.to_string() == OTHER));
    assert!(w.holds(AlarmCode::LabelMismatch));
    // Another bag is taken.
    w.must(&act(Act::BagRejected));
    w.must(&scanned(&format!("={DIN}08"), DinStanding::Free));
}

/// Procedure 3.6, 9.2: no needle while the tag of the bag is another number's.
#[test]
fn a_bag_whose_tag_disagrees_gets_no_needle_until_the_right_one_lies_there() {
    let mut w = place_bag();
    let refused = w.send(&tag(1, Some(OTHER), DinStanding::Free));
    assert!(matches!(refused, Err(Refusal::DinMismatch { .. })), "{refused:?}");
    assert!(w.holds(AlarmCode::LabelMismatch));
    assert_eq!(w.send(&act(Act::BagPlaced)), Err(Refusal::TagDisagrees));
    w.must(&tag(2, Some(DIN), DinStanding::ThisDonation));
    assert!(!w.holds(AlarmCode::LabelMismatch));
    w.must(&act(Act::BagPlaced));
}

/// Procedure 4.6, 9.2: another bag's tag in the place of the one that agreed opens nothing.
#[test]
fn another_tag_in_place_of_the_one_that_agreed_stops_the_needle() {
    let mut w = place_bag();
    w.must(&tag(1, None, DinStanding::Free));
    w.walk(|w| w.p.prompt() == Prompt::InsertNeedle);
    let refused = w.send(&tag(2, None, DinStanding::Free));
    assert!(matches!(refused, Err(Refusal::TagMismatch { .. })), "{refused:?}");
    assert_eq!(w.send(&act(Act::NeedleIn)), Err(Refusal::TagDisagrees));
}

#[test]
fn a_tag_of_another_bed_s_donation_names_that_bed() {
    let mut w = place_bag();
    let there = crate::ident::BedId::new(2).unwrap();
    let refused = w.send(&tag(1, Some(OTHER), DinStanding::OnBed(there)));
    assert!(matches!(refused, Err(Refusal::DinOnOtherBed { bed, .. }) if bed == there));
}

/// Procedure 3.6, 7.7: nor is the second scan at its end while the tag disagrees.
#[test]
fn a_bag_whose_tag_disagrees_does_not_leave_the_bed() {
    let mut w = at(&Prompt::AcceptDisposition);
    assert!(w.send(&tag(1, Some(OTHER), DinStanding::Free)).is_err());
    assert_eq!(w.send(&act(Act::AcceptDisposition)), Err(Refusal::TagDisagrees));
    w.must(&act(Act::Abort(AbortWhy::LabelMismatch)));
    w.walk(|w| w.p.phase() == PhaseName::Closed);
}

/// What ended a donation before stays its reason, and a label that cannot be put right does not hold its bed for ever.
#[test]
fn labels_are_given_up_of_a_donation_that_had_ended_before() {
    let mut w = drawing(100);
    w.must(&act(Act::Abort(AbortWhy::DonorWithdraws)));
    w.walk(|w| w.p.prompt() == Prompt::AcceptDisposition);
    assert!(w.send(&tag(1, Some(OTHER), DinStanding::Free)).is_err());
    assert_eq!(w.send(&act(Act::AcceptDisposition)), Err(Refusal::TagDisagrees));
    assert_eq!(w.send(&act(Act::Abort(AbortWhy::NoVein))), Err(Refusal::UnderWay));
    w.must(&act(Act::Abort(AbortWhy::LabelMismatch)));
    assert_eq!(w.send(&act(Act::Abort(AbortWhy::LabelMismatch))), Err(Refusal::UnderWay));
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    let record = w.record.unwrap();
    assert_eq!(record.abort, Some(AbortWhy::DonorWithdraws));
    assert_eq!(record.disposition, Disposition::Quarantined);
}

#[test]
fn a_tag_on_a_free_bed_is_nobody_s() {
    let mut w = World::new();
    w.must(&tag(1, Some(OTHER), DinStanding::Free));
    assert!(!w.holds(AlarmCode::LabelMismatch));
    w.open_with(Settings::default());
}
