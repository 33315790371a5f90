//! Questions to a running daemon.
//!
//! Owns: the question on the control socket and its answer. Refuses: to wait for longer than ten seconds. Holds no state.

use super::Failure;
use station::api::{Answer, DEVICE_PAGE, DeviceReport, MAX_FRAME, Op, Reply, Request, VERSION};
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

/// More devices than any station has.
const MAX_DEVICES: usize = 512;

/// What is known of every device, page by page.
///
/// # Errors
/// [`Failure::Refused`] as with [`ask`].
pub(super) fn devices(path: &Path) -> Result<Vec<DeviceReport>, Failure> {
    let mut all: Vec<DeviceReport> = Vec::new();
    loop {
        let after = all.last().map(|report| report.device.clone());
        let Answer::Devices { devices } = ask(path, Op::Devices { after })? else {
            return Err(Failure::Refused("the daemon answered another question".to_owned()));
        };
        let is_last = devices.len() < DEVICE_PAGE;
        all.extend(devices);
        if is_last || all.len() >= MAX_DEVICES {
            return Ok(all);
        }
    }
}
