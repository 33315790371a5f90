//! Any indicator whose output has fixed columns, described by the site: where the sign, the number, the point, the marks and
//! the check are.
//!
//! Owns: frames between a start and an end character, and what each column means. Refuses: a frame of another length and a wrong
//! check; a column outside the frame makes every frame unreadable (the configuration refuses it before). Holds an unfinished
//! frame, which a crash loses.

use super::words::Word;
use crate::scale::text::{BadLine, Mass, Unit};

/// Longest frame, start and end not counted.
pub const MAX_LENGTH: u8 = 64;

/// Where the decimal point is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// Written within the number.
    Written,
    /// Always so many digits behind it.
    Fixed(u8),
    /// A digit in this column says how many are behind it.
    Column(u8),
}

/// How a frame is guarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// Not at all.
    None,
    /// Its last two characters are the exclusive or of all before them, as two hexadecimal digits.
    XorHex,
}

/// Description of a frame. Columns count from 1, the first after the start character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Columns {
    /// First character; without it a frame begins after the end of the one before.
    pub start: Option<u8>,
    /// Last character, e.g. 3 (ETX) or 10 (line feed, a carriage return before it does not count).
    pub end: u8,
    /// Columns between start and end, 1 to [`MAX_LENGTH`].
    pub length: u8,
    /// Column of the sign: `-` is negative, `+`, a space or `0` is not. Without it the number has its own.
    pub sign: Option<u8>,
    /// First and last column of the number.
    pub number: (u8, u8),
    /// The point.
    pub point: Point,
    /// The unit of every weight.
    pub unit: Unit,
    /// Column and character that mark a stable weight; without it the driver judges by the weights.
    pub stable: Option<(u8, u8)>,
    /// Column and character that mark an overload.
    pub overload: Option<(u8, u8)>,
    /// The check.
    pub check: Check,
}

impl Columns {
    /// The continuous output of the XK3190-A9 and its relatives: `02 sign d d d d d d point check check 03`.
    pub const XK3190: Self = Self {
        start: Some(2),
        end: 3,
        length: 10,
        sign: Some(1),
        number: (2, 7),
        point: Point::Column(8),
        unit: Unit::Kilogram,
        stable: None,
        overload: None,
        check: Check::XorHex,
    };

    /// Reads a frame without start and end.
    ///
    /// # Errors
    /// [`BadLine`] with the first reason found.
    pub fn parse(&self, frame: &[u8]) -> Result<Word, BadLine> {
        if frame.len() != usize::from(self.length) {
            return Err(BadLine::Width);
        }
        if !frame.iter().all(|b| (b' '..=b'~').contains(b)) {
            return Err(BadLine::NotText);
        }
        if self.check == Check::XorHex {
            let (covered, check) = frame.split_at(frame.len().saturating_sub(2));
            let xor = covered.iter().fold(0, |xor, byte| xor ^ byte);
            if !check.eq_ignore_ascii_case(format!("{xor:02X}").as_bytes()) {
                return Err(BadLine::Check);
            }
        }
        let is = |mark: Option<(u8, u8)>| mark.is_some_and(|(column, byte)| at(frame, column) == Some(byte));
        if is(self.overload) {
            return Ok(Word::Overload);
        }
        let mass = self.mass(frame)?;
        Ok(Word::Weight { mass, stable: is(self.stable) })
    }

    fn mass(&self, frame: &[u8]) -> Result<Mass, BadLine> {
        let (from, to) = (usize::from(self.number.0), usize::from(self.number.1));
        let number = frame.get(from.saturating_sub(1)..to).ok_or(BadLine::Width)?;
        let number = std::str::from_utf8(number).map_err(|_| BadLine::NotText)?.trim();
        let (own_minus, number) = match number.strip_prefix('-') {
            Some(rest) if self.sign.is_none() => (true, rest.trim_start()),
            Some(_) | None => (false, number.strip_prefix('+').unwrap_or(number)),
        };
        let negative = match self.sign.map(|column| at(frame, column)) {
            None => own_minus,
            Some(Some(b'-')) => true,
            Some(Some(b'+' | b' ' | b'0')) => false,
            Some(_) => return Err(BadLine::Number),
        };
        let places = match self.point {
            Point::Written => return Mass::signed(negative, number, self.unit),
            Point::Fixed(places) => places,
            Point::Column(column) => match at(frame, column) {
                Some(digit @ b'0'..=b'6') => digit - b'0',
                Some(_) | None => return Err(BadLine::Number),
            },
        };
        if !number.bytes().all(|b| b.is_ascii_digit()) {
            return Err(BadLine::Number);
        }
        let digits = number.parse::<i64>().map_err(|_| BadLine::Number)?;
        Mass::new(if negative { -digits } else { digits }, places, self.unit).ok_or(BadLine::Number)
    }
}

fn at(frame: &[u8], column: u8) -> Option<u8> {
    frame.get(usize::from(column).checked_sub(1)?).copied()
}

/// Cuts frames out of what arrives. At most [`MAX_LENGTH`] bytes and a carriage return wait for their end.
#[derive(Debug, Default)]
pub struct Frames {
    buffer: Vec<u8>,
    /// A start character came, or none is needed.
    inside: bool,
    /// What came outside since the last whole frame was no text.
    strange: bool,
}

impl Frames {
    /// Takes bytes as they came and gives every frame they complete to `each`, in order. An unfinished frame stays.
    pub fn feed(&mut self, columns: &Columns, bytes: &[u8], mut each: impl FnMut(Result<&[u8], BadLine>)) {
        for &byte in bytes {
            if columns.start == Some(byte) {
                // A start inside a frame: the one before lost its end.
                if self.inside && !self.buffer.is_empty() {
                    each(Err(BadLine::Width));
                }
                self.buffer.clear();
                self.inside = true;
            } else if byte == columns.end {
                let frame = self.buffer.strip_suffix(b"\r").unwrap_or(&self.buffer);
                if self.inside && !frame.is_empty() {
                    each(Ok(frame));
                    self.strange = false;
                }
                self.buffer.clear();
                self.inside = columns.start.is_none();
            } else if self.inside && self.buffer.len() > usize::from(MAX_LENGTH) {
                self.buffer.clear();
                self.inside = false;
                each(Err(BadLine::TooLong));
            } else if self.inside {
                self.buffer.push(byte);
            } else {
                self.strange |= is_no_text(byte);
            }
        }
    }

    /// Forgets an unfinished frame. Without a start character the next bytes up to an end may be the rest of one.
    pub fn clear(&mut self) {
        self.buffer.clear();
        (self.inside, self.strange) = (false, false);
    }

    /// Whether the unfinished frame, or what came where none had begun, is no text: wrong line settings, not silence.
    pub fn is_noise(&self) -> bool {
        self.strange || self.buffer.iter().any(|byte| is_no_text(*byte))
    }
}

fn is_no_text(byte: u8) -> bool {
    !(b' '..=b'~').contains(&byte) && byte != b'\r' && byte != b'\n'
}
