//! One open port: a serial line, a keyboard that types into it, or what is read again and again: a file, a chip that is
//! clocked.
//!
//! Owns: that all read alike. Refuses: to write to a keyboard, a file or a chip: what is sent to one of those asks for it. A
//! crash closes it.

use super::build::{Clocked, PortSettings};
use super::links::open_lines;
use crate::clock;
use crate::run::realtime;
use config::GpioBackend;
use drivers::transport::asked::AskedLink;
use drivers::transport::file;
use drivers::transport::gpio::GpioError;
use drivers::transport::keys::KeyLink;
use drivers::transport::serial::{LinkError, SerialLink};
use drivers::transport::two_wires::{self, Pace};
use std::io;

/// An open port.
pub(crate) enum Link {
    Serial(SerialLink),
    Keys(KeyLink),
    Asked(AskedLink),
}

impl Link {
    pub(crate) fn open(settings: &PortSettings) -> Result<Self, LinkError> {
        match settings {
            PortSettings::Serial(settings) => SerialLink::open(settings).map(Self::Serial),
            PortSettings::Keys(path) => KeyLink::open(path).map(Self::Keys),
            PortSettings::File(path) => file::open(path).map(Self::Asked),
            PortSettings::Clocked(clocked) => open_clocked(clocked).map(Self::Asked),
        }
    }

    pub(crate) async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, LinkError> {
        match self {
            Self::Serial(link) => link.read(buffer).await,
            Self::Keys(link) => link.read(buffer).await,
            Self::Asked(link) => link.read(buffer).await,
        }
    }

    pub(crate) fn has_pending(&self) -> bool {
        match self {
            Self::Serial(link) => link.has_pending(),
            Self::Keys(_) | Self::Asked(_) => false,
        }
    }

    pub(crate) async fn flush(&mut self) -> Result<(), LinkError> {
        match self {
            Self::Serial(link) => link.flush().await,
            Self::Keys(_) | Self::Asked(_) => Ok(()),
        }
    }

    pub(crate) fn write_now(&mut self, bytes: &[u8]) -> Result<(), LinkError> {
        match self {
            Self::Serial(link) => link.write_now(bytes),
            // The configuration gives a keyboard no light that could be switched.
            Self::Keys(_) => Ok(()),
            Self::Asked(link) => link.ask(),
        }
    }

    /// What was typed before it was opened never came here.
    pub(crate) fn drain_input(&mut self) -> Result<(), LinkError> {
        match self {
            Self::Serial(link) => link.drain_input().map(drop),
            Self::Keys(_) | Self::Asked(_) => Ok(()),
        }
    }
}

/// A chip that this program clocks, on a thread with precedence.
fn open_clocked(clocked: &Clocked) -> Result<AskedLink, LinkError> {
    if let GpioBackend::Simulated { socket } = &clocked.backend {
        return two_wires::open_simulated(&clocked.name, socket, clocked.lines);
    }
    let failed =
        |error: GpioError| LinkError::System { path: clocked.name.clone(), source: io::Error::other(error) };
    let lines = open_lines(&clocked.backend, &clocked.lines.plan().map_err(failed)?).map_err(failed)?;
    let precede = || tracing::info!(precedence = ?realtime::attempt(), "a load cell's thread runs");
    two_wires::open(&clocked.name, clocked.lines, lines, Pace { now_ns: clock::pulse_ns, precede })
}
