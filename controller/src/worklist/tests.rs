//! Worklists as a BMS might write them.

use super::*;
use crate::clock::{BootId, ClockTrust};
use crate::privacy::{DayKey, MasterKey, OsEntropy};
use proptest::prelude::*;
use serde_json::{Value, json};
use station::measure::{Mono, Wall};

/// 2026-11-22 12:00 at UTC+8.
const NOON: i64 = 1_795_320_000_000;

fn now() -> Stamp {
    Stamp { boot_id: BootId(1), mono: Mono(0), wall: Wall(NOON), trust: ClockTrust::Synced }
}

fn privacy() -> Privacy {
    Privacy::new(&MasterKey::from_bytes([7; 32]), Box::new(OsEntropy))
}

fn intake() -> Intake {
    let station = StationId::new("S1").unwrap();
    let parts =
        IntakeParts { station, utc_offset_min: 480, programmes_ml: vec![200, 400], privacy: privacy() };
    Intake::new(parts, [])
}

fn item(queue: &str) -> Value {
    json!({"queue": queue, "name": "王小明", "id_number": "110101199001011237", "programme_ml": 400,
           "screening": true, "consent": true, "eligible": true, "din": null})
}

fn list(items: &[Value]) -> String {
    json!({ "items": items }).to_string()
}

fn worklist(taken: &Taken) -> &[WorkItem] {
    match taken.inputs.last() {
        Some(Input::Worklist(items)) => items,
        other => panic!("no worklist at the end: {other:?}"),
    }
}

#[test]
fn a_person_becomes_token_masked_name_age_and_sealed_blob() {
    let mut intake = intake();
    let taken = intake.take(now(), &list(&[item("A001")])).unwrap();
    let [item] = worklist(&taken) else { panic!("{taken:?}") };
    assert_eq!((item.masked.as_str(), item.age_years, item.programme_ml), ("王**", 36, 400));
    assert_eq!(Some(&item.token), privacy().token("110101199001011237").as_ref());
    assert_eq!(item.fetched, Wall(NOON));
    let told = format!("{taken:?}");
    assert!(!told.contains("小明") && !told.contains("19900101"), "{told}");

    let [Input::Note(key), Input::Note(sealed), Input::Worklist(_)] = &taken.inputs[..] else {
        panic!("{taken:?}")
    };
    assert_eq!((key.kind.as_str(), sealed.kind.as_str()), ("day_key", "sealed"));
    let key: DayKey = serde_json::from_str(key.body.get()).unwrap();
    let sealed: SealedPerson = serde_json::from_str(sealed.body.get()).unwrap();
    let context = format!("S1/{}", item.token);
    let plain = privacy().open(&key, context.as_bytes(), &sealed.blob).unwrap();
    assert_eq!(plain.bytes(), "王小明\t110101199001011237\tmale\t19900101\t".as_bytes());
}

#[test]
fn a_person_is_sealed_once_a_day_however_often_the_list_comes() {
    let mut intake = intake();
    let text = list(&[item("A001")]);
    assert_eq!(intake.take(now(), &text).unwrap().inputs.len(), 3);
    assert_eq!(intake.take(now(), &text).unwrap().inputs.len(), 1);
    let mut tomorrow = now();
    tomorrow.wall.0 += 86_400_000;
    assert_eq!(
        intake.take(tomorrow, &text).unwrap().inputs.len(),
        3,
        "and once more under the next day's key"
    );
}

#[test]
fn a_bad_item_is_named_without_its_content_and_the_others_are_taken() {
    let change = |key: &str, value: Value| {
        let mut bad = item("B1");
        bad[key] = value;
        bad
    };
    for (bad, told) in [
        (json!("王小明"), "item 2: not an object"),
        (
            change("queue", json!("")),
            "item 2: queue: wanted 1 to 16 printable ASCII characters without spaces",
        ),
        (
            change("queue", json!("王")),
            "item 2: queue: wanted 1 to 16 printable ASCII characters without spaces",
        ),
        (change("name", json!("a\nb")), "item 2 (queue number B1): name: wanted 1 to 64 characters"),
        (change("name", json!("x".repeat(65))), "item 2 (queue number B1): name: wanted 1 to 64 characters"),
        (
            change("id_number", json!("110101199001011238")),
            "item 2 (queue number B1): id_number: the check character does not agree with the number",
        ),
        (
            change("id_number", json!(5)),
            "item 2 (queue number B1): id_number: wanted a resident identity number",
        ),
        (
            change("programme_ml", json!(300)),
            "item 2 (queue number B1): programme_ml: wanted one of this site's programmes in mL",
        ),
        (change("screening", json!("yes")), "item 2 (queue number B1): screening: wanted true or false"),
        (change("consent", Value::Null), "item 2 (queue number B1): consent: wanted true or false"),
        (change("eligible", json!(1)), "item 2 (queue number B1): eligible: wanted true or false"),
        (
            change("din", json!("short")),
            "item 2 (queue number B1): din: wanted a DIN of 13 characters, or null",
        ),
        (item("B1"), "item 2 (queue number B1): id_number: the same as that of queue number A001"),
        (item("A001"), "item 2 (queue number A001): queue: the same as that of queue number A001"),
    ] {
        let taken = intake().take(now(), &list(&[item("A001"), bad])).unwrap();
        assert_eq!(worklist(&taken).len(), 1);
        let all: Vec<String> = taken.bad.iter().map(ToString::to_string).collect();
        assert_eq!(all, [told]);
    }
}

#[test]
fn a_din_is_promised_once() {
    let with_din = |queue: &str, number: &str| {
        let mut item = item(queue);
        item["id_number"] = json!(number);
        item["din"] = json!("G123417654321");
        item
    };
    let items = [with_din("A1", "110101199001011237"), with_din("A2", "11010519491231002X")];
    let taken = intake().take(now(), &list(&items)).unwrap();
    assert_eq!(worklist(&taken).len(), 1);
    assert_eq!(taken.bad[0].problem, Problem::Twice { field: Field::Din, queue: "A1".into() });
}

#[test]
fn what_is_beyond_the_bound_is_counted_and_not_taken() {
    let items: Vec<Value> = (0..MAX_WORKLIST + 3).map(|n| item(&format!("Q{n}"))).collect();
    let taken = intake().take(now(), &list(&items)).unwrap();
    assert_eq!((taken.beyond, taken.items, taken.bad.len()), (3, 1, MAX_WORKLIST - 1));
}

#[test]
fn what_is_no_worklist_changes_nothing() {
    for text in ["", "[]", "{}", r#"{"items":{}}"#, r#"{"items":[}"#] {
        assert!(intake().take(now(), text).is_err(), "{text}");
    }
    let taken = intake().take(now(), r#"{"items":[],"more":1}"#).unwrap();
    assert!(worklist(&taken).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(5), ..ProptestConfig::default() })]

    #[test]
    fn no_damage_panics_and_no_message_quotes_a_person(at in 0..400_usize, cut in 0..30_usize, put in "\\PC{0,6}") {
        let text = list(&[item("A001"), item("A002")]);
        let mut chars: Vec<char> = text.chars().collect();
        let from = at.min(chars.len());
        let to = (from + cut).min(chars.len());
        chars.splice(from..to, put.chars());
        let damaged: String = chars.into_iter().collect();
        let told = match intake().take(now(), &damaged) {
            Ok(taken) => taken.bad.iter().map(ToString::to_string).collect::<String>(),
            Err(error) => error.to_string(),
        };
        prop_assert!(!told.contains("小明") && !told.contains("1101011990"), "{}", told);
    }
}
