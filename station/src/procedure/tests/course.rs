//! The normal course, and what the record says of it.

use crate::api::prompt::Prompt;
use crate::device::Actuation;
use crate::measure::Span;
use crate::procedure::command::Command;
use crate::procedure::phase::PhaseName;
use crate::procedure::testing::World;
use crate::record::{Confirmed, Disposition, VolumeClass};
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
