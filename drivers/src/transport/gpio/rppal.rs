//! GPIO by the registers of the Raspberry Pi, through `rppal`.
//!
//! Owns: requesting pins and driving them safe at open and drop. Refuses: any machine that is not a Raspberry Pi, with
//! the reason; nothing is simulated in its place.
//!
//! **A crash latches.** The registers keep their levels when the process is killed, and the kernel does not know that the
//! lines were used: an open clamp stays energised until something else lets it go. Use this backend only with an enable
//! relay fed by a hardware watchdog, or prefer [`super::gpiocdev`]. On an orderly drop every output is driven to its
//! safe level and *left* an output at that level: a line that is held safe is better than one that floats.

use super::{GpioError, Lines, Plan, Pull, same_count};
use rppal::gpio::{Gpio, InputPin, Level, OutputPin, Pin};

/// Requested pins.
pub struct Registers {
    inputs: Vec<InputPin>,
    outputs: Vec<Output>,
}

struct Output {
    line: u32,
    safe: Level,
    pin: OutputPin,
}

fn level(high: bool) -> Level {
    if high { Level::High } else { Level::Low }
}

fn pin(gpio: &Gpio, line: u32) -> Result<Pin, GpioError> {
    let number = u8::try_from(line).map_err(|_| GpioError::NoSuchLine(line))?;
    gpio.get(number).map_err(GpioError::Registers)
}

impl Registers {
    /// Takes the pins; outputs first, each at its safe level before it becomes an output.
    ///
    /// # Errors
    /// Not a Raspberry Pi, no right to its registers, a pin that does not exist or is taken.
    pub fn open(plan: &Plan) -> Result<Self, GpioError> {
        let gpio = Gpio::new().map_err(GpioError::Registers)?;
        let mut lines = Self { inputs: Vec::new(), outputs: Vec::new() };
        for &(line, safe) in &plan.outputs {
            let pin = pin(&gpio, line)?;
            let mut pin = if safe { pin.into_output_high() } else { pin.into_output_low() };
            pin.set_reset_on_drop(false);
            lines.outputs.push(Output { line, safe: level(safe), pin });
        }
        for &(line, pull) in &plan.inputs {
            let pin = pin(&gpio, line)?;
            lines.inputs.push(match pull {
                Pull::AsIs => pin.into_input(),
                Pull::Up => pin.into_input_pullup(),
                Pull::Down => pin.into_input_pulldown(),
            });
        }
        Ok(lines)
    }
}

impl Lines for Registers {
    fn drive(&mut self, line: u32, high: bool) -> Result<(), GpioError> {
        let output = self.outputs.iter_mut().find(|output| output.line == line);
        output.ok_or(GpioError::NotRequested(line))?.pin.write(level(high));
        Ok(())
    }

    fn sample(&mut self, into: &mut [bool]) -> Result<(), GpioError> {
        same_count(into.len(), self.inputs.len())?;
        for (level, pin) in into.iter_mut().zip(&self.inputs) {
            *level = pin.is_high();
        }
        Ok(())
    }
}

impl Drop for Registers {
    fn drop(&mut self) {
        for output in &mut self.outputs {
            output.pin.write(output.safe);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On a Raspberry Pi this opens nothing: the plan is empty.
    #[test]
    fn another_machine_is_refused_with_a_reason() {
        match Registers::open(&Plan::default()) {
            Ok(lines) => assert!(lines.inputs.is_empty() && lines.outputs.is_empty()),
            Err(error) => {
                assert!(error.to_string().starts_with("the Raspberry Pi's GPIO registers"), "{error}")
            }
        }
    }
}
