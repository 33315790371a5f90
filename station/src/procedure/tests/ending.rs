//! Section 7 of the procedure: from the clamp at the target to the disposition.

use crate::api::prompt::{Prompt, ScanWanted};
use crate::device::{Actuation, DeviceKind, Fault, Reading, ToolFailure, ToolReport};
use crate::ident::DeviceSerial;
use crate::measure::{Microlitres, Span, Wall};
use crate::procedure::alarm::AlarmCode;
use crate::procedure::command::Command;
use crate::procedure::donation::{Donation, Needle};
use crate::procedure::event::{
    AbortWhy, Act, ActingOperator, Eligibility, Event, HandStep, MissingWhy, PersonAct, Reaction,
    ReactionClass, Restart, Role, SharedFact,
};
use crate::procedure::limits::{DonorConnectedSeal, SealConfirmedBy, Settings, SmallerProgrammes};
use crate::procedure::phase::PhaseName;
use crate::procedure::refusal::Refusal;
use crate::procedure::testing::{
    World, act, anyone, at, at_with, drawing, drawing_with, opened, operator, reading, two,
};
use crate::record::{AfterClosing, Confirmed, Disposition, DonationRecord, VolumeClass};
use crate::shift::deviation::{DeviationKind, of_record};

fn to_the_end(mut w: World) -> DonationRecord {
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    w.record.unwrap()
}

fn approved() -> Settings {
    Settings { donor_connected_seal: DonorConnectedSeal::Approved, ..Settings::default() }
}

/// Procedure 7.1: clamp at the target, fist and tourniquet, needle out by anybody's word, guarded and pressed before anything else.
#[test]
fn the_end_comes_in_its_order_and_anybody_says_that_the_needle_is_out() {
    let mut w = drawing(380);
    w.until(60, |p| *p == Prompt::ReleaseTourniquet);
    assert!((w.p.view(w.now).volume.0 - 400_000).abs() < 3_000);
    assert_eq!(w.send(&act(Act::NeedleGuarded)), Err(Refusal::NotNow));
    w.must(&act(Act::TourniquetReleased));
    w.walk(|w| w.p.prompt() == Prompt::TakeNeedleOut);
    assert_eq!(w.send(&act(Act::Seal)), Err(Refusal::NeedleIn));
    // The screen is locked, nobody is signed in.
    w.must(&Event::Operator(None));
    w.must(&anyone(Act::NeedleOut));
    assert_eq!((w.p.phase(), w.p.prompt()), (PhaseName::NeedleOut, Prompt::GuardNeedle));
    w.must(&Event::Operator(Some(ActingOperator { id: operator("1002"), role: Role::Nurse })));
    assert_eq!(w.send(&act(Act::Seal)), Err(Refusal::NoOperator));
    let other = |act| Event::Act(PersonAct { act, by: Some(operator("1002")), second: None });
    assert_eq!(w.send(&other(Act::Seal)), Err(Refusal::NotNow));
    w.must(&other(Act::NeedleGuarded));
    assert_eq!(w.p.prompt(), Prompt::Seal);
}

/// Procedure 7.1: a needle that is out while the draw still runs closes the clamp first and then walks the same way.
#[test]
fn a_needle_out_in_mid_draw_is_clamped_and_guarded() {
    let mut w = drawing(100);
    let from = w.commands.len();
    w.must(&anyone(Act::NeedleOut));
    assert_eq!(w.protects(from).first(), Some(&Actuation::ClampClose));
    w.until(2, |p| *p == Prompt::GuardNeedle);
}

/// Procedure 7.2: the device confirms the seal, or the nurse looks at it when the device cannot say.
#[test]
fn a_seal_is_confirmed_by_the_device_or_looked_at_by_the_nurse() {
    let w = at(&Prompt::Seal);
    assert_eq!(to_the_end(w).seal, Some(Confirmed::Device));

    let settings = Settings { seal_confirmed_by: SealConfirmedBy::Nurse, ..Settings::default() };
    let mut w = at_with(settings, &Prompt::Seal);
    w.devices_answer = false;
    w.must(&act(Act::Seal));
    w.run(Span::from_secs(3));
    w.must(&reading(DeviceKind::Sealer, Reading::Sealer(ToolReport::Failed(ToolFailure::NotConfirmed))));
    assert_eq!(w.p.prompt(), Prompt::InspectSeal);
    assert!(!w.holds(AlarmCode::SealNotConfirmed), "a sealer that cannot say is no trouble");
    assert_eq!(w.send(&act(Act::Separate)), Err(Refusal::NotNow));
    w.must(&act(Act::SealInspected { sound: true }));
    w.devices_answer = true;
    assert_eq!(w.p.prompt(), Prompt::Separate);
    assert_eq!(to_the_end(w).seal, Some(Confirmed::Person));
}

