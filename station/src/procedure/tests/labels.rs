//! Label: what ticks off what, in which order, and what is never taken.

use crate::api::prompt::{Prompt, ScanWanted};
use crate::device::Actuation;
use crate::ident::{BedId, Din, DonationId, OperatorId};
use crate::measure::Span;
use crate::procedure::alarm::AlarmCode;
use crate::procedure::event::{Act, DinStanding, Event, MissingWhy, Scan, ScanVia};
use crate::procedure::limits::{FormKind, LabelItem, Settings, TubesWhen};
use crate::procedure::phase::PhaseName;
use crate::procedure::refusal::Refusal;
use crate::procedure::testing::{DIN, World, act, at, drawing, opening, scanned};
use crate::record::TypedLabel;
use crate::shift::ShiftRefusal;
use crate::shift::lots::LotKind;

const OTHER: &str = "A999926999999";

/// At the labels, with these settings.
fn at_labels(settings: Settings) -> World {
    let mut w = World::new();
    w.run(Span::from_secs(1));
    w.must(&Event::Opened(Box::new(opening(settings))));
    w.must(&act(Act::ConfirmIdentity));
    assert_eq!(w.p.phase(), PhaseName::Label);
    w
}

/// Procedure 1.8: a bag of a recalled lot, or of one that is not released, is refused at the bed, whatever package is open.
#[test]
fn a_bag_of_a_lot_that_the_site_does_not_use_is_refused() {
    let number = crate::ident::LotNumber::new("1234").unwrap();
    for refusal in [
        ShiftRefusal::LotRecalled { kind: LotKind::Kit, lot: number.clone() },
        ShiftRefusal::LotNotReleased { kind: LotKind::Kit, lot: number },
    ] {
        let mut w = at_labels(Settings { scan_bag_lot: true, ..Settings::default() });
        let before = outstanding(&w);
        let Event::Scan(scan) = free("&)0000001234") else { unreachable!("a scan") };
        let recalled = Event::Scan(Scan { lot: Some(refusal.clone()), ..scan.clone() });
        assert_eq!(w.send(&recalled), Err(Refusal::Shift(refusal)));
        assert!(w.holds(AlarmCode::LabelRefused));
        assert_eq!(outstanding(&w), before);
        w.must(&Event::Scan(scan));
    }
}

fn free(text: &str) -> Event {
    scanned(text, DinStanding::Free)
}

fn outstanding(w: &World) -> Vec<ScanWanted> {
    w.p.view(w.now).outstanding.into_iter().map(|o| o.wanted).collect()
}

fn items(containers: &[Option<u8>]) -> Vec<LabelItem> {
    let item = |(n, container): (usize, &Option<u8>)| LabelItem {
        name: format!("item {}", n + 1),
        container: *container,
    };
    containers.iter().enumerate().map(item).collect()
}

/// Procedure 3.1, 3.2: backwards is as good as forwards, and the screen lists what is left.
#[test]
fn any_order_ticks_off_and_what_is_left_is_listed() {
    let mut w = at_labels(Settings::default());
    let all = [
        ScanWanted::Form,
        ScanWanted::Bag,
        ScanWanted::BagCatalog,
        ScanWanted::BagLot,
        ScanWanted::BagExpiry,
        ScanWanted::Tube(1),
        ScanWanted::Tube(2),
    ];
    assert_eq!(outstanding(&w), all);
    w.must(&act(Act::BagLooked));
    for (text, left) in [
        (format!("={DIN}07"), 6),
        ("=>030001".to_owned(), 5),
        ("&)0000LOT123".to_owned(), 4),
        (format!("={DIN}01"), 3),
        ("=)1FE1234567".to_owned(), 2),
        (format!("={DIN}07"), 1),
    ] {
        w.run(Span::from_secs(3));
        w.must(&free(&text));
        assert_eq!(outstanding(&w).len(), left, "{text}");
    }
    assert_eq!(w.p.prompt(), Prompt::Scan { wanted: ScanWanted::Form, again: false });
    w.must(&free(&format!("={DIN}08")));
    assert_eq!(w.p.phase(), PhaseName::Prepare);
}

