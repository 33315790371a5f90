//! Devices at serial ports: scanner, ID card reader.
//!
//! Owns: their protocols and what each may be told. Refuses: a protocol this program does not speak. Holds no state.

use crate::port::{self, Port};
use crate::section::Section;
use serde::Serialize;
use station::device::Mode;

/// What a scanner speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ScannerProtocol {
    /// One symbol is one line of text.
    Line,
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
}

/// A barcode scanner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Scanner {
    /// What it speaks.
    pub protocol: ScannerProtocol,
    /// Where it is; 9600 baud unless told.
    #[serde(flatten)]
    pub port: Port,
    /// How its light is switched.
    pub trigger: Trigger,
    /// Whether a symbol without an AIM identifier is refused, so that a shelf label cannot pass for a bag's.
    pub require_aim: bool,
    /// What it makes of a label's first character.
    pub labels: ScannerLabels,
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

const TRIGGERS: [(&str, Trigger); 4] = [
    ("none", Trigger::None),
    ("honeywell", Trigger::Honeywell),
    ("datalogic", Trigger::Datalogic),
    ("newland", Trigger::Newland),
];

const LABELS: [(&str, ScannerLabels); 2] =
    [("whole", ScannerLabels::Whole), ("equals_dropped", ScannerLabels::EqualsDropped)];

pub(crate) fn read_scanner(section: &mut Section<'_>, mode: Option<Mode>) -> Option<Scanner> {
    let protocol = section.required_choice("protocol", &[("line", ScannerProtocol::Line)]);
    let port = port::read(section, mode, 9600);
    let trigger = section.choice("trigger", &TRIGGERS).unwrap_or(Trigger::None);
    let require_aim = section.flag_or("require_aim", true);
    let labels = section.choice("labels", &LABELS).unwrap_or(ScannerLabels::Whole);
    let accept_unterminated = section.flag_or("accept_unterminated", false);
    Some(Scanner { protocol: protocol?, port: port?, trigger, require_aim, labels, accept_unterminated })
}

pub(crate) fn read_id_reader(section: &mut Section<'_>, mode: Option<Mode>) -> Option<IdReader> {
    let protocol = section.required_choice("protocol", &[("sam", IdReaderProtocol::Sam)]);
    let port = port::read(section, mode, 115_200);
    Some(IdReader { protocol: protocol?, port: port? })
}