/// Procedure 7.2: the seal is a permit: it leaves only with the clamp proved closed and somebody signed in who may.
#[test]
fn no_seal_on_an_open_line_and_none_by_nobody() {
    let mut w = at(&Prompt::Seal);
    let mut nobody = w.clone();
    nobody.must(&Event::Operator(None));
    assert_eq!(nobody.send(&act(Act::Seal)), Err(Refusal::NoOperator));
    assert!(nobody.p.may_fire(nobody.now, Actuation::Seal).is_err());
    w.must(&Event::Operator(Some(ActingOperator { id: operator("1001"), role: Role::Auditor })));
    assert_eq!(w.send(&act(Act::Seal)), Err(Refusal::RoleForbids(Role::Auditor)));
    assert!(!w.fired.contains(&Actuation::Seal));
}

/// Procedure 7.2, 7.3, 8.8: neither a tool that was told nothing nor a person who was not asked to look makes a seal or takes a needle off.
#[test]
fn nothing_is_sealed_or_cut_by_a_word_that_nobody_asked_for() {
    let done = ToolReport::Done;
    for (prompt, looked, unasked, tool) in [
        (
            Prompt::Seal,
            Act::SealInspected { sound: true },
            reading(DeviceKind::Sealer, Reading::Sealer(done)),
            DeviceKind::Sealer,
        ),
        (
            Prompt::Separate,
            Act::SeparationInspected { separated: true },
            reading(DeviceKind::Separator, Reading::Separator(done)),
            DeviceKind::Separator,
        ),
    ] {
        let mut w = at(&prompt);
        w.must(&unasked);
        assert_eq!(w.p.prompt(), prompt, "a word that answers nothing");
        assert_eq!(w.send(&act(looked.clone())), Err(Refusal::NotNow));
        let mut busy = w.clone();
        busy.devices_answer = false;
        let ask = prompt.primary().unwrap();
        busy.must(&act(ask.clone()));
        busy.run(Span::from_millis(500));
        assert_eq!(busy.send(&act(looked)), Err(Refusal::NotNow), "it works still");
        // Nor does a tool that is not there.
        w.must(&reading(tool, Reading::Faulted(Fault::LinkLost)));
        assert_eq!(w.send(&act(ask)), Err(Refusal::DeviceNotReady(tool)));
    }
}

/// Procedure 7.3: separated after the seal, binned and counted; a full bin, by its switch or by count, refuses the next one.
#[test]
fn the_bin_counts_and_a_full_one_refuses() {
    let mut w = at(&Prompt::Separate);
    w.must(&Event::Shared(SharedFact::Binned(59)));
    let mut by_count = w.clone();
    by_count.walk(|w| w.p.prompt() == Prompt::BinNeedle);
    by_count.must(&act(Act::NeedleBinned));
    assert!(by_count.holds(AlarmCode::BinFull));
    assert_eq!(by_count.p.binned(), 60);
    w.must(&Event::Shared(SharedFact::Binned(60)));
    assert_eq!((w.p.prompt(), w.send(&act(Act::Separate))), (Prompt::ReplaceBin, Err(Refusal::BinFull)));
    assert_eq!(w.p.may_fire(w.now, Actuation::Separate), Err(Refusal::BinFull));
    w.must(&act(Act::BinReplaced));
    assert_eq!(w.p.binned(), 0);
    w.must(&reading(DeviceKind::Separator, Reading::BinFull(true)));
    assert_eq!(w.send(&act(Act::Separate)), Err(Refusal::BinFull));
    w.must(&act(Act::BinReplaced));
    w.must(&act(Act::Separate));
    w.until(5, |p| *p == Prompt::BinNeedle);
}

