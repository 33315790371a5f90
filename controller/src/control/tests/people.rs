//! Who acts at a bed, and in whose name.

use super::*;
use station::api::TypedPerson;
use station::api::shift::ShiftAsk;
use station::procedure::event::HandStep;

/// Procedure 1.2: a badge alone acts for nobody who has not signed in.
#[test]
fn a_badge_acts_only_for_somebody_who_is_signed_in() {
    let mut rig = opened_rig();
    let scan = || Input::Observed {
        device: DeviceId::new("bed1.scanner").unwrap(),
        observation: drivers::Observation::Scan(drivers::ScanText { aim: None, text: "HS-OP-n7".to_owned() }),
    };
    rig.step(10, scan());
    let badge = rig.station.snapshot(at(11)).badge;
    assert_eq!(badge, Some((bed(1), OperatorId::new("n7").unwrap())));
    rig.step(12, Input::SignedIn { operator: nurse("n7"), present: true });
    assert_eq!(rig.station.snapshot(at(13)).badge, None);
    rig.step(14, scan());
    assert_eq!(rig.station.snapshot(at(15)).beds[0].operator, Some(OperatorId::new("n7").unwrap()));
}

#[test]
fn who_only_takes_note_or_may_not_act_does_not_become_the_bed_s_operator() {
    let mut rig = opened_rig();
    let acting = |rig: &Rig| rig.station.slots[0].acting.clone().map(|by| by.id.to_string());
    rig.act(10, 5, 1, Act::Resume);
    assert_eq!(acting(&rig).as_deref(), Some("n1"));
    let auditor = ActingOperator { id: OperatorId::new("a1").unwrap(), role: Role::Auditor };
    for (ms, by, act) in [
        (11, auditor.clone(), Act::Acknowledge(station::procedure::alarm::AlarmCode::LowFlow)),
        (12, nurse("n2"), Act::Acknowledge(station::procedure::alarm::AlarmCode::LowFlow)),
        (13, auditor, Act::Resume),
    ] {
        let op = ControlOp::Act { bed: bed(1), rev: rig.rev(1), act };
        rig.step(ms, Input::Request { token: ms, by: Some(by), second: None, op });
        assert_eq!(acting(&rig).as_deref(), Some("n1"));
    }
    rig.request(14, 14, "n2", ControlOp::Act { bed: bed(1), rev: rig.rev(1), act: Act::Resume });
    assert_eq!(acting(&rig).as_deref(), Some("n2"));
}

#[test]
fn another_person_becomes_the_acting_operator_before_the_act_but_not_by_stopping() {
    let mut rig = opened_rig();
    let rev = rig.rev(1);
    rig.request(10, 5, "n2", ControlOp::Act { bed: bed(1), rev, act: Act::Clamp });
    let rev = rig.rev(1);
    rig.request(11, 6, "n2", ControlOp::Act { bed: bed(1), rev, act: Act::PlugBroken });
    let heard = rig.heard.lock().unwrap();
    let tail: Vec<&Event> = heard.iter().rev().take(3).rev().map(|(_, e)| e).collect();
    assert!(matches!(tail[0], Event::Act(a) if a.act == Act::Clamp));
    assert!(matches!(tail[1], Event::Operator(Some(o)) if o.id.as_str() == "n2"));
    assert!(matches!(tail[2], Event::Act(a) if a.act == Act::PlugBroken));
}

fn engineer() -> ActingOperator {
    ActingOperator { id: OperatorId::new("e1").unwrap(), role: Role::Engineer }
}

#[test]
fn a_badge_of_a_role_that_may_not_act_displaces_no_nurse() {
    let mut rig = opened_rig();
    let nurses = rig.station.slots[0].acting.clone();
    assert_eq!(nurses, Some(nurse("n1")));
    rig.step(10, Input::SignedIn { operator: engineer(), present: true });
    barcode(&mut rig, 11, "HS-OP-e1");
    assert_eq!(rig.station.slots[0].acting, nurses);
}

