//! What can be wrong with the content of a data structure, and the character classes that its fields allow.
//!
//! Owns: the error of every structure but the DIN, which has its own. Positions count from 1, behind the data identifier.

use super::date::DateError;

/// Content that does not have the form its data structure prescribes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StructureError {
    /// Too short, or too long where nothing may follow.
    #[error("{found} characters, expected {expected}")]
    Length {
        /// Content length of the structure.
        expected: usize,
        /// What was there.
        found: usize,
    },
    /// A character that this position does not allow.
    #[error("character {found:?} at position {at}, expected {expected}")]
    Character {
        /// Its place in the content, counted from 1.
        at: usize,
        /// The character.
        found: char,
        /// What is allowed there.
        expected: &'static str,
    },
    /// A century digit other than 0 (20yy).
    #[error("century digit {found}, expected 0 (years 2000 to 2099)")]
    Century {
        /// The digit.
        found: u16,
    },
    /// A day or time that does not exist.
    #[error(transparent)]
    Date(#[from] DateError),
}

/// A class of characters. Each field of a structure is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// `0-9`.
    Digits,
    /// `A-Z`.
    Upper,
    /// `0-9 A-Z`.
    UpperDigits,
    /// `0-9 a-z`.
    LowerDigits,
    /// `0-9 A-Z a-z`.
    Alphanumeric,
    /// `A-N P-Z 1-9`: first character of a facility's number.
    FacilityFirst,
    /// `A-N P-Z 0-9`: its second and third.
    Facility,
    /// Only `0`.
    Zero,
    /// `0-9 A-Z y z`: place of a container in its set.
    SetPlace,
    /// Any visible character that cannot begin another structure.
    Visible,
}

impl Part {
    pub(super) fn allows(self, byte: u8) -> bool {
        match self {
            Self::Digits => byte.is_ascii_digit(),
            Self::Upper => byte.is_ascii_uppercase(),
            Self::UpperDigits => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
            Self::LowerDigits => byte.is_ascii_lowercase() || byte.is_ascii_digit(),
            Self::Alphanumeric => byte.is_ascii_alphanumeric(),
            Self::FacilityFirst => matches!(byte, b'A'..=b'N' | b'P'..=b'Z' | b'1'..=b'9'),
            Self::Facility => matches!(byte, b'A'..=b'N' | b'P'..=b'Z' | b'0'..=b'9'),
            Self::Zero => byte == b'0',
            Self::SetPlace => matches!(byte, b'0'..=b'9' | b'A'..=b'Z' | b'y' | b'z'),
            Self::Visible => byte.is_ascii_graphic() && !matches!(byte, b'=' | b'&'),
        }
    }

    pub(super) fn expected(self) -> &'static str {
        match self {
            Self::Digits => "0-9",
            Self::Upper => "A-Z",
            Self::UpperDigits => "0-9 or A-Z",
            Self::LowerDigits => "0-9 or a-z",
            Self::Alphanumeric => "0-9, A-Z or a-z",
            Self::FacilityFirst => "A-N, P-Z or 1-9",
            Self::Facility => "A-N, P-Z or 0-9",
            Self::Zero => "0",
            Self::SetPlace => "0-9, A-Z, y or z",
            Self::Visible => "a visible ASCII character other than = and &",
        }
    }

    /// All of `content`, of exactly this length, is of this class.
    pub(super) fn check_all(self, content: &str, expected: usize) -> Result<(), StructureError> {
        check(content, &[(self, expected)])
    }
}

/// `content` consists of these fields, each a class and a length, and of nothing else.
pub(super) fn check(content: &str, fields: &[(Part, usize)]) -> Result<(), StructureError> {
    let classes = || fields.iter().flat_map(|(part, length)| std::iter::repeat_n(*part, *length));
    for (index, (found, part)) in content.chars().zip(classes()).enumerate() {
        if !u8::try_from(found).is_ok_and(|byte| part.allows(byte)) {
            return Err(StructureError::Character { at: index + 1, found, expected: part.expected() });
        }
    }
    let found = content.chars().count();
    let expected = classes().count();
    if found == expected { Ok(()) } else { Err(StructureError::Length { expected, found }) }
}