/// Procedure 7.3: a needle cut by hand beside a full bin is told like one that the machine should cut: the bin first.
#[test]
fn a_needle_cut_by_hand_does_not_go_into_a_full_bin() {
    let cut = Act::ByHand { step: HandStep::Separated, tool: "scissors".to_owned(), note: "lost".to_owned() };
    for full in
        [Event::Shared(SharedFact::Binned(60)), reading(DeviceKind::Separator, Reading::BinFull(true))]
    {
        let mut w = at(&Prompt::Separate);
        w.must(&full);
        w.must(&two(cut.clone()));
        assert_eq!((w.p.prompt(), w.p.phase()), (Prompt::ReplaceBin, PhaseName::Separate));
        assert!(w.holds(AlarmCode::BinFull));
        assert_eq!(w.send(&act(Act::NeedleBinned)), Err(Refusal::BinFull));
        w.must(&act(Act::BinReplaced));
        assert_eq!(w.p.prompt(), Prompt::BinNeedle);
        w.must(&act(Act::NeedleBinned));
        assert_eq!((w.p.binned(), w.p.phase()), (1, PhaseName::Segments));
    }
}

/// Procedure 7.3: no separation before the seal is confirmed.
#[test]
fn nothing_is_separated_before_it_is_sealed() {
    let mut w = at(&Prompt::Seal);
    assert_eq!(w.send(&act(Act::Separate)), Err(Refusal::NotNow));
    assert_eq!(w.p.may_fire(w.now, Actuation::Separate), Err(Refusal::NotNow));
    // Even if a phase were wrong: the guard looks at the seal itself.
    let mut w = at(&Prompt::Separate);
    assert_eq!(w.p.may_fire(w.now, Actuation::Separate), Ok(()));
    w.p.busy.as_mut().unwrap().donation.seal = None;
    assert_eq!(w.p.may_fire(w.now, Actuation::Separate), Err(Refusal::NotSealed));
}

/// Procedure 7.1, 7.2, 7.3, 7.5: even if a phase were wrong, the guard looks at needle, guard and seal itself.
#[test]
fn the_guard_looks_itself_at_what_is_irreversible() {
    let fires = |prompt: &Prompt, actuation, change: fn(&mut Donation)| {
        let mut w = at(prompt);
        assert_eq!(w.p.may_fire(w.now, actuation), Ok(()), "{prompt:?}");
        change(&mut w.p.busy.as_mut().unwrap().donation);
        w.p.may_fire(w.now, actuation).unwrap_err()
    };
    type Wrong = (fn(&mut Donation), Refusal);
    let sealing: [Wrong; 3] = [
        (|d| d.needle = Needle::In, Refusal::NeedleIn),
        (|d| d.guarded = false, Refusal::NotNow),
        (|d| d.seal = Some(Confirmed::Device), Refusal::NotNow),
    ];
    for (change, why) in sealing {
        assert_eq!(fires(&Prompt::Seal, Actuation::Seal, change), why);
    }
    let cutting: [fn(&mut Donation); 2] = [|d| d.guarded = false, |d| d.separation = Some(Confirmed::Device)];
    for change in cutting {
        assert_eq!(fires(&Prompt::Separate, Actuation::Separate, change), Refusal::NotNow);
    }
    let stripping: [Wrong; 3] = [
        (|d| d.needle = Needle::In, Refusal::NeedleIn),
        (|d| d.seal = None, Refusal::NotSealed),
        (|d| d.separation = None, Refusal::NotSealed),
    ];
    for (change, why) in stripping {
        let segments = Prompt::Segments { count: 3, length_cm: 35 };
        assert_eq!(fires(&segments, Actuation::ClampOpen, change), why);
    }
    let mut w = drawing(100);
    w.must(&act(Act::Pause));
    w.until(2, |p| *p == Prompt::Paused);
    assert_eq!(w.p.may_fire(w.now, Actuation::ClampOpen), Ok(()));
    w.p.busy.as_mut().unwrap().donation.needle = Needle::Out;
    assert_eq!(w.p.may_fire(w.now, Actuation::ClampOpen), Err(Refusal::NotNow));
}

