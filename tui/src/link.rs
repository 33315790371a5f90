//! The connection to the daemon: connects, reads lines, connects again.
//!
//! Owns: the socket's reading side and the codec of its lines. Refuses: lines longer than a frame, silence of more than
//! three seconds (the daemon says something at least every second), and waiting for the daemon while a key is pressed: it
//! lives on its own thread. A crash loses the connection, nothing else.

use crate::lost::LostWhy;
use crate::update::Message;
use station::api::{MAX_FRAME, Reply, Request};
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::time::Duration;
use zeroize::Zeroizing;

/// How patient the link is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Silence after which the daemon counts as lost.
    pub silence: Duration,
    /// Pause before connecting again.
    pub again: Duration,
}

impl Patience {
    /// Of the product: the daemon says something at least every second.
    pub const PRODUCT: Self = Self { silence: Duration::from_secs(3), again: Duration::from_millis(500) };
}

/// Longest wait for the daemon to take a request.
const WRITE: Duration = Duration::from_millis(500);

/// What the link tells the terminal.
#[derive(Debug)]
pub enum Heard {
    /// Connected; this is the side to write to.
    Connected(Writer),
    /// Anything else.
    Message(Message),
}

/// The writing side.
#[derive(Debug)]
pub struct Writer(UnixStream);

impl Writer {
    /// Writes one request. When that fails the connection is shut, which the reading side reports as lost.
    ///
    /// # Errors
    /// The socket's error, or that the request is longer than a frame.
    pub fn send(&mut self, request: &Request) -> io::Result<()> {
        let result = encode(request).and_then(|line| self.0.write_all(&line));
        if result.is_err() {
            self.0.shutdown(Shutdown::Both)?;
        }
        result
    }
}

/// One request as a line; wiped from memory after use, because it may hold a PIN.
fn encode(request: &Request) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut line = Zeroizing::new(Vec::with_capacity(4096));
    serde_json::to_writer(&mut *line, request)?;
    line.push(b'\n');
    if line.len() > MAX_FRAME {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "longer than a frame"));
    }
    Ok(line)
}

/// Why a line could not be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// No line end within a frame.
    #[error("a line is longer than a frame")]
    TooLong,
    /// Not a reply of this version.
    #[error("a line is no reply of this version")]
    NotAReply,
}

/// Bytes to replies. A partial line stays; an over-long one is an error.
#[derive(Debug, Default)]
pub struct Lines(Vec<u8>);

impl Lines {
    /// Takes bytes as they arrive and gives back the replies completed by them.
    ///
    /// # Errors
    /// [`LineError`]; the connection is of no use after it.
    pub fn take(&mut self, bytes: &[u8]) -> Result<Vec<Reply>, LineError> {
        self.0.extend_from_slice(bytes);
        let mut replies = Vec::new();
        while let Some(end) = self.0.iter().position(|b| *b == b'\n') {
            if end >= MAX_FRAME {
                return Err(LineError::TooLong);
            }
            let line: Vec<u8> = self.0.drain(..=end).collect();
            replies.push(serde_json::from_slice(&line).map_err(|_| LineError::NotAReply)?);
        }
        if self.0.len() >= MAX_FRAME { Err(LineError::TooLong) } else { Ok(replies) }
    }
}

/// Runs the reading side until `stop`: connect, read, tell, connect again. Ends when nobody listens any more.
pub fn run(socket: &Path, patience: Patience, stop: &AtomicBool, tell: &SyncSender<Heard>) {
    while !stop.load(Ordering::Relaxed) {
        let why = match connect(socket, patience.silence) {
            Ok((reader, writer)) => {
                if tell.send(Heard::Connected(writer)).is_err() {
                    return;
                }
                read(reader, stop, tell)
            }
            Err(e) => match e.kind() {
                io::ErrorKind::PermissionDenied => LostWhy::NotAllowed,
                _ => LostWhy::NoDaemon,
            },
        };
        if tell.send(Heard::Message(Message::Lost(why))).is_err() {
            return;
        }
        std::thread::sleep(patience.again);
    }
}

fn connect(socket: &Path, silence: Duration) -> io::Result<(UnixStream, Writer)> {
    let reader = UnixStream::connect(socket)?;
    reader.set_read_timeout(Some(silence))?;
    let writer = reader.try_clone()?;
    writer.set_write_timeout(Some(WRITE))?;
    Ok((reader, Writer(writer)))
}

fn read(mut reader: UnixStream, stop: &AtomicBool, tell: &SyncSender<Heard>) -> LostWhy {
    let mut lines = Lines::default();
    let mut bytes = [0; 8192];
    while !stop.load(Ordering::Relaxed) {
        let count = match reader.read(&mut bytes) {
            Ok(0) => return LostWhy::Closed,
            Ok(count) => count,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                return LostWhy::Silent;
            }
            Err(_) => return LostWhy::Closed,
        };
        match lines.take(&bytes[..count]) {
            Ok(replies) => {
                for reply in replies {
                    if tell.send(Heard::Message(Message::Reply(Box::new(reply)))).is_err() {
                        return LostWhy::Closed;
                    }
                }
            }
            Err(LineError::TooLong | LineError::NotAReply) => return LostWhy::NotUnderstood,
        }
    }
    LostWhy::Closed
}

#[cfg(test)]
#[path = "link_tests.rs"]
mod tests;
