//! GPIO of the simulator: a virtual chip behind a Unix stream socket.
//!
//! Owns: this side of the protocol in [`super::wire`]. Refuses: to block on reads and writes; to guess a level before the
//! chip has told it. Like `rppal` the chip keeps its outputs when this process dies; an orderly drop
//! drives them safe. A socket that closes, stops reading or talks nonsense is [`GpioError::Gone`] or
//! [`GpioError::Wire`] and is never repaired here: open anew.

use super::wire::{Decoder, Message};
use super::{GpioError, Lines, Plan, same_count};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

/// Most bytes that wait for a chip that does not read.
const MAX_WAITING: usize = 4096;
/// Most reads of one poll: a chip that floods is read on at the next one.
const MAX_READS: usize = 16;

/// Requested lines of the virtual chip.
pub struct VirtualLines {
    socket: UnixStream,
    decoder: Decoder,
    inputs: Vec<(u32, Option<bool>)>,
    outputs: Vec<(u32, bool)>,
    waiting: Vec<u8>,
    gone: bool,
}

impl VirtualLines {
    /// Connects to the chip and drives every output to its safe level.
    ///
    /// # Errors
    /// [`GpioError::Socket`] when nobody listens at that path.
    pub fn open(path: &Path, plan: &Plan) -> Result<Self, GpioError> {
        let socket = UnixStream::connect(path);
        let failed = |source| GpioError::Socket { path: path.display().to_string(), source };
        Self::over(socket.map_err(failed)?, plan)
    }

    /// Takes a connected socket.
    ///
    /// # Errors
    /// [`GpioError::Gone`] when it is not alive.
    pub fn over(socket: UnixStream, plan: &Plan) -> Result<Self, GpioError> {
        socket.set_nonblocking(true).map_err(|_| GpioError::Gone)?;
        let mut lines = Self {
            socket,
            decoder: Decoder::default(),
            inputs: plan.inputs.iter().map(|(line, _)| (*line, None)).collect(),
            outputs: plan.outputs.clone(),
            waiting: Vec::new(),
            gone: false,
        };
        lines.drive_safe()?;
        Ok(lines)
    }

    fn drive_safe(&mut self) -> Result<(), GpioError> {
        for (line, safe) in self.outputs.clone() {
            self.drive(line, safe)?;
        }
        Ok(())
    }

    fn alive(&self) -> Result<(), GpioError> {
        if self.gone { Err(GpioError::Gone) } else { Ok(()) }
    }

    fn lose(&mut self) -> GpioError {
        self.gone = true;
        GpioError::Gone
    }