/// Procedure 7.4: an approved sealer seals and separates first, then the needle comes out, is guarded and binned.
#[test]
fn an_approved_sealer_works_with_the_needle_in() {
    let mut w = at_with(approved(), &Prompt::SealConnected);
    w.must(&act(Act::Seal));
    w.until(5, |p| *p == Prompt::Separate);
    w.must(&act(Act::Separate));
    w.until(5, |p| *p == Prompt::TakeNeedleOut);
    w.must(&anyone(Act::NeedleOut));
    assert_eq!(w.p.prompt(), Prompt::GuardNeedle);
    w.must(&act(Act::NeedleGuarded));
    assert_eq!(w.p.prompt(), Prompt::BinNeedle);
    w.must(&act(Act::NeedleBinned));
    assert_eq!((w.p.phase(), w.p.binned()), (PhaseName::Segments, 1));
    let record = to_the_end(w);
    assert_eq!(record.disposition, Disposition::Collected);
    assert_eq!((record.seal, record.separation), (Some(Confirmed::Device), Some(Confirmed::Device)));
}

/// Procedure 7.4: only this very device: another unit, a silent one or a locked one does not seal beside a needle.
#[test]
fn no_other_sealer_works_with_the_needle_in() {
    let mut w = at(&Prompt::TakeNeedleOut);
    assert_eq!(w.send(&act(Act::Seal)), Err(Refusal::NeedleIn));

    let mut w = at_with(approved(), &Prompt::SealConnected);
    let serial = |s: &str| DeviceSerial::new(s).unwrap();
    let swapped = Fault::Swapped { expected: serial("A1"), found: serial("B2") };
    w.must(&reading(DeviceKind::Sealer, Reading::Faulted(swapped)));
    assert_eq!(w.p.prompt(), Prompt::TakeNeedleOut);
    w.must(&reading(DeviceKind::Sealer, Reading::Online { serial: Some(serial("B2")) }));
    assert_eq!(w.p.prompt(), Prompt::TakeNeedleOut);
    assert_eq!(w.send(&act(Act::Seal)), Err(Refusal::NeedleIn));
    // With the needle out the other unit is as good as any.
    w.must(&anyone(Act::NeedleOut));
    w.must(&act(Act::NeedleGuarded));
    w.must(&act(Act::Seal));
}

/// Procedure 7.4: approved is that very unit: one without a serial number that was away, or that answers first after a restart, is any unit;
/// bag placed anew and restarts vouch for nobody.
#[test]
fn a_unit_that_nobody_can_vouch_for_waits_until_the_needle_is_out() {
    let serial = |s: &str| Some(DeviceSerial::new(s).unwrap());
    for (before, after, trusted) in [
        (None, None, false),
        (serial("A1"), serial("A1"), true),
        (serial("A1"), serial("B2"), false),
        (serial("A1"), None, false),
    ] {
        let answers =
            |w: &mut World, serial| w.must(&reading(DeviceKind::Sealer, Reading::Online { serial }));
        let opened = || {
            let mut w = World::new();
            w.run(Span::from_secs(1));
            answers(&mut w, before.clone());
            w.open_with(approved());
            w
        };
        let expected = if trusted { Prompt::SealConnected } else { Prompt::TakeNeedleOut };

        // Away and back while the labels are read: placing the bag proves devices, not who made them.
        let mut w = opened();
        w.walk(|w| w.p.phase() == PhaseName::Label);
        w.must(&reading(DeviceKind::Sealer, Reading::Faulted(Fault::LinkLost)));
        answers(&mut w, after.clone());
        w.walk(|w| matches!(w.p.prompt(), Prompt::SealConnected | Prompt::TakeNeedleOut));
        assert_eq!(w.p.prompt(), expected, "{before:?} {after:?} away");

        // Exchanged, or not, while the station was down.
        let mut w = opened();
        w.walk(|w| matches!(w.p.prompt(), Prompt::SealConnected));
        w.must(&Event::Restarted(Restart {
            gap: Some(Span::from_secs(10)),
            unchanged: true,
            clamp_closed: true,
            logic_changed: false,
        }));
        w.devices_restarted_with(after.clone());
        w.walk(|w| matches!(w.p.prompt(), Prompt::SealConnected | Prompt::TakeNeedleOut));
        assert_eq!(w.p.prompt(), expected, "{before:?} {after:?} restart");
    }
}

