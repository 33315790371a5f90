//! The shift's machine, sentence by sentence.

use super::deviation::{DeviationKind, Source};
use super::event::{ClosedDonation, LimitChange, Place};
use super::gates::{Calibration, Facts, Gate, NoStart, ScaleFacts};
use super::lots::{LotInUse, LotKind};
use super::refusal::{Bounded, ShiftRefusal};
use super::*;
use crate::ident::{DeviceSerial, Din, DonationId, LotNumber, SiteCode, StationId};
use crate::measure::{Milligrams, Mono};
use crate::procedure::CheckKind;
use crate::record::{CorrectedField, Disposition};

const HOUR_MS: i64 = 3_600_000;

fn code(text: &str) -> SiteCode {
    SiteCode::new(text).unwrap()
}
fn person(id: &str, role: Role) -> ActingOperator {
    ActingOperator { id: OperatorId::new(id).unwrap(), role }
}
fn nurse() -> ActingOperator {
    person("1001", Role::Nurse)
}
fn lead() -> ActingOperator {
    person("1002", Role::Lead)
}
fn bed() -> BedId {
    BedId::new(1).unwrap()
}
fn day(n: u8) -> LocalDate {
    LocalDate::new(2026, 11, n).unwrap()
}
/// An hour of a day in November.
fn at(n: u8, hour: i64) -> At {
    At { wall: Wall(i64::from(n) * 24 * HOUR_MS + hour * HOUR_MS), day: Some(day(n)) }
}
fn facts(at: At) -> Facts {
    Facts { now: at.wall, today: at.day, disk_pct: Some(20) }
}
fn scale() -> ScaleFacts {
    ScaleFacts {
        serial: DeviceSerial::new("S-1").ok(),
        calibration: Some(Calibration { certificate: code("JL-7"), expires: day(30), made: None, by: None }),
    }
}
fn din(n: u32) -> Din {
    Din::new(&format!("A999926{n:06}")).unwrap()
}
fn place() -> Place {
    Place { site: code("PLAZA"), vehicle: Some(code("BUS-07")), team: code("B"), group: Some(code("UNIV-3")) }
}
fn lot(kind: LotKind, number: &str, expires: LocalDate) -> LotInUse {
    LotInUse { kind, lot: LotNumber::new(number).unwrap(), expires }
}
fn shift() -> Shift {
    Shift::new(ShiftSettings::new(code("1"), code("1")))
}
fn must(shift: &mut Shift, at: At, event: ShiftEvent) {
    shift.handle(at, &event).unwrap_or_else(|refusal| panic!("{event:?}: {refusal}"));
}
fn weigh(shift: &mut Shift, at: At, gross_mg: i64) -> Result<(), ShiftRefusal> {
    let serial = DeviceSerial::new("S-1").ok();
    let event = ShiftEvent::ScaleWeighed { bed: bed(), by: nurse(), gross: Milligrams(gross_mg), serial };
    shift.handle(at, &event)
}
/// A check with these deviations, mg, on a tray that weighs 120 g.
fn check(shift: &mut Shift, at: At, deviations: [i64; 2]) {
    must(shift, at, ShiftEvent::ScaleCheckBegun { bed: bed(), by: nurse() });
    for gross in [120_000, 320_000 + deviations[0], 620_000 + deviations[1]] {
        weigh(shift, at, gross).unwrap();
    }
}
/// A station ready for donors.
fn ready(now: At) -> Shift {
    let mut shift = shift();
    must(&mut shift, now, ShiftEvent::Opened { place: place(), by: nurse() });
    check(&mut shift, now, [0, 0]);
    for kind in LotKind::ALL {
        must(&mut shift, now, ShiftEvent::LotOpened { lot: lot(kind, "L1", day(28)), by: nurse() });
    }
    shift
}
fn no_start(shift: &Shift, at: At) -> Option<NoStart> {
    shift.no_start(bed(), facts(at), &scale())
}
fn close(shift: &mut Shift, at: At) -> Result<(), ShiftRefusal> {
    shift.handle(at, &ShiftEvent::Closed { by: lead(), summary_sha256: "00".to_owned() })
}

