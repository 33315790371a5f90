//! A serial port, opened by its stable name (`/dev/serial/by-id/...`), owned by one process at a time.
//!
//! Owns: the open port, and a bounded buffer of what the kernel did not take at once. Refuses: frames, protocols, time
//! limits and reopening; those belong to the caller. A crash loses what was pending: the kernel closes the port, and the
//! device's driver starts again from `Inbound::Opened`.
//!
//! A USB adapter that was pulled out often shows as a read of zero bytes, again and again, and its old descriptor keeps the
//! kernel from giving the device its old number. So zero bytes are the error [`LinkError::Unplugged`], and after any
//! error the link has to be dropped before it is opened again.

use std::io;
use std::path::PathBuf;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_serial::{ClearBuffer, ErrorKind, SerialPort, SerialStream};

pub use tokio_serial::{DataBits, Parity, StopBits};

/// Most bytes that wait for the kernel. No device of a station is sent frames near this size: more means that nothing
/// leaves any more.
pub const MAX_PENDING: usize = 4096;

/// Most bytes dropped by one [`SerialLink::drain_input`]: a device that talks without end cannot hold the caller.
pub const MAX_DRAIN: usize = 64 * 1024;

/// How a port is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SerialSettings {
    /// Stable name of the port, e.g. `/dev/serial/by-id/usb-...`; the name of a pty works too.
    pub path: PathBuf,
    /// Bits per second.
    pub baud: u32,
    /// Data bits of a character.
    pub data_bits: DataBits,
    /// Parity of a character.
    pub parity: Parity,
    /// Stop bits of a character.
    pub stop_bits: StopBits,
}

impl SerialSettings {
    /// 8 data bits, no parity, one stop bit.
    pub fn new(path: impl Into<PathBuf>, baud: u32) -> Self {
        Self {
            path: path.into(),
            baud,
            data_bits: DataBits::Eight,
            parity: Parity::None,
            stop_bits: StopBits::One,
        }
    }
}

