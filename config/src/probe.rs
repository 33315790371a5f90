//! Thermometers: sections `[probe.NAME]`.
//!
//! Owns: what a thermometer speaks, its calibration, the range that the site wants. Refuses: a range without room in it, a sensor by a name
//! that is not its number, one register for two thermometers, a line that is described in two ways. Holds no state.

use crate::line::GpioName;
use crate::port::{self, Port, absolute};
use crate::section::Section;
use crate::shift;
use serde::Serialize;
use station::device::Mode;
use station::ident::DeviceSerial;
use station::shift::gates::Calibration;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Most thermometers of a station.
pub const MAX_PROBES: usize = 8;

/// What a thermometer speaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "protocol", rename_all = "snake_case")]
pub enum ProbeProtocol {
    /// A DS18B20 sensor through the kernel's 1-wire.
    W1 {
        /// Its file, `/sys/bus/w1/devices/28-.../w1_slave`.
        file: PathBuf,
    },
    /// A transmitter with Modbus RTU. `xy_md02` and `r4dcb08` are written as this.
    Modbus {
        /// Its port, which several transmitters may share; 9600 baud unless told.
        #[serde(flatten)]
        port: Port,
        /// Its address, 1 to 247.
        unit: u8,
        /// `input` (function 04) or `holding` (03).
        registers: Registers,
        /// Which register, 0 to 65535.
        register: u16,
        /// What it counts for one degree: 1, 10 or 100.
        per_degree: u8,
    },
}

/// Which of a transmitter's registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Registers {
    /// Input registers, function 04.
    Input,
    /// Holding registers, function 03.
    Holding,
}

/// A thermometer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Probe {
    /// What it speaks.
    #[serde(flatten)]
    pub protocol: ProbeProtocol,
    /// Between two readings, 5 to 300 s.
    pub period_s: u32,
    /// Lowest temperature that is right, degrees Celsius, -50 to 60.
    pub low_c: i32,
    /// Highest temperature that is right, degrees Celsius.
    pub high_c: i32,
    /// Outside for this long is an alarm, 0 to 3600 s: a door may be opened.
    pub alarm_after_s: u32,
    /// Added to each reading, thousandths of a degree, -5000 to 5000: what its calibration found.
    pub offset_mc: i32,
    /// Its calibration certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibration>,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    W1,
    XyMd02,
    R4dcb08,
    Modbus,
}

const KINDS: [(&str, Kind); 4] =
    [("w1", Kind::W1), ("xy_md02", Kind::XyMd02), ("r4dcb08", Kind::R4dcb08), ("modbus", Kind::Modbus)];
const REGISTERS: [(&str, Registers); 2] = [("input", Registers::Input), ("holding", Registers::Holding)];

/// The number of a DS18B20 sensor, from the name of its folder: `28-` and twelve hexadecimal digits.
pub fn w1_serial(file: &Path) -> Option<DeviceSerial> {
    let folder = file.parent()?.file_name()?.to_str()?;
    let digits = folder.strip_prefix("28-").filter(|digits| digits.len() == 12)?;
    let hex = digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    DeviceSerial::new(folder).ok().filter(|_| hex)
}

pub(crate) fn read_all(section: &mut Section<'_>, mode: Option<Mode>) -> Option<BTreeMap<GpioName, Probe>> {
    let mut buses = Vec::new();
    let all = section.each_table(|name, section| {
        let probe = read_probe(section, mode, &mut buses);
        let name = GpioName::new(name).or_else(|| {
            section.wrong_name(name, "a name of 1 to 16 characters of a-z, 0-9, _ and -");
            None
        });
        Some((name?, probe?))
    });
    if all.len() > MAX_PROBES {
        section.wrong_name("too many thermometers", &format!("at most {MAX_PROBES}"));
        return None;
    }
    all.into_iter().collect()
}

fn read_probe(section: &mut Section<'_>, mode: Option<Mode>, buses: &mut Vec<Port>) -> Option<Probe> {
    let kind = section.required_choice("protocol", &KINDS);
    let protocol = match kind {
        Some(Kind::W1) => read_w1(section),
        Some(kind) => read_modbus(section, mode, kind, buses),
        None => {
            // Which keys belong here cannot be known now; none of them is called unknown.
            let keys = ["file", "port", "baud", "data_bits", "parity", "stop_bits", "unit", "channel"];
            for key in keys.into_iter().chain(["registers", "register", "per_degree"]) {
                section.has(key);
            }
            None
        }
    };
    let wanted = "degrees Celsius, -50 to 60";
    let low_c = section.number("low_c", -50..=60);
    let low_c = section.required("low_c", wanted, low_c);
    let high_c = section.number("high_c", -50..=60);
    let high_c = section.required("high_c", wanted, high_c);
    if low_c.zip(high_c).is_some_and(|(low, high)| low >= high) {
        section.refuse("high_c", "it has to be above low_c");
    }
    let period_s = section.number_or("period_s", 5..=300, 30);
    let alarm_after_s = section.number_or("alarm_after_s", 0..=3600, 300);
    let offset_mc = section.number_or("offset_mc", -5000..=5000, 0);
    let calibration = match section.table("calibration", shift::read_calibration) {
        Some(calibration) => Some(calibration?),
        None => None,
    };
    Some(Probe {
        protocol: protocol?,
        period_s,
        low_c: low_c?,
        high_c: high_c?,
        alarm_after_s,
        offset_mc,
        calibration,
    })
}

fn read_w1(section: &mut Section<'_>) -> Option<ProbeProtocol> {
    let wanted =
        "the absolute name of a sensor's file, e.g. \"/sys/bus/w1/devices/28-0316a4c7b5ff/w1_slave\"";
    let file = section.text("file", wanted, |text| absolute(text).filter(|file| w1_serial(file).is_some()));
    let file = section.required("file", wanted, file)?;
    section.claim("file", format!("the sensor {}", file.display()));
    Some(ProbeProtocol::W1 { file })
}

fn read_modbus(
    section: &mut Section<'_>,
    mode: Option<Mode>,
    kind: Kind,
    buses: &mut Vec<Port>,
) -> Option<ProbeProtocol> {
    let port = port::read_bus(section, mode, 9600, buses);
    let unit = section.number_or("unit", 1..=247, 1);
    let (registers, register, per_degree) = match kind {
        Kind::XyMd02 => (Registers::Input, 1, 10),
        Kind::R4dcb08 => (Registers::Holding, section.number_or("channel", 1..=8, 1) - 1, 10),
        Kind::W1 | Kind::Modbus => {
            let registers = section.required_choice("registers", &REGISTERS);
            let register = section.number("register", 0..=u16::MAX);
            let register = section.required("register", "0 to 65535", register);
            let per_degree = section.number_or("per_degree", 1..=100, 10);
            if ![1, 10, 100].contains(&per_degree) {
                section.refuse("per_degree", "a register counts 1, 10 or 100 for one degree");
            }
            (registers?, register?, per_degree)
        }
    };
    let port = port?;
    section.claim("unit", format!("register {register} of unit {unit} at the port {}", port.path.display()));
    Some(ProbeProtocol::Modbus { port, unit, registers, register, per_degree })
}
