//! The table of hazards: every control is proved by tests that are there, and broken on purpose by a mutation, or it is said why
//! by none.
//!
//! Owns: reading the table. Refuses: a hazard without a control or test, a test that nobody runs, a number given twice, a
//! mutation that is not there, and one that is of no hazard and no law. Holds no state.

use crate::mutations;
use std::collections::BTreeSet;
use std::path::Path;

const TABLE: &str = "station/HAZARDS.md";
/// Fewer rows than this are no table.
const LEAST: usize = 30;

/// What is wrong with the table.
pub(crate) fn findings(root: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(root.join(TABLE)).unwrap();
    let source = |path: &str| std::fs::read_to_string(root.join(path)).ok();
    let patches = mutations::patches(root);
    let (rows, mut found) = look(&text, source, |name| patches.contains_key(name));
    for (name, patch) in &patches {
        let of_law = mutations::header(patch, "Holds").is_some_and(|holds| holds.contains("law "));
        if !of_law && !text.contains(&format!("`{name}`")) {
            found.push(format!("{TABLE}: the mutation {name} is of no hazard and no law"));
        }
    }
    if rows < LEAST {
        found.push(format!("{TABLE}: {rows} hazards, at least {LEAST}"));
    }
    found
}

/// How many hazards there are, and what is wrong with them.
fn look(
    text: &str,
    source: impl Fn(&str) -> Option<String>,
    is_mutation: impl Fn(&str) -> bool,
) -> (usize, Vec<String>) {
    let (mut ids, mut found, mut rows) = (BTreeSet::new(), Vec::new(), 0);
    for (at, line) in text.lines().enumerate().filter(|(_, line)| line.starts_with("| Z")) {
        rows += 1;
        let place = format!("{TABLE}:{}", at + 1);
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [id, hazard, cause, control, tests, mutations] = cells[..] else {
            let what = "not id, hazard, cause, control, tests, mutations";
            found.push(format!("{place}: {} cells, {what}", cells.len()));
            continue;
        };
        if !ids.insert(id.to_owned()) {
            found.push(format!("{place}: {id} is there twice"));
        }
        if [hazard, cause, control].iter().any(|cell| cell.is_empty()) {
            found.push(format!("{place}: {id} has an empty cell"));
        }
        let named: Vec<&str> = tests.split('`').skip(1).step_by(2).collect();
        if named.is_empty() {
            found.push(format!("{place}: {id} has a control that no test proves"));
        }
        for name in named {
            let there = name
                .split_once("::")
                .and_then(|(path, test)| Some(is_test(&source(path)?, test)))
                .unwrap_or(false);
            if !there {
                found.push(format!("{place}: {id} names the test {name}, which is not there"));
            }
        }
        let named: Vec<&str> = mutations.split('`').skip(1).step_by(2).collect();
        if named.is_empty() && mutations.strip_prefix("none: ").is_none_or(|why| why.trim().is_empty()) {
            found.push(format!("{place}: {id} has no mutation, and it is not said why"));
        }
        for name in named.into_iter().filter(|name| !is_mutation(name)) {
            found.push(format!("{place}: {id} names the mutation {name}, which is not there"));
        }
    }
    (rows, found)
}

/// Whether the file has a test function of this name: an attribute `#[..test]` stands above it.
fn is_test(text: &str, name: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let function = format!("fn {name}(");
    let starts = |line: &&str| line.strip_prefix("async ").unwrap_or(line).starts_with(&function);
    let Some(at) = lines.iter().position(starts) else { return false };
    let attributes =
        lines[..at].iter().rev().take_while(|line| line.starts_with("#[") || line.starts_with("//"));
    attributes.into_iter().any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test"))
}

#[test]
fn a_hazard_without_a_test_and_a_test_that_is_not_there_are_seen() {
    let source = |path: &str| {
        (path == "a.rs")
            .then(|| "#[test]\nfn proves() {}\nfn helps() {}\n#[tokio::test]\nasync fn waits() {}".to_owned())
    };
    let look = |text: &str| look(text, source, |name| name == "breaks");
    let row = |tests: &str| look(&format!("| Z01 | harm | slip | guard | {tests} | `breaks` |")).1.len();
    assert_eq!([row("`a.rs::proves` `a.rs::waits`"), row("`a.rs::proves`")], [0, 0]);
    assert_eq!([row(""), row("none")], [1, 1]);
    assert_eq!(
        [row("`a.rs::helps`"), row("`a.rs::gone`"), row("`b.rs::proves`"), row("`proves`")],
        [1, 1, 1, 1]
    );
    let mutated =
        |mutations: &str| look(&format!("| Z01 | a | b | c | `a.rs::proves` | {mutations} |")).1.len();
    assert_eq!([mutated("`breaks`"), mutated("none: terminal")], [0, 0]);
    assert_eq!(
        [mutated(""), mutated("none:"), mutated("`bends`"), mutated("`breaks` `bends`")],
        [1, 1, 1, 1]
    );
    let proved = "`a.rs::proves` | `breaks` |";
    let twice = format!("| Z01 | a | b | c | {proved}\n| Z01 | a |  | c | {proved}\n| Z02 | a |");
    assert_eq!(look(&twice).1.len(), 3);
}
