//! What the station knows of disk and clock, as its beds hear of it.

use super::*;
use station::api::shift::ShiftAsk;
use station::procedure::event::SharedFact;
use station::shift::ShiftRefusal;
use station::shift::gates::NoStart;

fn heard<T>(rig: &Rig, of: impl Fn(&SharedFact) -> Option<T>) -> Vec<(BedId, T)> {
    let heard = rig.heard.lock().unwrap();
    let fact = |(bed, event): &(BedId, Event)| {
        if let Event::Shared(fact) = event { of(fact).map(|told| (*bed, told)) } else { None }
    };
    heard.iter().filter_map(fact).collect()
}

/// Procedure 1.6, 1.7: a disk that fills up closes every bed, told once with that reason; one with room again opens them.
#[test]
fn a_full_disk_closes_every_bed() {
    let mut rig = rig();
    for (ms, used) in [(1_000, 89), (2_000, 90), (3_000, 91), (4_000, 89)] {
        rig.step(ms, Input::DiskUsed(Some(used)));
    }
    let why = |fact: &SharedFact| if let SharedFact::NoStart(why) = fact { Some(*why) } else { None };
    let full = Some(NoStart::DiskFull);
    assert_eq!(heard(&rig, why), [(bed(1), full), (bed(2), full), (bed(1), None), (bed(2), None)]);
}

/// Procedure 1.5, 9.1: a clock that is not trusted is told to every bed; two people confirm it with date and time, never before what the
/// journal holds, and one of them alone confirms nothing.
#[test]
fn a_clock_is_confirmed_by_two_people() {
    let mut rig = rig();
    let untrusted = |ms| Stamp { trust: ClockTrust::Untrusted, ..at(ms) };
    let step = |rig: &mut Rig, ms, input| -> Vec<Output> {
        rig.station.step(untrusted(ms), input);
        std::iter::from_fn(|| rig.station.poll_output()).collect()
    };
    step(&mut rig, 1_000, Input::Timeout);
    let trusted = |fact: &SharedFact| if let SharedFact::ClockTrusted(is) = fact { Some(*is) } else { None };
    let told = heard(&rig, trusted);
    assert_eq!(told[told.len() - 2..], [(bed(1), false), (bed(2), false)]);
    let said = Wall(at(2_000).wall.0 + 86_400_000);
    let mut confirm = |second: Option<ActingOperator>, wall| {
        let op = ControlOp::Shift(ShiftAsk::ConfirmClock(wall));
        let mut out = step(&mut rig, 2_000, Input::Request { token: 1, by: Some(nurse("n1")), second, op });
        let all = rig.station.pen.last_seq();
        out.extend(step(&mut rig, 2_000, Input::Durable(all)));
        let confirmed =
            out.iter().find_map(|o| if let Output::ClockConfirmed(w) = o { Some(*w) } else { None });
        (people::refusal(&out), confirmed)
    };
    let refused = |refusal| (Some(Refusal::Shift(refusal)), None);
    assert_eq!(confirm(None, said), refused(ShiftRefusal::SecondNeeded));
    assert_eq!(confirm(Some(nurse("n1")), said), refused(ShiftRefusal::SamePerson));
    let before = Wall(at(0).wall.0 - 3_600_000);
    assert_eq!(confirm(Some(nurse("n2")), before), refused(ShiftRefusal::BeforeJournal));
    assert_eq!(confirm(Some(nurse("n2")), said), (None, Some(said)));
}
