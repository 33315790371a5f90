//! The normal course, and what the record says of it.

use crate::api::prompt::Prompt;
use crate::api::{ChainState, ChainStep};
use crate::device::Actuation;
use crate::ident::{LocalDate, LotNumber};
use crate::measure::Span;
use crate::procedure::command::Command;
use crate::procedure::event::{AbortWhy, Act, Event, IdentifiedBy};
use crate::procedure::limits::Settings;
use crate::procedure::phase::PhaseName;
use crate::procedure::testing::{World, act, opening, operator};
use crate::record::{Confirmed, Disposition, VolumeClass};
use crate::shift::lots::{LotInUse, LotKind};
use std::cell::RefCell;

/// Procedure 0.1, 7.7, 7.11: from called to cleared, in this order and with nothing left out.
#[test]
fn a_donation_from_called_to_cleared() {
    let mut w = World::new();
    w.open();
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    let record = w.record.clone().unwrap();
    assert_eq!(record.disposition, Disposition::Collected);
    assert_eq!(record.volume_class, VolumeClass::Normal);
    let off = (record.volume.0 - 400_000).abs();
    assert!(off < 2_000, "{} uL off target", off);
    let pouch = record.pouch.unwrap().0;
    assert!((19_000..25_000).contains(&pouch), "{pouch} uL in the pouch");
    assert_eq!(record.din, Some(World::din()));
    assert_eq!((record.seal, record.separation), (Some(Confirmed::Device), Some(Confirmed::Device)));
    assert!(record.reconciled && record.alarms.is_empty(), "{:?}", record.alarms);
    assert!(record.tubes.iter().all(|t| t.filled.is_some()));
    assert!(record.collection.unwrap() > Span::from_secs(380));
    assert_eq!(record.bag_expiry.as_deref(), Some("2030-01-01"));
    assert!(serde_json::to_vec(&record).unwrap().len() < crate::record::MAX_BYTES);
    let once = |a: Actuation| w.fired.iter().filter(|f| **f == a).count();
    assert_eq!((once(Actuation::Seal), once(Actuation::Separate)), (1, 1));
    w.walk(|w| w.p.is_idle());
    assert_eq!(w.p.prompt(), Prompt::Identify);
    assert!(w.commands.iter().any(|c| matches!(c, Command::BindDin(_))));
}

/// Procedure 0.1: what people are asked, one after the other, is the bedside order.
#[test]
fn people_are_asked_in_the_bedside_order() {
    let mut w = World::new();
    let asked = RefCell::new(Vec::new());
    w.open();
    w.walk(|w| {
        let (mut asked, prompt) = (asked.borrow_mut(), w.p.prompt());
        let name = format!("{prompt:?}").split([' ', '{', '(']).next().unwrap_or_default().to_owned();
        if !name.starts_with("Wait") && asked.last() != Some(&name) {
            asked.push(name);
        }
        w.p.is_idle()
    });
    let order = [
        "ConfirmIdentity",
        "Scan",
        "LookAtBag",
        "PlaceBag",
        "PrepareArm",
        "AskAgain",
        "InsertNeedle",
        "FillPouch",
        "ClosePouchClip",
        "BreakPlug",
        "FillTube",
        "ReleaseTourniquet",
        "TakeNeedleOut",
        "GuardNeedle",
        "Seal",
        "Separate",
        "BinNeedle",
        "Segments",
        "Scan",
        "AcceptDisposition",
        "ClearBed",
        "Identify",
    ];
    assert_eq!(asked.into_inner(), order);
}

/// Procedure 0.2: the phases of a donation in which nothing goes wrong; Pause and Interrupted are those of trouble.
#[test]
fn a_donation_passes_the_phases_in_their_order() {
    let mut w = World::new();
    let passed = RefCell::new(vec![w.p.phase()]);
    w.open();
    w.walk(|w| {
        let mut passed = passed.borrow_mut();
        if passed.last() != Some(&w.p.phase()) {
            passed.push(w.p.phase());
        }
        w.p.is_idle()
    });
    let order = [
        PhaseName::Idle,
        PhaseName::Identify,
        PhaseName::Label,
        PhaseName::Prepare,
        PhaseName::Venipuncture,
        PhaseName::Divert,
        PhaseName::Draw,
        PhaseName::EndDraw,
        PhaseName::NeedleOut,
        PhaseName::Seal,
        PhaseName::Separate,
        PhaseName::Segments,
        PhaseName::Reconcile,
        PhaseName::Closed,
        PhaseName::Idle,
    ];
    assert_eq!(passed.into_inner(), order);
}

/// Procedure 1.3, 1.8, 2.1: with what a donation began stands in its record: how the donor was identified and who confirmed it, the lots in use,
/// the scale's calibration.
#[test]
fn what_a_donation_began_with_is_in_its_record() {
    let lots = vec![LotInUse {
        kind: LotKind::Disinfectant,
        lot: LotNumber::new("D-7").unwrap(),
        expires: LocalDate::new(2026, 12, 31).unwrap(),
    }];
    let mut o = opening(Settings::default());
    (o.donor.identified_by, o.donor.identity_second) = (IdentifiedBy::Typed, Some(operator("1003")));
    o.lots.clone_from(&lots);
    let mut w = World::new();
    w.run(Span::from_secs(1));
    w.must(&Event::Opened(Box::new(o)));
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    let record = w.record.unwrap();
    assert_eq!((record.identified_by, record.lots), (IdentifiedBy::Typed, lots));
    assert!(record.operators.contains(&operator("1003")));
    assert_eq!(record.calibration, "CAL-1");
}

/// How far the chain says that this step is.
fn state(w: &World, step: ChainStep) -> ChainState {
    w.p.view(w.now).chain.iter().find(|s| s.step == step).unwrap().state
}

/// What was left out is not ticked off: a donor who gives up before the needle leaves neither agreeing labels nor tubes to be filled.
#[test]
fn the_chain_of_a_donation_that_ended_before_the_needle_ticks_off_nothing_that_was_not_done() {
    let mut w = World::new();
    w.open();
    w.walk(|w| w.p.phase() == PhaseName::Label);
    w.must(&act(Act::Abort(AbortWhy::LabelMismatch)));
    assert_eq!(w.p.phase(), PhaseName::Closed);
    assert_eq!(state(&w, ChainStep::Identity), ChainState::Done);
    for step in
        [ChainStep::Labels, ChainStep::Prepare, ChainStep::Needle, ChainStep::Samples, ChainStep::Reconcile]
    {
        assert_eq!(state(&w, step), ChainState::Skipped, "{step:?}");
    }
}

#[test]
fn a_pouch_whose_clip_is_closed_is_ticked_off_before_blood_is_in_the_bag() {
    let mut w = World::new();
    w.open();
    w.walk(|w| w.p.phase() == PhaseName::Divert);
    assert_eq!(state(&w, ChainStep::Pouch), ChainState::Now);
    w.walk(|w| w.p.phase() == PhaseName::Draw);
    assert_eq!(state(&w, ChainStep::Pouch), ChainState::Done);
}

/// What becomes of the unit is shown when the second scan is complete: before that every unit would seem to be in quarantine.
#[test]
fn no_disposition_is_shown_while_labels_are_still_to_be_scanned_again() {
    let mut w = World::new();
    w.open();
    w.walk(|w| w.p.phase() == PhaseName::Reconcile);
    assert_eq!(w.p.view(w.now).disposition, None);
    w.walk(|w| w.p.prompt() == Prompt::AcceptDisposition);
    assert_eq!(w.p.view(w.now).disposition, Some(Disposition::Collected));
}
