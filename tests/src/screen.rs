//! A program on a pseudo-terminal, read as a person reads it: the screen's text, and the keys.
//!
//! Owns: the pseudo-terminal, the emulation of its screen, the reading thread. Refuses: looking anywhere but at the screen.
//! Waiting is always for output, with an end: no sleeps. Dropped, it ends the program.

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write as _};
use std::num::NonZero;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// A program and its screen.
pub struct Screen {
    master: File,
    child: Child,
    output: Receiver<Vec<u8>>,
    parser: vt100::Parser,
}

/// What a wait ended with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waited {
    /// The screen changed.
    Changed,
    /// It did not.
    Quiet,
    /// The program has ended.
    Ended,
}

impl Screen {
    /// Starts a program on a screen of its own.
    ///
    /// # Errors
    /// No pseudo-terminal is to be had, or the program cannot be started.
    pub fn start(command: &mut Command, rows: NonZero<u16>, columns: NonZero<u16>) -> io::Result<Self> {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let name = ptsname(&master, Vec::new())?;
        let path = name.to_str().map_err(io::Error::other)?;
        let slave = OpenOptions::new().read(true).write(true).open(path)?;
        tcsetwinsize(
            &slave,
            Winsize { ws_row: rows.get(), ws_col: columns.get(), ws_xpixel: 0, ws_ypixel: 0 },
        )?;
        command.env("TERM", "xterm-256color");
        command.stdin(Stdio::from(slave.try_clone()?)).stdout(Stdio::from(slave.try_clone()?));
        command.stderr(Stdio::from(slave));
        let child = command.spawn()?;
        // The command holds copies of the program's side: only without them does the program's end show as the end.
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let master = File::from(master);
        let mut reader = master.try_clone()?;
        let (sender, output) = mpsc::channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 16 * 1024];
            while let Ok(n @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..n].to_vec()).is_err() {
                    return;
                }
            }
        });
        Ok(Self { master, child, output, parser: vt100::Parser::new(rows, columns, 0) })
    }

    /// Waits for output, at most this long, and takes all that is there.
    pub fn wait(&mut self, longest: Duration) -> Waited {
        let before = self.text();
        let end = Instant::now() + longest;
        loop {
            match self.output.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.parser.process(&bytes),
                Err(RecvTimeoutError::Timeout) => return Waited::Quiet,
                Err(RecvTimeoutError::Disconnected) => return Waited::Ended,
            }
            while let Ok(bytes) = self.output.try_recv() {
                self.parser.process(&bytes);
            }
            if self.text() != before {
                return Waited::Changed;
            }
        }
    }

    /// The screen's text, one line a row.
    pub fn text(&self) -> String {
        self.parser.screen().contents()
    }

    /// Types.
    ///
    /// # Errors
    /// The program has ended.
    pub fn keys(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.master.write_all(bytes)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // It may have ended by itself already: then there is nothing to end and nothing to say.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
