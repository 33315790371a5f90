//! Lines of MT-SICS: bytes to [`Reply`] and [`Command`], and back (the simulated scale speaks with the same code).
//!
//! Owns: the layout of every line. Refuses: tare and zero commands (they have no variant, so
//! no code of the station can send one), units other than g and kg, and any line that is not exactly one of the
//! known ones. Damage that leaves a line well-formed cannot be seen here (the protocol has no checksum); a lost
//! character of a weight can, by the width of its field. Holds no state.

use crate::scale::text::{BadLine, Mass, Unit};
use station::ident::DeviceSerial;

/// Width of the weight field, right-aligned, in the makers' transcripts.
pub const FIELD_WIDTH: usize = 10;

/// What may be asked of a scale. There is no tare and no zero among it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// `@`: back to the state after power-up; answered with the serial number. Ends a stream.
    Reset,
    /// `I0`: list the commands it knows.
    ListCommands,
    /// `I1`: levels of the command set and their versions.
    Levels,
    /// `I2`: model and capacity.
    Model,
    /// `I3`: software.
    Software,
    /// `I4`: serial number.
    Serial,
    /// `S`: the next stable weight. Ends a stream.
    StableWeight,
    /// `SI`: the weight now. Ends a stream.
    Weight,
    /// `SIR`: the weight now, again and again.
    WeightStream,
}

impl Command {
    /// Every command.
    pub const ALL: [Self; 9] = [
        Self::Reset,
        Self::ListCommands,
        Self::Levels,
        Self::Model,
        Self::Software,
        Self::Serial,
        Self::StableWeight,
        Self::Weight,
        Self::WeightStream,
    ];

    /// The command as the protocol writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reset => "@",
            Self::ListCommands => "I0",
            Self::Levels => "I1",
            Self::Model => "I2",
            Self::Software => "I3",
            Self::Serial => "I4",
            Self::StableWeight => "S",
            Self::Weight => "SI",
            Self::WeightStream => "SIR",
        }
    }

    /// The command as a line with its end.
    pub fn encode(self) -> Vec<u8> {
        format!("{}\r\n", self.name()).into_bytes()
    }

    /// Reads a line without its end. `None`: a scale answers that with [`Reply::SyntaxError`].
    pub fn parse(line: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.name().as_bytes() == line)
    }
}

/// What a scale says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// `S S ...` or `S D ...`: a weight, stable or moving.
    Weight {
        /// Its value.
        mass: Mass,
        /// True for `S S`.
        stable: bool,
    },
    /// `S I`: understood, not possible now.
    NotNow,
    /// `S L`: understood, parameter refused; some scales answer an unknown stream command so.
    Refused,
    /// `S +`: above the range.
    Overload,
    /// `S -`: below the range.
    Underload,
    /// `S S Error 10b`: broken inside; the text from `Error` on, at most 32 characters.
    HardwareError(String),
    /// `I4 A "..."`: serial number; asked for, after `@`, or by itself after power-up.
    Serial(DeviceSerial),
    /// `I4 I`: the serial number is not available now.
    SerialNotNow,
    /// `I1 A "01" "2.00" ...`: levels and versions, as they stand.
    Levels(String),
    /// `I2 A "WXS205SDU WXA-Bridge 220.00900 g"`: model and capacity, as it stands.
    Model(String),
    /// `I3 A "1.00 ..."`: software, as it stands.
    Software(String),
    /// `I1 I`, `I2 I`, `I3 I`: not available now.
    AboutNotNow(Command),
    /// One line of the answer to `I0`.
    Listed {
        /// Level of the command set, 0 to 3.
        level: u8,
        /// The command.
        name: String,
        /// More lines follow (`B`), or this is the last (`A`).
        more: bool,
    },
    /// `I0 I`: the list is not available now.
    ListNotNow,
    /// `ES`: the command is unknown to the scale.
    SyntaxError,
    /// `ET`: the command was damaged on the way.
    TransmissionError,
    /// `EL`: the command is not possible.
    LogicalError,
    /// The line sent to the scale, come back: an adapter with local echo.
    Echo(Command),
}

impl Reply {
    /// Reads a line without its end. With `width`, a weight field of another width is refused.
    ///
    /// # Errors
    /// [`BadLine`] with the first reason found.
    pub fn parse(line: &[u8], width: Option<usize>) -> Result<Self, BadLine> {
        if !line.iter().all(|b| (b' '..=b'~').contains(b)) {
            return Err(BadLine::NotText);
        }
        let text = std::str::from_utf8(line).map_err(|_| BadLine::NotText)?.trim_end();
        // First what comes all day. No other line begins so.
        if let Some(data) = text.strip_prefix("S S ") {
            return weight(data, true, width);
        }
        if let Some(data) = text.strip_prefix("S D ") {
            return weight(data, false, width);
        }
        if let Some(command) = Command::parse(text.as_bytes()) {
            return Ok(Self::Echo(command));
        }
        match text {
            "ES" => Ok(Self::SyntaxError),
            "ET" => Ok(Self::TransmissionError),
            "EL" => Ok(Self::LogicalError),
            "S I" => Ok(Self::NotNow),
            "S L" => Ok(Self::Refused),
            "S +" => Ok(Self::Overload),
            "S -" => Ok(Self::Underload),
            "I4 I" => Ok(Self::SerialNotNow),
            "I0 I" => Ok(Self::ListNotNow),
            "I1 I" => Ok(Self::AboutNotNow(Command::Levels)),
            "I2 I" => Ok(Self::AboutNotNow(Command::Model)),
            "I3 I" => Ok(Self::AboutNotNow(Command::Software)),
            _ => Self::parse_with_data(text),
        }
    }

