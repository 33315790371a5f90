//! Lines of A&D balances and indicators: `ST,+00123.45  g`.
//!
//! Owns: the layout. Refuses: net weights (the station keeps the tare), counted pieces, and every line of another length: a
//! lost character is never another weight. Holds no state.

use super::words::{Word, broken};
use crate::scale::text::{BadLine, Mass, Unit};

/// Ends a stream that is left from before.
pub const STOP: &[u8] = b"C\r\n";
/// The weight now, again and again.
pub const STREAM: &[u8] = b"SIR\r\n";
/// The weight now.
pub const ASK: &[u8] = b"Q\r\n";

/// Acknowledgement of a command, when the balance is set to send one.
const ACK: u8 = 0x06;

/// Reads a line without its end.
///
/// # Errors
/// [`BadLine`] with the first reason found.
pub fn parse(line: &[u8]) -> Result<Word, BadLine> {
    if line == [ACK] {
        return Ok(Word::Nothing);
    }
    if !line.iter().all(|b| (b' '..=b'~').contains(b)) {
        return Err(BadLine::NotText);
    }
    let text = std::str::from_utf8(line).map_err(|_| BadLine::NotText)?;
    if let Some(code) = text.strip_prefix("EC,") {
        // E00 to E06 are about the line and the command, the rest about the balance.
        let about_command = matches!(code, "E00" | "E01" | "E02" | "E03" | "E04" | "E06");
        return Ok(if about_command { Word::Refused } else { broken(text) });
    }
    if text == "?" {
        return Ok(Word::Refused);
    }
    let (header, data) = text.split_once(',').ok_or(BadLine::Unknown)?;
    let stable = match header {
        "ST" => true,
        "US" => false,
        "OL" if data.starts_with('-') => return Ok(Word::Underload),
        "OL" => return Ok(Word::Overload),
        _ => return Err(BadLine::Unknown),
    };
    // Columns of sign and number, and of the unit: balances; indicators; indicators that name gross and net.
    let (number, unit) = match (data.strip_prefix("GS,"), data.len()) {
        (None, 12) => data.split_at(9),
        (None, 14) => data.split_at(10),
        (Some(gross), 14) => gross.split_at(9),
        (_, _) => return Err(BadLine::Width),
    };
    let unit = Unit::parse(unit.trim_start())?;
    let digits = number.get(1..).unwrap_or_default().trim_start();
    let mass = match number.as_bytes().first() {
        Some(sign @ (b'+' | b' ' | b'-')) => Mass::signed(*sign == b'-', digits, unit),
        Some(_) | None => Err(BadLine::Number),
    };
    Ok(Word::Weight { mass: mass?, stable })
}