/// Procedure 1.1: a shift is opened with site, vehicle, team and group code, once, by who works at a bed; without one there is no start.
#[test]
fn a_shift_is_open_with_its_place() {
    let mut shift = shift();
    let now = at(9, 8);
    assert_eq!(no_start(&shift, now), Some(NoStart::ShiftNotOpen));
    let opened = |by| ShiftEvent::Opened { place: place(), by };
    let auditor = person("7", Role::Auditor);
    assert_eq!(shift.handle(now, &opened(auditor)), Err(ShiftRefusal::RoleForbids(Role::Auditor)));
    must(&mut shift, now, opened(nurse()));
    assert_eq!(shift.handle(now, &opened(lead())), Err(ShiftRefusal::AlreadyOpen));
    let open = shift.view(&[bed()]).open.unwrap();
    assert_eq!((open.place, open.opened), (place(), now.wall));
    // A shift that nobody ended is not the next morning's.
    assert_eq!(ready(now).no_start(bed(), facts(at(9, 23)), &scale()), None);
    let late = ready(now);
    assert_eq!(late.gates(bed(), facts(at(10, 1)), &scale())[3], (Gate::Shift, Some(NoStart::ShiftTooLong)));
}

/// Procedure 1.2: a badge acts for who proved badge and PIN in this shift, and no longer than that.
#[test]
fn a_badge_acts_within_the_shift_of_its_sign_in() {
    let mut shift = shift();
    must(&mut shift, at(9, 8), ShiftEvent::SignedIn(nurse()));
    assert_eq!(shift.badge(&nurse().id), None, "no shift is open");
    must(&mut shift, at(9, 8), ShiftEvent::Opened { place: place(), by: lead() });
    assert_eq!(shift.badge(&nurse().id), Some(nurse()));
    assert_eq!(shift.badge(&OperatorId::new("1003").unwrap()), None);
    must(&mut shift, at(9, 9), ShiftEvent::SignedOut(nurse().id));
    assert_eq!(shift.badge(&nurse().id), None, "locked");
    assert_eq!(shift.badge(&lead().id), Some(lead()));
    close(&mut shift, at(9, 18)).unwrap();
    assert_eq!(shift.badge(&lead().id), None, "the shift is over");
    let many = (0..64).map(|n| person(&format!("p{n}"), Role::Nurse));
    many.for_each(|who| must(&mut shift, at(10, 8), ShiftEvent::SignedIn(who)));
    let one_more = ShiftEvent::SignedIn(person("p64", Role::Nurse));
    assert_eq!(shift.handle(at(10, 8), &one_more), Err(ShiftRefusal::TooMany(Bounded::People)));
}

/// Procedure 1.3: two known weights over the empty tray, each within the limit, hold for the day and for the unit that weighed.
#[test]
fn a_scale_is_checked_daily_at_two_points() {
    let now = at(9, 8);
    for (deviations, passed) in
        [([0, 0], true), ([2_000, -2_000], true), ([2_001, 0], false), ([0, -2_001], false)]
    {
        let mut shift = ready(now);
        check(&mut shift, now, deviations);
        assert_eq!(no_start(&shift, now).is_none(), passed, "{deviations:?}");
        assert_eq!(shift.view(&[bed()]).scales[0].passed, passed);
    }
    let shift = ready(now);
    let other = ScaleFacts { serial: DeviceSerial::new("S-2").ok(), ..scale() };
    assert_eq!(shift.no_start(bed(), facts(now), &other), Some(NoStart::ScaleUnchecked));
    let next_day = shift.gates(bed(), facts(at(10, 0)), &scale());
    assert!(next_day.contains(&(Gate::ScaleCheck, Some(NoStart::ScaleUnchecked))));
    let hours = ShiftSettings { check_valid_h: 20, ..ShiftSettings::new(code("1"), code("1")) };
    let by_hours = Shift::resume(hours, shift.state().clone());
    assert!(by_hours.gates(bed(), facts(at(10, 3)), &scale()).contains(&(Gate::ScaleCheck, None)));
    assert!(!by_hours.gates(bed(), facts(at(10, 5)), &scale()).contains(&(Gate::ScaleCheck, None)));
}

