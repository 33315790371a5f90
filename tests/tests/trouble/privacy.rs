//! Names and numbers of the worklist and of identity cards are in no file of the state folder and in no line of the log.

use crate::bench::{Bench, Kept};
use std::path::Path;
use std::sync::{Arc, Mutex};

/// All bytes below a folder, with the path of each file.
fn files(folder: &Path, into: &mut Vec<(String, Vec<u8>)>) {
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() {
            files(&path, into);
        } else {
            into.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
}

fn contains(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

/// The text as JSON may escape it.
fn escaped(text: &str) -> String {
    text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect()
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A donation, a crash and a start, a card that no list names: everything that takes persons in.
fn donations(folder: &Path) -> Bench {
    let mut bench = Kept::new(111, 1, folder, |list| drop(list.remove(1))).start();
    bench.draw(1, 10_000);
    let mut kept = bench.crash();
    kept.pass(1000);
    let mut bench = kept.start();
    bench.pass(6000);
    bench.finish(1);
    bench.nurse_until(1, "an unlisted donor", |view| view.din.is_some());
    // A card's own code before the scanner: all that is kept of it is its length.
    let person = bench.plant.site.donors()[1].person.clone();
    for text in [person.number.clone(), person.name.clone(), format!("={}", person.number)] {
        let now = bench.world(1).now();
        bench.world(1).scanner.read(now, "]Q1", &text);
        bench.pass(600);
        assert!(bench.view(1).refused.is_some());
    }
    bench.entries("event");
    bench
}

#[test]
fn no_name_and_no_number_is_in_any_file_or_log() {
    let folder = tempfile::tempdir().unwrap();
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let bench = tracing::subscriber::with_default(subscriber, || donations(folder.path()));
    let people: Vec<_> = bench.plant.site.donors().iter().map(|donor| donor.person.clone()).collect();
    drop(bench);
    let mut all = vec![("the log".to_owned(), log.0.lock().unwrap().clone())];
    files(folder.path(), &mut all);
    assert!(all.iter().any(|(path, _)| path.contains("journal")) && all.len() > 3);
    assert!(!all[0].1.is_empty(), "the log was heard");
    for (path, bytes) in &all {
        for person in &people {
            for secret in [person.name.clone(), escaped(&person.name), person.number.clone()] {
                assert!(!contains(bytes, secret.as_bytes()), "{path} holds {secret}");
            }
        }
    }
    let masked = people[0].name.chars().next().unwrap();
    assert!(
        all.iter().any(|(_, bytes)| contains(bytes, format!("{masked}*").as_bytes())),
        "masked names are kept"
    );
}
