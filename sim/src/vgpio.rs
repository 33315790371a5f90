//! The virtual GPIO chip: a Unix socket on which the station drives lines and hears their levels.
//!
//! Owns: the listener, its clients, the levels of all lines. Outputs LATCH: when the station dies they stay as they were
//! driven, as the registers of a real chip do; that is the unkind case, and the one to practise. Refuses: more than
//! [`MAX_CLIENTS`] at once, and a client that talks nonsense or does not read. A crash of this process is a chip that loses
//! its power.

use drivers::transport::gpio::wire::{Decoder, Message};
use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

/// Most clients at once: the station, and one that makes its outputs safe.
pub const MAX_CLIENTS: usize = 4;

/// The chip.
#[derive(Debug)]
pub struct VirtualChip {
    listener: UnixListener,
    path: PathBuf,
    clients: Vec<Client>,
    inputs: BTreeMap<u32, bool>,
    outputs: BTreeMap<u32, bool>,
}

#[derive(Debug)]
struct Client {
    socket: UnixStream,
    decoder: Decoder,
}

impl VirtualChip {
    /// Listens at `path`; an old socket there is replaced.
    ///
    /// # Errors
    /// What the system says.
    pub fn bind(path: &Path) -> io::Result<Self> {
        match std::fs::remove_file(path) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let listener = UnixListener::bind(path)?;
        listener.set_nonblocking(true)?;
        let (inputs, outputs) = (BTreeMap::new(), BTreeMap::new());
        Ok(Self { listener, path: path.to_owned(), clients: Vec::new(), inputs, outputs })
    }

    /// Sets the level of an input; clients are told when it changed.
    pub fn set_input(&mut self, line: u32, high: bool) {
        if self.inputs.insert(line, high) == Some(high) {
            return;
        }
        let mut bytes = Vec::new();
        Message::In { line, high }.encode(&mut bytes);
        self.clients.retain_mut(|client| client.socket.write_all(&bytes).is_ok());
    }

    /// Takes new clients and what the known ones drive; `driven` hears each change of an output.
    ///
    /// # Errors
    /// What the listener says.
    pub fn poll(&mut self, mut driven: impl FnMut(u32, bool)) -> io::Result<()> {
        self.accept()?;
        let outputs = &mut self.outputs;
        self.clients.retain_mut(|client| {
            client.read(|line, high| {
                if outputs.insert(line, high) != Some(high) {
                    driven(line, high);
                }
            })
        });
        Ok(())
    }

    /// Level of an output as it was last driven, by whomever.
    pub fn output(&self, line: u32) -> Option<bool> {
        self.outputs.get(&line).copied()
    }

    fn accept(&mut self) -> io::Result<()> {
        loop {
            let mut socket = match self.listener.accept() {
                Ok((socket, _)) => socket,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            };
            if self.clients.len() == MAX_CLIENTS {
                continue;
            }
            socket.set_nonblocking(true)?;
            let mut bytes = Vec::new();
            for (line, high) in &self.inputs {
                Message::In { line: *line, high: *high }.encode(&mut bytes);
            }
            if socket.write_all(&bytes).is_ok() {
                self.clients.push(Client { socket, decoder: Decoder::default() });
            }
        }
    }
}

impl Client {
    /// Takes what has come. False: this client is gone, or is to be given up.
    fn read(&mut self, mut driven: impl FnMut(u32, bool)) -> bool {
        let mut buffer = [0; 1024];
        loop {
            match self.socket.read(&mut buffer) {
                Ok(0) => return false,
                Ok(read) => {
                    let fed =
                        self.decoder.feed(buffer.get(..read).unwrap_or_default(), |message| match message {
                            Message::Out { line, high } => driven(line, high),
                            // Only the chip knows levels of inputs.
                            Message::In { .. } => {}
                        });
                    if fed.is_err() {
                        return false;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return true,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
        }
    }
}

impl Drop for VirtualChip {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::debug!(%error, "the socket of the virtual GPIO chip stays");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use drivers::transport::gpio::simulated::VirtualLines;
    use drivers::transport::gpio::{Lines, Plan, Pull};

    #[test]
    fn outputs_stay_as_driven_when_the_station_dies_and_inputs_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gpio.sock");
        let mut chip = VirtualChip::bind(&path).unwrap();
        chip.set_input(3, true);
        let plan = Plan { inputs: vec![(3, Pull::AsIs)], outputs: vec![(17, false)], clocked: false };
        let mut station = VirtualLines::open(&path, &plan).unwrap();
        station.drive(17, true).unwrap();
        let mut heard = Vec::new();
        chip.poll(|line, high| heard.push((line, high))).unwrap();
        assert_eq!(heard, [(17, false), (17, true)]);
        let mut levels = [false];
        station.sample(&mut levels).unwrap();
        assert_eq!(levels, [true]);
        chip.set_input(3, false);
        station.sample(&mut levels).unwrap();
        assert_eq!(levels, [false]);
        // Killed: no orderly drop, the socket just closes.
        std::mem::forget(station);
        chip.poll(|_, _| panic!("nothing was driven")).unwrap();
        assert_eq!(chip.output(17), Some(true));
    }

    #[test]
    fn a_client_that_talks_nonsense_is_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gpio.sock");
        let mut chip = VirtualChip::bind(&path).unwrap();
        let mut client = UnixStream::connect(&path).unwrap();
        client.write_all(b"hello\n").unwrap();
        chip.poll(|_, _| {}).unwrap();
        assert!(chip.clients.is_empty());
    }
}