/// Procedure 3.2, 7.7: the site's further items are asked for now and again at the end, each by its own container's flag; tubes now
/// or at filling.
#[test]
fn transfer_bags_and_tubing_are_scanned_twice() {
    let label_items = items(&[Some(2), Some(3)]);
    let settings = Settings { label_items, tubes_when: TubesWhen::Filling, ..Settings::default() };
    let mut w = at_labels(settings);
    assert!(
        outstanding(&w).contains(&ScanWanted::Item(2)) && !outstanding(&w).contains(&ScanWanted::Tube(1))
    );
    for flag in ["08", "01"] {
        w.must(&free(&format!("={DIN}{flag}")));
    }
    let fourth = w.send(&free(&format!("={DIN}04"))).unwrap_err();
    assert!(matches!(fourth, Refusal::WrongLabelPlace { .. }), "no item is container 4: {fourth:?}");
    w.must(&free(&format!("={DIN}02")));
    assert_eq!(w.send(&free(&format!("={DIN}02"))), Err(Refusal::AlreadyScanned));
    assert!(!outstanding(&w).contains(&ScanWanted::Item(1)));
    w.must(&free(&format!("={DIN}00")));
    assert!(!outstanding(&w).contains(&ScanWanted::Item(2)), "a label without a flag fits every item");
    w.walk(|w| w.p.phase() == PhaseName::Reconcile);
    let again = outstanding(&w);
    assert!(again.contains(&ScanWanted::Item(1)) && again.contains(&ScanWanted::Item(2)), "{again:?}");
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    assert!(w.record.unwrap().reconciled);
}

/// Procedure 3.2: an electronic form has no label where it has bound a DIN; where it has not, its code is scanned.
#[test]
fn an_electronic_form_is_what_bound_the_din() {
    let settings = Settings { form: FormKind::Electronic, ..Settings::default() };
    for bound in [true, false] {
        let mut o = opening(settings.clone());
        o.donor.bound_din = bound.then(World::din);
        let mut w = World::new();
        w.run(Span::from_secs(1));
        w.must(&Event::Opened(Box::new(o)));
        w.must(&act(Act::ConfirmIdentity));
        assert_eq!(outstanding(&w).contains(&ScanWanted::Form), !bound);
        // Nor is one asked for because another number was read.
        w.walk(|w| w.p.prompt() == Prompt::LookAtBag);
        assert!(w.send(&free(&format!("={OTHER}00"))).is_err());
        let asked = if bound { ScanWanted::Bag } else { ScanWanted::Form };
        assert_eq!(w.p.prompt(), Prompt::Scan { wanted: asked, again: true });
    }
}

/// Procedure 3.3: one symbol with number, group, product and expiry, and two symbols sent as one, count for all they hold.
#[test]
fn compound_and_concatenated_symbols_count_for_all_they_hold() {
    let mut w = at_labels(Settings::default());
    // Message 023: number, blood group, product code, expiry.
    w.must(&free(&format!("=+04000={DIN}08=%6200=<E0001V00=>030001")));
    w.must(&free(&format!("={DIN}01=)1FE1234567&)0000LOT123")));
    assert_eq!(outstanding(&w), [ScanWanted::Tube(1), ScanWanted::Tube(2)]);
    // Half of one symbol being wrong, nothing of it counts.
    let before = outstanding(&w);
    let half = w.send(&free(&format!("={DIN}07={OTHER}07"))).unwrap_err();
    assert!(matches!(half, Refusal::DinMismatch { .. }), "{half:?}");
    assert_eq!(outstanding(&w), before);
}

/// Procedure 3.4: the DIN that the worklist bound is the only one.
#[test]
fn a_bound_din_is_the_only_one() {
    let mut o = opening(Settings::default());
    o.donor.bound_din = Some(World::din());
    let mut w = World::new();
    w.run(Span::from_secs(1));
    w.must(&Event::Opened(Box::new(o)));
    w.must(&act(Act::ConfirmIdentity));
    let found = Din::new(OTHER).unwrap();
    let refused = w.send(&free(&format!("={OTHER}08")));
    assert_eq!(refused, Err(Refusal::DinMismatch { expected: World::din(), found }));
    w.must(&scanned(&format!("={DIN}08"), DinStanding::ThisDonation));
}

