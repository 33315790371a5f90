//! Devices at serial ports: scanner, ID card reader, tag reader.
//!
//! Owns: their protocols and what each may be told. Refuses: a protocol this program does not speak. Holds no state.

use crate::port::{self, Port, absolute};
use crate::section::Section;
use serde::Serialize;
use station::device::Mode;
use station::ident::Din;
use std::path::PathBuf;

/// What a scanner speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ScannerProtocol {
    /// One symbol is one line of text on a serial line.
    Line,
    /// It types like a keyboard, which is taken away from everybody else.
    Keyboard,
}

/// Where a scanner is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum ScannerLink {
    /// A serial port; 9600 baud unless told.
    Serial(Port),
    /// A keyboard.
    Keyboard {
        /// Its absolute name, `/dev/input/by-id/...-event-kbd`.
        device: PathBuf,
    },
}

/// How the reading light is switched by command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// Not at all: a button or a stand does.
    None,
    /// Commands of Honeywell scanners.
    Honeywell,
    /// Commands of Datalogic scanners.
    Datalogic,
    /// Commands of Newland scanners.
    Newland,
}

/// What a scanner makes of a label's first character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ScannerLabels {
    /// It sends all that it reads.
    Whole,
    /// It was set to drop the `=` of ISBT 128 labels.
    EqualsDropped,
    /// Donation numbers are printed in Codabar: see [`Codabar`].
    Codabar,
}

/// How a Codabar label is guarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CodabarCheck {
    /// Not at all.
    None,
    /// A character that makes the sum of all values a multiple of 16.
    #[serde(rename = "mod_16")]
    Mod16,
    /// A digit by the Luhn rule.
    Luhn,
}

/// Codabar labels of donation numbers: start, two digits of the year, six of the sequence, check, stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Codabar {
    /// The first five characters of every donation number.
    pub facility: String,
    /// Start character, `A` to `D`.
    pub start: char,
    /// Stop character, `A` to `D`.
    pub stop: char,
    /// How a label is guarded.
    pub check: CodabarCheck,
}

/// A barcode scanner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Scanner {
    /// What it speaks.
    pub protocol: ScannerProtocol,
    /// Where it is.
    #[serde(flatten)]
    pub link: ScannerLink,
    /// How its light is switched.
    pub trigger: Trigger,
    /// Whether a symbol without an AIM identifier is refused, so that a shelf label cannot pass for a bag's.
    pub require_aim: bool,
    /// What it makes of a label's first character.
    pub labels: ScannerLabels,
    /// The form of its Codabar labels, when it reads such.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub codabar: Option<Codabar>,
    /// Whether a read without line end is taken after a silence; else it is dropped, as it may have lost its end.
    pub accept_unterminated: bool,
}

/// What an ID card reader speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IdReaderProtocol {
    /// The security module's own frames, as readers with it pass them on.
    Sam,
}

/// A reader of resident ID cards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IdReader {
    /// What it speaks.
    pub protocol: IdReaderProtocol,
    /// Where it is; 115200 baud unless told.
    #[serde(flatten)]
    pub port: Port,
}

/// What a tag reader speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RfidProtocol {
    /// FEIG OBID and Siemens RF290R.
    Feig,
    /// RR3036, RR9036 and relatives.
    Rr3036,
}

/// A reader of ISO 15693 tags under the bag's tray.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rfid {
    /// What it speaks.
    pub protocol: RfidProtocol,
    /// Where it is; 38400 baud unless told, 19200 for `rr3036`.
    #[serde(flatten)]
    pub port: Port,
    /// Whether tags hold the donation's number.
    pub holds_din: bool,
    /// The block at which it begins, 0 to 250.
    pub din_block: u8,
}

const TRIGGERS: [(&str, Trigger); 4] = [
    ("none", Trigger::None),
    ("honeywell", Trigger::Honeywell),
    ("datalogic", Trigger::Datalogic),
    ("newland", Trigger::Newland),
];