/// Procedure 1.3: a forgotten weight is asked for again and is no failed check; a check that was stopped says nothing.
#[test]
fn a_forgotten_weight_is_no_bad_scale() {
    let mut shift = ready(at(9, 8));
    must(&mut shift, at(9, 9), ShiftEvent::ScaleCheckBegun { bed: bed(), by: nurse() });
    weigh(&mut shift, at(9, 9), 120_000).unwrap();
    let refused = weigh(&mut shift, at(9, 9), 120_100);
    assert_eq!(refused, Err(ShiftRefusal::NotThisWeight { found_g: 0, nominal_g: 200 }));
    assert_eq!(
        shift.prompt(&[]),
        Some(crate::api::shift::ShiftPrompt::Weigh { bed: bed(), step: scale::ScaleStep::Weight(200) })
    );
    must(&mut shift, at(9, 9), ShiftEvent::ScaleCheckStopped(bed()));
    assert_eq!(weigh(&mut shift, at(9, 9), 120_000), Err(ShiftRefusal::NoCheck(bed())));
    assert_eq!(no_start(&shift, at(9, 9)), None, "the check of the morning still holds");
}

/// Procedure 1.4: the certificate holds through its last day.
#[test]
fn an_expired_certificate_allows_no_start() {
    let shift = ready(at(9, 8));
    let with = |expires| ScaleFacts {
        calibration: Some(Calibration { certificate: code("JL-7"), expires, made: None, by: None }),
        ..scale()
    };
    assert_eq!(shift.no_start(bed(), facts(at(9, 8)), &with(day(9))), None);
    let expired = Some(NoStart::CalibrationExpired);
    assert_eq!(shift.no_start(bed(), facts(at(9, 8)), &with(day(8))), expired);
    let none = ScaleFacts { calibration: None, ..scale() };
    assert_eq!(shift.no_start(bed(), facts(at(9, 8)), &none), Some(NoStart::CalibrationMissing));
}

/// Procedure 1.5, 9.1: an untrusted clock is confirmed by two people, once, and a trusted one by nobody.
#[test]
fn a_clock_is_trusted_or_confirmed_by_two() {
    let mut shift = ready(at(9, 8));
    let untrusted = At { day: None, ..at(9, 8) };
    assert_eq!(no_start(&shift, untrusted), Some(NoStart::ClockUntrusted));
    let confirm = |by, second| ShiftEvent::ClockConfirmed {
        by,
        second,
        wall: Wall(5),
        boot: "b".to_owned(),
        mono: Mono(7),
    };
    assert_eq!(shift.handle(untrusted, &confirm(nurse(), nurse())), Err(ShiftRefusal::SamePerson));
    assert_eq!(shift.handle(at(9, 8), &confirm(nurse(), lead())), Err(ShiftRefusal::ClockTrusted));
    must(&mut shift, untrusted, confirm(nurse(), lead()));
    let confirmed = shift.confirmed_clock().unwrap();
    assert_eq!((confirmed.wall, confirmed.boot.as_str(), confirmed.mono), (Wall(5), "b", Mono(7)));
}

/// Procedure 1.6: a disk at its mark, or one that nobody has looked at, allows no start.
#[test]
fn a_full_disk_allows_no_start() {
    let (shift, now) = (ready(at(9, 8)), at(9, 8));
    let with = |disk_pct| shift.no_start(bed(), Facts { disk_pct, ..facts(now) }, &scale());
    assert_eq!(with(Some(89)), None);
    assert_eq!(with(Some(90)), Some(NoStart::DiskFull));
    assert_eq!(with(None), Some(NoStart::DiskUnknown));
}

/// Procedure 1.7: every closed gate is listed with its reason, and what can be done about it comes first.
#[test]
fn every_reason_is_listed() {
    let shift = shift();
    let bare = ScaleFacts::default();
    let nothing = Facts { now: Wall(0), today: None, disk_pct: None };
    let reasons: Vec<NoStart> =
        shift.gates(bed(), nothing, &bare).into_iter().filter_map(|(_, why)| why).collect();
    let lots = LotKind::ALL.map(NoStart::LotMissing);
    let first = [
        NoStart::ClockUntrusted,
        NoStart::DiskUnknown,
        NoStart::ShiftNotOpen,
        NoStart::CalibrationMissing,
        NoStart::ScaleUnchecked,
    ];
    assert_eq!(reasons, [first.as_slice(), lots.as_slice()].concat());
    assert!(reasons.iter().all(|why| shift.gates(bed(), nothing, &bare).contains(&(why.gate(), Some(*why)))));
}

