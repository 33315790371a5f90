//! A serial port: its stable name and how characters are sent.
//!
//! Owns: port settings and their bounds. Refuses: names that change with the order of plugging, and to open anything.
//! Holds no state.

use crate::section::Section;
use serde::Serialize;
use station::device::Mode;
use std::path::{Path, PathBuf};

/// Data bits of a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(into = "u8")]
pub enum DataBits {
    /// 7.
    Seven,
    /// 8.
    Eight,
}

impl From<DataBits> for u8 {
    fn from(bits: DataBits) -> u8 {
        match bits {
            DataBits::Seven => 7,
            DataBits::Eight => 8,
        }
    }
}

/// Parity of a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Parity {
    /// No parity bit.
    None,
    /// Odd.
    Odd,
    /// Even.
    Even,
}

/// Stop bits of a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(into = "u8")]
pub enum StopBits {
    /// 1.
    One,
    /// 2.
    Two,
}

impl From<StopBits> for u8 {
    fn from(bits: StopBits) -> u8 {
        match bits {
            StopBits::One => 1,
            StopBits::Two => 2,
        }
    }
}

/// A serial port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Port {
    /// Absolute name, e.g. `/dev/serial/by-id/usb-...`, or of a pty.
    #[serde(rename = "port")]
    pub path: PathBuf,
    /// Bits per second, 300 to 921600.
    pub baud: u32,
    /// Data bits.
    pub data_bits: DataBits,
    /// Parity.
    pub parity: Parity,
    /// Stop bits.
    pub stop_bits: StopBits,
}

/// Speeds that serial devices and adapters have in common.
const BAUDS: [u32; 13] =
    [300, 600, 1200, 2400, 4800, 9600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 921_600];

const PARITIES: [(&str, Parity); 3] = [("none", Parity::None), ("odd", Parity::Odd), ("even", Parity::Even)];

/// Longest name of a file or port, bytes.
pub(crate) const MAX_PATH: usize = 255;

/// Names that the kernel gives by the order of plugging: another device may have one after the next start.
const UNSTABLE: [&str; 2] = ["/dev/ttyUSB", "/dev/ttyACM"];

/// The text as an absolute path without control characters.
pub(crate) fn absolute(text: &str) -> Option<PathBuf> {
    let fits = text.len() <= MAX_PATH && text.starts_with('/') && !text.ends_with('/');
    (fits && !text.chars().any(char::is_control)).then(|| PathBuf::from(text))
}

/// Reads `port`, `baud`, `data_bits`, `parity` and `stop_bits` of a device's table. `baud` is the device's usual speed.
pub(crate) fn read(section: &mut Section<'_>, mode: Option<Mode>, baud: u32) -> Option<Port> {
    read_named(section, mode, baud, |_| true)
}

/// The same of a bus that several sections share: the first of them in `known` claims the port, and all have to agree.
pub(crate) fn read_bus(
    section: &mut Section<'_>,
    mode: Option<Mode>,
    baud: u32,
    known: &mut Vec<Port>,
) -> Option<Port> {
    let of = |path: &Path, known: &[Port]| known.iter().find(|port| port.path == path).cloned();
    let port = read_named(section, mode, baud, |path| of(path, known).is_none())?;
    match of(&port.path, known) {
        Some(first) if first != port => {
            section.refuse(
                "port",
                "another section describes this bus with other baud, data_bits, parity or stop_bits",
            );
        }
        Some(_) => {}
        None => known.push(port.clone()),
    }
    Some(port)
}

/// `claims`: whether this section is the one that has the port.
fn read_named(
    section: &mut Section<'_>,
    mode: Option<Mode>,
    baud: u32,
    claims: impl FnOnce(&Path) -> bool,
) -> Option<Port> {
    let wanted = "an absolute name of a port, e.g. \"/dev/serial/by-id/usb-...\"";
    let path = section.text("port", wanted, absolute);
    let path = section.required("port", wanted, path);
    if let Some(path) = &path {
        let name = path.display().to_string();
        let simulated = mode == Some(Mode::Simulated);
        if !simulated && UNSTABLE.iter().any(|unstable| name.starts_with(unstable)) {
            let because =
                "this number changes with the order of plugging; use the name below /dev/serial/by-id";
            section.refuse("port", because);
        }
        if claims(path) {
            section.claim("port", format!("the port {name}"));
        }
    }
    let baud = read_baud(section, baud);
    let data_bits = match section.number_or("data_bits", 7..=8_u8, 8) {
        7 => DataBits::Seven,
        _ => DataBits::Eight,
    };
    let parity = section.choice("parity", &PARITIES).unwrap_or(Parity::None);
    let stop_bits = match section.number_or("stop_bits", 1..=2_u8, 1) {
        2 => StopBits::Two,
        _ => StopBits::One,
    };
    Some(Port { path: path?, baud, data_bits, parity, stop_bits })
}

fn read_baud(section: &mut Section<'_>, usual: u32) -> u32 {
    let bounds = BAUDS[0]..=BAUDS[BAUDS.len() - 1];
    let baud = section.number_or("baud", bounds, usual);
    if !BAUDS.contains(&baud) {
        let known = BAUDS.map(|baud| baud.to_string()).join(", ");
        section.refuse("baud", &format!("ports have one of {known}"));
    }
    baud
}
