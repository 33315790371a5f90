//! The mutations: patches that break a control on purpose, which the explorer has to find (`tests/mutations/run.sh`).
//!
//! Owns: reading their headers and laying them on the tree. Refuses: a patch that does not fit the tree any more, that says too
//! little, that breaks anything but the product, or that belongs to no hazard and no law; a checker that no patch
//! tries. It does not say that a mutation is caught: the script does. Holds no state.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const FOLDER: &str = "tests/mutations";
/// Fewer than this are no proof.
const LEAST: usize = 42;
/// Where the product is.
const PRODUCT: [&str; 3] = ["station/src/", "controller/src/", "drivers/src/"];
/// Exit code of a broken law.
const SAFETY: &str = "129";
/// Who may be named to find a mutation, and the exit code that goes with it.
const SPEAKERS: [(&str, &str); 15] = [
    ("clamp", SAFETY),
    ("volume", SAFETY),
    ("identity", SAFETY),
    ("irreversible", SAFETY),
    ("permits", SAFETY),
    ("people", SAFETY),
    ("alarms", SAFETY),
    ("records", SAFETY),
    ("shift", SAFETY),
    ("typed", SAFETY),
    ("journal", SAFETY),
    ("outbox", SAFETY),
    ("privacy", SAFETY),
    ("liveness", "128"),
    ("crash", "127"),
];

/// The patches by name.
pub(crate) fn patches(root: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(root.join(FOLDER)).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "patch") {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            found.insert(name, std::fs::read_to_string(&path).unwrap());
        }
    }
    found
}

/// What is wrong with the patches.
pub(crate) fn findings(root: &Path) -> Vec<String> {
    let patches = patches(root);
    let mut found = look(&patches, |path| std::fs::read_to_string(root.join(path)).ok());
    if patches.len() < LEAST {
        found.push(format!("{FOLDER}: {} mutations, at least {LEAST}", patches.len()));
    }
    let tried: BTreeSet<&str> = patches.values().filter_map(|text| header(text, "Checker")).collect();
    let untried = SPEAKERS.iter().filter(|(speaker, code)| *code == SAFETY && !tried.contains(speaker));
    found.extend(untried.map(|(speaker, _)| format!("{FOLDER}: nothing there is for {speaker} to find")));
    found
}

/// The value of a line of the header, which ends where the diff begins.
pub(crate) fn header<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let head = text.lines().take_while(|line| !line.starts_with("diff --git "));
    let values = head.filter_map(|line| line.strip_prefix(key)?.strip_prefix(": "));
    values.map(str::trim).find(|value| !value.is_empty())
}

fn look(patches: &BTreeMap<String, String>, source: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let mut found = Vec::new();
    for (name, text) in patches {
        let mut say = |what: &str| found.push(format!("{FOLDER}/{name}.patch: {what}"));
        if header(text, "Removes").is_none() {
            say("does not say what it removes");
        }
        let speaker = header(text, "Checker").zip(header(text, "Exit"));
        if speaker.is_none_or(|speaker| !SPEAKERS.contains(&speaker)) {
            say("names no checker with its exit code");
        }
        let hunks = hunks(text);
        if hunks.is_empty() {
            say("changes nothing");
        }
        for (path, old) in hunks {
            if !PRODUCT.iter().any(|folder| path.starts_with(folder)) {
                say(&format!("{path} is no part of the product"));
            }
            let Some(file) = source(path) else {
                say(&format!("there is no {path}"));
                continue;
            };
            let lines: Vec<&str> = file.lines().collect();
            if !lines.windows(old.len()).any(|window| window == old) {
                say(&format!("does not fit {path} any more, at {:?}", old.first().copied().unwrap_or("")));
            }
        }
    }
    found
}

/// Each hunk's file and the lines that have to be there before it is laid on.
fn hunks(text: &str) -> Vec<(&str, Vec<&str>)> {
    let mut found: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut path = "";
    let mut inside = false;
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("--- a/") {
            (path, inside) = (name, false);
        } else if line.starts_with("@@ ") {
            inside = true;
            found.push((path, Vec::new()));
        } else if line.starts_with("diff --git ") {
            inside = false;
        } else if let Some((_, old)) = found.last_mut().filter(|_| inside)
            && let Some(line) = line.strip_prefix(' ').or(line.strip_prefix('-'))
        {
            old.push(line);
        }
    }
    found
}

#[test]
fn a_mutation_that_does_not_fit_or_says_too_little_is_found() {
    let source = |path: &str| (path == "station/src/a.rs").then(|| "one\ntwo\nthree\n".to_owned());
    let good = "Removes: a control.\nChecker: clamp\nExit: 129\nHolds: law 1\n\ndiff --git a/station/src/a.rs \
                b/station/src/a.rs\n--- a/station/src/a.rs\n+++ b/station/src/a.rs\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n";
    let found = |from: &str, to: &str| {
        look(&BTreeMap::from([("m".to_owned(), good.replace(from, to))]), source).len()
    };
    assert_eq!(found("", ""), 0);
    assert_eq!(found("-two", "-too"), 1);
    assert_eq!(found("Removes: a control.", "Removes:"), 1);
    assert_eq!(found("clamp", "clamps"), 1);
    assert_eq!(found("129", "128"), 1);
    assert_eq!(found("station/src/a.rs", "station/src/b.rs"), 1);
    assert_eq!(found("station/src/a.rs", "sim/src/a.rs"), 2);
    assert_eq!(found("@@", "no"), 1);
}
