//! GPIO by the kernel's character device, through `gpiocdev`. The recommended backend.
//!
//! Owns: one request for all lines of one chip, found by its label because chip numbers change with the kernel.
//! Refuses: two chips with one label. The kernel owns the lines: no other process can have them, and it takes them back
//! when this one dies, however it dies. Whether they then become inputs or keep their level is the kernel's: on a
//! Raspberry Pi set `dtparam=strict_gpiod`, so that they become inputs and the pull-downs at the gates decide. On an
//! orderly drop every output is driven safe first.

use super::{GpioError, Lines, Plan, Pull, same_count};
use gpiocdev::Request;
use gpiocdev::chip::{Chip, chips};
use gpiocdev::line::{Bias, Value, Values};
use std::path::PathBuf;
use std::time::Duration;

/// How the kernel shows the lines' user.
const CONSUMER: &str = "hemostation";
/// Contacts bounce for some milliseconds; the shortest pulse that counts is 50 ms.
const DEBOUNCE: Duration = Duration::from_millis(5);

/// Requested lines. At most 64, which is the kernel's own limit for one request.
pub struct KernelLines {
    request: Request,
    plan: Plan,
    /// Read into at every poll; its keys are the inputs.
    values: Values,
}

/// The chip with this label, e.g. `pinctrl-rp1` on a Pi 5 or `pinctrl-bcm2711` on a Pi 4.
fn chip_labelled(label: &str) -> Result<PathBuf, GpioError> {
    let (mut paths, mut found) = (Vec::new(), Vec::new());
    for path in chips().map_err(GpioError::Kernel)? {
        // A chip that may not be opened is not ours; it must not hide the one that is.
        let Ok(info) = Chip::from_path(&path).and_then(|chip| chip.info()) else { continue };
        if info.label == label {
            paths.push(path);
        }
        found.push(info.label);
    }
    let none = || GpioError::NoChip { label: label.to_owned(), found: found.join(", ") };
    if paths.len() == 1 { paths.pop().ok_or_else(none) } else { Err(none()) }
}

fn value(high: bool) -> Value {
    if high { Value::Active } else { Value::Inactive }
}

impl KernelLines {
    /// Requests all lines at once; outputs are born at their safe level.
    ///
    /// # Errors
    /// No or more than one chip of this label, a line that is taken, or more than 64 lines.
    pub fn open(label: &str, plan: &Plan) -> Result<Self, GpioError> {
        let mut builder = Request::builder();
        builder.on_chip(chip_labelled(label)?).with_consumer(CONSUMER);
        for &(line, pull) in &plan.inputs {
            builder.with_line(line).as_input();
            if !plan.clocked {
                builder.with_debounce_period(DEBOUNCE);
            }
            match pull {
                Pull::AsIs => {}
                Pull::Up => {
                    builder.with_bias(Bias::PullUp);
                }
                Pull::Down => {
                    builder.with_bias(Bias::PullDown);
                }
            }
        }
        for &(line, safe) in &plan.outputs {
            builder.with_line(line).as_output(value(safe));
        }
        let request = builder.request().map_err(GpioError::Kernel)?;
        let inputs: Vec<u32> = plan.inputs.iter().map(|(line, _)| *line).collect();
        Ok(Self { request, plan: plan.clone(), values: Values::from_offsets(&inputs) })
    }
}

impl Lines for KernelLines {
    fn drive(&mut self, line: u32, high: bool) -> Result<(), GpioError> {
        self.plan.safe_level(line).ok_or(GpioError::NotRequested(line))?;
        self.request.set_value(line, value(high)).map_err(GpioError::Kernel)
    }

    fn sample(&mut self, into: &mut [bool]) -> Result<(), GpioError> {
        same_count(into.len(), self.plan.inputs.len())?;
        if into.is_empty() {
            // An empty set of keys would mean every line to the library.
            return Ok(());
        }
        self.request.values(&mut self.values).map_err(GpioError::Kernel)?;
        for (level, read) in into.iter_mut().zip(self.values.iter()) {
            *level = read.value == Value::Active;
        }
        Ok(())
    }
}

impl Drop for KernelLines {
    fn drop(&mut self) {
        if self.plan.outputs.is_empty() {
            return;
        }
        let safe: Values = self.plan.outputs.iter().map(|&(line, safe)| (line, value(safe))).collect();
        if let Err(error) = self.request.set_values(&safe) {
            tracing::error!(%error, "GPIO outputs could not be driven safe; the kernel takes them back now");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chip_that_is_not_there_is_named() {
        let error = KernelLines::open("no-such-chip", &Plan::default()).err().map(|e| e.to_string());
        assert!(error.as_deref().is_some_and(|e| e.contains("no-such-chip")), "{error:?}");
    }
}
