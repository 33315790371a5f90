//! The demo as a new user meets it: whoever reads only the area that says what to do now, and does the one thing named
//! there, completes a donation, in Chinese as in English.

#![allow(clippy::unwrap_used, clippy::panic, reason = "all of this crate is a test, its helpers too")]

use serde_json::Value;
use std::num::NonZero;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use tests::binary;
use tests::screen::{Screen, Waited};

/// A donation takes about eight minutes; ten times faster under one. The rest is for a loaded machine.
const LONGEST: Duration = Duration::from_secs(480);
/// The same words for this long although they were answered: the key is pressed again, as a person would.
const ANSWERED: Duration = Duration::from_secs(8);

const ROWS: NonZero<u16> = NonZero::new(40).unwrap();
const COLUMNS: NonZero<u16> = NonZero::new(120).unwrap();

/// What stands inside the frame whose title has this word, one line a row; nothing when there is no such frame.
fn now_area(screen: &str, title: &str) -> Option<String> {
    let lines: Vec<Vec<char>> = screen.lines().map(|line| line.chars().collect()).collect();
    let top = lines.iter().position(|line| {
        let text: String = line.iter().collect();
        line.contains(&'┏') && text.contains(title)
    })?;
    let inside = lines.iter().skip(top + 1).take_while(|line| !line.contains(&'┗'));
    let cut = |line: &Vec<char>| {
        let mut parts = line.split(|c| *c == '┃');
        parts.nth(1).map(|inner| inner.iter().collect::<String>().trim().to_owned())
    };
    Some(inside.filter_map(cut).collect::<Vec<_>>().join("\n"))
}

/// What to type for the first key in brackets, or for a PIN that is to be typed.
fn answer(now: &str) -> Option<Vec<u8>> {
    if let Some((_, pin)) = now.split_once("PIN: ").or_else(|| now.split_once("PIN：")) {
        let digits: String = pin.chars().take_while(char::is_ascii_digit).collect();
        return Some(digits.into_bytes());
    }
    let (_, rest) = now.split_once('[')?;
    let (key, _) = rest.split_once(']')?;
    Some(match key {
        "Enter" => b"\r".to_vec(),
        "F2" => b"\x1bOQ".to_vec(),
        "Tab" => b"\t".to_vec(),
        "Esc" => b"\x1b".to_vec(),
        key if key.len() == 1 => key.to_ascii_lowercase().into_bytes(),
        key => panic!("the now area names a key that this reader does not know: {key:?}\n{now}"),
    })
}

/// The journal's entries of one kind. The last line may still be on its way.
fn entries(state: &Path, kind: &str) -> Vec<Value> {
    let Ok(folder) = std::fs::read_dir(state.join("journal")) else { return Vec::new() };
    let files = folder.filter_map(Result::ok).filter_map(|file| std::fs::read_to_string(file.path()).ok());
    let lines: Vec<Value> = files
        .flat_map(|text| text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect::<Vec<_>>())
        .collect();
    lines.into_iter().filter(|entry| entry["kind"] == kind).collect()
}

fn complete_a_donation(language: &str, title: &str) {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let demo = binary("demo").unwrap();
    let mut command = Command::new(demo);
    command.args(["--language", language, "--speed", "5", "--seed", "7", "--state"]).arg(&state);
    let mut screen = Screen::start(&mut command, ROWS, COLUMNS).unwrap();
    let started = Instant::now();
    let (mut answered, mut at) = (String::new(), started);
    let mut story = Vec::new();
    while entries(&state, "acknowledged").is_empty() {
        let waited = screen.wait(Duration::from_millis(500));
        let text = screen.text();
        let told = || format!("story:\n{}\nscreen:\n{text}", story.join("\n---\n"));
        assert_ne!(waited, Waited::Ended, "the demo ended by itself\n{}", told());
        assert!(started.elapsed() < LONGEST, "no donation was delivered in time\n{}", told());
        let Some(now) = now_area(&text, title) else { continue };
        if now == answered && at.elapsed() < ANSWERED {
            continue;
        }
        let Some(keys) = answer(&now) else { continue };
        screen.keys(&keys).unwrap();
        story.push(now.clone());
        (answered, at) = (now, Instant::now());
    }
    let records = entries(&state, "record");
    let record: Value = serde_json::from_str(records[0]["body"]["canonical"].as_str().unwrap()).unwrap();
    assert!(record.to_string().contains("\"disposition\":\"collected\""), "{record:#}");
}

#[test]
fn who_does_what_the_screen_says_completes_a_donation_in_english() {
    complete_a_donation("en", "NOW");
}

#[test]
fn who_does_what_the_screen_says_completes_a_donation_in_chinese() {
    complete_a_donation("zh", "现在");
}

/// Starts the demo on this state folder, waits until it asks for something, and closes it.
fn look_in(state: &Path, more: &[&str]) {
    let mut command = Command::new(binary("demo").unwrap());
    command.args(["--language", "en", "--beds", "1", "--state"]).arg(state).args(more);
    let mut screen = Screen::start(&mut command, ROWS, COLUMNS).unwrap();
    let started = Instant::now();
    while now_area(&screen.text(), "NOW").is_none() {
        assert!(started.elapsed() < LONGEST, "the demo never asks for anything\n{}", screen.text());
        assert_ne!(screen.wait(Duration::from_millis(500)), Waited::Ended, "{}", screen.text());
    }
    screen.keys(b"\x11").unwrap();
    while screen.wait(Duration::from_millis(500)) != Waited::Ended {
        assert!(started.elapsed() < LONGEST, "the demo never ends\n{}", screen.text());
    }
}

#[test]
fn other_limits_at_the_next_start_are_confirmed_by_two_people() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    look_in(&state, &[]);
    look_in(&state, &["--set", "limits.low_flow_ml_min=25"]);
    let said: Vec<Value> = entries(&state, "shift").into_iter().map(|entry| entry["body"].clone()).collect();
    // Whoever presses again before the screen has changed is refused, and that is written too.
    let taken = said.iter().filter(|body| body["refused"].is_null());
    let confirmed: Vec<&Value> = taken.filter_map(|body| body["event"].get("limits_confirmed")).collect();
    let [who] = confirmed[..] else { panic!("confirmed {} times: {said:#?}", confirmed.len()) };
    assert_ne!(who["by"]["id"], who["second"]["id"]);
}

#[test]
fn the_reader_of_the_screen_reads_the_area_and_nothing_else() {
    let screen = "┌ a ┐\n│ [X]│\n┏ NOW: bed 1 ━┓ ┌ other ┐\n┃ Break it    ┃ │ [Q]   │\n┃ [F2] demo   ┃ │       │\n┗━━━━━━━━━━━━━┛\n[Z]";
    let now = now_area(screen, "NOW").unwrap();
    assert_eq!(now, "Break it\n[F2] demo");
    assert_eq!(answer(&now).unwrap(), b"\x1bOQ");
    assert_eq!(answer("nothing to do"), None);
    assert_eq!(answer("demo, type PIN: 2468 now").unwrap(), b"2468");
}
