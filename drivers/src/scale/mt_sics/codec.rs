//! Lines of MT-SICS: bytes to [`Reply`] and [`Command`], and back (the simulated scale speaks with the same code).
//!
//! Owns: line ends, layout of every line, weights as integers. Refuses: tare and zero commands (they have no variant, so
//! no code of the station can send one), units other than g and kg, and any line that is not exactly one of the
//! known ones. Damage that leaves a line well-formed cannot be seen here (the protocol has no checksum); a lost
//! character of a weight can, by the width of its field. Holds an unfinished line, which a crash loses.

use station::device::Quality;
use station::ident::DeviceSerial;
use station::measure::Milligrams;

/// Longest line, without its end. The longest reply of use here (`I0 B 1 "..."`) has under 40 characters.
pub const MAX_LINE: usize = 128;

/// Width of the weight field, right-aligned, in the makers' transcripts.
pub const FIELD_WIDTH: usize = 10;

/// What may be asked of a scale. There is no tare and no zero among it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// `@`: back to the state after power-up; answered with the serial number. Ends a stream.
    Reset,
    /// `I0`: list the commands it knows.
    ListCommands,
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
    pub const ALL: [Self; 6] =
        [Self::Reset, Self::ListCommands, Self::Serial, Self::StableWeight, Self::Weight, Self::WeightStream];

    /// The command as the protocol writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reset => "@",
            Self::ListCommands => "I0",
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

/// Units a weight may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// `g`
    Gram,
    /// `kg`
    Kilogram,
}

/// A weight as written: an integer and the place of its point, so that nothing is rounded on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mass {
    digits: i64,
    decimals: u8,
    unit: Unit,
}

impl Mass {
    /// Most digits of a written weight.
    pub const MAX_DIGITS: u32 = 9;
    /// Most digits behind the point.
    pub const MAX_DECIMALS: u8 = 6;

    /// A weight of `digits` without its point, `decimals` of them behind it. `None` beyond the bounds.
    pub fn new(digits: i64, decimals: u8, unit: Unit) -> Option<Self> {
        let fits = digits.unsigned_abs() < 10_u64.pow(Self::MAX_DIGITS) && decimals <= Self::MAX_DECIMALS;
        fits.then_some(Self { digits, decimals, unit })
    }

    /// The weight, rounded half away from zero where the scale shows less than a milligram.
    pub fn milligrams(self) -> Milligrams {
        let unit = match self.unit {
            Unit::Gram => 1_000,
            Unit::Kilogram => 1_000_000,
        };
        let scaled = self.digits * unit;
        let divisor = 10_i64.pow(u32::from(self.decimals));
        let half = if scaled < 0 { -divisor / 2 } else { divisor / 2 };
        Milligrams((scaled + half) / divisor)
    }

