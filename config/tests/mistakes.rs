//! One file for each mistake a site can make, and beside it what the technician reads. Each file is `sound.toml` with
//! one thing changed, so a snapshot that shows more than that thing is a finding.

use config::parse;
use proptest::prelude::*;
use std::path::Path;

const SOUND: &str = include_str!("sound.toml");

#[test]
fn the_sound_file_is_sound() {
    assert_eq!(parse(SOUND, "sound.toml").map(|config| config.beds.len()), Ok(1));
}

#[test]
fn every_mistake_is_told_with_place_found_and_allowed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mistakes");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(&folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let mut names: Vec<String> = Vec::new();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        names.extend(name.strip_suffix(".toml").map(str::to_owned));
    }
    names.sort();
    assert!(names.len() > 50, "the files are not where they should be");
    for name in names {
        let file = format!("{name}.toml");
        let text = std::fs::read_to_string(folder.join(&file)).unwrap();
        let mistakes = parse(&text, &file).expect_err(&file);
        settings.bind(|| insta::assert_snapshot!(name, mistakes.to_string()));
    }
}

#[test]
fn a_file_too_long_is_not_read() {
    let text = format!("{SOUND}#{}", "x".repeat(config::MAX_FILE));
    let mistakes = parse(&text, "long.toml").unwrap_err();
    assert_eq!(mistakes.all.len(), 1);
    assert!(mistakes.to_string().contains("allowed: up to 262144"), "{mistakes}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(1), ..ProptestConfig::default() })]

    /// Cutting and overwriting anywhere gives a configuration or mistakes with places inside the text, never a panic.
    #[test]
    fn any_damage_is_a_configuration_or_mistakes(at in 0..SOUND.len(), cut in 0..40_usize, put in "[\\x00-\\x7f]{0,6}") {
        let end = (at + cut).min(SOUND.len());
        let text = format!("{}{put}{}", &SOUND[..at], &SOUND[end..]);
        if let Err(mistakes) = parse(&text, "damaged.toml") {
            prop_assert!(!mistakes.all.is_empty());
            let lines = text.lines().count().max(1) + 1;
            prop_assert!(mistakes.all.iter().all(|m| (1..=lines).contains(&m.line)), "{mistakes}");
        }
    }
}
