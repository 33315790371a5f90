//! A BMS that is away, answers wrongly, loses its answer or refuses: no record is lost, none is there twice.

use crate::bench::Bench;
use sim::bms::book::BmsFault;
use station::api::prompt::Prompt;
use station::ident::DonationId;

/// Nobody listens here: the discard service's port, of the loopback interface.
const NOWHERE: &str = "http://127.0.0.1:9";

/// A donation that was aborted before the needle: the shortest way to a record.
fn a_record(bench: &mut Bench) -> DonationId {
    use station::procedure::event::{AbortWhy, Act};
    let donation = bench.nurse_until(1, "a number", |view| view.din.is_some()).donation.unwrap();
    bench.act(1, Act::Abort(AbortWhy::DonorWithdraws), false).unwrap();
    bench.nurse_until(1, "a free bed", |view| view.prompt == Prompt::Identify);
    donation
}

fn names(donations: &[DonationId]) -> Vec<String> {
    let mut names: Vec<String> = donations.iter().map(|donation| format!("SIM-01/{donation}/1")).collect();
    names.sort();
    names
}

/// In the order of their names: one that was refused is passed by the next.
fn accepted(bench: &Bench) -> Vec<String> {
    let mut accepted: Vec<String> = bench.accepted().into_iter().map(|record| record.id).collect();
    accepted.sort();
    accepted
}

#[test]
fn whatever_the_bms_does_every_record_is_there_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(101, 1, folder.path());
    let url = bench.bms.url();

    bench.post_to(NOWHERE);
    let mut all = vec![a_record(&mut bench), a_record(&mut bench)];
    bench.pass(60_000);
    assert_eq!((accepted(&bench).len(), bench.waiting().waiting), (0, 2), "away, nothing is lost");

    let wrong = [BmsFault::Refuse, BmsFault::WrongHash, BmsFault::LoseAnswer, BmsFault::Silence];
    bench.bms.book().misbehave(wrong);
    bench.post_to(&url);
    bench.pass(400_000);
    assert_eq!(accepted(&bench), names(&all));
    assert_eq!(bench.waiting().waiting, 1, "an answer with another hash acknowledges nothing");
    // It is sent again in an hour, or after the next start.
    let mut bench = bench.crash().start();
    bench.pass(5000);
    assert_eq!((accepted(&bench), bench.waiting().waiting), (names(&all), 0));
    let acknowledged = bench.entries("acknowledged");
    assert_eq!(acknowledged.len(), 2, "{acknowledged:?}");

    all.push(a_record(&mut bench));
    bench.pass(5000);
    assert_eq!((accepted(&bench), bench.waiting().waiting), (names(&all), 0));
    let posts = bench.bms.book().posts();
    bench.pass(30_000);
    assert_eq!(bench.bms.book().posts(), posts, "what was acknowledged is not sent again");
}

#[test]
fn a_refused_record_stays_in_care_and_does_not_hold_the_others_up() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(102, 1, folder.path());
    bench.post_to(NOWHERE);
    let refused = a_record(&mut bench);
    let id = format!("SIM-01/{refused}/1");
    let other = format!(r#"{{"id":"{id}","of":"somebody else"}}"#);
    let sha = sha256(&other);
    let verdict = bench.bms.book().post(Some(&id), Some(&sha), other.as_bytes());
    println!("{verdict:?}");

    let url = bench.bms.url();
    bench.post_to(&url);
    bench.pass(60_000);
    let next = a_record(&mut bench);
    bench.pass(20_000);
    assert_eq!(accepted(&bench), names(&[refused, next]), "one each, the first not ours");
    assert_eq!(bench.accepted()[0].body, other, "other bytes are never accepted under a known id");
    assert_eq!(bench.waiting().waiting, 1, "the refused one stays in the station's care");
    // Over a crash too.
    let mut kept = bench.crash();
    kept.pass(1000);
    let mut bench = kept.start();
    bench.pass(5000);
    assert_eq!(bench.waiting().waiting, 1);
    assert_eq!(accepted(&bench), names(&[refused, next]));
}

fn sha256(text: &str) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}
