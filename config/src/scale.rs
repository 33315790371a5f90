//! A scale: what it speaks, and for an indicator of the site's own the columns of its output.
//!
//! Owns: the protocols of scales and the description of a frame. Refuses: a protocol this program does not speak, and columns
//! that are outside the frame or where its check is. Holds no state.

use crate::bed::Context;
use crate::line::{self, GpioName, Gpios, Line};
use crate::port::{self, Port, absolute};
use crate::section::{Section, settled};
use crate::shift;
use serde::Serialize;
use station::shift::gates::Calibration;
use std::path::PathBuf;

/// What a scale speaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "protocol", rename_all = "snake_case")]
pub enum ScaleProtocol {
    /// The standard interface command set of Mettler-Toledo scales.
    MtSics,
    /// Commands and lines of A&D balances and indicators.
    And,
    /// Sartorius balances. A moving weight has no unit, so it is told here.
    Sbi {
        /// Unit of the display.
        unit: WeightUnit,
    },
    /// Continuous output of the XK3190-A9 and its relatives.
    Xk3190 {
        /// Unit of the display.
        unit: WeightUnit,
    },
    /// Any indicator that sends frames of fixed columns by itself.
    Columns {
        /// Its frame.
        columns: Columns,
    },
    /// A load cell at a converter of the kernel's (IIO).
    Iio {
        /// How it writes its numbers.
        coding: CellCoding,
        /// Its calibration.
        points: CellPoints,
    },
    /// A load cell at an HX711 that this program clocks itself.
    Hx711 {
        /// Its calibration.
        points: CellPoints,
    },
}

/// Unit of a scale's display.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum WeightUnit {
    /// Grams.
    #[serde(rename = "g")]
    Gram,
    /// Kilograms.
    #[serde(rename = "kg")]
    Kilogram,
}

/// A frame of fixed columns. Columns count from 1, the first after the start character.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Columns {
    /// First character, 1 to 126; a frame begins after the end of the one before when `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<u8>,
    /// Last character, 1 to 126; another than `start`. A carriage return before it does not count.
    pub end: u8,
    /// Columns between start and end, 3 to 64.
    pub length: u8,
    /// Column of the sign; the number has its own when `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign: Option<u8>,
    /// First column of the number.
    pub number_from: u8,
    /// Last column of the number.
    pub number_to: u8,
    /// Digits behind a point that is not written, 0 to 6.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decimals: Option<u8>,
    /// Column with the number of digits behind the point. With neither the point is written in the number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decimals_column: Option<u8>,
    /// Unit of every weight.
    pub unit: WeightUnit,
    /// Marks a stable weight; else eight weights within a gram are at rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stable: Option<Mark>,
    /// Marks an overload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overload: Option<Mark>,
    /// How the frame is guarded.
    pub check: ColumnCheck,
}

/// A character in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Mark {
    /// Which column.
    pub column: u8,
    /// Which character, printable ASCII.
    pub is: char,
}

/// How a frame of columns is guarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnCheck {
    /// Not at all.
    None,
    /// The last two columns are the exclusive or of all before them, as hexadecimal digits.
    XorHex,
}

/// Where a scale is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum ScaleLink {
    /// At a serial port; 9600 baud unless told.
    Serial(Port),
    /// In a file of the kernel's.
    File {
        /// Its absolute name.
        file: PathBuf,
    },
    /// At two lines.
    Lines {
        /// Backend of both: one whose lines this program has at its fingers.
        gpio: GpioName,
        /// Input: DOUT of the chip.
        data: Line,
        /// Output: PD_SCK of the chip.
        clock: Line,
    },
}

/// How a converter writes its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CellCoding {
    /// 0 to 16,777,215: HX711.
    OffsetBinary,
    /// With a sign: NAU7802.
    Signed,
}

/// Two points of a load cell's calibration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CellPoints {
    /// The converter's number with nothing on the tray.
    pub empty: i32,
    /// The converter's number with the weight on the tray.
    pub loaded: i32,
    /// The weight, 50 to 5000 g.
    pub weight_g: u16,
}

