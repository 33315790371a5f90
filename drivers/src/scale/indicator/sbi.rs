//! Lines of Sartorius balances (SBI): 14 columns, or 20 with an identification before them.
//!
//! Owns: the layout. Refuses: net weights by their identification, other units than the one agreed, and every line of another
//! length. Without a unit a weight is moving: only a stable one has it, so the unit has to be agreed. Holds no state.

use super::words::{Word, broken};
use crate::scale::text::{BadLine, Mass, Unit};

/// Asks for a printout of the weight.
pub const ASK: &[u8] = b"\x1bP\r\n";

/// Columns without identification.
const PLAIN: usize = 14;
/// Columns with identification.
const IDENTIFIED: usize = 20;

/// Reads a line without its end.
///
/// # Errors
/// [`BadLine`] with the first reason found.
pub fn parse(line: &[u8], agreed: Unit) -> Result<Word, BadLine> {
    if !line.iter().all(|b| (b' '..=b'~').contains(b)) {
        return Err(BadLine::NotText);
    }
    let text = std::str::from_utf8(line).map_err(|_| BadLine::NotText)?;
    let (identification, body) = match text.len() {
        PLAIN => ("", text),
        IDENTIFIED => text.split_at(IDENTIFIED - PLAIN),
        _ => return Err(BadLine::Width),
    };
    match identification.trim() {
        "" | "Stat" | "N" | "G" | "G#" => {}
        _ => return Err(BadLine::Unknown),
    }
    match body.trim() {
        "High" | "H" | "HH" => return Ok(Word::Overload),
        "Low" | "L" | "LL" => return Ok(Word::Underload),
        // Adjusting, the last readout, nothing on the display.
        "C" | "Cal. Ext." | "Cal." | "--" | "" => return Ok(Word::NotNow),
        error if error.to_ascii_uppercase().starts_with("ERR") || error.ends_with("ER") => {
            return Ok(broken(error));
        }
        _ => {}
    }
    if identification.trim() == "Stat" {
        return Err(BadLine::Unknown);
    }
    weight(body, agreed)
}

/// Sign, space or a further digit, eight characters, space, unit of three.
fn weight(body: &str, agreed: Unit) -> Result<Word, BadLine> {
    let (number, rest) = body.split_at(10);
    let (gap, symbol) = rest.split_at(1);
    if gap != " " {
        return Err(BadLine::Width);
    }
    let stable = !symbol.trim().is_empty();
    if stable && Unit::parse(symbol.trim_end())? != agreed {
        return Err(BadLine::Unit);
    }
    let (sign, digits) = number.split_at(1);
    // The number ends at its column: one that does not has lost a character, and there another has come.
    if digits.ends_with(' ') {
        return Err(BadLine::Width);
    }
    let digits = digits.trim_start();
    let mass = match sign {
        "+" | " " | "-" => Mass::signed(sign == "-", digits, agreed),
        _ => Err(BadLine::Number),
    };
    Ok(Word::Weight { mass: mass?, stable })
}