/// Procedure 3.5, 3.7: used, voided, promised to somebody else, or lying on another bed: each is refused by its own name, the
/// alarm stands, and nothing is ticked off.
#[test]
fn a_number_that_is_not_this_donor_s_is_refused_by_name() {
    let (din, there) = (World::din(), BedId::new(2).unwrap());
    let here = BedId::new(1).unwrap();
    for (standing, refusal, alarm) in [
        (
            DinStanding::Used(DonationId(3)),
            Refusal::DinUsed { din, donation: DonationId(3) },
            AlarmCode::LabelRefused,
        ),
        (DinStanding::Voided, Refusal::DinVoided { din }, AlarmCode::LabelRefused),
        (DinStanding::OtherDonor, Refusal::DinOfOtherDonor { din }, AlarmCode::LabelRefused),
        (
            DinStanding::OnBed(there),
            Refusal::DinOnOtherBed { din, bed: there, here },
            AlarmCode::LabelMismatch,
        ),
    ] {
        let mut w = at_labels(Settings::default());
        let before = outstanding(&w);
        assert_eq!(w.send(&scanned(&format!("={DIN}08"), standing)), Err(refusal));
        let view = w.p.view(w.now);
        assert!(view.alarms.iter().any(|a| a.code == alarm && a.holds), "{:?}", view.alarms);
        assert_eq!((outstanding(&w), view.din), (before, None));
    }
}

/// Procedure 3.6: what is told of a wrong label ends with the right one in its place, or with the bag that carries it; no other scan,
/// right as it may be, is an answer.
#[test]
fn only_the_right_label_in_its_place_answers_a_wrong_one() {
    let mut w = at_labels(Settings::default());
    let holds = |w: &World| (w.holds(AlarmCode::LabelMismatch), w.holds(AlarmCode::LabelRefused));
    w.must(&free(&format!("={DIN}08")));
    assert!(w.send(&free(&format!("={OTHER}01"))).is_err());
    assert!(w.send(&free("&>0250592359")).is_err());
    assert_eq!(holds(&w), (true, true));
    w.must(&free("=)1FE1234567"));
    w.must(&free("&)0000LOT123"));
    w.must(&free(&format!("={DIN}07")));
    w.run(Span::from_secs(3));
    assert_eq!(w.send(&free(&format!("={DIN}08"))), Err(Refusal::AlreadyScanned));
    assert_eq!(holds(&w), (true, true), "the wrong bag still lies there");
    let mut other_bag = w.clone();
    w.must(&free(&format!("={DIN}01")));
    assert_eq!(holds(&w), (false, true));
    w.must(&free("=>030001"));
    assert_eq!(holds(&w), (false, false));
    // Once more a wrong one: the right bag is ticked off, and seen again.
    assert!(w.send(&free(&format!("={OTHER}01"))).is_err());
    w.run(Span::from_secs(3));
    w.must(&free(&format!("={DIN}01")));
    assert_eq!(holds(&w), (false, false));
    w.run(Span::from_secs(3));
    assert_eq!(w.send(&free(&format!("={DIN}01"))), Err(Refusal::AlreadyScanned));
    other_bag.must(&act(Act::BagRejected));
    assert_eq!(holds(&other_bag), (false, false), "the bag is gone");
}