/// Trouble with a port. After any of these but [`LinkError::Full`] the link is of no more use.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The name does not lead to a port: cable, power, or a wrong name in the settings.
    #[error("{path}: there is no such port")]
    Absent {
        /// The port's name.
        path: PathBuf,
    },
    /// Another process has the port.
    #[error("{path}: another process uses this port")]
    Busy {
        /// The port's name.
        path: PathBuf,
    },
    /// This user may not open the port.
    #[error("{path}: this user may not open the port (group dialout?)")]
    Denied {
        /// The port's name.
        path: PathBuf,
    },
    /// The port was there and is gone.
    #[error("{path}: unplugged")]
    Unplugged {
        /// The port's name.
        path: PathBuf,
    },
    /// The kernel takes nothing and the buffer would overflow. Nothing of these bytes was taken.
    #[error("{path}: {pending} bytes wait, {refused} more do not fit")]
    Full {
        /// The port's name.
        path: PathBuf,
        /// Bytes that wait already.
        pending: usize,
        /// Bytes that were refused.
        refused: usize,
    },
    /// Anything else the system says, settings that the port cannot do included.
    #[error("{path}: {source}")]
    System {
        /// The port's name.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// An open port.
#[derive(Debug)]
pub struct SerialLink {
    stream: SerialStream,
    pending: Vec<u8>,
    path: PathBuf,
}

impl SerialLink {
    /// Opens the port for this process alone. Must be called within a tokio runtime with I/O.
    ///
    /// # Errors
    /// [`LinkError`] with the reason in words.
    pub fn open(settings: &SerialSettings) -> Result<Self, LinkError> {
        let path = &settings.path;
        // The library takes text; a port's stable name is ASCII, so another name cannot be one.
        let Some(name) = path.to_str() else {
            return Err(LinkError::Absent { path: path.clone() });
        };
        let builder = tokio_serial::new(name, settings.baud)
            .data_bits(settings.data_bits)
            .parity(settings.parity)
            .stop_bits(settings.stop_bits);
        match SerialStream::open(&builder) {
            Ok(stream) => Ok(Self { stream, pending: Vec::new(), path: path.clone() }),
            Err(error) => Err(open_error(path.clone(), error)),
        }
    }

    /// Waits for bytes: at least one, at most as many as `buffer` holds, which must not be empty. Dropping the future
    /// loses nothing.
    ///
    /// # Errors
    /// [`LinkError::Unplugged`] when the port is gone, else [`LinkError::System`].
    pub async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, LinkError> {
        match self.stream.read(buffer).await {
            Ok(0) => Err(LinkError::Unplugged { path: self.path.clone() }),
            Ok(count) => Ok(count),
            Err(error) => Err(self.error(error)),
        }
    }

    /// Gives bytes to the kernel without waiting. What it does not take now leaves with [`SerialLink::flush`] or the next
    /// call, in order.
    ///
    /// # Errors
    /// [`LinkError::Full`] when they would not fit ([`MAX_PENDING`]); then none of them was taken. Otherwise the link
    /// is gone.
    pub fn write_now(&mut self, bytes: &[u8]) -> Result<(), LinkError> {
        let waiting = std::mem::take(&mut self.pending);
        let left = self.offer(&waiting)?;
        self.pending = left.to_vec();
        if self.pending.len() + bytes.len() > MAX_PENDING {
            let (pending, refused) = (self.pending.len(), bytes.len());
            return Err(LinkError::Full { path: self.path.clone(), pending, refused });
        }
        let left = if self.pending.is_empty() { self.offer(bytes)? } else { bytes };
        self.pending.extend_from_slice(left);
        Ok(())
    }

    /// Whether bytes wait for [`SerialLink::flush`].
    pub fn has_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Waits until the kernel has taken everything. Dropping the future loses and repeats nothing.
    ///
    /// # Errors
    /// [`LinkError::Unplugged`] or [`LinkError::System`].
    pub async fn flush(&mut self) -> Result<(), LinkError> {
        while !self.pending.is_empty() {
            match self.stream.write(&self.pending).await {
                Ok(0) => return Err(LinkError::Unplugged { path: self.path.clone() }),
                Ok(count) => drop(self.pending.drain(..count)),
                Err(error) => return Err(self.error(error)),
            }
        }
        Ok(())
    }

    /// Drops what has arrived and was not read, at most [`MAX_DRAIN`] bytes. Says how many it read off.
    ///
    /// # Errors
    /// [`LinkError::Unplugged`] or [`LinkError::System`].
    pub fn drain_input(&mut self) -> Result<usize, LinkError> {
        // Some adapters and ptys cannot clear; reading until nothing is left does the same.
        if let Err(error) = self.stream.clear(ClearBuffer::Input) {
            tracing::debug!(path = %self.path.display(), %error, "the port cannot clear its input");
        }
        let mut scratch = [0_u8; 1024];
        let mut dropped = 0;
        while dropped < MAX_DRAIN {
            match self.stream.try_read(&mut scratch) {
                Ok(0) => return Err(LinkError::Unplugged { path: self.path.clone() }),
                Ok(count) => dropped += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.error(error)),
            }
        }
        scratch.fill(0);
        Ok(dropped)
    }

    /// What the kernel does not take of these bytes.
    fn offer<'a>(&mut self, mut bytes: &'a [u8]) -> Result<&'a [u8], LinkError> {
        while !bytes.is_empty() {
            match self.stream.try_write(bytes) {
                Ok(0) => return Err(LinkError::Unplugged { path: self.path.clone() }),
                Ok(count) => bytes = &bytes[count..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.error(error)),
            }
        }
        Ok(bytes)
    }

    /// The system's error in this link's words: a line that hung up is an unplugged one.
    fn error(&self, source: io::Error) -> LinkError {
        use rustix::io::Errno;
        let path = self.path.clone();
        let gone = [Errno::IO, Errno::NXIO, Errno::NODEV, Errno::BADF, Errno::PIPE];
        if source.raw_os_error().is_some_and(|code| gone.iter().any(|e| e.raw_os_error() == code)) {
            LinkError::Unplugged { path }
        } else {
            LinkError::System { path, source }
        }
    }
}

