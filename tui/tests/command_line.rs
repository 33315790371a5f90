//! The command line, as a person meets it.
#![allow(clippy::unwrap_used, reason = "a test that cannot start fails")]

use std::process::{Command, Output};

fn tui(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hemostation-tui")).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn help_has_examples_and_exit_codes() {
    let out = tui(&["--help"]);
    assert_eq!(out.status.code(), Some(0));
    let help = text(&out.stdout);
    for part in ["Examples:", "Exit codes:", "--socket", "--language", "--config"] {
        assert!(help.contains(part), "{part} is missing:\n{help}");
    }
}

#[test]
fn without_socket_or_configuration_the_command_line_is_wrong() {
    let out = tui(&[]);
    assert_eq!(out.status.code(), Some(2));
    assert!(text(&out.stderr).contains("--socket"));
    assert_eq!(tui(&["--socket", "x", "--language", "fr"]).status.code(), Some(2));
}

#[test]
fn a_socket_that_is_not_there_is_named() {
    let out = tui(&["--socket", "/nowhere/control.sock"]);
    assert_eq!(out.status.code(), Some(1));
    let said = text(&out.stderr);
    assert!(said.contains("/nowhere/control.sock: no socket there"), "{said}");
}

#[test]
fn the_configuration_names_the_socket_below_the_state_directory() {
    let dir = tempfile::tempdir().unwrap();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../config/station.toml");
    let state = dir.path().to_str().unwrap();
    let out = tui(&["--config", file, "--state-dir", state]);
    assert_eq!(out.status.code(), Some(1));
    let said = text(&out.stderr);
    assert!(said.contains(&format!("{state}/control.sock: no socket there")), "{said}");
}

#[test]
fn mistakes_of_the_configuration_are_listed() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("station.toml");
    std::fs::write(&file, "[station]\nid = \"HS 01\"\n").unwrap();
    let out = tui(&["--config", file.to_str().unwrap()]);
    assert_eq!(out.status.code(), Some(1));
    assert!(text(&out.stderr).contains("station.toml:2"), "{}", text(&out.stderr));
}

#[test]
fn without_a_terminal_it_does_not_begin() {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("control.sock");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let out = tui(&["--socket", socket.to_str().unwrap()]);
    assert_eq!(out.status.code(), Some(1));
    assert!(text(&out.stderr).contains("not a terminal"), "{}", text(&out.stderr));
}
