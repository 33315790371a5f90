//! A chip that this program clocks bit by bit (HX711): its two lines of a GPIO backend, on a thread of their own.
//!
//! Owns: the lines, their polarity, and the thread's rest between two looks. Refuses: to judge: which numbers may be
//! believed is [`Shifter`]'s to know. In a simulated station both lines are the simulator's, and so is the time in which
//! they are clocked: no socket answers within the microseconds of a pulse ([`open_simulated`]). The clock comes with
//! [`Pace`], as nobody here reads one. A crash leaves the clock line as the backend leaves it; a chip that lost its power
//! by that is reset at the next start.

use super::asked::{AskedLink, END};
use super::gpio::{GpioError, LineRef, Lines, Plan, Wiring};
use super::serial::LinkError;
use crate::scale::cell::{Shifter, TwoWires};
use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// What the thread has of the program around it.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Time in ns that never runs back. Cheap: it is asked for twice a bit.
    pub now_ns: fn() -> u64,
    /// Called once, on the thread: gives it precedence, if the system allows.
    pub precede: fn(),
}

/// The two lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TwoLines {
    /// What the chip says.
    pub data: LineRef,
    /// What it is clocked with.
    pub clock: LineRef,
}

impl TwoLines {
    /// What to request of the backend: no debouncing, as bits are no contacts.
    ///
    /// # Errors
    /// [`GpioError::WiredTwice`] when both are one line.
    pub fn plan(&self) -> Result<Plan, GpioError> {
        let wiring = Wiring { inputs: vec![Some(self.data)], outputs: vec![Some(self.clock)] };
        Ok(Plan { clocked: true, ..Plan::new(&[wiring])? })
    }
}

/// A link to the chip at these lines: each question is answered with one number, or the word for why there is none.
///
/// # Errors
/// [`LinkError::System`] when the system has no more threads.
pub fn open(
    name: &Path,
    wiring: TwoLines,
    lines: Box<dyn Lines>,
    pace: Pace,
) -> Result<AskedLink, LinkError> {
    AskedLink::start(name, move || {
        (pace.precede)();
        let mut wires = Wires { wiring, lines, pace };
        let mut shifter = Shifter::default();
        move || {
            let shifted = shifter.number(&mut wires);
            // Lines that fail are lines that are gone.
            let gone = |error: GpioError| io::Error::new(io::ErrorKind::NotFound, error);
            shifted.map(|shifted| shifted.text().into_bytes()).map_err(gone)
        }
    })
}

/// Longest wait for the simulator, which says itself when its chip is mute.
const PATIENCE: Duration = Duration::from_secs(1);
/// Most bytes of an answer.
const MAX_ANSWER: usize = 32;

/// The same at lines of the simulator: it clocks its chip in its own time with the product's [`Shifter`], and answers as
/// the thread would. What is said: the numbers of both lines, `data clock`, answered by [`END`] where a chip is; then an
/// empty line for each number.
///
/// # Errors
/// [`LinkError::System`] when nobody listens, no chip is there, or the system has no more threads.
pub fn open_simulated(name: &Path, socket: &Path, wiring: TwoLines) -> Result<AskedLink, LinkError> {
    let failed = |source| LinkError::System { path: name.to_owned(), source };
    let mut far = UnixStream::connect(socket).map_err(failed)?;
    far.set_read_timeout(Some(PATIENCE)).and(far.set_write_timeout(Some(PATIENCE))).map_err(failed)?;
    let lines = format!("{} {}\n", wiring.data.line, wiring.clock.line);
    exchange(&mut far, lines.as_bytes()).map_err(failed)?;
    AskedLink::start(name, move || move || exchange(&mut far, b"\n"))
}

fn exchange(far: &mut UnixStream, question: &[u8]) -> io::Result<Vec<u8>> {
    // Whatever fails here: the chip is gone, and everything begins anew.
    let gone = |error: io::Error| io::Error::new(io::ErrorKind::NotFound, error);
    far.write_all(question).map_err(gone)?;
    let mut answer = Vec::new();
    loop {
        let mut byte = [0];
        far.read_exact(&mut byte).map_err(gone)?;
        if byte == [END] {
            return Ok(answer);
        }
        if answer.len() == MAX_ANSWER {
            return Err(gone(io::Error::other("an answer without end")));
        }
        answer.extend(byte);
    }
}