#[test]
fn nobody_calls_or_types_in_the_name_of_the_nurse_who_acts() {
    let mut rig = opened_rig();
    rig.act(10, 5, 1, Act::BedCleared);
    assert_eq!(rig.station.slots[0].acting, Some(nurse("n1")));
    let rev = rig.rev(1);
    let call = ControlOp::Call { bed: bed(1), rev, queue: "A2".to_owned(), programme_ml: None };
    rig.step(20, Input::Request { token: 6, by: Some(engineer()), second: None, op: call });
    assert_eq!(rig.station.slots[0].donation(), None);
    let (text, again) = ("A9999261234564".to_owned(), "A9999261234564".to_owned());
    let typed = ControlOp::TypedLabel { bed: bed(1), rev: rig.rev(1), label: LabelKind::Din, text, again };
    let input = Input::Request { token: 7, by: Some(engineer()), second: Some(nurse("n2")), op: typed };
    assert_eq!(answer(&rig.step(21, input)), Some(Err(ErrorCode::Refused)));
    assert_eq!(rig.station.slots[0].acting, Some(nurse("n1")));
}

pub(super) fn refusal(out: &[Output]) -> Option<Refusal> {
    out.iter().find_map(|o| match o {
        Output::Answer { result: Err(error), .. } => error.refusal.clone(),
        Output::Answer { .. }
        | Output::Order { .. }
        | Output::Ask(_)
        | Output::Journal { .. }
        | Output::ClockConfirmed(_) => None,
    })
}

/// Procedure 9.3: whose role may not act at a bed is no second person there, for an act, a typed label, a typed identity or by a signature
/// from elsewhere: the machine does not even hear of it.
#[test]
fn a_second_person_is_a_qualified_one() {
    let mut rig = opened_rig();
    let heard = |rig: &Rig| rig.heard.lock().unwrap().len();
    let act = || Act::ByHand { step: HandStep::Sealed, tool: "clips".to_owned(), note: "no heat".to_owned() };
    let (text, again) = ("A9999261234564".to_owned(), "A9999261234564".to_owned());
    let person = TypedPerson {
        name: "王小明".to_owned(),
        number: "110101199001011237".to_owned(),
        birth: "19900101".to_owned(),
    };
    let (rev, other) = (rig.rev(1), rig.rev(2));
    let ops = [
        ControlOp::Act { bed: bed(1), rev, act: act() },
        ControlOp::TypedLabel { bed: bed(1), rev, label: LabelKind::Din, text, again },
        ControlOp::TypedIdentity { bed: bed(2), rev: other, person },
    ];
    let (before, forbidden) = (heard(&rig), Some(Refusal::RoleForbids(Role::Engineer)));
    for (token, op) in (10..).zip(ops) {
        let input = Input::Request { token, by: Some(nurse("n1")), second: Some(engineer()), op };
        assert_eq!(refusal(&rig.step(token, input)), forbidden);
    }
    let ask = ShiftAsk::AskSecond { bed: bed(1), rev, act: act() };
    rig.request(20, 20, "n1", ControlOp::Shift(ask));
    let number = rig.station.snapshot(at(21)).shift.seconds[0].number;
    let sign = |token, second| Input::Request {
        token,
        by: Some(nurse("n1")),
        second: Some(second),
        op: ControlOp::Shift(ShiftAsk::Sign(number)),
    };
    assert_eq!(refusal(&rig.step(22, sign(22, engineer()))), forbidden);
    assert_eq!(heard(&rig), before);
    assert_eq!(refusal(&rig.step(23, sign(23, nurse("n2")))), None);
    let heard = rig.heard.lock().unwrap();
    let signed = |e: &Event| matches!(e, Event::Act(a) if a.second == OperatorId::new("n2").ok());
    assert!(heard.iter().any(|(_, e)| signed(e)), "the next one who may signs the same");
}
