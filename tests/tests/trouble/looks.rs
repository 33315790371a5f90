//! Looks at whole names, searches, exports: journaled first, with who and why and without any name.

use crate::bench::Bench;
use controller::control::io::ControlOp;
use controller::control::looks::Look;
use station::api::look::{LookFrom, LookWhy, Sight};
use station::api::{Answer, ErrorCode};
use station::ident::{BedId, Din};
use station::procedure::event::Role;
use station::procedure::phase::PhaseName;
use station::procedure::refusal::Refusal;
use station::record::Which;

fn look(sight: Sight) -> ControlOp {
    ControlOp::Look(Look { sight, why: LookWhy::Care, from: LookFrom::Terminal })
}

/// Procedure 10.3: nothing is shown while the disk stands still; then the journal holds who looked at whom and why, by token and not by name.
#[test]
fn a_look_is_on_disk_before_anything_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(221, 1, folder.path());
    let bed = BedId::new(1).unwrap();
    let nobody = bench.op(look(Sight::Donor(bed)), false).unwrap_err();
    assert_eq!(nobody.refusal, Some(Refusal::NotNow), "nobody lies there");
    let donation = bench.bring_to(1, PhaseName::Label).donation.unwrap();
    bench.stall(true);
    let token = bench.request(look(Sight::Donor(bed)), false);
    bench.pass(3000);
    assert!(!bench.is_answered(token), "before it is durable");
    bench.stall(false);
    let Ok(Answer::Looked { donor: Some(donor) }) = bench.answer(token) else { panic!("not looked") };
    let looks = bench.entries("looked");
    let [looked] = &looks[..] else { panic!("{looks:?}") };
    let told = [&looked["by"], &looked["why"], &looked["from"], &looked["donor"]];
    assert_eq!(told, ["1001", "care", "terminal", donor.as_str()]);
    assert_eq!(looked["donation"], donation.0);
    // What the terminal then gets is what was sealed of this donor when the list came.
    let person = bench.sealed(&donor).expect("the blob and its key are found");
    let names: Vec<String> =
        bench.plant.site.donors().iter().map(|donor| donor.person.name.clone()).collect();
    assert!(names.iter().any(|name| person.starts_with(&format!("{name}\t"))));
    assert!(!looks[0].to_string().contains(&person[..3]), "{looks:?}");
}

/// Procedure 10.3: a search is journaled with what was searched; whoever may not take records out is refused, and that is journaled too.
#[test]
fn a_search_by_somebody_who_may_not_is_journaled_and_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(222, 1, folder.path());
    bench.pass(1000);
    let which = Which::Din(Din::new("A999926654321").unwrap());
    let refused = bench.op(look(Sight::Record(which)), false).unwrap_err();
    assert_eq!(refused.refusal, Some(Refusal::RoleForbids(Role::Nurse)));
    let kind = Some("王小明".to_owned());
    let journal = Sight::Journal { from: None, through: None, kind };
    assert_eq!(bench.op(look(journal), false).unwrap_err().code, ErrorCode::Malformed, "words name people");
    let looks = bench.entries("looked");
    assert_eq!(looks.len(), 1);
    assert_eq!(
        (&looks[0]["refused"], &looks[0]["sight"]["record"]["din"]),
        (&"nurse".into(), &"A999926654321".into())
    );
}