/// Procedure 3.6, 9.2: a wrong label stops the step: everything right that is scanned besides leads to no needle and closes no
/// donation before the right one was seen in its place, which is asked for.
#[test]
fn nothing_goes_on_beside_a_wrong_label() {
    let again = |wanted| Prompt::Scan { wanted, again: true };
    let mut w = at(&Prompt::LookAtBag);
    for wrong in [format!("={OTHER}01"), "&>0250592359".to_owned()] {
        assert!(w.send(&free(&wrong)).is_err());
    }
    assert_eq!(w.p.prompt(), again(ScanWanted::Bag));
    w.must(&act(Act::BagLooked));
    assert_eq!((w.p.phase(), w.p.prompt()), (PhaseName::Label, again(ScanWanted::Bag)));
    assert_eq!(w.p.view(w.now).outstanding[0].wanted, ScanWanted::Bag);
    let mut other_bag = w.clone();
    w.must(&free(&format!("={DIN}01")));
    assert_eq!((w.p.phase(), w.p.prompt()), (PhaseName::Label, again(ScanWanted::BagExpiry)));
    w.must(&free("=>030001"));
    assert_eq!(w.p.phase(), PhaseName::Prepare, "answered, and the bag was looked at");
    other_bag.must(&act(Act::BagRejected));
    assert_eq!(other_bag.p.prompt(), Prompt::Scan { wanted: ScanWanted::Bag, again: false });

    let mut w = at(&Prompt::AcceptDisposition);
    assert!(w.send(&free(&format!("={OTHER}07"))).is_err());
    assert_eq!((w.p.prompt(), w.p.view(w.now).disposition), (again(ScanWanted::Tube(1)), None));
    assert_eq!(w.send(&act(Act::AcceptDisposition)), Err(Refusal::NotNow));
    w.run(Span::from_secs(3));
    w.must(&free(&format!("={DIN}07")));
    w.must(&act(Act::AcceptDisposition));
    // Read so soon after that it counts as one read: seen all the same.
    let mut w = at(&Prompt::LookAtBag);
    w.must(&act(Act::BagRejected));
    w.walk(|w| w.p.prompt() == Prompt::LookAtBag);
    w.run(Span::from_secs(3));
    let bag = free(&format!("={DIN}01"));
    assert_eq!(w.send(&bag), Err(Refusal::AlreadyScanned));
    assert!(w.send(&free(&format!("={OTHER}01"))).is_err());
    w.must(&act(Act::BagLooked));
    let soon = w.send(&bag);
    assert!(soon.is_ok() || w.p.prompt() == Prompt::LookAtBag, "{soon:?}");
    w.walk(|w| w.p.phase() == PhaseName::Prepare);
}

/// Procedure 3.6, 3.7: a label of another bed or another donation is told wherever it is scanned, asked for or not, and answered there by the
/// bag's own; before that no donation leads to a needle, whatever is proved and said besides.
#[test]
fn a_wrong_label_is_told_in_every_phase_and_leads_to_no_needle() {
    let there = BedId::new(2).unwrap();
    let mut w = World::new();
    w.run(Span::from_secs(1));
    w.must(&Event::Opened(Box::new(opening(Settings::default()))));
    let mut seen = Vec::new();
    while w.p.phase() != PhaseName::Closed {
        let phase = w.p.phase();
        if seen.last() != Some(&phase) {
            seen.push(phase);
            let mut other = w.clone();
            let wrong = other.send(&scanned(&format!("={OTHER}01"), DinStanding::OnBed(there)));
            let found = Din::new(OTHER).unwrap();
            let here = BedId::new(1).unwrap();
            assert_eq!(wrong, Err(Refusal::DinOnOtherBed { din: found, bed: there, here }), "in {phase:?}");
            assert!(other.holds(AlarmCode::LabelMismatch), "in {phase:?}");
            if w.p.view(w.now).din.is_some() {
                assert!(w.clone().send(&free(&format!("={OTHER}01"))).is_err(), "in {phase:?}");
                other.run(Span::from_secs(3));
                let _answered = other.send(&scanned(&format!("={DIN}01"), DinStanding::ThisDonation));
                assert!(!other.holds(AlarmCode::LabelMismatch), "in {phase:?}");
            }
        }
        if !w.answer() {
            w.run(Span::from_secs(1));
        }
        w.run(Span::from_millis(300));
    }
    assert_eq!(seen.len(), 12, "{seen:?}");
    let wanted = Prompt::Scan { wanted: ScanWanted::Bag, again: true };
    for (prompt, word) in [
        (Prompt::PlaceBag, Act::BagPlaced),
        (Prompt::AskAgain, Act::IdentityAskedAgain),
        (Prompt::InsertNeedle, Act::NeedleIn),
    ] {
        let mut w = at(&prompt);
        assert!(w.send(&free(&format!("={OTHER}01"))).is_err());
        assert_eq!((w.p.prompt(), w.p.view(w.now).outstanding[0].wanted), (wanted.clone(), ScanWanted::Bag));
        let fired = w.fired.len();
        let needle = word == Act::NeedleIn;
        assert_eq!(w.p.view(w.now).needle_unsaid, needle);
        let taken = if needle { Ok(()) } else { Err(Refusal::NotNow) };
        assert_eq!(w.send(&act(word.clone())), taken, "{word:?}: a needle that is in is in");
        assert_eq!((w.p.view(w.now).needle_in, w.p.view(w.now).needle_unsaid), (needle, false));
        w.run(Span::from_secs(5));
        assert!(!w.fired.get(fired..).unwrap_or_default().contains(&Actuation::ClampOpen), "{word:?}");
        let mut another = w.clone();
        w.must(&scanned(&format!("={DIN}01"), DinStanding::ThisDonation));
        w.walk(|w| w.p.phase() == PhaseName::Divert);
        if !needle {
            another.must(&act(Act::BagRejected));
            assert_eq!(another.p.prompt(), Prompt::Scan { wanted: ScanWanted::Bag, again: false });
        }
    }
}