/// Procedure 7.1: a needle that came out while the tool was asked, in vain, is guarded before anything is sealed or cut.
#[test]
fn nothing_is_sealed_or_cut_before_the_needle_is_guarded() {
    let refused = ToolReport::Failed(ToolFailure::Refused);
    for (at, ask, tool, report) in [
        (Prompt::SealConnected, Act::Seal, DeviceKind::Sealer, Reading::Sealer(refused)),
        (Prompt::Separate, Act::Separate, DeviceKind::Separator, Reading::Separator(refused)),
    ] {
        let mut w = at_with(approved(), &Prompt::SealConnected);
        if at == Prompt::Separate {
            w.must(&act(Act::Seal));
            w.until(5, |p| *p == Prompt::Separate);
        }
        w.devices_answer = false;
        w.must(&act(ask.clone()));
        w.run(Span::from_millis(400));
        w.must(&anyone(Act::NeedleOut));
        w.must(&reading(tool, report));
        assert_eq!(w.p.prompt(), Prompt::GuardNeedle, "{at:?}");
        assert!(w.send(&act(ask)).is_err());
    }
}

/// Procedure 7.1, 7.4: with the needle still in, a lost separator or a full bin asks for the needle and never for a cut by hand; the seal
/// comes after fist and tourniquet, and after an abort no machine is waited for.
#[test]
fn whatever_fails_beside_a_needle_it_comes_out_first() {
    let mut sealed = at_with(approved(), &Prompt::SealConnected);
    sealed.must(&act(Act::Seal));
    sealed.until(5, |p| *p == Prompt::Separate);
    let mut w = sealed.clone();
    w.must(&reading(DeviceKind::Separator, Reading::Faulted(Fault::LinkLost)));
    assert_eq!(w.p.prompt(), Prompt::TakeNeedleOut);
    let cut = Act::ByHand { step: HandStep::Separated, tool: "scissors".to_owned(), note: "lost".to_owned() };
    assert_eq!(w.send(&two(cut)), Err(Refusal::NeedleIn));
    sealed.must(&reading(DeviceKind::Separator, Reading::BinFull(true)));
    assert_eq!(sealed.p.prompt(), Prompt::TakeNeedleOut);

    let mut w = drawing_with(approved(), 380);
    w.until(60, |p| *p == Prompt::ReleaseTourniquet);
    assert_eq!(w.send(&act(Act::Seal)), Err(Refusal::NotNow));
    w.must(&act(Act::Abort(AbortWhy::Reaction)));
    w.walk(|w| w.p.prompt() == Prompt::TakeNeedleOut);
    assert_eq!(w.send(&act(Act::Seal)), Err(Refusal::NeedleIn));
}

/// Procedure 7.4: a cut by hand that is refused beside the needle completed nothing, and the record says nothing of it.
#[test]
fn a_cut_by_hand_that_was_refused_is_in_no_record() {
    let mut w = at_with(approved(), &Prompt::SealConnected);
    w.must(&act(Act::Seal));
    w.until(5, |p| *p == Prompt::Separate);
    let cut = Act::ByHand { step: HandStep::Separated, tool: "scissors".to_owned(), note: "lost".to_owned() };
    assert_eq!(w.send(&two(cut)), Err(Refusal::NeedleIn));
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    assert_eq!(w.record.unwrap().by_hand, []);
}

/// Procedure 7.1, 7.4, 8.7: a sealer lost before its shot, or whose shot is unknown, leaves the needle to come out first, and never a hand sealer.
#[test]
fn beside_a_needle_nothing_is_sealed_by_hand() {
    let mut w = at_with(approved(), &Prompt::SealConnected);
    w.devices_answer = false;
    w.must(&act(Act::Seal));
    w.until(12, |p| *p == Prompt::InspectSeal);
    // The needle is out while nobody knows: it is guarded as soon as that is settled.
    w.must(&anyone(Act::NeedleOut));
    w.must(&act(Act::SealInspected { sound: true }));
    assert_eq!(w.p.prompt(), Prompt::GuardNeedle);
    w.devices_answer = true;
    let record = to_the_end(w);
    assert_eq!(record.seal, Some(Confirmed::Person));

    let mut w = at_with(approved(), &Prompt::SealConnected);
    w.devices_answer = false;
    w.must(&act(Act::Seal));
    w.until(12, |p| *p == Prompt::InspectSeal);
    w.must(&act(Act::SealInspected { sound: false }));
    w.must(&reading(DeviceKind::Sealer, Reading::Faulted(Fault::LinkLost)));
    assert_eq!(w.p.prompt(), Prompt::TakeNeedleOut);
    let by_hand = Act::ByHand {
        step: HandStep::Sealed,
        tool: "hand sealer".to_owned(),
        note: "the device failed".to_owned(),
    };
    assert_eq!(w.send(&two(by_hand)), Err(Refusal::NeedleIn));
    w.must(&anyone(Act::NeedleOut));
    assert_eq!(w.p.prompt(), Prompt::GuardNeedle);
}