    fn parse(number: &str, unit: &str) -> Result<Self, BadLine> {
        let unit = match unit {
            "g" => Unit::Gram,
            "kg" => Unit::Kilogram,
            _ => return Err(BadLine::Unit),
        };
        let magnitude = number.strip_prefix('-').unwrap_or(number);
        let (whole, fraction) = magnitude.split_once('.').unwrap_or((magnitude, ""));
        let point_without_digits = magnitude.ends_with('.');
        let all_digits = whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit());
        let count = whole.len() + fraction.len();
        if whole.is_empty() || point_without_digits || !all_digits || count > Self::MAX_DIGITS as usize {
            return Err(BadLine::Number);
        }
        let value = whole.bytes().chain(fraction.bytes()).fold(0_i64, |n, b| n * 10 + i64::from(b - b'0'));
        let digits = if number.starts_with('-') { -value } else { value };
        let decimals = u8::try_from(fraction.len()).map_err(|_| BadLine::Number)?;
        Self::new(digits, decimals, unit).ok_or(BadLine::Number)
    }

    fn encode(self) -> String {
        let sign = if self.digits < 0 { "-" } else { "" };
        let magnitude = self.digits.unsigned_abs();
        let places = usize::from(self.decimals);
        let divisor = 10_u64.pow(u32::from(self.decimals));
        let number = if places == 0 {
            format!("{sign}{magnitude}")
        } else {
            format!("{sign}{}.{:0places$}", magnitude / divisor, magnitude % divisor)
        };
        let unit = match self.unit {
            Unit::Gram => "g",
            Unit::Kilogram => "kg",
        };
        format!("{number:>FIELD_WIDTH$} {unit}")
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

/// Why a line is not a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadLine {
    /// Longer than [`MAX_LINE`]; everything to the next line end is dropped.
    #[error("a line of more than {MAX_LINE} characters")]
    TooLong,
    /// A character that is not printable ASCII.
    #[error("a character that is not text")]
    NotText,
    /// No known reply begins so, or it goes on after its end.
    #[error("not a reply of this protocol")]
    Unknown,
    /// The weight is not a number within bounds.
    #[error("the weight is not a number")]
    Number,
    /// The weight field has another width than agreed: a character was lost or doubled.
    #[error("the weight field has the wrong width")]
    Width,
    /// A unit other than g and kg.
    #[error("the unit is neither g nor kg")]
    Unit,
    /// The serial number is empty, over-long or has characters that no serial number has.
    #[error("not a serial number")]
    Serial,
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
            _ => Self::parse_with_data(text, width),
        }
    }

    fn parse_with_data(text: &str, width: Option<usize>) -> Result<Self, BadLine> {
        if let Some(data) = text.strip_prefix("S S ") {
            return weight(data, true, width);
        }
        if let Some(data) = text.strip_prefix("S D ") {
            return weight(data, false, width);
        }
        if let Some(data) = text.strip_prefix("I4 A ") {
            let serial = unquoted(data).ok_or(BadLine::Serial)?;
            return DeviceSerial::new(serial).map(Self::Serial).map_err(|_| BadLine::Serial);
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
            Self::Weight { mass, stable: true } => format!("S S {}", mass.encode()),
            Self::Weight { mass, stable: false } => format!("S D {}", mass.encode()),
            Self::NotNow => "S I".to_owned(),
            Self::Refused => "S L".to_owned(),
            Self::Overload => "S +".to_owned(),
            Self::Underload => "S -".to_owned(),
            Self::HardwareError(what) => format!("S S {what}"),
            Self::Serial(serial) => format!("I4 A \"{serial}\""),
            Self::SerialNotNow => "I4 I".to_owned(),
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

/// The scale's own word about a weight.
pub(crate) fn quality(stable: bool) -> Quality {
    if stable { Quality::Stable } else { Quality::Dynamic }
}

fn weight(data: &str, stable: bool, width: Option<usize>) -> Result<Reply, BadLine> {
    if data.trim_start().starts_with("Error") {
        return Ok(Reply::HardwareError(data.trim_start().chars().take(32).collect()));
    }
    let (field, unit) = data.rsplit_once(' ').ok_or(BadLine::Number)?;
    if width.is_some_and(|width| field.len() != width) {
        return Err(BadLine::Width);
    }
    Ok(Reply::Weight { mass: Mass::parse(field.trim_start(), unit)?, stable })
}

/// The text between two quotation marks, when there is nothing else.
fn unquoted(text: &str) -> Option<&str> {
    text.strip_prefix('"')?.strip_suffix('"').filter(|inner| !inner.contains('"'))
}

/// Cuts lines out of what arrives. Blank lines are no lines. At most [`MAX_LINE`] bytes wait for their line end.
#[derive(Debug, Default)]
pub struct Lines {
    buffer: Vec<u8>,
    /// A line was over-long: drop up to its end.
    discarding: bool,
}

impl Lines {
    /// Takes bytes as they came and gives every line they complete to `each`, in order. An unfinished line stays.
    pub fn feed(&mut self, bytes: &[u8], mut each: impl FnMut(Result<&[u8], BadLine>)) {
        for &byte in bytes {
            if byte == b'\n' {
                let line = self.buffer.strip_suffix(b"\r").unwrap_or(&self.buffer);
                if !self.discarding && !line.is_empty() {
                    each(Ok(line));
                }
                self.buffer.clear();
                self.discarding = false;
            } else if self.buffer.len() > MAX_LINE {
                self.buffer.clear();
                self.discarding = true;
                each(Err(BadLine::TooLong));
            } else if !self.discarding {
                self.buffer.push(byte);
            }
        }
    }

    /// Whether the unfinished line is no text: wrong line settings, not a line cut short.
    pub fn is_noise(&self) -> bool {
        self.discarding || self.buffer.iter().any(|b| !(b' '..=b'~').contains(b) && *b != b'\r')
    }

    /// Forgets an unfinished line.
    pub fn clear(&mut self) {
        self.buffer.clear();
        self.discarding = false;
    }
}

#[cfg(test)]
#[path = "codec_tests.rs"]
mod tests;
