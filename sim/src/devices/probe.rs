//! A DS18B20 sensor as the kernel shows it: the text of its `w1_slave` file.
//!
//! Owns: a refrigerator's temperature over time, and every way in which such a sensor lies. Refuses: nothing. The check is counted here
//! anew, and the texts are pinned by transcripts of real sensors.

use station::measure::Mono;

/// Folder of the simulated sensor: its number.
pub const NUMBER: &str = "28-00000051a001";

/// What is wrong with the sensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProbeFault {
    /// It lost its supply: 85 degrees, with a right check.
    PowerOn,
    /// The line is disturbed: the kernel says NO and shows the last good value.
    Disturbed,
    /// The line is shorted: nine zeros, with a right check.
    Shorted,
    /// It does not answer: the file is empty.
    Mute,
    /// It was pulled out: its file is gone.
    Gone,
    /// The refrigerator's door stands open: this much is added, thousandths of a degree.
    Warm(i32),
}

/// The sensor in its refrigerator.
#[derive(Debug, Clone, Default)]
pub struct Thermometer {
    /// Its trouble.
    pub fault: Option<ProbeFault>,
}

impl Thermometer {
    /// What it measures: 3.5 to 4.5 degrees, up and down in 20 minutes, as a refrigerator's machine runs and rests.
    fn sixteenths(&self, now: Mono) -> i16 {
        let phase = i32::try_from(now.0 / 1_000_000 % 1200).unwrap_or(0);
        let swing = (phase - 600).abs() * 1000 / 600;
        let more = if let Some(ProbeFault::Warm(more)) = self.fault { more } else { 0 };
        i16::try_from((3500 + swing + more) * 16 / 1000).unwrap_or(i16::MAX)
    }

    /// Whether the kernel has a file of it.
    pub fn is_there(&self) -> bool {
        self.fault != Some(ProbeFault::Gone)
    }

    /// The file's text now.
    pub fn file(&self, now: Mono) -> String {
        let measured = scratchpad(self.sixteenths(now));
        match self.fault {
            None | Some(ProbeFault::Warm(_)) => text(measured, "YES", measured),
            Some(ProbeFault::PowerOn) => text(scratchpad(0x0550), "YES", scratchpad(0x0550)),
            Some(ProbeFault::Disturbed) => text([0xff; 8], "NO", measured),
            Some(ProbeFault::Shorted) => text([0; 8], "YES", [0; 8]),
            Some(ProbeFault::Mute | ProbeFault::Gone) => String::new(),
        }
    }
}

fn scratchpad(sixteenths: i16) -> [u8; 8] {
    let [low, high] = sixteenths.to_le_bytes();
    let rest = if sixteenths == 0x0550 { 0x0c } else { 0x10 - (low & 0x0f) };
    [low, high, 0x4b, 0x46, 0x7f, 0xff, rest, 0x10]
}

fn text(bytes: [u8; 8], verdict: &str, shown: [u8; 8]) -> String {
    let hex = |bytes: [u8; 8]| -> String {
        let sum = check(bytes);
        bytes.iter().chain([&sum]).map(|b| format!("{b:02x} ")).collect()
    };
    let value = i32::from(i16::from_le_bytes([shown[0], shown[1]])) * 1000 / 16;
    format!("{}: crc={:02x} {verdict}\n{}t={value}\n", hex(bytes), check(bytes), hex(shown))
}

/// Bit by bit from the lowest, as the sensor's own shift register does it.
fn check(bytes: [u8; 8]) -> u8 {
    let mut register = 0_u8;
    for bit in bytes.iter().flat_map(|byte| (0..8).map(move |at| byte >> at & 1)) {
        let feedback = (register & 1) ^ bit;
        register = (register >> 1) ^ if feedback == 1 { 0x8c } else { 0 };
    }
    register
}

#[cfg(test)]
mod tests {
    use super::*;
    use drivers::probe::w1::scratchpad::{Unusable, parse};

    #[test]
    fn its_texts_are_those_of_real_sensors() {
        let mut probe = Thermometer { fault: Some(ProbeFault::PowerOn) };
        let woken = "50 05 4b 46 7f ff 0c 10 1c : crc=1c YES\n50 05 4b 46 7f ff 0c 10 1c t=85000\n";
        assert_eq!(probe.file(Mono(0)), woken);
        probe.fault = Some(ProbeFault::Shorted);
        assert!(probe.file(Mono(0)).starts_with("00 00 00 00 00 00 00 00 00 : crc=00 YES\n"));
        probe.fault = Some(ProbeFault::Warm(0x172 * 1000 / 16 - 4500));
        let room = "72 01 4b 46 7f ff 0e 10 57 : crc=57 YES\n72 01 4b 46 7f ff 0e 10 57 t=23125\n";
        assert_eq!(probe.file(Mono(0)), room, "a log of a room");
    }

    #[test]
    fn the_driver_reads_it_and_believes_no_trouble() {
        let mut probe = Thermometer::default();
        for minute in 0..40 {
            let value = parse(probe.file(Mono(minute * 60_000_000)).as_bytes()).unwrap();
            assert!((3400..=4500).contains(&value.0), "{value}");
        }
        for (fault, told) in [
            (ProbeFault::PowerOn, Unusable::PowerOn),
            (ProbeFault::Disturbed, Unusable::Check),
            (ProbeFault::Shorted, Unusable::Dead),
            (ProbeFault::Mute, Unusable::Empty),
        ] {
            probe.fault = Some(fault);
            assert_eq!(parse(probe.file(Mono(0)).as_bytes()), Err(told));
        }
    }
}