/// Procedure 7.5: the clamp opens for stripping once the needle is off, never before, and closes again with the segments.
#[test]
fn the_clamp_opens_for_stripping_after_the_needle_is_off() {
    for early in [Prompt::ReleaseTourniquet, Prompt::Seal, Prompt::Separate, Prompt::BinNeedle] {
        let mut w = at(&early);
        assert!(w.send(&act(Act::StripTubing)).is_err(), "at {early:?}");
        assert!(w.p.may_fire(w.now, Actuation::ClampOpen).is_err(), "at {early:?}");
    }
    let mut w = opened(Settings::default());
    w.walk(|w| w.p.phase() == PhaseName::Segments);
    assert!(!w.clamp_open);
    w.must(&act(Act::StripTubing));
    w.run(Span::from_secs(1));
    assert!(w.clamp_open);
    w.must(&act(Act::SegmentsSealed { count: 3 }));
    assert!(!w.clamp_open);
}

/// Procedure 7.6: count and filled length are settings, shown; sealed here, or later and then open in the record until done.
#[test]
fn segments_are_sealed_here_or_stay_open() {
    let mut settings = Settings::default();
    settings.limits.segments = 5;
    settings.limits.segment_tubing_cm = 28;
    let here = at_with(settings.clone(), &Prompt::Segments { count: 5, length_cm: 28 });
    let mut later = here.clone();
    let record = to_the_end(here);
    assert_eq!((record.segments, record.segments_later), (Some(5), false));
    later.must(&act(Act::SegmentsLater));
    let mut record = to_the_end(later);
    assert_eq!((record.segments, record.segments_later), (None, true));
    // Said to be done, once, by whoever has done it.
    let sealed = AfterClosing::SegmentsSealed { count: 4 };
    assert_eq!(
        record.take_after_closing(&AfterClosing::SegmentsSealed { count: 0 }, Wall(9)),
        Err(Refusal::NotNow)
    );
    assert!(record.owes_segments());
    let empty = crate::record::DonationRecord { disposition: Disposition::NoUnit, ..record.clone() };
    assert!(!empty.owes_segments(), "a set without a unit has none to be sealed");
    record.take_after_closing(&sealed, Wall(9)).unwrap();
    assert!(!record.owes_segments());
    assert_eq!((record.segments, record.segments_later), (Some(4), false));
    assert_eq!(record.take_after_closing(&sealed, Wall(9)), Err(Refusal::NotNow));
}

/// Procedure 7.7: form, bag and every tube again, in any order, and nothing closes before.
#[test]
fn everything_is_scanned_once_more() {
    let mut w = opened(Settings::default());
    w.walk(|w| w.p.phase() == PhaseName::Reconcile);
    for wanted in [ScanWanted::Tube(1), ScanWanted::Bag, ScanWanted::Form, ScanWanted::Tube(2)] {
        assert_eq!(w.send(&act(Act::AcceptDisposition)), Err(Refusal::NotNow));
        w.scan_for(wanted, true);
        w.run(Span::from_secs(2));
    }
    assert_eq!(w.p.prompt(), Prompt::AcceptDisposition);
    w.must(&act(Act::AcceptDisposition));
    assert!(w.record.unwrap().reconciled);
}

/// Procedure 7.7: a second scan that was given up in the middle is not a complete one.
#[test]
fn a_second_scan_that_is_given_up_is_not_complete() {
    let mut w = opened(Settings::default());
    w.walk(|w| w.p.phase() == PhaseName::Reconcile);
    w.scan_for(ScanWanted::Form, true);
    w.must(&act(Act::Abort(AbortWhy::LabelMismatch)));
    let record = to_the_end(w);
    assert_eq!((record.reconciled, record.disposition), (false, Disposition::Quarantined));
}

/// Procedure 7.8: a tube is there or missing with one of the reasons, never simply gone.
#[test]
fn a_missing_tube_has_its_reason() {
    for why in [MissingWhy::NotEnoughBlood, MissingWhy::Damaged, MissingWhy::NotTaken] {
        let mut w = opened(Settings::default());
        w.walk(|w| matches!(w.p.prompt(), Prompt::FillTube { tube: 1, .. }));
        w.must(&act(Act::TubeMissing { tube: 1, why }));
        w.walk(|w| w.p.phase() == PhaseName::Reconcile);
        let asked = w.p.view(w.now).outstanding;
        assert!(
            asked.iter().all(|o| o.wanted != ScanWanted::Tube(1)),
            "no label of what is not there: {asked:?}"
        );
        let record = to_the_end(w);
        assert_eq!(record.tubes[0].missing, Some(why));
        assert_eq!((record.tubes[1].missing, record.disposition), (None, Disposition::Quarantined));
    }
}

