//! The ISBT 128 check character: ISO/IEC 7064 MOD 37-2.
//!
//! Owns: the alphabet and the one calculation behind both the boxed letter that people type and the type 3 flag. Refuses:
//! any character outside the alphabet; lower case has no value here and is not guessed to mean upper case.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The 37 characters, each at its own value. `*` can only be a check character.
pub const ALPHABET: &[u8; 37] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*";

/// Added to the check value to make a type 3 flag (60 to 96).
const FLAG_BASE: u8 = 60;

/// A character that has no value in MOD 37-2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("character {found:?} at position {at} cannot be checked: expected 0-9 or A-Z")]
pub struct NotInAlphabet {
    /// Its place, counted from 1.
    pub at: usize,
    /// The character.
    pub found: char,
}

/// Result of the calculation, 0 to 36.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct CheckValue(u8);

/// A check value above 36.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("check value {0} is outside 0 to 36")]
pub struct NotACheckValue(pub u8);

impl CheckValue {
    /// Calculates over digits and upper-case letters (the check character itself is not part of the text).
    ///
    /// # Errors
    /// [`NotInAlphabet`] for anything outside `0-9` and `A-Z`; `*` is refused too, because it never occurs in data.
    pub fn of(text: &str) -> Result<Self, NotInAlphabet> {
        let mut sum: u8 = 0;
        for (index, found) in text.chars().enumerate() {
            let value = value_of(found).ok_or(NotInAlphabet { at: index + 1, found })?;
            sum = doubled(sum, value);
        }
        Ok(Self::closing(sum))
    }

    /// The same for bytes that are already known to be digits and upper-case letters.
    pub(super) fn of_known(bytes: &[u8]) -> Self {
        let sum = bytes.iter().fold(0, |sum, byte| {
            let value = if byte.is_ascii_digit() { byte - b'0' } else { byte.wrapping_sub(b'A' - 10) % 37 };
            doubled(sum, value)
        });
        Self::closing(sum)
    }

    fn closing(sum: u8) -> Self {
        Self((38 - sum) % 37)
    }

    /// 0 to 36.
    pub fn value(self) -> u8 {
        self.0
    }

    /// The character printed in the box beside the number.
    pub fn character(self) -> char {
        ALPHABET.get(usize::from(self.0)).map_or('*', |byte| char::from(*byte))
    }

    /// The type 3 flag that carries this value, 60 to 96.
    pub fn flag(self) -> u8 {
        FLAG_BASE + self.0
    }

    /// The check value that a flag carries, if it is one of type 3.
    pub fn from_flag(flag: u8) -> Option<Self> {
        flag.checked_sub(FLAG_BASE).filter(|value| *value <= 36).map(Self)
    }
}

impl TryFrom<u8> for CheckValue {
    type Error = NotACheckValue;
    fn try_from(value: u8) -> Result<Self, NotACheckValue> {
        if value <= 36 { Ok(Self(value)) } else { Err(NotACheckValue(value)) }
    }
}

impl From<CheckValue> for u8 {
    fn from(value: CheckValue) -> u8 {
        value.0
    }
}

impl fmt::Display for CheckValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.character())
    }
}

/// One step of the calculation. Stays below 37, so it cannot overflow.
fn doubled(sum: u8, value: u8) -> u8 {
    (sum + value) * 2 % 37
}

fn value_of(character: char) -> Option<u8> {
    match character {
        '0'..='9' => u8::try_from(character).ok().map(|byte| byte - b'0'),
        'A'..='Z' => u8::try_from(character).ok().map(|byte| byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_examples_agree() {
        let vectors = [
            ("G123417654321", 'A', 70),
            ("A999921123456", '3', 63),
            ("W000009123456", 'G', 76),
            ("G123498654321", 'H', 77),
            ("G123489654321", 'Y', 94),
            ("A999914123456", 'N', 83),
            ("C000307001466", '6', 66),
            ("A999922012346", '*', 96),
            ("ABCDE27000069", 'C', 72),
            ("3000505", 'B', 71),
            ("2210579", 'H', 77),
            ("7432269", 'W', 92),
            ("3946294", 'F', 75),
            ("8332514", 'B', 71),
            ("3000509", '3', 63),
            ("A9990ABC123T0480", '8', 68),
        ];
        for (text, character, flag) in vectors {
            let check = CheckValue::of(text).unwrap();
            assert_eq!((check.character(), check.flag()), (character, flag), "{text}");
            assert_eq!(CheckValue::of_known(text.as_bytes()), check, "{text}");
            assert_eq!(CheckValue::from_flag(flag), Some(check));
        }
    }

    #[test]
    fn single_characters_agree() {
        let expected = "1*YWUSQOMKIGECA86420ZXVTRPNLJHFDB975";
        for (byte, check) in ALPHABET.iter().zip(expected.chars()) {
            assert_eq!(CheckValue::of(&char::from(*byte).to_string()).unwrap().character(), check);
        }
        assert_eq!(expected.len(), 36);
    }

    #[test]
    fn what_has_no_value_is_named_with_its_place() {
        assert_eq!(CheckValue::of("12a"), Err(NotInAlphabet { at: 3, found: 'a' }));
        assert_eq!(CheckValue::of("*"), Err(NotInAlphabet { at: 1, found: '*' }));
        assert_eq!(CheckValue::from_flag(59), None);
        assert_eq!(CheckValue::from_flag(97), None);
        assert!(serde_json::from_str::<CheckValue>("37").is_err());
    }
}