/// A scale under the bag's tray.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Scale {
    /// What it speaks.
    #[serde(flatten)]
    pub protocol: ScaleProtocol,
    /// Where it is.
    #[serde(flatten)]
    pub link: ScaleLink,
    /// Time between two weights of a scale that has to be asked, 50 to 500 ms; of a load cell 5 to 500 ms, of an HX711 5 to 10 ms.
    pub poll_ms: u32,
    /// Its calibration certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibration>,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    MtSics,
    And,
    Sbi,
    Xk3190,
    Columns,
    Iio,
    Hx711,
}

const KINDS: [(&str, Kind); 7] = [
    ("mt_sics", Kind::MtSics),
    ("and", Kind::And),
    ("sbi", Kind::Sbi),
    ("xk3190", Kind::Xk3190),
    ("columns", Kind::Columns),
    ("iio", Kind::Iio),
    ("hx711", Kind::Hx711),
];
const CODINGS: [(&str, CellCoding); 2] =
    [("offset_binary", CellCoding::OffsetBinary), ("signed", CellCoding::Signed)];
const UNITS: [(&str, WeightUnit); 2] = [("g", WeightUnit::Gram), ("kg", WeightUnit::Kilogram)];
const CHECKS: [(&str, ColumnCheck); 2] = [("none", ColumnCheck::None), ("xor_hex", ColumnCheck::XorHex)];

/// Longest frame.
const MAX_LENGTH: u8 = 64;

/// Reads a bed's scale.
pub(crate) fn read_scale(section: &mut Section<'_>, context: Context<'_>) -> Option<Scale> {
    let Context { mode, gpios } = context;
    let kind = section.required_choice("protocol", &KINDS);
    let Some(kind) = kind else {
        // Which keys belong here cannot be known now; none of them is called unknown.
        let of_ports = ["port", "baud", "data_bits", "parity", "stop_bits"];
        let of_cells = ["file", "coding", "points", "gpio", "data", "clock"];
        for key in of_ports.into_iter().chain(["poll_ms", "unit", "columns"]).chain(of_cells) {
            section.has(key);
        }
        return None;
    };
    let (link, poll_ms) = match kind {
        Kind::Iio => (read_file(section), section.number_or("poll_ms", 5..=500, 10)),
        Kind::Hx711 => (read_lines(section, gpios), section.number_or("poll_ms", 5..=10, 5)),
        Kind::MtSics | Kind::And | Kind::Sbi | Kind::Xk3190 | Kind::Columns => {
            let port = port::read(section, mode, 9600).map(ScaleLink::Serial);
            (port, section.number_or("poll_ms", 50..=500, 100))
        }
    };
    let protocol = match kind {
        Kind::MtSics => ScaleProtocol::MtSics,
        Kind::And => ScaleProtocol::And,
        Kind::Sbi => ScaleProtocol::Sbi { unit: section.choice("unit", &UNITS).unwrap_or(WeightUnit::Gram) },
        Kind::Xk3190 => ScaleProtocol::Xk3190 { unit: section.required_choice("unit", &UNITS)? },
        Kind::Columns => {
            let columns = section.table("columns", read_columns);
            let columns = section.required("columns", "a table that describes the frame", columns);
            ScaleProtocol::Columns { columns: columns?? }
        }
        Kind::Iio => {
            let coding = section.required_choice("coding", &CODINGS);
            let points = read_calibrated(section);
            ScaleProtocol::Iio { coding: coding?, points: points? }
        }
        Kind::Hx711 => ScaleProtocol::Hx711 { points: read_calibrated(section)? },
    };
    let calibration = match section.table("calibration", shift::read_calibration) {
        Some(calibration) => Some(calibration?),
        None => None,
    };
    Some(Scale { protocol, link: link?, poll_ms, calibration })
}

/// The points of a load cell, whose certificate has to be named beside them.
fn read_calibrated(section: &mut Section<'_>) -> Option<CellPoints> {
    let points = section.table("points", read_points);
    let points = section.required("points", "a table: empty, loaded and weight_g", points);
    if !section.has("calibration") {
        section
            .refuse("calibration", "a load cell is nobody's approved scale: its certificate has to be named");
    }
    points?
}