/// Procedure 7.9: classed against the kit's nominal volume, the bounds of the band belonging to it.
#[test]
fn the_volume_is_classed_with_its_bounds() {
    for (ml, class, disposition) in [
        (359, VolumeClass::Underweight, Disposition::Quarantined),
        (360, VolumeClass::Normal, Disposition::Collected),
        (440, VolumeClass::Normal, Disposition::Collected),
        (441, VolumeClass::Overweight, Disposition::Quarantined),
    ] {
        let mut w = opened(Settings::default());
        w.walk(|w| w.p.phase() == PhaseName::Segments);
        let step = HandStep::Weighed { volume_ml: ml };
        w.must(&two(Act::ByHand {
            step,
            tool: "balance of the house".to_owned(),
            note: "the device failed".to_owned(),
        }));
        let record = to_the_end(w);
        assert_eq!((record.volume_class, record.disposition), (class, disposition), "{ml} mL");
        assert_eq!(record.volume, Microlitres::from_ml(ml.into()));
    }
}

/// Procedure 7.9: a bag that is called underweight is not any more once it was weighed elsewhere with enough in it, and one that was
/// right is once it was weighed with too little.
#[test]
fn an_underweight_bag_weighed_elsewhere_is_told_as_weighed_there() {
    let weighed = |w: &mut World, ml| {
        let (tool, note) = ("balance of the house".to_owned(), "the scale was touched".to_owned());
        w.must(&two(Act::ByHand { step: HandStep::Weighed { volume_ml: ml }, tool, note }));
        w.holds(AlarmCode::Underweight)
    };
    let mut w = drawing(250);
    w.must(&act(Act::EndDraw));
    w.run(Span::from_secs(8));
    assert!(w.holds(AlarmCode::Underweight));
    assert!(!weighed(&mut w, 398) && w.commands.contains(&Command::Clear(AlarmCode::Underweight)));
    w.run(Span::from_secs(8));
    assert!(!w.holds(AlarmCode::Underweight));
    assert!(weighed(&mut w, 359) && !weighed(&mut w, 360));
    // Said before the scale has come to rest.
    let mut w = drawing(250);
    w.must(&act(Act::EndDraw));
    w.run(Span::from_secs(1));
    assert!(!weighed(&mut w, 398));
    w.run(Span::from_secs(8));
    assert!(!w.holds(AlarmCode::Underweight));
}

/// Procedure 7.9: what the scale measured stays in the record of a bag that was ended early.
#[test]
fn a_bag_ended_early_is_underweight_with_what_was_measured() {
    let mut w = drawing(250);
    w.must(&act(Act::EndDraw));
    w.run(Span::from_secs(8));
    assert!(w.holds(AlarmCode::Underweight));
    let record = to_the_end(w);
    assert_eq!(
        (record.volume_class, record.disposition),
        (VolumeClass::Underweight, Disposition::Quarantined)
    );
    assert!((record.volume.ml_rounded() - 250).abs() < 6, "{:?}", record.volume);
}

/// Procedure 7.10: before the needle any programme that is offered; after it none that the kit's data do not allow.
#[test]
fn the_programme_is_free_until_blood_runs() {
    let mut w = at(&Prompt::InsertNeedle);
    assert_eq!(w.p.view(w.now).programmes_ml, [200, 300]);
    assert_eq!(w.send(&act(Act::ChangeProgramme { ml: 250 })), Err(Refusal::NoSuchProgramme(250)));
    w.must(&act(Act::ChangeProgramme { ml: 300 }));
    w.must(&act(Act::NeedleIn));
    w.run(Span::from_secs(1));
    assert!(w.p.view(w.now).programmes_ml.is_empty());
    for ml in [200, 400] {
        let fixed = Refusal::ProgrammeFixed { kit_ml: 300, wanted_ml: ml };
        assert_eq!(w.send(&act(Act::ChangeProgramme { ml })), Err(fixed));
    }
    let record = to_the_end(w);
    assert_eq!((record.programme_ml, record.volume_class), (300, VolumeClass::Normal));
    assert!((record.volume.0 - 300_000).abs() < 3_000, "{:?}", record.volume);
}