/// Why a port did not open. The library tells a locked port and a missing one by the same kind, so the name is looked at.
fn open_error(path: PathBuf, error: tokio_serial::Error) -> LinkError {
    match error.kind {
        ErrorKind::Io(io::ErrorKind::PermissionDenied) => LinkError::Denied { path },
        ErrorKind::NoDevice | ErrorKind::Io(io::ErrorKind::NotFound) => {
            if path.exists() {
                LinkError::Busy { path }
            } else {
                LinkError::Absent { path }
            }
        }
        ErrorKind::Io(io::ErrorKind::ResourceBusy | io::ErrorKind::WouldBlock) => LinkError::Busy { path },
        ErrorKind::InvalidInput | ErrorKind::Unknown | ErrorKind::Io(_) => {
            LinkError::System { path, source: io::Error::from(error) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use std::os::fd::OwnedFd;

    /// A pty: the device's end, and the name of the station's end.
    fn pty() -> (OwnedFd, SerialSettings) {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        (master, SerialSettings::new(name.to_str().unwrap(), 9600))
    }

    fn read_device(master: &OwnedFd, count: usize) -> Vec<u8> {
        let mut got = Vec::new();
        while got.len() < count {
            let mut part = [0_u8; 4096];
            let n = rustix::io::read(master, &mut part).unwrap();
            got.extend_from_slice(&part[..n]);
        }
        got
    }

    #[tokio::test]
    async fn bytes_go_both_ways_unchanged() {
        let (device, settings) = pty();
        let mut link = SerialLink::open(&settings).unwrap();
        let all: Vec<u8> = (0..=255).collect();
        rustix::io::write(&device, &all).unwrap();
        let mut got = Vec::new();
        while got.len() < all.len() {
            let mut part = [0_u8; 100];
            let n = link.read(&mut part).await.unwrap();
            got.extend_from_slice(&part[..n]);
        }
        assert_eq!(got, all);
        link.write_now(&all).unwrap();
        assert!(!link.has_pending());
        assert_eq!(read_device(&device, all.len()), all);
    }

    #[tokio::test]
    async fn a_closed_far_end_is_unplugged_for_read_write_and_drain() {
        let (device, settings) = pty();
        let mut link = SerialLink::open(&settings).unwrap();
        drop(device);
        assert!(matches!(link.read(&mut [0; 8]).await, Err(LinkError::Unplugged { .. })));
        assert!(matches!(link.write_now(b"x"), Err(LinkError::Unplugged { .. })));
        assert!(matches!(link.drain_input(), Err(LinkError::Unplugged { .. })));
    }

    #[tokio::test]
    async fn a_port_has_one_owner_until_it_is_dropped() {
        let (_device, settings) = pty();
        let link = SerialLink::open(&settings).unwrap();
        assert!(matches!(SerialLink::open(&settings), Err(LinkError::Busy { .. })));
        drop(link);
        SerialLink::open(&settings).unwrap();
    }

    #[tokio::test]
    async fn a_wrong_name_is_absent() {
        let settings = SerialSettings::new("/dev/serial/by-id/no-such-port", 9600);
        assert!(matches!(SerialLink::open(&settings), Err(LinkError::Absent { .. })));
    }

    #[tokio::test]
    async fn what_the_kernel_does_not_take_waits_in_order_and_has_a_bound() {
        let (device, settings) = pty();
        let mut link = SerialLink::open(&settings).unwrap();
        let mut sent = Vec::new();
        let refused = loop {
            let frame = vec![b'a' + (sent.len() / 512 % 26) as u8; 512];
            match link.write_now(&frame) {
                Ok(()) => sent.extend_from_slice(&frame),
                Err(error) => break error,
            }
            assert!(sent.len() < 1 << 20, "the bound never held");
        };
        assert!(matches!(refused, LinkError::Full { refused: 512, pending, .. } if pending <= MAX_PENDING));
        assert!(link.has_pending());
        let expected = sent.len();
        let reader = tokio::task::spawn_blocking(move || read_device(&device, expected));
        link.flush().await.unwrap();
        assert_eq!(reader.await.unwrap(), sent);
    }

    #[tokio::test]
    async fn drain_drops_what_came_before_and_nothing_after() {
        let (device, settings) = pty();
        let mut link = SerialLink::open(&settings).unwrap();
        rustix::io::write(&device, b"old").unwrap();
        link.stream.readable().await.unwrap();
        link.drain_input().unwrap();
        rustix::io::write(&device, b"new").unwrap();
        let mut part = [0_u8; 16];
        let n = link.read(&mut part).await.unwrap();
        assert_eq!(&part[..n], b"new");
    }

    #[tokio::test]
    async fn a_read_that_is_given_up_loses_nothing() {
        let (device, settings) = pty();
        let mut link = SerialLink::open(&settings).unwrap();
        let mut part = [0_u8; 16];
        tokio::select! {
            biased;
            _ = link.read(&mut part) => panic!("nothing was sent"),
            () = std::future::ready(()) => {}
        }
        rustix::io::write(&device, b"late").unwrap();
        let n = link.read(&mut part).await.unwrap();
        assert_eq!(&part[..n], b"late");
    }
}
