//! The text of a `w1_slave` file: the sensor's nine bytes twice, its check, and the temperature.
//!
//! Owns: every way in which this file lies. Refuses: a text that is not whole; a check that fails (the second line then holds the
//! **last good** value); a line that is dead and reads as nine zeros, whose check is right; the value with which a sensor wakes
//! up, 85 degrees, until it is a warm one's that is none of ours; bytes that a DS18B20 has not. Holds no state.
//!
//! ```text
//! 50 05 4b 46 7f ff 0c 10 1c : crc=1c YES
//! 50 05 4b 46 7f ff 0c 10 1c t=85000
//! ```

use station::measure::MilliCelsius;

/// Longest text looked at, bytes; a whole one has 75.
pub const MAX_TEXT: usize = 256;
/// Bytes of a scratchpad with its check.
const BYTES: usize = 9;
/// What a sensor holds after power-on, before its first conversion: 85 degrees, in 1/16.
const POWER_ON: i16 = 0x0550;
/// The kernel's own figure may differ by the last place of the sensor.
const LAST_PLACE: i32 = 63;

/// Why a text gives no temperature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// Nothing in it: the sensor did not answer.
    #[error("the file is empty: the sensor does not answer")]
    Empty,
    /// Not the two lines that it has to be, or cut short.
    #[error("the file is not two lines of a sensor")]
    Layout,
    /// The bytes and their check do not agree, or the kernel says NO.
    #[error("the check fails")]
    Check,
    /// All bytes are zero: a shorted line, or nobody on it.
    #[error("the line is dead: nine zeros")]
    Dead,
    /// Bytes that a DS18B20 never has.
    #[error("not a DS18B20")]
    NotThis,
    /// 85 degrees, the value after power-on: the sensor lost its supply before it measured.
    #[error("85 degrees: the sensor has lost power")]
    PowerOn,
}

/// Reads the file.
///
/// # Errors
/// [`Unusable`] with the first reason found.
pub fn parse(text: &[u8]) -> Result<MilliCelsius, Unusable> {
    if text.is_empty() {
        return Err(Unusable::Empty);
    }
    let text =
        std::str::from_utf8(text).ok().filter(|text| text.len() <= MAX_TEXT).ok_or(Unusable::Layout)?;
    let mut lines = text.lines();
    let (Some(first), Some(second), None) = (lines.next(), lines.next(), lines.next()) else {
        return Err(Unusable::Layout);
    };
    if !text.ends_with('\n') {
        return Err(Unusable::Layout);
    }
    let (bytes, verdict) = scratchpad(first)?;
    let words: Vec<&str> = verdict.split_ascii_whitespace().collect();
    let [":", check, word] = words[..] else { return Err(Unusable::Layout) };
    let told = check.strip_prefix("crc=").and_then(|hex| u8::from_str_radix(hex, 16).ok());
    match word {
        "YES" => {}
        "NO" => return Err(Unusable::Check),
        _ => return Err(Unusable::Layout),
    }
    if told != Some(bytes[8]) || crc(&bytes[..8]) != bytes[8] {
        return Err(Unusable::Check);
    }
    if bytes == [0; BYTES] {
        return Err(Unusable::Dead);
    }
    if !matches!(bytes[4], 0x1f | 0x3f | 0x5f | 0x7f) || bytes[5] != 0xff || bytes[7] != 0x10 {
        return Err(Unusable::NotThis);
    }
    let raw = i16::from_le_bytes([bytes[0], bytes[1]]);
    let value = i32::from(raw) * 1000 / 16;
    let (again, temperature) = scratchpad(second)?;
    let kernel = temperature.trim().strip_prefix("t=").and_then(|t| t.parse::<i32>().ok());
    let agrees = kernel.is_some_and(|kernel| kernel.abs_diff(value) <= LAST_PLACE.unsigned_abs());
    if again != bytes || !agrees {
        return Err(Unusable::Layout);
    }
    // Byte 6 tells a real 85 degrees from the first value in the maker's chips, not in all that look like them; what a station
    // watches is never that warm.
    if raw == POWER_ON {
        return Err(Unusable::PowerOn);
    }
    Ok(MilliCelsius(value))
}

/// Nine bytes of two hexadecimal digits each, and what stands behind them.
fn scratchpad(line: &str) -> Result<([u8; BYTES], &str), Unusable> {
    let mut bytes = [0; BYTES];
    let mut rest = line;
    for byte in &mut bytes {
        let (digits, after) = rest.split_at_checked(2).ok_or(Unusable::Layout)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(Unusable::Layout);
        }
        *byte = u8::from_str_radix(digits, 16).map_err(|_| Unusable::Layout)?;
        rest = after.strip_prefix(' ').ok_or(Unusable::Layout)?;
    }
    Ok((bytes, rest))
}

/// The check of 1-wire devices: polynomial X8 + X5 + X4 + 1, reflected, begins with 0.
pub fn crc(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ byte, |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0x8c } else { crc >> 1 })
    })
}

#[cfg(test)]
#[path = "scratchpad_tests.rs"]
mod tests;