/// Procedure 7.10: a kit whose data allow it may end smaller, and then ends there; never below what is in the bag already.
#[test]
fn a_kit_may_allow_a_smaller_programme() {
    let allows = vec![SmallerProgrammes { kit_ml: 400, to_ml: vec![200, 300] }];
    let settings = Settings { smaller_programmes: allows, ..Settings::default() };
    let mut w = drawing_with(settings, 220);
    let fixed = Refusal::ProgrammeFixed { kit_ml: 400, wanted_ml: 200 };
    assert_eq!(w.send(&act(Act::ChangeProgramme { ml: 200 })), Err(fixed));
    w.must(&act(Act::ChangeProgramme { ml: 300 }));
    // There is no way back to more.
    assert!(w.send(&act(Act::ChangeProgramme { ml: 400 })).is_err());
    let record = to_the_end(w);
    assert_eq!((record.programme_ml, record.kit_ml), (300, Some(400)));
    assert!((record.volume.0 - 300_000).abs() < 3_000, "{:?}", record.volume);
    assert_eq!(record.disposition, Disposition::Collected);
}

/// Procedure 7.11: each disposition is reached, and says why.
#[test]
fn each_disposition_is_reached() {
    let w = opened(Settings::default());
    assert_eq!(to_the_end(w).disposition, Disposition::Collected);
    let mut w = drawing(100);
    w.must(&act(Act::Abort(AbortWhy::BagDefect)));
    let record = to_the_end(w);
    assert_eq!((record.disposition, record.abort), (Disposition::DiscardProposed, Some(AbortWhy::BagDefect)));
    let mut w = at(&Prompt::PlaceBag);
    w.must(&act(Act::Abort(AbortWhy::NotEligible)));
    assert_eq!(w.record.unwrap().disposition, Disposition::NoUnit);
}

/// Procedure 7.12: no disposition, by its name in record and journal, says released.
#[test]
fn nothing_is_ever_called_released() {
    for disposition in Disposition::ALL {
        let name = serde_json::to_string(&disposition).unwrap();
        assert!(!name.contains("release"), "{name}");
    }
}

/// Procedure 10.2: each fact of a closed record that has to be explained opens its own deviation, and a plain record none; tubes, the second
/// scan and an early end count only where a needle was in.
#[test]
fn each_fact_of_a_record_opens_its_own_deviation() {
    let plain = to_the_end(opened(Settings::default()));
    assert_eq!(of_record(&plain), []);
    type Fact = (fn(&mut DonationRecord), DeviationKind);
    let facts: [Fact; 12] = [
        (|r| r.eligibility = Eligibility::Unasked, DeviationKind::EligibilityUnasked),
        (|r| r.typed_labels = 1, DeviationKind::TypedLabel),
        (|r| r.by_hand = vec![(HandStep::Mixed, "hands".to_owned())], DeviationKind::ByHand),
        (|r| r.volume_class = VolumeClass::Underweight, DeviationKind::Underweight),
        (|r| r.volume_class = VolumeClass::Overweight, DeviationKind::Overweight),
        (|r| r.not_for_platelets = true, DeviationKind::CollectionLong),
        (|r| r.not_for_plasma = true, DeviationKind::CollectionLong),
        (|r| r.tubes[0].missing = Some(MissingWhy::Damaged), DeviationKind::TubesMissing),
        (|r| r.reconciled = false, DeviationKind::NotReconciled),
        (|r| r.voided = vec![World::din()], DeviationKind::DinVoided),
        (|r| r.abort = Some(AbortWhy::Reaction), DeviationKind::EndedEarly),
        (|r| r.reactions = vec![Reaction::new(ReactionClass::Local, 1)], DeviationKind::Reaction),
    ];
    let of_needle = [DeviationKind::TubesMissing, DeviationKind::NotReconciled, DeviationKind::EndedEarly];
    for (change, kind) in facts {
        let mut record = plain.clone();
        change(&mut record);
        assert_eq!(of_record(&record), [kind]);
        record.attempts = 0;
        assert_eq!(of_record(&record).is_empty(), of_needle.contains(&kind), "{kind:?} without a needle");
    }
}
