//! The habits of this code, kept by a test: who may import whom, sizes, forbidden calls, dead files, words that do not
//! belong here.
//!
//! Owns: the walk over the workspace and the report. Refuses: to depend on git or on anything but the files. Each rule
//! is tried on a sample that breaks it, so that a rule that sees nothing is noticed. Holds no state.

#![allow(clippy::unwrap_used, reason = "all of this crate is a test, its helpers too")]

mod hazards;
mod manifests;
mod mutations;
mod rules;
mod sentences;
mod source;
mod tree;

use rules::RULES;
use source::Source;
use std::fmt::Write;
use tests::workspace_root;

/// Fails with every finding, one a line.
fn report(findings: &[String]) {
    let mut all = String::new();
    for finding in findings {
        writeln!(all, "  {finding}").expect("a string takes all");
    }
    assert!(findings.is_empty(), "{} findings:\n{all}", findings.len());
}

#[test]
fn every_file_keeps_every_rule() {
    let sources = tree::sources(&workspace_root());
    assert!(sources.len() > 40, "only {} files were found", sources.len());
    let mut all = Vec::new();
    for rule in &RULES {
        for source in &sources {
            let found = (rule.check)(source);
            all.extend(
                found.iter().map(|f| format!("{}:{}: [{}] {}", source.path, f.line, rule.name, f.what)),
            );
        }
    }
    report(&all);
}

#[test]
fn every_rule_finds_what_breaks_it_and_only_that() {
    for rule in &RULES {
        let (path, text) = rule.bad;
        assert_ne!(
            (rule.check)(&Source::new(path, text)),
            [],
            "rule {:?} does not see its bad sample",
            rule.name
        );
        let (path, text) = rule.good;
        assert_eq!((rule.check)(&Source::new(path, text)), [], "rule {:?} on its good sample", rule.name);
    }
}

#[test]
fn no_file_is_dead() {
    report(&tree::dead(&tree::raw_sources(&workspace_root())));
}

#[test]
fn crates_import_along_the_arrows() {
    report(&manifests::findings(&workspace_root()));
}

#[test]
fn every_hazard_s_control_is_proved_by_a_test() {
    report(&hazards::findings(&workspace_root()));
}

#[test]
fn every_mutation_fits_the_tree() {
    report(&mutations::findings(&workspace_root()));
}

#[test]
fn every_sentence_of_the_procedure_is_held_by_a_test_and_can_be_seen() {
    let root = workspace_root();
    let procedure = std::fs::read_to_string(root.join("station/PROCEDURE.md")).unwrap();
    let files = tree::raw_sources(&root).into_iter().map(|(path, source)| (path, source.text)).collect();
    report(&sentences::findings(&procedure, &files));
}

#[test]
fn every_sentence_of_the_procedure_was_played_by_hand() {
    let read = |path: &str| std::fs::read_to_string(workspace_root().join(path)).unwrap();
    report(&sentences::unplayed(&read("station/PROCEDURE.md"), &read("station/PLAYED.md")));
}

/// The command that the README tells and that has to pass.
const TEST_COMMAND: &str = "cargo test --workspace";

#[test]
fn what_is_checked_is_what_the_readme_tells() {
    let root = workspace_root();
    let script = std::fs::read_to_string(root.join(".ci/run")).unwrap();
    assert!(script.lines().any(|line| line == format!("step {TEST_COMMAND}")), ".ci/run: {TEST_COMMAND}");
    // A package of the sources may come without its README; if it is there it has to tell the truth.
    let readme = root.join("README.md");
    let text =
        if readme.exists() { std::fs::read_to_string(readme).unwrap() } else { TEST_COMMAND.to_owned() };
    assert!(text.contains(TEST_COMMAND), "README.md: {TEST_COMMAND}");
}

#[test]
fn the_project_speaks_of_itself_alone() {
    report(&tree::foreign_words(&workspace_root()));
}