/// Procedure 3.6: a wrong label in mid-draw is answered there by the bag's own, and one that comes while the alarm is known
/// already is told anew.
#[test]
fn a_wrong_label_in_the_draw_is_answered_in_the_draw_and_another_one_told_anew() {
    let mut w = drawing(100);
    let state = |w: &World| {
        let alarms = w.p.view(w.now).alarms;
        alarms.iter().find(|a| a.code == AlarmCode::LabelMismatch).map(|a| (a.holds, a.acknowledged))
    };
    assert!(w.send(&free(&format!("={OTHER}01"))).is_err());
    assert_eq!(state(&w), Some((true, false)));
    w.must(&act(Act::Acknowledge(AlarmCode::LabelMismatch)));
    assert_eq!(state(&w), Some((true, true)));
    w.run(Span::from_secs(3));
    assert!(w.send(&free(&format!("={OTHER}08"))).is_err());
    assert_eq!(state(&w), Some((true, false)), "another wrong one is told anew");
    for flag in ["01", "08"] {
        w.run(Span::from_secs(3));
        assert!(w.send(&free(&format!("={DIN}{flag}"))).is_err(), "nobody asked for it");
    }
    assert_eq!(state(&w), Some((false, false)), "both are answered");
    w.must(&act(Act::Acknowledge(AlarmCode::LabelMismatch)));
    assert!(w.send(&free("&>0250592359")).is_err(), "an old bag");
    assert!(w.holds(AlarmCode::LabelRefused));
    assert!(w.send(&free("=>030001")).is_err(), "nobody asked for it");
    assert!(!w.holds(AlarmCode::LabelRefused), "the bag's own last day answers");
}