    fn parse_with_data(text: &str) -> Result<Self, BadLine> {
        if let Some(data) = text.strip_prefix("I4 A ") {
            let serial = unquoted(data).ok_or(BadLine::Serial)?;
            return DeviceSerial::new(serial).map(Self::Serial).map_err(|_| BadLine::Serial);
        }
        if let Some(data) = text.strip_prefix("I1 A ") {
            let quoted = data.starts_with('"') && data.ends_with('"') && data.len() > 1;
            return if quoted { Ok(Self::Levels(data.to_owned())) } else { Err(BadLine::Unknown) };
        }
        if let Some(data) = text.strip_prefix("I2 A ") {
            return unquoted(data).map(|model| Self::Model(model.to_owned())).ok_or(BadLine::Unknown);
        }
        if let Some(data) = text.strip_prefix("I3 A ") {
            return unquoted(data).map(|version| Self::Software(version.to_owned())).ok_or(BadLine::Unknown);
        }
        let (more, data) = match (text.strip_prefix("I0 B "), text.strip_prefix("I0 A ")) {
            (Some(data), _) => (true, data),
            (None, Some(data)) => (false, data),
            (None, None) => return Err(BadLine::Unknown),
        };
        let (level, name) = data.split_once(' ').ok_or(BadLine::Unknown)?;
        let level = level.parse().map_err(|_| BadLine::Unknown)?;
        let name = unquoted(name).filter(|n| !n.is_empty()).ok_or(BadLine::Unknown)?;
        Ok(Self::Listed { level, name: name.to_owned(), more })
    }

    /// The reply as a line with its end, as a scale sends it.
    pub fn encode(&self) -> Vec<u8> {
        let text = match self {
            Self::Weight { mass, stable } => {
                let (number, unit) = mass.written();
                let mut line = Vec::with_capacity(24);
                line.extend(if *stable { b"S S " } else { b"S D " });
                line.resize(line.len() + FIELD_WIDTH.saturating_sub(number.len()), b' ');
                for part in [number.as_bytes(), b" ", unit.as_bytes(), b"\r\n"] {
                    line.extend(part);
                }
                return line;
            }
            Self::NotNow => "S I".to_owned(),
            Self::Refused => "S L".to_owned(),
            Self::Overload => "S +".to_owned(),
            Self::Underload => "S -".to_owned(),
            Self::HardwareError(what) => format!("S S {what}"),
            Self::Serial(serial) => format!("I4 A \"{serial}\""),
            Self::SerialNotNow => "I4 I".to_owned(),
            Self::Levels(levels) => format!("I1 A {levels}"),
            Self::Model(model) => format!("I2 A \"{model}\""),
            Self::Software(version) => format!("I3 A \"{version}\""),
            Self::AboutNotNow(about) => format!("{} I", about.name()),
            Self::Listed { level, name, more } => {
                format!("I0 {} {level} \"{name}\"", if *more { 'B' } else { 'A' })
            }
            Self::ListNotNow => "I0 I".to_owned(),
            Self::SyntaxError => "ES".to_owned(),
            Self::TransmissionError => "ET".to_owned(),
            Self::LogicalError => "EL".to_owned(),
            Self::Echo(command) => command.name().to_owned(),
        };
        format!("{text}\r\n").into_bytes()
    }
}

fn weight(data: &str, stable: bool, width: Option<usize>) -> Result<Reply, BadLine> {
    if data.trim_start().starts_with("Error") {
        return Ok(Reply::HardwareError(data.trim_start().chars().take(32).collect()));
    }
    let (field, unit) = data.rsplit_once(' ').ok_or(BadLine::Number)?;
    if width.is_some_and(|width| field.len() != width) {
        return Err(BadLine::Width);
    }
    Ok(Reply::Weight { mass: Mass::parse(field.trim_start(), Unit::parse(unit)?)?, stable })
}

/// The text between two quotation marks, when there is nothing else.
fn unquoted(text: &str) -> Option<&str> {
    text.strip_prefix('"')?.strip_suffix('"').filter(|inner| !inner.contains('"'))
}

#[cfg(test)]
#[path = "codec_tests.rs"]
mod tests;