const LABELS: [(&str, ScannerLabels); 3] = [
    ("whole", ScannerLabels::Whole),
    ("equals_dropped", ScannerLabels::EqualsDropped),
    ("codabar", ScannerLabels::Codabar),
];
const CODABAR_CHECKS: [(&str, CodabarCheck); 3] =
    [("none", CodabarCheck::None), ("mod_16", CodabarCheck::Mod16), ("luhn", CodabarCheck::Luhn)];
const LETTERS: [(&str, char); 4] = [("A", 'A'), ("B", 'B'), ("C", 'C'), ("D", 'D')];

pub(crate) fn read_scanner(section: &mut Section<'_>, mode: Option<Mode>) -> Option<Scanner> {
    let protocol = section.required_choice(
        "protocol",
        &[("line", ScannerProtocol::Line), ("keyboard", ScannerProtocol::Keyboard)],
    );
    let link = match protocol {
        Some(ScannerProtocol::Line) => port::read(section, mode, 9600).map(ScannerLink::Serial),
        Some(ScannerProtocol::Keyboard) => read_keyboard(section),
        None => {
            // Which keys belong here cannot be known now; none of them is called unknown.
            for key in ["port", "baud", "data_bits", "parity", "stop_bits", "device"] {
                section.has(key);
            }
            None
        }
    };
    let trigger = section.choice("trigger", &TRIGGERS).unwrap_or(Trigger::None);
    if protocol == Some(ScannerProtocol::Keyboard) && trigger != Trigger::None {
        section.refuse("trigger", "a keyboard takes no orders");
    }
    let require_aim = section.flag_or("require_aim", true);
    let labels = section.choice("labels", &LABELS).unwrap_or(ScannerLabels::Whole);
    let codabar = if labels == ScannerLabels::Codabar {
        let codabar = section.table("codabar", read_codabar);
        let codabar = section.required("codabar", "a table that describes the labels", codabar);
        Some(codabar??)
    } else {
        None
    };
    let accept_unterminated = section.flag_or("accept_unterminated", false);
    Some(Scanner {
        protocol: protocol?,
        link: link?,
        trigger,
        require_aim,
        labels,
        codabar,
        accept_unterminated,
    })
}

fn read_codabar(section: &mut Section<'_>) -> Option<Codabar> {
    let wanted = "the five characters with which every donation number of this facility begins";
    let facility = section.text("facility", wanted, |text| {
        let number = Din::new(&format!("{text}00000000")).is_ok();
        (text.len() == 5 && number).then(|| text.to_owned())
    });
    let facility = section.required("facility", wanted, facility);
    let start = section.choice("start", &LETTERS).unwrap_or('A');
    let stop = section.choice("stop", &LETTERS).unwrap_or('B');
    let check = section.required_choice("check", &CODABAR_CHECKS);
    Some(Codabar { facility: facility?, start, stop, check: check? })
}

fn read_keyboard(section: &mut Section<'_>) -> Option<ScannerLink> {
    let wanted = "the absolute name of a keyboard, e.g. \"/dev/input/by-id/usb-...-event-kbd\"";
    let device = section.text("device", wanted, absolute);
    let device = section.required("device", wanted, device)?;
    section.claim("device", format!("the keyboard {}", device.display()));
    Some(ScannerLink::Keyboard { device })
}

pub(crate) fn read_id_reader(section: &mut Section<'_>, mode: Option<Mode>) -> Option<IdReader> {
    let protocol = section.required_choice("protocol", &[("sam", IdReaderProtocol::Sam)]);
    let port = port::read(section, mode, 115_200);
    Some(IdReader { protocol: protocol?, port: port? })
}

pub(crate) fn read_rfid(section: &mut Section<'_>, mode: Option<Mode>) -> Option<Rfid> {
    let kinds = [("feig", RfidProtocol::Feig), ("rr3036", RfidProtocol::Rr3036)];
    let protocol = section.required_choice("protocol", &kinds);
    let baud = if protocol == Some(RfidProtocol::Rr3036) { 19_200 } else { 38_400 };
    let port = port::read(section, mode, baud);
    let holds_din = section.flag_or("holds_din", true);
    let din_block = section.number_or("din_block", 0..=250, 8);
    Some(Rfid { protocol: protocol?, port: port?, holds_din, din_block })
}
