//! A number out of an HX711, bit by bit over its two lines, and how it is known whether that number may be believed.
//!
//! Owns: the order of edges, the time of every pulse, the reset, and which numbers are thrown away. Refuses: a number of which
//! any pulse was too long, that may have been overtaken by the next one, whose end does not look as the chip's does, or that
//! came too early after a reset. Opens nothing and reads no clock: lines and time are [`TwoWires`]. A crash loses nothing; the
//! chip is reset at the next start.
//!
//! ```text
//!   data   ▔▔▔▔╲▁ MSB ╳ ... ╳ LSB ╱▔▔▔▔▔▔▔▔     high: no number yet; low: one is there
//!   clock  ▁▁▁▁▁▁╱▔╲▁▁ 24 pulses ▁▁╱▔╲▁▁▁▁▁     the 25th takes data high again and keeps channel A at gain 128
//! ```
//! By the data sheet a pulse lasts 0.2 to 50 us, one of more than 60 us is the order to power down, and the low after it a
//! reset. A process that is held up between two edges gives that order without knowing it, so each pulse is timed by two looks
//! at the clock around it, which is never less than it really was. While a number is shifted out the next one may become ready:
//! what comes then is a mixture of both. So a number is shifted out only when it has just been seen to become ready, and thrown
//! away when that took too long.

/// Longest pulse, ns: the data sheet's T3.
const PULSE_NS: u64 = 50_000;
/// From the last look that found no number to the last bit, ns: a converter at its fastest, 144 a second, needs 6.9 ms for the next.
const WHOLE_NS: u64 = 5_000_000;
/// Between two looks whether a number is there, us.
const LOOK_US: u32 = 1_000;
/// How long the clock is held high for a reset, us. Far more than the 60 that the data sheet wants: after a short one the first number is
/// none, as the kernel's driver knows.
const RESET_US: u32 = 10_000;
/// So many numbers after a reset are not used.
const UNSETTLED: u8 = 2;
/// Longest wait for a number, ns. After a reset a chip at 10 a second takes 400 ms, and two numbers more.
const PATIENCE_NS: u64 = 900_000_000;
/// Bits of a number.
const BITS: u32 = 24;
/// A number that ends in so many ones was cut off by a chip that lost its power: its line is high then. One good number in 4096 ends so,
const CUT_OFF: u32 = 0xFFF;
/// and what a chip at its upper end says.
const UPPER_END: u32 = 0x7F_FFFF;

/// The chip's two lines, and time.
pub trait TwoWires {
    /// What goes wrong with lines.
    type Error;

    /// Drives the clock line, as the chip sees it.
    ///
    /// # Errors
    /// The line is gone.
    fn clock(&mut self, high: bool) -> Result<(), Self::Error>;

    /// Level of the data line, as the chip drives it.
    ///
    /// # Errors
    /// The line is gone.
    fn data(&mut self) -> Result<bool, Self::Error>;

    /// Time in ns from any beginning. Never runs back, and stands still for no longer than its resolution.
    fn now_ns(&mut self) -> u64;

    /// Lets at least so many us pass. Others may have the processor meanwhile.
    fn rest(&mut self, us: u32);
}

/// What came of shifting a number out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shifted {
    /// A number, -8,388,608 to 8,388,607.
    Number(i32),
    /// Thrown away: a pulse, or the whole, took too long.
    Late,
    /// Thrown away: the data line does not do what the chip's does.
    Dead,
    /// No number came in its time.
    Mute,
}

impl Shifted {
    /// One line of text, for whoever asked over a link.
    pub fn text(self) -> String {
        match self {
            Self::Number(number) => format!("{number}\n"),
            Self::Late => "late\n".to_owned(),
            Self::Dead => "dead\n".to_owned(),
            Self::Mute => "mute\n".to_owned(),
        }
    }

    /// The text of what is no number.
    pub(super) fn without_number(text: &[u8]) -> Option<Self> {
        [Self::Late, Self::Dead, Self::Mute].into_iter().find(|shifted| shifted.text().as_bytes() == text)
    }
}

/// Whether a number is there.
enum Ready {
    /// None came in time.
    Never,
    /// It was there at the first look. Nobody knows how long already.
    Old,
    /// It has become ready since this look, ns.
    Since(u64),
}

/// Shifts one number out after the other.
#[derive(Debug)]
pub struct Shifter {
    reset_due: bool,
    /// Numbers that are still not to be used.
    unsettled: u8,
}

impl Default for Shifter {
    /// What the chip did before is not known: it is reset first.
    fn default() -> Self {
        Self { reset_due: true, unsettled: UNSETTLED }
    }
}

impl Shifter {
    /// Waits for the next number that may be used and shifts it out. Takes about a second at most.
    ///
    /// # Errors
    /// Those of the lines.
    pub fn number<W: TwoWires>(&mut self, wires: &mut W) -> Result<Shifted, W::Error> {
        let until = wires.now_ns().saturating_add(PATIENCE_NS);
        if self.reset_due {
            wires.clock(true)?;
            wires.rest(RESET_US);
            wires.clock(false)?;
            *self = Self { reset_due: false, unsettled: UNSETTLED };
        }
        loop {
            let since = match ready(wires, until)? {
                Ready::Never => return Ok(self.fail(Shifted::Mute)),
                Ready::Old => None,
                Ready::Since(since) => Some(since),
            };
            let shifted = shift(wires, since)?;
            let Shifted::Number(_) = shifted else { return Ok(self.fail(shifted)) };
            // An old number only makes room for the next.
            if since.is_some() {
                match self.unsettled.checked_sub(1) {
                    None => return Ok(shifted),
                    Some(left) => self.unsettled = left,
                }
            }
        }
    }

    /// After anything but a number nobody knows how many pulses the chip has counted.
    fn fail(&mut self, shifted: Shifted) -> Shifted {
        self.reset_due = true;
        shifted
    }
}

fn ready<W: TwoWires>(wires: &mut W, until: u64) -> Result<Ready, W::Error> {
    let mut ready = Ready::Old;
    loop {
        let now = wires.now_ns();
        if now >= until {
            return Ok(Ready::Never);
        }
        if !wires.data()? {
            return Ok(ready);
        }
        ready = Ready::Since(now);
        wires.rest(LOOK_US);
    }
}

/// One pulse; false when it was too long.
fn pulse<W: TwoWires>(wires: &mut W) -> Result<bool, W::Error> {
    let before = wires.now_ns();
    wires.clock(true)?;
    wires.clock(false)?;
    Ok(wires.now_ns().saturating_sub(before) <= PULSE_NS)
}

fn shift<W: TwoWires>(wires: &mut W, since: Option<u64>) -> Result<Shifted, W::Error> {
    let mut bits = 0_u32;
    for _ in 0..BITS {
        if !pulse(wires)? {
            return Ok(Shifted::Late);
        }
        // Valid since 0.1 us after the rising edge, until the next one.
        bits = bits << 1 | u32::from(wires.data()?);
    }
    let now = wires.now_ns();
    if !pulse(wires)? || since.is_some_and(|since| now.saturating_sub(since) > WHOLE_NS) {
        return Ok(Shifted::Late);
    }
    if !wires.data()? || (bits & CUT_OFF == CUT_OFF && bits != UPPER_END) {
        return Ok(Shifted::Dead);
    }
    // The sign is the 24th bit.
    Ok(Shifted::Number((bits << 8).cast_signed() >> 8))
}

#[cfg(test)]
#[path = "shift_tests.rs"]
mod tests;