/// Procedure 1.8: a package is opened once, in date, released and not recalled; the open ones are in use for every donor.
#[test]
fn packages_are_read_once_and_judged() {
    let now = at(9, 8);
    let kit = |number, expires| lot(LotKind::Kit, number, expires);
    let settings = ShiftSettings {
        released: vec![
            (LotKind::Kit, LotNumber::new("L1").unwrap()),
            (LotKind::Kit, LotNumber::new("L2").unwrap()),
        ],
        recalled: vec![(LotKind::Kit, LotNumber::new("L2").unwrap())],
        ..ShiftSettings::new(code("1"), code("1"))
    };
    let mut shift = Shift::resume(settings, ready(now).state().clone());
    let mut open = |lot: LotInUse, at| shift.handle(at, &ShiftEvent::LotOpened { lot, by: nurse() });
    let (today, expires) = (day(9), day(8));
    assert_eq!(open(kit("L1", day(9)), now), Ok(()));
    assert_eq!(open(kit("L1", day(8)), now), Err(ShiftRefusal::LotExpired { expires, today }));
    assert_eq!(open(kit("L1", day(9)), At { day: None, ..now }), Err(ShiftRefusal::ClockUntrusted));
    assert!(matches!(open(kit("L2", day(9)), now), Err(ShiftRefusal::LotRecalled { .. })));
    assert!(matches!(open(kit("L3", day(9)), now), Err(ShiftRefusal::LotNotReleased { .. })));
    assert!(shift.lots_in_use().contains(&kit("L1", day(9))));
    assert_eq!(shift.lots_in_use().len(), 4);
    let lot = |number| LotNumber::new(number).unwrap();
    assert_eq!(shift.refuses_bag(&lot("L1")), None);
    assert!(matches!(shift.refuses_bag(&lot("L2")), Some(ShiftRefusal::LotRecalled { .. })));
    assert!(matches!(shift.refuses_bag(&lot("L3")), Some(ShiftRefusal::LotNotReleased { .. })));
    // The package expires while it is in use.
    let tomorrow = shift.gates(bed(), facts(at(10, 8)), &scale());
    assert!(tomorrow.contains(&(Gate::Lot(LotKind::Kit), Some(NoStart::LotExpired(LotKind::Kit)))));
    // It is recalled while it is in use.
    let recalled = vec![(LotKind::Kit, LotNumber::new("L1").unwrap())];
    let settings = ShiftSettings { recalled, ..ShiftSettings::new(code("1"), code("1")) };
    let after = Shift::resume(settings, ready(now).state().clone());
    assert_eq!(no_start(&after, now), Some(NoStart::LotRecalled(LotKind::Kit)));
}

/// Procedure 9.1: every row of the table asks for another, qualified person; changed settings stop starts until two have looked.
#[test]
fn changed_settings_take_two() {
    let now = at(9, 8);
    let mut shift = ready(now);
    let settings = Box::new(crate::procedure::limits::Settings::default());
    let found = |changed| ShiftEvent::LimitsFound { settings: settings.clone(), changed };
    must(&mut shift, now, found(Vec::new()));
    assert_eq!(no_start(&shift, now), None, "the first settings of a station");
    let confirm = |second| ShiftEvent::LimitsConfirmed { by: nurse(), second };
    assert_eq!(shift.handle(now, &confirm(lead())), Err(ShiftRefusal::NothingChanged));
    let change = LimitChange { name: "pouch_ml".into(), old: "20".into(), new: "30".into() };
    must(&mut shift, now, found(vec![change]));
    assert_eq!(no_start(&shift, now), Some(NoStart::LimitsUnconfirmed));
    let other_nurse = person("1003", Role::Nurse);
    assert_eq!(shift.handle(now, &confirm(other_nurse)), Err(ShiftRefusal::RoleForbids(Role::Nurse)));
    must(&mut shift, now, confirm(lead()));
    assert_eq!(no_start(&shift, now), None);
    for kind in CheckKind::ALL {
        assert!(!kind.qualifies(Role::Auditor), "{kind:?}");
        assert!(kind.qualifies(Role::Lead), "{kind:?}");
    }
}

/// Procedure 9.2: a failed check is passed by no role, no second person, no setting and no restart; only by a check that passes.
#[test]
fn a_failed_check_is_never_overridden() {
    let now = at(9, 8);
    let mut shift = ready(now);
    check(&mut shift, now, [5_000, 0]);
    let lenient = ShiftSettings { required: false, ..ShiftSettings::new(code("1"), code("1")) };
    for settings in [shift.settings().clone(), lenient] {
        let mut other = Shift::resume(settings, shift.state().clone());
        other.started();
        assert_eq!(no_start(&other, now), Some(NoStart::ScaleCheckFailed));
    }
    for role in [Role::Nurse, Role::Lead, Role::Quality, Role::Engineer, Role::Admin, Role::Auditor] {
        let number = shift.state().deviations[0].number;
        let by = person("9", role);
        // Whatever comes of it: explaining the deviation opens no gate.
        drop(shift.handle(now, &ShiftEvent::DeviationCleared { number, by, note: "seen".into() }));
        assert_eq!(no_start(&shift, now), Some(NoStart::ScaleCheckFailed), "{role:?}");
    }
    check(&mut shift, now, [0, 0]);
    assert_eq!(no_start(&shift, now), None);
}