    /// Writes what waits, as far as the socket takes it.
    fn flush(&mut self) -> Result<(), GpioError> {
        while !self.waiting.is_empty() {
            match self.socket.write(&self.waiting) {
                Ok(0) => return Err(self.lose()),
                Ok(written) => {
                    self.waiting.drain(..written);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(_) => return Err(self.lose()),
            }
        }
        if self.waiting.len() > MAX_WAITING { Err(self.lose()) } else { Ok(()) }
    }

    /// Reads what has come.
    fn drain(&mut self) -> Result<(), GpioError> {
        let mut buffer = [0; 1024];
        for _ in 0..MAX_READS {
            match self.socket.read(&mut buffer) {
                Ok(0) => return Err(self.lose()),
                Ok(read) => {
                    let inputs = &mut self.inputs;
                    let fed =
                        self.decoder.feed(buffer.get(..read).unwrap_or_default(), |message| match message {
                            Message::In { line, high } => {
                                // The chip tells all its lines; those that nobody wired are none of ours.
                                if let Some((_, level)) = inputs.iter_mut().find(|(l, _)| *l == line) {
                                    *level = Some(high);
                                }
                            }
                            // A chip has no orders to give.
                            Message::Out { .. } => {}
                        });
                    if let Err(error) = fed {
                        self.gone = true;
                        return Err(error.into());
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(_) => return Err(self.lose()),
            }
        }
        Ok(())
    }
}

impl Lines for VirtualLines {
    fn drive(&mut self, line: u32, high: bool) -> Result<(), GpioError> {
        self.alive()?;
        if !self.outputs.iter().any(|(output, _)| *output == line) {
            return Err(GpioError::NotRequested(line));
        }
        Message::Out { line, high }.encode(&mut self.waiting);
        self.flush()
    }

    fn sample(&mut self, into: &mut [bool]) -> Result<(), GpioError> {
        self.alive()?;
        same_count(into.len(), self.inputs.len())?;
        self.flush()?;
        self.drain()?;
        for (level, (_, told)) in into.iter_mut().zip(&self.inputs) {
            *level = told.ok_or(GpioError::NotYet)?;
        }
        Ok(())
    }
}

impl Drop for VirtualLines {
    fn drop(&mut self) {
        if let Err(error) = self.drive_safe() {
            tracing::warn!(%error, "virtual GPIO outputs could not be driven safe and stay as they are");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::gpio::Pull;

    fn plan() -> Plan {
        Plan {
            inputs: vec![(3, Pull::AsIs), (4, Pull::AsIs)],
            outputs: vec![(17, false), (18, true)],
            clocked: false,
        }
    }

    fn pair() -> (VirtualLines, UnixStream) {
        let (ours, chip) = UnixStream::pair().unwrap();
        (VirtualLines::over(ours, &plan()).unwrap(), chip)
    }

    /// Reads exactly as much as is expected: a blocking socket needs no sleep.
    fn heard(chip: &mut UnixStream, expected: &str) {
        let mut bytes = vec![0; expected.len()];
        chip.read_exact(&mut bytes).unwrap();
        assert_eq!(String::from_utf8(bytes).unwrap(), expected);
    }

    #[test]
    fn outputs_are_safe_at_open_and_again_at_drop() {
        let (mut lines, mut chip) = pair();
        heard(&mut chip, "out 17 0\nout 18 1\n");
        lines.drive(17, true).unwrap();
        heard(&mut chip, "out 17 1\n");
        drop(lines);
        heard(&mut chip, "out 17 0\nout 18 1\n");
        assert_eq!(chip.read(&mut [0; 8]).unwrap(), 0);
    }

    #[test]
    fn levels_are_refused_until_all_are_told_and_then_follow() {
        let (mut lines, mut chip) = pair();
        let mut levels = [false; 2];
        assert!(matches!(lines.sample(&mut levels), Err(GpioError::NotYet)));
        chip.write_all(b"in 3 1\nin 99 1\nin 4").unwrap();
        assert!(matches!(lines.sample(&mut levels), Err(GpioError::NotYet)), "half a message is no level");
        chip.write_all(b" 0\n").unwrap();
        lines.sample(&mut levels).unwrap();
        assert_eq!(levels, [true, false]);
        chip.write_all(b"in 4 1\nin 3 0\nin 3 1\nin 3 0\n").unwrap();
        lines.sample(&mut levels).unwrap();
        assert_eq!(levels, [false, true], "the latest level counts");
    }

    #[test]
    fn a_closed_socket_is_gone_for_good() {
        let (mut lines, chip) = pair();
        drop(chip);
        assert!(matches!(lines.sample(&mut [false; 2]), Err(GpioError::Gone)));
        assert!(matches!(lines.drive(17, true), Err(GpioError::Gone)));
    }

    #[test]
    fn nonsense_ends_the_connection() {
        let (mut lines, mut chip) = pair();
        chip.write_all(b"hello\n").unwrap();
        assert!(matches!(lines.sample(&mut [false; 2]), Err(GpioError::Wire(_))));
        assert!(matches!(lines.sample(&mut [false; 2]), Err(GpioError::Gone)));
    }

    #[test]
    fn a_chip_that_does_not_read_is_given_up_and_never_waited_for() {
        let (mut lines, _chip) = pair();
        // Bounded by the socket's buffer plus ours; an unbounded queue would run the loop to its end.
        let failure = (0..10_000_000).find_map(|n| lines.drive(17, n % 2 == 0).err());
        assert!(matches!(failure, Some(GpioError::Gone)));
        assert!(lines.waiting.len() <= MAX_WAITING + 16);
    }

    #[test]
    fn what_a_slow_chip_has_not_taken_is_sent_at_the_next_poll() {
        let (mut lines, mut chip) = pair();
        let mut level = false;
        while lines.waiting.is_empty() {
            level = !level;
            lines.drive(17, level).unwrap();
        }
        let mut taken = vec![0; 4 << 20];
        assert!(chip.read(&mut taken).unwrap() > 0);
        assert!(matches!(lines.sample(&mut [false; 2]), Err(GpioError::NotYet)));
        assert_eq!(lines.waiting, b"");
    }

    #[test]
    fn lines_and_counts_that_were_not_requested_are_refused() {
        let (mut lines, _chip) = pair();
        assert!(matches!(lines.drive(3, true), Err(GpioError::NotRequested(3))));
        assert!(matches!(lines.sample(&mut [false; 3]), Err(GpioError::Count { wanted: 3, requested: 2 })));
    }

    #[test]
    fn nobody_listening_is_told_with_the_path() {
        let error =
            VirtualLines::open(Path::new("/nonexistent/gpio.sock"), &plan()).err().map(|e| e.to_string());
        assert!(error.as_deref().is_some_and(|e| e.contains("/nonexistent/gpio.sock")), "{error:?}");
    }
}
