//! A scanner that is lent: whose words its codes are, and of which bed its labels.

use super::*;
use station::ident::Din;

#[test]
fn a_stop_at_a_lent_scanner_stops_its_own_bed_too() {
    for code in [CommandCode::Pause, CommandCode::Clamp, CommandCode::NeedleOut, CommandCode::Help] {
        let mut rig = opened_rig();
        barcode(&mut rig, 10, "HS-BED-2");
        rig.heard.lock().unwrap().clear();
        barcode(&mut rig, 11, &code.barcode());
        let heard = rig.heard.lock().unwrap().clone();
        let acts: Vec<_> = heard.iter().filter(|(_, e)| matches!(e, Event::Act(_))).collect();
        let beds: Vec<BedId> = acts.iter().map(|(bed, _)| *bed).collect();
        assert_eq!(beds, [bed(2), bed(1)], "{code:?}");
        let said_out = acts.iter().filter(|(_, e)| matches!(e, Event::Act(a) if a.act == Act::NeedleOut));
        assert!(said_out.map(|(bed, _)| *bed).all(|on| on == bed(2)), "a needle is out at one bed only");
    }
}

/// Procedure 3.10: which bed a confirm or resume barcode of a lent scanner means, nobody knows.
#[test]
fn a_lent_scanner_confirms_and_opens_nothing_and_both_beds_say_so() {
    let spoken = |rig: &Rig| {
        let heard = rig.heard.lock().unwrap();
        heard.iter().any(|(_, event)| matches!(event, Event::Act(_) | Event::Scan(_)))
    };
    for code in [CommandCode::Confirm, CommandCode::Resume] {
        let mut rig = opened_rig();
        barcode(&mut rig, 10, "HS-BED-2");
        rig.heard.lock().unwrap().clear();
        let before = rig.station.slots[0].rev();
        barcode(&mut rig, 11, &code.barcode());
        assert!(!spoken(&rig), "{code:?}");
        let beds = rig.station.snapshot(at(12)).beds;
        for view in &beds[..2] {
            assert_eq!(view.refused, Some(Refusal::LentScanner));
        }
        assert_eq!(
            beds[0].rev, before,
            "what is done at the scanner's own bed meanwhile is not stale because of it"
        );
        let written = format!("{:?}", rig.entries.last());
        assert!(
            ["scan_refused", "bed1.scanner", "lent_scanner"].iter().all(|w| written.contains(w)),
            "{written}"
        );
        barcode(&mut rig, 13, "HS-BED-1");
        barcode(&mut rig, 14, &code.barcode());
        assert!(spoken(&rig), "{code:?} at its own bed again");
    }
}

/// Procedure 3.10: a label that names no number counts once the lent scanner has read one of the bed's, and until it reads another's.
#[test]
fn a_lent_scanner_reads_a_number_of_the_bed_before_any_other_label() {
    let mut rig = opened_rig();
    rig.call(5, 9, 2, "A2");
    let donation = |rig: &Rig, n: usize| rig.station.slots[n].donation().unwrap();
    let [own, other] = ["A999926000001", "A999926000002"].map(|din| Din::new(din).unwrap());
    let (here, there) = (donation(&rig, 1), donation(&rig, 0));
    rig.station.register.bind(own, here);
    rig.station.register.bind(other, there);
    barcode(&mut rig, 10, "HS-BED-2");
    let mut ms = 11;
    let mut taken = |rig: &mut Rig, text: &str| {
        rig.heard.lock().unwrap().clear();
        ms += 1;
        barcode(rig, ms, text);
        rig.heard.lock().unwrap().iter().any(|(on, event)| *on == bed(2) && matches!(event, Event::Scan(_)))
    };
    let (expiry, lot) = ("&>0270612359", "&)000SIM5188");
    assert!(!taken(&mut rig, expiry));
    let written = format!("{:?}", rig.entries.last());
    assert!(["scan_refused", "number_first", "2027"].iter().all(|w| written.contains(w)), "{written}");
    let refused = rig.station.snapshot(at(20)).beds.into_iter().map(|view| view.refused);
    assert_eq!(refused.collect::<Vec<_>>(), [Some(Refusal::NumberFirst), Some(Refusal::NumberFirst)]);
    assert!(taken(&mut rig, &format!("={own}00")), "a number is always told");
    assert!(taken(&mut rig, expiry) && taken(&mut rig, lot));
    assert!(taken(&mut rig, &format!("={other}00")), "that of the other bed, too");
    assert!(!taken(&mut rig, expiry), "whoever holds it reads the other bed's set");
    barcode(&mut rig, 40, "HS-BED-1");
    barcode(&mut rig, 41, "HS-BED-2");
    assert!(!taken(&mut rig, lot), "lent anew");
}

/// Procedure 3.10: what a lent scanner read of the bed long ago says nothing of what it reads now.
#[test]
fn a_number_that_a_lent_scanner_has_read_counts_for_one_minute() {
    let mut rig = opened_rig();
    rig.call(5, 9, 2, "A2");
    let own = Din::new("A999926000001").unwrap();
    let here = rig.station.slots[1].donation().unwrap();
    rig.station.register.bind(own, here);
    barcode(&mut rig, 10, "HS-BED-2");
    let mut taken = |ms: u64, text: &str| {
        rig.heard.lock().unwrap().clear();
        barcode(&mut rig, ms, text);
        rig.heard.lock().unwrap().iter().any(|(on, event)| *on == bed(2) && matches!(event, Event::Scan(_)))
    };
    let (number, lot) = (format!("={own}00"), "&)000SIM5188");
    assert!(taken(1000, &number) && taken(61_000, lot));
    assert!(!taken(61_001, lot));
    assert!(taken(62_000, &number) && taken(63_000, lot));
}