struct Wires {
    wiring: TwoLines,
    lines: Box<dyn Lines>,
    pace: Pace,
}

impl TwoWires for Wires {
    type Error = GpioError;

    fn clock(&mut self, high: bool) -> Result<(), GpioError> {
        let wire = self.wiring.clock;
        self.lines.drive(wire.line, high != wire.active_low)
    }

    fn data(&mut self) -> Result<bool, GpioError> {
        let mut level = [false];
        self.lines.sample(&mut level)?;
        Ok(level[0] != self.wiring.data.active_low)
    }

    fn now_ns(&mut self) -> u64 {
        (self.pace.now_ns)()
    }

    fn rest(&mut self, us: u32) {
        std::thread::sleep(Duration::from_micros(us.into()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::gpio::Pull;
    use std::sync::atomic::{AtomicU64, Ordering};

    const WIRING: TwoLines = TwoLines {
        data: LineRef { line: 5, active_low: false, pull: Pull::AsIs },
        clock: LineRef { line: 6, active_low: true, pull: Pull::AsIs },
    };

    /// Time that passes by being looked at, 1 us each time.
    static NOW: AtomicU64 = AtomicU64::new(0);
    const PACE: Pace = Pace { now_ns: || NOW.fetch_add(1_000, Ordering::SeqCst), precede: || {} };

    /// A chip at gain 128 whose every number is the same, ready at every second look. Its clock line is turned round.
    #[derive(Default)]
    struct Chip {
        pulses: u32,
        busy: bool,
        high: bool,
        gone_after: Option<u32>,
        edges: u32,
    }

    impl Lines for Chip {
        fn drive(&mut self, line: u32, high: bool) -> Result<(), GpioError> {
            assert_eq!(line, 6);
            self.edges += 1;
            if self.gone_after.is_some_and(|most| self.edges > most) {
                return Err(GpioError::Gone);
            }
            // The first edges are the reset.
            if !high && !self.high && self.edges > 2 {
                self.pulses += 1;
            }
            self.high = !high;
            Ok(())
        }

        fn sample(&mut self, into: &mut [bool]) -> Result<(), GpioError> {
            into[0] = match self.pulses {
                0 => {
                    self.busy = !self.busy;
                    self.busy
                }
                pulse @ 1..=24 => 0x12_3456 >> (24 - pulse) & 1 == 1,
                _ => {
                    self.pulses = 0;
                    true
                }
            };
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_question_is_answered_with_a_number_through_lines_of_any_polarity() {
        let mut link = open(Path::new("gpio main"), WIRING, Box::<Chip>::default(), PACE).unwrap();
        let (mut text, mut buffer) = (Vec::new(), [0; 16]);
        link.ask().unwrap();
        while text.last() != Some(&END) {
            let count = link.read(&mut buffer).await.unwrap();
            text.extend_from_slice(&buffer[..count]);
        }
        assert_eq!(text, b"1193046\n\0");
    }

    #[tokio::test]
    async fn lines_that_are_gone_end_the_link() {
        let chip = Chip { gone_after: Some(7), ..Chip::default() };
        let mut link = open(Path::new("gpio main"), WIRING, Box::new(chip), PACE).unwrap();
        link.ask().unwrap();
        assert!(matches!(link.read(&mut [0; 16]).await, Err(LinkError::Unplugged { .. })));
    }

    #[test]
    fn the_clock_is_low_at_rest_and_data_is_not_debounced() {
        let plan = WIRING.plan().unwrap();
        assert_eq!((plan.inputs, plan.outputs, plan.clocked), (vec![(5, Pull::AsIs)], vec![(6, true)], true));
        assert!(TwoLines { data: WIRING.clock, ..WIRING }.plan().is_err());
    }
}
