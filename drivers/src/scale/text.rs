//! What the text protocols of scales have in common: lines, weights as written, reasons to refuse a line.
//!
//! Owns: line ends, the longest line, weights as integers. Refuses: units other than g and kg, numbers out of bounds, and to
//! guess what a damaged line meant. Holds an unfinished line, which a crash loses.

use station::device::Quality;
use station::measure::Milligrams;

/// Longest line, without its end. The longest of use here has under 40 characters.
pub const MAX_LINE: usize = 128;

/// Units a weight may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// `g`
    Gram,
    /// `kg`
    Kilogram,
}

impl Unit {
    /// The unit's symbol.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Gram => "g",
            Self::Kilogram => "kg",
        }
    }

    /// Reads a symbol.
    ///
    /// # Errors
    /// [`BadLine::Unit`].
    pub fn parse(symbol: &str) -> Result<Self, BadLine> {
        match symbol {
            "g" => Ok(Self::Gram),
            "kg" => Ok(Self::Kilogram),
            _ => Err(BadLine::Unit),
        }
    }
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

    /// Reads a number as written: an optional minus, digits, at most one point with digits behind it.
    ///
    /// # Errors
    /// [`BadLine::Number`].
    pub fn parse(number: &str, unit: Unit) -> Result<Self, BadLine> {
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

    /// The same of a number whose sign stands elsewhere: a second sign is refused.
    ///
    /// # Errors
    /// [`BadLine::Number`].
    pub fn signed(negative: bool, digits: &str, unit: Unit) -> Result<Self, BadLine> {
        if digits.starts_with('-') {
            return Err(BadLine::Number);
        }
        let mass = Self::parse(digits, unit)?;
        Ok(if negative { Self { digits: -mass.digits, ..mass } } else { mass })
    }

    /// The number as text, and the unit's symbol.
    pub fn written(self) -> (String, &'static str) {
        let magnitude = self.digits.unsigned_abs();
        let divisor = 10_u64.pow(u32::from(self.decimals));
        let mut number = String::with_capacity(Self::MAX_DIGITS as usize + 3);
        if self.digits < 0 {
            number.push('-');
        }
        push_number(&mut number, magnitude / divisor, 1);
        if self.decimals > 0 {
            number.push('.');
            push_number(&mut number, magnitude % divisor, usize::from(self.decimals));
        }
        (number, self.unit.symbol())
    }
}

/// Writes a number with at least so many digits: 23 times a second, without the detour over `format!`.
fn push_number(text: &mut String, number: u64, places: usize) {
    let mut digits = [b'0'; 20];
    let (mut left, mut count) = (number, 0);
    while (left > 0 || count < places) && count < digits.len() {
        count += 1;
        digits[20 - count] = b'0' + (left % 10) as u8;
        left /= 10;
    }
    text.extend(digits[20 - count..].iter().copied().map(char::from));
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
    /// The check characters do not fit what they cover.
    #[error("the check characters are wrong")]
    Check,
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

/// The scale's own word about a weight.
pub(crate) fn quality(stable: bool) -> Quality {
    if stable { Quality::Stable } else { Quality::Dynamic }
}

/// Cuts lines out of what arrives. Blank lines are no lines. At most [`MAX_LINE`] bytes wait for their line end.
#[derive(Debug, Default)]
pub struct Lines {
    pub(super) buffer: Vec<u8>,
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