/// Procedure 3.6: a refused lot or last day is answered by the bag's own label alone: neither by another box's nor by that of a container
/// that hangs on it, whose own answers for it in turn.
#[test]
fn a_refused_lot_or_last_day_is_answered_by_its_own_label_alone() {
    let again = |wanted| Prompt::Scan { wanted, again: true };
    let mut w = at_labels(Settings { label_items: items(&[Some(2)]), ..Settings::default() });
    w.walk(|w| w.p.prompt() == Prompt::LookAtBag);
    let Event::Scan(mut recalled) = free("&)0000LOT999") else { unreachable!("a scan") };
    let lot = crate::ident::LotNumber::new("LOT999").unwrap();
    recalled.lot = Some(ShiftRefusal::LotRecalled { kind: LotKind::Kit, lot });
    assert!(w.send(&Event::Scan(recalled)).is_err() && w.holds(AlarmCode::LabelRefused));
    assert!(w.send(&free("&>0250592359")).is_err());
    assert_eq!(w.p.prompt(), again(ScanWanted::BagLot));
    for other in ["&)0000LOT456".to_owned(), format!("={DIN}02&)0000LOT123")] {
        w.run(Span::from_secs(3));
        assert!(w.send(&free(&other)).is_err(), "{other}");
        assert_eq!(w.p.prompt(), again(ScanWanted::BagLot), "{other}");
    }
    w.must(&free("&)0000LOT123"));
    assert_eq!(w.p.prompt(), again(ScanWanted::BagExpiry));
    assert!(w.send(&free("=>031001")).is_err(), "another bag's");
    w.must(&free("=>030001"));
    assert!(!w.holds(AlarmCode::LabelRefused));
    w.run(Span::from_secs(3));
    let past = w.send(&free(&format!("={DIN}02&>0250592359"))).unwrap_err();
    assert!(matches!(past, Refusal::Expired { .. }), "{past:?}");
    assert_eq!(w.p.prompt(), again(ScanWanted::Item(1)));
    assert!(w.send(&free("=>030001")).is_err(), "the bag's says nothing of what hangs on it");
    w.must(&free(&format!("={DIN}02=>030001")));
    assert_eq!(w.p.prompt(), Prompt::LookAtBag);
}

/// Procedure 3.6: a wrong tube is asked for again as the tube that it was, and no more once that tube is missing.
#[test]
fn a_wrong_tube_is_asked_for_by_its_own_number() {
    let again = |wanted| Prompt::Scan { wanted, again: true };
    let wrong = free(&format!("={OTHER}07"));
    let mut w = at(&Prompt::FillTube { tube: 2, inversions: 8, needle_stays: false });
    assert!(w.send(&wrong).is_err());
    let mut broken = w.clone();
    w.walk(|w| w.p.prompt() == again(ScanWanted::Tube(2)));
    assert!(w.holds(AlarmCode::LabelMismatch), "the first tube says nothing of the second");
    w.walk(|w| w.p.prompt() == Prompt::AcceptDisposition);
    assert!(!w.holds(AlarmCode::LabelMismatch));
    broken.must(&act(Act::TubeMissing { tube: 2, why: MissingWhy::Damaged }));
    assert!(!broken.holds(AlarmCode::LabelMismatch), "it is given up, and its label with it");
    w.must(&act(Act::TubeMissing { tube: 1, why: MissingWhy::Damaged }));
    assert!(w.send(&wrong).is_err());
    assert_eq!(w.p.prompt(), again(ScanWanted::Tube(2)), "the first is not there");
    w.run(Span::from_secs(3));
    w.must(&free(&format!("={DIN}07")));
    assert_eq!(w.p.prompt(), Prompt::AcceptDisposition);
}

/// Procedure 3.6: the bed cannot be cleared, nor the next donor be opened, before everything was scanned again.
#[test]
fn nothing_leaves_the_bed_before_the_second_scan() {
    let mut w = at_labels(Settings::default());
    let seen = std::cell::RefCell::new(Vec::new());
    w.walk(|w| {
        let mut copy = w.clone();
        let phase = copy.p.phase();
        if phase != PhaseName::Closed {
            assert!(copy.send(&act(Act::BedCleared)).is_err(), "cleared in {phase:?}");
            let next = Event::Opened(Box::new(opening(Settings::default())));
            assert_eq!(copy.send(&next), Err(Refusal::BedOccupied(DonationId(7))));
        }
        seen.borrow_mut().push(phase);
        phase == PhaseName::Closed
    });
    assert!(seen.borrow().contains(&PhaseName::Reconcile));
    assert!(w.record.as_ref().unwrap().reconciled);
    w.must(&act(Act::BedCleared));
}