fn read_lines(section: &mut Section<'_>, gpios: &Gpios) -> Option<ScaleLink> {
    let chip = line::read_gpio(section, gpios);
    if chip.is_node() {
        section.refuse("gpio", "an HX711's pulses last microseconds: a node is not that near");
    }
    let data = chip.input(section, "data");
    let clock = chip.output(section, "clock");
    Some(ScaleLink::Lines { gpio: chip.name?, data: data?, clock: clock? })
}

fn read_file(section: &mut Section<'_>) -> Option<ScaleLink> {
    let wanted =
        "the absolute name of a converter's file, e.g. \"/sys/bus/iio/devices/iio:device0/in_voltage0_raw\"";
    let file = section.text("file", wanted, absolute);
    let file = section.required("file", wanted, file)?;
    section.claim("file", format!("the converter {}", file.display()));
    Some(ScaleLink::File { file })
}

fn read_points(section: &mut Section<'_>) -> Option<CellPoints> {
    let bounds = -(1 << 23)..=(1 << 24) - 1;
    let wanted = "the converter's number, -8388608 to 16777215";
    let empty = section.number("empty", bounds.clone());
    let empty = section.required("empty", wanted, empty);
    let loaded = section.number("loaded", bounds);
    let loaded = section.required("loaded", wanted, loaded);
    let weight_g = section.number("weight_g", 50..=5000_u16);
    let weight_g = section.required("weight_g", "50 to 5000 g", weight_g);
    let points = CellPoints { empty: empty?, loaded: loaded?, weight_g: weight_g? };
    if points.loaded.abs_diff(points.empty) < 1000 {
        section.refuse("loaded", "less than 1000 counts from empty: the scale would turn with noise");
        return None;
    }
    Some(points)
}

fn read_columns(section: &mut Section<'_>) -> Option<Columns> {
    let start = section.number("start", 1..=126_u8);
    let end = section.number_or("end", 1..=126_u8, b'\n');
    if start == Some(end) {
        section.refuse("end", "start and end are the same character");
    }
    let length = section.number("length", 3..=MAX_LENGTH);
    let length = section.required("length", "3 to 64", length);
    let check = section.choice("check", &CHECKS).unwrap_or(ColumnCheck::None);
    let checked = match check {
        ColumnCheck::None => 0,
        ColumnCheck::XorHex => 2,
    };
    // With a mistaken length the columns are only read, so that they are not blamed for it.
    let last = length.unwrap_or(MAX_LENGTH).saturating_sub(checked);
    let sign = section.number("sign", 1..=last);
    let wanted = format!("a column, 1 to {last}");
    let number_from = section.number("number_from", 1..=last);
    let number_from = section.required("number_from", &wanted, number_from);
    let number_to = section.number("number_to", number_from.unwrap_or(1)..=last);
    let number_to = section.required("number_to", &wanted, number_to);
    let decimals = section.number("decimals", 0..=6_u8);
    let decimals_column = section.number("decimals_column", 1..=last);
    if decimals.is_some() && decimals_column.is_some() {
        section.refuse("decimals_column", "decimals says already how many digits are behind the point");
    }
    let unit = section.required_choice("unit", &UNITS);
    let mut mark = |name| section.table(name, |mark| read_mark(mark, last));
    let (stable, overload) = (settled(mark("stable")), settled(mark("overload")));
    Some(Columns {
        start,
        end,
        length: length?,
        sign,
        number_from: number_from?,
        number_to: number_to?,
        decimals,
        decimals_column,
        unit: unit?,
        stable: stable?,
        overload: overload?,
        check,
    })
}

fn read_mark(section: &mut Section<'_>, last: u8) -> Option<Mark> {
    let column = section.number("column", 1..=last);
    let column = section.required("column", &format!("a column, 1 to {last}"), column);
    let wanted = "one printable ASCII character";
    let is = section.text("is", wanted, |text| {
        let mut all = text.chars();
        all.next().filter(|c| (' '..='~').contains(c) && all.next().is_none())
    });
    let is = section.required("is", wanted, is);
    Some(Mark { column: column?, is: is? })
}