/// Procedure 9.4: an act done alone waits, listed, over a restart, for another qualified person; the shift does not end before.
#[test]
fn an_act_done_alone_waits_until_it_is_checked() {
    let now = at(9, 8);
    let mut shift = ready(now);
    let waits = ShiftEvent::CheckWaits {
        kind: CheckKind::ByHand,
        bed: bed(),
        donation: DonationId(40),
        by: nurse().id,
    };
    must(&mut shift, now, waits);
    let json = serde_json::to_string(shift.state()).unwrap();
    let mut shift = Shift::resume(shift.settings().clone(), serde_json::from_str(&json).unwrap());
    shift.started();
    let check = shift.view(&[]).waiting[0].clone();
    assert_eq!((check.kind, check.donation), (CheckKind::ByHand, DonationId(40)));
    let missing = (DeviationKind::SecondMissing, Source::Donation(DonationId(40)));
    assert!(shift.state().deviations.iter().any(|d| (d.kind, d.source) == missing));
    assert_eq!(close(&mut shift, now), Err(ShiftRefusal::ChecksOpen(1)));
    let mut clear = |by| shift.handle(now, &ShiftEvent::CheckCleared { number: check.number, by });
    assert_eq!(clear(nurse()), Err(ShiftRefusal::SamePerson));
    assert_eq!(clear(person("8", Role::Quality)), Err(ShiftRefusal::RoleForbids(Role::Quality)));
    assert_eq!(clear(lead()), Ok(()));
    assert_eq!(clear(lead()), Err(ShiftRefusal::NoSuchItem(check.number)));
    assert_eq!(close(&mut shift, now), Ok(()));
}

/// Procedure 10.2: what a record shows opens deviations by itself, once; a lead or quality explains them, and what is open outlives the shift.
#[test]
fn deviations_open_by_themselves_and_stay_until_explained() {
    let now = at(9, 8);
    let mut shift = ready(now);
    let closed = ShiftEvent::DonationClosed(ClosedDonation {
        donation: DonationId(40),
        din: Some(din(1)),
        disposition: Disposition::Quarantined,
        segments_later: true,
        deviations: vec![DeviationKind::ByHand, DeviationKind::Underweight],
    });
    must(&mut shift, now, closed.clone());
    must(&mut shift, now, closed);
    check(&mut shift, now, [9_000, 0]);
    let kinds: Vec<_> = shift.state().deviations.iter().map(|d| (d.kind, d.source)).collect();
    let of = Source::Donation(DonationId(40));
    let failed = (DeviationKind::ScaleCheckFailed, Source::Bed(bed()));
    assert_eq!(kinds, vec![(DeviationKind::ByHand, of), (DeviationKind::Underweight, of), failed]);
    assert_eq!(shift.counts().all(), 1, "closed once");
    let number = shift.state().deviations[0].number;
    let clear = |by, note: &str| ShiftEvent::DeviationCleared { number, by, note: note.to_owned() };
    assert_eq!(shift.handle(now, &clear(nurse(), "x")), Err(ShiftRefusal::RoleForbids(Role::Nurse)));
    assert_eq!(shift.handle(now, &clear(lead(), "")), Err(ShiftRefusal::BadText));
    must(&mut shift, now, clear(lead(), "sealer cleaned"));
    assert_eq!(shift.view(&[]).deviations_count, 2);
    close(&mut shift, now).unwrap();
    assert_eq!(shift.view(&[]).deviations_count, 2);
    assert_eq!(shift.state().deviations.len(), 2);
}