/// Procedure 3.9: that the bag was looked at is said; a bad one is given up with all that was scanned of it.
#[test]
fn the_bag_is_looked_at_and_a_bad_one_is_given_up() {
    let mut w = at_labels(Settings::default());
    w.walk(|w| w.p.prompt() == Prompt::LookAtBag);
    w.run(Span::from_secs(30));
    assert_eq!((w.p.phase(), w.p.prompt()), (PhaseName::Label, Prompt::LookAtBag), "nobody goes on for her");
    w.must(&act(Act::BagRejected));
    assert_eq!(w.p.prompt(), Prompt::Scan { wanted: ScanWanted::Bag, again: false });
    assert!(outstanding(&w).contains(&ScanWanted::BagLot) && !outstanding(&w).contains(&ScanWanted::Form));
    let expired = w.send(&free("&>0250592359")).unwrap_err();
    assert!(matches!(expired, Refusal::Expired { .. }), "{expired:?}");
    w.walk(|w| w.p.prompt() == Prompt::LookAtBag);
    w.must(&act(Act::BagLooked));
    assert_eq!(w.p.phase(), PhaseName::Prepare);
}

/// Procedure 3.9, 6.9: a bag given up on the tray or at the arm leaves nothing of itself behind: the next one is scanned whole, on a tray that
/// stands.
#[test]
fn a_bag_given_up_at_the_tray_is_scanned_anew() {
    for prompt in [Prompt::PlaceBag, Prompt::PrepareArm, Prompt::InsertNeedle] {
        let mut w = at(&prompt);
        w.must(&act(Act::BagRejected));
        assert_eq!((w.p.phase(), w.mixer), (PhaseName::Label, false), "at {prompt:?}");
        let bag = [ScanWanted::Bag, ScanWanted::BagCatalog, ScanWanted::BagLot, ScanWanted::BagExpiry];
        assert_eq!(outstanding(&w), bag, "at {prompt:?}");
    }
}

/// Procedure 3.9, 9.2: a bag is good through its last day, of which an hour that is printed may be over; two people make no expired one
/// good.
#[test]
fn a_bag_is_good_through_its_last_day() {
    let mut w = at_labels(Settings::default());
    // TODAY is the 147th of 2026.
    let past = w.send(&free("=>026146")).unwrap_err();
    assert!(matches!(past, Refusal::Expired { .. }), "{past:?}");
    let by_noon = w.send(&free("&>0261471200")).unwrap_err();
    assert!(matches!(by_noon, Refusal::Expired { .. }), "only the day is known: {by_noon:?}");
    let Event::Scan(mut typed) = free("=>026146") else { unreachable!("a scan") };
    let id = |text: &str| OperatorId::new(text).unwrap();
    typed.via = ScanVia::Typed { by: id("1001"), second: id("1002") };
    assert!(matches!(w.send(&Event::Scan(typed)), Err(Refusal::Expired { .. })));
    w.must(&free("=>026147"));
}

/// Procedure 3.11: a typed label needs another person, and the record says which field it was; what was typed of a bag that is given up
/// is only counted.
#[test]
fn a_typed_label_is_marked_in_the_record() {
    let mut w = at_labels(Settings::default());
    let typed = |text: &str, by: &str, second: &str| {
        let Event::Scan(mut scan) = free(text) else { unreachable!("a scan") };
        let id = |text: &str| OperatorId::new(text).unwrap();
        scan.via = ScanVia::Typed { by: id(by), second: id(second) };
        Event::Scan(scan)
    };
    let din = format!("={DIN}00");
    assert_eq!(w.send(&typed(&din, "1001", "1001")), Err(Refusal::SamePerson));
    w.must(&typed(&din, "1001", "1002"));
    w.must(&typed("&)0000LOT000", "1001", "1002"));
    w.must(&act(Act::BagRejected));
    w.run(Span::from_secs(3));
    w.must(&typed(&format!("={DIN}01"), "1001", "1002"));
    w.walk(|w| w.p.phase() == PhaseName::Reconcile);
    w.run(Span::from_secs(3));
    w.must(&typed(&din, "1001", "1002"));
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    let record = w.record.unwrap();
    let field = |label, again| TypedLabel { label, again };
    let fields = [(ScanWanted::Form, false), (ScanWanted::Bag, false), (ScanWanted::Form, true)];
    assert_eq!((record.typed_labels, record.typed), (4, fields.map(|(l, again)| field(l, again)).to_vec()));
    assert!(record.operators.iter().any(|o| o.as_str() == "1002"));
}
