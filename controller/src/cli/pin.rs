//! Asking for a PIN on the terminal, unseen.
//!
//! Owns: the terminal's settings while it asks, given back whatever happens in between. Refuses: to ask where nobody sits, and
//! PINs over 64 characters. Holds no PIN longer than its caller.

use super::Failure;
use rustix::termios::{LocalModes, OptionalActions, Termios, isatty, tcgetattr, tcsetattr};
use std::io::{self, BufRead as _, Read as _, Stdin, Write as _};
use zeroize::Zeroizing;

/// Longest line taken, bytes: 64 characters of any script.
const MAX_PIN: usize = 256;

/// A new PIN: from standard input when told so, else asked twice on the terminal.
///
/// # Errors
/// [`Failure::Usage`] when there is no terminal, [`Failure::Refused`] when the two do not agree.
pub(super) fn new_pin(from_stdin: bool) -> Result<Zeroizing<String>, Failure> {
    if from_stdin {
        return line_of_stdin();
    }
    let first = ask("PIN (6 to 64 characters, unseen): ")?;
    let second = ask("the same PIN again: ")?;
    if *first == *second { Ok(first) } else { Err(Failure::Refused("the two PINs are not the same".into())) }
}

/// The PIN of somebody who has one: from standard input when told so, else asked once on the terminal.
///
/// # Errors
/// [`Failure::Usage`] when there is no terminal.
pub(super) fn known_pin(from_stdin: bool) -> Result<Zeroizing<String>, Failure> {
    if from_stdin { line_of_stdin() } else { ask("PIN (unseen): ") }
}

fn line_of_stdin() -> Result<Zeroizing<String>, Failure> {
    let mut line = Zeroizing::new(String::new());
    let limit = u64::try_from(MAX_PIN).unwrap_or(u64::MAX);
    let read = io::stdin().lock().take(limit).read_line(&mut line);
    read.map_err(|error| Failure::Usage(format!("standard input: {error}")))?;
    let pin = Zeroizing::new(line.trim_end_matches(['\r', '\n']).to_owned());
    if pin.is_empty() { Err(Failure::Usage("no PIN on standard input".into())) } else { Ok(pin) }
}

/// The terminal as it was, put back on every way out.
struct Hidden<'s> {
    stdin: &'s Stdin,
    before: Termios,
}

impl Drop for Hidden<'_> {
    fn drop(&mut self) {
        if tcsetattr(self.stdin, OptionalActions::Flush, &self.before).is_err() {
            eprintln!("hemostation: the terminal could not be put back: run stty sane");
        }
    }
}

fn ask(question: &str) -> Result<Zeroizing<String>, Failure> {
    let stdin = io::stdin();
    if !isatty(&stdin) {
        return Err(Failure::Usage("no terminal to ask for the PIN on: use --pin-stdin".into()));
    }
    let terminal = |error: rustix::io::Errno| Failure::Refused(format!("terminal: {error}"));
    let before = tcgetattr(&stdin).map_err(terminal)?;
    let mut unseen = before.clone();
    // Signals too: an interrupt between here and the end would leave the terminal mute.
    unseen.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
    tcsetattr(&stdin, OptionalActions::Flush, &unseen).map_err(terminal)?;
    let hidden = Hidden { stdin: &stdin, before };
    eprint!("{question}");
    io::stderr().flush().map_err(Failure::refused)?;
    let pin = keys(&mut stdin.lock());
    drop(hidden);
    eprintln!();
    pin
}

/// Reads key by key up to Enter.
fn keys(from: &mut impl io::Read) -> Result<Zeroizing<String>, Failure> {
    let mut pin = Zeroizing::new(Vec::with_capacity(MAX_PIN));
    let mut key = [0_u8; 1];
    loop {
        let read = from.read(&mut key).map_err(Failure::refused)?;
        match key[0] {
            _ if read == 0 => return Err(Failure::Refused("the terminal is gone".into())),
            b'\r' | b'\n' => break,
            // Ctrl-C, Ctrl-D, Escape.
            3 | 4 | 27 => return Err(Failure::Refused("given up, nothing was changed".into())),
            8 | 127 => {
                // One character may be several bytes.
                while pin.pop().is_some_and(|byte| byte & 0xC0 == 0x80) {}
            }
            _ if pin.len() >= MAX_PIN => {
                return Err(Failure::Refused("a PIN has up to 64 characters".into()));
            }
            byte => pin.push(byte),
        }
    }
    let text = std::str::from_utf8(&pin).map_err(|_| Failure::Refused("the PIN is not UTF-8".into()))?;
    Ok(Zeroizing::new(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(bytes: &[u8]) -> Option<String> {
        keys(&mut &*bytes).ok().map(|pin| pin.to_string())
    }

    #[test]
    fn keys_make_a_pin() {
        assert_eq!(typed(b"246813\r").as_deref(), Some("246813"));
        assert_eq!(typed("24王\u{7f}6\n".as_bytes()).as_deref(), Some("246"));
        assert_eq!(typed(b"24\x03").as_deref(), None);
        assert_eq!(typed(b"24").as_deref(), None);
        assert_eq!(typed(&[b'1'; 400]), None);
    }
}
