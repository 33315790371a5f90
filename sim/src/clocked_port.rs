//! The socket at which a station in another process asks for numbers of load cells that it would clock itself.
//!
//! Owns: the listener, and which client asks for which bed's chip. Refuses: lines at which no chip is, or whose cable is
//! pulled, by closing the connection; and more than [`MAX_CLIENTS`]. What is said is in `drivers::transport::two_wires`.
//! Dropping it takes the chips away.

use crate::site::Site;
use crate::site::settings::cell_lines_of;
use drivers::transport::asked::END;
use station::device::DeviceKind;
use station::ident::BedId;
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

/// Most clients at once: a station's eight, and those of a command beside it.
const MAX_CLIENTS: usize = 16;
/// Longest line of a client, bytes.
const MAX_LINE: usize = 32;

/// The socket and its clients.
#[derive(Debug)]
pub(crate) struct ClockedPort {
    listener: UnixListener,
    path: PathBuf,
    clients: Vec<Client>,
}

#[derive(Debug)]
struct Client {
    socket: UnixStream,
    line: Vec<u8>,
    /// Whose chip it asks; known from its first line on.
    bed: Option<BedId>,
}

impl ClockedPort {
    /// Listens at `path`; an old socket there is replaced.
    pub(crate) fn bind(path: &Path) -> io::Result<Self> {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let listener = UnixListener::bind(path)?;
        listener.set_nonblocking(true)?;
        Ok(Self { listener, path: path.to_owned(), clients: Vec::new() })
    }

    /// Takes new clients and what is asked.
    pub(crate) fn hear(&mut self, site: &mut Site) -> io::Result<()> {
        match self.listener.accept() {
            Ok((socket, _)) if self.clients.len() < MAX_CLIENTS => {
                socket.set_nonblocking(true)?;
                self.clients.push(Client { socket, line: Vec::new(), bed: None });
            }
            Err(error) if error.kind() != ErrorKind::WouldBlock => return Err(error),
            Ok(_) | Err(_) => {}
        }
        self.clients.retain_mut(|client| client.hear(site));
        Ok(())
    }

    /// Hands on what the chips' numbers are.
    pub(crate) fn tell(&mut self, site: &mut Site) {
        self.clients.retain_mut(|client| {
            let Some(bed) = client.bed.and_then(|bed| site.bed_mut(bed)) else { return true };
            client.socket.write_all(&bed.poll_bytes(DeviceKind::Scale)).is_ok()
        });
    }
}

impl Drop for ClockedPort {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.path));
    }
}

impl Client {
    /// Whether it is still there.
    fn hear(&mut self, site: &mut Site) -> bool {
        if self.bed.and_then(|bed| site.bed(bed)).is_some_and(|bed| !bed.scale.is_plugged()) {
            return false;
        }
        let mut bytes = [0; MAX_LINE];
        let count = match self.socket.read(&mut bytes) {
            Ok(0) => return false,
            Ok(count) => count,
            Err(error) => return error.kind() == ErrorKind::WouldBlock,
        };
        for byte in &bytes[..count] {
            if *byte != b'\n' {
                self.line.push(*byte);
            } else if !self.obey(site) {
                return false;
            }
        }
        self.line.len() <= MAX_LINE
    }

    /// A line is whole. Whether it may stay.
    fn obey(&mut self, site: &mut Site) -> bool {
        let line = std::mem::take(&mut self.line);
        if let Some(bed) = self.bed.and_then(|bed| site.bed_mut(bed)) {
            bed.handle_bytes(DeviceKind::Scale, b"?");
            return line.is_empty();
        }
        let here = |bed: BedId| {
            let (data, clock) = cell_lines_of(bed);
            format!("{data} {clock}").as_bytes() == line
        };
        let found = site.beds.iter().find(|bed| bed.scale.is_plugged() && here(bed.number()));
        self.bed = found.map(|bed| bed.number());
        self.bed.is_some() && self.socket.write_all(&[END]).is_ok()
    }
}
