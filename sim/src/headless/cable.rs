//! A cable of the headless station: a real pty with the product's own port at its end, or, for a scanner that types, a pipe of key
//! events with the product's own keyboard there.
//!
//! Owns: that what one side sent has reached the other before time goes on, so that a kernel's haste or leisure changes nothing of a
//! run. Refuses: to wait without end: bytes that do not arrive within [`PATIENCE`] of real time are a broken cable. A crash is one too.

use crate::devices::typist;
use crate::pty::Pty;
use drivers::transport::keys::KeyLink;
use drivers::transport::serial::{LinkError, SerialLink, SerialSettings};
use std::io::{self, PipeWriter, Write as _};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// Longest wait for bytes that were sent, in real time.
const PATIENCE: Duration = Duration::from_secs(10);
/// The speed that is set; a pty has none.
const BAUD: u32 = 115_200;

/// What goes wrong with a cable.
#[derive(Debug, thiserror::Error)]
pub enum CableError {
    /// The device's end.
    #[error("the pty of a simulated cable: {0}")]
    Pty(#[from] io::Error),
    /// The station's end.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// Bytes were sent and did not arrive.
    #[error("{0} bytes are lost in a simulated cable")]
    Lost(usize),
    /// The cable is out.
    #[error("the simulated cable is out")]
    Out,
}

/// Both ends of a cable that is in: the device's, the station's.
enum Ends {
    Serial(Pty, SerialLink),
    Keys(PipeWriter, KeyLink),
}

impl Ends {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, LinkError> {
        match self {
            Self::Serial(_, link) => link.read(buffer).await,
            Self::Keys(_, link) => link.read(buffer).await,
        }
    }
}

/// A cable.
pub struct Cable {
    name: PathBuf,
    runtime: Runtime,
    keys: bool,
    ends: Option<Ends>,
}

impl Cable {
    /// A cable that is in; `name` is that of the station's end. `keys`: what is at it types.
    ///
    /// # Errors
    /// [`CableError`].
    pub fn new(name: PathBuf, keys: bool) -> Result<Self, CableError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let mut cable = Self { name, runtime, keys, ends: None };
        cable.plug()?;
        Ok(cable)
    }

    /// Plugs it in.
    ///
    /// # Errors
    /// [`CableError`].
    pub fn plug(&mut self) -> Result<(), CableError> {
        if self.keys {
            let (device, typist) = io::pipe()?;
            rustix::fs::fcntl_setfl(&device, rustix::fs::OFlags::NONBLOCK).map_err(io::Error::from)?;
            let link = self.runtime.block_on(async { KeyLink::over(device.into(), &self.name) })?;
            self.ends = Some(Ends::Keys(typist, link));
            return Ok(());
        }
        let mut pty = Pty::create(&self.name)?;
        let settings = SerialSettings::new(&self.name, BAUD);
        let link = self.runtime.block_on(async { SerialLink::open(&settings) })?;
        // From now on somebody listens.
        drop(pty.read()?);
        self.ends = Some(Ends::Serial(pty, link));
        Ok(())
    }

    /// Pulls it out, and has the station's end notice.
    ///
    /// # Errors
    /// [`CableError::Out`] when it was out; [`CableError::Lost`] when the station's end reads on.
    pub fn pull(&mut self) -> Result<(), CableError> {
        let mut buffer = [0; 64];
        let patience = PATIENCE;
        let read = match self.ends.take().ok_or(CableError::Out)? {
            Ends::Serial(pty, mut link) => {
                drop(pty);
                self.runtime.block_on(async { tokio::time::timeout(patience, link.read(&mut buffer)).await })
            }
            Ends::Keys(typist, mut link) => {
                drop(typist);
                self.runtime.block_on(async { tokio::time::timeout(patience, link.read(&mut buffer)).await })
            }
        };
        match read {
            Ok(Err(_)) => Ok(()),
            Ok(Ok(_)) | Err(_) => Err(CableError::Lost(0)),
        }
    }

    /// Carries bytes to the station; what its port read, in the parts in which it came.
    ///
    /// # Errors
    /// [`CableError`].
    pub fn to_station(&mut self, bytes: &[u8]) -> Result<Vec<Vec<u8>>, CableError> {
        let ends = self.ends.as_mut().ok_or(CableError::Out)?;
        match ends {
            Ends::Serial(pty, _) => pty.write(bytes)?,
            Ends::Keys(pipe, _) => pipe.write_all(&typist::typed(bytes))?,
        }
        let (mut left, mut parts) = (bytes.len(), Vec::new());
        while left > 0 {
            let mut buffer = [0; 256];
            let read =
                self.runtime.block_on(async { tokio::time::timeout(PATIENCE, ends.read(&mut buffer)).await });
            let read = read.map_err(|_| CableError::Lost(left))??;
            left = left.saturating_sub(read);
            parts.push(buffer.get(..read).unwrap_or_default().to_vec());
        }
        Ok(parts)
    }

    /// Carries bytes to the device; what its end read.
    ///
    /// # Errors
    /// [`CableError`].
    pub fn to_device(&mut self, bytes: &[u8]) -> Result<Vec<u8>, CableError> {
        let Ends::Serial(pty, link) = self.ends.as_mut().ok_or(CableError::Out)? else {
            // A keyboard takes no orders here.
            return Ok(Vec::new());
        };
        self.runtime.block_on(async {
            link.write_now(bytes)?;
            tokio::time::timeout(PATIENCE, link.flush())
                .await
                .map_err(|_| CableError::Lost(bytes.len()))??;
            Ok::<(), CableError>(())
        })?;
        let (begun, mut got) = (Instant::now(), Vec::new());
        while got.len() < bytes.len() {
            got.extend(pty.read()?);
            if begun.elapsed() > PATIENCE {
                return Err(CableError::Lost(bytes.len() - got.len()));
            }
        }
        Ok(got)
    }

    /// Drops what the station has not read.
    ///
    /// # Errors
    /// [`CableError`].
    pub fn drain(&mut self) -> Result<(), CableError> {
        if let Ends::Serial(_, link) = self.ends.as_mut().ok_or(CableError::Out)? {
            self.runtime.block_on(async { link.drain_input() })?;
        }
        Ok(())
    }
}
