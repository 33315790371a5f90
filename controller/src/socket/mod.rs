//! The control socket: what terminals say to the daemon, one JSON object a line, over a Unix socket.
//!
//! Owns: listening, the bound on clients, who may connect. Refuses: more than [`MAX_CLIENTS`] clients, peers that are
//! neither root, nor the daemon's own user, nor of the configured group, and waiting for a slow terminal (it is dropped).
//! A crash closes all connections; terminals connect again and repeat what was not answered, under the same request ids.
//!
//! `frame` bounds the lines, `recent` remembers answers, `hub` is what all connections share, `session` is one connection.

mod frame;
mod hub;
mod recent;
mod session;
#[cfg(test)]
mod tests;

pub use hub::{Hub, HubParts, StoreQuery};

use station::api::{ErrorCode, MAX_CLIENTS, Reply, VERSION};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::unix::UCred;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;

/// Who may connect, besides root and the daemon's own user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// Group whose members may connect, by number.
    pub group: Option<u32>,
    /// Mode of the socket file, e.g. `0o660`.
    pub mode: u32,
}

impl Default for Access {
    fn default() -> Self {
        Self { group: None, mode: 0o660 }
    }
}

/// Why there is no control socket.
#[derive(Debug, thiserror::Error)]
#[error("control socket {path}: {source}")]
pub struct SocketError {
    /// Where.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

/// Binds the socket. A file left behind by a crash is replaced; the caller holds the state folder's lock, so no other
/// daemon listens there.
///
/// # Errors
/// [`SocketError`].
pub fn bind(path: &Path, access: Access) -> Result<UnixListener, SocketError> {
    let fail = |source| SocketError { path: path.to_owned(), source };
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(fail(e)),
        Ok(()) | Err(_) => {}
    }
    let listener = UnixListener::bind(path).map_err(fail)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(access.mode)).map_err(fail)?;
    if let Some(group) = access.group {
        std::os::unix::fs::chown(path, None, Some(group)).map_err(fail)?;
    }
    Ok(listener)
}

/// Serves until the task is dropped.
pub async fn serve(listener: UnixListener, hub: Arc<Hub>, access: Access) {
    let places = Arc::new(Semaphore::new(MAX_CLIENTS));
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Out of descriptors, most likely: give the others time to leave instead of spinning.
                tracing::warn!(%error, "a terminal could not connect");
                tokio::time::sleep(std::time::Duration::from_millis(200)).await;
                continue;
            }
        };
        if !may_connect(&stream, access) {
            tracing::warn!("a peer without the right to connect was turned away");
            turn_away(
                stream,
                ErrorCode::Denied,
                "this user may not connect: see [socket] group in station.toml",
            );
            continue;
        }
        let Ok(place) = places.clone().try_acquire_owned() else {
            tracing::warn!(max = MAX_CLIENTS, "one terminal too many was turned away");
            turn_away(stream, ErrorCode::Busy, "too many terminals are connected: close one");
            continue;
        };
        let hub = hub.clone();
        tokio::spawn(async move {
            session::run(stream, hub).await;
            drop(place);
        });
    }
}

/// Says why, as far as the socket takes it at once, and closes.
fn turn_away(stream: UnixStream, code: ErrorCode, text: &str) {
    let error = hub::api_error(code, text);
    let reply = Reply::Answer { v: VERSION, re: String::new(), result: Err(error) };
    let sent = serde_json::to_vec(&reply).map_err(io::Error::from).and_then(|mut line| {
        line.push(b'\n');
        // It does not block, and its buffer is empty.
        stream.into_std()?.write_all(&line)
    });
    if let Err(error) = sent {
        tracing::debug!(%error, "who was turned away does not hear why");
    }
}

/// Whether the peer's user is in the group beside its primary one. Of a process that has left, nobody knows.
fn is_member(peer: &UCred, group: u32) -> bool {
    let Some(process) = peer.pid() else { return false };
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let groups = status.lines().find_map(|line| line.strip_prefix("Groups:"));
    groups.is_some_and(|groups| groups.split_whitespace().any(|number| number.parse() == Ok(group)))
}

fn may_connect(stream: &UnixStream, access: Access) -> bool {
    let Ok(peer) = stream.peer_cred() else { return false };
    let own = rustix::process::geteuid().as_raw();
    peer.uid() == 0
        || peer.uid() == own
        || access.group.is_some_and(|group| group == peer.gid() || is_member(&peer, group))
}
