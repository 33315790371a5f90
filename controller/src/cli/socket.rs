//! One question to a running daemon.
//!
//! Owns: the question on the control socket and its answer. Refuses: to wait for longer than ten seconds. Holds no state.

use super::Failure;
use station::api::{Answer, MAX_FRAME, Op, Reply, Request, VERSION};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;
use zeroize::Zeroizing;

/// The daemon answers soon or not at all.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks, and gives the good answer.
///
/// # Errors
/// [`Failure::Refused`] when no daemon answers or its answer is a bad one.
pub(super) fn ask(path: &Path, op: Op) -> Result<Answer, Failure> {
    let gone = |error: std::io::Error| {
        Failure::Refused(format!("no daemon answers at {}: {error}; is it running?", path.display()))
    };
    let mut stream = UnixStream::connect(path).map_err(gone)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(gone)?;
    stream.set_write_timeout(Some(PATIENCE)).map_err(gone)?;
    let request = Request { v: VERSION, id: "command-line".to_owned(), op };
    // It may hold a PIN.
    let mut line = Zeroizing::new(serde_json::to_vec(&request).map_err(Failure::refused)?);
    line.push(b'\n');
    stream.write_all(&line).map_err(gone)?;
    let mut reply = String::new();
    let limit = u64::try_from(MAX_FRAME).unwrap_or(u64::MAX);
    BufReader::new(stream.take(limit)).read_line(&mut reply).map_err(gone)?;
    let reply: Reply = serde_json::from_str(&reply).map_err(|error| {
        Failure::Refused(format!("{}: not this program's control socket: {error}", path.display()))
    })?;
    match reply {
        Reply::Answer { result: Ok(answer), .. } => Ok(answer),
        Reply::Snapshot(snapshot) => Ok(Answer::Snapshot(snapshot)),
        Reply::Answer { result: Err(error), .. } => Err(Failure::refused(error)),
    }
}
