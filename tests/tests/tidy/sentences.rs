//! The sentences of the procedure and the tests that name them.
//!
//! Owns: reading both. Refuses: a sentence that no test names or of which nobody says how to see it, and a test that names a
//! sentence that is not there. Holds no state.

use std::collections::{BTreeMap, BTreeSet};

/// Words before the numbers in a test's comment.
const NAMES: &str = "/// Procedure ";

/// The numbers that a comment names: `/// Procedure 4.3, 4.4: ...`.
fn named(line: &str) -> Option<Vec<&str>> {
    let (numbers, _) = line.trim().strip_prefix(NAMES)?.split_once(':')?;
    Some(numbers.split(", ").collect())
}

/// Whether a test function begins below this line, with only its comment and attributes between.
fn above_a_test(lines: &[&str], at: usize) -> bool {
    let mut is_test = false;
    for line in &lines[at..] {
        let line = line.trim();
        if line.starts_with("fn ") || line.contains(" fn ") {
            return is_test || line.contains("proptest!");
        }
        is_test |= ["#[test]", "#[tokio::test]"].contains(&line);
        if !line.starts_with("///") && !line.starts_with("#[") && !line.ends_with(']') {
            return false;
        }
    }
    false
}

/// Sentences that the table of what was played by hand does not name.
pub(crate) fn unplayed(procedure: &str, played: &str) -> Vec<String> {
    let rows = played.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" |"));
    let played: BTreeSet<&str> = rows.flat_map(|(numbers, _)| numbers.split(", ")).collect();
    let sentences = procedure.lines().filter_map(|line| line.strip_prefix("### ")?.split(' ').next());
    let missing = sentences.filter(|number| !played.contains(number));
    missing.map(|number| format!("station/PLAYED.md: no row says how {number} was played")).collect()
}

#[test]
fn a_sentence_that_nobody_played_is_found() {
    let procedure = "### 1.1 One.\n### 1.2 Two.\n### 1.3 Three.\n";
    let found = unplayed(procedure, "| 1.1, 1.3 | F2 | seen | en S |\nNot played: 1.2.\n");
    assert_eq!(found, ["station/PLAYED.md: no row says how 1.2 was played"]);
}

/// What is wrong, given the procedure's text and every Rust file by its path.
pub(crate) fn findings(procedure: &str, files: &BTreeMap<String, String>) -> Vec<String> {
    let mut found = Vec::new();
    let mut tests: BTreeSet<&str> = BTreeSet::new();
    for (path, text) in files {
        let lines: Vec<&str> = text.lines().collect();
        for (n, line) in lines.iter().enumerate() {
            let Some(numbers) = named(line) else { continue };
            if !above_a_test(&lines, n) {
                found.push(format!("{path}:{}: names a sentence and is no test", n + 1));
                continue;
            }
            tests.extend(numbers);
        }
    }
    let mut known = BTreeSet::new();
    let mut number = "";
    for line in procedure.lines() {
        if let Some(rest) = line.strip_prefix("### ") {
            number = rest.split(' ').next().unwrap_or_default();
            known.insert(number);
            if !tests.contains(number) {
                found.push(format!("station/PROCEDURE.md: no test names {number}"));
            }
        } else if line
            .strip_prefix("- demo:")
            .or(line.strip_prefix("- 演示："))
            .is_some_and(|how| how.trim().is_empty())
        {
            found.push(format!("station/PROCEDURE.md: {number}: how to see it in the demo is not said"));
        }
    }
    found.extend(tests.difference(&known).map(|n| format!("a test names {n}, which is no sentence")));
    found
}

#[test]
fn a_sentence_without_a_test_and_a_test_without_a_sentence_are_found() {
    let procedure =
        "### 1.1 One.\n一。\n- demo: F3\n- 演示：F3\n\n### 1.2 Two.\n二。\n- demo: \n- 演示：F3\n";
    let file = |text: &str| BTreeMap::from([("a.rs".to_owned(), text.to_owned())]);
    let good = "/// Procedure 1.1, 1.2: both.\n#[test]\nfn a() {}\n";
    assert_eq!(findings(&procedure.replace("demo: \n", "demo: F3\n"), &file(good)), Vec::<String>::new());
    assert_eq!(
        findings(
            procedure,
            &file("/// Procedure 1.1, 9.9: a.\n#[test]\nfn a() {}\n/// Procedure 1.2: b.\nfn b() {}\n")
        ),
        [
            "a.rs:4: names a sentence and is no test",
            "station/PROCEDURE.md: no test names 1.2",
            "station/PROCEDURE.md: 1.2: how to see it in the demo is not said",
            "a test names 9.9, which is no sentence",
        ]
    );
}