/// Procedure 10.4: received = used + voided + left is counted and said, lots and counts are in the summary, and a difference is a deviation.
#[test]
fn the_summary_balances_the_donation_numbers() {
    let now = at(9, 8);
    let mut shift = ready(now);
    let received = |first, last| ShiftEvent::DinsReceived { first: din(first), last: din(last), by: nurse() };
    assert!(matches!(shift.handle(now, &received(20, 11)), Err(ShiftRefusal::NotARoll { .. })));
    must(&mut shift, now, received(11, 20));
    assert_eq!(shift.handle(now, &received(20, 30)), Err(ShiftRefusal::RollTwice(din(20))));
    for n in [11, 12, 13] {
        must(&mut shift, now, ShiftEvent::DinUsed(din(n)));
    }
    must(&mut shift, now, ShiftEvent::DinVoided(din(13)));
    let closed = |n, disposition| {
        ShiftEvent::DonationClosed(ClosedDonation {
            donation: DonationId(n),
            din: None,
            disposition,
            segments_later: n == 2,
            deviations: Vec::new(),
        })
    };
    must(&mut shift, now, closed(1, Disposition::Collected));
    must(&mut shift, now, closed(2, Disposition::NoUnit));
    assert_eq!(close(&mut shift, now), Err(ShiftRefusal::DinsNotCounted));
    must(&mut shift, now, ShiftEvent::DinsLeft { count: 7, by: nurse() });
    let summary = shift.summary(&StationId::new("S").unwrap(), at(9, 18), 3).unwrap();
    assert_eq!((summary.dins.received, summary.dins.used, summary.dins.voided), (10, 2, 1));
    assert!(summary.dins.holds(), "{:?}", summary.dins);
    assert_eq!((summary.counts.collected, summary.counts.no_unit, summary.undelivered), (1, 1, 3));
    assert_eq!(summary.lots.len(), 4);
    assert_eq!(summary.segments_later, vec![DonationId(2)]);
    let mut differs = shift.clone();
    let signed = ShiftEvent::Closed { by: person("7", Role::Auditor), summary_sha256: "00".to_owned() };
    assert_eq!(shift.handle(at(9, 18), &signed), Err(ShiftRefusal::RoleForbids(Role::Auditor)));
    close(&mut shift, at(9, 18)).unwrap();
    assert_eq!(shift.state().deviations, vec![]);
    must(&mut differs, now, ShiftEvent::DinUsed(din(99)));
    close(&mut differs, at(9, 18)).unwrap();
    assert_eq!(differs.state().deviations[0].kind, DeviationKind::DinsDiffer);
}

/// Procedure 10.1: a correction takes two people, the second a lead or quality, and a reason.
#[test]
fn a_correction_takes_two() {
    let mut shift = ready(at(9, 8));
    let correct = |second, why: &str| ShiftEvent::Corrected {
        donation: DonationId(40),
        version: 2,
        field: CorrectedField::Arm,
        old: "left".to_owned(),
        new: "right".to_owned(),
        why: why.to_owned(),
        by: nurse(),
        second,
    };
    let mut ask = |second, why| shift.handle(at(9, 9), &correct(second, why));
    assert_eq!(ask(nurse(), "slip"), Err(ShiftRefusal::SamePerson));
    assert_eq!(ask(person("1003", Role::Nurse), "slip"), Err(ShiftRefusal::RoleForbids(Role::Nurse)));
    assert_eq!(ask(lead(), ""), Err(ShiftRefusal::BadText));
    assert_eq!(ask(lead(), "slip"), Ok(()));
}

/// The state is the same whether events were taken live or folded from entries, and over a checkpoint in the middle.
#[test]
fn folding_gives_the_same_state() {
    let now = at(9, 8);
    let mut live = shift();
    let mut folded = shift();
    let mut events = vec![ShiftEvent::Opened { place: place(), by: nurse() }];
    events.extend(
        LotKind::ALL.map(|kind| ShiftEvent::LotOpened { lot: lot(kind, "L1", day(28)), by: nurse() }),
    );
    events.push(ShiftEvent::ScaleCheckBegun { bed: bed(), by: nurse() });
    let serial = DeviceSerial::new("S-1").ok();
    events.extend([0, 203_000, 500_000].map(|gross| ShiftEvent::ScaleWeighed {
        bed: bed(),
        by: nurse(),
        gross: Milligrams(gross),
        serial: serial.clone(),
    }));
    for (n, event) in events.iter().enumerate() {
        must(&mut live, now, event.clone());
        folded.fold(now, event);
        if n == 3 {
            let json = serde_json::to_string(folded.state()).unwrap();
            folded = Shift::resume(folded.settings().clone(), serde_json::from_str(&json).unwrap());
        }
    }
    assert_eq!(live, folded);
    assert_eq!(no_start(&live, now), Some(NoStart::ScaleCheckFailed));
}
