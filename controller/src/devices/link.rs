//! One open port: a serial line, a keyboard that types into it, or a file that is read again and again.
//!
//! Owns: that all read alike. Refuses: to write to a keyboard or a file: what is sent to a file asks for it. A crash closes it.

use super::build::PortSettings;
use drivers::transport::file::FileLink;
use drivers::transport::keys::KeyLink;
use drivers::transport::serial::{LinkError, SerialLink};

/// An open port.
pub(super) enum Link {
    Serial(SerialLink),
    Keys(KeyLink),
    File(FileLink),
}

impl Link {
    pub(super) fn open(settings: &PortSettings) -> Result<Self, LinkError> {
        match settings {
            PortSettings::Serial(settings) => SerialLink::open(settings).map(Self::Serial),
            PortSettings::Keys(path) => KeyLink::open(path).map(Self::Keys),
            PortSettings::File(path) => FileLink::open(path).map(Self::File),
        }
    }

    pub(super) async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, LinkError> {
        match self {
            Self::Serial(link) => link.read(buffer).await,
            Self::Keys(link) => link.read(buffer).await,
            Self::File(link) => link.read(buffer).await,
        }
    }

    pub(super) fn has_pending(&self) -> bool {
        match self {
            Self::Serial(link) => link.has_pending(),
            Self::Keys(_) | Self::File(_) => false,
        }
    }

    pub(super) async fn flush(&mut self) -> Result<(), LinkError> {
        match self {
            Self::Serial(link) => link.flush().await,
            Self::Keys(_) | Self::File(_) => Ok(()),
        }
    }

    pub(super) fn write_now(&mut self, bytes: &[u8]) -> Result<(), LinkError> {
        match self {
            Self::Serial(link) => link.write_now(bytes),
            // The configuration gives a keyboard no light that could be switched.
            Self::Keys(_) => Ok(()),
            Self::File(link) => link.ask(),
        }
    }

    /// What was typed before it was opened never came here.
    pub(super) fn drain_input(&mut self) -> Result<(), LinkError> {
        match self {
            Self::Serial(link) => link.drain_input().map(drop),
            Self::Keys(_) | Self::File(_) => Ok(()),
        }
    }
}
